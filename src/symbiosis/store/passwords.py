"""Passwords: argon2id, two at a time, and the same time for an account that does not exist."""

from __future__ import annotations

import hashlib
import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 128

# 19 MiB and two passes: each guess costs an attacker that much, and a log-in some tens of milliseconds.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

AT_A_TIME = threading.BoundedSemaphore(2)
"""Held while a password is judged: fifty people who log in at once must not take fifty times the memory."""


def new_token() -> str:
    """256 random bits for a link, a cookie or a program; only its digest is kept."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token.

    Parameters
    ----------
    token
        As it was handed out.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def fault(password: str, email: str) -> str:
    """Why a password is refused.

    Parameters
    ----------
    password
        As it was typed.
    email
        Of the account.

    Returns
    -------
    str
        ``too_short``, ``too_long``, ``too_plain``, or empty.
    """
    if len(password) < SHORTEST:
        return "too_short"
    if len(password) > LONGEST:
        return "too_long"
    folded = password.casefold()
    is_plain = len(set(folded)) < 5 or folded in email or email.partition("@")[0] == folded
    return "too_plain" if is_plain else ""


def hashed(password: str) -> str:
    """Argon2id hash with its parameters.

    Parameters
    ----------
    password
        As it was typed.
    """
    return _HASHER.hash(_normal(password))


def is_right(password_hash: str, password: str) -> bool:
    """Whether a password is that of an account; takes the same time where there is no account.

    Parameters
    ----------
    password_hash
        As :func:`hashed` makes it; empty where there is none.
    password
        As it was typed.
    """
    try:
        _HASHER.verify(password_hash or _hash_of_nobody(), _normal(password[: LONGEST * 4]))
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def is_outdated(password_hash: str) -> bool:
    """Whether the parameters of a hash are no longer those of today."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash(new_token())


def _normal(password: str) -> bytes:
    # The same word typed on two keyboards must be the same bytes.
    return unicodedata.normalize("NFKC", password).encode()
