"""Nobody reads a rival's rows, whatever they put into the statement: the batteries of attempts, on both databases."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
import psycopg
import pytest
from sqlalchemy import column, delete, func, insert, select, table, text, union_all, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from tests.contracts.conftest import Server, World

from symbiosis.errors import StoreError
from symbiosis.store import Principal, Store, policies, sqlite, tables
from symbiosis.store.postgresql import Postgresql, engine, unprotected

ROWS = tables.declared_row
FOREIGN = ("SECRET-1", "SECRET-2", "PRICE-1", "PRICE-2", "NAME-1", "NAME-2", "PERSON-1", "PERSON-2", "NACE-1", "NACE-2")

# Each attempt is SQL, or a function of the connection; {other} is the id of a rival, {row} of a row of it.
BOTH: dict[str, str | Callable[[Any, World], Any]] = {
    "plain select": "select * from declared_row",
    "select of prices": "select * from declared_price",
    "where the rival": "select * from declared_row where company_id = '{other}'",
    "or true": "select * from declared_row where company_id = '{other}' or 1 = 1",
    "count": "select count(*) from declared_row where company_id = '{other}' having count(*) > 0",
    "union": "select cells from declared_row union all select cells from declared_price union all select profile from company",
    "join": "select c.name, r.cells from company c join declared_row r on r.company_id <> c.id",
    "sub-select": "select (select max(name) from company where id = '{other}')",
    "exists": "select 1 where exists (select 1 from declared_row where id = '{row}')",
    "common table": "with mine as (select * from declared_row) select * from mine",
    "window": "select name, lead(name) over (order by name) from company",
    "contacts": "select * from contact",
    "matches whole": "select * from match",
    "accounts": "select * from \"user\"",
    "keys": "select * from idempotency_key",
    "Core select": lambda c, _: c.execute(select(ROWS)).all(),
    "Core select by primary key": lambda c, w: c.execute(select(ROWS).where(ROWS.c.id == w.rows[1])).all(),
    "Core alias": lambda c, _: c.execute(select(ROWS.alias("other"))).all(),
    "Core union": lambda c, _: c.execute(union_all(select(ROWS.c.cells), select(tables.declared_price.c.cells))).all(),
    "Core ad hoc table": lambda c, _: c.execute(select(table("company", column("name")))).all(),
    "pandas": lambda c, _: pd.read_sql(text("select * from declared_row"), c).to_string(),
    "delete": lambda c, _: c.execute(delete(ROWS)).rowcount and "SECRET-1 deleted",
    "update": lambda c, _: c.execute(update(ROWS).values(cells={})).rowcount and "SECRET-1 overwritten",
    "move a row to the rival": lambda c, w: c.execute(update(ROWS).values(company_id=w.companies[1])).rowcount and "SECRET-1",
    "insert for the rival": lambda c, w: c.execute(
        insert(ROWS).values(territory_id=w.territories[0], company_id=w.companies[1], table_name="needs", row_key="X", cells={})
    ).rowcount and "SECRET-1 added",
}  # fmt: skip
SQLITE = BOTH | {
    "the table of the file": "select * from main.declared_row",
    "its count": "select count(*) from main.declared_row",
    "its row ids": "select rowid from main.declared_row",
    "a common table with the name of a view": "with company as (select * from main.company) select * from company",
    "an alias with the name of a view": "select * from (select * from main.company) as company",
    "the schema": "select * from sqlite_master",
    "the schema of the views": "select * from temp.sqlite_master",
    "a pragma": "pragma database_list",
    "a pragma as a table": "select * from pragma_table_list",
    "writing switched on": "pragma query_only = off",
    "attach": "attach ':memory:' as other",
    "a view of one's own": "create temp view mine as select * from main.declared_row",
    "a table of one's own": "create temp table mine as select * from main.declared_row",
    "the views dropped": "drop view declared_row",
    "a trigger": "create temp trigger t instead of insert on declared_row begin select 1; end",
    "vacuum into": "vacuum into '/tmp/leak.db'",
    "an extension": "select load_extension('x')",
    "pages": "select * from dbstat",
    "secrets": "select password_hash from user",
}


def copied(connection: Any, world: World) -> str:
    connection.exec_driver_sql("select 1")  # before a first statement the connection has no role, and reads nothing at all
    with connection.connection.cursor() as cursor, cursor.copy("copy (select * from declared_row) to stdout") as lines:
        return str([bytes(line) for line in lines])


POSTGRESQL = BOTH | {
    "another schema": "select * from public.declared_row",
    "only": "select * from only declared_row",
    "table": "table declared_row",
    "statistics": "select most_common_vals::text from pg_stats where tablename in ('declared_row', 'company', 'contact')",
    "row security off": lambda c, _: [c.exec_driver_sql("set local row_security = off"), c.execute(select(ROWS)).all()],
    "a view of one's own": "create view mine as select * from declared_row",
    "a temporary table": "create temp table mine as select * from declared_row",
    "copy": copied,
    "copy to a program": "copy declared_row to program 'cat'",
    "a file": "select pg_read_file('postgresql.conf')",
    "a function": "create function f() returns int language sql security definer as 'select 1'",
    "policies dropped": "drop policy reading on declared_row",
    "policies disabled": "alter table declared_row disable row level security",
    "a leaky condition": "select * from declared_row where (cells::text || 'x') like '%SECRET%' and 1 / length(row_key) >= 0",
    "secrets": 'select password_hash from "user"',
    "for update": "select * from declared_row for update",
    "the trace deleted": "delete from audit",
    "truncate": "truncate declared_row cascade",
    "grant": "grant select on declared_row to public",
    "log in as the owner": "set role postgres",
}


def attempt(session: Any, what: str | Callable[[Any, World], Any], world: World) -> str:
    """What an attempt brings, as text; empty where it is refused."""
    try:
        if callable(what):
            return str(what(session.connection, world))
        asked = what.replace("{other}", world.companies[1]).replace("{row}", world.rows[1])
        found = session.connection.exec_driver_sql(asked)
        return str(found.all()) if found.returns_rows else ""
    except (SQLAlchemyError, StoreError, pd.errors.DatabaseError, psycopg.Error):
        return ""


def everything(world: World) -> str:
    """All that the three companies have, for whoever owns the database."""
    found = []
    for which in range(3):
        with world.store.open(world.member(which)) as session:
            found.append([session.rows(name) for name in ("company", "declared_row", "declared_price", "contact")])
    return str(found)


def leaks(world: World, battery: dict[str, str | Callable[[Any, World], Any]], who: Principal) -> dict[str, str]:
    """Attempts that brought a word of a rival, each in a session of its own; and the words that are no longer as they were."""
    before, found = everything(world), {}
    for name, what in battery.items():
        with world.store.open(who) as session:
            brought = attempt(session, what, world)
        if any(word in brought for word in FOREIGN):
            found[name] = brought
    assert everything(world) == before
    return found


def test_no_attempt_on_sqlite_brings_a_word_of_a_rival(sqlite_world: World) -> None:
    assert len(SQLITE) >= 27
    for role in ("reader", "company_admin"):
        assert leaks(sqlite_world, SQLITE, sqlite_world.member(0, role)) == {}


def test_no_attempt_on_postgresql_brings_a_word_of_a_rival(postgresql_world: World) -> None:
    assert len(POSTGRESQL) >= 25
    assert leaks(postgresql_world, POSTGRESQL, postgresql_world.member(0)) == {}


def test_the_battery_reads_what_is_there_to_be_read(world: World) -> None:
    """A battery that finds nothing because it looks at nothing would pass as well."""
    with world.store.open(world.member(1)) as session:
        assert "SECRET-1" in attempt(session, BOTH["plain select"], world)
        assert "PRICE-1" in attempt(session, BOTH["union"], world)
        assert "SECRET-1" in attempt(session, BOTH["pandas"], world)
    with world.store.writing(world.member(1)) as connection:
        assert connection.execute(select(func.count()).select_from(ROWS)).scalar_one() >= 1


def test_the_batteries_find_what_an_open_door_lets_through(
    sqlite_world: World, postgresql_world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_authorizer", lambda _: None)
    found = leaks(sqlite_world, {name: SQLITE[name] for name in SQLITE if "view" not in name}, sqlite_world.member(0))
    assert "the table of the file" in found
    owner = engine(server.url(str(postgresql_world.store.private._engine.url.database)))
    with owner.begin() as connection:
        connection.execute(text("alter table declared_row disable row level security"))
    owner.dispose()
    reading = {name: POSTGRESQL[name] for name in ("plain select", "Core select", "pandas", "copy", "or true")}
    assert set(leaks(postgresql_world, reading, postgresql_world.member(0))) == set(reading)


# ---------------------------------------------------------------------------------------------------------------- PostgreSQL


def test_every_table_of_the_server_has_forced_policies_and_nothing_goes_round_them(server: Server) -> None:
    for which, expected in (("private", tables.private), ("published", tables.published)):
        owner = server.engine(server.fresh(f"template_{which}"))
        with owner.connect() as connection:
            assert unprotected(connection) == []
            named = set(connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars())
        owner.dispose()
        assert named == {*expected.tables, "alembic_version"}


@pytest.mark.parametrize(
    ("hole", "said"),
    [
        ("create table forgotten (id int)", "table without forced row security: forgotten"),
        ("alter table contact no force row level security", "table without forced row security: contact"),
        ("create view seen as select * from company", "view without security_invoker: seen"),
        ("create materialized view kept as select * from company", "materialised view: kept"),
        (
            "create function f() returns int language sql security definer as 'select 1'",
            "function with the rights of its owner: f",
        ),
        ("alter role sym_app bypassrls", "privileged role: sym_app"),
    ],
)
def test_the_catalogue_test_sees_each_hole(server: Server, hole: str, said: str) -> None:
    owner = server.engine(server.fresh("template_private"))
    with owner.connect() as connection:
        connection.execute(text(hole))
        assert said in unprotected(connection)
        connection.rollback()
    owner.dispose()


def test_a_login_that_no_policy_binds_is_refused(server: Server) -> None:
    with pytest.raises(StoreError, match="postgres"):
        Postgresql(server.url("template_private", "postgres"), policies.PRIVATE)


def test_a_login_without_a_role_and_a_role_without_a_principal_read_nothing(postgresql_world: World, server: Server) -> None:
    url = postgresql_world.store.private._engine.url
    bare = engine(url.render_as_string(hide_password=False))
    with bare.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(select(ROWS))
    for role in ("sym_app", "sym_accounts", "sym_write"):
        with bare.begin() as connection:
            connection.execute(text(f"set local role {role}"))
            for one in (ROWS, tables.company, tables.contact):
                named = [one.c[name] for name in policies.open_columns(one, "")]
                assert connection.execute(select(*named)).all() == []
    bare.dispose()


def test_the_rights_of_a_request_live_through_its_commits_and_end_with_it(postgresql_world: World) -> None:
    world = postgresql_world
    with world.store.open(world.member(0)) as session:
        assert len(session.rows("declared_row")) == 1
        session.connection.commit()
        assert len(session.rows("declared_row")) == 1
        session.connection.rollback()
        assert [row["company_id"] for row in session.rows("declared_row")] == [world.companies[0]]


def pooled_sessions(world: World, threads: int, rounds: int) -> int:
    """Foreign rows that were read by sessions of random principals over a small pool, with commits, rollbacks, exceptions."""
    leaks: list[Any] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(rounds):
            which = chance.randrange(3)
            try:
                with world.store.open(world.member(which)) as session:
                    for _ in range(chance.randrange(1, 3)):
                        found = session.rows("declared_row")
                        leaks.extend(row for row in found if row["company_id"] != world.companies[which])
                        if len(found) != 1:
                            leaks.append(found)
                        chance.choice([lambda: None, session.connection.commit, session.connection.rollback])()
                    if chance.random() < 0.2:
                        {}[which]
            except KeyError:
                pass

    crew = [threading.Thread(target=work, args=(seed,)) for seed in range(threads)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return len(leaks)


def test_sessions_over_a_pool_never_read_what_the_one_before_could(postgresql_world: World, sqlite_world: World) -> None:
    assert pooled_sessions(postgresql_world, 4, 25) == 0
    assert pooled_sessions(sqlite_world, 4, 25) == 0


@pytest.mark.long
def test_2400_sessions_over_a_pool_never_read_what_the_one_before_could(postgresql_world: World, sqlite_world: World) -> None:
    assert pooled_sessions(sqlite_world, 16, 150) == 0
    small = Postgresql(postgresql_world.store.private._engine.url.render_as_string(False), policies.PRIVATE, pool_size=4)
    world = World(**{**vars(postgresql_world), "store": Store(small, postgresql_world.store.published)})
    assert pooled_sessions(world, 16, 150) == 0
    small.close()


def test_the_connection_of_commands_of_a_member_cannot_write_a_rivals_row(postgresql_world: World) -> None:
    """The second wall: were a command to forget the matrix, the policies of its connection would refuse."""
    world = postgresql_world
    with world.store.writing(world.member(0)) as connection:
        assert connection.execute(update(ROWS).values(evidence="x").where(ROWS.c.id == world.rows[1])).rowcount == 0
    foreign = {"territory_id": world.territories[0], "company_id": world.companies[1], "table_name": "needs", "row_key": "X"}
    with pytest.raises(DBAPIError, match="row-level security"), world.store.writing(world.member(0)) as connection:
        connection.execute(insert(ROWS).values(cells={}, **foreign))
    with pytest.raises(DBAPIError, match="row-level security"), world.store.writing(world.member(0)) as connection:
        connection.execute(update(ROWS).values(company_id=world.companies[1]).where(ROWS.c.id == world.rows[0]))
    with pytest.raises(DBAPIError, match="permission denied"), world.store.writing(world.member(0)) as connection:
        connection.execute(delete(tables.audit))


def test_no_secret_of_an_account_leaves_but_to_the_log_in(world: World) -> None:
    accounts = Principal.accounts()
    user_id = tables.new_id()
    with world.store.writing(accounts) as connection:
        connection.execute(insert(tables.user).values(id=user_id, email="a@example.org", password_hash="HASH"))
    with world.store.open(accounts) as session:
        assert session.one("user", id=user_id)["password_hash"] == "HASH"
        assert session.rows("declared_row") == session.rows("company") == session.rows("contact") == []
    member = Principal(user_id=user_id, role="reader", territory_id=world.territories[0], company_ids=(world.companies[0],))
    with world.store.open(member) as session:
        assert "password_hash" not in session.one("user")
        assert session.one("user")["email"] == "a@example.org"
