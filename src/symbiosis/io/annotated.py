"""The tables as they were handed in, with a column that says what is wrong with each row: nothing is lost, nothing is
changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from symbiosis.errors import Problem
from symbiosis.io.folder import read_raw
from symbiosis.io.problems import column_title, sentence
from symbiosis.io.sheets import RawSheet

if TYPE_CHECKING:
    import xlsxwriter


def annotated_copy(path: Path | str, problems: Sequence[Problem], out: Path | str, *, language: str = "fr") -> int:
    """Writes a workbook with each table as it came and its problems beside the rows.

    Parameters
    ----------
    path
        Folder or workbook that was read.
    problems
        What was found in it.
    out
        Workbook to write.
    language
        ``fr`` or ``en``.

    Returns
    -------
    int
        Number of problems that were written; a problem of a file as a whole stands on the first sheet.
    """
    return write_annotated(read_raw(Path(path)).sheets, problems, out, language=language)


def write_annotated(sheets: Sequence[RawSheet], problems: Sequence[Problem], out: Path | str, *, language: str = "fr") -> int:
    """Writes sheets as they came, of our tables or of any file, with the problems of each row beside it.

    Parameters
    ----------
    sheets
        All their cells.
    problems, out, language
        As for :func:`annotated_copy`.

    Returns
    -------
    int
        Number of problems that were written.
    """
    import xlsxwriter  # here and not above: every command imports this module, and few write a workbook

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    written = 0
    with xlsxwriter.Workbook(str(out), options) as book:
        styles = {
            "heading": book.add_format({"bold": True, "bg_color": "#DCE9ED", "text_wrap": True}),
            "text": book.add_format({"num_format": "@", "valign": "top"}),
            "error": book.add_format({"num_format": "@", "bg_color": "#F9D6D2", "valign": "top"}),
            "warning": book.add_format({"num_format": "@", "bg_color": "#FFF0CC", "valign": "top"}),
            "note": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        placed = {(s.file, s.table, row) for s in sheets for row, _ in s.rows}
        rest = [p for p in problems if (p.file, p.table, p.row) not in placed]
        _summary(book, styles, rest, language)
        written += len(rest)
        names = {"fichiers", "files"}
        for sheet in sheets:
            mine = [
                p for p in problems if (p.file, p.table) == (sheet.file, sheet.table) and (p.file, p.table, p.row) in placed
            ]
            _annotated_sheet(book.add_worksheet(_sheet_name(sheet.table, names)), styles, sheet, mine, language)
            written += len(mine)
    return written


def _sheet_name(table: str, taken: set[str]) -> str:
    """Name that a workbook takes for a sheet: 31 characters, none of those it forbids, once."""
    stem = re.sub(r"[\[\]:*?/\\']", "_", table)[:28] or "registre"
    name = next(one for one in (stem, *(f"{stem}_{i}" for i in range(2, 1000))) if one.casefold() not in taken)
    taken.add(name.casefold())
    return name


def _text(problem: Problem, language: str) -> str:
    message, remedy = sentence(problem, language)
    return f"{message} {remedy}"


def _summary(
    book: xlsxwriter.Workbook, styles: dict[str, xlsxwriter.format.Format], problems: Sequence[Problem], language: str
) -> None:
    french = language == "fr"
    sheet = book.add_worksheet("Fichiers" if french else "Files")
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 110)
    titles = ("Fichier", "Table", "Problème") if french else ("File", "Table", "Problem")
    for j, title in enumerate(titles):
        sheet.write_string(0, j, title, styles["heading"])
    for i, problem in enumerate(problems, start=1):
        sheet.write_string(i, 0, problem.file, styles["text"])
        sheet.write_string(i, 1, problem.table, styles["text"])
        sheet.write_string(i, 2, _text(problem, language), styles[problem.severity])


def _annotated_sheet(
    sheet: xlsxwriter.worksheet.Worksheet,
    styles: dict[str, xlsxwriter.format.Format],
    raw: RawSheet,
    problems: Sequence[Problem],
    language: str,
) -> None:
    width = max((len(cells) for _, cells in raw.rows), default=0)
    top = raw.rows[0][0] if raw.rows else 1
    sheet.write_string(top - 1, width, "Problème" if language == "fr" else "Problem", styles["heading"])
    sheet.set_column(0, max(width - 1, 0), 18)
    sheet.set_column(width, width, 100)
    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        by_row.setdefault(problem.row or 0, []).append(problem)
    for row, cells in raw.rows:
        mine = by_row.get(row, [])
        kind = "error" if any(p.severity == "error" for p in mine) else "warning" if mine else "text"
        for j, cell in enumerate(cells):
            if cell:
                sheet.write_string(row - 1, j, cell, styles["heading" if row == top else "text"])
        if mine:
            lines = [_line(p, language) for p in mine]
            heading = "Problème : " if language == "fr" else "Problem: "
            note = "\n".join(lines)
            sheet.write_string(row - 1, width, heading + note if row == top else note, styles[kind])
    sheet.freeze_panes(top, 1)


def _line(problem: Problem, language: str) -> str:
    title = column_title(problem.table, problem.column, language)
    text = _text(problem, language)
    return f"{title} : {text}" if title else text
