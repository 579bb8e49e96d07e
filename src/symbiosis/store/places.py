"""Where the databases are, for whoever owns them: migrations, copies and erasure pass by no principal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, make_url

from symbiosis.errors import StoreError
from symbiosis.store import postgresql, schema, sqlite
from symbiosis.store.database import URLS, data_folder
from symbiosis.store.schema import Which

OWNER_URLS: Mapping[Which, str] = {
    "private": "SYMBIOSIS_DATABASE_OWNER_URL",
    "published": "SYMBIOSIS_PUBLISHED_OWNER_URL",
}
"""Variables that name a PostgreSQL database for its owner, for the time of a command; a server needs none of them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of the two databases is, for whoever owns it.

    Attributes
    ----------
    which
        Of the two.
    at
        Its file, or the address of its owner at a PostgreSQL server.
    """

    which: Which
    at: Path | str

    @contextmanager
    def owning(self) -> Iterator[Connection]:
        """A transaction that no principal confines.

        Yields
        ------
        sqlalchemy.Connection
        """
        if isinstance(self.at, Path):
            self.at.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            engine = sqlite.engine(self.at, timeout_s=sqlite.WRITE_TIMEOUT_S, begin="BEGIN IMMEDIATE")
        else:
            engine = postgresql.engine(self.at)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def migrate(self) -> tuple[str, str]:
        """Brings the database to the schema of this release.

        Returns
        -------
        tuple of str
            The version that stood before, empty for none, and the one that stands.
        """
        url = os.environ.get(URLS[self.which], "")
        login = "" if isinstance(self.at, Path) or not url else make_url(url).username or ""
        with self.owning() as connection:
            before = schema.migrate(connection, self.which, login=login)
            return before, schema.version(connection)


def places(folder: Path | None = None) -> list[Place]:
    """Both databases of this machine or of its server.

    Parameters
    ----------
    folder
        Of files; without it, what the environment names.

    Returns
    -------
    list of Place

    Raises
    ------
    StoreError
        If a server is named, and its owner is not.
    """
    found = []
    for which, variable in OWNER_URLS.items():
        url = "" if folder is not None else os.environ.get(variable, "")
        if not url and folder is None and os.environ.get(URLS[which]):
            raise StoreError(f"{URLS[which]} names a server: {variable} must name its owner for this command")
        found.append(Place(which, url or (folder or data_folder()) / f"{which}.db"))
    return found
