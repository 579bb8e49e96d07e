"""Every constraint family of the table in :mod:`symbiosis.allocation`, one block of rows each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from symbiosis.allocation.agreements import write_agreements
from symbiosis.allocation.blends import write_blends
from symbiosis.allocation.limits import write_limits
from symbiosis.allocation.periods import write_periods
from symbiosis.allocation.rows import Layout, Rows, Term
from symbiosis.objectives import Case


def write(case: Case, layout: Layout) -> Rows:
    """Every constraint family of the module's table, as blocks of sparse rows; the limits of the scenario stand last."""
    rows = write_rules(case, layout)
    write_limits(case, layout, rows)
    return rows


def write_rules(case: Case, layout: Layout) -> Rows:
    """What holds whatever the scenario asks of the whole."""
    rows = Rows()
    legs = case.legs
    quantity = layout.columns("quantity")
    to_need, from_output = legs["head_kind"].eq("need").to_numpy(), legs["tail_kind"].eq("output").to_numpy()

    declared = case.outputs["quantity_per_yr"]
    rows.add("output_balance", case.outputs.index, declared, declared, [
        Term(columns=quantity[from_output], labels=legs["tail_id"][from_output], values=1.0),
        Term(columns=layout.columns("disposed"), labels=case.outputs.index, values=1.0),
    ])  # fmt: skip
    taken = case.needs["quantity_per_yr"]
    rows.add("need_balance", case.needs.index, taken, taken, [
        Term(columns=quantity[to_need], labels=legs["head_id"][to_need], values=legs["ratio"][to_need]),
        Term(columns=layout.columns("purchased"), labels=case.needs.index, values=1.0),
    ])  # fmt: skip
    _write_recipes(case, layout, rows)
    projects = layout.labels["is_open"]
    rows.add("opening", projects, -np.inf, 0.0, [
        Term(columns=layout.columns("throughput", projects), labels=projects, values=1.0),
        Term(columns=layout.columns("is_open"), labels=projects, values=-case.operators.loc[projects, "capacity"]),
    ])  # fmt: skip
    linked = layout.labels["is_linked"]
    upper, lot = legs.loc[linked, "upper_per_yr"], legs.loc[linked, "minimum_lot_per_yr"]
    for name, low, high, coefficient in (("minimum_lot", 0.0, np.inf, -lot), ("link_limit", -np.inf, 0.0, -upper)):
        rows.add(name, linked, low, high, [
            Term(columns=layout.columns("quantity", linked), labels=linked, values=1.0),
            Term(columns=layout.columns("is_linked"), labels=linked, values=coefficient),
        ])  # fmt: skip
    whole = layout.labels["trips"]
    rows.add("trips", whole, -np.inf, 0.0, [
        Term(columns=layout.columns("quantity", whole), labels=whole, values=legs.loc[whole, "tonnes_per_unit"]),
        Term(columns=layout.columns("trips"), labels=whole, values=-legs.loc[whole, "load_t"]),
    ])  # fmt: skip
    members = case.pool_members
    pooled = pd.Index(sorted(members["output_id"].unique()), dtype=object)
    rows.add("pool", pooled, 0.0, np.inf, [
        Term(columns=layout.columns("disposed", pooled), labels=pooled, values=1.0),
        Term(columns=layout.columns("is_pooled", pd.Index(members["pool_id"])), labels=members["output_id"],
             values=-members["output_id"].map(declared).astype(float).to_numpy()),
    ])  # fmt: skip
    write_agreements(case, layout, rows)
    write_blends(case, layout, rows)
    write_periods(case, layout, rows)
    return rows


def _write_recipes(case: Case, layout: Layout, rows: Rows) -> None:
    quantity = layout.columns("quantity")
    to_operator = case.legs["head_kind"].eq("operator").to_numpy()
    from_operator = case.legs["tail_kind"].eq("operator").to_numpy()
    legs, inlets = case.legs, case.ports[case.ports["direction"] == "input"]
    substitutable = inlets[inlets["is_substitutable"]]
    mixed = pd.Index(substitutable["operator_id"].unique(), dtype=object)
    inlet_key = case.ports_of_legs("input")
    takes_any = to_operator & inlet_key.isin(substitutable.index).to_numpy()
    rows.add("process_input", mixed, 0.0, 0.0, [
        Term(columns=quantity[takes_any], labels=legs["head_id"][takes_any], values=legs["ratio"][takes_any]),
        Term(columns=layout.columns("throughput", mixed), labels=mixed, values=-1.0),
    ])  # fmt: skip
    fixed = inlets[~inlets["is_substitutable"]]
    takes_fixed = to_operator & inlet_key.isin(fixed.index).to_numpy()
    rows.add("process_input_fixed", fixed.index, 0.0, 0.0, [
        Term(columns=quantity[takes_fixed], labels=inlet_key[takes_fixed], values=legs["ratio"][takes_fixed]),
        Term(columns=layout.columns("throughput", pd.Index(fixed["operator_id"])), labels=fixed.index,
             values=-fixed["share"].to_numpy()),
    ])  # fmt: skip
    products = case.products
    product_key = case.ports_of_legs("output")
    rows.add("process_output", products.index, 0.0, 0.0, [
        Term(columns=quantity[from_operator], labels=product_key[from_operator], values=1.0),
        Term(columns=layout.columns("discarded"), labels=products.index, values=1.0),
        Term(columns=layout.columns("throughput", pd.Index(products["operator_id"])), labels=products.index,
             values=-products["share"].to_numpy()),
    ])  # fmt: skip
