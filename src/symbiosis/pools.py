"""Joint collection rounds: neighbours with the same waste, the same outlet and part loads share a lorry.

Today each holder pays its own trips: ``pick-ups × (fixed + €/km × 2 × km to the outlet)``. A joint round goes from the outlet
past the stops and back, as often as the most frequent of its members needs:
``rounds × (fixed + stops × stop + €/km × tour)``. The saving is the difference; the containers' rental is shown, not counted,
since nothing says that a round changes it. Sharing is the usual first success of a territory, so that rounds stand in the
programme as columns of their own: what goes on a round stays on today's outlet and cannot be exchanged as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.flows import Flows
from symbiosis.geography import great_circle_km
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """Rounds that would pay, and who is in them.

    Attributes
    ----------
    rounds
        By `pool_id`: `material_id`, `outlet_id`, `rounds_per_yr`, `trips_today_per_yr`, `tour_km`, `km_today_per_yr`,
        `km_per_yr`, `load_t`, `quantity_t_per_yr`, `cost_today_eur_per_yr`, `cost_eur_per_yr`, `saving_eur_per_yr`,
        `rental_eur_per_yr`, `stop_order`.
    members
        `pool_id`, `output_id`, `trips_today_per_yr`, `cost_today_eur_per_yr`, `saving_eur_per_yr`: a round's saving is shared
        in proportion to what each pays today, so that all save the same share.
    """

    rounds: pd.DataFrame
    members: pd.DataFrame


_ROUND_COLUMNS = ["material_id", "outlet_id", "rounds_per_yr", "trips_today_per_yr", "tour_km", "km_today_per_yr", "km_per_yr",
                  "load_t", "quantity_t_per_yr", "cost_today_eur_per_yr", "cost_eur_per_yr", "saving_eur_per_yr",
                  "rental_eur_per_yr", "stop_order"]  # fmt: skip
_MEMBER_COLUMNS = ["pool_id", "output_id", "trips_today_per_yr", "cost_today_eur_per_yr", "saving_eur_per_yr"]


def find_pools(flows: Flows, catalogue: Catalogue, scenario: Scenario) -> Pools:
    """Enumerate joint rounds of two to `pool_maximum_stops` neighbours and cost them.

    Parameters
    ----------
    flows, catalogue, scenario
        What is declared, known and assumed. Only outputs with a known load, outlet and distance to it are considered.

    Returns
    -------
    Pools
        Rounds whose saving is positive.
    """
    outputs = flows.outputs
    payload = outputs["best_material_id"].map(catalogue.materials["payload_t"]).fillna(scenario.lorry_payload_t)
    tonnes = outputs["quantity_per_yr"] * outputs["tonnes_per_unit"]
    usable = outputs[
        outputs["load_t"].notna() & (outputs["load_t"] < payload) & (tonnes > 0) & outputs["outlet_id"].ne("")
        & outputs["outlet_distance_km"].notna() & outputs["best_material_id"].ne("")
    ].assign(payload_t=payload, tonnes=tonnes)  # fmt: skip
    rounds: list[dict[str, object]] = []
    members: list[dict[str, object]] = []
    for (material, outlet), group in usable.groupby(["best_material_id", "outlet_id"], sort=True):
        if len(group) < 2:
            continue
        holders = _holders(group, scenario)
        for chosen in _neighbourhoods(holders.km, scenario):
            costed = _costed(holders, np.array(chosen), scenario)
            if costed is None:
                continue
            pool_id = f"R{len(rounds) + 1:04d}"
            figures, shares = costed
            rounds.append({"pool_id": pool_id, "material_id": material, "outlet_id": outlet, **figures})
            members += [{"pool_id": pool_id, **member} for member in shares]
    table = pd.DataFrame(rounds, columns=["pool_id", *_ROUND_COLUMNS]).set_index("pool_id")
    return Pools(rounds=table, members=pd.DataFrame(members, columns=_MEMBER_COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holders:
    """Outputs of one material and outlet, as arrays: what a round needs to know of each."""

    output_ids: tuple[str, ...]
    tonnes: NDArray[np.float64]
    pickups: NDArray[np.float64]
    payload_t: NDArray[np.float64]
    outlet_km: NDArray[np.float64]
    rental: NDArray[np.float64]
    km: NDArray[np.float64]


def _holders(group: pd.DataFrame, scenario: Scenario) -> _Holders:
    latitude, longitude = group["latitude"].to_numpy(), group["longitude"].to_numpy()
    straight = great_circle_km(latitude[:, None], longitude[:, None], latitude, longitude)
    tonnes = group["tonnes"].to_numpy(dtype=float)
    return _Holders(
        output_ids=tuple(group.index),
        tonnes=tonnes,
        pickups=np.ceil(tonnes / group["load_t"].to_numpy(dtype=float) - 1e-9),
        payload_t=group["payload_t"].to_numpy(dtype=float),
        outlet_km=group["outlet_distance_km"].to_numpy(dtype=float),
        rental=group["rental_eur_per_yr"].fillna(0.0).to_numpy(dtype=float),
        km=straight * scenario.detour_factor,
    )


def _neighbourhoods(km: NDArray[np.float64], scenario: Scenario) -> list[tuple[int, ...]]:
    """Each holder with its one, two… nearest neighbours within the radius: a few columns per holder, not every subset."""
    chosen: set[tuple[int, ...]] = set()
    for here in range(len(km)):
        near = np.argsort(km[here], kind="stable")
        near = near[(near != here) & (km[here, near] <= scenario.pool_radius_km)]
        for stops in range(2, min(scenario.pool_maximum_stops, len(near) + 1) + 1):
            chosen.add(tuple(sorted((here, *(int(other) for other in near[: stops - 1])))))
    return sorted(chosen)


def _shortest_tour(holders: _Holders, chosen: NDArray[np.int64]) -> tuple[float, tuple[int, ...]]:
    """Kilometres and order of the shortest tour from the outlet past the stops and back; a reversed tour is the same."""
    km = holders.km[np.ix_(chosen, chosen)]
    outlet_km = holders.outlet_km[chosen]
    orders = [order for order in permutations(range(len(chosen))) if order[0] <= order[-1]]
    tours = [outlet_km[order[0]] + outlet_km[order[-1]] + sum(km[a, b] for a, b in pairwise(order)) for order in orders]
    best = int(np.argmin(tours))
    return float(tours[best]), orders[best]


def _costed(
    holders: _Holders, chosen: NDArray[np.int64], scenario: Scenario
) -> tuple[dict[str, object], list[dict[str, object]]] | None:
    """Cost of one round and what each member saves; None where it does not fit in the lorry or does not pay."""
    pickups, tonnes, outlet_km = holders.pickups[chosen], holders.tonnes[chosen], holders.outlet_km[chosen]
    rounds = float(pickups.max())
    load = float(tonnes.sum()) / rounds
    if load > holders.payload_t[chosen].min():
        return None
    tour, order = _shortest_tour(holders, chosen)
    each = pickups * (scenario.lorry_eur_per_trip + scenario.lorry_eur_per_km * 2 * outlet_km)
    stops = scenario.pool_eur_per_stop * (len(chosen) - 1)
    cost = rounds * (scenario.lorry_eur_per_trip + stops + scenario.lorry_eur_per_km * tour)
    saving = float(each.sum()) - cost
    if saving <= 0:
        return None
    ids = [holders.output_ids[place] for place in chosen]
    figures: dict[str, object] = {
        "rounds_per_yr": rounds,
        "trips_today_per_yr": float(pickups.sum()),
        "tour_km": tour,
        "km_today_per_yr": float((pickups * 2 * outlet_km).sum()),
        "km_per_yr": rounds * tour,
        "load_t": load,
        "quantity_t_per_yr": float(tonnes.sum()),
        "cost_today_eur_per_yr": float(each.sum()),
        "cost_eur_per_yr": cost,
        "saving_eur_per_yr": saving,
        "rental_eur_per_yr": float(holders.rental[chosen].sum()),
        "stop_order": tuple(ids[place] for place in order),
    }
    shares: list[dict[str, object]] = [
        {"output_id": output, "trips_today_per_yr": float(n), "cost_today_eur_per_yr": float(c),
         "saving_eur_per_yr": saving * float(c) / float(each.sum())}
        for output, n, c in zip(ids, pickups, each, strict=True)
    ]  # fmt: skip
    return figures, shares
