"""A territory kept as files enters the store and comes back the same; each company is read on its own terms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from symbiosis import workspace
from symbiosis.cli import app
from symbiosis.declarations import RawTable
from symbiosis.errors import DeclarationError
from symbiosis.io.folder import read_raw
from symbiosis.io.sheets import raw_table
from symbiosis.store import CreateCompany, CreateTerritory, DeclaredRow, Principal, SaveRow, SetVisibility, Store, run
from symbiosis.store.entering import enter_territory
from symbiosis.store.rows import read_territory


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.at(tmp_path / "data")
    yield opened
    opened.close()


@pytest.mark.parametrize("name", ["val-de-fensch", "kalundborg"])
def test_a_territory_comes_back_from_the_store_as_it_was_read_from_its_files(store: Store, name: str) -> None:
    catalogue = workspace.load_catalogue()
    folder = workspace.find_folder(name)
    expected = workspace.open_territory(name, catalogue).declarations
    raw = read_raw(folder)
    tables = {sheet.table: raw_table(sheet)[0] for sheet in raw.sheets}
    entered = enter_territory(store, name, tables, digest="a" * 64, facts=raw.facts, extension=raw.extension)
    assert enter_territory(store, name, tables, digest="a" * 64, facts=raw.facts, extension=raw.extension) == entered
    found = read_territory(
        store, entered, waste_codes=catalogue.waste_codes, catalogue_ids=workspace.catalogue_ids(catalogue)
    )
    assert found.declarations.fingerprint == expected.fingerprint
    assert found.left_out == ()


def test_a_number_that_only_its_neighbours_make_clear_is_kept_clear(store: Store) -> None:
    """In the file the column settles ``1,234``; in the store the two rows have different owners."""
    actors = pd.DataFrame({"actor_id": ["A", "B"], "name": ["A", "B"]})
    place = {"commune": "Metz", "latitude": "49,12", "longitude": "6,17"}
    sites = pd.DataFrame([{"site_id": f"S{one}", "actor_id": one, **place} for one in "AB"])
    outputs = pd.DataFrame(
        {"output_id": ["OA", "OB"], "site_id": ["SA", "SB"], "description": "bois", "quantity": ["1,234", "12,5"], "unit": "t"}
    )
    needs = pd.DataFrame({"need_id": ["N"], "site_id": ["SA"], "description": ["bois"], "quantity": ["3"], "unit": ["t"]})
    named = {"actors": actors, "sites": sites, "outputs": outputs, "needs": needs}
    entered = enter_territory(store, "T", {name: RawTable(frame=frame) for name, frame in named.items()}, digest="b" * 64)
    assert read_territory(store, entered).declarations.outputs["quantity"].to_dict() == {"OA": 1.234, "OB": 12.5}


# ----------------------------------------------------------------------------------------------- companies on their own terms


@pytest.fixture
def two_companies(store: Store) -> tuple[str, list[str]]:
    """Two invented companies with a site each, one output and one need."""
    territory = run(store, Principal.owner(), CreateTerritory(name="T"), key="t")["id"]
    companies = []
    for actor in "AB":
        made = CreateCompany(territory_id=territory, name=f"Fictive {actor}", actor_key=actor)
        companies.append(run(store, Principal.owner(territory), made, key=actor)["id"])
        place = {"site_id": "S1", "commune": "Metz", "latitude": "49.12", "longitude": "6.17"}
        save(store, territory, companies[-1], "sites", "S1", **place)
    return territory, companies


def save(store: Store, territory: str, company: str, table: str, key: str, **cells: str) -> str:
    row = DeclaredRow(table_name=table, row_key=key, cells=cells, company_id=company)
    saved = SaveRow(territory_id=territory, row=row)
    return run(store, Principal.owner(territory), saved, key=f"{company[:8]}{table}{key}")["id"]


def flow(kind: str, key: str, quantity: str, **cells: str) -> dict[str, str]:
    return {f"{kind}_id": key, "site_id": "S1", "description": "palettes bois", "quantity": quantity, "unit": "t", **cells}


def test_two_companies_may_use_the_same_ids_and_other_decimal_marks(store: Store, two_companies) -> None:
    territory, (first, second) = two_companies
    save(store, territory, first, "outputs", "O1", **flow("output", "O1", "1 234,5"))
    save(store, territory, first, "outputs", "O2", **flow("output", "O2", "2,500"))
    save(store, territory, second, "outputs", "O1", **flow("output", "O1", "1,234.5"))
    save(store, territory, second, "outputs", "O3", **flow("output", "O3", "2,500"))
    save(store, territory, second, "needs", "N1", **flow("need", "N1", "7"))
    outputs = read_territory(store, territory).declarations.outputs
    assert outputs["quantity"].to_dict() == {"A:O1": 1234.5, "B:O1": 1234.5, "O2": 2.5, "O3": 2500.0}
    assert outputs["site_id"].to_dict() == {"A:O1": "A:S1", "B:O1": "B:S1", "O2": "A:S1", "O3": "B:S1"}


def test_a_row_with_an_error_is_left_out_with_its_company_and_the_others_are_used(store: Store, two_companies) -> None:
    territory, (first, second) = two_companies
    wrong = save(store, territory, first, "outputs", "O1", **flow("output", "O1", "beaucoup"))
    hanging = save(store, territory, first, "quality", "O1/moisture", flow_id="O1", parameter="moisture", value="3")
    save(store, territory, second, "outputs", "O1", **flow("output", "O1", "5"))
    save(store, territory, second, "needs", "N1", **flow("need", "N1", "7"))
    found = read_territory(store, territory)
    assert set(found.left_out) == {wrong, hanging}
    (problem,) = [one for one in found.problems if one.code == "not_a_number"]
    assert (problem.file, problem.data["row_id"], problem.data["company_id"]) == ("Fictive A", wrong, first)
    assert list(found.declarations.outputs["quantity"]) == [5.0]


def test_a_row_cannot_hang_on_the_site_of_a_rival(store: Store, two_companies) -> None:
    territory, (first, second) = two_companies
    site = {"site_id": "S2", "commune": "Metz", "latitude": "49.12", "longitude": "6.17"}
    save(store, territory, second, "sites", "S2", **site)
    foreign = save(store, territory, first, "outputs", "O1", **{**flow("output", "O1", "5"), "site_id": "S2"})
    save(store, territory, second, "outputs", "O2", **flow("output", "O2", "5"))
    save(store, territory, second, "needs", "N1", **flow("need", "N1", "7"))
    found = read_territory(store, territory)
    assert found.left_out == (foreign,)
    assert list(found.declarations.outputs.index) == ["O2"]


def test_a_private_row_is_no_part_of_what_the_engine_reads(store: Store, two_companies) -> None:
    territory, (first, second) = two_companies
    hidden = save(store, territory, first, "outputs", "O1", **flow("output", "O1", "5", outlet_cost_eur_per_unit="9"))
    save(store, territory, second, "outputs", "O2", **flow("output", "O2", "5", outlet_cost_eur_per_unit="80"))
    save(store, territory, second, "needs", "N1", **flow("need", "N1", "7"))
    owner = Principal.owner(territory)
    run(store, owner, SetVisibility(row_id=hidden, version=1, visibility="private"), key="hide")
    outputs = read_territory(store, territory).declarations.outputs
    assert outputs["outlet_cost_eur_per_unit"].to_dict() == {"O2": 80.0}


def test_a_territory_without_needs_says_so(store: Store, two_companies) -> None:
    territory, (first, _) = two_companies
    save(store, territory, first, "outputs", "O1", **flow("output", "O1", "5"))
    with pytest.raises(DeclarationError) as error:
        read_territory(store, territory)
    assert ("missing_table", "needs") in {(one.code, one.table) for one in error.value.problems}


# ------------------------------------------------------------------------------------------------------------ the command line


def test_a_machine_is_filled_copied_emptied_and_restored_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path / "data"))
    for variable in ("SYMBIOSIS_DATABASE_URL", "SYMBIOSIS_PUBLISHED_URL"):
        monkeypatch.delenv(variable, raising=False)

    def call(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == code, done.output
        return done.output.strip()

    assert "private: – → 0" in call("migrate")
    territory = call("load", "kalundborg")
    assert call("load", "kalundborg") == territory
    copy = call("backup", str(tmp_path / "copies"))
    assert json.loads((Path(copy) / "manifest.json").read_text())["databases"]["private"]["rows"]["company"] == 20
    with (store := Store.at()).open(Principal.owner(territory)) as session:
        company = session.one("company", actor_key=session.rows("company")[0]["actor_key"])["id"]
    store.close()
    call("erase", "--company", company, "--yes")
    call("erase", "--company", company, "--yes", code=2)
    call("erase", "--yes", code=2)
    call("restore", copy, code=2)
    assert "private: " in call("restore", copy, "--replace")
    with (store := Store.at()).open(Principal.owner(territory)) as session:
        assert session.count("company") == 20
    store.close()
    monkeypatch.setenv("SYMBIOSIS_DATABASE_URL", "postgresql://nobody@localhost/nothing")
    assert "SYMBIOSIS_DATABASE_OWNER_URL" in call("backup", str(tmp_path / "copies"), code=2)
