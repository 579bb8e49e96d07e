"""What one more unit would be worth: pencil cases, and against the engine run again with one more unit."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from tests.golden import cases
from tests.small_territory import Solved, allocated, run, territory

from symbiosis import messages
from symbiosis.allocation import allocate
from symbiosis.prices import shadow_prices
from symbiosis.solvers import solve


def priced(solved: Solved) -> dict[tuple[str, str], float]:
    table = shadow_prices(solved.case, solved.allocation)
    return table.set_index(["kind", "subject_id"])["worth_eur_per_unit"].to_dict()


SAND = territory(
    outputs="""
        output_id, material_id, quantity, outlet_cost_eur_per_unit
        O1, sand, 100, 50
        """,
    needs="""
        need_id, material_id, quantity, price_eur_per_unit
        N1, sand, 60, 10
        N2, sand, 70, 4
        """,
)
FURNACE = territory(
    outputs="""
        output_id, material_id, quantity, outlet_cost_eur_per_unit
        O1, scrap, 70, 30
        O2, ore, 80, 20
        """,
    needs="""
        need_id, material_id, quantity, price_eur_per_unit
        N1, ingot, 100, 50
        """,
    operators="""
        operator_id, process_id, capacity
        K1, melting, 100
        """,
)


def test_one_more_tonne_goes_to_the_need_that_is_not_full() -> None:
    """O1: its outlet would have cost 50 €, N2 pays 4: 54 €. N1: 10 € for a tonne that N2 gives up, 6 €. N2 is not full: 0."""
    assert priced(allocated(SAND)) == pytest.approx({("output", "O1"): 54.0, ("need", "N1"): 6.0})


def test_a_full_process_is_worth_what_the_marginal_tonne_brings() -> None:
    """Ore waits: a tonne of capacity brings 20 − 10 + 0.8 × 50 − 0.15 × 60 = 41 €; scrap takes the place of ore, 10 € more."""
    assert priced(allocated(FURNACE)) == pytest.approx({("output", "O1"): 10.0, ("process", "K1"): 41.0})


def test_a_limit_has_its_price_and_a_floor_costs() -> None:
    """A tonne more under the cap brings 10 + 5 = 15 €; a tonne more above the floor costs 20 − 5 = 15 €."""
    assert priced(cases._limited_sand(10, maximum=40))[("limit", "diverted_t_per_yr")] == pytest.approx(15.0)
    assert priced(cases._limited_sand(-20, minimum=30))[("limit", "diverted_t_per_yr")] == pytest.approx(-15.0)


def test_with_whole_columns_the_prices_are_those_of_what_was_decided() -> None:
    """The furnace stands: 100 t of scrap fill it, and a tonne of either would be worth 51 € at most."""
    solved = cases._furnace_project(100)
    table = shadow_prices(solved.case, solved.allocation)
    assert table["is_with_integers_held"].all()
    assert table["worth_eur_per_unit"].max() == pytest.approx(51.0)
    assert (table["worth_eur_per_unit"] >= 0).all()
    assert not shadow_prices(allocated(SAND).case, allocated(SAND).allocation)["is_with_integers_held"].any()


@pytest.mark.parametrize("told", [SAND, FURNACE], ids=["sand", "furnace"])
def test_no_unit_more_brings_more_than_its_price(told) -> None:
    solved = allocated(told)
    prices = priced(solved)
    case, before = solved.case, solved.allocation.gain_eur
    for kind, table, column in (
        ("output", "outputs", "quantity_per_yr"), ("need", "needs", "quantity_per_yr"), ("process", "operators", "capacity"),
    ):  # fmt: skip
        for name in getattr(case, table).index:
            more = getattr(case, table).copy()
            more.loc[name, column] += 1.0
            legs = case.legs.assign(upper_per_yr=case.legs["upper_per_yr"] + 10.0)
            after = allocate(replace(case, **{table: more}, legs=legs), solve).gain_eur
            assert after - before == pytest.approx(prices.get((kind, name), 0.0), abs=1e-6)


def test_what_is_not_used_is_worth_nothing_and_never_less() -> None:
    """A second furnace that nothing is left for, a leg that loses money: doing nothing with one more unit stays free."""
    told = territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, 70, 30
            O2, sand, 10, -40
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, ingot, 100, 50
            N2, sand, 10, 1
            """,
        operators="""
            operator_id, process_id, capacity
            K1, melting, 100
            K2, melting, 100
            """,
        distances="""
            from_site_id, to_site_id, distance_km, cost_eur_per_unit
            SO1, SK2, 1, 5
            """,
    )
    assert priced(allocated(told)) == pytest.approx({("output", "O1"): 51.0})


def test_prices_of_periods_are_spread_as_the_year_is() -> None:
    """Two halves of the year alike: the price of a tonne is the year's."""
    year, halves = allocated(SAND), allocated(SAND, periods=2)
    assert priced(halves) == pytest.approx(priced(year))


def test_a_price_says_what_it_is() -> None:
    row = shadow_prices(allocated(SAND).case, allocated(SAND).allocation).iloc[0].to_dict()
    assert messages.price(row, "en") == "one more unit of this output would be worth up to €54.00 per t"
    assert "vaudrait jusqu’à 54,00" in messages.price(row, "fr")


def test_the_workbook_has_prices_and_splits_where_it_has_shares() -> None:
    from symbiosis.workspace import tables

    sheets = tables(run(SAND, split="least_core"), "en")
    assert sheets["prices"]["meaning"].str.contains("would be worth up to").all()
    assert sheets["prices"]["feasibility"].unique().tolist() == ["feasible"]  # nothing is left for the second run
    assert sheets["least_core"]["least_core_eur_per_yr"].sum() == pytest.approx(60 * 60 + 40 * 54)
    assert isinstance(sheets["least_core"], pd.DataFrame)
    assert "least_core" not in tables(run(SAND), "en")
