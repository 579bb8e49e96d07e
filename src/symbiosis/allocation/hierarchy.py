"""The waste hierarchy, rung by rung; what legs and operators are worth; operators that cover their costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation.rows import Layout, Rows, Term
from symbiosis.objectives import Case, Coefficients, cost_eur, delivered_t_by_rung
from symbiosis.schemas import RUNGS

RUNG_BONUS_EUR_PER_T = 1e-3
"""Breaks the tie between a tonne that just pays for itself and one left where it is."""


def margins(case: Case) -> pd.Series:
    """Best margin against today of one unit on each leg that leaves an output, in euros.

    Direct legs: outlet saved + purchase replaced − transport. Legs to an operator: the products at the best price that any
    of its legs offers, or at their outlet, less the process. Chains of two operators are followed once.

    Parameters
    ----------
    case
        What may be used.

    Returns
    -------
    pandas.Series
        By leg; NaN on legs that do not leave an output.
    """
    saved = case.legs["tail_id"].map(case.outputs["outlet_cost_eur_per_unit"]).astype(float)
    return (_head_values(case, case.legs, operator_values(case)) + saved).where(case.legs["tail_kind"].eq("output"))


def _head_values(case: Case, legs: pd.DataFrame, value: pd.Series) -> pd.Series:
    """What one unit on each of some legs is worth where it arrives, less its transport."""
    price = legs["head_id"].map(_best_prices(case, "need", case.needs["price_eur_per_unit"])).astype(float)
    price = price.where(legs["head_kind"].eq("need"), legs["head_id"].map(value).astype(float))
    return legs["ratio"] * price - legs["transport_eur_per_unit"]


def _best_prices(case: Case, kind: str, usual: pd.Series) -> pd.Series:
    """Prices of needs, or costs of operators, at the step of their tariff that suits the plan best."""
    steps = case.agreements.thresholds
    by = steps[steps["kind"] == kind].groupby("subject_id")["price_eur_per_unit"]
    best = by.max() if kind == "need" else by.min()
    better = np.fmax if kind == "need" else np.fmin
    return pd.Series(better(usual, best.reindex(usual.index)), index=usual.index)


def operator_values(case: Case) -> pd.Series:
    """What one unit of each operator's reference flow is worth at best: its products, less its own cost.

    Parameters
    ----------
    case
        What may be used.

    Returns
    -------
    pandas.Series
        Euros per unit, by operator; a product passed on to a second operator is worth what that one makes of it.
    """
    legs, products = case.legs[case.legs["tail_kind"].eq("operator")], case.products
    key = legs["tail_id"].astype(object) + "|output|" + legs["material_id"]
    value = pd.Series(-np.inf, index=case.operators.index)
    own = _best_prices(case, "operator", case.operators["cost_eur_per_unit"])
    for _ in range(2):  # the second pass knows what a second operator is worth
        best = _head_values(case, legs, value).groupby(key.to_numpy()).max().reindex(products.index)
        each = products["share"] * np.fmax(best, -products["outlet_cost_eur_per_unit"])
        total = each.groupby(products["operator_id"].to_numpy()).sum().reindex(case.operators.index).fillna(0.0)
        value = total - own
    return value


def open_legs(case: Case, rung: str) -> NDArray[np.bool_]:
    """Legs that end at a rung or higher, and all legs of the operators that lead there.

    Parameters
    ----------
    case
        What may be used.
    rung
        One of :data:`symbiosis.schemas.RUNGS`.

    Returns
    -------
    numpy.ndarray
        One flag per leg. The by-products of a repair workshop may still be recycled while only reuse is open.
    """
    legs = case.legs
    high = legs["rung"].isin(RUNGS[: RUNGS.index(rung) + 1]) | ~legs["family"].eq("material")
    to_need, from_operator = legs["head_kind"].eq("need"), legs["tail_kind"].eq("operator")
    leading = set(legs.loc[from_operator & to_need & high, "tail_id"])
    leading |= set(legs.loc[from_operator & legs["head_id"].isin(leading), "tail_id"])
    direct = ~from_operator & to_need & high
    through = legs["head_id"].isin(leading) | legs["tail_id"].isin(leading)
    return np.asarray(direct | through, dtype=bool)


def rung_costs(case: Case, rung: str, costs: Coefficients) -> Coefficients:
    """Costs in euros, less a hair per tonne delivered at the rung, so that what just pays for itself is taken."""
    tonnes = delivered_t_by_rung(case, rung)["quantity"]
    return {**costs, "quantity": costs["quantity"] - RUNG_BONUS_EUR_PER_T * tonnes}


def write_project_pays(case: Case, layout: Layout, rows: Rows) -> None:
    """Every operator, and every direct leg with a charge of its own, covers its costs, fixed ones included.

    The projects of a coalition stand together, as they are opened together. What passes from one operator to the next is
    counted at half of what the second can make of it (in full where that is a cost), so that each of them stands by itself,
    and so does whatever group they form.

    Parameters
    ----------
    case, layout, rows
        What may be used, where its columns stand, and the rows to add to.
    """
    costs = cost_eur(case)
    linked, whole, projects = layout.labels["is_linked"], layout.labels["trips"], layout.labels["is_open"]
    # A direct leg without a charge of its own pays by itself or is not used: in a large territory that is nearly all of them.
    answers = case.legs["head_kind"].eq("operator").to_numpy() | case.legs["tail_kind"].eq("operator").to_numpy()
    for labels in (linked, whole):
        answers[case.legs.index.get_indexer(labels)] = True
    legs, quantity = case.legs[answers], layout.columns("quantity")[answers]
    saved = legs["tail_id"].map(case.outputs["outlet_cost_eur_per_unit"]).astype(float).fillna(0.0)
    replaced = (legs["ratio"] * legs["head_id"].map(case.needs["price_eur_per_unit"]).astype(float)).fillna(0.0)
    transport = costs["quantity"][answers].fillna(0.0)
    to_operator, from_operator = legs["head_kind"].eq("operator"), legs["tail_kind"].eq("operator")
    between = (to_operator & from_operator).to_numpy()
    worth = _head_values(case, legs, operator_values(case)).where(between, 0.0)
    passed = worth.where(worth < 0, worth / 2)
    together = case.agreements.projects(case.operators).drop_duplicates("flow_id").set_index("flow_id")["coalition_id"]
    giver, taker = _as_groups(legs["tail_id"], together), _as_groups(legs["head_id"], together)
    between = between & giver.ne(taker).to_numpy()
    passed = passed.where(between, 0.0)
    # The receiver of a leg answers for it if it is an operator, else its sender; a direct leg answers for itself.
    owner = taker.where(to_operator, giver.where(from_operator))
    owner = owner.fillna(legs.index.to_series().astype(object))
    group = _as_groups(case.operators.index.to_series(), together)
    labels = pd.Index(sorted({*group, *owner}), dtype=object)
    products, repriced = case.products, case.agreements.repriced
    payer = repriced["member_id"].map(pd.concat([owner, group])).astype(object).fillna("")
    terms = [
        Term(columns=quantity, labels=owner, values=saved + replaced - transport - passed),
        Term(columns=layout.columns("is_linked"), labels=owner.reindex(linked).fillna(""),
             values=-costs["is_linked"].reindex(linked).to_numpy()),
        Term(columns=layout.columns("trips"), labels=owner.reindex(whole).fillna(""),
             values=-costs["trips"].reindex(whole).to_numpy()),
        Term(columns=layout.columns("throughput"), labels=group, values=-costs["throughput"].to_numpy()),
        Term(columns=layout.columns("discarded"), labels=products["operator_id"].map(group),
             values=-costs["discarded"].to_numpy()),
        Term(columns=layout.columns("repriced"), labels=payer,
             values=-costs["repriced"].to_numpy()),
        Term(columns=layout.columns("is_open"), labels=group.reindex(projects),
             values=-costs["is_open"].reindex(projects).to_numpy()),
    ]  # fmt: skip
    if between.any():
        terms.append(Term(columns=quantity[between], labels=giver[between], values=passed[between]))
    rows.add("project_pays", labels, 0.0, np.inf, terms)


def _as_groups(names: pd.Series, together: pd.Series) -> pd.Series:
    """Names of operators, those of a coalition's projects as the coalition's own."""
    names = names.astype(object)
    return names.where(~names.isin(together.index), names.map(together).astype(object))
