"""The calendar that a program subscribes to: due days without a word of what is due, for as long as the link stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.network import HOST, SECRET, Network, application, client, fresh, mark

from symbiosis.errors import StoreError
from symbiosis.server.calendar_feed import RIGHT
from symbiosis.store import OpenProject, SaveProject, api_tokens, run
from symbiosis.store.tables import new_id


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("calendar")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MODE": "server", "SECRET": SECRET, "HOSTS": HOST, "DATA": str(folder)}.items():
            patch.setenv(f"SYMBIOSIS_{name}", value)
        found = fresh(folder)
        for territory, title in (("T1", "Zibeline SA"), ("T2", "Ailleurs SA")):
            who = found.principal("owner").owner(found.territory[territory])
            opened = OpenProject(territory_id=found.territory[territory], title=title, noted_on="2026-11-01")
            project = run(found.store, who, opened, key=new_id())
            saved = SaveProject(project_id=project["id"], version=1, owner="Mme Zibeline", next_action="appeler Zibeline",
                                due_on="2026-12-24" if territory == "T1" else "2026-12-31")  # fmt: skip
            run(found.store, who, saved, key=new_id())
        yield found


def test_a_link_tells_the_days_and_nothing_of_what_is_due(network: Network) -> None:
    token = network.token("facilitator", {RIGHT})
    answer = client(application()).get(f"/calendar/{token}.ics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "no-store" in answer.headers["cache-control"]
    assert "DTSTART;VALUE=DATE:20261224" in answer.text
    assert "Zibeline" not in answer.text
    # Nor anything of another territory.
    assert "20261231" not in answer.text


def test_the_link_opens_nothing_else(network: Network) -> None:
    token = network.token("facilitator", {RIGHT})
    for path in ("/api/v1/companies", "/api/v1/projects", "/api/v1/matches", "/api/v1/flows"):
        answer = client(application()).get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (401, 403, 404), path


def test_neither_another_token_nor_a_revoked_one_opens_it(network: Network) -> None:
    visitor = client(application())
    other = network.token("facilitator", {"project:read"})
    assert visitor.get(f"/calendar/{other}.ics").status_code == 404
    token = network.token("facilitator", {RIGHT})
    someone = network.person("facilitator")
    held = api_tokens.tokens_of(network.store, someone)
    for one in held:
        if one["rights"] == [RIGHT]:
            api_tokens.revoke_token(network.store, someone, one["id"])
    assert visitor.get(f"/calendar/{token}.ics").status_code == 404
    assert visitor.get("/calendar/x.ics").status_code == 404


def test_a_company_has_no_such_link(network: Network) -> None:
    with pytest.raises(StoreError):
        network.token("editor", {RIGHT})


def test_the_account_page_makes_the_whole_address(network: Network) -> None:
    visitor = client(application(), network, "facilitator")
    sent = {"symbiosis_form": mark(visitor.get("/compte").text), "calendar": "Agenda"}
    made = visitor.post("/compte", data=sent).text
    found = re.search(r"https?://[^<]*(/calendar/[^<]+\.ics)", made)
    assert found is not None
    assert client(application()).get(found.group(1)).status_code == 200
