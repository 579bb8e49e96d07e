"""A whole computation in a child process: whoever waits for it can call it off at any moment, and nobody else's page waits.

The child reads the catalogue of the package once, and sends back what it made without the catalogue and the declarations,
which the parent has. It is not the child that solves for the sliders (:func:`symbiosis.workspace.isolated_solver`): a slider
does not wait for a territory.
"""

from __future__ import annotations

import atexit
import io
import pickle
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import pandas as pd

from symbiosis import decisions, workspace
from symbiosis.declarations import Declarations
from symbiosis.engine import Progress, Proposal
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.workers import Solver
from symbiosis.workspace import Territory

_catalogue = cache(workspace.load_catalogue)


@cache
def engine() -> Solver:
    """The warm child of this process that computes whole territories; it ends with the process."""
    solver = Solver(tasks=__name__)
    atexit.register(solver.close)
    return solver


def warm_up() -> None:
    """Start the child and let it read the catalogue, before anybody waits for it."""
    engine().call("warm_up", None)


def match(territory: Territory, catalogue: Catalogue, scenario: Scenario, *, progress: Progress | None = None) -> Proposal:
    """As :func:`symbiosis.workspace.match`, in the child.

    Parameters
    ----------
    territory, catalogue, scenario
        As there; the catalogue is that of the package.
    progress
        Told how far the engine is, and the same again and again while it works: what it raises ends the computation.

    Returns
    -------
    Proposal
    """
    made = _call("match", (territory, scenario), progress)
    known = {"Catalogue": catalogue.extended(territory.declarations.extension), "Declarations": territory.declarations}
    proposal = _Reader(io.BytesIO(made), known).load()
    assert isinstance(proposal, Proposal)  # noqa: S101 - what `_match` makes
    return proposal


def front(
    territory: Territory, scenario: Scenario, objectives: Sequence[str], *, points: int, progress: Progress | None = None
) -> pd.DataFrame:
    """As :func:`symbiosis.decisions.front`, in the child, on the catalogue of the package.

    Parameters
    ----------
    territory, scenario, objectives, points
        As there.
    progress
        As for :func:`match`.

    Returns
    -------
    pandas.DataFrame
    """
    table = _call("front", (territory, scenario, tuple(objectives), points), progress)
    assert isinstance(table, pd.DataFrame)  # noqa: S101 - what `_front` makes
    return table


def _call(task: str, argument: object, progress: Progress | None) -> Any:
    last: tuple[str, float] = ("", 0.0)

    def tell(step: str, share: float) -> None:
        nonlocal last
        last = (step, share)
        if progress is not None:
            progress(step, share)

    def goes_on() -> bool:
        tell(*last)
        return False

    return engine().call(task, argument, progress=tell, is_cancelled=goes_on)


# --------------------------------------------------------------------------------------------------------- what the child does


def _match(argument: tuple[Territory, Scenario], *, progress: Progress) -> bytes:
    territory, scenario = argument
    out = io.BytesIO()
    _Writer(out, protocol=5).dump(workspace.match(territory, _catalogue(), scenario, progress=progress))
    return out.getvalue()


def _front(argument: tuple[Territory, Scenario, Sequence[str], int], *, progress: Progress) -> pd.DataFrame:
    territory, scenario, objectives, points = argument
    study = workspace.study(territory, _catalogue(), scenario)
    return decisions.front(study, scenario, objectives, points=points, progress=partial(progress, "allocate"))


def _warm_up(_: None) -> None:
    from symbiosis import engine  # noqa: F401

    _catalogue()


TASKS: dict[str, Callable[..., object]] = {"match": _match, "front": _front, "warm_up": _warm_up}


class _Writer(pickle.Pickler):
    """What the parent has is sent by its name."""

    def persistent_id(self, obj: object) -> str | None:
        return type(obj).__name__ if isinstance(obj, Catalogue | Declarations) else None


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, known: dict[str, object]) -> None:
        super().__init__(file)
        self._known = known

    def persistent_load(self, pid: Any) -> object:
        return self._known[pid]
