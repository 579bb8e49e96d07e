"""The one way from the private database to the published one: through the disclosure gate, as a version that nobody changes.

Each table passes :func:`symbiosis.disclosure.release` beside what was published of it before. Two transactions follow: the
private one keeps what the version was made of, which binds the next ones, with the line of the trace; the published one writes
what may be seen. A crash between the two leaves a version that binds and is not seen: the same command, sent again with its
key, writes the rest.

What was withdrawn has been seen: it binds the next versions as the others do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import select, update

from symbiosis.disclosure import Aggregate, Release, Zoning
from symbiosis.errors import DisclosureError, NotAllowed, NotFound, StaleVersion, StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand, run
from symbiosis.store.database import Store
from symbiosis.store.permissions import Resource, can
from symbiosis.store.principal import Principal
from symbiosis.store.published import MEMBERS, PLANNER, PUBLIC, cells_of, seen_in, write


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepZoning:
    """The zones of a territory, once; later only communes that join them.

    Attributes
    ----------
    territory_id
        Whose.
    zone_of, founding
        Of :class:`symbiosis.disclosure.Zoning`.
    """

    territory_id: str
    zone_of: Mapping[str, str]
    founding: tuple[str, ...]

    def demands(self, change: Change) -> Sequence[Demand]:
        """Whoever publishes."""
        return [("write", Resource(kind="zoning", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; refuses to move a commune."""
        kept = change.find(tables.zoning, territory_id=self.territory_id)
        if not kept:
            values = {"zone_of": dict(self.zone_of), "founding": list(self.founding), "created_at": change.at}
            return {"id": change.add(tables.zoning, territory_id=self.territory_id, **values)}
        if list(self.founding) != kept[0]["founding"] or not self.zone_of.items() >= kept[0]["zone_of"].items():
            raise DisclosureError("a territory has one zoning: communes may join its zones, none may move")
        change.alter(tables.zoning, kept[0]["id"], zone_of=dict(self.zone_of))
        return {"id": kept[0]["id"]}


def zoning(store: Store, principal: Principal) -> Zoning | None:
    """The zones of the territory at hand, ``None`` before they are fixed.

    Parameters
    ----------
    store, principal
        Where, and who asks.

    Returns
    -------
    Zoning or None
    """
    with store.open(principal) as session:
        kept = session.rows("zoning", territory_id=principal.territory_id)
    return Zoning(zone_of=kept[0]["zone_of"], founding=tuple(kept[0]["founding"])) if kept else None


def preview(
    store: Store, principal: Principal, aggregates: Sequence[Aggregate], *, scenario: Mapping[str, Any] | None = None,
    issued_on: date | None = None,
) -> dict[str, Release]:  # fmt: skip
    """What publishing would show and hide, and why: for whoever decides.

    Parameters
    ----------
    store, principal
        Where, and who asks.
    aggregates
        The tables.
    scenario
        Assumptions of the run that they come from.
    issued_on
        Day of the version; today by default.

    Returns
    -------
    dict
        Name of the table to its version.

    Raises
    ------
    NotAllowed
        If the principal may not publish.
    DisclosureError
        If a table cannot pass the gate.
    """
    _demand_publishing(principal)
    return _judged(store, principal, aggregates, _digest(scenario), issued_on or datetime.now(tz=UTC).date())[0]


def publish(
    store: Store, principal: Principal, aggregates: Sequence[Aggregate], *, title: str, key: str, level: str = PLANNER,
    scenario: Mapping[str, Any] | None = None, issued_on: date | None = None,
) -> str:  # fmt: skip
    """Publish tables of the territory at hand.

    Parameters
    ----------
    store, principal
        Where, and who publishes.
    aggregates
        The tables.
    title
        What readers see above them.
    key
        Of the command: see :func:`symbiosis.store.run`.
    level
        :data:`PLANNER` or :data:`MEMBERS`; for the public see :func:`show_to_public`.
    scenario
        Assumptions of the run that they come from.
    issued_on
        Day of the version; today by default.

    Returns
    -------
    str
        Id of the publication.

    Raises
    ------
    NotAllowed
        If the principal may not publish.
    DisclosureError
        If a table cannot pass the gate.
    StaleVersion
        If something was published meanwhile.
    """
    _demand_publishing(principal)
    if level not in (PLANNER, MEMBERS) or not aggregates:
        raise StoreError("a publication has tables, and is for planners or for members")
    digest = _digest(scenario)
    day = issued_on or datetime.now(tz=UTC).date()
    known = _answered(store, principal, key)
    if known is None:
        judged, seen = _judged(store, principal, aggregates, digest, day)
        packed = tuple(_packed(table, judged[table.name], digest if table.is_of_scenario else "") for table in aggregates)
        known = run(store, principal, _Keep(territory_id=principal.territory_id, releases=packed, seen=seen), key=key)["id"]
    _show(store, principal, known, level, title)
    return known


def show_to_public(store: Store, principal: Principal, publication_id: str, *, key: str) -> str:
    """Show everybody what planners or members see already; a second person decides it.

    Parameters
    ----------
    store, principal
        Where, and who decides: not who published it.
    publication_id
        What.
    key
        Of the command.

    Returns
    -------
    str
        Id of the public publication.

    Raises
    ------
    NotAllowed
        If the principal may not, or published it.
    NotFound
        If there is no such publication, or it was withdrawn.
    """
    with store.open_published(principal) as session:
        source = session.one("publication", id=publication_id, withdrawn_at=None)
    shown = run(store, principal, _Second(territory_id=source["territory_id"], publication_id=publication_id), key=key)
    with store.published.writing(principal) as connection:
        cells = cells_of(connection, publication_id)
        write(connection, shown["id"], PUBLIC, source, cells)
    return str(shown["id"])


def withdraw(store: Store, principal: Principal, publication_id: str, *, key: str) -> None:
    """Take a publication out of sight; its figures are gone from the published database.

    Parameters
    ----------
    store, principal
        Where, and who withdraws.
    publication_id
        What.
    key
        Of the command.

    Raises
    ------
    NotAllowed
        If the principal may not.
    NotFound
        If there is no such publication in its territory.
    """
    shown = tables.publication
    with store.published.writing(principal) as connection:
        found = connection.execute(select(shown.c.territory_id).where(shown.c.id == publication_id)).scalar_one_or_none()
    if found is None:
        raise NotFound("publication")
    run(store, principal, _Withdraw(territory_id=found, publication_id=publication_id), key=key)
    cells = tables.publication_cell
    with store.published.writing(principal) as connection:
        connection.execute(cells.delete().where(cells.c.publication_id == publication_id))
        still_shown = shown.c.withdrawn_at.is_(None)
        gone = {"withdrawn_at": tables.now(), "story": {}, "ballot": {}}
        connection.execute(update(shown).where(shown.c.id == publication_id, still_shown).values(**gone))


# ------------------------------------------------------------------------------------------------------------ the private side


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keep:
    """Keeps what a version was made of. Made by :func:`publish` alone: its tables have passed the gate."""

    territory_id: str
    releases: tuple[Mapping[str, Any], ...]
    seen: tuple[str, ...]

    def demands(self, change: Change) -> Sequence[Demand]:
        return [("publish", Resource(kind="scenario", territory_id=self.territory_id, facts=frozenset({"audited"})))]

    def apply(self, change: Change) -> dict[str, Any]:
        names = [one["table_name"] for one in self.releases]
        kept = change.find(tables.release, territory_id=self.territory_id, table_name=names)
        present = tuple(sorted(one["id"] for one in kept))
        if present != self.seen:
            raise StaleVersion("release", len(self.seen), len(present))
        publication_id = tables.new_id()
        for one in self.releases:
            change.add(
                tables.release, territory_id=self.territory_id, publication_id=publication_id, created_at=change.at,
                published_by=change.principal.user_id, **one,
            )  # fmt: skip
        change.told["tables"] = names
        return {"id": publication_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Second:
    """A second person lets the public see a publication."""

    territory_id: str
    publication_id: str

    def demands(self, change: Change) -> Sequence[Demand]:
        kept = change.find(tables.release, publication_id=self.publication_id, territory_id=self.territory_id)
        if not kept:
            raise NotFound("publication")
        facts = {"audited"}
        if change.principal.user_id not in {one["published_by"] for one in kept}:
            facts.add("second_person")
        return [("publish_public", Resource(kind="scenario", territory_id=self.territory_id, facts=frozenset(facts)))]

    def apply(self, change: Change) -> dict[str, Any]:
        return {"id": tables.new_id()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Withdraw:
    """Leaves the trace of a withdrawal."""

    territory_id: str
    publication_id: str

    def demands(self, change: Change) -> Sequence[Demand]:
        return [("withdraw", Resource(kind="scenario", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        for story in change.find(tables.story, publication_id=self.publication_id):
            change.alter(tables.story, story["id"], publication_id="")
        for ballot in change.find(tables.ballot, publication_id=self.publication_id):
            change.alter(tables.ballot, ballot["id"], publication_id="")
        return {"id": self.publication_id}


def _demand_publishing(principal: Principal) -> None:
    """Refuse before the work of the gate whom the matrix would refuse after it."""
    resource = Resource(kind="scenario", territory_id=principal.territory_id, facts=frozenset({"audited"}))
    if not can(principal, "publish", resource):
        raise NotAllowed("publish", "scenario", principal.role)


def _digest(scenario: Mapping[str, Any] | None) -> str:
    """Name of the assumptions: what a scenario is called changes nothing of it."""
    told = {name: value for name, value in (scenario or {}).items() if name != "name"}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16] if told else ""


def _answered(store: Store, principal: Principal, key: str) -> str | None:
    """Publication of a command that was acknowledged to nobody, found again by its key."""
    keys = tables.idempotency_key
    with store.writing(principal) as connection:
        asked = select(keys.c.result).where(keys.c.user_id == principal.user_id, keys.c.key == key)
        result = connection.execute(asked).scalar_one_or_none()
        if result is None:
            return None
        kept = tables.release
        found = connection.execute(select(kept.c.id).where(kept.c.publication_id == result.get("id", ""))).first()
    if found is None:
        raise StoreError("this key has served for another command")
    return str(result["id"])


def _judged(
    store: Store, principal: Principal, aggregates: Sequence[Aggregate], digest: str, day: date
) -> tuple[dict[str, Release], tuple[str, ...]]:
    """Tables after the gate, by name, and the ids of the versions that they were judged beside."""
    kept = tables.release
    names = [table.name for table in aggregates]
    asked = select(kept).where(kept.c.territory_id == principal.territory_id, kept.c.table_name.in_(names))
    with store.writing(principal) as connection:
        rows = [dict(row) for row in connection.execute(asked.order_by(kept.c.issued_on, kept.c.created_at)).mappings()]
    judged = {}
    for table in aggregates:
        mine = [row for row in rows if row["table_name"] == table.name]
        same = [unpacked(row) for row in mine if row["scenario"] == (digest if table.is_of_scenario else "")]
        others = [unpacked(row) for row in mine if row["scenario"] != (digest if table.is_of_scenario else "")]
        judged[table.name] = table.released(day, earlier=same, beside=others)
    return judged, tuple(sorted(row["id"] for row in rows))


def _packed(table: Aggregate, version: Release, digest: str) -> dict[str, Any]:
    """A version as a row of the private database."""
    cells = version.cells.reset_index()
    cells = cells.assign(as_of=cells["as_of"].map(str), shown=cells["shown"].astype(object).where(cells["shown"].notna(), None))
    return {
        "table_name": table.name, "scenario": digest, "issued_on": version.issued_on.isoformat(), "zoning": version.zoning,
        "unit": table.unit, "dimensions": list(version.dimensions), "roles": list(version.roles),
        "views": {name: list(view) for name, view in table.views.items()},
        "members": {unit: list(actors) for unit, actors in table.members.items()},
        "contributions": version.contributions.to_dict("list"), "cells": cells.to_dict("list"),
    }  # fmt: skip


def unpacked(row: Mapping[str, Any]) -> Release:
    """A version from its row.

    Parameters
    ----------
    row
        Of the private table ``release``.

    Returns
    -------
    Release
    """
    dimensions = tuple(row["dimensions"])
    cells = pd.DataFrame(row["cells"])
    cells = cells.assign(shown=cells["shown"].astype(float), as_of=cells["as_of"].map(date.fromisoformat))
    cells.index = pd.MultiIndex.from_frame(cells[list(dimensions)])
    return Release(
        dimensions=dimensions, roles=tuple(row["roles"]), contributions=pd.DataFrame(row["contributions"]).astype({"value":
        float}), cells=cells.drop(columns=list(dimensions)), issued_on=date.fromisoformat(row["issued_on"]),
        zoning=row["zoning"],
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- the published side


def _show(store: Store, principal: Principal, publication_id: str, level: str, title: str) -> None:
    """Writes what may be seen of a version that was kept; nothing where it is there already."""
    kept, place = tables.release, tables.territory
    with store.writing(principal) as connection:
        rows = [dict(r) for r in connection.execute(select(kept).where(kept.c.publication_id == publication_id)).mappings()]
        name = connection.execute(select(place.c.name).where(place.c.id == principal.territory_id)).scalar_one()
    views, cells = {}, []
    for row in sorted(rows, key=lambda one: one["table_name"]):
        seen = unpacked(row).published()
        for view, dimensions in row["views"].items():
            views[view] = {"unit": row["unit"], "dimensions": dimensions, "issued_on": row["issued_on"]}
            cells += seen_in(seen, view, dimensions, row["dimensions"], row["issued_on"])
    head = {"territory_id": principal.territory_id, "territory_name": name, "title": title, "tables": views}
    with store.published.writing(principal) as connection:
        write(connection, publication_id, level, head, cells)
