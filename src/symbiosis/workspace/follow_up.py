"""What a facilitator does next: whom to call this week, how far the ideas get, what came of what was computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from symbiosis.store import Principal, Store
from symbiosis.store.tables import PROJECT_STAGES

CLOSED = ("done", "abandoned")
STEPS = tuple(stage for stage in PROJECT_STAGES if stage != "abandoned")
"""Stages that a project climbs one after the other."""

SILENCE = timedelta(days=90)
"""A company from which nothing was heard for so long is called."""

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody to call this week.

    Attributes
    ----------
    kind
        ``due`` (an action of a project falls), ``awaited`` (one side has accepted, this company has not answered), ``silent``.
    since
        ISO date: when it was due, was asked, or when something was heard for the last time; empty for never.
    company_id, company
        Whom; empty for an action without a company.
    project_id, about
        What about.
    """

    kind: str
    since: str
    company_id: str = ""
    company: str = ""
    project_id: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What the store knows of the follow-up of one territory; rows as the store gives them.

    Attributes
    ----------
    companies, projects, notes, matches, consents
        Rows of the tables.
    """

    companies: Sequence[Mapping[str, Any]]
    projects: Sequence[Mapping[str, Any]]
    notes: Sequence[Mapping[str, Any]]
    matches: Sequence[Mapping[str, Any]]
    consents: Sequence[Mapping[str, Any]]

    @property
    def names(self) -> dict[str, str]:
        """Name of each company by its id."""
        return {str(row["id"]): str(row["name"]) for row in self.companies}


def read_follow_up(store: Store, principal: Principal) -> FollowUp:
    """Everything that the facilitator follows.

    Parameters
    ----------
    store, principal
        Who reads.

    Returns
    -------
    FollowUp
    """
    with store.open(principal) as session:
        return FollowUp(
            companies=session.rows("company", order_by=("name",)),
            projects=session.rows("project", order_by=("created_at",)),
            notes=session.rows("project_note", order_by=("noted_on", "created_at"), descending=True),
            matches=session.rows("match"),
            consents=session.rows("consent", order_by=("at",)),
        )


def calls_of_the_week(known: FollowUp, today: date) -> list[Call]:
    """Whom to call: actions that fall within the week or are late, answers awaited, companies long silent.

    Parameters
    ----------
    known
        What the store knows.
    today
        The day.

    Returns
    -------
    list of Call
        In this order, the oldest of each first.
    """
    until = (today + WEEK).isoformat()
    due = [
        Call(kind="due", since=row["due_on"], project_id=row["id"],
             about=" : ".join(filter(None, (row["title"], row["next_action"]))),
             company=", ".join(known.names[one] for one in row["company_ids"] if one in known.names))
        for row in known.projects
        if row["stage"] not in CLOSED and row["due_on"] and row["due_on"] <= until
    ]  # fmt: skip
    return [*sorted(due, key=lambda one: one.since), *_awaited(known), *_silent(known, today)]


def _awaited(known: FollowUp) -> list[Call]:
    said: dict[tuple[str, str], Mapping[str, Any]] = {(row["match_id"], row["company_id"]): row for row in known.consents}
    found = []
    for match in known.matches:
        sides = (match["giver_id"], match["taker_id"])
        for own, other in (sides, sides[::-1]):
            accepted = said.get((match["id"], other))
            if accepted is not None and accepted["decision"] == "accepted" and (match["id"], own) not in said:
                about = str(match["sheet"].get("description", ""))
                call = Call(
                    kind="awaited", since=accepted["at"][:10], company_id=own, company=known.names.get(own, ""), about=about
                )
                found.append(call)
    return sorted(found, key=lambda one: (one.since, one.company))


def _silent(known: FollowUp, today: date) -> list[Call]:
    heard: dict[str, str] = {}
    of_project = {row["id"]: row["company_ids"] for row in known.projects}
    for note in known.notes:
        # That a project was moved on the board says nothing of its companies.
        if note["kind"] == "stage":
            continue
        for company_id in filter(None, (note["company_id"], *of_project.get(note["project_id"], ()))):
            heard[company_id] = max(heard.get(company_id, ""), note["noted_on"])
    limit = (today - SILENCE).isoformat()
    taking_part = {one for row in known.projects if row["stage"] not in CLOSED for one in row["company_ids"]}
    found = [
        Call(kind="silent", since=heard.get(company_id, ""), company_id=company_id, company=known.names[company_id])
        for company_id in sorted(taking_part | set(heard))
        if company_id in known.names and heard.get(company_id, "") < limit
    ]
    return sorted(found, key=lambda one: (one.since, one.company))


def funnel(projects: Iterable[Mapping[str, Any]], notes: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """How many projects have reached each stage, whatever became of them since.

    Parameters
    ----------
    projects, notes
        Rows of the store.

    Returns
    -------
    pandas.DataFrame
        By stage of :data:`STEPS`: `reached`, `now` (that stand there), `of_previous` and `of_ideas` as shares, `abandoned`
        (that reached this stage last and were given up).
    """
    place = {stage: number for number, stage in enumerate(STEPS)}
    highest: dict[str, int] = {}
    for note in notes:
        if note["kind"] == "stage" and note["stage"] in place and note["project_id"]:
            highest[note["project_id"]] = max(highest.get(note["project_id"], 0), place[note["stage"]])
    listed = list(projects)
    top = pd.Series([max(highest.get(row["id"], 0), place.get(row["stage"], 0)) for row in listed], dtype="int64")
    stage = pd.Series([row["stage"] for row in listed], dtype="object")
    reached = pd.Series([int((top >= number).sum()) for number in range(len(STEPS))], index=pd.Index(STEPS, name="stage"))
    return pd.DataFrame({
        "reached": reached,
        "now": [int(stage.eq(name).sum()) for name in STEPS],
        "abandoned": [int((stage.eq("abandoned") & top.eq(number)).sum()) for number in range(len(STEPS))],
        "of_previous": reached / reached.shift().where(lambda before: before > 0),
        "of_ideas": reached / (int(reached.iloc[0]) or float("nan")),
    })  # fmt: skip


def realised_against_computed(projects: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """What was measured of the projects that are realised, beside what was computed when they were taken up.

    Parameters
    ----------
    projects
        Rows of the store.

    Returns
    -------
    pandas.DataFrame
        One row per project and indicator: `title`, `indicator`, `computed`, `realised`, `ratio`; nothing is put where nothing
        was measured.
    """
    rows = [
        {"title": row["title"], "indicator": name, "computed": row["computed"].get(name), "realised": value}
        for row in projects
        if row["stage"] == "done"
        for name, value in row["realised"].items()
    ]
    found = pd.DataFrame(rows, columns=["title", "indicator", "computed", "realised"])
    found[["computed", "realised"]] = found[["computed", "realised"]].astype(float)
    return found.assign(ratio=found["realised"] / found["computed"].where(found["computed"] != 0))
