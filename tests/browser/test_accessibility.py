"""Every page of the owner, light and dark: no serious violation of our own for axe-core, all within reach of the Tab key."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser.looking import Start, settled

from symbiosis import workspace
from symbiosis.io.catalogue import territories
from symbiosis.store import Store
from symbiosis.workspace.stored import import_territory

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
]

PAGES = (
    "", "diagnostic", "carte", "synergies", "fiche", "non-retenues", "ateliers", "denrees", "projets", "budget-participatif",
    "operateur", "scenarios", "donnees", "questions", "exports", "publication", "publie", "aide",
)  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# The parts of Streamlit's date box are smaller than 24 pixels; nothing here can change that.
STREAMLIT = {"target-size": 'role="spinbutton"'}


@pytest.fixture(scope="module")
def address(start: Start, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server with a territory in its store."""
    folder = tmp_path_factory.mktemp("store")
    import_territory(Store.at(folder), workspace.open_territory(territories()["kalundborg"], workspace.load_catalogue()))
    return start(folder)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_violation_of_our_own(browser: playwright.Browser, address: str, theme: str) -> None:
    page = browser.new_page(color_scheme=theme, locale="fr-FR", viewport={"width": 1366, "height": 1200})
    page.set_default_timeout(120_000)
    found = []
    for name in PAGES:
        page.goto(f"{address}/{name}?territory=kalundborg")
        settled(page)
        for violation in Axe().run(page, options=RULES).response["violations"]:
            if violation["impact"] not in ("serious", "critical"):
                continue
            mark = STREAMLIT.get(violation["id"])
            ours = [node["html"][:200] for node in violation["nodes"] if mark is None or mark not in node["html"]]
            found += [(name, violation["id"], html) for html in ours]
    page.close()
    assert found == []


def test_the_keyboard_alone_goes_from_the_start_to_a_printed_sheet(page: playwright.Page, address: str) -> None:
    page.set_default_timeout(120_000)
    page.goto(address)
    settled(page)

    def reach(role: str, name: str) -> None:
        wanted = page.get_by_role(role, name=re.compile(f"^(?:\\S+ )?{re.escape(name)}")).first  # an icon before, a size behind
        wanted.wait_for()
        for _step in range(120):
            if wanted.evaluate("one => one === document.activeElement"):
                break
            page.keyboard.press("Tab")
        look = "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.boxShadow]; }"
        focused = page.evaluate(look)
        assert wanted.evaluate("one => one === document.activeElement"), name
        assert focused[0] != "none" or focused[1] != "none", f"the focus on {name} cannot be seen"

    reach("button", "Ouvrir Kalundborg")
    page.keyboard.press("Enter")
    page.get_by_text("synergies proposées").wait_for()
    settled(page)
    reach("link", "Imprimer une fiche pour une réunion")
    page.keyboard.press("Enter")
    page.get_by_text("Qui donne quoi à qui").wait_for()
    settled(page)
    reach("button", "PDF, Word")
    page.keyboard.press("Enter")
    with page.expect_download() as waiting:
        reach("button", "PDF, à imprimer")
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename.endswith(".pdf")
