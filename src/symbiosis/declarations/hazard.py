"""Waste codes against the European list: unknown, no longer in force, and the hazard mark that they call for.

The list is dated: Decision (EU) 2025/934 changed the battery entries from 9 December 2026 on. A code that has left the list,
or a mark that it calls for since then, is an error for a flow of today and a warning for a flow whose declared year is one in
which it was right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from symbiosis.declarations.cells import display_code, read_code
from symbiosis.declarations.identity import nearest
from symbiosis.declarations.typed import TypedTable
from symbiosis.errors import Problem, Severity

_ALWAYS = pd.Timestamp("1900-01-01")
_FOR_EVER = pd.Timestamp("2200-01-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """Entry of the list of waste that counts on a day: the one in force, else the last one that was."""

    is_hazardous: bool
    hazardous_from: pd.Timestamp
    is_in_force: bool
    valid_from: pd.Timestamp
    valid_to: pd.Timestamp
    successors: tuple[str, ...]


def check_waste_codes(
    typed: Mapping[str, TypedTable], waste_codes: pd.DataFrame | None, today: date
) -> tuple[pd.Series | None, list[Problem]]:
    """Checks the codes of outputs, needs and operators, and settles which outputs are hazardous.

    Parameters
    ----------
    typed
        Tables that were read.
    waste_codes
        The list, typed or as text; ``None`` if it is not at hand.
    today
        Day on which codes must be in force.

    Returns
    -------
    pandas.Series or None
        ``boolean`` by output id: as declared, else by the asterisk, else by the list, else missing.
    list of Problem
    """
    entries = None if waste_codes is None else _entries(waste_codes, pd.Timestamp(today))
    problems: list[Problem] = []
    for name in ("needs", "operators"):
        if name in typed:
            for column in ("waste_codes_accepted", "waste_codes_treated"):
                problems += _listed_codes(typed[name], column, entries)
    outputs = typed.get("outputs")
    if outputs is None or not len(outputs.frame):
        return None, problems
    hazard, found = _output_codes(outputs, entries)
    hazard.index = pd.Index(outputs.frame["output_id"])
    return hazard, problems + found


def _entries(waste_codes: pd.DataFrame, today: pd.Timestamp) -> dict[str, _Entry]:
    flat = waste_codes.reset_index() if waste_codes.index.name == "waste_code" else waste_codes
    days = {}
    for column, empty in (("valid_from", _ALWAYS), ("valid_to", _FOR_EVER), ("hazardous_from", _ALWAYS)):
        written = flat[column] if column in flat else pd.Series(pd.NaT, index=flat.index)
        parsed = pd.to_datetime(written.replace("", None))
        days[column] = parsed.where(parsed.notna(), empty).tolist()
    successors = flat["successor_codes"] if "successor_codes" in flat else [""] * len(flat)
    rows = zip(
        flat["waste_code"].astype(str), flat["is_hazardous"].isin([True, "true", "True", "1", 1]),
        days["hazardous_from"], days["valid_from"], days["valid_to"], successors, strict=True,
    )  # fmt: skip
    entries: dict[str, _Entry] = {}
    for code, is_hazardous, danger, since, until, after in rows:
        entry = _Entry(
            is_hazardous=bool(is_hazardous) and danger <= today,
            hazardous_from=danger,
            is_in_force=bool(since <= today <= until),
            valid_from=since,
            valid_to=until,
            successors=tuple(after)
            if isinstance(after, tuple | list)
            else tuple(p.strip() for p in str(after or "").split(";") if p.strip()),
        )
        known = entries.get(code)
        if known is None or (entry.is_in_force, entry.valid_to) > (known.is_in_force, known.valid_to):
            entries[code] = entry
    return entries


def _listed_codes(typed: TypedTable, name: str, entries: Mapping[str, _Entry] | None) -> list[Problem]:
    """Types the codes of a list in place of the text, and says which are unreadable or unknown."""
    problems: list[Problem] = []
    clean: list[tuple[str, ...]] = []
    for i, cells in enumerate(typed.frame[name]):
        codes = []
        for cell in cells:
            code, _, problem, suggestion = read_code(cell)
            if problem and problem != "leading_zero_restored":
                problems.append(typed.problem(i, name, problem, suggestion=display_code(suggestion), waste_code=cell))
                continue
            codes.append(code)
            standing = None if entries is None else _standing(code, entries)
            if standing is not None:
                problems.append(typed.problem(i, name, standing[0], "error", **standing[1]))
        clean.append(tuple(codes))
    typed.frame[name] = pd.Series(clean, index=typed.frame.index, dtype=object)
    return problems


def _standing(code: str, entries: Mapping[str, _Entry]) -> tuple[str, dict[str, object]] | None:
    """What is wrong with a code on the list, if anything."""
    entry = entries.get(code)
    if entry is not None and entry.is_in_force:
        return None
    data: dict[str, object] = {"waste_code": display_code(code)}
    if entry is None:
        in_force = [c for c, e in entries.items() if e.is_in_force]
        return "unknown_code", {**data, "suggestion": display_code(nearest(code, in_force, cutoff=80.0))}
    if entry.valid_from > _ALWAYS and entry.valid_to == _FOR_EVER:
        return "code_not_in_force_yet", {**data, "since": str(entry.valid_from.date())}
    successors = ", ".join(display_code(s) for s in entry.successors)
    return "outdated_code", {**data, "until": str(entry.valid_to.date()), "successors": successors}


def _output_codes(outputs: TypedTable, entries: Mapping[str, _Entry] | None) -> tuple[pd.Series, list[Problem]]:
    codes = outputs.frame["waste_code"].tolist()
    written = outputs.text["waste_code"].tolist() if "waste_code" in outputs.text else codes
    declared = [None if d is pd.NA else bool(d) for d in outputs.frame["is_hazardous"].tolist()]
    years = outputs.frame["year"].tolist()
    problems: list[Problem] = []
    hazard: list[bool | None] = []
    for i, (code, cell, said, year) in enumerate(zip(codes, written, declared, years, strict=True)):
        has_mark = cell.rstrip().endswith("*")
        entry = None if entries is None else entries.get(code)
        settled = True if said is None and has_mark else said
        hazard.append(entry.is_hazardous if settled is None and entry is not None else settled)
        if not code or (i, "waste_code") in outputs.spoilt:
            continue
        if has_mark and said is False:
            problems.append(outputs.problem(i, "is_hazardous", "hazard_contradiction", waste_code=display_code(code)))
        standing = None if entries is None else _standing(code, entries)
        if standing is not None and entry is not None and year <= entry.valid_to.year and standing[0] == "outdated_code":
            # The code was right when the flow was: a flow of last year may keep it, and somebody should know.
            problems.append(outputs.problem(i, "waste_code", standing[0], "warning", **standing[1]))
        elif standing is not None:
            problems.append(outputs.problem(i, "waste_code", standing[0], "error", **standing[1]))
            continue  # the code changes first, and its mark with it
        if entry is None or (has_mark and said is False):
            continue
        if entry.is_hazardous and settled is not True:
            column, kind = ("waste_code", "missing_hazard_mark") if settled is None else ("is_hazardous", "hazard_denied")
            severity: Severity = "warning" if year <= entry.hazardous_from.year else "error"
            problems.append(outputs.problem(i, column, kind, severity, waste_code=display_code(code)))
        elif settled and not entry.is_hazardous:
            column = "waste_code" if has_mark else "is_hazardous"
            problems.append(outputs.problem(i, column, "hazard_mark_on_non_hazardous", waste_code=display_code(code)))
    return pd.Series(hazard, dtype="boolean"), problems
