"""A territory that nobody declared, as large as one likes: the test bed of speed and memory. Every row says it is synthetic.

Towns of unequal size stand in a box; sites gather around them. Flows have a material of the catalogue, its usual waste code, a
quantity and a price that spread over several orders of magnitude, and for some of them months, loads, limits and qualities.
Nothing here is a fact about anybody.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.declarations import Declarations
from symbiosis.declarations.model import dtype_of, empty_frame
from symbiosis.materials import Catalogue
from symbiosis.schemas import DECLARATIONS

FLOWS_PER_SITE = 4
TOWNS = 24
SPREAD_KM = 12.0
"""How far around its town a site stands, one standard deviation."""

BOX = (46.5, 49.5, 1.0, 6.0)
"""South, north, west, east."""

COUNTRY = (43.5, 50.5, -1.5, 7.0)
"""The box of a country: 780 km by 650."""

SHOWN = 0.6
"""Share of those who hold, and show, what the law asks for an exchange."""

TREATS = ("2515", "2545", "2791")
"""Headings of a site that may use or treat waste: minerals, metals, treatment of non-hazardous waste."""

FLOWS_PER_TOWN = 2000
"""Of a country: a million flows stand around five hundred towns."""

SEASONS: tuple[tuple[int, ...], ...] = ((), (4, 5, 6, 7, 8, 9), (1, 2, 3, 10, 11, 12), (7, 8))
HEADINGS: tuple[tuple[str, ...], ...] = ((), ("2714",), ("2713", "2791"), ("2780", "2781"), ("2910-A",))


def synthetic_country(catalogue: Catalogue, flows: int, *, seed: int = 7, is_linear: bool = False) -> Declarations:
    """Invent a country: as :func:`synthetic_territory`, on a wider box, with more towns the more flows there are.

    Parameters
    ----------
    catalogue, flows, seed, is_linear
        As there.

    Returns
    -------
    Declarations
    """
    towns = max(TOWNS, flows // FLOWS_PER_TOWN)
    # In a small one fewer materials meet, so that there is something to match.
    materials = min(600, max(20, flows // 20))
    invented = _entitled(synthetic_territory(catalogue, flows, seed=seed, materials=materials, towns=towns, box=COUNTRY,
                                             is_linear=is_linear), catalogue, seed)  # fmt: skip
    said = f"Donnée fictive, graine {seed} / invented, seed {seed}"
    tables = {name: frame.assign(source=said) for name, frame in invented.frames.items() if "source" in frame and len(frame)}
    facts = {
        "is_synthetic": True,
        "country": "FR",
        "seed": seed,
        "flows": flows,
        "name_fr": f"Pays fictif de {flows} flux",
        "name_en": f"Synthetic country of {flows} flows",
        "note_fr": "Villes, entreprises, quantités et prix tirés au sort : un banc d'essai, qui ne dit rien de personne.",
        "note_en": "Towns, companies, quantities and prices drawn at random: a test bed, which says nothing about anybody.",
    }
    return replace(invented, facts=facts, **tables)  # type: ignore[arg-type]


def _entitled(invented: Declarations, catalogue: Catalogue, seed: int) -> Declarations:
    """The country where many hold what the law asks: accepted codes, headings, conditions of a by-product."""
    rng = np.random.default_rng([seed, 1])
    outputs, needs, sites = invented.outputs, invented.needs, invented.sites
    is_waste = outputs["legal_status"].isin(["waste", "unknown"])
    routes = catalogue.legal_conditions["route"]
    by_product = tuple(sorted(routes.index[routes.eq("by_product") & routes.index.str.startswith("bp_")]))
    has_conditions = outputs["legal_status"].eq("by_product") & (rng.random(len(outputs)) < SHOWN)
    usual = outputs[outputs["waste_code"] != ""].drop_duplicates("material_id").set_index("material_id")["waste_code"]
    codes, accepts = needs["material_id"].map(usual), rng.random(len(needs)) < SHOWN
    holds = rng.random(len(sites)) < SHOWN
    own = sites["permit_headings"]
    return replace(
        invented,
        outputs=outputs.assign(
            waste_code=outputs["waste_code"].where(is_waste, ""),
            is_hazardous=outputs["is_hazardous"] & is_waste,
            conditions_met=_lists([by_product if has else () for has in has_conditions], outputs.index),
        ),
        needs=needs.assign(waste_codes_accepted=_lists(
            [(code,) if shown and isinstance(code, str) else () for code, shown in zip(codes, accepts, strict=True)],
            needs.index)),
        sites=sites.assign(permit_headings=_lists(
            [TREATS if held else headings for held, headings in zip(holds, own, strict=True)], sites.index)),
    )  # fmt: skip


def _lists(values: list[tuple[str, ...]], index: pd.Index) -> pd.Series:
    """A column of lists."""
    return pd.Series(values, index=index, dtype=object)


def synthetic_territory(
    catalogue: Catalogue,
    flows: int,
    *,
    seed: int = 7,
    materials: int = 600,
    towns: int = TOWNS,
    box: tuple[float, float, float, float] = BOX,
    is_linear: bool = False,
) -> Declarations:
    """Invent a territory, half of its flows outputs and half of them needs.

    Parameters
    ----------
    catalogue
        Whose materials and codes are used.
    flows
        How many outputs and needs together.
    seed
        Same seed, same territory.
    materials
        How many materials of the catalogue are used at most.
    towns, box
        How many towns stand between which latitudes and longitudes.
    is_linear
        Whether nothing is whole: no minimum lot, no load to fill lorries with, no pipe to pay for.

    Returns
    -------
    Declarations
    """
    rng = np.random.default_rng(seed)
    each, number_of_sites = flows // 2, max(2, flows // FLOWS_PER_SITE)
    is_known = catalogue.materials["family"] == "material"
    if is_linear:
        is_known &= catalogue.materials["transport"] != "pipe"
    known = catalogue.materials.index[is_known]
    known = known[np.sort(rng.permutation(len(known))[:materials])]
    sites = _sites(rng, number_of_sites, towns, box)
    outputs = _flows(rng, each, known, sites.index, catalogue, letter="O")
    # Codes that no amendment has brought, repealed or made hazardous: the country is the same on any day.
    listed = catalogue.waste_codes
    is_settled = (
        listed["valid_to"].isna() & listed["hazardous_from"].isna() & ~(listed["valid_from"] > listed["valid_from"].min())
    )
    usual = catalogue.material_codes[catalogue.material_codes["waste_code"].isin(listed.index[is_settled])]
    codes = usual.drop_duplicates("material_id").set_index("material_id")["waste_code"]
    outputs = outputs.assign(
        waste_code=outputs["material_id"].map(codes).fillna(""),
        is_hazardous=outputs["material_id"].map(codes).map(catalogue.waste_codes["is_hazardous"]).eq(True),
        legal_status=_drawn(rng, ["waste", "by_product", "product", "unknown"], [0.7, 0.1, 0.1, 0.1], each),
        load_t=np.where(rng.random(each) < 0.3, rng.uniform(1, 25, each).round(1), np.nan),
        outlet_cost_eur_per_unit=rng.normal(80, 60, each).round(2),
    )
    needs = _flows(rng, each, known, sites.index, catalogue, letter="N").assign(
        price_eur_per_unit=rng.lognormal(3.5, 1.0, each).round(2),
        minimum_lot=np.where(rng.random(each) < 0.1, 20.0, np.nan),
        maximum_distance_km=np.where(rng.random(each) < 0.1, rng.choice([15.0, 25.0, 40.0], each), np.nan),
    )
    if is_linear:
        outputs, needs = outputs.assign(load_t=np.nan), needs.assign(minimum_lot=np.nan)
    actors = pd.DataFrame({"name": ("Synthetic actor " + sites["actor_id"]).to_numpy()}, index=pd.Index(sites["actor_id"]))
    quality = pd.concat([_qualities(rng, outputs.index, "value"), _qualities(rng, needs.index, "maximum")], ignore_index=True)
    frames = {
        "actors": actors,
        "sites": sites,
        "outputs": outputs,
        "needs": needs,
        "quality": quality,
    }
    told = f"synthetic {flows} {seed} {materials} {towns} {box} {is_linear} {catalogue.fingerprint}"
    tables: dict[str, Any] = {name: _complete(name, frames.get(name)) for name in DECLARATIONS}
    return Declarations(
        **tables,
        facts={"is_synthetic": True, "name_fr": "Territoire fictif", "name_en": "Synthetic territory"},
        fingerprint=hashlib.sha256(told.encode()).hexdigest(),
    )


def _sites(rng: np.random.Generator, number: int, towns: int, box: tuple[float, float, float, float]) -> pd.DataFrame:
    """Sites around towns whose sizes follow their rank."""
    south, north, west, east = box
    latitude, longitude = rng.uniform(south, north, towns), rng.uniform(west, east, towns)
    weight = 1 / np.arange(1, towns + 1)
    town = rng.choice(towns, number, p=weight / weight.sum())
    degrees = SPREAD_KM / 111.0
    key = _keys("", number)
    return pd.DataFrame({
        "actor_id": "A" + key,
        "commune": pd.Series([f"Town {rank + 1}" for rank in range(towns)], dtype="str").to_numpy()[town],
        "country": "FR",
        "latitude": latitude[town] + rng.normal(0, degrees, number),
        "longitude": longitude[town] + rng.normal(0, degrees, number) / np.cos(np.radians(latitude[town])),
        "permit_headings": _chosen(rng, HEADINGS, [0.5, 0.2, 0.1, 0.1, 0.1], number),
    }, index=pd.Index("S" + key, name="site_id"))  # fmt: skip


def _flows(
    rng: np.random.Generator, number: int, materials: pd.Index, sites: pd.Index, catalogue: Catalogue, *, letter: str
) -> pd.DataFrame:
    material = rng.integers(0, len(materials), number)
    names, units = (catalogue.materials.loc[materials, column] for column in ("name_fr", "unit"))
    return pd.DataFrame({
        "site_id": sites[rng.integers(0, len(sites), number)],
        "description": names.to_numpy()[material],
        "family": "material",
        "material_id": materials[material],
        "quantity": rng.lognormal(4.0, 1.5, number).round(2),
        "unit": units.to_numpy()[material],
        "months": _chosen(rng, SEASONS, [0.85, 0.05, 0.05, 0.05], number),
    }, index=_keys(letter, number))  # fmt: skip


def _qualities(rng: np.random.Generator, flows: pd.Index, column: str) -> pd.DataFrame:
    some = np.flatnonzero(rng.random(len(flows)) < 0.05)
    return pd.DataFrame({"flow_id": flows[some], "parameter": "moisture_share", column: rng.integers(1, 13, len(some)) * 0.05})


def _keys(letter: str, number: int) -> pd.Index:
    return pd.Index(np.char.add(letter, np.char.zfill(np.arange(1, number + 1).astype(str), 7)), dtype="str")


def _drawn(rng: np.random.Generator, values: list[str], weights: list[float], number: int) -> NDArray[np.object_]:
    return np.array(values, dtype=object)[rng.choice(len(values), number, p=weights)]


def _chosen(
    rng: np.random.Generator, values: tuple[tuple[Any, ...], ...], weights: list[float], number: int
) -> NDArray[np.object_]:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return np.asarray(held[rng.choice(len(values), number, p=weights)])


def _complete(name: str, frame: pd.DataFrame | None) -> pd.DataFrame:
    """Every column of the schema, typed, sorted by its key; what is not said has its default."""
    table = DECLARATIONS[name]
    if frame is None:
        return empty_frame(table)
    columns: dict[str, Any] = {}
    for column_name, column in table.columns.items():
        if column_name == table.key:
            continue
        if column_name == "is_synthetic":
            columns[column_name] = pd.Series(True, index=frame.index)
        elif column_name in frame:
            columns[column_name] = frame[column_name]
        elif column.kind in ("list", "months"):
            columns[column_name] = _chosen(np.random.default_rng(0), ((),), [1.0], len(frame))
        else:
            empty = np.nan if column.kind == "number" else None if column.kind == "flag" and column.default is None else ""
            columns[column_name] = pd.Series(empty if column.default is None else column.default, index=frame.index)
        if column.kind not in ("list", "months"):
            columns[column_name] = columns[column_name].astype(dtype_of(column))
    return pd.DataFrame(columns, index=frame.index.rename(table.key))
