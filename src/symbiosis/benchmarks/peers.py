"""The same programme as a user would write it elsewhere, beside ours, in one run: medians and ratios.

The programme is a transport of many outputs to their nearest needs. Each peer is handed the same arrays and writes them in its
own way, as its documentation shows; building, solving and reading the plan all count. A peer that is not installed is named so,
and nothing is said for it: ``pip install --group peers`` brings them. One that may take a hundred times as long runs in a child
process, which is ended once it has: then that is said, and no figure. Nothing is extrapolated.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module, util
from typing import IO, Any, cast

import numpy as np

from symbiosis.benchmarks.exchanges import Exchanges, all_to_all, exchanges, programme
from symbiosis.solvers import solve

# ---------------------------------------------------------------------------------------------- linear, as users write it


def ours(case: Exchanges) -> float:
    """What this project does."""
    return solve(programme(case), time_limit_s=3600.0).objective


def bare(
    case: Exchanges, engine: str = "GLOP", *, relative_gap: float = 0.0, time_limit_s: float = 3600.0
) -> tuple[float, float]:
    """MathOpt handed the same arrays, nothing checked; objective and bound."""
    core = import_module("ortools.math_opt.core.python.solver")
    mathopt = import_module("ortools.math_opt.python.mathopt")
    messages = {
        name: import_module(f"ortools.math_opt.{name}_pb2") for name in ("model", "parameters", "model_parameters", "callback")
    }
    program = programme(case)
    model = messages["model"].ModelProto()
    model.variables.ids.extend(range(len(program.cost)))
    model.variables.lower_bounds.extend(program.lower)
    model.variables.upper_bounds.extend(program.upper)
    model.variables.integers.extend(program.is_integer)
    model.objective.linear_coefficients.ids.extend(range(len(program.cost)))
    model.objective.linear_coefficients.values.extend(program.cost)
    model.linear_constraints.ids.extend(range(len(program.row_lower)))
    model.linear_constraints.lower_bounds.extend(program.row_lower)
    model.linear_constraints.upper_bounds.extend(program.row_upper)
    order = np.lexsort((program.column, program.row))
    order = order[program.value[order] != 0]
    model.linear_constraint_matrix.row_ids.extend(program.row[order])
    model.linear_constraint_matrix.column_ids.extend(program.column[order])
    model.linear_constraint_matrix.coefficients.extend(program.value[order])
    parameters = mathopt.SolveParameters().to_proto()
    parameters.time_limit.FromMilliseconds(round(1000 * time_limit_s))
    if engine == "HIGHS":
        parameters.relative_gap_tolerance = relative_gap
        parameters.highs.bool_options["output_flag"] = False
    answer = core.solve(
        model, mathopt.SolverType[engine].value, messages["parameters"].SolverInitializerProto(), parameters,
        messages["model_parameters"].ModelSolveParametersProto(), None, messages["callback"].CallbackRegistrationProto(), None,
        None,
    )  # fmt: skip
    bounds = answer.termination.objective_bounds
    return float(bounds.primal_bound), float(bounds.dual_bound)


def scipy_linprog(case: Exchanges) -> float:
    """SciPy, sparse matrices."""
    optimize, program = import_module("scipy.optimize"), programme(case)
    limits = np.column_stack([program.lower, program.upper])
    return float(optimize.linprog(program.cost, A_ub=program.matrix, b_ub=program.row_upper, bounds=limits, method="highs").fun)


def networkx_simplex(case: Exchanges) -> float:
    """Network simplex of networkx: whole kilogrammes and hundredths of a euro, as it asks for."""
    networkx = import_module("networkx")
    graph = networkx.DiGraph()
    offered, wanted = np.round(case.offered * 1000).astype(int), np.round(case.wanted * 1000).astype(int)
    graph.add_node("source", demand=-int(offered.sum()))
    graph.add_node("sink", demand=int(offered.sum()))
    graph.add_edge("source", "sink", weight=0)
    for i, tonnes in enumerate(offered.tolist()):
        graph.add_edge("source", ("o", i), weight=0, capacity=tonnes)
    for j, tonnes in enumerate(wanted.tolist()):
        graph.add_edge(("n", j), "sink", weight=0, capacity=tonnes)
    ends = zip(case.output.tolist(), case.need.tolist(), np.round(case.cost * 100).astype(int).tolist(), strict=True)
    for i, j, cents in ends:
        graph.add_edge(("o", i), ("n", j), weight=cents)
    return float(networkx.network_simplex(graph)[0]) / 1e5


def pulp_cbc(case: Exchanges) -> float:
    """PuLP with its CBC."""
    pulp = import_module("pulp")
    model = pulp.LpProblem("exchanges", pulp.LpMinimize)
    flow = [pulp.LpVariable(f"x{a}", 0, most) for a, most in enumerate(case.most.tolist())]
    model += pulp.lpSum(cost * x for cost, x in zip(case.cost.tolist(), flow, strict=True))
    for ends, limits in ((case.output, case.offered), (case.need, case.wanted)):
        members: list[list[Any]] = [[] for _ in limits]
        for place, x in zip(ends.tolist(), flow, strict=True):
            members[place].append(x)
        for some, limit in zip(members, limits.tolist(), strict=True):
            model += pulp.lpSum(some) <= limit
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    return float(pulp.value(model.objective))


def linopy_highs(case: Exchanges) -> float:
    """Linopy with HiGHS: one array of variables, grouped sums."""
    linopy, pandas, xarray = import_module("linopy"), import_module("pandas"), import_module("xarray")
    arcs = pandas.RangeIndex(len(case.cost), name="arc")
    model = linopy.Model()
    flow = model.add_variables(lower=0, upper=xarray.DataArray(case.most, dims="arc"), coords=[arcs], name="flow")
    for name, ends, limits in (("output", case.output, case.offered), ("need", case.need, case.wanted)):
        total = flow.to_linexpr().groupby(pandas.Series(ends, index=arcs, name=name)).sum()
        model.add_constraints(total <= xarray.DataArray(limits, dims=name, coords={name: np.arange(len(limits))}).sel(
            {name: total.coords[name].to_numpy()}), name=name)  # fmt: skip
    model.add_objective((flow * xarray.DataArray(case.cost, dims="arc")).sum())
    model.solve("highs", io_api="direct", output_flag=False)
    return float(model.objective.value)


def pyomo_highs(case: Exchanges) -> float:
    """Pyomo with HiGHS in memory."""
    pyomo = import_module("pyomo.environ")
    model = pyomo.ConcreteModel()
    most, cost = case.most.tolist(), case.cost.tolist()
    model.flow = pyomo.Var(range(len(cost)), bounds=lambda _, a: (0, most[a]))
    model.gain = pyomo.Objective(expr=pyomo.quicksum(cost[a] * model.flow[a] for a in range(len(cost))))
    model.rows = pyomo.ConstraintList()
    for ends, limits in ((case.output, case.offered), (case.need, case.wanted)):
        members: list[list[int]] = [[] for _ in limits]
        for a, place in enumerate(ends.tolist()):
            members[place].append(a)
        for some, limit in zip(members, limits.tolist(), strict=True):
            if some:
                model.rows.add(pyomo.quicksum(model.flow[a] for a in some) <= limit)
    pyomo.SolverFactory("appsi_highs").solve(model)
    return float(pyomo.value(model.gain))


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Somebody else's way of solving the programme.

    Attributes
    ----------
    needs
        Packages that must be installed.
    run
        From exchanges to an objective.
    most
        Exchanges beyond which it is too slow to be measured here.
    tolerance
        How far from ours its optimum may be: whole numbers round.
    patience
        How many times as long as we it may take before it is stopped; None lets it end.
    """

    needs: tuple[str, ...]
    run: Callable[[Exchanges], float]
    most: int
    tolerance: float = 1e-6
    patience: float | None = None


PEERS: dict[str, Peer] = {
    "bare GLOP": Peer(needs=("ortools",), run=lambda case: bare(case)[0], most=1_000_000),
    "SciPy linprog": Peer(needs=("scipy",), run=scipy_linprog, most=200_000),
    "linopy + HiGHS": Peer(needs=("linopy", "highspy"), run=linopy_highs, most=100_000),
    "Pyomo + HiGHS": Peer(needs=("pyomo", "highspy"), run=pyomo_highs, most=100_000),
    "PuLP + CBC": Peer(needs=("pulp",), run=pulp_cbc, most=100_000),
    "networkx simplex": Peer(needs=("networkx",), run=networkx_simplex, most=100_000, tolerance=1e-3, patience=100),
}
"""Whom we are measured against, by name."""


def compare(arcs: int, *, rounds: int = 3, names: tuple[str, ...] = tuple(PEERS)) -> list[dict[str, object]]:
    """Ours beside each peer on the same exchanges, in turns.

    Parameters
    ----------
    arcs
        Exchanges; a peer that is slow is measured, with ours, at its own size.
    rounds
        Turns; the medians count.
    names
        Which peers.

    Returns
    -------
    list of dict
        `peer`, `arcs`, `seconds`, `ours_s`, `ratio` (how many times longer the peer takes), `is_stopped` (it takes longer than
        that, by how much is not known), or `peer` and `missing`.

    Raises
    ------
    AssertionError
        If a peer's optimum is another than ours: then nothing was compared.
    """
    rows: list[dict[str, object]] = []
    for name in names:
        peer = PEERS[name]
        missing = [package for package in peer.needs if util.find_spec(package) is None]
        if missing:
            rows.append({"peer": name, "missing": ", ".join(missing), "hint": "pip install --group peers"})
            continue
        case = exchanges(min(arcs, peer.most))
        theirs: list[float] = []
        mine: list[float] = []
        reached: float | None
        is_stopped = False
        for _ in range(rounds):
            expected, seconds = _timed(ours, case)
            mine.append(seconds)
            if peer.patience is None:
                reached, seconds = _timed(peer.run, case)
            else:
                reached, seconds = _timed_in_child(name, case, most_s=peer.patience * statistics.median(mine))
            theirs.append(seconds)
            if reached is None:
                is_stopped = True
                break
            if abs(reached - expected) > peer.tolerance * abs(expected):
                raise AssertionError(f"{name}: {reached} is not {expected}")
        median, ours_s = statistics.median(theirs), statistics.median(mine)
        rows.append({
            "peer": name, "arcs": len(case.cost), "seconds": median, "ours_s": ours_s, "ratio": median / ours_s,
            "is_stopped": is_stopped,
        })  # fmt: skip
    return rows


def _timed(run: Callable[[Exchanges], float], case: Exchanges) -> tuple[float, float]:
    """An objective, and the seconds that it took."""
    begun = time.perf_counter()
    value = run(case)
    return value, time.perf_counter() - begun


def _timed_in_child(name: str, case: Exchanges, *, most_s: float) -> tuple[float | None, float]:
    """As :func:`_timed`, in a process that is ended after a time: then there is no objective. Its start does not count."""
    # Not a process of `multiprocessing`, which would run the caller's main module again, whatever that is.
    told = [sys.executable, "-c", f"from {__name__} import report; report({name!r})"]
    with subprocess.Popen(told, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603 - ourselves
        try:
            with cast("IO[bytes]", child.stdin) as given:
                np.savez(given, **asdict(case))
            child.stdin = None
            cast("IO[bytes]", child.stdout).readline()
            begun = time.perf_counter()
            value, seconds = json.loads(child.communicate(timeout=most_s)[0])
        except subprocess.TimeoutExpired:
            return None, time.perf_counter() - begun
        finally:
            child.kill()
    return float(value), float(seconds)


def report(name: str) -> None:
    """What a child does: it times a peer on the exchanges of standard input, and says first that it has begun.

    Parameters
    ----------
    name
        The peer.
    """
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as given:
        arrays: dict[str, Any] = {field: value if value.ndim else float(value) for field, value in given.items()}
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    sys.stdout.write(json.dumps(_timed(PEERS[name].run, Exchanges(**arrays))))


CHARGES = {"100 to 1,500 €/yr": (100.0, 1500.0), "500 to 4,000 €/yr": (500.0, 4000.0)}
"""Charges of an exchange that are looked at: those of papers and a container, and heavier ones."""


def compare_charged(arcs: int, *, relative_gap: float = 0.01, time_limit_s: float = 60.0) -> list[dict[str, object]]:
    """Fixed charges and minimum lots (a tenth): how near the bound we and bare HiGHS come, and in what time.

    Parameters
    ----------
    arcs
        Candidate exchanges.
    relative_gap, time_limit_s
        When either stops.

    Returns
    -------
    list of dict
        `charges`, `shape`, `arcs`, and for both the seconds (by the clock, of the processor) and the proved gap; one round,
        since a round may take its whole time.
    """
    rows: list[dict[str, object]] = []
    for name, charge in CHARGES.items():
        cases = {"nearest": exchanges(arcs, charge=charge, lot=0.1), "40 firms all to all": all_to_all(charge=charge, lot=0.1)}
        for shape, case in cases.items():
            begun = time.perf_counter(), time.process_time()
            found = solve(programme(case), relative_gap=relative_gap, time_limit_s=time_limit_s)
            ended = time.perf_counter(), time.process_time()
            plan, bound = bare(case, "HIGHS", relative_gap=relative_gap, time_limit_s=time_limit_s)
            gap = abs(plan - bound) / max(1e-9, abs(plan))
            rows.append({
                "charges": name, "shape": shape, "arcs": len(case.cost),
                "ours_s": ended[0] - begun[0], "ours_processor_s": ended[1] - begun[1], "ours_gap": found.gap,
                "bare HiGHS s": time.perf_counter() - ended[0], "bare HiGHS processor s": time.process_time() - ended[1],
                "bare HiGHS gap": gap,
            })  # fmt: skip
    return rows
