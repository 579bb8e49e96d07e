"""Numbers as people write them: French and English, with a verdict per column where one cell alone is ambiguous.

``1,234`` is one and a bit in French and a thousand and a bit in English. No cell is read by guessing: a column whose
other
cells settle the question is read whole, else a table whose other columns settle it, else the cell is a named problem.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from symbiosis.errors import Severity

Mark = Literal[",", "."]

_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_GROUPED_BLANK = re.compile(r"[+-]?\d{1,3}(?:[\s\u00a0\u2007\u2009\u202f'’]\d{3})+(?:[.,]\d+)?")
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?")
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d{1,4})?")
_GROUPED_COMMA = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|[+-]?\d{1,3}(?:,\d{3})+\.\d+")
_GROUPED_POINT = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|[+-]?\d{1,3}(?:\.\d{3})+,\d+")
_DECIMAL = re.compile(r"\d+\.(?:\d\d?|\d{4,})")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_NOT_FINITE = frozenset(("inf", "+inf", "-inf", "infinity", "-infinity", "infini", "-infini", "∞", "-∞", "nan", "-nan", "+∞"))
_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[ T].*)?|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}\.\d{1,2}\.\d{4}"
    r"|\d{1,2}(?:er)?[-/. ](?:janv?(?:ier)?|jan(?:uary)?|f[ée]vr?(?:ier)?|feb(?:ruary)?|mar(?:s|ch)?|avr(?:il)?"
    r"|apr(?:il)?|mai|may|juin?|june?|juil?(?:let)?|july?|ao[ûu]t|aug(?:ust)?|sept?(?:embre|ember)?|oct(?:obre|ober)?|nov(?:embre|ember)?"
    r"|d[ée]c(?:embre|ember)?)\.?(?:[-/. ]\d{2,4})?",
    re.IGNORECASE,
)
_LEADING_NUMBER = re.compile(r"^([+-]?\d[\d\s\u00a0\u202f.,]*)\s*([^\d\s].*)$")
ERROR_CELLS = frozenset(
    (
        "#N/A",
        "#NA",
        "#REF!",
        "#VALUE!",
        "#VALEUR!",
        "#DIV/0!",
        "#NAME?",
        "#NOM?",
        "#NUM!",
        "#NOMBRE!",
        "#NULL!",
        "#NUL!",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem of one cell of one column, before it is known where the column stands."""

    position: int
    code: str
    severity: Severity = "error"
    data: dict[str, object] = field(default_factory=dict)


def looks_like_date(cell: str) -> bool:
    """Whether the cell is a calendar day, the way Excel turns ``11-3`` into one."""
    return _DATE.fullmatch(cell.strip()) is not None


def decimal_mark(cells: Iterable[str]) -> Mark | None:
    """Decimal mark that the unambiguous cells of a column agree on.

    Parameters
    ----------
    cells
        Texts as written.

    Returns
    -------
    ',' or '.' or None
        ``None`` if nothing settles it, or if the cells disagree.
    """
    seen: set[Mark] = set()
    for cell in {cell for cell in cells if "," in cell or "." in cell}:
        if _DECIMAL.fullmatch(cell):
            seen.add(".")
            continue
        text = _BLANKS.sub("", cell)
        if _EITHER.fullmatch(text):
            continue
        if _GROUPED_COMMA.fullmatch(text) or _PLAIN.fullmatch(text):
            seen.add(".")
        elif _GROUPED_POINT.fullmatch(text) or _COMMA.fullmatch(text):
            seen.add(",")
    return next(iter(seen)) if len(seen) == 1 else None


def read_numbers(
    cells: Sequence[str],
    *,
    native: frozenset[int] = frozenset(),
    minimum: float | None = None,
    maximum: float | None = None,
    is_share: bool = False,
    mark: Mark | None = None,
    hint: Mark | None = None,
) -> tuple[np.ndarray, list[Finding]]:
    """Reads a column of numbers.

    Parameters
    ----------
    cells
        Texts as written; blank ones become NaN.
    native
        Positions that the spreadsheet itself held as numbers: they are written with a point and settle nothing.
    minimum, maximum
        Bounds, both included; a reading that falls outside them loses against one that falls inside.
    is_share
        A percentage is accepted and divided by 100.
    mark
        Decimal mark that the rest of the table uses, where it is known.
    hint
        Decimal mark that the delimiter suggests; used last, and said.

    Returns
    -------
    numpy.ndarray
        Floats of the length of `cells`; NaN where blank or unreadable.
    list of Finding
        What is wrong, by position.
    """
    values = np.full(len(cells), np.nan)
    findings: list[Finding] = []
    verdict = decimal_mark(c for i, c in enumerate(cells) if i not in native) or mark
    reading = _Reading(verdict=verdict, hint=hint, minimum=minimum, maximum=maximum, is_share=is_share)
    lowest, highest = -math.inf if minimum is None else minimum, math.inf if maximum is None else maximum
    for i, cell in enumerate(cells):
        if _DECIMAL.fullmatch(cell):  # as nearly all are
            value = float(cell)
            if lowest <= value <= highest and 0 < value < math.inf:
                values[i] = value
                continue
        text = cell.strip()
        if not text:
            continue
        value, finding = _plain(text, i) if i in native else _read_one(text, i, reading)
        if finding is None or finding.severity == "warning":
            bad = _out_of_bounds(value, i, minimum, maximum)
            if bad is None:
                values[i] = value
            finding = bad or finding
        if finding is not None:
            findings.append(finding)
    return values, findings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """How the cells of one column are read."""

    verdict: Mark | None
    hint: Mark | None
    minimum: float | None
    maximum: float | None
    is_share: bool


def _plain(text: str, position: int) -> tuple[float, Finding | None]:
    try:
        value = float(text)
    except ValueError:
        return math.nan, Finding(position=position, code="not_a_number")
    if value == 0 and re.match(r"[+-]?[0.]*[1-9]", text):
        return math.nan, Finding(position=position, code="not_a_number")  # 1e-400 is not nothing
    return value, None


def _read_one(text: str, position: int, reading: _Reading) -> tuple[float, Finding | None]:
    if _PLAIN.fullmatch(text) and not _EITHER.fullmatch(text):
        return _plain(text, position)
    if text in ERROR_CELLS:
        return math.nan, Finding(position=position, code="spreadsheet_error")
    if text.casefold() in _NOT_FINITE:
        return math.nan, Finding(position=position, code="not_finite")
    if looks_like_date(text):
        return math.nan, Finding(position=position, code="date_in_number")
    percent = reading.is_share and text.endswith("%")
    body = text[:-1].rstrip() if percent else text
    body = body.removesuffix("€").rstrip().replace("\u2212", "-")
    if _GROUPED_BLANK.fullmatch(body):
        compact = re.sub(r"[\s\u00a0\u2007\u2009\u202f'’]", "", body).replace(",", ".")
        return float(compact) / (100 if percent else 1), None
    compact = re.sub(r"^([+-])[\s\u00a0\u202f]+", r"\1", body)
    value, finding = _read_compact(compact, position, reading)
    return (value / 100 if percent else value), finding


def _read_compact(text: str, position: int, reading: _Reading) -> tuple[float, Finding | None]:
    if _EITHER.fullmatch(text):
        return _read_either(text, position, reading)
    if _PLAIN.fullmatch(text):
        return float(text), None
    if _COMMA.fullmatch(text):
        return float(text.replace(",", ".")), None
    if _GROUPED_COMMA.fullmatch(text):
        return float(text.replace(",", "")), None
    if _GROUPED_POINT.fullmatch(text):
        return float(text.replace(".", "").replace(",", ".")), None
    leading = _LEADING_NUMBER.match(text)
    data: dict[str, object] = {"number": leading.group(1).strip(), "rest": leading.group(2).strip()} if leading else {}
    return math.nan, Finding(position=position, code="not_a_number", data=data)


def _read_either(text: str, position: int, reading: _Reading) -> tuple[float, Finding | None]:
    """``1,234`` or ``1.234``: a decimal, or thousands."""
    mark = "," if "," in text else "."
    decimal = float(text.replace(",", "."))
    thousands = float(text.replace(mark, ""))
    if reading.verdict is not None:
        return (decimal if reading.verdict == mark else thousands), None
    fits = [_out_of_bounds(v, position, reading.minimum, reading.maximum) is None for v in (decimal, thousands)]
    if fits == [True, False]:
        return decimal, None
    # A point followed by three digits is how every English spreadsheet and every program writes a decimal; only a
    # column that
    # elsewhere uses decimal commas (verdict above) says otherwise.
    if mark == ".":
        return decimal, None
    data: dict[str, object] = {"decimal": decimal, "thousands": thousands}
    if reading.hint == mark:
        return decimal, Finding(position=position, code="ambiguous_number_read", severity="warning", data=data)
    return math.nan, Finding(position=position, code="ambiguous_number", data=data)


def _out_of_bounds(value: float, position: int, minimum: float | None, maximum: float | None) -> Finding | None:
    if not math.isfinite(value):
        return Finding(position=position, code="not_finite")
    if minimum == 0 and value < 0:
        return Finding(position=position, code="negative_number", data={"suggestion": -value})
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        return Finding(position=position, code="out_of_bounds", data={"minimum": minimum, "maximum": maximum})
    return None
