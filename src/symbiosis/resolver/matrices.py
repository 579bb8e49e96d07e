"""What scores need of sparse matrices and SciPy has not: the greatest of a cell or group, some entries, rows of one sum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def heaviest(row: Integers, column: Integers, weight: Floats, shape: tuple[int, int]) -> sp.csr_array:
    """Greatest weight of each cell: a word that is said twice counts once.

    Parameters
    ----------
    row, column, weight
        Of each entry, some in one cell.
    shape
        Of the matrix.

    Returns
    -------
    scipy.sparse.csr_array
    """
    cell, place = np.unique(row * shape[1] + column, return_inverse=True)
    most = np.full(len(cell), -np.inf)
    np.maximum.at(most, place, weight)
    return sp.csr_array((most, np.divmod(cell, max(shape[1], 1))), shape=shape)


def unit_rows(matrix: sp.csr_array) -> sp.csr_array:
    """The matrix with rows that sum to one; a row of nothing stays one."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    return sp.csr_array(sp.diags_array(1 / np.where(total > 0, total, 1.0)) @ matrix)


def at_most_one(matrix: sp.csr_array) -> sp.csr_array:
    """Two words of a text that meet the same word of a name count once."""
    matrix = sp.csr_array(matrix)
    matrix.data = matrix.data.clip(-1.0, 1.0)
    return matrix


def entries(matrix: sp.csr_array) -> tuple[Integers, Integers, Floats]:
    """Row, column and value of what is above zero, in the order of the rows and columns; a value is at most one."""
    matrix.sort_indices()
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    above = matrix.data > 0
    return row[above], matrix.indices[above].astype(np.int64), matrix.data[above].clip(0.0, 1.0)


def entries_at(matrix: sp.csr_array, row: Integers, column: Integers) -> Floats:
    """Values of some cells, between zero and one.

    Parameters
    ----------
    matrix
        Where they stand.
    row, column
        Of each cell that is asked for.

    Returns
    -------
    numpy.ndarray
    """
    matrix.sort_indices()
    width = matrix.shape[1]
    known = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * width + matrix.indices
    asked = row * width + column
    place = np.minimum(np.searchsorted(known, asked), max(len(known) - 1, 0))
    if not len(known):
        return np.zeros(len(asked))
    return np.where(known[place] == asked, matrix.data[place], 0.0).clip(0.0, 1.0)


def greatest(group: Integers, values: Floats, shape: tuple[int, ...]) -> Floats:
    """Greatest value of each group, zero where there is none.

    Parameters
    ----------
    group, values
        Group of each value, ascending.
    shape
        Of the result, whose cells the groups number.

    Returns
    -------
    numpy.ndarray
    """
    most = np.zeros(shape)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    if len(starts):
        most.flat[group[starts]] = np.maximum.reduceat(values, starts)
    return most
