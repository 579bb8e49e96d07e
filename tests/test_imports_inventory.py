"""A list of companies as a facilitator keeps it, anywhere in France: names, communes, words, tonnes; no numbers of sites."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from symbiosis.io.catalogue import communes_file
from symbiosis.io.imports import ColumnMapping, Imported, known_places, read_imports
from symbiosis.io.problems import sentence


def workbook(folder: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "liste.xlsx"
    book.save(path)
    return path


@pytest.fixture
def found(tmp_path: Path) -> Imported:
    offers = [
        ["Diagnostic (fictif)"], [],
        ["Entreprise", "Ville", "Ce qui sort", "Tonnage annuel", "Filière actuelle", "Coût (€/t)", "Remarques"],
        ["Scierie (fictif)", "Quimper", "sciures", 320, "brûlé", 15, ""],
        ["Caristes (fictif)", "Brest", "palettes cassées", "1 095,5", "benne bois", 85, "deux fois par mois"],
        ["Caristes (fictif)", "Brest", "palettes cassées", 12, "", -20, "une seconde benne"],
        ["Nulle part (fictif)", "Trifouilly", "sable", 3, "", "", ""],
        ["Total", "", "", 1430.5, "", "", ""],
    ]  # fmt: skip
    needs = [
        ["Entreprise", "Commune", "Recherche", "Quantité t/an", "Prix max"],
        ["Panneaux (fictif)", "Guipavas", "bois broyé", 2000, 25],
        ["Ferme (fictif)", "Saint-Thégonnec Loc-Eguiner", "aliment pour bovins", 900, ""],
    ]
    (one,) = read_imports([workbook(tmp_path, Gisements=offers, Besoins=needs)])
    return one


def test_every_sheet_is_read_as_offers_or_as_needs(found: Imported) -> None:
    assert found.kind == "inventory"
    outputs, needs = found.tables["outputs"], found.tables["needs"]
    assert list(outputs["description"]) == ["sciures", "palettes cassées", "palettes cassées"]
    assert list(outputs["quantity"]) == ["320", "1095.5", "12"]
    assert list(outputs["outlet_cost_eur_per_unit"]) == ["15", "85", "-20"], "said by tonne, whatever the quantity"
    assert list(needs["description"]) == ["bois broyé", "aliment pour bovins"]
    assert list(needs["price_eur_per_unit"]) == ["25", ""]
    assert outputs["output_id"].is_unique


def test_a_company_is_its_name_and_its_commune(found: Imported) -> None:
    assert sorted(found.tables["actors"]["name"]) == [
        "Caristes (fictif)", "Ferme (fictif)", "Panneaux (fictif)", "Scierie (fictif)",
    ]  # fmt: skip
    sites = found.tables["sites"].set_index("commune")
    assert set(sites["is_location_approximate"]) == {"true"}
    assert (float(sites.at["Quimper", "latitude"]), float(sites.at["Quimper", "longitude"])) == pytest.approx(
        (47.996, -4.098), abs=0.01
    )


def test_what_is_not_read_is_said(found: Imported) -> None:
    said = {(problem.code, problem.row) for problem in found.problems}
    assert ("commune_unknown", 7) in said
    assert ("total_line", 8) in said


def test_a_statement_with_days_or_numbers_of_sites_is_no_such_list(tmp_path: Path) -> None:
    rows = [["Entreprise", "Déchet", "Tonnage", "Date"], ["A (fictif)", "bois", 3, "2025-01-07"]]
    assert read_imports([workbook(tmp_path, Registre=rows)])[0].kind == "register"


def test_a_price_follows_its_quantity_into_the_reference_unit(tmp_path: Path) -> None:
    rows = [
        ["Entreprise", "Ville", "Déchet", "Quantité", "Unité", "Coût (€/kg)"],
        ["A (fictif)", "Brest", "solvant", 5000, "kg", 0.9],
    ]
    (one,) = read_imports([workbook(tmp_path, Gisement=rows)])
    row = one.tables["outputs"].iloc[0]
    assert (row["quantity"], row["unit"], row["outlet_cost_eur_per_unit"]) == ("5", "t", "900")


@pytest.mark.parametrize(
    ("quantity", "price", "tonnes", "euros"),
    [("Poids (kg)", "Coût (€/t)", "5", "90"), ("Poids (kg)", "Coût (€/kg)", "5", "90000"),
     ("Poids (kg)", "Prix unitaire", "5", "90000"), ("Kg par semaine", "Coût (€/kg)", "260", "90000"),
     ("Kg par semaine", "Coût (€/t)", "260", "90")],
)  # fmt: skip
def test_a_price_is_said_for_the_unit_of_its_own_title(
    tmp_path: Path, quantity: str, price: str, tonnes: str, euros: str
) -> None:
    rows = [["Entreprise", "Ville", "Déchet", quantity, price], ["A (fictif)", "Brest", "bois", 5000, 90]]
    (one,) = read_imports([workbook(tmp_path, Gisement=rows)])
    row = one.tables["outputs"].iloc[0]
    assert (row["quantity"], row["outlet_cost_eur_per_unit"]) == (tonnes, euros)


def test_numbers_with_their_unit_and_words_around_are_read_and_said(tmp_path: Path) -> None:
    rows = [
        ["Structure", "Ville", "Flux sortant", "Quantité (t/an)", "Coût (€/t)"],
        ["A (fictif)", "Brest", "copeaux", "80 000 kg", "-120"],
        ["A (fictif)", "Brest", "papier", "≈ 60", 5],
        ["A (fictif)", "Brest", "pain", "1 250 kg/semaine", "n.c."],
        ["A (fictif)", "Brest", "film", "7 à 9", 5],
        ["A (fictif)", "Brest", "pneus", "5 bennes", 5],
        ["TOTAL", "", "", 254.5, ""],
    ]
    (one,) = read_imports([workbook(tmp_path, Inventaire=rows)])
    outputs = one.tables["outputs"].set_index("description")
    assert outputs["quantity"].to_dict() == {"copeaux": "80", "papier": "60", "pain": "65"}
    assert outputs["outlet_cost_eur_per_unit"].to_dict() == {"copeaux": "-120", "papier": "5", "pain": ""}
    said = {(p.row, p.code, p.severity): p for p in one.problems}
    assert sorted((row, code) for row, code, severity in said if severity == "warning") == [
        (2, "unit_in_cell"), (3, "number_about"), (4, "number_not_told"), (4, "unit_in_cell"), (7, "total_line"),
    ]  # fmt: skip
    assert sorted((row, code) for row, code, severity in said if severity == "error") == [
        (5, "number_from_to"), (6, "not_a_number"),
    ]  # fmt: skip
    assert "« TOTAL »" in sentence(said[7, "total_line", "warning"])[0], "the cell that says so is the one that is shown"
    assert "entre 7 et 9" in sentence(said[5, "number_from_to", "error"])[1]


def test_the_day_of_a_survey_makes_no_register_of_a_list_and_heat_is_energy(tmp_path: Path) -> None:
    rows = [
        ["Entreprise", "Ville", "Ce qui sort", "Quantité", "Date du relevé"],
        ["A (fictif)", "Brest", "chaleur de four", "12 GWh", "12 mars 2025"],
        ["A (fictif)", "Brest", "sciures", "3 t", "15.01.2025"],
    ]
    (one,) = read_imports([workbook(tmp_path, Inventaire=rows)])
    assert one.kind == "inventory"
    outputs = one.tables["outputs"].set_index("description")
    assert outputs[["family", "quantity", "unit"]].to_numpy().tolist() == [["energy", "12000", "MWh"], ["material", "3", "t"]]


@pytest.mark.parametrize(
    ("title", "tonnes"),
    [("Kg par semaine", "5.2"), ("Tonnage mensuel (t)", "1200"), ("Quantité (t/an)", "100"), ("Amount [kg]", "0.1"),
     ("Tonnage hebdo", "5200"), ("Tonnage (kg)", "0.1"), ("Tonnage", "100")],
)  # fmt: skip
def test_the_period_of_a_title_makes_a_year_and_is_said(tmp_path: Path, title: str, tonnes: str) -> None:
    rows = [["Magasin", "Ville", "Produit", title], ["A (fictif)", "Brest", "pain", 100]]
    (one,) = read_imports([workbook(tmp_path, Dons=rows)])
    assert list(one.tables["outputs"]["quantity"]) == [tonnes]
    is_year = not any(word in title for word in ("semaine", "mensuel", "hebdo"))
    assert [p.code for p in one.problems] == ([] if is_year else ["made_a_year"])


def test_the_week_of_a_title_holds_for_a_column_of_units_that_names_no_period(tmp_path: Path) -> None:
    rows = [
        ["Magasin", "Ville", "Produit", "Quantité par semaine", "Unité"],
        ["A (fictif)", "Brest", "pain", 100, "kg"], ["A (fictif)", "Brest", "fruits", 100, "kg/mois"],
    ]  # fmt: skip
    (one,) = read_imports([workbook(tmp_path, Dons=rows)])
    assert list(one.tables["outputs"]["quantity"]) == ["5.2", "1.2"]
    assert [p.code for p in one.problems] == ["made_a_year"]


def test_quantities_of_a_day_are_asked_about_and_never_taken_for_those_of_a_year(tmp_path: Path) -> None:
    rows = [["Magasin", "Ville", "Produit", "Kg par jour"], ["A (fictif)", "Brest", "pain", 100]]
    (one,) = read_imports([workbook(tmp_path, Dons=rows)], "inventory", ColumnMapping(
        columns={"Magasin": "company", "Ville": "commune", "Produit": "description", "Kg par jour": "quantity"}))  # fmt: skip
    assert not len(one.tables.get("outputs", ()))
    assert [p.code for p in one.problems] == ["unknown_unit"]


def test_the_whole_of_metropolitan_france_has_its_communes() -> None:
    listed = pd.read_csv(communes_file(), dtype=str)
    assert len(listed) > 34_600
    assert listed["insee_code"].is_unique
    latitude, longitude = listed["latitude"].astype(float), listed["longitude"].astype(float)
    assert latitude.between(41.3, 51.1).all()
    assert longitude.between(-5.2, 9.6).all()


def test_one_of_several_communes_of_a_name_is_the_one_nearby() -> None:
    # Several communes are called Saint-Sauveur; one lies in Finistère.
    sites = pd.DataFrame({
        "siret": ["a", "b"], "insee_code": ["", ""], "postal_code": ["29000", ""], "commune": ["Quimper", "Saint-Sauveur"],
    })  # fmt: skip
    found = known_places().locate(sites)
    assert list(found["insee_code"]) == ["29232", "29262"]
    alone = known_places().locate(sites.iloc[1:])
    assert list(alone["latitude"]) == [""], "nothing says which"


def test_a_sheet_of_needs_in_everyday_words_is_read_and_one_that_is_left_is_named(tmp_path: Path) -> None:
    needs = [["Société", "Ville", "Cherche", "Qté", "Unité"], ["Chaufferie (fictive)", "Florange", "plaquettes", "1 200", "t"]]
    loose = [["Société", "Téléphone"], ["Chaufferie (fictive)", "–"], ["Menuiserie (fictive)", "–"]]
    (one,) = read_imports([workbook(tmp_path, Besoins=needs, Annuaire=loose)])
    assert list(one.tables["needs"]["description"]) == ["plaquettes"]
    assert [(problem.code, problem.value) for problem in one.problems] == [("import_sheet_left", "Annuaire")]
