"""Linear coefficients of every quantity that a plan is judged by, one function each, on the columns of the programme.

A plan is a set of columns; each family of columns has labels:

=============== ============ ============================================================================================
family          label        unit of the column
=============== ============ ============================================================================================
quantity        leg_id       unit of the material at the tail, a year
disposed        output_id    unit of the output, a year: what stays on today's outlet
purchased       need_id      unit of the need, a year: what is still bought as today
throughput      operator_id  unit of the process's reference flow, a year
discarded       port_id      unit of the product, a year: what finds no taker
is_open         operator_id  0 or 1: a project is carried out
is_linked       leg_id       0 or 1: a link that has a yearly charge, or a minimum lot, is used
trips           leg_id       whole lorry trips a year
is_pooled       pool_id      0 or 1: a joint collection round replaces single pick-ups
is_reached      threshold_id 0 or 1: enough comes together for the price of a threshold
repriced        label        units of a leg or operator, a year, that have the price of a threshold
is_joined       coalition_id 0 or 1: every member of a coalition takes part
flow            leg_id@t     unit of the material at the tail, in period t
work            operator@t   unit of the process's reference flow, in period t
stock           source@t     unit of an output or product that is kept at the end of period t
aged            source@t→u   unit that arose in period t and is delivered in u, where age matters
blend           blend_id     unit of the parameter: what leaves a process that mixes, `operator|parameter`
=============== ============ ============================================================================================

``gain = cost(today) − cost(plan)`` with one cost function for both; today is everything disposed and everything purchased.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.agreements import Agreements
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.seasons import Calendar, in_periods

Coefficients = dict[str, pd.Series]
Bound = Literal["value", "low", "high"]

DISPOSAL_ROUTES = ("disposal",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one allocation may use: a choice of legs with the flows, operators and pools that go with them.

    Attributes
    ----------
    outputs, needs, operators, legs
        As in :class:`symbiosis.flows.Flows` and :class:`symbiosis.candidates.Candidates`; `quantity_per_yr` and `capacity` are
        what is left for this run.
    ports
        Recipe rows of the operators, indexed by `port_id`.
    pools, pool_members
        Joint rounds with `saving_eur_per_yr`; pairs `pool_id`, `output_id`.
    agreements
        Prices from a threshold on, and coalitions, over these legs.
    quality
        Declared values, limits and loads by flow and parameter, as in :class:`symbiosis.flows.Flows`.
    catalogue, scenario
        Knowledge and assumptions.
    calendar
        Quantities by period and stores, where the year is cut up.
    """

    outputs: pd.DataFrame
    needs: pd.DataFrame
    operators: pd.DataFrame
    ports: pd.DataFrame
    legs: pd.DataFrame
    pools: pd.DataFrame
    pool_members: pd.DataFrame
    agreements: Agreements
    quality: pd.DataFrame
    catalogue: Catalogue
    scenario: Scenario
    calendar: Calendar | None = None

    @property
    def products(self) -> pd.DataFrame:
        """Output rows of the recipes: each may be discarded."""
        return self.ports[self.ports["direction"] == "output"]

    def ports_of_legs(self, direction: Literal["input", "output"]) -> pd.Series:
        """Where each leg enters an operator (``input``) or leaves one (``output``): `port_id`; empty where it does not."""
        end, material = ("head", "head_material_id") if direction == "input" else ("tail", "material_id")
        is_there = self.legs[f"{end}_kind"].eq("operator").to_numpy()
        mine = self.legs.loc[is_there, [f"{end}_id", material]].astype(object)
        ports = np.full(len(self.legs), "", dtype=object)
        ports[is_there] = mine[f"{end}_id"] + f"|{direction}|" + mine[material]
        return pd.Series(ports, index=self.legs.index)

    def today(self) -> Coefficients:
        """The columns of the plan "do nothing"."""
        return {"disposed": self.outputs["quantity_per_yr"], "purchased": self.needs["quantity_per_yr"]}


def cost_eur(case: Case, bound: Bound = "value") -> Coefficients:
    """Yearly cost of a plan in euros: outlets, purchases, transport, processes, projects; pools as a saving.

    Prices between actors of the territory are transfers and do not stand here. The fixed cost of an operator that exists
    today is paid today as well, so that only projects carry theirs. With `bound`, operators are costed at their low or high.
    """
    legs, operators = case.legs, case.operators
    unit_cost = operators["cost_eur_per_unit"]
    if bound != "value":
        process = case.catalogue.processes.reindex(operators["process_id"])
        usual, end = process["cost_eur_per_unit"], process[f"cost_{bound}_eur_per_unit"]
        spread = (end / usual).where(usual > 0).fillna(1.0).set_axis(operators.index)
        unit_cost = unit_cost * spread
    projects = operators[~operators["is_existing"]]
    kept = _storage_eur(case.calendar) if case.calendar is not None else {}
    return kept | {
        "quantity": legs["transport_eur_per_unit"].where(~legs["has_whole_trips"], 0.0),
        "trips": legs.loc[legs["has_whole_trips"], "transport_eur_per_trip"],
        "is_linked": legs["link_eur_per_yr"],
        "disposed": case.outputs["outlet_cost_eur_per_unit"],
        "purchased": case.needs["price_eur_per_unit"],
        "throughput": unit_cost,
        "discarded": case.products["outlet_cost_eur_per_unit"],
        "is_open": projects["fixed_cost_eur_per_yr"],
        "is_pooled": -case.pools["saving_eur_per_yr"],
        "repriced": case.agreements.repriced["cost_eur_per_unit"],
    }


def over_all(values: pd.Series, index: pd.Index, is_there: NDArray[np.bool_], missing: float = 0.0) -> pd.Series:
    """Values of some labels, over an index that has them all.

    Parameters
    ----------
    values
        By label.
    index
        Of millions of labels: looking them up one by one takes seconds.
    is_there
        Which of them `values` has, in their order; where it has others, they are looked up after all.
    missing
        What the rest have.

    Returns
    -------
    pandas.Series
        By label of `index`.
    """
    if not values.index.equals(index[is_there]):
        return values.reindex(index).fillna(missing)
    whole = np.full(len(index), missing)
    whole[is_there] = values.to_numpy()
    return pd.Series(whole, index=index)


def aged_units(calendar: Calendar) -> pd.DataFrame:
    """Every couple of arrival and delivery that the age of a perishable allows.

    Parameters
    ----------
    calendar
        Periods and stores.

    Returns
    -------
    pandas.DataFrame
        By ``source@arrival→delivery``: `source_id`, `arrives`, `leaves`, `age` (periods), `keep_share`, `drawn` (units of the
        arrival that one delivered unit takes), `cost_eur_per_unit`.
    """
    count = calendar.periods
    rows = [
        (f"{source}@{arrives + 1}→{leaves + 1}", source, arrives, leaves, age, keep, each)
        for source, keep, each, life in calendar.perishable[["keep_share", "cost_eur_per_unit", "life"]].itertuples(name=None)
        for arrives in range(count) for age in range(int(life) + 1)
        for leaves in ((arrives + age) % count,) if calendar.is_cyclic or arrives + age < count
    ]  # fmt: skip
    names = ["label", "source_id", "arrives", "leaves", "age", "keep_share", "each_eur"]
    table = pd.DataFrame(rows, columns=names).set_index("label")
    keep = table["keep_share"].astype(float).clip(lower=1e-9)
    table["drawn"] = keep ** -table["age"].astype(float)
    # It costs in each period that it waits, as much as is then left of it.
    table["cost_eur_per_unit"] = table["each_eur"].astype(float) * [
        sum(k ** -float(n) for n in range(1, age + 1)) for k, age in zip(keep, table["age"], strict=True)
    ]
    return table


def _storage_eur(calendar: Calendar) -> Coefficients:
    stores, count = calendar.ageless, calendar.periods
    labels = in_periods(stores.index, count)
    each = np.repeat(stores["cost_eur_per_unit"].to_numpy(dtype=float), count)
    return {"stock": pd.Series(each, index=labels), "aged": aged_units(calendar)["cost_eur_per_unit"]}


def reached_prices(case: Case, plan: Coefficients) -> pd.Series:
    """Prices of needs and costs of operators, per unit, where a plan reaches a step of their tariff."""
    steps = case.agreements.thresholds
    return steps[(plan["is_reached"] > 0.5).reindex(steps.index)].set_index("subject_id")["price_eur_per_unit"]


def tax_eur(case: Case, bound: Bound = "value") -> Coefficients:
    """Waste tax paid with what stays on today's outlets: its fall is a loss of the State, shown apart."""
    return {"disposed": case.outputs["outlet_tax_eur_per_unit"]}


def emitted_kgco2e(case: Case, bound: Bound = "value") -> Coefficients:
    """Emissions that a plan adds: lorries, electricity of processes, outlets of what processes discard."""
    factors, legs = case.catalogue.factors, case.legs
    lorry = _factor(factors, "transport_emission", "rigid_12_20t", bound)
    power = _factor(factors, "energy_emission", "electricity", bound)
    products = case.products
    column = "outlet_emission_kgco2e_per_t" if bound == "value" else f"outlet_emission_{bound}_kgco2e_per_t"
    is_road = legs["transport"].eq("road")
    return {
        "quantity": (legs["tonnes_per_unit"] * legs["distance_km"] * lorry).where(is_road, 0.0),
        "throughput": case.operators["electricity_kwh_per_unit"] / 1000.0 * power,  # kgCO2e/MWh
        "discarded": (products["tonnes_per_unit"] * products[column]).fillna(0.0),
    }


def avoided_kgco2e(case: Case, bound: Bound = "value") -> Coefficients:
    """Emissions of today that a plan avoids: what deliveries replace, and today's outlets.

    A plan's value is that of its deliveries (`quantity`) plus that of what no longer goes to an outlet; the latter is minus
    the coefficient of `disposed`, against today.
    """
    legs = case.legs
    factor = case.catalogue.nearest_factor("avoided_emission", legs["material_id"])[bound]
    delivered = legs["head_kind"].eq("need")
    per_unit = np.where(legs["unit"] == "t", 1.0, np.where(legs["unit"] == "m3", legs["tonnes_per_unit"], 1.0))
    column = "outlet_emission_kgco2e_per_t" if bound == "value" else f"outlet_emission_{bound}_kgco2e_per_t"
    outlet = (case.outputs[column] * case.outputs["tonnes_per_unit"]).fillna(0.0)
    return {
        "quantity": pd.Series(np.nan_to_num(factor.to_numpy() * per_unit), index=legs.index).where(delivered, 0.0),
        "disposed": -outlet,
    }


def labour_hours(case: Case, bound: Bound = "value") -> Coefficients:
    """Hours of work that the operators' processes ask for."""
    column = "labour_h_per_unit" if bound == "value" else f"labour_{bound}_h_per_unit"
    return {"throughput": case.operators[column]}


def insertion_hours(case: Case, bound: Bound = "value") -> Coefficients:
    """Hours of work for people in an insertion pathway: labour × share of the operator's structure."""
    return {"throughput": labour_hours(case, bound)["throughput"] * case.operators["insertion_share"]}


def diverted_t(case: Case, bound: Bound = "value") -> Coefficients:
    """Tonnes that leave today's outlet, less what processes discard to disposal: treated is not diverted."""
    legs, products = case.legs, case.products
    leaves = legs["tail_kind"].eq("output") & legs["family"].eq("material")
    return {
        "quantity": legs["tonnes_per_unit"].where(leaves, 0.0),
        "discarded": -products["tonnes_per_unit"].where(products["outlet_rung"].isin(DISPOSAL_ROUTES), 0.0),
    }


def delivered_t_by_rung(case: Case, rung: str) -> Coefficients:
    """Tonnes delivered to needs whose final operation stands on a rung of the waste hierarchy."""
    legs = case.legs
    final = legs["head_kind"].eq("need") & legs["rung"].eq(rung) & legs["family"].eq("material")
    return {"quantity": legs["tonnes_per_unit"].where(final, 0.0)}


def tonne_km(case: Case, bound: Bound = "value") -> Coefficients:
    """Road transport in tonne-kilometres."""
    legs = case.legs
    return {"quantity": (legs["tonnes_per_unit"] * legs["distance_km"]).where(legs["transport"].eq("road"), 0.0)}


def _factor(factors: pd.DataFrame, kind: str, subject: str, bound: Bound) -> float:
    rows = factors[(factors["kind"] == kind) & (factors["subject"] == subject)]
    return float(rows.sort_values("year")[bound].iloc[-1]) if len(rows) else 0.0


def _scaled(coefficients: Coefficients, factor: float) -> Coefficients:
    return {family: series * factor for family, series in coefficients.items()}


def _summed(*terms: Coefficients) -> Coefficients:
    families = sorted({family for term in terms for family in term})
    out: Coefficients = {}
    for family in families:
        series = [term[family] for term in terms if family in term]
        out[family] = sum(series[1:], start=series[0])
    return out


def _minimise_co2e(case: Case) -> Coefficients:
    return _summed(emitted_kgco2e(case), _scaled(avoided_kgco2e(case), -1.0))


OBJECTIVES: dict[str, Callable[[Case], Coefficients]] = {
    "gain": cost_eur,
    "co2e": _minimise_co2e,
    "insertion_hours": lambda case: _scaled(insertion_hours(case), -1.0),
    "diverted": lambda case: _scaled(diverted_t(case), -1.0),
}
"""What may be optimised, each as coefficients to minimise."""


LIMITED: dict[str, Callable[[Case], Coefficients]] = {
    "gain_eur_per_yr": lambda case: _scaled(cost_eur(case), -1.0),
    "project_cost_eur_per_yr": lambda case: {"is_open": cost_eur(case)["is_open"]},
    "transport_cost_eur_per_yr": lambda case: {f: cost_eur(case)[f] for f in ("quantity", "trips", "is_linked")},
    "diverted_t_per_yr": diverted_t,
    "avoided_tco2e_per_yr": lambda case: _scaled(avoided_kgco2e(case), 1e-3),
    "emitted_tco2e_per_yr": lambda case: _scaled(emitted_kgco2e(case), 1e-3),
    "labour_h_per_yr": labour_hours,
    "insertion_h_per_yr": insertion_hours,
    "transport_tkm_per_yr": tonne_km,
}
"""What may be held above a floor or under a cap: value of a plan less that of today."""


def against_today(case: Case, indicator: str, plan: Coefficients) -> float:
    """Value of an indicator of :data:`LIMITED` in a plan, less what it is today."""
    coefficients = LIMITED[indicator](case)
    return evaluate(coefficients, plan) - evaluate(coefficients, case.today())


def evaluate(coefficients: Coefficients, plan: Coefficients) -> float:
    """Value of a plan.

    Parameters
    ----------
    coefficients
        Coefficients by family.
    plan
        Values of columns by family; labels are aligned, missing ones count as zero.

    Returns
    -------
    float
    """
    total = 0.0
    for family, series in coefficients.items():
        if family in plan:
            total += float((series * plan[family].reindex(series.index).fillna(0.0)).sum())
    return total
