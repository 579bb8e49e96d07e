"""Links by which a company answers one match without an account: its own figures, accept or refuse, nothing else.

A link holds the match and a secret; the database knows the digest of both together, so that no other match can be put in its
place. Whoever holds it acts in the name of the company with two rights: to read its side, to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from symbiosis.errors import NotFound, StoreError
from symbiosis.store import passwords, sessions, tables
from symbiosis.store.accounts import INVITATION_LIFETIME
from symbiosis.store.commands import Change, Demand, run
from symbiosis.store.database import Store
from symbiosis.store.matching import Decide
from symbiosis.store.permissions import Resource
from symbiosis.store.principal import Principal

ROLE = "answer"
RIGHTS = frozenset(("match_side:read", "consent:read", "consent:write"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAnswerLink:
    """A company is sent a link to answer one match; what :func:`answer_link` runs.

    Attributes
    ----------
    match_id, company_id
        Who answers what.
    token_sha256
        Digest of the token of the link.
    """

    match_id: str
    company_id: str
    token_sha256: str

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator, who moves the match forward."""
        match = change.one(tables.match, id=self.match_id)
        if self.company_id not in (match["giver_id"], match["taker_id"]):
            raise NotFound("match")
        return [("write", Resource(kind="match", territory_id=match["territory_id"], company_id=self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id."""
        territory_id = change.one(tables.match, id=self.match_id)["territory_id"]
        link_id = change.add(
            tables.invitation, territory_id=territory_id, company_id=self.company_id, email="", role=ROLE,
            token_sha256=self.token_sha256, created_at=change.at, expires_at=sessions.later(INVITATION_LIFETIME),
        )  # fmt: skip
        return {"id": link_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the holder of a link may see.

    Attributes
    ----------
    link_id, match_id
        Which.
    principal
        The company, with the rights of a link.
    company_name
        Its name.
    sheet, partner_class
        Its side of the match.
    decision
        What it has answered by this link; empty before.
    """

    link_id: str
    match_id: str
    principal: Principal
    company_name: str
    sheet: dict[str, Any]
    partner_class: str
    decision: str


def answer_link(store: Store, principal: Principal, *, match_id: str, company_id: str) -> str:
    """Makes a link by which a company answers a match.

    Parameters
    ----------
    store
        Where.
    principal
        Who sends it.
    match_id, company_id
        Who answers what.

    Returns
    -------
    str
        The token of the link, which is kept nowhere.
    """
    token = f"{match_id}.{passwords.new_token()}"
    command = SendAnswerLink(match_id=match_id, company_id=company_id, token_sha256=passwords.digest(token))
    run(store, principal, command, key=tables.new_id())
    return token


def open_answer(store: Store, token: str) -> Answer | None:
    """What the holder of a link may see; ``None`` if it is unknown, expired or taken back.

    Parameters
    ----------
    store
        Where.
    token
        Of the link.
    """
    if store.private is None:
        return None
    with store.open(Principal.accounts()) as accounts:
        found = accounts.rows("invitation", token_sha256=passwords.digest(token), role=ROLE, revoked_at=None)
    if not found or found[0]["expires_at"] <= tables.now():
        return None
    link, match_id = found[0], token.partition(".")[0]
    principal = Principal(
        user_id=link["id"], role="editor", territory_id=link["territory_id"], company_ids=(link["company_id"],), rights=RIGHTS
    )
    try:
        with store.open(principal) as session:
            side = session.one("match_side", match_id=match_id)
            given = session.rows("consent", match_id=match_id, recorded_by=link["id"])
            name = session.one("company", id=link["company_id"])["name"]
    except NotFound:
        return None
    return Answer(
        link_id=link["id"], match_id=match_id, principal=principal, company_name=name, sheet=side["sheet"],
        partner_class=side["partner_class"], decision=given[0]["decision"] if given else "",
    )  # fmt: skip


def decide_by_link(store: Store, token: str, *, decision: str, reason_code: str = "") -> Answer:
    """The company decides by its link, once.

    Parameters
    ----------
    store
        Where.
    token
        Of the link.
    decision
        ``accepted`` or ``refused``.
    reason_code
        Why not.

    Returns
    -------
    Answer
        As it stands afterwards.

    Raises
    ------
    NotFound
        If the link does not serve, or no more.
    StoreError
        If there is no such decision.
    """
    answer = open_answer(store, token)
    if answer is None or answer.decision:
        raise NotFound("answer")
    if decision not in ("accepted", "refused"):
        raise StoreError(f"a link accepts or refuses, not {decision!r}")
    command = Decide(
        match_id=answer.match_id, company_id=answer.principal.company_ids[0], decision=decision, reason_code=reason_code,
        trace=f"link {answer.link_id}",
    )  # fmt: skip
    # One answer a link: the key is the link's, so that a second click is the first one again.
    run(store, answer.principal, command, key=f"answer-{answer.link_id}")
    invitations = tables.invitation
    with store.writing(Principal.accounts()) as connection:
        connection.execute(update(invitations).where(invitations.c.id == answer.link_id).values(answered_at=tables.now()))
    done = open_answer(store, token)
    if done is None:
        raise NotFound("answer")
    return done
