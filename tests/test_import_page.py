"""Imports into the store, and their page: read, shown, written once, undone; nothing of another company."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest
from tests.trackdechets import export, siret

from symbiosis.commands import imports
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.identity import Identity
from symbiosis.io.problems import PROBLEM_SENTENCES
from symbiosis.store import CreateCompany, CreateTerritory, Principal, SaveRow, Store, run
from symbiosis.store.declaring import DeclaredRow
from symbiosis.store.tables import new_id
from symbiosis.workspace import importing, ownership

FOLDER = Path(state.__file__).parent


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path / "data"))
    return Store.at(tmp_path / "data")


@pytest.fixture
def owner(store: Store) -> Principal:
    made = run(store, Principal.owner(), CreateTerritory(name="Essai (fictif)"), key="territory")
    return Principal.owner(str(made["id"]))


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    file = export(60, 3).write_csv(tmp_path_factory.mktemp("register") / "registre.csv")
    return file.name, file.read_bytes()


def count(store: Store, principal: Principal) -> int:
    with store.open(principal) as session:
        return len(session.rows("declared_row", is_deleted=False))


def taken(store: Store, principal: Principal, *files: tuple[str, bytes], **options: Any) -> importing.Written:
    return importing.commit(store, principal, importing.read_files(store, principal, files, **options), key=uuid4().hex)


def member_of(store: Store, owner: Principal, number: int) -> Principal:
    """Somebody of a company that declares one site of the register, and nothing else."""
    entered = CreateCompany(territory_id=owner.territory_id, name="Atelier (fictif)", actor_key=f"A{number}")
    company_id = str(run(store, owner, entered, key=f"company-{number}")["id"])
    cells = {"site_id": "s1", "actor_id": f"A{number}", "name": "Atelier", "commune": "Florange", "latitude": "49.3",
             "longitude": "6.1", "siret": siret(number)}  # fmt: skip
    row = DeclaredRow(table_name="sites", row_key="s1", cells=cells, company_id=company_id)
    run(store, owner, SaveRow(territory_id=owner.territory_id, row=row), key=f"site-{number}")
    return Principal(user_id=new_id(), role="editor", territory_id=owner.territory_id, company_ids=(company_id,))


def test_a_preview_tells_what_would_come_and_writes_nothing(store: Store, owner: Principal, register: Any) -> None:
    seen = importing.read_files(store, owner, [register])
    (one,), (plan,) = seen.imports, seen.plans
    assert one.kind == "trackdechets_outgoing"
    assert one.notes["movements"] == 60
    assert (len(plan.companies), plan.left) == (3, {})
    assert {row.table_name for row in plan.rows} == {"sites", "outputs"}
    assert count(store, owner) == 0


def test_the_same_file_twice_changes_nothing_and_undoing_takes_its_rows_away(
    store: Store, owner: Principal, register: Any
) -> None:
    first = taken(store, owner, register)
    assert (first.companies, first.changed, first.same) == (3, 0, 0)
    assert first.new == count(store, owner) > 6
    again = taken(store, owner, register)
    assert again == importing.Written(same=first.new)
    (batch,) = importing.past_imports(store, owner)
    assert importing.undo(store, owner, batch["id"], key="undo") == importing.Undone(rows=first.new, companies=3)
    assert count(store, owner) == 0
    with store.open(owner) as session:
        assert session.rows("company") == []
    assert taken(store, owner, register) == first, "what was undone comes back"


def test_what_a_person_typed_since_stays(store: Store, owner: Principal, register: Any) -> None:
    taken(store, owner, register)
    with store.open(owner) as session:
        row = session.rows("declared_row", table_name="outputs", limit=1)[0]
    typed = DeclaredRow(
        table_name="outputs", row_key=row["row_key"], cells={**row["cells"], "quantity": "777"}, company_id=row["company_id"]
    )
    run(store, owner, SaveRow(territory_id=owner.territory_id, row=typed, version=row["version"]), key="typed")
    assert taken(store, owner, register).kept >= 1
    with store.open(owner) as session:
        assert session.one("declared_row", id=row["id"])["cells"]["quantity"] == "777"


def test_a_member_imports_only_its_own_site(store: Store, owner: Principal, register: Any) -> None:
    member, rival = member_of(store, owner, 0), member_of(store, owner, 1)
    own = member.company_ids[0]
    seen = importing.read_files(store, member, [register], company_id=own)
    assert {row.company_id for row in seen.plans[0].rows} == {own}
    assert seen.left[ownership.OTHER_COMPANY] > 2
    assert not seen.plans[0].companies
    before = count(store, rival)
    importing.commit(store, member, seen, key="own")
    assert count(store, rival) == before
    with store.open(member) as session:
        outputs = session.rows("declared_row", table_name="outputs", is_deleted=False)
        sites = session.rows("declared_row", table_name="sites", is_deleted=False)
    assert outputs
    assert {row["cells"]["site_id"] for row in outputs} == {"s1"}, "the site keeps the id that the company gave it"
    assert [row["row_key"] for row in sites] == ["s1"]
    assert sites[0]["cells"]["latitude"] == "49.3", "a fact that stands is not changed"


def test_a_facilitator_without_mandate_enters_companies_and_no_row(store: Store, owner: Principal, register: Any) -> None:
    facilitator = Principal(user_id=new_id(), role="facilitator", territory_id=owner.territory_id)
    seen = importing.read_files(store, facilitator, [register])
    assert not seen.plans[0].rows
    assert seen.left[ownership.NO_MANDATE] > 6
    assert importing.commit(store, facilitator, seen, key="f") == importing.Written(companies=3)


def test_the_meaning_of_columns_is_remembered(store: Store, owner: Principal) -> None:
    member = member_of(store, owner, 0)
    own = member.company_ids[0]
    table = b"Chose;Combien;Quand\nPalettes bois;12,5;15/01/2025\nCartons;3,5;20/12/2025\n"
    seen = importing.read_files(store, member, [("releve.csv", table)], company_id=own)
    assert not seen.has_rows
    assert [guess.heading for guess in seen.columns] == ["Chose", "Combien", "Quand"]
    told = importing.ColumnMapping(
        columns={"Chose": "description", "Combien": "quantity", "Quand": "date"}, siret=siret(0), commune="Florange"
    )
    seen = importing.read_files(store, member, [("releve.csv", table)], kind="register", mapping=told, company_id=own)
    assert importing.commit(store, member, seen, key="told").new >= 2
    again = importing.read_files(store, member, [("releve.csv", table)], kind="register", company_id=own)
    assert len([row for row in again.plans[0].rows if row.table_name == "outputs"]) == 2


@pytest.fixture
def seen_by(store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens a page as somebody."""

    def open_as(principal: Principal, page: str, language: str = "fr", **session: Any) -> AppTest:
        monkeypatch.setattr(identity, "current", lambda: Identity(store, principal))
        test = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=60)
        test.session_state["language"] = language
        for name, value in session.items():
            test.session_state[name] = value
        test.run()
        test.switch_page(page).run()
        assert not test.exception, test.exception
        return test

    return open_as


def press(test: AppTest, label: str) -> AppTest:
    next(button for button in test.button if button.label == label).click()
    test.run()
    assert not test.exception, test.exception
    return test


def words(test: AppTest) -> str:
    return "\n".join(one.value for kind in ("markdown", "info", "success", "warning", "error") for one in getattr(test, kind))


@pytest.mark.parametrize(
    ("language", "read", "take", "undo", "again"),
    [
        ("fr", "Lire sans rien enregistrer", "Tout importer", "Annuler", "annulé"),
        ("en", "Read, keep nothing yet", "Import everything", "Undo", "undone"),
    ],
)
def test_the_page_reads_shows_takes_and_undoes(
    store: Store, owner: Principal, seen_by: Any, register: Any, language: str, read: str, take: str, undo: str, again: str
) -> None:
    test = seen_by(owner, "data.py", language)
    test.file_uploader(key="import_files_").upload(*register, "text/csv")
    press(test, read)
    assert count(store, owner) == 0
    assert "Trackdéchets" in words(test)
    press(test, take)
    assert len(test.success) == 1
    assert count(store, owner) > 6
    press(test, undo)
    assert count(store, owner) == 0
    assert again in words(test)


def test_a_member_pastes_a_table_says_what_it_means_and_sees_no_rival(
    store: Store, owner: Principal, seen_by: Any, register: Any
) -> None:
    member = member_of(store, owner, 0)
    own = member.company_ids[0]
    test = seen_by(member, "diagnostic.py", diagnostic_part="import")
    test.file_uploader(key=f"import_files_{own}").upload(*register, "text/csv")
    press(test, "Lire sans rien enregistrer")
    assert "d’un autre établissement" in words(test)
    test.file_uploader(key=f"import_files_{own}").set_value([])
    test.text_area(key=f"import_pasted_{own}").set_value("Chose\tCombien\nPalettes bois\t12,5\nCartons\t3\n")
    press(test, "Lire sans rien enregistrer")
    for place, meaning in enumerate(("description", "quantity")):
        test.selectbox(key=f"import_column_{own}_{place}_").set_value(meaning)
    press(test, "Relire avec ce sens")
    button = "Importer les lignes valables" if any("valables" in one.label for one in test.button) else "Tout importer"
    press(test, button)
    with store.open(member) as session:
        said = {row["cells"]["description"] for row in session.rows("declared_row", table_name="outputs", is_deleted=False)}
        assert {"Palettes bois", "Cartons"} <= said
        assert session.count("import_mapping") == 1


def test_a_list_whose_companies_somebody_points_out_is_read_as_a_list_in_the_words_of_people(
    store: Store, owner: Principal, seen_by: Any
) -> None:
    test = seen_by(owner, "data.py")
    table = "Qui\tVille\tQuoi\tKg par semaine\nPrimeur (fictif)\tThionville\tfruits et légumes invendus\t120\n"
    test.text_area(key="import_pasted_").set_value(table)
    press(test, "Lire sans rien enregistrer")
    for place, meaning in ((0, "company"), (2, "description")):
        test.selectbox(key=f"import_column__{place}_").set_value(meaning)
    press(test, "Relire avec ce sens")
    assert "Inventaire d'entreprises" in words(test)
    (outputs,) = [frame.value for frame in test.dataframe if "Désignation" in frame.value]
    row = outputs.iloc[0]
    assert (row["Quantité par an"], row["Unité"], row["Famille"], row["Preuve"]) == ("6,24", "t", "matières", "déclaré")
    assert outputs.columns[0] == "Désignation", "what programs know a row by stands last"
    press(test, "Tout importer")
    assert count(store, owner) > 0


def test_what_other_rows_speak_of_stays_when_its_import_is_undone(store: Store, owner: Principal, register: Any) -> None:
    taken(store, owner, register)
    with store.open(owner) as session:
        site = session.rows("declared_row", table_name="sites", limit=1)[0]
    cells = {"need_id": "n1", "site_id": site["row_key"], "description": "Palettes"}
    typed = DeclaredRow(table_name="needs", row_key="n1", cells=cells, company_id=site["company_id"])
    run(store, owner, SaveRow(territory_id=owner.territory_id, row=typed), key="typed")
    (batch,) = importing.past_imports(store, owner)
    assert importing.undo(store, owner, batch["id"], key="undo").companies == 2
    with store.open(owner) as session:
        assert [row["id"] for row in session.rows("company")] == [site["company_id"]]
        assert {row["row_key"] for row in session.rows("declared_row", is_deleted=False)} == {"n1", site["row_key"]}


def test_a_public_figure_gives_its_place_to_the_register_of_the_company_and_comes_back(
    store: Store, owner: Principal, register: Any
) -> None:
    member = member_of(store, owner, 0)
    plan = importing.read_files(store, member, [register], company_id=member.company_ids[0]).plans[0]
    code = next(row.cells["waste_code"] for row in plan.rows if row.table_name == "outputs")
    for key, waste in (("irep-1", code), ("irep-2", "10 01 01")):
        cells = {"output_id": key, "site_id": "s1", "description": "Chiffre public", "waste_code": waste, "quantity": "9"}
        row = DeclaredRow(table_name="outputs", row_key=key, cells=cells, company_id=member.company_ids[0])
        run(store, owner, SaveRow(territory_id=owner.territory_id, row=row), key=key)

    def public() -> set[str]:
        with store.open(owner) as session:
            return {row["row_key"] for row in session.rows("declared_row", is_deleted=False)} & {"irep-1", "irep-2"}

    assert taken(store, member, register, company_id=member.company_ids[0]).withdrawn == 1
    assert public() == {"irep-2"}
    assert taken(store, member, register, company_id=member.company_ids[0]).withdrawn == 0
    (batch,) = importing.past_imports(store, member)
    importing.undo(store, member, batch["id"], key="undo")
    assert public() == {"irep-1", "irep-2"}


def test_the_facilitator_records_a_missing_charter_where_she_imports(
    store: Store, owner: Principal, seen_by: Any, register: Any
) -> None:
    facilitator = Principal(user_id=new_id(), role="facilitator", territory_id=owner.territory_id)
    test = seen_by(facilitator, "data.py")
    test.file_uploader(key="import_files_").upload(*register, "text/csv")
    press(test, "Lire sans rien enregistrer")
    assert "**3 entreprises n’ont pas de charte avec mandat.**" in words(test)
    press(test, "Importer les lignes valables")
    assert "3 entreprises inscrites" in words(test)
    assert count(store, owner) == 0, "the rows wait"
    record = "Enregistrer la charte, avec mandat de saisie"
    press(test, record)
    assert "Dites qui a signé" in words(test)
    test.text_input(key="import_charter_by_").set_value("A. Fictive")
    test.text_input(key="import_charter_trace_").set_value("classeur 3")
    signed = test.selectbox(key="import_charter_of_").value
    press(test, record)
    assert "**2 entreprises n’ont pas de charte avec mandat.**" in words(test)
    press(test, "Importer les lignes valables")
    with store.open(owner) as session:
        assert {row["company_id"] for row in session.rows("declared_row", is_deleted=False)} == {signed}
        (charter,) = session.rows("charter")
    assert (charter["signed_by"], charter["trace"], charter["has_mandate"]) == ("A. Fictive", "classeur 3", True)


def test_remedies_of_problems_name_no_option_of_a_command() -> None:
    assert [code for code, said in PROBLEM_SENTENCES.items() if any("--" in text for text in said)] == []
    assert set(imports.REMEDIES) <= set(PROBLEM_SENTENCES)
