"""The pages that read the store: each part in both languages, typing and undoing, who is offered what, nothing of a rival."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tests.network_store import CANARIES, Network, network, recorded

from symbiosis.dashboard import flow_editor, identity, state
from symbiosis.dashboard.identity import Identity
from symbiosis.messages import REFUSALS
from symbiosis.scenario import Scenario
from symbiosis.store import OpenProject, Principal

FOLDER = Path(state.__file__).parent
DIAGNOSTIC = ("profile", "sites", "outputs", "needs", "energy", "water", "sharing", "matches", "trust", "history")
PROJECTS = ("week", "board", "journal", "funnel")
FRENCH = re.compile(r"\b(Enregistré|Ce qui|Vous|Aucune?|Qui|Cette|Choisissez|entreprises?|votre|pistes?|Réalisé|Le chemin)\b")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Network:
    found = network(tmp_path_factory.mktemp("pages"))
    recorded(found)
    return found


EDITORS: list[str] = []
"""Keys of the editable tables in the order in which they were drawn: a key changes with the rows of its table."""


@pytest.fixture
def seen_by(made: Network, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens the dashboard as somebody."""
    drawn = flow_editor.st.data_editor

    def draw(*arguments: Any, **options: Any) -> Any:
        EDITORS.append(options["key"])
        return drawn(*arguments, **options)

    monkeypatch.setattr(flow_editor.st, "data_editor", draw)

    def open_as(principal: Principal, page: str = "home.py", language: str = "fr", **session: Any) -> AppTest:
        monkeypatch.setattr(identity, "current", lambda: Identity(made.store, principal))
        test = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=120)
        test.session_state["language"] = language
        for name, value in session.items():
            test.session_state[name] = value
        test.run()
        if page != "home.py":
            test.switch_page(page)
            test.run()
        return test

    return open_as


def said(test: AppTest) -> str:
    """All that is sent to the browser: every element as it goes over the wire, tables, options and tooltips included."""
    sent: list[bytes] = []

    def walk(block: Any) -> None:
        proto = getattr(block, "proto", None)
        if proto is not None:
            sent.append(proto.SerializeToString())
        for child in getattr(block, "children", {}).values():
            walk(child)

    walk(test._tree)
    # Random ids hold every short number sooner or later.
    return re.sub(r"[0-9a-f]{12,}", "", b"\n".join(sent).decode("utf-8", errors="replace"))


def part(test: AppTest, key: str, name: str) -> AppTest:
    return test.segmented_control(key=key).set_value(name).run()


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_each_part_of_each_page_runs_in_each_language(made: Network, seen_by: Any, language: str) -> None:
    test = seen_by(made.owner, "diagnostic.py", language)
    for name in DIAGNOSTIC:
        part(test, "diagnostic_part", name)
        assert not test.exception, (name, test.exception)
        shown = "\n".join(one.value for kind in ("markdown", "subheader", "info", "title") for one in getattr(test, kind))
        assert language == "fr" or not FRENCH.search(shown.replace("Preneur", "")), (name, FRENCH.findall(shown))
    test.switch_page("projects.py").run()
    for name in PROJECTS:
        part(test, "projects_part", name)
        assert not test.exception, (name, test.exception)
    for page in ("data.py", "help.py"):
        test.switch_page(page).run()
        assert not test.exception, (page, test.exception)


def test_nothing_of_a_rival_stands_on_any_page_of_a_member(made: Network, seen_by: Any) -> None:
    test = seen_by(made.member("giver"))
    heard = [said(test)]
    for page in ("diagnostic.py", "operator.py", "help.py"):
        test.switch_page(page).run()
        for name in DIAGNOSTIC if page == "diagnostic.py" else ():
            part(test, "diagnostic_part", name)
            assert not test.exception
            heard.append(said(test))
        heard.append(said(test))
    own = [text for text in heard if "orphéon" in text]
    assert len(own) >= 2, "the hunt sees what is the company's own, in its table and its match"
    assert [canary for canary in (*CANARIES, "Preneur") if any(canary in text for text in heard)] == []


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("reader", {"home", "diagnostic", "operator", "published", "help"}),
        ("facilitator", {"home", "diagnostic", "map", "synergies", "sheet", "refusals", "perishables", "projects", "ballots",
                         "operator", "data", "questions", "downloads", "publication", "published", "help"}),
        ("planner", {"home", "published", "help"}),
        ("citizen", {"home", "published", "help"}),
    ],
)  # fmt: skip
def test_each_role_is_offered_its_pages(made: Network, seen_by: Any, role: str, offered: set[str]) -> None:
    principal = {
        "reader": made.member("giver", "reader"),
        "facilitator": made.facilitator,
        "planner": Principal(user_id="b" * 32, role="planner", territory_id=made.territory_id),
        "citizen": Principal.anonymous(),
    }[role]
    test = seen_by(principal)
    assert not test.exception
    # Pages that others add along the chain are offered by the same rule.
    assert set(test.session_state["pages"]) - {"scenarios", "workshops"} == offered


def change(test: AppTest, name: str, **delta: Any) -> AppTest:
    """Sends what the browser sends when somebody changes an editable table: all that differs from what was drawn."""
    test.session_state[editor(name)] = {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **delta}
    return test.run()


def editor(name: str) -> str:
    """Key of the editable table that was drawn last."""
    return next(key for key in reversed(EDITORS) if key.startswith(f"editor_{name}"))


def rows(made: Network, actor: str, table: str = "outputs") -> list[dict[str, Any]]:
    with made.store.open(made.owner) as session:
        return session.rows(
            "declared_row", order_by=("row_key",), company_id=made.companies[actor], table_name=table, is_deleted=False
        )


def test_what_is_typed_is_kept_at_once_and_undone_in_one_click(made: Network, seen_by: Any) -> None:
    test = seen_by(made.member("giver", "editor"), "diagnostic.py", diagnostic_part="outputs")
    change(test, "outputs", added_rows=[{"description": "chutes de contreplaqué", "quantity": "12,5", "unit": "t"}])
    assert not test.exception
    kept = next(row for row in rows(made, "giver") if row["cells"]["description"].startswith("chutes"))
    assert kept["cells"] == {
        "description": "chutes de contreplaqué",
        "quantity": "12,5",
        "unit": "t",
        "site_id": "sg",
        "family": "material",
    }
    drawn = editor("outputs")
    more = {"quantity": "beaucoup", "outlet_cost_eur_per_unit": "30", "visibility": "network"}
    change(test, "outputs", added_rows=[{"description": "chutes de contreplaqué", "unit": "t", **more}])
    assert editor("outputs") == drawn, "a table that somebody types in is not drawn anew: they would lose their cell"
    assert any("Remède" in frame.value.columns for frame in test.dataframe), "the problem of the row has its remedy"
    now = next(row for row in rows(made, "giver") if row["id"] == kept["id"])
    assert (now["cells"]["quantity"], now["visibility"]) == ("beaucoup", "network")
    test.button(key="undo").click().run()
    assert editor("outputs") != drawn, "what was undone is seen"
    now = next(row for row in rows(made, "giver") if row["id"] == kept["id"])
    assert now["cells"]["quantity"] == "12,5"
    test.button(key="undo").click().run()
    assert kept["id"] not in {row["id"] for row in rows(made, "giver")}


def test_rows_are_typed_cell_by_cell_without_the_table_being_drawn_anew(made: Network, seen_by: Any) -> None:
    def words() -> list[tuple[str, str]]:
        return [(row["cells"]["description"], row["cells"].get("quantity", "")) for row in rows(made, "taker_3")]

    test = seen_by(made.member("taker_3", "editor"), "diagnostic.py", diagnostic_part="outputs")
    drawn, blank = editor("outputs"), {"visibility": "facilitator"}
    change(test, "outputs", added_rows=[blank])
    assert words() == [], "a row in which nothing is typed is none"
    change(test, "outputs", added_rows=[{**blank, "description": "sciure"}])
    first = {**blank, "description": "sciure", "quantity": "4"}
    change(test, "outputs", added_rows=[first, blank])
    change(test, "outputs", added_rows=[first, {**blank, "description": "vapeur"}])
    assert words() == [("sciure", "4"), ("vapeur", "")]
    assert editor("outputs") == drawn
    change(test, "outputs", added_rows=[{**blank, "description": "vapeur"}])
    assert words() == [("vapeur", "")], "the row that was taken out is the one that goes"
    assert editor("outputs") != drawn
    change(test, "outputs", edited_rows={0: {"quantity": "9"}})
    change(test, "outputs", edited_rows={0: {"quantity": "9", "description": "vapeur à 160 °C"}})
    assert words() == [("vapeur à 160 °C", "9")]
    change(test, "outputs", deleted_rows=[0])
    assert words() == []


def test_a_site_stands_at_its_commune_until_somebody_says_better(made: Network, seen_by: Any) -> None:
    test = seen_by(made.member("taker_2", "editor"), "diagnostic.py", diagnostic_part="sites")
    change(test, "sites", added_rows=[{"commune": "Quimper", "name": "Atelier"}])
    kept = next(row["cells"] for row in rows(made, "taker_2", "sites") if row["cells"].get("name") == "Atelier")
    assert (kept["insee_code"], kept["is_location_approximate"]) == ("29232", "true")
    assert float(kept["latitude"]) == pytest.approx(48.0, abs=0.05)
    place = len(rows(made, "taker_2", "sites")) - 1
    change(test, "sites", edited_rows={place: {"latitude": "47.9", "longitude": "-4.2"}})
    change(test, "sites", edited_rows={place: {"latitude": "47.9", "longitude": "-4.2", "commune": "Brest"}})
    kept = next(row["cells"] for row in rows(made, "taker_2", "sites") if row["cells"].get("name") == "Atelier")
    assert kept["latitude"] == "47.9", "what was said stays"


def test_a_suggestion_is_kept_when_somebody_chooses_it_and_never_before(made: Network, seen_by: Any) -> None:
    test = seen_by(made.member("taker_1", "editor"), "diagnostic.py", diagnostic_part="outputs")
    change(test, "outputs", added_rows=[{"description": "films polyéthylène", "quantity": "3", "unit": "t"}])
    kept = rows(made, "taker_1")[0]
    assert "material_id" not in kept["cells"]
    assert "waste_code" not in kept["cells"]
    take = next(button for button in test.button if str(button.key).startswith("take_material_id"))
    wanted = str(take.key).rpartition("_" + kept["id"] + "_")[2]
    take.click().run()
    assert not test.exception
    assert rows(made, "taker_1")[0]["cells"]["material_id"] == wanted


def test_a_reader_and_a_facilitator_without_a_mandate_only_read(made: Network, seen_by: Any) -> None:
    before = rows(made, "taker_2", "needs")
    for principal in (made.member("taker_2", "reader"), made.facilitator):
        test = seen_by(principal, "diagnostic.py", diagnostic_part="needs", company_id=made.companies["taker_2"])
        change(test, "needs", edited_rows={0: {"quantity": "1"}})
        assert not test.exception
    assert any("charte" in one.value for one in test.warning)
    assert rows(made, "taker_2", "needs") == before
    made.mandate("taker_2")
    test = seen_by(made.facilitator, "diagnostic.py", diagnostic_part="needs", company_id=made.companies["taker_2"])
    change(test, "needs", edited_rows={0: {"quantity": "1"}})
    assert rows(made, "taker_2", "needs")[0]["cells"]["quantity"] == "1"


def test_a_company_answers_and_the_facilitator_notes_how_she_was_told(made: Network, seen_by: Any) -> None:
    test = seen_by(made.member("giver"), "diagnostic.py", diagnostic_part="matches")
    assert "Au moins trois partenaires possibles" in said(test)
    accept = next(button for button in test.button if str(button.key).startswith("accept_"))
    match_id = str(accept.key).removeprefix("accept_")
    accept.click().run()
    assert "vous avez accepté" in said(test)
    made.mandate("taker_0")
    test = seen_by(made.facilitator, "diagnostic.py", diagnostic_part="matches", company_id=made.companies["taker_0"])
    assert test.button(key=f"refuse_{match_id}").disabled, "who told her is written first"
    test.text_input(key=f"trace_{match_id}").set_value("la direction, par téléphone").run()
    test.selectbox(key=f"reason_{match_id}").set_value("quality").run()
    test.button(key=f"refuse_{match_id}").click().run()
    with made.store.open(made.owner) as session:
        consent = session.one("consent", match_id=match_id, company_id=made.companies["taker_0"])
    assert (consent["decision"], consent["reason_code"], consent["is_by_phone"]) == ("refused", "quality", True)
    assert consent["trace"] == "la direction, par téléphone"
    assert "quality" in REFUSALS


def test_a_company_sees_that_the_facilitator_has_read_its_flows(made: Network, seen_by: Any) -> None:
    seen_by(made.facilitator, "diagnostic.py", company_id=made.companies["taker_3"])
    test = seen_by(made.member("taker_3"), "diagnostic.py", diagnostic_part="trust")
    readers = next(frame.value for frame in test.dataframe if "Qui" in frame.value.columns)
    assert ("animatrice", "a lu vos flux") in set(zip(readers["Qui"], readers["Quoi"], strict=True))


def test_a_project_moves_on_the_board(made: Network, seen_by: Any) -> None:
    project = made.do(OpenProject(territory_id=made.territory_id, title="Boucle des palettes", noted_on="2026-11-02"))
    key = f"{project['id']}_1"
    test = seen_by(made.facilitator, "projects.py", projects_part="board", project_id=project["id"])
    assert "Boucle des palettes" in said(test)
    test.selectbox(key=f"stage_{key}").set_value("discussion").run()
    test.button(key=f"move_{project['id']}").click().run()
    assert not test.exception
    with made.store.open(made.owner) as session:
        assert session.one("project", id=project["id"])["stage"] == "discussion"
        assert session.count("project_note", project_id=project["id"]) == 2


def test_a_demonstration_is_kept_on_this_machine_in_one_click(made: Network, seen_by: Any) -> None:
    kalundborg = state.load_shipped("kalundborg", Scenario())
    test = seen_by(made.owner, "data.py", loaded=kalundborg)
    test.button(key="keep_loaded").click().run()
    with made.store.open(Principal.owner()) as session:
        kept = session.one("territory", name=kalundborg.territory.title("fr"))
    assert test.session_state["territory_id"] == kept["id"]
    again = seen_by(made.owner, "data.py", loaded=kalundborg)
    assert not [button for button in again.button if button.key == "keep_loaded"], "it is not asked for twice"


def test_invented_data_of_the_store_carry_their_banner(made: Network, seen_by: Any) -> None:
    for page in ("diagnostic.py", "projects.py"):
        assert any("DONNÉES FICTIVES" in one.value for one in seen_by(made.owner, page).warning)
