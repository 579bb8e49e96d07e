"""The waste hierarchy: which legs pay for themselves, and operators that cover their costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from symbiosis.allocation.rows import Layout, Rows, Term
from symbiosis.objectives import Case, cost_eur


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
    legs = case.legs
    transport = legs["transport_eur_per_unit"]
    at_need = legs["ratio"] * legs["head_id"].map(case.needs["price_eur_per_unit"]).astype(float) - transport
    value = _operator_values(case, at_need.where(legs["head_kind"].eq("need")))
    through = legs["ratio"] * legs["head_id"].map(value).astype(float) - transport
    # A second operator's value is known now; products that flow on to it are counted once more.
    value = _operator_values(case, at_need.where(legs["head_kind"].eq("need"), through))
    through = legs["ratio"] * legs["head_id"].map(value).astype(float) - transport
    saved = legs["tail_id"].map(case.outputs["outlet_cost_eur_per_unit"]).astype(float)
    margin = at_need.where(legs["head_kind"].eq("need"), through) + saved
    return margin.where(legs["tail_kind"].eq("output"))


def _operator_values(case: Case, leg_values: pd.Series) -> pd.Series:
    products = case.products
    key = case.legs["tail_id"] + "|output|" + case.legs["material_id"]
    best = leg_values.groupby(key.to_numpy()).max().reindex(products.index)
    each = products["share"] * np.fmax(best, -products["outlet_cost_eur_per_unit"])
    value = each.groupby(products["operator_id"].to_numpy()).sum()
    return value.reindex(case.operators.index).fillna(0.0) - case.operators["cost_eur_per_unit"]


def eligible(case: Case) -> pd.Series:
    """Legs whose best chain is worth at least as much as today; legs between operators and to needs follow their operator."""
    return margins(case).fillna(0.0) >= -1e-9


def write_project_pays(case: Case, layout: Layout, rows: Rows) -> None:
    """Operators that work together cover their costs, fixed ones included, from what they save and replace."""
    legs, operators = case.legs, case.operators
    between = legs["tail_kind"].eq("operator") & legs["head_kind"].eq("operator")
    group = pd.Series(operators.index, index=operators.index)
    for _ in range(len(operators)):
        joined = legs[between]
        lowest = pd.concat([
            pd.Series(joined["tail_id"].map(group).to_numpy(), index=joined["head_id"]),
            pd.Series(joined["head_id"].map(group).to_numpy(), index=joined["tail_id"]),
            group,
        ]).groupby(level=0).min()  # fmt: skip
        if lowest.equals(group.sort_index()):
            break
        group = lowest
    group = group.reindex(operators.index)
    costs = cost_eur(case)
    saved = legs["tail_id"].map(case.outputs["outlet_cost_eur_per_unit"]).astype(float).fillna(0.0)
    replaced = (legs["ratio"] * legs["head_id"].map(case.needs["price_eur_per_unit"]).astype(float)).fillna(0.0)
    net = saved + replaced - costs["quantity"].reindex(legs.index).fillna(0.0)
    owner = legs["head_id"].map(group).fillna(legs["tail_id"].map(group))
    in_group = owner.notna().to_numpy()
    labels = pd.Index(sorted(group.unique()), dtype=object)
    linked, whole, projects = layout.labels["is_linked"], layout.labels["trips"], layout.labels["is_open"]
    rows.add("project_pays", labels, 0.0, np.inf, [
        Term(columns=layout.columns("quantity")[in_group], labels=owner[in_group], values=net[in_group]),
        Term(columns=layout.columns("is_linked"), labels=owner.reindex(linked).fillna(""),
             values=-costs["is_linked"].reindex(linked).to_numpy()),
        Term(columns=layout.columns("trips"), labels=owner.reindex(whole).fillna(""),
             values=-costs["trips"].reindex(whole).to_numpy()),
        Term(columns=layout.columns("throughput"), labels=group, values=-costs["throughput"].to_numpy()),
        Term(columns=layout.columns("discarded"), labels=case.products["operator_id"].map(group),
             values=-costs["discarded"].to_numpy()),
        Term(columns=layout.columns("is_open"), labels=group.reindex(projects),
             values=-costs["is_open"].reindex(projects).to_numpy()),
    ])  # fmt: skip
