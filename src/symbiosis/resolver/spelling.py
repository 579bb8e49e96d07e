"""Names and texts by the pieces of their words, for what whole words do not meet.

Compounds, derived words, plurals, typing errors and cognates of the two languages share pieces (three to five letters)
where they share no word. Pieces hear more than words do and are wrong more often, which is why they have a share of a
score, never the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from symbiosis.resolver.vocabulary import distinct
from symbiosis.resolver.words import MARK

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PIECES = (3, 4, 5)
PART = 256
"""Texts that are compared with all names at a time."""


class Spelling:
    """Names by the pieces of their words.

    Parameters
    ----------
    words
        Weight of each word in each name, ``names × words``.
    vocabulary
        The words.
    owner
        Target of each name, in ascending order.
    """

    def __init__(self, words: sp.csr_array, vocabulary: Sequence[str], owner: Integers) -> None:
        pieces = [_pieces(word) for word in vocabulary]
        self._known = {piece: i for i, piece in enumerate(distinct(chain.from_iterable(pieces)))}
        said = sp.csr_array(words @ incidence(self._known, pieces))
        targets = int(owner.max(initial=-1)) + 1
        of_target = sp.csr_array((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(targets, len(owner)))
        frequency = np.bincount(sp.csr_array(of_target @ said).indices, minlength=len(self._known))
        self._rarity = np.log1p(targets / np.maximum(frequency, 1))
        self._names = sp.csc_array(self._unit(said).T)
        self._first = np.flatnonzero(np.diff(owner, prepend=-1))

    def _unit(self, said: sp.csr_array) -> sp.csr_array:
        return _unit(sp.csr_array(said @ sp.diags_array(self._rarity)))

    def score(self, words: sp.csr_array, vocabulary: Sequence[str]) -> Floats:
        """Likeness of each text to the likest name of each target.

        Parameters
        ----------
        words
            Weight of each word in each text, ``texts × words``.
        vocabulary
            The words.

        Returns
        -------
        numpy.ndarray
            ``texts × targets``, between 0 and 1.
        """
        asked = self._unit(sp.csr_array(words @ incidence(self._known, [_pieces(word) for word in vocabulary])))
        result = np.zeros((asked.shape[0], len(self._first)))
        if not len(self._first):
            return result
        for first in range(0, len(result), PART):
            part = slice(first, first + PART)
            result[part] = np.maximum.reduceat((asked[part] @ self._names).toarray(), self._first, axis=1)
        return result.clip(0.0, 1.0)


def incidence(known: dict[str, int], words: Sequence[Sequence[str]]) -> sp.csr_array:
    """Which of some known features each word has.

    Parameters
    ----------
    known
        Column of each feature.
    words
        Features of each word; those that are not known are passed over.

    Returns
    -------
    scipy.sparse.csr_array
        How often, ``words × known``.
    """
    count = [len(some) for some in words]
    row = np.repeat(np.arange(len(words)), count)
    column = np.fromiter(map(known.get, chain.from_iterable(words), repeat(-1)), np.int64, sum(count))
    row, column = row[column >= 0], column[column >= 0]
    return sp.csr_array(sp.coo_array((np.ones(len(row)), (row, column)), shape=(len(words), len(known))))


def _pieces(word: str) -> list[str]:
    if word.startswith(MARK):
        return []
    edged = f"^{word}$"
    return [edged[i : i + size] for size in PIECES for i in range(len(edged) - size + 1)]


def _unit(matrix: sp.csr_array) -> sp.csr_array:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sp.csr_array(sp.diags_array(1 / np.maximum(length, 1e-12)) @ matrix)
