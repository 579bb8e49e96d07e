"""The pages about what is published: who publishes, who reads, what is never there; and the runs that planners wait for."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tests.network_store import table
from tests.test_dashboard_store import said

from symbiosis import messages, publishing
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.identity import Identity
from symbiosis.declarations import Declarations, build
from symbiosis.errors import NotAllowed
from symbiosis.report.published import cell_text, differences, long_table, spreadsheet
from symbiosis.scenario import Scenario
from symbiosis.store import Principal, SignAgreement, Store, published, request_run, run, show_to_public
from symbiosis.store.permissions import WORDS, matrix
from symbiosis.store.planning import RUNS_A_DAY, planners
from symbiosis.store.tables import new_id
from symbiosis.workspace import Territory, serving
from symbiosis.workspace.stored import import_territory

FOLDER = Path(state.__file__).parent
CANARIES = ("Zibeline", "Zanzibourg", "zygomatique", "7340", "7 340", "7\u202f340", "91.37", "91,37")
"""Of one company: its name, commune, words, quantity, price."""
FRENCH = re.compile(r"\b(Publié|Aucune?|Qui|Rien|Cette|Encore|entreprises?|chiffres?|Retirer|Montrer|collectivité)\b")


def declarations() -> Declarations:
    """Ten fictional companies: four give pallets to four in one town, three give sand, and one of another town bears canaries.

    What it gives is a theme of its own, so that the figure of the theme is its figure: three digits, which rounding keeps.
    """
    actors, sites = ["actor_id, name, nace"], ["site_id, actor_id, commune, latitude, longitude, permit_headings"]
    outputs = ["output_id, site_id, description, material_id, legal_status, quantity, unit, outlet_cost_eur_per_unit, evidence"]
    needs = ["need_id, site_id, description, material_id, quantity, unit, price_eur_per_unit, evidence"]
    for number in range(5):
        is_canary = number == 4
        for kind in ("giver", "taker"):
            name = "Zibeline Bois (fictif)" if is_canary and kind == "giver" else f"Entreprise {kind} {number} (fictive)"
            place = "Zanzibourg, 49.60, 5.10" if is_canary else f"Florange, {49.31 + number / 100}, 6.11"
            actors.append(f"{kind}_{number}, {name}, 49.41A")
            sites.append(f"s_{kind}_{number}, {kind}_{number}, {place}, 2714")
        own = ("copeaux zygomatique", "abs_scrap", "7340", "91.37")
        usual = ("palettes", "pallets_lost", f"{4000 + 500 * number}", "40")
        words, material, quantity, cost = own if is_canary else usual
        outputs.append(f"o{number}, s_giver_{number}, {words}, {material}, product, {quantity}, t, {cost}, weighed")
        if number < 3:
            outputs.append(
                f"p{number}, s_giver_{number}, sable, abrasive_blasting_sand, product, {300 + 20 * number}, t, 9, weighed"
            )
        needs.append(f"n{number}, s_taker_{number}, besoin, {material}, {4200 + 400 * number}, t, 5, weighed")
    texts = {"actors": actors, "sites": sites, "outputs": outputs, "needs": needs}
    return build(
        {name: table("\n".join(lines)) for name, lines in texts.items()},
        facts={"name_fr": "Réseau fictif", "is_synthetic": True},
    )


class World:
    """A store of the fictional network and who acts there."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.at(folder)
        self.territory_id = import_territory(self.store, Territory(name="fictif", folder=Path(), declarations=declarations()))
        self.owner = Principal.owner(self.territory_id)
        self.facilitator = Principal(user_id="f" * 32, role="facilitator", territory_id=self.territory_id)
        self.planner = Principal(user_id="b" * 32, role="planner", territory_id=self.territory_id)
        self.citizen = Principal.anonymous()
        found = state.load_stored(self.store, self.owner, Scenario())
        assert isinstance(found, state.Loaded)
        self.found = found

    def publish(self, title: str, level: str = "planner", **assumed: Any) -> str:
        found = self.found if not assumed else state.load_stored(self.store, self.owner, Scenario(**assumed))
        assert isinstance(found, state.Loaded)
        return publishing.publish_proposal(self.store, self.owner, found.proposal, title=title, level=level, key=new_id())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("publication"))
    first = made.publish("Référence")
    show_to_public(made.store, made.owner, first, key=new_id())
    made.publish("Hiérarchie levée", maximum_distance_km=45.0)
    return made


Opened = Callable[..., AppTest]


@pytest.fixture
def open_as(world: World, monkeypatch: pytest.MonkeyPatch) -> Opened:
    def opened(principal: Principal, page: str = "home.py", language: str = "fr", **session: Any) -> AppTest:
        monkeypatch.setattr(identity, "current", lambda: Identity(world.store, principal))
        test = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=120)
        for name, value in {"language": language, **session}.items():
            test.session_state[name] = value
        test.run()
        assert not test.exception, test.exception
        if page != "home.py":
            test.switch_page(page).run()
            assert not test.exception, test.exception
        return test

    return opened


def part(test: AppTest, key: str, name: str) -> AppTest:
    test.segmented_control(key=key).set_value(name).run()
    assert not test.exception, (name, test.exception)
    return test


def told(test: AppTest) -> str:
    return "\n".join(one.value for kind in ("markdown", "subheader", "info", "title", "success", "warning")
                     for one in getattr(test, kind))  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- the help page


def test_every_scope_and_fact_of_the_matrix_has_its_words() -> None:
    used = {word for rule in matrix().values() for cell in rule.cells.values() for word in cell.split("+") if word}
    assert used - set(WORDS) == set()
    assert all(len(WORDS[word]) == len(messages.LANGUAGES) and all(WORDS[word]) for word in used)


@pytest.mark.parametrize(("language", "expected"), [("fr", "sous convention signée"), ("en", "under a signed agreement")])
def test_the_help_page_says_the_matrix_in_words(world: World, open_as: Opened, language: str, expected: str) -> None:
    assert expected in said(open_as(world.planner, "help.py", language))


# ------------------------------------------------------------------------------------------------------------------- readers


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_citizens_and_planners_land_on_what_was_published_and_read_its_tables(
    world: World, open_as: Opened, language: str
) -> None:
    for principal in (world.citizen, world.planner):
        test = open_as(principal, "home.py", language)
        assert "Référence" in told(test)
        assert language == "en" or "tout le public" in told(test), "each says for whom it was published"
        assert set(test.session_state["pages"]) == {"home", "published", "help"}
        test.switch_page("published.py").run()
        assert not test.exception, test.exception
        cells = "\n".join(one.value.to_string() for one in test.dataframe)
        assert re.search(r"19.000", cells), "what many companies give is shown"
        assert "secret" in cells, "what one company gives is named as secret"
        assert language == "fr" or not FRENCH.search(told(test)), FRENCH.findall(told(test))


def test_nothing_of_a_company_stands_on_a_published_page(world: World, open_as: Opened) -> None:
    for principal in (world.citizen, world.planner):
        test = open_as(principal, "published.py")
        heard = [said(test)]
        for one in list(test.selectbox(key="published_id").options):
            test.selectbox(key="published_id").select(one).run()
            heard.append(said(test))
        parts = ("compare", "run", "named") if principal == world.planner else ()
        heard += [said(part(test, "published_part", name)) for name in parts]
        # A zone bears the name of a commune; everything else of the company is nobody's.
        found = [canary for canary in (*CANARIES, "Entreprise", "besoin") if any(canary in text for text in heard)]
        assert set(found) <= {"Zanzibourg"}


DRAWINGS = ("plotly_chart", "deck_gl_json_chart", "imgs", "graphviz_chart", "arrow_vega_lite_chart", "bokeh_chart", "iframe")


def test_planners_and_citizens_get_no_drawing_and_no_figure_but_those_of_the_gate(
    world: World, open_as: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sankey diagrams, GraphML and the map are drawn from the run itself: they stand on pages that these roles lack."""
    files: list[Any] = []

    def kept(frame: Any, titles: Any, spoken: str) -> bytes:
        files.append(frame)
        return spreadsheet(frame, titles, spoken)

    monkeypatch.setattr("symbiosis.report.published.spreadsheet", kept)
    for principal in (world.citizen, world.planner):
        with world.store.open_published(principal) as session:
            cells = session.rows("publication_cell")
        gated = {float(one["value"]) for one in cells if one["status"] != "secret"}
        words = {cell_text(one, "fr") for one in cells}
        test = open_as(principal)
        for page in test.session_state["pages"]:
            test.switch_page(f"{page}.py").run()
            assert [kind for kind in DRAWINGS if test.get(kind)] == [], page
            assert len(test.get("download_button")) == (page == "published"), page
        test.switch_page("published.py").run()
        shown = {str(cell) for one in test.dataframe for cell in one.value.to_numpy().ravel()}
        assert {cell for cell in shown if re.search(r"\d", cell)} <= words
        assert set(files[-1]["value"].dropna()) <= gated
        assert len(gated) >= 4


def test_before_anything_is_published_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_as: Opened
) -> None:
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path))
    empty = Store.at(tmp_path, is_public=True)
    test = open_as(Principal.anonymous())
    monkeypatch.setattr(identity, "current", lambda: Identity(empty, Principal.anonymous()))
    for page in ("home.py", "published.py", "help.py"):
        test.switch_page(page).run()
        assert not test.exception, (page, test.exception)
        assert page == "help.py" or "Rien n’est encore publié" in told(test)


def test_two_published_scenarios_are_compared_figure_by_figure(world: World, open_as: Opened) -> None:
    test = part(open_as(world.planner, "published.py"), "published_part", "compare")
    frame = next(one.value for one in test.dataframe if "Différence" in one.value.columns)
    shown = frame.dropna(subset=["Première", "Seconde"])
    assert len(shown) > 0
    assert (shown["Différence"] == shown["Seconde"] - shown["Première"]).all()


def test_the_file_opens_in_a_french_spreadsheet_and_leaves_secrets_empty() -> None:
    cells = [
        {"table_name": "gain_by_theme", "row_label": "total", "column_label": "", "value": "1234.5", "status": "published",
         "as_of": "2026-01-01"},
        {"table_name": "gain_by_theme", "row_label": "other", "column_label": "", "value": "", "status": "secret", "as_of": ""},
    ]  # fmt: skip
    heads = {"gain_by_theme": {"unit": "€/an", "dimensions": ["theme"]}}
    frame = long_table(cells, heads, state.catalogue(), "fr")
    lines = spreadsheet(frame, {"value": "Valeur"}, "fr").decode("utf-8-sig").splitlines()
    assert "Gain par thème;autres;;;€/an;secret;" in lines
    assert "Gain par thème;ensemble;;1234,5;€/an;montré;'2026-01-01" in lines
    assert set(long_table(cells, heads, state.catalogue(), "en")["unit"]) == {"€/yr"}
    assert differences(frame, frame)["difference"].dropna().tolist() == [0.0]


# ------------------------------------------------------------------------------------------------------------------ planners


def test_a_planner_asks_for_a_run_and_follows_it_until_it_is_published(world: World, open_as: Opened) -> None:
    test = part(open_as(world.planner, "published.py"), "published_part", "run")
    test.slider(key="asked_distance").set_value(60)
    next(one for one in test.button if one.label == "Demander ce calcul").click().run()
    assert not test.exception, test.exception
    assert "attend" in said(test)
    assert serving.territories_that_wait(world.store) == [world.territory_id]
    assert serving.serve_planners(world.store, lambda territory_id: serving.make_awaited(world.store, territory_id)) == [
        world.territory_id
    ]
    assert serving.territories_that_wait(world.store) == []
    test.run()
    assert serving.TITLE in said(test)


def test_a_planner_without_requests_left_cannot_send_one(world: World, open_as: Opened) -> None:
    other = Principal(user_id="d" * 32, role="planner", territory_id=world.territory_id)
    for _ in range(RUNS_A_DAY):
        request_run(world.store, other, {"nonsense": 1})
    with pytest.raises(NotAllowed):
        request_run(world.store, other, {})
    test = part(open_as(other, "published.py", "en"), "published_part", "run")
    assert next(one for one in test.button if one.label == "Ask for this run").disabled
    for _ in range(RUNS_A_DAY):
        serving.make_awaited(world.store, world.territory_id)
    assert serving.territories_that_wait(world.store) == []


def test_what_goes_wrong_in_one_territory_does_not_stop_the_look_for_planners(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "territories_that_wait", lambda _: ["one", "two"])
    made: list[str] = []

    def make(territory_id: str) -> None:
        made.append(territory_id)
        raise OSError

    assert serving.serve_planners(world.store, make) == ["one", "two"]
    assert made == ["one", "two"]


def test_the_look_for_planners_goes_on_after_a_failure_and_ends_when_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, looks = threading.Event(), []

    def look(store: object) -> list[str]:
        looks.append(store)
        if len(looks) == 2:
            stopped.set()
        raise OSError

    monkeypatch.setattr(serving, "serve_planners", look)
    serving.keep_serving(lambda: None, stopped, every_s=0.0)  # type: ignore[arg-type, return-value]
    assert len(looks) == 2


def test_a_planner_sees_companies_under_an_agreement_only_and_each_reads_it(world: World, open_as: Opened) -> None:
    test = part(open_as(world.planner, "published.py"), "published_part", "named")
    test.selectbox(key="named_view").select("tonnages")
    test.button(key="named_cells").click().run()
    assert "Aucune convention à votre nom" in told(test)
    signed = SignAgreement(
        territory_id=world.territory_id, user_id=world.planner.user_id, signed_on="2026-01-01", ends_on="2999-12-31",
        document_sha256=hashlib.sha256(b"signed").hexdigest(),
    )  # fmt: skip
    agreement = run(world.store, world.owner, signed, key=new_id())
    test.button(key="named_cells").click().run()
    assert not test.exception, test.exception
    assert "Entreprise giver 0" in said(test)
    test = part(open_as(world.facilitator, "publication.py"), "publication_part", "agreements")
    test.button(key=f"revoke_{agreement['id']}").click().run()
    assert "terminée" in told(test)


def test_who_may_sign_is_told_to_nobody_but_who_records_agreements(world: World) -> None:
    assert planners(world.store, world.facilitator) == []
    with pytest.raises(NotAllowed):
        planners(world.store, world.planner)


# ------------------------------------------------------------------------------------------------------------ the facilitator


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_the_facilitator_sees_what_would_be_shown_and_hidden_before_she_publishes(
    world: World, open_as: Opened, language: str
) -> None:
    test = open_as(world.facilitator, "publication.py", language, loaded=world.found)
    test.button(key="preview").click().run()
    assert not test.exception, test.exception
    heard = said(test)
    expected = {"fr": ("Moins de 3 entreprises", "secret", "montré"), "en": ("Fewer than 3 companies", "secret", "shown")}
    assert [word for word in expected[language] if word not in heard.replace("\u202f", " ")] == []
    assert language == "fr" or not FRENCH.search(told(test)), FRENCH.findall(told(test))
    for name in ("versions", "agreements"):
        part(test, "publication_part", name)
        assert language == "fr" or not FRENCH.search(told(test)), FRENCH.findall(told(test))


def test_what_was_opened_besides_the_territory_at_hand_is_not_published(world: World, open_as: Opened) -> None:
    test = open_as(world.facilitator, "publication.py")
    assert not [one for one in test.button if one.key == "preview"]
    assert [one for one in test.button if one.key == "publication_open"]


def test_she_publishes_a_second_person_shows_it_to_the_public_and_it_is_withdrawn(world: World, open_as: Opened) -> None:
    test = open_as(world.facilitator, "publication.py", loaded=world.found)
    test.button(key="preview").click().run()
    test.text_input(key="publication_title").set_value("Bilan de l'animatrice")
    test.radio(key="publication_level").set_value("members")
    next(one for one in test.button if one.label == "Publier").click().run()
    assert "Publié." in told(test)
    with world.store.open_published(world.owner) as session:
        made = session.one("publication", title="Bilan de l'animatrice")
    assert made["level"] == published.MEMBERS
    part(test, "publication_part", "versions")
    test.button(key=f"public_{made['id']}").click().run()
    assert "seconde personne" in told(test)
    second = Principal(user_id="e" * 32, role="facilitator", territory_id=world.territory_id)
    test = part(open_as(second, "publication.py"), "publication_part", "versions")
    test.button(key=f"public_{made['id']}").click().run()
    assert "Tout le public" in told(test)
    with world.store.open_published(world.citizen) as session:
        seen = session.one("publication", title="Bilan de l'animatrice")
    test.button(key=f"withdraw_{seen['id']}").click().run()
    assert "Retirée" in told(test)
    assert "Bilan" not in said(open_as(world.citizen, "published.py"))
