"""The best few of every group, without sorting everything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Integers = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Groups:
    """Rows by group.

    Parameters
    ----------
    group
        Group of each row: integers of any range, in any order; rows of a group that stand together cost less.

    Attributes
    ----------
    count
        Rows of each group that there is.
    """

    def __init__(self, group: Integers) -> None:
        self._order: Integers | None = None
        starts = np.flatnonzero(group[1:] != group[:-1]) + 1
        # Rows that hardly ever stand with their like are not looked at for runs.
        if 4 * len(starts) <= len(group):
            starts = np.append(0, starts) if len(group) else starts
            if len(np.unique(group[starts])) == len(starts):
                self.count: Integers = np.diff(starts, append=len(group))
                return
        least = group.min()
        order, count = counted_order(group - least, int(group.max() - least) + 1)
        self.count = count[count > 0]
        self._order = order.astype(np.intp)

    def crowded(self, most: int) -> Mask:
        """Which rows are of groups that have more than `most`."""
        is_crowded = np.repeat(self.count > most, self.count)
        if self._order is None:
            return is_crowded
        of_row = np.empty_like(is_crowded)
        of_row[self._order] = is_crowded
        return of_row

    def best(self, score: Floats, tie: Integers, most: int) -> Mask:
        """Which rows are among the best of their group.

        Parameters
        ----------
        score
            The higher, the better; finite, where the group is crowded.
        tie
            Different within a group: of two rows of one score the lower comes first, whatever the order of the rows.
        most
            Rows that each group keeps.

        Returns
        -------
        numpy.ndarray
            Exactly ``min(most, size)`` rows of each group.
        """
        if self._order is None:
            return self._best_of_runs(score, tie, most)
        keep: Mask = np.empty(len(score), dtype=bool)
        keep[self._order] = self._best_of_runs(score[self._order], tie, most)
        return keep

    def _best_of_runs(self, score: Floats, tie: Integers, most: int) -> Mask:
        """As :meth:`best`, of scores in the order of the groups."""
        keep: Mask = np.ones(len(score), dtype=bool)
        crowded = np.flatnonzero(self.count > most)
        # Groups of about one size make one table, whose rows are cut at once.
        magnitude = np.zeros(len(self.count), dtype=np.int8)
        magnitude[crowded] = np.ceil(np.log2(self.count[crowded])) + 1
        for size in np.unique(magnitude[crowded]):
            members = magnitude == size
            number = self.count[members]
            rows = slice(None) if members.all() else np.flatnonzero(np.repeat(members, self.count))
            value = score[rows]
            table = np.full((len(number), int(number.max())), -np.inf)
            table[np.arange(table.shape[1]) < number[:, None]] = value
            table.partition(table.shape[1] - most, axis=1)
            least = table[:, -most].copy()
            chosen = value >= np.repeat(least, number)
            tied = np.add.reduceat(chosen, np.cumsum(number) - number, dtype=np.intp) > most
            if tied.any():
                at_least = np.flatnonzero(np.repeat(tied, number) & chosen)
                place = at_least if isinstance(rows, slice) else rows[at_least]
                turn = tie[place if self._order is None else self._order[place]]
                of = np.repeat(np.arange(len(number)), number)[at_least]
                order = np.lexsort((turn, -value[at_least], of))
                rank = np.arange(len(of)) - np.searchsorted(of, of)
                chosen[at_least[order]] = rank < most
            keep[rows] = chosen
        return keep


def counted_order(group: Integers, space: int, rows: Integers | None = None) -> tuple[Integers, Integers]:
    """Rows by group, those of one group as they stood, and how many each has.

    Parameters
    ----------
    group
        Group of each row, from 0.
    space
        Above them all.
    rows
        What the rows are called; their place by default.

    Returns
    -------
    tuple of numpy.ndarray
        Rows, and the number of rows of every group below `space`.
    """
    rows = np.arange(len(group), dtype=np.int32) if rows is None else rows
    # To transpose a matrix of one row is to sort its columns by counting them, several times as fast as comparing does.
    one = csr_array((rows, group.astype(np.int32), np.array([0, len(group)], dtype=np.int32)), shape=(1, space)).tocsc()
    return one.data, np.diff(one.indptr)


def best_of_each(group: Integers, score: Floats, tie: Integers, most: int) -> Mask:
    """Which rows are among the best of their group: see :class:`Groups`."""
    if len(group) <= most:
        return np.ones(len(group), dtype=bool)
    return Groups(group).best(score, tie, most)
