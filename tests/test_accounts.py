"""Accounts: one-time codes, passwords, throttling, invitations, sessions in one role, tokens that only remove rights."""

from __future__ import annotations

import base64
import statistics
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.network import HOST, PASSWORD, Network, fresh
from typer.testing import CliRunner

from symbiosis.cli import app as cli
from symbiosis.errors import NotAllowed, NotFound, StoreError
from symbiosis.store import (
    Principal,
    Resource,
    Store,
    accounts,
    answer_links,
    api_tokens,
    can,
    joining,
    passwords,
    run,
    sessions,
    throttle,
    totp,
)
from symbiosis.store.accounts import DisableUser, Invite, RevokeInvitation, RevokeMember


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return fresh(tmp_path_factory.mktemp("accounts"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The time as the tables write it, which a test may turn forward."""
    started = datetime.fromisoformat(sessions.tables.now())
    ahead = [timedelta()]
    monkeypatch.setattr(sessions.tables, "now", lambda: (started + ahead[0]).isoformat(timespec="microseconds"))

    def turn(**span: float) -> None:
        ahead[0] += timedelta(**span)

    return turn


def attempt(network: Network, email: str, password: str = "wrong", address: str = "203.0.113.9") -> sessions.LogIn:
    return sessions.log_in(network.store, email=email, password=password, address=address)


# Appendix B of RFC 6238, SHA-1, eight digits.
@pytest.mark.parametrize(
    ("at", "expected"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"), (2000000000, "69279037"),
     (20000000000, "65353130")],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(at: int, expected: str) -> None:
    assert totp.code(b"12345678901234567890", at // 30, digits=8) == expected


def test_a_code_serves_once_and_only_around_its_time() -> None:
    secret, at = b"0123456789abcdefghij", 1_800_000_000
    typed = totp.code(secret, at // 30)
    assert totp.matching_step(secret, f"{typed[:3]} {typed[3:]}", after=-1, at=at) == at // 30
    assert totp.matching_step(secret, typed, after=at // 30, at=at) is None
    assert totp.matching_step(secret, typed, after=-1, at=at + 29) == at // 30
    assert totp.matching_step(secret, typed, after=-1, at=at + 90) is None
    assert totp.matching_step(secret, "é", after=-1, at=at) is None
    assert base64.b32decode(totp.as_text(secret)) == secret == totp.from_text(totp.as_text(secret))


def test_passwords_are_argon2id_of_nineteen_mebibytes_at_least() -> None:
    kept = passwords.hashed("Une longue phrase é")
    assert kept.startswith("$argon2id$")
    assert int(kept.split("m=")[1].split(",")[0]) >= 19 * 1024
    assert passwords.is_right(kept, "Une longue phrase e\u0301")  # the same letters from another keyboard
    assert not passwords.is_right(kept, "Une longue phrase e")
    assert not passwords.is_right("", "anything")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("eleven char", "too_short"),
        ("x" * 129, "too_long"),
        ("aaaaaaaaaaaaaaaa", "too_plain"),
        ("someone@network.example", "too_plain"),
        (PASSWORD, ""),
    ],
)
def test_passwords_that_are_short_or_guessed_are_refused(password: str, fault: str) -> None:
    assert passwords.fault(password, "someone@network.example") == fault


def test_the_sixth_wrong_password_locks_and_each_further_one_doubles_the_lock(network: Network, clock: Any) -> None:
    email = f"reader@{HOST}"
    for _ in range(6):
        clock(seconds=10)
        assert attempt(network, email).problem == "wrong"
    waits = []
    for _ in range(4):
        locked = attempt(network, email, PASSWORD)
        assert (locked.problem, locked.token) == ("locked", "")
        waits.append(locked.wait_s)
        clock(seconds=locked.wait_s)
        assert attempt(network, email).problem == "wrong"
    assert waits == [60, 120, 240, 480]
    clock(hours=1)
    assert attempt(network, email, PASSWORD).token
    assert attempt(network, email).problem == "wrong"  # the count has begun anew
    assert attempt(network, email, PASSWORD).token


def test_five_wrong_passwords_an_hour_lock_nobody() -> None:
    start = datetime(2026, 1, 1)  # noqa: DTZ001
    slow = [start + timedelta(minutes=4 * k) for k in range(40)]
    assert throttle.locked_until(slow, 5) is None
    assert throttle.locked_until(slow[:1] * 5, 5) is None
    assert throttle.locked_until(slow[:1] * 6, 5) == start + timedelta(minutes=1)
    assert throttle.locked_until(slow[:1] * 60, 5) == start + throttle.LONGEST_LOCK


def test_an_address_that_tries_many_accounts_is_locked_too(network: Network, clock: Any) -> None:
    answers = [attempt(network, f"guess{k}@{HOST}", address="203.0.113.77").problem for k in range(32)]
    assert answers == ["wrong"] * 31 + ["locked"]
    assert attempt(network, f"editor@{HOST}", PASSWORD, address="203.0.113.78").token


def test_an_unknown_account_is_answered_like_a_known_one_and_as_slowly(network: Network) -> None:
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for k in range(5):
        for kind, email in (("known", f"planner@{HOST}"), ("unknown", f"nobody{k}@{HOST}")):
            begun = time.process_time()
            assert attempt(network, email, address=f"192.0.2.{k}") == sessions.LogIn(problem="wrong")
            times[kind].append(time.process_time() - begun)
    known, unknown = (statistics.median(times[kind]) for kind in times)
    assert abs(known - unknown) < 0.02 + 0.3 * known


def test_no_typed_address_and_no_token_is_kept(tmp_path: Path) -> None:
    network = fresh(tmp_path)
    attempt(network, "typed-by-mistake@elsewhere.example", "a-typed-password", address="198.51.100.200")
    link = accounts.invite(network.store, network.principal("admin"), email="x@y.example", role="planner",
                           territory_id=network.territory["A"])  # fmt: skip
    token = network.token("editor", {"flow:read"})
    answer = answer_links.answer_link(
        network.store, network.principal("facilitator"), match_id=network.match["B"], company_id=network.company["B"]
    )
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in (
        "typed-by-mistake",
        "a-typed-password",
        "198.51.100.200",
        link,
        token,
        answer,
        network.cookie["editor"],
        PASSWORD,
    ):
        assert secret.encode() not in kept


@pytest.mark.long
def test_ten_thousand_guessed_tokens_open_nothing(network: Network) -> None:
    for _ in range(5_000):
        assert sessions.person(network.store, token=passwords.new_token()) is None
        assert api_tokens.principal_of_token(network.store, api_tokens.sessions.TOKEN_MARK + passwords.new_token()) is None


def test_an_invitation_is_answered_once_within_seven_days(network: Network, clock: Any) -> None:
    admin = network.principal("admin")
    first, late, taken_back = (
        accounts.invite(network.store, admin, email=f"new{k}@{HOST}", role="planner", territory_id=network.territory["A"])
        for k in range(3)
    )

    def answer(token: str, password: str = PASSWORD) -> str:
        return joining.answer_invitation(network.store, token, name="N", password=password, language="fr", address="1")

    with network.store.open(Principal.accounts()) as session:
        gone = session.one("invitation", token_sha256=passwords.digest(taken_back))
    run(network.store, admin, RevokeInvitation(invitation_id=gone["id"]), key="take-back")
    assert answer(first, "short") == "too_short"
    assert answer(first) == ""
    assert answer(first) == answer(taken_back) == answer(passwords.new_token()) == "expired"
    clock(days=7, seconds=1)
    assert joining.invitation(network.store, late) is None
    assert answer(late) == "expired"


def test_a_second_invitation_asks_for_the_password_of_the_account_and_sets_none(network: Network) -> None:
    token = accounts.invite(network.store, network.principal("admin"), email=f"Editor@{HOST}", role="planner",
                            territory_id=network.territory["A"])  # fmt: skip
    found = joining.invitation(network.store, token)
    assert found is not None
    assert found["is_known"]
    answered = [joining.answer_invitation(network.store, token, name="", password=typed, language="fr", address="198.51.100.4")
                for typed in ("another password of mine", PASSWORD)]  # fmt: skip
    assert answered == ["wrong", ""]
    assert {role.role for role in network.person("editor").memberships} == {"editor", "planner"}


@pytest.mark.parametrize(
    ("inviter", "role", "place", "is_allowed"),
    [
        ("company_admin", "editor", "A", True),
        ("company_admin", "company_admin", "A", True),
        ("company_admin", "editor", "B", False),
        ("company_admin", "facilitator", "", False),
        ("facilitator", "editor", "B", True),
        ("facilitator", "editor", "C", False),
        ("facilitator", "facilitator", "", False),
        ("facilitator", "admin", "", False),
        ("editor", "reader", "A", False),
        ("admin", "facilitator", "", True),
        ("admin", "admin", "-", True),
    ],
)
def test_nobody_hands_out_more_than_they_have(network: Network, inviter: str, role: str, place: str, is_allowed: bool) -> None:
    where = {"territory_id": "" if place == "-" else network.territory[place or "A"]}
    if place in network.company:
        where["company_id"] = network.company[place]
    email = f"{inviter}-{role}-{place}@{HOST}".replace("-@", "@")
    if is_allowed:
        assert accounts.invite(network.store, network.principal(inviter), email=email, role=role, **where)
    else:
        with pytest.raises((NotAllowed, NotFound)):
            accounts.invite(network.store, network.principal(inviter), email=email, role=role, **where)


def test_an_administrator_gives_no_role_to_themselves(network: Network) -> None:
    with pytest.raises(StoreError, match="themselves"):
        accounts.invite(network.store, network.principal("admin"), email=f"ADMIN@{HOST}", role="facilitator",
                        territory_id=network.territory["A"])  # fmt: skip


def test_facilitators_and_administrators_are_nobody_before_their_one_time_code(network: Network) -> None:
    for role in sessions.SECOND_FACTOR_ROLES:
        token = sessions.open_session(network.store, network.user[role], has_second_factor=False)
        someone = sessions.person(network.store, token=token)
        assert someone is not None
        assert someone.needs_second_factor
        assert someone.principal == Principal.anonymous()
        secret = f"{role:_<20}".encode()
        assert not sessions.set_second_factor(network.store, someone, secret, "000000")
        assert sessions.set_second_factor(network.store, someone, secret, totp.code(secret, int(time.time()) // 30))
        renewed = sessions.person(network.store, token=token)
        assert renewed is not None
        assert renewed.principal.role == role
        assert attempt(network, f"{role}@{HOST}", PASSWORD, address="198.51.100.9").problem == "wrong"  # no code any more
        # An account that has a second factor keeps it.
        assert not sessions.set_second_factor(network.store, renewed, b"x" * 20, totp.code(b"x" * 20, int(time.time()) // 30))


def test_a_session_ends_by_log_out_by_time_and_by_idleness(network: Network, clock: Any) -> None:
    def is_open(token: str) -> bool:
        return sessions.person(network.store, token=token) is not None

    left, idle, old = (sessions.open_session(network.store, network.user["editor"], has_second_factor=False) for _ in range(3))
    someone = sessions.person(network.store, token=left)
    assert someone is not None
    sessions.log_out(network.store, someone.session_id)
    assert not is_open(left)
    for _ in range(11):
        clock(hours=1)
        assert is_open(old)
    assert not is_open(idle)
    clock(hours=1, seconds=1)
    assert not is_open(old)


def test_what_is_withdrawn_is_nobody_at_the_next_request(tmp_path: Path) -> None:
    network = fresh(tmp_path)
    admin = network.principal("admin")
    token = network.token("editor", {"flow:read"})
    assert api_tokens.principal_of_token(network.store, token) is not None
    member_id = network.person("editor").membership.id
    run(network.store, admin, RevokeMember(member_id=member_id), key="1")
    assert sessions.person(network.store, token=network.cookie["editor"]) is None
    assert api_tokens.principal_of_token(network.store, token) is None
    assert attempt(network, f"editor@{HOST}", PASSWORD).problem == "wrong"  # an account without a role is nobody
    token = network.token("reader", {"flow:read"})
    run(network.store, admin, DisableUser(user_id=network.user["reader"]), key="2")
    assert sessions.person(network.store, token=network.cookie["reader"]) is None
    assert api_tokens.principal_of_token(network.store, token) is None
    assert attempt(network, f"reader@{HOST}", PASSWORD).problem == "wrong"


def test_a_reset_ends_sessions_and_asks_for_a_new_password(tmp_path: Path) -> None:
    network = fresh(tmp_path)
    link = accounts.operate(network.store, email=f"planner@{HOST}", action="reset")
    assert sessions.person(network.store, token=network.cookie["planner"]) is None
    assert attempt(network, f"planner@{HOST}", PASSWORD).problem == "wrong"
    assert (
        joining.answer_invitation(network.store, link, name="", password="another long phrase", language="fr", address="1")
        == ""
    )
    assert attempt(network, f"planner@{HOST}", "another long phrase", address="2").token


def test_a_person_acts_in_one_role_at_a_time(network: Network) -> None:
    link = accounts.invite(network.store, network.principal("admin"), email=f"company_admin@{HOST}", role="planner",
                           territory_id=network.territory["A"])  # fmt: skip
    joining.answer_invitation(network.store, link, name="", password=PASSWORD, language="fr", address="198.51.100.77")
    someone = network.person("company_admin")
    planner = next(role for role in someone.memberships if role.role == "planner")
    assert sessions.switch_role(network.store, someone, planner.id)
    acting = network.person("company_admin").principal
    assert (acting.role, acting.company_ids) == ("planner", ())
    with pytest.raises(NotAllowed), network.store.open(acting):
        pass
    assert not sessions.switch_role(network.store, someone, network.person("facilitator").membership.id)
    assert sessions.switch_role(network.store, someone, someone.membership.id)


def test_a_token_removes_rights_and_adds_none(network: Network) -> None:
    principal = api_tokens.principal_of_token(network.store, network.token("editor", {"flow:read"}))
    assert principal is not None
    own = {"territory_id": network.territory["A"], "company_id": network.company["A"]}
    assert can(principal, "read", Resource(kind="flow", **own))
    assert not can(principal, "write", Resource(kind="flow", **own))
    with pytest.raises(StoreError):
        network.token("editor", {"flow:read", "match:read"})
    with pytest.raises(StoreError):
        network.token("editor", set())
    with pytest.raises(NotAllowed):
        network.token("admin", {"member:read"})
    with pytest.raises(NotFound):
        api_tokens.revoke_token(
            network.store, network.person("reader"), api_tokens.tokens_of(network.store, network.person("editor"))[0]["id"]
        )


def test_a_link_answers_one_match_once_and_shows_one_side(network: Network) -> None:
    facilitator = network.principal("facilitator")
    token = answer_links.answer_link(network.store, facilitator, match_id=network.match["B"], company_id=network.company["B"])
    shown = answer_links.open_answer(network.store, token)
    assert shown is not None
    assert shown.sheet["description"] == "own B"
    # Another match in the place of this one is another token.
    assert answer_links.open_answer(network.store, token.replace(network.match["B"], network.match["A"])) is None
    with pytest.raises(StoreError):
        answer_links.decide_by_link(network.store, token, decision="withdrawn")
    assert answer_links.decide_by_link(network.store, token, decision="refused", reason_code="quantity").decision == "refused"
    with pytest.raises(NotFound):
        answer_links.decide_by_link(network.store, token, decision="accepted")
    with network.store.open(facilitator) as session:
        given = session.one("consent", match_id=network.match["B"])
    assert (given["decision"], given["reason_code"], given["trace"]) == ("refused", "quantity", f"link {shown.link_id}")
    for role in ("editor", "planner", "admin"):
        with pytest.raises((NotAllowed, NotFound)):
            answer_links.answer_link(
                network.store, network.principal(role), match_id=network.match["B"], company_id=network.company["B"]
            )


def test_a_company_that_is_no_party_is_sent_no_link(network: Network) -> None:
    with pytest.raises(NotFound):
        answer_links.answer_link(
            network.store, network.principal("facilitator"), match_id=network.match["B"], company_id=network.company["C"]
        )


def test_invitations_and_tokens_are_traced_without_a_value(network: Network) -> None:
    command = Invite(
        email=f"traced@{HOST}", role="reader", territory_id=network.territory["A"], company_id=network.company["A"],
        token_sha256="0" * 64,
    )  # fmt: skip
    run(network.store, network.principal("facilitator"), command, key="traced")
    with network.store.open(network.principal("company_admin")) as session:
        told = session.rows("audit", action="invite", order_by=("seq",), descending=True)[0]
    assert told["company_id"] == network.company["A"]
    assert HOST not in str(told)


def test_the_public_store_knows_nobody(tmp_path: Path) -> None:
    public = Store.at(tmp_path, is_public=True)
    assert sessions.person(public, token="x") is None
    assert api_tokens.principal_of_token(public, "sym_x") is None
    assert joining.invitation(public, "x") is None
    assert answer_links.open_answer(public, "x") is None


def test_the_operator_makes_the_first_account_without_typing_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path))
    command = CliRunner()

    def said(*arguments: str) -> tuple[int, str]:
        result = command.invoke(cli, ["user", *arguments])
        return result.exit_code, result.stdout

    code, link = said("invite", f"first@{HOST}", "--role", "admin")
    assert (code, link.startswith("/invitation/")) == (0, True)
    store, token = Store.at(tmp_path), link.strip().removeprefix("/invitation/")
    assert joining.answer_invitation(store, token, name="F", password=PASSWORD, language="fr", address="1") == ""
    assert said("list") == (0, f"first@{HOST}\tadmin\n")
    assert said("reset", f"first@{HOST}")[1].startswith("/invitation/")
    assert said("disable", f"first@{HOST}") == (0, "")
    assert said("list")[1] == f"first@{HOST}\tadmin, disabled\n"
    for wrong in (
        ("invite", f"x@{HOST}", "--role", "facilitator"),
        ("invite", "no address", "--role", "admin"),
        ("reset", "nobody"),
        ("x",),
    ):
        assert said(*wrong)[0] == 2
