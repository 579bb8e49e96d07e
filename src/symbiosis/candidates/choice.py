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
        is_doubtful = self._is_doubtful(pairs)
        sure = np.flatnonzero(~is_doubtful)
        is_hopeful = is_doubtful.copy()
        is_hopeful[is_doubtful] = np.logical_or(*self._askable(pairs[is_doubtful]))
        is_hopeful[sure] = self._is_among_best(pairs if len(sure) == len(pairs) else pairs[sure])
        return pairs if is_hopeful.all() else pairs[is_hopeful]

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
        is_doubtful = self._is_doubtful(pairs)
        is_out = is_doubtful.copy()
        is_out[is_doubtful] = ~np.logical_and(*self._askable(pairs[is_doubtful]))
        pairs = pairs[~is_out] if is_out.any() else pairs
        kept = self._is_among_best(pairs)
        return pairs if kept.all() else pairs[kept]

    def _is_doubtful(self, pairs: Pairs) -> Mask:
        """Pairs of outputs whose words are not sure."""
        is_doubtful: Mask = self.valuation.kin["is_doubtful"].take(pairs.kin)
        is_doubtful &= self.valuation.tail["is_flow"].take(pairs.tail)
        return is_doubtful

    def _is_among_best(self, pairs: Pairs) -> Mask:
        """Pairs that are among the best of one of their ends; those of ends that have room for all are not even valued."""
        group = self._of_tail(pairs)
        if np.bincount(group, minlength=1).max() <= self.most:
            return np.ones(len(pairs), dtype=bool)
        of_tail = Groups(group)
        self.valuation.give_scores(pairs, of_tail.crowded(self.most))
        kept = of_tail.best(pairs.score, self.valuation.head["row"].take(pairs.head), self.most)
        # Where most are left out, every head may have lost one of its best.
        head, tail, rows = pairs.head, pairs.tail, np.flatnonzero(~kept)
        at_stake: Integers | slice = slice(None)
        if 2 * len(rows) <= len(pairs):
            has_lost = np.zeros(len(self.valuation.head["row"]), dtype=bool)
            has_lost[head[rows]] = True
            at_stake = np.flatnonzero(has_lost[head])
            head, tail = head[at_stake], tail[at_stake]
        of_head = Groups(head * 2 + ~self.valuation.tail["is_flow"].take(tail))
        is_valued = np.zeros(len(pairs), dtype=bool)
        is_valued[at_stake] = of_head.crowded(self.most)
        self.valuation.give_scores(pairs, is_valued)
        kept[at_stake] |= of_head.best(pairs.score[at_stake], tail, self.most)
        return kept

    def _of_tail(self, pairs: Pairs) -> Integers:
        """Groups of pairs by tail: its needs and its operators are two lists of partners."""
        return np.asarray(pairs.tail * 2 + ~self.valuation.head["is_flow"].take(pairs.head))
