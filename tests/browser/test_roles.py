"""The days of four people in a real browser, on a server with accounts and on the one for the public; all of it is invented.

A company enters a flow and answers a match; a facilitator computes, prints a sheet, holds a workshop, moves a project and
publishes; a planner compares two publications, asks for a run and takes the figures away; a citizen reads what was published.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from tests import network
from tests.browser.looking import Start, settled
from tests.test_ballots import PABULIB
from tests.test_publication_pages import declarations

from symbiosis import publishing, workspace
from symbiosis.scenario import Scenario
from symbiosis.store import OpenProject, Principal, Store, run, show_to_public
from symbiosis.store.tables import new_id
from symbiosis.workspace import Territory
from symbiosis.workspace.recording import record_run
from symbiosis.workspace.stored import import_territory

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods")]

COMPANY, RIVALS = "giver_0", ("Zibeline", "Entreprise taker", "Entreprise giver 1", "Zanzibourg")


@dataclass
class World:
    """The network and the addresses of its two servers."""

    store: Store
    territory_id: str
    network: network.Network
    private: str
    public: str

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self.store.open(Principal.owner(self.territory_id)) as session:
            return session.rows(table)


@pytest.fixture(scope="module")
def world(start: Start, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("network")
    store = Store.at(folder)
    told = declarations()
    territory_id = import_territory(store, Territory(name="fictif", folder=Path(), declarations=told))
    owner = Principal.owner(territory_id)
    with store.open(owner) as session:
        companies = {row["actor_key"]: row["id"] for row in session.rows("company")}
    people = network.Network(store, territory={"A": territory_id}, company={"A": companies[COMPANY]})
    for role in ("editor", "facilitator", "planner"):
        network.join(people, role)
    network.join(people, "facilitator", name="second")
    territory = Territory(name="fictif", folder=Path(), declarations=told)
    for place, scenario in enumerate((Scenario(), Scenario(maximum_distance_km=45.0))):
        proposal = workspace.match(territory, workspace.load_catalogue(), scenario)
        published = publishing.publish_proposal(
            store, owner, proposal, title=("Référence", "À 45 km")[place], level="planner", key=new_id()
        )
        if not place:
            record_run(store, owner, proposal, territory_id=territory_id)
            show_to_public(store, owner, published, key=new_id())
    run(store, owner, OpenProject(territory_id=territory_id, title="Boucle des palettes", noted_on="2026-11-02"), key=new_id())
    server = {"SYMBIOSIS_MODE": "server", "SYMBIOSIS_SECRET": network.SECRET, "SYMBIOSIS_HOSTS": "127.0.0.1"}
    return World(store, territory_id, people, start(folder, **server), start(folder, "--public", SYMBIOSIS_HOSTS="127.0.0.1"))


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A French browser: the pages of the accounts follow what it asks for."""
    return {**browser_context_args, "locale": "fr-FR"}


def visit(page: playwright.Page, world: World, name: str) -> None:
    """Come in as somebody who has logged in."""
    page.set_default_timeout(120_000)
    page.context.add_cookies([
        {"name": "symbiosis_session", "value": world.network.cookie[name], "url": world.private},
        ])  # fmt: skip
    page.goto(world.private)
    settled(page)


def open_page(page: playwright.Page, *names: str) -> None:
    for name in names:
        page.get_by_role("link", name=name, exact=True).first.click()
        settled(page)


def part(page: playwright.Page, name: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()
    settled(page)


def taken(page: playwright.Page, name: str) -> bytes:
    """The file behind a button."""
    with page.expect_download() as waiting:
        page.get_by_test_id("stDownloadButton").get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def test_a_company_logs_in_enters_a_flow_and_answers_its_match(page: playwright.Page, world: World) -> None:
    page.set_default_timeout(120_000)
    page.goto(world.private)
    page.get_by_label("Adresse électronique").fill(f"editor@{network.HOST}")
    page.get_by_label("Mot de passe").fill("not this one")
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Adresse électronique").fill(f"editor@{network.HOST}")
    page.get_by_label("Mot de passe").fill(network.PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_text("Entreprise giver 0 (fictive)").wait_for()
    assert page.get_by_role("link", name="Carte", exact=True).count() == 0, "a company has no page of the territory"

    open_page(page, "Diagnostic")
    part(page, "Flux sortants")
    grid = page.get_by_test_id("stDataFrame").first
    grid.wait_for()
    page.wait_for_timeout(1000)
    # The table is drawn on a canvas: below its title and its two rows stands the one in which a new row is begun.
    grid.click(position={"x": 80, "y": 35 * 3 + 17})
    for place, typed in enumerate(("copeaux de chêne", "120")):
        if place:
            page.keyboard.press("Enter")
        page.locator(".gdg-input").wait_for()
        # As a hand types: what is typed faster than the page draws is not yet in its cell when the key leaves it.
        page.keyboard.type(typed, delay=40)
        page.wait_for_timeout(300)
        page.keyboard.press("Tab")
        page.locator(".gdg-input").wait_for(state="detached")
        page.wait_for_timeout(700)
        settled(page)

    def kept() -> list[tuple[str, str]]:
        rows = [row["cells"] for row in world.rows("declared_row")]
        return [(one.get("quantity", ""), one["family"]) for one in rows if one.get("description") == "copeaux de chêne"]

    for _attempt in range(40):
        if kept() == [("120", "material")]:
            break
        page.wait_for_timeout(500)
    assert kept() == [("120", "material")], "typed, and kept cell by cell"

    part(page, "Pistes et gains")
    page.get_by_text("Vous donnez").first.wait_for()
    page.get_by_test_id("stPopover").get_by_role("button", name="Répondre").first.click()
    page.get_by_role("button", name="Accepter").first.click()
    page.get_by_text("vous avez accepté").wait_for()
    text = page.inner_text("body")
    assert not [rival for rival in RIVALS if rival in text]
    assert [row["decision"] for row in world.rows("consent")] == ["accepted"]


def test_a_facilitator_computes_prints_holds_a_workshop_moves_a_project_and_publishes(
    page: playwright.Page, world: World
) -> None:
    visit(page, world, "facilitator")
    open_page(page, "Données")
    page.get_by_role("button", name="Calculer et enregistrer les pistes").click()
    page.get_by_text("pistes enregistrées").wait_for()
    page.get_by_role("button", name="Ouvrir ce territoire").click()
    page.get_by_text("synergies proposées").wait_for()

    page.get_by_role("link", name="Imprimer une fiche pour une réunion").click()
    page.get_by_text("Partage que chacun a intérêt à accepter").wait_for()
    settled(page)
    page.get_by_role("button", name="PDF, Word").click()
    assert taken(page, "PDF, à imprimer").startswith(b"%PDF-")
    sheet = "\n".join(one.text for one in Document(BytesIO(taken(page, "Word, à modifier"))).paragraphs)
    assert "palettes" in sheet.casefold()
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)

    open_page(page, "Ateliers")
    page.get_by_test_id("stDataFrame").first.click(position={"x": 18, "y": 53})
    settled(page)
    page.get_by_role("button", name="Enregistrer l’atelier").click()
    page.get_by_text("Enregistré à").wait_for()
    page.get_by_role("tab", name="En séance").click()
    page.get_by_label("En quelques mots").fill("palettes perdues")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_text("trouvé en").wait_for()
    page.get_by_role("tab", name="Compte rendu").click()
    settled(page)
    minutes = "\n".join(one.text for one in Document(BytesIO(taken(page, "Compte rendu à modifier"))).paragraphs)
    assert minutes
    assert [row["content"]["said"][0]["words"] for row in world.rows("workshop")] == ["palettes perdues"]

    open_page(page, "Projets")
    part(page, "Tableau des projets")
    page.get_by_text("Boucle des palettes").first.wait_for()

    open_page(page, "Données", "Publication")
    page.get_by_role("button", name="Voir ce qui serait publié").click()
    page.get_by_label("Titre que liront les lecteurs").fill("Version de novembre")
    page.get_by_role("button", name="Publier", exact=True).click()
    page.get_by_text("Publié.", exact=True).wait_for()


def test_a_planner_compares_asks_for_a_run_and_takes_the_figures_away(page: playwright.Page, world: World) -> None:
    visit(page, world, "planner")
    assert page.get_by_role("link", name="Carte", exact=True).count() == 0
    open_page(page, "Territoire publié")
    text = taken(page, "Télécharger en CSV").decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text), delimiter=";"))
    assert len(rows) > 10
    assert not [rival for rival in (*RIVALS, "zygomatique", "7340") if rival in text]
    part(page, "Comparer deux scénarios")
    page.get_by_text("chiffres montrés des deux côtés").wait_for()
    part(page, "Demander un calcul")
    page.get_by_role("button", name="Demander ce calcul").click()
    page.get_by_text("Encore 9 demandes").wait_for()


def test_a_citizen_reads_what_was_published_and_nothing_else(page: playwright.Page, world: World) -> None:
    page.set_default_timeout(120_000)
    page.goto(world.public)
    settled(page)
    open_page(page, "Territoire publié")
    page.get_by_text("chiffres montrés").wait_for()
    assert "Référence" in page.get_by_label("Publication").input_value()
    body = page.inner_text("body")
    assert "À 45 km" not in body, "that version is for planners"
    assert not [rival for rival in RIVALS if rival in body]
    for address in ("carte", "diagnostic", "projets", "compte", "connexion", "api/v1/companies"):
        answer = page.goto(f"{world.public}/{address}")
        settled(page) if answer is not None and answer.ok else None
        body = page.inner_text("body")
        assert not [rival for rival in (*RIVALS, "Entreprise giver 0") if rival in body], address


@pytest.mark.long
def test_a_facilitator_counts_a_ballot_and_a_citizen_reads_its_result(page: playwright.Page, world: World) -> None:
    visit(page, world, "facilitator")
    open_page(page, "Projets", "Budget participatif")
    file = {"name": "essai.pb", "mimeType": "text/plain", "buffer": PABULIB.encode()}
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    page.get_by_role("button", name="Lire ce fichier").click()
    page.get_by_role("button", name="Enregistrer", exact=True).wait_for()
    part(page, "Résultat")
    page.get_by_text("3 projets financés").first.wait_for()
    page.get_by_role("button", name="Publier ce budget participatif").click()
    page.get_by_text("Publié : tout le monde le lit").wait_for()

    page.goto(world.public)
    settled(page)
    open_page(page, "Territoire publié")
    part(page, "Budgets participatifs")
    page.get_by_text("Un budget d'essai").first.wait_for()
    body = page.inner_text("body")
    assert "3 projets financés" in body
    assert not [rival for rival in RIVALS if rival in body]
