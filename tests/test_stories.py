"""Stories: nothing appears before every company has agreed, no name without its owner's word, what is taken back is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.network_store import Network, network

from symbiosis.dashboard import identity, state
from symbiosis.errors import DisclosureError, NotAllowed, NotFound, StoreError
from symbiosis.store import (
    AnswerStory,
    MoveProject,
    OpenProject,
    Principal,
    SaveProject,
    SaveStory,
    answer_story,
    publish_story,
    stories,
    withdraw,
)
from symbiosis.store.tables import new_id

MEASURED = {"quantity_t_per_yr": 120.0, "insertion_h_per_yr": 900.0}


@pytest.fixture
def made(tmp_path: Path) -> Network:
    return network(tmp_path)


def done(made: Network, *actors: str) -> str:
    """A project that is done, with what was measured of it."""
    opened = OpenProject(territory_id=made.territory_id, title="Réemploi de palettes", noted_on="2026-11-01",
                         company_ids=tuple(made.companies[one] for one in actors))  # fmt: skip
    project_id = str(made.do(opened)["id"])
    made.do(SaveProject(project_id=project_id, version=1, realised=MEASURED))
    made.do(MoveProject(project_id=project_id, version=2, stage="done", noted_on="2026-11-20"))
    return project_id


def tell(made: Network, project_id: str, text: str = "Des palettes repartent au lieu d'être broyées.", version: int = 0) -> str:
    command = SaveStory(project_id=project_id, title="Palettes", text=text, source="bons de pesée", version=version)
    return str(made.do(command, made.facilitator)["id"])


def side(made: Network, actor: str, story_id: str) -> dict[str, Any]:
    with made.store.open(made.member(actor)) as session:
        return session.one("story_side", story_id=story_id)


def answer(made: Network, actor: str, story_id: str, decision: str) -> None:
    read = side(made, actor, story_id)
    told = AnswerStory(story_id=story_id, company_id=made.companies[actor], decision=decision, asked_at=read["asked_at"])
    answer_story(made.store, made.member(actor, "editor"), told, key=new_id())


def seen(made: Network) -> list[Any]:
    return list(stories(made.store, Principal.anonymous()))


def publish(made: Network, story_id: str, version: int = 1) -> str:
    return publish_story(made.store, made.facilitator, story_id, version=version, key=new_id())


def test_a_story_appears_once_all_have_agreed_with_the_names_of_those_who_said_so(made: Network) -> None:
    story_id = tell(made, done(made, "giver", "taker_1"))
    answer(made, "giver", story_id, "named")
    with pytest.raises(NotAllowed):
        publish(made, story_id)
    assert seen(made) == []
    answer(made, "taker_1", story_id, "unnamed")
    publish(made, story_id)
    (shown,) = seen(made)
    assert shown["story"]["named"] == ["Ocelot Emballages (fictif)"]
    assert shown["story"]["unnamed"] == 1
    assert shown["story"]["is_synthetic"] is True
    assert shown["story"]["figures"] == MEASURED
    assert "Preneur" not in str(shown)


def test_whoever_takes_its_word_back_takes_the_story_out_of_sight(made: Network) -> None:
    story_id = tell(made, done(made, "giver", "taker_1"))
    for actor in ("giver", "taker_1"):
        answer(made, actor, story_id, "named")
    publish(made, story_id)
    answer(made, "taker_1", story_id, "refused")
    assert seen(made) == []
    with made.store.open_published(made.owner) as session:
        assert "Palettes" not in str(session.rows("publication"))


def test_a_text_that_names_who_did_not_agree_is_not_published(made: Network) -> None:
    project_id = done(made, "giver", "taker_1")
    story_id = tell(made, project_id, text="ZIBELINE bois a regardé ; OCELOT  Emballages a donné.")
    for actor in ("giver", "taker_1"):
        answer(made, actor, story_id, "named")
    with pytest.raises(DisclosureError, match="Zibeline"):
        publish(made, story_id)


def test_other_words_or_other_figures_ask_again(made: Network) -> None:
    project_id = done(made, "giver")
    story_id = tell(made, project_id)
    before = side(made, "giver", story_id)
    tell(made, project_id, text="Autre chose.", version=1)
    assert side(made, "giver", story_id)["decision"] == "asked"
    late = AnswerStory(story_id=story_id, company_id=made.companies["giver"], decision="named", asked_at=before["asked_at"])
    with pytest.raises(NotFound):
        answer_story(made.store, made.member("giver"), late, key=new_id())
    answer(made, "giver", story_id, "named")
    made.do(SaveProject(project_id=project_id, version=3, realised={"quantity_t_per_yr": 5.0}))
    with pytest.raises(DisclosureError, match="figures"):
        publish(made, story_id, version=2)


def test_only_what_is_done_is_told_and_nobody_answers_for_another(made: Network) -> None:
    opened = OpenProject(territory_id=made.territory_id, title="Idée", noted_on="2026-11-01",
                         company_ids=(made.companies["giver"],))  # fmt: skip
    with pytest.raises(StoreError):
        tell(made, str(made.do(opened)["id"]))
    story_id = tell(made, done(made, "giver"))
    asked = side(made, "giver", story_id)["asked_at"]
    told = AnswerStory(story_id=story_id, company_id=made.companies["giver"], decision="named", asked_at=asked)
    for stranger in (made.member("taker_1"), made.member("giver", "reader"), made.facilitator):
        with pytest.raises((NotAllowed, NotFound)):
            answer_story(made.store, stranger, told, key=new_id())


def test_the_facilitator_can_withdraw_it_and_tell_it_again(made: Network) -> None:
    project_id = done(made, "giver")
    story_id = tell(made, project_id)
    answer(made, "giver", story_id, "named")
    withdraw(made.store, made.facilitator, publish(made, story_id), key=new_id())
    assert seen(made) == []
    tell(made, project_id, version=2)


def test_a_company_that_is_erased_leaves_no_story(made: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from symbiosis.cli import app

    story_id = tell(made, done(made, "giver", "taker_1"))
    for actor in ("giver", "taker_1"):
        answer(made, actor, story_id, "named")
    publish(made, story_id)
    monkeypatch.setenv("SYMBIOSIS_DATA", str(tmp_path))
    erased = CliRunner().invoke(app, ["erase", "--company", made.companies["taker_1"], "--yes"])
    assert erased.exit_code == 0, erased.output
    assert seen(made) == []
    with made.store.open(made.owner) as session:
        assert session.rows("story") == []


def test_the_pages_tell_ask_answer_and_show(made: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.testing.v1 import AppTest

    project_id = done(made, "giver")
    folder = Path(state.__file__).parent

    def open_as(principal: Principal, page: str, **session: Any) -> AppTest:
        monkeypatch.setattr(identity, "current", lambda: identity.Identity(made.store, principal))
        test = AppTest.from_file(str(folder / "main.py"), default_timeout=120)
        for name, value in {"language": "fr", **session}.items():
            test.session_state[name] = value
        test.run()
        test.switch_page(page)
        test.run()
        assert not test.exception
        return test

    test = open_as(made.facilitator, "projects.py", projects_part="board", project_id=project_id)
    test.text_area(key=f"story_text_{project_id}").set_value("Des palettes repartent.")
    test.text_input(key=f"story_source_{project_id}").set_value("bons de pesée")
    next(one for one in test.button if one.label == "Demander leur accord aux entreprises").click().run()
    assert not test.exception
    test = open_as(made.member("giver", "editor"), "diagnostic.py", diagnostic_part="trust")
    next(one for one in test.button if one.label == "Accepter, nous nommer").click().run()
    test = open_as(made.facilitator, "projects.py", projects_part="board", project_id=project_id)
    next(one for one in test.button if one.label == "Publier le récit").click().run()
    assert not test.exception
    for reader in (Principal.anonymous(), made.member("taker_1", "reader"), made.owner):
        test = open_as(reader, "published.py", published_part="stories")
        assert any("Réemploi" in str(one.value) for one in test.subheader)
