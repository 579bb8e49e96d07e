"""Plans of a programme with charged flows: slopes, what two plans have in common, neighbourhoods of the best.

slopes
    Linear programmes in which each flow pays its charge per unit at its last size (Kim and Pardalos, 1999, Operations Research
    Letters 24, 195–203). They begin at what the strongest relaxation pays per unit: from there they end twice as near to the
    best plan as from the charge at full size, in as many steps.
merging
    The programme with only those flows that some plan used, solved exactly: far smaller, and better than any of these plans.
windows
    Neighbourhoods of the best plan solved exactly, the rest held, where plan and bound are furthest apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symbiosis.errors import SolverError
from symbiosis.solvers.engines import Effort, answer, polished
from symbiosis.solvers.parts import around, piece
from symbiosis.solvers.program import Floats, Ints, Program
from symbiosis.solvers.projection import Projected

SLOPES, STALLED = 20, 4
"""Most linear programmes of one run of slopes, and how many may pass without a better plan."""

WHOLE = 1e-7
"""A share of a step below this is no use of it: engines leave dust."""


@dataclass(slots=True)
class Search:
    """What is known of a programme so far.

    Attributes
    ----------
    program, projected
        The programme and its relaxation.
    tight, prices, shown, bound
        The relaxation with its flow covers, the duals that prove the bound, its solution, and the best proved bound.
    kernel
        Charged flows that some relaxation or plan used.
    values, objective
        The best plan, if there is one.
    used
        The charged flows of the best plan of each run of slopes.
    """

    program: Program
    projected: Projected
    tight: Program
    prices: Floats
    shown: Floats
    bound: float
    kernel: NDArray[np.bool_]
    values: Floats | None = None
    objective: float = np.inf
    used: list[NDArray[np.bool_]] = field(default_factory=list)

    @property
    def gap(self) -> float:
        """Relative distance between plan and bound."""
        if self.values is None or not np.isfinite(self.bound):
            return np.inf
        return max(0.0, self.objective - self.bound) / max(1e-9, abs(self.objective), abs(self.bound))

    def flows(self, values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """The charged flows of a solution, and which of them are more than dust."""
        flow = values[self.projected.charged.flow]
        return flow, flow > WHOLE * self.projected.charged.step

    def among(self, chosen: NDArray[np.bool_]) -> tuple[Program, Ints]:
        """The programme with some of its charged flows, the others being nothing; and its columns."""
        program, charged = self.program, self.projected.charged
        kept = np.ones(len(program.cost), dtype=bool)
        kept[charged.flow[~chosen]] = kept[charged.whole[~chosen]] = False
        felt = (program.row_lower > 0) | (program.row_upper < 0)  # a row that nothing can hold must be seen
        felt[program.row[kept[program.column]]] = True
        columns = np.flatnonzero(kept)
        return piece(program, columns, np.flatnonzero(felt)), columns

    def take(self, values: Floats) -> None:
        """Keep a plan if it is the best."""
        objective = float(self.program.cost @ values)
        if objective < self.objective:
            self.values, self.objective = values, objective

    def offer(self, values: Floats, effort: Effort) -> None:
        """Open what a solution of the flows uses, solve what is left and keep the plan if it is better."""
        charged = self.projected.charged
        flow, used = self.flows(values)
        whole: Floats = np.where(self.program.is_integer, np.round(values), 0.0)
        whole[charged.whole] = np.where(used, np.ceil(flow / charged.step - WHOLE), 0.0)
        small, columns = self.among(used)
        try:
            plan = polished(small, whole[columns], effort)
        except SolverError:  # lots that do not fit together, or a budget: this one is no plan
            return
        found = np.zeros(len(values))
        found[columns] = plan.values
        self.take(found)


def scale_slopes(search: Search, effort: Effort, *, kept: float) -> Iterator[None]:
    """One run of slopes, from what the strongest relaxation pays per unit.

    Parameters
    ----------
    search
        Offered every plan that looks better than the last best of the run.
    effort
        Limits of each linear programme.
    kept
        Share of the last slope in the next one.

    Yields
    ------
    None
        After each linear programme.
    """
    charged, relaxed = search.projected.charged, search.projected.program
    charge = search.program.cost[charged.whole]
    inside = np.ones(len(relaxed.cost), dtype=bool)
    inside[charged.flow[~search.kernel]] = inside[charged.whole] = False
    columns = np.flatnonzero(inside)
    small = piece(relaxed, columns, np.arange(len(relaxed.row_lower)))
    own = relaxed.cost.copy()
    own[charged.flow] -= charge / charged.step
    flow, used = search.flows(search.shown)
    paid = flow / charged.step + search.shown[charged.whole]
    slope = np.where(used, paid / np.where(used, flow, 1.0), 1.0 / charged.step)
    least, stalled, basis = np.inf, 0, None
    best = np.zeros(len(charged.flow), dtype=bool)
    for _ in range(SLOPES):
        cost = own.copy()
        cost[charged.flow] += charge * slope
        found = answer(replace(small, cost=cost[columns]), effort, basis=basis)
        if found.status not in ("optimal", "feasible"):
            return
        basis = found.basis
        values = np.zeros(len(cost))
        values[columns] = found.values
        flow, used = search.flows(values)
        opened = np.where(used, np.ceil(flow / charged.step - WHOLE), 0.0)
        estimate = float(own @ values + charge @ opened)
        if estimate < least - 1e-9 * abs(estimate):
            least, stalled, best = estimate, 0, used
            search.offer(values, effort)
        else:
            stalled += 1
        yield
        if stalled >= STALLED:
            break
        slope = np.where(used, kept * slope + (1 - kept) * opened / np.where(used, flow, 1.0), slope)
    search.used.append(best)


def merge(search: Search, chosen: NDArray[np.bool_], effort: Effort) -> None:
    """Solve the programme exactly with only some of its charged flows.

    Parameters
    ----------
    search
        Takes the plan.
    chosen
        Charged flows that may be used.
    effort
        Limits.
    """
    small, columns = search.among(chosen)
    found = answer(small, effort)
    if found.status in ("optimal", "feasible"):
        values = np.zeros(len(search.program.cost))
        values[columns] = found.values
        search.take(values)


def distances(search: Search) -> Floats:
    """The distance between plan and bound, flow by flow: where it is nothing, nothing is to be gained.

    Parameters
    ----------
    search
        With a best plan.

    Returns
    -------
    numpy.ndarray
        One per charged flow: reduced cost × distance to the bound of its columns, and its share of dual × slack of its rows.
    """
    charged, tight, prices = search.projected.charged, search.tight, search.prices
    values = np.zeros(len(tight.cost)) if search.values is None else search.values.copy()
    values[charged.whole] -= values[charged.flow] / charged.step
    reduced = tight.cost - np.bincount(tight.column, weights=tight.value * prices[tight.row], minlength=len(values))
    end = np.where(reduced > 0, tight.lower, tight.upper)
    of_column = np.where(np.isfinite(end), reduced * (values - np.where(np.isfinite(end), end, 0.0)), 0.0)
    end = np.where(prices > 0, tight.row_lower, tight.row_upper)
    of_row = np.where(np.isfinite(end), prices * (tight.activity(values) - np.where(np.isfinite(end), end, 0.0)), 0.0)
    is_flow = np.zeros(len(values), dtype=bool)
    is_flow[charged.flow[search.kernel]] = True
    mine = is_flow[tight.column]
    among = np.maximum(np.bincount(tight.row[mine], minlength=len(of_row)), 1)
    of_column += np.bincount(tight.column[mine], weights=(of_row / among)[tight.row[mine]], minlength=len(values))
    return np.asarray(of_column[charged.flow] + of_column[charged.whole])


def windows(search: Search, size: int) -> Iterator[Ints]:
    """Neighbourhoods of charged flows that meet in rows, from the greatest distance between plan and bound downwards.

    Parameters
    ----------
    search
        With a best plan.
    size
        Most flows in one.

    Yields
    ------
    numpy.ndarray
        Until what was not looked at holds less than a tenth of the whole distance.
    """
    charged, program = search.projected.charged, search.program
    kernel = np.flatnonzero(search.kernel)
    if not len(kernel) or search.values is None:
        return
    columns, rows = len(kernel), len(program.row_lower)
    number = np.full(len(program.cost), -1, dtype=np.int64)
    number[charged.flow[kernel]] = np.arange(columns)
    mine = number[program.column] >= 0
    place = (number[program.column[mine]], program.row[mine])
    meets = sparse.csr_array((np.ones(len(place[0])), place), shape=(columns, rows))
    beside = sparse.csr_array(meets @ meets.T)
    apart = np.maximum(distances(search)[kernel], 0.0)
    least = apart.sum() / 10
    for first in np.argsort(-apart, kind="stable"):
        if apart.sum() <= least:
            return
        if apart[first] > 0:
            order = _around(beside, int(first), size)
            apart[order] = 0.0
            yield kernel[order]


def _around(beside: sparse.csr_array, first: int, size: int) -> Ints:
    """The nearest places of a graph, ring by ring."""
    found = np.array([first])
    while len(found) < size:
        ring = np.unique(np.concatenate([beside.indices[beside.indptr[i] : beside.indptr[i + 1]] for i in found]))
        ring = np.setdiff1d(ring, found)
        if not len(ring):
            break
        found = np.append(found, ring[: size - len(found)])
    return found.astype(np.int64)


def improve(search: Search, window: Ints, effort: Effort) -> None:
    """Solve the programme exactly in some charged flows and what stands between them, the rest held as in the best plan.

    Parameters
    ----------
    search
        With a best plan, and takes the better one.
    window
        Charged flows.
    effort
        Limits.
    """
    program, charged, best = search.program, search.projected.charged, search.values
    if best is None:
        return
    free = np.zeros(len(program.cost), dtype=bool)
    free[charged.flow[window]] = free[charged.whole[window]] = True
    touched = np.zeros(len(program.row_lower), dtype=bool)
    touched[program.row[free[program.column]]] = True
    near = np.zeros(len(program.cost), dtype=bool)
    near[program.column[touched[program.row]]] = True
    near[charged.flow] = near[charged.whole] = False
    free |= near
    small, columns = around(program, best, free)
    found = answer(small, effort)
    if found.status in ("optimal", "feasible"):
        values = best.copy()
        values[columns] = found.values
        search.take(values)
