"""Programmes in which flows mix, written a second time by the shares of what comes in: the same plans, a far nearer relaxation.

Where what enters a process is mixed, Σ α_c in_c = T, and leaves it, Σ β_p out_p = T, with one blend b of each parameter,
Σ v_c α_c in_c = b T, the shares q_c of what comes in are those of everything that leaves:

    Σ_c q_c = 1,   α_c in_c = Σ_p β_p (q_c × out_p),   Σ_c q_c × out_p = out_p,   b × out_p = Σ_c v_c (q_c × out_p)

The last two hold in every plan, and an engine that bounds each product by itself needs them said (the pq-formulation;
Tawarmalani and Sahinidis, 2002, Convexification and Global Optimization).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from symbiosis.solvers.program import Floats, Ints, Products, Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """One process that mixes.

    Attributes
    ----------
    into, into_weight
        Columns that enter, and α.
    out, out_weight
        Columns that leave, and β.
    blends
        For each blend its column, and v by column that enters.
    """

    into: Ints
    into_weight: Floats
    out: Ints
    out_weight: Floats
    blends: list[tuple[int, Floats]]


def mixes_of(program: Program) -> list[Mix]:
    """Find the processes whose blend is that of declared flows alone.

    Parameters
    ----------
    program
        With products.

    Returns
    -------
    list of Mix
        Those whose columns have finite bounds.
    """
    products = program.products
    if products is None:
        return []
    matrix = program.matrix
    by_column = matrix.tocsc()
    count = np.bincount(products.row, minlength=len(program.row_lower))
    balanced = (program.row_lower == 0) & (program.row_upper == 0)
    found: dict[tuple[int, int], Mix] = {}
    for term in np.flatnonzero((count == 1)[products.row] & balanced[products.row] & (products.value < 0)):
        row = products.row[term]
        valued = dict(zip(*_entries(matrix, row), strict=True))
        for blend, whole in ((products.first[term], products.second[term]), (products.second[term], products.first[term])):
            touching = by_column.indices[by_column.indptr[whole] : by_column.indptr[whole + 1]]
            sides = [side for side in touching if balanced[side] and count[side] == 0]
            inside = [side for side in sides if set(valued) <= set(_entries(matrix, side)[0].tolist()) - {whole}]
            outside = [side for side in sides if side not in inside]
            if len(inside) != 1 or len(outside) != 1 or not valued:
                continue
            mix = _mix(program, matrix, int(whole), int(inside[0]), int(outside[0]))
            if mix is None:
                continue
            mix = found.setdefault((inside[0], outside[0]), mix)
            values = np.array([valued.get(column, 0.0) for column in mix.into.tolist()])
            mix.blends.append((int(blend), -values / mix.into_weight / products.value[term]))
    return list(found.values())


def _entries(matrix: sparse.csr_array, row: int) -> tuple[Ints, Floats]:
    place = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[place].astype(np.int64), matrix.data[place].astype(float)


def _mix(program: Program, matrix: sparse.csr_array, whole: int, inside: int, outside: int) -> Mix | None:
    """One process from its two balances, if all that enters and leaves is a bounded amount."""
    sides = []
    for row in (inside, outside):
        column, value = _entries(matrix, row)
        scale = value[column == whole][0]
        kept = (column != whole) & (program.upper[column] > 0)
        column, weight = column[kept].astype(np.int64), -value[kept] / scale
        if not len(column) or (weight <= 0).any() or (program.lower[column] < 0).any():
            return None
        if not np.isfinite(program.upper[column]).all():
            return None
        sides.append((column, weight))
    (into, into_weight), (out, out_weight) = sides
    return Mix(into=into, into_weight=into_weight, out=out, out_weight=out_weight, blends=[])


def lifted(program: Program) -> Program:
    """The programme with the shares of what enters each mix as further columns, and what they obey as further rows.

    Parameters
    ----------
    program
        With products.

    Returns
    -------
    Program
        Its first columns and rows are those of the programme.
    """
    mixes = mixes_of(program)
    products = program.products
    if products is None or not mixes:
        return program
    columns, rows = len(program.cost), len(program.row_lower)
    known = set(zip(products.first.tolist(), products.second.tolist(), strict=True))
    known |= {(second, first) for first, second in known}
    linear: list[tuple[int, int, float]] = []
    multiplied: list[tuple[int, int, int, float]] = []
    sides: list[float] = []
    for mix in mixes:
        share = range(columns, columns + len(mix.into))
        columns += len(mix.into)
        linear += [(rows + len(sides), q, 1.0) for q in share]
        sides.append(1.0)
        for q, column, weight in zip(share, mix.into.tolist(), mix.into_weight.tolist(), strict=True):
            linear.append((rows + len(sides), column, weight))
            multiplied += [(rows + len(sides), q, out, -each)
                           for out, each in zip(mix.out.tolist(), mix.out_weight.tolist(), strict=True)]  # fmt: skip
            sides.append(0.0)
        for out in mix.out.tolist():
            linear.append((rows + len(sides), out, -1.0))
            multiplied += [(rows + len(sides), q, out, 1.0) for q in share]
            sides.append(0.0)
            for blend, values in mix.blends:
                if (blend, out) in known:
                    multiplied.append((rows + len(sides), blend, out, 1.0))
                    multiplied += [(rows + len(sides), q, out, -v) for q, v in zip(share, values.tolist(), strict=True) if v]
                    sides.append(0.0)
    new = columns - len(program.cost)
    row, column, value = zip(*linear, strict=True)
    product_row, first, second, times = zip(*multiplied, strict=True)
    return replace(
        program,
        cost=np.append(program.cost, np.zeros(new)), lower=np.append(program.lower, np.zeros(new)),
        upper=np.append(program.upper, np.ones(new)), is_integer=np.append(program.is_integer, np.zeros(new, dtype=bool)),
        row_lower=np.append(program.row_lower, sides), row_upper=np.append(program.row_upper, sides),
        row=np.append(program.row, np.array(row)), column=np.append(program.column, np.array(column)),
        value=np.append(program.value, value),
        products=Products(
            row=np.append(products.row, np.array(product_row)), first=np.append(products.first, np.array(first)),
            second=np.append(products.second, np.array(second)), value=np.append(products.value, times),
        ),
    )  # fmt: skip
