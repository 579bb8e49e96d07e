"""Legs that were found once, under a scenario that differs: what each kind of parameter makes out of date, and no more.

============================== ===========================================================================================
parameters                     what is done again
============================== ===========================================================================================
:data:`SEARCHED`               everything: another law, other words, other ways to carry
``maximum_distance_km``        nothing, if it is shorter: the legs beyond it fall out
:data:`PRICED`                 costs and whole trips of the legs, from the tariff
all others                     nothing: they are about pools, limits, objectives or the solver
============================== ===========================================================================================

A search keeps the best partners of every flow, and another price may choose others: where it had to choose, it is done again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from symbiosis.candidates.tariff import Freight, tariff
from symbiosis.flows import Flows
from symbiosis.scenario import Scenario

if TYPE_CHECKING:
    from symbiosis.candidates import Candidates

SEARCHED = (
    "on_date",
    "detour_factor",
    "pipe_eur_per_km_yr",
    "pipe_loss_share_per_km",
    "minimum_confidence",
    "sure_confidence",
    "heat_pinch_k",
    "candidates_per_flow",
    "maximum_operators",
    "periods",
    "horizon_days",
)
"""Parameters that decide which legs there are."""

PRICED = (
    "transport_eur_per_t_km",
    "lorry_eur_per_km",
    "lorry_eur_per_trip",
    "lorry_payload_t",
    "integer_trips_below_per_yr",
)
"""Parameters that decide what the lorries of a leg cost."""

_CHOOSES = (*PRICED, "maximum_distance_km", "disposal_increase_eur_per_t")
"""Parameters by which a search that has too many partners for a flow may keep others."""


def must_search(candidates: Candidates, found_under: Scenario, scenario: Scenario) -> bool:
    """Whether legs have to be looked for again.

    Parameters
    ----------
    candidates, found_under
        What was found, and under which scenario.
    scenario
        The one that is asked for.

    Returns
    -------
    bool
    """
    changed = {name for name in (*SEARCHED, *_CHOOSES) if getattr(found_under, name) != getattr(scenario, name)}
    return (
        bool(changed & set(SEARCHED))
        or scenario.maximum_distance_km > found_under.maximum_distance_km
        or (bool(changed) and not has_all(candidates, found_under))
    )


def has_all(candidates: Candidates, scenario: Scenario) -> bool:
    """Whether every flow has fewer partners than the search keeps: then nothing was left out."""
    from symbiosis.candidates import most_partners

    legs, most = candidates.legs, most_partners(candidates.flows, scenario)
    return all(
        legs.groupby([legs[one], legs[other].eq("operator")], observed=True).size().max() < most
        for one, other in (("tail_id", "head_kind"), ("head_id", "tail_kind"))
        if len(legs)
    )


def legs_again(candidates: Candidates, flows: Flows, found_under: Scenario, scenario: Scenario) -> pd.DataFrame:
    """The feasible legs under a scenario for which no new search is needed.

    Parameters
    ----------
    candidates, flows, found_under
        What was found, of which flows, and under which scenario.
    scenario
        The one that is asked for (:func:`must_search` says no).

    Returns
    -------
    pandas.DataFrame
        Rows of :attr:`~symbiosis.candidates.Candidates.legs`.
    """
    legs: pd.DataFrame = candidates.legs
    limit = np.minimum(legs["maximum_distance_km"].to_numpy(), scenario.maximum_distance_km)
    is_open = (legs["feasibility"] == "feasible").to_numpy() & (legs["distance_km"].to_numpy() <= limit)
    legs = legs.loc[is_open]
    if scenario.maximum_distance_km != found_under.maximum_distance_km:
        legs = legs.assign(maximum_distance_km=np.minimum(legs["maximum_distance_km"], scenario.maximum_distance_km))
    if all(getattr(found_under, name) == getattr(scenario, name) for name in PRICED):
        return legs
    material = {name: legs[name].to_numpy(dtype=object) for name in ("family", "transport", "unit")}
    material |= {name: legs[name].to_numpy(dtype=float) for name in ("payload_t", "density_t_per_m3")}
    load = legs["tail_id"].map(flows.outputs["load_t"]).to_numpy(dtype=float)
    freight = Freight.of(material, scenario)
    carriage = tariff(freight, np.arange(len(legs)), legs["tonnes_per_unit"].to_numpy(dtype=float), load, scenario)
    km, quoted = legs["distance_km"].to_numpy(), legs["link_eur_per_unit"].to_numpy(dtype=float)
    load = np.where(np.isnan(quoted), carriage.load_t, np.nan)
    has_trips = ~np.isnan(load)
    trips = legs["upper_per_yr"] * carriage.tonnes / load
    priced: pd.DataFrame = legs.assign(
        load_t=load,
        transport_eur_per_unit=np.where(np.isnan(quoted), carriage.per_unit + carriage.per_unit_km * km, quoted),
        transport_eur_per_trip=np.where(has_trips, scenario.lorry_eur_per_trip + scenario.lorry_eur_per_km * 2 * km, 0.0),
        has_whole_trips=has_trips & (trips < scenario.integer_trips_below_per_yr).to_numpy(),
    )
    return priced
