"""Writing: a command is permitted, checked, applied and traced in one transaction, once however often it is sent.

A command is a frozen dataclass with two methods: `demands` says which rows of the permission matrix it needs, on what;
`apply` changes the tables and returns what the caller is told, as JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from sqlalchemy import Connection, Table, insert, select, update

from symbiosis.errors import KeyReused, NotAllowed, NotFound, StaleVersion
from symbiosis.store import audit, tables
from symbiosis.store.database import Store
from symbiosis.store.permissions import Resource, can
from symbiosis.store.principal import Principal

Demand = tuple[str, Resource]
"""An action, and what it is done to."""


@dataclass(frozen=True, slots=True)
class Change:
    """The transaction of a command.

    Attributes
    ----------
    connection
        Of the transaction.
    principal
        Who acts.
    at
        The moment that its rows carry.
    told
        Names and counts for the trace.
    """

    connection: Connection
    principal: Principal
    at: str = field(default_factory=tables.now)
    told: dict[str, Any] = field(default_factory=dict)

    def find(self, table: Table, **equals: Any) -> list[dict[str, Any]]:
        """Rows with some values.

        Parameters
        ----------
        table
            Of the private database.
        **equals
            Columns and their value, a list or a tuple for one of several.
        """
        asked = select(table)
        for name, value in equals.items():
            asked = asked.where(table.c[name].in_(value) if isinstance(value, list | tuple) else table.c[name] == value)
        return [dict(row) for row in self.connection.execute(asked.order_by(*table.primary_key)).mappings()]

    def one(self, table: Table, **equals: Any) -> dict[str, Any]:
        """The row with some values.

        Parameters
        ----------
        table, **equals
            As for :meth:`find`.

        Raises
        ------
        NotFound
            If there is none.
        """
        found = self.find(table, **equals)
        if len(found) != 1:
            raise NotFound(table.name)
        return found[0]

    def add(self, table: Table, **values: Any) -> str:
        """A new row.

        Parameters
        ----------
        table
            Of the private database.
        **values
            Its columns.

        Returns
        -------
        str
            Its id.
        """
        row_id = str(values.pop("id", None) or tables.new_id())
        self.connection.execute(insert(table).values(id=row_id, **values))
        return row_id

    def alter(self, table: Table, row_id: str, *, version: int | None = None, **values: Any) -> int:
        """Changes a row that nobody has changed since it was read.

        Parameters
        ----------
        table
            Of the private database.
        row_id
            Its id.
        version
            The version that was read; ``None`` for a table, or a change, that does not count them.
        **values
            New values.

        Returns
        -------
        int
            The new version, 0 where none is counted.

        Raises
        ------
        StaleVersion
            If another version stands.
        NotFound
            If the row is gone.
        """
        changed = update(table).where(table.c.id == row_id)
        if version is not None:
            changed = changed.where(table.c.version == version)
            values["version"] = version + 1
        if self.connection.execute(changed.values(**values)).rowcount != 1:
            present = self.one(table, id=row_id)
            raise StaleVersion(table.name, version or 0, present.get("version", 0))
        return 0 if version is None else version + 1

    def of_company(self, kind: str, company_id: str) -> Resource:
        """Something of a company, as the matrix sees it.

        Parameters
        ----------
        kind
            First column of the matrix.
        company_id
            Whose.

        Raises
        ------
        NotFound
            If there is no such company.
        """
        company = self.one(tables.company, id=company_id)
        facts = {"shared"} if company["shares_prices"] else set()
        if self.find(tables.charter, company_id=company_id, has_mandate=True, revoked_at=None):
            facts.add("mandate")
        return Resource(kind=kind, territory_id=company["territory_id"], company_id=company_id, facts=frozenset(facts))


class Command(Protocol):
    """What :func:`run` runs."""

    def demands(self, change: Change) -> Sequence[Demand]:
        """Rows of the matrix that must allow it; none at all refuses it."""

    def apply(self, change: Change) -> dict[str, Any]:
        """Changes the tables."""


def run(store: Store, principal: Principal, command: Command, *, key: str) -> dict[str, Any]:
    """Runs a command once.

    Parameters
    ----------
    store
        Where.
    principal
        Who commands.
    command
        What.
    key
        Chosen by the caller, 1 to 64 characters, the same when it sends the same command again for want of an answer.

    Returns
    -------
    dict
        What the command tells; for a key that has served, what it told then.

    Raises
    ------
    NotAllowed
        If the matrix refuses.
    NotFound
        If what it is about does not exist, or is somebody else's.
    StaleVersion
        If what it changes was changed since.
    KeyReused
        If the key has served for another command.
    """
    if not 1 <= len(key) <= 64:
        raise ValueError("a key has 1 to 64 characters")
    try:
        with store.writing(principal) as connection:
            return _run(Change(connection, principal), command, key)
    except (NotAllowed, NotFound) as refused:
        with store.writing(principal) as connection:
            audit.append(
                connection, principal, action="refused", resource=refused.resource, territory_id=principal.territory_id,
                detail={"command": type(command).__name__},
            )  # fmt: skip
        raise


def _run(change: Change, command: Command, key: str) -> dict[str, Any]:
    name, keys = type(command).__name__, tables.idempotency_key
    fingerprint = hashlib.sha256(json.dumps([name, asdict(command)], sort_keys=True, default=str).encode()).hexdigest()  # type: ignore[call-overload]
    for earlier in change.find(keys, user_id=change.principal.user_id, key=key):
        if earlier["command_sha256"] != fingerprint:
            raise KeyReused("this key has served for another command")
        return dict(earlier["result"])
    demands = command.demands(change)
    if not demands:
        raise NotAllowed(name, "nothing", change.principal.role)
    for action, resource in demands:
        _demand(change.principal, action, resource)
    result = command.apply(change)
    for action, resource in dict.fromkeys(demands):
        audit.append(
            change.connection, change.principal, action=action, resource=resource.kind, territory_id=resource.territory_id,
            company_id=resource.company_id, subject_id=str(result.get("id", "")), detail={"command": name, **change.told},
        )  # fmt: skip
    change.connection.execute(
        insert(keys).values(user_id=change.principal.user_id, key=key, command_sha256=fingerprint, result=result)
    )
    return result


def _demand(principal: Principal, action: str, resource: Resource) -> None:
    if can(principal, action, resource):
        return
    # Who may not know that the company exists is told that it does not.
    whose = Resource(
        kind="company" if resource.company_id else "territory",
        territory_id=resource.territory_id,
        company_id=resource.company_id,
    )
    if can(principal, "read", whose):
        raise NotAllowed(action, resource.kind, principal.role)
    raise NotFound(resource.kind)


def plain(cells: Mapping[str, Any]) -> dict[str, str]:
    """Cells as text, without the empty ones.

    Parameters
    ----------
    cells
        As they were typed.
    """
    return {name: str(value) for name, value in cells.items() if value is not None and str(value) != ""}
