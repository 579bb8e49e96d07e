"""The pages, run by Streamlit's own test harness: every page in both languages, choosing a row, one's own files, totals."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import ScriptControlException
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from symbiosis import cli, messages, workspace
from symbiosis.compatibility import REASONS
from symbiosis.dashboard import identity, loading, state, what_if
from symbiosis.dashboard.exports import EXPORTS, export_all
from symbiosis.dashboard.settings import map_style
from symbiosis.dashboard.text import plain
from symbiosis.decisions import Study
from symbiosis.errors import SolverError
from symbiosis.report.between import LAYERS, flows_between, neighbours
from symbiosis.report.company_sheet import parties
from symbiosis.report.print_page import print_page
from symbiosis.report.rankings import calls, ranked, themes
from symbiosis.report.sheet import build_sheet
from symbiosis.scenario import Scenario
from symbiosis.server import policy
from symbiosis.workspace import apart

FOLDER = Path(state.__file__).parent
PAGES = [
    "home.py",
    "territory_map.py",
    "synergies.py",
    "sheet.py",
    "refusals.py",
    "operator.py",
    "questions.py",
    "downloads.py",
]
# Words that only the French screen says.
FRENCH = re.compile(r"\b(Synergies réalisables|Chargez|Cochez|Voir les|Pourquoi|Prochaine action|Télécharger|Carte des)\b")


@pytest.fixture(scope="module", autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A store of the tests: the one of whoever runs them stays as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMBIOSIS_DATA", str(tmp_path_factory.mktemp("store")))
        yield


@pytest.fixture(scope="module", params=["kalundborg", "val-de-fensch"])
def found(request: pytest.FixtureRequest) -> state.Loaded:
    """A territory of the package, matched once for all tests; the pages find it in memory."""
    return state.load_shipped(request.param, Scenario())


@pytest.fixture(scope="module")
def kalundborg() -> state.Loaded:
    return state.load_shipped("kalundborg", Scenario())


def opened(found: state.Loaded | None = None, language: str = "fr", page: str = "home.py") -> AppTest:
    """The dashboard on one page."""
    test = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=60)
    test.session_state["language"] = language
    if found is not None:
        test.session_state["loaded"] = found
    test.run()
    if page != "home.py":
        test.switch_page(page)
        test.run()
    return test


def said(test: AppTest) -> str:
    """Everything that a page says."""
    kinds = ("title", "header", "subheader", "markdown", "text", "warning", "error", "metric", "button")
    return "\n".join(
        str(getattr(e, "label", "") or "") + " " + str(getattr(e, "value", "") or "")
        for kind in kinds
        for e in getattr(test, kind)
    )


def pick_row(test: AppTest, key: str, row: int) -> AppTest:
    test.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return test.run()


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
@pytest.mark.parametrize("file", PAGES)
def test_each_page_runs_in_each_language(found: state.Loaded, file: str, language: str) -> None:
    test = opened(found, language, file)
    assert not test.exception
    text = said(test)
    assert "n’a pas pu s’afficher" not in text
    if language == "en":
        assert not FRENCH.search(text), FRENCH.findall(text)


def test_a_computation_that_is_called_off_is_said_and_leaves_nothing(
    kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended(ScriptControlException):
        """As Streamlit ends a script whose button was clicked meanwhile."""

    def ended(*_arguments: object, **_options: object) -> None:
        raise Ended

    monkeypatch.setattr(state, "_shipped", OrderedDict())
    monkeypatch.setattr(apart, "match", ended)
    with suppress(Ended):
        state.load_shipped("kalundborg", Scenario())
    assert not state._shipped
    test = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=60)
    test.session_state[loading.STOPPED] = loading.ASKED
    test.query_params["territory"] = "kalundborg"
    test.run()
    assert next(one.value for one in test.warning).startswith("Calcul arrêté")
    assert "territory" not in test.query_params, "what was called off does not begin again by itself"
    test.switch_page("help.py").run()
    assert not [one for one in test.warning if one.value.startswith("Calcul arrêté")], "said where it happened only"
    test.switch_page("home.py").run()
    monkeypatch.undo()
    test.button(key="demo_kalundborg").click().run()
    assert isinstance(test.session_state["loaded"], state.Loaded)
    assert not [one for one in test.warning if one.value.startswith("Calcul arrêté")]


@pytest.mark.parametrize("file", PAGES[1:])
def test_a_page_without_territory_says_what_to_do(file: str) -> None:
    test = opened(page=file)
    assert not test.exception
    assert "Aucun territoire n’est chargé" in said(test)


def test_invented_data_carry_their_banner_on_every_page() -> None:
    invented = state.load_shipped("val-de-fensch", Scenario())
    for page in PAGES:
        assert any("DONNÉES FICTIVES" in warning.value for warning in opened(invented, page=page).warning)


def test_documented_data_carry_no_banner(kalundborg: state.Loaded) -> None:
    assert not opened(kalundborg).warning


def test_one_click_opens_the_demonstration() -> None:
    test = opened()
    test.button(key="demo_val-de-fensch").click().run()
    assert not test.exception
    assert test.session_state["loaded"].territory.name == "val-de-fensch"
    assert test.query_params["territory"] == "val-de-fensch"


def test_what_the_process_was_started_for_opens_by_itself_and_gives_way_to_what_is_asked_for(
    kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_shipped_first", [])
    assert "loaded" not in opened().session_state, "nothing opens where nothing was asked for"
    state.show_first("kalundborg")
    test = opened()
    assert test.session_state["loaded"] is kalundborg
    assert test.query_params["territory"] == "kalundborg"
    other = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=60)
    other.query_params["territory"] = "val-de-fensch"
    assert other.run().session_state["loaded"].territory.name == "val-de-fensch"
    own = opened(replace(kalundborg, is_shipped=False), page="data.py")
    own.button(key="keep_loaded").click().run()
    assert "loaded" not in opened().session_state, "whoever has something of their own comes back to that"


def test_the_command_demo_asks_for_its_territory(kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "_shipped_first", [])
    monkeypatch.setattr(cli.matching, "match", lambda *_, **__: (kalundborg.territory, kalundborg.proposal))
    monkeypatch.setattr(cli, "serve", lambda **_: None)
    assert CliRunner().invoke(cli.app, ["demo"]).exit_code == 0
    assert state.shown_first() == "kalundborg"


@pytest.mark.parametrize(("columns", "read"), [("80", 6), ("120", 7), ("160", 11)])
def test_a_narrow_terminal_shows_whole_words_of_fewer_columns(
    kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str, read: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    cli.matching._show_synergies(kalundborg.proposal, kalundborg.proposal.feasible, "", 12, "fr")
    shown = capsys.readouterr().out
    assert next(line for line in shown.splitlines() if "┳" in line).count("┳") == read - 1
    amounts = re.findall(r"\d\s(?:t|MWh|m³|€)\s", shown)
    assert len(amounts) >= 2 * len(kalundborg.proposal.feasible.proposals.synergies.head(12)), "no amount is cut"


def test_refused_pairs_stand_direct_surest_and_nearest_first(found: state.Loaded) -> None:
    test = opened(found, page="refusals.py")
    refusals = found.tables("fr")["refusals"]
    direct = refusals[refusals["operator_1"].fillna("").eq("")]
    assert direct["confidence"].max() < refusals["confidence"].max(), "or the order says nothing of what is direct"
    first = direct[direct["confidence"].eq(direct["confidence"].max())]["distance_km"].min()
    shown = next(frame.value for frame in test.dataframe if "reason" in frame.value)
    assert shown["km"].iloc[0] == pytest.approx(first)


def test_operators_to_create_are_those_that_a_tonne_or_an_uncounted_flow_would_feed(found: state.Loaded) -> None:
    test = opened(found, page="refusals.py")
    test.session_state["refusals_tab"] = "Filières locales à créer"
    test.run()
    tonnes = next(frame.value for frame in test.dataframe if "process" in frame.value)["tonnes"]
    assert ((tonnes == 0) | (tonnes >= 1)).all()


def test_the_three_totals_are_those_of_the_proposal(found: state.Loaded) -> None:
    metrics = {metric.label: metric.value for metric in opened(found).metric}
    totals = found.proposal.totals
    assert metrics["synergies proposées"] == messages.number(totals.at["feasible", "synergies"], "fr")
    assert metrics["synergies en plus, si ce qui manque est confirmé"] == messages.number(
        totals.at["to_investigate", "synergies"], "fr"
    )
    assert metrics["paires écartées"] == messages.number(totals.at["excluded", "pairs"], "fr")
    assert totals.at["excluded", "pairs"] == found.proposal.refusals["status"].eq("excluded").sum()
    gain = found.proposal.feasible.indicators.at["gain_eur_per_yr", "value"]
    assert metrics["Gain net"] == messages.euros(gain, "fr")


def test_synergies_to_investigate_are_never_among_the_feasible(found: state.Loaded) -> None:
    feasible, asked = (ranked(found.proposal, name, "fr") for name in ("feasible", "to_investigate"))
    assert not set(feasible.index) & set(asked.index)
    assert len(feasible) == found.proposal.totals.at["feasible", "synergies"]
    gain = found.proposal.feasible.proposals.synergies["gain_eur_per_yr"].sum()
    assert feasible["gain"].sum() == pytest.approx(gain)


def test_choosing_a_row_of_the_table_opens_its_sheet(kalundborg: state.Loaded) -> None:
    wanted = ranked(kalundborg.proposal, "feasible", "fr").index[1]
    test = pick_row(opened(kalundborg, page="synergies.py"), "synergies_feasible_", 1)
    assert test.session_state["synergy_id"] == wanted
    assert build_sheet(kalundborg.proposal, wanted, "fr").title in [header.value.replace("\\", "") for header in test.header]


def test_choosing_a_row_beside_the_map_opens_its_sheet_below(kalundborg: state.Loaded) -> None:
    test = opened(kalundborg, page="territory_map.py")
    frame = ranked(kalundborg.proposal, "feasible", "fr")
    mine = frame[frame["family"] == "material"]
    test = pick_row(test, f"map_table_material_feasible_{len(mine)}", 0)
    assert not test.exception
    assert test.session_state["synergy_id"] == mine.index[0]
    assert "Prochaine action" in said(test)


def test_synergies_stand_in_the_order_of_their_calls_with_hours_and_tonnes_beside(found: state.Loaded) -> None:
    for name in ("feasible", "to_investigate"):
        frame = ranked(found.proposal, name, "fr")
        assert frame["value"].is_monotonic_decreasing
        assert {"gain", "quantity", "hours", "avoided", "ask"} <= set(frame.columns)


def test_a_company_sees_its_own_pairs_on_either_side(found: state.Loaded) -> None:
    everybody = calls(found.proposal, "en")
    actor = found.proposal.calls["giver_actor_id"].iloc[0]
    mine = calls(found.proposal, "en", actor)
    name = found.proposal.declarations.actors.at[actor, "name"]
    assert 0 < len(mine) <= len(everybody)
    assert (mine["givers"].eq(name) | mine["takers"].eq(name)).all()


def test_what_is_made_of_a_proposal_is_made_once_and_by_language(kalundborg: state.Loaded) -> None:
    fresh = replace(kalundborg, made=OrderedDict())
    first = fresh.once(ranked, "feasible", "fr")
    assert fresh.once(ranked, "feasible", "fr") is first
    assert not fresh.once(ranked, "feasible", "en").equals(first)


def test_a_closed_tab_sends_nothing_until_it_is_opened(kalundborg: state.Loaded) -> None:
    test = opened(kalundborg, page="synergies.py")
    assert len(test.dataframe) == 2  # themes, and the synergies of the first tab
    assert not any(box.key == "calls_actor" for box in test.selectbox)
    test.session_state["synergies_tab"] = "Qui appeler, par entreprise"
    test.run()
    assert not test.exception
    assert any(box.key == "calls_actor" for box in test.selectbox)


def test_a_long_table_shows_its_first_rows_and_says_so(kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbiosis.dashboard.widgets.ROWS", 3)
    test = opened(kalundborg, page="synergies.py")
    assert len(test.dataframe[1].value) == 3
    assert "3 premières lignes sur" in said(test)


@pytest.mark.parametrize("page", ["home.py", "territory_map.py", "synergies.py", "sheet.py", "refusals.py"])
def test_a_page_asks_who_looks_a_few_times_only(kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    test = opened(kalundborg, page=page)
    asked, real = [], identity.owner_at
    monkeypatch.setattr(identity, "owner_at", lambda *given: asked.append(given) or real(*given))
    test.run()
    assert 1 <= len(asked) <= 3  # each reads the database


def test_an_arc_that_was_clicked_filters_its_own_layer_only(kalundborg: state.Loaded) -> None:
    exchanges = kalundborg.proposal.feasible.proposals.exchanges
    materials = ranked(kalundborg.proposal, "feasible", "fr")
    one = str(materials.index[materials["family"].eq("material")][0])
    assert set(exchanges["family"]) & {"energy", "water"}
    test = opened(kalundborg, page="territory_map.py")
    whole = len(test.dataframe[0].value)
    test.session_state["map"] = {"selection": {"objects": {"arcs": [{"synergy_ids": one}]}, "indices": {"arcs": [0]}}}
    test.run()
    assert not test.exception
    assert len(test.dataframe[0].value) == 1 < whole
    test.session_state["map"] = {"selection": {"objects": {"arcs": [{"synergy_ids": one}]}, "indices": {"arcs": [0]}}}
    test.session_state["layer"] = "energy"
    test.run()
    assert not test.exception
    assert len(test.dataframe[0].value) > 1


def test_the_questions_page_says_that_they_are_no_matches(kalundborg: state.Loaded) -> None:
    test = opened(kalundborg, page="questions.py")
    assert not test.exception
    assert any("jamais des pistes" in info.value for info in test.info)
    shown = test.dataframe[0].value
    assert len(shown) == len(kalundborg.tables("fr")["questions"])
    test.selectbox(key="questions_actor").set_value("dlg").run()
    assert set(test.dataframe[0].value["actor"]) == {kalundborg.proposal.declarations.actors.at["dlg", "name"]}


@pytest.mark.parametrize("need", ["n_gyproc_board", "n_dlg_feed"])
def test_any_pair_is_explained_as_the_command_line_does(kalundborg: state.Loaded, need: str) -> None:
    test = opened(kalundborg, page="refusals.py")
    test.session_state["refusals_tab"] = "Une paire au choix"
    test.run().selectbox(key="pair_output").set_value("o_asnaes_gypsum").run()
    test.selectbox(key="pair_need").set_value(need).run()
    assert not test.exception
    _found, parts = workspace.explain(
        kalundborg.proposal.declarations, kalundborg.proposal.catalogue, kalundborg.proposal.scenario,
        "o_asnaes_gypsum", need, language="fr", proposal=kalundborg.proposal,
    )  # fmt: skip
    titles = [header.value.replace("\\", "") for header in test.subheader]
    assert {part.title for part in parts} <= set(titles)


def test_the_switch_changes_the_language_in_place(kalundborg: state.Loaded) -> None:
    test = opened(kalundborg, page="synergies.py")
    test.segmented_control(key="language_switch").set_value("EN").run()
    assert test.session_state["language"] == "en"
    assert "By workshop theme" in said(test)
    assert test.query_params["lang"] == "en"


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_a_slider_solves_again_and_says_how_far_it_is_proved(kalundborg: state.Loaded, language: str) -> None:
    test = opened(kalundborg, language)
    assert ("Bougez un curseur" if language == "fr" else "Move a slider") in said(test)
    test.slider(key="what_if_disposal").set_value(50).run()
    assert not test.exception
    assert ("Calcul exact, écart prouvé" if language == "fr" else "Exact answer, proved gap") in said(test)
    assert test.session_state["loaded"] is kalundborg


def test_a_slider_shows_the_preview_as_one_until_the_exact_answer_is_there(
    kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise SolverError("no exact answer")

    marks = []
    true_figures = what_if._figures
    monkeypatch.setattr(what_if, "_figures", lambda place, said, *plan: (marks.append(said), true_figures(place, said, *plan)))
    test = opened(kalundborg)
    test.slider(key="what_if_transport").set_value(150).run()
    assert ["Aperçu" in mark for mark in marks] == [True, False]
    monkeypatch.setattr(Study, "plan", fails)
    test.slider(key="what_if_transport").set_value(160).run()
    assert "no exact answer" in said(test)


def test_another_distance_computes_again(kalundborg: state.Loaded) -> None:
    test = opened(kalundborg)
    test.slider[0].set_value(10)
    next(button for button in test.button if button.label == "Recalculer").click().run()
    assert not test.exception
    assert test.session_state["loaded"].proposal.scenario.maximum_distance_km == 10.0
    assert kalundborg.proposal.scenario.maximum_distance_km != 10.0


def test_a_sheet_asks_for_whatever_keeps_a_leg_from_being_feasible(kalundborg: state.Loaded) -> None:
    proposal, run = kalundborg.proposal, kalundborg.proposal.feasible

    def missing(reasons: str) -> tuple[str, ...]:
        synergies = run.proposals.synergies.assign(reasons=reasons)
        changed = replace(run, proposals=replace(run.proposals, synergies=synergies))
        sheet = build_sheet(replace(proposal, feasible=changed), synergies.index[0], "fr")
        return next(section for section in sheet.sections if section.title == "Ce qui manque").sentences

    usual = len(set(missing("")) - {"rien de bloquant"})
    for reason in (reason for reason, level in REASONS.items() if level == "to_investigate"):
        assert len(missing(f"{reason}:0.4:2027-01-01:b:c")) > usual, reason


def test_every_synergy_has_a_complete_sheet_in_both_languages(found: state.Loaded) -> None:
    runs = (found.proposal.feasible, found.proposal.to_investigate)
    for run in runs:
        for synergy_id in list(run.proposals.synergies.index)[::8]:
            for language in messages.LANGUAGES:
                sheet = build_sheet(found.proposal, synergy_id, language)
                page = print_page(sheet, language)
                assert sheet.title
                assert sheet.next_action
                assert len(sheet.figures) == 4
                assert sheet.is_to_investigate == (run is found.proposal.to_investigate)
                assert f'lang="{language}"' in page
                # The address of a source is text: nothing is linked or fetched.
                assert not re.search(r"(?:href|src|url|@import|action)\W{1,3}https?:", page)
                assert "nan" not in re.sub(r"\w*nan\w+|\w+nan\w*", "", page.lower())


def test_shares_on_a_sheet_add_up_to_the_gain(found: state.Loaded) -> None:
    proposals = found.proposal.feasible.proposals
    shares = proposals.shares.groupby("synergy_id")["share_eur_per_yr"].sum()
    gains = proposals.synergies["gain_eur_per_yr"].clip(lower=0)
    assert (shares.reindex(gains.index) - gains).abs().max() < 0.01


def test_arcs_of_the_map_carry_what_the_exchanges_carry(found: state.Loaded) -> None:
    exchanges = found.proposal.feasible.proposals.exchanges
    material = exchanges[exchanges["family"] == "material"]
    arcs = flows_between(exchanges, "material")
    assert arcs.loc[arcs["unit"] == "t", "quantity"].sum() == pytest.approx(material["quantity_t_per_yr"].sum())


def test_themes_hold_every_feasible_gain_that_has_a_theme(found: state.Loaded) -> None:
    table = themes(found.proposal, "fr")
    assert table["gain"].sum() <= found.proposal.feasible.proposals.synergies["gain_eur_per_yr"].sum() + 1
    assert (table["gap"] == table["needed"] - table["held"]).all()


def test_every_file_of_the_downloads_page_exists_and_reads_back(found: state.Loaded) -> None:
    files = export_all(found.proposal, found.territory, "fr")
    assert set(EXPORTS) == set(files)
    table = pd.read_csv(BytesIO(files["synergies.csv"]), sep=";", decimal=",", encoding="utf-8-sig")
    both = (found.proposal.feasible.proposals.synergies, found.proposal.to_investigate.proposals.synergies)
    assert len(table) == sum(map(len, both))
    assert openpyxl.load_workbook(BytesIO(files["proposal.xlsx"]), read_only=True).sheetnames


def test_a_failing_export_is_said(kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("symbiosis.workspace.write_results", broken)
    test = opened(replace(kalundborg, made=OrderedDict()), page="downloads.py")
    assert any("n’ont pas pu être préparés" in error.value for error in test.error)


def test_a_document_that_cannot_be_made_says_so_where_it_was_asked_for(
    kalundborg: state.Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("planted")

    wanted = ranked(kalundborg.proposal, "feasible", "fr").index[0]
    test = opened(kalundborg, page="sheet.py")
    monkeypatch.setattr("symbiosis.report.pdf_file.to_pdf", broken)
    test.session_state[f"take_fiche-{wanted}"] = True
    test.run()
    assert not test.exception
    assert [error.value for error in test.error] == [
        f"Ce fichier n’a pas pu être préparé\u00a0: fiche-{wanted}.pdf (RuntimeError)"
    ]
    # The other one is there all the same.
    assert [key for key in buttons(test) if key.startswith("take_")] == [f"take_fiche-{wanted}_docx"]


def buttons(test: AppTest) -> list[str]:
    return [str(button.key) for button in test.get("download_button")]


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_every_box_of_the_downloads_page_opens_on_files(kalundborg: state.Loaded, language: str) -> None:
    test = opened(kalundborg, language, "downloads.py")
    first = next(iter(kalundborg.proposal.feasible.proposals.synergies.index))
    actor = next(iter(kalundborg.proposal.declarations.actors.index))
    theme = themes(kalundborg.proposal, language).index[0][0]
    boxes = [f"fiche-{first}", f"visite-{actor}", f"atelier-{theme}", "comite", "rapport-annuel",
             *(f"{kind}-{layer}-{end}" for layer in LAYERS for kind, end in (("sankey", "aujourdhui"), ("sankey", "feasible"),
                                                                             ("carte", "feasible")))]  # fmt: skip
    boxes = boxes[:5] + boxes[5:8] if language == "fr" else boxes[:1]
    for box in boxes:
        test.session_state[f"take_{box}"] = True
    test.run()
    assert not test.exception
    assert not test.error
    shown = buttons(test)
    for box in boxes:
        assert len([key for key in shown if key.startswith(f"take_{box}_")]) == 2, box


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_the_map_becomes_a_sankey_or_a_neighbourhood_and_keeps_its_table(kalundborg: state.Loaded, language: str) -> None:
    test = opened(kalundborg, language, "territory_map.py")
    for layer in LAYERS:
        test.segmented_control(key="layer").set_value(layer)
        for view in ("sankey", "actor", "map"):
            test.segmented_control(key="map_view").set_value(view).run()
            assert not test.exception
            assert any(str(frame.key).startswith(f"map_table_{layer}") for frame in test.dataframe)
    actor = kalundborg.proposal.feasible.proposals.exchanges["giver_actor_id"].iloc[0]
    test.segmented_control(key="map_view").set_value("actor")
    test.selectbox(key="map_actor").set_value(actor).run()
    rows = next(frame.value for frame in test.dataframe if frame.value.columns[0] in {"Sens", "Direction"})
    assert len(rows) == len(neighbours(kalundborg.proposal, actor, language))
    assert not (FRENCH.findall(said(test)) if language == "en" else [])


def test_choosing_an_actor_leaves_its_own_synergies_alone(kalundborg: state.Loaded) -> None:
    proposals = kalundborg.proposal.feasible.proposals
    actor = proposals.exchanges.loc[proposals.exchanges["family"] == "material", "giver_actor_id"].iloc[0]
    test = opened(kalundborg, page="territory_map.py")
    test.selectbox(key="map_actor").set_value(actor).run()
    mine = set(proposals.shares.loc[proposals.shares["actor_id"] == actor, "synergy_id"])
    frame = ranked(kalundborg.proposal, "feasible", "fr")
    expected = frame[(frame["family"] == "material") & frame.index.isin(mine)]
    assert 0 < len(expected) < (frame["family"] == "material").sum()
    shown = next(one.value for one in test.dataframe if str(one.key).startswith("map_table_"))
    assert list(shown["what"]) == list(expected["what"])


def test_what_is_typed_of_the_follow_up_is_printed_with_the_sheet(kalundborg: state.Loaded) -> None:
    test = opened(kalundborg, page="sheet.py")
    wanted = ranked(kalundborg.proposal, "feasible", "fr").index[0]
    test.selectbox(key=f"stage_{wanted}").set_value("negotiation")
    test.text_input(key=f"owner_{wanted}").set_value("L'animatrice")
    test.text_input(key=f"action_{wanted}").set_value("Peser un mois")
    next(button for button in test.button if button.label == "Inscrire sur la fiche").click().run()
    assert not test.exception
    assert "Peser un mois" in said(test)
    assert test.session_state["follow_up"][wanted]["owner"] == "L'animatrice"


def test_the_companys_sheet_names_no_other_company(kalundborg: state.Loaded) -> None:
    test = opened(kalundborg, page="sheet.py")
    wanted = ranked(kalundborg.proposal, "feasible", "fr").index[0]
    test.segmented_control(key="sheet_kind").set_value("company").run()
    assert not test.exception
    names = list(parties(kalundborg.proposal, wanted).values())
    text = said(test).replace("\\", "")
    assert names[0] in text
    assert not any(name in text for name in names[1:])


@pytest.mark.parametrize("page", ["territory_map.py", "sheet.py", "downloads.py", "home.py"])
def test_three_totals_stand_on_the_page(kalundborg: state.Loaded, page: str) -> None:
    text = said(opened(kalundborg, page=page))
    assert all(word in text for word in ("Réalisable", "À instruire", "Exclu"))


def test_map_tiles_are_a_setting_that_is_off_and_takes_no_plain_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert map_style() == ""
    assert "https:" not in policy()
    for refused in ("http://tiles.example/style.json", "javascript:alert(1)", "/style.json", "https://"):
        monkeypatch.setenv("SYMBIOSIS_MAP_STYLE", refused)
        assert map_style() == ""
    monkeypatch.setenv("SYMBIOSIS_MAP_STYLE", "https://tiles.example:8443/a/style.json?x='; script-src *")
    assert "connect-src 'self' data: blob: https://tiles.example:8443;" in policy()
    assert "script-src *" not in policy()


BAD = {
    "actors.csv": "actor_id;name\na1;Usine\n",
    "sites.csv": "site_id;actor_id;commune;latitude;longitude\ns1;nobody;Florange;49,32;6,12\n",
    "outputs.csv": "output_id;site_id;description;quantity;unit\no1;s1;palettes;-5;t\n",
    "needs.csv": "need_id;site_id;description;quantity;unit\nn1;s1;palettes;5;t\n",
}


def test_files_with_errors_come_back_with_their_places_and_an_annotated_workbook() -> None:
    result = state.load_files([(name, text.encode()) for name, text in BAD.items()], Scenario())
    assert isinstance(result, state.Refused)
    assert {problem.file for problem in result.problems if problem.severity == "error"} >= {"sites.csv", "outputs.csv"}
    for content in result.annotated.values():
        assert openpyxl.load_workbook(BytesIO(content)).sheetnames
    rows = state.problem_rows(result.problems, "fr", lambda text: text)
    assert set(rows.columns) == {"Gravité", "Fichier", "Ligne", "Colonne", "Valeur", "Problème", "Remède"}


def test_problems_are_shown_on_the_page() -> None:
    test = opened()
    for name, text in BAD.items():
        test.file_uploader(key="files").upload(name, text.encode(), "text/csv")
    test.run()
    test.button(key="read_files").click().run()
    assert not test.exception
    assert any("erreurs à corriger" in error.value for error in test.error)
    assert len(test.dataframe) == 1


def test_a_file_name_cannot_leave_its_folder() -> None:
    result = state.load_files([("../../outside.csv", b"x"), ("..\\outputs.csv", b"x"), ("", b"x")], Scenario())
    assert isinstance(result, state.Refused)


@pytest.fixture
def ours() -> Iterator[None]:
    before = dict(state._shipped)
    yield
    assert dict(state._shipped) == before, "somebody's own territory was kept for all"


def test_own_territories_are_kept_for_nobody_else(ours: None, kalundborg: state.Loaded) -> None:
    folder = kalundborg.territory.folder
    names = ("actors.csv", "sites.csv", "outputs.csv", "needs.csv")
    result = state.load_files([(name, (folder / name).read_bytes()) for name in names], Scenario())
    assert isinstance(result, state.Loaded), [p for p in result.problems if p.severity == "error"][:3]
    assert not result.is_shipped
    test = opened(result, page="territory_map.py")
    assert not test.exception
    assert "territory" not in test.query_params


@pytest.mark.parametrize(
    "text", ["[x](http://e.org)", "![i](http://e.org/i.png)", ":red[x]", "$x$", "<b>x</b>", "`x`", ":smile:"]
)
def test_stored_text_cannot_act_as_markup(text: str) -> None:
    shown = plain(text)
    assert not re.search(r"(?<!\\)[\[\]<>$`(]", shown)
    assert ":smile:" not in shown
    assert shown.replace("\\", "").replace("\u2060", "") == text
