"""The stages of an allocation: what the last rung of the hierarchy has proved is not proved again."""

import pandas as pd
import pytest
from tests.small_territory import allocated, territory

from symbiosis import solvers
from symbiosis.allocation import stages

TWO_RUNGS = {
    "outputs": """
        output_id, material_id, quantity, outlet_cost_eur_per_unit
        O1, sand, 100, 20
        O2, sand, 80, 20
        """,
    "needs": """
        need_id, use_id, quantity, price_eur_per_unit, minimum_lot
        N1, casting, 70, 10, 40
        N2, paving, 90, 12, 50
        N3, casting, 9000, 10, 8000
        """,
}


@pytest.fixture
def asked(monkeypatch):
    """Programmes that are solved, in order, and a solver that notes them."""
    programs = []

    def noting(program, **options):
        programs.append(program)
        return solvers.solve(program, **options)

    return programs, noting


def _is_held(program):
    """Whether there are doors, and none of them is left to choose."""
    return bool(program.is_integer.any()) and bool((program.lower == program.upper)[program.is_integer].all())


def test_a_last_stage_that_the_rung_before_proves_holds_its_doors_and_finds_the_same_plan(asked, monkeypatch):
    programs, solver = asked
    solved = allocated(territory(**TWO_RUNGS), solver=solver, is_hierarchy_lifted=False)
    assert [_is_held(program) for program in programs] == [False, False, True]
    assert solved.allocation.status == "optimal"
    assert solved.allocation.gap <= solved.case.scenario.relative_gap
    monkeypatch.setattr(stages, "_settled", lambda *_: None)
    branched = allocated(territory(**TWO_RUNGS), solver=solver, is_hierarchy_lifted=False)
    assert not _is_held(programs[-1])
    for family, values in branched.allocation.plan.items():
        pd.testing.assert_series_equal(values, solved.allocation.plan[family], check_exact=True)
    assert solved.allocation.bound_gain_eur >= branched.allocation.gain_eur - 1e-6


def test_a_stage_that_opens_what_the_rung_before_had_closed_is_branched(asked):
    programs, solver = asked
    landfill = {"uses": "use_id, name_fr, name_en, rung, theme_id, basis\ncasting, moulage, casting, disposal, things, test"}
    allocated(territory(**TWO_RUNGS, extension=landfill), solver=solver, is_hierarchy_lifted=False)
    assert not any(map(_is_held, programs))


def test_a_bound_that_is_too_far_is_no_proof(asked, monkeypatch):
    programs, solver = asked
    true_costs = stages.rung_costs

    def far(case, rung, eur):
        costs = true_costs(case, rung, eur)
        return {**costs, "quantity": costs["quantity"] - 5.0}

    monkeypatch.setattr(stages, "rung_costs", far)
    allocated(territory(**TWO_RUNGS), solver=solver, is_hierarchy_lifted=False)
    assert not _is_held(programs[-1])
