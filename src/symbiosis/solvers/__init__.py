"""From a linear programme in sparse columns to a solution that was checked: the only package that knows OR-Tools.

`Program` is plain numbers; `solve` is a function from `Program` to `Solution`. The engines sit behind MathOpt, whose
ModelProto is filled by whole columns (objects per variable are tens of times slower). What was learned of the engines, and
is held here:

- GLOP relaxes integers silently and says OPTIMAL: it is never given one;
- engines answer nonsense to NaN and infinities: every number is checked before;
- MathOpt's Python raises AttributeError on bad models: every exception becomes a :class:`SolverError`;
- a bound is believed only as far as the arithmetic allows: the objective is recomputed, and a result that breaks a row, a
  bound or integrality is refused;
- disjoint parts of the row–column graph are solved apart, the small ones together; side by side where the caller hands a
  parallel `map`;
- HiGHS through MathOpt may run over its time limit and takes no interruption: whoever must not wait solves in a child
  (:mod:`symbiosis.workers`).

=============== ==========================================================================================================
engine          what it is given
=============== ==========================================================================================================
GLOP            parts without whole columns or products
HiGHS           parts with whole columns (0.3 s where GSCIP takes 2 on the same 60 charged flows)
charges         parts with many charged flows that HiGHS does not settle at its root (:mod:`symbiosis.solvers.charges`)
GSCIP           parts with products of columns, written by shares where they mix (:mod:`symbiosis.solvers.mixing`); small parts
                whose whole columns count beyond one, then HiGHS if it gave up
blocks          parts beyond `largest_part`, cut with a bound (:mod:`symbiosis.solvers.split`), each to one of the above
=============== ==========================================================================================================
"""

from __future__ import annotations

import time
from builtins import map as one_by_one
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from symbiosis.errors import SolverError
from symbiosis.solvers import charges
from symbiosis.solvers.engines import Effort, answer, branched_answer, load
from symbiosis.solvers.memory import Memory
from symbiosis.solvers.mixing import lifted
from symbiosis.solvers.parts import EASY_COLUMNS, HARD_COLUMNS, batches, parts_of, pieces
from symbiosis.solvers.program import (
    FEASIBILITY_TOLERANCE,
    LARGEST_NUMBER,
    Basis,
    Floats,
    Ints,
    Products,
    Program,
    Solution,
    check,
    verify,
)
from symbiosis.solvers.split import split_answer
from symbiosis.solvers.starts import started_answer

__all__ = [
    "FEASIBILITY_TOLERANCE",
    "LARGEST_NUMBER",
    "LARGEST_PART",
    "Basis",
    "Floats",
    "Job",
    "Map",
    "Memory",
    "Products",
    "Program",
    "Solution",
    "check",
    "load",
    "parts_of",
    "solve",
    "solve_part",
    "verify",
]


Map = Callable[..., Iterable[Solution]]

LARGEST_PART = 40_000
"""Columns beyond which a part is cut where several processes wait for work: 20,000 charged flows or so."""

NODES_PER_SECOND = 20
"""What a second of the time limit is worth where no clock may count: nodes of the branching, per part."""

SHARED_UP_TO = 20_000
"""Columns up to which the gap of the whole is shared among the parts that are branched on, which costs one relaxation."""

GUARD_S = 3600.0
"""Where no clock may count, a part that runs for this long is given up as an error, never as an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One part, or some small ones together, to be solved by itself, perhaps in another process."""

    program: Program
    effort: Effort
    columns: Ints
    rows: Ints
    basis: Basis | None = None
    start: Floats | None = None


def solve(
    program: Program,
    *,
    relative_gap: float = 1e-6,
    time_limit_s: float = 60.0,
    seed: int = 7,
    progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    is_deterministic: bool = False,
    basis: Basis | None = None,
    start: Floats | None = None,
    map: Map = one_by_one,  # noqa: A002 - the name that the engine's callers know
    largest_part: int | None = None,
) -> Solution:
    """Solve a programme and check the answer.

    Parameters
    ----------
    program
        The programme.
    relative_gap
        Accepted distance to the bound.
    time_limit_s
        Seconds for the whole, shared among the hard parts by their size. An engine looks at its clock between steps of its
        own: on small parts it holds to a second, on 100,000 charged flows HiGHS was seen to take twice its time.
    seed
        Seed of the engines.
    progress
        Called with the share that is done.
    is_cancelled
        Asked between parts, such as the `is_set` of a `threading.Event`.
    is_deterministic
        Whether every limit counts work instead of time: the same programme gives the same answer on any machine, however
        loaded, and `time_limit_s` sets how many nodes the branching may visit.
    basis
        Of the answer to a programme of the same shape: a linear one that is solved whole starts there.
    start
        A plan, of a programme that is much like this one: where it holds, the branching starts with it.
    map
        Applies a function to the jobs, in their order; a pool of processes solves the parts side by side.
    largest_part
        Columns beyond which a part that is branched on is solved by blocks, with the bound that this leaves; None never does.

    Returns
    -------
    Solution

    Raises
    ------
    ProgramError
        If the programme is refused (:func:`check`).
    SolverError
        If an engine fails, its answer does not survive our arithmetic, or the work was cancelled.
    """
    check(program)
    begun = time.perf_counter()
    if len(program.cost) == 0:
        return _empty(program)
    count, column_part, row_part = parts_of(program)
    groups = _groups(program, count, column_part, row_part)
    node_limit = max(1, round(time_limit_s * NODES_PER_SECOND)) if is_deterministic else None
    sizes = np.bincount(column_part, minlength=count)
    groups, large = _set_apart(program, groups, sizes, column_part, largest_part)
    gaps = _gaps(program, groups + large, sizes, column_part, relative_gap)
    is_in_turn = map is one_by_one  # then the time that one part leaves goes to the next

    def jobs(some: list[Ints]) -> Iterator[Job]:
        waiting = float(sum(sizes[group].sum() for group in some))
        for group, (part, columns, rows) in zip(some, pieces(program, some, column_part, row_part), strict=True):
            left = time_limit_s - (time.perf_counter() - begun)
            share = GUARD_S if is_deterministic else max(0.1, left * len(columns) / max(1.0, waiting))
            waiting -= len(columns) if is_in_turn else 0
            relative, absolute = gaps.get(int(group[0]), (relative_gap, 0.0))
            effort = Effort(relative_gap=relative, absolute_gap=absolute, time_limit_s=share, seed=seed, node_limit=node_limit)
            yield Job(program=part, effort=effort, columns=columns, rows=rows,
                      basis=basis if len(groups) == 1 else None,
                      start=None if start is None else start[columns])  # fmt: skip

    pairs = chain(
        _with_answers(jobs(groups) if is_in_turn else list(jobs(groups)), map),
        ((job, _by_blocks(job, largest_part or len(program.cost), map)) for job in jobs(large)),
    )
    values, bound = np.zeros(len(program.cost)), 0.0
    row_duals, reduced_costs = np.full(len(program.row_lower), np.nan), np.full(len(program.cost), np.nan)
    statuses: list[str] = []
    engines: set[str] = set()
    ended = None
    for job, part in pairs:
        if is_cancelled is not None and is_cancelled():
            raise SolverError("cancelled")
        statuses.append(part.status)
        engines |= set(part.engine.split("+"))
        if part.status in ("infeasible", "unbounded", "no_solution"):
            break
        values[job.columns] = part.values
        row_duals[job.rows], reduced_costs[job.columns] = part.row_duals, part.reduced_costs
        bound += part.bound
        ended = part.basis if len(groups) == 1 else None
        if progress is not None:
            progress(len(statuses) / len(groups + large))
    worst = next((s for s in ("infeasible", "unbounded", "no_solution", "feasible") if s in statuses), "optimal")
    found = worst in ("optimal", "feasible")
    solution = Solution(
        status=worst,
        values=values if found else np.empty(0),
        objective=float(program.cost @ values) if found else float("nan"),
        bound=bound if found else float("-inf"),
        row_duals=row_duals,
        reduced_costs=reduced_costs,
        engine="+".join(sorted(engines - {"none"})) or "none",
        seconds=time.perf_counter() - begun,
        parts=count,
        basis=ended if found else None,
    )
    if found:
        verify(program, solution)
    # Parts that fell short of the gap, beside others that were proved beyond it, may leave the whole within it.
    return replace(solution, status="optimal") if worst == "feasible" and solution.gap <= relative_gap else solution


def solve_part(job: Job) -> Solution:
    """Solve one job: what a process of a pool is asked for.

    Parameters
    ----------
    job
        Checked with the whole.

    Returns
    -------
    Solution
    """
    program = job.program
    if not len(program.cost):
        return _empty(program)
    if program.products is not None:
        found = answer(lifted(program), job.effort)
        return _without_shares(program, found)
    # Doors that are held leave nothing to search for: what is left is linear.
    is_free = program.is_integer & ((program.lower < program.upper) | (program.lower != np.round(program.lower)))
    if not is_free.any():
        return answer(replace(program, is_integer=np.zeros_like(is_free)), job.effort, basis=job.basis)
    if is_free.sum() >= charges.FROM:
        charged = charges.charged_flows(program)
        if len(charged.whole) >= charges.FROM:
            return charges.charged_answer(program, charged, job.effort)
    return branched_answer(program, job.effort) if job.start is None else started_answer(program, job.effort, job.start)


def _without_shares(program: Program, found: Solution) -> Solution:
    """The answer to a lifted programme in the columns and rows of the programme itself."""
    columns, rows = len(program.cost), len(program.row_lower)
    return replace(found, values=found.values[:columns], reduced_costs=found.reduced_costs[:columns],
                   row_duals=found.row_duals[:rows])  # fmt: skip


def _gaps(
    program: Program, groups: list[Ints], sizes: Ints, column_part: Ints, relative_gap: float
) -> dict[int, tuple[float, float]]:
    """The gap of the whole shared among the groups that are branched on: half by what they cost, half by their whole columns.

    A part that is a hundredth of the costs and hard to prove would otherwise be proved to a millionth of the whole. What each
    costs at least is read off the relaxation, so that the sum of all shares is never more than the gap of the whole.

    Returns
    -------
    dict
        Relative and absolute gap by the first part of each such group; nothing where there is nothing to share.
    """
    whole = np.bincount(column_part, weights=program.is_integer & (program.lower < program.upper), minlength=len(sizes))
    hard = [group for group in groups if whole[group].sum() > 0]
    if len(hard) < 2 or len(program.cost) > SHARED_UP_TO or program.products is not None:
        return {}
    relaxed = answer(replace(program, is_integer=np.zeros_like(program.is_integer)), Effort(relative_gap=relative_gap))
    if relaxed.status != "optimal":
        return {}
    costs = np.bincount(column_part, weights=program.cost * relaxed.values, minlength=len(sizes))
    least = np.array([costs[group].sum() for group in hard])
    if (least <= 0).any() or relaxed.objective < least.sum():  # a sum of both signs bounds no magnitude
        return {}
    doors = np.array([whole[group].sum() for group in hard])
    allowed = relative_gap * relaxed.objective * (least / least.sum() + doors / doors.sum()) / 2
    relative = np.minimum(relative_gap, allowed / least)
    return {int(group[0]): (float(some), float(most)) for group, some, most in zip(hard, relative, allowed, strict=True)}


def _set_apart(
    program: Program, groups: list[Ints], sizes: Ints, column_part: Ints, largest_part: int | None
) -> tuple[list[Ints], list[Ints]]:
    """The groups that are solved as they are, and the parts that are solved by blocks."""
    if largest_part is None or program.products is not None:
        return groups, []
    is_hard = np.zeros(len(sizes), dtype=bool)
    is_hard[column_part[program.is_integer]] = True
    large = [len(group) == 1 and bool((is_hard & (sizes > largest_part))[group[0]]) for group in groups]
    return ([group for group, is_large in zip(groups, large, strict=True) if not is_large],
            [group for group, is_large in zip(groups, large, strict=True) if is_large])  # fmt: skip


def _by_blocks(job: Job, most: int, apply: Map) -> Solution:
    """One large part by blocks, or whole where the blocks find no plan."""

    def solves(programs: list[Program], effort: Effort) -> Iterable[Solution]:
        columns = sum(len(some.cost) for some in programs)
        return apply(solve_part, [
            Job(program=some, columns=np.arange(len(some.cost)), rows=np.arange(len(some.row_lower)),
                effort=replace(effort, time_limit_s=max(0.1, effort.time_limit_s * len(some.cost) / columns)))
            for some in programs
        ])  # fmt: skip

    found = split_answer(job.program, job.effort, most=most, solves=solves)
    return solve_part(job) if found is None else found


def _with_answers(jobs: Iterable[Job], apply: Map) -> Iterator[tuple[Job, Solution]]:
    """Jobs with their answers, as they come; a lazy `map` makes the next job only when the last is done."""
    if isinstance(jobs, list):
        yield from zip(jobs, apply(solve_part, jobs), strict=True)
        return
    for job in jobs:
        yield job, solve_part(job)


def _groups(program: Program, count: int, column_part: Ints, row_part: Ints) -> list[Ints]:
    """Parts that are solved in one call: the continuous ones, then the hard ones, the small of each kind together."""
    is_hard = np.zeros(count, dtype=bool)
    is_hard[column_part[program.is_integer]] = True
    if program.products is not None:
        is_hard[row_part[program.products.row]] = True
    sizes = np.bincount(column_part, minlength=count)
    easy, hard = np.flatnonzero(~is_hard), np.flatnonzero(is_hard)
    if sizes[easy].sum() <= EASY_COLUMNS:
        return ([easy] if len(easy) else []) + batches(hard, sizes, HARD_COLUMNS)
    return batches(easy, sizes, EASY_COLUMNS) + batches(hard, sizes, HARD_COLUMNS)


def _empty(program: Program) -> Solution:
    """A programme without columns: its rows hold at nothing, or they do not."""
    infeasible = bool(((program.row_lower > 0) | (program.row_upper < 0)).any())
    nothing = np.empty(0)
    return Solution(status="infeasible" if infeasible else "optimal", values=nothing, objective=0.0, bound=0.0,
                    row_duals=np.full(len(program.row_lower), np.nan), reduced_costs=nothing, engine="none", seconds=0.0,
                    parts=0)  # fmt: skip
