"""Rows of what several must agree on: prices that hold for every unit from a threshold on, coalitions on for all or off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from symbiosis.allocation.rows import Layout, Rows, Term
from symbiosis.objectives import Case


def write_agreements(case: Case, layout: Layout, rows: Rows) -> None:
    """Write what thresholds and coalitions ask.

    Parameters
    ----------
    case, layout, rows
        What may be used, where its columns stand, and the rows to add to.
    """
    _write_thresholds(case, layout, rows)
    _write_coalitions(case, layout, rows)


def _write_thresholds(case: Case, layout: Layout, rows: Rows) -> None:
    steps, parts = case.agreements.thresholds, case.agreements.repriced
    on, repriced = layout.columns("is_reached"), layout.columns("repriced")
    weight = parts["weight"].to_numpy()
    rows.add("step_reached", steps.index, 0.0, np.inf, [
        Term(columns=on, labels=steps.index, values=-steps["at_per_yr"]),
        Term(columns=repriced, labels=parts["threshold_id"], values=weight),
    ])  # fmt: skip
    further = steps[np.isfinite(steps["next_per_yr"])]
    rows.add("step_next", further.index, -np.inf, 0.0, [
        Term(columns=layout.columns("is_reached", further.index), labels=further.index, values=-further["next_per_yr"]),
        Term(columns=repriced, labels=parts["threshold_id"], values=weight),
    ])  # fmt: skip
    rows.add("step_limit", parts.index, -np.inf, 0.0, [
        Term(columns=repriced, labels=parts.index, values=1.0),
        Term(columns=layout.columns("is_reached", pd.Index(parts["threshold_id"])), labels=parts.index,
             values=-parts["upper_per_yr"]),
    ])  # fmt: skip
    # Each unit has one price at most, and none has the old one once a step is reached.
    once = parts.drop_duplicates("member_id")
    members = pd.Index(once["member_id"], dtype=object)
    is_leg = members.isin(case.legs.index)
    carried = [(layout.columns("quantity", members[is_leg]), is_leg),
               (layout.columns("throughput", members[~is_leg]), ~is_leg)]  # fmt: skip
    rows.add("step_share", members, 0.0, np.inf, [
        *(Term(columns=columns, labels=members[mine], values=1.0) for columns, mine in carried),
        Term(columns=repriced, labels=parts["member_id"], values=-1.0),
    ])  # fmt: skip
    first = steps.groupby("subject_id")["first_per_yr"].min()
    rows.add("step_below", first.index, -np.inf, first, [
        *(Term(columns=columns, labels=once["subject_id"][mine], values=once["weight"][mine]) for columns, mine in carried),
        Term(columns=repriced, labels=parts["subject_id"], values=-weight),
        Term(columns=on, labels=steps["subject_id"], values=steps["first_per_yr"]),
    ])  # fmt: skip


def _write_coalitions(case: Case, layout: Layout, rows: Rows) -> None:
    legs, agreed = case.legs, case.agreements
    projects, inside = agreed.projects(case.operators), agreed.inside
    labels = pd.Index(projects["coalition_id"] + "|" + projects["flow_id"], dtype=object)
    rows.add("coalition_open", labels, 0.0, 0.0, [
        Term(columns=layout.columns("is_joined", pd.Index(projects["coalition_id"])), labels=labels, values=1.0),
        Term(columns=layout.columns("is_open", pd.Index(projects["flow_id"])), labels=labels, values=-1.0),
    ])  # fmt: skip
    upper = legs["upper_per_yr"].reindex(inside["leg_id"]).to_numpy(dtype=float)
    quantity = layout.columns("quantity", pd.Index(inside["leg_id"]))
    rows.add("coalition_leg", pd.Index(inside["label"]), -np.inf, 0.0, [
        Term(columns=quantity, labels=inside["label"], values=1.0),
        Term(columns=layout.columns("is_joined", pd.Index(inside["coalition_id"])), labels=inside["label"], values=-upper),
    ])  # fmt: skip
    asked = agreed.members[agreed.members["minimum_per_yr"] > 0]
    label = pd.Index(asked["coalition_id"] + "|" + asked["flow_id"], dtype=object)
    works = (asked["kind"] == "operator").to_numpy()
    ratio = legs["ratio"].reindex(inside["leg_id"]).to_numpy(dtype=float)
    flows = {kind: label[(asked["kind"] == kind).to_numpy()] for kind in ("output", "need")}
    gives, takes = (pd.Index(inside["coalition_id"] + "|" + inside[end], dtype=object) for end in ("tail_id", "head_id"))
    given, taken = gives.isin(flows["output"]), takes.isin(flows["need"])
    rows.add("coalition_part", label, 0.0, np.inf, [
        Term(columns=layout.columns("is_joined", pd.Index(asked["coalition_id"])), labels=label,
             values=-asked["minimum_per_yr"]),
        Term(columns=layout.columns("throughput", pd.Index(asked["flow_id"])[works]), labels=label[works], values=1.0),
        Term(columns=quantity[given], labels=gives[given], values=1.0),
        Term(columns=quantity[taken], labels=takes[taken], values=ratio[taken]),
    ])  # fmt: skip
