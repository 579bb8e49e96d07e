"""The Kalundborg folder: sourced, well-formed, and said in words that do not give the answer away."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from pathlib import Path

import pytest

from symbiosis.schemas import DECLARATIONS, Column

FOLDER = Path(__file__).resolve().parents[1] / "datasets" / "kalundborg"
TABLES = [path.stem for path in sorted(FOLDER.glob("*.csv"))]
SHARED_LETTERS = 5
SAID_AS_ESTIMATE = re.compile(r"estimate|not re-read|taken as the rest|rounded up|share of floor|over 30 %")


def read(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def by_id(name: str, key: str) -> dict[str, dict[str, str]]:
    rows = read(name)
    indexed = {row[key]: row for row in rows}
    assert len(indexed) == len(rows), f"{name}: an identifier appears twice"
    return indexed


def pieces(text: str, length: int = SHARED_LETTERS) -> set[str]:
    """Every run of ``length`` letters inside the words of a text, lower case and without accents."""
    plain = text.casefold().replace("ø", "o").replace("æ", "ae")
    folded = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return {word[i : i + length] for word in re.findall("[a-z]+", folded) for i in range(len(word) - length + 1)}


def problems_of_cell(column: Column, value: str) -> str:
    if not value:
        return "empty" if column.required else ""
    if column.kind == "number":
        number = float(value)
        low, high = column.minimum, column.maximum
        return "out of bounds" if (low is not None and number < low) or (high is not None and number > high) else ""
    if column.kind == "choice":
        return "" if value in column.choices else "not a choice"
    if column.kind == "flag":
        return "" if value in {"true", "false"} else "not a flag"
    if column.kind == "code":
        return "" if re.fullmatch(r"\d{6}", value) else "not a code"
    if column.kind == "id":
        return "" if re.fullmatch(r"[a-z0-9_]+", value) else "not an identifier"
    return ""


def test_the_folder_holds_the_tables_of_a_territory():
    assert {name for name, table in DECLARATIONS.items() if table.required} <= set(TABLES) <= set(DECLARATIONS)


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_obeys_the_data_dictionary(name):
    columns = DECLARATIONS[name].columns
    rows = read(name)
    assert rows
    assert set(rows[0]) <= set(columns)
    assert {column for column, spec in columns.items() if spec.required} <= set(rows[0])
    wrong = [
        (number, column, found)
        for number, row in enumerate(rows, 2)
        for column, value in row.items()
        if (found := problems_of_cell(columns[column], value))
    ]
    assert wrong == []


@pytest.mark.parametrize("name", TABLES)
def test_references_inside_the_folder_are_known(name):
    for column, spec in DECLARATIONS[name].columns.items():
        target, _, key = (spec.references or "").partition(".")
        if target in DECLARATIONS and column in read(name)[0]:
            assert {row[column] for row in read(name)} <= set(by_id(target, key))


@pytest.mark.parametrize("name", [name for name in TABLES if "source" in DECLARATIONS[name].columns])
def test_every_row_says_where_it_comes_from_and_is_not_synthetic(name):
    for row in read(name):
        assert len(row["source"]) > 20, row
        assert row["is_synthetic"] == "false"


@pytest.mark.parametrize("name", ["outputs", "needs"])
def test_estimated_quantities_say_so(name):
    key = f"{name[:-1]}_id"
    for row in read(name):
        assert row["evidence"] in {"declared", "inferred"}
        assert row["year"], row[key]
        if row["evidence"] == "inferred":
            assert SAID_AS_ESTIMATE.search(row["source"]), row[key]


@pytest.mark.parametrize("name", ["outputs", "needs"])
def test_no_row_names_the_catalogue(name):
    for row in read(name):
        assert not row.get("material_id")
        assert not row.get("use_id")


def test_low_and_high_quantities_surround_the_quantity():
    for row in read("outputs"):
        low, high = row["quantity_low"] or row["quantity"], row["quantity_high"] or row["quantity"]
        assert float(low) <= float(row["quantity"]) <= float(high), row["output_id"]


def test_documented_exchanges_join_declared_flows_of_two_actors():
    outputs, needs, sites = by_id("outputs", "output_id"), by_id("needs", "need_id"), by_id("sites", "site_id")
    exchanges = by_id("documented/exchanges", "exchange_id").values()
    pairs = {(row["output_id"], row["need_id"]) for row in exchanges}
    assert len(pairs) == len(exchanges) >= 18
    for row in exchanges:
        output, need = outputs[row["output_id"]], needs[row["need_id"]]
        assert sites[output["site_id"]]["actor_id"] != sites[need["site_id"]]["actor_id"]
        assert output["unit"] == need["unit"] == row["unit"]
        assert 1960 <= int(row["year_start"]) <= 2025
        assert len(row["source"]) > 20
        if row["quantity"]:
            assert float(row["quantity"]) <= min(float(output["quantity"]), float(need["quantity"]))


def test_some_flows_have_no_documented_partner():
    exchanges = read("documented/exchanges")
    assert len(set(by_id("outputs", "output_id")) - {row["output_id"] for row in exchanges}) >= 4
    assert len(set(by_id("needs", "need_id")) - {row["need_id"] for row in exchanges}) >= 2


@pytest.mark.parametrize("row", read("documented/exchanges"), ids=lambda row: row["exchange_id"])
def test_the_two_ends_of_a_documented_exchange_share_no_word(row):
    output = by_id("outputs", "output_id")[row["output_id"]]["description"]
    need = by_id("needs", "need_id")[row["need_id"]]["description"]
    assert pieces(output) & pieces(need) == set(), (output, need)


def test_facts_hold_what_the_reader_needs():
    facts = json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))
    assert facts["is_synthetic"] is False
    assert facts["country"] == "DK"
    for key in ("name_fr", "name_en", "description_fr", "description_en", "language", "year", "radius_km"):
        assert facts[key], key
    for row in read("sites"):
        assert abs(float(row["latitude"]) - facts["latitude"]) < 2
        assert abs(float(row["longitude"]) - facts["longitude"]) < 2


def test_every_source_is_listed_in_sources_md():
    listed = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    for name in [*(n for n in TABLES if "source" in DECLARATIONS[n].columns), "documented/exchanges"]:
        for row in read(name):
            for address in re.findall(r"(?:https?://|doi:)[^\s;,)]+", row["source"]):
                assert address.rstrip(":") in listed, address
