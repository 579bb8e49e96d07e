"""A catalogue that contradicts itself is refused, with the table, the row and the remedy; each test plants one."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from symbiosis import workspace
from symbiosis.errors import CatalogueError
from symbiosis.materials.contradictions import CHECKS, check


@pytest.fixture(scope="module")
def catalogue():
    return workspace.load_catalogue()


def changed(table: pd.DataFrame, row, **cells) -> pd.DataFrame:
    """The table with some cells of one row changed."""
    table = table.copy()
    for column, value in cells.items():
        table.at[row, column] = value
    return table


def with_row(table: pd.DataFrame, **cells) -> pd.DataFrame:
    """The table with a row more, like its first but for some cells."""
    return pd.concat([table, table.iloc[:1].assign(**cells)], ignore_index=True)


def limit(catalogue, **cells) -> pd.DataFrame:
    return with_row(catalogue.use_limits, use_id="earth_fill", basis="test", **cells)


PLANTED = {
    "dangling reference": (
        lambda c: {"use_limits": limit(c, parameter="sweetness", minimum=0.0, maximum=1.0)},
        ("use_limits.parameter", "sweetness", "correct it or add the row"),
    ),
    "circle": (
        lambda c: {"materials": changed(c.materials, "wood_residue", broader_id="wood_pallets_used")},
        ("materials", "broader_id turns in a circle", "leave it empty"),
    ),
    "one name for two": (
        lambda c: {"material_names": with_row(c.material_names, material_id="sulphur", language="fr", name="Soufré  TEST")
                   .pipe(with_row, material_id="straw", language="fr", name="soufre test")},
        ("material_names", "straw and sulphur", "keep the name on one"),
    ),
    "denied hazard": (
        lambda c: {"materials": changed(c.materials, "asbestos_waste", name_en="non-hazardous asbestos")},
        ("material_codes", "asbestos_waste", "hazardous codes alone"),
    ),
    "claimed hazard": (
        lambda c: {"materials": changed(c.materials, "straw", name_fr="paille dangereuse")
                   , "material_codes": with_row(c.material_codes, material_id="straw", waste_code="020103")},
        ("material_codes", "straw", "without a hazardous code"),
    ),
    "plant twice": (
        lambda c: {"plant_uses": with_row(c.plant_uses)},
        ("plant_uses", "stands twice", "keep one row"),
    ),
    "plant of no use": (
        lambda c: {"plant_uses": c.plant_uses[c.plant_uses["plant_id"] != "brewery"]},
        ("plants", "brewery", "has no row in plant_uses"),
    ),
    "mass from nothing": (
        lambda c: {"process_flows": c.process_flows.assign(
            share=c.process_flows["share"].mask(c.process_flows["process_id"].eq("straw_pelletising")
                                                & c.process_flows["direction"].eq("output"), 1.4))},
        ("process_flows", "straw_pelletising", "lower a yield"),
    ),
    "minimum above maximum": (
        lambda c: {"use_limits": limit(c, parameter="moisture_share", minimum=0.5, maximum=0.2)},
        ("use_limits", "earth_fill/moisture_share", "minimum is above maximum"),
    ),
    "value outside its range": (
        lambda c: {"processes": changed(c.processes, "composting", cost_eur_per_unit=1e4)},
        ("processes", "composting", "cost_low_eur_per_unit ≤ cost_eur_per_unit ≤ cost_high_eur_per_unit"),
    ),
    "end before beginning": (
        lambda c: {"legal_rules": changed(c.legal_rules, "border_green_list", valid_to=pd.Timestamp("2000-01-01"))},
        ("legal_rules", "border_green_list", "valid_from is above valid_to"),
    ),
    "food from a by-product of animals": (
        lambda c: {"use_materials": with_row(c.use_materials, use_id="human_food_donation", material_id="blood")},
        ("use_materials", "human_food_donation/blood", "remove the row"),
    ),
    "food from a hazardous matter": (
        lambda c: {"use_materials": with_row(c.use_materials, use_id="human_food_donation", material_id="used_oil")},
        ("use_materials", "human_food_donation/used_oil", "remove the row"),
    ),
    "a last use that is only a step": (
        lambda c: {"uses": changed(c.uses, "book_reuse", operation_code="R13")},
        ("uses", "book_reuse", "give the final operation"),
    ),
    "forbidden operation": (
        lambda c: {"outlets": changed(c.outlets, c.outlets.index[0], operation_code="D7")},
        ("outlets", "D7 is forbidden", "give a lawful operation"),
    ),
    "share above one": (
        lambda c: {"use_limits": limit(c, parameter="moisture_share", minimum=float("nan"), maximum=20.0)},
        ("use_limits", "earth_fill/moisture_share", "check its unit"),
    ),
    "two limits": (
        lambda c: {"use_limits": with_row(c.use_limits)},
        ("use_limits", "stands twice", "keep one row"),
    ),
    "successor that is no code": (
        lambda c: {"waste_codes": c.waste_codes.assign(
            successor_codes=c.waste_codes["successor_codes"].mask(c.waste_codes.index == "160605", "169999"))},
        ("waste_codes", "160605", "169999 is no code"),
    ),
    "mirror of the same hazard": (
        lambda c: {"waste_codes": changed(c.waste_codes, "170504", mirror_code="170506")},
        ("waste_codes", "170504", "same hazard"),
    ),
    "a day of danger for a code that has none": (
        lambda c: {"waste_codes": changed(c.waste_codes, "150103", hazardous_from=pd.Timestamp("2026-12-09"))},
        ("waste_codes", "150103", "hazardous_from"),
    ),
    "a danger that begins with the code": (
        lambda c: {"waste_codes": changed(c.waste_codes, "160607", hazardous_from=pd.Timestamp("2026-12-09"))},
        ("waste_codes", "160607", "hazardous_from"),
    ),
    "unit without a density": (
        lambda c: {"materials": changed(c.materials, "sawdust", unit="m3", density_t_per_m3=float("nan"))},
        ("materials", "sawdust", "give its density"),
    ),
    "two fits for one link": (
        lambda c: {"use_materials": with_row(c.use_materials, fit_share=0.0)},
        ("use_materials", "stands twice", "keep one row"),
    ),
    "effect both ways": (
        lambda c: {"process_effects": with_row(c.process_effects, effect="raise")},
        ("process_effects", "stands twice", "keep one row"),
    ),
    "law about nothing": (
        lambda c: {"legal_rules": changed(c.legal_rules, "edible_food_not_destroyed", pattern=("ambrosia",))},
        ("legal_rules", "edible_food_not_destroyed", "ambrosia is no material"),
    ),
    "law for no use": (
        lambda c: {"legal_rules": changed(c.legal_rules, "edible_food_not_destroyed", use_pattern=("feasting",))},
        ("legal_rules", "edible_food_not_destroyed", "feasting is no use"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_the_contradiction_is_refused_with_its_table_row_and_remedy(catalogue, name):
    plant, told = PLANTED[name]
    with pytest.raises(CatalogueError) as refused:
        check(replace(catalogue, **plant(catalogue), memory={}))
    assert all(part in str(refused.value) for part in told), str(refused.value)
    # One contradiction planted, one kind of complaint: the check blames nobody else.
    assert len({problem.split(":")[0].split(".")[0] for problem in str(refused.value).split("; ")}) == 1


def test_the_catalogue_that_ships_contradicts_itself_nowhere(catalogue):
    check(catalogue)
    assert {problem for contradictions in CHECKS.values() for problem in contradictions(catalogue)} == set()


UNREAD_LAW = {
    "excepts no material": (
        "edible_food_not_destroyed", {"pattern": ("food_surplus", "!ambrosia")},
        "!ambrosia excepts neither a waste code nor a material",
    ),
    "reaches nothing": (
        "edible_food_not_destroyed", {"pattern": ("!food_mushrooms",)}, "names nothing that the rule applies to",
    ),
    "a heading that no permit names": (
        "edible_food_not_destroyed", {"effect": "forbid", "headings": ("2910B",)}, "2910B is no heading",
    ),
    "a remark that a heading would lift": ("edible_food_not_destroyed", {"headings": ("2910-B",)}, "flag reads no headings"),
    "an exemption without a condition": ("edible_food_not_destroyed", {"effect": "exempt"}, "exempts without condition_id"),
    "an admission with a condition": (
        "sawmill_biomass_lawful", {"condition_id": "eow_contract"}, "admits under headings alone",
    ),
    "excepts a code outside": (
        "sorting_glass", {"pattern": ("1501", "!170202")}, "!170202 excepts what the rule does not reach",
    ),
}  # fmt: skip
"""Cells of a row of law that nothing would read."""


@pytest.mark.parametrize("name", UNREAD_LAW)
def test_a_row_of_law_says_nothing_that_no_reader_reads(catalogue, name):
    rule, cells, told = UNREAD_LAW[name]
    planted = replace(catalogue, legal_rules=changed(catalogue.legal_rules, rule, **cells), memory={})
    assert [told in problem and rule in problem for problem in CHECKS["law"](planted)] == [True]
