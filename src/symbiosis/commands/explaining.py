"""``symbiosis explain | questions``: why a pair or why not, and what to ask of whom."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from symbiosis.commands.terminal import (
    AsJson,
    FolderArgument,
    Language,
    ScenarioFile,
    TableFile,
    failures,
    known_language,
    read_scenario,
    screen,
)

if TYPE_CHECKING:
    import pandas as pd

    from symbiosis.report.sheet_parts import Section


def explain(
    folder: FolderArgument,
    output: Annotated[str, typer.Option(help="Identifiant du flux sortant / id of the output")],
    need: Annotated[str, typer.Option(help="Identifiant du besoin / id of the need")],
    scenario: ScenarioFile = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Pourquoi cette piste est retenue, ou ne l'est pas / why this pair, or why not."""
    from symbiosis import messages, workspace
    from symbiosis.report.explanation import to_json, verdict

    language = known_language(language)
    with failures(language, as_json, has_ids=True):
        catalogue = workspace.load_catalogue()
        territory = workspace.open_territory(folder, catalogue)
        found, parts = workspace.explain(
            territory.declarations, catalogue, read_scenario(scenario, ""), output, need, language=language, is_last=True
        )
    if as_json:
        sys.stdout.write(json.dumps(to_json(found, parts, language), ensure_ascii=False, allow_nan=False) + "\n")
    else:
        answer = verdict(found)
        screen().print(messages.word(answer, language), style="green" if answer == "feasible" else "yellow")
        _show_sections(parts)
    raise typer.Exit(0 if verdict(found) != "excluded" else 1)


def _show_sections(parts: tuple[Section, ...]) -> None:
    console = screen()

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


def questions(
    folder: FolderArgument,
    actor: Annotated[str, typer.Option(help="Une entreprise, par son identifiant / one company, by its id")] = "",
    out: TableFile = None,
    scenario: ScenarioFile = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Questions à poser d'après l'activité, jamais des pistes / what to ask from the activity, never matches."""
    from symbiosis import workspace

    language = known_language(language)
    with failures(language, as_json, out=out, has_ids=True):
        catalogue = workspace.load_catalogue()
        territory = workspace.open_territory(folder, catalogue)
        found = workspace.questions(territory, catalogue, read_scenario(scenario, ""), language=language, actor=actor)
        if out is not None:
            workspace.write_table(found, out, language)
    if as_json:
        sys.stdout.write(json.dumps({"questions": found.to_dict("records")}, ensure_ascii=False, allow_nan=False) + "\n")
        return
    _show_questions(found, language)


SHOWN_QUESTIONS = 30


def _show_questions(found: pd.DataFrame, language: str) -> None:
    from rich.table import Table

    from symbiosis import messages

    french = language == "fr"
    if found.empty:
        said = messages.translation(language).gettext(
            "Aucune question : les codes d'activité manquent, ou tout est déjà déclaré."
        )
        screen().print(f"{said} (actors: nace)", style="yellow", markup=False, highlight=False)
        return
    table = Table(title="Questions à poser (jamais des pistes)" if french else "Questions to ask (never matches)")
    for title in ("", "À", "Question", "Fréquence", "Débloque") if french else ("", "To", "Question", "How usual", "Unlocks"):
        table.add_column(title)
    for row in found.head(SHOWN_QUESTIONS).to_dict("records"):
        table.add_row(
            row["question_id"], row["actor_name"], row["question"], messages.word(row["frequency"], language),
            messages.number(row["unlocks"], language),
        )  # fmt: skip
    console = screen()
    console.print(table)
    rest = len(found) - SHOWN_QUESTIONS
    if rest > 0:
        console.print(f"{rest} autres : --out F.csv" if french else f"{rest} more: --out F.csv", style="dim")
