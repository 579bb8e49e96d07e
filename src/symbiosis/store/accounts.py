"""Accounts: who is invited to which role, whose role or account ends; :mod:`symbiosis.store.joining` says how one comes in.

An invitation is a link that is shown once; the database knows its digest only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from symbiosis.errors import NotAllowed, NotFound, StoreError
from symbiosis.store import audit, passwords, sessions, tables
from symbiosis.store.commands import Change, Demand, run
from symbiosis.store.database import Store
from symbiosis.store.permissions import Resource
from symbiosis.store.principal import MEMBER_ROLES, Principal

INVITATION_LIFETIME = timedelta(days=7)
ACCOUNT_ROLES = (*MEMBER_ROLES, "planner", "facilitator", "admin")
"""Roles that an account can have."""

# The matrix says where somebody may invite; this says to what, so that nobody hands out more than they have.
_INVITES = {
    "company_admin": MEMBER_ROLES, "facilitator": (*MEMBER_ROLES, "planner"), "owner": (*MEMBER_ROLES, "planner"),
    "admin": ACCOUNT_ROLES,
}  # fmt: skip


def invite(store: Store, principal: Principal, *, email: str, role: str, territory_id: str = "", company_id: str = "") -> str:
    """Invites somebody to a role.

    Parameters
    ----------
    store
        Where.
    principal
        Who invites.
    email, role, territory_id, company_id
        As :class:`Invite`.

    Returns
    -------
    str
        The token of the link, which is kept nowhere.
    """
    token = passwords.new_token()
    command = Invite(
        email=email, role=role, territory_id=territory_id, company_id=company_id, token_sha256=passwords.digest(token)
    )
    run(store, principal, command, key=tables.new_id())
    return token


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Somebody is invited to a role; what :func:`invite` runs.

    Attributes
    ----------
    email
        Whom.
    role
        One of :data:`ACCOUNT_ROLES`.
    territory_id, company_id
        Where the role acts.
    token_sha256
        Digest of the token of the link.
    """

    email: str
    role: str
    token_sha256: str
    territory_id: str = ""
    company_id: str = ""

    def demands(self, change: Change) -> Sequence[Demand]:
        """Company administrators invite into their company, facilitators into their territory, administrators anywhere."""
        if self.company_id:
            return [("invite", change.of_company("member", self.company_id))]
        return [("invite", Resource(kind="member", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes the invitation; tells its id."""
        if self.role not in _INVITES.get(change.principal.role, ()):
            raise NotAllowed("invite", "member", change.principal.role)
        if any(user["id"] == change.principal.user_id for user in change.find(tables.user, email=_folded(self.email))):
            raise StoreError("nobody gives a role to themselves")
        if self.territory_id:
            change.one(tables.territory, id=self.territory_id)
        if self.company_id and self.territory_id != change.one(tables.company, id=self.company_id)["territory_id"]:
            raise NotFound("company")
        return {"id": write_invitation(change, self)}


def write_invitation(change: Change, wanted: Invite) -> str:
    """An invitation of which the permission was judged.

    Parameters
    ----------
    change
        The transaction.
    wanted
        What to write.

    Returns
    -------
    str
        Its id.
    """
    email = _folded(wanted.email)
    territory_id = wanted.territory_id or None
    if not 3 <= len(email) <= 320 or "@" not in email.strip("@") or len(email.split()) != 1:
        raise StoreError("not an e-mail address")
    has_place = (bool(territory_id), bool(wanted.company_id))
    if has_place != {"admin": (False, False), "planner": (True, False), "facilitator": (True, False)}.get(
        wanted.role, (True, True)
    ):
        raise StoreError(f"{wanted.role} needs another place")
    return change.add(
        tables.invitation, territory_id=territory_id, company_id=wanted.company_id or None, email=email, role=wanted.role,
        token_sha256=wanted.token_sha256, invited_by=change.principal.user_id,
        created_at=change.at, expires_at=sessions.later(INVITATION_LIFETIME),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeMember:
    """A role of somebody ends, at their next request.

    Attributes
    ----------
    member_id
        Which.
    """

    member_id: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """Company administrators in their company, administrators anywhere."""
        return [("write", _place_of(change, change.one(tables.member, id=self.member_id)))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Dates the end; tells the id."""
        change.alter(tables.member, self.member_id, revoked_at=change.at)
        return {"id": self.member_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeInvitation:
    """An invitation, or the link by which a company answers, is taken back.

    Attributes
    ----------
    invitation_id
        Which.
    """

    invitation_id: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """As for inviting."""
        return [("invite", _place_of(change, change.one(tables.invitation, id=self.invitation_id)))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Dates the end; tells the id."""
        change.alter(tables.invitation, self.invitation_id, revoked_at=change.at)
        return {"id": self.invitation_id}


def _place_of(change: Change, row: Mapping[str, Any]) -> Resource:
    """Where a role or an invitation stands: a company, else a territory."""
    if row["company_id"]:
        return change.of_company("member", row["company_id"])
    return Resource(kind="member", territory_id=row["territory_id"] or "")


def disable(change: Change, user_id: str) -> None:
    """Ends an account: its sessions and tokens are nobody's from now on.

    Parameters
    ----------
    change
        A transaction of whoever may do it.
    user_id
        Whose.
    """
    change.alter(tables.user, user_id, disabled_at=change.at)
    end_sessions(change, user_id)


def end_sessions(change: Change, user_id: str) -> None:
    """Ends what an account has open: browsers and programs.

    Parameters
    ----------
    change
        A transaction of whoever may do it.
    user_id
        Whose.
    """
    for table in (tables.user_session, tables.api_token):
        ended = update(table).where(table.c.user_id == user_id, table.c.revoked_at.is_(None))
        change.connection.execute(ended.values(revoked_at=change.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableUser:
    """An account ends.

    Attributes
    ----------
    user_id
        Whose.
    """

    user_id: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """Administrators."""
        change.one(tables.user, id=self.user_id)
        return [("write", Resource(kind="member"))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Dates the end and ends sessions and tokens; tells the id."""
        disable(change, self.user_id)
        return {"id": self.user_id}


def operate(store: Store, *, email: str, action: str, role: str = "", territory_id: str = "", company_id: str = "") -> str:
    """What the operator of the machine does from its command line, where nobody is logged in yet.

    Parameters
    ----------
    store
        Where.
    email
        Whose account.
    action
        ``invite`` to a role, ``reset`` the password and the second factor, ``disable`` the account.
    role, territory_id, company_id
        Of an invitation.

    Returns
    -------
    str
        Token of the link to hand over; empty where there is none.
    """
    token = "" if action == "disable" else passwords.new_token()
    if action == "invite" and territory_id:
        with store.open(Principal.engine(territory_id)) as session:
            session.one("territory", id=territory_id)
            if company_id:
                session.one("company", id=company_id)
    with store.writing(Principal.accounts()) as connection:
        change = Change(connection, Principal.accounts())
        if action == "invite":
            wanted = Invite(
                email=email, role=role, territory_id=territory_id, company_id=company_id, token_sha256=passwords.digest(token)
            )
            subject_id = write_invitation(change, wanted)
        else:
            subject_id = change.one(tables.user, email=_folded(email))["id"]
            if action == "disable":
                disable(change, subject_id)
            else:
                _reset(change, subject_id, token)
        audit.append(connection, change.principal, action=action, resource="member", subject_id=subject_id)
    return token


def _reset(change: Change, user_id: str, token: str) -> None:
    """An account that nobody can enter, and the invitation to choose one: that of a role which it has already."""
    role = next(iter(change.find(tables.member, user_id=user_id, revoked_at=None)), None)
    if role is None:
        raise NotFound("member")
    email = change.one(tables.user, id=user_id)["email"]
    change.alter(tables.user, user_id, password_hash="", identity_sha256="", totp_secret="", totp_last_step="")
    end_sessions(change, user_id)
    wanted = Invite(
        email=email, role=role["role"], territory_id=role["territory_id"] or "", company_id=role["company_id"] or "",
        token_sha256=passwords.digest(token),
    )  # fmt: skip
    write_invitation(change, wanted)


def people(store: Store) -> list[dict[str, Any]]:
    """Every account with its roles, for the operator of the machine.

    Parameters
    ----------
    store
        Where.
    """
    with store.open(Principal.accounts()) as accounts:
        users, roles = accounts.rows("user", order_by=("email",)), accounts.rows("member", revoked_at=None)
    return [
        {"email": user["email"], "is_disabled": bool(user["disabled_at"]), "has_second_factor": bool(user["totp_secret"]),
         "roles": [role["role"] for role in roles if role["user_id"] == user["id"]]}
        for user in users
    ]  # fmt: skip


def _folded(email: str) -> str:
    return email.strip().casefold()
