"""Which profile could meet which, by material: the one join on words, over distinct profiles and not over flows.

An output is read in several ways, and so is a need; a need accepts narrower materials, a use accepts several, an inlet takes
what is narrower than its material. Two profiles are *kin* if some material of one is accepted by the other. Of several readings
of one pair the surest is named and priced; all of them together say how far the pair is to be believed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from symbiosis.candidates.ends import Ends
from symbiosis.materials import Catalogue
from symbiosis.pathways import pathways
from symbiosis.scenario import Scenario

NARROWING = 0.97
"""Confidence that is left with each step from what is asked for down to a narrower material."""


def kinship(tails: Ends, heads: Ends, catalogue: Catalogue, scenario: Scenario) -> pd.DataFrame:
    """Pairs of profiles that share a material, with the reading that names them.

    Parameters
    ----------
    tails, heads
        With their readings.
    catalogue, scenario
        What accepts what; the least confidence that is shown.

    Returns
    -------
    pandas.DataFrame
        Sorted by `tail_profile`, `head_profile`: one row per pair of profiles, with `material_id`, `head_material_id`,
        `use_id`, `substitution_ratio`, `fit`, `rung`, `words`, `head_words`, `flags`, `confidence` (of the surest reading) and
        `pair_confidence` (that any reading is right).
    """
    asked = _accepted(heads.readings, catalogue)
    offered = tails.readings.rename(columns={"profile": "tail_profile"})
    kin = offered.merge(asked, on="material_id", how="inner", validate="many_to_many")
    kin = kin.assign(confidence=kin["confidence"] * kin["fit"])
    doubt = np.log1p(-kin["confidence"].clip(upper=0.99))
    wrong = doubt.groupby([kin["tail_profile"], kin["head_profile"]]).transform("sum")
    kin = kin.assign(pair_confidence=1 - np.exp(wrong))
    kin = kin[kin["pair_confidence"] >= scenario.minimum_confidence]
    kin = kin.sort_values(["confidence", "material_id", "use_id", "head_material_id"],
                          ascending=[False, True, True, True], kind="stable")  # fmt: skip
    kin = kin.drop_duplicates(["tail_profile", "head_profile"])
    return kin.sort_values(["tail_profile", "head_profile"], ignore_index=True)


def _accepted(asked: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Materials that each profile of needs or inlets accepts, with how well each fits."""
    links = catalogue.memory.get("links")
    if not isinstance(links, pd.DataFrame):
        links = pathways(catalogue, max_processes=0)
        catalogue.memory["links"] = links
    columns = ["material_id", "target_kind", "target_id", "substitution_ratio", "fit_share", "rung", "depth"]
    needs = asked.merge(links[columns], on=["target_kind", "target_id"], how="inner", validate="many_to_many")
    needs = needs.assign(
        use_id=needs["target_id"].where(needs["target_kind"].eq("use"), ""),
        head_material_id="",
        fit=needs["confidence"] * needs["fit_share"] * NARROWING ** needs["depth"],
    )
    inlets = asked[asked["target_kind"] == "inlet"].merge(
        catalogue.ancestors(), left_on="target_id", right_on="ancestor_id", how="inner", validate="many_to_many"
    )
    inlets = inlets.assign(
        use_id="", head_material_id=inlets["target_id"], substitution_ratio=1.0, fit=NARROWING ** inlets["depth"], rung=""
    )
    rows = pd.concat([_with_use(needs), inlets], ignore_index=True)
    rows = rows.rename(columns={"profile": "head_profile", "words": "head_words"})
    return rows[
        ["head_profile", "material_id", "head_material_id", "use_id", "substitution_ratio", "fit", "rung", "head_words"]
    ]


def _with_use(asked: pd.DataFrame) -> pd.DataFrame:
    """Give readings "buys that very thing" the use that the same words also name, best for the material, else at all.

    The law looks at what a need does with a material (a boiler burns it), whichever reading of its words is the surest.
    """
    used = asked[asked["use_id"] != ""].sort_values(["confidence", "fit", "use_id"], ascending=[False, False, True],
                                                    kind="stable")  # fmt: skip
    fitting = used.sort_values(["fit", "use_id"], ascending=[False, True], kind="stable")
    of_material = fitting.drop_duplicates(["profile", "material_id"]).set_index(["profile", "material_id"])["use_id"]
    of_profile = used.drop_duplicates("profile").set_index("profile")["use_id"]
    pairs = pd.MultiIndex.from_frame(asked[["profile", "material_id"]])
    found = pd.Series(of_material.reindex(pairs).to_numpy(), index=asked.index, dtype=object)
    found = found.fillna(asked["profile"].map(of_profile).astype(object)).fillna("")
    return asked.assign(use_id=asked["use_id"].where(asked["use_id"] != "", found))
