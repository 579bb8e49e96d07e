"""Coalitions as they are needed: the split of one component whose largest excess is as small as it can be."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from symbiosis.allocation import Solve
from symbiosis.cooperation.game import CENT, NEGLIGIBLE, Flags, Floats, Game, Ints
from symbiosis.solvers import Program

COMPONENT_COLUMNS = ["gain_eur_per_yr", "forgone_eur_per_yr", "actors", "players", "epsilon_eur_per_yr", "least_eur_per_yr",
                     "is_proved", "is_rational", "coalitions", "rounds", "seconds"]  # fmt: skip


@dataclass(slots=True)
class Claims:
    """Coalitions that were made, with what each of them is known to gain by itself."""

    members: list[Flags] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, members: Flags, value: float, tolerance: float) -> bool:
        """Take a claim; whether it says more than those that are known."""
        for place, known in enumerate(self.members):
            if np.array_equal(known, members):
                is_more = value > self.values[place] + tolerance
                self.values[place] = max(value, self.values[place])
                return is_more
        self.members.append(members)
        self.values.append(value)
        return True


def least_core(
    game: Game, players: Ints, alone: Floats, equal: Floats, *, solve: Solve, time_limit_s: float
) -> tuple[dict[str, object], Floats]:
    """Facts of one component and the share of each of its players."""
    begun, gain, count = time.perf_counter(), game.gain(players), len(players)
    tolerance = max(CENT, 1e-5 * gain)
    is_rational = bool(alone.sum() <= gain + tolerance)
    floor = np.minimum(alone, alone * gain / max(alone.sum(), CENT)) if is_rational else np.full(count, -np.inf)
    claims = Claims(list(np.eye(count, dtype=bool)), alone.tolist())
    columns = game.owned(players)
    every = Deviation(game, players, columns)
    # Most coalitions that object do so with deals of the plan: a smaller programme, asked first.
    agreed = Deviation(game, players, columns[~np.isin(columns, game.gates[game.plan[game.gates] <= NEGLIGIBLE])])
    together = every.value(solve, max(1.0, time_limit_s / 4))
    best, proved = every.dual_split(alone, gain, solve) if count > 1 else (np.array([gain]), 0.0)
    least, rounds, left = (-np.inf, 0, max(time_limit_s, 1.0)) if count > 1 else (0.0, 0, 0.0)
    while left > 0:
        shares, least = master(claims, gain, floor, equal, solve)
        rounds += 1
        for deviation in (agreed, every):
            left = time_limit_s - (time.perf_counter() - begun)
            excess, found = deviation.worst(shares, solve, tolerance, max(left, 1.0))
            told = [claims.add(*one, tolerance / 10) for one in found if one[1] - shares[one[0]].sum() > least + tolerance]
            is_new = any(told)
            if is_new or left <= 0:
                break
        else:  # nobody objects: the bound says how surely
            best, proved = (shares, max(excess, least)) if excess <= max(proved, least + tolerance) else (best, proved)
            break
        if deviation is every and excess < proved:
            best, proved = shares, excess
    is_proved = bool(proved <= least + tolerance)
    facts: dict[str, object] = dict(zip(COMPONENT_COLUMNS, (
        gain, max(0.0, together - gain), int((~game.is_idle[players]).sum()), count, float(least if is_proved else proved),
        least, is_proved, is_rational, len(claims.members), rounds, time.perf_counter() - begun,
    ), strict=True))  # fmt: skip
    return facts, best


def master(claims: Claims, gain: float, floor: Floats, equal: Floats, solve: Solve) -> tuple[Floats, float]:
    """The smallest ε under the claims so far, and of the splits that have it the one nearest to the equal split.

    Columns: the shares, ε, and how far each share is from the equal one.
    """
    count, made = len(floor), len(claims.members)
    members = np.array(claims.members, dtype=float)
    each, nothing = np.eye(count), np.zeros((count, 1))
    matrix = np.vstack([
        np.hstack([np.ones((1, count)), np.zeros((1, count + 1))]),
        np.hstack([members, np.ones((made, 1)), np.zeros((made, count))]),
        np.hstack([each, nothing, each]),
        np.hstack([-each, nothing, each]),
    ])  # fmt: skip
    row, column = np.nonzero(matrix)
    cost = np.zeros(2 * count + 1)
    cost[count] = 1.0
    program = Program(
        cost=cost, lower=np.concatenate([floor, [-np.inf], np.zeros(count)]), upper=np.full(2 * count + 1, np.inf),
        is_integer=np.zeros(2 * count + 1, dtype=bool),
        row_lower=np.concatenate([[gain], claims.values, equal, -equal]),
        row_upper=np.concatenate([[gain], np.full(made + 2 * count, np.inf)]),
        row=row.astype(np.int64), column=column.astype(np.int64), value=matrix[row, column],
    )  # fmt: skip
    first = solve(program)
    least, upper = float(first.objective), program.upper.copy()
    # As near as sums of the size of the gain can be told apart.
    upper[count] = least + 1e-9 * max(1.0, abs(least), abs(gain))
    near = solve(replace(program, cost=np.concatenate([np.zeros(count + 1), np.ones(count)]), upper=upper))
    found = near if len(near.values) else first
    return found.values[:count], least


class Deviation:
    """The programme of a component in which a coalition may go its own way: one binary per player opens what is its own."""

    def __init__(self, game: Game, players: Ints, columns: Ints) -> None:
        self.program = game.among(columns)
        self.today = game.today[columns]
        self.spent_today = float(self.program.cost @ self.today)
        place = np.full(len(game.actors), -1, dtype=np.int64)
        place[players] = np.arange(len(players))
        self.first, self.second, self.count = place[game.first[columns]], place[game.second[columns]], len(players)
        inside = np.isin(game.gates, columns)
        self.gates, self.owners = np.searchsorted(columns, game.gates[inside]), place[game.gate_owners[inside]]

    def value(self, solve: Solve, time_limit_s: float) -> float:
        """What all the players gain with nothing but the rules."""
        solution = solve(self.program, relative_gap=1e-6, time_limit_s=time_limit_s)
        return self.spent_today - solution.objective if len(solution.values) else -np.inf

    def worst(
        self, shares: Floats, solve: Solve, tolerance: float, time_limit_s: float
    ) -> tuple[float, list[tuple[Flags, float]]]:
        """The bound on the largest excess, and the coalitions that the best plan found falls into, with their gains."""
        base, count, width, height = self.program, self.count, len(self.program.cost), len(self.program.row_lower)
        shut = height + np.arange(len(self.gates))
        size = np.maximum(base.upper[self.gates], NEGLIGIBLE)
        last = height + len(self.gates)  # neither nobody nor everybody
        program = replace(
            base, cost=np.concatenate([base.cost, shares]), lower=np.concatenate([base.lower, np.zeros(count)]),
            upper=np.concatenate([base.upper, np.ones(count)]),
            is_integer=np.concatenate([base.is_integer, np.ones(count, dtype=bool)]),
            row_lower=np.concatenate([base.row_lower, np.full(len(self.gates), -np.inf), [1.0]]),
            row_upper=np.concatenate([base.row_upper, np.zeros(len(self.gates)), [count - 1.0]]),
            row=np.concatenate([base.row, shut, shut, np.full(count, last)]),
            column=np.concatenate([base.column, self.gates, width + self.owners, width + np.arange(count)]),
            value=np.concatenate([base.value, np.ones(len(self.gates)), -size, np.ones(count)]),
        )  # fmt: skip
        scale = max(abs(self.spent_today), float(np.abs(shares).sum()), 1.0)
        solution = solve(program, relative_gap=max(1e-9, tolerance / scale / 4), time_limit_s=time_limit_s)
        if not len(solution.values):
            return np.inf, []
        values, members = solution.values[:width], solution.values[width:] > 0.5
        return self.spent_today - solution.bound, self._fallen_apart(values, members)

    def _fallen_apart(self, values: Floats, members: Flags) -> list[tuple[Flags, float]]:
        """A coalition and the groups in it that deal with nobody else: each has a claim of its own."""
        gains = np.bincount(self.first, weights=self.program.cost * (self.today - values), minlength=self.count)
        used = values[self.gates] > NEGLIGIBLE
        hub = pd.Series(self.owners).groupby(self.gates).transform("first").to_numpy()
        graph = sparse.csr_array((np.ones(int(used.sum())), (hub[used], self.owners[used])), shape=(self.count, self.count))
        label = csgraph.connected_components(graph, directed=False)[1]
        groups = [members & (label == group) for group in np.unique(label[members])]
        found = [(members, float(gains[members].sum()))]
        return found + [(group, float(gains[group].sum())) for group in groups if len(groups) > 1 and group.sum() > 1]

    def dual_split(self, alone: Floats, gain: float, solve: Solve) -> tuple[Floats, float]:
        """The rent of what each player owns, at the prices of the plan with whole columns relaxed, cut down to the gain.

        No coalition has more than its rent, so that none has a larger excess than what was cut, or than what belongs to
        nobody: the bound that is returned beside the shares. Without whole columns nothing is cut.
        """
        program = replace(self.program, is_integer=np.zeros_like(self.program.is_integer))
        solution = solve(program) if program.products is None else None
        if solution is None or solution.status != "optimal":
            return np.full(self.count, gain / self.count), np.inf
        level, duals, reduced = program.activity(self.today), solution.row_duals, solution.reduced_costs
        binding = np.where(duals > 0, program.row_lower, program.row_upper)
        rent = duals * (level - np.where(np.isfinite(binding), binding, level))
        bound = np.where(reduced > 0, program.lower, program.upper)
        own = reduced * (self.today - np.where(np.isfinite(bound), bound, self.today))
        owner = self._row_owners()
        shares = np.bincount(owner[owner >= 0], weights=rent[owner >= 0], minlength=self.count)
        for end in (self.first, self.second):
            shares = shares + np.bincount(end, weights=own / 2, minlength=self.count)
        shares = np.maximum(shares, alone)
        nobodys = max(0.0, self.spent_today - solution.objective - float(shares.sum()))
        above = shares - alone
        cut = above * (gain - alone.sum()) / above.sum() if above.sum() > 0 else (gain - alone.sum()) / self.count
        return alone + cut, nobodys + max(0.0, float(shares.sum()) - gain)

    def _row_owners(self) -> Ints:
        """The player that has a part in every column of a row, or −1."""
        row, column, count = self.program.row, self.program.column, self.count
        height = len(self.program.row_lower)
        parts = np.concatenate([self.first, self.second, self.owners])
        of = np.unique(np.concatenate([np.tile(np.arange(len(self.first)), 2), self.gates]) * count + parts)
        entries = np.bincount(row, minlength=height)
        some = np.zeros(height, dtype=np.int64)
        order = np.argsort(np.isin(column, self.gates), kind="stable")[::-1]  # the last one written stands: what has one owner
        some[row[order]] = column[order]
        owner = np.full(height, -1, dtype=np.int64)
        for end in (self.second, self.first):
            asked = end[some]
            has_part = np.isin(column * count + asked[row], of)
            owner = np.where(np.bincount(row, weights=has_part, minlength=height) == entries, asked, owner)
        return owner
