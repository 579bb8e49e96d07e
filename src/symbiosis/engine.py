"""From declarations to a proposal, in one readable function.

    READ the declarations → MATCH candidates → CONNECT the flow graph → ALLOCATE → PROPOSE synergies, ranked → MEASURE

The engine is handed its solver and its progress, so that it knows no process, file, database or page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

import symbiosis
from symbiosis.agreements import agreements_of, over
from symbiosis.allocation import Allocation, Solve, allocate
from symbiosis.allocation.limits import what_is_left
from symbiosis.candidates import Candidates, find_candidates
from symbiosis.candidates.search import Parallel
from symbiosis.cooperation import Cooperation, cooperate
from symbiosis.declarations import Declarations
from symbiosis.doubts import Calls
from symbiosis.indicators import measure
from symbiosis.materials import Catalogue
from symbiosis.network import FlowGraph, flow_graph
from symbiosis.objectives import Case, Coefficients, over_all, reached_prices
from symbiosis.pathways import pathways
from symbiosis.pools import Pools, find_pools
from symbiosis.prices import shadow_prices
from symbiosis.ranking import pairs_to_call, ranked
from symbiosis.refusals import are_apart_for_good, refusals_of
from symbiosis.scenario import Scenario
from symbiosis.schemas import FEASIBILITY
from symbiosis.seasons import Calendar, calendar_of
from symbiosis.synergies import Synergies, propose

Progress = Callable[[str, float], None]

NEGLIGIBLE = 1e-7


@dataclass(frozen=True, kw_only=True)
class Run:
    """One allocation with what it proposes.

    Attributes
    ----------
    case, allocation
        What could be used, and the plan with its proof.
    proposals
        Exchanges, synergies, shares.
    indicators
        Totals with ranges, by indicator.
    cooperation
        The split that no group has a reason to leave, where the scenario asks for it.
    """

    case: Case
    allocation: Allocation
    proposals: Synergies
    indicators: pd.DataFrame
    cooperation: Cooperation | None = None

    @cached_property
    def graph(self) -> FlowGraph:
        """The flow graph of the plan, made when somebody looks at it."""
        return flow_graph(self.case, self.allocation.plan)

    @cached_property
    def prices(self) -> pd.DataFrame:
        """What one more unit would be worth: see :func:`symbiosis.prices.shadow_prices`."""
        return shadow_prices(self.case, self.allocation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The result of one run of the engine.

    Attributes
    ----------
    feasible
        What can be done as declared (réalisable).
    to_investigate
        What could be done besides with what the first run left over, if what is missing were confirmed (à instruire); a run of
        its own, never added into the first.
    totals
        By feasibility: chains, outputs, tonnes a year within reach, gain where it was costed.
    refusals
        Every pair that was looked at and is not proposed, with why.
    missing_links
        Processes that nobody runs here and that would join outputs left over to needs still bought: filières to create.
    calls
        Pairs that nothing excludes, in the order in which a facilitator would call: see :mod:`symbiosis.ranking`.
    candidates, pools, scenario, declarations
        What it rests on.
    versions
        Of the engine, its solver, the catalogue and the data.
    """

    feasible: Run
    to_investigate: Run
    totals: pd.DataFrame
    refusals: pd.DataFrame
    missing_links: pd.DataFrame
    calls: pd.DataFrame
    candidates: Candidates
    pools: Pools
    scenario: Scenario
    declarations: Declarations
    catalogue: Catalogue
    versions: dict[str, str]

    @property
    def is_synthetic(self) -> bool:
        """Whether any of the data is invented: screens and exports say so."""
        return self.declarations.is_synthetic

    def heaviest_reasons(self) -> pd.DataFrame:
        """What stands most in the way: the tonnes of the outputs that each kind of reason keeps from a taker.

        Returns
        -------
        pandas.DataFrame
            By kind of reason, the heaviest first: `outputs` and their `t_per_yr`, each output once for a kind, and `code`, the
            reason of the heaviest output, with its data. An output that several needs refuse for several reasons stands under
            each: the rows are not added up.
        """
        outputs = self.candidates.flows.outputs
        tonnes = outputs["quantity_per_yr"] * outputs["tonnes_per_unit"]
        number, codes = pd.factorize(self.refusals["binding_reason"])
        output, ids = pd.factorize(self.refusals["output_id"])
        # A rule of law is a reason of its own; elsewhere what follows the kind is data.
        kind, kinds = pd.factorize(np.array([c if c.startswith("law:") else c.split(":")[0] for c in codes], dtype=object))
        key, row = np.unique(kind[number] * max(len(ids), 1) + output, return_index=True)
        once = pd.DataFrame({
            "output_id": ids.take(output[row]).astype(str), "code": codes.take(number[row]).astype(str),
            "kind": kinds[key // max(len(ids), 1)],
        })  # fmt: skip
        once = once[once["kind"] != ""].assign(t_per_yr=lambda table: table["output_id"].map(tonnes).astype(float))
        once = once.sort_values(["t_per_yr", "output_id"], ascending=[False, True], kind="stable")
        table = once.groupby("kind").agg(outputs=("output_id", "size"), t_per_yr=("t_per_yr", "sum"), code=("code", "first"))
        return table.sort_values("t_per_yr", ascending=False, kind="stable")


def run(
    declarations: Declarations,
    catalogue: Catalogue,
    scenario: Scenario,
    *,
    solve: Solve,
    progress: Progress | None = None,
    parallel: Parallel | None = None,
) -> Proposal:
    """Match, allocate, propose and measure a territory.

    Parameters
    ----------
    declarations
        What the territory declared.
    catalogue
        What is known; the rows that the territory brings are added.
    scenario
        What is assumed.
    solve
        The solver, from :mod:`symbiosis.solvers`.
    progress
        Called with the name of the step and the share that is done.
    parallel
        Who looks for candidates side by side; the solver has its own.

    Returns
    -------
    Proposal
    """
    tell = progress or _silent
    tell("match", 0.0)
    catalogue = catalogue.extended(declarations.extension)
    candidates = find_candidates(declarations, catalogue, scenario, parallel=parallel)
    pools = find_pools(candidates.flows, catalogue, scenario)
    tell("allocate", 0.4)
    first = case_of(candidates, pools, catalogue, scenario)
    plan = allocate(first, solve, progress=lambda share: tell("allocate", 0.4 + 0.25 * share))
    feasible = _run(first, plan, pools, prefix="S")
    second = _what_is_left(first, plan, candidates)
    more = allocate(second, solve, progress=lambda share: tell("allocate", 0.65 + 0.2 * share))
    to_investigate = _run(second, more, _no_pools(pools), prefix="I")
    tell("propose", 0.85)
    proposed = pd.concat([run_.proposals.exchanges["leg_id"] for run_ in (feasible, to_investigate)])
    refusals = refusals_of(candidates, first, plan.plan, proposed)
    calls = Calls(candidates=candidates, catalogue=catalogue, scenario=scenario, quality=declarations.quality)
    feasible, to_investigate = (replace(run_, proposals=ranked(run_.proposals, calls)) for run_ in (feasible, to_investigate))
    if scenario.split == "least_core":
        feasible, to_investigate = (_shared(run_, solve, prefix) for run_, prefix in ((feasible, "C"), (to_investigate, "IC")))
    proposal = Proposal(
        feasible=feasible,
        to_investigate=to_investigate,
        totals=_totals(candidates, feasible, to_investigate),
        refusals=refusals,
        missing_links=_missing_links(feasible, to_investigate, candidates, catalogue, scenario),
        calls=pairs_to_call(calls),
        candidates=candidates,
        pools=pools,
        scenario=scenario,
        declarations=declarations,
        catalogue=catalogue,
        versions={
            "symbiosis": symbiosis.__version__,
            "catalogue": catalogue.fingerprint,
            "data": declarations.fingerprint,
        },
    )
    tell("propose", 1.0)
    return proposal


def best_plan(declarations: Declarations, catalogue: Catalogue, scenario: Scenario, *, solve: Solve) -> tuple[Case, Allocation]:
    """Match and allocate once, without proposing: what a benchmark, a front or a sweep needs of :func:`run`.

    Parameters
    ----------
    declarations, catalogue, scenario, solve
        As for :func:`run`.

    Returns
    -------
    tuple
        What could be used, and the plan with its proof.
    """
    catalogue = catalogue.extended(declarations.extension)
    candidates = find_candidates(declarations, catalogue, scenario)
    case = case_of(candidates, find_pools(candidates.flows, catalogue, scenario), catalogue, scenario)
    return case, allocate(case, solve)


def _silent(step: str, share: float) -> None:
    """Progress for nobody."""


def case_of(candidates: Candidates, pools: Pools, catalogue: Catalogue, scenario: Scenario) -> Case:
    """What an allocation may use: the feasible legs with the flows, operators and pools that go with them."""
    flows = candidates.flows
    ports = flows.ports.drop_duplicates(["operator_id", "direction", "material_id"])
    keys = ports["operator_id"] + "|" + ports["direction"] + "|" + ports["material_id"]
    legs = candidates.legs
    legs = legs[legs["feasibility"] == "feasible"]
    return Case(
        outputs=flows.outputs,
        needs=flows.needs,
        operators=flows.operators,
        ports=ports.set_axis(pd.Index(keys, name="port_id")),
        legs=legs,
        pools=pools.rounds,
        pool_members=pools.members,
        agreements=agreements_of(flows, legs),
        quality=flows.quality,
        catalogue=catalogue,
        scenario=scenario,
        calendar=calendar_of(flows, scenario),
    )


def _run(case: Case, allocation: Allocation, pools: Pools, *, prefix: str) -> Run:
    return Run(
        case=case,
        allocation=allocation,
        proposals=propose(case, allocation.plan, pools, prefix=prefix),
        indicators=measure(case, allocation.plan),
    )


def _shared(run_: Run, solve: Solve, prefix: str) -> Run:
    equal = run_.proposals.shares.groupby("actor_id")["share_eur_per_yr"].sum()
    limit = run_.case.scenario.time_limit_s
    found = cooperate(run_.case, run_.allocation.plan, equal, solve, time_limit_s=limit, prefix=prefix)
    return replace(run_, cooperation=found)


def _no_pools(pools: Pools) -> Pools:
    return Pools(rounds=pools.rounds.iloc[:0], members=pools.members.iloc[:0])


def _what_is_left(case: Case, done: Allocation, candidates: Candidates) -> Case:
    """The case of the second run: what the first left over, with the legs to investigate beside the feasible ones.

    Projects that the first run opened exist for the second; links that it paid for are free; prices are those that it reached.
    """
    plan = done.plan
    legs = candidates.legs[candidates.legs["feasibility"] != "excluded"]
    used = over_all(plan["quantity"], legs.index, legs["feasibility"].eq("feasible").to_numpy())
    outputs = case.outputs.assign(quantity_per_yr=plan["disposed"].clip(lower=0.0), minimum_per_yr=0.0)
    # What goes on a joint round is spoken for.
    on = plan["is_pooled"].index[plan["is_pooled"] > 0.5]
    pooled = case.pool_members.loc[case.pool_members["pool_id"].isin(on), "output_id"]
    outputs.loc[outputs.index.isin(pooled), "quantity_per_yr"] = 0.0
    prices = reached_prices(case, plan)
    needs = case.needs.assign(
        quantity_per_yr=plan["purchased"].clip(lower=0.0), minimum_per_yr=0.0,
        price_eur_per_unit=prices.reindex(case.needs.index).fillna(case.needs["price_eur_per_unit"]),
    )  # fmt: skip
    throughput = plan["throughput"]
    opened = plan["is_open"].reindex(case.operators.index).fillna(0.0) > 0.5
    operators = case.operators.assign(
        capacity=(case.operators["capacity"] - throughput).clip(lower=0.0),
        is_existing=case.operators["is_existing"] | opened,
        cost_eur_per_unit=prices.reindex(case.operators.index).fillna(case.operators["cost_eur_per_unit"]),
    )
    left = (legs["upper_per_yr"] - used).clip(lower=0.0)
    for room in (
        legs["tail_id"].map(outputs["quantity_per_yr"]).astype(float),
        legs["head_id"].map(needs["quantity_per_yr"]).astype(float) / legs["ratio"],
        legs["head_id"].map(operators["capacity"]).astype(float) / legs["ratio"],
    ):
        left = left.where(~(room < left), room)  # NaN where the end is of another kind
    legs = legs.assign(
        upper_per_yr=left,
        link_eur_per_yr=legs["link_eur_per_yr"].where(used <= NEGLIGIBLE, 0.0),
        minimum_lot_per_yr=legs["minimum_lot_per_yr"].where(used <= NEGLIGIBLE, 0.0),
    )
    legs = legs[(left > NEGLIGIBLE) & (left >= legs["minimum_lot_per_yr"])]
    calendar = None if case.calendar is None else _calendar_left(case, case.calendar, plan, outputs)
    formed = plan["is_joined"].index[plan["is_joined"] > 0.5]
    agreements = over(agreements_of(candidates.flows, legs), legs, settled=formed)
    return replace(case, outputs=outputs, needs=needs, operators=operators, legs=legs, pools=case.pools.iloc[:0],
                   pool_members=case.pool_members.iloc[:0], agreements=agreements,
                   scenario=what_is_left(case, plan), calendar=calendar)  # fmt: skip


def _calendar_left(case: Case, calendar: Calendar, plan: Coefficients, outputs: pd.DataFrame) -> Calendar:
    """What each period has left; of what a store has carried over, nothing says when, so that it is spread as it arose."""
    legs = case.legs
    flow = pd.DataFrame(plan["flow"].to_numpy().reshape(len(legs), calendar.periods), index=legs.index)
    gone = flow.groupby(legs["tail_id"].astype(object)).sum().reindex(calendar.supply.index).fillna(0.0)
    share = (outputs["quantity_per_yr"] / case.outputs["quantity_per_yr"]).fillna(0.0)
    stored = calendar.supply.index.isin(calendar.stores.index)
    supply = (calendar.supply - gone).clip(lower=0.0).where(~stored[:, None], calendar.supply.mul(share, axis=0))
    served = (
        flow.mul(legs["ratio"], axis=0).groupby(legs["head_id"].astype(object)).sum().reindex(calendar.demand.index).fillna(0.0)
    )
    work = plan["work"].to_numpy().reshape(calendar.capacity.shape)
    return replace(
        calendar, supply=supply, demand=(calendar.demand - served).clip(lower=0.0),
        capacity=(calendar.capacity - work).clip(lower=0.0), stores=calendar.stores.iloc[:0],
    )  # fmt: skip


def _totals(candidates: Candidates, feasible: Run, to_investigate: Run) -> pd.DataFrame:
    """The three totals: what is feasible, to investigate, excluded."""
    paths, outputs = candidates.paths, candidates.flows.outputs
    tonnes = (outputs["quantity_per_yr"] * outputs["tonnes_per_unit"]).reindex(paths.names).to_numpy(dtype=float)
    rows = {}
    seen = np.zeros(len(paths.names), dtype=bool)
    # A pair stands where its best way stands, as it does among the refusals.
    pair, output = paths.pair, paths.ends["output_id"]
    nearest = np.full(int(pair.max(initial=-1)) + 1, len(FEASIBILITY), dtype=np.int8)
    is_pair = ~are_apart_for_good(candidates)
    np.minimum.at(nearest, pair[is_pair], paths.severity[is_pair])
    for place, (name, run_) in enumerate((("feasible", feasible), ("to_investigate", to_investigate), ("excluded", None))):
        mine = is_pair & (paths.severity == place)
        best = np.zeros_like(seen)
        best[output[mine]] = True
        best &= ~seen
        seen |= best
        done = run_.indicators["value"] if run_ is not None else pd.Series(dtype=float)
        rows[name] = {
            "chains": int(mine.sum()),
            "pairs": int((nearest == place).sum()),
            "outputs": int(best.sum()),
            "theoretical_t_per_yr": float(np.nansum(tonnes[best])),
            "synergies": len(run_.proposals.synergies) if run_ is not None else 0,
            "diverted_t_per_yr": float(done.get("diverted_t_per_yr", 0.0)),
            "gain_eur_per_yr": float(done.get("gain_eur_per_yr", 0.0)),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "feasibility"
    return table


def _missing_links(
    feasible: Run, to_investigate: Run, candidates: Candidates, catalogue: Catalogue, scenario: Scenario
) -> pd.DataFrame:
    """Processes that no operator runs here and that would turn what stays on outlets into what is still bought."""
    plan, flows = feasible.allocation.plan, candidates.flows
    left = plan["disposed"].sub(to_investigate.case.outputs["quantity_per_yr"], fill_value=0.0)
    left = to_investigate.allocation.plan["disposed"].reindex(left.index).fillna(0.0)
    bought = to_investigate.allocation.plan["purchased"]
    ways = pathways(catalogue, max_processes=1)
    ways = ways[(ways["process_1"] != "") & ~ways["process_1"].isin(flows.operators["process_id"])]
    surest = flows.offered.sort_values("confidence", ascending=False, kind="stable").drop_duplicates("output_id")
    surest = surest.loc[surest["output_id"].map(left).astype(float).fillna(0.0) > NEGLIGIBLE, ["output_id", "material_id"]]
    wanted = flows.wanted[flows.wanted["need_id"].map(bought).astype(float).fillna(0.0) > NEGLIGIBLE]
    target = ["target_kind", "target_id"]
    # Outputs and needs meet in the ways that join them, never one by one: a large territory has too many couples.
    ways = ways[ways["material_id"].isin(surest["material_id"])].merge(
        wanted[target].drop_duplicates(), on=target, how="inner", validate="many_to_one"
    )
    columns = [
        "process_id",
        "holders",
        "quantity_t_per_yr",
        "needs",
        "products",
        "labour_h_per_yr",
        "insertion_h_per_yr",
    ]
    if ways.empty:
        return pd.DataFrame(columns=columns)
    tonnes = left * flows.outputs["tonnes_per_unit"]
    outputs = surest.merge(ways[["material_id", "process_1"]].drop_duplicates(), on="material_id", how="inner",
                           validate="many_to_many")  # fmt: skip
    needs = wanted[["need_id", *target]].merge(ways[["process_1", *target]].drop_duplicates(), on=target, how="inner",
                                               validate="many_to_many")  # fmt: skip
    outputs = outputs.assign(tonnes=outputs["output_id"].map(tonnes).astype(float),
                             actor=outputs["output_id"].map(flows.outputs["actor_id"]))  # fmt: skip
    process = catalogue.processes
    table = outputs.groupby("process_1").agg(holders=("actor", "nunique"), quantity_t_per_yr=("tonnes", "sum"))
    table["needs"] = needs.groupby("process_1")["need_id"].nunique()
    table["products"] = ways.groupby("process_1")["product_1"].agg(lambda p: ";".join(sorted(set(p))))
    hours = table["quantity_t_per_yr"] * process["labour_h_per_unit"].reindex(table.index).fillna(0.0)
    table = table.assign(labour_h_per_yr=hours,
                         insertion_h_per_yr=hours * process["insertion_share"].reindex(table.index).fillna(0.0))  # fmt: skip
    table = table.rename_axis("process_id").reset_index()
    return table.sort_values(["quantity_t_per_yr", "process_id"], ascending=[False, True], ignore_index=True)[columns]
