"""Hostile and broken workbooks: each gets a named verdict from a child process, and the parent lives on."""

import random
import time
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from symbiosis.io import xlsx_child
from symbiosis.io.guard import read_workbook
from symbiosis.io.problems import PROBLEM_SENTENCES

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    path = tmp_path / "honest.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Feuil1")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, ["code", "tonnes", "jour", "vrai", "formule"])
        sheet.write_string(1, 0, "010101")
        sheet.write_number(1, 1, 12.3)
        sheet.write_datetime(1, 2, datetime.fromisoformat("2026-03-11"), day)
        sheet.write_boolean(1, 3, True)
        sheet.write_formula(1, 4, "=B2*2", None, 24.6)
    return path


def rewritten(source: Path, target: Path, change: dict[str, bytes], extra: dict[str, bytes] | None = None) -> Path:
    """The same workbook with some entries replaced or added."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, change.get(entry, old.read(entry)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return target


def sheet_xml(rows: str, head: str = "") -> bytes:
    return f"<?xml version='1.0'?>{head}<worksheet {NAMESPACE}><sheetData>{rows}</sheetData></worksheet>".encode()


def test_honest_cells_come_out_as_they_were_typed(honest: Path) -> None:
    verdict = read_workbook(honest)
    assert verdict.code == "ok"
    (sheet,) = verdict.sheets
    assert sheet.rows[1][1] == ("010101", "12.3", "2026-03-11", "true", "24.6")
    assert sheet.rows[1][2] == frozenset((1, 4))


HOSTILE = {
    "far row": ("too_many_rows", sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "row beyond the format": ("bad_reference", sheet_xml('<row r="999999999"><c r="A999999999"><v>1</v></c></row>')),
    "column beyond the format": ("bad_reference", sheet_xml('<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>')),
    "many columns": ("too_many_columns", sheet_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>')),
    "no such string": ("bad_reference", sheet_xml('<row r="1"><c r="A1" t="s"><v>99999</v></c></row>')),
    "row that goes back": ("bad_reference", sheet_xml('<row r="2"/><row r="1"/>')),
    "billion laughs": ("document_type", sheet_xml("", '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>')),
    "external entity": ("document_type", sheet_xml("", '<!DOCTYPE x SYSTEM "file:///etc/hostname">')),
    "cut short": ("bad_xml", b"<worksheet><sheetData><row r='1'>"),
    "not xml": ("bad_xml", b"\x00\x01\x02"),
    "long string": (
        "cell_too_big",
        sheet_xml(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * 40000}</t></is></c></row>'),
    ),
    "deflated nothing": ("compression_ratio", sheet_xml("<row/>" + " " * 20_000_000)),
    "huge entry": ("entry_too_big", b" " * (101 * 2**20)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sheets_get_a_named_verdict(name: str, honest: Path, tmp_path: Path) -> None:
    code, content = HOSTILE[name]
    verdict = read_workbook(rewritten(honest, tmp_path / "bad.xlsx", {SHEET: content}))
    assert verdict.code == code
    assert code in PROBLEM_SENTENCES


@pytest.mark.parametrize(
    ("code", "extra"),
    [("bad_entry_name", {"../../evil": b"x"}), ("has_macros", {"xl/vbaProject.bin": b"x"}),
     ("too_many_entries", {f"x/{i}": b"" for i in range(600)})],
)  # fmt: skip
def test_hostile_archives_are_refused_by_their_table_of_contents(
    code: str, extra: dict[str, bytes], honest: Path, tmp_path: Path
) -> None:
    assert read_workbook(rewritten(honest, tmp_path / "bad.xlsx", {}, extra)).code == code


def test_the_whole_of_an_archive_is_bounded_too(honest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(honest) as archive:
        xlsx_child.census(archive)
        monkeypatch.setattr(xlsx_child, "MAX_TOTAL_BYTES", 1000)
        with pytest.raises(xlsx_child.RefusedError, match="entry_too_big"):
            xlsx_child.census(archive)


def test_what_is_no_archive_or_no_workbook_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 not really")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("hello.txt", "x")
    assert read_workbook(tmp_path / "a.xlsx").code == "bad_zip"
    assert read_workbook(tmp_path / "b.xlsx").code == "not_a_workbook"


@pytest.mark.parametrize(
    ("body", "code"),
    [("import time; time.sleep(60)", "reader_timeout"), ("import os; os.abort()", "reader_crashed"),
     ("print('not json')", "reader_crashed"), ("raise SystemExit(3)", "reader_crashed")],
)  # fmt: skip
def test_a_child_that_hangs_or_dies_is_a_problem_and_no_outage(body: str, code: str, honest: Path, tmp_path: Path) -> None:
    child = tmp_path / "child.py"
    child.write_text(body)
    start = time.monotonic()
    assert read_workbook(honest, child=child, wall_seconds=1.0).code == code
    assert time.monotonic() - start < 10


def test_mutants_never_bring_the_reader_down(honest: Path, tmp_path: Path) -> None:
    source = honest.read_bytes()
    draw = random.Random(2026)
    for _ in range(25):
        mutant = bytearray(source)
        for _ in range(draw.randint(1, 12)):
            mutant[draw.randrange(len(mutant))] = draw.randrange(256)
        path = tmp_path / "mutant.xlsx"
        path.write_bytes(mutant)
        verdict = read_workbook(path)
        assert verdict.code in {"ok", *PROBLEM_SENTENCES}
        assert verdict.code != "reader_crashed"


def test_it_reads_what_openpyxl_reads(tmp_path: Path) -> None:
    """Another reader as a witness, on a workbook that another writer made."""
    book = openpyxl.Workbook()
    sheet = book.active
    draw = random.Random(7)
    for _ in range(40):
        sheet.append([draw.uniform(-1e6, 1e6), draw.randint(0, 10**9), 'é;\n"' * draw.randint(0, 3), None, draw.random() < 0.5])
    sheet["H50"] = datetime.fromisoformat("2026-02-28T13:30")
    book.save(tmp_path / "x.xlsx")
    (read,) = read_workbook(tmp_path / "x.xlsx").sheets
    cells = {(row, j): text for row, row_cells, _ in read.rows for j, text in enumerate(row_cells) if text}
    for row in openpyxl.load_workbook(tmp_path / "x.xlsx").active.iter_rows():
        for cell in row:
            text = cells.get((cell.row, cell.column - 1), "")
            if isinstance(cell.value, bool):
                assert text == str(cell.value).lower()
            elif isinstance(cell.value, int | float):
                assert float(text) == pytest.approx(cell.value, rel=1e-15)
            elif isinstance(cell.value, datetime):
                assert text == "2026-02-28 13:30:00"
            else:
                assert text == (cell.value or "")


def test_the_days_of_excel_before_march_1900_are_right(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "d.xlsx") as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for i, serial in enumerate((1, 59, 61, 46092)):
            sheet.write_number(i, 0, serial, day)
        sheet.write_number(4, 0, 46092, book.add_format({"num_format": '#,##0.00" d"'}))
    (read,) = read_workbook(tmp_path / "d.xlsx").sheets
    assert [cells[0] for _, cells, _ in read.rows] == ["1900-01-01", "1900-02-28", "1900-03-01", "2026-03-11", "46092"]


ROWS = "".join(
    f'<row r="{row}" spans="1:5"><c r="A{row}" t="inlineStr"><is><t>Bois n° {row}</t></is></c>'
    f'<c r="B{row}" s="1"><v>{row}.5</v></c><c r="C{row}" t="s"><v>0</v></c><c r="D{row}" s="1"/>'
    f'<c r="E{row}" t="b"><v>1</v></c></row>'
    for row in range(1, 9)
)
STRANGE = (
    "<!-- ", " -->", "<!-- a -->", "<![CDATA[", "<![CDATA[a]]>", "]]>", "&amp;", "&", "<", ">", '"', "\x01", "\r\n", "é",
    "<row>", "</row>", '<row r="3">', "<?p ?>", '<c r="A2"><v>7</v></c>', "<c><v>8</v></c>", '<c r="F5"><f>A1</f></c>',
    "</sheetData>", "<sheetData>", "_x000D_", ' t="s"', '<c r="B9" t="e"><v>#N/A</v></c>', '<mergeCell ref="A1:B2"/>', "\ufffe",
    '<row r="4" hidden="1"/>', '<c r="XFE1"><v>1</v></c>',
)  # fmt: skip


def said(sheet: bytes, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """All that the child writes of a workbook with one sheet."""
    with zipfile.ZipFile(folder / "r.xlsx", "w") as archive:
        relation = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'
        archive.writestr("xl/_rels/workbook.xml.rels", relation)
        main = f'{NAMESPACE} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
        archive.writestr("xl/workbook.xml", f'<workbook {main}><sheets><sheet name="a" r:id="r1"/></sheets></workbook>')
        archive.writestr("xl/sharedStrings.xml", f"<sst {NAMESPACE}><si><t>partagé</t></si></sst>")
        archive.writestr(SHEET, sheet)
    monkeypatch.setattr("sys.argv", ["child", str(folder / "r.xlsx")])
    xlsx_child.main()
    return capsys.readouterr().out


def test_rows_read_by_expression_are_those_that_the_parser_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_child, "limit_resources", lambda: None)
    head, tail = f'<?xml version="1.0" encoding="UTF-8"?><worksheet {NAMESPACE}><sheetData>', "</sheetData></worksheet>"
    draw, taken, quick = random.Random(20), 0, xlsx_child.Sheet.quick
    for _ in range(400):
        text = list(ROWS)
        for _ in range(draw.randrange(4)):
            behind = [place + 1 for place, sign in enumerate(text) if sign == ">"]
            text.insert(draw.choice(behind) if draw.random() < 0.6 else draw.randrange(len(text)), draw.choice(STRANGE))
        if draw.random() < 0.2:
            del text[draw.randrange(len(text))]
        sheet = (head + "".join(text) + tail).encode()
        monkeypatch.setattr(xlsx_child.Sheet, "quick", quick)
        fast = said(sheet, tmp_path, capsys, monkeypatch)
        monkeypatch.setattr(xlsx_child.Sheet, "quick", lambda *_: False)
        slow = said(sheet, tmp_path, capsys, monkeypatch)
        if '"verdict": "ok"' in slow:
            assert fast == slow, sheet
            taken += 1
        else:
            # Of a sheet with two faults the one that is met first is named.
            assert '"verdict": "ok"' not in fast, sheet
    assert taken > 100
