"""Who looks at a page: the one function that pages ask, in each mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tests.network import HOST, SECRET, Network, fresh

from symbiosis.dashboard import identity
from symbiosis.deployment import Deployment
from symbiosis.store import run, sessions
from symbiosis.store.accounts import RevokeMember


def page() -> None:
    """What a page does first."""
    import streamlit as st

    from symbiosis.dashboard import identity

    principal = identity.current().principal
    st.text(f"{principal.role} {principal.territory_id}")
    st.text(" ".join(sorted(str(name) for name in st.session_state if str(name).startswith("seen"))))
    st.text(f"{identity.may_open('match', 'read')} {len(identity.territories())}")
    st.session_state[f"seen-{principal.role}"] = True


def texts(tested: AppTest) -> list[str]:
    tested.run()
    assert not tested.exception
    return [element.value for element in tested.text]


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path))
    monkeypatch.delenv("SYMBIOSIS_MODE", raising=False)


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    for name, value in {"MODE": "server", "SECRET": SECRET, "HOSTS": HOST, "DATA": str(tmp_path)}.items():
        monkeypatch.setenv(f"SYMBIOSIS_{name}", value)
    return fresh(tmp_path)


def tab(network: Network | None = None, role: str = "", told: str = "") -> AppTest:
    """A tab of a browser of somebody, as the gate tells Streamlit."""
    made: Any = AppTest.from_function(page, default_timeout=120)
    if network is not None and role:
        told = Deployment.of_this_process().signed(network.person(role).session_id, identity.PURPOSE)
    if told:
        made.user = {identity.KEY: told}
    return made


@pytest.mark.usefixtures("local")
def test_the_owner_of_the_machine_has_a_territory_at_once_and_keeps_it() -> None:
    first, second = texts(tab()), texts(tab())
    assert first == second
    assert first[0].startswith("owner ")
    assert first[2] == "True 1"


@pytest.mark.parametrize("told", ["", "forged", "0" * 32, f"{'0' * 32}.{'0' * 64}"])
def test_nobody_sees_nothing_on_a_server(network: Network, told: str) -> None:
    assert texts(tab(told=told)) == []


def test_a_person_acts_in_the_role_of_the_session(network: Network) -> None:
    assert texts(tab(network, "editor")) == [f"editor {network.territory['A']}", "", "False 1"]
    assert texts(tab(network, "facilitator"))[2] == "True 1"
    assert texts(tab(network, "planner"))[2] == "False 0"


def test_what_is_withdrawn_shows_nothing_at_the_next_run(network: Network) -> None:
    tested = tab(network, "editor")
    assert texts(tested)
    assert texts(tested)[1] == "seen-editor"
    revoked = RevokeMember(member_id=network.person("editor").membership.id)
    run(network.store, network.principal("admin"), revoked, key="revoke")
    assert texts(tested) == []
    assert "seen-editor" not in tested.session_state


def test_a_facilitator_without_second_factor_is_nobody(network: Network) -> None:
    network.cookie["facilitator"] = sessions.open_session(network.store, network.user["facilitator"], has_second_factor=False)
    assert texts(tab(network, "facilitator")) == []


def test_the_state_of_one_person_is_gone_when_another_takes_the_tab(network: Network) -> None:
    tested: Any = tab(network, "editor")
    assert [texts(tested)[1] for _ in range(2)] == ["", "seen-editor"]
    tested.user = {identity.KEY: Deployment.of_this_process().signed(network.person("reader").session_id, identity.PURPOSE)}
    assert texts(tested)[1] == ""
    assert texts(tested)[1] == "seen-reader"


def test_the_public_mode_has_a_citizen_and_the_published_database_only(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMBIOSIS_MODE", "public")
    assert texts(tab(told="x"))[0].split() == ["citizen"]
    assert identity.open_store(is_public=True).private is None
