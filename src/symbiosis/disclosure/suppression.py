"""Which other figures must be hidden so that nobody can work out the hidden ones from what is left.

A table states its margins, so one hidden figure alone in its row is the total minus the others. Two tests are met together, by
hiding more until both hold:

*Lines.* Where a total is shown, the hidden parts of its line are known together: their sum is one more figure, and must pass
the rules of :mod:`symbiosis.disclosure.rules` as any other. This is what keeps two lone companies of one row from reading each
other.

*Moves.* A hidden figure x is safe when the table that is shown would look the same with x·(1 + p) and with x·(1 − p) in its
place. What shows it is a *move*: a change of hidden figures alone, zero along every line, that changes x by p·x and no other
figure by more than the figure itself, so that both it and its opposite are possible tables. A unit that is in a figure knows
its own part: for it only what the others hold may move, and it must not learn that within p either. Where four hidden corners
of a rectangle (eight of a box) have room enough, they are a move; else a linear programme finds the cheapest move, and the
shown figures that it needs are hidden.

The bounds that an intruder computes contain every possible table, so a move proves that they are wide. Rounding the shown
figures only widens them. :mod:`symbiosis.disclosure.attack` computes those bounds by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from symbiosis.disclosure.linear import minimise
from symbiosis.disclosure.rules import Flags, Floats, Rules, weaknesses
from symbiosis.disclosure.tables import Grid, Integers
from symbiosis.errors import SolverError

TINY = 1e-9
"""Room, against what must move, that counts as none."""

SLIGHT = 1e-3
"""Room of a shown figure, against what must move, that is not worth hiding it."""

WIDEST = 1e4
"""Room, against what must move, beyond which more does not help: it keeps the programme's coefficients near one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What stands in the cells of a grid, and who holds it.

    Attributes
    ----------
    grid
        The cells and their sums.
    amounts
        By cell; signed where the figures are changes.
    shares
        For each role that units have, what each (columns) holds of each cell (rows).
    known
        Cells × units: what each unit knows because it is a party to it.
    """

    grid: Grid
    amounts: Floats
    shares: tuple[sparse.csr_array, ...]
    known: sparse.csr_array

    @classmethod
    def of(cls, grid: Grid, contributions: pd.DataFrame, roles: tuple[str, ...], units: pd.Index) -> Figures:
        """Add contributions up.

        Parameters
        ----------
        grid
            Whose labels they use.
        contributions
            Dimensions, roles and `value`.
        roles
            Columns that name a unit.
        units
            All units, in order.

        Returns
        -------
        Figures
            With every margin.
        """
        shares = tuple(grid.holdings(contributions, (role,), "value", units) for role in roles)
        known = shares[0] if len(roles) == 1 else grid.holdings(contributions, roles, "value", units)
        return cls(grid=grid, amounts=np.asarray(shares[0].sum(axis=1)), shares=shares, known=known)

    def since(self, before: Figures) -> Figures:
        """What changed.

        Parameters
        ----------
        before
            Figures of the same grid and units.

        Returns
        -------
        Figures
            Differences; what floating point leaves of equal values is nothing.
        """
        scale = np.abs(self.amounts) + np.abs(before.amounts)
        known = _difference(self.known, before.known, scale)
        shares = tuple(_difference(new, old, scale) for new, old in zip(self.shares, before.shares, strict=True))
        return Figures(grid=self.grid, amounts=np.asarray(shares[0].sum(axis=1)), shares=shares, known=known)

    def fewest_units(self) -> Integers:
        """Units behind each figure, in the role that has the fewest.

        Returns
        -------
        numpy.ndarray
            By cell.
        """
        return np.asarray(np.min([np.diff(share.indptr) for share in self.shares], axis=0), dtype=np.int64)

    def weaknesses(self, rules: Rules) -> NDArray[np.object_]:
        """Why each figure is unsafe by itself, empty where it is not: it must be safe in every role.

        Parameters
        ----------
        rules
            The thresholds.

        Returns
        -------
        numpy.ndarray
            Reason codes by cell.
        """
        return _first_reason([weaknesses(share, rules) for share in self.shares])


def complement(figures: Figures, hidden: Flags, is_sensitive: Flags, withheld: Flags, rules: Rules) -> Flags:
    """Hide more, until no hidden figure can be recovered.

    Parameters
    ----------
    figures
        The table.
    hidden
        What is hidden already, by cell.
    is_sensitive
        Which figures no contributor may recover either.
    withheld
        Which of the hidden ones are only not shown: whoever recovers one that is not sensitive has learnt no secret.
    rules
        The thresholds.

    Returns
    -------
    numpy.ndarray
        What must be hidden, by cell: `hidden` and the complementary ones.
    """
    search = _Search(figures, hidden & (figures.amounts != 0), is_sensitive, rules)
    search.done |= withheld & ~is_sensitive
    search.run()
    return hidden | search.hidden


@dataclass(frozen=True, slots=True)
class _Move:
    """Cells that move together, and how far each does when the first one moves by one."""

    cells: Integers
    reach: Floats

    def fits(self, rooms: Floats, needs: Floats) -> Flags:
        """Whether each row of rooms (by cell) lets the first cell move by what it needs."""
        return np.asarray((rooms[:, self.cells] >= (1 - TINY) * self.reach * needs[:, None]).all(axis=1))


class _Search:
    """The state of one search: what is hidden so far, and which cells have their moves."""

    def __init__(self, figures: Figures, hidden: Flags, is_sensitive: Flags, rules: Rules) -> None:
        grid = figures.grid
        self.figures, self.rules, self.is_sensitive = figures, rules, is_sensitive
        self.hidden = hidden.copy()
        self.room = np.abs(figures.amounts)
        self.unit_rooms = np.abs(figures.amounts[:, None] - figures.known.toarray()).T
        self.shape = grid.shape
        self.lines = grid.lines
        self.touching = abs(grid.lines)
        self.parts = (grid.lines > 0).astype(float)
        self.total_of = np.asarray(grid.lines.argmin(axis=1)).ravel()
        mean = self.room[self.room > 0].mean() if self.room.any() else 1.0
        # Small figures and inner ones are hidden before large ones and margins; scale-free, so that units change nothing.
        self.weights = np.sqrt(grid.parts_behind()) * (1 + np.log1p(self.room / mean))
        self.done = np.zeros(len(hidden), dtype=bool)

    def run(self) -> None:
        """Lines and moves in turn: each may hide what the other must look at."""
        while True:
            self.cover_lines()
            waiting = np.flatnonzero(self.hidden & ~self.done)
            if not len(waiting):
                return
            for cell in waiting[np.argsort(-self.room[waiting], kind="stable")]:
                self.cover(int(cell))
                self.done[cell] = True

    # ------------------------------------------------------------------------------------------------------------ lines

    def cover_lines(self) -> None:
        """Hide until what is hidden in each line, added up, is safe."""
        while True:
            together = [sparse.csr_array(self.parts.multiply(self.hidden[None, :]).tocsr() @ s) for s in self.figures.shares]
            failing = np.flatnonzero(~self.are_safe(together) & ~self.hidden[self.total_of])
            if not len(failing):
                return
            touched = np.zeros(len(self.hidden), dtype=bool)
            for line in failing:
                cells = np.asarray(self.parts.indices[self.parts.indptr[line] : self.parts.indptr[line + 1]], dtype=np.int64)
                if not touched[cells].any():
                    more = self.lightest(int(line), cells, [share[[line]].toarray() for share in together])
                    touched[more] = self.hidden[more] = True

    def are_safe(self, holdings: Sequence[sparse.csr_array]) -> Flags:
        """Which figures are safe in every role."""
        return np.asarray(_first_reason([weaknesses(held, self.rules) for held in holdings]) == "", dtype=bool)

    def lightest(self, line: int, cells: Integers, together: Sequence[Floats]) -> Integers:
        """What to hide in a line: its total, or parts with which the hidden ones are safe together, whatever weighs less."""
        total = self.total_of[[line]]
        free = cells[~self.hidden[cells] & (self.room[cells] > 0)]
        is_bare = (self.touching @ self.hidden) == 0
        is_bare[line] = False
        # A part that is the first one to be hidden in its other lines will ask for more there.
        weights = self.weights[free] * (1 + self.touching.T.tocsr()[free] @ is_bare)
        order = np.lexsort((free, weights))
        free, weights = free[order], weights[order]
        sums = [
            held + np.cumsum(share[free].toarray(), axis=0) for held, share in zip(together, self.figures.shares, strict=True)
        ]
        enough = np.flatnonzero(self.are_safe([sparse.csr_array(held) for held in sums])) if len(free) else free
        if not len(enough):
            return total
        needed = np.arange(len(free)) <= enough[0]
        for part in np.flatnonzero(needed)[::-1]:
            needed[part] = False
            without = [
                sparse.csr_array(held + share[free[needed]].sum(axis=0)[None, :])
                for held, share in zip(together, self.figures.shares, strict=True)
            ]
            needed[part] = not self.are_safe(without)[0]
        return free[needed] if weights[needed].sum() <= self.weights[total[0]] else total

    # ------------------------------------------------------------------------------------------------------------ moves

    def cover(self, cell: int) -> None:
        """Find the moves that keep a cell from everybody, hiding what they need."""
        share = self.rules.precision_share
        moves = [self.move(cell, share * self.room[cell], self.room)]
        if not self.is_sensitive[cell]:
            return
        needs = share * self.unit_rooms[:, cell]
        # A unit that holds nothing of the cells of a move is a stranger to it; one that holds the whole cell learns nothing.
        waits = needs > TINY * self.room[cell]
        waits &= ~moves[0].fits(self.unit_rooms, needs)
        while waits.any():
            unit = int(np.flatnonzero(waits)[0])
            moves.append(self.move(cell, needs[unit], self.unit_rooms[unit]))
            waits &= ~moves[-1].fits(self.unit_rooms, needs)
            waits[unit] = False

    def move(self, cell: int, need: float, room: Floats) -> _Move:
        """A move of one cell by what it needs, within the room that an intruder cannot exclude."""
        corners, width = self.widest_box(cell, room)
        if width >= need:
            return _Move(corners, np.ones(len(corners)))
        found = self.cheapest_move(cell, need, room)
        if (
            found is None
        ):  # Net changes may cancel in the margins, so that no move is small enough: the margins then say nothing.
            found = _Move(self.margins_of(cell), np.zeros(2 ** len(self.shape)))
        self.hidden[found.cells] = True
        return found

    def widest_box(self, cell: int, room: Floats) -> tuple[Integers, float]:
        """The box of hidden corners around a cell whose narrowest corner is widest, the cell first."""
        at = np.unravel_index(cell, self.shape)
        rooms = np.where(self.hidden, room, 0.0).reshape(self.shape)
        narrowest = np.full(self.shape, room[cell])
        for axis, place in enumerate(at):
            narrowest[(slice(None),) * axis + (place,)] = 0.0
        for is_moved in list(product((False, True), repeat=len(at)))[1:]:
            corner = rooms[tuple(slice(None) if m else slice(p, p + 1) for m, p in zip(is_moved, at, strict=True))]
            narrowest = np.minimum(narrowest, corner)
        best = int(narrowest.argmax())
        other = np.unravel_index(best, self.shape)
        corners = [np.ravel_multi_index(corner, self.shape) for corner in product(*zip(at, other, strict=True))]
        return np.array(corners, dtype=np.int64), float(narrowest.flat[best])

    def margins_of(self, cell: int) -> Integers:
        """A cell and all the margins that it is part of."""
        at = np.unravel_index(cell, self.shape)
        last = tuple(size - 1 for size in self.shape)
        margins = product(*((int(place), end) for place, end in zip(at, last, strict=True)))
        return np.array([np.ravel_multi_index(corner, self.shape) for corner in margins], dtype=np.int64)

    def cheapest_move(self, cell: int, need: float, room: Floats) -> _Move | None:
        """The move of one cell that hides least: the least weight of shown figures, then of figures at all."""
        cells = np.flatnonzero(room > np.where(self.hidden, TINY, SLIGHT) * need)
        cells = cells[cells != cell]
        matrix = sparse.csr_array(self.lines)[:, cells]
        widest = np.minimum(room[cells] / need, WIDEST)
        # A shown figure is hidden whole however little of it moves: one that is used up costs its weight.
        cost = np.where(self.hidden[cells], 1e-4, self.weights[cells] / np.minimum(widest, 1.0))
        answer = minimise(
            np.tile(cost, 2), sparse.csr_array(sparse.hstack([matrix, -matrix])), -self.lines[:, [cell]].toarray().ravel(),
            np.zeros(2 * len(cells)), np.tile(widest, 2),
        )  # fmt: skip
        if answer is None:
            return None
        step = answer[1][: len(cells)] - answer[1][len(cells) :]
        step[np.abs(step) < 1e-7] = 0.0
        whole = np.zeros(len(room))
        whole[cells], whole[cell] = step, 1.0
        if np.abs(self.lines @ whole).max() > 1e-5 or (np.abs(step) > widest * (1 + 1e-6)).any():
            raise SolverError("a move changes a sum of the table, or goes below nothing")
        moved = np.append(cell, cells[step != 0])
        return _Move(moved, np.abs(whole[moved]) * (1 - 1e-6))


def _first_reason(by_role: list[NDArray[np.object_]]) -> NDArray[np.object_]:
    """The reason of the first role that has one."""
    reasons = by_role[0]
    for other in by_role[1:]:
        reasons = np.where(reasons == "", other, reasons)
    return reasons


def _difference(new: sparse.csr_array, old: sparse.csr_array, scale: Floats) -> sparse.csr_array:
    """New minus old, without the dust."""
    moved = sparse.csr_array(new - old)
    moved.data[np.abs(moved.data) <= TINY * np.repeat(scale, np.diff(moved.indptr))] = 0.0
    moved.eliminate_zeros()
    return moved
