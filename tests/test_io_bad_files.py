"""Ten sources with eight planted errors each: every one is reported where it stands, and the clean twins raise no
alarm."""

import copy
import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from symbiosis.errors import DeclarationError
from symbiosis.io import annotated_copy, check_folder, read_folder, sentence
from symbiosis.schemas import DECLARATIONS

Tables = dict[str, list[list[str]]]
Expected = tuple[str, str, int | None, str]

CODES = pd.DataFrame(
    [
        ("010101", "false", "2015-06-01", "", ""),
        ("130205", "true", "2015-06-01", "", ""),
        ("150103", "false", "2015-06-01", "", ""),
        ("160605", "false", "2015-06-01", "2026-11-08", "160607;160608"),
        ("160607", "true", "2026-11-09", "", ""),
        ("170201", "false", "2015-06-01", "", ""),
        ("170204", "true", "2015-06-01", "", ""),
        ("200138", "false", "2015-06-01", "", ""),
    ],
    columns=["waste_code", "is_hazardous", "valid_from", "valid_to", "successor_codes"],
)
KNOWN = {"processes": ["shredding", "sorting"], "quality_parameters": ["moisture_share", "ph"], "outlets": ["landfill"]}
FACTS = {"latitude": 49.3, "longitude": 6.1, "radius_km": 20, "is_synthetic": True}
TODAY = date(2026, 11, 23)

CLEAN: Tables = {
    "actors": [
        ["actor_id", "name", "kind", "nace", "siren", "structure"],
        ["scierie", "Scierie de l'Orée", "company", "16.10A", "732829320", ""],
        ["chaufferie", "Chaleur d'Été", "public", "35.30Z", "", ""],
        ["atelier", "Atelier Œuvre", "social_enterprise", "38.32Z", "", "EI"],
    ],
    "sites": [
        ["site_id", "actor_id", "commune", "insee_code", "siret", "latitude", "longitude", "is_location_approximate"],
        ["s_scierie", "scierie", "Forêt", "01053", "73282932000074", "49.3", "6.1", "false"],
        ["s_chaufferie", "chaufferie", "Ville", "57206", "", "49.354", "6.151", "true"],
        ["s_atelier", "atelier", "Ville", "57206", "", "49.25", "6.04", "false"],
    ],
    "outputs": [
        [
            "output_id",
            "site_id",
            "description",
            "family",
            "waste_code",
            "is_hazardous",
            "quantity",
            "quantity_low",
            "quantity_high",
            "unit",
            "density_t_per_m3",
            "months",
            "year",
        ],
        ["o1", "s_scierie", "sciure", "material", "", "", "1234.5", "1000", "1500.25", "t", "", "11-3", "2025"],
        ["o2", "s_scierie", "palettes cassées", "material", "15 01 03", "", "120", "", "", "t", "", "", "2025"],
        ["o3", "s_atelier", "huile usée", "material", "13 02 05*", "", "3.5", "", "", "m3", "0.9", "", "2025"],
        ["o4", "s_atelier", "bois traité", "material", "17 02 04", "true", "8", "", "", "t", "", "", "2025"],
        ["o5", "s_chaufferie", "eau tiède", "water", "", "", "25000", "", "", "m3", "", "1;2;12", "2025"],
        ["o6", "s_chaufferie", "chaleur", "energy", "", "", "950.75", "", "", "MWh", "", "", "2025"],
        ["o7", "s_atelier", "bois de charpente", "material", "17 02 01", "false", "44", "", "", "t/an", "", "", "2025"],
        ["o8", "s_atelier", "déchets de bois", "material", "200138", "", "7200", "", "", "kg", "", "", "2025"],
    ],
    "needs": [
        [
            "need_id",
            "site_id",
            "description",
            "quantity",
            "unit",
            "minimum_quantity",
            "price_eur_per_unit",
            "waste_codes_accepted",
            "legal_route",
            "year",
        ],
        [
            "n1",
            "s_chaufferie",
            "combustible bois",
            "2000",
            "t",
            "500",
            "42.5",
            "15 01 03;17 02 01",
            "end_of_waste",
            "2025",
        ],
        ["n2", "s_atelier", "palettes", "300", "pieces", "", "-2.25", "", "", "2025"],
        ["n3", "s_scierie", "chaleur de séchage", "400", "MWh", "", "38", "", "not_waste", "2025"],
    ],
    "operators": [
        ["operator_id", "site_id", "process_id", "capacity", "unit", "fixed_cost_eur_per_yr", "insertion_share"],
        ["p1", "s_atelier", "shredding", "1500", "t", "12000.5", "0.6"],
        ["p2", "s_scierie", "sorting", "800", "t", "", "0"],
    ],
    "quality": [
        ["flow_id", "parameter", "value", "minimum", "maximum"],
        ["o1", "moisture_share", "0.45", "", ""],
        ["n1", "moisture_share", "", "0", "0.5"],
    ],
    "distances": [
        ["from_site_id", "to_site_id", "distance_km"],
        ["s_scierie", "s_chaufferie", "9.4"],
        ["s_scierie", "s_atelier", "8.25"],
    ],
}


def put(tables: Tables, place: str, row: int, value: str) -> None:
    """Change a cell, by ``table.column`` and the row that a spreadsheet shows."""
    table, column = place.split(".")
    cells = tables[table]
    cells[row - 1][cells[0].index(column)] = value


def french(tables: Tables) -> Tables:
    """Titles, decimal commas and thousands with a no-break space, as a French spreadsheet writes them."""
    out: Tables = {}
    for name, (head, *body) in tables.items():
        schema = DECLARATIONS[name].columns
        titles = [schema[h].title_fr.upper() + " *" if h in schema and schema[h].required else
                  schema[h].title_fr if h in schema else h for h in head]  # fmt: skip
        out[name] = [titles]
        for row in body:
            out[name].append([
                cell.replace(".", ",") if h in schema and schema[h].kind == "number" else cell
                for h, cell in zip(head, row, strict=True)
            ])  # fmt: skip
    return out


def csv_text(rows: list[list[str]], delimiter: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def write_csv_files(folder: Path, tables: Tables, *, encoding: str, delimiter: str, head: str = "") -> None:
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_bytes((head + csv_text(rows, delimiter)).encode(encoding))
    (folder / "facts.json").write_text(json.dumps(FACTS), encoding="utf-8")


def write_book(path: Path, tables: Tables, native: bool, touch: Callable | None = None) -> None:
    """One sheet per table; numbers as numbers where `native`."""
    with xlsxwriter.Workbook(path) as book:
        for name, rows in tables.items():
            sheet = book.add_worksheet(DECLARATIONS[name].title_fr if name in DECLARATIONS else name)
            kinds = [DECLARATIONS[name].columns[h].kind if h in DECLARATIONS[name].columns else "text" for h in rows[0]]
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if native and i and kinds[j] == "number" and cell:
                        sheet.write_number(i, j, float(cell))
                    else:
                        sheet.write_string(i, j, cell)
            if touch is not None:
                touch(book, sheet, name)


@dataclass(frozen=True)
class Case:
    """How a source is written, what is planted in it and where it must be found."""

    name: str
    write: Callable[[Path, Tables, bool], None]
    planted: tuple[tuple[str, str, int | None, str, str], ...]

    def expected(self) -> set[Expected]:
        return {(code, file, row, column) for code, file, row, column, _ in self.planted}


def cells(*planted: tuple[str, str, int, str], file: str = "{table}.csv") -> tuple:
    """Planted cells: (code, table.column, row, value); found in the file of the table, at the row and the column."""
    return tuple(
        (code, file.format(table=place.split(".")[0]), row, place.split(".")[1], f"{place}|{row}|{value}")
        for code, place, row, value in planted
    )


def planted_in(case_cells: tuple, tables: Tables) -> Tables:
    changed = copy.deepcopy(tables)
    for _, _, _, _, how in case_cells:
        if how:
            place, row, value = how.split("|", 2)
            put(changed, place, int(row), value)
    return changed


def utf8_bom(folder: Path, tables: Tables, bad: bool) -> None:
    write_csv_files(folder, french(tables), encoding="utf-8-sig", delimiter=";")


def cp1252(folder: Path, tables: Tables, bad: bool) -> None:
    tables = french(tables)
    tables["outputs"][1][6] = "1\u00a0234,5"
    write_csv_files(folder, tables, encoding="cp1252", delimiter=";")


def utf16(folder: Path, tables: Tables, bad: bool) -> None:
    write_csv_files(folder, tables, encoding="utf-16", delimiter="\t")


def comma(folder: Path, tables: Tables, bad: bool) -> None:
    write_csv_files(folder, tables, encoding="utf-8", delimiter=",")
    if not bad:
        return
    outputs = csv_text(tables["outputs"], ",").splitlines()
    outputs[2] = "o2,s_scierie,palettes cassées,material,15 01 03,,12,5,,,t,,,2025"  # a decimal comma, not quoted
    outputs[8] = 'o8,s_atelier,"déchets de bois,material,200138,,7200,,,kg,,,2025'  # a quote that never closes
    (folder / "outputs.csv").write_text("\n".join(outputs) + "\n", encoding="utf-8")
    needs = [[*row, "x"] for row in tables["needs"]]
    needs[0][-1] = "Prix d'achat"
    needs[0][4] = "unitt"
    (folder / "needs.csv").write_text(csv_text(needs, ","), encoding="utf-8")
    sites = [[*row, row[2]] for row in tables["sites"]]
    sites[0][-1] = "Commune"
    (folder / "sites.csv").write_text(csv_text(sites, ","), encoding="utf-8")


def workbook(folder: Path, tables: Tables, bad: bool) -> None:
    def touch(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, name: str) -> None:
        if not bad:
            return
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        if name == "outputs":
            sheet.write_number(1, 11, 46092, day)  # 11-3 became the 11th of March
            sheet.write_number(2, 6, 46000, day)
            sheet.write_formula(3, 6, "=NA()", None, "#N/A")
            sheet.write_formula(4, 6, "=3+5", None, "")
            sheet.write_number(7, 4, 10101)
            sheet.write_number(6, 6, 5e8)
        if name == "distances":
            sheet.merge_range("A2:A3", "s_scierie")
            book.add_worksheet("Feuil12").write_string(0, 0, "à trier")

    write_book(folder / "territoire.xlsx", tables, native=True, touch=touch)
    (folder / "facts.json").write_text(json.dumps(FACTS), encoding="utf-8")


def wrong_files(folder: Path, tables: Tables, bad: bool) -> None:
    write_csv_files(folder, tables, encoding="utf-8", delimiter=";")
    (folder / "SOURCES.md").write_text("Sources")
    if not bad:
        return
    (folder / "needs.csv").rename(folder / "need.csv")
    (folder / "operators.csv").write_bytes(b"\r\n")
    (folder / "quality.csv").write_bytes(b"%PDF-1.7 quality")
    (folder / "outputs.csv").rename(folder / "outputs.xlsx")
    write_book(folder / "distances.csv", {"distances": tables["distances"]}, native=True)
    write_book(folder / "sites.xlsx", {"sites": tables["sites"]}, native=True)
    (folder / "facts.json").write_text('{"latitude": 49.3,', encoding="utf-8")


def one_book_per_table(folder: Path, tables: Tables, bad: bool) -> None:
    """Displayed choices in French, sheet names that say nothing, a banner above the headings."""
    shown = {"company": "Entreprise", "public": "Organisme public", "material": "Matière", "energy": "Énergie",
             "water": "eau", "end_of_waste": "Sorti du statut de déchet", "true": "Oui", "false": "non"}  # fmt: skip
    for name, rows in tables.items():
        with xlsxwriter.Workbook(folder / f"{name}.xlsx") as book:
            sheet = book.add_worksheet("Feuil1")
            sheet.write_string(0, 0, "Données fictives")
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if bad and rows[0][j] in ("insee_code", "siret") and cell and i:
                        sheet.write_number(i + 1, j, float(cell))
                    else:
                        sheet.write_string(i + 1, j, shown.get(cell, cell))
    (folder / "facts.json").write_text(json.dumps(FACTS), encoding="utf-8")


def sep_line(folder: Path, tables: Tables, bad: bool) -> None:
    tables = copy.deepcopy(tables)
    tables["outputs"][1][2] = 'sciure\r\nfraîche ; "verte"'
    tables["needs"][1][2] = "combustible\nbois"
    write_csv_files(folder, tables, encoding="utf-8", delimiter=";", head="sep=;\r\n")


CASES = (
    Case("utf8_bom", utf8_bom, cells(
        ("unknown_code", "outputs.waste_code", 3, "15 01 99"),
        ("missing_hazard_mark", "outputs.waste_code", 4, "13 02 05"),
        ("missing_density", "outputs.density_t_per_m3", 4, ""),
        ("negative_number", "outputs.quantity", 5, "-8"),
        ("duplicate_id", "outputs.output_id", 6, "o1"),
        ("dangling_reference", "needs.site_id", 3, "s_atelie"),
        ("unknown_unit", "needs.unit", 4, "bennes"),
        ("missing_value", "actors.name", 4, ""),
    )),
    Case("cp1252", cp1252, cells(
        ("leading_zero_lost", "outputs.waste_code", 3, "10101"),
        ("outdated_code", "outputs.waste_code", 9, "16 06 05"),
        ("not_finite", "outputs.quantity", 4, "inf"),
        ("not_a_number", "outputs.quantity", 5, "8 t"),
        ("unknown_choice", "outputs.family", 6, "eaux"),
        ("not_a_flag", "sites.is_location_approximate", 3, "peut-être"),
        ("blank_in_id", "operators.operator_id", 3, "p 2"),
        ("site_outside_territory", "sites.latitude", 2, "48.1"),
    )),
    Case("utf16", utf16, (*cells(
        ("unreadable_months", "outputs.months", 6, "hiver"),
        ("out_of_bounds", "sites.longitude", 4, "604"),
        ("hazard_mark_on_non_hazardous", "outputs.waste_code", 3, "15 01 03*"),
        ("hazard_denied", "outputs.is_hazardous", 5, "non"),
        ("siret_check_digit", "sites.siret", 2, "73282932000075"),
        ("date_in_number", "needs.quantity", 2, "12/03/2026"),
        ("not_finite", "needs.quantity", 4, "NaN"),
    ), ("coordinates_swapped", "sites.csv", 3, "latitude", "sites.latitude|3|6.151"),
       ("", "", None, "", "sites.longitude|3|49.354"), ("", "", None, "", "outputs.year|9|2024"))),
    Case("comma", comma, (
        ("too_many_cells", "outputs.csv", 3, "", ""),
        ("broken_quotes", "outputs.csv", 9, "", ""),
        ("unknown_column", "needs.csv", 1, "Prix d'achat", ""),
        ("unknown_column", "needs.csv", 1, "unitt", ""),
        ("missing_column", "needs.csv", 1, "unit", ""),
        ("column_twice", "sites.csv", 1, "commune", ""),
        ("", "", None, "", "distances.distance_km|3|8"),
        *cells(("ambiguous_number", "distances.distance_km", 2, "1,009"),
               ("range_upside_down", "quality.minimum", 3, "0.7")),
    )),
    Case("workbook", workbook, (
        ("date_in_months", "territoire.xlsx", 2, "months", ""),
        ("date_in_number", "territoire.xlsx", 3, "quantity", ""),
        ("spreadsheet_error", "territoire.xlsx", 4, "quantity", ""),
        ("formula_without_value", "territoire.xlsx", 5, "quantity", ""),
        ("leading_zero_lost", "territoire.xlsx", 8, "waste_code", ""),
        ("suspicious_quantity", "territoire.xlsx", 7, "quantity", ""),
        ("merged_cells", "territoire.xlsx", 2, "", ""),
        ("unknown_sheet", "territoire.xlsx", None, "", ""),
    )),
    Case("wrong_files", wrong_files, (
        ("missing_table", "needs.csv", None, "", ""),
        ("unknown_file", "need.csv", None, "", ""),
        ("empty_file", "operators.csv", None, "", ""),
        ("content_mismatch", "quality.csv", None, "", ""),
        ("content_mismatch", "outputs.xlsx", 1, "", ""),
        ("content_mismatch", "distances.csv", 1, "", ""),
        ("table_twice", "sites.xlsx", 1, "", ""),
        ("bad_facts", "facts.json", 1, "", ""),
    )),
    Case("one_book_per_table", one_book_per_table, (
        *((code, file, row + 1, column, how) for code, file, row, column, how in cells(
            ("unknown_choice", "actors.kind", 2, "Entrepise"),
            ("unknown_code", "outputs.waste_code", 3, "99 99 99"),
            ("missing_density", "outputs.density_t_per_m3", 4, ""),
            ("not_a_flag", "outputs.is_hazardous", 8, "à voir"),
            ("dangling_reference", "operators.process_id", 2, "shreding"),
            ("missing_value", "needs.description", 3, ""),
            file="{table}.xlsx")),
        ("insee_zero_lost", "sites.xlsx", 3, "insee_code", ""),
        ("siret_malformed", "sites.xlsx", 4, "siret", "sites.siret|3|7328293200007"),
    )),
    Case("sep_line", sep_line, (*cells(
        ("negative_number", "outputs.quantity", 3, "-120"),
        ("not_finite", "outputs.quantity", 7, "1e400"),
        ("unreadable_code", "outputs.waste_code", 8, "bois"),
        ("hazard_contradiction", "outputs.is_hazardous", 4, "non"),
        ("dangling_reference", "quality.flow_id", 2, "o11"),
        ("range_upside_down", "needs.minimum_quantity", 2, "2500"),
        ("unknown_unit", "needs.unit", 4, "t/jour"),
        ("duplicate_id", "distances.to_site_id", 3, "s_chaufferie"),
    ),)),
    Case("codes_and_prices", utf8_bom, cells(
        ("unreadable_code", "needs.waste_codes_accepted", 2, "15 01 03;bois"),
        ("unknown_code", "needs.waste_codes_accepted", 3, "99 01 01"),
        ("outdated_code", "needs.waste_codes_accepted", 4, "16 06 05"),
        ("leading_zero_restored", "outputs.waste_code", 3, "1 01 01"),
        ("unknown_choice", "needs.legal_route", 4, "hors déchet"),
        ("not_a_number", "needs.price_eur_per_unit", 2, "42 à 45"),
        ("out_of_bounds", "needs.year", 3, "20255"),
        ("date_in_months", "outputs.months", 2, "11-mars"),
    )),
    Case("people", cp1252, (*cells(
        ("broken_accents", "outputs.description", 9, "dÃ©chets de bois"),
        ("out_of_bounds", "operators.insertion_share", 2, "60"),
        ("out_of_bounds", "outputs.density_t_per_m3", 4, "900"),
        ("not_a_number", "operators.fixed_cost_eur_per_yr", 2, "1 200 par mois"),
        ("siren_malformed", "actors.siren", 2, "73282932"),
        ("missing_value", "sites.latitude", 4, ""),
        ("dangling_reference", "sites.actor_id", 3, "Chaufferie"),
        ("not_a_number", "sites.longitude", 2, "6°06'"),
    ),)),
)  # fmt: skip


def check(folder: Path) -> set[Expected]:
    problems = check_folder(folder, waste_codes=CODES, catalogue_ids=KNOWN, today=TODAY)
    for problem in problems:
        for language in ("fr", "en"):
            message, remedy = sentence(problem, language)
            assert message
            assert remedy
            assert "{" not in message + remedy
    return {(p.code, p.file, p.row, p.column) for p in problems}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_eight_planted_errors_are_found_where_they_stand_and_nothing_else(case: Case, tmp_path: Path) -> None:
    expected = {e for e in case.expected() if e[0]}
    assert len(expected) == 8
    case.write(tmp_path, planted_in(case.planted, CLEAN), True)
    assert check(tmp_path) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_clean_twins_raise_no_alarm_and_hold_the_same_content(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path, copy.deepcopy(CLEAN), False)
    assert check(tmp_path) == set()
    read = read_folder(tmp_path, waste_codes=CODES, today=TODAY)
    assert read.is_synthetic
    assert read.outputs["quantity"].to_dict() == {
        "o1": 1234.5, "o2": 120, "o3": 3.5, "o4": 8, "o5": 25000, "o6": 950.75, "o7": 44, "o8": 7200
    }  # fmt: skip
    assert read.outputs.loc["o1", "months"] == (1, 2, 3, 11, 12)
    assert read.outputs.loc["o3", "waste_code"] == "130205"
    assert read.outputs["is_hazardous"].fillna(False).to_dict() == {
        "o1": False, "o2": False, "o3": True, "o4": True, "o5": False, "o6": False, "o7": False, "o8": False
    }  # fmt: skip
    assert read.needs.loc["n1", "waste_codes_accepted"] == ("150103", "170201")
    assert read.needs.loc["n1", "legal_route"] == "end_of_waste"
    assert read.sites.loc["s_scierie", "insee_code"] == "01053"
    assert read.actors.loc["scierie", "name"] == "Scierie de l'Orée"


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_annotated_copy_holds_every_problem(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    case.write(folder, planted_in(case.planted, CLEAN), True)
    problems = check_folder(folder, waste_codes=CODES, catalogue_ids=KNOWN, today=TODAY)
    assert annotated_copy(folder, problems, tmp_path / "out.xlsx") == len(problems)
    assert pd.read_excel(tmp_path / "out.xlsx", sheet_name=None)


def test_errors_are_raised_all_together(tmp_path: Path) -> None:
    case = CASES[0]
    case.write(tmp_path, planted_in(case.planted, CLEAN), True)
    with pytest.raises(DeclarationError) as caught:
        read_folder(tmp_path, waste_codes=CODES, catalogue_ids=KNOWN, today=TODAY)
    assert len(caught.value.problems) == 8
    assert "8 error(s)" in str(caught.value)
