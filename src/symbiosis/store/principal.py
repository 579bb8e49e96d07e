"""Who acts: a person in one role, a process, or the owner of the machine. Without a principal nothing opens."""

from __future__ import annotations

import re
from dataclasses import dataclass

MEMBER_ROLES = ("reader", "editor", "company_admin")
"""Roles within a company, each including the one before."""

ROLES = ("citizen", "planner", *MEMBER_ROLES, "facilitator", "admin", "engine", "owner")
"""Roles of the permission matrix; a person who has several acts in one at a time."""

PROCESS_ROLES = ("accounts",)
"""Processes that the matrix does not name: what they do is written in this package, and nobody asks them for it."""

PUBLISHED_ROLES = ("citizen", "planner")
"""Roles that can open the published database only."""

_ID = re.compile(r"[0-9a-f]{32}")
LOCAL_OWNER = "0" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who acts, in which role, where.

    Attributes
    ----------
    user_id
        Id of the person; of the process for ``engine``; empty for an anonymous citizen.
    role
        One of :data:`ROLES` or :data:`PROCESS_ROLES`.
    territory_id
        The one territory of the query; empty for citizens, administrators, and the owner who lists territories.
    company_ids
        The companies in whose name a member acts; never empty for a member, always empty for the others.
    rights
        Where an API token acts: the ``resource:action`` that it may use of its owner's rights; ``None`` for all of them.
    """

    user_id: str
    role: str
    territory_id: str = ""
    company_ids: tuple[str, ...] = ()
    rights: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Refuse what is not wholly stated: an empty scope never means everything."""
        if self.role not in (*ROLES, *PROCESS_ROLES):
            raise ValueError(f"unknown role {self.role!r}")
        for value in (self.user_id, self.territory_id, *self.company_ids):
            if value and not _ID.fullmatch(value):
                raise ValueError("an id is 32 hexadecimal digits")
        if not self.user_id and self.role != "citizen":
            raise ValueError(f"{self.role} without a user")
        if self.is_member != bool(self.company_ids) or "" in self.company_ids:
            raise ValueError(f"{self.role} with companies {self.company_ids}")
        if self.role in (*MEMBER_ROLES, "facilitator", "planner", "engine") and not self.territory_id:
            raise ValueError(f"{self.role} without a territory")

    @property
    def is_member(self) -> bool:
        """Whether the principal acts in the name of companies."""
        return self.role in MEMBER_ROLES

    @classmethod
    def anonymous(cls) -> Principal:
        """Whoever has not logged in: a citizen."""
        return cls(user_id="", role="citizen")

    @classmethod
    def owner(cls, territory_id: str = "") -> Principal:
        """The one person of the local mode: the facilitator of every territory of this machine, one at a time.

        Parameters
        ----------
        territory_id
            The territory at hand; empty to list or create territories.
        """
        return cls(user_id=LOCAL_OWNER, role="owner", territory_id=territory_id)

    @classmethod
    def engine(cls, territory_id: str) -> Principal:
        """The process that matches: it reads the figures of a territory, prices included, and no name of a person.

        Parameters
        ----------
        territory_id
            The territory that it matches.
        """
        return cls(user_id="e" * 32, role="engine", territory_id=territory_id)

    @classmethod
    def accounts(cls) -> Principal:
        """The log-in: it reads accounts, sessions and their secrets, and nothing that a company declares."""
        return cls(user_id="a" * 32, role="accounts")
