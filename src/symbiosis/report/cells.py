"""Approximate outlines of communes: the land that is nearer to a commune's point than to any other's.

Real outlines weigh megabytes and come from elsewhere; these come from the points of the territory alone. They say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

KM_PER_DEGREE = 111.2
DIGITS = 4


def commune_points(folder: Path) -> pd.DataFrame:
    """The communes of a territory: of its own list, else of its sites.

    Parameters
    ----------
    folder
        Of the territory's tables.

    Returns
    -------
    pandas.DataFrame
        `commune`, `latitude`, `longitude`, sorted by name; empty where neither table is there.
    """
    for name in ("communes.csv", "sites.csv"):
        file = folder / name
        if file.exists():
            table = pd.read_csv(file, encoding="utf-8")
            if {"commune", "latitude", "longitude"} <= set(table.columns):
                return points_of(table)
    return pd.DataFrame(columns=["commune", "latitude", "longitude"])


def points_of(table: pd.DataFrame) -> pd.DataFrame:
    """One point by commune: the middle of its rows.

    Parameters
    ----------
    table
        With `commune`, `latitude`, `longitude`.

    Returns
    -------
    pandas.DataFrame
        `commune`, `latitude`, `longitude`, sorted by name.
    """
    known = table[["commune", "latitude", "longitude"]].dropna()
    known = known[known["commune"].astype(str) != ""]
    return known.groupby("commune", as_index=False, sort=True)[["latitude", "longitude"]].mean()


def commune_cells(points: pd.DataFrame, *, note: str = "") -> dict[str, Any]:
    """Voronoi cells around commune points, clipped to the land near them, as GeoJSON.

    Parameters
    ----------
    points
        `commune`, `latitude`, `longitude`; a commune that stands twice at one place counts once.
    note
        Further member of the collection, for example that the outlines are approximate.

    Returns
    -------
    dict
        A feature collection: one polygon by commune, in degrees, with `commune` as property.
    """
    collection: dict[str, Any] = {"type": "FeatureCollection", "note": note, "features": []}
    points = points.drop_duplicates(["latitude", "longitude"]).reset_index(drop=True)
    if points.empty:
        return collection
    # On a few tens of kilometres the plane will do; a degree of longitude shrinks with the latitude.
    shrink = float(np.cos(np.radians(points["latitude"].mean())))
    x = points["longitude"].to_numpy(dtype=float) * KM_PER_DEGREE * shrink
    y = points["latitude"].to_numpy(dtype=float) * KM_PER_DEGREE
    plane = shapely.points(x, y)
    land = _land(plane, x, y)
    if len(points) == 1:
        cells = np.array([land])
    else:
        frame = shapely.box(*land.buffer(1.0).bounds)
        pieces = np.array(shapely.voronoi_polygons(shapely.multipoints(plane), extend_to=frame).geoms)
        owner, piece = shapely.STRtree(pieces).query(plane, predicate="intersects")
        first = pd.Series(piece, index=owner)
        first = first[~first.index.duplicated()].sort_index()
        points = points.iloc[first.index]
        cells = shapely.intersection(pieces[first.to_numpy()], land)
    scale = np.array([KM_PER_DEGREE * shrink, KM_PER_DEGREE])
    shapes = shapely.set_precision(shapely.transform(cells, lambda xy: xy / scale), 10.0**-DIGITS)
    for commune, shape in zip(points["commune"], shapes, strict=True):
        if not shape.is_empty:
            collection["features"].append(
                {
                    "type": "Feature",
                    "properties": {"commune": str(commune)},
                    "geometry": _geometry(shape),
                }
            )
    return collection


def _geometry(shape: Any) -> dict[str, Any]:
    """A polygon, or several, with rounded coordinates."""

    def rings(polygon: Any) -> list[list[list[float]]]:
        return [
            [[round(a, DIGITS), round(b, DIGITS)] for a, b in ring.coords] for ring in (polygon.exterior, *polygon.interiors)
        ]

    if shape.geom_type == "Polygon":
        return {"type": "Polygon", "coordinates": rings(shape)}
    parts = [part for part in shape.geoms if part.geom_type == "Polygon"]
    return {"type": "MultiPolygon", "coordinates": [rings(part) for part in parts]}


def _land(plane: Any, x: Any, y: Any) -> Any:
    """What lies near a commune: the hull of the points, and half a usual gap between neighbours around it."""
    reach = 2.0
    if len(x) > 1:
        gaps = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
        np.fill_diagonal(gaps, np.inf)
        reach = float(np.clip(np.quantile(gaps.min(axis=1), 0.75), 1.0, 12.0))
    if len(x) < 4:
        return shapely.union_all(shapely.buffer(plane, 1.15 * reach))
    hull = shapely.concave_hull(shapely.multipoints(plane), ratio=0.35)
    return hull.buffer(0.75 * reach, quad_segs=4).simplify(0.1)
