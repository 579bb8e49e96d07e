"""Each constraint family alone, against a number computed by hand (see the comments of `cases.py`); and broken on purpose.

A broken constraint must break a test: every family of the programme is dropped, and its signs turned. For each mutant one
golden case of the family must fail, by its hand-computed number or by the plan's own verification.
"""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from tests.golden.cases import GOLDEN

import symbiosis.allocation
from symbiosis.allocation import stages
from symbiosis.allocation.rows import Rows
from symbiosis.errors import ProgramError, SolverError


@pytest.mark.parametrize("name", GOLDEN)
def test_the_programme_finds_what_a_pencil_finds(name):
    GOLDEN[name]()


def test_every_constraint_of_the_documented_table_has_its_golden_case():
    _, _, body, *_ = re.split(r"^=+ =+$", symbiosis.allocation.__doc__, flags=re.MULTILINE)
    documented = re.findall(r"^(\w+) ", body, re.MULTILINE)
    assert len(documented) >= 11
    assert set(documented) <= set(GOLDEN)


# ------------------------------------------------------------------------------------------------------------------ mutants

KILLERS = {
    "output_balance": ("output_balance", "process_input_fixed"),
    "need_balance": ("need_balance", "output_balance"),
    "process_input": ("process_input",),
    "process_input_fixed": ("process_input_fixed",),
    "process_output": ("process_output",),
    "opening": ("opening",),
    "minimum_lot": ("minimum_lot",),
    "link_limit": ("link_charge",),
    "trips": ("trips",),
    "pool": ("pool",),
    "step_reached": ("step_reached",),
    "step_next": ("step_next",),
    "step_limit": ("step_limit",),
    "step_share": ("step_share", "step_limit"),
    "step_below": ("step_below",),
    "coalition_open": ("coalition_open",),
    "coalition_leg": ("coalition_leg",),
    "coalition_part": ("coalition_part",),
    "project_pays": ("project_pays",),
    "floor": ("floor",),
    "limit": ("limit", "budget"),
    "blend_maximum": ("blend_maximum",),
    "blend_minimum": ("blend_minimum",),
    "mixture": ("mixture",),
    "fixed_load": ("fixed_load",),
    "period_sum": ("period_sum", "period_input"),
    "period_supply": ("period_supply", "period_input"),
    "period_need": ("period_need",),
    "period_input": ("period_input",),
    "shelf_life": ("shelf_life",),
    "shelf_arrival": ("shelf_arrival",),
    "shelf_stock": ("shelf_stock",),
}
"""Family of rows → the golden cases, one of which must notice."""

TRUE_ADD = Rows.add


def dropped(rows, name, labels, lower, upper, terms):
    """The rows stand, and ask nothing."""
    TRUE_ADD(rows, name, labels, -np.inf, np.inf, terms)


def flipped(rows, name, labels, lower, upper, terms):
    """The last block of coefficients has the wrong sign."""
    last = dataclasses.replace(terms[-1], values=-np.asarray(terms[-1].values, dtype=float))
    TRUE_ADD(rows, name, labels, lower, upper, [*terms[:-1], last])


def scaled(rows, name, labels, lower, upper, terms):
    """The first block of coefficients is a tenth too large."""
    first = dataclasses.replace(terms[0], values=1.1 * np.asarray(terms[0].values, dtype=float))
    TRUE_ADD(rows, name, labels, lower, upper, [first, *terms[1:]])


MUTATIONS = {"dropped": dropped, "flipped": flipped, "scaled": scaled}
# A hair more of a rung already won changes no cent; more margin asked of a project moves only its break-even.
UNSEEN = {("floor", "scaled"), ("project_pays", "scaled"), ("minimum_lot", "scaled")}


@pytest.fixture
def mutate(monkeypatch):
    """Break every block of rows of one family; returns how often it was met."""
    met: list[str] = []

    def install(family, change):
        def add(rows, name, labels, lower, upper, terms):
            if name == family and len(labels):
                met.append(name)
                change(rows, name, labels, lower, upper, terms)
            else:
                TRUE_ADD(rows, name, labels, lower, upper, terms)

        monkeypatch.setattr(Rows, "add", add)
        return met

    return install


def _passes(case: str) -> bool:
    try:
        GOLDEN[case]()
    except (AssertionError, SolverError, ProgramError):
        return False
    return True


# Every drop and every flip by default; what is a tenth too large is looked at each night.
@pytest.mark.parametrize(
    ("family", "mutation"),
    [pytest.param(f, m, marks=pytest.mark.long if m == "scaled" else ()) for f in KILLERS for m in MUTATIONS
     if (f, m) not in UNSEEN],
    ids=str,
)  # fmt: skip
def test_a_mutated_constraint_breaks_its_golden_case(mutate, family, mutation):
    met = mutate(family, MUTATIONS[mutation])
    survived = [case for case in KILLERS[family] if _passes(case)]
    assert len(survived) < len(KILLERS[family])
    assert met  # the rows were there to be broken


def test_the_cases_pass_through_the_wrapper_unharmed(mutate):
    mutate("no such family", dropped)
    GOLDEN["process_input"]()


def test_every_family_that_the_programme_writes_has_its_mutants(mutate, monkeypatch):
    written: set[str] = set()

    def add(rows, name, labels, lower, upper, terms):
        written.add(name)
        TRUE_ADD(rows, name, labels, lower, upper, terms)

    monkeypatch.setattr(Rows, "add", add)
    GOLDEN["floor"]()
    assert written == set(KILLERS)


@pytest.mark.parametrize(
    ("family", "killer"),
    [
        ("quantity", "link_capacity"),
        ("purchased", "commitment"),
        ("disposed", "commitment_of_an_output"),
        ("throughput", "process_input"),
    ],
)
def test_a_bound_that_is_forgotten_breaks_a_golden_case(monkeypatch, family, killer):
    true_program = stages.stage_program

    def without_bound(case, layout, *rest, **options):
        program = true_program(case, layout, *rest, **options)
        upper = program.upper.copy()
        upper[layout.columns(family)] = 1e6
        return dataclasses.replace(program, upper=upper)

    monkeypatch.setattr(stages, "stage_program", without_bound)
    with pytest.raises((AssertionError, SolverError)):
        GOLDEN[killer]()


@pytest.mark.parametrize("family", ["is_open", "trips", "is_linked", "is_pooled", "is_reached", "is_joined"])
def test_a_choice_that_is_relaxed_breaks_a_golden_case(monkeypatch, family):
    true_program = stages.stage_program

    def relaxed(case, layout, *rest, **options):
        program = true_program(case, layout, *rest, **options)
        whole = program.is_integer.copy()
        whole[layout.columns(family)] = False
        return dataclasses.replace(program, is_integer=whole)

    monkeypatch.setattr(stages, "stage_program", relaxed)
    killer = {"is_open": "opening", "trips": "trips", "is_linked": "minimum_lot", "is_pooled": "pool",
              "is_reached": "step_limit", "is_joined": "coalition_leg"}[family]  # fmt: skip
    with pytest.raises((AssertionError, SolverError)):
        GOLDEN[killer]()
