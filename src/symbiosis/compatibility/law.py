"""Dated rows of law: what is forbidden, required, admitted, exempted or to be flagged; codes, borders, producer schemes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.compatibility.findings import (
    Coded,
    Context,
    Finding,
    Integers,
    Legs,
    Mask,
    Rule,
    combined,
    first_rows,
    is_french,
    is_hazardous,
    is_waste,
    joined,
    numbered,
)
from symbiosis.materials import Catalogue

GENERAL_SLIP = "bsdd"
"""The slip that an exemption of article R. 541-45 replaces; those of asbestos, refrigerants and care are never exempted."""


def _law(legs: Legs, context: Context) -> Iterator[Finding]:
    """Dated rows of ``legal_rules``: each is one mask over the legs."""
    # Exemptions first: they take a paper away.
    law = context.remembered("law", lambda: _Law(context, ("exempt", "forbid", "require", "admit", "flag")), is_dated=True)
    reach = _Reach(legs, context)
    masks = law.masks(reach)
    exempt = np.zeros(len(legs), dtype=bool)
    for row in np.flatnonzero(masks.any(axis=1)):
        (key, rule), mask = law.rows[row], masks[row]
        conditions, paper = rule["condition_id"], rule["paper_id"]
        met = reach.met(conditions)
        if rule["effect"] == "exempt":
            exempt |= mask & met
            yield Finding(mask=mask & met, reason="note", detail=key, paper=paper)
            yield Finding(mask=mask & ~met, reason="note", detail=key)
        elif rule["effect"] in ("flag", "admit") or (rule["effect"] == "require" and not (conditions or rule["headings"])):
            # What is required without a condition or a heading is a paper to get, which bars nothing by itself; a remark ends
            # where its condition is met.
            owed = mask & ~met & (~exempt if paper == GENERAL_SLIP else True)
            yield Finding(mask=owed, reason="note", detail=key, paper=paper)
        elif rule["effect"] == "require":
            lifted = reach.under(rule["headings"])
            yield Finding(mask=mask & ~met & ~lifted, reason="law_condition", detail=key)
            yield Finding(mask=mask, paper=paper)
        else:
            yield from _forbidden(key, rule, mask, met, reach)


def _forbidden(key: str, rule: dict[str, Any], mask: Mask, met: Mask, reach: _Reach) -> Iterator[Finding]:
    """What a rule forbids, unless its condition or one of its headings lifts it; what is not known is asked first."""
    yield Finding(mask=mask & met, paper=rule["paper_id"])
    if "food_within_date" in rule["condition_id"]:
        yield Finding(mask=mask & ~met & reach.food_date_unknown, reason="food_date_unknown")
        mask = mask & ~reach.food_date_unknown
    barred = mask & ~met
    if rule["headings"]:
        lifted, silent = reach.under(rule["headings"]), ~reach.knows_headings
        yield Finding(mask=barred & ~lifted & silent, reason="law_condition", detail=key)
        barred = barred & ~lifted & ~silent
    yield Finding(mask=barred, reason="law", detail=key)


def admitted(legs: Legs, context: Context) -> Mask:
    """Legs whose matter the law itself admits to the use, under a heading that the receiver declares."""
    law = context.remembered("law:admit", lambda: _Law(context, ("admit",)), is_dated=True)
    reach, found = _Reach(legs, context), np.zeros(len(legs), dtype=bool)
    for (_, rule), mask in zip(law.rows, law.masks(reach), strict=True):
        found |= mask & (reach.under(rule["headings"]) if rule["headings"] else True)
    return found


def _records(table: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    return [(str(key), row) for key, row in zip(table.index, table.to_dict("records"), strict=True)]  # type: ignore[misc]


class _Reach:
    """The legs as the rows of law see them; what several rows ask is computed once."""

    def __init__(self, legs: Legs, context: Context) -> None:
        self.legs, self.context = legs, context

    @cached_property
    def knows_headings(self) -> Mask:
        return self.legs["head_id"].among(self.context.of_ids["headings"])

    @cached_property
    def food_date_unknown(self) -> Mask:
        """Food without a stated date is not food past its date: the date is to be asked."""
        kind, left = self.legs["date_kind"], self.legs["shelf_life_days"]
        return np.asarray(kind.eq("") | (kind.eq("use_by") & left.told(pd.isna)))

    def met(self, conditions: tuple[str, ...]) -> Mask:
        """Whether one of the conditions is declared, on either side."""
        met = np.zeros(len(self.legs), dtype=bool)
        for condition in conditions:
            met |= self.context.holds(self.legs["tail_id"], condition)
            if condition != "food_within_date":  # whoever asks for food within its date does not make it so
                met |= self.context.holds(self.legs["head_id"], condition)
        return met

    def under(self, headings: tuple[str, ...]) -> Mask:
        """Whether the head's site declares one of the headings."""
        declared = self.context.of_ids["headings"]
        return self.legs["head_id"].told(lambda site: not declared.get(site, frozenset()).isdisjoint(headings))


class _Law:
    """Rows of law in force, as tables of what they reach: one row per value of a column, one column per row of law.

    A row of law is a conjunction of what it asks of the matter, the code, the use… so that what it reaches is found for each
    material, each code and each use once, and for legs by taking rows of these tables together.
    """

    def __init__(self, context: Context, effects: tuple[str, ...]) -> None:
        catalogue = context.catalogue
        self.rows = [record for record in _records(context.in_force(catalogue.legal_rules)) if record[1]["effect"] in effects]
        # What exempts stands first.
        self.rows.sort(key=lambda record: record[1]["effect"] != "exempt")
        rules = [rule for _, rule in self.rows]
        self.kinds = np.array([rule["applies_to"] for rule in rules], dtype=object)
        self.forbids = np.array([rule["effect"] == "forbid" for rule in rules], dtype=bool)
        self.law_of = np.array([rule["law_of"] for rule in rules], dtype=object)
        self.above = np.array([rule["above_load_t"] for rule in rules], dtype=float)
        asked = [_parted(rule["pattern"]) for rule in rules]
        self.asked = [kept for kept, _ in asked]
        # Any row may except codes; one about materials or uses excepts those of its kind too.
        self.but = [_coded(but) for _, but in asked]
        self.codes = [_coded(kept) if kind in ("waste_code", "border") else ()
                      for kind, kept in zip(self.kinds, self.asked, strict=True)]  # fmt: skip
        used = [_parted(rule["use_pattern"]) for rule in rules]
        self.only, self.except_ = [kept for kept, _ in used], [but for _, but in used]
        reached = {"material": lambda parts: _matters(context, parts), "use": lambda parts: _names(catalogue.uses, parts)}
        self.materials, self.uses = (
            [reached[of](kept) - reached[of](but) if kind == of else None
             for kind, (kept, but) in zip(self.kinds, asked, strict=True)]
            for of in ("material", "use")
        )  # fmt: skip
        self.named = [[_names(catalogue.uses, patterns) for patterns in some] for some in (self.only, self.except_)]
        self.told: dict[str, dict[Any, Mask]] = {}

    def masks(self, reach: _Reach) -> Mask:
        """The legs that each row applies to, shape (rows, legs)."""
        legs = reach.legs
        found = self._of(legs["material_id"], "material", self._material)
        found &= self._of(legs["waste_code"], "code", self._code)
        found &= self._of(legs["use_id"], "use", self._use)
        load = legs["tail_load_t"]
        found &= ~((self.above > 0) & (load.entries[:, None] <= self.above))[load.code]
        found &= self._used(legs)
        found &= self._state(reach)
        if "heading" in self.kinds:
            code, sets = reach.context.fitting_headings(legs)
            found &= self._of(Coded(code, _held(sets)), "heading", self._heading)
        return np.ascontiguousarray(found.T)

    def _of(self, column: Coded, name: str, tell: Callable[[Any], Mask]) -> Mask:
        """What rows ask of one column, by leg; what was told of a value is remembered."""
        known = self.told.setdefault(name, {})
        for value in column.entries:
            if value not in known:
                known[value] = tell(value)
        table = np.array([known[value] for value in column.entries], dtype=bool).reshape(len(column.entries), len(self.rows))
        return table[column.code]

    def _material(self, material: str) -> Mask:
        return np.array([names is None or material in names for names in self.materials], dtype=bool)

    def _use(self, use: str) -> Mask:
        return np.array([names is None or use in names for names in self.uses], dtype=bool)

    def _code(self, code: str) -> Mask:
        has = [not kept or code.startswith(kept) for kept in self.codes]
        excepted = [bool(but) and code.startswith(but) for but in self.but]
        return np.asarray(np.array(has, dtype=bool) & ~np.array(excepted, dtype=bool))

    def _heading(self, headings: frozenset[str]) -> Mask:
        return np.array([kind != "heading" or any(heading.startswith(kept) for heading in headings)
                         for kind, kept in zip(self.kinds, self.asked, strict=True)], dtype=bool)  # fmt: skip

    def _used(self, legs: Legs) -> Mask:
        """Uses, processes and rungs that a row is restricted to; a row that only excepts reaches all the others."""
        names = ("use_id", "head_process_id", "rung")
        code, first = legs.joined_by(*names)
        triples = _held(list(zip(*(legs[name][first].whole() for name in names), strict=True)))
        return self._of(Coded(code, triples), "used", self._applied)

    def _applied(self, triple: tuple[str, str, str]) -> Mask:
        use, process, rung = triple
        only, except_ = (
            np.array([use in names or process in names or f"rung:{rung}" in names for names in some], dtype=bool)
            for some in self.named
        )
        return np.asarray((only | np.array([not kept for kept in self.only], dtype=bool)) & ~except_)

    def _state(self, reach: _Reach) -> Mask:
        """What rows ask of the status of the matter, of its danger, and of the two countries."""
        legs, context = reach.legs, reach.context
        waste, from_output, hazardous = is_waste(legs), legs["tail_kind"].eq("output"), is_hazardous(legs, context)
        crossing, notified = crosses(legs), must_be_notified(legs, context)
        here = {"giver": is_french(legs["tail_country"]), "taker": is_french(legs["head_country"])}
        facts = np.stack([waste, from_output, hazardous, crossing, notified, *here.values()])
        code, first = _numbered_rows(facts)
        waste, from_output, hazardous, crossing, notified, giver, taker = facts[:, first, None]
        chosen = {"*": np.ones_like(waste), "hazardous": hazardous, "non_hazardous": ~hazardous}
        named = np.concatenate([
            np.any([chosen[part] for part in kept], axis=0) if kind == "waste" else chosen["*"]
            for kind, kept in zip(self.kinds, self.asked, strict=True)
        ], axis=1) if self.rows else chosen["*"][:, :0]  # fmt: skip
        by_notice, green = (
            np.array([bool(codes) or name in kept for kept, codes in zip(self.asked, self.codes, strict=True)], dtype=bool)
            for name in ("notified", "green")
        )
        kind, law_of = self.kinds, self.law_of
        # No declared status makes lawful what is forbidden to a code; papers are owed by wastes alone.
        found = np.ones((len(first), len(self.rows)), dtype=bool)
        found &= (kind != "waste_code") | (from_output & (waste | self.forbids))
        found &= (kind != "waste") | (waste & from_output & named)
        found &= (kind != "border") | (crossing & waste & np.where(notified, by_notice, green))
        found &= (kind != "heading") | waste
        found &= ((law_of != "giver") | giver) & ((law_of != "taker") | taker)
        return np.asarray(found[code])


def _held(values: list[Any]) -> NDArray[np.object_]:
    """Tuples or sets as an array of as many."""
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return held


def _numbered_rows(facts: Mask) -> tuple[Integers, Integers]:
    """Number the distinct columns of a few rows of truths."""
    whole, space = combined([(fact.astype(np.int64), 2) for fact in facts], facts.shape[1])
    code, values = numbered(whole, space)
    return code, first_rows(code, len(values))


def _parted(patterns: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a row names, and what it excepts with ``!``."""
    return (tuple(part for part in patterns if not part.startswith("!")),
            tuple(part[1:] for part in patterns if part.startswith("!")))  # fmt: skip


def _coded(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Beginnings of waste codes among patterns."""
    return tuple(part for part in patterns if part[0].isdigit())


def _matters(context: Context, patterns: tuple[str, ...]) -> frozenset[str]:
    """Materials by name, with the narrower ones, or by flag; codes stand apart."""
    named = [part for part in patterns if not part.startswith("is_") and not part[0].isdigit()]
    return context.narrower(named) | _flagged(context.catalogue.materials, patterns)


def _names(uses: pd.DataFrame, patterns: tuple[str, ...]) -> frozenset[str]:
    """Uses and processes by name or flag, and rungs as they are written, ``rung:reuse``."""
    return frozenset(patterns) | _flagged(uses, patterns)


def _flagged(table: pd.DataFrame, patterns: tuple[str, ...]) -> frozenset[str]:
    """Rows that one of the flags named in `patterns` marks, ``is_food``."""
    flags = [part for part in patterns if part.startswith("is_")]
    return frozenset(table.index[table[flags].any(axis=1)]) if flags else frozenset()


def crosses(legs: Legs) -> Mask:
    """Whether the two countries differ, as they are told."""
    return np.asarray(legs["tail_country"].whole() != legs["head_country"].whole(), dtype=bool)


def must_be_notified(legs: Legs, context: Context) -> Mask:
    """What crosses a border by notification: hazardous, without a code, to be disposed of, or of a code that the law names."""
    named = context.remembered("notified", lambda: _notified_codes(context), is_dated=True)
    listed = legs["waste_code"].told(
        lambda code: bool(code) and not any(code.startswith(kept) and not code.startswith(but) for kept, but in named)
    )
    return np.asarray(is_hazardous(legs, context) | ~listed | legs["rung"].eq("disposal"), dtype=bool)


def _notified_codes(context: Context) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Beginnings of codes that each row about borders names, and those that it excepts."""
    rules = context.in_force(context.catalogue.legal_rules)
    parted = map(_parted, rules.loc[rules["applies_to"] == "border", "pattern"])
    return [(_coded(kept), _coded(but)) for kept, but in parted]


def _final(legs: Legs, context: Context) -> Iterator[Finding]:
    """Grouping, sorting or storing before something else (R12, R13, D9, D13 to D15) is never where a waste ends."""
    legs = Legs.of(legs)
    operations, uses, processes = (context.catalogue.operations, context.catalogue.uses["operation_code"],
                                   context.catalogue.processes["operation_code"])  # fmt: skip
    interim = frozenset(operations.index[~operations["is_final"]])
    of_use = legs["use_id"].spoken(lambda use: uses.get(use, ""))
    yield Finding(mask=legs["head_kind"].eq("need") & of_use.told(interim.__contains__), reason="not_final", detail=of_use)
    code, first = legs.joined_by("use_id", "head_process_id")
    both = zip(*(legs[name][first].whole() for name in ("use_id", "head_process_id")), strict=True)
    done = Coded(
        code, np.array([uses.get(use, "") if use else processes.get(process, "") for use, process in both], dtype=object)
    )
    yield Finding(mask=done.among(frozenset(operations.index[operations["is_forbidden_fr"]])), reason="operation_forbidden",
                  detail=done)  # fmt: skip


def _waste_code(legs: Legs, context: Context) -> Iterator[Finding]:
    """A code that is unknown, repealed or not yet valid, with what stands for it; a mirror entry is a question."""
    codes = context.remembered("waste_codes", lambda: _codes(context.catalogue))
    code, day = legs["waste_code"], context.day
    declared, none = code.told(bool) & legs["tail_kind"].eq("output"), _Code()
    known = code.told(codes.__contains__)
    rows = [codes.get(value, none) for value in code.entries]
    early, late = (np.array(some, dtype=bool)[code.code] for some in
                   ([row.valid_from > day for row in rows], [row.valid_to < day for row in rows]))  # fmt: skip
    yield Finding(mask=declared & ~known, reason="waste_code_unknown", detail=code)
    until = code.spoken(lambda one: f"{one}:{codes.get(one, none).since}:{codes.get(one, none).before}")
    yield Finding(mask=declared & early, reason="waste_code_not_yet_valid", detail=until)
    yield Finding(mask=declared & late, reason="waste_code_repealed",
                  detail=code.spoken(lambda one: f"{one}:{codes.get(one, none).after}"))  # fmt: skip
    open_ = declared & code.told(lambda one: bool(codes.get(one, none).mirror)) & is_waste(legs)
    open_ &= ~context.holds(legs["tail_id"], "hazard_assessed")
    yield Finding(mask=open_, reason="mirror_entry", detail=code.spoken(lambda one: f"{one}:{codes.get(one, none).mirror}"),
                  paper="waste_analysis")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    """What the list of waste tells of a code: when it is valid, what stands for it, before and after, its mirror entry."""

    valid_from: Any = pd.NaT
    valid_to: Any = pd.NaT
    since: str = ""
    before: str = ""
    after: str = ""
    mirror: str = ""


def _codes(catalogue: Catalogue) -> dict[str, _Code]:
    codes = catalogue.waste_codes
    before: dict[str, list[str]] = {}
    for code, successors in codes["successor_codes"].items():
        for successor in filter(None, successors if isinstance(successors, tuple) else ()):
            before.setdefault(successor, []).append(str(code))
    columns = (codes[name] for name in ("valid_from", "valid_to", "successor_codes", "mirror_code"))
    return {
        code: _Code(
            valid_from=from_, valid_to=to, since="" if pd.isna(from_) else f"{from_:%Y-%m-%d}",
            before=",".join(before.get(code, ())), after=",".join(after) if isinstance(after, tuple) else "",
            mirror=mirror if isinstance(mirror, str) else "",
        )
        for code, from_, to, after, mirror in zip(codes.index, *columns, strict=True)
    }  # fmt: skip


def _border(legs: Legs, context: Context) -> Iterator[Finding]:
    """A waste that would cross a border is never allocated silently."""
    yield Finding(
        mask=crosses(legs) & is_waste(legs), reason="border", detail=joined(legs["tail_country"], legs["head_country"])
    )


def _schemes(legs: Legs, context: Context) -> Iterator[Finding]:
    """Producer responsibility schemes in force that may take the matter back: their terms change the figures shown."""
    given = legs["tail_kind"].eq("output") & is_french(legs["tail_country"])
    schemes = context.remembered("schemes", lambda: _covered(context), is_dated=True)
    for key, materials in schemes:
        yield Finding(mask=given & legs["material_id"].among(materials), reason="rep", detail=key, paper="rep_contract")


def _covered(context: Context) -> list[tuple[str, frozenset[str]]]:
    schemes = context.in_force(context.catalogue.rep_schemes)
    return [(key, context.narrower(scheme["materials"])) for key, scheme in _records(schemes)]


RULES: dict[str, Rule] = {
    "law": _law,
    "final": _final,
    "waste_code": _waste_code,
    "border": _border,
    "schemes": _schemes,
}
