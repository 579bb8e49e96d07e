"""A plan recomputed in plain arithmetic, apart from the programme that made it: nothing is believed without."""

from __future__ import annotations

import numpy as np
import pandas as pd

from symbiosis.errors import SolverError
from symbiosis.objectives import LIMITED, Case, Coefficients, against_today, evaluate

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
    whole = [k for k in mixed if k not in set(inlets[~inlets["is_substitutable"]]["operator_id"])]
    equal(fed, plan["throughput"].reindex(whole), "operator")
    if (plan["throughput"] > case.operators["capacity"] * (1 + BALANCE_TOLERANCE) + BALANCE_TOLERANCE).any():
        raise SolverError("an operator is over its capacity")
    for family, flows in (("purchased", case.needs), ("disposed", case.outputs)):
        most = flows["quantity_per_yr"] - flows["minimum_per_yr"].clip(upper=flows["quantity_per_yr"])
        if (plan[family] > most + BALANCE_TOLERANCE * np.maximum(1.0, flows["quantity_per_yr"])).any():
            raise SolverError(f"a commitment is not kept: too much {family}")
    _verify_limits(case, plan)
    closed = plan["is_open"].index[plan["is_open"] < 0.5]
    if (plan["throughput"].reindex(closed) > BALANCE_TOLERANCE).any():
        raise SolverError("a project that is not opened works")
    used = quantity.reindex(plan["is_linked"].index)
    if (used[plan["is_linked"] < 0.5] > BALANCE_TOLERANCE).any():
        raise SolverError("a link that is not paid for is used")
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
