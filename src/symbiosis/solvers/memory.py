"""A solver that remembers the disjoint parts that it has solved: a run that changes little of a programme pays for little.

A part is known by its numbers, wherever its rows and columns stand in the whole: a limit that cuts three exchanges, an actor
who leaves, a price of one outlet change a few parts out of hundreds, and the others are not solved again. What is left is one
programme, handed to the solver; if it is linear and of the shape of the one before, the solver starts where that one ended.

Parts that were solved together are proved together: of each is remembered by how much its call fell short of its bound, and
each call that an answer rests on is counted once. As no part of a call falls short by more than all of them together, the sum
bounds the whole.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from symbiosis.solvers.parts import parts_of, piece
from symbiosis.solvers.program import Basis, Floats, Ints, Program, Solution, check, objective_slack, verify

KEPT = 200_000
"""Parts that are remembered, the last used ones."""


@dataclass(frozen=True, slots=True)
class _Known:
    values: Floats
    reduced_costs: Floats
    row_duals: Floats
    engine: str
    call: int


class Memory:
    """Wrap a solver; :meth:`solve` has the signature of :func:`symbiosis.solvers.solve`.

    Parameters
    ----------
    solve
        The solver, here or in a child.

    Attributes
    ----------
    asked, solved
        Parts of the programmes so far, and those that had to be solved.
    """

    def __init__(self, solve: Callable[..., Solution]) -> None:
        self._solve = solve
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._short: list[float] = []
        self._basis: dict[tuple[int, int, int], Basis] = {}
        self.asked = self.solved = 0

    def solve(self, program: Program, *, relative_gap: float = 1e-6, **options: Any) -> Solution:
        """Solve a programme, of which only what is new is handed on.

        Parameters
        ----------
        program, relative_gap, **options
            As for the solver that this one wraps.

        Returns
        -------
        Solution
            Parts that were solved to a wider gap before are solved again where the whole would miss the one that is asked.

        Raises
        ------
        ProgramError, SolverError
            As the solver.
        """
        check(program)
        begun = time.perf_counter()
        count, column_part, row_part = parts_of(program)
        if count < 2:  # nothing to tell apart
            return self._from_basis(program, relative_gap=relative_gap, **options)
        members = _Members(program, count, column_part, row_part)
        keys = members.digests()
        known = [self._known.get(key) for key in keys]
        self.asked += count
        found = self._joined(program, members, known)
        if None in known or not _is_proved(program, found, relative_gap):
            known, status = self._completed(program, members, keys, known, relative_gap=relative_gap, **options)
            if status not in ("optimal", "feasible"):
                return _nothing(program, status, count, time.perf_counter() - begun)
            found = replace(self._joined(program, members, known), status=status)
            if status == "optimal" and not _is_proved(program, found, relative_gap):
                # What was known is too far from proved beside what is new: all of it afresh.
                known, status = self._completed(program, members, keys, [None] * count, relative_gap=relative_gap, **options)
                found = replace(self._joined(program, members, known), status=status)
            verify(program, found)
        return replace(found, seconds=time.perf_counter() - begun)

    def _completed(
        self, program: Program, members: _Members, keys: list[bytes], known: list[_Known | None],
        *, relative_gap: float, start: Floats | None = None, **options: Any,
    ) -> tuple[list[_Known | None], str]:  # fmt: skip
        """What is known of each part with what had to be solved; of a contradiction nothing is worth remembering."""
        if None not in known:
            known = [None] * len(known)
        is_new = np.array([one is None for one in known])
        columns, rows = np.flatnonzero(is_new[members.column_part]), np.flatnonzero(is_new[members.row_part])
        if start is not None:
            options = {**options, "start": start[columns]}
        rest = self._from_basis(piece(program, columns, rows), relative_gap=relative_gap, **options)
        self.solved += int(is_new.sum())
        if rest.status not in ("optimal", "feasible"):
            return known, rest.status
        self._short.append(max(0.0, rest.objective - rest.bound))
        values, reduced = np.full(len(program.cost), np.nan), np.full(len(program.cost), np.nan)
        duals = np.full(len(program.row_lower), np.nan)
        values[columns], reduced[columns], duals[rows] = rest.values, rest.reduced_costs, rest.row_duals
        known = list(known)
        for part in np.flatnonzero(is_new).tolist():
            mine, its_rows = members.columns(part), members.rows(part)
            found = _Known(values[mine], reduced[mine], duals[its_rows], rest.engine, len(self._short) - 1)
            known[part] = found
            if rest.status == "optimal":
                self._known[keys[part]] = found
        for key in keys:
            if key in self._known:
                self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return known, rest.status

    def _from_basis(self, program: Program, *, relative_gap: float, **options: object) -> Solution:
        """Have a programme solved, from the last vertex of one of its shape if it is linear."""
        if program.is_integer.any() or program.products is not None:
            return self._solve(program, relative_gap=relative_gap, **options)
        shape = (len(program.cost), len(program.row_lower), len(program.value))
        if shape in self._basis:
            options = {**options, "basis": self._basis[shape]}
        found = self._solve(program, relative_gap=relative_gap, **options)
        if found.basis is not None:
            self._basis = {shape: found.basis}
        return found

    def _joined(self, program: Program, members: _Members, known: list[_Known | None]) -> Solution:
        """The whole answer from those of its parts."""
        values, reduced = np.zeros(len(program.cost)), np.full(len(program.cost), np.nan)
        duals = np.full(len(program.row_lower), np.nan)
        there = [(part, one) for part, one in enumerate(known) if one is not None]
        for part, one in there:
            mine = members.columns(part)
            values[mine], reduced[mine], duals[members.rows(part)] = one.values, one.reduced_costs, one.row_duals
        objective = float(program.cost @ values)
        engines = {engine for _, one in there for engine in one.engine.split("+")} - {"none"}
        return Solution(
            status="optimal", values=values, objective=objective,
            bound=objective - sum(self._short[call] for call in sorted({one.call for _, one in there})),
            row_duals=duals, reduced_costs=reduced, engine="+".join(sorted(engines)) or "none", seconds=0.0,
            parts=len(known),
        )  # fmt: skip


def _is_proved(program: Program, solution: Solution, relative_gap: float) -> bool:
    scale = max(1e-9, abs(solution.objective), abs(solution.bound))
    return solution.objective - solution.bound <= relative_gap * scale + objective_slack(program, solution.values)


def _nothing(program: Program, status: str, parts: int, seconds: float) -> Solution:
    return Solution(
        status=status, values=np.empty(0), objective=float("nan"), bound=float("-inf"),
        row_duals=np.full(len(program.row_lower), np.nan), reduced_costs=np.full(len(program.cost), np.nan),
        engine="none", seconds=seconds, parts=parts,
    )  # fmt: skip


class _Members:
    """Rows, columns and coefficients of each part."""

    def __init__(self, program: Program, count: int, column_part: Ints, row_part: Ints) -> None:
        self._program, self.column_part, self.row_part = program, column_part, row_part
        self._columns, self._first_column = _grouped(column_part, count)
        self._rows, self._first_row = _grouped(row_part, count)

    def columns(self, part: int) -> Ints:
        """In their order."""
        return self._columns[self._first_column[part] : self._first_column[part + 1]]

    def rows(self, part: int) -> Ints:
        """In their order."""
        return self._rows[self._first_row[part] : self._first_row[part + 1]]

    def digests(self) -> list[bytes]:
        """One key per part: equal where all numbers are, whatever stands around the part."""
        program, count = self._program, len(self._first_column) - 1
        column, row = _places(self._columns, self._first_column), _places(self._rows, self._first_row)
        of_columns = np.column_stack([program.cost, program.lower, program.upper, program.is_integer])[self._columns]
        of_rows = np.column_stack([program.row_lower, program.row_upper])[self._rows]
        blocks = [(of_columns, self._first_column), (of_rows, self._first_row)]
        entries = np.column_stack([row[program.row], column[program.column], program.value])
        blocks.append(_sorted(entries, self.row_part[program.row], count))
        if program.products is not None:
            some = program.products
            entries = np.column_stack([row[some.row], column[some.first], column[some.second], some.value])
            blocks.append(_sorted(entries, self.row_part[some.row], count))
        keys = []
        for part in range(count):
            digest = blake2b(digest_size=16)
            for block, first in blocks:
                digest.update(np.int64(first[part + 1] - first[part]).tobytes())
                digest.update(block[first[part] : first[part + 1]].tobytes())
            keys.append(digest.digest())
        return keys


def _grouped(part: Ints, count: int) -> tuple[Ints, Ints]:
    """Positions by part, and where each part begins among them."""
    return np.argsort(part, kind="stable"), np.append(0, np.cumsum(np.bincount(part, minlength=count)))


def _places(order: Ints, first: Ints) -> Ints:
    """Of each position, its place within its part."""
    out = np.empty(len(order), dtype=np.int64)
    out[order] = np.arange(len(order)) - np.repeat(first[:-1], np.diff(first))
    return out


def _sorted(entries: Floats, part: Ints, count: int) -> tuple[Floats, Ints]:
    """Entries by part, row and column, in memory as they are read."""
    order = np.lexsort((*entries[:, -2::-1].T, part))
    return np.ascontiguousarray(entries[order]), np.append(0, np.cumsum(np.bincount(part, minlength=count)))
