"""Databases of another release: what is done for the owner of a machine, and what is said where nothing may be done."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from tests import older_store
from tests.network import TestClient
from typer.testing import CliRunner

from symbiosis import cli, server, workspace
from symbiosis.api import create_api
from symbiosis.dashboard import identity
from symbiosis.deployment import Deployment
from symbiosis.errors import SchemaError, StoreError
from symbiosis.io.catalogue import territories
from symbiosis.server.application import bring_this_machine_up_to_date
from symbiosis.store import Principal, Store, backup, schema, sqlite
from symbiosis.store.backup import restore
from symbiosis.store.local import bring_up_to_date, owner_at
from symbiosis.store.places import places
from symbiosis.workspace.running import Runner
from symbiosis.workspace.stored import import_territory

LATEST = [schema.latest("private"), schema.latest("published")]
OLDER = [older_store.PRIVATE, older_store.PUBLISHED]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of this person, who has set nothing else."""
    for name in [name for name in os.environ if name.startswith("SYMBIOSIS_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("SYMBIOSIS_DATA", str(folder))
    monkeypatch.setattr(identity, "_opened", identity._opened.__wrapped__)  # a store of its own for each test
    return folder


def rows(folder: Path) -> list[int]:
    store = Store.at(folder)
    with store.open(Principal.owner(older_store.TERRITORY)) as session:
        found = [session.count(name) for name in ("territory", "company", "declared_row", "project", "project_note")]
    store.close()
    return found


def newer(folder: Path) -> None:
    Store.at(folder).close()
    with sqlite.opened(folder / "private.db") as connection:
        connection.execute("update alembic_version set version_num = '9999'").close()


def test_an_older_database_is_copied_then_brought_to_this_release_and_keeps_its_rows(data: Path, tmp_path: Path) -> None:
    older_store.write(data)
    copy = bring_up_to_date()
    assert copy is not None
    assert copy.parent == data / "copies"
    assert older_store.versions(data) == LATEST
    assert rows(data) == [1, 1, 1, 1, 1]
    told = json.loads((copy / "manifest.json").read_text())["databases"]
    assert [told[which]["schema"] for which in ("private", "published")] == OLDER

    restored = tmp_path / "restored"
    assert restore(copy, places(restored))["private"]["project_note"] == 1
    assert older_store.versions(restored) == OLDER, "the copy is of before"
    for place in places(restored):
        place.migrate()
    assert rows(restored) == [1, 1, 1, 1, 1]

    assert bring_up_to_date() is None, "once is enough"
    assert len(list((data / "copies").iterdir())) == 1


def test_nothing_is_changed_where_the_copy_fails(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older_store.write(data)
    monkeypatch.setattr(backup.audit, "broken", lambda _: [1])
    with pytest.raises(StoreError, match="trace"):
        bring_up_to_date()
    assert older_store.versions(data) == OLDER


def test_nothing_is_changed_where_one_of_the_databases_is_newer(data: Path) -> None:
    older_store.write(data)
    with sqlite.opened(data / "published.db") as connection:
        connection.execute("update alembic_version set version_num = '9999'").close()
    with pytest.raises(SchemaError) as error:
        bring_up_to_date()
    assert (error.value.which, error.value.is_older) == ("published", False)
    assert older_store.versions(data)[0] == older_store.PRIVATE
    assert not (data / "copies").exists()


def test_a_machine_without_data_or_with_an_empty_database_needs_no_copy(data: Path) -> None:
    assert bring_up_to_date() is None
    assert not data.exists(), "nothing is made by looking"
    older_store.write(data, is_empty=True)
    assert bring_up_to_date() is None
    assert older_store.versions(data) == LATEST


def test_a_database_of_a_server_is_left_to_its_owner(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older_store.write(data)
    monkeypatch.setenv("SYMBIOSIS_DATABASE_URL", "postgresql://nobody@localhost/nothing")
    assert bring_up_to_date() is None
    assert older_store.versions(data) == OLDER


def test_the_copy_of_an_upgrade_goes_after_30_days_so_that_what_was_erased_does_not_live_on(data: Path) -> None:
    older_store.write(data)
    copy = bring_up_to_date()
    manifest = copy / "manifest.json"
    told = json.loads(manifest.read_text())
    for days, stays in ((29, True), (31, False)):
        made = datetime.now(tz=UTC) - timedelta(days=days)
        manifest.write_text(json.dumps(told | {"made_at": made.isoformat()}))
        bring_up_to_date()
        assert copy.exists() == stays


def test_the_empty_territory_of_a_start_gives_way_to_the_first_that_holds_a_company(data: Path) -> None:
    store = Store.at(data)
    empty = owner_at(store).territory_id
    assert owner_at(store).territory_id == empty
    kept = import_territory(store, workspace.open_territory(territories()["kalundborg"], workspace.load_catalogue()))
    assert owner_at(store).territory_id == kept, "whoever comes back finds what was kept, not the empty one"
    assert owner_at(store, empty).territory_id == empty, "what somebody chose stands"
    store.close()


# ------------------------------------------------------------------------------------------------------------ the command line


def served(monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, str, bool]:
    """What `symbiosis serve` answers: exit code, words, and whether anything was served."""
    started: list[int] = []

    def run(port: int) -> None:
        started.append(port)

    monkeypatch.setattr(server, "run", run)
    done = CliRunner().invoke(cli.app, ["serve", *options])
    return done.exit_code, " ".join(done.output.split()), bool(started)


def test_serve_brings_the_databases_up_to_date_and_says_so_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older_store.write(data)
    code, said, is_served = served(monkeypatch)
    assert (code, is_served) == (0, True)
    assert "copie d'avant" in said
    assert "copy from before" in said
    assert str(data / "copies") in said.replace(" ", "")
    assert older_store.versions(data) == LATEST
    assert "copies" not in served(monkeypatch)[1]


def test_app_py_started_without_the_command_does_the_same_and_never_for_a_server(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    older_store.write(data)
    for mode, name, value in (("public", "HOSTS", "example.org"), ("server", "SECRET", "s" * 40)):
        monkeypatch.setenv("SYMBIOSIS_MODE", mode)
        monkeypatch.setenv(f"SYMBIOSIS_{name}", value)
        bring_this_machine_up_to_date()
    assert older_store.versions(data) == OLDER
    monkeypatch.setenv("SYMBIOSIS_MODE", "local")
    bring_this_machine_up_to_date()
    assert older_store.versions(data) == LATEST
    assert str(data / "copies") in caplog.text
    newer(data)
    bring_this_machine_up_to_date()  # the server starts, and its pages say what to do
    assert older_store.versions(data)[0] == "9999"


def test_serve_does_not_start_on_a_newer_database_and_says_what_to_do(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer(data)
    code, said, is_served = served(monkeypatch)
    assert (code, is_served) == (2, False)
    assert "Installez la dernière version" in said
    assert "Install the latest release" in said


@pytest.mark.parametrize("mode", ["public", "server"])
def test_a_server_is_never_migrated_by_being_started(data: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    older_store.write(data)
    for name, value in (("MODE", mode), ("HOSTS", "example.org"), ("SECRET", "s" * 40)):
        monkeypatch.setenv(f"SYMBIOSIS_{name}", value)
    code, said, is_served = served(monkeypatch)
    assert (code, is_served) == (2, False)
    assert "symbiosis migrate" in said
    assert older_store.versions(data) == OLDER


def test_accounts_are_not_listed_from_an_older_database_and_the_remedy_is_said(data: Path) -> None:
    older_store.write(data)
    done = CliRunner().invoke(cli.app, ["user", "list"])
    assert done.exit_code == 2
    assert "symbiosis migrate" in done.output


# ------------------------------------------------------------------------------------------------------------------ the pages


@pytest.mark.parametrize(
    ("which", "language", "said"),
    [
        ("older", "fr", ("plus ancienne", older_store.PRIVATE, LATEST[0], "`symbiosis serve`", "`symbiosis migrate`")),
        ("older", "en", ("an older release", older_store.PRIVATE, LATEST[0], "`symbiosis serve`", "`symbiosis migrate`")),
        ("newer", "fr", ("plus récente", "9999", LATEST[0], "dernière version")),
        ("newer", "en", ("a newer release", "9999", LATEST[0], "latest release")),
    ],
)
def test_a_page_says_what_is_wrong_with_the_schema_and_the_remedy(
    data: Path, which: str, language: str, said: tuple[str, ...]
) -> None:
    older_store.write(data) if which == "older" else newer(data)

    def first_page() -> None:
        import runpy

        from symbiosis.server import MAIN, on_script_error

        try:
            runpy.run_path(str(MAIN))
        except Exception as error:  # noqa: BLE001  # as Streamlit hands it over
            on_script_error(error)

    page = AppTest.from_function(first_page)
    page.query_params["lang"] = language
    page.run()
    assert not page.exception
    (shown,) = [one.value for one in page.error]
    assert [part for part in said if part not in shown] == []


def test_the_api_says_so_too(data: Path) -> None:
    older_store.write(data)
    api = create_api(Deployment(mode="local"), identity.open_store, person_key="person", runner=Runner(identity.open_store))
    answer = TestClient(api).get("/territory", headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (503, "schema")
    assert "symbiosis migrate" in answer.json()["remedy"]
