"""What the pages say: the language of the session, translated strings, numbers, and stored text that cannot act as markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.errors import SchemaError

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")
_SHORTCODE = re.compile(r":(?=\w)")


def language() -> str:
    """Language of this session, ``fr`` or ``en``."""
    chosen = st.session_state.get("language", "fr")
    return chosen if chosen in messages.LANGUAGES else "fr"


def _(text: str) -> str:
    """A French string of the code in the language of the session."""
    return messages.translation(language()).gettext(text)


def word(code: str) -> str:
    """A code in a word or two."""
    return messages.word(code, language())


def number(value: Any, digits: int = 0) -> str:
    """A number as the language writes it."""
    return messages.number(value, language(), digits)


def counted(one: str, several: str, count: Any, *rest: str) -> str:
    """A sentence on a count, singular or plural as the language has it; both forms are marked where they stand."""
    return messages.counted(one, several, count, language(), *rest)


def euros(value: Any, digits: int = 0) -> str:
    """An amount as the language writes it."""
    return messages.euros(value, language(), digits)


def day(value: date | str) -> str:
    """A day as the language writes it; a text begins with its ISO form."""
    return messages.day(value, language())


def signed(value: Any) -> str:
    """An amount with its sign: + received, − paid."""
    if pd.isna(value):
        return "–"
    return ("+" if value > 0.5 else "") + euros(value).replace("-", "−")


def span(low: Any, high: Any, digits: int = 0) -> str:
    """A range, one number where both ends are the same."""
    ends = number(low, digits), number(high, digits)
    return ends[0] if ends[0] == ends[1] else _("{0} à {1}").format(*ends)


def plain(text: object) -> str:
    """Stored text as Markdown that shows it letter by letter: no link, image, colour, icon or formula comes of it."""
    return _MARKDOWN.sub(r"\\\1", _SHORTCODE.sub(":\u2060", str(text).replace("\n", " ")))


def labels(names: Mapping[str, str]) -> Callable[[Any], str]:
    """What a choice is called: said once, when the page is drawn, so that it keeps the language it was drawn in."""
    known = dict(names)
    return lambda key: known.get(str(key), str(key))


def labels_of(table: Mapping[str, str]) -> Callable[[Any], str]:
    """As :func:`labels`, of a table of codes and French words.

    Parameters
    ----------
    table
        As in :mod:`symbiosis.messages`.
    """
    return labels({code: _(said) for code, said in table.items()})


def gray(text: str) -> str:
    """A translated sentence in the second rank."""
    return f":gray[{text}]"


def show_failure(error: Exception) -> None:
    """What people see of an error that no page has caught: the remedy where it is theirs, else where to read of it.

    Parameters
    ----------
    error
        What was raised.
    """
    if isinstance(error, SchemaError):
        st.error(messages.failure(error, language()))
        return
    st.error(_("Cette page n'a pas pu s'afficher. L'erreur est écrite dans le journal du serveur."))
