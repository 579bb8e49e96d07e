"""What every sentence is made with: the two languages, numbers, amounts and days as they write them, names of rows."""

from __future__ import annotations

import gettext
import io
import re
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

LANGUAGES = ("fr", "en")
LOCALES = {"fr": "fr_FR", "en": "en_GB"}


def N_(text: str) -> str:  # noqa: N802  # the name that gettext's extractor looks for
    """Mark a string for translation where it is defined; it is translated where it is shown."""
    return text


_TYPE = (
    (re.compile(r" (?=[;?!%](?:[\s.,;:)»]|$))"), "\u202f"),
    (re.compile(r" (?=[:»€](?:[\s.,;:)]|$))|(?<=«) "), "\u00a0"),
    (re.compile(r"(?<=\w)'(?=[\w«{])"), "’"),
)


@lru_cache(maxsize=1 << 14)
def typeset(text: str) -> str:
    """French as it is printed: no line begins with « ; », the apostrophe is that of type.

    Sentences stand in the code as they are typed, and are set here, in one place.
    """
    for typed, printed in _TYPE:
        text = typed.sub(printed, text)
    return text


class _French(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return typeset(message)


@cache
def translation(language: str) -> gettext.NullTranslations:
    """Translations from French into a language.

    Parameters
    ----------
    language
        ``fr`` or ``en``.

    Returns
    -------
    gettext.NullTranslations
        Its `gettext` gives the string back where no translation is known; French is set as it is printed.
    """
    file = Path(__file__).parents[1] / "locales" / language / "LC_MESSAGES" / "symbiosis.po"
    if language == "fr":
        return _French()
    if not file.exists():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def number(value: Any, language: str, digits: int = 0) -> str:
    """A number as the language writes it, ``1 234,5``."""
    return "–" if pd.isna(value) else _written(float(round(value, digits)) + 0.0, language, digits)


@lru_cache(maxsize=1 << 15)
def _written(value: float, language: str, digits: int) -> str:
    # Kept: a page writes the same figures each time that it is drawn, and Babel reads the pattern anew for each.
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return str(format_decimal(value, format=pattern, locale=LOCALES[language]))


def euros(value: Any, language: str, digits: int = 0) -> str:
    """An amount in euros as the language writes it."""
    if pd.isna(value):
        return "–"
    pattern = "¤#,##0" if language == "en" else "#,##0 ¤"
    pattern = pattern.replace("#,##0", "#,##0" + ("." + "0" * digits if digits else ""))
    return str(format_currency(round(value, digits) + 0.0, "EUR", format=pattern, locale=LOCALES[language],
                               currency_digits=False))  # fmt: skip


def day(value: date | str, language: str) -> str:
    """A day as the language writes it, ``25/11/2026``; a text begins with its ISO form."""
    moment = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return str(format_date(moment, "d MMM yyyy" if language == "en" else "dd/MM/yyyy", locale=LOCALES[language]))


def percent(value: Any, language: str, digits: int = 0) -> str:
    """A share in percent as the language writes it, with at most some decimals."""
    if pd.isna(value):
        return "–"
    sign = "%" if language == "en" else "\u202f%"
    pattern = f"#,##0.{'#' * digits}{sign}" if digits else None
    return str(format_percent(value, format=pattern, locale=LOCALES[language]))


def counted(one: str, several: str, count: Any, language: str, *rest: str) -> str:
    """A sentence on a count, in the singular or the plural of the language.

    Parameters
    ----------
    one, several
        French sentences with a place for the number, as they stand in the code.
    count
        French says none and one in the singular, English only one.
    language
        ``fr`` or ``en``.
    *rest
        What fills the other places.

    Returns
    -------
    str
    """
    is_one = abs(count) < 2 if language == "fr" else count == 1
    return translation(language).gettext(one if is_one else several).format(number(count, language), *rest)


def name(table: pd.DataFrame, key: str, language: str) -> str:
    """Name of a row of the catalogue in a language; the key itself where the row is unknown."""
    return text_of(table, key, "name", language) or key


def text_of(table: pd.DataFrame, key: str, column: str, language: str) -> str:
    """A sentence that a row of the catalogue holds in both languages, ``''`` where there is no such row."""
    said = str(table.at[key, f"{column}_{language}"]) if key in table.index else ""
    return typeset(said) if language == "fr" else said
