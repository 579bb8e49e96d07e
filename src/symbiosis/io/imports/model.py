"""What an import comes to: rows of our own tables as text cells, where they came from, and what was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from symbiosis.declarations import RawTable, build
from symbiosis.errors import DeclarationError, Problem
from symbiosis.io.imports.checks import LINES_PER_FILE, Origin
from symbiosis.io.imports.mapping import ColumnMapping
from symbiosis.materials import Catalogue
from symbiosis.schemas import DECLARATIONS

MOVEMENTS = ("flow_id", "file", "row", "day", "quantity", "unit")
# What is said of a territory as a whole; an import is a part of one.
WHOLE = frozenset(("missing_table", "no_rows", "missing_column"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was made of one file, or of several of one kind.

    Attributes
    ----------
    kind
        One of :data:`symbiosis.io.imports.KINDS`.
    period
        First and last day that the flows stand for; None where nothing is dated.
    tables
        Rows of :data:`symbiosis.schemas.DECLARATIONS` by table, as text cells; valid rows only.
    problems
        In the order of files and rows.
    digest
        SHA-256 of the content of the files: the same files give the same digest.
    movements
        Which line of which file counts for which row: `flow_id`, `file`, `row`, `day`, `quantity`, `unit`.
    notes
        Figures to preview: how many rows were read, counted once, left out…
    mapping, headings
        Of a register or statement: what its columns were taken to mean, to be confirmed and remembered.
    """

    kind: str
    period: tuple[date, date] | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    digest: str = ""
    movements: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(MOVEMENTS), dtype=object))
    notes: Mapping[str, float] = field(default_factory=dict)
    mapping: ColumnMapping | None = None
    headings: tuple[str, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether rows were left out because they are wrong."""
        return any(p.severity == "error" for p in self.problems)


def verified(
    tables: Mapping[str, pd.DataFrame], origin: Origin, catalogue: Catalogue, today: date
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """The tables without the rows that our own checks refuse, so that what is imported passes ``symbiosis check``.

    Parameters
    ----------
    tables
        Text cells by table, indexed by the line that each row came from.
    origin
        To say where a refused row came from.
    catalogue
        For codes and references.
    today
        Day on which codes must be in force.

    Returns
    -------
    dict of str to pandas.DataFrame
        On plain ranges, columns in the order of the schema, without those that are empty and not required.
    list of Problem
        At the lines of the files.
    """
    filled = {name: ordered(frame, name) for name, frame in tables.items() if len(frame)}
    ids = {"outlets": frozenset(catalogue.outlets.index), "materials": frozenset(catalogue.materials.index)}
    raw = {name: RawTable(frame=frame, file=name, decimal_hint=None) for name, frame in filled.items()}
    try:
        found: Sequence[Problem] = build(raw, waste_codes=catalogue.waste_codes, catalogue_ids=ids, today=today).warnings
    except DeclarationError as error:
        found = error.problems
    problems = []
    for one in found:
        if one.code in WHOLE or one.row is None:
            continue
        name = "quantity" if one.column == "unit" and not origin.has(one.row, "unit") else one.column
        there = origin.problem(one.row, name, one.code, one.severity, **one.data)
        problems.append(replace(there, value=there.value or one.value))
        if one.severity == "error":
            filled[one.table] = filled[one.table].drop(index=one.row, errors="ignore")
    return _without_orphans(filled), problems


def ordered(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Columns in the order of the schema, without those that are empty and not required."""
    columns = DECLARATIONS[name].columns
    kept = [c for c in columns if c in frame and (columns[c].required or (frame[c] != "").any())]
    return frame[kept].fillna("").astype(object)


def _without_orphans(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Rows whose site, company or flow was left out go too."""
    left = dict(tables)
    for child, column, parent in (
        ("sites", "actor_id", "actors"),
        ("outputs", "site_id", "sites"),
        ("needs", "site_id", "sites"),
    ):
        if child in left:
            known = left[parent][column] if parent in left else ()
            left[child] = left[child][left[child][column].isin(list(known))]
    if "seasons" in left:
        flows = [
            key
            for name, column in (("outputs", "output_id"), ("needs", "need_id"))
            if name in left
            for key in left[name][column]
        ]
        left["seasons"] = left["seasons"][left["seasons"]["flow_id"].isin(flows)]
    return {name: frame.reset_index(drop=True) for name, frame in left.items() if len(frame)}


def movements_of(rows: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """Which line counts for which row.

    Parameters
    ----------
    rows
        Movements that count, by line, with `flow_id`.
    origin
        Names of the files.

    Returns
    -------
    pandas.DataFrame
        With the columns :data:`MOVEMENTS`, by file and row.
    """
    files = [columns.sheet.file for columns in origin.files]
    placed = rows.assign(file=[files[i] for i in rows.index // LINES_PER_FILE], row=rows.index % LINES_PER_FILE)
    return placed[list(MOVEMENTS)].sort_index().reset_index(drop=True)
