"""Who reads which rows, as data: the views of SQLite and the row policies of PostgreSQL are both written from it.

A condition speaks of the columns of one row only, and of what the principal is: ``{own}`` (the row belongs to one of its
companies), ``{territory}`` (to its territory), ``{self}`` (to the person). A role that a table does not name reads nothing of
it, and a table that is not named is read by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table

from symbiosis.store.principal import MEMBER_ROLES, Principal
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
_OWN_AND_ENGINE = _policy(members="{own}", facilitator="{territory}", engine="{territory}")

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
    "match_side": _OWN_AND_ENGINE,
    "consent": _OWN,
    "match_contact": _OWN,
    "workshop": _policy(facilitator="{territory}"),
    "scenario": _policy(facilitator="{territory}"),
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
PUBLISHED: Mapping[str, Policy] = {"publication": _LEVELS, "publication_cell": _LEVELS}

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
        ``1 = 0`` where the policy does not name the role.
    """
    found = policy.get(principal.role)
    return "1 = 0" if found is None else _filled(found, principal)


def _filled(text: str, principal: Principal) -> str:
    companies = ", ".join(f"'{one}'" for one in principal.company_ids) or "null"
    literals = {
        # An empty id is no id: it must not equal anything, not even an empty cell.
        "territory_id": f"'{principal.territory_id}'" if principal.territory_id else "null",
        "user_id": f"'{principal.user_id}'" if principal.user_id else "null",
        "company_ids": companies,
    }
    return text.format(
        **literals,
        own=f"(company_id in ({companies}) and territory_id = {literals['territory_id']})",
        territory=f"territory_id = {literals['territory_id']}",
        self=f"user_id = {literals['user_id']}",
    )
