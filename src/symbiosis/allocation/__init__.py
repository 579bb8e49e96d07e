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
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation.conflicts import trace
from symbiosis.allocation.constraints import write
from symbiosis.allocation.hierarchy import margins, open_legs, rung_costs, write_project_pays
from symbiosis.allocation.quality import mixes
from symbiosis.allocation.rows import Layout, Rows, Term, lay_out
from symbiosis.allocation.verification import verify
from symbiosis.errors import InfeasibleError, SolverError
from symbiosis.objectives import OBJECTIVES, Case, Coefficients, cost_eur, delivered_t_by_rung, evaluate
from symbiosis.schemas import RUNGS
from symbiosis.solvers import Products, Program, Solution, parts_of

__all__ = [
    "Allocation",
    "Layout",
    "Rows",
    "Solve",
    "Term",
    "allocate",
    "closing_program",
    "eligible",
    "lay_out",
    "margins",
    "verify",
    "write",
]

Solve = Callable[..., Solution]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A plan, with what proves it.

    Attributes
    ----------
    plan
        Values by family of columns.
    status, gap, bound_gain_eur, engine, seconds, stages
        What the solver says of the last stage and of all.
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


def allocate(case: Case, solve: Solve, *, progress: Callable[[float], None] | None = None) -> Allocation:
    """Write the programme of a case, have it solved and check the plan in plain arithmetic.

    Parameters
    ----------
    case
        What may be used.
    solve
        The solver, :func:`symbiosis.solvers.solve` or the like.
    progress
        Called with the share that is done.

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
    layout = lay_out(case)
    base = write(case, layout)
    scenario = case.scenario
    rungs = [] if scenario.is_hierarchy_lifted else [rung for rung in RUNGS[:-1] if _has_rung(case, rung)]
    stages = [f"rung:{rung}" for rung in rungs]
    stages += [scenario.objective] if scenario.objective != "gain" else []
    stages.append("gain")
    floors: list[Floor] = []
    _, part, _ = parts_of(_program(case, layout, base, np.zeros(layout.size), [], pays=False, closed=None))
    reached: list[tuple[str, float]] = []
    seconds = 0.0
    for number, stage in enumerate(stages):
        rung = stage.removeprefix("rung:") if stage.startswith("rung:") else ""
        cost = layout.vector(rung_costs(case, rung) if rung else OBJECTIVES[stage](case))
        closed = ~open_legs(case, rung) if rung else None
        for pays in (False,) if scenario.is_loss_accepted else (True, False):
            program = _program(case, layout, base, cost, floors, pays=pays, closed=closed)
            solution = solve(
                program, relative_gap=scenario.relative_gap, time_limit_s=scenario.time_limit_s, seed=scenario.seed
            )
            seconds += solution.seconds
            # Commitments may not pay for themselves: then they are held all the same, at a loss that the proposal shows.
            if solution.status != "infeasible":
                break
        if solution.status not in ("optimal", "feasible"):
            if rung:  # commitments that this rung alone cannot hold: it has nothing to say before the others
                continue
            conflicts = trace(case, partial(_asked, solve=solve)) if solution.status == "infeasible" else ()
            raise InfeasibleError(conflicts) if conflicts else SolverError(f"stage {stage}: {solution.status}")
        if rung:
            floors.append(_rung_floor(case, layout, stage, solution.values, closed))
            reached.append((stage, evaluate(delivered_t_by_rung(case, rung), layout.split(solution.values))))
        else:
            floors.append(_floor(stage, cost, solution.values, part))
            reached.append((stage, -solution.objective))
        if progress is not None:
            progress((number + 1) / len(stages))
    plan = layout.split(_tidied(solution.values))
    verify(case, plan)
    costs = cost_eur(case)
    today = evaluate(costs, case.today())
    gain = today - evaluate(costs, plan)
    return Allocation(
        plan=plan,
        status=solution.status,
        gap=solution.gap if stages[-1] == "gain" else float("inf"),
        gain_eur=gain,
        bound_gain_eur=today - solution.bound,
        engine=solution.engine,
        seconds=seconds,
        stages=tuple(reached),
        duals=_duals(base, layout, solution),
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
        program = _program(case, layout, base, cost, [], pays=True, closed=None)
        slack = 1e-6 * np.maximum(1.0, program.activity(values, absolute=True))
        if (program.activity(values) >= program.row_lower - slack).all():
            return layout, program
    return layout, _program(case, layout, base, cost, [], pays=False, closed=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What a stage reached, to be held by the next ones: part by part, so that disjoint parts stay disjoint."""

    stage: str
    columns: NDArray[np.int64]
    costs: NDArray[np.float64]
    labels: pd.Index
    limits: pd.Series


def _floor(stage: str, cost: NDArray[np.float64], values: NDArray[np.float64], part: NDArray[np.int64]) -> Floor:
    """What an objective reached, part by part."""
    used = np.flatnonzero(cost).astype(np.int64)
    labels = pd.Index([f"{stage}:{number}" for number in part[used]])
    return _held(stage, used, cost[used], labels, values)


def _rung_floor(case: Case, layout: Layout, stage: str, values: NDArray[np.float64], closed: NDArray[np.bool_] | None) -> Floor:
    """What each output gives to a rung: lower rungs take from the rest, whatever their prices."""
    legs = case.legs
    counts = legs["tail_kind"].eq("output").to_numpy() & ~(closed if closed is not None else np.zeros(len(legs), bool))
    used = layout.columns("quantity")[counts]
    labels = pd.Index(stage + ":" + legs["tail_id"][counts])
    return _held(stage, used, -np.ones(len(used)), labels, values)


def _held(
    stage: str, columns: NDArray[np.int64], costs: NDArray[np.float64], labels: pd.Index, values: NDArray[np.float64]
) -> Floor:
    reached = pd.Series(costs * values[columns]).groupby(labels.to_numpy()).sum()
    # The floor gives way by a hair: an engine's own rounding must not make the next stage infeasible.
    limits = reached + 1e-7 * reached.abs().clip(lower=1.0)
    return Floor(stage=stage, columns=columns, costs=costs, labels=labels, limits=limits)


def _has_rung(case: Case, rung: str) -> bool:
    return (
        bool(delivered_t_by_rung(case, rung)["quantity"].gt(0).any()) and (case.legs["rung"] != case.legs["rung"].iloc[0]).any()
    )


def _asked(case: Case, cost: Coefficients, *, solve: Solve) -> tuple[str, Coefficients]:
    """Status and plan of a case for some other cost, nobody being asked to cover its costs."""
    layout, scenario = lay_out(case), case.scenario
    program = _program(case, layout, write(case, layout), layout.vector(cost), [], pays=False, closed=None)
    solution = solve(program, relative_gap=scenario.relative_gap, time_limit_s=scenario.time_limit_s, seed=scenario.seed)
    return solution.status, layout.split(solution.values) if len(solution.values) else {}


def _program(
    case: Case, layout: Layout, base: Rows, cost: NDArray[np.float64],
    floors: list[Floor], *, pays: bool, closed: NDArray[np.bool_] | None,
) -> Program:  # fmt: skip
    """The rows of the case with those of this stage, the bounds of the columns and the costs."""
    extra = Rows(count=base.count)
    for floor in floors:
        term = Term(columns=floor.columns, labels=floor.labels, values=floor.costs)
        extra.add("floor", floor.limits.index, -np.inf, floor.limits, [term])
    if pays:
        write_project_pays(case, layout, extra)
    lower, upper = np.zeros(layout.size), np.ones(layout.size)
    legs, outputs, needs = case.legs, case.outputs, case.needs
    for family, bound in (
        ("quantity", legs["upper_per_yr"]),
        ("disposed", (outputs["quantity_per_yr"] - outputs["minimum_per_yr"]).clip(lower=0.0)),
        ("purchased", (needs["quantity_per_yr"] - needs["minimum_per_yr"]).clip(lower=0.0)),
        ("throughput", case.operators["capacity"]),
        ("discarded", np.where(case.products["has_outlet"], np.inf, 0.0)),
        ("trips", np.ceil(legs["upper_per_yr"] * legs["tonnes_per_unit"] / legs["load_t"])[legs["has_whole_trips"]]),
    ):  # fmt: skip
        upper[layout.columns(family)] = np.asarray(bound, dtype=float)
    is_integer = np.zeros(layout.size, dtype=bool)
    for family in ("is_open", "is_linked", "trips", "is_pooled"):
        is_integer[layout.columns(family)] = True
    if closed is not None:
        upper[layout.columns("quantity")[closed]] = 0.0
    if case.calendar is not None:
        count = case.calendar.periods
        upper[layout.columns("flow")] = np.repeat(legs["upper_per_yr"].to_numpy(dtype=float), count)
        upper[layout.columns("work")] = case.calendar.capacity.to_numpy(dtype=float).ravel()
        upper[layout.columns("stock")] = np.repeat(case.calendar.ageless["capacity"].to_numpy(dtype=float), count)
        upper[layout.columns("aged")] = np.inf
    blends = mixes(case)
    lower[layout.columns("blend")], upper[layout.columns("blend")] = blends["lower"], blends["upper"]
    blocks = (base, extra)
    products = Products(
        row=_flat(blocks, "product_row").astype(np.int64), first=_flat(blocks, "first").astype(np.int64),
        second=_flat(blocks, "second").astype(np.int64), value=_flat(blocks, "product_value"),
    )  # fmt: skip
    return Program(
        cost=cost, lower=lower, upper=upper, is_integer=is_integer,
        row_lower=_flat(blocks, "lower"), row_upper=_flat(blocks, "upper"),
        row=_flat(blocks, "row").astype(np.int64), column=_flat(blocks, "column").astype(np.int64),
        value=_flat(blocks, "value"), products=products if len(products.row) else None,
    )  # fmt: skip


def _flat(blocks: tuple[Rows, ...], name: str) -> NDArray[np.float64]:
    arrays = [array for block in blocks for array in getattr(block, name)]
    return np.concatenate(arrays).astype(float) if arrays else np.empty(0)


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
