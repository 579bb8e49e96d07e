"""The map: cells of communes, arcs between them, today's outlets in grey. No tile unless a setting names a style."""

from __future__ import annotations

import json
import math
import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import pydeck as pdk

Colour = list[int]
WIDTH_PX, HEIGHT_PX, LABELS_PX = 740, 600, 190
LEAST_DEGREES = 0.06
VEIL = 70
"""Opacity of the cells where tiles lie below."""

PIXELS = pdk.types.String("pixels")  # a bare string would name a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of a theme, for people who see them all and for those who do not: arcs differ in lightness too."""

    cell: Colour
    edge: Colour
    start: Colour
    end: Colour
    faded: Colour
    outlet: Colour
    place: Colour
    text: Colour


LIGHT = Palette(
    cell=[238, 244, 240, 255],
    edge=[190, 205, 197, 255],
    start=[96, 178, 138, 210],
    end=[13, 84, 55, 235],
    faded=[31, 107, 74, 45],
    outlet=[120, 124, 122, 110],
    place=[26, 38, 32, 255],
    text=[26, 38, 32, 255],
)
DARK = Palette(
    cell=[28, 39, 33, 255],
    edge=[66, 84, 74, 255],
    start=[61, 140, 104, 215],
    end=[150, 240, 200, 240],
    faded=[111, 211, 164, 45],
    outlet=[160, 168, 164, 110],
    place=[232, 240, 235, 255],
    text=[232, 240, 235, 255],
)


class Deck(pdk.Deck):  # type: ignore[misc]
    """A deck whose JSON carries no indentation, half the size on the wire, and is written once: nobody changes a deck."""

    @cached_property
    def _json(self) -> str:
        return json.dumps(json.loads(super().to_json()), separators=(",", ":"), ensure_ascii=False)

    def to_json(self) -> str:
        """The deck as compact JSON."""
        return self._json


def build_deck(
    *,
    arcs: pd.DataFrame,
    outlets: pd.DataFrame,
    places: pd.DataFrame,
    cells: str | dict[str, Any],
    palette: Palette,
    has_focus: bool = False,
    style: str = "",
) -> Deck:
    """The map of one layer.

    Parameters
    ----------
    arcs
        From :func:`symbiosis.report.between.flows_between`, with `tip`.
    outlets
        From :func:`symbiosis.report.between.outlets_left`, with `name` and `tip`.
    places
        From :func:`symbiosis.report.between.places`, with `tip`.
    cells
        Address of the outlines, or the outlines themselves where they may not be served.
    palette
        Colours of the theme.
    has_focus
        Whether one synergy stands out and the others step back.
    style
        Address of a style of map tiles; none when empty, and nothing is fetched from elsewhere.

    Returns
    -------
    Deck
    """
    west, east, south, north = _bounds(places, arcs)
    spots = pd.Series(places[["longitude", "latitude"]].to_numpy().tolist(), index=places.index, dtype=object)
    outlets, ends = _place_outlets(outlets[outlets["start"].isin(spots.index)], west, east, south, north)
    outlets = outlets.assign(source=outlets["start"].map(spots))
    arcs = arcs[arcs["start"].isin(spots.index) & arcs["end"].isin(spots.index)]
    arcs = arcs.assign(source=arcs["start"].map(spots), target=arcs["end"].map(spots))
    loops = arcs[arcs["start"] == arcs["end"]]
    arcs = arcs[arcs["start"] != arcs["end"]]
    busy = set(arcs["start"]) | set(arcs["end"]) | set(loops["start"])
    points = places.reset_index()
    points["position"] = points[["longitude", "latitude"]].to_numpy().tolist()
    points["radius"] = 2.5 + 1.2 * points["sites"].pow(0.5)
    labelled = _apart(points[points["commune"].isin(busy)], 0.085 * max(east - west, north - south, 0.05))

    def colours(frame: pd.DataFrame, colour: Colour) -> pd.Series:
        shown = [colour if kept or not has_focus else palette.faded for kept in frame["is_focus"]]
        return pd.Series(shown, index=frame.index, dtype=object)

    arcs = arcs.assign(
        from_colour=colours(arcs, palette.start),
        to_colour=colours(arcs, palette.end),
        width=2.0 + 10.0 * arcs["share"].pow(0.5),
    )
    loops = loops.assign(colour=colours(loops, palette.end), radius=7.0 + 12.0 * loops["share"].pow(0.5))
    layers = [
        pdk.Layer(
            "GeoJsonLayer",
            cells,
            id="cells",
            filled=True,
            stroked=True,
            get_fill_color=[*palette.cell[:3], VEIL] if style else palette.cell,
            get_line_color=palette.edge,
            get_line_width=1,
            line_width_units=PIXELS,
            line_width_min_pixels=1,
            pickable=False,
        ),
        _arc_layer("outlets", outlets, width="width", source=palette.outlet, target=palette.outlet, tilt=0),
        pdk.Layer(
            "ScatterplotLayer",
            _records(points, "position", "radius", "tip"),
            id="places",
            get_position="position",
            get_radius="radius",
            radius_units=PIXELS,
            get_fill_color=palette.place,
            opacity=0.55,
            pickable=True,
        ),
        _arc_layer("arcs", arcs, width="width", source="from_colour", target="to_colour", tilt=28),
        pdk.Layer(
            "ScatterplotLayer",
            _records(loops, "source", "radius", "colour", "tip", "synergy_ids"),
            id="loops",
            get_position="source",
            get_radius="radius",
            radius_units=PIXELS,
            stroked=True,
            filled=False,
            get_line_color="colour",
            get_line_width=3,
            line_width_units=PIXELS,
            pickable=True,
        ),
        _text_layer("names", _records(labelled, "position", "commune", "tip"), "commune", palette, size=12, offset=[0, -14]),
        _text_layer(
            "outlet_names", _records(ends, "position", "name", "tip"), "name", palette, size=12, offset=[8, 0], anchor="start"
        ),
    ]
    return Deck(
        layers=layers,
        initial_view_state=_view(west, east, south, north, 0 if ends.empty else LABELS_PX),
        # An address of one's own is taken as it is, whoever the provider; None would have the page ask for tiles of its theme.
        map_provider="carto" if style else None,
        **({"map_style": style} if style else {}),
        tooltip={"text": "{tip}", "style": {"whiteSpace": "pre-line", "fontSize": "13px", "maxWidth": "320px"}},
    )


def _place_outlets(
    outlets: pd.DataFrame, west: float, east: float, south: float, north: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Today's outlets stand in a column beside the map: where they really are is not declared."""
    kinds = outlets[["outlet_id", "name"]].drop_duplicates().reset_index(drop=True)
    steps = max(len(kinds) - 1, 1)
    margin = max(0.08 * (east - west), 0.01)
    top, tall = north - 0.06 * (north - south), 0.88 * (north - south)
    kinds["position"] = [[east + margin, top - tall * i / steps] for i in range(len(kinds))]
    kinds["name"] = kinds["name"].map(lambda name: textwrap.fill(str(name), 24))
    kinds["tip"] = kinds["name"]
    spots = dict(zip(kinds["outlet_id"], kinds["position"], strict=True))
    return outlets.assign(target=outlets["outlet_id"].map(spots), width=1.0 + 4.0 * outlets["share"].pow(0.5)), kinds


def _arc_layer(
    name: str, frame: pd.DataFrame, *, width: str, source: str | Colour, target: str | Colour, tilt: int
) -> pdk.Layer:
    kept = [c for c in ("source", "target", "tip", "synergy_ids", width, source, target) if isinstance(c, str)]
    return pdk.Layer(
        "ArcLayer",
        _records(frame, *[c for c in kept if c in frame]),
        id=name,
        get_source_position="source",
        get_target_position="target",
        get_source_color=source,
        get_target_color=target,
        get_width=width,
        get_height=0.35 if tilt else 0.0,
        get_tilt=tilt,
        width_units=PIXELS,
        width_min_pixels=1,
        pickable=True,
        auto_highlight=bool(tilt),
    )


def _text_layer(
    name: str,
    data: list[dict[str, Any]],
    text: str,
    palette: Palette,
    *,
    size: int,
    offset: list[int],
    anchor: str = "middle",
) -> pdk.Layer:
    return pdk.Layer(
        "TextLayer",
        data,
        id=name,
        get_position="position",
        get_text=text,
        get_size=size,
        get_color=palette.text,
        get_text_anchor=pdk.types.String(anchor),
        get_alignment_baseline=pdk.types.String("center"),
        get_pixel_offset=offset,
        character_set=pdk.types.String("auto"),
        font_family=pdk.types.String("Source Sans, sans-serif"),
        font_settings={"sdf": True, "fontSize": 48, "buffer": 8},
        outline_width=3,
        outline_color=palette.cell,
        font_weight=600,
        pickable=False,
        parameters={"depthTest": False, "depthCompare": "always"},
    )


def _records(frame: pd.DataFrame, *columns: str) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in frame[list(columns)].itertuples(index=False, name=None)]


def _bounds(places: pd.DataFrame, arcs: pd.DataFrame) -> tuple[float, float, float, float]:
    """Where something happens, else everything; never less than a few kilometres."""
    busy = places[places.index.isin({*arcs["start"], *arcs["end"]})]
    seen = places if busy.empty else busy
    x, y = float(seen["longitude"].mean()), float(seen["latitude"].mean())
    return (
        min(float(seen["longitude"].min()), x - LEAST_DEGREES),
        max(float(seen["longitude"].max()), x + LEAST_DEGREES),
        min(float(seen["latitude"].min()), y - LEAST_DEGREES / 2),
        max(float(seen["latitude"].max()), y + LEAST_DEGREES / 2),
    )


def _apart(points: pd.DataFrame, gap: float) -> pd.DataFrame:
    """The largest places whose names do not cover each other."""
    kept: list[int] = []
    order = points.sort_values(["sites", "commune"], ascending=[False, True])
    spots = order[["longitude", "latitude"]].to_numpy(dtype=float)
    for place, (x, y) in enumerate(spots):
        taken = spots[kept]
        covered = (abs(taken[:, 0] - x) < 2 * gap) & (abs(taken[:, 1] - y) < 0.5 * gap)
        if not covered.any() and len(kept) < 14:
            kept.append(place)
    return order.iloc[kept]


def _view(west: float, east: float, south: float, north: float, labels: int) -> pdk.ViewState:
    """Everything in sight, whatever the size of the territory, with room for labels on its right."""
    latitude = (south + north) / 2
    wide = max(east - west, 0.05)
    tall = max((north - south) / math.cos(math.radians(latitude)), 0.05)
    zoom = min(math.log2((WIDTH_PX - labels) * 360 / (wide * 1.2 * 512)), math.log2(HEIGHT_PX * 360 / (tall * 1.2 * 512)))
    shift = labels / 2 * 360 / (512 * 2**zoom)
    return pdk.ViewState(
        longitude=(west + east) / 2 + shift, latitude=latitude, zoom=min(zoom, 13), pitch=0, bearing=0, min_zoom=4, max_zoom=15
    )
