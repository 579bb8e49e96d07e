"""Files that people hold already, into the store: read, shown, written, undone.

:func:`read_files` reads and writes nothing; :func:`commit` writes what it found. Whose a row is, is asked of the store each time:
by the SIRET of its site, else by the SIREN of its company, else by its id. Rows of companies for which the principal may not
write are left out and counted.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from symbiosis.declarations import RawTable
from symbiosis.errors import Problem
from symbiosis.io.annotated import write_annotated
from symbiosis.io.imports import ColumnMapping, Guess, Imported, Places, guess_mapping, known_places, read_imports
from symbiosis.io.imports.grids import read_grids
from symbiosis.io.imports.mapping import headings_digest, remember
from symbiosis.schemas import DECLARATIONS
from symbiosis.store import (
    CreateCompany,
    DeclaredRow,
    ImportRows,
    Principal,
    RememberMapping,
    Resource,
    Store,
    UndoImport,
    can,
    run,
)
from symbiosis.store.entering import natural_key, typed_cells

Files = Sequence[tuple[str, bytes]]
Key = tuple[str, str]
"""A company and the id of a row of it."""

OTHER_COMPANY, NO_MANDATE, OWN_FIGURE, NO_OWNER = "other_company", "no_mandate", "own_figure", "no_owner"
"""Why rows are left out: of another company; of one that gave no mandate; a public figure where the company's own stands; of a
site or flow that nobody declares."""

_PUBLIC = "irep-"
_NEW = "new:"
_FLOWS = ("outputs", "needs", "operators")
_THREE_DECIMALS = re.compile(r"[+-]?\d{1,3}\.\d{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be written of one import.

    Attributes
    ----------
    rows
        As they will stand; those that stand so already are among them.
    companies
        Of the file, that the territory does not know: cells of their row of ``actors``.
    left
        Rows that are left out, by reason.
    kept
        Cells that a person has typed since and that stay as they are.
    """

    rows: tuple[DeclaredRow, ...] = ()
    companies: tuple[Mapping[str, str], ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What was read of some files, before anything is written.

    Attributes
    ----------
    imports, plans
        What was made of them, one for each kind of file, and what would be written of it.
    files
        Their names.
    company_id
        The one company that rows are taken for; empty for all.
    columns
        Headings of a register or statement and what they were taken to mean, to be corrected.
    annotated
        Workbook with the problems beside the rows; empty where there are none.
    """

    imports: tuple[Imported, ...]
    plans: tuple[Plan, ...]
    files: tuple[str, ...]
    company_id: str = ""
    columns: tuple[Guess, ...] = ()
    annotated: bytes = b""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of all files."""
        return tuple(problem for one in self.imports for problem in one.problems)

    @property
    def has_errors(self) -> bool:
        """Whether rows of the files were left out because they are wrong."""
        return any(one.has_errors for one in self.imports)

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to write."""
        return any(plan.rows or plan.companies for plan in self.plans)

    @property
    def left(self) -> dict[str, int]:
        """Rows that are left out, by reason."""
        return dict(sum((Counter(plan.left) for plan in self.plans), Counter()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an import changed: companies entered; rows that are new, changed, the same; cells of a person that stay."""

    companies: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0


def read_files(
    store: Store,
    principal: Principal,
    files: Files,
    *,
    kind: str = "auto",
    mapping: ColumnMapping | None = None,
    departements: Sequence[str] = (),
    company_id: str = "",
    language: str = "fr",
) -> Preview:
    """Reads files and says what they would change.

    Parameters
    ----------
    store, principal
        Who imports.
    files
        Name and content of each.
    kind, mapping, departements
        As for :func:`symbiosis.io.imports.read_imports`; a mapping that was confirmed before is found again by the headings.
    company_id
        The one company that rows are taken for; a member's own.
    language
        Of the annotated workbook.

    Returns
    -------
    Preview
    """
    ground = _Ground.read(store, principal, company_id)
    if company_id and mapping is None:
        mapping = ground.usual_site()
    with tempfile.TemporaryDirectory(prefix="symbiosis-") as folder:
        paths = _written_to(Path(folder), files)
        imports = read_imports(
            paths, kind, mapping, departements, places=ground.places(), memory=_memory(store, principal, Path(folder))
        )
        columns = _columns(imports, paths)
        annotated = b""
        problems = [problem for one in imports for problem in one.problems]
        if problems:
            out = Path(folder) / "annotated.xlsx"
            write_annotated([sheet for path in paths for sheet in read_grids(path)[0]], problems, out, language=language)
            annotated = out.read_bytes()
    return Preview(
        imports=imports, plans=tuple(ground.plan(one) for one in imports), files=tuple(path.name for path in paths),
        company_id=company_id, columns=columns, annotated=annotated,
    )  # fmt: skip


def commit(store: Store, principal: Principal, preview: Preview, *, key: str) -> Written:
    """Writes what was read: companies that are missing, then rows; what stands so already changes nothing.

    Parameters
    ----------
    store, principal
        Who imports.
    preview
        Of :func:`read_files`.
    key
        Of the click, of at most 40 characters: the same key writes once.

    Returns
    -------
    Written
    """
    counts: Counter[str] = Counter()
    for number, one in enumerate(preview.imports):
        for place, actor in enumerate(_Ground.read(store, principal, preview.company_id).plan(one).companies):
            profile = {name: value for name, value in actor.items() if name not in ("actor_id", "name")}
            entered = CreateCompany(
                territory_id=principal.territory_id, name=actor.get("name", ""), profile=profile, actor_key=actor["actor_id"]
            )
            run(store, principal, entered, key=f"{key}-{number}-{place}")
            counts["companies"] += 1
        ground = _Ground.read(store, principal, preview.company_id)
        plan = ground.plan(one)
        counts["kept"] += plan.kept
        if one.mapping is not None:
            _remember(store, principal, one, preview.company_id, key=f"{key}-{number}-map")
        if all(ground.stands(row) for row in plan.rows):
            counts["same"] += len(plan.rows)
            continue
        owners = {row.company_id for row in plan.rows}
        batch = ImportRows(
            territory_id=principal.territory_id, rows=plan.rows, kind=one.kind, file_name=", ".join(preview.files)[:200],
            file_sha256=one.digest, mapping={} if one.mapping is None else asdict(one.mapping),
            company_id=owners.pop() if len(owners) == 1 else None,
        )  # fmt: skip
        told = run(store, principal, batch, key=f"{key}-{number}-rows")
        counts.update({name: told[name] for name in ("new", "changed", "same")})
    return Written(**counts)


def past_imports(store: Store, principal: Principal, company_id: str = "") -> list[dict[str, Any]]:
    """Imports of the principal, the latest first.

    Parameters
    ----------
    store, principal
        Who asks.
    company_id
        Of one company only.

    Returns
    -------
    list of dict
        Rows of ``import_batch``; a territory that was copied as a whole is none.
    """
    with store.open(principal) as session:
        rows = session.rows("import_batch", order_by=("created_at",), descending=True)
    return [row for row in rows if row["kind"] != "territory" and company_id in ("", row["company_id"])]


def undo(store: Store, principal: Principal, batch_id: str, *, key: str) -> int:
    """Undoes an import, but for the rows that somebody has changed since.

    Parameters
    ----------
    store, principal
        Who.
    batch_id
        Which.
    key
        Of the click.

    Returns
    -------
    int
        Rows that are as they were.
    """
    return int(run(store, principal, UndoImport(batch_id=batch_id), key=key)["undone"])


def file_name(name: str) -> str:
    """Last part of a file's name, without what no file system wants; the reader judges the content, not the name.

    Parameters
    ----------
    name
        As it was handed in.
    """
    bare = re.sub(r"[^\w.\- ]", "_", re.split(r"[\\/]", name)[-1]).lstrip(".")
    return bare[-100:] or "fichier"


def _written_to(folder: Path, files: Files) -> list[Path]:
    paths = []
    for number, (name, content) in enumerate(files):
        # Two files of one name are two files.
        place = folder / str(number)
        place.mkdir()
        paths.append(place / file_name(name))
        paths[-1].write_bytes(content)
    return paths


def _memory(store: Store, principal: Principal, folder: Path) -> Path:
    """Mappings that were confirmed before, as the reader takes them."""
    file = folder / "mappings.json"
    with store.open(principal) as session:
        kept = session.rows("import_mapping", order_by=("updated_at",))
    for row in kept:
        told = dict(row["mapping"])
        remember(file, told.pop("headings", []), ColumnMapping(**told))
    return file


def _remember(store: Store, principal: Principal, one: Imported, company_id: str, *, key: str) -> None:
    """Keeps what the columns mean, not which site the file was about."""
    if one.mapping is None:
        return
    mapping = asdict(replace(one.mapping, siret="", company="", commune="")) | {"headings": list(one.headings)}
    kept = RememberMapping(
        territory_id=principal.territory_id, kind=one.kind, headings_sha256=headings_digest(one.headings), mapping=mapping,
        company_id=company_id or None,
    )  # fmt: skip
    run(store, principal, kept, key=key)


def _columns(imports: Sequence[Imported], paths: Sequence[Path]) -> tuple[Guess, ...]:
    """Headings of the first register of any make, or of a file that was not recognised."""
    for one in imports:
        if one.mapping is not None:
            return tuple(Guess(heading=h, meaning=one.mapping.columns.get(h, "")) for h in one.headings if h.strip())
    if any(one.kind in ("", "register") for one in imports):
        for path in paths:
            for sheet in read_grids(path)[0]:
                for place, (_, cells) in enumerate(sheet.rows):
                    if sum(bool(cell.strip()) for cell in cells) > 1:
                        guesses = guess_mapping(cells, [row for _, row in sheet.rows[place + 1 : place + 61]])
                        return tuple(guess for guess in guesses if guess.heading.strip())
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the store holds already, as the principal reads it."""

    principal: Principal
    companies: Mapping[str, Mapping[str, Any]]
    may_write: frozenset[str]
    rows: Mapping[tuple[str, str, str], Mapping[str, Any]]
    is_one: bool

    @classmethod
    def read(cls, store: Store, principal: Principal, company_id: str) -> _Ground:
        """The one company, or all that the principal reads."""
        one: dict[str, Any] = {"company_id": company_id} if company_id else {}
        with store.open(principal) as session:
            companies = {row["id"]: row for row in session.rows("company", **({"id": company_id} if company_id else {}))}
            charters = session.rows("charter", **one)
            prices = {row["id"]: row["cells"] for row in session.rows("declared_price", **one)}
            stored = session.rows("declared_row", is_deleted=False, **one)
        mandated = {row["company_id"] for row in charters if row["has_mandate"] and row["revoked_at"] is None}
        may_write = {
            owner for owner in companies
            if _may_write(principal, owner, has_mandate=owner in mandated)
        }  # fmt: skip
        rows = {
            (row["company_id"] or "", row["table_name"], row["row_key"]): {
                "cells": {**row["cells"], **prices.get(row["id"], {})}, "batch_id": row["batch_id"],
            }
            for row in stored
        }  # fmt: skip
        return cls(principal=principal, companies=companies, may_write=frozenset(may_write), rows=rows, is_one=bool(company_id))

    def of(self, *tables: str) -> Iterable[tuple[str, str, Mapping[str, str]]]:
        """Company, key and cells of the rows of some tables."""
        return ((owner, key, row["cells"]) for (owner, table, key), row in self.rows.items() if table in tables)

    def places(self) -> Places:
        """Communes that the package knows, and the sites of the store."""
        sites = [
            {"siret": _digits(cells["siret"]), **{name: cells.get(name, "").replace(",", ".") for name in ("latitude", "longitude")}}
            for _, _, cells in self.of("sites") if cells.get("siret")
        ]  # fmt: skip
        return replace(known_places(), sites=pd.DataFrame(sites, dtype=object)) if sites else known_places()

    def usual_site(self) -> ColumnMapping | None:
        """The site of a company that has one, for files that do not say which."""
        found = [(owner, cells) for owner, _, cells in self.of("sites") if cells.get("siret")]
        if len(found) != 1:
            return None
        owner, cells = found[0]
        name = str(self.companies[owner]["name"])
        return ColumnMapping(siret=_digits(cells["siret"]), company=name, commune=cells.get("commune", ""))

    def stands(self, row: DeclaredRow) -> bool:
        """Whether a row stands in the store as it would be written."""
        present = self.rows.get((row.company_id or "", row.table_name, row.row_key))
        return present is not None and dict(present["cells"]) == {name: value for name, value in row.cells.items() if value}

    def plan(self, one: Imported) -> Plan:
        """Rows of an import with their owners, as they will stand."""
        tables = {name: _cells(one, name) for name in DECLARATIONS if name in one.tables}
        owners, missing = self._owners(tables)
        left: Counter[str] = Counter()
        site_of, flow_of = self._sites(tables, owners), _named_once(self.of(*_FLOWS))
        rows: dict[tuple[str, str, str], DeclaredRow] = {}
        own = {_waste(owner, cells) for owner, key, cells in self.of("outputs", "needs") if not key.startswith(_PUBLIC)}
        kept = 0
        for table in (name for name in tables if name != "actors"):
            for number, cells in enumerate(tables[table]):
                found = _placed(table, cells, site_of, flow_of)
                if found is None:
                    left[OTHER_COMPANY if self.is_one else NO_OWNER] += 1
                    continue
                owner, said = found
                key = said[str(DECLARATIONS[table].key)] if DECLARATIONS[table].key else natural_key(table, said)
                if table in _FLOWS:
                    flow_of[key] = (owner, key)
                if table == "sites" and owner in self.companies:
                    said["actor_id"] = str(self.companies[owner]["actor_key"])
                if not self._takes(owner):
                    left[NO_MANDATE if owner else OTHER_COMPANY] += 1
                    continue
                if key.startswith(_PUBLIC) and table in ("outputs", "needs") and _waste(owner, said) in own:
                    left[OWN_FIGURE] += 1
                    continue
                if (owner, table, key) in rows:
                    key = f"{key}#{number + 1}" if not DECLARATIONS[table].key else key
                    if (owner, table, key) in rows:
                        continue
                merged, stays = self._merged(owner, table, key, said)
                kept += stays
                rows[owner, table, key] = DeclaredRow(
                    table_name=table, row_key=key[:200], cells=merged, company_id=owner or None
                )  # fmt: skip
        return Plan(rows=tuple(rows.values()), companies=tuple(missing), left=left, kept=kept)

    def _takes(self, owner: str) -> bool:
        """Whether the principal may write rows of a company, of one that is to be entered, or (without one) the territory's."""
        if not owner:
            return can(self.principal, "write", Resource(kind="territory", territory_id=self.principal.territory_id))
        return owner in self.may_write or (owner.startswith(_NEW) and _may_write(self.principal, owner, has_mandate=False))

    def _owners(self, tables: Mapping[str, list[dict[str, str]]]) -> tuple[dict[str, str], list[dict[str, str]]]:
        """Company of each actor of the file; and the actors that are to be entered, by whoever may."""
        by_siret = {_digits(cells["siret"]): owner for owner, _, cells in self.of("sites") if cells.get("siret")}
        by_siren = {siret[:9]: owner for siret, owner in by_siret.items()}
        by_siren |= {_digits(row["profile"]["siren"]): i for i, row in self.companies.items() if row["profile"].get("siren")}
        by_key = {row["actor_key"]: i for i, row in self.companies.items()}
        of_actor: dict[str, str] = {}
        for site in tables.get("sites", ()):
            siret = _digits(site.get("siret", ""))
            owner = by_siret.get(siret) or by_siren.get(siret[:9])
            if owner and site.get("actor_id"):
                of_actor.setdefault(site["actor_id"], owner)
        missing = []
        entered = Resource(kind="company", territory_id=self.principal.territory_id)
        may_enter = not self.is_one and can(self.principal, "create", entered)
        for actor in tables.get("actors", ()):
            key = actor["actor_id"]
            owner = of_actor.get(key) or by_siren.get(_digits(actor.get("siren", ""))) or by_key.get(key)
            if owner:
                of_actor[key] = owner
            elif may_enter:
                missing.append(actor)
                of_actor[key] = _NEW + key
        return {**by_key, **of_actor}, missing

    def _sites(self, tables: Mapping[str, list[dict[str, str]]], owners: Mapping[str, str]) -> dict[str, Key]:
        """Company and id of each site that the file names: a site that is known by its number keeps its id."""
        known = {_digits(cells["siret"]): (owner, key) for owner, key, cells in self.of("sites") if cells.get("siret")}
        found = _named_once(self.of("sites"))
        for site in tables.get("sites", ()):
            key, siret = site["site_id"], _digits(site.get("siret", ""))
            owner = owners.get(site.get("actor_id", ""))
            found.pop(key, None)
            if siret in known:
                found[key] = known[siret]
            elif owner is not None:
                found[key] = (owner, key)
        return found

    def _merged(self, owner: str, table: str, key: str, said: Mapping[str, str]) -> tuple[dict[str, str], int]:
        """What stands and what the file says: facts of a site are only completed, and so is what a person typed last."""
        present = self.rows.get((owner, table, key))
        if present is None:
            return dict(said), 0
        stands = present["cells"]
        if table != "sites" and present["batch_id"]:
            return {**stands, **said}, 0
        stays = sum(1 for name, value in said.items() if stands.get(name) and stands[name] != value)
        return {**said, **{name: value for name, value in stands.items() if value}}, stays if table != "sites" else 0


def _may_write(principal: Principal, company_id: str, *, has_mandate: bool) -> bool:
    facts = frozenset(("mandate",) if has_mandate else ())
    whose = {"territory_id": principal.territory_id, "company_id": company_id, "facts": facts}
    return all(can(principal, "write", Resource(kind=kind, **whose)) for kind in ("import", "flow", "price"))


def _named_once(rows: Iterable[tuple[str, str, Mapping[str, str]]]) -> dict[str, Key]:
    """Rows by id; an id that two companies use names none."""
    listed = [(owner, key) for owner, key, _ in rows]
    uses = Counter(key for _, key in listed)
    return {key: (owner, key) for owner, key in listed if uses[key] == 1}


def _placed(
    table: str, cells: Mapping[str, str], site_of: Mapping[str, Key], flow_of: Mapping[str, Key]
) -> tuple[str, dict[str, str]] | None:
    """Company of a row, and its cells with the ids that the store knows; none where nobody is known to own it."""
    if table == "distances":
        ends = [site_of.get(cells.get(end, "")) for end in ("from_site_id", "to_site_id")]
        if ends[0] is None or ends[1] is None:
            return None
        named = {**cells, "from_site_id": ends[0][1], "to_site_id": ends[1][1]}
        return (ends[0][0] if ends[0][0] == ends[1][0] else ""), named
    column, known = ("flow_id", flow_of) if "flow_id" in cells else ("site_id", site_of)
    found = known.get(cells.get(column, ""))
    return None if found is None else (found[0], {**cells, column: found[1]})


def _cells(one: Imported, table: str) -> list[dict[str, str]]:
    frame = one.tables[table]
    if one.kind == "template":
        return typed_cells(DECLARATIONS[table], RawTable(frame=frame))
    numbers = {name for name, column in DECLARATIONS[table].columns.items() if column.kind == "number"}
    # A point before three digits is a decimal mark here; without neighbours to say so it reads as thousands.
    return [
        {str(name): f"{value}0" if name in numbers and _THREE_DECIMALS.fullmatch(value) else value
         for name, value in row.items() if value}
        for row in frame.fillna("").astype(str).to_dict("records")
    ]  # fmt: skip


def _waste(owner: str, cells: Mapping[str, str]) -> tuple[str, str, str]:
    """Whose waste of which code, to tell a public figure from a company's own."""
    return owner, cells.get("site_id", ""), _digits(cells.get("waste_code") or cells.get("waste_codes_treated") or "")


def _digits(text: object) -> str:
    return re.sub(r"\D", "", str(text))
