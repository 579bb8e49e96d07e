"""A server that goes on: sessions, imports and runs for as long as ``SYMBIOSIS_SOAK_MINUTES`` says, and what is left of them.

Ten people go from page to page as a browser does; each minute a register is imported and a run is asked for. After a third of
the time, in which everything is loaded that ever is, memory, descriptors and threads are counted, and again at the end.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from tests.benchmarks.test_load import crowd
from tests.trackdechets import export

from symbiosis.store import CreateTerritory, Principal, Store, run
from symbiosis.workspace import importing, load_catalogue, open_territory
from symbiosis.workspace.stored import import_territory

pytestmark = [pytest.mark.long, pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors as Linux tells them")]
MINUTES = float(os.environ.get("SYMBIOSIS_SOAK_MINUTES", "5"))
KEPT_S = 210
"""Streamlit keeps who has left for three minutes or so, with three descriptors of a loop each: then their number stands."""

PEOPLE, EVERY_S = 10, 8.0
MOST_GROWTH, MOST_WAL = 0.10, 64 * 2**20


class Server:
    """The server of one person, its databases and what it says."""

    def __init__(self, data: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.data, self.said = data, data / "said.txt"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from symbiosis.cli import main; main()", "serve", "--port", str(self.port)],
                cwd=data, env={**os.environ, "SYMBIOSIS_DATA": str(data)}, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                assert self.process.poll() is None, self.said.read_text()
                time.sleep(0.3)

    def seen(self) -> dict[str, int]:
        """What the process holds."""
        process = psutil.Process(self.process.pid)
        children = process.children(recursive=True)
        return {
            "megabytes": process.memory_info().rss // 2**20, "descriptors": process.num_fds(), "threads": process.num_threads(),
            "zombies": sum(child.status() == psutil.STATUS_ZOMBIE for child in children),
            "wal": sum(file.stat().st_size for file in self.data.glob("*.db-wal")),
        }  # fmt: skip

    def ask_for_a_run(self, territory_id: str) -> int:
        """Status of the answer: 202, or 429 once a day's runs are used up."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/runs?territory_id={territory_id}", b"{}",
            {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.process.terminate()
    made.process.wait(timeout=30)


def test_a_server_that_goes_on_holds_no_more_than_at_first(server: Server, tmp_path: Path) -> None:
    store = Store.at(tmp_path)
    territory_id = import_territory(store, open_territory("val-de-fensch", load_catalogue()))
    other = run(store, Principal.owner(), CreateTerritory(name="Imports"), key="t")["id"]
    file = export(movements=2_000).write_csv(tmp_path / "registre.csv")
    is_over, answers, failed = threading.Event(), [], []

    def each_minute() -> None:
        owner = Principal.owner(other)
        while not is_over.is_set():
            try:
                preview = importing.read_files(store, owner, ((file.name, file.read_bytes()),))
                importing.commit(store, owner, preview, key=uuid4().hex)
                for row in importing.past_imports(store, owner)[:1]:
                    importing.undo(store, owner, row["id"], key=uuid4().hex)
                answers.append(server.ask_for_a_run(territory_id))
            except Exception as error:  # noqa: BLE001  # whatever it is, it is told at the end
                failed.append(repr(error))
            is_over.wait(60)

    working = threading.Thread(target=each_minute)
    working.start()
    counted, end = [], time.monotonic() + 60 * MINUTES
    third = time.monotonic() + max(KEPT_S, 60 * MINUTES / 3)
    try:
        while time.monotonic() < end:
            pages = asyncio.run(crowd(server.port, PEOPLE, 2, EVERY_S))
            assert not any(has_failed for *_, has_failed in pages)
            if time.monotonic() > third:
                counted.append(server.seen())
    finally:
        is_over.set()
        working.join()
    store.close()
    last = server.seen()
    sys.stdout.write(
        f"{MINUTES:.0f} minutes, {PEOPLE} people, {len(answers)} imports and runs: {counted[0]}, at the end {last}\n"
    )
    assert failed == []
    assert set(answers) <= {202, 429}
    assert "Traceback" not in server.said.read_text()
    assert last["zombies"] == 0
    assert max(one["wal"] for one in (*counted, last)) <= MOST_WAL
    assert last["megabytes"] <= (1 + MOST_GROWTH) * counted[0]["megabytes"]
    assert last["descriptors"] <= 1.1 * counted[0]["descriptors"] + 8
    assert last["threads"] <= counted[0]["threads"] + 8
