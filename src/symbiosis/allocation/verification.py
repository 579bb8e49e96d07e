"""A plan recomputed in plain arithmetic, apart from the programme that made it: nothing is believed without."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.errors import SolverError
from symbiosis.objectives import LIMITED, Case, Coefficients, against_today, evaluate
from symbiosis.seasons import Calendar

BALANCE_TOLERANCE = 1e-6


def verify(case: Case, plan: Coefficients) -> None:
    """Recompute every balance, limit and sign of a plan in plain arithmetic, apart from the programme.

    Parameters
    ----------
    case, plan
        What could be used and what was.

    Raises
    ------
    SolverError
        Naming the first thing that does not hold.
    """
    for family, series in plan.items():
        values = series.to_numpy()
        if not (values >= -BALANCE_TOLERANCE * np.maximum(1.0, np.abs(values))).all():
            raise SolverError(f"{family} of {series.idxmin()} is negative")
    _verify_balances(case, plan)
    _verify_bounds(case, plan)
    _verify_limits(case, plan)
    _verify_thresholds(case, plan)
    _verify_coalitions(case, plan)
    _verify_doors(case, plan)
    _verify_quality(case, plan)
    if case.calendar is not None:
        _verify_periods(case, case.calendar, plan)


def _verify_balances(case: Case, plan: Coefficients) -> None:
    """What leaves an output, reaches a need or an operator, or comes out of one, is all there is."""
    legs, quantity = case.legs, _valued(plan["quantity"], case.legs.index)
    served = quantity * legs["ratio"].to_numpy()
    from_output, to_need = legs["tail_kind"].eq("output").to_numpy(), legs["head_kind"].eq("need").to_numpy()
    products, inlets = case.products, case.ports[case.ports["direction"] == "input"]
    is_mixed = inlets["is_substitutable"].to_numpy(dtype=bool)
    fixed, mixed = inlets["operator_id"][~is_mixed], inlets["operator_id"][is_mixed].drop_duplicates()
    whole = pd.Index(mixed[~mixed.isin(fixed)])
    made = products["share"].to_numpy() * _valued(plan["throughput"], pd.Index(products["operator_id"]))
    product = case.ports_of_legs("output")
    for what, index, ends, weight, rest, right in (
        ("output", case.outputs.index, legs["tail_id"], quantity * from_output, "disposed", case.outputs["quantity_per_yr"]),
        ("need", case.needs.index, legs["head_id"], served * to_need, "purchased", case.needs["quantity_per_yr"]),
        ("product", products.index, product, quantity * ~from_output, "discarded", made),
        ("operator", whole, legs["head_id"], served * ~to_need, "", _valued(plan["throughput"], whole)),
    ):
        there = weight != 0
        place = index.get_indexer(ends[there])
        left = np.bincount(place[place >= 0], weights=weight[there][place >= 0], minlength=len(index))
        wanted = np.asarray(right, dtype=float)
        wrong = np.abs(left + (_valued(plan[rest], index) if rest else 0.0) - wanted)
        wrong = wrong > BALANCE_TOLERANCE * np.maximum(1.0, np.abs(wanted))
        if wrong.any():
            raise SolverError(f"{what} does not balance at {index[int(np.argmax(wrong))]}")


def _verify_bounds(case: Case, plan: Coefficients) -> None:
    """Nobody works beyond their capacity, and what was promised is kept."""
    if (plan["throughput"] > case.operators["capacity"] * (1 + BALANCE_TOLERANCE) + BALANCE_TOLERANCE).any():
        raise SolverError("an operator is over its capacity")
    for family, flows in (("purchased", case.needs), ("disposed", case.outputs)):
        declared = flows["quantity_per_yr"].to_numpy()
        most = declared - np.minimum(flows["minimum_per_yr"].to_numpy(), declared)
        if (_valued(plan[family], flows.index) > most + BALANCE_TOLERANCE * np.maximum(1.0, declared)).any():
            raise SolverError(f"a commitment is not kept: too much {family}")


def _verify_doors(case: Case, plan: Coefficients) -> None:
    """What is not opened or not paid for is not used, and what is used reaches its minimum lot."""
    closed = plan["is_open"].index[plan["is_open"] < 0.5]
    if (plan["throughput"].reindex(closed) > BALANCE_TOLERANCE).any():
        raise SolverError("a project that is not opened works")
    used = plan["quantity"].reindex(plan["is_linked"].index)
    if (used[plan["is_linked"] < 0.5] > BALANCE_TOLERANCE).any():
        raise SolverError("a link that is not paid for is used")
    lots = case.legs["minimum_lot_per_yr"].reindex(used.index)
    if ((used > BALANCE_TOLERANCE) & (used < lots * (1 - BALANCE_TOLERANCE) - BALANCE_TOLERANCE)).any():
        raise SolverError("a delivery is below its minimum lot")


def _valued(series: pd.Series, index: pd.Index) -> NDArray[np.float64]:
    """Values of some labels, those that are not there being zero."""
    return series.reindex(index).to_numpy(dtype=float, na_value=0.0)


def _verify_limits(case: Case, plan: Coefficients) -> None:
    for limit in case.scenario.limits:
        coefficients = LIMITED[limit.indicator](case)
        value = against_today(case, limit.indicator, plan)
        size = {family: series.abs() for family, series in coefficients.items()}
        slack = BALANCE_TOLERANCE * max(1.0, evaluate(size, plan), evaluate(size, case.today()))
        if limit.minimum is not None and value < limit.minimum - slack:
            raise SolverError(f"{limit.indicator} is {value:g}, below its floor {limit.minimum:g}")
        if limit.maximum is not None and value > limit.maximum + slack:
            raise SolverError(f"{limit.indicator} is {value:g}, over its cap {limit.maximum:g}")


def _verify_thresholds(case: Case, plan: Coefficients) -> None:
    """Every unit has the price of the step that all of them together reach."""
    steps, parts = case.agreements.thresholds, case.agreements.repriced
    if steps.empty:
        return
    carried = pd.concat([plan["quantity"], plan["throughput"]])
    once = parts.drop_duplicates("member_id")
    total = (once["member_id"].map(carried).astype(float) * once["weight"]).groupby(once["subject_id"]).sum()
    repriced = (plan["repriced"] * parts["weight"]).groupby(parts["threshold_id"]).sum()
    for step in steps.reset_index().to_dict("records"):
        together, here = float(total.get(step["subject_id"], 0.0)), float(repriced.get(step["threshold_id"], 0.0))
        slack = BALANCE_TOLERANCE * max(1.0, together)
        is_on = plan["is_reached"][step["threshold_id"]] > 0.5
        if is_on and not (step["at_per_yr"] - slack <= together <= step["next_per_yr"] + slack):
            raise SolverError(f"{step['subject_id']} has the price of a threshold that it does not reach")
        if abs(here - (together if is_on else 0.0)) > slack:
            raise SolverError(f"some units of {step['subject_id']} have another price than the rest")
    reached = plan["is_reached"].groupby(steps["subject_id"]).sum()
    for subject, first in steps.groupby("subject_id")["first_per_yr"].min().to_dict().items():
        if reached.get(subject, 0.0) < 0.5 and total.get(subject, 0.0) > first + BALANCE_TOLERANCE * max(1.0, first):
            raise SolverError(f"{subject} is over its threshold at the price below it")


def _verify_coalitions(case: Case, plan: Coefficients) -> None:
    """A coalition is on for all of its members, each with its part, or off."""
    agreed, quantity = case.agreements, plan["quantity"]
    if agreed.members.empty:
        return
    is_on = plan["is_joined"] > 0.5
    for project in agreed.projects(case.operators).to_dict("records"):
        if (plan["is_open"][project["flow_id"]] > 0.5) != is_on[project["coalition_id"]]:
            raise SolverError(f"{project['flow_id']} does not do as its coalition does")
    inside = agreed.inside
    used = inside["leg_id"].map(quantity).astype(float)
    if (used[~inside["coalition_id"].map(is_on).astype(bool)] > BALANCE_TOLERANCE).any():
        raise SolverError("members of a coalition that is off deal with each other")
    ratio = inside["leg_id"].map(case.legs["ratio"]).astype(float)
    for member in agreed.members[agreed.members["coalition_id"].map(is_on).astype(bool)].to_dict("records"):
        flow, mine = member["flow_id"], inside["coalition_id"] == member["coalition_id"]
        part = {
            "output": used[mine & (inside["tail_id"] == flow)].sum(),
            "need": (used * ratio)[mine & (inside["head_id"] == flow)].sum(),
            "operator": plan["throughput"].get(flow, 0.0),
        }[member["kind"]]
        if part < member["minimum_per_yr"] * (1 - BALANCE_TOLERANCE) - BALANCE_TOLERANCE:
            raise SolverError(f"{flow} does not bring its part to its coalition")


def _verify_quality(case: Case, plan: Coefficients) -> None:
    """The mean value of what each receiver is given meets its limits; what leaves a process is what came in and its load."""
    quality, legs, operators = case.quality, case.legs, case.operators
    if quality.empty:
        return
    mixed = [label.rsplit("|", 1) for label in plan["blend"].index]
    flow, flows = pd.factorize(np.array([*quality["flow_id"], *(operator for operator, _ in mixed)], dtype=object))
    place, parameters = pd.factorize(np.array([*quality["parameter"], *(name for _, name in mixed)], dtype=object))
    told, given = (flow[: len(quality)], place[: len(quality)]), (flow[len(quality) :], place[len(quality) :])

    def grid(name: str) -> NDArray[np.float64]:
        """What is declared, flow by parameter; the last row is for flows of which nothing is."""
        out = np.full((len(flows) + 1, len(parameters)), np.nan)
        out[told] = quality[name]
        return out

    def of_flows(series: pd.Series) -> NDArray[np.float64]:
        return np.append(series.reindex(flows).to_numpy(dtype=float, na_value=0.0), 0.0)[:, None]

    value, load = grid("value"), np.nan_to_num(grid("load_per_yr"))
    is_mixing = of_flows(operators["is_mixing"]) > 0
    if mixed:
        value[is_mixing[:, 0]] = np.nan
        value[given] = plan["blend"]
    index, quantity = pd.Index(flows), plan["quantity"].reindex(legs.index)
    tail = index.get_indexer(legs["tail_id"])
    used = (quantity > BALANCE_TOLERANCE).to_numpy() & (tail >= 0)
    head, held = index.get_indexer(legs["head_id"][used]), value[tail[used]]

    def arriving(weight: pd.Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What comes with the units that reach each flow, and those units, as far as their value is known."""
        each = np.where(np.isnan(held), 0.0, weight.to_numpy(dtype=float)[used, None])
        carried, units = np.zeros_like(value), np.zeros_like(value)
        np.add.at(carried, head, each * np.nan_to_num(held))
        np.add.at(units, head, each)
        return carried, units

    carried, total = arriving(quantity * legs["tonnes_per_unit"].where(legs["tonnes_per_unit"] > 0, 1.0))
    is_fed, tonnes = total > 0, case.needs["tonnes_per_unit"].where(case.needs["tonnes_per_unit"] > 0, 1.0)
    # What a need still buys as today is part of its blend where its quality is declared.
    still = np.where(np.isnan(value), 0.0, of_flows(plan["purchased"] * tonnes))
    carried, total = carried + still * np.nan_to_num(value), total + still
    slack = BALANCE_TOLERANCE * np.maximum(1.0, np.abs(carried))
    is_over = (carried > grid("maximum") * total + slack) | (carried < grid("minimum") * total - slack)
    if (is_over & is_fed).any():
        raise SolverError("a blend is outside its limits")

    mass, units = arriving(quantity * legs["ratio"])
    runs = of_flows(plan["is_open"].reindex(operators.index).fillna(1.0)) > 0.5
    mass = mass + np.where(runs, load, 0.0)
    made = np.where(is_mixing, 1.0, of_flows(case.products.groupby("operator_id")["share"].sum()))
    leaves = value * of_flows(plan["throughput"]) * made
    is_over = (load > 0) & runs & (mass > leaves + BALANCE_TOLERANCE * np.maximum(1.0, np.abs(mass)))
    if is_over.any():
        operator, parameter = np.argwhere(is_over)[0]
        raise SolverError(f"{flows[operator]} cannot carry its load of {parameters[parameter]} away")
    is_wrong = np.abs(mass - value * units)[given] > 10 * BALANCE_TOLERANCE * np.maximum(1.0, np.abs(mass[given]))
    if is_wrong.any():
        operator, name = mixed[int(np.argmax(is_wrong))]
        raise SolverError(f"{operator} does not give on the blend of {name} that it was given")


def _verify_periods(case: Case, calendar: Calendar, plan: Coefficients) -> None:
    """The year is the sum of its periods; in each, nobody gives, takes or works beyond it; nothing is delivered too old."""
    legs, count = case.legs, calendar.periods
    flow = plan["flow"].to_numpy().reshape(len(legs), count)
    work = plan["work"].to_numpy().reshape(len(case.operators), count)

    def within(left: pd.DataFrame, right: pd.DataFrame, what: str) -> None:
        left = left.reindex(right.index).fillna(0.0)
        over = left - right - BALANCE_TOLERANCE * np.maximum(1.0, right.abs())
        if (over > 0).to_numpy().any():
            raise SolverError(f"{what} of {over.max(axis=1).idxmax()} is beyond what a period holds")

    for parts, whole in ((flow, plan["quantity"]), (work, plan["throughput"])):
        if (np.abs(parts.sum(axis=1) - whole) > BALANCE_TOLERANCE * np.maximum(1.0, whole.abs())).any():
            raise SolverError("the year is not the sum of its periods")
    sent = pd.DataFrame(flow, index=legs.index)
    done = pd.DataFrame(work, index=case.operators.index)
    within(done, calendar.capacity, "work")
    taken = sent.mul(legs["ratio"], axis=0)
    within(taken[legs["head_kind"] == "need"].groupby(legs["head_id"].astype(object)).sum(), calendar.demand, "delivery")
    mixed = case.ports[(case.ports["direction"] == "input") & case.ports["is_substitutable"]]
    inlet = case.ports_of_legs("input")
    alone = mixed.index.isin(inlet)
    fed = taken[inlet.isin(mixed.index)].groupby(legs["head_id"].astype(object)).sum()
    owners = mixed.loc[alone, "operator_id"].unique()
    within((fed.reindex(owners).fillna(0.0) - done.loc[owners]).abs(), done.loc[owners] * 0.0, "input")

    source = legs["tail_id"].astype(object).where(legs["tail_kind"].eq("output"), case.ports_of_legs("output"))
    products = case.products
    made = done.reindex(products["operator_id"]).mul(products["share"].to_numpy(), axis=0).set_axis(products.index)
    arises = pd.concat([calendar.supply, made])
    gone = sent.groupby(source).sum().reindex(arises.index).fillna(0.0)
    _verify_stocks(calendar, plan["stock"], gone)
    _verify_ages(calendar, plan["aged"], gone)
    within(gone, arises, "supply")


def _verify_stocks(calendar: Calendar, stocks: pd.Series, gone: pd.DataFrame) -> None:
    """What is kept fits, and counts as gone in its period and as arising in the next, less what is lost."""
    count = calendar.periods
    for label in calendar.ageless.index:
        keep, room = calendar.stores.loc[label, ["keep_share", "capacity"]].to_numpy(dtype=float)
        stock = stocks.reindex([f"{label}@{t + 1}" for t in range(count)]).to_numpy()
        carried = np.r_[stock[-1] if calendar.is_cyclic else 0.0, stock[:-1]] * keep
        gone.loc[label] = gone.loc[label] + stock - carried
        if (stock > room * (1 + BALANCE_TOLERANCE) + BALANCE_TOLERANCE).any():
            raise SolverError(f"the store of {label} is over its capacity")


def _verify_ages(calendar: Calendar, ages: pd.Series, gone: pd.DataFrame) -> None:
    """What leaves a perishable arrived early enough, not too early, and waited where it fits."""
    count = calendar.periods
    for label in calendar.perishable.index:
        keep, room, life = calendar.stores.loc[label, ["keep_share", "capacity", "life"]].to_numpy(dtype=float)
        drawn, held, given = np.zeros(count), np.zeros(count), np.zeros(count)
        aged = ages[ages.index.str.startswith(f"{label}@")]
        for name, quantity in aged[aged > 0].items():
            arrives, leaves = (int(period) - 1 for period in str(name).rsplit("@", 1)[1].split("→"))
            age = (leaves - arrives) % count if calendar.is_cyclic else leaves - arrives
            if not 0 <= age <= life:
                raise SolverError(f"{label} is delivered after its use-by")
            given[leaves] += quantity
            drawn[arrives] += quantity / keep**age
            for step in range(age):
                held[(arrives + step) % count] += quantity / keep ** (age - step)
        if (np.abs(given - gone.loc[label]) > BALANCE_TOLERANCE * np.maximum(1.0, given)).any():
            raise SolverError(f"what leaves {label} has no date of arrival")
        if (held > room * (1 + BALANCE_TOLERANCE) + BALANCE_TOLERANCE).any():
            raise SolverError(f"the store of {label} is over its capacity")
        gone.loc[label] = drawn
