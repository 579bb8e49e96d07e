"""From free text to weighted words.

People write in French or English, with capitals, without accents, with typos, and say what a thing is, what it is for
and where it comes from in one breath. A text becomes words without accents, each with the place it holds in the phrase:
``main`` (what it is), ``purpose`` (after *pour*, *for*), ``origin`` (after *issu de*, *from*), ``with`` (after
*contenant*, *contaminated*), ``negated`` (after *non*, *sans*, *hors*). How near two words are is asked of
:mod:`symbiosis.resolver.vocabulary`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

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

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,;:()/.+&-]")
_BREAK = frozenset(",;:()./+")
_APOSTROPHE = re.compile(r"['’]")
_WORN_OUT = re.compile(r"\b(?:(?:en\s+)?fin\s+de\s+vie|end[\s-]of[\s-]life|hors\s+(?:d['’]usage|service))\b", re.IGNORECASE)
"""Say a condition in several words, of which each alone would mislead: *fin*, *vie*, *life*."""
_LATE = re.compile(
    r"""\b(?:out[\s-]of[\s-]date|past\s+(?:its\s+|their\s+)?(?:date|shelf[\s-]life|best\s+before|use[\s-]by)|hors\s+date
    |(?:date|dlc|ddm|dluo)s?\s+(?:d[ée]pass[ée]es?|atteintes?))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBERED = re.compile(r"\b([A-Z]{1,4})-(\d{1,4}[A-Za-z]?)\b")
"""One word, of which the digits alone would be dropped: *R-22*, *PA-6*, *HFC-134a*."""
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
_EITHER = re.compile(
    r"""(?<!\bno\s)(?<!\bnot\s)(?<!\bnon[\s-])(?<!\bpas\sde\s)(?<!\bpas\sd.)(?<!\bsans\s)(?<!\bhors\s)\b(?:
    recycl\w*|regener\w*|regrind|reclaim\w*|recuper\w*|recover\w*|reconditi\w*|refurbish\w*|occasion|seconde?\s(?:main|hand)|reemploi|reus\w+|ferrailles?|scraps?|chutes?)\b""",
    re.VERBOSE,
)
"""Takes what was used before as well: *virgin or recycled*, *neuf ou reconditionné*; or asks for it: *ferrailles neuves*."""
_SPENT = re.compile(r"\b(?:use(?:e?s|e)?|usage(?:e?s|e)?|spent|used|waste|dechets?)\b")
"""Of the name of a material: it is what is left of a product, and not the product."""
_LEFT = re.compile(
    r"""\b(?:use(?:e?s|e)?|usage(?:e?s|e)?|spent|used|wastes?|dechets?|scraps?|chutes?|rebuts?|refus|rejects?|offcuts?|leftovers?
    |residu(?:e?s|aires?)?|residue|surplus|sales?|souill\w+|dirty|epuis\w+|old|vieux|vieilles?|second\w*|occasion|declass\w+|off.spec
    |recup\w*|recover\w*|reclaim\w*|recycl\w*|regener\w*|redistill\w*|re.?refin\w*|valoris\w*|extract\w*|extrait\w*
    |trait(?!eur|ement\s(?:d.eau\b|de\sl.eau\b|(?:de|des)\s(?:surfaces?|metaux|bois)\b|thermique))\w*
    |(?<!surface\s)(?<!water\s)(?<!heat\s)(?<!metal\s)(?<!wood\s)treat\w*
    |accept\w*|collect\w*|repris\w*|reprend\w*|by.products?|sous.produits?|fatale?s?)\b""",
    re.VERBOSE,
)
"""Of a need: whoever writes so takes what others have left, or makes something of it."""
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
    text = _NUMBERED.sub(r"\1\2", text)
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
    return _EXACTING.search(text) is not None and _EITHER.search(plain(text)) is None


def spent(name: str) -> bool:
    """Whether a material is what is left of a product, by its own name: *huiles usagées*, *spent solvents*.

    Parameters
    ----------
    name
        Name of a material.

    Returns
    -------
    bool
        True for such names.
    """
    return _SPENT.search(plain(name)) is not None


def takes_leavings(text: str) -> bool:
    """Whether a need says that it takes what others have left, or makes something of it: *scrap*, *accepte*, *régénère*.

    Parameters
    ----------
    text
        What somebody wrote.

    Returns
    -------
    bool
        False for whoever names a product and no more.
    """
    return _LEFT.search(plain(text)) is not None


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
