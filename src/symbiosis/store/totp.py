"""One-time codes of RFC 6238 (SHA-1, six digits, 30 seconds), as every authenticator application makes them."""

from __future__ import annotations

import base64
import hmac
import struct
import time
from urllib.parse import quote

PERIOD_S, DIGITS = 30, 6
SECRET_BYTES = 20


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step.

    Parameters
    ----------
    secret
        Shared with the application.
    step
        Periods since 1970.
    digits
        How many.

    Returns
    -------
    str
    """
    mac = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    place = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[place : place + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, typed: str, *, after: int, at: float | None = None) -> int | None:
    """The step of a code that was typed, if it is the present one or a neighbour and was not used yet.

    Parameters
    ----------
    secret
        Shared with the application.
    typed
        What the person typed; blanks are dropped.
    after
        The last step of which a code served.
    at
        Seconds since 1970, now by default.

    Returns
    -------
    int or None
    """
    now = int((time.time() if at is None else at) // PERIOD_S)
    bare = "".join(typed.split()).encode()
    found = None
    # Every neighbour is compared, in a time that says nothing of which one matches.
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(code(secret, step).encode(), bare) and step > after:
            found = step
    return found


def as_text(secret: bytes) -> str:
    """A secret as people type it into an application."""
    return base64.b32encode(secret).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """A secret from what :func:`as_text` made of it."""
    return base64.b32decode(text + "=" * (-len(text) % 8))


def address(secret: bytes, account: str) -> str:
    """The ``otpauth`` address that applications open.

    Parameters
    ----------
    secret
        To share.
    account
        What the application shows beside the code.

    Returns
    -------
    str
    """
    return f"otpauth://totp/symbiosis:{quote(account)}?secret={as_text(secret)}&issuer=symbiosis"
