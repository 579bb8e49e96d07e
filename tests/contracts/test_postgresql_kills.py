"""A PostgreSQL of our own that is killed while people write: what they were told is done stands, whole, once."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.contracts import writers
from tests.contracts.conftest import Server, on_server, populated, prepared, started

from symbiosis.store.backup import _told
from symbiosis.store.postgresql import engine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes of PostgreSQL on Linux")
WRITERS = 4


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server that somebody has told to answer before a commit is kept: our commands do not let it."""
    folder = Path(tempfile.mkdtemp(prefix="symbiosis-pg-kill-"))
    made = started(folder, tmp_path_factory.mktemp("run"))
    admin = engine(made.get_uri(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("synchronous_commit = off", "wal_writer_delay = '2s'"):
            connection.execute(text(f"alter system set {setting}"))
        connection.execute(text("select pg_reload_conf()"))
        time.sleep(0.2)
        assert connection.execute(text("show fsync")).scalar() == "on"
    admin.dispose()
    yield made
    made.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def killed(running: Any, what: str) -> None:
    """Kills the postmaster with all its children, or one child that serves a client."""
    postmaster = psutil.Process(running.get_pid())
    children = postmaster.children()
    if what == "backend":
        serving = [child for child in children if "symbiosis_login" in " ".join(child.cmdline())]
        if serving:
            serving[0].kill()
        return
    for process in (postmaster, *children):
        with contextlib.suppress(psutil.NoSuchProcess):
            os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs([postmaster, *children], timeout=10)


def up_again(running: Any) -> None:
    """Starts the server, which recovers; on a loaded machine that takes longer than its starter waits."""
    for _ in range(12):
        with contextlib.suppress(subprocess.SubprocessError):
            running.ensure_postgres_running()
            return
        time.sleep(1)
    pytest.fail("PostgreSQL did not come back")


def kept(server: Server) -> dict[str, Any]:
    """What stands: keys of commands, and what is not whole."""
    owner = server.engine("template_private")
    try:
        with owner.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            saved = dict(connection.execute(text("select key, result ->> 'id' from idempotency_key where key like 'k%'")).all())
            rows = dict(connection.execute(text("select id, row_key from declared_row where row_key like 'k%'")).all())
            priced = text("select id, cells ->> 'outlet_cost_eur_per_unit' from declared_price")
            prices = dict(connection.execute(priced).all())
            traced = set(connection.execute(text("select subject_id from audit where resource = 'flow'")).scalars())
    finally:
        owner.dispose()
    torn = [key for key, one in saved.items() if rows.get(one) != key or prices.get(one) != key or one not in traced]
    torn += [key for one, key in rows.items() if saved.get(key) != one]
    return {"keys": set(saved), "torn": torn}


def kills(running: Any, rounds: int) -> dict[str, int]:
    """Writers who are served by a server that is killed, and send again what they had no answer to."""
    server, chance = prepared(running), random.Random(3)
    store = on_server(server, "template_private", "template_published")
    world = populated(store)
    who = {"user": world.member_ids[0], "territory": world.territories[0], "company": world.companies[0]}
    told: set[str] = set()
    is_over, failures, others = threading.Event(), [0], []

    def write(writer: int) -> None:
        place = 0
        while not is_over.is_set():
            key = f"k{writer}-{place}"
            try:
                writers.save(store, who, key)
            except DBAPIError:
                failures[0] += 1
                time.sleep(0.02)
                continue
            except Exception as error:  # noqa: BLE001  # whatever it is, it is told at the end
                others.append(repr(error))
                return
            told.add(key)
            place += 1

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    lost = torn = 0
    slowest = 0.0
    try:
        for number in range(2 * rounds):
            before = len(told)
            while len(told) < before + 70 and not others:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.05))
            killed(running, "backend" if number % 2 else "postmaster")
            begun = time.monotonic()
            up_again(running)
            slowest = max(slowest, time.monotonic() - begun)
            answered = set(told)
            for _ in range(200):
                with contextlib.suppress(DBAPIError):
                    stand = kept(server)
                    break
                time.sleep(0.1)
            lost += len(answered - stand["keys"])
            torn += len(stand["torn"])
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert others == []
    owner = server.engine("template_private")
    with owner.connect() as connection:
        _told(connection, "private")  # raises where the chain of the trace does not hold
    owner.dispose()
    store.close()
    stand = kept(server)
    seen = {"told": len(told), "lost": lost + len(told - stand["keys"]), "torn": torn + len(stand["torn"]),
            "failed": failures[0], "slowest_return_ms": round(1000 * slowest)}  # fmt: skip
    print(f"{rounds} kills of the postmaster, {rounds} of a backend: {seen}")  # noqa: T201
    return seen


@pytest.mark.long
def test_what_postgresql_acknowledged_outlives_15_kills_of_the_postmaster_and_15_of_a_backend(running: Any) -> None:
    seen = kills(running, 15)
    assert (seen["lost"], seen["torn"]) == (0, 0)
    assert seen["told"] >= 2000
    assert seen["failed"] > 0, "the writers noticed nothing: nothing was killed"
