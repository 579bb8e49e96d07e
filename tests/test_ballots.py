"""Participatory budgets: the rules on worked examples, the files, the store and its gate, the page; all of it is invented."""

from __future__ import annotations

import csv
from fractions import Fraction
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from tests.network_store import Network, network, recorded

from symbiosis.dashboard import identity
from symbiosis.decisions.ballots import BALLOT_RULES, BallotError, Vote, count_votes
from symbiosis.errors import DisclosureError, NotAllowed, StoreError
from symbiosis.io.ballot_files import BallotFileError, read_pabulib, read_papers, write_pabulib
from symbiosis.report.ballot import RULES, STEPS, result_sentences, result_table
from symbiosis.store import Decide, OpenProject, Principal, Remove, SaveBallot, ballots, withdraw
from symbiosis.store.tables import new_id
from symbiosis.workspace.balloting import counted_ballot, publish_counted, told_result

# Five voters want A and B, one wants A alone, four want C and D; 100 to spend. Counted by hand in the comments.
COSTS = {"A": 60, "B": 40, "C": 30, "D": 10}
VOTES = [Vote(approved=frozenset("AB"), count=5), Vote(approved=frozenset("A")), Vote(approved=frozenset("CD"), count=4)]
PABULIB = """META
key; value
description; Un budget d'essai
budget; 100
vote_type; approval
PROJECTS
project_id; cost; name
A; 60; "Broyeur; et chaudière"
B; 40; Presse
C; 30; Conserverie
D; 10; Banc
VOTES
voter_id; age; vote
""" + "".join(f"{n}; 40; {ticked}\n" for n, ticked in enumerate(["A,B"] * 5 + ["A"] + ["C,D"] * 4))


@pytest.mark.parametrize(
    ("rule", "funded", "spent", "heard"),
    [
        # Purses of 10. A costs its six voters 10 each (ρ = 1/6), before B (1/5) and C (1/4, as D: the cheaper goes first).
        ("equal_shares", ("A", "D", "C"), 100, 10),
        # One project is worth another: D at 2.5 a voter, C at 7.5, B at 8; the sixth voter of A is left with nothing.
        ("equal_shares_by_project", ("D", "C", "B"), 80, 9),
        ("greedy", ("A", "B"), 100, 6),
    ],
)
def test_each_rule_gives_what_the_hand_gives(rule: str, funded: tuple[str, ...], spent: float, heard: int) -> None:
    outcome = count_votes(COSTS, VOTES, 100, rule)
    assert (outcome.funded, outcome.spent_eur, outcome.heard, outcome.voters) == (funded, spent, heard, 10)


def plain_shares(
    costs: dict[str, Fraction], votes: list[frozenset[str]], share: Fraction, by_cost: bool
) -> dict[str, Fraction]:
    """Equal shares as they are defined, voter by voter: project to the most that one of them pays."""
    purse, bought = [share] * len(votes), dict[str, Fraction]()
    while True:
        offers = []
        for place, (key, cost) in enumerate(costs.items()):
            left = sorted(purse[i] for i, ticked in enumerate(votes) if key in ticked)
            if key in bought or not left or sum(left) < cost:
                continue
            rest = cost
            for i, money in enumerate(left):
                price = rest / (len(left) - i)
                if money >= price:
                    break
                rest -= money
            offers.append((price / cost if by_cost else price, -len(left), cost, place, key, price))
        if not offers:
            return bought
        *_, key, price = min(offers)
        bought[key] = price
        purse = [money - min(money, price) if key in ticked else money for money, ticked in zip(purse, votes, strict=True)]


@pytest.mark.parametrize("rule", ["equal_shares", "equal_shares_by_project"])
def test_what_the_last_shares_buy_is_what_the_definition_buys(rule: str) -> None:
    chance = Random(11)
    for _turn in range(20):
        costs = {f"p{n}": chance.choice([10, 20, 20.5, 33.33, 60]) for n in range(chance.randrange(1, 9))}
        papers = [frozenset(chance.sample(sorted(costs), chance.randrange(1, len(costs) + 1))) for _ in range(30)]
        budget = chance.choice([25, 70, 100, 150.1])
        outcome = count_votes(costs, [Vote(approved=one) for one in papers], budget, rule)
        first = Fraction(str(budget)) / len(papers)
        share = first * (1 + Fraction(round((outcome.share_eur / float(first) - 1) * 50), 50))
        exact = {key: Fraction(str(cost)) for key, cost in costs.items()}
        plain = plain_shares(exact, papers, share, by_cost=rule == "equal_shares")
        told = outcome.projects[outcome.projects["step"].isin(["shares", "raised"])].sort_values("place")["paid_by_voter_eur"]
        assert list(told.items()) == [(key, float(price)) for key, price in plain.items()]


def test_what_a_voter_pays_is_told() -> None:
    told = count_votes(COSTS, VOTES, 100).projects
    assert dict(told["paid_by_voter_eur"]) == {"A": 10, "B": 0, "C": 7.5, "D": 2.5}
    assert dict(told["step"]) == {"A": "shares", "B": "over_budget", "C": "shares", "D": "shares"}


def test_shares_are_raised_before_the_rest_is_spent_by_votes() -> None:
    # Shares of 25: nobody's voters can pay X (60 for two) or Y (55 for two). At 27.5 the voters of Y can, and X no longer fits.
    votes = [Vote(approved=frozenset("X"), count=2), Vote(approved=frozenset("Y"), count=2)]
    outcome = count_votes({"X": 60, "Y": 55}, votes, 100)
    assert outcome.funded == ("Y",)
    assert outcome.projects.at["Y", "step"] == "raised"
    assert outcome.share_eur == 27.5
    # Ten times the share of one voter in twenty is not enough for a project that the others do not want.
    alone = count_votes({"X": 60}, [Vote(approved=frozenset("X")), *[Vote(approved=frozenset("Z"))] * 0], 100)
    assert alone.projects.at["X", "step"] == "shares"


def test_ties_go_to_more_votes_then_to_the_cheaper_then_to_the_first() -> None:
    # Four voters, 40 to spend; P and Q cost 20 and have two voters each: the first of the list wins the tie.
    votes = [Vote(approved=frozenset("P"), count=2), Vote(approved=frozenset("Q"), count=2)]
    assert count_votes({"Q": 20, "P": 20}, votes, 20, "greedy").funded == ("Q",)
    assert count_votes({"Q": 20, "P": 19}, votes, 20, "greedy").funded == ("P",)


@pytest.mark.parametrize(
    ("costs", "votes", "budget", "code"),
    [
        ({"A": 0}, [], 10, "cost"),
        ({"A": float("nan")}, [], 10, "cost"),
        ({"A": 1}, [], 0, "budget"),
        ({"A": 1}, [Vote(approved=frozenset("B"))], 10, "unknown_project"),
        ({"A": 1}, [Vote(approved=frozenset("A"), count=-1)], 10, "count"),
    ],
)
def test_what_cannot_be_counted_is_refused(costs: Any, votes: Any, budget: float, code: str) -> None:
    with pytest.raises(BallotError) as refused:
        count_votes(costs, votes, budget)
    assert refused.value.code == code


def test_nobody_has_voted() -> None:
    for rule in BALLOT_RULES:
        assert count_votes(COSTS, [], 100, rule).funded == ()


def test_a_pabulib_file_is_read_and_written_back() -> None:
    read = read_pabulib(PABULIB.encode())
    assert (read.title, read.budget) == ("Un budget d'essai", 100)
    assert [one["title"] for one in read.projects] == ["Broyeur; et chaudière", "Presse", "Conserverie", "Banc"]
    assert set(read.votes) == set(VOTES)
    again = read_pabulib(write_pabulib(read.title, read.budget, read.projects, read.votes, "equal_shares"))
    assert again == read


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("VOTES\n", "", "no_part"),
        ("budget; 100", "budget; beaucoup", "no_budget"),
        ("B; 40", "B; -4", "no_cost"),
        ("vote_type; approval", "vote_type; ordinal", "vote_type"),
        ("0; 40; A,B", "0; 40; A,Z", "unknown_project"),
        ("voter_id; age; vote", "voter_id; age; choice", "no_column"),
        ("META", "\x01META", "not_text"),
    ],
)
def test_a_pabulib_file_that_cannot_be_read_says_why(old: str, new: str, code: str) -> None:
    with pytest.raises(BallotFileError) as refused:
        read_pabulib(PABULIB.replace(old, new, 1).encode())
    assert refused.value.code == code


def test_papers_are_read_as_an_office_types_them() -> None:
    projects = [{"key": "1", "title": "Broyeur à bois"}, {"key": "2", "title": "Presse"}]
    typed = "Bulletins;broyeur à bois;2\n5;x;X\n1;oui;\n;;\n3;0;1\n"
    for content in (typed.encode("cp1252"), typed.encode("utf-8-sig"), typed.replace(";", ",").encode()):
        read = {vote.approved: vote.count for vote in read_papers(content, projects)}
        assert read == {frozenset("12"): 5, frozenset("1"): 1, frozenset("2"): 3}
    for wrong, code in ((b"nom;age\nA;3\n", "no_column"), (b"1;2\nx;peut-etre\n", "no_tick"), (b"", "not_text")):
        with pytest.raises(BallotFileError) as refused:
            read_papers(wrong, projects)
        assert refused.value.code == code


# ------------------------------------------------------------------------------------------------------ the store and its gate

LIST = ({"key": "1", "title": "Broyeur", "text": "Pour tous.", "cost_eur": 60.0, "project_id": ""},
        {"key": "2", "title": "Presse à balles", "text": "", "cost_eur": 40.0, "project_id": ""})  # fmt: skip
PAPERS = ({"approved": ["1", "2"], "count": 5}, {"approved": ["1"], "count": 1})


@pytest.fixture
def made(tmp_path: Path) -> Network:
    return network(tmp_path)


def keep(made: Network, **changed: Any) -> dict[str, Any]:
    """A ballot as the store holds it."""
    told = {"title": "Budget vert", "budget_eur": 100.0, "rule": "equal_shares", "projects": LIST, "papers": PAPERS, **changed}
    ballot_id = made.do(SaveBallot(territory_id=made.territory_id, **told), made.facilitator)["id"]
    with made.store.open(made.facilitator) as session:
        return session.one("ballot", id=ballot_id)


def publish(made: Network, ballot: dict[str, Any]) -> str:
    return publish_counted(made.store, made.facilitator, ballot, key=new_id())


def seen(made: Network) -> list[Any]:
    return list(ballots(made.store, Principal.anonymous()))


def test_everybody_reads_a_published_ballot_with_its_result_and_no_paper(made: Network) -> None:
    ballot = keep(made)
    publish(made, ballot)
    (shown,) = seen(made)
    assert shown["title"] == "Budget vert"
    assert shown["ballot"]["result"] == told_result(counted_ballot(ballot))
    assert {one["project_id"]: one["place"] for one in shown["ballot"]["result"]["projects"]} == {"1": 1, "2": 2}
    assert "papers" not in str(shown)
    assert "approved" not in str(shown)


def test_publishing_again_replaces_and_withdrawing_empties(made: Network) -> None:
    ballot = keep(made, papers=())
    publish(made, ballot)
    with made.store.open(made.facilitator) as session:
        ballot = session.one("ballot", id=ballot["id"])
    last = publish(made, ballot)
    assert [row["id"] for row in seen(made)] == [last]
    withdraw(made.store, made.facilitator, last, key=new_id())
    assert seen(made) == []
    with made.store.open(made.facilitator) as session:
        assert session.one("ballot", id=ballot["id"])["publication_id"] == ""


def test_a_project_appears_once_its_companies_have_accepted_its_match(made: Network) -> None:
    recorded(made)
    with made.store.open(made.facilitator) as session:
        match = session.rows("match")[0]
    opened = OpenProject(territory_id=made.territory_id, title="Palettes", noted_on="2026-11-01", match_id=match["id"],
                         company_ids=(match["giver_id"], match["taker_id"]))  # fmt: skip
    project_id = made.do(opened, made.facilitator)["id"]
    ballot = keep(made, projects=({**LIST[0], "project_id": project_id},), papers=())
    for side in ("giver_id", "taker_id"):
        with pytest.raises(NotAllowed):
            publish(made, ballot)
        made.do(Decide(match_id=match["id"], company_id=match[side], decision="accepted"), made.owner)
    publish(made, ballot)
    made.do(Decide(match_id=match["id"], company_id=match["giver_id"], decision="withdrawn", reason_code="other"), made.owner)
    with made.store.open(made.facilitator) as session:
        ballot = session.one("ballot", id=ballot["id"])
    with pytest.raises(NotAllowed):
        publish(made, ballot)


def test_a_ballot_that_names_a_company_does_not_appear(made: Network) -> None:
    with made.store.open(made.facilitator) as session:
        name = session.rows("company")[0]["name"]
    ballot = keep(made, projects=({**LIST[0], "text": f"Avec {name.upper()}."},), papers=())
    with pytest.raises(DisclosureError):
        publish(made, ballot)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": " "}, {"budget_eur": 0.0}, {"budget_eur": float("inf")}, {"projects": (LIST[0], LIST[0])},
        {"projects": ({**LIST[0], "cost_eur": 0},)}, {"papers": ({"approved": ["9"], "count": 1},)},
        {"papers": ({"approved": ["1"], "count": -1},)},
    ],
)  # fmt: skip
def test_a_ballot_that_cannot_be_counted_is_not_kept(made: Network, changed: dict[str, Any]) -> None:
    with pytest.raises(StoreError):
        keep(made, **changed)


def test_a_company_neither_reads_nor_writes_ballots_and_a_removed_one_is_gone(made: Network) -> None:
    ballot = keep(made)
    stranger = made.member("giver", "editor")
    with made.store.open(stranger) as session:
        assert session.rows("ballot") == []
    with pytest.raises(NotAllowed):
        made.do(SaveBallot(territory_id=made.territory_id, title="X", budget_eur=1.0, rule="greedy"), stranger)
    made.do(Remove(kind="ballot", territory_id=made.territory_id, row_id=ballot["id"], version=1), made.facilitator)
    with made.store.open(made.facilitator) as session:
        assert session.one("ballot", id=ballot["id"])["is_deleted"] is True


# ---------------------------------------------------------------------------------------------------------------- in words


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_rule_and_every_step_is_said_in_words(language: str) -> None:
    assert set(RULES) == set(BALLOT_RULES)
    found: set[str] = set()
    for rule in RULES:
        for votes in (VOTES, VOTES[:1]):
            projects = [{"key": key, "title": key, "text": "", "cost_eur": cost} for key, cost in COSTS.items()]
            result = told_result(count_votes(COSTS, votes, 100, rule))
            found |= {one["step"] for one in result["projects"]}
            told = {"projects": projects, "rule": rule, "budget_eur": 100.0, "result": result}
            assert len(result_table(told, language)) == 4
            assert result_sentences(told, language)
    assert found - {"raised"} == set(STEPS) - {"raised", "greedy_over"}
    assert len(result_table({**told, "result": {}}, language).columns) == 4


# ------------------------------------------------------------------------------------------------------------------ the page


def test_a_ballot_goes_from_its_title_to_its_published_result_on_the_page(
    made: Network, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.setattr(identity, "current", lambda: identity.Identity(made.store, made.owner))
    app = AppTest.from_file(str(root / "src/symbiosis/dashboard/main.py"), default_timeout=120)
    app.run()
    app.switch_page("ballots.py").run()
    app.text_input(key="ballot_title").set_value("Budget vert")
    app.number_input(key="ballot_budget").set_value(100.0)
    next(one for one in app.button if one.label == "Commencer").click().run()
    assert not app.exception

    def stored() -> dict[str, Any]:
        with made.store.open(made.owner) as session:
            return session.one("ballot")

    row = stored()
    editor = f"ballot_projects_{row['id']}_{row['version']}"
    app.session_state[editor] = {
        "edited_rows": {}, "deleted_rows": [],
        "added_rows": [{"title": "Broyeur", "cost_eur": 60}, {"title": "Presse", "cost_eur": 40}, {"title": "Sans coût"}],
    }  # fmt: skip
    app.button(key="ballot_save").click().run()
    assert [(one["key"], one["title"]) for one in stored()["projects"]] == [("1", "Broyeur"), ("2", "Presse")]

    app.segmented_control(key="ballot_part").set_value("papers").run()
    row = stored()
    app.session_state[f"ballot_papers_{row['id']}_{row['version']}"] = {
        "edited_rows": {}, "deleted_rows": [], "added_rows": [{"count": 5, "1": True, "2": True}, {"count": 1, "1": True}],
    }  # fmt: skip
    app.button(key="ballot_papers_save").click().run()
    assert stored()["papers"] == [{"approved": ["1", "2"], "count": 5}, {"approved": ["1"], "count": 1}]

    written = stored()["papers"]
    app.button(key="ballot_undo").click().run()
    assert stored()["papers"] == []
    app.button(key="ballot_undo").click().run()
    assert stored()["papers"] == written, "an undoing can be undone"
    app.button(key="ballot_remove").click().run()
    assert stored()["is_deleted"]
    app.button(key="ballot_restore").click().run()
    assert not stored()["is_deleted"]

    app.segmented_control(key="ballot_part").set_value("result").run()
    assert not app.exception
    assert "2 projets financés" in " ".join(one.value for one in app.markdown)
    app.button(key="ballot_publish").click().run()
    assert not app.exception
    assert [one["title"] for one in seen(made)] == ["Budget vert"]
    app.switch_page("published.py").run()
    app.segmented_control(key="published_part").set_value("ballots").run()
    assert "Budget vert" in [one.value for one in app.subheader]
    assert not app.exception


def test_the_file_of_a_result_opens_in_a_french_spreadsheet(made: Network) -> None:
    from symbiosis.report.published import spreadsheet

    ballot = keep(made)
    frame = result_table({**ballot, "result": told_result(counted_ballot(ballot))}, "fr")
    text = spreadsheet(frame, {name: name for name in frame.columns}, "fr").decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text), delimiter=";"))
    assert [row["Résultat"] for row in rows] == ["financé", "financé"]
