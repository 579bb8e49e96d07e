"""Processes that write through our commands and are killed: run as a script, it tells what it saw as JSON.

``python writers.py kill FOLDER WORLD ROUNDS`` · ``retry FOLDER WORLD TIMES`` · ``crowd FOLDER WORLD SECONDS``

Processes are forked from this one, which has loaded everything and holds no connection.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from symbiosis.errors import StaleVersion
from symbiosis.store import DeclaredRow, Principal, SaveRow, Store, run, sqlite
from symbiosis.store.backup import _told
from symbiosis.store.places import Place

WRITERS = 4


def member(world: dict[str, str]) -> Principal:
    return Principal(user_id=world["user"], role="editor", territory_id=world["territory"], company_ids=(world["company"],))


def save(store: Store, world: dict[str, str], key: str, *, row_key: str = "", version: int = 0) -> dict[str, Any]:
    cells = {"output_id": row_key or key, "description": key, "outlet_cost_eur_per_unit": key}
    row = DeclaredRow(table_name="outputs", row_key=row_key or key, cells=cells, company_id=world["company"])
    return run(store, member(world), SaveRow(territory_id=world["territory"], row=row, version=version), key=key)


def forked(work: Any) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    finally:
        os._exit(0)


def kept(folder: Path) -> dict[str, Any]:
    """What stands in the file: keys of commands, damage, and what is not whole."""
    with sqlite.opened(folder / "private.db") as connection:
        damage = [row[0] for row in connection.execute("pragma integrity_check")]
        keys = {row[0] for row in connection.execute("select key from idempotency_key")}
        saved = dict(connection.execute("select key, json_extract(result, '$.id') from idempotency_key where key like 'k%'"))
        rows = dict(connection.execute("select id, row_key from declared_row where row_key like 'k%'"))
        prices = dict(connection.execute("select id, json_extract(cells, '$.outlet_cost_eur_per_unit') from declared_price"))
        traced = {row[0] for row in connection.execute("select subject_id from audit where resource = 'flow'")}
    torn = [key for key, one in saved.items() if rows.get(one) != key or prices.get(one) != key or one not in traced]
    torn += [key for one, key in rows.items() if saved.get(key) != one]
    return {"keys": keys, "damage": damage, "torn": torn}


def kill(folder: Path, world: dict[str, str], rounds: int) -> dict[str, int]:
    """Writers that are killed at some moment: what they had been told is done must stand, whole."""
    chance = random.Random(5)
    told: set[str] = set()
    lost = torn = damaged = 0
    stand: dict[str, Any] = {"keys": set()}
    for number in range(rounds):
        reading, writing = os.pipe()

        def work(writer: int, number: int = number, writing: int = writing) -> None:
            store, place = Store.at(folder), 0
            while True:
                key = f"k{number}-{writer}-{place}"
                save(store, world, key)
                os.write(writing, f"{key}\n".encode())
                place += 1

        children = [forked(lambda writer=writer: work(writer)) for writer in range(WRITERS)]
        heard, enough = b"", chance.randrange(1, 14)
        while heard.count(b"\n") < enough and select.select([reading], [], [], 30)[0]:
            heard += os.read(reading, 4096)
        time.sleep(chance.uniform(0, 0.03))
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.close(writing)
        with os.fdopen(reading) as lines:
            told |= {*heard.decode().split(), *lines.read().split()}
        stand = kept(folder)
        lost += len(told - stand["keys"])
        torn += len(stand["torn"])
        damaged += stand["damage"] != ["ok"]
    with Place("private", folder / "private.db").owning() as connection:
        _told(connection, "private")  # raises where the chain of the trace does not hold
    unheard = sum(key.startswith("k") for key in stand["keys"]) - len(told)
    return {"told": len(told), "lost": lost, "torn": torn, "damaged": damaged, "done_but_untold": unheard}


def retry(folder: Path, world: dict[str, str], times: int) -> dict[str, int]:
    """Writers that die between the commit and the answer; whoever asked sends the command again."""
    twice = 0
    for number in range(times):

        def work(number: int = number) -> None:
            save(Store.at(folder), world, f"k{number}")
            os.kill(os.getpid(), signal.SIGKILL)

        os.waitpid(forked(work), 0)
        before = kept(folder)["keys"] if number % 50 == 0 else {f"k{number}"}
        store = Store.at(folder)
        save(store, world, f"k{number}")
        store.close()
        twice += f"k{number}" not in before
    stand = kept(folder)
    rows = sum(key.startswith("k") for key in stand["keys"])
    return {"sent": times, "rows": rows, "torn": len(stand["torn"]), "not_committed_before_the_retry": twice}


def crowd(folder: Path, world: dict[str, str], seconds: float, writers: int = 16) -> dict[str, int]:
    """Writers that change one row, each from what it has read: nobody is told "locked", no change is lost."""
    store = Store.at(folder)
    save(store, world, "k-shared", row_key="shared")
    store.close()
    reading, writing = os.pipe()

    def work(writer: int) -> None:
        store, done, locked = Store.at(folder), 0, 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                with store.open(member(world)) as session:
                    version = session.one("declared_row", row_key="shared")["version"]
                save(store, world, f"c{writer}-{time.monotonic_ns()}", row_key="shared", version=version)
                done += 1
            except StaleVersion:
                pass
            except Exception:  # noqa: BLE001  # whatever it is, it is counted
                locked += 1
        os.write(writing, f"{done} {locked}\n".encode())

    children = [forked(lambda writer=writer: work(writer)) for writer in range(writers)]
    for child in children:
        os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as lines:
        counts = [tuple(map(int, line.split())) for line in lines]
    with sqlite.opened(folder / "private.db") as connection:
        (version,) = connection.execute("select version from declared_row where row_key = 'shared'").fetchone()
    done = sum(one for one, _ in counts)
    return {"writers": len(counts), "done": done, "failed": sum(one for _, one in counts), "lost": done - (version - 1)}


if __name__ == "__main__":
    what, folder, world, amount = sys.argv[1:]
    modes = {"kill": kill, "retry": retry, "crowd": crowd}
    sys.stdout.write(json.dumps(modes[what](Path(folder), json.loads(world), int(amount))))
