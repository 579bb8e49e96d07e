"""One small programme per constraint family of `symbiosis.allocation`, each with the plan that a pencil finds.

The functions stand apart from their tests because `tests/test_mutation.py` runs them again on programmes that were
broken on purpose: every one of them must then fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.small_territory import Solved, allocated, amount, gain, sent, territory

from symbiosis.scenario import Limit

CENT = 0.005


def _is(value: float, expected: float) -> None:
    assert value == pytest.approx(expected, abs=CENT)


def output_balance() -> None:
    """Two needs want 130 t of the 100 t: the better payer first.

    60 × (50 + 10) + 40 × (50 + 4) = 3,600 + 2,160 = 5,760 €.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 100, 50
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 60, 10
            N2, sand, 70, 4
            """,
    ))  # fmt: skip
    _is(gain(solved), 5760.0)
    _is(sent(solved, "O1", "N1"), 60.0)
    _is(sent(solved, "O1", "N2"), 40.0)
    _is(amount(solved, "disposed", "O1"), 0.0)
    _is(amount(solved, "purchased", "N2"), 30.0)


def need_balance() -> None:
    """A tonne of scrap serves 0.8 t of the casting need, a tonne of sand serves one.

    Sand: 5 + 20 = 25 €/t, 30 t. Scrap: 0.8 × 20 = 16 €/t for the 70 t that are left: 70 / 0.8 = 87.5 t.
    30 × 25 + 87.5 × 16 = 750 + 1,400 = 2,150 €.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, 200, 0
            O2, sand, 30, 5
            """,
        needs="""
            need_id, use_id, quantity, price_eur_per_unit
            N1, casting, 100, 20
            """,
    ))  # fmt: skip
    _is(gain(solved), 2150.0)
    _is(sent(solved, "O1", "N1"), 87.5)
    _is(sent(solved, "O2", "N1"), 30.0)
    _is(amount(solved, "purchased", "N1"), 0.0)


def process_input() -> None:
    """Scrap and ore share a furnace of 100 t: any mix, the more worth first.

    A tonne melted: 0.8 × 50 (ingot) − 0.15 × 60 (dross) − 10 = 21 €. Scrap saves 30 more, ore 20.
    70 × 51 + 30 × 41 = 3,570 + 1,230 = 4,800 €.
    """
    solved = allocated(territory(
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
    ))  # fmt: skip
    _is(gain(solved), 4800.0)
    _is(sent(solved, "O2", "K1"), 30.0)
    _is(amount(solved, "throughput", "K1"), 100.0)
    _is(sent(solved, "K1", "N1"), 80.0)


def process_input_fixed() -> None:
    """A brick takes 0.7 sand and 0.3 acid: 30 t of acid make 100 t of bricks, whatever sand there is.

    70 × 10 + 30 × 40 + 100 × 25 = 700 + 1,200 + 2,500 = 4,400 €.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 100, 10
            O2, acid, 30, 40
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, brick, 200, 25
            """,
        operators="""
            operator_id, process_id, capacity
            K1, mixing, 200
            """,
    ))  # fmt: skip
    _is(gain(solved), 4400.0)
    _is(sent(solved, "O1", "K1"), 70.0)
    _is(sent(solved, "O2", "K1"), 30.0)
    _is(amount(solved, "disposed", "O1"), 30.0)


def process_output() -> None:
    """Two processes in a row: the drawing bench takes 60 t of ingots, more would go to landfill at 100 €/t.

    Up to 60 / 0.8 = 75 t of scrap, each 20 − 10 + 0.8 × 0.9 × 100 − 0.15 × 60 = 73 €: 75 × 73 = 5,475 €.
    Beyond, each loses 20 − 10 − 0.8 × 100 − 9 = −79 €.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, 100, 20
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, wire, 100, 100
            """,
        operators="""
            operator_id, process_id, capacity
            K1, melting, 1000
            K2, drawing, 60
            """,
    ))  # fmt: skip
    _is(gain(solved), 5475.0)
    _is(amount(solved, "throughput", "K1"), 75.0)
    _is(sent(solved, "K1", "K2"), 60.0)
    _is(sent(solved, "K2", "N1"), 54.0)
    _is(amount(solved, "discarded", "K1|output|dross"), 11.25)
    _is(amount(solved, "discarded", "K1|output|ingot"), 0.0)


def _furnace_project(tonnes: float) -> Solved:
    return allocated(territory(
        outputs=f"""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, {tonnes}, 30
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, ingot, 200, 50
            """,
        operators="""
            operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr
            K1, melting, 100, false, 5000
            """,
    ))  # fmt: skip


def opening() -> None:
    """A furnace to be built for 5,000 € a year earns 51 € a tonne: it pays from 5,000 / 51 = 98.04 t on.

    100 t: 5,100 − 5,000 = 100 €. 98 t: 4,998 € do not cover it, it stays closed.
    """
    solved = _furnace_project(100)
    _is(gain(solved), 100.0)
    assert amount(solved, "is_open", "K1") == 1.0
    solved = _furnace_project(98)
    _is(gain(solved), 0.0)
    assert amount(solved, "is_open", "K1") == 0.0
    _is(amount(solved, "throughput", "K1"), 0.0)


def minimum_lot() -> None:
    """N1 takes 40 t at least from one supplier; N2 pays 5 € more for 30 t.

    N2 alone 30 × 35 = 1,050; N1 alone 60 × 30 = 1,800; N1 40 and N2 20: 1,200 + 700 = 1,900 €, the best.
    Without the lot it would be 30 × 35 + 30 × 30 = 1,950 €.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O2, sand, 60, 20
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit, minimum_lot
            N1, sand, 100, 10, 40
            N2, sand, 30, 15, 0
            """,
    ))  # fmt: skip
    _is(gain(solved), 1900.0)
    _is(sent(solved, "O2", "N1"), 40.0)
    _is(sent(solved, "O2", "N2"), 20.0)


def link_charge() -> None:
    """A link costs 500 € a year before the first tonne, then 2 € a tonne; a tonne saves 10 and replaces 5.

    N1: 60 × 13 − 500 = 280 €. N2: 30 × 13 = 390 € do not cover its link.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 100, 10
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 60, 5
            N2, sand, 30, 5
            """,
        distances="""
            from_site_id, to_site_id, distance_km, cost_eur_per_unit, fixed_cost_eur_per_yr
            SO1, SN1, 1, 2, 500
            SO1, SN2, 1, 2, 500
            """,
    ))  # fmt: skip
    _is(gain(solved), 280.0)
    _is(sent(solved, "O1", "N1"), 60.0)
    _is(sent(solved, "O1", "N2"), 0.0)
    assert sorted(solved.allocation.plan["is_linked"]) == [0.0, 1.0]


def pipe_loss() -> None:
    """One kilometre of heat pipe: 60,000 € a year, 1 % lost on the way; 1,000 MWh leave, 990 arrive, at 100 €/MWh.

    990 × 100 − 60,000 = 39,000 €.
    """
    solved = allocated(territory(
        outputs="""
            output_id, family, material_id, quantity, unit
            O1, energy, warmth, 1500, MWh
            """,
        needs="""
            need_id, family, material_id, quantity, unit, price_eur_per_unit
            N1, energy, warmth, 990, MWh, 100
            """,
        distances="""
            from_site_id, to_site_id, distance_km
            SO1, SN1, 1
            """,
    ))  # fmt: skip
    _is(gain(solved), 39000.0)
    _is(sent(solved, "O1", "N1"), 1000.0)
    _is(amount(solved, "disposed", "O1"), 500.0)


def trips() -> None:
    """12 t of crates in loads of 5 t, 10 km: a lorry costs 60 + 1.58 × 2 × 10 = 91.60 € whatever it carries.

    Two full lorries: 10 × 40 − 2 × 91.60 = 216.80 €; the third would save 2 × 40 = 80 € for 91.60.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit, load_t
            O1, crate, 12, 40, 5
            """,
        needs="""
            need_id, material_id, quantity
            N1, crate, 100
            """,
        distances="""
            from_site_id, to_site_id, distance_km
            SO1, SN1, 10
            """,
    ))  # fmt: skip
    _is(gain(solved), 216.8)
    _is(sent(solved, "O1", "N1"), 10.0)
    assert solved.allocation.plan["trips"].tolist() == [2.0]
    _is(amount(solved, "disposed", "O1"), 2.0)


def _two_neighbours(price: float) -> Solved:
    return allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit, load_t, outlet_id, outlet_distance_km
            O1, crate, 20, 10, 5, landfill_non_hazardous, 30
            O2, crate, 20, 10, 5, landfill_non_hazardous, 30
            """,
        needs=f"""
            need_id, material_id, quantity, price_eur_per_unit
            N1, crate, 20, {price}
            """,
    ))  # fmt: skip


def pool() -> None:
    """Two neighbours, four half lorries each to a landfill 30 km away: apart 8 × (60 + 1.58 × 60) = 1,238.40 €.

    Together 4 × (60 + 15 + 1.58 × 60) = 679.20 €, 559.20 € saved. Selling 20 t at 28 €/t would bring
    20 × 38 − 4 × 60 = 520 €: less, and what is on a round cannot be sold as well. At 40 €/t it brings
    760 €: no round then.
    """
    solved = _two_neighbours(28)
    _is(gain(solved), 559.2)
    assert solved.allocation.plan["is_pooled"].tolist() == [1.0]
    _is(sent(solved, "O1", "N1") + sent(solved, "O2", "N1"), 0.0)
    solved = _two_neighbours(40)
    _is(gain(solved), 760.0)
    assert solved.allocation.plan["is_pooled"].tolist() == [0.0]


def commitment() -> None:
    """40 of N1's 50 t must be served, at no price, out of an output that earns 5 €/t today: 40 × −5 = −200 €."""
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 60, -5
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit, minimum_quantity
            N1, sand, 50, 0, 40
            """,
    ))  # fmt: skip
    _is(gain(solved), -200.0)
    _is(sent(solved, "O1", "N1"), 40.0)


def commitment_of_an_output() -> None:
    """35 t of an output that earns 5 €/t today must find a taker who pays 2 €/t: 35 × (−5 + 2) = −105 €."""
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit, minimum_quantity
            O1, sand, 60, -5, 35
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 50, 2
            """,
    ))  # fmt: skip
    _is(gain(solved), -105.0)
    _is(amount(solved, "disposed", "O1"), 25.0)


def _limited_sand(outlet_cost: float, *, indicator: str = "diverted_t_per_yr", minimum: float | None = None,
                  maximum: float | None = None, **assumptions: Any) -> Solved:  # fmt: skip
    return allocated(territory(
        outputs=f"""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 100, {outlet_cost}
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 80, 5
            """,
    ), limits=(Limit(indicator=indicator, minimum=minimum, maximum=maximum),), **assumptions)  # fmt: skip


def limit() -> None:
    """At most 40 t may leave: 40 × (10 + 5) = 600 €. At least 30 t must, out of 20 €/t earned: 30 × (−20 + 5) = −450 €.

    The gain itself may be held: at 450 € of loss at most, as many tonnes as possible leave, the same 30.
    """
    solved = _limited_sand(10, maximum=40)
    _is(gain(solved), 600.0)
    _is(sent(solved, "O1", "N1"), 40.0)
    solved = _limited_sand(-20, minimum=30)
    _is(gain(solved), -450.0)
    _is(sent(solved, "O1", "N1"), 30.0)
    solved = _limited_sand(-20, indicator="gain_eur_per_yr", minimum=-450, objective="diverted", is_loss_accepted=True)
    _is(sent(solved, "O1", "N1"), 30.0)


def budget() -> None:
    """Two furnaces to be built, 51 € a tonne: K1 5,100 − 3,000 = 2,100 €, K2 4,080 − 1,000 = 3,080 €; 5,180 € together.

    With 3,500 € a year of fixed costs only one fits: K2, the better. With 4,000 € both do.
    """
    told = territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, 200, 30
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, ingot, 200, 50
            """,
        operators="""
            operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr
            K1, melting, 100, false, 3000
            K2, melting, 80, false, 1000
            """,
    )
    solved = allocated(told, limits=(Limit(indicator="project_cost_eur_per_yr", maximum=3500),))
    _is(gain(solved), 3080.0)
    assert solved.allocation.plan["is_open"].to_dict() == {"K1": 0.0, "K2": 1.0}
    solved = allocated(told, limits=(Limit(indicator="project_cost_eur_per_yr", maximum=4000),))
    _is(gain(solved), 5180.0)


def floor() -> None:
    """Reuse before burning: the resale need takes its 60 t though paving pays 20 €/t more.

    60 × 50 + 40 × (50 + 20) = 3,000 + 2,800 = 5,800 €; euros alone would say 100 × 70 = 7,000 €.
    """
    told = territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, crate, 100, 50
            """,
        needs="""
            need_id, use_id, quantity, price_eur_per_unit
            N1, resale, 60, 0
            N2, paving, 100, 20
            """,
    )  # fmt: skip
    solved = allocated(told, is_hierarchy_lifted=False)
    _is(gain(solved), 5800.0)
    _is(sent(solved, "O1", "N1"), 60.0)
    _is(gain(allocated(told)), 7000.0)


_SIEVING = {
    "processes": """
        process_id, name_fr, name_en, rung, unit, cost_eur_per_unit, basis
        sieving, criblage, sieving, reuse, t, 0, test
        """,
    "process_flows": """
        process_id, direction, material_id, share, outlet_cost_eur_per_unit, basis
        sieving, input, sand, 1, , test
        sieving, output, ore, 1, 0, test
        """,
}


def _sieving_project(fixed_cost: float, **assumptions: Any) -> Solved:
    told = territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit, outlet_id
            O1, sand, 100, 0, landfill_non_hazardous
            """,
        needs="""
            need_id, material_id, use_id, quantity, price_eur_per_unit
            N1, ore, , 100, 25
            N2, , paving, 100, 8
            """,
        operators=f"""
            operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr
            K1, sieving, 100, false, {fixed_cost}
            """,
        distances="""
            from_site_id, to_site_id, distance_km, is_excluded
            SO1, SN2, 0, EXCLUDED
            """.replace("EXCLUDED", str("objective" in assumptions).lower()),
        extension=_SIEVING,
    )
    return allocated(told, **assumptions)


def hierarchy() -> None:
    """Recycling through a project stands above paving only where the project covers its fixed cost.

    It earns 100 × 25 = 2,500 €. At 2,000 € a year it is opened: 500 €, though paving would bring 800. At 3,000 € it is
    not: 800 €.
    """
    solved = _sieving_project(2000, is_hierarchy_lifted=False)
    _is(gain(solved), 500.0)
    assert amount(solved, "is_open", "K1") == 1.0
    solved = _sieving_project(3000, is_hierarchy_lifted=False)
    _is(gain(solved), 800.0)
    assert amount(solved, "is_open", "K1") == 0.0


def project_pays() -> None:
    """Most tonnes diverted, and nobody at a loss: a project of 3,000 € a year that earns 2,500 € stays closed.

    Where losses are accepted it is opened for its 100 t: 2,500 − 3,000 = −500 €.
    """
    solved = _sieving_project(3000, objective="diverted")
    _is(gain(solved), 0.0)
    _is(amount(solved, "disposed", "O1"), 100.0)
    solved = _sieving_project(2000, objective="diverted")
    _is(gain(solved), 500.0)
    solved = _sieving_project(3000, objective="diverted", is_loss_accepted=True)
    _is(gain(solved), -500.0)
    _is(amount(solved, "disposed", "O1"), 0.0)


def link_capacity() -> None:
    """A quoted link carries 25 t a year at most: 25 × (10 + 5) = 375 €."""
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 100, 10
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 60, 5
            """,
        distances="""
            from_site_id, to_site_id, distance_km, capacity_per_yr
            SO1, SN1, 0, 25
            """,
    ))  # fmt: skip
    _is(gain(solved), 375.0)
    _is(sent(solved, "O1", "N1"), 25.0)


GOLDEN: dict[str, Callable[[], None]] = {
    case.__name__: case
    for case in (
        output_balance, need_balance, process_input, process_input_fixed, process_output, opening, minimum_lot,
        link_charge, pipe_loss, trips, pool, commitment, commitment_of_an_output, limit, budget,
        floor, hierarchy, project_pays, link_capacity,
    )
}  # fmt: skip
