"""PostgreSQL: row policies that are forced on everybody, and transactions that say in whose name they run.

The address of the server logs in as somebody who owns nothing and reads nothing. Each transaction takes one of three roles
(`sym_app` reads, `sym_accounts` reads what the log-in needs, `sym_write` runs commands) and tells the policies who acts, both
for itself only: what comes back to the pool is nobody, and nobody reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from symbiosis.errors import StoreError
from symbiosis.store import policies
from symbiosis.store.policies import Policy
from symbiosis.store.principal import Principal

ROLES = ("sym_app", "sym_accounts", "sym_write")
READ_TIMEOUT_S, WRITE_TIMEOUT_S = 30, 30

# Commands take turns, as they do on SQLite: the chain of the trace has one end.
_TURN = 5_351_776

# Whatever the server is set to: what it has acknowledged it has kept.
_KEPT = (
    ", set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'on'"
    " else current_setting('synchronous_commit') end, true)"
)


class Postgresql:
    """One database of a server.

    Parameters
    ----------
    url
        ``postgresql://login@host/database`` of a login that is granted :data:`ROLES` and nothing else.
    of_tables
        Policies of its tables.
    pool_size
        Connections that are kept.
    """

    warning = ""

    def __init__(self, url: str, of_tables: Mapping[str, Policy], *, pool_size: int = 5) -> None:
        self.policies = of_tables
        self._engine = engine(url, pool_size=pool_size)
        event.listen(self._engine, "begin", _name_principal)
        with self._engine.execution_options(role="", principal=None).begin() as connection:
            login = unsafe_login(connection)
        if login:
            self.close()
            raise StoreError(f"the server must not log in to PostgreSQL as {login}, whom no policy binds")

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
            Each of its transactions runs in the name of the principal.
        """
        role = "sym_accounts" if principal.role == "accounts" else "sym_app"
        with self._engine.execution_options(role=role, principal=principal).connect() as connection:
            yield connection

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
        with self._engine.execution_options(role="sym_write", principal=principal).begin() as connection:
            yield connection

    def close(self) -> None:
        """Gives the connections back to the server."""
        self._engine.dispose()


def engine(url: str, **options: Any) -> Engine:
    """An engine on psycopg.

    Parameters
    ----------
    url
        With or without the name of a driver.
    **options
        Of `create_engine`.
    """
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), **options)


def _name_principal(connection: Connection) -> None:
    options = connection.get_execution_options()
    if "principal" not in options:
        raise StoreError("no session without a principal")
    principal: Principal | None = options["principal"]
    if principal is None:  # the check of the login, which reads the catalogue of the server only
        return
    settings = {
        "role": options["role"],
        "symbiosis.role": principal.role,
        "symbiosis.user_id": principal.user_id,
        "symbiosis.territory_id": principal.territory_id,
        "symbiosis.company_ids": ",".join(principal.company_ids),
    }
    is_reading = options["role"] != "sym_write"
    settings["transaction_read_only"] = "on" if is_reading else "off"
    settings["statement_timeout"] = f"{READ_TIMEOUT_S}s" if is_reading else f"{2 * WRITE_TIMEOUT_S}s"
    settings["lock_timeout"] = f"{WRITE_TIMEOUT_S}s"
    calls = ", ".join(f"set_config('{name}', :v{i}, true)" for i, name in enumerate(settings))
    kept = "" if is_reading else _KEPT
    connection.execute(text(f"select {calls}{kept}"), {f"v{i}": value for i, value in enumerate(settings.values())})
    if not is_reading:
        connection.execute(text("select pg_advisory_xact_lock(:turn)"), {"turn": _TURN})


def unsafe_login(connection: Connection) -> str:
    """Who is logged in, where no row policy would bind them; empty for a safe login.

    Parameters
    ----------
    connection
        Any.
    """
    found = connection.execute(
        text("select session_user from pg_roles where rolname = session_user and (rolsuper or rolbypassrls)")
    ).scalar_one_or_none()
    return found or ""


def protect(connection: Connection, of_tables: Mapping[str, Policy], *, login: str = "") -> None:
    """Writes roles, grants and row policies anew, whatever stood; within the transaction of the migration.

    Parameters
    ----------
    connection
        Of the owner of the tables.
    of_tables
        Policies of the database.
    login
        Who is granted the roles.
    """
    quote = connection.dialect.identifier_preparer.quote
    for role in ROLES:
        if not connection.execute(text("select 1 from pg_roles where rolname = :role"), {"role": role}).scalar():
            connection.execute(text(f"create role {role} nologin nosuperuser nobypassrls noinherit"))
    if login:
        connection.execute(text(f"grant {', '.join(ROLES)} to {quote(login)} with inherit false, set true"))
    connection.execute(text("revoke create on schema public from public"))
    connection.execute(text(f"grant usage on schema public to {', '.join(ROLES)}"))
    for table, policy in connection.execute(text("select tablename, policyname from pg_policies where schemaname = 'public'")):
        connection.execute(text(f"drop policy {quote(policy)} on {quote(table)}"))
    for name, table in policies.tables_of(of_tables).items():
        known, columns = quote(name), ", ".join(map(quote, policies.open_columns(table, "")))
        read = policies.condition_of_settings(of_tables.get(name, {}))
        written = policies.condition_of_settings(policies.COMMANDS.get(name, {}))
        rights = "select, insert" if name in policies.APPEND_ONLY else "select, insert, update, delete"
        for order in (
            f"alter table {known} enable row level security",
            f"alter table {known} force row level security",
            f"revoke all on {known} from public, {', '.join(ROLES)}",
            f"grant select ({columns}) on {known} to sym_app",
            f"grant select on {known} to sym_accounts",
            f"grant {rights} on {known} to sym_write",
            f"create policy reading on {known} for select to sym_app, sym_accounts using ({read})",
            f"create policy commands on {known} to sym_write using ({written})",
        ):
            connection.exec_driver_sql(order)
    # The version of the schema is nobody's secret, but no table may stand without a policy; its owner writes it.
    owner = "select tableowner from pg_tables where schemaname = 'public' and tablename = 'alembic_version'"
    for order in (
        "alter table alembic_version enable row level security",
        "alter table alembic_version force row level security",
        f"grant select on alembic_version to {', '.join(ROLES)}",
        "create policy reading on alembic_version for select using (true)",
        f"create policy migrations on alembic_version using (current_user = ({owner}))",
    ):
        connection.exec_driver_sql(order)


def unprotected(connection: Connection) -> list[str]:
    """What in the catalogue of the server would let rows through: the test of the test.

    Parameters
    ----------
    connection
        Of the owner.

    Returns
    -------
    list of str
        A sentence for each table without forced policies, view without the rights of its reader, materialised view,
        function with the rights of its owner, or privileged role; empty when all is well.
    """
    asked = {
        "table without forced row security": "select relname from pg_class where relkind in ('r', 'p') "
        "and relnamespace = 'public'::regnamespace and not (relrowsecurity and relforcerowsecurity)",
        "table without a policy": "select relname from pg_class c where relkind in ('r', 'p') "
        "and relnamespace = 'public'::regnamespace and not exists (select 1 from pg_policy where polrelid = c.oid)",
        "view without security_invoker": "select relname from pg_class where relkind = 'v' "
        "and relnamespace = 'public'::regnamespace and not coalesce(reloptions @> array['security_invoker=true'], false)",
        "materialised view": "select relname from pg_class where relkind = 'm' and relnamespace = 'public'::regnamespace",
        "function with the rights of its owner": "select proname from pg_proc where prosecdef "
        "and pronamespace = 'public'::regnamespace",
        "privileged role": "select rolname from pg_roles where rolname in ('sym_app', 'sym_accounts', 'sym_write') "
        "and (rolsuper or rolbypassrls or rolcanlogin or rolcreaterole or rolcreatedb)",
        "table that a role of the server owns": "select relname from pg_class join pg_roles r on r.oid = relowner "
        "where relnamespace = 'public'::regnamespace and rolname in ('sym_app', 'sym_accounts', 'sym_write')",
    }
    return [f"{what}: {name}" for what, query in asked.items() for name in connection.execute(text(query)).scalars()]
