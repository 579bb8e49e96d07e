"""``symbiosis import``: what people hold already, into the folder of a territory."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symbiosis.errors import Problem
    from symbiosis.io.imports import ColumnMapping, Imported
    from symbiosis.io.imports.merge import Merged


REMEDIES = {
    "unknown_import": ("--kind", "--mapping"), "period_longer": ("--period",), "period_shorter": ("--period",),
    "period_unknown": ("--period",), "column_guessed": ("--mapping",), "no_site": ("--siret", "--commune"),
    "invoice_period_unknown": ("--period",),
}  # fmt: skip
"""Options of this command by which a problem is mended; pages have fields for the same."""


def import_files(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="Fichiers / files")] = None,
    into: Annotated[Path | None, typer.Option(help="Dossier du territoire / folder of the territory")] = None,
    kind: Annotated[
        str,
        typer.Option(
            help="auto | trackdechets_outgoing | trackdechets_incoming | register | invoice | irep | sirene | template"
        ),
    ] = "auto",
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="Sens des colonnes, JSON ; écrit s'il n'existe pas / meaning of columns, JSON; written if it does not exist"
        ),
    ] = None,
    siret: Annotated[str, typer.Option(help="Établissement que le fichier ne dit pas / site that the file does not say")] = "",
    company: Annotated[str, typer.Option(help="Son nom / its name")] = "",
    commune: Annotated[str, typer.Option(help="Sa commune / its commune")] = "",
    period: Annotated[str, typer.Option(help="AAAA-MM-JJ:AAAA-MM-JJ, ce que le fichier couvre / what the file covers")] = "",
    departements: Annotated[
        str, typer.Option(help="54,57 : à garder d'une archive publique / to keep of a public archive")
    ] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Montrer sans écrire / show, write nothing")] = False,
    valid_only: Annotated[
        bool, typer.Option("--valid-only", help="Prendre les lignes justes / take the rows that are right")
    ] = False,
    annotated: Annotated[Path | None, typer.Option(help="Classeur annoté à écrire / annotated workbook to write")] = None,
    is_undo: Annotated[bool, typer.Option("--undo", help="Annuler le dernier import / undo the last import")] = False,
    language: Annotated[str, typer.Option("--language", "-l", help="fr / en")] = "fr",
    as_json: Annotated[bool, typer.Option("--json", help="Résultat en JSON / result as JSON")] = False,
) -> None:
    """Registres, relevés, factures, archives publiques / registers, statements, invoices, public archives."""
    from symbiosis.errors import SymbiosisError
    from symbiosis.io.imports import KINDS, known_places, merge, read_imports

    french = language == "fr"
    if language not in ("fr", "en"):
        raise typer.BadParameter("fr ou en / fr or en", param_hint="--language")
    if kind not in ("auto", *KINDS):
        raise typer.BadParameter(f"auto, {', '.join(KINDS)}", param_hint="--kind")
    if is_undo and into is None:
        raise typer.BadParameter("--into FOLDER", param_hint="--undo")
    missing = [str(file) for file in files or () if not file.is_file()]
    if missing or not (files or is_undo):
        raise typer.BadParameter(", ".join(missing) or "FILE", param_hint="FILE")
    covered = _period(period)
    try:
        if is_undo and into is not None:
            _show_merged(merge.undo(into), into, french, as_json, is_undo=True)
            return
        imports = read_imports(
            files or [], kind, _mapping(mapping, siret, company, commune), _listed(departements), places=known_places(into),
            period=covered, memory=None if into is None else into / merge.MAPPINGS,
        )  # fmt: skip
        found = [problem for one in imports for problem in one.problems]
        if annotated is not None:
            _annotate(files or [], found, annotated, language)
        _propose(imports, mapping)
        is_refused = any(one.has_errors for one in imports) and not valid_only
        written = None
        if into is not None and not preview and not is_refused:
            written = merge.merge(into, imports, files or [])
            _remember(imports, into / merge.MAPPINGS)
    except (SymbiosisError, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from error
    _show(imports, found, language, as_json, written)
    if written is not None and into is not None:
        _show_merged(written, into, french, as_json)
    if is_refused:
        raise typer.Exit(1)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.replace(" ", "").split(",")))


def _propose(imports: Sequence[Imported], file: Path | None) -> None:
    """Write what the columns were taken to mean, for somebody to correct, where the file to write does not exist yet."""
    found = next((one.mapping for one in imports if one.mapping is not None), None)
    if file is not None and not file.exists() and found is not None:
        file.write_text(found.to_json() + "\n", encoding="utf-8")


def _remember(imports: Sequence[Imported], memory: Path) -> None:
    """Keep the meaning of columns for the next file of that form, of any site."""
    from symbiosis.io.imports.mapping import remember

    for one in imports:
        if one.mapping is not None:
            remember(memory, one.headings, replace(one.mapping, siret="", company="", commune=""))


def _mapping(file: Path | None, siret: str, company: str, commune: str) -> ColumnMapping | None:
    from symbiosis.io.imports import ColumnMapping

    told = ColumnMapping.from_json(file.read_text(encoding="utf-8")) if file is not None and file.exists() else ColumnMapping()
    return told.at(ColumnMapping(siret=siret, company=company, commune=commune))


def _period(text: str) -> tuple[date, date] | None:
    if not text:
        return None
    try:
        first, _, last = text.partition(":")
        found = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise typer.BadParameter("AAAA-MM-JJ:AAAA-MM-JJ", param_hint="--period") from error
    if found[0] > found[1]:
        raise typer.BadParameter("AAAA-MM-JJ:AAAA-MM-JJ", param_hint="--period")
    return found


def _annotate(files: Sequence[Path], problems: Sequence[Problem], out: Path, language: str) -> None:
    from symbiosis.io.annotated import write_annotated
    from symbiosis.io.imports.grids import read_grids

    write_annotated([sheet for file in files for sheet in read_grids(file)[0]], problems, out, language=language)


def _show(
    imports: Sequence[Imported], problems: Sequence[Problem], language: str, as_json: bool, written: Merged | None
) -> None:
    from symbiosis.io import sentence
    from symbiosis.io.import_sentences import KIND_TITLES, NOTE_TITLES
    from symbiosis.io.problems import column_title

    place = 0 if language == "fr" else 1
    if as_json:
        rows: list[dict[str, Any]] = [
            {"severity": p.severity, "code": p.code, "file": p.file, "row": p.row, "column": p.column, "value": p.value,
             **dict(zip(("message", "remedy"), sentence(p, language), strict=True))}
            for p in problems
        ]  # fmt: skip
        kinds = [
            {"kind": one.kind, "digest": one.digest, "notes": dict(one.notes),
             "period": None if one.period is None else [day.isoformat() for day in one.period]}
            for one in imports
        ]  # fmt: skip
        changes = None if written is None else {name: list(counts) for name, counts in written.counts().items()}
        sys.stdout.write(json.dumps({"imports": kinds, "problems": rows, "changes": changes}, ensure_ascii=False) + "\n")
        return
    from rich.console import Console

    console = Console(soft_wrap=True)
    for one in imports:
        said = KIND_TITLES.get(one.kind, (one.kind, one.kind))[place]
        if one.period is not None:
            said += f", {one.period[0].isoformat()} – {one.period[1].isoformat()}"
        console.print(said, style="bold", markup=False, highlight=False)
        for name, value in one.notes.items():
            figure = f"{value:,.1f}" if name == "tonnes" else f"{value:,.0f}"
            figure = figure.replace(",", "\u202f").replace(".", ",") if language == "fr" else figure
            if value or name == "movements":
                console.print(f"   {figure} {NOTE_TITLES.get(name, (name, name))[place]}", markup=False, highlight=False)
    for problem in problems:
        message, remedy = sentence(problem, language)
        row = "" if problem.row is None else f", {('ligne', 'row')[place]} {problem.row}"
        title = column_title(problem.table, problem.column, language)
        style = "red" if problem.severity == "error" else "yellow"
        console.print(f"{problem.file}{row}{', ' + title if title else ''}", style=style, markup=False, highlight=False)
        options = f" ({', '.join(REMEDIES[problem.code])})" if problem.code in REMEDIES else ""
        console.print(f"   {message} {remedy}{options}", markup=False, highlight=False)
    errors = sum(problem.severity == "error" for problem in problems)
    console.print(
        f"{errors} erreur(s), {len(problems) - errors} avertissement(s)" if language == "fr"
        else f"{errors} error(s), {len(problems) - errors} warning(s)", style="bold",
    )  # fmt: skip


def _show_merged(merged: Merged, into: Path, french: bool, as_json: bool, *, is_undo: bool = False) -> None:
    if as_json:
        if is_undo:
            changes = {name: list(counts) for name, counts in merged.counts().items()}
            sys.stdout.write(json.dumps({"undone": changes, "kept": merged.kept}) + "\n")
        return
    from rich.console import Console

    console = Console(soft_wrap=True)
    if not merged.changes:
        console.print(
            "Rien à changer : le dossier contient déjà tout." if french else "Nothing to change: the folder holds it all."
        )
    for name, (added, changed, removed) in merged.counts().items():
        console.print(f"{name}.csv  +{added}  ~{changed}  -{removed}", markup=False, highlight=False)
    if merged.kept:
        console.print(f"{merged.kept} valeur(s) changée(s) à la main : laissée(s)" if french
                      else f"{merged.kept} value(s) changed by hand: left", highlight=False)  # fmt: skip
    if merged.left:
        console.print(f"{merged.left} ligne(s) publique(s) laissée(s) : l'entreprise a son propre chiffre" if french
                      else f"{merged.left} public row(s) left out: the company has its own", highlight=False)  # fmt: skip
    if not is_undo:
        console.print(f"{'Ensuite' if french else 'Next'}: symbiosis match {into}", style="dim", markup=False, highlight=False)
