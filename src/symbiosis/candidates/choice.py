"""The best pairs of every end, and the few doubtful ones that are worth a question.

Kept are the `most` best of every tail among needs and among operators, and the `most` best of every head among outputs and
among operators: feasible before to investigate before excluded, then by value, then by id. So every pair that is kept is among
the best of one of its ends, and no end has lost any of its best: what is dropped is the best partner of nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbiosis.candidates.best import Groups, best_of_each
from symbiosis.candidates.ends import Integers
from symbiosis.candidates.pairs import Mask, Pairs
from symbiosis.candidates.valuation import Valuation

DOUBTFUL_PER_FLOW = 6
"""Doubtful pairs kept per output and per need: a facilitator asks a company six questions, not sixty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How pairs are chosen.

    Attributes
    ----------
    valuation
        What they are worth.
    most
        Partners kept per end and kind of partner.
    """

    valuation: Valuation
    most: int

    def _askable(self, pairs: Pairs) -> tuple[Mask, Mask]:
        """Doubtful pairs that are among the few a tail, and the few a head, may be asked about; those within reach first."""
        if not len(pairs):
            return np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
        trust = self.valuation.kin["confidence"].take(pairs.kin) - (pairs.km > self.valuation.head["limit"].take(pairs.head))
        return (best_of_each(self._of_tail(pairs), trust, self.valuation.head["row"].take(pairs.head), DOUBTFUL_PER_FLOW),
                best_of_each(pairs.head, trust, pairs.tail, DOUBTFUL_PER_FLOW))  # fmt: skip

    def hopeful(self, pairs: Pairs) -> Pairs:
        """Leave out those pairs of some blocks that cannot be among the best of all.

        Parameters
        ----------
        pairs
            Of some tails, all that each has in these blocks.

        Returns
        -------
        Pairs
        """
        sure, doubtful = self._parted(pairs)
        of_tail, of_head = self._askable(doubtful)
        return Pairs.joined([self._among_best(sure), doubtful[of_tail | of_head]])

    def best(self, pairs: Pairs) -> Pairs:
        """Of all pairs, those that are among the best; a doubtful one must be worth a question to both ends.

        Parameters
        ----------
        pairs
            What :meth:`hopeful` left of every block.

        Returns
        -------
        Pairs
        """
        sure, doubtful = self._parted(pairs)
        of_tail, of_head = self._askable(doubtful)
        return self._among_best(Pairs.joined([sure, doubtful[of_tail & of_head]]))

    def _parted(self, pairs: Pairs) -> tuple[Pairs, Pairs]:
        """Pairs whose words are sure, and those of outputs whose words are not."""
        doubtful = self.valuation.kin["is_doubtful"].take(pairs.kin)
        doubtful &= self.valuation.tail["is_flow"].take(pairs.tail)
        return (pairs[~doubtful], pairs[doubtful]) if doubtful.any() else (pairs, pairs[:0])

    def _among_best(self, pairs: Pairs) -> Pairs:
        """Pairs that are among the best of one of their ends; those of ends that have room for all are not even valued."""
        of_tail = Groups(self._of_tail(pairs))
        if not (of_tail.count > self.most).any():
            return pairs
        self.valuation.give_scores(pairs, of_tail.crowded(self.most))
        kept = of_tail.best(pairs.score, self.valuation.head["row"].take(pairs.head), self.most)
        # Where most are left out, every head may have lost one of its best.
        head, tail, rows = pairs.head, pairs.tail, np.flatnonzero(~kept)
        at_stake: Integers | slice = slice(None)
        if 2 * len(rows) <= len(pairs):
            has_lost = np.zeros(len(self.valuation.head["id"]), dtype=bool)
            has_lost[head[rows]] = True
            at_stake = np.flatnonzero(has_lost[head])
            head, tail = head[at_stake], tail[at_stake]
        of_head = Groups(head * 2 + ~self.valuation.tail["is_flow"].take(tail))
        is_valued = np.zeros(len(pairs), dtype=bool)
        is_valued[at_stake] = of_head.crowded(self.most)
        self.valuation.give_scores(pairs, is_valued)
        kept[at_stake] |= of_head.best(pairs.score[at_stake], tail, self.most)
        return pairs[kept]

    def _of_tail(self, pairs: Pairs) -> Integers:
        """Groups of pairs by tail: its needs and its operators are two lists of partners."""
        return np.asarray(pairs.tail * 2 + ~self.valuation.head["is_flow"].take(pairs.head))
