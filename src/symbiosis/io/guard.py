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


def read_workbook(path: Path, *, child: Path = _CHILD, wall_seconds: float = WALL_SECONDS) -> Verdict:
    """Reads an XLSX file as text, in a guarded child.

    Parameters
    ----------
    path
        The workbook.
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
    command = [sys.executable, "-I", "-S", str(child), str(path)]
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
        answer = json.loads(ended.stdout)
    except ValueError:
        return Verdict(code="reader_crashed")
    if answer["verdict"] != "ok":
        return Verdict(code=str(answer["verdict"]), data=answer.get("data") or {})
    sheets = tuple(
        Sheet(
            name=s["name"],
            is_visible=s["is_visible"],
            rows=tuple((row, tuple(cells), frozenset(native)) for row, cells, native in s["rows"]),
            findings=tuple((row, column, code) for row, column, code in s["findings"]),
            merges=tuple(s["merges"]),
        )
        for s in answer["sheets"]
    )
    return Verdict(code="ok", sheets=sheets)
