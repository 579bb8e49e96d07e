"""What a territory declares, as the engine counts it: reference units, euros of today, materials understood from the words.

Each output and each need gets one reference unit (that of the material its words mean most, if its declared unit converts to
it), its cost or price of today in that unit, and the catalogue entries that its words may mean. Nothing is lost: what could not
be understood or converted keeps its row, with the reason in `doubt`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from symbiosis.declarations import Declarations
from symbiosis.materials import Catalogue
from symbiosis.resolver import Resolver
from symbiosis.scenario import Scenario
from symbiosis.units import conversion_factors, parse_unit

LEAST_READING = 0.08
"""Readings below this are noise; above it they count together for or against a pair."""

Side = Literal["outputs", "needs"]

READINGS = 8
"""Readings of one description that are followed, for materials and for uses; the pair's confidence decides later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Outputs, needs and operators in reference units, with what their words mean.

    Attributes
    ----------
    outputs
        By output: site and actor, `unit`, `quantity_per_yr`, `tonnes_per_unit`, today's outlet with its cost and rung, law.
    needs
        By need: site and actor, `unit`, `quantity_per_yr`, `price_eur_per_unit` with its origin, law.
    operators
        By operator: site and actor, process, `capacity`, costs, labour, law.
    ports
        Recipe of each operator: `operator_id`, `direction`, `material_id`, `share`, `is_substitutable`, `is_residue`, and for
        outputs the outlet failing a taker with its cost.
    offered
        `output_id`, `material_id`, `confidence`, `words`, `flags`.
    wanted
        `need_id`, `target_kind`, `target_id`, `confidence`, `words`, `flags`.
    quality
        As declared: `flow_id`, `parameter`, `value`, `minimum`, `maximum`, `load_per_yr`.
    seasons, stores
        As declared.
    thresholds
        `subject_id`, `kind` (need or operator), `at_per_yr`, `price_eur_per_unit`.
    coalitions
        `coalition_id`, `flow_id`, `minimum_per_yr`.
    """

    outputs: pd.DataFrame
    needs: pd.DataFrame
    operators: pd.DataFrame
    ports: pd.DataFrame
    offered: pd.DataFrame
    wanted: pd.DataFrame
    quality: pd.DataFrame
    seasons: pd.DataFrame
    stores: pd.DataFrame
    thresholds: pd.DataFrame
    coalitions: pd.DataFrame


def read_flows(declarations: Declarations, catalogue: Catalogue, scenario: Scenario) -> Flows:
    """State the declarations in reference units and resolve their words.

    What was read last stays with the catalogue: another scenario of the same declarations need not read their words again.

    Parameters
    ----------
    declarations, catalogue, scenario
        What was declared, what is known, what is assumed.

    Returns
    -------
    Flows
    """
    known = recalled_flows(declarations, catalogue, scenario)
    if known is not None:
        return known
    flows = _read(declarations, catalogue, scenario)
    catalogue.memory["flows"] = (declarations, scenario.on_date, flows)
    return _with_dearer_disposal(flows, scenario)


def heard(declarations: Declarations, catalogue: Catalogue, side: Side) -> pd.DataFrame:
    """What the words of all outputs, or of all needs, may mean.

    Parameters
    ----------
    declarations, catalogue
        What was declared, what is known.
    side
        ``outputs`` or ``needs``.

    Returns
    -------
    pandas.DataFrame
        `output_id` or `need_id`, `target_kind`, `target_id`, `confidence`, `words`, `flags`, surest first.
    """
    resolver = _resolver(catalogue)
    if side == "outputs":
        return _resolved(resolver, declarations.outputs, "materials", "output_id")
    return _resolved(resolver, declarations.needs, "materials+uses", "need_id")


def counted(
    declarations: Declarations, catalogue: Catalogue, scenario: Scenario, side: Side, readings: pd.DataFrame
) -> pd.DataFrame:
    """Outputs, or needs, in reference units, with what their words mean at hand (:func:`heard`)."""
    places = _standing(declarations, catalogue, scenario).places
    if side == "outputs":
        return _outputs(declarations, catalogue, scenario, readings, places)
    return _needs(declarations, catalogue, readings, places)


def _read(declarations: Declarations, catalogue: Catalogue, scenario: Scenario) -> Flows:
    offered, wanted = heard(declarations, catalogue, "outputs"), heard(declarations, catalogue, "needs")
    _, operators, ports = _standing(declarations, catalogue, scenario)
    outputs = counted(declarations, catalogue, scenario, "outputs", offered)
    needs = counted(declarations, catalogue, scenario, "needs", wanted)
    offered = offered.rename(columns={"target_id": "material_id"})
    return Flows(outputs=outputs, needs=needs, operators=operators, ports=ports, offered=offered, wanted=wanted,
                 quality=declarations.quality, seasons=declarations.seasons, stores=declarations.stores,
                 thresholds=_thresholds(declarations, needs, operators),
                 coalitions=_coalitions(declarations, outputs, needs, operators))  # fmt: skip


def _thresholds(declarations: Declarations, needs: pd.DataFrame, operators: pd.DataFrame) -> pd.DataFrame:
    """Tariffs in reference units; a row that names a need and an operator is one of each."""
    told, parts = declarations.price_thresholds, []
    for kind, flows in (("need", needs), ("operator", operators)):
        mine = told[told[f"{kind}_id"].isin(flows.index)]
        factor = mine[f"{kind}_id"].map(flows["unit_factor"]).astype(float)
        parts.append(pd.DataFrame({
            "subject_id": mine[f"{kind}_id"].astype(object), "kind": kind, "at_per_yr": mine["quantity"] * factor,
            "price_eur_per_unit": mine["price_eur_per_unit"] / factor,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True).dropna()


def _coalitions(
    declarations: Declarations, outputs: pd.DataFrame, needs: pd.DataFrame, operators: pd.DataFrame
) -> pd.DataFrame:
    told = declarations.coalitions
    factor = pd.concat([table["unit_factor"] for table in (outputs, needs, operators)])
    least = told["minimum_quantity"] * told["flow_id"].map(factor).astype(float)
    return pd.DataFrame({"coalition_id": told["coalition_id"].astype(object), "flow_id": told["flow_id"].astype(object),
                         "minimum_per_yr": least.fillna(0.0)})  # fmt: skip


def _with_dearer_disposal(flows: Flows, scenario: Scenario) -> Flows:
    """The flows where each tonne that goes to disposal, of an output or of what a process discards, costs so much more."""
    if not scenario.disposal_increase_eur_per_t:
        return flows

    def dearer(table: pd.DataFrame) -> pd.DataFrame:
        more = (table["tonnes_per_unit"] * scenario.disposal_increase_eur_per_t).where(table["outlet_rung"].eq("disposal"), 0.0)
        return table.assign(outlet_cost_eur_per_unit=table["outlet_cost_eur_per_unit"] + more.fillna(0.0))

    return replace(flows, outputs=dearer(flows.outputs), ports=dearer(flows.ports))


def recalled_flows(declarations: Declarations, catalogue: Catalogue, scenario: Scenario) -> Flows | None:
    """The flows of these very declarations, if they are those that were read last."""
    match catalogue.memory.get("flows"):
        case (known, day, Flows() as flows) if known is declarations and day == scenario.on_date:
            return _with_dearer_disposal(flows, scenario)
    return None


def operators_reached(flows: Flows, output_id: str, catalogue: Catalogue) -> set[str]:
    """Operators that an output could reach, by one or two processes.

    Parameters
    ----------
    flows
        Of a territory.
    output_id
        The output.
    catalogue
        What is broader than what.

    Returns
    -------
    set of str
    """
    operator, material = (flows.ports[name].to_numpy(dtype=object) for name in ("operator_id", "material_id"))
    is_inlet = flows.ports["direction"].eq("input").to_numpy()
    ancestors = catalogue.ancestors()
    narrow, broad = (ancestors[name].to_numpy() for name in ("material_id", "ancestor_id"))
    # A process without an inlet (a source of its own) waits for nobody.
    reached = set(flows.operators.index) - set(operator[is_inlet])
    carried = pd.Index(flows.offered.loc[flows.offered["output_id"] == output_id, "material_id"])
    for _ in range(2):
        taken = broad[pd.Index(narrow).isin(carried)]
        reached |= set(operator[is_inlet & pd.Index(material).isin(taken)])
        carried = pd.Index(material[~is_inlet & pd.Index(operator).isin(reached)])
    return reached


def flows_among(flows: Flows, ids: Collection[str]) -> Flows:
    """Some outputs, needs and operators alone."""
    return replace(
        flows,
        outputs=flows.outputs[flows.outputs.index.isin(ids)],
        needs=flows.needs[flows.needs.index.isin(ids)],
        operators=flows.operators[flows.operators.index.isin(ids)],
        ports=flows.ports[flows.ports["operator_id"].isin(ids)],
        offered=flows.offered[flows.offered["output_id"].isin(ids)],
        wanted=flows.wanted[flows.wanted["need_id"].isin(ids)],
    )


def of_operator(
    flows: Flows, declarations: Declarations, catalogue: Catalogue, scenario: Scenario, operator_id: str
) -> Flows:  # fmt: skip
    """The flows of a territory with one operator alone, which may be new to it.

    Parameters
    ----------
    flows
        Of the territory.
    declarations
        With the operator.
    catalogue, scenario
        What is known and assumed.
    operator_id
        Which.

    Returns
    -------
    Flows
    """
    _places, operators, ports = _standing(declarations, catalogue, scenario)
    return replace(flows, operators=operators.loc[[operator_id]], ports=ports[ports["operator_id"] == operator_id])


def _resolver(catalogue: Catalogue) -> Resolver:
    known = catalogue.memory.get("resolver")
    if not isinstance(known, Resolver):
        known = Resolver(catalogue)
        catalogue.memory["resolver"] = known
    return known


def _resolved(
    resolver: Resolver, flows: pd.DataFrame, targets: Literal["materials", "materials+uses"], key: str
) -> pd.DataFrame:
    found = resolver.resolve(flows, targets=targets, limit=READINGS)
    found = found[found["confidence"] >= LEAST_READING]
    return found.rename(columns={"flow_id": key}).reset_index(drop=True)


class _Standing(NamedTuple):
    """What stands in a territory whichever flows are asked about."""

    places: pd.DataFrame
    operators: pd.DataFrame
    ports: pd.DataFrame


def _standing(declarations: Declarations, catalogue: Catalogue, scenario: Scenario) -> _Standing:
    """Places, operators and their ports; what was read last of the same tables stays with the catalogue."""
    tables = (declarations.actors, declarations.sites, declarations.operators)
    match catalogue.memory.get("standing"):
        case ((actors, sites, operators), day, _Standing() as found) if day == scenario.on_date:
            if actors is tables[0] and sites is tables[1] and operators is tables[2]:
                return found
    places = _places(declarations)
    operators = state_operators(declarations.operators, catalogue)
    operators = operators.merge(places, left_on="site_id", right_index=True, how="left", validate="many_to_one").sort_index()
    found = _Standing(places, operators, _ports(operators, catalogue, scenario))
    catalogue.memory["standing"] = (tables, scenario.on_date, found)
    return found


def _places(declarations: Declarations) -> pd.DataFrame:
    actors = declarations.actors[["name", "kind", "structure", "nace"]].rename(
        columns={"name": "actor_name", "kind": "actor_kind"}
    )
    columns = ["actor_id", "commune", "country", "latitude", "longitude", "permit_headings", "is_location_approximate"]
    sites = declarations.sites[columns].merge(actors, left_on="actor_id", right_index=True, how="left", validate="m:1")
    return sites.assign(country=sites["country"].where(sites["country"] != "", "FR"))


def _taxes(catalogue: Catalogue, year: int) -> dict[str, float]:
    """Euros per tonne of the taxes of all outlets in a year; kept with the catalogue."""
    known = catalogue.memory.get(f"taxes:{year}")
    if not isinstance(known, dict):
        known = {tax: catalogue.tax_eur_per_t(tax, year) for tax in catalogue.outlets["tax_id"].unique() if tax}
        catalogue.memory[f"taxes:{year}"] = known
    return known


def _reference_unit(flows: pd.DataFrame, best_material: pd.Series, catalogue: Catalogue) -> pd.DataFrame:
    """Reference unit, conversion factor and tonnes per unit of each flow; the factor is NaN where nothing converts."""
    materials = catalogue.materials
    known = materials.reindex(best_material.reindex(flows.index))
    unit_of_material = known["unit"].set_axis(flows.index)
    measured = flows["unit"].map({u: p.reference if (p := parse_unit(u)) else "" for u in flows["unit"].unique()})
    density = flows["density_t_per_m3"].fillna(known["density_t_per_m3"].set_axis(flows.index))
    wanted = unit_of_material.where(unit_of_material.notna(), measured)
    wanted = wanted.where(wanted != "", "t").astype(object)
    factor = conversion_factors(flows["unit"], wanted, density)
    unit = wanted.where(factor.notna(), measured).astype(object)
    factor = factor.fillna(conversion_factors(flows["unit"], unit.where(unit != "", "t"), density))
    tonnes = pd.Series(np.select([unit == "t", unit == "m3"], [1.0, density.fillna(1.0)], default=0.0), index=flows.index)
    return pd.DataFrame({"unit": unit, "factor": factor, "tonnes_per_unit": tonnes})


def _best(resolved: pd.DataFrame, key: str, target: str) -> pd.Series:
    materials = resolved[resolved["target_kind"].eq("material")]
    return materials.drop_duplicates(key).set_index(key)[target]


def _outputs(
    declarations: Declarations, catalogue: Catalogue, scenario: Scenario, offered: pd.DataFrame, places: pd.DataFrame
) -> pd.DataFrame:
    flows = declarations.outputs
    best = _best(offered, "output_id", "target_id")
    unit = _reference_unit(flows, best, catalogue)
    # Where the list has changed the hazard of an entry, the day decides and not a mark that speaks of another one.
    listed = flows["waste_code"].map(catalogue.hazard_on(scenario.on_date)).eq(True)
    is_dated = flows["waste_code"].map(catalogue.waste_codes["hazardous_from"].notna()).eq(True)
    hazardous = listed | (flows["is_hazardous"].eq(True).fillna(False) & ~is_dated)
    outputs = flows.drop(columns=["unit", "quantity", "minimum_quantity", "is_hazardous", "outlet_cost_eur_per_unit"]).assign(
        unit=unit["unit"],
        quantity_per_yr=(flows["quantity"] * unit["factor"]).fillna(0.0),
        minimum_per_yr=(flows["minimum_quantity"] * unit["factor"]).fillna(0.0),
        quantity_low_per_yr=flows["quantity_low"].fillna(flows["quantity"]) * unit["factor"],
        quantity_high_per_yr=flows["quantity_high"].fillna(flows["quantity"]) * unit["factor"],
        tonnes_per_unit=unit["tonnes_per_unit"],
        unit_factor=unit["factor"],
        is_hazardous=hazardous.astype(bool),
        best_material_id=best.reindex(flows.index).astype(object).fillna(""),
        doubt=np.select([best.reindex(flows.index).isna(), unit["factor"].isna()], ["words_unknown", "unit_mismatch"], ""),
    )
    declared = flows["outlet_cost_eur_per_unit"] / unit["factor"]
    outlets = catalogue.outlets.reindex(flows["outlet_id"].where(flows["outlet_id"] != "")).set_axis(flows.index)
    taxes = _taxes(catalogue, scenario.on_date.year)
    taxed = outlets["tax_id"].map(taxes).fillna(0.0) * unit["tonnes_per_unit"]
    # A declared cost has the tax in it; the catalogue's gate fee has not.
    typical = outlets["cost_eur_per_t"] * unit["tonnes_per_unit"] + taxed
    origin = np.select([declared.notna(), typical.notna()], ["declared", "catalogue"], "unknown")
    outputs = outputs.assign(
        outlet_cost_eur_per_unit=declared.fillna(typical).fillna(0.0),
        outlet_cost_origin=origin,
        outlet_tax_eur_per_unit=taxed,
        outlet_rung=outlets["rung"].astype(object).fillna(""),
        outlet_emission_kgco2e_per_t=outlets["emission_kgco2e_per_t"],
        outlet_emission_low_kgco2e_per_t=outlets["emission_low_kgco2e_per_t"],
        outlet_emission_high_kgco2e_per_t=outlets["emission_high_kgco2e_per_t"],
    )
    return outputs.merge(places, left_on="site_id", right_index=True, how="left", validate="many_to_one").sort_index()


def _needs(declarations: Declarations, catalogue: Catalogue, wanted: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    flows = declarations.needs
    best = _best(wanted, "need_id", "target_id")
    used = wanted[wanted["target_kind"].eq("use")].drop_duplicates("need_id").set_index("need_id")["target_id"]
    # A use has no unit of its own: the material that usually serves it lends its unit.
    usual = catalogue.use_materials.sort_values("fit_share", ascending=False, kind="stable").drop_duplicates("use_id")
    lent = used.map(usual.set_index("use_id")["material_id"])
    unit = _reference_unit(flows, best.combine_first(lent.dropna()), catalogue)
    understood = np.zeros(len(flows), dtype=bool)
    understood[flows.index.get_indexer(pd.Index(wanted["need_id"]))] = True
    declared = flows["price_eur_per_unit"] / unit["factor"]
    meant = best.combine_first(lent.dropna()).reindex(flows.index).astype(object).fillna("")
    assumed = catalogue.nearest_factor("material_price", meant)["value"].set_axis(flows.index)
    needs = flows.drop(columns=["unit", "quantity", "price_eur_per_unit", "minimum_quantity", "minimum_lot"]).assign(
        unit=unit["unit"],
        quantity_per_yr=(flows["quantity"] * unit["factor"]).fillna(0.0),
        minimum_per_yr=(flows["minimum_quantity"] * unit["factor"]).fillna(0.0),
        minimum_lot_per_yr=(flows["minimum_lot"] * unit["factor"]).fillna(0.0),
        tonnes_per_unit=unit["tonnes_per_unit"],
        unit_factor=unit["factor"],
        price_eur_per_unit=declared.fillna(assumed).fillna(0.0),
        price_origin=np.select([declared.notna(), assumed.notna()], ["declared", "assumed"], "unknown"),
        doubt=np.select([~understood, unit["factor"].isna()], ["words_unknown", "unit_mismatch"], ""),
    )
    return needs.merge(places, left_on="site_id", right_index=True, how="left", validate="many_to_one").sort_index()


def state_operators(flows: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Operators in reference units; what they do not tell of themselves is that of their process.

    Parameters
    ----------
    flows
        Rows of the table ``operators``, as declared.
    catalogue
        What is known of processes.

    Returns
    -------
    pandas.DataFrame
        By operator.
    """
    known = ["name_fr", "name_en", "operation_code", "rung", "unit", "cost_eur_per_unit", "fixed_cost_eur_per_yr",
             "labour_h_per_unit", "labour_low_h_per_unit", "labour_high_h_per_unit", "insertion_share",
             "electricity_kwh_per_unit", "headings", "end_of_waste_id", "is_mixing"]  # fmt: skip
    process = catalogue.processes[known].reindex(flows["process_id"]).set_axis(flows.index)
    factor = conversion_factors(flows["unit"].where(flows["unit"] != "", process["unit"]), process["unit"], np.nan)
    labour = (flows["labour_h_per_unit"] / factor).fillna(process["labour_h_per_unit"]).fillna(0.0)
    cost = (flows["cost_eur_per_unit"] / factor).fillna(flows["hourly_cost_eur_per_h"] * labour)
    operators = flows.drop(columns=["unit"]).assign(
        process_name_fr=process["name_fr"],
        process_name_en=process["name_en"],
        operation_code=process["operation_code"],
        rung=process["rung"],
        unit=process["unit"],
        unit_factor=factor,
        capacity=(flows["capacity"] * factor).fillna(0.0),
        cost_eur_per_unit=cost.fillna(process["cost_eur_per_unit"]).fillna(0.0),
        fixed_cost_eur_per_yr=flows["fixed_cost_eur_per_yr"].fillna(process["fixed_cost_eur_per_yr"]).fillna(0.0),
        labour_h_per_unit=labour,
        insertion_share=flows["insertion_share"].fillna(process["insertion_share"]).fillna(0.0),
        electricity_kwh_per_unit=process["electricity_kwh_per_unit"].fillna(0.0),
        headings=process["headings"],
        end_of_waste_id=process["end_of_waste_id"],
        is_mixing=process["is_mixing"].eq(True),
    )
    # A declared labour is one figure; a catalogue labour brings its range.
    own = flows["labour_h_per_unit"].notna()
    operators["labour_low_h_per_unit"] = process["labour_low_h_per_unit"].where(~own).fillna(operators["labour_h_per_unit"])
    operators["labour_high_h_per_unit"] = process["labour_high_h_per_unit"].where(~own).fillna(operators["labour_h_per_unit"])
    return operators


def _ports(operators: pd.DataFrame, catalogue: Catalogue, scenario: Scenario) -> pd.DataFrame:
    """Recipe rows of each operator, outlets priced: own price, else the outlet's usual one, else a landfill's for a residue."""
    recipe = catalogue.process_flows.drop(columns=["basis"])
    ports = operators[["process_id"]].reset_index().merge(recipe, on="process_id", how="inner", validate="many_to_many")
    materials = catalogue.materials[["unit", "family", "density_t_per_m3"]]
    ports = ports.merge(materials, left_on="material_id", right_index=True, how="left", validate="many_to_one")
    fallback = np.where(ports["family"].eq("material") & ports["outlet_id"].eq(""), "landfill_non_hazardous", "")
    ports["outlet_id"] = ports["outlet_id"].where(ports["outlet_id"] != "", fallback)
    outlets = catalogue.outlets.reindex(ports["outlet_id"].where(ports["outlet_id"] != ""))
    tonnes = np.select([ports["unit"] == "t", ports["unit"] == "m3"], [1.0, ports["density_t_per_m3"].fillna(1.0)], 0.0)
    taxes = _taxes(catalogue, scenario.on_date.year)
    gate = (outlets["cost_eur_per_t"] + outlets["tax_id"].map(taxes).fillna(0.0)).to_numpy() * tonnes
    ports["outlet_cost_eur_per_unit"] = ports["outlet_cost_eur_per_unit"].fillna(pd.Series(gate)).fillna(0.0)
    return ports.assign(
        tonnes_per_unit=tonnes,
        outlet_rung=pd.Series(outlets["rung"].to_numpy()).astype(object).fillna("").to_numpy(),
        outlet_emission_kgco2e_per_t=outlets["emission_kgco2e_per_t"].to_numpy(),
        outlet_emission_low_kgco2e_per_t=outlets["emission_low_kgco2e_per_t"].to_numpy(),
        outlet_emission_high_kgco2e_per_t=outlets["emission_high_kgco2e_per_t"].to_numpy(),
    ).sort_values(["operator_id", "direction", "material_id"], ignore_index=True)
