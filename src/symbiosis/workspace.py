"""Use cases, written once for the command line, the dashboard and whoever comes next.

Open a territory, check it, match it, explain one pair, write the results: each is one function over the engine, the readers and
the writers.
"""

from __future__ import annotations

import atexit
import json
import platform
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from symbiosis import engine, messages
from symbiosis.declarations import Declarations
from symbiosis.engine import Progress, Proposal
from symbiosis.errors import Problem, SymbiosisError
from symbiosis.io import check_folder, read_folder
from symbiosis.io.catalogue import read_catalogue, territories
from symbiosis.materials import Catalogue
from symbiosis.network import to_graphml_ready
from symbiosis.report.graph import write_graphml
from symbiosis.report.maps import write_geojson
from symbiosis.report.tables import write_csv, write_workbook
from symbiosis.scenario import Scenario
from symbiosis.solvers import solve
from symbiosis.workers import Solver

CATALOGUE_IDS = ("materials", "uses", "processes", "outlets", "quality_parameters")


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
) -> Proposal:
    """Run the engine on a territory with the shipped solver.

    Parameters
    ----------
    territory, catalogue, scenario, progress
        As for :func:`symbiosis.engine.run`.
    is_isolated
        Whether to solve in a child process, so that a crash of the engine leaves this one alive.

    Returns
    -------
    Proposal
    """
    chosen = isolated_solver().solve if is_isolated else solve
    proposal = engine.run(territory.declarations, catalogue, scenario, solve=chosen, progress=progress)
    return replace(proposal, versions={**proposal.versions, **_tool_versions()})


def _tool_versions() -> dict[str, str]:
    return {"python": platform.python_version(), "ortools": metadata.version("ortools"), "pandas": pd.__version__}


def summary(proposal: Proposal, territory: Territory) -> dict[str, Any]:
    """What a run comes to, as plain JSON values: totals, indicators, proof, versions."""

    def proof(run: engine.Run) -> dict[str, Any]:
        allocation = run.allocation
        return {
            "status": allocation.status, "gap": _finite(allocation.gap), "gain_eur_per_yr": allocation.gain_eur,
            "bound_gain_eur_per_yr": _finite(allocation.bound_gain_eur), "engine": allocation.engine,
            "seconds": round(allocation.seconds, 3), "stages": [list(stage) for stage in allocation.stages],
        }  # fmt: skip

    declarations = proposal.declarations
    return {
        "territory": territory.name,
        "title": territory.title("fr"),
        "is_synthetic": proposal.is_synthetic,
        "notes": [str(declarations.facts[key]) for key in ("note_fr",) if declarations.facts.get(key)],
        "declared": {name: len(frame) for name, frame in declarations.frames.items()},
        "totals": proposal.totals.to_dict(orient="index"),
        "feasible": {"solver": proof(proposal.feasible), "indicators": _indicators(proposal.feasible)},
        "to_investigate": {
            "solver": proof(proposal.to_investigate),
            "indicators": _indicators(proposal.to_investigate),
        },
        "synergies": len(proposal.feasible.proposals.synergies),
        "scenario": proposal.scenario.to_dict(),
        "versions": proposal.versions,
        "warnings": len(declarations.warnings),
    }


def _indicators(run: engine.Run) -> dict[str, Any]:
    rows = run.indicators[["value", "low", "high", "unit"]]
    return {str(name): row for name, row in zip(rows.index, rows.to_dict("records"), strict=True)}


def _finite(value: float) -> float | None:
    return value if abs(value) < 1e300 else None


def tables(proposal: Proposal, language: str) -> dict[str, pd.DataFrame]:
    """The tables of a proposal as people read them: names beside ids, sentences beside codes.

    Parameters
    ----------
    proposal
        Result of :func:`match`.
    language
        ``fr`` or ``en``.

    Returns
    -------
    dict of pandas.DataFrame
        ``exchanges``, ``synergies``, ``shares``, ``refusals``, ``missing_links``, ``indicators``, ``totals``; the first
        three hold both runs, told apart by `feasibility`.
    """
    catalogue = proposal.catalogue
    both = (proposal.feasible.proposals, proposal.to_investigate.proposals)
    exchanges = pd.concat([run.exchanges for run in both])
    # A second run is to be confirmed as a whole, even where it leans on legs that are feasible by themselves.
    status = ["feasible"] * len(both[0].exchanges) + ["to_investigate"] * len(both[1].exchanges)
    exchanges = exchanges.assign(feasibility=status)
    synergies = pd.concat([run.synergies for run in both]).assign(
        feasibility=["feasible"] * len(both[0].synergies) + ["to_investigate"] * len(both[1].synergies)
    )
    out = {
        "synergies": _spoken(synergies, catalogue, language),
        "exchanges": _spoken(exchanges, catalogue, language),
        "shares": _spoken(pd.concat([run.shares for run in both], ignore_index=True), catalogue, language),
        "refusals": _spoken(proposal.refusals, catalogue, language),
        "missing_links": _spoken(proposal.missing_links, catalogue, language),
        "indicators": pd.concat(
            [proposal.feasible.indicators.assign(feasibility="feasible"),
             proposal.to_investigate.indicators.assign(feasibility="to_investigate")]),
        "totals": proposal.totals,
    }  # fmt: skip
    actors = proposal.declarations.actors["name"]
    out["shares"].insert(2, "actor_name", out["shares"]["actor_id"].map(actors))
    refusals, declarations = out["refusals"], proposal.declarations
    refusals.insert(1, "output_description", refusals["output_id"].map(declarations.outputs["description"]))
    refusals.insert(3, "need_description", refusals["need_id"].map(declarations.needs["description"]))
    return out


def _spoken(frame: pd.DataFrame, catalogue: Catalogue, language: str) -> pd.DataFrame:
    """The frame with a readable column beside each coded one."""
    out = frame.copy()
    named = {"material_id": catalogue.materials, "use_id": catalogue.uses, "process_id": catalogue.processes,
             "theme_id": catalogue.themes, "outlet_id": catalogue.outlets}  # fmt: skip
    for column, table in named.items():
        if column in out:
            called = cache(partial(messages.name, table, language=language))
            out[column.replace("_id", "_name")] = out[column].map(called)
    say = cache(partial(messages.reason, language=language, catalogue=catalogue))
    for column in ("reasons", "binding_reason"):
        if column in out:
            said = {text: " ; ".join(dict.fromkeys(say(code) for code in text.split(";") if code))
                    for text in out[column].unique()}  # fmt: skip
            out[f"{column}_text"] = out[column].map(said)
    if "papers" in out:
        said = {t: " ; ".join(messages.name(catalogue.papers, p, language) for p in dict.fromkeys(t.split(";")) if p)
                for t in out["papers"].unique()}  # fmt: skip
        out["papers_text"] = out["papers"].map(said)
    if "waste_code" in out:
        hazard = out["is_hazardous"].map({True: " *", False: ""})
        out["waste_code"] = out["waste_code"].map(messages.display_code) + hazard.where(out["waste_code"] != "", "")
    return out


def banner(proposal: Proposal, language: str) -> str:
    """Line that marks what rests on invented data; empty where nothing is invented."""
    if not proposal.is_synthetic:
        return ""
    return messages.translation(language).gettext(
        "DONNÉES FICTIVES : tonnages, prix et entreprises inventés pour la démonstration"
    )


def write_results(proposal: Proposal, territory: Territory, out: Path, language: str = "fr") -> list[Path]:
    """Write the files of a run.

    Parameters
    ----------
    proposal, territory
        What was computed, and of what.
    out
        Folder, made if needed.
    language
        ``fr`` or ``en``.

    Returns
    -------
    list of pathlib.Path
        ``exchanges.csv``, ``synergies.csv``, ``refusals.csv``, ``summary.json``, ``network.graphml``,
        ``exchanges.geojson``, ``proposal.xlsx``.
    """
    out.mkdir(parents=True, exist_ok=True)
    sheets = tables(proposal, language)
    mark = banner(proposal, language)
    files = []
    for name in ("exchanges", "synergies", "refusals"):
        files.append(out / f"{name}.csv")
        write_csv(sheets[name], files[-1], language=language)
    files.append(out / "summary.json")
    files[-1].write_text(
        json.dumps(summary(proposal, territory), ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    files.append(out / "network.graphml")
    write_graphml(to_graphml_ready(proposal.feasible.graph), files[-1])
    files.append(out / "exchanges.geojson")
    ends = {"giver_longitude": "from_longitude", "giver_latitude": "from_latitude",
            "taker_longitude": "to_longitude", "taker_latitude": "to_latitude"}  # fmt: skip
    write_geojson(sheets["exchanges"].rename(columns=ends), files[-1], facts={"banner": mark} if mark else None)
    files.append(out / "proposal.xlsx")
    notes = [territory.title(language), mark, *_notes(proposal, language)]
    # People read the sentences; the codes that they say again stay in the CSV.
    sheets["refusals"] = sheets["refusals"].drop(columns=["reasons", "binding_reason"])
    write_workbook(files[-1], sheets, banner=mark, notes=[note for note in notes if note], language=language)
    return files


def _notes(proposal: Proposal, language: str) -> list[str]:
    allocation = proposal.feasible.allocation
    say = messages.translation(language).gettext
    status = messages.word("optimal" if allocation.status == "optimal" else "feasible_plan", language)
    lines = [
        say("Statut du calcul : {0} ; écart prouvé {1}").format(status, f"{allocation.gap:.2e}"),
        say("Objectif : {0}").format(messages.word(proposal.scenario.objective, language)),
        say("Empreinte des données : {0}").format(proposal.versions["data"]),
        say("Empreinte du catalogue : {0}").format(proposal.versions["catalogue"]),
        say("Version : {0}").format(proposal.versions["symbiosis"]),
        str(proposal.declarations.facts.get(f"note_{language}", "")),
    ]
    if proposal.scenario.is_hierarchy_lifted:
        lines.append(say("La hiérarchie des déchets n'a pas été imposée (choix du scénario)"))
    return lines


def load_catalogue() -> Catalogue:
    """The catalogue that the package carries."""
    return read_catalogue()
