"""Commands on what a facilitator prepares: workshops and scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from symbiosis.errors import StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand
from symbiosis.store.permissions import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveWorkshop:
    """A workshop is prepared, or something is added to it.

    Attributes
    ----------
    territory_id
        Of which territory.
    title, theme_id, held_on
        What it is called, what it is about, on which day (ISO; empty before a day is found).
    content
        Participants, what was said, decisions, actions: as its page keeps them.
    workshop_id, version
        The one that was read; empty and 0 for a new one.
    """

    territory_id: str
    title: str
    theme_id: str = ""
    held_on: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    workshop_id: str = ""
    version: int = 0

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator holds the workshops of her territory."""
        return [("write", Resource(kind="workshop", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id and version."""
        values = {"title": self.title, "theme_id": self.theme_id, "held_on": self.held_on, "content": dict(self.content)}
        return _save(change, tables.workshop, self.territory_id, row_id=self.workshop_id, version=self.version, values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveScenario:
    """Assumptions are saved under a name, or changed.

    Attributes
    ----------
    territory_id
        Of which territory.
    name, notes
        What it is called, and why it was made.
    assumptions
        As :meth:`symbiosis.scenario.Scenario.to_dict` writes them.
    summary
        What a run of it came to; empty where it was not run.
    is_locked
        Nobody changes it any more; a copy can be made.
    is_reference
        The one that the others are compared with; the one before it is one no longer.
    scenario_id, version
        The one that was read; empty and 0 for a new one.
    """

    territory_id: str
    name: str
    assumptions: Mapping[str, Any]
    notes: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    is_locked: bool = False
    is_reference: bool = False
    scenario_id: str = ""
    version: int = 0

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator writes the scenarios of her territory."""
        return [("write", Resource(kind="scenario", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id and version."""
        table = tables.scenario
        if self.scenario_id and change.one(table, id=self.scenario_id, territory_id=self.territory_id)["is_locked"]:
            raise StoreError("a locked scenario does not change")
        if self.is_reference:
            for other in change.find(table, territory_id=self.territory_id, is_reference=True):
                if other["id"] != self.scenario_id:
                    change.alter(table, other["id"], version=other["version"], is_reference=False, updated_at=change.at)
        values = {
            "name": self.name, "notes": self.notes, "assumptions": dict(self.assumptions), "summary": dict(self.summary),
            "is_locked": self.is_locked, "is_reference": self.is_reference,
        }  # fmt: skip
        return _save(change, table, self.territory_id, row_id=self.scenario_id, version=self.version, values=values)


def _save(
    change: Change, table: Table, territory_id: str, *, row_id: str, version: int, values: Mapping[str, Any]
) -> dict[str, Any]:
    if not row_id:
        change.one(tables.territory, id=territory_id)
        new = change.add(table, territory_id=territory_id, created_at=change.at, updated_at=change.at, **values)
        return {"id": new, "version": 1}
    change.one(table, id=row_id, territory_id=territory_id, is_deleted=False)
    return {"id": row_id, "version": change.alter(table, row_id, version=version, updated_at=change.at, **values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """A workshop, a scenario or a ballot is put away; a restored copy of the store still has it.

    Attributes
    ----------
    kind
        ``workshop``, ``scenario`` or ``ballot``.
    territory_id
        Of which territory.
    row_id, version
        The one that was read.
    is_deleted
        ``False`` brings it back.
    """

    kind: str
    territory_id: str
    row_id: str
    version: int
    is_deleted: bool = True

    def demands(self, change: Change) -> Sequence[Demand]:
        """Who writes it may put it away."""
        return [("write", Resource(kind=self.kind, territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Marks it; tells its id and version."""
        table = {"workshop": tables.workshop, "scenario": tables.scenario, "ballot": tables.ballot}[self.kind]
        change.one(table, id=self.row_id, territory_id=self.territory_id)
        version = change.alter(table, self.row_id, version=self.version, updated_at=change.at, is_deleted=self.is_deleted)
        return {"id": self.row_id, "version": version}
