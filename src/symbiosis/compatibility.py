"""May this output serve this need, by which legal route, and if not, why: rules on whole columns of legs.

A *leg* carries one material from a tail (an output, or a product of an operator) to a head (a need, or the inlet of an
operator). :func:`assess` gives every leg a feasibility, a legal route, reason codes and papers:

``feasible``         (réalisable) the conditions of the route are declared and checkable
``to_investigate``   (à instruire) nothing forbids it and something is unknown: the reason says what is missing
``excluded``         (exclu) the reason says what forbids it, and what would lift it

Reasons are codes with their data, ``quality_above:moisture_share:0.35:0.2``; sentences are made in
:mod:`symbiosis.messages`. Rules of law are dated rows of the catalogue (``legal_rules``); the functions of :data:`RULES` apply
them and the rules of matter, season and place. The tool informs; it does not conclude.

======================== ================================================================================================
rule                     what it finds
======================== ================================================================================================
``route``                the legal route of the leg, and what its conditions lack
``final``                a need that is only a step on the way: R12, R13, D9, D13 to D15
``law``                  dated rows of ``legal_rules``: what is forbidden, required, to be flagged
``waste_code``           a code that is unknown, repealed or not yet valid, with its successor
``border``               a waste that would cross a border
``quality``              a value beyond a limit of the need or the use, or a limit without a value
``season``               months that do not overlap
``distance``             farther than the scenario or the need allows, or a link that was declared impossible
``words``                a description that was understood with little confidence, or a code that contradicts the words
======================== ================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.schemas import FEASIBILITY

Mask = NDArray[np.bool_]

BY_PRODUCT = ("bp_certain_use", "bp_direct_use", "bp_integral_part", "bp_lawful_product", "bp_no_harm")
PRODUCTION_INSTALLATION = ("pi_similar_product", "pi_market", "pi_no_harm", "pi_file_sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found on some legs.

    Attributes
    ----------
    mask
        The legs concerned, shape (legs,).
    feasibility
        What it makes of them; ``feasible`` for a mere remark.
    reason
        Code, or one code per leg, with data after ``:``.
    paper
        Paper to get, if any.
    """

    mask: Mask
    feasibility: str
    reason: str | pd.Series
    paper: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the rules look up beside the legs.

    Attributes
    ----------
    catalogue, scenario
        Knowledge and assumptions.
    conditions
        Pairs (id of output, need or operator; condition that it declares met).
    codes_accepted
        Pairs (id of need or operator; waste code).
    headings
        Pairs (id of need or operator; permit heading of its site, without its letter and with it).
    quality
        Declared values and limits: `flow_id`, `parameter`, `value`, `minimum`, `maximum`.
    operators
        As in :class:`symbiosis.flows.Flows`: whether a process mixes.
    """

    catalogue: Catalogue
    scenario: Scenario
    conditions: pd.MultiIndex
    codes_accepted: pd.MultiIndex
    headings: pd.MultiIndex
    quality: pd.DataFrame
    operators: pd.DataFrame

    def holds(self, ids: pd.Series, condition: str) -> Mask:
        """Whether each id declares the condition met."""
        owners = self.conditions.get_level_values(0)[self.conditions.get_level_values(1) == condition]
        return ids.isin(owners).to_numpy()


Rule = Callable[[pd.DataFrame, Context], list[Finding]]


def assess(legs: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Give each leg its feasibility, route, reasons and papers.

    Parameters
    ----------
    legs
        Columns as made by :mod:`symbiosis.candidates`.
    context
        What the rules look up.

    Returns
    -------
    pandas.DataFrame
        `legs` with `feasibility`, `route`, `reasons` and `papers` (texts joined by ``;``).
    """
    route = legal_route(legs)
    legs = legs.assign(route=route)
    worst = np.zeros(len(legs), dtype=np.int8)
    reasons = pd.Series("", index=legs.index, dtype=object)
    papers = pd.Series("", index=legs.index, dtype=object)
    for rule in RULES.values():
        for finding in rule(legs, context):
            if not finding.mask.any():
                continue
            where = legs.index[finding.mask]
            level = FEASIBILITY.index(finding.feasibility)
            worst[finding.mask] = np.maximum(worst[finding.mask], level)
            code = finding.reason if isinstance(finding.reason, str) else finding.reason.loc[where]
            if isinstance(code, pd.Series) or code:
                reasons.loc[where] = reasons.loc[where] + code + ";"
            if finding.paper:
                papers.loc[where] = papers.loc[where] + finding.paper + ";"
    return legs.assign(
        feasibility=np.array(FEASIBILITY, dtype=object)[worst],
        reasons=reasons.str.rstrip(";"),
        papers=papers.str.rstrip(";"),
    )


def legal_route(legs: pd.DataFrame) -> NDArray[np.object_]:
    """The route a leg would take, from what is declared of its tail and its head.

    Parameters
    ----------
    legs
        Columns `family`, `legal_status`, `tail_kind`, `tail_end_of_waste_id`, `tail_rung`, `head_route`.

    Returns
    -------
    numpy.ndarray
        One of :data:`symbiosis.schemas.ROUTES` per leg.
    """
    is_matter = legs["family"].eq("material").to_numpy()
    from_operator = legs["tail_kind"].eq("operator").to_numpy()
    status = legs["legal_status"].to_numpy()
    repaired = from_operator & legs["tail_rung"].eq("reuse").to_numpy()
    conditions = [
        ~is_matter | (status == "product"),
        status == "by_product",
        (status == "end_of_waste") | (from_operator & legs["tail_end_of_waste_id"].ne("").to_numpy()) | repaired,
        legs["head_route"].eq("production_installation").to_numpy(),
    ]
    chosen = np.select(conditions, ["not_waste", "by_product", "end_of_waste", "production_installation"],
                       default="waste_to_entitled_site")  # fmt: skip
    return chosen.astype(object)


def _route(legs: pd.DataFrame, context: Context) -> list[Finding]:
    findings = [
        Finding(mask=legs["route"].eq(route).to_numpy(), feasibility="feasible", reason=f"route:{route}")
        for route in sorted(set(legs["route"]))
    ]
    tail, head = legs["tail_id"], legs["head_id"]
    by_product = legs["route"].eq("by_product").to_numpy()
    for condition in BY_PRODUCT:
        lacking = by_product & ~context.holds(tail, condition)
        findings.append(Finding(mask=lacking, feasibility="to_investigate", reason=f"condition_missing:{condition}"))
    findings.append(Finding(mask=by_product, feasibility="feasible", reason="", paper="by_product_file"))
    installation = legs["route"].eq("production_installation").to_numpy()
    for condition in PRODUCTION_INSTALLATION:
        lacking = installation & ~context.holds(head, condition)
        findings.append(Finding(mask=lacking, feasibility="to_investigate", reason=f"condition_missing:{condition}"))
    findings += _end_of_waste(legs, context)
    findings += _entitled_site(legs, context)
    return findings


def _records(table: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    return [(str(key), row) for key, row in zip(table.index, table.to_dict("records"), strict=True)]  # type: ignore[misc]


def _end_of_waste(legs: pd.DataFrame, context: Context) -> list[Finding]:
    """Conditions of the end-of-waste rule of the operator's process; an output that claims it carries its attestation."""
    tail = legs["tail_id"]
    leaves = legs["route"].eq("end_of_waste").to_numpy()
    declared = leaves & legs["tail_kind"].eq("output").to_numpy()
    findings = [
        Finding(mask=declared & ~context.holds(tail, "eow_attestation"), feasibility="to_investigate",
                reason="condition_missing:eow_attestation", paper="ssd_attestation")
    ]  # fmt: skip
    rules, day = context.catalogue.end_of_waste, pd.Timestamp(context.scenario.on_date)
    for key, rule in _records(rules):
        mask = leaves & legs["tail_end_of_waste_id"].eq(key).to_numpy()
        if not mask.any():
            continue
        if (rule["valid_from"] > day) or (rule["valid_to"] < day):
            findings.append(Finding(mask=mask, feasibility="excluded", reason=f"end_of_waste_not_in_force:{key}"))
        findings.append(Finding(mask=mask, feasibility="feasible", reason=f"end_of_waste:{key}"))
        for condition in rule["conditions"]:
            lacking = mask & ~context.holds(tail, condition)
            findings.append(Finding(mask=lacking, feasibility="to_investigate", reason=f"condition_missing:{condition}"))
    return findings


def _entitled_site(legs: pd.DataFrame, context: Context) -> list[Finding]:
    """A waste goes to a site with a compatible heading that accepts the code; the permit itself is still to be read."""
    waste = legs["route"].eq("waste_to_entitled_site").to_numpy()
    french = legs["head_country"].isin(["", "FR"]).to_numpy()
    foreign = waste & ~french
    has_heading, knows_headings = _heading_fits(legs, context)
    code, from_output = legs["waste_code"], legs["tail_kind"].eq("output").to_numpy()
    known_code = code.ne("").to_numpy()
    lists_codes = legs["head_id"].isin(context.codes_accepted.get_level_values(0)).to_numpy()
    accepted = pd.MultiIndex.from_arrays([legs["head_id"], code]).isin(context.codes_accepted)
    needs_code = waste & french & from_output
    return [
        Finding(mask=foreign, feasibility="to_investigate",
                reason="foreign_law:" + legs["head_country"].astype(str)),
        Finding(mask=waste & french & has_heading, feasibility="feasible", reason="heading_compatible"),
        Finding(mask=waste & french & ~has_heading & knows_headings, feasibility="to_investigate",
                reason="heading_incompatible"),
        Finding(mask=waste & french & ~knows_headings, feasibility="to_investigate", reason="heading_unknown"),
        Finding(mask=needs_code & ~known_code, feasibility="to_investigate", reason="waste_code_missing"),
        Finding(mask=needs_code & known_code & ~lists_codes, feasibility="to_investigate",
                reason="codes_accepted_unknown"),
        Finding(mask=needs_code & known_code & lists_codes & ~accepted, feasibility="to_investigate",
                reason="code_not_listed:" + code.astype(str)),
        Finding(mask=waste & from_output, feasibility="feasible", reason="", paper="outgoing_register"),
    ]  # fmt: skip


def _heading_fits(legs: pd.DataFrame, context: Context) -> tuple[Mask, Mask]:
    """Whether the head's site declares a heading that suits the operation, and whether it declares any."""
    declared = context.headings.to_frame(index=False, name=["head_id", "heading"])
    pairs = legs[["head_id", "head_headings_key"]].drop_duplicates()
    wanted = pairs.assign(heading=pairs["head_headings_key"].str.split(";")).explode("heading")
    fits = wanted.merge(declared, on=["head_id", "heading"], how="inner", validate="many_to_many")
    fit_keys = pd.MultiIndex.from_frame(fits[["head_id", "head_headings_key"]].drop_duplicates())
    has = pd.MultiIndex.from_frame(legs[["head_id", "head_headings_key"]]).isin(fit_keys)
    return has, legs["head_id"].isin(declared["head_id"]).to_numpy()


def _law(legs: pd.DataFrame, context: Context) -> list[Finding]:
    """Dated rows of ``legal_rules``: each is one mask over the legs."""
    findings = []
    day = pd.Timestamp(context.scenario.on_date)
    is_french = legs["head_country"].isin(["", "FR"]).to_numpy()
    families = {"materials": context.catalogue.ancestors()}
    for key, rule in _records(context.catalogue.legal_rules):
        if (rule["valid_from"] > day) or (rule["valid_to"] < day):
            continue
        mask = _applies(legs, rule, families["materials"]) & is_french
        if not mask.any():
            continue
        if rule["condition_id"]:
            met = context.holds(legs["tail_id"], rule["condition_id"]) | context.holds(legs["head_id"], rule["condition_id"])
        else:
            met = np.zeros(len(legs), dtype=bool)
        reason, note = f"law:{key}", f"note:{key}"
        if rule["effect"] == "flag":
            findings.append(Finding(mask=mask, feasibility="feasible", reason=note, paper=rule["paper_id"]))
            continue
        if rule["effect"] == "require" and not rule["condition_id"]:  # a paper to get, which bars nothing by itself
            findings.append(Finding(mask=mask, feasibility="feasible", reason=note, paper=rule["paper_id"]))
            continue
        # Food without a stated date is not food past its date: the date is to be asked.
        unknown = legs["date_kind"].eq("").to_numpy() & (rule["condition_id"] == "food_within_date")
        level = "excluded" if rule["effect"] == "forbid" else "to_investigate"
        findings.append(Finding(mask=mask & ~met & ~unknown, feasibility=level, reason=reason))
        findings.append(Finding(mask=mask & ~met & unknown, feasibility="to_investigate", reason="food_date_unknown"))
        findings.append(Finding(mask=mask & (met | (rule["effect"] == "require")), feasibility="feasible", reason="",
                                paper=rule["paper_id"]))  # fmt: skip
    return findings


def _applies(legs: pd.DataFrame, rule: dict[str, Any], ancestors: pd.DataFrame) -> Mask:
    patterns = tuple(part.strip() for part in str(rule["pattern"]).split(";") if part.strip())
    uses = tuple(part.strip() for part in str(rule["use_pattern"]).split(";") if part.strip())
    kind = rule["applies_to"]
    if kind == "material":
        narrower = ancestors.loc[ancestors["ancestor_id"].isin(patterns), "material_id"]
        mask = legs["material_id"].isin(narrower)
    elif kind == "waste_code":
        mask = _code_matches(legs, patterns)
    elif kind in ("use", "process", "family"):
        column = {"use": "use_id", "process": "head_process_id", "family": "family"}[kind]
        mask = legs[column].isin(patterns) if patterns else legs[column].ne("")
    elif kind == "border":
        mask = legs["tail_country"].ne(legs["head_country"]) & legs["route"].eq("waste_to_entitled_site")
    else:
        mask = legs["head_headings_key"].map(lambda key: any(heading in key.split(";") for heading in patterns))
    if uses:
        mask &= legs["use_id"].isin(uses) | legs["head_process_id"].isin(uses)
    return np.asarray(mask, dtype=bool)


def _code_matches(legs: pd.DataFrame, patterns: tuple[str, ...]) -> pd.Series:
    """Codes by their beginning; ``*`` alone means every hazardous waste."""
    mask = pd.Series(False, index=legs.index)
    for pattern in patterns:
        if pattern == "*":
            mask |= legs["is_hazardous"]
        else:
            mask |= legs["waste_code"].str.startswith(pattern.rstrip("*")) & legs["waste_code"].ne("")
    is_waste = ~legs["route"].isin(["not_waste", "by_product"])
    return mask & legs["tail_kind"].eq("output") & is_waste


def _waste_code(legs: pd.DataFrame, context: Context) -> list[Finding]:
    codes, day = context.catalogue.waste_codes, pd.Timestamp(context.scenario.on_date)
    declared = legs["waste_code"].ne("").to_numpy() & legs["tail_kind"].eq("output").to_numpy()
    rows = codes.reindex(legs["waste_code"].where(legs["waste_code"].isin(codes.index)))
    known = legs["waste_code"].isin(codes.index).to_numpy()
    early, late = (rows["valid_from"] > day).to_numpy(), (rows["valid_to"] < day).to_numpy()
    successors = rows["successor_codes"].map(lambda c: ",".join(c) if isinstance(c, tuple) else "").to_numpy()
    detail = pd.Series(legs["waste_code"].to_numpy() + ":" + successors.astype(object), index=legs.index)
    return [
        Finding(mask=declared & ~known, feasibility="to_investigate", reason="waste_code_unknown:" + legs["waste_code"]),
        Finding(mask=declared & known & early, feasibility="to_investigate", reason="waste_code_not_yet_valid:" + detail),
        Finding(mask=declared & known & late, feasibility="to_investigate", reason="waste_code_repealed:" + detail),
    ]


def _border(legs: pd.DataFrame, context: Context) -> list[Finding]:
    crosses = legs["tail_country"].ne(legs["head_country"]).to_numpy()
    waste = legs["route"].isin(["waste_to_entitled_site", "production_installation"]).to_numpy()
    return [
        Finding(mask=crosses & waste, feasibility="to_investigate",
                reason="border:" + legs["tail_country"] + ":" + legs["head_country"], paper="annex_vii")
    ]  # fmt: skip


def _quality(legs: pd.DataFrame, context: Context) -> list[Finding]:
    """Values of an output, and specifications of operators, against the limits of the receiver and of the use.

    Where blending is allowed, what a mixture could still meet is left to the allocation, which limits the blend: not a
    hazardous waste, not a parameter that does not mix linearly.
    """
    values = context.quality.dropna(subset=["value"])[["flow_id", "parameter", "value"]]
    declared = context.quality.dropna(subset=["minimum", "maximum"], how="all")
    limits = context.catalogue.use_limits
    operators = context.operators
    is_told = legs["tail_id"].isin(values["flow_id"]) & legs["tail_kind"].eq("operator")
    is_mixed = legs["tail_id"].isin(operators.index[operators["is_mixing"]]) & context.scenario.is_blending_allowed
    judged = legs[legs["tail_kind"].eq("output") | is_told | is_mixed]
    of_need = _joined(judged, declared, "head_id", "flow_id")
    of_use = _joined(judged, limits, "use_id", "use_id")
    # A limit that the need states stands before the usual limit of its use.
    both = pd.concat([of_need, of_use]).drop_duplicates(["leg", "parameter"])
    both = both.merge(values, left_on=["tail_id", "parameter"], right_on=["flow_id", "parameter"], how="left",
                      validate="many_to_one")  # fmt: skip
    findings = []
    linear = both["parameter"].map(context.catalogue.quality_parameters["is_linear"]).eq(True)
    mixes = both["leg"].map(is_mixed) & linear
    blends = linear & context.scenario.is_blending_allowed & ~both["leg"].map(legs["is_hazardous"])
    low = (both["value"] < both["minimum"]) & ~mixes
    high = (both["value"] > both["maximum"]) & ~mixes
    in_blend = both[mixes | (blends & (low | high))]
    findings.append(_at(legs, in_blend["leg"], "quality_blended:" + in_blend["parameter"], "feasible"))
    low, high = low & ~blends, high & ~blends
    for name, bad, bound in (("quality_below", low, "minimum"), ("quality_above", high, "maximum")):
        rows = both[bad]
        text = (
            name
            + ":"
            + rows["parameter"]
            + ":"
            + rows["value"].map("{:g}".format).astype(object)
            + ":"
            + rows[bound].map("{:g}".format).astype(object)
        )
        findings.append(_at(legs, rows["leg"], text, "excluded"))
    unknown = both[both["value"].isna() & both["leg"].map(legs["tail_kind"]).eq("output")]
    findings.append(_at(legs, unknown["leg"], "quality_unknown:" + unknown["parameter"], "feasible"))
    return findings


def _joined(legs: pd.DataFrame, limits: pd.DataFrame, left: str, right: str) -> pd.DataFrame:
    columns = [right, "parameter", "minimum", "maximum"]
    taken = legs[["tail_id", left]].assign(leg=legs.index)
    joined = taken.merge(limits[columns], left_on=left, right_on=right, how="inner", validate="many_to_many")
    return joined[["leg", "tail_id", "parameter", "minimum", "maximum"]]


def _at(legs: pd.DataFrame, where: pd.Series, text: pd.Series, feasibility: str) -> Finding:
    """Finding on the legs named in `where`; several texts of one leg are joined."""
    joined = text.groupby(where.to_numpy()).agg(";".join) if len(text) else pd.Series(dtype=object)
    reason = joined.reindex(legs.index).astype(object).fillna("")
    return Finding(mask=legs.index.isin(joined.index), feasibility=feasibility, reason=reason)


def _season(legs: pd.DataFrame, context: Context) -> list[Finding]:
    overlap = legs["month_overlap"].to_numpy()
    return [
        Finding(mask=overlap == 0, feasibility="excluded", reason="season_apart"),
        Finding(mask=(overlap > 0) & (overlap < legs["tail_month_count"].to_numpy()), feasibility="feasible",
                reason="season_partial:" + legs["month_overlap"].astype(int).astype(str)),
    ]  # fmt: skip


def _distance(legs: pd.DataFrame, context: Context) -> list[Finding]:
    distance, limit = legs["distance_km"], legs["maximum_distance_km"]
    far = (distance > limit).to_numpy()
    text = "too_far:" + distance.round(1).map("{:g}".format).astype(object) + ":" + limit.map("{:g}".format).astype(object)
    return [
        Finding(mask=far, feasibility="excluded", reason=text),
        Finding(mask=legs["is_link_excluded"].to_numpy(), feasibility="excluded", reason="link_excluded"),
    ]


def _words(legs: pd.DataFrame, context: Context) -> list[Finding]:
    weak = (legs["confidence"] < context.scenario.sure_confidence).to_numpy()
    contradicted = legs["flags"].str.contains("code_contradicts_words", regex=False).to_numpy()
    text = "words_uncertain:" + legs["confidence"].round(2).map("{:g}".format).astype(object)
    return [
        Finding(mask=weak, feasibility="to_investigate", reason=text),
        Finding(mask=contradicted, feasibility="to_investigate", reason="code_contradicts_words"),
    ]


def _final(legs: pd.DataFrame, context: Context) -> list[Finding]:
    """Grouping, sorting or storing before something else (R12, R13, D9, D13 to D15) is never where a waste ends."""
    catalogue = context.catalogue
    interim = catalogue.operations.index[~catalogue.operations["is_final"]]
    operation = legs["use_id"].map(catalogue.uses["operation_code"]).fillna("").astype(object)
    mask = (operation.isin(interim) & legs["head_kind"].eq("need")).to_numpy()
    return [Finding(mask=mask, feasibility="to_investigate", reason="not_final:" + operation)]


RULES: dict[str, Rule] = {
    "route": _route,
    "final": _final,
    "law": _law,
    "waste_code": _waste_code,
    "border": _border,
    "quality": _quality,
    "season": _season,
    "distance": _distance,
    "words": _words,
}
