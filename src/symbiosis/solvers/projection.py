"""Flows that a whole column must open, written without it: the linear relaxation of a programme in its flows alone.

A *charged* flow is a continuous column x that a whole column y must open: ``x <= step × y``, y costs money, and nothing else in
the programme wants y large (a link with a yearly charge, a project with its capacity, lorry trips). Then ``y = x/step + e``
with e ≥ 0, and the row that ties the two disappears.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symbiosis.solvers.program import Floats, Ints, Program


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
