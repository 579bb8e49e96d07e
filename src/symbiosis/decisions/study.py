"""A territory held in memory and solved again under other scenarios, each paying for what it changes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from symbiosis.allocation import Allocation, Solve, Staged, complete
from symbiosis.candidates import Candidates, join_flows
from symbiosis.candidates.again import SEARCHED, has_all, legs_again, must_search
from symbiosis.declarations import Declarations
from symbiosis.engine import case_of
from symbiosis.flows import Flows, read_flows
from symbiosis.materials import Catalogue
from symbiosis.objectives import Case
from symbiosis.pools import Pools, find_pools
from symbiosis.scenario import Scenario
from symbiosis.solvers import Memory

_POOLED = ("pool_radius_km", "pool_maximum_stops", "pool_eur_per_stop", "lorry_eur_per_trip", "lorry_eur_per_km",
           "lorry_payload_t", "detour_factor", "on_date")  # fmt: skip
"""What joint rounds depend on."""


_ALLOCATED = [
    "tail_id", "head_id", "tail_kind", "head_kind", "material_id", "head_material_id", "use_id", "family", "unit", "rung",
    "transport", "reasons", "feasibility", "distance_km", "maximum_distance_km", "ratio", "tonnes_per_unit", "load_t",
    "payload_t", "density_t_per_m3", "link_eur_per_unit", "transport_eur_per_unit", "transport_eur_per_trip",
    "link_eur_per_yr", "upper_per_yr", "minimum_lot_per_yr", "has_whole_trips",
]  # fmt: skip
"""What an allocation and its indicators read of a leg: a third of its columns, and the rest is for people."""


_ASKED = ("limits", "objective", "relative_gap", "time_limit_s", "seed", "split", "is_loss_accepted", "is_hierarchy_lifted")
"""What a scenario asks of a plan, and not of the territory."""


class Study:
    """One territory, any number of scenarios: the feasible run of :func:`symbiosis.engine.run` for each.

    Candidates are looked for once, within the widest radius that was asked for, and priced or dropped after that
    (:mod:`symbiosis.candidates.again`); of the programme only the parts that changed are solved
    (:class:`symbiosis.solvers.Memory`). Where two plans are equally good, a run that remembers may give another one than a run
    that does not; what they are worth is the same within the gap.

    Parameters
    ----------
    declarations, catalogue
        As for :func:`symbiosis.engine.run`.
    scenario
        The one to begin with; a radius that is wider than others spares these a search.
    solve
        The solver, here or in a child.

    Attributes
    ----------
    memory
        The solver that remembers.
    searches
        How often candidates were looked for.
    """

    def __init__(self, declarations: Declarations, catalogue: Catalogue, scenario: Scenario, *, solve: Solve) -> None:
        catalogue = catalogue.extended(declarations.extension)
        # Its own memory: nobody else's territory takes the place of what was read here.
        self.declarations, self.catalogue = declarations, replace(catalogue, memory=dict(catalogue.memory))
        self.memory = Memory(solve)
        self.searches = 0
        self._pools: dict[tuple[object, ...], Pools] = {}
        self._last: tuple[Scenario, str, Case] | None = None
        self._written: Staged | None = None
        self._search(scenario)

    def _search(self, scenario: Scenario) -> None:
        self._found_under = scenario
        found = join_flows(self._flows(scenario), self.declarations, self.catalogue, scenario)
        self._found = replace(found, legs=found.legs[_ALLOCATED])
        self._has_all = has_all(found, scenario)
        self.searches += 1

    def _flows(self, scenario: Scenario, absent: str = "") -> Flows:
        flows = read_flows(self.declarations, self.catalogue, scenario)
        return _without(flows, absent) if absent else flows

    def case(self, scenario: Scenario, *, absent: str = "") -> Case:
        """What may be used under a scenario.

        Parameters
        ----------
        scenario
            What is assumed.
        absent
            An actor who is not there.

        Returns
        -------
        Case
        """
        if self._last is not None and self._last[:2] == (scenario, absent):
            return self._last[2]  # a preview comes before its plan
        if must_search(self._found, self._found_under, scenario):
            changed = any(getattr(self._found_under, name) != getattr(scenario, name) for name in SEARCHED)
            # A wider circle is kept, where all in it is: whoever turns the radius turns it back.
            widest = max(self._found_under.maximum_distance_km, scenario.maximum_distance_km)
            self._search(scenario if changed else replace(scenario, maximum_distance_km=widest))
            if must_search(self._found, self._found_under, scenario):
                self._search(scenario)
        if self._last is not None and self._last[1] == absent and _asks(scenario, of=self._last[0]) == scenario:
            case = replace(self._last[2], scenario=scenario)
            self._last = scenario, absent, case
            return case
        flows, found, under = self._flows(scenario, absent), self._found, self._found_under
        if absent and not self._has_all:
            # Who had no room beside the absent one has it now.
            found, under = join_flows(flows, self.declarations, self.catalogue, scenario), scenario
        legs = legs_again(found, flows, under, scenario)
        if absent:
            there = [*flows.outputs.index, *flows.needs.index, *flows.operators.index]
            legs = legs[legs["tail_id"].isin(there) & legs["head_id"].isin(there)]
        case = case_of(Candidates(flows=flows, legs=legs, judged=found.judged), self._rounds(flows, scenario, absent),
                       self.catalogue, scenario)  # fmt: skip
        self._last = scenario, absent, case
        return case

    def _rounds(self, flows: Flows, scenario: Scenario, absent: str) -> Pools:
        key = (*(getattr(scenario, name) for name in _POOLED), absent)
        if absent:
            outputs = self._flows(scenario).outputs
            if not (outputs["actor_id"].eq(absent) & outputs["load_t"].notna()).any():
                key = (*key[:-1], "")  # nobody's neighbour on any round
        if key not in self._pools:
            self._pools[key] = find_pools(flows, self.catalogue, scenario)
        return self._pools[key]

    def plan(self, scenario: Scenario, *, absent: str = "") -> tuple[Case, Allocation]:
        """The best plan under a scenario, proved.

        Parameters
        ----------
        scenario, absent
            As for :meth:`case`.

        Returns
        -------
        tuple
            What could be used, and the plan.

        Raises
        ------
        InfeasibleError, SolverError
            As :func:`symbiosis.allocation.allocate`.
        """
        case = self.case(scenario, absent=absent)
        return case, complete(self._begun(case).branch())

    def preview(self, scenario: Scenario) -> tuple[Case, Allocation]:
        """About what :meth:`plan` will say, sooner: the linear relaxation. It proves nothing, and must be shown as such."""
        case = self.case(scenario)
        return case, complete(self._begun(case).branch(is_relaxed=True))

    def staged(self, scenario: Scenario) -> Staged:
        """The programme of a scenario with the rungs of the waste hierarchy held, before its last stages."""
        staged = self._begun(self.case(scenario)).branch()
        for rung in staged.rungs:
            staged.hold_rung(rung)
        return staged

    def _begun(self, case: Case) -> Staged:
        """The programme of a case, written once for the preview and the plan after it."""
        if self._written is None or self._written.case is not case:
            self._written = Staged(case, self.memory.solve, before=self._written, is_remembered=True)
        return self._written


def _asks(scenario: Scenario, *, of: Scenario) -> Scenario:
    """A scenario with what another one asks of a plan, which says nothing about what there is to choose from."""
    return replace(of, **{name: getattr(scenario, name) for name in _ASKED})


def _without(flows: Flows, actor: str) -> Flows:
    """The flows of all others."""

    def others(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["actor_id"].ne(actor)]

    outputs, needs, operators = others(flows.outputs), others(flows.needs), others(flows.operators)
    return replace(
        flows, outputs=outputs, needs=needs, operators=operators,
        ports=flows.ports[flows.ports["operator_id"].isin(operators.index)],
        offered=flows.offered[flows.offered["output_id"].isin(outputs.index)],
        wanted=flows.wanted[flows.wanted["need_id"].isin(needs.index)],
    )  # fmt: skip
