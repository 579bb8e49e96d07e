"""What a rule looks at and what it says: reasons with their gravity, findings on legs, the context of a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario

Mask = NDArray[np.bool_]
Integers = NDArray[np.integer[Any]]
Texts = NDArray[np.object_]
Pairs = pd.MultiIndex | list[tuple[str, str]]


def values_of(column: Any) -> Any:
    """Values of a column without its index: what is numbered needs none, and making one takes longer than numbering."""
    if not isinstance(column, pd.Series):
        return column
    return column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array


def numbered(whole: Integers, space: int) -> tuple[Integers, Integers]:
    """Number the distinct values of some integers.

    Parameters
    ----------
    whole
        From 0.
    space
        Above them all: where it is not much more than their number they are counted, else hashed.

    Returns
    -------
    tuple of numpy.ndarray
        The number of each, and the distinct values in the order of their numbers.
    """
    if space > 4 * len(whole) + 1024:
        code, values = pd.factorize(whole)
        return code, np.asarray(values)
    is_there = np.zeros(max(space, 1), dtype=bool)
    is_there[whole] = True
    values = np.flatnonzero(is_there)
    if len(values) == space:
        return whole, values
    number = np.empty(len(is_there), dtype=np.int64)
    number[values] = np.arange(len(values))
    return number[whole], values


def combined(codes: Iterable[tuple[Integers, int]], length: int) -> tuple[Integers, int]:
    """Number the distinct rows of some columns of numbers.

    Parameters
    ----------
    codes
        Columns, each with a number above all of its own; columns are taken together as long as that makes a number.
    length
        Of each column.

    Returns
    -------
    tuple
        A number per row, from 0, and one above them all.
    """
    whole: Integers = np.zeros(length, dtype=np.int64)
    space = 1
    for code, size in codes:
        if size <= 1:
            continue
        if space * size >= 1 << 62:
            whole, values = numbered(whole, space)
            space = len(values)
        whole = whole * size + code
        space *= size
    return whole, space


def first_rows(code: Integers, size: int) -> Integers:
    """The first row of each number, where every number from 0 to `size` has one."""
    first = np.empty(size, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first


class Keyed:
    """Rows of a table by two of its columns; of rows that are alike in both, the first stands.

    Parameters
    ----------
    one, other
        The columns.

    Attributes
    ----------
    first
        Rows that stand, ascending.
    """

    def __init__(self, one: pd.Series, other: pd.Series) -> None:
        self._sides = tuple(pd.Index(pd.unique(column)) for column in (one, other))
        key = pd.Index(self._key(one, other))
        self.first: Integers = np.flatnonzero(~key.duplicated())
        self._known = key[self.first]

    def _key(self, one: Any, other: Any) -> Integers:
        """A number for each two values, -1 where the table has not both."""
        row, place = (values.get_indexer(pd.Index(asked)) for values, asked in zip(self._sides, (one, other), strict=True))
        return np.where((row >= 0) & (place >= 0), row * len(self._sides[1]) + place, -1)

    def rows(self, one: Any, other: Any) -> Integers:
        """The row of each two values, -1 where there is none."""
        return np.append(self.first, -1)[self._known.get_indexer(pd.Index(self._key(one, other)))]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as the numbers of its values: what is told of a value is told once, however many rows have it.

    Attributes
    ----------
    code
        Row of `entries`, by row of the column.
    entries
        Each of them once; some may have no row.
    """

    code: Integers
    entries: NDArray[Any]

    @classmethod
    def of(cls, column: Any) -> Coded:
        """A column of any values."""
        code, values = pd.factorize(values_of(column), use_na_sentinel=False)
        return cls(code, np.asarray(values, dtype=None if pd.api.types.is_numeric_dtype(column) else object))

    def __len__(self) -> int:
        """How many rows."""
        return len(self.code)

    def __getitem__(self, rows: Any) -> Coded:
        """Some of the rows."""
        if isinstance(rows, np.ndarray) and rows.dtype != bool:
            return Coded(self.code.take(rows), self.entries)
        return Coded(self.code[rows], self.entries)

    def whole(self) -> NDArray[Any]:
        """Value of each row."""
        return np.asarray(self.entries.take(self.code))

    def told(self, tell: Callable[[Any], object], dtype: Any = bool) -> NDArray[Any]:
        """What is told of the value of each row; of values that no row has, nothing is asked where they are many."""
        code, entries = self.code, self.entries
        if len(code) < len(entries):
            code, used = pd.factorize(code)
            entries = entries[used]
        return np.array([tell(value) for value in entries], dtype=dtype)[code]

    def among(self, values: Collection[Any]) -> Mask:
        """Whether each row is one of some values."""
        return self.told(values.__contains__)

    def eq(self, value: object) -> Mask:
        """Whether each row has that value."""
        return np.asarray(self.entries == value, dtype=bool)[self.code]

    def spoken(self, say: Callable[[Any], str]) -> Coded:
        """A text for each value."""
        return Coded(self.code, np.array([say(value) for value in self.entries], dtype=object))


def joined(*columns: Coded, by: str = ":") -> Coded:
    """Texts of several columns put together, once per combination."""
    whole, space = combined([(column.code, len(column.entries)) for column in columns], len(columns[0]))
    code, values = numbered(whole, space)
    first = first_rows(code, len(values))
    parts = [column[first].whole() for column in columns]
    return Coded(code, np.array([by.join(some) for some in zip(*parts, strict=True)], dtype=object))


class Legs:
    """Columns of legs, as rules look at them.

    Parameters
    ----------
    columns
        By name, of one length.
    length
        How many legs.
    """

    def __init__(self, columns: Mapping[str, Coded], length: int) -> None:
        self._columns, self._length = columns, length

    def __len__(self) -> int:
        """How many legs."""
        return self._length

    def __getitem__(self, name: str) -> Coded:
        """One column.

        Raises
        ------
        KeyError
            If the rule did not say that it reads it.
        """
        return self._columns[name]

    @property
    def columns(self) -> Iterator[str]:
        """Names."""
        return iter(self._columns)

    @classmethod
    def of(cls, legs: pd.DataFrame | Legs) -> Legs:
        """Legs of a table."""
        return legs if isinstance(legs, Legs) else cls({str(name): Coded.of(legs[name]) for name in legs}, len(legs))

    def joined_by(self, *names: str) -> tuple[Integers, Integers]:
        """Number the legs that some columns do not tell apart: the number of each, the first leg of each number."""
        whole, space = combined([(self[name].code, len(self[name].entries)) for name in names], len(self))
        code, values = numbered(whole, space)
        return code, first_rows(code, len(values))


REASONS: dict[str, str] = {
    "link_excluded": "excluded",
    "too_far": "excluded",
    "law": "excluded",
    "operation_forbidden": "excluded",
    "quality_above": "excluded",
    "quality_below": "excluded",
    "season_apart": "excluded",
    "unit_mismatch": "excluded",
    "below_minimum_lot": "excluded",
    "border": "to_investigate",
    "foreign_law": "to_investigate",
    "status_abroad": "to_investigate",
    "law_condition": "to_investigate",
    "end_of_waste_not_in_force": "to_investigate",
    "condition_missing": "to_investigate",
    "status_contradicts_code": "to_investigate",
    "heading_incompatible": "to_investigate",
    "heading_unknown": "to_investigate",
    "not_final": "to_investigate",
    "code_not_listed": "to_investigate",
    "codes_accepted_unknown": "to_investigate",
    "waste_code_missing": "to_investigate",
    "waste_code_unknown": "to_investigate",
    "waste_code_repealed": "to_investigate",
    "waste_code_not_yet_valid": "to_investigate",
    "food_date_unknown": "to_investigate",
    "code_contradicts_words": "to_investigate",
    "words_uncertain": "to_investigate",
    "route": "feasible",
    "end_of_waste": "feasible",
    "end_of_waste_possible": "feasible",
    "direct_reuse_possible": "feasible",
    "heading_compatible": "feasible",
    "code_listed": "feasible",
    "code_treated": "feasible",
    "note": "feasible",
    "rep": "feasible",
    "mirror_entry": "feasible",
    "food_days_left": "feasible",
    "quality_blended": "feasible",
    "quality_unknown": "feasible",
    "season_partial": "feasible",
}
"""Every reason that a leg may carry, the gravest first, and what it makes of the leg at worst."""

BLOCKING = tuple(reason for reason, level in REASONS.items() if level != "feasible")
"""Reasons that keep a leg from being feasible, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found on some legs.

    Attributes
    ----------
    mask
        The legs concerned, shape (legs,).
    reason
        A key of :data:`REASONS`; empty for a paper alone.
    detail
        Data of the reason, written after ``:``; one text, or one per leg.
    paper
        Paper to get, if any.
    """

    mask: Mask
    reason: str = ""
    detail: str | Coded = ""
    paper: str = ""

    @property
    def feasibility(self) -> str:
        """What the reason makes of the legs."""
        return REASONS[self.reason] if self.reason else "feasible"

    def told(self) -> tuple[Integers, int]:
        """What is said of each leg as a number, 0 where nothing is, and one above them all."""
        if isinstance(self.detail, str) or not self.reason:
            return self.mask.view(np.int8), 2
        return np.where(self.mask, self.detail.code + 1, 0), len(self.detail.entries) + 1

    def codes(self, rows: Integers) -> NDArray[np.object_] | str:
        """Reason and data of some legs, ``reason:data;``."""
        if isinstance(self.detail, str):
            return f"{self.reason}:{self.detail};" if self.detail else f"{self.reason};"
        return np.asarray(self.reason + ":" + self.detail[rows].whole() + ";", dtype=object)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the rules look up beside the legs.

    Attributes
    ----------
    catalogue, scenario
        Knowledge and assumptions.
    conditions
        Pairs (id of output, need or operator; condition that it declares met).
    codes_accepted, codes_treated
        Pairs (id of need or operator; waste code): what it declares to accept, and what its register or a public declaration
        says that it treats already.
    headings
        Pairs (id of need or operator; permit heading of its site, without its letter and with it).
    operators
        As in :class:`symbiosis.flows.Flows`: whether a process mixes.
    quality
        Declared values and limits: `flow_id`, `parameter`, `value`, `minimum`, `maximum`.
    """

    catalogue: Catalogue
    scenario: Scenario
    conditions: Pairs
    codes_accepted: Pairs
    codes_treated: Pairs
    headings: Pairs
    operators: pd.DataFrame
    quality: pd.DataFrame

    @property
    def day(self) -> pd.Timestamp:
        """The day whose law applies."""
        return pd.Timestamp(self.scenario.on_date)

    @cached_property
    def of_ids(self) -> dict[str, dict[str, frozenset[str]]]:
        """What each id has in the tables of pairs, by table."""
        tables = {"conditions": self.conditions, "codes_accepted": self.codes_accepted, "codes_treated": self.codes_treated,
                  "headings": self.headings}  # fmt: skip
        return {name: _entries(pairs) for name, pairs in tables.items()}

    def holds(self, ids: Coded, condition: str) -> Mask:
        """Whether each id declares the condition met."""
        declared = self.of_ids["conditions"]
        return ids.told(lambda owner: condition in declared.get(owner, _NOTHING))

    def in_force(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of a dated table that are valid on the day of the scenario."""
        return table[~(table["valid_from"] > self.day) & ~(table["valid_to"] < self.day)]

    def remembered(self, name: str, make: Callable[[], Any], *, is_dated: bool = False) -> Any:
        """What is made of the catalogue once: for every day, or for the day of the scenario."""
        memory, key = self.catalogue.memory, f"{name}:{self.scenario.on_date}" if is_dated else name
        if key not in memory:
            memory[key] = make()
        return memory[key]

    def narrower(self, materials: Iterable[str]) -> frozenset[str]:
        """The materials named and every narrower one."""
        below = self.remembered("narrower", lambda: _below(self.catalogue))
        return frozenset().union(*(below[material] for material in materials))

    def fitting_headings(self, legs: Legs) -> tuple[Integers, list[frozenset[str]]]:
        """Headings that the head's site declares and that suit what it does: which set each leg has, and the sets."""
        declared = self.of_ids["headings"]
        code, first = legs.joined_by("head_id", "head_headings_key")
        sites, keys = (legs[name][first].whole() for name in ("head_id", "head_headings_key"))
        return code, [declared.get(site, _NOTHING).intersection(key.split(";")) for site, key in zip(sites, keys, strict=True)]


_NOTHING: frozenset[str] = frozenset()


def _entries(pairs: Pairs) -> dict[str, frozenset[str]]:
    sets: dict[str, set[str]] = {}
    for owner, entry in pairs:
        sets.setdefault(owner, set()).add(entry)
    return {owner: frozenset(some) for owner, some in sets.items()}


Rule = Callable[[Legs, Context], Iterable[Finding]]


def _below(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    below: dict[str, set[str]] = {}
    closure = catalogue.ancestors()
    for ancestor, material in zip(closure["ancestor_id"], closure["material_id"], strict=True):
        below.setdefault(ancestor, set()).add(material)
    return {ancestor: frozenset(materials) for ancestor, materials in below.items()}


def is_french(countries: Coded) -> Mask:
    """Whether French law is that of the place; a country that is not told is France."""
    return countries.among(("", "FR"))


def is_hazardous(legs: Legs, context: Context) -> Mask:
    """Hazardous by its code or declaration, or without a code and of a matter that only hazardous codes describe."""
    matters = context.remembered("hazardous", lambda: _hazardous(context), is_dated=True)
    silent = legs["waste_code"].eq("") & legs["material_id"].among(matters) & legs["tail_kind"].eq("output")
    return legs["is_hazardous"].eq(True) | silent


def _hazardous(context: Context) -> frozenset[str]:
    catalogue, codes = context.catalogue, context.catalogue.material_codes
    codes = codes[codes["waste_code"].isin(context.in_force(catalogue.waste_codes).index)]
    hazard = codes["waste_code"].map(catalogue.hazard_on(context.scenario.on_date)).groupby(codes["material_id"]).all()
    return frozenset(hazard.index[hazard.astype(bool)])


def is_waste(legs: Legs) -> Mask:
    """Whether the leg carries a waste: a production installation receives one too."""
    return legs["route"].among(("waste_to_entitled_site", "production_installation"))
