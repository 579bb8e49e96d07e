"""Which projects a public budget supports, from what the voters approve: rules with their formula, computed exactly.

Everything is counted in fractions, so that a tie is a tie; a tie goes to the project with more votes, then to the cheaper one,
then to the first in the list. No order of the voters, and no unit of money, changes the result.

=============== ===========================================================================================================
rule            what it does
=============== ===========================================================================================================
`greedy`        the most approved project first, while the budget lasts: what most towns do
`equal_shares`  method of equal shares, satisfaction measured in euros: each voter has budget / voters; a project can be bought
                when those who approve it can pay it between them, each at most ρ × cost; the smallest ρ is bought first
`equal_shares_by_project` the same, satisfaction measured in projects: each voter pays at most ρ
=============== ===========================================================================================================

The method of equal shares spends less than the budget. It is completed as the literature does: the shares are raised by a
fiftieth of the first one, up to tenfold, while what they buy fits; then the rest is spent greedily. A fiftieth and not
a unit of money, so that counting in thousands of euros changes nothing.

Sources: Peters, Pierczyński and Skowron, "Proportional Participatory Budgeting with Additive Utilities", NeurIPS 2021; for the
completions Faliszewski et al., "Participatory Budgeting: Data, Tools, and Analysis", IJCAI 2023 (arXiv 2305.11035).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import gcd, lcm

import pandas as pd

from symbiosis.errors import SymbiosisError

STEP, MOST = Fraction(1, 50), 10
"""By how much of the first share the shares are raised, and to how many times as much at most."""

BY_COST, BY_PROJECT = "cost", "project"


class BallotError(SymbiosisError):
    """A ballot that cannot be counted: a cost or a budget that is no amount, a vote for what is not on it.

    Attributes
    ----------
    code
        ``budget``, ``cost``, ``count`` or ``unknown_project``.
    value
        What was found.
    """

    def __init__(self, code: str, value: object = "") -> None:
        super().__init__(f"{code}: {value}")
        self.code, self.value = code, str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """Ballot papers that approve the same projects.

    Attributes
    ----------
    approved
        Ids of projects.
    count
        How many papers.
    """

    approved: frozenset[str]
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a rule decides.

    Attributes
    ----------
    projects
        By `project_id`, in the order of the ballot: `cost_eur`, `votes`, `place` (in which it was funded; 0 if it was not),
        `step` (``shares``, ``raised``, ``greedy``, or why not: ``no_vote``, ``over_budget``), `paid_by_voter_eur` (the most
        that one voter pays for it; 0 outside equal shares).
    spent_eur, budget_eur
        Never more than the budget.
    share_eur
        What one voter could decide on in the end; 0 outside equal shares.
    voters, heard
        Papers that approve something, and those of them that approve at least one project that is funded.
    """

    projects: pd.DataFrame
    spent_eur: float
    budget_eur: float
    share_eur: float
    voters: int
    heard: int

    @property
    def funded(self) -> tuple[str, ...]:
        """Ids of what is funded, in the order in which it was."""
        chosen = self.projects[self.projects["place"] > 0].sort_values("place")
        return tuple(str(key) for key in chosen.index)


@dataclass(slots=True)
class _Count:
    """A count under way: the projects with their votes, papers that say the same together, what was bought and how."""

    costs: dict[str, Fraction]
    votes: dict[str, int]
    groups: list[tuple[frozenset[str], int]]
    budget: Fraction
    bought: dict[str, tuple[str, Fraction]]

    @property
    def left(self) -> Fraction:
        return self.budget - sum((self.costs[key] for key in self.bought), Fraction(0))

    def order(self) -> dict[str, tuple[int, Fraction, int]]:
        """How ties are broken: more votes, then cheaper, then first on the ballot."""
        return {key: (-self.votes[key], cost, place) for place, (key, cost) in enumerate(self.costs.items())}


def count_votes(costs: Mapping[str, float], votes: Sequence[Vote], budget: float, rule: str = "equal_shares") -> Outcome:
    """Count a ballot.

    Parameters
    ----------
    costs
        Project to its cost in euros, in the order of the ballot.
    votes
        The papers; those that approve nothing are not counted as voters.
    budget
        In euros.
    rule
        Of :data:`BALLOT_RULES`.

    Returns
    -------
    Outcome

    Raises
    ------
    BallotError
        If an amount is not positive, or somebody approves what is not on the ballot.
    """
    money = _exact(costs, votes, budget)
    groups: dict[frozenset[str], int] = {}
    for vote in votes:
        if vote.approved and vote.count:
            groups[vote.approved] = groups.get(vote.approved, 0) + vote.count
    ordered = sorted(groups.items(), key=lambda pair: sorted(pair[0]))
    approvals = {key: sum(count for approved, count in ordered if key in approved) for key in money}
    counting = _Count(costs=money, votes=approvals, groups=ordered, budget=Fraction(str(budget)), bought={})
    share = BALLOT_RULES[rule](counting)
    return _told(counting, share)


def _exact(costs: Mapping[str, float], votes: Sequence[Vote], budget: float) -> dict[str, Fraction]:
    """The costs as fractions, once everything that is counted is found to be in order."""
    for name, amount in (("budget", budget), *(("cost", cost) for cost in costs.values())):
        if not 0 < amount < float("inf"):
            raise BallotError(name, amount)
    for vote in votes:
        if vote.count < 0:
            raise BallotError("count", vote.count)
        unknown = sorted(vote.approved - set(costs))
        if unknown:
            raise BallotError("unknown_project", unknown[0])
    # As they are written: 0.1 is a tenth.
    return {key: Fraction(str(cost)) for key, cost in costs.items()}


def _told(counting: _Count, share: Fraction) -> Outcome:
    votes, places = counting.votes, {key: place for place, key in enumerate(counting.bought, start=1)}
    rows = []
    for key, cost in counting.costs.items():
        missed = "over_budget" if votes[key] else "no_vote"
        step, paid = counting.bought.get(key, (missed, Fraction(0)))
        rows.append({
            "project_id": key, "cost_eur": float(cost), "votes": votes[key], "place": places.get(key, 0), "step": step,
            "paid_by_voter_eur": float(paid),
        })  # fmt: skip
    return Outcome(
        projects=pd.DataFrame(rows).set_index("project_id"),
        spent_eur=float(counting.budget - counting.left),
        budget_eur=float(counting.budget),
        share_eur=float(share),
        voters=sum(count for _, count in counting.groups),
        heard=sum(count for approved, count in counting.groups if approved & counting.bought.keys()),
    )


def _greedy(counting: _Count) -> Fraction:
    """Buys by votes what the rest of the budget pays."""
    order = counting.order()
    for key in sorted(counting.costs, key=lambda one: order[one]):
        if key not in counting.bought and counting.votes[key] and counting.costs[key] <= counting.left:
            counting.bought[key] = ("greedy", Fraction(0))
    return Fraction(0)


def _shares(counting: _Count, satisfaction: str) -> Fraction:
    """Equal shares, raised while the outcome fits, then completed by votes."""
    voters = sum(count for _, count in counting.groups)
    if not voters:
        return Fraction(0)
    first = share = counting.budget / voters
    payers = {
        key: [(place, count) for place, (approved, count) in enumerate(counting.groups) if key in approved]
        for key in counting.costs
    }  # fmt: skip
    counting.bought = {key: ("shares", paid) for key, paid in _buy(counting, share, satisfaction, payers).items()}
    wanted = {key for key, votes in counting.votes.items() if votes}
    while share < first * MOST and any(counting.costs[key] <= counting.left for key in wanted - counting.bought.keys()):
        bought = _buy(counting, share + first * STEP, satisfaction, payers)
        if sum((counting.costs[key] for key in bought), Fraction(0)) > counting.budget:
            break
        share += first * STEP
        # A higher share may also drop a project for others; what the first one bought already is told as such.
        known = counting.bought
        counting.bought = {key: (known[key][0] if key in known else "raised", paid) for key, paid in bought.items()}
    _greedy(counting)
    return share


def _buy(
    counting: _Count, share: Fraction, satisfaction: str, payers: Mapping[str, Sequence[tuple[int, int]]]
) -> dict[str, Fraction]:
    """What voters buy who have a share each: project to the most that one of them pays, in the order of buying."""
    # Everything is counted in whole parts of a euro, as small as the prices need: a tenth of the time that fractions take.
    parts = lcm(share.denominator, *(cost.denominator for cost in counting.costs.values()))
    purse = [int(share * parts)] * len(counting.groups)
    bought: dict[str, Fraction] = {}
    # Purses only shrink, so that a price only rises: what was found last is a floor, and most need not be found again.
    queue = [(Fraction(0), ties, key) for key, ties in counting.order().items() if counting.votes[key]]
    heapify(queue)
    fresh: dict[str, tuple[int, int]] = {}
    while queue:
        _floor, ties, key = heappop(queue)
        if key not in fresh:
            cost = counting.costs[key]
            found = _most_paid(cost.numerator * (parts // cost.denominator), _by_purse(purse, payers[key]))
            if found is not None:
                fresh[key] = found
                paid = Fraction(found[0], found[1] * parts)
                heappush(queue, (paid / cost if satisfaction == BY_COST else paid, ties, key))
            continue
        rest, voters = fresh[key]
        bought[key] = Fraction(rest, voters * parts)
        finer = voters // gcd(rest, voters)
        parts, price = parts * finer, rest * finer // voters
        purse = [left * finer for left in purse] if finer > 1 else purse
        for place, _count in payers[key]:
            purse[place] = max(purse[place] - price, 0)
        fresh.clear()
    return bought


def _by_purse(purse: Sequence[int], payers: Sequence[tuple[int, int]]) -> dict[int, int]:
    """What is left in a purse to how many of those who pay have as much."""
    found: dict[int, int] = {}
    for place, count in payers:
        left = purse[place]
        found[left] = found.get(left, 0) + count
    return found


def _most_paid(cost: int, purses: Mapping[int, int]) -> tuple[int, int] | None:
    """The amount that each pays, or all that is left to them, so that they pay a cost together; ``None`` if they cannot.

    It is given as what those who can pay the same still pay, and how many they are.
    """
    voters, rest = sum(purses.values()), cost
    for left in sorted(purses):
        if left * voters >= rest:
            return rest, voters
        rest -= left * purses[left]
        voters -= purses[left]
    return None


BALLOT_RULES: dict[str, Callable[[_Count], Fraction]] = {
    "equal_shares": lambda counting: _shares(counting, BY_COST),
    "equal_shares_by_project": lambda counting: _shares(counting, BY_PROJECT),
    "greedy": _greedy,
}
"""Name of a rule to its function, which buys and tells the last share of a voter."""


def differences(outcomes: Mapping[Hashable, Outcome]) -> pd.DataFrame:
    """Which rule funds what, side by side.

    Parameters
    ----------
    outcomes
        Rule to its outcome, of the same ballot.

    Returns
    -------
    pandas.DataFrame
        By `project_id`, one column a rule: whether it is funded.
    """
    return pd.DataFrame({rule: outcome.projects["place"] > 0 for rule, outcome in outcomes.items()})
