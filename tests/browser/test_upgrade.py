"""What somebody sees whose data an earlier release has written; the company is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import older_store
from tests.browser.looking import Start, colours, settled

from symbiosis.store import Store, schema, sqlite

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods")]


def test_served_without_the_command_an_older_database_is_copied_and_brought_to_this_release(
    page: playwright.Page, start: Start, tmp_path: Path, root: Path
) -> None:
    older_store.write(tmp_path)
    page.set_default_timeout(60_000)
    page.goto(start(tmp_path, script=root / "app.py"))
    page.get_by_text("Travailler avec vos données").wait_for()
    assert page.get_by_test_id("stAlertContentError").count() == 0
    assert older_store.versions(tmp_path) == [schema.latest("private"), schema.latest("published")]
    assert len(list((tmp_path / "copies").iterdir())) == 1


def test_a_newer_database_is_left_and_pages_say_what_to_do_in_the_language_of_the_reader(
    page: playwright.Page, start: Start, tmp_path: Path, root: Path
) -> None:
    Store.at(tmp_path).close()
    with sqlite.opened(tmp_path / "private.db") as connection:
        connection.execute("update alembic_version set version_num = '9999'").close()
    page.set_default_timeout(60_000)
    address = start(tmp_path, script=root / "app.py")
    for language, said in (("fr", "version plus récente de symbiosis"), ("en", "a newer release of symbiosis")):
        page.goto(f"{address}/?lang={language}")
        alert = page.get_by_test_id("stAlertContentError")
        alert.wait_for()
        settled(page)
        assert said in alert.inner_text()
        assert ("dernière version" if language == "fr" else "latest release") in alert.inner_text()
        assert page.title() == "symbiosis"
        assert colours(page.screenshot()) > 20
    assert older_store.versions(tmp_path)[0] == "9999", "a page changes nothing"
