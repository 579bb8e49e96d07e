"""Exchanges become proposals, and their gain is shared so that nobody is below zero."""

from __future__ import annotations

import pytest
from tests.small_territory import run, territory

DIRECT = {
    "outputs": "output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 100, 50",
    "needs": "need_id, material_id, quantity, price_eur_per_unit\nN1, sand, 60, 10",
    "distances": "from_site_id, to_site_id, distance_km, cost_eur_per_unit\nSO1, SN1, 4, 2",
}
CHAIN = {
    "outputs": "output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, 60, 30\nO2, ore, 30, 20",
    "needs": "need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, 100, 50",
    "operators": "operator_id, process_id, capacity\nK1, melting, 100",
}


def test_an_exchange_is_shared_in_halves_inside_its_price_interval():
    proposals = run(territory(**DIRECT)).feasible.proposals
    (exchange,) = proposals.exchanges.itertuples()
    # The giver would pay up to the 50 € of its outlet; the taker up to its 10 € less 2 of transport.
    assert (exchange.price_floor_eur_per_unit, exchange.price_ceiling_eur_per_unit) == (-50.0, pytest.approx(8.0))
    assert exchange.price_middle_eur_per_unit == pytest.approx(-21.0)
    assert exchange.transport_eur_per_yr == pytest.approx(120.0)
    shares = proposals.shares.set_index("role")
    # Gain 60 × 58 = 3,480 €, 1,740 each: the giver saves 3,000 and hands on 1,260.
    assert proposals.synergies["gain_eur_per_yr"].tolist() == pytest.approx([3480.0])
    assert shares["own_eur_per_yr"].to_dict() == pytest.approx({"giver": 3000.0, "taker": 480.0})
    assert shares["share_eur_per_yr"].tolist() == pytest.approx([1740.0, 1740.0])
    assert shares["transfer_eur_per_yr"].to_dict() == pytest.approx({"giver": -1260.0, "taker": 1260.0})
    # 21 € a tonne on 60 t is that very transfer.
    assert shares.loc["taker", "transfer_eur_per_yr"] == pytest.approx(60 * 21.0)


def test_a_chain_through_an_operator_is_one_synergy_shared_by_roles_then_by_tonnes():
    proposals = run(territory(**CHAIN)).feasible.proposals
    (synergy,) = proposals.synergies.itertuples()
    # 60 × 51 + 30 × 41 = 4,290 € (a tonne melted is worth 21 € beside its outlet).
    assert synergy.gain_eur_per_yr == pytest.approx(4290.0)
    assert (synergy.kind, synergy.exchange_count, synergy.quantity_t_per_yr) == ("filiere", 3, 90.0)
    assert synergy.giver_actor_ids == "AO1;AO2"
    assert set(proposals.exchanges["synergy_id"]) == {synergy.Index}
    shares = proposals.shares.set_index("actor_id")
    third = 4290.0 / 3
    expected = {"AO1": third * 60 / 90, "AO2": third * 30 / 90, "AK1": third, "AN1": third}
    assert shares["share_eur_per_yr"].to_dict() == pytest.approx(expected)
    assert shares["transfer_eur_per_yr"].sum() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("family", "material", "unit", "kind"), [
    ("equipment", "hoist", "h", "mutualisation"), ("energy", "warmth", "MWh", "substitution"),
])  # fmt: skip
def test_the_kind_of_a_synergy_follows_what_is_exchanged(family, material, unit, kind):
    declarations = territory(
        outputs=f"output_id, family, material_id, quantity, unit\nO1, {family}, {material}, 10, {unit}",
        needs=f"need_id, family, material_id, quantity, unit, price_eur_per_unit\nN1, {family}, {material}, 10, {unit}, 9",
    )
    assert run(declarations).feasible.proposals.synergies["kind"].tolist() == [kind]


def test_synergies_stand_in_the_order_of_their_gain():
    declarations = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\n"
        "O1, sand, 10, 5\nO2, scrap, 10, 50\nO3, ore, 10, 20",
        needs="need_id, material_id, quantity\nN1, sand, 10\nN2, scrap, 10\nN3, ore, 10",
    )
    synergies = run(declarations).feasible.proposals.synergies
    assert synergies["gain_eur_per_yr"].tolist() == [500.0, 200.0, 50.0]
    assert synergies.index.tolist() == ["S0001", "S0002", "S0003"]


def test_a_loss_that_was_accepted_is_shown_as_support_and_shared_as_nothing():
    losing = {**DIRECT, "outputs": DIRECT["outputs"].replace("50", "-20")}
    proposals = run(territory(**losing), objective="diverted", is_loss_accepted=True).feasible.proposals
    # 60 × (−20 + 10 − 2) = −720 €.
    assert proposals.synergies["gain_eur_per_yr"].tolist() == pytest.approx([-720.0])
    assert proposals.shares["share_eur_per_yr"].tolist() == [0.0, 0.0]
    assert proposals.shares["transfer_eur_per_yr"].sum() == pytest.approx(720.0)


def test_nothing_to_propose_is_three_empty_tables():
    proposals = run(territory(**{**DIRECT, "needs": "need_id, material_id, quantity\nN1, wire, 5"})).feasible.proposals
    assert proposals.exchanges.empty
    assert proposals.synergies.empty
    assert proposals.shares.empty
