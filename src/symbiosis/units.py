"""Units that people write, and the five reference units that the engine counts in.

A reference unit is one of :data:`symbiosis.schemas.UNITS`: tonnes, megawatt-hours, cubic metres, hours, pieces.
Quantities
are yearly; a unit may say so (``t/an``) or give another period, which is brought to a year (``t/mois`` × 12). A day
or an
hour is refused as a period: how many a site works is not known.

Mass and volume convert into each other through a density in t/m³, and only when one is given.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from symbiosis.errors import UnitError

_FACTORS: dict[str, dict[str, float]] = {
    "t": {
        "t": 1.0, "tonne": 1.0, "tonnes": 1.0, "ton": 1.0, "tons": 1.0, "kg": 1e-3, "kilo": 1e-3, "kilos": 1e-3,
        "kilogramme": 1e-3, "kilogrammes": 1e-3, "kilogram": 1e-3, "kilograms": 1e-3, "g": 1e-6, "gramme": 1e-6,
        "grammes": 1e-6, "gram": 1e-6, "grams": 1e-6, "q": 0.1, "quintal": 0.1, "quintaux": 0.1, "kt": 1e3,
    },
    "MWh": {
        "mwh": 1.0, "wh": 1e-6, "kwh": 1e-3, "gwh": 1e3, "twh": 1e6, "mj": 1 / 3600, "gj": 1 / 3.6, "tj": 1e3 / 3.6,
        "thermie": 1.163e-3, "thermies": 1.163e-3, "tep": 11.63, "toe": 11.63,
    },
    "m3": {
        "m3": 1.0, "nm3": 1.0, "metre cube": 1.0, "metres cubes": 1.0, "cubic metre": 1.0, "cubic metres": 1.0,
        "l": 1e-3, "litre": 1e-3, "litres": 1e-3, "liter": 1e-3, "liters": 1e-3, "hl": 0.1, "hectolitre": 0.1,
        "hectolitres": 0.1,
    },
    "h": {"h": 1.0, "heure": 1.0, "heures": 1.0, "hour": 1.0, "hours": 1.0, "hr": 1.0, "hrs": 1.0, "min": 1 / 60},
    "pieces": {
        "pieces": 1.0, "piece": 1.0, "pce": 1.0, "pcs": 1.0, "pc": 1.0, "u": 1.0, "unite": 1.0, "unites": 1.0,
        "unit": 1.0, "units": 1.0, "item": 1.0, "items": 1.0,
    },
}  # fmt: skip

_PERIODS = {
    "an": 1, "ans": 1, "annee": 1, "a": 1, "year": 1, "yr": 1, "y": 1, "trimestre": 4, "quarter": 4,
    "mois": 12, "month": 12, "semaine": 52, "sem": 52, "week": 52, "wk": 52,
}  # fmt: skip

_PERIOD = re.compile(r"^(.*?)\s*(?:/| par | per )\s*([a-z]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as it was written: what it measures and how much of the reference unit it is, a year."""

    reference: str
    factor: float


@cache
def parse_unit(text: str) -> Unit | None:
    """Reads a unit as people write it.

    Parameters
    ----------
    text
        For example ``kg``, ``M³``, ``t/mois``, ``litres par an``.

    Returns
    -------
    Unit or None
        ``None`` when the unit is not known.
    """
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    folded = " ".join(folded.replace(".", " ").split())
    periods = 1.0
    match = _PERIOD.match(folded)
    if match is not None:
        folded, period = match.group(1).strip(), match.group(2)
        if period not in _PERIODS:
            return None
        periods = float(_PERIODS[period])
    for reference, names in _FACTORS.items():
        if folded in names:
            return Unit(reference=reference, factor=names[folded] * periods)
    return None


def periods_per_year(text: str) -> float:
    """How many times a year the period of a unit comes, ``kg/semaine`` 52 times; 1 where it names none, or the year.

    Parameters
    ----------
    text
        As for :func:`parse_unit`.
    """
    unit, alone = parse_unit(text), parse_unit(without_period(text))
    return unit.factor / alone.factor if unit is not None and alone is not None else 1.0


def without_period(text: str) -> str:
    """The unit alone, ``kg`` of ``kg/semaine``: what a price is said for.

    Parameters
    ----------
    text
        As for :func:`parse_unit`.
    """
    return re.sub(r"\s*(?:/| par | per ).*$", "", text.casefold())


def conversion_factors(unit: pd.Series, reference_unit: pd.Series | str, density_t_per_m3: pd.Series | float) -> pd.Series:
    """What to multiply each quantity by to state it in its reference unit.

    Parameters
    ----------
    unit
        Units as they were written.
    reference_unit
        One of the reference units, for all or per row (same index).
    density_t_per_m3
        For all or per row (same index); NaN where unknown.

    Returns
    -------
    pandas.Series
        Floats on the index of `unit`; NaN where the unit is unknown or does not convert.
    """
    parsed = {u: parse_unit(u) for u in unit.unique()}
    factor = unit.map({u: np.nan if p is None else p.factor for u, p in parsed.items()}).astype(float)
    measured = unit.map({u: "" if p is None else p.reference for u, p in parsed.items()}).astype(object)
    wanted = reference_unit if isinstance(reference_unit, pd.Series) else pd.Series(reference_unit, index=unit.index)
    density = (
        density_t_per_m3
        if isinstance(density_t_per_m3, pd.Series)
        else pd.Series(density_t_per_m3, index=unit.index, dtype=float)
    )
    if not (wanted.index.equals(unit.index) and density.index.equals(unit.index)):
        raise UnitError("units, reference units and densities must share one index")
    wanted = wanted.astype(object)
    density = density.where(density > 0)
    same = measured == wanted
    to_mass = (measured == "m3") & (wanted == "t")
    to_volume = (measured == "t") & (wanted == "m3")
    ratio = pd.Series(np.select([same, to_mass, to_volume], [1.0, density, 1.0 / density], default=np.nan), unit.index)
    return factor * ratio


def convert(
    quantity: pd.Series,
    unit: pd.Series | str,
    reference_unit: pd.Series | str,
    density_t_per_m3: pd.Series | float = np.nan,
) -> pd.Series:
    """States quantities in their reference unit, per year.

    Parameters
    ----------
    quantity
        Finite floats, NaN where unknown.
    unit, reference_unit, density_t_per_m3
        For all or per row, on the index of `quantity`.

    Returns
    -------
    pandas.Series
        Floats on the index of `quantity`.

    Raises
    ------
    UnitError
        If a unit is unknown, or a mass is asked from a volume without a density, or the dimensions differ.
    """
    units = unit if isinstance(unit, pd.Series) else pd.Series(unit, index=quantity.index, dtype=object)
    if not units.index.equals(quantity.index):
        raise UnitError("quantities and units must share one index")
    factors = conversion_factors(units, reference_unit, density_t_per_m3)
    failed = factors.isna()
    if failed.any():
        wanted = reference_unit if isinstance(reference_unit, pd.Series) else pd.Series(reference_unit, index=units.index)
        couples = zip(units[failed], wanted[failed], strict=True)
        pairs = tuple(sorted({(str(u), str(w)) for u, w in couples}))
        listed = ", ".join(f"{u} → {w}" for u, w in pairs[:5])
        raise UnitError(f"cannot convert {listed} (unknown unit, other dimension, or density missing)", pairs)
    return quantity * factors
