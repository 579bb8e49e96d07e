"""Dated rows of law: what is forbidden, required, admitted, exempted or to be flagged; codes, borders, producer schemes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from symbiosis.compatibility.findings import Context, Finding, Mask, Rule, is_french, is_hazardous, is_waste
from symbiosis.materials import Catalogue

GENERAL_SLIP = "bsdd"
"""The slip that an exemption of article R. 541-45 replaces; those of asbestos, refrigerants and care are never exempted."""


def _law(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """Dated rows of ``legal_rules``: each is one mask over the legs."""
    rules = context.in_force(context.catalogue.legal_rules)
    reach = _Reach.of(legs, context)
    exempt = np.zeros(len(legs), dtype=bool)
    # Exemptions first: they take a paper away.
    order = rules["effect"].eq("exempt").sort_values(ascending=False, kind="stable").index
    for key, rule in _records(rules.loc[order]):
        mask = reach.mask(rule)
        if not mask.any():
            continue
        condition, paper = rule["condition_id"], rule["paper_id"]
        met = reach.met(condition)
        if rule["effect"] == "exempt":
            exempt |= mask & met
            yield Finding(mask=mask & met, reason="note", detail=key, paper=paper)
            yield Finding(mask=mask & ~met, reason="note", detail=key)
        elif rule["effect"] in ("flag", "admit") or (rule["effect"] == "require" and not condition):
            # What is required without a condition is a paper to get, which bars nothing by itself.
            owed = mask & ~exempt if paper == GENERAL_SLIP else mask
            yield Finding(mask=owed, reason="note", detail=key, paper=paper)
        elif rule["effect"] == "require":
            yield Finding(mask=mask & ~met, reason="law_condition", detail=key)
            yield Finding(mask=mask, paper=paper)
        else:
            yield from _forbidden(key, rule, mask, met, reach)


def _forbidden(key: str, rule: dict[str, Any], mask: Mask, met: Mask, reach: _Reach) -> Iterator[Finding]:
    """What a rule forbids, unless its condition or one of its headings lifts it; what is not known is asked first."""
    yield Finding(mask=mask & met, paper=rule["paper_id"])
    if rule["condition_id"] == "food_within_date":
        yield Finding(mask=mask & ~met & reach.food_date_unknown, reason="food_date_unknown")
        mask = mask & ~reach.food_date_unknown
    barred = mask & ~met
    if rule["headings"]:
        lifted, silent = reach.under(rule["headings"]), ~reach.knows_headings
        yield Finding(mask=barred & ~lifted & silent, reason="law_condition", detail=key)
        barred = barred & ~lifted & ~silent
    yield Finding(mask=barred, reason="law", detail=key)


def admitted(legs: pd.DataFrame, context: Context) -> Mask:
    """Legs whose matter the law itself admits to the use, under a heading that the receiver declares."""
    rules = context.in_force(context.catalogue.legal_rules)
    reach, found = _Reach.of(legs, context), np.zeros(len(legs), dtype=bool)
    for _, rule in _records(rules[rules["effect"] == "admit"]):
        found |= reach.mask(rule) & (reach.under(rule["headings"]) if rule["headings"] else True)
    return found


def _records(table: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    return [(str(key), row) for key, row in zip(table.index, table.to_dict("records"), strict=True)]  # type: ignore[misc]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reach:
    """The legs as the rows of law see them; what several rows ask is computed once."""

    legs: pd.DataFrame
    context: Context
    waste: Mask
    hazardous: Mask
    here: dict[str, Mask]

    @classmethod
    def of(cls, legs: pd.DataFrame, context: Context) -> _Reach:
        here = {
            "giver": is_french(legs["tail_country"]),
            "taker": is_french(legs["head_country"]),
            "union": np.ones(len(legs), dtype=bool),
        }
        return cls(legs=legs, context=context, waste=is_waste(legs), hazardous=is_hazardous(legs, context.catalogue), here=here)

    @property
    def from_output(self) -> Mask:
        return self.legs["tail_kind"].eq("output").to_numpy()

    @property
    def knows_headings(self) -> Mask:
        return self.legs["head_id"].isin(self.context.headings.get_level_values(0)).to_numpy()

    @property
    def food_date_unknown(self) -> Mask:
        """Food without a stated date is not food past its date: the date is to be asked."""
        kind, left = self.legs["date_kind"], self.legs["shelf_life_days"]
        return (kind.eq("") | (kind.eq("use_by") & left.isna())).to_numpy()

    def met(self, condition: str) -> Mask:
        if not condition:
            return np.zeros(len(self.legs), dtype=bool)
        return self.context.holds(self.legs["tail_id"], condition) | self.context.holds(self.legs["head_id"], condition)

    def under(self, headings: tuple[str, ...]) -> Mask:
        """Whether the head's site declares one of the headings."""
        declared = self.context.headings
        owners = declared.get_level_values(0)[declared.get_level_values(1).isin(headings)]
        return self.legs["head_id"].isin(owners).to_numpy()

    def mask(self, rule: dict[str, Any]) -> Mask:
        """The legs that a row applies to."""
        kept = tuple(part for part in rule["pattern"] if not part.startswith("!"))
        but = tuple(part[1:] for part in rule["pattern"] if part.startswith("!"))
        mask = self._subject(rule["applies_to"], kept, rule["effect"])
        if but:
            mask = mask & ~self.legs["waste_code"].str.startswith(but).to_numpy()
        if rule["above_load_t"] > 0:
            mask = mask & ~(self.legs["tail_load_t"] <= rule["above_load_t"]).to_numpy()
        mask = mask & self.here[rule["law_of"]]
        return mask & self._used(rule["use_pattern"]) if rule["use_pattern"] and mask.any() else mask

    def _subject(self, kind: str, patterns: tuple[str, ...], effect: str) -> Mask:
        legs, catalogue = self.legs, self.context.catalogue
        if kind == "material":
            return legs["material_id"].isin(self._materials(patterns)).to_numpy()
        if kind == "waste_code":
            # No declared status makes lawful what is forbidden to a code; papers are owed by wastes alone.
            coded = legs["waste_code"].str.startswith(patterns).to_numpy() & legs["waste_code"].ne("").to_numpy()
            return np.asarray(coded & self.from_output & (self.waste | (effect == "forbid")), dtype=bool)
        if kind == "waste":
            chosen = {"*": np.ones(len(legs), dtype=bool), "hazardous": self.hazardous, "non_hazardous": ~self.hazardous}
            named = np.any([chosen[part] for part in patterns], axis=0)
            return np.asarray(self.waste & self.from_output & named, dtype=bool)
        if kind == "border":
            crosses = legs["tail_country"].ne(legs["head_country"]).to_numpy() & self.waste
            notified = must_be_notified(legs, catalogue)
            return crosses & (notified if "notified" in patterns else ~notified)
        if kind == "heading":
            fits = self.context.fitting_headings(legs)
            fits = fits[fits["heading"].str.startswith(patterns)]
            pairs = ["head_id", "head_headings_key"]
            under = pd.MultiIndex.from_frame(legs[pairs]).isin(pd.MultiIndex.from_frame(fits[pairs]))
            return np.asarray(under & self.waste, dtype=bool)
        return legs["use_id"].isin(self._uses(patterns)).to_numpy()

    def _materials(self, patterns: tuple[str, ...]) -> frozenset[str]:
        flagged = _flagged(self.context.catalogue.materials, patterns)
        return self.context.narrower([part for part in patterns if not part.startswith("is_")]) | flagged

    def _uses(self, patterns: tuple[str, ...]) -> frozenset[str]:
        return frozenset(patterns) | _flagged(self.context.catalogue.uses, patterns)

    def _used(self, patterns: tuple[str, ...]) -> Mask:
        """Uses, processes and rungs that a row is restricted to; a row that only excepts reaches all the others."""
        kept = tuple(part for part in patterns if not part.startswith("!"))
        but = tuple(part[1:] for part in patterns if part.startswith("!"))
        mask = self._named(kept) if kept else np.ones(len(self.legs), dtype=bool)
        return mask & ~self._named(but) if but else mask

    def _named(self, patterns: tuple[str, ...]) -> Mask:
        rungs = [part.removeprefix("rung:") for part in patterns if part.startswith("rung:")]
        names = self._uses(tuple(part for part in patterns if not part.startswith("rung:")))
        legs = self.legs
        found = legs["use_id"].isin(names) | legs["head_process_id"].isin(names) | legs["rung"].isin(rungs)
        return np.asarray(found, dtype=bool)


def _flagged(table: pd.DataFrame, patterns: tuple[str, ...]) -> frozenset[str]:
    """Rows that one of the flags named in `patterns` marks, ``is_food``."""
    flags = [part for part in patterns if part.startswith("is_")]
    return frozenset(table.index[table[flags].any(axis=1)]) if flags else frozenset()


def must_be_notified(legs: pd.DataFrame, catalogue: Catalogue) -> Mask:
    """What crosses a border by notification: hazardous, without a code, or to be disposed of; the rest is on the green list."""
    return is_hazardous(legs, catalogue) | legs["waste_code"].eq("").to_numpy() | legs["rung"].eq("disposal").to_numpy()


def _final(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """Grouping, sorting or storing before something else (R12, R13, D9, D13 to D15) is never where a waste ends."""
    operations = context.catalogue.operations
    of_use = legs["use_id"].map(context.catalogue.uses["operation_code"])
    of_process = legs["head_process_id"].map(context.catalogue.processes["operation_code"])
    interim = operations.index[~operations["is_final"]]
    ends = legs["head_kind"].eq("need") & of_use.isin(interim)
    yield Finding(mask=ends.to_numpy(), reason="not_final", detail=of_use.astype(object).fillna(""))
    done = of_use.where(legs["use_id"].ne(""), of_process).astype(object).fillna("")
    forbidden = done.isin(operations.index[operations["is_forbidden_fr"]])
    yield Finding(mask=forbidden.to_numpy(), reason="operation_forbidden", detail=done)


def _waste_code(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """A code that is unknown, repealed or not yet valid, with what stands for it; a mirror entry is a question."""
    codes, code = context.catalogue.waste_codes, legs["waste_code"]
    declared = code.ne("").to_numpy() & legs["tail_kind"].eq("output").to_numpy()
    known = code.isin(codes.index).to_numpy()
    rows = codes.reindex(code.where(code.isin(codes.index))).set_axis(legs.index)
    early, late = (rows["valid_from"] > context.day).to_numpy(), (rows["valid_to"] < context.day).to_numpy()
    after = rows["successor_codes"].map(lambda some: ",".join(some) if isinstance(some, tuple) else "").astype(object)
    replaced = codes["successor_codes"].explode().dropna()
    replaced = replaced[replaced != ""]
    before = replaced.index.to_series().groupby(replaced.to_numpy()).agg(",".join)
    since = rows["valid_from"].dt.strftime("%Y-%m-%d").astype(object).fillna("")
    until = code.map(before).astype(object).fillna("")
    yield Finding(mask=declared & ~known, reason="waste_code_unknown", detail=code)
    yield Finding(mask=declared & early, reason="waste_code_not_yet_valid", detail=code + ":" + since + ":" + until)
    yield Finding(mask=declared & late, reason="waste_code_repealed", detail=code + ":" + after)
    mirror = rows["mirror_code"].astype(object).fillna("")
    assessed = context.holds(legs["tail_id"], "hazard_assessed")
    open_ = declared & mirror.ne("").to_numpy() & is_waste(legs) & ~assessed
    yield Finding(mask=open_, reason="mirror_entry", detail=code + ":" + mirror, paper="waste_analysis")


def _border(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """A waste that would cross a border is never allocated silently."""
    crosses = legs["tail_country"].ne(legs["head_country"]).to_numpy() & is_waste(legs)
    yield Finding(mask=crosses, reason="border", detail=legs["tail_country"] + ":" + legs["head_country"])


def _schemes(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """Producer responsibility schemes in force that may take the matter back: their terms change the figures shown."""
    given = legs["tail_kind"].eq("output").to_numpy() & is_french(legs["tail_country"])
    for key, scheme in _records(context.in_force(context.catalogue.rep_schemes)):
        mask = given & legs["material_id"].isin(context.narrower(scheme["materials"])).to_numpy()
        yield Finding(mask=mask, reason="rep", detail=key, paper="rep_contract")


RULES: dict[str, Rule] = {
    "law": _law,
    "final": _final,
    "waste_code": _waste_code,
    "border": _border,
    "schemes": _schemes,
}
