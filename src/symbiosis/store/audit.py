"""The trace: who did what to whose data, as a chain in which each line holds the digest of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, insert, select

from symbiosis.store import tables
from symbiosis.store.principal import Principal

FIRST = "0" * 64


def append(
    connection: Connection,
    principal: Principal,
    *,
    action: str,
    resource: str,
    territory_id: str | None = None,
    company_id: str | None = None,
    subject_id: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Writes one line, within the transaction of what it tells.

    Parameters
    ----------
    connection
        Of the command.
    principal
        Who did it.
    action, resource
        Row of the permission matrix.
    territory_id, company_id
        Whose data; the company reads the line.
    subject_id
        The thing itself.
    detail
        Names of commands and tables, counts, ids: never a value that somebody declared.
    """
    last = connection.execute(
        select(tables.audit.c.seq, tables.audit.c.hash).order_by(tables.audit.c.seq.desc()).limit(1)
    ).one_or_none()
    line: dict[str, Any] = {
        "seq": 1 if last is None else last.seq + 1,
        "at": tables.now(),
        "user_id": principal.user_id,
        "role": principal.role,
        "territory_id": territory_id or None,
        "company_id": company_id or None,
        "action": action,
        "resource": resource,
        "subject_id": subject_id,
        "detail": dict(detail or {}),
        "previous_hash": FIRST if last is None else last.hash,
    }
    connection.execute(insert(tables.audit).values(**line, hash=digest(line)))


def digest(line: Mapping[str, Any]) -> str:
    """Digest of a line, of all its columns but the digest itself.

    Parameters
    ----------
    line
        Columns of ``audit``.
    """
    told = {name: value for name, value in line.items() if name != "hash"}
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def broken(connection: Connection) -> list[int]:
    """Where the chain does not hold: lines that were altered, left out, or put in.

    Parameters
    ----------
    connection
        Of the owner of the database: a principal does not read all of it.

    Returns
    -------
    list of int
        Their numbers, in order; a line that is gone is named by the one that follows. What was cut off at the end is found by
        whoever has kept the last digest, as every backup does.
    """
    found, before, number = [], FIRST, 0
    for row in connection.execute(select(tables.audit).order_by(tables.audit.c.seq)).mappings():
        line = dict(row)
        if line["previous_hash"] != before or line["seq"] != number + 1 or digest(line) != line["hash"]:
            found.append(line["seq"])
        before, number = line["hash"], line["seq"]
    return found


def trace_reading(
    writing: Callable[[Principal], AbstractContextManager[Connection]],
    principal: Principal,
    table: str,
    company_ids: Collection[str],
) -> None:
    """One line a company whose confidential rows somebody from outside has asked for.

    Parameters
    ----------
    writing
        Opens a transaction.
    principal
        Who reads.
    table
        What.
    company_ids
        Whose rows.
    """
    if not company_ids:
        return
    with writing(principal) as connection:
        for company_id in sorted(company_ids):
            append(
                connection, principal, action="read", resource=table, territory_id=principal.territory_id, company_id=company_id
            )
