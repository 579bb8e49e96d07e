"""Which figure may be shown by itself: enough units, none that dominates, none that another could work out.

A *unit* is a company or the group that it belongs to, never an establishment: three sites of one owner are one unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TOO_FEW, DOMINATED, ESTIMABLE = "too_few_units", "dominant_unit", "estimable_unit"
"""Why a figure is unsafe by itself: fewer units than asked, one of them too large, one that another can estimate."""

SLACK = 1e-9
"""A share that floating point leaves this near to its limit is taken to reach it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The thresholds of the gate; the defaults are those of French business statistics.

    Attributes
    ----------
    minimum_units
        Fewer units than this behind a figure hide it.
    dominance_share
        One unit that holds this share of a figure, or more, hides it.
    precision_share
        Nobody may be able to say the value of another, or a hidden figure, this nearly: the p of the p % rule.
    significant_digits
        What published figures are rounded to.
    months
        How long a version binds the ones after it.
    """

    minimum_units: int = 3
    dominance_share: float = 0.85
    precision_share: float = 0.15
    significant_digits: int = 3
    months: int = 12

    def __post_init__(self) -> None:
        """Refuse thresholds that protect nobody."""
        if self.minimum_units < 3 or not 0 < self.dominance_share < 1 or not 0 < self.precision_share < 1:
            raise ValueError("at least 3 units, and shares between 0 and 1: fewer protect nobody")
        if self.significant_digits < 1 or self.months < 1:
            raise ValueError("digits and months are at least 1")


def unit_ids(siret: pd.Series, declared_group: pd.Series) -> pd.Series:
    """Unit that each establishment belongs to.

    Parameters
    ----------
    siret
        Fourteen digits; the first nine are the company's SIREN.
    declared_group
        Group that the company says it belongs to; missing where it declared none.

    Returns
    -------
    pandas.Series
        The group where there is one, else the SIREN.
    """
    siren = siret.str.slice(0, 9)
    return declared_group.where(declared_group.notna() & (declared_group != ""), siren)


def rounded(values: Floats, digits: int) -> Floats:
    """Values at that many significant digits.

    Parameters
    ----------
    values
        Any finite numbers, NaN passing through.
    digits
        How many.

    Returns
    -------
    numpy.ndarray
        As `values`.
    """
    size = np.abs(values)
    powers = np.floor(np.log10(size, where=size > 0, out=np.zeros_like(size)))
    step = 10.0 ** (powers - digits + 1)
    return np.asarray(np.round(values / step) * step)


def weaknesses(holdings: sparse.csr_array, rules: Rules) -> NDArray[np.object_]:
    """What makes each figure unsafe by itself.

    Parameters
    ----------
    holdings
        What each unit (columns) holds of each figure (rows). Negative where a figure is a change.
    rules
        The thresholds.

    Returns
    -------
    numpy.ndarray
        By row, one of :data:`TOO_FEW`, :data:`DOMINATED`, :data:`ESTIMABLE`; empty where the figure is safe, or nothing is in
        it.
    """
    held = holdings.copy()
    held.eliminate_zeros()
    counts = np.diff(held.indptr)
    size = np.abs(held.data)
    rows = np.repeat(np.arange(held.shape[0]), counts)
    ordered = np.concatenate([size[np.lexsort((-size, rows))], [0.0, 0.0]])
    first = np.where(counts > 0, ordered[held.indptr[:-1]], 0.0)
    second = np.where(counts > 1, ordered[held.indptr[:-1] + 1], 0.0)
    gross = np.bincount(rows, weights=size, minlength=held.shape[0])
    # The second largest subtracts his own value from the figure; what is left over the largest must hide it by p.
    is_estimable = gross - first - second < (rules.precision_share + SLACK) * first
    for row in np.flatnonzero(np.bincount(rows, weights=held.data < 0, minlength=held.shape[0]) > 0):
        is_estimable[row] |= _may_be_read_from_net(held.data[held.indptr[row] : held.indptr[row + 1]], rules)
    reasons = np.full(held.shape[0], "", dtype=object)
    reasons[is_estimable & (counts > 0)] = ESTIMABLE
    reasons[(first >= (rules.dominance_share - SLACK) * gross) & (counts > 0)] = DOMINATED
    reasons[(counts < rules.minimum_units) & (counts > 0)] = TOO_FEW
    return reasons


def _may_be_read_from_net(moves: Floats, rules: Rules) -> bool:
    """Whether rises and falls cancel so that the net change is nearly one unit's, for a stranger or for one who moved too."""
    net = moves.sum()
    left = net - moves[:, None] - np.append(moves, 0.0)[None, :]
    np.fill_diagonal(left, np.inf)
    return bool((np.abs(left) < (rules.precision_share + SLACK) * np.abs(moves)[:, None]).any())
