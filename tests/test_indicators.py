"""Totals, each against a figure of the field or of a pencil."""

from __future__ import annotations

import pytest
from tests.small_territory import allocated, territory

from symbiosis.indicators import INDICATORS, measure


def workshop(tonnes, hours_per_t, share, structure):
    """An operator of some structure that melts scrap and does nothing else."""
    return allocated(territory(
        outputs=f"output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, {tonnes}, 200",
        needs=f"need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, {tonnes}, 50",
        operators="operator_id, process_id, capacity, labour_h_per_unit, insertion_share\n"
        f"K1, melting, {tonnes}, {hours_per_t}, {share}",
        actors=f"actor_id, structure\nAK1, {structure}",
    ))  # fmt: skip


def of(solved):
    return measure(solved.case, solved.allocation.plan)


def test_four_thousand_tonnes_of_hard_plastics_are_eight_jobs_six_of_them_in_insertion():
    # The plan of a sorting workshop: 20 jobs for 10,000 t, 15 in insertion; at 1,820 h: 8 × 1,820 / 4,000 = 3.64 h a tonne.
    totals = of(workshop(4000, 3.64, 0.75, "ACI"))
    assert totals.loc["labour_h_per_yr", "value"] / 1820 == pytest.approx(8.0)
    assert totals.loc["insertion_h_per_yr", "value"] == pytest.approx(6 * 1820)
    assert totals.loc["insertion_fte", "value"] == pytest.approx(6.0)


@pytest.mark.parametrize(("structure", "hours"), [("ACI", 1820), ("ETTI", 1607), ("", 1505)])
def test_hours_come_first_and_a_full_time_post_follows_the_kind_of_structure(structure, hours):
    totals = of(workshop(100, hours / 100, 1.0, structure))
    assert totals.loc["insertion_h_per_yr", "value"] == pytest.approx(hours)
    assert round(totals.loc["insertion_fte", "value"], 2) == 1.00
    assert totals.loc["insertion_fte", "unit"] == "ETP potentiels"
    assert "conventionnement" in INDICATORS["insertion_fte"].formula_fr


def test_an_unknown_structure_gives_a_range_of_posts():
    row = of(workshop(100, 15.05, 1.0, "")).loc["insertion_fte"]
    assert (row["low"], row["value"], row["high"]) == pytest.approx((1505 / 1820, 1.0, 1.0))


def test_every_total_lies_in_its_range_and_says_its_formula_in_both_languages():
    totals = of(workshop(100, 2, 0.5, "EI"))
    assert (totals["low"] <= totals["value"]).all()
    assert (totals["value"] <= totals["high"]).all()
    assert totals.loc["gain_eur_per_yr", "low"] < totals.loc["gain_eur_per_yr", "high"]
    assert all(row.formula_fr and row.formula_en and row.source and row.unit for row in totals.itertuples())


def test_treated_is_not_diverted():
    # Of 100 t melted 15 become dross for the landfill, and 5 are the loss of the furnace.
    assert of(workshop(100, 2, 0.5, "EI")).loc["diverted_t_per_yr", "value"] == pytest.approx(85.0)


def test_emitted_and_avoided_are_never_netted():
    solved = allocated(territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 100, 50",
        needs="need_id, material_id, quantity\nN1, sand, 100",
        distances="from_site_id, to_site_id, distance_km\nSO1, SN1, 10",
    ))  # fmt: skip
    totals = of(solved)
    # 1,000 t·km at 0.1 (0.05 to 0.2) kg; 100 t at 3 (−1 to 5) kg: a range that holds zero is shown as one.
    assert totals.loc["transport_tkm_per_yr", "value"] == pytest.approx(1000.0)
    emitted, avoided = totals.loc["emitted_tco2e_per_yr"], totals.loc["avoided_tco2e_per_yr"]
    assert (emitted["low"], emitted["value"], emitted["high"]) == pytest.approx((0.05, 0.1, 0.2))
    assert (avoided["low"], avoided["value"], avoided["high"]) == pytest.approx((-0.1, 0.3, 0.5))


def test_doing_nothing_is_worth_nothing():
    solved = allocated(territory(outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 100, 50"))
    totals = of(solved)["value"].drop("disposal_today_eur_per_yr")
    assert totals.abs().max() == 0.0
    assert of(solved).loc["disposal_today_eur_per_yr", "value"] == 5000.0
