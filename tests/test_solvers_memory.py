"""A solver that remembers parts says what one that does not says, and asks less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symbiosis.benchmarks import exchanges
from symbiosis.solvers import Memory, Program, solve
from symbiosis.solvers.memory import _Members
from symbiosis.solvers.parts import parts_of


def knapsacks(count: int, seed: int = 1) -> Program:
    """Disjoint knapsacks of five things, of which each takes some."""
    rng = np.random.default_rng(seed)
    columns = 5 * count
    return Program(
        cost=-rng.uniform(1, 9, columns), lower=np.zeros(columns), upper=np.ones(columns),
        is_integer=np.ones(columns, dtype=bool), row_lower=np.full(count, -np.inf), row_upper=np.full(count, 7.0),
        row=np.repeat(np.arange(count), 5), column=np.arange(columns), value=rng.uniform(1, 5, columns),
    )  # fmt: skip


def test_only_the_part_that_changed_is_solved_again():
    memory, program = Memory(solve), knapsacks(6)
    first = memory.solve(program)
    assert (memory.asked, memory.solved) == (6, 6)
    assert first.objective == pytest.approx(solve(program).objective)
    changed = replace(program, row_upper=np.where(np.arange(6) == 2, 3.0, program.row_upper))
    again = memory.solve(changed)
    assert memory.solved == 7
    assert again.objective == pytest.approx(solve(changed).objective)
    assert again.bound <= again.objective + 1e-9


def test_a_part_is_known_wherever_its_rows_and_columns_stand():
    program = knapsacks(4)
    memory = Memory(solve)
    memory.solve(program)
    backwards = replace(program, cost=program.cost.reshape(4, 5)[::-1].ravel(), value=program.value.reshape(4, 5)[::-1].ravel())
    assert memory.solve(backwards).objective == pytest.approx(solve(backwards).objective)
    assert memory.solved == 4


@pytest.mark.parametrize("name", ["cost", "lower", "upper", "row_lower", "row_upper", "value", "is_integer"])
def test_any_number_that_changes_makes_another_part(name):
    program = knapsacks(2)
    numbers = getattr(program, name).copy()
    numbers[0] = {"is_integer": False, "row_lower": 0.0}.get(name, numbers[0] + 0.25)
    changed = replace(program, **{name: numbers})
    keys = [_Members(one, *parts_of(one)).digests() for one in (program, changed)]
    assert keys[0][0] != keys[1][0]
    assert keys[0][1] == keys[1][1]


def test_what_was_proved_less_tightly_is_proved_again_for_who_asks_more():
    program = knapsacks(30)
    memory = Memory(solve)
    loose = memory.solve(program, relative_gap=0.3)
    tight = memory.solve(program, relative_gap=1e-9)
    assert tight.gap <= 1e-6
    assert tight.objective == pytest.approx(solve(program, relative_gap=1e-9).objective)
    assert loose.bound <= tight.objective + 1e-6


def test_the_bound_of_what_is_remembered_is_never_better_than_the_truth():
    def five_short(program: Program, **options: object):
        found = solve(program)
        return replace(found, bound=found.objective - 5.0)

    memory = Memory(five_short)
    program = knapsacks(8)
    memory.solve(program, relative_gap=0.5)
    changed = replace(program, row_upper=np.where(np.arange(8) < 2, 3.0, program.row_upper))
    again = memory.solve(changed, relative_gap=0.5)
    assert again.objective - again.bound == pytest.approx(10.0), "two calls, each 5 short, are 10 short"


def test_a_part_that_contradicts_itself_is_said_each_time():
    program = knapsacks(3)
    impossible = replace(program, row_lower=np.where(np.arange(3) == 1, 100.0, -np.inf), row_upper=np.full(3, 200.0))
    memory = Memory(solve)
    assert [memory.solve(impossible).status for _ in range(2)] == ["infeasible"] * 2
    assert len(memory.solve(impossible).values) == 0


def test_a_linear_programme_starts_where_the_one_before_ended():
    program = exchanges.programme(exchanges.exchanges(4000))
    starts = []

    def spy(program, **options):
        starts.append(options.get("basis") is not None)
        return solve(program, **options)

    # One row over all of it makes it one part.
    rows, columns = len(program.row_lower), len(program.cost)
    joined = replace(
        program, row_lower=np.append(program.row_lower, -np.inf), row_upper=np.append(program.row_upper, 1e8),
        row=np.append(program.row, np.full(columns, rows)), column=np.append(program.column, np.arange(columns)),
        value=np.append(program.value, np.ones(columns)),
    )  # fmt: skip
    memory = Memory(spy)
    memory.solve(joined)
    cheaper = replace(joined, cost=joined.cost * np.linspace(0.99, 1.01, columns))
    assert memory.solve(cheaper).objective == pytest.approx(solve(cheaper).objective)
    assert starts == [False, True]
