"""Questions from activity codes: never what was declared, never a match, first what would unlock most."""

from __future__ import annotations

import json
import re

import pytest
from tests.small_territory import catalogue, run, table, territory
from typer.testing import CliRunner

from symbiosis import cli, messages, workspace
from symbiosis.flows import read_flows
from symbiosis.questions import find_questions
from symbiosis.scenario import Scenario

ACTIVITIES = "nace, name_fr, name_en\n23, verre, glass\n23.1, verre plat, flat glass"
USUAL = """
    nace, direction, material_id, use_id, frequency, question_fr, question_en, basis
    23, output, sand, , possible, , , test
    23, output, scrap, , possible, , , test
    23, output, sea_sand, , possible, , , test
    23.1, output, scrap, , usual, Et la ferraille ?, And scrap?, test
    23, need, , casting, frequent, , , test
    """


@pytest.fixture(scope="module")
def known():
    return catalogue().extended({"activities": table(ACTIVITIES), "activity_flows": table(USUAL)})


def asked(known, *, nace: str, output: str = "", need: str = ""):
    outputs = f"O1, {output}, 5, AG" if output else "O1, acid, 5, AX"
    needs = f"N1, {need}, 5, AG" if need else "N1, brick, 5, AX"
    declarations = territory(
        actors=f"actor_id, name, nace\nAG, G, {nace}\nAX, X, \nAB, B, ",
        sites="site_id, actor_id, latitude, longitude\nSG, AG, 49.3, 6.1\nSX, AX, 49.3, 6.1\nSB, AB, 49.3, 6.1",
        outputs=f"output_id, material_id, quantity, site_id\n{outputs.replace(' A', ' S')}",
        needs=f"need_id, material_id, quantity, site_id\n{needs.replace(' A', ' S')}\nN9, sand, 5, SB",
    )
    return find_questions(declarations, read_flows(declarations, known, Scenario()), known)


def test_the_most_precise_code_speaks_for_a_flow(known):
    rows = asked(known, nace="23.11Z").set_index("material_id")
    assert rows.at["scrap", "activity"] == "23.1"
    assert rows.at["scrap", "frequency"] == "usual"
    assert rows.at["sand", "activity"] == "23"


def test_another_activity_is_asked_nothing(known):
    assert asked(known, nace="47.11").empty
    assert asked(known, nace="").empty


@pytest.mark.parametrize("declared", ["sand", "sea_sand"])
def test_what_was_declared_or_a_kind_of_it_is_not_asked_again(known, declared):
    assert not {"sand", "sea_sand"} & set(asked(known, nace="23", output=declared)["material_id"])


def test_a_need_whose_material_serves_the_use_is_not_asked_again(known):
    assert "casting" in set(asked(known, nace="23")["use_id"])
    assert "casting" not in set(asked(known, nace="23", need="sand")["use_id"])


def test_what_would_unlock_most_comes_first(known):
    rows = asked(known, nace="23.1")
    assert rows["material_id"].iloc[0] == "sand"
    assert rows["unlocks_flows"].iloc[0] == "N9"
    assert rows["unlocks"].is_monotonic_decreasing


def test_a_question_has_its_own_words_where_the_row_has_some(known):
    rows = asked(known, nace="23.1").set_index("material_id", drop=False)
    assert messages.question(rows.loc["scrap"], "fr", known) == "Et la ferraille\u202f?"
    assert "sable" in messages.question(rows.loc["sand"], "fr", known)
    assert "sand" in messages.question(rows.loc["sand"], "en", known)


def test_questions_never_enter_the_candidates(known):
    declarations = territory(
        actors="actor_id, name, nace\nAG, G, 23.1\nAB, B, ",
        sites="site_id, actor_id, latitude, longitude\nSG, AG, 49.3, 6.1\nSB, AB, 49.3, 6.1",
        outputs="output_id, material_id, quantity, site_id\nO1, acid, 5, SG",
        needs="need_id, material_id, quantity, site_id\nN9, sand, 5, SB",
    )
    proposal = run(declarations, known)
    assert proposal.candidates.legs.empty
    assert proposal.calls.empty
    tables = workspace.tables(proposal, "en")
    assert (tables["questions"]["kind"] == "question").all()
    assert "sand" in tables["questions"]["question"].iloc[0]


def test_the_shipped_rows_cover_many_activities_with_reasons():
    known = workspace.load_catalogue()
    rows = known.activity_flows
    assert rows["nace"].nunique() >= 60
    assert len(rows) >= 400
    assert not rows.duplicated(["nace", "direction", "material_id", "use_id"]).any()
    assert set(known.activities.index) == set(rows["nace"])
    assert rows["basis"].str.contains("hypothèse|raisonnement|décision 2000/532/CE").all()


def test_the_reasons_of_the_shipped_rows_are_said_in_english():
    for said in workspace.load_catalogue().activity_flows["basis_en"].unique():
        assert said
        assert not re.search(r"[éèàêç]| et | de la |hypothèse|flux attendu", said), said


def test_the_command_writes_its_questions_as_a_file_and_as_json(tmp_path):
    file = tmp_path / "questions.csv"
    result = CliRunner().invoke(cli.app, ["questions", "kalundborg", "--language", "en", "--json", "--out", str(file)])
    rows = json.loads(result.stdout)["questions"]
    assert result.exit_code == 0
    assert {row["kind"] for row in rows} == {"question"}
    assert len(file.read_text("utf-8-sig").splitlines()) == len(rows) + 1
    assert CliRunner().invoke(cli.app, ["questions", "kalundborg", "--actor", "nobody"]).exit_code == 2


def test_a_company_alone_can_be_asked_about_and_an_unknown_one_is_an_error():
    known = workspace.load_catalogue()
    place = workspace.open_territory("kalundborg", known)
    rows = workspace.questions(place, known, Scenario(), language="en", actor="dlg")
    assert set(rows["actor_id"]) == {"dlg"}
    with pytest.raises(KeyError, match="nobody"):
        workspace.questions(place, known, Scenario(), language="en", actor="nobody")
