"""Commands on what companies declare: rows, their history, who sees them, and imports of many at once.

Each change of a row writes what the row was before to its history, so that anything can be undone. Cells stand as the company
typed them; prices and costs (columns in ``_eur_``) stand apart from the others, under their own policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update

from symbiosis.errors import NotFound, StaleVersion, StoreError
from symbiosis.schemas import DECLARATIONS
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand, plain
from symbiosis.store.permissions import Resource

_HISTORY = ("territory_id", "company_id", "visibility")


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

    def demands(self, change: Change, territory_id: str) -> list[Demand]:
        """Rows of the matrix that writing it needs.

        Parameters
        ----------
        change
            The transaction.
        territory_id
            Where it is written.
        """
        if self.company_id is None:
            return [("write", Resource(kind="territory", territory_id=territory_id))]
        flow = change.of_company("flow", self.company_id)
        if flow.territory_id != territory_id:
            raise NotFound("company")
        found: list[Demand] = [("write", flow)]
        if any(is_price(column) for column in self.cells):
            found.append(("write", change.of_company("price", self.company_id)))
        if self.visibility is not None and self.visibility != "facilitator":
            found.append(("write", change.of_company("visibility", self.company_id)))
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
        present = _present(change, self.territory_id, self.row)
        read = 0 if present is None or present["is_deleted"] else present["version"]
        if read != self.version:
            raise StaleVersion("row", self.version, read)
        return _write(change, self.territory_id, self.row, present, batch_id=None)


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
        _keep_history(change, row)
        return {"id": self.row_id, "version": _alter(change, row, self.version, is_deleted=True, batch_id=None)}


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
        return {"id": self.row_id, "version": _restore(change, row, self.version, self.to_version)}


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
        _keep_history(change, row)
        version = _alter(change, row, self.version, visibility=self.visibility)
        _mark_parts(change, self.row_id, self.visibility)
        return {"id": self.row_id, "version": version}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRows:
    """Many rows of one file, all or none; a row that says what stands already changes nothing.

    Attributes
    ----------
    territory_id
        Where.
    rows
        What.
    kind, file_name, file_sha256, mapping
        Where it comes from, and how its columns were read.
    company_id
        The company whose file it is; ``None`` for a file of several.
    """

    territory_id: str
    rows: tuple[DeclaredRow, ...]
    kind: str
    file_name: str
    file_sha256: str
    mapping: Mapping[str, Any] = field(default_factory=dict)
    company_id: str | None = None

    def demands(self, change: Change) -> Sequence[Demand]:
        """Importing, and writing each row."""
        owners = dict.fromkeys(row.company_id for row in self.rows if row.company_id is not None)
        found: list[Demand] = [("write", change.of_company("import", owner)) for owner in owners]
        for row in self.rows:
            found += row.demands(change, self.territory_id)
        return list(dict.fromkeys(found))

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes the batch; tells its id and how many rows are new, changed or the same."""
        batch_id = change.add(
            tables.import_batch, territory_id=self.territory_id, company_id=self.company_id, kind=self.kind,
            file_name=self.file_name, file_sha256=self.file_sha256, mapping=dict(self.mapping), counts={},
            user_id=change.principal.user_id, created_at=change.at,
        )  # fmt: skip
        counts = {"new": 0, "changed": 0, "same": 0}
        for row in self.rows:
            present = _present(change, self.territory_id, row)
            counts[_write(change, self.territory_id, row, present, batch_id=batch_id)["outcome"]] += 1
        change.alter(tables.import_batch, batch_id, counts=counts)
        change.told.update(counts)
        return {"id": batch_id, **counts}


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoImport:
    """An import is undone: each row becomes what it was, but for those that somebody has changed since.

    Attributes
    ----------
    batch_id
        Which.
    """

    batch_id: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """As for importing, on each company that the batch has touched."""
        batch = change.one(tables.import_batch, id=self.batch_id)
        rows = change.find(tables.declared_row, batch_id=self.batch_id)
        owners = dict.fromkeys(row["company_id"] for row in rows if row["company_id"])
        found: list[Demand] = [("undo", change.of_company("import", owner)) for owner in owners]
        if not owners and batch["company_id"]:
            found = [("undo", change.of_company("import", batch["company_id"]))]
        if not found or any(row["company_id"] is None for row in rows):
            found.append(("write", Resource(kind="territory", territory_id=batch["territory_id"])))
        return found

    def apply(self, change: Change) -> dict[str, Any]:
        """Restores or deletes its rows; tells how many."""
        batch = change.one(tables.import_batch, id=self.batch_id)
        if batch["undone_at"] is not None:
            raise StoreError("this import was undone")
        # A later change takes the row out of the batch, so that these are the ones nobody has touched since.
        rows = change.find(tables.declared_row, batch_id=self.batch_id)
        for row in rows:
            if change.find(tables.row_history, row_id=row["id"], version=row["version"] - 1, part="cells"):
                _restore(change, row, row["version"], row["version"] - 1)
            else:
                _keep_history(change, row)
                _alter(change, row, row["version"], is_deleted=True, batch_id=None)
        change.alter(tables.import_batch, self.batch_id, undone_at=change.at, undone_by=change.principal.user_id)
        change.told["rows"] = len(rows)
        return {"id": self.batch_id, "undone": len(rows)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberMapping:
    """How the columns of a kind of file are read, for the next time.

    Attributes
    ----------
    territory_id
        Where.
    kind, headings_sha256
        Which files.
    mapping
        Heading to column, and what else the import asks.
    company_id
        Whose files; ``None`` for the facilitator's.
    """

    territory_id: str
    kind: str
    headings_sha256: str
    mapping: Mapping[str, Any]
    company_id: str | None = None

    def demands(self, change: Change) -> Sequence[Demand]:
        """As for importing."""
        if self.company_id is None:
            return [("write", Resource(kind="territory", territory_id=self.territory_id))]
        return [("write", change.of_company("import", self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it in the place of an earlier one; tells its id."""
        whose = {"territory_id": self.territory_id, "company_id": self.company_id, "kind": self.kind}
        whose["headings_sha256"] = self.headings_sha256
        for earlier in change.find(tables.import_mapping, **whose):
            change.alter(
                tables.import_mapping,
                earlier["id"],
                version=earlier["version"],
                mapping=dict(self.mapping),
                updated_at=change.at,
            )
            return {"id": earlier["id"]}
        return {"id": change.add(tables.import_mapping, mapping=dict(self.mapping), updated_at=change.at, **whose)}


def _present(change: Change, territory_id: str, row: DeclaredRow) -> dict[str, Any] | None:
    if row.table_name not in DECLARATIONS or row.table_name == "actors":
        raise StoreError(f"unknown table {row.table_name!r}")
    if unknown := sorted(set(row.cells) - set(DECLARATIONS[row.table_name].columns)):
        raise StoreError(f"{row.table_name}: unknown columns {', '.join(unknown)}")
    whose = {"territory_id": territory_id, "company_id": row.company_id, "table_name": row.table_name, "row_key": row.row_key}
    found = change.find(tables.declared_row, **whose)
    if found and found[0]["visibility"] == "private" and change.principal.role == "facilitator":
        # She cannot see that it exists, so she cannot write over it.
        raise NotFound("row")
    return found[0] if found else None


def _write(
    change: Change, territory_id: str, row: DeclaredRow, present: dict[str, Any] | None, *, batch_id: str | None
) -> dict[str, Any]:
    """The row as it is now: new, changed, or the same."""
    cells = plain({name: value for name, value in row.cells.items() if not is_price(name)})
    typed_prices = {name: value for name, value in row.cells.items() if is_price(name)}
    if present is None:
        visibility = row.visibility or "facilitator"
        row_id = change.add(
            tables.declared_row, territory_id=territory_id, company_id=row.company_id, table_name=row.table_name,
            row_key=row.row_key, cells=cells, visibility=visibility, evidence=cells.get("evidence", ""), version=1,
            batch_id=batch_id, updated_at=change.at, updated_by=change.principal.user_id,
        )  # fmt: skip
        is_shared = row.company_id is not None and "shared" in change.facts(row.company_id)
        change.add(
            tables.declared_price, id=row_id, territory_id=territory_id, company_id=row.company_id, table_name=row.table_name,
            row_key=row.row_key, cells=plain(typed_prices), visibility=visibility, is_shared=is_shared,
        )  # fmt: skip
        return {"id": row_id, "version": 1, "outcome": "new"}
    earlier = change.one(tables.declared_price, id=present["id"])["cells"]
    prices = plain({**earlier, **typed_prices})
    visibility = row.visibility or present["visibility"]
    is_same = (cells, prices, visibility) == (present["cells"], earlier, present["visibility"])
    if is_same and not present["is_deleted"]:
        return {"id": present["id"], "version": present["version"], "outcome": "same"}
    _keep_history(change, present)
    version = _alter(
        change, present, present["version"], cells=cells, visibility=visibility, evidence=cells.get("evidence", ""),
        batch_id=batch_id, is_deleted=False,
    )  # fmt: skip
    change.alter(tables.declared_price, present["id"], cells=prices)
    _mark_parts(change, present["id"], visibility)
    return {"id": present["id"], "version": version, "outcome": "changed"}


def _restore(change: Change, row: dict[str, Any], version: int, to_version: int) -> int:
    parts = {part["part"]: part for part in change.find(tables.row_history, row_id=row["id"], version=to_version)}
    if "cells" not in parts:
        raise NotFound("version")
    _keep_history(change, row)
    earlier = parts["cells"]
    new = _alter(
        change, row, version, cells=earlier["cells"], evidence=earlier["cells"].get("evidence", ""),
        batch_id=earlier["batch_id"], is_deleted=earlier["is_deleted"],
    )  # fmt: skip
    change.alter(tables.declared_price, row["id"], cells=parts["prices"]["cells"])
    return new


def _keep_history(change: Change, row: dict[str, Any]) -> None:
    price = change.one(tables.declared_price, id=row["id"])
    for part, cells in (("cells", row["cells"]), ("prices", price["cells"])):
        change.add(
            tables.row_history, row_id=row["id"], part=part, cells=cells, is_shared=price["is_shared"], version=row["version"],
            is_deleted=row["is_deleted"], batch_id=row["batch_id"], changed_at=change.at, changed_by=change.principal.user_id,
            **{name: row[name] for name in _HISTORY},
        )  # fmt: skip


def _alter(change: Change, row: dict[str, Any], version: int, **values: Any) -> int:
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
