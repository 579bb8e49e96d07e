"""Runs one after the other, each in a child process: a crash, a hang or a lack of memory fails the run, not the server."""

from __future__ import annotations

import json
import logging
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from symbiosis import workspace
from symbiosis.errors import DeclarationError, StoreError, SymbiosisError
from symbiosis.scenario import Scenario
from symbiosis.store import Principal, RecordRun, Store, run
from symbiosis.workspace.recording import record_run
from symbiosis.workspace.stored import open_stored

LOG = logging.getLogger(__name__)
LONGEST_S = 1800.0


class Runner:
    """The queue of runs of a process, and the thread that empties it.

    Parameters
    ----------
    store
        Opens the store.
    """

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._waiting: queue.Queue[tuple[str, str]] = queue.Queue()
        self._known: set[str] = set()
        self._progress: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, run_id: str, territory_id: str) -> None:
        """Puts a queued run in the line; once, however often it is asked for.

        Parameters
        ----------
        run_id, territory_id
            Which.
        """
        with self._lock:
            if run_id in self._known:
                return
            self._known.add(run_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="runs", daemon=True)
                self._thread.start()
        self._waiting.put((run_id, territory_id))

    def resume(self) -> None:
        """Puts in the line what an earlier process left undone."""
        with self._store().open(Principal.accounts()) as accounts:
            territory_ids = [row["id"] for row in accounts.rows("territory")]
        for territory_id in territory_ids:
            with self._store().open(Principal.engine(territory_id)) as session:
                left = session.rows("run", status=["queued", "running"], order_by=("created_at",))
            for row in left:
                self.submit(row["id"], territory_id)

    def progress(self, run_id: str) -> dict[str, Any]:
        """How far a run is: the name of its step and the share of it; empty when it is not running.

        Parameters
        ----------
        run_id
            Which.
        """
        return dict(self._progress.get(run_id, {}))

    def wait(self) -> None:
        """Waits until the line is empty."""
        self._waiting.join()

    def _work(self) -> None:
        while True:
            run_id, territory_id = self._waiting.get()
            try:
                self._make(run_id, territory_id)
            except (OSError, SymbiosisError):
                LOG.exception("run %s", run_id)
            finally:
                self._progress.pop(run_id, None)
                self._waiting.task_done()

    def _make(self, run_id: str, territory_id: str) -> None:
        command = [sys.executable, "-c", "from symbiosis.workspace.running import child; child()", run_id, territory_id]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as made:  # noqa: S603
            clock = threading.Timer(LONGEST_S, made.kill)
            clock.start()
            for line in made.stdout or ():
                with suppress(ValueError):
                    self._progress[run_id] = json.loads(line)
            code = made.wait()
            clock.cancel()
        if code != 0:
            # A child that could say why has recorded the failure itself, and the run is over.
            with suppress(StoreError):
                _fail(self._store(), run_id, territory_id, "crashed")


def _fail(store: Store, run_id: str, territory_id: str, code: str) -> None:
    command = RecordRun(territory_id=territory_id, run_id=run_id, status="failed", summary={"failure": code})
    run(store, Principal.engine(territory_id), command, key=f"failed-{run_id}")


def child() -> None:
    """What the child process does: ``run_id`` and ``territory_id`` are its arguments, its output is its progress."""
    run_id, territory_id = sys.argv[-2:]
    make_run(Store.at(), run_id, territory_id)


def make_run(store: Store, run_id: str, territory_id: str) -> None:
    """Makes a queued run: reads the territory as the engine, matches it, records what came of it.

    Parameters
    ----------
    store
        Where.
    run_id, territory_id
        Which.
    """
    engine = Principal.engine(territory_id)
    with store.open(engine) as session:
        scenario = Scenario.from_dict(session.one("run", id=run_id)["scenario"])
    started = RecordRun(territory_id=territory_id, run_id=run_id, status="running")
    run(store, engine, started, key=f"started-{run_id}")

    def tell(step: str, share: float) -> None:
        sys.stdout.write(json.dumps({"step": step, "share": round(share, 3)}) + "\n")
        sys.stdout.flush()

    try:
        catalogue = workspace.load_catalogue()
        territory = open_stored(store, engine, territory_id, catalogue)
        proposal = workspace.match(territory, catalogue, scenario, progress=tell, is_isolated=True)
        record_run(store, engine, proposal, territory_id=territory_id, run_id=run_id)
    except DeclarationError:
        _fail(store, run_id, territory_id, "nothing_to_match")
    except SymbiosisError as error:
        _fail(store, run_id, territory_id, type(error).__name__)
