"""What an intruder can work out of a table: the least and the most that each hidden figure can be.

It is the intruder's own arithmetic, written without looking at how the gate chose what to hide: one linear programme each way
for each hidden figure, over every table that agrees with what is shown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from symbiosis.disclosure.linear import minimise
from symbiosis.disclosure.rules import Flags, Floats
from symbiosis.disclosure.tables import Grid
from symbiosis.errors import SolverError


def bounds(grid: Grid, least: Floats, most: Floats) -> pd.DataFrame:
    """The range of each figure over all tables that agree with what somebody knows.

    Parameters
    ----------
    grid
        The cells and their sums.
    least, most
        By cell, what he knows of it before he does any sums: equal where it is shown, zero (or his own part) and infinity where
        it is hidden, a little apart where it is rounded.

    Returns
    -------
    pandas.DataFrame
        `least` and `most` by number of the cell, for those that were not known from the start.
    """
    open_cells = np.flatnonzero(most > least)
    lines = sparse.csc_array(grid.lines)
    known = np.where(most > least, 0.0, least)
    matrix, right = sparse.csr_array(lines[:, open_cells]), -(grid.lines @ known)
    scale = max(float(np.abs(known).max(initial=0.0)), float(least.max(initial=0.0)), 1e-9)
    limits = np.column_stack([least, most])[open_cells] / scale
    found = np.empty((len(open_cells), 2))
    for at in range(len(open_cells)):
        for side, sign in enumerate((1.0, -1.0)):
            objective = np.zeros(len(open_cells))
            objective[at] = sign
            answer = minimise(objective, matrix, right / scale, limits[:, 0], limits[:, 1])
            if answer is None:
                raise SolverError("no table agrees with what is shown")
            found[at, side] = sign * answer[0] * scale
    return pd.DataFrame({"least": found[:, 0], "most": found[:, 1]}, index=pd.Index(open_cells, name="cell"))


def recovered(values: Floats, least: Floats, most: Floats, precision_share: float) -> Flags:
    """Which figures a range gives away: it does not reach that share below the value, or not that share above.

    Parameters
    ----------
    values
        The true figures.
    least, most
        Their ranges.
    precision_share
        The p of the p % rule.

    Returns
    -------
    numpy.ndarray
        True where somebody knows the figure that nearly, from one side at least.
    """
    slack = 1e-4 * np.abs(values)
    return np.asarray((least > (1 - precision_share) * values + slack) | (most < (1 + precision_share) * values - slack))
