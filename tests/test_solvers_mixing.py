"""What mixes, written by shares as well: the same plans, a nearer bound, and nothing claimed of what is not known to mix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symbiosis.solvers import Products, Program, solve, verify
from symbiosis.solvers.engines import Effort, answer
from symbiosis.solvers.mixing import lifted, mixes_of


def pool(values, prices, limits, earned, most) -> Program:
    """Columns: what enters (one per value), what leaves (one per limit), throughput, blend; limits hold for what leaves."""
    into, out = len(values), len(limits)
    whole, blend, columns = into + out, into + out + 1, into + out + 2
    row, column, value = [], [], []
    for number, (first, weights) in enumerate([(0, [1.0] * into), (into, [1.0] * out), (0, values)]):
        row += [number] * len(weights)
        column += range(first, first + len(weights))
        value += weights
    row, column, value = [*row, 0, 1], [*column, whole, whole], [*value, -1.0, -1.0]
    for place, limit in enumerate(limits):
        row, column, value = [*row, 3 + place], [*column, into + place], [*value, -limit]
    return Program(
        cost=np.r_[prices, -np.asarray(earned), 0.0, 0.0], lower=np.zeros(columns),
        upper=np.r_[np.full(into, sum(most)), most, sum(most), max(values)], is_integer=np.zeros(columns, dtype=bool),
        row_lower=np.r_[np.zeros(3), np.full(out, -np.inf)], row_upper=np.zeros(3 + out),
        row=np.array(row), column=np.array(column), value=np.array(value, dtype=float),
        products=Products(row=np.r_[2, 3 + np.arange(out)], first=np.full(1 + out, blend),
                          second=np.r_[whole, into + np.arange(out)], value=np.r_[-1.0, np.ones(out)]),
    )  # fmt: skip


def drawn(seed: int) -> Program:
    generator = np.random.default_rng(seed)
    return pool(generator.uniform(1, 4, 3).tolist(), generator.uniform(5, 15, 3), generator.uniform(1, 4, 2),
                generator.uniform(8, 20, 2), generator.uniform(50, 200, 2))  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_shares_change_no_optimum(seed):
    some = drawn(seed)
    assert len(mixes_of(some)) == 1
    plain = answer(some, Effort(relative_gap=1e-7))
    found = solve(some, relative_gap=1e-7)
    assert len(found.values) == len(some.cost)
    verify(some, found)
    assert found.objective == pytest.approx(plain.objective, rel=1e-5, abs=1e-5)


def test_every_plan_keeps_the_rows_of_its_shares():
    some = drawn(1)
    wide = lifted(some)
    generator = np.random.default_rng(1)
    for _ in range(5):
        into = generator.uniform(0, 50, 3)
        share = into / into.sum()
        out = np.array([0.3, 0.7]) * into.sum()
        plan = np.r_[into, out, into.sum(), share @ some.value[5:8], share]
        activity = wide.activity(plan)[len(some.row_lower) :]
        assert (activity >= wide.row_lower[len(some.row_lower) :] - 1e-9).all()
        assert (activity <= wide.row_upper[len(some.row_upper) :] + 1e-9).all()


def test_a_plan_that_no_shares_explain_breaks_a_row():
    some = drawn(1)
    wide = lifted(some)
    # A blend that is not that of what enters.
    plan = np.r_[10.0, 0.0, 0.0, 4.0, 6.0, 10.0, some.value[5] + 0.5, 1.0, 0.0, 0.0]
    activity = wide.activity(plan)[len(some.row_lower) :]
    assert (np.abs(activity - wide.row_lower[len(some.row_lower) :]) > 1e-3).any()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda some: {"row_lower": np.r_[0, 0, -5.0, some.row_lower[3:]], "row_upper": np.r_[0, 0, -5.0, some.row_upper[3:]]},
         "a load is added"),
        (lambda some: {"row_lower": np.r_[0, -np.inf, some.row_lower[2:]]}, "some of it may vanish"),
        (lambda some: {"lower": np.r_[-1.0, some.lower[1:]]}, "it may flow back"),
    ],
)  # fmt: skip
def test_what_is_no_pure_mix_is_left_as_it_is(change, why):
    some = drawn(1)
    other = replace(some, **change(some))
    assert mixes_of(other) == [], why
    assert lifted(other) is other
