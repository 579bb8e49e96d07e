"""One file: what it really is, its sheets, and the cells of a sheet as a raw table with the columns of the schema."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from symbiosis.declarations import RawTable
from symbiosis.declarations.cells import by_distinct, fold
from symbiosis.declarations.numbers import Mark
from symbiosis.errors import Problem
from symbiosis.io.choices import choice_code
from symbiosis.io.guard import Sheet, read_workbook
from symbiosis.io.headings import IGNORED_SHEETS, Heading, find_heading, near_column, near_table, table_of
from symbiosis.io.text_files import MAX_BYTES, read_text_file
from symbiosis.schemas import CATALOGUE, DECLARATIONS, Table

_TEXT_SUFFIXES = frozenset((".csv", ".tsv", ".txt"))
_GUARDED = re.compile(r"'[=+\-@\t\r\d＝＋－＠]")
_WORKBOOK_SUFFIXES = frozenset((".xlsx", ".xlsm"))
_MAGIC = (
    (b"%PDF", "pdf"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"), (b"\x1f\x8b", "gzip"), (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"), (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"),
    (b"<!DOCTYPE html", "html"), (b"<html", "html"), (b"<?xml", "xml"), (b"{\\rtf", "rtf"), (b"PAR1", "parquet"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSheet:
    """All cells of a sheet, with where they stand.

    Attributes
    ----------
    rows
        Row number that a spreadsheet shows, and its cells; blank rows are left out.
    native
        (row, cell position) of the cells that were stored as numbers.
    delimiter
        Of a CSV file; empty for a workbook.
    """

    table: str
    file: str
    sheet: str = ""
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    native: frozenset[tuple[int, int]] = frozenset()
    findings: tuple[tuple[int, int, str], ...] = ()
    merges: tuple[str, ...] = ()
    delimiter: str = ""
    encoding: str = ""
    problems: tuple[Problem, ...] = field(default_factory=tuple)

    @property
    def place(self) -> str:
        """File, and sheet where the file is a workbook."""
        return f"{self.file} ({self.sheet})" if self.sheet else self.file

    @property
    def schema(self) -> Table:
        """Declaration of the table."""
        return DECLARATIONS.get(self.table) or CATALOGUE[self.table]


def content_kind(path: Path) -> str:
    """What a file holds, whatever its name says: ``xlsx``, ``text``, ``empty``, ``pdf``, ``xls``, ``zip``…

    Parameters
    ----------
    path
        The file.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe\x00"):
        return "empty"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return "xlsx"  # the guarded reader says what is wrong with it
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "mimetype" in names and "content.xml" in names:
            return "ods"
        return "docx" if "word/document.xml" in names else "zip"
    stripped = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, kind in _MAGIC:
        if stripped[: len(magic)].lower() == magic.lower():
            return kind
    return "text"


def read_file(path: Path, table: str | None, *, shown: str = "") -> tuple[list[RawSheet], list[Problem]]:
    """Sheets of one file.

    Parameters
    ----------
    path
        The file.
    table
        Table that its name announces; ``None`` for a workbook of several tables, or a file that is none of ours.
    shown
        Name for messages, where it is not the file's own.

    Returns
    -------
    list of RawSheet
        Those that hold a table.
    list of Problem
        What is wrong with the file as a whole.
    """
    file = shown or path.name
    name = table or ""
    suffix = path.suffix.lower()
    if table is None and suffix in _TEXT_SUFFIXES:
        near = near_table(path.stem)
        data = {"expected": f"{near}{suffix}"}
        return [], [Problem(code="unknown_file", severity="warning", file=file, table=near, data=data)] if near else []
    kind = content_kind(path)
    refusal = _refusal(path, kind, table)
    if refusal is not None:
        return [], [Problem(code=refusal[0], file=file, table=name, data=refusal[1])]
    problems: list[Problem] = []
    if (kind == "text") != (suffix in _TEXT_SUFFIXES):
        # Read all the same: whoever mends the name should see the rest too.
        data = {"expected": suffix[1:], "found": kind}
        problems.append(Problem(code="content_mismatch", file=file, table=name, row=1, data=data))
    if kind == "xlsx" or table is None:
        sheets, found = _workbook(path, file, table)
        return sheets, problems + found
    read = read_text_file(path.read_bytes(), DECLARATIONS.get(table) or CATALOGUE[table], file)
    if isinstance(read, Problem):
        return [], [*problems, read]
    sheet = RawSheet(
        table=table, file=file, rows=read.rows, delimiter=read.delimiter, encoding=read.encoding, problems=read.problems
    )
    return [sheet], problems


def _refusal(path: Path, kind: str, table: str | None) -> tuple[str, dict[str, object]] | None:
    """Why a file is not read at all, by what it holds."""
    suffix = path.suffix.lower()
    if kind == "empty":
        return "empty_file", {}
    if path.stat().st_size > MAX_BYTES:
        return "file_too_big", {"megabytes": path.stat().st_size // 2**20, "limit": MAX_BYTES // 2**20}
    if kind == "xls" and suffix in (*_WORKBOOK_SUFFIXES, ".xls"):
        return "old_or_locked_workbook", {}
    if kind == "xlsx" or (kind == "text" and table is not None):
        return None
    # A text under a workbook's name reads as the table that the name announces, and refused where it announces none.
    code = "unsupported_format" if kind == "ods" and suffix == ".ods" else "content_mismatch"
    return code, {"expected": suffix[1:], "found": kind}


def _workbook(path: Path, file: str, table: str | None) -> tuple[list[RawSheet], list[Problem]]:
    verdict = read_workbook(path)
    if verdict.code != "ok":
        return [], [Problem(code=verdict.code, file=file, table=table or "", data=verdict.data or {})]
    problems: list[Problem] = []
    sheets: list[RawSheet] = []
    named = [(s, table_of(s.name)) for s in verdict.sheets]
    if table is not None and not any(name == table for _, name in named):
        first = next((s for s in verdict.sheets if s.is_visible and fold(s.name) not in IGNORED_SHEETS), None)
        if first is None or not first.rows:
            return [], [Problem(code="empty_file", file=file, table=table)]
        return [_sheet(first, table, file)], []
    for sheet, name in named:
        if name is not None:
            sheets.append(_sheet(sheet, name, file))
        elif sheet.rows and sheet.is_visible and fold(sheet.name) not in IGNORED_SHEETS:
            data = {"sheet": sheet.name, "near": near_table(sheet.name) or ""}
            problems.append(Problem(code="unknown_sheet", severity="warning", file=file, value=sheet.name, data=data))
    if not sheets:
        problems.append(Problem(code="no_known_sheet", file=file))
    return sheets, problems


def _sheet(sheet: Sheet, table: str, file: str) -> RawSheet:
    return RawSheet(
        table=table, file=file, sheet=sheet.name,
        rows=tuple((row, cells) for row, cells, _ in sheet.rows),
        native=frozenset((row, i) for row, _, native in sheet.rows for i in native),
        findings=sheet.findings, merges=sheet.merges,
    )  # fmt: skip


def raw_table(sheet: RawSheet) -> tuple[RawTable, list[Problem]]:
    """Cells of a sheet under the columns of the schema.

    Parameters
    ----------
    sheet
        All its cells.

    Returns
    -------
    RawTable
    list of Problem
        What is wrong with headings and with the shape of rows.
    """
    table = sheet.schema
    problems = list(sheet.problems)
    if not sheet.rows:
        return RawTable(frame=pd.DataFrame(), file=sheet.file, is_readable=False), [
            *problems, Problem(code="empty_file", file=sheet.file, table=table.name)
        ]  # fmt: skip
    heading = find_heading(table, [cells for _, cells in sheet.rows[:50]])
    if heading is None:
        shown = " | ".join(c for c in sheet.rows[0][1] if c)[:120]
        problems.append(Problem(code="no_headings", file=sheet.file, table=table.name, row=sheet.rows[0][0], value=shown))
        return RawTable(frame=pd.DataFrame(), file=sheet.file, is_readable=False), problems
    heading_row = sheet.rows[heading.position][0]
    problems += _heading_problems(sheet, table, heading, heading_row)
    body = sheet.rows[heading.position + 1 :]
    problems += _shape_problems(sheet, heading, heading_row, body)
    problems += _cell_problems(sheet, table, heading, heading_row)
    data = {
        column: by_distinct(partial(choice_code, table.columns[column]), cells)
        if table.columns[column].kind == "choice" else cells
        for column, cells in _columns(heading, body, is_text=bool(sheet.delimiter)).items()
    }  # fmt: skip
    frame = pd.DataFrame(data, index=pd.Index([row for row, _ in body], dtype="int64"), dtype=object)
    native = frozenset((row, heading.columns[i]) for row, i in sheet.native if row > heading_row and i in heading.columns)
    hint: Mark | None = "," if sheet.delimiter == ";" else None
    shifted = frozenset(p.row for p in problems if p.code in ("too_many_cells", "broken_quotes") and p.row is not None)
    return RawTable(frame=frame, file=sheet.file, native=native, decimal_hint=hint, shifted=shifted), problems


def _columns(heading: Heading, body: tuple[tuple[int, tuple[str, ...]], ...], *, is_text: bool) -> Mapping[str, list[str]]:
    # Rows may end early: a blank row as long as the heading makes them all alike.
    longest = ("",) * (max(heading.columns, default=0) + 1)
    cut = list(zip_longest(longest, *(cells for _, cells in body), fillvalue=""))
    columns = {column: list(cut[i][1:]) for i, column in heading.columns.items()}
    if not is_text:
        return columns
    # The apostrophe that our CSV writer, like a careful person, puts before what a spreadsheet would change.
    return {name: [c[1:] if c.startswith("'") and _GUARDED.match(c) else c for c in cells] for name, cells in columns.items()}


def _heading_problems(sheet: RawSheet, table: Table, heading: Heading, row: int) -> list[Problem]:
    problems = []
    for written in heading.unknown.values():
        data = {"suggestion": near_column(table, written, heading.columns.values())}
        problems.append(
            Problem(
                code="unknown_column",
                severity="warning",
                file=sheet.file,
                table=table.name,
                row=row,
                column=written,
                value=written,
                data=data,
            )
        )
    problems += [
        Problem(code="column_twice", file=sheet.file, table=table.name, row=row, column=column)
        for column in heading.doubled.values()
    ]
    return problems


def _shape_problems(
    sheet: RawSheet, heading: Heading, heading_row: int, body: tuple[tuple[int, tuple[str, ...]], ...]
) -> list[Problem]:
    """Rows longer than the heading: in a comma file, a decimal comma without quotes shifts every cell after it."""
    width = max([*heading.columns, *heading.unknown, *heading.doubled]) + 1
    if not sheet.delimiter:
        return []
    return [
        Problem(
            code="too_many_cells",
            file=sheet.file,
            table=sheet.table,
            row=row,
            value=sheet.delimiter.join(cells)[:120],
            data={"cells": len(cells), "expected": width},
        )
        for row, cells in body
        if len(cells) > width and any(c.strip() for c in cells[width:])
    ]


def _cell_problems(sheet: RawSheet, table: Table, heading: Heading, heading_row: int) -> list[Problem]:
    """What the workbook's reader found in single cells, and merged cells among the rows."""
    problems = [
        Problem(code=code, file=sheet.file, table=table.name, row=row, column=heading.columns[column])
        for row, column, code in sheet.findings
        if row > heading_row and column in heading.columns
    ]
    for reference in sheet.merges:
        match = re.fullmatch(r"[A-Z]+(\d+):[A-Z]+(\d+)", reference)
        if match and int(match.group(2)) > heading_row:
            first = max(int(match.group(1)), heading_row)
            problems.append(
                Problem(
                    code="merged_cells",
                    severity="warning",
                    file=sheet.file,
                    table=table.name,
                    row=first,
                    value=reference,
                )
            )
    return problems
