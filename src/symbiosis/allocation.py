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
process_output  Σ quantity out of (k, product) + discarded[k, product] = yield × throughput[k]
opening         throughput[k] ≤ capacity[k] × is_open[k] for a project; an existing operator has its capacity as a bound
minimum_lot     L[a] × is_linked[a] ≤ quantity[a] ≤ U[a] × is_linked[a], a year and supplier; U from the data, never a big M
trips           tonnes[a] × quantity[a] ≤ load[a] × trips[a], whole trips where few; else quantity / load, continuous
pool            disposed[o] ≥ Σ quantity of o in the pools that are on: a round carries what stays on today's outlet
commitment      disposed[o] ≤ declared − promised; purchased[n] ≤ taken − minimum (bounds)
project_pays    margin of operators that work together ≥ their fixed costs (waste hierarchy only)
floor           a linear quantity ≥ a number: tonnes of a rung already won, the first of two objectives
=============== ==========================================================================================================

Waste hierarchy: tonnes are maximised rung by rung (reuse, recycling, other recovery) over what pays for itself, each result
held as a floor, then euros decide. Lifting it is a choice of the scenario that the proposal prints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.errors import SolverError
from symbiosis.objectives import OBJECTIVES, Case, Coefficients, cost_eur, delivered_t_by_rung, evaluate
from symbiosis.schemas import RUNGS
from symbiosis.solvers import Program, Solution

Solve = Callable[..., Solution]

FAMILIES = ("quantity", "disposed", "purchased", "throughput", "discarded", "is_open", "is_linked", "trips", "is_pooled")
BALANCE_TOLERANCE = 1e-6


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
        Prices of the rows by constraint, in objective units; empty where integers make them meaningless.
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


@dataclass(slots=True)
class Rows:
    """Rows of the programme under construction, as blocks of sparse triplets with their labels."""

    names: list[tuple[str, pd.Index]] = field(default_factory=list)
    lower: list[NDArray[np.float64]] = field(default_factory=list)
    upper: list[NDArray[np.float64]] = field(default_factory=list)
    row: list[NDArray[np.int64]] = field(default_factory=list)
    column: list[NDArray[np.int64]] = field(default_factory=list)
    value: list[NDArray[np.float64]] = field(default_factory=list)
    count: int = 0

    def add(self, name: str, labels: pd.Index, lower: object, upper: object, terms: list[Term]) -> None:
        """Add one row per label.

        Parameters
        ----------
        name, labels
            The constraint and what its rows are about.
        lower, upper
            Bounds, one number or one per label.
        terms
            Columns, the label of the row each belongs to, and coefficients.
        """
        size = len(labels)
        self.names.append((name, labels))
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=float), size))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), size))
        for term in terms:
            place = labels.get_indexer(pd.Index(term.labels))
            kept = place >= 0
            self.row.append(self.count + place[kept])
            self.column.append(term.columns[kept])
            self.value.append(np.broadcast_to(np.asarray(term.values, dtype=float), len(term.columns))[kept])
        self.count += size


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Some columns with their coefficients, and the label of the row that each belongs to."""

    columns: NDArray[np.int64]
    labels: pd.Index | pd.Series
    values: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where each family of columns stands: its labels and its first column."""

    labels: dict[str, pd.Index]
    first: dict[str, int]
    size: int

    def columns(self, family: str, labels: pd.Index | None = None) -> NDArray[np.int64]:
        """Positions of the columns of a family, all or those of some labels (which must exist)."""
        if labels is None:
            return self.first[family] + np.arange(len(self.labels[family]), dtype=np.int64)
        place = self.labels[family].get_indexer(labels)
        if (place < 0).any():
            raise KeyError(f"{family}: no column for {labels[place < 0][0]}")
        return self.first[family] + place.astype(np.int64)

    def vector(self, coefficients: Coefficients) -> NDArray[np.float64]:
        """Coefficients as one dense vector; labels without a column are refused unless their coefficient is zero."""
        out = np.zeros(self.size)
        for family, series in coefficients.items():
            place = self.labels[family].get_indexer(series.index)
            lost = (place < 0) & (series.to_numpy() != 0)
            if lost.any():
                raise KeyError(f"{family}: no column for {series.index[lost][0]}")
            np.add.at(out, self.first[family] + place[place >= 0], series.to_numpy(dtype=float)[place >= 0])
        return out

    def split(self, values: NDArray[np.float64]) -> Coefficients:
        """A vector of column values, by family."""
        return {
            family: pd.Series(values[self.first[family] : self.first[family] + len(labels)], index=labels, dtype=float)
            for family, labels in self.labels.items()
        }


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
    SolverError
        If commitments contradict each other (infeasible), or the plan does not survive our arithmetic.
    """
    layout = _layout(case)
    base = write(case, layout)
    scenario = case.scenario
    stages = [] if scenario.is_hierarchy_lifted else [f"rung:{rung}" for rung in RUNGS[:-1] if _has_rung(case, rung)]
    stages += [scenario.objective] if scenario.objective != "gain" else []
    stages.append("gain")
    floors: list[tuple[str, NDArray[np.float64], float]] = []
    reached: list[tuple[str, float]] = []
    seconds = 0.0
    solution: Solution | None = None
    for number, stage in enumerate(stages):
        is_rung = stage.startswith("rung:")
        cost = layout.vector(_stage_costs(case, stage))
        program = _program(case, layout, base, cost, floors, pays=is_rung)
        solution = solve(
            program, relative_gap=scenario.relative_gap, time_limit_s=scenario.time_limit_s, seed=scenario.seed
        )
        seconds += solution.seconds
        if solution.status not in ("optimal", "feasible"):
            if is_rung:  # commitments that do not pay for themselves: the hierarchy has nothing to add to them
                continue
            raise SolverError(f"stage {stage}: {solution.status}")
        reached.append((stage, -solution.objective))
        if number + 1 < len(stages):
            # The floor gives way by a hair: an engine's own rounding must not make the next stage infeasible.
            slack = 1e-7 * max(1.0, abs(solution.objective))
            floors.append((stage, cost, solution.objective + slack))
        if progress is not None:
            progress((number + 1) / len(stages))
    assert solution is not None
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
        duals=_duals(base, solution),
    )


def _has_rung(case: Case, rung: str) -> bool:
    return bool(delivered_t_by_rung(case, rung)["quantity"].gt(0).any()) and case.legs["rung"].nunique() > 1


def _stage_costs(case: Case, stage: str) -> Coefficients:
    if not stage.startswith("rung:"):
        return OBJECTIVES[stage](case)
    tonnes = delivered_t_by_rung(case, stage.removeprefix("rung:"))["quantity"]
    return {"quantity": -tonnes.where(eligible(case), 0.0)}


def _layout(case: Case) -> Layout:
    legs, operators = case.legs, case.operators
    linked = legs.index[(legs["link_eur_per_yr"] > 0) | (legs["minimum_lot_per_yr"] > 0)]
    labels = {
        "quantity": legs.index,
        "disposed": case.outputs.index,
        "purchased": case.needs.index,
        "throughput": operators.index,
        "discarded": case.products.index,
        "is_open": operators.index[~operators["is_existing"]],
        "is_linked": linked,
        "trips": legs.index[legs["has_whole_trips"]],
        "is_pooled": case.pools.index,
    }
    first, size = {}, 0
    for family in FAMILIES:
        first[family] = size
        size += len(labels[family])
    return Layout(labels=labels, first=first, size=size)


def write(case: Case, layout: Layout) -> Rows:
    """Every constraint family of the module's table, as blocks of sparse rows."""
    rows = Rows()
    legs = case.legs
    quantity = layout.columns("quantity")
    to_need, to_operator = legs["head_kind"].eq("need").to_numpy(), legs["head_kind"].eq("operator").to_numpy()
    from_output, from_operator = legs["tail_kind"].eq("output").to_numpy(), legs["tail_kind"].eq("operator").to_numpy()

    declared = case.outputs["quantity_per_yr"]
    rows.add("output_balance", case.outputs.index, declared, declared, [
        Term(columns=quantity[from_output], labels=legs["tail_id"][from_output], values=1.0),
        Term(columns=layout.columns("disposed"), labels=case.outputs.index, values=1.0),
    ])  # fmt: skip
    taken = case.needs["quantity_per_yr"]
    rows.add("need_balance", case.needs.index, taken, taken, [
        Term(columns=quantity[to_need], labels=legs["head_id"][to_need], values=legs["ratio"][to_need]),
        Term(columns=layout.columns("purchased"), labels=case.needs.index, values=1.0),
    ])  # fmt: skip
    _write_recipes(case, layout, rows, quantity, to_operator, from_operator)
    projects = layout.labels["is_open"]
    rows.add("opening", projects, -np.inf, 0.0, [
        Term(columns=layout.columns("throughput", projects), labels=projects, values=1.0),
        Term(columns=layout.columns("is_open"), labels=projects, values=-case.operators.loc[projects, "capacity"]),
    ])  # fmt: skip
    linked = layout.labels["is_linked"]
    upper, lot = legs.loc[linked, "upper_per_yr"], legs.loc[linked, "minimum_lot_per_yr"]
    for name, low, high, coefficient in (("minimum_lot", 0.0, np.inf, -lot), ("link_limit", -np.inf, 0.0, -upper)):
        rows.add(name, linked, low, high, [
            Term(columns=layout.columns("quantity", linked), labels=linked, values=1.0),
            Term(columns=layout.columns("is_linked"), labels=linked, values=coefficient),
        ])  # fmt: skip
    whole = layout.labels["trips"]
    rows.add("trips", whole, -np.inf, 0.0, [
        Term(columns=layout.columns("quantity", whole), labels=whole, values=legs.loc[whole, "tonnes_per_unit"]),
        Term(columns=layout.columns("trips"), labels=whole, values=-legs.loc[whole, "load_t"]),
    ])  # fmt: skip
    members = case.pool_members
    pooled = pd.Index(sorted(members["output_id"].unique()), dtype=object)
    rows.add("pool", pooled, 0.0, np.inf, [
        Term(columns=layout.columns("disposed", pooled), labels=pooled, values=1.0),
        Term(columns=layout.columns("is_pooled", pd.Index(members["pool_id"])), labels=members["output_id"],
             values=-members["output_id"].map(declared).astype(float).to_numpy()),
    ])  # fmt: skip
    return rows


def _write_recipes(
    case: Case, layout: Layout, rows: Rows, quantity: NDArray[np.int64],
    to_operator: NDArray[np.bool_], from_operator: NDArray[np.bool_],
) -> None:  # fmt: skip
    legs, inlets = case.legs, case.ports[case.ports["direction"] == "input"]
    substitutable = inlets[inlets["is_substitutable"]]
    mixed = pd.Index(substitutable["operator_id"].unique(), dtype=object)
    inlet_key = legs["head_id"] + "|input|" + legs["head_material_id"]
    takes_any = to_operator & inlet_key.isin(substitutable.index).to_numpy()
    rows.add("process_input", mixed, 0.0, 0.0, [
        Term(columns=quantity[takes_any], labels=legs["head_id"][takes_any], values=legs["ratio"][takes_any]),
        Term(columns=layout.columns("throughput", mixed), labels=mixed, values=-1.0),
    ])  # fmt: skip
    fixed = inlets[~inlets["is_substitutable"]]
    takes_fixed = to_operator & inlet_key.isin(fixed.index).to_numpy()
    rows.add("process_input_fixed", fixed.index, 0.0, 0.0, [
        Term(columns=quantity[takes_fixed], labels=inlet_key[takes_fixed], values=legs["ratio"][takes_fixed]),
        Term(columns=layout.columns("throughput", pd.Index(fixed["operator_id"])), labels=fixed.index,
             values=-fixed["share"].to_numpy()),
    ])  # fmt: skip
    products = case.products
    product_key = legs["tail_id"] + "|output|" + legs["material_id"]
    rows.add("process_output", products.index, 0.0, 0.0, [
        Term(columns=quantity[from_operator], labels=product_key[from_operator], values=1.0),
        Term(columns=layout.columns("discarded"), labels=products.index, values=1.0),
        Term(columns=layout.columns("throughput", pd.Index(products["operator_id"])), labels=products.index,
             values=-products["share"].to_numpy()),
    ])  # fmt: skip


def _program(
    case: Case, layout: Layout, base: Rows, cost: NDArray[np.float64],
    floors: list[tuple[str, NDArray[np.float64], float]], *, pays: bool,
) -> Program:  # fmt: skip
    """The rows of the case with those of this stage, the bounds of the columns and the costs."""
    extra = Rows(count=base.count)
    for name, vector, limit in floors:
        used = np.flatnonzero(vector)
        extra.add("floor", pd.Index([name]), -np.inf, limit, [
            Term(columns=used.astype(np.int64), labels=pd.Index([name] * len(used)), values=vector[used])
        ])  # fmt: skip
    if pays:
        _write_project_pays(case, layout, extra)
    lower, upper = np.zeros(layout.size), np.ones(layout.size)
    legs, outputs, needs = case.legs, case.outputs, case.needs
    for family, bound in (
        ("quantity", legs["upper_per_yr"]),
        ("disposed", outputs["quantity_per_yr"]),
        ("purchased", (needs["quantity_per_yr"] - needs["minimum_per_yr"]).clip(lower=0.0)),
        ("throughput", case.operators["capacity"]),
        ("discarded", pd.Series(np.inf, index=case.products.index)),
        ("trips", np.ceil(legs["upper_per_yr"] * legs["tonnes_per_unit"] / legs["load_t"])[legs["has_whole_trips"]]),
    ):  # fmt: skip
        upper[layout.columns(family)] = bound.to_numpy(dtype=float)
    if "promised_per_yr" in outputs:
        upper[layout.columns("disposed")] -= outputs["promised_per_yr"].to_numpy(dtype=float)
    is_integer = np.zeros(layout.size, dtype=bool)
    for family in ("is_open", "is_linked", "trips", "is_pooled"):
        is_integer[layout.columns(family)] = True
    if pays:
        upper[layout.columns("quantity")[~eligible(case).to_numpy()]] = 0.0
    blocks = (base, extra)
    return Program(
        cost=cost, lower=lower, upper=upper, is_integer=is_integer,
        row_lower=_flat(blocks, "lower"), row_upper=_flat(blocks, "upper"),
        row=_flat(blocks, "row").astype(np.int64), column=_flat(blocks, "column").astype(np.int64),
        value=_flat(blocks, "value"),
    )  # fmt: skip


def _flat(blocks: tuple[Rows, ...], name: str) -> NDArray[np.float64]:
    arrays = [array for block in blocks for array in getattr(block, name)]
    return np.concatenate(arrays).astype(float) if arrays else np.empty(0)


def margins(case: Case) -> pd.Series:
    """Best margin against today of one unit on each leg that leaves an output, in euros.

    Direct legs: outlet saved + purchase replaced − transport. Legs to an operator: the products at the best price that any
    of its legs offers, or at their outlet, less the process. Chains of two operators are followed once.

    Parameters
    ----------
    case
        What may be used.

    Returns
    -------
    pandas.Series
        By leg; NaN on legs that do not leave an output.
    """
    legs = case.legs
    transport = legs["transport_eur_per_unit"]
    at_need = legs["ratio"] * legs["head_id"].map(case.needs["price_eur_per_unit"]).astype(float) - transport
    value = _operator_values(case, at_need.where(legs["head_kind"].eq("need")))
    through = legs["ratio"] * legs["head_id"].map(value).astype(float) - transport
    # A second operator's value is known now; products that flow on to it are counted once more.
    value = _operator_values(case, at_need.where(legs["head_kind"].eq("need"), through))
    through = legs["ratio"] * legs["head_id"].map(value).astype(float) - transport
    saved = legs["tail_id"].map(case.outputs["outlet_cost_eur_per_unit"]).astype(float)
    margin = at_need.where(legs["head_kind"].eq("need"), through) + saved
    return margin.where(legs["tail_kind"].eq("output"))


def _operator_values(case: Case, leg_values: pd.Series) -> pd.Series:
    products = case.products
    key = case.legs["tail_id"] + "|output|" + case.legs["material_id"]
    best = leg_values.groupby(key.to_numpy()).max().reindex(products.index)
    each = products["share"] * np.fmax(best, -products["outlet_cost_eur_per_unit"])
    value = each.groupby(products["operator_id"].to_numpy()).sum()
    return value.reindex(case.operators.index).fillna(0.0) - case.operators["cost_eur_per_unit"]


def eligible(case: Case) -> pd.Series:
    """Legs whose best chain is worth at least as much as today; legs between operators and to needs follow their operator."""
    return margins(case).fillna(0.0) >= -1e-9


def _write_project_pays(case: Case, layout: Layout, rows: Rows) -> None:
    """Operators that work together cover their costs, fixed ones included, from what they save and replace."""
    legs, operators = case.legs, case.operators
    between = legs["tail_kind"].eq("operator") & legs["head_kind"].eq("operator")
    group = pd.Series(operators.index, index=operators.index)
    for _ in range(len(operators)):
        joined = legs[between]
        lowest = pd.concat([
            pd.Series(joined["tail_id"].map(group).to_numpy(), index=joined["head_id"]),
            pd.Series(joined["head_id"].map(group).to_numpy(), index=joined["tail_id"]),
            group,
        ]).groupby(level=0).min()  # fmt: skip
        if lowest.equals(group.sort_index()):
            break
        group = lowest
    group = group.reindex(operators.index)
    costs = cost_eur(case)
    saved = legs["tail_id"].map(case.outputs["outlet_cost_eur_per_unit"]).astype(float).fillna(0.0)
    replaced = (legs["ratio"] * legs["head_id"].map(case.needs["price_eur_per_unit"]).astype(float)).fillna(0.0)
    net = saved + replaced - costs["quantity"].reindex(legs.index).fillna(0.0)
    owner = legs["head_id"].map(group).fillna(legs["tail_id"].map(group))
    in_group = owner.notna().to_numpy()
    labels = pd.Index(sorted(group.unique()), dtype=object)
    linked, whole, projects = layout.labels["is_linked"], layout.labels["trips"], layout.labels["is_open"]
    rows.add("project_pays", labels, 0.0, np.inf, [
        Term(columns=layout.columns("quantity")[in_group], labels=owner[in_group], values=net[in_group]),
        Term(columns=layout.columns("is_linked"), labels=owner.reindex(linked).fillna(""),
             values=-costs["is_linked"].reindex(linked).to_numpy()),
        Term(columns=layout.columns("trips"), labels=owner.reindex(whole).fillna(""),
             values=-costs["trips"].reindex(whole).to_numpy()),
        Term(columns=layout.columns("throughput"), labels=group, values=-costs["throughput"].to_numpy()),
        Term(columns=layout.columns("discarded"), labels=case.products["operator_id"].map(group),
             values=-costs["discarded"].to_numpy()),
        Term(columns=layout.columns("is_open"), labels=group.reindex(projects),
             values=-costs["is_open"].reindex(projects).to_numpy()),
    ])  # fmt: skip


def _tidied(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values rounded to twelve significant places of a tonne or so: what is below a milligram is an engine's dust."""
    return np.where(np.abs(values) < 1e-9, 0.0, values)


def verify(case: Case, plan: Coefficients) -> None:
    """Recompute every balance, limit and sign of a plan in plain arithmetic, apart from the programme.

    Parameters
    ----------
    case, plan
        What could be used and what was.

    Raises
    ------
    SolverError
        Naming the first thing that does not hold.
    """
    legs, quantity = case.legs, plan["quantity"]
    for family, series in plan.items():
        if (series < -BALANCE_TOLERANCE * np.maximum(1.0, series.abs())).any():
            raise SolverError(f"{family} of {series.idxmin()} is negative")

    def equal(left: pd.Series, right: pd.Series, what: str) -> None:
        left = left.reindex(right.index).fillna(0.0)
        wrong = (left - right).abs() > BALANCE_TOLERANCE * np.maximum(1.0, right.abs())
        if wrong.any():
            raise SolverError(f"{what} does not balance at {wrong.idxmax()}")

    left_output = quantity[legs["tail_kind"] == "output"].groupby(legs["tail_id"]).sum()
    equal(left_output.add(plan["disposed"], fill_value=0.0), case.outputs["quantity_per_yr"], "output")
    served = (quantity * legs["ratio"])[legs["head_kind"] == "need"].groupby(legs["head_id"]).sum()
    equal(served.add(plan["purchased"], fill_value=0.0), case.needs["quantity_per_yr"], "need")
    made = quantity[legs["tail_kind"] == "operator"].groupby(legs["tail_id"] + "|output|" + legs["material_id"]).sum()
    products = case.products
    expected = products["share"] * products["operator_id"].map(plan["throughput"]).astype(float)
    equal(made.add(plan["discarded"], fill_value=0.0), expected, "product")
    fed = (quantity * legs["ratio"])[legs["head_kind"] == "operator"].groupby(legs["head_id"]).sum()
    inlets = case.ports[case.ports["direction"] == "input"]
    mixed = inlets[inlets["is_substitutable"]]["operator_id"].unique()
    whole = [k for k in mixed if k not in set(inlets[~inlets["is_substitutable"]]["operator_id"])]
    equal(fed, plan["throughput"].reindex(whole), "operator")
    if (plan["throughput"] > case.operators["capacity"] * (1 + BALANCE_TOLERANCE) + BALANCE_TOLERANCE).any():
        raise SolverError("an operator is over its capacity")
    closed = plan["is_open"].index[plan["is_open"] < 0.5]
    if (plan["throughput"].reindex(closed) > BALANCE_TOLERANCE).any():
        raise SolverError("a project that is not opened works")
    used = quantity.reindex(plan["is_linked"].index)
    if (used[plan["is_linked"] < 0.5] > BALANCE_TOLERANCE).any():
        raise SolverError("a link that is not paid for is used")
    lots = legs["minimum_lot_per_yr"].reindex(used.index)
    if ((used > BALANCE_TOLERANCE) & (used < lots * (1 - BALANCE_TOLERANCE) - BALANCE_TOLERANCE)).any():
        raise SolverError("a delivery is below its minimum lot")


def _duals(rows: Rows, solution: Solution) -> Coefficients:
    start, out = 0, {}
    for name, labels in rows.names:
        out[name] = pd.Series(solution.row_duals[start : start + len(labels)], index=labels, dtype=float)
        start += len(labels)
    return out
