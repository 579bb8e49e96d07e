"""Imports into a folder: the same file changes nothing, hands are respected, the last one can be undone."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from symbiosis.cli import app
from symbiosis.errors import SymbiosisError
from symbiosis.io import check_folder
from symbiosis.io.catalogue import read_catalogue
from symbiosis.io.imports import merge, read_import

sys.path.insert(0, str(Path(__file__).parent))
import trackdechets as td

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def made() -> td.Export:
    return td.export(120, 4, seed=11)


@pytest.fixture
def register(made: td.Export, tmp_path: Path) -> Path:
    return made.write_csv(tmp_path / "registre.csv")


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.csv"))}


def test_the_same_file_twice_changes_nothing(register: Path, tmp_path: Path) -> None:
    folder = tmp_path / "territoire"
    first = merge.merge(folder, [read_import(register, today=TODAY)], [register])
    assert first.counts()["sites"] == (4, 0, 0)
    before = content(folder)
    again = merge.merge(folder, [read_import(register, today=TODAY)], [register])
    assert again.changes == ()
    assert content(folder) == before


def test_what_is_imported_passes_the_check_of_the_folder(register: Path, tmp_path: Path) -> None:
    folder = tmp_path / "territoire"
    merge.merge(folder, [read_import(register, today=TODAY)])
    problems = check_folder(folder, waste_codes=read_catalogue().waste_codes, today=TODAY)
    assert [(p.code, p.severity, p.table) for p in problems] == [("no_rows", "warning", "needs")]


def test_undo_takes_back_the_last_import_and_only_it(made: td.Export, tmp_path: Path) -> None:
    folder = tmp_path / "territoire"
    half = td.Export(head=made.head, rows=[row for i, row in enumerate(made.rows) if i % 4 < 2])
    merge.merge(folder, [read_import(half.write_csv(tmp_path / "a.csv"), today=TODAY)])
    before = {name: rows(folder, name) for name in ("actors", "sites", "outputs")}
    merge.merge(folder, [read_import(made.write_csv(tmp_path / "b.csv"), today=TODAY)])
    assert len(rows(folder, "sites")) == 4
    undone = merge.undo(folder)
    assert undone.kept == 0
    assert {name: rows(folder, name) for name in before} == before
    merge.undo(folder)
    assert content(folder) == {}
    with pytest.raises(SymbiosisError):
        merge.undo(folder)


def test_a_cell_that_a_person_changed_is_kept_by_imports_and_by_undo(register: Path, made: td.Export, tmp_path: Path) -> None:
    folder = tmp_path / "territoire"
    merge.merge(folder, [read_import(register, today=TODAY)])
    outputs = rows(folder, "outputs")
    key = outputs[0]["output_id"]
    text = (folder / "outputs.csv").read_text(encoding="utf-8-sig")
    (folder / "outputs.csv").write_text(text.replace(outputs[0]["load_t"], "7.77", 1), encoding="utf-8")
    more = td.Export(head=made.head, rows=[*made.rows, [f"{c}x" if c.startswith("BSD-") else c for c in made.rows[0]]])
    merged = merge.merge(folder, [read_import(more.write_csv(tmp_path / "plus.csv"), today=TODAY)])
    assert merged.kept >= 1
    assert next(r for r in rows(folder, "outputs") if r["output_id"] == key)["load_t"] == "7.77"
    merge.undo(folder)
    undone = merge.undo(folder)
    assert undone.kept >= 1
    left = rows(folder, "outputs")
    assert [(r["output_id"], r["load_t"]) for r in left] == [(key, "7.77")]
    assert [r["site_id"] for r in rows(folder, "sites")] == [left[0]["site_id"]]  # it still needs its site
    assert len(rows(folder, "actors")) == 1


def test_a_site_that_the_folder_knows_keeps_its_id_and_its_place(register: Path, tmp_path: Path) -> None:
    folder = tmp_path / "territoire"
    folder.mkdir()
    (folder / "actors.csv").write_text("Identifiant acteur;Nom;SIREN;Note\na1;Chez nous;;à rappeler\n", encoding="utf-8")
    (folder / "sites.csv").write_text(
        f"Identifiant site;Identifiant acteur;SIRET;Commune;Latitude;Longitude\ns1;a1;{td.siret(2)};Florange;49,33;6,13\n",
        encoding="utf-8",
    )
    merge.merge(folder, [read_import(register, today=TODAY)])
    text = (folder / "sites.csv").read_text(encoding="utf-8-sig")
    assert f"s1;a1;{td.siret(2)};Florange;49,33;6,13" in text
    assert text.count(td.siret(2)) == 1 + text.count(f"site-{td.siret(2)}")
    assert f"site-{td.siret(2)}" not in text
    with (folder / "outputs.csv").open(encoding="utf-8-sig") as stream:
        assert "s1" in {row["site_id"] for row in csv.DictReader(stream)}
    assert "à rappeler" in (folder / "actors.csv").read_text(encoding="utf-8-sig")
    assert "a1;Chez nous" in (folder / "actors.csv").read_text(encoding="utf-8-sig")


def test_numbers_follow_the_decimal_mark_of_the_table_they_join(register: Path, tmp_path: Path) -> None:
    folder = tmp_path / "territoire"
    folder.mkdir()
    (folder / "outputs.csv").write_text(
        "output_id;site_id;description;quantity;unit\no1;site-x;sciure;1234,5;t\n", encoding="utf-8"
    )
    merge.merge(folder, [read_import(register, today=TODAY)])
    with (folder / "outputs.csv").open(encoding="utf-8-sig") as stream:
        quantities = [row["quantity"] for row in csv.DictReader(stream, delimiter=";")]
    assert quantities[0] == "1234,5"
    assert all("." not in quantity for quantity in quantities)


def test_text_that_a_spreadsheet_would_run_is_written_as_text(made: td.Export, tmp_path: Path) -> None:
    evil = td.Export(head=made.head, rows=[list(made.rows[0])])
    evil.put(2, "Dénomination usuelle", '=HYPERLINK("http://x";"bois")')
    folder = tmp_path / "territoire"
    merge.merge(folder, [read_import(evil.write_csv(tmp_path / "r.csv"), today=TODAY)])
    assert rows(folder, "outputs")[0]["description"] == '\'=HYPERLINK("http://x";"bois")'
    again = merge.merge(folder, [read_import(tmp_path / "r.csv", today=TODAY)])
    assert again.changes == ()


def test_a_public_figure_gives_way_to_the_company_s_own(register: Path, made: td.Export, tmp_path: Path) -> None:
    import test_imports_public as public

    own = made.rows[0]
    code = own[made.head.index("Code déchet")]
    other = next(c for c in ("20 03 01", "17 04 05") if c != code)
    site = public.site("1", "Scierie fictive", 0)
    archive = public.archive(
        tmp_path / "2023.zip",
        etablissements=[public.SITES, site],
        Prod_dechets_non_dangereux=[
            public.PRODUCED,
            public.waste("1", code, "999"),
            public.waste("1", "02 01 07", "5", label="bois"),
        ],
    )
    folder = tmp_path / "territoire"
    merge.merge(folder, [read_import(archive, today=TODAY)])
    merge.merge(folder, [read_import(register, today=TODAY)])
    codes = [r["waste_code"] for r in rows(folder, "outputs") if r["output_id"].startswith("irep-")]
    assert codes == ["020107"]
    merged = merge.merge(folder, [read_import(archive, today=TODAY)])
    assert (merged.changes, merged.left) == ((), 1)
    merge.undo(folder)
    assert sorted(r["waste_code"] for r in rows(folder, "outputs")) == sorted(["020107", code.replace(" ", "").rstrip("*")])
    assert other


def test_a_table_in_a_workbook_is_not_written_over(register: Path, tmp_path: Path) -> None:
    from symbiosis.io import write_template

    folder = tmp_path / "territoire"
    folder.mkdir()
    write_template(folder / "territoire.xlsx")
    with pytest.raises(SymbiosisError, match="CSV"):
        merge.merge(folder, [read_import(register, today=TODAY)])
    assert not list(folder.glob("*.csv"))


def test_an_import_that_was_cut_short_is_undone_by_the_next_one(register: Path, tmp_path: Path) -> None:
    folder = tmp_path / "territoire"
    merge.merge(folder, [read_import(register, today=TODAY)])
    before = content(folder)
    journal = folder / merge.JOURNAL
    entries = json.loads(journal.read_text(encoding="utf-8"))
    journal.write_text(json.dumps([entries[0] | {"state": "begun"}]), encoding="utf-8")
    (folder / "outputs.csv").unlink()  # the crash came before this table was written
    merge.merge(folder, [read_import(register, today=TODAY)])
    assert content(folder) == before
    merge.undo(folder)
    assert content(folder) == {}


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["import", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_command_previews_imports_and_undoes(register: Path, tmp_path: Path) -> None:
    folder = tmp_path / "territoire"
    code, said = run(register, "--into", folder, "--preview")
    assert code == 0
    assert "Registre Trackdéchets sortant" in said
    assert not folder.exists()
    code, said = run(register, "--into", folder)
    assert code == 0
    assert "sites.csv  +4" in said
    code, said = run(register, "--into", folder, "--language", "en")
    assert "Nothing to change" in said
    code, said = run("--undo", "--into", folder, "--json")
    assert (code, json.loads(said)["undone"]["sites"]) == (0, [0, 0, 4])


def test_wrong_rows_stop_the_command_unless_the_right_ones_are_asked_for(tmp_path: Path) -> None:
    made = td.export(600, 6)
    td.plant(made, step=20)
    register, folder = made.write_csv(tmp_path / "r.csv"), tmp_path / "territoire"
    code, said = run(register, "--into", folder, "--annotated", tmp_path / "annote.xlsx")
    assert code == 1
    assert "ligne 40" in said
    assert not folder.exists()
    assert (tmp_path / "annote.xlsx").stat().st_size > 10_000
    code, said = run(register, "--into", folder, "--valid-only", "--json")
    answer = json.loads(said)
    assert code == 0
    assert len(answer["problems"]) == 20
    assert answer["changes"]["sites"][0] == 6


def test_a_mapping_is_written_confirmed_and_remembered(tmp_path: Path) -> None:
    file, folder = tmp_path / "releve.csv", tmp_path / "territoire"
    file.write_text("Déchet;CED;Tonnage\nbois;15 01 03;3\n", encoding="utf-8")
    site = ("--siret", td.siret(1), "--commune", "Florange", "--company", "Atelier fictif")
    code, _ = run(file, "--mapping", tmp_path / "m.json", *site, "--preview")
    assert code == 0
    proposed = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert proposed["columns"] == {"Déchet": "description", "CED": "waste_code", "Tonnage": "quantity"}
    (tmp_path / "m.json").write_text(json.dumps(proposed | {"unit": "kg"}), encoding="utf-8")
    run(file, "--mapping", tmp_path / "m.json", "--into", folder)
    assert rows(folder, "outputs")[0]["quantity"] == "0.003"
    file.write_text("Déchet;CED;Tonnage\nbois;15 01 03;5000\n", encoding="utf-8")
    run(file, *site, "--into", folder)
    assert rows(folder, "outputs")[0]["quantity"] == "5"


@pytest.mark.parametrize("arguments", [("absent.csv",), (), ("--undo",), ("absent.csv", "--kind", "x"), ("--period", "2025")])
def test_a_call_that_is_wrong_is_refused(arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


def test_a_folder_that_was_imported_runs_at_once(tmp_path: Path) -> None:
    from symbiosis import workspace
    from symbiosis.engine import Proposal
    from symbiosis.scenario import Scenario

    folder = tmp_path / "territoire"
    outgoing, incoming = td.export(60, 3, seed=5), td.export(60, 2, seed=5, register="entrant")
    shift = {td.siret(n): td.siret(100 + n) for n in range(3)}
    place = incoming.head.index("Destination - N° d'identification")
    for row in incoming.rows:
        row[place] = shift[row[place]]
    code, _ = run(outgoing.write_csv(tmp_path / "s.csv"), incoming.write_csv(tmp_path / "e.csv"), "--into", folder)
    assert code == 0
    catalogue = read_catalogue()
    proposal = workspace.match(workspace.open_territory(folder, catalogue), catalogue, Scenario())
    assert isinstance(proposal, Proposal)
    assert len(proposal.feasible.proposals.synergies) + len(proposal.to_investigate.proposals.synergies) > 0
