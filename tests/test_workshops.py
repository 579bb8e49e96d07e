"""Ateliers and scénarios: what is said in the room, the cards, the two pages."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from streamlit.testing.v1 import AppTest

from symbiosis.dashboard import state
from symbiosis.decisions import Room
from symbiosis.report.cards import cards
from symbiosis.report.docx_file import to_docx
from symbiosis.report.records import Workshop, workshop_document
from symbiosis.scenario import Scenario
from symbiosis.store import Principal, Store

FOLDER = Path(state.__file__).parent


@pytest.fixture(scope="module")
def found() -> state.Loaded:
    return state.load_shipped("kalundborg", Scenario())


@pytest.fixture(scope="module")
def room(found: state.Loaded) -> Room:
    proposal = found.proposal
    return Room(proposal.declarations, proposal.catalogue, proposal.scenario, proposal.candidates)


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path))


def opened(found: state.Loaded, page: str, language: str = "fr") -> AppTest:
    test = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=120)
    test.session_state["language"] = language
    test.session_state["loaded"] = found
    test.run()
    test.switch_page(page)
    return test.run()


def press(test: AppTest, key: str) -> AppTest:
    [button] = [one for one in test.button if one.key == key]
    button.click()
    test.run()
    assert not test.exception
    return test


# ------------------------------------------------------------------------------------------------------------- in the room


def test_an_offer_said_in_a_few_words_meets_the_needs_that_the_run_finds_for_the_same_words(room, found) -> None:
    outputs, chains = found.proposal.declarations.outputs, found.proposal.candidates.chains
    chains = chains[chains["feasibility"] != "excluded"]
    output_id = chains["output_id"].iloc[0]
    declared = outputs.loc[output_id]
    said = room.partners("output", declared["description"], site_id=declared["site_id"], limit=500)
    known = set(chains.loc[chains["output_id"].eq(output_id), "need_id"])
    assert known & set(said["flow_id"])
    assert said["flow_id"].is_unique
    assert said["actor_id"].isin(found.proposal.declarations.actors.index).all()


def test_a_need_said_in_a_few_words_meets_those_who_have_it(room, found) -> None:
    needs, chains = found.proposal.declarations.needs, found.proposal.candidates.chains
    chains = chains[chains["feasibility"] != "excluded"]
    need_id = chains["need_id"].iloc[0]
    declared = needs.loc[need_id]
    said = room.partners("need", declared["description"], site_id=declared["site_id"], limit=500)
    assert set(chains.loc[chains["need_id"].eq(need_id), "output_id"]) & set(said["flow_id"])


def test_feasible_partners_come_first_and_what_nobody_understands_meets_nobody(room, found) -> None:
    outputs, chains = found.proposal.declarations.outputs, found.proposal.candidates.chains
    declared = outputs.loc[chains.loc[chains["feasibility"] != "excluded", "output_id"].iloc[0]]
    site = declared["site_id"]
    said = room.partners("output", declared["description"], site_id=site, limit=50)
    ranks = said["feasibility"].map({"feasible": 0, "to_investigate": 1})
    assert len(said) > 0
    assert ranks.is_monotonic_increasing
    assert room.partners("output", "xyzzy plugh", site_id=site).empty
    with pytest.raises(KeyError):
        room.partners("output", "cendres volantes", site_id="nowhere")


def test_what_is_said_takes_nobodys_place(room, found) -> None:
    before = found.proposal.catalogue.memory.get("flows")
    room.partners("need", "chaleur", site_id=found.proposal.declarations.sites.index[0])
    assert found.proposal.catalogue.memory.get("flows") is before


# ----------------------------------------------------------------------------------------------------------------- papers


@pytest.mark.parametrize("language", ["fr", "en"])
def test_cards_hold_every_participant_and_nothing_that_runs(found, language) -> None:
    actors = list(found.proposal.declarations.actors.index[:5])
    page = cards(found.proposal, actors, language, banner="fictif <b>")
    assert page.count("<article>") == 5
    assert "<script" not in page
    assert "http" not in page
    assert "fictif &lt;b&gt;" in page
    assert ("J’ai" if language == "fr" else "I have") in page


def test_the_minutes_open_as_a_document(found) -> None:
    theme = found.proposal.candidates.flows.outputs["best_material_id"].map(found.proposal.catalogue.materials["theme_id"])
    document = workshop_document(Workshop(theme_id=theme.dropna().iloc[0], participants=("Alpha",)), found.proposal, "fr")
    text = "\n".join(
        cell.text for table in Document(BytesIO(to_docx(document))).tables for row in table.rows for cell in row.cells
    )
    assert "Alpha" in text


# ------------------------------------------------------------------------------------------------------------------ pages


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_a_workshop_is_prepared_held_and_found_again(found, language) -> None:
    test = opened(found, "workshops.py", language)
    test.session_state["workshop_themes"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    test.run()
    press(test, "workshop_save")
    assert test.session_state["workshop"]["version"] == 1
    [words] = [one for one in test.text_input if one.placeholder]
    words.input("chaleur 90 °C")
    label = {"fr": "Chercher", "en": "Search"}[language]
    [search] = [one for one in test.button if one.label == label]
    search.click()
    test.run()
    assert not test.exception
    [entry] = test.session_state["workshop"]["content"]["said"]
    assert entry["words"] == "chaleur 90 °C"
    assert {one.label for one in test.get("download_button")} >= {
        {"fr": "Compte rendu à modifier (DOCX)", "en": "Minutes to edit (DOCX)"}[language]
    }
    later = opened(found, "workshops.py", language)
    assert any(test.session_state["workshop"]["title"] in option for box in later.selectbox for option in box.options)


def test_projection_hides_every_name(found) -> None:
    test = opened(found, "workshops.py")
    [words] = [one for one in test.text_input if one.placeholder]
    words.input("cendres volantes")
    [search] = [one for one in test.button if one.label == "Chercher"]
    search.click()
    test.run()
    partners = [frame.value for frame in test.dataframe if "Avec qui" in frame.value.columns]
    names = set(found.proposal.declarations.actors["name"])
    assert any(set(frame["Avec qui"]) & names for frame in partners)
    [toggle] = list(test.toggle)
    toggle.set_value(True)
    test.run()
    partners = [frame.value for frame in test.dataframe if "Avec qui" in frame.value.columns]
    assert partners
    assert not any(set(frame["Avec qui"]) & names for frame in partners)


def test_a_scenario_is_saved_varied_and_compared_with_the_reference(found) -> None:
    test = opened(found, "scenarios.py")
    press(test, "first_reference")
    press(test, "scenario_copy")
    [radius] = [one for one in test.number_input if "(km)" in one.label]
    radius.set_value(5.0)
    [save] = [one for one in test.button if one.label == "Enregistrer et calculer"]
    save.click()
    test.run()
    assert not test.exception
    [differences] = [frame.value for frame in test.dataframe if "En part" in frame.value.columns]
    assert (differences["Référence"] != differences["Scénario"]).any()
    press(test, "scenario_lock")
    assert not [one for one in test.button if one.label == "Enregistrer et calculer"]


def test_a_scenario_of_another_name_is_not_computed_again(found, monkeypatch) -> None:
    monkeypatch.setattr(state, "load_again", lambda *_: pytest.fail("the same assumptions were computed again"))
    test = opened(found, "scenarios.py")
    press(test, "first_reference")
    assert [frame for frame in test.dataframe if "En part" in frame.value.columns]


def test_a_frozen_link_says_all_that_a_run_depends_on(found) -> None:
    test = opened(found, "scenarios.py")
    press(test, "first_reference")
    [frozen] = [one.value for one in test.code]
    for part in (found.proposal.versions["data"], found.proposal.versions["catalogue"], '"seed"', '"maximum_distance_km"'):
        assert part in frozen


def test_a_copy_of_the_reference_says_what_to_change_before_it_can_differ(found) -> None:
    test = opened(found, "scenarios.py")
    press(test, "first_reference")
    assert any("C’est la référence" in one.value for one in test.info)
    press(test, "scenario_copy")
    assert any("Mêmes hypothèses" in one.value for one in test.info)
    assert next(one for one in test.expander if "copie" in one.label).proto.expanded


def test_a_synergy_is_taken_up_as_a_project_beside_its_companies_and_is_in_sight(found) -> None:
    test = opened(found, "sheet.py")
    [button] = [one for one in test.button if (one.key or "").startswith("take_up_")]
    synergy = found.proposal.feasible.proposals.synergies.loc[button.key.removeprefix("take_up_")]
    press(test, button.key)
    kept = test.session_state["territory_id"]
    with Store.at().open(Principal.owner(kept)) as session:
        assert session.one("territory", id=kept)["name"] == found.territory.title("fr"), "not the empty territory of the start"
        [project] = session.rows("project")
        names = {row["id"]: row["name"] for row in session.rows("company")}
    assert project["computed"]["gain_eur_per_yr"] == pytest.approx(synergy["gain_eur_per_yr"])
    assert project["stage"] == "idea"
    assert {names[one] for one in project["company_ids"]} >= set(synergy["giver_names"].split(";"))
    assert test.session_state["loaded"].territory_id == kept
    assert test.session_state["projects_part"] == "board"
    assert any(project["title"].split(" (")[0] in one.value for one in test.markdown), "the page opens on the project"
