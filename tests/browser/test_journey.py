"""A first visit in a real browser: open the demonstration, see the map, open a sheet, take a file away.

Nothing is fetched from elsewhere.
"""

from __future__ import annotations

import csv
import sys
import time
from io import StringIO
from pathlib import Path

import psutil
import pytest
from tests.browser.looking import Start, colours, settled

playwright = pytest.importorskip("playwright.sync_api")
# The plugin that gives `page` defines a fixture in a way that the next pytest will refuse; nothing here can change that.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods")]


@pytest.fixture(scope="module")
def address(start: Start, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The server of one person."""
    return start(tmp_path_factory.mktemp("store"))


@pytest.fixture
def elsewhere(page: playwright.Page, address: str) -> list[str]:
    """Requests that go anywhere but to our own server, or that its policy stopped; filled while the test runs."""
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("request", lambda r: found.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    page.set_default_timeout(120_000)
    return found


def test_first_visit_from_the_demonstration_to_a_file(page: playwright.Page, address: str, elsewhere: list[str]) -> None:
    page.goto(address)
    settled(page)
    assert page.locator("html").get_attribute("lang") == "fr"
    # Streamlit's own words are French too.
    page.get_by_test_id("stFileUploader").get_by_text("Choisir un fichier").wait_for()
    page.get_by_role("button", name="Ouvrir Val de Fensch").click()
    page.get_by_text("synergies proposées").wait_for()
    page.get_by_text("DONNÉES FICTIVES").wait_for()

    page.get_by_role("link", name="Carte", exact=True).click()
    chart = page.get_by_test_id("stDeckGlJsonChart")
    chart.wait_for()
    settled(page)
    page.wait_for_timeout(2500)
    assert colours(chart.screenshot()) > 60, "the map is blank"
    assert page.get_by_test_id("stDataFrame").count() == 1, "the map stands beside its table"
    assert page.locator("[aria-label^='Search']").count() == 0
    assert page.locator("[aria-label^='Chercher\u00a0: ']").count() == 1, "a tool of a table is named in French"
    # Tables are drawn on a canvas: the box of the first row is found by its place.
    page.get_by_test_id("stDataFrame").click(position={"x": 18, "y": 53})
    page.get_by_text("Prochaine action").first.wait_for()

    page.get_by_role("link", name="Fiche", exact=True).click()
    page.get_by_text("Partage que chacun a intérêt à accepter").wait_for()
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Imprimer (page HTML)").click()
    sheet = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert "DONNÉES FICTIVES" in sheet
    assert "<script" not in sheet

    page.get_by_role("link", name="Données", exact=True).click()
    page.get_by_role("link", name="Exports", exact=True).click()
    page.get_by_text("Synergies, CSV").wait_for()
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_test_id("stDownloadButton").nth(1).get_by_role("button").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert waiting.value.suggested_filename.endswith(".csv")
    assert len(list(csv.DictReader(StringIO(text), delimiter=";"))) > 10
    assert elsewhere == []


def test_the_switch_speaks_english_in_place(page: playwright.Page, address: str, elsewhere: list[str]) -> None:
    page.goto(f"{address}/?territory=kalundborg")
    page.get_by_text("synergies proposées").wait_for()
    page.get_by_test_id("stButtonGroup").get_by_text("EN", exact=True).click()
    page.get_by_text("synergies proposed").wait_for()
    page.wait_for_function("document.documentElement.lang === 'en'")
    assert "lang=en" in page.url
    assert elsewhere == []


def test_an_address_opens_its_page_and_language(page: playwright.Page, address: str, elsewhere: list[str]) -> None:
    page.goto(f"{address}/synergies?territory=kalundborg&lang=en")
    page.get_by_text("By workshop theme").wait_for()
    assert page.locator("html").get_attribute("lang") == "en"
    assert elsewhere == []


def test_a_narrow_screen_does_not_scroll_sideways(page: playwright.Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/?territory=kalundborg")
    page.get_by_text("synergies proposées").wait_for()
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_food_that_does_not_wait_leads_to_the_rounds_of_a_week(page: playwright.Page, address: str) -> None:
    page.set_default_timeout(120_000)
    page.goto(f"{address}/denrees?territory=val-de-fensch")
    page.get_by_text("Tournées de la semaine").wait_for()
    settled(page)
    for label, least in (("Flux périssables, CSV", 10), ("Tournées, CSV", 3)):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label).click()
        text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
        assert len(list(csv.DictReader(StringIO(text), delimiter=";"))) >= least


@pytest.mark.long
def test_a_computation_is_ended_within_a_second_and_the_next_one_works(
    page: playwright.Page, start: Start, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def workers() -> set[psutil.Process]:
        running = psutil.Process().children(recursive=True)
        return {one for one in running if "symbiosis.workers" in " ".join(one.cmdline())}

    others = workers()
    page.set_default_timeout(120_000)
    page.goto(start(tmp_path_factory.mktemp("stopped")))
    settled(page)
    page.get_by_role("button", name="Ouvrir Val de Fensch").click()
    page.get_by_text("Rapprocher les flux et les besoins").wait_for()
    page.wait_for_timeout(1000)  # in the midst of the search for candidates, which no step of the progress interrupts
    children = workers() - others
    assert len(children) == 1
    begun = time.monotonic()
    page.get_by_role("button", name="Arrêter").click()
    page.get_by_text("Calcul arrêté : rien n’a été changé").wait_for()
    # The sentence may be drawn before the system has taken the child's memory back: both are part of the end.
    while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in children) and time.monotonic() < begun + 10:
        page.wait_for_timeout(20)
    took = time.monotonic() - begun
    sys.stdout.write(f"stopped {took:.2f} s after the click\n")
    assert took < 3, "a second on a machine that does nothing else"
    settled(page)
    assert "territory" not in page.url
    page.get_by_role("button", name="Ouvrir Kalundborg").click()
    page.get_by_text("synergies proposées").wait_for()
    assert page.get_by_text("Calcul arrêté").count() == 0
