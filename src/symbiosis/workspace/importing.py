"""Files that people hold already, into the store: read, shown, written, undone.

:func:`read_files` writes nothing; :func:`commit` writes what it found. Whose a row is, is asked of the store each time.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from symbiosis.errors import Problem
from symbiosis.io.annotated import write_annotated
from symbiosis.io.imports import ColumnMapping, Guess, Imported, guess_mapping, read_imports
from symbiosis.io.imports.grids import read_grids
from symbiosis.io.imports.mapping import headings_digest
from symbiosis.store import CreateCompany, ImportRows, Principal, RememberMapping, Store, UndoImport, run
from symbiosis.workspace.ownership import Ground, Plan, Waiting, new_company

Files = Sequence[tuple[str, bytes]]
_TITLES_WITHIN = 30


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
    def without_mandate(self) -> tuple[Waiting, ...]:
        """Companies for whose mandate rows wait."""
        return tuple(one for plan in self.plans for one in plan.without_mandate)

    @property
    def left(self) -> dict[str, int]:
        """Rows that are left out, by reason."""
        return dict(sum((Counter(plan.left) for plan in self.plans), Counter()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an import changed: companies entered; rows that are new, changed, the same; public figures withdrawn; cells of a
    person that stay.
    """

    companies: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What is as before an import: rows that are as they were, companies that it had entered and that are gone."""

    rows: int = 0
    companies: int = 0


def read_files(
    store: Store,
    principal: Principal,
    files: Files,
    *,
    kind: str = "auto",
    mapping: ColumnMapping | None = None,
    departements: Sequence[str] = (),
    period: tuple[date, date] | None = None,
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
    kind, mapping, departements, period
        As for :func:`symbiosis.io.imports.read_imports`; a mapping that was confirmed before is found again by the headings.
    company_id
        The one company that rows are taken for; a member's own.
    language
        Of the annotated workbook.

    Returns
    -------
    Preview
    """
    ground = Ground.read(store, principal, company_id)
    usual = ground.usual_site() if company_id else None
    if usual is not None:
        mapping = usual if mapping is None else mapping.at(usual).at(mapping)
    with tempfile.TemporaryDirectory(prefix="symbiosis-") as folder:
        paths = _written_to(Path(folder), files)
        kept = _confirmed(store, principal)
        if kept and kind in ("auto", "register") and not (mapping and mapping.columns):
            # A form of titles that no guess would know is known by what somebody said of it.
            known = [_known_form(path, kept) for path in paths]
            if known and all(known) and len(set(known)) == 1:
                kind, mapping = "register", ColumnMapping(**kept[str(known[0])]).at(mapping)
        memory = Path(folder) / "mappings.json"
        memory.write_text(json.dumps(kept), encoding="utf-8")
        imports = read_imports(
            paths, kind, mapping, departements, places=ground.places(), period=period, memory=memory
        )  # fmt: skip
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


def planned_again(store: Store, principal: Principal, preview: Preview) -> Preview:
    """The same files after the store has changed: what is written already, what is allowed now.

    Parameters
    ----------
    store, principal
        Who imports.
    preview
        Of :func:`read_files`, which is not done again.
    """
    ground = Ground.read(store, principal, preview.company_id)
    return replace(preview, plans=tuple(ground.plan(one) for one in preview.imports))


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
        ground = Ground.read(store, principal, preview.company_id)
        plan = ground.plan(one)
        counts["kept"] += plan.kept
        if one.mapping is not None:
            _remember(store, principal, one, preview.company_id, key=f"{key}-{number}-map")
        if not (plan.companies or plan.withdrawn) and all(ground.stands(row) for row in plan.rows):
            counts["same"] += len(plan.rows)
            continue
        companies = {new_company(actor["actor_id"]): _entered(principal, actor, key) for actor in plan.companies}
        rows = tuple(
            replace(row, company_id=companies[row.company_id].company_id) if row.company_id in companies else row
            for row in plan.rows
        )
        owners = {row.company_id for row in rows}
        batch = ImportRows(
            territory_id=principal.territory_id, rows=rows, kind=one.kind, file_name=", ".join(preview.files)[:200],
            file_sha256=one.digest, mapping={} if one.mapping is None else asdict(one.mapping),
            company_id=owners.pop() if len(owners) == 1 else None, companies=tuple(companies.values()),
            withdrawn=plan.withdrawn,
        )  # fmt: skip
        told = run(store, principal, batch, key=f"{key}-{number}-rows")
        counts.update({name: told[name] for name in ("companies", "new", "changed", "same", "withdrawn")})
    return Written(**counts)


def _entered(principal: Principal, actor: Mapping[str, str], key: str) -> CreateCompany:
    """A company of the file; its id is the same when the click is sent again, and nobody guesses it."""
    profile = {name: value for name, value in actor.items() if name not in ("actor_id", "name")}
    return CreateCompany(
        territory_id=principal.territory_id, name=actor.get("name", ""), profile=profile, actor_key=actor["actor_id"],
        company_id=hashlib.sha256(f"{key}/{actor['actor_id']}".encode()).hexdigest()[:32],
    )  # fmt: skip


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


def undo(store: Store, principal: Principal, batch_id: str, *, key: str) -> Undone:
    """Undoes an import, but for the rows that somebody has changed since, and what other rows speak of.

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
    Undone
    """
    told = run(store, principal, UndoImport(batch_id=batch_id), key=key)
    return Undone(rows=told["undone"], companies=told["companies"])


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


def _confirmed(store: Store, principal: Principal) -> dict[str, Any]:
    """Mappings that were confirmed before, by digest of the headings, the latest last."""
    with store.open(principal) as session:
        return {row["headings_sha256"]: row["mapping"] for row in session.rows("import_mapping", order_by=("updated_at",))}


def _known_form(path: Path, kept: Mapping[str, Any]) -> str:
    lines = (cells for sheet in read_grids(path)[0] for _, cells in sheet.rows[:_TITLES_WITHIN])
    return next((digest for cells in lines if (digest := headings_digest(cells)) in kept), "")


def _remember(store: Store, principal: Principal, one: Imported, company_id: str, *, key: str) -> None:
    """Keeps what the columns mean, not which site the file was about."""
    if one.mapping is None:
        return
    kept = RememberMapping(
        territory_id=principal.territory_id, kind=one.kind, headings_sha256=headings_digest(one.headings),
        mapping=asdict(replace(one.mapping, siret="", company="", commune="")), company_id=company_id or None,
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
