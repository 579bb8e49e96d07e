"""What the private side does for planners: their runs, one after the other, each in a child process.

A planner's process opens the published database alone and leaves its request there. This process looks there now and then.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable

from symbiosis import workspace
from symbiosis.errors import SymbiosisError
from symbiosis.publishing import serve_planner
from symbiosis.solvers import solve
from symbiosis.store import Principal, Store
from symbiosis.store.planning import is_awaited

LOG = logging.getLogger(__name__)
EVERY_S = 20.0
LONGEST_S = 600.0
TITLE = "Scénario demandé · Requested scenario"
"""Above what is published for them: it is kept as it is, whoever reads it."""


def territories_that_wait(store: Store) -> list[str]:
    """Territories of which a planner waits for a run.

    Parameters
    ----------
    store
        Of the private side.
    """
    with store.open(Principal.accounts()) as accounts:
        known = [row["id"] for row in accounts.rows("territory", order_by=("created_at",))]
    return [territory_id for territory_id in known if is_awaited(store, territory_id)]


def in_child(territory_id: str) -> None:
    """Makes the oldest run that is waited for in a territory; a crash or a lack of memory ends the child alone.

    Parameters
    ----------
    territory_id
        Which.
    """
    command = [sys.executable, "-c", "from symbiosis.workspace.serving import child; child()", territory_id]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LONGEST_S, check=False)  # noqa: S603
    if done.returncode != 0:
        LOG.error("the run of a planner in territory %s ended with code %d", territory_id, done.returncode)


def child() -> None:
    """What the child process does: its argument is the territory."""
    make_awaited(Store.at(), sys.argv[-1])


def make_awaited(store: Store, territory_id: str) -> None:
    """Makes and publishes the oldest run that is waited for.

    Parameters
    ----------
    store
        Of the private side.
    territory_id
        Which.
    """
    catalogue = workspace.load_catalogue()
    serve_planner(store, territory_id, catalogue, solve=solve, title=TITLE, catalogue_ids=workspace.catalogue_ids(catalogue))


def serve_planners(store: Store, make: Callable[[str], None] = in_child) -> list[str]:
    """One look: a run for each territory where a planner waits. What goes wrong in one does not stop the others.

    Parameters
    ----------
    store
        Of the private side.
    make
        Makes the oldest run of a territory.

    Returns
    -------
    list of str
        The territories that were served.
    """
    waiting = territories_that_wait(store)
    for territory_id in waiting:
        try:
            make(territory_id)
        except (OSError, subprocess.SubprocessError, SymbiosisError):
            LOG.exception("a planner's run in territory %s", territory_id)
    return waiting


def keep_serving(store: Callable[[], Store], stopped: threading.Event, *, every_s: float = EVERY_S) -> None:
    """Looks for planners who wait until it is stopped; a look that fails is logged, and the next one comes.

    Parameters
    ----------
    store
        Opens the store.
    stopped
        Ends it.
    every_s
        Pause between two looks.
    """
    while not stopped.wait(every_s):
        try:
            serve_planners(store())
        except (OSError, SymbiosisError):
            LOG.exception("looking for runs that planners wait for")
