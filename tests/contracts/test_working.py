"""Workshops and scenarios of a facilitator, on every store."""

from __future__ import annotations

import pytest

from symbiosis.errors import NotAllowed, NotFound, StaleVersion, StoreError
from symbiosis.scenario import Scenario
from symbiosis.store import Principal, Remove, SaveScenario, SaveWorkshop, run
from symbiosis.store.tables import new_id


def scenario(world, who: Principal, name: str, **more):
    command = SaveScenario(territory_id=who.territory_id, name=name, assumptions=Scenario(name=name).to_dict(), **more)
    return run(world.store, who, command, key=new_id())


def test_what_was_said_in_a_workshop_is_read_by_the_facilitator_alone(world) -> None:
    mine = world.facilitator()
    run(world.store, mine, SaveWorkshop(territory_id=mine.territory_id, title="Bois", content={"said": ["SECRET"]}), key="w")
    with world.store.open(mine) as session:
        assert [row["content"] for row in session.rows("workshop")] == [{"said": ["SECRET"]}]
    for other in (world.member(0), world.facilitator(1)):
        with world.store.open(other) as session:
            assert session.rows("workshop") == []
    with pytest.raises(NotAllowed):
        run(world.store, world.member(0), SaveWorkshop(territory_id=mine.territory_id, title="Faux"), key="x")


def test_two_people_who_write_one_workshop_do_not_undo_each_other(world) -> None:
    mine = world.facilitator()
    first = run(world.store, mine, SaveWorkshop(territory_id=mine.territory_id, title="Bois"), key="1")
    again = {"territory_id": mine.territory_id, "workshop_id": first["id"], "version": 1}
    assert run(world.store, mine, SaveWorkshop(title="Bois et palettes", **again), key="2")["version"] == 2
    with pytest.raises(StaleVersion):
        run(world.store, mine, SaveWorkshop(title="Métaux", **again), key="3")


def test_a_locked_scenario_does_not_change_and_one_alone_is_the_reference(world) -> None:
    mine = world.facilitator()
    first = scenario(world, mine, "référence", is_reference=True)
    second = scenario(world, mine, "autre", is_reference=True)
    with world.store.open(mine) as session:
        assert [row["name"] for row in session.rows("scenario", is_reference=True)] == ["autre"]
    locked = scenario(world, mine, "autre", is_locked=True, scenario_id=second["id"], version=second["version"])
    with pytest.raises(StoreError, match="locked"):
        scenario(world, mine, "autre", scenario_id=second["id"], version=locked["version"])
    with pytest.raises(NotFound):
        scenario(world, world.facilitator(1), "vol", scenario_id=first["id"], version=2)


def test_what_is_put_away_can_be_brought_back(world) -> None:
    mine = world.facilitator()
    kept = scenario(world, mine, "essai")
    gone = Remove(kind="scenario", territory_id=mine.territory_id, row_id=kept["id"], version=1)
    assert run(world.store, mine, gone, key="gone")["version"] == 2
    with pytest.raises(NotFound):
        scenario(world, mine, "essai", scenario_id=kept["id"], version=2)
    back = Remove(kind="scenario", territory_id=mine.territory_id, row_id=kept["id"], version=2, is_deleted=False)
    run(world.store, mine, back, key="back")
    with world.store.open(mine) as session:
        assert session.one("scenario", id=kept["id"])["name"] == "essai"
