"""What the cells of a row of law may say: names, flags, beginnings of codes, exceptions, headings, conditions, countries."""

from __future__ import annotations

import pytest
from tests import small_territory
from tests.small_territory import table, territory

from symbiosis.candidates import find_candidates
from symbiosis.compatibility.routes import heading_names
from symbiosis.declarations import build
from symbiosis.errors import DeclarationError
from symbiosis.scenario import Scenario

HEADINGS = ("2910-B", "2910-B-1", "2910 b 2°", "2910B", "rubrique 2910-B (enregistrement)")
"""As permits write the heading that lifts."""

COUNTRIES = {
    "France": "FR",
    "lu": "LU",
    "Grand-Duché de Luxembourg": "LU",
    "ALLEMAGNE": "DE",
    "Belgium": "BE",
    "RE": "FR",
    "": "FR",
}
"""As people write countries, and what they mean."""

LAW = """
    rule_id, effect, applies_to, pattern, condition_id, headings, law_of, text_fr, text_en, reference
    whole, forbid, material, sand, , , union, x, x, x
    but_narrower, forbid, material, sand;!sea_sand, , , union, x, x, x
    but_broader, forbid, material, sand;scrap;!sand, , , union, x, x, x
    but_flagged, forbid, material, sand;scrap;!is_food, , , union, x, x, x
    one_use, forbid, use, casting;paving;!paving, , , union, x, x, x
    both_lists, flag, border, green;notified, , , union, x, x, x
    green_list, flag, border, green, , , union, x, x, x
    not_on_it, flag, border, 1705;!170508, , , union, x, x, x
    remark, flag, material, sand, checked, , union, x, x, x
    lifted, forbid, material, crate, , 2910-B, union, x, x, x
    asked, require, material, crate, , 2910-B, union, x, x, x
    one_of_two, require, material, sand, checked;approved, , union, x, x, x
    of_giver, flag, material, scrap, , , giver, x, x, x
    """


def rows(*lines: str) -> str:
    return "\n".join(lines)


@pytest.fixture(scope="module")
def said() -> dict[tuple[str, str], set[str]]:
    """Reasons by output and need, under all rows at once."""
    countries = [f"SC{i}, AC{i}, 49.3, 6.1, {written}, " for i, written in enumerate(COUNTRIES)]
    permits = [f"SH{i}, AH{i}, 49.3, 6.1, , {written}" for i, written in enumerate((*HEADINGS, "2910-A"))]
    declarations = territory(
        sites=rows("site_id, actor_id, latitude, longitude, country, permit_headings", *countries, *permits),
        outputs=rows("output_id, material_id, quantity, legal_status, conditions_met, site_id, waste_code",
                     "sand, sand, 10, waste, , SO1, ", "sea_sand, sea_sand, 10, waste, , SO2, ",
                     "scrap, scrap, 10, waste, , SO3, ", "green, scrap, 10, waste, , SC1, 191202",
                     "named, scrap, 10, waste, , SC1, 170504", "excepted, scrap, 10, waste, , SC1, 170508",
                     "checked, sand, 10, waste, checked, SO4, ", "approved, sand, 10, waste, approved, SO6, ",
                     "crate, crate, 10, waste, , SO5, ",
                     *(f"C{i}, scrap, 10, waste, , SC{i}, " for i in range(len(COUNTRIES)))),
        needs=rows("need_id, use_id, quantity, site_id", "casting, casting, 10, SN1", "paving, paving, 10, SN2",
                   *(f"H{i}, paving, 10, SH{i}" for i in range(len(permits)))),
        extension={"waste_codes": "waste_code, designation_fr, designation_en, decision\n191202, x, x, x\n170504, x, x, x\n"
                                  "170508, x, x, x",
                   "legal_rules": LAW, "legal_conditions": "condition_id, route, name_fr, name_en, text\n"
                                                           "checked, waste_to_entitled_site, vérifié, checked, test\n"
                                                           "approved, waste_to_entitled_site, agréé, approved, test"},
    )  # fmt: skip
    knowledge = small_territory.catalogue().extended(declarations.extension)
    legs = find_candidates(declarations, knowledge, Scenario(is_hierarchy_lifted=True)).legs
    return {(leg.tail_id, leg.head_id): set(leg.reasons.split(";")) for leg in legs.itertuples()}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("whole", {"sand", "sea_sand"}),
        ("but_narrower", {"sand"}),
        ("but_broader", {"scrap"}),
        ("but_flagged", {"sand", "sea_sand", "scrap"}),
    ],
)
def test_a_row_about_materials_excepts_some_with_what_is_narrower(said, rule, expected):
    assert {one for one in ("sand", "sea_sand", "scrap") if f"law:{rule}" in said[one, "casting"]} == expected


def test_a_row_about_uses_excepts_some(said):
    assert {head for head in ("casting", "paving") if "law:one_use" in said["sand", head]} == {"casting"}


def test_a_row_about_borders_names_a_list_or_codes_that_are_notified(said):
    rows = {"green": {"both_lists", "green_list"}, "named": {"both_lists", "not_on_it"}, "C1": {"both_lists"},
            "excepted": {"both_lists", "green_list"}}  # fmt: skip
    for one, expected in rows.items():
        assert {
            row for row in ("both_lists", "green_list", "not_on_it") if f"note:{row}" in said[one, "casting"]
        } == expected, one


def test_a_remark_ends_where_its_condition_is_met(said):
    assert {one for one in ("sand", "checked") if "note:remark" in said[one, "casting"]} == {"sand"}


def test_one_of_several_conditions_is_enough(said):
    assert {one for one in ("sand", "checked", "approved") if "law_condition:one_of_two" in said[one, "casting"]} == {"sand"}


@pytest.mark.parametrize("reason", ["law:lifted", "law_condition:asked"])
def test_a_heading_lifts_however_the_permit_writes_it(said, reason):
    barred = [reason in said["crate", f"H{i}"] for i in range(len(HEADINGS) + 1)]
    assert barred == [False] * len(HEADINGS) + [True]


def test_names_of_a_heading_go_from_the_widest_to_what_is_written():
    assert heading_names("2760-2.b") == ["2760", "2760-2", "2760-2-B"]
    assert heading_names("2714 (enregistrement)") == ["2714"]
    assert heading_names("arrêté de 12345 pages") == ["arrêté de 12345 pages"]


def test_a_country_is_read_as_people_write_it(said):
    for number, (written, code) in enumerate(COUNTRIES.items()):
        found = said[f"C{number}", "casting"]
        assert ("note:of_giver" in found) == (code == "FR"), written
        assert (f"border:{code}:FR" in found) == (code != "FR"), written
        # A row about borders may name both lists.
        assert ("note:both_lists" in found) == (code != "FR"), written


def test_a_country_that_cannot_be_read_is_asked():
    with pytest.raises(DeclarationError, match="unreadable_country"):
        territory(sites="site_id, actor_id, latitude, longitude, country\nSO1, AO1, 49.3, 6.1, Outre-Rhin",
                  outputs="output_id, material_id, quantity\nO1, sand, 10")  # fmt: skip


def test_a_condition_that_the_law_does_not_know_is_asked():
    declared = {"actors": "actor_id, name\nA1, A1",
                "needs": "need_id, site_id, description, quantity, unit\nN1, S1, sable, 1, t",
                "sites": "site_id, actor_id, commune, latitude, longitude\nS1, A1, Florange, 49.3, 6.1",
                "outputs": "output_id, site_id, description, quantity, unit, conditions_met\n"
                           "O1, S1, sable, 1, t, bp_no_harm;checked"}  # fmt: skip
    tables = {name: table(text) for name, text in declared.items()}
    with pytest.raises(DeclarationError) as refused:
        build(tables, facts={}, extension={}, catalogue_ids={"legal_conditions": {"bp_no_harm"}})
    (problem,) = [one for one in refused.value.problems if one.severity == "error"]
    assert (problem.code, problem.column, problem.data["unknown"]) == ("dangling_reference", "conditions_met", "checked")
