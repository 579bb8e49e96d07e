"""Exchanges as GeoJSON lines, for any map program."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

_ENDS = ("from_longitude", "from_latitude", "to_longitude", "to_latitude")


def write_geojson(
    exchanges: pd.DataFrame,
    path: Path | str,
    *,
    sites: pd.DataFrame | None = None,
    facts: Mapping[str, object] | None = None,
) -> int:
    """Writes exchanges as line strings from giver to taker, through the operator where there is one.

    Parameters
    ----------
    exchanges
        With `from_longitude`, `from_latitude`, `to_longitude`, `to_latitude` in degrees; or with `from_site_id`,
        `to_site_id`
        and, for chains, `via_site_ids` (a tuple), and `sites`. Every other column is a property.
    path
        File to write.
    sites
        Indexed by site id, with `latitude` and `longitude`.
    facts
        Further members of the collection, for example that the data are invented.

    Returns
    -------
    int
        Number of features; an exchange without finite coordinates has a null geometry, as the format allows, and is
        counted.

    Raises
    ------
    KeyError
        If neither the coordinates nor the sites are there.
    """
    flat = exchanges.reset_index() if exchanges.index.name is not None else exchanges
    lines = _lines(flat, sites)
    properties = [c for c in flat.columns if c not in _ENDS]
    columns = {str(c): [_json_value(v) for v in flat[c].tolist()] for c in properties}
    features = [
        {
            "type": "Feature",
            "geometry": None if line is None else {"type": "LineString", "coordinates": line},
            "properties": {name: cells[i] for name, cells in columns.items()},
        }
        for i, line in enumerate(lines)
    ]
    collection: dict[str, object] = {"type": "FeatureCollection"}
    collection.update({k: _json_value(v) for k, v in (facts or {}).items() if k not in ("type", "features")})
    collection["features"] = features
    Path(path).write_text(json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
    return len(features)


def _lines(flat: pd.DataFrame, sites: pd.DataFrame | None) -> list[list[list[float]] | None]:
    if set(_ENDS) <= set(flat.columns):
        ends = flat[list(_ENDS)].to_numpy(dtype=float)
        return [[[a, b], [c, d]] if all(map(math.isfinite, (a, b, c, d))) else None for a, b, c, d in ends.tolist()]
    if sites is None:
        raise KeyError("exchanges have no coordinates and no sites were given")
    place = {
        str(site): [float(lon), float(lat)]
        for site, lon, lat in zip(sites.index, sites["longitude"], sites["latitude"], strict=True)
        if math.isfinite(lon) and math.isfinite(lat)
    }
    via = flat["via_site_ids"] if "via_site_ids" in flat else pd.Series([()] * len(flat), index=flat.index)
    lines: list[list[list[float]] | None] = []
    for start, middle, end in zip(flat["from_site_id"], via, flat["to_site_id"], strict=True):
        stops = [str(start), *(str(m) for m in (middle if isinstance(middle, tuple | list) else ())), str(end)]
        points = [place.get(s) for s in stops]
        lines.append([p for p in points if p is not None] if all(p is not None for p in points) else None)
    return lines


def _json_value(value: object) -> object:
    """Value that JSON can hold: no NaN, no infinity, no numpy scalar."""
    if isinstance(value, tuple | list):
        return [_json_value(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _json_value(v) for k, v in value.items()}
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else str(value)
