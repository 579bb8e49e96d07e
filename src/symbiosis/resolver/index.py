"""The names of the catalogue as sparse matrices, and the score of many texts against all of them at once.

Each name is a row of weights over words (rare words weigh more, as in TF-IDF). A text scores against a name by how much
of the name it says and how much of itself the name explains; the words of all the names of one target, taken together,
are heard too, so that a text may mix two synonyms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.resolver.words import MARK, Stems, Word, distinct, generic, nearness, read_words

Floats = npt.NDArray[np.float64]

GENERIC_WEIGHT = 0.3
HEAD_WEIGHT = {"material": 1.15, "use": 1.0}
"""Of the head of a phrase; the name of a use begins with what is done, its head says little."""
UNKNOWN_WEIGHT = 0.8
"""Weight of a word that the catalogue does not know, as a share of the usual weight of one that it knows."""

NAME_COVERAGE = 0.4
"""Exponent of the share of the name that is said; the rest goes to the share of the text that is explained."""

POOL_SHARE = 0.6
"""Part of the score that comes from the words of all the names of a target together."""

POOL_EXPONENT = 0.35
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

HEADLESS = {"material": 0.85, "use": 1.0}
"""What a name keeps when the text says its qualifiers but not its head: *storage of milk* is no milk."""

EXACT_NAME = 0.99
"""From here on the text is the name itself, whatever its word order, plural or accents."""

CHUNK = 1000

PLACES = {
    "material": {"main": 1.0, "purpose": 0.3, "origin": 0.5, "with": 0.6, "negated": 0.5},
    "use": {"main": 0.7, "purpose": 1.3, "origin": 0.3, "with": 0.4, "negated": 0.4},
}
"""What a place in the phrase weighs: what it is says the material, what it is for says the use."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts read once: one row per word that tells, and the distinct words."""

    table: pd.DataFrame
    vocabulary: list[str]
    count: int


class Scores(NamedTuple):
    """Scores of texts against targets, and the name that won."""

    values: Floats
    name: npt.NDArray[np.int64]


class NameIndex:
    """Names of targets of one kind, ready to be compared with texts.

    Parameters
    ----------
    names
        ``target_id``, ``language``, ``name``; any order, repeated rows allowed.
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
        rows = names[["target_id", "name", "language"]].drop_duplicates(["target_id", "name"])
        rows = rows.sort_values(["target_id", "name"], ignore_index=True)
        self.names = rows
        self.targets = pd.Index(distinct(rows["target_id"]))
        self.start = np.searchsorted(rows["target_id"].to_numpy(dtype=str), self.targets.to_numpy(dtype=str))
        words = [read_words(n, language=lang) for n, lang in zip(rows["name"], rows["language"], strict=True)]
        table = _word_table(words)
        self._table = table
        self.vocabulary = distinct(table["key"]) if len(table) else []
        self._position = {word: i for i, word in enumerate(self.vocabulary)}
        table["column"] = table["key"].map(self._position)
        table["target"] = self.targets.get_indexer(pd.Index(rows["target_id"].to_numpy()[table["row"]]))
        self.rarity = self._rarity(table)
        weight = self.rarity[table["column"]] * np.where(table["is_head"], HEAD_WEIGHT[self.kind], 1.0)
        table["weight"] = weight
        table = table.sort_values("weight", ascending=False, kind="stable").drop_duplicates(["row", "column"])
        shape = (len(rows), len(self.vocabulary))
        cells = (table["row"], table["column"])
        self.weights = _unit_rows(sp.csr_array((table["weight"], cells), shape=shape))
        self.present = sp.csr_array((np.ones(len(table)), cells), shape=shape)
        heads = table[table["is_head"]]
        self.heads = sp.csr_array((np.ones(len(heads)), (heads["row"], heads["column"])), shape=shape)
        self.headless = np.asarray(self.heads.sum(axis=1)).ravel() == 0
        pool = table.groupby(["target", "column"]).size()
        target = pool.index.get_level_values("target").to_numpy()
        count = np.bincount(self.targets.get_indexer(pd.Index(rows["target_id"])), minlength=len(self.targets))
        share = (pool.to_numpy() / count[target]) ** POOL_EXPONENT
        words_of = (target, pool.index.get_level_values("column").to_numpy())
        self.pool = sp.csr_array((share, words_of), shape=(len(self.targets), len(self.vocabulary)))
        self.present_in = sp.csr_array(self.pool > 0).astype(float)
        if ancestors is not None:
            above = ancestors[(ancestors["depth"] > 0)]
            row = self.targets.get_indexer(pd.Index(above["material_id"]))
            column = self.targets.get_indexer(pd.Index(above["ancestor_id"]))
            both = (row >= 0) & (column >= 0)
            lent = sp.csr_array(
                (np.full(both.sum(), LENT_SHARE), (row[both], column[both])), shape=(len(self.targets),) * 2
            )
            self.pool = sp.csr_array(self.pool.maximum(_at_most_one(lent @ self.pool)))

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
        keys = self._table.loc[own[self._table["row"]], "key"]
        return frozenset(key.lstrip(MARK) for key in keys.unique())

    def _rarity(self, table: pd.DataFrame) -> Floats:
        """Rarity of each word over targets, plurals and singulars counted together."""
        stem = table["key"].map({word: self.stems(word)[0] for word in self.vocabulary})
        count = table.assign(stem=stem).groupby("stem")["target"].nunique()
        frequency = np.array([count[self.stems(word)[0]] for word in self.vocabulary], dtype=float)
        rarity = np.log1p(len(self.targets) / np.maximum(frequency, 1.0))
        return np.asarray(rarity * np.where([generic(word) for word in self.vocabulary], GENERIC_WEIGHT, 1.0))

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
        table = _word_table([_joined(read_words(text, french, english), self._position) for text in texts])
        return Texts(table, distinct(table["key"]) if len(table) else [], len(texts))

    def score(self, texts: Texts, near: sp.csr_array, asked: sp.csr_array) -> Scores:
        """Scores of texts against every target, a few thousand texts at a time.

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
        values = np.zeros((texts.count, len(self.targets)))
        name = np.zeros((texts.count, len(self.targets)), dtype=np.int64)
        if not len(self.targets) or not texts.vocabulary:
            return Scores(values, name)
        said = sp.csr_array(asked > 0).astype(float)
        by_name, by_pool = sp.csc_array(self.weights.T), sp.csc_array(self.present.T)
        pool, by_head = sp.csc_array(self.pool.T), sp.csc_array(self.heads.T)
        heads, near_pool = self._heads(texts), sp.csc_array(near @ sp.csc_array(self.present_in.T))
        has_head = np.asarray(heads.sum(axis=1)).ravel() > 0
        for first in range(0, texts.count, CHUNK):
            part = slice(first, first + CHUNK)
            near_said, near_asked = _at_most_one(said[part] @ near), asked[part] @ near
            of_name = (near_said @ by_name).toarray().clip(0.0, 1.0)
            of_text = (near_asked @ by_pool).toarray().clip(0.0, 1.0)
            each = of_name**NAME_COVERAGE * of_text ** (1 - NAME_COVERAGE)
            is_head = ((near_said @ by_head).toarray() >= 0.5) | self.headless
            same_head = ((sp.csr_array(heads[part]) @ near) @ by_head).toarray() >= HEARD
            apart = is_head & ~same_head & ~self.headless & has_head[part, None]
            each *= np.where(is_head, np.where(apart, APART[self.kind], 1.0), HEADLESS[self.kind])
            best = np.maximum.reduceat(each, self.start, axis=1)
            pooled = (near_asked @ pool).toarray().clip(0.0, 1.0) * np.maximum.reduceat(
                of_name, self.start, axis=1
            ) ** OWN_EXPONENT
            heard = (sp.csr_array(heads[part]) @ near_pool).toarray() >= HEARD
            unheard = np.where(heard | ~has_head[part, None], 1.0, UNHEARD[self.kind])
            mixed = ((1 - POOL_SHARE) * best + POOL_SHARE * pooled) * unheard
            values[part] = np.where(best >= EXACT_NAME, best, np.minimum(mixed, EXACT_NAME - 0.01))
            name[part] = _first_best(each, self.start)
        return Scores(values, name)

    def _heads(self, texts: Texts) -> sp.csr_array:
        """Heads of the texts, as ones over their words."""
        heads = texts.table[texts.table["is_head"]].drop_duplicates("row")
        position = {word: i for i, word in enumerate(texts.vocabulary)}
        cells = (heads["row"].to_numpy(), heads["key"].map(position).to_numpy(dtype=np.int64))
        return sp.csr_array((np.ones(len(heads)), cells), shape=(texts.count, len(texts.vocabulary)))

    def nearness(self, texts: Texts) -> sp.csr_array:
        """Nearness of the words of texts to those of this index; see :func:`symbiosis.resolver.words.nearness`.

        Parameters
        ----------
        texts
            The texts.

        Returns
        -------
        scipy.sparse.csr_array
            ``words of the texts × words of the index``.
        """
        return nearness(texts.vocabulary, self.vocabulary, self.stems)

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
        position = {word: i for i, word in enumerate(texts.vocabulary)}
        usual = float(np.median(self.rarity)) if len(self.rarity) else 1.0
        known = (
            np.asarray(near.multiply(self.rarity[None, :]).max(axis=1).todense()).ravel()
            if near.nnz
            else np.zeros(len(position))
        )
        rarity = np.where(known > 0, known, UNKNOWN_WEIGHT * usual)
        rarity *= np.where(
            [generic(word) & (k <= 0) for word, k in zip(texts.vocabulary, known, strict=True)], GENERIC_WEIGHT, 1.0
        )
        column = table["key"].map(position).to_numpy(dtype=np.int64)
        weight = rarity[column] * table["place"].map(PLACES[self.kind]).to_numpy(dtype=float)
        weight = weight * np.where(table["is_head"], HEAD_WEIGHT[self.kind], 1.0)
        cells = table.assign(column=column, weight=weight).groupby(["row", "column"])["weight"].max()
        index = cells.index
        matrix = sp.csr_array(
            (cells.to_numpy(), (index.get_level_values(0), index.get_level_values(1))),
            shape=(texts.count, len(position)),
        )
        return _unit_rows(matrix)

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
        surfaces = texts.table.drop_duplicates(["row", "key"]).set_index(["row", "key"])["surface"]
        found = pd.DataFrame({"result": met.coords[0], "column": met.coords[1], "weight": met.data})
        found = found[found["weight"] > 0].sort_values(["result", "weight", "column"], ascending=[True, False, True])
        keys = pd.MultiIndex.from_arrays(
            [row[found["result"]], np.array(texts.vocabulary, dtype=object)[found["column"]]]
        )
        shown = pd.Series(surfaces.reindex(keys).to_numpy(), index=found["result"].to_numpy(), dtype=object)
        joined = shown.groupby(level=0, sort=True).agg(lambda words: ";".join(dict.fromkeys(words)))
        return [str(words) for words in joined.reindex(range(len(row)), fill_value="")]


def _word_table(texts: Sequence[Sequence[Word]]) -> pd.DataFrame:
    rows = [(i, w.key, w.surface, w.place, w.is_head) for i, words in enumerate(texts) for w in words]
    table = pd.DataFrame(rows, columns=["row", "key", "surface", "place", "is_head"])
    return table.astype({"row": np.int64, "is_head": bool})


def _joined(words: list[Word], known: dict[str, int]) -> list[Word]:
    """*saw dust* read as *sawdust* where the catalogue writes it so, and the reverse."""
    result: list[Word] = []
    for word in words:
        last = result[-1] if result else None
        if last is not None and word.key not in known and last.key + word.key in known and last.place == word.place:
            result[-1] = Word(
                last.key + word.key, f"{last.surface} {word.surface}", word.place, last.is_head or word.is_head
            )
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


def _unit_rows(matrix: sp.csr_array) -> sp.csr_array:
    total = np.asarray(matrix.sum(axis=1)).ravel()
    return sp.csr_array(sp.diags_array(1 / np.where(total > 0, total, 1.0)) @ matrix)


def _at_most_one(matrix: sp.csr_array) -> sp.csr_array:
    """Two words of a text that meet the same word of a name count once."""
    matrix = sp.csr_array(matrix)
    matrix.data = matrix.data.clip(-1.0, 1.0)
    return matrix


def _first_best(each: Floats, start: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Column of the best name of each target, the first in alphabetical order among equals."""
    best = np.maximum.reduceat(each, start, axis=1)
    owner = np.zeros(each.shape[1], dtype=np.int64)
    owner[start[1:]] = 1
    owner = owner.cumsum()
    place = np.where(each >= best[:, owner], np.arange(each.shape[1])[None, :], each.shape[1])
    return np.minimum.reduceat(place, start, axis=1)
