"""The store: the only door to the databases. Nothing opens without a principal, and what opens shows its rows only.

::

    store = Store.at()  # the folder of this person, or SYMBIOSIS_DATA
    with store.open(principal) as session:  # reading: what the policies give this principal
        rows = session.rows("declared_row", table_name="outputs")
    run(store, principal, SaveRow(...), key=key)  # writing: a command (symbiosis.store.commands)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Select, func, select

from symbiosis.errors import NotAllowed, NotFound, StoreError
from symbiosis.store import audit, policies, tables
from symbiosis.store.postgresql import Postgresql
from symbiosis.store.principal import PUBLISHED_ROLES, Principal
from symbiosis.store.schema import POLICIES, Which
from symbiosis.store.sqlite import Sqlite


class Database(Protocol):
    """What the store asks of SQLite and of PostgreSQL."""

    @property
    def warning(self) -> str:
        """Code of what the screens should say of the settings."""

    def reading(self, principal: Principal) -> AbstractContextManager[Connection]:
        """A connection that reads what a principal may."""

    def writing(self, principal: Principal) -> AbstractContextManager[Connection]:
        """A transaction for commands."""

    def close(self) -> None:
        """Closes the connections that are kept."""


URLS: Mapping[Which, str] = {"private": "SYMBIOSIS_DATABASE_URL", "published": "SYMBIOSIS_PUBLISHED_URL"}
"""Variables that name a PostgreSQL database; the login owns nothing (see :mod:`symbiosis.store.postgresql`)."""


def data_folder() -> Path:
    """Where the databases of this person are: ``SYMBIOSIS_DATA``, or the data folder of the system."""
    chosen = os.environ.get("SYMBIOSIS_DATA", "")
    if chosen:
        return Path(chosen)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "symbiosis"
    return Path(os.environ.get("XDG_DATA_HOME", "") or Path.home() / ".local" / "share") / "symbiosis"


@dataclass(frozen=True, slots=True)
class Session:
    """One reading, as one principal; made by :meth:`Store.open` only.

    Attributes
    ----------
    principal
        Who reads.
    connection
        For this package: what it can reach is confined by the database itself.
    """

    principal: Principal
    connection: Connection
    _store: Store

    def rows(
        self, table: str, *, order_by: Sequence[str] = (), descending: bool = False, limit: int | None = None, **equals: Any
    ) -> list[dict[str, Any]]:
        """Rows of a table that the principal may read.

        A facilitator who reads confidential rows leaves a trace that their company can read, and gets them once it is kept.

        Parameters
        ----------
        table
            Its name.
        order_by, descending, limit
            Which come first, and how many; by id where nothing is said.
        **equals
            Columns and the value that each must have; a list or a tuple for one of several, ``None`` for none.

        Returns
        -------
        list of dict
        """
        asked = self._asked(table, equals)
        columns = [asked.selected_columns[name] for name in order_by] or list(self._table(table).primary_key)
        asked = asked.order_by(*(column.desc() if descending else column for column in columns)).limit(limit)
        found = [dict(row) for row in self.connection.execute(asked).mappings()]
        if self.principal.role == "facilitator" and table in policies.CONFIDENTIAL and found:
            # A reader's transaction must not wait for its own trace where the journal lets one in at a time.
            self.connection.commit()
            audit.trace_reading(self._store.writing, self.principal, table, {row["company_id"] for row in found} - {None})
        return found

    def one(self, table: str, **equals: Any) -> dict[str, Any]:
        """The one row that has some values.

        Parameters
        ----------
        table
            Its name.
        **equals
            As for :meth:`rows`.

        Returns
        -------
        dict

        Raises
        ------
        NotFound
            If there is none, or it is not the principal's to read.
        """
        found = self.rows(table, limit=2, **equals)
        if len(found) != 1:
            raise NotFound(table)
        return found[0]

    def count(self, table: str, **equals: Any) -> int:
        """How many rows of a table the principal may read.

        Parameters
        ----------
        table
            Its name.
        **equals
            As for :meth:`rows`.
        """
        return self.connection.execute(select(func.count()).select_from(self._asked(table, equals).subquery())).scalar_one()

    def _table(self, name: str) -> Any:
        found = tables.private.tables.get(name)
        return tables.published.tables[name] if found is None else found

    def _asked(self, name: str, equals: dict[str, Any]) -> Select[Any]:
        table = self._table(name)
        asked = select(*(table.c[column] for column in policies.open_columns(table, self.principal.role)))
        for column, value in equals.items():
            is_several = isinstance(value, list | tuple)
            asked = asked.where(table.c[column].in_(value) if is_several else table.c[column] == value)
        return asked


@dataclass(frozen=True, slots=True)
class Store:
    """Both databases, or the published one alone.

    Attributes
    ----------
    private
        What companies declare; ``None`` in a process that serves the public, which cannot leak what it cannot open.
    published
        What has passed the disclosure gate.
    """

    private: Database | None
    published: Database

    @classmethod
    def at(cls, folder: Path | None = None, *, is_public: bool = False) -> Store:
        """The store of a folder, or of the servers that the environment names; files that are missing are made.

        Parameters
        ----------
        folder
            Where; without it, ``SYMBIOSIS_DATABASE_URL`` and ``SYMBIOSIS_PUBLISHED_URL`` name databases of PostgreSQL, and
            what they do not name is in :func:`data_folder`.
        is_public
            Open the published database only.

        Returns
        -------
        Store
        """
        return cls(None if is_public else _database("private", folder), _database("published", folder))

    @property
    def warning(self) -> str:
        """Code of what the screens should say of the settings; empty when all is well."""
        return (self.private or self.published).warning

    @contextmanager
    def open(self, principal: Principal) -> Iterator[Session]:
        """A reading of the private database.

        Parameters
        ----------
        principal
            Who reads; there is no reading without.

        Yields
        ------
        Session

        Raises
        ------
        NotAllowed
            If the role can open the published database only.
        """
        with self._private(principal).reading(principal) as connection:
            yield Session(principal, connection, self)

    @contextmanager
    def open_published(self, principal: Principal) -> Iterator[Session]:
        """A reading of the published database.

        Parameters
        ----------
        principal
            Who reads; :meth:`Principal.anonymous` for whoever has not logged in.

        Yields
        ------
        Session
        """
        _checked(principal)
        with self.published.reading(principal) as connection:
            yield Session(principal, connection, self)

    @contextmanager
    def writing(self, principal: Principal) -> Iterator[Connection]:
        """A transaction of the private database for a command, for this package only.

        Parameters
        ----------
        principal
            In whose name.

        Yields
        ------
        sqlalchemy.Connection
        """
        with self._private(principal).writing(principal) as connection:
            yield connection

    def close(self) -> None:
        """Closes the connections that both databases keep."""
        for database in filter(None, (self.private, self.published)):
            database.close()

    def _private(self, principal: Principal) -> Database:
        _checked(principal)
        if principal.role in PUBLISHED_ROLES:
            raise NotAllowed("open", "private", principal.role)
        if self.private is None:
            raise StoreError("this process serves the published database only")
        return self.private


def _checked(principal: Principal) -> None:
    if not isinstance(principal, Principal):
        raise StoreError("no session without a principal")


def _database(which: Which, folder: Path | None) -> Database:
    url = "" if folder is not None else os.environ.get(URLS[which], "")
    if url:
        return Postgresql(url, POLICIES[which])
    file = Sqlite((folder or data_folder()) / f"{which}.db", POLICIES[which])
    file.prepare(which)
    return file
