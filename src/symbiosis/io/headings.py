"""Which table a sheet is, and which column a heading means: names and titles in both languages, case and accents
aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from rapidfuzz import fuzz, process

from symbiosis.declarations.cells import fold
from symbiosis.schemas import CATALOGUE, DECLARATIONS, Table

# Sheets of our own template that hold no declarations.
IGNORED_SHEETS = frozenset(
    map(fold, ("Mode d'emploi", "Instructions", "Listes", "Lists", "Lisez-moi", "Read me", "Avertissement"))
)
_HEADING_SEARCH_ROWS = 10
_PARENTHESES = re.compile(r"\(([^)]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading line, read.

    Attributes
    ----------
    position
        Position of the line among the rows.
    columns
        Column of the schema by cell position.
    unknown
        Headings that mean nothing here, by cell position.
    doubled
        Headings that repeat a column, by cell position.
    """

    position: int
    columns: Mapping[int, str]
    unknown: Mapping[int, str]
    doubled: Mapping[int, str]


@cache
def table_names() -> Mapping[str, str]:
    """Table by folded name or title, in both languages."""
    names: dict[str, str] = {}
    for table in DECLARATIONS.values():
        for title in (table.name, table.title_fr, table.title_en):
            names[fold(title)] = table.name
            for part in (_PARENTHESES.sub("", title), *_PARENTHESES.findall(title)):
                names[fold(part)] = table.name
    names.update({fold("Entrants"): "needs", fold("Sortants"): "outputs", fold("Qualité"): "quality"})
    return MappingProxyType(names)


def table_of(name: str) -> str | None:
    """Table that a file or a sheet is named after, or ``None``.

    Parameters
    ----------
    name
        Without suffix.
    """
    return table_names().get(fold(name.replace("-", " ")))


def near_table(name: str) -> str | None:
    """Table whose name is nearly this one: a slip of the finger, most likely.

    Parameters
    ----------
    name
        Without suffix.
    """
    found = process.extractOne(fold(name.replace("-", " ")), list(table_names()), scorer=fuzz.ratio, score_cutoff=82.0)
    return table_names()[found[0]] if found else None


@cache
def _titles(name: str) -> Mapping[str, str]:
    table = DECLARATIONS.get(name) or CATALOGUE[name]
    titles: dict[str, str] = {}
    for column_name, column in table.columns.items():
        for title in (column_name, column.title_fr, column.title_en):
            titles.setdefault(fold(title), column_name)
    for column_name, column in table.columns.items():
        for title in (column.title_fr, column.title_en):
            titles.setdefault(fold(_PARENTHESES.sub("", title)), column_name)
    return MappingProxyType(titles)


def column_of(table: Table, heading: str) -> str | None:
    """Column of a table that a heading means, or ``None``.

    Parameters
    ----------
    table
        Declaration of the table.
    heading
        As written.
    """
    return _titles(table.name).get(fold(heading))


def near_column(table: Table, heading: str, taken: Iterable[str] = ()) -> str:
    """Column whose name or title is nearest to a heading that is not known, or ``''``.

    Parameters
    ----------
    table
        Declaration of the table.
    heading
        As written.
    taken
        Columns that other headings mean already.
    """
    gone = set(taken)
    titles = {title: column for title, column in _titles(table.name).items() if column not in gone}
    found = process.extractOne(fold(heading), list(titles), scorer=fuzz.ratio, score_cutoff=65.0)
    return titles[found[0]] if found else ""


def find_heading(table: Table, rows: Sequence[Sequence[str]]) -> Heading | None:
    """Finds the heading line: usually the first, but a banner or a blank may stand above it.

    Parameters
    ----------
    table
        Declaration of the table.
    rows
        Cells, from the top.

    Returns
    -------
    Heading or None
        ``None`` if no line near the top has headings that are known.
    """
    best: tuple[int, int] | None = None
    seen = 0
    for position, cells in enumerate(rows):
        filled = [c for c in cells if c.strip()]
        if not filled:
            continue
        matched = len({column_of(table, c) for c in filled} - {None})
        if matched and (best is None or matched > best[0]):
            best = (matched, position)
        seen += 1
        if seen == _HEADING_SEARCH_ROWS or (matched >= 2 and 2 * matched >= len(filled)):
            break
    if best is None:
        return None
    columns: dict[int, str] = {}
    unknown: dict[int, str] = {}
    doubled: dict[int, str] = {}
    for i, cell in enumerate(rows[best[1]]):
        if not cell.strip():
            continue
        column = column_of(table, cell)
        if column is None:
            unknown[i] = cell.strip()
        elif column in columns.values():
            doubled[i] = column
        else:
            columns[i] = column
    return Heading(position=best[1], columns=columns, unknown=unknown, doubled=doubled)
