"""One linear programme, solved by HiGHS through SciPy: minimise cost · x where matrix @ x = right and lower ≤ x ≤ upper."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from symbiosis.disclosure.rules import Floats
from symbiosis.errors import SolverError

INFEASIBLE, UNBOUNDED = 2, 3


def minimise(cost: Floats, matrix: sparse.sparray, right: Floats, lower: Floats, upper: Floats) -> tuple[float, Floats] | None:
    """The least cost and where it is reached.

    Parameters
    ----------
    cost
        By variable.
    matrix, right
        The equalities, one a row.
    lower, upper
        By variable; they may be infinite.

    Returns
    -------
    tuple[float, numpy.ndarray] or None
        The cost, minus infinity and no variables where it falls for ever; None where nothing satisfies the equalities.

    Raises
    ------
    SolverError
        HiGHS gave up.
    """
    # `milp` without integers is the same HiGHS as `linprog`, which takes longer to look at its arguments than to solve this.
    answer = milp(cost, constraints=LinearConstraint(matrix, right, right), bounds=Bounds(lower, upper))
    if answer.status == INFEASIBLE:
        return None
    if answer.status == UNBOUNDED:
        return -np.inf, np.empty(0)
    if answer.status != 0:
        raise SolverError(f"a linear programme of the gate ended with status {answer.status}: {answer.message}")
    return float(answer.fun), np.asarray(answer.x, dtype=float)
