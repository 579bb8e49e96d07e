"""May this output serve this need, by which legal route, and if not, why: rules on whole columns of legs.

A *leg* carries one material from a tail (an output, or a product of an operator) to a head (a need, or the inlet of an
operator). :func:`assess` gives every leg a feasibility, a legal route, reason codes and papers:

``feasible``         (réalisable) the conditions of the route are declared and checkable
``to_investigate``   (à instruire) nothing forbids it and something is unknown: the reason says what is missing
``excluded``         (exclu) the reason says what forbids it, and what would lift it

Reasons are codes with their data, ``quality_above:moisture_share:0.35:0.2:sludge_thermal_drying``: the data holds what would
lift them. Sentences are made in :mod:`symbiosis.messages`. Rules of law are dated rows of the catalogue (``legal_rules``,
``end_of_waste``, ``rep_schemes``); the functions of :data:`RULES` apply them and the rules of matter, season and place. The
tool informs; it does not conclude.

======================== ================================================================================================
rule                     what it finds
======================== ================================================================================================
``route``                the legal route of the leg, and what its conditions lack
``law``                  dated rows of ``legal_rules``: what is forbidden, required, admitted, exempted, to be flagged
``final``                a need that is only a step on the way (R12, R13, D9, D13 to D15); an operation that is forbidden
``waste_code``           a code that is unknown, repealed or not yet valid, with its successor; a mirror entry
``border``               a waste that would cross a border
``schemes``              producer responsibility schemes that may take the matter back
``quality``              a value beyond a limit of the need or the use, or a limit without a value
``food``                 days left before a use-by date
``season``               months that do not overlap
``distance``             farther than the scenario or the need allows, or a link that was declared impossible
``words``                a description that was understood with little confidence, or a code that contradicts the words
======================== ================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.compatibility import law, matter, routes
from symbiosis.compatibility.findings import (
    BLOCKING,
    REASONS,
    Coded,
    Context,
    Finding,
    Integers,
    Legs,
    Rule,
    Texts,
    combined,
    first_rows,
    numbered,
)
from symbiosis.compatibility.routes import BY_PRODUCT, PRODUCTION_INSTALLATION, legal_route
from symbiosis.schemas import FEASIBILITY

__all__ = [
    "BLOCKING",
    "BY_PRODUCT",
    "PRODUCTION_INSTALLATION",
    "REASONS",
    "RULES",
    "Coded",
    "Context",
    "Finding",
    "Legs",
    "Said",
    "assess",
    "legal_route",
    "said",
]

RULES: dict[str, Rule] = {**routes.RULES, **law.RULES, **matter.RULES}
"""Every rule, in the order of the table above."""


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
        `legs` with `feasibility`, `route`, `end_of_waste_id`, `reasons` and `papers` (texts joined by ``;``).
    """
    columns = Legs.of(legs)
    columns = Legs({**{name: columns[name] for name in columns.columns}, **legal_route(columns, context)}, len(legs))
    told = said((finding for rule in RULES.values() for finding in rule(columns, context)), len(legs))
    return legs.assign(
        feasibility=np.array(FEASIBILITY, dtype=object)[told.severity],
        **{name: columns[name].whole() for name in ("route", "end_of_waste_id")},
        reasons=[text.rstrip(";") for text in told.reasons[told.code]],
        papers=[text.rstrip(";") for text in told.papers[told.code]],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What findings come to.

    Attributes
    ----------
    severity
        By leg: rank in :data:`symbiosis.schemas.FEASIBILITY`.
    code
        By leg: row of the texts, which are as many as there are different things said.
    reasons, papers
        Each code followed by ``;``.
    """

    severity: NDArray[np.int8]
    code: Integers
    reasons: Texts
    papers: Texts


def said(findings: Iterable[Finding], legs: int) -> Said:
    """What findings come to; texts are put together once for all legs of which the same is said.

    Parameters
    ----------
    findings
        Of any rules.
    legs
        How many legs they are about.

    Returns
    -------
    Said
    """
    there = [finding for finding in findings if finding.mask.any()]
    severity = np.zeros(legs, dtype=np.int8)
    for finding in there:
        rank = FEASIBILITY.index(finding.feasibility)
        if rank:
            np.maximum(severity, finding.mask * np.int8(rank), out=severity)
    whole, space = combined([finding.told() for finding in there], legs)
    code, values = numbered(whole, space)
    first = first_rows(code, len(values))
    reasons, papers = (np.full(len(first), "", dtype=object) for _ in range(2))
    for finding in there:
        mask = finding.mask[first]
        if finding.reason:
            reasons[mask] += finding.codes(first[mask])
        if finding.paper:
            papers[mask] += finding.paper + ";"
    return Said(severity=severity, code=code, reasons=reasons, papers=papers)
