"""From a linear programme in sparse columns to a solution that was checked: the only module that knows OR-Tools.

`Program` is plain numbers; `solve` is a function from `Program` to `Solution`. The engines sit behind MathOpt, whose
ModelProto is filled by whole columns (objects per variable are tens of times slower). What was learned of the engines, and
is held here:

- GLOP relaxes integers silently and says OPTIMAL: it is never given one;
- engines answer nonsense to NaN and infinities: every number is checked before;
- MathOpt's Python raises AttributeError on bad models: every exception becomes a :class:`SolverError`;
- a bound is believed only as far as the arithmetic allows: the objective is recomputed, and a result that breaks a row, a
  bound or integrality is refused;
- disjoint parts of the row–column graph are solved apart: the continuous parts in one call, each part with integers alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from symbiosis.errors import ProgramError, SolverError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST_NUMBER = 1e9
"""Coefficients and finite bounds beyond this are refused: engines compute in doubles with absolute tolerances near 1e-6."""

FEASIBILITY_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Minimise ``cost @ x`` subject to ``row_lower <= A x <= row_upper`` and ``lower <= x <= upper``.

    Attributes
    ----------
    cost, lower, upper
        One value per column, shape (columns,).
    is_integer
        Columns that take whole values, shape (columns,).
    row_lower, row_upper
        One value per row, shape (rows,); infinite where a side is open.
    row, column, value
        Non-zero coefficients of the matrix, shape (non-zeros,); a place stands once.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    is_integer: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    row: Ints
    column: Ints
    value: Floats

    @property
    def matrix(self) -> sparse.csr_array:
        """The coefficients as a sparse matrix, shape (rows, columns)."""
        return sparse.csr_array((self.value, (self.row, self.column)), shape=(len(self.row_lower), len(self.cost)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What an engine found, after our own arithmetic.

    Attributes
    ----------
    status
        ``optimal`` (gap within what was asked), ``feasible`` (a plan, not proved to that gap), ``infeasible``,
        ``unbounded`` or ``no_solution`` (nothing found in the time).
    values
        One value per column, or empty.
    objective
        ``cost @ values``, recomputed.
    bound
        No plan costs less than this; minus infinity where nothing was proved.
    row_duals, reduced_costs
        Prices of rows and columns; on parts with integers, the prices with these held at their values.
    engine
        Engines that were used.
    seconds
        Wall time.
    parts
        Number of disjoint parts of the programme.
    """

    status: str
    values: Floats
    objective: float
    bound: float
    row_duals: Floats
    reduced_costs: Floats
    engine: str
    seconds: float
    parts: int

    @property
    def gap(self) -> float:
        """Relative distance between the plan and the bound: 0 means proved best, infinite that nothing was proved."""
        if not np.isfinite(self.bound) or not np.isfinite(self.objective):
            return float("inf")
        return max(0.0, self.objective - self.bound) / max(1e-9, abs(self.objective), abs(self.bound))


def check(program: Program) -> None:
    """Refuse a programme that no engine may see.

    Parameters
    ----------
    program
        The programme.

    Raises
    ------
    ProgramError
        On NaN, an infinite coefficient, a number beyond :data:`LARGEST_NUMBER`, bounds that cross, a place of the matrix
        that is outside or stands twice, or arrays of unequal length.
    """
    columns, rows = len(program.cost), len(program.row_lower)
    lengths = {
        "lower": (program.lower, columns), "upper": (program.upper, columns), "is_integer": (program.is_integer, columns),
        "row_upper": (program.row_upper, rows), "row": (program.row, len(program.value)),
        "column": (program.column, len(program.value)),
    }  # fmt: skip
    for name, (array, length) in lengths.items():
        if len(array) != length:
            raise ProgramError(f"{name} has {len(array)} entries, not {length}")
    for name, array in (("cost", program.cost), ("matrix", program.value)):
        if not np.isfinite(array).all():
            raise ProgramError(f"{name} holds a number that is not finite")
        if len(array) and np.abs(array).max() > LARGEST_NUMBER:
            raise ProgramError(f"{name} holds {np.abs(array).max():.3g}, beyond {LARGEST_NUMBER:.0e}: choose a larger unit")
    for name, low, high in (("column", program.lower, program.upper), ("row", program.row_lower, program.row_upper)):
        if np.isnan(low).any() or np.isnan(high).any():
            raise ProgramError(f"a {name} bound is not a number")
        if (np.isposinf(low) | np.isneginf(high)).any():
            raise ProgramError(f"a {name} bound is infinite on the wrong side")
        finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
        if len(finite) and np.abs(finite).max() > LARGEST_NUMBER:
            raise ProgramError(f"a {name} bound is beyond {LARGEST_NUMBER:.0e}: choose a larger unit")
        if (low > high).any():
            raise ProgramError(f"{name} {int(np.argmax(low > high))}: its lower bound is above its upper bound")
    _check_places(program)


def _check_places(program: Program) -> None:
    columns, rows = len(program.cost), len(program.row_lower)
    if not len(program.value):
        return
    if program.row.min() < 0 or program.row.max() >= rows or program.column.min() < 0 or program.column.max() >= columns:
        raise ProgramError("a coefficient stands outside the matrix")
    place = program.row.astype(np.int64) * columns + program.column
    if len(np.unique(place)) < len(place):
        raise ProgramError("a coefficient stands twice at one place")


def parts_of(program: Program) -> tuple[int, Ints, Ints]:
    """Disjoint parts of the row–column graph.

    Returns
    -------
    count
        How many.
    column_part, row_part
        The part of each column and of each row.
    """
    columns, rows = len(program.cost), len(program.row_lower)
    ones = np.ones(len(program.value), dtype=np.int8)
    graph = sparse.coo_array((ones, (program.row + columns, program.column)), shape=(columns + rows, columns + rows))
    count, label = csgraph.connected_components(graph.tocsr(), directed=False)
    return int(count), label[:columns].astype(np.int64), label[columns:].astype(np.int64)


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
    has_integer = np.zeros(count, dtype=bool)
    has_integer[column_part[program.is_integer]] = True
    jobs = [np.flatnonzero(~has_integer)] if (~has_integer).any() else []
    jobs += _batches(np.flatnonzero(has_integer), np.bincount(column_part, minlength=count))
    bound, statuses, engines = 0.0, [], []
    for done, job in enumerate(jobs):
        chosen = np.zeros(count, dtype=bool)
        chosen[job] = True
        some_columns, some_rows = np.flatnonzero(chosen[column_part]), np.flatnonzero(chosen[row_part])
        piece = _piece(program, some_columns, some_rows)
        left = max(0.1, time_limit_s - (time.perf_counter() - begun))
        answer = _solve_piece(piece, relative_gap=relative_gap, time_limit_s=left, seed=seed)
        statuses.append(answer.status)
        engines.append(answer.engine)
        if answer.status in ("infeasible", "unbounded", "no_solution"):
            break
        values[some_columns] = answer.values
        row_duals[some_rows], reduced_costs[some_columns] = answer.row_duals, answer.reduced_costs
        bound += answer.bound
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


BATCH_COLUMNS = 400
"""Parts with integers are put together up to this size: a call costs more than a handful of columns."""


def _batches(parts: Ints, sizes: Ints) -> list[Ints]:
    """Parts in order, small ones together in one call of the engine."""
    large = sizes[parts] >= BATCH_COLUMNS // 2
    small = parts[~large]
    batch = np.cumsum(sizes[small]) // BATCH_COLUMNS
    return [*(np.array([part]) for part in parts[large]), *(small[batch == number] for number in np.unique(batch))]


def verify(program: Program, solution: Solution) -> None:
    """Recompute every row, bound and whole number of a solution, in plain arithmetic.

    Parameters
    ----------
    program, solution
        What was asked and what was answered.

    Raises
    ------
    SolverError
        Naming the first thing that does not hold, or an objective better than its proved bound.
    """
    x = solution.values
    if not np.isfinite(x).all():
        raise SolverError("the engine returned a value that is not finite")
    slack = FEASIBILITY_TOLERANCE * np.maximum(1.0, np.abs(x))
    if (x < program.lower - slack).any() or (x > program.upper + slack).any():
        raise SolverError("the engine's answer breaks a bound of a column")
    fraction = np.abs(x - np.round(x))[program.is_integer]
    if (fraction > FEASIBILITY_TOLERANCE).any():
        raise SolverError("the engine's answer is not whole where it must be")
    matrix = program.matrix
    activity = matrix @ x
    scale = np.maximum(1.0, np.asarray(abs(matrix) @ np.abs(x)))
    over = np.maximum(program.row_lower - activity, activity - program.row_upper)
    if len(over) and (over > FEASIBILITY_TOLERANCE * scale).any():
        raise SolverError(f"the engine's answer breaks row {int(np.argmax(over / scale))} by {over.max():.3g}")
    objective = float(program.cost @ x)
    tolerance = FEASIBILITY_TOLERANCE * max(1.0, float(np.abs(program.cost) @ np.abs(x)))
    if abs(objective - solution.objective) > tolerance:
        raise SolverError("the engine's objective is not the one of its plan")
    if np.isfinite(solution.bound) and objective < solution.bound - tolerance:
        raise SolverError("the plan is better than the bound that was called proved")


def _piece(program: Program, columns: Ints, rows: Ints) -> Program:
    """The rows and columns of some parts as a programme of their own."""
    new_column = np.full(len(program.cost), -1, dtype=np.int64)
    new_column[columns] = np.arange(len(columns))
    new_row = np.full(len(program.row_lower), -1, dtype=np.int64)
    new_row[rows] = np.arange(len(rows))
    kept = new_column[program.column] >= 0
    return Program(
        cost=program.cost[columns], lower=program.lower[columns], upper=program.upper[columns],
        is_integer=program.is_integer[columns], row_lower=program.row_lower[rows], row_upper=program.row_upper[rows],
        row=new_row[program.row[kept]], column=new_column[program.column[kept]], value=program.value[kept],
    )  # fmt: skip


def _model_proto(program: Program) -> Any:
    from ortools.math_opt import model_pb2

    model = model_pb2.ModelProto()
    columns, rows = len(program.cost), len(program.row_lower)
    model.variables.ids.extend(np.arange(columns))
    model.variables.lower_bounds.extend(program.lower)
    model.variables.upper_bounds.extend(program.upper)
    model.variables.integers.extend(program.is_integer)
    used = np.flatnonzero(program.cost)
    model.objective.linear_coefficients.ids.extend(used)
    model.objective.linear_coefficients.values.extend(program.cost[used])
    model.linear_constraints.ids.extend(np.arange(rows))
    model.linear_constraints.lower_bounds.extend(program.row_lower)
    model.linear_constraints.upper_bounds.extend(program.row_upper)
    order = np.lexsort((program.column, program.row))
    order = order[program.value[order] != 0.0]
    model.linear_constraint_matrix.row_ids.extend(program.row[order])
    model.linear_constraint_matrix.column_ids.extend(program.column[order])
    model.linear_constraint_matrix.coefficients.extend(program.value[order])
    return model


def _dense(vector: Any, length: int) -> Floats:
    out = np.zeros(length)
    out[np.fromiter(vector.ids, dtype=np.int64, count=len(vector.ids))] = np.fromiter(
        vector.values, dtype=np.float64, count=len(vector.values)
    )
    return out


def _solve_piece(program: Program, *, relative_gap: float, time_limit_s: float, seed: int) -> Solution:
    """One call of one engine: GLOP where all is continuous, HiGHS where something is whole."""
    from ortools.math_opt import callback_pb2, parameters_pb2, result_pb2
    from ortools.math_opt.core.python import solver as core
    from ortools.math_opt.python import mathopt

    begun = time.perf_counter()
    is_mip = bool(program.is_integer.any())
    engine = mathopt.SolverType.HIGHS if is_mip else mathopt.SolverType.GLOP
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=time_limit_s), random_seed=seed)
    proto = parameters.to_proto()
    if is_mip:
        proto.relative_gap_tolerance = relative_gap
        # HiGHS prints to the console whatever MathOpt is told: a script reads JSON there.
        proto.highs.bool_options["output_flag"] = False
        proto.highs.bool_options["log_to_console"] = False
    try:
        answer = core.solve(
            _model_proto(program), engine.value, parameters_pb2.SolverInitializerProto(), proto,
            mathopt.ModelSolveParameters().to_proto(), None, callback_pb2.CallbackRegistrationProto(), None, None,
        )  # fmt: skip
    except Exception as error:  # MathOpt raises whatever it meets, AttributeError among others
        raise SolverError(f"{engine.name} failed: {type(error).__name__}: {error}") from error
    reason = result_pb2.TerminationReasonProto.Name(answer.termination.reason).removeprefix("TERMINATION_REASON_")
    columns, rows = len(program.cost), len(program.row_lower)
    nothing = {"values": np.empty(0), "objective": float("nan"), "bound": float("-inf"), "row_duals": np.empty(0),
               "reduced_costs": np.empty(0), "engine": engine.name, "parts": 1}  # fmt: skip
    status = {"INFEASIBLE": "infeasible", "UNBOUNDED": "unbounded", "INFEASIBLE_OR_UNBOUNDED": "unbounded",
              "NO_SOLUTION_FOUND": "no_solution"}.get(reason)  # fmt: skip
    if status is not None:
        if status != "no_solution":
            status = _why_none(program, time_limit_s) if np.any(program.cost) else "infeasible"
        return Solution(status=status, seconds=time.perf_counter() - begun, **nothing)
    if reason not in ("OPTIMAL", "FEASIBLE"):
        raise SolverError(f"{engine.name} ended with {reason}: {answer.termination.detail}")
    best = answer.solutions[0]
    values = np.clip(_dense(best.primal_solution.variable_values, columns), program.lower, program.upper)
    if is_mip:
        polished = _polished(program, values, time_limit_s)
        values, row_duals, reduced_costs = polished.values, polished.row_duals, polished.reduced_costs
        bound = float(answer.termination.objective_bounds.dual_bound)
    else:
        row_duals = _dense(best.dual_solution.dual_values, rows)
        reduced_costs = _dense(best.dual_solution.reduced_costs, columns)
        # A vertex of a linear programme that GLOP calls optimal is its own bound; anything less proves nothing.
        bound = float(program.cost @ values) if reason == "OPTIMAL" else float("-inf")
    objective = float(program.cost @ values)
    slack = FEASIBILITY_TOLERANCE * max(1.0, float(np.abs(program.cost) @ np.abs(values)))
    if bound > objective + slack:
        raise SolverError(f"{engine.name} proved a bound that its own plan beats: {bound:.9g} above {objective:.9g}")
    bound = min(bound, objective)
    proved = objective - bound <= relative_gap * max(1e-9, abs(objective), abs(bound)) + slack
    return Solution(
        status="optimal" if proved else "feasible", values=values, objective=objective, bound=bound, row_duals=row_duals,
        reduced_costs=reduced_costs, engine=engine.name, seconds=time.perf_counter() - begun, parts=1,
    )  # fmt: skip


def _polished(program: Program, values: Floats, time_limit_s: float) -> Solution:
    """The continuous columns solved again with the whole ones rounded and held.

    An engine calls 1e-7 a zero; times a capacity of a million that is a tenth of a tonne through a closed door. Held at true
    whole numbers, the rest is a linear programme, whose duals are the prices with integers fixed.
    """
    whole = np.round(values)
    held = Program(
        cost=program.cost,
        lower=np.where(program.is_integer, whole, program.lower),
        upper=np.where(program.is_integer, whole, program.upper),
        is_integer=np.zeros_like(program.is_integer),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        row=program.row,
        column=program.column,
        value=program.value,
    )
    answer = _solve_piece(held, relative_gap=0.0, time_limit_s=max(time_limit_s, 1.0), seed=0)
    if answer.status not in ("optimal", "feasible"):
        raise SolverError(f"the plan does not stand with its whole numbers held: {answer.status}")
    return answer


def _why_none(program: Program, time_limit_s: float) -> str:
    """Infeasible or unbounded: engines mix the two up, so the same rows are asked again without an objective."""
    silent = Program(
        cost=np.zeros_like(program.cost), lower=program.lower, upper=program.upper, is_integer=program.is_integer,
        row_lower=program.row_lower, row_upper=program.row_upper, row=program.row, column=program.column,
        value=program.value,
    )  # fmt: skip
    feasible = _solve_piece(silent, relative_gap=1.0, time_limit_s=time_limit_s, seed=0)
    return {"infeasible": "infeasible", "no_solution": "no_solution"}.get(feasible.status, "unbounded")
