"""A sheet of a workbook that is written by whole columns.

XlsxWriter keeps an object per cell and writes each by itself: ten microseconds a cell, the greatest part of the writing of a
run. Here the cells of a column become text together, a text that stands in many rows once. All else, headings, widths,
filters, formats, is XlsxWriter's; what the cells say to a reader is the same.
"""

# ruff: noqa: SLF001 - a worksheet class of one's own, which XlsxWriter provides for, shares the tables of its workbook.

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

if TYPE_CHECKING:
    from xlsxwriter.format import Format


class ColumnSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types that mypy sees
    """A worksheet whose table stands under the cells that were written one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.dim_rowmax: int
        self._columns: list[list[str]] = []
        self._first = 0

    def write_table_column(self, first: int, values: Sequence[str | float], text_format: Format, number_format: Format) -> None:
        """Write the next column of the table.

        Parameters
        ----------
        first
            Row of the first value, from 0; the same for every column of a sheet.
        values
            Texts and numbers, as many in every column; an empty text, NaN or an infinity leaves its cell empty.
        text_format, number_format
            Formats of the workbook.
        """
        place = len(self._columns)
        self._first = first
        letter, texts, numbers = xl_col_to_name(place), text_format._get_xf_index(), number_format._get_xf_index()
        written = [value for value in values if type(value) is str and value]
        index = self.str_table._get_shared_string_index
        said = {text: f' s="{texts}" t="s"><v>{index(text)}</v></c>' for text in dict.fromkeys(written)}
        self.str_table.count += len(written) - len(said)
        cells = []
        for row, value in enumerate(values, start=first + 1):
            if isinstance(value, str):
                cells.append(f'<c r="{letter}{row}"{said[value]}' if value else "")
            else:
                cells.append(f'<c r="{letter}{row}" s="{numbers}"><v>{value:.16G}</v></c>' if isfinite(value) else "")
        self._columns.append(cells)
        if cells:
            self._check_dimensions(first + len(cells) - 1, place)

    def _write_rows(self) -> None:
        """Write what XlsxWriter holds, then the table."""
        last = self.dim_rowmax
        self.dim_rowmax = min(last, self._first)
        super()._write_rows()
        self.dim_rowmax = last
        self.fh.writelines(
            f'<row r="{row}">{cells}</row>'
            for row, cells in enumerate(map("".join, zip(*self._columns, strict=True)), start=self._first + 1)
            if cells
        )
