"""Every file of the page of exports, taken by a browser and read back by what would open it."""

from __future__ import annotations

import csv
import json
import sqlite3
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from docx import Document
from PIL import Image
from tests.browser.looking import Start, settled

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
]


def read_back(name: str, path: Path) -> bool:
    """Whether a file holds what its name promises."""
    content = path.read_bytes()
    suffix = name.rsplit(".", 1)[-1]
    if suffix == "csv":
        return len(list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))) > 1
    if suffix == "xlsx":
        return len(openpyxl.load_workbook(BytesIO(content), read_only=True).sheetnames) > 3
    if suffix in ("json", "geojson"):
        return bool(json.loads(content))
    if suffix in ("graphml", "svg"):
        return len(ET.fromstring(content)) > 0
    if suffix == "gpkg":
        with sqlite3.connect(path) as database:
            return bool(database.execute("select count(*) from gpkg_contents").fetchone()[0])
    if suffix == "docx":
        return any(one.text for one in Document(BytesIO(content)).paragraphs)
    if suffix == "png":
        return Image.open(BytesIO(content)).size[0] > 300
    return suffix == "pdf" and content.startswith(b"%PDF-")


def test_every_file_of_the_exports_is_read_back(page: playwright.Page, start: Start, tmp_path: Path) -> None:
    page.set_default_timeout(120_000)
    page.goto(f"{start(tmp_path)}/exports?territory=kalundborg")
    page.get_by_text("Tables et cartes").wait_for()
    settled(page)
    taken: dict[str, bool] = {}

    def take(button: playwright.Locator) -> None:
        with page.expect_download() as waiting:
            button.click()
        name = waiting.value.suggested_filename
        assert name not in taken, name
        taken[name] = read_back(name, Path(waiting.value.path()))

    main = page.get_by_test_id("stMain")
    for place in range(main.get_by_test_id("stDownloadButton").count()):
        take(main.get_by_test_id("stDownloadButton").nth(place).get_by_role("button"))
    menus = main.get_by_test_id("stPopover").filter(has_not_text="Hypothèses")
    for place in range(menus.count()):
        menus.nth(place).get_by_role("button").click()
        inside = page.get_by_test_id("stPopoverBody").get_by_test_id("stDownloadButton")
        inside.first.wait_for()
        settled(page)
        for number in range(inside.count()):
            take(inside.nth(number).get_by_role("button"))
        page.keyboard.press("Escape")
        inside.first.wait_for(state="detached")
    assert [name for name, is_good in taken.items() if not is_good] == []
    found = {name.rsplit(".", 1)[-1] for name in taken}
    assert found >= {"csv", "xlsx", "geojson", "graphml", "json", "pdf", "docx", "svg", "png"}
