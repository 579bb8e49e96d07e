"""Typing of one column: from texts, as they were written, to what the schema declares. Nothing is guessed in
silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
import pandas as pd
from pandas.api.typing import NaTType

from symbiosis.declarations.numbers import ERROR_CELLS, Finding, Mark, looks_like_date, read_numbers
from symbiosis.schemas import Column

_TRUE = frozenset(("true", "vrai", "oui", "yes", "o", "y", "1", "x", "v", "t"))
_FALSE = frozenset(("false", "faux", "non", "no", "n", "0", "f"))
_CODE = re.compile(r"(\d\d)[\s\u00a0\u202f._-]?(\d\d)[\s\u00a0\u202f._-]?(\d\d)\s*(\*?)")
_CODE_SHORT = re.compile(r"(\d)[\s\u00a0\u202f._-](\d\d)[\s\u00a0\u202f._-](\d\d)\s*(\*?)")
_CODE_LOST_ZERO = re.compile(r"(\d{5})\s*(\*?)")
_CODE_INSIDE = re.compile(r"(?<!\d)(\d\d)[\s._-]?(\d\d)[\s._-]?(\d\d)(?!\d)\s*(\*?)")
_BLANKS = re.compile(r"\s+")
_FLOATED = re.compile(r"^(\d+)\.0+$")
_MONTH_RANGE = re.compile(r"(\d{1,2})\s*[-–]\s*(\d{1,2})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

_MONTH_NAMES = {
    "jan": 1, "fev": 2, "feb": 2, "mar": 3, "avr": 4, "apr": 4, "mai": 5, "may": 5, "juin": 6, "jun": 6, "juil": 7,
    "jul": 7, "aou": 8, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip

_COUNTRIES = {
    "france": "FR", "fra": "FR", "luxembourg": "LU", "lux": "LU", "grand duche de luxembourg": "LU", "belgique": "BE",
    "belgium": "BE", "bel": "BE", "allemagne": "DE", "germany": "DE", "deutschland": "DE", "deu": "DE", "suisse": "CH",
    "switzerland": "CH", "schweiz": "CH", "che": "CH", "pays bas": "NL", "netherlands": "NL", "nld": "NL", "italie": "IT",
    "italy": "IT", "ita": "IT", "espagne": "ES", "spain": "ES", "esp": "ES", "portugal": "PT", "prt": "PT", "autriche": "AT",
    "austria": "AT", "aut": "AT", "monaco": "MC", "andorre": "AD", "andorra": "AD", "royaume uni": "GB", "united kingdom": "GB",
    "gbr": "GB", "uk": "GB", "irlande": "IE", "ireland": "IE", "irl": "IE", "danemark": "DK", "denmark": "DK", "dnk": "DK",
    "suede": "SE", "sweden": "SE", "swe": "SE", "pologne": "PL", "poland": "PL", "pol": "PL",
    # French law holds in the overseas departments, whatever their own two letters.
    "gp": "FR", "mq": "FR", "gf": "FR", "re": "FR", "yt": "FR",
}  # fmt: skip
"""Countries as people write them; two letters are taken as they are."""

TypedColumn = tuple[pd.Series, list[Finding]]
Read = TypeVar("Read")


def by_distinct(read: Callable[[str], Read], cells: Sequence[str]) -> list[Read]:
    """What is read from each cell, each text being read once: most columns hold the same few in every row.

    Parameters
    ----------
    read
        From a text to what it says.
    cells
        Texts.

    Returns
    -------
    list
        As long as `cells`.
    """
    said = {cell: read(cell) for cell in set(cells)}
    return [said[cell] for cell in cells]


@lru_cache(maxsize=4096)  # a column of choices holds the same few words in every row
def fold(text: str) -> str:
    """Text without case, accents, doubled blanks and the asterisk of a required heading, for comparisons only."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[*\s\u00a0\u202f_'’]+", " ", plain).split())


def type_column(
    cells: Sequence[str],
    name: str,
    column: Column,
    *,
    native: frozenset[int] = frozenset(),
    mark: Mark | None = None,
    hint: Mark | None = None,
) -> TypedColumn:
    """Types the cells of a column by its declaration.

    Parameters
    ----------
    cells
        Texts as written, blanks stripped.
    name
        Name of the column: the unit that it carries matters (``_share`` accepts a percentage).
    column
        Its declaration.
    native
        Positions that the spreadsheet held as numbers.
    mark, hint
        Decimal mark of the rest of the table, and the one that the delimiter suggests.

    Returns
    -------
    pandas.Series
        Typed values on a plain range; empty and unreadable cells hold the default or the empty value of the kind.
    list of Finding
        What is wrong, by position.
    """
    if column.kind == "number":
        values, findings = read_numbers(
            cells, native=native, minimum=column.minimum, maximum=column.maximum, is_share=name.endswith("_share"),
            mark=mark, hint=hint,
        )  # fmt: skip
        if column.default is not None:
            empty = np.array([not c for c in cells], dtype=bool)
            values[empty] = float(column.default)
        return pd.Series(values, dtype=float), findings
    errors = []
    if not ERROR_CELLS.isdisjoint(cells):
        errors = [Finding(position=i, code="spreadsheet_error") for i, c in enumerate(cells) if c in ERROR_CELLS]
        spoilt = {f.position for f in errors}
        cells = ["" if i in spoilt else c for i, c in enumerate(cells)]
    series, findings = _TYPERS[column.kind](cells, column)
    return series, errors + findings


def _texts(cells: Sequence[str], column: Column) -> TypedColumn:
    return pd.Series(list(cells), dtype="str"), []


def _ids(cells: Sequence[str], column: Column) -> TypedColumn:
    findings = [
        Finding(position=i, code="blank_in_id", data={"suggestion": _BLANKS.sub("_", c)})
        for i, c in enumerate(cells)
        if _BLANKS.search(c)
    ]
    return pd.Series(list(cells), dtype="str"), findings


def _flags(cells: Sequence[str], column: Column) -> TypedColumn:
    findings = []
    values: list[bool | None] = []
    default = None if column.default is None else bool(column.default)
    for i, folded in enumerate(by_distinct(lambda cell: fold(_FLOATED.sub(r"\1", cell)), cells)):
        if not folded:
            values.append(default)
        elif folded in _TRUE or folded in _FALSE:
            values.append(folded in _TRUE)
        else:
            values.append(default)
            findings.append(Finding(position=i, code="not_a_flag"))
    return pd.Series(values, dtype="boolean" if default is None else "bool"), findings


def _choices(cells: Sequence[str], column: Column) -> TypedColumn:
    findings = []
    known = {fold(choice): choice for choice in column.choices}
    default = str(column.default) if column.default is not None else ""
    values = []
    for i, choice in enumerate(by_distinct(lambda cell: known.get(fold(cell)) if cell else default, cells)):
        if choice is None:
            findings.append(Finding(position=i, code="unknown_choice", data={"choices": column.choices}))
            values.append(default)
        else:
            values.append(choice)
    return pd.Series(values, dtype="str"), findings


def read_code(cell: str) -> tuple[str, bool, str, str]:
    """Reads a code of the list of waste.

    Parameters
    ----------
    cell
        For example ``17 02 04*``, ``170204``, ``17.02.04``.

    Returns
    -------
    code
        Six digits, empty if unreadable.
    has_mark
        Whether the asterisk of a hazardous entry was written.
    problem
        ``''``, ``leading_zero_restored`` (read all the same), ``leading_zero_lost``, ``unreadable_code``.
    suggestion
        Code that was probably meant.
    """
    text = _FLOATED.sub(r"\1", cell.strip())
    match = _CODE.fullmatch(text)
    if match:
        return "".join(match.group(1, 2, 3)), bool(match.group(4)), "", ""
    match = _CODE_SHORT.fullmatch(text)
    if match:
        return "0" + "".join(match.group(1, 2, 3)), bool(match.group(4)), "leading_zero_restored", ""
    match = _CODE_LOST_ZERO.fullmatch(text)
    if match:
        return "", bool(match.group(2)), "leading_zero_lost", "0" + match.group(1)
    inside = _CODE_INSIDE.findall(text)
    suggestion = "".join(inside[0][:3]) if len(inside) == 1 else ""
    return "", "*" in text, "unreadable_code", suggestion


def display_code(code: str) -> str:
    """``170201`` as people write it, ``17 02 01``."""
    return f"{code[:2]} {code[2:4]} {code[4:]}" if len(code) == 6 else code


def _countries(cells: Sequence[str], column: Column) -> TypedColumn:
    """Two letters, or a name that is known: which law holds hangs on it, so that what cannot be read is asked."""
    values = by_distinct(_country, cells)
    findings = [
        Finding(position=i, code="unreadable_country")
        for i, (cell, value) in enumerate(zip(cells, values, strict=True)) if cell and not value
    ]  # fmt: skip
    return pd.Series(values, dtype="str"), findings


def _country(cell: str) -> str:
    folded = fold(cell.replace("-", " "))
    return _COUNTRIES.get(folded, folded.upper() if re.fullmatch("[a-z]{2}", folded) else "")


def _codes(cells: Sequence[str], column: Column) -> TypedColumn:
    findings = []
    values = []
    for i, (cell, read) in enumerate(zip(cells, by_distinct(read_code, cells), strict=True)):
        code = ""
        if cell:
            code, _, problem, suggestion = read
            if problem:
                data: dict[str, object] = {"suggestion": display_code(suggestion or code)}
                restored = problem == "leading_zero_restored"
                findings.append(Finding(position=i, code=problem, severity="warning" if restored else "error", data=data))
        values.append(code)
    return pd.Series(values, dtype="str"), findings


def _lists(cells: Sequence[str], column: Column) -> TypedColumn:
    split = by_distinct(lambda cell: tuple(part.strip() for part in re.split(r"[;|\n]", cell) if part.strip()), cells)
    return pd.Series(split, dtype=object), []


def _months(cells: Sequence[str], column: Column) -> TypedColumn:
    findings = []
    values: list[tuple[int, ...]] = []
    for i, (cell, (months, suggestion)) in enumerate(zip(cells, by_distinct(read_months, cells), strict=True)):
        if months is None:
            code = "date_in_months" if looks_like_date(cell) else "unreadable_months"
            findings.append(Finding(position=i, code=code, data={"suggestion": suggestion}))
        values.append(months or ())
    return pd.Series(values, dtype=object), findings


def read_months(cell: str) -> tuple[tuple[int, ...] | None, str]:
    """Months of a cell, in the order of the calendar; ``()`` for the whole year, ``None`` and a suggestion if
    unreadable.

    Parameters
    ----------
    cell
        ``11-3``, ``1;2;12``, ``5``, or empty.

    Returns
    -------
    tuple of int, or None
        Months.
    str
        What was probably meant, where a spreadsheet turned it into a day.
    """
    if looks_like_date(cell):
        iso = re.match(r"\d{4}-(\d\d)-(\d\d)", cell.strip())
        french = re.match(r"(\d{1,2})/(\d{1,2})/", cell.strip())
        named = re.match(r"(\d{1,2})[-/. ]([^\W\d]+)", cell.strip())
        if named:
            month = _MONTH_NAMES.get(fold(named.group(2))[:4]) or _MONTH_NAMES.get(fold(named.group(2))[:3])
            return None, f"{int(named.group(1))}-{month}" if month else ""
        if iso:
            return None, f"{int(iso.group(2))}-{int(iso.group(1))}"
        return None, f"{int(french.group(1))}-{int(french.group(2))}" if french else ""
    chosen: set[int] = set()
    for part in re.split(r"[;,|]", _FLOATED.sub(r"\1", cell)):
        text = part.strip()
        if not text:
            continue
        span = _MONTH_RANGE.fullmatch(text)
        if span:
            first, last = int(span.group(1)), int(span.group(2))
            if not (1 <= first <= 12 and 1 <= last <= 12):
                return None, ""
            chosen.update((first - 1 + k) % 12 + 1 for k in range((last - first) % 12 + 1))
        elif text.isdecimal() and 1 <= int(text) <= 12:
            chosen.add(int(text))
        else:
            return None, ""
    return tuple(sorted(chosen)), ""


def _dates(cells: Sequence[str], column: Column) -> TypedColumn:
    values = pd.Series(by_distinct(_day, cells), dtype="datetime64[ns]")
    is_lost = values.isna() & (np.array(cells, dtype=object) != "")
    return values, [Finding(position=int(i), code="unreadable_date") for i in np.flatnonzero(is_lost)]


def _day(cell: str) -> pd.Timestamp | NaTType:
    french = _FRENCH_DATE.fullmatch(cell)
    text = f"{french.group(3)}-{int(french.group(2)):02d}-{int(french.group(1)):02d}" if french else cell
    return pd.to_datetime(text, format="%Y-%m-%d", errors="coerce") if _ISO_DATE.fullmatch(text) else pd.NaT


_TYPERS = {
    "id": _ids,
    "text": _texts,
    "flag": _flags,
    "choice": _choices,
    "code": _codes,
    "list": _lists,
    "months": _months,
    "date": _dates,
    "country": _countries,
}
