"""What stands around an operation: the volume within its reach, what outlets and products usually cost and fetch.

An insertion enterprise, or another operator, has to know whether a volume is there before it buys a machine, and it must not
learn what anybody else pays. So nothing here reads a declared cost or price of another actor: what outlets cost and what
products fetch are the usual figures of the catalogue. What others hold is told as a total of three holders or more of whom none
weighs 85 %, rounded to two significant digits; a step of the sifting that one or two holders alone would make different is told
as the step before it, so that no difference of two totals is theirs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from symbiosis.candidates import Candidates, join_flows
from symbiosis.declarations import Declarations
from symbiosis.flows import Flows, of_operator
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario

FEW = 3
"""Holders from which a total is told."""

DOMINANT_SHARE = 0.85

SIFT: dict[str, frozenset[str]] = {
    "theoretical": frozenset(),
    "law": frozenset(("law", "operation_forbidden")),
    "distance": frozenset(("too_far", "link_excluded")),
    "quality": frozenset(("quality_above", "quality_below", "season_apart", "unit_mismatch", "below_minimum_lot")),
    "mobilisable": frozenset(),
}
"""Steps from every flow of a fitting material to those that could come, each with the reasons that stop a flow there. The last
step is the price: whether the dearest usual outlet and product leave something once this operation and the road are paid."""

MONTHS = range(1, 13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What several holders have together, as somebody else may be told.

    Attributes
    ----------
    quantity_per_yr
        Rounded; ``None`` where it would be one or two holders' own figure.
    holders
        How many; 0 where there is none, and where they are too few to be counted aloud.
    """

    quantity_per_yr: float | None
    holders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What stands around an operation; all of it may be shown to the operator.

    Attributes
    ----------
    operator_id, unit
        Which, and the unit of what it takes in.
    volumes
        By step of :data:`SIFT`.
    to_investigate
        Of what the last step keeps: what still waits for a condition, a code, a heading. Not in ``mobilisable``.
    wanted
        Needs that its products could serve, in `wanted_unit`.
    by_month
        What the last two arise to, month by month; ``None`` where too few would be behind a figure.
    outlet_low_eur_per_unit, outlet_high_eur_per_unit
        What the usual outlets of these flows cost their holders, tax included; missing where holders are too few.
    products_low_eur_per_unit, products_high_eur_per_unit
        What the products of a unit fetch at usual prices, less what its residues cost.
    transport_eur_per_unit
        Of the average unit, where it may be told.
    """

    operator_id: str
    unit: str
    volumes: Mapping[str, Volume]
    to_investigate: Volume
    wanted: Volume
    wanted_unit: str
    by_month: tuple[float | None, ...]
    outlet_low_eur_per_unit: float | None
    outlet_high_eur_per_unit: float | None
    products_low_eur_per_unit: float
    products_high_eur_per_unit: float
    transport_eur_per_unit: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "by_month": list(self.by_month)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Market:
        """From what :meth:`to_dict` gives.

        Parameters
        ----------
        told
            As JSON.
        """
        volumes = {name: Volume(**one) for name, one in told["volumes"].items()}
        apart = {name: Volume(**told[name]) for name in ("to_investigate", "wanted")}
        return cls(**{**told, **apart, "volumes": volumes, "by_month": tuple(told["by_month"])})


def market_of(candidates: Candidates, catalogue: Catalogue, scenario: Scenario, operator_id: str) -> Market:
    """What stands around an operation.

    In a territory so large that pairs out of reach are not listed, ``theoretical`` counts what is within reach.

    Parameters
    ----------
    candidates
        Of a run.
    catalogue, scenario
        As for the run.
    operator_id
        Which of its operators.

    Returns
    -------
    Market

    Raises
    ------
    KeyError
        If there is no such operator.
    """
    flows, legs = candidates.flows, candidates.legs
    operator: Any = flows.operators.loc[operator_id]
    products = _products(flows, catalogue, operator_id)
    arriving = legs[legs["head_id"].eq(operator_id) & legs["tail_kind"].eq("output")]
    # What the operator holds itself is no volume to be found.
    arriving = arriving[arriving["tail_id"].map(flows.outputs["actor_id"]).ne(operator["actor_id"])]
    usual = _usual_outlets(flows, catalogue, scenario)
    # A flow stays as long as usual prices at their best leave something: what is paid is then agreed between the two.
    worth = products[1] - operator["cost_eur_per_unit"]
    saved = arriving["tail_id"].map(usual["high"]).astype(float).fillna(0.0)
    margin = saved + arriving["ratio"] * worth - arriving["transport_eur_per_unit"]
    flow_of = _sifted(arriving, margin).join(flows.outputs[["actor_id", "months"]])
    flow_of["quantity"] = flows.outputs["quantity_per_yr"].reindex(flow_of.index) * flow_of["ratio"]
    volumes = _volumes(flow_of)
    come = flow_of[flow_of["step"] == len(SIFT)]
    sure = come[come["is_feasible"]]
    near = flow_of[flow_of["step"] >= len(SIFT) - 1]
    known = near[usual["value"].reindex(near.index).notna()]
    outlet: tuple[float | None, ...] = (None, None)
    if _told(known).quantity_per_yr:
        weights = known["quantity"] / known["ratio"]
        outlet = tuple(
            _rounded(float((usual[end].reindex(known.index) * weights).sum() / known["quantity"].sum()))
            for end in ("low", "high")
        )
    transport = None
    if _told(near).quantity_per_yr:
        transport = float((near["transport"] * near["quantity"]).sum() / near["quantity"].sum())
    served = legs[legs["tail_id"].eq(operator_id) & legs["head_kind"].eq("need") & legs["feasibility"].ne("excluded")]
    needs = flows.needs.loc[sorted(set(served["head_id"].astype(str)))]
    needs = needs[needs["actor_id"].ne(operator["actor_id"])].rename(columns={"quantity_per_yr": "quantity"})
    unit = str(needs["unit"].mode().iloc[0]) if len(needs) else str(operator["unit"])
    return Market(
        operator_id=operator_id, unit=str(operator["unit"]), volumes=volumes, to_investigate=_told(come[~come["is_feasible"]]),
        wanted=_told(needs[needs["unit"] == unit]), wanted_unit=unit, by_month=_by_month(sure),
        outlet_low_eur_per_unit=outlet[0], outlet_high_eur_per_unit=outlet[1],
        products_low_eur_per_unit=products[0], products_high_eur_per_unit=products[1],
        transport_eur_per_unit=None if transport is None else _rounded(transport),
    )  # fmt: skip


def around(
    flows: Flows, declarations: Declarations, catalogue: Catalogue, scenario: Scenario, operator_id: str
) -> Candidates:  # fmt: skip
    """What leaves for one operation and what leaves it, without the rest of the territory being matched again.

    Parameters
    ----------
    flows
        Of the territory, the words of its outputs and needs being read; the operation need not be among its operators.
    declarations
        With the operation.
    catalogue, scenario
        What is known and assumed.
    operator_id
        Which.

    Returns
    -------
    Candidates
    """
    own = of_operator(flows, declarations, catalogue, scenario, operator_id)
    sides = (
        replace(own, needs=own.needs.iloc[:0], wanted=own.wanted.iloc[:0], ports=own.ports[own.ports["direction"] == "input"]),
        replace(
            own, outputs=own.outputs.iloc[:0], offered=own.offered.iloc[:0], ports=own.ports[own.ports["direction"] == "output"]
        ),
    )
    found = [join_flows(side, declarations, catalogue, scenario) for side in sides]
    legs = pd.concat([one.legs.set_axis(f"{number}:" + one.legs.index.astype(str)).astype(object)
                      for number, one in enumerate(found)])  # fmt: skip
    return replace(found[0], flows=own, legs=legs.infer_objects())


def _products(flows: Flows, catalogue: Catalogue, operator_id: str) -> tuple[float, float]:
    """What the products of a unit fetch at usual prices, less what its residues cost: low, high."""
    ports = flows.ports[flows.ports["operator_id"].eq(operator_id) & flows.ports["direction"].eq("output")]
    price = catalogue.nearest_factor("material_price", ports["material_id"])[["value", "low", "high"]].set_axis(ports.index)
    ends = []
    for end in ("low", "high"):
        each = price[end].fillna(price["value"])
        each = each.where(~ports["is_residue"].eq(True), np.nan).fillna(-ports["outlet_cost_eur_per_unit"])
        ends.append(float((each * ports["share"]).sum()))
    return min(ends), max(ends)


def _usual_outlets(flows: Flows, catalogue: Catalogue, scenario: Scenario) -> pd.DataFrame:
    """What the outlet of each output usually costs, whatever its holder declares: `value`, `low`, `high`."""
    outputs = flows.outputs
    outlets = catalogue.outlets.reindex(outputs["outlet_id"].where(outputs["outlet_id"] != "")).set_axis(outputs.index)
    tonnes = outputs["tonnes_per_unit"]
    dearer = scenario.disposal_increase_eur_per_t * outlets["rung"].eq("disposal")
    more = outputs["outlet_tax_eur_per_unit"] + dearer * tonnes
    value = outlets["cost_eur_per_t"] * tonnes + more
    return pd.DataFrame({
        "value": value,
        "low": (outlets["cost_low_eur_per_t"] * tonnes + more).fillna(value),
        "high": (outlets["cost_high_eur_per_t"] * tonnes + more).fillna(value),
    })  # fmt: skip


def _sifted(arriving: pd.DataFrame, margin: pd.Series) -> pd.DataFrame:
    """How far each output gets by its best leg: `step` (that many steps are passed), `is_feasible`, `ratio`, `transport`."""
    kinds = {text: {code.partition(":")[0] for code in text.split(";")} for text in arriving["reasons"].astype(str).unique()}
    passed = {
        text: next((number for number, stops in enumerate(SIFT.values()) if found & stops), len(SIFT) - 1)
        for text, found in kinds.items()
    }
    step = arriving["reasons"].astype(str).map(passed).astype(int)
    # A reason that no step names stops a flow before the price.
    step = step.mask(arriving["feasibility"].eq("excluded") & step.eq(len(SIFT) - 1), len(SIFT) - 2)
    step = step.where((step < len(SIFT) - 1) | (margin < 0.0), len(SIFT))
    found = pd.DataFrame({
        "output_id": arriving["tail_id"].astype(object), "step": step, "is_feasible": arriving["feasibility"].eq("feasible"),
        "ratio": arriving["ratio"], "transport": arriving["transport_eur_per_unit"] / arriving["ratio"],
    })  # fmt: skip
    found = found.sort_values(["step", "is_feasible", "transport", "output_id"], ascending=[False, False, True, True])
    return found.drop_duplicates("output_id").set_index("output_id").sort_index()


def _volumes(flow_of: pd.DataFrame) -> dict[str, Volume]:
    """The volume that is left after each step; what still waits for something is not mobilisable."""
    volumes: dict[str, Volume] = {}
    kept = flow_of
    for number, name in enumerate(SIFT):
        is_last = number == len(SIFT) - 1
        left = flow_of[flow_of["step"] > number] if number else flow_of
        if is_last:
            left = left[left["is_feasible"]]
        gone = kept.loc[kept.index.difference(left.index), "actor_id"].nunique()
        # Whatever one or two alone make different stays in; the last step is told in any case, or hidden.
        if 0 < gone < FEW and not is_last:
            volumes[name] = volumes[next(reversed(volumes))]
            continue
        kept = left
        volumes[name] = _told(left)
        if is_last and 0 < gone < FEW:
            volumes[name] = Volume(quantity_per_yr=None, holders=0) if len(left) else _told(left)
    return volumes


def _told(flows: pd.DataFrame) -> Volume:
    """A total that is nobody's own."""
    by_actor = flows.groupby("actor_id")["quantity"].sum()
    by_actor = by_actor[by_actor > 0]
    total = float(by_actor.sum())
    if not len(by_actor):
        return Volume(quantity_per_yr=0.0, holders=0)
    if len(by_actor) < FEW or float(by_actor.max()) >= DOMINANT_SHARE * total:
        return Volume(quantity_per_yr=None, holders=0)
    return Volume(quantity_per_yr=_rounded(total), holders=len(by_actor))


def _by_month(flows: pd.DataFrame) -> tuple[float | None, ...]:
    """What arises in each month; nothing where too few are behind a month."""
    months = flows["months"].map(lambda some: tuple(some) or tuple(MONTHS))
    spread = flows.assign(quantity=flows["quantity"] / months.map(len))
    return tuple(_told(spread[months.map(lambda some, m=month: m in some).astype(bool)]).quantity_per_yr for month in MONTHS)


def _rounded(value: float, digits: int = 2) -> float:
    return float(f"{value:.{digits}g}") if value and math.isfinite(value) else 0.0
