"""Prices from a threshold on, and coalitions: what people read of them, beside the pencil cases of `tests/golden`."""

from __future__ import annotations

import pytest
from tests.golden import cases
from tests.small_territory import allocated, catalogue, gain, run, sent, territory

from symbiosis import messages
from symbiosis.errors import DeclarationError
from symbiosis.prices import shadow_prices
from symbiosis.scenario import Scenario
from symbiosis.solvers import solve

GIVERS = """
    output_id, material_id, quantity, outlet_cost_eur_per_unit
    O1, sand, 70, 0
    O2, sand, 60, -70
    """
RECYCLER = """
    need_id, material_id, quantity, price_eur_per_unit
    N1, sand, 300, 20
    """
STEP = "need_id, quantity, price_eur_per_unit\nN1, 100, 60"
ALL_OR_NONE = "coalition_id, flow_id, minimum_quantity\nC1, O1, 0\nC1, O2, 30\nC1, N1, 100"


def test_every_delivery_has_the_price_that_all_of_them_reach_together():
    """O1 has 70 × 60 = 4,200 €, O2 30 × (60 − 70) = −300 €: together 3,900, and both are told why."""
    proposals = run(territory(outputs=GIVERS, needs=RECYCLER, price_thresholds=STEP)).feasible.proposals
    exchanges = proposals.exchanges.set_index("giver_flow_id")
    assert exchanges["price_eur_per_unit"].tolist() == [60.0, 60.0]
    assert exchanges["reasons"].str.contains("threshold_reached:100:60", regex=False).all()
    assert proposals.synergies["gain_eur_per_yr"].sum() == pytest.approx(3900.0)
    said = messages.reason("threshold_reached:100:60", "fr", None)
    assert said == "prix de 60\u00a0€ par unité pour tous, atteint ensemble à partir de 100 par an"


def test_what_is_to_be_investigated_counts_on_no_step_that_the_first_run_has_not_reached():
    outputs = GIVERS.replace("outlet_cost_eur_per_unit", "outlet_cost_eur_per_unit, legal_status")
    outputs = outputs.replace("O1, sand, 70, 0", "O1, sand, 70, 0, product").replace(
        "O2, sand, 60, -70", "O2, sand, 60, 0, unknown"
    )
    proposal = run(territory(outputs=outputs, needs=RECYCLER, price_thresholds=STEP))
    assert gain(proposal) == pytest.approx(70 * 20)
    assert proposal.to_investigate.allocation.gain_eur == pytest.approx(60 * 20)
    reached = run(territory(outputs=outputs.replace("O1, sand, 70", "O1, sand, 110"), needs=RECYCLER, price_thresholds=STEP))
    assert gain(reached) == pytest.approx(110 * 60)
    assert reached.to_investigate.allocation.gain_eur == pytest.approx(60 * 60)


def test_a_step_that_nobody_reaches_is_said_to_those_who_would_need_it():
    outputs = "output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 70, -30"
    refusals = run(territory(outputs=outputs, needs=RECYCLER, price_thresholds=STEP)).refusals
    assert refusals["binding_reason"].tolist() == ["threshold_not_reached"]


def test_an_operator_whose_cost_falls_from_a_step_on_keeps_the_difference():
    """The furnace of `step_reached`: 100 t × 6 € less; the shares of the filière add up to its gain."""
    told = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, 100, 30",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, 100, 50",
        operators="operator_id, process_id, capacity\nK1, melting, 100",
        price_thresholds="operator_id, quantity, price_eur_per_unit\nK1, 80, 4",
    )
    proposals = run(told).feasible.proposals
    assert proposals.synergies["gain_eur_per_yr"].tolist() == pytest.approx([100 * 57.0])
    own = proposals.shares.set_index("role")["own_eur_per_yr"]
    assert own["operator"] == pytest.approx(-100 * 4 - 15 * 60)
    assert own.sum() == pytest.approx(5700.0)


def test_thresholds_follow_the_unit_of_their_flow():
    kilos = territory(
        outputs=GIVERS, price_thresholds="need_id, quantity, price_eur_per_unit\nN1, 100000, 0.06",
        needs="need_id, material_id, quantity, price_eur_per_unit, unit\nN1, sand, 300000, 0.02, kg",
    )  # fmt: skip
    assert gain(allocated(kilos)) == pytest.approx(3900.0)


def test_a_threshold_of_nobody_and_a_member_that_is_not_declared_are_refused():
    with pytest.raises(DeclarationError) as refused:
        territory(
            outputs=GIVERS, needs=RECYCLER, coalitions="coalition_id, flow_id\nC1, O9",
            price_thresholds="need_id, quantity, price_eur_per_unit\n, 100, 60",
        )  # fmt: skip
    assert {problem.code for problem in refused.value.problems} == {"missing_value", "dangling_reference"}


def test_the_members_of_a_coalition_are_one_filiere_and_share_its_gain():
    """At 80 €/t: 70 × 80 + 30 × (80 − 70) + 30 × 10 more of O2 = 5,600 + 600 €."""
    told = territory(outputs=GIVERS, needs=RECYCLER.replace("300, 20", "300, 80"), coalitions=ALL_OR_NONE)
    proposals = run(told).feasible.proposals
    (synergy,) = proposals.synergies.itertuples()
    assert (synergy.kind, synergy.giver_actor_ids) == ("filiere", "AO1;AO2")
    assert synergy.gain_eur_per_yr == pytest.approx(6200.0)
    assert proposals.shares["share_eur_per_yr"].sum() == pytest.approx(6200.0)
    assert proposals.exchanges["reasons"].str.contains("coalition:C1", regex=False).all()


def test_a_coalition_that_does_not_pay_says_so_and_one_that_lost_a_member_is_never_formed():
    told = territory(outputs=GIVERS, needs=RECYCLER, coalitions=ALL_OR_NONE.replace("30", "60"))
    proposal = run(told)
    assert gain(proposal) == 0.0  # 70 × 20 − 60 × 50 < 0
    assert set(proposal.refusals["binding_reason"]) <= {"coalition_incomplete", "no_net_gain:-50"}
    assert "coalition_incomplete" in set(proposal.refusals["binding_reason"])
    paying = territory(outputs=GIVERS, needs=RECYCLER.replace("300, 20", "300, 80"), coalitions=ALL_OR_NONE)
    left = paying.without("AO2")
    assert gain(allocated(left)) == 0.0
    assert len(left.coalitions) == 3


def test_a_coalition_left_off_by_the_first_run_may_be_formed_by_what_is_to_be_investigated():
    outputs = """
        output_id, material_id, quantity, outlet_cost_eur_per_unit, legal_status
        O1, sand, 70, 0, product
        O2, sand, 60, 0, unknown
        """
    proposal = run(territory(outputs=outputs, needs=RECYCLER, coalitions=ALL_OR_NONE))
    assert gain(proposal) == 0.0
    assert proposal.to_investigate.allocation.gain_eur == pytest.approx(130 * 20)


def test_two_projects_of_a_coalition_are_held_to_their_costs_together():
    """The bench loses 680 € by itself (`coalition_open`); most tonnes diverted opens both all the same."""
    solved = cases._two_projects(2000, 80, 0)
    assert solved.allocation.plan["is_open"].tolist() == [1.0, 1.0]
    assert sent(solved, "K1", "K2") == pytest.approx(60.0)


def test_the_least_core_knows_who_belongs_to_a_coalition():
    told = territory(outputs=GIVERS, needs=RECYCLER.replace("300, 20", "300, 80"), coalitions=ALL_OR_NONE)
    found = run(told, split="least_core").feasible.cooperation
    assert found.components["gain_eur_per_yr"].tolist() == pytest.approx([6200.0])
    # No member gains anything without the others: the whole gain may stand however it is shared, with an excess below zero.
    assert (found.components["epsilon_eur_per_yr"] < 0).all()
    assert (found.splits["alone_eur_per_yr"] == 0).all()


def test_one_tonne_more_is_worth_the_price_that_was_reached():
    solved = allocated(territory(outputs=GIVERS, needs=RECYCLER, price_thresholds=STEP))
    prices = shadow_prices(solved.case, solved.allocation)
    worth = prices.set_index(["kind", "subject_id"])["worth_eur_per_unit"]
    # A tonne more of O1 sells at 60 € and lets O2 keep one that earns 70.
    assert worth["output", "O1"] == pytest.approx(70.0)
    assert prices["is_with_integers_held"].all()


def test_a_need_that_its_step_fills_gives_the_price_of_the_step_to_whoever_brings_more():
    """60 t more would be taken: a tonne of O1 is worth 60 €, whichever of its limits carries the price."""
    told = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 140, 0",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, sand, 200, 20", price_thresholds=STEP,
    )  # fmt: skip
    solved = allocated(told)
    worth = shadow_prices(solved.case, solved.allocation).set_index(["kind", "subject_id"])["worth_eur_per_unit"]
    assert worth["output", "O1"] == pytest.approx(60.0)


def test_without_one_member_a_coalition_is_lost_to_all():
    from symbiosis.decisions import Study, absences

    told = territory(outputs=GIVERS, needs=RECYCLER.replace("300, 20", "300, 80"), coalitions=ALL_OR_NONE)
    assumed = Scenario(is_hierarchy_lifted=True)
    lost = absences(Study(told, catalogue(), assumed, solve=solve), assumed).set_index("actor_id")
    assert lost["lost_gain_eur_per_yr"].tolist() == pytest.approx([6200.0] * 3)
