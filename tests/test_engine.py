"""From declarations to a proposal: three totals apart, a second run on what is left, reasons for everything."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.small_territory import amount, catalogue, gain, run, sent, territory

from symbiosis import engine
from symbiosis.compatibility import BY_PRODUCT
from symbiosis.messages import reason
from symbiosis.scenario import Scenario
from symbiosis.solvers import solve

FOUR = ";".join(BY_PRODUCT[:4])


def mixed():
    """O1 may go at once, O2 lacks a condition of by-products, O3 is 400 km away; N1 takes 100 t."""
    return territory(
        outputs=f"""
            output_id, material_id, quantity, outlet_cost_eur_per_unit, legal_status, conditions_met
            O1, sand, 60, 10, product,
            O2, sand, 80, 30, by_product, {FOUR}
            O3, sand, 500, 90, product,
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit, maximum_distance_km
            N1, sand, 100, 5, 20
            """,
        distances="""
            from_site_id, to_site_id, distance_km
            SO3, SN1, 30
            """,
    )  # fmt: skip


@pytest.fixture(scope="module")
def proposal():
    return run(mixed())


def test_the_three_totals_are_never_mixed(proposal):
    totals = proposal.totals
    assert totals["gain_eur_per_yr"].to_dict() == pytest.approx(
        {"feasible": 60 * 15.0, "to_investigate": 40 * 35.0, "excluded": 0.0}
    )
    # A pair counts where its best way stands: those excluded here are the ones that the refusals give a reason for.
    assert totals.at["excluded", "pairs"] == proposal.refusals["status"].eq("excluded").sum() > 0
    assert totals["outputs"].to_dict() == {"feasible": 1, "to_investigate": 1, "excluded": 1}
    assert totals["theoretical_t_per_yr"].to_dict() == {"feasible": 60.0, "to_investigate": 80.0, "excluded": 500.0}
    assert gain(proposal) == pytest.approx(900.0)
    assert set(proposal.feasible.proposals.exchanges["feasibility"]) == {"feasible"}
    assert set(proposal.to_investigate.proposals.exchanges["feasibility"]) == {"to_investigate"}


def test_the_second_run_uses_only_what_the_first_left(proposal):
    # O2 would bring more (30 + 5), and still waits behind what may be done at once: 40 t of N1 are left to it.
    assert sent(proposal, "O1", "N1") == pytest.approx(60.0)
    assert sent(proposal, "O2", "N1") == 0.0
    second = proposal.to_investigate
    assert second.proposals.exchanges["quantity_per_yr"].tolist() == pytest.approx([40.0])
    assert second.allocation.plan["purchased"].tolist() == pytest.approx([0.0])
    assert second.case.outputs.loc["O1", "quantity_per_yr"] == 0.0


def test_a_project_that_the_first_run_built_is_not_paid_twice():
    declarations = territory(
        outputs=f"""
            output_id, material_id, quantity, outlet_cost_eur_per_unit, legal_status, conditions_met
            O1, scrap, 100, 100, product,
            O2, scrap, 50, 100, by_product, {FOUR}
            """,
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, 200, 50",
        operators="operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr\nK1, melting, 120, false, 5000",
    )
    both = run(declarations)
    assert gain(both) == pytest.approx(100 * 121.0 - 5000)
    # The 20 t of capacity that are left, without a second fixed cost.
    assert both.to_investigate.allocation.gain_eur == pytest.approx(20 * 121.0)


def binding(proposal):
    return proposal.refusals.set_index(["output_id", "need_id"])["binding_reason"].to_dict()


def test_what_the_law_or_the_distance_refuses_says_so(proposal):
    assert binding(proposal) == {("O3", "N1"): "too_far:30:20:need"}


def test_each_pair_that_is_not_retained_says_what_binds():
    declarations = territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 10, 50
            O2, sand, 10, 40
            O3, crate, 5, -60
            O4, scrap, 100, 30
            O5, ore, 100, 1
            """,
        needs="""
            need_id, material_id, use_id, quantity, price_eur_per_unit
            N1, sand, , 10, 9
            N2, sand, , 5, 3
            N3, , resale, 5, 20
            N4, ingot, , 100, 50
            """,
        operators="""
            operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr
            K1, melting, 100, true, 0
            """,
    )  # fmt: skip
    said = binding(run(declarations))
    assert said["O3", "N3"] == "no_net_gain:-40"
    assert said["O5", "N4"] == "operator_full"
    assert all(reason for reason in said.values())
    assert {"output_used_elsewhere", "need_served_elsewhere"} & set(said.values())


def test_what_only_a_shaky_reading_joins_across_families_and_units_is_neither_listed_nor_counted():
    declarations = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, crate, 5, 10",
        needs="""
            need_id, use_id, quantity, unit, family
            N1, resale, 5, pieces, equipment
            N2, resale, 5, pieces, material
            """,
    )
    proposal = run(declarations)
    assert binding(proposal) == {("O1", "N2"): "unit_mismatch:t:pieces"}, "a weight per piece would make a pair of those two"
    assert proposal.totals["pairs"].to_dict() == {"feasible": 0, "to_investigate": 0, "excluded": 1}
    assert "t et pièces" in reason("unit_mismatch:t:pieces", "fr", catalogue()), "units are written as people write them"


def test_a_project_that_stays_closed_is_named_as_the_reason():
    declarations = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, 98, 30",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, 100, 50",
        operators="operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr\nK1, melting, 100, false, 5000",
    )
    assert binding(run(declarations)) == {("O1", "N1"): "project_not_opened"}


def test_no_pair_is_both_proposed_and_refused(proposal):
    proposed = set(zip(proposal.feasible.proposals.exchanges["giver_flow_id"],
                       proposal.feasible.proposals.exchanges["taker_flow_id"], strict=True))  # fmt: skip
    assert not proposed & set(binding(proposal))


def frames(proposal):
    return {
        "exchanges": proposal.feasible.proposals.exchanges, "synergies": proposal.feasible.proposals.synergies,
        "shares": proposal.feasible.proposals.shares, "more": proposal.to_investigate.proposals.exchanges,
        "refusals": proposal.refusals, "totals": proposal.totals, "indicators": proposal.feasible.indicators,
        "missing": proposal.missing_links, "calls": proposal.calls,
    }  # fmt: skip


def test_the_same_data_give_the_same_proposal_whatever_the_order_of_the_rows(proposal):
    texts = {
        "outputs": f"""
            output_id, material_id, quantity, outlet_cost_eur_per_unit, legal_status, conditions_met
            O3, sand, 500, 90, product,
            O1, sand, 60, 10, product,
            O2, sand, 80, 30, by_product, {FOUR}
            """,
        "needs": "need_id, material_id, quantity, price_eur_per_unit, maximum_distance_km\nN1, sand, 100, 5, 20",
        "distances": "from_site_id, to_site_id, distance_km\nSO3, SN1, 30",
    }
    for again in (run(mixed()), run(territory(**texts))):
        assert again.versions == proposal.versions
        for name, frame in frames(again).items():
            pd.testing.assert_frame_equal(frame, frames(proposal)[name], check_exact=True, obj=name)


def test_ties_are_broken_the_same_way_in_any_order():
    def equal(order):
        rows = [f"O{i}, sand, 10, 5" for i in range(6)][::order]
        return run(territory(outputs="\n".join(["output_id, material_id, quantity, outlet_cost_eur_per_unit", *rows]),
                             needs="need_id, material_id, quantity\nN1, sand, 25"))  # fmt: skip

    one, other = equal(1), equal(-1)
    pd.testing.assert_frame_equal(one.feasible.proposals.exchanges, other.feasible.proposals.exchanges, check_exact=True)


def test_a_process_that_nobody_runs_is_a_missing_link():
    declarations = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, 98, 30\nO2, ore, 2, 30",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, 100, 50",
    )
    (link,) = run(declarations).missing_links.itertuples()
    assert (link.process_id, link.holders, link.quantity_t_per_yr) == ("melting", 2, pytest.approx(100.0))
    # Two hours a tonne, half of them in insertion.
    assert (link.labour_h_per_yr, link.insertion_h_per_yr) == (pytest.approx(200.0), pytest.approx(100.0))


def test_a_run_that_found_nothing_is_still_a_proposal():
    empty = run(territory(outputs="output_id, material_id, quantity\nO1, sand, 5",
                          needs="need_id, material_id, quantity\nN1, wire, 5"))  # fmt: skip
    assert gain(empty) == 0.0
    assert empty.refusals.empty
    assert empty.heaviest_reasons().empty
    assert amount(empty, "disposed", "O1") == 5.0


def test_where_nothing_can_be_done_the_reason_that_weighs_most_is_said():
    from symbiosis import messages

    nothing = run(territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\n"
                "O1, sand, 50, -9\nO2, sand, 30, -7\nO3, ore, 60, 0",
        needs="need_id, site_id, material_id, quantity\nN1, SN1, sand, 99\nN2, SN2, sand, 99\nN3, SN3, ore, 60",
        distances="from_site_id, to_site_id, is_excluded\nSO3, SN3, true",
    ))  # fmt: skip
    assert nothing.feasible.proposals.synergies.empty
    heaviest = nothing.heaviest_reasons()
    # 50 + 30 t, each output once though two needs refuse it; the code is that of O1, the heavier.
    assert heaviest.index.tolist() == ["no_net_gain", "link_excluded"]
    assert heaviest["t_per_yr"].tolist() == [80.0, 60.0]
    assert heaviest["outputs"].tolist() == [2, 1]
    assert heaviest["code"].iloc[0] == "no_net_gain:-9"
    said = messages.no_exchange(heaviest, "en", nothing.catalogue)
    assert said == (
        "No feasible exchange. What weighs most, on 80 t a year of 2 outputs: no net gain: -9 € per unit at best → gains if "
        "the outlet costs, or the need pays, €9 more per unit"
    )
    assert messages.no_exchange(heaviest.iloc[:0], "fr", nothing.catalogue) == ""


def test_commitments_that_nothing_can_keep_are_said_not_hidden():
    from symbiosis.errors import InfeasibleError

    impossible = territory(
        outputs="output_id, material_id, quantity\nO1, sand, 5",
        needs="need_id, material_id, quantity, minimum_quantity\nN1, sand, 50, 40",
    )
    with pytest.raises(InfeasibleError, match="infeasible: need_minimum N1: 40 asked, 5 within reach"):
        run(impossible)


def test_a_plan_without_proof_is_shown_with_its_gap():
    from dataclasses import replace

    def hurried(program, **options):
        answer = solve(program, **options)
        return replace(answer, status="feasible", bound=answer.objective - 100.0)

    allocation = engine.run(mixed(), catalogue(), Scenario(), solve=hurried).feasible.allocation
    assert allocation.status == "feasible"
    assert allocation.gap > 0
    assert allocation.bound_gain_eur == pytest.approx(allocation.gain_eur + 100.0)


def test_progress_goes_forward_and_ends():
    told: list[tuple[str, float]] = []
    engine.run(mixed(), catalogue(), Scenario(), solve=solve, progress=lambda *step: told.append(step))
    shares = [round(share, 9) for _, share in told]
    assert shares == sorted(shares)
    assert told[-1] == ("propose", 1.0)
