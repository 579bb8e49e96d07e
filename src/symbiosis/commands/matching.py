"""``symbiosis match``: the exchanges that a territory could make, as files and on the terminal."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symbiosis.commands.terminal import (
    AsJson,
    FolderArgument,
    Language,
    failures,
    keep_stdout_from_c_libraries,
    known_language,
    read_scenario,
    screen,
)

WIDE, MIDDLING = 150, 110
"""Columns of a terminal on which a list of synergies has all of its columns, and all that are read at once."""

if TYPE_CHECKING:
    from symbiosis.engine import Progress, Proposal, Run
    from symbiosis.workspace import Territory


def match(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Dossier des résultats / folder of the results")] = Path("out"),
    objective: Annotated[str, typer.Option(help="gain | co2e | insertion_hours | diverted")] = "",
    scenario: Annotated[Path | None, typer.Option(help="Paramètres en JSON / parameters as JSON")] = None,
    language: Language = "fr",
    as_json: AsJson = False,
    split: Annotated[str, typer.Option(help="Partage du gain / split of the gain: equal | least-core")] = "",
    is_isolated: Annotated[
        bool, typer.Option("--isolated", help="Résoudre dans un autre processus / solve in another process")
    ] = False,
    workers: Annotated[
        int,
        typer.Option(min=0, max=64, help="Processus qui cherchent et résolvent des parties / processes that share the work"),
    ] = 0,
    cluster: Annotated[
        str, typer.Option(metavar="tcp://HOST:PORT", help="Ordonnanceur Dask (extra cluster) / Dask scheduler")
    ] = "",
) -> Any:
    """Échanges possibles d'un territoire / the exchanges that a territory could make."""
    from symbiosis import workspace

    language = known_language(language)
    keep_stdout_from_c_libraries()
    begun = time.perf_counter()
    with failures(language, as_json, out=out):
        chosen = read_scenario(scenario, objective, split)
        catalogue = workspace.load_catalogue()
        with _progress(language, quiet=as_json) as tell:
            tell("read", 0.0)
            territory = workspace.open_territory(folder, catalogue)
            proposal = workspace.match(
                territory, catalogue, chosen, is_isolated=is_isolated, workers=workers, cluster=cluster, progress=tell
            )
            files = workspace.write_results(proposal, territory, out, language, progress=tell)
    if as_json:
        sys.stdout.write(json.dumps(workspace.summary(proposal, territory), ensure_ascii=False, allow_nan=False) + "\n")
        return territory, proposal
    _show_proposal(proposal, territory, language)
    console = screen()
    console.print(f"{len(files)} fichiers dans {out} ({time.perf_counter() - begun:.1f} s)" if language == "fr"
                  else f"{len(files)} files in {out} ({time.perf_counter() - begun:.1f} s)", style="dim")  # fmt: skip
    return territory, proposal


def _unheard(step: str, share: float) -> None:
    """Progress for nobody."""


@contextmanager
def _progress(language: str, *, quiet: bool) -> Iterator[Progress]:
    """Who is told how far a run is: a bar on a terminal, nobody elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield _unheard
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from symbiosis.messages import translation
    from symbiosis.messages.plans import RUN_STEPS

    say = translation(language).gettext
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen(error=True), transient=True) as bar:
        task = bar.add_task("…", total=1.0)
        yield lambda step, share: bar.update(task, description=say(RUN_STEPS[step]), completed=share)


def _show_proposal(proposal: Proposal, territory: Territory, language: str) -> None:
    from rich.table import Table

    from symbiosis import messages, workspace

    console = screen()
    french = language == "fr"
    console.rule(territory.title(language))
    mark = workspace.banner(proposal, language)
    if mark:
        console.print(mark, style="bold black on yellow")
    totals = Table(title="Trois totaux" if french else "Three totals")
    for title in ("", "Paires", "Synergies", "t/an", "€/an") if french else ("", "Pairs", "Synergies", "t/yr", "€/yr"):
        totals.add_column(title, justify="left" if not title else "right")
    for key, row in proposal.totals.iterrows():
        costed = key != "excluded"
        totals.add_row(
            messages.word(str(key), language), messages.number(row["pairs"], language),
            messages.number(row["synergies"], language) if costed else "–",
            messages.number(row["diverted_t_per_yr"], language, 1) if costed else "–",
            messages.euros(row["gain_eur_per_yr"], language) if costed else "–",
        )  # fmt: skip
    console.print(totals)
    if proposal.feasible.proposals.synergies.empty:
        said = messages.no_exchange(proposal.heaviest_reasons(), language, proposal.catalogue)
        console.print(said, style="yellow", markup=False, highlight=False)
    _show_synergies(proposal, proposal.feasible, "Premières synergies" if french else "First synergies", 12, language)
    # On a first day entitlements are unknown and nothing is feasible: what is to be asked is then the product.
    _show_synergies(proposal, proposal.to_investigate, "À instruire d'abord" if french else "To investigate first", 6, language)
    for run in (proposal.feasible, proposal.to_investigate):
        for facts in [] if run.cooperation is None else run.cooperation.components.reset_index().to_dict("records"):
            console.print(messages.stability(facts, language), markup=False, highlight=False)
    allocation = proposal.feasible.allocation
    status = messages.word("optimal" if allocation.status == "optimal" else "feasible_plan", language)
    gap = messages.percent(allocation.gap, language, 4)
    console.print(f"{status} · {'écart' if french else 'gap'} {gap} · {allocation.engine}", style="dim")
    note = proposal.declarations.facts.get(f"note_{language}")
    if note:
        console.print(str(note), style="dim")


def _show_synergies(proposal: Proposal, run: Run, title: str, most: int, language: str) -> None:
    from rich.table import Table

    from symbiosis import messages

    synergies = run.proposals.synergies
    if synergies.empty:
        return
    console = screen()
    table = Table(title=title)
    titles = ("", "Flux", "Qui", "Vers", "Par an", "€/an", "À demander d'abord", "Type", "h insertion", "km", "appel €/an")
    if language == "en":
        titles = ("", "Flow", "Who", "To", "A year", "€/yr", "Ask first", "Kind", "insertion h", "km", "call €/yr")
    # A narrow terminal would cut every cell to nothing: it is shown what is read first, the files have the rest.
    kept = len(titles) if console.width >= WIDE else 7 if console.width >= MIDDLING else 6
    for place, heading in enumerate(titles[:kept]):
        table.add_column(heading, justify="right" if place in (4, 5, 8, 9, 10) else "left", no_wrap=place in (0, 4, 5))
    for key, row in synergies.head(most).iterrows():
        materials = [messages.name(proposal.catalogue.materials, one, language) for one in row["material_ids"].split(";")]
        names = (materials, row["giver_names"].split(";"), row["taker_names"].split(";"))
        cells = (
            str(key), *(f"{some[0]} +{len(some) - 1}" if len(some) > 1 else some[0] for some in names),
            f"{messages.number(row['quantity_per_yr'], language, 1)} {messages.unit_name(row['unit'], language)}",
            messages.euros(row["gain_eur_per_yr"], language), messages.missing(row["missing_datum"], language),
            messages.word(row["kind"], language), messages.number(row["insertion_h_per_yr"], language),
            messages.number(row["distance_km"], language, 1), messages.euros(row["call_value_eur_per_yr"], language),
        )  # fmt: skip
        table.add_row(*cells[:kept])
    console.print(table)
