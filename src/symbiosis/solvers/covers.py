r"""Flow covers: rows that the plans of a programme with charged flows keep and its linear relaxation breaks.

In a row Σ w_j ≤ b of charged flows, w_j ≤ m_j y_j, a set C with λ = Σ_C m_j − b > 0 gives (Padberg, Van Roy and Wolsey, 1985,
Operations Research 33, 842–861)

    Σ_{C ∪ L} w_j + Σ_C max(0, m_j − λ) (1 − y_j) − Σ_L (max(m_C, m_j) − λ) y_j ≤ b

where m_C is the greatest m of C (above λ) and L any set beside C.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symbiosis.solvers.program import Floats, Ints, Program
from symbiosis.solvers.projection import Charged, Projected


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
