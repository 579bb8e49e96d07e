"""From a linear programme in sparse columns to a solution that was checked: the only package that knows OR-Tools.

`Program` is plain numbers; `solve` is a function from `Program` to `Solution`. The engines sit behind MathOpt, whose
ModelProto is filled by whole columns (objects per variable are tens of times slower). What was learned of the engines, and
is held here:

- GLOP relaxes integers silently and says OPTIMAL: it is never given one;
- engines answer nonsense to NaN and infinities: every number is checked before;
- MathOpt's Python raises AttributeError on bad models: every exception becomes a :class:`SolverError`;
- a bound is believed only as far as the arithmetic allows: the objective is recomputed, and a result that breaks a row, a
  bound or integrality is refused;
- disjoint parts of the row–column graph are solved apart: the continuous parts in one call, each part with integers or
  products of columns alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from symbiosis.solvers.engines import Effort, answer
from symbiosis.solvers.parts import batches, parts_of, piece
from symbiosis.solvers.program import (
    FEASIBILITY_TOLERANCE,
    LARGEST_NUMBER,
    Basis,
    Products,
    Program,
    Solution,
    check,
    verify,
)

__all__ = [
    "FEASIBILITY_TOLERANCE",
    "LARGEST_NUMBER",
    "Basis",
    "Products",
    "Program",
    "Solution",
    "check",
    "parts_of",
    "solve",
    "verify",
]


def solve(
    program: Program,
    *,
    relative_gap: float = 1e-6,
    time_limit_s: float = 60.0,
    seed: int = 7,
    progress: Callable[[float], None] | None = None,
) -> Solution:
    """Solve a programme and check the answer.

    Parameters
    ----------
    program
        The programme.
    relative_gap
        Accepted distance to the bound.
    time_limit_s
        Seconds for the whole; parts that were not reached keep the programme's status honest.
    seed
        Seed of the engines.
    progress
        Called with the share that is done.

    Returns
    -------
    Solution

    Raises
    ------
    ProgramError
        If the programme is refused (:func:`check`).
    SolverError
        If an engine fails, or its answer does not survive our arithmetic.
    """
    check(program)
    begun = time.perf_counter()
    columns, rows = len(program.cost), len(program.row_lower)
    values, row_duals = np.zeros(columns), np.full(rows, np.nan)
    reduced_costs = np.full(columns, np.nan)
    if columns == 0:
        infeasible = bool(((program.row_lower > 0) | (program.row_upper < 0)).any())
        return Solution(status="infeasible" if infeasible else "optimal", values=values, objective=0.0, bound=0.0,
                        row_duals=row_duals, reduced_costs=reduced_costs, engine="none", seconds=0.0, parts=0)  # fmt: skip
    count, column_part, row_part = parts_of(program)
    is_hard = np.zeros(count, dtype=bool)
    is_hard[column_part[program.is_integer]] = True
    if program.products is not None:
        is_hard[row_part[program.products.row]] = True
    jobs = [np.flatnonzero(~is_hard)] if (~is_hard).any() else []
    jobs += batches(np.flatnonzero(is_hard), np.bincount(column_part, minlength=count))
    bound, statuses, engines = 0.0, [], []
    for done, job in enumerate(jobs):
        chosen = np.zeros(count, dtype=bool)
        chosen[job] = True
        some_columns, some_rows = np.flatnonzero(chosen[column_part]), np.flatnonzero(chosen[row_part])
        left = max(0.1, time_limit_s - (time.perf_counter() - begun))
        part = answer(piece(program, some_columns, some_rows), Effort(relative_gap=relative_gap, time_limit_s=left, seed=seed))
        statuses.append(part.status)
        engines.append(part.engine)
        if part.status in ("infeasible", "unbounded", "no_solution"):
            break
        values[some_columns] = part.values
        row_duals[some_rows], reduced_costs[some_columns] = part.row_duals, part.reduced_costs
        bound += part.bound
        if progress is not None:
            progress((done + 1) / len(jobs))
    worst = next((s for s in ("infeasible", "unbounded", "no_solution", "feasible") if s in statuses), "optimal")
    found = worst in ("optimal", "feasible")
    solution = Solution(
        status=worst,
        values=values if found else np.empty(0),
        objective=float(program.cost @ values) if found else float("nan"),
        bound=bound if found else float("-inf"),
        row_duals=row_duals,
        reduced_costs=reduced_costs,
        engine="+".join(sorted(set(engines))),
        seconds=time.perf_counter() - begun,
        parts=count,
    )
    if found:
        verify(program, solution)
    return solution
