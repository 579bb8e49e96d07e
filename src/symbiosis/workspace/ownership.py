"""Whose the rows of an import are, and how they will stand beside what the store holds.

A company is known by the SIRET of a site, else by its SIREN, else by its id. Rows of companies for which the principal may not
write are left out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from symbiosis.declarations import RawTable
from symbiosis.io.imports import ColumnMapping, Imported, Places, known_places
from symbiosis.schemas import DECLARATIONS
from symbiosis.store import DeclaredRow, Principal, Resource, Store, can
from symbiosis.store.entering import natural_key, typed_cells

Key = tuple[str, str]
"""A company and the id of a row of it."""

OTHER_COMPANY, NO_MANDATE, OWN_FIGURE, NO_OWNER = "other_company", "no_mandate", "own_figure", "no_owner"
"""Why rows are left out: of another company; of one that gave no mandate; a public figure where the company's own stands; of a
site or flow that nobody declares."""

_PUBLIC = "irep-"
_NEW = "new:"
_FLOWS = ("outputs", "needs", "operators")
_THREE_DECIMALS = re.compile(r"[+-]?\d{1,3}\.\d{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Rows that wait for the mandate of their company.

    Attributes
    ----------
    company_id
        Its id; empty for a company that the import is to enter first.
    name
        Its name.
    rows
        How many.
    """

    company_id: str
    name: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be written of one import.

    Attributes
    ----------
    rows
        As they will stand; those that stand so already are among them.
    companies
        Of the file, that the territory does not know: cells of their row of ``actors``.
    left
        Rows that are left out, by reason.
    without_mandate
        Companies for whose mandate rows wait, those with most first.
    withdrawn
        Ids of public figures that give their place to the company's own.
    kept
        Cells that a person has typed since and that stay as they are.
    """

    rows: tuple[DeclaredRow, ...] = ()
    companies: tuple[Mapping[str, str], ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    without_mandate: tuple[Waiting, ...] = ()
    withdrawn: tuple[str, ...] = ()
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the store holds already, as the principal reads it."""

    principal: Principal
    companies: Mapping[str, Mapping[str, Any]]
    may_write: frozenset[str]
    rows: Mapping[tuple[str, str, str], Mapping[str, Any]]
    is_one: bool

    @classmethod
    def read(cls, store: Store, principal: Principal, company_id: str) -> Ground:
        """The one company, or all that the principal reads."""
        one: dict[str, Any] = {"company_id": company_id} if company_id else {}
        whose: dict[str, Any] = {"id": company_id} if company_id else {}
        with store.open(principal) as session:
            companies = {row["id"]: row for row in session.rows("company", **whose)}
            charters = session.rows("charter", **one)
            prices = {row["id"]: row["cells"] for row in session.rows("declared_price", **one)}
            stored = session.rows("declared_row", is_deleted=False, **one)
        mandated = {row["company_id"] for row in charters if row["has_mandate"] and row["revoked_at"] is None}
        may_write = {
            owner for owner in companies
            if _may_write(principal, owner, has_mandate=owner in mandated)
        }  # fmt: skip
        rows = {
            (row["company_id"] or "", row["table_name"], row["row_key"]): {
                "id": row["id"], "cells": {**row["cells"], **prices.get(row["id"], {})}, "batch_id": row["batch_id"],
            }
            for row in stored
        }  # fmt: skip
        return cls(principal=principal, companies=companies, may_write=frozenset(may_write), rows=rows, is_one=bool(company_id))

    def of(self, *tables: str) -> Iterable[tuple[str, str, Mapping[str, str]]]:
        """Company, key and cells of the rows of some tables."""
        return ((owner, key, row["cells"]) for (owner, table, key), row in self.rows.items() if table in tables)

    def places(self) -> Places:
        """Communes that the package knows, and the sites of the store."""
        sites = [
            {"siret": _digits(cells["siret"])}
            | {name: cells.get(name, "").replace(",", ".") for name in ("latitude", "longitude")}
            for _, _, cells in self.of("sites")
            if cells.get("siret")
        ]
        return replace(known_places(), sites=pd.DataFrame(sites, dtype=object)) if sites else known_places()

    def usual_site(self) -> ColumnMapping | None:
        """The site of a company that has one, for files that do not say which."""
        found = [(owner, cells) for owner, _, cells in self.of("sites") if cells.get("siret")]
        if len(found) != 1:
            return None
        owner, cells = found[0]
        name = str(self.companies[owner]["name"])
        return ColumnMapping(siret=_digits(cells["siret"]), company=name, commune=cells.get("commune", ""))

    def stands(self, row: DeclaredRow) -> bool:
        """Whether a row stands in the store as it would be written."""
        present = self.rows.get((row.company_id or "", row.table_name, row.row_key))
        return present is not None and dict(present["cells"]) == {name: value for name, value in row.cells.items() if value}

    def plan(self, one: Imported) -> Plan:
        """Rows of an import with their owners, as they will stand."""
        tables = {name: _cells(one, name) for name in DECLARATIONS if name in one.tables}
        owners, missing = self._owners(tables)
        left: Counter[str] = Counter()
        waiting: Counter[str] = Counter()
        site_of, flow_of = self._sites(tables, owners), _named_once(self.of(*_FLOWS))
        rows: dict[tuple[str, str, str], DeclaredRow] = {}
        own = {_waste(owner, cells) for owner, key, cells in self.of("outputs", "needs") if not key.startswith(_PUBLIC)}
        kept = 0
        for table in (name for name in tables if name != "actors"):
            for number, cells in enumerate(tables[table]):
                found = _placed(table, cells, site_of, flow_of)
                if found is None:
                    left[OTHER_COMPANY if self.is_one else NO_OWNER] += 1
                    continue
                owner, said = found
                key = said[str(DECLARATIONS[table].key)] if DECLARATIONS[table].key else natural_key(table, said)
                if table in _FLOWS:
                    flow_of[key] = (owner, key)
                if table == "sites" and owner in self.companies:
                    said["actor_id"] = str(self.companies[owner]["actor_key"])
                if not self._takes(owner):
                    left[NO_MANDATE if owner else OTHER_COMPANY] += 1
                    waiting.update([owner] if owner else [])
                    continue
                if key.startswith(_PUBLIC) and table in ("outputs", "needs") and _waste(owner, said) in own:
                    left[OWN_FIGURE] += 1
                    continue
                if (owner, table, key) in rows:
                    key = f"{key}#{number + 1}" if not DECLARATIONS[table].key else key
                    if (owner, table, key) in rows:
                        continue
                merged, stays = self._merged(owner, table, key, said)
                kept += stays
                rows[owner, table, key] = DeclaredRow(
                    table_name=table, row_key=key[:200], cells=merged, company_id=owner or None
                )  # fmt: skip
        arrived = {
            _waste(owner, row.cells) for (owner, table, key), row in rows.items()
            if table in ("outputs", "needs") and not key.startswith(_PUBLIC)
        }  # fmt: skip
        withdrawn = tuple(
            row["id"] for (owner, table, key), row in self.rows.items()
            if table in ("outputs", "needs") and key.startswith(_PUBLIC) and _waste(owner, row["cells"]) in arrived
        )  # fmt: skip
        return Plan(
            rows=tuple(rows.values()), companies=tuple(missing), left=left, withdrawn=withdrawn,
            without_mandate=tuple(self._waiting(owner, missing, count) for owner, count in waiting.most_common()),
            kept=kept,
        )  # fmt: skip

    def _waiting(self, owner: str, missing: Iterable[Mapping[str, str]], count: int) -> Waiting:
        if owner in self.companies:
            return Waiting(company_id=owner, name=str(self.companies[owner]["name"]), rows=count)
        name = next((actor.get("name", "") for actor in missing if new_company(actor["actor_id"]) == owner), "")
        return Waiting(company_id="", name=name, rows=count)

    def _takes(self, owner: str) -> bool:
        """Whether the principal may write rows of a company, of one that is to be entered, or (without one) the territory's."""
        if not owner:
            return can(self.principal, "write", Resource(kind="territory", territory_id=self.principal.territory_id))
        return owner in self.may_write or (owner.startswith(_NEW) and _may_write(self.principal, owner, has_mandate=False))

    def _owners(self, tables: Mapping[str, list[dict[str, str]]]) -> tuple[dict[str, str], list[dict[str, str]]]:
        """Company of each actor of the file; and the actors that are to be entered, by whoever may."""
        by_siret = {_digits(cells["siret"]): owner for owner, _, cells in self.of("sites") if cells.get("siret")}
        by_siren = {siret[:9]: owner for siret, owner in by_siret.items()}
        by_siren |= {_digits(row["profile"]["siren"]): i for i, row in self.companies.items() if row["profile"].get("siren")}
        by_key = {row["actor_key"]: i for i, row in self.companies.items()}
        of_actor: dict[str, str] = {}
        for site in tables.get("sites", ()):
            siret = _digits(site.get("siret", ""))
            owner = by_siret.get(siret) or by_siren.get(siret[:9])
            if owner and site.get("actor_id"):
                of_actor.setdefault(site["actor_id"], owner)
        missing = []
        entered = Resource(kind="company", territory_id=self.principal.territory_id)
        may_enter = not self.is_one and can(self.principal, "create", entered)
        for actor in tables.get("actors", ()):
            key = actor["actor_id"]
            owner = of_actor.get(key) or by_siren.get(_digits(actor.get("siren", ""))) or by_key.get(key)
            if owner:
                of_actor[key] = owner
            elif may_enter:
                missing.append(actor)
                of_actor[key] = new_company(key)
        return {**by_key, **of_actor}, missing

    def _sites(self, tables: Mapping[str, list[dict[str, str]]], owners: Mapping[str, str]) -> dict[str, Key]:
        """Company and id of each site that the file names: a site that is known by its number keeps its id."""
        known = {_digits(cells["siret"]): (owner, key) for owner, key, cells in self.of("sites") if cells.get("siret")}
        found = _named_once(self.of("sites"))
        for site in tables.get("sites", ()):
            key, siret = site["site_id"], _digits(site.get("siret", ""))
            owner = owners.get(site.get("actor_id", ""))
            found.pop(key, None)
            if siret in known:
                found[key] = known[siret]
            elif owner is not None:
                found[key] = (owner, key)
        return found

    def _merged(self, owner: str, table: str, key: str, said: Mapping[str, str]) -> tuple[dict[str, str], int]:
        """What stands and what the file says: facts of a site are only completed, and so is what a person typed last."""
        present = self.rows.get((owner, table, key))
        if present is None:
            return dict(said), 0
        stands = present["cells"]
        if table != "sites" and present["batch_id"]:
            return {**stands, **said}, 0
        stays = sum(1 for name, value in said.items() if stands.get(name) and stands[name] != value)
        return {**said, **{name: value for name, value in stands.items() if value}}, stays if table != "sites" else 0


def new_company(actor_key: str) -> str:
    """What stands in a plan for the id of a company that is to be entered.

    Parameters
    ----------
    actor_key
        Its id in the file.
    """
    return _NEW + actor_key


def _may_write(principal: Principal, company_id: str, *, has_mandate: bool) -> bool:
    facts = frozenset(("mandate",) if has_mandate else ())
    return all(
        can(
            principal, "write",
            Resource(kind=kind, territory_id=principal.territory_id, company_id=company_id, facts=facts),
        )
        for kind in ("import", "flow", "price")
    )  # fmt: skip


def _named_once(rows: Iterable[tuple[str, str, Mapping[str, str]]]) -> dict[str, Key]:
    """Rows by id; an id that two companies use names none."""
    listed = [(owner, key) for owner, key, _ in rows]
    uses = Counter(key for _, key in listed)
    return {key: (owner, key) for owner, key in listed if uses[key] == 1}


def _placed(
    table: str, cells: Mapping[str, str], site_of: Mapping[str, Key], flow_of: Mapping[str, Key]
) -> tuple[str, dict[str, str]] | None:
    """Company of a row, and its cells with the ids that the store knows; none where nobody is known to own it."""
    if table == "distances":
        ends = [site_of.get(cells.get(end, "")) for end in ("from_site_id", "to_site_id")]
        if ends[0] is None or ends[1] is None:
            return None
        named = {**cells, "from_site_id": ends[0][1], "to_site_id": ends[1][1]}
        return (ends[0][0] if ends[0][0] == ends[1][0] else ""), named
    column, known = ("flow_id", flow_of) if "flow_id" in cells else ("site_id", site_of)
    found = known.get(cells.get(column, ""))
    return None if found is None else (found[0], {**cells, column: found[1]})


def _cells(one: Imported, table: str) -> list[dict[str, str]]:
    frame = one.tables[table]
    if one.kind == "template":
        return typed_cells(DECLARATIONS[table], RawTable(frame=frame))
    numbers = {name for name, column in DECLARATIONS[table].columns.items() if column.kind == "number"}
    # A point before three digits is a decimal mark here; without neighbours to say so it reads as thousands.
    return [
        {str(name): f"{value}0" if name in numbers and _THREE_DECIMALS.fullmatch(value) else value
         for name, value in row.items() if value}
        for row in frame.fillna("").astype(str).to_dict("records")
    ]  # fmt: skip


def _waste(owner: str, cells: Mapping[str, str]) -> tuple[str, str, str]:
    """Whose waste of which code, to tell a public figure from a company's own."""
    return owner, cells.get("site_id", ""), _digits(cells.get("waste_code") or cells.get("waste_codes_treated") or "")


def _digits(text: object) -> str:
    return re.sub(r"\D", "", str(text))
