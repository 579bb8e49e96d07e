"""A slider beside a run from nothing: figures are printed as ratios, and say nothing about seconds.

pytest -m benchmark -s tests/benchmarks/test_slider.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from symbiosis import workspace
from symbiosis.decisions import Study
from symbiosis.engine import best_plan
from symbiosis.scenario import Limit, Scenario
from symbiosis.solvers import solve

DAY = Scenario(on_date=date(2026, 1, 1), relative_gap=1e-3)

TURNS = {
    "nothing": ({}, {}),
    "radius": ({"maximum_distance_km": 49.0}, {"maximum_distance_km": 44.0}),
    "disposal": ({"disposal_increase_eur_per_t": 1.0}, {"disposal_increase_eur_per_t": 4.0}),
    "lorry": ({"lorry_eur_per_km": 1.6}, {"lorry_eur_per_km": 1.7}),
    "objective": ({"objective": "diverted"}, {"objective": "co2e"}),
    "budget": (
        {"limits": (Limit(indicator="project_cost_eur_per_yr", maximum=4e5),)},
        {"limits": (Limit(indicator="project_cost_eur_per_yr", maximum=3e5),)},
    ),
}
"""Two settings of each slider: as each is new to the study, none is answered from memory."""


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@pytest.mark.benchmark
def test_what_a_slider_costs_beside_a_run_from_nothing(capsys):
    catalogue = workspace.load_catalogue()
    declared = workspace.open_territory("val-de-fensch", catalogue).declarations
    study = Study(declared, catalogue, DAY, solve=solve)
    study.plan(DAY)
    best_plan(declared, catalogue, DAY, solve=solve)
    lines = []
    for name, turns in TURNS.items():
        rows = []
        for turn in turns:
            scenario = replace(DAY, **turn)
            afresh = seconds(lambda at=scenario: best_plan(declared, catalogue, at, solve=solve))
            case = seconds(lambda at=scenario: study.case(at))
            preview = seconds(lambda at=scenario: study.preview(at))
            before = study.memory.asked, study.memory.solved
            exact = seconds(lambda at=scenario: study.plan(at))
            asked, solved = study.memory.asked - before[0], study.memory.solved - before[1]
            rows.append((afresh, case / afresh, preview / afresh, exact / afresh, solved / asked))
        lines.append((name, *(statistics.median(column) for column in zip(*rows, strict=True))))
    with capsys.disabled():
        print("\nslider      from nothing   candidates   preview     exact   parts solved")  # noqa: T201
        for name, afresh, *shares in lines:
            print(f"{name:10} {afresh:10.2f} s  " + "  ".join(f"{share:10.1%}" for share in shares))  # noqa: T201
    assert all(shares[2] < 1 for _, _, *shares in lines), "what is remembered must help"
