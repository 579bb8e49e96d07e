"""Cases of the literature, said in the project's own words, end in their published number; each names its source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.small_territory import catalogue

from symbiosis.benchmarks.allocation import STATEMENTS, CannotStateError, run_case

CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((Path(__file__).parent / "cases").glob("*.json"))
}
STATED = {
    "dantzig_transport": 153.675, "fctp_bal8x12": 471.55, "orlib_cap41": 1040444.375,
    "csc_no_technologies": 3.8, "csc_tutorial": 7181.411069, "wang_smith_4": 90.0, "wang_smith_two_contaminants": 54.0,
    "haverly1": 400.0, "haverly2": 600.0, "haverly3": 750.0, "bental4": 450.0, "foulds2": 1100.0, "adhya1": 549.80305,
}  # fmt: skip
SLOW = {
    "adhya2": 549.80305,
    "adhya3": 561.044687,
    "adhya4": 877.64574,
    "bental5": 3500.0,
    "foulds3": 8.0,
    "foulds4": 8.0,
    "foulds5": 8.0,
}
"""Proved in several seconds each."""


@pytest.mark.parametrize("name", [*STATED, *(pytest.param(name, marks=pytest.mark.long) for name in SLOW)])
def test_the_engine_reaches_the_published_optimum(name):
    outcome = run_case(CASES[name], catalogue())
    assert outcome.status == "optimal"
    assert outcome.published == (STATED | SLOW)[name]
    assert outcome.relative_difference < 1e-6
    assert outcome.gap < 1e-6


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(CannotStateError, match="capacitated facility"):
        run_case({"kind": "travelling salesman", "published_optimum": 1.0}, catalogue())


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"kind": "capacitated facility location, single-sourcing"}, "one facility alone"),
        ({"kind": "water reuse with regeneration", "regenerators": [{"id": "R", "removal": 0.9}]}, "share of the load"),
    ],
)
def test_what_the_vocabulary_has_no_words_for_is_said(case, reason):
    with pytest.raises(CannotStateError, match=reason):
        run_case(case, catalogue())


def test_what_a_case_leaves_out_is_read_as_nothing_or_as_no_limit():
    facilities = {
        "kind": "capacitated facility location",
        "facilities": [{"id": 1, "capacity": "Inf", "fixed_cost": 30}, {"id": 2}],
        "customers": [{"id": "a", "demand": 4}, {"id": "b", "demand": 6}, {"id": "c", "demand": 0}],
        "cost": [[8, 12, 0], [20, None, 5]],
    }
    transport = {
        "kind": "fixed-charge transport",
        "sources": [{"id": "s", "supply": 5}, {"id": "t", "supply": 9}],
        "sinks": [{"id": "u", "demand": 5}],
        "unit_cost": [
            [
                1,
            ],
            [
                2,
            ],
        ],
        "fixed_cost": [["Inf"], [None]],
    }
    assert run_case(facilities, catalogue()).ours == pytest.approx(30 + 8 + 12)
    assert run_case(transport, catalogue()).ours == pytest.approx(10)


def test_every_case_is_reached_and_names_its_source():
    assert set(STATED | SLOW) == set(CASES)
    assert all(case["source"] for case in CASES.values())
    assert all(any(case["kind"].startswith(words) for words in STATEMENTS) for case in CASES.values())


def test_a_wrong_datum_would_be_seen():
    dantzig = CASES["dantzig_transport"]
    wrong = {**dantzig, "unit_cost": [[0.225, 0.153, 0.162], [0.225, 0.162, 0.127]]}
    assert run_case(wrong, catalogue()).relative_difference > 1e-4
