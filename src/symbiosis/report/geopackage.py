"""A territory as a GeoPackage, which QGIS opens by itself: communes as points, exchanges as lines.

A GeoPackage is an SQLite database with a few tables of its own and geometries as well-known binary behind a short header; it is
written here with the database of Python, through bound values alone.

Source: OGC GeoPackage Encoding Standard 1.3.1, https://www.geopackage.org/spec131/ (clauses 1.1, 1.1.2, 1.1.3 and 2.1).
"""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

import pandas as pd

from symbiosis.report.text import without_controls

APPLICATION_ID, VERSION = 0x47504B47, 10301  # "GPKG", 1.3.1
WGS84 = 4326
POINT, LINE = 1, 2  # of well-known binary
ENDS = ("from_longitude", "from_latitude", "to_longitude", "to_latitude")
LAST_CHANGE = "2000-01-01T00:00:00.000Z"  # required; no clock, so that the same layers give the same rows
_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],'
    'PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AUTHORITY["EPSG","4326"]]'
)
_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
 organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
 description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
 srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
 srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
 CONSTRAINT uk_gc_table_name UNIQUE (table_name), CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES
 gpkg_contents(table_name), CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
"""


def to_geopackage(communes: pd.DataFrame, exchanges: pd.DataFrame, *, note: str = "") -> bytes:
    """The file.

    Parameters
    ----------
    communes
        By commune: `longitude`, `latitude` in degrees, and what else is known of it.
    exchanges
        With the columns of :data:`ENDS`; every other column is an attribute. A row without finite coordinates has no geometry.
    note
        Description of both layers, for example that the data are invented.

    Returns
    -------
    bytes
    """
    points = communes.reset_index()
    lines = exchanges.reset_index() if exchanges.index.name is not None else exchanges
    with tempfile.TemporaryDirectory(prefix="symbiosis-") as place:
        file = Path(place) / "territory.gpkg"
        base = sqlite3.connect(file)
        base.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; {_TABLES}")
        base.executemany(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)",
            [("WGS 84", WGS84, "EPSG", WGS84, _WKT, "longitude/latitude"),
             ("Undefined Cartesian", -1, "NONE", -1, "undefined", ""), ("Undefined geographic", 0, "NONE", 0, "undefined", "")],
        )  # fmt: skip
        at = ["longitude", "latitude"]
        _layer(base, "communes", "POINT", points.drop(columns=at), points[at].to_numpy(dtype=float).tolist(), note=note)
        ends = lines[list(ENDS)].to_numpy(dtype=float).tolist()
        _layer(base, "exchanges", "LINESTRING", lines.drop(columns=list(ENDS)), ends, note=note)
        base.commit()
        base.close()
        return file.read_bytes()


def _layer(
    base: sqlite3.Connection, name: str, kind: str, table: pd.DataFrame, spots: Sequence[Sequence[float]], *, note: str
) -> None:
    """One layer: its table, its rows, and the two rows that announce it."""
    known = [spot for spot in spots if all(map(isfinite, spot))]
    xs, ys = [x for spot in known for x in spot[::2]], [y for spot in known for y in spot[1::2]]
    box = (min(xs), min(ys), max(xs), max(ys)) if known else (None,) * 4
    base.execute("INSERT INTO gpkg_contents VALUES (?,'features',?,?,?,?,?,?,?,?)",
                 (name, name, without_controls(note), LAST_CHANGE, *box, WGS84))  # fmt: skip
    base.execute("INSERT INTO gpkg_geometry_columns VALUES (?,'geom',?,?,0,0)", (name, kind, WGS84))
    columns = "".join(f", {_quoted(str(c))} {_affinity(table[c])}" for c in table.columns)
    base.execute(f"CREATE TABLE {_quoted(name)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {kind}{columns})")
    marks = ",".join("?" * (len(table.columns) + 1))
    names = ",".join(["geom", *(_quoted(str(c)) for c in table.columns)])
    values = [[_value(v) for v in table[c].tolist()] for c in table.columns]
    base.executemany(
        f"INSERT INTO {_quoted(name)} ({names}) VALUES ({marks})",  # noqa: S608 - names of columns, quoted; values are bound
        zip(map(_geometry, spots), *values, strict=True),
    )


def _geometry(spot: Sequence[float]) -> bytes | None:
    """Header of a GeoPackage without envelope, then little-endian well-known binary; nothing where a coordinate is missing."""
    if not all(map(isfinite, spot)):
        return None
    head = b"GP" + struct.pack("<BBi", 0, 1, WGS84)
    if len(spot) == 2:
        return head + struct.pack("<BI2d", 1, POINT, *spot)
    return head + struct.pack("<BII4d", 1, LINE, len(spot) // 2, *spot)


def _quoted(name: str) -> str:
    return '"' + without_controls(name).replace('"', '""') + '"'


def _affinity(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column.dtype):
        return "BOOLEAN"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "INTEGER"
    return "DOUBLE" if pd.api.types.is_float_dtype(column.dtype) else "TEXT"


def _value(value: object) -> object:
    """What SQLite holds: numbers, texts, or nothing."""
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, tuple | list):
        return ";".join(map(str, value))
    return None if value is None or value is pd.NA or value is pd.NaT else without_controls(str(value))
