"""Fixed charges and minimum lots at sizes that branching does not reach: a proved bound from below, plans from above.

bound
    The relaxation in the flows alone (:mod:`symbiosis.solvers.projection`), tightened by flow covers
    (:mod:`symbiosis.solvers.covers`). It is recomputed from the duals in plain arithmetic: any duals give a valid one, so that
    nothing rests on an engine's tolerance.
plans
    Slopes, merged plans and neighbourhoods (:mod:`symbiosis.solvers.plans`).

A tenth of a per cent on 6,000 charged exchanges in one piece is beyond this, and beyond bare HiGHS (0.39 % after 51 s of
processor as after 156, charges of 500 to 4,000 €). What was weighed there and left:

- fixing by reduced costs, by reckoning alone: at 0.4 %, plan and bound are 17,000 € apart, four times the greatest charge, so
  that no reduced cost closes a door;
- rows from neighbourhoods of 150 charged flows solved exactly at the relaxation's prices: 30 of them, in 13 s, raised the bound
  by a tenth of its distance to what HiGHS proves with its own cuts in less than a minute;
- flow covers handed to HiGHS as rows, or the plan as its start: after 17 to 25 s of processor its bound was what it is without
  either, within 0.03 %.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from symbiosis.solvers.covers import flow_covers, nodes_of
from symbiosis.solvers.engines import Effort, answer, polished
from symbiosis.solvers.plans import WHOLE, Search, improve, merge, scale_slopes, windows
from symbiosis.solvers.program import Basis, Program, Solution
from symbiosis.solvers.projection import Charged, charged_flows, project, proved_bound

__all__ = ["FROM", "charged_answer", "charged_flows"]

FROM = 1000
"""Charged flows in one part from which HiGHS alone is not asked first. On exchanges of 100 to 1,500 € a year it took, to 1 %,
three times as long on 1,000 of them and six times on 2,000; on 500 about as long."""

ROOT_UP_TO = 2000
"""Charged flows up to which HiGHS is asked at its root first. The 1,079 whole columns of a territory whose costs are mostly
linear were proved there in a second, where slopes and neighbourhoods took two and left the proof to HiGHS all the same."""

BASIC = 5
"""What MathOpt calls the status of a row that does not bind."""

COVERS, FIRST_COVERS = 12, 5
"""Most rounds of flow covers, and how many of them come before the first plan: the later ones raise the bound little."""

KEPT, SWEEPS = (0.0, 0.5), (60, 60, 120, 120)
"""The damping of each run of slopes, and how many charged flows stand in the neighbourhoods of each sweep."""

MERGED_GAP = 1e-3
"""To what merged plans are solved."""

SEARCHING = 2 / 3
"""Share of the time limit after which HiGHS has the rest: its own cuts raise the bound further than flow covers do."""


def charged_answer(program: Program, charged: Charged, effort: Effort) -> Solution:
    """Bound and plan of a programme with many charged flows; HiGHS has what is left of the time, if the gap is still open.

    Parameters
    ----------
    program, charged
        The programme, without products, and its charged flows.
    effort
        Limits. With a `node_limit` no clock is looked at: every stage ends by its own count.

    Returns
    -------
    Solution
        Its bound is the best of those proved, its plan the best of those found.
    """
    begun = time.perf_counter()
    deadline = np.inf if effort.node_limit is not None else begun + effort.time_limit_s
    search_until = np.inf if effort.node_limit is not None else begun + effort.time_limit_s * SEARCHING
    rooted = None
    if len(charged.whole) <= ROOT_UP_TO:
        rooted = answer(program, replace(effort, node_limit=1, time_limit_s=effort.time_limit_s / 4))
        if rooted.status == "optimal":
            return rooted
    projected = project(program, charged)
    start = answer(projected.program, effort)
    if start.status in ("infeasible", "unbounded", "no_solution"):
        return start if start.status == "infeasible" else answer(program, effort)
    search = Search(
        program=program, projected=projected, tight=projected.program, prices=start.row_duals, shown=start.values,
        bound=proved_bound(projected.program, start.row_duals), kernel=start.values[charged.flow] > WHOLE * charged.step,
    )  # fmt: skip
    if rooted is not None and rooted.status == "feasible":
        search.bound = max(search.bound, rooted.bound)
        search.take(rooted.values)
    for _ in _stages(search, start, effort):
        if search.gap <= effort.relative_gap or time.perf_counter() > search_until:
            break
    engine = "GLOP" if search.values is not None else ""
    if search.gap > effort.relative_gap and time.perf_counter() < deadline:
        left = min(effort.time_limit_s, deadline - time.perf_counter())
        exact = answer(program, replace(effort, time_limit_s=max(0.1, left)))
        engine = "+".join(filter(None, (engine, exact.engine)))
        search.bound = max(search.bound, exact.bound)
        if exact.status in ("optimal", "feasible"):
            search.take(exact.values)
        elif search.values is None:
            return exact
    if search.values is None:  # the time ended before the first plan
        return replace(start, status="no_solution", values=np.empty(0), objective=float("nan"), bound=search.bound, basis=None)
    best = polished(program, search.values, effort)
    found = replace(best, bound=min(search.bound, best.objective), engine=engine, seconds=time.perf_counter() - begun)
    return replace(found, status="optimal" if found.gap <= effort.relative_gap else "feasible")


def _stages(search: Search, start: Solution, effort: Effort) -> Iterator[None]:
    """Bounds and plans in turn, the cheapest first; whoever iterates stops where the gap is good enough."""
    covers = _tighten(search, start, effort)
    yield from islice(covers, FIRST_COVERS)
    for kept in KEPT:
        yield from scale_slopes(search, effort, kept=kept)
    merge(search, np.logical_or.reduce(search.used), replace(effort, relative_gap=MERGED_GAP))
    yield
    yield from covers
    near = replace(effort, relative_gap=1e-2, time_limit_s=effort.time_limit_s if effort.node_limit else 3.0)
    for size in SWEEPS:
        for window in windows(search, size):
            improve(search, window, near)
            yield
        near = replace(near, relative_gap=near.relative_gap / 3)


def _tighten(search: Search, start: Solution, effort: Effort) -> Iterator[None]:
    """Rounds of flow covers, until they say no more."""
    charged = search.projected.charged
    nodes = nodes_of(search.projected, search.program.upper[charged.whole])
    relaxed, found = search.projected, start
    for _ in range(COVERS):
        tighter = flow_covers(relaxed, nodes, found.values) if len(nodes.limit) else None
        if tighter is None:
            return
        added = len(tighter.row_lower) - len(relaxed.program.row_lower)
        basis = None
        if found.basis is not None:
            basis = Basis(columns=found.basis.columns, rows=np.append(found.basis.rows, np.full(added, BASIC, dtype=np.uint8)))
        relaxed = replace(relaxed, program=tighter)
        found = answer(tighter, effort, basis=basis)
        if found.status not in ("optimal", "feasible"):
            return
        last, search.bound = search.bound, max(search.bound, proved_bound(tighter, found.row_duals))
        search.tight, search.prices, search.shown = tighter, found.row_duals, found.values
        search.kernel |= search.flows(found.values)[1]
        yield
        if search.bound - last < 1e-4 * abs(search.bound):
            return
