"""Imports into the folder of a territory: added, completed, undone; a journal keeps what each wrote.

A site that the folder knows by its number keeps its id, and facts of sites and companies are only completed. A flow with the
same key is brought up to date, except cells that a person changed since. A public declaration never stands beside the
company's own figure for the same site and code: it would count twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from symbiosis.errors import SymbiosisError
from symbiosis.io.imports.model import Imported
from symbiosis.io.imports.tables import FolderTable, Row, key_of, open_table, put
from symbiosis.schemas import DECLARATIONS

JOURNAL = ".imports/journal.json"
MAPPINGS = ".imports/mappings.json"
_PUBLIC = "irep-"
_FACTS = frozenset(("actors", "sites"))
_WRITTEN = ("actors", "sites", "outputs", "needs", "operators", "quality", "distances", "seasons", "stores")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row that an import added (no `before`), removed (no `after`) or changed (the cells that differ)."""

    table: str
    key: str
    before: Mapping[str, str] | None = None
    after: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What was done to a folder.

    Attributes
    ----------
    changes
        Row by row.
    kept
        Cells that a person had changed and that were left so.
    left
        Rows that were not taken: the company's own figure is there already.
    """

    changes: tuple[Change, ...] = ()
    kept: int = 0
    left: int = 0

    def counts(self) -> dict[str, tuple[int, int, int]]:
        """Rows added, changed and removed, by table."""
        tables = dict.fromkeys(change.table for change in self.changes)
        return {
            name: (
                sum(c.table == name and c.before is None for c in self.changes),
                sum(c.table == name and c.before is not None and c.after is not None for c in self.changes),
                sum(c.table == name and c.after is None for c in self.changes),
            )
            for name in tables
        }


@dataclass(slots=True, kw_only=True)
class _Folder:
    """Tables of a folder, opened when they are asked for."""

    path: Path
    tables: dict[str, FolderTable] = field(default_factory=dict)

    def table(self, name: str) -> FolderTable:
        if name not in self.tables:
            self.tables[name] = open_table(self.path, name)
        return self.tables[name]


def merge(folder: Path, imports: Sequence[Imported], files: Sequence[Path | str] = ()) -> Merged:
    """Writes imports into a folder of tables, and into its journal.

    Parameters
    ----------
    folder
        Of a territory; made if needed.
    imports
        What was read; only valid rows are in it.
    files
        Names for the journal.

    Returns
    -------
    Merged
        Empty where the folder held it all already.

    Raises
    ------
    SymbiosisError
        If the folder holds a table that cannot be changed; nothing is written then.
    """
    entries = _journal(folder)
    if entries and entries[-1].get("state") == "begun":
        undo(folder)  # a crash left it half written
        entries = _journal(folder)
    place = _Folder(path=folder)
    changes: list[Change] = []
    kept = left = 0
    for one in imports:
        found, more_kept, more_left = _merge_one(place, one, _last_written(entries, changes))
        changes += found
        kept, left = kept + more_kept, left + more_left
    if not changes:
        return Merged(kept=kept, left=left)
    touched = {change.table for change in changes}
    # A territory with one side only still has both tables.
    written_to = [
        table for name in _WRITTEN
        if name in touched or (DECLARATIONS[name].required and not place.table(name).file.exists())
        for table in (place.table(name),)
    ]  # fmt: skip
    entry: dict[str, Any] = {
        "state": "begun", "created": [table.name for table in written_to if not table.file.exists()],
        "files": [Path(f).name for f in files], "kinds": [one.kind for one in imports],
        "digests": [one.digest for one in imports],
        "changes": [{"table": c.table, "key": c.key, "before": c.before, "after": c.after} for c in changes],
    }  # fmt: skip
    (folder / JOURNAL).parent.mkdir(parents=True, exist_ok=True)
    _keep(folder, [*entries, entry])
    for table in written_to:
        table.save()
    _keep(folder, [*entries, entry | {"state": "done"}])
    return Merged(changes=tuple(changes), kept=kept, left=left)


def _merge_one(place: _Folder, one: Imported, written: Mapping[tuple[str, str, str], str]) -> tuple[list[Change], int, int]:
    tables = {name: _rows(frame) for name, frame in one.tables.items()}
    _known_again(place, tables)
    left = _without_own_figures(place, tables)
    changes = _superseded(place, tables)
    kept = 0
    flows = {row.get("output_id") or row.get("need_id") for name in ("outputs", "needs") for row in tables.get(name, [])}
    if flows:
        stale = [
            (key_of("seasons", row), row) for row in place.table("seasons").dicts()
            if row.get("flow_id") in flows and ("seasons", key_of("seasons", row), "weight") in written
        ]  # fmt: skip
        new = {key_of("seasons", row) for row in tables.get("seasons", [])}
        changes += _removed(place.table("seasons"), {key: row for key, row in stale if key not in new})
    for name in _WRITTEN:
        table = place.table(name) if tables.get(name) else None
        if table is None:
            continue
        index, rows = table.index(), table.dicts()
        for row in tables[name]:
            key = key_of(name, row)
            if key not in index:
                table.add(row)
                index[key] = len(table.rows) - 1
                rows.append(row)
                changes.append(Change(table=name, key=key, after=row))
                continue
            now = rows[index[key]]
            differs = {c: v for c, v in row.items() if v and not _same(now.get(c, ""), v)}
            mine = {c: v for c, v in differs.items() if not now.get(c) or _may_change(name, key, c, now[c], written)}
            kept += sum(name not in _FACTS and c not in mine for c in differs)
            if mine:
                changes.append(Change(table=name, key=key, before={c: now.get(c, "") for c in mine}, after=mine))
                table.write(index[key], mine)
    return changes, kept, left


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(c): str(v) for c, v in row.items() if v} for row in frame.to_dict("records")]


def _same(one: str, other: str) -> bool:
    return one == other or one.replace(",", ".") == other


def _may_change(table: str, key: str, column: str, now: str, written: Mapping[tuple[str, str, str], str]) -> bool:
    """Whether the last hand on a cell was an import's; facts of sites and companies are left as they are."""
    return table not in _FACTS and _same(now, written.get((table, key, column), "\0"))


def _known_again(place: _Folder, tables: dict[str, list[Row]]) -> None:
    """Sites and companies that the folder holds under other ids keep those."""
    sites = {row["siret"].replace(" ", ""): row for row in place.table("sites").dicts() if row.get("siret")}
    actors = {row["siren"].replace(" ", ""): row["actor_id"] for row in place.table("actors").dicts() if row.get("siren")}
    site_ids: dict[str, str] = {}
    actor_ids = {row["actor_id"]: actors[row["siren"]] for row in tables.get("actors", []) if row.get("siren") in actors}
    for row in tables.get("sites", []):
        known = sites.get(row.get("siret", ""))
        if known is not None:
            site_ids[row["site_id"]] = known["site_id"]
            actor_ids[row["actor_id"]] = known.get("actor_id", row["actor_id"])
    for name in ("actors", "sites", "outputs", "needs", "operators"):
        for row in tables.get(name, []):
            for column, ids in (("site_id", site_ids), ("actor_id", actor_ids)):
                if row.get(column) in ids:
                    row[column] = ids[row[column]]
    for name in ("actors", "sites"):
        if name in tables:
            tables[name] = list({key_of(name, row): row for row in reversed(tables[name])}.values())[::-1]


def _same_waste(row: Row, table: str) -> tuple[str, str]:
    code = row.get("waste_code", "") if table == "outputs" else row.get("waste_codes_treated", "")
    return row.get("site_id", ""), "".join(c for c in code if c.isdigit())


def _without_own_figures(place: _Folder, tables: dict[str, list[Row]]) -> int:
    """Leave public rows out where the company's own figure stands."""
    left = 0
    for name in ("outputs", "needs"):
        own = {_same_waste(r, name) for r in place.table(name).dicts() if not key_of(name, r).startswith(_PUBLIC)}
        taken = [r for r in tables.get(name, []) if not (key_of(name, r).startswith(_PUBLIC) and _same_waste(r, name) in own)]
        left += len(tables.get(name, [])) - len(taken)
        if name in tables:
            tables[name] = taken
    return left


def _superseded(place: _Folder, tables: Mapping[str, list[Row]]) -> list[Change]:
    """Public rows give way to the company's own figure for the same site and code."""
    changes: list[Change] = []
    for name in ("outputs", "needs"):
        own = {_same_waste(r, name) for r in tables.get(name, []) if not key_of(name, r).startswith(_PUBLIC)}
        own = {pair for pair in own if pair[1]}
        gone = {
            key_of(name, r): r for r in place.table(name).dicts()
            if key_of(name, r).startswith(_PUBLIC) and _same_waste(r, name) in own
        } if own else {}  # fmt: skip
        changes += _removed(place.table(name), gone)
    return changes


def _removed(table: FolderTable, rows: Mapping[str, Row]) -> list[Change]:
    index = table.index()
    table.remove({index[key] for key in rows})
    return [Change(table=table.name, key=key, before=row) for key, row in rows.items()]


def _last_written(entries: Sequence[Mapping[str, Any]], changes: Sequence[Change]) -> dict[tuple[str, str, str], str]:
    """Last value that an import wrote, by table, row and column."""
    written: dict[tuple[str, str, str], str] = {}
    before = [(c["table"], c["key"], c["after"]) for entry in entries for c in entry["changes"]]
    for table, key, after in [*before, *((c.table, c.key, c.after) for c in changes)]:
        for column, value in (after or {}).items():
            written[table, key, column] = value
    return written


def _journal(folder: Path) -> list[dict[str, Any]]:
    file = folder / JOURNAL
    if not file.is_file():
        return []
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SymbiosisError(f"{file}: {error}") from error
    return entries if isinstance(entries, list) else []


def _keep(folder: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    put(folder / JOURNAL, (json.dumps(entries, ensure_ascii=False, indent=1) + "\n").encode())


def undo(folder: Path) -> Merged:
    """Takes back the last import of a folder; what a person changed since stays.

    Parameters
    ----------
    folder
        Of a territory.

    Returns
    -------
    Merged
        What was done; `kept` counts the cells and rows that stay because they were changed or are needed since.

    Raises
    ------
    SymbiosisError
        If nothing was imported.
    """
    entries = _journal(folder)
    if not entries:
        raise SymbiosisError(f"{folder} : aucun import à annuler / no import to undo")
    place = _Folder(path=folder)
    done: list[Change] = []
    kept = 0
    changes = [Change(**change) for change in reversed(entries[-1]["changes"])]
    # Flows first, then sites, then companies: what still refers to a row keeps it.
    for name in reversed(_WRITTEN):
        mine = [change for change in changes if change.table == name]
        if mine:
            found, more = _undo_table(place, name, mine)
            done, kept = done + found, kept + more
    for name in _WRITTEN:
        table = place.table(name)
        if name in entries[-1]["created"] and not table.rows:
            table.file.unlink(missing_ok=True)
        elif any(change.table == name for change in done):
            table.save()
    _keep(folder, entries[:-1])
    return Merged(changes=tuple(done), kept=kept)


def _undo_table(place: _Folder, name: str, changes: Sequence[Change]) -> tuple[list[Change], int]:
    table = place.table(name)
    index, rows = table.index(), table.dicts()
    needed = _needed(place, name)
    done: list[Change] = []
    gone: set[int] = set()
    kept = 0
    for change in changes:
        at = index.get(change.key)
        if change.after is None:
            if at is None:
                table.add(dict(change.before or {}))
                done.append(Change(table=name, key=change.key, after=change.before))
            continue
        if at is None:
            continue
        still = {c: v for c, v in change.after.items() if _same(rows[at].get(c, ""), v)}
        if change.before is None:
            if len(still) < len(change.after) or change.key in needed:
                kept += 1
            else:
                gone.add(at)
                done.append(Change(table=name, key=change.key, before=rows[at]))
            continue
        before = {c: change.before.get(c, "") for c in still}
        kept += len(change.after) - len(still)
        table.write(at, before)
        done.append(Change(table=name, key=change.key, before=still, after=before))
    table.remove(gone)
    return done, kept


def _needed(place: _Folder, name: str) -> set[str]:
    """Sites and companies that the rows which are left refer to."""
    referring = {"sites": ("site_id", ("outputs", "needs", "operators")), "actors": ("actor_id", ("sites",))}.get(name)
    if referring is None:
        return set()
    column, tables = referring
    return {row.get(column, "") for one in tables for row in place.table(one).dicts()}
