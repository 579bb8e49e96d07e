"""Routes about what companies declare: territory, companies, flows, charters, and who saw them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from symbiosis.api.caller import Caller, Calling, Key, needs
from symbiosis.api.forms import ChangedFlow, Flow, NewFlow, Rows, SignedCharter, Table, Version, Written
from symbiosis.errors import StoreError
from symbiosis.store import DeclaredRow, DeleteRow, RevokeCharter, SaveRow, SignCharter, run

router = APIRouter()
RowId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]

_FLOW = ("id", "company_id", "table_name", "row_key", "cells", "visibility", "version", "updated_at")


def read(caller: Caller, table: str, columns: tuple[str, ...], **equals: Any) -> Rows:
    """Some columns of the rows that a caller may read.

    Parameters
    ----------
    caller
        Who.
    table
        Its name.
    columns
        Which.
    **equals
        As for :meth:`symbiosis.store.Session.rows`.

    Returns
    -------
    Rows
    """
    with caller.store.open(caller.principal) as session:
        found = session.rows(table, **equals)
    return Rows(rows=[{name: row[name] for name in columns} for row in found])


@router.get("/territory", **needs("territory", "read"))
def territory(caller: Calling) -> Rows:
    """The territory of the caller."""
    return read(caller, "territory", ("id", "name", "facts"))


@router.get("/companies", **needs("company", "read"))
def companies(caller: Calling) -> Rows:
    """Companies that the caller may know of."""
    return read(caller, "company", ("id", "name", "actor_key", "profile", "shares_prices", "version"))


@router.get("/cards", **needs("card", "read"))
def cards(caller: Calling) -> Rows:
    """Companies that show their card to the network."""
    return read(caller, "company_card", ("name", "sector", "commune"))


@router.get("/contacts", **needs("contact", "read"))
def contacts(caller: Calling) -> Rows:
    """Contact persons of the companies of the caller."""
    return read(caller, "contact", ("id", "company_id", "name", "function", "email", "phone", "version"))


@router.get("/flows", **needs("flow", "read"))
def flows(caller: Calling, table_name: Annotated[Table | None, Query()] = None) -> list[Flow]:
    """Declared rows that the caller may read."""
    wanted: dict[str, Any] = {} if table_name is None else {"table_name": table_name}
    return _flows(caller, **wanted)


@router.get("/flows/{row_id}", **needs("flow", "read"))
def flow(caller: Calling, row_id: RowId) -> Flow:
    """One declared row."""
    with caller.store.open(caller.principal) as session:
        session.one("declared_row", id=row_id, is_deleted=False)
    return _flows(caller, id=row_id)[0]


def _flows(caller: Caller, **wanted: Any) -> list[Flow]:
    with caller.store.open(caller.principal) as session:
        rows = session.rows("declared_row", is_deleted=False, order_by=("table_name", "row_key"), **wanted)
        priced = session.rows("declared_price", id=[row["id"] for row in rows]) if caller.holds("price", "read") else []
    prices = {row["id"]: row["cells"] for row in priced}
    return [Flow(**{name: row[name] for name in _FLOW}, prices=prices.get(row["id"], {})) for row in rows]


@router.post("/flows", status_code=201, **needs("flow", "write"))
def declare(caller: Calling, new: NewFlow, key: Key) -> Written:
    """Declares a row."""
    company_id = new.company_id or next(iter(caller.principal.company_ids), None)
    row = DeclaredRow(
        table_name=new.table_name, row_key=new.row_key, cells=new.cells, company_id=company_id, visibility=new.visibility
    )
    return _written(run(caller.store, caller.principal, SaveRow(territory_id=caller.principal.territory_id, row=row), key=key))


@router.put("/flows/{row_id}", **needs("flow", "write"))
def change(caller: Calling, row_id: RowId, new: ChangedFlow, key: Key) -> Written:
    """Changes a row that nobody has changed since it was read."""
    with caller.store.open(caller.principal) as session:
        present = session.one("declared_row", id=row_id, is_deleted=False)
    row = DeclaredRow(
        table_name=present["table_name"], row_key=present["row_key"], cells=new.cells, company_id=present["company_id"],
        visibility=new.visibility,
    )  # fmt: skip
    command = SaveRow(territory_id=present["territory_id"], row=row, version=new.version)
    return _written(run(caller.store, caller.principal, command, key=key))


@router.delete("/flows/{row_id}", **needs("flow", "write"))
def delete(caller: Calling, row_id: RowId, version: Annotated[Version, Query(strict=False)], key: Key) -> Written:
    """Takes a row away; its history stays."""
    return _written(run(caller.store, caller.principal, DeleteRow(row_id=row_id, version=version), key=key))


@router.get("/charters", **needs("charter", "read"))
def charters(caller: Calling) -> Rows:
    """Charters of commitment and confidentiality."""
    return read(caller, "charter", ("id", "company_id", "signed_by", "signed_on", "has_mandate", "trace", "revoked_at"))


@router.post("/charters", status_code=201, **needs("charter", "write"))
def sign(caller: Calling, new: SignedCharter, key: Key) -> dict[str, str]:
    """Records a charter that was signed."""
    return {"id": str(run(caller.store, caller.principal, SignCharter(**new.model_dump()), key=key)["id"])}


@router.delete("/charters/{row_id}", **needs("charter", "write"))
def revoke(caller: Calling, row_id: RowId, key: Key) -> dict[str, str]:
    """Ends a charter."""
    return {"id": str(run(caller.store, caller.principal, RevokeCharter(charter_id=row_id), key=key)["id"])}


@router.get("/access-log", **needs("access_log", "read"))
def access_log(caller: Calling) -> Rows:
    """Who saw the data of the company, and who changed them."""
    columns = ("seq", "at", "user_id", "role", "company_id", "action", "resource", "subject_id", "hash")
    return read(caller, "audit", columns, order_by=("seq",), descending=True, limit=1000)


def _written(result: dict[str, Any]) -> Written:
    if "version" not in result:
        raise StoreError("nothing was written")
    return Written(id=result["id"], version=result["version"])
