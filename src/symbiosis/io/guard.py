"""Workbooks are read in a child process with limits: a file that hangs or kills the reader is a named problem, not an
outage.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# By the wall, and generous: the child's own limit is in seconds of processor (a loaded machine is not the file's
# fault).
WALL_SECONDS = 120.0
MAX_FILE_BYTES = 50 * 2**20

_CHILD = Path(__file__).with_name("xlsx_child.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Cells of a sheet, as text.

    Attributes
    ----------
    rows
        Row number that a spreadsheet shows, its cells, and the positions of those that were stored as numbers.
    findings
        (row, column position, code) of cells whose value is not there (a formula that was never computed).
    merges
        References of merged ranges, the first thousand.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...], frozenset[int]], ...]
    is_visible: bool = True
    findings: tuple[tuple[int, int, str], ...] = ()
    merges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a file: ``ok`` with its sheets, or the code of the problem and what its sentence needs."""

    code: str
    sheets: tuple[Sheet, ...] = ()
    data: Mapping[str, object] | None = None


def read_workbook(path: Path, *, is_archive: bool = False, child: Path = _CHILD, wall_seconds: float = WALL_SECONDS) -> Verdict:
    """Reads an XLSX file, or the CSV files of a zip archive, as text, in a guarded child.

    Parameters
    ----------
    path
        The file.
    is_archive
        Whether it is an archive of CSV files, each of which is then a sheet.
    child
        Script to run; another one in tests.
    wall_seconds
        When to end a child that sleeps.

    Returns
    -------
    Verdict
        Never raises for what the file holds.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        return Verdict(code="file_too_big", data={"megabytes": path.stat().st_size // 2**20, "limit": MAX_FILE_BYTES // 2**20})
    command = [sys.executable, "-I", "-S", str(child), str(path), *(["--texts"] if is_archive else [])]
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter and script; the path is an argument, never a command
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=wall_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return Verdict(code="reader_timeout")
    except OSError as error:
        return Verdict(code="unreadable_workbook", data={"reason": type(error).__name__})
    if ended.returncode != 0:
        # SIGXCPU or SIGKILL of the processor limit, or a crash of the parser.
        return Verdict(code="reader_timeout" if ended.returncode in (-24, -9) else "reader_crashed")
    try:
        return _verdict(ended.stdout)
    except (ValueError, KeyError, IndexError, TypeError):
        return Verdict(code="reader_crashed")


def _verdict(lines: bytes) -> Verdict:
    """What the child wrote: its last line decides whether the sheets before it count."""
    written = lines.splitlines()
    answer = json.loads(written[-1])
    if answer["verdict"] != "ok":
        return Verdict(code=str(answer["verdict"]), data=answer.get("data") or {})
    sheets: list[Sheet] = []
    rows: list[tuple[int, tuple[str, ...], frozenset[int]]] = []
    head: dict[str, object] = {}
    for line in written[:-1]:
        one = json.loads(line)
        if isinstance(one, list):
            rows += [(row, tuple(cells), frozenset(native)) for row, cells, native in one]
        elif "sheet" in one:
            head, rows = one, []
        else:
            findings = tuple((row, column, code) for row, column, code in one["findings"])
            sheets.append(
                Sheet(name=one["end"], is_visible=bool(head["is_visible"]), rows=tuple(rows), findings=findings,
                      merges=tuple(one["merges"]))
            )  # fmt: skip
    return Verdict(code="ok", sheets=tuple(sheets))
