"""One assumption turned, all others held: what the plan becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

import pandas as pd

from symbiosis.decisions.study import Study
from symbiosis.errors import InfeasibleError, ScenarioError
from symbiosis.indicators import INDICATORS, measure
from symbiosis.scenario import LIMITED_NAMES, Limit, Scenario

LEAST_SENT = 1e-7


def turned(scenario: Scenario, parameter: str, value: float) -> Scenario:
    """A scenario with one number changed.

    Parameters
    ----------
    scenario
        All other assumptions.
    parameter
        A number of :class:`~symbiosis.scenario.Scenario`, or a limit: ``project_cost_eur_per_yr:maximum`` is a budget.
    value
        What it becomes.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If there is no such parameter, it is no number, or the value is out of its bounds.
    """
    indicator, _, side = parameter.partition(":")
    if side:
        if side not in ("minimum", "maximum"):
            raise ScenarioError(f"{parameter}: INDICATOR:minimum | INDICATOR:maximum")
        known = {limit.indicator: limit for limit in scenario.limits}
        held = known.get(indicator)
        sides = {"minimum": held.minimum, "maximum": held.maximum} if held else {}
        known[indicator] = Limit.from_dict({"indicator": indicator, **sides, side: value})
        return replace(scenario, limits=tuple(known.values()))
    now = getattr(scenario, parameter, None)
    if isinstance(now, bool) or not isinstance(now, int | float):
        names = [known.name for known in fields(scenario) if type(getattr(scenario, known.name)) in (int, float)]
        limits = ", ".join(f"{name}:maximum" for name in LIMITED_NAMES)
        raise ScenarioError(
            f"{parameter}: aucun nombre du scénario / is no number of the scenario; {', '.join(names)}; {limits}"
        )
    return replace(scenario, **{parameter: int(value) if isinstance(now, int) and value == int(value) else value})  # type: ignore[arg-type]


def sweep(
    study: Study,
    scenario: Scenario,
    parameter: str,
    values: Sequence[float],
    *,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """The plan at each value of one parameter.

    Parameters
    ----------
    study, scenario
        The territory, and the assumptions that stay.
    parameter, values
        As for :func:`turned`.
    progress
        Called with the share that is done.

    Returns
    -------
    pandas.DataFrame
        One row per value, as given: `value`, `exchanges` (legs that carry something), the indicators by name, `status`,
        `gap`. Where no plan holds the limits the status is ``infeasible`` and the figures are missing.
    """
    scenarios = [turned(scenario, parameter, value) for value in values]
    widest = max((one.maximum_distance_km for one in scenarios), default=scenario.maximum_distance_km)
    if scenarios:  # one search for all of them, not one per step outwards
        study.case(replace(scenarios[0], maximum_distance_km=widest))
    rows = []
    for number, (value, one) in enumerate(zip(values, scenarios, strict=True)):
        rows.append({"value": float(value), **_figures(study, one)})
        if progress is not None:
            progress((number + 1) / len(scenarios))
    return pd.DataFrame(rows, columns=["value", "exchanges", *INDICATORS, "status", "gap"])


def _figures(study: Study, scenario: Scenario) -> dict[str, object]:
    try:
        case, allocation = study.plan(scenario)
    except InfeasibleError:
        return {"status": "infeasible"}
    return {
        "exchanges": int((allocation.plan["quantity"] > LEAST_SENT).sum()),
        **measure(case, allocation.plan)["value"],
        "status": allocation.status,
        "gap": allocation.gap,
    }
