"""Coordinated markets of the literature, as a territory of operators: places and periods make goods, not programmes.

A good at another place or in another period is another good. So a market is told by processes alone, each with its price as
the operator's cost:

=============== =========================================================================================================
in the market   in our words
=============== =========================================================================================================
supplier        a process without inlet that makes the good of its place and period; it may emit impacts
consumer        a process that takes the good and earns its bid; it may emit impacts
technology      a process at a place in a period, with its recipe
transport       a process from the good of one place to that of another, both ways along an arc, impacts at the arrival
storage         the same from one period to a later one
impact          a good that no outlet takes: somebody must accept it where it arises, at a price, up to a capacity
=============== =========================================================================================================

The model is that of Tominac and Zavala (2021), as their own package CoordinatedSupplyChains.jl states it: every balance is an
equality, and time points are all connected with the later ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np

from symbiosis.geography import great_circle_km

UNLIMITED = 1e9
"""Largest capacity that a declaration takes: what ``Inf`` becomes."""

Cell = tuple[str, str]
Recipe = dict[tuple[str, str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One operator: a price per unit, a capacity, what it takes and makes by (good, place, period)."""

    node: str
    price: float
    capacity: float
    takes: Recipe = field(default_factory=dict)
    makes: Recipe = field(default_factory=dict)


def activities(data: Mapping[str, Any]) -> Iterator[Activity]:
    """Every operator of a coordinated market.

    Parameters
    ----------
    data
        ``nodes``, ``products`` and what else the case holds of ``times``, ``impacts``, ``arcs``, ``supplies``, ``demands``,
        ``impact_consumers``, ``technologies``, ``technology_sites``; missing tables are empty.

    Yields
    ------
    Activity
    """
    times = _durations(data.get("times"))
    first = next(iter(times))
    for row in _rows(data, "supplies"):
        node, time = str(row["node"]), str(row.get("time") or first)
        emits, absorbs = _emissions(row.get("imp"), (node, time))
        yield Activity(node=node, price=number(row.get("bid"), 0.0), capacity=_capacity(row), takes=absorbs,
                       makes={(str(row["prod"]), node, time): 1.0, **emits})  # fmt: skip
    for row in _rows(data, "demands"):
        node, time = str(row["node"]), str(row.get("time") or first)
        emits, absorbs = _emissions(row.get("imp"), (node, time))
        yield Activity(node=node, price=-number(row.get("bid"), 0.0), capacity=_capacity(row),
                       takes={(str(row["prod"]), node, time): 1.0, **absorbs}, makes=emits)  # fmt: skip
    for row in _rows(data, "impact_consumers"):
        node, time = str(row["node"]), str(row.get("time") or first)
        yield Activity(node=node, price=-number(row.get("bid"), 0.0), capacity=_capacity(row),
                       takes={(_impact(row["imp"]), node, time): 1.0})  # fmt: skip
    technologies = data.get("technologies") or {}
    for row in _rows(data, "technology_sites"):
        node, time = str(row["node"]), str(row.get("time") or first)
        technology = technologies[row["tech"]]
        emits, absorbs = _emissions(technology.get("imp"), (node, time))
        takes = {(str(p), node, time): number(y, 0.0) for p, y in (technology.get("inp") or {}).items() if y}
        makes = {(str(p), node, time): number(y, 0.0) for p, y in (technology.get("out") or {}).items() if y}
        yield Activity(node=node, price=number(technology.get("bid"), 0.0), capacity=_capacity({**technology, **row}),
                       takes={**takes, **absorbs}, makes={**makes, **emits})  # fmt: skip
    yield from _carriers(data, times)


def _carriers(data: Mapping[str, Any], times: Mapping[str, float]) -> Iterator[Activity]:
    """Transport along the arcs, both ways, at once or into any later period; storage into any later period."""
    products = {str(p): _pair(costs) for p, costs in (data.get("products") or {}).items()}
    impacts = {_impact(q): _pair(factors) for q, factors in (data.get("impacts") or {}).items()}
    hops: list[tuple[Cell, Cell, float, float, dict[str, float]]] = []
    order, begins = list(times), list(accumulate(times.values(), initial=0.0))
    waits = [(a, b, begins[j] - begins[i]) for i, a in enumerate(order) for j, b in enumerate(order) if i <= j]
    for node in data["nodes"]:
        free = dict.fromkeys(products, UNLIMITED)
        hops += [((str(node), here), (str(node), there), 0.0, lasts, free) for here, there, lasts in waits if here != there]
    for arc in _rows(data, "arcs"):
        ends, length = (str(arc["frm"]), str(arc["to"])), _length(arc, data["nodes"])
        capacity = _capacities(arc.get("cap"), list(products))
        for here, there, lasts in waits:
            hops += [((tail, here), (head, there), length, lasts, capacity) for tail, head in (ends, ends[::-1])]
    for (tail, here), (head, there), length, lasts, capacity in hops:
        emits, absorbs = _split({q: by_km * length + by_time * lasts for q, (by_km, by_time) in impacts.items()}, (head, there))
        for product, (by_km, by_time) in products.items():
            if capacity[product] > 0:
                yield Activity(
                    node=head, price=by_km * length + by_time * lasts, capacity=capacity[product],
                    takes={(product, tail, here): 1.0, **absorbs}, makes={(product, head, there): 1.0, **emits},
                )  # fmt: skip


def number(value: object, missing: float) -> float:
    """A number however a case writes it (``"1E6"``, ``"Inf"``, null)."""
    return missing if value is None or value == "" else float(str(value))


def _rows(data: Mapping[str, Any], table: str) -> list[Mapping[str, Any]]:
    rows = data.get(table) or []
    return [{"id": key, **row} for key, row in rows.items()] if isinstance(rows, Mapping) else list(rows)


def _durations(times: object) -> dict[str, float]:
    """Length of each period, 1 where the case tells none."""
    if isinstance(times, Mapping):
        return {str(time): number(length, 1.0) for time, length in times.items()} or {"": 1.0}
    told = list(times) if isinstance(times, list | tuple) else []
    pairs = [(entry[0], entry[1]) if isinstance(entry, list | tuple) else (entry, 1.0) for entry in told]
    return {str(time): number(length, 1.0) for time, length in pairs} or {"": 1.0}


def _impact(name: object) -> str:
    return f"impact {name}"


def _capacity(row: Mapping[str, Any]) -> float:
    return min(number(row.get("cap"), math.inf), UNLIMITED)


def _capacities(told: object, products: list[str]) -> dict[str, float]:
    """Capacity of an arc by product: one for all, one each in the order of the products, or none."""
    if isinstance(told, Mapping):
        return {product: min(number(told.get(product), math.inf), UNLIMITED) for product in products}
    listed = list(told) if isinstance(told, list | tuple) else [told]
    listed = listed * len(products) if len(listed) == 1 else listed
    listed += [None] * (len(products) - len(listed))
    return {product: min(number(cap, math.inf), UNLIMITED) for product, cap in zip(products, listed, strict=False)}


def _pair(told: object) -> tuple[float, float]:
    """Per unit of length and per unit of time."""
    listed = list(told) if isinstance(told, list | tuple) else [told]
    listed += [None] * (2 - len(listed))
    return number(listed[0], 0.0), number(listed[1], 0.0)


def _length(arc: Mapping[str, Any], nodes: Mapping[str, Any]) -> float:
    if arc.get("length") is not None:
        return number(arc["length"], 0.0)
    (east, north), (far_east, far_north) = nodes[arc["frm"]][:2], nodes[arc["to"]][:2]
    here, there = np.array([[north], [east]], dtype=float), np.array([[far_north], [far_east]], dtype=float)
    return float(great_circle_km(*here, *there)[0])


def _emissions(told: Mapping[str, Any] | None, cell: Cell) -> tuple[Recipe, Recipe]:
    return _split({_impact(q): number(amount, 0.0) for q, amount in (told or {}).items()}, cell)


def _split(amounts: Mapping[str, float], cell: Cell) -> tuple[Recipe, Recipe]:
    """What is emitted, and what is absorbed (a negative impact)."""
    emits = {(q, *cell): amount for q, amount in amounts.items() if amount > 0}
    return emits, {(q, *cell): -amount for q, amount in amounts.items() if amount < 0}
