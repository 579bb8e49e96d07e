"""Commands on what companies declare: rows, their history, and who sees them.

Each change of a row writes what the row was before to its history, so that anything can be undone. Cells stand as the company
typed them; prices and costs (columns in ``_eur_``) stand apart from the others, under their own policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, update

from symbiosis.errors import NotFound, StaleVersion, StoreError
from symbiosis.schemas import DECLARATIONS
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand, plain
from symbiosis.store.permissions import Resource


def is_price(column: str) -> bool:
    """Whether a column of a declared table is a price or a cost.

    Parameters
    ----------
    column
        Its name; units stand in names.
    """
    return "_eur_" in column


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRow:
    """A row as somebody hands it in.

    Attributes
    ----------
    table_name
        One of :data:`symbiosis.schemas.DECLARATIONS`, but ``actors``, which are companies.
    row_key
        What identifies it among the rows of its company: its id where the table has one.
    cells
        As they were typed. A row that brings no price keeps those that it has.
    company_id
        Whose; ``None`` for what belongs to the territory, as a distance between two companies.
    visibility
        Who sees it; ``None`` leaves it as it is, ``facilitator`` for a new one.
    """

    table_name: str
    row_key: str
    cells: Mapping[str, str]
    company_id: str | None = None
    visibility: str | None = None

    def demands(self, change: Change, territory_id: str, whose: Resource | None = None) -> list[Demand]:
        """Rows of the matrix that writing it needs.

        Parameters
        ----------
        change
            The transaction.
        territory_id
            Where it is written.
        whose
            Anything of its company as the matrix sees it, where the caller knows it already.
        """
        if self.company_id is None:
            return [("write", Resource(kind="territory", territory_id=territory_id))]
        whose = whose or change.of_company("flow", self.company_id)
        if whose.territory_id != territory_id:
            raise NotFound("company")
        found: list[Demand] = [("write", replace(whose, kind="flow"))]
        if any(is_price(column) for column in self.cells):
            found.append(("write", replace(whose, kind="price")))
        if self.visibility is not None and self.visibility != "facilitator":
            found.append(("write", replace(whose, kind="visibility")))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRow:
    """One row, typed in a form.

    Attributes
    ----------
    territory_id
        Where.
    row
        What.
    version
        That was read; 0 for a new row.
    """

    territory_id: str
    row: DeclaredRow
    version: int = 0

    def demands(self, change: Change) -> Sequence[Demand]:
        """Editors write their own rows, the facilitator those of companies that gave her a mandate."""
        return self.row.demands(change, self.territory_id)

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id and version."""
        (written,) = write_rows(change, self.territory_id, (self.row,), read_version=self.version)
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRow:
    """A row is taken away; its history stays.

    Attributes
    ----------
    row_id, version
        As they were read.
    """

    row_id: str
    version: int

    def demands(self, change: Change) -> Sequence[Demand]:
        """As for writing it."""
        return [_demand_on(change, "write", self.row_id)]

    def apply(self, change: Change) -> dict[str, Any]:
        """Marks it; tells the new version."""
        row = change.one(tables.declared_row, id=self.row_id)
        return {"id": self.row_id, "version": alter_row(change, row, self.version, is_deleted=True, batch_id=None)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRow:
    """A row becomes again what it was at an earlier version: undo.

    Attributes
    ----------
    row_id, version
        As they were read.
    to_version
        One of its history.
    """

    row_id: str
    version: int
    to_version: int

    def demands(self, change: Change) -> Sequence[Demand]:
        """As for writing it."""
        return [_demand_on(change, "restore", self.row_id)]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes the earlier state as a new version; tells it."""
        row = change.one(tables.declared_row, id=self.row_id)
        return {"id": self.row_id, "version": restore_row(change, row, self.version, self.to_version)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVisibility:
    """Who sees a row.

    Attributes
    ----------
    row_id, version
        As they were read.
    visibility
        ``private`` (the company), ``facilitator``, or ``network`` (counted in what the network is shown).
    """

    row_id: str
    version: int
    visibility: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """The company decides."""
        return [_demand_on(change, "write", self.row_id, kind="visibility")]

    def apply(self, change: Change) -> dict[str, Any]:
        """Marks the row, its prices and its history; tells the new version."""
        if self.visibility not in tables.VISIBILITIES:
            raise StoreError(f"unknown visibility {self.visibility!r}")
        row = change.one(tables.declared_row, id=self.row_id)
        version = alter_row(change, row, self.version, visibility=self.visibility)
        _mark_parts(change, self.row_id, self.visibility)
        return {"id": self.row_id, "version": version}


def write_rows(
    change: Change,
    territory_id: str,
    rows: Sequence[DeclaredRow],
    *,
    batch_id: str | None = None,
    read_version: int | None = None,
) -> list[dict[str, Any]]:
    """The rows as they are now, each new, changed or the same; the new ones are inserted together."""
    if len({(row.company_id, row.table_name, row.row_key) for row in rows}) < len(rows):
        raise StoreError("a row stands twice")
    owners = [owner for owner in dict.fromkeys(row.company_id for row in rows) if owner is not None]
    whose = ([{"company_id": owners}] if owners else []) + (
        [{"company_id": None}] if None in {r.company_id for r in rows} else []
    )
    which = {"territory_id": territory_id} | ({"row_key": rows[0].row_key} if len(rows) == 1 else {})
    stored = [one for some in whose for one in change.find(tables.declared_row, **some, **which)]
    priced = [one for some in whose for one in change.find(tables.declared_price, **some, **which)]
    prices = {one["id"]: one["cells"] for one in priced}
    present = {(one["company_id"], one["table_name"], one["row_key"]): one for one in stored}
    sharing = {one["id"] for one in change.find(tables.company, id=owners, shares_prices=True)}
    written: list[dict[str, Any]] = []
    new: list[_NewRow] = []
    for row in rows:
        _check(row)
        earlier = present.get((row.company_id, row.table_name, row.row_key))
        if earlier is not None and earlier["visibility"] == "private" and change.principal.role == "facilitator":
            # She cannot see that it exists, so she cannot write over it.
            raise NotFound("row")
        if read_version is not None:
            standing = 0 if earlier is None or earlier["is_deleted"] else earlier["version"]
            if standing != read_version:
                raise StaleVersion("row", read_version, standing)
        if earlier is None:
            made = _new_row(change, territory_id, row, batch_id, is_shared=row.company_id in sharing)
            new.append(made)
            written.append({"id": made[0]["id"], "version": 1, "outcome": "new"})
        else:
            written.append(_change_row(change, row, earlier, prices[earlier["id"]], batch_id))
    if new:
        change.connection.execute(insert(tables.declared_row), [row for row, _ in new])
        change.connection.execute(insert(tables.declared_price), [price for _, price in new])
    return written


_NewRow = tuple[dict[str, Any], dict[str, Any]]


def _check(row: DeclaredRow) -> None:
    if row.table_name not in DECLARATIONS or row.table_name == "actors":
        raise StoreError(f"unknown table {row.table_name!r}")
    if unknown := sorted(set(row.cells) - set(DECLARATIONS[row.table_name].columns)):
        raise StoreError(f"{row.table_name}: unknown columns {', '.join(unknown)}")
    if row.visibility is not None and row.visibility not in tables.VISIBILITIES:
        raise StoreError(f"unknown visibility {row.visibility!r}")
    if not row.row_key or row.cells.get(DECLARATIONS[row.table_name].key or "", row.row_key) != row.row_key:
        raise StoreError(f"{row.table_name}: the key of a row is its id")


def _new_row(change: Change, territory_id: str, row: DeclaredRow, batch_id: str | None, *, is_shared: bool) -> _NewRow:
    cells, prices = _parts(row)
    shared = {
        "id": tables.new_id(), "territory_id": territory_id, "company_id": row.company_id, "table_name": row.table_name,
        "row_key": row.row_key, "visibility": row.visibility or "facilitator",
    }  # fmt: skip
    made = {
        **shared, "cells": cells, "evidence": cells.get("evidence", ""), "version": 1, "batch_id": batch_id,
        "updated_at": change.at, "updated_by": change.principal.user_id, "is_deleted": False,
    }  # fmt: skip
    return made, {**shared, "cells": prices, "is_shared": is_shared}


def _change_row(
    change: Change, row: DeclaredRow, earlier: dict[str, Any], earlier_prices: Mapping[str, str], batch_id: str | None
) -> dict[str, Any]:
    cells, typed_prices = _parts(row, keeps_empty_prices=True)
    prices = plain({**earlier_prices, **typed_prices})
    visibility = row.visibility or earlier["visibility"]
    is_same = (cells, prices, visibility) == (earlier["cells"], earlier_prices, earlier["visibility"])
    if is_same and not earlier["is_deleted"]:
        return {"id": earlier["id"], "version": earlier["version"], "outcome": "same"}
    version = alter_row(
        change, earlier, earlier["version"], cells=cells, visibility=visibility, evidence=cells.get("evidence", ""),
        batch_id=batch_id, is_deleted=False, prices=prices,
    )  # fmt: skip
    if visibility != earlier["visibility"]:
        _mark_parts(change, earlier["id"], visibility)
    return {"id": earlier["id"], "version": version, "outcome": "changed"}


def _parts(row: DeclaredRow, *, keeps_empty_prices: bool = False) -> tuple[dict[str, str], dict[str, str]]:
    """Prices apart from the other cells; an empty price takes away the one that stands."""
    prices = {name: str(value) for name, value in row.cells.items() if is_price(name)}
    cells = plain({name: value for name, value in row.cells.items() if not is_price(name)})
    return cells, prices if keeps_empty_prices else plain(prices)


def restore_row(change: Change, row: Mapping[str, Any], version: int, to_version: int) -> int:
    """A row becomes what it was.

    Parameters
    ----------
    change
        The transaction.
    row
        As it stands.
    version
        That was read.
    to_version
        One of its history.

    Returns
    -------
    int
        The new version.

    Raises
    ------
    NotFound
        If the history has no such version.
    """
    parts = {part["part"]: part for part in change.find(tables.row_history, row_id=row["id"], version=to_version)}
    if "cells" not in parts:
        raise NotFound("version")
    earlier = parts["cells"]
    return alter_row(
        change, row, version, prices=parts["prices"]["cells"], cells=earlier["cells"],
        evidence=earlier["cells"].get("evidence", ""), batch_id=earlier["batch_id"], is_deleted=earlier["is_deleted"],
    )  # fmt: skip


def alter_row(
    change: Change, row: Mapping[str, Any], version: int, *, prices: Mapping[str, str] | None = None, **values: Any
) -> int:
    """Changes a row, and writes what it was to its history.

    Parameters
    ----------
    change
        The transaction.
    row
        As it stands.
    version
        That was read.
    prices
        New cells of prices; ``None`` leaves them.
    **values
        New values of ``declared_row``.

    Returns
    -------
    int
        The new version.
    """
    price = change.one(tables.declared_price, id=row["id"])
    for part, cells in (("cells", row["cells"]), ("prices", price["cells"])):
        change.add(
            tables.row_history, row_id=row["id"], part=part, cells=cells, is_shared=price["is_shared"], version=row["version"],
            is_deleted=row["is_deleted"], batch_id=row["batch_id"], changed_at=change.at, changed_by=change.principal.user_id,
            **{name: row[name] for name in ("territory_id", "company_id", "visibility")},
        )  # fmt: skip
    if prices is not None and prices != price["cells"]:
        change.alter(tables.declared_price, row["id"], cells=dict(prices))
    return change.alter(
        tables.declared_row, row["id"], version=version, updated_at=change.at, updated_by=change.principal.user_id, **values
    )


def _mark_parts(change: Change, row_id: str, visibility: str) -> None:
    change.alter(tables.declared_price, row_id, visibility=visibility)
    history = tables.row_history
    change.connection.execute(update(history).where(history.c.row_id == row_id).values(visibility=visibility))


def _demand_on(change: Change, action: str, row_id: str, kind: str = "flow") -> Demand:
    row = change.one(tables.declared_row, id=row_id)
    if row["visibility"] == "private" and change.principal.role == "facilitator":
        raise NotFound("row")
    if row["company_id"] is None:
        return "write", Resource(kind="territory", territory_id=row["territory_id"])
    return action, change.of_company(kind, row["company_id"])
