"""A file that is none of our tables, as sheets of text cells, and a sheet as a frame of the columns that are wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from symbiosis.declarations.cells import fold
from symbiosis.errors import Problem
from symbiosis.io.guard import MAX_FILE_BYTES, read_workbook
from symbiosis.io.sheets import RawSheet, content_kind
from symbiosis.io.text_files import cut, widest_delimiter

_GUARDED = re.compile(r"'[=+\-@\t\r\d＝＋－＠]")
_BLANKS = " \t\r\n\u00a0\u202f\ufeff"
_TEXT_SUFFIXES = frozenset((".csv", ".tsv", ".txt"))


def read_grids(path: Path) -> tuple[list[RawSheet], list[Problem]]:
    """Sheets of a workbook, of a CSV file or pasted table, or of an archive of CSV files; parsed in a guarded child.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    list of RawSheet
        Visible sheets that hold something, named after the sheet (after the file for a text).
    list of Problem
        What is wrong with the file as a whole.
    """
    kind = content_kind(path)
    if kind == "empty":
        return [], [Problem(code="empty_file", file=path.name)]
    if path.stat().st_size > MAX_FILE_BYTES:
        data = {"megabytes": path.stat().st_size // 2**20, "limit": MAX_FILE_BYTES // 2**20}
        return [], [Problem(code="file_too_big", file=path.name, data=data)]
    if kind == "text":
        return read_pasted(path.read_bytes(), path.name)
    if kind == "xls":
        return [], [Problem(code="old_or_locked_workbook", file=path.name)]
    if kind not in ("xlsx", "zip"):
        return [], [Problem(code="unsupported_format", file=path.name, data={"expected": path.suffix[1:], "found": kind})]
    problems = []
    if path.suffix.lower() in _TEXT_SUFFIXES:
        said: dict[str, object] = {"expected": path.suffix[1:], "found": kind}
        problems.append(Problem(code="content_mismatch", severity="warning", file=path.name, data=said))
    verdict = read_workbook(path, is_archive=kind == "zip")
    if verdict.code != "ok":
        return [], [*problems, Problem(code=verdict.code, file=path.name, data=verdict.data or {})]
    sheets = [
        RawSheet(
            table=sheet.name, file=path.name, sheet=sheet.name,
            rows=tuple((row, cells) for row, cells, _ in sheet.rows),
            native=frozenset((row, i) for row, _, native in sheet.rows for i in native),
            findings=sheet.findings, merges=sheet.merges, delimiter="\0" if kind == "zip" else "",
        )
        for sheet in verdict.sheets
        if sheet.is_visible and sheet.rows
    ]  # fmt: skip
    return sheets, problems if sheets else [*problems, Problem(code="empty_file", file=path.name)]


def read_pasted(content: bytes, file: str) -> tuple[list[RawSheet], list[Problem]]:
    """The one sheet of a text: a CSV file, or cells as a spreadsheet leaves them on the clipboard.

    Parameters
    ----------
    content
        The text, encoded in any of the usual ways.
    file
        Name for messages.

    Returns
    -------
    list of RawSheet
    list of Problem
    """
    read = cut(content, file, "", widest_delimiter)
    if isinstance(read, Problem):
        return [], [read]
    if not read.rows:
        return [], [Problem(code="empty_file", file=file)]
    sheet = RawSheet(table=file, file=file, rows=read.rows, delimiter=read.delimiter, encoding=read.encoding)
    problems = [Problem(code=p.code, file=file, table=file, row=p.row) for p in read.problems]
    return [sheet], problems


def bare(cell: str) -> str:
    """A title for comparison: without case, accents, doubled blanks; apostrophes, hyphens and stops count as blanks."""
    return " ".join(re.sub(r"[-‐–—.:/°º]+", " ", fold(cell)).split())


def cells_of(sheet: RawSheet, position: int, columns: Mapping[str, int]) -> pd.DataFrame:
    """Wanted columns of the rows under a heading line.

    Parameters
    ----------
    sheet
        All its cells.
    position
        Of the heading line among the rows.
    columns
        Position of the cell by name to give it.

    Returns
    -------
    pandas.DataFrame
        Texts without blanks around them, indexed by the row number that a spreadsheet shows; rows of which every wanted
        cell is empty are left out.
    """
    body = sheet.rows[position + 1 :]
    data = {name: [cells[i].strip(_BLANKS) if i < len(cells) else "" for _, cells in body] for name, i in columns.items()}
    if sheet.delimiter:
        # The apostrophe that a careful program puts before what a spreadsheet would change.
        data = {name: [c[1:] if c[:1] == "'" and _GUARDED.match(c) else c for c in cells] for name, cells in data.items()}
    frame = pd.DataFrame(data, index=pd.Index([row for row, _ in body], dtype="int64"), dtype=object)
    return frame[(frame != "").any(axis=1)] if len(frame.columns) else frame.iloc[:0]


def native_positions(sheet: RawSheet, rows: pd.Index, column: int) -> frozenset[int]:
    """Positions, among some rows, of the cells of a column that the spreadsheet held as numbers."""
    if not sheet.native:
        return frozenset()
    return frozenset(i for i, row in enumerate(rows) if (int(row), column) in sheet.native)


def too_wide(sheet: RawSheet, position: int) -> list[Problem]:
    """Rows of a text that are longer than its heading line: every cell after an unquoted delimiter is in a wrong column."""
    if not sheet.delimiter:
        return []
    width = len(sheet.rows[position][1])
    return [
        Problem(code="too_many_cells", file=sheet.file, table=sheet.table, row=row, value=sheet.delimiter.join(cells)[:120],
                data={"cells": len(cells), "expected": width})
        for row, cells in sheet.rows[position + 1 :]
        if any(c.strip() for c in cells[width:])
    ]  # fmt: skip
