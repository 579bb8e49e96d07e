"""The best few of every group, without sorting everything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def best_of_each(group: Integers, score: Floats, tie: Integers, most: int) -> Mask:
    """Which rows are among the best of their group.

    Parameters
    ----------
    group
        Group of each row, from 0, in any order.
    score
        The higher, the better; finite.
    tie
        Different within a group: of two rows of one score the lower comes first, whatever the order of the rows.
    most
        Rows that each group keeps.

    Returns
    -------
    numpy.ndarray
        Exactly ``min(most, size)`` rows of each group.
    """
    keep: Mask = np.ones(len(group), dtype=bool)
    if len(group) <= most:
        return keep
    count = np.bincount(group)
    if count.max() <= most:
        return keep
    order = None if (group[1:] >= group[:-1]).all() else _by_group(group)
    start = np.cumsum(count) - count
    crowded = np.flatnonzero(count > most)
    # Groups of about one size make one table, whose rows are sorted at once.
    magnitude = np.ceil(np.log2(count[crowded])).astype(np.int64)
    for size in np.unique(magnitude):
        members = crowded[magnitude == size]
        widest = int(count[members].max())
        place = start[members][:, None] + np.arange(widest)
        is_there = np.arange(widest) < count[members][:, None]
        row = np.where(is_there, place, 0) if order is None else order[np.where(is_there, place, 0)]
        value = np.where(is_there, score[row], -np.inf)
        threshold = np.partition(value, widest - most, axis=1)[:, widest - most]
        better, equal = value > threshold[:, None], value == threshold[:, None]
        room = most - better.sum(axis=1)
        tied = np.flatnonzero(equal.sum(axis=1) > room)
        if len(tied):
            turn = np.where(equal[tied], tie[row[tied]].astype(np.int64), np.iinfo(np.int64).max)
            equal[tied] &= np.argsort(np.argsort(turn, axis=1), axis=1) < room[tied, None]
        chosen = better | equal
        keep[row[is_there & ~chosen]] = False
    return keep


def _by_group(group: Integers) -> Integers:
    """Rows by group, in their order within it: numbers of sixteen bits are counted, not compared."""
    order: Integers = np.argsort((group & 0xFFFF).astype(np.uint16), kind="stable")
    if group.max() > 0xFFFF:
        order = order[np.argsort((group[order] >> 16).astype(np.uint16), kind="stable")]
    return order
