"""CSV files as they come: encodings, delimiters, Excel's ``sep=`` line, quotes that never close."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symbiosis.errors import Problem
from symbiosis.io.headings import column_of
from symbiosis.schemas import Table

MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_CELL_CHARACTERS = 32_767
MAX_CELLS = 30_000_000
MAX_BYTES = 200 * 2**20
_DELIMITERS = (";", ",", "\t", "|")
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A CSV file, cut into cells.

    Attributes
    ----------
    rows
        Row number that a spreadsheet shows, and its cells; blank rows are left out.
    encoding, delimiter
        Verdicts for the whole file.
    """

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str
    delimiter: str
    problems: tuple[Problem, ...] = ()


def decode(content: bytes) -> tuple[str, str] | None:
    """Text of a file and the name of its encoding; ``None`` if it is no text.

    Parameters
    ----------
    content
        Bytes of the whole file.
    """
    if content.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    elif content[:2] in _UTF16:
        encodings = ["utf-16"]
    elif len(content) > 3 and content[1::2].count(0) * 3 > len(content):
        encodings = ["utf-16-le"]
    else:
        encodings = ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # A control character that no spreadsheet writes: the bytes were never text.
        if any(c in text for c in "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f"):
            return None
        return text, encoding
    return None


def read_text_file(content: bytes, table: Table, file: str) -> TextFile | Problem:
    """Cuts a CSV file of ours into cells.

    Parameters
    ----------
    content
        Bytes of the whole file.
    table
        The table that it should hold: its headings settle the delimiter.
    file
        Name of the file, for messages.

    Returns
    -------
    TextFile or Problem
        A problem if nothing can be read.
    """
    return cut(content, file, table.name, lambda text: _sniff(text, table))


def cut(content: bytes, file: str, table: str, sniff: Callable[[str], str]) -> TextFile | Problem:
    """Cuts a CSV file, or a pasted table, into cells.

    Parameters
    ----------
    content
        Bytes of the whole file.
    file, table
        Names for messages.
    sniff
        Delimiter of a text that does not declare it itself.

    Returns
    -------
    TextFile or Problem
        A problem if nothing can be read.
    """
    decoded = decode(content)
    if decoded is None:
        return Problem(code="not_text", file=file, table=table)
    text, encoding = decoded
    declared, text = _declared_delimiter(text)
    delimiter = declared or sniff(text)
    problems: list[Problem] = []
    try:
        try:
            rows = _cells(text, delimiter, strict=True)
        except csv.Error:
            rows, line = _cells_before_broken_quote(text, delimiter)
            problems.append(Problem(code="broken_quotes", file=file, table=table, row=line))
    except _TooMuchError as error:
        return Problem(code=error.code, file=file, table=table, data={"limit": error.limit, "row": error.row})
    too_big = [row for row, cells in rows if max(map(len, cells)) > MAX_CELL_CHARACTERS]
    if too_big:
        return Problem(code="cell_too_big", file=file, table=table, row=too_big[0])
    return TextFile(rows=tuple(rows), encoding=encoding, delimiter=delimiter, problems=tuple(problems))


def widest_delimiter(text: str) -> str:
    """Delimiter that cuts the first lines into the most columns, most often alike; for files whose headings are not ours.

    Parameters
    ----------
    text
        The whole file.
    """
    start = "\n".join(text.splitlines()[:30])

    def score(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(cells) for cells in csv.reader(io.StringIO(start), delimiter=delimiter) if any(cells)]
        except csv.Error:
            return (0, 0)
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(usual) * (usual > 1), usual)

    return max(_DELIMITERS, key=score)


class _TooMuchError(Exception):
    """A text with more rows, columns or cells than is read."""

    def __init__(self, code: str, limit: int, row: int) -> None:
        self.code, self.limit, self.row = code, limit, row
        super().__init__(code)


def _declared_delimiter(text: str) -> tuple[str, str]:
    """Excel's own first line ``sep=;``, which it hides: the heading stays row 1."""
    head, _, rest = text.partition("\n")
    line = head.strip().strip('"')
    if line.lower().startswith("sep=") and len(line) == 5:
        return line[4], rest
    if line.lower() == "sep=":
        return "\t", rest
    return "", text


def _sniff(text: str, table: Table) -> str:
    """Delimiter under which the first lines hold the most headings that are known."""
    start = "\n".join(text.splitlines()[:10])

    def score(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(csv.reader(io.StringIO(start), delimiter=delimiter))
        except csv.Error:
            return (0, 0)
        known = max((len({column_of(table, c) for c in cells} - {None}) for cells in rows), default=0)
        return (known, max((len(cells) for cells in rows), default=0))

    return max(_DELIMITERS, key=score)


def _cells(text: str, delimiter: str, *, strict: bool) -> list[tuple[int, tuple[str, ...]]]:
    csv.field_size_limit(MAX_BYTES)
    rows: list[tuple[int, tuple[str, ...]]] = []
    count = 0
    for i, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict), start=1):
        count += len(cells)
        if len(cells) > MAX_COLUMNS:
            raise _TooMuchError("too_many_columns", MAX_COLUMNS, i)
        if "".join(cells).strip():
            rows.append((i, tuple(cells)))
        if len(rows) > MAX_ROWS or count > MAX_CELLS:
            raise _TooMuchError("too_many_rows", MAX_ROWS, i)
    return rows


def _cells_before_broken_quote(text: str, delimiter: str) -> tuple[list[tuple[int, tuple[str, ...]]], int]:
    """Where quotes do not close, each line is read for itself: later rows keep their place and are checked too."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    broken = 0
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            cells: Sequence[str] = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            broken = broken or number
            cells = [c.strip().strip('"') for c in line.split(delimiter)]
        if any(c.strip() for c in cells):
            rows.append((number, tuple(cells)))
        if len(cells) > MAX_COLUMNS:
            raise _TooMuchError("too_many_columns", MAX_COLUMNS, number)
        if len(rows) > MAX_ROWS:
            raise _TooMuchError("too_many_rows", MAX_ROWS, number)
    return rows, broken or 1
