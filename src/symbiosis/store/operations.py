"""Commands on operations: what a run tells each operator, and the tonnes that its projects promise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete

from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand
from symbiosis.store.permissions import Resource

COMMITTED = ("implementation", "done")
"""Stages of a project from which its tonnes are promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSide:
    """What is told of one operation.

    Attributes
    ----------
    company_id, operator_key
        Whose, and its id among the operators that it declares.
    sheet
        As JSON; nobody else's cost or price.
    """

    company_id: str
    operator_key: str
    sheet: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOperations:
    """A run tells each operator what stands around its operations; those that are gone are told no more.

    Attributes
    ----------
    territory_id
        Where.
    sides
        One an operation.
    """

    territory_id: str
    sides: tuple[OperationSide, ...] = ()

    def demands(self, change: Change) -> Sequence[Demand]:
        """Whoever records runs."""
        return [("record", Resource(kind="run", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes them; tells how many."""
        told = tables.operation_side
        known = {row["operator_key"]: row for row in change.find(told, territory_id=self.territory_id)}
        gone = [row["id"] for key, row in known.items() if key not in {side.operator_key for side in self.sides}]
        change.connection.execute(delete(told).where(told.c.id.in_(gone)))
        for side in self.sides:
            change.one(tables.company, id=side.company_id, territory_id=self.territory_id)
            values: dict[str, Any] = {"company_id": side.company_id, "sheet": dict(side.sheet), "updated_at": change.at}
            if side.operator_key in known:
                change.alter(told, known[side.operator_key]["id"], **values)
            else:
                change.add(told, territory_id=self.territory_id, operator_key=side.operator_key, **values)
        change.told["operations"] = len(self.sides)
        return {"operations": len(self.sides)}


def committed(projects: Iterable[Mapping[str, Any]], operator_key: str) -> list[float]:
    """Tonnes of each project that an operation treats and that is carried out or done; measured where they were measured.

    Parameters
    ----------
    projects
        Rows of ``project``.
    operator_key
        Which operation.

    Returns
    -------
    list of float
        0 for a project of which no tonnes are known.
    """
    return [
        float(project["realised"].get("quantity_t_per_yr", project["computed"].get("quantity_t_per_yr", 0.0)))
        for project in projects
        if project["stage"] in COMMITTED
        and any(pair.partition(">")[2] == operator_key for pair in project["synergy_key"].split(";"))
    ]


def keep_committed(change: Change, territory_id: str) -> None:
    """Every operation of a territory is told what its projects promise now.

    Parameters
    ----------
    change
        The transaction in which a project has changed.
    territory_id
        Where.
    """
    sides = change.find(tables.operation_side, territory_id=territory_id)
    projects = change.find(tables.project, territory_id=territory_id) if sides else []
    for side in sides:
        tonnes = committed(projects, side["operator_key"])
        if (sum(tonnes), len(tonnes)) != (side["committed_t_per_yr"], side["committed_projects"]):
            change.alter(
                tables.operation_side, side["id"], committed_t_per_yr=sum(tonnes), committed_projects=len(tonnes)
            )  # fmt: skip
