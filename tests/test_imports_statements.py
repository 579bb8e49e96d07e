"""Registers and statements of any make, invoices, pasted tables: columns guessed, totals left out, money in its parts."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from symbiosis.io.imports import ColumnMapping, Imported, Places, guess_mapping, read_import
from symbiosis.io.imports.invoices import part_of, subject_of
from symbiosis.io.imports.mapping import headings_digest, remember, remembered
from symbiosis.io.problems import sentence

sys.path.insert(0, str(Path(__file__).parent))
import trackdechets as td

TODAY = date(2026, 11, 25)
SIRET = td.siret(1)
SITE = ColumnMapping(siret=SIRET, company="Atelier fictif", commune="Florange")
YEAR = (date(2025, 1, 1), date(2025, 12, 31))


def read(path: Path, **options: object) -> Imported:
    return read_import(path, today=TODAY, **options)  # type: ignore[arg-type]


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def outputs(imported: Imported) -> pd.DataFrame:
    return imported.tables["outputs"].set_index("description")


STATEMENT = (
    "Relevé annuel de collecte;;;;;;",
    "Client : atelier fictif;;;;;;",
    "",
    "Nature du déchet;Code CED;Date d'enlèvement;Tonnage (t);Exutoire;Code traitement;Montant HT",
    "Palettes cassées;15 01 03;03/02/2025;4,120;Recycleur fictif;R3;310,50",
    "Palettes cassées;15 01 03;12/06/2025;3,980;Recycleur fictif;R3;290,00",
    "Palettes cassées;15 01 03;20/12/2025;4,000;Recycleur fictif;R3;300,50",
    "DIB en mélange;20 03 01;04/03/2025;1,5;Centre fictif;D5;270",
    "Sous-total DIB;;;1,5;;;270",
    "TOTAL;;;13,6;;;1171",
)


def test_titles_above_the_heading_and_totals_below_are_not_rows(tmp_path: Path) -> None:
    imported = read(write(tmp_path / "releve.csv", *STATEMENT, encoding="cp1252"), mapping=SITE, period=YEAR)
    assert imported.kind == "register"
    assert [(p.code, p.row) for p in imported.problems] == [("total_line", 9), ("total_line", 10)]
    rows = outputs(imported)
    assert rows["quantity"].to_dict() == {"Palettes cassées": "12.1", "DIB en mélange": "1.5"}
    assert rows["waste_code"].to_dict() == {"Palettes cassées": "150103", "DIB en mélange": "200301"}
    assert rows["outlet_id"].to_dict() == {"Palettes cassées": "recycler_outside", "DIB en mélange": "landfill_non_hazardous"}
    assert float(rows.loc["Palettes cassées", "outlet_cost_eur_per_unit"]) == pytest.approx(901 / 12.1, abs=1e-5)
    assert "coût = (coût 901) € / 12,1 t" in rows.loc["Palettes cassées", "source"]
    assert imported.tables["sites"]["commune"].tolist() == ["Florange"]


def test_a_last_line_without_a_word_that_adds_up_the_others_is_a_total(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "Déchet;Quantité;Unité", "bois;3;t", "carton;4500;kg", "verre;2;t")
    assert len(outputs(read(path, mapping=SITE))) == 3
    path = write(tmp_path / "r.csv", "Déchet;Quantité;Unité", "bois;3;t", "carton;4,5;t", ";7,5;")
    imported = read(path, mapping=SITE)
    assert outputs(imported)["quantity"].to_dict() == {"bois": "3", "carton": "4.5"}
    assert [p.code for p in imported.problems] == ["total_line"]


def test_columns_are_guessed_from_titles_and_values() -> None:
    guesses = guess_mapping(
        ["N° SIRET", "Libellé", "CED", "Poids (kg)", "Jour", "Truc", "Filière"],
        [
            [SIRET, "bois", "15 01 03", "1 250,5", "02/03/2025", "x", "Recycleur"],
            [SIRET, "carton", "15 01 01", "980", "03/03/2025", "y", "Papetier"],
        ],
    )
    assert [g.meaning for g in guesses] == ["siret", "description", "waste_code", "quantity", "date", "", "destination"]
    assert guesses[3].decimal == ","
    assert all(g.confidence >= 0.7 for g in guesses if g.meaning)


def test_values_speak_where_titles_do_not() -> None:
    guesses = guess_mapping(["a", "b", "c"], [[SIRET, "15 01 03", "01/02/2025"], [SIRET, "17 02 01", "03/02/2025"]])
    assert [g.meaning for g in guesses] == ["siret", "waste_code", "date"]
    assert all(0.5 <= g.confidence < 0.8 for g in guesses)


def test_a_title_whose_values_have_another_shape_is_not_believed() -> None:
    (guess,) = guess_mapping(["Date"], [["palettes"], ["cartons"]])
    assert guess.meaning == ""


def test_english_titles_are_known_too() -> None:
    guesses = guess_mapping(
        ["Waste type", "EWC code", "Weight", "Unit", "Collection date", "Facility"],
        [["wood", "15 01 03", "3.25", "t", "2025-02-03", "Recycler"]],
    )
    assert [g.meaning for g in guesses] == ["description", "waste_code", "quantity", "unit", "date", "destination"]


def test_the_unit_of_a_title_counts_for_its_column(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "Déchet;Code;Poids (kg);Nb enlèvements", "bois;15 01 03;12500;5", "verre;15 01 07;800;2")
    rows = outputs(read(path, mapping=SITE))
    assert rows["quantity"].to_dict() == {"bois": "12.5", "verre": "0.8"}
    assert rows["load_t"].to_dict() == {"bois": "2.5", "verre": "0.4"}


def test_a_unit_that_nobody_knows_and_a_volume_without_density_are_said(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "Déchet;Quantité;Unité", "bois;3;bennes", "boues;20;m3", "verre;2;t")
    imported = read(path, mapping=SITE)
    assert [(p.code, p.row) for p in imported.problems] == [("unknown_unit", 2), ("missing_density", 3)]
    assert outputs(imported)["quantity"].to_dict() == {"verre": "2"}


def test_a_mapping_is_kept_as_json_and_known_again_by_its_titles(tmp_path: Path) -> None:
    mapping = ColumnMapping(columns={"Machin": "description", "Truc": "quantity"}, unit="kg", decimal={"Truc": ","})
    assert ColumnMapping.from_json(mapping.to_json()) == mapping
    remember(tmp_path / "m.json", ["Machin", "Truc", "Chose"], mapping)
    assert remembered(tmp_path / "m.json", ["MACHIN", "truc ", "Chose"]) == mapping
    assert remembered(tmp_path / "m.json", ["Machin", "Truc"]) is None
    assert headings_digest(["Été"]) == headings_digest(["ete"])
    with pytest.raises(ValueError, match="unknown meaning: prix"):
        ColumnMapping.from_json('{"columns": {"Prix": "prix"}}')


def test_a_mapping_that_is_given_decides(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "Machin;Truc;Bidule", "bois;1,234;15 01 03", "carton;2,500;15 01 01")
    mapping = ColumnMapping(
        columns={"machin": "description", "TRUC": "quantity", "Bidule": "waste_code"},
        unit="kg",
        decimal={"Truc": "."},
        siret=SIRET,
        commune="Florange",
    )
    rows = outputs(read(path, kind="register", mapping=mapping))
    assert rows["quantity"].to_dict() == {"bois": "1.234", "carton": "2.5"}  # thousands of kilograms, since the mark is a point


def test_a_doubtful_column_is_said_so(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "Déchet;x;Quantité", "bois;15 01 03;3", "carton;15 01 01;2")
    (problem,) = read(path, mapping=SITE).problems
    assert (problem.code, problem.row, problem.column, problem.severity) == ("column_guessed", 1, "x", "warning")
    assert "« Code déchet »" in sentence(problem, "fr")[0]
    assert "“Waste code”" in sentence(problem, "en")[0]


def test_a_register_that_names_no_site_asks_for_it(tmp_path: Path) -> None:
    imported = read(write(tmp_path / "r.csv", "Déchet;Code;Quantité", "bois;15 01 03;3"))
    assert [p.code for p in imported.problems if p.severity == "error"] == ["no_site"], "once, not for each row"
    assert not imported.tables


def test_days_in_words_are_read_a_short_year_is_said_and_a_day_that_is_none_named(tmp_path: Path) -> None:
    days = ("12 février 2024", "15.01.2024", "22/04/24", "31/02/2024", "3 floréal 2024")
    path = write(tmp_path / "r.csv", "Date d'enlèvement;Déchet;Tonnage (kg)", *(f"{day};bois;1 500,5" for day in days),
                 "05/05/2024;bois;15,5 t")  # fmt: skip
    imported = read(path, mapping=SITE)
    assert sorted((p.row, p.code) for p in imported.problems if p.row) == [
        (4, "short_year"), (5, "no_such_day"), (6, "unreadable_date"), (7, "unit_in_cell"),
    ]  # fmt: skip
    assert imported.period == (date(2024, 1, 15), date(2024, 5, 5))
    # "Tonnage (kg)" is in kilograms; the unit of a cell counts before that of the title.
    assert outputs(imported)["quantity"].to_dict() == {"bois": "20.0015"}
    assert "va du 15/01/2024 au 05/05/2024" in next(
        sentence(p, "fr")[0] for p in imported.problems if p.code == "period_unknown"
    )


def test_months_date_a_register_that_has_no_days(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "Mois;Déchet;Tonnage", *(f"{m:02d}/2025;bois;2" for m in range(1, 13)))
    imported = read(path, mapping=SITE)
    assert imported.period == (date(2025, 1, 15), date(2025, 12, 15))
    assert outputs(imported)["quantity"].to_dict() == {"bois": "24"}
    assert imported.problems == ()


def test_parts_of_the_cost_stay_apart_and_the_formula_is_kept(tmp_path: Path) -> None:
    path = write(
        tmp_path / "r.csv",
        "Déchet;Code déchet;Tonnage;Location;Coût rotation;Transport;Coût traitement;TGAP;Montant total",
        "DIB;20 03 01;40;1200;2400;600;4600;2600;11400",
    )
    imported = read(path, mapping=SITE)
    row = outputs(imported).loc["DIB"]
    assert row["rental_eur_per_yr"] == "1200"
    assert float(row["outlet_cost_eur_per_unit"]) == (2400 + 600 + 4600 + 2600) / 40
    assert "coût = (rotation 2400 + transport 600 + traitement 4600 + TGAP 2600) € / 40 t" in row["source"]


@pytest.mark.parametrize(
    ("label", "part", "subject"),
    [
        ("Location benne 15 m3", "rental", ""),
        ("Rotation benne DIB", "rotation", "dib"),
        ("TGAP sur traitement DIB", "tax", "dib"),
        ("Traitement palettes bois", "treatment_cost", "palettes bois"),
        ("Transport", "transport", ""),
        ("Rachat ferraille", "resale", "ferraille"),
        ("TVA 20 %", "", "tva"),
        ("Total HT", "", "total"),
        ("Merci de votre visite", None, "merci votre visite"),
    ],
)
def test_labels_of_invoices_say_what_is_paid_for_and_for_which_waste(label: str, part: str | None, subject: str) -> None:
    assert part_of(label) == part
    if part:
        assert subject_of(label) == subject


def test_a_typed_invoice_gives_cost_by_tonne_and_rental_by_year(tmp_path: Path) -> None:
    path = write(
        tmp_path / "facture.csv",
        "Libellé;Déchet;Quantité;Unité;Prix unitaire;Montant HT",
        "Location benne;DIB;12;mois;90,00;1080,00",
        "Rotation;DIB;24;rotation;85,00;2040,00",
        "Traitement;DIB;45,2;t;115,00;5198,00",
        "TGAP;DIB;45,2;t;65,00;2938,00",
        "Traitement;Palettes bois;10;t;20,00;200,00",
        "Rachat;Ferraille;5;t;150,00;750,00",
        "TVA 20 %;;;;;1900,00",
        "Total TTC;;;;;12000,00",
    )
    imported = read(path, kind="invoice", mapping=SITE, period=YEAR)
    rows = outputs(imported)
    assert float(rows.loc["DIB", "outlet_cost_eur_per_unit"]) == pytest.approx((2040 + 5198 + 2938) / 45.2, abs=1e-6)
    assert rows.loc["DIB", "rental_eur_per_yr"] == "1080"
    assert rows.loc["DIB", "evidence"] == "invoice"
    assert "rotation 2040 + traitement 5198 + TGAP 2938" in rows.loc["DIB", "source"]
    assert float(rows.loc["Palettes bois", "outlet_cost_eur_per_unit"]) == 20
    assert [p.code for p in imported.problems] == ["invoice_line_unassigned"]


def test_a_pasted_invoice_is_read_from_its_lines_and_annualised_openly(tmp_path: Path) -> None:
    path = write(
        tmp_path / "facture.txt",
        "ENVIRONNEMENT FICTIF SAS",
        "Facture du 31/01/2025",
        "Période du 01/01/2025 au 31/01/2025",
        "Location benne 15 m3 1 mois 90,00 €",
        "Rotation benne DIB 2 rotations x 85,00 € = 170,00 €",
        "Traitement DIB 20 03 01 3,8 t x 115,00 € = 437,00 €",
        "TGAP 3,8 t x 65,00 € = 247,00 €",
        "Prestation spéciale 55,00 €",
        "Total HT 944,00 €",
        "TVA 20 % 188,80 €",
    )
    imported = read(path, kind="invoice", mapping=SITE)
    assert [(p.code, p.row) for p in imported.problems] == [("period_shorter", None), ("invoice_line_unreadable", 8)]
    row = outputs(imported).loc["dib"]
    assert row["waste_code"] == "200301"
    assert float(row["quantity"]) == pytest.approx(3.8 * 365 / 31, rel=1e-6)
    assert row["quantity_low"] == "3.8"
    assert float(row["outlet_cost_eur_per_unit"]) == pytest.approx((170 + 437 + 247) / 3.8, abs=1e-6)
    assert float(row["rental_eur_per_yr"]) == pytest.approx(90 * 365 / 31, rel=1e-6)


def test_an_invoice_without_a_period_is_taken_as_a_year_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "f.txt", "Traitement DIB 45,2 t x 100 € = 4 520,00 €")
    imported = read(path, kind="invoice", mapping=SITE)
    assert [p.code for p in imported.problems] == ["invoice_period_unknown"]
    assert outputs(imported)["outlet_cost_eur_per_unit"].tolist() == ["100"]


def test_an_amount_that_is_not_quantity_times_price_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "Libellé;Quantité;Unité;Prix unitaire;Montant", "Traitement DIB;10;t;100;1100")
    imported = read(path, kind="invoice", mapping=SITE, period=YEAR)
    assert [(p.code, p.row, p.column) for p in imported.problems] == [("invoice_amount_differs", 2, "Montant")]


def test_a_table_pasted_from_a_spreadsheet_is_one_of_ours(tmp_path: Path) -> None:
    path = write(
        tmp_path / "colle.txt",
        "Identifiant flux sortant\tIdentifiant site\tDésignation\tQuantité par an\tUnité\tCode déchet",
        "sciure\tscierie_1\tSciure de chêne\t1 200,5\tt\t03 01 05",
        "chutes\tscierie_1\tChutes\tbeaucoup\tt\t03 01 05",
    )
    imported = read(path)
    assert imported.kind == "template"
    assert imported.tables["outputs"]["output_id"].tolist() == ["sciure"]
    assert [(p.code, p.row, p.column) for p in imported.problems] == [("not_a_number", 3, "quantity")]


def test_our_template_goes_through_the_same_door(tmp_path: Path) -> None:
    from symbiosis.io import write_template

    write_template(tmp_path / "vide.xlsx", "fr")
    with xlsxwriter.Workbook(tmp_path / "rempli.xlsx") as book:
        for title, rows in {
            "Acteurs": [["Identifiant acteur", "Nom"], ["a", "Atelier fictif"]],
            "Sites": [
                ["Identifiant site", "Identifiant acteur", "Commune", "Latitude", "Longitude"],
                ["s", "a", "Florange", "49.3", "6.1"],
            ],
        }.items():
            sheet = book.add_worksheet(title)
            for i, cells in enumerate(rows):
                sheet.write_row(i, 0, cells)
    imported = read(tmp_path / "rempli.xlsx")
    assert imported.kind == "template"
    assert {name: len(table) for name, table in imported.tables.items()} == {"actors": 1, "sites": 1}
    assert imported.problems == ()


def test_a_file_that_is_nothing_of_the_kind_says_so(tmp_path: Path) -> None:
    (problem,) = read(write(tmp_path / "x.csv", "a;b", "1;2")).problems
    assert problem.code == "unknown_import"


def test_a_known_site_needs_no_commune(tmp_path: Path) -> None:
    places = Places(sites=pd.DataFrame({"siret": [SIRET], "latitude": ["49.3"], "longitude": ["6.1"]}))
    path = write(tmp_path / "r.csv", "Déchet;Code;Quantité", "bois;15 01 03;3")
    imported = read(path, mapping=ColumnMapping(siret=SIRET), places=places)
    assert imported.problems == ()
    assert imported.tables["sites"]["latitude"].tolist() == ["49.3"]
