"""Files that mean harm, through the door of imports: a named verdict, a child that stays small, a parent that lives."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from symbiosis.io import guard
from symbiosis.io.imports import read_import
from symbiosis.io.imports.grids import read_grids
from symbiosis.io.problems import PROBLEM_SENTENCES

CHILD = Path(guard.__file__).with_name("xlsx_child.py")
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def book() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        sheet = made.add_worksheet("registre")
        sheet.write_row(0, 0, ["Déchet", "Code déchet", "Quantité"])
        for i in range(1, 30):
            sheet.write_row(i, 0, [f"déchet {i}", "15 01 03"])
            sheet.write_number(i, 2, i / 7)
    return stream.getvalue()


def with_parts(content: bytes, **parts: bytes) -> bytes:
    """A workbook with some entries replaced or added."""
    named = {{"sheet": SHEET, "strings": STRINGS}.get(key, key): part for key, part in parts.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, named.pop(entry, old.read(entry)))
        for name, part in named.items():
            new.writestr(name, part)
    return stream.getvalue()


def xml(rows: str, head: str = "", tail: str = "") -> bytes:
    return f"<?xml version='1.0'?>{head}<worksheet {SPACE}><sheetData>{rows}</sheetData>{tail}</worksheet>".encode()


def lying(content: bytes) -> bytes:
    """The table of contents says that the sheet is a few bytes long."""
    at = content.index(b"PK\x01\x02")
    while at >= 0:
        length = struct.unpack("<H", content[at + 28 : at + 30])[0]
        if content[at + 46 : at + 46 + length] == SHEET.encode():
            return content[: at + 24] + struct.pack("<I", 10) + content[at + 28 :]
        at = content.find(b"PK\x01\x02", at + 4)
    raise AssertionError


def doubled(content: bytes) -> bytes:
    """Two entries of one name: which is read depends on the reader."""
    stream = io.BytesIO(content)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(SHEET, "<x/>")
    return stream.getvalue()


def encrypted(content: bytes) -> bytes:
    """The bit of encryption on every entry."""
    changed = bytearray(content)
    for magic, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = content.find(magic)
        while at >= 0:
            changed[at + offset] |= 1
            at = content.find(magic, at + 4)
    return bytes(changed)


AMPLIFIED = (
    f"<sst {SPACE}><si><t>{'x' * 32_000}</t></si></sst>".encode(),
    xml("".join(f'<row r="{r}">' + f'<c r="A{r}" t="s"><v>0</v></c>' + "</row>" for r in range(1, 20_001))),
)
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>"

WORKBOOKS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "one string of a hundred megabytes": ("entry_too_big", lambda b: with_parts(b, strings=b"<sst>" + b"x" * (101 * 2**20))),
    "a million rows of the same five cells": (
        "compression_ratio",
        lambda b: with_parts(b, sheet=xml("<row><c><v>1</v></c></row>" * 700_000)),
    ),
    "one cell at the far corner": (
        "too_many_rows",
        lambda b: with_parts(b, sheet=xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    ),
    "row 999999999": (
        "bad_reference",
        lambda b: with_parts(b, sheet=xml('<row r="999999999"><c r="A999999999"><v>1</v></c></row>')),
    ),
    "column ZZZZZZ": ("bad_reference", lambda b: with_parts(b, sheet=xml('<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>'))),
    "billion laughs": ("document_type", lambda b: with_parts(b, sheet=xml("", LAUGHS))),
    "quadratic blow-up": (
        "document_type",
        lambda b: with_parts(b, sheet=xml("<row/>", f"<!DOCTYPE x [<!ENTITY a '{'a' * 9000}'>]>")),
    ),
    "external entity": ("document_type", lambda b: with_parts(b, sheet=xml("", '<!DOCTYPE x SYSTEM "file:///etc/passwd">'))),
    "entity in the strings": ("document_type", lambda b: with_parts(b, strings=LAUGHS.encode() + b"<sst/>")),
    "thousands of entries": ("too_many_entries", lambda b: with_parts(b, **{f"x/{i}": b"" for i in range(3000)})),
    "table of contents that lies": ("bad_zip", lying),
    "two entries of one name": ("bad_entry_name", doubled),
    "entry outside the archive": ("bad_entry_name", lambda b: with_parts(b, **{"../../tmp/evil": b"x"})),
    "entry with a drive": ("bad_entry_name", lambda b: with_parts(b, **{"C:evil": b"x"})),
    "password": ("encrypted_file", encrypted),
    "macros": ("has_macros", lambda b: with_parts(b, **{"xl/vbaProject.bin": b"x"})),
    "one string that twenty thousand cells share": (
        "too_much_memory",
        lambda b: with_parts(b, strings=AMPLIFIED[0], sheet=AMPLIFIED[1]),
    ),
    "a million names of elements": ("bad_xml", lambda b: with_parts(b, sheet=xml("".join(f"<e{i}/>" for i in range(12_000))))),
    "cut short": ("bad_zip", lambda b: b[: len(b) // 2]),
    "deep nesting": (
        "ok",
        lambda b: with_parts(b, sheet=xml("<row r='1'><c r='A1'><v>1</v></c></row>" + "<x>" * 20_000 + "</x>" * 20_000)),
    ),
    "a hundred thousand merges": (
        "ok",
        lambda b: with_parts(
            b,
            sheet=xml(
                "<row r='1'><c r='A1' t='inlineStr'><is><t>Quantité</t></is></c></row>",
                tail="<mergeCells>" + "".join(f'<mergeCell ref="A{i}:B{i}"/>' for i in range(1, 100_001)) + "</mergeCells>",
            ),
        ),
    ),
    "a merge of the whole sheet": (
        "ok",
        lambda b: with_parts(
            b,
            sheet=xml(
                "<row r='1'><c r='A1'><v>1</v></c></row>", tail='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
            ),
        ),
    ),
    "links to other workbooks": ("ok", lambda b: with_parts(b, **{"xl/externalLinks/externalLink1.xml": b"<x/>"})),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_hostile_workbook_gets_its_verdict(name: str, tmp_path: Path) -> None:
    code, change = WORKBOOKS[name]
    path = tmp_path / "registre.xlsx"
    path.write_bytes(change(book()))
    sheets, problems = read_grids(path)
    assert [p.code for p in problems] == ([] if code == "ok" else [code])
    assert code == "ok" or (sheets == [] and code in PROBLEM_SENTENCES)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["registre.xlsx"]  # nothing was unpacked


def test_merged_cells_are_counted_and_said(tmp_path: Path) -> None:
    path = tmp_path / "registre.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["Déchet", "Code déchet", "Quantité"])
        sheet.merge_range("B2:B3", "15 01 03")
        for i in (1, 2):
            sheet.write_string(i, 0, f"déchet {i}")
            sheet.write_number(i, 2, 1.0)
    problems = read_import(path, "register").problems
    assert ("merged_cells", 3) in {(p.code, p.row) for p in problems}


TEXTS: dict[str, tuple[str, bytes]] = {
    "a field of thirty megabytes": ("cell_too_big", b"a;b\n1;" + b"x" * (30 * 2**20)),
    "two hundred thousand columns": ("too_many_columns", b"a;" * 200_000),
    "more rows than are read": ("too_many_rows", b"a;b\n" * 1_000_002),
    "zero bytes": ("not_text", b"a;b\n1\x00;2\n"),
    "a program": ("not_text", b"\x7fELF\x02\x01\x01\x00\x00\x00"),
    "nothing": ("empty_file", b"\xef\xbb\xbf \r\n"),
    "a picture": ("unsupported_format", b"\x89PNG\r\n\x1a\n...."),
    "a page": ("unsupported_format", b"<html><table><tr><td>1"),
    "an old workbook": ("old_or_locked_workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "more than is ever read": ("file_too_big", b"a;b\n" + b"1;2\n" * (14 * 2**20)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_gets_its_verdict(name: str, tmp_path: Path) -> None:
    code, content = TEXTS[name]
    (tmp_path / "registre.csv").write_bytes(content)
    assert [p.code for p in read_grids(tmp_path / "registre.csv")[1]] == [code]
    assert code in PROBLEM_SENTENCES


ARCHIVES: dict[str, tuple[str, dict[str, bytes]]] = {
    "entry outside": ("bad_entry_name", {"../etablissements.csv": b"a;b"}),
    "compressed a thousand times": ("compression_ratio", {"etablissements.csv": b"a;b\n" * 3_000_000}),
    "too many entries": ("too_many_entries", {f"{i}.csv": b"" for i in range(600)}),
    "a line without an end": (
        "cell_too_big",
        {"etablissements.csv": random.Random(1).randbytes(1_500_000).replace(b"\n", b"").hex().encode()},
    ),
    "a cell without an end": (
        "cell_too_big",
        {"etablissements.csv": b'a;"' + random.Random(1).randbytes(40_000).hex().encode() + b'"'},
    ),
    "too many columns": ("too_many_columns", {"etablissements.csv": b"a;" * 600}),
    "zero bytes": ("not_text", {"etablissements.csv": b"a\x00;b\n"}),
    "an archive in the archive": ("empty_file", {"inner.zip": b"PK\x03\x04"}),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_gets_its_verdict(name: str, tmp_path: Path) -> None:
    code, entries = ARCHIVES[name]
    with zipfile.ZipFile(tmp_path / "irep.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    assert [p.code for p in read_grids(tmp_path / "irep.zip")[1]] == [code]
    assert sorted(f.name for f in tmp_path.iterdir()) == ["irep.zip"]


WEIGHED = """
import contextlib, os, re, sys
sys.path.insert(0, sys.argv.pop(1))
import xlsx_child
with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
    xlsx_child.main()
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


def peak_megabytes(path: Path) -> float:
    """Peak of resident memory of the reader, counted from its own start."""
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", WEIGHED, str(CHILD.parent), str(path)], capture_output=True, text=True, check=True
    )
    return int(ended.stdout) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no account of a process's memory on this system")
@pytest.mark.parametrize(
    "name",
    ["one string that twenty thousand cells share", "a million rows of the same five cells", "a hundred thousand merges"],
)
def test_the_child_stays_below_512_megabytes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "registre.xlsx"
    path.write_bytes(WORKBOOKS[name][1](book()))
    assert peak_megabytes(path) < 512


@pytest.mark.long
def test_strings_that_fill_the_memory_of_the_child_are_a_verdict(tmp_path: Path) -> None:
    draw = random.Random(5)
    strings = "".join(f"<si><t>{draw.getrandbits(60):x}</t></si>" for _ in range(2_500_000))
    (tmp_path / "r.xlsx").write_bytes(with_parts(book(), strings=f"<sst {SPACE}>{strings}</sst>".encode()))
    assert [p.code for p in read_grids(tmp_path / "r.xlsx")[1]] in (["too_much_memory"], [])
    assert peak_megabytes(tmp_path / "r.xlsx") < 512


def mutants(count: int, seed: int) -> list[bytes]:
    """Workbooks with bytes changed, in the archive or inside its sheets."""
    draw, source = random.Random(seed), book()
    made = []
    for n in range(count):
        if n % 2:
            with zipfile.ZipFile(io.BytesIO(source)) as archive:
                entry = draw.choice([SHEET, STRINGS, "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
                inside = bytearray(archive.read(entry))
            for _ in range(draw.randint(1, 8)):
                inside[draw.randrange(len(inside))] = draw.randrange(256)
            made.append(with_parts(source, **{entry: bytes(inside)}))
            continue
        mutant = bytearray(source)
        for _ in range(draw.randint(1, 12)):
            mutant[draw.randrange(len(mutant))] = draw.randrange(256)
        made.append(bytes(mutant))
    return made


MANY = """
import contextlib, io, json, sys
sys.path.insert(0, sys.argv[1])
import xlsx_child
for path in sys.argv[2:]:
    sys.argv = ["child", path]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        xlsx_child.main()
    print(json.loads(said.getvalue().splitlines()[-1])["verdict"])
"""


def test_three_hundred_mutants_crash_no_reader(tmp_path: Path) -> None:
    """In one process, so that none is spared: a crash of any would end it."""
    paths = []
    for n, content in enumerate(mutants(300, 2026)):
        paths.append(str(tmp_path / f"{n}.xlsx"))
        Path(paths[-1]).write_bytes(content)
    ended = subprocess.run([sys.executable, "-c", MANY, str(CHILD.parent), *paths], capture_output=True, text=True, check=True)
    verdicts = ended.stdout.split()
    assert len(verdicts) == 300
    assert set(verdicts) <= {"ok", *PROBLEM_SENTENCES}
    assert 10 < verdicts.count("ok") < 290


@pytest.mark.long
def test_three_hundred_mutants_each_in_its_child_leave_the_parent_alive(tmp_path: Path) -> None:
    for content in mutants(300, 57190):
        (tmp_path / "m.xlsx").write_bytes(content)
        verdict = guard.read_workbook(tmp_path / "m.xlsx")
        assert verdict.code in {"ok", *PROBLEM_SENTENCES}
        assert verdict.code != "reader_crashed"
    assert sorted(f.name for f in tmp_path.iterdir()) == ["m.xlsx"]


def test_mutants_of_a_text_are_read_or_refused_and_never_raise(tmp_path: Path) -> None:
    draw = random.Random(7)
    source = "Déchet;Code déchet;Quantité\n".encode() + b"".join(b"bois;15 01 03;%d,5\n" % i for i in range(20))
    for _ in range(100):
        mutant = bytearray(source)
        for _ in range(draw.randint(1, 10)):
            mutant[draw.randrange(len(mutant))] = draw.randrange(256)
        (tmp_path / "m.csv").write_bytes(mutant)
        sheets, problems = read_grids(tmp_path / "m.csv")
        assert sheets or problems
