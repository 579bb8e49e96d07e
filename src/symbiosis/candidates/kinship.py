"""Which profile could meet which, by material: the one join on words, over distinct profiles and not over flows.

An output is read in several ways, and so is a need; a need accepts narrower materials, a use accepts several, an inlet takes
what is narrower than its material. Two profiles are *kin* if some material of one is accepted by the other. Of several readings
of one pair the surest is named and priced; all of them together say how far the pair is to be believed, by the measured
:mod:`symbiosis.affinity`. Where one side is no matter of words (an id that was declared, what an operator takes or makes), the
reading of the other side decides, less what was remarked about it; where neither is, the fit that the catalogue states is all
there is to believe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis import affinity
from symbiosis.candidates.ends import Ends, Integers
from symbiosis.candidates.pairs import Mask, met, run_starts
from symbiosis.compatibility.findings import Keyed
from symbiosis.materials import Catalogue
from symbiosis.meanings import kept, kept_of_needs, meanings, wanted_meanings
from symbiosis.pathways import pathways
from symbiosis.scenario import Scenario

NARROWING = 0.97
"""Fit that is left with each step from what is asked for down to a narrower material."""

READING = (1.63, 1.69)
"""Logit of the confidence of a pair with one side of words: constant, and what the logit of its reading adds. Assumption: .55
where the reading says .30, and .15 where it says .12, and so .64 and .78 where it says .35 and .45; in the planted territory
products of two readings that said so were right at .62 and .76."""

DIGITS = 3
"""Of a confidence: more would say more than was measured."""


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
        `use_id`, `substitution_ratio`, `fit`, `rung`, `words`, `head_words`, `flags` (of the surest reading) and `confidence`
        (that the pair is right).
    """
    asked = _recalled(heads.readings, catalogue)
    is_material = tails.readings["target_kind"] == "material"
    names = {
        "profile": "tail_profile",
        "target_id": "material_id",
        "confidence": "confidence",
        "words": "words",
        "flags": "flags",
    }
    offered = pd.DataFrame({name: tails.readings.loc[is_material, of].array for of, name in names.items()}, copy=False)
    offered["kept"] = kept(offered)
    code, materials = pd.factorize(asked["material_id"])
    of_offered = pd.Index(materials).get_indexer(pd.Index(offered["material_id"]))
    known = np.flatnonzero(of_offered >= 0)
    place, row = met(of_offered[known], code, len(materials))
    sides = ((offered, known[place], offered.columns), (asked, row, asked.columns.drop("material_id")))
    kin = pd.DataFrame({name: side[name].array.take(some) for side, some, names in sides for name in names}, copy=False)
    kin["reading"] = kin["confidence"] * kin["fit"] * kin["kept"] * kin["head_kept"]
    order = np.lexsort((kin["head_profile"], kin["tail_profile"]))
    profiles = [kin[name].to_numpy()[order] for name in ("tail_profile", "head_profile")]
    if len(run_starts(*profiles)) < len(kin):
        kin = kin.sort_values(["reading", "material_id", "use_id", "head_material_id"],
                              ascending=[False, True, True, True], kind="stable")  # fmt: skip
        kin = kin.drop_duplicates(["tail_profile", "head_profile"])
        order = np.lexsort((kin["head_profile"], kin["tail_profile"]))
    kin = kin.iloc[order].reset_index(drop=True)
    reading = kin["reading"].to_numpy(dtype=float)
    tail, head = (_is_doubtful(ends)[kin[f"{side}_profile"]] for side, ends in (("tail", tails), ("head", heads)))
    constant, slope = READING
    confidence = np.where(tail | head, 1 / (1 + np.exp(-constant) * (1 / reading - 1) ** slope), reading)
    if (tail & head).any():
        confidence[tail & head] = _believed(kin[tail & head], tails, heads, catalogue)
    kin = kin.assign(confidence=confidence.round(DIGITS))
    return kin[kin["confidence"] >= scenario.minimum_confidence].reset_index(drop=True)


def _is_doubtful(ends: Ends) -> Mask:
    """Whether words have to be understood for each profile."""
    said = ends.readings
    of_words = (said["confidence"].to_numpy() < 1) & (said["target_kind"] != "code").to_numpy()
    return np.bincount(said["profile"], weights=of_words) > 0


def _believed(kin: pd.DataFrame, tails: Ends, heads: Ends, catalogue: Catalogue) -> NDArray[np.float64]:
    """Confidence of pairs of profiles, from all that both may mean."""
    known = affinity.links(catalogue)
    offered, wanted = (
        read(ends.readings.rename(columns={"profile": "flow_id"}), pd.RangeIndex(len(ends.first)), among)
        for ends, among, read in ((tails, known.sources, meanings), (heads, known.targets, wanted_meanings))
    )
    pairs = kin["tail_profile"].to_numpy(), kin["head_profile"].to_numpy()
    return affinity.confidence(affinity.strengths(offered, wanted, known, pairs))


def _recalled(asked: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """What :func:`_accepted` says; of the readings that were asked about last it is not worked out again."""
    match catalogue.memory.get("accepted"):
        case (known, pd.DataFrame() as rows) if known is asked:
            return rows
    rows = _accepted(asked, catalogue)
    catalogue.memory["accepted"] = (asked, rows)
    return rows


def _accepted(asked: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Materials that each profile of needs or inlets accepts, with how well each fits."""
    links, narrower = pathways(catalogue, max_processes=0), catalogue.ancestors()
    said = {name: asked[name].array for name in ("profile", "target_kind", "target_id", "confidence", "words")}
    kinds, targets = (said[name].to_numpy(dtype=object) for name in ("target_kind", "target_id"))
    row, place = _met(map("{}:{}".format, kinds, targets),
                      _places("links", lambda: links["target_kind"] + ":" + links["target_id"], catalogue))  # fmt: skip
    confidence, depth = said["confidence"].take(row), links["depth"].to_numpy()[place]
    needs = pd.DataFrame({
        "head_profile": said["profile"].take(row),
        "material_id": links["material_id"].array.take(place),
        "head_material_id": "",
        "use_id": np.where(said["target_kind"].take(row) == "use", said["target_id"].take(row), ""),
        "substitution_ratio": links["substitution_ratio"].array.take(place),
        "fit": confidence * links["fit_share"].array.take(place) * NARROWING**depth,
        "rung": links["rung"].array.take(place),
        "head_words": said["words"].take(row),
        "head_kept": kept_of_needs(asked.rename(columns={"profile": "flow_id"}))[row],
        "confidence": confidence,
    }, copy=False)  # fmt: skip
    needs = _with_use(needs).drop(columns="confidence")
    inlet = np.flatnonzero(said["target_kind"] == "inlet")
    if not len(inlet):
        return needs
    of, place = _met(targets[inlet], _places("narrower", lambda: narrower["ancestor_id"], catalogue))
    inlets = pd.DataFrame({
        "head_profile": said["profile"].take(inlet[of]),
        "material_id": narrower["material_id"].array.take(place),
        "head_material_id": said["target_id"].take(inlet[of]),
        "use_id": "",
        "substitution_ratio": 1.0,
        "fit": NARROWING ** narrower["depth"].to_numpy()[place],
        "rung": "",
        "head_words": said["words"].take(inlet[of]),
        "head_kept": 1.0,
    }, copy=False)  # fmt: skip
    return pd.concat([needs, inlets], ignore_index=True)


def _places(name: str, keys: Callable[[], pd.Series], catalogue: Catalogue) -> dict[str, Integers]:
    """Rows that each key has in a table of the catalogue, kept with it."""
    known = catalogue.memory.get(f"places:{name}")
    if not isinstance(known, dict):
        of_rows = keys().to_numpy(dtype=object)
        rows = pd.Series(of_rows).groupby(of_rows).indices.items()
        known = catalogue.memory[f"places:{name}"] = {str(key): np.asarray(some) for key, some in rows}
    return known


def _met(keys: Iterable[str], places: dict[str, Integers]) -> tuple[Integers, Integers]:
    """Each row that asks beside each row of a table under its key: an inner join on what was grouped once."""
    none = np.zeros(0, dtype=np.int64)
    found = [places.get(key, none) for key in keys]
    return np.repeat(np.arange(len(found)), [len(some) for some in found]), np.concatenate([none, *found])


def _with_use(asked: pd.DataFrame) -> pd.DataFrame:
    """Give readings "buys that very thing" the use that the same words also name, best for the material, else at all.

    The law looks at what a need does with a material (a boiler burns it), whichever reading of its words is the surest.
    """
    use = asked["use_id"].to_numpy(dtype=object)
    is_named = use != ""
    if not is_named.any():
        return asked
    used = asked.loc[is_named, ["head_profile", "material_id", "confidence", "fit", "use_id"]]
    used = used.sort_values(["confidence", "fit", "use_id"], ascending=[False, False, True], kind="stable")
    fitting = used.sort_values(["fit", "use_id"], ascending=[False, True], kind="stable")
    blank = asked.loc[~is_named, ["head_profile", "material_id"]]
    row = Keyed(fitting["head_profile"], fitting["material_id"]).rows(blank["head_profile"], blank["material_id"])
    surest = used.drop_duplicates("head_profile").set_index("head_profile")["use_id"]
    of_profile = np.append(surest.to_numpy(dtype=object), "")[surest.index.get_indexer(pd.Index(blank["head_profile"]))]
    found = use.copy()
    found[~is_named] = np.where(row >= 0, fitting["use_id"].to_numpy(dtype=object)[row], of_profile)
    return asked.assign(use_id=found)
