"""The command line: ``symbiosis demo | match | check | explain | questions | front | sweep | template | serve | user``…

Each family of commands stands in a module of :mod:`symbiosis.commands`; here they are put together.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from symbiosis import __version__
from symbiosis.benchmarks.commands import app as benchmark_app
from symbiosis.commands import deciding, explaining, matching, store, territories
from symbiosis.commands.imports import import_files
from symbiosis.commands.terminal import Language, failed, screen

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Qui pourrait utiliser ce qui sort des sites d'un territoire ? / Who could use what leaves the sites of a territory?",
)


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


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Dossier des résultats / folder of the results")] = Path("out"),
    open_dashboard: Annotated[bool, typer.Option("--serve/--no-serve", help="Ouvrir le tableau de bord / open it")] = True,
    port: Annotated[int, typer.Option(help="Port")] = 8501,
    language: Language = "fr",
) -> None:
    """Territoire de démonstration, puis tableau de bord / the demo territory, then the dashboard."""
    territory, proposal = matching.match("val-de-fensch", out=out, language=language)
    if open_dashboard:
        from symbiosis.dashboard import state

        state.keep(territory, proposal)
        state.show_first(territory.name)
        serve(port=port)


def serve(
    port: Annotated[int, typer.Option(help="Port")] = 8501,
    is_public: Annotated[bool, typer.Option("--public", help="Données publiées seulement / published data only")] = False,
) -> None:
    """Tableau de bord sur cette machine / the dashboard on this machine: http://127.0.0.1:8501."""
    from symbiosis import messages
    from symbiosis.errors import SchemaError, SymbiosisError
    from symbiosis.server import prepare, run

    try:
        copy = prepare(is_public=is_public)
        if copy is not None:
            said = (
                "Données mises à jour ; copie d'avant, pour 30 jours / data brought up to date; copy from before, for 30 days"
            )
            screen().print(f"{said}: {copy}", markup=False, highlight=False)
        screen().print(f"http://127.0.0.1:{port}", style="bold")
        run(port=port)
    except SchemaError as error:
        raise failed("\n".join(messages.failure(error, one) for one in messages.LANGUAGES), 2) from error
    except SymbiosisError as error:
        raise failed(str(error), 2) from error


for command in (
    demo, matching.match, territories.check, explaining.explain, explaining.questions, deciding.front, deciding.sweep,
    deciding.without, territories.synthesise, territories.template, serve,
):  # fmt: skip
    app.command()(command)
app.command(name="import")(import_files)
store.add_to(app)
app.add_typer(benchmark_app, name="benchmark")


def main() -> None:
    """Entry point of the console script."""
    # A run makes millions of small objects, nearly all freed by their counts: looking for cycles as often as Python
    # does by default takes a tenth of the time and frees almost nothing.
    gc.set_threshold(100_000, 50, 100)
    with suppress(OSError):  # nobody listens
        _keep_output_to_ourselves()
    app()


def _keep_output_to_ourselves() -> None:
    """What engines print goes to the errors: HiGHS says a word now and then, whatever it is told, and scripts read JSON."""
    mine = os.fdopen(
        os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, buffering=1 if os.isatty(1) else -1
    )
    os.dup2(2, 1)
    sys.stdout = mine
