"""Figures and grades of a text: most say how much, a few what it is.

A strength, a size or a limit is left out. A temperature or a pressure is read as the band that the catalogue tells apart, a
grade of wood and a category of animal by-products as one short word, under which names and texts meet.
"""

from __future__ import annotations

import re

_LEVEL = re.compile(
    r"""(?<![\w.,])(?P<below>(?:moins\s+de|below|under|<)\s*)?(?P<number>\d+)(?:[.,]\d+)?(?:\s*(?:-|à|to|/)\s*\d+)?
    (?:\s*(?P<bar>bars?)|\s*°\s*C?|(?<=\d\d)\s?C)(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_BANDS = {"pb": (5, 20), "tc": (15, 60, 150)}
"""Upper ends of the bands that the catalogue tells apart, in bar and in °C; as words too short to be a slip of each other."""
_CATEGORY = re.compile(r"\b(?:cat[ée]gor(?:y|ie)|cat)\.?\s*([123])\b", re.IGNORECASE)
"""Of animal by-products, which trades write *C3* as often."""
_GRADE = re.compile(r"\b([Cc]lasse?|[Gg]rade|[Bb]ois|[Ww]ood)\s+([A-D])\b(?![’'])")
"""One letter tells clean wood from treated; *BOIS A BRULER* has no grade."""
_MEASURE = re.compile(
    r"""
    (?:\b[^\W\d_]\w*\s*(?:[<>≤≥]|\b(?:mini?|maxi?|below|under|tol[ée]r[ée]e?s?|moins\s+de|inf[ée]rieure?s?\s+à)\b)\s*
      |\b(?:pci|lhv|ncv|ph)\s+(?:env\.?\s*|about\s*)?)  # what is measured
      \d[\d.,]*(?:\s*(?:%|mm|cm|mg|mj|gj|kwh|mwh|ppm)\w*)?
    | [<>≤≥~]?\s*\b\d[\d.,]*(?:\s*(?:-|à|to)\s*\d[\d.,]*)?\s*
      (?:(?:%|°\s*c\b|(?:k|m|g)?wh\b|mm3?\b|m[23³]|cm\b|[µμ]m\b|km\b|kt\b|kg\b|l\b|t\b|ppm\b)\s*(?:/\s*\w+)?)
      (?:\s*(?:de\s+)?(?:d['’]eau|h2o|ms|dm|ds|moisture|humidit[ée]|siccit[ée]|dry\s+(?:matter|solids)|mati[èe]re\s+s[èe]che)\b)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Strengths, sizes and limits: they say how much of something, not what it is."""
_DIGIT = re.compile(r"\d")


def measured(text: str) -> tuple[str, dict[str, str]]:
    """A text without its measures, and with a word for each band and grade.

    What leaves at 300 °C is no lukewarm water, and no tepid pond wants it: the figure itself would never be met twice.

    Parameters
    ----------
    text
        What somebody wrote.

    Returns
    -------
    tuple of str and dict of str to str
        The text, and what was written for each word that stands for something else.
    """
    stated: dict[str, str] = {}

    def band(found: re.Match[str]) -> str:
        kind, number = "pb" if found["bar"] else "tc", int(found["number"]) - bool(found["below"])
        word = f"{kind}{sum(number >= end for end in _BANDS[kind])}"
        stated[word] = found[0].strip()
        return f" {word} "

    def grade(found: re.Match[str]) -> str:
        word = f"q{found[2].lower()}"
        stated[word] = found[2]
        return f"{found[1]} {word}"

    if _DIGIT.search(text):
        text = _MEASURE.sub(" ", _CATEGORY.sub(r"c\1", _LEVEL.sub(band, text)))
    return _GRADE.sub(grade, text), stated
