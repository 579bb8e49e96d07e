"""Our own template, and tables pasted from it: read by :mod:`symbiosis.io.sheets`, handed over like any other import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from symbiosis.declarations import RawTable, build
from symbiosis.errors import DeclarationError, Problem
from symbiosis.io.headings import column_of, table_of
from symbiosis.io.imports.model import WHOLE, Imported, ordered
from symbiosis.io.sheets import RawSheet, raw_table
from symbiosis.materials import Catalogue
from symbiosis.schemas import DECLARATIONS

_LEAST_TITLES = 3


def table_like(sheet: RawSheet) -> str:
    """Table of ours that a sheet holds: by its name, else by at least three titles and most of those it has."""
    named = table_of(sheet.sheet or Path(sheet.file).stem)
    best, score = "", 0
    for _, cells in sheet.rows[:10]:
        filled = [cell for cell in cells if cell.strip()]
        for name, table in DECLARATIONS.items():
            known = len({column_of(table, cell) for cell in filled} - {None})
            if known > score and known >= (1 if name == named else _LEAST_TITLES) and 2 * known > len(filled):
                best, score = name, known
    return best


def read_own(sheets: Sequence[RawSheet], catalogue: Catalogue, today: date) -> Imported:
    """Rows of our own tables.

    Parameters
    ----------
    sheets
        Of the template, or a pasted table; the others are left.
    catalogue
        For codes and references.
    today
        Day on which codes must be in force.

    Returns
    -------
    Imported
    """
    tables: dict[str, RawTable] = {}
    problems: list[Problem] = []
    for sheet in sheets:
        name = table_like(sheet)
        if name and name not in tables:
            table, found = raw_table(replace(sheet, table=name, delimiter=sheet.delimiter.strip("\0")))
            problems += found
            if table.is_readable and len(table.frame):
                tables[name] = table
    ids = {name: frozenset(getattr(catalogue, name).index) for name in
           ("materials", "uses", "processes", "outlets", "quality_parameters")}  # fmt: skip
    try:
        found_all: Sequence[Problem] = build(
            tables, waste_codes=catalogue.waste_codes, catalogue_ids=ids, problems=problems, today=today
        ).warnings
    except DeclarationError as error:
        found_all = error.problems
    kept = [p for p in found_all if p.code not in WHOLE - {"missing_column"}]
    frames = {}
    for name, table in tables.items():
        wrong = {p.row for p in kept if p.table == name and p.severity == "error"}
        rows = table.frame[~table.frame.index.isin(list(wrong))]
        rows = rows[(rows != "").any(axis=1)]
        if len(rows) and not any(p.code == "missing_column" and p.table == name for p in kept):
            frames[name] = ordered(rows, name).reset_index(drop=True)
    notes = {name: float(len(frame)) for name, frame in frames.items()}
    return Imported(kind="template", tables=frames, problems=tuple(kept), notes=notes)
