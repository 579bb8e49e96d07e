"""What a run tells each company: its own side, classes of three partners, and the other one's name after both have agreed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.network_store import CANARIES, GIVER_CANARIES, Network, matched, network, recorded

from symbiosis import workspace
from symbiosis.materials import Catalogue
from symbiosis.store import Decide, DeclaredRow, RecordRun, SaveRow, SharePrices, Store
from symbiosis.workspace.completeness import completeness
from symbiosis.workspace.recording import _GIVER, _Partners, _side, own_matches
from symbiosis.workspace.stored import declared_rows, import_territory, open_stored, problems_by_row


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return workspace.load_catalogue()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Network:
    found = network(tmp_path_factory.mktemp("network"))
    recorded(found)
    return found


def told(made: Network, actor: str) -> str:
    """All that a member of a company reads of its matches."""
    matches = own_matches(made.store, made.member(actor), made.companies[actor])
    return json.dumps([[match.sheet, match.partner_class, match.contact] for match in matches], ensure_ascii=False, default=str)


def test_a_territory_enters_the_store_and_comes_out_the_same(tmp_path: Path, catalogue: Catalogue) -> None:
    territory = workspace.open_territory("kalundborg", catalogue)
    store = Store.at(tmp_path)
    territory_id = import_territory(store, territory)
    principal = Network(store=store, territory_id=territory_id, companies={}).owner
    assert open_stored(store, principal, territory_id, catalogue).declarations.fingerprint == territory.declarations.fingerprint
    assert import_territory(store, territory) == territory_id, "the same files enter once"


def test_no_side_shows_a_word_or_figure_of_the_other(made: Network) -> None:
    giver, rival = told(made, "giver"), told(made, "taker_0")
    assert "orphéon" in giver
    assert "zygomatique" in rival
    assert [canary for canary in CANARIES if canary in giver] == []
    assert [canary for canary in GIVER_CANARIES if canary in rival] == []


def side(takers: int = 4, **changes: str) -> dict[str, object]:
    proposal = matched(takers, **changes)
    exchange = proposal.feasible.proposals.exchanges.iloc[0].to_dict()
    assert exchange["taker_actor_id"] == "taker_0"
    found = _side(proposal, _Partners(proposal), exchange, _GIVER, "giver")
    return {"class": found.partner_class, **found.sheet}


def test_a_side_stays_the_same_whatever_the_price_and_quantity_of_the_other() -> None:
    known = side()
    assert side(rival_price="60.5", rival_quantity="9120") == known
    assert known["gain_high_eur_per_yr"] == pytest.approx(6173 * 44.19)


@pytest.mark.parametrize(("takers", "expected"), [(2, "fewer_than_three"), (4, "three_or_more")])
def test_fewer_than_three_partners_have_no_class(takers: int, expected: str) -> None:
    found = side(takers)
    assert found["class"] == expected
    assert bool(found["partners"]) == (takers >= 3)


def test_names_and_contacts_open_when_both_have_accepted_and_close_again(made: Network) -> None:
    giver, taker = made.member("giver"), made.member("taker_0")
    match = own_matches(made.store, giver, made.companies["giver"])[0]

    def decide(actor: str, decision: str) -> None:
        member = giver if actor == "giver" else taker
        made.do(Decide(match_id=match.match_id, company_id=made.companies[actor], decision=decision), member)

    decide("giver", "accepted")
    assert "Zibeline" not in told(made, "giver")
    decide("taker_0", "accepted")
    contact = own_matches(made.store, giver, made.companies["giver"])[0].contact
    assert contact is not None
    assert (contact["other_name"], contact["contact_name"]) == ("Zibeline Bois (fictif)", "Contact zygomatique")
    assert "91.37" not in told(made, "giver"), "a price is never told"
    decide("taker_0", "withdrawn")
    assert "Zibeline" not in told(made, "giver")


def test_the_facilitator_reads_euros_of_a_match_only_where_both_share(tmp_path: Path) -> None:
    made = network(tmp_path)

    def sheets() -> list[dict[str, object]]:
        recorded(made, made.facilitator)
        with made.store.open(made.facilitator) as session:
            return [row["sheet"] for row in session.rows("match", order_by=("created_at",))]

    assert all("gain_eur_per_yr" not in sheet for sheet in sheets())
    for actor in ("giver", "taker_0"):
        made.do(SharePrices(company_id=made.companies[actor], is_shared=True))
    assert "gain_eur_per_yr" in sheets()[-1]


def test_a_newer_run_does_not_ask_again_what_was_accepted(made: Network) -> None:
    member = made.member("giver")
    first = own_matches(made.store, member, made.companies["giver"])
    made.do(Decide(match_id=first[0].match_id, company_id=made.companies["giver"], decision="accepted"), member)
    recorded(made)
    again = own_matches(made.store, member, made.companies["giver"])
    assert [match.match_id for match in again] == [first[0].match_id]


def test_a_newer_run_that_finds_nothing_takes_undecided_matches_away(tmp_path: Path) -> None:
    made = network(tmp_path)
    recorded(made)
    member, other = made.member("giver"), made.member("taker_0")
    first = own_matches(made.store, member, made.companies["giver"])
    made.do(Decide(match_id=first[0].match_id, company_id=made.companies["giver"], decision="refused"), member)
    assert own_matches(made.store, other, made.companies["taker_0"])
    made.do(RecordRun(territory_id=made.territory_id, status="failed"))
    assert own_matches(made.store, other, made.companies["taker_0"]), "a run that failed says nothing"
    made.do(RecordRun(territory_id=made.territory_id))
    assert own_matches(made.store, other, made.companies["taker_0"]) == []
    assert [match.match_id for match in own_matches(made.store, member, made.companies["giver"])] == [first[0].match_id]


def test_what_a_company_adds_raises_its_completeness_by_what_was_announced(made: Network, catalogue: Catalogue) -> None:
    member = made.member("giver")
    row = DeclaredRow(
        table_name="outputs", row_key="o2", company_id=made.companies["giver"],
        cells={"site_id": "sg", "description": "palettes", "material_id": "pallets_lost", "quantity": "10", "unit": "t"},
    )  # fmt: skip
    written = made.do(SaveRow(territory_id=made.territory_id, row=row), member)

    def measured() -> object:
        with made.store.open(member) as session:
            return completeness(declared_rows(session), catalogue, knows_prices=True)

    before = measured()
    lack = next(one for one in before.lacks if one.datum == "outlet_cost")  # type: ignore[attr-defined]
    assert before.lacks[0].rise == max(one.rise for one in before.lacks)  # type: ignore[attr-defined]
    cells = {**row.cells, "outlet_cost_eur_per_unit": "30"}
    mended = DeclaredRow(table_name="outputs", row_key="o2", company_id=made.companies["giver"], cells=cells)
    made.do(SaveRow(territory_id=made.territory_id, row=mended, version=int(str(written["version"]))), member)
    assert measured().share - before.share == pytest.approx(lack.rise)  # type: ignore[attr-defined]


def test_prices_that_were_not_read_are_not_said_to_be_missing(made: Network, catalogue: Catalogue) -> None:
    with made.store.open(made.facilitator) as session:
        rows = declared_rows(session, company_id=made.companies["giver"])
    assert "outlet_cost_eur_per_unit" not in rows[0].cells
    lacks = completeness(rows, catalogue, knows_prices=False).lacks
    assert {lack.datum for lack in lacks}.isdisjoint({"outlet_cost", "price"})


def test_problems_stand_by_row_and_a_company_without_needs_has_made_no_mistake(made: Network, catalogue: Catalogue) -> None:
    member, company_id = made.member("giver"), made.companies["giver"]
    cells = {"site_id": "sg", "description": "chutes", "quantity": "beaucoup", "unit": "t"}
    row = DeclaredRow(table_name="outputs", row_key="o3", company_id=company_id, cells=cells)
    row_id = made.do(SaveRow(territory_id=made.territory_id, row=row), member)["id"]
    with made.store.open(member) as session:
        company, rows = session.one("company", id=company_id), declared_rows(session)
    found = problems_by_row(company, rows, catalogue, {})
    assert {problem.column for problem in found[str(row_id)] if problem.severity == "error"} == {"quantity"}
    assert set(found) == {row_id}
