"""Ballots of a participatory budget: projects that need public money, and the papers of those who chose between them.

A paper holds what was ticked and nothing of who ticked it; papers that say the same stand together with their count. What
everybody reads of a ballot is its list and its result: it appears when the companies of every project on it have accepted its
match, and when no company is named.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symbiosis.errors import DisclosureError, StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand, run
from symbiosis.store.database import Store
from symbiosis.store.permissions import Resource
from symbiosis.store.principal import Principal
from symbiosis.store.published import show_apart
from symbiosis.store.stories import named_in, take_away

MOST_PROJECTS, MOST_PAPERS, LONGEST = 200, 20_000, 600
"""Of a ballot: projects, kinds of papers, characters of what is said of a project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveBallot:
    """A ballot is prepared, or papers are entered.

    Attributes
    ----------
    territory_id
        Of which territory.
    title, budget_eur, rule
        What it is called, how much there is, how it is counted.
    projects
        In the order of the paper: `key`, `title`, `text`, `cost_eur`, and `project_id` of one that is followed.
    papers
        `approved` (keys) and `count`.
    ballot_id, version
        The one that was read; empty and 0 for a new one.
    """

    territory_id: str
    title: str
    budget_eur: float
    rule: str
    projects: tuple[Mapping[str, Any], ...] = ()
    papers: tuple[Mapping[str, Any], ...] = ()
    ballot_id: str = ""
    version: int = 0

    def demands(self, change: Change) -> Sequence[Demand]:
        """The facilitator of the territory."""
        return [("write", Resource(kind="ballot", territory_id=self.territory_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it; tells its id and version."""
        self._check(change)
        values = {
            "title": self.title.strip(), "budget_eur": self.budget_eur, "rule": self.rule, "updated_at": change.at,
            "projects": [dict(one) for one in self.projects], "papers": [dict(one) for one in self.papers],
        }  # fmt: skip
        if self.ballot_id:
            change.one(tables.ballot, id=self.ballot_id, territory_id=self.territory_id, is_deleted=False)
            return {
                "id": self.ballot_id,
                "version": change.alter(tables.ballot, self.ballot_id, version=self.version, **values),
            }
        change.one(tables.territory, id=self.territory_id)
        return {"id": change.add(tables.ballot, territory_id=self.territory_id, created_at=change.at, **values), "version": 1}

    def _check(self, change: Change) -> None:
        keys = [str(one["key"]) for one in self.projects]
        if not self.title.strip() or not _is_amount(self.budget_eur):
            raise StoreError("a ballot has a title and a budget")
        if len(set(keys)) < len(keys) or len(keys) > MOST_PROJECTS or len(self.papers) > MOST_PAPERS:
            raise StoreError("a ballot names each project once")
        for one in self.projects:
            if not one["title"].strip() or not _is_amount(one["cost_eur"]) or len(one["text"]) > LONGEST:
                raise StoreError("a project on a ballot has a title and a cost")
            if one.get("project_id"):
                change.one(tables.project, id=one["project_id"], territory_id=self.territory_id)
        for paper in self.papers:
            if not set(paper["approved"]) <= set(keys) or not isinstance(paper["count"], int) or paper["count"] < 0:
                raise StoreError("a paper ticks what stands on the ballot")


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and 0 < value < math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class _PublishBallot:
    """Binds a ballot to its publication. Made by :func:`publish_ballot` alone."""

    ballot_id: str
    version: int

    def demands(self, change: Change) -> Sequence[Demand]:
        ballot = change.one(tables.ballot, id=self.ballot_id, is_deleted=False)
        followed = [one["project_id"] for one in ballot["projects"] if one.get("project_id")]
        projects = change.find(tables.project, id=followed) if followed else []
        agreed = bool(ballot["projects"]) and all(_have_accepted(change, project) for project in projects)
        facts = frozenset({"agreed"} if agreed else ())
        return [("publish", Resource(kind="ballot", territory_id=ballot["territory_id"], facts=facts))]

    def apply(self, change: Change) -> dict[str, Any]:
        ballot = change.one(tables.ballot, id=self.ballot_id)
        place = change.one(tables.territory, id=ballot["territory_id"])
        names = [row["name"] for row in change.find(tables.company, territory_id=place["id"])]
        said = [ballot["title"], *(f"{one['title']} {one['text']}" for one in ballot["projects"])]
        betrayed = named_in(" \n ".join(said), names)
        if betrayed:
            raise DisclosureError(f"the ballot names a company: {', '.join(betrayed)}")
        publication_id = tables.new_id()
        change.alter(tables.ballot, self.ballot_id, version=self.version, publication_id=publication_id)
        head = {"territory_id": place["id"], "territory_name": place["name"], "title": ballot["title"], "tables": {}}
        told = [{name: one[name] for name in ("key", "title", "text", "cost_eur")} for one in ballot["projects"]]
        shown = {"budget_eur": ballot["budget_eur"], "rule": ballot["rule"], "projects": told,
                 "is_synthetic": place["facts"].get("is_synthetic") is True}  # fmt: skip
        return {"id": publication_id, "head": head, "ballot": shown, "gone": ballot["publication_id"]}


def _have_accepted(change: Change, project: Mapping[str, Any]) -> bool:
    """Whether the last word of every company of a project on its match is yes."""
    if not project["company_ids"]:
        return True
    if not project["match_id"]:
        return False
    last = {
        one["company_id"]: one["decision"]
        for one in sorted(change.find(tables.consent, match_id=project["match_id"]), key=lambda one: one["at"])
    }  # fmt: skip
    return all(last.get(company_id) == "accepted" for company_id in project["company_ids"])


def publish_ballot(
    store: Store, principal: Principal, ballot_id: str, *, version: int, result: Mapping[str, Any], key: str
) -> str:
    """Show a ballot to everybody, in the place of what was shown of it before.

    Parameters
    ----------
    store, principal
        Where, and who publishes.
    ballot_id, version
        As it was read.
    result
        What the papers of this version came to; empty before the count.
    key
        Of the command.

    Returns
    -------
    str
        Id of the publication.

    Raises
    ------
    NotAllowed
        If a company of a project has not accepted it, or the principal may not.
    DisclosureError
        If the ballot names a company.
    """
    made = run(store, principal, _PublishBallot(ballot_id=ballot_id, version=version), key=key)
    show_apart(store, principal, made["id"], {**made["head"], "ballot": {**made["ballot"], "result": dict(result)}})
    if made["gone"]:
        take_away(store, made["head"]["territory_id"], made["gone"])
    return str(made["id"])


def ballots(store: Store, principal: Principal) -> list[Mapping[str, Any]]:
    """Published ballots that the principal may read, the newest first.

    Parameters
    ----------
    store, principal
        Where, and who reads.
    """
    with store.open_published(principal) as session:
        found = session.rows("publication", order_by=("published_at",), descending=True, withdrawn_at=None)
    return [row for row in found if row["ballot"]]
