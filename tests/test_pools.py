"""Joint rounds: what neighbours with half lorries save, by hand."""

from __future__ import annotations

import pytest
from tests.small_territory import allocated, amount, gain, run, sent, territory

# A trip to the landfill and back, 20 km away: 60 + 1.58 × 40 = 123.20 €; each further stop of a round costs 15 €.
TRIP = 123.2


def neighbours(count, *, load=5.0, tonnes=40.0, needs=None, sites=""):
    header = "output_id, material_id, quantity, load_t, outlet_id, outlet_distance_km, outlet_cost_eur_per_unit"
    rows = [f"O{i}, crate, {tonnes}, {load}, landfill_non_hazardous, 20, 10" for i in range(1, count + 1)]
    texts = {"outputs": "\n".join([header, *rows])}
    if needs:
        texts["needs"] = needs
    if sites:
        texts["sites"] = sites
    return territory(**texts)


def test_three_firms_with_half_lorries_merge_two_rounds_and_save_what_a_pencil_finds():
    # A lorry holds 10 t: two halves fit. 2 × 8 × 123.20 − 8 × (123.20 + 15) = 865.60 €; the third goes on alone.
    solved = allocated(neighbours(3))
    assert gain(solved) == pytest.approx(865.6)
    assert solved.allocation.plan["is_pooled"].sum() == 1
    assert solved.allocation.plan["quantity"].sum() == 0


def test_three_firms_with_a_third_of_a_lorry_make_one_round():
    # 24 t in loads of 3 t: eight rounds of 9 t. 3 × 8 × 123.20 − 8 × (123.20 + 30) = 1,731.20 €.
    proposal = run(neighbours(3, load=3.0, tonnes=24.0))
    assert gain(proposal) == pytest.approx(1731.2)
    (round_,) = proposal.feasible.proposals.synergies.itertuples()
    assert (round_.kind, round_.trips_per_yr) == ("mutualisation", 8.0)
    assert round_.giver_actor_ids == "AO1;AO2;AO3"
    assert round_.reasons == "joint_round:24:8:960:320"
    shares = proposal.feasible.proposals.shares
    assert shares["share_eur_per_yr"].tolist() == pytest.approx([1731.2 / 3] * 3)


def test_who_pays_more_today_saves_more():
    # O1 has 40 t in eight trips, O2 20 t in four: the round goes eight times. 12 × 123.20 − 8 × 138.20 = 372.80 €.
    declarations = territory(outputs="""
        output_id, material_id, quantity, load_t, outlet_id, outlet_distance_km
        O1, crate, 40, 5, landfill_non_hazardous, 20
        O2, crate, 20, 5, landfill_non_hazardous, 20
        """)  # fmt: skip
    shares = run(declarations).feasible.proposals.shares.set_index("actor_id")["share_eur_per_yr"]
    assert shares.to_dict() == pytest.approx({"AO1": 372.8 * 2 / 3, "AO2": 372.8 / 3})


def test_the_way_between_the_stops_is_driven_and_paid():
    # 0.05° of latitude: 5.5597 km as the crow flies, 7.2277 km by road; 8 × (60 + 15 + 1.58 × 47.2277) a year.
    apart = "site_id, actor_id, latitude, longitude\nSO1, AO1, 49.30, 6.1\nSO2, AO2, 49.35, 6.1"
    solved = allocated(neighbours(2, sites=apart))
    assert gain(solved) == pytest.approx(16 * TRIP - 8 * (75 + 1.58 * 47.2277), abs=0.01)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"load": 6.0, "tonnes": 48.0}, "two loads of 6 t do not fit in 10 t"),
        ({"load": 10.0, "tonnes": 80.0}, "a full lorry has nothing to share"),
        ({"sites": "site_id, actor_id, latitude, longitude\nSO1, AO1, 49.3, 6.1\nSO2, AO2, 49.4, 6.1"}, "14 km apart"),
    ],
)
def test_rounds_that_do_not_fit_or_are_too_far_are_not_proposed(change, why):
    assert gain(allocated(neighbours(2, **change))) == 0.0, why


def test_a_radius_is_an_assumption():
    far = "site_id, actor_id, latitude, longitude\nSO1, AO1, 49.3, 6.1\nSO2, AO2, 49.4, 6.1"
    assert gain(allocated(neighbours(2, sites=far), pool_radius_km=15)) > 0


def test_what_goes_on_a_round_is_not_exchanged_as_well():
    taker = "need_id, material_id, quantity, price_eur_per_unit\nN1, crate, 40, 20"
    proposal = run(neighbours(2, needs=taker))
    # Selling 40 t brings 40 × (10 + 20) − 8 × 60 = 720 €, less than the 865.60 € of the round.
    assert gain(proposal) == pytest.approx(865.6)
    assert sent(proposal, "O1", "N1") + sent(proposal, "O2", "N1") == 0.0
    assert amount(proposal, "disposed", "O1") == 40.0
    # Nor does the second run take it.
    assert proposal.to_investigate.proposals.exchanges.empty
    dearer = run(neighbours(2, needs=taker.replace("40, 20", "40, 40")))
    assert gain(dearer) == pytest.approx(40 * 50 - 8 * 60)
    assert dearer.feasible.allocation.plan["is_pooled"].sum() == 0
