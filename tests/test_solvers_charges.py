"""Fixed charges and minimum lots: the bound is below every plan, the plan is one, and together they close the gap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.test_solvers import program

from symbiosis.solvers import Program, charges, parts_of, solve, verify
from symbiosis.solvers.covers import flow_covers, nodes_of
from symbiosis.solvers.engines import Effort, answer
from symbiosis.solvers.plans import Search, merge, scale_slopes
from symbiosis.solvers.projection import charged_flows, project, proved_bound


def exchanges(firms: int, near: int, *, seed: int = 7, charge: tuple[float, float] = (100, 1500), lot: float = 0.1) -> Program:
    """Outputs and needs at random places, each output with its nearest needs, a yearly charge and a lot per exchange."""
    generator = np.random.default_rng(seed)
    here, there = generator.random((2, firms, 2)) * 200
    offered, wanted = generator.lognormal(4, 1, (2, firms))
    distance = np.linalg.norm(here[:, None] - there[None], axis=2)
    need = np.argsort(distance, axis=1, kind="stable")[:, :near].ravel()
    output = np.repeat(np.arange(firms), near)
    gain = generator.uniform(20, 150, firms)[output] + generator.uniform(10, 100, firms)[need]
    cost = 20 + 0.195 * distance[output, need] - gain
    most = np.minimum(offered[output], wanted[need])
    count, number = len(output), np.arange(len(output))
    one = np.ones(count)
    return Program(
        cost=np.r_[cost, generator.uniform(*charge, count)], lower=np.zeros(2 * count), upper=np.r_[most, one],
        is_integer=np.r_[np.zeros(count, bool), np.ones(count, bool)],
        row_lower=np.r_[np.full(2 * firms + count, -np.inf), np.zeros(count)],
        row_upper=np.r_[offered, wanted, np.zeros(count), np.full(count, np.inf)],
        row=np.r_[output, firms + need, *[2 * firms + number] * 2, *[2 * firms + count + number] * 2].astype(np.int64),
        column=np.r_[number, number, number, count + number, number, count + number],
        value=np.r_[one, one, one, -most, one, -lot * most],
    )  # fmt: skip


SMALL = exchanges(8, 4)


def proved(some: Program) -> float:
    return answer(some, Effort(relative_gap=0.0)).objective


@pytest.fixture
def always(monkeypatch):
    """Charges are treated as such however few they are."""
    monkeypatch.setattr(charges, "FROM", 1)
    monkeypatch.setattr(charges, "ROOT_UP_TO", 0)


def test_a_flow_that_a_whole_column_opens_is_found_on_either_side_of_its_row():
    # x ≤ 4 y, and the same turned round: −x + 4 y ≥ 0.
    for sign, low, high in ((1, -np.inf, 0), (-1, 0, np.inf)):
        door = program([-1, 3], [[sign, -4 * sign], [1, 0]], low=[low, -np.inf], high=[high, 9], upper=[8, 1],
                       integer=[False, True])  # fmt: skip
        found = charged_flows(door)
        assert (found.whole.tolist(), found.flow.tolist(), found.step.tolist()) == ([1], [0], [4.0])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"cost": np.array([-1.0, -3.0])}, "the door earns by itself"),
        ({"lower": np.array([1.0, 0.0])}, "the flow must run"),
        ({"row_lower": np.array([0.0, -np.inf])}, "an equality"),
        ({"upper": np.array([np.inf, 1.0])}, "no end to the flow"),
        ({"is_integer": np.array([True, True])}, "two whole columns"),
    ],
)
def test_what_only_looks_like_a_charge_is_left_to_the_exact_engine(change, why):
    door = program([-1, 3], [[1, -4], [1, 0]], high=[0, 9], upper=[8, 1], integer=[False, True])
    assert len(charged_flows(replace(door, **change)).whole) == 0, why


def test_a_door_that_another_row_wants_open_is_no_charge():
    wanted = program([-1, 3, 0], [[1, -4, 0], [0, 1, 1]], low=[-np.inf, 1], high=[0, np.inf], upper=[8, 1, 1],
                     integer=[False, True, False])  # fmt: skip
    assert len(charged_flows(wanted).whole) == 0


@pytest.mark.parametrize("seed", range(5))
def test_projection_loses_nothing_of_the_tight_relaxation(seed):
    some = exchanges(8, 4, seed=seed)
    tight = answer(replace(some, is_integer=np.zeros_like(some.is_integer)), Effort()).objective
    projected = project(some, charged_flows(some)).program
    assert answer(projected, Effort()).objective == pytest.approx(tight, rel=1e-9)
    assert len(projected.row_lower) < len(some.row_lower)


@pytest.mark.parametrize("seed", range(8))
def test_flow_covers_cut_off_no_plan_and_raise_the_bound(seed):
    some = exchanges(7, 4, seed=seed, charge=(500, 4000))
    charged = charged_flows(some)
    relaxed = project(some, charged)
    nodes = nodes_of(relaxed, some.upper[charged.whole])
    found = first = answer(relaxed.program, Effort())
    for _ in range(6):
        tighter = flow_covers(relaxed, nodes, found.values)
        if tighter is None:
            break
        relaxed = replace(relaxed, program=tighter)
        found = answer(tighter, Effort())
    bound = proved_bound(relaxed.program, found.row_duals)
    assert bound <= proved(some) + 1e-6 * abs(bound)
    assert bound >= first.objective - 1e-6 * abs(bound)
    # Every plan keeps every cover: the best one, and plans of other prices.
    generator = np.random.default_rng(seed)
    for _ in range(5):
        priced = replace(some, cost=some.cost * generator.uniform(0.2, 2.0, len(some.cost)))
        plan = answer(priced, Effort()).values.copy()
        plan[charged.whole] -= plan[charged.flow] / charged.step
        over = relaxed.program.activity(plan) - relaxed.program.row_upper
        assert over.max() <= 1e-5 * np.abs(relaxed.program.row_upper).max()


def test_a_plant_between_charged_exchanges_keeps_its_plans():
    # Three exchanges of up to 6, 7, 8 t enter a plant of 10 t that may be opened for 40 €; what enters is its throughput.
    plant = program(
        [-30, -28, -26, 5, 30, 35, 32, 40],
        [[1, 1, 1, -1, 0, 0, 0, 0], [1, 0, 0, 0, -6, 0, 0, 0], [0, 1, 0, 0, 0, -7, 0, 0], [0, 0, 1, 0, 0, 0, -8, 0],
         [0, 0, 0, 1, 0, 0, 0, -10]],
        low=[0, *[-np.inf] * 4], high=[0] * 5, upper=[6, 7, 8, 10, 1, 1, 1, 1], integer=[False] * 4 + [True] * 4,
    )  # fmt: skip
    charged = charged_flows(plant)
    assert charged.flow.tolist() == [0, 1, 2, 3]
    relaxed = project(plant, charged)
    nodes = nodes_of(relaxed, plant.upper[charged.whole])
    # The plant's capacity is what its exchanges share; its own throughput is no exchange that enters.
    assert nodes.limit.tolist() == [10.0]
    assert nodes.flow.tolist() == [0, 1, 2]
    found = answer(relaxed.program, Effort())
    for _ in range(4):
        tighter = flow_covers(relaxed, nodes, found.values)
        if tighter is None:
            break
        relaxed, found = replace(relaxed, program=tighter), answer(tighter, Effort())
    assert len(relaxed.program.row_lower) > 1
    assert proved_bound(relaxed.program, found.row_duals) <= proved(plant) + 1e-9


def test_flow_covers_close_most_of_the_gap_of_a_territory():
    some = exchanges(30, 5)
    best = proved(some)
    charged = charged_flows(some)
    relaxed = project(some, charged)
    nodes = nodes_of(relaxed, some.upper[charged.whole])
    found = first = answer(relaxed.program, Effort())
    for _ in range(12):
        tighter = flow_covers(relaxed, nodes, found.values)
        if tighter is None:
            break
        relaxed, found = replace(relaxed, program=tighter), answer(tighter, Effort())
    assert (found.objective - first.objective) / (best - first.objective) > 0.5


@pytest.mark.parametrize("seed", range(5))
def test_a_bound_from_any_prices_is_a_bound(seed):
    some = exchanges(8, 4, seed=seed)
    relaxed = project(some, charged_flows(some)).program
    found = answer(relaxed, Effort())
    assert proved_bound(relaxed, found.row_duals) == pytest.approx(found.objective, rel=1e-9)
    generator = np.random.default_rng(seed)
    for spread in (0.1, 10.0, 1000.0):
        wrong = found.row_duals + generator.normal(0, spread, len(found.row_duals))
        assert -np.inf < proved_bound(relaxed, wrong) <= found.objective + 1e-6 * abs(found.objective)


def test_prices_that_leave_an_endless_column_below_nothing_prove_nothing():
    endless = program([-1.0], [[1.0]], high=[5.0])
    assert proved_bound(endless, np.zeros(1)) == -np.inf
    assert proved_bound(endless, -np.ones(1)) == -5.0


@pytest.mark.parametrize("seed", range(6))
def test_charges_end_where_the_exact_engine_ends(always, seed):
    some = exchanges(8, 4, seed=seed, charge=(500, 4000))
    found = solve(some, relative_gap=1e-6)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(proved(some), rel=1e-5)


@pytest.mark.parametrize("gap", [0.05, 0.01])
def test_a_gap_that_is_called_proved_holds_against_the_true_optimum(always, gap):
    some = exchanges(25, 5)
    found = solve(some, relative_gap=gap)
    best = proved(some)
    assert found.status == "optimal"
    assert found.gap <= gap
    assert found.bound <= best + 1e-6 * abs(best) <= found.objective + 2e-6 * abs(best)
    verify(some, found)


def test_minimum_lots_hold_in_every_plan(always):
    some = exchanges(20, 5, lot=0.6)
    found = solve(some, relative_gap=0.02)
    count = len(some.cost) // 2
    flow, is_used = found.values[:count], found.values[count:] > 0.5
    assert (flow[is_used] >= 0.6 * some.upper[:count][is_used] * (1 - 1e-6)).all()
    assert (flow[~is_used] == 0).all()
    assert is_used.any()


def test_whole_trips_are_charges_as_well(always):
    # Trips of 12 t at 300 € for 40 t that gain 30 €/t, 10 t only by steps: three full lorries pay, the fourth (4 t) does not.
    trips = program([-30, 300], [[1, -12], [1, 0]], high=[0, 40], upper=[40, 10], integer=[False, True])
    assert charged_flows(trips).step.tolist() == [12.0]
    found = solve(trips)
    assert found.values.tolist() == [36.0, 3.0]
    assert found.objective == -180.0


def test_rows_that_no_plan_can_hold_are_infeasible(always):
    crossed = program([-1, 3], [[1, -4], [1, 0]], low=[-np.inf, 6], high=[0, 9], upper=[8, 1], integer=[False, True])
    assert solve(crossed).status == "infeasible"


def test_without_a_clock_the_answer_is_the_same_each_time(always):
    some = exchanges(12, 4)
    one, two = (solve(some, relative_gap=1e-3, time_limit_s=2, is_deterministic=True) for _ in range(2))
    assert one.values.tobytes() == two.values.tobytes()
    assert one.bound == two.bound


def searched(some: Program) -> Search:
    """A search that knows the plain relaxation."""
    projected = project(some, charged_flows(some))
    start = answer(projected.program, Effort())
    return Search(program=some, projected=projected, tight=projected.program, prices=start.row_duals, shown=start.values,
                  bound=start.objective, kernel=start.values[projected.charged.flow] > 0)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_merged_plans_are_no_worse_than_any_of_them_and_no_better_than_the_best(seed):
    some = exchanges(15, 5, seed=seed, charge=(500, 4000))
    search, reached = searched(some), []
    for kept in (0.0, 0.5):
        for _ in scale_slopes(search, Effort(), kept=kept):
            pass
        reached.append(search.objective)
    merge(search, np.logical_or.reduce(search.used), Effort(relative_gap=0.0))
    assert proved(some) - 1e-6 * abs(proved(some)) <= search.objective <= min(reached)
    assert np.isfinite(search.objective)
    assert search.values is not None
    verify(some, replace(answer(some, Effort()), values=search.values, objective=search.objective, bound=search.bound))


def test_a_plan_of_some_flows_sees_a_row_that_only_the_others_could_hold():
    # Two doors of 4 t; together at least 6 t must pass, and at least 1 t through the second.
    doors = program([-1, -1, 3, 3], [[1, 0, -4, 0], [0, 1, 0, -4], [1, 1, 0, 0], [0, 1, 0, 0]],
                    low=[-np.inf, -np.inf, 6, 1], high=[0, 0, np.inf, np.inf], upper=[4, 4, 1, 1],
                    integer=[False, False, True, True])  # fmt: skip
    search = searched(doors)
    merge(search, np.array([True, False]), Effort())
    assert search.values is None
    merge(search, np.array([True, True]), Effort())
    assert search.objective == -2.0


def test_parts_short_of_the_gap_beside_parts_beyond_it_leave_the_whole_proved():
    # Two parts of equal worth, one proved to nothing and one 1.6 % short: 0.8 % of the whole.
    short = iter([0.0, 0.016])

    def answered(work, jobs):
        return [replace(found, bound=found.objective * (1 + gap), status="optimal" if gap == 0 else "feasible")
                for found, gap in ((work(job), next(short)) for job in jobs)]  # fmt: skip

    halves = program([-1.0, -1.0], [[1.0, 0.0], [0.0, 1.0]], high=[400.0, 400.0], integer=[True, True])
    big = replace(halves, upper=np.array([400.0, 400.0]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("symbiosis.solvers.HARD_COLUMNS", 1)
        assert parts_of(big)[0] == 2
        assert solve(big, relative_gap=0.01, map=answered).status == "optimal"
        short = iter([0.0, 0.03])
        assert solve(big, relative_gap=0.01, map=answered).status == "feasible"
