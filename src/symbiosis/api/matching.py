"""Routes about runs, matches and consents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request

from symbiosis.api.caller import Calling, Key, needs
from symbiosis.api.declaring import RowId, read
from symbiosis.api.forms import Decision, NewRun, Rows
from symbiosis.api.problems import TooMany
from symbiosis.scenario import Scenario
from symbiosis.store import Decide, QueueRun, run
from symbiosis.workspace.running import Runner

router = APIRouter()
RUNS_A_DAY = 20


@router.get("/sides", **needs("match_side", "read"))
def sides(caller: Calling) -> Rows:
    """Matches of the companies of the caller, their own side only."""
    return read(caller, "match_side", ("match_id", "company_id", "sheet", "partner_class", "created_at", "is_superseded"))


@router.get("/counterparts", **needs("counterpart", "read"))
def counterparts(caller: Calling) -> Rows:
    """Who the other side is, of the matches that both sides have accepted."""
    columns = ("match_id", "company_id", "other_company_id", "other_name", "contact_name", "contact_function", "contact_email",
               "contact_phone", "opened_at")  # fmt: skip
    return read(caller, "match_contact", columns)


@router.get("/consents", **needs("consent", "read"))
def consents(caller: Calling) -> Rows:
    """What the companies of the caller have decided."""
    return read(caller, "consent", ("match_id", "company_id", "decision", "reason_code", "is_by_phone", "trace", "at"))


@router.post("/matches/{row_id}/decisions", status_code=201, **needs("consent", "write"))
def decide(caller: Calling, row_id: RowId, new: Decision, key: Key) -> dict[str, Any]:
    """A company accepts a match, refuses it, or withdraws."""
    return run(caller.store, caller.principal, Decide(match_id=row_id, **new.model_dump()), key=key)


@router.get("/matches", **needs("match", "read"))
def matches(caller: Calling) -> Rows:
    """Whole matches of the territory."""
    return read(caller, "match", _MATCH)


@router.post("/runs", status_code=202, **needs("run", "launch"))
def launch(request: Request, caller: Calling, new: NewRun, key: Key) -> dict[str, str]:
    """Asks for a run of the territory; it waits for its turn and is made in a process of its own."""
    scenario = Scenario.from_dict(new.scenario)
    since = (datetime.now(tz=UTC) - timedelta(days=1)).isoformat(timespec="microseconds")
    if caller.holds("run", "read"):
        with caller.store.open(caller.principal) as session:
            mine = session.rows("run", requested_by=caller.principal.user_id, order_by=("created_at",), descending=True)
        recent = [row["created_at"] for row in mine if row["created_at"] > since]
        if len(recent) >= RUNS_A_DAY:
            free_at = datetime.fromisoformat(recent[RUNS_A_DAY - 1]) + timedelta(days=1)
            raise TooMany(max(1, int((free_at - datetime.now(tz=UTC)).total_seconds())))
    command = QueueRun(territory_id=caller.principal.territory_id, scenario=scenario.to_dict())
    run_id = str(run(caller.store, caller.principal, command, key=key)["id"])
    runner: Runner = request.app.state.runner
    runner.submit(run_id, caller.principal.territory_id)
    return {"id": run_id, "status": "queued"}


@router.get("/runs", **needs("run", "read"))
def runs(caller: Calling) -> Rows:
    """Runs of the territory, the newest first."""
    columns = ("id", "status", "summary", "created_at", "finished_at")
    return read(caller, "run", columns, order_by=("created_at",), descending=True, limit=200)


@router.get("/runs/{row_id}", **needs("run", "read"))
def one_run(request: Request, caller: Calling, row_id: RowId) -> dict[str, Any]:
    """How far a run is, and what came of it."""
    with caller.store.open(caller.principal) as session:
        row = session.one("run", id=row_id)
    runner: Runner = request.app.state.runner
    shown = ("id", "status", "scenario", "fingerprint", "versions", "summary", "created_at", "finished_at")
    return {**{name: row[name] for name in shown}, "progress": runner.progress(row_id)}


@router.get("/runs/{row_id}/matches", **needs("match", "read"))
def matches_of_run(caller: Calling, row_id: RowId) -> Rows:
    """Whole matches that a run has found."""
    with caller.store.open(caller.principal) as session:
        session.one("run", id=row_id)
    return read(caller, "match", _MATCH, run_id=row_id)


_MATCH = ("id", "run_id", "synergy_key", "giver_id", "taker_id", "sheet", "reasons", "stage", "version")
