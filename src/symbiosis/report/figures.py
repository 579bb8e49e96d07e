"""Figures of the documents as drawings: the Sankey of flows, the map of exchanges between communes, the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from symbiosis import messages
from symbiosis.report.between import LINK_KINDS
from symbiosis.report.drawing import Area, Dot, Drawing, Label, Point, Shape, Stroke

THEME, OPERATION, USE, OUTLET = "#5b8c74", "#b9770e", "#1f6b4a", "#8a8f8c"
COLOURS = {"theme": THEME, "operation": OPERATION, "use": USE, "outlet": OUTLET}
PROPOSED, TODAY = "#3c9168", "#9aa09d"
INK, PAPER, EDGE = "#1a2620", "#eef4f0", "#becdc5"
BEND = 16
LABELS = 280.0  # room for the names of the last column


def sankey(table: pd.DataFrame, *, title: str, unit: str, language: str, width: int = 1240, height: int = 600) -> Drawing:
    """Families → operations → uses and outlets, ribbons as wide as their quantity.

    Parameters
    ----------
    table
        From :func:`symbiosis.report.between.named_links`.
    title
        Above the figure.
    unit
        Of the quantities.
    language
        ``fr`` or ``en``.
    width, height
        Of the drawing.

    Returns
    -------
    Drawing
    """
    boxes = _boxes(table, width, height)
    heads: list[Shape] = [Label(at=(16, 22), text=title, size=15, is_bold=True)]
    ribbons: list[Shape] = []
    used: dict[tuple[str, str, str], float] = {}
    # Ribbons leave and reach a box in the order of their other ends: they cross least.
    order = {key: box[1] for key, box in boxes.items()}
    rows = table.to_dict("records")
    rows.sort(key=lambda row: (order[row["source_kind"], row["source"]], order[row["target_kind"], row["target"]]))
    for row in rows:
        start, end = (row["source_kind"], row["source"]), (row["target_kind"], row["target"])
        scale = boxes[start][2] / max(boxes[start][3], 1e-9)
        wide = row["quantity"] * scale
        x0, y0 = boxes[start][0] + 12, boxes[start][1] + used.get((*start, "out"), 0.0)
        x1, y1 = boxes[end][0], boxes[end][1] + used.get((*end, "in"), 0.0)
        used[(*start, "out")] = used.get((*start, "out"), 0.0) + wide
        used[(*end, "in")] = used.get((*end, "in"), 0.0) + wide
        colour = PROPOSED if row["is_proposed"] else TODAY
        ribbons.append(Area(points=_ribbon(x0, y0, x1, y1, wide), fill=colour, opacity=0.45))
    for (kind, name), (x, y, tall, total) in boxes.items():
        heads.append(
            Area(points=((x, y), (x + 12, y), (x + 12, y + tall), (x, y + tall)), fill=COLOURS[kind]),
        )
        said = f"{_cut(name, 34)} · {messages.number(total, language, 0 if total >= 10 else 1)}"
        heads.append(Label(at=(x + 18, y + tall / 2), text=said, size=11, colour=INK))
    say = messages.translation(language).gettext
    note = say("Quantités en {0} par an ; vert : proposé ; gris : exutoires d'aujourd'hui.")
    heads.append(Label(at=(16, height - 14), text=note.format(unit), size=10, colour="#4a5a51"))
    heaviest = say(" ; ").join(f"{r['source']} → {r['target']}" for r in table.head(6).to_dict("records"))
    said = say("{0} : {1}").format(title, heaviest)
    return Drawing(width=width, height=height, shapes=(*ribbons, *heads), description=said)


def _boxes(table: pd.DataFrame, width: int, height: int) -> dict[tuple[str, str], tuple[float, float, float, float]]:
    """Place of each name: left edge, top, height, quantity; columns in the order of the kinds that occur."""
    ends = [
        table[[f"{end}_kind", end, "quantity"]].set_axis(["kind", "name", "quantity"], axis=1) for end in ("source", "target")
    ]
    sums = [part.groupby(["kind", "name"])["quantity"].sum() for part in ends]
    size = pd.concat(sums, axis=1).max(axis=1).sort_values(ascending=False, kind="stable")
    kinds = [kind for kind in LINK_KINDS if kind in set(size.index.get_level_values("kind"))]
    top, bottom, gap = 44.0, height - 32.0, 12.0
    columns = {kind: size[size.index.get_level_values("kind") == kind] for kind in kinds}
    room = min(
        ((bottom - top - gap * (len(column) - 1)) / max(float(column.sum()), 1e-9) for column in columns.values()), default=1.0
    )
    boxes: dict[tuple[str, str], tuple[float, float, float, float]] = {}
    for place, kind in enumerate(kinds):
        x = 16.0 + place * (width - LABELS - 16.0) / max(len(kinds) - 1, 1)
        y = top
        for name, quantity in columns[kind].droplevel("kind").items():
            tall = max(float(quantity) * room, 1.0)
            boxes[kind, str(name)] = (x, y, tall, float(quantity))
            y += tall + gap
    return boxes


def _ribbon(x0: float, y0: float, x1: float, y1: float, wide: float) -> tuple[Point, ...]:
    """A band whose middle turns smoothly from one height to another."""
    steps = [step / BEND for step in range(BEND + 1)]
    over = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t * t * (3 - 2 * t)) for t in steps]
    return (*over, *((x, y + wide) for x, y in reversed(over)))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def commune_map(
    points: pd.DataFrame, arcs: pd.DataFrame, cells: Mapping[str, Any], *, title: str, note: str, width: int = 1000
) -> Drawing:
    """Exchanges between communes as curves over the cells of the communes.

    Parameters
    ----------
    points
        By commune: `longitude`, `latitude`, `sites`.
    arcs
        From :func:`symbiosis.report.between.flows_between`.
    cells
        From :func:`symbiosis.report.cells.commune_cells`.
    title, note
        Above and below the figure.
    width
        Of the drawing; its height follows from the territory.

    Returns
    -------
    Drawing
    """
    outlines = [ring for feature in cells.get("features", ()) for ring in _outer_rings(feature["geometry"])]
    seen = [*(tuple(spot) for ring in outlines for spot in ring), *points[["longitude", "latitude"]].itertuples(index=False)]
    west, east = min(spot[0] for spot in seen) - 0.01, max(spot[0] for spot in seen) + 0.01
    south, north = min(spot[1] for spot in seen) - 0.01, max(spot[1] for spot in seen) + 0.01
    shrink = math.cos(math.radians((south + north) / 2))
    scale = min((width - 20) / ((east - west) * shrink), 760 / (north - south))
    height = round((north - south) * scale) + 70
    left = (width - (east - west) * shrink * scale) / 2

    def at(longitude: float, latitude: float) -> Point:
        return left + (longitude - west) * shrink * scale, 40 + (north - latitude) * scale

    shapes: list[Shape] = [Area(points=tuple(at(*spot) for spot in ring), fill=PAPER, edge=EDGE) for ring in outlines]
    spots = {
        str(name): at(float(x), float(y))
        for name, x, y in zip(points.index, points["longitude"], points["latitude"], strict=True)
    }
    shapes += _curves(arcs, spots)
    shapes += [
        Dot(at=spots[str(name)], radius=2.0 + 0.8 * sites**0.5, fill="#4a5a51")
        for name, sites in zip(points.index, points["sites"], strict=True)
    ]
    busy = set(arcs["start"]) | set(arcs["end"])
    shapes += _names(points[points.index.isin(busy)], spots)
    shapes += [Label(at=(16, 20), text=title, size=15, is_bold=True)]
    shapes += [Label(at=(16, height - 14), text=note, size=10, colour="#4a5a51")]
    said = f"{title} ({', '.join(f'{row.start} → {row.end}' for row in arcs.head(6).itertuples())})"
    return Drawing(width=width, height=height, shapes=tuple(shapes), description=said)


def _outer_rings(geometry: Mapping[str, Any]) -> list[list[list[float]]]:
    shape = geometry["coordinates"]
    return [shape[0]] if geometry["type"] == "Polygon" else [polygon[0] for polygon in shape]


def _curves(arcs: pd.DataFrame, spots: Mapping[str, Point]) -> list[Shape]:
    """Thin ones first, so that thick ones stay in sight; a round trip makes two curves, not one."""
    shapes: list[Shape] = []
    known = arcs[arcs["start"].isin(spots) & arcs["end"].isin(spots)]
    for row in known.iloc[::-1].to_dict("records"):
        (x0, y0), (x1, y1) = spots[row["start"]], spots[row["end"]]
        wide = 1.0 + 8.0 * float(row["share"]) ** 0.5
        if row["start"] == row["end"]:
            ring = tuple((x0 + 11 * math.cos(t * math.pi / 12), y0 + 11 * math.sin(t * math.pi / 12)) for t in range(25))
            shapes.append(Stroke(points=ring, colour=PROPOSED, width=max(wide / 2, 1.0), opacity=0.8))
            continue
        bend = 0.18
        middle = ((x0 + x1) / 2 + bend * (y1 - y0), (y0 + y1) / 2 - bend * (x1 - x0))
        curve = tuple(
            ((1 - t) ** 2 * x0 + 2 * t * (1 - t) * middle[0] + t * t * x1,
             (1 - t) ** 2 * y0 + 2 * t * (1 - t) * middle[1] + t * t * y1)
            for t in (step / BEND for step in range(BEND + 1))
        )  # fmt: skip
        shapes.append(Stroke(points=curve, colour=USE, width=wide, opacity=0.6))
        shapes.append(Area(points=_head(curve, wide), fill=USE))
    return shapes


def _head(curve: tuple[Point, ...], wide: float) -> tuple[Point, ...]:
    """An arrow head at the end of a curve."""
    (xa, ya), (xb, yb) = curve[-2], curve[-1]
    length = max(math.hypot(xb - xa, yb - ya), 1e-9)
    ux, uy = (xb - xa) / length, (yb - ya) / length
    size = 4.0 + wide
    back = (xb - size * ux, yb - size * uy)
    return (
        (xb, yb),
        (back[0] - 0.5 * size * uy, back[1] + 0.5 * size * ux),
        (back[0] + 0.5 * size * uy, back[1] - 0.5 * size * ux),
    )


def _names(points: pd.DataFrame, spots: Mapping[str, Point]) -> list[Shape]:
    """Names of the largest places, where they do not cover each other."""
    shapes: list[Shape] = []
    taken: list[tuple[float, float, float]] = []
    for name in points.sort_values("sites", ascending=False, kind="stable").index:
        x, y = spots[str(name)]
        half = 3.4 * len(str(name))
        if all(abs(x - tx) > half + th or abs(y - ty) > 14 for tx, ty, th in taken):
            taken.append((x, y, half))
            shapes.append(Label(at=(x, y - 11), text=str(name), size=11, anchor="middle", is_bold=True))
    return shapes


def front_figure(
    table: pd.DataFrame, across: str, up: str, *, heading: Callable[[str], str], language: str, title: str
) -> Drawing:
    """A Pareto front: one dot per plan, none better than another in both.

    Parameters
    ----------
    table
        From :func:`symbiosis.decisions.front`.
    across, up
        Columns of the axes.
    heading
        What a column is called.
    language
        ``fr`` or ``en``.
    title
        Above the figure.

    Returns
    -------
    Drawing
    """
    width, height, left, right, top, bottom = 900, 540, 110.0, 870.0, 74.0, 470.0
    shapes: list[Shape] = [Label(at=(16, 22), text=title, size=15, is_bold=True)]
    x_ticks, y_ticks = _ticks(table[across]), _ticks(table[up])

    def at(row: Any) -> Point:
        return (
            left + (row[across] - x_ticks[0]) / (x_ticks[-1] - x_ticks[0]) * (right - left),
            bottom - (row[up] - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * (bottom - top),
        )

    for tick in x_ticks:
        x = at({across: tick, up: y_ticks[0]})[0]
        shapes.append(Stroke(points=((x, top), (x, bottom)), colour=EDGE, width=0.7))
        shapes.append(Label(at=(x, bottom + 16), text=messages.number(tick, language, 2), size=10, anchor="middle"))
    for tick in y_ticks:
        y = at({across: x_ticks[0], up: tick})[1]
        shapes.append(Stroke(points=((left, y), (right, y)), colour=EDGE, width=0.7))
        shapes.append(Label(at=(left - 8, y), text=messages.number(tick, language, 2), size=10, anchor="end"))
    points = table.sort_values(across, kind="stable").to_dict("records")
    if len(points) > 1:
        shapes.append(Stroke(points=tuple(map(at, points)), colour=PROPOSED, width=1.5, is_dashed=True))
    shapes += [Dot(at=at(row), radius=6.0 if row["best_in"] else 4.5, fill=USE) for row in points]
    shapes += [
        Label(at=((left + right) / 2, height - 24), text=heading(across), size=12, anchor="middle", is_bold=True),
        Label(at=(16, 50), text="↑ " + heading(up), size=12, is_bold=True),
    ]
    axes = f"{heading(across)} / {heading(up)}, {len(points)}"
    said = messages.translation(language).gettext("{0} : {1}").format(title, axes)
    return Drawing(width=width, height=height, shapes=tuple(shapes), description=said)


def _ticks(values: pd.Series) -> list[float]:
    """Five or so round numbers that hold all values."""
    low, high = float(values.min()), float(values.max())
    span = max(high - low, 1e-6 * max(abs(high), 1.0))
    step = 10.0 ** math.floor(math.log10(span / 4))
    step *= next((factor for factor in (1, 2, 5) if span / (step * factor) <= 5), 10)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [tick * step for tick in range(first, max(last, first + 1) + 1)]
