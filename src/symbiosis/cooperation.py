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
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from symbiosis.allocation import Layout, Solve, closing_program
from symbiosis.allocation.hierarchy import open_legs
from symbiosis.objectives import Case, Coefficients
from symbiosis.schemas import RUNGS
from symbiosis.solvers import Program
from symbiosis.solvers.parts import piece

NEGLIGIBLE = 1e-7
CENT = 0.01
"""Euros a year that nobody leaves a group for; of large gains, their hundred-thousandth."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

COMPONENT_COLUMNS = ["gain_eur_per_yr", "forgone_eur_per_yr", "actors", "players", "epsilon_eur_per_yr", "least_eur_per_yr",
                     "is_proved", "is_rational", "coalitions", "rounds", "seconds"]  # fmt: skip
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
    game = _game(case, plan)
    groups = [players for players in _components(case, game) if game.gain(players) > CENT]
    groups.sort(key=lambda players: (-game.gain(players), int(players[0])))
    alone = _alone(game, solve, time_limit_s)
    halves = equal.groupby(level=0).sum().reindex(game.actors).fillna(0.0).to_numpy(dtype=float)
    facts, tables = {}, []
    for number, players in enumerate(groups):
        name = f"{prefix}{number + 1:03d}"
        left = (time_limit_s - (time.perf_counter() - begun)) / (len(groups) - number)
        facts[name], shares = _least_core(game, players, alone[players], halves[players], solve=solve, time_limit_s=left)
        tables.append(pd.DataFrame({
            "component_id": name, "actor_id": game.actors[players], "is_idle": game.is_idle[players],
            "alone_eur_per_yr": alone[players], "equal_eur_per_yr": halves[players], "least_core_eur_per_yr": shares,
        }))  # fmt: skip
    components = pd.DataFrame.from_dict(facts, orient="index", columns=COMPONENT_COLUMNS).rename_axis("component_id")
    splits = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=SPLIT_COLUMNS)
    return Cooperation(components=components, splits=splits)


# -------------------------------------------------------------------------------------------------- the game and its players


@dataclass(frozen=True, slots=True, kw_only=True)
class _Game:
    """The programme of a plan with the owners of its columns, as places in `actors`.

    A *gate* is a column that needs several owners: a leg, the choice to use it, a joint round; it stands once for each.
    """

    program: Program
    today: Floats
    plan: Floats
    actors: pd.Index
    first: Ints
    second: Ints
    gates: Ints
    gate_owners: Ints
    is_idle: Flags

    def gain(self, players: Ints) -> float:
        """What the plan brings to actors that deal with nobody else in it."""
        mine = np.isin(self.first, players)
        return float(self.program.cost[mine] @ (self.today - self.plan)[mine])

    def owned(self, players: Ints) -> Ints:
        """Columns that nobody but the players has a part in."""
        is_stranger = np.ones(len(self.actors), dtype=bool)
        is_stranger[players] = False
        foreign = is_stranger[self.first] | is_stranger[self.second]
        foreign[self.gates[is_stranger[self.gate_owners]]] = True
        return np.flatnonzero(~foreign).astype(np.int64)

    def among(self, columns: Ints) -> Program:
        """The programme of some columns, all the others standing where they are today."""
        program = self.program
        is_mine = np.zeros(len(self.first), dtype=bool)
        is_mine[columns] = True
        elsewhere = program.activity(np.where(is_mine, 0.0, self.today))
        rows = [program.row[is_mine[program.column]]]
        if program.products is not None:
            rows.append(program.products.row[is_mine[program.products.first] & is_mine[program.products.second]])
        shifted = replace(program, row_lower=program.row_lower - elsewhere, row_upper=program.row_upper - elsewhere)
        return piece(shifted, columns, np.unique(np.concatenate(rows)).astype(np.int64))


def _game(case: Case, plan: Coefficients) -> _Game:
    layout, program = closing_program(case, plan)
    actors = pd.Index(sorted({*case.outputs["actor_id"], *case.needs["actor_id"], *case.operators["actor_id"]}), dtype=object)
    values = layout.vector(plan)
    program = _with_hierarchy(case, layout, values, program)
    today = np.clip(layout.vector(case.today()), program.lower, np.inf)
    first, second = _owners(case, layout, actors)
    legs, members = layout.columns("quantity"), case.pool_members
    gates = np.concatenate([legs[~case.legs.index.isin(layout.labels["is_linked"])], layout.columns("is_linked")])
    rounds = layout.columns("is_pooled", pd.Index(members["pool_id"]))
    round_owners = actors.get_indexer(pd.Index(members["output_id"].map(case.outputs["actor_id"])))
    agreed = case.agreements.members
    joined = layout.columns("is_joined", pd.Index(agreed["coalition_id"]))
    owners = pd.concat([table["actor_id"] for table in (case.outputs, case.needs, case.operators)]).astype(object)
    joined_owners = actors.get_indexer(pd.Index(agreed["flow_id"].map(owners)))
    pairs = np.unique(np.column_stack([
        np.concatenate([gates, gates, rounds, joined]),
        np.concatenate([first[gates], second[gates], round_owners, joined_owners]),
    ]), axis=0)  # fmt: skip
    busy = pairs[values[pairs[:, 0]] > NEGLIGIBLE, 1]
    return _Game(
        program=_without_demands(program, today), today=today, plan=values, actors=actors, first=first, second=second,
        gates=pairs[:, 0], gate_owners=pairs[:, 1], is_idle=~np.isin(np.arange(len(actors)), busy),
    )  # fmt: skip


def _owners(case: Case, layout: Layout, actors: pd.Index) -> tuple[Ints, Ints]:
    """Both ends of a leg; of any other column its owner, twice. Of a joint round one member: the others stand at its gate."""
    legs, products, members = case.legs, case.products, case.pool_members
    outputs, needs, operators = (table["actor_id"].astype(object) for table in (case.outputs, case.needs, case.operators))
    makers = pd.Series(products["operator_id"].map(operators).to_numpy(), index=products.index)
    sources = pd.concat([outputs, makers])

    def end(side: str) -> pd.Series:
        known = (("output", outputs), ("need", needs), ("operator", operators))
        parts = [legs.loc[legs[f"{side}_kind"] == kind, f"{side}_id"].map(of).astype(object) for kind, of in known]
        joined: pd.Series = pd.concat(parts)
        return joined

    found = []
    for leg_owner in (end("tail"), end("head")):
        owner = {
            "quantity": leg_owner, "is_linked": leg_owner, "trips": leg_owner, "flow": leg_owner, "disposed": outputs,
            "purchased": needs, "throughput": operators, "discarded": makers, "is_open": operators, "work": operators,
            "stock": sources, "aged": sources, "blend": operators,
            "is_pooled": members.drop_duplicates("pool_id").set_index("pool_id")["output_id"].map(outputs),
            **_owners_of_agreements(case, pd.concat([leg_owner, operators]), pd.concat([outputs, needs, operators])),
        }  # fmt: skip
        names = np.empty(layout.size, dtype=object)
        for family, labels in layout.labels.items():
            mark = {"flow": "@", "work": "@", "stock": "@", "aged": "@", "blend": "|"}.get(family)
            things = labels if mark is None else pd.Index([label.rsplit(mark, 1)[0] for label in labels], dtype=object)
            names[layout.columns(family)] = owner[family].reindex(things).to_numpy()
        found.append(actors.get_indexer(pd.Index(names)).astype(np.int64))
    return found[0], found[1]


def _owners_of_agreements(case: Case, members: pd.Series, flows: pd.Series) -> dict[str, pd.Series]:
    """Of a unit with another price its leg's end, of a threshold its need or operator, of a coalition one of its members."""
    agreed = case.agreements
    first = agreed.members.drop_duplicates("coalition_id").set_index("coalition_id")["flow_id"]
    return {
        "repriced": agreed.repriced["member_id"].map(members),
        "is_reached": agreed.thresholds["subject_id"].map(flows),
        "is_joined": first.map(flows),
    }


def _with_hierarchy(case: Case, layout: Layout, values: Floats, program: Program) -> Program:
    """What the plan keeps on a rung of the waste hierarchy, no coalition draws down to a lower one."""
    if case.scenario.is_hierarchy_lifted:
        return program
    legs, quantity, declared = case.legs, layout.columns("quantity"), case.outputs["quantity_per_yr"].to_numpy(dtype=float)
    leaves = legs["tail_kind"].eq("output").to_numpy()
    tail = case.outputs.index.get_indexer(pd.Index(legs["tail_id"]))
    rows, columns, rooms = [program.row], [program.column], [program.row_upper]
    for rung in RUNGS[:-1]:
        is_high = leaves & open_legs(case, rung)
        kept = np.bincount(tail[is_high], weights=values[quantity[is_high]], minlength=len(declared))
        is_low = leaves & ~is_high & (kept[tail] > NEGLIGIBLE)
        held, place = np.unique(tail[is_low], return_inverse=True)
        rows.append(place + sum(map(len, rooms)))
        columns.append(quantity[is_low])
        rooms.append(declared[held] - kept[held])
    row, upper = np.concatenate(rows).astype(np.int64), np.concatenate(rooms)
    return replace(
        program, row=row, column=np.concatenate(columns), row_upper=upper,
        value=np.concatenate([program.value, np.ones(len(row) - len(program.row))]),
        row_lower=np.concatenate([program.row_lower, np.full(len(upper) - len(program.row_upper), -np.inf)]),
    )  # fmt: skip


def _without_demands(program: Program, today: Floats) -> Program:
    """Commitments, floors and the like, which doing nothing would break, bind the plan and no coalition."""
    level = program.activity(today)
    slack = 1e-9 * np.maximum(1.0, program.activity(today, absolute=True))
    return replace(
        program, upper=np.maximum(program.upper, today),
        row_lower=np.where(level < program.row_lower - slack, -np.inf, program.row_lower),
        row_upper=np.where(level > program.row_upper + slack, np.inf, program.row_upper),
    )  # fmt: skip


def _components(case: Case, game: _Game) -> list[Ints]:
    """Actors that the plan joins, each group with the idle ones that deals could reach without passing by another group."""
    size, gates, owners = len(game.actors), game.gates, game.gate_owners
    starts, lengths = np.unique(gates, return_index=True, return_counts=True)[1:]
    hubs = np.repeat(owners[starts], lengths)

    def joined(chosen: Flags) -> Ints:
        ones = np.ones(int(chosen.sum()), dtype=np.int8)
        graph = sparse.csr_array((ones, (hubs[chosen], owners[chosen])), shape=(size, size))
        return csgraph.connected_components(graph, directed=False)[1].astype(np.int64)

    label = joined(game.plan[gates] > NEGLIGIBLE)
    cluster = joined(game.is_idle[hubs] & game.is_idle[owners])
    # Every deal between a group of the plan and a cluster of idle actors, as couples of the two.
    crossing = game.is_idle[hubs] != game.is_idle[owners]
    idle_end = np.where(game.is_idle[hubs], hubs, owners)[crossing]
    busy_end = np.where(game.is_idle[hubs], owners, hubs)[crossing]
    reached = pd.Series(cluster[idle_end]).groupby(label[busy_end]).unique()
    everyone = np.arange(size)
    return [
        np.sort(np.concatenate([mine, everyone[game.is_idle & np.isin(cluster, reached.get(int(label[mine[0]]), []))]]))
        for mine in (everyone[~game.is_idle & (label == group)] for group in np.unique(label[~game.is_idle]))
    ]


def _alone(game: _Game, solve: Solve, time_limit_s: float) -> Floats:
    """What each actor gains by itself: all of them at once, since their programmes have nothing in common."""
    is_own = game.first == game.second
    shared = pd.Series(game.gate_owners).groupby(game.gates).nunique()
    is_own[shared.index[shared > 1]] = False
    columns = np.flatnonzero(is_own).astype(np.int64)
    program = game.among(columns)
    solution = solve(program, relative_gap=1e-6, time_limit_s=max(1.0, time_limit_s / 4))
    if solution.status not in ("optimal", "feasible"):
        return np.zeros(len(game.actors))
    gain = program.cost * (game.today[columns] - solution.values)
    alone = np.bincount(game.first[columns], weights=gain, minlength=len(game.actors))
    return np.where(alone > CENT, alone, 0.0)


# ---------------------------------------------------------------------------------------------------- coalitions as needed


@dataclass(slots=True)
class _Claims:
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


def _least_core(
    game: _Game, players: Ints, alone: Floats, equal: Floats, *, solve: Solve, time_limit_s: float
) -> tuple[dict[str, object], Floats]:
    """Facts of one component and the share of each of its players."""
    begun, gain, count = time.perf_counter(), game.gain(players), len(players)
    tolerance = max(CENT, 1e-5 * gain)
    is_rational = bool(alone.sum() <= gain + tolerance)
    floor = np.minimum(alone, alone * gain / max(alone.sum(), CENT)) if is_rational else np.full(count, -np.inf)
    claims = _Claims(list(np.eye(count, dtype=bool)), alone.tolist())
    columns = game.owned(players)
    every = _Deviation(game, players, columns)
    # Most coalitions that object do so with deals of the plan: a smaller programme, asked first.
    agreed = _Deviation(game, players, columns[~np.isin(columns, game.gates[game.plan[game.gates] <= NEGLIGIBLE])])
    together = every.value(solve, max(1.0, time_limit_s / 4))
    best, proved = every.dual_split(alone, gain, solve) if count > 1 else (np.array([gain]), 0.0)
    least, rounds, left = (-np.inf, 0, max(time_limit_s, 1.0)) if count > 1 else (0.0, 0, 0.0)
    while left > 0:
        shares, least = _master(claims, gain, floor, equal, solve)
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


def _master(claims: _Claims, gain: float, floor: Floats, equal: Floats, solve: Solve) -> tuple[Floats, float]:
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


class _Deviation:
    """The programme of a component in which a coalition may go its own way: one binary per player opens what is its own."""

    def __init__(self, game: _Game, players: Ints, columns: Ints) -> None:
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
