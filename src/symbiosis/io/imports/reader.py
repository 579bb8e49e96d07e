"""The one door of imports: what a file is, and which reader takes it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pandas as pd

from symbiosis.errors import Problem
from symbiosis.io.catalogue import read_catalogue
from symbiosis.io.imports.assemble import assemble
from symbiosis.io.imports.checks import LINES_PER_FILE, Columns, Origin
from symbiosis.io.imports.grids import read_grids
from symbiosis.io.imports.mapping import Mapping
from symbiosis.io.imports.model import Imported
from symbiosis.io.imports.outlets import Outlets
from symbiosis.io.imports.places import Places, known_places
from symbiosis.io.imports.registers import counted_once, find_register, read_register
from symbiosis.io.sheets import RawSheet
from symbiosis.materials import Catalogue

KINDS = ("trackdechets_outgoing", "trackdechets_incoming", "register", "invoice", "irep", "sirene", "template")
"""What can be imported; ``auto`` recognises all but invoices, which are to be named."""

_LABELS = {"outgoing": "Registre Trackdéchets sortant", "incoming": "Registre Trackdéchets entrant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an import is told besides its files."""

    catalogue: Catalogue
    places: Places
    today: date
    mapping: Mapping | None = None
    departements: tuple[str, ...] = ()
    period: tuple[date, date] | None = None

    @property
    def hazard(self) -> dict[str, bool]:
        """Whether each code of the list of waste is hazardous."""
        return _hazard(self.catalogue)


@cache
def _hazard_of(fingerprint: str, codes: tuple[str, ...], flags: tuple[bool, ...]) -> dict[str, bool]:
    return dict(zip(codes, flags, strict=True))


def _hazard(catalogue: Catalogue) -> dict[str, bool]:
    codes = catalogue.waste_codes
    return _hazard_of(catalogue.fingerprint, tuple(codes.index), tuple(bool(flag) for flag in codes["is_hazardous"]))


def read_import(
    path: Path | str,
    kind: str = "auto",
    mapping: Mapping | None = None,
    departements: Collection[str] = (),
    *,
    places: Places | None = None,
    catalogue: Catalogue | None = None,
    period: tuple[date, date] | None = None,
    today: date | None = None,
) -> Imported:
    """Reads one file; see :func:`read_imports`.

    Parameters
    ----------
    path
        The file.
    kind, mapping, departements, places, catalogue, period, today
        As for :func:`read_imports`.

    Returns
    -------
    Imported
    """
    return read_imports(
        [path], kind, mapping, departements, places=places, catalogue=catalogue, period=period, today=today
    )[0]  # fmt: skip


def read_imports(
    paths: Sequence[Path | str],
    kind: str = "auto",
    mapping: Mapping | None = None,
    departements: Collection[str] = (),
    *,
    places: Places | None = None,
    catalogue: Catalogue | None = None,
    period: tuple[date, date] | None = None,
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
    today
        The present day by default.

    Returns
    -------
    tuple of Imported
        One for each kind, in the order in which the kinds were met.
    """
    asked = Asked(
        catalogue=catalogue or read_catalogue(), places=places or known_places(),
        today=today or datetime.now(tz=UTC).date(), mapping=mapping, departements=tuple(departements), period=period,
    )  # fmt: skip
    groups: dict[str, list[tuple[Path, list[RawSheet], list[Problem]]]] = {}
    for path in map(Path, paths):
        sheets, problems = read_grids(path)
        found = kind if kind != "auto" else recognise(sheets, asked)
        groups.setdefault(found, []).append((path, sheets, problems))
    return tuple(_read(name, files, asked) for name, files in groups.items())


def recognise(sheets: Sequence[RawSheet], asked: Asked) -> str:
    """Kind of a file, by its titles; empty where it is none that is known."""
    for sheet in sheets:
        register = find_register(sheet)
        if register is not None:
            return f"trackdechets_{register[0]}"
    return ""


def _read(kind: str, files: Sequence[tuple[Path, list[RawSheet], list[Problem]]], asked: Asked) -> Imported:
    sheets = [sheet for _, some, _ in files for sheet in some]
    problems = [problem for _, _, some in files for problem in some]
    if not sheets:
        result = Imported(kind=kind)
    elif kind.startswith("trackdechets_"):
        result = _registers(kind, files, asked)
    else:
        unknown = [Problem(code="unknown_import", file=path.name) for path, some, _ in files if some]
        result = Imported(kind=kind, problems=tuple(unknown))
    digests = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path, _, _ in files)
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    ordered = tuple(sorted([*problems, *result.problems], key=lambda p: p.place))
    return replace(result, problems=ordered, digest=digest)


def _registers(kind: str, files: Sequence[tuple[Path, list[RawSheet], list[Problem]]], asked: Asked) -> Imported:
    """Exports of one direction, as one year of movements."""
    direction = kind.removeprefix("trackdechets_")
    read: list[Columns] = []
    tables: list[pd.DataFrame] = []
    problems: list[Problem] = []
    count = 0
    for path, sheets, _ in files:
        found = [(sheet, known) for sheet in sheets if (known := find_register(sheet, direction)) is not None]
        if not found:
            problems.append(Problem(code="unknown_import", file=path.name))
            continue
        sheet, (_, position, at) = found[0]
        columns = Columns(sheet=sheet, position=position, places=at)
        rows = read_register(columns, direction, Outlets(asked.catalogue), asked.hazard, asked.today)
        tables.append(rows.set_axis(rows.index + LINES_PER_FILE * len(read)))
        read.append(columns)
        problems += columns.problems
        count += len(columns.text)
    if not read:
        return Imported(kind=kind, problems=tuple(problems))
    origin = Origin(files=tuple(read))
    rows, left = counted_once(pd.concat(tables))
    problems += [
        origin.problem(line, "id" if origin.has(line, "id") else "bordereau", "movement_twice", "warning",
                       first_row=-kept % LINES_PER_FILE)
        for line, kept in left.items() if kept < 0
    ]  # fmt: skip
    notes = {"rows": float(count), "counted_once": float(len(left)), "elsewhere": float(rows["is_elsewhere"].sum())}
    return assemble(
        rows, origin, kind=kind, direction=direction, label=_LABELS[direction], catalogue=asked.catalogue, places=asked.places,
        today=asked.today, period=asked.period, problems=problems, notes=notes,
    )  # fmt: skip
