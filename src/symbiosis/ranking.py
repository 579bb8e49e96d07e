"""What a call is worth: which proposals a facilitator takes up first, and what she should ask.

    value of a call (€/yr) = max(net gain, 0) × fit × quality × distance × quantity × route × law × evidence
                             × price × outlet_cost × precedent

The net gain is that of the plan for a synergy, and the margin of the chain times the quantity that could flow for a pair that
no plan uses (the fixed cost of an operator to be created is left out there: others would share it). Every further part lies
between 0 and 1 and says what one doubt takes away; its values are rows of ``call_factors`` with low, high and reasoning. The
product is an **index**, an order of magnitude that orders calls. It is no probability: of its parts `fit` alone was calibrated
on labelled pairs, and that where both sides are described by words and no operator stands between.

=============== ==================================================================================================
part            what it says
=============== ==================================================================================================
``fit``         the confidence that both descriptions were understood
``quality``     values within the limits, near a limit, or still to be measured
``distance``    1 on the spot, falling in proportion to the distance that is allowed
``quantity``    whether the whole flow would be taken, a part, or a sliver
``route``       the legal route
``law``         what is missing for it, each kind of doubt once
``evidence``    how the quantities are known, the weaker end
``price``       how the price of today's purchase is known
``outlet_cost`` how the cost of today's outlet is known
``precedent``   whether somebody did it before
=============== ==================================================================================================

Several legs make one chain or one synergy. What leaves the givers counts by its quantity (a mean), what operators pass on by
its weakest leg, and a precedent of one leg speaks for all.

The missing datum: for each datum that is unknown the value is computed again as if it were known favourably. Its part becomes
1, and the gain rises by what a full load, the high price or the high outlet cost would bring. The datum that raises the value
most is named, with the rise in euros a year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.materials import Catalogue
from symbiosis.precedents import CITED, precedents_of
from symbiosis.scenario import Scenario
from symbiosis.schemas import CALL_PARTS, EVIDENCE
from symbiosis.worth import chain_worth

if TYPE_CHECKING:
    from symbiosis.candidates import Candidates
    from symbiosis.synergies import Synergies

BOUNDS = ("value", "low", "high")
CALL_VALUES = ("call_value_eur_per_yr", "call_value_low_eur_per_yr", "call_value_high_eur_per_yr")
NO_DEFAULT = pd.Series(dtype=float)
THIN_MARGIN = 0.1
"""A value nearer to a limit than this share of the limit is within it on average only."""

WHOLE, SLIVER = 0.8, 0.1
"""Shares of an output from which it counts as wholly taken, and under which as hardly."""

CALLS_PER_OUTPUT = 10
"""Pairs kept per output, best first: a facilitator proposes ten partners, not a hundred."""

GROUPS_AT_ONCE = 500_000
"""Groups of legs that are valued together: the fifty figures of each fill memory."""

DATA: dict[str, tuple[str, tuple[str, ...]]] = {
    "waste_code": ("law", ("waste_code_missing", "waste_code_unknown", "waste_code_repealed", "waste_code_not_yet_valid",
                           "code_contradicts_words")),
    "headings": ("law", ("heading_unknown", "heading_incompatible")),
    "codes_accepted": ("law", ("codes_accepted_unknown", "code_not_listed")),
    "conditions": ("law", ("condition_missing",)),
    "final_outlet": ("law", ("not_final",)),
    "border": ("law", ("border", "foreign_law")),
    "food_date": ("law", ("food_date_unknown",)),
    "rule": ("law", ("law",)),
    "quality": ("quality", ("unknown",)),
    "words": ("fit", ()),
    "quantity": ("evidence", ("declared", "inferred")),
    "price": ("price", ("assumed", "unknown")),
    "outlet_cost": ("outlet_cost", ("catalogue", "unknown")),
    "load": ("distance", ()),
    "road_distance": ("distance", ()),
}  # fmt: skip
"""What may be missing: the part that it would mend, and the cases of that part that it lifts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Legs as the ranking sees them.

    Attributes
    ----------
    parts
        By bound (``value``, ``low``, ``high``): a frame of legs × parts.
    mended
        Legs × data: the part that each datum mends as it would then be.
    extra_eur_per_unit
        By datum: what its favourable value adds to the gain, per unit that leaves on the leg; legs × data.
    precedent_ids
        By leg.
    """

    parts: dict[str, pd.DataFrame]
    mended: pd.DataFrame
    extra_eur_per_unit: pd.DataFrame
    precedent_ids: pd.Series


def judge(candidates: Candidates, catalogue: Catalogue, scenario: Scenario, quality: pd.DataFrame) -> Calls:
    """The parts of every leg that is not excluded.

    Parameters
    ----------
    candidates
        Legs with their reasons, flows with their evidence.
    catalogue, scenario
        Rows of ``call_factors`` and precedents; what a transport costs.
    quality
        Declared values and limits.

    Returns
    -------
    Calls
    """
    legs = candidates.legs[candidates.legs["feasibility"] != "excluded"]
    outputs, needs = candidates.flows.outputs, candidates.flows.needs
    cited = precedents_of(legs, catalogue)
    law = _law_cases(legs, catalogue)
    cases = pd.DataFrame({
        "quality": _quality_case(legs, catalogue, quality),
        "quantity": _quantity_case(legs["upper_per_yr"] / legs["tail_id"].map(outputs["quantity_per_yr"]).astype(float)),
        "route": legs["route"],
        "evidence": _evidence_case(legs["tail_id"].map(outputs["evidence"]), legs["head_id"].map(needs["evidence"])),
        "price": legs["head_id"].map(needs["price_origin"]).astype(object),
        "outlet_cost": legs["tail_id"].map(outputs["outlet_cost_origin"]).astype(object),
        "precedent": cited["precedent_case"],
    }, index=legs.index)  # fmt: skip
    reach = (legs["distance_km"] / legs["maximum_distance_km"].where(legs["maximum_distance_km"] > 0)).clip(upper=1.0)
    parts, mended = {}, {}
    # Each part has a handful of cases, and a large territory millions of legs: what is said is said by number.
    coded = {part: pd.factorize(cases[part]) for part in CALL_PARTS if part in cases}
    for bound in BOUNDS:
        table = _factors(catalogue, bound)
        known = {part: _by_number(coded[part], table.get(part, {})) for part in coded}
        at_limit = table.get("distance", {}).get("at_limit", 1.0)
        known["distance"] = (1.0 - (1.0 - at_limit) * reach.fillna(0.0)).to_numpy()
        known["fit"] = legs["confidence"].to_numpy(dtype=float)
        doubts = [np.where(law[case], value, 1.0) for case, value in table.get("law", {}).items()]
        known["law"] = np.prod(doubts, axis=0) if doubts else np.ones(len(legs))
        parts[bound] = pd.DataFrame({part: known[part] for part in CALL_PARTS}, index=legs.index)
    table = _factors(catalogue, "value")
    for datum, (part, lifted) in DATA.items():
        now = parts["value"][part]
        if part == "law":
            doubts = [np.where(law[case], 1.0 / table["law"][case], 1.0) for case in lifted if case in law]
            mended[datum] = now * (np.prod(doubts, axis=0) if doubts else 1.0)
        elif part == "distance":
            mended[datum] = now
        else:
            is_lifted = cases[part].isin(lifted) if lifted else now < scenario.sure_confidence
            mended[datum] = now.mask(is_lifted, 1.0)
    return Calls(
        parts=parts,
        mended=pd.DataFrame(mended),
        extra_eur_per_unit=_favourable(legs, candidates, catalogue, scenario),
        precedent_ids=cited["precedent_ids"],
    )


def _by_number(coded: tuple[NDArray[np.intp], pd.Index], factors: dict[str, float]) -> NDArray[np.float64]:
    """The factor of each case, 1 where nothing is said of it."""
    number, said = coded
    return np.array([*(factors.get(case, 1.0) for case in said), 1.0])[number]


def _factors(catalogue: Catalogue, bound: str) -> dict[str, dict[str, float]]:
    """Values of the cases of each part, kept with the catalogue; empty for one that has none."""
    known = catalogue.memory.get(f"call_factors:{bound}")
    if not isinstance(known, dict):
        parts = catalogue.call_factors.groupby("part")
        known = {str(part): dict(zip(rows["case"], rows[bound], strict=True)) for part, rows in parts}
        catalogue.memory[f"call_factors:{bound}"] = known
    return known


def _law_cases(legs: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Which legal doubts each leg has; a rule that merely remarks something on a feasible leg is none."""
    number, texts = pd.factorize(legs["reasons"])
    said = ";" + pd.Series(texts, dtype=object).astype(str)
    cases = sorted(_factors(catalogue, "value").get("law", {}))
    told = {case: said.str.contains(f";{case}", regex=False).to_numpy(dtype=bool) for case in cases}
    frame = pd.DataFrame({case: has[number] for case, has in told.items()}, index=legs.index)
    return frame & legs["feasibility"].eq("to_investigate").to_numpy()[:, None] if cases else frame


def _quality_case(legs: pd.DataFrame, catalogue: Catalogue, quality: pd.DataFrame) -> pd.Series:
    """``unknown`` where a limit waits for a value, ``thin`` where a value is near its limit, else ``known``."""
    unknown = legs["reasons"].str.contains("quality_unknown:", regex=False)
    values = quality.dropna(subset=["value"])[["flow_id", "parameter", "value"]]
    columns = ["parameter", "minimum", "maximum"]
    declared = quality.dropna(subset=["minimum", "maximum"], how="all")
    ends = legs[["tail_id", "head_id", "use_id"]].assign(leg=legs.index)
    ends = ends.merge(values, left_on="tail_id", right_on="flow_id", how="inner", validate="many_to_many")
    limits = [
        ends.merge(declared[["flow_id", *columns]], left_on=["head_id", "parameter"], right_on=["flow_id", "parameter"],
                   how="inner", suffixes=("", "_head"), validate="many_to_one"),
        ends.merge(catalogue.use_limits[["use_id", *columns]], on=["use_id", "parameter"], how="inner",
                   validate="many_to_one"),
    ]  # fmt: skip
    both = pd.concat(limits).drop_duplicates(["leg", "parameter"])
    room = pd.concat([(both[end] - both["value"]).abs() / both[end].abs() for end in ("minimum", "maximum")], axis=1)
    thin = both.loc[room.min(axis=1) < THIN_MARGIN, "leg"]
    case = pd.Series("known", index=legs.index, dtype=object)
    return case.mask(legs.index.isin(thin), "thin").mask(unknown, "unknown")


def _quantity_case(share: pd.Series) -> pd.Series:
    case = pd.Series("part", index=share.index, dtype=object).mask(share >= WHOLE, "whole").mask(share < SLIVER, "sliver")
    return case.where(share.notna(), "whole")


def _evidence_case(tail: pd.Series, head: pd.Series) -> pd.Series:
    """The weaker of both ends; what an operator passes on has none of its own."""
    order = {name: rank for rank, name in enumerate(EVIDENCE)}
    weakest = pd.concat([tail.map(order), head.map(order)], axis=1).max(axis=1)
    return weakest.map({rank: name for name, rank in order.items()}).astype(object)


def _favourable(legs: pd.DataFrame, candidates: Candidates, catalogue: Catalogue, scenario: Scenario) -> pd.DataFrame:
    """Euros per unit that a datum known favourably would add: a full load, the high price, the high outlet cost."""
    outputs, needs = candidates.flows.outputs, candidates.flows.needs
    payload = legs["payload_t"].fillna(scenario.lorry_payload_t)
    trip = scenario.lorry_eur_per_trip + scenario.lorry_eur_per_km * 2 * legs["distance_km"]
    now = legs["transport_eur_per_unit"]
    by_load = (now - trip / payload * legs["tonnes_per_unit"]).clip(lower=0.0)
    no_load = legs["load_t"].isna() & legs["transport"].eq("road") & legs["link_eur_per_unit"].isna() & (now > 0)
    price = legs["head_id"].map(needs["price_eur_per_unit"]).astype(float)
    best_price = catalogue.nearest_factor("material_price", legs["material_id"])["high"].set_axis(legs.index)
    guessed = legs["head_id"].map(needs["price_origin"]).isin(["assumed", "unknown"])
    cost = legs["tail_id"].map(outputs["outlet_cost_eur_per_unit"]).astype(float)
    outlet = legs["tail_id"].map(outputs["outlet_id"]).astype(object)
    highest = outlet.map(catalogue.outlets["cost_high_eur_per_t"]).astype(float)
    tax = legs["tail_id"].map(outputs["outlet_tax_eur_per_unit"]).astype(float).fillna(0.0)
    by_outlet = (highest * legs["tonnes_per_unit"] + tax - cost).clip(lower=0.0)
    usual = legs["tail_id"].map(outputs["outlet_cost_origin"]).eq("catalogue")
    straight = now * (1.0 - 1.0 / scenario.detour_factor)
    return pd.DataFrame({
        "load": by_load.where(no_load),
        "price": ((best_price - price).clip(lower=0.0) * legs["ratio"]).where(guessed),
        "outlet_cost": by_outlet.where(usual),
        "road_distance": straight.where(~legs["is_distance_known"] & (now > 0)),
    }).fillna(0.0)  # fmt: skip


def _together(frame: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Columns of the legs of each group as one: the mean of what leaves the givers × the weakest of what is passed on."""
    is_first, group = links["is_first"].to_numpy(), links["group"]
    if is_first.all() and group.is_unique:  # one leg each, as nearly everywhere in a territory without operators
        return frame.set_axis(pd.Index(group, name=None))
    # An equal weight for each where nothing weighs, so that idle hours and flows of no quantity still count.
    load = links.loc[is_first, "weight"] + 1e-12
    total = load.groupby(group[is_first]).sum()
    mean = frame[is_first].mul(load, axis=0).groupby(group[is_first]).sum().div(total, axis=0)
    both: pd.DataFrame = mean * frame[~is_first].groupby(group[~is_first]).min().reindex(mean.index).fillna(1.0)
    cited = frame.columns[frame.columns.str.endswith("|precedent")]
    both[cited] = frame[cited].groupby(group).max().reindex(mean.index)
    return both


def _valued(gain: pd.Series, links: pd.DataFrame, calls: Calls, default: pd.Series) -> pd.DataFrame:
    """Parts, value, range, missing datum and precedents of groups of legs.

    `links` has one row per leg of a group: `group`, `leg_id`, `weight` (units that flow), `is_first`; `default` holds the
    parts of a group that has no leg, under the names of the columns.
    """
    number = -(-len(gain) // GROUPS_AT_ONCE)
    if number <= 1:
        return _valued_together(gain, links, calls, default)
    block = pd.Series(np.arange(len(gain)) // GROUPS_AT_ONCE, index=gain.index)
    of_links = links["group"].map(block).to_numpy()
    return pd.concat(
        _valued_together(gain[(block == place).to_numpy()], links[of_links == place], calls, default) for place in range(number)
    )


def _valued_together(gain: pd.Series, links: pd.DataFrame, calls: Calls, default: pd.Series) -> pd.DataFrame:
    legs = pd.Index(links["leg_id"])
    frames = [*(calls.parts[bound].add_prefix(f"{bound}|") for bound in BOUNDS), calls.mended.add_prefix("mended|")]
    wide = pd.concat([frame.reindex(legs).set_axis(links.index) for frame in frames], axis=1)
    whole = _together(wide, links).reindex(gain.index).fillna(default).fillna(1.0)
    index = {bound: whole[[f"{bound}|{part}" for part in CALL_PARTS]].prod(axis=1) for bound in BOUNDS}
    table = whole[[f"value|{part}" for part in CALL_PARTS]].set_axis([f"part_{part}" for part in CALL_PARTS], axis=1)
    worth = gain.clip(lower=0.0)
    for bound, name in zip(BOUNDS, CALL_VALUES, strict=True):
        table[name] = worth * index[bound]
    extra = calls.extra_eur_per_unit.reindex(links["leg_id"]).set_axis(links.index).mul(links["weight"], axis=0)
    extra = extra.groupby(links["group"]).sum().reindex(index=gain.index, columns=list(DATA)).fillna(0.0)
    lift = pd.DataFrame({
        datum: (whole[f"mended|{datum}"] / whole[f"value|{part}"]).clip(lower=1.0) for datum, (part, _) in DATA.items()
    })  # fmt: skip
    hoped = extra.add(gain, axis=0).clip(lower=0.0) * lift.mul(index["value"], axis=0)
    rise = hoped.sub(table["call_value_eur_per_yr"], axis=0).clip(lower=0.0)
    # Where no euro is at stake yet, the datum that clears most doubt is still the one to ask for.
    score = rise + (lift - 1.0) * 1e-6
    names = np.array(list(DATA), dtype=object)[score.to_numpy().argmax(axis=1)] if len(score) else []
    table["missing_datum"] = np.where(score.max(axis=1) > 0, names, "")
    table["missing_rise_eur_per_yr"] = rise.max(axis=1)
    ids = links["leg_id"].map(calls.precedent_ids).fillna("")
    cited: dict[object, dict[str, None]] = {}
    for group, some in zip(links["group"][ids != ""], ids[ids != ""], strict=True):
        cited.setdefault(group, {}).update(dict.fromkeys(some.split(";")))
    told = pd.Series({group: ";".join(list(some)[:CITED]) for group, some in cited.items()}, dtype=object)
    table["precedent_ids"] = told.reindex(gain.index).fillna("")
    return table


def ranked(proposals: Synergies, calls: Calls, catalogue: Catalogue) -> Synergies:
    """Synergies in the order of their calls, exchanges with what they cite.

    Parameters
    ----------
    proposals
        Of one run.
    calls
        From :func:`judge`.
    catalogue
        For joint rounds, which have no leg: they rest on declared quantities, and nothing else is in doubt.

    Returns
    -------
    Synergies
        Synergies with `part_…`, `call_value_eur_per_yr` and its range, `missing_datum`, `missing_rise_eur_per_yr`,
        `precedent_ids`, largest value first; exchanges with the value of their synergy and their own precedents, in its order.
    """
    table, exchanges = proposals.synergies, proposals.exchanges
    links = pd.DataFrame({
        "group": exchanges["synergy_id"], "leg_id": exchanges["leg_id"], "weight": exchanges["quantity_per_yr"],
        "is_first": exchanges["giver_kind"].eq("output"),
    })  # fmt: skip
    of_round = {f"{bound}|evidence": _factors(catalogue, bound).get("evidence", {}).get("declared", 1.0) for bound in BOUNDS}
    valued = _valued(table["gain_eur_per_yr"], links, calls, pd.Series(of_round))
    table = table.join(valued).sort_values(["call_value_eur_per_yr", "gain_eur_per_yr", "quantity_t_per_yr"],
                                           ascending=False, kind="stable")  # fmt: skip
    value = exchanges["synergy_id"].map(table["call_value_eur_per_yr"])
    order = exchanges["synergy_id"].map({name: rank for rank, name in enumerate(table.index)})
    exchanges = exchanges.assign(
        call_value_eur_per_yr=value, precedent_ids=exchanges["leg_id"].map(calls.precedent_ids).fillna("")
    )
    exchanges = exchanges.iloc[np.argsort(order.to_numpy(), kind="stable")]
    return replace(proposals, synergies=table, exchanges=exchanges)


def pairs_to_call(candidates: Candidates, calls: Calls, worth: pd.DataFrame | None = None) -> pd.DataFrame:
    """Pairs of an output and a need that nothing excludes, each by its best chain, in the order of their calls.

    Parameters
    ----------
    candidates
        Legs, chains and flows.
    calls
        From :func:`judge`.
    worth
        What each chain would bring, where it was worked out already.

    Returns
    -------
    pandas.DataFrame
        `output_id`, `need_id`, `operator_1`, `operator_2`, actors, `feasibility`, `quantity_per_yr`, `unit`,
        `quantity_t_per_yr`, `insertion_h_per_yr`, `gain_eur_per_yr`, the columns of :func:`ranked`, and `rank_for_giver`,
        `rank_for_taker`; at most :data:`CALLS_PER_OUTPUT` per output.
    """
    chains, flows = candidates.chains, candidates.flows
    chains = chains[chains["feasibility"] != "excluded"]
    flow = chain_worth(chains, candidates) if worth is None else worth.loc[chains.index]
    gain = flow["gain_eur_per_yr"]
    columns = ["leg_1", "leg_2", "leg_3"]
    links = chains[columns].rename_axis("group").reset_index().melt("group", var_name="place", value_name="leg_id")
    links = links[links["leg_id"] != ""].sort_values(["group", "place"], ignore_index=True)
    is_first = links["place"] == "leg_1"
    # Money that a datum adds is counted where the flow leaves, and downstream on what a unit becomes.
    passed_on = links["group"].map(flow["yield_1"]).astype(float).where(~is_first, 1.0)
    links = links.assign(weight=links["group"].map(flow["quantity_per_yr"]).astype(float) * passed_on, is_first=is_first)
    table = (
        chains.drop(columns=[*columns, "reasons"])
        .join(flow.drop(columns="yield_1"))
        .join(_valued(gain, links, calls, NO_DEFAULT))
    )
    table = table.assign(
        giver_actor_id=table["output_id"].map(flows.outputs["actor_id"]),
        taker_actor_id=table["need_id"].map(flows.needs["actor_id"]),
        unit=table["output_id"].map(flows.outputs["unit"]),
    )
    best_first = ["call_value_eur_per_yr", "gain_eur_per_yr", "confidence", "output_id", "need_id", "operator_1", "operator_2"]
    table = table.sort_values(best_first, ascending=[False, False, False, True, True, True, True])
    table = table.drop_duplicates(["output_id", "need_id"])
    table = table[table.groupby("output_id").cumcount() < CALLS_PER_OUTPUT]
    return table.assign(
        rank_for_giver=table.groupby("giver_actor_id").cumcount() + 1,
        rank_for_taker=table.groupby("taker_actor_id").cumcount() + 1,
    )
