"""Tokens of programs: each acts in one role of its owner, with the rights that it lists and no other."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from symbiosis.errors import NotAllowed, NotFound, StoreError
from symbiosis.store import audit, passwords, sessions, tables
from symbiosis.store.database import Store
from symbiosis.store.permissions import Resource, can, matrix
from symbiosis.store.principal import Principal

LONGEST_TOKEN_DAYS = 365


def create_token(store: Store, someone: sessions.Person, *, label: str, rights: Collection[str], days: int) -> str:
    """A token for a program of somebody, in the role that they act in.

    Parameters
    ----------
    store
        Where.
    someone
        Who is logged in.
    label
        What it is for.
    rights
        The ``resource:action`` that remain of those of the role.
    days
        How long it serves.

    Returns
    -------
    str
        The token, which is kept nowhere.

    Raises
    ------
    NotAllowed
        If the role has no tokens.
    StoreError
        If the rights are not all rights of the role, or it would serve for longer than a year.
    """
    principal = someone.principal
    if not can(principal, "write", Resource(kind="api_token", user_id=someone.user_id)):
        raise NotAllowed("write", "api_token", principal.role)
    if not rights or not set(rights) <= rights_of(principal.role) or not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise StoreError("a token has some of the rights of its owner, for a year at most")
    token = sessions.TOKEN_MARK + passwords.new_token()
    with store.writing(Principal.accounts()) as connection:
        token_id = tables.new_id()
        connection.execute(
            insert(tables.api_token).values(
                id=token_id, user_id=someone.user_id, member_id=someone.membership.id, label=label[:200],
                token_sha256=passwords.digest(token), rights=sorted(rights), created_at=tables.now(),
                expires_at=sessions.later(timedelta(days=days)),
            )
        )  # fmt: skip
        audit.append(connection, principal, action="write", resource="api_token", subject_id=token_id)
    return token


def revoke_token(store: Store, someone: sessions.Person, token_id: str) -> None:
    """Ends a token of somebody.

    Parameters
    ----------
    store
        Where.
    someone
        Who is logged in.
    token_id
        Which of theirs.

    Raises
    ------
    NotFound
        If it is not theirs.
    """
    held = tables.api_token
    with store.writing(Principal.accounts()) as connection:
        ended = update(held).where(held.c.id == token_id, held.c.user_id == someone.user_id, held.c.revoked_at.is_(None))
        if connection.execute(ended.values(revoked_at=tables.now())).rowcount != 1:
            raise NotFound("api_token")
        audit.append(connection, someone.principal, action="write", resource="api_token", subject_id=token_id)


def tokens_of(store: Store, someone: sessions.Person) -> list[dict[str, Any]]:
    """The tokens of somebody that still serve, without their secrets.

    Parameters
    ----------
    store
        Where.
    someone
        Who is logged in.
    """
    with store.open(Principal.accounts()) as accounts:
        found = accounts.rows("api_token", user_id=someone.user_id, revoked_at=None, order_by=("created_at",))
    return [
        {name: row[name] for name in ("id", "label", "rights", "created_at", "expires_at")}
        for row in found
        if row["expires_at"] > tables.now()
    ]


def principal_of_token(store: Store, token: str) -> Principal | None:
    """Who a program acts as, as things stand now.

    Parameters
    ----------
    store
        Where.
    token
        As it was handed out.

    Returns
    -------
    Principal or None
        ``None`` if it is unknown, expired or revoked, or its owner's account or role ended.
    """
    if store.private is None or not token.startswith(sessions.TOKEN_MARK):
        return None
    with store.open(Principal.accounts()) as accounts:
        found = accounts.rows("api_token", token_sha256=passwords.digest(token), revoked_at=None)
        if not found or found[0]["expires_at"] <= tables.now():
            return None
        held = found[0]
        users = accounts.rows("user", id=held["user_id"], disabled_at=None)
        roles = accounts.rows("member", id=held["member_id"], user_id=held["user_id"], revoked_at=None)
    if not users or users[0]["confirmed_at"] is None or not roles:
        return None
    role = roles[0]
    membership = sessions.Membership(
        id=role["id"], role=role["role"], territory_id=role["territory_id"] or "", company_id=role["company_id"] or ""
    )
    return membership.principal(held["user_id"], rights=frozenset(held["rights"]))


def rights_of(role: str) -> frozenset[str]:
    """Every ``resource:action`` of which the matrix gives a role something.

    Parameters
    ----------
    role
        One of the matrix.
    """
    return frozenset(f"{kind}:{action}" for (kind, action), rule in matrix().items() if rule.cells.get(role))
