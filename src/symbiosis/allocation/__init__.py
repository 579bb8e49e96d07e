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
from copy import copy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation.conflicts import trace
from symbiosis.allocation.constraints import write
from symbiosis.allocation.hierarchy import margins, open_legs, rung_costs, write_project_pays
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
    "Staged",
    "Term",
    "allocate",
    "closing_program",
    "lay_out",
    "margins",
    "verify",
    "write",
]

Solve = Callable[..., Solution]

SETTLED_GAP, DEAR = 1e-6, 500
"""Gap within which the plan of a rung settles the stage after it; where so many whole columns make branching dear, the gap
that the scenario accepts does."""


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
    scenario = case.scenario
    finals = [scenario.objective, "gain"] if scenario.objective != "gain" else ["gain"]
    staged = Staged(case, _relaxing(solve) if is_relaxed else solve)
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
    if not is_relaxed:
        verify(case, plan)
    today = evaluate(staged.eur, case.today())
    return Allocation(
        plan=plan,
        status="relaxed" if is_relaxed else solution.status,
        gap=float("inf") if is_relaxed else solution.gap,
        gain_eur=today - evaluate(staged.eur, plan),
        bound_gain_eur=today - solution.bound,
        engine=solution.engine,
        seconds=staged.seconds,
        stages=tuple(staged.reached),
        duals=_duals(staged.base, staged.layout, solution),
    )


def _relaxing(solve: Solve) -> Solve:
    """A solver to which a half-open door is a door."""

    def relaxed(program: Program, **options: object) -> Solution:
        return solve(replace(program, is_integer=np.zeros_like(program.is_integer)), **options)

    return relaxed


class Staged:
    """The programme of a case on its way through the stages: its rows are written once, what a stage reached is held.

    Parameters
    ----------
    case, solve
        As for :func:`allocate`.

    Attributes
    ----------
    layout, base, eur
        Columns and rows of the case, and what the columns cost.
    rungs
        Of the waste hierarchy, those that there is something to say about.
    reached, seconds
        What each stage came to, and the time of them all.
    pays
        Whether operators and charged links covered their costs at the last stage.
    """

    def __init__(self, case: Case, solve: Solve) -> None:
        self.case, self._solve = case, solve
        self.layout, self.eur = lay_out(case), cost_eur(case)
        self.base = write(case, self.layout)
        self._paying = Rows()
        if not case.scenario.is_loss_accepted:
            write_project_pays(case, self.layout, self._paying)
        is_lifted = case.scenario.is_hierarchy_lifted
        self.rungs = [] if is_lifted else [rung for rung in RUNGS[:-1] if _has_rung(case, rung)]
        self._floors: list[Floor] = []
        self._costs: NDArray[np.float64] = np.zeros(self.layout.size)
        _, self._part, _ = parts_of(self.program(self._costs, pays=False))
        self.reached: list[tuple[str, float]] = []
        self.seconds = 0.0
        self.pays = False
        self._last: Program | None = None
        self._rungs: dict[bool, tuple[Program, Solution]] = {}

    def branch(self) -> Staged:
        """The same way as far as here, to be gone on by itself."""
        other = copy(self)
        vars(other).update(_floors=list(self._floors), reached=list(self.reached))
        return other

    def program(self, cost: NDArray[np.float64], *, pays: bool, closed: NDArray[np.bool_] | None = None) -> Program:
        """The programme of a stage.

        Parameters
        ----------
        cost
            Per column.
        pays
            Whether operators and charged links must cover their costs.
        closed
            Legs that are not open at this stage.

        Returns
        -------
        Program
        """
        paying = self._paying if pays else None
        return _program(self.case, self.layout, self.base, cost, self._floors, paying=paying, closed=closed)

    def solved(self, stage: str, cost: NDArray[np.float64], closed: NDArray[np.bool_] | None = None) -> Solution:
        """Solve a stage.

        Parameters
        ----------
        stage, cost, closed
            Its name, and as for :meth:`program`.

        Returns
        -------
        Solution

        Raises
        ------
        InfeasibleError, SolverError
            As for :func:`allocate`; a rung that cannot be held by itself is returned as infeasible.
        """
        scenario = self.case.scenario
        options = {"relative_gap": scenario.relative_gap, "time_limit_s": scenario.time_limit_s, "seed": scenario.seed}
        for pays in (False,) if scenario.is_loss_accepted else (True, False):
            program = self.program(cost, pays=pays, closed=closed)
            before = self._rungs.get(pays)
            settled = None if before is None else _settled(before, program, self._solve, options)
            solution = settled or self._solve(program, **options)
            self.pays, self._last = pays, program
            self.seconds += solution.seconds
            # Commitments may not pay for themselves: then they are held all the same, at a loss that the proposal shows.
            if solution.status != "infeasible":
                break
        if solution.status not in ("optimal", "feasible") and closed is None:
            conflicts = trace(self.case, partial(_asked, solve=self._solve)) if solution.status == "infeasible" else ()
            if not conflicts and solution.status == "no_solution":
                limit = f"{scenario.time_limit_s:g} s"
                raise SolverError(
                    f"aucun plan trouvé en {limit} : accorder plus de temps (time_limit_s) / "
                    f"no plan was found in {limit}: allow more time (time_limit_s)"
                )
            raise InfeasibleError(conflicts) if conflicts else SolverError(f"stage {stage}: {solution.status}")
        self._costs = cost
        return solution

    def hold(self, stage: str, solution: Solution) -> None:
        """Hold what an objective reached for the stages that follow."""
        self._floors.append(_floor(stage, self._costs, solution.values, self._part))
        self.reached.append((stage, -solution.objective))

    def hold_rung(self, rung: str) -> None:
        """Take what pays for itself at a rung or higher, and hold what each output gives to it."""
        stage, closed = f"rung:{rung}", ~open_legs(self.case, rung)
        solution = self.solved(stage, self.layout.vector(rung_costs(self.case, rung, self.eur)), closed)
        if solution.status not in ("optimal", "feasible"):
            return  # commitments that this rung alone cannot hold: it has nothing to say before the others
        if self._last is not None:
            self._rungs = {self.pays: (self._last, solution)}
        self._floors.append(_rung_floor(self.case, self.layout, stage, solution.values, closed))
        self.reached.append((stage, evaluate(delivered_t_by_rung(self.case, rung), self.layout.split(solution.values))))


def _settled(before: tuple[Program, Solution], program: Program, solve: Solve, options: dict[str, float]) -> Solution | None:
    """The plan of the rung before with its doors held, where what was proved of it proves it for this stage too.

    This stage has every row of the one before, and some more that its plan holds. Where it opens no column wider and no column
    costs less (they are never negative), nothing here can cost less than what was proved there: if the plan, at this stage's
    costs, is within a hair of that bound (or, where branching is dear, as near as the scenario asks), no engine has to branch
    again. So it is when the lowest rung of a territory was the last to be opened, and only the hair by which a rung is favoured
    falls away.
    """
    allowed, proved = before
    is_wider = (program.upper > allowed.upper) | (program.lower < allowed.lower) | (program.cost < allowed.cost)
    if is_wider.any() or (program.lower < 0).any() or program.products is not None:
        return None
    here = replace(proved, objective=float(program.cost @ proved.values))  # noqa: PD011 - of a solution, not of a table
    is_dear = program.is_integer.sum() >= DEAR
    accepted = options["relative_gap"] if is_dear else min(options["relative_gap"], SETTLED_GAP)
    if here.gap > accepted:
        return None
    # Still whole columns, so that the same parts are solved together: of several best plans, the same one is found.
    whole = np.round(proved.values)
    held = replace(
        program,
        lower=np.where(program.is_integer, whole, program.lower),
        upper=np.where(program.is_integer, whole, program.upper),
    )
    found = solve(held, **options)
    found = replace(found, bound=min(proved.bound, found.objective))
    return found if found.status == "optimal" and found.gap <= accepted else None


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
        program = _program(case, layout, base, cost, [], paying=paying, closed=None)
        slack = 1e-6 * np.maximum(1.0, program.activity(values, absolute=True))
        if (program.activity(values) >= program.row_lower - slack).all():
            return layout, program
    return layout, _program(case, layout, base, cost, [], paying=None, closed=None)


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
    program = _program(case, layout, write(case, layout), layout.vector(cost), [], paying=None, closed=None)
    solution = solve(program, relative_gap=scenario.relative_gap, time_limit_s=scenario.time_limit_s, seed=scenario.seed)
    return solution.status, layout.split(solution.values) if len(solution.values) else {}


def _program(
    case: Case, layout: Layout, base: Rows, cost: NDArray[np.float64],
    floors: list[Floor], *, paying: Rows | None, closed: NDArray[np.bool_] | None,
) -> Program:  # fmt: skip
    """The rows of the case with those of this stage, the bounds of the columns and the costs."""
    extra = Rows(count=base.count)
    for floor in floors:
        term = Term(columns=floor.columns, labels=floor.labels, values=floor.costs)
        extra.add("floor", floor.limits.index, -np.inf, floor.limits, [term])
    if paying is not None:
        extra.extend(paying)
    lower, upper = np.zeros(layout.size), np.ones(layout.size)
    legs, outputs, needs = case.legs, case.outputs, case.needs
    for family, bound in (
        ("quantity", legs["upper_per_yr"]),
        ("disposed", (outputs["quantity_per_yr"] - outputs["minimum_per_yr"]).clip(lower=0.0)),
        ("purchased", (needs["quantity_per_yr"] - needs["minimum_per_yr"]).clip(lower=0.0)),
        ("throughput", case.operators["capacity"]),
        ("repriced", np.inf),
        ("is_joined", case.agreements.coalitions["is_possible"]),
        ("discarded", np.where(case.products["has_outlet"], np.inf, 0.0)),
        ("trips", np.ceil(legs["upper_per_yr"] * legs["tonnes_per_unit"] / legs["load_t"])[legs["has_whole_trips"]]),
    ):  # fmt: skip
        upper[layout.columns(family)] = np.asarray(bound, dtype=float)
    is_integer = np.zeros(layout.size, dtype=bool)
    for family in ("is_open", "is_linked", "trips", "is_pooled", "is_reached", "is_joined"):
        is_integer[layout.columns(family)] = True
    if closed is not None:
        upper[layout.columns("quantity")[closed]] = 0.0
    if case.calendar is not None:
        count = case.calendar.periods
        upper[layout.columns("flow")] = np.repeat(legs["upper_per_yr"].to_numpy(dtype=float), count)
        upper[layout.columns("work")] = case.calendar.capacity.to_numpy(dtype=float).ravel()
        upper[layout.columns("stock")] = np.repeat(case.calendar.ageless["capacity"].to_numpy(dtype=float), count)
        upper[layout.columns("aged")] = np.inf
    blends = layout.mixes
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
