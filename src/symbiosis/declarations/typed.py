"""A table between text and declaration: typed values beside what was written and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from symbiosis.declarations.cells import type_column
from symbiosis.declarations.numbers import Finding, Mark, decimal_mark
from symbiosis.errors import Problem, Severity
from symbiosis.schemas import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """Cells as text, with what is needed to say where each came from.

    Attributes
    ----------
    frame
        Cells as text, columns named as in the schema, indexed by the row number that a spreadsheet shows.
    file
        Name of the file, for messages.
    native
        (row, column) of the cells that the spreadsheet held as numbers.
    decimal_hint
        Decimal mark that the delimiter suggests (``;`` goes with decimal commas).
    is_readable
        ``False`` if the file could not be read at all: nothing more is said of what it lacks.
    shifted
        Rows whose cells are known to be in the wrong columns: reported once, not cell by cell.
    """

    frame: pd.DataFrame
    file: str = ""
    native: frozenset[tuple[int, str]] = frozenset()
    decimal_hint: Mark | None = None
    is_readable: bool = True
    shifted: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTable:
    """Typed values on a plain range, and the text that they came from.

    Attributes
    ----------
    frame
        Every column of the schema, the key included.
    text
        Cells as written, same range.
    rows
        Row number of each position.
    problems
        What typing found.
    spoilt
        (position, column) of the cells that could not be read: no second problem is said of them.
    """

    table: Table
    file: str
    frame: pd.DataFrame
    text: pd.DataFrame
    rows: Sequence[int]
    is_readable: bool = True
    problems: tuple[Problem, ...] = ()
    spoilt: frozenset[tuple[int, str]] = field(default_factory=frozenset)

    def problem(self, position: int, column: str, code: str, severity: Severity = "error", **data: object) -> Problem:
        """Problem of one cell of this table.

        Parameters
        ----------
        position
            Position in `frame`.
        column
            Name of the column.
        code, severity
            See :class:`~symbiosis.errors.Problem`.
        **data
            What the sentence needs.

        Returns
        -------
        Problem
        """
        value = str(self.text[column].iloc[position]) if column in self.text else ""
        return Problem(
            code=code, severity=severity, file=self.file, table=self.table.name, row=int(self.rows[position]),
            column=column, value=value, data=data,
        )  # fmt: skip


def type_table(table: Table, raw: RawTable) -> TypedTable:
    """Types a whole table and says what is missing or unreadable in it.

    Parameters
    ----------
    table
        Its declaration.
    raw
        Its cells as text.

    Returns
    -------
    TypedTable
    """
    text = raw.frame.fillna("").astype("str").apply(lambda cells: cells.str.strip(" \t\r\n\u00a0\u202f\ufeff"))
    filled = (text != "").any(axis=1) if len(text.columns) else pd.Series(False, index=text.index)
    text = text if filled.all() else text[filled]
    rows = [int(r) for r in text.index]
    text = text.reset_index(drop=True)
    present = {name: text[name].tolist() for name in table.columns if name in text}
    native = _native_positions(raw, rows)
    mark = _table_mark(table, present, native)
    series: dict[str, pd.Series] = {}
    found: list[tuple[str, Finding]] = []
    for name, column in table.columns.items():
        if name not in present:
            one, _ = type_column([""], name, column)
            series[name] = pd.Series(one.tolist() * len(text), dtype=one.dtype)
            continue
        cells = present[name]
        series[name], findings = type_column(
            cells, name, column, native=native.get(name, frozenset()), mark=mark, hint=raw.decimal_hint
        )
        found += [(name, f) for f in findings]
        if column.required:
            found += [(name, Finding(position=i, code="missing_value")) for i, c in enumerate(cells) if not c]
    typed = TypedTable(
        table=table, file=raw.file, frame=pd.DataFrame(series), text=text, rows=rows, is_readable=raw.is_readable
    )
    problems = _missing_columns(typed) if raw.is_readable else []
    problems += [typed.problem(f.position, name, f.code, f.severity, **f.data) for name, f in found]
    spoilt = frozenset((f.position, name) for name, f in found if f.severity == "error")
    return TypedTable(
        table=table, file=raw.file, frame=typed.frame, text=text, rows=rows, is_readable=raw.is_readable,
        problems=tuple(problems), spoilt=spoilt,
    )  # fmt: skip


def _missing_columns(typed: TypedTable) -> list[Problem]:
    if not len(typed.text.columns):
        return []
    return [
        Problem(code="missing_column", file=typed.file, table=typed.table.name, row=1, column=name)
        for name, column in typed.table.columns.items()
        if column.required and name not in typed.text
    ]


def _native_positions(raw: RawTable, rows: Sequence[int]) -> Mapping[str, frozenset[int]]:
    position = {row: i for i, row in enumerate(rows)}
    found: dict[str, set[int]] = {}
    for row, column in raw.native:
        if row in position:
            found.setdefault(column, set()).add(position[row])
    return {column: frozenset(positions) for column, positions in found.items()}


def _table_mark(table: Table, present: Mapping[str, Sequence[str]], native: Mapping[str, frozenset[int]]) -> Mark | None:
    """Decimal mark that the columns of a table agree on; coordinates pasted from a map do not vote."""
    votes: set[Mark] = set()
    for name, column in table.columns.items():
        if column.kind == "number" and name in present and name not in ("latitude", "longitude"):
            mark = decimal_mark(c for i, c in enumerate(present[name]) if i not in native.get(name, frozenset()))
            if mark is not None:
                votes.add(mark)
    return next(iter(votes)) if len(votes) == 1 else None
