"""Who did it before: documented exchanges of the same kind as a leg, nearest kind first.

A precedent is of the kind of a leg when its material is that of the leg, or a broader or narrower one, and when it went to the
same use, or through the same process. A precedent of the material alone speaks for a need that asks for that material by
name. The fewer steps of ``broader_id`` lie between the two materials, the nearer the kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

CITED = 3
"""Precedents that a candidate cites: enough to ring somebody who did it, few enough to be read."""

STRENGTH = {"implemented": 0, "planned": 1, "stopped": 2}
KIND = ("material_id", "use_id", "head_process_id")


def precedents_of(legs: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Precedents that each leg may cite.

    Parameters
    ----------
    legs
        Columns `material_id`, `use_id`, `head_process_id`.
    catalogue
        Holds the precedents and what is broader than what.

    Returns
    -------
    pandas.DataFrame
        Indexed as `legs`: `precedent_ids` (``;``, at most :data:`CITED`, nearest kind first, what was carried out before what
        was planned or stopped) and `precedent_case` (``implemented``, ``kin``, ``planned``, ``stopped`` or ``none``).
    """
    known, whole, columns = _kin(catalogue), np.zeros(len(legs), dtype=np.int64), list[pd.Index]()
    for name in KIND:
        code, values = pd.factorize(legs[name])
        whole = whole * len(values) + code
        columns.append(pd.Index(values))
    # Legs are many and their kinds few: each kind looks among the handful of its material.
    number, rest = pd.factorize(whole)
    parts = []
    for values in reversed(columns):
        rest, place = np.divmod(rest, max(len(values), 1))
        parts.append(values.take(place))
    told = [_cited(known.get(material, ()), use, process) for process, use, material in zip(*parts, strict=True)]
    texts = np.array([*told, ("", "none")], dtype=object)[number]
    return pd.DataFrame({"precedent_ids": texts[:, 0], "precedent_case": texts[:, 1]}, index=legs.index)


def _cited(known: Iterable[_Precedent], use: str, process: str) -> tuple[str, str]:
    """Ids and case of the precedents of a kind, among those of its material."""
    by_name = use == process == ""
    found = []
    for one in known:
        if by_name or (use and use == one.use_id) or (process and process == one.process_id):
            # A need that asks for the material by name does not say what for: any use of it is a precedent, a step less near.
            steps = one.steps + (by_name and one.use_id != "")
            found.append((STRENGTH[one.status], steps, one.precedent_id, one.status))
    if not found:
        return "", "none"
    found.sort()
    _, steps, _, status = found[0]
    return ";".join(
        precedent_id for _, _, precedent_id, _ in found[:CITED]
    ), "kin" if status == "implemented" and steps else status


class _Precedent(NamedTuple):
    """A precedent as seen from a material that is its own, a broader or a narrower one: `steps` lie between."""

    precedent_id: str
    use_id: str
    process_id: str
    status: str
    steps: int


def _kin(catalogue: Catalogue) -> dict[str, list[_Precedent]]:
    """Every precedent under its material and each kin of it; kept with the catalogue."""
    known = catalogue.memory.get("precedents")
    if isinstance(known, dict):
        return known
    up = catalogue.ancestors().rename(columns={"ancestor_id": "kin_id", "depth": "steps"})
    down = up.rename(columns={"material_id": "kin_id", "kin_id": "material_id"})
    near = pd.concat([up, down]).drop_duplicates(["material_id", "kin_id"])
    rows = catalogue.precedents.reset_index()[["precedent_id", "material_id", "use_id", "process_id", "status"]]
    spread = near.merge(rows.rename(columns={"material_id": "kin_id"}), on="kin_id", how="inner", validate="many_to_many")
    found: dict[str, list[_Precedent]] = {}
    columns = (spread["material_id"], *(spread[name] for name in _Precedent._fields))
    for material, *told in zip(*columns, strict=True):
        found.setdefault(material, []).append(_Precedent(*told))
    catalogue.memory["precedents"] = found
    return found
