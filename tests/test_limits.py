"""Limits hold over both runs, and demands that contradict each other are named, none too many."""

from __future__ import annotations

import json

import pytest
from tests.small_territory import allocated, gain, run, territory

from symbiosis import messages
from symbiosis.errors import InfeasibleError
from symbiosis.indicators import INDICATORS
from symbiosis.objectives import LIMITED, against_today
from symbiosis.scenario import Limit

TWO_NEEDS = {
    "outputs": "output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 50, 0\nO2, ore, 20, 0",
    "needs": "need_id, material_id, quantity, minimum_quantity\nN1, sand, 40, 30\nN2, sand, 40, 35\nN3, ore, 20, 5",
}


def conflicts_of(texts, *limits):
    with pytest.raises(InfeasibleError) as caught:
        allocated(territory(**texts), limits=limits)
    return caught.value


def test_two_needs_that_share_too_little_are_named_and_the_third_is_left_out():
    error = conflicts_of(TWO_NEEDS)
    assert [(one.name, one.asked, one.unit, one.actor_name) for one in error.conflicts] == [
        ("N1", 30.0, "t", "AN1 (test)"), ("N2", 35.0, "t", "AN2 (test)"),
    ]  # fmt: skip
    # 50 t in all: N1 gets what N2 leaves, and the other way round.
    assert [one.reached for one in error.conflicts] == pytest.approx([15.0, 20.0])


def test_a_commitment_that_a_cap_forbids_is_named_with_the_cap():
    texts = {**TWO_NEEDS, "needs": "need_id, material_id, quantity, minimum_quantity\nN1, sand, 40, 30\nN3, ore, 20, 5"}
    error = conflicts_of(texts, Limit(indicator="diverted_t_per_yr", maximum=12), Limit(indicator="labour_h_per_yr", maximum=9))
    assert [(one.kind, one.name) for one in error.conflicts] == [
        ("limit_maximum", "diverted_t_per_yr"), ("need_minimum", "N1"),
    ]  # fmt: skip
    assert [one.reached for one in error.conflicts] == pytest.approx([30.0, 12.0])


def test_a_floor_beyond_what_the_territory_has_stands_alone():
    (only,) = conflicts_of({**TWO_NEEDS, "needs": "need_id, material_id, quantity\nN1, sand, 40"},
                           Limit(indicator="diverted_t_per_yr", minimum=41, maximum=60)).conflicts  # fmt: skip
    assert (only.kind, only.asked) == ("limit_minimum", 41.0)
    assert only.reached == pytest.approx(40.0)


def test_a_floor_that_no_flow_of_the_territory_can_move_is_named_too():
    outputs = "output_id, material_id, quantity\nO1, sand, 50"
    (only,) = conflicts_of({"outputs": outputs, "needs": "need_id, material_id, quantity\nN1, sand, 40"},
                           Limit(indicator="labour_h_per_yr", minimum=5)).conflicts  # fmt: skip
    assert (only.kind, only.name, only.reached) == ("limit_minimum", "labour_h_per_yr", 0.0)


def test_an_output_that_must_go_and_finds_too_small_a_need_is_named():
    outputs = "output_id, material_id, quantity, minimum_quantity\nO1, sand, 50, 45"
    (only,) = conflicts_of({"outputs": outputs, "needs": "need_id, material_id, quantity\nN1, sand, 40"}).conflicts
    assert (only.kind, only.name) == ("output_minimum", "O1")
    assert only.reached == pytest.approx(40.0)


@pytest.mark.parametrize(("language", "said"), [
    ("fr", "- AN1 (test)\u00a0: «\u00a0n1\u00a0» doit recevoir 30 t par an\u202f; si le reste est tenu, 15 au plus"),
    ("en", '- AN1 (test): "n1" must get 30 t a year; if the rest is held, 15 at most'),
])  # fmt: skip
def test_the_contradiction_is_said_in_both_languages(language, said):
    lines = messages.failure(conflicts_of(TWO_NEEDS), language).split("\n")
    assert len(lines) == 3
    assert lines[1] == said


def test_the_command_ends_with_three_and_the_list(tmp_path, capsys, monkeypatch):
    import typer

    from symbiosis import workspace
    from symbiosis.commands import matching

    error = conflicts_of(TWO_NEEDS, Limit(indicator="diverted_t_per_yr", minimum=20))

    def contradicted(*_, **__):
        raise error

    monkeypatch.setattr(workspace, "match", contradicted)
    with pytest.raises(typer.Exit) as ended:
        matching.match("kalundborg", out=tmp_path, language="en", as_json=True)
    assert ended.value.exit_code == 3
    said = json.loads(capsys.readouterr().out)
    assert said["error"].count("must get") == 2
    assert [one["name"] for one in said["conflicts"]] == ["N1", "N2"]


def test_what_the_second_run_adds_stays_under_the_cap_that_the_first_began_to_use():
    told = territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit, legal_status\n"
                "O1, sand, 30, 10, product\nO2, ore, 100, 10, unknown",
        needs="need_id, material_id, quantity\nN1, sand, 100\nN2, ore, 100",
    )  # fmt: skip
    free = run(told)
    capped = run(told, limits=(Limit(indicator="diverted_t_per_yr", maximum=50),))
    assert [diverted(part) for part in (free.feasible, free.to_investigate)] == pytest.approx([30.0, 100.0])
    assert [diverted(part) for part in (capped.feasible, capped.to_investigate)] == pytest.approx([30.0, 20.0])


def diverted(part):
    return against_today(part.case, "diverted_t_per_yr", part.allocation.plan)


def test_a_limited_indicator_is_the_one_that_the_proposal_shows():
    solved = run(territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, scrap, 70, 30\nO2, sand, 9, 4",
        needs="need_id, material_id, quantity, price_eur_per_unit\nN1, ingot, 100, 50\nN2, sand, 9, 1",
        operators="operator_id, process_id, capacity\nK1, melting, 100",
    )).feasible  # fmt: skip
    assert gain_of(solved) > 0
    for name in set(LIMITED) & set(INDICATORS):
        shown = solved.indicators.loc[name, "value"]
        assert against_today(solved.case, name, solved.allocation.plan) == pytest.approx(shown), name


def gain_of(part):
    return part.allocation.gain_eur


def test_a_limit_that_does_not_bind_changes_nothing():
    told = territory(outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\nO1, sand, 50, 9",
                     needs="need_id, material_id, quantity\nN1, sand, 40")  # fmt: skip
    assert gain(allocated(told, limits=(Limit(indicator="diverted_t_per_yr", minimum=1, maximum=40),))) == gain(allocated(told))
