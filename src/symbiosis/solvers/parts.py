"""Disjoint parts of a programme: what shares no row is solved apart."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from symbiosis.solvers.program import Ints, Products, Program

BATCH_COLUMNS = 400
"""Parts with integers are put together up to this size: a call costs more than a handful of columns."""


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


def batches(parts: Ints, sizes: Ints) -> list[Ints]:
    """Parts in order, small ones together in one call of the engine.

    Parameters
    ----------
    parts
        Numbers of the parts.
    sizes
        Columns of every part of the programme, whatever its number.

    Returns
    -------
    list of numpy.ndarray
    """
    large = sizes[parts] >= BATCH_COLUMNS // 2
    small = parts[~large]
    batch = np.cumsum(sizes[small]) // BATCH_COLUMNS
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
