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
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.legs import numbered
from symbiosis.candidates.pairs import met
from symbiosis.compatibility.findings import Keyed
from symbiosis.materials import Catalogue
from symbiosis.precedents import CITED, KIND, precedents_of
from symbiosis.scenario import Scenario
from symbiosis.schemas import CALL_PARTS, EVIDENCE, FEASIBILITY
from symbiosis.worth import chain_worth

if TYPE_CHECKING:
    from symbiosis.candidates import Candidates
    from symbiosis.synergies import Synergies

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Texts = tuple[Rows, Any]
"""Number of the text of each leg, and the texts."""

_READ = ["tail_id", "head_id", "material_id", "use_id", "head_process_id", "feasibility", "reasons", "route", "transport",
         "confidence", "distance_km", "maximum_distance_km", "is_distance_known", "upper_per_yr", "ratio", "load_t", "payload_t",
         "tonnes_per_unit", "transport_eur_per_unit", "link_eur_per_unit"]  # fmt: skip
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
    """Legs as the ranking sees them, judged when they are asked for: the fifty figures of millions of legs fill memory.

    Attributes
    ----------
    candidates
        Legs with their reasons, flows with their evidence.
    catalogue, scenario
        Rows of ``call_factors`` and precedents; what a transport costs.
    quality
        Declared values and limits.
    """

    candidates: Candidates
    catalogue: Catalogue
    scenario: Scenario
    quality: pd.DataFrame

    def rows_of(self, leg_ids: pd.Series) -> Rows:
        """Rows of some legs among the candidates: a few of millions, so that those are looked through, not indexed."""
        index, wanted = self.candidates.legs.index, pd.Index(leg_ids)
        rows = np.flatnonzero(index.isin(wanted))
        return rows[index[rows].get_indexer(wanted)]

    def cited(self, rows: Rows) -> NDArray[np.object_]:
        """Precedents of some legs, by row."""
        legs = self.candidates.legs[[*KIND]].iloc[rows]
        return precedents_of(legs, self.catalogue)["precedent_ids"].to_numpy(dtype=object)

    def judged(self, rows: Rows) -> Judged:
        """The parts of some legs, by row."""
        return _judged(self.candidates.legs[_READ].iloc[rows], self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the ranking makes of some legs.

    Attributes
    ----------
    parts
        By bound (``value``, ``low``, ``high``), legs × parts.
    mended
        Legs × data: the part that each datum mends as it would then be.
    extra_eur_per_unit
        By datum: what its favourable value adds to the gain, per unit that leaves on the leg.
    precedent_ids
        By leg.
    """

    parts: dict[str, Floats]
    mended: Floats
    extra_eur_per_unit: dict[str, Floats]
    precedent_ids: NDArray[np.object_]


def _judged(legs: pd.DataFrame, calls: Calls) -> Judged:
    candidates, catalogue, scenario, quality = calls.candidates, calls.catalogue, calls.scenario, calls.quality
    outputs, needs = candidates.flows.outputs, candidates.flows.needs
    tail, head = (flows.index.get_indexer(pd.Index(legs[f"{side}_id"])) for flows, side in ((outputs, "tail"), (needs, "head")))
    reasons = pd.factorize(legs["reasons"])
    cited = precedents_of(legs, catalogue)
    law = _law_cases(legs, reasons, catalogue)
    # Each part has a handful of cases, and a large territory millions of legs: what is said is said by number.
    coded = {
        part: pd.factorize(case)
        for part, case in {
            "quality": _quality_case(legs, reasons, catalogue, quality),
            "quantity": _quantity_case(legs["upper_per_yr"].to_numpy() / _of(outputs["quantity_per_yr"], tail)),
            "route": legs["route"],
            "evidence": _evidence_case(_of(outputs["evidence"], tail), _of(needs["evidence"], head)),
            "price": _of(needs["price_origin"], head),
            "outlet_cost": _of(outputs["outlet_cost_origin"], tail),
            "precedent": cited["precedent_case"],
        }.items()
    }
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
        parts[bound] = np.column_stack([known[part] for part in CALL_PARTS])
    table = _factors(catalogue, "value")
    for datum, (part, lifted) in DATA.items():
        now = parts["value"][:, CALL_PARTS.index(part)]
        if part == "law":
            doubts = [np.where(law[case], 1.0 / table["law"][case], 1.0) for case in lifted if case in law]
            mended[datum] = now * (np.prod(doubts, axis=0) if doubts else 1.0)
        elif part == "distance":
            mended[datum] = now
        else:
            is_lifted = _by_number(coded[part], dict.fromkeys(lifted, 0.0)) == 0 if lifted else now < scenario.sure_confidence
            mended[datum] = np.where(is_lifted, 1.0, now)
    return Judged(
        parts=parts,
        mended=np.column_stack(list(mended.values())),
        extra_eur_per_unit=_favourable(legs, candidates, tail, head, catalogue=catalogue, scenario=scenario),
        precedent_ids=cited["precedent_ids"].to_numpy(dtype=object),
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
) -> dict[str, Floats]:  # fmt: skip
    """Euros per unit that a datum known favourably would add: a full load, the high price, the high outlet cost."""
    outputs, needs = candidates.flows.outputs, candidates.flows.needs
    leg = {name: legs[name].to_numpy() for name in ("payload_t", "distance_km", "tonnes_per_unit", "load_t", "link_eur_per_unit",
                                                    "transport_eur_per_unit", "ratio", "is_distance_known")}  # fmt: skip
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
    return {datum: np.where(is_open & ~np.isnan(euros), euros, 0.0) for datum, (is_open, euros) in added.items()}


@dataclass(frozen=True, slots=True)
class Links:
    """Legs of groups, one row each.

    Attributes
    ----------
    group
        Row of the group.
    leg
        Row of the leg among the candidates.
    weight
        Units that flow.
    is_first
        Whether it leaves a giver.
    """

    group: Rows
    leg: Rows
    weight: Floats
    is_first: NDArray[np.bool_]

    def __getitem__(self, rows: Rows) -> Links:
        """Some of the rows."""
        return Links(self.group[rows], self.leg[rows], self.weight[rows], self.is_first[rows])


def _together(values: Floats, links: Links, groups: int) -> Floats:
    """Columns of the legs of each group as one: the mean of what leaves the givers × the weakest of what is passed on."""
    whole, is_first, group = np.full((groups, values.shape[1]), np.nan), links.is_first, links.group
    if is_first.all() and len(np.unique(group)) == len(group):
        whole[group] = values  # one leg each, as nearly everywhere in a territory without operators
        return whole
    # An equal weight for each where nothing weighs, so that idle hours and flows of no quantity still count.
    load, of_load = links.weight[is_first] + 1e-12, group[is_first]
    total = pd.Series(load).groupby(of_load).sum()
    mean = pd.DataFrame(values[is_first] * load[:, None]).groupby(of_load).sum().div(total, axis=0)
    weakest = pd.DataFrame(values[~is_first]).groupby(group[~is_first]).min().reindex(mean.index).fillna(1.0)
    there = mean.index.to_numpy()
    whole[there] = mean * weakest
    cited = pd.DataFrame(values[:, OF_PRECEDENT]).groupby(group).max().reindex(mean.index)
    whole[there[:, None], np.array(OF_PRECEDENT)] = cited
    return whole


def _valued(gain: Floats, links: Links, calls: Calls, default: pd.Series) -> pd.DataFrame:
    """Parts, value, range, missing datum and precedents of groups of legs, a row each.

    `gain` is by group; `default` holds the parts of a group that has no leg, under the names of the columns.
    """
    if len(gain) <= GROUPS_AT_ONCE:
        return _valued_together(gain, links, calls, default)
    order = np.argsort(links.group, kind="stable")
    starts = range(0, len(gain), GROUPS_AT_ONCE)
    edges = np.searchsorted(links.group[order], [*starts, len(gain)])
    tables = []
    for start, first, last in zip(starts, edges[:-1], edges[1:], strict=True):
        mine = links[order[first:last]]
        mine = Links(mine.group - start, mine.leg, mine.weight, mine.is_first)
        tables.append(_valued_together(gain[start : start + GROUPS_AT_ONCE], mine, calls, default))
    return pd.concat(tables, ignore_index=True)


def _valued_together(euros: Floats, links: Links, calls: Calls, default: pd.Series) -> pd.DataFrame:
    judged, group = calls.judged(links.leg), links.group
    columns = [f"{bound}|{part}" for bound in BOUNDS for part in CALL_PARTS]
    whole = _together(np.hstack([*(judged.parts[bound] for bound in BOUNDS), judged.mended]), links, len(euros))
    unknown = np.ones(whole.shape[1])
    unknown[: len(columns)] = default.reindex(columns).fillna(1.0)
    whole = np.where(np.isnan(whole), unknown, whole)
    *of_bounds, mended = np.split(whole, [len(CALL_PARTS) * (place + 1) for place in range(len(BOUNDS))], axis=1)
    value = of_bounds[0]
    index = [parts.prod(axis=1) for parts in of_bounds]
    worth = [np.maximum(euros, 0.0) * one for one in index]
    hoped = np.zeros((len(euros), len(DATA)))
    for datum, extra in judged.extra_eur_per_unit.items():
        hoped[:, list(DATA).index(datum)] = np.bincount(group, weights=extra * links.weight, minlength=len(euros))
    lift = np.maximum(mended / value[:, [CALL_PARTS.index(part) for part, _ in DATA.values()]], 1.0)
    hoped = np.maximum(hoped + euros[:, None], 0.0) * (lift * index[0][:, None])
    rise = np.maximum(hoped - worth[0][:, None], 0.0)
    # Where no euro is at stake yet, the datum that clears most doubt is still the one to ask for.
    score = rise + (lift - 1.0) * 1e-6
    is_missing = np.fmax.reduce(score, axis=1) > 0
    asked = np.where(is_missing, score.argmax(axis=1), len(DATA))
    return pd.DataFrame({
        **{f"part_{part}": value[:, place] for place, part in enumerate(CALL_PARTS)},
        **dict(zip(CALL_VALUES, worth, strict=True)),
        "missing_datum": pd.Series(np.array([*DATA, ""], dtype=object)[asked], dtype=object, copy=False),
        "missing_rise_eur_per_yr": np.fmax.reduce(rise, axis=1),
        "precedent_ids": pd.Series(_cited(judged.precedent_ids, group, len(euros)), dtype=object, copy=False),
    })  # fmt: skip


def _cited(said: NDArray[np.object_], group: Rows, groups: int) -> NDArray[np.object_]:
    """Precedents of each group: those of its legs, each once."""
    told = np.full(groups, "", dtype=object)
    has = np.flatnonzero(said != "")
    told[group[has]] = said[has]
    counts = np.bincount(group[has], minlength=groups)
    several = has[counts[group[has]] > 1]
    cited: dict[int, dict[str, None]] = {}
    for place in several:
        cited.setdefault(group[place], {}).update(dict.fromkeys(said[place].split(";")))
    for place, some in cited.items():
        told[place] = ";".join(list(some)[:CITED])
    return told


def ranked(proposals: Synergies, calls: Calls) -> Synergies:
    """Synergies in the order of their calls, exchanges with what they cite.

    Parameters
    ----------
    proposals
        Of one run.
    calls
        What the ranking makes of the legs. Joint rounds have none: they rest on declared quantities, and nothing else is in
        doubt.

    Returns
    -------
    Synergies
        Synergies with `part_…`, `call_value_eur_per_yr` and its range, `missing_datum`, `missing_rise_eur_per_yr`,
        `precedent_ids`, largest value first; exchanges with the value of their synergy and their own precedents, in its order.
    """
    table, exchanges, catalogue = proposals.synergies, proposals.exchanges, calls.catalogue
    rows = calls.rows_of(exchanges["leg_id"])
    group = table.index.get_indexer(pd.Index(exchanges["synergy_id"]))
    is_first = exchanges["giver_kind"].eq("output").to_numpy()
    links = Links(group, rows, exchanges["quantity_per_yr"].to_numpy(dtype=float), is_first)
    of_round = {f"{bound}|evidence": _factors(catalogue, bound).get("evidence", {}).get("declared", 1.0) for bound in BOUNDS}
    valued = _valued(table["gain_eur_per_yr"].to_numpy(dtype=float), links, calls, pd.Series(of_round))
    worth = valued["call_value_eur_per_yr"].to_numpy()[group]
    table = pd.concat([table, valued.set_axis(table.index)], axis=1)
    by = [-table[name].to_numpy() for name in ("call_value_eur_per_yr", "gain_eur_per_yr", "quantity_t_per_yr")]
    order = np.lexsort(by[::-1])
    exchanges = exchanges.assign(call_value_eur_per_yr=worth, precedent_ids=calls.cited(rows))
    place = np.argsort(order)[group]  # rank of the synergy of each exchange
    return replace(proposals, synergies=table.iloc[order], exchanges=exchanges.iloc[np.argsort(place, kind="stable")])


def pairs_to_call(calls: Calls, worth: pd.DataFrame | None = None) -> pd.DataFrame:
    """Pairs of an output and a need that nothing excludes, each by its best chain, in the order of their calls.

    Parameters
    ----------
    calls
        What the ranking makes of the legs, with the chains that they make.
    worth
        What each chain would bring, where it was worked out already.

    Returns
    -------
    pandas.DataFrame
        `output_id`, `need_id`, `operator_1`, `operator_2`, actors, `feasibility`, `quantity_per_yr`, `unit`,
        `quantity_t_per_yr`, `insertion_h_per_yr`, `gain_eur_per_yr`, the columns of :func:`ranked`, and `rank_for_giver`,
        `rank_for_taker`; at most :data:`CALLS_PER_OUTPUT` per output.
    """
    paths, flows = calls.candidates.paths, calls.candidates.flows
    open_ = np.flatnonzero(paths.severity != FEASIBILITY.index("excluded"))
    worth = chain_worth(calls.candidates) if worth is None else worth
    # Whole outputs at once, as the best of each are kept: blocks end where an output does.
    output, pair = paths.ends["output_id"][open_], paths.pair[open_]
    ends = np.flatnonzero(np.diff(output, append=-1) != 0) + 1
    edges = np.unique([0, *ends[np.searchsorted(ends, np.arange(GROUPS_AT_ONCE, len(open_), GROUPS_AT_ONCE))], len(open_)])
    kept, tables = [], []
    for first, last in pairwise(edges if len(open_) else (0, 0)):
        table = _called(open_[first:last], worth, calls)
        best_first = _best_first(table, paths.confidence[open_[first:last]])
        # One way for each pair, and the best pairs of each output.
        best_first = best_first[~pd.Index(pair[first:last][best_first]).duplicated()]
        best_first = best_first[pd.Series(output[first:last][best_first]).groupby(output[first:last][best_first]).cumcount()
                                .to_numpy() < CALLS_PER_OUTPUT]  # fmt: skip
        kept.append(open_[first:last][best_first])
        tables.append(table.iloc[best_first])
    table, rows = pd.concat(tables, ignore_index=True), np.concatenate(kept)
    # Chains stand in the order of their ends: that decides between equals.
    by_row = np.argsort(rows)
    order = by_row[_best_first(table.iloc[by_row], paths.confidence[rows[by_row]])]
    rows, table = rows[order], table.iloc[order]
    names = np.append(paths.names, "").astype(object)
    told: dict[str, Any] = {name: names[place[rows]] for name, place in paths.ends.items()}
    giver, taker = (
        flow[["actor_id", *more]].astype(object).reindex(paths.names).iloc[paths.ends[end][rows]].reset_index(drop=True)
        for flow, end, more in ((flows.outputs, "output_id", ["unit"]), (flows.needs, "need_id", []))
    )
    told |= {"confidence": paths.confidence[rows], "distance_km": paths.distance_km[rows],
             "feasibility": np.array(FEASIBILITY, dtype=object)[paths.severity[rows]]}  # fmt: skip
    ordered = ["output_id", "operator_1", "operator_2", "need_id", "confidence", "distance_km", "feasibility"]
    index = numbered("C", len(paths), "chain_id")[rows]
    return (
        pd.concat([pd.DataFrame({name: _column(told[name]) for name in ordered}), table.reset_index(drop=True)], axis=1)
        .assign(
            giver_actor_id=giver["actor_id"],
            taker_actor_id=taker["actor_id"],
            unit=giver["unit"],
            rank_for_giver=giver.groupby("actor_id").cumcount() + 1,
            rank_for_taker=taker.groupby("actor_id").cumcount() + 1,
        )
        .set_axis(index)
    )


def _called(rows: Rows, worth: pd.DataFrame, calls: Calls) -> pd.DataFrame:
    """Some chains with what they would bring and what a call is worth."""
    flow, steps = worth.iloc[rows], calls.candidates.paths.steps
    legs = np.column_stack([leg[rows] for leg in steps.values()])
    group, place = np.nonzero(legs >= 0)
    # Money that a datum adds is counted where the flow leaves, and downstream on what a unit becomes.
    passed_on = np.where(place > 0, flow["yield_1"].to_numpy()[group], 1.0)
    links = Links(group, legs[group, place].astype(np.intp), flow["quantity_per_yr"].to_numpy()[group] * passed_on, place == 0)
    valued = _valued(flow["gain_eur_per_yr"].to_numpy(), links, calls, NO_DEFAULT)
    return pd.concat([flow.drop(columns="yield_1").reset_index(drop=True), valued], axis=1)


def _best_first(table: pd.DataFrame, confidence: Floats) -> Rows:
    """The order of calls."""
    return np.lexsort([-confidence, *(-table[name].to_numpy() for name in ("gain_eur_per_yr", "call_value_eur_per_yr"))])


def _column(values: NDArray[Any]) -> pd.Series:
    return pd.Series(values, dtype=values.dtype, copy=False)
