"""A year of movements becomes yearly flows: the right tonnes, each fault where it stands, nothing counted twice."""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from symbiosis.errors import Problem
from symbiosis.io import sentence
from symbiosis.io.annotated import write_annotated
from symbiosis.io.catalogue import read_catalogue
from symbiosis.io.imports import Imported, read_import, read_imports
from symbiosis.io.imports.grids import read_grids
from symbiosis.io.imports.outlets import Outlets, operation_codes

sys.path.insert(0, str(Path(__file__).parent))
import trackdechets as td

TODAY = date(2026, 11, 25)


def read(path: Path, **options: object) -> Imported:
    return read_import(path, today=TODAY, **options)  # type: ignore[arg-type]


def found(problems: tuple[Problem, ...]) -> set[tuple[str, int | None, str]]:
    return {(p.code, p.row, p.column) for p in problems}


def flows(imported: Imported, table: str = "outputs") -> dict[tuple[str, str, str], float]:
    """Tonnes by establishment, code and folded name."""
    rows = imported.tables[table]
    code = rows["waste_code"] if table == "outputs" else rows["waste_codes_treated"]
    return {
        (site.removeprefix("site-"), c, name.casefold()): float(tonnes)
        for site, c, name, tonnes in zip(rows["site_id"], code, rows["description"], rows["quantity"], strict=True)
    }


def expected(made: td.Export) -> dict[tuple[str, str, str], float]:
    return {(site, code, name.casefold()): tonnes for (site, code, name), tonnes in made.tonnes.items()}


@pytest.fixture(scope="module")
def small() -> td.Export:
    return td.export(300, 10, seed=3)


def test_twenty_thousand_movements_give_the_tonnes_of_each_flow(tmp_path: Path) -> None:
    made = td.export()
    imported = read(made.write_csv(tmp_path / "registre.csv"))
    assert imported.kind == "trackdechets_outgoing"
    assert imported.problems == ()
    assert flows(imported) == pytest.approx(expected(made), abs=1e-5)
    assert len(imported.tables["sites"]) == len(imported.tables["actors"]) == 300
    assert len(imported.movements) == 20_000
    loads = dict(zip(imported.tables["outputs"]["output_id"], imported.tables["outputs"]["load_t"].astype(float), strict=True))
    sums = imported.movements.groupby("flow_id")["quantity"].mean()
    assert sums.to_dict() == pytest.approx(loads, abs=1e-5)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_twenty_planted_faults_are_said_where_they_stand_and_nothing_else(suffix: str, tmp_path: Path) -> None:
    made = td.export(600, 30)
    planted = td.plant(made, step=20)
    path = tmp_path / f"registre{suffix}"
    imported = read(made.write_csv(path) if suffix == ".csv" else made.write_xlsx(path))
    assert len(planted) == 20
    assert found(imported.problems) == planted
    for problem in imported.problems:
        for language in ("fr", "en"):
            message, remedy = sentence(problem, language)
            assert message
            assert remedy
            assert "{" not in message + remedy


def test_rows_that_are_wrong_are_left_out_and_the_others_are_not(tmp_path: Path) -> None:
    made = td.export(600, 30)
    td.plant(made, step=20)
    imported = read(made.write_csv(tmp_path / "r.csv"))
    wrong = {p.row for p in imported.problems if p.severity == "error"}
    assert wrong
    assert not wrong & set(imported.movements["row"])
    assert len(imported.movements) == 600 - len(wrong) - 1  # one was there twice


@pytest.mark.parametrize(
    ("mark", "hazardous", "today"),
    [("N", "false", TODAY), ("N", "false", date(2026, 12, 9)), ("O", "true", date(2026, 12, 9))],
)
def test_a_register_may_say_either_of_a_code_whose_hazard_has_changed(
    mark: str, hazardous: str, today: date, tmp_path: Path
) -> None:
    made = td.export(60, 3)
    rows = [row for row in range(2, 62) if made.get(row, "Code déchet") == "15 01 03"]
    assert rows
    for row in rows:
        made.put(row, "Code déchet", "16 06 04")
        made.put(row, "Dangereux", mark)
    imported = read_import(made.write_csv(tmp_path / "r.csv"), today=today)
    assert [p for p in imported.problems if p.severity == "error"] == []
    changed = imported.tables["outputs"].query("waste_code in ('160604', '16 06 04', '16 06 04*')")
    assert set(changed["is_hazardous"]) == {hazardous}


def test_the_annotated_copy_shows_each_problem_beside_its_row(tmp_path: Path) -> None:
    made = td.export(600, 30)
    td.plant(made, step=20)
    path = made.write_csv(tmp_path / "r.csv")
    problems = read(path).problems
    assert write_annotated(read_grids(path)[0], problems, tmp_path / "out.xlsx") == len(problems)
    ((sheet,), wrong) = read_grids(tmp_path / "out.xlsx")[0][1:], read_grids(tmp_path / "out.xlsx")[1]
    assert wrong == []
    at = dict(sheet.rows)
    assert all(len(at[p.row][len(made.head)]) > 20 for p in problems)


def test_workbook_and_csv_give_the_same_rows(small: td.Export, tmp_path: Path) -> None:
    one, other = read(small.write_csv(tmp_path / "r.csv")), read(small.write_xlsx(tmp_path / "r.xlsx"))
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table.drop(columns="source"), other.tables[name].drop(columns="source"))


def test_the_same_file_twice_gives_the_same_keys_and_digest(small: td.Export, tmp_path: Path) -> None:
    path = small.write_csv(tmp_path / "r.csv")
    one, other = read(path), read(path)
    assert one.digest == other.digest
    assert list(one.tables["outputs"]["output_id"]) == list(other.tables["outputs"]["output_id"])
    assert one.tables["outputs"]["output_id"].is_unique


def test_keys_do_not_change_with_case_accents_or_order(small: td.Export, tmp_path: Path) -> None:
    keys = set(read(small.write_csv(tmp_path / "r.csv")).tables["outputs"]["output_id"])
    place = small.head.index("Dénomination usuelle")
    turned = td.Export(head=small.head, rows=[[*r[:place], r[place].upper(), *r[place + 1 :]] for r in reversed(small.rows)])
    assert set(read(turned.write_csv(tmp_path / "t.csv")).tables["outputs"]["output_id"]) == keys


def test_the_incoming_register_gives_needs_with_the_codes_that_are_treated(tmp_path: Path) -> None:
    made = td.export(300, 6, register="entrant")
    imported = read(made.write_csv(tmp_path / "r.csv"))
    assert imported.kind == "trackdechets_incoming"
    assert imported.problems == ()
    assert "outputs" not in imported.tables
    assert flows(imported, "needs") == pytest.approx(expected(made), abs=1e-5)
    assert set(imported.tables["needs"]["legal_route"]) == {"waste_to_entitled_site"}


def test_exports_that_overlap_count_each_movement_once(small: td.Export, tmp_path: Path) -> None:
    halves = [
        td.Export(head=small.head, rows=small.rows[a:b]).write_csv(tmp_path / f"{a}.csv") for a, b in ((0, 200), (125, 300))
    ]
    (imported,) = read_imports(halves, today=TODAY)
    assert flows(imported) == pytest.approx(expected(small), abs=1e-5)
    assert imported.notes["counted_once"] == 75
    assert imported.problems == ()
    assert set(imported.movements["file"]) == {"0.csv", "125.csv"}


def test_titles_are_known_without_accents_case_or_blanks_and_missing_ones_are_said(small: td.Export, tmp_path: Path) -> None:
    head = [title.upper().replace("É", "E").replace(" - ", "  -").strip() for title in small.head]
    gone = small.head.index("Destination - Raison sociale")
    rows = [[c for i, c in enumerate(row) if i != gone] for row in small.rows]
    changed = td.Export(head=[t for i, t in enumerate(head) if i != gone], rows=rows)
    imported = read(changed.write_csv(tmp_path / "r.csv"))
    assert flows(imported) == pytest.approx(expected(small), abs=1e-5)
    assert found(imported.problems) == {("import_column_missing", 1, "Destination - Raison sociale")}


def test_a_file_without_codes_is_refused_with_the_column_that_is_missing(small: td.Export, tmp_path: Path) -> None:
    place = small.head.index("Code déchet")
    changed = td.Export(head=[*small.head[:place], "Autre", *small.head[place + 1 :]], rows=small.rows)
    imported = read(changed.write_csv(tmp_path / "r.csv"), kind="trackdechets_outgoing")
    assert not imported.tables
    assert imported.has_errors


FORM = (
    "SIRET du déclarant",
    "SIRET de l'expéditeur ou du détenteur",
    "Dénomination du déchet",
    "Code déchet",
    "Dangereux",
    "Date d'expédition",
    "Poids en tonnes",
    "Type de poids",
    "Volume en M3",
    "Raison sociale du destinataire",
    "Commune du destinataire",
    "Code de traitement prévu",
    "Identifiant unique",
)


def form(tmp_path: Path, *rows: tuple[str, ...]) -> Path:
    with (tmp_path / "declaration.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([FORM, *rows])
    return tmp_path / "declaration.csv"


def test_the_form_of_declaration_is_read_too_and_estimates_stay_estimates(tmp_path: Path) -> None:
    from symbiosis.io.imports import Places

    number = td.siret(1)
    sites = pd.DataFrame({"siret": [number], "latitude": ["49.3"], "longitude": ["6.1"]})
    path = form(
        tmp_path,
        (number, "", "Sciure", "03 01 05", "N", "2025-02-01", "12,5", "REEL", "", "Panneaux fictifs", "Toul", "R3", "a"),
        (number, "", "Sciure", "03 01 05", "N", "2025-11-30", "7,5", "ESTIME", "", "Panneaux fictifs", "Toul", "R3", "b"),
        (number, "", "Chutes de bois", "03 01 05", "N", "2025-06-30", "3", "REEL", "", "Chaufferie fictive", "", "R1", "c"),
    )
    imported = read(path, places=Places(sites=sites))
    rows = imported.tables["outputs"].set_index("description")
    assert rows["quantity"].to_dict() == {"Sciure": "20", "Chutes de bois": "3"}
    assert rows["evidence"].to_dict() == {"Sciure": "declared", "Chutes de bois": "weighed"}
    assert "62 % des quantités pesées" in rows.loc["Sciure", "source"]
    assert "vers Panneaux fictifs (Toul)" in rows.loc["Sciure", "source"]


def test_what_was_refused_is_not_counted(small: td.Export, tmp_path: Path) -> None:
    made = td.Export(head=small.head, rows=[list(small.rows[0])])
    for title, value in (
        ("Quantité acceptée / traitée nette (tonnes)", ""),
        ("Quantité réceptionnée nette (tonnes)", "10"),
        ("Quantité refusée nette (tonnes)", "4"),
    ):
        made.put(2, title, value)
    assert list(flows(read(made.write_csv(tmp_path / "r.csv"))).values()) == [6.0]
    made.put(2, "Quantité réceptionnée nette (tonnes)", "")
    made.put(2, "Émetteur - Quantité de déchet ", "9")
    assert list(flows(read(made.write_csv(tmp_path / "r.csv"))).values()) == [5.0]
    made.put(2, "Statut d'acceptation du déchet", "Refusé")
    made.put(2, "Quantité refusée nette (tonnes)", "")
    imported = read(made.write_csv(tmp_path / "r.csv"))
    assert [p.code for p in imported.problems] == ["nothing_to_import", "period_unknown"]


@pytest.mark.parametrize(
    ("operations", "code", "hazard", "outlet"),
    [
        ("R3", "150103", "false", "recycler_outside"),
        ("R12, R3", "150103", "false", "recycler_outside"),
        ("R13", "150103", "false", ""),
        ("D9", "080113", "true", ""),
        ("D13", "150103", "false", ""),
        ("R12", "170405", "false", ""),
        ("D14", "150103", "false", ""),
        ("D15", "150103", "false", ""),
        ("R1", "150103", "false", ""),
        ("R3, D5", "150103", "false", ""),
        ("D5", "200301", "false", "landfill_non_hazardous"),
        ("D5", "170904", "false", ""),
        ("D5", "170106", "true", ""),
        ("D5", "080113", "true", "landfill_hazardous"),
        ("D10", "080113", "true", "incineration_hazardous"),
        ("R3", "200108", "false", ""),
        ("", "150103", "false", ""),
        ("R4", "170405", "false", "recycler_outside"),
    ],
)
def test_an_outlet_is_said_only_where_the_operation_settles_it(operations: str, code: str, hazard: str, outlet: str) -> None:
    case = pd.DataFrame({"operations": [operations], "waste_code": [code], "is_hazardous": [hazard]})
    assert Outlets(read_catalogue()).of(case).tolist() == [outlet]


def test_operation_codes_are_read_from_any_cell() -> None:
    assert operation_codes("R5 , D13") == ("R5", "D13")
    assert operation_codes("R 03;r3") == ("R3",)
    assert operation_codes("R1A") == ("R1",)
    assert operation_codes("recyclage") == ()


def test_two_years_count_for_the_latest_twelve_months(tmp_path: Path) -> None:
    made = td.export(500, 5, first=date(2024, 1, 1), days=731)
    imported = read(made.write_csv(tmp_path / "r.csv"))
    (problem,) = imported.problems
    assert problem.code == "period_longer"
    assert imported.period is not None
    assert (imported.period[1] - imported.period[0]).days in (364, 365)
    inside = sum(imported.movements["quantity"])
    assert sum(flows(imported).values()) == pytest.approx(inside, abs=1e-4)
    assert 0.4 < inside / sum(made.tonnes.values()) < 0.6


def test_half_a_year_is_scaled_openly_and_what_was_seen_is_kept(tmp_path: Path) -> None:
    made = td.export(500, 5, first=date(2025, 1, 1), days=181)
    imported = read(made.write_csv(tmp_path / "r.csv"))
    (problem,) = imported.problems
    assert problem.code == "period_shorter"
    assert float(str(problem.data["factor"])) == pytest.approx(365 / 181, rel=0.01)
    rows = imported.tables["outputs"]
    assert (rows["quantity"].astype(float) / rows["quantity_low"].astype(float)).tolist() == pytest.approx(
        [365 / 181] * len(rows), rel=0.01
    )
    assert set(rows["evidence"]) == {"declared"}
    assert rows["source"].str.contains("pour douze mois").all()


def test_a_handful_of_movements_is_left_as_it_is_unless_the_period_is_said(small: td.Export, tmp_path: Path) -> None:
    made = td.Export(head=small.head, rows=[list(row) for row in small.rows[:3]])
    for row, day in ((2, "2025-02-03"), (3, "2025-03-03"), (4, "2025-04-30")):
        made.put(row, "Date d'expédition", day)
    path = made.write_csv(tmp_path / "r.csv")
    imported = read(path)
    assert [p.code for p in imported.problems] == ["period_unknown"]
    as_is = sum(flows(imported).values())
    said = read(path, period=(date(2025, 1, 1), date(2025, 12, 31)))
    assert said.problems == ()
    assert sum(flows(said).values()) == pytest.approx(as_is)
    assert sum(flows(read(path, period=(date(2025, 1, 1), date(2025, 6, 30)))).values()) == pytest.approx(as_is * 365 / 181)


def test_a_winter_flow_has_its_months_and_an_even_one_none(small: td.Export, tmp_path: Path) -> None:
    even, winter = list(small.rows[0]), list(small.rows[1])
    made = td.Export(head=small.head)
    for n in range(120):
        row = list(even if n % 2 else winter)
        made.rows.append(row)
        month = n // 2 % 12 + 1 if n % 2 else (11, 12, 1, 2, 3)[n // 2 % 5]
        for title, value in (("Date d'expédition", f"2025-{month:02d}-{n % 27 + 1:02d}"), ("identifiant unique", f"B{n}")):
            made.put(n + 2, title, value)
    imported = read(made.write_csv(tmp_path / "r.csv"))
    rows = imported.tables["outputs"]
    assert sorted(rows["months"]) == ["", "1;2;3;11;12"]
    seasons = imported.tables["seasons"]
    assert set(seasons["flow_id"]) == set(rows.loc[rows["months"] != "", "output_id"])
    assert len(seasons) == 12
    assert seasons["weight"].astype(float).sum() == pytest.approx(1.0, abs=1e-3)


def test_a_commune_that_nobody_knows_is_said_once_and_its_flows_wait(small: td.Export, tmp_path: Path) -> None:
    made = td.Export(head=small.head, rows=[list(row) for row in small.rows])
    lost = td.siret(4)
    rows = [i + 2 for i, row in enumerate(made.rows) if row[made.head.index("Expéditeur - N° d'identification")] == lost]
    for row in rows:
        made.put(row, "Expéditeur - Commune", "Nulle-Part")
    imported = read(made.write_csv(tmp_path / "r.csv"))
    assert found(imported.problems) == {("commune_unknown", rows[0], "Expéditeur - Commune")}
    assert lost not in set(imported.tables["sites"]["siret"])
    assert not [key for key in flows(imported) if key[0] == lost]


def test_a_site_stands_at_the_centre_of_its_commune_however_it_is_spelt(small: td.Export, tmp_path: Path) -> None:
    made = td.Export(head=small.head, rows=[list(row) for row in small.rows[:2]])
    for row, town, code in ((2, "AUDUN LE ROMAN CEDEX 2", "54560"), (3, "Auboué", "54580")):
        made.put(row, "Expéditeur - Commune", town)
        made.put(row, "Expéditeur - Code postal", code)
    sites = read(made.write_csv(tmp_path / "r.csv")).tables["sites"]
    assert sites["insee_code"].tolist() == ["54029", "54028"]
    assert sites["latitude"].tolist() == ["49.36977", "49.21198"]
    assert set(sites["is_location_approximate"]) == {"true"}


@pytest.mark.long
def test_a_workbook_of_twenty_thousand_movements_reads_like_the_csv(tmp_path: Path) -> None:
    made = td.export()
    one = read(made.write_xlsx(tmp_path / "r.xlsx"))
    assert one.problems == ()
    assert flows(one) == pytest.approx(expected(made), abs=1e-5)


@pytest.mark.long
def test_twenty_faults_among_twenty_thousand_movements(tmp_path: Path) -> None:
    made = td.export()
    planted = td.plant(made, start=700, step=911)
    assert found(read(made.write_csv(tmp_path / "r.csv")).problems) == planted
