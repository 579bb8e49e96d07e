"""Hostile models, one at least for each thing that was measured of OR-Tools: a clear message, and nothing called OPTIMAL.

Rows of the table: what engines do with NaN, infinities and 1e300, with overflow, with plain mistakes; then time limits,
determinism, cancelling. Crashes, hangs and lack of memory are in `test_workers.py`.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from ortools.math_opt import result_pb2
from ortools.math_opt.core.python import solver as core
from ortools.math_opt.python import mathopt
from tests.test_solvers import CROSSED, ENDLESS, KNAPSACK, MACHINES, haverly, market_split, program, stacked

from symbiosis.errors import ProgramError, SolverError
from symbiosis.solvers import LARGEST_NUMBER, charges, check, solve

LINEAR, WHOLE, MIXED = MACHINES, KNAPSACK, haverly()
KINDS = {"linear": LINEAR, "whole": WHOLE, "products": MIXED}
FIELDS = ("cost", "value", "lower", "upper", "row_lower", "row_upper")


def poisoned(some, field, number, place=0):
    array = getattr(some, field).astype(float).copy()
    array[place] = number
    return replace(some, **{field: array})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("field", "number"),
    [
        (field, number)
        for field, number in itertools.product(FIELDS, (np.nan, np.inf, -np.inf, 1e300, -1e300, 1.7e308))
        # An open side is what an infinite bound means.
        if not (field in ("upper", "row_upper") and number == np.inf)
        if not (field in ("lower", "row_lower") and number == -np.inf)
    ],
)
def test_no_engine_sees_a_number_that_it_would_answer_nonsense_to(monkeypatch, kind, field, number):
    monkeypatch.setattr(core, "solve", lambda *_: pytest.fail("an engine was asked"))
    with pytest.raises(ProgramError):
        solve(poisoned(KINDS[kind], field, number))


def test_an_objective_that_is_not_a_number_is_not_optimal_at_zero():
    # What SCIP answers to it; CBC calls a NaN coefficient optimal at 15.
    for field in ("cost", "value"):
        with pytest.raises(ProgramError, match="not finite"):
            solve(poisoned(WHOLE, field, np.nan))


@pytest.mark.parametrize("number", [2.0**63, 2.0**53 + 2, 1e12])
def test_numbers_that_would_overflow_whole_arithmetic_are_refused(number):
    for field in ("cost", "value", "row_upper", "upper"):
        with pytest.raises(ProgramError, match="choose a larger unit"):
            solve(poisoned(WHOLE, field, number))


def test_the_largest_number_itself_is_still_computed():
    big = program([-1.0], [[1.0]], high=[LARGEST_NUMBER], upper=LARGEST_NUMBER)
    assert solve(big).objective == -LARGEST_NUMBER


def test_sums_beyond_the_largest_number_do_not_wrap_around():
    # Costs that saturate at 2⁶³ − 1 in whole arithmetic are said to be optimal there.
    many = program(np.full(50, -LARGEST_NUMBER), np.ones((1, 50)), high=[LARGEST_NUMBER], upper=LARGEST_NUMBER)
    assert solve(many).objective == pytest.approx(-(LARGEST_NUMBER**2), rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_that_cross_are_a_refusal_not_an_abnormal_end(kind):
    some = KINDS[kind]
    for low, high in (("lower", "upper"), ("row_lower", "row_upper")):
        crossed = poisoned(poisoned(some, low, 5.0), high, 4.0)
        with pytest.raises(ProgramError, match="lower bound is above"):
            solve(crossed)


@pytest.mark.parametrize("is_whole", [False, True])
def test_an_endless_programme_is_unbounded_not_infeasible(is_whole):
    # What GLOP's older interface says of it.
    answer = solve(replace(ENDLESS, is_integer=np.full(2, is_whole)))
    assert answer.status == "unbounded"
    assert len(answer.values) == 0


@pytest.mark.parametrize("is_whole", [False, True])
def test_contradictory_rows_give_no_values_to_read(is_whole):
    # Some interfaces return zeros after INFEASIBLE, or before solving.
    answer = solve(replace(CROSSED, is_integer=np.full(2, is_whole)))
    assert answer.status == "infeasible"
    assert len(answer.values) == 0
    assert np.isnan(answer.objective)
    assert answer.bound == -np.inf
    assert answer.gap == np.inf


def test_a_blend_that_cannot_be_made_is_infeasible():
    mixed = haverly()
    demanding = replace(mixed, row_lower=np.r_[mixed.row_lower[:4], 90.0, 190.0],
                        upper=np.r_[mixed.upper[:1], 0.0, mixed.upper[2:4], 50.0, 50.0, 3.0])  # fmt: skip
    assert solve(demanding).status == "infeasible"


def test_endless_and_contradictory_at_once_is_infeasible():
    both = stacked([CROSSED, ENDLESS])
    assert solve(both).status == "infeasible"


@pytest.mark.parametrize(
    ("field", "number"), [("column", 7), ("column", -1), ("row", 3), ("row", -1), ("row", 2**40), ("column", -(2**62))]
)
def test_an_index_outside_is_refused_where_a_flow_solver_would_crash(field, number):
    array = getattr(MACHINES, field).copy()
    array[1] = number
    with pytest.raises(ProgramError, match="outside the matrix"):
        solve(replace(MACHINES, **{field: array}))


@pytest.mark.parametrize("field", ["lower", "upper", "is_integer", "row_upper", "row", "column"])
@pytest.mark.parametrize("change", [-1, 1])
def test_arrays_of_unequal_length_are_refused_by_name(field, change):
    array = getattr(MACHINES, field)
    wrong = array[:-1] if change < 0 else np.append(array, array[-1:])
    with pytest.raises(ProgramError, match=field):
        solve(replace(MACHINES, **{field: wrong}))


def test_a_place_that_stands_twice_is_refused_even_where_its_values_cancel():
    twice = replace(MACHINES, row=np.append(MACHINES.row, 0), column=np.append(MACHINES.column, 0),
                    value=np.append(MACHINES.value, -MACHINES.value[0]))  # fmt: skip
    with pytest.raises(ProgramError, match="twice"):
        solve(twice)


def test_nothing_at_all_is_solved_without_an_engine(monkeypatch):
    monkeypatch.setattr(core, "solve", lambda *_: pytest.fail("an engine was asked"))
    nothing = program([], np.zeros((0, 0)))
    answer = solve(nothing)
    assert (answer.status, answer.objective, answer.parts) == ("optimal", 0.0, 0)


def test_columns_without_rows_and_rows_without_columns_are_both_answered():
    free = program([-1, 2], np.zeros((1, 2)), low=[-1], high=[1], upper=[3, 3])
    assert solve(free).values.tolist() == [3.0, 0.0]
    assert solve(replace(free, row_lower=np.array([0.5]))).status == "infeasible"


@pytest.mark.parametrize(
    "raised", [AttributeError("canonical_code"), TypeError("float"), ValueError("bad"), RuntimeError("c++")]
)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_mathopt_raises_becomes_our_error_with_its_text(monkeypatch, raised, kind):
    def broken(*_):
        raise raised

    monkeypatch.setattr(core, "solve", broken)
    with pytest.raises(SolverError, match=str(raised).replace("+", r"\+")):
        solve(KINDS[kind])


@pytest.mark.parametrize("reason", ["NUMERICAL_ERROR", "OTHER_ERROR", "UNSPECIFIED"])
def test_an_abnormal_end_is_an_error_never_an_answer(monkeypatch, reason):
    true_solve = core.solve

    def ends(*rest):
        answer = true_solve(*rest)
        answer.termination.reason = result_pb2.TerminationReasonProto.Value(f"TERMINATION_REASON_{reason}")
        return answer

    monkeypatch.setattr(core, "solve", ends)
    with pytest.raises(SolverError, match=reason):
        solve(MACHINES)


def test_where_glop_is_imprecise_another_engine_is_asked(monkeypatch):
    true_solve, asked = core.solve, []

    def imprecise(model, engine, *rest):
        answer = true_solve(model, engine, *rest)
        asked.append(mathopt.SolverType(engine).name)
        if asked[-1] == "GLOP":
            answer.termination.reason = result_pb2.TerminationReasonProto.Value("TERMINATION_REASON_IMPRECISE")
        return answer

    monkeypatch.setattr(core, "solve", imprecise)
    answer = solve(MACHINES)
    assert asked == ["GLOP", "HIGHS"]
    assert (answer.status, answer.engine, answer.objective) == ("optimal", "HIGHS", pytest.approx(-36.0))
    assert answer.row_duals == pytest.approx([0.0, -1.5, -1.0])


@pytest.mark.parametrize("lie", [5.0, 1e6, np.inf, np.nan])
def test_a_bound_that_its_own_plan_belies_is_refused(monkeypatch, lie):
    true_solve = core.solve

    def lying(model, *rest):
        answer = true_solve(model, *rest)
        if any(model.variables.integers):
            answer.termination.objective_bounds.dual_bound = answer.termination.objective_bounds.primal_bound + lie
        return answer

    monkeypatch.setattr(core, "solve", lying)
    with pytest.raises(SolverError, match="bound"):
        solve(KNAPSACK)


def test_where_presolve_cut_off_the_best_plan_the_engine_is_asked_without_it(monkeypatch):
    true_solve, asked = core.solve, []

    def lying(model, kind, initializer, parameters, *rest):
        answer = true_solve(model, kind, initializer, parameters, *rest)
        if any(model.variables.integers):
            asked.append(parameters.highs.string_options.get("presolve", "on"))
            if asked[-1] == "on":
                answer.termination.objective_bounds.dual_bound = answer.termination.objective_bounds.primal_bound + 5.0
        return answer

    monkeypatch.setattr(core, "solve", lying)
    answer = solve(KNAPSACK)
    assert asked == ["on", "off"]
    assert (answer.status, answer.gap) == ("optimal", pytest.approx(0.0))


def test_a_plan_that_is_called_optimal_with_an_incumbent_for_its_bound_is_not_believed_blindly():
    # model_builder returns the incumbent as the bound at a gap stop: through MathOpt the bound must be a true one.
    for seed in range(4):
        generator = np.random.default_rng(seed)
        some = program(-generator.integers(5, 40, 25), generator.integers(1, 30, (4, 25)), high=generator.integers(80, 140, 4),
                       upper=1, integer=True)  # fmt: skip
        loose, best = solve(some, relative_gap=0.2), solve(some, relative_gap=0.0)
        assert loose.bound <= best.objective + 1e-6


def test_a_time_limit_holds_within_its_stated_margin():
    hard = market_split(6, 50)
    begun = time.monotonic()
    answer = solve(hard, time_limit_s=1.0)
    assert answer.status in ("feasible", "no_solution")
    assert time.monotonic() - begun < 10.0  # 1 s asked; the rest is for a loaded machine


def test_a_linear_programme_that_ran_out_of_time_proves_nothing():
    generator = np.random.default_rng(0)
    large = program(-generator.random(1500), generator.random((600, 1500)), high=np.full(600, 50.0))
    answer = solve(large, time_limit_s=1e-4)
    assert answer.status in ("feasible", "no_solution", "optimal")
    if answer.status == "feasible":
        assert answer.bound == -np.inf
        assert answer.gap == np.inf


def test_cancelling_between_parts_is_heard():
    event = threading.Event()
    parts = stacked([KNAPSACK, MACHINES])
    event.set()
    with pytest.raises(SolverError, match="cancelled"):
        solve(parts, is_cancelled=event.is_set)


def test_without_a_clock_the_load_of_the_machine_changes_nothing():
    hard = market_split(4, 25)
    stop = threading.Event()

    def burn() -> None:
        while not stop.is_set():
            sum(range(1000))

    alone = solve(hard, is_deterministic=True, time_limit_s=1)
    threads = [threading.Thread(target=burn) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        loaded = solve(hard, is_deterministic=True, time_limit_s=1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert alone.values.tobytes() == loaded.values.tobytes()
    assert (alone.bound, alone.status) == (loaded.bound, loaded.status)


def test_checking_changes_nothing():
    before = [getattr(MACHINES, field).copy() for field in FIELDS]
    check(MACHINES)
    solve(MACHINES)
    assert all((old == getattr(MACHINES, field)).all() for old, field in zip(before, FIELDS, strict=True))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(150))
def test_random_hostile_programmes_are_refused_or_answered_and_verified(seed, monkeypatch):
    monkeypatch.setattr(charges, "FROM", 3)
    monkeypatch.setattr(charges, "ROOT_UP_TO", 0)
    generator = np.random.default_rng(seed)
    rows, columns = generator.integers(1, 6, 2)
    some = program(
        generator.normal(0, 10, columns), generator.normal(0, 5, (rows, columns)) * (generator.random((rows, columns)) < 0.6),
        low=np.where(generator.random(rows) < 0.5, -np.inf, generator.normal(-5, 9, rows)),
        high=np.where(generator.random(rows) < 0.3, np.inf, generator.normal(6, 9, rows)),
        upper=np.where(generator.random(columns) < 0.3, np.inf, generator.integers(0, 9, columns)),
        integer=generator.random(columns) < 0.5,
    )  # fmt: skip
    if generator.random() < 0.5 and len(some.value):
        field = FIELDS[generator.integers(len(FIELDS))]
        bad = generator.choice([np.nan, np.inf, -np.inf, 1e300, 1e-300, 1e9, 0.0])
        some = poisoned(some, field, bad, generator.integers(len(getattr(some, field))))
    try:
        answer = solve(some, time_limit_s=5.0)
    except (ProgramError, SolverError):
        return
    assert answer.status in ("optimal", "feasible", "infeasible", "unbounded", "no_solution")
    if answer.status == "optimal":
        assert answer.bound <= answer.objective + 1e-6 * max(1.0, abs(answer.objective))


def test_what_an_engine_prints_is_not_in_what_a_script_reads():
    told = "from symbiosis import cli; import os; cli.app = lambda: (os.write(1, b'tmpSolver.run'), print('{}')); cli.main()"
    ended = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)
    assert ended.stdout == "{}\n"
    assert "tmpSolver.run" in ended.stderr
