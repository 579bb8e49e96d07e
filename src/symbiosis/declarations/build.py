"""From texts to :class:`Declarations`: every problem of every table at once, or the typed value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime

import pandas as pd

from symbiosis.declarations.hazard import check_waste_codes
from symbiosis.declarations.identity import check_identity
from symbiosis.declarations.model import Declarations, empty_frame
from symbiosis.declarations.plausibility import check_plausibility
from symbiosis.declarations.typed import RawTable, TypedTable, type_table
from symbiosis.errors import DeclarationError, Problem, Severity
from symbiosis.schemas import DECLARATIONS


def build(
    tables: Mapping[str, RawTable | pd.DataFrame],
    *,
    facts: Mapping[str, object] | None = None,
    waste_codes: pd.DataFrame | None = None,
    catalogue_ids: Mapping[str, Collection[str]] | None = None,
    extension: Mapping[str, pd.DataFrame] | None = None,
    problems: Sequence[Problem] = (),
    today: date | None = None,
) -> Declarations:
    """Types and checks what a territory declares.

    Parameters
    ----------
    tables
        Cells as text by table name. A bare frame is taken as rows 2, 3… of ``<table>.csv``.
    facts
        What ``facts.json`` says; ``latitude``, ``longitude`` and ``radius_km`` bound the territory.
    waste_codes
        European list of waste, indexed by the code or with a column `waste_code`; without it codes are only read.
    catalogue_ids
        Known ids by catalogue table (``materials``, ``processes``…); references to a table that is not given are not
        checked.
    extension
        Further catalogue rows as text; their ids count as known.
    problems
        What the reader has found already.
    today
        Day on which codes must be in force; the present day by default.

    Returns
    -------
    Declarations
        With the warnings that remain.

    Raises
    ------
    DeclarationError
        If there is any error: with every problem of every table, in the order of files and rows.
    """
    facts = dict(facts or {})
    extension = dict(extension or {})
    found: list[Problem] = []
    shifted = {(t.file, row) for t in tables.values() if isinstance(t, RawTable) for row in t.shifted}
    typed: dict[str, TypedTable] = {}
    for name, table in DECLARATIONS.items():
        raw = tables.get(name)
        if raw is None:
            if table.required:
                found.append(Problem(code="missing_table", file=f"{name}.csv", table=name))
            continue
        typed[name] = type_table(table, raw if isinstance(raw, RawTable) else _numbered(raw, f"{name}.csv"))
        found += typed[name].problems
        if table.required and typed[name].is_readable and not len(typed[name].frame):
            # One side of a territory may be all that is known on the first day: then there is something to ask, and no match.
            severity: Severity = "warning" if name in ("outputs", "needs") else "error"
            found.append(Problem(code="no_rows", severity=severity, file=typed[name].file, table=name))
    known = _known_ids(catalogue_ids, extension)
    found += check_identity(typed, known)
    hazard, hazard_problems = check_waste_codes(typed, waste_codes, today or datetime.now(tz=UTC).date())
    found += hazard_problems
    found += check_plausibility(typed, facts)
    # What the reader knows of a cell (a formula without its value) is not said again as an empty cell.
    told = {(p.file, p.table, p.row, p.column) for p in problems}
    found = [p for p in found if p.code != "missing_value" or (p.file, p.table, p.row, p.column) not in told]
    found = [*problems, *(p for p in found if (p.file, p.row) not in shifted)]
    ordered = tuple(sorted(found, key=lambda p: p.place))
    if any(p.severity == "error" for p in ordered):
        raise DeclarationError(ordered)
    frames = {name: _final(typed[name]) if name in typed else empty_frame(t) for name, t in DECLARATIONS.items()}
    if hazard is not None:
        frames["outputs"]["is_hazardous"] = hazard.reindex(frames["outputs"].index)
    return Declarations(
        actors=frames["actors"], sites=frames["sites"], outputs=frames["outputs"], needs=frames["needs"],
        operators=frames["operators"], quality=frames["quality"], distances=frames["distances"],
        seasons=frames["seasons"], stores=frames["stores"], price_thresholds=frames["price_thresholds"],
        coalitions=frames["coalitions"],
        facts=facts, extension=extension, warnings=ordered,
    )  # fmt: skip


def _numbered(frame: pd.DataFrame, file: str) -> RawTable:
    return RawTable(frame=frame.set_axis(range(2, len(frame) + 2), axis=0), file=file)


def _known_ids(
    catalogue_ids: Mapping[str, Collection[str]] | None, extension: Mapping[str, pd.DataFrame]
) -> dict[str, frozenset[str]]:
    known = {name: frozenset(ids) for name, ids in (catalogue_ids or {}).items()}
    for name, frame in extension.items():
        if name in known and len(frame.columns):
            known[name] |= frozenset(frame.iloc[:, 0].astype(str))
    return known


def _final(typed: TypedTable) -> pd.DataFrame:
    frame = typed.frame
    if typed.table.key is not None:
        return frame.set_index(typed.table.key).sort_index()
    return frame.sort_values(list(frame.columns), kind="stable", ignore_index=True)
