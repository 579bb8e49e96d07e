"""Pairs of flows as columns of integers and numbers, the territory's own links, and how rows are cut and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.ends import Integers

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs, one row each.

    Attributes
    ----------
    tail, head
        Rows of the ends, as :class:`symbiosis.candidates.search.Search` orders them.
    kin, case
        Which reading and which verdict.
    km
        By road, as estimated or as the territory's own table says.
    link
        Row of that table, or -1.
    severity
        The verdict, by what the case and the pair itself say.
    score
        What pairs are ranked by: the value, less a step per degree of severity; NaN until they are compared.
    """

    tail: Integers
    head: Integers
    kin: Integers
    case: Integers
    km: Floats
    link: Integers
    severity: NDArray[np.int8]
    score: Floats

    def __getitem__(self, rows: Integers | Mask | slice) -> Pairs:
        """Some of the pairs."""
        if isinstance(rows, slice):
            return Pairs(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        return Pairs(**{f.name: getattr(self, f.name).take(rows) for f in fields(self)})

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.tail)

    def stored(self) -> Pairs:
        """The same in half the memory, to be kept: numbers of rows are below two thousand million."""
        rows = {name: getattr(self, name).astype(np.int32, copy=False) for name in ("tail", "head", "kin", "case", "link")}
        return replace(self, **rows)

    def wide(self) -> Pairs:
        """The same with rows as wide as the machine counts: taking by narrower ones widens them anew for every column."""
        rows = {name: getattr(self, name).astype(np.intp, copy=False) for name in ("tail", "head", "kin", "case", "link")}
        return replace(self, **rows)

    @classmethod
    def joined(cls, parts: list[Pairs]) -> Pairs:
        """Pairs of several blocks together."""
        parts = [part for part in parts if len(part)] or parts[:1]
        if len(parts) == 1:
            return parts[0]
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The territory's own table of distances, both ways, by pair of sites.

    Attributes
    ----------
    site, other
        Codes of the two sites.
    km, per_unit, per_yr, capacity, is_excluded
        What is quoted; NaN where nothing is.
    names
        Of the sites, ascending.
    """

    site: Integers
    other: Integers
    km: Floats
    per_unit: Floats
    per_yr: Floats
    capacity: Floats
    is_excluded: Mask
    names: pd.Index

    @property
    def key(self) -> Integers:
        """One number per pair of sites, ascending."""
        return self.site * len(self.names) + self.other


def run_starts(*columns: Integers) -> Integers:
    """Rows that differ from the row before them in some column, and the first."""
    starts = np.ones(len(columns[0]), dtype=bool)
    np.not_equal(columns[0][1:], columns[0][:-1], out=starts[1:])
    for column in columns[1:]:
        starts[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(starts)


def distinct_of(numbers: Integers, space: int) -> Integers:
    """The distinct ones of some numbers below `space`, ascending."""
    is_there = np.zeros(space, dtype=bool)
    is_there[numbers] = True
    return np.flatnonzero(is_there)


def blocks(sizes: Integers, most: int) -> Iterator[slice]:
    """Cut rows into consecutive blocks of about `most` in sum; a row is never cut."""
    if not len(sizes):
        return
    total = np.cumsum(sizes)
    number = (total - sizes) // most
    edges = np.append(np.flatnonzero(np.diff(number, prepend=-1)), len(sizes))
    yield from (slice(int(low), int(high)) for low, high in pairwise(edges))


def expanded(start: Integers, number: Integers) -> Integers:
    """The integers of runs, one run after the other."""
    integers = np.repeat(start - np.cumsum(number) + number, number)
    integers += np.arange(len(integers))
    return integers


def met(keys: Integers, others: Integers, space: int) -> tuple[Integers, Integers]:
    """Each row beside each row of the others under its key: an inner join on numbers below `space`."""
    number, order = np.bincount(others, minlength=space), np.argsort(others, kind="stable")
    count = number[keys]
    return np.repeat(np.arange(len(keys)), count), order[expanded((np.cumsum(number) - number)[keys], count)]
