"""Distances on the globe."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088


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
