"""The command line: ``symbiosis demo | match | check | explain | questions | front | sweep | template | serve | user``…

Exit codes: 0 done; 1 the declarations hold errors, or the pair is refused; 2 the call itself is wrong; 3 the engine failed.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import time
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symbiosis import __version__
from symbiosis.benchmarks.commands import app as benchmark_app
from symbiosis.commands import store
from symbiosis.commands.imports import import_files

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from rich.console import Console

    from symbiosis.engine import Proposal, Run
    from symbiosis.errors import Problem
    from symbiosis.report.sheet_parts import Section
    from symbiosis.scenario import Scenario
    from symbiosis.workspace import Territory

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Qui pourrait utiliser ce qui sort des sites d'un territoire ? / Who could use what leaves the sites of a territory?",
)
app.add_typer(benchmark_app, name="benchmark")
store.add_to(app)
app.command(name="import")(import_files)

Language = Annotated[str, typer.Option("--language", "-l", help="fr / en")]
AsJson = Annotated[bool, typer.Option("--json", help="Résultat en JSON / result as JSON")]
FolderArgument = Annotated[
    str,
    typer.Argument(metavar="FOLDER", help="Dossier de CSV, classeur Excel, ou nom d'un territoire fourni (val-de-fensch)"),
]


def _console(*, error: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=error, soft_wrap=True)


def _language(language: str) -> str:
    if language not in ("fr", "en"):
        raise typer.BadParameter("fr ou en / fr or en", param_hint="--language")
    return language


def _fail(text: str, code: int, as_json: bool = False, **data: Any) -> typer.Exit:
    if as_json:
        sys.stdout.write(json.dumps({"error": text, **data}, ensure_ascii=False) + "\n")
    else:
        _console(error=True).print(text, style="red", markup=False, highlight=False)
    return typer.Exit(code)


def _keep_stdout_from_c_libraries() -> None:
    """Solvers print to the console whatever they are told: from here on only Python does, so that scripts read JSON there."""
    try:
        number = sys.stdout.fileno()
    except OSError:  # no real stream, as in a test
        return
    sys.stdout.flush()
    kept, nowhere = os.dup(number), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
    sys.stdout = os.fdopen(kept, "w", encoding="utf-8")


def _version(value: bool) -> None:
    if value:
        sys.stdout.write(f"symbiosis {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Version")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Journal détaillé / detailed log")] = False,
) -> None:
    logging.basicConfig(level=logging.DEBUG if verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


@app.command()
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
) -> None:
    """Échanges possibles d'un territoire / the exchanges that a territory could make."""
    from symbiosis import messages, workspace
    from symbiosis.errors import DeclarationError, InfeasibleError, SymbiosisError

    language = _language(language)
    _keep_stdout_from_c_libraries()
    begun = time.perf_counter()
    try:
        chosen = _scenario(scenario, objective, split)
        catalogue = workspace.load_catalogue()
        territory = workspace.open_territory(folder, catalogue)
        how = {"is_isolated": is_isolated, "workers": workers, "cluster": cluster}
        proposal = _with_progress(territory, catalogue, chosen, quiet=as_json, **how)
        files = workspace.write_results(proposal, territory, out, language)
    except DeclarationError as error:
        _show_problems(error.problems, language, as_json)
        raise typer.Exit(1) from error
    except InfeasibleError as error:
        found = [asdict(one) | {"reached": one.reached if isfinite(one.reached) else None} for one in error.conflicts]
        raise _fail(messages.failure(error, language), 3, as_json, conflicts=found) from error
    except SymbiosisError as error:
        raise _fail(str(error), _exit_code(error), as_json) from error
    if as_json:
        sys.stdout.write(json.dumps(workspace.summary(proposal, territory), ensure_ascii=False, allow_nan=False) + "\n")
        return
    _show_proposal(proposal, territory, language)
    console = _console()
    console.print(f"{len(files)} fichiers dans {out} ({time.perf_counter() - begun:.1f} s)" if language == "fr"
                  else f"{len(files)} files in {out} ({time.perf_counter() - begun:.1f} s)", style="dim")  # fmt: skip


def _exit_code(error: Exception) -> int:
    from symbiosis.errors import ProgramError, SolverError

    return 3 if isinstance(error, ProgramError | SolverError) else 2


def _scenario(file: Path | None, objective: str, split: str = "") -> Scenario:
    from symbiosis.errors import ScenarioError
    from symbiosis.scenario import Scenario

    values: dict[str, Any] = {}
    if file is not None:
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ScenarioError(f"{file}: {error}") from error
        if not isinstance(values, dict):
            raise ScenarioError(f"{file}: no JSON object")
    if objective:
        values["objective"] = objective
    if split:
        values["split"] = split.replace("-", "_")
    return Scenario.from_dict(values)


def _with_progress(territory: Territory, catalogue: Any, scenario: Scenario, *, quiet: bool, **options: Any) -> Proposal:
    from symbiosis import workspace

    if quiet or not sys.stderr.isatty():
        return workspace.match(territory, catalogue, scenario, **options)
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_console(error=True), transient=True) as bar:
        task = bar.add_task("…", total=1.0)
        return workspace.match(
            territory, catalogue, scenario, **options,
            progress=lambda step, share: bar.update(task, description=step, completed=share),
        )  # fmt: skip


def _show_proposal(proposal: Proposal, territory: Territory, language: str) -> None:
    from rich.table import Table

    from symbiosis import messages, workspace

    console = _console()
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
    _show_synergies(proposal.feasible, "Premières synergies" if french else "First synergies", 12, language)
    # On a first day entitlements are unknown and nothing is feasible: what is to be asked is then the product.
    _show_synergies(proposal.to_investigate, "À instruire d'abord" if french else "To investigate first", 6, language)
    for run in (proposal.feasible, proposal.to_investigate):
        for facts in [] if run.cooperation is None else run.cooperation.components.reset_index().to_dict("records"):
            console.print(messages.stability(facts, language), markup=False, highlight=False)
    allocation = proposal.feasible.allocation
    status = messages.word("optimal" if allocation.status == "optimal" else "feasible_plan", language)
    console.print(f"{status} · {'écart' if french else 'gap'} {allocation.gap:.1e} · {allocation.engine}", style="dim")
    note = proposal.declarations.facts.get(f"note_{language}")
    if note:
        console.print(str(note), style="dim")


def _show_synergies(run: Run, title: str, most: int, language: str) -> None:
    from rich.table import Table

    from symbiosis import messages

    synergies = run.proposals.synergies
    if synergies.empty:
        return
    table = Table(title=title)
    titles = ("", "Type", "Qui", "Vers", "Par an", "h insertion", "km", "€/an", "appel €/an", "À demander d'abord")
    if language == "en":
        titles = ("", "Kind", "Who", "To", "A year", "insertion h", "km", "€/yr", "call €/yr", "Ask first")
    for place, heading in enumerate(titles):
        table.add_column(heading, justify="right" if 3 < place < len(titles) - 1 else "left")
    for key, row in synergies.head(most).iterrows():
        givers = row["giver_names"].split(";")
        shown = givers[0] + (f" +{len(givers) - 1}" if len(givers) > 1 else "")
        table.add_row(
            str(key), messages.word(row["kind"], language), shown, row["taker_names"].replace(";", ", ")[:40],
            f"{messages.number(row['quantity_per_yr'], language, 1)} {row['unit']}",
            messages.number(row["insertion_h_per_yr"], language), messages.number(row["distance_km"], language, 1),
            messages.euros(row["gain_eur_per_yr"], language), messages.euros(row["call_value_eur_per_yr"], language),
            messages.missing(row["missing_datum"], language),
        )  # fmt: skip
    _console().print(table)


def _show_problems(problems: tuple[Problem, ...], language: str, as_json: bool) -> None:
    from symbiosis.io import sentence
    from symbiosis.io.problems import column_title

    if as_json:
        rows = []
        for problem in problems:
            message, remedy = sentence(problem, language)
            rows.append({"severity": problem.severity, "code": problem.code, "file": problem.file, "row": problem.row,
                         "column": problem.column, "value": problem.value, "message": message, "remedy": remedy})  # fmt: skip
        sys.stdout.write(json.dumps({"problems": rows}, ensure_ascii=False) + "\n")
        return
    console = _console()
    for problem in problems:
        message, remedy = sentence(problem, language)
        row = "" if problem.row is None else (f", ligne {problem.row}" if language == "fr" else f", row {problem.row}")
        title = column_title(problem.table, problem.column, language)
        column = f", {title}" if title else ""
        style = "red" if problem.severity == "error" else "yellow"
        console.print(f"{problem.file or problem.table}{row}{column}", style=style, markup=False, highlight=False)
        console.print(f"   {message} {remedy}", markup=False, highlight=False)
    errors = sum(problem.severity == "error" for problem in problems)
    said = (f"{errors} erreur(s), {len(problems) - errors} avertissement(s)" if language == "fr"
            else f"{errors} error(s), {len(problems) - errors} warning(s)")  # fmt: skip
    console.print(said, style="bold")


@app.command()
def check(
    folder: FolderArgument,
    annotate: Annotated[Path | None, typer.Option(help="Écrire le classeur annoté / write the annotated workbook")] = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Tous les problèmes d'un dossier / every problem of a folder."""
    from symbiosis import workspace
    from symbiosis.errors import SymbiosisError
    from symbiosis.io import annotated_copy

    language = _language(language)
    try:
        catalogue = workspace.load_catalogue()
        problems = workspace.check(folder, catalogue)
        if annotate is not None:
            annotated_copy(workspace.find_folder(folder), problems, annotate, language=language)
    except SymbiosisError as error:
        raise _fail(str(error), 2, as_json) from error
    _show_problems(problems, language, as_json)
    raise typer.Exit(1 if any(problem.severity == "error" for problem in problems) else 0)


@app.command()
def explain(
    folder: FolderArgument,
    output: Annotated[str, typer.Option(help="Identifiant du flux sortant / id of the output")],
    need: Annotated[str, typer.Option(help="Identifiant du besoin / id of the need")],
    scenario: Annotated[Path | None, typer.Option(help="Paramètres en JSON / parameters as JSON")] = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Pourquoi cette piste est retenue, ou ne l'est pas / why this pair, or why not."""
    from symbiosis import messages, workspace
    from symbiosis.errors import DeclarationError, SymbiosisError
    from symbiosis.report.explanation import to_json, verdict

    language = _language(language)
    try:
        catalogue = workspace.load_catalogue()
        territory = workspace.open_territory(folder, catalogue)
        found, parts = workspace.explain(
            territory.declarations, catalogue, _scenario(scenario, ""), output, need, language=language, is_last=True
        )
    except DeclarationError as error:
        _show_problems(error.problems, language, as_json)
        raise typer.Exit(1) from error
    except KeyError as error:
        raise _unknown(error, language, as_json) from error
    except SymbiosisError as error:
        raise _fail(str(error), _exit_code(error), as_json) from error
    if as_json:
        sys.stdout.write(json.dumps(to_json(found, parts, language), ensure_ascii=False, allow_nan=False) + "\n")
    else:
        answer = verdict(found)
        _console().print(messages.word(answer, language), style="green" if answer == "feasible" else "yellow")
        _show_sections(parts)
    raise typer.Exit(0 if verdict(found) != "excluded" else 1)


def _unknown(error: KeyError, language: str, as_json: bool) -> typer.Exit:
    said = "identifiant inconnu" if language == "fr" else "unknown id"
    return _fail(f"{said}: {error.args[0]}", 2, as_json)


def _show_sections(parts: tuple[Section, ...]) -> None:
    console = _console()

    def line(text: str, style: str = "") -> None:
        console.print(text, style=style, markup=False, highlight=False)

    for part in parts:
        line(part.title, "bold")
        for fact in part.lines:
            line("   " + "  ".join(filter(None, (fact.label, fact.value, f"({fact.note})" if fact.note else ""))))
        for sentence in part.sentences:
            line(f"   · {sentence}")
        for row in part.table.to_numpy() if part.table is not None else ():
            line("   " + " | ".join(map(str, row)))
        if part.note:
            line(f"   {part.note}", "dim")


@app.command()
def questions(
    folder: FolderArgument,
    actor: Annotated[str, typer.Option(help="Une entreprise, par son identifiant / one company, by its id")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Fichier CSV à écrire / CSV file to write")] = None,
    scenario: Annotated[Path | None, typer.Option(help="Paramètres en JSON / parameters as JSON")] = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Questions à poser d'après l'activité, jamais des pistes / what to ask from the activity, never matches."""
    from symbiosis import workspace
    from symbiosis.errors import DeclarationError, SymbiosisError

    language = _language(language)
    try:
        catalogue = workspace.load_catalogue()
        territory = workspace.open_territory(folder, catalogue)
        found = workspace.questions(territory, catalogue, _scenario(scenario, ""), language=language, actor=actor)
        if out is not None:
            workspace.write_table(found, out, language)
    except DeclarationError as error:
        _show_problems(error.problems, language, as_json)
        raise typer.Exit(1) from error
    except KeyError as error:
        raise _unknown(error, language, as_json) from error
    except OSError as error:
        raise _fail(f"{out}: {error.strerror or error}", 2, as_json) from error
    except SymbiosisError as error:
        raise _fail(str(error), _exit_code(error), as_json) from error
    if as_json:
        sys.stdout.write(json.dumps({"questions": found.to_dict("records")}, ensure_ascii=False, allow_nan=False) + "\n")
        return
    _show_questions(found, language)


SHOWN_QUESTIONS = 30


def _show_questions(found: pd.DataFrame, language: str) -> None:
    from rich.table import Table

    from symbiosis import messages

    french = language == "fr"
    table = Table(title="Questions à poser (jamais des pistes)" if french else "Questions to ask (never matches)")
    for title in ("", "À", "Question", "Fréquence", "Débloque") if french else ("", "To", "Question", "How usual", "Unlocks"):
        table.add_column(title)
    for row in found.head(SHOWN_QUESTIONS).to_dict("records"):
        table.add_row(
            row["question_id"], row["actor_name"], row["question"], messages.word(row["frequency"], language),
            messages.number(row["unlocks"], language),
        )  # fmt: skip
    console = _console()
    console.print(table)
    rest = len(found) - SHOWN_QUESTIONS
    if rest > 0:
        console.print(f"{rest} autres : --out F.csv" if french else f"{rest} more: --out F.csv", style="dim")


ScenarioFile = Annotated[Path | None, typer.Option(help="Paramètres en JSON / parameters as JSON")]
TableFile = Annotated[Path | None, typer.Option("--out", "-o", help="Fichier CSV à écrire / CSV file to write")]


@app.command()
def front(
    folder: FolderArgument,
    axes: Annotated[str, typer.Option(help="gain,insertion_hours,diverted,co2e")] = "gain,insertion_hours",
    points: Annotated[int, typer.Option(min=0, max=100, help="Points entre les deux bouts / points between the ends")] = 7,
    scenario: ScenarioFile = None,
    out: TableFile = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Compromis entre euros, heures d'insertion, tonnes, CO2e / compromises between euros, hours, tonnes, CO2e."""
    from symbiosis import decisions

    def asked(study: decisions.Study, assumed: Scenario, tell: Callable[[float], None]) -> pd.DataFrame:
        return decisions.front(study, assumed, [axis.strip() for axis in axes.split(",")], points=points, progress=tell)

    _decide(folder, asked, scenario=scenario, out=out, language=language, as_json=as_json)


@app.command()
def sweep(
    folder: FolderArgument,
    parameter: Annotated[
        str,
        typer.Option(help="maximum_distance_km | disposal_increase_eur_per_t | project_cost_eur_per_yr:maximum (budget) | …"),
    ],
    values: Annotated[str, typer.Option(help="10,20,30")],
    scenario: ScenarioFile = None,
    out: TableFile = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Ce que devient le plan quand une hypothèse varie / what becomes of the plan when one assumption turns."""
    from symbiosis import decisions

    try:
        numbers = [float(value) for value in values.split(",")]
    except ValueError as error:
        raise typer.BadParameter("10,20,30", param_hint="--values") from error

    def asked(study: decisions.Study, assumed: Scenario, tell: Callable[[float], None]) -> pd.DataFrame:
        return decisions.sweep(study, assumed, parameter, numbers, progress=tell)

    _decide(folder, asked, scenario=scenario, out=out, language=language, as_json=as_json)


@app.command()
def without(
    folder: FolderArgument,
    actor: Annotated[list[str] | None, typer.Option(help="Un acteur, par son identifiant / one actor, by its id")] = None,
    scenario: ScenarioFile = None,
    out: TableFile = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Ce que coûterait au territoire le départ de chaque acteur / what each actor's leaving would cost the territory."""
    from symbiosis import decisions

    def asked(study: decisions.Study, assumed: Scenario, tell: Callable[[float], None]) -> pd.DataFrame:
        unknown = sorted(set(actor or ()) - set(study.declarations.actors.index))
        if unknown:
            raise KeyError(", ".join(unknown))
        return decisions.absences(study, assumed, actors=actor or (), progress=tell)

    _decide(folder, asked, scenario=scenario, out=out, language=language, as_json=as_json)


def _decide(
    folder: str, asked: Callable[..., pd.DataFrame], *, scenario: Path | None, out: Path | None, language: str, as_json: bool
) -> None:
    """Open a territory, ask one of :mod:`symbiosis.decisions` and hand over its table."""
    from symbiosis import messages, workspace
    from symbiosis.errors import DeclarationError, InfeasibleError, SymbiosisError

    language = _language(language)
    _keep_stdout_from_c_libraries()
    try:
        assumed = _scenario(scenario, "")
        catalogue = workspace.load_catalogue()
        territory = workspace.open_territory(folder, catalogue)
        found = _with_bar(lambda tell: asked(workspace.study(territory, catalogue, assumed), assumed, tell), quiet=as_json)
        if out is not None:
            workspace.write_table(found.assign(is_synthetic=territory.declarations.is_synthetic), out, language)
    except DeclarationError as error:
        _show_problems(error.problems, language, as_json)
        raise typer.Exit(1) from error
    except KeyError as error:
        raise _unknown(error, language, as_json) from error
    except OSError as error:
        raise _fail(f"{out}: {error.strerror or error}", 2, as_json) from error
    except InfeasibleError as error:
        raise _fail(messages.failure(error, language), 3, as_json) from error
    except SymbiosisError as error:
        raise _fail(str(error), _exit_code(error), as_json) from error
    if as_json:
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        sys.stdout.write(json.dumps({"is_synthetic": territory.declarations.is_synthetic, "rows": rows}, ensure_ascii=False,
                                    allow_nan=False) + "\n")  # fmt: skip
        return
    mark = workspace.banner(territory.declarations, language)
    if mark:
        _console().print(mark, style="bold black on yellow")
    _show_figures(found, language)


def _show_figures(found: pd.DataFrame, language: str) -> None:
    from pandas.api.types import is_numeric_dtype
    from rich.table import Table

    from symbiosis import messages

    table = Table()
    shown = [name for name in found.columns if name not in _UNSHOWN]
    cells = {name: [_cell(str(name), value, language) for value in found[name]] for name in shown}
    for name in shown:
        is_figure = is_numeric_dtype(found[name])
        # Headings give way on a narrow screen, figures never: one that is cut is another figure.
        least = max(map(len, cells[name]), default=0) if is_figure else None
        table.add_column(
            messages.decided(name, language), justify="right" if is_figure else "left", min_width=least, overflow="fold"
        )
    for row in zip(*cells.values(), strict=True):
        table.add_row(*row)
    _console().print(table)


_UNSHOWN = ("gap", "disposal_today_eur_per_yr", "material_t_per_yr", "energy_mwh_per_yr", "water_m3_per_yr", "labour_h_per_yr",
            "emitted_tco2e_per_yr", "transport_tkm_per_yr", "tax_forgone_eur_per_yr", "actor_id")  # fmt: skip
"""Columns for the file alone: a screen is narrow."""


def _cell(name: str, value: Any, language: str) -> str:
    from symbiosis import messages

    if isinstance(value, str):
        return messages.word(value, language) if name in ("best_in", "status") and value else value
    if value != value:  # noqa: PLR0124 - missing
        return "–"
    if name == "lost_share":
        return f"{messages.number(100 * value, language, 1)} %"
    return messages.euros(value, language) if "_eur_" in name else messages.number(value, language, 2 if name == "value" else 0)


def _with_bar(work: Callable[[Callable[[float], None]], pd.DataFrame], *, quiet: bool) -> pd.DataFrame:
    if quiet or not sys.stderr.isatty():
        return work(lambda _share: None)
    from rich.progress import BarColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

    with Progress(BarColumn(), TimeElapsedColumn(), TimeRemainingColumn(), console=_console(error=True), transient=True) as bar:
        task = bar.add_task("…", total=1.0)
        return work(lambda share: bar.update(task, completed=share))


@app.command()
def synthesise(
    flows: Annotated[int, typer.Option(min=2, max=10_000_000, help="Flux sortants et besoins / outputs and needs")],
    seed: Annotated[int, typer.Option(min=0, help="Même graine, mêmes octets / same seed, same bytes")] = 7,
    output: Annotated[Path, typer.Option(help="Dossier à écrire / folder to write")] = Path("synthetic"),
    is_linear: Annotated[
        bool,
        typer.Option("--linear", help="Sans lot, charge ni conduite : rien d'entier / no lot, load or pipe: nothing whole"),
    ] = False,
) -> None:
    """Pays fictif, pour mesurer vitesse et mémoire / a synthetic country, to measure speed and memory."""
    from symbiosis import workspace
    from symbiosis.benchmarks.synthetic import synthetic_country
    from symbiosis.report.declared import write_declarations

    try:
        files = write_declarations(synthetic_country(workspace.load_catalogue(), flows, seed=seed, is_linear=is_linear), output)
    except OSError as error:
        raise _fail(f"{output}: {error.strerror or error}", 2) from error
    for file in files:
        _console().print(f"{file}")


@app.command()
def template(
    out: Annotated[Path, typer.Argument(help="Classeur à écrire / workbook to write")] = Path("symbiosis.xlsx"),
    language: Language = "fr",
) -> None:
    """Classeur Excel à remplir, avec listes déroulantes / Excel workbook to fill in, with drop-down lists."""
    from symbiosis import workspace
    from symbiosis.io import write_template

    language = _language(language)
    catalogue = workspace.load_catalogue()
    choices = {name: sorted(ids) for name, ids in workspace.catalogue_ids(catalogue).items()}
    try:
        write_template(out, language, catalogue_choices=choices)
    except OSError as error:
        raise _fail(f"{out}: {error.strerror or error}", 2) from error
    _console().print(f"{out}")


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Dossier des résultats / folder of the results")] = Path("out"),
    open_dashboard: Annotated[bool, typer.Option("--serve/--no-serve", help="Ouvrir le tableau de bord / open it")] = True,
    port: Annotated[int, typer.Option(help="Port")] = 8501,
    language: Language = "fr",
) -> None:
    """Territoire de démonstration, puis tableau de bord / the demo territory, then the dashboard."""
    match("val-de-fensch", out=out, objective="", scenario=None, language=language, as_json=False, is_isolated=False, workers=0,
          cluster="")  # fmt: skip
    if open_dashboard:
        serve(port=port)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port")] = 8501,
    is_public: Annotated[bool, typer.Option("--public", help="Données publiées seulement / published data only")] = False,
) -> None:
    """Tableau de bord sur cette machine / the dashboard on this machine: http://127.0.0.1:8501."""
    from symbiosis.errors import DeploymentError
    from symbiosis.server import run

    _console().print(f"http://127.0.0.1:{port}", style="bold")
    try:
        run(port=port, is_public=is_public)
    except DeploymentError as error:
        raise _fail(str(error), 2) from error


@app.command()
def user(
    action: Annotated[str, typer.Argument(help="list | invite | reset | disable")],
    email: Annotated[str, typer.Argument(help="Adresse électronique / e-mail address")] = "",
    role: Annotated[str, typer.Option(help="reader | editor | company_admin | planner | facilitator | admin")] = "",
    territory: Annotated[str, typer.Option(help="Identifiant du territoire / id of the territory")] = "",
    company: Annotated[str, typer.Option(help="Identifiant de l'entreprise / id of the company")] = "",
) -> None:
    """Comptes du serveur, depuis sa machine / accounts of the server, from its own machine."""
    from symbiosis.errors import StoreError
    from symbiosis.store import Store, accounts

    if action == "list":
        for one in accounts.people(Store.at()):
            marks = [
                *one["roles"],
                *(["disabled"] if one["is_disabled"] else []),
                *(["2FA"] if one["has_second_factor"] else []),
            ]
            sys.stdout.write(f"{one['email']}\t{', '.join(marks)}\n")
        return
    if action not in ("invite", "reset", "disable"):
        raise typer.BadParameter("list, invite, reset, disable", param_hint="ACTION")
    try:
        token = accounts.operate(Store.at(), email=email, action=action, role=role, territory_id=territory, company_id=company)
    except (StoreError, ValueError) as error:
        raise _fail(str(error), 2) from error
    if token:
        sys.stdout.write(f"/invitation/{token}\n")


def main() -> None:
    """Entry point of the console script."""
    # A run makes millions of small objects, nearly all freed by their counts: looking for cycles as often as Python
    # does by default takes a tenth of the time and frees almost nothing.
    gc.set_threshold(100_000, 50, 100)
    app()
