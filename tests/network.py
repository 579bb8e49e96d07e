"""A network of rival companies in a store, and people of every role who log in to its server; all of it is invented.

Company A gave a mandate and shares its prices, B did neither; both stand in the first territory, C in the other one.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from symbiosis import store as st
from symbiosis.store import Principal, Store, accounts, api_tokens, joining, run, sessions
from symbiosis.store.tables import new_id

with warnings.catch_warnings():
    # Starlette prefers a successor of httpx that the lock file does not hold yet.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SECRET = "a secret of the tests that is long enough"
HOST = "network.example"
PASSWORD = "correct horse battery staple"
PLACES = {"A": "own", "B": "same", "C": "other"}
# Cells that the engine can read, so that a run of the territory finds something.
OUTPUT = {"site_id": "S", "description": "palettes usagées", "material_id": "wood_pallets_used", "quantity": "40", "unit": "t"}


@dataclass
class Network:
    """The store, its territories and companies, and who may act there."""

    store: Store
    territory: dict[str, str] = field(default_factory=dict)
    company: dict[str, str] = field(default_factory=dict)
    row: dict[str, str] = field(default_factory=dict)
    match: dict[str, str] = field(default_factory=dict)
    run: dict[str, str] = field(default_factory=dict)
    charter: dict[str, str] = field(default_factory=dict)
    user: dict[str, str] = field(default_factory=dict)
    cookie: dict[str, str] = field(default_factory=dict)
    known: dict[str, Principal] = field(default_factory=dict)

    def person(self, role: str) -> sessions.Person:
        found = sessions.person(self.store, token=self.cookie[role])
        assert found is not None, role
        return found

    def principal(self, role: str) -> Principal:
        """Somebody of a role, at company A and its territory."""
        if role == "citizen":
            return Principal.anonymous()
        if role == "owner":
            return Principal.owner(self.territory["A"])
        if role == "engine":
            return Principal.engine(self.territory["A"])
        if role not in self.known:
            self.known[role] = self.person(role).principal
        return self.known[role]

    def token(self, role: str, rights: set[str]) -> str:
        return api_tokens.create_token(self.store, self.person(role), label="test", rights=rights, days=1)


def owner(network: Network, name: str) -> Principal:
    return Principal.owner(network.territory[name])


def build(folder: Path, secrets: Mapping[str, Mapping[str, str]] | None = None) -> Network:
    """The network; `secrets` puts words of its own into the cells of some companies, and adds companies by name."""
    network = Network(Store.at(folder))
    for name in ("T1", "T2"):
        territory_id = run(network.store, Principal.owner(), st.CreateTerritory(name=f"Territoire {name}"), key=new_id())["id"]
        network.territory.update(dict.fromkeys(("A", "B") if name == "T1" else ("C",), territory_id))
        network.territory[name] = territory_id
    for name in (*PLACES, *(secrets or {})):
        enter(network, name, (secrets or {}).get(name, {}))
    for name, (giver, taker) in {"A": ("A", "B"), "B": ("B", "A"), "C": ("C", "C2")}.items():
        if taker == "C2":
            network.territory["C2"] = network.territory["C"]
            enter(network, "C2", {})
        propose(network, name, giver, taker)
    for name in ("A", "B"):
        # Both sides of the first match accept, so that each reads the other's contact.
        decide = st.Decide(match_id=network.match["A"], company_id=network.company[name], decision="accepted")
        run(network.store, owner(network, name), decide, key=new_id())
    for role in accounts.ACCOUNT_ROLES:
        join(network, role)
    return network


@cache
def _template() -> tuple[Path, Network]:
    folder = Path(tempfile.mkdtemp(prefix="symbiosis-network-"))
    return folder, build(folder)


def fresh(folder: Path) -> Network:
    """The network in a folder of its own: a copy, since making it takes seconds."""
    template, built = _template()
    for file in template.iterdir():
        shutil.copy2(file, folder / file.name)
    ids = {one.name: dict(getattr(built, one.name)) for one in fields(built) if one.name != "store"}
    return Network(Store.at(folder), **ids)


def enter(network: Network, name: str, words: Mapping[str, str]) -> None:
    """One company with a site, an output with its price, a contact, a charter."""
    network.territory.setdefault(name, network.territory["T1"])
    territory_id, store, who = network.territory[name], network.store, owner(network, name)

    def say(what: str) -> str:
        return words.get(what, f"{what} {name}")

    create = st.CreateCompany(territory_id=territory_id, name=say("name"), actor_key=f"E-{name}")
    company_id = network.company[name] = run(store, who, create, key=new_id())["id"]
    site = {
        "name": say("site"),
        "commune": "Florange",
        "latitude": words.get("latitude", "49.3"),
        "longitude": words.get("longitude", "6.1"),
    }
    output = {
        **OUTPUT,
        "description": say("description"),
        "quantity": words.get("quantity", "40"),
        "outlet_cost_eur_per_unit": words.get("cost", "90"),
    }
    for table, key, cells in (("sites", "S", site), ("outputs", "O", output)):
        row = st.DeclaredRow(table_name=table, row_key=key, cells=cells, company_id=company_id)
        network.row[name] = run(store, who, st.SaveRow(territory_id=territory_id, row=row), key=new_id())["id"]
    contact = st.SaveContact(
        company_id=company_id, name=say("person"), function=say("function"), email=say("email"), phone=say("phone")
    )
    run(store, who, contact, key=new_id())
    signed = st.SignCharter(
        company_id=company_id, signed_by=say("signer"), signed_on="2026-01-01", has_mandate=name != "B", trace=say("trace")
    )
    network.charter[name] = run(store, who, signed, key=new_id())["id"]
    run(store, who, st.ShowCard(company_id=company_id, is_shown=words == {}, commune="Florange"), key=new_id())
    run(store, who, st.SharePrices(company_id=company_id, is_shared=name == "A"), key=new_id())


def propose(network: Network, name: str, giver: str, taker: str) -> None:
    """A run that finds one match between two companies."""
    side = {one: st.Side(company_id=network.company[one], sheet={"description": f"own {one}", "unit": "t", "quantity": 40.0})
            for one in (giver, taker)}  # fmt: skip
    found = st.FoundMatch(synergy_key=f"{giver}>{taker}", giver=side[giver], taker=side[taker], sheet={"giver": giver})
    recorded = st.RecordRun(territory_id=network.territory[giver], matches=(found,))
    network.run[name] = run(network.store, owner(network, giver), recorded, key=new_id())["id"]
    with network.store.open(owner(network, giver)) as session:
        network.match[name] = session.one("match", run_id=network.run[name])["id"]


def join(network: Network, role: str, company: str = "A", name: str = "") -> None:
    """An account with one role, logged in with its second factor."""
    is_member = role in ("reader", "editor", "company_admin")
    name = name or role
    token = accounts.operate(
        network.store, email=f"{name}@{HOST}", action="invite", role=role,
        territory_id="" if role == "admin" else network.territory[company],
        company_id=network.company[company] if is_member else "",
    )  # fmt: skip
    problem = joining.answer_invitation(
        network.store, token, name=name, password=PASSWORD, language="fr", address="198.51.100.1"
    )
    assert problem == ""
    with network.store.open(Principal.accounts()) as session:
        network.user[name] = session.one("user", email=f"{name}@{HOST}")["id"]
    network.cookie[name] = sessions.open_session(network.store, network.user[name], has_second_factor=True)


async def _inner(request: Any) -> PlainTextResponse:
    """What stands for Streamlit: it says what the gate told it."""
    return PlainTextResponse(request.headers.get("x-symbiosis-session", "nobody"))


def application() -> Starlette:
    """Our routes and middleware, as the environment says, around what stands for Streamlit."""
    from symbiosis import server

    return Starlette(routes=[*server.routes(), Route("/{path:path}", _inner)], middleware=server.middleware())


def client(app: Starlette, network: Network | None = None, role: str = "", *, host: str = HOST) -> TestClient:
    """A browser of somebody, or of nobody."""
    made = TestClient(app, base_url=f"https://{host}", follow_redirects=False, raise_server_exceptions=False)
    if network is not None and role:
        made.cookies.set("symbiosis_session", network.cookie[role], domain=host)
    return made


def mark(page: str) -> str:
    """The hidden field that a form of ours must send back."""
    found = re.search(r'name="symbiosis_form" value="([^"]+)"', page)
    assert found is not None
    return found[1]
