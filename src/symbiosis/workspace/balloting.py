"""A participatory budget from its papers to its result, the same on the page, in the file and in what is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symbiosis.decisions.ballots import Outcome, Vote, count_votes
from symbiosis.store import Principal, Store, publish_ballot


def counted_ballot(ballot: Mapping[str, Any], rule: str = "") -> Outcome | None:
    """The result of a ballot.

    Parameters
    ----------
    ballot
        A row of ``ballot``.
    rule
        Another one than its own.

    Returns
    -------
    Outcome or None
        ``None`` before there is a project and a paper.
    """
    votes = [Vote(approved=frozenset(one["approved"]), count=one["count"]) for one in ballot["papers"]]
    costs = {one["key"]: one["cost_eur"] for one in ballot["projects"]}
    if not costs or not any(vote.approved and vote.count for vote in votes):
        return None
    return count_votes(costs, votes, ballot["budget_eur"], rule or ballot["rule"])


def told_result(outcome: Outcome | None) -> dict[str, Any]:
    """A result as it is published: figures of the projects and of the whole, never a paper.

    Parameters
    ----------
    outcome
        Of :func:`counted_ballot`; nothing is told before the count.
    """
    if outcome is None:
        return {}
    return {
        "projects": outcome.projects.reset_index().to_dict("records"), "spent_eur": outcome.spent_eur,
        "share_eur": outcome.share_eur, "voters": outcome.voters, "heard": outcome.heard,
    }  # fmt: skip


def publish_counted(store: Store, principal: Principal, ballot: Mapping[str, Any], *, key: str) -> str:
    """Show a ballot to everybody, with its result where it has papers.

    Parameters
    ----------
    store, principal
        Where, and who publishes.
    ballot
        Its row, as it was read.
    key
        Of the command.

    Returns
    -------
    str
        Id of the publication.
    """
    result = told_result(counted_ballot(ballot))
    return publish_ballot(store, principal, ballot["id"], version=ballot["version"], result=result, key=key)
