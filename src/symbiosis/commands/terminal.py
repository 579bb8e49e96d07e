"""What the families of commands share: options, the screen, failures as exit codes, the problems of a folder.

Exit codes: 0 done; 1 the declarations hold errors, or the pair is refused; 2 the call itself is wrong; 3 the engine failed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from symbiosis.errors import Problem
    from symbiosis.scenario import Scenario

Language = Annotated[str, typer.Option("--language", "-l", help="fr / en")]
AsJson = Annotated[bool, typer.Option("--json", help="Résultat en JSON / result as JSON")]
FolderArgument = Annotated[
    str,
    typer.Argument(metavar="FOLDER", help="Dossier de CSV, classeur Excel, ou nom d'un territoire fourni (val-de-fensch)"),
]
ScenarioFile = Annotated[Path | None, typer.Option(help="Paramètres en JSON / parameters as JSON")]
TableFile = Annotated[Path | None, typer.Option("--out", "-o", help="Fichier CSV à écrire / CSV file to write")]


def screen(*, error: bool = False) -> Console:
    """The terminal, or its error stream."""
    from rich.console import Console

    return Console(stderr=error, soft_wrap=True)


def known_language(language: str) -> str:
    """A language that the program speaks; anything else ends the command."""
    if language not in ("fr", "en"):
        raise typer.BadParameter("fr ou en / fr or en", param_hint="--language")
    return language


def failed(text: str, code: int, as_json: bool = False, **data: Any) -> typer.Exit:
    """Says what failed, and gives the exit to raise."""
    if as_json:
        sys.stdout.write(json.dumps({"error": text, **data}, ensure_ascii=False) + "\n")
    else:
        screen(error=True).print(text, style="red", markup=False, highlight=False)
    return typer.Exit(code)


def keep_stdout_from_c_libraries() -> None:
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


@contextmanager
def failures(language: str, as_json: bool, *, out: Path | None = None, has_ids: bool = False) -> Iterator[None]:
    """Ends a command on a territory with a sentence and an exit code, whatever goes wrong in the block.

    Parameters
    ----------
    language, as_json
        How it is said.
    out
        The file that is written there.
    has_ids
        Whether the call names ids, so that one which nothing has is the caller's affair.

    Yields
    ------
    None
        For the length of the block.
    """
    from symbiosis.errors import DeclarationError, InfeasibleError, ProgramError, SolverError, SymbiosisError

    try:
        yield
    except DeclarationError as error:
        show_problems(error.problems, language, as_json)
        raise typer.Exit(1) from error
    except InfeasibleError as error:
        from symbiosis import messages

        found = [asdict(one) | {"reached": one.reached if isfinite(one.reached) else None} for one in error.conflicts]
        raise failed(messages.failure(error, language), 3, as_json, conflicts=found) from error
    except SymbiosisError as error:
        raise failed(str(error), 3 if isinstance(error, ProgramError | SolverError) else 2, as_json) from error
    except KeyError as error:
        if not has_ids:
            raise
        said = "identifiant inconnu" if language == "fr" else "unknown id"
        raise failed(f"{said}: {error.args[0]}", 2, as_json) from error
    except OSError as error:
        raise failed(f"{error.filename or out}: {error.strerror or error}", 2, as_json) from error


def read_scenario(file: Path | None, objective: str, split: str = "") -> Scenario:
    """The assumptions of a file, with those that options name."""
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


def show_problems(problems: tuple[Problem, ...], language: str, as_json: bool) -> None:
    """Every problem with its place and its remedy, and how many there are."""
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
    console = screen()
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
