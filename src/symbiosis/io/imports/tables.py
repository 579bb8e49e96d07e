"""A table of a territory's folder, changed row by row and written back as it was: its titles, its order, its own columns."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from symbiosis.declarations.numbers import decimal_mark
from symbiosis.errors import SymbiosisError
from symbiosis.io.headings import find_heading, table_of
from symbiosis.io.sheets import RawSheet, read_file
from symbiosis.schemas import DECLARATIONS

_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_GUARDED = re.compile(r"'[=+\-@\t\r\d＝＋－＠]")

Row = dict[str, str]


def key_columns(table: str) -> tuple[str, ...]:
    """Columns that name a row of a table."""
    key = DECLARATIONS[table].key
    return (key,) if key is not None else ("flow_id", "period")


def key_of(table: str, row: Mapping[str, str]) -> str:
    """Name of a row."""
    return "|".join(row.get(column, "") for column in key_columns(table))


@dataclass(slots=True, kw_only=True)
class FolderTable:
    """One CSV file of a folder.

    Attributes
    ----------
    file
        Where it is, or will be.
    name
        Table of the schema.
    above
        Lines above the heading.
    titles
        Heading as written.
    columns
        Column of the schema by position; the others are the person's own.
    rows
        Cells by position.
    delimiter, encoding
        Of the file.
    marks
        Decimal mark of each column of numbers, as the file came.
    """

    file: Path
    name: str
    above: list[list[str]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    columns: dict[int, str] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    marks: dict[str, str | None] = field(default_factory=dict)

    def dicts(self) -> list[Row]:
        """The rows by column of the schema, as the reader of folders sees them."""
        return [
            {name: _bare(row[i]) for i, name in self.columns.items() if i < len(row) and row[i].strip()} for row in self.rows
        ]

    def index(self) -> dict[str, int]:
        """Position of each row by its name."""
        return {key_of(self.name, row): i for i, row in enumerate(self.dicts())}

    def write(self, position: int, cells: Mapping[str, str]) -> None:
        """Write cells of one row."""
        row = self.rows[position]
        for name, value in cells.items():
            at = self._place(name)
            row.extend([""] * (at + 1 - len(row)))
            row[at] = self._written(name, value)

    def add(self, cells: Mapping[str, str]) -> None:
        """Add one row."""
        self.rows.append([""] * len(self.titles))
        self.write(len(self.rows) - 1, {name: value for name, value in cells.items() if value})

    def remove(self, positions: set[int]) -> None:
        """Take rows out."""
        self.rows = [row for i, row in enumerate(self.rows) if i not in positions]

    def _place(self, name: str) -> int:
        for i, one in self.columns.items():
            if one == name:
                return i
        self.titles.append(name)
        self.columns[len(self.titles) - 1] = name
        return len(self.titles) - 1

    def _written(self, name: str, value: str) -> str:
        if DECLARATIONS[self.name].columns[name].kind == "number":
            # A column that is written with decimal commas stays so: a stray point would unsettle it.
            if name not in self.marks:
                at = self._place(name)
                self.marks[name] = decimal_mark(row[at] for row in self.rows if at < len(row))
            return value.replace(".", ",") if self.marks[name] == "," else value
        return f"'{value}" if _FORMULA.match(value) else value

    def save(self) -> None:
        """Write the file whole, then put it in place; a table without a line yet gets its required titles."""
        if not self.titles:
            schema = DECLARATIONS[self.name].columns
            self.titles = [c for c, column in schema.items() if column.required or c in key_columns(self.name)]
            self.columns = dict(enumerate(self.titles))
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerows([*self.above, self.titles, *self.rows])
        try:
            content = stream.getvalue().encode(self.encoding)
        except UnicodeEncodeError:
            content = stream.getvalue().encode("utf-8-sig")
        put(self.file, content)


def put(file: Path, content: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, never a part."""
    beside = file.with_name(f".{file.name}.new")
    with beside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)


def _bare(cell: str) -> str:
    text = cell.strip()
    return text[1:] if _GUARDED.match(text) else text


def open_table(folder: Path, name: str) -> FolderTable:
    """Read one table of a folder, or begin it.

    Parameters
    ----------
    folder
        Of a territory.
    name
        Table of the schema.

    Returns
    -------
    FolderTable

    Raises
    ------
    SymbiosisError
        If the folder holds the table in a workbook, or in a file that does not read: nothing is written over it.
    """
    found: list[RawSheet] = []
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not file.is_file() or file.name.startswith((".", "~$")):
            continue
        if file.suffix.lower() in (".xlsx", ".xlsm"):
            sheets, _ = read_file(file, table_of(file.stem))
            if any(sheet.table == name for sheet in sheets):
                raise SymbiosisError(
                    f"{file.name} : enregistrez d'abord la table « {name} » en CSV / save the table “{name}” as CSV first"
                )
        elif table_of(file.stem) == name and file.suffix.lower() in (".csv", ".tsv", ".txt"):
            sheets, problems = read_file(file, name)
            if not sheets and not any(p.code == "empty_file" for p in problems):
                raise SymbiosisError(f"{file.name} : illisible, rien n'est écrit / does not read, nothing is written")
            found += sheets
            if sheets:
                return _opened(file, name, sheets[0])
    return FolderTable(file=folder / f"{name}.csv", name=name)


def _opened(file: Path, name: str, sheet: RawSheet) -> FolderTable:
    heading = find_heading(DECLARATIONS[name], [cells for _, cells in sheet.rows[:50]])
    if heading is None or sheet.problems:
        raise SymbiosisError(f"{file.name} : illisible, rien n'est écrit / does not read, nothing is written")
    rows = [list(cells) for _, cells in sheet.rows]
    at = heading.position
    return FolderTable(
        file=file, name=name, above=rows[:at], titles=rows[at], columns=dict(heading.columns), rows=rows[at + 1 :],
        delimiter=sheet.delimiter, encoding="utf-8-sig" if sheet.encoding.startswith("utf-8") else sheet.encoding,
    )  # fmt: skip
