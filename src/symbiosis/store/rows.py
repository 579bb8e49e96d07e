"""From the rows of a territory to :class:`~symbiosis.declarations.Declarations`, as the engine may read them.

Each company writes its own ids and its own decimal mark. Numbers are read company by company; an id that two companies use is
prefixed by their actors' in the engine's tables; a row that names a site or a flow of another company names nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from symbiosis.declarations import Declarations, RawTable, build
from symbiosis.declarations.numbers import decimal_mark, read_numbers
from symbiosis.errors import DeclarationError, Problem
from symbiosis.schemas import DECLARATIONS, Table
from symbiosis.store.database import Store
from symbiosis.store.principal import Principal

_FLOWS = ("outputs", "needs", "operators")
_KEYED = ("sites", *_FLOWS)
_REFERENCES = {"site_id": ("sites",), "from_site_id": ("sites",), "to_site_id": ("sites",), "flow_id": _FLOWS}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTerritory:
    """What a territory declares, and what of it could not be used.

    Attributes
    ----------
    declarations
        Of the rows that can be used.
    problems
        Of every row; ``file`` is the name of the company, ``data`` holds `row_id` and `company_id`.
    left_out
        Ids of the rows that had errors and were left out.
    """

    declarations: Declarations
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """A stored row on its way: cells as text, ids as the engine will know them."""

    row_id: str
    company_id: str
    actor_key: str
    table: str
    key: str
    cells: dict[str, str]
    native: frozenset[str] = frozenset()


def read_territory(store: Store, territory_id: str, **options: Any) -> DeclaredTerritory:
    """Every row of a territory that the engine may use, typed and checked.

    A row with an error does not stop the others: it is left out, with those that hang on it.

    Parameters
    ----------
    store
        Where.
    territory_id
        Which.
    **options
        `waste_codes`, `catalogue_ids` and `today` of :func:`symbiosis.declarations.build`.

    Returns
    -------
    DeclaredTerritory

    Raises
    ------
    DeclarationError
        If nothing usable is left, as in a territory without outputs or without needs.
    """
    with store.open(Principal.engine(territory_id)) as session:
        territory = session.one("territory", id=territory_id)
        companies = {one["id"]: one for one in session.rows("company")}
        prices = {one["id"]: one["cells"] for one in session.rows("declared_price")}
        stored = session.rows("declared_row", order_by=("table_name", "row_key", "id"), is_deleted=False)
    rows = [_actor(one) for one in companies.values()]
    for one in stored:
        owner = companies.get(one["company_id"], {"actor_key": ""})
        cells = {name: str(value) for name, value in {**one["cells"], **prices.get(one["id"], {})}.items()}
        table = one["table_name"]
        rows.append(_Row(one["id"], one["company_id"] or "", owner["actor_key"], table, one["row_key"], cells))
    rows = _with_engine_ids(_with_numbers(rows))
    extension = {name: pd.DataFrame(lines, dtype=str) for name, lines in territory["extension"].items()}
    names = {company_id: str(one["name"]) for company_id, one in companies.items()}
    problems: list[Problem] = []
    left_out: list[str] = []
    while True:
        placed = {name: [row for row in rows if row.table == name] for name in DECLARATIONS}
        tables = {name: _raw(DECLARATIONS[name], found) for name, found in placed.items() if found}
        try:
            declarations = build(tables, facts=territory["facts"], extension=extension, **options)
        except DeclarationError as error:
            located = [_located(problem, placed, names) for problem in error.problems]
            spoilt = {str(p.data["row_id"]) for p in located if p.severity == "error" and "row_id" in p.data}
            problems += [p for p in located if p.data.get("row_id") in spoilt]
            if not spoilt:
                raise DeclarationError((*problems, *located)) from error
            left_out += sorted(spoilt)
            rows = [row for row in rows if row.row_id not in spoilt]
            continue
        problems += [_located(problem, placed, names) for problem in declarations.warnings]
        return DeclaredTerritory(declarations=declarations, problems=tuple(problems), left_out=tuple(left_out))


def _actor(company: Mapping[str, Any]) -> _Row:
    key = company["actor_key"]
    cells = {**company["profile"], "actor_id": key, "name": company["name"]}
    return _Row(company["id"], company["id"], key, "actors", key, {name: str(value) for name, value in cells.items()})


def _with_numbers(rows: Sequence[_Row]) -> list[_Row]:
    """Numbers as a program writes them, each read with the decimal mark of its own company and table."""
    groups: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        groups.setdefault((row.company_id, row.table), []).append(row)
    done: list[_Row] = []
    for (_, table), group in groups.items():
        read = readable_numbers(DECLARATIONS[table], [row.cells for row in group])
        for row, numbers in zip(group, read, strict=True):
            cells = {**row.cells, **{name: repr(value) for name, value in numbers.items()}}
            done.append(replace(row, cells=cells, native=frozenset(numbers)))
    return done


def readable_numbers(table: Table, rows: Sequence[Mapping[str, str]]) -> list[dict[str, float]]:
    """The numbers of rows that were typed by one hand; cells that are empty or no numbers are left out.

    Parameters
    ----------
    table
        Their table.
    rows
        Cells as text.

    Returns
    -------
    list of dict
        Column to value, row by row.
    """
    columns = {name: [row.get(name, "") for row in rows] for name, column in table.columns.items() if column.kind == "number"}
    # Coordinates pasted from a map do not vote on the mark of the table.
    votes = {decimal_mark(cells) for name, cells in columns.items() if name not in ("latitude", "longitude")} - {None}
    mark = votes.pop() if len(votes) == 1 else None
    found: list[dict[str, float]] = [{} for _ in rows]
    for name, cells in columns.items():
        column = table.columns[name]
        values, _ = read_numbers(
            cells, minimum=column.minimum, maximum=column.maximum, is_share=name.endswith("_share"), mark=mark
        )
        for place, (cell, value) in enumerate(zip(cells, values.tolist(), strict=True)):
            if cell.strip() and value == value:  # noqa: PLR0124  # not NaN
                found[place][name] = value
    return found


def _with_engine_ids(rows: Iterable[_Row]) -> list[_Row]:
    rows = list(rows)
    uses = Counter((row.table, row.key) for row in rows if row.table in _KEYED)
    known = {
        (row.company_id, row.table, row.key): row.key if uses[row.table, row.key] == 1 else f"{row.actor_key}:{row.key}"
        for row in rows
        if row.table in _KEYED
    }
    done = []
    for row in rows:
        cells = dict(row.cells)
        for column, targets in _REFERENCES.items() if row.company_id else ():
            if column in cells:
                own = (known.get((row.company_id, target, cells[column])) for target in targets)
                cells[column] = next(filter(None, own), f"{row.actor_key}:{cells[column]}")
        if row.table in _KEYED:
            cells[str(DECLARATIONS[row.table].key)] = known[row.company_id, row.table, row.key]
        if row.table == "sites":
            cells["actor_id"] = row.actor_key
        done.append(replace(row, cells=cells))
    return done


def _raw(table: Table, rows: Sequence[_Row]) -> RawTable:
    present = [name for name in table.columns if any(name in row.cells for row in rows)]
    places = range(2, len(rows) + 2)
    frame = pd.DataFrame([[row.cells.get(name, "") for name in present] for row in rows], columns=present, index=places)
    native = frozenset((place, name) for place, row in zip(places, rows, strict=True) for name in row.native)
    return RawTable(frame=frame, native=native)


def _located(problem: Problem, placed: Mapping[str, Sequence[_Row]], names: Mapping[str, str]) -> Problem:
    rows = placed.get(problem.table, ())
    if problem.row is None or not 2 <= problem.row < len(rows) + 2:
        return problem
    row = rows[problem.row - 2]
    data = {**problem.data, "row_id": row.row_id, "company_id": row.company_id}
    return replace(problem, row=None, file=names.get(row.company_id, ""), data=data)
