"""One small programme per constraint family of `symbiosis.allocation`, each with the plan that a pencil finds.

The functions stand apart from their tests because these run them again on programmes that were broken on purpose: every one
of them must then fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests import small_territory
from tests.small_territory import Solved, amount, gain, sent

from symbiosis.allocation import allocate
from symbiosis.candidates import Candidates
from symbiosis.declarations import Declarations
from symbiosis.objectives import Case
from symbiosis.scenario import Limit, Scenario
from symbiosis.solvers import solve

CENT = 0.005
_TOLD: dict[str, Declarations] = {}
_LAID_OUT: dict[tuple[int, Scenario], tuple[Case, Candidates]] = {}


def territory(**told: Any) -> Declarations:
    """As in :mod:`tests.small_territory`; the same words are the same declarations, which nobody changes."""
    key = repr(told)
    if key not in _TOLD:
        _TOLD[key] = small_territory.territory(**told)
    return _TOLD[key]


def allocated(declarations: Declarations, **assumptions: Any) -> Solved:
    """As in :mod:`tests.small_territory`; a mutant breaks the programme, so what comes before it is worked out once."""
    key = id(declarations), Scenario(**{"is_hierarchy_lifted": True, **assumptions})
    if key not in _LAID_OUT:
        _LAID_OUT[key] = small_territory.laid_out(declarations, small_territory.catalogue(), key[1])
    case, candidates = _LAID_OUT[key]
    return Solved(case=case, allocation=allocate(case, solve), candidates=candidates)


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


def _recycler(tariff: str, *, income: float = 70, taken: float = 300, first: float = 70, **more: str) -> Solved:
    """O1 costs nothing today, O2's 60 t earn `income` a tonne; N1 pays 20 €/t below its first step."""
    return allocated(territory(
        outputs=f"""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, {first}, 0
            O2, sand, 60, {-income}
            """,
        needs=f"""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, {taken}, 20
            """,
        price_thresholds=f"need_id, quantity, price_eur_per_unit\n{tariff}",
        **more,
    ))  # fmt: skip


def step_reached() -> None:
    """60 €/t for all from 100 t on: O2 gives 30 t at a loss of 10 each, 100 × 60 − 30 × 70 = 3,900 €, not 70 × 20 = 1,400.

    From 200 t on nobody gets there: 1,400 €. A furnace whose tonne costs 4 € instead of 10 from 80 t on: 4,800 + 100 × 6.
    """
    solved = _recycler("N1, 100, 60")
    _is(gain(solved), 3900.0)
    _is(sent(solved, "O2", "N1"), 30.0)
    assert solved.allocation.plan["is_reached"].to_dict() == {"N1≥100": 1.0}
    _is(gain(_recycler("N1, 200, 60")), 1400.0)
    furnace = territory(
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
        price_thresholds="operator_id, quantity, price_eur_per_unit\nK1, 80, 4",
    )
    _is(gain(allocated(furnace)), 5400.0)


def step_next() -> None:
    """60 €/t from 100 t on, 30 from 200: 200 × 60 = 12,000 €, not 350 × 30 = 10,500."""
    solved = _recycler("N1, 100, 60\nN1, 200, 30", taken=400, first=350)
    _is(gain(solved), 12000.0)
    _is(sent(solved, "O1", "N1"), 200.0)


def step_limit() -> None:
    """Two recyclers of 100 t with a step at 100 share 150 t: one of them is filled, the other pays 20 €: 6,000 + 1,000 €."""
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 150, 0
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 100, 20
            N2, sand, 100, 20
            """,
        price_thresholds="""
            need_id, quantity, price_eur_per_unit
            N1, 100, 60
            N2, 100, 60
            """,
    ))  # fmt: skip
    _is(gain(solved), 7000.0)
    step_reached()


def step_share() -> None:
    """What is paid more is what is delivered, a tonne of scrap being 0.8 t of the need: 125 t, 100 × 60 = 6,000 €."""
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, 125, 0
            """,
        needs="""
            need_id, use_id, quantity, price_eur_per_unit
            N1, casting, 300, 20
            """,
        price_thresholds="""
            need_id, quantity, price_eur_per_unit
            N1, 100, 60
            """,
    ))  # fmt: skip
    _is(gain(solved), 6000.0)


def step_below() -> None:
    """20 €/t, but 5 for every tonne from 100 t on: 100 × 20 = 2,000 €, not 350 × 5, and never 350 × 20."""
    solved = _recycler("N1, 100, 5", taken=400, first=350)
    _is(gain(solved), 2000.0)
    _is(sent(solved, "O1", "N1"), 100.0)


def _two_projects(bench_cost: float, wire: float, least: float) -> Solved:
    return allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, 100, 30
            """,
        needs=f"""
            need_id, material_id, quantity, price_eur_per_unit
            N1, ingot, 200, 50
            N2, wire, 200, {wire}
            """,
        operators=f"""
            operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr
            K1, melting, 100, false, 1000
            K2, drawing, 60, false, {bench_cost}
            """,
        coalitions=f"""
            coalition_id, flow_id, minimum_quantity
            C1, K1, 0
            C1, K2, {least}
            """,
    ))  # fmt: skip


def coalition_open() -> None:
    """A furnace (100 × 51 − 1,000 €) only with a drawing bench that does not pay by itself (60 × (72 − 50) − 2,000 €): 3,420 €.

    At 6,000 € a year for the bench neither is opened.
    """
    solved = _two_projects(2000, 80, 0)
    _is(gain(solved), 3420.0)
    assert solved.allocation.plan["is_open"].to_dict() == {"K1": 1.0, "K2": 1.0}
    _is(gain(_two_projects(6000, 80, 0)), 0.0)


def coalition_part() -> None:
    """The bench must draw 30 t, 14 € lost on each: 4,100 − 2,000 − 30 × 14 = 1,680 €. Givers and takers: `coalition_leg`."""
    _is(gain(_two_projects(2000, 40, 30)), 1680.0)
    coalition_leg()


def coalition_leg() -> None:
    """A recycler comes for 100 t of both or not at all, at 20 €/t: 70 × 20 + 30 × (20 − 50) = 500 €; at 250 € of income, 0 €.

    A giver of 150 t cannot bring 100 t to each of two recyclers that ask for as much: 100 × 20 = 2,000 €.
    """
    both = "coalition_id, flow_id, minimum_quantity\nC1, O1, 0\nC1, O2, 0\nC1, N1, 100"
    solved = _recycler("", income=50, coalitions=both)
    _is(gain(solved), 500.0)
    _is(sent(solved, "O2", "N1"), 30.0)
    _is(gain(_recycler("", income=250, coalitions=both)), 0.0)
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 150, 0
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 100, 20
            N2, sand, 100, 20
            """,
        coalitions="""
            coalition_id, flow_id, minimum_quantity
            C1, O1, 100
            C1, N1, 0
            C2, O1, 100
            C2, N2, 0
            """,
    ))  # fmt: skip
    _is(gain(solved), 2000.0)


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


_ASH = {
    "quality_parameters": """
        parameter, name_fr, name_en, is_linear, basis
        ash, cendre, ash, true, test
        grain, grain, grain, false, test
        """
}


def _blend(limits: str, **assumptions: Any) -> Solved:
    return allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 100, 50
            O2, sand, 60, 0
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 200, 10
            """,
        quality=limits,
        extension=_ASH,
    ), **assumptions)  # fmt: skip


def blend_maximum() -> None:
    """Sand of 8 % ash under a limit of 5 % needs as much of sand of 2 %: 60 t of each.

    60 × (50 + 10) + 60 × 10 = 4,200 €. Apart, only the clean one may go: 600 €. A value that does not mix is no blend.
    What is bought counts where its ash is known, 4 %: 0.03 x − 0.03 × 60 − 0.01 (140 − x) ≤ 0 holds x ≤ 80: 5,400 €.
    """
    limits = """
        flow_id, parameter, value, maximum
        O1, ash, 0.08,
        O2, ash, 0.02,
        N1, ash, , 0.05
        """
    bought = limits.replace("N1, ash, ,", "N1, ash, 0.04,")
    _is(gain(_blend(bought, is_blending_allowed=True)), 5400.0)
    solved = _blend(limits, is_blending_allowed=True)
    _is(gain(solved), 4200.0)
    _is(sent(solved, "O1", "N1"), 60.0)
    _is(sent(solved, "O2", "N1"), 60.0)
    _is(gain(_blend(limits)), 600.0)
    _is(gain(_blend(limits.replace("ash", "grain"), is_blending_allowed=True)), 600.0)


def blend_minimum() -> None:
    """The same from below: fuel of 2 MWh/t under a need of 4 is carried by one of 5.

    x t at 2 and 60 t at 5 hold 4 while 2 x + 300 ≥ 4 (x + 60): x ≤ 30. 30 × 60 + 60 × 10 = 2,400 €. Bought at 6 MWh/t, the
    rest of the need counts too: 2 x + 6 (200 − x) ≥ 800 holds x ≤ 100: 6,000 €. A tonne of O1 takes 4 of
    the room that what is bought leaves, for 60 €; one of O2 takes 1, for 10 €.
    """
    limits = """
        flow_id, parameter, value, minimum
        O1, ash, 2,
        O2, ash, 5,
        N1, ash, BOUGHT, 4
        """
    solved = _blend(limits.replace("BOUGHT", ""), is_blending_allowed=True)
    _is(gain(solved), 2400.0)
    _is(sent(solved, "O1", "N1"), 30.0)
    _is(gain(_blend(limits.replace("BOUGHT", "6"), is_blending_allowed=True)), 6000.0)


_TANK = {
    **_ASH,
    "processes": """
        process_id, name_fr, name_en, rung, unit, cost_eur_per_unit, is_mixing, basis
        tank, cuve, tank, reuse, t, 0, true, test
        wash, lavage, wash, reuse, t, 0, false, test
        """,
    "process_flows": """
        process_id, direction, material_id, share, outlet_cost_eur_per_unit, basis
        tank, input, ore, 1, , test
        tank, input, scrap, 1, , test
        tank, output, sea_sand, 1, 1000, test
        wash, input, sand, 1, , test
        wash, output, wire, 1, 0, test
        """,
}


def mixture() -> None:
    """Haverly's first pool: crudes of 3 % and 1 % sulphur share a tank, one of 2 % goes past it; two products.

    Costs 6, 16 and 10, prices 9 (at most 2.5 %, 100) and 15 (at most 1.5 %, 200). The tank holds the 1 % crude alone: 100 of
    it with 100 of the 2 % one make 200 at 1.5 %: 200 × 15 − 100 × 16 − 100 × 10 = 400. Both products at once would ask two
    blends of one tank.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            A, ore, 300, -6
            B, scrap, 300, -16
            C, sand, 300, -10
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            X, sand, 100, 9
            Y, sand, 200, 15
            """,
        operators="""
            operator_id, process_id, capacity
            K1, tank, 300
            """,
        quality="""
            flow_id, parameter, value, maximum
            A, ash, 3,
            B, ash, 1,
            C, ash, 2,
            X, ash, , 2.5
            Y, ash, , 1.5
            """,
        extension=_TANK,
    ), is_blending_allowed=True, is_loss_accepted=True, relative_gap=1e-7)  # fmt: skip
    _is(gain(solved), 400.0)
    _is(sent(solved, "B", "K1"), 100.0)
    _is(sent(solved, "K1", "Y"), 100.0)
    _is(amount(solved, "blend", "K1|ash"), 1.0)


def fixed_load() -> None:
    """A wash adds 3,000 g to what passes and may leave at 100 g/t: 3,000 / 90 = 33.33 t of sand at 10 g/t, or 60 t at 50.

    The clean one earns 10 €/t elsewhere, the other 6: 333.33 or 360 €, so the clean one: −333.33 €.
    """
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 100, -10
            O2, sand, 100, -6
            """,
        operators="""
            operator_id, process_id, capacity
            K1, wash, 200
            """,
        quality="""
            flow_id, parameter, value, maximum, load_per_yr
            O1, ash, 10, ,
            O2, ash, 50, ,
            K1, ash, 100, 60, 3000
            """,
        extension=_TANK,
    ), is_loss_accepted=True)  # fmt: skip
    _is(gain(solved), -333.33)
    _is(sent(solved, "O1", "K1"), 33.33)
    _is(sent(solved, "O2", "K1"), 0.0)


def _four(seasons: str, *, stores: str = "flow_id, capacity", **assumptions: Any) -> Solved:
    return allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 120, 10
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 100, 5
            """,
        seasons=f"flow_id, period, weight\n{seasons}",
        stores=stores,
    ), periods=4, **assumptions)  # fmt: skip


def period_supply() -> None:
    """Sand arises in the first two quarters (90 and 30 t), 25 t are wanted in each: 50 × (10 + 5) = 750 €.

    A store of 40 t carries 40 t into the third quarter, for it and the fourth: 90 × 15 = 1,350 €.
    """
    seasons = "O1, 1, 3\nO1, 2, 1\nO1, 3, 0"
    solved = _four(seasons)
    _is(gain(solved), 750.0)
    solved = _four(seasons, stores="flow_id, capacity\nO1, 40")
    _is(gain(solved), 1350.0)
    _is(amount(solved, "stock", "O1@2"), 40.0)


def period_need() -> None:
    """60 t arise in each half of the horizon; 20 t are wanted in the first and 80 in the second: 20 + 60 = 80 t, 1,200 €."""
    solved = _four("O1, 1, 1\nO1, 2, 1\nN1, 1, 1\nN1, 2, 4")
    _is(gain(solved), 1200.0)
    _is(amount(solved, "flow", "L000001@1"), 20.0)


def period_sum() -> None:
    """The year is the sum of its periods: without a season, or with one that both sides share, nothing changes: 1,500 €."""
    _is(gain(_four("O1, 1, 1\nN1, 1, 1")), 1500.0)
    period_supply()


def period_input() -> None:
    """The furnace works in two quarters of four, 50 t each; 30 t of scrap arise in each quarter: 60 t × 51 € = 3,060 €."""
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, 120, 30
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, ingot, 100, 50
            """,
        operators="""
            operator_id, process_id, capacity
            K1, melting, 100
            """,
        seasons="""
            flow_id, period, weight
            K1, 1, 1
            K1, 2, 1
            """,
    ), periods=4)  # fmt: skip
    _is(gain(solved), 3060.0)
    _is(amount(solved, "work", "K1@2"), 30.0)


def shelf_life() -> None:
    """Four days: 100 t of food arise on the first and 20 on the second, good until the next day; 25 are wanted each day.

    25 on the first two days, on the third what is left of the second, 20; on the fourth all is past its use-by: 70 × 15 =
    1,050 €. If it kept, all four days would be served: 1,500 €.
    """
    seasons, days = "O1, 1, 5\nO1, 2, 1", {"horizon_days": 4.0}
    solved = _four(seasons, stores="flow_id, capacity, shelf_life_days\nO1, 200, 1", **days)
    _is(gain(solved), 1050.0)
    _is(amount(solved, "flow", "L000001@3"), 20.0)
    _is(amount(solved, "flow", "L000001@4"), 0.0)
    _is(gain(_four(seasons, stores="flow_id, capacity\nO1, 200", **days)), 1500.0)


def shelf_arrival() -> None:
    """Half of what waits is lost each day: 20 t of the second day give 10 on the third: 60 × 15 = 900 €."""
    stores = "flow_id, capacity, shelf_life_days, loss_share_per_day\nO1, 200, 1, 0.5"
    _is(gain(_four("O1, 1, 5\nO1, 2, 1", stores=stores, horizon_days=4.0)), 900.0)
    shelf_life()


def shelf_stock() -> None:
    """The cold room holds 10 t: 25 on day one, then 10 kept and the 20 of day two, 10 of them on day three: 55 t, 825 €."""
    stores = "flow_id, capacity, shelf_life_days\nO1, 10, 1"
    _is(gain(_four("O1, 1, 5\nO1, 2, 1", stores=stores, horizon_days=4.0)), 825.0)


GOLDEN: dict[str, Callable[[], None]] = {
    case.__name__: case
    for case in (
        output_balance, need_balance, process_input, process_input_fixed, process_output, opening, minimum_lot,
        link_charge, pipe_loss, trips, pool, step_reached, step_next, step_limit, step_share, step_below,
        coalition_open, coalition_leg, coalition_part, commitment, commitment_of_an_output, limit, budget,
        floor, hierarchy, project_pays, link_capacity,
        blend_maximum, blend_minimum, mixture, fixed_load,
        period_sum, period_supply, period_need, period_input, shelf_life, shelf_arrival, shelf_stock,
    )
}  # fmt: skip
