"""Food that does not wait: the order of the law, nothing after its date, rounds that no flow outlives; all invented."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from tests.small_territory import table

from symbiosis import workspace
from symbiosis.declarations import build
from symbiosis.engine import Proposal
from symbiosis.report.perishables import (
    LAW,
    WEEK,
    _named,
    law_of,
    perishable_table,
    perishables,
    pickup_days,
    round_table,
    rounds,
    takers,
)
from symbiosis.report.published import spreadsheet
from symbiosis.scenario import Scenario

OUTPUT_CELLS = (
    "output_id, description, material_id, quantity, date_kind, shelf_life_days, conditions_met, site_id, unit, legal_status"
)
TEXTS = {
    "actors": """actor_id, name, nace
        shop, Superette (fictive), 47.11D
        aid, Épicerie sociale (fictive), 88.99B
        farm, Ferme (fictive), 01.46Z
        plant, Méthaniseur (fictif), 38.21Z""",
    "sites": """site_id, actor_id, commune, latitude, longitude, permit_headings
        s1, shop, Florange, 49.30, 6.10,
        s2, aid, Florange, 49.31, 6.11,
        s3, farm, Florange, 49.32, 6.12,
        s4, plant, Florange, 49.33, 6.13, 2781""",
    "outputs": OUTPUT_CELLS
    + """
        meal, barquettes du jour, food_surplus_packed, 52, use_by, 2, food_cold_chain;food_not_abp, s1, t, product
        past, barquettes périmées, food_surplus_packed, 26, use_by, 0, food_cold_chain;food_not_abp, s1, t, product
        tins, conserves cabossées, food_surplus_packed, 5.2, best_before, 60, food_cold_chain;food_not_abp, s1, t, product
        board, cartons, cardboard, 30, , , , s1, t, waste""",
    "needs": """need_id, site_id, description, use_id, quantity, unit, price_eur_per_unit
        n2, s2, denrées pour l'aide alimentaire, human_food_donation, 500, t, 1
        n4, s4, substrat, anaerobic_digestion, 500, t, 1""",
}


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    told = build({name: table("\n".join(line.strip() for line in text.splitlines())) for name, text in TEXTS.items()})
    territory = workspace.Territory(name="fictif", folder=Path(), declarations=told)
    return workspace.match(territory, workspace.load_catalogue(), Scenario())


@pytest.mark.parametrize(
    ("kind", "days", "said"),
    [
        ("use_by", 2.0, "use_by"), ("use_by", 0.0, "past_use_by"), ("use_by", None, "unknown"),
        ("best_before", 0.0, "best_before"), ("best_before", None, "best_before"), ("", 3.0, "unknown"),
        (None, None, "unknown"),
    ],
)  # fmt: skip
def test_the_law_is_read_from_the_kind_of_date_and_the_days_left(kind: object, days: object, said: str) -> None:
    assert law_of(kind, days) == said
    assert said in LAW


@pytest.mark.parametrize("days", [2, 2.9, 3, 4, 5, 6, 7, 30])
def test_no_flow_waits_longer_than_it_keeps_and_no_day_is_driven_for_nothing(days: float) -> None:
    chosen = pickup_days(days)
    gaps = [after - before for before, after in zip(chosen, (*chosen[1:], chosen[0] + WEEK), strict=True)]
    assert max(gaps) <= days
    assert sum(gaps) == WEEK
    # One day fewer would leave a gap that is too long.
    assert len(chosen) == 1 or len(chosen) - 1 < WEEK / int(days)


def test_what_keeps_a_day_is_fetched_every_day_that_somebody_drives() -> None:
    assert pickup_days(1) == pickup_days(0.2) == (0, 1, 2, 3, 4, 5)


def test_only_what_has_a_date_is_listed_and_what_waits_least_stands_first(proposal: Proposal) -> None:
    found = perishables(proposal)
    assert list(found.index) == ["meal", "tins", "past"]
    assert list(found["law"]) == ["use_by", "best_before", "past_use_by"]
    assert found.at["meal", "per_week"] == pytest.approx(1.0)


def test_food_past_its_use_by_date_is_offered_to_nobody_to_eat(proposal: Proposal) -> None:
    found = takers(proposal, ["past", "meal", "tins"])
    people = found[found["rank"].eq(0)]
    assert set(people["output_id"]) == {"meal", "tins"}
    assert set(people["taker"]) == {"Épicerie sociale (fictive)"}
    week = rounds(proposal)
    assert not ((week["what"] == "barquettes périmées") & (week["taker"] == "Épicerie sociale (fictive)")).any()


def test_the_rounds_of_a_week_carry_what_the_plan_gives(proposal: Proposal) -> None:
    week = rounds(proposal)
    meals = week[week["what"].eq("barquettes du jour") & week["taker"].eq("Épicerie sociale (fictive)")]
    assert list(meals["day"]) == list(pickup_days(2))
    assert meals["quantity"].sum() == pytest.approx(1.0)


def test_whoever_fetches_is_named_not_the_buyer_of_what_comes_of_it() -> None:
    found = pd.DataFrame(
        {"taker": ["Laundry", "Spa", "Farm"], "through": ["Digester → Heat network", "Digester", ""],
         "distance_km": [4.0, 5.0, 6.0], "feasibility": ["feasible"] * 3}
    )  # fmt: skip
    assert _named(found, "en", 2) == "Digester (4 km), Farm (6 km)"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_both_tables_are_said_in_both_languages_and_open_in_a_spreadsheet(proposal: Proposal, language: str) -> None:
    for frame in (perishable_table(proposal, language), round_table(proposal, language)):
        assert len(frame) > 0
        text = spreadsheet(frame, {name: name for name in frame.columns}, language).decode("utf-8-sig")
        rows = list(csv.DictReader(StringIO(text), delimiter=";" if language == "fr" else ","))
        assert len(rows) == len(frame)


def test_the_page_says_what_to_fill_in_where_nothing_has_a_date(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path))
    app = AppTest.from_file(str(root / "src/symbiosis/dashboard/main.py"), default_timeout=120)
    app.query_params["territory"] = "kalundborg"
    app.run()
    app.switch_page("perishables.py").run()
    assert not app.exception
    assert any("Date de péremption" in one.value for one in app.info)
