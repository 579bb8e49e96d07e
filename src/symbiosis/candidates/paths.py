"""What legs make together: paths from an output to a need, by number, and the same under their names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.ends import Integers
from symbiosis.candidates.legs import numbered
from symbiosis.candidates.pairs import met
from symbiosis.compatibility import Coded
from symbiosis.compatibility.findings import combined, first_rows
from symbiosis.compatibility.findings import numbered as row_numbers
from symbiosis.schemas import FEASIBILITY

Floats = NDArray[np.float64]

ENDS = ("output_id", "operator_1", "operator_2", "need_id")
STEPS = ("leg_1", "leg_2", "leg_3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Paths output → [operator → [operator →]] need, by number: of millions, the names would fill memory.

    Attributes
    ----------
    names
        Ids of the ends, sorted.
    ends
        By column of :data:`ENDS`, the place of each path's end among `names`; -1 for an operator that there is not.
    steps
        By column of :data:`STEPS`, the row of each path's leg; -1 for one that there is not.
    severity
        The worst verdict of the legs, as a place in :data:`~symbiosis.schemas.FEASIBILITY`.
    confidence, distance_km
        Of the legs together.
    reasons
        All reasons of the legs, each text once.
    """

    names: pd.Index
    ends: dict[str, Integers]
    steps: dict[str, Integers]
    severity: NDArray[np.int8]
    confidence: Floats
    distance_km: Floats
    reasons: Coded

    def __len__(self) -> int:
        """How many paths."""
        return len(self.severity)

    @property
    def pair(self) -> Integers:
        """Number of the output and need of each path: paths of one pair stand together."""
        output, need = self.ends["output_id"], self.ends["need_id"]
        is_new = (np.diff(output, prepend=-1) != 0) | (np.diff(need, prepend=-1) != 0)
        return np.cumsum(is_new) - 1


def paths_of(legs: pd.DataFrame) -> Paths:
    """Every path that some legs make, sorted by output, need and operators.

    Parameters
    ----------
    legs
        By `leg_id`.

    Returns
    -------
    Paths
    """
    told = [pd.factorize(legs[side].to_numpy(dtype=object) if legs[side].dtype == object else legs[side])
            for side in ("tail_id", "head_id")]  # fmt: skip
    ids = [np.asarray(values, dtype=object) for _, values in told]
    names = pd.Index(sorted({*ids[0], *ids[1]}), dtype=object)
    tail, head = (names.get_indexer(mine).astype(np.int32)[code] for (code, _), mine in zip(told, ids, strict=True))
    is_output, is_need = legs["tail_kind"].eq("output").to_numpy(), legs["head_kind"].eq("need").to_numpy()
    direct, first, middle, last = (
        np.flatnonzero(is_mine).astype(np.int32)
        for is_mine in (is_output & is_need, is_output & ~is_need, ~is_output & ~is_need, ~is_output & is_need)
    )
    none = np.full(len(direct), -1, dtype=np.int32)
    steps = [(direct, none, none)]
    if len(direct) < len(legs):
        # Where a leg ends, others begin: paths of legs, as long as they are.
        to, of = met(head[first], tail[last], len(names))
        steps.append((first[to], last[of], np.full(len(to), -1, dtype=np.int32)))
        to, of = met(head[first], tail[middle], len(names))
        begun, passed = first[to], middle[of]
        to, of = met(head[passed], tail[last], len(names))
        steps.append((begun[to], passed[to], last[of]))
    one, two, three = (np.concatenate(legs_of_step) for legs_of_step in zip(*steps, strict=True))
    columns = {
        "leg_1": one, "leg_2": two, "leg_3": three, "output_id": tail[one],
        "operator_1": np.where(two >= 0, tail[two], -1), "operator_2": np.where(three >= 0, tail[three], -1),
        "need_id": head[np.where(three >= 0, three, np.where(two >= 0, two, one))],
    }  # fmt: skip
    # Names stand in their own order, whatever the order in which legs met them.
    by = ("output_id", "need_id", "operator_1", "operator_2", *STEPS)
    order = np.lexsort([columns[name] for name in reversed(by) if name == "leg_1" or (columns[name] >= 0).any()])
    columns = {name: column[order] for name, column in columns.items()}
    severity = pd.Index(FEASIBILITY).get_indexer(pd.Index(legs["feasibility"])).astype(np.int8)
    reason, texts = pd.factorize(legs["reasons"])
    confidence_of, km = (legs[name].to_numpy(dtype=float) for name in ("confidence", "distance_km"))
    worst, confidence, distance = np.zeros(len(order), dtype=np.int8), np.ones(len(order)), np.zeros(len(order))
    said: list[tuple[Integers, int]] = []
    for step in STEPS:
        leg = columns[step]
        there = leg >= 0
        if not there.any():
            continue
        worst = np.maximum(worst, np.where(there, severity[leg], 0))
        confidence *= np.where(there, confidence_of[leg], 1.0)
        distance += np.where(there, km[leg], 0.0)
        said.append((np.where(there, reason[leg], len(texts)), len(texts) + 1))
    entries = np.append(np.asarray(texts, dtype=object), "")
    if len(said) <= 1:
        reasons = Coded(said[0][0] if said else np.zeros(0, dtype=np.int64), entries)
    else:
        code, values = row_numbers(*combined(said, len(order)))
        spoken = first_rows(code, len(values))
        parts = zip(*(entries[of_step[spoken]] for of_step, _ in said), strict=True)
        reasons = Coded(code, np.array([";".join(filter(None, part)) for part in parts], dtype=object))
    return Paths(
        names=names, ends={name: columns[name] for name in ENDS}, steps={name: columns[name] for name in STEPS},
        severity=worst, confidence=confidence, distance_km=distance, reasons=reasons,
    )  # fmt: skip


def chains_of(paths: Paths, legs: pd.DataFrame) -> pd.DataFrame:
    """Paths under their names.

    Parameters
    ----------
    paths
        Of the legs.
    legs
        By `leg_id`.

    Returns
    -------
    pandas.DataFrame
        By `chain_id`: `output_id`, `operator_1`, `operator_2`, `need_id`, the legs, the worst feasibility, all reasons.
    """
    name, leg_name = (np.array([*index, ""], dtype=object) for index in (paths.names, legs.index))
    return pd.DataFrame({
        **{end: _texts(name[place]) for end, place in paths.ends.items()},
        **{step: _texts(leg_name[row]) for step, row in paths.steps.items()},
        "confidence": paths.confidence,
        "distance_km": paths.distance_km,
        "reasons": _texts(paths.reasons.whole()),
        "feasibility": _texts(np.array(FEASIBILITY, dtype=object)[paths.severity]),
    }).set_axis(numbered("C", len(paths), "chain_id"))  # fmt: skip


@cache
def no_chain() -> pd.DataFrame:
    """What no leg makes: most pairs that somebody asks about have none."""
    texts = dict.fromkeys(("tail_kind", "tail_id", "head_kind", "head_id", "reasons", "feasibility"), pd.Series(dtype=object))
    legs = pd.DataFrame({**texts, **dict.fromkeys(("confidence", "distance_km"), pd.Series(dtype=float))})
    return chains_of(paths_of(legs), legs)


def _texts(values: NDArray[np.object_]) -> pd.Series:
    """Texts as a column that points at them."""
    return pd.Series(values, dtype=object, copy=False)
