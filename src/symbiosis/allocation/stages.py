"""The programme of a case on its way through the stages: its rows are written once, what a stage reached is held."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation.conflicts import trace
from symbiosis.allocation.constraints import write, write_rules
from symbiosis.allocation.hierarchy import open_legs, rung_costs, write_project_pays
from symbiosis.allocation.limits import write_limits
from symbiosis.allocation.rows import Layout, Rows, Term, lay_out
from symbiosis.errors import InfeasibleError, SolverError
from symbiosis.objectives import Case, Coefficients, cost_eur, delivered_t_by_rung
from symbiosis.schemas import RUNGS
from symbiosis.solvers import Products, Program, Solution, parts_of

Solve = Callable[..., Solution]


class Staged:
    """The programme of a case on its way through the stages: its rows are written once, what a stage reached is held.

    Parameters
    ----------
    case, solve
        As for :func:`allocate`.
    before
        Another programme of the same solver: what a case shares with its own is not written again.
    is_remembered
        Whether the solver remembers parts: it is asked without the limits first, as they join all parts of the programme.

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
    is_relaxed
        Whether doors may stand half open.
    """

    def __init__(self, case: Case, solve: Solve, *, before: Staged | None = None, is_remembered: bool = False) -> None:
        self.case, self._solve, self._is_remembered = case, solve, is_remembered
        if before is not None and _is_alike(case, before.case):
            for name in ("layout", "eur", "_rules", "_paying", "_delivered"):
                setattr(self, name, getattr(before, name))
        else:
            self.layout, self.eur, self._paying = lay_out(case), cost_eur(case), Rows()
            self._rules = write_rules(case, self.layout)
            if not case.scenario.is_loss_accepted:
                write_project_pays(case, self.layout, self._paying)
            self._delivered = {
                rung: self.layout.vector(delivered_t_by_rung(case, rung)) for rung in RUNGS[:-1] if not _is_flat(case)
            }
        self.base = Rows().extend(self._rules)
        write_limits(case, self.layout, self.base)
        self.rungs = [] if case.scenario.is_hierarchy_lifted else [
            rung for rung, tonnes in self._delivered.items() if (tonnes > 0).any()
        ]  # fmt: skip
        self._floors: list[Floor] = []
        self._costs: NDArray[np.float64] = np.zeros(self.layout.size)
        _, self._part, _ = parts_of(self.program(self._costs, pays=False))
        self.reached: list[tuple[str, float]] = []
        self.seconds = 0.0
        self.pays = self.is_relaxed = False
        self._last: Program | None = None
        self._plan: NDArray[np.float64] | None = None
        self._rungs: dict[bool, tuple[Program, Solution]] = {}

    def branch(self, *, is_relaxed: bool = False) -> Staged:
        """The same way as far as here, to be gone on by itself; a preview goes on with doors that may stand half open."""
        other = copy(self)
        vars(other).update(_floors=list(self._floors), reached=list(self.reached))
        if is_relaxed:
            vars(other).update(_solve=_relaxing(self._solve), is_relaxed=True)
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
        return stage_program(self.case, self.layout, self.base, cost, self._floors, paying=paying, closed=closed)

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
        options: dict[str, Any] = {
            "relative_gap": scenario.relative_gap,
            "time_limit_s": scenario.time_limit_s,
            "seed": scenario.seed,
        }
        if self._plan is not None:
            options["start"] = self._plan
        for pays in (False,) if scenario.is_loss_accepted else (True, False):
            program = self.program(cost, pays=pays, closed=closed)
            before = self._rungs.get(pays)
            settled = None if before is None else _settled(before, program, self._answer, options)
            solution = settled or self._answer(program, **options)
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
        if solution.status in ("optimal", "feasible"):
            self._plan = solution.values  # noqa: PD011 - of a solution, not of a table
        return solution

    def _answer(self, program: Program, **options: Any) -> Solution:
        """Ask the solver; one that remembers, without the limits first: what holds them unasked is proved part by part."""
        if self._is_remembered and self.case.scenario.limits:
            limits = np.arange(self._rules.count, self.base.count)
            answered = _without(program, limits, partial(self._solve, **options))
            if answered is not None:
                return answered
        return self._solve(program, **options)

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
        self.reached.append((stage, float(self._delivered[rung].dot(solution.values))))


def _settled(before: tuple[Program, Solution], program: Program, solve: Solve, options: dict[str, Any]) -> Solution | None:
    """The plan of the rung before with its doors held, where what was proved of it proves it for this stage too.

    This stage has every row of the one before, and some more that its plan holds. Where it opens no column wider and no column
    costs less (they are never negative), nothing here can cost less than what was proved there: if the plan, at this stage's
    costs, is as near to that bound as the scenario asks, no engine has to branch again. So it is when the lowest rung of a
    territory was the last to be opened, and only the hair by which a rung is favoured falls away.
    """
    allowed, proved = before
    is_wider = (program.upper > allowed.upper) | (program.lower < allowed.lower) | (program.cost < allowed.cost)
    if is_wider.any() or (program.lower < 0).any() or program.products is not None:
        return None
    here = replace(proved, objective=float(program.cost @ proved.values))  # noqa: PD011 - of a solution, not of a table
    if here.gap > options["relative_gap"]:
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
    return found if found.status == "optimal" and found.gap <= options["relative_gap"] else None


def _without(program: Program, rows: NDArray[np.int64], solve: Callable[[Program], Solution]) -> Solution | None:
    """The answer to a programme without some of its rows, where it holds them all the same or where there is none."""
    kept = np.ones(len(program.row_lower), dtype=bool)
    kept[rows] = False
    there, place = kept[program.row], np.cumsum(kept) - 1
    products = program.products
    if products is not None:
        products = replace(products, row=place[products.row])  # limits are linear
    found = solve(replace(
        program, row=place[program.row[there]], column=program.column[there], value=program.value[there],
        row_lower=program.row_lower[kept], row_upper=program.row_upper[kept], products=products,
    ))  # fmt: skip
    if found.status == "infeasible":
        return found
    if found.status != "optimal":
        return None
    reached = program.activity(found.values)[rows]
    if (reached < program.row_lower[rows]).any() or (reached > program.row_upper[rows]).any():
        return None
    duals = np.zeros(len(kept))
    duals[kept] = found.row_duals
    return replace(found, row_duals=duals)


def _relaxing(solve: Solve) -> Solve:
    """A solver to which a half-open door is a door."""

    def relaxed(program: Program, **options: object) -> Solution:
        return solve(replace(program, is_integer=np.zeros_like(program.is_integer)), **options)

    return relaxed


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
    return _held(stage, used, cost[used], pd.Index(part[used]), values)


def _rung_floor(case: Case, layout: Layout, stage: str, values: NDArray[np.float64], closed: NDArray[np.bool_] | None) -> Floor:
    """What each output gives to a rung: lower rungs take from the rest, whatever their prices."""
    legs = case.legs
    counts = legs["tail_kind"].eq("output").to_numpy() & ~(closed if closed is not None else np.zeros(len(legs), bool))
    used = layout.columns("quantity")[counts]
    return _held(stage, used, -np.ones(len(used)), pd.Index(legs["tail_id"][counts]), values)


def _held(
    stage: str, columns: NDArray[np.int64], costs: NDArray[np.float64], labels: pd.Index, values: NDArray[np.float64]
) -> Floor:
    number, names = pd.factorize(labels, sort=True)
    reached = pd.Series(np.bincount(number, weights=costs * values[columns], minlength=len(names)), index=names)
    # The floor gives way by a hair: an engine's own rounding must not make the next stage infeasible.
    limits = reached + 1e-7 * reached.abs().clip(lower=1.0)
    return Floor(stage=stage, columns=columns, costs=costs, labels=labels, limits=limits)


def _is_alike(case: Case, other: Case) -> bool:
    """Whether two cases differ by what is asked of the whole alone: limits, objective, how far to prove."""
    names = (field.name for field in fields(Case) if field.name != "scenario")
    is_paying = case.scenario.is_loss_accepted == other.scenario.is_loss_accepted
    return is_paying and all(getattr(case, name) is getattr(other, name) for name in names)


def _is_flat(case: Case) -> bool:
    """Whether there is one rung only, and nothing to say about it."""
    rungs = case.legs["rung"].to_numpy(dtype=object)
    return bool((rungs == rungs[:1]).all())


def _asked(case: Case, cost: Coefficients, *, solve: Solve) -> tuple[str, Coefficients]:
    """Status and plan of a case for some other cost, nobody being asked to cover its costs."""
    layout, scenario = lay_out(case), case.scenario
    program = stage_program(case, layout, write(case, layout), layout.vector(cost), [], paying=None, closed=None)
    solution = solve(program, relative_gap=scenario.relative_gap, time_limit_s=scenario.time_limit_s, seed=scenario.seed)
    return solution.status, layout.split(solution.values) if len(solution.values) else {}


def stage_program(
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
    upper = layout.upper
    if closed is not None:
        upper = upper.copy()
        upper[layout.columns("quantity")[closed]] = 0.0
    blocks = (base, extra)
    products = Products(
        row=_flat(blocks, "product_row").astype(np.int64), first=_flat(blocks, "first").astype(np.int64),
        second=_flat(blocks, "second").astype(np.int64), value=_flat(blocks, "product_value"),
    )  # fmt: skip
    return Program(
        cost=cost, lower=layout.lower, upper=upper, is_integer=layout.is_integer,
        row_lower=_flat(blocks, "lower"), row_upper=_flat(blocks, "upper"),
        row=_flat(blocks, "row").astype(np.int64), column=_flat(blocks, "column").astype(np.int64),
        value=_flat(blocks, "value"), products=products if len(products.row) else None,
    )  # fmt: skip


def _flat(blocks: tuple[Rows, ...], name: str) -> NDArray[np.float64]:
    arrays = [array for block in blocks for array in getattr(block, name)]
    return np.concatenate(arrays).astype(float) if arrays else np.empty(0)
