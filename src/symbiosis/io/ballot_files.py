"""Papers of a ballot from a file: a table that somebody typed, or the `.pb` format of the Pabulib library.

The format of Pabulib (https://pabulib.org/format) has three parts, each with its own heading: `META` (key; value), `PROJECTS`
(`project_id`, `cost`, `name`…) and `VOTES` (`voter_id`, `vote`…). Only approval votes are read: a vote is a list of projects.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from symbiosis.decisions.ballots import Vote
from symbiosis.errors import SymbiosisError
from symbiosis.io.text_files import decode

MAX_BYTES = 20 * 2**20
PARTS = ("META", "PROJECTS", "VOTES")
TICKS = frozenset(("1", "x", "oui", "o", "yes", "y", "vrai", "true", "✓", "✔"))
BLANKS = frozenset(("", "0", "non", "n", "no", "faux", "false", "-"))
COUNTS = frozenset(("bulletins", "nombre", "papers", "count"))


class BallotFileError(SymbiosisError):
    """A file of a ballot that cannot be read.

    Attributes
    ----------
    code
        ``not_text``, ``no_part``, ``no_budget``, ``no_cost``, ``vote_type``, ``unknown_project``, ``no_column`` or ``no_tick``.
    line
        Of the file, from 1; 0 for the whole.
    value
        What stands there.
    """

    def __init__(self, code: str, line: int = 0, value: str = "") -> None:
        super().__init__(f"{code}, line {line}: {value}")
        self.code, self.line, self.value = code, line, value


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotFile:
    """A whole ballot.

    Attributes
    ----------
    title, budget
        What it is called, how much there is.
    projects
        `key`, `title`, `cost_eur`, in the order of the file.
    votes
        Papers that say the same together.
    """

    title: str
    budget: float
    projects: tuple[Mapping[str, Any], ...]
    votes: tuple[Vote, ...]


def read_pabulib(content: bytes) -> BallotFile:
    """Read a `.pb` file of approval votes.

    Parameters
    ----------
    content
        Of the file.

    Returns
    -------
    BallotFile

    Raises
    ------
    BallotFileError
        If it is none, or its votes are of another kind.
    """
    parts: dict[str, list[tuple[int, list[str]]]] = {}
    part = ""
    for number, cells in _lines(content, ";"):
        if len(cells) == 1 and cells[0].upper() in PARTS:
            part = cells[0].upper()
            parts[part] = []
        elif part:
            parts[part].append((number, cells))
    for name in PARTS:
        if not parts.get(name):
            raise BallotFileError("no_part", value=name)
    meta = {cells[0].casefold(): cells[1] for _, cells in parts["META"][1:] if len(cells) > 1}
    if meta.get("vote_type", "approval").casefold() != "approval":
        raise BallotFileError("vote_type", value=meta["vote_type"])
    projects = tuple(
        {"key": row["project_id"], "title": row.get("name") or row["project_id"], "cost_eur": _amount(row["cost"], number)}
        for number, row in _rows(parts["PROJECTS"], ("project_id", "cost"))
    )
    known = {one["key"] for one in projects}
    papers: Counter[frozenset[str]] = Counter()
    for number, row in _rows(parts["VOTES"], ("vote",)):
        ticked = frozenset(filter(None, (one.strip() for one in row["vote"].split(","))))
        if ticked - known:
            raise BallotFileError("unknown_project", number, min(ticked - known))
        papers[ticked] += 1
    budget = _amount(meta.get("budget", ""), 0, "no_budget")
    return BallotFile(title=meta.get("description", ""), budget=budget, projects=projects, votes=_grouped(papers))


def read_papers(content: bytes, projects: Sequence[Mapping[str, Any]]) -> tuple[Vote, ...]:
    """Read papers that somebody typed: a column a project, called by its number or title, a row for papers that say the same.

    Parameters
    ----------
    content
        Of a CSV file; a column ``bulletins`` says how many papers a row stands for.
    projects
        `key` and `title` of those on the ballot.

    Returns
    -------
    tuple of Vote

    Raises
    ------
    BallotFileError
        If a column or a cell says nothing that is known.
    """
    lines = list(_lines(content, ""))
    if not lines:
        raise BallotFileError("not_text")
    known = {str(one[name]).strip().casefold(): str(one["key"]) for one in projects for name in ("title", "key")}
    heading = [cell.casefold() for cell in lines[0][1]]
    columns = {place: known[cell] for place, cell in enumerate(heading) if cell in known}
    if not columns:
        raise BallotFileError("no_column", 1, ", ".join(lines[0][1]))
    counted = next((place for place, cell in enumerate(heading) if cell in COUNTS), None)
    papers: Counter[frozenset[str]] = Counter()
    for number, cells in lines[1:]:
        ticked = set()
        for place, key in columns.items():
            cell = cells[place].casefold() if place < len(cells) else ""
            if cell in TICKS:
                ticked.add(key)
            elif cell not in BLANKS:
                raise BallotFileError("no_tick", number, cells[place])
        said = cells[counted] if counted is not None and counted < len(cells) else "1"
        if not said.isdecimal():
            raise BallotFileError("no_tick", number, said)
        papers[frozenset(ticked)] += int(said)
    return _grouped(papers)


def write_pabulib(title: str, budget: float, projects: Sequence[Mapping[str, Any]], votes: Sequence[Vote], rule: str) -> bytes:
    """Write a ballot as a `.pb` file, one line a paper.

    Parameters
    ----------
    title, budget, projects, votes
        Of the ballot.
    rule
        By which it is counted.
    """
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    papers = [vote for vote in votes for _ in range(vote.count)]
    meta = {"description": title, "num_projects": len(projects), "num_votes": len(papers), "budget": f"{budget:g}",
            "rule": rule, "vote_type": "approval"}  # fmt: skip
    writer.writerows([["META"], ["key", "value"], *meta.items(), ["PROJECTS"], ["project_id", "cost", "name"]])
    writer.writerows([one["key"], f"{one['cost_eur']:g}", one["title"]] for one in projects)
    order = {str(one["key"]): place for place, one in enumerate(projects)}
    writer.writerows([["VOTES"], ["voter_id", "vote"]])
    writer.writerows(
        [number, ",".join(sorted(vote.approved, key=order.__getitem__))] for number, vote in enumerate(papers, start=1)
    )
    return out.getvalue().encode()


def _lines(content: bytes, delimiter: str) -> Iterable[tuple[int, list[str]]]:
    """Lines that hold something, with their number; cells without the blanks around them."""
    known = decode(content) if len(content) <= MAX_BYTES else None
    if known is None:
        raise BallotFileError("not_text")
    text = known[0].lstrip("\ufeff")
    first = text.split("\n", 1)[0]
    used = delimiter or max(";,\t", key=first.count)
    for number, cells in enumerate(csv.reader(StringIO(text), delimiter=used, skipinitialspace=True), start=1):
        if any(cell.strip() for cell in cells):
            yield number, [cell.strip() for cell in cells]


def _rows(lines: list[tuple[int, list[str]]], needed: Sequence[str]) -> Iterable[tuple[int, dict[str, str]]]:
    heading = [cell.casefold() for cell in lines[0][1]]
    for name in needed:
        if name not in heading:
            raise BallotFileError("no_column", lines[0][0], name)
    for number, cells in lines[1:]:
        yield number, dict.fromkeys(heading, "") | dict(zip(heading, cells, strict=False))


def _amount(text: str, line: int, code: str = "no_cost") -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise BallotFileError(code, line, text) from None
    if not 0 < value < float("inf"):
        raise BallotFileError(code, line, text)
    return value


def _grouped(papers: Counter[frozenset[str]]) -> tuple[Vote, ...]:
    ordered = sorted(papers.items(), key=lambda pair: (-pair[1], sorted(pair[0])))
    return tuple(Vote(approved=ticked, count=count) for ticked, count in ordered if count)
