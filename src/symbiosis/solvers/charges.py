r"""Fixed charges and minimum lots at sizes that branching does not reach: a proved bound from below, plans from above.

A *charged* flow is a continuous column x that a whole column y must open: ``x <= step × y``, y costs money, and nothing else in
the programme wants y large (a link with a yearly charge, a project with its capacity, lorry trips). Then ``y = x/step + e``
with e ≥ 0, the row that ties the two disappears, and what is left is a programme of the flows alone:

bound
    its linear relaxation (e = 0), tightened by flow covers. In a row Σ w_j ≤ b of charged flows, w_j ≤ m_j y_j, a set C with
    λ = Σ_C m_j − b > 0 gives (Padberg, Van Roy and Wolsey, 1985, Operations Research 33, 842–861)

        Σ_{C ∪ L} w_j + Σ_C max(0, m_j − λ) (1 − y_j) − Σ_L (max(m_C, m_j) − λ) y_j ≤ b

    where m_C is the greatest m of C (above λ) and L any set beside C. The bound is recomputed from the duals in plain
    arithmetic: any duals give a valid one, so that nothing rests on an engine's tolerance.
plans
    slope scaling (Kim and Pardalos, 1999, Operations Research Letters 24, 195–203): linear programmes in which each flow pays
    its charge per unit at its last size, started from the last vertex; then neighbourhoods of the best plan solved exactly,
    the rest held.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symbiosis.errors import SolverError
from symbiosis.solvers.engines import Effort, answer, polished
from symbiosis.solvers.parts import piece
from symbiosis.solvers.program import Basis, Floats, Ints, Program, Solution

FROM = 1000
"""Charged flows in one part from which HiGHS alone is not asked first: on 6,400 it stands at 0.33 % after 150 s. Where
between the two the turn lies was not measured."""

BASIC = 5
"""What MathOpt calls the status of a row that does not bind."""

SLOPES, COVERS, SWEEPS = 20, 12, (60, 60, 120, 120)
"""Most linear programmes of slopes, most rounds of flow covers, charged flows in the neighbourhoods of each sweep."""

SEARCHING = 2 / 3
"""Share of the time limit after which HiGHS has the rest: its own cuts raise the bound further than flow covers do."""

WHOLE = 1e-7
"""A share of a step below this is no use of it: engines leave dust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """Whole columns that only open a flow.

    Attributes
    ----------
    whole, flow
        Positions of y and of its x.
    step
        What one unit of y lets through.
    row
        The row that says so.
    """

    whole: Ints
    flow: Ints
    step: Floats
    row: Ints


def charged_flows(program: Program) -> Charged:
    """Find the charged flows of a programme.

    Parameters
    ----------
    program
        Checked before.

    Returns
    -------
    Charged
        In increasing order of `whole`.
    """
    matrix = program.matrix
    two = np.flatnonzero(np.diff(matrix.indptr) == 2)
    place = matrix.indptr[two][:, None] + np.array([0, 1])
    column, value = matrix.indices[place].astype(np.int64), matrix.data[place]
    is_whole = program.is_integer[column]
    kept = is_whole.sum(axis=1) == 1
    two, column, value, is_whole = two[kept], column[kept], value[kept], is_whole[kept]
    whole, flow = column[is_whole], column[~is_whole]
    size, reach = value[~is_whole], -value[is_whole]
    # size × x − reach × y ≤ 0, or the same with its signs turned.
    upward = (program.row_upper[two] == 0) & (size > 0) & (reach > 0)
    downward = (program.row_lower[two] == 0) & (size < 0) & (reach < 0)
    fits = (upward | downward) & (program.lower[flow] == 0) & (program.lower[whole] == 0)
    fits &= (program.upper[whole] >= 1) & (program.cost[whole] >= 0)
    # An equality would tie x to y from both sides.
    fits &= np.where(upward, program.row_lower[two] == -np.inf, program.row_upper[two] == np.inf)
    two, whole, flow, step = two[fits], whole[fits], flow[fits], (reach / np.where(size == 0, 1.0, size))[fits]
    alone = _once(whole) & _once(flow)
    two, whole, flow, step = two[alone], whole[alone], flow[alone], step[alone]
    wants_more = np.zeros(len(program.cost), dtype=bool)
    own = np.full(len(program.cost), -1, dtype=np.int64)
    own[whole] = two
    other = program.row != own[program.column]
    holds = np.where(program.value > 0, program.row_lower[program.row] > -np.inf, program.row_upper[program.row] < np.inf)
    wants_more[program.column[other & holds]] = True
    modest = ~wants_more[whole] & np.isfinite(program.upper[flow])
    order = np.argsort(whole[modest], kind="stable")
    step = np.minimum(step, np.where(program.upper[flow] > 0, program.upper[flow], step))
    return Charged(whole=whole[modest][order], flow=flow[modest][order], step=step[modest][order], row=two[modest][order])


def _once(numbers: Ints) -> NDArray[np.bool_]:
    return np.asarray(np.bincount(numbers)[numbers] == 1) if len(numbers) else np.zeros(0, dtype=bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projected:
    """A programme without its charged whole columns: in their places stand the excesses e, with ``y = x/step + e``.

    Attributes
    ----------
    program
        The linear relaxation; its columns are those of the whole programme.
    charged
        What was projected.
    """

    program: Program
    charged: Charged


def project(program: Program, charged: Charged) -> Projected:
    """Write the relaxation of a programme in its flows.

    Parameters
    ----------
    program, charged
        The programme and its charged flows.

    Returns
    -------
    Projected
        Rows that speak of one charged flow and its whole column only are left out (a relaxation).
    """
    columns = len(program.cost)
    here = np.concatenate([np.arange(columns), charged.whole])
    there = np.concatenate([np.arange(columns), charged.flow])
    shares = np.concatenate([np.ones(columns), 1.0 / charged.step])
    change = sparse.csr_array((shares, (here, there)), shape=(columns, columns))
    pair = np.arange(columns)
    pair[charged.whole] = charged.flow
    matrix = program.matrix
    first = pair[matrix.indices[matrix.indptr[:-1].clip(max=max(0, matrix.nnz - 1))]] if matrix.nnz else np.zeros(0, np.int64)
    own = np.ones(len(program.row_lower), dtype=bool)
    own[program.row[pair[program.column] != first[program.row]]] = False
    is_flow = np.zeros(columns, dtype=bool)
    is_flow[charged.flow] = True
    own &= is_flow[first] & (np.diff(matrix.indptr) == 2)
    rows = np.flatnonzero(~own)
    changed = sparse.csr_array(matrix[rows] @ change).tocoo()
    upper = program.upper.copy()
    upper[charged.flow] = np.minimum(upper[charged.flow], charged.step * program.upper[charged.whole])
    relaxed = Program(
        cost=change.T @ program.cost, lower=program.lower, upper=upper, is_integer=np.zeros(columns, dtype=bool),
        row_lower=program.row_lower[rows], row_upper=program.row_upper[rows],
        row=changed.row.astype(np.int64), column=changed.col.astype(np.int64), value=changed.data,
    )  # fmt: skip
    return Projected(program=relaxed, charged=charged)


def proved_bound(program: Program, row_duals: Floats) -> float:
    """A lower bound of a linear programme from any duals, in plain arithmetic.

    Parameters
    ----------
    program
        A linear programme, or a relaxation read as one.
    row_duals
        One price per row, right or wrong.

    Returns
    -------
    float
        Minus infinity where a column without a bound has a reduced cost of the wrong sign.

    Notes
    -----
    Neumaier and Shcherbina (2004), Mathematical Programming 99, 283–296.
    """
    duals = np.where(program.row_lower == -np.inf, np.minimum(row_duals, 0.0), row_duals)
    duals = np.where(program.row_upper == np.inf, np.maximum(duals, 0.0), duals)
    side = np.where(duals > 0, program.row_lower, program.row_upper)
    rows = float((duals * np.where(duals == 0, 0.0, side)).sum())
    reduced = program.cost - np.bincount(
        program.column, weights=program.value * duals[program.row], minlength=len(program.cost)
    )
    side = np.where(reduced > 0, program.lower, program.upper)
    # Without a bound on its column, a reduced cost within rounding of nothing is nothing.
    scale = np.bincount(program.column, weights=np.abs(program.value * duals[program.row]), minlength=len(program.cost))
    dust = ~np.isfinite(side) & (np.abs(reduced) <= 1e-9 * (1.0 + np.abs(program.cost) + scale))
    reduced = np.where(dust, 0.0, reduced)
    return rows + float((reduced * np.where(reduced == 0, 0.0, side)).sum())


# ------------------------------------------------------------------------------------------------------------- flow covers


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Rows of charged flows, each as Σ factor × flow ≤ limit.

    Attributes
    ----------
    limit
        One per node.
    node, flow, factor
        Which flow (its place among the charged) enters which node, sorted by node.
    """

    limit: Floats
    node: Ints
    flow: Ints
    factor: Floats


def nodes_of(projected: Projected, whole_upper: Floats) -> Nodes:
    """Every row of at least two flows that are opened by zero or one, on its side(s) that bound from above.

    Parameters
    ----------
    projected
        The relaxation.
    whole_upper
        Upper bounds of the whole columns.

    Returns
    -------
    Nodes
        Terms that only loosen the row are replaced by the end of their range that loosens it most.
    """
    program, charged = projected.program, projected.charged
    number = np.full(len(program.cost), -1, dtype=np.int64)
    number[charged.flow[whole_upper == 1]] = np.flatnonzero(whole_upper == 1)
    limits, places, flows, factors, count = [], [], [], [], 0
    for sign, side in ((1.0, program.row_upper), (-1.0, -program.row_lower)):
        value = sign * program.value
        enters = (value > 0) & (number[program.column] >= 0)
        loose = np.where(value > 0, program.lower[program.column], program.upper[program.column])
        given = np.bincount(program.row[~enters], weights=(value * loose)[~enters], minlength=len(side))
        limit = side - given
        use = np.isfinite(limit) & (limit > 0)
        use &= np.bincount(program.row[enters], minlength=len(side)) >= 2
        mine = enters & use[program.row]
        rank = np.cumsum(use) - 1
        limits.append(limit[use])
        places.append(count + rank[program.row[mine]])
        flows.append(number[program.column[mine]])
        factors.append(value[mine])
        count += int(use.sum())
    node, flow, factor = (np.concatenate(arrays) for arrays in (places, flows, factors))
    order = np.lexsort((flow, node))
    return Nodes(limit=np.concatenate(limits), node=node[order], flow=flow[order], factor=factor[order])


LOOKED_AT = 7
"""Flows of a node that its covers are made of: those in use, the largest first; all their subsets are tried."""


def flow_covers(projected: Projected, nodes: Nodes, values: Floats, *, least: float = 1e-4) -> Program | None:
    """The most violated flow cover of each node, as rows to add to the relaxation.

    Parameters
    ----------
    projected, nodes
        The relaxation and its nodes.
    values
        Its solution.
    least
        Violation, as a share of the node's limit, below which a row is not worth adding.

    Returns
    -------
    Program or None
        The relaxation with the rows, or None where nothing is violated.
    """
    program, charged = projected.program, projected.charged
    flow = np.maximum(values[charged.flow], 0.0)
    is_used = np.clip(flow / charged.step + values[charged.whole], 0.0, 1.0)
    weight, size = nodes.factor * flow[nodes.flow], nodes.factor * charged.step[nodes.flow]
    share = is_used[nodes.flow]
    order = np.lexsort((-weight, nodes.node))
    rank = np.arange(len(order)) - np.searchsorted(nodes.node, nodes.node[order])
    near = order[(rank < LOOKED_AT)]
    rank = rank[rank < LOOKED_AT]
    shape = (len(nodes.limit), LOOKED_AT)
    w, m, y = np.zeros(shape), np.zeros(shape), np.ones(shape)
    member = np.full(shape, -1, dtype=np.int64)
    for grid, flat in ((w, weight), (m, size), (y, share), (member, np.arange(len(weight)))):
        grid[nodes.node[near], rank] = flat[near]
    subset = (np.arange(1 << LOOKED_AT)[:, None] >> np.arange(LOOKED_AT) & 1).astype(bool)
    best, chosen = np.full(len(nodes.limit), -np.inf), np.zeros(shape, dtype=bool)
    for some in np.array_split(np.arange(len(nodes.limit)), max(1, len(nodes.limit) // 2000)):
        gain = _violations(w[some], m[some], y[some], nodes.limit[some], subset)
        pick = np.argmax(gain, axis=1)
        best[some], chosen[some] = gain[np.arange(len(some)), pick], subset[pick]
    found = np.flatnonzero(best > least * nodes.limit)
    if not len(found):
        return None
    in_cover = np.zeros(len(weight), dtype=bool)
    in_cover[member[found][chosen[found] & (member[found] >= 0)]] = True
    return _with_covers(program, charged, nodes, found=found, in_cover=in_cover, weight=weight, size=size, share=share)


def _violations(w: Floats, m: Floats, y: Floats, limit: Floats, subset: NDArray[np.bool_]) -> Floats:
    """Violation of the cover of each subset at each node, shape (nodes, subsets)."""
    excess = m @ subset.T - limit[:, None]
    gain = w @ subset.T - limit[:, None]
    greatest = np.zeros_like(excess)
    for j in range(subset.shape[1]):
        greatest = np.maximum(greatest, np.where(subset[:, j], m[:, j, None], 0.0))
    for j in range(subset.shape[1]):
        inside = np.maximum(m[:, j, None] - excess, 0.0) * (1 - y[:, j, None])
        beside = np.maximum(w[:, j, None] - (np.maximum(greatest, m[:, j, None]) - excess) * y[:, j, None], 0.0)
        gain += np.where(subset[:, j], inside, beside)
    return np.where((excess > 1e-6 * limit[:, None]) & (greatest > excess), gain, -np.inf)


def _with_covers(
    program: Program, charged: Charged, nodes: Nodes, *, found: Ints, in_cover: NDArray[np.bool_],
    weight: Floats, size: Floats, share: Floats,
) -> Program:  # fmt: skip
    """The relaxation with one row per node found, written in x and e."""
    count = len(nodes.limit)
    excess = np.bincount(nodes.node[in_cover], weights=size[in_cover], minlength=count) - nodes.limit
    greatest = np.zeros(count)
    np.maximum.at(greatest, nodes.node[in_cover], size[in_cover])
    new = np.full(count, -1, dtype=np.int64)
    new[found] = len(program.row_lower) + np.arange(len(found))
    over = excess[nodes.node]
    # Coefficients near nothing make GLOP imprecise: they give way, to the side that loosens the row.
    least = 1e-4 * size
    inside = np.where(in_cover & (size - over > least), size - over, 0.0)
    lifted = np.maximum(np.maximum(greatest[nodes.node], size) - over, least)
    beside = (new[nodes.node] >= 0) & ~in_cover & (weight - lifted * share > 0)
    held = (new[nodes.node] >= 0) & (in_cover | beside)
    # Σ w + Σ_C inside (1 − y) − Σ_L lifted y ≤ b, with y = x/step + e and w = factor × x.
    on_whole = np.where(beside, -lifted, -inside)[held]
    flow, row = nodes.flow[held], new[nodes.node[held]]
    on_flow = nodes.factor[held] + on_whole / charged.step[flow]
    # A difference of two equal numbers is dust: left in, it makes GLOP imprecise; the row gives way by what it was worth.
    dust = np.abs(on_flow) < 1e-9 * nodes.factor[held]
    given = np.where(dust, np.maximum(-on_flow, 0.0) * charged.step[flow], 0.0)
    limit = nodes.limit - np.bincount(nodes.node, weights=inside, minlength=count)
    limit = (limit + np.bincount(nodes.node[held], weights=given, minlength=count))[found]
    on_flow = np.where(dust, 0.0, on_flow)
    felt = np.abs(on_whole) > 0
    return replace(
        program,
        row_lower=np.concatenate([program.row_lower, np.full(len(found), -np.inf)]),
        row_upper=np.concatenate([program.row_upper, limit]),
        row=np.concatenate([program.row, row, row[felt]]),
        column=np.concatenate([program.column, charged.flow[flow], charged.whole[flow][felt]]),
        value=np.concatenate([program.value, on_flow, on_whole[felt]]),
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------------------- plans


@dataclass(slots=True)
class Search:
    """What is known of a programme so far: the best plan, the best bound, the flows worth a charge.

    Attributes
    ----------
    program, projected
        The programme and its relaxation, which gains flow covers on the way.
    best
        The best plan, or None.
    bound
        The best proved bound.
    kernel
        Charged flows that some relaxation or slope used.
    tight, prices
        The relaxation with its covers, and the duals that prove the bound.
    """

    program: Program
    projected: Projected
    best: Solution | None
    bound: float
    kernel: NDArray[np.bool_]
    tight: Program
    prices: Floats

    @property
    def gap(self) -> float:
        """Relative distance between plan and bound."""
        return np.inf if self.best is None else replace(self.best, bound=self.bound).gap

    def offer(self, values: Floats, effort: Effort) -> None:
        """Open what a solution of the flows uses, solve what is left and keep the plan if it is better."""
        charged, program = self.projected.charged, self.program
        flow = values[charged.flow]
        used = flow > WHOLE * charged.step
        self.kernel |= used
        whole: Floats = np.where(program.is_integer, np.round(values), 0.0)
        whole[charged.whole] = np.where(used, np.ceil(flow / charged.step - WHOLE), 0.0)
        try:
            plan = polished(program, whole, effort)
        except SolverError:  # lots that do not fit together, or a budget: this one is no plan
            return
        if self.best is None or plan.objective < self.best.objective:
            self.best = plan


def scale_slopes(search: Search, start: Solution, effort: Effort, *, most: int) -> Iterator[None]:
    """Plans by slope scaling: each flow pays its charge per unit at its last size.

    Parameters
    ----------
    search
        Offered every plan that looks better than the last best.
    start
        Solution of the relaxation.
    effort
        Limits of each linear programme.
    most
        How many of these there may be.

    Yields
    ------
    None
        After each of them.
    """
    charged, relaxed = search.projected.charged, search.projected.program
    charge = search.program.cost[charged.whole]
    least, stalled, slope = np.inf, 0, 1.0 / charged.step
    basis, values = start.basis, start.values
    own = relaxed.cost.copy()
    own[charged.flow] -= charge / charged.step
    for _ in range(most):
        flow = values[charged.flow]
        used = flow > WHOLE * charged.step
        opened = np.where(used, np.ceil(flow / charged.step - WHOLE), 0.0)
        estimate = float(own @ values - own[charged.whole] @ values[charged.whole] + charge @ opened)
        if estimate < least - 1e-9 * abs(estimate):
            least, stalled = estimate, 0
            search.offer(values, effort)
        else:
            stalled += 1
        search.kernel |= used
        yield
        if stalled >= 4:
            return
        slope = np.where(used, opened / np.where(used, flow, 1.0), slope)
        cost = own.copy()
        cost[charged.flow] += charge * slope
        found = answer(replace(relaxed, cost=cost), effort, basis=basis)
        if found.status not in ("optimal", "feasible"):
            return
        basis, values = found.basis, found.values


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
    charged, tight, prices, best = search.projected.charged, search.tight, search.prices, search.best
    values = np.zeros(len(tight.cost)) if best is None else best.values.copy()
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
    if not len(kernel) or search.best is None:
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
    """Solve the programme exactly in some charged flows and what stands between them, the rest held as in the best plan."""
    program, charged, best = search.program, search.projected.charged, search.best
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
    touched[program.row[free[program.column]]] = True
    columns, rows = np.flatnonzero(free), np.flatnonzero(touched)
    inside = np.where(free, best.values, 0.0)
    moving = program.activity(inside)[rows]
    held = program.activity(np.where(free, 0.0, best.values))[rows]
    small = piece(program, columns, rows)
    # What stands now must stay a plan in spite of the last digit of a sum.
    small = replace(small, row_lower=np.minimum(program.row_lower[rows] - held, moving),
                    row_upper=np.maximum(program.row_upper[rows] - held, moving))  # fmt: skip
    found = answer(small, effort)
    if found.status in ("optimal", "feasible") and found.objective < float(small.cost @ best.values[columns]) - 1e-9 * abs(
        best.objective
    ):
        values = best.values.copy()
        values[columns] = found.values
        search.best = replace(best, values=values, objective=float(program.cost @ values))


def charged_answer(program: Program, charged: Charged, effort: Effort) -> Solution:
    """Bound and plan of a programme with many charged flows; HiGHS has what is left of the time, if the gap is still open.

    Parameters
    ----------
    program, charged
        The programme, without products, and its charged flows.
    effort
        Limits. With a `node_limit` no clock is looked at: every stage ends by its own count.

    Returns
    -------
    Solution
        Its bound is the best of those proved, its plan the best of those found.
    """
    begun = time.perf_counter()
    deadline = np.inf if effort.node_limit is not None else begun + effort.time_limit_s
    search_until = np.inf if effort.node_limit is not None else begun + effort.time_limit_s * SEARCHING
    projected = project(program, charged)
    start = answer(projected.program, effort)
    if start.status in ("infeasible", "unbounded", "no_solution"):
        return start if start.status == "infeasible" else answer(program, effort)
    search = Search(program=program, projected=projected, best=None, bound=proved_bound(projected.program, start.row_duals),
                    kernel=np.zeros(len(charged.whole), dtype=bool), tight=projected.program,
                    prices=start.row_duals)  # fmt: skip
    for _ in _stages(search, start, effort):
        if search.gap <= effort.relative_gap or time.perf_counter() > search_until:
            break
    engine = "GLOP" if search.best is not None else ""
    if search.gap > effort.relative_gap and time.perf_counter() < deadline:
        left = min(effort.time_limit_s, deadline - time.perf_counter())
        exact = answer(program, replace(effort, time_limit_s=max(0.1, left)))
        engine = "+".join(filter(None, (engine, exact.engine)))
        search.bound = max(search.bound, exact.bound)
        if search.best is None or exact.objective < search.best.objective:
            if exact.status not in ("optimal", "feasible"):
                return exact
            search.best = exact
    best = polished(program, search.best.values, effort) if search.best is not None else None
    if best is None:  # the time ended before the first plan
        return replace(start, status="no_solution", values=np.empty(0), objective=float("nan"), bound=search.bound, basis=None)
    bound = min(search.bound, best.objective)
    found = replace(best, bound=bound, engine=engine, seconds=time.perf_counter() - begun)
    return replace(found, status="optimal" if found.gap <= effort.relative_gap else "feasible")


def _stages(search: Search, start: Solution, effort: Effort) -> Iterator[None]:
    """Plans and bounds in turn, the cheapest first; whoever iterates stops where the gap is good enough."""
    yield from scale_slopes(search, start, effort, most=SLOPES)
    near = replace(effort, relative_gap=1e-2, time_limit_s=effort.time_limit_s if effort.node_limit else 3.0)
    covers = _tighten(search, start, effort)
    for size in SWEEPS:
        yield from covers
        for window in windows(search, size):
            improve(search, window, near)
            yield
        near = replace(near, relative_gap=near.relative_gap / 3)


def _tighten(search: Search, start: Solution, effort: Effort) -> Iterator[None]:
    """Rounds of flow covers, until they say no more."""
    nodes = nodes_of(search.projected, search.program.upper[search.projected.charged.whole])
    relaxed, found = search.projected, start
    for _ in range(COVERS):
        tighter = flow_covers(relaxed, nodes, found.values) if len(nodes.limit) else None
        if tighter is None:
            return
        added = len(tighter.row_lower) - len(relaxed.program.row_lower)
        basis = None
        if found.basis is not None:
            basis = Basis(columns=found.basis.columns, rows=np.append(found.basis.rows, np.full(added, BASIC, dtype=np.uint8)))
        relaxed = replace(relaxed, program=tighter)
        found = answer(tighter, effort, basis=basis)
        if found.status not in ("optimal", "feasible"):
            return
        last, search.bound = search.bound, max(search.bound, proved_bound(tighter, found.row_duals))
        search.tight, search.prices = tighter, found.row_duals
        search.kernel |= found.values[search.projected.charged.flow] > WHOLE * search.projected.charged.step
        yield
        if search.bound - last < 1e-4 * abs(search.bound):
            return
