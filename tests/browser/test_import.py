"""A year's register of 300 sites through a real browser: handed in, read, written, seen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.browser.test_journey import address, settled
from tests.trackdechets import export

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
]
__all__ = ["address"]


def test_twenty_thousand_movements_come_in_from_a_workbook(
    page: playwright.Page, address: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    file = export().write_xlsx(tmp_path / "registre.xlsx")
    page.set_default_timeout(120_000)
    page.goto(f"{address}/donnees")
    settled(page)
    page.get_by_test_id("stFileUploaderDropzoneInput").last.set_input_files(file)
    page.get_by_text("registre.xlsx").first.wait_for()
    settled(page)
    begun = time.monotonic()
    page.get_by_role("button", name="Lire sans rien enregistrer").click()
    take = page.get_by_role("button", name="Tout importer")
    take.wait_for()
    read = time.monotonic()
    page.get_by_text("300 entreprises du fichier seront inscrites").wait_for()
    page.get_by_text(re.compile(r"20\s000")).first.wait_for()
    settled(page)
    pressed = time.monotonic()
    take.click()
    page.get_by_text("300 entreprises inscrites").wait_for()
    written = time.monotonic()
    record_property("seconds", {"read": read - begun, "written": written - pressed})
    page.get_by_text(re.compile(r"1\s200 nouvelles")).first.wait_for()
