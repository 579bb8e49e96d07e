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
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.pairs import met
from symbiosis.compatibility.findings import Keyed
from symbiosis.materials import Catalogue
from symbiosis.precedents import CITED, precedents_of
from symbiosis.scenario import Scenario
from symbiosis.schemas import CALL_PARTS, EVIDENCE
from symbiosis.worth import chain_worth

if TYPE_CHECKING:
    from symbiosis.candidates import Candidates
    from symbiosis.synergies import Synergies

Floats = NDArray[np.float64]
Rows = NDArray[np.integer[Any]]
Texts = tuple[Rows, Any]
"""Number of the text of each leg, and the texts."""

_READ = ["tail_id", "head_id", "material_id", "use_id", "head_process_id", "feasibility", "reasons", "route", "transport",
         "confidence", "distance_km", "maximum_distance_km", "is_distance_known", "upper_per_yr", "ratio", "load_t",
         "payload_t", "tonnes_per_unit", "transport_eur_per_unit", "link_eur_per_unit"]  # fmt: skip
"""What is read of a leg."""

BOUNDS = ("value", "low", "high")
CALL_VALUES = ("call_value_eur_per_yr", "call_value_low_eur_per_yr", "call_value_high_eur_per_yr")
NO_DEFAULT = pd.Series(dtype=float)
THIN_MARGIN = 0.1
"""A value nearer to a limit than this share of the limit is within it on average only."""

WHOLE, SLIVER = 0.8, 0.1
"""Shares of an output from which it counts as wholly taken, and under which as hardly."""

CALLS_PER_OUTPUT = 10
"""Pairs kept per output, best first: a facilitator proposes ten partners, not a hundred."""

OF_PRECEDENT = [place * len(CALL_PARTS) + CALL_PARTS.index("precedent") for place in range(len(BOUNDS))]
"""Of the parts by bound, side by side, those for which one leg speaks for all."""

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
    legs = candidates.legs[_READ][candidates.legs["feasibility"].ne("excluded").to_numpy()]
    outputs, needs = candidates.flows.outputs, candidates.flows.needs
    tail, head = (flows.index.get_indexer(pd.Index(legs[f"{side}_id"])) for flows, side in ((outputs, "tail"), (needs, "head")))
    reasons = pd.factorize(legs["reasons"])
    cited = precedents_of(legs, catalogue)
    law = _law_cases(legs, reasons, catalogue)
    # Each part has a handful of cases, and a large territory millions of legs: what is said is said by number.
    cases: dict[str, Any] = {
        "quality": _quality_case(legs, reasons, catalogue, quality),
        "quantity": _quantity_case(legs["upper_per_yr"].to_numpy() / _of(outputs["quantity_per_yr"], tail)),
        "route": legs["route"],
        "evidence": _evidence_case(_of(outputs["evidence"], tail), _of(needs["evidence"], head)),
        "price": _of(needs["price_origin"], head),
        "outlet_cost": _of(outputs["outlet_cost_origin"], tail),
        "precedent": cited["precedent_case"],
    }
    coded = {part: pd.factorize(case) for part, case in cases.items()}
    limit = legs["maximum_distance_km"].to_numpy()
    reach = np.minimum(legs["distance_km"].to_numpy() / np.where(limit > 0, limit, np.nan), 1.0)
    parts, mended = {}, {}
    for bound in BOUNDS:
        table = _factors(catalogue, bound)
        known = {part: _by_number(coded[part], table.get(part, {})) for part in coded}
        at_limit = table.get("distance", {}).get("at_limit", 1.0)
        known["distance"] = 1.0 - (1.0 - at_limit) * np.nan_to_num(reach)
        known["fit"] = legs["confidence"].to_numpy(dtype=float)
        doubts = [np.where(law[case], value, 1.0) for case, value in table.get("law", {}).items()]
        known["law"] = np.prod(doubts, axis=0) if doubts else np.ones(len(legs))
        parts[bound] = pd.DataFrame({part: known[part] for part in CALL_PARTS}, index=legs.index)
    table = _factors(catalogue, "value")
    for datum, (part, lifted) in DATA.items():
        now = parts["value"][part].to_numpy()
        if part == "law":
            doubts = [np.where(law[case], 1.0 / table["law"][case], 1.0) for case in lifted if case in law]
            mended[datum] = now * (np.prod(doubts, axis=0) if doubts else 1.0)
        elif part == "distance":
            mended[datum] = now
        else:
            is_lifted = _by_number(coded[part], dict.fromkeys(lifted, 0.0)) == 0 if lifted else now < scenario.sure_confidence
            mended[datum] = np.where(is_lifted, 1.0, now)
    return Calls(
        parts=parts,
        mended=pd.DataFrame(mended, index=legs.index),
        extra_eur_per_unit=_favourable(legs, candidates, tail, head, catalogue=catalogue, scenario=scenario),
        precedent_ids=cited["precedent_ids"],
    )


def _of(column: pd.Series, row: Rows) -> NDArray[Any]:
    """Values of some rows of a column, nothing where the row is -1."""
    return np.asarray(column.array.take(row, allow_fill=True))


def _by_number(coded: tuple[Rows, pd.Index], factors: dict[str, float]) -> Floats:
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


def _law_cases(legs: pd.DataFrame, reasons: Texts, catalogue: Catalogue) -> dict[str, NDArray[np.bool_]]:
    """Which legal doubts each leg has; a rule that merely remarks something on a feasible leg is none."""
    is_doubtful = legs["feasibility"].eq("to_investigate").to_numpy()
    cases = sorted(_factors(catalogue, "value").get("law", {}))
    return {case: _says(reasons, f";{case}") & is_doubtful for case in cases}


def _says(reasons: Texts, words: str) -> NDArray[np.bool_]:
    """Whether the reasons of each leg, each after a ``;``, hold some words."""
    number, texts = reasons
    return np.array([words in f";{text}" for text in texts], dtype=bool)[number]


def _quality_case(legs: pd.DataFrame, reasons: Texts, catalogue: Catalogue, quality: pd.DataFrame) -> NDArray[np.object_]:
    """``unknown`` where a limit waits for a value, ``thin`` where a value is near its limit, else ``known``."""
    case = np.full(len(legs), "known", dtype=object)
    values = quality[quality["value"].notna() & quality["flow_id"].isin(legs["tail_id"])]
    if len(values):
        case[_is_thin(legs, values, catalogue, quality)] = "thin"
    case[_says(reasons, "quality_unknown:")] = "unknown"
    return case


def _is_thin(legs: pd.DataFrame, values: pd.DataFrame, catalogue: Catalogue, quality: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a declared value of each leg is near its limit."""
    owner, owners = pd.factorize(values["flow_id"])
    of_leg = pd.Index(owners).get_indexer(pd.Index(legs["tail_id"]))
    measured = np.flatnonzero(of_leg >= 0)
    leg, row = met(of_leg[measured], owner, len(owners))
    leg = measured[leg]
    parameter, value = values["parameter"].to_numpy(dtype=object)[row], values["value"].to_numpy()[row]
    # What the receiver declares stands before what its use is known to ask for.
    declared, usual = quality.dropna(subset=["minimum", "maximum"], how="all"), catalogue.use_limits
    of_head = Keyed(declared["flow_id"], declared["parameter"]).rows(legs["head_id"].iloc[leg], parameter)
    of_use = Keyed(usual["use_id"], usual["parameter"]).rows(legs["use_id"].iloc[leg], parameter)
    room = np.full(len(leg), np.nan)
    for end in ("minimum", "maximum"):
        limit = np.where(of_head >= 0, _of(declared[end], of_head), _of(usual[end], of_use))
        with np.errstate(divide="ignore", invalid="ignore"):  # of a limit of nothing there is no share
            room = np.fmin(room, np.abs(limit - value) / np.abs(limit))
    is_thin = np.zeros(len(legs), dtype=bool)
    is_thin[leg[room < THIN_MARGIN]] = True
    return is_thin


def _quantity_case(share: Floats) -> NDArray[np.object_]:
    """How much of what leaves would be taken; the whole of what has no quantity of its own."""
    return np.array(["whole", "part", "sliver"], dtype=object)[np.where(share < SLIVER, 2, share < WHOLE)]


def _evidence_case(tail: NDArray[np.object_], head: NDArray[np.object_]) -> NDArray[np.object_]:
    """The weaker of both ends; what an operator passes on has none of its own."""
    order = pd.Index(EVIDENCE)
    return np.array([*EVIDENCE, np.nan], dtype=object)[
        np.maximum(order.get_indexer(pd.Index(tail)), order.get_indexer(pd.Index(head)))
    ]


def _favourable(
    legs: pd.DataFrame, candidates: Candidates, tail: Rows, head: Rows,
    *, catalogue: Catalogue, scenario: Scenario,
) -> pd.DataFrame:  # fmt: skip
    """Euros per unit that a datum known favourably would add: a full load, the high price, the high outlet cost."""
    outputs, needs = candidates.flows.outputs, candidates.flows.needs
    leg = {name: legs[name].to_numpy() for name in
           ("payload_t", "distance_km", "tonnes_per_unit", "load_t", "link_eur_per_unit", "transport_eur_per_unit", "ratio",
            "is_distance_known")}  # fmt: skip
    payload = np.where(np.isnan(leg["payload_t"]), scenario.lorry_payload_t, leg["payload_t"])
    trip = scenario.lorry_eur_per_trip + scenario.lorry_eur_per_km * 2 * leg["distance_km"]
    now = leg["transport_eur_per_unit"]
    by_load = np.maximum(now - trip / payload * leg["tonnes_per_unit"], 0.0)
    no_load = np.isnan(leg["load_t"]) & legs["transport"].eq("road").to_numpy() & np.isnan(leg["link_eur_per_unit"]) & (now > 0)
    best_price = catalogue.nearest_factor("material_price", legs["material_id"])["high"].to_numpy(dtype=float)
    more = np.maximum(best_price - _of(needs["price_eur_per_unit"], head), 0.0) * leg["ratio"]
    guessed = pd.Index(_of(needs["price_origin"], head)).isin(["assumed", "unknown"])
    outlet = catalogue.outlets.index.get_indexer(pd.Index(_of(outputs["outlet_id"], tail)))
    highest, tax = (
        _of(catalogue.outlets["cost_high_eur_per_t"], outlet),
        np.nan_to_num(_of(outputs["outlet_tax_eur_per_unit"], tail)),
    )
    by_outlet = np.maximum(highest * leg["tonnes_per_unit"] + tax - _of(outputs["outlet_cost_eur_per_unit"], tail), 0.0)
    usual = pd.Index(_of(outputs["outlet_cost_origin"], tail)) == "catalogue"
    straight = now * (1.0 - 1.0 / scenario.detour_factor)
    added = {
        "load": (no_load, by_load),
        "price": (guessed, more),
        "outlet_cost": (usual, by_outlet),
        "road_distance": (~leg["is_distance_known"] & (now > 0), straight),
    }
    return pd.DataFrame(
        {datum: np.where(is_open & ~np.isnan(euros), euros, 0.0) for datum, (is_open, euros) in added.items()}, index=legs.index
    )


def _together(values: Floats, group: Rows, links: pd.DataFrame, groups: int) -> Floats:
    """Columns of the legs of each group as one: the mean of what leaves the givers × the weakest of what is passed on."""
    whole, is_first = np.full((groups, values.shape[1]), np.nan), links["is_first"].to_numpy(dtype=bool)
    if is_first.all() and len(np.unique(group)) == len(group):
        whole[group] = values  # one leg each, as nearly everywhere in a territory without operators
        return whole
    # An equal weight for each where nothing weighs, so that idle hours and flows of no quantity still count.
    load, of_load = links["weight"].to_numpy()[is_first] + 1e-12, group[is_first]
    total = pd.Series(load).groupby(of_load).sum()
    mean = pd.DataFrame(values[is_first] * load[:, None]).groupby(of_load).sum().div(total, axis=0)
    weakest = pd.DataFrame(values[~is_first]).groupby(group[~is_first]).min().reindex(mean.index).fillna(1.0)
    known = mean.index.to_numpy(dtype=np.intp)
    whole[known] = mean * weakest
    cited = pd.DataFrame(values[:, OF_PRECEDENT]).groupby(group).max().reindex(mean.index)
    whole[known[:, None], OF_PRECEDENT] = cited
    return whole


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
    leg, group = calls.mended.index.get_indexer(pd.Index(links["leg_id"])), gain.index.get_indexer(pd.Index(links["group"]))
    frames = (*(calls.parts[bound] for bound in BOUNDS), calls.mended)
    columns = [f"{bound}|{part}" for bound in BOUNDS for part in CALL_PARTS]
    whole = _together(np.hstack([_taken(frame, leg) for frame in frames]), group, links, len(gain))
    unknown = np.ones(whole.shape[1])
    unknown[: len(columns)] = default.reindex(columns).fillna(1.0)
    whole = np.where(np.isnan(whole), unknown, whole)
    *of_bounds, mended = np.split(whole, [len(CALL_PARTS) * (place + 1) for place in range(len(BOUNDS))], axis=1)
    value, euros = of_bounds[0], gain.to_numpy()
    index = [parts.prod(axis=1) for parts in of_bounds]
    worth = [np.maximum(euros, 0.0) * one for one in index]
    extra = pd.DataFrame(_taken(calls.extra_eur_per_unit, leg) * links["weight"].to_numpy()[:, None])
    summed, hoped = extra.groupby(group).sum(), np.zeros((len(gain), len(DATA)))
    added = pd.Index(list(DATA)).get_indexer(calls.extra_eur_per_unit.columns)
    hoped[summed.index.to_numpy(dtype=np.intp)[:, None], added] = summed
    lift = np.maximum(mended / value[:, [CALL_PARTS.index(part) for part, _ in DATA.values()]], 1.0)
    hoped = np.maximum(hoped + euros[:, None], 0.0) * (lift * index[0][:, None])
    rise = np.maximum(hoped - worth[0][:, None], 0.0)
    # Where no euro is at stake yet, the datum that clears most doubt is still the one to ask for.
    score = rise + (lift - 1.0) * 1e-6
    is_missing = np.fmax.reduce(score, axis=1) > 0
    cited: dict[int, dict[str, None]] = {}
    said = np.append(calls.precedent_ids.to_numpy(dtype=object), "")[leg]
    for place in np.flatnonzero(said != ""):
        cited.setdefault(group[place], {}).update(dict.fromkeys(said[place].split(";")))
    told = np.full(len(gain), "", dtype=object)
    told[list(cited)] = [";".join(list(some)[:CITED]) for some in cited.values()]
    return pd.DataFrame({
        **{f"part_{part}": value[:, place] for place, part in enumerate(CALL_PARTS)},
        **dict(zip(CALL_VALUES, worth, strict=True)),
        "missing_datum": np.where(is_missing, np.array(list(DATA), dtype=object)[score.argmax(axis=1)], ""),
        "missing_rise_eur_per_yr": np.fmax.reduce(rise, axis=1),
        "precedent_ids": told,
    }, index=gain.index)  # fmt: skip


def _taken(frame: pd.DataFrame, row: Rows) -> Floats:
    """Some rows, NaN where the row is -1."""
    if frame.empty:
        return np.full((len(row), frame.shape[1]), np.nan)
    taken: Floats = frame.to_numpy(dtype=float).take(row, axis=0)
    taken[row < 0] = np.nan
    return taken


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
    legs = chains[columns].to_numpy(dtype=object)
    group, place = np.nonzero(legs != "")
    # Money that a datum adds is counted where the flow leaves, and downstream on what a unit becomes.
    passed_on = np.where(place > 0, flow["yield_1"].to_numpy()[group], 1.0)
    links = pd.DataFrame({
        "group": chains.index[group], "leg_id": legs[group, place], "is_first": place == 0,
        "weight": flow["quantity_per_yr"].to_numpy()[group] * passed_on,
    })  # fmt: skip
    valued = _valued(gain, links, calls, NO_DEFAULT)
    # Chains stand in the order of their ends: that decides between equals.
    best_first = [-one.to_numpy() for one in (valued["call_value_eur_per_yr"], gain, chains["confidence"])]
    order = np.lexsort(best_first[::-1])
    order = order[~chains[["output_id", "need_id"]].iloc[order].duplicated().to_numpy()]
    turn = chains["output_id"].iloc[order]
    order = order[(turn.groupby(turn).cumcount() < CALLS_PER_OUTPUT).to_numpy()]
    parts = (chains.drop(columns=[*columns, "reasons"]), flow.drop(columns="yield_1"), valued)
    table: pd.DataFrame = pd.concat([part.iloc[order] for part in parts], axis=1)
    giver = flows.outputs[["actor_id", "unit"]].loc[table["output_id"]]
    table = table.assign(
        giver_actor_id=giver["actor_id"].array,
        taker_actor_id=flows.needs["actor_id"].loc[table["need_id"]].array,
        unit=giver["unit"].array,
    )
    return table.assign(
        rank_for_giver=table.groupby("giver_actor_id").cumcount() + 1,
        rank_for_taker=table.groupby("taker_actor_id").cumcount() + 1,
    )
