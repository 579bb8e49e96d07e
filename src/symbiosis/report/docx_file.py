"""A document as an editable DOCX: styles of a word processor, tables, empty fields to fill in; no field code, no link."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from symbiosis.report.document import Document, shortened
from symbiosis.report.drawing import to_png
from symbiosis.report.sheet_parts import Line, Section
from symbiosis.report.text import without_controls

if TYPE_CHECKING:
    import pandas as pd

GREEN, GREY, AMBER = RGBColor(31, 107, 74), RGBColor(74, 90, 81), RGBColor(122, 62, 0)
MOST = 5
"""Rows that a list has in a document of one page: what follows on the page depends on the word processor."""

WIDTH_MM = 180


def to_docx(document: Document) -> bytes:
    """The document as DOCX.

    Parameters
    ----------
    document
        What it says.

    Returns
    -------
    bytes
        The same for the same document: no clock, no author.
    """
    return _Writer(shortened(document, MOST) if document.is_one_page else document).made()


class _Writer:
    """Writes one document."""

    def __init__(self, document: Document) -> None:
        self.document, self.file = document, docx.Document()
        self.size = 8.5 if document.is_one_page else 10.0
        self.prepare()
        self.head()
        if document.figures:
            self.figures()
        for section in document.sections:
            self.section(section)
        self.action()

    def made(self) -> bytes:
        """The file."""
        raw = BytesIO()
        self.file.save(raw)
        out = BytesIO()
        with zipfile.ZipFile(raw) as parts, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in parts.namelist():
                archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), parts.read(name), zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def prepare(self) -> None:
        """Page, styles, language, properties."""
        page: Any = self.file.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        page.left_margin = page.right_margin = Mm(15)
        page.top_margin = page.bottom_margin = Mm(12 if self.document.is_one_page else 16)
        styles: Any = self.file.styles
        sizes = {"Normal": self.size, "Title": 18.0, "Heading 1": self.size + 1.5, "List Bullet": self.size}
        for name, size in sizes.items():
            style = styles[name]
            style.font.name, style.font.size = "Arial", Pt(size)
            # The template's theme would give another font to some letters.
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(kind), None)
            fonts.set(qn("w:hAnsi"), "Arial")
            style.paragraph_format.space_before = Pt(6 if name == "Heading 1" else 0)
            style.paragraph_format.space_after = Pt(2)
            if name not in {"Normal", "List Bullet"}:
                style.font.color.rgb = GREEN
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), {"fr": "fr-FR", "en": "en-GB"}[self.document.language])
        styles["Normal"].element.get_or_add_rPr().append(language)
        properties = self.file.core_properties
        properties.title = without_controls(self.document.title)[:255]
        properties.author = properties.comments = ""
        properties.language = self.document.language
        footer: Any = page.footer.paragraphs[0]
        self.run(footer, self.document.footer, size=7.0, colour=GREY)

    def run(
        self, paragraph: Any, text: str, *, size: float = 0.0, is_bold: bool = False, colour: RGBColor | None = None
    ) -> None:
        """A stretch of text."""
        run = paragraph.add_run(without_controls(text))
        run.bold = is_bold or None
        if size:
            run.font.size = Pt(size)
        if colour is not None:
            run.font.color.rgb = colour

    def paragraph(self, text: str, **how: Any) -> None:
        """A paragraph of one stretch."""
        self.run(self.file.add_paragraph(), text, **how)

    def head(self) -> None:
        """Banner, title, who is concerned."""
        document = self.document
        if document.banner:
            self.paragraph(document.banner, is_bold=True, colour=AMBER)
        if document.over:
            self.paragraph(document.over, colour=GREY)
        self.file.add_paragraph(without_controls(document.title), style="Title")
        said = "  ·  ".join(filter(None, (*document.tags, document.under)))
        if said:
            self.paragraph(said, colour=GREEN)

    def figures(self) -> None:
        """Key figures side by side."""
        for start in range(0, len(self.document.figures), 4):
            row = self.document.figures[start : start + 4]
            table = self.grid(1, len(row))
            for cell, figure in zip(table.rows[0].cells, row, strict=True):
                first = cell.paragraphs[0]
                self.run(first, figure.label, size=self.size - 1, colour=GREY)
                self.run(cell.add_paragraph(), figure.value, size=self.size + 4, is_bold=True)
                if figure.note:
                    self.run(cell.add_paragraph(), figure.note, size=self.size - 1.5, colour=GREY)

    def grid(self, rows: int, columns: int) -> Any:
        """An empty table over the whole width."""
        table: Any = self.file.add_table(rows, columns, style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        return table

    def section(self, section: Section) -> None:
        """One part."""
        self.file.add_paragraph(without_controls(section.title), style="Heading 1")
        if section.table is not None:
            self.table(section.table, section.widths)
        if section.lines:
            self.lines(section.lines)
        for sentence in section.sentences:
            self.file.add_paragraph(without_controls(sentence), style="List Bullet")
        if section.picture is not None:
            self.file.add_picture(BytesIO(to_png(section.picture)), width=Mm(WIDTH_MM))
            drawn: Any = self.file.paragraphs[-1]._p.xpath(".//wp:docPr")[0]  # noqa: SLF001 - python-docx sets no description
            drawn.set("descr", without_controls(section.picture.description))
        if section.note:
            self.paragraph(section.note, size=self.size - 1.5, colour=GREY)

    def lines(self, lines: tuple[Line, ...]) -> None:
        """Facts as a table of two columns; a fact that is not known yet is an empty cell."""
        table = self.grid(len(lines), 2)
        for row, line in zip(table.rows, lines, strict=True):
            row.cells[0].width, row.cells[1].width = Mm(0.36 * WIDTH_MM), Mm(0.64 * WIDTH_MM)
            self.run(row.cells[0].paragraphs[0], line.label, colour=GREY)
            self.run(row.cells[1].paragraphs[0], line.value, is_bold=True)
            if line.note:
                self.run(row.cells[1].paragraphs[0], f" – {line.note}", size=self.size - 1, colour=GREY)

    def table(self, table: pd.DataFrame, widths: tuple[int, ...]) -> None:
        """A table of texts whose headings come again on each page."""
        if table.empty:
            self.paragraph("–")
            return
        grid = self.grid(len(table) + 1, len(table.columns))
        size = self.size - (1.5 if len(table.columns) > 5 else 0.5)
        shares = widths if len(widths) == len(table.columns) else (1,) * len(table.columns)
        rows = [list(map(str, table.columns)), *([str(cell) for cell in row] for row in table.itertuples(index=False))]
        for place, (row, cells) in enumerate(zip(grid.rows, rows, strict=True)):
            for cell, text, share in zip(row.cells, cells, shares, strict=True):
                cell.width = Mm(WIDTH_MM * share / sum(shares))
                self.run(cell.paragraphs[0], text, size=size, is_bold=place == 0, colour=GREEN if place == 0 else None)
        repeated = OxmlElement("w:tblHeader")
        repeated.set(qn("w:val"), "true")
        grid.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 - python-docx has no word for it

    def action(self) -> None:
        """What to do next, and fields to fill in."""
        document = self.document
        if document.action is not None:
            self.file.add_paragraph(without_controls(document.action.label), style="Heading 1")
            self.paragraph(document.action.value, is_bold=True)
        if document.blanks:
            table = self.grid(2, len(document.blanks))
            for place, blank in enumerate(document.blanks):
                self.run(table.rows[0].cells[place].paragraphs[0], blank.label, size=self.size - 1, colour=GREY)
                self.run(table.rows[1].cells[place].paragraphs[0], blank.value, is_bold=True)
