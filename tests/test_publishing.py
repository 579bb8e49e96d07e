"""From a run to what a planner reads, and the sentences before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.small_territory import catalogue, run, territory

from symbiosis import disclosure, publishing
from symbiosis.disclosure import Rules, release, releases, rules
from symbiosis.engine import Proposal
from symbiosis.report.publishing import REASONS
from symbiosis.report.publishing import publishing as sentences
from symbiosis.scenario import Scenario
from symbiosis.solvers import solve
from symbiosis.store import CreateTerritory, Principal, Store, request_run, zoning
from symbiosis.store import run as command


def version(rows: list[tuple[str, str, float]]) -> disclosure.Release:
    return release(pd.DataFrame(rows, columns=["unit_id", "theme", "value"]), ["theme"], date(2026, 1, 1))


def test_every_reason_of_the_gate_has_a_sentence() -> None:
    codes = {rules.TOO_FEW, rules.DOMINATED, rules.ESTIMABLE, releases.COMPLEMENT, releases.CHANGE, releases.EARLIER}
    assert set(REASONS) == codes


@pytest.mark.parametrize(("language", "expected"), [
    ("fr", ["Gain par thème\u00a0: 0 chiffre montré, 2 secrets, 0 gardé d’une version précédente.",
            "Moins de 3 entreprises\u00a0: 2.",
            "Les plus lourds de ceux qui ne sont pas montrés\u00a0: bois\u202f; ensemble."]),
    ("en", ["Gain by theme: 0 figures shown, 2 secret, 0 kept from an earlier version.", "Fewer than 3 companies: 2.",
            "The heaviest of those that are not shown: bois; all together."]),
])  # fmt: skip
def test_the_facilitator_reads_how_many_figures_are_not_shown_why_and_which_weigh_most(
    language: str, expected: list[str]
) -> None:
    lone = version([("A", "bois", 10.0), ("B", "bois", 12.0)])
    assert sentences({"gain": lone}, language) == expected


def test_the_sentences_name_the_thresholds_of_the_rules() -> None:
    dominated = version([("A", "bois", 900.0), ("B", "bois", 50.0), ("C", "bois", 50.0)])
    said = " ".join(sentences({"gain": dominated}, "en", Rules()))
    assert "85%" in said.replace("\N{NO-BREAK SPACE}", "")


# ------------------------------------------------------------------------------------------------------------ from a run


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    """Four companies of one commune give sand, four take it."""
    return run(territory(
        outputs="""
            output_id, material_id, quantity, unit, outlet_cost_eur_per_unit
            G1, sand, 10, t, 10
            G2, sand, 20, t, 10
            G3, sand, 15, t, 10
            G4, sand, 18, t, 10
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 12, 10
            N2, sand, 18, 10
            N3, sand, 16, 10
            N4, sand, 17, 10
            """,
    ))  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.at(tmp_path)
    yield made
    made.close()


@pytest.fixture
def owner(store: Store) -> Principal:
    return Principal.owner(command(store, Principal.owner(), CreateTerritory(name="T"), key="t")["id"])


def planner(owner: Principal) -> Principal:
    return Principal(user_id="b" * 32, role="planner", territory_id=owner.territory_id)


def shown(store: Store, owner: Principal, publication_id: str) -> dict[tuple[str, str, str], str]:
    with store.open_published(planner(owner)) as session:
        cells = session.rows("publication_cell", publication_id=publication_id)
    return {(cell["table_name"], cell["row_label"], cell["column_label"]): cell["value"] for cell in cells}


def test_a_run_is_published_by_zone_and_theme(store, owner, proposal) -> None:
    assert set(publishing.preview_proposal(store, owner, proposal)) == {"tonnages", "matched", "gain", "insertion_hours"}
    cells = shown(store, owner, publishing.publish_proposal(store, owner, proposal, title="Flux", key="p"))
    assert cells["tonnages", "Florange", "things"] == "63.0"
    assert cells["matched_map", "Florange", "Florange"] == "63.0"
    assert cells["matched_by_theme", "things", ""] == "63.0"
    assert float(cells["gain_by_theme", "total", ""]) == pytest.approx(proposal.feasible.allocation.gain_eur, rel=5e-3)


def test_the_zones_of_a_territory_are_made_once(store, owner, proposal) -> None:
    publishing.preview_proposal(store, owner, proposal)
    made = zoning(store, owner)
    publishing.publish_proposal(store, owner, proposal, title="", key="p")
    assert made is not None
    assert zoning(store, owner) == made


def test_the_day_the_seed_and_the_name_of_a_run_make_no_other_scenario() -> None:
    assert publishing.assumptions(Scenario(name="x", seed=3, on_date=Scenario().on_date - timedelta(days=9))) == {}
    assert publishing.assumptions(Scenario(maximum_distance_km=12.0)) == {"maximum_distance_km": 12.0}


def test_a_planner_gets_the_run_that_he_asked_for_through_the_gate(store, owner, proposal, monkeypatch) -> None:
    monkeypatch.setattr(publishing, "read_territory", lambda *_: SimpleNamespace(declarations=proposal.declarations))
    asked = request_run(Store(None, store.published), planner(owner), {"is_hierarchy_lifted": True, "time_limit_s": 80000.0})
    assert publishing.serve_planner(store, owner.territory_id, catalogue(), solve=solve, title="Essai") == asked
    with store.open_published(planner(owner)) as session:
        request = session.one("run_request", id=asked)
    assert request["status"] == "done"
    assert shown(store, owner, request["publication_id"])["matched_map", "total", "total"] == "63.0"


def test_a_planner_who_asks_for_what_is_no_scenario_reads_that_it_failed(store, owner) -> None:
    asked = request_run(store, planner(owner), {"nonsense": 1})
    publishing.serve_planner(store, owner.territory_id, catalogue(), solve=solve, title="")
    with store.open_published(planner(owner)) as session:
        assert session.one("run_request", id=asked)["status"] == "failed"
