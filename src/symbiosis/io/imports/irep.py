"""The public yearly archive of what French sites declare (IREP, Géorisques): sites, outputs, and treatment sites as needs.

Headers of 2007 to 2024 are read: names in capitals or not, ``code_insee`` and ``code_epsg`` present or not, ``;`` or ``,``.
Identifiers are texts that may have lost their zeros or be empty (then the name joins); several rows stand for one site and
code, one by destination; farms bear the names of people and are left out; places are approximate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.io.imports.checks import LINES_PER_FILE, Columns, Origin
from symbiosis.io.imports.grids import bare
from symbiosis.io.imports.outlets import operation_codes
from symbiosis.io.imports.places import department_of
from symbiosis.io.sheets import RawSheet

LABEL = "IREP, déclaration publique à l'État"
_SITE_TITLES = {
    "identifiant": ("identifiant",), "name": ("nom etablissement",), "siret": ("numero siret", "siret"),
    "address": ("adresse",),
    "postal_code": ("code postal",), "insee_code": ("code insee",), "commune": ("commune",), "x": ("coordonnees x",),
    "y": ("coordonnees y",), "epsg": ("code epsg",), "nace": ("code ape", "code naf"),
}  # fmt: skip
_WASTE_TITLES = {
    "identifiant": ("identifiant",), "name": ("nom etablissement",), "year": ("annee",),
    "operation": ("code operation eliminatio valorisation", "code operation elimination valorisation"),
    "department": ("code departement",), "country": ("pays",), "waste_code": ("code dechet",),
    "description": ("libelle dechet", "dechet"), "quantity": ("quantite", "quantite traitee"), "admitted": ("quantite admise",),
    "unit": ("unite",),
}  # fmt: skip
_WASTE_FILES = {
    "prod dechets dangereux": ("outgoing", True), "prod dechets non dangereux": ("outgoing", False),
    "trait dechets dangereux": ("incoming", True), "trait dechets non dangereux": ("incoming", False),
}  # fmt: skip


def stem(sheet: RawSheet) -> str:
    """Name of an entry of the archive, without its folder and suffix, for comparison."""
    return bare(PurePosixPath(sheet.sheet).stem)


def is_irep(sheets: Sequence[RawSheet]) -> bool:
    """Whether an archive holds the establishments and at least one table of waste."""
    names = {stem(sheet) for sheet in sheets}
    return "etablissements" in names and bool(names & set(_WASTE_FILES))


def _columns(sheet: RawSheet, titles: Mapping[str, tuple[str, ...]]) -> Columns:
    head = [bare(cell) for cell in sheet.rows[0][1]]
    at = {name: head.index(one) for name, known in titles.items() for one in reversed(known) if one in head}
    return Columns(sheet=sheet, position=0, places=at)


def read_irep(
    sheets: Sequence[RawSheet], known: Mapping[str, bool | None], departements: Collection[str]
) -> tuple[dict[str, pd.DataFrame], Origin, dict[str, float]]:
    """Sites, produced waste and treated waste of an archive.

    Parameters
    ----------
    sheets
        Entries of the archive.
    known
        Hazard by waste code of the list.
    departements
        Those to keep; all of them where empty.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``outgoing`` and ``incoming``, by line, as for :func:`~symbiosis.io.imports.yearly.yearly`.
    Origin
        The tables, with the problems.
    dict of str to float
        What was left out.
    """
    by_name = {stem(sheet): sheet for sheet in sheets}
    sites = _columns(by_name["etablissements"], _SITE_TITLES)
    ground, left = _establishments(sites, departements)
    files = [sites]
    found: dict[str, list[pd.DataFrame]] = {}
    unknown = 0
    for name, (direction, is_hazardous) in _WASTE_FILES.items():
        if name not in by_name:
            continue
        columns = _columns(by_name[name], _WASTE_TITLES)
        rows, lost = _wastes(columns, ground, known, is_hazardous=is_hazardous)
        unknown += lost
        found.setdefault(direction, []).append(rows.set_axis(rows.index + LINES_PER_FILE * len(files)))
        files.append(columns)
    movements = {direction: pd.concat(tables) for direction, tables in found.items()}
    return movements, Origin(files=tuple(files)), {**left, "without_site": float(unknown)}


def _establishments(columns: Columns, departements: Collection[str]) -> tuple[pd.DataFrame, dict[str, float]]:
    """Facts of the sites to keep, with the keys that the tables of waste name them by."""
    columns.require(("siret", "identifiant"), "numero_siret")
    columns.require(("commune", "insee_code"), "commune")
    rows = pd.DataFrame(index=columns.text.index)
    siret = columns.sirets(columns.texts("siret").map(_long_number), "siret", "warning")
    rows["identifiant"] = columns.texts("identifiant").map(_identifier)
    rows["siret"] = siret.where(siret != "", "irep" + rows["identifiant"].where(rows["identifiant"] != "", None))
    rows["siret"] = rows["siret"].fillna("")
    for name in ("name", "address", "commune", "nace"):
        rows[name] = columns.texts(name)
    for name in ("postal_code", "insee_code"):
        rows[name] = columns.texts(name).map(lambda code: code.zfill(5) if code.isdecimal() else code)
    rows["latitude"], rows["longitude"] = _degrees(columns)
    department = rows["insee_code"].where(rows["insee_code"] != "", rows["postal_code"]).map(department_of)
    wanted = {department_of(code) for code in departements}
    here = department.isin(list(wanted)) if wanted else pd.Series(True, index=rows.index)
    # 01.11Z, or 111Z where a spreadsheet took the zero; 10.11Z is food industry.
    is_farm = rows["nace"].str.replace(".", "", regex=False).str.match(r"01|1\d{2}[A-Z]$")
    left = {"elsewhere": float((~here).sum()), "farms": float((is_farm & here).sum())}
    kept = rows[here & ~is_farm & (rows["siret"] != "") & ~rows.index.isin(list(columns.bad_rows))]
    # What is wrong with a site of another département is nobody's business here.
    shown = set(kept.index)
    columns.problems = [p for p in columns.problems if p.row in shown or p.code == "import_column_missing"]
    return kept, left


def _long_number(cell: str) -> str:
    """A SIRET that a spreadsheet cut short of its zeros."""
    digits = "".join(cell.split()).removesuffix(".0")
    return digits.zfill(14) if digits.isdecimal() and 11 <= len(digits) < 14 else digits


def _identifier(cell: str) -> str:
    """An identifier for comparison: its leading zeros may be lost in one table and not in the other."""
    return "".join(cell.split()).lstrip("0")


def _wastes(
    columns: Columns, ground: pd.DataFrame, known: Mapping[str, bool | None], *, is_hazardous: bool
) -> tuple[pd.DataFrame, int]:
    """Rows of one table of waste whose site is kept, and how many name no site of the archive that is unique."""
    columns.require(("waste_code",), "code_dechet")
    columns.require(("quantity", "admitted"), "quantite")
    key = columns.texts("identifiant").map(_identifier)
    by_key = ground[ground["identifiant"] != ""].drop_duplicates("identifiant").set_index("identifiant")
    named = ground.assign(key=ground["name"].map(bare)).drop_duplicates("key", keep=False).set_index("key")
    facts = ["siret", "name", "address", "postal_code", "commune", "insee_code", "nace", "latitude", "longitude"]
    rows = by_key.reindex(key)[facts].set_axis(columns.text.index)
    by_name = named.reindex(columns.texts("name").map(bare).where(key == "", None))[facts].set_axis(columns.text.index)
    rows = rows.where(rows["siret"].notna(), by_name)
    is_here = rows["siret"].notna()
    lost = int((~is_here & (key == "")).sum())
    columns.text = columns.text[is_here]
    shown = set(columns.text.index)
    columns.problems = [p for p in columns.problems if p.row in shown or p.code == "import_column_missing"]
    rows = rows[is_here].fillna("")
    rows["waste_code"], _ = columns.waste_codes("waste_code", "hazardous", {})
    unlisted = (rows["waste_code"] != "") & ~rows["waste_code"].isin(list(known))
    columns.flag(unlisted, "waste_code", "unknown_code", "warning", waste_code=dict(zip(columns.texts("waste_code"),
                 columns.texts("waste_code"), strict=True)), suggestion="")  # fmt: skip
    rows["is_hazardous"] = rows["waste_code"].map(known).map({True: "true", False: "false"})
    rows["is_hazardous"] = rows["is_hazardous"].fillna("true" if is_hazardous else "false")
    rows["description"] = columns.first_of(("description", "waste_code"))
    amount = columns.numbers("quantity")
    rows["quantity"] = amount.where(amount.notna(), columns.numbers("admitted"))
    rows["unit"], rows["movements"], rows["evidence"], rows["day"] = "t", 0.0, "declared", pd.NaT
    rows["day"] = rows["day"].astype("datetime64[ns]")
    rows["year"] = columns.texts("year")
    department, country = columns.texts("department"), columns.texts("country")
    place = "le département " + department.map(lambda code: code.zfill(2))
    rows["destination"] = place.where(department != "", country)
    rows["operations"] = columns.texts("operation").map(lambda cell: ", ".join(operation_codes(cell)))
    rows = rows[~rows.index.isin(list(columns.bad_rows)) & ~unlisted]
    latest = rows["year"].max() if len(rows) else ""
    return rows[rows["year"] == latest], lost


_LAMBERT = {
    # EPSG: (n, C, Xs, Ys, first excentricity, longitude of the central meridian), IGN's constants.
    "2154": (0.7256077650, 11754255.426, 700000.0, 12655612.050, 0.08181919106, 3.0),
    "27572": (0.7289686274, 11745793.39, 600000.0, 8199695.768, 0.08248325676, 2.33722917),
}  # fmt: skip


def degrees_of(x: NDArray[np.float64], y: NDArray[np.float64], epsg: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude of French projected coordinates; the old datum is taken as the new one, 100 m away.

    Parameters
    ----------
    x, y
        Metres, or degrees for ``4326``.
    epsg
        ``4326``, ``2154`` (Lambert-93) or ``27572`` (Lambert II étendu).

    Returns
    -------
    tuple of numpy.ndarray
        Degrees.
    """
    if epsg == "4326":
        return y, x
    n, c, xs, ys, e, meridian = _LAMBERT[epsg]
    radius = np.hypot(x - xs, y - ys)
    longitude = meridian + np.degrees(np.arctan2(x - xs, ys - y)) / n
    isometric = -np.log(radius / c) / n
    latitude = 2 * np.arctan(np.exp(isometric)) - np.pi / 2
    for _ in range(8):
        sine = e * np.sin(latitude)
        latitude = 2 * np.arctan(((1 + sine) / (1 - sine)) ** (e / 2) * np.exp(isometric)) - np.pi / 2
    return np.degrees(latitude), longitude


def _degrees(columns: Columns) -> tuple[pd.Series, pd.Series]:
    """Coordinates as text cells, whatever the projection of the row; empty where it is not known."""
    x, y = columns.numbers("x", minimum=None), columns.numbers("y", minimum=None)
    said = columns.texts("epsg").str.extract(r"(\d{4,5})")[0]
    guessed = np.select([x.abs().le(180) & y.abs().le(90), y.between(6.0e6, 7.3e6), y.between(1.5e6, 2.8e6)],
                        ["4326", "2154", "27572"], "")  # fmt: skip
    epsg = said.where(said.isin(["4326", *_LAMBERT]), pd.Series(guessed, index=x.index))
    latitude, longitude = pd.Series("", index=x.index, dtype=object), pd.Series("", index=x.index, dtype=object)
    for code in ("4326", *_LAMBERT):
        mine = (epsg == code) & x.notna() & y.notna()
        lat, lon = degrees_of(x[mine].to_numpy(dtype=float), y[mine].to_numpy(dtype=float), code)
        right = (lat > -90) & (lat < 90) & (lat != 0)
        for cells, values in ((latitude, lat), (longitude, lon)):
            cells.loc[mine] = np.array([f"{v:.5f}" if ok else "" for v, ok in zip(values, right, strict=True)], dtype=object)
    return latitude, longitude
