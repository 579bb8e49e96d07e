"""Reads a workbook that nobody vouches for, in a process of its own; only the standard library, run by path.

Started by :mod:`symbiosis.io.guard`. Nothing of the file is trusted: the census of the archive comes before any
inflation, every
inflation is counted, a document type declaration is refused, and row and column references are checked as they come,
so that
one cell at row 999 999 999 costs nothing. Cells come out as text; what the workbook held as numbers is listed.

Writes one JSON object on standard output: ``{"verdict": "ok", "sheets": […]}`` or ``{"verdict": code, "data": {…}}``.
"""

from __future__ import annotations

import json
import math
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from posixpath import join, normpath
from typing import Any
from xml.parsers import expat

MAX_ENTRIES = 500
MAX_ENTRY_BYTES = 100 * 2**20
MAX_TOTAL_BYTES = 150 * 2**20
MAX_RATIO = 100
MAX_ROWS = 100_000
MAX_COLUMNS = 500
MAX_CELL_CHARACTERS = 32_767
MAX_CELLS = 4_000_000
ADDRESS_SPACE = 2**30
CPU_SECONDS = 25

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_REL_ID = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.')


class RefusedError(Exception):
    """The workbook is not read further."""

    def __init__(self, code: str, **data: object) -> None:
        self.code = code
        self.data = data
        super().__init__(code)


def limit_resources() -> None:
    """Bound what this process may take; Windows has no such limits and relies on the parent's clock."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def census(archive: zipfile.ZipFile) -> None:
    """Refuse an archive by its table of contents alone."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise RefusedError("too_many_entries", count=len(entries), limit=MAX_ENTRIES)
    names = [e.filename for e in entries]
    if len(set(names)) != len(names):
        raise RefusedError("bad_entry_name", name="")
    for entry in entries:
        name = entry.filename
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name or "\x00" in name:
            raise RefusedError("bad_entry_name", name=name[:80])
        if entry.flag_bits & 0x1:
            raise RefusedError("encrypted_file")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedError("bad_zip")
        if entry.file_size > MAX_ENTRY_BYTES:
            raise RefusedError("entry_too_big", name=name, megabytes=entry.file_size // 2**20)
        if entry.file_size > 2**20 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise RefusedError("compression_ratio", name=name, ratio=entry.file_size // max(entry.compress_size, 1))
        if name.lower().endswith("vbaproject.bin"):
            raise RefusedError("has_macros")
    if sum(e.file_size for e in entries) > MAX_TOTAL_BYTES:
        raise RefusedError("entry_too_big", name="", megabytes=sum(e.file_size for e in entries) // 2**20)


def inflate(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Content of an entry in pieces, counted: the size that the archive announces may lie."""
    total = 0
    with archive.open(name) as stream:
        while piece := stream.read(1 << 16):
            total += len(piece)
            if total > MAX_ENTRY_BYTES:
                raise RefusedError("entry_too_big", name=name, megabytes=total // 2**20)
            yield piece


def parse(
    archive: zipfile.ZipFile,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    characters: Callable[[str], None] | None = None,
) -> None:
    """Send the elements of an XML entry to callbacks; tags come without their namespace."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = 1 << 16

    def doctype(*_: object) -> None:
        raise RefusedError("document_type")

    def opened(tag: str, attributes: dict[str, str]) -> None:
        start(tag.rpartition(" ")[2], attributes)

    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    parser.StartElementHandler = opened
    if end is not None:
        closing = end
        parser.EndElementHandler = lambda tag: closing(tag.rpartition(" ")[2])
    if characters is not None:
        parser.CharacterDataHandler = characters
    for piece in inflate(archive, name):
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def unescape(text: str) -> str:
    """Undo the escapes of control characters (``_x000D_``)."""
    return _ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), text) if "_x" in text else text


class Texts:
    """Collects the text of ``<si>`` or ``<is>`` elements, phonetic guides left out."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.parts: list[str] = []
        self.inside = False
        self.phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - expat calls it so
        """Open an element."""
        if tag == "si":
            self.parts = []
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "t":
            self.inside = not self.phonetic

    def end(self, tag: str) -> None:
        """Close an element."""
        if tag == "si":
            self.items.append(unescape("".join(self.parts)))
        elif tag == "rPh":
            self.phonetic = False
        elif tag == "t":
            self.inside = False

    def characters(self, text: str) -> None:
        """Take a piece of text."""
        if self.inside:
            self.parts.append(text)


def is_date_format(number: int, codes: dict[int, str]) -> bool:
    """Whether a number format shows a day or an hour."""
    if number not in codes:
        return number in _DATE_FORMATS
    bare = _FORMAT_NOISE.sub("", codes[number].split(";")[0]).lower()
    return bare != "general" and any(c in bare for c in "dmyhs") and "0" not in bare.replace("ss.0", "").replace(".000", "")


def date_styles(archive: zipfile.ZipFile) -> list[bool]:
    """For each cell style, whether it shows a date."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    codes: dict[int, str] = {}
    styles: list[int] = []
    inside = [False]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside[0] = True
        elif tag == "xf" and inside[0]:
            styles.append(int(attributes.get("numFmtId", "0")))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            inside[0] = False

    parse(archive, "xl/styles.xml", start, end)
    return [is_date_format(number, codes) for number in styles]


def date_text(serial: float, is_1904: bool) -> str | None:
    """Day (and hour) of a serial number, in ISO form; ``None`` outside the calendar."""
    if not 0 <= serial < 2_958_466:
        return None
    # Excel believes in a 29 February 1900: days before it count from another day. Its days have no time zone.
    base = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30 if serial >= 61 else 31)  # noqa: DTZ001
    moment = base + timedelta(seconds=round(serial * 86400))
    return moment.strftime("%Y-%m-%d") if serial == int(serial) else moment.strftime("%Y-%m-%d %H:%M:%S")


def number_text(raw: str) -> str:
    """A stored number as people see it: 15 digits as spreadsheets show, no trailing ``.0``."""
    try:
        value = float(raw)
    except ValueError:
        return raw
    if not math.isfinite(value):
        return raw
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    short = f"{value:.15g}"
    return short if abs(float(short) - value) <= 4e-16 * abs(value) else repr(value)


def column_number(letters: str) -> int:
    """``A`` is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Sheet:
    """Collects the cells of one sheet as text."""

    def __init__(self, name: str, strings: list[str], styles: list[bool], is_1904: bool) -> None:
        self.name = name
        self.strings = strings
        self.styles = styles
        self.is_1904 = is_1904
        self.rows: list[tuple[int, list[str], list[int]]] = []
        self.findings: list[tuple[int, int, str]] = []
        self.merges: list[str] = []
        self.formulas = 0
        self.cells = 0
        self.row = 0
        self.column = -1
        self.current: dict[int, str] = {}
        self.native: list[int] = []
        self.kind = "n"
        self.style = 0
        self.value: list[str] | None = None
        self.has_formula = False
        self.text = Texts()
        self.is_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        if tag == "row":
            self.row = self.row_number(attributes.get("r"))
            self.column, self.current, self.native = -1, {}, []
        elif tag == "c":
            self.column = self.column_of(attributes.get("r"))
            self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", "0"))
            self.value, self.has_formula, self.text = None, False, Texts()
        elif tag == "f":
            self.has_formula = True
            self.formulas += 1
        elif tag == "v":
            self.value, self.is_value = [], True
        elif tag == "mergeCell" and len(self.merges) < 1000:
            self.merges.append(attributes.get("ref", ""))
        else:
            self.text.start(tag, attributes)

    def row_number(self, written: str | None) -> int:
        """Row of an element; rows go upwards and may leave their number out."""
        if written is None:
            return self.row + 1
        if not written.isdecimal() or len(written) > 12:
            raise RefusedError("bad_reference", reference=written[:20])
        number = int(written)
        if number <= self.row:
            raise RefusedError("bad_reference", reference=written)
        return number

    def column_of(self, reference: str | None) -> int:
        """Position of a cell in its row, 0 first; references go rightwards and may be left out."""
        if reference is None:
            return self.column + 1
        match = _REFERENCE.fullmatch(reference)
        if match is None or int(match.group(2)) != self.row:
            raise RefusedError("bad_reference", reference=reference[:20])
        column = column_number(match.group(1))
        if column >= 16_384 or column <= self.column:
            raise RefusedError("bad_reference", reference=reference)
        return column

    def characters(self, text: str) -> None:
        """Take a piece of text."""
        if self.is_value and self.value is not None:
            self.value.append(text)
        else:
            self.text.characters(text)

    def end(self, tag: str) -> None:
        """Close an element."""
        if tag == "v":
            self.is_value = False
        elif tag == "c":
            self.close_cell()
        elif tag == "row":
            if self.current:
                width = max(self.current) + 1
                self.rows.append((self.row, [self.current.get(i, "") for i in range(width)], self.native))
        else:
            self.text.end(tag)

    def close_cell(self) -> None:
        """Keep the cell that ends here, if it holds anything."""
        raw = "".join(self.value) if self.value is not None else ""
        if self.has_formula and not raw and self.kind != "str":
            self.findings.append((self.row, self.column, "formula_without_value"))
        text = self.cell_text(raw)
        if not text.strip():
            return
        if self.row > MAX_ROWS:
            raise RefusedError("too_many_rows", sheet=self.name, row=self.row, limit=MAX_ROWS)
        if self.column >= MAX_COLUMNS:
            raise RefusedError("too_many_columns", sheet=self.name, limit=MAX_COLUMNS)
        if len(text) > MAX_CELL_CHARACTERS:
            raise RefusedError("cell_too_big", sheet=self.name, row=self.row)
        self.cells += 1
        if self.cells > MAX_CELLS:
            raise RefusedError("too_many_rows", sheet=self.name, row=self.row, limit=MAX_ROWS)
        self.current[self.column] = text

    def cell_text(self, raw: str) -> str:
        """What the cell shows, as text."""
        if self.kind == "s":
            index = int(raw) if raw.isdecimal() else -1
            if raw and not 0 <= index < len(self.strings):
                raise RefusedError("bad_reference", reference=f"string {raw[:10]}")
            return self.strings[index] if raw else ""
        if self.kind == "inlineStr":
            return unescape("".join(self.text.parts))
        if self.kind == "b":
            return {"1": "true", "0": "false"}.get(raw, raw)
        if self.kind != "n":
            return unescape(raw)
        if raw and self.style < len(self.styles) and self.styles[self.style]:
            try:
                day = date_text(float(raw), self.is_1904)
            except ValueError:
                day = None
            if day is not None:
                return day
        if raw:
            self.native.append(self.column)
        return number_text(raw) if raw else ""


def workbook_sheets(archive: zipfile.ZipFile) -> tuple[list[tuple[str, str, bool]], bool]:
    """Name, entry and visibility of each sheet, and whether days count from 1904."""
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        raise RefusedError("not_a_workbook")
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str, bool]] = []
    is_1904 = [False]

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))

    def element(tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            is_1904[0] = attributes.get("date1904", "0") in ("1", "true")
        elif tag == "sheet":
            key = next((attributes[k] for k in _REL_ID if k in attributes), "")
            sheets.append((attributes.get("name", ""), targets.get(key, ""), attributes.get("state", "visible") == "visible"))

    parse(archive, "xl/_rels/workbook.xml.rels", relation)
    parse(archive, "xl/workbook.xml", element)
    return [s for s in sheets if s[1] in names and "worksheets/" in s[1]], is_1904[0]


def read(path: str) -> dict[str, Any]:
    """All sheets of a workbook as text.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        What goes to standard output.
    """
    with zipfile.ZipFile(path) as archive:
        census(archive)
        sheets, is_1904 = workbook_sheets(archive)
        strings = Texts()
        if "xl/sharedStrings.xml" in archive.namelist():
            parse(archive, "xl/sharedStrings.xml", strings.start, strings.end, strings.characters)
        styles = date_styles(archive)
        found = []
        for name, entry, is_visible in sheets:
            sheet = Sheet(name, strings.items, styles, is_1904)
            parse(archive, entry, sheet.start, sheet.end, sheet.characters)
            found.append({
                "name": name, "is_visible": is_visible, "rows": sheet.rows, "findings": sheet.findings,
                "merges": sheet.merges, "formulas": sheet.formulas,
            })  # fmt: skip
        return {"verdict": "ok", "sheets": found}


def main() -> None:
    """Read the workbook named on the command line and write the verdict."""
    limit_resources()
    try:
        answer = read(sys.argv[1])
    except RefusedError as refusal:
        answer = {"verdict": refusal.code, "data": refusal.data}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError):
        answer = {"verdict": "bad_zip", "data": {}}
    except expat.ExpatError as error:
        answer = {"verdict": "bad_xml", "data": {"line": error.lineno}}
    except MemoryError:
        answer = {"verdict": "too_much_memory", "data": {}}
    except Exception as error:  # noqa: BLE001 - the parent must get a verdict whatever the file holds
        answer = {"verdict": "unreadable_workbook", "data": {"reason": type(error).__name__}}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=True).encode("ascii"))


if __name__ == "__main__":
    main()
