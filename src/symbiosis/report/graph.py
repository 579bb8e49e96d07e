"""A flow graph as GraphML, for graph programs. Any object with the reading methods of a networkx graph will do.

The file is written here and not by networkx, which belongs to the layer that makes the graph, and refuses control
characters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from symbiosis.report.text import without_controls

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns '
    'http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)


class Graph(Protocol):
    """What is read of a graph."""

    graph: dict[str, Any]

    @property
    def nodes(self) -> Any:
        """Callable with ``data=True``: pairs of node and attributes."""

    @property
    def edges(self) -> Any:
        """Callable with ``data=True``: triples of both ends and attributes."""

    def is_directed(self) -> bool:
        """Whether edges have a direction."""


def write_graphml(graph: Graph, path: Path | str) -> None:
    """Writes a graph with its attributes: numbers, flags and texts; lists joined with ``;``, missing values left out.

    Parameters
    ----------
    graph
        Directed or not, single or multiple edges.
    path
        File to write.
    """
    nodes: list[tuple[object, Mapping[str, object]]] = list(graph.nodes(data=True))
    edges: list[tuple[object, object, Mapping[str, object]]] = list(graph.edges(data=True))
    keys: dict[tuple[str, str], tuple[str, str]] = {}
    domains: dict[str, list[Mapping[str, object]]] = {
        "graph": [graph.graph],
        "node": [a for _, a in nodes],
        "edge": [a for _, _, a in edges],
    }
    for domain, rows in domains.items():
        for name, kind in _kinds(rows).items():
            keys[domain, name] = (f"d{len(keys)}", kind)
    lines = [_HEAD]
    lines += [
        f'<key id="{key}" for="{domain}" attr.name={quoteattr(without_controls(name))} attr.type="{kind}"/>\n'
        for (domain, name), (key, kind) in keys.items()
    ]
    lines.append(f'<graph edgedefault="{"directed" if graph.is_directed() else "undirected"}">\n')
    lines += _data("graph", graph.graph, keys)
    for node, attributes in nodes:
        lines.append(f"<node id={quoteattr(without_controls(str(node)))}>\n")
        lines += _data("node", attributes, keys)
        lines.append("</node>\n")
    for number, (start, end, attributes) in enumerate(edges):
        ends = f"source={quoteattr(without_controls(str(start)))} target={quoteattr(without_controls(str(end)))}"
        lines.append(f'<edge id="e{number}" {ends}>\n')
        lines += _data("edge", attributes, keys)
        lines.append("</edge>\n")
    lines.append("</graph>\n</graphml>\n")
    Path(path).write_text("".join(lines), encoding="utf-8", newline="\n")


def _kinds(rows: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """GraphML type by attribute: the narrowest that holds every value."""
    kinds: dict[str, str] = {}
    for row in rows:
        for name, value in row.items():
            kind = _kind(value)
            if kind is None:
                continue
            known = kinds.get(name, kind)
            if known != kind:
                kind = "double" if {known, kind} == {"long", "double"} else "string"
            kinds[name] = kind
    return kinds


def _kind(value: object) -> str | None:
    if value is None or (isinstance(value, float | np.floating) and not math.isfinite(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, int | np.integer):
        return "long"
    return "double" if isinstance(value, float | np.floating) else "string"


def _data(domain: str, attributes: Mapping[str, object], keys: Mapping[tuple[str, str], tuple[str, str]]) -> list[str]:
    lines = []
    for name, value in attributes.items():
        if _kind(value) is None:
            continue
        key, kind = keys[domain, name]
        lines.append(f'<data key="{key}">{escape(without_controls(_shown(value, kind)))}</data>\n')
    return lines


def _shown(value: object, kind: str) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "double":
        return repr(float(str(value)))
    if isinstance(value, tuple | list):
        return ";".join(map(str, value))
    return str(value)
