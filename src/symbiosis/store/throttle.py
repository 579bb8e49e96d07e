"""How fast guesses may come: after some failures a subject is locked, twice as long with each further one."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
MEMORY = timedelta(hours=24)
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(hours=1)
# Several people may share an address; nobody shares an account.
ALLOWED = {"account": 5, "address": 30}


def subject(kind: str, value: str) -> str:
    """What attempts are counted under: a digest, so that no address and no e-mail that was typed is kept.

    Parameters
    ----------
    kind
        Key of :data:`ALLOWED`.
    value
        The account or address.
    """
    return hashlib.sha256(f"{kind}\n{value.strip().casefold()}".encode()).hexdigest()


def locked_until(failures: Iterable[datetime], allowed: int) -> datetime | None:
    """Until when a subject is locked.

    Parameters
    ----------
    failures
        Since the last success, in the order of time; attempts while it was locked are not among them.
    allowed
        How many failures within :data:`WINDOW` lock nothing.

    Returns
    -------
    datetime or None
        A moment, past ones included; ``None`` if it never was.
    """
    recent: deque[datetime] = deque()
    locks, until = 0, None
    for at in failures:
        recent.append(at)
        while at - recent[0] > WINDOW:
            recent.popleft()
        if locks or len(recent) > allowed:
            until = at + min(FIRST_LOCK * 2 ** min(locks, 10), LONGEST_LOCK)
            locks += 1
    return until
