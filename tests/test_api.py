"""The API: the same store for programs; keys, versions, problems with a remedy, a run in a child, no input that breaks it."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from tests.network import HOST, OUTPUT, SECRET, Network, application, client, fresh

from symbiosis import server
from symbiosis.api import create_api
from symbiosis.deployment import Deployment
from symbiosis.store import CreateTerritory, Principal, QueueRun, run
from symbiosis.store.tables import new_id
from symbiosis.workspace.running import Runner, make_run


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("api")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MODE": "server", "SECRET": SECRET, "HOSTS": HOST, "DATA": str(folder)}.items():
            patch.setenv(f"SYMBIOSIS_{name}", value)
        yield fresh(folder)


@pytest.fixture(scope="module")
def app(network: Network) -> Any:
    return application()


def key() -> dict[str, str]:
    return {"Idempotency-Key": new_id()}


def test_a_row_is_declared_changed_and_deleted_once_per_key(app: Any, network: Network) -> None:
    editor = client(app, network, "editor")
    new = {
        "table_name": "outputs",
        "row_key": "API-1",
        "cells": {"site_id": "S", "description": "sciure", "outlet_cost_eur_per_unit": "70"},
    }
    same = key()
    answers = [editor.post("/api/v1/flows", json=new, headers=same) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    other = editor.post("/api/v1/flows", json={**new, "row_key": "API-2"}, headers=same)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    again = editor.post("/api/v1/flows", json=new, headers=key())
    assert (again.status_code, again.json()["code"]) == (409, "stale_version")
    address = f"/api/v1/flows/{answers[0].json()['id']}"
    shown = editor.get(address).json()
    assert (shown["version"], shown["prices"]) == (1, {"outlet_cost_eur_per_unit": "70"})
    assert "outlet_cost_eur_per_unit" not in shown["cells"]
    changed = editor.put(address, json={"version": 1, "cells": {**new["cells"], "description": "copeaux"}}, headers=key())
    assert changed.json()["version"] == 2
    assert editor.put(address, json={"version": 1, "cells": {}}, headers=key()).status_code == 409
    assert editor.delete(f"{address}?version=1", headers=key()).status_code == 409
    assert editor.delete(f"{address}?version=2", headers=key()).status_code == 200
    assert editor.get(address).status_code == 404


def test_problems_name_a_remedy_and_nothing_of_the_inside(app: Any, network: Network) -> None:
    editor = client(app, network, "editor")
    secret = "CONFIDENTIAL-VALUE"
    asked = [
        editor.get("/api/v1/flows/not-an-id"),
        editor.get("/api/v1/nowhere"),
        editor.patch("/api/v1/flows"),
        editor.post("/api/v1/flows", json={"table_name": secret, "row_key": secret, "cells": {secret: secret}}, headers=key()),
        editor.post("/api/v1/flows", json={"table_name": "outputs", "row_key": "x", "cells": {secret: secret}}, headers=key()),
        editor.post("/api/v1/flows", content=secret, headers=key()),
        editor.post("/api/v1/flows", json={}),
        editor.get("/api/v1/matches"),
        client(app).get("/api/v1/flows"),
        client(app).get("/api/v1/flows", headers={"authorization": "Bearer sym_guess"}),
        client(app).get("/api/v1/flows", headers={"authorization": "Basic eA=="}),
    ]
    assert [answer.status_code for answer in asked] == [422, 404, 405, 422, 422, 422, 422, 403, 401, 401, 401]
    for answer in asked:
        body = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert body["title"]
        assert body["remedy"]
        assert secret not in answer.text
        assert not {"Traceback", "sqlalchemy", "sqlite", "site-packages"} & set(answer.text.split())
    french = client(app).get("/api/v1/flows", headers={"accept-language": "fr-FR"}).json()
    assert french["remedy"] == "Envoyez un jeton valable."
    assert asked[8].json()["remedy"] == "Send a valid token."


def test_an_error_that_nobody_foresaw_says_nothing_and_logs_no_value(
    app: Any, network: Network, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("postgresql://app:s3cr3t@db and 12.5 t of CONFIDENTIAL")

    monkeypatch.setattr("symbiosis.store.database.Session.rows", fail)
    answer = client(app, network).get("/api/v1/publications")
    assert (answer.status_code, answer.json()["code"]) == (500, "broken")
    assert "CONFIDENTIAL" not in answer.text + caplog.text
    assert "s3cr3t" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


def test_text_that_a_database_cannot_keep_is_refused(app: Any, network: Network) -> None:
    editor = client(app, network, "editor")
    for cell in ("a\x00b", "\ud800", "x" * 2001):
        content = json.dumps({"table_name": "outputs", "row_key": "k", "cells": {"description": cell}})
        answer = editor.post("/api/v1/flows", content=content, headers={**key(), "content-type": "application/json"})
        assert answer.status_code == 422


def test_a_facilitator_launches_a_run_that_a_child_makes(app: Any, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    need = {**OUTPUT, "description": "palettes d'occasion", "quantity": "30", "price_eur_per_unit": "150"}
    editor, facilitator = client(app, network, "editor"), client(app, network, "facilitator")
    for row_key, cells in (("N", need), ("broken", {"site_id": "nowhere"})):
        new = {"table_name": "needs", "row_key": row_key, "cells": cells}
        assert editor.post("/api/v1/flows", json=new, headers=key()).status_code == 201
    queued = facilitator.post("/api/v1/runs", json={"scenario": {"maximum_distance_km": 80}}, headers=key())
    assert (queued.status_code, queued.json()["status"]) == (202, "queued")
    server.runner().wait()
    address = f"/api/v1/runs/{queued.json()['id']}"
    done = facilitator.get(address).json()
    assert done["status"] == "done", done
    assert done["scenario"]["maximum_distance_km"] == 80
    assert set(done["summary"]) == {"feasible", "to_investigate"}
    found = facilitator.get(f"{address}/matches").json()["rows"]
    assert {row["run_id"] for row in found} == {queued.json()["id"]}
    assert editor.get(address).status_code == 403
    bad = facilitator.post("/api/v1/runs", json={"scenario": {"maximum_distance_km": "far", "unknown": 1}}, headers=key())
    assert (bad.status_code, bad.json()["code"]) == (422, "scenario")
    monkeypatch.setattr("symbiosis.api.matching.RUNS_A_DAY", 1)
    often = facilitator.post("/api/v1/runs", json={}, headers=key())
    assert (often.status_code, often.json()["code"]) == (429, "too_many")
    assert 0 < int(often.headers["retry-after"]) <= 86_400


def test_a_run_of_an_empty_territory_fails_with_its_reason_and_what_was_left_is_resumed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = Principal.owner()
    territory_id = run(network.store, admin, CreateTerritory(name="vide"), key=new_id())["id"]
    queue = QueueRun(territory_id=territory_id, scenario={})
    run_id = run(network.store, Principal.owner(territory_id), queue, key=new_id())["id"]
    submitted: list[tuple[str, str]] = []
    runner = Runner(lambda: network.store)
    monkeypatch.setattr(runner, "submit", lambda *which: submitted.append(which))
    runner.resume()
    assert (run_id, territory_id) in submitted
    make_run(network.store, run_id, territory_id)
    with network.store.open(Principal.owner(territory_id)) as session:
        row = session.one("run", id=run_id)
    assert (row["status"], row["summary"]) == ("failed", {"failure": "nothing_to_match"})


def test_a_child_that_dies_fails_its_run_and_nothing_else(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = QueueRun(territory_id=network.territory["C"], scenario={})
    who = Principal.owner(network.territory["C"])
    run_id = run(network.store, who, queue, key=new_id())["id"]
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    runner = Runner(lambda: network.store)
    runner.submit(run_id, network.territory["C"])
    runner.submit(run_id, network.territory["C"])
    runner.wait()
    with network.store.open(who) as session:
        assert session.one("run", id=run_id)["summary"] == {"failure": "crashed"}
    assert runner.progress(run_id) == {}


class _Idle(Runner):
    """Takes runs and makes none."""

    def submit(self, run_id: str, territory_id: str) -> None:
        pass


@pytest.fixture
def description(tmp_path: Path) -> Any:
    """The API of the owner of a machine, who may do nearly everything, as its own description tells it."""
    fuzzed = fresh(tmp_path)
    idle = _Idle(lambda: fuzzed.store)
    found = create_api(Deployment(mode="local"), lambda: fuzzed.store, person_key="person", runner=idle)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its client of ASGI applications, see tests/network.py
        yield schemathesis.openapi.from_asgi("/openapi.json", found)


def no_input_fails(description: Any, examples: int) -> None:
    """Every operation is called with generated input, fit and unfit; none is answered that the server failed."""
    tried = 0
    for found in description.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
        )
        @given(case=st.one_of(*(operation.as_strategy(mode) for mode in GenerationMode)))
        def call(case: Any) -> None:
            answer = case.call()
            assert answer.status_code < 500, (case.method, case.formatted_path, case.body)

        call()
        tried += 1
    assert tried >= 20


def test_no_input_makes_the_server_fail(description: Any) -> None:
    no_input_fails(description, 3)


@pytest.mark.long
def test_no_input_of_many_makes_the_server_fail(description: Any) -> None:
    no_input_fails(description, 40)


def test_every_operation_says_which_right_it_needs(network: Network) -> None:
    store = network.store
    found = create_api(Deployment(mode="local"), lambda: store, person_key="person", runner=_Idle(lambda: store)).openapi()
    operations = [one for path in found["paths"].values() for one in path.values()]
    assert len(operations) >= 20
    assert all(":" in one["x-permission"] for one in operations)
