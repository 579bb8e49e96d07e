r"""The mathematical programme, written once: who gives what to whom, how much, through which operators.

Sets: outputs o, needs n, operators k with their recipes, legs a between them, pools j. Today's outlets (`disposed`) and
today's purchases (`purchased`) stand beside the legs, so that "do nothing" is always feasible. The columns and their units are
listed in :mod:`symbiosis.objectives`.

=============== ==========================================================================================================
constraint      meaning
=============== ==========================================================================================================
output_balance  what leaves o on its legs + disposed[o] = what o declares
need_balance    Σ ratio[a] × quantity[a] into n + purchased[n] = what n takes; ratio holds substitution, units and losses
process_input   substitutable inlets: Σ quantity into k = throughput[k]; fixed inlets: Σ quantity = share × throughput[k]
process_output  Σ quantity out of (k, product) + discarded[k, product] = yield × throughput[k]; discarded = 0 without outlet
opening         throughput[k] ≤ capacity[k] × is_open[k] for a project; an existing operator has its capacity as a bound
minimum_lot     L[a] × is_linked[a] ≤ quantity[a] ≤ U[a] × is_linked[a], a year and supplier; U from the data, never a big M
trips           tonnes[a] × quantity[a] ≤ load[a] × trips[a], whole trips where few; else quantity / load, continuous
pool            disposed[o] ≥ Σ quantity of o in the pools that are on: a round carries what stays on today's outlet
step_reached    T[h] × is_reached[h] ≤ Σ weight × repriced[h, m]: the price of a step holds from its quantity on
step_next       Σ weight × repriced[h, m] ≤ T[h + 1] × is_reached[h]: and until the next step
step_limit      repriced[h, m] ≤ U[m] × is_reached[h]; U is what the leg or operator m may carry at most
step_share      Σ_h repriced[h, m] ≤ quantity[m] or throughput[m]: each unit has one price
step_below      what has the old price ≤ T[1] × (1 − Σ_h is_reached[h]): all units change their price, or none
coalition_open  is_open[k] = is_joined[c] for each project k of the coalition c
coalition_leg   quantity[a] ≤ U[a] × is_joined[c] where both ends of a are members of c
coalition_part  what member m gives to, has from, or treats ≥ least part × is_joined[c]
commitment      purchased[n] ≤ taken − minimum, disposed[o] ≤ declared − minimum (bounds): what a need must get, an output place
limit           minimum ≤ indicator of the plan − that of today ≤ maximum, for each limit of the scenario, budgets included
blend_maximum   Σ (value[a] − maximum) × tonnes[a] into a receiver ≤ 0; blend_minimum alike; what is bought counts where known
blend_minimum   the same from below; only parameters that mix linearly, only where a leg could not meet the limit alone
mixture         Σ value × quantity into a process that mixes + load = blend × throughput: quadratic, the blend leaves it
fixed_load      Σ value × quantity into k + load[k] ≤ specification of what leaves k × its flow: what k must carry away
period_sum      Σ over the periods of flow[a,t] = quantity[a], of work[k,t] = throughput[k]: costs and lots are the year's
period_supply   Σ flow out of a source + stock[t] − kept × stock[t−1] ≤ what arises, or yield × work[k,t]; = without outlet
period_need     Σ ratio × flow into n ≤ what n takes in the period
period_input    as process_input, in each period; work[k,t] ≤ the period's capacity (a bound)
shelf_life      Σ flow out of a perishable in t = Σ aged[arrival, t] over the arrivals that are still good in t
shelf_arrival   Σ aged[t, delivery] / what is left of it then ≤ what arises in t; what is left over is disposed of
shelf_stock     what waits at the end of t fits in the store
project_pays    operators that work together, and direct links, cover their own costs, unless losses are accepted
floor           a linear quantity ≥ a number: what an output gives to a higher rung, the first of two objectives
=============== ==========================================================================================================

Waste hierarchy: the programme is solved rung by rung (reuse, recycling, other recovery). At each rung only what ends there
or higher may be used, and every tonne that pays for itself there is taken; what each output gives to a rung is held when the
lower ones are opened, so that a better price below never draws a tonne down. Lifting it is a choice that the proposal prints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation.constraints import write
from symbiosis.allocation.hierarchy import margins, write_project_pays
from symbiosis.allocation.rows import Layout, Rows, Term, lay_out
from symbiosis.allocation.stages import Solve, Staged, stage_program
from symbiosis.allocation.verification import verify
from symbiosis.objectives import OBJECTIVES, Case, Coefficients, cost_eur, evaluate
from symbiosis.solvers import Program, Solution

__all__ = [
    "Allocation",
    "Layout",
    "Rows",
    "Solve",
    "Staged",
    "Term",
    "allocate",
    "closing_program",
    "complete",
    "lay_out",
    "margins",
    "verify",
    "write",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A plan, with what proves it.

    Attributes
    ----------
    plan
        Values by family of columns.
    status, gap, bound_gain_eur, engine, seconds, stages
        What the solver says of the last stage and of all; the status of a preview is ``relaxed``.
    gain_eur
        cost(today) − cost(plan), recomputed.
    duals
        Prices of the rows by constraint, and of the bounds of `quantity`, `disposed`, `purchased`, `throughput` and
        `work`, in objective units, whole columns being held; NaN where products of columns leave none.
    """

    plan: Coefficients
    status: str
    gap: float
    gain_eur: float
    bound_gain_eur: float
    engine: str
    seconds: float
    stages: tuple[tuple[str, float], ...]
    duals: Coefficients


def allocate(
    case: Case, solve: Solve, *, progress: Callable[[float], None] | None = None, is_relaxed: bool = False
) -> Allocation:
    """Write the programme of a case, have it solved and check the plan in plain arithmetic.

    Parameters
    ----------
    case
        What may be used.
    solve
        The solver, :func:`symbiosis.solvers.solve` or the like.
    progress
        Called with the share that is done.
    is_relaxed
        Whether doors may stand half open: a preview, fast, that says about what the exact answer will be and proves nothing.

    Returns
    -------
    Allocation

    Raises
    ------
    InfeasibleError
        If commitments and limits contradict each other: those that do, none of them superfluous.
    SolverError
        If the solver finds nothing in its time, or the plan does not survive our arithmetic.
    """
    staged = Staged(case, solve)
    return complete(staged.branch(is_relaxed=True) if is_relaxed else staged, progress=progress)


def complete(staged: Staged, *, progress: Callable[[float], None] | None = None) -> Allocation:
    """Take a programme through its stages and check the plan in plain arithmetic.

    Parameters
    ----------
    staged
        At its beginning.
    progress
        As for :func:`allocate`.

    Returns
    -------
    Allocation

    Raises
    ------
    InfeasibleError, SolverError
        As for :func:`allocate`.
    """
    case, scenario = staged.case, staged.case.scenario
    finals = [scenario.objective, "gain"] if scenario.objective != "gain" else ["gain"]
    number = len(staged.rungs) + len(finals)
    for rung in staged.rungs:
        staged.hold_rung(rung)
        if progress is not None:
            progress((staged.rungs.index(rung) + 1) / number)
    for stage in finals:
        cost = staged.eur if stage == "gain" else OBJECTIVES[stage](case)
        solution = staged.solved(stage, staged.layout.vector(cost))
        staged.hold(stage, solution)
        if progress is not None:
            progress(len(staged.reached) / number)
    plan = staged.layout.split(_tidied(solution.values))
    if not staged.is_relaxed:
        verify(case, plan)
    today = evaluate(staged.eur, case.today())
    return Allocation(
        plan=plan,
        status="relaxed" if staged.is_relaxed else solution.status,
        gap=float("inf") if staged.is_relaxed else solution.gap,
        gain_eur=today - evaluate(staged.eur, plan),
        bound_gain_eur=today - solution.bound,
        engine=solution.engine,
        seconds=staged.seconds,
        stages=tuple(staged.reached),
        duals=_duals(staged.base, staged.layout, solution),
    )


def closing_program(case: Case, plan: Coefficients) -> tuple[Layout, Program]:
    """The programme of the last stage, euros, freed of what the stages before it reached.

    Parameters
    ----------
    case, plan
        What could be used and what was: whether operators were held to their costs is read off the plan.

    Returns
    -------
    tuple
        Where its columns stand, and the programme: the rules that any group of the actors would have to keep as well.
    """
    layout = lay_out(case)
    base, values, cost = write(case, layout), layout.vector(plan), layout.vector(cost_eur(case))
    if not case.scenario.is_loss_accepted:
        paying = Rows()
        write_project_pays(case, layout, paying)
        program = stage_program(case, layout, base, cost, [], paying=paying, closed=None)
        slack = 1e-6 * np.maximum(1.0, program.activity(values, absolute=True))
        if (program.activity(values) >= program.row_lower - slack).all():
            return layout, program
    return layout, stage_program(case, layout, base, cost, [], paying=None, closed=None)


def _tidied(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values rounded to twelve significant places of a tonne or so: what is below a milligram is an engine's dust."""
    return np.where(np.abs(values) < 1e-9, 0.0, values)


def _duals(rows: Rows, layout: Layout, solution: Solution) -> Coefficients:
    bounded = ("quantity", "disposed", "purchased", "throughput", "work")
    start, out = 0, {family: pd.Series(solution.reduced_costs[layout.columns(family)], layout.labels[family], dtype=float)
                     for family in bounded}  # fmt: skip
    for name, labels in rows.names:
        out[name] = pd.Series(solution.row_duals[start : start + len(labels)], index=labels, dtype=float)
        start += len(labels)
    return out
