"""The page Opérateur: a demonstration's operations, one that is tried, a company that proposes and reads its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tests.network_store import CANARIES, Network, network, recorded

from symbiosis import workspace
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.identity import Identity
from symbiosis.scenario import Scenario
from symbiosis.store import DeclaredRow, Principal, SaveRow
from symbiosis.workspace.recording import record_run

FOLDER = Path(state.__file__).parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Network:
    found = network(tmp_path_factory.mktemp("operators"))
    recorded(found)
    return found


@pytest.fixture
def seen_by(made: Network, monkeypatch: pytest.MonkeyPatch) -> Any:
    def open_as(principal: Principal, language: str = "fr", **session: Any) -> AppTest:
        monkeypatch.setattr(identity, "current", lambda: Identity(made.store, principal))
        test = AppTest.from_file(str(FOLDER / "main.py"), default_timeout=120)
        for name, value in {"language": language, **session}.items():
            test.session_state[name] = value
        test.run()
        test.switch_page("operator.py")
        return test.run()

    return open_as


def told(test: AppTest) -> str:
    parts = [
        str(one.value) for kind in ("title", "subheader", "markdown", "info", "warning", "error") for one in getattr(test, kind)
    ]
    return "\n".join([*parts, *(table.value.to_string() for table in test.dataframe)]).replace("\\", "")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_demonstration_shows_any_operation_with_its_banner(made: Network, seen_by: Any, language: str) -> None:
    found = state.load_shipped("val-de-fensch", Scenario())
    test = seen_by(made.owner, language, loaded=found)
    assert not test.exception
    text = told(test)
    assert "Mobilisable" in text
    assert workspace.synthetic_mark(language) in text
    test.selectbox(key="operation_False").set_value("P04").run()
    assert not test.exception
    assert "14" in told(test)


def test_a_process_can_be_tried_on_the_demonstration(made: Network, seen_by: Any) -> None:
    test = seen_by(made.owner, loaded=state.load_shipped("val-de-fensch", Scenario()))
    test.selectbox(key="operation_try_process").set_value("wood_packaging_shredding")
    test.selectbox(key="operation_try_site").set_value("S090")
    test.number_input(key="operation_try_capacity").set_value(400.0)
    test.number_input(key="operation_try_hourly_cost_eur_per_h").set_value(14.0)
    test.number_input(key="operation_try_labour_h_per_unit").set_value(2.0)
    test.number_input(key="operation_try_posts_pathway").set_value(0.5)
    button = next(one for one in test.button if one.label == "Calculer les volumes")
    button.click().run()
    assert not test.exception
    text = told(test)
    assert "28,00 € par t" in text
    assert "0,5 en parcours d’insertion" in text
    assert test.selectbox(key="operation_True").value == "draft-operation"


def test_a_company_proposes_and_the_next_run_tells_it_its_volume_and_nothing_of_the_others(made: Network, seen_by: Any) -> None:
    member = made.member("taker_1", "editor")
    test = seen_by(member)
    assert not test.exception
    assert "Aucune opération" in told(test)
    test.selectbox(key="operation_new_process").set_value("pallet_repair")
    test.number_input(key="operation_new_capacity").set_value(500.0)
    test.multiselect(key="operation_new_months").set_value([4, 5, 6])
    next(one for one in test.button if one.label == "Proposer").click().run()
    assert not test.exception
    assert "prochain calcul" in told(test)
    assert "avr." in told(test)
    with made.store.open(member) as session:
        row = session.rows("declared_row", table_name="operators")[0]
    assert row["cells"]["months"] == "4;5;6"
    assert row["cells"]["is_existing"] == "false"
    engine = Principal.engine(made.territory_id)
    loaded = state.load_stored(made.store, engine, Scenario())
    assert isinstance(loaded, state.Loaded)
    record_run(made.store, engine, loaded.proposal, territory_id=made.territory_id)
    test = seen_by(member)
    text = told(test)
    assert not test.exception
    assert "Théorique" in text
    assert "moins de trois détenteurs" in text
    assert not [one for one in CANARIES if one in text]
    # Another company reads nothing of it.
    assert "Aucune opération" in told(seen_by(made.member("taker_2", "editor")))


def test_a_reader_may_look_and_not_propose(made: Network, seen_by: Any) -> None:
    row = DeclaredRow(table_name="operators", row_key="op-reader", company_id=made.companies["taker_3"],
                      cells={"site_id": "s3", "process_id": "pallet_repair", "capacity": "10"})  # fmt: skip
    made.do(SaveRow(territory_id=made.territory_id, row=row))
    test = seen_by(made.member("taker_3", "reader"))
    assert not test.exception
    assert not [one for one in test.button if one.label == "Proposer"]
