"""Synthetic exchanges as plain arrays, and the programme that we write of them: what our speed is measured on.

The programme is a transport of many outputs to their nearest needs, with a charge for each exchange where one is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from symbiosis.solvers import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanges:
    """Outputs, needs and the exchanges between them, as plain arrays; synthetic.

    Attributes
    ----------
    offered, wanted
        Tonnes a year, by output and by need.
    output, need
        The two ends of each exchange.
    cost
        Euros a tonne of each exchange, the gain being negative.
    charge, lot
        Euros a year for using an exchange, and the least share of what it could carry; zero for a linear programme.
    """

    offered: NDArray[np.float64]
    wanted: NDArray[np.float64]
    output: NDArray[np.int64]
    need: NDArray[np.int64]
    cost: NDArray[np.float64]
    charge: NDArray[np.float64]
    lot: float

    @property
    def most(self) -> NDArray[np.float64]:
        """What each exchange could carry."""
        return np.minimum(self.offered[self.output], self.wanted[self.need])


def exchanges(
    arcs: int, *, near: int = 10, seed: int = 7, charge: tuple[float, float] = (0.0, 0.0), lot: float = 0.0
) -> Exchanges:
    """A synthetic territory of 200 × 200 km.

    Parameters
    ----------
    arcs
        How many exchanges, about.
    near
        Nearest needs of each output. An output of 55 t a year in the median saves 20 to 150 €/t at its outlet and 10 to
        100 €/t of purchase, less 20 €/t and 0.195 €/t·km (0.15 by the road, which is 1.3 times as long).
    seed
        Of the generator.
    charge
        Least and greatest yearly charge of an exchange: 100 to 1,500 € for papers, samples and a container.
    lot
        Least share of what an exchange could carry.

    Returns
    -------
    Exchanges
        Those that gain something; materials are such that an output meets about 500 needs.
    """
    generator = np.random.default_rng(seed)
    firms = max(near, arcs // near)
    here, there = generator.random((2, firms, 2)) * 200
    kinds = max(1, firms // 500)
    made, used = generator.integers(0, kinds, (2, firms))
    offered, wanted = generator.lognormal(4, 1, (2, firms))
    saved, price = generator.uniform(20, 150, firms), generator.uniform(10, 100, firms)
    outputs, needs, km = [], [], []
    for kind in range(kinds):
        mine, theirs = np.flatnonzero(made == kind), np.flatnonzero(used == kind)
        distance, place = cKDTree(there[theirs]).query(here[mine], k=np.arange(1, min(near, len(theirs)) + 1))
        outputs.append(np.repeat(mine, place.shape[1]))
        needs.append(theirs[place.ravel()])
        km.append(np.asarray(distance).ravel())
    output, need, distance = np.concatenate(outputs), np.concatenate(needs), np.concatenate(km)
    cost = 20 + 0.195 * distance - saved[output] - price[need]
    gains = cost < 0
    output, need, cost = output[gains], need[gains], cost[gains]
    return Exchanges(offered=offered, wanted=wanted, output=output, need=need, cost=cost,
                     charge=generator.uniform(*charge, len(cost)), lot=lot)  # fmt: skip


def all_to_all(firms: int = 40, *, seed: int = 7, charge: tuple[float, float] = (0.0, 0.0), lot: float = 0.0) -> Exchanges:
    """A synthetic territory in which every firm may give two resources to every other one; figures as in :func:`exchanges`.

    Parameters
    ----------
    firms
        How many.
    seed, charge, lot
        As there.

    Returns
    -------
    Exchanges
        Those that gain something.
    """
    generator = np.random.default_rng(seed)
    place = generator.random((firms, 2)) * 200
    offered, wanted = generator.lognormal(4, 1, (2, 2 * firms))
    saved, price = generator.uniform(20, 150, 2 * firms), generator.uniform(10, 100, 2 * firms)
    giver, taker = np.nonzero(~np.eye(firms, dtype=bool))
    output, need = np.r_[giver, firms + giver], np.r_[taker, firms + taker]
    distance = np.tile(np.linalg.norm(place[giver] - place[taker], axis=1), 2)
    cost = 20 + 0.195 * distance - saved[output] - price[need]
    gains = cost < 0
    output, need, cost = output[gains], need[gains], cost[gains]
    return Exchanges(offered=offered, wanted=wanted, output=output, need=need, cost=cost,
                     charge=generator.uniform(*charge, len(cost)), lot=lot)  # fmt: skip


def programme(case: Exchanges) -> Program:
    """The tight statement in our own columns: flows, then a whole column per charged exchange.

    Parameters
    ----------
    case
        The exchanges.

    Returns
    -------
    Program
    """
    count, outputs, needs = len(case.cost), len(case.offered), len(case.wanted)
    number, one = np.arange(count), np.ones(count)
    row, column, value = [case.output, outputs + case.need], [number, number], [one, one]
    low, high = [np.full(outputs + needs, -np.inf)], [case.offered, case.wanted]
    cost, upper, is_integer = [case.cost], [case.most], [np.zeros(count, dtype=bool)]
    if case.charge.any():
        first = outputs + needs
        row += [first + number, first + number, first + count + number, first + count + number]
        column += [number, count + number, number, count + number]
        value += [one, -case.most, one, -case.lot * case.most]
        low += [np.full(count, -np.inf), np.zeros(count)]
        high += [np.zeros(count), np.full(count, np.inf)]
        cost, upper, is_integer = [*cost, case.charge], [*upper, one], [*is_integer, np.ones(count, dtype=bool)]
    size = sum(len(c) for c in cost)
    return Program(
        cost=np.concatenate(cost), lower=np.zeros(size), upper=np.concatenate(upper), is_integer=np.concatenate(is_integer),
        row_lower=np.concatenate(low), row_upper=np.concatenate(high), row=np.concatenate(row).astype(np.int64),
        column=np.concatenate(column).astype(np.int64), value=np.concatenate(value),
    )  # fmt: skip
