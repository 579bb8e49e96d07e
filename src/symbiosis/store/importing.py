"""Commands on imports: many rows of one file at once, undone as they came, and how the columns of such files are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete

from symbiosis.errors import StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand
from symbiosis.store.declaring import DeclaredRow, alter_row, is_price, restore_row, write_rows
from symbiosis.store.parties import CreateCompany
from symbiosis.store.permissions import Resource

_REFERRING = ("site_id", "from_site_id", "to_site_id", "flow_id", "need_id", "operator_id")
"""Columns that name a site or a flow of another row."""


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
    companies
        That enter with it, each with an id that its rows may name.
    withdrawn
        Ids of rows that those of the same company take the place of: public figures where its own arrive.
    """

    territory_id: str
    rows: tuple[DeclaredRow, ...]
    kind: str
    file_name: str
    file_sha256: str
    mapping: Mapping[str, Any] = field(default_factory=dict)
    company_id: str | None = None
    companies: tuple[CreateCompany, ...] = ()
    withdrawn: tuple[str, ...] = ()

    def demands(self, change: Change) -> Sequence[Demand]:
        """Entering the companies, importing, and writing each row."""
        found: list[Demand] = [demand for company in self.companies[:1] for demand in company.demands(change)]
        new = {company.company_id for company in self.companies}
        owners = {
            owner: Resource(kind="import", territory_id=self.territory_id, company_id=owner)
            if owner in new else change.of_company("import", owner)
            for owner in dict.fromkeys(row.company_id for row in self.rows if row.company_id is not None)
        }  # fmt: skip
        found += [("write", owner) for owner in owners.values()]
        # Rows of one company that are alike in what the matrix asks about are asked about once.
        alike = {(row.company_id, row.visibility, any(map(is_price, row.cells))): row for row in self.rows}
        for row in alike.values():
            found += row.demands(change, self.territory_id, owners.get(row.company_id or ""))
        return list(dict.fromkeys(found))

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes companies and batch; tells its id and how many rows are new, changed or the same."""
        if any(company.territory_id != self.territory_id or not company.company_id for company in self.companies):
            raise StoreError("a company enters the territory of the file, under an id")
        for company in self.companies:
            company.apply(change)
        batch_id = change.add(
            tables.import_batch, territory_id=self.territory_id, company_id=self.company_id, kind=self.kind,
            file_name=self.file_name, file_sha256=self.file_sha256, mapping=dict(self.mapping), counts={},
            user_id=change.principal.user_id, created_at=change.at,
            company_ids=[company.company_id for company in self.companies],
        )  # fmt: skip
        counts = {"new": 0, "changed": 0, "same": 0, "withdrawn": 0}
        for written in write_rows(change, self.territory_id, self.rows, batch_id=batch_id):
            counts[written["outcome"]] += 1
        owners = {row.company_id for row in self.rows}
        for row in change.find(tables.declared_row, id=self.withdrawn, is_deleted=False):
            if row["company_id"] not in owners:
                raise StoreError("a row gives its place to one of its own company")
            alter_row(change, row, row["version"], is_deleted=True, batch_id=batch_id)
            counts["withdrawn"] += 1
        change.alter(tables.import_batch, batch_id, counts=counts)
        change.told.update(counts, companies=len(self.companies))
        return {"id": batch_id, **counts, "companies": len(self.companies)}


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoImport:
    """An import is undone: each row becomes what it was, but for those that somebody has changed since, or refers to.

    A company that it entered leaves again where nothing speaks of it any more.

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
        if batch["company_ids"]:
            found.append(("create", Resource(kind="company", territory_id=batch["territory_id"])))
        if not found or any(row["company_id"] is None for row in rows):
            found.append(("write", Resource(kind="territory", territory_id=batch["territory_id"])))
        return found

    def apply(self, change: Change) -> dict[str, Any]:
        """Restores or deletes its rows, and takes out its companies; tells how many."""
        batch = change.one(tables.import_batch, id=self.batch_id)
        if batch["undone_at"] is not None:
            raise StoreError("this import was undone")
        # A later change takes the row out of the batch, so that these are the ones nobody has touched since.
        rows = change.find(tables.declared_row, batch_id=self.batch_id)
        named = self._named(change, batch["territory_id"])
        undone = 0
        for row in rows:
            if change.find(tables.row_history, row_id=row["id"], version=row["version"] - 1, part="cells"):
                restore_row(change, row, row["version"], row["version"] - 1)
            elif {(row["company_id"], row["row_key"]), (None, row["row_key"])} & named:
                continue
            else:
                alter_row(change, row, row["version"], is_deleted=True, batch_id=None)
            undone += 1
        change.alter(tables.import_batch, self.batch_id, undone_at=change.at, undone_by=change.principal.user_id)
        gone = [company_id for company_id in batch["company_ids"] if _leaves(change, batch, company_id)]
        change.told.update(rows=undone, companies=len(gone))
        return {"id": self.batch_id, "undone": undone, "companies": len(gone)}

    def _named(self, change: Change, territory_id: str) -> set[tuple[str | None, str]]:
        """Sites and flows, by company, that rows of other origin refer to; of no company for what the territory says."""
        rows = change.find(tables.declared_row, territory_id=territory_id, is_deleted=False)
        others = [row for row in rows if row["batch_id"] != self.batch_id]
        return {(row["company_id"], row["cells"][name]) for row in others for name in _REFERRING if name in row["cells"]}


def _leaves(change: Change, batch: Mapping[str, Any], company_id: str) -> bool:
    """Takes a company out, unless something but its deleted rows speaks of it."""
    parts = (tables.row_history, tables.declared_price, tables.declared_row)
    company = tables.company.c.id
    for table in tables.private.sorted_tables:
        for column in table.columns:
            if table is tables.import_batch or table in parts or not column.references(company):
                continue
            if change.find(table, **{column.name: company_id}):
                return False
    if change.find(tables.declared_row, company_id=company_id, is_deleted=False):
        return False
    if any(company_id in one["company_ids"] for one in change.find(tables.project, territory_id=batch["territory_id"])):
        return False
    if [one["id"] for one in change.find(tables.import_batch, company_id=company_id)] not in ([], [batch["id"]]):
        return False
    change.alter(tables.import_batch, batch["id"], company_id=None)
    for table in parts:
        change.connection.execute(delete(table).where(table.c.company_id == company_id))
    change.connection.execute(delete(tables.company).where(company == company_id))
    return True


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
