"""A first visit in a real browser: open the demonstration, see the map, open a sheet, take a file away.

Nothing is fetched from elsewhere.
"""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api")
# The plugin that gives `page` defines a fixture in a way that the next pytest will refuse; nothing here can change that.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods")]

READY = "[data-testid=stApp][data-test-script-state=notRunning]"


@pytest.fixture(scope="module")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server as `symbiosis serve` starts it, on a free port, from a folder that is not the repository."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", "from symbiosis.cli import main; main()", "serve", "--port", str(port)],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env={**os.environ, "SYMBIOSIS_DATA": str(tmp_path_factory.mktemp("store"))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{base}/_stcore/health", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the server stopped"
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.3)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def elsewhere(page: playwright.Page, address: str) -> list[str]:
    """Requests that go anywhere but to our own server; filled while the test runs."""
    found: list[str] = []
    page.on("request", lambda r: found.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    page.set_default_timeout(45_000)
    return found


def settled(page: playwright.Page) -> None:
    page.wait_for_timeout(300)
    page.wait_for_selector(READY)


def colours(picture: bytes) -> int:
    from PIL import Image

    small = Image.open(BytesIO(picture)).convert("RGB").resize((120, 100))
    return len(small.getcolors(12_000) or [])


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
    # Tables are drawn on a canvas: the box of the first row is found by its place.
    page.get_by_test_id("stDataFrame").click(position={"x": 18, "y": 53})
    page.get_by_text("Prochaine action").wait_for()

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
