"""Floors and caps on the indicators of a plan: budgets, ceilings on transport, hours or tonnes that must be reached."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from symbiosis.allocation.rows import Layout, Rows, Term
from symbiosis.objectives import LIMITED, Case, Coefficients, against_today, evaluate
from symbiosis.scenario import Scenario


def write_limits(case: Case, layout: Layout, rows: Rows) -> None:
    """One row per limit of the scenario: its indicator in the plan, less what it is today, between its bounds.

    Parameters
    ----------
    case, layout, rows
        What may be used, where its columns stand, and the rows to add to.
    """
    limits = case.scenario.limits
    today = np.array([evaluate(LIMITED[limit.indicator](case), case.today()) for limit in limits])
    terms = []
    for limit in limits:
        coefficients = layout.vector(LIMITED[limit.indicator](case))
        used = np.flatnonzero(coefficients).astype(np.int64)
        terms.append(Term(columns=used, labels=pd.Index([limit.indicator] * len(used)), values=coefficients[used]))
    lower = np.array([-np.inf if limit.minimum is None else limit.minimum for limit in limits])
    upper = np.array([np.inf if limit.maximum is None else limit.maximum for limit in limits])
    rows.add("limit", pd.Index([limit.indicator for limit in limits], dtype=object), lower + today, upper + today, terms)


def what_is_left(case: Case, plan: Coefficients) -> Scenario:
    """The scenario of a run that comes after a plan and holds the same limits together with it.

    Parameters
    ----------
    case, plan
        What the first run could use and what it does.

    Returns
    -------
    Scenario
        A cap is lowered by what the plan used of it, a floor by what it reached; doing nothing more always holds them.
    """
    limits = []
    for limit in case.scenario.limits:
        reached = against_today(case, limit.indicator, plan)
        low, high = limit.minimum, limit.maximum
        limits.append(replace(
            limit,
            minimum=None if low is None else min(0.0, low - reached),
            maximum=None if high is None else max(0.0, high - reached),
        ))  # fmt: skip
    return replace(case.scenario, limits=tuple(limits))
