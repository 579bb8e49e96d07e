"""Publishing: what crosses from the private database to the published one, for whom, and what binds the next version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import select

from symbiosis.disclosure import Aggregate, Zoning
from symbiosis.errors import DisclosureError, NotAllowed, NotFound, SolverError, StaleVersion, StoreError
from symbiosis.store import (
    KeepZoning,
    Principal,
    RevokeAgreement,
    SignAgreement,
    Store,
    named_cells,
    planning,
    preview,
    publication,
    publish,
    request_run,
    run,
    serve_request,
    show_to_public,
    tables,
    withdraw,
    zoning,
)
from symbiosis.store.tables import new_id

pytestmark = pytest.mark.filterwarnings("error")

TODAY = date(2026, 3, 2)
TONNES = {"A": (40, 22), "B": (35, 31), "C": (38, 27), "D": (0, 13.37)}


def table(tonnes: Mapping[str, tuple[float, float]] = TONNES, **facts: object) -> Aggregate:
    """Tonnes of fictional companies in two zones."""
    rows = [
        (unit, zone, "wood", value) for unit, both in tonnes.items() for zone, value in zip(("z1", "z2"), both, strict=True)
    ]
    contributions = pd.DataFrame(rows, columns=["unit_id", "zone", "theme", "value"]).astype({"value": float})
    return Aggregate(**{
        "name": "tonnages", "unit": "t/an", "contributions": contributions, "dimensions": ("zone", "theme"),
        "views": {"tonnages": ("zone", "theme")}, **facts,
    })  # fmt: skip


LONE = table({**TONNES, "D": (0, 0), "E": (777.77, 0)})


def planner(world, which: int = 0) -> Principal:
    return Principal(user_id="b" * 32, role="planner", territory_id=world.territories[which])


def read(store: Store, principal: Principal, publication_id: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    with store.open_published(principal) as session:
        cells = session.rows("publication_cell", publication_id=publication_id)
    return {(c["row_label"], c["column_label"]): (c["value"], c["status"], c["as_of"]) for c in cells}


def published(world, *, key: str = "p1", what: Aggregate | None = None, day: date = TODAY, **options: object) -> str:
    return publish(world.store, world.facilitator(), [what or table()], title="Flux", key=key, issued_on=day, **options)


# ------------------------------------------------------------------------------------------------------------------ levels


def test_a_planner_reads_rounded_figures_with_their_margins_and_no_secret(world) -> None:
    cells = read(world.store, planner(world), published(world))
    assert cells["z1", "wood"] == ("113.0", "published", "2026-03-02")
    assert cells["total", "total"] == ("206.0", "published", "2026-03-02")
    secret = read(world.store, planner(world), published(world, key="p2", what=LONE, day=date(2027, 3, 2)))
    assert secret["z1", "wood"] == ("", "secret", "")
    assert "777" not in json.dumps([*secret.values()])


def test_a_publication_is_read_at_its_level_and_in_its_territory(world) -> None:
    shown = published(world)
    assert read(world.store, planner(world), shown)
    for stranger in (planner(world, 1), Principal.anonymous(), world.member(0)):
        assert read(world.store, stranger, shown) == {}
    assert read(world.store, world.member(0), published(world, key="m", level="members"))


def test_nobody_but_the_facilitator_of_the_territory_publishes(world) -> None:
    for who in (world.member(0), planner(world), Principal.anonymous(), Principal(user_id="d" * 32, role="admin")):
        with pytest.raises((NotAllowed, NotFound)):
            publish(world.store, who, [table()], title="", key="x")
        with pytest.raises(NotAllowed):
            preview(world.store, who, [table()])
    with world.store.open_published(world.facilitator()) as session:
        assert session.rows("publication") == []


def test_the_public_sees_what_a_second_person_lets_through(world) -> None:
    shown = published(world)
    with pytest.raises(NotAllowed):
        show_to_public(world.store, world.facilitator(), shown, key="pub")
    second = Principal(user_id=new_id(), role="facilitator", territory_id=world.territories[0])
    public = show_to_public(world.store, second, shown, key="pub")
    assert show_to_public(world.store, second, shown, key="pub") == public
    assert read(world.store, Principal.anonymous(), public) == read(world.store, planner(world), shown)
    with world.store.open_published(Principal.anonymous()) as session:
        assert len(session.rows("publication")) == 1


def test_a_facilitator_of_another_territory_cannot_show_or_withdraw(world) -> None:
    shown = published(world)
    with pytest.raises(NotFound):
        show_to_public(world.store, world.facilitator(1), shown, key="pub")
    with pytest.raises(NotFound):
        withdraw(world.store, world.facilitator(1), shown, key="w")
    assert read(world.store, planner(world), shown)


def test_a_withdrawn_publication_is_gone_and_still_binds_the_next(world) -> None:
    shown = published(world)
    withdraw(world.store, world.facilitator(), shown, key="w")
    assert read(world.store, planner(world), shown) == {}
    with world.store.open_published(planner(world)) as session:
        assert session.one("publication", id=shown)["withdrawn_at"]
    newcomer = table({**TONNES, "N": (50, 0)})
    cells = read(world.store, planner(world), published(world, key="p2", what=newcomer, day=date(2026, 6, 1)))
    assert cells["z1", "wood"] == ("113.0", "kept", "2026-03-02")
    with pytest.raises(NotFound):
        show_to_public(
            world.store, Principal(user_id=new_id(), role="facilitator", territory_id=world.territories[0]), shown, key="x"
        )


# ---------------------------------------------------------------------------------------------------------------- versions


def test_subtracting_two_publications_does_not_give_a_newcomer(world) -> None:
    first = read(world.store, planner(world), published(world))
    newcomer = table({**TONNES, "N": (50, 44)})
    second = read(world.store, planner(world), published(world, key="p2", what=newcomer, day=date(2026, 9, 1)))
    assert {cell: value for cell, (value, *_) in first.items()} == {cell: value for cell, (value, *_) in second.items()}
    assert {status for _, status, _ in second.values()} == {"kept"}


def test_two_scenarios_of_one_table_do_not_subtract(world) -> None:
    published(world, scenario={"maximum_distance_km": 20})
    wider = table({**TONNES, "N": (50, 44)})
    cells = read(world.store, planner(world), published(world, key="p2", what=wider, scenario={"maximum_distance_km": 30}))
    assert {status for _, status, _ in cells.values()} == {"secret"}


def test_a_preview_says_what_would_be_hidden_and_why_and_publishes_nothing(world) -> None:
    versions = preview(world.store, world.facilitator(), [LONE])
    assert versions["tonnages"].hidden_by_reason()["dominant_unit"] >= 1
    with world.store.open_published(world.facilitator()) as session:
        assert session.rows("publication") == []


def test_the_same_command_sent_twice_publishes_once(world) -> None:
    assert published(world) == published(world)
    with world.store.open_published(planner(world)) as session:
        assert len(session.rows("publication")) == 1
    with pytest.raises(StoreError):
        withdraw(world.store, world.facilitator(), published(world), key="p1")


def test_a_crash_between_the_two_databases_is_mended_by_sending_again(world, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(publication, "_show", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            published(world)
    with world.store.open_published(planner(world)) as session:
        assert session.rows("publication") == []
    assert read(world.store, planner(world), published(world))["z1", "wood"][0] == "113.0"


def test_what_was_judged_beside_other_versions_than_those_that_stand_is_refused(world, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = publication._judged

    def overtaken(*arguments: object) -> object:
        found = judge(*arguments)
        with monkeypatch.context() as patch:
            patch.setattr(publication, "_judged", judge)
            published(world, key="meanwhile")
        return found

    monkeypatch.setattr(publication, "_judged", overtaken)
    with pytest.raises(StaleVersion):
        published(world)


def test_a_publication_is_never_changed_and_numbers_itself(world) -> None:
    first = published(world)
    before = read(world.store, planner(world), first)
    published(world, key="p2", day=date(2026, 9, 1))
    assert read(world.store, planner(world), first) == before
    with world.store.open_published(planner(world)) as session:
        assert [row["version"] for row in session.rows("publication", order_by=["version"])] == [1, 2]


def test_no_session_reads_what_a_version_was_made_of(world) -> None:
    published(world)
    for who in (world.facilitator(), world.member(0), Principal.engine(world.territories[0])):
        with world.store.open(who) as session:
            assert session.rows("release") == []


def test_no_exact_figure_crosses_to_the_published_database(world) -> None:
    tonnes = {"A": (40.1234567891, 22.6543219876), "B": (35.111222, 31.1), "C": (38.333444, 27.2), "D": (0, 13.3713371337)}
    exact = table(tonnes)
    shown = published(world, what=exact)
    withdrawn = published(world, key="p2", what=LONE, day=date(2027, 6, 1))
    with world.store.published.writing(world.facilitator()) as connection:
        rows = [row for name in tables.published.tables.values() for row in connection.execute(select(name))]
    dump = json.dumps([[str(value) for value in row] for row in rows])
    assert shown in dump
    assert withdrawn in dump
    for secret in ("1234567891", "6543219876", "3713371337", "777.77", "unit_id", "dominant", "too_few"):
        assert secret not in dump


def test_publishing_leaves_a_line_of_the_trace_without_a_value(world) -> None:
    published(world)
    with world.store.open(world.facilitator()) as session:
        lines = [line for line in session.rows("audit") if line["action"] == "publish"]
    assert [line["detail"]["tables"] for line in lines] == [["tonnages"]]
    # Only what the command wrote of itself: hashes and moments hold every short run of digits now and then.
    assert "113" not in json.dumps([line["detail"] for line in lines])
    assert not {"value", "cells", "contributions"} & {key for line in lines for key in line["detail"]}


# ------------------------------------------------------------------------------------------------------------------ zoning


def test_a_territory_has_one_zoning_that_communes_may_join(world) -> None:
    def keep(key: str, zones: dict[str, str], founding: tuple[str, ...] = ("a", "b")) -> None:
        kept = KeepZoning(territory_id=world.territories[0], zone_of=zones, founding=founding)
        run(world.store, world.facilitator(), kept, key=key)

    assert zoning(world.store, world.facilitator()) is None
    keep("z1", {"a": "a", "b": "a"})
    keep("z2", {"a": "a", "b": "a", "c": "a"})
    moved, refounded, without = ({"a": "a", "b": "b"}, ("a", "b")), ({"a": "a", "b": "a"}, ("a",)), ({"a": "a"}, ("a", "b"))
    moved, refounded, without = ({"a": "a", "b": "b"}, ("a", "b")), ({"a": "a", "b": "a"}, ("a",)), ({"a": "a"}, ("a", "b"))
    for number, (zones, founding) in enumerate([moved, refounded, without]):
        with pytest.raises(DisclosureError):
            keep(f"bad{number}", zones, founding)
    assert zoning(world.store, world.facilitator()) == Zoning(zone_of={"a": "a", "b": "a", "c": "a"}, founding=("a", "b"))


def test_a_table_on_other_zones_than_the_published_ones_is_refused(world) -> None:
    published(world, what=table(zoning="one"))
    with pytest.raises(DisclosureError, match="zonings"):
        published(world, key="p2", what=table(zoning="two"), day=date(2030, 1, 1))


# ---------------------------------------------------------------------------------------------------------------- planners


def agreement(world, key: str = "agreement", *, days: int = 30) -> str:
    today = datetime.now(tz=UTC).date()
    signed = SignAgreement(
        territory_id=world.territories[0], user_id=planner(world).user_id, signed_on=(today - timedelta(days=60)).isoformat(),
        ends_on=(today + timedelta(days=days)).isoformat(), document_sha256="0" * 64,
    )  # fmt: skip
    return str(run(world.store, world.facilitator(), signed, key=key)["id"])


@pytest.fixture
def named(world) -> str:
    """A publication in which two of the units are companies of the world."""
    with world.store.open(world.facilitator()) as session:
        key_of = {row["id"]: row["actor_key"] for row in session.rows("company")}
    members = {"A": (key_of[world.companies[0]],), "B": (key_of[world.companies[1]],), "C": ("gone",)}
    return published(world, what=table(members=members))


def test_a_planner_under_agreement_sees_cells_by_company_and_each_company_reads_that_he_did(world, named: str) -> None:
    agreement(world)
    cells = named_cells(world.store, planner(world), named, "tonnages")
    found = cells[(cells["companies"] == "NAME-0") & (cells["zone"] == "z1")]
    assert found["value"].tolist() == [40.0]
    for which in (0, 1):
        with world.store.open(world.member(which)) as session:
            lines = [line for line in session.rows("audit") if line["resource"] == "named_cell"]
        assert [(line["user_id"], line["role"], line["company_id"]) for line in lines] == [
            (planner(world).user_id, "planner", world.companies[which])
        ]


def test_without_an_agreement_that_stands_no_planner_sees_a_name(world, named: str) -> None:
    def refused(who: Principal) -> None:
        with pytest.raises((NotAllowed, NotFound)):
            named_cells(world.store, who, named, "tonnages")

    refused(planner(world))
    agreement(world, "over", days=-1)
    refused(planner(world))
    signed = agreement(world)
    assert len(named_cells(world.store, planner(world), named, "tonnages"))
    refused(planner(world, 1))
    refused(Principal(user_id="c" * 32, role="planner", territory_id=world.territories[0]))
    refused(world.member(0))
    run(world.store, world.facilitator(), RevokeAgreement(agreement_id=signed), key="revoke")
    refused(planner(world))
    with world.store.open(world.member(0)) as session:
        assert len([line for line in session.rows("audit") if line["resource"] == "named_cell"]) == 1


def test_a_process_that_serves_the_public_shows_no_name(world, named: str) -> None:
    agreement(world)
    with pytest.raises(StoreError):
        named_cells(Store(None, world.store.published), planner(world), named, "tonnages")


def test_a_planners_run_waits_in_the_published_database_and_passes_the_gate(world) -> None:
    outside = Store(None, world.store.published)
    asked = request_run(outside, planner(world), {"maximum_distance_km": 30})
    asked_with: list[Mapping[str, object]] = []
    served = serve_request(world.store, world.territories[0], lambda scenario: asked_with.append(scenario) or [LONE])
    assert served == asked
    assert serve_request(world.store, world.territories[0], lambda _: [table()]) is None
    assert asked_with == [{"maximum_distance_km": 30}]
    with outside.open_published(planner(world)) as session:
        request = session.one("run_request", id=asked)
    assert request["status"] == "done"
    assert read(outside, planner(world), request["publication_id"])["z1", "wood"] == ("", "secret", "")


def test_a_run_that_fails_tells_the_planner_nothing_of_why(world, caplog: pytest.LogCaptureFixture) -> None:
    asked = request_run(world.store, planner(world), {})

    def fails(_: object) -> list[Aggregate]:
        raise SolverError("SECRET-0")

    serve_request(world.store, world.territories[0], fails)
    with world.store.open_published(planner(world)) as session:
        request = session.one("run_request", id=asked)
    assert request["status"] == "failed"
    assert "SECRET" not in json.dumps(request)
    assert "failed" in caplog.text


def test_a_run_whose_process_was_killed_is_taken_again_and_published_once(world, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = request_run(world.store, planner(world), {})

    def killed(_: object) -> list[Aggregate]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve_request(world.store, world.territories[0], killed)
    assert serve_request(world.store, world.territories[0], lambda _: [table()]) is None
    monkeypatch.setattr(planning, "ABANDONED_AFTER", timedelta(0))
    assert serve_request(world.store, world.territories[0], lambda _: [table()]) == asked


def test_a_planner_asks_ten_times_a_day_and_reads_his_own_requests_only(world) -> None:
    for _ in range(planning.RUNS_A_DAY):
        request_run(world.store, planner(world), {})
    with pytest.raises(NotAllowed):
        request_run(world.store, planner(world), {})
    other = Principal(user_id="c" * 32, role="planner", territory_id=world.territories[0])
    with world.store.open_published(other) as session:
        assert session.rows("run_request") == []
    for who in (world.member(0), Principal.anonymous(), world.facilitator()):
        with pytest.raises(NotAllowed):
            request_run(world.store, who, {})
