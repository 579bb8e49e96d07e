"""SQLite: settings that keep what was acknowledged, and reading connections that can see one principal's rows only.

SQLite has no row policies. A reading connection gets, for each table, a temporary view of the same name that holds the
condition of the principal; an authorizer then refuses whatever does not come through these views. The views read through a
second one whose random name is the pass: a statement that names a table of the file, or gives a common table expression the
name of a view, does not know it.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, QueuePool, String, create_engine, event

from symbiosis.errors import StoreError
from symbiosis.store import policies, schema
from symbiosis.store.policies import Policy
from symbiosis.store.principal import Principal
from symbiosis.store.schema import Which

try:
    from pysqlite3 import dbapi2 as driver
except ImportError:  # no wheel for this machine
    driver = sqlite3

WRITE_TIMEOUT_S, READ_TIMEOUT_S = 30.0, 5.0
_IDLE, _CONFINED = 64, "symbiosis.confined"

_MOUNTS = Path("/proc/self/mounts")
# Their locks do not hold between machines, nor their shared memory.
_NETWORKS = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "sshfs", "davfs"))

# Functions that reach outside the database, or into its guts.
_REFUSED_FUNCTIONS = frozenset(
    ("load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "sqlite_dbpage", "zipfile")
)


def is_wal_safe(version: tuple[int, ...]) -> bool:
    """Whether a version of SQLite is free of the bug that loses acknowledged commits in WAL mode (3.7.0 to 3.51.2).

    Parameters
    ----------
    version
        As ``sqlite_version_info`` gives it.

    Returns
    -------
    bool
        ``True`` from 3.51.3 on, and for the two branches that the correction was brought to, 3.44.6 and 3.50.7.
    """
    return version >= (3, 51, 3) or (3, 44, 6) <= version < (3, 45) or (3, 50, 7) <= version < (3, 51)


def network_of(folder: Path, mounts: str) -> str:
    """Kind of the network file system that a folder is on; empty for a disk of this machine.

    Parameters
    ----------
    folder
        Absolute.
    mounts
        What Linux says in ``/proc/self/mounts``.
    """
    places = [line.split()[1:3] for line in mounts.splitlines() if len(line.split()) > 2]
    above = [(place, kind) for place, kind in places if folder.is_relative_to(place.replace("\\040", " "))]
    _, kind = max(above, key=lambda one: len(one[0]), default=("", ""))
    return kind if kind.removeprefix("fuse.") in _NETWORKS else ""


def connect(file: Path, *, timeout_s: float, version: tuple[int, ...] | None = None) -> Any:
    """A connection with the settings of the store, outside any transaction.

    Parameters
    ----------
    file
        The database; made when it is missing.
    timeout_s
        How long to wait for another writer.
    version
        Version to judge instead of the library's.

    Returns
    -------
    Any
        A DB-API connection of `pysqlite3`, or of `sqlite3` where that is missing.
    """
    if not file.exists():
        file.touch(mode=0o600)  # nobody else of this machine reads it, nor the log beside it
    connection = driver.connect(str(file), timeout=timeout_s, isolation_level=None, check_same_thread=False)
    journal = "WAL" if is_wal_safe(version or driver.sqlite_version_info) else "DELETE"
    for setting in (
        f"journal_mode = {journal}", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON", "trusted_schema = OFF",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {setting}").close()
    return connection


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """A connection of :func:`connect`, closed at the end.

    Parameters
    ----------
    file
        The database.

    Yields
    ------
    Any
    """
    connection = connect(file, timeout_s=WRITE_TIMEOUT_S)
    try:
        yield connection
    finally:
        connection.close()


class Sqlite:
    """One database in a file.

    Parameters
    ----------
    file
        Where.
    of_tables
        Policies of its tables.
    """

    def __init__(self, file: Path, of_tables: Mapping[str, Policy]) -> None:
        self.file, self.policies = file, of_tables
        # A reading connection belongs to one principal for good: some are kept for whoever comes again, for nobody else.
        # Those of commands know no principal and are kept: the last one that closes pays for a checkpoint.
        self._idle: deque[tuple[Principal, Connection]] = deque()
        self._kept, self._turn = threading.Lock(), threading.Lock()
        self._readers = engine(file, timeout_s=READ_TIMEOUT_S, begin="BEGIN", poolclass=NullPool)
        self._writers = engine(file, timeout_s=WRITE_TIMEOUT_S, begin="BEGIN IMMEDIATE", pool_size=2, max_overflow=-1)

    @property
    def warning(self) -> str:
        """Code of what the screens should say of the settings; empty when all is well."""
        return "" if is_wal_safe(driver.sqlite_version_info) else "sqlite_without_wal"

    def prepare(self, which: Which) -> None:
        """Makes the database where there is none; refuses one whose schema is not this release's.

        Parameters
        ----------
        which
            Which of the two it is.

        Raises
        ------
        SchemaError
            If the schema is older or newer.
        StoreError
            If the folder is on a network.
        """
        network = network_of(self.file.absolute(), _MOUNTS.read_text(encoding="utf-8")) if _MOUNTS.exists() else ""
        if network:
            raise StoreError(f"{self.file.parent} is on {network}: a database on a network drive loses what it was given")
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._writers.begin() as connection:
            # Two processes may start at once: the second one finds what the first has made.
            if not schema.version(connection):
                schema.migrate(connection, which)
            schema.check(connection, which)

    @contextmanager
    def reading(self, principal: Principal) -> Iterator[Connection]:
        """A connection that reads what a principal may, and writes nothing.

        Parameters
        ----------
        principal
            Who reads.

        Yields
        ------
        sqlalchemy.Connection
            Its transaction ends with the block.
        """
        connection = self._idle_of(principal) or self._readers.connect()
        try:
            if not connection.info.get(_CONFINED):
                confine(connection.connection.driver_connection, principal, self.policies)
                connection.info[_CONFINED] = True
            yield connection
            connection.rollback()
        except BaseException:
            connection.close()
            raise
        with self._kept:
            self._idle.append((principal, connection))
            oldest = self._idle.popleft()[1] if len(self._idle) > _IDLE else None
        if oldest is not None:
            oldest.close()

    def _idle_of(self, principal: Principal) -> Connection | None:
        """A connection that was confined to this very principal before, and that nobody uses."""
        with self._kept:
            found = next((one for one in reversed(self._idle) if one[0] == principal), None)
            if found is None:
                return None
            self._idle.remove(found)
            return found[1]

    @contextmanager
    def writing(self, principal: Principal) -> Iterator[Connection]:
        """A connection for commands, in a transaction that is committed at the end or rolled back whole.

        Parameters
        ----------
        principal
            In whose name.

        Yields
        ------
        sqlalchemy.Connection
        """
        # In this process one waits for the other in the order of coming; SQLite itself lets those who wait try now and then.
        is_mine = self._turn.acquire(timeout=WRITE_TIMEOUT_S)
        try:
            with self._writers.begin() as connection:
                yield connection
        finally:
            if is_mine:
                self._turn.release()

    def close(self) -> None:
        """Closes the connections that were kept."""
        with self._kept:
            idle = [connection for _, connection in self._idle]
            self._idle.clear()
        for connection in idle:
            connection.close()
        self._writers.dispose()


def engine(file: Path, *, timeout_s: float, begin: str, version: tuple[int, ...] | None = None, **options: Any) -> Engine:
    """An engine whose connections have the settings of the store.

    Parameters
    ----------
    file, timeout_s
        As for :func:`connect`.
    begin
        How a transaction starts. One that writes is ``BEGIN IMMEDIATE``: a deferred one that reads first is refused as
        "locked" under concurrent writers, whatever the timeout.
    version
        As for :func:`connect`.
    **options
        Of `create_engine`.

    Returns
    -------
    sqlalchemy.Engine
    """
    made = create_engine(
        "sqlite://", module=driver, creator=lambda: connect(file, timeout_s=timeout_s, version=version),
        **{"poolclass": QueuePool, **options},
    )  # fmt: skip
    event.listen(made, "begin", lambda connection: connection.exec_driver_sql(begin))
    return made


def confine(connection: Any, principal: Principal, all_policies: Mapping[str, Policy]) -> None:
    """Leaves a connection nothing but the rows that a principal reads; there is no way back.

    Parameters
    ----------
    connection
        A DB-API connection, outside any transaction.
    principal
        Who reads.
    all_policies
        Of the tables of the database.
    """
    mark = secrets.token_hex(16)
    passes: dict[str, str] = {}
    for name, table in policies.tables_of(all_policies).items():
        columns = ", ".join(f'"{column}"' for column in policies.open_columns(table, principal.role))
        # The condition reads a column whatever it says: of a view that reads none, or the row id, SQLite does not tell the
        # authorizer which one it is, and ``is not null`` it would leave out.
        read = next(column.name for column in table.columns if isinstance(column.type, String))
        rows = f"typeof(\"{read}\") <> 'null' and {policies.condition(all_policies.get(name, {}), principal)}"
        inner = f"{mark}_{name}"
        passes[inner] = name
        connection.execute(f'CREATE TEMP VIEW "{inner}" AS SELECT {columns} FROM main."{name}" WHERE {rows}')  # noqa: S608
        connection.execute(f'CREATE TEMP VIEW "{name}" AS SELECT {columns} FROM temp."{inner}"')  # noqa: S608
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_authorizer(passes))


def _authorizer(passes: Mapping[str, str]) -> Callable[..., int]:
    """The callback that SQLite asks before it prepares a statement."""
    views = frozenset(passes.values())
    plain = frozenset((driver.SQLITE_SELECT, driver.SQLITE_RECURSIVE, driver.SQLITE_TRANSACTION))

    def judge(action: int, first: str | None, second: str | None, database: str | None, view: str | None) -> int:
        if action in plain:
            return int(driver.SQLITE_OK)
        if action == driver.SQLITE_FUNCTION:
            return int(driver.SQLITE_DENY if (second or "").lower() in _REFUSED_FUNCTIONS else driver.SQLITE_OK)
        if action == driver.SQLITE_READ:
            if database == "main":
                is_open = passes.get(view or "") == first
            elif first is not None and first in passes:
                is_open = view == passes[first]
            else:
                is_open = first in views and database in ("temp", None)
            return int(driver.SQLITE_OK if is_open else driver.SQLITE_DENY)
        return int(driver.SQLITE_DENY)

    return judge
