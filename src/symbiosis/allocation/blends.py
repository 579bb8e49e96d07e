"""Rows of quality: the blend at a receiver, what a process that mixes gives on, the load that a process adds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from symbiosis.allocation.quality import inflows, limited_blends, loads
from symbiosis.allocation.rows import Layout, Rows, Term
from symbiosis.objectives import Case


def write_blends(case: Case, layout: Layout, rows: Rows) -> None:
    """Write the limits of blends, the balances of mixes and the loads that processes add.

    Parameters
    ----------
    case, layout, rows
        What may be used, where its columns stand, and the rows to add to.
    """
    _write_limits(case, layout, rows)
    _write_mixes(case, layout, rows)
    _write_loads(case, layout, rows)


def _write_limits(case: Case, layout: Layout, rows: Rows) -> None:
    every, needs = limited_blends(case), case.needs
    if every.empty:
        for name in ("blend_maximum", "blend_minimum"):
            rows.add(name, pd.Index([], dtype=object), 0.0, 0.0, [])
        return
    tonnes = case.legs["tonnes_per_unit"]
    bought = case.quality[case.quality["flow_id"].isin(needs.index) & case.quality["value"].notna()]
    names = [f"{flow}|{parameter}" for flow, parameter in zip(bought["flow_id"], bought["parameter"], strict=True)]
    bought = bought.set_index(pd.Index(names, dtype=object))
    for name, bound, low, high in (("blend_maximum", "maximum", -np.inf, 0.0), ("blend_minimum", "minimum", 0.0, np.inf)):
        terms = every[every[bound].notna()]
        labels = pd.Index(terms["label"].unique(), dtype=object)
        weight = terms["leg_id"].map(tonnes.where(tonnes > 0, 1.0)).to_numpy(dtype=float)
        told, mixed = terms["value"].notna().to_numpy(), terms["blend_id"].isin(layout.labels["blend"]).to_numpy()
        known = terms[told | mixed]
        value = known["value"].fillna(0.0).to_numpy()
        limit = terms.drop_duplicates("label").set_index("label")[bound]
        # What is still bought as today is part of the blend where its quality is declared.
        today = bought[bought.index.isin(labels)]
        per_unit = today["flow_id"].map(needs["tonnes_per_unit"].where(needs["tonnes_per_unit"] > 0, 1.0)).astype(float)
        rows.add(name, labels, low, high, [
            Term(columns=layout.columns("quantity", pd.Index(known["leg_id"])), labels=known["label"],
                 values=weight[told | mixed] * (value - known[bound].to_numpy())),
            Term(columns=layout.columns("quantity", pd.Index(terms["leg_id"][mixed])), labels=terms["label"][mixed],
                 values=weight[mixed], times=layout.columns("blend", pd.Index(terms["blend_id"][mixed]))),
            Term(columns=layout.columns("purchased", pd.Index(today["flow_id"])), labels=today.index,
                 values=per_unit * (today["value"] - limit.reindex(today.index))),
        ])  # fmt: skip


def _write_mixes(case: Case, layout: Layout, rows: Rows) -> None:
    """What comes in, each unit with its value, and the load = the blend × the throughput."""
    keys = layout.mixes
    if keys.empty:
        rows.add("mixture", keys.index, 0.0, 0.0, [])
        return
    added = loads(case)["load_per_yr"].reindex(keys.index).fillna(0.0)
    terms = inflows(case, keys)
    ratio = terms["leg_id"].map(case.legs["ratio"]).to_numpy(dtype=float)
    quantity = layout.columns("quantity", pd.Index(terms["leg_id"]))
    told = terms["value"].notna().to_numpy()
    # A value that is not known is the blend's own, or that of the mix it comes from.
    source = terms["blend_id"].where(terms["blend_id"] != "", terms["label"])
    rows.add("mixture", keys.index, -_always(case, keys, added), -_always(case, keys, added), [
        Term(columns=quantity[told], labels=terms["label"][told], values=ratio[told] * terms["value"][told].to_numpy()),
        _load_of_projects(case, layout, keys, added),
        Term(columns=quantity[~told], labels=terms["label"][~told], values=ratio[~told],
             times=layout.columns("blend", pd.Index(source[~told]))),
        Term(columns=layout.columns("throughput", pd.Index(keys["flow_id"])), labels=keys.index, values=-1.0,
             times=layout.columns("blend")),
    ])  # fmt: skip


def _write_loads(case: Case, layout: Layout, rows: Rows) -> None:
    """What came in and the load stay within the specification of what leaves."""
    keys = loads(case)
    mixing = case.operators["is_mixing"].reindex(keys["flow_id"]).to_numpy(dtype=bool)
    keys = keys[~mixing & keys["value"].notna()]
    if keys.empty:
        rows.add("fixed_load", keys.index, -np.inf, 0.0, [])
        return
    terms = inflows(case, keys)
    ratio = terms["leg_id"].map(case.legs["ratio"]).to_numpy(dtype=float)
    mixed = terms["blend_id"].isin(layout.labels["blend"]).to_numpy()
    # A value that is not known counts as the most that the inlet takes.
    value = terms["value"].fillna(terms["label"].map(keys["maximum"])).fillna(0.0).to_numpy(dtype=float)
    quantity = layout.columns("quantity", pd.Index(terms["leg_id"]))
    made = case.products.groupby("operator_id")["share"].sum().reindex(keys["flow_id"]).fillna(0.0).to_numpy()
    rows.add("fixed_load", keys.index, -np.inf, -_always(case, keys, keys["load_per_yr"]), [
        Term(columns=quantity[~mixed], labels=terms["label"][~mixed], values=(ratio * value)[~mixed]),
        _load_of_projects(case, layout, keys, keys["load_per_yr"]),
        Term(columns=quantity[mixed], labels=terms["label"][mixed], values=ratio[mixed],
             times=layout.columns("blend", pd.Index(terms["blend_id"][mixed]))),
        Term(columns=layout.columns("throughput", pd.Index(keys["flow_id"])), labels=keys.index,
             values=-keys["value"].to_numpy() * made),
    ])  # fmt: skip


def _always(case: Case, keys: pd.DataFrame, load: pd.Series) -> pd.Series:
    """The load of operators that exist; a project adds its own only when it is opened."""
    return load.where(keys["flow_id"].map(case.operators["is_existing"]).astype(bool), 0.0)


def _load_of_projects(case: Case, layout: Layout, keys: pd.DataFrame, load: pd.Series) -> Term:
    project = keys["flow_id"].isin(layout.labels["is_open"]).to_numpy()
    columns = layout.columns("is_open", pd.Index(keys["flow_id"][project]))
    return Term(columns=columns, labels=keys.index[project], values=load[project].to_numpy())
