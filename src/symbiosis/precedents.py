"""Who did it before: documented exchanges of the same kind as a leg, nearest kind first.

A precedent is of the kind of a leg when its material is that of the leg, or a broader or narrower one, and when it went to the
same use, or through the same process. A precedent of the material alone speaks for a need that asks for that material by
name. The fewer steps of ``broader_id`` lie between the two materials, the nearer the kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    kinds = legs[list(KIND)].drop_duplicates()
    found = _cited(kinds, catalogue)
    if found.empty:
        return pd.DataFrame({"precedent_ids": "", "precedent_case": "none"}, index=legs.index)
    by_kind = legs[list(KIND)].merge(found, on=list(KIND), how="left", validate="many_to_one").set_axis(legs.index)
    return by_kind[["precedent_ids", "precedent_case"]].fillna({"precedent_ids": "", "precedent_case": "none"})


def _cited(kinds: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    known, rows = _spread(catalogue)
    # One pair cites among a handful: a join with all would take longer than all the rest.
    some = [rows[material] for material in kinds["material_id"].unique() if material in rows]
    if not some:
        return known.iloc[:0]
    known = known.iloc[np.sort(np.concatenate(some))]
    offered = kinds.reset_index(drop=True).merge(
        known, on="material_id", how="inner", suffixes=("", "_known"), validate="many_to_many"
    )
    same_use = (offered["use_id"] == offered["use_id_known"]) & (offered["use_id"] != "")
    same_process = (offered["head_process_id"] == offered["process_id"]) & (offered["process_id"] != "")
    # A need that asks for the material by name does not say what for: any use of it is a precedent, a step less near.
    by_name = (offered["use_id"] == "") & (offered["head_process_id"] == "")
    offered = offered[same_use | same_process | by_name]
    if offered.empty:
        return offered
    offered = offered.assign(
        steps=offered["steps"] + (by_name & (offered["use_id_known"] != "")).astype(int),
        strength=offered["status"].map(STRENGTH),
    ).sort_values([*KIND, "strength", "steps", "precedent_id"], kind="stable")
    case = np.where((offered["status"] == "implemented") & (offered["steps"] > 0), "kin", offered["status"])
    offered = offered.assign(precedent_case=case)
    first = offered.groupby(list(KIND), as_index=False)["precedent_case"].first()
    cited = offered[offered.groupby(list(KIND)).cumcount() < CITED]
    names = cited.groupby(list(KIND)).agg(precedent_ids=("precedent_id", ";".join)).reset_index()
    return names.merge(first, on=list(KIND), how="left", validate="one_to_one")


def _spread(catalogue: Catalogue) -> tuple[pd.DataFrame, dict[str, NDArray[np.intp]]]:
    """Every precedent under its material and each kin of it, with the steps between, and the rows of each material.

    Kept with the catalogue.
    """
    match catalogue.memory.get("precedents"):
        case (pd.DataFrame() as known, dict() as places):
            return known, places
    up = catalogue.ancestors().rename(columns={"ancestor_id": "kin_id", "depth": "steps"})
    down = up.rename(columns={"material_id": "kin_id", "kin_id": "material_id"})
    near = pd.concat([up, down]).drop_duplicates(["material_id", "kin_id"])
    rows = catalogue.precedents.reset_index()[["precedent_id", "material_id", "use_id", "process_id", "status"]]
    spread = near.merge(rows.rename(columns={"material_id": "kin_id"}), on="kin_id", how="inner", validate="many_to_many")
    places = {str(material): np.asarray(some) for material, some in spread.groupby("material_id").indices.items()}
    catalogue.memory["precedents"] = (spread, places)
    return spread, places
