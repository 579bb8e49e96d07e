"""A part cut into blocks: its bound is below every plan, its plan is one, and the two are near each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.test_solvers import program
from tests.test_solvers_charges import exchanges, proved

from symbiosis.solvers import parts_of, solve, verify
from symbiosis.solvers.split import cut


@pytest.mark.parametrize("seed", range(2))
def test_a_part_in_blocks_ends_within_the_bound_that_it_states(seed):
    some = exchanges(12, 4, seed=seed)
    found = solve(some, relative_gap=1e-6, largest_part=30)
    best = proved(some)
    verify(some, found)
    assert found.bound <= best + 1e-6 * abs(best) <= found.objective + 2e-6 * abs(best)
    assert found.gap < 0.1


def test_the_bound_of_the_blocks_is_above_the_one_of_the_relaxation():
    some = exchanges(12, 4, charge=(500, 4000))
    relaxed = solve(replace(some, is_integer=np.zeros_like(some.is_integer)))
    found = solve(some, relative_gap=1e-6, largest_part=48)
    assert relaxed.objective + 1e-3 * abs(relaxed.objective) < found.bound <= found.objective


def test_two_halves_that_a_slack_row_joins_end_where_the_whole_ends():
    # Two doors of 4 t at 3 €, each tonne worth 1 €; a limit of 20 t over both never binds.
    doors = program([-1, -1, 3, 3], [[1, 0, -4, 0], [0, 1, 0, -4], [1, 1, 0, 0]], low=[-np.inf] * 3, high=[0, 0, 20],
                    upper=[4, 4, 1, 1], integer=[False, False, True, True])  # fmt: skip
    assert parts_of(doors)[0] == 1
    apart, whole = solve(doors, largest_part=2), solve(doors)
    assert apart.status == "optimal"
    assert apart.values.tolist() == whole.values.tolist() == [4.0, 4.0, 1.0, 1.0]
    assert apart.bound == whole.objective == -2.0


def test_a_flow_stays_with_the_column_that_opens_it():
    some = exchanges(12, 4)
    parted = cut(some, 20)
    count = len(some.cost) // 2
    assert len(np.unique(parted.block)) > 2
    assert (parted.block[:count] == parted.block[count:]).all()
    assert 0 < parted.joins.sum() < 24


def test_below_the_size_and_without_whole_columns_nothing_is_cut(monkeypatch):
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("symbiosis.solvers.split_answer", never)
    some = exchanges(6, 3)
    assert solve(some, largest_part=len(some.cost)).status == "optimal"
    assert solve(replace(some, is_integer=np.zeros_like(some.is_integer)), largest_part=4).status == "optimal"


def test_shares_that_no_block_can_hold_leave_the_part_whole():
    # Lorries of 4 t at 1 € and of 6 t at 2 € carry exactly 6 t; the relaxation would take one and a third of the other.
    trips = program([1.0, 2.0, 0.0, 0.0], [[4, 6, 0, 0], [1, 0, -1, 0], [0, 1, 0, -1]], low=[6, 0, 0], high=[6, 0, 0],
                    upper=[1, 1, 1, 1], integer=[True, True, False, False])  # fmt: skip
    found = solve(trips, largest_part=2)
    assert found.status == "optimal"
    assert found.objective == 2.0


def test_blocks_are_handed_to_the_pool():
    handed: list[int] = []

    def pool(work, jobs):
        handed.append(len(jobs))
        return [work(job) for job in jobs]

    solve(exchanges(12, 4), largest_part=48, map=pool)
    assert max(handed) >= 2
    assert handed[-1] == 1
