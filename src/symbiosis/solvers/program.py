"""A programme in sparse columns, what an engine may see of it, and the arithmetic that every answer must survive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from symbiosis.errors import ProgramError, SolverError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST_NUMBER = 1e9
"""Coefficients and finite bounds beyond this are refused: engines compute in doubles with absolute tolerances near 1e-6."""

FEASIBILITY_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """Terms ``value × x[first] × x[second]`` that some rows hold beside their linear ones: mixing through a store or a process.

    Attributes
    ----------
    row, first, second
        Where each term stands, shape (terms,); a couple of columns stands once in a row, in either order.
    value
        Coefficients, shape (terms,).
    """

    row: Ints
    first: Ints
    second: Ints
    value: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Minimise ``cost @ x`` subject to ``row_lower <= A x + products <= row_upper`` and ``lower <= x <= upper``.

    Attributes
    ----------
    cost, lower, upper
        One value per column, shape (columns,).
    is_integer
        Columns that take whole values, shape (columns,).
    row_lower, row_upper
        One value per row, shape (rows,); infinite where a side is open.
    row, column, value
        Non-zero coefficients of the matrix, shape (non-zeros,); a place stands once.
    products
        Products of two columns in some rows, or None: such a programme is not convex, and every column of a product has
        finite bounds.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    is_integer: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    row: Ints
    column: Ints
    value: Floats
    products: Products | None = None

    @property
    def matrix(self) -> sparse.csr_array:
        """The coefficients as a sparse matrix, shape (rows, columns), sorted within its rows."""
        matrix = sparse.csr_array((self.value, (self.row, self.column)), shape=(len(self.row_lower), len(self.cost)))
        matrix.sort_indices()
        return matrix

    def activity(self, values: Floats, *, absolute: bool = False) -> Floats:
        """What each row comes to at some values of the columns.

        Parameters
        ----------
        values
            One per column.
        absolute
            Whether the terms are summed without their signs: the scale against which a rounding error is small.

        Returns
        -------
        numpy.ndarray
            Shape (rows,).
        """
        size = abs if absolute else np.asarray
        rows = len(self.row_lower)
        out = np.bincount(self.row, weights=size(self.value * values[self.column]), minlength=rows)
        if self.products is not None:
            terms = self.products.value * values[self.products.first] * values[self.products.second]
            out = out + np.bincount(self.products.row, weights=size(terms), minlength=rows)
        return np.asarray(out, dtype=float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Statuses of columns and rows at a vertex, as MathOpt numbers them: where GLOP may start again.

    Attributes
    ----------
    columns, rows
        One status each.
    """

    columns: NDArray[np.uint8]
    rows: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What an engine found, after our own arithmetic.

    Attributes
    ----------
    status
        ``optimal`` (gap within what was asked), ``feasible`` (a plan, not proved to that gap), ``infeasible``,
        ``unbounded`` or ``no_solution`` (nothing found in the time).
    values
        One value per column, or empty.
    objective
        ``cost @ values``, recomputed.
    bound
        No plan costs less than this; minus infinity where nothing was proved.
    row_duals, reduced_costs
        Prices of rows and columns; on parts with integers, the prices with these held at their values; NaN on parts with
        products of columns, which have no such prices.
    engine
        Engines that were used.
    seconds
        Wall time.
    parts
        Number of disjoint parts of the programme.
    basis
        The vertex, where GLOP found it and may start from it again.
    """

    status: str
    values: Floats
    objective: float
    bound: float
    row_duals: Floats
    reduced_costs: Floats
    engine: str
    seconds: float
    parts: int
    basis: Basis | None = None

    @property
    def gap(self) -> float:
        """Relative distance between the plan and the bound: 0 means proved best, infinite that nothing was proved."""
        if not np.isfinite(self.bound) or not np.isfinite(self.objective):
            return float("inf")
        return max(0.0, self.objective - self.bound) / max(1e-9, abs(self.objective), abs(self.bound))


def check(program: Program) -> None:
    """Refuse a programme that no engine may see.

    Parameters
    ----------
    program
        The programme.

    Raises
    ------
    ProgramError
        On NaN, an infinite coefficient, a number beyond :data:`LARGEST_NUMBER`, bounds that cross, a place of the matrix
        that is outside or stands twice, arrays of unequal length, or a product of columns without finite bounds.
    """
    columns, rows = len(program.cost), len(program.row_lower)
    _check_lengths(program, columns, rows)
    products = program.products
    numbers = {"cost": program.cost, "matrix": program.value}
    if products is not None:
        numbers["products"] = products.value
    for name, array in numbers.items():
        # One pass over the array says both: a NaN is the greatest of all, for numpy.
        largest = np.abs(array).max(initial=0.0)
        if not np.isfinite(largest):
            raise ProgramError(f"{name} holds a number that is not finite")
        if largest > LARGEST_NUMBER:
            raise ProgramError(f"{name} holds {largest:.3g}, beyond {LARGEST_NUMBER:.0e}: choose a larger unit")
    _check_bounds("column", program.lower, program.upper)
    _check_bounds("row", program.row_lower, program.row_upper)
    _check_within("coefficient", program.row, rows)
    _check_within("coefficient", program.column, columns)
    if len(program.value) > program.matrix.nnz:  # building the matrix adds up what stands at one place
        raise ProgramError("a coefficient stands twice at one place")
    if products is not None:
        _check_products(program, products)


def _check_lengths(program: Program, columns: int, rows: int) -> None:
    lengths = {
        "lower": (program.lower, columns), "upper": (program.upper, columns), "is_integer": (program.is_integer, columns),
        "row_upper": (program.row_upper, rows), "row": (program.row, len(program.value)),
        "column": (program.column, len(program.value)),
    }  # fmt: skip
    if program.products is not None:
        terms = len(program.products.value)
        lengths |= {f"products.{name}": (getattr(program.products, name), terms) for name in ("row", "first", "second")}
    for name, (array, length) in lengths.items():
        if len(array) != length:
            raise ProgramError(f"{name} has {len(array)} entries, not {length}")


def _check_bounds(name: str, low: Floats, high: Floats) -> None:
    if np.isnan(low).any() or np.isnan(high).any():
        raise ProgramError(f"a {name} bound is not a number")
    if (low == np.inf).any() or (high == -np.inf).any():
        raise ProgramError(f"a {name} bound is infinite on the wrong side")
    for side in (low, high):
        size = np.abs(side)
        if (np.isfinite(size) & (size > LARGEST_NUMBER)).any():
            raise ProgramError(f"a {name} bound is beyond {LARGEST_NUMBER:.0e}: choose a larger unit")
    if (low > high).any():
        raise ProgramError(f"{name} {int(np.argmax(low > high))}: its lower bound is above its upper bound")


def _check_within(what: str, places: Ints, length: int) -> None:
    if len(places) and (places.min() < 0 or places.max() >= length):
        raise ProgramError(f"a {what} stands outside the matrix")


def _check_products(program: Program, products: Products) -> None:
    columns = len(program.cost)
    _check_within("product", products.row, len(program.row_lower))
    for side in (products.first, products.second):
        _check_within("product", side, columns)
        if not (np.isfinite(program.lower[side]) & np.isfinite(program.upper[side])).all():
            # Without bounds the branching engine has no relaxation to prove anything with.
            raise ProgramError("a column of a product has no finite bounds")
    low, high = np.minimum(products.first, products.second), np.maximum(products.first, products.second)
    place = (products.row * columns + low) * columns + high
    if len(np.unique(place)) < len(place):
        raise ProgramError("a product stands twice in one row")


def verify(program: Program, solution: Solution) -> None:
    """Recompute every row, bound and whole number of a solution, in plain arithmetic.

    Parameters
    ----------
    program, solution
        What was asked and what was answered.

    Raises
    ------
    SolverError
        Naming the first thing that does not hold, or an objective better than its proved bound.
    """
    x = solution.values
    if not np.isfinite(x).all():
        raise SolverError("the engine returned a value that is not finite")
    slack = FEASIBILITY_TOLERANCE * np.maximum(1.0, np.abs(x))
    if (x < program.lower - slack).any() or (x > program.upper + slack).any():
        raise SolverError("the engine's answer breaks a bound of a column")
    fraction = np.abs(x - np.round(x))[program.is_integer]
    if (fraction > FEASIBILITY_TOLERANCE).any():
        raise SolverError("the engine's answer is not whole where it must be")
    activity = program.activity(x)
    scale = np.maximum(1.0, program.activity(x, absolute=True))
    over = np.maximum(program.row_lower - activity, activity - program.row_upper)
    if len(over) and (over > FEASIBILITY_TOLERANCE * scale).any():
        raise SolverError(f"the engine's answer breaks row {int(np.argmax(over / scale))} by {over.max():.3g}")
    objective = float(program.cost @ x)
    tolerance = objective_slack(program, x)
    if abs(objective - solution.objective) > tolerance:
        raise SolverError("the engine's objective is not the one of its plan")
    if np.isnan(solution.bound) or objective < solution.bound - tolerance:
        raise SolverError("the plan is better than the bound that was called proved")


def objective_slack(program: Program, values: Floats) -> float:
    """How far two computations of an objective may differ and still be called equal."""
    return FEASIBILITY_TOLERANCE * max(1.0, float(np.abs(program.cost) @ np.abs(values)))
