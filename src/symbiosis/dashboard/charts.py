"""Charts of flows that plotly draws in the browser: Sankey diagrams, and the neighbourhood of one actor."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from symbiosis.dashboard.text import _, number, word
from symbiosis.report.between import LINK_KINDS

ROOM = 10
"""Neighbours on each side; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """Colours of a theme."""

    text: str
    paper: str
    node: dict[str, str]
    proposed: str
    today: str
    open: str


LIGHT = Ink(
    text="#1a2620",
    paper="#ffffff",
    node={"theme": "#5b8c74", "operation": "#b9770e", "use": "#1f6b4a", "outlet": "#8a8f8c"},
    proposed="rgba(60,145,104,0.45)",
    today="rgba(138,143,140,0.35)",
    open="#b9770e",
)
DARK = Ink(
    text="#e8f0eb",
    paper="#121a16",
    node={"theme": "#8cc4a8", "operation": "#e5ac4d", "use": "#6fd3a4", "outlet": "#a0a8a4"},
    proposed="rgba(111,211,164,0.4)",
    today="rgba(160,168,164,0.3)",
    open="#e5ac4d",
)


def sankey_chart(table: pd.DataFrame, unit: str, ink: Ink, height: int) -> Any:
    """Families → operations → uses and outlets.

    Parameters
    ----------
    table
        From :func:`symbiosis.report.between.named_links`.
    unit
        Of the quantities, as people write it.
    ink
        Colours.
    height
        In pixels.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    ends = pd.concat([
        table[[f"{end}_kind", end]].set_axis(["kind", "name"], axis=1) for end in ("source", "target")
    ]).drop_duplicates()  # fmt: skip
    keys = list(ends.itertuples(index=False, name=None))
    at = {key: place for place, key in enumerate(keys)}
    kinds = [kind for kind in LINK_KINDS if any(key[0] == kind for key in keys)]
    columns = {kind: 0.001 + 0.998 * place / max(len(kinds) - 1, 1) for place, kind in enumerate(kinds)}
    amounts = [f"{number(value, 1)} {unit}" for value in table["quantity"]]
    names = [_plain(textwrap.shorten(name, 34, placeholder="…")) for _kind, name in keys]
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            node={
                "label": names,
                "customdata": [_plain(name) for _kind, name in keys],
                "color": [ink.node[kind] for kind, _name in keys],
                "x": [columns[kind] for kind, _name in keys],
                "y": _heights(table, keys),
                "pad": 12,
                "thickness": 14,
                "line": {"width": 0},
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            link={
                "source": [at[pair] for pair in zip(table["source_kind"], table["source"], strict=True)],
                "target": [at[pair] for pair in zip(table["target_kind"], table["target"], strict=True)],
                "value": table["quantity"].tolist(),
                "color": [ink.proposed if proposed else ink.today for proposed in table["is_proposed"]],
                "customdata": amounts,
                "hovertemplate": "%{source.customdata} → %{target.customdata}<br>%{customdata}<extra></extra>",
            },
            textfont={"color": ink.text, "size": 12, "shadow": "none"},
        )
    )
    figure.update_layout(height=height, margin={"l": 4, "r": 4, "t": 8, "b": 8}, paper_bgcolor="rgba(0,0,0,0)")
    return figure


def _heights(table: pd.DataFrame, keys: list[tuple[str, str]]) -> list[float]:
    """Middle of each box in its column, largest first: left to itself plotly would cross them."""
    into = table.groupby(["target_kind", "target"])["quantity"].sum()
    out = table.groupby(["source_kind", "source"])["quantity"].sum()
    size = {key: max(float(into.get(key, 0.0)), float(out.get(key, 0.0))) for key in keys}
    tallest = max(sum(size[key] for key in keys if key[0] == kind) for kind in {key[0] for key in keys})
    place: dict[tuple[str, str], float] = {}
    for kind in LINK_KINDS:
        mine = sorted((key for key in keys if key[0] == kind), key=lambda key: -size[key])
        used, gap = 0.0, 0.045
        for key in mine:
            tall = 0.5 * size[key] / max(tallest, 1e-9)
            place[key] = min(max(used + tall / 2, 0.001), 0.999)
            used += tall + gap
    return [place[key] for key in keys]


def neighbour_chart(name: str, table: pd.DataFrame, ink: Ink, height: int) -> Any:
    """One actor in the middle, those that would supply it on its left, those that it would supply on its right.

    Parameters
    ----------
    name
        Of the actor.
    table
        From :func:`symbiosis.report.between.neighbours`, with `unit` as people write it.
    ink
        Colours.
    height
        In pixels, at least.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    figure = go.Figure()
    # Three lines of text a neighbour.
    height = max(height, 64 * min(ROOM, int(table["side"].ne("in").sum())))
    for side, x in (("in", -1.0), ("out", 1.0)):
        rows = table[table["side"].isin(["out", "outlet"] if side == "out" else ["in"])].head(ROOM).to_dict("records")
        step = 2.0 / max(len(rows), 1)
        for place, row in enumerate(rows):
            _spoke(figure, row, x, 1.0 - step * (place + 0.5), ink)
    figure.add_trace(go.Scatter(x=[0], y=[0], mode="markers", marker={"size": 22, "color": ink.node["use"]}, hoverinfo="skip"))
    figure.add_annotation(x=0, y=0, yshift=-34, showarrow=False, text=f"<b>{_plain(textwrap.fill(name, 22))}</b>",
                          font={"color": ink.text, "size": 13}, bgcolor=ink.paper, borderpad=3)  # fmt: skip
    hidden = {"visible": False, "fixedrange": True}
    figure.update_layout(
        height=height, showlegend=False, margin={"l": 4, "r": 4, "t": 8, "b": 8}, paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)", xaxis={**hidden, "range": [-2.5, 2.5]}, yaxis={**hidden, "range": [-1.15, 1.15]},
    )  # fmt: skip
    return figure


def _spoke(figure: Any, row: Mapping[Any, Any], x: float, y: float, ink: Ink) -> None:
    """A line to one neighbour, as thick as what it carries; dashed where something is still to be confirmed."""
    colour = {"feasible": ink.node["use"], "to_investigate": ink.open}[row["feasibility"]]
    colour = ink.node["outlet"] if row["side"] == "outlet" else colour
    amount = f"{number(row['quantity'], 1)} {row['unit']}"
    said = _("aujourd'hui") if row["side"] == "outlet" else word(row["feasibility"])
    ends = {"x": [0, x], "y": [0, y]}
    line = {
        "width": 1.5 + 7 * row["share"] ** 0.5,
        "color": colour,
        "dash": "dot" if row["feasibility"] != "feasible" else "solid",
    }
    hover = f"{_plain(row['name'])}<br>{_plain(row['what'])}<br>{amount} · {said}"
    figure.add_trace(go.Scatter(**ends, mode="lines", line=line, opacity=0.8, hoverinfo="skip"))
    figure.add_trace(
        go.Scatter(x=[x], y=[y], mode="markers", marker={"size": 9, "color": colour}, hovertext=hover, hoverinfo="text")
    )
    what = textwrap.shorten(str(row["what"]), 30, placeholder="…")
    text = f"{_plain(textwrap.shorten(str(row['name']), 34, placeholder='…'))}<br><i>{_plain(what)}</i><br>{amount} · {said}"
    figure.add_annotation(
        x=x, y=y, xshift=-10 if x < 0 else 10, showarrow=False, xanchor="right" if x < 0 else "left",
        align="right" if x < 0 else "left", text=text, font={"color": ink.text, "size": 12},
    )  # fmt: skip


def _plain(text: object) -> str:
    """Stored text that plotly shows letter by letter, line by line."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
