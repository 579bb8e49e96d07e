"""What one more tonne would be worth: the prices that a plan puts on outputs, needs, processes and limits.

They are duals of the last stage, whole numbers held at their values and the higher rungs at what they reached: what the gain of
the territory would rise by, per unit. A gain rises ever more slowly, so that one more unit is worth this much *at most*; where
projects, lots, lorries or rounds are whole, only as long as none of them changes.

========= =================================================================================================================
kind      one more unit
========= =================================================================================================================
output    of what leaves: the outlet that it would have cost today, less what it costs in the plan
need      of what is needed: the purchase that it would have cost today, less what it costs in the plan
process   of what an operator can treat
limit     of a limit of the scenario, allowed by a cap or (a cost, hence negative) asked by a floor
========= =================================================================================================================
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from symbiosis.allocation import Allocation
from symbiosis.objectives import Case, Coefficients
from symbiosis.seasons import in_periods

KINDS = ("output", "need", "process", "limit")
COLUMNS = ["kind", "subject_id", "actor_id", "worth_eur_per_unit", "unit", "is_with_integers_held"]
NEGLIGIBLE = 1e-6
WHOLE = ("is_open", "is_linked", "trips", "is_pooled", "is_reached", "is_joined")


def shadow_prices(case: Case, allocation: Allocation) -> pd.DataFrame:
    """Prices of a plan, those that are not zero.

    Parameters
    ----------
    case, allocation
        What could be used, and the plan with its duals.

    Returns
    -------
    pandas.DataFrame
        `kind`, `subject_id` (flow, operator or indicator), `actor_id`, `worth_eur_per_unit`, `unit`, `is_with_integers_held`;
        by kind, the dearest first. Empty where products of columns leave no prices.
    """
    plan, dual = allocation.plan, _prices_of_upper_bounds(allocation.duals)
    outputs, needs, operators = case.outputs, case.needs, case.operators
    tail, head = _of_legs(case, plan, dual)
    members = case.pool_members
    on_rounds = members["pool_id"].map(plan["is_pooled"]).astype(float).groupby(members["output_id"]).sum()
    pooled = dual["pool"] * on_rounds.reindex(dual["pool"].index).fillna(0.0)
    opened = dual["opening"] * plan["is_open"]
    worth = {
        "output": outputs["outlet_cost_eur_per_unit"] - dual["output_balance"] - dual["disposed"],
        "need": needs["price_eur_per_unit"] - dual["need_balance"] - dual["purchased"] + _filled(head, needs),
        "process": -dual["throughput"]
        - _filled(opened, operators)
        + _filled(head, operators)
        - _filled(_of_agreements(case, plan, dual), operators),
        "limit": -dual["limit"],
    }
    worth["output"] = worth["output"] - _filled(pooled, outputs) + _filled(tail, outputs)
    if case.calendar is not None:
        seasons = case.calendar
        arrivals = pd.concat([dual["period_supply"], dual["shelf_arrival"]])
        for kind, prices, parts in (
            ("output", arrivals, seasons.supply), ("need", dual["period_need"], seasons.demand),
            ("process", dual["work"], seasons.capacity),
        ):  # fmt: skip
            worth[kind] = worth[kind] - _over_the_year(prices, parts).reindex(worth[kind].index).fillna(0.0)
    # Of what a first run left nothing of, the second has nothing to say: its rows hold fixed columns alone.
    tables = {"output": outputs[outputs["quantity_per_yr"] > NEGLIGIBLE], "need": needs[needs["quantity_per_yr"] > NEGLIGIBLE],
              "process": operators[operators["capacity"] > NEGLIGIBLE]}  # fmt: skip
    found = [_rows(kind, series, tables.get(kind)) for kind, series in worth.items()]
    table = pd.concat(found, ignore_index=True).assign(is_with_integers_held=any(len(plan[family]) for family in WHOLE))
    order = pd.DataFrame({"kind": table["kind"].map(KINDS.index), "worth": -table["worth_eur_per_unit"].abs()})
    return table.loc[order.assign(id=table["subject_id"]).sort_values(["kind", "worth", "id"]).index, COLUMNS].reset_index(
        drop=True
    )


def _prices_of_upper_bounds(duals: Coefficients) -> Coefficients:
    """Reduced costs below zero belong to upper bounds; those above, to what is not used, say nothing of one unit more.

    What stays as it is today has the declared quantity for an upper bound too: one unit more moves both.
    """
    bounds = ("quantity", "disposed", "purchased", "throughput", "work")
    return duals | {family: duals[family].clip(upper=0.0) for family in bounds}


def _filled(series: pd.Series, like: pd.DataFrame) -> pd.Series:
    return series.reindex(like.index).fillna(0.0)


def _rows(kind: str, worth: pd.Series, flows: pd.DataFrame | None) -> pd.DataFrame:
    worth = worth if flows is None else worth.reindex(flows.index)
    worth = worth[worth.abs() > NEGLIGIBLE]
    known = {name: "" if flows is None else flows[name].astype(object).reindex(worth.index).to_numpy()
             for name in ("actor_id", "unit")}  # fmt: skip
    return pd.DataFrame({"kind": kind, "subject_id": worth.index.astype(object), **known,
                         "worth_eur_per_unit": worth.to_numpy(dtype=float)})  # fmt: skip


def _of_legs(case: Case, plan: Coefficients, dual: Coefficients) -> tuple[pd.Series, pd.Series]:
    """What the ends of legs are worth through the most that a leg may carry, where that is what one end declares.

    One of two equal constraints carries the price, as the engine likes; where both ends set the same limit, one more unit at
    one of them changes nothing.
    """
    legs = case.legs
    linked = dual["link_limit"] * plan["is_linked"]
    agreed = _of_agreements(case, plan, dual)
    price = -dual["quantity"] - linked.reindex(legs.index).fillna(0.0) - agreed.reindex(legs.index).fillna(0.0)
    upper = legs["upper_per_yr"]
    gives = legs["tail_id"].map(case.outputs["quantity_per_yr"]).astype(float)
    takes = legs["head_id"].map(pd.concat([case.needs["quantity_per_yr"], case.operators["capacity"]])).astype(float)
    by_tail, by_head = (pd.Series(np.isclose(upper, side, rtol=1e-9), legs.index) for side in (gives, takes / legs["ratio"]))
    tail = price.where(by_tail & ~by_head, 0.0).groupby(legs["tail_id"], observed=True).sum()
    head = (price / legs["ratio"]).where(by_head & ~by_tail, 0.0).groupby(legs["head_id"], observed=True).sum()
    return tail.set_axis(tail.index.astype(object)), head.set_axis(head.index.astype(object))


def _of_agreements(case: Case, plan: Coefficients, dual: Coefficients) -> pd.Series:
    """What the limits of legs and operators are worth in rows of thresholds and coalitions that are on."""
    parts, inside = case.agreements.repriced, case.agreements.inside
    steps = dual["step_limit"] * parts["threshold_id"].map(plan["is_reached"]).astype(float)
    joined = dual["coalition_leg"].to_numpy() * inside["coalition_id"].map(plan["is_joined"]).to_numpy(dtype=float)
    both = pd.concat([steps.set_axis(parts["member_id"]), pd.Series(joined, inside["leg_id"], dtype=float)])
    summed: pd.Series = both.groupby(level=0).sum()
    return summed


def _over_the_year(prices: pd.Series, parts: pd.DataFrame) -> pd.Series:
    """Price of one unit that is spread over the periods as the others are."""
    each = prices.reindex(in_periods(parts.index, parts.shape[1])).fillna(0.0).to_numpy().reshape(parts.shape)
    total = parts.sum(axis=1)
    return pd.Series((each * parts.to_numpy()).sum(axis=1), parts.index) / total.where(total > 0, 1.0)
