"""Joint collection rounds: neighbours with the same waste, the same outlet and part loads share a lorry.

Today each holder pays its own trips: ``pick-ups × (fixed + €/km × 2 × km to the outlet)``. A joint round goes from the outlet past
the stops and back, as often as the most frequent of its members needs:
``rounds × (fixed + stops × stop + €/km × tour)``. The saving is the difference; the containers' rental is shown, not counted, since
nothing says that a round changes it. Sharing is the usual first success of a territory, so that rounds stand in the programme as
columns of their own: what goes on a round stays on today's outlet and cannot be exchanged as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

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
        `pool_id`, `output_id`, `trips_today_per_yr`, `cost_today_eur_per_yr`, `saving_eur_per_yr`: a round's saving is shared in
        proportion to what each pays today, so that all save the same share.
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
        for chosen in _neighbourhoods(group, scenario):
            costed = _costed(group.iloc[list(chosen)], chosen, group, scenario)
            if costed is None:
                continue
            pool_id = f"R{len(rounds) + 1:04d}"
            shares = costed.pop("members")
            rounds.append({"pool_id": pool_id, "material_id": material, "outlet_id": outlet, **costed})
            members += [{"pool_id": pool_id, **member} for member in shares]  # type: ignore[attr-defined]
    table = pd.DataFrame(rounds, columns=["pool_id", *_ROUND_COLUMNS]).set_index("pool_id")
    return Pools(rounds=table, members=pd.DataFrame(members, columns=_MEMBER_COLUMNS))


def _distances(group: pd.DataFrame, scenario: Scenario) -> NDArray[np.float64]:
    latitude, longitude = group["latitude"].to_numpy(), group["longitude"].to_numpy()
    return great_circle_km(latitude[:, None], longitude[:, None], latitude, longitude) * scenario.detour_factor


def _neighbourhoods(group: pd.DataFrame, scenario: Scenario) -> list[tuple[int, ...]]:
    """Each holder with its one, two… nearest neighbours within the radius: a few columns per holder, not every subset."""
    km = _distances(group, scenario)
    chosen: set[tuple[int, ...]] = set()
    for here in range(len(group)):
        near = [int(other) for other in np.argsort(km[here], kind="stable") if other != here]
        near = [other for other in near if km[here, other] <= scenario.pool_radius_km]
        for stops in range(2, min(scenario.pool_maximum_stops, len(near) + 1) + 1):
            chosen.add(tuple(sorted((here, *near[: stops - 1]))))
    return sorted(chosen)


def _costed(
    members: pd.DataFrame, chosen: tuple[int, ...], group: pd.DataFrame, scenario: Scenario
) -> dict[str, object] | None:
    """Cost of one round and what each member saves; None where it does not fit in the lorry or does not pay."""
    pickups = np.ceil((members["tonnes"] / members["load_t"]).to_numpy() - 1e-9)
    rounds = float(pickups.max())
    load = float((members["tonnes"] / rounds).sum())
    if load > float(members["payload_t"].min()):
        return None
    outlet_km = members["outlet_distance_km"].to_numpy()
    km = _distances(members, scenario)
    tours = {
        order: outlet_km[order[0]]
        + sum(km[a, b] for a, b in zip(order, order[1:], strict=False))
        + outlet_km[order[-1]]
        for order in permutations(range(len(members)))
        if order[0] <= order[-1]
    }
    order = min(tours, key=lambda o: (tours[o], o))
    tour = float(tours[order])
    each = pickups * (scenario.lorry_eur_per_trip + scenario.lorry_eur_per_km * 2 * outlet_km)
    cost = rounds * (
        scenario.lorry_eur_per_trip + scenario.pool_eur_per_stop * (len(members) - 1) + scenario.lorry_eur_per_km * tour
    )
    saving = float(each.sum()) - cost
    if saving <= 0:
        return None
    shares = saving * each / each.sum()
    return {
        "rounds_per_yr": rounds,
        "trips_today_per_yr": float(pickups.sum()),
        "tour_km": tour,
        "km_today_per_yr": float((pickups * 2 * outlet_km).sum()),
        "km_per_yr": rounds * tour,
        "load_t": load,
        "quantity_t_per_yr": float(members["tonnes"].sum()),
        "cost_today_eur_per_yr": float(each.sum()),
        "cost_eur_per_yr": cost,
        "saving_eur_per_yr": saving,
        "rental_eur_per_yr": float(members["rental_eur_per_yr"].fillna(0.0).sum()),
        "stop_order": tuple(members.index[list(order)]),
        "members": [
            {
                "output_id": output,
                "trips_today_per_yr": float(n),
                "cost_today_eur_per_yr": float(c),
                "saving_eur_per_yr": float(s),
            }
            for output, n, c, s in zip(members.index, pickups, each, shares, strict=True)
        ],
    }
