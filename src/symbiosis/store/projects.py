"""Commands on the follow-up: projects move from an idea to what was realised, and each contact is noted with its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from symbiosis.errors import NotFound, StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand
from symbiosis.store.operations import keep_committed
from symbiosis.store.permissions import Resource
from symbiosis.store.tables import NOTE_KINDS, PROJECT_STAGES

READINESS = ("technical", "legal", "economic", "logistic", "commitment", "social")
"""Axes on which a project ripens, each from 0 (nothing is known) to 3 (done)."""

HIGHEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenProject:
    """An idea is taken up.

    Attributes
    ----------
    territory_id
        Where.
    title
        As people call it.
    match_id
        The match that it comes from; empty for an idea of a workshop or a visit.
    company_ids
        Who takes part.
    computed
        What the engine says of it today: indicators by name.
    noted_on
        ISO date on which it was taken up.
    synergy_key
        ``from>to`` of each exchange that it is about, joined by ``;``; that of the match where it comes from one.
    """

    territory_id: str
    title: str
    noted_on: str
    match_id: str = ""
    synergy_key: str = ""
    company_ids: tuple[str, ...] = ()
    computed: Mapping[str, float] = field(default_factory=dict)

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator of the territory."""
        return [("write", Resource(kind="project", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it at the first stage; tells its id."""
        if not self.title.strip():
            raise StoreError("a project has a title")
        key = self.synergy_key
        if self.match_id:
            key = key or change.one(tables.match, id=self.match_id, territory_id=self.territory_id)["synergy_key"]
        for company_id in self.company_ids:
            change.one(tables.company, id=company_id, territory_id=self.territory_id)
        project_id = change.add(
            tables.project, territory_id=self.territory_id, match_id=self.match_id or None, title=self.title.strip(),
            synergy_key=key, stage=PROJECT_STAGES[0], readiness={}, company_ids=list(self.company_ids),
            computed=dict(self.computed), realised={}, created_at=change.at, updated_at=change.at,
        )  # fmt: skip
        _note_stage(change, self.territory_id, project_id, PROJECT_STAGES[0], self.noted_on)
        return {"id": project_id, "version": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveProject:
    """What is next for a project, how ripe it is, and what it has brought.

    Attributes
    ----------
    project_id, version
        As they were read.
    owner, next_action, due_on
        Who does what, by which ISO date; empty where that is open.
    readiness
        Level by axis of :data:`READINESS`.
    realised
        Indicators by name, as they were measured; those that were not are left out.
    """

    project_id: str
    version: int
    owner: str = ""
    next_action: str = ""
    due_on: str = ""
    readiness: Mapping[str, int] = field(default_factory=dict)
    realised: Mapping[str, float] = field(default_factory=dict)

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator of the territory."""
        return [_write(change, self.project_id)]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells the new version."""
        for axis, level in self.readiness.items():
            if axis not in READINESS or not 0 <= level <= HIGHEST:
                raise StoreError(f"unknown readiness {axis!r} {level!r}")
        if self.due_on:
            date.fromisoformat(self.due_on)
        version = change.alter(
            tables.project, self.project_id, version=self.version, owner=self.owner, next_action=self.next_action,
            due_on=self.due_on, readiness=dict(self.readiness), realised=dict(self.realised), updated_at=change.at,
        )  # fmt: skip
        keep_committed(change, change.one(tables.project, id=self.project_id)["territory_id"])
        return {"id": self.project_id, "version": version}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveProject:
    """A project moves to another stage; an abandoned one says why.

    Attributes
    ----------
    project_id, version
        As they were read.
    stage
        One of :data:`symbiosis.store.tables.PROJECT_STAGES`.
    noted_on
        ISO date of the change.
    reason_code
        Why it is abandoned.
    """

    project_id: str
    version: int
    stage: str
    noted_on: str
    reason_code: str = ""

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator of the territory."""
        return [_write(change, self.project_id)]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes the stage and its day; tells the new version."""
        if self.stage not in PROJECT_STAGES:
            raise StoreError(f"unknown stage {self.stage!r}")
        if (self.stage == "abandoned") != bool(self.reason_code):
            raise StoreError("a project that is abandoned, and no other, has a reason")
        project = change.one(tables.project, id=self.project_id)
        version = change.alter(
            tables.project, self.project_id, version=self.version, stage=self.stage, reason_code=self.reason_code,
            updated_at=change.at,
        )  # fmt: skip
        _note_stage(change, project["territory_id"], self.project_id, self.stage, self.noted_on)
        keep_committed(change, project["territory_id"])
        return {"id": self.project_id, "version": version}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteNote:
    """A contact: a call, a message, a visit or a meeting.

    Attributes
    ----------
    territory_id
        Where.
    kind
        One of :data:`symbiosis.store.tables.NOTE_KINDS`, but ``stage``.
    noted_on
        ISO date of the contact.
    text
        What was said.
    company_id, project_id
        With whom, about what; one of the two at least.
    """

    territory_id: str
    kind: str
    noted_on: str
    text: str
    company_id: str = ""
    project_id: str = ""

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator of the territory."""
        return [("write", Resource(kind="project", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id."""
        if self.kind not in NOTE_KINDS or self.kind == "stage":
            raise StoreError(f"unknown kind of contact {self.kind!r}")
        if not (self.company_id or self.project_id):
            raise StoreError("a contact is with a company, or about a project")
        date.fromisoformat(self.noted_on)
        for table, row_id in ((tables.company, self.company_id), (tables.project, self.project_id)):
            if row_id:
                change.one(table, id=row_id, territory_id=self.territory_id)
        note_id = change.add(
            tables.project_note, territory_id=self.territory_id, company_id=self.company_id or None,
            project_id=self.project_id or None, kind=self.kind, noted_on=self.noted_on, text=self.text,
            written_by=change.principal.user_id, created_at=change.at,
        )  # fmt: skip
        return {"id": note_id}


def _write(change: Change, project_id: str) -> Demand:
    found = change.find(tables.project, id=project_id)
    if not found:
        raise NotFound("project")
    return "write", Resource(kind="project", territory_id=found[0]["territory_id"])


def _note_stage(change: Change, territory_id: str, project_id: str, stage: str, noted_on: str) -> None:
    date.fromisoformat(noted_on)
    change.add(
        tables.project_note, territory_id=territory_id, project_id=project_id, kind="stage", noted_on=noted_on, stage=stage,
        written_by=change.principal.user_id, created_at=change.at,
    )  # fmt: skip
