"""What a call is worth: which proposals a facilitator takes up first, and what she should ask.

    value of a call (€/yr) = max(net gain, 0) × fit × quality × distance × quantity × route × law × evidence
                             × price × outlet_cost × precedent

The net gain is that of the plan for a synergy, and the margin of the chain times the quantity that could flow for a pair that
no plan uses (the fixed cost of an operator to be created is left out there: others would share it). Every further part lies
between 0 and 1 and says what one doubt takes away; its values are rows of ``call_factors`` with low, high and reasoning. The
product is an **index**, an order of magnitude that orders calls. It is no probability: of its parts `fit` alone was calibrated
on labelled pairs, and that where both sides are described by words and no operator stands between.

The parts are listed in :mod:`symbiosis.doubts`.

Several legs make one chain or one synergy. What leaves the givers counts by its quantity (a mean), what operators pass on by
its weakest leg, and a precedent of one leg speaks for all.

The missing datum: for each datum that is unknown the value is computed again as if it were known favourably. Its part becomes
1, and the gain rises by what a full load, the high price or the high outlet cost would bring. The datum that raises the value
most is named, with the rise in euros a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.legs import numbered
from symbiosis.doubts import BOUNDS, DATA, Calls, Floats, Rows, factors
from symbiosis.precedents import CITED
from symbiosis.schemas import CALL_PARTS, FEASIBILITY
from symbiosis.worth import chain_worth

if TYPE_CHECKING:
    from symbiosis.synergies import Synergies

CALL_VALUES = ("call_value_eur_per_yr", "call_value_low_eur_per_yr", "call_value_high_eur_per_yr")
NO_DEFAULT = pd.Series(dtype=float)
CALLS_PER_OUTPUT = 10
"""Pairs kept per output, best first: a facilitator proposes ten partners, not a hundred."""

OF_PRECEDENT = [place * len(CALL_PARTS) + CALL_PARTS.index("precedent") for place in range(len(BOUNDS))]
"""Of the parts by bound, side by side, those for which one leg speaks for all."""

GROUPS_AT_ONCE = 200_000
"""Groups of legs that are valued together: the fifty figures of each fill memory."""


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
    if is_first.all() and np.bincount(group, minlength=1).max() <= 1:
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
    of_round = {f"{bound}|evidence": factors(catalogue, bound).get("evidence", {}).get("declared", 1.0) for bound in BOUNDS}
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
    kept: list[Rows] = []
    blocks: list[dict[str, NDArray[Any]]] = []
    for first, last in pairwise(edges if len(open_) else (0, 0)):
        rows = open_[first:last]
        block = {str(name): column.to_numpy() for name, column in _called(rows, worth, calls).items()}
        best = _best_first(block, paths.confidence[rows])
        # One way for each pair, and the best pairs of each output; then as they stood, which decides between equals.
        best = best[~pd.Index(pair[first:last][best]).duplicated()]
        turn = pd.Series(output[first:last][best])
        best = np.sort(best[(turn.groupby(turn).cumcount() < CALLS_PER_OUTPUT).to_numpy()])
        kept.append(rows[best])
        blocks.append({name: column[best] for name, column in block.items()})
    # Column by column: the figures of millions of calls are not held twice.
    figures = {name: np.concatenate([block.pop(name) for block in blocks]) for name in list(blocks[0])}
    rows = np.concatenate(kept)
    order = _best_first(figures, paths.confidence[rows])
    rows = rows[order]
    for name in figures:
        figures[name] = figures[name][order]
    names = np.append(paths.names, "").astype(object)
    told: dict[str, Any] = {name: names[place[rows]] for name, place in paths.ends.items()}
    giver, taker = (
        flow[["actor_id", *more]].astype(object).reindex(paths.names).iloc[paths.ends[end][rows]].reset_index(drop=True)
        for flow, end, more in ((flows.outputs, "output_id", ["unit"]), (flows.needs, "need_id", []))
    )
    told |= {
        "confidence": paths.confidence[rows], "distance_km": paths.distance_km[rows],
        "feasibility": np.array(FEASIBILITY, dtype=object)[paths.severity[rows]], **figures,
        "giver_actor_id": giver["actor_id"], "taker_actor_id": taker["actor_id"], "unit": giver["unit"],
        "rank_for_giver": giver.groupby("actor_id").cumcount() + 1, "rank_for_taker": taker.groupby("actor_id").cumcount() + 1,
    }  # fmt: skip
    # Columns of texts point at those that many rows share.
    table = pd.DataFrame({name: pd.Series(column, dtype=column.dtype, copy=False) for name, column in told.items()}, copy=False)
    return table.set_axis(numbered("C", len(paths), "chain_id")[rows])


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


def _best_first(figures: Mapping[str, NDArray[Any]], confidence: Floats) -> Rows:
    """The order of calls."""
    return np.lexsort([-confidence, *(-figures[name] for name in ("gain_eur_per_yr", "call_value_eur_per_yr"))])
