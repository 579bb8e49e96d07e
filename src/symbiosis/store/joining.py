"""How somebody who was invited comes in: by the link and a password, or by an identity that a provider vouches for.

Nobody comes in who was not invited. An account is entered in one way at a time: from the moment it is bound to an identity its
password, sessions and tokens are over, since whoever chose them need not be the person whom the provider knows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update

from symbiosis.store import attempts, audit, passwords, sessions, tables
from symbiosis.store.accounts import ACCOUNT_ROLES, end_sessions
from symbiosis.store.commands import Change
from symbiosis.store.database import Store
from symbiosis.store.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is, as an identity provider says it.

    Attributes
    ----------
    issuer, subject
        The provider, and what it calls the person for ever.
    email
        That the provider has verified.
    name
        To call the person by.
    """

    issuer: str
    subject: str
    email: str
    name: str = ""

    @property
    def sha256(self) -> str:
        """What an account keeps of it."""
        return hashlib.sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()


def invitation(store: Store, token: str) -> dict[str, Any] | None:
    """The invitation of a link, if it still stands.

    Parameters
    ----------
    store
        Where.
    token
        Of the link.

    Returns
    -------
    dict or None
        Its row, and how the person comes in: `is_known` by the password of an account that exists, `is_by_provider` by the
        identity that this account is bound to, else by a password to choose.
    """
    if store.private is None:
        return None
    with store.open(Principal.accounts()) as accounts:
        found = accounts.rows(
            "invitation", token_sha256=passwords.digest(token), answered_at=None, revoked_at=None, role=ACCOUNT_ROLES
        )
        if not found or found[0]["expires_at"] <= tables.now():
            return None
        known = accounts.rows("user", email=found[0]["email"])
    user = known[0] if known else None
    if user is None:
        return {**found[0], "is_known": False, "is_by_provider": False}
    if user["disabled_at"]:
        return None
    has_password, has_identity = bool(user["password_hash"]), bool(user["identity_sha256"])
    if not (has_password or has_identity or found[0]["invited_by"] == Principal.accounts().user_id):
        return None  # the account was reset: only the link of the operator gives it a password, not one that others hold
    return {**found[0], "is_known": has_password, "is_by_provider": has_identity}


def answer_invitation(store: Store, token: str, *, name: str, password: str, language: str, address: str) -> str:
    """Makes the account that an invitation is for, or adds the role to the account that there is.

    Parameters
    ----------
    store
        Where.
    token
        Of the link.
    name
        Of a new account.
    password
        That a new account chooses, or that an old one has.
    language
        Of a new account.
    address
        Where the answer comes from.

    Returns
    -------
    str
        Code of what is wrong: ``expired``, ``by_provider``, ``wrong``, or a fault of the password; empty when it is done.
    """
    found = invitation(store, token)
    if found is None:
        return "expired"
    if found["is_by_provider"]:
        return "by_provider"
    password_hash = ""
    if found["is_known"]:
        if not sessions.is_password_of(store, email=found["email"], password=password, address=address):
            return "wrong"
    else:
        if fault := passwords.fault(password, found["email"]):
            return fault
        with passwords.AT_A_TIME:
            password_hash = passwords.hashed(password)
    with store.writing(Principal.accounts()) as connection:
        change = Change(connection, Principal.accounts())
        if not _is_answered(change, found["id"]):
            return "expired"
        user_id = _make_user(change, found["email"], name, language, password_hash=password_hash)
        _make_member(change, user_id, found)
    return ""


def enter(store: Store, identity: Identity, *, once: str, language: str, address: str) -> sessions.LogIn:
    """Opens a session for whoever a provider vouches for, if they have an account or an invitation; binds the two.

    A first entry answers the invitations that stand for the address, as their links would.

    Parameters
    ----------
    store
        Where.
    identity
        That the provider has signed.
    once
        What this log-in was begun with, which serves once.
    language
        Of a new account.
    address
        Where the request comes from, to count failures by.

    Returns
    -------
    symbiosis.store.sessions.LogIn
        Problems are ``locked``, ``used`` and ``unknown``; the session has no second factor.
    """
    identity, counted = replace(identity, email=identity.email.strip().casefold()), attempts.subjects(address=address)
    with store.writing(Principal.accounts()) as connection:
        if wait_s := attempts.wait_s(connection, counted):
            return sessions.LogIn(problem="locked", wait_s=wait_s)
        change = Change(connection, Principal.accounts())
        is_first = attempts.is_first_use(connection, once)
        user_id = _known_user(change, identity) if is_first else ""
        if is_first and user_id is not None:
            user_id = _answer_all(change, user_id, identity, language)
        if not user_id:
            attempts.count(connection, counted, has_succeeded=False)
            return sessions.LogIn(problem="unknown" if is_first else "used")
    token = sessions.open_session(store, user_id, has_second_factor=False)
    return sessions.LogIn(token=token) if token else sessions.LogIn(problem="unknown")


def refuse(store: Store, *, address: str) -> int:
    """Counts an entry that a provider did not vouch for.

    Parameters
    ----------
    store
        Where.
    address
        Where the request comes from.

    Returns
    -------
    int
        Seconds for which nobody is heard from there; 0 as a rule.
    """
    counted = attempts.subjects(address=address)
    with store.writing(Principal.accounts()) as connection:
        wait_s = attempts.wait_s(connection, counted)
        if not wait_s:
            attempts.count(connection, counted, has_succeeded=False)
    return wait_s


def _known_user(change: Change, identity: Identity) -> str | None:
    """The account of an identity, bound to it from now on; empty if there is none yet, ``None`` if it is closed to it."""
    bound = change.find(tables.user, identity_sha256=identity.sha256)
    users = bound or change.find(tables.user, email=identity.email)
    if not users:
        return ""
    user = users[0]
    if user["disabled_at"] or (user["identity_sha256"] and not bound):
        return None  # an address that a provider has given to somebody else is not the person that was bound
    if not bound:
        end_sessions(change, user["id"])
        change.alter(tables.user, user["id"], identity_sha256=identity.sha256, password_hash="", confirmed_at=change.at)
        audit.append(change.connection, change.principal, action="bind_identity", resource="profile", subject_id=user["id"])
    return str(user["id"])


def _answer_all(change: Change, user_id: str, identity: Identity, language: str) -> str:
    """The account after the invitations to the address of an identity are answered; empty if there is none."""
    standing = [
        row for row in change.find(tables.invitation, email=identity.email, answered_at=None, revoked_at=None)
        if row["expires_at"] > change.at and row["role"] in ACCOUNT_ROLES
    ]  # fmt: skip
    for row in standing:
        _is_answered(change, row["id"])
        user_id = user_id or _make_user(change, identity.email, identity.name, language, identity_sha256=identity.sha256)
        _make_member(change, user_id, row)
    return user_id


def _is_answered(change: Change, invitation_id: str) -> bool:
    """Whether an invitation is answered by this transaction, and by no other."""
    invitations = tables.invitation
    answered = update(invitations).where(
        invitations.c.id == invitation_id, invitations.c.answered_at.is_(None), invitations.c.revoked_at.is_(None)
    )
    return change.connection.execute(answered.values(answered_at=change.at)).rowcount == 1


def _make_user(change: Change, email: str, name: str, language: str, **entrance: Any) -> str:
    known = change.find(tables.user, email=email)
    if not known:
        return change.add(
            tables.user, email=email, name=name.strip()[:200], language=language, confirmed_at=change.at,
            created_at=change.at, **entrance,
        )  # fmt: skip
    if any(entrance.values()):
        change.alter(tables.user, known[0]["id"], confirmed_at=change.at, **entrance)
    return str(known[0]["id"])


def _make_member(change: Change, user_id: str, invited: dict[str, Any]) -> None:
    place = {name: invited[name] for name in ("territory_id", "company_id", "role")}
    earlier = change.find(tables.member, user_id=user_id, role=place["role"])
    known = next((row for row in earlier if all(row[name] == value for name, value in place.items())), None)
    if known:
        change.alter(tables.member, known["id"], revoked_at=None)
        member_id = known["id"]
    else:
        member_id = change.add(tables.member, user_id=user_id, created_at=change.at, **place)
    audit.append(
        change.connection, change.principal, action="answer_invitation", resource="member",
        territory_id=invited["territory_id"], company_id=invited["company_id"], subject_id=user_id,
        detail={"member": member_id, "role": invited["role"]},
    )  # fmt: skip
