"""Fifty people on one server, each doing something every ten seconds: how long they wait, and how much they are sent.

Each is a websocket that speaks Streamlit's own protocol, as a browser does; nobody draws anything. What they do is to go from
page to page of the demonstration, and to choose one company on the map. The figures are printed; nothing is asserted of time.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Selectbox_pb2 import Selectbox

from symbiosis import workspace
from symbiosis.benchmarks.synthetic import synthetic_country
from symbiosis.report.declared import write_declarations
from symbiosis.scenario import Scenario

websockets = pytest.importorskip("websockets.asyncio.client")
pytestmark = pytest.mark.benchmark

PEOPLE, EVERY_S, FLOWS = 50, 10.0, 20_000
PAGES = ("carte", "carte", "synergies", "fiche", "non-retenues", "exports", "")
"""The second time that somebody is on the map, they choose a company there."""

SERVE = "from symbiosis.cli import main; main()"
OF_A_FOLDER = """
import os
from pathlib import Path
from symbiosis import workspace
from functools import cache
from symbiosis.dashboard import state
state._open_shipped = cache(lambda name: workspace.open_territory(Path(os.environ["TERRITORY"]), state.catalogue()))
"""
"""A server that shows the territory of a folder where it would show the demonstration, so that all share it."""


@contextmanager
def served(tmp_path: Path, territory: Path | None = None) -> Iterator[int]:
    """The port of a server of its own; it stops at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", (OF_A_FOLDER if territory else "") + SERVE, "serve", "--port", str(number)],
        cwd=tmp_path, env={**os.environ, "SYMBIOSIS_DATA": str(tmp_path), "TERRITORY": str(territory or "")},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _attempt in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{number}/_stcore/health", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the server stopped"
                time.sleep(0.3)
        yield number
    finally:
        process.terminate()
        process.wait(timeout=20)


class Visitor:
    """Somebody with a tab open."""

    def __init__(self, socket_: Any) -> None:
        self._socket, self._pages = socket_, dict[str, str]()
        self._page, self._companies = "", Selectbox()

    async def ask(self, page: str) -> tuple[float, int, bool]:
        """Open a page, or choose a company where it is open: seconds until it is drawn, bytes received, whether it failed."""
        asked = BackMsg()
        asked.rerun_script.query_string = "territory=val-de-fensch"
        if page in self._pages:
            asked.rerun_script.page_script_hash = self._pages[page]
        if page == self._page == "carte" and self._companies.options:
            chosen = asked.rerun_script.widget_states.widgets.add()
            chosen.id, chosen.string_value = self._companies.id, self._companies.options[1]
        self._page = page
        start, size, has_failed = time.perf_counter(), 0, False
        await self._socket.send(asked.SerializeToString())
        while True:
            raw = await self._socket.recv()
            size += len(raw)
            told = ForwardMsg()
            told.ParseFromString(raw)
            if told.HasField("navigation"):
                self._pages = {one.url_pathname: one.page_script_hash for one in told.navigation.app_pages}
            if told.delta.new_element.selectbox.label == "Acteur":
                self._companies = told.delta.new_element.selectbox
            if told.HasField("delta") and told.delta.new_element.HasField("exception"):
                has_failed = True
            # A script that asks to be run again ends as one that is not finished.
            if told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY and told.HasField("script_finished"):
                return time.perf_counter() - start, size, has_failed


async def crowd(port: int, people: int, rounds: int, every_s: float) -> list[tuple[str, float, int, bool]]:
    """What everybody saw, the first page of each apart."""
    seen: list[tuple[str, float, int, bool]] = []
    chance = random.Random(7)

    async def live(delay: float, order: list[str]) -> None:
        await asyncio.sleep(delay)
        where = f"ws://127.0.0.1:{port}/_stcore/stream"
        async with websockets.connect(
            where, subprotocols=["streamlit"], max_size=None, open_timeout=60, ping_interval=None
        ) as opened:
            visitor = Visitor(opened)
            seen.append(("first", *await visitor.ask("")))
            for page in order:
                due = time.perf_counter() + every_s * chance.uniform(0.8, 1.2)
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                seen.append((page, *await visitor.ask(page)))

    visits = [
        live(every_s * place / people, [PAGES[(place + turn) % len(PAGES)] for turn in range(rounds)])
        for place in range(people)
    ]
    await asyncio.gather(*visits)
    return seen


def measure(port: int, people: int, every_s: float) -> None:
    """Print how long so many people wait, and what one of them is sent."""
    seen = asyncio.run(crowd(port, people, len(PAGES) - 1, every_s))
    assert not any(has_failed for *_rest, has_failed in seen)
    later = sorted(seconds for page, seconds, _size, _failed in seen if page != "first")
    first = statistics.median(seconds for page, seconds, _size, _failed in seen if page == "first")
    sys.stdout.write(
        f"{people:>3} people: first page {first:.2f} s, then p50 {statistics.median(later):.2f} s, "
        f"p95 {later[int(0.95 * (len(later) - 1))]:.2f} s over {len(later)} pages\n"
    )
    if people == 1:
        for page, seconds, size, _failed in seen:
            sys.stdout.write(f"    /{page:<14} {seconds:.2f} s, {size / 1000:.0f} KB\n")


def test_fifty_people_on_one_server(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        asyncio.run(crowd(port, 1, len(PAGES) - 1, 0.1))  # the territory is computed once, as `symbiosis demo` does
        for people in (1, 10, PEOPLE):
            measure(port, people, EVERY_S if people > 1 else 0.5)


def test_a_territory_of_thousands_of_exchanges(tmp_path: Path) -> None:
    folder, catalogue = tmp_path / "country", workspace.load_catalogue()
    write_declarations(synthetic_country(catalogue, FLOWS, seed=7, is_linear=True), folder)
    exchanges = workspace.match(workspace.open_territory(folder, catalogue), catalogue, Scenario()).feasible.proposals.exchanges
    sys.stdout.write(f"{len(exchanges)} exchanges of {FLOWS} flows\n")
    with served(tmp_path, folder) as port:
        asyncio.run(crowd(port, 1, len(PAGES) - 1, 0.1))
        measure(port, 1, 0.5)
