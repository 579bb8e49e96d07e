"""The sets on which the project is measured are whole: ids, references, counts, codes, languages, marks of invention."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from symbiosis import workspace
from symbiosis.io.catalogue import read_catalogue, territories

ROOT = Path(__file__).parents[1]
SETS = ROOT / "datasets" / "benchmarks"
PLANTED = SETS / "planted"
CHAPTERS = {f"{chapter:02d}" for chapter in range(1, 21)}
TABLES = ("actors", "sites", "outputs", "needs")


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(SETS / f"{name}.csv", dtype=str, keep_default_na=False)


@cache
def known_codes() -> frozenset[str]:
    listed = pd.read_csv(ROOT / "datasets" / "catalogue" / "waste_codes.csv", dtype=str, keep_default_na=False)
    return frozenset(listed["waste_code"])


def codes(cells: pd.Series) -> set[str]:
    return {code for cell in cells for code in cell.split(";") if code}


@pytest.mark.parametrize(
    ("name", "key", "rows"),
    [
        ("matching/outputs", "output_id", 120),
        ("matching/needs", "need_id", 160),
        ("plants/outputs", "output_id", 90),
        ("plants/needs", "need_id", 80),
        ("trades/outputs", "output_id", 90),
        ("trades/needs", "need_id", 40),
        ("firms/outputs", "output_id", 100),
        ("firms/needs", "need_id", 70),
        ("networks/outputs", "output_id", 150),
        ("networks/needs", "need_id", 150),
        ("codes", "case_id", 120),
        ("paired", "pair_id", 80),
        ("fresh", "pair_id", 60),
        ("planted/actors", "actor_id", 60),
        ("planted/sites", "site_id", 60),
        ("planted/outputs", "output_id", 200),
        ("planted/needs", "need_id", 190),
    ],
)
def test_every_set_has_its_rows_each_under_an_id_of_its_own(name: str, key: str, rows: int) -> None:
    frame = table(name)
    assert len(frame) >= rows
    assert frame[key].is_unique
    described = [column for column in frame if column.startswith("description")]
    assert (frame[[key, *described]] != "").all(axis=None)
    assert frame[described].apply(lambda texts: texts.str.strip() == texts).all(axis=None)


@pytest.mark.parametrize("name", ["matching", "plants", "trades", "firms", "networks"])
def test_the_matching_truth_names_rows_that_exist_once_each(name: str) -> None:
    truth = table(f"{name}/truth")
    assert set(truth["output_id"]) < set(table(f"{name}/outputs")["output_id"])
    assert set(truth["need_id"]) <= set(table(f"{name}/needs")["need_id"])
    assert not truth.duplicated(["output_id", "need_id"]).any()
    assert set(truth["relevance"]) == {"documented", "class-compatible"}
    documented = truth[truth["relevance"] == "documented"]
    assert set(documented["output_id"]) == set(truth["output_id"]), "an output with a taker has a documented one"


def test_the_matching_pool_has_decoys_and_needs_that_nobody_serves() -> None:
    truth = table("matching/truth")
    assert len(table("matching/outputs")) - truth["output_id"].nunique() >= 30
    assert len(table("matching/needs")) - truth["need_id"].nunique() >= 20


@pytest.mark.parametrize(
    "name",
    [
        *(f"{one}/{side}" for one in ("matching", "plants", "trades", "firms", "networks") for side in ("outputs", "needs")),
        "codes",
    ],
)
def test_both_languages_are_about_as_frequent(name: str) -> None:
    share = (table(name)["lang"] == "fr").mean()
    assert set(table(name)["lang"]) == {"fr", "en"}
    assert 0.45 <= share <= 0.55


def test_documented_pairs_cross_the_languages_too() -> None:
    truth = table("matching/truth")
    pairs = truth[truth["relevance"] == "documented"]
    spoken = pairs["output_id"].map(table("matching/outputs").set_index("output_id")["lang"])
    asked = pairs["need_id"].map(table("matching/needs").set_index("need_id")["lang"])
    assert (spoken != asked).mean() >= 0.25


def test_codes_to_be_found_are_in_the_list_and_over_every_chapter() -> None:
    cells = table("codes")["waste_codes"]
    assert codes(cells) <= known_codes()
    assert {code[:2] for code in codes(cells)} == CHAPTERS
    assert (cells != "").all()


def test_a_description_is_not_the_official_designation() -> None:
    listed = pd.read_csv(ROOT / "datasets" / "catalogue" / "waste_codes.csv", dtype=str, keep_default_na=False)
    official = {*listed["designation_fr"].str.casefold(), *listed["designation_en"].str.casefold()}
    assert not set(table("codes")["description"].str.casefold()) & official


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("matching/needs", "waste_codes_accepted"),
        ("firms/needs", "waste_codes_accepted"),
        ("planted/needs", "waste_codes_accepted"),
        ("planted/outputs", "waste_code"),
    ],
)
def test_codes_that_are_not_meant_to_be_wrong_are_in_the_list(name: str, column: str) -> None:
    assert codes(table(name)[column]) <= known_codes()


@pytest.mark.parametrize("name", ["paired", "fresh"])
def test_the_two_languages_of_a_pair_differ(name: str) -> None:
    paired = table(name)
    assert (paired["description_fr"].str.casefold() != paired["description_en"].str.casefold()).all()
    assert not pd.concat([paired["description_fr"], paired["description_en"]]).duplicated().any()


def test_three_hundred_pairs_are_planted_on_either_side() -> None:
    pairs = table("planted/pairs")
    planted = pairs[pairs["kind"] != "also_true"]
    assert planted["is_true"].value_counts().to_dict() == {"true": 300, "false": 300}
    assert set(pairs.loc[pairs["kind"] == "also_true", "is_true"]) == {"true"}
    assert not pairs.duplicated(["output_id", "need_id"]).any(), "no pair is both true and false"
    assert set(pairs["output_id"]) <= set(table("planted/outputs")["output_id"])
    assert set(pairs["need_id"]) <= set(table("planted/needs")["need_id"])


def test_no_company_is_paired_with_itself() -> None:
    pairs = table("planted/pairs")
    gives = pairs["output_id"].map(table("planted/outputs").set_index("output_id")["site_id"])
    takes = pairs["need_id"].map(table("planted/needs").set_index("need_id")["site_id"])
    assert (gives != takes).all()


def test_the_planted_territory_says_everywhere_that_it_is_invented() -> None:
    assert all((table(f"planted/{name}")["is_synthetic"] == "true").all() for name in TABLES)
    assert table("planted/actors")["name"].str.endswith("(fictif)").all()
    assert (table("planted/sites")["is_location_approximate"] == "true").all()
    facts = json.loads((PLANTED / "facts.json").read_text(encoding="utf-8"))
    assert facts["is_synthetic"] is True
    assert "inventé" in facts["note_fr"]
    assert "invented" in facts["note_en"]


def test_the_planted_territory_reads_without_a_remark() -> None:
    assert workspace.check(PLANTED, read_catalogue()) == ()


def test_a_measuring_set_is_not_offered_as_a_territory() -> None:
    assert "planted" not in territories()
    assert "benchmarks" not in territories()


def test_sources_say_what_is_synthetic_and_what_is_not_measured() -> None:
    text = (SETS / "SOURCES.md").read_text(encoding="utf-8")
    for name in (
        "matching/",
        "firms/",
        "networks/",
        "planted/",
        "paired.csv",
        "fresh.csv",
        "codes.csv",
        "EUPL-1.2",
        "ynthetic",
        "not measure",
    ):
        assert name in text
