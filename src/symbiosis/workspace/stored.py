"""What a territory of the store declares, as the engine reads it; and the way back, from files into the store."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from symbiosis.declarations import RawTable, build
from symbiosis.errors import DeclarationError, Problem
from symbiosis.materials import Catalogue
from symbiosis.schemas import DECLARATIONS, Table
from symbiosis.store import Principal, Session, Store
from symbiosis.store.entering import enter_territory
from symbiosis.store.rows import read_territory
from symbiosis.workspace import Territory, catalogue_ids

_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?")
_WANTING = frozenset(("missing_table", "no_rows"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A declared row, its prices included where whoever reads it may see them.

    Attributes
    ----------
    id, version
        Of the row in the store.
    table_name, row_key
        One of :data:`symbiosis.schemas.DECLARATIONS`, and what identifies the row there.
    company_id
        Whose; ``None`` for what is the territory's own.
    cells
        As they were typed.
    visibility
        Who sees it.
    updated_at
        When it was last written.
    """

    id: str
    version: int
    table_name: str
    row_key: str
    company_id: str | None
    cells: Mapping[str, str]
    visibility: str
    updated_at: str


def declared_rows(session: Session, **equals: Any) -> list[StoredRow]:
    """Rows that stand, in the order of their tables and keys.

    Parameters
    ----------
    session
        Of whoever reads.
    **equals
        Columns and values, as for :meth:`symbiosis.store.Session.rows`.

    Returns
    -------
    list of StoredRow
    """
    # The tables of prices and of rows share their ids, not their columns.
    shared = {name: value for name, value in equals.items() if name in ("company_id", "table_name", "row_key", "id")}
    prices = {row["id"]: row["cells"] for row in session.rows("declared_price", **shared)}
    return [
        StoredRow(
            id=row["id"], version=row["version"], table_name=row["table_name"], row_key=row["row_key"],
            company_id=row["company_id"], cells={**row["cells"], **prices.get(row["id"], {})}, visibility=row["visibility"],
            updated_at=row["updated_at"],
        )
        for row in session.rows("declared_row", order_by=("table_name", "row_key"), is_deleted=False, **equals)
    ]  # fmt: skip


def raw_tables(
    companies: Iterable[Mapping[str, Any]], rows: Iterable[StoredRow]
) -> tuple[dict[str, RawTable], dict[tuple[str, int], str]]:
    """Cells as the typing of declarations takes them, and the id of the row behind each number.

    Parameters
    ----------
    companies
        Rows of ``company``, each an actor.
    rows
        What they declare.

    Returns
    -------
    dict of RawTable
        By table.
    dict
        Table and row number to the id of the row; of the company for an actor.
    """
    found: dict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for company in companies:
        actor = {**company["profile"], "actor_id": company["actor_key"], "name": company["name"]}
        found["actors"].append((company["id"], actor))
    for row in rows:
        key = DECLARATIONS[row.table_name].key
        found[row.table_name].append((row.id, {**row.cells, **({key: row.row_key} if key else {})}))
    tables, places = {}, {}
    for name, listed in found.items():
        frame = pd.DataFrame([cells for _, cells in listed], dtype="str").fillna("")
        frame = frame.set_axis(range(2, len(frame) + 2), axis=0)
        # A number that a program wrote settles nothing about the decimal mark of what people typed beside it.
        native = frozenset(
            (number, str(column))
            for number, cells in zip(range(2, len(frame) + 2), frame.to_dict("records"), strict=True)
            for column, cell in cells.items()
            if _PLAIN_NUMBER.fullmatch(cell)
        )
        tables[name] = RawTable(frame=frame, file="", native=native)
        places.update({(name, number): row_id for number, (row_id, _) in zip(frame.index, listed, strict=True)})
    return tables, places


def _known(catalogue: Catalogue, extension: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, frozenset[str]]:
    ids = catalogue_ids(catalogue)
    return {
        name: known | {str(row.get(getattr(catalogue, name).index.name, "")) for row in extension.get(name, ())}
        for name, known in ids.items()
    }


def open_stored(store: Store, principal: Principal, territory_id: str, catalogue: Catalogue) -> Territory:
    """A territory of the store, with what the principal may read of it.

    A row that cannot be used is left out and stands among the warnings: what one company typed wrong must not keep the others
    from being matched.

    Parameters
    ----------
    store, principal
        Who opens; the owner of the machine names the territory.
    territory_id
        Which.
    catalogue
        To check codes and references.

    Returns
    -------
    Territory

    Raises
    ------
    DeclarationError
        If nothing can be matched: no company, no output or no need stands.
    """
    principal = within(principal, territory_id)
    with store.open(principal) as session:
        territory = session.one("territory", id=territory_id)
    read = read_territory(
        store, territory_id, principal=principal, waste_codes=catalogue.waste_codes,
        catalogue_ids=_known(catalogue, territory["extension"]),
    )  # fmt: skip
    declarations = replace(read.declarations, warnings=tuple(replace(one, severity="warning") for one in read.problems))
    return Territory(name=territory["name"], folder=Path(), declarations=declarations)


def problems_by_row(
    company: Mapping[str, Any],
    rows: Sequence[StoredRow],
    catalogue: Catalogue,
    extension: Mapping[str, Sequence[Mapping[str, str]]],
) -> dict[str, tuple[Problem, ...]]:
    """What is wrong or doubtful in the rows of one company, whatever the others declare.

    Parameters
    ----------
    company
        Its row.
    rows
        What it declares.
    catalogue, extension
        To check codes and references.

    Returns
    -------
    dict
        Problems by id of the row, of the company for its profile.
    """
    tables, places = raw_tables([company], rows)
    known = _known(catalogue, extension)
    try:
        found = build(tables, waste_codes=catalogue.waste_codes, catalogue_ids=known).warnings
    except DeclarationError as error:
        found = error.problems
    by_row: dict[str, list[Problem]] = defaultdict(list)
    for problem in found:
        # A company that has no need yet has not made a mistake.
        if problem.row is not None and problem.code not in _WANTING and (problem.table, problem.row) in places:
            by_row[places[problem.table, problem.row]].append(problem)
    return {row_id: tuple(problems) for row_id, problems in by_row.items()}


def within(principal: Principal, territory_id: str) -> Principal:
    """The owner of the machine at one territory; anybody else stays where they are.

    Parameters
    ----------
    principal
        Who.
    territory_id
        Where.
    """
    return Principal.owner(territory_id) if principal.role == "owner" else principal


def import_territory(store: Store, territory: Territory) -> str:
    """A territory that was read from files becomes one of the store of this machine; the same one enters once.

    Parameters
    ----------
    store
        Of the owner of this machine.
    territory
        What was read.

    Returns
    -------
    str
        Id of the territory there.
    """
    declarations = territory.declarations
    tables = {
        name: RawTable(frame=_texts(frame, DECLARATIONS[name])) for name, frame in declarations.frames.items() if len(frame)
    }
    return enter_territory(
        store, territory.title("fr"), tables, digest=declarations.fingerprint, facts=declarations.facts,
        extension=declarations.extension,
    )  # fmt: skip


def _texts(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    flat = frame.reset_index() if table.key else frame
    return pd.DataFrame({name: [written(value) for value in flat[name].tolist()] for name in table.columns}, dtype="str")


def written(value: Any) -> str:
    """A typed value as somebody would have written it.

    Parameters
    ----------
    value
        A cell of :class:`~symbiosis.declarations.Declarations`.
    """
    if isinstance(value, tuple | list):
        return ";".join(map(str, value))
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and math.fabs(value) < 1e15 else repr(value)
    return str(value)
