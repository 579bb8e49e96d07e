"""What it costs to carry something: straight lines in the distance, worked out once per flow and kin.

road     known load: ``trips × (lorry_eur_per_trip + lorry_eur_per_km × 2 × km)``; unknown load: ``€/t·km × t × km``
pipe     ``pipe_eur_per_km_yr × km`` a year for the link, heat loses ``pipe_loss_share_per_km`` per km
none     nothing (a quoted price of the territory's own table of links stands before all three)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbiosis.scenario import Scenario

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

GREATEST_LOSS = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Coefficients of some carriages, one row each.

    Attributes
    ----------
    tonnes
        Per unit of the tail.
    load_t
        Of a lorry; NaN where unknown or where no lorry drives.
    per_unit, per_unit_km
        Euros per unit, fixed and per km.
    per_yr_km
        Euros a year per km of link.
    loss_per_km
        Share lost.
    """

    tonnes: Floats
    load_t: Floats
    per_unit: Floats
    per_unit_km: Floats
    per_yr_km: Floats
    loss_per_km: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """What of materials decides how they are carried, one row each.

    Attributes
    ----------
    tonnes
        Per unit of the material, where the tail does not tell.
    payload_t
        Most that a lorry takes.
    is_road, is_pipe
        How it goes.
    loss_per_km
        Share lost.
    """

    tonnes: Floats
    payload_t: Floats
    is_road: Mask
    is_pipe: Mask
    loss_per_km: Floats

    @classmethod
    def of(cls, material: Mapping[str, Any], scenario: Scenario) -> Freight:
        """Freight of materials.

        Parameters
        ----------
        material
            Arrays `family`, `transport`, `unit`, `payload_t`, `density_t_per_m3`.
        scenario
            Prices.

        Returns
        -------
        Freight
        """
        density, is_pipe = np.nan_to_num(material["density_t_per_m3"], nan=1.0), material["transport"] == "pipe"
        return cls(
            tonnes=np.select([material["unit"] == "t", material["unit"] == "m3"], [1.0, density], 0.0),
            payload_t=np.nan_to_num(material["payload_t"], nan=scenario.lorry_payload_t),
            is_road=np.asarray(material["transport"] == "road", dtype=bool),
            is_pipe=np.asarray(is_pipe, dtype=bool),
            loss_per_km=np.where(is_pipe & (material["family"] == "energy"), scenario.pipe_loss_share_per_km, 0.0),
        )


def tariff(freight: Freight, row: NDArray[Any], tonnes: Floats, load_t: Floats, scenario: Scenario) -> Tariff:
    """Coefficients of carriages.

    Parameters
    ----------
    freight, row
        Of materials, and which material each carriage carries.
    tonnes
        Per unit of the tail; NaN takes the material's own.
    load_t
        Usual load of the tail, NaN where unknown; no more than a lorry takes.
    scenario
        Prices.

    Returns
    -------
    Tariff
    """
    tonnes = np.where(np.isnan(tonnes), freight.tonnes[row], tonnes)
    is_road = freight.is_road[row] & (tonnes > 0)
    load = np.where(is_road, np.minimum(load_t, freight.payload_t[row]), np.nan)
    trips, is_unknown = tonnes / load, np.isnan(load)
    unknown_load = np.where(is_road, scenario.transport_eur_per_t_km * tonnes, 0.0)
    return Tariff(
        tonnes=tonnes,
        load_t=load,
        per_unit=np.where(is_unknown, 0.0, scenario.lorry_eur_per_trip * trips),
        per_unit_km=np.where(is_unknown, unknown_load, 2 * scenario.lorry_eur_per_km * trips),
        per_yr_km=np.where(freight.is_pipe[row], scenario.pipe_eur_per_km_yr, 0.0),
        loss_per_km=freight.loss_per_km[row],
    )
