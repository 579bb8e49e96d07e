"""Sites and actors from what a foreign file says of an establishment; a site stands at its commune's centre unless it is
known better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from symbiosis.errors import Problem
from symbiosis.geography import great_circle_km
from symbiosis.io.catalogue import communes_file, territories
from symbiosis.io.imports.checks import Columns, Origin
from symbiosis.io.imports.grids import bare, read_grids

_CEDEX = re.compile(r"\bcedex\b.*$")
_DISTRICT = re.compile(r"\s+(?:\d{1,2}(?:er|e|eme)?(?: arrondissement)?)$")
_POSTAL_CODE = re.compile(r"\b\d{5}\b")
_SHORT = {"st": "saint", "ste": "sainte", "s": "sur", "ss": "sous"}
COMMUNE_COLUMNS = ("insee_code", "commune", "latitude", "longitude")
NEAR_KM = 100.0
"""Of several communes of one name, the only one that lies within this of the other sites is meant."""


def commune_key(name: str) -> str:
    """Name of a commune for comparison: ``ST-AVOLD CEDEX 2`` and ``Saint-Avold`` are one."""
    words = _CEDEX.sub("", bare(name)).split()
    return _DISTRICT.sub("", " ".join(_SHORT.get(word, word) for word in words))


def department_of(code: str) -> str:
    """Département of a postal or INSEE code: two figures, three overseas."""
    return code[:3] if code[:2] in ("97", "98") else {"2A": "20", "2B": "20"}.get(code[:2].upper(), code[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things are known to be.

    Attributes
    ----------
    communes
        `insee_code`, `commune`, `latitude`, `longitude`, as text.
    sites
        Sites that are declared already: `siret`, `latitude`, `longitude`, as text.
    """

    communes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COMMUNE_COLUMNS), dtype=object))
    sites: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["siret", "latitude", "longitude"], dtype=object))

    def locate(self, sites: pd.DataFrame) -> pd.DataFrame:
        """Coordinates of sites.

        Parameters
        ----------
        sites
            `siret`, `insee_code`, `postal_code`, `commune`.

        Returns
        -------
        pandas.DataFrame
            Same index: `latitude`, `longitude` (empty where unknown), `insee_code`, `commune` as the list spells it.
        """
        towns = self.communes if "key" in self.communes else keyed(self.communes)
        by_code = towns[towns["insee_code"] != ""].set_index("insee_code", drop=False)
        by_name = towns[~towns.duplicated(["key", "department"], keep=False)].set_index(["key", "department"])
        alone = towns[~towns.duplicated("key", keep=False)].set_index("key")
        key = sites["commune"].map(commune_key)
        department = sites["insee_code"].where(sites["insee_code"] != "", sites["postal_code"]).map(department_of)
        columns = ["latitude", "longitude", "insee_code", "commune"]
        found = by_code[columns].reindex(sites["insee_code"]).set_axis(sites.index)
        named = by_name[columns].reindex(pd.MultiIndex.from_arrays([key, department])).set_axis(sites.index)
        single = alone[columns].reindex(key.where(department == "", None)).set_axis(sites.index)
        found = found.fillna(named).fillna(single).fillna("")
        self._by_neighbourhood(found, towns, key.where(department == "", ""))
        known = self.sites[self.sites["siret"] != ""].drop_duplicates("siret").set_index("siret")
        known = known.reindex(sites["siret"]).set_axis(sites.index)
        for column in ("latitude", "longitude"):
            own = known[column].fillna("")
            found[column] = own.where(own != "", found[column])
        return found

    def _by_neighbourhood(self, found: pd.DataFrame, towns: pd.DataFrame, key: pd.Series) -> None:
        """Places, into `found`, those of a name that several communes bear: the only one near the other sites."""
        ground = pd.concat([found[found["latitude"] != ""], self.sites[self.sites["latitude"] != ""]])
        unknown = key[(found["latitude"] == "") & (key != "")]
        if ground.empty or unknown.empty:
            return
        middle = [ground[name].str.replace(",", ".").astype(float).median() for name in ("latitude", "longitude")]
        same = towns[towns["key"].isin(unknown.unique())]
        points = same[["latitude", "longitude"]].to_numpy(dtype=np.float64)
        away = great_circle_km(points[:, 0], points[:, 1], np.full(len(same), middle[0]), np.full(len(same), middle[1]))
        near = same[away <= NEAR_KM]
        near = near[~near["key"].duplicated(keep=False)].set_index("key")
        columns = ["latitude", "longitude", "insee_code", "commune"]
        there = unknown[unknown.isin(near.index)]
        found.loc[there.index, columns] = near[columns].reindex(there).to_numpy()


def keyed(communes: pd.DataFrame) -> pd.DataFrame:
    """Communes with what they are looked up by.

    Parameters
    ----------
    communes
        :data:`COMMUNE_COLUMNS`, as text; the first row of an INSEE code counts.

    Returns
    -------
    pandas.DataFrame
        With `key` and `department`.
    """
    # Communes abroad have no such code.
    towns = communes[~(communes["insee_code"].ne("") & communes["insee_code"].duplicated())].reset_index(drop=True)
    return towns.assign(key=towns["commune"].map(commune_key), department=towns["insee_code"].map(department_of))


def known_places(folder: Path | None = None) -> Places:
    """Communes and sites of a territory's folder, then the communes that the package carries.

    Parameters
    ----------
    folder
        Of a territory; its ``communes.csv`` and ``sites.csv`` are read where they exist.

    Returns
    -------
    Places
    """
    communes, sites = _carried(), Places().sites
    if folder is not None and (folder / "communes.csv").is_file():
        own = _table(folder / "communes.csv", COMMUNE_COLUMNS)
        communes = keyed(pd.concat([own, communes[list(COMMUNE_COLUMNS)]], ignore_index=True))
    if folder is not None and (folder / "sites.csv").is_file():
        sites = _table(folder / "sites.csv", ("siret", "latitude", "longitude"))
    return Places(communes=communes, sites=sites)


def at_commune(site: Mapping[str, str]) -> dict[str, str]:
    """Cells that place a site at its commune, where nobody has said better where it stands.

    Parameters
    ----------
    site
        Cells of its row; a postal code in its address tells communes of one name apart.

    Returns
    -------
    dict
        Empty where its place is known, or its commune is not.
    """
    has_place = bool(site.get("latitude") or site.get("longitude"))
    if not site.get("commune") or (has_place and site.get("is_location_approximate") != "true"):
        return {}
    code = _POSTAL_CODE.search(site.get("address", ""))
    row = {"siret": "", "insee_code": "", "postal_code": code[0] if code else "", "commune": site["commune"]}
    found = {str(name): str(value) for name, value in known_places().locate(pd.DataFrame([row], dtype=object)).iloc[0].items()}
    return {**found, "is_location_approximate": "true"} if found["latitude"] else {}


@cache
def _carried() -> pd.DataFrame:
    """Communes of the territories that the package carries, which reach beyond a border, and of metropolitan France."""
    files = [*(folder / "communes.csv" for folder in territories().values()), communes_file()]
    tables = [
        pd.read_csv(file, usecols=list(COMMUNE_COLUMNS), dtype=str, keep_default_na=False) for file in files if file.is_file()
    ]
    return keyed(pd.concat(tables, ignore_index=True))


def _table(file: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Columns of a table of ours, as text with decimal points; empty where the file has none of them."""
    sheets, _ = read_grids(file)
    for sheet in sheets:
        head = [cell.strip().lower() for cell in sheet.rows[0][1]]
        if set(columns) <= set(head):
            return Columns(sheet=sheet, position=0, places={name: head.index(name) for name in columns}).text
    return pd.DataFrame(columns=list(columns), dtype=object)


def is_siret(key: str) -> bool:
    """Whether the key of an establishment is its number; a public archive may know it by another one."""
    return len(key) == 14 and key.isdecimal()


def site_id(key: str) -> str:
    """Stable id of a site."""
    return f"site-{key}"


def actor_id(key: str) -> str:
    """Stable id of the company that a site belongs to."""
    return f"siren-{key[:9]}" if is_siret(key) else f"actor-{key}"


SITE_FACTS = ("siret", "name", "address", "postal_code", "commune", "insee_code")


def usual(values: pd.Series, by: pd.Series, weights: pd.Series | None = None) -> pd.Series:
    """Filled value of each group that weighs most, the first of those that tie.

    Parameters
    ----------
    values
        Texts.
    by
        Group of each, same index.
    weights
        Same index; each counts once by default.

    Returns
    -------
    pandas.Series
        By group; empty where a group has no value.
    """
    weight = np.ones(len(by)) if weights is None else weights.fillna(0.0).to_numpy(dtype=float)
    table = pd.DataFrame({"by": by.to_numpy(), "value": values.to_numpy(), "weight": weight, "place": range(len(by))})
    gathered = table[table["value"] != ""].groupby(["by", "value"], sort=False).agg({"weight": "sum", "place": "min"})
    gathered = (
        gathered.reset_index().sort_values(["by", "weight", "place"], ascending=[True, False, True]).drop_duplicates("by")
    )
    return gathered.set_index("by")["value"].reindex(pd.unique(by)).fillna("")


def settle(rows: pd.DataFrame, places: Places, origin: Origin, source: str) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Actors and sites of the establishments of a file.

    Parameters
    ----------
    rows
        One row per line of the import, indexed by it, with :data:`SITE_FACTS` (`siret` may be another key) and, where known,
        `nace`, `headcount`, `latitude`, `longitude`; these stand behind the commune's centre.
    places
        What is known of the ground.
    origin
        To say which row names a place that is not known.
    source
        Where this comes from, for the rows.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``actors`` and ``sites``, text cells, indexed by the first line that speaks of each.
    list of Problem
        Sites that cannot be placed; they are left out.
    """
    siret = rows["siret"]
    facts = pd.DataFrame({
        name: usual(rows[name], siret)
        for name in (*SITE_FACTS[1:], "nace", "headcount", "latitude", "longitude") if name in rows
    })  # fmt: skip
    facts = facts.rename_axis("siret").reset_index()
    first = pd.Series(rows.index, index=siret.to_numpy())
    facts.index = pd.Index(first[~first.index.duplicated()].reindex(facts["siret"]), dtype="int64")
    found = places.locate(facts)
    for name in ("latitude", "longitude"):
        if name in facts:
            found[name] = found[name].where(found[name] != "", facts[name])
    lost = found["latitude"] == ""
    # Where nothing says which establishment a row speaks of, that is said once for the file, not again as a place unknown.
    problems = [
        origin.problem(int(line), "commune" if origin.has(int(line), "commune") else "siret", "commune_unknown",
                       siret=facts.loc[line, "siret"], commune=facts.loc[line, "commune"])
        for line in facts.index[lost & (facts["siret"] != "")]
    ]  # fmt: skip
    facts, found = facts[~lost], found[~lost]
    names = facts["name"].where(facts["name"] != "", "SIRET " + facts["siret"])
    has_number = facts["siret"].map(is_siret).astype(bool)
    sites = pd.DataFrame({
        "site_id": facts["siret"].map(site_id), "actor_id": facts["siret"].map(actor_id), "name": names,
        "siret": facts["siret"].where(has_number, ""), "address": facts["address"],
        "commune": found["commune"].where(found["commune"] != "", facts["commune"]),
        "insee_code": found["insee_code"].where(found["insee_code"] != "", facts["insee_code"]),
        "latitude": found["latitude"], "longitude": found["longitude"], "is_location_approximate": "true", "source": source,
    })  # fmt: skip
    sites["commune"] = sites["commune"].where(sites["commune"] != "", "?")
    actors = pd.DataFrame({
        "actor_id": sites["actor_id"], "name": names, "siren": facts["siret"].str[:9].where(has_number, ""),
        **{column: facts[column] for column in ("nace", "headcount") if column in facts}, "source": source,
    }).drop_duplicates("actor_id")  # fmt: skip
    return {"actors": actors, "sites": sites}, problems
