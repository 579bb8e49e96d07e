"""Assumptions are few, bounded, documented, and survive a file."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date

import pytest

from symbiosis import messages
from symbiosis.errors import ScenarioError
from symbiosis.objectives import LIMITED, OBJECTIVES
from symbiosis.scenario import LIMITED_NAMES, OBJECTIVE_NAMES, Limit, Scenario


def test_a_scenario_survives_json():
    scenario = Scenario(name="pentu", objective="co2e", on_date=date(2027, 1, 31), maximum_distance_km=12.5, seed=11,
                        limits=(Limit(indicator="diverted_t_per_yr", minimum=3.5),))  # fmt: skip
    assert Scenario.from_json(json.dumps(scenario.to_dict())) == scenario


@pytest.mark.parametrize("values", [
    {"objective": "profit"}, {"maximum_distance_km": 0.0}, {"maximum_distance_km": float("inf")},
    {"maximum_distance_km": float("nan")}, {"detour_factor": 0.9}, {"lorry_payload_t": "20"}, {"relative_gap": -1e-9},
    {"relative_gap": 0.6}, {"pool_maximum_stops": 9}, {"seed": -1}, {"colour": "green"}, {"on_date": "31/12/2026"},
    {"on_date": "2026-02-30"}, {"limits": 5}, {"limits": [5]}, {"limits": [{"indicator": "gain_eur_per_yr"}]},
    {"limits": [{"indicator": "colour", "maximum": 1}]}, {"limits": [{"indicator": "diverted_t_per_yr", "most": 1}]},
    {"limits": [{"indicator": "diverted_t_per_yr", "minimum": 2, "maximum": 1}]},
    {"limits": [{"indicator": "diverted_t_per_yr", "minimum": float("nan")}]},
    {"limits": [{"indicator": "diverted_t_per_yr", "maximum": "40"}]},
    {"limits": [{"indicator": "diverted_t_per_yr", "maximum": 1}, {"indicator": "diverted_t_per_yr", "minimum": 1}]},
])  # fmt: skip
def test_what_no_run_can_mean_is_refused(values):
    with pytest.raises(ScenarioError):
        Scenario.from_dict(values)


def test_the_refusal_names_the_parameter_its_bounds_and_its_unit():
    with pytest.raises(ScenarioError, match=r"maximum_distance_km = 5000 is outside 0\.1 to 2000 km"):
        Scenario(maximum_distance_km=5000)
    with pytest.raises(ScenarioError, match="unknown parameter distance; connus / known: "):
        Scenario.from_dict({"distance": 5})


@pytest.mark.parametrize("text", ["{", "[1, 2]", '"gain"', ""])
def test_a_file_that_is_no_json_object_is_refused(text):
    with pytest.raises(ScenarioError):
        Scenario.from_json(text)


def test_every_parameter_has_its_words_in_both_languages_and_stands_inside_its_bounds():
    for parameter in fields(Scenario):
        assert parameter.metadata["fr"]
        assert parameter.metadata["en"]
        low, high = parameter.metadata["low"], parameter.metadata["high"]
        if low is not None:
            assert low <= parameter.default <= high


def test_every_objective_that_may_be_chosen_exists():
    assert set(OBJECTIVE_NAMES) == set(OBJECTIVES)


def test_every_indicator_that_may_be_limited_exists_and_has_its_words():
    assert set(LIMITED_NAMES) == set(LIMITED) == set(messages.LIMITED)
