"""Commands on imports: many rows of one file at once, undone as they came, and how the columns of such files are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symbiosis.errors import StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand
from symbiosis.store.declaring import DeclaredRow, alter_row, is_price, restore_row, write_rows
from symbiosis.store.permissions import Resource


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
        # Rows of one company that are alike in what the matrix asks about are asked about once.
        alike = {(row.company_id, row.visibility, any(map(is_price, row.cells))): row for row in self.rows}
        for row in alike.values():
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
        for written in write_rows(change, self.territory_id, self.rows, batch_id=batch_id):
            counts[written["outcome"]] += 1
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
                restore_row(change, row, row["version"], row["version"] - 1)
            else:
                alter_row(change, row, row["version"], is_deleted=True, batch_id=None)
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
