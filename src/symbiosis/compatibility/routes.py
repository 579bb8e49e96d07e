"""The five legal routes, and what each lacks: not a waste, by-product, end of waste, production installation, entitled site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from symbiosis.compatibility.findings import Coded, Context, Finding, Legs, Mask, Rule, is_french
from symbiosis.compatibility.law import admitted, crosses

BY_PRODUCT = ("bp_certain_use", "bp_direct_use", "bp_integral_part", "bp_lawful_product", "bp_no_harm")
PRODUCTION_INSTALLATION = ("pi_similar_product", "pi_market", "pi_no_harm", "pi_file_sent")

GENERAL_PROCEDURE = "eow_general"
"""The rule of those that have no rule of their own: an order of the minister, or a decision on a file."""

HEADINGS_NAMED = 8
"""Headings that a reason names: enough to look for in a permit."""

_HEADING = re.compile(r"(?<!\d)\d{4}(?!\d)")
_LETTER_OR_NUMBER = re.compile(r"[\s.()–-]*([A-Z](?![A-Z])|\d{1,2}(?!\d))")


def heading_names(written: str) -> list[str]:
    """What a permit heading answers to, the widest first: ``2910 b.1`` to ``2910``, ``2910-B`` and ``2910-B-1``.

    Parameters
    ----------
    written
        As a permit or a person writes it.

    Returns
    -------
    list of str
        The text itself where it holds no number of four digits.
    """
    text = written.upper()
    number = _HEADING.search(text)
    if number is None:
        return [written]
    names, end = [number.group()], number.end()
    while more := _LETTER_OR_NUMBER.match(text, end):
        names.append(f"{names[-1]}-{more.group(1)}")
        end = more.end()
    return names


def legal_route(legs: Legs, context: Context) -> dict[str, Coded]:
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
    dict of Coded
        `route`, one of :data:`symbiosis.schemas.ROUTES`, and `end_of_waste_id`, the rule in force that its matter could leave,
        or leaves, waste status by (``''`` where there is none).
    """
    status, from_operator, of_process = legs["legal_status"], legs["tail_kind"].eq("operator"), legs["tail_end_of_waste_id"]
    rule = _end_of_waste_rule(legs, context)
    # A residue stays what it was, and so does a product that the rule of its process does not cover.
    is_covered = of_process.told(bool) & np.asarray(rule.whole() == of_process.whole(), dtype=bool)
    freed = from_operator & ~legs["tail_is_residue"].eq(True) & (
        is_covered | (legs["tail_rung"].eq("reuse") & of_process.eq(""))
    )  # fmt: skip
    # Food that is given before it is thrown away has never been a waste.
    food = context.remembered(
        "food", lambda: frozenset(context.catalogue.materials.index[context.catalogue.materials["is_food"]])
    )
    given = legs["material_id"].among(food) & legs["rung"].eq("reuse") & status.among(("", "unknown"))
    given &= legs["waste_code"].eq("") & ~from_operator
    conditions = [
        ~legs["family"].eq("material") | status.eq("product") | given,
        status.eq("by_product"),
        status.eq("end_of_waste") | freed,
        legs["head_route"].eq("production_installation"),
    ]
    names = ["not_waste", "by_product", "end_of_waste", "production_installation", "waste_to_entitled_site"]
    route = np.select(conditions, range(4), default=4)
    return {"route": Coded(route, np.array(names, dtype=object)), "end_of_waste_id": rule}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """Rules of end of waste in force: the matters that each covers, those open to all, the nearest one of each matter."""

    names: frozenset[str]
    covered: frozenset[tuple[str, str]]
    open_to_all: frozenset[str]
    nearest: dict[str, str]
    attested: frozenset[str]
    union: frozenset[str]

    @classmethod
    def of(cls, context: Context) -> _Rules:
        known = context.catalogue.end_of_waste
        rules = context.in_force(known)["materials"]
        covers = rules.explode().dropna().rename("ancestor_id").reset_index()
        covers = covers.merge(context.catalogue.ancestors(), on="ancestor_id", how="inner", validate="many_to_many")
        nearest = covers.sort_values(["material_id", "depth", "end_of_waste_id"]).drop_duplicates("material_id")
        return cls(
            names=frozenset(rules.index),
            covered=frozenset(zip(covers["end_of_waste_id"], covers["material_id"], strict=True)),
            open_to_all=frozenset(rules.index[rules.map(len) == 0].difference([GENERAL_PROCEDURE])),
            nearest=dict(zip(nearest["material_id"], nearest["end_of_waste_id"], strict=True)),
            attested=frozenset(str(key) for key, conditions in known["conditions"].items() if "eow_attestation" in conditions),
            union=frozenset(known.index[known["is_union"]]),
        )

    @staticmethod
    def known(context: Context) -> _Rules:
        return cast("_Rules", context.remembered("end_of_waste", lambda: _Rules.of(context), is_dated=True))


def _end_of_waste_rule(legs: Legs, context: Context) -> Coded:
    """The rule in force that covers the matter of each leg: that of its process where it does, else the matter's own.

    A holder who claims the status of a matter without a rule of its own went through the general procedure.
    """
    rules = _Rules.known(context)
    names = ("tail_end_of_waste_id", "material_id", "legal_status", "tail_kind")
    code, first = legs.joined_by(*names)
    found = []
    for of_process, material, status, kind in zip(*(legs[name][first].whole() for name in names), strict=True):
        covers = (of_process, material) in rules.covered or of_process in rules.open_to_all
        rule = of_process if covers else rules.nearest.get(material, "")
        if not rule and status == "end_of_waste" and kind == "output" and GENERAL_PROCEDURE in rules.names:
            rule = GENERAL_PROCEDURE
        found.append(rule)
    return Coded.of(np.array(found, dtype=object))[code]


def _route(legs: Legs, context: Context) -> Iterator[Finding]:
    """The legal route of the leg, and what its conditions lack."""
    yield Finding(mask=np.ones(len(legs), dtype=bool), reason="route", detail=legs["route"])
    yield from _by_product(legs, context)
    yield from _end_of_waste(legs, context)
    yield from _production_installation(legs, context)
    yield from _entitled_site(legs, context)
    yield from _contradiction(legs)


def _lacking(mask: Mask, ids: Coded, conditions: tuple[str, ...], context: Context) -> Iterator[Finding]:
    for condition in conditions if mask.any() else ():
        yield Finding(mask=mask & ~context.holds(ids, condition), reason="condition_missing", detail=condition)


def _by_product(legs: Legs, context: Context) -> Iterator[Finding]:
    mask = legs["route"].eq("by_product")
    yield from _lacking(mask, legs["tail_id"], BY_PRODUCT, context)
    yield Finding(mask=mask, paper="by_product_file")
    yield _abroad(legs, mask)


def _abroad(legs: Legs, mask: Mask) -> Finding:
    """A status that one state grants does not bind its neighbour."""
    return Finding(mask=mask & crosses(legs), reason="status_abroad", detail=legs["head_country"])


def _production_installation(legs: Legs, context: Context) -> Iterator[Finding]:
    mask, french = legs["route"].eq("production_installation"), is_french(legs["head_country"])
    yield from _lacking(mask & french, legs["head_id"], PRODUCTION_INSTALLATION, context)
    yield Finding(mask=mask & french, paper="production_installation_file")
    yield Finding(mask=mask & ~french, reason="foreign_law", detail=legs["head_country"])


def _end_of_waste(legs: Legs, context: Context) -> Iterator[Finding]:
    """Conditions of the rule for the operator that applies it; a holder who claims it carries its attestation."""
    tail, rule, of_process = legs["tail_id"], legs["end_of_waste_id"], legs["tail_end_of_waste_id"]
    leaves, is_output, is_ruled = legs["route"].eq("end_of_waste"), legs["tail_kind"].eq("output"), rule.told(bool)
    known, rules = context.catalogue.end_of_waste, _Rules.known(context)
    ruled = leaves & (is_output | of_process.told(bool))
    yield Finding(mask=ruled & is_ruled, reason="end_of_waste", detail=rule)
    # A product that follows a norm (compost) proves it by its criteria; every other rule hands over an attestation.
    by_norm = is_ruled & ~rule.among(rules.attested)
    claimed, general = leaves & is_output, rule.among((GENERAL_PROCEDURE, ""))
    yield from _lacking(claimed & by_norm, tail, ("eow_product_criteria",), context)
    yield from _lacking(claimed & ~by_norm, tail, ("eow_attestation",), context)
    yield from _lacking(claimed & general, tail, ("eow_market", "eow_no_harm"), context)
    yield Finding(mask=claimed, paper="ssd_attestation")
    applied = ruled & ~is_output
    for key in sorted(set(rule[applied].whole()) - {""}):
        yield from _lacking(applied & rule.eq(key), tail, tuple(known.loc[key, "conditions"]), context)
    yield _abroad(legs, ruled & ~rule.among(rules.union))
    yield Finding(mask=of_process.told(bool) & ~of_process.among(rules.names), reason="end_of_waste_not_in_force",
                  detail=of_process)  # fmt: skip
    waste = legs["route"].eq("waste_to_entitled_site")
    yield Finding(mask=waste & is_ruled, reason="end_of_waste_possible", detail=rule)


def _entitled_site(legs: Legs, context: Context) -> Iterator[Finding]:
    """A waste goes to a site with a compatible heading that takes the code; the permit itself is still to be read."""
    head, code, from_output = legs["head_id"], legs["waste_code"], legs["tail_kind"].eq("output")
    waste = legs["route"].eq("waste_to_entitled_site")
    here = waste & is_french(legs["head_country"])
    yield Finding(mask=waste & ~here, reason="foreign_law", detail=legs["head_country"])
    set_, sets = context.fitting_headings(legs)
    has_heading = np.array([bool(some) for some in sets], dtype=bool)[set_]
    knows_headings = head.among(context.of_ids["headings"])
    wanted = legs["head_headings_key"].spoken(lambda key: ",".join(key.split(";")[:HEADINGS_NAMED]))
    yield Finding(mask=here & has_heading, reason="heading_compatible")
    yield Finding(mask=here & ~has_heading & knows_headings, reason="heading_incompatible", detail=wanted)
    yield Finding(mask=here & ~knows_headings, reason="heading_unknown", detail=wanted)

    treated, listed, lists = _listed(legs, context)
    known = code.told(bool)
    yield Finding(mask=here & from_output & known & treated, reason="code_treated", detail=code)
    yield Finding(mask=here & from_output & known & listed & ~treated, reason="code_listed", detail=code)
    # What the nomenclature itself admits under a heading needs no list of codes.
    asked = here & from_output & ~(admitted(legs, context) & has_heading)
    yield Finding(mask=asked & ~known, reason="waste_code_missing", detail=legs["material_id"])
    yield Finding(mask=asked & known & ~lists & ~treated, reason="codes_accepted_unknown", detail=code)
    yield Finding(mask=asked & known & lists & ~listed & ~treated, reason="code_not_listed", detail=code)
    reused = waste & from_output & legs["rung"].eq("reuse") & legs["legal_status"].among(("", "unknown"))
    yield Finding(mask=reused, reason="direct_reuse_possible")


def _listed(legs: Legs, context: Context) -> tuple[Mask, Mask, Mask]:
    """Whether the head treats the code, whether it lists it, whether it lists any."""
    treats, accepts = context.of_ids["codes_treated"], context.of_ids["codes_accepted"]
    number, first = legs.joined_by("head_id", "waste_code")
    pairs: list[tuple[Any, Any]] = list(zip(*(legs[name][first].whole() for name in ("head_id", "waste_code")), strict=True))
    treated, listed = (np.array([code in sets.get(head, ()) for head, code in pairs], dtype=bool)[number]
                       for sets in (treats, accepts))  # fmt: skip
    return treated, listed, legs["head_id"].among(accepts)


def _contradiction(legs: Legs) -> Iterator[Finding]:
    """A waste code says that somebody discarded what is called a product here."""
    called = legs["legal_status"].eq("product") & legs["waste_code"].told(bool) & legs["tail_kind"].eq("output")
    yield Finding(mask=called, reason="status_contradicts_code", detail=legs["waste_code"])


RULES: dict[str, Rule] = {
    "route": _route,
}
