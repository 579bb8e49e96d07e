"""The best compromises between what a territory may want: euros, hours of insertion, tonnes, CO2e.

The augmented ε-constraint method: one indicator is maximised while each of the others is held above a floor that climbs from
its worst to its best value on the front. A hair of the others stands in the objective, so that each answer is one that nothing
beats in one indicator without losing in another; its coefficients are all positive, so that this holds whatever their size.

The rungs of the waste hierarchy are held as in any run, and operators cover their costs unless losses are accepted: a front
compares what is left to choose. The programme is written once; from point to point one number of it changes.

Source: Mavrotas, "Effective implementation of the ε-constraint method in Multi-Objective Mathematical Programming problems",
Applied Mathematics and Computation 213 (2009).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation import Staged, verify
from symbiosis.decisions.study import Study
from symbiosis.errors import ScenarioError
from symbiosis.objectives import OBJECTIVES, evaluate
from symbiosis.scenario import Scenario
from symbiosis.solvers import Program, Solution

AXES = {
    "gain": ("gain_eur_per_yr", 1.0),
    "insertion_hours": ("insertion_h_per_yr", 1.0),
    "diverted": ("diverted_t_per_yr", 1.0),
    "co2e": ("net_avoided_tco2e_per_yr", 1e-3),
}
"""What a front may compare: objectives of the programme, each with its column and scale; CO2e is net of what a plan emits."""

POINT_GAP = 1e-6
"""Points are asked to this relative gap, or to that of the scenario if it is finer: coarser ones would hide one another."""

HAIR = 1e-3
"""Share of the first indicator's range that the whole range of another one may outweigh."""

SAME = 1e-6
"""Share of a range by which two points must differ to be two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    figures: NDArray[np.float64]
    best_in: str
    solution: Solution


def front(
    study: Study,
    scenario: Scenario,
    axes: Sequence[str],
    *,
    points: int = 7,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Plans of which none is better than another in everything.

    Parameters
    ----------
    study, scenario
        The territory, and what is assumed; its own objective plays no part.
    axes
        Two or more of :data:`AXES`; the first is maximised between the floors.
    points
        Floors between the two ends, for each axis but the first.
    progress
        Called with the share that is done.

    Returns
    -------
    pandas.DataFrame
        The ends first, in the order of the axes, then the others along the second axis: `best_in` (the axis of an end), all
        the columns of :data:`AXES`, `status`, `gap`. Dominated points and repetitions are left out.

    Raises
    ------
    ScenarioError
        If the axes are not known, fewer than two or told twice.
    InfeasibleError, SolverError
        As :func:`symbiosis.allocation.allocate`.
    """
    if len(axes) < 2 or len(set(axes)) < len(axes) or not set(axes) <= set(AXES):
        raise ScenarioError(f"axes {', '.join(axes)}: deux ou plus de / two or more of {', '.join(AXES)}")
    scenario = replace(scenario, relative_gap=min(scenario.relative_gap, POINT_GAP))
    staged = study.staged(scenario)
    front_ = _Front(staged, study, axes)
    steps = len(axes) + points ** (len(axes) - 1)

    def tell(done: int) -> None:
        if progress is not None:
            progress(min(1.0, done / steps))

    found = []
    for number, axis in enumerate(axes):
        found.append(front_.end(axis))
        tell(number + 1)
    payoffs = np.array([front_.chosen(point) for point in found])
    best, worst = payoffs.max(axis=0), payoffs.min(axis=0)
    spread = best - worst
    apart = spread > SAME * np.maximum(1.0, np.abs(best))
    if apart[1:].any() and apart[0]:
        floors = [np.linspace(low, high, points + 2)[1:-1] if differs else np.array([low])
                  for low, high, differs in zip(worst[1:], best[1:], apart[1:], strict=True)]  # fmt: skip
        front_.join(np.where(apart, spread, 1.0))
        reached = -np.inf
        for number, held in enumerate(product(*floors)):
            # Along the last axis, a floor that the point before stands above already would only find that point again.
            is_first = held[-1] == floors[-1][0]
            if is_first or held[-1] > reached:
                point = front_.above(np.array(held) - SAME * np.where(apart, spread, 1.0)[1:])
                reached = np.inf if point is None else front_.chosen(point)[-1]
                found += [] if point is None else [point]
            tell(len(axes) + number + 1)
    return front_.table(found, spread)


class _Front:
    """The programme of a front and the values of its answers."""

    def __init__(self, staged: Staged, study: Study, axes: Sequence[str]) -> None:
        self._staged, self._study, self._axes = staged, study, list(axes)
        case = staged.case
        costs = {axis: OBJECTIVES[axis](case) for axis in AXES}
        self._costs = {axis: staged.layout.vector(cost) for axis, cost in costs.items()}
        self._today = {axis: evaluate(cost, case.today()) for axis, cost in costs.items()}
        self._program: Program | None = None
        self._pays = False

    def chosen(self, point: _Point) -> NDArray[np.float64]:
        """Values of a point on the axes of this front."""
        return np.asarray(point.figures[[list(AXES).index(axis) for axis in self._axes]])

    def _point(self, solution: Solution, best_in: str = "") -> _Point:
        x = np.where(np.abs(solution.values) < 1e-9, 0.0, solution.values)
        verify(self._staged.case, self._staged.layout.split(x))
        values = [scale * (self._today[axis] - float(self._costs[axis] @ x)) + 0.0 for axis, (_, scale) in AXES.items()]
        return _Point(figures=np.array(values), best_in=best_in, solution=solution)

    def end(self, axis: str) -> _Point:
        """The best of one axis, then of the others in their order."""
        staged = self._staged.branch()
        for other in [axis, *(other for other in self._axes if other != axis)]:
            solution = staged.solved(other, self._costs[other])
            staged.hold(other, solution)
        self._pays = self._pays or staged.pays
        return self._point(solution, best_in=axis)

    def join(self, spread: NDArray[np.float64]) -> None:
        """Write the programme of the points between: its objective, and one row per floor, open as yet."""
        first, *others = self._axes
        scales = [AXES[axis][1] for axis in self._axes]
        cost = self._costs[first] * scales[0]
        for axis, scale, range_ in zip(others, scales[1:], spread[1:], strict=True):
            cost = cost + HAIR * spread[0] / range_ * scale * self._costs[axis]
        program = self._staged.program(cost / scales[0], pays=self._pays)
        count = len(program.row_lower)
        used = [np.flatnonzero(self._costs[axis]) for axis in others]
        self._program = replace(
            program,
            row_lower=np.append(program.row_lower, np.full(len(others), -np.inf)),
            row_upper=np.append(program.row_upper, np.full(len(others), np.inf)),
            row=np.concatenate([program.row, *(np.full(len(u), count + place) for place, u in enumerate(used))]),
            column=np.concatenate([program.column, *used]),
            value=np.concatenate([program.value, *(self._costs[axis][u] for axis, u in zip(others, used, strict=True))]),
        )

    def above(self, floors: NDArray[np.float64]) -> _Point | None:
        """The best of the first axis with the others above their floors; None where nothing is."""
        assert self._program is not None  # noqa: S101 - `join` comes before
        upper = self._program.row_upper.copy()
        for place, (axis, floor) in enumerate(zip(self._axes[1:], floors, strict=True)):
            upper[len(upper) - len(floors) + place] = self._today[axis] - floor / AXES[axis][1]
        scenario = self._staged.case.scenario
        solution = self._study.memory.solve(
            replace(self._program, row_upper=upper), relative_gap=scenario.relative_gap, time_limit_s=scenario.time_limit_s,
            seed=scenario.seed,
        )  # fmt: skip
        return self._point(solution) if solution.status in ("optimal", "feasible") else None

    def table(self, found: list[_Point], spread: NDArray[np.float64]) -> pd.DataFrame:
        """The points that nothing beats, ends first."""
        chosen = np.array([self.chosen(point) for point in found])
        kept = undominated(chosen, SAME * np.maximum(spread, 1e-9))
        ends = [place for place in kept if found[place].best_in]
        between = sorted((place for place in kept if not found[place].best_in), key=lambda place: tuple(chosen[place][1:]))
        points = [found[place] for place in [*ends, *between]]
        table = pd.DataFrame([point.figures for point in points], columns=[name for name, _ in AXES.values()])
        table.insert(0, "best_in", [point.best_in for point in points])
        solutions = [point.solution for point in points]
        return table.assign(status=[one.status for one in solutions], gap=[one.gap for one in solutions])


def undominated(values: NDArray[np.float64], same: NDArray[np.float64]) -> list[int]:
    """Rows that no other row equals or beats in every column; of equal rows the first stays.

    Parameters
    ----------
    values
        The more, the better, shape (rows, columns).
    same
        Differences that count as none, by column.

    Returns
    -------
    list of int
    """
    kept: list[int] = []
    for place, mine in enumerate(values):
        others = np.delete(np.arange(len(values)), place)
        at_least = (values[others] >= mine - same).all(axis=1)
        better = (values[others] > mine + same).any(axis=1)
        if not (at_least & (better | (others < place))).any():
            kept.append(place)
    return kept
