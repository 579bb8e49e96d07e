"""The verdict of the rules on every *case*: a class of tails, a class of heads, and the reading that makes them kin.

A million pairs of flows are some thousands of cases, and a rule reads little of each: :data:`READS` says which columns, so
that it runs once per distinct value of these and its finding is handed to every case that has them. A rule is given those
columns and no others; one that is not listed is given all. A class is stood for by its first flow, whose declarations the rules
look up.

What only a pair has (its distance, its own link, whether its quantity makes a lot) is judged on the pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.ends import ALL_YEAR, Ends, Integers, distinct
from symbiosis.compatibility import RULES, Context, legal_route, said
from symbiosis.declarations import Declarations
from symbiosis.flows import Flows
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
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
    "quality": (
        "tail_kind",
        "tail_process_id",
        "material_id",
        "family",
        "use_id",
        "is_hazardous",
        "tail_quality",
        "head_quality",
    ),
    "food": ("use_id", "date_kind", "shelf_life_days"),
    "season": ("month_overlap", "tail_month_count", "tail_month_bits", "head_month_bits"),
    "words": ("confidence", "flags", "material_id", "use_id", "waste_code"),
}
"""What each rule reads of a case."""

OF_PAIRS = ("distance",)
"""Rules about what a case does not know."""

LOOKED_UP = {
    "conditions": ("tail_conditions", "head_conditions"),
    "codes_accepted": ("head_codes",),
    "codes_treated": ("head_treated",),
    "headings": ("head_permits",),
    "quality": ("tail_quality", "head_quality"),
}
"""Tables of the context, and the columns that stand for what a flow has in them."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the parts of some cases stand: rows of the tails' classes, of the heads' classes, of the kin."""

    tail: Integers
    head: Integers
    kin: Integers

    def __getitem__(self, rows: Integers) -> Places:
        """Some of the cases."""
        return Places(tail=self.tail[rows], head=self.head[rows], kin=self.kin[rows])


@dataclass(frozen=True, slots=True)
class _Said:
    """What a rule said of the cases that it tells apart, by key."""

    key: pd.Index
    severity: NDArray[np.int8]
    reasons: NDArray[np.object_]
    papers: NDArray[np.object_]

    def with_(self, more: _Said) -> _Said:
        pairs = zip((self.severity, self.reasons, self.papers), (more.severity, more.reasons, more.papers), strict=True)
        return _Said(self.key.append(more.key), *(np.append(*both) for both in pairs))


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
        self._columns = {"tail": _of_tails(tails.classes), "head": _of_heads(heads.classes, context.catalogue),
                         "kin": _of_kin(kin, context.catalogue)}  # fmt: skip
        self._side = {name: side for side, columns in self._columns.items() for name in columns}
        self._keys: dict[tuple[str, ...], list[tuple[str, Integers]]] = {}
        self._said: dict[str, _Said] = {}
        self._recovery = _recovery_headings(context.catalogue)
        of_tails, of_heads = class_ranks(tails.classes)[1], class_ranks(heads.classes)[1]
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
        kin = np.searchsorted(self.first, cases, side="right") - 1
        within = cases - self.first[kin]
        tail, head = (self._profiles[side][kin] for side in ("tail", "head"))
        return Places(tail=self._first_tail[tail] + within // self.of_heads[kin],
                      head=self._first_head[head] + within % self.of_heads[kin], kin=kin)  # fmt: skip

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
            severity, _, _ = self.verdicts(places, with_texts=False)
            overlap, tail_months, head_months = (
                self.column(name, places) for name in ("month_overlap", "tail_month_count", "head_month_count")
            )
            ratio = self.column("substitution_ratio", places) * self.conversion(places)
            does_not_convert = np.isnan(ratio)
            self.severity[some] = np.where(does_not_convert, SEVERITY["excluded"], severity)
            self.ratio[some] = np.where(does_not_convert, 1.0, ratio)
            self.tail_share[some] = np.true_divide(overlap, tail_months, dtype=float)
            # What does not convert carries nothing.
            self.head_share[some] = np.where(does_not_convert, 0.0, np.true_divide(overlap, head_months, dtype=float))

    def verdicts(
        self, places: Places, *, of_pairs: pd.DataFrame | None = None, with_texts: bool = True
    ) -> tuple[NDArray[np.int8], NDArray[np.object_], NDArray[np.object_]]:
        """Severity, reasons and papers of some cases, by every rule.

        Parameters
        ----------
        places
            Of the cases.
        of_pairs
            What the rules :data:`OF_PAIRS` read, one row per case; without it these rules are left out.
        with_texts
            Whether reasons and papers are wanted.

        Returns
        -------
        tuple
            Arrays, one row per case.
        """
        severity = np.zeros(len(places.kin), dtype=np.int8)
        codes, texts = [], []
        for rule in RULES:
            if rule not in OF_PAIRS:
                code, found = self._found(rule, places)
            elif of_pairs is not None:
                code = np.arange(len(of_pairs))
                found = _Said(pd.Index(code), *said(RULES[rule](of_pairs, self.context), len(of_pairs)))
            else:
                continue
            np.maximum(severity, found.severity[code], out=severity)
            codes.append(code)
            texts.append((found.reasons, found.papers))
        if not with_texts:
            empty = np.empty(0, dtype=object)
            return severity, empty, empty
        whole = distinct(codes)
        first = np.unique(whole, return_index=True)[1]
        joined = [np.full(len(first), "", dtype=object) for _ in range(2)]
        for code, both in zip(codes, texts, strict=True):
            joined = [text + part[code[first]] for text, part in zip(joined, both, strict=True)]
        reasons, papers = (np.array([line.rstrip(";") for line in text], dtype=object) for text in joined)
        return severity, reasons[whole], papers[whole]

    def _numbered(self, names: tuple[str, ...], places: Places) -> tuple[Integers, Integers, Integers]:
        """Number the cases that some columns do not tell apart: the number of each, its key (one for good), its first case."""
        whole: Integers = np.zeros(len(places.kin), dtype=np.int64)
        for side, key in self._key(names):
            whole = whole * (int(key.max(initial=0)) + 1) + key[getattr(places, side)]
        code, values = pd.factorize(whole)
        first = np.empty(len(values), dtype=np.int64)
        first[code[::-1]] = np.arange(len(code))[::-1]
        return code, values, first

    def _key(self, names: tuple[str, ...]) -> list[tuple[str, Integers]]:
        """By side, numbers of the classes or kin that some columns do not tell apart."""
        if names not in self._keys:
            wanted = set(names)
            while more := {part for name in wanted & set(MIXED) for part in MIXED[name]} - wanted:
                wanted |= more
            read = {side: [columns[name] for name in sorted(wanted & set(columns))] for side, columns in self._columns.items()}
            self._keys[names] = [(side, distinct(columns)) for side, columns in read.items() if columns]
        return self._keys[names]

    def _found(self, rule: str, places: Places) -> tuple[Integers, _Said]:
        """What a rule says of some cases, seeing what it reads; what it has said once is not asked again."""
        names = READS.get(rule, (*self._side, *MIXED))
        code, key, first = self._numbered(names, places)
        known = self._said.get(rule)
        unknown = first if known is None else first[known.key.get_indexer(pd.Index(key)) < 0]
        if known is None or len(unknown):
            rows = places[unknown]
            seen = {name: self.column(name, rows) for name in ("tail_id", "head_id", *names)}
            legs = pd.DataFrame({name: pd.Series(column, dtype=column.dtype) for name, column in seen.items()})
            unread = {
                field: getattr(self.context, field)[:0] for field, columns in LOOKED_UP.items() if not {*columns} & {*names}
            }
            news = _Said(pd.Index(key if known is None else key[np.isin(first, unknown)]),
                         *said(RULES[rule](legs, replace(self.context, **unread)), len(legs)))  # fmt: skip
            known = self._said[rule] = news if known is None else known.with_(news)
        return known.key.get_indexer(pd.Index(key))[code], known

    def column(self, name: str, places: Places) -> NDArray[Any]:
        """One column of what is known of some cases.

        Parameters
        ----------
        name
            Of an end, of the reading, or one of :data:`MIXED`.
        places
            Of the cases.

        Returns
        -------
        numpy.ndarray
        """
        if name in self._side:
            side = self._side[name]
            return np.asarray(self._columns[side][name][getattr(places, side)])
        part = {made_of: self.column(made_of, places) for made_of in MIXED[name]}
        if name == "unit":
            return np.where(part["tail_kind"] == "output", part["tail_unit"], part["material_unit"])
        if name == "head_unit":
            return np.where(part["head_kind"] == "need", part["need_unit"], part["material_unit"])
        if name == "rung":
            chosen = np.where(part["use_rung"] != "", part["use_rung"], part["link_rung"])
            chosen = np.where(chosen != "", chosen, part["process_rung"])
            return np.where(chosen != "", chosen, "recycling")
        if name == "head_headings_key":
            key = np.where(part["head_kind"] == "need", part["use_headings"], part["process_headings"])
            return np.where(key != "", key, self._recovery)
        if name in ("month_overlap", "head_month_count"):
            bits = np.where(part["is_stored"], ALL_YEAR, part["head_month_bits"])
            return np.asarray(np.bitwise_count(bits & part.get("tail_month_bits", ALL_YEAR)), dtype=np.int8)
        return np.asarray(legal_route(pd.DataFrame(part), self.context)[name].to_numpy(dtype=object))

    def coded(self, name: str, places: Places) -> tuple[Integers, NDArray[np.object_]]:
        """A column of texts as rows of few texts."""
        if name in MIXED:
            code, _, first = self._numbered((name,), places)
            texts = self.column(name, places[first])
        else:
            code, texts = getattr(places, self._side[name]), self._columns[self._side[name]][name]
        return code, texts

    def conversion(self, places: Places) -> NDArray[np.float64]:
        """Units of the head per unit of the tail; NaN where they do not convert."""
        names = ("unit", "head_unit", "density_t_per_m3")
        code, _, first = self._numbered(names, places)
        unit, head_unit, density = (self.column(name, places[first]) for name in names)
        known = np.where(density > 0, density, np.nan)
        same, to_volume, to_mass = unit == head_unit, (unit == "t") & (head_unit == "m3"), (unit == "m3") & (head_unit == "t")
        return np.asarray(np.select([same, to_volume, to_mass], [1.0, 1.0 / known, known], np.nan)[code])


CASES_AT_ONCE = 2_000_000
"""Cases judged together: memory."""


def class_ranks(classes: pd.DataFrame) -> tuple[Integers, Integers]:
    """Rank of each class within its profile, and how many classes each profile has."""
    profile = classes["profile"].to_numpy()
    count = np.bincount(profile)
    first = np.cumsum(count) - count
    return np.arange(len(profile)) - first[profile], count


def context_of(
    declarations: Declarations, flows: Flows, tails: Ends, heads: Ends, *, catalogue: Catalogue, scenario: Scenario
) -> Context:
    """What the rules look up, for the flows that stand for their class."""
    tail, head = tails.classes, heads.classes
    both = pd.concat([tail[["id", "conditions"]], head[["id", "conditions"]]]).drop_duplicates("id")
    in_date = tail.loc[tail["in_date"].eq(True), "id"]
    conditions = _entries(both["id"], both["conditions"]).union(
        pd.MultiIndex.from_arrays([in_date, ["food_within_date"] * len(in_date)], names=["flow_id", "entry"])
    )
    declared = _entries(head["id"], head["permits"])
    ids, headings = declared.get_level_values(0), declared.get_level_values(1)
    # ``2910-A`` also counts as ``2910``.
    short = pd.MultiIndex.from_arrays([ids, headings.str.split("-").str[0]])
    return Context(
        catalogue=catalogue,
        scenario=scenario,
        conditions=conditions,
        codes_accepted=_entries(head["id"], head["codes"]),
        codes_treated=_entries(head["id"], head["treated"]),
        headings=declared.append(short).drop_duplicates().set_names(["flow_id", "heading"]),
        operators=flows.operators,
        quality=declarations.quality[pd.Index(both["id"]).get_indexer(declarations.quality["flow_id"]) >= 0],
    )


def _entries(ids: pd.Series, lists: pd.Series) -> pd.MultiIndex:
    """(id, entry) for every entry of a list column."""
    pairs = pd.Series(lists.to_numpy(dtype=object), index=ids, dtype=object).explode().dropna()
    entries = pairs.astype(str).str.replace(r"[ *]", "", regex=True)
    return pd.MultiIndex.from_arrays([pairs.index, entries], names=["flow_id", "entry"])


def _of_tails(tail: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """What the rules may read of a tail, by class."""
    conditions = np.stack([distinct([tail["conditions"]]), tail["in_date"].eq(True).to_numpy(dtype=np.int64)])
    return {
        "tail_id": _text(tail["id"]),
        "tail_kind": _text(tail["kind"]),
        "tail_process_id": _text(tail["process_id"]),
        "tail_unit": _text(tail["unit"]),
        "waste_code": _text(tail["waste_code"]),
        "is_hazardous": tail["is_hazardous"].eq(True).to_numpy(dtype=bool),
        "legal_status": _text(tail["legal_status"]),
        "date_kind": _text(tail["date_kind"]),
        "shelf_life_days": tail["shelf_life_days"].to_numpy(dtype=float),
        "tail_load_t": tail["load_t"].to_numpy(dtype=float),
        "tail_is_residue": tail["is_residue"].eq(True).to_numpy(dtype=bool),
        "tail_country": _text(tail["country"]),
        "tail_end_of_waste_id": _text(tail["end_of_waste_id"]),
        "tail_rung": _text(tail["tail_rung"]),
        "tail_month_bits": tail["month_bits"].to_numpy(),
        "tail_month_count": np.bitwise_count(tail["month_bits"].to_numpy()).astype(np.int8),
        "is_stored": tail["is_stored"].to_numpy(dtype=bool),
        "tail_conditions": conditions[0] * 2 + conditions[1],
        "tail_quality": tail["quality"].to_numpy(),
    }


def _of_heads(head: pd.DataFrame, catalogue: Catalogue) -> dict[str, NDArray[Any]]:
    """What the rules may read of a head, by class."""
    process = catalogue.processes[["headings", "rung"]].reindex(head["process_id"].where(head["process_id"].notna(), ""))
    return {
        "head_id": _text(head["id"]),
        "head_kind": _text(head["kind"]),
        "head_process_id": _text(head["process_id"]),
        "need_unit": _text(head["unit"]),
        "process_headings": _joined(process["headings"]),
        "process_rung": _text(process["rung"]),
        "head_country": _text(head["country"]),
        "head_route": _text(head["head_route"]),
        "head_month_bits": head["month_bits"].to_numpy(),
        "head_conditions": distinct([head["conditions"]]),
        "head_codes": distinct([head["codes"]]),
        "head_treated": distinct([head["treated"]]),
        "head_permits": distinct([head["permits"]]),
        "head_quality": head["quality"].to_numpy(),
    }


def _of_kin(kin: pd.DataFrame, catalogue: Catalogue) -> dict[str, NDArray[Any]]:
    """What the rules may read of a reading, by kin."""
    material = catalogue.materials[["family", "transport", "theme_id", "unit", "payload_t", "density_t_per_m3"]]
    material = material.reindex(kin["material_id"])
    uses = catalogue.uses[["headings", "rung"]].reindex(kin["use_id"])
    texts: Mapping[str, pd.Series] = {
        **{name: kin[name] for name in ("material_id", "head_material_id", "use_id", "words", "head_words", "flags")},
        **{name: material[name] for name in ("family", "transport", "theme_id")},
        "material_unit": material["unit"], "use_rung": uses["rung"], "link_rung": kin["rung"],
    }  # fmt: skip
    numbers = {name: kin[name] for name in ("confidence", "fit")}
    return {
        **{name: _text(column) for name, column in texts.items()},
        **{name: column.to_numpy(dtype=float) for name, column in numbers.items()},
        "substitution_ratio": kin["substitution_ratio"].fillna(1.0).to_numpy(dtype=float),
        "payload_t": material["payload_t"].to_numpy(dtype=float),
        "density_t_per_m3": material["density_t_per_m3"].to_numpy(dtype=float),
        "use_headings": _joined(uses["headings"]),
    }


def _text(column: pd.Series) -> NDArray[np.object_]:
    return np.asarray(column.astype(object).fillna("").to_numpy(dtype=object))


def _joined(lists: pd.Series) -> NDArray[np.object_]:
    return _text(lists.map(lambda some: ";".join(some) if isinstance(some, tuple) else ""))


def _recovery_headings(catalogue: Catalogue) -> str:
    """Headings under which something is finally recovered: what a need must hold whose use is not known."""
    headings = catalogue.headings
    final = catalogue.operations.index[catalogue.operations["is_recovery"] & catalogue.operations["is_final"]]
    return ";".join(sorted(set(headings.loc[headings["operation_code"].isin(final), "heading"])))
