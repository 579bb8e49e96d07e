"""What reads well and still cannot be, or should be looked at: units, densities, places, numbers of establishments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from symbiosis.declarations.typed import TypedTable
from symbiosis.errors import Problem
from symbiosis.units import parse_unit

# A site may lie this many times the radius of the territory from its centre before somebody should look.
TERRITORY_FACTOR = 1.5
EARTH_RADIUS_KM = 6371.0088

# Above these yearly quantities, in reference units, a declaration is doubted: kilograms typed as tonnes, litres as
# m³. The largest
# industrial flows that are exchanged (blast-furnace slag, gypsum of a power plant) stay below a million tonnes.
CEILINGS = {"t": 1e6, "MWh": 2e7, "m3": 2e8, "h": 1e6, "pieces": 2e7}

# La Poste numbers its establishments so that the digits sum to a multiple of five, not by Luhn.
_LA_POSTE = "356000000"

_ORDERED = {
    "outputs": (
        ("quantity_low", "quantity"),
        ("quantity", "quantity_high"),
        ("quantity_low", "quantity_high"),
        ("minimum_quantity", "quantity"),
    ),
    "needs": (("minimum_quantity", "quantity"),),
    "quality": (("minimum", "maximum"),),
}


def check_plausibility(typed: Mapping[str, TypedTable], facts: Mapping[str, object]) -> list[Problem]:
    """Units, densities, ranges, places and numbers of establishments.

    Parameters
    ----------
    typed
        Tables that were read.
    facts
        What ``facts.json`` says of the territory.

    Returns
    -------
    list of Problem
    """
    problems: list[Problem] = []
    for table in typed.values():
        if not len(table.frame):
            continue
        name = table.table.name
        problems += _ranges(table)
        problems += _lost_characters(table)
        if name in ("outputs", "needs", "operators"):
            problems += _units(table)
        if name == "price_thresholds":
            of_nobody = table.frame["need_id"].eq("") & table.frame["operator_id"].eq("")
            problems += [table.problem(int(i), "need_id", "missing_value") for i in np.flatnonzero(of_nobody.to_numpy())]
        if name == "sites":
            problems += _places(table, facts)
            problems += _numbers_of(table, "siret", 14)
            problems += _insee(table)
        if name == "actors":
            problems += _numbers_of(table, "siren", 9)
    return problems


def _ranges(typed: TypedTable) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[int] = set()
    for low, high in _ORDERED.get(typed.table.name, ()):
        crossed = typed.frame[low] > typed.frame[high]
        for i in np.flatnonzero(crossed.to_numpy()):
            if int(i) not in seen:
                seen.add(int(i))
                written = low if low in typed.text else high
                problems.append(typed.problem(int(i), written, "range_upside_down", low=low, high=high))
    return problems


def _lost_characters(typed: TypedTable) -> list[Problem]:
    """Accents that an earlier program broke: ``Ã©`` or the replacement mark."""
    problems: list[Problem] = []
    for name, column in typed.table.columns.items():
        if column.kind != "text" or name not in typed.text:
            continue
        broken = typed.text[name].str.contains("Ã[\u0080-\u00bf©¨ª§´»‰€™®«¢¹]|\ufffd|â€™|Â°", regex=True)
        rows = np.flatnonzero(broken.to_numpy(dtype=bool))
        problems += [typed.problem(int(i), name, "broken_accents", "warning") for i in rows]
    return problems


def _units(typed: TypedTable) -> list[Problem]:
    if "unit" not in typed.text:
        return []
    problems: list[Problem] = []
    frame = typed.frame
    amount = frame["quantity"] if "quantity" in frame else frame["capacity"]
    amount_column = "quantity" if "quantity" in frame else "capacity"
    parsed = {u: parse_unit(u) for u in frame["unit"].unique() if u}
    for i, (unit, value) in enumerate(zip(frame["unit"], amount, strict=True)):
        if not unit:
            continue
        known = parsed[unit]
        if known is None:
            problems.append(typed.problem(i, "unit", "unknown_unit"))
            continue
        if known.reference == "m3" and _needs_density(typed, i):
            problems.append(typed.problem(i, "density_t_per_m3", "missing_density", unit=unit))
        ceiling = CEILINGS[known.reference] / known.factor
        if value > ceiling:
            problems.append(typed.problem(i, amount_column, "suspicious_quantity", "warning", unit=unit, ceiling=ceiling))
    return problems


def _needs_density(typed: TypedTable, position: int) -> bool:
    frame = typed.frame
    if "density_t_per_m3" not in frame or frame["family"].iloc[position] != "material":
        return False
    unreadable = (position, "density_t_per_m3") in typed.spoilt or (position, "family") in typed.spoilt
    return bool(np.isnan(frame["density_t_per_m3"].iloc[position])) and not unreadable


def distance_km(latitude: pd.Series, longitude: pd.Series, centre: tuple[float, float]) -> np.ndarray:
    """Great-circle distance to a centre, in km.

    Parameters
    ----------
    latitude, longitude
        Decimal degrees.
    centre
        Latitude and longitude.

    Returns
    -------
    numpy.ndarray
    """
    lat, lon = np.radians(latitude.to_numpy(dtype=float)), np.radians(longitude.to_numpy(dtype=float))
    lat0, lon0 = np.radians(centre)
    half = np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def _places(typed: TypedTable, facts: Mapping[str, object]) -> list[Problem]:
    bounds = [facts.get(k) for k in ("latitude", "longitude", "radius_km")]
    if not all(isinstance(b, int | float) and not isinstance(b, bool) for b in bounds):
        return []
    latitude, longitude, radius = (float(str(b)) for b in bounds)
    limit = TERRITORY_FACTOR * radius
    lat, lon = typed.frame["latitude"], typed.frame["longitude"]
    away = distance_km(lat, lon, (latitude, longitude))
    swapped = distance_km(lon.clip(-90, 90), lat, (latitude, longitude))
    problems = []
    for i in np.flatnonzero(away > limit):
        if swapped[i] <= limit:
            problems.append(typed.problem(int(i), "latitude", "coordinates_swapped", longitude=float(lon.iloc[i])))
        else:
            problems.append(
                typed.problem(
                    int(i),
                    "latitude",
                    "site_outside_territory",
                    "warning",
                    distance_km=round(float(away[i])),
                    limit_km=round(limit),
                )
            )
    return problems


def has_valid_check_digit(digits: str) -> bool:
    """Luhn's check of a SIREN or SIRET.

    Parameters
    ----------
    digits
        Only digits.

    Returns
    -------
    bool
    """
    if len(digits) == 14 and digits.startswith(_LA_POSTE) and sum(map(int, digits)) % 5 == 0:
        return True
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _numbers_of(typed: TypedTable, name: str, length: int) -> list[Problem]:
    if name not in typed.text:
        return []
    problems = []
    for i, cell in enumerate(typed.frame[name]):
        digits = "".join(cell.split())
        if not digits:
            continue
        if not (digits.isascii() and digits.isdecimal() and len(digits) == length):
            problems.append(typed.problem(i, name, f"{name}_malformed", "warning", length=length))
        elif not has_valid_check_digit(digits):
            problems.append(typed.problem(i, name, f"{name}_check_digit", "warning"))
        else:
            typed.frame.loc[i, name] = digits
    return problems


def _insee(typed: TypedTable) -> list[Problem]:
    if "insee_code" not in typed.text:
        return []
    codes, country = typed.frame["insee_code"], typed.frame["country"].str.upper()
    short = country.isin(["", "FR"]) & codes.str.fullmatch(r"\d{4}")
    return [
        typed.problem(int(i), "insee_code", "insee_zero_lost", "warning", suggestion="0" + codes.iloc[int(i)])
        for i in np.flatnonzero(short.to_numpy(dtype=bool))
    ]
