"""Stories: what became of a project, told to everybody in words that every company which took part has accepted first.

A company answers to the very words and figures; whoever changes them asks again. It may accept without being named: then its
name may not stand in the text either. Nothing appears before all have accepted, and what one of them takes back is gone from
the published database. The figures are those measured in the follow-up, and no others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, update

from symbiosis.errors import DisclosureError, NotFound, StoreError
from symbiosis.store import tables
from symbiosis.store.commands import Change, Demand, run
from symbiosis.store.database import Store
from symbiosis.store.permissions import Resource
from symbiosis.store.principal import Principal
from symbiosis.store.published import PUBLIC, show_apart

LONGEST = 4000
"""Characters of a story."""

ACCEPTED = ("named", "unnamed")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveStory:
    """A project that is done is told; the companies that took part are asked again.

    Attributes
    ----------
    project_id
        Which.
    title, text, source
        In the facilitator's words; where the figures come from.
    version
        As it was read; 0 for a project that was not told yet.
    """

    project_id: str
    title: str
    text: str
    source: str
    version: int = 0

    def demands(self, change: Change) -> Sequence[Demand]:
        """Whoever follows the project."""
        found = change.find(tables.project, id=self.project_id)
        if not found:
            raise NotFound("project")
        return [("write", Resource(kind="project", territory_id=found[0]["territory_id"]))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes it and asks the companies; tells its id and version."""
        project = change.one(tables.project, id=self.project_id)
        if project["stage"] != "done" or not project["company_ids"]:
            raise StoreError("a story tells a project that is done, with the companies that took part")
        words = {name: getattr(self, name).strip() for name in ("title", "text", "source")}
        if not all(words.values()) or len(words["text"]) > LONGEST:
            raise StoreError("a story has a title, a text and a source")
        told = {**words, "figures": dict(project["realised"])}
        known = change.find(tables.story, project_id=self.project_id)
        if known:
            if known[0]["publication_id"]:
                raise StoreError("a published story is withdrawn before it is changed")
            story_id = known[0]["id"]
            version = change.alter(tables.story, story_id, version=self.version, updated_at=change.at, **told)
        else:
            version = 1
            story_id = change.add(
                tables.story, territory_id=project["territory_id"], project_id=self.project_id, created_at=change.at,
                updated_at=change.at, **told,
            )  # fmt: skip
        sides = tables.story_side
        change.connection.execute(delete(sides).where(sides.c.story_id == story_id))
        for company_id in project["company_ids"]:
            change.add(
                sides, territory_id=project["territory_id"], company_id=company_id, story_id=story_id, sheet=told,
                asked_at=change.at,
            )  # fmt: skip
        return {"id": story_id, "version": version}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerStory:
    """A company answers; what :func:`answer_story` runs.

    Attributes
    ----------
    story_id, company_id
        Who answers what.
    decision
        ``named``, ``unnamed`` or ``refused``; each may be changed later.
    asked_at
        Of the words that it has read.
    is_by_phone, trace
        The facilitator writes what she was told, by whom and when.
    """

    story_id: str
    company_id: str
    decision: str
    asked_at: str
    is_by_phone: bool = False
    trace: str = ""

    def demands(self, change: Change) -> Sequence[Demand]:
        """The company; its facilitator where it has given her a mandate."""
        return [("answer", change.of_company("story", self.company_id))]

    def apply(self, change: Change) -> dict[str, Any]:
        """Writes the answer; tells which publication may not stand any more."""
        if self.decision not in tables.STORY_ANSWERS or self.decision == "asked":
            raise StoreError(f"unknown answer {self.decision!r}")
        if change.principal.role == "facilitator" and not (self.is_by_phone and self.trace):
            raise StoreError("an answer that somebody else records says how it was given")
        side = change.one(tables.story_side, story_id=self.story_id, company_id=self.company_id, asked_at=self.asked_at)
        change.alter(
            tables.story_side, side["id"], decision=self.decision, is_by_phone=self.is_by_phone, trace=self.trace,
            recorded_by=change.principal.user_id, answered_at=change.at,
        )  # fmt: skip
        story = change.one(tables.story, id=self.story_id)
        gone = story["publication_id"] if self.decision != side["decision"] else ""
        if gone:
            change.alter(tables.story, self.story_id, publication_id="")
        return {"id": self.story_id, "gone": gone, "territory_id": story["territory_id"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class _PublishStory:
    """Binds a story to its publication. Made by :func:`publish_story` alone."""

    story_id: str
    version: int

    def demands(self, change: Change) -> Sequence[Demand]:
        story = change.one(tables.story, id=self.story_id)
        sides = change.find(tables.story_side, story_id=self.story_id)
        agreed = bool(sides) and all(side["decision"] in ACCEPTED for side in sides)
        facts = frozenset({"agreed"} if agreed else ())
        return [("publish", Resource(kind="story", territory_id=story["territory_id"], facts=facts))]

    def apply(self, change: Change) -> dict[str, Any]:
        story = change.one(tables.story, id=self.story_id)
        if story["publication_id"]:
            raise StoreError("this story is published")
        project = change.one(tables.project, id=story["project_id"])
        if dict(project["realised"]) != story["figures"]:
            raise DisclosureError("the figures were measured anew since: tell the story again, the companies are asked again")
        sides = {side["company_id"]: side["decision"] for side in change.find(tables.story_side, story_id=self.story_id)}
        names = {row["id"]: row["name"] for row in change.find(tables.company, territory_id=story["territory_id"])}
        named = sorted(names[one] for one, decision in sides.items() if decision == "named")
        others = [name for one, name in names.items() if sides.get(one) != "named"]
        betrayed = named_in(f"{story['title']} {story['text']} {story['source']}", others)
        if betrayed:
            raise DisclosureError(f"the text names who has not agreed to be named: {', '.join(betrayed)}")
        publication_id = tables.new_id()
        change.alter(tables.story, self.story_id, version=self.version, publication_id=publication_id)
        place = change.one(tables.territory, id=story["territory_id"])
        told = {name: story[name] for name in ("title", "text", "source", "figures")}
        head = {"territory_id": place["id"], "territory_name": place["name"], "title": story["title"], "tables": {}}
        who = {"named": named, "unnamed": len(sides) - len(named)}
        mark = {"is_synthetic": place["facts"].get("is_synthetic") is True}
        return {"id": publication_id, "head": head, "story": {**told, **who, **mark}}


def publish_story(store: Store, principal: Principal, story_id: str, *, version: int, key: str) -> str:
    """Show a story to everybody.

    Parameters
    ----------
    store, principal
        Where, and who publishes.
    story_id, version
        As it was read.
    key
        Of the command.

    Returns
    -------
    str
        Id of the publication.

    Raises
    ------
    NotAllowed
        If a company has not accepted it, or the principal may not.
    DisclosureError
        If the text names who has not agreed to be named, or the figures have changed since.
    """
    made = run(store, principal, _PublishStory(story_id=story_id, version=version), key=key)
    show_apart(store, principal, made["id"], {**made["head"], "story": made["story"]})
    return str(made["id"])


def answer_story(store: Store, principal: Principal, answer: AnswerStory, *, key: str) -> None:
    """A company answers; a story that stood on another answer is taken out of sight.

    Parameters
    ----------
    store, principal
        Where, and who answers.
    answer
        Of the company.
    key
        Of the command.
    """
    made = run(store, principal, answer, key=key)
    if made["gone"]:
        take_away(store, made["territory_id"], made["gone"])


def take_away(store: Store, territory_id: str, publication_id: str) -> None:
    """A story or a ballot is gone from what is published, in the name of the territory's process, which alone writes there.

    Parameters
    ----------
    store
        Where.
    territory_id, publication_id
        What.
    """
    shown = tables.publication
    with store.published.writing(Principal.engine(territory_id)) as connection:
        chosen = update(shown).where(shown.c.id == publication_id, shown.c.territory_id == territory_id)
        connection.execute(chosen.values(withdrawn_at=tables.now(), story={}, ballot={}, title=""))


def named_in(text: str, names: Sequence[str]) -> list[str]:
    """The names that a text holds, whatever their case and what stands in brackets behind them.

    Parameters
    ----------
    text
        Any.
    names
        Of companies.
    """
    words = _plain(text)
    return [name for name in names if (known := _plain(re.sub(r"\(.*?\)", "", name))) and f" {known} " in f" {words} "]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def stories(store: Store, principal: Principal) -> list[Mapping[str, Any]]:
    """Published stories that the principal may read, the newest first.

    Parameters
    ----------
    store, principal
        Where, and who reads.
    """
    with store.open_published(principal) as session:
        found = session.rows("publication", order_by=("published_at",), descending=True, withdrawn_at=None, level=PUBLIC)
    return [row for row in found if row["story"]]
