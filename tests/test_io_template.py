"""The workbook to fill in: empty it says what is missing, filled it reads back right, in both languages."""

from pathlib import Path

import openpyxl
import pytest

from symbiosis.io import check_folder, read_folder, write_template
from symbiosis.io.choices import CHOICE_NAMES, choice_code, display_choice
from symbiosis.schemas import DECLARATIONS

FILLED = {
    "actors": {"actor_id": "scierie", "name": "Scierie", "kind": "company"},
    "sites": {
        "site_id": "s",
        "actor_id": "scierie",
        "commune": "Forêt",
        "insee_code": "01053",
        "latitude": 49.3,
        "longitude": 6.1,
        "is_location_approximate": True,
    },
    "outputs": {
        "output_id": "o",
        "site_id": "s",
        "description": "sciure",
        "family": "material",
        "waste_code": "03 01 05",
        "legal_status": "by_product",
        "quantity": 1234.5,
        "unit": "t",
        "evidence": "weighed",
        "months": "11-3",
    },
    "needs": {
        "need_id": "n",
        "site_id": "s",
        "description": "chaleur",
        "family": "energy",
        "quantity": 12,
        "unit": "MWh",
        "legal_route": "not_waste",
    },
    "operators": {"operator_id": "p", "site_id": "s", "process_id": "sorting", "capacity": 10, "is_existing": False},
}


def fill(path: Path, language: str, *, with_codes: bool) -> None:
    book = openpyxl.load_workbook(path)
    for name, row in FILLED.items():
        table = DECLARATIONS[name]
        sheet = book[table.title_fr if language == "fr" else table.title_en]
        for column, value in row.items():
            shown = value
            if table.columns[column].kind == "choice" and not with_codes:
                shown = display_choice(value, language)
            elif isinstance(value, bool):
                shown = {"fr": {True: "oui", False: "non"}, "en": {True: "yes", False: "no"}}[language][value]
            sheet.cell(row=2, column=list(table.columns).index(column) + 1, value=shown)
    book.save(path)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_empty_template_says_that_rows_are_missing_and_nothing_else(language: str, tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx", language)
    problems = check_folder(tmp_path / "t.xlsx")
    assert [(p.code, p.table) for p in problems] == [("no_rows", t) for t in ("actors", "needs", "outputs", "sites")]


@pytest.mark.parametrize("with_codes", [True, False])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_filled_template_reads_back_right(language: str, with_codes: bool, tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx", language, catalogue_choices={"processes": ["sorting", "shredding"]})
    fill(tmp_path / "t.xlsx", language, with_codes=with_codes)
    read = read_folder(tmp_path)
    assert not read.warnings
    for name, row in FILLED.items():
        table = DECLARATIONS[name]
        for column, value in row.items():
            if column == table.key:
                continue
            held = read.frames[name].loc[row[table.key], column]
            expected = {"waste_code": "030105", "months": (1, 2, 3, 11, 12)}.get(column, value)
            assert held == expected, (name, column)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_choice_and_flag_has_a_drop_down_list(language: str, tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx", language)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    for table in DECLARATIONS.values():
        sheet = book[table.title_fr if language == "fr" else table.title_en]
        listed = {str(r.sqref).split(":")[0] for r in sheet.data_validations.dataValidation if r.type == "list"}
        for j, column in enumerate(table.columns.values()):
            cell = sheet.cell(row=2, column=j + 1).coordinate
            assert (cell in listed) >= (column.kind in ("choice", "flag"))
            heading = sheet.cell(row=1, column=j + 1)
            assert str(heading.value).endswith("*") == column.required
            assert heading.comment is not None


def test_every_declared_choice_has_a_name_in_both_languages_that_reads_back() -> None:
    for table in DECLARATIONS.values():
        for column in table.columns.values():
            for code in column.choices:
                assert code in CHOICE_NAMES
                for language in ("fr", "en"):
                    assert choice_code(column, display_choice(code, language)) == code
