"""Which commitments and limits contradict each other: an irreducible set of them, each with how far it could be held.

Doing nothing holds every balance, capacity and lot, so that only what people ask for beyond can make a programme infeasible:
what a need must get, what an output must place, the floors and caps of the scenario. They are dropped in halves, then in
halves of these, and what can be dropped without curing the contradiction stays dropped (a deletion filter that asks
k log(n / k) times for k conflicts among n demands).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from symbiosis.errors import Conflict
from symbiosis.objectives import LIMITED, Case, Coefficients, against_today

Ask = Callable[[Case, Coefficients], tuple[str, Coefficients]]

NOTHING_KNOWN = float("nan")


def demands(case: Case) -> list[Conflict]:
    """Every commitment and every side of a limit of a case, as conflicts that were not traced yet."""
    found = []
    for kind, flows in (("need_minimum", case.needs), ("output_minimum", case.outputs)):
        for name, flow in flows[flows["minimum_per_yr"] > 0].iterrows():
            found.append(Conflict(
                kind=kind, name=str(name), asked=float(flow["minimum_per_yr"]), reached=NOTHING_KNOWN, unit=flow["unit"],
                actor_name=str(flow["actor_name"]), description=str(flow["description"]),
            ))  # fmt: skip
    for limit in case.scenario.limits:
        for kind, side in (("limit_minimum", limit.minimum), ("limit_maximum", limit.maximum)):
            if side is not None:
                found.append(Conflict(kind=kind, name=limit.indicator, asked=float(side), reached=NOTHING_KNOWN))
    return found


def trace(case: Case, ask: Ask) -> tuple[Conflict, ...]:
    """An irreducible set of demands that contradict each other.

    Parameters
    ----------
    case
        One that no plan can hold.
    ask
        From a case and a cost to the solver's status and a plan.

    Returns
    -------
    tuple of Conflict
        None of them can be left out; empty if the demands are not what makes the case infeasible.
    """

    def clash(held: Sequence[Conflict]) -> bool:
        return ask(_with_only(case, held), {})[0] == "infeasible"

    asked = demands(case)
    if not clash(asked) or clash([]):
        return ()
    found = _shrunk([], asked, clash, is_new=False)
    return tuple(
        replace(one, reached=_reached(case, one, [other for other in found if other != one], ask))
        for one in sorted(found, key=lambda one: (one.kind, one.name))
    )


def _shrunk(
    held: list[Conflict], rest: list[Conflict], clash: Callable[[Sequence[Conflict]], bool], *, is_new: bool
) -> list[Conflict]:
    """What of `rest` is needed beside `held` for a clash; `is_new` says that `held` grew since it was last asked."""
    if is_new and clash(held):
        return []
    if len(rest) == 1:
        return rest
    first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    needed = _shrunk(held + first, second, clash, is_new=True)
    return needed + _shrunk(held + needed, first, clash, is_new=bool(needed))


def _with_only(case: Case, held: Sequence[Conflict]) -> Case:
    """The case with these demands and no others."""
    names = {kind: {one.name for one in held if one.kind == kind} for kind in
             ("need_minimum", "output_minimum", "limit_minimum", "limit_maximum")}  # fmt: skip

    def kept(flows: pd.DataFrame, kind: str) -> pd.DataFrame:
        return flows.assign(minimum_per_yr=flows["minimum_per_yr"].where(flows.index.isin(names[kind]), 0.0))

    limits = []
    for limit in case.scenario.limits:
        low = limit.minimum if limit.indicator in names["limit_minimum"] else None
        high = limit.maximum if limit.indicator in names["limit_maximum"] else None
        if low is not None or high is not None:
            limits.append(replace(limit, minimum=low, maximum=high))
    return replace(
        case, needs=kept(case.needs, "need_minimum"), outputs=kept(case.outputs, "output_minimum"),
        scenario=replace(case.scenario, limits=tuple(limits)),
    )  # fmt: skip


def _reached(case: Case, one: Conflict, others: list[Conflict], ask: Ask) -> float:
    """How far a demand can be held when the others are."""
    flows, family = (case.needs, "purchased") if one.kind == "need_minimum" else (case.outputs, "disposed")
    if one.kind.startswith("limit"):
        sign = -1.0 if one.kind == "limit_minimum" else 1.0
        cost = {family: sign * series for family, series in LIMITED[one.name](case).items()}
    else:
        cost = {family: pd.Series({one.name: 1.0})}
    status, plan = ask(_with_only(case, others), cost)
    if status not in ("optimal", "feasible"):
        return NOTHING_KNOWN
    if one.kind.startswith("limit"):
        return against_today(case, one.name, plan)
    return float(flows.loc[one.name, "quantity_per_yr"] - plan[family][one.name])
