"""The least core: pencil cases, and against every coalition counted one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import numpy as np
import pandas as pd
import pytest
from tests.small_territory import Solved, allocated, gain, run, territory

from symbiosis import cooperation, messages
from symbiosis.allocation import allocate
from symbiosis.cooperation import Cooperation, cooperate
from symbiosis.cooperation.game import components_of, game_of
from symbiosis.cooperation.least_core import Deviation
from symbiosis.errors import ScenarioError
from symbiosis.scenario import Scenario
from symbiosis.solvers import solve

SIEVING = {
    "processes": """
        process_id, name_fr, name_en, rung, unit, cost_eur_per_unit, basis
        sieving, criblage, sieving, reuse, t, 0, test
        """,
    "process_flows": """
        process_id, direction, material_id, share, outlet_cost_eur_per_unit, basis
        sieving, input, sand, 1, , test
        sieving, output, ore, 1, 0, test
        """,
}


def three_givers() -> Solved:
    return allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            G1, sand, 10, 10
            G2, sand, 10, 10
            G3, sand, 10, 10
            """,
        operators="""
            operator_id, process_id, capacity, is_existing, fixed_cost_eur_per_yr
            K1, sieving, 20, false, 120
            K2, sieving, 20, false, 120
            """,
        extension=SIEVING,
    ))  # fmt: skip


def shared(solved: Solved, equal: dict[str, float] | None = None, **options: float) -> Cooperation:
    halves = pd.Series(equal or {}, dtype=float)
    return cooperate(solved.case, solved.allocation.plan, halves, solve, **options)


def value_alone(solved: Solved, members: tuple[str, ...]) -> float:
    """What some actors gain when all the others are away: the engine again, on a smaller territory."""
    case = solved.case
    flows = {name: getattr(case, name) for name in ("outputs", "needs", "operators")}
    here = pd.concat([table["actor_id"].isin(members) for table in flows.values()])
    legs = case.legs[case.legs["tail_id"].map(here).astype(bool) & case.legs["head_id"].map(here).astype(bool)]
    return allocate(replace(case, legs=legs), solve).gain_eur


def coalitions(actors: list[str]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(actors, size) for size in range(1, len(actors))))


def test_three_givers_and_plants_with_a_fixed_cost_have_an_empty_core() -> None:
    """A pair fills a plant: 20 × 10 − 120 = 80 €. So do all three: a second plant would bring 100 − 120 = −20 €.

    Each pair with a plant claims 80 − ε of the 80 €. Over the three pairs: 2 × 80 ≥ 3 × (80 − ε), so ε = 80 / 3 = 26.67 €.
    Either plant will do, so that a plant has nothing and each giver has 80 / 3, the one that is left out too.
    """
    solved = three_givers()
    assert gain(solved) == pytest.approx(80.0)
    found = shared(solved)
    (group,) = found.components.to_dict("records")
    assert group["epsilon_eur_per_yr"] == pytest.approx(80 / 3, abs=0.005)
    assert group["is_proved"]
    assert group["is_rational"]
    assert (group["actors"], group["players"]) == (3, 5)
    share = found.splits.set_index("actor_id")["least_core_eur_per_yr"]
    assert share.to_dict() == pytest.approx({"AG1": 80 / 3, "AG2": 80 / 3, "AG3": 80 / 3, "AK1": 0.0, "AK2": 0.0}, abs=0.01)
    said = messages.stability(found.components.reset_index().iloc[0].to_dict(), "en")
    assert "ε = €27 a year: the core is empty" in said


def test_a_split_with_the_least_epsilon_is_shown_where_the_one_nearest_to_equal_cannot_be_found() -> None:
    solved = three_givers()

    def narrow(program, **options):
        solution = solve(program, **options)
        asks_for_the_nearest = not program.is_integer.any() and program.cost.sum() > 1
        return replace(solution, values=np.zeros(0), status="infeasible") if asks_for_the_nearest else solution

    found = cooperate(solved.case, solved.allocation.plan, pd.Series(dtype=float), narrow)
    assert found.components["epsilon_eur_per_yr"].tolist() == pytest.approx([80 / 3], abs=0.005)
    assert found.splits["least_core_eur_per_yr"].sum() == pytest.approx(80.0)


def test_two_parties_share_in_the_middle() -> None:
    """60 × (10 + 5) = 900 €: neither has anything alone, so that both are 450 € away from leaving."""
    found = shared(allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 60, 10
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 80, 5
            """,
    )))  # fmt: skip
    assert found.splits["least_core_eur_per_yr"].tolist() == pytest.approx([450.0, 450.0])
    assert found.components["epsilon_eur_per_yr"].tolist() == pytest.approx([-450.0])


GLOVES = territory(
    outputs="""
        output_id, material_id, quantity, outlet_cost_eur_per_unit
        O1, sand, 10, 10
        O2, sand, 10, 10
        """,
    needs="""
        need_id, material_id, quantity, price_eur_per_unit
        N1, sand, 10, 0
        """,
)


def test_whoever_can_be_replaced_has_nothing_to_ask_in_the_core() -> None:
    """Two givers of 10 t, one place for 10 t: the core leaves the 100 € to the taker, whatever an equal split says."""
    found = shared(allocated(GLOVES), {"AO1": 50.0, "AN1": 50.0})
    assert found.components["epsilon_eur_per_yr"].tolist() == pytest.approx([0.0], abs=0.01)
    share = found.splits.set_index("actor_id")
    assert share["least_core_eur_per_yr"].to_dict() == pytest.approx({"AN1": 100.0, "AO1": 0.0, "AO2": 0.0}, abs=0.05)
    assert share["is_idle"].sum() == 1


def _random(seed: int, fixed: float) -> Solved:
    chance = np.random.default_rng(seed)
    cost, price = chance.integers(1, 30, 3), chance.integers(0, 20, 2)
    tonnes, taken = chance.integers(5, 40, 3), chance.integers(5, 40, 2)
    links = "\n".join(
        f"SO{o}, SN{n}, 1, {chance.integers(0, 15)}, {fixed * int(chance.integers(0, 2))}" for o in range(3) for n in range(2)
    )
    outputs = "\n".join(f"O{i}, sand, {tonnes[i]}, {cost[i]}" for i in range(3))
    needs = "\n".join(f"N{i}, sand, {taken[i]}, {price[i]}" for i in range(2))
    return allocated(territory(
        outputs="output_id, material_id, quantity, outlet_cost_eur_per_unit\n" + outputs,
        needs="need_id, material_id, quantity, price_eur_per_unit\n" + needs,
        distances="from_site_id, to_site_id, distance_km, cost_eur_per_unit, fixed_cost_eur_per_yr\n" + links,
    ))  # fmt: skip


@pytest.mark.parametrize("fixed", [0.0, 150.0])
@pytest.mark.parametrize("seed", [1, pytest.param(3, marks=pytest.mark.long)])
def test_no_coalition_counted_one_by_one_wins_more_than_epsilon(seed: int, fixed: float) -> None:
    solved = _random(seed, fixed)
    found = shared(solved)
    assert found.splits["least_core_eur_per_yr"].sum() == pytest.approx(gain(solved), abs=0.05)
    for name, group in found.components.iterrows():
        share = found.splits[found.splits["component_id"] == name].set_index("actor_id")
        assert group["is_proved"]
        excess = {members: value_alone(solved, members) - share.loc[list(members), "least_core_eur_per_yr"].sum()
                  for members in coalitions(sorted(share.index))}  # fmt: skip
        assert max(excess.values()) == pytest.approx(group["epsilon_eur_per_yr"], abs=0.05)
        assert all(excess[(actor,)] <= 0.05 for actor in share.index)
        if not fixed:  # a transport market has a core (Owen)
            assert group["epsilon_eur_per_yr"] <= 0.02


def test_what_stops_early_says_how_large_an_excess_may_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = three_givers()
    ticks = iter(np.arange(0.0, 1e6, 1e3))
    monkeypatch.setattr(cooperation.time, "perf_counter", lambda: next(ticks))
    (group,) = shared(solved, time_limit_s=1.0).components.to_dict("records")
    assert not group["is_proved"]
    assert group["least_eur_per_yr"] <= 80 / 3 <= group["epsilon_eur_per_yr"]
    assert "not enough time" in messages.stability({"component_id": "C001", **group}, "en")


def test_the_rents_of_the_relaxed_programme_bound_every_excess() -> None:
    """Without whole columns nothing is cut from the rents: a split in the core before any coalition is made."""
    solved = _random(1, 0.0)
    game = game_of(solved.case, solved.allocation.plan)
    for players in components_of(solved.case, game):
        part = game.gain(players)
        deviation = Deviation(game, players, game.owned(players))
        shares, bound = deviation.dual_split(np.zeros(len(players)), part, solve)
        assert shares.sum() == pytest.approx(part)
        assert bound == pytest.approx(0.0, abs=1e-6)
        assert deviation.worst(shares, solve, 0.01, 10.0)[0] <= 0.01


def test_a_commitment_binds_the_plan_and_no_coalition() -> None:
    """20 × (25 − 5) = 400 €, and 40 t that cost 5 €/t: 200 €. Two of the three would have the 400 € without."""
    solved = allocated(territory(
        outputs="""
            output_id, material_id, quantity, outlet_cost_eur_per_unit
            O1, sand, 100, -5
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit, minimum_quantity
            N1, sand, 40, 0, 40
            N2, sand, 20, 25, 0
            """,
    ))  # fmt: skip
    assert gain(solved) == pytest.approx(200.0)
    (group,) = shared(solved).components.to_dict("records")
    assert group["forgone_eur_per_yr"] == pytest.approx(200.0)
    assert group["epsilon_eur_per_yr"] >= 100.0


def test_a_proposal_carries_the_split_that_its_scenario_asks_for() -> None:
    assert run(GLOVES).feasible.cooperation is None
    proposal = run(GLOVES, split="least_core")
    assert proposal.feasible.cooperation is not None
    assert proposal.feasible.cooperation.components.index.tolist() == ["C001"]
    with pytest.raises(ScenarioError, match="split"):
        Scenario(split="by the strongest")
