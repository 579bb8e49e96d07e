"""How near two words are: stems of both languages, the spelling that cognates share, slips of the pen.

Words are compared by their Snowball stems of both languages, so that nobody has to say which language a cell is in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import scipy.sparse as sp
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist
from snowballstemmer import stemmer

from symbiosis.resolver.words import MARK, generic

_CONDITIONS = {
    "spent": "usee uses usees usagee usages usagees epuise epuisee epuises epuisees spent exhausted used",
    "broken": "casse cassee casses cassees brise brisee brises brisees broken damaged abime abimee abimes abimees",
    "soiled": "souille souillee souilles souillees contamine contaminee contamines contaminees soiled dirty",
    "clean": "propre propres clean",
    "wet": "humide humides wet moist",
    "dry": "sec secs seche seches dry dried",
    "shredded": "broye broyee broyes broyees shredded crushed",
    "sorted": "trie triee tries triees sorted",
    "unsold": "invendu invendus invendue invendues unsold",
    "surplus": "excedent excedents excedentaire excedentaires surplus excess",
    "expired": "perime perimee perimes perimees expired outdated",
    "rinsed": "rince rincee rinces rincees rinsed",
    "washed": "lave lavee laves lavees washed",
    "empty": "vide vides empty emptied",
    "removed": "depose deposee deposes deposees demonte demontee demontes demontees removed stripped dismantled",
    "mixed": "melange melangee melanges melangees mixed",
    "painted": "peint peinte peints peintes painted",
    "frozen": "congele congelee congeles congelees surgele surgelee surgeles surgelees frozen",
    "baled": "baled bales bale",
    "ground": "moulu moulue moulus moulues ground milled",
    "hot": "chaud chaude chauds chaudes hot warm",
    "cold": "froid froide froids froides cold chilled",
    "filtered": "filtree filtrees filtered",
    "old": "vieux vieil vieille vieilles old",
}
"""Words of condition, which say the same in both languages of whatever they qualify."""
_CONDITION = {word: name for name, words in _CONDITIONS.items() for word in words.split()}
_UNSTEMMED = frozenset(["soiled", "filtered", "filtree", "filtrees", "fabricant", "fabricants", "fabrication", "fabrique"])
"""Their stem is another thing: what is *soiled* is no soil, what is *filtered* no filter, a *fabricant* no fabric."""
_REPEATED = re.compile(r"(.)\1+")


class Stems:
    """Snowball stems of both languages, each word stemmed once."""

    def __init__(self) -> None:
        self._french = stemmer("french")
        self._english = stemmer("english")
        self._known: dict[str, tuple[str, ...]] = {}

    def __call__(self, key: str) -> tuple[str, ...]:
        """Stems under which a word is found: French, English, and a spelling that cognates share.

        Parameters
        ----------
        key
            A word as :func:`plain` writes it, with or without the mark of negation.

        Returns
        -------
        tuple of str
            French stem, English stem, shared spelling, each behind its own prefix.
        """
        known = self._known.get(key)
        if known is None:
            mark, word = (MARK, key[1:]) if key.startswith(MARK) else ("", key)
            french, english = (
                word if word in _UNSTEMMED else _trimmed(language.stemWord(word)) for language in (self._french, self._english)
            )
            known = (f"f:{mark}{french}", f"e:{mark}{english}", f"c:{mark}{_CONDITION.get(word) or _cognate(french)}")
            self._known[key] = known
        return known


def _trimmed(stem: str) -> str:
    """Without the vowels that the stemmers leave on words that lost their accents: ``casse(e)s`` gives ``cass``."""
    cut = stem.rstrip("e")
    return cut if len(cut) >= 3 else stem


def _cognate(stem: str) -> str:
    """One spelling for words that French and English write almost alike: *sulphate* and *sulfate*."""
    word = stem.replace("ph", "f").replace("th", "t").replace("y", "i").replace("k", "c").replace("qu", "c")
    return _REPEATED.sub(lambda found: found[1], word)


def _grams(words: Sequence[str], known: dict[str, int] | None = None) -> tuple[dict[str, int], sp.csr_array]:
    """Column of each character trigram, those that are known first, and the unit row of each word."""
    per_word = [[f"^{w}$"[i : i + 3] for i in range(len(w))] for w in words]
    places = {} if known is None else dict(known)
    for gram in sorted(set(chain.from_iterable(per_word)) - places.keys()):
        places[gram] = len(places)
    rows = np.repeat(np.arange(len(words)), [len(grams) for grams in per_word])
    columns = np.fromiter(map(places.__getitem__, chain.from_iterable(per_word)), np.int64, len(rows))
    matrix = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(words), max(len(places), 1)))
    matrix.sum_duplicates()
    norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return places, sp.csr_array(sp.diags_array(1 / np.maximum(norm, 1e-9)) @ matrix)


EXACT, STEM, COGNATE, TYPO, DERIVED, OPPOSITE = 1.0, 0.96, 0.9, 0.85, 0.6, -0.6


class Vocabulary:
    """Words of the catalogue, found by themselves, by their stems and by their spelling.

    Parameters
    ----------
    words
        Distinct words.
    stems
        The stemmers.
    """

    def __init__(self, words: Sequence[str], stems: Stems) -> None:
        self.words = list(words)
        self.stems = stems
        stemmed = [stems(word) for word in self.words]
        self.by_word = _places(self.words)
        self.by_stem = tuple(_places([keys[position] for keys in stemmed]) for position in range(3))

    def nearness(self, asked: Sequence[str]) -> sp.csr_array:
        """How near each asked word is to each word of the vocabulary.

        Equal words, equal stems and equal spellings first; what is unknown after that is compared by trigrams and,
        within the few that share them, by edit distance. A word that is known is never taken for a typo of another:
        *lait* is no slip for *laitier*, nor *bars* for *barks*; nor is one that says nothing: *needs* are no *seeds*.

        Parameters
        ----------
        asked
            Words of the texts, distinct.

        Returns
        -------
        scipy.sparse.csr_array
            ``len(asked) × len(words)``, between −1 and 1; negative where one word negates the other.
        """
        shape = (len(asked), len(self.words))
        best = _same(asked, self.by_word, shape) * EXACT
        asked_stems = [self.stems(word) for word in asked]
        for position, weight in ((0, STEM), (1, STEM), (2, COGNATE)):
            same = _same([keys[position] for keys in asked_stems], self.by_stem[position], shape)
            best = sp.csr_array(best.maximum(same * weight))
        met = np.diff(best.indptr) > 0
        telling = (word.lstrip(MARK) for word in asked)
        unknown = np.flatnonzero(~met & np.array([len(word) >= 4 and not generic(word) for word in telling], dtype=bool))
        if len(unknown) and len(self.words):
            best = sp.csr_array(best.maximum(self._slips(asked, unknown.tolist(), shape)))
        reverse = [self.stems(word[1:] if word.startswith(MARK) else MARK + word)[0] for word in asked]
        opposite = _same(reverse, self.by_stem[0], shape)
        return sp.csr_array(best + opposite.multiply(sp.csr_array(opposite > best)) * OPPOSITE)

    @cached_property
    def _own_grams(self) -> tuple[dict[str, int], sp.csr_array]:
        return _grams([word.lstrip(MARK) for word in self.words])

    def _slips(self, asked: Sequence[str], unknown: list[int], shape: tuple[int, int]) -> sp.csr_array:
        """Typos and derived words of what the catalogue does not know."""
        known = self.words
        places, grams = self._own_grams
        _, strange = _grams([asked[i].lstrip(MARK) for i in unknown], places)
        shared = sp.coo_array(sp.csr_array(strange[:, : len(places)]) @ grams.T)
        rows, columns, cosine = shared.coords[0], shared.coords[1], shared.data
        near = cosine >= 0.3
        rows, columns, cosine = rows[near], columns[near], cosine[near]
        if not len(rows):
            return sp.csr_array(shape)
        left = [asked[unknown[i]] for i in rows.tolist()]
        right = [known[j] for j in columns.tolist()]
        distance = cpdist(left, right, scorer=OSA.distance, workers=1)
        length = np.array([min(len(a), len(b)) for a, b in zip(left, right, strict=True)])
        start = np.array([a[:5] == b[:5] for a, b in zip(left, right, strict=True)])
        same_sign = np.array([a.startswith(MARK) == b.startswith(MARK) for a, b in zip(left, right, strict=True)])
        slip = same_sign & (((length >= 5) & (distance <= 1)) | ((length >= 9) & (distance <= 2)))
        derived = same_sign & start & (length >= 6) & (cosine >= 0.5)
        weight = np.where(slip, TYPO - 0.05 * (distance - 1), np.where(derived, DERIVED * cosine, 0.0))
        kept = weight > 0
        return sp.csr_array((weight[kept], (np.array(unknown)[rows[kept]], columns[kept])), shape=shape)


def nearness(asked: Sequence[str], known: Sequence[str], stems: Stems) -> sp.csr_array:
    """How near each asked word is to each known one; see :meth:`Vocabulary.nearness`.

    Parameters
    ----------
    asked
        Words of the texts, distinct.
    known
        Words of the catalogue, distinct.
    stems
        The stemmers.

    Returns
    -------
    scipy.sparse.csr_array
        ``len(asked) × len(known)``.
    """
    return Vocabulary(known, stems).nearness(asked)


def _places(keys: Sequence[str]) -> dict[str, list[int]]:
    """Positions of each key."""
    places: dict[str, list[int]] = {}
    for position, key in enumerate(keys):
        places.setdefault(key, []).append(position)
    return places


def _same(asked: Sequence[str], places: dict[str, list[int]], shape: tuple[int, int]) -> sp.csr_array:
    """Ones where two keys are equal."""
    found = [places.get(key, ()) for key in asked]
    rows = np.repeat(np.arange(len(asked)), [len(columns) for columns in found])
    columns = np.array([column for columns in found for column in columns], dtype=np.int64)
    return sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def distinct(words: Iterable[str]) -> list[str]:
    """Distinct words in alphabetical order, so that the order of the rows changes nothing.

    Parameters
    ----------
    words
        Words, repeated or not.

    Returns
    -------
    list of str
        Sorted.
    """
    return sorted(set(words))
