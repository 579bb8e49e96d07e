"""The reference tables of the catalogue: law, codes, factors. What they say must stand on a source."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from symbiosis import schemas

CATALOGUE = Path(__file__).resolve().parents[1] / "datasets" / "catalogue"
BASE_DECISION = "décision 2000/532/CE modifiée par la décision 2014/955/UE"
AMENDED_FROM = "2026-12-09"
TABLES = (
    "activities",
    "activity_flows",
    "call_factors",
    "end_of_waste",
    "factors",
    "headings",
    "legal_conditions",
    "legal_rules",
    "operations",
    "outlets",
    "papers",
    "precedents",
    "process_effects",
    "quality_parameters",
    "rep_schemes",
    "taxes",
    "themes",
    "waste_chapters",
    "waste_codes",
)
GATE_CONDITIONS = {
    "bp_certain_use": "by_product",
    "bp_direct_use": "by_product",
    "bp_integral_part": "by_product",
    "bp_lawful_product": "by_product",
    "bp_no_harm": "by_product",
    "eow_attestation": "end_of_waste",
    "eow_contract": "end_of_waste",
    "eow_quality_system": "end_of_waste",
    "pi_similar_product": "production_installation",
    "pi_file_sent": "production_installation",
    "pi_market": "production_installation",
    "pi_no_harm": "production_installation",
    "es_codes_in_permit": "waste_to_entitled_site",
}


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(CATALOGUE / f"{name}.csv", dtype=str, keep_default_na=False)


def in_force(codes: pd.DataFrame, day: str) -> pd.DataFrame:
    return codes[(codes["valid_from"] <= day) & ((codes["valid_to"] == "") | (codes["valid_to"] >= day))]


@pytest.fixture(scope="module")
def codes() -> pd.DataFrame:
    return read("waste_codes").set_index("waste_code", drop=False)


@pytest.mark.parametrize("name", TABLES)
def test_table_obeys_the_data_dictionary(name: str) -> None:
    table, frame = schemas.CATALOGUE[name], read(name)
    assert list(frame.columns) == list(table.columns)
    assert len(frame) > 0
    if table.key:
        assert frame[table.key].is_unique
    for column, rule in table.columns.items():
        cells = frame[column]
        if rule.required or column == table.key:
            assert (cells != "").all(), column
        written = cells[cells != ""]
        assert (written == written.str.strip()).all(), column
        if rule.kind == "choice":
            assert set(written) <= set(rule.choices), column
        if rule.kind == "flag":
            assert set(written) <= {"true", "false"}, column
        if rule.kind == "number":
            numbers = pd.to_numeric(written)
            assert rule.minimum is None or (numbers >= rule.minimum).all(), column
            assert rule.maximum is None or (numbers <= rule.maximum).all(), column
        if rule.kind == "date":
            pd.to_datetime(written, format="%Y-%m-%d")
        if rule.kind == "code":
            assert written.str.fullmatch(r"\d{6}").all(), column


@pytest.mark.parametrize("name", TABLES)
def test_references_between_these_tables_are_kept(name: str) -> None:
    frame = read(name)
    for column, rule in schemas.CATALOGUE[name].columns.items():
        if rule.references is None or rule.references.split(".")[0] not in TABLES:
            continue
        target, key = rule.references.split(".")
        written = frame[column].str.split(";").explode().str.strip()
        assert set(written[written != ""]) <= set(read(target)[key]), column


def test_base_list_holds_842_codes_of_which_408_hazardous(codes: pd.DataFrame) -> None:
    before = in_force(codes, "2026-12-08")
    assert len(before) == 842
    was_hazardous = (before["is_hazardous"] == "true") & (before["hazardous_from"] <= "2026-12-08")
    assert was_hazardous.sum() == 408


def test_list_in_force_holds_880_codes_of_which_435_hazardous(codes: pd.DataFrame) -> None:
    now = in_force(codes, "2026-12-09")
    assert len(codes) == 884
    assert len(now) == 880
    assert (now["is_hazardous"] == "true").sum() == 435


def test_the_only_code_whose_hazard_the_amendment_changes_says_from_when(codes: pd.DataFrame) -> None:
    dated = codes[codes["hazardous_from"] != ""]
    assert dict(zip(dated.index, dated["hazardous_from"], strict=True)) == {"160604": AMENDED_FROM}


def test_battery_amendment_adds_42_codes_and_replaces_four(codes: pd.DataFrame) -> None:
    new = codes[codes["valid_from"] == AMENDED_FROM]
    assert len(new) == 42
    assert new["decision"].str.contains("2025/934").all()
    replaced = codes[codes["valid_to"] != ""]
    assert set(replaced.index) == {"160605", "190211", "200133", "200134"}
    assert (replaced["is_confirmed"] == "false").all()
    successors = replaced["successor_codes"].str.split(";").explode()
    assert set(successors) <= set(in_force(codes, "2026-12-09").index)
    assert (codes.loc[codes["valid_to"] == "", "successor_codes"] == "").all()


@pytest.mark.parametrize(
    ("code", "hazardous", "words"),
    [
        ("150103", "false", "emballages en bois"),
        ("170201", "false", "bois"),
        ("170202", "false", "verre"),
        ("170204", "true", "substances dangereuses"),
        ("160103", "false", "pneus"),
        ("160604", "true", "alcalines"),
        ("160607", "true", "lithium"),
        ("170605", "true", "amiante"),
        ("180103", "true", "infection"),
        ("191402", "true", "mélange de matériaux d'électrodes"),
        ("191408", "false", "alliages"),
        ("200108", "false", "cuisine"),
        ("010101", "false", "minéraux métallifères"),
    ],
)
def test_known_codes_are_read_as_expected(codes: pd.DataFrame, code: str, hazardous: str, words: str) -> None:
    assert codes.loc[code, "is_hazardous"] == hazardous
    assert words in codes.loc[code, "designation_fr"]


def test_mirror_pairs_oppose_a_hazardous_and_a_non_hazardous_code(codes: pd.DataFrame) -> None:
    pairs = codes[codes["mirror_code"] != ""]
    assert len(pairs) > 300
    other = codes.loc[pairs["mirror_code"], "is_hazardous"].to_numpy()
    assert (pairs["is_hazardous"].to_numpy() != other).all()
    assert codes.loc["170904", "mirror_code"] == "170903"
    assert codes.loc["200136", "mirror_code"] == "200135"


def test_a_code_can_be_read_alone(codes: pd.DataFrame) -> None:
    shown = codes["label_fr"].where(codes["label_fr"] != "", codes["designation_fr"])
    assert shown.str.lower().is_unique
    for column in ("label_fr", "label_en"):
        assert not codes[column].str.contains(r"\d\d \d\d \d\d").any()
    vague = codes["designation_fr"].str.contains("non spécifiés ailleurs|autres que ceux visés")
    assert (codes.loc[vague, ["label_fr", "label_en"]] != "").all(axis=None)


def test_every_code_lies_in_a_named_chapter(codes: pd.DataFrame) -> None:
    chapters = set(read("waste_chapters")["chapter"])
    assert len({c for c in chapters if len(c) == 2}) == 20
    assert set(codes.index.str[:2]) | set(codes.index.str[:4]) == chapters


def test_interim_operations_are_never_final() -> None:
    operations = read("operations").set_index("operation_code")
    assert len(operations) == 29
    assert set(operations.index[operations["is_final"] == "false"]) == {"R12", "R13", "D9", "D13", "D14", "D15"}
    assert set(operations.index[operations["is_forbidden_fr"] == "true"]) == {"D6", "D7", "D11"}
    assert (operations["is_recovery"] == pd.Series(operations.index.str[0] == "R", operations.index).map(
        {True: "true", False: "false"})).all()  # fmt: skip
    assert operations.loc["R1", "rung"] == "other_recovery"
    assert operations.loc["R0", "rung"] == "reuse"
    assert set(operations.loc[["R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"], "rung"]) == {"recycling"}
    assert set(operations.loc[operations.index.str[0] == "D", "rung"]) == {"disposal"}


def test_no_outlet_uses_a_forbidden_operation() -> None:
    operations = read("operations").set_index("operation_code")
    used = read("outlets")["operation_code"]
    assert (operations.loc[used[used != ""], "is_forbidden_fr"] == "false").all()


def test_conditions_of_the_legal_gate_exist_on_their_route() -> None:
    route = read("legal_conditions").set_index("condition_id")["route"].to_dict()
    assert {condition: route.get(condition) for condition in GATE_CONDITIONS} == GATE_CONDITIONS


def test_conditions_named_elsewhere_exist() -> None:
    known = set(read("legal_conditions")["condition_id"])
    lifting = read("legal_rules")["condition_id"].str.split(";").explode()
    assert set(lifting[lifting != ""]) <= known
    assert set(read("end_of_waste")["conditions"].str.split(";").explode()) <= known


def test_wood_packaging_needs_attestation_contract_and_quality_system() -> None:
    row = read("end_of_waste").set_index("end_of_waste_id").loc["eow_wood_packaging"]
    assert {"eow_attestation", "eow_contract", "eow_quality_system"} <= set(row["conditions"].split(";"))
    assert "29 juillet 2014" in row["text"]


@pytest.mark.parametrize(
    ("rule", "effect", "pattern", "use"),
    [
        ("wood_shred_boiler_without_eow", "forbid", "wood_packaging_shred", "biomass_boiler_fuel"),
        ("sawmill_biomass_lawful", "admit", "sawmill_by_products", "biomass_boiler_fuel"),
        ("abp_never_to_human_food", "forbid", "is_animal_by_product", "is_human_food"),
        ("kitchen_waste_not_to_livestock", "forbid", "food_waste_with_animal", "is_animal_feed"),
        ("food_after_use_by", "forbid", "food_surplus", "is_human_food"),
        ("hazardous_tracking_slip", "require", "hazardous", ""),
        ("tracking_exemption_oils", "exempt", "1302", ""),
        ("border_green_list", "flag", "green", ""),
    ],
)
def test_the_law_says(rule: str, effect: str, pattern: str, use: str) -> None:
    row = read("legal_rules").set_index("rule_id").loc[rule]
    assert row["effect"] == effect
    assert pattern in row["pattern"].split(";")
    assert use in row["use_pattern"].split(";")


@pytest.mark.parametrize(
    ("table", "row", "column", "day"),
    [
        # An order applies from the day after its publication in the Journal officiel, unless it says otherwise.
        ("end_of_waste", "eow_used_vegetable_oil", "valid_from", "2016-10-08"),
        ("end_of_waste", "eow_prepared_reuse", "valid_from", "2018-12-21"),
        ("end_of_waste", "eow_used_chemicals", "valid_from", "2019-03-03"),
        ("end_of_waste", "eow_digestate_agricultural", "valid_from", "2020-11-09"),
        ("end_of_waste", "eow_excavated_soil", "valid_from", "2021-06-28"),
        ("legal_rules", "tracking_exemption_oils", "valid_to", "2023-12-31"),
        ("legal_rules", "border_notification_2006", "valid_to", "2026-05-20"),
        ("rep_schemes", "rep_furniture", "valid_from", "2012-01-09"),
        ("rep_schemes", "rep_catering_packaging", "valid_from", "2024-01-01"),
    ],
)
def test_law_changes_on_the_day_that_was_read(table: str, row: str, column: str, day: str) -> None:
    rows = read(table)
    assert rows.set_index(rows.columns[0]).at[row, column] == day


def test_no_forbidding_food_rule_can_be_lifted_once_food_is_waste() -> None:
    rules = read("legal_rules").set_index("rule_id")
    for rule in ("abp_never_to_human_food", "food_waste_not_human_food", "kitchen_waste_not_to_livestock"):
        assert rules.loc[rule, "condition_id"] == ""
    assert rules.loc["wood_shred_boiler_without_eow", "condition_id"] == "eow_attestation"


def test_code_patterns_of_rules_meet_the_list(codes: pd.DataFrame) -> None:
    rules = read("legal_rules")
    patterns = rules.loc[rules["applies_to"] == "waste_code", "pattern"].str.split(";").explode()
    for pattern in patterns.unique():
        assert codes.index.str.startswith(pattern).any(), pattern
    slips = rules[rules["paper_id"].isin(["bsda", "bsff", "bsdasri", "bsvhu"])]["pattern"].str.split(";").explode()
    for pattern in slips:
        named = codes[codes.index.str.startswith(pattern)]
        # A depolluted vehicle (16 01 06) is not hazardous and still travels with its own slip.
        assert pattern == "160106" or (named["is_hazardous"] == "true").all(), pattern


def test_ranges_enclose_their_value() -> None:
    factors = read("factors")
    value, low, high = (pd.to_numeric(factors[c]) for c in ("value", "low", "high"))
    assert ((low <= value) & (value <= high)).all()
    outlets = read("outlets")
    for stem, unit in (("cost", "eur_per_t"), ("emission", "kgco2e_per_t")):
        value, low, high = (pd.to_numeric(outlets[f"{stem}_{part}{unit}"]) for part in ("", "low_", "high_"))
        assert (value.isna() | ((low <= value) & (value <= high))).all()


def test_factors_are_unique_by_kind_and_subject() -> None:
    assert not read("factors").duplicated(["kind", "subject"]).any()


@pytest.mark.parametrize(
    ("kind", "subject", "value"),
    [
        ("transport_emission", "artic_40_44t", 0.0711),
        ("transport_emission", "artic_34_40t", 0.0823),
        ("transport_emission", "rigid_12_20t", 0.160),
        ("transport_emission", "train", 0.00959),
        ("transport_emission", "barge", 0.0194),
        ("transport_cost", "road_default", 0.15),
        ("distance", "detour_factor", 1.3),
        ("labour", "fte_hours_ACI", 1820),
        ("labour", "fte_hours_ETTI", 1607),
        ("labour", "fte_hours_EI", 1505),
        ("aid", "EI", 13304),
        ("aid", "ACI", 23921),
        ("jobs", "plastics_sorting", 20),
        ("jobs", "plastics_sorting_insertion", 15),
        ("production_emission", "scrap_steel", 2211),
        ("avoided_emission", "cardboard", -280),
    ],
)
def test_known_factors_are_read_as_expected(kind: str, subject: str, value: float) -> None:
    factors = read("factors").set_index(["kind", "subject"])
    assert float(factors.loc[(kind, subject), "value"]) == pytest.approx(value)


def test_cardboard_recycling_range_crosses_zero() -> None:
    row = read("factors").set_index(["kind", "subject"]).loc[("avoided_emission", "cardboard")]
    assert float(row["low"]) < 0 < float(row["high"])


def test_no_placeholder_metal_is_carried() -> None:
    subjects = set(read("factors")["subject"])
    assert not subjects & {"scrap_nickel", "scrap_lead", "scrap_zinc"}


def test_landfill_tax_is_dated_and_only_what_was_read_is_confirmed() -> None:
    taxes = read("taxes")
    assert not taxes.duplicated(["tax_id", "year"]).any()
    by_year = taxes.set_index(["tax_id", "year"])["value_eur_per_t"].astype(float)
    assert [by_year["tgap_landfill", str(y)] for y in (2025, 2026, 2030)] == [65, 69, 85]
    assert [by_year["tgap_incineration_r1_65", str(y)] for y in (2025, 2026, 2030)] == [15, 16, 20]
    assert [by_year["tgap_incineration_other", str(y)] for y in (2025, 2026, 2030)] == [25, 29, 45]
    confirmed = taxes["is_confirmed"] == "true"
    assert (taxes["basis"].str.contains(" lu le ") == confirmed).all()
    assert taxes.loc[~confirmed, "basis"].str.contains("pas été trouvé à lire").all()
    named = read("outlets")["tax_id"]
    assert set(named[named != ""]) <= set(taxes["tax_id"])
    # A scenario of any year to come finds its tax.
    assert {("tgap_landfill", str(y)) for y in range(2021, 2031)} <= set(by_year.index)


def test_base_designations_name_their_decision(codes: pd.DataFrame) -> None:
    unchanged = codes[~codes["decision"].str.contains("2025/934")]
    assert len(unchanged) == 842 - 6 - 4
    assert set(unchanged["decision"]) == {BASE_DECISION}


@pytest.mark.parametrize(
    ("table", "said"), [("materials", "materials"), ("uses", "uses"), ("plants", "kinds of plants"), ("processes", "processes")]
)
def test_sources_count_the_rows_that_there_are(table: str, said: str) -> None:
    text = (CATALOGUE / "SOURCES.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^(?:- )?{len(read(table))} {said}\b", text)
