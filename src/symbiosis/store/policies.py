"""Who reads which rows, as data: the views of SQLite and the row policies of PostgreSQL are both written from it.

A condition speaks of the columns of one row only, and of what the principal is: ``{own}`` (the row belongs to one of its
companies), ``{territory}`` (to its territory), ``{user_id}`` and the like (its ids). A role that a table does not name reads
nothing of it, and a table that is not named is read by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table

from symbiosis.store.principal import MEMBER_ROLES, PROCESS_ROLES, ROLES, Principal
from symbiosis.store.tables import private, published

Policy = Mapping[str, str]
"""Condition by role."""


def _policy(*, members: str = "", **roles: str) -> Policy:
    """The owner of the local mode reads what a facilitator reads, whatever was shared."""
    found = {role: members for role in MEMBER_ROLES if members} | roles
    if "facilitator" in roles:
        found.setdefault("owner", "{territory}")
    return found


_ACCOUNTS = {"accounts": "1 = 1"}
_OWN = _policy(members="{own}", facilitator="{territory}")

PRIVATE: Mapping[str, Policy] = {
    "territory": {**dict.fromkeys((*MEMBER_ROLES, "facilitator", "engine"), "id = {territory_id}"),
                  **dict.fromkeys(("accounts", "admin", "owner"), "1 = 1")},
    "company": _policy(members="id in ({company_ids}) and {territory}", facilitator="{territory}", engine="{territory}"),
    "company_card": _policy(members="{territory}", facilitator="{territory}"),
    "contact": _OWN,
    "user": {**_ACCOUNTS, **dict.fromkeys((*MEMBER_ROLES, "planner", "facilitator"), "id = {user_id}"), "admin": "1 = 1"},
    "member": {**_ACCOUNTS, **dict.fromkeys(("reader", "editor", "planner"), "user_id = {user_id}"), "company_admin": "{own}",
               "facilitator": "{territory}", "admin": "1 = 1"},
    "user_session": {**_ACCOUNTS, **dict.fromkeys((*MEMBER_ROLES, "facilitator", "admin"), "user_id = {user_id}")},
    "invitation": {**_ACCOUNTS, "company_admin": "{own}", "facilitator": "{territory}", "admin": "1 = 1"},
    "login_attempt": _ACCOUNTS,
    "api_token": {**_ACCOUNTS, **dict.fromkeys((*MEMBER_ROLES, "facilitator"), "user_id = {user_id}")},
    "charter": _OWN,
    "import_batch": _policy(members="{own} and user_id = {user_id}", facilitator="{territory} and user_id = {user_id}"),
    "import_mapping": _OWN,
    "declared_row": _policy(members="{own}", facilitator="{territory} and visibility <> 'private'",
                            engine="{territory} and visibility <> 'private'"),
    "declared_price": _policy(members="{own}", facilitator="{territory} and visibility <> 'private' and is_shared",
                              engine="{territory} and visibility <> 'private'"),
    "row_history": _policy(
        members="{own}",
        facilitator="{territory} and visibility <> 'private' and (part = 'cells' or is_shared)",
    ),
    "run": _policy(facilitator="{territory}", engine="{territory}"),
    "match": _policy(facilitator="{territory}", engine="{territory}"),
    "match_side": _OWN,
    "consent": _OWN,
    "match_contact": _OWN,
    "operation_side": _OWN,
    "workshop": _policy(facilitator="{territory}"),
    "scenario": _policy(facilitator="{territory}"),
    "project": _policy(facilitator="{territory}"),
    "project_note": _policy(facilitator="{territory}"),
    "story": _policy(facilitator="{territory}"),
    "story_side": _OWN,
    "ballot": _policy(facilitator="{territory}"),
    "zoning": _policy(facilitator="{territory}", engine="{territory}"),
    "release": {},
    "agreement": _policy(facilitator="{territory}"),
    "idempotency_key": {},
    "audit": {**dict.fromkeys(MEMBER_ROLES, "{own}"), "facilitator": "{territory} and user_id = {user_id}", "admin": "1 = 1",
              "owner": "1 = 1"},
}  # fmt: skip

_LEVELS = {
    "citizen": "level = 'public'",
    "planner": "level = 'public' or (level = 'planner' and {territory})",
    **dict.fromkeys(MEMBER_ROLES, "level = 'public' or (level = 'members' and {territory})"),
    "facilitator": "level = 'public' or {territory}",
    "admin": "level = 'public'",
    "owner": "1 = 1",
}
PUBLISHED: Mapping[str, Policy] = {
    "publication": _LEVELS, "publication_cell": _LEVELS,
    "run_request": {"planner": "{territory} and requested_by = {user_id}",
                    **dict.fromkeys(("facilitator", "engine"), "{territory}")},
}  # fmt: skip

_ANYBODY = dict.fromkeys((*ROLES, *PROCESS_ROLES), "1 = 1")
_IN_TERRITORY = _policy(members="{territory}", facilitator="{territory}", engine="{territory}")
_PREPARING = dict.fromkeys(("facilitator", "owner", "engine"), "{territory}")
_PUBLISHING = {**_PREPARING, "admin": "1 = 1"}
_ACCOUNTS_ONLY = {"accounts": "1 = 1", "admin": "1 = 1"}
_ACCOUNTS_AND_ADMIN = {"accounts": "1 = 1", "admin": "1 = 1", "company_admin": "{own}", "facilitator": "{territory}"}

COMMANDS: Mapping[str, Policy] = {
    **dict.fromkeys(("company_card", "charter", "import_batch", "import_mapping"), _OWN),
    **dict.fromkeys(("declared_row", "declared_price", "row_history"), _OWN),
    # A decision of one company opens the contacts of both: these tables are written across the two.
    **dict.fromkeys(("company", "contact", "run", "match", "match_side", "consent", "match_contact", "operation_side", "story",
                     "story_side"),
                    _IN_TERRITORY),
    **dict.fromkeys(("workshop", "scenario", "project", "project_note", "ballot"), _policy(facilitator="{territory}")),
    **dict.fromkeys(("member", "invitation"), _ACCOUNTS_AND_ADMIN),
    **dict.fromkeys(("user", "user_session", "login_attempt", "api_token"), _ACCOUNTS_ONLY),
    "territory": {**dict.fromkeys((*MEMBER_ROLES, "facilitator", "engine"), "id = {territory_id}"),
                  **dict.fromkeys(("accounts", "admin", "owner"), "1 = 1")},
    **dict.fromkeys(("publication", "publication_cell"), _PUBLISHING),
    **dict.fromkeys(("zoning", "release", "agreement"), _PREPARING),
    "run_request": {"planner": "{territory} and requested_by = {user_id}", "engine": "{territory}"},
    "idempotency_key": dict.fromkeys((*ROLES, *PROCESS_ROLES), "user_id = {user_id}"),
    "audit": _ANYBODY,
}  # fmt: skip
"""What the connection of commands reaches on PostgreSQL, in the name of whom: the second wall, behind the permission matrix."""

APPEND_ONLY = ("audit", "idempotency_key")
"""Tables that commands add to, and never change."""

CONFIDENTIAL = ("contact", "declared_row", "declared_price", "row_history")
"""Tables of which every reading by somebody from outside the company is written to the trace that it reads."""


def tables_of(policies: Mapping[str, Policy]) -> Mapping[str, Table]:
    """The tables that a set of policies speaks of, which are all of its database.

    Parameters
    ----------
    policies
        :data:`PRIVATE` or :data:`PUBLISHED`.
    """
    return (private if policies is PRIVATE else published).tables


def open_columns(table: Table, role: str) -> tuple[str, ...]:
    """Columns that a role may read; secrets are for the log-in alone.

    Parameters
    ----------
    table
        One of either database.
    role
        Who reads.
    """
    return tuple(column.name for column in table.columns if role == "accounts" or not column.info.get("secret"))


def condition(policy: Policy, principal: Principal) -> str:
    """The rows of a table that a principal reads, as an SQL condition with literals.

    Parameters
    ----------
    policy
        Of the table.
    principal
        Who reads; its ids are checked to be hexadecimal when it is made.

    Returns
    -------
    str
        ``(1 = 0)`` where the policy does not name the role.
    """
    found = policy.get(principal.role)
    if found is None:
        return "(1 = 0)"
    return _filled(
        found,
        # An empty id is no id: it must not equal anything, not even an empty cell.
        territory_id=f"'{principal.territory_id}'" if principal.territory_id else "null",
        user_id=f"'{principal.user_id}'" if principal.user_id else "null",
        company_ids=", ".join(f"'{one}'" for one in principal.company_ids) or "null",
    )


def condition_of_settings(policy: Policy) -> str:
    """The rows of a table that whoever the settings of the transaction name reads; nobody where they name none.

    Parameters
    ----------
    policy
        Of the table.

    Returns
    -------
    str
        An SQL condition of PostgreSQL.
    """
    cases = [
        f"when '{role}' then "
        + _filled(
            text,
            territory_id=_setting("territory_id"),
            user_id=_setting("user_id"),
            company_ids=f"select unnest(string_to_array({_setting('company_ids')}, ','))",
        )
        for role, text in policy.items()
    ]
    return f"case {_setting('role')} {' '.join(cases)} else false end" if cases else "false"


def _setting(name: str) -> str:
    return f"nullif(current_setting('symbiosis.{name}', true), '')"


def _filled(text: str, *, territory_id: str, user_id: str, company_ids: str) -> str:
    territory = f"territory_id = {territory_id}"
    own = f"company_id in ({company_ids}) and {territory}"
    values = {"territory_id": territory_id, "user_id": user_id, "company_ids": company_ids}
    return f"({text.format(**values, territory=f'({territory})', own=f'({own})')})"
