"""Problems in sentences, in French and English: what is wrong, and what to do about it.

One entry per code: (message in French, message in English, remedy in French, remedy in English). Templates are filled from the
problem: ``{value}``, ``{column}`` (its title in the language), ``{table}``, ``{file}``, ``{row}`` and the keys of its data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from symbiosis.errors import Problem
from symbiosis.io.declaration_sentences import DECLARATION_SENTENCES
from symbiosis.io.import_sentences import IMPORT_SENTENCES, MEANING_TITLES
from symbiosis.schemas import CATALOGUE, DECLARATIONS

PROBLEM_SENTENCES: Mapping[str, tuple[str, str, str, str]] = MappingProxyType({**DECLARATION_SENTENCES, **IMPORT_SENTENCES})

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def _complete(remedy: str, words: Mapping[str, str]) -> str:
    """The remedy without the sentence that offers a suggestion, where there is none to offer."""
    if "suggestion" in words or "{suggestion}" not in remedy:
        return remedy
    return " ".join(part for part in _SENTENCE_END.split(remedy) if "{suggestion}" not in part)


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def sentence(problem: Problem, language: str = "fr") -> tuple[str, str]:
    """What is wrong and what to do about it, in the language of the reader.

    Parameters
    ----------
    problem
        As found.
    language
        ``fr`` or ``en``.

    Returns
    -------
    message
        One sentence.
    remedy
        One sentence.

    Raises
    ------
    KeyError
        If the code has no sentence: a test keeps that from happening.
    """
    french, english, remedy_fr, remedy_en = PROBLEM_SENTENCES[problem.code]
    words = _Blank({key: _shown(value, language) for key, value in problem.data.items() if _shown(value, language)})
    words.update(
        value=problem.value[:80],
        file=problem.file or "–",
        row=_shown(problem.row, language) or words.get("row", "–"),
        name=problem.column,
        column=column_title(problem.table, problem.column, language),
        table=table_title(problem.table, language),
    )
    for key in ("low", "high"):
        if key in problem.data:
            words[f"{key}_title"] = column_title(problem.table, str(problem.data[key]), language)
    if "target" in problem.data:
        names = [n.strip() for n in str(problem.data["target"]).split(",")]
        words["target_title"] = ", ".join(table_title(n, language) for n in names)
    if problem.code == "column_guessed":
        words["meaning"] = MEANING_TITLES[str(problem.data.get("meaning", ""))][language == "en"]
    if problem.code == "unknown_column" and problem.data.get("suggestion"):
        words["suggestion"] = column_title(problem.table, str(problem.data["suggestion"]), language)
    message, remedy = (french, remedy_fr) if language == "fr" else (english, remedy_en)
    return message.format_map(words), _complete(remedy, words).format_map(words)


def table_title(name: str, language: str) -> str:
    """Title of a table; its name where it has none.

    Parameters
    ----------
    name
        As in the schema.
    language
        ``fr`` or ``en``.
    """
    table = DECLARATIONS.get(name) or CATALOGUE.get(name)
    return name if table is None else (table.title_fr if language == "fr" else table.title_en)


def column_title(table: str, name: str, language: str) -> str:
    """Title of a column; the name itself where it has none.

    Parameters
    ----------
    table, name
        As in the schema.
    language
        ``fr`` or ``en``.
    """
    schema = DECLARATIONS.get(table) or CATALOGUE.get(table)
    column = None if schema is None else schema.columns.get(name)
    if column is not None:
        return column.title_fr if language == "fr" else column.title_en
    # Of a foreign file, the heading as it stands there; where it has none, what would stand under it.
    return MEANING_TITLES[name][language == "en"] if name and name in MEANING_TITLES else name


def _shown(value: object, language: str) -> str:
    day = _DAY.fullmatch(value) if isinstance(value, str) and language == "fr" else None
    if day:
        return "/".join(reversed(day.groups()))
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
