"""The flow graph that people look at: who sends what to whom, with today's outlets and purchases beside the exchanges.

A :class:`networkx.MultiDiGraph` with one node per output, operator and need, one per outlet used, one per purchase; edges carry
`quantity_per_yr`, `unit`, `kind` (``exchange``, ``outlet``, ``purchase``). Nothing is lost at a node but the stated loss of a
process or a pipe: :func:`imbalance` measures it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import networkx as nx
import pandas as pd

from symbiosis.objectives import Case, Coefficients

FlowGraph: TypeAlias = "nx.MultiDiGraph[Any]"
NEGLIGIBLE = 1e-9


def flow_graph(case: Case, plan: Coefficients) -> FlowGraph:
    """Graph of a plan.

    Parameters
    ----------
    case, plan
        What could be used and what was allocated.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes carry `kind`, `actor_id`, `label`, `declared` where they have one; edges as in the module docstring.
    """
    graph: FlowGraph = nx.MultiDiGraph()
    for frame, kind, amount in (
        (case.outputs, "output", "quantity_per_yr"),
        (case.needs, "need", "quantity_per_yr"),
        (case.operators, "operator", "capacity"),
    ):
        label = frame["description"] if "description" in frame else frame["name"]
        for node, actor, text, unit, declared, latitude, longitude in zip(
            frame.index, frame["actor_id"], label, frame["unit"], frame[amount], frame["latitude"], frame["longitude"],
            strict=True,
        ):  # fmt: skip
            graph.add_node(node, kind=kind, actor_id=actor, label=text, unit=unit, declared=float(declared),
                           latitude=float(latitude), longitude=float(longitude))  # fmt: skip
    used = plan["quantity"][plan["quantity"] > NEGLIGIBLE]
    legs = case.legs.loc[used.index]
    for leg, tail, head, material, unit, quantity, ratio in zip(
        legs.index,
        legs["tail_id"],
        legs["head_id"],
        legs["material_id"],
        legs["unit"],
        used,
        legs["ratio"],
        strict=True,
    ):
        graph.add_edge(tail, head, key=leg, kind="exchange", material_id=material, unit=unit,
                       quantity_per_yr=float(quantity), received_per_yr=float(quantity * ratio))  # fmt: skip
    _add_outlets(graph, plan["disposed"], case.outputs["outlet_id"], case.outputs["unit"], "output")
    discarded = plan["discarded"].set_axis(case.products["operator_id"])
    products = case.products.set_index("operator_id")
    for (operator, quantity), material, unit, outlet in zip(
        discarded.items(), products["material_id"], products["unit"], products["outlet_id"], strict=True
    ):
        if quantity > NEGLIGIBLE:
            node = f"outlet:{outlet or 'unknown'}"
            graph.add_node(node, kind="outlet", label=outlet)
            graph.add_edge(operator, node, key=f"discarded:{material}", kind="outlet", material_id=material, unit=unit,
                           quantity_per_yr=float(quantity), received_per_yr=float(quantity))  # fmt: skip
    bought = plan["purchased"][plan["purchased"] > NEGLIGIBLE]
    for need, quantity in bought.items():
        graph.add_node("purchase", kind="purchase", label="purchase")
        graph.add_edge("purchase", need, key=f"purchased:{need}", kind="purchase", unit=case.needs.at[need, "unit"],
                       quantity_per_yr=float(quantity), received_per_yr=float(quantity))  # fmt: skip
    return graph


def _add_outlets(graph: FlowGraph, amounts: pd.Series, outlets: pd.Series, units: pd.Series, kind: str) -> None:
    for node, quantity in zip(amounts.index, amounts, strict=True):
        if quantity <= NEGLIGIBLE:
            continue
        outlet = f"outlet:{outlets[node] or 'unknown'}"
        graph.add_node(outlet, kind="outlet", label=outlets[node])
        graph.add_edge(node, outlet, key=f"disposed:{node}", kind="outlet", unit=units[node],
                       quantity_per_yr=float(quantity), received_per_yr=float(quantity))  # fmt: skip


def imbalance(case: Case, graph: FlowGraph) -> pd.Series:
    """How far each node is from balance, in its own unit.

    Parameters
    ----------
    case
        What could be used.
    graph
        Result of :func:`flow_graph`.

    Returns
    -------
    pandas.Series
        By output: what leaves − what is declared; by need: what arrives − what is taken; by operator: what leaves − the
        yields of what arrives.
    """
    out: dict[str, float] = {}
    for node, data in graph.nodes(data=True):
        sent = sum(edge["quantity_per_yr"] for _, _, edge in graph.out_edges(node, data=True))
        received = sum(edge["received_per_yr"] for _, _, edge in graph.in_edges(node, data=True))
        if data["kind"] == "output":
            out[node] = sent - data["declared"]
        elif data["kind"] == "need":
            out[node] = received - data["declared"]
        elif data["kind"] == "operator":
            recipe = case.ports[case.ports["operator_id"] == node]
            products = recipe[recipe["direction"] == "output"]
            inlets = recipe[recipe["direction"] == "input"]
            # Fixed inlets share one reference flow: their shares say how much of what arrives is one unit of it.
            fixed = float(inlets.loc[~inlets["is_substitutable"], "share"].sum())
            per_reference = fixed + (1.0 if inlets["is_substitutable"].any() else 0.0)
            reference = received / per_reference if per_reference else sent / max(float(products["share"].sum()), 1e-12)
            out[node] = sent - float(products["share"].sum()) * reference
    return pd.Series(out, dtype=float).sort_index()


def components(graph: FlowGraph) -> list[list[str]]:
    """Connected groups of outputs, operators and needs by exchanges only, largest first, each sorted."""
    exchanges: nx.Graph[Any] = nx.Graph()
    exchanges.add_edges_from((tail, head) for tail, head, data in graph.edges(data=True) if data["kind"] == "exchange")
    groups = [sorted(group) for group in nx.connected_components(exchanges)]
    return sorted(groups, key=lambda group: (-len(group), group))


def to_graphml_ready(graph: FlowGraph) -> FlowGraph:
    """Copy of a graph whose attributes all fit GraphML: nothing missing, texts without control characters."""

    def clean(data: dict[str, Any]) -> dict[str, Any]:
        return {
            key: "".join(c for c in value if c.isprintable()) if isinstance(value, str) else value
            for key, value in data.items()
            if value is not None
        }

    out: FlowGraph = nx.MultiDiGraph()
    out.add_nodes_from((node, clean(data)) for node, data in sorted(graph.nodes(data=True)))
    for tail, head, key, data in sorted(graph.edges(keys=True, data=True), key=lambda edge: edge[:3]):
        out.add_edge(tail, head, key=key, **clean(data))
    return out
