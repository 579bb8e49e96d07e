"""Commands on runs, matches and consents; what each company learns of the other, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, update

from symbiosis.errors import NotFound, StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand
from symbiosis.store.permissions import Resource

PARTNER_CLASSES = ("fewer_than_three", "three_or_more")
"""All that one side may learn of how many partners there could be."""

_CONTACT = ("name", "function", "email", "phone")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRun:
    """Somebody asks for a run.

    Attributes
    ----------
    territory_id
        Of which territory.
    scenario
        Its assumptions.
    """

    territory_id: str
    scenario: Mapping[str, Any]

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator launches runs of her territory."""
        return [("launch", Resource(kind="run", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it as queued; tells its id."""
        values = {"scenario": dict(self.scenario), "requested_by": change.principal.user_id, "created_at": change.at}
        return {"id": change.add(tables.run, territory_id=self.territory_id, versions={}, summary={}, **values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one company is told of a match: its own figures, and the class of how many partners there could be.

    Attributes
    ----------
    company_id
        Which.
    sheet
        Its own side only; nothing of the other one, no price of the other one.
    partner_class
        One of :data:`PARTNER_CLASSES`.
    """

    company_id: str
    sheet: Mapping[str, Any]
    partner_class: str = "fewer_than_three"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMatch:
    """A match that a run has found.

    Attributes
    ----------
    synergy_key
        Its id in the proposal.
    giver, taker
        Its two sides.
    sheet
        The whole of it, for the facilitator.
    reasons
        Reason codes.
    """

    synergy_key: str
    giver: Side
    taker: Side
    sheet: Mapping[str, Any]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRun:
    """The result of a run.

    Attributes
    ----------
    territory_id
        Of which territory.
    run_id
        The queued run; empty for one that was not queued.
    status
        ``running``, ``done`` or ``failed``.
    scenario, fingerprint, versions, summary
        Assumptions, digest of the data, versions of the engine, totals.
    matches
        What it has found.
    """

    territory_id: str
    run_id: str = ""
    status: str = "done"
    scenario: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    matches: tuple[FoundMatch, ...] = ()

    def demands(self, change: Change) -> Sequence[Demand]:
        """The engine and the facilitator of the territory."""
        return [("record", Resource(kind="run", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes the run and its matches, each side apart; tells its id."""
        values: dict[str, Any] = {
            "status": self.status, "scenario": dict(self.scenario), "fingerprint": self.fingerprint,
            "versions": dict(self.versions), "summary": dict(self.summary),
            "finished_at": None if self.status == "running" else change.at,
        }  # fmt: skip
        if self.run_id:
            queued = change.one(tables.run, id=self.run_id, territory_id=self.territory_id)
            if queued["status"] in ("done", "failed"):
                raise StoreError("this run is over")
            values["scenario"] = values["scenario"] or queued["scenario"]
            change.alter(tables.run, self.run_id, **values)
        run_id = self.run_id or change.add(
            tables.run, territory_id=self.territory_id, requested_by=change.principal.user_id, created_at=change.at, **values
        )
        if self.status == "done":
            sides = tables.match_side
            earlier = update(sides).where(sides.c.territory_id == self.territory_id)
            change.connection.execute(earlier.values(is_superseded=True))
        for found in self.matches:
            self._record(change, run_id, found)
        change.told["matches"] = len(self.matches)
        return {"id": run_id}

    def _record(self, change: Change, run_id: str, found: FoundMatch) -> None:
        for side in (found.giver, found.taker):
            if side.partner_class not in PARTNER_CLASSES:
                raise StoreError(f"unknown class of partners {side.partner_class!r}")
            change.one(tables.company, id=side.company_id, territory_id=self.territory_id)
        match_id = change.add(
            tables.match, territory_id=self.territory_id, run_id=run_id, synergy_key=found.synergy_key,
            giver_id=found.giver.company_id, taker_id=found.taker.company_id, sheet=dict(found.sheet),
            reasons=list(found.reasons), created_at=change.at,
        )  # fmt: skip
        for side in (found.giver, found.taker):
            change.add(
                tables.match_side, territory_id=self.territory_id, company_id=side.company_id, match_id=match_id,
                sheet=dict(side.sheet), partner_class=side.partner_class, created_at=change.at,
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveMatch:
    """The facilitator moves a match forward, or closes it.

    Attributes
    ----------
    match_id, version
        As they were read.
    stage
        Its new stage.
    reasons
        Reason codes of the move.
    """

    match_id: str
    version: int
    stage: str
    reasons: tuple[str, ...] = ()

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator of the territory."""
        territory_id = change.one(tables.match, id=self.match_id)["territory_id"]
        return [("write", Resource(kind="match", territory_id=territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells the new version."""
        values = {"stage": self.stage, "reasons": list(self.reasons)}
        return {"id": self.match_id, "version": change.alter(tables.match, self.match_id, version=self.version, **values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """A company accepts a match, refuses it, or withdraws what it accepted.

    When both have accepted, and as long as both do, each reads who the other is and whom to call.

    Attributes
    ----------
    match_id, company_id
        Who decides on what.
    decision
        ``accepted``, ``refused`` or ``withdrawn``.
    reason_code
        Why not.
    is_by_phone
        The facilitator writes what the company told her.
    trace
        Who said it, and when.
    """

    match_id: str
    company_id: str
    decision: str
    reason_code: str = ""
    is_by_phone: bool = False
    trace: str = ""

    def demands(self, change: Change) -> Sequence[Demand]:
        """Editors of the company; the facilitator on its behalf where it has given her a mandate."""
        match = change.one(tables.match, id=self.match_id)
        if self.company_id not in (match["giver_id"], match["taker_id"]):
            raise NotFound("match")
        return [("write", change.of_company("consent", self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes the decision, opens or closes the contacts; tells whether they are open."""
        if self.decision not in tables.DECISIONS:
            raise StoreError(f"unknown decision {self.decision!r}")
        if change.principal.role == "facilitator" and not (self.is_by_phone and self.trace):
            raise StoreError("a consent that somebody else records says how it was given")
        match = change.one(tables.match, id=self.match_id)
        change.add(
            tables.consent, territory_id=match["territory_id"], company_id=self.company_id, match_id=self.match_id,
            decision=self.decision, reason_code=self.reason_code, is_by_phone=self.is_by_phone, trace=self.trace,
            recorded_by=change.principal.user_id, at=change.at,
        )  # fmt: skip
        latest: dict[str, str] = {}
        for given in sorted(change.find(tables.consent, match_id=self.match_id), key=lambda one: one["at"]):
            latest[given["company_id"]] = given["decision"]
        parties = (match["giver_id"], match["taker_id"])
        is_open = all(latest.get(party) == "accepted" for party in parties)
        contacts = tables.match_contact
        change.connection.execute(delete(contacts).where(contacts.c.match_id == self.match_id))
        if is_open:
            for reader, other in (parties, parties[::-1]):
                _open_contact(change, match, reader, other)
        stage = "accepted" if is_open else self.decision if self.decision != "accepted" else match["stage"]
        change.alter(tables.match, self.match_id, stage=stage)
        return {"id": self.match_id, "is_open": is_open}


def _open_contact(change: Change, match: Mapping[str, Any], reader: str, other: str) -> None:
    company = change.one(tables.company, id=other)
    person = next(iter(sorted(change.find(tables.contact, company_id=other), key=lambda one: one["updated_at"])), {})
    change.add(
        tables.match_contact, territory_id=match["territory_id"], company_id=reader, match_id=match["id"],
        other_company_id=other, other_name=company["name"], opened_at=change.at,
        **{f"contact_{name}": person.get(name, "") for name in _CONTACT},
    )  # fmt: skip
