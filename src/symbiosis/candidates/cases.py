"""The verdict of the rules on every *case*: a class of tails, a class of heads, and the reading that makes them kin.

A million pairs of flows are some thousands of cases, and a rule reads little of each: :data:`READS` says which columns, so
that it runs once per distinct value of these and its finding is handed to every case that has them. A rule is given those
columns and no others; one that is not listed is given all. What only a pair has (its distance, its own link, whether its
quantity makes a lot) is judged on the pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.ends import ALL_YEAR, Ends, Integers, class_ranks
from symbiosis.candidates.known import (
    LOOKED_UP,
    STAND_FOR_HEADS,
    STAND_FOR_TAILS,
    month_count,
    of_kin,
    of_processes,
    recovery_headings,
    stand_ins,
)
from symbiosis.compatibility import RULES, Coded, Context, Legs, Said, legal_route, said
from symbiosis.compatibility.findings import combined, first_rows, numbered
from symbiosis.schemas import FEASIBILITY

SEVERITY = {name: rank for rank, name in enumerate(FEASIBILITY)}

_OF_LAW = ("route", "tail_kind", "material_id", "waste_code", "is_hazardous", "date_kind", "shelf_life_days", "tail_load_t",
           "use_id", "head_process_id", "rung", "tail_country", "head_country", "head_headings_key", "tail_conditions",
           "head_conditions", "head_permits")  # fmt: skip

READS: dict[str, tuple[str, ...]] = {
    "route": (*_OF_LAW, "end_of_waste_id", "tail_end_of_waste_id", "legal_status", "head_codes", "head_treated"),
    "law": _OF_LAW,
    "final": ("use_id", "head_process_id", "head_kind"),
    "waste_code": ("waste_code", "tail_kind", "route", "tail_conditions"),
    "border": ("route", "tail_country", "head_country"),
    "schemes": ("tail_kind", "tail_country", "material_id"),
    "quality": ("tail_kind", "tail_process_id", "material_id", "family", "use_id", "is_hazardous", "tail_quality",
                "head_quality"),
    "food": ("use_id", "date_kind", "shelf_life_days"),
    "season": ("month_overlap", "tail_month_count", "tail_month_bits", "head_month_bits"),
    "words": ("confidence", "flags", "material_id", "use_id", "waste_code"),
}  # fmt: skip
"""What each rule reads of a case."""

OF_PAIRS = ("distance",)
"""Rules about what a case does not know."""

OF_MONTHS = ("season",)
"""Rules about what tells most cases apart: the others are asked about the few that differ in something else."""

_OF_ROUTE = ("family", "material_id", "legal_status", "waste_code", "tail_kind", "tail_end_of_waste_id", "tail_is_residue",
             "tail_rung", "rung", "head_route")  # fmt: skip

MIXED: dict[str, tuple[str, ...]] = {
    "unit": ("tail_kind", "tail_unit", "material_unit"),
    "head_unit": ("head_kind", "need_unit", "material_unit"),
    "rung": ("use_rung", "link_rung", "process_rung"),
    "head_headings_key": ("head_kind", "process_headings", "use_headings"),
    "month_overlap": ("tail_month_bits", "head_month_bits", "is_stored"),
    "head_month_count": ("head_month_bits", "is_stored"),
    "route": _OF_ROUTE,
    "end_of_waste_id": _OF_ROUTE,
}
"""Columns that need both ends, or an end and the reading, and what they are made of."""

_COUNTED = ("month_overlap", "head_month_count")
"""Numbers of months, counted where they are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the parts of some cases stand: rows of the tails' classes, of the heads' classes, of the kin."""

    tail: Integers
    head: Integers
    kin: Integers

    def __getitem__(self, rows: Integers) -> Places:
        """Some of the cases."""
        return Places(tail=self.tail.take(rows), head=self.head.take(rows), kin=self.kin.take(rows))


class _Seen:
    """Some cases as rules look at them: a column is put together once, however many rules read it."""

    def __init__(self, cases: Cases, places: Places) -> None:
        self.places, self._cases = places, cases
        self._columns: dict[str, Coded] = {}

    def __len__(self) -> int:
        return len(self.places.kin)

    def __getitem__(self, name: str) -> Coded:
        if name not in self._columns:
            self._columns[name] = self._cases.column(name, self.places)
        return self._columns[name]


@dataclass(frozen=True, slots=True)
class _Told:
    """What a rule said of the cases that it tells apart, by key."""

    key: pd.Index
    told: Said


class Cases:
    """Every case of some kin.

    Parameters
    ----------
    kin, tails, heads
        Pairs of profiles, and the classes that these hold.
    context
        What the rules look up.

    Attributes
    ----------
    first, of_heads
        By kin: its first case, and how many classes its heads have. The case of a pair is
        ``first + rank of the tail's class × of_heads + rank of the head's class``, ranks within the profile.
    number
        How many cases there are.
    severity, ratio, tail_share, head_share
        By judged case: the verdict as a number, units that arrive per unit that leaves, parts of the year's quantities in the
        months that both have.
    """

    def __init__(self, kin: pd.DataFrame, tails: Ends, heads: Ends, context: Context) -> None:
        self.context = context
        self._columns: dict[str, dict[str, Coded]] = {
            "tail": {**tails.classes, "tail_id": stand_ins(tails, STAND_FOR_TAILS),
                     "tail_month_count": month_count(tails.classes["tail_month_bits"])},
            "head": {**heads.classes, "head_id": stand_ins(heads, STAND_FOR_HEADS),
                     **of_processes(heads.classes["head_process_id"], context.catalogue)},
            "kin": of_kin(kin, context.catalogue),
        }  # fmt: skip
        self._side = {name: side for side, columns in self._columns.items() for name in columns}
        self._keys: dict[tuple[str, ...], list[tuple[str, Integers, int]]] = {}
        self._rules: dict[str, _Told] = {}
        self._contexts: dict[str, Context] = {}
        self._nothing = {field: getattr(context, field)[:0] for field in LOOKED_UP}
        self._recovery = context.remembered("recovery_headings", lambda: recovery_headings(context.catalogue))
        self._bits = {side: self._columns[side][f"{side}_month_bits"].whole() for side in ("tail", "head")}
        self._is_stored = self._columns["tail"]["is_stored"].whole()
        of_tails, of_heads = class_ranks(tails)[1], class_ranks(heads)[1]
        self._first_tail, self._first_head = np.cumsum(of_tails) - of_tails, np.cumsum(of_heads) - of_heads
        self._profiles = {side: kin[f"{side}_profile"].to_numpy() for side in ("tail", "head")}
        self.of_heads: Integers = of_heads[self._profiles["head"]]
        size = of_tails[self._profiles["tail"]] * self.of_heads
        self.first: Integers = np.cumsum(size) - size
        self.number = int(size.sum())
        self.severity = np.zeros(self.number, dtype=np.int8)
        self.ratio, self.tail_share, self.head_share = (np.ones(self.number) for _ in range(3))

    def places(self, cases: Integers) -> Places:
        """Where the parts of some cases stand."""
        # Of many cases it is faster to number those of each kin than to look each up.
        if len(cases) == self.number:
            kin = np.repeat(np.arange(len(self.first)), np.diff(self.first, append=self.number))
        else:
            kin = np.searchsorted(self.first, cases, side="right") - 1
        tail, head = (self._profiles[side].take(kin) for side in ("tail", "head"))
        row, column = np.divmod(cases - self.first.take(kin), self.of_heads.take(kin))
        return Places(tail=self._first_tail.take(tail) + row, head=self._first_head.take(head) + column, kin=kin)

    def judge(self, cases: Integers) -> None:
        """Give some cases their verdict.

        Parameters
        ----------
        cases
            Ascending.
        """
        for start in range(0, len(cases), CASES_AT_ONCE):
            some = cases[start : start + CASES_AT_ONCE]
            places = self.places(some)
            alike, seen = self._alike(places)
            severity = self._severity(seen, [rule for rule in RULES if rule not in (*OF_PAIRS, *OF_MONTHS)])[alike]
            np.maximum(severity, self._severity(_Seen(self, places), OF_MONTHS), out=severity)
            overlap, tail_months, head_months = (
                self.number_of(name, places) for name in ("month_overlap", "tail_month_count", "head_month_count")
            )
            ratio = self.number_of("substitution_ratio", places) * self.conversion(places)
            does_not_convert = np.isnan(ratio)
            self.severity[some] = np.where(does_not_convert, SEVERITY["excluded"], severity)
            self.ratio[some] = np.where(does_not_convert, 1.0, ratio)
            self.tail_share[some] = np.true_divide(overlap, tail_months, dtype=float)
            # What does not convert carries nothing.
            self.head_share[some] = np.where(does_not_convert, 0.0, np.true_divide(overlap, head_months, dtype=float))

    def verdicts(self, places: Places, *, of_pairs: pd.DataFrame | None = None) -> Said:
        """What every rule says of some cases.

        Parameters
        ----------
        places
            Of the cases.
        of_pairs
            What the rules :data:`OF_PAIRS` read, one row per case; without it these rules are left out.

        Returns
        -------
        Said
            Texts end without ``;``.
        """
        alike, seen = self._alike(places)
        every = np.arange(len(alike))
        # What each rule said, and of which of its rows each case is.
        told: list[tuple[Said, Integers, Integers]] = []
        for rule in RULES:
            if rule in OF_PAIRS:
                if of_pairs is None:
                    continue
                found = said(RULES[rule](Legs.of(of_pairs), self.context), len(alike))
                told.append((found, every, every))
            elif rule in OF_MONTHS:
                row, found = self._found(rule, _Seen(self, places))
                told.append((found, row, every))
            else:
                row, found = self._found(rule, seen)
                told.append((found, row, alike))
        shared = [(found.code[row], len(found.reasons)) for found, row, of_case in told if of_case is alike]
        own = [(found.code[row], len(found.reasons)) for found, row, of_case in told if of_case is every]
        of_alike, values = numbered(*combined(shared, len(seen)))
        code, values = numbered(*combined([(of_alike[alike], len(values)), *own], len(alike)))
        first = first_rows(code, len(values))
        worst = np.zeros(len(first), dtype=np.int8)
        texts = [np.full(len(first), "", dtype=object) for _ in range(2)]
        for found, row, of_case in told:
            mine = row[of_case[first]]
            np.maximum(worst, found.severity[mine], out=worst)
            parts = found.reasons, found.papers
            if any(map(any, parts)):
                texts = [text + part[found.code[mine]] for text, part in zip(texts, parts, strict=True)]
        reasons, papers = (np.array([line.rstrip(";") for line in some], dtype=object) for some in texts)
        return Said(severity=worst[code], code=code, reasons=reasons, papers=papers)

    def _severity(self, seen: _Seen, rules: Iterable[str]) -> NDArray[np.int8]:
        """The worst that some rules make of each case."""
        severity = np.zeros(len(seen), dtype=np.int8)
        for rule in rules:
            row, found = self._found(rule, seen)
            np.maximum(severity, found.severity.take(row), out=severity)
        return severity

    def _alike(self, places: Places) -> tuple[Integers, _Seen]:
        """Number the cases that no rule but those of the months tells apart, and the first of each number."""
        read = dict.fromkeys(name for rule in RULES if rule not in (*OF_PAIRS, *OF_MONTHS) for name in self._read_by(rule))
        code, key = self._numbered(tuple(read), places)
        return code, _Seen(self, places[first_rows(code, len(key))])

    def _read_by(self, rule: str) -> tuple[str, ...]:
        """Columns that a rule reads; all, where it is not told."""
        return READS.get(rule, (*self._side, *MIXED))

    def _numbered(self, names: Sequence[str], places: Places) -> tuple[Integers, Integers]:
        """Number the cases that some columns do not tell apart: the number of each, and its key, which is one for good."""
        columns = [(key.take(getattr(places, side)), size) for side, key, size in self._key(tuple(names)) if size > 1]
        return numbered(*combined(columns, len(places.kin)))

    def _key(self, names: tuple[str, ...]) -> list[tuple[str, Integers, int]]:
        """By side, numbers of the classes or kin that some columns do not tell apart."""
        if names not in self._keys:
            wanted = set(names)
            while more := {part for name in wanted & set(MIXED) for part in MIXED[name]} - wanted:
                wanted |= more
            keys = []
            for side, columns in self._columns.items():
                read = [columns[name] for name in sorted(wanted & set(columns))]
                if read:
                    whole, space = combined([(column.code, len(column.entries)) for column in read], len(read[0]))
                    key, values = numbered(whole, space)
                    keys.append((side, key, len(values)))
            # Whole or not at all: columns may be asked for side by side.
            self._keys[names] = keys
        return self._keys[names]

    def _found(self, rule: str, seen: _Seen) -> tuple[Integers, Said]:
        """What a rule says of some cases, seeing what it reads; what it has said once is not asked again."""
        names = self._read_by(rule)
        code, key = self._numbered(names, seen.places)
        known = self._rules.get(rule)
        row = np.arange(len(key)) if known is None else known.key.get_indexer(pd.Index(key))
        new = np.arange(len(key)) if known is None else np.flatnonzero(row < 0)
        if known is None or len(new):
            rows = first_rows(code, len(key))[new]
            legs = Legs({name: seen[name][rows] for name in ("tail_id", "head_id", *names)}, len(new))
            told = said(RULES[rule](legs, self._context(rule, names)), len(new))
            if known is None:
                known = _Told(pd.Index(key), told)
            else:
                row[new] = len(known.key) + np.arange(len(new))
                known = _Told(known.key.append(pd.Index(key[new])), _both(known.told, told))
            self._rules[rule] = known
        return row[code], known.told

    def _context(self, rule: str, names: tuple[str, ...]) -> Context:
        """What a rule may look up: tables of which it reads nothing are empty."""
        if rule not in self._contexts:
            unread = {field: self._nothing[field] for field, columns in LOOKED_UP.items() if not {*columns} & {*names}}
            self._contexts[rule] = replace(self.context, **unread)
        return self._contexts[rule]

    def column(self, name: str, places: Places) -> Coded:
        """One column of what is known of some cases.

        Parameters
        ----------
        name
            Of an end, of the reading, or one of :data:`MIXED`.
        places
            Of the cases.

        Returns
        -------
        Coded
        """
        if name in self._side:
            side = self._side[name]
            return self._columns[side][name][getattr(places, side)]
        if name in _COUNTED:
            return Coded.of(self.number_of(name, places))
        code, key = self._numbered(MIXED[name], places)
        rows = places[first_rows(code, len(key))]
        part = {made_of: self.column(made_of, rows) for made_of in MIXED[name]}
        if name in ("route", "end_of_waste_id"):
            return legal_route(Legs(part, len(key)), self.context)[name][code]
        texts = {made_of: column.whole() for made_of, column in part.items()}
        return Coded.of(self._mixed(name, texts))[code]

    def _mixed(self, name: str, part: dict[str, NDArray[Any]]) -> NDArray[np.object_]:
        """A text that is made of several."""
        if name == "unit":
            return np.where(part["tail_kind"] == "output", part["tail_unit"], part["material_unit"])
        if name == "head_unit":
            return np.where(part["head_kind"] == "need", part["need_unit"], part["material_unit"])
        if name == "rung":
            chosen = np.where(part["use_rung"] != "", part["use_rung"], part["link_rung"])
            chosen = np.where(chosen != "", chosen, part["process_rung"])
            return np.where(chosen != "", chosen, "recycling")
        key = np.where(part["head_kind"] == "need", part["use_headings"], part["process_headings"])
        return np.where(key != "", key, self._recovery)

    def number_of(self, name: str, places: Places) -> NDArray[Any]:
        """A column of numbers, as they are.

        Parameters
        ----------
        name
            Of the reading, or months.
        places
            Of the cases.

        Returns
        -------
        numpy.ndarray
        """
        if name not in _COUNTED:
            side = self._side[name]
            return np.asarray(self._columns[side][name].whole().take(getattr(places, side)))
        bits = self._bits["head"].take(places.head)
        if self._is_stored.any():
            bits = np.where(self._is_stored[places.tail], ALL_YEAR, bits)
        if name == "month_overlap":
            bits = bits & self._bits["tail"].take(places.tail)
        return np.asarray(np.bitwise_count(bits), dtype=np.int8)

    def texts_of(self, name: str) -> tuple[str, Coded]:
        """A column that one side has: which side, and the column by class or kin."""
        return self._side[name], self._columns[self._side[name]][name]

    def conversion(self, places: Places) -> NDArray[np.float64]:
        """Units of the head per unit of the tail; NaN where they do not convert."""
        code, key = self._numbered(("unit", "head_unit", "density_t_per_m3"), places)
        rows = places[first_rows(code, len(key))]
        unit, head_unit = (self.column(name, rows).whole() for name in ("unit", "head_unit"))
        density = self.number_of("density_t_per_m3", rows)
        known = np.where(density > 0, density, np.nan)
        same, to_volume, to_mass = unit == head_unit, (unit == "t") & (head_unit == "m3"), (unit == "m3") & (head_unit == "t")
        return np.asarray(np.select([same, to_volume, to_mass], [1.0, 1.0 / known, known], np.nan)[code])


def _both(one: Said, other: Said) -> Said:
    """What was told of some cases and then of others."""
    return Said(severity=np.append(one.severity, other.severity), code=np.append(one.code, other.code + len(one.reasons)),
                reasons=np.append(one.reasons, other.reasons), papers=np.append(one.papers, other.papers))  # fmt: skip


CASES_AT_ONCE = 500_000
"""Cases judged together: memory."""
