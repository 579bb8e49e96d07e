"""Fronts, sweeps and absences, each beside what a pencil finds or what separate runs say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.small_territory import allocated, catalogue, gain, territory
from typer.testing import CliRunner

from symbiosis import decisions
from symbiosis.allocation import stages
from symbiosis.candidates import find_candidates
from symbiosis.candidates.again import must_search
from symbiosis.cli import app
from symbiosis.commands import deciding
from symbiosis.decisions.front import undominated
from symbiosis.declarations import Declarations
from symbiosis.errors import ScenarioError
from symbiosis.indicators import INDICATORS
from symbiosis.scenario import Limit, Scenario
from symbiosis.solvers import solve

FREE = Scenario(is_hierarchy_lifted=True)


def scrap() -> Declarations:
    """100 t of scrap: sold as they are, or melted by people in insertion.

    Sold: 0.8 × 100 = 80 €/t. Melted: 0.8 × 50 (ingot) − 0.15 × 60 (dross) − 10 = 21 €/t and 2 h × 0.5 = 1 h/t of insertion.
    An hour costs 80 − 21 = 59 €.
    """
    return territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, scrap, 100, 0
            """,
        needs="""
            need_id, use_id, material_id, quantity, price_eur_per_unit
            N1, casting, , 100, 100
            N2, , ingot, 100, 50
            """,
        operators="""
            operator_id, process_id, capacity
            K1, melting, 200
            """,
    )


def far_and_near() -> Declarations:
    """Two needs for 60 t each of the 100 t: the better payer 40 km away by the territory's own table, the other 5 km."""
    return territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit, outlet_id
            O1, sand, 100, 10, landfill_non_hazardous
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 60, 30
            N2, sand, 60, 20
            """,
        distances="""
            from_site_id, to_site_id, distance_km
            SO1, SN1, 40
            SO1, SN2, 5
            """,
    )


def study(declared: Declarations, scenario: Scenario = FREE) -> decisions.Study:
    return decisions.Study(declared, catalogue(), scenario, solve=solve)


def cold(declared: Declarations, scenario: Scenario, parameter: str, value: float) -> float:
    values: dict[str, Any] = decisions.turned(scenario, parameter, value).to_dict()
    return gain(allocated(declared, **{**values, "on_date": scenario.on_date, "limits": decisions.turned(
        scenario, parameter, value).limits}))  # fmt: skip


def test_a_front_has_its_ends_first_then_the_points_that_a_pencil_finds():
    found = decisions.front(study(scrap()), FREE, ["gain", "insertion_hours"], points=3)
    assert list(found["best_in"]) == ["gain", "insertion_hours", "", "", ""]
    assert list(found["insertion_h_per_yr"]) == pytest.approx([0, 100, 25, 50, 75], abs=1e-2)
    assert list(found["gain_eur_per_yr"]) == pytest.approx([8000, 2100, 6525, 5050, 3575], abs=1)
    assert (found["status"] == "optimal").all()


def test_the_axis_that_is_named_first_is_the_one_that_is_maximised_between_the_ends():
    found = decisions.front(study(scrap()), FREE, ["insertion_hours", "gain"], points=1)
    assert list(found["best_in"]) == ["insertion_hours", "gain", ""]
    assert found["gain_eur_per_yr"].iloc[2] == pytest.approx(5050, abs=1)


def test_the_ends_of_a_front_are_the_runs_that_optimise_them():
    declared = scrap()
    found = decisions.front(study(declared), FREE, ["gain", "insertion_hours", "diverted"], points=1).set_index("best_in")
    for axis in ("gain", "insertion_hours"):
        assert found.loc[axis, "gain_eur_per_yr"] == pytest.approx(gain(allocated(declared, objective=axis)), abs=1)


def test_axes_that_do_not_oppose_each_other_leave_one_point():
    found = decisions.front(study(far_and_near()), FREE, ["gain", "insertion_hours"], points=3)
    assert len(found) == 1


@pytest.mark.parametrize("axes", [["gain"], ["gain", "gain"], ["gain", "beauty"]])
def test_a_front_of_axes_that_make_no_sense_is_refused(axes):
    with pytest.raises(ScenarioError):
        decisions.front(study(scrap()), FREE, axes)


def test_what_another_point_beats_or_repeats_is_left_out():
    values = np.array([[3.0, 1.0], [1.0, 3.0], [2.0, 2.0], [2.0, 1.5], [3.0, 1.0], [1.0, 2.9]])
    assert undominated(values, np.array([1e-6, 1e-6])) == [0, 1, 2]


def test_a_sweep_of_the_radius_is_what_a_pencil_finds():
    """Without transport: 60 × (10 + 30) + 40 × (10 + 20) = 3,600 € within 50 km, 60 × 30 = 1,800 € within 20."""
    free = replace(FREE, transport_eur_per_t_km=0.0)
    found = decisions.sweep(study(far_and_near(), free), free, "maximum_distance_km", [50, 20, 2])
    assert list(found["gain_eur_per_yr"]) == pytest.approx([3600, 1800, 0])
    assert list(found["exchanges"]) == [2, 1, 0]


@pytest.mark.parametrize(
    ("parameter", "values", "most"),
    [
        ("maximum_distance_km", [20, 50, 10, 60], 1),  # 60 is asked for first
        ("disposal_increase_eur_per_t", [0, 50, -30], 1),
        ("transport_eur_per_t_km", [0.15, 0.4, 1.0], 1),
        ("detour_factor", [1.3, 1.5], 2),
        ("transport_cost_eur_per_yr:maximum", [1e6, 100.0, 0.0], 1),
        ("relative_gap", [1e-3, 1e-6], 1),
    ],
)
def test_a_sweep_says_what_separate_runs_say_and_searches_no_more_than_it_must(parameter, values, most):
    declared, scenario = far_and_near(), FREE
    one = study(declared, replace(scenario, maximum_distance_km=max([50.0, *values] if "distance" in parameter else [50.0])))
    found = decisions.sweep(one, scenario, parameter, values)
    assert list(found["gain_eur_per_yr"]) == pytest.approx([cold(declared, scenario, parameter, value) for value in values])
    assert one.searches <= most
    assert list(found.columns) == ["value", "exchanges", *INDICATORS, "status", "gap"]


def test_landfill_that_costs_more_saves_more_by_the_tonne():
    """All 100 t leave the landfill: 50 € more a tonne are 5,000 € more."""
    found = decisions.sweep(study(far_and_near()), FREE, "disposal_increase_eur_per_t", [0, 50])
    assert found["gain_eur_per_yr"].diff().iloc[1] == pytest.approx(5000)


def test_a_limit_that_no_plan_holds_is_said_and_the_sweep_goes_on():
    found = decisions.sweep(study(far_and_near()), FREE, "diverted_t_per_yr:minimum", [50, 500, 100])
    assert list(found["status"]) == ["optimal", "infeasible", "optimal"]
    assert np.isnan(found["gain_eur_per_yr"].iloc[1])


def test_turning_one_side_of_a_limit_keeps_the_other():
    held = replace(FREE, limits=(Limit(indicator="diverted_t_per_yr", minimum=1.0),))
    assert decisions.turned(held, "diverted_t_per_yr:maximum", 5.0).limits == (
        Limit(indicator="diverted_t_per_yr", minimum=1.0, maximum=5.0),
    )


@pytest.mark.parametrize("parameter", ["objective", "is_loss_accepted", "beauty", "beauty:maximum", "diverted_t_per_yr:mean"])
def test_what_is_no_number_of_the_scenario_cannot_be_swept(parameter):
    with pytest.raises(ScenarioError):
        decisions.turned(FREE, parameter, 1.0)


def test_who_leaves_takes_what_only_they_made_possible():
    """Without N1: 60 × (10 + 20) = 1,800 of 3,600 €. Without N2: 60 × 40 = 2,400. Without O1: nothing is left."""
    free = replace(FREE, transport_eur_per_t_km=0.0)
    found = decisions.absences(study(far_and_near(), free), free).set_index("actor_id")
    assert list(found.index) == ["AO1", "AN1", "AN2"]
    assert list(found["lost_gain_eur_per_yr"]) == pytest.approx([3600, 1800, 1200])
    assert list(found["lost_share"]) == pytest.approx([1, 1 / 2, 1 / 3])
    assert list(found["exchanges"]) == [2, 1, 1]


def test_leaving_is_what_a_territory_without_the_actor_says():
    declared = scrap()
    found = decisions.absences(study(declared), FREE).set_index("actor_id")["lost_gain_eur_per_yr"]
    others = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, 100, 0",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN2, ingot, 100, 50",
        operators="operator_id, process_id, capacity\nK1, melting, 200",
    )
    assert found["AN1"] == pytest.approx(8000 - gain(allocated(others)))
    assert found["AK1"] == pytest.approx(0)


def test_a_preview_is_marked_and_proves_nothing():
    allocation = study(scrap()).preview(FREE)[1]
    assert allocation.status == "relaxed"
    assert allocation.gap == float("inf")
    assert allocation.gain_eur == pytest.approx(8000)


@pytest.mark.parametrize("maximum", [150.0, 70.0])
def test_a_limit_is_paid_for_only_where_it_binds_and_says_what_a_separate_run_says(maximum, monkeypatch):
    """110 t may leave, on two exchanges apart: a cap of 150 t is held unasked, with nothing solved or written; 70 t binds."""
    declared = territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 60, 10
            O2, scrap, 50, 0
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 60, 30
            N2, scrap, 50, 100
            """,
    )
    solved: list[int] = []
    turned = decisions.Study(
        declared, catalogue(), FREE, solve=lambda program, **told: solved.append(1) or solve(program, **told)
    )
    turned.plan(FREE)
    solved.clear()
    written, write = [], stages.write_rules
    monkeypatch.setattr(stages, "write_rules", lambda *told: written.append(told) or write(*told))
    capped = replace(FREE, limits=(Limit(indicator="diverted_t_per_yr", maximum=maximum),))
    case, planned = turned.plan(capped)
    assert case.scenario == capped
    assert not written
    assert planned.status == "optimal"
    assert planned.gain_eur == pytest.approx(gain(allocated(declared, is_hierarchy_lifted=True, limits=capped.limits)))
    is_bound = maximum == 70.0
    assert bool(solved) == is_bound
    assert (planned.duals["limit"].iloc[0] < 0) == is_bound


def test_a_plan_uses_what_its_preview_laid_out_and_nothing_of_another_scenario(monkeypatch):
    written, write = [], stages.write_rules
    monkeypatch.setattr(stages, "write_rules", lambda *told: written.append(told) or write(*told))
    declared = far_and_near()
    turned, giver = study(declared), declared.sites.at["SO1", "actor_id"]
    near = replace(FREE, maximum_distance_km=10.0)
    case, _ = turned.preview(near)
    again, planned = turned.plan(near)
    assert again is case
    assert len(written) == 1  # once for both
    assert planned.status == "optimal"
    assert len(turned.plan(FREE)[0].legs) == 2
    assert len(turned.plan(near)[0].legs) == len(case.legs) == 1
    assert turned.case(near, absent=giver).legs.empty


def test_a_search_that_had_to_choose_partners_is_done_again_for_another_price():
    declared = far_and_near()
    few = replace(FREE, candidates_per_flow=1)
    found = find_candidates(declared, catalogue(), few)
    dear = replace(few, transport_eur_per_t_km=1.0)
    assert must_search(found, few, dear)
    assert not must_search(find_candidates(declared, catalogue(), FREE), FREE, replace(FREE, transport_eur_per_t_km=1.0))
    swept = decisions.sweep(study(declared, few), few, "transport_eur_per_t_km", [0.15, 1.0])
    assert list(swept["gain_eur_per_yr"]) == pytest.approx(
        [cold(declared, few, "transport_eur_per_t_km", value) for value in (0.15, 1.0)]
    )


RUNNER = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "heading"),
    [
        (["front", "kalundborg", "--axes", "gain,co2e", "--points", "1"], "best_in"),
        (["sweep", "kalundborg", "--parameter", "maximum_distance_km", "--values", "20,50"], "value"),
        (["without", "kalundborg", "--actor", "gyproc"], "actor_id"),
    ],
)
def test_the_commands_write_their_table_and_say_it_in_json(tmp_path: Path, arguments: list[str], heading: str):
    file = tmp_path / "table.csv"
    answer = RUNNER.invoke(app, [*arguments, "--out", str(file), "--json", "--language", "en"])
    assert answer.exit_code == 0, answer.output
    rows = json.loads(answer.output)["rows"]
    lines = file.read_text("utf-8-sig").splitlines()
    assert lines[0].split(",")[0] == heading
    assert len(lines) == len(rows) + 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["front", "kalundborg", "--axes", "gain,beauty"],
        ["sweep", "kalundborg", "--parameter", "beauty", "--values", "1"],
        ["sweep", "kalundborg", "--parameter", "maximum_distance_km", "--values", "wide"],
        ["without", "kalundborg", "--actor", "nobody"],
    ],
)
def test_a_question_that_makes_no_sense_is_refused(arguments: list[str]):
    assert RUNNER.invoke(app, arguments).exit_code == 2


def test_a_narrow_screen_cuts_no_figure(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    found = pd.DataFrame({"value": [2.0], "exchanges": [12], "gain_eur_per_yr": [81136622.0], "diverted_t_per_yr": [84260.0],
                          "insertion_h_per_yr": [123456.0], "status": ["optimal"]})  # fmt: skip
    deciding._show_figures(found, "en")
    shown = capsys.readouterr().out
    assert all(figure in shown for figure in ("€81,136,622", "84,260", "123,456"))
    assert "…" not in shown
