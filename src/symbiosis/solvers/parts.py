"""Disjoint parts of a programme: what shares no row is solved apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from symbiosis.solvers.program import Floats, Ints, Products, Program

HARD_COLUMNS, EASY_COLUMNS = 400, 5000
"""Parts are put together up to these sizes, a call costing more than a handful of columns: those that an engine branches on,
and those that are linear. The simplex gains from parts too: 24 of 4,000 columns took a fifth of the time of all in one."""


def parts_of(program: Program) -> tuple[int, Ints, Ints]:
    """Disjoint parts of the row–column graph.

    Parameters
    ----------
    program
        The programme; the columns of a product belong to its row.

    Returns
    -------
    count
        How many.
    column_part, row_part
        The part of each column and of each row.
    """
    columns, rows = len(program.cost), len(program.row_lower)
    row, column = program.row, program.column
    if program.products is not None:
        products = program.products
        row = np.concatenate([row, products.row, products.row])
        column = np.concatenate([column, products.first, products.second])
    ones = np.ones(len(row), dtype=np.int8)
    graph = sparse.csr_array((ones, (row + columns, column)), shape=(columns + rows, columns + rows))
    count, label = csgraph.connected_components(graph, directed=False)
    return int(count), label[:columns].astype(np.int64), label[columns:].astype(np.int64)


def batches(parts: Ints, sizes: Ints, most: int) -> list[Ints]:
    """Parts in order, small ones together in one call of the engine.

    Parameters
    ----------
    parts
        Numbers of the parts.
    sizes
        Columns of every part of the programme, whatever its number.
    most
        Columns of a batch, about; a part of half of it stands alone.

    Returns
    -------
    list of numpy.ndarray
    """
    large = sizes[parts] >= most // 2
    small = parts[~large]
    batch = np.cumsum(sizes[small]) // most
    return [*(np.array([part]) for part in parts[large]), *(small[batch == number] for number in np.unique(batch))]


def piece(program: Program, columns: Ints, rows: Ints) -> Program:
    """Some rows and columns as a programme of their own; what they share with others is left out.

    Parameters
    ----------
    program
        The whole.
    columns, rows
        Positions, in increasing order.

    Returns
    -------
    Program
    """
    if len(columns) == len(program.cost) and len(rows) == len(program.row_lower):
        return program
    new_column = np.full(len(program.cost), -1, dtype=np.int64)
    new_column[columns] = np.arange(len(columns))
    new_row = np.full(len(program.row_lower), -1, dtype=np.int64)
    new_row[rows] = np.arange(len(rows))
    kept = (new_column[program.column] >= 0) & (new_row[program.row] >= 0)
    products = program.products
    if products is not None:
        mine = (new_row[products.row] >= 0) & (new_column[products.first] >= 0) & (new_column[products.second] >= 0)
        products = Products(
            row=new_row[products.row[mine]], first=new_column[products.first[mine]],
            second=new_column[products.second[mine]], value=products.value[mine],
        ) if mine.any() else None  # fmt: skip
    return Program(
        cost=program.cost[columns], lower=program.lower[columns], upper=program.upper[columns],
        is_integer=program.is_integer[columns], row_lower=program.row_lower[rows], row_upper=program.row_upper[rows],
        row=new_row[program.row[kept]], column=new_column[program.column[kept]], value=program.value[kept],
        products=products,
    )  # fmt: skip


def pieces(program: Program, groups: Sequence[Ints], column_part: Ints, row_part: Ints) -> Iterator[tuple[Program, Ints, Ints]]:
    """Groups of disjoint parts as programmes of their own: what :func:`piece` gives for each, the entries sorted once for all.

    Parameters
    ----------
    program
        The whole.
    groups
        Numbers of the parts of each group.
    column_part, row_part
        The part of each column and of each row.

    Yields
    ------
    tuple
        A piece, and the positions of its columns and of its rows.
    """
    group_of = np.full(int(max(column_part.max(initial=-1), row_part.max(initial=-1))) + 1, len(groups), dtype=np.int64)
    for number, parts in enumerate(groups):
        group_of[parts] = number
    columns, rows = (_sorted_by(group_of[part], len(groups)) for part in (column_part, row_part))
    if len(groups) <= 1 or program.products is not None:
        yield from ((piece(program, mine, its), mine, its) for mine, its in zip(columns, rows, strict=True))
        return
    place = [np.empty(len(part), dtype=np.int64) for part in (column_part, row_part)]
    for new, old in zip(place, (columns, rows), strict=True):
        for mine in old:
            new[mine] = np.arange(len(mine))
    entries = _sorted_by(group_of[column_part[program.column]], len(groups))
    for mine, its, those in zip(columns, rows, entries, strict=True):
        yield Program(
            cost=program.cost[mine], lower=program.lower[mine], upper=program.upper[mine],
            is_integer=program.is_integer[mine], row_lower=program.row_lower[its], row_upper=program.row_upper[its],
            row=place[1][program.row[those]], column=place[0][program.column[those]], value=program.value[those],
        ), mine, its  # fmt: skip


def _sorted_by(group: Ints, count: int) -> list[Ints]:
    """Positions of the members of each group, in increasing order."""
    edges = np.cumsum(np.bincount(group, minlength=count + 1)[:count])
    return np.split(np.argsort(group, kind="stable"), edges)[:count]


def around(program: Program, values: Floats, free: NDArray[np.bool_]) -> tuple[Program, Ints]:
    """The programme in some columns, the others held as in a plan.

    Parameters
    ----------
    program
        The whole, without products.
    values
        A plan.
    free
        Whether a column may change.

    Returns
    -------
    small
        The rows that the free columns enter, less what the others hold of them.
    columns
        The free ones.
    """
    touched = np.zeros(len(program.row_lower), dtype=bool)
    touched[program.row[free[program.column]]] = True
    columns, rows = np.flatnonzero(free), np.flatnonzero(touched)
    moving = program.activity(np.where(free, values, 0.0))[rows]
    held = program.activity(np.where(free, 0.0, values))[rows]
    # What stands now must stay a plan in spite of the last digit of a sum.
    small = replace(
        piece(program, columns, rows),
        row_lower=np.minimum(program.row_lower[rows] - held, moving),
        row_upper=np.maximum(program.row_upper[rows] - held, moving),
    )
    return small, columns
