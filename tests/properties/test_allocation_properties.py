"""What must hold of every allocation, on small territories drawn at random (the same ones every time)."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from tests.small_territory import allocated, gain, run, territory

from symbiosis.allocation import allocate
from symbiosis.errors import InfeasibleError
from symbiosis.network import imbalance
from symbiosis.objectives import Case, against_today
from symbiosis.scenario import Limit
from symbiosis.solvers import Program, Solution, parts_of, solve

TIGHT = 1e-6


# The nightly run looks at as many examples as each test names, the default one at half of them.
SHARE = 1.0 if os.environ.get("SYMBIOSIS_EXAMPLES") == "all" else 0.5


def examples(count: int) -> settings:
    return settings(max_examples=max(4, round(SHARE * count)), derandomize=True, deadline=None, database=None,
                    suppress_health_check=list(HealthCheck))  # fmt: skip


tonnes = st.sampled_from([0.5, 3.0, 17.25, 40.0, 100.0, 333.3])
euros = st.sampled_from([-20.0, 0.0, 4.5, 30.0, 110.0])
offers = st.tuples(st.sampled_from(["sand", "sea_sand", "scrap", "ore", "crate"]), tonnes, euros)
wants = st.tuples(
    st.sampled_from(["sand", "ingot", "wire", "dross", "use:casting", "use:paving", "use:resale"]),
    tonnes, euros, st.sampled_from([0.0, 0.0, 10.0]),
)  # fmt: skip
works = st.tuples(st.sampled_from(["melting", "drawing"]), tonnes, st.booleans(), st.sampled_from([0.0, 150.0, 4000.0]))
territories = st.tuples(st.lists(offers, min_size=2, max_size=4), st.lists(wants, min_size=2, max_size=3),
                        st.lists(works, min_size=1, max_size=2))  # fmt: skip


def told(drawn, *, name=str, order=1, unit="t", factor=1.0):
    """Declarations of what was drawn; `name` relabels, `order` = −1 turns the rows round, `unit` restates quantities."""
    outputs, needs, operators = drawn
    rows = [f"O{name(i)}, {m}, {q * factor!r}, {c / factor!r}, {unit}" for i, (m, q, c) in enumerate(outputs)]
    texts = {"outputs": "\n".join(["output_id, material_id, quantity, outlet_cost_eur_per_unit, unit", *rows[::order]])}
    rows = []
    for i, (what, q, price, lot) in enumerate(needs):
        material, use = ("", what[4:]) if what.startswith("use:") else (what, "")
        rows.append(f"N{name(i)}, {material}, {use}, {q * factor!r}, {price / factor!r}, {min(lot, q) * factor!r}, {unit}")
    header = "need_id, material_id, use_id, quantity, price_eur_per_unit, minimum_lot, unit"
    texts["needs"] = "\n".join([header, *rows[::order]])
    if operators:
        header = "operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr"
        rows = [f"K{name(i)}, {p}, {c!r}, {str(e).lower()}, {f!r}" for i, (p, c, e, f) in enumerate(operators)]
        texts["operators"] = "\n".join([header, *rows[::order]])
    return territory(**texts)


@given(territories)
@examples(12)
def test_every_proposal_balances_keeps_its_limits_and_leaves_nobody_below_zero(drawn):
    proposal = run(told(drawn), is_hierarchy_lifted=False)
    for part in (proposal.feasible, proposal.to_investigate):
        case, plan = part.case, part.allocation.plan
        assert np.abs(imbalance(case, part.graph)).max() < TIGHT
        # Nobody gives or takes more than it declares, and no operator works beyond its capacity.
        gives = plan["quantity"].groupby(case.legs["tail_id"]).sum().reindex(case.outputs.index).fillna(0.0)
        assert (gives <= case.outputs["quantity_per_yr"] + TIGHT).all()
        takes = (plan["quantity"] * case.legs["ratio"]).groupby(case.legs["head_id"]).sum()
        assert (takes.reindex(case.needs.index).fillna(0.0) <= case.needs["quantity_per_yr"] + TIGHT).all()
        assert (plan["throughput"] <= case.operators["capacity"] + TIGHT).all()
        assert all((values >= -TIGHT).all() for values in plan.values())
        assert part.allocation.gain_eur >= -TIGHT
        shares, synergies = part.proposals.shares, part.proposals.synergies
        assert (shares["share_eur_per_yr"] >= 0).all()
        by = shares.groupby("synergy_id")
        gains = synergies["gain_eur_per_yr"]
        assert by["share_eur_per_yr"].sum().reindex(gains.index).to_numpy() == pytest.approx(gains.clip(lower=0), abs=1e-5)
        assert by["transfer_eur_per_yr"].sum().to_numpy() == pytest.approx(0.0, abs=1e-5)
        assert gains.sum() == pytest.approx(part.allocation.gain_eur, abs=1e-4)


@given(territories)
@examples(6)
def test_names_the_order_of_rows_and_the_unit_change_nothing(drawn):
    usual = gain(allocated(told(drawn)))
    tolerance = TIGHT * max(1.0, abs(usual))
    assert gain(allocated(told(drawn, name=lambda i: f"z{9 - i}x"))) == pytest.approx(usual, abs=tolerance)
    assert gain(allocated(told(drawn, order=-1))) == pytest.approx(usual, abs=tolerance)
    assert gain(allocated(told(drawn, unit="kg", factor=1000.0))) == pytest.approx(usual, abs=tolerance)


@given(territories)
@examples(15)
def test_brute_force_agrees(drawn):
    solved = allocated(told(drawn), is_loss_accepted=True)
    best = _brute_force(solved.case)
    assert gain(solved) == pytest.approx(best, abs=1e-5 * max(1.0, abs(best)))


def _brute_force(case: Case) -> float:
    """Best gain over every choice of projects and lots, each a linear programme written afresh."""
    projects = case.operators.index[~case.operators["is_existing"]]
    lots = case.legs.index[case.legs["minimum_lot_per_yr"] > 0]
    best = 0.0
    for choice in product([0, 1], repeat=len(projects) + len(lots)):
        is_open = dict(zip(projects, choice, strict=False))
        is_used = dict(zip(lots, choice[len(projects) :], strict=True))
        value = _linear(case, is_open, is_used)
        fixed = sum(case.operators.loc[k, "fixed_cost_eur_per_yr"] for k, on in is_open.items() if on)
        best = max(best, value - fixed)
    return best


def _linear(case: Case, is_open: dict[str, int], is_used: dict[str, int]) -> float:
    legs, outputs, needs, operators = case.legs, case.outputs, case.needs, case.operators
    columns, flows = list(legs.index), range(len(legs))
    value, rows, limits = np.zeros(len(legs)), [], []
    capacity = {k: operators.loc[k, "capacity"] * is_open.get(k, 1) for k in operators.index}
    for leg in flows:
        row = legs.iloc[leg]
        value[leg] -= row["transport_eur_per_unit"]
        if row["tail_kind"] == "output":
            value[leg] += outputs.loc[row["tail_id"], "outlet_cost_eur_per_unit"]
        if row["head_kind"] == "need":
            value[leg] += row["ratio"] * needs.loc[row["head_id"], "price_eur_per_unit"]
    for ids, end, limit in ((outputs.index, "tail_id", outputs), (needs.index, "head_id", needs)):
        for one in ids:
            factor = 1.0 if end == "tail_id" else legs["ratio"]
            rows.append(((legs[end] == one) * factor).to_numpy(float))
            limits.append(limit.loc[one, "quantity_per_yr"])
    for k in operators.index:
        into = ((legs["head_id"] == k) * legs["ratio"]).to_numpy(float)
        rows.append(into)
        limits.append(capacity[k])
        value -= into * operators.loc[k, "cost_eur_per_unit"]
        for port in case.products[case.products["operator_id"] == k].itertuples():
            out = ((legs["tail_id"] == k) & (legs["material_id"] == port.material_id)).to_numpy(float)
            rows.append(out - port.share * into)
            limits.append(0.0)
            value -= port.outlet_cost_eur_per_unit * (port.share * into - out)
    bounds = []
    for leg in columns:
        high = legs.loc[leg, "upper_per_yr"] * is_used.get(leg, 1)
        bounds.append((legs.loc[leg, "minimum_lot_per_yr"] * is_used.get(leg, 0), high))
    if not columns:
        return 0.0
    if any(low > high for low, high in bounds):
        return -np.inf
    answer = linprog(-value, A_ub=np.array(rows), b_ub=np.array(limits), bounds=bounds)
    return -answer.fun if answer.status == 0 else -np.inf


@given(territories, st.sampled_from([0.0, 0.3, 1.0]))
@examples(6)
def test_a_cap_holds_and_costs_nothing_where_it_does_not_bind(drawn, share):
    told_once = told(drawn)
    free = allocated(told_once)
    most = against_today(free.case, "diverted_t_per_yr", free.allocation.plan)
    capped = allocated(told_once, limits=(Limit(indicator="diverted_t_per_yr", maximum=share * max(0.0, most)),))
    tolerance = 1e-5 * max(1.0, abs(gain(free)))
    assert against_today(capped.case, "diverted_t_per_yr", capped.allocation.plan) <= share * max(0.0, most) + 1e-4
    assert gain(capped) <= gain(free) + tolerance
    if share == 1.0 and most >= 0:
        assert gain(capped) == pytest.approx(gain(free), abs=tolerance)


@given(territories, st.sampled_from([0.4, 1.0]))
@examples(6)
def test_a_traced_contradiction_is_cured_by_letting_go_of_any_one_of_its_members(drawn, share):
    case = allocated(told(drawn)).case
    case = replace(case, needs=case.needs.assign(minimum_per_yr=share * case.needs["quantity_per_yr"]))
    try:
        allocate(case, solve)
    except InfeasibleError as error:
        names = [one.name for one in error.conflicts]
        assert names
        asked = case.needs["minimum_per_yr"].where(case.needs.index.isin(names), 0.0)
        with pytest.raises(InfeasibleError):
            allocate(replace(case, needs=case.needs.assign(minimum_per_yr=asked)), solve)
        for name in names:
            allocate(replace(case, needs=case.needs.assign(minimum_per_yr=asked.where(asked.index != name, 0.0))), solve)


def _as_one_part(program: Program, **options: object) -> Solution:
    """The same programme with a useless row over every column, so that nothing can be solved apart."""
    columns, rows = len(program.cost), len(program.row_lower)
    joined = replace(
        program,
        row_lower=np.r_[program.row_lower, -np.inf], row_upper=np.r_[program.row_upper, np.inf],
        row=np.r_[program.row, np.full(columns, rows)], column=np.r_[program.column, np.arange(columns)],
        value=np.r_[program.value, np.ones(columns)],
    )  # fmt: skip
    assert parts_of(joined)[0] == 1
    answer = solve(joined, **options)
    return replace(answer, row_duals=answer.row_duals[:rows])


@given(territories)
@examples(8)
def test_parts_solved_apart_equal_the_whole(drawn):
    declarations = told(drawn)
    apart, whole = allocated(declarations), allocated(declarations, solver=_as_one_part)
    assert gain(apart) == pytest.approx(gain(whole), abs=TIGHT * max(1.0, abs(gain(whole))))


@given(territories, territories)
@examples(4)
def test_two_territories_that_do_not_touch_gain_the_sum_of_both(one, other):
    # The second one's materials are renamed away by distance: 400 km apart, nobody reaches anybody.
    first, second = told(one), told(other, name=lambda i: f"far{i}")
    moved = replace(second, sites=second.sites.assign(latitude=45.0), fingerprint="")
    both = {
        name: _stacked(getattr(first, name), getattr(moved, name))
        for name in ("actors", "sites", "outputs", "needs", "operators")
    }
    together = replace(first, **both, fingerprint="")
    assert gain(allocated(together)) == pytest.approx(gain(allocated(first)) + gain(allocated(moved)), abs=1e-4)


def _stacked(one, other):
    import pandas as pd

    frames = [frame for frame in (one, other) if len(frame)] or [one]
    return pd.concat(frames).sort_index()


weights = st.lists(st.integers(0, 9), min_size=5, max_size=5).filter(any)


@given(weights, weights, st.integers(0, 5), st.sampled_from([3.0, 12.0, 500.0]))
@examples(8)
def test_a_store_delivers_what_a_flow_through_days_can_carry(arises, wanted, life, room):
    seasons = [
        f"{flow}, {day + 1}, {weight}" for flow, days in (("O1", arises), ("N1", wanted)) for day, weight in enumerate(days)
    ]
    solved = allocated(
        territory(
            outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 100, 1",
            needs="need_id, material_id, quantity\nN1, sand, 80",
            seasons="\n".join(["flow_id, period, weight", *seasons]),
            stores=f"flow_id, capacity, shelf_life_days\nO1, {room}, {life}",
        ),
        periods=5, horizon_days=5.0,
    )  # fmt: skip
    assert gain(solved) == pytest.approx(_carried(arises, wanted, life, room), abs=1e-4)


def _carried(arises: list[int], wanted: list[int], life: int, room: float) -> float:
    """Most that can be delivered, as a linear programme over couples of days, written afresh."""
    couples = [(a, d) for a in range(5) for d in range(a, min(5, a + life + 1))]
    rows = [[float(a == day) for a, _ in couples] for day in range(5)]
    rows += [[float(d == day) for _, d in couples] for day in range(5)]
    rows += [[float(a <= day < d) for a, d in couples] for day in range(5)]
    limits = [100 * w / sum(arises) for w in arises] + [80 * w / sum(wanted) for w in wanted] + [room] * 5
    return float(-linprog(-np.ones(len(couples)), A_ub=np.array(rows), b_ub=np.array(limits)).fun)


@given(territories)
@examples(4)
def test_periods_without_a_season_change_nothing(drawn):
    usual = gain(allocated(told(drawn)))
    assert gain(allocated(told(drawn), periods=3)) == pytest.approx(usual, abs=TIGHT * max(1.0, abs(usual)))


bids = st.lists(st.tuples(tonnes, st.sampled_from([-15.0, 0.0, 12.0, 40.0])), min_size=1, max_size=3)
steps = st.lists(st.tuples(st.sampled_from([20.0, 55.0, 140.0, 300.0]), st.sampled_from([0.0, 9.0, 25.0])), max_size=2,
                 unique_by=lambda step: step[0])  # fmt: skip


def _bidders(outputs):
    rows = [f"O{i}, sand, {quantity!r}, {cost!r}" for i, (quantity, cost) in enumerate(outputs)]
    return "\n".join(["output_id, material_id, quantity, outlet_cost_eur_per_unit", *rows])


def _best_between(outputs, price, low, high):
    """Most that the outputs gain when what they deliver together lies between two quantities, at one price for all."""
    worth = np.array([cost + price for _, cost in outputs])
    ones = np.ones((1, len(outputs)))
    answer = linprog(
        -worth, A_ub=np.vstack([ones, -ones]), b_ub=[high, -low], bounds=[(0, quantity) for quantity, _ in outputs]
    )
    return -answer.fun if answer.status == 0 else -np.inf


@given(bids, steps, st.sampled_from([90.0, 400.0]))
@examples(10)
def test_a_tariff_pays_what_the_best_of_its_steps_pays_for_every_unit(outputs, tariff, wanted):
    tariff = sorted(tariff)
    told_once = territory(
        outputs=_bidders(outputs), needs=f"need_id, material_id, quantity, price_eur_per_unit\nN1, sand, {wanted}, 5",
        price_thresholds="\n".join(["need_id, quantity, price_eur_per_unit", *(f"N1, {at}, {price}" for at, price in tariff)]),
    )  # fmt: skip
    lows, prices = [0.0, *(at for at, _ in tariff)], [5.0, *(price for _, price in tariff)]
    highs = [*lows[1:], np.inf]
    best = max(
        _best_between(outputs, price, low, min(high, wanted)) for price, low, high in zip(prices, lows, highs, strict=True)
    )
    assert gain(allocated(told_once)) == pytest.approx(best, abs=1e-4)


@given(bids, st.lists(st.sampled_from([0.0, 2.0, 30.0]), min_size=3, max_size=3), st.sampled_from([0.0, 45.0]))
@examples(8)
def test_a_coalition_is_on_for_all_or_off_whichever_pays_more(outputs, parts, asked):
    rows = [f"C1, O{i}, {part}" for (i, _), part in zip(enumerate(outputs), parts, strict=False)]
    told_once = territory(
        outputs=_bidders(outputs), needs="need_id, material_id, quantity, price_eur_per_unit\nN1, sand, 200, 5",
        coalitions="\n".join(["coalition_id, flow_id, minimum_quantity", *rows, f"C1, N1, {asked}"]),
    )  # fmt: skip
    bounds = [(part, quantity) for (quantity, _), part in zip(outputs, parts, strict=False)]
    ones = np.ones((1, len(outputs)))
    worth = -np.array([cost + 5.0 for _, cost in outputs])
    feasible = all(low <= high for low, high in bounds)
    answer = linprog(worth, A_ub=np.vstack([ones, -ones]), b_ub=[200.0, -asked], bounds=bounds) if feasible else None
    best = max(0.0, -answer.fun if answer is not None and answer.status == 0 else 0.0)
    assert gain(allocated(told_once)) == pytest.approx(best, abs=1e-4)
