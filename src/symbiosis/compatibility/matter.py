"""Matter, season, place and words: what stands between a flow and a need whatever the law says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.compatibility.findings import Coded, Context, Finding, Legs, Mask, Rule, joined
from symbiosis.materials import Catalogue

Floats = NDArray[np.float64]

CURES_NAMED = 3
"""Processes that a refusal names as a remedy: enough to call somebody."""


def _quality(legs: Legs, context: Context) -> Iterator[Finding]:
    """Values of an output, and specifications of operators, against the limits of the receiver and of the use.

    Where blending is allowed, what a mixture could still meet is left to the allocation, which limits the blend: not a
    hazardous waste, not a parameter that does not mix linearly.
    """
    tail, from_output, may_blend = legs["tail_id"], legs["tail_kind"].eq("output"), context.scenario.is_blending_allowed
    values, of_heads = _declared(context.quality)
    of_uses = context.remembered("use_limits", lambda: _limits(context.catalogue.use_limits, "use_id"))
    mixing = frozenset(context.operators.index[context.operators["is_mixing"]]) if may_blend else ()
    is_mixed = tail.among(mixing)
    is_judged = from_output | tail.told(lambda owner: any(owner in some for some in values.values())) | is_mixed
    is_linear = context.catalogue.quality_parameters["is_linear"]
    seen = [_Seen(parameter=parameter, value=_number(tail, values.get(parameter, {})), is_judged=is_judged,
                  limits=_limits_of(legs, of_heads.get(parameter, {}), of_uses.get(parameter, {}),
                                    context.scenario.heat_pinch_k if parameter == "temperature_c" else 0.0))
            for parameter in sorted({*of_heads, *of_uses})]  # fmt: skip
    found: dict[str, list[Finding]] = {}
    for one in seen:
        if not one.is_there.any():
            continue
        linear = one.parameter in is_linear.index and bool(is_linear[one.parameter])
        mixes = is_mixed & linear
        blends: Mask = ~legs["is_hazardous"].eq(True) & (linear and may_blend)
        low, high = one.low & ~mixes, one.high & ~mixes
        in_blend = one.is_there & (mixes | (blends & (low | high)))
        found.setdefault("blended", []).append(Finding(mask=in_blend, reason="quality_blended", detail=one.parameter))
        for reason, bad, bound, cure in (("below", low, 0, "raise"), ("above", high, 1, "lower")):
            mask = bad & ~blends
            if mask.any():
                detail = one.beyond(mask, one.limits[bound], _cures(legs, mask, (one.parameter, cure), context))
                found.setdefault(reason, []).append(Finding(mask=mask, reason=f"quality_{reason}", detail=detail))
        unknown = one.is_there & np.isnan(one.value) & from_output
        found.setdefault("unknown", []).append(Finding(mask=unknown, reason="quality_unknown", detail=one.bounds(unknown)))
    for reason in ("blended", "below", "above", "unknown"):
        yield from found.get(reason, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One parameter on every leg: the value of the tail, the least and the most that is accepted, NaN where not told."""

    parameter: str
    value: Floats
    is_judged: Mask
    limits: tuple[Floats, Floats]

    @property
    def is_there(self) -> Mask:
        """Legs that have a limit."""
        return np.asarray(self.is_judged & ~(np.isnan(self.limits[0]) & np.isnan(self.limits[1])))

    @property
    def low(self) -> Mask:
        return np.asarray(self.is_judged & (self.value < self.limits[0]))

    @property
    def high(self) -> Mask:
        return np.asarray(self.is_judged & (self.value > self.limits[1]))

    def beyond(self, mask: Mask, bound: Floats, cures: Coded) -> Coded:
        """``parameter:value:bound:cures``."""
        numbers = (Coded.of(column[mask]).spoken("{:g}".format) for column in (self.value, bound))
        return _spread(joined(*numbers, cures).spoken(lambda text: f"{self.parameter}:{text}"), mask)

    def bounds(self, mask: Mask) -> Coded:
        """``parameter:0.1..0.4``, one side empty where there is no limit."""
        sides = (Coded.of(limit[mask]).spoken(lambda one: "" if np.isnan(one) else f"{one:g}") for limit in self.limits)
        return _spread(joined(*sides, by="..").spoken(lambda text: f"{self.parameter}:{text}"), mask)


def _spread(column: Coded, mask: Mask) -> Coded:
    """What is told of some legs, on all of them."""
    code = np.zeros(len(mask), dtype=np.int64)
    code[mask] = column.code
    return Coded(code, column.entries)


_Limits = dict[str, dict[str, tuple[float, float]]]
"""By parameter, by owner: the least and the most."""


def _limits(table: pd.DataFrame, owner: str) -> _Limits:
    limits: _Limits = {}
    columns = (table[name].to_numpy(dtype=object) for name in (owner, "parameter", "minimum", "maximum"))
    for one, parameter, least, most in zip(*columns, strict=True):
        if not (pd.isna(least) and pd.isna(most)):
            limits.setdefault(parameter, {}).setdefault(one, (float(least), float(most)))
    return limits


def _declared(quality: pd.DataFrame) -> tuple[dict[str, dict[str, float]], _Limits]:
    """Values and limits that flows declare."""
    values: dict[str, dict[str, float]] = {}
    columns = (quality[name].to_numpy(dtype=object) for name in ("flow_id", "parameter", "value"))
    for owner, parameter, value in zip(*columns, strict=True):
        if not pd.isna(value):
            values.setdefault(parameter, {})[owner] = float(value)
    return values, _limits(quality, "flow_id")


def _number(ids: Coded, known: dict[str, float]) -> Floats:
    return ids.told(lambda owner: known.get(owner, np.nan), float) if known else np.full(len(ids), np.nan)


def _limits_of(
    legs: Legs, of_heads: dict[str, tuple[float, float]], of_uses: dict[str, tuple[float, float]], pinch_k: float
) -> tuple[Floats, Floats]:
    """Limits on each leg: those that the need states, before the usual ones of its use.

    Heat passes an exchanger: the source is warmer than what it serves by the pinch, a source of cold is colder by it.
    """
    head, use = legs["head_id"], legs["use_id"]
    stated = head.told(of_heads.__contains__)
    least, most = (np.where(stated, _number(head, {one: both[side] for one, both in of_heads.items()}),
                            _number(use, {one: both[side] for one, both in of_uses.items()})) for side in (0, 1))  # fmt: skip
    if pinch_k:
        heat = legs["family"].eq("energy")
        most = np.where(heat & np.isnan(least), most - pinch_k, most)
        least = np.where(heat, least + pinch_k, least)
    return least, most


def _cures(legs: Legs, mask: Mask, move: tuple[str, str], context: Context) -> Coded:
    """Processes that move the parameter the right way for that matter, those whose product serves the use first."""
    some = Legs({name: legs[name][mask] for name in ("material_id", "use_id")}, int(mask.sum()))
    code, first = some.joined_by("material_id", "use_id")
    ways = context.remembered("ways", lambda: _Ways.of(context.catalogue))
    pairs = zip(*(some[name][first].whole() for name in ("material_id", "use_id")), strict=True)
    return Coded.of(np.array([ways.named(material, use, move) for material, use in pairs], dtype=object))[code]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """What processes do: by parameter and effect, those that move it; by material, those that take it; the uses they serve."""

    movers: dict[tuple[str, str], frozenset[str]]
    takers: dict[str, dict[str, int]]
    served: dict[str, frozenset[str]]

    @classmethod
    def of(cls, catalogue: Catalogue) -> _Ways:
        moves, recipe, closure = catalogue.process_effects, catalogue.process_flows, catalogue.ancestors()
        movers: dict[tuple[str, str], set[str]] = {}
        for process, parameter, effect in zip(*(moves[name] for name in ("process_id", "parameter", "effect")), strict=True):
            movers.setdefault((parameter, effect), set()).add(process)
        acting = moves["process_id"].unique()
        recipe = recipe[recipe["process_id"].isin(acting)]
        inlets = recipe.loc[recipe["direction"] == "input", ["process_id", "material_id"]]
        inlets = inlets.rename(columns={"material_id": "ancestor_id"})
        taken = inlets.merge(closure, on="ancestor_id", how="inner", validate="many_to_many")
        takers: dict[str, dict[str, int]] = {}
        columns = (taken[name] for name in ("process_id", "material_id", "depth"))
        for process, material, depth in zip(*columns, strict=True):
            near = takers.setdefault(material, {})
            near[process] = min(depth, near.get(process, depth))
        products = recipe.loc[(recipe["direction"] == "output") & ~recipe["is_residue"], ["process_id", "material_id"]]
        accepted = catalogue.use_materials[["use_id", "material_id"]].rename(columns={"material_id": "ancestor_id"})
        served = products.merge(closure, on="material_id", how="inner", validate="many_to_many").merge(
            accepted, on="ancestor_id", how="inner", validate="many_to_many")  # fmt: skip
        uses: dict[str, set[str]] = {}
        for process, use in zip(served["process_id"], served["use_id"], strict=True):
            uses.setdefault(process, set()).add(use)
        return cls(movers={key: frozenset(some) for key, some in movers.items()}, takers=takers,
                   served={process: frozenset(some) for process, some in uses.items()})  # fmt: skip

    def named(self, material: str, use: str, move: tuple[str, str]) -> str:
        """The first few, joined by commas."""
        movers, near = self.movers.get(move, frozenset()), self.takers.get(material, {})
        ways = sorted((use not in self.served.get(process, ()), depth, process) for process, depth in near.items()
                      if process in movers)  # fmt: skip
        return ",".join(process for _, _, process in ways[:CURES_NAMED])


def _food(legs: Legs, context: Context) -> Iterator[Finding]:
    """How many days are left to serve what must not be eaten later."""
    uses = context.catalogue.uses
    eaten = context.remembered("human_food", lambda: frozenset(uses.index[uses["is_human_food"].eq(True)]))
    days = legs["shelf_life_days"]
    left = legs["use_id"].among(eaten) & legs["date_kind"].eq("use_by") & days.told(lambda some: some >= 1)
    yield Finding(mask=left, reason="food_days_left", detail=days.spoken("{:g}".format))


def _season(legs: Legs, context: Context) -> Iterator[Finding]:
    """Months that do not overlap, or overlap in part."""
    overlap = legs["month_overlap"]
    common, months = overlap.whole(), legs["tail_month_count"].whole()
    apart = common == 0
    if apart.any():
        bits = (legs[name].spoken(_months) for name in ("tail_month_bits", "head_month_bits"))
        yield Finding(mask=apart, reason="season_apart", detail=joined(*bits))
    yield Finding(mask=(common > 0) & (common < months), reason="season_partial", detail=overlap.spoken(str))


def _months(bits: int) -> str:
    return ",".join(str(month) for month in range(1, 13) if bits & (1 << (month - 1)))


def _distance(legs: Legs, context: Context) -> Iterator[Finding]:
    """Farther than the scenario or the need allows, or a link that was declared impossible."""
    km, limit, most = legs["distance_km"], legs["maximum_distance_km"], context.scenario.maximum_distance_km
    of = limit.spoken(lambda one: f"{one:g}:{'need' if one < most else 'maximum_distance_km'}")
    rounded = Coded(km.code, np.round(km.entries, 1)).spoken("{:g}".format)
    yield Finding(mask=km.whole() > limit.whole(), reason="too_far", detail=joined(rounded, of))
    yield Finding(mask=legs["is_link_excluded"].eq(True), reason="link_excluded")


def _words(legs: Legs, context: Context) -> Iterator[Finding]:
    """A description that was understood with little confidence, or a code that contradicts the words."""
    confidence, material = legs["confidence"], legs["material_id"]
    weak = confidence.told(lambda one: one < context.scenario.sure_confidence)
    if weak.any():
        text = joined(confidence.spoken(lambda one: f"{np.round(one, 2):g}"), material, legs["use_id"])
        yield Finding(mask=weak, reason="words_uncertain", detail=text)
    contradicted = legs["flags"].told(lambda flags: "code_contradicts_words" in flags)
    if contradicted.any():
        yield Finding(mask=contradicted, reason="code_contradicts_words", detail=joined(legs["waste_code"], material))


RULES: dict[str, Rule] = {
    "quality": _quality,
    "food": _food,
    "season": _season,
    "distance": _distance,
    "words": _words,
}
