"""A plan recomputed in plain arithmetic, apart from the programme that made it: nothing is believed without."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    legs, quantity = case.legs, plan["quantity"]
    for family, series in plan.items():
        if (series < -BALANCE_TOLERANCE * np.maximum(1.0, series.abs())).any():
            raise SolverError(f"{family} of {series.idxmin()} is negative")

    def equal(left: pd.Series, right: pd.Series, what: str) -> None:
        left = left.reindex(right.index).fillna(0.0)
        wrong = (left - right).abs() > BALANCE_TOLERANCE * np.maximum(1.0, right.abs())
        if wrong.any():
            raise SolverError(f"{what} does not balance at {wrong.idxmax()}")

    left_output = quantity[legs["tail_kind"] == "output"].groupby(legs["tail_id"]).sum()
    equal(left_output.add(plan["disposed"], fill_value=0.0), case.outputs["quantity_per_yr"], "output")
    served = (quantity * legs["ratio"])[legs["head_kind"] == "need"].groupby(legs["head_id"]).sum()
    equal(served.add(plan["purchased"], fill_value=0.0), case.needs["quantity_per_yr"], "need")
    made = quantity[legs["tail_kind"] == "operator"].groupby(legs["tail_id"] + "|output|" + legs["material_id"]).sum()
    products = case.products
    expected = products["share"] * products["operator_id"].map(plan["throughput"]).astype(float)
    equal(made.add(plan["discarded"], fill_value=0.0), expected, "product")
    fed = (quantity * legs["ratio"])[legs["head_kind"] == "operator"].groupby(legs["head_id"]).sum()
    inlets = case.ports[case.ports["direction"] == "input"]
    mixed = inlets[inlets["is_substitutable"]]["operator_id"].unique()
    fixed = set(inlets[~inlets["is_substitutable"]]["operator_id"])
    whole = [k for k in mixed if k not in fixed]
    equal(fed, plan["throughput"].reindex(whole), "operator")
    if (plan["throughput"] > case.operators["capacity"] * (1 + BALANCE_TOLERANCE) + BALANCE_TOLERANCE).any():
        raise SolverError("an operator is over its capacity")
    for family, flows in (("purchased", case.needs), ("disposed", case.outputs)):
        most = flows["quantity_per_yr"] - flows["minimum_per_yr"].clip(upper=flows["quantity_per_yr"])
        if (plan[family] > most + BALANCE_TOLERANCE * np.maximum(1.0, flows["quantity_per_yr"])).any():
            raise SolverError(f"a commitment is not kept: too much {family}")
    _verify_limits(case, plan)
    _verify_thresholds(case, plan)
    _verify_coalitions(case, plan)
    closed = plan["is_open"].index[plan["is_open"] < 0.5]
    if (plan["throughput"].reindex(closed) > BALANCE_TOLERANCE).any():
        raise SolverError("a project that is not opened works")
    used = quantity.reindex(plan["is_linked"].index)
    if (used[plan["is_linked"] < 0.5] > BALANCE_TOLERANCE).any():
        raise SolverError("a link that is not paid for is used")
    _verify_quality(case, plan)
    if case.calendar is not None:
        _verify_periods(case, case.calendar, plan)
    lots = legs["minimum_lot_per_yr"].reindex(used.index)
    if ((used > BALANCE_TOLERANCE) & (used < lots * (1 - BALANCE_TOLERANCE) - BALANCE_TOLERANCE)).any():
        raise SolverError("a delivery is below its minimum lot")


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
    quality = case.quality
    if quality.empty:
        return
    legs, quantity = case.legs, plan["quantity"]
    flows = quantity.reindex(legs.index)
    is_used = (flows > BALANCE_TOLERANCE).to_numpy()
    used = legs.loc[is_used, ["tail_id", "head_id", "tonnes_per_unit", "ratio"]].reset_index()
    used["quantity"] = flows[is_used].to_numpy()
    told = quality[["flow_id", "parameter", "value"]].dropna()
    mixing = case.operators.index[case.operators["is_mixing"]]
    blend = plan["blend"]
    given = pd.DataFrame([label.rsplit("|", 1) for label in blend.index], columns=["flow_id", "parameter"]).assign(
        value=blend.to_numpy()
    )
    told = pd.concat([told[~told["flow_id"].isin(mixing)], given]) if len(given) else told
    known = used.merge(told, left_on="tail_id", right_on="flow_id", how="inner").drop(columns="flow_id")

    limits = quality.dropna(subset=["minimum", "maximum"], how="all")
    fed = known.merge(limits[["flow_id", "parameter", "minimum", "maximum"]], left_on=["head_id", "parameter"],
                      right_on=["flow_id", "parameter"], how="inner")  # fmt: skip
    weight = fed["quantity"] * fed["tonnes_per_unit"].where(fed["tonnes_per_unit"] > 0, 1.0)
    key = [fed["head_id"], fed["parameter"]]
    carried, total = (weight * fed["value"]).groupby(key).sum(), weight.groupby(key).sum()
    # What a need still buys as today is part of its blend where its quality is declared.
    bought = quality[quality["flow_id"].isin(case.needs.index)].set_index(["flow_id", "parameter"])["value"].dropna()
    bought = bought.reindex(carried.index)
    tonnes = case.needs["tonnes_per_unit"].where(case.needs["tonnes_per_unit"] > 0, 1.0)
    still = (plan["purchased"] * tonnes).reindex(carried.index.get_level_values(0)).fillna(0.0).to_numpy(dtype=float)
    carried, total = carried + (still * bought).fillna(0.0), total + np.where(bought.notna(), still, 0.0)
    bound = limits.set_index(["flow_id", "parameter"])[["minimum", "maximum"]].reindex(carried.index)
    slack = BALANCE_TOLERANCE * np.maximum(1.0, carried.abs())
    if (carried > bound["maximum"] * total + slack).any() or (carried < bound["minimum"] * total - slack).any():
        raise SolverError("a blend is outside its limits")

    loads = quality[quality["load_per_yr"].gt(0)].set_index(["flow_id", "parameter"])
    into = (
        known.assign(mass=known["quantity"] * known["ratio"] * known["value"]).groupby(["head_id", "parameter"])["mass"].sum()
    )
    runs = plan["is_open"].reindex(case.operators.index).fillna(1.0) > 0.5
    made = case.products.groupby("operator_id")["share"].sum()
    for row in loads.reset_index().to_dict("records"):
        operator, parameter = row["flow_id"], row["parameter"]
        if operator not in runs.index or not runs[operator]:
            continue
        out = row["value"] if operator not in mixing else blend.get(f"{operator}|{parameter}", np.nan)
        leaves = out * plan["throughput"][operator] * (made.get(operator, 0.0) if operator not in mixing else 1.0)
        mass = into.get((operator, parameter), 0.0) + row["load_per_yr"]
        if mass > leaves + BALANCE_TOLERANCE * max(1.0, abs(mass)):
            raise SolverError(f"{operator} cannot carry its load of {parameter} away")
    for (operator, parameter), value in zip(given[["flow_id", "parameter"]].itertuples(index=False), blend, strict=True):
        arrives = known[(known["head_id"] == operator) & (known["parameter"] == parameter)]
        units = arrives["quantity"] * arrives["ratio"]
        added = loads["load_per_yr"].get((operator, parameter), 0.0)
        mass = float((units * arrives["value"]).sum()) + (added if runs[operator] else 0.0)
        if abs(mass - value * units.sum()) > BALANCE_TOLERANCE * max(1.0, abs(mass)) * 10:
            raise SolverError(f"{operator} does not give on the blend of {parameter} that it was given")


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
    within(taken[legs["head_kind"] == "need"].groupby(legs["head_id"]).sum(), calendar.demand, "delivery")
    mixed = case.ports[(case.ports["direction"] == "input") & case.ports["is_substitutable"]]
    alone = mixed.index.isin(legs["head_id"] + "|input|" + legs["head_material_id"])
    fed = taken[(legs["head_id"] + "|input|" + legs["head_material_id"]).isin(mixed.index)].groupby(legs["head_id"]).sum()
    owners = mixed.loc[alone, "operator_id"].unique()
    within((fed.reindex(owners).fillna(0.0) - done.loc[owners]).abs(), done.loc[owners] * 0.0, "input")

    source = legs["tail_id"].where(legs["tail_kind"].eq("output"), legs["tail_id"] + "|output|" + legs["material_id"])
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
