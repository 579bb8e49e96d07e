"""Reads a workbook, or an archive of CSV files, that nobody vouches for, in a process of its own; only the standard
library, run by path.

Started by :mod:`symbiosis.io.guard`. Nothing of the file is trusted: the census of the archive comes before any
inflation, every inflation is counted, a document type declaration is refused, and row and column references are checked
as they come, so that one cell at row 999 999 999 costs nothing. Cells come out as text; what the workbook held as numbers
is listed.

Writes lines of JSON on standard output, as it reads, so that it never holds a whole sheet: ``{"sheet": name, …}``, then
lists of some rows, each ``[row, cells, native]``, then ``{"end": name, …}``; the last line is ``{"verdict": "ok"}``, or
``{"verdict": code, "data": {…}}`` and nothing of what came before counts.

The rows of a sheet as spreadsheets write them are cut out of the stream and read by one expression each; the XML parser gets
all the rest, and judges it. That is the same reading, in a third of the time.
"""

from __future__ import annotations

import codecs
import csv
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
# One string that a million cells share weighs nothing in the file: what is written for the parent is counted too.
MAX_WRITTEN = 256 * 2**20
MAX_TEXT_ROWS = 200_000
ROWS_PER_LINE = 256
ADDRESS_SPACE = 512 * 2**20
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
# What may stand in such a cell: no reference to a character, nothing that the parser would change or refuse.
_PLAIN = r"[^<>&\x00-\x08\x0b-\x1f\ufffe\uffff]*"
_ROW = re.compile(r'<row r="([1-9][0-9]{0,6})"(?: [A-Za-z0-9:]+="[^"<>&]*")*>')
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})([1-9][0-9]*)"(?: s="([0-9]{1,6})")?(?: t="([A-Za-z]+)")?'
    rf'(?:/>|>(?:<v>({_PLAIN})</v>|<is><t(?: xml:space="preserve")?>({_PLAIN})</t></is>)</c>)'
)
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)
_END_OF_ROW = b"</row>"
_MOST_OF_A_ROW = 2**20
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


class _LocalNames(dict[str, str]):
    """Names of elements without their namespace, each cut once: a sheet has millions of elements and a dozen names."""

    def __missing__(self, tag: str) -> str:
        if len(self) > 10_000:
            raise RefusedError("bad_xml")
        self[tag] = tag.rpartition(" ")[2]
        return self[tag]


LOCAL = _LocalNames()


class Output:
    """Lines for the parent, counted."""

    def __init__(self) -> None:
        self.written = 0
        self.encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
        self.rows: list[str] = []

    def row(self, value: object) -> None:
        """Write one row; some of them make a line."""
        self.rows.append(self.count(self.encode(value)))
        if len(self.rows) == ROWS_PER_LINE:
            self.flush()

    def line(self, value: object) -> None:
        """Write one line."""
        self.flush()
        sys.stdout.write(self.count(self.encode(value)) + "\n")

    def flush(self) -> None:
        """Write the rows that wait."""
        if self.rows:
            sys.stdout.write("[" + ",".join(self.rows) + "]\n")
            self.rows.clear()

    def count(self, text: str) -> str:
        """Add to what the parent gets."""
        self.written += len(text)
        if self.written > MAX_WRITTEN:
            raise RefusedError("too_much_memory")
        return text


def parse(
    archive: zipfile.ZipFile,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    characters: Callable[[str], None] | None = None,
    *,
    quick: Callable[[str], bool] | None = None,
) -> None:
    """Send the elements of an XML entry to callbacks, which look their tags up in :data:`LOCAL`.

    `quick` is asked first for each row of a sheet, and takes those that it can read.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = 1 << 16

    def doctype(*_: object) -> None:
        raise RefusedError("document_type")

    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    if characters is not None:
        parser.CharacterDataHandler = characters
    pieces = inflate(archive, name)
    for piece in pieces if quick is None else without_quick_rows(pieces, quick):
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def without_quick_rows(pieces: Iterator[bytes], quick: Callable[[str], bool]) -> Iterator[bytes]:
    """An entry without the rows that `quick` takes.

    Only what begins right behind the end of a row, and ends at the next, is offered: a place where the parser, which has had
    all that came before, waits for a row. From the first comment, CDATA section or instruction on, or a row of a megabyte,
    nothing is offered any more: there `<row>` may be no row.

    Yields
    ------
    bytes
        Pieces for the parser.
    """
    rest = next(pieces, b"")
    is_plain, is_behind_row = not _ENCODING.match(rest), False
    start = rest.find(b"?>") + 2 if rest.startswith(b"<?xml") else 0
    yield rest[:start]
    rest = rest[start:]
    while is_plain:
        block, end, open_row = rest.rpartition(_END_OF_ROW)
        is_plain = b"<!" not in block and b"<?" not in block and len(open_row) < _MOST_OF_A_ROW
        try:
            rows = block.decode().split(_END_OF_ROW.decode()) if end and is_plain else []
        except UnicodeDecodeError:
            is_plain, rows = False, []
        if not is_plain:
            break
        rest = open_row
        for row in rows:
            if not (is_behind_row and quick(row)):
                yield row.encode() + _END_OF_ROW
            is_behind_row = True
        piece = next(pieces, None)
        if piece is None:
            break
        rest += piece
    yield rest
    yield from pieces


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
        tag = LOCAL[tag]
        if tag == "si":
            self.parts = []
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "t":
            self.inside = not self.phonetic

    def end(self, tag: str) -> None:
        """Close an element."""
        tag = LOCAL[tag]
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
        tag = LOCAL[tag]
        if tag == "numFmt":
            codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside[0] = True
        elif tag == "xf" and inside[0]:
            styles.append(int(attributes.get("numFmtId", "0")))

    def end(tag: str) -> None:
        if LOCAL[tag] == "cellXfs":
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
    """Writes the rows of one sheet, its cells as text, while they are read."""

    def __init__(self, name: str, strings: list[str], styles: list[bool], is_1904: bool, output: Output) -> None:
        self.name = name
        self.strings = strings
        self.styles = styles
        self.is_1904 = is_1904
        self.output = output
        self.findings: list[tuple[int, int, str]] = []
        self.merges: list[str] = []
        self.formulas = 0
        self.cells = 0
        self.row = 0
        self.row_text = ""
        self.columns: dict[str, int] = {}
        self.column = -1
        self.current: list[str] = []
        self.native: list[int] = []
        self.kind = "n"
        self.style = 0
        self.value: list[str] = []
        self.has_formula = False
        self.is_phonetic = False
        self.is_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        tag = LOCAL[tag]
        if tag == "c":
            # The usual cell is read here, without a call: there are millions of them.
            reference = attributes.get("r", "")
            letters = reference[: -len(self.row_text)]
            column = self.columns.get(letters, -1)
            if column <= self.column or not reference.endswith(self.row_text):
                column = self.column_of(attributes.get("r"))
            self.column = column
            self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", "0"))
            self.value, self.has_formula = [], False
        elif tag == "v":
            self.is_value = self.kind != "inlineStr"
        elif tag == "t":
            self.is_value = self.kind == "inlineStr" and not self.is_phonetic
        elif tag == "row":
            self.row = self.row_number(attributes.get("r"))
            self.row_text = str(self.row)
            self.column, self.current, self.native = -1, [], []
        elif tag == "f":
            self.has_formula = True
            self.formulas += 1
        elif tag == "mergeCell" and len(self.merges) < 1000:
            self.merges.append(attributes.get("ref", "")[:40])
        elif tag == "rPh":
            self.is_phonetic = True

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
        letters = reference.rstrip("0123456789")
        column = self.columns.get(letters, -1)
        if column < 0:
            match = _REFERENCE.fullmatch(reference)
            column = column_number(match.group(1)) if match else 16_384
            if column < 16_384:
                self.columns[letters] = column
        if column >= 16_384 or column <= self.column or reference[len(letters) :] != self.row_text:
            raise RefusedError("bad_reference", reference=reference[:20])
        return column

    def characters(self, text: str) -> None:
        """Take a piece of text."""
        if self.is_value:
            self.value.append(text)

    def end(self, tag: str) -> None:
        """Close an element."""
        tag = LOCAL[tag]
        if tag in ("v", "t"):
            self.is_value = False
        elif tag == "c":
            self.close_cell("".join(self.value))
        elif tag == "row":
            if self.current:
                self.output.row([self.row, self.current, self.native])
        elif tag == "rPh":
            self.is_phonetic = False

    def quick(self, text: str) -> bool:
        """Read a row, without its end, if it is written as spreadsheets write it; else leave it to the parser."""
        head = _ROW.match(text)
        if head is None:
            return False
        # What stands between the cells, which is nothing; then the groups of a cell, and so on.
        parts = _CELL.split(text[head.end() :])
        if any(parts[::7]) or any(row != head[1] for row in parts[2::7]) or "]]>" in text:
            return False
        self.row = self.row_number(head[1])
        self.row_text = head[1]
        self.column, self.current, self.native, self.has_formula = -1, [], [], False
        known = self.columns.get
        for letters, style, kind, value, inline in zip(*(parts[i::7] for i in (1, 3, 4, 5, 6)), strict=True):
            column = known(letters, -1)
            self.column = column if column > self.column else self.column_of(letters + self.row_text)
            self.kind, self.style = kind or "n", int(style or 0)
            self.close_cell((inline if kind == "inlineStr" else value) or "")
        if self.current:
            self.output.row([self.row, self.current, self.native])
        return True

    def close_cell(self, raw: str) -> None:
        """Keep the cell that ends here, if it holds anything."""
        if self.has_formula and not raw and self.kind not in ("str", "inlineStr") and len(self.findings) < MAX_ROWS:
            self.findings.append((self.row, self.column, "formula_without_value"))
        if self.kind == "s" and raw.isdecimal() and len(raw) < 9 and int(raw) < len(self.strings):
            text = self.strings[int(raw)]
        else:
            text = self.cell_text(raw)
        if not text or text.isspace():
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
        if self.column > len(self.current):
            self.current += [""] * (self.column - len(self.current))
        self.current.append(text)

    def cell_text(self, raw: str) -> str:
        """What the cell shows, as text."""
        if self.kind == "s":
            index = int(raw) if raw.isdecimal() else -1
            if raw and not 0 <= index < len(self.strings):
                raise RefusedError("bad_reference", reference=f"string {raw[:10]}")
            return self.strings[index] if raw else ""
        if self.kind == "inlineStr":
            return unescape(raw)
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
        if LOCAL[tag] == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))

    def element(tag: str, attributes: dict[str, str]) -> None:
        tag = LOCAL[tag]
        if tag == "workbookPr":
            is_1904[0] = attributes.get("date1904", "0") in ("1", "true")
        elif tag == "sheet":
            key = next((attributes[k] for k in _REL_ID if k in attributes), "")
            sheets.append((attributes.get("name", ""), targets.get(key, ""), attributes.get("state", "visible") == "visible"))

    parse(archive, "xl/_rels/workbook.xml.rels", relation)
    parse(archive, "xl/workbook.xml", element)
    return [s for s in sheets if s[1] in names and "worksheets/" in s[1]], is_1904[0]


def read(path: str, output: Output) -> None:
    """Write all sheets of a workbook as text.

    Parameters
    ----------
    path
        The file.
    output
        Where the lines go.
    """
    with zipfile.ZipFile(path) as archive:
        census(archive)
        sheets, is_1904 = workbook_sheets(archive)
        strings = Texts()
        if "xl/sharedStrings.xml" in archive.namelist():
            parse(archive, "xl/sharedStrings.xml", strings.start, strings.end, strings.characters)
        styles = date_styles(archive)
        for name, entry, is_visible in sheets:
            output.line({"sheet": name, "is_visible": is_visible})
            sheet = Sheet(name, strings.items, styles, is_1904, output)
            parse(archive, entry, sheet.start, sheet.end, sheet.characters, quick=sheet.quick)
            output.line({"end": name, "findings": sheet.findings, "merges": sheet.merges, "formulas": sheet.formulas})


def text_lines(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Lines of a text entry: UTF-8 with or without its mark, or the encoding of old Windows programs."""
    try:
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        for piece in inflate(archive, name):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "cp1252"
    reader = codecs.getincrementaldecoder(encoding)("replace" if encoding == "cp1252" else "strict")
    rest = ""
    for piece in inflate(archive, name):
        *lines, rest = (rest + reader.decode(piece)).split("\n")
        if len(rest) > 2**20:
            raise RefusedError("cell_too_big", sheet=name, row=1)
        yield from (line + "\n" for line in lines)
    rest += reader.decode(b"", final=True)
    if rest:
        yield rest


def read_texts(path: str, output: Output) -> None:
    """Write the CSV files of an archive, each as a sheet named after it.

    Parameters
    ----------
    path
        The archive.
    output
        Where the lines go.
    """
    with zipfile.ZipFile(path) as archive:
        census(archive)
        for name in archive.namelist():
            if not name.lower().endswith((".csv", ".txt")):
                continue
            output.line({"sheet": name, "is_visible": True})
            lines = text_lines(archive, name)
            head = next(lines, "")
            if "\x00" in head:
                raise RefusedError("not_text")
            delimiter = max(";,\t|", key=head.count)
            csv.field_size_limit(MAX_CELL_CHARACTERS)
            for row, cells in enumerate(csv.reader(_chained(head, lines), delimiter=delimiter), start=1):
                if row > MAX_TEXT_ROWS:
                    raise RefusedError("too_many_rows", sheet=name, row=row, limit=MAX_TEXT_ROWS)
                if len(cells) > MAX_COLUMNS:
                    raise RefusedError("too_many_columns", sheet=name, limit=MAX_COLUMNS)
                if any(cells):
                    output.row([row, cells, []])
            output.line({"end": name, "findings": [], "merges": [], "formulas": 0})


def _chained(head: str, lines: Iterator[str]) -> Iterator[str]:
    yield head
    yield from lines


def main() -> None:
    """Read the file named on the command line and write its rows and the verdict; ``--texts`` for an archive of CSV files."""
    limit_resources()
    output = Output()
    data: dict[str, Any] = {}
    try:
        (read_texts if "--texts" in sys.argv[2:] else read)(sys.argv[1], output)
        verdict = "ok"
    except RefusedError as refusal:
        verdict, data = refusal.code, refusal.data
    except csv.Error:
        verdict = "cell_too_big"
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError):
        verdict = "bad_zip"
    except expat.ExpatError as error:
        verdict, data = "bad_xml", {"line": error.lineno}
    except MemoryError:
        verdict = "too_much_memory"
    except Exception as error:  # noqa: BLE001 - the parent must get a verdict whatever the file holds
        verdict, data = "unreadable_workbook", {"reason": type(error).__name__}
    sys.stdout.write(json.dumps({"verdict": verdict, "data": data}, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
