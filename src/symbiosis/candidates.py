"""Which output could serve which need, directly or through operators: compatible legs, judged and priced, on whole columns.

The candidates are found by joins on materials (an output's materials, the materials that a need accepts, the inlets and
products of operators), then kept within the distance; never all against all. A *leg* goes from an output or an operator to a
need or an operator. A *chain* is a path of legs: output → need, output → operator → need, output → operator → operator → need.

Prices of a leg
---------------
road     known load: ``trips × (lorry_eur_per_trip + lorry_eur_per_km × 2 × km)``; unknown load: ``€/t·km × t × km``
pipe     ``pipe_eur_per_km_yr × km`` a year for the link, heat loses ``pipe_loss_share_per_km`` per km
none     nothing (a quoted price of the territory's own table of links stands before all three)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.compatibility import Context, assess
from symbiosis.declarations import Declarations
from symbiosis.flows import Flows, read_flows
from symbiosis.geography import great_circle_km
from symbiosis.materials import Catalogue
from symbiosis.pathways import pathways
from symbiosis.scenario import Scenario

LEG_KEYS = ["tail_kind", "tail_id", "head_kind", "head_id", "material_id", "head_material_id"]
DOUBTFUL_PER_FLOW = 6
"""Doubtful pairs kept per output and per need: a facilitator asks a company six questions, not sixty."""

REPORTED_BEYOND = 3.0
"""Pairs up to this many times the allowed distance are kept, to be refused with a reason; farther ones are not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Legs and chains that matter, with their verdicts and prices.

    Attributes
    ----------
    flows
        What was declared, in reference units.
    legs
        By `leg_id`: ends, material, feasibility, route, reasons, papers, distance, costs, limits.
    chains
        By `chain_id`: `output_id`, `operator_1`, `operator_2`, `need_id`, the legs, the worst feasibility, all reasons.
    """

    flows: Flows
    legs: pd.DataFrame
    chains: pd.DataFrame


def find_candidates(declarations: Declarations, catalogue: Catalogue, scenario: Scenario) -> Candidates:
    """Find, judge and price every leg and chain.

    Parameters
    ----------
    declarations, catalogue, scenario
        What was declared, what is known, what is assumed.

    Returns
    -------
    Candidates
    """
    flows = read_flows(declarations, catalogue, scenario)
    tails, heads = _tails(flows, catalogue), _heads(flows, catalogue)
    legs = _join(tails, heads, scenario)
    legs = _placed(legs, declarations, scenario)
    legs = _useful(legs, flows, scenario)
    legs = _described(legs, flows, catalogue, scenario)
    context = Context(
        catalogue=catalogue,
        scenario=scenario,
        conditions=_pairs(declarations, "conditions_met").union(_food_in_date(declarations)),
        codes_accepted=_pairs(declarations, "waste_codes_accepted"),
        headings=_headings(flows),
        quality=declarations.quality,
        operators=flows.operators,
    )
    legs = assess(legs, context)
    legs = _priced(legs, flows, scenario)
    legs = legs.sort_values(LEG_KEYS, ignore_index=True)
    legs.index = pd.Index("L" + (legs.index + 1).astype(str).str.zfill(6), name="leg_id")
    return Candidates(flows=flows, legs=legs, chains=_chains(legs))


def _tails(flows: Flows, catalogue: Catalogue) -> pd.DataFrame:
    """Materials on offer: those of outputs, as understood, and the products of operators."""
    outputs = flows.offered[["output_id", "material_id", "confidence", "words", "flags"]].rename(
        columns={"output_id": "tail_id"}
    )
    outputs = outputs.assign(tail_kind="output", tail_process_id="")
    products = flows.ports[flows.ports["direction"] == "output"]
    products = products[["operator_id", "material_id", "process_id"]].rename(
        columns={"operator_id": "tail_id", "process_id": "tail_process_id"}
    )
    products = products.assign(tail_kind="operator", confidence=1.0, words="", flags="")
    return pd.concat([outputs, products], ignore_index=True)


def _heads(flows: Flows, catalogue: Catalogue) -> pd.DataFrame:
    """Materials that each need and each inlet accepts, with the share that fits and the substitution."""
    links = catalogue.memory.get("links")
    if not isinstance(links, pd.DataFrame):
        links = pathways(catalogue, max_processes=0)
        catalogue.memory["links"] = links
    columns = ["material_id", "target_kind", "target_id", "substitution_ratio", "fit_share", "rung", "depth"]
    needs = flows.wanted.merge(links[columns], on=["target_kind", "target_id"], how="inner", validate="many_to_many")
    needs = needs.assign(
        head_kind="need",
        use_id=needs["target_id"].where(needs["target_kind"].eq("use"), ""),
        head_material_id="",
        head_process_id="",
        fit=needs["confidence"] * needs["fit_share"] * 0.97 ** needs["depth"],
        head_words=needs["words"],
    ).rename(columns={"need_id": "head_id"})
    inlets = flows.ports[flows.ports["direction"] == "input"]
    ancestors = catalogue.ancestors()
    inlets = inlets[["operator_id", "material_id", "process_id"]].merge(
        ancestors, left_on="material_id", right_on="ancestor_id", how="inner", suffixes=("_inlet", ""),
        validate="many_to_many",
    )  # fmt: skip
    inlets = inlets.assign(
        head_kind="operator",
        use_id="",
        head_process_id=inlets["process_id"],
        head_material_id=inlets["material_id_inlet"],
        substitution_ratio=1.0,
        fit=0.97 ** inlets["depth"],
        rung="",
        head_words="",
    ).rename(columns={"operator_id": "head_id"})
    kept = ["head_kind", "head_id", "material_id", "head_material_id", "use_id", "head_process_id", "substitution_ratio",
            "fit", "rung", "head_words"]  # fmt: skip
    return pd.concat([needs[kept], inlets[kept]], ignore_index=True)


def _join(tails: pd.DataFrame, heads: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Tails and heads of a same material; of several readings of one pair, the surest."""
    legs = tails.merge(heads, on="material_id", how="inner", validate="many_to_many")
    legs = legs[~(legs["tail_kind"].eq("operator") & (legs["tail_id"] == legs["head_id"]))]
    legs = legs.assign(confidence=legs["confidence"] * legs["fit"])
    legs = legs.assign(pair_confidence=_together(legs))
    legs = legs[legs["pair_confidence"] >= scenario.minimum_confidence]
    legs = legs.sort_values(["confidence", "material_id", "use_id", "head_material_id"],
                            ascending=[False, True, True, True], kind="stable")  # fmt: skip
    legs = _with_use(legs)
    from_output = legs["tail_kind"].eq("output")
    once = _best_doubtful(legs[from_output].drop_duplicates(["tail_id", "head_kind", "head_id"]), scenario)
    made = legs[~from_output].drop_duplicates(["tail_id", "head_kind", "head_id", "material_id"])
    return pd.concat([once, made]).sort_values(LEG_KEYS, ignore_index=True)


def _best_doubtful(legs: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Of the pairs that words leave in doubt, the best few of each end; every pair that is sure stays."""
    doubtful = legs[legs["confidence"] < scenario.sure_confidence].sort_values(
        ["pair_confidence", "tail_id", "head_id"], ascending=[False, True, True], kind="stable"
    )
    of_tail = doubtful.groupby(["tail_id", "head_kind"]).cumcount() < DOUBTFUL_PER_FLOW
    of_head = doubtful.groupby(["head_id"]).cumcount() < DOUBTFUL_PER_FLOW
    return legs.drop(index=doubtful.index[~(of_tail & of_head)])


def _together(legs: pd.DataFrame) -> pd.Series:
    """Confidence that some reading of both ends is right: several readings that all lead to the pair speak for it together.

    It decides whether a pair is shown; whether it is sure is left to its best reading, the one that is named and priced.

    The products of an operator are no readings of one another: each speaks for itself.
    """
    doubt = np.log1p(-legs["confidence"].clip(upper=0.99))
    product = legs["material_id"].where(legs["tail_kind"].eq("operator"), "")
    wrong: pd.Series = doubt.groupby([legs["tail_id"], product, legs["head_kind"], legs["head_id"]]).transform("sum")
    together: pd.Series = 1 - np.exp(wrong)
    return together


def _with_use(legs: pd.DataFrame) -> pd.DataFrame:
    """Give legs that were read as "buys that very thing" the use that the need's words also name.

    The law looks at what a need does with a material (a boiler burns it), whichever reading of its words is the surest.
    """
    used = legs[legs["use_id"] != ""]
    of_material = used.drop_duplicates(["head_id", "material_id"]).set_index(["head_id", "material_id"])["use_id"]
    of_need = used.drop_duplicates("head_id").set_index("head_id")["use_id"]
    pairs = pd.MultiIndex.from_frame(legs[["head_id", "material_id"]])
    found = pd.Series(of_material.reindex(pairs).to_numpy(), index=legs.index, dtype=object)
    found = found.fillna(legs["head_id"].map(of_need).astype(object)).fillna("")
    return legs.assign(use_id=legs["use_id"].where(legs["use_id"] != "", found))


def _placed(legs: pd.DataFrame, declarations: Declarations, scenario: Scenario) -> pd.DataFrame:
    """Sites, road distance and the territory's own links; pairs of one site and pairs much too far are dropped."""
    sites = declarations.sites[["actor_id", "latitude", "longitude"]]
    site_of = pd.concat([declarations.outputs["site_id"], declarations.needs["site_id"], declarations.operators["site_id"]])
    site_of = site_of[~site_of.index.duplicated()]
    tail_site, head_site = legs["tail_id"].map(site_of), legs["head_id"].map(site_of)
    legs = legs.assign(tail_site_id=tail_site, head_site_id=head_site)
    # What stays on a site concerns nobody else, unless an operator stands there.
    internal = (tail_site == head_site) & legs["tail_kind"].eq("output") & legs["head_kind"].eq("need")
    legs = legs[~internal]
    here, there = sites.reindex(legs["tail_site_id"]), sites.reindex(legs["head_site_id"])
    straight = great_circle_km(here["latitude"].to_numpy(), here["longitude"].to_numpy(),
                               there["latitude"].to_numpy(), there["longitude"].to_numpy())  # fmt: skip
    legs = legs.assign(distance_km=straight * scenario.detour_factor)
    links = declarations.distances
    both = pd.concat([links, links.rename(columns={"from_site_id": "to_site_id", "to_site_id": "from_site_id"})])
    both = both.drop_duplicates(["from_site_id", "to_site_id"])
    known = legs[["tail_site_id", "head_site_id"]].merge(
        both.rename(columns={"distance_km": "road_km"}), left_on=["tail_site_id", "head_site_id"],
        right_on=["from_site_id", "to_site_id"], how="left", validate="many_to_one",
    ).set_axis(legs.index)  # fmt: skip
    limit = legs["head_id"].map(declarations.needs["maximum_distance_km"]).astype(float)
    legs = legs.assign(
        distance_km=known["road_km"].astype(float).fillna(legs["distance_km"]),
        is_distance_known=known["road_km"].notna(),
        link_eur_per_unit=known["cost_eur_per_unit"].astype(float),
        link_eur_per_yr=known["fixed_cost_eur_per_yr"].astype(float),
        link_capacity=known["capacity_per_yr"].astype(float),
        is_link_excluded=known["is_excluded"].eq(True).fillna(False).astype(bool),
        maximum_distance_km=limit.fillna(scenario.maximum_distance_km).clip(upper=scenario.maximum_distance_km),
    )
    return legs[legs["distance_km"] <= REPORTED_BEYOND * legs["maximum_distance_km"]]


def _useful(legs: pd.DataFrame, flows: Flows, scenario: Scenario) -> pd.DataFrame:
    """Drop legs of operators that nothing reaches, and chains of more operators than the scenario follows."""
    fed = set(legs.loc[legs["tail_kind"].eq("output") & legs["head_kind"].eq("operator"), "head_id"])
    # A process without an inlet (a source of its own) waits for nobody.
    fed |= set(flows.ports["operator_id"]) - set(flows.ports.loc[flows.ports["direction"] == "input", "operator_id"])
    between = legs["tail_kind"].eq("operator") & legs["head_kind"].eq("operator")
    before, reached = set[str](), fed
    for _ in range(scenario.maximum_operators - 1):
        before, reached = reached, reached | set(legs.loc[between & legs["tail_id"].isin(reached), "head_id"])
        if len(before) == len(reached):
            break
    return legs[
        legs["tail_kind"].eq("output")
        | (between & legs["tail_id"].isin(before))
        | (legs["head_kind"].eq("need") & legs["tail_id"].isin(reached))
    ]


def _described(legs: pd.DataFrame, flows: Flows, catalogue: Catalogue, scenario: Scenario) -> pd.DataFrame:
    """The columns that the rules read: law, family, season, of the tail and of the head."""
    outputs, needs, operators = flows.outputs, flows.needs, flows.operators
    materials = catalogue.materials.reindex(legs["material_id"]).set_axis(legs.index)
    law = ["waste_code", "is_hazardous", "legal_status", "date_kind"]
    tail = outputs[law].reindex(legs["tail_id"]).set_axis(legs.index)
    from_operator = legs["tail_kind"].eq("operator")
    countries = pd.concat([outputs["country"], operators["country"], needs["country"]])
    tail_months = legs["tail_id"].map(_month_bits(outputs["months"])).fillna(_ALL_YEAR).astype(int)
    head_months = legs["head_id"].map(_month_bits(needs["months"])).fillna(_ALL_YEAR).astype(int)
    # A store carries over seasons: what limits its legs is said period by period.
    stored = legs["tail_id"].isin(flows.stores["flow_id"]) & (scenario.periods > 1)
    tail_months, head_months = tail_months.mask(stored, _ALL_YEAR), head_months.mask(stored, _ALL_YEAR)
    uses = catalogue.uses.reindex(legs["use_id"].where(legs["use_id"] != "")).set_axis(legs.index)
    use_headings = uses["headings"].map(lambda h: ";".join(h) if isinstance(h, tuple) else "")
    process_headings = legs["head_id"].map(operators["headings"].map(";".join))
    names = materials[["family", "transport", "unit", "theme_id", "payload_t", "density_t_per_m3"]]
    return legs.assign(
        **{str(name): names[name] for name in names},
        waste_code=tail["waste_code"].astype(object).fillna(""),
        is_hazardous=tail["is_hazardous"].eq(True),
        legal_status=tail["legal_status"].astype(object).fillna("").where(~from_operator, ""),
        date_kind=tail["date_kind"].astype(object).fillna(""),
        tail_country=legs["tail_id"].map(countries).astype(object).fillna("FR"),
        head_country=legs["head_id"].map(countries).astype(object).fillna("FR"),
        tail_end_of_waste_id=legs["tail_id"].map(operators["end_of_waste_id"]).astype(object).fillna(""),
        tail_rung=legs["tail_id"].map(operators["rung"]).astype(object).fillna(""),
        head_route=legs["head_id"].map(needs["legal_route"]).astype(object).fillna(""),
        head_headings_key=process_headings.astype(object)
        .fillna(use_headings)
        .fillna("")
        .where(lambda key: key != "", _recovery_headings(catalogue)),
        month_overlap=_count_bits((tail_months & head_months).to_numpy()),
        tail_month_count=_count_bits(tail_months.to_numpy()),
        head_month_count=_count_bits(head_months.to_numpy()),
        rung=uses["rung"]
        .astype(object)
        .fillna(legs["rung"].where(legs["rung"] != "", legs["head_id"].map(operators["rung"])))
        .fillna("recycling"),
    )


def _recovery_headings(catalogue: Catalogue) -> str:
    """Headings under which something is finally recovered: what a need must hold whose use is not known."""
    headings = catalogue.headings
    final = catalogue.operations.index[catalogue.operations["is_recovery"] & catalogue.operations["is_final"]]
    return ";".join(sorted(set(headings.loc[headings["operation_code"].isin(final), "heading"])))


_ALL_YEAR = 4095


def _month_bits(months: pd.Series) -> pd.Series:
    return months.map(lambda some: sum(1 << (month - 1) for month in some) if len(some) else _ALL_YEAR)


def _count_bits(bits: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    return np.asarray(np.bitwise_count(bits), dtype=np.int64)


def _pairs(declarations: Declarations, column: str) -> pd.MultiIndex:
    """(flow id, entry) for every entry of a list column of outputs, needs and operators."""
    tables = (declarations.outputs, declarations.needs, declarations.operators)
    columns = [table[column].explode().dropna() for table in tables if column in table]
    pairs = pd.concat(columns) if columns else pd.Series(dtype=object)
    entries = pairs.astype(str).str.replace(r"[ *]", "", regex=True)
    return pd.MultiIndex.from_arrays([pairs.index, entries], names=["flow_id", "entry"])


def _food_in_date(declarations: Declarations) -> pd.MultiIndex:
    """Food after its best-before date may be given; before its use-by date too, as long as a day is left."""
    outputs = declarations.outputs
    kind = outputs["date_kind"]
    lawful = outputs.index[(kind == "best_before") | ((kind == "use_by") & (outputs["shelf_life_days"] >= 1))]
    return pd.MultiIndex.from_arrays([lawful, ["food_within_date"] * len(lawful)], names=["flow_id", "entry"])


def _headings(flows: Flows) -> pd.MultiIndex:
    """Headings of the site of each need and operator; ``2910-A`` also counts as ``2910``."""
    declared = pd.concat([flows.needs["permit_headings"], flows.operators["permit_headings"]]).explode().dropna()
    short = declared.str.split("-").str[0]
    both = pd.concat([declared, short])
    return pd.MultiIndex.from_arrays([both.index, both], names=["flow_id", "heading"]).drop_duplicates()


def _priced(legs: pd.DataFrame, flows: Flows, scenario: Scenario) -> pd.DataFrame:
    """Units, limits and costs of each leg; ratios that do not convert exclude it."""
    is_output, to_need = legs["tail_kind"].eq("output"), legs["head_kind"].eq("need")
    outputs, needs, operators = flows.outputs, flows.needs, flows.operators
    tail_unit = legs["tail_id"].map(outputs["unit"]).where(is_output, legs["unit"])
    tonnes_of_product = np.select([legs["unit"] == "t", legs["unit"] == "m3"],
                                  [1.0, legs["density_t_per_m3"].fillna(1.0)], 0.0)  # fmt: skip
    tonnes = legs["tail_id"].map(outputs["tonnes_per_unit"]).where(is_output, tonnes_of_product).astype(float)
    head_unit = legs["head_id"].map(needs["unit"]).where(to_need, legs["unit"])
    density = legs["density_t_per_m3"].where(legs["density_t_per_m3"] > 0)
    conversion = np.select(
        [tail_unit == head_unit, (tail_unit == "t") & (head_unit == "m3"), (tail_unit == "m3") & (head_unit == "t")],
        [1.0, 1.0 / density, density], np.nan,
    )  # fmt: skip
    km = legs["distance_km"]
    is_pipe, is_road = legs["transport"].eq("pipe"), legs["transport"].eq("road") & (tonnes > 0)
    loss = np.where(is_pipe & legs["family"].eq("energy"), (scenario.pipe_loss_share_per_km * km).clip(upper=0.9), 0.0)
    payload = legs["payload_t"].fillna(scenario.lorry_payload_t)
    load = legs["tail_id"].map(outputs["load_t"]).astype(float).clip(upper=payload)
    per_trip = scenario.lorry_eur_per_trip + scenario.lorry_eur_per_km * 2 * km
    per_unit = np.where(load.notna(), per_trip / load * tonnes, scenario.transport_eur_per_t_km * tonnes * km)
    quoted = legs["link_eur_per_unit"].notna()
    ratio = legs["substitution_ratio"].fillna(1.0) * conversion * (1 - loss)
    available = legs["tail_id"].map(outputs["quantity_per_yr"]).astype(float).where(is_output)
    taken = (
        legs["head_id"]
        .map(needs["quantity_per_yr"])
        .astype(float)
        .where(to_need, legs["head_id"].map(operators["capacity"]).astype(float))
    )
    overlap = legs["month_overlap"]
    upper = pd.concat([
        (available * overlap / legs["tail_month_count"]), (taken * overlap / legs["head_month_count"] / ratio),
        legs["link_capacity"],
    ], axis=1).min(axis=1)  # fmt: skip
    lot = legs["head_id"].map(needs["minimum_lot_per_yr"]).astype(float).fillna(0.0) / ratio
    no_unit = pd.isna(ratio)
    trips = upper * tonnes / load
    legs = legs.assign(
        unit=tail_unit,
        head_unit=head_unit,
        tonnes_per_unit=tonnes,
        ratio=ratio.fillna(1.0),
        loss_share=loss,
        load_t=load.where(is_road & ~quoted),
        transport_eur_per_unit=legs["link_eur_per_unit"].where(quoted, np.where(is_road, per_unit, 0.0)),
        transport_eur_per_trip=per_trip.where(is_road & load.notna() & ~quoted, 0.0),
        link_eur_per_yr=legs["link_eur_per_yr"].fillna(
            pd.Series(np.where(is_pipe & ~quoted, scenario.pipe_eur_per_km_yr * km, 0.0), index=legs.index)
        ),
        upper_per_yr=upper.fillna(0.0).clip(lower=0.0),
        minimum_lot_per_yr=lot.fillna(0.0),
        has_whole_trips=is_road & ~quoted & load.notna() & (trips < scenario.integer_trips_below_per_yr),
    )
    reason = legs["reasons"].where(~no_unit, legs["reasons"] + ";unit_mismatch:" + tail_unit + ":" + head_unit)
    too_small = legs["minimum_lot_per_yr"] > legs["upper_per_yr"] * (1 + 1e-9)
    reason = reason.where(~too_small, reason + ";below_minimum_lot")
    return legs.assign(feasibility=legs["feasibility"].where(~(no_unit | too_small), "excluded"), reasons=reason.str.strip(";"))


_SEVERITY = {"feasible": 0, "to_investigate": 1, "excluded": 2}


def _chains(legs: pd.DataFrame) -> pd.DataFrame:
    """Paths output → [operator → [operator →]] need, with the worst verdict of their legs."""
    short = legs.reset_index()[["leg_id", "tail_kind", "tail_id", "head_kind", "head_id"]]
    pick = short.set_index(["tail_kind", "head_kind"]).sort_index()

    def of(tail: str, head: str) -> pd.DataFrame:
        if (tail, head) not in pick.index:
            return pd.DataFrame(columns=["leg_id", "tail_id", "head_id"], dtype=object)
        return pick.loc[[(tail, head)]].reset_index(drop=True)[["leg_id", "tail_id", "head_id"]]

    direct = of("output", "need").set_axis(["leg_1", "output_id", "need_id"], axis=1)
    first = of("output", "operator").set_axis(["leg_1", "output_id", "operator_1"], axis=1)
    middle = of("operator", "operator").set_axis(["leg_2", "operator_1", "operator_2"], axis=1)
    last = of("operator", "need")
    one = first.merge(last.set_axis(["leg_2", "operator_1", "need_id"], axis=1), on="operator_1", how="inner",
                      validate="many_to_many")  # fmt: skip
    two = first.merge(middle, on="operator_1", how="inner", validate="many_to_many").merge(
        last.set_axis(["leg_3", "operator_2", "need_id"], axis=1), on="operator_2", how="inner", validate="many_to_many"
    )
    chains = pd.concat([direct, one, two], ignore_index=True)
    chains = chains.reindex(columns=["output_id", "operator_1", "operator_2", "need_id", "leg_1", "leg_2", "leg_3"])
    chains = chains.fillna("").astype(object)
    rank = legs["feasibility"].map(_SEVERITY)
    chains["severity"] = 0
    chains["confidence"], chains["distance_km"] = 1.0, 0.0
    chains["reasons"] = ""
    for leg in ("leg_1", "leg_2", "leg_3"):
        there = chains[leg] != ""
        chains["severity"] = np.maximum(chains["severity"], chains[leg].map(rank).fillna(0).astype(int))
        chains["confidence"] *= chains[leg].map(legs["confidence"]).fillna(1.0)
        chains["distance_km"] += chains[leg].map(legs["distance_km"]).fillna(0.0)
        text = chains[leg].map(legs["reasons"]).astype(object).fillna("")
        chains["reasons"] = chains["reasons"] + np.where(there & (chains["reasons"] != ""), ";", "") + text
    chains["feasibility"] = chains["severity"].map({v: k for k, v in _SEVERITY.items()})
    chains = chains.drop(columns="severity").sort_values(
        ["output_id", "need_id", "operator_1", "operator_2", "leg_1", "leg_2", "leg_3"], ignore_index=True
    )
    chains.index = pd.Index("C" + (chains.index + 1).astype(str).str.zfill(6), name="chain_id")
    return chains
