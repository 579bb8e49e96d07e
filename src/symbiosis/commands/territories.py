"""``symbiosis check | template | synthesise``: a folder of declarations, judged, empty, or invented."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbiosis.commands.terminal import (
    AsJson,
    FolderArgument,
    Language,
    failed,
    failures,
    known_language,
    screen,
    show_problems,
)


def check(
    folder: FolderArgument,
    annotate: Annotated[Path | None, typer.Option(help="Écrire le classeur annoté / write the annotated workbook")] = None,
    language: Language = "fr",
    as_json: AsJson = False,
) -> None:
    """Tous les problèmes d'un dossier / every problem of a folder."""
    from symbiosis import workspace
    from symbiosis.io import annotated_copy

    language = known_language(language)
    with failures(language, as_json, out=annotate):
        catalogue = workspace.load_catalogue()
        problems = workspace.check(folder, catalogue)
        if annotate is not None:
            annotated_copy(workspace.find_folder(folder), problems, annotate, language=language)
    show_problems(problems, language, as_json)
    raise typer.Exit(1 if any(problem.severity == "error" for problem in problems) else 0)


def template(
    out: Annotated[Path, typer.Argument(help="Classeur à écrire / workbook to write")] = Path("symbiosis.xlsx"),
    language: Language = "fr",
) -> None:
    """Classeur Excel à remplir, avec listes déroulantes / Excel workbook to fill in, with drop-down lists."""
    from symbiosis import workspace
    from symbiosis.io import write_template

    language = known_language(language)
    catalogue = workspace.load_catalogue()
    choices = {name: sorted(ids) for name, ids in workspace.catalogue_ids(catalogue).items()}
    try:
        write_template(out, language, catalogue_choices=choices)
    except OSError as error:
        raise failed(f"{out}: {error.strerror or error}", 2) from error
    screen().print(f"{out}")


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
        raise failed(f"{output}: {error.strerror or error}", 2) from error
    for file in files:
        screen().print(f"{file}")
