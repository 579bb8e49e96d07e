"""The one door of imports: what a file is, and which reader takes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from symbiosis.errors import Problem
from symbiosis.io.catalogue import read_catalogue
from symbiosis.io.imports.assemble import assemble
from symbiosis.io.imports.checks import LINES_PER_FILE, Columns, Origin
from symbiosis.io.imports.grids import read_grids
from symbiosis.io.imports.inventory import find_inventory, read_inventory
from symbiosis.io.imports.invoices import invoice_period, read_invoice
from symbiosis.io.imports.irep import LABEL as IREP_LABEL
from symbiosis.io.imports.irep import is_irep, read_irep
from symbiosis.io.imports.mapping import ColumnMapping, find_table, remembered, settled
from symbiosis.io.imports.model import Imported, verified
from symbiosis.io.imports.outlets import Outlets
from symbiosis.io.imports.own import read_own, table_like
from symbiosis.io.imports.places import Places, department_of, known_places, settle
from symbiosis.io.imports.registers import counted_once, find_register, read_register
from symbiosis.io.imports.sirene import LABEL as SIRENE_LABEL
from symbiosis.io.imports.sirene import find_sirene, read_sirene
from symbiosis.io.imports.statements import read_statement
from symbiosis.io.sheets import RawSheet
from symbiosis.materials import Catalogue

_SURE = 0.8
_LABELS = {"outgoing": "Registre Trackdéchets sortant", "incoming": "Registre Trackdéchets entrant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an import is told besides its files."""

    catalogue: Catalogue
    places: Places
    today: date
    hazard: Mapping[str, bool | None]
    mapping: ColumnMapping | None = None
    memory: Path | None = None
    departements: tuple[str, ...] = ()
    period: tuple[date, date] | None = None

    @property
    def known(self) -> dict[str, Any]:
        """What every assembly is told."""
        return {"catalogue": self.catalogue, "places": self.places, "today": self.today}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, cut into sheets of text cells, and what is wrong with it as a whole."""

    path: Path
    sheets: Sequence[RawSheet]
    problems: Sequence[Problem]


def read_import(
    path: Path | str,
    kind: str = "auto",
    mapping: ColumnMapping | None = None,
    departements: Collection[str] = (),
    *,
    places: Places | None = None,
    catalogue: Catalogue | None = None,
    period: tuple[date, date] | None = None,
    memory: Path | None = None,
    today: date | None = None,
) -> Imported:
    """Reads one file; see :func:`read_imports`.

    Parameters
    ----------
    path
        The file.
    kind, mapping, departements, places, catalogue, period, memory, today
        As for :func:`read_imports`.

    Returns
    -------
    Imported
    """
    return read_imports(
        [path], kind, mapping, departements, places=places, catalogue=catalogue, period=period, memory=memory, today=today
    )[0]


def read_imports(
    paths: Sequence[Path | str],
    kind: str = "auto",
    mapping: ColumnMapping | None = None,
    departements: Collection[str] = (),
    *,
    places: Places | None = None,
    catalogue: Catalogue | None = None,
    period: tuple[date, date] | None = None,
    memory: Path | None = None,
    today: date | None = None,
) -> tuple[Imported, ...]:
    """Reads files that people hold already.

    Parameters
    ----------
    paths
        The files. Those of one kind are read as one, so that movements of exports that overlap count once.
    kind
        One of :data:`KINDS`, or ``auto``.
    mapping
        Meaning of the columns of a register or statement; guessed where it is not given.
    departements
        Those to keep of a public archive, such as ``54`` and ``57``; all of them by default.
    places
        Communes and sites that are known; the package's own by default.
    catalogue
        Codes, operations and outlets; the package's own by default.
    period
        First and last day that the files cover, where somebody knows it.
    memory
        File of the mappings that were confirmed before.
    today
        The present day by default.

    Returns
    -------
    tuple of Imported
        One for each kind, in the order in which the kinds were met.
    """
    catalogue = catalogue or read_catalogue()
    codes = catalogue.waste_codes
    asked = Asked(
        catalogue=catalogue, places=places or known_places(), today=today or datetime.now(tz=UTC).date(),
        hazard=dict(codes["is_hazardous"].astype(object).where(codes["hazardous_from"].isna(), None)), mapping=mapping,
        memory=memory, departements=tuple(departements), period=period,
    )  # fmt: skip
    groups: dict[str, list[File]] = {}
    for path in map(Path, paths):
        sheets, problems = read_grids(path)
        groups.setdefault(recognise(sheets) if kind == "auto" else kind, []).append(
            File(path=path, sheets=sheets, problems=problems)
        )
    return tuple(_read(name, files, asked) for name, files in groups.items())


def recognise(sheets: Sequence[RawSheet]) -> str:
    """Kind of a file, by its titles; empty where it is none that is known.

    Parameters
    ----------
    sheets
        Of the file.

    Returns
    -------
    str
        One of :data:`KINDS`, or empty; an invoice is never guessed.
    """
    if is_irep(sheets):
        return "irep"
    for sheet in sheets:
        register = find_register(sheet)
        if register is not None:
            return f"trackdechets_{register[0]}"
    if any(table_like(sheet) for sheet in sheets):
        return "template"
    if any(find_sirene(sheet) for sheet in sheets):
        return "sirene"
    if any(find_inventory(sheet) for sheet in sheets):
        return "inventory"
    return "register" if any(find_table(sheet) for sheet in sheets) else ""


def _read(kind: str, files: Sequence[File], asked: Asked) -> Imported:
    problems = [problem for file in files for problem in file.problems]
    readable = [file for file in files if file.sheets]
    if kind not in _READERS:
        result = Imported(kind=kind, problems=tuple(Problem(code="unknown_import", file=f.path.name) for f in readable))
    else:
        result = _READERS[kind](kind, readable, asked) if readable else Imported(kind=kind)
    digests = sorted(hashlib.sha256(file.path.read_bytes()).hexdigest() for file in files)
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    # A row that is wrong in two ways is said twice, a row that is read in two ways once.
    ordered = {(p.place, p.value): p for p in sorted([*problems, *result.problems], key=lambda p: p.place)}
    return replace(result, problems=tuple(ordered.values()), digest=digest)


def _registers(kind: str, files: Sequence[File], asked: Asked) -> Imported:
    """Exports of one direction, as one year of movements."""
    direction = kind.removeprefix("trackdechets_")

    def read(file: File) -> tuple[Columns, pd.DataFrame] | None:
        for sheet in file.sheets:
            found = find_register(sheet, direction)
            if found is not None:
                columns = Columns(sheet=sheet, position=found[1], places=found[2])
                return columns, read_register(columns, direction, Outlets(asked.catalogue), asked.hazard, asked.today)
        return None

    rows, origin, problems = _joined(files, read)
    if origin is None:
        return Imported(kind=kind, problems=tuple(problems))
    rows, left = counted_once(rows)
    problems += [
        origin.problem(line, "id" if origin.has(line, "id") else "bordereau", "movement_twice", "warning",
                       first_row=-kept % LINES_PER_FILE)
        for line, kept in zip(map(int, left.index), map(int, left), strict=True) if kept < 0
    ]  # fmt: skip
    count = sum(len(columns.text) for columns in origin.files)
    notes = {"rows": float(count), "counted_once": float(len(left)), "elsewhere": float(rows["is_elsewhere"].sum())}
    return assemble({direction: rows}, origin, kind=kind, label=_LABELS[direction], problems=problems, notes=notes,
                    period=asked.period, **asked.known)  # fmt: skip


def _statements(kind: str, files: Sequence[File], asked: Asked) -> Imported:
    """Registers and statements of any make, through their mapping."""
    settled_by: list[tuple[ColumnMapping, tuple[str, ...]]] = []

    def read(file: File) -> tuple[Columns, pd.DataFrame] | None:
        for sheet in file.sheets:
            found = find_table(sheet, asked.mapping)
            if found is None:
                continue
            position, guesses = found
            headings = sheet.rows[position][1]
            kept = remembered(asked.memory, headings) if asked.memory is not None and not _has_columns(asked.mapping) else None
            if kept is not None:
                kept = kept.at(asked.mapping)
                guesses = tuple(replace(g, meaning=kept.columns.get(g.heading, "")) for g in guesses)
            mapping = settled(guesses, kept or asked.mapping)
            at = {g.meaning: i for i, g in reversed(list(enumerate(guesses))) if g.meaning}
            columns = Columns(sheet=sheet, position=position, places=at)
            settled_by.append((mapping, tuple(headings)))
            for guess in guesses:
                if guess.meaning and guess.confidence < _SURE and kept is None and not _has_columns(asked.mapping):
                    columns.problems.append(
                        columns.problem(sheet.rows[position][0], guess.meaning, "column_guessed", "warning",
                                        meaning=guess.meaning, confidence=f"{100 * guess.confidence:.0f}")
                    )  # fmt: skip
            return columns, read_statement(columns, mapping, Outlets(asked.catalogue), asked.hazard, asked.today)
        return None

    rows, origin, problems = _joined(files, read)
    if origin is None:
        return Imported(kind=kind, problems=tuple(problems))
    mapping, headings = settled_by[0]
    result = assemble(
        {mapping.direction: rows}, origin, kind=kind, label="Registre ou relevé", problems=problems, period=asked.period,
        notes={"rows": float(sum(len(columns.text) for columns in origin.files))}, **asked.known,
    )  # fmt: skip
    return replace(result, mapping=mapping, headings=headings)


def _has_columns(mapping: ColumnMapping | None) -> bool:
    return mapping is not None and bool(mapping.columns)


def _invoices(kind: str, files: Sequence[File], asked: Asked) -> Imported:
    """Lines of invoices of one site."""
    mapping = asked.mapping or ColumnMapping()
    periods: list[tuple[date, date]] = [] if asked.period is None else [asked.period]

    def read(file: File) -> tuple[Columns, pd.DataFrame] | None:
        if asked.period is None:
            periods.extend(p for sheet in file.sheets if (p := invoice_period(sheet)) is not None)
        rows, columns = read_invoice(file.sheets[0], mapping, asked.hazard)
        return columns, rows

    rows, origin, problems = _joined(files, read)
    if origin is None:
        return Imported(kind=kind, problems=tuple(problems))
    if rows.empty:
        return Imported(kind=kind, problems=(*problems, replace(origin.place, code="nothing_to_import", severity="warning")))
    period = (min(p[0] for p in periods), max(p[1] for p in periods)) if periods else None
    if period is None:
        problems.append(replace(origin.place, code="invoice_period_unknown", severity="warning"))
    return assemble({"outgoing": rows}, origin, kind=kind, label="Facture", problems=problems, period=period, **asked.known)


def _irep(kind: str, files: Sequence[File], asked: Asked) -> Imported:
    """One yearly archive."""
    movements, origin, left = read_irep(files[0].sheets, asked.hazard, asked.departements)
    problems = [problem for columns in origin.files for problem in columns.problems]
    problems += [Problem(code="one_archive_at_a_time", severity="warning", file=file.path.name) for file in files[1:]]
    if not movements:
        return Imported(kind=kind, problems=tuple(problems), notes=left)
    return assemble(
        movements, origin, kind=kind, label=IREP_LABEL, prefix="irep-", problems=problems, notes=left, **asked.known
    )


def _sirene(kind: str, files: Sequence[File], asked: Asked) -> Imported:
    """Establishments without flows."""
    figures: dict[str, float] = {}

    def read(file: File) -> tuple[Columns, pd.DataFrame] | None:
        for sheet in file.sheets:
            found = find_sirene(sheet)
            if found is not None:
                columns = Columns(sheet=sheet, position=found[0], places=found[1])
                rows, left = read_sirene(columns)
                figures.update({name: figures.get(name, 0.0) + value for name, value in left.items()})
                return columns, rows
        return None

    rows, origin, problems = _joined(files, read)
    if origin is None or rows.empty:
        return Imported(kind=kind, problems=tuple(problems), notes=figures)
    if asked.departements:
        department = rows["insee_code"].where(rows["insee_code"] != "", rows["postal_code"]).map(department_of)
        rows = rows[department.isin([department_of(code) for code in asked.departements])]
    tables, lost = settle(rows, asked.places, origin, f"{SIRENE_LABEL} ({origin.place.file})")
    final, refused = verified(tables, origin, asked.catalogue, asked.today)
    figures |= {name: float(len(frame)) for name, frame in final.items()}
    return Imported(kind=kind, tables=final, problems=(*problems, *lost, *refused), notes=figures)


def _own(kind: str, files: Sequence[File], asked: Asked) -> Imported:
    return read_own([sheet for file in files for sheet in file.sheets], asked.catalogue, asked.today)


def _inventory(kind: str, files: Sequence[File], asked: Asked) -> Imported:
    sheets = [sheet for file in files for sheet in file.sheets]
    return read_inventory(sheets, asked.mapping, hazard=asked.hazard, **asked.known)


def _joined(
    files: Sequence[File], read: Callable[[File], tuple[Columns, pd.DataFrame] | None]
) -> tuple[pd.DataFrame, Origin | None, list[Problem]]:
    """Rows of several files under one numbering of lines."""
    columns: list[Columns] = []
    tables: list[pd.DataFrame] = []
    problems: list[Problem] = []
    for file in files:
        found = read(file)
        if found is None:
            problems.append(Problem(code="unknown_import", file=file.path.name))
            continue
        tables.append(found[1].set_axis(found[1].index + LINES_PER_FILE * len(columns)))
        columns.append(found[0])
        problems += found[0].problems
    if not columns:
        return pd.DataFrame(), None, problems
    return pd.concat(tables), Origin(files=tuple(columns)), problems


_READERS: Mapping[str, Callable[[str, Sequence[File], Asked], Imported]] = {
    "trackdechets_outgoing": _registers, "trackdechets_incoming": _registers, "register": _statements, "invoice": _invoices,
    "inventory": _inventory, "irep": _irep, "sirene": _sirene, "template": _own,
}  # fmt: skip
KINDS = tuple(_READERS)
"""What can be imported; ``auto`` recognises all but invoices, which are to be named."""
