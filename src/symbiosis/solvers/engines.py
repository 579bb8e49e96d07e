"""One call of one engine through MathOpt, and what is believed of its answer.

MathOpt takes a ModelProto. Its repeated fields are packed: whole columns of doubles stand in the message as they stand in
memory, so the message is written as bytes (0.1 s less per 100,000 columns than `extend`, which visits every number).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np

from symbiosis.errors import SolverError
from symbiosis.solvers.program import Basis, Floats, Ints, Products, Program, Solution, objective_slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How far an engine may go.

    Attributes
    ----------
    relative_gap
        Accepted distance to the bound.
    absolute_gap
        Accepted as well, in units of the objective.
    time_limit_s
        Seconds by the wall.
    seed
        Seed of the engine.
    node_limit
        Nodes of the branching, for answers that no clock may change; None where the clock rules.
    """

    relative_gap: float = 1e-6
    absolute_gap: float = 0.0
    time_limit_s: float = 60.0
    seed: int = 7
    node_limit: int | None = None


COUNTED_COLUMNS, COUNTED_NODES = 500, 2000
"""Parts of so few columns, most of whose whole ones count beyond one (lorries), are given to GSCIP first, for so many nodes: on
one of 159 columns HiGHS spent 3 s at the root where GSCIP proved the same in 0.2 s; on eight others they took about as long."""


def branched_answer(program: Program, effort: Effort, *, start: Floats | None = None) -> Solution:
    """The answer to a programme with whole columns, of the engine that suits it.

    Parameters
    ----------
    program, effort, start
        As for :func:`answer`; without products.

    Returns
    -------
    Solution
        Where the first engine gives up, the best plan and the best bound of both.
    """
    counts = program.is_integer & (program.upper - program.lower > 1)
    if len(program.cost) > COUNTED_COLUMNS or 2 * counts.sum() <= program.is_integer.sum():
        return answer(program, effort, start=start)
    few = min(COUNTED_NODES, effort.node_limit or COUNTED_NODES)
    first = answer(program, replace(effort, node_limit=few), engine="GSCIP")
    if first.status not in ("feasible", "no_solution"):
        return first
    left = max(0.1, effort.time_limit_s - first.seconds)
    second = answer(program, replace(effort, time_limit_s=left), start=start)
    if second.status not in ("optimal", "feasible"):
        return second if first.status == "no_solution" else first
    best = second if first.status == "no_solution" or second.objective <= first.objective else first
    best = replace(best, bound=min(max(first.bound, second.bound), best.objective), engine="GSCIP+HIGHS",
                   seconds=first.seconds + second.seconds)  # fmt: skip
    # What proves the plan of the second proves a better one all the more.
    return replace(best, status="optimal" if second.status == "optimal" or best.gap <= effort.relative_gap else "feasible")


def answer(
    program: Program, effort: Effort, *, basis: Basis | None = None, start: Floats | None = None, engine: str = ""
) -> Solution:
    """One call of one engine: GLOP where all is continuous, HiGHS where something is whole, GSCIP where columns multiply.

    Parameters
    ----------
    program
        Checked before; not empty.
    effort
        Limits.
    basis
        Where GLOP may start; the others have no use for it.
    start
        A plan that HiGHS may start from, if it holds: at a gap of a thousandth it often has nothing left to look for.
    engine
        Another than that which is given such a programme.

    Returns
    -------
    Solution

    Raises
    ------
    SolverError
        If the engine fails or says what its own plan belies.
    """
    begun = time.perf_counter()
    engine = engine or engine_of(program)
    result = _called(program, engine, effort, basis, start=start)
    if engine == "GLOP" and _reason(result) in ("IMPRECISE", "NUMERICAL_ERROR"):
        engine = "HIGHS"
        result = _called(program, engine, effort, None)
    status = _status(program, engine, effort, result)
    if status in ("infeasible", "unbounded", "no_solution"):
        return Solution(status=status, values=np.empty(0), objective=float("nan"), bound=float("-inf"), row_duals=np.empty(0),
                        reduced_costs=np.empty(0), engine=engine, seconds=time.perf_counter() - begun, parts=1)  # fmt: skip
    found = _found(program, result, effort, status)
    if engine == "HIGHS" and program.is_integer.any() and _is_belied(program, found):
        # Presolve works with tolerances of its own: on a front of 874 columns it cut off the best plan by 5e-6 of its worth,
        # and without it the same engine found and proved it.
        again = _called(program, engine, effort, None, has_presolve=False)
        if _status(program, engine, effort, again) in ("optimal", "feasible"):
            found = _found(program, again, effort, "feasible")
    slack = objective_slack(program, found.values)
    if _is_belied(program, found):
        raise SolverError(f"{engine} proved a bound that its own plan beats: {found.bound:.9g} above {found.objective:.9g}")
    bound = min(found.bound, found.objective)
    accepted = max(effort.absolute_gap, effort.relative_gap * max(1e-9, abs(found.objective), abs(bound)))
    proved = found.objective - bound <= accepted + slack
    return replace(found, status="optimal" if proved else "feasible", bound=bound, engine=engine,
                   seconds=time.perf_counter() - begun)  # fmt: skip


def _found(program: Program, result: Any, effort: Effort, status: str) -> Solution:
    """The best plan of a call, exact in its whole columns, with the bound that the engine states."""
    best = result.solutions[0]
    values = np.clip(_dense(best.primal_solution.variable_values, len(program.cost)), program.lower, program.upper)
    if engine_of(program) == "GLOP":
        return _linear(program, best, values, is_proved=status == "optimal")
    found = polished(program, values, effort) if program.products is None else _unpriced(program, values)
    return replace(found, bound=float(result.termination.objective_bounds.dual_bound))


def _is_belied(program: Program, found: Solution) -> bool:
    return found.bound > found.objective + objective_slack(program, found.values)


def load() -> None:
    """Load OR-Tools, before anything is asked of it."""
    from ortools.math_opt import callback_pb2, model_parameters_pb2, parameters_pb2, result_pb2  # noqa: F401
    from ortools.math_opt.core.python import solver  # noqa: F401
    from ortools.math_opt.python import mathopt  # noqa: F401


def engine_of(program: Program) -> str:
    """The engine that a programme is given to: GLOP relaxes whole columns silently and is never given one."""
    if program.products is not None and len(program.products.value):
        return "GSCIP"
    return "HIGHS" if program.is_integer.any() else "GLOP"


def _called(
    program: Program, engine: str, effort: Effort, basis: Basis | None,
    *, start: Floats | None = None, has_presolve: bool = True,
) -> Any:  # fmt: skip
    from ortools.math_opt import callback_pb2, model_parameters_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver as core
    from ortools.math_opt.python import mathopt

    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=effort.time_limit_s), random_seed=effort.seed)
    proto = parameters.to_proto()
    if engine != "GLOP":
        proto.relative_gap_tolerance = effort.relative_gap
        if effort.absolute_gap > 0:
            proto.absolute_gap_tolerance = effort.absolute_gap
        if effort.node_limit is not None:
            proto.node_limit = effort.node_limit
    if engine == "HIGHS":
        # HiGHS prints to the console whatever MathOpt is told: a script reads JSON there.
        proto.highs.bool_options["output_flag"] = False
        proto.highs.bool_options["log_to_console"] = False
        if not has_presolve:
            proto.highs.string_options["presolve"] = "off"
    try:
        hints = model_parameters_pb2.ModelSolveParametersProto()
        if basis is not None and engine == "GLOP":
            hints.initial_basis.MergeFromString(_basis_bytes(basis))
        if start is not None and engine == "HIGHS":
            # Whoever has a plan needs no search for a first one.
            proto.highs.bool_options["mip_heuristic_run_feasibility_jump"] = False
            hints.solution_hints.add().variable_values.MergeFromString(
                _packed_ids(1, np.arange(len(start))) + _packed(2, start)
            )
        return core.solve(
            model_proto(program), mathopt.SolverType[engine].value, parameters_pb2.SolverInitializerProto(), proto, hints,
            None, callback_pb2.CallbackRegistrationProto(), None, None,
        )  # fmt: skip
    except Exception as error:  # MathOpt raises whatever it meets, AttributeError among others
        raise SolverError(f"{engine} failed: {type(error).__name__}: {error}") from error


def _reason(result: Any) -> str:
    from ortools.math_opt import result_pb2

    return str(result_pb2.TerminationReasonProto.Name(result.termination.reason).removeprefix("TERMINATION_REASON_"))


def _status(program: Program, engine: str, effort: Effort, result: Any) -> str:
    reason = _reason(result)
    status = {"INFEASIBLE": "infeasible", "UNBOUNDED": "unbounded", "INFEASIBLE_OR_UNBOUNDED": "unbounded",
              "NO_SOLUTION_FOUND": "no_solution", "OPTIMAL": "optimal", "FEASIBLE": "feasible"}.get(reason)  # fmt: skip
    if status is None:
        raise SolverError(f"{engine} ended with {reason}: {result.termination.detail}")
    if status in ("infeasible", "unbounded"):
        return _why_none(program, effort) if np.any(program.cost) else "infeasible"
    if not result.solutions:
        return "no_solution"
    return status


def _linear(program: Program, best: Any, values: Floats, *, is_proved: bool) -> Solution:
    """A vertex of a linear programme that GLOP calls optimal is its own bound; anything less proves nothing."""
    columns, rows = len(program.cost), len(program.row_lower)
    objective = float(program.cost @ values)
    return Solution(
        status="feasible", values=values, objective=objective, bound=objective if is_proved else float("-inf"),
        row_duals=_dense(best.dual_solution.dual_values, rows),
        reduced_costs=_dense(best.dual_solution.reduced_costs, columns),
        engine="GLOP", seconds=0.0, parts=1, basis=_basis(best.basis, columns, rows) if best.HasField("basis") else None,
    )  # fmt: skip


def _unpriced(program: Program, values: Floats) -> Solution:
    """A plan of a programme that is not convex: it has no duals that would be prices."""
    values = np.where(program.is_integer, np.round(values), values)
    return Solution(
        status="feasible", values=values, objective=float(program.cost @ values), bound=float("-inf"),
        row_duals=np.full(len(program.row_lower), np.nan), reduced_costs=np.full(len(program.cost), np.nan),
        engine="GSCIP", seconds=0.0, parts=1,
    )  # fmt: skip


def polished(program: Program, values: Floats, effort: Effort) -> Solution:
    """The continuous columns solved again with the whole ones rounded and held.

    An engine calls 1e-7 a zero; times a capacity of a million that is a tenth of a tonne through a closed door. Held at true
    whole numbers, the rest is a linear programme, whose duals are the prices with integers fixed.

    Parameters
    ----------
    program
        Without products.
    values
        A plan of it.
    effort
        Limits; whatever is left of the time, one second is given.

    Returns
    -------
    Solution
        Without a bound.

    Raises
    ------
    SolverError
        If nothing fits the whole numbers.
    """
    whole = np.round(values)
    held = replace(
        program,
        lower=np.where(program.is_integer, whole, program.lower),
        upper=np.where(program.is_integer, whole, program.upper),
        is_integer=np.zeros_like(program.is_integer),
    )
    found = answer(held, replace(effort, time_limit_s=max(effort.time_limit_s, 1.0)))
    if found.status not in ("optimal", "feasible"):
        raise SolverError(f"the plan does not stand with its whole numbers held: {found.status}")
    return replace(found, bound=float("-inf"))


def _why_none(program: Program, effort: Effort) -> str:
    """Infeasible or unbounded: engines mix the two up, so the same rows are asked again without an objective."""
    feasible = answer(replace(program, cost=np.zeros_like(program.cost)), replace(effort, relative_gap=1.0))
    return {"infeasible": "infeasible", "no_solution": "no_solution"}.get(feasible.status, "unbounded")


# ------------------------------------------------------------------------------------------------------ messages as bytes


def model_proto(program: Program) -> Any:
    """The programme as MathOpt's message."""
    from ortools.math_opt import model_pb2

    columns, rows = len(program.cost), len(program.row_lower)
    used = np.flatnonzero(program.cost)
    matrix = program.matrix
    has_product = np.zeros(rows, dtype=bool)
    if program.products is not None:
        has_product[program.products.row] = True
    linear = np.flatnonzero(~has_product)
    place = np.repeat(np.arange(rows), np.diff(matrix.indptr))
    kept = (matrix.data != 0.0) & ~has_product[place]
    variables = _packed_ids(1, np.arange(columns)) + _packed(2, program.lower) + _packed(3, program.upper)
    variables += _packed_bytes(4, program.is_integer.astype(np.uint8).tobytes())
    objective = _message(3, _packed_ids(1, used) + _packed(2, program.cost[used]))
    limits = _packed_ids(1, linear) + _packed(2, program.row_lower[linear]) + _packed(3, program.row_upper[linear])
    entries = _packed_ids(1, place[kept]) + _packed_ids(2, matrix.indices[kept]) + _packed(3, matrix.data[kept])
    proto = model_pb2.ModelProto.FromString(
        _message(2, variables) + _message(3, objective) + _message(4, limits) + _message(5, entries)
    )
    if program.products is not None:
        for row in np.flatnonzero(has_product):
            _write_products(proto.quadratic_constraints[int(row)], program, program.products, int(row))
    return proto


def _write_products(constraint: Any, program: Program, products: Products, row: int) -> None:
    here = products.row == row
    low = np.minimum(products.first, products.second)[here]
    high = np.maximum(products.first, products.second)[here]
    order = np.lexsort((high, low))
    terms = constraint.quadratic_terms
    terms.row_ids.extend(low[order].tolist())
    terms.column_ids.extend(high[order].tolist())
    terms.coefficients.extend(products.value[here][order].tolist())
    there = program.row == row
    order = np.argsort(program.column[there])
    constraint.linear_terms.ids.extend(program.column[there][order].tolist())
    constraint.linear_terms.values.extend(program.value[there][order].tolist())
    constraint.lower_bound, constraint.upper_bound = float(program.row_lower[row]), float(program.row_upper[row])


def _varints(numbers: Ints) -> bytes:
    """Numbers in seven bits a byte, the least first; the top bit says that more follow."""
    numbers = np.asarray(numbers, dtype=np.int64)
    most = max(1, -(-int(numbers.max(initial=0)).bit_length() // 7))
    groups = numbers[:, None] >> (7 * np.arange(most))
    more = groups[:, 1:] > 0
    out = (groups & 127).astype(np.uint8)
    out[:, :-1] |= more.astype(np.uint8) << 7
    kept = np.ones(out.shape, dtype=bool)
    kept[:, 1:] = more
    return out[kept].tobytes()


def _packed_bytes(field: int, data: bytes) -> bytes:
    return _varints(np.array([field << 3 | 2, len(data)])) + data


_message = _packed_bytes


def _packed(field: int, values: Floats) -> bytes:
    return _packed_bytes(field, np.ascontiguousarray(values, dtype="<f8").tobytes())


def _packed_ids(field: int, ids: Ints) -> bytes:
    return _packed_bytes(field, _varints(ids))


def _dense(vector: Any, length: int) -> Floats:
    """A sparse vector of MathOpt, whose ids increase: as many of them as there are places means all, in order."""
    if len(vector.ids) == length > 0:
        return np.frombuffer(vector.SerializeToString(), dtype=np.uint8)[-8 * length :].copy().view("<f8")
    out = np.zeros(length)
    out[list(vector.ids)] = list(vector.values)
    return out


def _basis(basis: Any, columns: int, rows: int) -> Basis:
    """The statuses of a basis stand at the end of their messages, one byte each."""

    def statuses(vector: Any, length: int) -> Any:
        data = np.frombuffer(vector.SerializeToString(), dtype=np.uint8)
        return data[len(data) - length :].copy()

    return Basis(columns=statuses(basis.variable_status, columns), rows=statuses(basis.constraint_status, rows))


def _basis_bytes(basis: Basis) -> bytes:
    def statuses(values: Any) -> bytes:
        return _packed_ids(1, np.arange(len(values))) + _packed_bytes(2, values.astype(np.uint8).tobytes())

    return _message(1, statuses(basis.rows)) + _message(2, statuses(basis.columns))
