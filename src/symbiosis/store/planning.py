"""What planners may do: ask the private side for a run, and, under a signed agreement, see published cells by company.

A planner's process opens the published database only. A run waits there; the private side takes it, runs it, and publishes what
passes the gate. Access under agreement is served by the private side alone: each company that is shown reads that it was, by
whom.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, func, insert, or_, select, update

from symbiosis.disclosure import Aggregate
from symbiosis.errors import NotAllowed, NotFound, StoreError, SymbiosisError
from symbiosis.store import audit, tables
from symbiosis.store.commands import Change, Demand
from symbiosis.store.database import Store
from symbiosis.store.permissions import Resource, can
from symbiosis.store.principal import Principal
from symbiosis.store.publication import publish, unpacked

_log = logging.getLogger(__name__)

RUNS_A_DAY = 10
ABANDONED_AFTER = timedelta(hours=1)
"""A run that was taken this long ago and is not over was lost with its process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignAgreement:
    """The facilitator records that a planner has signed an agreement of access.

    Attributes
    ----------
    territory_id
        Of which territory.
    user_id
        Who has signed.
    signed_on, ends_on
        Days, ISO 8601; it is over after the last one.
    document_sha256
        Digest of the signed document.
    """

    territory_id: str
    user_id: str
    signed_on: str
    ends_on: str
    document_sha256: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator of the territory."""
        return [("write", Resource(kind="agreement", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id."""
        if not self.signed_on <= self.ends_on or not self.document_sha256:
            raise StoreError("an agreement has a document, and ends after it was signed")
        return {"id": change.add(
            tables.agreement, territory_id=self.territory_id, user_id=self.user_id, signed_on=self.signed_on,
            ends_on=self.ends_on, document_sha256=self.document_sha256, recorded_by=change.principal.user_id,
            created_at=change.at,
        )}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeAgreement:
    """An agreement ends before its day.

    Attributes
    ----------
    agreement_id
        Which.
    """

    agreement_id: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator of the territory."""
        territory_id = change.one(tables.agreement, id=self.agreement_id)["territory_id"]
        return [("write", Resource(kind="agreement", territory_id=territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it."""
        change.alter(tables.agreement, self.agreement_id, revoked_at=change.at)
        return {"id": self.agreement_id}


def planners(store: Store, principal: Principal) -> list[dict[str, Any]]:
    """Accounts of planners of the territory at hand: who may sign an agreement.

    Parameters
    ----------
    store, principal
        Where, and who asks.

    Returns
    -------
    list of dict
        `id`, `name`, `email`, by address.

    Raises
    ------
    NotAllowed
        If the principal does not record agreements there.
    """
    territory_id = principal.territory_id
    if not can(principal, "write", Resource(kind="agreement", territory_id=territory_id)):
        raise NotAllowed("read", "member", principal.role)
    with store.open(Principal.accounts()) as accounts:
        members = accounts.rows("member", territory_id=territory_id, role="planner", revoked_at=None)
        found = accounts.rows("user", id=[one["user_id"] for one in members], order_by=("email",)) if members else []
    return [{name: one[name] for name in ("id", "name", "email")} for one in found if one["disabled_at"] is None]


def named_cells(store: Store, principal: Principal, publication_id: str, view: str) -> pd.DataFrame:
    """The cells of a published view by company, for a planner under a signed agreement.

    Each company that is shown, and the whole of its group, reads in its trace that this planner has seen it: the line is kept
    before the figures are given.

    Parameters
    ----------
    store
        Of a process that serves the private side.
    principal
        A planner.
    publication_id, view
        What was published.

    Returns
    -------
    pandas.DataFrame
        Dimensions of the view, `role`, `companies` (names, of one group), `value`.

    Raises
    ------
    NotAllowed
        If no agreement of this planner stands.
    NotFound
        If nothing of that name was published in the territory, or it was withdrawn.
    """
    territory_id, today = principal.territory_id, datetime.now(tz=UTC).date().isoformat()
    with store.open_published(principal) as session:
        session.one("publication", id=publication_id, territory_id=territory_id, withdrawn_at=None)
    kept, signed, place = tables.release, tables.agreement, tables.company
    # The planner opens nothing here: the private side looks up what the agreement allows, in its own name.
    with store.writing(Principal.engine(territory_id)) as connection:
        stands = select(func.count()).where(
            signed.c.territory_id == territory_id, signed.c.user_id == principal.user_id, signed.c.revoked_at.is_(None),
            signed.c.signed_on <= today, signed.c.ends_on >= today,
        )  # fmt: skip
        facts = frozenset({"agreement"} if connection.execute(stands).scalar_one() else ())
        if not can(principal, "read", Resource(kind="named_cell", territory_id=territory_id, facts=facts)):
            raise NotAllowed("read", "named_cell", principal.role)
        asked = select(kept).where(kept.c.territory_id == territory_id, kept.c.publication_id == publication_id)
        row = next((dict(one) for one in connection.execute(asked).mappings() if view in one["views"]), None)
        if row is None:
            raise NotFound("publication")
        companies = connection.execute(
            select(place.c.id, place.c.actor_key, place.c.name).where(place.c.territory_id == territory_id)
        )
        name_of = {company.actor_key: (company.id, company.name) for company in companies}
        contributions, dimensions = unpacked(row).contributions, row["views"][view]
        seen: set[str] = set()
        parts: list[pd.DataFrame] = []
        for role in row["roles"]:
            part = contributions.groupby([*dimensions, role], as_index=False)["value"].sum()
            members = {unit: [name_of[key] for key in row["members"].get(unit, ()) if key in name_of] for unit in part[role]}
            seen |= {company_id for found in members.values() for company_id, _ in found}
            names = part[role].map({unit: ", ".join(sorted(name for _, name in found)) for unit, found in members.items()})
            parts.append(part[[*dimensions]].assign(role=role, companies=names, value=part["value"]))
        for company_id in sorted(seen):
            audit.append(
                connection, principal, action="read", resource="named_cell", territory_id=territory_id, company_id=company_id,
                subject_id=publication_id, detail={"view": view},
            )  # fmt: skip
    named: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return named


def request_run(store: Store, principal: Principal, scenario: Mapping[str, Any]) -> str:
    """A planner asks for a run; it waits in the published database.

    Parameters
    ----------
    store, principal
        Where, and who asks.
    scenario
        Assumptions.

    Returns
    -------
    str
        Id of the request, which :meth:`symbiosis.store.Session.one` follows in ``run_request``.

    Raises
    ------
    NotAllowed
        If the role may not, or has asked :data:`RUNS_A_DAY` times since yesterday.
    """
    if principal.role != "planner" or not can(principal, "launch", Resource(kind="run", is_published=True)):
        raise NotAllowed("launch", "run", principal.role)
    asked, request_id = tables.run_request, tables.new_id()
    yesterday = (datetime.now(tz=UTC) - timedelta(days=1)).isoformat(timespec="microseconds")
    with store.published.writing(principal) as connection:
        lately = select(func.count()).where(asked.c.requested_by == principal.user_id, asked.c.created_at > yesterday)
        if connection.execute(lately).scalar_one() >= RUNS_A_DAY:
            raise NotAllowed("launch", "run", principal.role)
        connection.execute(insert(asked).values(
            id=request_id, territory_id=principal.territory_id, requested_by=principal.user_id, scenario=dict(scenario),
        ))  # fmt: skip
    return request_id


def _waits() -> ColumnElement[bool]:
    """Requests that nobody serves: new, or lost with the process that had taken them."""
    asked = tables.run_request
    lost = (datetime.now(tz=UTC) - ABANDONED_AFTER).isoformat(timespec="microseconds")
    return or_(asked.c.status == "queued", (asked.c.status == "running") & (asked.c.started_at < lost))


def is_awaited(store: Store, territory_id: str) -> bool:
    """Whether a planner waits for a run of a territory.

    Parameters
    ----------
    store
        Of the private side.
    territory_id
        Which.
    """
    asked = tables.run_request
    waiting = select(func.count()).where(asked.c.territory_id == territory_id, _waits())
    with store.published.writing(Principal.engine(territory_id)) as connection:
        return bool(connection.execute(waiting).scalar_one())


def serve_request(
    store: Store, territory_id: str, solve: Callable[[Mapping[str, Any]], Sequence[Aggregate]], *, title: str = ""
) -> str | None:
    """Take the oldest run that a planner waits for, run it, publish what passes the gate.

    Parameters
    ----------
    store
        Of the private side.
    territory_id
        Whose requests.
    solve
        From assumptions to tables.
    title
        Of the publication.

    Returns
    -------
    str or None
        Id of the request; ``None`` where nobody waits. Its status says how it ended: a planner is not told why a run failed.
    """
    engine, asked = Principal.engine(territory_id), tables.run_request
    with store.published.writing(engine) as connection:
        oldest = select(asked).where(asked.c.territory_id == territory_id, _waits()).order_by(asked.c.created_at).limit(1)
        request = connection.execute(oldest).mappings().first()
        if request is None:
            return None
        connection.execute(update(asked).where(asked.c.id == request["id"]).values(status="running", started_at=tables.now()))
    ended: dict[str, Any] = {"status": "failed"}
    try:
        made = solve(request["scenario"])
        shown = publish(store, engine, made, title=title, key=request["id"], scenario=request["scenario"])
        ended = {"status": "done", "publication_id": shown}
    except SymbiosisError:
        # What stood in its way may speak of companies: the private side logs it, the planner reads that it failed.
        _log.exception("the run %s of a planner failed", request["id"])
    with store.published.writing(engine) as connection:
        connection.execute(update(asked).where(asked.c.id == request["id"]).values(**ended, finished_at=tables.now()))
    return str(request["id"])
