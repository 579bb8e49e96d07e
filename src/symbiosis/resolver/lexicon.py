"""Which word of one language the catalogue says for a word of the other.

Every material and use has names in both languages. From these pairs of names, words that translate each other are found
as the oldest method of statistical translation finds them (the first model of Brown, Della Pietra, Della Pietra and
Mercer, *The Mathematics of Statistical Machine Translation*, 1993): expectation and maximisation over which word of a
name stands for which word of the other. A text in one language is then heard by the names in the other, so that what is
understood does not hang on which synonyms were written down in which language.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.resolver.vocabulary import Stems

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ROUNDS = 5
SYNONYM_WEIGHT = 0.3
"""Of a pair of names of which one is a synonym, shared among those of the target: names translate, synonyms may not."""
LEAST = 0.2
"""Least geometric mean of the two probabilities of translation that is believed."""
SEEN = 1.0
"""Least number of pairs of names, by expectation, in which a translation is met: one coincidence proves nothing."""
SURE = 0.3
"""From here on a word stands for the other as if it were the same."""


class Lexicon:
    """Words that translate each other, learnt from names in both languages.

    Parameters
    ----------
    names
        One row per name: ``target_id``, ``language``, ``is_main`` (its name, not a synonym).
    words
        One row per word: ``name`` (the place of its name in `names`) and ``word`` (as a stem).
    """

    def __init__(self, names: pd.DataFrame, words: pd.DataFrame) -> None:
        code, stems = pd.factorize(words["word"])
        left, right, pair, weight = _cells(names, words.assign(word=code))
        cell, sides = pd.factorize(left * len(stems) + right)
        french, english = np.divmod(sides, max(len(stems), 1))
        forth, seen = _translation(cell, french, pair * len(stems) + right, weight)
        back, _ = _translation(cell, english, pair * len(stems) + left, weight)
        both = np.sqrt(forth * back)
        kept = (both >= LEAST) & (seen >= SEEN)
        self.words = pd.Index(stems)
        """Stems of both languages."""
        self.table = sp.csr_array(
            (np.minimum(both[kept] / SURE, 1.0), (french[kept], english[kept])), shape=(len(stems), len(stems))
        )
        """French words × English words: how well they translate each other."""

    def between(self, vocabulary: Sequence[str], stems: Stems) -> sp.csr_array:
        """How well each word of a vocabulary translates each other one.

        Parameters
        ----------
        vocabulary
            Words.
        stems
            The stemmers.

        Returns
        -------
        scipy.sparse.csr_array
            ``words × words``, between 0 and 1.
        """
        stem = self.words.get_indexer(pd.Index([stems(word)[0] for word in vocabulary]))
        row = np.flatnonzero(stem >= 0)
        known = sp.csr_array((np.ones(len(row)), (row, stem[row])), shape=(len(vocabulary), len(self.words)))
        there = sp.csr_array(known @ self.table @ known.T)
        return sp.csr_array(there.maximum(there.T).minimum(1.0))


def _cells(names: pd.DataFrame, words: pd.DataFrame) -> tuple[Integers, Integers, Integers, Floats]:
    """Every word of a French name beside every word of an English name of the same target."""
    rows = names[["target_id", "language", "is_main"]].assign(name=np.arange(len(names)))
    french, english = (rows[rows["language"] == language].drop(columns="language") for language in ("fr", "en"))
    pairs = french.merge(english, on="target_id", how="inner", suffixes=("_fr", "_en"), validate="many_to_many")
    others = pairs.groupby("target_id")["name_fr"].transform("size").to_numpy(dtype=float)
    weight = np.where(pairs["is_main_fr"] & pairs["is_main_en"], 1.0, SYNONYM_WEIGHT / np.sqrt(others))
    pairs = pairs.assign(pair=np.arange(len(pairs)), weight=weight)[["pair", "weight", "name_fr", "name_en"]]
    said = words[["name", "word"]].drop_duplicates()
    for side in ("fr", "en"):
        named = said.rename(columns={"name": f"name_{side}", "word": side})
        pairs = pairs.merge(named, on=f"name_{side}", how="inner", validate="many_to_many")
    return (
        pairs["fr"].to_numpy(dtype=np.int64),
        pairs["en"].to_numpy(dtype=np.int64),
        pairs["pair"].to_numpy(dtype=np.int64),
        pairs["weight"].to_numpy(dtype=float),
    )


def _translation(place: Integers, given: Integers, slot: Integers, weight: Floats) -> tuple[Floats, Floats]:
    """Chance that the given word of a pair of words is translated by the other, and how often it is.

    `place` is the pair of words of each cell, `given` the word on which each pair of words depends, `slot` the word of the
    other name that each cell explains.
    """
    if not len(given):
        return np.zeros(0), np.zeros(0)
    slot = pd.factorize(slot)[0].astype(np.int64)
    chance: Floats = np.ones(len(given))
    count: Floats = np.zeros(len(given))
    for _ in range(ROUNDS):
        share = chance[place]
        share = share / np.bincount(slot, share)[slot] * weight
        count = np.asarray(np.bincount(place, share, len(given)), dtype=np.float64)
        chance = count / np.maximum(np.bincount(given, count)[given], 1e-9)
    return np.asarray(chance), np.asarray(count)
