"""Attempts to come in, counted where every process sees them: what :mod:`symbiosis.store.throttle` judges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from symbiosis.store import tables, throttle


def subjects(**values: str) -> dict[str, str]:
    """What an attempt is counted under.

    Parameters
    ----------
    **values
        The `account` or `address` by kind, keys of :data:`symbiosis.store.throttle.ALLOWED`.
    """
    return {kind: throttle.subject(kind, value) for kind, value in values.items()}


def wait_s(connection: Connection, counted: Mapping[str, str]) -> int:
    """How long nobody is heard who tries under these subjects; 0 where nothing is locked.

    Parameters
    ----------
    connection
        Of the log-in.
    counted
        As :func:`subjects` gives it.
    """
    return max((_wait_s(connection, kind, subject) for kind, subject in counted.items()), default=0)


def count(connection: Connection, counted: Mapping[str, str], *, has_succeeded: bool) -> None:
    """Writes one attempt, and forgets those of long ago.

    Parameters
    ----------
    connection
        Of the log-in, which writes.
    counted
        As :func:`subjects` gives it. A success of one's own must not clear the failures of an address: it only counts for the
        account.
    has_succeeded
        What came of it.
    """
    attempts, now = tables.login_attempt, tables.now()
    for kind, subject in counted.items():
        if kind == "account" or not has_succeeded:
            connection.execute(
                insert(attempts).values(id=tables.new_id(), subject_sha256=subject, at=now, has_succeeded=has_succeeded)
            )
    connection.execute(delete(attempts).where(attempts.c.at < _oldest(now)))


def is_first_use(connection: Connection, once: str) -> bool:
    """Whether something that serves once is used for the first time; from then on it was used.

    Parameters
    ----------
    connection
        Of the log-in, which writes.
    once
        What serves once, within a day.
    """
    attempts, subject = tables.login_attempt, throttle.subject("once", once)
    if connection.execute(select(attempts.c.id).where(attempts.c.subject_sha256 == subject).limit(1)).first():
        return False
    connection.execute(insert(attempts).values(id=tables.new_id(), subject_sha256=subject, at=tables.now(), has_succeeded=True))
    return True


def _wait_s(connection: Connection, kind: str, subject: str) -> int:
    attempts, now = tables.login_attempt, tables.now()
    asked = select(attempts.c.at, attempts.c.has_succeeded).where(
        attempts.c.subject_sha256 == subject, attempts.c.at >= _oldest(now)
    )
    failures: list[datetime] = []
    for at, has_succeeded in connection.execute(asked.order_by(attempts.c.at)):
        failures = [] if has_succeeded else [*failures, datetime.fromisoformat(at)]
    until = throttle.locked_until(failures, throttle.ALLOWED[kind])
    left = (until - datetime.fromisoformat(now)).total_seconds() if until else 0.0
    return math.ceil(max(left, 0.0))


def _oldest(now: str) -> str:
    return (datetime.fromisoformat(now) - throttle.MEMORY).isoformat(timespec="microseconds")
