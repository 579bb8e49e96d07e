"""Use cases, written once for the command line, the dashboard and whoever comes next.

Open a territory, check it, match it, explain one pair, write the results: each is one function over the engine, the readers and
the writers.
"""

from __future__ import annotations

import atexit
import platform
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from symbiosis.declarations import Declarations
from symbiosis.errors import Problem, SymbiosisError
from symbiosis.flows import read_flows
from symbiosis.io import check_folder, read_folder
from symbiosis.io.catalogue import read_catalogue, territories
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.workspace.results import banner, spoken_questions, summary, synthetic_mark, tables, write_results, write_table

if TYPE_CHECKING:
    from symbiosis.cluster import Cluster
    from symbiosis.decisions import Study
    from symbiosis.engine import Progress, Proposal
    from symbiosis.explanation import Explanation
    from symbiosis.report.sheet_parts import Section
    from symbiosis.workers import Pool, Solver

__all__ = [
    "Territory", "banner", "catalogue_ids", "check", "explain", "find_folder", "isolated_solver", "load_catalogue", "match",
    "open_territory", "questions", "spoken_questions", "study", "summary", "synthetic_mark", "tables", "write_results",
    "write_table",
]  # fmt: skip

CATALOGUE_IDS = ("materials", "uses", "processes", "outlets", "quality_parameters", "legal_conditions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """A territory that was opened: its name, its folder, its declarations."""

    name: str
    folder: Path
    declarations: Declarations

    def title(self, language: str) -> str:
        """Name to show."""
        return str(self.declarations.facts.get(f"name_{language}") or self.name)


def catalogue_ids(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """Ids that a declaration may refer to, by catalogue table."""
    return {name: frozenset(getattr(catalogue, name).index) for name in CATALOGUE_IDS}


def find_folder(name: str | Path) -> Path:
    """Folder of a territory: a path, or the name of one that the package carries.

    Parameters
    ----------
    name
        Path or name.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    SymbiosisError
        If there is no such folder; the message names the territories that exist.
    """
    path = Path(name)
    if path.exists():
        return path
    known = territories()
    if str(name) in known:
        return known[str(name)]
    carried = ", ".join(sorted(known))
    raise SymbiosisError(f"{name}: introuvable ; territoires fournis / no such folder or file; carried: {carried}")


def open_territory(name: str | Path, catalogue: Catalogue) -> Territory:
    """Read a territory.

    Parameters
    ----------
    name
        Folder, workbook, or name of a territory of the package.
    catalogue
        To check codes and references.

    Returns
    -------
    Territory

    Raises
    ------
    DeclarationError
        With every problem of every file.
    """
    folder = find_folder(name)
    declarations = read_folder(folder, waste_codes=catalogue.waste_codes, catalogue_ids=_known_ids(folder, catalogue))
    return Territory(name=folder.stem, folder=folder, declarations=declarations)


def _known_ids(folder: Path, catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """Ids of the catalogue with those that the territory's own sub-folder ``catalogue`` adds."""
    ids = catalogue_ids(catalogue)
    for name in CATALOGUE_IDS:
        file = folder / "catalogue" / f"{name}.csv"
        if file.exists():
            key = getattr(catalogue, name).index.name
            own = pd.read_csv(file, dtype=str, keep_default_na=False)
            ids[name] = ids[name] | frozenset(own.get(key, pd.Series(dtype=str)))
    return ids


def check(name: str | Path, catalogue: Catalogue) -> tuple[Problem, ...]:
    """Every problem of a folder or workbook, none hidden."""
    folder = find_folder(name)
    return check_folder(folder, waste_codes=catalogue.waste_codes, catalogue_ids=_known_ids(folder, catalogue))


@cache
def isolated_solver() -> Solver:
    """The warm child of this process, started when it is first asked for and ended with the process."""
    from symbiosis.workers import Solver

    solver = Solver()
    atexit.register(solver.close)
    return solver


def match(
    territory: Territory,
    catalogue: Catalogue,
    scenario: Scenario,
    *,
    progress: Progress | None = None,
    is_isolated: bool = False,
    workers: int = 0,
    cluster: str = "",
) -> Proposal:
    """Run the engine on a territory with the shipped solver.

    Parameters
    ----------
    territory, catalogue, scenario, progress
        As for :func:`symbiosis.engine.run`.
    is_isolated
        Whether to solve in a child process, so that a crash of the engine leaves this one alive.
    workers
        Children that look for candidates and solve the disjoint parts of the programme side by side; it is never split finer
        than its largest part.
    cluster
        Address of a Dask scheduler whose workers do so, here or on other machines; it stands before `workers`.

    Returns
    -------
    Proposal
    """
    # Solver, graphs and workbooks load where they are needed: explaining a pair or checking a folder needs none of them.
    from symbiosis import engine
    from symbiosis.solvers import LARGEST_PART, solve

    with ExitStack() as open_:
        chosen = isolated_solver().solve if is_isolated else solve
        parallel: Pool | Cluster | None = None
        if cluster:
            from symbiosis.cluster import Cluster

            parallel = open_.enter_context(Cluster(cluster))
        elif workers:
            from symbiosis.workers import Pool

            parallel = open_.enter_context(Pool(workers))
        if parallel is not None:
            chosen = partial(solve, map=parallel.map, largest_part=LARGEST_PART)
        proposal = engine.run(
            territory.declarations, catalogue, scenario, solve=chosen, progress=progress, parallel=parallel
        )  # fmt: skip
    return replace(proposal, versions={**proposal.versions, **_tool_versions()})


def study(territory: Territory, catalogue: Catalogue, scenario: Scenario, *, is_isolated: bool = False) -> Study:
    """A territory in memory, for fronts, sweeps and absences; arguments as for :func:`match`."""
    from symbiosis.decisions import Study
    from symbiosis.solvers import solve

    chosen = isolated_solver().solve if is_isolated else solve
    return Study(territory.declarations, catalogue, scenario, solve=chosen)


def _tool_versions() -> dict[str, str]:
    return {"python": platform.python_version(), "ortools": metadata.version("ortools"), "pandas": pd.__version__}


def questions(
    territory: Territory, catalogue: Catalogue, scenario: Scenario, *, language: str, actor: str = ""
) -> pd.DataFrame:
    """What to ask the companies of a territory, or one of them, without matching anything.

    Parameters
    ----------
    territory, catalogue, scenario
        As for :func:`match`.
    language
        ``fr`` or ``en``.
    actor
        A company alone, by its id.

    Returns
    -------
    pandas.DataFrame
        As :func:`spoken_questions`.

    Raises
    ------
    KeyError
        If there is no such actor.
    """
    declarations = territory.declarations
    if actor and actor not in declarations.actors.index:
        raise KeyError(actor)
    catalogue = catalogue.extended(declarations.extension)
    found = spoken_questions(declarations, read_flows(declarations, catalogue, scenario), catalogue, language)
    return found[found["actor_id"].eq(actor)] if actor else found


def explain(
    declarations: Declarations,
    catalogue: Catalogue,
    scenario: Scenario,
    output_id: str,
    need_id: str,
    *,
    language: str,
    proposal: Proposal | None = None,
    is_last: bool = False,
) -> tuple[Explanation, tuple[Section, ...]]:
    """Why an output and a need are a pair, or why not, as facts and in sentences.

    Parameters
    ----------
    declarations, catalogue, scenario
        What was declared, what is known, what is assumed.
    output_id, need_id
        The pair.
    language
        ``fr`` or ``en``.
    proposal
        Of a run of the same, if at hand: it is faster then, and names better partners.
    is_last
        Whether nobody will ask about another pair, as on a command line.

    Returns
    -------
    tuple
        The explanation, and its sections.

    Raises
    ------
    KeyError
        If the output or the need is not declared.
    """
    from symbiosis.explanation import explain_pair
    from symbiosis.report.explanation import sections

    found = explain_pair(declarations, catalogue, scenario, output_id, need_id, proposal=proposal, is_last=is_last)
    return found, sections(found, declarations, language)


def load_catalogue() -> Catalogue:
    """The catalogue that the package carries."""
    return read_catalogue()
