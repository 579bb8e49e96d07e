r"""How the actors may share what a plan brings so that no group of them would do better by itself: the least core.

A *coalition* S is some of the actors; its value v(S) is the most that they gain with their own flows, operators and projects
alone. A split x gives each at least its stand-alone value and hands out the whole gain. Its *excess* for S is v(S) − Σ x over
S, what S would win by leaving. The least core keeps the largest excess, ε, as small as it can be:

    minimise ε   such that   Σ_S x ≥ v(S) − ε for every S,   Σ x = gain,   x_i ≥ v({i})

With ε ≤ 0 nobody has a reason to leave; with fixed costs or lots no such split may exist, and ε > 0 says what it takes to hold
the group together. Of the splits with that ε the one nearest to the equal split is taken.

There are 2ⁿ coalitions. They are made as they are needed: the programme of the plan, with one binary z per actor that opens
its flows, finds the coalition of the largest excess under the split at hand; its row is added, until none is left. The bound
of that programme says how large an excess may remain where time ran out. Without whole columns the dual of the plan is a split
that no coalition improves on (Owen, 1975), with which the search begins.

Players of one game are the actors that the plan joins, and those that it leaves idle and that could take their place: it is
they who may make a core empty. A coalition keeps what binds the plan (rows, limits, the tonnes that it holds on the higher
rungs of the waste hierarchy) but for what doing nothing would break: commitments are the territory's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import pandas as pd

from symbiosis.allocation import Solve
from symbiosis.cooperation.game import CENT, alone_of, components_of, game_of
from symbiosis.cooperation.least_core import COMPONENT_COLUMNS, least_core
from symbiosis.objectives import Case, Coefficients

__all__ = ["Cooperation", "cooperate"]

SPLIT_COLUMNS = ["component_id", "actor_id", "is_idle", "alone_eur_per_yr", "equal_eur_per_yr", "least_core_eur_per_yr"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooperation:
    """The least-core split of a plan, component by component.

    Attributes
    ----------
    components
        By `component_id`, the largest gain first: `gain_eur_per_yr`, `forgone_eur_per_yr` (what all of them would gain
        besides, if the hierarchy, the commitments or another objective did not ask for less), `actors` (whom the plan joins),
        `players` (the idle ones too), `epsilon_eur_per_yr` (the largest excess that a coalition may have under the split,
        proved), `least_eur_per_yr` (no split has a smaller one), `is_proved` (the two agree), `is_rational` (nobody is below
        what it has alone), `coalitions` and `rounds` (made), `seconds`.
    splits
        `component_id`, `actor_id`, `is_idle`, `alone_eur_per_yr`, `equal_eur_per_yr`, `least_core_eur_per_yr`.
    """

    components: pd.DataFrame
    splits: pd.DataFrame


def cooperate(
    case: Case, plan: Coefficients, equal: pd.Series, solve: Solve, *, time_limit_s: float = 60.0, prefix: str = "C"
) -> Cooperation:
    """Share the gain of a plan in the least core.

    Parameters
    ----------
    case, plan
        What could be used and what was.
    equal
        What each actor has in the equal split, euros a year, by actor: the split that the choice departs least from.
    solve
        The solver.
    time_limit_s
        For all components together; what stops early says so.
    prefix
        Beginning of the components' ids.

    Returns
    -------
    Cooperation
    """
    begun = time.perf_counter()
    game = game_of(case, plan)
    groups = [players for players in components_of(case, game) if game.gain(players) > CENT]
    groups.sort(key=lambda players: (-game.gain(players), int(players[0])))
    alone = alone_of(game, solve, time_limit_s)
    halves = equal.groupby(level=0).sum().reindex(game.actors).fillna(0.0).to_numpy(dtype=float)
    facts, tables = {}, []
    for number, players in enumerate(groups):
        name = f"{prefix}{number + 1:03d}"
        left = (time_limit_s - (time.perf_counter() - begun)) / (len(groups) - number)
        facts[name], shares = least_core(game, players, alone[players], halves[players], solve=solve, time_limit_s=left)
        tables.append(pd.DataFrame({
            "component_id": name, "actor_id": game.actors[players], "is_idle": game.is_idle[players],
            "alone_eur_per_yr": alone[players], "equal_eur_per_yr": halves[players], "least_core_eur_per_yr": shares,
        }))  # fmt: skip
    components = pd.DataFrame.from_dict(facts, orient="index", columns=COMPONENT_COLUMNS).rename_axis("component_id")
    splits = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=SPLIT_COLUMNS)
    return Cooperation(components=components, splits=splits)
