"""A sheet and the page Projets read and write one and the same project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tests.network_store import Network, matched, network

from symbiosis import workspace
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.followed import synergy_key
from symbiosis.dashboard.identity import Identity
from symbiosis.store import MoveProject, Principal
from symbiosis.workspace import Territory

FOLDER = Path(state.__file__).parent


@pytest.fixture
def made(tmp_path: Path) -> Network:
    return network(tmp_path)


def at_hand(made: Network) -> state.Loaded:
    proposal = matched()
    territory = Territory(name="fictif", folder=Path(), declarations=proposal.declarations)
    return state.Loaded(territory=territory, proposal=proposal, is_shipped=False, territory_id=made.territory_id)


def projects(made: Network) -> list[dict[str, Any]]:
    with made.store.open(made.owner) as session:
        return session.rows("project")


def open_sheet(made: Network, monkeypatch: pytest.MonkeyPatch, found: state.Loaded, principal: Principal) -> AppTest:
    monkeypatch.setattr(identity, "current", lambda: Identity(made.store, principal))
    test = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=120)
    test.session_state["language"], test.session_state["loaded"] = "fr", found
    test.run()
    test.switch_page("sheet.py")
    test.run()
    assert not test.exception
    return test


def test_what_is_typed_on_a_sheet_is_the_project_and_comes_back_from_it(made: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    found = at_hand(made)
    test = open_sheet(made, monkeypatch, found, made.facilitator)
    wanted = str(next(iter(found.proposal.feasible.proposals.synergies.index)))
    test.selectbox(key=f"stage_{wanted}").set_value("discussion")
    test.text_input(key=f"owner_{wanted}").set_value("L'animatrice")
    test.text_input(key=f"action_{wanted}").set_value("Peser un mois")
    next(one for one in test.button if one.label == "Enregistrer dans Projets").click().run()
    assert not test.exception
    (project,) = projects(made)
    assert (project["stage"], project["owner"], project["next_action"]) == ("discussion", "L'animatrice", "Peser un mois")
    assert project["synergy_key"] == synergy_key(found, wanted)
    assert set(project["company_ids"]) <= set(made.companies.values())
    assert project["company_ids"]
    made.do(MoveProject(project_id=project["id"], version=project["version"], stage="negotiation", noted_on="2026-11-25"))
    test = open_sheet(made, monkeypatch, found, made.facilitator)
    assert test.selectbox(key=f"stage_{wanted}").value == "negotiation"
    assert any(one.label == "Ouvrir le projet" for one in test.button)
    # Saved again, it is still the one project.
    next(one for one in test.button if one.label == "Enregistrer dans Projets").click().run()
    assert len(projects(made)) == 1


def test_a_run_that_numbers_its_synergies_anew_finds_the_same_project(made: Network) -> None:
    found = at_hand(made)
    ids = list(found.proposal.feasible.proposals.synergies.index)
    keys = {one: synergy_key(found, str(one)) for one in ids}
    assert len(set(keys.values())) == len(ids)
    assert all("S0" not in key for key in keys.values())


def test_a_demonstration_is_followed_in_the_session_alone(made: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    found = at_hand(made)
    found.territory_id = ""
    test = open_sheet(made, monkeypatch, found, made.owner)
    assert not any(one.label == "Enregistrer dans Projets" for one in test.button)
    assert projects(made) == []
    assert workspace.banner(found.proposal, "fr")
