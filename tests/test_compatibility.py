"""Labelled legal cases on the real catalogue: what may be done, what is to be asked, what is forbidden, with the reason.

Each case states one output and one need (or operator) as an animator would, and the verdict that the law of December 2026
asks for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.small_territory import territory

from symbiosis import messages, workspace
from symbiosis.candidates import find_candidates
from symbiosis.compatibility import BY_PRODUCT, PRODUCTION_INSTALLATION, REASONS, RULES
from symbiosis.scenario import Scenario

DAY = date(2026, 12, 23)

ENGINE_REASONS = ("no_net_gain", "project_not_opened", "operator_full", "output_used_elsewhere", "need_served_elsewhere",
                  "fixed_costs_not_covered", "coalition_incomplete", "threshold_not_reached", "no_known_way")  # fmt: skip
"""What the allocation, or the catalogue, answers instead of a rule."""


@pytest.fixture(scope="module")
def catalogue():
    return workspace.load_catalogue()


@pytest.fixture(scope="module")
def leg(catalogue):
    """The leg between one output and one need, judged."""

    def judge(output, need, *, sites="", scenario=None, quality="", known=None):
        tables = {
            "outputs": _row({"output_id": "O1", "quantity": "100", "unit": "t", **output}),
            "needs": _row({"need_id": "N1", "quantity": "100", "unit": "t", **need}),
        }
        if sites:
            tables["sites"] = "site_id, actor_id, latitude, longitude, country, permit_headings\n" + sites
        if quality:
            tables["quality"] = "flow_id, parameter, value, minimum, maximum\n" + quality
        found = find_candidates(territory(**tables), known or catalogue, scenario or Scenario(on_date=DAY))
        legs = found.legs[(found.legs["tail_id"] == "O1") & (found.legs["head_id"] == "N1")]
        assert len(legs) == 1, f"{len(legs)} legs"
        return legs.iloc[0]

    return judge


def _row(cells: dict[str, str]) -> str:
    return ", ".join(cells) + "\n" + ", ".join(cells.values())


def reasons(leg) -> list[str]:
    return leg["reasons"].split(";")


def papers(leg) -> set[str]:
    return set(leg["papers"].split(";"))


SITE = "SN1, AN1, 49.30, 6.10, {country}, {headings}"
WASTE = {"legal_status": "waste"}


def taker(headings="", country="FR") -> str:
    return SITE.format(country=country, headings=headings)


# 1 to 3. What is not a waste needs no waste law.


def test_steam_passes_as_what_is_not_a_waste(leg):
    steam = leg(
        {"family": "energy", "material_id": "steam_medium_pressure", "unit": "MWh", "legal_status": "unknown"},
        {"family": "energy", "use_id": "process_steam", "unit": "MWh"},
    )
    assert (steam["feasibility"], steam["route"]) == ("feasible", "not_waste")
    assert "waste_register" not in papers(steam)


def test_idle_equipment_passes_as_what_is_not_a_waste(leg):
    hours = leg(
        {"family": "equipment", "material_id": "forklift_hours", "unit": "h", "legal_status": "unknown"},
        {"family": "equipment", "material_id": "forklift_hours", "unit": "h"},
    )
    assert (hours["feasibility"], hours["route"]) == ("feasible", "not_waste")
    assert "equipment_loan" in papers(hours)


def test_an_unused_product_passes_as_what_is_not_a_waste(leg):
    pallets = leg({"material_id": "wood_pallets_used", "legal_status": "product"}, {"use_id": "pallet_reuse"})
    assert (pallets["feasibility"], pallets["route"]) == ("feasible", "not_waste")


# 4 to 6. By-product: all five conditions, or the one that is missing is named.

SULPHUR = {"material_id": "sulphur", "legal_status": "by_product"}


def test_a_by_product_with_its_five_conditions_is_feasible(leg):
    found = leg({**SULPHUR, "conditions_met": ";".join(BY_PRODUCT)}, {"use_id": "sulphuric_acid_raw"})
    assert (found["feasibility"], found["route"]) == ("feasible", "by_product")
    assert "by_product_file" in papers(found)


@pytest.mark.parametrize("missing", BY_PRODUCT)
def test_a_by_product_with_four_conditions_is_to_investigate_and_the_fifth_is_named(leg, missing):
    declared = ";".join(condition for condition in BY_PRODUCT if condition != missing)
    found = leg({**SULPHUR, "conditions_met": declared}, {"use_id": "sulphuric_acid_raw"})
    assert found["feasibility"] == "to_investigate"
    assert [reason for reason in reasons(found) if reason.startswith("condition_missing")] == [f"condition_missing:{missing}"]


# 7. Production installation: a product made in a production installation, file sent to the authority.


def test_a_production_installation_with_its_file_is_feasible_and_without_it_is_not(leg):
    slag = {"material_id": "blast_furnace_slag_granulated", "waste_code": "10 02 02", **WASTE}
    need = {"use_id": "cement_addition", "legal_route": "production_installation"}
    whole = leg(slag, {**need, "conditions_met": ";".join(PRODUCTION_INSTALLATION)})
    assert (whole["feasibility"], whole["route"]) == ("feasible", "production_installation")
    without = leg(slag, {**need, "conditions_met": ";".join(c for c in PRODUCTION_INSTALLATION if c != "pi_file_sent")})
    assert without["feasibility"] == "to_investigate"
    assert "condition_missing:pi_file_sent" in reasons(without)


# 8 to 11. A waste goes to a site that is entitled to it.

GLASS = {"material_id": "glass_cullet_flat", "waste_code": "19 12 05", **WASTE}
BEADS = {"use_id": "glass_microbeads", "waste_codes_accepted": "19 12 05"}


def test_a_waste_to_a_site_with_its_heading_and_its_code_is_feasible(leg):
    found = leg(GLASS, BEADS, sites=taker("2715"))
    assert (found["feasibility"], found["route"]) == ("feasible", "waste_to_entitled_site")
    assert {"waste_register", "outgoing_register"} & papers(found)


def test_an_unknown_heading_is_to_investigate(leg):
    found = leg(GLASS, BEADS, sites=taker(""))
    assert found["feasibility"] == "to_investigate"
    assert "heading_unknown:2715" in reasons(found)


def test_a_heading_of_another_trade_is_to_investigate_with_another_reason(leg):
    found = leg(GLASS, BEADS, sites=taker("2718"))
    assert found["feasibility"] == "to_investigate"
    assert "heading_incompatible:2715" in reasons(found)


def test_a_code_that_the_site_does_not_list_is_to_investigate(leg):
    found = leg(GLASS, {**BEADS, "waste_codes_accepted": "10 11 12"}, sites=taker("2715"))
    assert found["feasibility"] == "to_investigate"
    assert "code_not_listed:191205" in reasons(found)
    assert "codes_accepted_unknown:191205" in reasons(leg(GLASS, {"use_id": "glass_microbeads"}, sites=taker("2715")))
    without_code = {"material_id": "glass_cullet_flat", **WASTE}
    assert "waste_code_missing:glass_cullet_flat" in reasons(leg(without_code, BEADS, sites=taker("2715")))


# 12 to 13. A hazardous waste always travels with its slip, or says what exempts it.


@pytest.mark.parametrize(
    ("material", "code", "use"),
    [("used_oil", "13 02 05*", "oil"), ("solvent_waste", "14 06 03*", "solvent"), ("weee_mixed", "16 02 13*", "weee")],
)
def test_a_hazardous_code_carries_its_slip_or_its_exemption(catalogue, material, code, use):
    declarations = territory(
        outputs=f"output_id, material_id, waste_code, legal_status, quantity\nO1, {material}, {code}, waste, 10",
        needs=f"need_id, material_id, quantity\nN1, {material}, 10",
    )
    legs = find_candidates(declarations, catalogue, Scenario(on_date=DAY)).legs
    assert len(legs)
    assert legs["papers"].str.contains("bsdd").all()
    assert legs["is_hazardous"].all()
    assert legs["reasons"].str.contains("note:tracking_exemption").all()
    assert not legs["papers"].str.contains("r541_45_exemption").any()


def test_a_waste_that_is_not_hazardous_asks_no_slip(leg):
    assert not {"bsdd", "bsda", "bsff"} & papers(leg(GLASS, BEADS, sites=taker("2715")))


# 14 to 17. The boiler of heading 2910-A and the wood.

SHRED = {"material_id": "wood_packaging_shred", "waste_code": "15 01 03"}
BOILER = {"use_id": "biomass_boiler_fuel", "conditions_met": "eow_contract", "waste_codes_accepted": "15 01 03"}


def test_shred_without_an_attestation_is_excluded_from_the_boiler(leg):
    found = leg({**SHRED, **WASTE}, BOILER, sites=taker("2910-A"))
    assert found["feasibility"] == "excluded"
    assert "law:wood_shred_boiler_without_eow" in reasons(found)


def test_shred_with_its_attestation_is_feasible(leg):
    attested = {**SHRED, "legal_status": "end_of_waste", "conditions_met": "eow_attestation;eow_contract"}
    found = leg(attested, BOILER, sites=taker("2910-A"))
    assert (found["feasibility"], found["route"]) == ("feasible", "end_of_waste")
    assert "ssd_attestation" in papers(found)


def test_shred_that_claims_to_have_left_waste_status_without_an_attestation_is_not_burnt(leg):
    found = leg({**SHRED, "legal_status": "end_of_waste"}, BOILER, sites=taker("2910-A"))
    assert found["feasibility"] == "excluded"


def test_the_operator_that_shreds_needs_every_condition_of_the_order(catalogue):
    every = catalogue.end_of_waste.loc["eow_wood_packaging", "conditions"]

    def last_leg(conditions):
        declarations = territory(
            outputs="output_id, material_id, waste_code, legal_status, quantity\nO1, wood_pallets_broken, 15 01 03, waste, 50",
            needs="need_id, use_id, quantity, conditions_met\nN1, biomass_boiler_fuel, 50, eow_contract",
            operators=f"operator_id, process_id, capacity, conditions_met\nK1, wood_packaging_shredding, 100, {conditions}",
            sites="site_id, actor_id, latitude, longitude, permit_headings\nSN1, AN1, 49.3, 6.1, 2910-A\n"
            "SK1, AK1, 49.3, 6.1, 2714;2791",
        )
        legs = find_candidates(declarations, catalogue, Scenario(on_date=DAY)).legs
        return legs[(legs["tail_id"] == "K1") & (legs["material_id"] == "wood_packaging_shred")].iloc[0]

    whole = last_leg(";".join(every))
    assert (whole["feasibility"], whole["route"]) == ("feasible", "end_of_waste")
    without = last_leg(";".join(condition for condition in every if condition != "eow_quality_system"))
    assert without["feasibility"] == "to_investigate"
    assert "condition_missing:eow_quality_system" in reasons(without)
    assert last_leg(";".join(c for c in every if c != "eow_attestation"))["feasibility"] == "excluded"


def test_sawmill_by_products_are_biomass_and_need_no_end_of_waste(leg):
    sawdust = {
        "material_id": "sawmill_by_products",
        "legal_status": "by_product",
        "conditions_met": ";".join(BY_PRODUCT),
    }
    found = leg(sawdust, {"use_id": "biomass_boiler_fuel"}, sites=taker("2910-A"))
    assert (found["feasibility"], found["route"]) == ("feasible", "by_product")
    assert not [reason for reason in reasons(found) if "eow" in reason]


def test_treated_wood_never_goes_to_a_biomass_boiler(leg):
    treated = {
        "material_id": "wood_packaging_shred",
        "waste_code": "17 02 04*",
        **WASTE,
        "conditions_met": "eow_attestation",
    }
    found = leg(treated, BOILER, sites=taker("2910-A"))
    assert found["feasibility"] == "excluded"
    assert "law:wood_treated_boiler" in reasons(found)


# 18 to 23. Food.


@pytest.mark.parametrize("conditions", ["", "food_within_date;food_cold_chain;food_not_abp"])
def test_an_animal_by_product_never_comes_back_to_human_food(catalogue, conditions):
    declarations = territory(
        outputs="output_id, material_id, waste_code, legal_status, quantity, conditions_met\n"
        f"O1, food_waste_with_animal, 20 01 08, waste, 10, {conditions}",
        needs="need_id, use_id, quantity\nN1, human_food_donation, 10",
    )
    legs = find_candidates(declarations, catalogue, Scenario(on_date=DAY, minimum_confidence=0.0)).legs
    assert (legs["feasibility"] == "excluded").all()  # or no leg at all


def test_the_law_itself_bars_the_animal_by_product_not_only_the_catalogue(leg, catalogue):
    accepted = catalogue.use_materials.iloc[:1].assign(use_id="human_food_donation", material_id="food_waste_with_animal")
    # Such a row is refused when it is read: it is slipped in behind the check.
    known = replace(catalogue, use_materials=pd.concat([catalogue.use_materials, accepted]), memory={})
    found = leg(
        {"material_id": "food_waste_with_animal", "waste_code": "20 01 08", **WASTE}, {"use_id": "human_food_donation"},
        known=known,
    )  # fmt: skip
    assert found["feasibility"] == "excluded"
    assert "law:abp_never_to_human_food" in reasons(found)


FOOD = {"material_id": "food_surplus_packed", "legal_status": "product"}
DONATION = {"use_id": "human_food_donation"}


def test_food_past_its_use_by_date_is_excluded(leg):
    found = leg({**FOOD, "date_kind": "use_by", "shelf_life_days": "0"}, DONATION)
    assert found["feasibility"] == "excluded"
    assert "law:food_after_use_by" in reasons(found)


def test_a_taker_who_asks_for_food_within_its_date_does_not_make_it_so(leg):
    past = {**FOOD, "date_kind": "use_by", "shelf_life_days": "0"}
    found = leg(past, {**DONATION, "conditions_met": "food_within_date"})
    assert found["feasibility"] == "excluded"
    assert "law:food_after_use_by" in reasons(found)


def test_food_before_its_use_by_date_may_be_given(leg):
    found = leg({**FOOD, "date_kind": "use_by", "shelf_life_days": "3"}, DONATION)
    assert found["feasibility"] == "feasible"
    assert "donation_agreement" in papers(found)


def test_food_past_its_best_before_date_may_be_given(leg):
    assert leg({**FOOD, "date_kind": "best_before", "shelf_life_days": "0"}, DONATION)["feasibility"] == "feasible"


def test_food_without_a_date_is_to_investigate(leg):
    found = leg(FOOD, DONATION)
    assert found["feasibility"] == "to_investigate"
    assert "food_date_unknown" in reasons(found)


# 24 to 25. Borders: Luxembourg and Germany are next door.


def test_a_waste_that_would_cross_to_luxembourg_is_flagged_and_never_allocated_silently(leg):
    found = leg(GLASS, BEADS, sites=taker("2715", country="LU"))
    assert found["feasibility"] == "to_investigate"
    assert "border:FR:LU" in reasons(found)
    assert "annex_vii" in papers(found)


def test_heat_crosses_a_border_without_the_law_of_waste(leg):
    heat = leg(
        {"family": "energy", "material_id": "steam_medium_pressure", "unit": "MWh"},
        {"family": "energy", "use_id": "process_steam", "unit": "MWh"},
        sites=taker(country="LU"),
    )
    assert not [reason for reason in reasons(heat) if reason.startswith(("border", "foreign_law"))]


# 26 to 27. Codes have their dates.


def test_a_repealed_code_is_reported_with_its_successor(leg, catalogue):
    gone = catalogue.waste_codes[catalogue.waste_codes["valid_to"] < pd.Timestamp(DAY)]
    gone = gone[gone["successor_codes"].map(len) > 0]
    assert len(gone)
    code = gone.index[0]
    found = leg({"material_id": "glass_cullet_flat", "waste_code": code, **WASTE}, BEADS, sites=taker("2715"))
    assert found["feasibility"] == "to_investigate"
    assert f"waste_code_repealed:{code}:{','.join(gone.loc[code, 'successor_codes'])}" in reasons(found)


def test_a_code_that_is_not_valid_yet_is_reported(leg, catalogue):
    codes = catalogue.waste_codes
    code = codes.index[codes["valid_from"] > pd.Timestamp("2002-01-02")][0]
    before = Scenario(on_date=(codes.loc[code, "valid_from"] - pd.Timedelta(days=1)).date())
    found = leg({"material_id": "glass_cullet_flat", "waste_code": code, **WASTE}, BEADS, sites=taker("2715"), scenario=before)
    assert found["feasibility"] == "to_investigate"
    assert [reason for reason in reasons(found) if reason.startswith(f"waste_code_not_yet_valid:{code}")]


def test_an_unknown_code_is_to_investigate(leg):
    found = leg({**GLASS, "waste_code": "19 12 99"}, BEADS, sites=taker("2715"))
    assert found["feasibility"] == "to_investigate"
    assert "waste_code_unknown:191299" in reasons(found)


# 28. Grouping and pre-treatment are never a final recovery.


@pytest.mark.parametrize("code", ["R12", "R13", "D9", "D13", "D14", "D15"])
def test_grouping_and_pretreatment_are_not_final(catalogue, code):
    assert not catalogue.operations.loc[code, "is_final"]


def test_a_need_that_is_only_a_step_on_the_way_is_never_a_final_recovery(catalogue):
    uses = catalogue.uses
    interim = uses.index[uses["operation_code"].map(catalogue.operations["is_final"]).eq(False)]
    assert len(interim)
    legs = pd.DataFrame({"use_id": [*interim, "biomass_boiler_fuel"], "head_kind": "need", "head_process_id": ""})
    context = SimpleNamespace(catalogue=catalogue)
    finding, forbidden = RULES["final"](legs, context)
    assert not forbidden.mask.any()
    assert finding.mask.tolist() == [True] * len(interim) + [False]
    assert finding.feasibility == "to_investigate"


def test_illegal_operations_are_used_by_nobody(catalogue):
    forbidden = set(catalogue.operations.index[catalogue.operations["is_forbidden_fr"]])
    assert {"D6", "D7"} <= forbidden
    for table in (catalogue.uses, catalogue.processes, catalogue.outlets):
        assert not set(table["operation_code"]) & forbidden


# 29 to 31. Matter, season, place.


def test_a_value_beyond_a_limit_excludes_and_a_missing_one_is_said(leg):
    wet = leg(
        {**FOOD, "date_kind": "best_before"},
        DONATION,
        quality="O1, moisture_share, 0.35, ,\nN1, moisture_share, , , 0.2",
    )
    assert wet["feasibility"] == "excluded"
    assert "quality_above:moisture_share:0.35:0.2:" in reasons(wet)
    silent = leg({**FOOD, "date_kind": "best_before"}, DONATION, quality="N1, moisture_share, , , 0.2")
    assert silent["feasibility"] == "feasible"
    assert "quality_unknown:moisture_share:..0.2" in reasons(silent)
    cold = leg({**FOOD, "date_kind": "best_before"}, DONATION, quality="O1, temperature_c, 4, ,\nN1, temperature_c, , 60,")
    assert "quality_below:temperature_c:4:60:" in reasons(cold)


SAWDUST = {"material_id": "sawdust", "legal_status": "by_product", "conditions_met": ";".join(BY_PRODUCT)}


def test_a_refusal_by_moisture_names_the_process_that_dries_that_matter(leg, catalogue):
    wet = leg(SAWDUST, {"use_id": "pellet_production_raw"}, quality="O1, moisture_share, 0.35, ,\nN1, moisture_share, , , 0.2")
    code = "quality_above:moisture_share:0.35:0.2:planer_sawdust_drying"
    (found,) = [reason for reason in reasons(wet) if reason.startswith("quality_above")]
    assert found.startswith(code)
    assert "séchage de sciure" in messages.lift(found, "fr", catalogue)
    assert messages.sentence(found, "fr", catalogue) == "part d’eau = 35\u202f%, au-dessus de la limite 20\u202f%"
    assert messages.reason(found, "en", catalogue).startswith("moisture share = 35%, above the limit 20% → treat it first: ")


def test_no_process_is_named_that_does_not_take_the_matter(leg, catalogue):
    hard = leg(
        {**FOOD, "date_kind": "best_before"}, DONATION, quality="O1, moisture_share, 0.35, ,\nN1, moisture_share, , , 0.2"
    )
    (found,) = [reason for reason in reasons(hard) if reason.startswith("quality_above")]
    assert found.endswith(":")
    assert "another limit" in messages.lift(found, "en", catalogue)


@pytest.mark.parametrize(("source", "verdict"), [("94", "excluded"), ("95", "feasible")])
def test_heat_must_be_warmer_than_what_it_serves_by_the_pinch(leg, source, verdict):
    heat = {"family": "energy", "material_id": "waste_heat", "unit": "MWh"}
    need = {"family": "energy", "use_id": "district_heating", "unit": "MWh"}
    quality = f"O1, temperature_c, {source}, ,\nN1, temperature_c, , 90,"
    assert leg(heat, need, quality=quality)["feasibility"] == verdict
    loose = Scenario(on_date=DAY, heat_pinch_k=0.0)
    assert leg(heat, need, quality=quality, scenario=loose)["feasibility"] == "feasible"


def test_heat_that_is_too_cold_is_lifted_by_a_heat_pump(leg, catalogue):
    cold = leg(
        {"family": "energy", "material_id": "waste_heat_low_temperature", "unit": "MWh"},
        {"family": "energy", "use_id": "district_heating", "unit": "MWh"},
        quality="O1, temperature_c, 40, ,\nN1, temperature_c, , 90,",
    )
    assert "quality_below:temperature_c:40:95:heat_exchange_upgrade" in reasons(cold)


def test_a_value_that_is_not_known_never_excludes_and_says_what_to_measure(leg, catalogue):
    silent = leg(SAWDUST, {"use_id": "pellet_production_raw"}, quality="N1, chlorine_share, , , 0.001")
    assert silent["feasibility"] == "feasible"
    assert "quality_unknown:chlorine_share:..0.001" in reasons(silent)
    assert messages.sentence("quality_unknown:chlorine_share:..0.001", "fr", catalogue).endswith(
        "le receveur demande ≤ 0,1\u202f%"
    )


def test_what_is_too_far_says_from_which_setting_on_it_is_kept(leg, catalogue):
    far = leg(GLASS, BEADS, sites=taker("2715").replace("49.30", "50.00"))
    (code,) = [reason for reason in reasons(far) if reason.startswith("too_far")]
    assert "102 km" in messages.lift(code, "fr", catalogue)
    assert "maximum_distance_km" in messages.lift(code, "fr", catalogue)
    near = leg(GLASS, {**BEADS, "maximum_distance_km": "10"}, sites=taker("2715").replace("49.30", "49.50"))
    assert [reason for reason in reasons(near) if reason.startswith("too_far") and reason.endswith(":need")]


def test_a_lot_that_is_too_small_says_what_neighbours_should_bring(leg, catalogue):
    small = leg({**SULPHUR, "conditions_met": ";".join(BY_PRODUCT)}, {"use_id": "sulphuric_acid_raw", "minimum_lot": "130",
                                                                      "quantity": "500"})  # fmt: skip
    assert small["feasibility"] == "excluded"
    assert "below_minimum_lot:130:100:t" in reasons(small)
    assert "30 t" in messages.lift("below_minimum_lot:130:100:t", "en", catalogue)


def test_units_that_do_not_convert_ask_for_the_density(catalogue):
    assert "densité" in messages.lift("unit_mismatch:m3:t", "fr", catalogue)
    assert "density" in messages.lift("unit_mismatch:t:m3", "en", catalogue)


@pytest.mark.parametrize(("here", "there"), [("m3", "h"), ("t", "pieces"), ("pieces", "h"), ("MWh", "t")])
def test_no_density_makes_hours_of_tonnes(catalogue, here, there):
    assert messages.lift(f"unit_mismatch:{here}:{there}", "en", catalogue).endswith(f"state the quantity in {there}")
    assert "densi" not in messages.lift(f"unit_mismatch:{here}:{there}", "en", catalogue)
    assert "m³ et pièces" in messages.reason("unit_mismatch:m3:pieces", "fr", catalogue)


@pytest.mark.parametrize("code", ["D6", "D7", "D11"])
def test_a_forbidden_operation_is_excluded(leg, catalogue, code):
    uses = catalogue.uses.copy()
    uses.loc["glass_microbeads", "operation_code"] = code
    found = leg(GLASS, BEADS, sites=taker("2715"), known=replace(catalogue, uses=uses, memory={}))
    assert found["feasibility"] == "excluded"
    assert f"operation_forbidden:{code}" in reasons(found)


@pytest.mark.parametrize("reason", [*REASONS, *ENGINE_REASONS])
def test_every_reason_has_its_sentence_and_every_bar_what_would_lift_it(reason, catalogue):
    if reason in ("law", "law_condition", "note"):  # they speak with their own row of the catalogue
        rows = catalogue.legal_rules.index
        assert all(messages.sentence(f"{reason}:{row}", language, catalogue) for row in rows for language in messages.LANGUAGES)
        lifts = [bool(messages.lift(f"{reason}:{row}", language, catalogue)) for row in rows for language in messages.LANGUAGES]
        assert all(lifts) if reason != "note" else not any(lifts)
        return
    english = messages.translation("en").gettext
    assert english(messages.SENTENCES[reason]) != messages.SENTENCES[reason]
    bars = REASONS.get(reason, "excluded") != "feasible"
    assert (reason in messages.LIFTS) == bars
    if bars:
        assert english(messages.LIFTS[reason]) != messages.LIFTS[reason]


def test_no_sentence_is_left_that_nobody_says():
    said = {
        *REASONS,
        *ENGINE_REASONS,
        "price_assumed",
        "price_unknown",
        "outlet_cost_usual",
        "outlet_cost_unknown",
        "joint_round",
        "threshold_reached",
        "coalition",
    }
    assert set(messages.SENTENCES) | {"law", "law_condition", "note"} == said


def test_months_that_never_meet_exclude_and_those_that_meet_a_little_are_said(leg):
    summer = {**SULPHUR, "conditions_met": ";".join(BY_PRODUCT), "months": "6-8"}
    apart = leg(summer, {"use_id": "sulphuric_acid_raw", "months": "11-2"})
    assert apart["feasibility"] == "excluded"
    assert "season_apart:6,7,8:1,2,11,12" in reasons(apart)
    part = leg(summer, {"use_id": "sulphuric_acid_raw", "months": "8-10"})
    assert part["feasibility"] == "feasible"
    assert "season_partial:1" in reasons(part)
    assert part["upper_per_yr"] == pytest.approx(100 / 3)


def test_too_far_is_excluded_with_both_distances(leg):
    far = taker("2715").replace("49.30", "50.00")
    found = leg(GLASS, BEADS, sites=far)
    assert found["feasibility"] == "excluded"
    assert [reason for reason in reasons(found) if reason.startswith("too_far:101.2:50")]


# Dates of the law, words, and the table of rules.


def test_the_law_applies_from_its_day_on(leg):
    before = leg({**SHRED, **WASTE}, BOILER, sites=taker("2910-A"), scenario=Scenario(on_date=date(2014, 10, 14)))
    assert "law:wood_shred_boiler_without_eow" not in reasons(before)


def test_every_reason_of_every_case_has_words_in_both_languages(leg, catalogue):
    found = [
        leg(GLASS, BEADS), leg({**SHRED, **WASTE}, BOILER, sites=taker("2910-A")), leg(FOOD, DONATION),
        leg(GLASS, BEADS, sites=taker("2715", country="LU")), leg(SULPHUR, {"use_id": "sulphuric_acid_raw"}),
    ]  # fmt: skip
    for language in ("fr", "en"):
        for one in found:
            said = messages.reasons(one["reasons"], language, catalogue)
            assert len(said) == len(reasons(one))
            assert all(text and ":" not in text[:1] and "_" not in text.split()[0] for text in said)


def test_the_documented_rules_are_those_that_run():
    import symbiosis.compatibility as module

    assert all(f"``{name}``" in module.__doc__ for name in RULES)


def test_no_leg_at_all_is_judged_without_complaint(catalogue):
    declarations = territory(outputs="output_id, material_id, quantity, unit\nO1, sulphur, 1, t",
                             needs="need_id, use_id, quantity, unit\nN1, second_hand_sale, 1, t")  # fmt: skip
    found = find_candidates(declarations, catalogue, replace(Scenario(), on_date=DAY))
    assert len(found.legs) == 0
    assert len(found.chains) == 0
