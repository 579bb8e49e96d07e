"""Matter, season, place and words: what stands between a flow and a need whatever the law says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from symbiosis.compatibility.findings import Context, Finding, Rule

CURES_NAMED = 3
"""Processes that a refusal names as a remedy: enough to call somebody."""


def _quality(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """Values of an output, and specifications of operators, against the limits of the receiver and of the use.

    Where blending is allowed, what a mixture could still meet is left to the allocation, which limits the blend: not a
    hazardous waste, not a parameter that does not mix linearly.
    """
    values = context.quality.dropna(subset=["value"])[["flow_id", "parameter", "value"]]
    declared = context.quality.dropna(subset=["minimum", "maximum"], how="all")
    operators, may_blend = context.operators, context.scenario.is_blending_allowed
    is_told = legs["tail_id"].isin(values["flow_id"]) & legs["tail_kind"].eq("operator")
    is_mixed = legs["tail_id"].isin(operators.index[operators["is_mixing"]]) & may_blend
    judged = legs[legs["tail_kind"].eq("output") | is_told | is_mixed]
    of_need = _joined(judged, declared, "head_id", "flow_id")
    of_use = _joined(judged, context.catalogue.use_limits, "use_id", "use_id")
    # A limit that the need states stands before the usual limit of its use.
    limits = pd.concat([of_need, of_use]).drop_duplicates(["leg", "parameter"])
    limits = limits.merge(values, left_on=["tail_id", "parameter"], right_on=["flow_id", "parameter"], how="left",
                          validate="many_to_one")  # fmt: skip
    limits = _through_exchanger(limits, context.scenario.heat_pinch_k)
    linear = limits["parameter"].map(context.catalogue.quality_parameters["is_linear"]).eq(True)
    mixes = limits["leg"].map(is_mixed).eq(True) & linear
    blends = linear & may_blend & ~limits["leg"].map(legs["is_hazardous"]).eq(True)
    low = (limits["value"] < limits["minimum"]) & ~mixes
    high = (limits["value"] > limits["maximum"]) & ~mixes
    in_blend = limits[mixes | (blends & (low | high))]
    yield from _by_parameter(legs, in_blend, "quality_blended", in_blend["parameter"])
    low, high = low & ~blends, high & ~blends
    for reason, bad, bound, cure in (("quality_below", low, "minimum", "raise"), ("quality_above", high, "maximum", "lower")):
        rows = limits[bad]
        if len(rows):
            text = rows["parameter"] + ":" + _g(rows["value"]) + ":" + _g(rows[bound]) + ":" + _cures(rows, cure, context)
            yield from _by_parameter(legs, rows, reason, text)
    unknown = limits[limits["value"].isna() & limits["leg"].map(legs["tail_kind"]).eq("output")]
    yield from _by_parameter(legs, unknown, "quality_unknown", unknown["parameter"] + ":" + _bounds(unknown))


def _joined(legs: pd.DataFrame, limits: pd.DataFrame, left: str, right: str) -> pd.DataFrame:
    taken = legs[["tail_id", "material_id", "family", "use_id"]].assign(leg=legs.index, of=legs[left])
    kept = limits[[right, "parameter", "minimum", "maximum"]].rename(columns={right: "of"})
    return taken.merge(kept, on="of", how="inner", validate="many_to_many").drop(columns="of")


def _through_exchanger(limits: pd.DataFrame, pinch_k: float) -> pd.DataFrame:
    """Heat passes an exchanger: the source is warmer than what it serves by the pinch, a source of cold is colder by it."""
    heat = limits["family"].eq("energy") & limits["parameter"].eq("temperature_c")
    cold = heat & limits["minimum"].isna()
    return limits.assign(
        minimum=limits["minimum"] + pinch_k * heat, maximum=limits["maximum"].where(~cold, limits["maximum"] - pinch_k)
    )


def _g(numbers: pd.Series) -> pd.Series:
    return numbers.map("{:g}".format).astype(object)


def _bounds(rows: pd.DataFrame) -> pd.Series:
    """``0.1..0.4``, one side empty where there is no limit."""
    low, high = (_g(rows[bound]).where(rows[bound].notna(), "") for bound in ("minimum", "maximum"))
    return low + ".." + high


def _cures(rows: pd.DataFrame, effect: str, context: Context) -> pd.Series:
    """Processes that move the parameter the right way for that matter, those whose product serves the use first."""
    catalogue = context.catalogue
    asked = rows[["material_id", "use_id", "parameter"]].drop_duplicates()
    moves = catalogue.process_effects
    moves = moves.loc[moves["effect"] == effect, ["process_id", "parameter"]]
    recipe = catalogue.process_flows
    inlets = recipe.loc[recipe["direction"] == "input", ["process_id", "material_id"]]
    ways = (
        asked.merge(catalogue.ancestors(), on="material_id", how="inner", validate="many_to_many")
        .merge(inlets, left_on="ancestor_id", right_on="material_id", how="inner", suffixes=("", "_inlet"),
               validate="many_to_many")
        .merge(moves, on=["process_id", "parameter"], how="inner", validate="many_to_one")
    )  # fmt: skip
    products = recipe.loc[(recipe["direction"] == "output") & ~recipe["is_residue"], ["process_id", "material_id"]]
    products = products[products["process_id"].isin(ways["process_id"])]
    products = products.merge(catalogue.ancestors(), on="material_id", how="inner", validate="many_to_many")
    accepted = catalogue.use_materials.loc[catalogue.use_materials["use_id"].isin(ways["use_id"]), ["use_id", "material_id"]]
    served = products.merge(accepted, left_on="ancestor_id", right_on="material_id", how="inner", suffixes=("", "_accepted"),
                            validate="many_to_many")  # fmt: skip
    serves = pd.MultiIndex.from_frame(served[["process_id", "use_id"]].drop_duplicates())
    ways = ways.assign(serves=pd.MultiIndex.from_frame(ways[["process_id", "use_id"]]).isin(serves))
    keys = ["material_id", "use_id", "parameter"]
    ways = ways.sort_values([*keys, "serves", "depth", "process_id"], ascending=[True] * 3 + [False, True, True])
    ways = ways.drop_duplicates([*keys, "process_id"])
    ways = ways[ways.groupby(keys).cumcount() < CURES_NAMED]
    named = ways.groupby(keys)["process_id"].agg(",".join)
    found = named.reindex(pd.MultiIndex.from_frame(rows[keys])).fillna("")
    return pd.Series(found.to_numpy(dtype=object), index=rows.index)


def _by_parameter(legs: pd.DataFrame, rows: pd.DataFrame, reason: str, text: pd.Series) -> Iterator[Finding]:
    """One finding per parameter: a leg may fail several."""
    for parameter in sorted(rows["parameter"].unique()):
        mine = rows["parameter"] == parameter
        detail = pd.Series(text[mine].to_numpy(dtype=object), index=rows.loc[mine, "leg"])
        yield Finding(mask=legs.index.isin(detail.index), reason=reason, detail=detail.reindex(legs.index).fillna(""))


def _food(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """How many days are left to serve what must not be eaten later."""
    eaten = legs["use_id"].map(context.catalogue.uses["is_human_food"]).eq(True)
    days = legs["shelf_life_days"]
    left = eaten & legs["date_kind"].eq("use_by") & (days >= 1)
    yield Finding(mask=left.to_numpy(), reason="food_days_left", detail=_g(days))


def _season(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """Months that do not overlap, or overlap in part."""
    overlap = legs["month_overlap"].to_numpy()
    apart = overlap == 0
    if apart.any():
        text = legs["tail_month_bits"].map(_months).astype(object) + ":" + legs["head_month_bits"].map(_months).astype(object)
        yield Finding(mask=apart, reason="season_apart", detail=text)
    part = (overlap > 0) & (overlap < legs["tail_month_count"].to_numpy())
    yield Finding(mask=part, reason="season_partial", detail=legs["month_overlap"].astype(int).astype(str).astype(object))


def _months(bits: int) -> str:
    return ",".join(str(month) for month in range(1, 13) if bits & (1 << (month - 1)))


def _distance(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """Farther than the scenario or the need allows, or a link that was declared impossible."""
    km, limit = legs["distance_km"], legs["maximum_distance_km"]
    by_need = (limit < context.scenario.maximum_distance_km).to_numpy()
    of = pd.Series(np.where(by_need, "need", "maximum_distance_km"), index=legs.index, dtype=object)
    yield Finding(mask=(km > limit).to_numpy(), reason="too_far", detail=_g(km.round(1)) + ":" + _g(limit) + ":" + of)
    yield Finding(mask=legs["is_link_excluded"].to_numpy(), reason="link_excluded")


def _words(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """A description that was understood with little confidence, or a code that contradicts the words."""
    weak = (legs["confidence"] < context.scenario.sure_confidence).to_numpy()
    text = _g(legs["confidence"].round(2)) + ":" + legs["material_id"] + ":" + legs["use_id"]
    yield Finding(mask=weak, reason="words_uncertain", detail=text)
    contradicted = legs["flags"].str.contains("code_contradicts_words", regex=False).to_numpy()
    yield Finding(mask=contradicted, reason="code_contradicts_words", detail=legs["waste_code"] + ":" + legs["material_id"])


RULES: dict[str, Rule] = {
    "quality": _quality,
    "food": _food,
    "season": _season,
    "distance": _distance,
    "words": _words,
}
