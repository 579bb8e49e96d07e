"""What an operation may count on: totals that are nobody's own, usual prices only, work by month; each is told its own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests import network_store
from tests.small_territory import catalogue, territory

from symbiosis.candidates import find_candidates
from symbiosis.decisions.market import Market, around, market_of
from symbiosis.decisions.operation import Offer, offers_of, pay_of, typed_operators, workload
from symbiosis.errors import NotAllowed
from symbiosis.report.operation_sheet import operation_document, operation_rows
from symbiosis.scenario import Scenario
from symbiosis.store import MoveProject, OpenProject, Principal, SaveProject, run
from symbiosis.store.operations import OperationSide, RecordOperations
from symbiosis.store.tables import new_id

SCRAP = "output_id, quantity, description, outlet_id, outlet_cost_eur_per_unit, months"
OPERATOR = """
    operator_id, process_id, capacity, cost_eur_per_unit, labour_h_per_unit, insertion_share
    P, melting, 100, 5, 2, 0.5
    """
NEEDS = "need_id, quantity, description, price_eur_per_unit\nN1, 50, ingot, 150"


def scrap(*quantities: float, cost: float = 70.0, **tables: str) -> Any:
    rows = "\n".join(f"O{i}, {q}, scrap, landfill_non_hazardous, {cost}, " for i, q in enumerate(quantities, start=1))
    return territory(outputs=f"{SCRAP}\n{rows}", **{"operators": OPERATOR, "needs": NEEDS, **tables})


def market(declarations: Any, scenario: Scenario | None = None) -> Market:
    assumed = scenario or Scenario()
    return market_of(find_candidates(declarations, catalogue(), assumed), catalogue(), assumed, "P")


def offer(**changes: Any) -> Offer:
    declared = territory(outputs=f"{SCRAP}\nO1, 1, scrap, , , ", operators=OPERATOR).operators
    return replace(offers_of(declared, {"P": "ACI"}, catalogue(), Scenario())["P"], **changes)


def test_a_volume_is_the_total_of_three_holders_rounded_to_two_digits() -> None:
    told = market(scrap(41, 42, 43.6))
    assert (told.volumes["theoretical"].quantity_per_yr, told.volumes["theoretical"].holders) == (130.0, 3)


@pytest.mark.parametrize("quantities", [(41.0,), (41.0, 42.0), (1000.0, 3.0, 4.0, 5.0)])
def test_what_one_or_two_hold_or_one_dominates_is_not_told(quantities: tuple[float, ...]) -> None:
    told = market(scrap(*quantities))
    assert told.volumes["theoretical"].quantity_per_yr is None
    assert told.volumes["mobilisable"].quantity_per_yr is None
    assert told.outlet_high_eur_per_unit is None
    assert set(told.by_month) == {None}


def test_nothing_at_all_is_told_as_nothing() -> None:
    assert market(territory(operators=OPERATOR, needs=NEEDS)).volumes["theoretical"].quantity_per_yr == 0.0


def test_a_step_that_one_holder_alone_makes_different_is_told_as_the_step_before() -> None:
    far = "from_site_id, to_site_id, distance_km\n" + "\n".join(f"SO{i}, SP, {90 if i <= 1 else 1}" for i in range(1, 6))
    told = market(scrap(10, 20, 30, 40, 50, distances=far), Scenario(maximum_distance_km=60.0))
    assert told.volumes["distance"] == told.volumes["theoretical"]
    # The last step would give it away by difference: it is hidden instead.
    assert told.volumes["mobilisable"].quantity_per_yr in (None, told.volumes["theoretical"].quantity_per_yr)
    several = far.replace("SO2, SP, 1", "SO2, SP, 90").replace("SO3, SP, 1", "SO3, SP, 90")
    told = market(scrap(10, 20, 30, 40, 50, 60, distances=several), Scenario(maximum_distance_km=60.0))
    assert told.volumes["theoretical"].quantity_per_yr == 210.0
    assert told.volumes["distance"].quantity_per_yr == 150.0


def test_the_sheet_is_the_same_whatever_the_others_pay_today() -> None:
    cheap, dear = scrap(30, 40, 50, cost=1.0), scrap(30, 40, 50, cost=999.0, needs=NEEDS.replace("150", "1"))
    assert market(cheap) == market(dear)


def test_the_operators_own_flow_is_no_volume_to_be_found() -> None:
    rows = "\n".join(f"O{i}, {q}, scrap, landfill_non_hazardous, 70, , {site}" for i, (q, site) in enumerate(
        [(500, "SP"), (30, "SO2"), (40, "SO3"), (50, "SO4")]))  # fmt: skip
    declared = territory(outputs=f"{SCRAP}, site_id\n{rows}", operators=OPERATOR, needs=NEEDS)
    assert market(declared).volumes["theoretical"].quantity_per_yr == 120.0


def test_the_pay_lies_between_the_own_cost_less_the_products_and_the_usual_outlet() -> None:
    # No usual price of ingots is known here: what a tonne gives goes to landfills, 0.8 t at 100 €/t, 0.15 t at 60 €/t.
    assert market(scrap(30, 40, 50)).products_low_eur_per_unit == pytest.approx(-89.0)
    told = market(scrap(30, 40, 50))
    pay = pay_of(offer(fixed_cost_eur_per_yr=500.0), told)
    assert pay.volume_per_yr == 100.0  # its capacity is less than what is mobilisable
    assert pay.ceiling_eur_per_unit == 100.0
    road = told.transport_eur_per_unit or 0.0
    assert pay.floor_high_eur_per_unit == pytest.approx(5 + 500 / 100 + road - told.products_low_eur_per_unit)
    assert pay.yearly_high_eur == pytest.approx(100.0 * 100.0)


def test_no_pay_is_told_where_no_price_suits_both() -> None:
    pay = pay_of(offer(cost_eur_per_unit=500.0), market(scrap(30, 40, 50)))
    assert pay.yearly_low_eur is None
    assert pay.yearly_high_eur is None


def test_work_falls_into_the_months_of_opening_and_says_how_many_posts_it_asks_for() -> None:
    work = workload(offer(months=(3, 4, 5)), 91.0)
    assert list(work.index[work["quantity"] > 0]) == [3, 4, 5]
    assert work["hours"].sum() == pytest.approx(182.0)
    assert work["insertion_hours"].sum() == pytest.approx(91.0)
    assert work.loc[3, "pathway_fte"] == pytest.approx(91.0 / 3 / (1820 / 12))


def test_the_hourly_cost_makes_the_cost_of_a_unit_where_that_is_not_told() -> None:
    cells = {
        "site_id": "SP",
        "process_id": "melting",
        "capacity": "10",
        "labour_h_per_unit": "3",
        "hourly_cost_eur_per_h": "12",
    }
    told = offers_of(typed_operators({"P": cells}), {"P": "ACI"}, catalogue(), Scenario())["P"]
    assert told.cost_eur_per_unit == 36.0
    assert told.hours_per_fte == 1820.0
    told = offers_of(typed_operators({"P": {**cells, "cost_eur_per_unit": "50"}}), {}, catalogue(), Scenario())["P"]
    assert told.cost_eur_per_unit == 50.0


def test_an_operation_that_is_only_tried_finds_what_a_run_of_the_whole_territory_finds() -> None:
    declared = scrap(30, 40, 50)
    without = replace(declared, operators=declared.operators.iloc[:0])
    flows = find_candidates(without, catalogue(), Scenario()).flows
    tried = market_of(around(flows, declared, catalogue(), Scenario(), "P"), catalogue(), Scenario(), "P")
    assert tried == market(declared)


def test_a_market_survives_its_json() -> None:
    told = market(scrap(30, 40, 50))
    assert Market.from_dict(told.to_dict()) == told


def test_the_document_holds_no_figure_of_a_holder() -> None:
    paper = operation_document(offer(), market(scrap(31.7, 41.7, 51.7)), catalogue(), "fr")
    text = " ".join(operation_rows(paper)["value"])
    assert "130 t" in text
    assert not any(figure in text for figure in ("31,7", "41,7", "51,7", "125", "70"))


# ------------------------------------------------------------------------------------------------------------------ the store


@cache
def _sheet() -> dict[str, Any]:
    return market(scrap(30, 40, 50)).to_dict()


@pytest.fixture
def made(tmp_path: Path) -> network_store.Network:
    found = network_store.network(tmp_path)
    sides = tuple(
        OperationSide(company_id=found.companies[actor], operator_key=f"P{number}", sheet=_sheet())
        for number, actor in enumerate(("giver", "taker_0"))
    )
    found.do(RecordOperations(territory_id=found.territory_id, sides=sides), Principal.engine(found.territory_id))
    return found


def sides(made: network_store.Network, principal: Principal) -> list[dict[str, Any]]:
    with made.store.open(principal) as session:
        return session.rows("operation_side", order_by=("operator_key",))


def test_a_company_reads_its_own_operations_alone(made: network_store.Network) -> None:
    assert [row["operator_key"] for row in sides(made, made.member("giver", "reader"))] == ["P0"]
    assert sides(made, made.member("taker_1", "company_admin")) == []
    assert [row["operator_key"] for row in sides(made, made.facilitator)] == ["P0", "P1"]


def test_a_member_records_nothing(made: network_store.Network) -> None:
    with pytest.raises(NotAllowed):
        made.do(RecordOperations(territory_id=made.territory_id), made.member("giver", "company_admin"))


def test_what_is_committed_follows_the_projects(made: network_store.Network) -> None:
    opened = OpenProject(territory_id=made.territory_id, title="Broyage", synergy_key="o1>P0;P0>n1", noted_on="2026-11-01",
                         computed={"quantity_t_per_yr": 80.0})  # fmt: skip
    project = made.do(opened)
    assert sides(made, made.owner)[0]["committed_projects"] == 0
    moved = made.do(MoveProject(project_id=str(project["id"]), version=1, stage="implementation", noted_on="2026-11-02"))
    assert [(row["committed_t_per_yr"], row["committed_projects"]) for row in sides(made, made.owner)] == [(80.0, 1), (0.0, 0)]
    measured = SaveProject(project_id=str(project["id"]), version=int(str(moved["version"])),
                           realised={"quantity_t_per_yr": 75.0})  # fmt: skip
    made.do(measured)
    # A new run leaves it as it stands.
    again = RecordOperations(territory_id=made.territory_id, sides=(
        OperationSide(company_id=made.companies["giver"], operator_key="P0", sheet=_sheet()),))  # fmt: skip
    run(made.store, Principal.engine(made.territory_id), again, key=new_id())
    assert [(row["committed_t_per_yr"], row["committed_projects"]) for row in sides(made, made.owner)] == [(75.0, 1)]


def test_work_of_a_capacity_is_a_table_of_twelve_months() -> None:
    assert isinstance(workload(offer(), 1.0), pd.DataFrame)
    assert len(workload(offer(), 1.0)) == 12
