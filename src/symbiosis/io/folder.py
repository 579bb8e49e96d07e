"""A folder of tables, or one workbook, read into raw cells and then into :class:`~symbiosis.declarations.Declarations`.

Everything comes in as text; the typing is ours. Problems of files, headings and cells are collected and reported
together.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd

from symbiosis.declarations import Declarations, RawTable, build
from symbiosis.errors import DeclarationError, Problem
from symbiosis.io.headings import table_of
from symbiosis.io.sheets import RawSheet, raw_table, read_file
from symbiosis.io.text_files import decode
from symbiosis.schemas import CATALOGUE, DECLARATIONS

logger = logging.getLogger(__name__)

_TABLE_SUFFIXES = frozenset((".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFolder:
    """What a folder holds, before typing: sheets with all their cells, facts, further catalogue rows, problems so
    far.
    """

    sheets: tuple[RawSheet, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    extension: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_folder(
    path: Path | str,
    *,
    waste_codes: pd.DataFrame | None = None,
    catalogue_ids: Mapping[str, Collection[str]] | None = None,
    today: date | None = None,
) -> Declarations:
    """Reads what a territory declares.

    Parameters
    ----------
    path
        A folder with one CSV or XLSX file per table, or with one workbook; or the workbook itself.
    waste_codes
        European list of waste of the catalogue; without it codes are only read.
    catalogue_ids
        Known ids by catalogue table, to check references to the catalogue.
    today
        Day on which codes must be in force; the present day by default.

    Returns
    -------
    Declarations
        With warnings in it.

    Raises
    ------
    DeclarationError
        If anything is wrong: with every problem of every file.
    """
    raw = read_raw(Path(path))
    tables: dict[str, RawTable] = {}
    problems = list(raw.problems)
    for sheet in raw.sheets:
        table, found = raw_table(sheet)
        problems += found
        tables[sheet.table] = table
    for name in unreadable_tables(raw.problems):
        tables.setdefault(name, RawTable(frame=pd.DataFrame(), is_readable=False))
    return build(
        tables, facts=raw.facts, waste_codes=waste_codes, catalogue_ids=catalogue_ids, extension=raw.extension,
        problems=problems, today=today,
    )  # fmt: skip


def check_folder(
    path: Path | str,
    *,
    waste_codes: pd.DataFrame | None = None,
    catalogue_ids: Mapping[str, Collection[str]] | None = None,
    today: date | None = None,
) -> tuple[Problem, ...]:
    """Every problem of a folder, warnings included, in the order of files and rows; nothing is raised for what it
    holds.

    Parameters
    ----------
    path, waste_codes, catalogue_ids, today
        As for :func:`read_folder`.

    Returns
    -------
    tuple of Problem
    """
    try:
        return read_folder(path, waste_codes=waste_codes, catalogue_ids=catalogue_ids, today=today).warnings
    except DeclarationError as error:
        return error.problems


def unreadable_tables(problems: Collection[Problem]) -> list[str]:
    """Tables whose file could not be read, so that nothing more is said of what they lack.

    Parameters
    ----------
    problems
        What the reader of files found.
    """
    if any(p.table == "" and p.severity == "error" and p.code != "bad_facts" for p in problems):
        return list(DECLARATIONS)  # a workbook that should hold them all
    return sorted({p.table for p in problems if p.row is None and p.severity == "error" and p.table in DECLARATIONS})


def read_raw(path: Path) -> RawFolder:
    """Cells of every table under a path, as text.

    Parameters
    ----------
    path
        Folder or workbook.

    Returns
    -------
    RawFolder
    """
    if path.is_file():
        sheets, problems = read_file(path, None)
        return RawFolder(sheets=tuple(sheets), problems=tuple(problems))
    if not path.is_dir():
        return RawFolder(sheets=(), problems=(Problem(code="missing_folder", file=path.name, value=str(path)),))
    sheets, problems = [], []
    for file in sorted(path.iterdir()):
        # "~$" is the lock file that Excel leaves beside an open workbook.
        if not file.is_file() or file.name.startswith((".", "~$")) or file.suffix.lower() not in _TABLE_SUFFIXES:
            continue
        found, wrong = read_file(file, table_of(file.stem))
        sheets += found
        problems += wrong
    if sheets:
        # A report that lies beside the tables is no error; it is said all the same.
        problems = [replace(p, severity="warning") if p.code == "no_known_sheet" else p for p in problems]
    facts, wrong = _facts(path / "facts.json")
    problems += wrong
    kept: dict[str, RawSheet] = {}
    for sheet in sheets:
        if sheet.table in kept:
            data = {"first": kept[sheet.table].place}
            problems.append(Problem(code="table_twice", file=sheet.file, table=sheet.table, row=1, data=data))
        else:
            kept[sheet.table] = sheet
    extension, wrong = _extension(path / "catalogue")
    problems += wrong
    logger.debug("read %s: %s", path, ", ".join(f"{s.table} from {s.place}" for s in kept.values()))
    return RawFolder(sheets=tuple(kept.values()), facts=facts, extension=extension, problems=tuple(problems))


def _facts(path: Path) -> tuple[dict[str, object], list[Problem]]:
    if not path.is_file():
        return {}, []
    decoded = decode(path.read_bytes())
    try:
        facts = json.loads(decoded[0] if decoded else "")
    except ValueError as error:
        line = getattr(error, "lineno", None)
        return {}, [Problem(code="bad_facts", file=path.name, row=line, value=str(error))]
    if not isinstance(facts, dict):
        return {}, [Problem(code="bad_facts", file=path.name)]
    return facts, []


def _extension(folder: Path) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Further catalogue rows, as text; the catalogue types and checks them itself."""
    extension: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for file in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        shown = f"catalogue/{file.name}"
        if file.stem not in CATALOGUE:
            problems.append(Problem(code="unknown_catalogue_table", file=shown, row=None, value=file.stem, table=file.stem))
            continue
        sheets, wrong = read_file(file, file.stem, shown=shown)
        problems += wrong
        for sheet in sheets:
            table, found = raw_table(sheet)
            problems += found
            if table.is_readable:
                extension[file.stem] = table.frame.reset_index(drop=True)
    return extension, problems
