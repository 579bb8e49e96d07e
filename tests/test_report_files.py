"""What people take away: spreadsheets run nothing and change nothing, maps and graphs are valid."""

import csv
import json
import math
import re
import zipfile
from pathlib import Path

import networkx as nx
import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from symbiosis.io import read_folder
from symbiosis.report import tables
from symbiosis.report.column_sheet import ColumnSheet
from symbiosis.report.graph import write_graphml
from symbiosis.report.maps import write_geojson
from symbiosis.report.tables import guarded_text, sheet_name, write_csv, write_parquet, write_workbook

PAYLOADS = [
    "=1+1",
    '=HYPERLINK("http://x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "=cmd|' /C calc'!A0",
    "010101",
    "11-3",
    "73282932000074",
    "1e5",
    "http://x.example",
    'Scierie de l\'Orée ; "nord"',
    "vrai",
]


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": PAYLOADS,
            "gain_eur_per_yr": np.linspace(-1234.5, 1e6, len(PAYLOADS)),
            "year": 2025,
            "is_synthetic": [True, False] * (len(PAYLOADS) // 2),
            "codes": [("170201", "150103")] * len(PAYLOADS),
            "distance_km": [math.nan, math.inf, *([3.25] * (len(PAYLOADS) - 2))],
        },
        index=pd.Index([f"x{i}" for i in range(len(PAYLOADS))], name="exchange_id"),
    )


def test_csv_opens_in_a_french_excel_and_runs_nothing(frame: pd.DataFrame, tmp_path: Path) -> None:
    write_csv(frame, tmp_path / "x.csv", titles={"name": "Nom"})
    raw = (tmp_path / "x.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = csv.reader(stream, delimiter=";")
    assert head[:2] == ["exchange_id", "Nom"]
    assert rows[0][2] == "-1234,5"  # a number stays a number
    assert rows[0][6] == ""
    assert rows[1][6] == ""
    assert rows[2][6] == "3,25"
    assert [r[4] for r in rows[:2]] == ["oui", "non"]
    for payload, row in zip(PAYLOADS[:14], rows, strict=False):
        assert row[1] == "'" + payload
    assert rows[15][1] == PAYLOADS[15]
    assert rows[16][1] == PAYLOADS[16]


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers(frame: pd.DataFrame, tmp_path: Path) -> None:
    write_workbook(tmp_path / "x.xlsx", {"Échanges": frame}, banner="Données fictives", notes=["=1+1"], titles={"name": "Nom"})
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["À lire", "Échanges"]
    sheet = book["Échanges"]
    assert sheet["A1"].value == "Données fictives"
    assert sheet["B2"].value == "Nom"
    assert sheet.freeze_panes == "B3"
    for i, payload in enumerate(PAYLOADS):
        cell = sheet.cell(row=i + 3, column=2)
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        assert cell.value == payload.replace("\r", "_x000D_") or cell.value == payload
    assert sheet["C3"].value == -1234.5
    assert sheet["C3"].data_type == "n"
    assert sheet["G3"].value is None


def test_a_sheet_written_by_columns_reads_as_one_written_cell_by_cell(tmp_path: Path) -> None:
    texts = ["sciure", "", '<&> "é"', " bords ", "sciure", "_x000D_", "\x07", ""]
    numbers = [1.5, math.nan, -1e-300, 1e300, 0.1 + 0.2, -math.inf, 0.0, math.nan]
    with xlsxwriter.Workbook(str(tmp_path / "cells.xlsx")) as book:
        sheet, text, number = book.add_worksheet(), book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.0"})
        sheet.write_string(0, 0, "titre")
        for row, (said, value) in enumerate(zip(texts, numbers, strict=True), start=1):
            if said:
                sheet.write_string(row, 0, said, text)
            if math.isfinite(value):
                sheet.write_number(row, 1, value, number)
    with xlsxwriter.Workbook(str(tmp_path / "columns.xlsx")) as book:
        sheet = book.add_worksheet(worksheet_class=ColumnSheet)
        text, number = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.0"})
        sheet.write_string(0, 0, "titre")
        sheet.write_table_column(1, texts, text, number)
        sheet.write_table_column(1, numbers, text, number)
    cells, columns = (openpyxl.load_workbook(tmp_path / f"{name}.xlsx").active for name in ("cells", "columns"))
    assert cells.dimensions == "A1:B8"  # XlsxWriter knows no row whose cells are all empty
    seen = [[(c.value, c.data_type, c.number_format) for c in row] for row in columns.iter_rows(max_row=8)]
    assert seen == [[(c.value, c.data_type, c.number_format) for c in row] for row in cells.iter_rows()]


def test_a_text_that_excel_cannot_hold_is_cut_and_says_so(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["a" * 40_000, "\U0001f600" * 20_000, "é" * 32_767]}, dtype=object)
    write_workbook(tmp_path / "x.xlsx", {"x": frame})
    cells = [openpyxl.load_workbook(tmp_path / "x.xlsx")["x"].cell(row, 1).value for row in (2, 3, 4)]
    assert [len(cell.encode("utf-16-le")) // 2 for cell in cells] == [32_767, 32_767, 32_767]
    assert [cell[-1] for cell in cells] == ["…", "…", "é"]


def test_what_we_write_we_read_back_unchanged(root: Path, tmp_path: Path) -> None:
    declared = read_folder(root / "datasets" / "kalundborg")
    for language in ("fr", "en"):
        folder = tmp_path / language
        folder.mkdir()
        for name, frame in declared.frames.items():
            if len(frame):
                write_csv(frame, folder / f"{name}.csv", language=language)
        write_workbook(folder / "all.book", {n: f for n, f in declared.frames.items() if len(f)}, banner="Exemple")
        (folder / "facts.json").write_text(json.dumps(declared.facts), encoding="utf-8")
        again = read_folder(folder)
        for name, frame in declared.frames.items():
            pd.testing.assert_frame_equal(frame, again.frames[name])
        assert again.fingerprint == declared.fingerprint
    (folder / "all.book").rename(tmp_path / "all.xlsx")
    from_book = read_folder(tmp_path / "all.xlsx")
    for name, frame in declared.frames.items():
        pd.testing.assert_frame_equal(frame, from_book.frames[name])


def test_sheet_names_are_what_excel_accepts() -> None:
    taken: set[str] = set()
    names = [sheet_name(n, taken) for n in ("a/b:c", "A b c", "x" * 40, "x" * 40, "", "'q'")]
    assert len({n.casefold() for n in names}) == 6
    assert all(len(n) <= 31 and not set(n) & set("[]:*?/\\'") for n in names)


def test_plain_words_are_left_alone() -> None:
    for text in ("sciure", "Scierie 2", "12 t", "a=b", "17 02 01", "n°3"):
        assert guarded_text(text) == text


def test_geojson_is_valid_and_holds_no_nan(frame: pd.DataFrame, tmp_path: Path) -> None:
    sites = pd.DataFrame({"latitude": [49.0, 50.0, 51.0], "longitude": [6.0, 7.0, 8.0]}, index=["s", "r", "w"])
    chains = frame.assign(from_site_id="s", to_site_id="r", via_site_ids=[()] + [("w",)] * (len(frame) - 1))
    chains.loc["x3", "to_site_id"] = "nowhere"
    assert write_geojson(chains, tmp_path / "x.geojson", sites=sites, facts={"is_synthetic": True}) == len(frame)
    text = (tmp_path / "x.geojson").read_text(encoding="utf-8")

    def refuse(name: str) -> None:
        raise AssertionError(name)

    read = json.loads(text, parse_constant=refuse)
    assert read["is_synthetic"] is True
    first, second = read["features"][:2]
    assert first["geometry"] == {"type": "LineString", "coordinates": [[6.0, 49.0], [7.0, 50.0]]}
    assert second["geometry"]["coordinates"][1] == [8.0, 51.0]
    assert first["properties"]["distance_km"] is None
    assert second["properties"]["distance_km"] is None
    assert read["features"][3]["geometry"] is None
    with pytest.raises(KeyError):
        write_geojson(frame, tmp_path / "y.geojson")


INJECTIONS = [
    "=1+1", '=HYPERLINK("http://e.example","x")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1:A9)", "\t=1+1", "\r=1+1",
    "<script>alert(1)</script>", '<img src="file:///etc/passwd">', "http://e.example/x", "[x](javascript:alert(1))", "＝1+1",
]  # fmt: skip
TEXTS = ["giver_name", "giver_commune", "taker_name", "taker_commune", "description", "need_description", "reasons", "papers",
         "words", "material_name", "use_name", "outlet_name"]  # fmt: skip


@pytest.fixture(scope="module")
def injected() -> pd.DataFrame:
    """Exchanges in which every text field holds every payload once."""
    rows = [{field: INJECTIONS[(place + shift) % 12] for shift, field in enumerate(TEXTS)} for place in range(12)]
    ends = {"from_longitude": 6.1, "from_latitude": 49.3, "to_longitude": 6.2, "to_latitude": 49.4}
    return pd.DataFrame(rows, index=pd.Index([f"x{place}" for place in range(12)], name="exchange_id")).assign(**ends)


def test_no_field_of_a_csv_starts_as_a_formula(injected: pd.DataFrame, tmp_path: Path) -> None:
    for language, delimiter in (("fr", ";"), ("en", ",")):
        write_csv(injected, tmp_path / "x.csv", titles={"words": "=1+1"}, language=language)
        with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as stream:
            heads, *rows = csv.reader(stream, delimiter=delimiter)
        assert len(rows) == 12
        for cell in [*heads, *(cell for row in rows for cell in row)]:
            assert not cell.lstrip(" \u00a0\u202f").startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
        for row, (_, wanted) in zip(rows, injected.iterrows(), strict=True):
            assert [cell.removeprefix("'") for cell in row[1:13]] == [wanted[field] for field in TEXTS]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link_and_texts_come_back_unchanged(
    injected: pd.DataFrame, tmp_path: Path
) -> None:
    write_workbook(tmp_path / "x.xlsx", {"x": injected}, titles={"words": "=1+1"}, banner="=1+1", notes=INJECTIONS)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "f"
            assert cell.hyperlink is None
    for row, (_, wanted) in zip(book["x"].iter_rows(min_row=3, max_col=13, values_only=True), injected.iterrows(), strict=True):
        assert [cell.replace("_x000D_", "\r") for cell in row[1:]] == [wanted[field] for field in TEXTS]
    with zipfile.ZipFile(tmp_path / "x.xlsx") as parts:
        for name in parts.namelist():
            text = parts.read(name)
            assert b'TargetMode="External"' not in text, name
            assert b"<f>" not in text, name
            assert b"<hyperlink" not in text, name


def test_maps_and_graphs_give_every_field_back_as_it_was(injected: pd.DataFrame, tmp_path: Path) -> None:
    write_geojson(injected, tmp_path / "x.geojson")
    features = json.loads((tmp_path / "x.geojson").read_text("utf-8"))["features"]
    graph = nx.MultiDiGraph()
    for key, row in injected.iterrows():
        assert {field: features[int(str(key)[1:])]["properties"][field] for field in TEXTS} == dict(row[TEXTS])
        graph.add_node(row["giver_name"], **dict(row[TEXTS]))
    write_graphml(graph, tmp_path / "x.graphml")
    raw = (tmp_path / "x.graphml").read_text("utf-8")
    assert not re.search(r"<(script|img)|<!ENTITY|<!DOCTYPE", raw)
    read = nx.read_graphml(tmp_path / "x.graphml")
    # A reader of XML takes a carriage return for the end of a line.
    wanted = {tuple(text.replace("\r", "\n") for text in row) for row in injected[TEXTS].itertuples(index=False, name=None)}
    assert {tuple(data[field] for field in TEXTS) for _, data in read.nodes(data=True)} == wanted


def test_graphml_reads_back_and_control_characters_are_gone(tmp_path: Path) -> None:
    graph = nx.MultiDiGraph(territory="Vallée", is_synthetic=True)
    graph.add_node("a", name="Scierie\x00\x1b & <fils>", latitude=49.5, count=3)
    graph.add_node("b", name="B", latitude=math.nan, count=2.5)
    graph.add_edge("a", "b", quantity_t=12, codes=("170201", "150103"), is_new=True)
    graph.add_edge("a", "b", quantity_t=0.1 + 0.2)
    write_graphml(graph, tmp_path / "x.graphml")
    read = nx.read_graphml(tmp_path / "x.graphml")
    assert read.is_directed()
    assert read.nodes["a"] == {"name": "Scierie & <fils>", "latitude": 49.5, "count": 3.0}
    assert read.nodes["b"] == {"name": "B", "count": 2.5}
    edges = [data for _, _, data in read.edges(data=True)]
    assert edges[0] == {"quantity_t": 12.0, "codes": "170201;150103", "is_new": True}
    assert edges[1]["quantity_t"] == 0.1 + 0.2
    assert read.graph["territory"] == "Vallée"


def shared_rows() -> pd.DataFrame:
    """A column whose rows share few texts, one whose rows share none, one with lists, numbers and nothing."""
    said = np.array(["=1+1", 'a;b "c"', "chaux éteinte", np.nan], dtype=object)
    return pd.DataFrame({
        "said": pd.Series(said[np.arange(40) % 4], dtype=object),
        "own": pd.Series([f"0{i}" for i in range(40)], dtype=object),
        "several": pd.Series([("a", "b")] * 40, dtype=object),
        "tonnes": np.where(np.arange(40) % 7, np.arange(40) / 3, np.nan),
        "count": np.arange(40),
        "is_true": np.arange(40) % 2 == 0,
    }).set_axis(pd.Index([f"r{i}" for i in range(40)], name="row_id"))  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_text_that_rows_share_is_worded_once_and_reads_as_if_it_were_worded_for_each(tmp_path, monkeypatch, language):
    write_csv(shared_rows(), tmp_path / "each.csv", language=language)
    monkeypatch.setattr(tables, "SHARED_FROM", 1)
    worded = []
    monkeypatch.setattr(tables, "guarded_text", lambda text: worded.append(text) or guarded_text(text))
    write_csv(shared_rows(), tmp_path / "once.csv", language=language)
    assert (tmp_path / "once.csv").read_bytes() == (tmp_path / "each.csv").read_bytes()
    assert worded.count("=1+1") == 1


def test_parquet_holds_what_the_table_holds_each_text_once(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "SHARED_FROM", 1)
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 16)
    frame = shared_rows()
    write_parquet(frame, tmp_path / "x.parquet")
    read = pd.read_parquet(tmp_path / "x.parquet")
    assert read["row_id"].tolist() == frame.index.tolist()
    assert read["said"].isna().tolist() == frame["said"].isna().tolist()
    assert read["said"].dropna().tolist() == frame["said"].dropna().tolist()
    assert set(read["several"]) == {"a;b"}
    for name in ("tonnes", "count", "is_true"):
        assert read[name].dtype == frame[name].dtype
        np.testing.assert_array_equal(read[name], frame[name])


def test_parquet_of_no_row_keeps_its_columns(tmp_path):
    write_parquet(shared_rows().iloc[:0], tmp_path / "x.parquet")
    assert pd.read_parquet(tmp_path / "x.parquet").columns.tolist() == ["row_id", *shared_rows().columns]
