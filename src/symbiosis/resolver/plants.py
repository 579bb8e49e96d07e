"""What a need may be, from the plant that has it: a kiln burns and corrects its raw meal, a foundry melts and moulds.

Companies often say who they are and not what they would take. The catalogue names plants in both languages, gives their
activity codes and the uses that such a plant usually has. A plant that is named, or whose activity is stated, is evidence
for its uses: weaker than a use that the words say, and shared out where one activity holds many kinds of plant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.resolver.vocabulary import Stems, Vocabulary, distinct
from symbiosis.resolver.words import MARK, generic, read_words

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Floats = npt.NDArray[np.float64]

NAMED = 0.75
"""Share of a name, by the rarity of its words, that has to be said before the plant counts as named."""
GENERIC_SHARE = 0.35
"""Of the rarity of *plant*, *works*, *usine*: they are said of every plant."""
PLACES = {"main": 1.0, "product": 1.0, "purpose": 0.9, "origin": 0.5, "with": 0.5, "negated": 0.0, "instead": 0.3}
ACTIVITY = 0.1
"""Evidence of an activity code that one kind of plant alone has; of several, each gets the share of the square root."""
OTHER_ACTIVITY = 0.7
"""What is left of a named plant when the activity stated is of another division."""


class Plants:
    """Plants of a catalogue, heard in texts and activity codes.

    Parameters
    ----------
    catalogue
        The catalogue.
    stems
        The stemmers.
    uses
        Ids of the uses, in the order of the columns of the evidence.
    """

    def __init__(self, catalogue: Catalogue, stems: Stems, uses: pd.Index) -> None:
        table = catalogue.plants
        self._activities = [tuple(code.replace(".", "") for code in codes) for codes in table["activities"]]
        links = catalogue.plant_uses
        cells = (table.index.get_indexer(pd.Index(links["plant_id"])), uses.get_indexer(pd.Index(links["use_id"])))
        self._uses = np.zeros((len(table), len(uses)))
        self._uses[cells] = links["share"].to_numpy(dtype=float)
        named = [
            (plant, name, language)
            for language in ("fr", "en")
            for plant, own, more in zip(
                range(len(table)), table[f"name_{language}"], table[f"synonyms_{language}"], strict=True
            )
            for name in (own, *more)
        ]
        words = [[word.key for word in read_words(name, language=language)] for _, name, language in named]
        vocabulary = distinct(word for some in words for word in some)
        self._words = Vocabulary(vocabulary, stems)
        place = {word: i for i, word in enumerate(vocabulary)}
        self._owner = np.array([plant for plant, _, _ in named], dtype=np.int64)
        row = np.repeat(np.arange(len(words)), [len(some) for some in words])
        column = np.array([place[word] for some in words for word in some], dtype=np.int64)
        frequency = np.bincount(column, minlength=len(vocabulary))
        rarity = np.log1p(len(words) / np.maximum(frequency, 1)) * np.where(
            [generic(w) for w in vocabulary], GENERIC_SHARE, 1.0
        )
        said = sp.csr_array((rarity[column], (row, column)), shape=(len(words), len(vocabulary)))
        total = np.asarray(said.sum(axis=1)).ravel()
        self._names = sp.csr_array(sp.diags_array(1 / np.where(total > 0, total, 1.0)) @ said)

    def evidence(
        self, texts: Sequence[str], activities: Sequence[str], french: frozenset[str], english: frozenset[str]
    ) -> Floats:
        """How far texts and activities speak for each use.

        Parameters
        ----------
        texts
            What people wrote.
        activities
            Activity code of each, figures only, ``''`` where unknown.
        french, english
            Words that one language alone uses.

        Returns
        -------
        numpy.ndarray
            ``texts × uses``, between 0 and 1.
        """
        named = self._named(texts, french, english)
        stated = np.zeros_like(named)
        kinds = sorted(set(activities) - {""})
        for code in kinds:
            cases = np.array([own == code for own in activities], dtype=bool)
            exact = np.array([any(code[:4] == one[:4] for one in own) for own in self._activities], dtype=bool)
            near = np.array([any(code[:2] == one[:2] for one in own) for own in self._activities], dtype=bool)
            stated[np.ix_(cases, exact)] = ACTIVITY / np.sqrt(max(int(exact.sum()), 1))
            named[np.ix_(cases, ~near)] *= OTHER_ACTIVITY
        plants = 1 - (1 - named) * (1 - stated)
        evidence = np.zeros((len(texts), self._uses.shape[1]))
        for plant in np.flatnonzero(plants.any(axis=0)):  # a few hundred plants at most, each with a few uses
            some = np.flatnonzero(self._uses[plant])
            evidence[:, some] = np.maximum(evidence[:, some], plants[:, [plant]] * self._uses[plant, some])
        return evidence

    def _named(self, texts: Sequence[str], french: frozenset[str], english: frozenset[str]) -> Floats:
        """How clearly each text names each plant."""
        read = [[word for word in read_words(text, french, english) if not word.key.startswith(MARK)] for text in texts]
        vocabulary = distinct(word.key for words in read for word in words)
        result = np.zeros((len(texts), len(self._uses)))
        if not vocabulary or not len(self._owner):
            return result
        column = {word: i for i, word in enumerate(vocabulary)}
        heard = sp.lil_array((len(texts), len(vocabulary)))
        for row, words in enumerate(read):
            for word in words:
                heard[row, column[word.key]] = max(heard[row, column[word.key]], PLACES[word.place])
        near = self._words.nearness(vocabulary)
        near.data = near.data.clip(0.0, 1.0)
        met = sp.csr_array(sp.csr_array(heard) @ near)
        met.data = met.data.clip(0.0, 1.0)
        share = sp.coo_array(met @ self._names.T)
        said = share.data >= NAMED
        np.maximum.at(result, (share.coords[0][said], self._owner[share.coords[1][said]]), share.data[said])
        return result
