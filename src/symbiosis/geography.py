"""Distances on the globe, and who is near whom without looking at everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088

Floats = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]

REACHES_PER_STRIP = 2
"""Height of a strip: lower ones follow the circle better, higher ones are fewer to search. At half the height a sixteenth fewer
places were looked at in an invented country, by half as many searches again."""

_TURN = 2**31
"""Steps of longitude in a whole turn, two centimetres each: a strip and a longitude fit in one 64-bit key."""


def great_circle_km(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64],
    other_latitude: NDArray[np.float64], other_longitude: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Great-circle distances by the haversine formula, element by element.

    Parameters
    ----------
    latitude, longitude, other_latitude, other_longitude
        Decimal degrees, one shape.

    Returns
    -------
    numpy.ndarray
        Kilometres.
    """
    phi, other_phi = np.radians(latitude), np.radians(other_latitude)
    half = np.sin((other_phi - phi) / 2) ** 2
    half += np.cos(phi) * np.cos(other_phi) * np.sin(np.radians(other_longitude - longitude) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def unit_vectors(latitude: Floats, longitude: Floats) -> Floats:
    """Places as points of the unit sphere.

    Parameters
    ----------
    latitude, longitude
        Decimal degrees, shape (places,).

    Returns
    -------
    numpy.ndarray
        Shape (3, places): the straight line between two points, squared, is a sum of three squares.
    """
    phi, theta = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])


def arc_km(squared_chord: Floats) -> Floats:
    """Great-circle distances from squared straight lines through the unit sphere.

    Parameters
    ----------
    squared_chord
        Between 0 and 4.

    Returns
    -------
    numpy.ndarray
        Kilometres.
    """
    square = squared_chord / 4
    if square.size and square.max() > 0.0025:  # beyond 637 km
        return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(square, 0.0, 1.0))))
    # The arcsine by its series, exact to rounding on such distances and several times as fast.
    series = 945 / 42240 * square
    for term in (105 / 3456, 15 / 336, 3 / 40, 1 / 6):
        series += term
        series *= square
    series += 1.0
    series *= np.sqrt(square)
    series *= 2 * EARTH_RADIUS_KM
    return np.asarray(series)


def squared_chord(km: float) -> float:
    """Squared straight line through the unit sphere under a great-circle distance: the inverse of :func:`arc_km`."""
    return float(4 * np.sin(min(km / EARTH_RADIUS_KM, np.pi) / 2) ** 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs of places, in the order of an index, that may be near what was asked for.

    Attributes
    ----------
    asker
        Row of the question, ascending.
    start, count
        First place of the run and how many.
    """

    asker: Integers
    start: Integers
    count: Integers


class StripIndex:
    """Places sorted by group, strip of latitude and longitude: what is near is a few runs, found by binary search.

    Parameters
    ----------
    group
        Group of each place, from 0: only places of the group that is asked for are found.
    latitude, longitude
        Decimal degrees.
    reach_km
        Great-circle reach of every question.
    """

    def __init__(self, group: Integers, latitude: Floats, longitude: Floats, reach_km: float) -> None:
        self.angle = min(reach_km / EARTH_RADIUS_KM, np.pi)
        self.height = float(np.degrees(self.angle)) * REACHES_PER_STRIP
        self.south = float(latitude.min(initial=90.0))
        self.strips = int((float(latitude.max(initial=-90.0)) - self.south) / self.height) + 1 if len(latitude) else 1
        strip = ((latitude - self.south) / self.height).astype(np.int64)
        key = self._key(group, strip, _steps(longitude))
        self.order: Integers = np.argsort(key, kind="stable")
        self.keys: Integers = key[self.order]

    def _key(self, group: Integers, strip: Integers, steps: Integers) -> Integers:
        return (group * self.strips + strip) * (2 * _TURN) + steps

    def runs(self, group: Integers, latitude: Floats, longitude: Floats) -> Runs:
        """Runs of :attr:`order` that hold every place within reach, and few others.

        Parameters
        ----------
        group, latitude, longitude
            Of each question.

        Returns
        -------
        Runs
            Sorted by question; empty runs are left out.
        """
        reach = np.degrees(self.angle)
        low = np.clip(np.floor((latitude - reach - self.south) / self.height).astype(np.int64), 0, self.strips)
        high = np.clip(np.floor((latitude + reach - self.south) / self.height).astype(np.int64), -1, self.strips - 1)
        count = np.maximum(high - low + 1, 0)
        asker = np.repeat(np.arange(len(group)), count)
        strip = np.arange(len(asker)) - np.repeat(np.cumsum(count) - count, count) + low[asker]
        here = latitude[asker]
        bottom = self.south + strip * self.height
        half = _half_width(here, bottom, bottom + self.height, self.angle)
        around = half >= 180
        west, east = np.where(around, -180.0, longitude[asker] - half), np.where(around, 180.0, longitude[asker] + half)
        group = group[asker]
        # What sticks out beyond the antimeridian is asked for again on the other side.
        over = np.flatnonzero((west < -180) | (east > 180))
        if len(over):
            turn = np.where(west[over] < -180, 360.0, -360.0)
            asker, group, strip = (np.concatenate([some, some[over]]) for some in (asker, group, strip))
            west, east = np.concatenate([west, west[over] + turn]), np.concatenate([east, east[over] + turn])
        first = self.keys.searchsorted(self._key(group, strip, np.maximum(_steps(west) - 1, 0)), side="left")
        last = self.keys.searchsorted(self._key(group, strip, np.minimum(_steps(east) + 1, _TURN)), side="right")
        found = np.flatnonzero(last > first)
        if len(over):
            found = found[np.argsort(asker[found], kind="stable")]
        return Runs(asker=asker[found], start=first[found], count=last[found] - first[found])


def _steps(longitude: Floats) -> Integers:
    return ((np.clip(longitude, -180.0, 180.0) + 180.0) * (_TURN / 360.0)).astype(np.int64)


def _half_width(latitude: Floats, bottom: Floats, top: Floats, angle: float) -> Floats:
    """Degrees of longitude that a reach may span within a strip: the haversine formula at its most generous latitude."""
    away = np.maximum(np.maximum(bottom - latitude, latitude - top), 0.0)
    farthest = np.minimum(np.maximum(np.abs(bottom), np.abs(top)), 90.0)
    narrowest = np.cos(np.radians(farthest)) * np.cos(np.radians(latitude))
    room = np.sin(angle / 2) ** 2 - np.sin(np.radians(away) / 2) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        sine = np.where(narrowest > 1e-12, np.sqrt(np.maximum(room, 0.0) / narrowest), np.inf)
    half = np.where(sine < 1, np.degrees(2 * np.arcsin(np.minimum(sine, 1.0))), 180.0)
    return np.asarray(np.minimum(half + 1e-6, 180.0))
