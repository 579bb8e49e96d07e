"""A part that is too large to be solved in one piece: cut at the rows that join it, with a bound of what the cut may cost.

The linear relaxation of the whole prices the rows that join the blocks. With these rows left out and paid at their prices, the
blocks fall apart, and what they cost together is a bound of the whole (Lagrange), never below that of the relaxation. With the
same rows shared out as the relaxation uses them, the blocks fall apart again, and what they find together is a plan. Both are
solved side by side. What stands next to the cut is then solved once more, the rest held.

Only what is branched on is cut: the simplex solves a linear part of a million columns whole, and its optimum needs no bound.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from symbiosis.errors import SolverError
from symbiosis.solvers.engines import Effort, answer, polished
from symbiosis.solvers.parts import around, piece
from symbiosis.solvers.program import Floats, Ints, Program, Solution

Solves = Callable[[list[Program], Effort], Iterable[Solution]]
"""Solves several programmes, perhaps side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Blocks of columns, and the rows that join them.

    Attributes
    ----------
    block
        The block of each column.
    joins
        Whether a row has columns in several blocks.
    together
        Columns that share a number are never parted: a flow and what opens it.
    """

    block: Ints
    joins: NDArray[np.bool_]
    together: Ints


def cut(program: Program, most: int) -> Cut:
    """Part the columns into blocks of about equal size that few rows join.

    Parameters
    ----------
    program
        Without products.
    most
        Columns of a block, about.

    Returns
    -------
    Cut
        Consecutive stretches of the order of Cuthill and McKee, in which columns that share a row stand near each other.
    """
    columns, rows = len(program.cost), len(program.row_lower)
    size = np.bincount(program.row, minlength=rows)
    pair = size[program.row] <= 2
    tied = (program.row[pair] + columns, program.column[pair])
    ties = sparse.csr_array((np.ones(len(tied[0]), dtype=np.int8), tied), shape=(columns + rows,) * 2)
    together = csgraph.connected_components(ties, directed=False)[1][:columns].astype(np.int64)
    place = (program.row + columns, program.column)
    graph = sparse.csr_array((np.ones(len(program.row), dtype=np.int8), place), shape=(columns + rows,) * 2)
    order = csgraph.reverse_cuthill_mckee(sparse.csr_matrix(graph + graph.T), symmetric_mode=True)
    order = order[order < columns]
    _, first = np.unique(together[order], return_index=True)  # where each group first stands
    group = np.unique(together, return_inverse=True)[1].astype(np.int64)
    blocks = max(1, -(-columns // most))
    in_turn = np.argsort(first)
    before = np.empty(len(first), dtype=np.int64)
    before[in_turn] = np.append(0, np.cumsum(np.bincount(group)[in_turn])[:-1])
    block = (before * blocks // columns)[group]
    least, greatest = np.full(rows, columns), np.full(rows, -1)
    np.minimum.at(least, program.row, block[program.column])
    np.maximum.at(greatest, program.row, block[program.column])
    return Cut(block=block, joins=greatest > least, together=together)


def split_answer(program: Program, effort: Effort, *, most: int, solves: Solves) -> Solution | None:
    """Solve a large part by blocks.

    Parameters
    ----------
    program
        One part, without products, with whole columns.
    effort
        Limits for all of it.
    most
        Columns of a block, about.
    solves
        Solves programmes, in their order; the effort is for all of them together.

    Returns
    -------
    Solution or None
        A plan with the bound that was proved for the whole; None where the blocks find no plan, which proves nothing.
    """
    begun = time.perf_counter()
    relaxed = answer(replace(program, is_integer=np.zeros_like(program.is_integer)), effort)
    if relaxed.status == "infeasible":
        return replace(relaxed, engine="GLOP")
    if relaxed.status != "optimal":
        return None
    parted = cut(program, most)
    left = effort.time_limit_s - (time.perf_counter() - begun)
    # The other half of the gap is left to the cut.
    third = replace(effort, relative_gap=effort.relative_gap / 2, time_limit_s=max(0.1, left / 3))
    members = [np.flatnonzero(parted.block == block) for block in np.unique(parted.block)]
    bound = max(relaxed.bound, _priced_bound(program, parted, members, relaxed.row_duals, lambda some: solves(some, third)))
    values = np.zeros(len(program.cost))
    engines = {"GLOP"}
    shared = [_shared(program, parted, columns, relaxed.values) for columns in members]
    for columns, found in zip(members, solves(shared, third), strict=True):
        if found.status not in ("optimal", "feasible"):
            return None
        values[columns] = found.values
        engines |= set(found.engine.split("+"))
    values = _mended(program, parted, values, lambda some: solves([some], third))
    try:
        best = polished(program, values, effort)
    except SolverError:  # the sums of the blocks' last digits
        return None
    found = replace(
        best, bound=min(bound, best.objective), engine="+".join(sorted(engines)), seconds=time.perf_counter() - begun
    )
    return replace(found, status="optimal" if found.gap <= effort.relative_gap else "feasible")


def _priced_bound(
    program: Program, parted: Cut, members: list[Ints], duals: Floats, solves: Callable[[list[Program]], Iterable[Solution]]
) -> float:
    """What the blocks cost together where the rows that join them are paid at their prices."""
    price = np.where(parted.joins, duals, 0.0)
    price = np.where(program.row_lower == -np.inf, np.minimum(price, 0.0), price)
    price = np.where(program.row_upper == np.inf, np.maximum(price, 0.0), price)
    side = np.where(price > 0, program.row_lower, program.row_upper)
    paid = float((price * np.where(price == 0, 0.0, side)).sum())
    cost = program.cost - np.bincount(program.column, weights=program.value * price[program.row], minlength=len(program.cost))
    priced = replace(program, cost=cost)
    blocks = [piece(priced, columns, _rows(program, columns, ~parted.joins)) for columns in members]
    return paid + sum(found.bound for found in solves(blocks))


def _shared(program: Program, parted: Cut, columns: Ints, values: Floats) -> Program:
    """One block, with its share of each row that joins: what the relaxation uses, and an equal part of what it leaves."""
    rows = _rows(program, columns, np.ones(len(program.row_lower), dtype=bool))
    inside = np.zeros(len(values))
    inside[columns] = values[columns]
    mine, whole = program.activity(inside), program.activity(values)
    count = _blocks_of_rows(program, parted)
    low = mine - np.maximum(whole - program.row_lower, 0.0) / count
    high = mine + np.maximum(program.row_upper - whole, 0.0) / count
    small = piece(program, columns, rows)
    return replace(small, row_lower=np.where(parted.joins, low, program.row_lower)[rows],
                   row_upper=np.where(parted.joins, high, program.row_upper)[rows])  # fmt: skip


def _mended(program: Program, parted: Cut, values: Floats, solve: Callable[[Program], Iterable[Solution]]) -> Floats:
    """What stands next to the cut, solved again with the rest held."""
    beside = np.zeros(len(values), dtype=bool)
    beside[program.column[parted.joins[program.row]]] = True
    if not beside.any():
        return values
    free = np.isin(parted.together, parted.together[beside])
    small, columns = around(program, values, free)
    (found,) = solve(small)
    if found.status in ("optimal", "feasible") and found.objective < float(small.cost @ values[columns]):
        values = values.copy()
        values[columns] = found.values
    return values


def _rows(program: Program, columns: Ints, wanted: NDArray[np.bool_]) -> Ints:
    """Rows among those wanted that some of the columns enter."""
    inside = np.zeros(len(program.cost), dtype=bool)
    inside[columns] = True
    felt = np.zeros(len(program.row_lower), dtype=bool)
    felt[program.row[inside[program.column]]] = True
    return np.flatnonzero(felt & wanted)


def _blocks_of_rows(program: Program, parted: Cut) -> Ints:
    """How many blocks each row has columns in, at least one."""
    blocks = int(parted.block.max(initial=0)) + 1
    places = np.unique(program.row * blocks + parted.block[program.column])
    return np.maximum(np.bincount(places // blocks, minlength=len(program.row_lower)), 1)
