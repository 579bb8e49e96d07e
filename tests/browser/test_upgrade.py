"""What somebody sees whose data an earlier release has written; the company is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import older_store
from tests.browser.looking import Start, colours, settled

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods")]


def test_pages_served_without_the_command_say_what_to_do_in_the_language_of_the_reader(
    page: playwright.Page, start: Start, tmp_path: Path, root: Path
) -> None:
    older_store.write(tmp_path)
    page.set_default_timeout(60_000)
    address = start(tmp_path, script=root / "app.py")
    for language, said in (("fr", "version plus ancienne de symbiosis"), ("en", "an older release of symbiosis")):
        page.goto(f"{address}/?lang={language}")
        alert = page.get_by_test_id("stAlertContentError")
        alert.wait_for()
        settled(page)
        assert said in alert.inner_text()
        assert "symbiosis migrate" in alert.inner_text()
        assert page.title() == "symbiosis"
        assert colours(page.screenshot()) > 20
    assert older_store.versions(tmp_path) == [older_store.PRIVATE, older_store.PUBLISHED], "a page changes nothing"
