"""The matrix refuses by default, and what the databases let people read is what the matrix says."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import insert
from tests.contracts.conftest import ADMIN, World

from symbiosis.store import (
    Decide,
    FoundMatch,
    Principal,
    RecordRun,
    RememberMapping,
    Resource,
    SetVisibility,
    SharePrices,
    ShowCard,
    Side,
    SignCharter,
    can,
    permissions,
    policies,
    run,
    tables,
)
from symbiosis.store.permissions import FACTS, matrix
from symbiosis.store.principal import MEMBER_ROLES, ROLES

HERE, ELSEWHERE, OURS, THEIRS, ME, YOU = (letter * 32 for letter in "012345")


def acting(role: str, rights: frozenset[str] | None = None) -> Principal:
    return Principal(
        user_id="" if role == "citizen" else ME, role=role, territory_id="" if role in ("citizen", "admin") else HERE,
        company_ids=(OURS,) if role in MEMBER_ROLES else (), rights=rights,
    )  # fmt: skip


def resources(kind: str) -> list[Resource]:
    """A kind of thing in every situation: whose, where, and what stands of it."""
    stands = (frozenset(), frozenset(FACTS))
    whose = product((HERE, ELSEWHERE, ""), (OURS, THEIRS, ""), (ME, YOU, ""), (True, False), stands)
    return [
        Resource(kind=kind, territory_id=territory, company_id=company, user_id=user, is_published=published, facts=facts)
        for territory, company, user, published, facts in whose
    ]


def test_the_matrix_allows_within_its_scope_and_with_its_facts_only() -> None:
    checks = refusals = 0
    for (kind, action), rule in matrix().items():
        for role, resource in product(ROLES, resources(kind)):
            allowed = can(acting(role), action, resource)
            scope, *facts = rule.cells[role].split("+")
            checks, refusals = checks + 1, refusals + (not allowed)
            if not allowed:
                continue
            assert scope
            assert resource.facts >= set(facts)
            assert scope != "own" or (resource.company_id, resource.territory_id) == (OURS, HERE)
            assert scope != "territory" or resource.territory_id == HERE
            assert scope != "self" or resource.user_id == ME
            assert scope != "published" or resource.is_published
    assert checks >= 1500
    assert refusals * 2 >= checks


def test_a_fact_that_is_missing_refuses() -> None:
    for (kind, action), rule in matrix().items():
        for role in ROLES:
            _, *facts = rule.cells[role].split("+")
            for fact in facts:
                whole = Resource(kind=kind, territory_id=HERE, company_id=OURS, facts=frozenset(FACTS))
                assert can(acting(role), action, whole)
                assert not can(acting(role), action, replace(whole, facts=whole.facts - {fact}))


def test_every_cell_of_the_matrix_allows_something() -> None:
    for (kind, action), rule in matrix().items():
        for role in ROLES:
            allowed = any(can(acting(role), action, resource) for resource in resources(kind))
            assert allowed == bool(rule.cells[role]), (kind, action, role)


def test_what_is_not_in_the_matrix_is_refused() -> None:
    for role in ROLES:
        assert not can(acting(role), "read", Resource(kind="no such thing", territory_id=HERE, company_id=OURS))
        assert not can(acting(role), "no such action", Resource(kind="flow", territory_id=HERE, company_id=OURS))
        assert not can(acting(role, frozenset()), "read", Resource(kind="flow", territory_id=HERE, company_id=OURS))


def test_a_token_only_takes_rights_away() -> None:
    everything = frozenset(f"{kind}:{action}" for kind, action in matrix())
    for (kind, action), role in product(matrix(), ROLES):
        for resource in resources(kind)[::7]:
            assert can(acting(role, everything), action, resource) == can(acting(role), action, resource)
            assert not can(acting(role, everything - {f"{kind}:{action}"}), action, resource)


def test_nobody_reads_a_price_but_its_company_the_engine_and_whom_it_is_shared_with() -> None:
    theirs = Resource(kind="price", territory_id=HERE, company_id=THEIRS)
    shared = Resource(kind="price", territory_id=HERE, company_id=THEIRS, facts=frozenset({"shared"}))
    assert {role for role in ROLES if can(acting(role), "read", theirs)} == {"engine", "owner"}
    assert {role for role in ROLES if can(acting(role), "read", shared)} == {"engine", "owner", "facilitator"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "king"}, {"role": "reader", "company_ids": ()}, {"role": "reader", "company_ids": ("",)},
        {"role": "facilitator", "company_ids": (OURS,)}, {"role": "facilitator", "territory_id": ""}, {"user_id": ""},
        {"user_id": "' or 1 = 1 --"}, {"role": "engine", "territory_id": ""}, {"company_ids": ("x' or '1'='1",)},
    ],
)  # fmt: skip
def test_a_principal_that_is_not_wholly_stated_cannot_be_made(wrong: dict[str, object]) -> None:
    whole = {"user_id": ME, "role": "reader", "territory_id": HERE, "company_ids": (OURS,)}
    Principal(**whole)
    with pytest.raises(ValueError):
        Principal(**{**whole, **wrong})


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_of_the_documentation_is_the_matrix(root: Path, language: str) -> None:
    written = (root / f"docs/permissions.{language}.md").read_text("utf-8")
    assert written == permissions.page(language), "write it again from symbiosis.store.permissions.page"


# ------------------------------------------------------------------------------------------------ the databases and the matrix

KINDS = {
    "territory": "territory", "company": "company", "company_card": "card", "contact": "contact", "charter": "charter",
    "declared_row": "flow", "declared_price": "price", "run": "run", "match": "match", "match_side": "match_side",
    "consent": "consent", "match_contact": "counterpart", "member": "member", "invitation": "member", "user": "profile",
    "user_session": "session", "api_token": "api_token", "audit": "access_log", "import_batch": "import",
}  # fmt: skip
"""What a table is to the matrix; the others are read by nobody, or stand in the tests of the contract."""


def lively(world: World) -> None:
    """A match that both have accepted, a card, a charter, shared prices, a hidden row, accounts."""
    store, here = world.store, world.territories[0]
    with store.writing(Principal.accounts()) as connection:
        for user_id in (*world.member_ids, *world.facilitator_ids):
            connection.execute(insert(tables.user).values(id=user_id, email=f"{user_id}@example.org"))
        for which, (user_id, company) in enumerate(zip(world.member_ids, world.companies, strict=True)):
            place = {"territory_id": world.territories[which // 2], "company_id": company}
            member = tables.new_id()
            connection.execute(insert(tables.member).values(id=member, user_id=user_id, role="editor", **place))
            secret = {"token_sha256": tables.new_id() * 2, "expires_at": "2999"}
            connection.execute(insert(tables.user_session).values(user_id=user_id, **secret))
            connection.execute(insert(tables.api_token).values(user_id=user_id, member_id=member, rights=[], **secret))
            connection.execute(insert(tables.invitation).values(role="reader", **place, **secret))
    run(store, world.member(1), SharePrices(company_id=world.companies[1], is_shared=True), key="share")
    run(store, world.member(1), ShowCard(company_id=world.companies[1], is_shown=True), key="card")
    run(store, world.member(0), SetVisibility(row_id=world.rows[0], version=1, visibility="private"), key="hide")
    signed = SignCharter(company_id=world.companies[1], signed_by="PERSON-1", signed_on="2026-01-05")
    run(store, world.facilitator(), signed, key="charter")
    mapping = RememberMapping(territory_id=here, kind="k", headings_sha256="0" * 64, mapping={}, company_id=world.companies[0])
    run(store, world.member(0), mapping, key="mapping")
    found = FoundMatch(
        synergy_key="S", giver=Side(company_id=world.companies[0], sheet={}),
        taker=Side(company_id=world.companies[1], sheet={}), sheet={},
    )  # fmt: skip
    run(store, Principal.engine(here), RecordRun(territory_id=here, matches=(found,)), key="run")
    with store.open(world.facilitator()) as session:
        match_id = session.one("match")["id"]
    for which in (0, 1):
        decided = Decide(match_id=match_id, company_id=world.companies[which], decision="accepted")
        run(store, world.member(which), decided, key="decide")


def test_each_role_reads_of_each_table_what_the_matrix_says_and_no_row_more_or_less(world: World) -> None:
    lively(world)
    people = [world.member(which, role) for which in range(3) for role in MEMBER_ROLES]
    people += [world.facilitator(0), world.facilitator(1), ADMIN, *map(Principal.engine, world.territories)]
    people += [Principal.owner(one) for one in world.territories]
    with world.store.open(ADMIN) as session:
        last = session.count("audit")
    # All rows, by the union of what everybody and the log-in read.
    rows: dict[str, dict[str, dict[str, object]]] = {name: {} for name in KINDS}
    read: dict[tuple[int, str], set[str]] = {}
    for number, who in enumerate([*people, Principal.accounts()]):
        with world.store.open(who) as session:
            for name in KINDS:
                key = "seq" if name == "audit" else "id"
                found = {str(row[key]): row for row in session.rows(name)}
                rows[name] |= found
                read[number, name] = set(found)
    checks = refusals = 0
    for (number, who), (name, kind) in product(enumerate(people), KINDS.items()):
        for row_id, row in rows[name].items():
            if name == "audit" and int(row_id) > last:
                continue  # reading leaves traces
            whose = Resource(
                kind=kind,
                territory_id=str(row["id"] if name == "territory" else row.get("territory_id") or ""),
                company_id=str(row["id"] if name == "company" else row.get("company_id") or ""),
                user_id=str(row["id"] if name == "user" else row.get("user_id") or ""),
                facts=frozenset({"accepted", *(["shared"] if row.get("is_shared") else [])}),
            )
            expected = can(who, "read", whose)
            if row.get("visibility") == "private" and who.role in ("facilitator", "engine"):
                expected = False  # the company has said so: less than the matrix would allow
            if name == "import_batch" and not who.is_member:
                continue
            checks, refusals = checks + 1, refusals + (not expected)
            assert (row_id in read[number, name]) == expected, (who.role, name, row)
    assert all(rows[name] for name in KINDS if name != "import_batch")
    assert checks >= 400
    assert refusals * 2 >= checks


def test_every_table_has_a_policy_for_reading_and_one_for_commands() -> None:
    assert set(policies.PRIVATE) == set(tables.private.tables)
    assert set(policies.PUBLISHED) == set(tables.published.tables)
    assert set(policies.COMMANDS) == {*tables.private.tables, *tables.published.tables}
    for name, policy in policies.PRIVATE.items():
        assert not {"citizen", "planner"} & set(policy) or name in ("user", "member"), name
