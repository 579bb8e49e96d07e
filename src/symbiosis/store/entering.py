"""A territory that is kept as a folder of tables enters the store: its actors become companies, its rows theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from symbiosis.declarations import RawTable
from symbiosis.schemas import DECLARATIONS, Table
from symbiosis.store.commands import run
from symbiosis.store.database import Store
from symbiosis.store.declaring import DeclaredRow
from symbiosis.store.importing import ImportRows
from symbiosis.store.parties import CreateCompany, CreateTerritory
from symbiosis.store.principal import Principal
from symbiosis.store.rows import readable_numbers

# What makes a row of a table without a key one of a kind.
_NATURAL_KEYS = {
    "quality": ("flow_id", "parameter"),
    "distances": ("from_site_id", "to_site_id"),
    "seasons": ("flow_id", "period"),
    "stores": ("flow_id", "material_id"),
}


def enter_territory(
    store: Store,
    name: str,
    tables: Mapping[str, RawTable],
    *,
    digest: str,
    facts: Mapping[str, Any] | None = None,
    extension: Mapping[str, pd.DataFrame] | None = None,
) -> str:
    """Writes a territory, its companies and its rows in the name of the owner of this machine.

    Parameters
    ----------
    store
        Where.
    name
        Of the territory.
    tables
        Cells as text by table, known to be without errors.
    digest
        Of the files: the same folder enters once, and an entry that was interrupted goes on where it stopped.
    facts, extension
        What ``facts.json`` and the folder ``catalogue`` say.

    Returns
    -------
    str
        Id of the territory.
    """
    key = digest[:40]
    further = {table: frame.astype(str).to_dict("records") for table, frame in (extension or {}).items()}
    created = CreateTerritory(name=name, facts=dict(facts or {}), extension=further)
    territory_id = str(run(store, Principal.owner(), created, key=f"{key}-territory")["id"])
    owner = Principal.owner(territory_id)
    cells = {table: typed_cells(DECLARATIONS[table], raw) for table, raw in tables.items()}
    companies: dict[str, str] = {}
    for number, actor in enumerate(cells.get("actors", ())):
        profile = {column: value for column, value in actor.items() if column not in ("actor_id", "name")}
        entered = CreateCompany(
            territory_id=territory_id, name=actor.get("name", ""), profile=profile, actor_key=actor["actor_id"]
        )
        companies[actor["actor_id"]] = str(run(store, owner, entered, key=f"{key}-{number}")["id"])
    batch = ImportRows(
        territory_id=territory_id, rows=tuple(_rows(cells, companies)), kind="territory", file_name=name, file_sha256=digest
    )
    run(store, owner, batch, key=f"{key}-rows")
    return territory_id


def typed_cells(table: Table, raw: RawTable) -> list[dict[str, str]]:
    """Cells as they were typed, but for those that only their neighbours make clear: ``1,234`` is ``1234`` or ``1.2340``.

    Parameters
    ----------
    table
        Which.
    raw
        Its cells.

    Returns
    -------
    list of dict
        Filled cells, row by row.
    """
    frame = raw.frame.fillna("").astype(str)
    rows = [{str(name): value.strip() for name, value in row.items() if value.strip()} for row in frame.to_dict("records")]
    rows = [row for row in rows if row]
    for row, numbers in zip(rows, readable_numbers(table, rows), strict=True):
        for name, value in numbers.items():
            alone = readable_numbers(table, [{name: row[name]}])[0].get(name)
            if alone != value:
                row[name] = f"{value:.4f}" if f"{value:.3f}" == repr(value) else repr(value)
    return rows


def _rows(cells: Mapping[str, list[dict[str, str]]], companies: Mapping[str, str]) -> list[DeclaredRow]:
    """Each row with the company that it belongs to: its site's, its flow's; none for what lies between two companies."""
    of_site = {site["site_id"]: companies[site["actor_id"]] for site in cells.get("sites", ())}
    of_flow = {
        row[str(DECLARATIONS[table].key)]: of_site[row["site_id"]]
        for table in ("outputs", "needs", "operators")
        for row in cells.get(table, ())
    }
    found: list[DeclaredRow] = []
    seen: dict[tuple[str, str], int] = {}
    for table, rows in cells.items():
        if table == "actors":
            continue
        for row in rows:
            row_key = row[str(DECLARATIONS[table].key)] if DECLARATIONS[table].key else natural_key(table, row)
            seen[table, row_key] = seen.get((table, row_key), 0) + 1
            if seen[table, row_key] > 1:
                row_key = f"{row_key}#{seen[table, row_key]}"
            if table == "distances":
                ends = {of_site.get(row[end]) for end in _NATURAL_KEYS[table]}
                company_id = ends.pop() if len(ends) == 1 else None
            else:
                company_id = of_flow[row["flow_id"]] if "flow_id" in row else of_site[row["site_id"]]
            found.append(DeclaredRow(table_name=table, row_key=row_key, cells=row, company_id=company_id))
    return found


def natural_key(table: str, row: Mapping[str, str]) -> str:
    """Key of a row of a table without ids.

    Parameters
    ----------
    table
        Which.
    row
        Its cells.
    """
    return "/".join(row.get(column, "") for column in _NATURAL_KEYS[table])
