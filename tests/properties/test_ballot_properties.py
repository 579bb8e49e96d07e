"""Participatory budgets, of any kind: what must hold whatever is voted."""

from __future__ import annotations

import os
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbiosis.decisions.ballots import BALLOT_RULES, Vote, count_votes

KEYS = "ABCDEF"
SHARES = [rule for rule in BALLOT_RULES if rule != "greedy"]
ballots = st.tuples(
    st.dictionaries(st.sampled_from(KEYS), st.integers(1, 60), min_size=1),
    st.lists(st.tuples(st.frozensets(st.sampled_from(KEYS)), st.integers(1, 4)), max_size=8),
    st.integers(1, 120),
).map(lambda one: (one[0], [Vote(approved=ticked.intersection(one[0]), count=count) for ticked, count in one[1]], one[2]))
rules = pytest.mark.parametrize("rule", BALLOT_RULES)
# The nightly run looks at more of them.
some = settings(max_examples=200 if os.environ.get("SYMBIOSIS_EXAMPLES") == "all" else 40, derandomize=True, deadline=None,
                database=None)  # fmt: skip


@rules
@some
@given(ballot=ballots)
def test_the_budget_is_never_exceeded_and_nothing_that_is_wanted_would_still_fit(rule, ballot):
    costs, votes, budget = ballot
    outcome = count_votes(costs, votes, budget, rule)
    table = outcome.projects
    assert outcome.spent_eur == table.loc[table["place"] > 0, "cost_eur"].sum() <= budget
    left = budget - outcome.spent_eur
    assert not ((table["place"] == 0) & (table["votes"] > 0) & (table["cost_eur"] <= left)).any()
    assert not ((table["place"] > 0) & (table["votes"] == 0)).any()


@rules
@some
@given(ballot=ballots, factor=st.sampled_from((1000, 7)))
def test_neither_the_unit_of_money_nor_the_order_of_the_papers_nor_their_grouping_counts(rule, ballot, factor):
    costs, votes, budget = ballot
    outcome = count_votes(costs, votes, budget, rule)
    scaled = count_votes({key: cost * factor for key, cost in costs.items()}, votes, budget * factor, rule)
    apart = [Vote(approved=vote.approved) for vote in reversed(votes) for _ in range(vote.count)]
    assert outcome.funded == scaled.funded == count_votes(costs, apart, budget, rule).funded


@pytest.mark.parametrize("rule", SHARES)
@some
@given(ballot=ballots)
def test_a_group_that_could_pay_its_project_with_its_shares_is_never_left_with_nothing(rule, ballot):
    """Extended justified representation for one project, which the shares guarantee and the greedy rule does not."""
    costs, votes, budget = ballot
    outcome = count_votes(costs, votes, budget, rule)
    voters = sum(vote.count for vote in votes if vote.approved)
    funded = set(outcome.funded)
    for key, cost in costs.items():
        group = [vote for vote in votes if key in vote.approved]
        if group and Fraction(budget, voters) * sum(vote.count for vote in group) >= cost:
            assert any(vote.approved & funded for vote in group)


@rules
@some
@given(ballot=ballots)
def test_papers_that_tick_nothing_change_nothing(rule, ballot):
    costs, votes, budget = ballot
    blank = Vote(approved=frozenset(), count=5)
    assert count_votes(costs, [*votes, blank], budget, rule).funded == count_votes(costs, votes, budget, rule).funded
