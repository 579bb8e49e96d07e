"""What was learned of the engines, each as a trap that must stay shut."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import numpy as np
import pytest
from ortools.math_opt.core.python import solver as core
from ortools.math_opt.python import mathopt

from symbiosis import solvers
from symbiosis.errors import ProgramError, SolverError
from symbiosis.solvers import LARGEST_NUMBER, Products, Program, Solution, check, engines, parts_of, solve, verify
from symbiosis.solvers.parts import piece, pieces


def program(cost, rows, *, low=None, high=None, lower=0.0, upper=np.inf, integer=False) -> Program:
    """Minimise ``cost @ x``; each row is a list of coefficients, one per column."""
    cost, matrix = np.asarray(cost, dtype=float), np.asarray(rows, dtype=float).reshape(len(rows), len(cost))
    row, column = np.nonzero(matrix)
    size, count = len(cost), len(matrix)
    return Program(
        cost=cost, lower=np.broadcast_to(np.asarray(lower, float), size).copy(),
        upper=np.broadcast_to(np.asarray(upper, float), size).copy(),
        is_integer=np.broadcast_to(np.asarray(integer, bool), size).copy(),
        row_lower=np.full(count, -np.inf) if low is None else np.asarray(low, float),
        row_upper=np.full(count, np.inf) if high is None else np.asarray(high, float),
        row=row.astype(np.int64), column=column.astype(np.int64), value=matrix[row, column],
    )  # fmt: skip


# Two goods from two machines: max 3x + 5y, x ≤ 4, 2y ≤ 12, 3x + 2y ≤ 18 → (2, 6), 36 (a textbook case).
MACHINES = program([-3, -5], [[1, 0], [0, 2], [3, 2]], high=[4, 12, 18])
# A knapsack: values 8, 11, 6, 4, weights 5, 7, 4, 3, at most 14 → 21 with the last three (7 + 4 + 3 = 14).
KNAPSACK = program([-8, -11, -6, -4], [[5, 7, 4, 3]], high=[14], upper=1.0, integer=True)


def market_split(rows: int = 4, columns: int = 30, seed: int = 3) -> Program:
    """Split of customers between two divisions (Cornuéjols and Dawande): small, and beyond any engine in a second."""
    generator = np.random.default_rng(seed)
    weights = generator.integers(0, 100, size=(rows, columns)).astype(float)
    matrix = np.hstack([weights, np.eye(rows), -np.eye(rows)])
    half = np.floor(weights.sum(axis=1) / 2)
    cost = np.r_[np.zeros(columns), np.ones(2 * rows)]
    return program(cost, matrix, low=half, high=half, upper=np.r_[np.ones(columns), np.full(2 * rows, np.inf)],
                   integer=np.r_[np.ones(columns, bool), np.zeros(2 * rows, bool)])  # fmt: skip


@pytest.fixture
def engines_used(monkeypatch):
    """Names of the engines that were called, with whether each was given a whole column."""
    calls: list[tuple[str, bool]] = []
    true_solve = core.solve

    def listening(model, engine, *rest):
        calls.append((mathopt.SolverType(engine).name, any(model.variables.integers)))
        return true_solve(model, engine, *rest)

    monkeypatch.setattr(core, "solve", listening)
    return calls


def test_a_linear_programme_reaches_its_textbook_optimum_with_its_prices():
    answer = solve(MACHINES)
    assert (answer.status, answer.engine, answer.gap) == ("optimal", "GLOP", 0.0)
    assert answer.values == pytest.approx([2.0, 6.0])
    assert answer.objective == pytest.approx(-36.0)
    assert answer.row_duals == pytest.approx([0.0, -1.5, -1.0])


def test_whole_columns_come_out_whole_and_proved():
    answer = solve(KNAPSACK)
    assert answer.status == "optimal"
    assert answer.values.tolist() == [0.0, 1.0, 1.0, 1.0]
    assert answer.objective == -21.0
    assert answer.bound == pytest.approx(-21.0)


def test_prices_of_a_mixed_programme_are_those_with_its_whole_numbers_held():
    # min −5k − 2x, x ≤ 10k, x ≤ 12, k ≤ 1 whole: at k = 1 the door, not the limit, binds, and one more unit is worth 2.
    doors = program([5, -2], [[-10, 1], [0, 1]], high=[0, 12], upper=[1, np.inf], integer=[True, False])
    answer = solve(doors)
    assert answer.values.tolist() == [1.0, 10.0]
    assert answer.row_duals == pytest.approx([-2.0, 0.0])


def test_a_closed_door_lets_nothing_through():
    # An engine that calls 1e-7 a zero would send 1e-7 × 1e6 through it.
    door = program([1, -1e-3], [[-1e6, 1], [0, 1]], high=[0, 900], upper=[1, np.inf], integer=[True, False])
    assert solve(door).values.tolist() == [0.0, 0.0]


def test_glop_is_never_given_an_integer(engines_used):
    both = program([-3, -5, -1], [[1, 1, 0], [0, 0, 2]], high=[4.5, 5], upper=10, integer=[True, False, True])
    solve(both)
    solve(MACHINES)
    assert ("GLOP", False) in engines_used
    assert all(engine != "GLOP" for engine, whole in engines_used if whole)
    assert any(whole for _, whole in engines_used)


def test_rounding_a_relaxation_would_have_been_wrong():
    # max x + y, −2x + 2y ≥ 1, −8x + 10y ≤ 13: relaxed (4, 4.5), whole (1, 2), far from any rounding.
    whole = program([-1, -1], [[-2, 2], [-8, 10]], low=[1, -np.inf], high=[np.inf, 13], integer=True)
    relaxed = replace(whole, is_integer=np.zeros(2, dtype=bool))
    assert solve(relaxed).values == pytest.approx([4.0, 4.5])
    assert solve(whole).values.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost": np.array([np.nan, 1.0])}, "cost holds a number that is not finite"),
        ({"cost": np.array([-np.inf, 1.0])}, "cost holds a number that is not finite"),
        ({"value": np.array([1.0, np.nan, 3.0, 2.0])}, "matrix holds a number that is not finite"),
        ({"value": np.array([1.0, np.inf, 3.0, 2.0])}, "matrix holds a number that is not finite"),
        ({"value": np.array([1.0, 10 * LARGEST_NUMBER, 3.0, 2.0])}, "choose a larger unit"),
        ({"cost": np.array([1.0, -2 * LARGEST_NUMBER])}, "choose a larger unit"),
        ({"row_upper": np.array([4.0, 2 * LARGEST_NUMBER, 18.0])}, "choose a larger unit"),
        ({"row_upper": np.array([4.0, np.nan, 18.0])}, "row bound is not a number"),
        ({"upper": np.array([np.nan, 1.0])}, "column bound is not a number"),
        ({"lower": np.array([np.inf, 0.0])}, "infinite on the wrong side"),
        ({"row_upper": np.array([4.0, -np.inf, 18.0])}, "infinite on the wrong side"),
        ({"lower": np.array([0.0, 2.0]), "upper": np.array([1.0, 1.0])}, "column 1: its lower bound is above"),
        ({"row_lower": np.array([0.0, 13.0, 0.0])}, "row 1: its lower bound is above"),
        ({"row": np.array([0, 1, 2, 2]), "column": np.array([0, 1, 0, 0])}, "stands twice"),
        ({"column": np.array([0, 1, 0, 2])}, "outside the matrix"),
        ({"row": np.array([0, 1, -1, 2])}, "outside the matrix"),
        ({"lower": np.zeros(3)}, "lower has 3 entries, not 2"),
    ],
)
def test_numbers_that_no_engine_may_see_are_refused_before(engines_used, change, said):
    with pytest.raises(ProgramError, match=said):
        solve(replace(MACHINES, **change))
    assert engines_used == []


def test_a_sound_programme_is_not_refused():
    check(MACHINES)
    check(KNAPSACK)


# x + y ≥ 3 and ≤ 2; or x − y ≤ 1 with x and y free to grow.
CROSSED = program([1, 1], [[1, 1], [1, 1]], low=[3, -np.inf], high=[np.inf, 2])
ENDLESS = program([-1, -1], [[1, -1]], high=[1])


@pytest.mark.parametrize("integer", [False, True])
def test_infeasible_and_unbounded_are_told_apart(integer):
    whole = np.full(2, integer)
    assert solve(replace(CROSSED, is_integer=whole)).status == "infeasible"
    assert solve(replace(CROSSED, is_integer=whole, cost=np.array([-1.0, -1.0]))).status == "infeasible"
    assert solve(replace(ENDLESS, is_integer=whole)).status == "unbounded"


def test_without_a_plan_there_is_no_value_and_no_bound():
    answer = solve(CROSSED)
    assert len(answer.values) == 0
    assert np.isnan(answer.objective)
    assert answer.gap == np.inf


def test_no_column_at_all_is_solved_by_hand():
    nothing = program([], np.zeros((1, 0)), low=[0], high=[1])
    assert solve(nothing).status == "optimal"
    assert solve(replace(nothing, row_lower=np.array([0.5]))).status == "infeasible"


def test_a_time_limit_that_leaves_no_proof_says_so():
    hard = market_split()
    answer = solve(hard, time_limit_s=0.5)
    assert answer.status in ("feasible", "no_solution")
    assert answer.gap > 0
    if answer.status == "feasible":
        verify(hard, answer)
        assert answer.bound < answer.objective


def test_a_wide_gap_is_accepted_only_when_it_was_asked_for():
    # At half the way to the bound an engine may stop: the gap that it leaves is the one that is printed.
    answer = solve(KNAPSACK, relative_gap=0.5)
    assert answer.gap <= 0.5
    assert answer.bound <= answer.objective
    assert solve(KNAPSACK, relative_gap=0.0).gap <= 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_is_better_than_its_bound(seed):
    generator = np.random.default_rng(seed)
    some = program(
        -generator.integers(1, 30, 8),
        generator.integers(1, 20, (3, 8)),
        high=generator.integers(20, 60, 3),
        upper=3,
        integer=generator.random(8) < 0.5,
    )
    answer = solve(some, relative_gap=0.05)
    assert answer.bound <= answer.objective + 1e-6


def stacked(parts: list[Program]) -> Program:
    """Programmes that share nothing, in one, rows and columns shuffled."""
    columns = np.cumsum([0, *(len(p.cost) for p in parts)])
    rows = np.cumsum([0, *(len(p.row_lower) for p in parts)])
    joined = {
        name: np.concatenate([getattr(p, name) for p in parts])
        for name in ("cost", "lower", "upper", "is_integer", "row_lower", "row_upper", "value")
    }
    row = np.concatenate([p.row + rows[i] for i, p in enumerate(parts)])
    column = np.concatenate([p.column + columns[i] for i, p in enumerate(parts)])
    generator = np.random.default_rng(0)
    new_column, new_row = generator.permutation(columns[-1]), generator.permutation(rows[-1])
    back_column, back_row = np.argsort(new_column), np.argsort(new_row)
    for name in ("cost", "lower", "upper", "is_integer"):
        joined[name] = joined[name][back_column]
    for name in ("row_lower", "row_upper"):
        joined[name] = joined[name][back_row]
    return Program(row=new_row[row], column=new_column[column], **joined)


def test_parts_that_share_nothing_solved_apart_equal_the_whole(engines_used):
    parts = [MACHINES, KNAPSACK, program([-1, -2], [[1, 1]], high=[2.5], integer=[True, False]), MACHINES]
    whole = stacked(parts)
    apart = [solve(part) for part in parts]
    engines_used.clear()
    together = solve(whole)
    assert together.parts == 4
    # Only the parts that hold integers see the branching engine; small ones may share a call.
    branching = [engine for engine, whole in engines_used if whole]
    assert set(branching) == {"HIGHS"}
    assert len(branching) <= 2
    assert together.objective == pytest.approx(sum(answer.objective for answer in apart), abs=1e-9)
    assert together.bound == pytest.approx(sum(answer.bound for answer in apart), abs=1e-6)
    assert together.status == "optimal"


def test_one_infeasible_part_makes_the_whole_infeasible():
    assert solve(stacked([MACHINES, CROSSED])).status == "infeasible"
    assert solve(stacked([KNAPSACK, replace(CROSSED, is_integer=np.full(2, True))])).status == "infeasible"


def test_parts_are_those_of_the_graph_of_rows_and_columns():
    count, columns, rows = parts_of(program([1, 1, 1], [[1, 1, 0], [0, 0, 1]]))
    assert count == 2
    assert columns[0] == columns[1] == rows[0]
    assert columns[2] == rows[1] != columns[0]


MIXED = program(
    [-3, -5, -2], [[1, 0, 1], [0, 2, 0], [3, 2, 1]], low=[1, -np.inf, -np.inf], high=[4, 12, 18], upper=[10, 10, 3],
    integer=[True, False, False],
)  # fmt: skip
ANSWER = solve(MIXED)


@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        ({"values": ANSWER.values + np.array([0.0, 1.0, 0.0])}, "breaks row"),
        ({"values": ANSWER.values - ANSWER.values}, "breaks row"),
        ({"values": ANSWER.values * [1.0, 1.0, -1.0]}, "breaks a bound"),
        ({"values": ANSWER.values + np.array([0.0, 0.0, 100.0])}, "breaks a bound"),
        ({"values": ANSWER.values - [0.5, 0.0, 0.0]}, "not whole"),
        ({"values": ANSWER.values * [1.0, np.nan, 1.0]}, "not finite"),
        ({"values": np.array([1.0, np.inf, 0.0])}, "not finite"),
        ({"objective": ANSWER.objective - 1.0}, "objective is not the one"),
        ({"objective": ANSWER.objective * 1.001}, "objective is not the one"),
        ({"bound": ANSWER.objective + 1.0}, "better than the bound"),
        ({"values": ANSWER.values - [0.0, 1e-3, 0.0]}, "objective is not the one"),
    ],
)
def test_a_planted_wrong_answer_does_not_survive_our_arithmetic(tampered, said):
    with np.errstate(invalid="ignore"), pytest.raises(SolverError, match=said):
        verify(MIXED, replace(ANSWER, **tampered))


def test_the_true_answer_survives():
    assert isinstance(ANSWER, Solution)
    verify(MIXED, ANSWER)


def test_whatever_an_engine_raises_becomes_our_error(monkeypatch):
    def broken(*arguments):
        raise AttributeError("'NoneType' object has no attribute 'value'")

    monkeypatch.setattr(core, "solve", broken)
    with pytest.raises(SolverError, match="GLOP failed: AttributeError"):
        solve(MACHINES)


def test_an_engine_that_lies_is_found_out(monkeypatch):
    true_solve = core.solve

    def lying(model, *rest):
        answer = true_solve(model, *rest)
        values = answer.solutions[0].primal_solution.variable_values.values
        values[:] = [value + 1.0 for value in values]
        return answer

    monkeypatch.setattr(core, "solve", lying)
    with pytest.raises(SolverError, match="breaks row"):
        solve(MACHINES)


def test_progress_ends_at_the_whole():
    told: list[float] = []
    solve(stacked([MACHINES, KNAPSACK, KNAPSACK]), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def haverly(demand: float = 100.0, cost_b: float = 16.0) -> Program:
    """Haverly's pooling problem: A (3 % S, 6) and B (1 % S) mix in a pool; C (2 % S, 10) joins; X ≤ 2.5 % (9), Y ≤ 1.5 % (15).

    Columns: A and B into the pool, pool to X and Y, C to X and Y, the quality of the pool. The pool to X and Y carry the
    pool's quality: two products in each of three rows.
    """
    cost = [6.0, cost_b, -9.0, -15.0, 1.0, -5.0, 0.0]
    linear = [
        [1, 1, -1, -1, 0, 0, 0],  # what enters the pool leaves it
        [3, 1, 0, 0, 0, 0, 0],  # sulphur in = quality × (to X + to Y)
        [0, 0, -2.5, 0, -0.5, 0, 0],  # X: quality × pool + 2 C ≤ 2.5 (pool + C)
        [0, 0, 0, -1.5, 0, 0.5, 0],  # Y: quality × pool + 2 C ≤ 1.5 (pool + C)
        [0, 0, 1, 0, 1, 0, 0],
        [0, 0, 0, 1, 0, 1, 0],
    ]
    plain = program(cost, linear, low=[0, 0, *[-np.inf] * 4], high=[0, 0, 0, 0, demand, 200],
                    lower=[0, 0, 0, 0, 0, 0, 1], upper=[500, 500, 500, 500, 500, 500, 3])  # fmt: skip
    return replace(plain, products=Products(
        row=np.array([1, 1, 2, 3]), first=np.array([6, 3, 2, 6]), second=np.array([2, 6, 6, 3]),
        value=np.array([-1.0, -1.0, 1.0, 1.0])))  # fmt: skip


@pytest.mark.parametrize(("changes", "profit"), [({}, 400), ({"demand": 600.0}, 600), ({"cost_b": 13.0}, 750)])
def test_mixing_reaches_the_published_optimum_and_proves_it(engines_used, changes, profit):
    answer = solve(haverly(**changes))
    assert (answer.status, answer.engine) == ("optimal", "GSCIP")
    assert answer.objective == pytest.approx(-profit, rel=1e-5)
    assert answer.bound <= answer.objective
    assert answer.gap <= 1e-6
    assert np.isnan(answer.row_duals).all()


def test_a_part_without_products_does_not_meet_the_branching_engine_of_those_with(engines_used):
    mixed = haverly()
    both = stacked([replace(mixed, products=None), MACHINES])
    # The pool's columns are the first: put back its products where the shuffle has moved them.
    generator = np.random.default_rng(0)
    new_column, new_row = generator.permutation(9), generator.permutation(9)
    products = mixed.products
    both = replace(both, products=replace(
        products, row=new_row[products.row], first=new_column[products.first], second=new_column[products.second]))  # fmt: skip
    answer = solve(both)
    assert answer.parts == 2
    assert answer.objective == pytest.approx(-436.0, rel=1e-6)
    assert sorted(engine for engine, _ in engines_used) == ["GLOP", "GSCIP"]


LORRIES = program([-3, -4, -5], [[2, 3, 4], [1, 1, 2]], high=[17, 9], upper=9, integer=True)
"""Whole numbers beyond one."""


def test_lorries_of_a_small_part_are_counted_by_the_other_engine_to_the_same_optimum(engines_used):
    found = solve(LORRIES)
    whole = [(one, two, three) for one in range(10) for two in range(10) for three in range(10)
             if 2 * one + 3 * two + 4 * three <= 17 and one + two + 2 * three <= 9]  # fmt: skip
    assert found.objective == pytest.approx(min(-3 * a - 4 * b - 5 * c for a, b, c in whole))
    assert found.status == "optimal"
    assert engines_used[0] == ("GSCIP", True)
    assert ("HIGHS", True) not in engines_used


def test_where_the_first_engine_gives_up_the_best_plan_and_the_best_bound_of_both_are_told(monkeypatch):
    true, asked = engines.answer, []

    def tired(problem, effort, **options):
        asked.append(options.get("engine", ""))
        found = true(problem, effort, **options)
        return replace(found, status="feasible", bound=found.objective - 5.0) if options.get("engine") == "GSCIP" else found

    monkeypatch.setattr(engines, "answer", tired)
    found = engines.branched_answer(LORRIES, engines.Effort())
    assert asked[0] == "GSCIP"
    assert "" in asked
    assert (found.status, found.engine) == ("optimal", "GSCIP+HIGHS")
    assert found.gap <= 1e-6


def test_a_planted_wrong_mix_does_not_survive_our_arithmetic():
    mixed = haverly()
    answer = solve(mixed)
    wrong = answer.values * [1, 1, 1, 1, 1, 1, 1.1]
    with pytest.raises(SolverError, match="breaks row"):
        verify(mixed, replace(answer, values=wrong))


@pytest.mark.parametrize(
    ("products", "said"),
    [
        (Products(row=np.array([0]), first=np.array([0]), second=np.array([1]), value=np.array([np.nan])), "not finite"),
        (Products(row=np.array([0]), first=np.array([0]), second=np.array([7]), value=np.array([1.0])), "outside the matrix"),
        (Products(row=np.array([9]), first=np.array([0]), second=np.array([1]), value=np.array([1.0])), "outside the matrix"),
        (Products(row=np.array([0]), first=np.array([0]), second=np.array([1, 1]), value=np.array([1.0])), "entries"),
        (Products(row=np.array([0, 0]), first=np.array([0, 1]), second=np.array([1, 0]), value=np.ones(2)), "twice in one row"),
        (Products(row=np.array([0]), first=np.array([0]), second=np.array([1]), value=np.array([1.0])), "no finite bounds"),
    ],
)
def test_products_that_no_engine_may_see_are_refused(products, said):
    bounded = MACHINES if said == "no finite bounds" else replace(MACHINES, upper=np.full(2, 99.0))
    with pytest.raises(ProgramError, match=said):
        solve(replace(bounded, products=products))


def test_large_linear_parts_are_solved_apart_and_equal_the_whole(engines_used):
    def assignment(seed: int) -> Program:
        cost = np.random.default_rng(seed).integers(1, 100, (60, 60)).ravel()
        rows = np.kron(np.eye(60), np.ones(60)), np.kron(np.ones(60), np.eye(60))
        return program(cost, np.vstack(rows), low=np.ones(120), high=np.ones(120))

    parts = [*(assignment(seed) for seed in range(3)), program([], np.zeros((4, 0)), low=[-1] * 4, high=[1] * 4)]
    apart = [solve(part).objective for part in parts]
    engines_used.clear()
    whole = solve(stacked(parts))
    assert whole.objective == pytest.approx(sum(apart), rel=1e-9)
    assert (whole.status, whole.gap, whole.parts) == ("optimal", 0.0, 3 + 4)
    assert engines_used == [("GLOP", False)] * 3  # and none for rows that no column enters
    # The prices are those of the whole.
    reduced = stacked(parts).cost - stacked(parts).matrix.T @ whole.row_duals
    assert reduced == pytest.approx(whole.reduced_costs, abs=1e-9)


def test_a_part_that_costs_little_is_proved_as_far_as_the_whole_asks_and_no_further():
    # Two parts without a common row: the relaxation of the small one is a third short, that is 1e-5 of the whole.
    both = program([1e5, 1.0], [[1, 0], [0, 1]], low=[10, 0.7], upper=[20, 5], integer=[True, True])
    _, part, _ = parts_of(both)
    gaps = solvers._gaps(both, [part[:1], part[1:]], np.array([1, 1]), part, 1e-4)
    relative, absolute = zip(*(gaps[number] for number in part), strict=True)
    assert sum(absolute) == pytest.approx(1e-4 * (1e6 + 0.7))
    assert max(relative) <= 1e-4
    assert absolute[1] > 1e-4 * 0.7
    solution = solve(both, relative_gap=1e-4)
    assert (solution.status, solution.objective) == ("optimal", 1e6 + 1)
    assert solution.gap <= 1e-4


def test_no_gap_is_shared_where_costs_of_both_signs_bound_no_magnitude():
    both = program([1.0, -1.0], [[1, 0], [0, 1]], low=[0.5, -np.inf], high=[np.inf, 3.5], upper=[5, 5], integer=[True, True])
    _, part, _ = parts_of(both)
    assert solvers._gaps(both, [part[:1], part[1:]], np.array([1, 1]), part, 1e-4) == {}


CHOICES = program([-8, -11, -6, -4], [[5, 7, 4, 3], [1, 1, 1, 1]], high=[14.5, 4], upper=1.0, integer=True)
"""The knapsack with half a kilogramme more: 21 at best, 22.25 where things may be cut."""


@pytest.mark.parametrize(
    ("start", "gap", "engine"),
    [
        ([0, 1, 1, 1], 0.10, "GLOP"),  # 21: within 6 % of the relaxation, which proves it
        ([0, 1, 1, 1], 0.01, "HIGHS"),  # not within 1 %: branched from there
        ([0, 0, 0, 1], 0.05, "HIGHS"),  # 4: too far to be a start
        ([1, 1, 1, 1], 0.10, "HIGHS"),  # heavier than allowed
    ],
)
def test_a_plan_to_start_from_is_believed_only_as_far_as_it_holds_and_is_proved(start, gap, engine):
    found = solve(CHOICES, relative_gap=gap, start=np.array(start, dtype=float))
    assert found.engine == engine
    assert found.status == "optimal"
    assert found.objective <= -21 * (1 - gap)
    assert found.bound <= -21


def test_doors_that_are_all_held_leave_a_linear_programme_unless_one_stands_half_open(engines_used):
    held = replace(KNAPSACK, lower=np.array([0.0, 1, 1, 1]), upper=np.array([0.0, 1, 1, 1]))
    assert solve(held).objective == -21
    assert engines_used == [("GLOP", False)]
    half = replace(KNAPSACK, lower=np.array([0.5, 0, 0, 0]), upper=np.array([0.5, 1, 1, 1]))
    assert solve(half).status == "infeasible"


def test_a_column_without_a_least_value_is_no_door():
    assert solve(program([1.0], [[1.0]], low=[3.0], lower=-np.inf)).objective == 3


def test_groups_of_parts_cut_together_are_what_each_is_cut_alone():
    rng = np.random.default_rng(3)
    # Forty parts of three columns and two rows, in no order, and a column and a row that nothing joins.
    column, row = rng.permutation(121), rng.permutation(81)
    pairs = [(row[2 * part + r], column[3 * part + c]) for part in range(40) for r in range(2) for c in range(3)]
    rows, columns = map(np.array, zip(*(pairs[i] for i in rng.permutation(len(pairs))), strict=True))
    whole = Program(
        cost=rng.random(121), lower=np.zeros(121), upper=rng.random(121), is_integer=rng.random(121) < 0.3,
        row_lower=np.full(81, -np.inf), row_upper=rng.random(81), row=rows, column=columns, value=rng.random(len(rows)),
    )  # fmt: skip
    count, column_part, row_part = parts_of(whole)
    groups = np.array_split(rng.permutation(count)[: count - 3], 7)
    for group, (one, its_columns, its_rows) in zip(groups, pieces(whole, groups, column_part, row_part), strict=True):
        assert np.array_equal(its_columns, np.flatnonzero(np.isin(column_part, group)))
        assert np.array_equal(its_rows, np.flatnonzero(np.isin(row_part, group)))
        alone = piece(whole, its_columns, its_rows)
        for field in dataclasses.fields(Program):
            assert np.array_equal(getattr(one, field.name), getattr(alone, field.name)), field.name
