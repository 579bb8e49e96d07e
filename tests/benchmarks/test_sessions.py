"""Fifty people who read and write in one store: how long they wait, on both databases.

pytest -m benchmark -s tests/benchmarks/test_sessions.py

Each belongs to a company of their own, reads what it declared, thinks, changes a row or only looks on; then once more while a
facilitator imports a register. Nothing may fail. The times are printed beside the goal and not asserted: how loaded the machine
is, is not the store's affair. What one reading and one command take of the processor is printed too.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contracts.conftest import on_server, prepared, started

from symbiosis.store import (
    CreateCompany,
    CreateTerritory,
    DeclaredRow,
    ImportRows,
    Principal,
    SaveRow,
    Store,
    run,
)
from symbiosis.store.tables import new_id

pytestmark = pytest.mark.benchmark
PEOPLE, ROWS, SECONDS, THINK_S = 50, 12, 30.0, (0.5, 3.5)
GOAL_MS = {"read": 50, "write": 500}


def row(company_id: str, key: str, words: str) -> DeclaredRow:
    cells = {"output_id": key, "site_id": "S", "description": words, "quantity": "12,5", "unit": "t"}
    return DeclaredRow(table_name="outputs", row_key=key, cells=cells, company_id=company_id)


def register(territory_id: str, companies: int, rows: int) -> ImportRows:
    """An import of companies that are new and what each of them declares."""
    new = tuple(CreateCompany(territory_id=territory_id, name=f"Fictive {k}", company_id=new_id()) for k in range(companies))
    cells = tuple(row(one.company_id, f"O{k}", f"reste {k}") for one in new for k in range(rows))
    return ImportRows(
        territory_id=territory_id, rows=cells, companies=new, kind="template", file_name="x.csv", file_sha256=new_id()
    )


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    store = Store.at(tmp_path / "data")
    yield store
    store.close()


@pytest.fixture
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """On a server of its own, which syncs."""
    folder = Path(tempfile.mkdtemp(prefix="symbiosis-pg-sessions-"))
    running = started(folder, tmp_path_factory.mktemp("run"))
    store = on_server(prepared(running), "template_private", "template_published")
    yield store
    store.close()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def crowd(store: Store, territory_id: str, entered: ImportRows, *, is_importing: bool) -> dict[str, list[float]]:
    """Milliseconds of each reading and each command of all people; nothing fails."""
    took: dict[str, list[float]] = {"read": [], "write": [], "import": []}
    failed: list[str] = []
    end = time.monotonic() + SECONDS

    def timed(what: str, begun: float) -> None:
        took[what].append(1000 * (time.perf_counter() - begun))

    def live(place: int) -> None:
        chance, company_id = random.Random(place), entered.companies[place].company_id
        who = Principal(user_id=new_id(), role="editor", territory_id=territory_id, company_ids=(company_id,))
        time.sleep(chance.uniform(0, THINK_S[1]))
        while time.monotonic() < end:
            try:
                begun = time.perf_counter()
                with store.open(who) as session:
                    rows = session.rows("declared_row")
                timed("read", begun)
                assert len(rows) == ROWS
                time.sleep(chance.uniform(*THINK_S))
                if chance.random() < 0.6:
                    one = chance.choice(rows)
                    changed = SaveRow(
                        territory_id=territory_id, row=row(company_id, one["row_key"], str(begun)), version=one["version"]
                    )
                    begun = time.perf_counter()
                    run(store, who, changed, key=new_id())
                    timed("write", begun)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is counted
                failed.append(repr(error))

    def bring() -> None:
        time.sleep(SECONDS / 3)
        begun = time.perf_counter()
        run(store, Principal.owner(territory_id), register(territory_id, 300, 4), key=new_id())
        timed("import", begun)

    threads = [threading.Thread(target=live, args=(place,)) for place in range(PEOPLE)]
    threads += [threading.Thread(target=bring)] if is_importing else []
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return took


def alone(store: Store, territory_id: str, entered: ImportRows, times: int = 60) -> str:
    """What a reading and a command take where nobody else asks: milliseconds of our processor, and by the wall at best."""
    company_id = entered.companies[0].company_id
    who = Principal(user_id=new_id(), role="editor", territory_id=territory_id, company_ids=(company_id,))

    def read() -> None:
        with store.open(who) as session:
            session.rows("declared_row")

    def write() -> None:
        with store.open(who) as session:
            one = session.rows("declared_row")[0]
        changed = row(company_id, one["row_key"], new_id())
        run(store, who, SaveRow(territory_id=territory_id, row=changed, version=one["version"]), key=new_id())

    told = []
    for what, ask in (("a reading", read), ("a reading and a command", write)):
        walls, begun = [], time.process_time()
        for _ in range(times):
            at = time.perf_counter()
            ask()
            walls.append(time.perf_counter() - at)
        told.append(
            f"{what} {1000 * (time.process_time() - begun) / times:.1f} ms of our processor, {1000 * min(walls):.1f} ms"
        )
    return ", ".join(told)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_fifty_people_read_and_write_in_one_store(kind: str, request: pytest.FixtureRequest) -> None:
    store = request.getfixturevalue(kind)
    territory_id = run(store, Principal.owner(), CreateTerritory(name="T"), key=new_id())["id"]
    entered = register(territory_id, PEOPLE, ROWS)
    run(store, Principal.owner(territory_id), entered, key=new_id())
    sys.stdout.write(f"{kind}: {alone(store, territory_id, entered)}\n")
    for is_importing in (False, True):
        took = crowd(store, territory_id, entered, is_importing=is_importing)
        meanwhile = f", an import of {took['import'][0] / 1000:.1f} s meanwhile" if is_importing else ""
        for what, goal in GOAL_MS.items():
            times = sorted(took[what])
            middle, late = (times[int(share * (len(times) - 1))] for share in (0.5, 0.95))
            sys.stdout.write(
                f"{kind}, {PEOPLE} people{meanwhile}: {len(times)} times {what}, p50 {middle:.0f} ms, p95 {late:.0f} ms "
                f"(goal {goal} ms), longest {times[-1]:.0f} ms\n"
            )
