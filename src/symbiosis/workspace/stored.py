"""What a territory of the store declares, as the engine reads it; and the way back, from files into the store."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from symbiosis.declarations import Declarations, RawTable, build
from symbiosis.errors import DeclarationError, Problem
from symbiosis.materials import Catalogue
from symbiosis.schemas import DECLARATIONS, Table
from symbiosis.store import CreateCompany, CreateTerritory, DeclaredRow, ImportRows, Principal, Session, Store, run
from symbiosis.store.tables import new_id
from symbiosis.workspace import CATALOGUE_IDS, Territory, catalogue_ids

OF_ONE_COMPANY = ("sites", "outputs", "needs", "operators", "quality", "seasons", "stores")
"""Tables of which each row belongs to one company."""

_KEY_COLUMNS = {
    "quality": ("flow_id", "parameter"),
    "distances": ("from_site_id", "to_site_id"),
    "seasons": ("flow_id", "period"),
    "stores": ("flow_id", "material_id"),
}
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?")
_WANTING = frozenset(("missing_table", "no_rows"))
_ROUNDS = 8


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
            (number, column)
            for column in frame
            for number, cell in frame[column].items()
            if _PLAIN_NUMBER.fullmatch(cell)
        )
        tables[name] = RawTable(frame=frame, file="", native=native)
        places.update({(name, number): row_id for number, (row_id, _) in zip(frame.index, listed, strict=True)})
    return tables, places


def _known(catalogue: Catalogue, extension: Mapping[str, pd.DataFrame]) -> dict[str, frozenset[str]]:
    ids = catalogue_ids(catalogue)
    for name in CATALOGUE_IDS:
        if name in extension:
            ids[name] |= frozenset(extension[name].iloc[:, 0].astype(str))
    return ids


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
        companies = session.rows("company", order_by=("actor_key",))
        rows = declared_rows(session)
    extension = {name: pd.DataFrame(columns, dtype="str") for name, columns in territory["extension"].items()}
    tables, _ = raw_tables(companies, rows)
    declarations = _valid_part(tables, territory["facts"], extension, catalogue)
    return Territory(name=territory["name"], folder=Path(), declarations=declarations)


def _valid_part(
    tables: dict[str, RawTable], facts: Mapping[str, object], extension: dict[str, pd.DataFrame], catalogue: Catalogue
) -> Declarations:
    dropped: list[Problem] = []
    for _ in range(_ROUNDS):
        try:
            declarations = build(
                tables, facts=facts, extension=extension, waste_codes=catalogue.waste_codes,
                catalogue_ids=_known(catalogue, extension),
            )  # fmt: skip
        except DeclarationError as error:
            wrong = [p for p in error.problems if p.severity == "error"]
            if any(p.row is None or p.code in _WANTING for p in wrong):
                raise
            dropped += [replace(p, severity="warning") for p in wrong]
            # What referred to a row that goes is found in the next round.
            tables = {name: _without(name, table, wrong) for name, table in tables.items()}
        else:
            return replace(declarations, warnings=(*dropped, *declarations.warnings))
    raise DeclarationError(tuple(dropped))


def _without(name: str, table: RawTable, wrong: Collection[Problem]) -> RawTable:
    gone = {problem.row for problem in wrong if problem.table == name}
    return replace(table, frame=table.frame[~table.frame.index.isin(gone)])


def problems_by_row(
    company: Mapping[str, Any], rows: Sequence[StoredRow], catalogue: Catalogue, extension: Mapping[str, pd.DataFrame]
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


def import_territory(store: Store, principal: Principal, territory: Territory, *, kind: str, file_name: str = "") -> str:
    """A territory that was read from files becomes one of the store.

    Parameters
    ----------
    store, principal
        Who imports: whoever may create a territory.
    territory
        What was read.
    kind
        Where it comes from: ``demonstration`` or ``workbook``.
    file_name
        Of the file.

    Returns
    -------
    str
        Id of the new territory.
    """
    declarations = territory.declarations
    extension = {name: frame.to_dict("list") for name, frame in declarations.extension.items()}
    command = CreateTerritory(name=territory.title("fr"), facts=dict(declarations.facts), extension=extension)
    territory_id = str(run(store, principal, command, key=new_id())["id"])
    principal = within(principal, territory_id)
    owners = {}
    for actor in _cells(declarations.actors, DECLARATIONS["actors"]):
        actor_key, name = actor.pop("actor_id"), actor.pop("name")
        create = CreateCompany(territory_id=territory_id, name=name, profile=actor, actor_key=actor_key)
        owners[actor_key] = str(run(store, principal, create, key=new_id())["id"])
    rows = _rows(declarations, owners)
    imported = ImportRows(
        territory_id=territory_id, rows=tuple(rows), kind=kind, file_name=file_name, file_sha256=declarations.fingerprint
    )
    run(store, principal, imported, key=new_id())
    return territory_id


def _rows(declarations: Declarations, owners: Mapping[str, str]) -> list[DeclaredRow]:
    """Every row but the actors, with the company whose it is."""
    of_site = declarations.sites["actor_id"].map(owners).to_dict()
    flows = pd.concat([frame["site_id"] for frame in (declarations.outputs, declarations.needs, declarations.operators)])
    of_flow = flows.map(of_site).to_dict()
    rows = []
    for name, frame in declarations.frames.items():
        table = DECLARATIONS[name]
        if name == "actors":
            continue
        for cells in _cells(frame, table):
            key = cells[table.key] if table.key else "|".join(cells.get(column, "") for column in _KEY_COLUMNS[name])
            if name == "sites":
                owner = owners[cells["actor_id"]]
            elif "site_id" in cells:
                owner = of_site[cells["site_id"]]
            else:
                owner = of_flow.get(cells.get("flow_id", ""))
            rows.append(DeclaredRow(table_name=name, row_key=key, cells=cells, company_id=owner))
    return rows


def _cells(frame: pd.DataFrame, table: Table) -> list[dict[str, str]]:
    flat = frame.reset_index() if table.key else frame
    return [
        {name: text for name, value in row.items() if (text := written(value))} for row in flat[list(table.columns)].to_dict("records")
    ]


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
