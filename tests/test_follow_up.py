"""Projects: stages with their days and reasons, whom to call, the funnel and its rates, reminders, realised and computed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.network_store import Network, network

from symbiosis import messages
from symbiosis.errors import NotAllowed, NotFound, StaleVersion, StoreError
from symbiosis.report.calendar import calendar_feed
from symbiosis.store import MoveProject, OpenProject, SaveProject, WriteNote
from symbiosis.store.projects import HIGHEST, READINESS
from symbiosis.store.tables import NOTE_KINDS, PROJECT_STAGES
from symbiosis.workspace.follow_up import (
    FollowUp,
    calls_of_the_week,
    funnel,
    read_follow_up,
    realised_against_computed,
)

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return network(tmp_path_factory.mktemp("follow-up"))


def opened(made: Network, title: str = "Palettes", **more: Any) -> str:
    command = OpenProject(territory_id=made.territory_id, title=title, noted_on="2026-11-02", **more)
    return str(made.do(command, made.facilitator)["id"])


def test_the_words_of_the_screens_cover_the_codes_of_the_store() -> None:
    assert tuple(messages.STAGES) == PROJECT_STAGES
    assert tuple(messages.CONTACT_KINDS) == NOTE_KINDS
    assert tuple(messages.READINESS) == READINESS
    assert len(messages.READINESS_LEVELS) == HIGHEST + 1


def test_a_project_moves_with_a_dated_trace_and_is_given_up_with_a_reason_only(made: Network) -> None:
    project_id = opened(made)
    move = MoveProject(project_id=project_id, version=1, stage="abandoned", noted_on="2026-11-20")
    with pytest.raises(StoreError):
        made.do(move, made.facilitator)
    made.do(replace(move, reason_code="price"), made.facilitator)
    notes = [note for note in read_follow_up(made.store, made.facilitator).notes if note["project_id"] == project_id]
    assert {(note["stage"], note["noted_on"]) for note in notes} == {("idea", "2026-11-02"), ("abandoned", "2026-11-20")}


def test_two_people_do_not_write_over_each_other(made: Network) -> None:
    project_id = opened(made)
    save = SaveProject(project_id=project_id, version=1, next_action="appeler", readiness={"legal": 2})
    assert made.do(save, made.facilitator)["version"] == 2
    with pytest.raises(StaleVersion):
        made.do(replace(save, next_action="écrire"), made.facilitator)
    with pytest.raises(StoreError):
        made.do(replace(save, version=2, readiness={"legal": 9}), made.facilitator)


def test_companies_neither_read_nor_write_the_follow_up(made: Network) -> None:
    project_id = opened(made)
    member = made.member("giver")
    found = read_follow_up(made.store, member)
    assert (found.projects, found.notes) == ([], [])
    for command in (
        OpenProject(territory_id=made.territory_id, title="x", noted_on="2026-11-02"),
        MoveProject(project_id=project_id, version=1, stage="done", noted_on="2026-11-02"),
        WriteNote(territory_id=made.territory_id, kind="call", noted_on="2026-11-02", text="x", project_id=project_id),
    ):
        with pytest.raises((NotAllowed, NotFound)):
            made.do(command, member)


def row(number: int, stage: str, **more: Any) -> dict[str, Any]:
    usual = {"id": f"{number:032x}", "title": f"Idée {number}", "stage": stage, "owner": "", "next_action": "", "due_on": "",
             "version": 1, "company_ids": [], "computed": {}, "realised": {}}  # fmt: skip
    return usual | more


def stage_note(number: int, stage: str) -> dict[str, Any]:
    return {"kind": "stage", "project_id": f"{number:032x}", "company_id": None, "stage": stage, "noted_on": "2026-01-01"}


def test_the_funnel_of_a_published_case_has_its_counts_and_rates() -> None:
    # 113 ideas of which 17 were advanced and 1 realised, as a published case counts them; most were given up.
    projects = [row(number, "abandoned") for number in range(112)] + [row(112, "done")]
    notes = [stage_note(number, "idea") for number in range(113)]
    notes += [stage_note(number, "discussion") for number in range(96, 113)]
    notes += [stage_note(112, stage) for stage in ("negotiation", "implementation", "done")]
    found = funnel(projects, notes)
    assert found["reached"].tolist() == [113, 17, 1, 1, 1]
    assert found["abandoned"].tolist() == [96, 16, 0, 0, 0]
    assert found.at["done", "of_ideas"] == pytest.approx(1 / 113)
    assert found.at["discussion", "of_previous"] == pytest.approx(17 / 113)
    assert funnel([], [])["of_ideas"].isna().all()


def test_whom_to_call_comes_from_dates_answers_and_silence() -> None:
    companies = [{"id": key, "name": key.upper()} for key in ("a", "b", "c", "d")]
    projects = [
        row(1, "idea", due_on="2026-12-01", next_action="visiter", company_ids=["a"]),
        row(2, "discussion", due_on="2026-11-10", next_action="appeler", company_ids=["b"]),
        row(3, "done", due_on="2026-11-01"), row(4, "idea", due_on="2027-03-01"),
    ]  # fmt: skip
    notes = [
        {"kind": "call", "project_id": None, "company_id": "a", "noted_on": "2026-11-20", "stage": ""},
        {"kind": "call", "project_id": None, "company_id": "d", "noted_on": "2026-02-01", "stage": ""},
        # A change of stage is no news from a company.
        {**stage_note(2, "discussion"), "noted_on": "2026-11-24"},
    ]
    match = {"id": "m", "giver_id": "a", "taker_id": "c", "sheet": {"description": "palettes"}}
    consent = {"match_id": "m", "company_id": "a", "decision": "accepted", "at": "2026-11-12T08:00:00"}
    known = FollowUp(companies=companies, projects=projects, notes=notes, matches=[match], consents=[consent])
    calls = [(call.kind, call.company, call.since) for call in calls_of_the_week(known, TODAY)]
    assert calls == [
        ("due", "B", "2026-11-10"), ("due", "A", "2026-12-01"),
        ("awaited", "C", "2026-11-12"),
        ("silent", "B", ""), ("silent", "D", "2026-02-01"),
    ]  # fmt: skip


def test_what_was_realised_stands_beside_what_was_computed() -> None:
    done = row(1, "done", computed={"quantity_t_per_yr": 100.0}, realised={"quantity_t_per_yr": 80.0, "gain_eur_per_yr": 5.0})
    found = realised_against_computed([done, row(2, "idea", computed={"quantity_t_per_yr": 1.0})])
    assert found["ratio"].tolist()[0] == pytest.approx(0.8)
    assert found["ratio"].isna().tolist() == [False, True]


def test_reminders_are_a_calendar_that_the_standard_reads() -> None:
    long = "Vérifier l'éligibilité, le quai ; et la benne\\ " * 4
    rows = [
        row(1, "idea", due_on="2026-12-31", next_action=long + "\nEND:VEVENT", owner="Animatrice"),
        row(2, "done", due_on="2026-12-01"),
    ]
    text = calendar_feed(rows, title="Réseau, fictif", stamped_at=datetime(2026, 11, 25, 8, tzinfo=UTC))
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "\n" not in "".join(lines), "every end of line is CRLF"
    unfolded = text.replace("\r\n ", "").split("\r\n")
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == 1
    assert {"DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101", "X-WR-CALNAME:Réseau\\, fictif"} <= set(unfolded)
    summary = next(line for line in unfolded if line.startswith("SUMMARY:"))
    assert "quai \\; et la benne\\\\" in summary
    assert "\\nEND:VEVENT" in summary
