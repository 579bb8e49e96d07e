"""The game of a plan: its programme, who owns which column, who plays with whom, what each has alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
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


def game_of(case: Case, plan: Coefficients) -> Game:
    """The game of all who have a flow or an operation, whether the plan joins them or not."""
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
    return Game(
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


def components_of(case: Case, game: Game) -> list[Ints]:
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


def alone_of(game: Game, solve: Solve, time_limit_s: float) -> Floats:
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
