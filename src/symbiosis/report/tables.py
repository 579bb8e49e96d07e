"""Tables for people: CSV and workbooks that a French Excel opens right, with nothing in them that a spreadsheet would
run.

Text that starts like a formula stays text. In CSV, where only a leading apostrophe keeps it so, text that a
spreadsheet would
change into something else (``010101`` into 10101, ``11-3`` into a day) gets one too; the reader of this package takes
it off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xlsxwriter

    from symbiosis.report.column_sheet import ColumnSheet

ROWS_AT_ONCE = 100_000
"""Rows of a CSV file that are worded together: of millions, memory holds no more."""

SHARED_FROM = 1_000
"""Rows from which it is worth asking which of them share a text."""

_LINE_END = "\r\n"
_MAX_CELL_CHARACTERS = 32_767
_SHEET_NAME_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
# Full-width signs count: some spreadsheets take them for the plain ones.
_FORMULA_START = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_CHANGED_BY_SPREADSHEETS = re.compile(
    r"0\d+|\d{12,}|\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?|\d{1,2}[-/ ][A-Za-zéû]{3,9}\.?(?:[-/ ]\d{2,4})?|\d+[eE]\d+|true|false|vrai|faux",  # noqa: E501
    re.IGNORECASE,
)
# What begins with a letter and holds nothing that a CSV file reads otherwise stays as it is.
_CARE = {mark: rf'^[^A-Za-zÀ-ÖØ-öø-ÿ]|[\x00-\x1f"{mark}]|^(?i:true|false|vrai|faux)$' for mark in (";", ",")}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")

_FORMATS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(^|_)year$"), "0"),
    (re.compile(r"_eur(_per_yr)?$"), "#,##0\\ [$€-40C]"),
    (re.compile(r"_eur_per_"), "#,##0.00\\ [$€-40C]"),
    (re.compile(r"_share$"), "0.0%"),
    (re.compile(r"latitude|longitude"), "0.00000"),
)


def guarded_text(text: str) -> str:
    """Text of a CSV cell that no spreadsheet runs or changes.

    Parameters
    ----------
    text
        As it is.

    Returns
    -------
    str
        With a leading apostrophe where a spreadsheet would take it for a formula, a number or a day.
    """
    bare = text if text.isprintable() else _CONTROL.sub("", _LONE_SURROGATE.sub("\ufffd", text))
    stripped = bare.lstrip(" \u00a0\u202f")
    if _FORMULA_START.match(bare) or _FORMULA_START.match(stripped) or _CHANGED_BY_SPREADSHEETS.fullmatch(stripped):
        return "'" + bare
    return bare


def cell_text(value: object, language: str = "fr") -> str:
    """Any value as text: lists joined with ``;``, yes and no in the language, days in ISO form, missing values empty.

    Parameters
    ----------
    value
        Of a typed table.
    language
        ``fr`` or ``en``.
    """
    if isinstance(value, tuple | list):
        return ";".join(cell_text(v, language) for v in value)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return ("oui" if value else "non") if language == "fr" else ("yes" if value else "no")
    if isinstance(value, float | np.floating):
        return "" if not np.isfinite(value) else f"{value:.15g}"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    return str(value)


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    named = any(name is not None for name in frame.index.names)
    return frame.reset_index() if named else frame


def write_csv(frame: pd.DataFrame, path: Path | str, *, titles: Mapping[str, str] | None = None, language: str = "fr") -> None:
    """Writes a table as CSV: ``;`` and decimal commas in French, ``,`` and points in English, UTF-8 with its mark.

    Parameters
    ----------
    frame
        Typed table; a named index is written first.
    path
        File to write.
    titles
        Heading by column name, where it is not the name itself.
    language
        ``fr`` or ``en``.
    """
    flat = _flat(frame)
    decimal, delimiter = (",", ";") if language == "fr" else (".", ",")
    headings = [guarded_text((titles or {}).get(str(c), str(c))) for c in flat.columns]
    head = delimiter.join(_quoted(heading, delimiter) for heading in headings) + _LINE_END
    with Path(path).open("wb") as stream:
        stream.write(head.encode("utf-8-sig"))
        for start in range(0, len(flat), ROWS_AT_ONCE):
            block = flat.iloc[start : start + ROWS_AT_ONCE]
            cells = [_csv_column(block.iloc[:, place], decimal, delimiter, language) for place in range(block.shape[1])]
            rows = pc.binary_join_element_wise(*cells, delimiter, null_handling="replace")
            # Texts of a column lie one behind the other in memory: the lines of the file.
            stream.write(pc.binary_join_element_wise(rows, _LINE_END, "").buffers()[2])


def _csv_column(series: pd.Series, decimal: str, delimiter: str, language: str) -> pa.Array:
    """Cells of a column, quoted where need be; what comes back row after row is worded once."""
    if pd.api.types.is_float_dtype(series.dtype):
        number, distinct = pd.factorize(series.to_numpy(dtype=float, na_value=np.nan) + 0.0)  # no minus zero
        told = "\n".join(map("{:.15g}".format, distinct.tolist())).replace(".", decimal).split("\n") if len(distinct) else []
        return _by_number(told, np.where(np.isfinite(np.append(distinct, np.nan))[number], number, -1))
    if isinstance(series.dtype, pd.CategoricalDtype):
        return _csv_column(series.cat.categories.to_series(), decimal, delimiter, language).take(
            pa.array(series.cat.codes.to_numpy(), mask=series.isna().to_numpy())
        )
    values = series.tolist()
    shared = _shared(values) if series.dtype == object else None
    if shared is not None:
        told = _csv_column(pd.Series(shared[1], dtype=object), decimal, delimiter, language)
        return told.take(pa.array(shared[0]))
    if pd.api.types.is_numeric_dtype(series.dtype):
        said = {value: cell_text(value, language).replace(".", decimal) for value in set(values)}
        return pa.array([said[value] for value in values], pa.string())
    word = cache(lambda text: _quoted(guarded_text(text), delimiter))
    try:
        texts = pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):  # not texts alone, or not of Unicode
        cells = (
            word(value) if type(value) is str else _quoted(_csv_cell(value, decimal, language), delimiter) for value in values
        )
        return pa.array(cells, pa.string())
    has_care = pc.fill_null(pc.match_substring_regex(texts, _CARE[delimiter]), False)
    return pc.replace_with_mask(texts, has_care, pa.array(map(word, texts.filter(has_care).to_pylist()), pa.string()))


def _shared(values: list[object]) -> tuple[NDArray[np.integer], list[object]] | None:
    """Number of each object and the distinct ones, where the rows of a column share few of them."""
    if len(values) < SHARED_FROM:
        return None
    number, first = pd.factorize(np.fromiter(map(id, values), dtype=np.int64, count=len(values)))
    if len(first) * 2 > len(values):
        return None
    rows = np.empty(len(first), dtype=np.int64)
    rows[number[::-1]] = np.arange(len(values))[::-1]
    return number, [values[row] for row in rows]


def write_parquet(frame: pd.DataFrame, path: Path | str) -> None:
    """Writes a table as Parquet, for programs: numbers as they are, each text once for the rows that share it.

    Parameters
    ----------
    frame
        Typed table; a named index is written first.
    path
        File to write.
    """
    flat = _flat(frame)
    with ExitStack() as open_:
        writer: pq.ParquetWriter | None = None
        for start in range(0, max(len(flat), 1), ROWS_AT_ONCE):
            block = flat.iloc[start : start + ROWS_AT_ONCE]
            arrays = [_parquet_column(block.iloc[:, place]) for place in range(block.shape[1])]
            table = pa.Table.from_arrays(arrays, names=[str(name) for name in flat.columns])
            if writer is None:
                writer = open_.enter_context(pq.ParquetWriter(path, table.schema, compression="zstd"))
            writer.write_table(table)


def _parquet_column(series: pd.Series) -> pa.Array:
    if pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        return pa.array(series, from_pandas=True)
    values = series.astype(object).tolist()
    shared = _shared(values)
    encoded = _texts(values if shared is None else shared[1]).dictionary_encode()
    return encoded if shared is None else encoded.take(pa.array(shared[0]))


def _texts(values: list[object]) -> pa.Array:
    """Cells as texts, nothing where there is none."""
    try:
        return pa.array(values, pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):  # not texts alone, or not of Unicode
        told = [_LONE_SURROGATE.sub("\ufffd", cell_text(value)) for value in values]
        return pa.array([text or None for text in told], pa.string())


def _by_number(told: list[str], number: NDArray[np.integer]) -> pa.Array:
    """Texts by their number, none by -1."""
    return pa.array(told, pa.string()).take(pa.array(number, mask=number < 0))


def _quoted(text: str, delimiter: str) -> str:
    """As a cell of a CSV file."""
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def _csv_cell(value: object, decimal: str, language: str) -> str:
    if _is_number(value):
        return cell_text(value).replace(".", decimal)
    return guarded_text(cell_text(value, language))


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool | np.bool_)


def write_workbook(
    path: Path | str,
    sheets: Mapping[str, pd.DataFrame],
    *,
    titles: Mapping[str, str] | None = None,
    banner: str = "",
    notes: Sequence[str] = (),
    language: str = "fr",
) -> None:
    """Writes typed tables as a workbook that reads well: frozen headings, filters, widths, number formats.

    Parameters
    ----------
    path
        File to write.
    sheets
        Table by name of sheet; a named index is written first.
    titles
        Heading by column name, where it is not the name itself.
    banner
        Line above each table, for example that the data are invented; nothing when empty.
    notes
        Lines of a first sheet of their own: sources, assumptions, versions.
    language
        ``fr`` or ``en``.
    """
    import xlsxwriter

    from symbiosis.report.column_sheet import ColumnSheet

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        styles = _Styles(book, language)
        names: set[str] = set()
        if notes:
            sheet = book.add_worksheet(sheet_name("À lire" if language == "fr" else "Read me", names))
            sheet.set_column(0, 0, 110)
            lines = [banner, *notes] if banner else [*notes]
            for i, line in enumerate(lines):
                sheet.write_string(i, 0, _excel_text(line), styles.banner if banner and i == 0 else styles.wrapped)
        for name, frame in sheets.items():
            sheet = book.add_worksheet(sheet_name(name, names), worksheet_class=ColumnSheet)
            _write_sheet(sheet, _flat(frame), styles, titles or {}, banner)


class _Styles:
    """Formats of one workbook, made once each."""

    def __init__(self, book: xlsxwriter.Workbook, language: str) -> None:
        self.book = book
        self.language = language
        self.heading = book.add_format(
            {
                "bold": True,
                "font_color": "#FFFFFF",
                "bg_color": "#1F4E5F",
                "text_wrap": True,
                "valign": "vcenter",
                "border": 1,
            }
        )
        self.banner = book.add_format({"bold": True, "font_color": "#7A3E00", "bg_color": "#FFE9C7"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.text = book.add_format({"num_format": "@", "valign": "top"})
        self.numbers: dict[str, xlsxwriter.format.Format] = {}

    def number(self, column: str, is_whole: bool) -> xlsxwriter.format.Format:
        """Format of the numbers of a column, by what its name says of the unit."""
        code = next((code for pattern, code in _FORMATS if pattern.search(column)), "#,##0" if is_whole else "#,##0.##")
        if code not in self.numbers:
            self.numbers[code] = self.book.add_format({"num_format": code, "valign": "top"})
        return self.numbers[code]


def sheet_name(name: str, taken: set[str]) -> str:
    """Name that Excel accepts and that is not taken; `taken` receives it.

    Parameters
    ----------
    name
        As wished.
    taken
        Folded names of the sheets so far.
    """
    bare = _SHEET_NAME_FORBIDDEN.sub(" ", _CONTROL.sub("", name)).strip()[:31] or "Table"
    chosen, number = bare, 2
    while chosen.casefold() in taken:
        suffix = f" {number}"
        chosen, number = bare[: 31 - len(suffix)] + suffix, number + 1
    taken.add(chosen.casefold())
    return chosen


def _excel_text(text: str) -> str:
    bare = text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)
    if len(bare) <= _MAX_CELL_CHARACTERS // 2:
        return bare
    units = bare.encode("utf-16-le")  # two bytes for each of the characters that Excel counts
    if len(units) <= 2 * _MAX_CELL_CHARACTERS:
        return bare
    return units[: 2 * (_MAX_CELL_CHARACTERS - 1)].decode("utf-16-le", errors="ignore") + "…"


def _write_sheet(sheet: ColumnSheet, frame: pd.DataFrame, styles: _Styles, titles: Mapping[str, str], banner: str) -> None:
    top = 0
    if banner:
        sheet.write_string(0, 0, _excel_text(banner), styles.banner)
        top = 1
    for j, name in enumerate(map(str, frame.columns)):
        title = titles.get(name, name)
        sheet.write_string(top, j, _excel_text(title), styles.heading)
        series = frame.iloc[:, j]
        values = _excel_values(series, styles.language)
        number = styles.number(name, pd.api.types.is_integer_dtype(series.dtype))
        sheet.write_table_column(top + 1, values, styles.text, number)
        # A heading may wrap onto three lines; a cell should not.
        sheet.set_column(j, j, float(min(max(_widest(values) + 2, len(title) / 2, 9), 60)))
    sheet.freeze_panes(top + 1, 1)
    if len(frame.columns):
        sheet.autofilter(top, 0, top + max(len(frame), 1), len(frame.columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _excel_values(series: pd.Series, language: str) -> list[str | float]:
    """Texts and numbers as the cells hold them."""
    values = series.tolist()
    texts = {text: _excel_text(text) for text in {value for value in values if type(value) is str}}
    return [
        texts[value] if type(value) is str
        else float(value) if _is_number(value)
        else _excel_text(cell_text(value, language))
        for value in values
    ]  # fmt: skip


def _widest(values: list[str | float]) -> int:
    """Characters of the longest cell; of the numbers, the least or the greatest is the longest."""
    numbers = [value for value in values if type(value) is float and isfinite(value)]
    ends = [f"{end:,.2f}" for end in (min(numbers), max(numbers))] if numbers else []
    return max(map(len, (*ends, *{value for value in values if type(value) is str})), default=0)
