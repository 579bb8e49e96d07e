"""Cells as people and spreadsheets write them: each is read exactly, or said to be doubtful at its row and column.

Thirty-one texts and twenty workbooks. For every cell either the exact value is given, or ``FLAG``: then a problem must stand at
that row. A cell that is read as something else in silence is the one thing that may not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from symbiosis.io.imports.checks import Columns
from symbiosis.io.imports.grids import bare, read_grids

FLAG = object()
NB, NNB = "\u00a0", "\u202f"
TODAY = date(2026, 11, 25)


def siret_of(columns: Columns) -> pd.Series:
    return columns.sirets(columns.texts("x"), "x")


def code_of(columns: Columns) -> pd.Series:
    return columns.waste_codes("x", "hazard", {})[0]


READERS: dict[str, Callable[[Columns], pd.Series]] = {
    "number": lambda c: c.numbers("x"),
    "code": code_of,
    "day": lambda c: c.days("x", TODAY),
    "siret": siret_of,
    "text": lambda c: c.texts("x"),
}

# name: (reader, cells and what they mean, how the file is written)
Set = tuple[str, Sequence[tuple[str, Any]], dict[str, str]]
TEXTS: dict[str, Set] = {
    "French decimals": ("number", [("1 234,5", 1234.5), (f"1{NB}234,5", 1234.5), (f"1{NNB}234,25", 1234.25), ("0,5", 0.5)], {}),
    "English decimals": ("number", [("1,234.5", 1234.5), ("12.25", 12.25), (".5", FLAG)], {"delimiter": ";"}),
    "a comma alone, in a comma file": ("number", [("1,234", FLAG), ("12", 12.0)], {"delimiter": ","}),
    "a comma alone, in a semicolon file": ("number", [("1,234", FLAG), ("12", 12.0)], {}),
    "a comma that the column settles": ("number", [("1,234", 1.234), ("12,5", 12.5)], {}),
    "thousands that the column settles": ("number", [("1,234", 1234.0), ("12.5", 12.5)], {}),
    "two marks in one column": ("number", [("12,5", 12.5), ("12.5", 12.5), ("1,234", FLAG)], {}),
    "points between thousands": ("number", [("1.234.567,8", 1234567.8), ("1.234", 1234.0), ("2,5", 2.5)], {}),
    "exponents": ("number", [("1e3", 1000.0), ("1.5E-2", 0.015), ("1e308", FLAG), ("1e400", FLAG), ("1e-400", FLAG)], {}),
    "more digits than a float holds": ("number", [("12345678901234567890", FLAG), ("0.1", 0.1)], {}),
    "money and apostrophes": ("number", [("12 €", 12.0), ("1'234,5", 1234.5), ("1’234,5", 1234.5)], {}),
    "units in the cell": ("number", [("12 t", FLAG), ("12kg", FLAG), ("~12", FLAG), ("12 à 15", FLAG)], {}),
    "days in a column of numbers": ("number", [("12/03/2026", FLAG), ("11-mars", FLAG), ("2026-03-12", FLAG)], {}),
    "errors of a spreadsheet": ("number", [("#N/A", FLAG), ("#REF!", FLAG), ("#VALEUR!", FLAG), ("#DIV/0!", FLAG)], {}),
    "infinities": ("number", [("inf", FLAG), ("-inf", FLAG), ("NaN", FLAG), ("∞", FLAG), ("1e999", FLAG)], {}),
    "negative amounts": ("number", [("-12", FLAG), ("−12", FLAG), ("- 12", FLAG), ("(12)", FLAG)], {}),
    "signs, zeros and other digits": ("number", [("+5", 5.0), ("007", 7.0), ("0", 0.0), ("１２", 12.0), ("", None)], {}),
    "words": ("number", [("beaucoup", FLAG), ("n.c.", FLAG), ("1,2,3", FLAG), ("1..2", FLAG), ("true", FLAG)], {}),
    "codes as they are written": (
        "code",
        [
            ("15 01 03", "150103"),
            ("150103", "150103"),
            ("15.01.03", "150103"),
            ("15-01-03", "150103"),
            (f"15{NB}01{NB}03*", "150103"),
            ("", ""),
        ],
        {},
    ),
    "codes without their zero": ("code", [("10101", FLAG), ("1 01 01", FLAG), ("80111*", FLAG)], {}),
    "codes that are none": (
        "code",
        [("bois", FLAG), ("1501", FLAG), ("15 01 03 04", FLAG), ("1.50103E+05", FLAG), ("15/01/03", FLAG)],
        {},
    ),
    "codes that were numbers": ("code", [("150103.0", "150103"), ("150103,0", FLAG)], {}),
    "numbers of establishments": (
        "siret",
        [("732 829 320 00074", "73282932000074"), ("73282932000074", "73282932000074"), ("", "")],
        {},
    ),
    "numbers that a spreadsheet spoilt": (
        "siret",
        [
            ("7,32829E+13", FLAG),
            ("7.3282932000074E13", FLAG),
            ("7328293200007", FLAG),
            ("73282932000075", FLAG),
            ("73282932000074.0", FLAG),
        ],
        {},
    ),
    "days": (
        "day",
        [
            ("2025-03-04", date(2025, 3, 4)),
            ("04/03/2025", date(2025, 3, 4)),
            ("4/3/2025", date(2025, 3, 4)),
            ("2025-03-04 13:30:00", date(2025, 3, 4)),
            ("2025-03-04T13:30:00.000Z", date(2025, 3, 4)),
            ("4 mars 2025", date(2025, 3, 4)),
            ("1er août 2025", date(2025, 8, 1)),
            ("4-févr.-2025", date(2025, 2, 4)),
            ("March 4, 2025", FLAG),
            ("04.03.2025", date(2025, 3, 4)),
        ],
        {},
    ),
    "days that are none": (
        "day",
        [
            ("2025-02-30", FLAG),
            ("31/04/2025", FLAG),
            ("03/04/25", FLAG),
            ("45000", FLAG),
            ("2062-01-01", FLAG),
            ("13/13/2025", FLAG),
        ],
        {},
    ),
    "accents of an old Windows": ("text", [("Été œuvre €", "Été œuvre €"), ("l’eau", "l’eau")], {"encoding": "cp1252"}),
    "accents of UTF-16": ("text", [("Été œuvre €", "Été œuvre €")], {"encoding": "utf-16"}),
    "a mark of order and Excel's own line": (
        "text",
        [("é", "é"), ("=1+1", "=1+1")],
        {"encoding": "utf-8-sig", "head": "sep=;\r\n"},
    ),
    "quotes, lines and delimiters inside": ("text", [('a "b" c', 'a "b" c'), ("x;y", "x;y"), ("un\r\ndeux", "un\r\ndeux")], {}),
    "text that looks like something else": (
        "text",
        [
            ("010101", "010101"),
            ("1e5", "1e5"),
            ("'=1+1", "=1+1"),
            ("\u202eabc", "\u202eabc"),
            ("NULL", "NULL"),
            ("nan", "nan"),
            ("VRAI", "VRAI"),
        ],
        {},
    ),
}


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def judge(path: Path, reader: str, cells: Sequence[tuple[str, Any]]) -> None:
    """Every cell is exact, or flagged at its row."""
    (sheet, *_), problems = read_grids(path)
    position = next(i for i, (_, row) in enumerate(sheet.rows) if "valeur" in [bare(c) for c in row])
    head = [bare(c) for c in sheet.rows[position][1]]
    columns = Columns(sheet=sheet, position=position, places={"key": head.index("cle"), "x": head.index("valeur")})
    values = READERS[reader](columns)
    keys = dict(zip(columns.text["key"], columns.text.index, strict=True))
    flagged = {p.row for p in [*problems, *columns.problems]}
    for i, (cell, meant) in enumerate(cells):
        row = keys[f"k{i}"]
        found = values.get(row)
        if meant is FLAG:
            assert row in flagged, f"{cell!r} was read as {found!r} in silence"
        elif meant is None or meant == "":
            assert pd.isna(found) or found == "", cell
        elif isinstance(meant, float):
            assert found == pytest.approx(meant, rel=1e-15, abs=0), cell
            assert row not in flagged, cell
        else:
            assert (found.date() if isinstance(meant, date) else found) == meant, cell
            assert row not in flagged, cell


@pytest.mark.parametrize("name", TEXTS)
def test_no_cell_of_a_text_changes_in_silence(name: str, tmp_path: Path) -> None:
    reader, cells, how = TEXTS[name]
    delimiter = how.get("delimiter", ";")
    lines = [delimiter.join((quoted("Clé"), quoted("Valeur")))]
    lines += [delimiter.join((f"k{i}", quoted(cell))) for i, (cell, _) in enumerate(cells)]
    text = how.get("head", "") + "\r\n".join(lines) + "\r\n"
    (tmp_path / "v.csv").write_bytes(text.encode(how.get("encoding", "utf-8")))
    judge(tmp_path / "v.csv", reader, cells)


def test_there_are_thirty_one_texts_and_twenty_workbooks() -> None:
    assert (len(TEXTS), len(BOOKS)) == (31, 20)


Cell = Callable[[xlsxwriter.Workbook, Any, int], None]


def text(value: str) -> Cell:
    return lambda _book, sheet, row: sheet.write_string(row, 1, value)


def number(value: float, form: str = "") -> Cell:
    return lambda book, sheet, row: sheet.write_number(row, 1, value, book.add_format({"num_format": form}) if form else None)


def formula(code: str, result: Any) -> Cell:
    return lambda _book, sheet, row: sheet.write_formula(row, 1, code, None, result)


def moment(value: str, form: str) -> Cell:
    return lambda book, sheet, row: sheet.write_datetime(
        row, 1, datetime.fromisoformat(value), book.add_format({"num_format": form})
    )


def flag(value: bool) -> Cell:
    return lambda _book, sheet, row: sheet.write_boolean(row, 1, value)


def rich(*parts: str) -> Cell:
    def write(book: xlsxwriter.Workbook, sheet: Any, row: int) -> None:
        bold = book.add_format({"bold": True})
        sheet.write_rich_string(row, 1, parts[0], bold, parts[1], parts[2])

    return write


def merged(value: str) -> Cell:
    return lambda _book, sheet, row: sheet.merge_range(row, 1, row + 1, 1, value)


def nothing(_book: xlsxwriter.Workbook, _sheet: Any, _row: int) -> None:
    return None


BOOKS: dict[str, tuple[str, list[tuple[Cell, Any]], dict[str, Any]]] = {
    "text cells that look like numbers": ("code", [(text("010101"), "010101"), (text("15 01 03"), "150103")], {}),
    "codes that became numbers": ("code", [(number(10101), FLAG), (number(150103), "150103")], {}),
    "numbers": ("number", [(number(12.3), 12.3), (number(1e-7), 1e-7), (number(0.1 + 0.2), 0.1 + 0.2)], {}),
    "whole numbers": ("number", [(number(0), 0.0), (number(123456789), 123456789.0)], {}),
    "numbers out of all bounds": ("number", [(number(1e308), FLAG), (number(1234567890123456), FLAG), (number(-12), FLAG)], {}),
    "numbers typed as text": ("number", [(text("1 234,5"), 1234.5), (text("12 t"), FLAG)], {}),
    "an ambiguous text beside numbers": ("number", [(text("1,234"), FLAG), (number(2.5), 2.5)], {}),
    "formulas with their result": ("number", [(formula("=B2*2", 24.6), 24.6)], {}),
    "formulas without a result": ("number", [(formula("=B2*2", ""), FLAG)], {}),
    "formulas that failed": ("number", [(formula("=1/0", "#DIV/0!"), FLAG), (formula("=NA()", "#N/A"), FLAG)], {}),
    "truths": ("number", [(flag(True), FLAG), (flag(False), FLAG)], {}),
    "days in a column of numbers": ("number", [(moment("2026-03-11", "dd/mm/yyyy"), FLAG), (number(12, "0.00"), 12.0)], {}),
    "days": (
        "day",
        [
            (moment("2026-03-11", "dd/mm/yyyy"), date(2026, 3, 11)),
            (moment("2026-03-11T13:30", "dd/mm/yyyy hh:mm"), date(2026, 3, 11)),
            (text("11/03/2026"), date(2026, 3, 11)),
            (number(46092), FLAG),
        ],
        {},
    ),
    "days since 1904": ("day", [(moment("2026-03-11", "dd/mm/yyyy"), date(2026, 3, 11))], {"date_1904": True}),
    "days that are none": (
        "day",
        [(text("31/02/2026"), FLAG), (text("mars"), FLAG), (moment("2062-01-01", "yyyy-mm-dd"), FLAG)],
        {},
    ),
    "percentages and money": ("number", [(number(0.15, "0%"), 0.15), (number(12.5, '#,##0.00 "€"'), 12.5)], {}),
    "numbers of establishments": (
        "siret",
        [
            (number(73282932000074), "73282932000074"),
            (text("732 829 320 00074"), "73282932000074"),
            (number(7328293200007), FLAG),
        ],
        {},
    ),
    "merged codes": ("code", [(merged("15 01 03"), "150103"), (nothing, FLAG)], {}),
    "rich text and controls": (
        "text",
        [(rich("bois ", "non", " traité"), "bois non traité"), (text("a\tb"), "a\tb"), (text("_x0041_"), "_x0041_")],
        {},
    ),
    "strings inside the cells": (
        "text",
        [(text("Été œuvre €"), "Été œuvre €"), (text("=1+1"), "=1+1"), (text("007"), "007")],
        {"constant_memory": True},
    ),
}


@pytest.mark.parametrize("name", BOOKS)
def test_no_cell_of_a_workbook_changes_in_silence(name: str, tmp_path: Path) -> None:
    reader, cells, options = BOOKS[name]
    with xlsxwriter.Workbook(tmp_path / "v.xlsx", options) as book:
        sheet = book.add_worksheet("v")
        sheet.write_row(0, 0, ["Clé", "Valeur"])
        for i, (write, _) in enumerate(cells):
            sheet.write_string(i + 1, 0, f"k{i}")
            write(book, sheet, i + 1)
    judge(tmp_path / "v.xlsx", reader, [(name, meant) for _, meant in cells])
