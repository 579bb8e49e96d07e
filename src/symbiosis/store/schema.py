"""Versions of the schema: which one stands, which one this release needs, and the way from one to the other.

Revisions are files of ``migrations/private`` and ``migrations/published``, numbered ``0001``, ``0002``… A migration is one
transaction on both databases: killed midway, it leaves the old schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, MetaData, inspect, text

from symbiosis.errors import SchemaError
from symbiosis.store import postgresql, tables
from symbiosis.store.policies import PRIVATE, PUBLISHED, Policy

Which = Literal["private", "published"]
METADATA: Mapping[Which, MetaData] = {"private": tables.private, "published": tables.published}
POLICIES: Mapping[Which, Mapping[str, Policy]] = {"private": PRIVATE, "published": PUBLISHED}

_FOLDER = Path(__file__).parent / "migrations"


def latest(which: Which) -> str:
    """Version of the schema that this release works with.

    Parameters
    ----------
    which
        Database.
    """
    return max(file.name.partition("_")[0] for file in (_FOLDER / which).glob("[0-9]*.py"))


def version(connection: Connection) -> str:
    """Version of the schema that stands; empty for a database without tables.

    Parameters
    ----------
    connection
        Not confined to a principal.
    """
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("select version_num from alembic_version")).scalar_one())


def check(connection: Connection, which: Which) -> None:
    """Refuses a schema that is not this release's.

    Parameters
    ----------
    connection
        Not confined to a principal.
    which
        Database.

    Raises
    ------
    SchemaError
        If it is older, or newer.
    """
    present, needed = version(connection), latest(which)
    if present != needed:
        raise SchemaError(which, present, needed)


def migrate(connection: Connection, which: Which, *, to: str = "head", login: str = "") -> str:
    """Brings a database to a version, within the transaction of the connection.

    Parameters
    ----------
    connection
        Of the owner, in a transaction.
    which
        Database.
    to
        A version; the latest by default.
    login
        PostgreSQL only: the login of the server, which is granted the roles.

    Returns
    -------
    str
        The version that stood before.

    Raises
    ------
    SchemaError
        If the database is newer than this release.
    """
    from alembic import command
    from alembic.config import Config

    present = version(connection)
    if present > latest(which):
        raise SchemaError(which, present, latest(which))
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("version_locations", str(_FOLDER / which).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(connection=connection, metadata=METADATA[which])
    command.upgrade(config, to)
    if connection.dialect.name == "postgresql":
        postgresql.protect(connection, POLICIES[which], login=login)
    return present
