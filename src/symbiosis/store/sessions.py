"""Who is logged in: passwords judged, sessions and their one role, tokens of programs.

What a person may do is read anew each time somebody asks: a session, a role or an account that was withdrawn a moment ago is
nobody's. Whoever is nobody is an anonymous citizen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from symbiosis.store import attempts, audit, passwords, tables, totp
from symbiosis.store.database import Store
from symbiosis.store.principal import MEMBER_ROLES, Principal

LIFETIME, IDLE = timedelta(hours=12), timedelta(hours=2)
SECOND_FACTOR_ROLES = ("facilitator", "admin")
"""Roles that nobody acts in without a one-time code."""

_TOUCH = timedelta(minutes=5)
TOKEN_MARK = "sym_"  # noqa: S105  # so that a token that leaked is recognised as one


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A role of a person, and where."""

    id: str
    role: str
    territory_id: str = ""
    company_id: str = ""

    def principal(self, user_id: str, rights: frozenset[str] | None = None) -> Principal:
        """The person, acting in this role.

        Parameters
        ----------
        user_id
            Who.
        rights
            Of a token, if it acts through one.
        """
        companies = (self.company_id,) if self.role in MEMBER_ROLES else ()
        return Principal(user_id=user_id, role=self.role, territory_id=self.territory_id, company_ids=companies, rights=rights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who is logged in.

    Attributes
    ----------
    session_id, user_id, name, email, language
        Who.
    membership
        The one role that is acted in.
    memberships
        Those that the person may switch to, it among them.
    has_second_factor
        Whether a one-time code was given in this session.
    has_totp
        Whether the account has a second factor.
    """

    session_id: str
    user_id: str
    name: str
    email: str
    language: str
    membership: Membership
    memberships: tuple[Membership, ...]
    has_second_factor: bool
    has_totp: bool

    @property
    def needs_second_factor(self) -> bool:
        """Whether the role asks for a one-time code that was not given."""
        return self.membership.role in SECOND_FACTOR_ROLES and not self.has_second_factor

    @property
    def principal(self) -> Principal:
        """What the person may act as: an anonymous citizen until the second factor that the role asks for."""
        return Principal.anonymous() if self.needs_second_factor else self.membership.principal(self.user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """What came of an attempt to log in.

    Attributes
    ----------
    token
        Of the new session, for the cookie; empty if there is none.
    problem
        ``wrong`` or ``locked``; empty if there is none. The same for accounts that exist and for those that do not.
    wait_s
        How long a lock lasts still.
    """

    token: str = ""
    problem: str = ""
    wait_s: int = 0


def log_in(store: Store, *, email: str, password: str, code: str = "", address: str) -> LogIn:
    """Opens a session for whoever knows the password, and the one-time code where the account asks for one.

    Parameters
    ----------
    store
        Where.
    email, password, code
        As they were typed.
    address
        Where the request comes from, to count failures by.

    Returns
    -------
    LogIn
    """
    with passwords.AT_A_TIME:
        user, outcome = _judge(store, email, password, code, address)
    if user is None:
        return outcome
    token = open_session(store, user["id"], has_second_factor=bool(user["totp_secret"]))
    return LogIn(token=token) if token else LogIn(problem="wrong")


def open_session(store: Store, user_id: str, *, has_second_factor: bool) -> str:
    """A session for somebody who has proved who they are; the role of their last session, if they still have it.

    Parameters
    ----------
    store
        Where.
    user_id
        Who.
    has_second_factor
        Whether a one-time code was given.

    Returns
    -------
    str
        Its token; empty for an account without any role, which is nobody.
    """
    token, now = passwords.new_token(), tables.now()
    with store.writing(Principal.accounts()) as connection:
        roles = _memberships(connection, user_id)
        if not roles:
            return ""
        sessions = tables.user_session
        last = connection.scalar(
            select(sessions.c.member_id).where(sessions.c.user_id == user_id).order_by(sessions.c.created_at.desc()).limit(1)
        )
        chosen = next((role for role in roles if role.id == last), roles[0])
        session_id = tables.new_id()
        connection.execute(
            insert(sessions).values(
                id=session_id, user_id=user_id, token_sha256=passwords.digest(token), member_id=chosen.id, created_at=now,
                seen_at=now, expires_at=later(LIFETIME), has_second_factor=has_second_factor,
            )
        )  # fmt: skip
        _trace(connection, "log_in", user_id, session_id)
    return token


def person(store: Store, *, token: str = "", session_id: str = "") -> Person | None:
    """Who a session belongs to, as things stand now.

    Parameters
    ----------
    store
        Where.
    token
        From the cookie.
    session_id
        Instead of the token, where the gate has resolved it already.

    Returns
    -------
    Person or None
        ``None`` if the session is unknown, expired, idle for too long or revoked, the account disabled or unconfirmed, or
        its role withdrawn.
    """
    if store.private is None or not (token or session_id):
        return None
    wanted: dict[str, Any] = {"token_sha256": passwords.digest(token)} if token else {"id": session_id}
    now = tables.now()
    with store.open(Principal.accounts()) as accounts:
        found = accounts.rows("user_session", revoked_at=None, **wanted)
        if not found or found[0]["expires_at"] <= now or _after(found[0]["seen_at"], IDLE) <= now:
            return None
        session = found[0]
        users = accounts.rows("user", id=session["user_id"], disabled_at=None)
        if not users or users[0]["confirmed_at"] is None:
            return None
        roles = _memberships(accounts.connection, session["user_id"])
    acted = next((role for role in roles if role.id == session["member_id"]), None)
    if acted is None:
        return None
    if _after(session["seen_at"], _TOUCH) <= now:
        _touch(store, session["id"], now)
    user = users[0]
    return Person(
        session_id=session["id"], user_id=user["id"], name=user["name"], email=user["email"], language=user["language"],
        membership=acted, memberships=roles, has_second_factor=session["has_second_factor"],
        has_totp=bool(user["totp_secret"]),
    )  # fmt: skip


def log_out(store: Store, session_id: str) -> None:
    """Ends a session.

    Parameters
    ----------
    store
        Where.
    session_id
        Which.
    """
    sessions = tables.user_session
    with store.writing(Principal.accounts()) as connection:
        connection.execute(update(sessions).where(sessions.c.id == session_id).values(revoked_at=tables.now()))
        _trace(connection, "log_out", connection.scalar(select(sessions.c.user_id).where(sessions.c.id == session_id)) or "")


def switch_role(store: Store, someone: Person, member_id: str) -> bool:
    """Makes a session act in another role of the same person.

    Parameters
    ----------
    store
        Where.
    someone
        Whose session.
    member_id
        The role.

    Returns
    -------
    bool
        Whether it is one of theirs, still.
    """
    sessions = tables.user_session
    with store.writing(Principal.accounts()) as connection:
        if member_id not in {role.id for role in _memberships(connection, someone.user_id)}:
            return False
        connection.execute(update(sessions).where(sessions.c.id == someone.session_id).values(member_id=member_id))
        _trace(connection, "switch_role", someone.user_id, member_id)
    return True


def set_second_factor(store: Store, someone: Person, secret: bytes, code: str) -> bool:
    """Gives an account a second factor, proved by a first code.

    Parameters
    ----------
    store
        Where.
    someone
        Whose account; one that has a second factor keeps it.
    secret
        Shared with the application.
    code
        As it was typed.

    Returns
    -------
    bool
        Whether the code is right.
    """
    step = totp.matching_step(secret, code, after=-1)
    if step is None or someone.has_totp:
        return False
    users, sessions = tables.user, tables.user_session
    with store.writing(Principal.accounts()) as connection:
        values = {"totp_secret": totp.as_text(secret), "totp_last_step": str(step)}
        changed = update(users).where(users.c.id == someone.user_id, users.c.totp_secret == "").values(**values)
        if connection.execute(changed).rowcount != 1:
            return False
        connection.execute(update(sessions).where(sessions.c.id == someone.session_id).values(has_second_factor=True))
        _trace(connection, "set_second_factor", someone.user_id)
    return True


def give_second_factor(store: Store, someone: Person, code: str, *, address: str) -> LogIn:
    """A one-time code that is given in a session which began without one.

    Parameters
    ----------
    store
        Where.
    someone
        Whose session, of an account that has a second factor.
    code
        As it was typed.
    address
        As for :func:`log_in`: failures count as those of the log-in do.

    Returns
    -------
    LogIn
        With a problem where there is one; the session keeps its token.
    """
    counted = attempts.subjects(account=someone.email, address=address)
    sessions = tables.user_session
    with store.writing(Principal.accounts()) as connection:
        if wait_s := attempts.wait_s(connection, counted):
            return LogIn(problem="locked", wait_s=wait_s)
        is_right = someone.has_totp and _use_code(connection, someone.user_id, code)
        attempts.count(connection, counted, has_succeeded=is_right)
        if is_right:
            connection.execute(update(sessions).where(sessions.c.id == someone.session_id).values(has_second_factor=True))
            _trace(connection, "give_second_factor", someone.user_id)
    return LogIn(problem="" if is_right else "wrong")


def is_password_of(store: Store, *, email: str, password: str, address: str) -> bool:
    """Whether a password is that of an account, failures counted as those of the log-in are.

    Parameters
    ----------
    store
        Where.
    email, password, address
        As for :func:`log_in`.
    """
    with passwords.AT_A_TIME:
        user, _ = _judge(store, email, password, None, address)
    return user is not None


def _judge(store: Store, email: str, password: str, code: str | None, address: str) -> tuple[Mapping[str, Any] | None, LogIn]:
    """The user, if everything is right; `code` is ``None`` where it is not asked for. One transaction writes what it saw."""
    counted = attempts.subjects(account=email, address=address)
    with store.open(Principal.accounts()) as accounts:
        wait_s = attempts.wait_s(accounts.connection, counted)
        users = accounts.rows("user", email=email.strip().casefold(), disabled_at=None)
    if wait_s > 0:
        return None, LogIn(problem="locked", wait_s=wait_s)
    user = users[0] if users and users[0]["confirmed_at"] else None
    is_right = passwords.is_right(user["password_hash"] if user else "", password)
    with store.writing(Principal.accounts()) as connection:
        if user and is_right and code is not None and user["totp_secret"]:
            is_right = _use_code(connection, user["id"], code)
        attempts.count(connection, counted, has_succeeded=is_right)
        if user and is_right and passwords.is_outdated(user["password_hash"]):
            renewed = update(tables.user).where(tables.user.c.id == user["id"])
            connection.execute(renewed.values(password_hash=passwords.hashed(password)))
    return (user, LogIn()) if user and is_right else (None, LogIn(problem="wrong"))


def _use_code(connection: Connection, user_id: str, code: str) -> bool:
    """Whether a one-time code is right; it serves once, were it sent twice at the same moment."""
    user = connection.execute(select(tables.user).where(tables.user.c.id == user_id)).mappings().one()
    last = int(user["totp_last_step"] or -1)
    step = totp.matching_step(totp.from_text(user["totp_secret"]), code, after=last)
    if step is None:
        return False
    connection.execute(update(tables.user).where(tables.user.c.id == user_id).values(totp_last_step=str(step)))
    return True


def _memberships(connection: Connection, user_id: str) -> tuple[Membership, ...]:
    members = tables.member
    asked = select(members).where(members.c.user_id == user_id, members.c.revoked_at.is_(None)).order_by(members.c.created_at)
    return tuple(
        Membership(id=row["id"], role=row["role"], territory_id=row["territory_id"] or "", company_id=row["company_id"] or "")
        for row in connection.execute(asked).mappings()
    )


def _touch(store: Store, session_id: str, now: str) -> None:
    sessions = tables.user_session
    with store.writing(Principal.accounts()) as connection:
        connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))


def _trace(connection: Connection, action: str, user_id: str, subject_id: str = "") -> None:
    audit.append(
        connection, Principal.accounts(), action=action, resource="profile", subject_id=user_id,
        detail={"subject": subject_id} if subject_id else {},
    )  # fmt: skip


def later(span: timedelta) -> str:
    """The moment a span from now, as the tables write it.

    Parameters
    ----------
    span
        How far.
    """
    return _after(tables.now(), span)


def _after(moment: str, span: timedelta) -> str:
    return (datetime.fromisoformat(moment) + span).isoformat(timespec="microseconds")
