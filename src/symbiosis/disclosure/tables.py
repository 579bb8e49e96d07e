"""A table with all its margins, as an intruder sees it: figures, and the sums that tie them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from symbiosis.disclosure.rules import Floats

Integers = NDArray[np.int64]

TOTAL = "total"
"""Label of a margin, in each dimension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The figures of a table: every combination of the labels of its dimensions, each with a total.

    Attributes
    ----------
    axes
        Dimension to its labels, sorted, :data:`TOTAL` last.
    lines
        The sums that the margins state, lines × figures: 1 for each part, −1 for the total, so that lines @ figures = 0.
    """

    axes: dict[str, tuple[str, ...]]
    lines: sparse.csr_array

    @classmethod
    def over(cls, frames: Sequence[pd.DataFrame], dimensions: Sequence[str]) -> Grid:
        """Lay out the labels that any of the frames names.

        Parameters
        ----------
        frames
            Contributions, of one version each.
        dimensions
            Their one, two or three columns of labels.

        Returns
        -------
        Grid
            Of all of them, so that versions of a table can be laid side by side.
        """
        if not 1 <= len(dimensions) <= 3:
            raise ValueError(f"a table has one, two or three dimensions, not {len(dimensions)}")
        labels = {name: sorted({str(label) for frame in frames for label in frame[name]}) for name in dimensions}
        if any(TOTAL in found for found in labels.values()):
            raise ValueError(f"{TOTAL!r} is the name of the margins, it cannot be a label")
        axes = {name: (*found, TOTAL) for name, found in labels.items()}
        sizes = [len(labels) for labels in axes.values()]
        lines = [
            _kron([sparse.csr_array(_sum_of(size) if at == summed else np.eye(size)) for at, size in enumerate(sizes)])
            for summed in range(len(sizes))
        ]
        return cls(axes=axes, lines=sparse.csr_array(sparse.vstack(lines)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Labels of each dimension, the total included."""
        return tuple(len(labels) for labels in self.axes.values())

    @property
    def cells(self) -> pd.MultiIndex:
        """Labels of each figure, in the order of the columns of `lines`."""
        return pd.MultiIndex.from_product([list(labels) for labels in self.axes.values()], names=tuple(self.axes))

    def parts_behind(self) -> Integers:
        """How many inner figures stand behind each: 1 for those, the number of labels that a margin sums up for the others."""
        counts = [np.append(np.ones(size - 1, dtype=np.int64), size - 1) for size in self.shape]
        return np.asarray(reduce(np.multiply.outer, counts)).ravel()

    def holdings(self, contributions: pd.DataFrame, roles: Sequence[str], values: str, units: pd.Index) -> sparse.csr_array:
        """What each unit holds of each figure.

        Parameters
        ----------
        contributions
            One row per contribution: the dimensions, the roles, the value.
        roles
            Columns that name a unit. A row counts once for each unit that it names.
        values
            Column of the value.
        units
            Columns of the answer.

        Returns
        -------
        scipy.sparse.csr_array
            Figures × units.
        """
        codes = [pd.Index(labels).get_indexer(pd.Index(contributions[name].astype(str))) for name, labels in self.axes.items()]
        cell = np.ravel_multi_index(codes, self.shape)
        named = pd.concat([
            pd.DataFrame({"row": np.arange(len(contributions)), "cell": cell, "unit": contributions[role].to_numpy(),
                          "value": contributions[values].to_numpy(float)}) for role in roles
        ]).drop_duplicates(["row", "unit"])  # fmt: skip
        inner = sparse.csr_array(
            (named["value"], (named["cell"], units.get_indexer(pd.Index(named["unit"])))),
            shape=(int(np.prod(self.shape)), len(units)),
        )
        held = sparse.csr_array(_kron([sparse.csr_array(_total_of(size)) for size in self.shape]) @ inner)
        held.eliminate_zeros()
        return held


def _sum_of(size: int) -> Floats:
    """One line: the labels, minus their total."""
    return np.append(np.ones(size - 1), -1.0)[None, :]


def _total_of(size: int) -> Floats:
    """Every label once, and their total in the last row."""
    square = np.eye(size)
    square[-1, :-1], square[-1, -1] = 1.0, 0.0
    return square


def _kron(factors: Sequence[sparse.csr_array]) -> sparse.csr_array:
    """Product over the dimensions, the first one slowest."""
    return reduce(lambda left, right: sparse.csr_array(sparse.kron(left, right)), factors)
