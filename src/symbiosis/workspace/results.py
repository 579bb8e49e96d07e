"""What a run says to people, as tables, as a summary and as files: names beside ids, sentences beside codes."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from symbiosis import messages
from symbiosis.questions import find_questions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from symbiosis.declarations import Declarations
    from symbiosis.engine import Progress, Proposal, Run
    from symbiosis.flows import Flows
    from symbiosis.materials import Catalogue
    from symbiosis.workspace import Territory

DRAWN_AT_MOST = 20_000
"""Exchanges that a network or map program draws, and rows of a sheet that a spreadsheet opens in seconds; CSV hold the rest."""


FILES = ("exchanges", "synergies", "calls", "refusals", "questions")
"""Tables that are written as files of their own, beside the workbook."""

SHEET_ROWS = 1_048_575
"""Rows under a heading that a spreadsheet opens: what is longer is read by programs, and written for them as Parquet."""


def summary(proposal: Proposal, territory: Territory) -> dict[str, Any]:
    """What a run comes to, as plain JSON values: totals, indicators, proof, versions."""

    def proof(run: Run) -> dict[str, Any]:
        allocation = run.allocation
        return {
            "status": allocation.status, "gap": _finite(allocation.gap), "gain_eur_per_yr": allocation.gain_eur,
            "bound_gain_eur_per_yr": _finite(allocation.bound_gain_eur), "engine": allocation.engine,
            "seconds": round(allocation.seconds, 3), "stages": [list(stage) for stage in allocation.stages],
        }  # fmt: skip

    def shared(run: Run) -> dict[Any, Any] | None:
        if run.cooperation is None:
            return None
        table = run.cooperation.components
        return {name: {key: _finite(value) for key, value in row.items()} for name, row in table.to_dict("index").items()}

    def priced(run: Run) -> list[dict[Any, Any]]:
        return run.prices.groupby("kind", sort=False).head(10).to_dict("records")

    declarations = proposal.declarations
    return {
        "territory": territory.name,
        "title": territory.title("fr"),
        "is_synthetic": proposal.is_synthetic,
        "notes": [str(declarations.facts[key]) for key in ("note_fr",) if declarations.facts.get(key)],
        "declared": {name: len(frame) for name, frame in declarations.frames.items()},
        "totals": proposal.totals.to_dict(orient="index"),
        **{
            name: {"solver": proof(run), "indicators": _indicators(run), "least_core": shared(run), "prices": priced(run)}
            for name, run in (("feasible", proposal.feasible), ("to_investigate", proposal.to_investigate))
        },
        "synergies": len(proposal.feasible.proposals.synergies),
        "heaviest_reasons": proposal.heaviest_reasons().head(5).reset_index().to_dict("records"),
        "scenario": proposal.scenario.to_dict(),
        "versions": proposal.versions,
        "warnings": len(declarations.warnings),
    }


def _indicators(run: Run) -> dict[str, Any]:
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
        ``synergies``, ``exchanges``, ``shares``, ``least_core`` (where it was asked for), ``prices``, ``calls``, ``refusals``,
        ``missing_links``, ``questions``, ``indicators``, ``totals``; what comes from both runs is told apart by `feasibility`,
        and those of a call are in its order.
    """
    return {name: make() for name, make in _made(proposal, language).items()}


def _made(proposal: Proposal, language: str) -> dict[str, Callable[[], pd.DataFrame]]:
    """How each table is made: those of a large run fill memory if they are all there at once."""
    catalogue, runs = proposal.catalogue, {"feasible": proposal.feasible, "to_investigate": proposal.to_investigate}
    declarations = proposal.declarations
    spoken = partial(_spoken, catalogue=catalogue, language=language)

    def both(name: str) -> pd.DataFrame:
        """A table of both runs; the second is to be confirmed as a whole, even where it leans on feasible legs."""
        frames = {status: getattr(run.proposals, name) for status, run in runs.items()}
        status = np.repeat(np.array([*frames], dtype=object), [len(frame) for frame in frames.values()])
        table: pd.DataFrame = pd.concat(frames.values()).assign(feasibility=status)
        return table

    def shares() -> pd.DataFrame:
        table = spoken(pd.concat([run.proposals.shares for run in runs.values()], ignore_index=True))
        table.insert(2, "actor_name", _looked_up(table["actor_id"], declarations.actors["name"]))
        return table

    def refusals() -> pd.DataFrame:
        table = spoken(proposal.refusals)
        table.insert(1, "output_description", _looked_up(table["output_id"], declarations.outputs["description"]))
        table.insert(3, "need_description", _looked_up(table["need_id"], declarations.needs["description"]))
        return table

    return {
        "synergies": lambda: spoken(both("synergies")),
        "exchanges": lambda: spoken(both("exchanges")),
        "shares": shares,
        **({"least_core": partial(_splits, proposal)} if any(run.cooperation is not None for run in runs.values()) else {}),
        "prices": partial(_prices, proposal, language),
        "calls": lambda: spoken(_calls(proposal)),
        "refusals": refusals,
        "missing_links": lambda: spoken(proposal.missing_links),
        "questions": lambda: spoken_questions(declarations, proposal.candidates.flows, catalogue, language),
        "indicators": lambda: pd.concat([run.indicators.assign(feasibility=status) for status, run in runs.items()]),
        "totals": lambda: proposal.totals,
    }


def _spoken(frame: pd.DataFrame, catalogue: Catalogue, language: str) -> pd.DataFrame:
    """The frame with a readable column beside each coded one."""
    out = frame.copy(deep=False)  # columns are added or replaced, never written into
    named = {"material_id": catalogue.materials, "use_id": catalogue.uses, "process_id": catalogue.processes,
             "theme_id": catalogue.themes, "outlet_id": catalogue.outlets}  # fmt: skip
    for column, table in named.items():
        if column in out:
            out[column.replace("_id", "_name")] = _worded(out[column], partial(messages.name, table, language=language))
    reason = cache(partial(messages.reason, language=language, catalogue=catalogue))
    precedent = cache(partial(messages.precedent, catalogue, language=language))
    paper = cache(partial(messages.name, catalogue.papers, language=language))
    every = partial(partial, _list_worded)
    missing = partial(messages.missing, language=language)
    for column, text, say in (
        ("reasons", "reasons_text", every(reason)), ("binding_reason", "binding_reason_text", every(reason)),
        ("missing_datum", "missing_datum_text", missing), ("precedent_ids", "precedents_text", every(precedent)),
        ("papers", "papers_text", every(paper)),
    ):  # fmt: skip
        if column in out:
            out[text] = _worded(out[column], say)
    if "waste_code" in out:
        hazard = out["is_hazardous"].map({True: " *", False: ""})
        out["waste_code"] = out["waste_code"].map(messages.display_code) + hazard.where(out["waste_code"] != "", "")
    return out


def _worded(codes: pd.Series, say: Callable[[str], str]) -> pd.Series:
    """What is said of each code: of millions of rows, each text is held once."""
    number, distinct = pd.factorize(codes)
    texts = np.array([*map(say, distinct), np.nan], dtype=object)
    return pd.Series(texts[number], index=codes.index, dtype=object)


def _looked_up(ids: pd.Series, texts: pd.Series) -> pd.Series:
    """The text of each id, each held once; nothing where there is none."""
    number, distinct = pd.factorize(ids)
    found = np.append(texts.reindex(distinct).to_numpy(dtype=object), np.nan)
    return pd.Series(found[number], index=ids.index, dtype=object)


def _list_worded(say: Callable[[str], str], text: str) -> str:
    """What is said of codes in a row, each sentence once."""
    return " ; ".join(dict.fromkeys(say(code) for code in text.split(";") if code))


def _components(run: Run) -> list[dict[Any, Any]]:
    return [] if run.cooperation is None else run.cooperation.components.reset_index().to_dict("records")


def _splits(proposal: Proposal) -> pd.DataFrame:
    """Who has what in the least core beside the equal split, with the ε of the group."""
    found = []
    for name, run in (("feasible", proposal.feasible), ("to_investigate", proposal.to_investigate)):
        if run.cooperation is not None:
            facts = run.cooperation.components[["gain_eur_per_yr", "epsilon_eur_per_yr", "least_eur_per_yr", "is_proved"]]
            found.append(run.cooperation.splits.join(facts, on="component_id").assign(feasibility=name))
    table = pd.concat(found, ignore_index=True)
    table.insert(2, "actor_name", table["actor_id"].map(proposal.declarations.actors["name"]))
    return table


def _prices(proposal: Proposal, language: str) -> pd.DataFrame:
    """What one more unit would be worth, in words beside its figures; as many rows as a sheet has."""
    found = pd.concat(
        [run.prices.assign(feasibility=name)
         for name, run in (("feasible", proposal.feasible), ("to_investigate", proposal.to_investigate))], ignore_index=True,
    ).head(DRAWN_AT_MOST)  # fmt: skip
    declarations = proposal.declarations
    told = pd.concat([declarations.outputs["description"], declarations.needs["description"]])
    found.insert(2, "actor_name", found["actor_id"].map(declarations.actors["name"]))
    found.insert(3, "subject", found["subject_id"].map(told))
    found.insert(4, "meaning", [messages.price(row, language) for row in found.to_dict("records")])
    return found


def _calls(proposal: Proposal) -> pd.DataFrame:
    """Pairs worth a call with the words of both ends, and the synergy that proposes them already."""
    declarations, calls = proposal.declarations, proposal.calls
    actors, outputs, needs = (
        table[name] for table, name in (
            (declarations.actors, "name"), (declarations.outputs, "description"), (declarations.needs, "description"),
        )
    )  # fmt: skip
    proposed = pd.concat([
        run.proposals.exchanges.loc[run.proposals.exchanges["giver_kind"].eq("output"),
                                    ["giver_flow_id", "taker_flow_id", "synergy_id"]]
        for run in (proposal.to_investigate, proposal.feasible)
    ])  # fmt: skip
    head = calls["operator_1"].where(calls["operator_1"] != "", calls["need_id"])
    giver, taker = (pd.Index(proposed[name].unique()) for name in ("giver_flow_id", "taker_flow_id"))

    def pairs(tail: pd.Series, to: pd.Series) -> NDArray[np.int64]:
        """One number per pair of ends; a negative one where no exchange has such ends."""
        one, other = giver.get_indexer(pd.Index(tail)), taker.get_indexer(pd.Index(to))
        return np.where((one >= 0) & (other >= 0), one * max(len(taker), 1) + other, -1)

    by_pair = pd.Series(proposed["synergy_id"].to_numpy(dtype=object),
                        index=pairs(proposed["giver_flow_id"], proposed["taker_flow_id"]), dtype=object)  # fmt: skip
    by_pair = by_pair[~by_pair.index.duplicated(keep="last")]
    place = by_pair.index.get_indexer(pd.Index(pairs(calls["output_id"], head)))
    texts = pd.DataFrame({
        "giver": _looked_up(calls["giver_actor_id"], actors), "output_description": _looked_up(calls["output_id"], outputs),
        "taker": _looked_up(calls["taker_actor_id"], actors), "need_description": _looked_up(calls["need_id"], needs),
        "synergy_id": pd.Series(np.append(by_pair.to_numpy(dtype=object), "")[place], index=calls.index, dtype=object),
    })  # fmt: skip
    return pd.concat([texts, calls], axis=1)


def spoken_questions(declarations: Declarations, flows: Flows, catalogue: Catalogue, language: str) -> pd.DataFrame:
    """Questions to companies in sentences; see :mod:`symbiosis.questions`.

    Parameters
    ----------
    declarations, flows, catalogue
        What was declared, as it was understood, and what is known.
    language
        ``fr`` or ``en``.

    Returns
    -------
    pandas.DataFrame
        With `actor_name`, `activity_name` and `question` beside the codes.
    """
    found = find_questions(declarations, flows, catalogue)
    rows = found.to_dict("records")
    found.insert(3, "actor_name", found["actor_id"].map(declarations.actors["name"]))
    found.insert(6, "activity_name", found["activity"].map(catalogue.activities.get(f"name_{language}", {})))
    found.insert(7, "question", [messages.question(row, language, catalogue) for row in rows])
    if language == "en":  # a row of a territory's own may say it in one language only
        found["basis"] = found["basis_en"].where(found["basis_en"] != "", found["basis"])
    return _spoken(found.drop(columns=["question_fr", "question_en", "basis_en"]), catalogue, language)


def banner(data: Proposal | Declarations, language: str) -> str:
    """Line that marks what rests on invented data; empty where nothing is invented."""
    return synthetic_mark(language) if data.is_synthetic else ""


def synthetic_mark(language: str) -> str:
    """The line itself."""
    return messages.translation(language).gettext(
        "DONNÉES FICTIVES : tonnages, prix et entreprises inventés pour la démonstration"
    )


def write_table(table: pd.DataFrame, file: Path, language: str) -> None:
    """One table as CSV, as :func:`write_results` writes it."""
    from symbiosis.report.tables import write_csv

    write_csv(table, file, language=language)


def write_results(
    proposal: Proposal, territory: Territory, out: Path, language: str = "fr", *, progress: Progress | None = None
) -> list[Path]:
    """Write the files of a run.

    Parameters
    ----------
    proposal, territory
        What was computed, and of what.
    out
        Folder, made if needed.
    language
        ``fr`` or ``en``.
    progress
        Called with ``write`` and the share that is done.

    Returns
    -------
    list of pathlib.Path
        ``exchanges.csv``, ``synergies.csv``, ``calls.csv``, ``refusals.csv``, ``questions.csv``, ``summary.json``,
        ``network.graphml``, ``exchanges.geojson``, ``territory.gpkg``, ``proposal.xlsx``. Of more exchanges than
        :data:`DRAWN_AT_MOST` nobody draws a network or a map: these three are left out, and the sheets of the workbook end
        there. A table of more rows than :data:`SHEET_ROWS` is Parquet instead of CSV.
    """
    from symbiosis.network import to_graphml_ready
    from symbiosis.report.between import places
    from symbiosis.report.geopackage import to_geopackage
    from symbiosis.report.graph import write_graphml
    from symbiosis.report.maps import write_geojson
    from symbiosis.report.tables import write_csv, write_parquet, write_workbook

    out.mkdir(parents=True, exist_ok=True)
    mark = banner(proposal, language)
    written: dict[str, Path] = {}
    sheets: dict[str, pd.DataFrame] = {}
    is_cut, made = False, _made(proposal, language)
    for place, (name, make) in enumerate(made.items()):
        if progress is not None:
            progress("write", place / len(made))
        table = make()
        if name in FILES:
            is_open = len(table) <= SHEET_ROWS
            written[name] = out / f"{name}{'.csv' if is_open else '.parquet'}"
            # The other form may be there from a run before, of fewer or more rows.
            (out / f"{name}{'.parquet' if is_open else '.csv'}").unlink(missing_ok=True)
            if is_open:
                write_csv(table, written[name], language=language)
            else:
                write_parquet(table, written[name])
        # People read the sentences; the codes that they say again stay in the CSV.
        told = table.drop(columns=["reasons", "binding_reason"]) if name == "refusals" else table
        is_cut |= len(told) > DRAWN_AT_MOST
        sheets[name] = told.head(DRAWN_AT_MOST).copy()
        del table, told
    files = [written[name] for name in FILES]
    files.append(out / "summary.json")
    files[-1].write_text(
        json.dumps(summary(proposal, territory), ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    exchanges = sum(len(run.proposals.exchanges) for run in (proposal.feasible, proposal.to_investigate))
    if exchanges <= DRAWN_AT_MOST:
        files.append(out / "network.graphml")
        write_graphml(to_graphml_ready(proposal.feasible.graph), files[-1])
        files.append(out / "exchanges.geojson")
        ends = {"giver_longitude": "from_longitude", "giver_latitude": "from_latitude",
                "taker_longitude": "to_longitude", "taker_latitude": "to_latitude"}  # fmt: skip
        drawn = sheets["exchanges"].rename(columns=ends)
        write_geojson(drawn, files[-1], facts={"banner": mark} if mark else None)
        files.append(out / "territory.gpkg")
        files[-1].write_bytes(to_geopackage(places(proposal), drawn, note=mark))
    files.append(out / "proposal.xlsx")
    notes = [territory.title(language), mark, *_notes(proposal, language)]
    if is_cut:
        say = messages.translation(language).gettext
        said = say("Feuilles limitées à leurs {0} premières lignes ; les fichiers à côté ont tout.")
        notes.append(said.format(messages.number(DRAWN_AT_MOST, language)))
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
        say("Valeur d'un appel : indice en €/an, ordre de grandeur qui classe les appels ; ce n'est pas une probabilité."),
        say(messages.FUNNEL),
        say("Questions : flux usuels d'une activité, à demander ; jamais des flux déclarés ni des pistes."),
    ]
    if proposal.scenario.is_hierarchy_lifted:
        lines.append(say("La hiérarchie des déchets n'a pas été imposée (choix du scénario)"))
    lines.append(say("Prix marginaux : ce que vaudrait au plus une unité de plus, les nombres entiers étant figés."))
    for run in (proposal.feasible, proposal.to_investigate):
        lines += [messages.stability(row, language) for row in _components(run)]
    for limit in proposal.scenario.limits:
        sides = [messages.number(side, language, 2) for side in (limit.minimum, limit.maximum)]
        name = say(messages.LIMITED[limit.indicator])
        lines.append(say("Limite tenue : {0}, de {1} à {2}").format(name, *sides))
    return lines
