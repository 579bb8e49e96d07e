"""Why a pair, or why not: at which step it stops, what decided, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.small_territory import catalogue, run, territory
from tests.test_engine import BY_PRODUCT, mixed
from typer.testing import CliRunner

from symbiosis import cli, explanation, messages
from symbiosis.explanation import explain_pair
from symbiosis.report.explanation import STOPS, sections, to_json, verdict
from symbiosis.scenario import Scenario


def explained(declarations, output="O1", need="N1", **options):
    return explain_pair(declarations, catalogue(), Scenario(), output, need, **options)


def one(output: str = "sand", need: str = "sand", **more: str):
    return territory(outputs=f"output_id, quantity, description\nO1, 5, {output}",
                     needs=f"need_id, quantity, description\nN1, 5, {need}", **more)  # fmt: skip


def test_a_way_comes_with_its_verdict_its_reasons_and_its_money():
    found = explained(mixed())
    (way,) = found.ways.itertuples()
    assert (way.feasibility, way.reasons) == ("feasible", "route:not_waste")
    assert found.stop == ""
    assert way.gain_eur_per_yr == pytest.approx(
        way.saved_eur_per_yr + way.replaced_eur_per_yr - way.transport_eur_per_yr - way.operator_eur_per_yr
    )
    (lacking,) = explained(mixed(), "O2").ways.itertuples()
    assert lacking.feasibility == "to_investigate"
    assert f"condition_missing:{BY_PRODUCT[4]}" in lacking.reasons
    (far,) = explained(mixed(), "O3").ways.itertuples()
    assert (far.feasibility, far.reasons) == ("excluded", "route:not_waste;too_far:30:20:need")


def test_what_was_never_declared_is_an_error():
    with pytest.raises(KeyError, match="O9"):
        explained(mixed(), "O9")
    with pytest.raises(KeyError, match="O9"):
        explained(mixed(), "O9", proposal=run(mixed()))


@pytest.mark.parametrize(
    ("output", "need", "stop"),
    [
        ("xyzzy", "sand", "output_not_understood"),
        ("sand", "xyzzy", "need_not_understood"),
        ("sand", "wire", "no_known_way"),
        ("scrap", "ingot", "process_missing:melting"),
    ],
)
def test_a_pair_without_a_way_says_where_it_stops(output, need, stop):
    found = explained(one(output, need))
    assert found.stop == stop
    assert found.ways.empty
    assert verdict(found) == "excluded"


def test_an_operator_that_exists_is_no_missing_process():
    found = explained(one("scrap", "ingot", operators="operator_id, process_id, capacity\nK1, melting, 9"))
    assert found.stop == ""
    assert found.ways["operator_1"].tolist() == ["K1"]


def test_both_ends_on_one_site_are_an_internal_matter():
    found = explained(territory(
        sites="site_id, actor_id, latitude, longitude\nS, A, 49.3, 6.1",
        outputs="output_id, quantity, site_id, description\nO1, 5, S, sand",
        needs="need_id, quantity, site_id, description\nN1, 5, S, sand",
    ))  # fmt: skip
    assert found.stop == "same_site"


def test_a_pair_much_too_far_says_how_far():
    found = explained(territory(
        sites="site_id, actor_id, latitude, longitude\nSO1, A, 49.3, 6.1\nSN1, B, 44.3, 6.1",
        outputs="output_id, quantity, description\nO1, 5, sand", needs="need_id, quantity, description\nN1, 5, sand",
    ))  # fmt: skip
    assert found.stop.startswith("out_of_reach:7")


def test_the_answer_is_the_same_with_a_run_at_hand():
    proposal = run(mixed())
    for output in ("O1", "O2", "O3"):
        with_run, without = explained(mixed(), output, proposal=proposal), explained(mixed(), output)
        columns = ["feasibility", "reasons", "gain_eur_per_yr", "distance_km"]
        assert with_run.ways[columns].to_dict("list") == without.ways[columns].to_dict("list")
        assert with_run.call.get("missing_datum") == without.call.get("missing_datum")


def test_a_pair_is_explained_alike_whether_it_is_the_only_question_or_one_of_many():
    declared = mixed()
    for output in ("O1", "O2", "O3", "O1"):
        asked, alone = explained(declared, output), explained(mixed(), output, is_last=True)
        assert asked.stop == alone.stop
        for table in ("ways", "offered", "wanted", "decided"):
            assert getattr(asked, table).to_dict("list") == getattr(alone, table).to_dict("list")
        assert asked.call.to_dict() == alone.call.to_dict()


def test_what_was_laid_out_under_one_scenario_answers_for_no_other():
    known, declared = catalogue(), one(sites="site_id, actor_id, latitude, longitude\nSO1, A, 49.3, 6.1\nSN1, B, 49.4, 6.1")
    for km, is_too_far in ((100.0, False), (5.0, True), (100.0, False)):
        found = explain_pair(declared, known, Scenario(maximum_distance_km=km), "O1", "N1")
        assert ("too_far" in found.ways["reasons"].iloc[0]) == is_too_far


def test_a_pair_that_is_asked_about_again_is_not_worked_out_again(monkeypatch):
    declared, known = one(), catalogue()
    worked = []
    monkeypatch.setattr(explanation, "_explained", lambda *pair, **_: worked.append(pair[3:]))
    monkeypatch.setattr(explanation, "ANSWERS_KEPT", 1)
    for asked, scenario in ((declared, Scenario()), (declared, Scenario()), (declared, Scenario(maximum_distance_km=9)),
                            (declared, Scenario()), (one(), Scenario())):  # fmt: skip
        explain_pair(asked, known, scenario, "O1", "N1")
    assert worked == [("O1", "N1")] * 4


def test_the_rows_that_decided_are_named_with_their_basis():
    found = explained(one("scrap", "ingot", operators="operator_id, process_id, capacity\nK1, melting, 9"))
    rows = set(zip(found.decided["table"], found.decided["key"], strict=True))
    assert {("materials", "scrap"), ("processes", "melting"), ("process_flows", "melting · scrap")} <= rows
    assert (found.decided["basis"] != "").all()
    assert ("processes", "melting") in set(
        zip(*(explained(one("scrap", "ingot")).decided[c] for c in ("table", "key")), strict=True)
    )


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_step_has_its_sentence_and_every_part_reads_in_both_languages(language):
    assert all(messages.translation(language).gettext(text) for text in STOPS.values())
    declarations = one("scrap", "ingot", operators="operator_id, process_id, capacity\nK1, melting, 9")
    found = explained(declarations)
    parts = sections(found, declarations, language)
    name = {"fr": "fusion", "en": "melting"}[language]
    assert any(name in line.value for part in parts for line in part.lines)
    assert "(K1)" not in " ".join(line.value for part in parts for line in part.lines)
    json.dumps(to_json(found, parts, language), allow_nan=False)


def answer(*arguments: str):
    return CliRunner().invoke(cli.app, ["explain", "kalundborg", *arguments])


def test_the_command_explains_a_documented_exchange_with_its_precedent():
    result = answer("--output", "o_asnaes_gypsum", "--need", "n_gyproc_board", "--json", "--language", "en")
    said = json.loads(result.stdout)
    assert result.exit_code == 0
    assert said["verdict"] == "feasible"
    assert said["precedents"][0] == "kalundborg_fgd_gypsum"
    assert {row["table"] for row in said["decided"]} >= {"materials", "use_materials", "precedents"}
    titles = [part["title"] for part in said["sections"]]
    assert titles[0] == "Answer"
    assert "Rows of the catalogue that decided" in titles


def test_the_command_says_why_not_and_names_what_would_work():
    result = answer("--output", "o_asnaes_gypsum", "--need", "n_dlg_feed", "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert said["stop"].split(":")[0] in STOPS
    assert any(part["title"] == "Ce qui marcherait au plus près" for part in said["sections"])


def test_explaining_needs_no_solver_no_pandera_and_no_plots():
    import subprocess
    import sys

    code = (
        "import sys; from symbiosis import workspace; from symbiosis.scenario import Scenario\n"
        "c = workspace.load_catalogue(); t = workspace.open_territory('kalundborg', c)\n"
        "workspace.explain(t.declarations, c, Scenario(), 'o_asnaes_gypsum', 'n_gyproc_board', language='fr')\n"
        "print([m for m in ('ortools', 'pandera', 'plotly', 'networkx', 'streamlit') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("saved", [0.0, 50.0])
def test_an_outlet_that_the_products_of_an_operator_count_is_said_to_be_so(saved):
    declarations = territory(
        outputs="output_id, quantity, description, outlet_cost_eur_per_unit\nO1, 5, scrap, 10",
        needs="need_id, quantity, description\nN1, 5, ingot", operators="operator_id, process_id, capacity\nK1, melting, 9",
    )  # fmt: skip
    found = explained(declarations)
    found = replace(found, ways=found.ways.assign(saved_eur_per_yr=saved, quantity_per_yr=5.0))
    lines = [line for part in sections(found, declarations, "en") for line in part.lines if line.label == "+ Outlet saved"]
    assert [line.note.startswith("counted with the operator") for line in lines] == [saved == 0]
