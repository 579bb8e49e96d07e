"""A document as PDF on A4: our own fonts, plain text, no link, nothing fetched.

Text is written glyph by glyph, without Markdown or HTML: whatever a company typed stays what it typed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TableBordersLayout, TextEmphasis, XPos, YPos
from fpdf.fonts import FontFace

from symbiosis.report.document import Document, shortened
from symbiosis.report.drawing import BOLD, REGULAR, Area, Dot, Label, Point, Shape, Stroke
from symbiosis.report.sheet_parts import Line, Section
from symbiosis.report.text import without_controls

if TYPE_CHECKING:
    import pandas as pd

GREEN, DARK, GREY, PALE, RULE = (31, 107, 74), (26, 38, 32), (74, 90, 81), (238, 244, 240), (201, 214, 206)
AMBER, AMBER_PALE = (122, 62, 0), (255, 243, 205)
MARGIN, FOOT = 13.0, 12.0
MM_TO_POINT = 72 / 25.4
LEADING = 0.44  # millimetres of a line per point of type
ATTEMPTS = ((1.0, 7), (0.88, 5), (0.78, 4), (0.72, 3), (0.72, 2), (0.72, 1))
"""Scale of the type, and how many rows a list may have, until a one-page document holds on its page."""

# A file is its text alone: no clock, so that the same document gives the same bytes.
_MADE = datetime(2000, 1, 1, tzinfo=UTC)


def to_pdf(document: Document) -> bytes:
    """The document as PDF.

    Parameters
    ----------
    document
        What it says.

    Returns
    -------
    bytes
    """
    if not document.is_one_page:
        return _Pages(document, 1.0).made()
    for scale, most in ATTEMPTS:
        pages = _Pages(shortened(document, most), scale)
        if pages.fits:
            break
    return pages.made()


class _Sheet(FPDF):
    """A4 sheets with the footer of the document."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.add_font("body", "", REGULAR)
        self.add_font("body", "B", BOLD)
        self.set_margins(MARGIN, 11, MARGIN)
        self.set_auto_page_break(True, FOOT + 2)
        self.set_creation_date(_MADE)

    def footer(self) -> None:
        """Footer and number of the page."""
        self.set_y(-FOOT)
        self.set_font("body", "", 6.5)
        self.set_text_color(*GREY)
        self.cell(self.epw - 12, 4, self._foot)
        self.cell(12, 4, f"{self.page_no()}/{{nb}}", align="R")


class _Pages:
    """Lays one document out."""

    def __init__(self, document: Document, scale: float) -> None:
        self.document, self.scale = document, scale
        self.pdf = _Sheet(without_controls(document.footer))
        self.pdf.set_title(without_controls(document.title))
        self.pdf.set_lang(document.language)
        self.pdf.set_producer("symbiosis")
        self.pdf.add_page()
        self.head()
        self.figures()
        if document.is_one_page:
            self.pdf.set_auto_page_break(False)
            self.columns()
        else:
            for section in document.sections:
                self.section(section, self.pdf.l_margin, self.pdf.epw)
        self.action()
        self.fits = self.pdf.page_no() == 1 and self.pdf.get_y() <= self.pdf.h - FOOT

    def made(self) -> bytes:
        """The file."""
        return bytes(self.pdf.output())

    def text(
        self, said: str, size: float, *, x: float, width: float, is_bold: bool = False, colour: tuple[int, int, int] = DARK
    ) -> None:
        """A paragraph at a place; the pen goes to the line below."""
        self.pdf.set_font("body", "B" if is_bold else "", size * self.scale)
        self.pdf.set_text_color(*colour)
        self.pdf.set_x(x)
        self.pdf.multi_cell(
            width, size * self.scale * LEADING, without_controls(said), align="L", new_x=XPos.LEFT, new_y=YPos.NEXT
        )

    def head(self) -> None:
        """Banner, title, who is concerned."""
        pdf, document = self.pdf, self.document
        left, width = pdf.l_margin, pdf.epw
        if document.banner:
            pdf.set_fill_color(*AMBER_PALE)
            pdf.set_font("body", "B", 8 * self.scale)
            pdf.set_text_color(*AMBER)
            said = without_controls(document.banner)
            pdf.multi_cell(width, 5 * self.scale, said, fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            pdf.ln(1.5)
        if document.over:
            self.text(document.over, 8, x=left, width=width, colour=GREY)
        self.text(document.title, 16, x=left, width=width, is_bold=True)
        said = "  ·  ".join(filter(None, (*document.tags, document.under)))
        if said:
            self.text(said, 8.5, x=left, width=width, colour=GREEN)
        pdf.set_draw_color(*GREEN)
        pdf.set_line_width(0.6)
        pdf.line(left, pdf.get_y() + 1, left + width, pdf.get_y() + 1)
        pdf.set_y(pdf.get_y() + 2.5)

    def figures(self) -> None:
        """Key figures in rows of four boxes that are equally tall."""
        pdf, gap = self.pdf, 2.5
        for start in range(0, len(self.document.figures), 4):
            row = [self.parts(figure) for figure in self.document.figures[start : start + 4]]
            width = (pdf.epw - gap * (len(row) - 1)) / len(row)
            tall = max(sum(self.height(said, size, width - 4, is_bold) for said, size, is_bold in parts) for parts in row) + 2
            top = pdf.get_y()
            for place, parts in enumerate(row):
                x = pdf.l_margin + place * (width + gap)
                pdf.set_fill_color(*PALE)
                pdf.rect(x, top, width, tall, style="F")
                pdf.set_y(top + 1)
                for said, size, is_bold in parts:
                    self.text(said, size, x=x + 2, width=width - 4, is_bold=is_bold, colour=DARK if is_bold else GREY)
            pdf.set_y(top + tall + 2)

    @staticmethod
    def parts(figure: Line) -> list[tuple[str, float, bool]]:
        """Texts of a key figure, their size, and whether they are bold."""
        parts = [(figure.label, 7.5, False), (figure.value, 13.0, True), (figure.note, 7.0, False)]
        return [part for part in parts if part[0]]

    def height(self, said: str, size: float, width: float, is_bold: bool) -> float:
        """How tall a paragraph would be."""
        self.pdf.set_font("body", "B" if is_bold else "", size * self.scale)
        tall: Any = self.pdf.multi_cell(
            width, size * self.scale * LEADING, without_controls(said), align="L", dry_run=True, output=MethodReturnValue.HEIGHT
        )
        return float(tall)

    def columns(self) -> None:
        """Tables over the whole width, the rest in two columns, each section where there is more room."""
        pdf, gap = self.pdf, 6.0
        for section in self.document.sections:
            if section.table is not None or section.picture is not None:
                self.section(section, pdf.l_margin, pdf.epw)
        width = (pdf.epw - gap) / 2
        heights = [pdf.get_y(), pdf.get_y()]
        for section in self.document.sections:
            if section.table is None and section.picture is None:
                side = 0 if heights[0] <= heights[1] else 1
                pdf.set_y(heights[side])
                self.section(section, pdf.l_margin + side * (width + gap), width)
                heights[side] = pdf.get_y()
        pdf.set_y(max(heights))

    def section(self, section: Section, x: float, width: float) -> None:
        """One part."""
        pdf = self.pdf
        picture = section.picture
        tall = 0.0 if picture is None else width * picture.height / picture.width
        if not self.document.is_one_page and pdf.will_page_break(tall + 8 if tall else 22):
            pdf.add_page()
        pdf.set_y(pdf.get_y() + 1.2 * self.scale)
        self.text(section.title, 9.5, x=x, width=width, is_bold=True, colour=GREEN)
        if section.table is not None:
            self.table(section.table)
        for line in section.lines:
            self.line(line, x, width)
        for sentence in section.sentences:
            self.text("•", 8.5, x=x, width=4)
            pdf.set_y(pdf.get_y() - 8.5 * self.scale * LEADING)
            self.text(sentence, 8.5, x=x + 3, width=width - 3)
        if picture is not None:
            top = pdf.get_y()
            for shape in picture.shapes:
                self.shape(shape, x, top, width / picture.width)
            pdf.set_y(top + tall)
        if section.note:
            self.text(section.note, 7, x=x, width=width, colour=GREY)

    def shape(self, shape: Shape, x: float, y: float, scale: float) -> None:
        """One shape of a picture, as lines and letters: sharp at any size."""
        pdf = self.pdf

        def at(points: tuple[Point, ...]) -> list[Point]:
            return [(x + a * scale, y + b * scale) for a, b in points]

        match shape:
            case Area():
                with pdf.local_context(fill_opacity=shape.opacity, line_width=0.1):
                    pdf.set_fill_color(shape.fill)
                    pdf.set_draw_color(shape.edge or shape.fill)
                    pdf.polygon(at(shape.points), style="DF" if shape.edge else "F")
            case Stroke():
                dash = {"dash": 1.2, "gap": 1.0} if shape.is_dashed else {}
                with pdf.local_context(stroke_opacity=shape.opacity, line_width=shape.width * scale):
                    pdf.set_draw_color(shape.colour)
                    pdf.set_dash_pattern(**dash)
                    pdf.polyline(at(shape.points))
            case Dot():
                ((middle_x, middle_y),) = at((shape.at,))
                pdf.set_fill_color(shape.fill)
                pdf.circle(middle_x, middle_y, shape.radius * scale, style="F")
            case Label():
                ((left, middle),) = at((shape.at,))
                said, size = without_controls(shape.text).replace("\n", " "), shape.size * scale
                pdf.set_font("body", "B" if shape.is_bold else "", size * MM_TO_POINT)
                pdf.set_text_color(shape.colour)
                left -= pdf.get_string_width(said) * {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
                pdf.text(left, middle + 0.35 * size, said)

    def line(self, line: Line, x: float, width: float) -> None:
        """A fact: its name, then its value, in bold, then how it is known."""
        pdf = self.pdf
        named = min(0.38 * width, 62.0)
        top, page = pdf.get_y(), pdf.page_no()
        self.text(line.label, 8, x=x, width=named, colour=GREY)
        below, end_page = pdf.get_y(), pdf.page_no()
        if end_page == page:  # a label that ran over the page leaves its value below it
            pdf.set_y(top)
        self.text(line.value or "……………………………………", 8.5, x=x + named + 1, width=width - named - 1, is_bold=bool(line.value))
        if line.note:
            self.text(line.note, 7, x=x + named + 1, width=width - named - 1, colour=GREY)
        if pdf.page_no() == page:
            pdf.set_y(max(pdf.get_y(), below))

    def table(self, table: pd.DataFrame) -> None:
        """A table of texts, headings again on each page."""
        pdf = self.pdf
        if table.empty:
            self.text("–", 8.5, x=pdf.l_margin, width=pdf.epw)
            return
        rows = [[without_controls(str(cell)) for cell in row] for row in table.itertuples(index=False)]
        heads = [without_controls(str(name)) for name in table.columns]
        pdf.set_font("body", "", 7.5 * self.scale)
        pdf.set_text_color(*DARK)
        pdf.set_draw_color(*RULE)
        pdf.set_line_width(0.15)
        pdf.set_fill_color(255)
        with pdf.table(
            rows=[heads, *rows],
            col_widths=self.widths([heads, *rows]),
            line_height=7.5 * self.scale * 0.43,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis=TextEmphasis.B, color=GREEN),
            text_align="LEFT",
            padding=(0.35, 1.2, 0.35, 0),
            markdown=False,
        ):
            pass

    def widths(self, rows: list[list[str]]) -> list[float]:
        """Widths of columns: no word is cut while there is room, long texts share what is left."""
        pdf, edge = self.pdf, 2.2
        columns = list(zip(*rows, strict=True))
        pdf.set_font("body", "B", 7.5 * self.scale)
        least = [max(pdf.get_string_width(word) for cell in column for word in cell.split(" ")) + edge for column in columns]
        wanted = [max(pdf.get_string_width(cell) for cell in column) + edge for column in columns]
        pdf.set_font("body", "", 7.5 * self.scale)
        low, high = 0.0, max(wanted)
        for _ in range(20):  # the width that no column needs to exceed: short ones keep what they want
            most = (low + high) / 2
            used = sum(max(a, min(b, most)) for a, b in zip(least, wanted, strict=True))
            low, high = (most, high) if used < pdf.epw else (low, most)
        return [max(a, min(b, high)) for a, b in zip(least, wanted, strict=True)]

    def action(self) -> None:
        """What to do next, and fields to fill in."""
        pdf, document = self.pdf, self.document
        if document.action is None and not document.blanks:
            return
        if not document.is_one_page and pdf.will_page_break(24):
            pdf.add_page()
        pdf.set_y(pdf.get_y() + 2)
        top, left, width = pdf.get_y(), pdf.l_margin, pdf.epw
        pdf.set_y(top + 1.2)
        if document.action is not None:
            self.text(document.action.label, 7.5, x=left + 3, width=width - 6, colour=GREY)
            self.text(document.action.value, 10, x=left + 3, width=width - 6, is_bold=True)
        if document.blanks:
            start, each = pdf.get_y() + 1, (width - 6) / len(document.blanks)
            for place, blank in enumerate(document.blanks):
                pdf.set_y(start)
                x = left + 3 + place * each
                self.text(blank.label, 7.5, x=x, width=each - 4, colour=GREY)
                self.text(blank.value or " ", 9, x=x, width=each - 4, is_bold=True)
                pdf.set_draw_color(*GREY)
                pdf.set_line_width(0.2)
                pdf.line(x, pdf.get_y() + 0.5, x + each - 5, pdf.get_y() + 0.5)
        pdf.set_draw_color(*GREEN)
        pdf.set_line_width(0.4)
        pdf.rect(left, top, width, pdf.get_y() + 2.5 - top)
        pdf.set_y(pdf.get_y() + 2.5)
