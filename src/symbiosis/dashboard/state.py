"""What a session holds: its language, its territory, its proposal.

Nothing of anybody's own territory outlives the session or is shared: it stands in `st.session_state` and nowhere else. Only the
territories that the package carries are kept for all, by name, data and scenario, so that the demonstration is computed once.
"""

from __future__ import annotations

import gc
import json
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard.text import language
from symbiosis.engine import Progress, Proposal
from symbiosis.errors import DeclarationError, Problem, SymbiosisError
from symbiosis.io import annotated_copy, sentence, write_template
from symbiosis.io.catalogue import territories
from symbiosis.io.problems import column_title
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.store import Principal, Store
from symbiosis.workspace import Territory, apart
from symbiosis.workspace.importing import file_name
from symbiosis.workspace.stored import open_stored

T = TypeVar("T")

KEPT = 8
MADE = 96
"""Tables and drawings that are kept of one proposal."""

_shipped: OrderedDict[tuple[str, str, str], Loaded] = OrderedDict()
_shipped_first: list[str] = []
_shipped_lock = threading.Lock()


@dataclass(slots=True)
class Loaded:
    """A territory that was matched.

    Attributes
    ----------
    territory, proposal
        What was declared and what came of it.
    is_shipped
        Whether the package carries it, so that its outlines may be served.
    territory_id
        Id in the store; empty for what this session alone holds.
    made
        Tables and drawings of it that were asked for, by what they are; nobody changes them.
    """

    territory: Territory
    proposal: Proposal
    is_shipped: bool
    territory_id: str = ""
    made: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    _making: threading.RLock = field(default_factory=threading.RLock)

    def once(self, make: Callable[..., T], *arguments: Hashable) -> T:
        """What a pure function makes of the proposal, made once for everybody who looks at it.

        Parameters
        ----------
        make
            Takes the proposal and the arguments.
        *arguments
            Everything else that the result depends on, the language included.
        """
        key = (make.__module__, make.__qualname__, *arguments)
        with self._making:
            if key not in self.made:
                self.made[key] = make(self.proposal, *arguments)
                while len(self.made) > MADE:
                    self.made.popitem(last=False)
            self.made.move_to_end(key)
            made: T = self.made[key]
            return made

    def tables(self, spoken: str | None = None) -> dict[str, pd.DataFrame]:
        """The tables of the proposal in a language, of the session by default."""
        return self.once(workspace.tables, spoken or language())


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Files that could not be read: their problems, and their copy with the problems beside the rows."""

    problems: tuple[Problem, ...]
    annotated: dict[str, bytes]
    message: str = ""


@cache
def catalogue() -> Catalogue:
    """The catalogue that the package carries, read once for all."""
    return workspace.load_catalogue()


@cache
def _open_shipped(name: str) -> Territory:
    return workspace.open_territory(territories()[name], catalogue())


def loaded() -> Loaded | None:
    """What this session looks at."""
    found = st.session_state.get("loaded")
    return found if isinstance(found, Loaded) else None


def show_first(name: str) -> None:
    """Open a territory of the package for whoever comes without naming another: this process was started for it.

    Parameters
    ----------
    name
        One of the package's territories; empty for none any more.
    """
    _shipped_first[:] = [name]


def shown_first() -> str:
    """Name of the territory that this process was started for; empty where it was started for none."""
    return "".join(_shipped_first)


def load_shipped(name: str, scenario: Scenario, progress: Progress | None = None) -> Loaded:
    """A territory of the package, matched: from memory where it was matched before.

    Parameters
    ----------
    name
        One of the package's territories.
    scenario
        What is assumed.
    progress
        Told how far the engine is.

    Returns
    -------
    Loaded
    """
    territory = _open_shipped(name)
    kept = _kept(territory, scenario)
    return kept or keep(territory, apart.match(territory, catalogue(), scenario, progress=progress))


def keep(territory: Territory, proposal: Proposal) -> Loaded:
    """Keep for all what was made of a territory of the package; whoever made the same before has made the same.

    Parameters
    ----------
    territory, proposal
        The territory, and what came of it.

    Returns
    -------
    Loaded
    """
    found = _kept(territory, proposal.scenario, Loaded(territory=territory, proposal=proposal, is_shipped=True))
    # What all share from now on need not be looked at each time that garbage is collected.
    gc.collect()
    gc.freeze()
    assert found is not None  # noqa: S101 - it has just been put there
    return found


def _kept(territory: Territory, scenario: Scenario, made: Loaded | None = None) -> Loaded | None:
    """What all share of a run; what was just made is kept where there is nothing yet."""
    key = (territory.name, territory.declarations.fingerprint, json.dumps(scenario.to_dict(), sort_keys=True))
    with _shipped_lock:
        if made is not None:
            _shipped.setdefault(key, made)
            while len(_shipped) > KEPT:
                _shipped.popitem(last=False)
        if key in _shipped:
            _shipped.move_to_end(key)
        return _shipped.get(key)


def is_kept(name: str, scenario: Scenario) -> bool:
    """Whether a territory of the package is in memory for a scenario."""
    text = json.dumps(scenario.to_dict(), sort_keys=True)
    return any(known == name and assumed == text for known, _, assumed in list(_shipped))


def load_again(now: Loaded, scenario: Scenario, progress: Progress | None = None) -> Loaded:
    """The same territory under another scenario.

    Parameters
    ----------
    now
        What the session looks at.
    scenario
        What is assumed.
    progress
        Told how far the engine is.

    Returns
    -------
    Loaded
    """
    if now.is_shipped:
        return load_shipped(now.territory.name, scenario, progress)
    proposal = apart.match(now.territory, catalogue(), scenario, progress=progress)
    return Loaded(territory=now.territory, proposal=proposal, is_shipped=False, territory_id=now.territory_id)


def load_stored(store: Store, principal: Principal, scenario: Scenario, progress: Progress | None = None) -> Loaded | Refused:
    """The territory at hand in the store, with what the principal may read of it.

    Parameters
    ----------
    store, principal
        Who reads.
    scenario
        What is assumed.
    progress
        Told how far the engine is.

    Returns
    -------
    Loaded or Refused
        What came of it, or everything that keeps it from being matched.
    """
    try:
        territory = open_stored(store, principal, principal.territory_id, catalogue())
    except DeclarationError as error:
        return Refused(problems=error.problems, annotated={})
    proposal = apart.match(territory, catalogue(), scenario, progress=progress)
    return Loaded(territory=territory, proposal=proposal, is_shipped=False, territory_id=principal.territory_id)


def load_files(files: Sequence[tuple[str, bytes]], scenario: Scenario, progress: Progress | None = None) -> Loaded | Refused:
    """A territory from files that were handed in: one workbook, or tables.

    Parameters
    ----------
    files
        Name and content of each.
    scenario
        What is assumed.
    progress
        Told how far the engine is.

    Returns
    -------
    Loaded or Refused
        What came of them, or everything that is wrong with them.
    """
    with tempfile.TemporaryDirectory(prefix="symbiosis-") as place:
        folder = Path(place) / "territory"
        folder.mkdir()
        for name, content in files:
            (folder / file_name(name)).write_bytes(content)
        kept = sorted(folder.iterdir())
        source = kept[0] if len(kept) == 1 and kept[0].suffix.lower() in (".xlsx", ".xlsm") else folder
        try:
            territory = workspace.open_territory(source, catalogue())
        except DeclarationError as error:
            return Refused(problems=error.problems, annotated=_annotated(source, error.problems, Path(place)))
        except SymbiosisError as error:
            return Refused(problems=(), annotated={}, message=str(error))
    # The folder is gone: what it held is in memory.
    territory = Territory(
        name=kept[0].stem if source is not folder else "territoire", folder=Path(), declarations=territory.declarations
    )
    proposal = apart.match(territory, catalogue(), scenario, progress=progress)
    return Loaded(territory=territory, proposal=proposal, is_shipped=False)


def _annotated(source: Path, problems: Sequence[Problem], place: Path) -> dict[str, bytes]:
    out = {}
    for spoken in ("fr", "en"):
        file = place / f"annotated-{spoken}.xlsx"
        try:
            annotated_copy(source, problems, file, language=spoken)
        except (OSError, ValueError, SymbiosisError):
            continue
        out[spoken] = file.read_bytes()
    return out


@cache
def template(spoken: str) -> bytes:
    """The workbook to fill in."""
    choices = {name: sorted(ids) for name, ids in workspace.catalogue_ids(catalogue()).items()}
    with tempfile.TemporaryDirectory(prefix="symbiosis-") as place:
        file = Path(place) / "symbiosis.xlsx"
        write_template(file, spoken, catalogue_choices=choices)
        return file.read_bytes()


PROBLEM_WIDTHS = (105, 105, 45, 110, 90, 295, 295)
"""Pixels of the columns of :func:`problem_rows`: the remedy is in sight, and long sentences are broken into lines."""


def problem_rows(problems: Sequence[Problem], spoken: str, say: Callable[[str], str]) -> pd.DataFrame:
    """Problems as people read them, errors first.

    Parameters
    ----------
    problems
        What was found.
    spoken
        ``fr`` or ``en``.
    say
        Translates the headings.

    Returns
    -------
    pandas.DataFrame
    """
    rows = []
    for problem in sorted(problems, key=lambda p: (p.severity != "error", p.place)):
        message, remedy = sentence(problem, spoken)
        rows.append(
            {
                say("Gravité"): say("erreur") if problem.severity == "error" else say("avertissement"),
                say("Fichier"): problem.file or problem.table,
                say("Ligne"): "" if problem.row is None else str(problem.row),
                say("Colonne"): column_title(problem.table, problem.column, spoken) if problem.column else "",
                say("Valeur"): problem.value,
                say("Problème"): message,
                say("Remède"): remedy,
            }
        )
    return pd.DataFrame(rows)
