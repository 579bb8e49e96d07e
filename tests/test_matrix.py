"""The permission matrix, cell by cell and channel by channel: the question itself, the store, its commands, the API, the pages.

What is expected is worked out here from the text of `permissions.csv`, not by the code that is judged.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tests.network import HOST, PLACES, SECRET, Network, application, client, fresh

from symbiosis import server
from symbiosis import store as st
from symbiosis.api.application import PRIVATE, PUBLISHED
from symbiosis.dashboard.exports import EXPORTS
from symbiosis.deployment import Deployment
from symbiosis.errors import NotAllowed, NotFound, StoreError
from symbiosis.store import Principal, Resource, can
from symbiosis.store.accounts import Invite
from symbiosis.store.commands import Change, Command, _demand
from symbiosis.store.principal import ROLES
from symbiosis.store.tables import new_id

FILE = Path(st.__file__).parent / "permissions.csv"
MEMBERS = ("reader", "editor", "company_admin")
# What stands of each company: see tests/network.py.
FACTS = {"A": {"mandate", "shared", "accepted"}, "B": {"accepted"}, "C": {"mandate"}}
TABLE = {
    "company": "company", "card": "company_card", "flow": "declared_row", "price": "declared_price", "contact": "contact",
    "counterpart": "match_contact", "charter": "charter", "match": "match", "match_side": "match_side", "consent": "consent",
    "run": "run", "site_position": "declared_row",
}  # fmt: skip


def rules() -> Iterator[tuple[str, str, dict[str, str]]]:
    with FILE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield row["resource"], row["action"], row


RULES = {(resource, action): row for resource, action, row in rules()}


def is_expected(
    cell: str, role: str, place: str, facts: set[str], *, is_self: bool = False, is_published: bool = False
) -> bool:
    """A cell of the matrix, read by a person."""
    if not cell:
        return False
    scope, *needed = cell.split("+")
    within = {
        "own": role in MEMBERS and PLACES[place] == "own", "territory": PLACES[place] in ("own", "same"), "all": True,
        "self": is_self, "published": is_published,
    }[scope]  # fmt: skip
    return within and facts.issuperset(needed)


class Tally:
    """Checks that were made, and those that went wrong."""

    def __init__(self) -> None:
        self.made = self.refusals = 0
        self.wrong: list[str] = []

    def check(self, name: str, found: bool, expected: bool) -> None:
        self.made += 1
        self.refusals += not expected
        if found != expected:
            self.wrong.append(f"{name}: {'allowed' if found else 'refused'}")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("matrix")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MODE": "server", "SECRET": SECRET, "HOSTS": HOST, "DATA": str(folder)}.items():
            patch.setenv(f"SYMBIOSIS_{name}", value)
        yield fresh(folder)


@pytest.fixture(scope="module")
def tally(network: Network) -> Tally:
    """Every cell through every channel."""
    tally = Tally()
    ask_the_matrix(network, tally)
    read_the_store(network, tally)
    command_the_store(network, tally)
    call_the_api(network, tally)
    return tally


def ask_the_matrix(network: Network, tally: Tally) -> None:
    every = {"mandate", "accepted", "shared", "audited", "second_person", "agreed"}
    for ((resource, action), row), role, place, facts in product(RULES.items(), ROLES, PLACES, (set[str](), every)):
        principal = network.principal(role)
        whose = {"territory_id": network.territory[place], "company_id": network.company[place]}
        for is_self, is_published in ((False, False), (True, True)):
            about = Resource(
                kind=resource, **whose, user_id=principal.user_id if is_self else new_id(), facts=frozenset(facts),
                is_published=is_published,
            )  # fmt: skip
            # An anonymous citizen is no self.
            expected = is_expected(
                row[role], role, place, facts, is_self=is_self and role != "citizen", is_published=is_published
            )
            tally.check(f"can {role} {action} {resource} {place} {facts}", can(principal, action, about), expected)


def read_the_store(network: Network, tally: Tally) -> None:
    for role in ROLES:
        seen: dict[str, list[dict[str, Any]]] = {}
        try:
            with network.store.open(network.principal(role)) as session:
                seen = {table: session.rows(table) for table in set(TABLE.values())}
        except NotAllowed:
            assert role in ("citizen", "planner")
        for kind, place in product(TABLE, PLACES):
            found = any(_is_of(network, TABLE[kind], row, place) for row in seen.get(TABLE[kind], ()))
            expected = is_expected(RULES[kind, "read"][role], role, place, FACTS[place])
            if kind == "consent" and place == "C":
                expected = False  # nobody has decided there
            tally.check(f"{role} reads {kind} of {place}", found, expected)


def _is_of(network: Network, table: str, row: dict[str, Any], place: str) -> bool:
    if table == "run":
        return bool(row["id"] == network.run[place])
    column = {"company": "id", "match": "giver_id"}.get(table, "company_id")
    return bool(row[column] == network.company[place]) and row.get("cells") != {}


def commands(network: Network, place: str, role: str) -> dict[tuple[str, str], Command]:
    """A command for each row of the matrix that one needs, on a company."""
    company_id, territory_id, row_id = network.company[place], network.territory[place], network.row[place]

    def row(**more: Any) -> st.DeclaredRow:
        return st.DeclaredRow(table_name="outputs", row_key="O", cells={"description": "d"}, company_id=company_id, **more)

    phone = {"is_by_phone": True, "trace": "call"} if role == "facilitator" else {}
    invited = Invite(
        email="x@y.example", role="reader", territory_id=territory_id, company_id=company_id, token_sha256="0" * 64
    )
    return {
        ("territory", "create"): st.CreateTerritory(name="T"),
        ("territory", "write"): st.SaveRow(
            territory_id=territory_id, row=st.DeclaredRow(table_name="distances", row_key="d", cells={})
        ),
        ("card", "write"): st.ShowCard(company_id=company_id, is_shown=False),
        ("company", "create"): st.CreateCompany(territory_id=territory_id, name="N"),
        ("company", "write"): st.SaveProfile(company_id=company_id, name="N", profile={}, version=1),
        ("flow", "write"): st.SaveRow(territory_id=territory_id, row=row(), version=1),
        ("flow", "restore"): st.RestoreRow(row_id=row_id, version=1, to_version=1),
        ("visibility", "write"): st.SetVisibility(row_id=row_id, version=1, visibility="private"),
        ("price", "share"): st.SharePrices(company_id=company_id, is_shared=True),
        ("contact", "write"): st.SaveContact(company_id=company_id),
        ("charter", "write"): st.RevokeCharter(charter_id=network.charter[place]),
        ("import", "write"): st.RememberMapping(
            territory_id=territory_id, kind="k", headings_sha256="0" * 64, mapping={}, company_id=company_id
        ),
        ("run", "launch"): st.QueueRun(territory_id=territory_id, scenario={}),
        ("run", "record"): st.RecordRun(territory_id=territory_id),
        ("match", "write"): st.MoveMatch(match_id=network.match[place], version=1, stage="met"),
        ("consent", "write"): st.Decide(match_id=network.match[place], company_id=company_id, decision="accepted", **phone),
        ("story", "answer"): st.AnswerStory(
            story_id="0" * 32, company_id=company_id, decision="named", asked_at="2026-11-25", **phone
        ),
        ("member", "invite"): invited,
        ("zoning", "write"): st.KeepZoning(territory_id=territory_id, zone_of={}, founding=()),
        ("agreement", "write"): st.SignAgreement(
            territory_id=territory_id, user_id="0" * 32, signed_on="2026-01-01", ends_on="2026-12-31", document_sha256="0" * 64
        ),
        ("workshop", "write"): st.SaveWorkshop(territory_id=territory_id, title="W"),
        ("ballot", "write"): st.SaveBallot(territory_id=territory_id, title="B", budget_eur=1.0, rule="greedy"),
        ("scenario", "write"): st.SaveScenario(territory_id=territory_id, name="S", assumptions={}),
        ("project", "write"): st.OpenProject(territory_id=territory_id, title="P", noted_on="2026-01-01"),
    }


# Members may launch what-ifs of their own; the command to queue a run is the territory's, and refuses them.
_TERRITORY_ONLY = {("run", "launch")}


def command_the_store(network: Network, tally: Tally) -> None:
    for role, place in product(ROLES, PLACES):
        for (resource, action), command in commands(network, place, role).items():
            cell = RULES[resource, action][role]
            if (resource, action) in _TERRITORY_ONLY and not cell.startswith("territory"):
                cell = ""
            expected = is_expected(cell, role, place, FACTS[place])
            tally.check(f"{role} commands {action} {resource} of {place}", _is_permitted(network, role, command), expected)


def _is_permitted(network: Network, role: str, command: Command) -> bool:
    """What `run` asks before it applies a command, without applying it."""
    principal = network.principal(role)
    try:
        with network.store.writing(principal) as connection:
            demands = command.demands(Change(connection, principal))
            assert demands
            for action, resource in demands:
                _demand(principal, action, resource)
    except (NotAllowed, NotFound):
        return False
    return True


LISTS = {
    "/companies": ("company", "id"), "/contacts": ("contact", "company_id"), "/flows": ("flow", "company_id"),
    "/charters": ("charter", "company_id"), "/sides": ("match_side", "company_id"), "/matches": ("match", "giver_id"),
    "/counterparts": ("counterpart", "company_id"), "/consents": ("consent", "company_id"), "/cards": ("card", "name"),
    "/runs": ("run", "id"),
}  # fmt: skip
# Routes of one thing: what they are called with at a place.
ONE: dict[tuple[str, str], Callable[[Network, str], tuple[str, dict[str, Any] | None]]] = {
    ("GET", "/flows/{row_id}"): lambda n, p: (f"/flows/{n.row[p]}", None),
    ("PUT", "/flows/{row_id}"): lambda n, p: (f"/flows/{n.row[p]}", {"version": 99, "cells": {}}),
    ("DELETE", "/flows/{row_id}"): lambda n, p: (f"/flows/{n.row[p]}?version=99", None),
    ("POST", "/flows"): lambda n, p: (
        "/flows", {"table_name": "outputs", "row_key": "O", "cells": {}, "company_id": n.company[p]}),
    ("POST", "/charters"): lambda n, p: (
        "/charters", {"company_id": n.company[p], "signed_by": "S", "signed_on": "2026-02-02", "has_mandate": p != "B"}),
    ("DELETE", "/charters/{row_id}"): lambda n, p: (f"/charters/{n.charter[p]}", None),
    ("POST", "/matches/{row_id}/decisions"): lambda n, p: (
        f"/matches/{n.match[p]}/decisions",
        {"company_id": n.company[p], "decision": "accepted", "is_by_phone": True, "trace": "call"}),
    ("GET", "/runs/{row_id}"): lambda n, p: (f"/runs/{n.run[p]}", None),
    ("GET", "/runs/{row_id}/matches"): lambda n, p: (f"/runs/{n.run[p]}/matches", None),
}  # fmt: skip
# Routes without a place: allowed to every role that has a cell in their row.
PLACELESS = {("GET", "/territory"), ("GET", "/access-log"), ("GET", "/publications"), ("POST", "/runs"),
             ("GET", "/publications/{row_id}/cells")}  # fmt: skip


def api_routes() -> dict[tuple[str, str], str]:
    """Method and path to the row of the matrix that the route says it needs."""
    found = {}
    for router in (*PRIVATE, *PUBLISHED):
        for route in router.routes:
            for method in route.methods:  # type: ignore[attr-defined]
                found[method, route.path] = (route.openapi_extra or {}).get("x-permission", "")  # type: ignore[attr-defined]
    return found


def call_the_api(network: Network, tally: Tally) -> None:
    application_ = application()
    for role in ("", *network.cookie):
        caller, acted = client(application_, network, role), role or "citizen"
        for path, (kind, column) in LISTS.items():
            answer = caller.get(f"/api/v1{path}")
            rows = [] if answer.status_code != 200 else answer.json() if path == "/flows" else answer.json()["rows"]
            for place in PLACES:
                wanted = {"/cards": f"name {place}", "/runs": network.run[place]}.get(path, network.company[place])
                expected = is_expected(RULES[kind, "read"][acted], acted, place, FACTS[place])
                if kind == "consent" and place == "C":
                    expected = False
                tally.check(f"{acted} GET {path} of {place}", any(row[column] == wanted for row in rows), expected)
        for (method, path), place in product(ONE, PLACES):
            address, body = ONE[method, path](network, place)
            resource, action = api_routes()[method, path].split(":")
            answer = caller.request(method, f"/api/v1{address}", json=body, headers={"Idempotency-Key": new_id()})
            # Beyond the matrix stand a stale version and a match whose contacts are open already.
            assert answer.status_code in (200, 201, 401, 403, 404, 409), (method, path, answer.text)
            expected = is_expected(RULES[resource, action][acted], acted, place, FACTS[place])
            if (method, path) == ("DELETE", "/charters/{row_id}") and expected:
                continue  # it would end the mandate that the others need
            tally.check(f"{acted} {method} {path} of {place}", answer.status_code in (200, 201, 409), expected)


def test_every_cell_of_the_matrix_holds_through_every_channel(tally: Tally) -> None:
    assert tally.wrong == []
    assert tally.made >= 1500
    assert tally.refusals >= tally.made / 2


def test_every_route_of_the_api_has_a_row_of_the_matrix_and_is_tried_on_every_place() -> None:
    routes = api_routes()
    assert {f"{resource}:{action}" for resource, action in RULES} >= set(routes.values())
    tried = {("GET", path) for path in LISTS} | set(ONE) | PLACELESS
    assert set(routes) == tried


def test_every_row_that_a_command_needs_is_tried(network: Network) -> None:
    tried = set(commands(network, "A", "editor"))
    # The rest is asked with another command of the same demands, or is no command of the store.
    elsewhere = {("price", "write"), ("import", "undo"), ("member", "write"), ("profile", "write"), ("api_token", "write"),
                 ("scenario", "publish"), ("scenario", "publish_public"), ("scenario", "withdraw"), ("person", "export"),
                 ("story", "publish"), ("ballot", "publish"),
                 ("person", "erase"), ("backup", "write"), ("export", "raw"), ("export", "aggregated")}  # fmt: skip
    new = {rule for rule in RULES if rule[1] != "read"} - tried - elsewhere
    assert new == set(), f"no command is tried for {sorted(new)}"


def test_every_page_has_a_row_of_the_matrix(root: Path) -> None:
    tree = ast.parse((root / "src/symbiosis/dashboard/main.py").read_text(encoding="utf-8"))
    table = next(node.value for node in tree.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "PAGES")
    assert isinstance(table, ast.Dict)
    pages = {ast.literal_eval(name): ast.unparse(entry) for name, entry in zip(table.keys, table.values, strict=True) if name}
    assert len(pages) >= 7
    rows = {(f"'{resource}'", f"'{action}'") for resource, action in RULES}
    without = {name for name, entry in pages.items() if not any(f"{resource}, {action}" in entry for resource, action in rows)}
    assert without == set()


def test_every_export_has_a_row_of_the_matrix() -> None:
    rows = {f"{resource}:{action}" for resource, action in RULES}
    assert {name: export.permission for name, export in EXPORTS.items() if export.permission not in rows} == {}


def test_every_route_of_the_server_has_a_row_of_the_matrix_or_asks_who_it_is() -> None:
    asks = {"/symbiosis-words.js", "/connexion", "/connexion/fournisseur", "/connexion/retour", "/invitation/{token}"}
    rows = {f"{resource}:{action}" for resource, action in RULES}
    entries = server.entries(Deployment(mode="server", secret=SECRET.encode(), hosts=(HOST,)))
    assert {route.path for route, permission in entries if not permission} == asks
    assert {permission for _, permission in entries} - {""} <= rows


def test_nothing_is_served_beside_the_registered_routes() -> None:
    names = {getattr(route, "path", "") for route in server.routes()}
    known = {route.path for route, _ in server.entries(Deployment.of_this_process())} | {"/api/v1"}
    assert names == known


@pytest.mark.parametrize("role", ["reader", "editor", "company_admin", "facilitator"])
def test_foreign_and_missing_are_answered_alike(network: Network, role: str) -> None:
    caller = client(application(), network, role)
    for address in ("/flows/{0}", "/runs/{0}", "/runs/{0}/matches"):
        foreign = {"/flows/{0}": network.row["C"]}.get(address, network.run["C"])
        answers = [caller.get("/api/v1" + address.format(one)) for one in (foreign, new_id())]
        assert answers[0].status_code == answers[1].status_code in (403, 404)
        assert answers[0].content == answers[1].content
    for company_id in (network.company["C"], new_id()):
        body = {"table_name": "outputs", "row_key": "X", "cells": {}, "company_id": company_id}
        answer = caller.post("/api/v1/flows", json=body, headers={"Idempotency-Key": new_id()})
        assert answer.json()["code"] == ("not_allowed" if role == "reader" else "not_found")


def test_the_oracle_of_this_file_can_fail(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one cell opened, the checks see it."""
    tally = Tally()
    monkeypatch.setitem(FACTS, "B", {"mandate"})
    command_the_store(network, tally)
    assert any(wrong.startswith("facilitator commands write flow of B") for wrong in tally.wrong)


def test_an_empty_list_of_rights_means_none() -> None:
    principal = Principal(user_id=new_id(), role="facilitator", territory_id="1" * 32, rights=frozenset())
    assert not can(principal, "read", Resource(kind="flow", territory_id="1" * 32))
    with pytest.raises(ValueError):
        Principal(user_id=new_id(), role="editor", territory_id="1" * 32)
    assert issubclass(NotAllowed, StoreError)
