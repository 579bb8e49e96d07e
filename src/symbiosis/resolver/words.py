"""From free text to weighted words, and how near two words are.

People write in French or English, with capitals, without accents, with typos, and say what a thing is, what it is for
and where it comes from in one breath. A text becomes words without accents, each with the place it holds in the phrase:
``main`` (what it is), ``purpose`` (after *pour*, *for*), ``origin`` (after *issu de*, *from*), ``with`` (after
*contenant*, *contaminated*), ``negated`` (after *non*, *sans*, *hors*). Words are compared by their Snowball stems of
both languages, so that nobody has to say which language a cell is in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist
from snowballstemmer import stemmer

from symbiosis.resolver.measures import measured

MARK = "!"
"""Stands before a negated word: ``non traité`` is one feature, ``!traite``, and no trace of ``traite``."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FRENCH_STOP = _set(
    """a au aux ce ces cet cette d dans de des du elle en entre est et etre il ils l la le les leur leurs mais meme
    nos notre nous on ou par plus pas peu qu que qui s sa se ses son sont sur tres un une vos votre y sous selon
    ainsi dont
    fait faite divers diverse diverses autre autres type types environ chaque tout toute tous toutes ainsi nos"""
)
_ENGLISH_STOP = _set(
    """an and are at be by in into is it its more of off on or our some such than that the their them there these this
    those to up was we were which will with various other others type types about each all any used"""
)
_STOP = (_FRENCH_STOP | _ENGLISH_STOP) - {"plus", "used", "with", "off"}
_FILLER = _set("per mois an jour semaine year month week day kg tonne tonnes ton tons m3 environ approx")
_PURPOSE = _set("pour for afin destine destinee destines destinees as comme servant")
_ORIGIN = _set("from issu issue issus issues provenant venant venus ex apres after lors")
_WITH = _set(
    """avec with contenant containing imbibe imbibee imbibes imbibees impregne impregnee impregnes impregnees soaked
    couvert couverte couverts couvertes chargee chargees"""
)
"""Not *charge*, which lost its accent less often than it names a filler or what a furnace is fed with."""
_COVERED = _set("couvert couverte couverts couvertes")
"""Are followed by what covers only before *de* or *par*: a covered yard is covered by nothing that counts."""
_SOILED = _set(
    """souille souillee souilles souillees contamine contaminee contamines contaminees pollue polluee pollues
    polluees"""
)
"""Say a condition, which counts, and are followed by what soils."""
_INSTEAD = _set(
    """remplacement remplace remplacant remplacer lieu place plutot defaut actuellement hui achete achetons achetent moins
    instead replaces replacing replacement replace rather currently now today buy buying buys less alternative alternatif"""
)
"""Are followed by what is used today, when something was named before: evidence of the use, not what is wanted."""
_MAKER_AFTER = _set("maker makers manufacturer manufacturers producer producers")
_MAKER_BEFORE = _set("fabricant fabricants producteur producteurs fabrique")
"""Stand after (English) or before (French) what somebody makes: who needs something is known by it, and does not want it."""
_DROPPED = _STOP | _FILLER
_HOMONYMS = {
    "son": (frozenset(), frozenset({"de", "d"})),
    "or": (frozenset({"d", "en", "l"}), frozenset()),
    "mais": (frozenset({"", "de", "du", "d", "le", "type"}), frozenset()),
}
"""Stop words that are materials (bran, gold, maize) after or before some words; ``""`` is the beginning of the text."""
_SYMBOLS = {
    "zn": "zinc", "pb": "lead", "cu": "copper", "fe": "iron", "cd": "cadmium", "hg": "mercury", "cr": "chromium", "sn": "tin",
    "mg": "magnesium", "mn": "manganese", "ni": "nickel", "pd": "palladium", "rh": "rhodium", "li": "lithium",
    "mo": "molybdenum", "al": "aluminium",
}  # fmt: skip
"""Symbols of elements that are no word of either language."""
_NEGATION = {"non": 1, "not": 1, "no": 1, "sans": 2, "hors": 2, "sauf": 2, "without": 2, "except": 2, "excluding": 2}
_MARKERS = frozenset(_NEGATION) | {"ni", "nor", "free"} | _PURPOSE | _ORIGIN | _WITH | _INSTEAD
"""Words that may change the place of what follows."""
_GENERIC = _set(
    """dechet dechets residu residus chute chutes rebut rebuts reste restes surplus excedent excedents produit produits
    matiere matieres sous coproduit coproduits waste wastes residue residues scrap scraps offcut offcuts leftover
    leftovers
    byproduct byproducts by product products co material materials fabrication production making manufacture
    manufacturing
    maker makers manufacturer manufacturers producer producers fabricant fabricants producteur producteurs
    factory factories fabrique atelier ateliers workshop plants usines works operator operators exploitant unite unites unit
    units site sites installation installations facility facilities entreprise company societe merchant importer supplier
    cherche recherchons accepte acceptee acceptees acceptes accepts accepted seeks seeking wants needs looking
    usage utilisation use besoin recherche need wanted achat approvisionnement industrie industry industrial industriel
    industrielle industriels industrielles melange mixed divers usine plant process procede disponible disponibles
    available
    groupe groupement group groups
    libre libres spare cut cuts offs lot lots annuel annuelle annual"""
)
"""Words that say nothing of what a thing is: never the head of a phrase, and of little weight."""

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
_UNSTEMMED = _set("soiled filtered filtree filtrees")
"""Conditions whose stem is another thing: what is *soiled* is no soil, what is *filtered* no filter."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,;:()/.+&-]")
_BREAK = frozenset(",;:()./+")
_REPEATED = re.compile(r"(.)\1+")
_APOSTROPHE = re.compile(r"['’]")
_WORN_OUT = re.compile(r"\b(?:(?:en\s+)?fin\s+de\s+vie|end[\s-]of[\s-]life|hors\s+(?:d['’]usage|service))\b", re.IGNORECASE)
"""Say a condition in several words, of which each alone would mislead: *fin*, *vie*, *life*."""
_LATE = re.compile(
    r"""\b(?:out[\s-]of[\s-]date|past\s+(?:its\s+|their\s+)?(?:date|shelf[\s-]life|best\s+before|use[\s-]by)|hors\s+date
    |(?:date|dlc|ddm|dluo)s?\s+(?:d[ée]pass[ée]es?|atteintes?))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_UNSORTED = re.compile(r"\btout[\s-]venants?\b", re.IGNORECASE)
"""One word, of which both halves alone would be dropped."""
_EXACTING = re.compile(
    r"""\b(?:vierges?|virgin|brand[\s-]new|neufs?|neuves?|ultra-?\s?pure?s?|bottled|st[ée]rile|sterile|premium|certifi(?:[ée]e?s?|ed)
    |(?:food|battery|bottle|optical|acid|pharma\w*|medical|electronic|semiconductor|reagent|analytical|prophylactic)[\s-]grade
    |(?:qualit[ée]|grade)\s(?:alimentaire|pharma\w*|batterie|optique|[ée]lectronique|m[ée]dicale?|analytique)
    |alimentaires?\s+\d|conditionn[ée]e?s?|n°\s*\d)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What somebody writes who wants the new article of a stated grade, and no by-product."""
_WARNING = re.compile(
    r"""(?<!\bsans\s)(?<!\bno\s)(?<!\bnon\s)(?<!\bhors\s)(?<!\bfree\sof\s)(?<!\bwithout\s)\b(?:
    inconnue?s?|unknown|unidentified|unlabell?ed|uncharacteri[sz]ed|unsegregated|etiquettes?\sperdues?|suspect(?:ee?s?|ed)?
    |(?:sans|no)\s(?:etiquett?e?s?|labels?|fds|sds|msds)|not\s(?:yet\s)?characteri[sz]ed|a\scaracteriser|non\s(?:caracteris|identifi)ee?s?
    |amiant\w*|asbestos\w*|radio-?(?:actif|active?|nu[ck]l\w+|element\w*)\w*|americium|radium|thorium|uranium
    |dioxine?s?|pfas|pfos|tbt|tributyl\w*|cyanur\w+|infectieu\w+|infectious|dasri
    |beryllium|tritium|plutonium|cytoto\w+|cytostati\w+|pcbs?|polychlorobiphenyl\w*|pyralene|lindane|chlordecone|infeste\w*
    |fire-damaged|flood(?:ed|-damaged)?|incendiee?s?|sinistree?s?|inondee?s?|calcinee?s?\s(?:dans|apres)
    )\b(?!-free)""",
    re.VERBOSE,
)
"""Says of a flow what bars most uses of what it is called otherwise: nobody knows what is in it, or it holds what must not
spread."""
_WATCHED = _BREAK | {"-", "&", "it"} | _SYMBOLS.keys() | _HOMONYMS.keys() | _MARKERS | _SOILED | _MAKER_BEFORE | _MAKER_AFTER
"""Words and signs that are more than one more word of the phrase."""
_LETTERS = re.compile(r"[^\W\d_]+")
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_ENGLISH_PREPOSITION = re.compile(r"\b(?:of|in|with|from|for)\b")


def plain(text: str) -> str:
    """Lower-case text without accents, ligatures or typographic variants.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    str
        ``Bœuf haché`` gives ``boeuf hache``.
    """
    if text.isascii():
        return text.lower()
    text = text.lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


class Word(NamedTuple):
    """A word of a text: `key` to compare, `surface` to show, `place` in the phrase, `is_head`."""

    key: str
    surface: str
    place: str
    is_head: bool


@dataclass(slots=True)
class _Phrase:
    """Words read so far, and where the reading stands."""

    words: list[tuple[str, str, str, int]] = field(default_factory=list)
    place: str = "main"
    negated: int = 0
    clause: int = 0
    has_negation: bool = False


_plain_word = lru_cache(maxsize=1 << 16)(plain)
"""The same few thousand words make up all the names of a catalogue."""


def _read(text: str) -> _Phrase:
    phrase = _Phrase()
    previous_hyphen = False
    text, stated = measured(text)
    text = _LATE.sub("expired", _UNSORTED.sub("toutvenant", _WORN_OUT.sub("usage", text)))
    written = [part for surface in _WORD.findall(text) for part in _parts(surface)]
    keys = ["", *(_plain_word(surface) for surface in written), ""]
    written = [stated.get(surface, surface) for surface in written]
    for place, surface in enumerate(written, start=1):
        key = keys[place]
        if key not in _WATCHED and not phrase.negated:  # nearly every word of nearly every text
            if key not in _DROPPED and len(key) > 1 and not key.isdigit():
                phrase.words.append((key, surface, phrase.place, phrase.clause))
            previous_hyphen = False
            continue
        if surface in _BREAK:
            phrase.negated = 0
            phrase.clause += 1
            if surface in ",;.)":
                phrase.place = "main" if phrase.place != "purpose" or surface != "," else phrase.place
            continue
        if surface in "-&":
            previous_hyphen = surface == "-"
            continue
        if key in _SYMBOLS and not (key == "ni" and phrase.has_negation and surface != "Ni"):
            _keep(phrase, _SYMBOLS[key], surface)
        elif _is_material(key, surface, keys[place - 1], keys[place + 1]) or (
            key in _COVERED and keys[place + 1] not in ("d", "de", "par")
        ):
            _keep(phrase, key, surface)
        else:
            _take(phrase, key, surface, previous_hyphen)
        previous_hyphen = False
    return phrase


def _parts(surface: str) -> list[str]:
    return _APOSTROPHE.split(surface) if "'" in surface or "’" in surface else [surface]


def _is_material(key: str, surface: str, before: str, after: str) -> bool:
    """Whether a stop word stands for the material of the same spelling."""
    if key == "it":
        return surface == "IT" and after not in {"is", "was", "has"}
    if key not in _HOMONYMS:
        return False
    sooner, later = _HOMONYMS[key]
    return before in sooner or after in later or surface == "maïs"


def _take(phrase: _Phrase, key: str, surface: str, after_hyphen: bool) -> None:
    """Read one word: a marker changes the place of what follows, the rest is kept."""
    if key not in _MARKERS:
        if key not in _DROPPED and len(key) > 1 and not key.isdigit():
            _keep(phrase, key, surface)
            _make(phrase, key)
    elif key in _NEGATION:
        phrase.negated, phrase.has_negation = _NEGATION[key], True
    elif key in {"ni", "nor"}:
        phrase.negated = max(phrase.negated, int(phrase.has_negation))
    elif key == "free" and phrase.words and after_hyphen:
        last_key, last_surface, _, clause = phrase.words.pop()
        phrase.words.append((MARK + last_key.lstrip(MARK), last_surface, "negated", clause))
    elif key in _PURPOSE:
        phrase.place, phrase.clause = "purpose", phrase.clause + 1
    elif key in _ORIGIN:
        phrase.place, phrase.clause = "origin", phrase.clause + 1
    elif key in _WITH:
        phrase.place, phrase.clause = "with", phrase.clause + 1
    elif key in _INSTEAD:
        if phrase.words:
            phrase.place, phrase.clause = "instead", phrase.clause + 1
    elif key not in _DROPPED:
        _keep(phrase, key, surface)


def _make(phrase: _Phrase, key: str) -> None:
    """Read a maker: what stands before it, or after it, is its product."""
    if key in _MAKER_BEFORE and phrase.place == "main":
        phrase.place = "product"
    elif key in _MAKER_AFTER:
        phrase.words = [
            (word, surface, "product" if clause == phrase.clause and place == "main" else place, clause)
            for word, surface, place, clause in phrase.words
        ]


def _keep(phrase: _Phrase, key: str, surface: str) -> None:
    if phrase.negated:
        phrase.negated -= 1
        phrase.words.append((MARK + key, surface, "negated", phrase.clause))
    else:
        phrase.words.append((key, surface, phrase.place, phrase.clause))
        if key in _SOILED:
            phrase.place, phrase.clause = "with", phrase.clause + 1


def _is_english(text: str, french: frozenset[str], english: frozenset[str]) -> bool | None:
    """Guess of the language, or None: stop words first, then words that one language alone uses."""
    parts = set(_LETTERS.findall(plain(text)))
    score = 2 * (len(parts & _ENGLISH_STOP) - len(parts & _FRENCH_STOP))
    score += len(parts & english) - len(parts & french)
    return None if score == 0 else score > 0


def read_words(
    text: str, french: frozenset[str] = frozenset(), english: frozenset[str] = frozenset(), language: str = ""
) -> list[Word]:
    """Words of a text with the place of each in the phrase.

    The head of a French phrase is its first telling word, that of an English phrase the last before a preposition.

    Parameters
    ----------
    text
        What somebody wrote.
    french, english
        Words that one language alone uses, which help to guess the language.
    language
        ``fr`` or ``en`` where it is known.

    Returns
    -------
    list of Word
        In the order of the text; empty if nothing tells.
    """
    words = _read(text).words
    telling = [i for i, (key, _, place, _) in enumerate(words) if place in {"main", "product"} and key not in _GENERIC]
    main = [i for i in telling if words[i][2] == "main"] or telling
    head = -1
    if main:
        is_english = language == "en" if language else _is_english(text, french, english)
        if is_english and len(main) > 1:
            clause = words[main[0]][3]
            before = _ENGLISH_PREPOSITION.split(plain(text), maxsplit=1)[0]
            first = set(_LETTERS_AND_DIGITS.findall(before))
            same = [i for i in main if words[i][3] == clause and words[i][0] in first]
            # "plasterboard stripped from a site": a participle before a preposition qualifies what stands before it.
            named = [i for i in same if not words[i][0].endswith("ed")] or same
            head = named[-1] if named else main[0]
        elif is_english is not None:
            head = main[0]
    return [Word(key, surface, place, i == head) for i, (key, surface, place, _) in enumerate(words)]


def exacting(text: str) -> bool:
    """Whether a text asks for the new article of a stated grade: *virgin PET*, *battery grade*, *neuf*.

    Parameters
    ----------
    text
        What somebody wrote.

    Returns
    -------
    bool
        False for what leaves a by-product a chance.
    """
    return _EXACTING.search(text) is not None


def warnings(text: str) -> frozenset[str]:
    """Words of a text that bar most uses of what it names: *inconnu*, *amiante*, *unlabelled*, *radioactive*.

    Parameters
    ----------
    text
        What somebody wrote.

    Returns
    -------
    frozenset of str
        As :func:`plain` writes them; empty for nearly every text.
    """
    return frozenset(word for found in _WARNING.findall(plain(text)) for word in found.replace("-", " ").split())


def generic(key: str) -> bool:
    """Whether a word says nothing of what a thing is (*déchet*, *scrap*, *fabrication*).

    Parameters
    ----------
    key
        A word as :func:`plain` writes it.

    Returns
    -------
    bool
        True for such words.
    """
    return key in _GENERIC


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
        *lait* is no slip for *laitier*, nor *bars* for *barks*.

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
        unknown = np.flatnonzero(~met & np.array([len(w.lstrip(MARK)) >= 4 for w in asked], dtype=bool))
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
