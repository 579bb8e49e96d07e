"""A picture as a list of shapes, written as SVG or as PNG: nothing in it is fetched, nothing in it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from symbiosis.report.text import without_controls

if TYPE_CHECKING:
    from PIL import ImageDraw

FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD = FONTS / "DejaVuSansCondensed.ttf", FONTS / "DejaVuSansCondensed-Bold.ttf"
_FAMILY = "'DejaVu Sans Condensed', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
_ANCHORS = {"start": "lm", "middle": "mm", "end": "rm"}

Point = tuple[float, float]
COLOURS = 128
"""Of a PNG: flat tints and their edges need no more, and the file is a fifth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A filled polygon; `opacity` from 0 to 1."""

    points: tuple[Point, ...]
    fill: str
    opacity: float = 1.0
    edge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.0
    opacity: float = 1.0
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A disc."""

    at: Point
    radius: float
    fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text, its middle line at `at`; `anchor` is ``start``, ``middle`` or ``end``."""

    at: Point
    text: str
    size: float = 12.0
    anchor: str = "start"
    colour: str = "#1a2620"
    is_bold: bool = False


Shape = Area | Stroke | Dot | Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Shapes on a white sheet, first below.

    Attributes
    ----------
    width, height
        In pixels of a screen.
    shapes
        What is drawn.
    description
        What it shows, for those who do not see it.
    """

    width: int
    height: int
    shapes: tuple[Shape, ...] = field(default=())
    description: str = ""


def to_svg(drawing: Drawing) -> bytes:
    """The picture as SVG: shapes and texts, no script, no style sheet, no address.

    Parameters
    ----------
    drawing
        What to write.

    Returns
    -------
    bytes
    """
    said = escape(without_controls(drawing.description))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" width="{drawing.width}" '
        f'height="{drawing.height}" role="img" font-family="{_FAMILY}"><title>{said}</title>'
    )
    lines = [
        head,
        f'<rect width="{drawing.width}" height="{drawing.height}" fill="#ffffff"/>',
        *map(_svg, drawing.shapes),
        "</svg>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _svg(shape: Shape) -> str:
    match shape:
        case Area():
            edge = f' stroke="{shape.edge}"' if shape.edge else ""
            return f'<polygon points="{_points(shape.points)}" fill="{shape.fill}" fill-opacity="{shape.opacity:g}"{edge}/>'
        case Stroke():
            dash = ' stroke-dasharray="5 4"' if shape.is_dashed else ""
            return (
                f'<polyline points="{_points(shape.points)}" fill="none" stroke="{shape.colour}" stroke-width="'
                f'{shape.width:.2f}" stroke-opacity="{shape.opacity:g}"{dash}/>'
            )
        case Dot():
            return f'<circle cx="{shape.at[0]:.1f}" cy="{shape.at[1]:.1f}" r="{shape.radius:.1f}" fill="{shape.fill}"/>'
        case Label():
            weight = ' font-weight="bold"' if shape.is_bold else ""
            return (
                f'<text x="{shape.at[0]:.1f}" y="{shape.at[1]:.1f}" dominant-baseline="central" text-anchor="{shape.anchor}" '
                f'font-size="{shape.size:g}" fill="{shape.colour}"{weight}>{escape(without_controls(shape.text))}</text>'
            )


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def to_png(drawing: Drawing, scale: int = 2) -> bytes:
    """The picture as PNG, drawn with the package's own fonts.

    Parameters
    ----------
    drawing
        What to draw.
    scale
        Pixels of the file per pixel of the drawing.

    Returns
    -------
    bytes
    """
    from PIL import Image, ImageDraw

    fine = 2 * scale  # drawn twice as large, then halved: edges come out smooth
    sheet = Image.new("RGB", (drawing.width * fine, drawing.height * fine), "#ffffff")
    pen = ImageDraw.Draw(sheet, "RGBA")
    for shape in drawing.shapes:
        _paint(pen, shape, fine)
    out = BytesIO()
    flat = sheet.reduce(2).quantize(COLOURS, dither=Image.Dither.NONE)
    flat.save(out, "PNG")
    return out.getvalue()


def _paint(pen: ImageDraw.ImageDraw, shape: Shape, fine: int) -> None:
    from PIL import ImageFont

    match shape:
        case Area():
            pen.polygon(
                _fine(shape.points, fine), fill=_rgba(shape.fill, shape.opacity), outline=shape.edge or None, width=fine
            )
        case Stroke():
            width = max(1, round(shape.width * fine))
            for piece in _dashes(shape.points) if shape.is_dashed else [shape.points]:
                pen.line(_fine(piece, fine), fill=_on_white(shape.colour, shape.opacity), width=width, joint="curve")
        case Dot():
            (x, y), r = shape.at, shape.radius
            pen.ellipse(((x - r) * fine, (y - r) * fine, (x + r) * fine, (y + r) * fine), fill=shape.fill)
        case Label():
            font = ImageFont.truetype(str(BOLD if shape.is_bold else REGULAR), shape.size * fine)
            text = without_controls(shape.text).replace("\n", " ")
            pen.text((shape.at[0] * fine, shape.at[1] * fine), text, shape.colour, font=font, anchor=_ANCHORS[shape.anchor])


def _fine(points: tuple[Point, ...], fine: int) -> list[Point]:
    return [(x * fine, y * fine) for x, y in points]


def _rgba(colour: str, opacity: float) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue, round(255 * opacity)


def _on_white(colour: str, opacity: float) -> tuple[int, int, int]:
    """A colour as white paper shows it: pieces of one line overlap where they meet, and would be darker there."""
    red, green, blue = (round(255 - opacity * (255 - int(colour[at : at + 2], 16))) for at in (1, 3, 5))
    return red, green, blue


def _dashes(points: tuple[Point, ...]) -> Iterator[tuple[Point, ...]]:
    """Strokes of five with gaps of four, each segment by itself."""
    for (x0, y0), (x1, y1) in pairwise(points):
        length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-9)
        at = 0.0
        while at < length:
            ends = at / length, min(at + 5.0, length) / length
            yield tuple((x0 + share * (x1 - x0), y0 + share * (y1 - y0)) for share in ends)
            at += 9.0
