"""Accounts on both databases: invited, logged in, switched, answered by link, withdrawn, under the row policies of each."""

from __future__ import annotations

from typing import Any

from symbiosis.errors import NotAllowed, NotFound
from symbiosis.store import FoundMatch, Principal, RecordRun, Side, accounts, answer_links, api_tokens, joining, run, sessions
from symbiosis.store.accounts import DisableUser, RevokeInvitation, RevokeMember
from symbiosis.store.passwords import digest
from symbiosis.store.tables import new_id

PASSWORD = "correct horse battery staple"


def joined(store: Any, token: str) -> sessions.Person:
    """Whoever answers an invitation, logged in with a second factor."""
    found = joining.invitation(store, token)
    assert found is not None
    assert joining.answer_invitation(store, token, name="N", password=PASSWORD, language="fr", address="1") == ""
    assert sessions.log_in(store, email=found["email"], password=PASSWORD, address="1").token
    with store.open(Principal.accounts()) as session:
        user_id = session.one("user", email=found["email"])["id"]
    someone = sessions.person(store, token=sessions.open_session(store, user_id, has_second_factor=True))
    assert someone is not None
    return someone


def test_people_come_act_and_go(world: Any) -> None:
    store, territory_id, (own, rival, _) = world.store, world.territories[0], world.companies
    admin = joined(store, accounts.operate(store, email="admin@x.example", action="invite", role="admin")).principal
    link = accounts.invite(store, admin, email="f@x.example", role="facilitator", territory_id=territory_id)
    facilitator = joined(store, link).principal
    where = {"territory_id": territory_id, "company_id": own}
    head = joined(store, accounts.invite(store, facilitator, email="c@x.example", role="company_admin", **where))
    editor = joined(store, accounts.invite(store, head.principal, email="e@x.example", role="editor", **where))
    for principal, company_id in ((head.principal, rival), (editor.principal, own)):
        try:
            accounts.invite(
                store, principal, email="x@x.example", role="reader", territory_id=territory_id, company_id=company_id
            )
        except (NotAllowed, NotFound):
            continue
        raise AssertionError(principal.role)
    token = api_tokens.create_token(store, editor, label="ERP", rights={"flow:read"}, days=1)
    assert api_tokens.principal_of_token(store, token) is not None
    with store.open(editor.principal) as session:
        assert {row["company_id"] for row in session.rows("declared_row")} == {own}
    run(store, head.principal, RevokeMember(member_id=editor.membership.id), key="revoke")
    assert sessions.person(store, session_id=editor.session_id) is None
    assert api_tokens.principal_of_token(store, token) is None
    late = accounts.invite(store, facilitator, email="late@x.example", role="reader", **where)
    with store.open(facilitator) as session:
        invitation_id = next(row["id"] for row in session.rows("invitation") if row["email"] == "late@x.example")
    run(store, facilitator, RevokeInvitation(invitation_id=invitation_id), key="take-back")
    assert joining.invitation(store, late) is None
    run(store, admin, DisableUser(user_id=head.user_id), key="disable")
    assert sessions.person(store, session_id=head.session_id) is None
    assert accounts.operate(store, email="f@x.example", action="reset")
    assert not sessions.log_in(store, email="f@x.example", password=PASSWORD, address="2").token


def test_people_come_in_by_an_identity_that_a_provider_vouches_for(world: Any) -> None:
    store, where = world.store, {"territory_id": world.territories[0], "company_id": world.companies[0]}

    def enter(once: str, email: str = "E@x.example", subject: str = "1") -> sessions.LogIn:
        identity = joining.Identity(issuer="https://provider.example", subject=subject, email=email, name="N")
        return joining.enter(store, identity, once=once, language="fr", address="1")

    assert enter("a").problem == "unknown"
    editor = joined(store, accounts.operate(store, email="e@x.example", action="invite", role="editor", **where))
    accounts.operate(store, email="e@x.example", action="invite", role="reader", **where)
    accounts.operate(store, email="new@x.example", action="invite", role="reader", **where)
    someone = sessions.person(store, token=enter("b").token)
    assert someone is not None
    assert someone.user_id == editor.user_id
    assert {role.role for role in someone.memberships} == {"editor", "reader"}
    assert sessions.person(store, session_id=editor.session_id) is None
    assert sessions.log_in(store, email="e@x.example", password=PASSWORD, address="2").problem == "wrong"
    assert enter("b").problem == "used"
    assert enter("c", subject="2").problem == "unknown"
    assert enter("d", "new@x.example", "3").token
    run(store, Principal(user_id="d" * 32, role="admin"), DisableUser(user_id=editor.user_id), key="disable")
    assert enter("e").problem == "unknown"
    assert joining.refuse(store, address="1") == 0


def test_a_company_answers_by_its_link(world: Any) -> None:
    store, facilitator, (own, rival, _) = world.store, world.facilitator(), world.companies
    sides = {"giver": Side(company_id=own, sheet={"description": "own"}), "taker": Side(company_id=rival, sheet={})}
    found = FoundMatch(synergy_key="k", sheet={}, **sides)
    run(store, facilitator, RecordRun(territory_id=facilitator.territory_id, matches=(found,)), key=new_id())
    with store.open(facilitator) as session:
        match_id = session.one("match")["id"]
    token = answer_links.answer_link(store, facilitator, match_id=match_id, company_id=own)
    shown = answer_links.decide_by_link(store, token, decision="accepted")
    assert (shown.decision, shown.sheet) == ("accepted", {"description": "own"})
    with store.open(Principal.accounts()) as session:
        assert session.one("invitation", token_sha256=digest(token))["answered_at"]
