"""What a call is worth: net gain times parts that anybody can read, and the datum that would raise it most."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.small_territory import catalogue, run, table, territory

from symbiosis import doubts, messages, ranking, workspace
from symbiosis.doubts import DATA
from symbiosis.ranking import CALLS_PER_OUTPUT
from symbiosis.schemas import CALL_PARTS, PRECEDENT_STATUS, ROUTES

PRECEDENTS = """
    precedent_id, material_id, use_id, place, country, year, status, name_fr, name_en, source, basis
    somewhere, sand, casting, Somewhere, DK, 1990, implemented, sable vers moulage, sand to casting, test, test
    """


def known(*factors: str, precedents: str = ""):
    """The tiny catalogue with rows of `call_factors` (part, case, value) and precedents."""
    rows = [dict(zip(("part", "case", "value"), row.split(), strict=True)) for row in factors]
    frame = pd.DataFrame(rows, columns=["part", "case", "value"])
    frame = frame.assign(
        factor_id=frame["part"] + "_" + frame["case"], low="0.1", high="1", name_fr="x", name_en="x", basis="test"
    )
    tables = {"call_factors": frame} | ({"precedents": table(precedents)} if precedents else {})
    return catalogue().extended({name: rows for name, rows in tables.items() if len(rows)})


def two_sands(**columns: str):
    """Two outputs of sand for two needs; `columns` says what tells the second from the first."""
    heading = "".join(f", {name}" for name in columns)
    rows = [", ".join([f"O{i + 1}", "sand", "100", "20", *(cell.split("|")[i] for cell in columns.values())]) for i in (0, 1)]
    return territory(
        outputs="\n".join([f"output_id, material_id, quantity, outlet_cost_eur_per_unit{heading}", *rows]),
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, sand, 100, 10\nN2, sand, 100, 10",
    )


def by_output(proposal) -> pd.DataFrame:
    return proposal.calls.sort_values(["output_id", "need_id"]).drop_duplicates("output_id").set_index("output_id")


def test_the_value_of_a_call_is_the_gain_times_the_parts_that_are_shown():
    factors = known("evidence declared 0.5", "route not_waste 0.9", "precedent none 0.8", "distance at_limit 0.7")
    proposal = run(two_sands(), factors)
    for frame in (proposal.calls, proposal.feasible.proposals.synergies):
        product = frame[[f"part_{part}" for part in CALL_PARTS]].prod(axis=1) * frame["gain_eur_per_yr"].clip(lower=0)
        assert (frame["call_value_eur_per_yr"] - product).abs().max() < 1e-6
        assert (frame["call_value_low_eur_per_yr"] <= frame["call_value_eur_per_yr"]).all()
        assert (frame["call_value_eur_per_yr"] <= frame["call_value_high_eur_per_yr"] + 1e-9).all()


def test_of_two_equal_gains_the_weighed_flow_is_called_first():
    calls = run(two_sands(evidence="inferred|weighed"), known("evidence weighed 1", "evidence inferred 0.6")).calls
    assert calls["output_id"].iloc[0] == "O2"


def test_the_missing_datum_is_the_one_that_raises_the_value_most():
    factors = known("evidence inferred 0.9", "law waste_code_missing 0.5", "law heading_unknown 0.8")
    declarations = two_sands(legal_status="waste|product", evidence="inferred|weighed")
    calls = by_output(run(declarations, factors))
    assert calls.at["O1", "missing_datum"] == "waste_code"
    # The gain is 3,000 €; doubts on code, headings and quantity leave 0.5 × 0.8 × 0.9 of it: twice as much without the first.
    assert calls.at["O1", "missing_rise_eur_per_yr"] == pytest.approx(calls.at["O1", "call_value_eur_per_yr"])


def test_a_flow_without_doubt_asks_for_nothing():
    calls = by_output(run(two_sands(evidence="weighed|weighed")))
    assert calls.at["O1", "missing_datum"] == ""
    assert calls.at["O1", "missing_rise_eur_per_yr"] == 0


def test_the_gain_of_a_direct_pair_is_that_of_the_plan():
    declarations = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 40, 20",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, sand, 100, 10",
    )
    proposal = run(declarations)
    assert proposal.calls["gain_eur_per_yr"].tolist() == pytest.approx([40 * 30])
    assert proposal.feasible.allocation.gain_eur == pytest.approx(40 * 30)


def test_the_gain_through_an_operator_counts_its_cost_and_its_residue():
    declarations = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, 50, 30",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, 100, 50",
        operators="operator_id, process_id, capacity\nK1, melting, 100",
    )
    proposal = run(declarations)
    (call,) = proposal.calls.itertuples()
    # 30 saved, 0.8 × 50 replaced, 10 of melting, 0.15 × 60 of dross; an hour of insertion a tonne.
    assert call.gain_eur_per_yr == pytest.approx(50 * (30 + 40 - 10 - 9))
    assert call.gain_eur_per_yr == pytest.approx(proposal.feasible.allocation.gain_eur)
    assert (call.quantity_t_per_yr, call.insertion_h_per_yr) == (pytest.approx(50), pytest.approx(50))


def test_what_an_operator_is_left_with_counts_at_its_price_and_the_outlet_that_it_spares():
    # 100 t of scrap make 80 t of ingots and 15 t of dross, a residue that costs 60 €/t today: its taker adds that and no ingot.
    proposal = run(territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, 100, 30",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, 2, 5000\nN2, ingot, 50, 10\nN3, dross, 15, 1",
        operators="operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr\nK1, melting, 100, true, 0",
    ))  # fmt: skip
    call = proposal.calls.set_index("need_id").loc["N3"]
    assert call["gain_eur_per_yr"] == pytest.approx(15 * (1 + 60))
    assert call["saved_eur_per_yr"] == call["insertion_h_per_yr"] == 0


def test_a_loss_is_worth_no_call():
    declarations = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 40, -20",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, sand, 100, 10",
    )
    assert run(declarations).calls["call_value_eur_per_yr"].tolist() == [0]


def test_an_excluded_pair_is_never_called():
    declarations = two_sands()
    calls = run(declarations, maximum_distance_km=0.1).calls
    excluded = run(declarations).refusals
    assert not set(zip(calls["output_id"], calls["need_id"], strict=True)) & set(
        zip(*(excluded.loc[excluded["status"] == "excluded", c] for c in ("output_id", "need_id")), strict=True)
    )


def test_a_large_territory_is_valued_a_block_at_a_time_to_the_same_figures(monkeypatch):
    data = two_sands(evidence="inferred|weighed")
    whole = run(data, known("evidence weighed 1", "evidence inferred 0.6"))
    monkeypatch.setattr(ranking, "GROUPS_AT_ONCE", 1)
    cut = run(data, known("evidence weighed 1", "evidence inferred 0.6"))
    assert len(whole.calls) > 1
    pd.testing.assert_frame_equal(cut.calls, whole.calls)
    pd.testing.assert_frame_equal(cut.feasible.proposals.synergies, whole.feasible.proposals.synergies)


def test_each_company_has_its_own_order():
    needs = "\n".join(f"N{i:02d}, sand, 10, {i}" for i in range(15))
    calls = run(territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 100, 20\nO2, sand, 100, 1",
        needs=f"need_id, material_id, quantity, price_eur_per_unit\n{needs}",
    )).calls  # fmt: skip
    assert calls.groupby("output_id").size().max() == CALLS_PER_OUTPUT
    for _, mine in calls.groupby("giver_actor_id"):
        assert mine["rank_for_giver"].tolist() == list(range(1, len(mine) + 1))
        assert mine["call_value_eur_per_yr"].is_monotonic_decreasing


def test_a_candidate_cites_who_did_it_before():
    factors = known("precedent implemented 1", "precedent kin 0.9", "precedent none 0.5", precedents=PRECEDENTS)
    declarations = territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 9, 20
            O2, sea_sand, 9, 20
            O3, scrap, 9, 20
            """,
        needs="need_id, use_id, quantity, price_eur_per_unit\nN1, casting, 99, 10",
    )
    calls = by_output(run(declarations, factors))
    assert calls["precedent_ids"].to_dict() == {"O1": "somewhere", "O2": "somewhere", "O3": ""}
    assert calls["part_precedent"].to_dict() == {"O1": 1.0, "O2": 0.9, "O3": 0.5}


def test_synergies_and_exchanges_stand_in_the_order_of_their_calls():
    proposals = workspace.match(*_kalundborg()).feasible.proposals
    assert proposals.synergies["call_value_eur_per_yr"].is_monotonic_decreasing
    assert proposals.exchanges["call_value_eur_per_yr"].is_monotonic_decreasing


def _kalundborg():
    from symbiosis.scenario import Scenario

    known_ = workspace.load_catalogue()
    return workspace.open_territory("kalundborg", known_), known_, Scenario()


def test_every_part_and_every_datum_has_its_rows_its_name_and_its_place_in_the_docs():
    factors = workspace.load_catalogue().call_factors
    assert set(factors["part"]) == set(CALL_PARTS)
    assert set(messages.PARTS) == set(CALL_PARTS)
    assert set(messages.MISSING) == set(DATA)
    assert all(f"``{part}``" in str(doubts.__doc__) for part in CALL_PARTS)
    cases = set(zip(factors["part"], factors["case"], strict=True))
    assert {(part, case) for part, lifted in DATA.values() for case in lifted} <= cases
    assert {("route", route) for route in ROUTES} <= cases
    assert {("precedent", status) for status in PRECEDENT_STATUS} <= cases


def test_nothing_but_the_confidence_of_words_is_called_a_probability():
    proposal = workspace.match(*_kalundborg())
    columns = set(proposal.calls.columns) | set(proposal.feasible.proposals.synergies.columns)
    assert not [column for column in columns if "proba" in column]
    for language in messages.LANGUAGES:
        said = messages.translation(language).gettext(messages.FUNNEL)
        assert "113" in said
