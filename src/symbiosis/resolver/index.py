"""The names of the catalogue as sparse matrices, and the score of many texts against all of them at once.

Each name is a row of weights over words (rare words weigh more, as in TF-IDF). A text scores against a name by how much
of the name it says and how much of itself the name explains; the words of all the names of one target, taken together,
are heard too, so that a text may mix two synonyms.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.resolver.lexicon import Lexicon
from symbiosis.resolver.likelihood import Likelihood
from symbiosis.resolver.matrices import Floats, at_most_one, entries, entries_at, greatest, heaviest, unit_rows
from symbiosis.resolver.spelling import Spelling
from symbiosis.resolver.vocabulary import COGNATE, Stems, Vocabulary, distinct
from symbiosis.resolver.words import MARK, Word, generic, read_words

GENERIC_WEIGHT = 0.35
HEAD_WEIGHT = {"material": 1.15, "use": 1.2}
"""Of the head of a phrase; the name of a use begins with what is done, its head says little."""
UNKNOWN_WEIGHT = 0.8
"""Weight of a word that the catalogue does not know, as a share of the usual weight of one that it knows."""

NAME_COVERAGE = 0.6
"""Exponent of the share of the name that is said; the rest goes to the share of the text that is explained."""

POOL_SHARE = 0.45
"""Part of the score that comes from the words of all the names of a target together."""

POOL_EXPONENT = 0.2
"""How much more a word of many names of a target says than a word of one of them."""

OWN_EXPONENT = 0.4
"""How much the words of all the names are doubted when no single name is well said."""

UNHEARD = {"material": 0.9, "use": 1.0}
"""What a target keeps when none of its names holds the head of the text: lorry tyres are no lorries."""
HEARD = 0.5
APART = {"material": 0.93, "use": 1.0}
"""What a name keeps when its head is a qualifier in the text: a lead-acid battery is no battery acid."""

LENT_SHARE = 0.4
"""What the words of a broader target are worth for a narrower one: *sawdust of wood* is said with both."""

HEADLESS = {"material": 0.7, "use": 1.0}
"""What a name keeps when the text says its qualifiers but not its head: *storage of milk* is no milk."""

TRANSLATED_SHARE = {"material": 0.7, "use": 0.6}
"""Part of the score that comes from the reading with translations: it hears more, and is wrong more often."""

SPELLING_SHARE = 0.3
"""Part of the score that comes from the pieces of the words, see :mod:`symbiosis.resolver.spelling`."""

LIKELIHOOD_SHARE = 0.5
"""Part of the score that is multiplied by the likelihood of the target, see :mod:`symbiosis.resolver.likelihood`."""

EXACT_NAME = 0.99
"""From here on the text is the name itself, whatever its word order, plural or accents."""

CHUNK = 1000

PLACES = {
    "material": {"main": 1.0, "purpose": 0.3, "origin": 0.5, "with": 0.6, "negated": 0.5, "instead": 0.4, "product": 0.3},
    "use": {"main": 0.7, "purpose": 1.3, "origin": 0.3, "with": 0.4, "negated": 0.4, "instead": 0.5, "product": 0.7},
}
"""What a place in the phrase weighs: what it is says the material, what it is for says the use."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts read once: one row per word that tells, `column` being its place among the distinct words."""

    table: pd.DataFrame
    vocabulary: list[str]
    count: int


class _ByWord(NamedTuple):
    """Tables of an index with the words in the rows."""

    weights: sp.csr_array
    present: sp.csr_array
    pool: sp.csr_array
    present_in: sp.csr_array
    heads: sp.csr_array


class Scores(NamedTuple):
    """Scores of texts against targets, and the name that won."""

    values: Floats
    name: npt.NDArray[np.int64]


class NameIndex:
    """Names of targets of one kind, ready to be compared with texts.

    Parameters
    ----------
    names
        ``target_id``, ``language``, ``name``; any order, repeated rows allowed, further columns kept.
    kind
        ``material`` or ``use``.
    stems
        The stemmers.
    ancestors
        Broader targets of each, whose words a narrower one may be said with.
    """

    def __init__(self, names: pd.DataFrame, kind: str, stems: Stems, ancestors: pd.DataFrame | None = None) -> None:
        self.kind = kind
        self.stems = stems
        rows = names.drop_duplicates(["target_id", "name"])
        rows = rows.sort_values(["target_id", "name"], ignore_index=True)
        self.names = rows
        self.targets = pd.Index(distinct(rows["target_id"]))
        self.start = np.searchsorted(rows["target_id"].to_numpy(dtype=str), self.targets.to_numpy(dtype=str))
        table, self.vocabulary = _word_table(
            read_words(n, language=lang) for n, lang in zip(rows["name"], rows["language"], strict=True)
        )
        self._table = table
        self._words = Vocabulary(self.vocabulary, stems)
        self._translation: sp.csr_array | None = None
        owner = self.targets.get_indexer(pd.Index(rows["target_id"]))
        self._owner = owner.astype(np.int64)
        table["target"] = owner[table["row"]]
        self.rarity = self._rarity(table)
        weight = (self.rarity * _telling(self.vocabulary))[table["column"]]
        table["weight"] = weight * np.where(table["is_head"], HEAD_WEIGHT[self.kind], 1.0)
        table = table.sort_values("weight", ascending=False, kind="stable").drop_duplicates(["row", "column"])
        shape = (len(rows), len(self.vocabulary))
        cells = (table["row"], table["column"])
        self.weights = unit_rows(sp.csr_array((table["weight"], cells), shape=shape))
        self.present = sp.csr_array((np.ones(len(table)), cells), shape=shape)
        self._spelling = Spelling(
            sp.csr_array(self.present @ sp.diags_array(_telling(self.vocabulary))), self.vocabulary, self._owner
        )
        self._likelihood = Likelihood(self.present, self.vocabulary, self._owner, stems)
        heads = table[table["is_head"]]
        self.heads = sp.csr_array((np.ones(len(heads)), (heads["row"], heads["column"])), shape=shape)
        self.headless = np.asarray(self.heads.sum(axis=1)).ravel() == 0
        pool = table.groupby(["target", "column"]).size()
        target = pool.index.get_level_values("target").to_numpy()
        count = np.bincount(owner, minlength=len(self.targets))
        share = (pool.to_numpy() / count[target]) ** POOL_EXPONENT
        words_of = (target, pool.index.get_level_values("column").to_numpy())
        self.pool = sp.csr_array((share, words_of), shape=(len(self.targets), len(self.vocabulary)))
        self.present_in = sp.csr_array(self.pool > 0).astype(float)
        if ancestors is not None:
            above = ancestors[(ancestors["depth"] > 0)]
            row = self.targets.get_indexer(pd.Index(above["material_id"]))
            column = self.targets.get_indexer(pd.Index(above["ancestor_id"]))
            both = (row >= 0) & (column >= 0)
            lent = sp.csr_array((np.full(both.sum(), LENT_SHARE), (row[both], column[both])), shape=(len(self.targets),) * 2)
            self.pool = sp.csr_array(self.pool.maximum(at_most_one(lent @ self.pool)))

    @cached_property
    def _by_word(self) -> _ByWord:
        """The tables of names turned round once: a few texts would spend most of their time on it."""
        tables = (self.weights, self.present, self.pool, self.present_in, self.heads)
        return _ByWord(*(sp.csr_array(table.T) for table in tables))

    def stemmed(self) -> pd.DataFrame:
        """Stems of the words of each name; a negated word (*non traité*) is one of its own, as *untreated* is.

        Returns
        -------
        pandas.DataFrame
            ``name`` (place in ``names``), ``word``.
        """
        stem = np.array([self.stems(word)[0] for word in self.vocabulary], dtype=object)
        return pd.DataFrame({"name": self._table["row"], "word": stem[self._table["column"]]})

    def translate(self, lexicon: Lexicon) -> None:
        """Hear texts in one language by the names in the other from now on.

        Parameters
        ----------
        lexicon
            What the words of the names mean in the other language.
        """
        self._translation = lexicon.between(self.vocabulary, self.stems)

    def words_of(self, language: str) -> frozenset[str]:
        """Words of the names in a language.

        Parameters
        ----------
        language
            ``fr`` or ``en``.

        Returns
        -------
        frozenset of str
            Without the mark of negation.
        """
        own = (self.names["language"] == language).to_numpy()
        columns = self._table["column"].to_numpy()[own[self._table["row"]]]
        return frozenset(self.vocabulary[column].lstrip(MARK) for column in np.unique(columns).tolist())

    def _rarity(self, table: pd.DataFrame) -> Floats:
        """Rarity of each word over targets, plurals and singulars counted together."""
        stem = pd.factorize(np.array([self.stems(word)[0] for word in self.vocabulary], dtype=object))[0]
        said = np.unique(np.column_stack([stem[table["column"]], table["target"]]), axis=0)
        frequency = np.bincount(said[:, 0], minlength=1)[stem].astype(float)
        return np.asarray(np.log1p(len(self.targets) / np.maximum(frequency, 1.0)))

    def read(self, texts: Sequence[str], french: frozenset[str], english: frozenset[str]) -> Texts:
        """Read texts, joining and splitting compounds as the catalogue writes them.

        Parameters
        ----------
        texts
            What people wrote.
        french, english
            Words that one language alone uses.

        Returns
        -------
        Texts
            Their words.
        """
        known = self._words.by_word
        return Texts(*_word_table(_joined(read_words(text, french, english), known) for text in texts), len(texts))

    def score(self, texts: Texts, near: sp.csr_array, asked: sp.csr_array) -> Scores:
        """Scores of texts against every target: by their own words and, where a lexicon is known, by these translated too.

        Parameters
        ----------
        texts
            The texts.
        near
            Nearness of their words to those of the catalogue.
        asked
            Unit weights of their words.

        Returns
        -------
        Scores
            ``texts × targets``, between 0 and 1.
        """
        own, name = self._score(texts, near, asked)
        if self._translation is not None and near.nnz:
            own, name = self._translated(self._translation, texts, near, asked, Scores(own, name))
        if not texts.vocabulary:
            return Scores(own, name)
        mixed = (1 - SPELLING_SHARE) * own + SPELLING_SHARE * self._spelling.score(self._placed(texts), texts.vocabulary)
        mixed *= 1 - LIKELIHOOD_SHARE * (1 - self._likelihood.share(self._by_place(texts), texts.vocabulary))
        return Scores(np.where(own >= EXACT_NAME, own, np.minimum(mixed, EXACT_NAME - 0.01)), name)

    def _by_place(self, texts: Texts) -> sp.csr_array:
        """Share of each word of each text that its place leaves it, ``texts × words``."""
        table = texts.table
        weight = table["place"].map(PLACES[self.kind]).to_numpy(dtype=float).clip(max=1.0)
        return heaviest(table["row"].to_numpy(), table["column"].to_numpy(), weight, (texts.count, len(texts.vocabulary)))

    def _placed(self, texts: Texts) -> sp.csr_array:
        """Likewise, words that tell and heads weighing more."""
        table = texts.table
        weight = table["place"].map(PLACES[self.kind]).to_numpy(dtype=float) * _telling(texts.vocabulary)[table["column"]]
        weight *= np.where(table["is_head"], HEAD_WEIGHT[self.kind], 1.0)
        return heaviest(table["row"].to_numpy(), table["column"].to_numpy(), weight, (texts.count, len(texts.vocabulary)))

    def _translated(
        self, translation: sp.csr_array, texts: Texts, near: sp.csr_array, asked: sp.csr_array, plain: Scores
    ) -> Scores:
        """Scores to which the reading with translations has been added."""
        known = near.copy()
        known.data = np.where(known.data >= COGNATE, known.data, 0.0)
        wider = sp.csr_array(near.maximum(sp.csr_array(known @ translation))) + near.minimum(0.0)
        translated, other_name = self._score(texts, at_most_one(wider), asked)
        share = TRANSLATED_SHARE[self.kind]
        own, name = plain
        mixed = np.where(own >= EXACT_NAME, own, (1 - share) * own + share * translated)
        return Scores(mixed, np.where(own > 0, name, other_name))

    def _score(self, texts: Texts, near: sp.csr_array, asked: sp.csr_array) -> Scores:
        """Scores by the words alone, a few thousand texts at a time."""
        values = np.zeros((texts.count, len(self.targets)))
        name = np.zeros((texts.count, len(self.targets)), dtype=np.int64)
        if not len(self.targets) or not texts.vocabulary:
            return Scores(values, name)
        said = sp.csr_array(asked > 0).astype(float)
        by = self._by_word
        heads, near_pool = self._heads(texts), sp.csr_array(near @ by.present_in)
        has_head = np.asarray(heads.sum(axis=1)).ravel() > 0
        for first in range(0, texts.count, CHUNK):
            part = slice(first, first + CHUNK)
            near_said, near_asked = at_most_one(said[part] @ near), asked[part] @ near
            # Most texts share no word with most names: only the cells that do are weighed.
            row, column, of_name = entries(near_said @ by.weights)
            of_text = entries_at(near_asked @ by.present, row, column)
            each = of_name**NAME_COVERAGE * of_text ** (1 - NAME_COVERAGE)
            headless = self.headless[column]
            is_head = (entries_at(near_said @ by.heads, row, column) >= 0.5) | headless
            same_head = entries_at((sp.csr_array(heads[part]) @ near) @ by.heads, row, column) >= HEARD
            apart = is_head & ~same_head & ~headless & has_head[part][row]
            each *= np.where(is_head, np.where(apart, APART[self.kind], 1.0), HEADLESS[self.kind])
            group = row * len(self.targets) + self._owner[column]
            shape = values[part].shape
            best, said_most = greatest(group, each, shape), greatest(group, of_name, shape)
            pooled = (near_asked @ by.pool).toarray().clip(0.0, 1.0) * said_most**OWN_EXPONENT
            heard = (sp.csr_array(heads[part]) @ near_pool).toarray() >= HEARD
            unheard = np.where(heard | ~has_head[part, None], 1.0, UNHEARD[self.kind])
            mixed = ((1 - POOL_SHARE) * best + POOL_SHARE * pooled) * unheard
            values[part] = np.where(best >= EXACT_NAME, best, np.minimum(mixed, EXACT_NAME - 0.01))
            # The first name in alphabetical order among equals; of a target that no name says, simply the first.
            won = (each > 0) & (each >= best.ravel()[group])
            winner, place = np.unique(group[won], return_index=True)
            name[part] = self.start
            name[part].flat[winner] = column[won][place]
        return Scores(values, name)

    def _heads(self, texts: Texts) -> sp.csr_array:
        """Heads of the texts, as ones over their words."""
        heads = texts.table[texts.table["is_head"]].drop_duplicates("row")
        cells = (heads["row"].to_numpy(), heads["column"].to_numpy())
        return sp.csr_array((np.ones(len(heads)), cells), shape=(texts.count, len(texts.vocabulary)))

    def nearness(self, texts: Texts) -> sp.csr_array:
        """Nearness of the words of texts to those of this index; see :class:`symbiosis.resolver.vocabulary.Vocabulary`.

        Parameters
        ----------
        texts
            The texts.

        Returns
        -------
        scipy.sparse.csr_array
            ``words of the texts × words of the index``.
        """
        return self._words.nearness(texts.vocabulary)

    def asked(self, texts: Texts, near: sp.csr_array) -> sp.csr_array:
        """Unit weights of the words of each text: rare, well-placed words weigh more.

        Parameters
        ----------
        texts
            The texts.
        near
            Nearness of their words.

        Returns
        -------
        scipy.sparse.csr_array
            ``texts × words of the texts``.
        """
        table = texts.table
        usual = float(np.median(self.rarity)) if len(self.rarity) else 1.0
        known = (
            np.asarray(near.multiply(self.rarity[None, :]).max(axis=1).todense()).ravel()
            if near.nnz
            else np.zeros(len(texts.vocabulary))
        )
        # What says nothing weighs little, even where it is near to a word that does: a *producer* is no *produce*.
        rarity = np.where(known > 0, known, UNKNOWN_WEIGHT * usual) * _telling(texts.vocabulary)
        weight = rarity[table["column"]] * table["place"].map(PLACES[self.kind]).to_numpy(dtype=float)
        weight = weight * np.where(table["is_head"], HEAD_WEIGHT[self.kind], 1.0)
        shape = (texts.count, len(texts.vocabulary))
        return unit_rows(heaviest(table["row"].to_numpy(), table["column"].to_numpy(), np.asarray(weight), shape))

    def deciding(
        self,
        texts: Texts,
        near: sp.csr_array,
        asked: sp.csr_array,
        row: npt.NDArray[np.int64],
        name: npt.NDArray[np.int64],
    ) -> list[str]:
        """Words of a text that met a name, the weightiest first.

        Parameters
        ----------
        texts, near, asked
            As for :meth:`score`.
        row
            Text of each result.
        name
            Winning name of each result.

        Returns
        -------
        list of str
            Words as they were written, joined by ``;``.
        """
        if not len(row):
            return []
        met = sp.csr_array(self.present[name] @ sp.csc_array(near.T)).multiply(asked[row])
        met = sp.coo_array(met)
        result, column, weight = met.coords[0][met.data > 0], met.coords[1][met.data > 0], met.data[met.data > 0]
        order = np.lexsort((column, -weight, result))
        result, column = result[order], column[order]
        width = len(texts.vocabulary)
        written, first = np.unique(texts.table["row"] * width + texts.table["column"], return_index=True)
        surface = texts.table["surface"].to_numpy(dtype=object)[first]
        words: list[dict[str, None]] = [{} for _ in range(len(row))]
        shown = surface[np.searchsorted(written, row[result] * width + column)]
        for i, word in zip(result.tolist(), shown.tolist(), strict=True):
            words[i][word] = None
        return [";".join(distinct_words) for distinct_words in words]


def _word_table(texts: Iterable[Sequence[Word]]) -> tuple[pd.DataFrame, list[str]]:
    """One row per word, and the distinct words in alphabetical order, in which `column` is the place of each."""
    keys, surfaces, places = list[str](), list[str](), list[str]()
    heads, length = list[bool](), list[int]()
    for text in texts:  # column by column, so that no word of a large catalogue outlives its name
        length.append(len(text))
        for key, surface, place, is_head in text:
            keys.append(key)
            surfaces.append(surface)
            places.append(place)
            heads.append(is_head)
    vocabulary = distinct(keys)
    position = {word: i for i, word in enumerate(vocabulary)}
    table = pd.DataFrame(
        {
            "row": np.repeat(np.arange(len(length), dtype=np.int64), length),
            "column": np.fromiter(map(position.__getitem__, keys), np.int64, len(keys)),
            "surface": pd.Series(surfaces, dtype=object),
            "place": pd.Series(places, dtype=object),
            "is_head": np.array(heads, dtype=bool),
        }
    )
    return table, vocabulary


def _joined(words: list[Word], known: Container[str]) -> list[Word]:
    """*saw dust* read as *sawdust* where the catalogue writes it so, and the reverse."""
    result: list[Word] = []
    for word in words:
        last = result[-1] if result else None
        if last is not None and word.key not in known and last.key + word.key in known and last.place == word.place:
            result[-1] = Word(last.key + word.key, f"{last.surface} {word.surface}", word.place, last.is_head or word.is_head)
        elif word.key not in known and len(word.key) >= 7:
            cut = next((i for i in range(3, len(word.key) - 2) if word.key[:i] in known and word.key[i:] in known), 0)
            result.append(word)
            if cut:
                result[-1:] = [
                    Word(word.key[:cut], word.surface, word.place, False),
                    Word(word.key[cut:], word.surface, word.place, word.is_head),
                ]
        else:
            result.append(word)
    return result


def _telling(words: Sequence[str]) -> Floats:
    """Share of its rarity that each word keeps: little if it says nothing of what a thing is."""
    return np.where([generic(word) for word in words], GENERIC_WEIGHT, 1.0)
