"""What several must agree on: prices that hold for every unit once enough comes together, coalitions that need all members.

A *threshold* belongs to a need or an operator: from ``at_per_yr`` on, what is delivered to the need is worth another price, or
what the operator treats costs another price, the first unit included. Several thresholds of one flow are steps of one tariff.
Whoever brings the units is indifferent to it: the *members* of a threshold are the legs into the need, or the operator itself.

A *coalition* is on for all its members or off. On, its projects are opened and each member brings, takes or treats at least its
part; off, its projects stay closed and nothing passes between its members. A giver's part is what it gives to other members, a
taker's what it has from them, an operator's what it treats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from symbiosis.flows import Flows

_TEXTS = dict.fromkeys(("threshold_id", "subject_id", "coalition_id", "tail_id", "head_id"), object)
_NUMBERS = dict.fromkeys(("weight", "upper_per_yr", "cost_eur_per_unit"), float)


def _nothing(*names: str, label: str) -> pd.DataFrame:
    """A table of some columns without a row: most territories agree on nothing, and are asked at every turn of a slider."""
    columns = {name: pd.Series(dtype={**_TEXTS, **_NUMBERS}.get(name, "str")) for name in names}
    return pd.DataFrame(columns, index=pd.Index([], dtype=object, name=label) if label else None)


_NO_REPRICED = _nothing("threshold_id", "subject_id", "weight", "member_id", "upper_per_yr", "cost_eur_per_unit", label="label")
_NO_INSIDE = _nothing("label", "leg_id", "coalition_id", "tail_id", "head_id", label="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreements:
    """Thresholds and coalitions over some legs.

    Attributes
    ----------
    thresholds
        By `threshold_id` (``flow≥quantity``): `subject_id`, `kind` (need or operator), `price_eur_per_unit`, `at_per_yr`,
        `next_per_yr` (where the next step begins, or infinite), `first_per_yr` (where the first one does).
    repriced
        By ``threshold|member``: `threshold_id`, `subject_id`, `member_id` (leg or operator), `weight` (units of the subject per
        unit of the member), `upper_per_yr` (of the member), `cost_eur_per_unit` (change per unit of the member).
    coalitions
        By `coalition_id`: `is_possible` (every member is there).
    members
        `coalition_id`, `flow_id`, `kind`, `minimum_per_yr`.
    inside
        By `leg_id`: `coalition_id` of both of its ends.
    """

    thresholds: pd.DataFrame
    repriced: pd.DataFrame
    coalitions: pd.DataFrame
    members: pd.DataFrame
    inside: pd.DataFrame

    def projects(self, operators: pd.DataFrame) -> pd.DataFrame:
        """Members that are projects: `flow_id`, `coalition_id`."""
        is_project = self.members["flow_id"].map(~operators["is_existing"]).eq(True)
        return self.members.loc[is_project, ["flow_id", "coalition_id"]].reset_index(drop=True)


def agreements_of(flows: Flows, legs: pd.DataFrame) -> Agreements:
    """Thresholds that can be reached, and coalitions, over the legs of a run.

    Parameters
    ----------
    flows
        With `thresholds` and `coalitions`, in reference units.
    legs
        What may be used.

    Returns
    -------
    Agreements
    """
    thresholds = _thresholds(flows)
    members, coalitions = _members(flows)
    return Agreements(
        thresholds=thresholds,
        repriced=_repriced(thresholds, flows, legs),
        coalitions=coalitions,
        members=members,
        inside=_inside(members, legs),
    )


def over(agreements: Agreements, legs: pd.DataFrame, *, settled: pd.Index) -> Agreements:
    """What is left to agree on in a run that comes after another one.

    Parameters
    ----------
    agreements
        Of the first run.
    legs
        What the second may use.
    settled
        Coalitions that the first formed: nothing more is asked of their members.

    Returns
    -------
    Agreements
        Without thresholds: a run that is to be confirmed counts on no price that the first has not reached.
    """
    inside = agreements.inside[~agreements.inside["coalition_id"].isin(settled)]
    return Agreements(
        thresholds=agreements.thresholds.iloc[:0],
        repriced=agreements.repriced.iloc[:0],
        coalitions=agreements.coalitions[~agreements.coalitions.index.isin(settled)],
        members=agreements.members[~agreements.members["coalition_id"].isin(settled)],
        inside=inside if inside.empty else inside[inside["leg_id"].isin(legs.index)],
    )


def _thresholds(flows: Flows) -> pd.DataFrame:
    told = flows.thresholds
    most = pd.concat([flows.needs["quantity_per_yr"], flows.operators["capacity"]])
    told = told[told["at_per_yr"] <= told["subject_id"].map(most).astype(float)]
    told = told.sort_values(["subject_id", "at_per_yr", "price_eur_per_unit"], kind="stable")
    # Two prices from one quantity on: the lower one stands.
    told = told.drop_duplicates(["subject_id", "at_per_yr"])
    steps = told.groupby("subject_id")["at_per_yr"]
    names = [f"{subject}≥{at:g}" for subject, at in zip(told["subject_id"], told["at_per_yr"], strict=True)]
    return told.assign(next_per_yr=steps.shift(-1).fillna(np.inf), first_per_yr=steps.transform("min")).set_axis(
        pd.Index(names, dtype=object, name="threshold_id")
    )


def _repriced(thresholds: pd.DataFrame, flows: Flows, legs: pd.DataFrame) -> pd.DataFrame:
    if thresholds.empty:
        return _NO_REPRICED
    mine = legs.loc[legs["head_id"].isin(thresholds["subject_id"]) & legs["head_kind"].eq("need"), ["head_id", "ratio"]]
    into = mine.assign(member_id=mine.index, upper_per_yr=legs["upper_per_yr"]).astype({"head_id": object})
    into = into.rename(columns={"head_id": "subject_id", "ratio": "weight"})
    operators = flows.operators
    alone = pd.DataFrame({"subject_id": operators.index.astype(object), "member_id": operators.index, "weight": 1.0,
                          "upper_per_yr": operators["capacity"].to_numpy(dtype=float)})  # fmt: skip
    alone = alone[alone["subject_id"].isin(thresholds["subject_id"])]
    parts = [part for part in (into, alone) if len(part)] or [alone]
    table = thresholds.reset_index()[["threshold_id", "subject_id", "kind", "price_eur_per_unit"]].merge(
        pd.concat(parts, ignore_index=True), on="subject_id", how="inner", validate="many_to_many"
    )
    usual = pd.concat([flows.needs["price_eur_per_unit"], flows.operators["cost_eur_per_unit"]])
    more = table["price_eur_per_unit"] - table["subject_id"].map(usual).astype(float)
    sign = np.where(table["kind"] == "need", -1.0, 1.0)  # what a need pays more is gained, what an operator asks more is spent
    return (
        table.assign(cost_eur_per_unit=sign * more * table["weight"])
        .drop(columns=["kind", "price_eur_per_unit"])
        .set_axis(pd.Index(table["threshold_id"] + "|" + table["member_id"].astype(object), dtype=object, name="label"))
    )


def _members(flows: Flows) -> tuple[pd.DataFrame, pd.DataFrame]:
    told = flows.coalitions
    kinds = pd.concat([
        pd.Series(kind, index=table.index, dtype=object)
        for kind, table in (("output", flows.outputs), ("need", flows.needs), ("operator", flows.operators))
    ])  # fmt: skip
    kind = told["flow_id"].map(kinds).astype(object)
    # Whoever left the territory leaves a coalition that can no longer be complete.
    is_possible = kind.notna().groupby(told["coalition_id"].to_numpy()).all()
    coalitions = pd.DataFrame({"is_possible": is_possible.astype(bool)}).rename_axis("coalition_id")
    return told.assign(kind=kind)[kind.notna()].reset_index(drop=True), coalitions


def _inside(members: pd.DataFrame, legs: pd.DataFrame) -> pd.DataFrame:
    if members.empty:
        return _NO_INSIDE
    flows = members[["flow_id", "coalition_id"]]
    is_end = legs["tail_id"].isin(flows["flow_id"]) & legs["head_id"].isin(flows["flow_id"])
    ends = legs.loc[is_end, ["tail_id", "head_id"]].astype(object).reset_index(names="leg_id")
    found = ends.merge(flows, left_on="tail_id", right_on="flow_id", how="inner", validate="many_to_many").merge(
        flows, left_on=["head_id", "coalition_id"], right_on=["flow_id", "coalition_id"], how="inner", validate="many_to_many"
    )
    found = found.assign(label=found["coalition_id"] + "|" + found["leg_id"])
    return found[["label", "leg_id", "coalition_id", "tail_id", "head_id"]].sort_values("label", ignore_index=True)
