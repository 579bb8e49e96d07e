"""The demo territory: invented companies in real communes, with the cases of practice inside."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from symbiosis.schemas import DECLARATIONS

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "datasets" / "val-de-fensch"
CATALOGUE = ROOT / "datasets" / "catalogue"
DECLARED = ("actors", "sites", "outputs", "needs", "operators", "quality", "distances")
WRITTEN = (*(f"{name}.csv" for name in (*DECLARED, "cases")), "facts.json")
LAW_OF = "2026-11-23"


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False)


@cache
def catalogue(name: str) -> pd.DataFrame:
    return pd.read_csv(CATALOGUE / f"{name}.csv", dtype=str, keep_default_na=False)


def rows_of(case: str, role: str) -> pd.DataFrame:
    cases = table("cases")
    ids = cases.loc[(cases["case_id"] == case) & (cases["role"] == role), "row_id"]
    flows, key = (table("outputs"), "output_id") if role == "holder" else (table("needs"), "need_id")
    return flows[flows[key].isin(ids)].merge(table("sites"), on="site_id", suffixes=("", "_site"))


def tonnes(rows: pd.DataFrame) -> pd.Series:
    return pd.to_numeric(rows["quantity"]) * np.where(rows["unit"] == "kg", 0.001, 1.0)


def listed(cells: pd.Series) -> set[str]:
    return {item for cell in cells for item in cell.split(";") if item}


def kilometres(latitude: pd.Series, longitude: pd.Series, to: tuple[object, object]) -> pd.Series:
    lat0, lon0 = np.radians(pd.to_numeric(pd.Series(to[0]))), np.radians(pd.to_numeric(pd.Series(to[1])))
    lat1, lon1 = np.radians(pd.to_numeric(latitude)), np.radians(pd.to_numeric(longitude))
    if len(lat0) == 1:
        lat0, lon0 = lat0.iloc[0], lon0.iloc[0]
    chord = np.sin((lat1 - lat0) / 2) ** 2 + np.cos(lat0) * np.cos(lat1) * np.sin((lon1 - lon0) / 2) ** 2
    return 12742 * np.arcsin(np.sqrt(chord))


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("again")
    subprocess.run([sys.executable, "-B", str(FOLDER / "generate.py"), "--out", str(out)], check=True, cwd=out)
    return out


@pytest.mark.parametrize("name", WRITTEN)
def test_generating_again_gives_the_same_bytes(regenerated: Path, name: str) -> None:
    assert (regenerated / name).read_bytes() == (FOLDER / name).read_bytes()


@pytest.mark.parametrize("name", WRITTEN)
def test_files_are_utf8_without_mark_and_with_bare_line_ends(name: str) -> None:
    content = (FOLDER / name).read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.decode("utf-8")


@pytest.mark.parametrize("name", DECLARED)
def test_columns_are_those_of_the_data_dictionary(name: str) -> None:
    assert list(table(name).columns) == list(DECLARATIONS[name].columns)


@pytest.mark.parametrize("name", ["actors", "sites", "outputs", "needs", "operators"])
def test_every_row_says_that_it_is_invented(name: str) -> None:
    rows = table(name)
    assert (rows["is_synthetic"] == "true").all()
    assert rows["source"].str.contains("fictive").all()


def test_every_name_says_that_the_company_is_invented_and_no_company_number_is_borrowed() -> None:
    assert table("actors")["name"].str.contains("(fictif)", regex=False).all()
    assert (table("actors")["siren"] == "").all()
    assert (table("sites")["siret"] == "").all()


def test_facts_describe_the_territory_and_nothing_else() -> None:
    facts = json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))
    assert set(facts) == {
        "name_fr", "name_en", "country", "is_synthetic", "latitude", "longitude", "radius_km", "year", "seed",
        "language", "description_fr", "description_en",
    }  # fmt: skip
    assert facts["is_synthetic"] is True
    assert facts["country"] == "FR"


def test_the_territory_has_the_size_of_a_first_year_of_diagnosis() -> None:
    assert len(table("actors")) == 120
    assert 350 <= len(table("outputs")) <= 460
    assert 220 <= len(table("needs")) <= 300
    assert len(table("operators")) >= 20
    assert table("actors")["nace"].nunique() >= 50
    assert set(table("actors")["structure"]) >= {"ACI", "EI", "ETTI", "EA", "ESAT"}
    assert set(table("outputs")["family"]) == {"material", "energy", "water", "service", "equipment"}


def test_ids_are_unique_and_references_intact() -> None:
    for name, key in (("actors", "actor_id"), ("sites", "site_id"), ("outputs", "output_id"), ("needs", "need_id"),
                      ("operators", "operator_id")):  # fmt: skip
        assert table(name)[key].is_unique
    sites = set(table("sites")["site_id"])
    assert set(table("sites")["actor_id"]) == set(table("actors")["actor_id"])
    for name in ("outputs", "needs", "operators"):
        assert set(table(name)["site_id"]) <= sites
    assert set(table("distances")["from_site_id"]) | set(table("distances")["to_site_id"]) <= sites
    flows = set(table("outputs")["output_id"]) | set(table("needs")["need_id"])
    assert set(table("quality")["flow_id"]) <= flows
    assert set(table("cases")["row_id"]) <= flows


def test_ids_of_the_catalogue_exist() -> None:
    assert set(table("outputs")["outlet_id"]) <= set(catalogue("outlets")["outlet_id"])
    conditions = set(catalogue("legal_conditions")["condition_id"])
    for name in ("outputs", "needs", "operators"):
        assert listed(table(name)["conditions_met"]) <= conditions
    assert set(table("quality")["parameter"]) <= set(catalogue("quality_parameters")["parameter"])
    assert set(table("operators")["process_id"]) <= set(catalogue("processes")["process_id"])


def test_waste_codes_are_in_force_and_marked_hazardous_where_the_list_does() -> None:
    codes = catalogue("waste_codes")
    in_force = codes[((codes["valid_to"] == "") | (codes["valid_to"] >= LAW_OF)) & (codes["valid_from"] <= LAW_OF)]
    hazard = in_force.drop_duplicates("waste_code", keep="last").set_index("waste_code")["is_hazardous"]
    coded = table("outputs")[table("outputs")["waste_code"] != ""]
    assert coded["waste_code"].isin(hazard.index).all()
    assert (coded["waste_code"].map(hazard) == coded["is_hazardous"]).all()
    for name in ("needs", "operators"):
        assert listed(table(name)["waste_codes_accepted"]) <= set(hazard.index)


def test_companies_speak_their_own_words() -> None:
    outputs, needs = table("outputs"), table("needs")
    assert (outputs["material_id"] == "").all()
    assert (needs["material_id"] == "").all()
    assert (needs["use_id"] == "").all()
    waste = outputs[outputs["legal_status"] == "waste"]
    assert 0.1 < (waste["waste_code"] == "").mean() < 0.35
    assert outputs["description"].str.lower().nunique() > 250


def test_communes_are_the_real_ones() -> None:
    communes = table("communes").set_index("commune")
    # INSEE codes and positions that anyone can check on a map.
    for name, code, latitude, longitude in (
        ("Florange", "57221", 49.32, 6.12), ("Hayange", "57306", 49.33, 6.06), ("Thionville", "57672", 49.36, 6.17),
        ("Fameck", "57206", 49.30, 6.11), ("Yutz", "57757", 49.35, 6.20), ("Audun-le-Tiche", "57038", 49.47, 5.96),
    ):  # fmt: skip
        assert communes.loc[name, "insee_code"] == code
        assert abs(float(communes.loc[name, "latitude"]) - latitude) < 0.02
        assert abs(float(communes.loc[name, "longitude"]) - longitude) < 0.02
    french = table("communes")[table("communes")["country"] == "FR"]
    assert french["insee_code"].is_unique
    assert french["insee_code"].str.fullmatch(r"(57|54|55)\d{3}").all()
    assert {"CA du Val de Fensch", "CA Portes de France-Thionville"} <= set(french["epci"])
    assert 3 <= (table("communes")["country"] == "LU").sum() <= 40


def test_sites_stand_near_the_point_of_their_commune_and_inside_the_territory() -> None:
    facts = json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))
    sites = table("sites").merge(table("communes"), on=["commune", "insee_code", "country"], suffixes=("", "_commune"))
    assert len(sites) == len(table("sites"))
    point = (sites["latitude_commune"], sites["longitude_commune"])
    assert (kilometres(sites["latitude"], sites["longitude"], point) < 2.5).all()
    centre = (facts["latitude"], facts["longitude"])
    assert (kilometres(sites["latitude"], sites["longitude"], centre) < facts["radius_km"]).all()


def test_scattered_pallets_a_shredder_and_a_boiler() -> None:
    pallets = rows_of("pallets_boiler", "holder")
    assert pallets["actor_id"].nunique() >= 15
    assert tonnes(pallets).median() < 30  # scattered: nobody fills a weekly lorry alone
    assert len(rows_of("pallets_boiler", "receiver")) == 2
    shredders = table("operators")[table("operators")["process_id"] == "wood_packaging_shredding"]
    attested = shredders["conditions_met"].str.contains("eow_attestation")
    assert attested.sum() == 1
    assert (~attested).sum() == 1


def test_windows_wait_for_a_bench_and_have_their_two_buyers() -> None:
    windows = rows_of("windows", "holder")
    assert windows["actor_id"].nunique() >= 6
    bench = table("operators").set_index("process_id").loc["window_dismantling"]
    assert bench["is_existing"] == "false"
    assert float(bench["capacity"]) < tonnes(windows).sum()
    words = " ".join(rows_of("windows", "receiver")["description"])
    assert "microbilles" in words
    assert "PVC" in words


def test_plastics_food_and_appliances_have_holders_operators_and_takers() -> None:
    processes = set(table("operators")["process_id"])
    assert {"hard_plastics_sorting_grinding", "food_donation_sorting", "weee_repair", "weee_dismantling", "composting",
            "anaerobic_digestion"} <= processes  # fmt: skip
    for case, holders in (("hard_plastics", 8), ("food_surplus", 10), ("biowaste", 10), ("weee", 10)):
        assert rows_of(case, "holder")["actor_id"].nunique() >= holders
        assert len(rows_of(case, "receiver")) >= 2


def test_heat_steam_water_and_shared_means_are_offered_and_sought() -> None:
    for case in ("waste_heat", "steam", "water_reuse", "shared_means"):
        assert len(rows_of(case, "holder")) >= 2
        assert len(rows_of(case, "receiver")) >= 2
    words = " ".join(rows_of("waste_heat", "receiver")["description"]).lower()
    assert all(word in words for word in ("réseau", "serre", "piscine"))
    assert set(rows_of("shared_means", "holder")["unit"]) == {"h", "pieces"}


def test_neighbours_of_one_park_have_part_loads_of_the_same_waste() -> None:
    mixed = rows_of("joint_collection", "holder")
    in_parks = mixed[mixed["address"] != "adresse fictive"]
    assert (in_parks.groupby("address").size() >= 3).sum() >= 3
    assert (pd.to_numeric(mixed["load_t"]) < 5).all()
    assert (pd.to_numeric(mixed["rental_eur_per_yr"]) > 0).all()


def test_hazardous_flows_only_leave_the_territory() -> None:
    outputs = table("outputs")
    hazardous = set(outputs.loc[outputs["is_hazardous"] == "true", "waste_code"])
    assert {"130205", "140603", "160601"} <= hazardous
    accepted = listed(table("needs")["waste_codes_accepted"]) | listed(table("operators")["waste_codes_accepted"])
    assert not hazardous & accepted


def test_legal_traps_are_inside() -> None:
    treated = rows_of("trap_treated_wood_to_boiler", "holder")
    assert (treated["waste_code"] == "170204").all()
    assert len(treated) >= 1
    assert listed(rows_of("trap_kitchen_waste_to_pigs", "receiver")["waste_codes_accepted"]) >= {"200108"}
    expired = rows_of("trap_food_past_use_by", "holder")
    assert set(expired["date_kind"]) == {"use_by"}
    assert (pd.to_numeric(expired["shelf_life_days"]) == 0).all()
    for role, least in (("holder", 3), ("receiver", 1)):
        across = rows_of("trap_cross_border", role)
        assert len(across) >= least
        assert set(across["country"]) == {"LU"}


def test_some_receivers_have_read_their_permit_and_others_have_not() -> None:
    processing = table("operators")["waste_codes_accepted"].ne("") & table("operators")["conditions_met"].ne("")
    assert 0.5 < processing.mean() < 0.95
    needs = table("needs")
    assert (needs["waste_codes_accepted"] != "").sum() >= 20
    # The same wish, documented by one company and not by another: the second stays to be investigated.
    wishes = needs[needs["description"].str.contains("PP|polypro|ferraille|mitraille|grave|granulats", case=False)]
    assert 0.2 < (wishes["waste_codes_accepted"] != "").mean() < 0.8
    by_products = table("outputs")[table("outputs")["legal_status"] == "by_product"]["conditions_met"].str.split(";").str.len()
    assert {4, 5} == set(by_products)
