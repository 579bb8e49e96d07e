"""What was acknowledged is kept: killed processes, power cuts, crowds of writers, retries, copies under load."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.contracts import writers
from tests.contracts.conftest import World
from tests.contracts.power import recorded

from symbiosis.errors import StoreError
from symbiosis.store import Store, schema, sqlite
from symbiosis.store.backup import back_up, restore
from symbiosis.store.places import Place, places

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes and reads the structures of SQLite on Linux")


def written(world: World, what: str, amount: int) -> dict[str, int]:
    """What a script of processes saw in a copy of the world."""
    who = {"user": world.member_ids[0], "territory": world.territories[0], "company": world.companies[0]}
    world.store.close()
    done = subprocess.run(
        [sys.executable, str(Path(writers.__file__)), what, str(world.store.private.file.parent), json.dumps(who), str(amount)],
        capture_output=True, text=True, timeout=3000, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sys.stdout.write(f"{what} {amount}: {done.stdout}\n")
    return json.loads(done.stdout)


def kills(world: World, rounds: int) -> dict[str, int]:
    seen = written(world, "kill", rounds)
    assert (seen["lost"], seen["torn"], seen["damaged"]) == (0, 0, 0)
    return seen


def test_what_was_acknowledged_outlives_a_kill(sqlite_world: World) -> None:
    assert kills(sqlite_world, 6)["told"] > 0


@pytest.mark.long
def test_what_was_acknowledged_outlives_200_kills(sqlite_world: World) -> None:
    assert kills(sqlite_world, 200)["told"] >= 1000


def test_a_command_sent_again_for_want_of_an_answer_is_done_once(sqlite_world: World) -> None:
    seen = written(sqlite_world, "retry", 10)
    assert (seen["rows"], seen["torn"]) == (10, 0)


@pytest.mark.long
def test_300_commands_sent_again_are_done_once(sqlite_world: World) -> None:
    seen = written(sqlite_world, "retry", 300)
    assert (seen["rows"], seen["torn"], seen["not_committed_before_the_retry"]) == (300, 0, 0)


def test_writers_wait_for_each_other_and_lose_nothing(sqlite_world: World) -> None:
    seen = written(sqlite_world, "crowd", 2)
    assert (seen["writers"], seen["failed"], seen["lost"]) == (16, 0, 0)
    assert seen["done"] > 0


@pytest.mark.long
def test_16_writers_of_a_minute_wait_for_each_other_and_lose_nothing(sqlite_world: World) -> None:
    seen = written(sqlite_world, "crowd", 60)
    assert (seen["writers"], seen["failed"], seen["lost"]) == (16, 0, 0)


# ------------------------------------------------------------------------------------------------------------- power cuts


def cuts(world: World, folder: Path, number: int, monkeypatch: pytest.MonkeyPatch, synchronous: str = "FULL") -> dict[str, int]:
    """What a number of power cuts leave of commands that had been acknowledged."""
    connect = sqlite.connect

    def weakened(file: Path, **options: float) -> object:
        connection = connect(file, **options)
        connection.execute(f"pragma synchronous = {synchronous}").close()
        connection.execute("pragma wal_autocheckpoint = 40").close()
        return connection

    data = world.store.private.file.parent
    who = {"user": world.member_ids[0], "territory": world.territories[0], "company": world.companies[0]}
    world.store.close()
    before = folder / "before"
    before.mkdir()
    for file in data.glob("private.db*"):
        (before / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(sqlite, "connect", weakened)
    with recorded() as disk:
        store = Store.at(data)
        for place in range(40):
            writers.save(store, who, f"k{place}")
            disk.acknowledge(f"k{place}")
        store.close()
    monkeypatch.undo()
    begun = next(place for place, entry in enumerate(disk.log) if entry[0] == "told")
    disk.log = [
        (what, str(before / Path(name).name) if what != "told" else name, where, data) for what, name, where, data in disk.log
    ]
    chance, lost, torn, damaged = random.Random(11), 0, 0, 0
    for round_ in range(number):
        after = folder / f"after-{round_}"
        told = disk.cut(chance.randrange(begun, len(disk.log)), before, after, chance)
        stand = writers.kept(after)
        lost += len(told - stand["keys"])
        torn += len(stand["torn"])
        damaged += stand["damage"] != ["ok"]
    assert sum(entry[0] == "told" for entry in disk.log) == 40
    return {"lost": lost, "torn": torn, "damaged": damaged}


needs_our_sqlite = pytest.mark.skipif(
    "pysqlite3" not in sqlite.driver.__name__, reason="the recording file system needs the SQLite of pysqlite3"
)


@needs_our_sqlite
def test_what_was_acknowledged_outlives_a_power_cut(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cuts(sqlite_world, tmp_path, 30, monkeypatch) == {"lost": 0, "torn": 0, "damaged": 0}


@needs_our_sqlite
def test_the_power_cuts_bite_where_the_setting_is_weakened(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cuts(sqlite_world, tmp_path, 30, monkeypatch, "NORMAL")
    assert found["lost"] > 0
    assert (found["torn"], found["damaged"]) == (0, 0)


@needs_our_sqlite
@pytest.mark.long
def test_what_was_acknowledged_outlives_150_power_cuts(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cuts(sqlite_world, tmp_path, 150, monkeypatch) == {"lost": 0, "torn": 0, "damaged": 0}


# ---------------------------------------------------------------------------------------------------------- version of SQLite


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 40, 1), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False), ((3, 50, 7), True),
        ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True),
    ],
)  # fmt: skip
def test_a_sqlite_that_can_lose_commits_in_wal_mode_gets_the_other_journal(
    version: tuple[int, ...], is_safe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite.is_wal_safe(version) == is_safe
    connection = sqlite.connect(tmp_path / "x.db", timeout_s=1, version=version)
    settings = [connection.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    secure = [connection.execute(f"pragma {name}").fetchone()[0] for name in ("secure_delete", "trusted_schema")]
    connection.close()
    assert settings == ["wal" if is_safe else "delete", 2, 1]
    assert secure == [1, 0]


@pytest.mark.parametrize(
    ("folder", "kind"), [("/srv/share/data", "nfs4"), ("/srv/share me/x", "fuse.sshfs"), ("/srv/local", ""), ("/home/me", "")]
)
def test_a_folder_on_a_network_is_refused(folder: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = "/dev/sda1 / ext4 rw 0 0\nserver:/x /srv/share nfs4 rw 0 0\nme@host: /srv/share\\040me fuse.sshfs rw 0 0\n"
    assert sqlite.network_of(Path(folder), mounts) == kind
    fake = tmp_path / "mounts"
    fake.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path} cifs rw 0 0\n")
    monkeypatch.setattr(sqlite, "_MOUNTS", fake)
    with pytest.raises(StoreError, match="network"):
        Store.at(tmp_path / "data")


def test_the_screens_are_told_of_an_unsafe_sqlite_and_the_store_works_on(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sqlite_world.store.warning == ("" if sqlite.is_wal_safe(sqlite.driver.sqlite_version_info) else "sqlite_without_wal")
    monkeypatch.setattr(sqlite, "is_wal_safe", lambda _: False)
    sqlite_world.store.close()
    store = Store.at(sqlite_world.store.private.file.parent)
    assert store.warning == "sqlite_without_wal"
    with store.open(sqlite_world.facilitator()) as session:  # who reads leaves a trace: a reader that writes, in that journal
        assert len(session.rows("declared_row")) == 2
        assert len(session.rows("contact")) == 2
    store.close()


# -------------------------------------------------------------------------------------------------------------------- copies


def copies_under_load(world: World, folder: Path, number: int) -> None:
    who = {"user": world.member_ids[0], "territory": world.territories[0], "company": world.companies[0]}
    data = world.store.private.file.parent
    is_over, told = threading.Event(), []

    def write() -> None:
        while not is_over.is_set():
            key = f"k{len(told)}"
            writers.save(world.store, who, key)
            told.append(key)

    load = threading.Thread(target=write)
    load.start()
    try:
        for round_ in range(number):
            before = set(told)
            copy = back_up(places(data), folder / "copies")
            target = folder / f"restored-{round_}"
            counts = restore(copy, places(target))
            stand = writers.kept(target)
            assert not before - stand["keys"]
            assert (stand["damage"], stand["torn"]) == (["ok"], [])
            assert counts["private"]["territory"] == 2
    finally:
        is_over.set()
        load.join()


def test_a_copy_made_under_load_holds_all_that_was_acknowledged(sqlite_world: World, tmp_path: Path) -> None:
    copies_under_load(sqlite_world, tmp_path, 2)


@pytest.mark.long
def test_20_copies_made_under_load_hold_all_that_was_acknowledged(sqlite_world: World, tmp_path: Path) -> None:
    copies_under_load(sqlite_world, tmp_path, 20)


def test_a_copy_is_refused_where_it_is_damaged_empty_or_would_destroy(sqlite_world: World, tmp_path: Path) -> None:
    data = sqlite_world.store.private.file.parent
    copy = back_up(places(data), tmp_path / "copies")
    with pytest.raises(StoreError, match="would be lost"):
        restore(copy, places(data))
    restore(copy, places(data), is_replacing=True)
    with sqlite_world.store.open(sqlite_world.member(0)) as session:
        assert session.count("declared_row") == 1
    (copy / "private.db").write_bytes((copy / "private.db").read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match="damaged"):
        restore(copy, places(data), is_replacing=True)
    empty = Store.at(tmp_path / "empty")
    empty.close()
    with pytest.raises(StoreError, match="no row"):
        back_up(places(tmp_path / "empty"), tmp_path / "copies")


# ---------------------------------------------------------------------------------------------------------------- migrations


def test_the_migrated_schema_is_the_one_that_the_code_declares(world: World) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    for which, database in (("private", world.store.private), ("published", world.store.published)):
        with owning(database, which) as connection:
            found = compare_metadata(MigrationContext.configure(connection), schema.METADATA[which])
        assert found == []


def owning(database: object, which: str):
    if isinstance(database, sqlite.Sqlite):
        return Place(which, database.file).owning()
    url = database._engine.url.set(username="postgres")
    return Place(which, url.render_as_string(hide_password=False)).owning()


@pytest.mark.parametrize("moment", ["first", "middle", "last"])
def test_a_migration_that_is_interrupted_leaves_the_old_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """As a kill leaves it: the transaction never ends."""
    from alembic import op

    place, made = Place("private", tmp_path / "private.db"), []
    stop = {"first": 1, "middle": 12, "last": 23}[moment]
    create = op.create_table

    def create_table(*arguments: object, **options: object) -> object:
        made.append(arguments[0])
        if len(made) == stop:
            raise KeyboardInterrupt
        return create(*arguments, **options)

    monkeypatch.setattr(op, "create_table", create_table)
    with pytest.raises(KeyboardInterrupt), place.owning() as connection:
        schema.migrate(connection, "private")
    monkeypatch.undo()
    assert len(made) == stop
    with place.owning() as connection:
        assert schema.version(connection) == ""
    with sqlite.opened(place.at) as connection:
        assert connection.execute("select count(*) from sqlite_master").fetchone() == (0,)
    place.migrate()
    with place.owning() as connection:
        schema.check(connection, "private")


def of_the_first_release(place: Place, rows: int) -> None:
    """A database as the first release wrote it, with many declared rows."""
    with place.owning() as connection:
        schema.migrate(connection, "private", to="0001")
        who = {"territory": "a" * 32, "company": "b" * 32, "at": "2025-01-01T00:00:00+00:00"}
        made = (
            "insert into territory (id, name, facts, extension, version, created_at)"
            " values (:territory, 'T', '{}', '{}', 1, :at)"
        )
        connection.execute(text(made), who)
        entered = (
            "insert into company (id, territory_id, actor_key, name, profile, version, created_at, updated_at)"
            " values (:company, :territory, 'A', 'Fictive', '{}', 1, :at, :at)"
        )
        connection.execute(text(entered), who)
        declared = (
            "insert into declared_row (id, territory_id, company_id, table_name, row_key, cells, visibility, version,"
            " updated_at) values (:id, :territory, :company, 'outputs', :id, '{}', 'facilitator', 1, :at)"
        )
        connection.execute(text(declared), [{**who, "id": f"{number:032x}"} for number in range(rows)])


@pytest.mark.long
def test_a_migration_of_many_rows_killed_at_any_moment_leaves_the_old_or_the_new_and_resumes(tmp_path: Path) -> None:
    rows, draw = 100_000, random.Random(8)
    first, place = tmp_path / "first.db", Place("private", tmp_path / "private.db")
    of_the_first_release(Place("private", first), rows)

    def started(at_most: float) -> tuple[str, float]:
        """Schema that stands after a child that migrates has been killed, or has done; and how long it ran."""
        for file in tmp_path.glob("private.db*"):
            file.unlink()
        shutil.copy(first, place.at)
        child = writers.forked(place.migrate)
        begun = time.monotonic()
        while time.monotonic() < begun + at_most and os.waitpid(child, os.WNOHANG) == (0, 0):
            time.sleep(0.002)
        spent = time.monotonic() - begun
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        with place.owning() as connection:
            found = schema.version(connection)
        with sqlite.opened(place.at) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
            assert connection.execute("select count(*) from declared_row").fetchone() == (rows,)
        return found, spent

    newest, seconds = started(120)
    seen = {started(draw.uniform(0, 1.2 * seconds))[0] for _ in range(20)}
    assert seen == {"0001", newest}, "never between, and both were seen"
    started(seconds / 4)
    place.migrate()
    with place.owning() as connection:
        schema.check(connection, "private")


def test_a_schema_of_another_release_is_refused(sqlite_world: World) -> None:
    data = sqlite_world.store.private.file.parent
    for version, remedy in (("0000", "symbiosis migrate"), ("9999", "later release")):
        with sqlite.opened(data / "private.db") as connection:
            connection.execute("update alembic_version set version_num = ?", (version,)).close()
        with pytest.raises(StoreError, match=remedy):
            Store.at(data)
