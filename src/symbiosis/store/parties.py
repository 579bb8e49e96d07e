"""Commands on territories, companies, their cards, contacts and charters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, update

from symbiosis.errors import NotFound, StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand, plain
from symbiosis.store.permissions import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTerritory:
    """A new territory.

    Attributes
    ----------
    name
        As people call it.
    facts, extension
        What ``facts.json`` and the folder ``catalogue`` say of a territory kept as files.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    extension: Mapping[str, Any] = field(default_factory=dict)

    def demands(self, change: Change) -> Sequence[Demand]:
        """Administrators and the owner of a machine create territories."""
        return [("create", Resource(kind="territory"))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id."""
        values = {"name": self.name, "facts": dict(self.facts), "extension": dict(self.extension)}
        return {"id": change.add(tables.territory, created_at=change.at, **values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCompany:
    """A company enters a territory.

    Attributes
    ----------
    territory_id
        Which.
    name
        Of the company.
    profile
        Other cells of its row of ``actors``, as text.
    actor_key
        Its id in the engine's tables; made from its own id where none is given.
    company_id
        Its id, where rows that enter with it name it; made here where none is given.
    """

    territory_id: str
    name: str
    profile: Mapping[str, str] = field(default_factory=dict)
    actor_key: str = ""
    company_id: str = ""

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator enters companies."""
        return [("create", Resource(kind="company", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id."""
        change.one(tables.territory, id=self.territory_id)
        company_id = self.company_id or tables.new_id()
        actor_key = self.actor_key or f"E-{company_id[:8]}"
        if change.find(tables.company, territory_id=self.territory_id, actor_key=actor_key):
            raise StoreError(f"actor {actor_key} exists")
        change.add(
            tables.company, id=company_id, territory_id=self.territory_id, actor_key=actor_key, name=self.name,
            profile=plain(self.profile), created_at=change.at, updated_at=change.at,
        )  # fmt: skip
        return {"id": company_id, "version": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveProfile:
    """The profile of a company changes.

    Attributes
    ----------
    company_id
        Whose.
    name, profile
        As :class:`CreateCompany`.
    version
        That was read.
    """

    company_id: str
    name: str
    profile: Mapping[str, str]
    version: int

    def demands(self, change: Change) -> Sequence[Demand]:
        """Editors write their own profile, the facilitator those that gave her a mandate."""
        return [("write", change.of_company("company", self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells the new version."""
        values = {"name": self.name, "profile": plain(self.profile), "updated_at": change.at}
        return {"id": self.company_id, "version": change.alter(tables.company, self.company_id, version=self.version, **values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCard:
    """A company shows its card to the network, or withdraws it.

    Attributes
    ----------
    company_id
        Whose.
    is_shown
        ``False`` withdraws it.
    sector, commune
        What the card says besides the name.
    """

    company_id: str
    is_shown: bool
    sector: str = ""
    commune: str = ""

    def demands(self, change: Change) -> Sequence[Demand]:
        """Editors show their own card."""
        return [("write", change.of_company("card", self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes or deletes it."""
        company = change.one(tables.company, id=self.company_id)
        change.connection.execute(delete(tables.company_card).where(tables.company_card.c.company_id == self.company_id))
        if not self.is_shown:
            return {"id": self.company_id}
        change.add(
            tables.company_card, territory_id=company["territory_id"], company_id=self.company_id, name=company["name"],
            sector=self.sector, commune=self.commune,
        )  # fmt: skip
        return {"id": self.company_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePrices:
    """A company lets the facilitator see its prices, or stops.

    Attributes
    ----------
    company_id
        Whose.
    is_shared
        ``False`` stops.
    """

    company_id: str
    is_shared: bool

    def demands(self, change: Change) -> Sequence[Demand]:
        """Its administrator decides."""
        return [("share", change.of_company("price", self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Marks the company and each of its prices, past ones included."""
        change.alter(tables.company, self.company_id, shares_prices=self.is_shared)
        for table in (tables.declared_price, tables.row_history):
            change.connection.execute(
                update(table).where(table.c.company_id == self.company_id).values(is_shared=self.is_shared)
            )
        return {"id": self.company_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveContact:
    """A contact person of a company: four cells, no more.

    Attributes
    ----------
    company_id
        Whose.
    name, function, email, phone
        Professional ones; a shared mailbox is better than a name.
    contact_id
        The one that changes; empty for a new one.
    version
        That was read.
    """

    company_id: str
    name: str = ""
    function: str = ""
    email: str = ""
    phone: str = ""
    contact_id: str = ""
    version: int = 0

    def demands(self, change: Change) -> Sequence[Demand]:
        """Editors write their own contacts."""
        return [("write", change.of_company("contact", self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id and version."""
        values = {"name": self.name, "function": self.function, "email": self.email, "phone": self.phone}
        if not self.contact_id:
            territory_id = change.one(tables.company, id=self.company_id)["territory_id"]
            contact_id = change.add(
                tables.contact, territory_id=territory_id, company_id=self.company_id, updated_at=change.at, **values
            )
            return {"id": contact_id, "version": 1}
        if change.one(tables.contact, id=self.contact_id)["company_id"] != self.company_id:
            raise NotFound("contact")
        version = change.alter(tables.contact, self.contact_id, version=self.version, updated_at=change.at, **values)
        return {"id": self.contact_id, "version": version}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignCharter:
    """A company signs the charter of commitment and confidentiality.

    Attributes
    ----------
    company_id
        Which.
    signed_by
        Name of the person who signed for it.
    signed_on
        ISO date.
    has_mandate
        Whether it lets the facilitator type its flows.
    document_sha256
        Digest of the signed document.
    trace
        Where the document is, or how the agreement was given.
    """

    company_id: str
    signed_by: str
    signed_on: str
    has_mandate: bool = True
    document_sha256: str = ""
    trace: str = ""

    def demands(self, change: Change) -> Sequence[Demand]:
        """Its administrator, or the facilitator who holds the paper."""
        return [("write", change.of_company("charter", self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it beside the earlier ones; tells its id."""
        if not self.signed_by or not self.signed_on:
            raise StoreError("a charter is signed by somebody, on a day")
        territory_id = change.one(tables.company, id=self.company_id)["territory_id"]
        charter_id = change.add(
            tables.charter, territory_id=territory_id, company_id=self.company_id, signed_by=self.signed_by,
            signed_on=self.signed_on, has_mandate=self.has_mandate, document_sha256=self.document_sha256, trace=self.trace,
            recorded_by=change.principal.user_id, created_at=change.at,
        )  # fmt: skip
        return {"id": charter_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeCharter:
    """A charter ends; what was typed stays the company's.

    Attributes
    ----------
    charter_id
        Which.
    """

    charter_id: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """As for signing."""
        return [("write", change.of_company("charter", change.one(tables.charter, id=self.charter_id)["company_id"]))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Dates the end."""
        change.alter(tables.charter, self.charter_id, revoked_at=change.at)
        return {"id": self.charter_id}
