"""Canaries: fifty companies with twelve secrets each, hunted in all that a role can be told; none is somebody else's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tests.network import HOST, OUTPUT, SECRET, Network, application, client, fresh
from tests.test_matrix import LISTS, ONE, api_routes

from symbiosis import workspace
from symbiosis.dashboard import identity
from symbiosis.deployment import Deployment
from symbiosis.errors import SymbiosisError
from symbiosis.store import (
    CreateCompany,
    DeclaredRow,
    ImportRows,
    Principal,
    QueueRun,
    SaveContact,
    SaveRow,
    SignCharter,
    answer_links,
    api_tokens,
    run,
)
from symbiosis.store.tables import new_id
from symbiosis.workspace.running import make_run
from symbiosis.workspace.stored import open_stored

COMPANIES = 50
WORDS = ("name", "site", "description", "person", "function", "email", "phone", "signer", "trace")
ROLES = ("", "reader", "editor", "company_admin", "planner", "facilitator", "admin")


def secrets_of(number: int) -> dict[str, str]:
    """Twelve values that stand nowhere else."""
    words = {what: f"{what}-canary-{number:02d}-x" for what in WORDS}
    return {**words, "quantity": f"7{number:02d}3.417", "cost": f"9{number:02d}8.263", "latitude": f"49.2{number:02d}719"}


@dataclass
class Hunt:
    """The network with its canaries, and what each role was told."""

    network: Network
    secrets: dict[str, dict[str, str]]
    territory: dict[str, str]
    told: dict[str, list[str]] = field(default_factory=dict)

    def foreign(self, role: str) -> list[str]:
        """Canaries that a role must never be told: all but what a facilitator reads in her territory."""
        found = []
        for name, values in self.secrets.items():
            is_hers = role == "facilitator" and self.territory[name] == "T1"
            found += [values["cost"]] if is_hers else list(values.values())
        return found


def plant(network: Network) -> Hunt:
    """Half of the companies in each territory; none shares its prices, and the members of the tests belong to none."""
    hunt = Hunt(network, {f"K{k:02d}": secrets_of(k) for k in range(COMPANIES)}, {})
    rows: dict[str, list[DeclaredRow]] = {"T1": [], "T2": []}
    for k, (name, said) in enumerate(hunt.secrets.items()):
        place = hunt.territory[name] = "T1" if k % 2 else "T2"
        territory_id = network.territory[place]
        who = Principal.owner(territory_id)
        create = CreateCompany(territory_id=territory_id, name=said["name"])
        company_id = run(network.store, who, create, key=new_id())["id"]
        network.company[name], network.territory[name] = company_id, territory_id
        contact = {
            what: said[word]
            for what, word in (("name", "person"), ("function", "function"), ("email", "email"), ("phone", "phone"))
        }
        run(network.store, who, SaveContact(company_id=company_id, **contact), key=new_id())
        signed = SignCharter(company_id=company_id, signed_by=said["signer"], signed_on="2026-03-03", trace=said["trace"])
        run(network.store, who, signed, key=new_id())
        site = {"name": said["site"], "commune": "Florange", "latitude": said["latitude"], "longitude": "6.1"}
        output = {
            **OUTPUT,
            "description": said["description"],
            "quantity": said["quantity"],
            "outlet_cost_eur_per_unit": said["cost"],
        }
        rows[place] += [
            DeclaredRow(table_name="sites", row_key="S", cells=site, company_id=company_id),
            DeclaredRow(table_name="outputs", row_key="O", cells=output, company_id=company_id),
        ]
    for place, planted in rows.items():
        territory_id = network.territory[place]
        imported = ImportRows(territory_id=territory_id, rows=tuple(planted), kind="own", file_name="f", file_sha256="0" * 64)
        run(network.store, Principal.owner(territory_id), imported, key=new_id())
    need = {"site_id": "S", "description": "palettes", "material_id": "wood_pallets_used", "quantity": "900", "unit": "t",
            "price_eur_per_unit": "150"}  # fmt: skip
    row = DeclaredRow(table_name="needs", row_key="N", cells=need, company_id=network.company["A"])
    run(
        network.store,
        Principal.owner(network.territory["T1"]),
        SaveRow(territory_id=network.territory["T1"], row=row),
        key=new_id(),
    )
    queued = run(
        network.store, Principal.owner(network.territory["T1"]),
        QueueRun(territory_id=network.territory["T1"], scenario={}), key=new_id(),
    )  # fmt: skip
    make_run(network.store, queued["id"], network.territory["T1"])
    return hunt


def crawl(hunt: Hunt, app: Any, role: str) -> Iterator[str]:
    """Every answer of the API and of the plain pages, errors included."""
    network, caller = hunt.network, client(app, hunt.network, role)
    for method, path in api_routes():
        if (method, path) in ONE:
            for place in ("A", "B", "C"):
                address, body = ONE[method, path](network, place)
                if method != "DELETE":
                    yield caller.request(method, f"/api/v1{address}", json=body, headers={"Idempotency-Key": new_id()}).text
        elif method == "GET":
            yield caller.get(f"/api/v1{path.replace('{row_id}', network.row['B'])}").text
    if network.company:
        foreign = {"table_name": "outputs", "row_key": "O", "cells": OUTPUT, "company_id": network.company["K01"]}
        for body in (foreign, {**foreign, "company_id": network.company["K00"]}, {**foreign, "row_key": ""}):
            yield caller.post("/api/v1/flows", json=body, headers={"Idempotency-Key": new_id()}).text
    for path in ("/", "/compte", "/deconnexion", "/connexion", "/api/v1/openapi.json"):
        yield caller.get(path, headers={"accept": "text/html"}).text


def export(hunt: Hunt, role: str, folder: Path) -> Iterator[str]:
    """What a role's own reading of the territory gives, in every format of the exports."""
    principal = hunt.network.principal(role or "citizen")
    catalogue = workspace.load_catalogue()
    try:
        territory = open_stored(hunt.network.store, principal, hunt.network.territory["T1"], catalogue)
        proposal = workspace.match(territory, catalogue, workspace.Scenario())
    except SymbiosisError as error:
        yield f"{error} {getattr(error, 'problems', '')}"
        return
    for file in workspace.write_results(proposal, territory, folder):
        if file.suffix == ".xlsx":
            import zipfile

            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    yield archive.read(name).decode("utf-8", "replace")
        else:
            yield file.read_text("utf-8", "replace")


@pytest.fixture(scope="module")
def hunt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hunt]:
    folder = tmp_path_factory.mktemp("canaries")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MODE": "server", "SECRET": SECRET, "HOSTS": HOST, "DATA": str(folder)}.items():
            patch.setenv(f"SYMBIOSIS_{name}", value)
        yield plant(fresh(folder))


def test_no_role_is_told_the_secret_of_another_company(hunt: Hunt, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app, hunts, found = application(), 0, []
    for role in ROLES:
        told = [*crawl(hunt, app, role)]
        if role in ("", "editor", "facilitator"):
            (tmp_path / role).mkdir(exist_ok=True)
            told += export(hunt, role, tmp_path / role)
        text = "\n".join(told)
        foreign = hunt.foreign(role)
        hunts += len(foreign)
        found += [(role, secret) for secret in foreign if secret in text]
        hunt.told[role] = told
    token = hunt.network.token("editor", set(api_tokens.rights_of("editor")))
    program = client(app)
    text = "\n".join(program.get(f"/api/v1{path}", headers={"authorization": f"Bearer {token}"}).text for path in LISTS)
    link = answer_links.answer_link(
        hunt.network.store, hunt.network.principal("facilitator"), match_id=hunt.network.match["B"],
        company_id=hunt.network.company["B"],
    )  # fmt: skip
    text += client(app).get(f"/reponse/{link}").text
    # Neither a role nor a log is told, whoever asks.
    for channel in (text, caplog.text):
        everything = hunt.foreign("")
        hunts += len(everything)
        found += [("token", secret) for secret in everything if secret in channel]
    assert found == []
    assert hunts >= 4000


def test_the_hunt_finds_what_a_facilitator_may_read(hunt: Hunt) -> None:
    """The same hunt, where there is something to find: the canaries of her own territory, their prices apart."""
    text = "\n".join(client(application(), hunt.network, "facilitator").get(f"/api/v1{path}").text for path in LISTS)
    hers = [values for name, values in hunt.secrets.items() if hunt.territory[name] == "T1"]
    assert all(values[what] in text for values in hers for what in WORDS)


def test_a_side_of_a_match_tells_classes_of_three_partners_and_nothing_of_one(hunt: Hunt) -> None:
    sides = client(application(), hunt.network, "editor").get("/api/v1/sides").json()["rows"]
    found = [row for row in sides if row["sheet"].get("flow_id", "").endswith("N")]
    assert found
    assert {row["partner_class"] for row in found} == {"three_or_more"}
    assert not any("canary" in str(row) for row in found)


def pages_of(role: str, network: Network) -> Iterator[tuple[str, str]]:
    """Everything that the pages of a role send to the browser, as the protocol writes it."""
    main = Path(identity.__file__).parent / "main.py"
    tested = AppTest.from_file(str(main), default_timeout=180)
    tested.user = {identity.KEY: Deployment.of_this_process().signed(network.person(role).session_id, identity.PURPOSE)}
    tested.run()
    yield "home", _protocol(tested)
    for file in sorted(main.parent.glob("*.py")):
        if f'"{file.name}"' in main.read_text(encoding="utf-8"):
            try:
                tested.switch_page(str(file.relative_to(main.parent))).run()
            except (ValueError, KeyError):
                continue  # not one of the pages of this role
            yield file.stem, _protocol(tested)


def _protocol(tested: AppTest) -> str:
    return "\n".join(str(element.proto) for element in tested if hasattr(element, "proto"))


@pytest.mark.long
@pytest.mark.parametrize("role", ["reader", "editor", "company_admin", "facilitator", "admin", "planner"])
def test_no_page_shows_the_secret_of_another_company(hunt: Hunt, role: str) -> None:
    shown = dict(pages_of(role, hunt.network))
    assert shown["home"]
    found = [(page, secret) for page, text in shown.items() for secret in hunt.foreign(role) if secret in text]
    assert found == []
