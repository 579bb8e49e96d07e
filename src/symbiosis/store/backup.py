"""Copies that can be trusted: made while people write, checked before they are called a copy, and brought back whole.

SQLite copies itself through its backup interface, since a copied file lacks what its log still holds. PostgreSQL is dumped by
``pg_dump`` as the owner; under row policies a dump can succeed and be empty, so rows are counted in what was written.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, make_url, select

from symbiosis.errors import StoreError
from symbiosis.store import audit, schema, sqlite, tables
from symbiosis.store.places import Place
from symbiosis.store.schema import METADATA, Which

KEPT_DAYS = 30
"""Age in days at which a copy goes, where nothing else is asked for."""

_MANIFEST = "manifest.json"
_NAME = "symbiosis-%Y%m%dT%H%M%S%fZ"


def back_up(places: list[Place], folder: Path, *, keep_days: int = KEPT_DAYS) -> Path:
    """Copies databases into a new folder, checks the copies, and throws away those that are too old.

    Parameters
    ----------
    places
        Of the databases.
    folder
        Where the copies are kept.
    keep_days
        Age at which an earlier copy goes, so that what was erased does not live on in copies.

    Returns
    -------
    pathlib.Path
        Folder of this copy.

    Raises
    ------
    StoreError
        If a copy is damaged, empty, or its trace does not hold; nothing is called a copy then.
    """
    made_at = datetime.now(tz=UTC)
    unfinished, finished = folder / made_at.strftime(f".{_NAME}"), folder / made_at.strftime(_NAME)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        told = {place.which: _copied(place, unfinished) for place in places}
        manifest = {"made_at": made_at.isoformat(), "databases": told}
        (unfinished / _MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True), encoding="utf-8")
        unfinished.rename(finished)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    forget(folder, keep_days=keep_days)
    return finished


def forget(folder: Path, *, keep_days: int = KEPT_DAYS) -> None:
    """Throws away the copies of a folder that are too old.

    Parameters
    ----------
    folder, keep_days
        As for :func:`back_up`.
    """
    for earlier in folder.glob(f"symbiosis-*/{_MANIFEST}"):
        made = datetime.fromisoformat(json.loads(earlier.read_text(encoding="utf-8"))["made_at"])
        if datetime.now(tz=UTC) - made > timedelta(days=keep_days):
            shutil.rmtree(earlier.parent)


def is_empty(place: Place) -> bool:
    """Whether a database holds no row that a copy could keep.

    Parameters
    ----------
    place
        Of the database.
    """
    with place.owning() as connection:
        return not sum(_counts(connection, place.which).values())


def restore(copy: Path, places: list[Place], *, is_replacing: bool = False) -> dict[str, Any]:
    """Brings databases back from a copy.

    Parameters
    ----------
    copy
        Folder of a copy.
    places
        Of the databases.
    is_replacing
        Whether what is there may be lost.

    Returns
    -------
    dict
        Rows by database and table, as counted after.

    Raises
    ------
    StoreError
        If the copy is damaged, or there is something that would be lost.
    """
    try:
        told = json.loads((copy / _MANIFEST).read_text(encoding="utf-8"))["databases"]
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(f"{copy} is no copy: {error}") from error
    for which, one in told.items():
        if _digest(copy / one["file"]) != one["sha256"]:
            raise StoreError(f"the copy of the {which} database is damaged")
    for place in places:
        with place.owning() as connection:
            if schema.version(connection) and sum(_counts(connection, place.which).values()) and not is_replacing:
                raise StoreError(f"the {place.which} database holds rows that would be lost")
    for place in places:
        _brought_back(place, copy / told[place.which]["file"])
    found: dict[str, Any] = {}
    for place in places:
        with place.owning() as connection:
            found[place.which] = _counts(connection, place.which)
        if found[place.which] != told[place.which]["rows"]:
            raise StoreError(f"the {place.which} database does not hold what was copied")
    return found


def _copied(place: Place, folder: Path) -> dict[str, Any]:
    if isinstance(place.at, Path):
        copy = folder / f"{place.which}.db"
        with sqlite.opened(place.at) as source, sqlite.opened(copy) as target:
            source.backup(target)
            # A copy is one file: what it needs must not stand in a log beside it.
            target.execute("PRAGMA journal_mode = DELETE").close()
            damage = [row[0] for row in target.execute("PRAGMA integrity_check")]
        if damage != ["ok"]:
            raise StoreError(f"the copy of the {place.which} database is damaged: {damage[0]}")
        with Place(place.which, copy).owning() as connection:
            told = _told(connection, place.which)
        with sqlite.opened(copy) as target:
            target.execute("PRAGMA journal_mode = DELETE").close()
    else:
        copy = folder / f"{place.which}.dump"
        with place.owning() as connection:
            told = _told(connection, place.which)
        _run("pg_dump", "--format=custom", "--file", str(copy), "--dbname", _address(place.at))
        told["rows"] = _dumped_counts(copy, told["rows"])
    if place.which == "private" and not sum(told["rows"].values()):
        raise StoreError("the copy holds no row: whoever made it cannot read any")
    return {"file": copy.name, "sha256": _digest(copy), **told}


def _told(connection: Connection, which: Which) -> dict[str, Any]:
    told: dict[str, Any] = {"schema": schema.version(connection), "rows": _counts(connection, which), "trace": ""}
    if which == "private":
        if wrong := audit.broken(connection):
            raise StoreError(f"the trace does not hold at line {wrong[0]}")
        last = select(tables.audit.c.hash).order_by(tables.audit.c.seq.desc()).limit(1)
        told["trace"] = connection.execute(last).scalar_one_or_none() or audit.FIRST
    return told


def _counts(connection: Connection, which: Which) -> dict[str, int]:
    standing = set(inspect(connection).get_table_names())  # an older schema lacks some
    found = {name: table for name, table in METADATA[which].tables.items() if name in standing}
    return {name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in found.items()}


def _brought_back(place: Place, copy: Path) -> None:
    if isinstance(place.at, Path):
        # Through the database, not over its file: whoever has it open sees the old rows or the new ones.
        with sqlite.opened(copy) as source, sqlite.opened(place.at) as target:
            source.backup(target)
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        return
    _run(
        "pg_restore", "--clean", "--if-exists", "--single-transaction", "--no-owner", "--dbname", _address(place.at), str(copy)
    )


def _dumped_counts(dump: Path, tables_of: Iterable[str]) -> dict[str, int]:
    """Rows that really stand in a dump, table by table."""
    counts = dict.fromkeys(tables_of, 0)
    table = ""
    for line in _run("pg_restore", "--data-only", "--file=-", str(dump)).splitlines():
        if line.startswith("COPY public."):
            table = line.removeprefix("COPY public.").split(" ", 1)[0].strip('"')
        elif line == "\\.":
            table = ""
        elif table in counts:
            counts[table] += 1
    return counts


def _address(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise StoreError(f"{program} of PostgreSQL is not on the path")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
    if done.returncode:
        raise StoreError(f"{program}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
