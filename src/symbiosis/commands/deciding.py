"""``symbiosis front | sweep | without``: what becomes of the plan under other assumptions, as one table."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symbiosis.commands.terminal import (
    AsJson,
    FolderArgument,
    Language,
    ScenarioFile,
    TableFile,
    failures,
    keep_stdout_from_c_libraries,
    known_language,
    read_scenario,
    screen,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from symbiosis import decisions
    from symbiosis.scenario import Scenario


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
    from symbiosis import workspace

    language = known_language(language)
    keep_stdout_from_c_libraries()
    with failures(language, as_json, out=out, has_ids=True):
        assumed = read_scenario(scenario, "")
        catalogue = workspace.load_catalogue()
        territory = workspace.open_territory(folder, catalogue)
        found = _with_bar(lambda tell: asked(workspace.study(territory, catalogue, assumed), assumed, tell), quiet=as_json)
        if out is not None:
            workspace.write_table(found.assign(is_synthetic=territory.declarations.is_synthetic), out, language)
    if as_json:
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        sys.stdout.write(json.dumps({"is_synthetic": territory.declarations.is_synthetic, "rows": rows}, ensure_ascii=False,
                                    allow_nan=False) + "\n")  # fmt: skip
        return
    mark = workspace.banner(territory.declarations, language)
    if mark:
        screen().print(mark, style="bold black on yellow")
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
    screen().print(table)


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

    with Progress(BarColumn(), TimeElapsedColumn(), TimeRemainingColumn(), console=screen(error=True), transient=True) as bar:
        task = bar.add_task("…", total=1.0)
        return work(lambda share: bar.update(task, completed=share))
