"""Why pairs that were looked at are not proposed: what law, matter or the allocation says, the reason that binds first.

What nothing could make a pair is no refusal: see :func:`are_apart_for_good`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation import margins
from symbiosis.compatibility import BLOCKING, Coded
from symbiosis.objectives import Case, Coefficients, over_all
from symbiosis.schemas import FEASIBILITY

if TYPE_CHECKING:
    from symbiosis.candidates import Candidates

NEGLIGIBLE = 1e-7


def are_apart_for_good(candidates: Candidates) -> NDArray[np.bool_]:
    """Paths with a step between two resource families, in units that nothing brings together.

    A shaky reading of words may join waste heat to a parking space, or broken pallets to hours of a shuttle. No density and no
    other way of counting makes a pair of the two: they are neither listed nor counted.

    Parameters
    ----------
    candidates
        Every pair that was looked at.

    Returns
    -------
    numpy.ndarray
        By path.
    """
    paths, legs, flows = candidates.paths, candidates.legs, candidates.flows
    is_apart = np.zeros(len(legs) + 1, dtype=bool)  # the last for a step that there is not
    row = np.flatnonzero(Coded.of(legs["reasons"]).told(lambda text: "unit_mismatch:" in text))
    moved = legs["family"].iloc[row].to_numpy(dtype=object)
    for end, declared in (("tail_id", flows.outputs), ("head_id", flows.needs)):
        family = legs[end].iloc[row].astype(object).map(declared["family"])
        is_apart[row] |= family.notna().to_numpy() & (family.to_numpy(dtype=object) != moved)
    apart: NDArray[np.bool_] = np.logical_or.reduce([is_apart[leg] for leg in paths.steps.values()])
    return apart


def refusals_of(candidates: Candidates, case: Case, plan: Coefficients, proposed: pd.Series) -> pd.DataFrame:
    """Pairs that no run uses, with the reason that binds: law or matter first, then what the allocation says.

    Parameters
    ----------
    candidates
        Every pair that was looked at.
    case, plan
        What could be used as declared, and what was.
    proposed
        Legs that any run proposes.

    Returns
    -------
    pandas.DataFrame
        `output_id`, `need_id`, `operator_1`, `operator_2`, `status` (``not_retained``, ``to_investigate`` or ``excluded``),
        `binding_reason`, `reasons`, `distance_km`, `confidence`; once per pair, sorted by its ends.
    """
    paths, legs = candidates.paths, candidates.legs
    is_used = np.append(legs.index.isin(proposed), True)  # a step that there is not stands in nobody's way
    is_proposed = np.logical_and.reduce([is_used[leg] for leg in paths.steps.values()])
    pair = paths.pair
    of_pair = np.zeros(len(paths), dtype=bool)
    of_pair[pair[is_proposed]] = True
    # A pair may have several ways: the one that came nearest to being retained speaks for it.
    left = np.flatnonzero(~of_pair[pair] & ~are_apart_for_good(candidates))
    left = left[np.lexsort((paths.severity[left], pair[left]))]
    left = left[np.diff(pair[left], prepend=-1) != 0]

    is_feasible = paths.severity[left] == FEASIBILITY.index("feasible")
    # What merely remarks something belongs on the sheet of a proposal; a refusal says what stands in its way.
    reasons = paths.reasons[left]
    gravest = Coded(reasons.code, np.array([min(text.split(";"), key=_rank) for text in reasons.entries], dtype=object))
    standing = Coded(reasons.code, np.array([_blocking_codes(text) for text in reasons.entries], dtype=object))
    binding = gravest.whole()
    binding[is_feasible] = _not_retained(candidates, case, plan, left[is_feasible])
    names = np.append(paths.names, "")
    status = np.array(["not_retained", *FEASIBILITY[1:]], dtype=object)[paths.severity[left]]
    told = {
        **{name: names[paths.ends[name][left]] for name in ("output_id", "need_id", "operator_1", "operator_2")},
        "status": status, "binding_reason": binding, "reasons": standing.whole(),
    }  # fmt: skip
    # Columns point at texts that many rows share; as strings of their own they would be gigabytes.
    return pd.DataFrame({
        **{name: pd.Series(column, dtype=object, copy=False) for name, column in told.items()},
        "distance_km": paths.distance_km[left], "confidence": paths.confidence[left],
    })  # fmt: skip


def _not_retained(
    candidates: Candidates, case: Case, plan: Coefficients, chosen: NDArray[np.integer[Any]]
) -> NDArray[np.object_]:
    """Why the allocation does not use some paths that are feasible: what binds first of what its plan says."""
    paths, legs = candidates.paths, candidates.legs
    is_there = legs["feasibility"].eq("feasible").to_numpy()
    first = paths.steps["leg_1"][chosen]
    worth = over_all(margins(case), legs.index, is_there, missing=np.nan).to_numpy()[first]

    def of_flows(values: pd.Series, end: str, missing: float) -> NDArray[np.float64]:
        """Values of one end of each path, by its id."""
        known: NDArray[np.float64] = np.append(values.reindex(paths.names).fillna(missing).to_numpy(dtype=float), missing)
        return np.asarray(known[paths.ends[end][chosen]])

    capacity = case.operators["capacity"] - plan["throughput"]
    opened = plan["is_open"].reindex(case.operators.index).fillna(1.0)
    operators = ("operator_1", "operator_2")
    is_full = np.logical_or.reduce([of_flows(capacity, end, np.inf) <= NEGLIGIBLE for end in operators])
    is_closed = np.logical_or.reduce([of_flows(opened, end, 1.0) < 0.5 for end in operators])
    is_known = np.append(is_there, False)[first]
    apart = np.append(legs.index.isin(_apart(case, plan)), False)
    is_apart = np.logical_or.reduce([apart[leg[chosen]] for leg in paths.steps.values()])
    short = pd.Series(1.0, index=pd.Index(_short(case, plan), dtype=object))
    is_short = np.logical_or.reduce([of_flows(short, end, 0.0) > 0 for end in ("need_id", "operator_1")])
    loses = worth < -1e-9
    why = {
        "no_net_gain": loses, "coalition_incomplete": is_apart & is_known, "project_not_opened": is_closed & is_known,
        "operator_full": is_full & is_known,
        "output_used_elsewhere": of_flows(plan["disposed"], "output_id", np.inf) <= NEGLIGIBLE,
        "need_served_elsewhere": of_flows(plan["purchased"], "need_id", np.inf) <= NEGLIGIBLE,
        "threshold_not_reached": is_short,
    }  # fmt: skip
    code = np.select(list(why.values()), np.arange(len(why)).tolist(), len(why))
    binding: NDArray[np.object_] = np.array([*why, "fixed_costs_not_covered"], dtype=object)[code]
    lost = Coded.of(worth[loses].round(2))
    binding[loses] = Coded(lost.code, np.array([f"no_net_gain:{euros:g}" for euros in lost.entries], dtype=object)).whole()
    return binding


def _apart(case: Case, plan: Coefficients) -> list[str]:
    """Legs between members of coalitions that are not formed."""
    inside = case.agreements.inside
    off = plan["is_joined"].index[plan["is_joined"] < 0.5]
    return list(inside.loc[inside["coalition_id"].isin(off), "leg_id"])


def _short(case: Case, plan: Coefficients) -> list[str]:
    """Needs and operators that reach no step of their tariff."""
    steps = case.agreements.thresholds
    reached = plan["is_reached"].groupby(steps["subject_id"]).sum()
    return list(reached.index[reached < 0.5])


@cache
def _rank(code: str) -> int:
    """Place of a reason among those that stand in the way, the last for one that merely remarks something."""
    kind = code.partition(":")[0]
    return BLOCKING.index(kind) if kind in BLOCKING else len(BLOCKING)


def _blocking_codes(text: str) -> str:
    return ";".join(dict.fromkeys(code for code in text.split(";") if _rank(code) < len(BLOCKING)))
