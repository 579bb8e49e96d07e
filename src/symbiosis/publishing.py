"""From a run to a publication: zones, tables, gate; for the facilitator who decides, and for planners who wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from symbiosis import engine
from symbiosis.aggregates import aggregates, joined, zoning_of
from symbiosis.allocation import Solve
from symbiosis.declarations import Declarations
from symbiosis.disclosure import Aggregate, Release, Zoning
from symbiosis.engine import Proposal
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.store import KeepZoning, Principal, Store, preview, publish, run, serve_request, zoning
from symbiosis.store.rows import read_territory

NO_ASSUMPTIONS = ("name", "on_date", "time_limit_s", "relative_gap", "seed")
"""Parameters that change nothing of what is published: two runs that differ by them are versions of one scenario."""

LONGEST_S = 60.0
"""A planner's run may take this long."""


def publish_proposal(
    store: Store, principal: Principal, proposal: Proposal, *, title: str, key: str, level: str = "planner",
    issued_on: date | None = None,
) -> str:  # fmt: skip
    """Publish the tables of a territory and of a run; arguments and errors as for :func:`symbiosis.store.publish`."""
    tables = _tables(store, principal, proposal)
    assumed = assumptions(proposal.scenario)
    return publish(store, principal, tables, title=title, key=key, level=level, scenario=assumed, issued_on=issued_on)


def preview_proposal(
    store: Store, principal: Principal, proposal: Proposal, *, issued_on: date | None = None
) -> dict[str, Release]:
    """What :func:`publish_proposal` would show and hide; see :func:`symbiosis.store.preview`."""
    tables = _tables(store, principal, proposal)
    return preview(store, principal, tables, scenario=assumptions(proposal.scenario), issued_on=issued_on)


def serve_planner(
    store: Store, territory_id: str, catalogue: Catalogue, *, solve: Solve, title: str, **options: Any
) -> str | None:
    """Run and publish what a planner of the territory waits for.

    Parameters
    ----------
    store
        Of the private side.
    territory_id
        Which.
    catalogue, solve
        As for :func:`symbiosis.engine.run`.
    title
        Of the publication.
    **options
        Of :func:`symbiosis.store.rows.read_territory`.

    Returns
    -------
    str or None
        Id of the request; ``None`` where nobody waits.
    """

    def tables(asked: Mapping[str, Any]) -> Sequence[Aggregate]:
        scenario = Scenario.from_dict(asked)
        scenario = replace(scenario, time_limit_s=min(scenario.time_limit_s, LONGEST_S))
        declarations = read_territory(store, territory_id, **options).declarations
        return _tables(store, Principal.engine(territory_id), engine.run(declarations, catalogue, scenario, solve=solve))

    return serve_request(store, territory_id, tables, title=title)


def assumptions(scenario: Scenario) -> dict[str, Any]:
    """What makes a scenario another one than the reference.

    Parameters
    ----------
    scenario
        Any.

    Returns
    -------
    dict
        Name of the parameter to its value, where it is not the default; empty for the reference.
    """
    told, usual = scenario.to_dict(), Scenario().to_dict()
    return {name: value for name, value in told.items() if name not in NO_ASSUMPTIONS and value != usual[name]}


def _tables(store: Store, principal: Principal, proposal: Proposal) -> tuple[Aggregate, ...]:
    return aggregates(proposal, _zones(store, principal, proposal.declarations))


def _zones(store: Store, principal: Principal, declarations: Declarations) -> Zoning:
    """The zones of the territory: made the first time, joined by new communes, kept."""
    kept = zoning(store, principal)
    zones = zoning_of(declarations) if kept is None else joined(kept, declarations)
    if zones != kept:
        command = KeepZoning(territory_id=principal.territory_id, zone_of=dict(zones.zone_of), founding=zones.founding)
        run(store, principal, command, key=f"zones {len(zones.zone_of)} {zones.fingerprint}")
    return zones
