"""``symbiosis benchmark matching | allocation``: figures on the project's own sets or on files of the same form."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Mesures sur des jeux échangeables / figures on sets that can be exchanged")

CASES = Path("tests/published/cases")
DEVELOPMENT = Path("tests/benchmarks/development")


@app.command()
def matching(
    outputs: Annotated[Path | None, typer.Option(help="CSV: output_id, lang, description, waste_code_declared, nace")] = None,
    needs: Annotated[Path | None, typer.Option(help="CSV: need_id, lang, description, waste_codes_accepted, nace")] = None,
    truth: Annotated[Path | None, typer.Option(help="CSV: output_id, need_id, relevance")] = None,
    ranking: Annotated[Path | None, typer.Option(help="CSV à écrire / to write: output_id, need_id, score")] = None,
    development: Annotated[Path, typer.Option(help="Jeu sur lequel on règle / set that is tuned on")] = DEVELOPMENT,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Des mots d'un flux au besoin qui l'utiliserait / from the words of an output to the need that could use it.

    Sans fichier : tous les jeux du paquet, et la validation croisée du réglage / without files: every set of the package,
    and the cross-validation of what was tuned.
    """
    from symbiosis.benchmarks import figures
    from symbiosis.io.catalogue import datasets_folder, read_catalogue

    begun = time.perf_counter()
    own = outputs is None and needs is None and truth is None
    folder = datasets_folder() / "benchmarks"
    if own:
        outputs, needs, truth = (folder / "matching" / f"{name}.csv" for name in ("outputs", "needs", "truth"))
    if outputs is None or needs is None:
        sys.stderr.write("--outputs FILE --needs FILE\n")
        raise typer.Exit(2)
    try:
        have, want = figures.table(outputs), figures.table(needs)
        pairs = None if truth is None else figures.table(truth)
        catalogue = read_catalogue()
        found = figures.ranking(have, want, catalogue)
        tables = {} if pairs is None else figures.of_ranking(found, have, want, pairs)
        if own:
            tables |= figures.of_package(folder, catalogue)
            if development.is_dir():
                tables |= figures.of_tuning(development, folder, catalogue)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        raise typer.Exit(2) from error
    if ranking is not None:
        found.to_csv(ranking, index=False)
    if as_json:
        sys.stdout.write(json.dumps({name: json.loads(table.to_json(orient="table")) for name, table in tables.items()}) + "\n")
        return
    for name, table in tables.items():
        sys.stdout.write(f"{name}\n{table.round(3).to_string()}\n\n")
    sys.stdout.write(f"{len(found)} pairs, {time.perf_counter() - begun:.1f} s\n")


@app.command()
def fit(
    folder: Annotated[Path, typer.Argument(help="Dossier / folder: outputs.csv, needs.csv, truth.csv")] = DEVELOPMENT,
) -> None:
    """Refaire le réglage des constantes de `symbiosis.affinity` / repeat the fit of the constants of `symbiosis.affinity`.

    Imprime les constantes refaites, et la calibration de celles qui sont livrées / prints the constants that the fit gives
    today, and the calibration of those that are shipped.
    """
    from symbiosis.benchmarks import figures, fitting, matching
    from symbiosis.io.catalogue import read_catalogue

    try:
        outputs, needs, truth = (figures.table(folder / f"{name}.csv") for name in ("outputs", "needs", "truth"))
        known = matching.evidence(outputs, needs, truth, read_catalogue())
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        raise typer.Exit(2) from error
    found = fitting.fit([known])
    rows = [*found.weights.items(), ("FLOOR", found.floor), ("GENERALITY", found.generality)]
    for name, constants in (("CALIBRATION", found), ("CALIBRATION (shipped constants)", fitting.SHIPPED)):
        constant, slope = fitting.calibrate([known.strengths(constants)], [known.right])
        rows += [(f"{name}, constant", constant), (f"{name}, slope", slope)]
    for name, value in rows:
        sys.stdout.write(f"{name}  {value:.4g}\n")


@app.command()
def allocation(
    case: Annotated[list[Path] | None, typer.Option(help="Cas en JSON / case as JSON (répétable / repeatable)")] = None,
    time_limit: Annotated[float, typer.Option(help="s")] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    is_beside_peers: Annotated[
        bool, typer.Option("--peers", help="Vitesse à côté d'autres outils / speed beside other tools")
    ] = False,
    arcs: Annotated[int, typer.Option(help="Échanges candidats / candidate exchanges (--peers)")] = 20_000,
    charged_arcs: Annotated[int, typer.Option(help="Idem avec frais fixes / the same with fixed charges; 0: none")] = 3_000,
    rounds: Annotated[int, typer.Option(help="Tours / rounds (--peers)")] = 3,
) -> None:
    """Cas publiés : notre optimum à côté de celui qui a été publié / published cases: our optimum beside theirs."""
    from symbiosis.benchmarks.allocation import CannotStateError, run_case
    from symbiosis.errors import SymbiosisError
    from symbiosis.io.catalogue import read_catalogue

    if is_beside_peers:
        from symbiosis.benchmarks.peers import compare, compare_charged

        table = compare(arcs, rounds=rounds)
        table += compare_charged(charged_arcs, time_limit_s=time_limit) if charged_arcs else []
        _print_rows(table, as_json)
        return
    files = case or sorted(CASES.glob("*.json"))
    if not files:
        sys.stderr.write("--case FILE.json\n")
        raise typer.Exit(2)
    rows: list[dict[str, object]] = []
    catalogue, failed = read_catalogue(), False
    for file in files:
        try:
            outcome = run_case(json.loads(file.read_text(encoding="utf-8")), catalogue, time_limit_s=time_limit)
        except CannotStateError as error:
            rows.append({"case": file.stem, "finding": str(error)})
            continue
        except (OSError, ValueError, KeyError, SymbiosisError) as error:
            rows.append({"case": file.stem, "error": f"{type(error).__name__}: {error}"})
            failed = True
            continue
        rows.append(
            {
                "case": outcome.name,
                "ours": outcome.ours,
                "published": outcome.published,
                "relative_difference": outcome.relative_difference,
                "status": outcome.status,
                "gap": outcome.gap,
            }
        )
    _print_rows(rows, as_json)
    raise typer.Exit(1 if failed else 0)


def _print_rows(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    for row in rows:
        sys.stdout.write("  ".join(f"{key} {value}" for key, value in row.items()) + "\n")
