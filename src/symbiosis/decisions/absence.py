"""One actor out at a time: what the territory loses with each, which is who it depends on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from symbiosis.allocation import Allocation
from symbiosis.decisions.study import Study
from symbiosis.decisions.sweep import LEAST_SENT
from symbiosis.errors import InfeasibleError
from symbiosis.indicators import measure
from symbiosis.objectives import Case
from symbiosis.scenario import Scenario

LOST = ("gain_eur_per_yr", "diverted_t_per_yr", "avoided_tco2e_per_yr", "insertion_h_per_yr")
"""Indicators whose fall is told."""


def absences(
    study: Study,
    scenario: Scenario,
    *,
    actors: Sequence[str] = (),
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """What each actor's leaving costs, the others having found the best plan among themselves.

    Parameters
    ----------
    study, scenario
        The territory, and what is assumed.
    actors
        Whom to take out; all by default.
    progress
        Called with the share that is done.

    Returns
    -------
    pandas.DataFrame
        One row per actor, the costliest first: `actor_id`, `actor_name`, `exchanges` (that it takes part in today's best
        plan), for each of :data:`LOST` `lost_…`, `lost_share` (of the gain), `status`, `gap`. The actor's own costs of today
        leave with it and count on neither side. Without some actors no plan may hold the limits: ``infeasible``.
    """
    case, allocation = study.plan(scenario)
    whole = measure(case, allocation.plan)["value"]
    taking_part = _exchanges(case, allocation)
    concerned = _concerned(case)
    names = study.declarations.actors["name"]
    chosen = list(actors) or sorted(names.index)
    rows = []
    for number, actor in enumerate(chosen):
        row = {"actor_id": actor, "actor_name": names[actor], "exchanges": int(taking_part.get(actor, 0))}
        if actor in concerned:
            rows.append(row | _lost(study, scenario, actor, whole))
        else:  # nothing of its own could be used by any plan
            rows.append(row | {f"lost_{name}": 0.0 for name in LOST} | {"status": allocation.status, "gap": allocation.gap})
        if progress is not None:
            progress((number + 1) / len(chosen))
    columns = ["actor_id", "actor_name", "exchanges", *(f"lost_{name}" for name in LOST), "lost_share", "status", "gap"]
    table = pd.DataFrame(rows, columns=columns)
    gain = whole["gain_eur_per_yr"]
    table["lost_share"] = table["lost_gain_eur_per_yr"] / gain if gain > 0 else float("nan")
    return table.sort_values(
        ["lost_gain_eur_per_yr", "actor_id"], ascending=[False, True], na_position="first", ignore_index=True
    )


def _lost(study: Study, scenario: Scenario, actor: str, whole: pd.Series) -> dict[str, object]:
    try:
        case, allocation = study.plan(scenario, absent=actor)
    except InfeasibleError:
        return {"status": "infeasible"}
    left = measure(case, allocation.plan)["value"]
    # What is below a hundredth of a unit is an engine's rounding.
    return {**{f"lost_{name}": round(float(whole[name] - left[name]), 2) + 0.0 for name in LOST},
            "status": allocation.status, "gap": allocation.gap}  # fmt: skip


def _exchanges(case: Case, allocation: Allocation) -> pd.Series:
    """Legs that carry something, by actor at either end."""
    used = case.legs[(allocation.plan["quantity"] > LEAST_SENT).to_numpy()]
    counts: pd.Series = pd.concat(_ends(case, used)).value_counts()
    return counts


def _ends(case: Case, legs: pd.DataFrame) -> list[pd.Series]:
    owner = pd.concat([flows["actor_id"] for flows in (case.outputs, case.needs, case.operators)])
    return [legs[end].map(owner) for end in ("tail_id", "head_id")]


def _concerned(case: Case) -> set[str]:
    """Actors of whom some plan could use something, or who promised it, or who are on a round or in a coalition."""
    flows = [case.outputs, case.needs]
    owner = pd.concat([table["actor_id"] for table in (*flows, case.operators)])
    joined = case.agreements.members["flow_id"].map(owner)
    promised = [table.loc[table["minimum_per_yr"] > 0, "actor_id"] for table in flows]
    loads = case.outputs.loc[case.outputs["load_t"].notna(), "actor_id"]
    return set(pd.concat([*_ends(case, case.legs), *promised, loads, joined]))
