"""The five legal routes, and what each lacks: not a waste, by-product, end of waste, production installation, entitled site."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from symbiosis.compatibility.findings import Context, Finding, Mask, Rule, is_french
from symbiosis.compatibility.law import admitted

BY_PRODUCT = ("bp_certain_use", "bp_direct_use", "bp_integral_part", "bp_lawful_product", "bp_no_harm")
PRODUCTION_INSTALLATION = ("pi_similar_product", "pi_market", "pi_no_harm", "pi_file_sent")

GENERAL_PROCEDURE = "eow_general"
"""The rule of those that have no rule of their own: an order of the minister, or a decision on a file."""

HEADINGS_NAMED = 8
"""Headings that a reason names: enough to look for in a permit."""


def legal_route(legs: pd.DataFrame, context: Context) -> pd.DataFrame:
    """The route a leg would take, from what is declared of its tail and its head.

    Parameters
    ----------
    legs
        Columns `family`, `material_id`, `legal_status`, `waste_code`, `tail_kind`, `tail_end_of_waste_id`, `tail_is_residue`,
        `tail_rung`, `rung`, `head_route`.
    context
        What the rules look up.

    Returns
    -------
    pandas.DataFrame
        `legs` with `route`, one of :data:`symbiosis.schemas.ROUTES`, and `end_of_waste_id`, the rule in force that its matter
        could leave, or leaves, waste status by (``''`` where there is none).
    """
    status, from_operator = legs["legal_status"], legs["tail_kind"].eq("operator")
    rule = _end_of_waste_rule(legs, context)
    # A residue stays what it was, and so does a product that the rule of its process does not cover.
    freed = from_operator & ~legs["tail_is_residue"] & (
        (legs["tail_end_of_waste_id"].ne("") & (rule == legs["tail_end_of_waste_id"]))
        | (legs["tail_rung"].eq("reuse") & legs["tail_end_of_waste_id"].eq(""))
    )  # fmt: skip
    # Food that is given before it is thrown away has never been a waste.
    is_food = legs["material_id"].map(context.catalogue.materials["is_food"]).eq(True)
    food = is_food & legs["rung"].eq("reuse") & status.isin(["", "unknown"]) & legs["waste_code"].eq("") & ~from_operator
    conditions = [
        legs["family"].ne("material") | status.eq("product") | food,
        status.eq("by_product"),
        status.eq("end_of_waste") | freed,
        legs["head_route"].eq("production_installation"),
    ]
    route = np.select(conditions, ["not_waste", "by_product", "end_of_waste", "production_installation"],
                      default="waste_to_entitled_site")  # fmt: skip
    return legs.assign(route=route.astype(object), end_of_waste_id=rule)


def _end_of_waste_rule(legs: pd.DataFrame, context: Context) -> pd.Series:
    """The rule in force that covers the matter of each leg: that of its process where it does, else the matter's own.

    A holder who claims the status of a matter without a rule of its own went through the general procedure.
    """
    rules = context.in_force(context.catalogue.end_of_waste)["materials"]
    open_to_all = rules.index[rules.map(len) == 0].difference([GENERAL_PROCEDURE])
    ancestors = context.catalogue.ancestors()
    covers = rules.explode().dropna().rename("ancestor_id").reset_index()
    covers = covers.merge(ancestors, on="ancestor_id", how="inner", validate="many_to_many")
    by_pair = pd.MultiIndex.from_frame(covers[["end_of_waste_id", "material_id"]])
    of_process = pd.MultiIndex.from_frame(legs[["tail_end_of_waste_id", "material_id"]]).isin(by_pair)
    of_process |= legs["tail_end_of_waste_id"].isin(open_to_all).to_numpy()
    nearest = covers.sort_values(["material_id", "depth", "end_of_waste_id"]).drop_duplicates("material_id")
    of_matter = legs["material_id"].map(nearest.set_index("material_id")["end_of_waste_id"]).astype(object).fillna("")
    found = pd.Series(np.where(of_process, legs["tail_end_of_waste_id"], of_matter), index=legs.index, dtype=object)
    claimed = legs["legal_status"].eq("end_of_waste") & legs["tail_kind"].eq("output")
    return found.mask(claimed & found.eq(""), GENERAL_PROCEDURE if GENERAL_PROCEDURE in rules.index else "")


def _route(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """The legal route of the leg, and what its conditions lack."""
    for name in sorted(set(legs["route"])):
        yield Finding(mask=legs["route"].eq(name).to_numpy(), reason="route", detail=name)
    yield from _by_product(legs, context)
    yield from _end_of_waste(legs, context)
    yield from _production_installation(legs, context)
    yield from _entitled_site(legs, context)
    yield from _contradiction(legs)


def _lacking(mask: Mask, ids: pd.Series, conditions: tuple[str, ...], context: Context) -> Iterator[Finding]:
    for condition in conditions:
        yield Finding(mask=mask & ~context.holds(ids, condition), reason="condition_missing", detail=condition)


def _by_product(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    mask = legs["route"].eq("by_product").to_numpy()
    yield from _lacking(mask, legs["tail_id"], BY_PRODUCT, context)
    yield Finding(mask=mask, paper="by_product_file")
    yield _abroad(legs, mask)


def _abroad(legs: pd.DataFrame, mask: Mask) -> Finding:
    """A status that one state grants does not bind its neighbour."""
    crosses = legs["tail_country"].ne(legs["head_country"]).to_numpy()
    return Finding(mask=mask & crosses, reason="status_abroad", detail=legs["head_country"])


def _production_installation(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    mask = legs["route"].eq("production_installation").to_numpy()
    french = is_french(legs["head_country"])
    yield from _lacking(mask & french, legs["head_id"], PRODUCTION_INSTALLATION, context)
    yield Finding(mask=mask & french, paper="production_installation_file")
    yield Finding(mask=mask & ~french, reason="foreign_law", detail=legs["head_country"])


def _end_of_waste(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """Conditions of the rule for the operator that applies it; a holder who claims it carries its attestation."""
    tail, rule = legs["tail_id"], legs["end_of_waste_id"]
    leaves = legs["route"].eq("end_of_waste").to_numpy()
    is_output = legs["tail_kind"].eq("output").to_numpy()
    known = context.catalogue.end_of_waste
    ruled = leaves & (is_output | legs["tail_end_of_waste_id"].ne("").to_numpy())
    yield Finding(mask=ruled & rule.ne("").to_numpy(), reason="end_of_waste", detail=rule)
    attested = pd.Index([key for key, conditions in known["conditions"].items() if "eow_attestation" in conditions])
    # A product that follows a norm (compost) proves it by its criteria; every other rule hands over an attestation.
    by_norm = rule.ne("").to_numpy() & ~rule.isin(attested).to_numpy()
    claimed, general = leaves & is_output, rule.isin([GENERAL_PROCEDURE, ""]).to_numpy()
    yield from _lacking(claimed & by_norm, tail, ("eow_product_criteria",), context)
    yield from _lacking(claimed & ~by_norm, tail, ("eow_attestation",), context)
    yield from _lacking(claimed & general, tail, ("eow_market", "eow_no_harm"), context)
    yield Finding(mask=claimed, paper="ssd_attestation")
    for key in sorted(set(rule[ruled & ~is_output]) - {""}):
        mask = ruled & ~is_output & rule.eq(key).to_numpy()
        yield from _lacking(mask, tail, tuple(known.loc[key, "conditions"]), context)
    union = known.index[known["is_union"]]
    yield _abroad(legs, ruled & ~rule.isin(union).to_numpy())
    late = legs["tail_end_of_waste_id"].ne("") & ~legs["tail_end_of_waste_id"].isin(context.in_force(known).index)
    yield Finding(mask=late.to_numpy(), reason="end_of_waste_not_in_force", detail=legs["tail_end_of_waste_id"])
    waste = legs["route"].eq("waste_to_entitled_site").to_numpy()
    yield Finding(mask=waste & rule.ne("").to_numpy(), reason="end_of_waste_possible", detail=rule)


def _entitled_site(legs: pd.DataFrame, context: Context) -> Iterator[Finding]:
    """A waste goes to a site with a compatible heading that takes the code; the permit itself is still to be read."""
    waste = legs["route"].eq("waste_to_entitled_site").to_numpy()
    here = waste & is_french(legs["head_country"])
    yield Finding(mask=waste & ~here, reason="foreign_law", detail=legs["head_country"])
    pairs = ["head_id", "head_headings_key"]
    fits = pd.MultiIndex.from_frame(context.fitting_headings(legs)[pairs].drop_duplicates())
    has_heading = pd.MultiIndex.from_frame(legs[pairs]).isin(fits)
    knows_headings = legs["head_id"].isin(context.headings.get_level_values(0)).to_numpy()
    wanted = _named_headings(legs["head_headings_key"])
    yield Finding(mask=here & has_heading, reason="heading_compatible")
    yield Finding(mask=here & ~has_heading & knows_headings, reason="heading_incompatible", detail=wanted)
    yield Finding(mask=here & ~knows_headings, reason="heading_unknown", detail=wanted)

    code, from_output = legs["waste_code"], legs["tail_kind"].eq("output").to_numpy()
    pair = pd.MultiIndex.from_arrays([legs["head_id"], code])
    treated, listed = pair.isin(context.codes_treated), pair.isin(context.codes_accepted)
    lists = legs["head_id"].isin(context.codes_accepted.get_level_values(0)).to_numpy()
    coded = here & from_output & code.ne("").to_numpy()
    yield Finding(mask=coded & treated, reason="code_treated", detail=code)
    yield Finding(mask=coded & listed & ~treated, reason="code_listed", detail=code)
    # What the nomenclature itself admits under a heading needs no list of codes.
    asked = here & from_output & ~(admitted(legs, context) & has_heading)
    known = code.ne("").to_numpy()
    yield Finding(mask=asked & ~known, reason="waste_code_missing", detail=legs["material_id"])
    yield Finding(mask=asked & known & ~lists & ~treated, reason="codes_accepted_unknown", detail=code)
    yield Finding(mask=asked & known & lists & ~listed & ~treated, reason="code_not_listed", detail=code)
    reused = waste & from_output & legs["rung"].eq("reuse").to_numpy() & legs["legal_status"].isin(["", "unknown"]).to_numpy()
    yield Finding(mask=reused, reason="direct_reuse_possible")


def _named_headings(keys: pd.Series) -> pd.Series:
    short = {key: ",".join(key.split(";")[:HEADINGS_NAMED]) for key in keys.unique()}
    return keys.map(short).astype(object)


def _contradiction(legs: pd.DataFrame) -> Iterator[Finding]:
    """A waste code says that somebody discarded what is called a product here."""
    called = legs["legal_status"].eq("product") & legs["waste_code"].ne("") & legs["tail_kind"].eq("output")
    yield Finding(mask=called.to_numpy(), reason="status_contradicts_code", detail=legs["waste_code"])


RULES: dict[str, Rule] = {
    "route": _route,
}
