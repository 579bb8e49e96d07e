"""How likely a text is among the names of each target, by naive Bayes.

The score of :mod:`symbiosis.resolver.index` asks how much of one name a text says. Here all the names of a target count at
once, and every word by what it tells of this target rather than of the others: *spent* is usual in the names of a bath and
rare in those of a grain. Words are taken by their stems and by their pieces, in both languages alike. The odds of
independent words exaggerate, so that they are tempered before they are used, and only to order what the score has heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from symbiosis.resolver.spelling import incidence
from symbiosis.resolver.vocabulary import Stems, distinct
from symbiosis.resolver.words import MARK

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PIECE = 4
PRIOR = 2.0
"""Names drawn from the whole catalogue that are added to those of each target."""
TEMPERATURE = 60.0
"""Divides the logarithm of the odds."""


class Likelihood:
    """Stems and pieces in the names of each target.

    Parameters
    ----------
    present
        Ones where a name holds a word, ``names × words``.
    vocabulary
        The words.
    owner
        Target of each name.
    stems
        The stemmers.
    """

    def __init__(self, present: sp.csr_array, vocabulary: Sequence[str], owner: Integers, stems: Stems) -> None:
        self._stems = stems
        features = [self._features(word) for word in vocabulary]
        self._known = {feature: i for i, feature in enumerate(distinct(chain.from_iterable(features)))}
        said = sp.csr_array(sp.csr_array(present @ incidence(self._known, features)) > 0).astype(float)
        names = np.bincount(owner).astype(float)
        of_target = sp.csr_array((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(len(names), len(owner)))
        count = sp.coo_array(sp.csr_array(of_target @ said))
        target, feature = count.coords
        usual = np.asarray(said.sum(axis=0)).ravel() / max(len(owner), 1)
        # Every word that a target never says costs the same: that is the base, and the table holds what is above it.
        self._base = np.log(PRIOR / (names + PRIOR))
        above = np.log((count.data / usual[feature] + PRIOR) / (names[target] + PRIOR)) - self._base[target]
        self._odds = sp.csr_array((above, (feature, target)), shape=count.shape[::-1])

    def _features(self, word: str) -> list[str]:
        stem = self._stems(word)
        edged = "" if word.startswith(MARK) else f"^{word}$"
        return [stem[0], stem[2], *dict.fromkeys(edged[i : i + PIECE] for i in range(len(edged) - PIECE + 1))]

    def share(self, words: sp.csr_array, vocabulary: Sequence[str]) -> Floats:
        """Tempered likelihood of each target, as a share of that of the likeliest.

        Parameters
        ----------
        words
            Weight of each word in each text, at most one, ``texts × words``.
        vocabulary
            The words.

        Returns
        -------
        numpy.ndarray
            ``texts × targets``, one for the likeliest target of each text.
        """
        features = [self._features(word) for word in vocabulary]
        # A word's two stems count in full, its pieces have one share of it together.
        stems, pieces = (incidence(self._known, some) for some in ([f[:2] for f in features], [f[2:] for f in features]))
        share = sp.diags_array([max(len(some) - 2, 1) ** -0.5 for some in features])
        said = sp.csr_array(words @ sp.csr_array(stems + share @ pieces))
        odds = sp.csr_array(said @ self._odds).toarray() + np.asarray(said.sum(axis=1)).reshape(-1, 1) * self._base
        return np.asarray(np.exp((odds - odds.max(axis=1, keepdims=True, initial=-np.inf)) / TEMPERATURE))
