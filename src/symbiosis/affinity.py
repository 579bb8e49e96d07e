"""How well an output suits a need, from what the words of both may mean and from what the catalogue links.

An output may mean a few materials, a need a few materials and uses, each with a confidence. Every way in which a
material can serve a target is a *link* with a weight: the very thing, a broader or a narrower one, a use that accepts
it, one process or two in between. The strength of a pair is the sum over all meanings and links,

    strength = (Σ offered × link × wanted + FLOOR) / (generality of the need + SPREAD) ** GENERALITY
               × (Σ offered × direct link × wanted + DIRECT_FLOOR) ** DIRECTNESS / (ceiling of the need + OBSCURE) ** CEILING

where the generality of a need is what it would get from a material drawn at random: a need that nearly everything could
serve deserves less of each than one that few materials can. The ceiling of a need is what it would get from the material
that suits it best: a buyer who uses the catalogue's words would otherwise overtake every one who does not, and what is a
makeshift for one need would pass what another was made for. What serves without a process is worth more than as much in
detours, which add up over many readings. A buyer's words are read less surely than a seller's, who names the thing: more
readings of a need count, and the weaker ones nearer to the best. All look at the catalogue and at the pair, never at what
others declared. The confidence is the share of pairs of that strength that were right on sets of labelled pairs, among so
many needs. Matrices only: no loop over pairs, and one function for a benchmark, for the candidates of a territory and for one
pair to be explained.

The weights were fitted (``symbiosis benchmark fit`` repeats it, ``symbiosis benchmark matching`` prints how well they carry
over to classes that the fit has not seen). The shipped weights are of an earlier state of the catalogue and were kept: a later
fit leaned more on direct uses, which the development set has seen more of, and did no better on the sets held out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.meanings import meanings, wanted_meanings
from symbiosis.pathways import closure, pathways

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

WEIGHTS = {
    "same": 1.41,
    "broader": 0.66,
    "narrower": 0.40,
    "use": 3.16,
    "use_1": 0.29,
    "material_1": 0.60,
    "use_2": 0.16,
    "material_2": 0.24,
    "code": 0.17,
}
"""Of each way to serve: the material itself, one that is asked for by a broader or a narrower name, a use; the last two
again after one or two processes; and a need that accepts the subchapter of the declared waste code."""
FLOOR = 0.0022
"""Strength of a pair that nothing speaks for, so that the logarithm of the strength exists."""
GENERALITY = 0.35
SPREAD = 0.001
CEILING, OBSCURE = 0.4, 0.05
DIRECT = {"same": 2.0, "use": 1.0}
"""Ways that need no process, nor another name: somebody to call today."""
DIRECTNESS, DIRECT_FLOOR = 0.25, 0.1
"""These, the two weights above, `GENERALITY` and `CEILING` were chosen by hand, in the middle of a plateau on which the
ranks of the labelled sets rise: round figures, since a finer choice would only learn the sets."""
CALIBRATION = (-1.6, 1.8)
"""Logit of the confidence: constant, and what the logarithm of the strength adds. Near the fit on the labelled sets of the
repository (-1.55, 1.82), by what the rules leave of the pairs: chosen on the planted territory, whose curve is therefore in
sample."""
POOL, POOL_EXPONENT = 150, 0.6
"""Needs among which a confidence holds, and the power by which the odds fall with more of them: of 420 needs more look right by
accident than of 40. Without it a curve fitted on other sets is some 20 points too sure in the largest set and as many too
doubtful in the smallest."""
SMALLEST_POOL = 40
"""Of fewer needs nothing was measured: they make nothing surer."""
RUNG_SHARE = {"reuse": 1.0, "recycling": 1.0, "other_recovery": 0.6, "disposal": 0.3}
"""What a chain with a process keeps by the rung on which it ends: nearly everything burns, few things are worth it."""
RESIDUE_SHARE = 0.5
MINOR_YIELD = 0.1
"""Below this yield a product is a by-line of the chain, weighed like a residue."""
STEP_SHARE = 0.8
"""Per step of ``broader_id`` beyond the first."""
CHUNK = 200_000
NEEDS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Links:
    """Weights from what may leave to what may be asked for.

    Attributes
    ----------
    sources
        ``material:<id>`` and ``code:<four digits>``.
    targets
        ``material:<id>``, ``use:<id>`` and ``code:<four digits>``.
    weight
        ``sources × targets``.
    direct
        Likewise, of the ways of :data:`DIRECT` alone.
    mean
        What a material drawn at random gives to each target.
    """

    sources: pd.Index
    targets: pd.Index
    weight: sp.csr_array
    direct: sp.csr_array
    mean: Floats

    def ceiling(self, wanted: sp.csr_array) -> Floats:
        """What each need gets from the material that suits it best.

        Parameters
        ----------
        wanted
            ``needs × targets``.

        Returns
        -------
        numpy.ndarray
            One per need, 0 where nothing that it says is known.
        """
        materials = self.weight[np.flatnonzero(self.sources.str.startswith("material:"))].T.tocsr()
        best = np.zeros(wanted.shape[0])
        for first in range(0, len(best), NEEDS_AT_ONCE):
            part = slice(first, first + NEEDS_AT_ONCE)
            best[part] = sp.csr_array(wanted[part] @ materials).max(axis=1).toarray().ravel()
        return best


def ways(catalogue: Catalogue) -> pd.DataFrame:
    """Every way in which a material can serve a target, each kind of way once.

    Parameters
    ----------
    catalogue
        The catalogue.

    Returns
    -------
    pandas.DataFrame
        ``material_id``, ``target_kind``, ``target_id``, ``way`` (a key of :data:`WEIGHTS`), ``share`` (0 to 1).
    """
    chains = pathways(catalogue)
    count = (chains["process_1"] != "").astype(int) + (chains["process_2"] != "").astype(int)
    is_material = (chains["target_kind"] == "material").to_numpy()
    named = chains["target_kind"] + np.where(count > 0, "_" + count.astype(str), "")
    direct = np.where(chains["depth"] > 0, "broader", "same")
    share = chains["fit_share"] * np.where(count > 0, chains["rung"].map(RUNG_SHARE).fillna(1.0), 1.0)
    share *= np.where(is_material & (count == 0), STEP_SHARE ** (chains["depth"] - 1).clip(lower=0), 1.0)
    share *= np.where(chains["is_residue"], RESIDUE_SHARE, 1.0)
    share *= np.where(chains["yield_share"] < MINOR_YIELD, RESIDUE_SHARE, 1.0)
    served = chains[["material_id", "target_kind", "target_id"]].assign(
        way=np.where(is_material & (count == 0), direct, named), share=share
    )
    # An output whose words say a broader material may be the narrower one that is asked for: a question to put.
    above = closure(catalogue.materials)
    above = above[above["depth"] > 0]
    narrower = pd.DataFrame(
        {
            "material_id": above["ancestor_id"],
            "target_kind": "material",
            "target_id": above["material_id"],
            "way": "narrower",
            "share": STEP_SHARE ** (above["depth"] - 1),
        }
    )
    key = ["material_id", "target_kind", "target_id", "way"]
    both = pd.concat([served, narrower], ignore_index=True)
    best: pd.DataFrame = both.groupby(key, sort=True)["share"].max().reset_index()
    return best[best["share"] > 0].reset_index(drop=True)


def links(catalogue: Catalogue) -> Links:
    """Links of a catalogue, computed at the first call and kept with it.

    Parameters
    ----------
    catalogue
        The catalogue.

    Returns
    -------
    Links
        The same ones at every call.
    """
    known = catalogue.memory.get("affinity")
    if not isinstance(known, Links):
        known = weighted(catalogue, ways(catalogue), WEIGHTS)
        catalogue.memory["affinity"] = known
    return known


def weighted(catalogue: Catalogue, found: pd.DataFrame, weights: dict[str, float]) -> Links:
    """Links from the ways to serve and a weight for each kind of way.

    Parameters
    ----------
    catalogue
        The catalogue.
    found
        Result of :func:`ways`.
    weights
        By way, as :data:`WEIGHTS`; a way that is missing counts for nothing.

    Returns
    -------
    Links
        Ready to weigh pairs.
    """
    materials = ("material:" + pd.Index(catalogue.materials.index.astype(str))).sort_values()
    uses = ("use:" + pd.Index(catalogue.uses.index.astype(str))).sort_values()
    codes = "code:" + pd.Index(sorted({str(code)[:4] for code in catalogue.waste_codes.index}))
    sources, targets = materials.append(codes), materials.append(uses).append(codes)
    row = sources.get_indexer("material:" + pd.Index(found["material_id"]))
    column = targets.get_indexer(pd.Index(found["target_kind"] + ":" + found["target_id"]))
    shape, share = (len(sources), len(targets)), found["share"].to_numpy(dtype=float)
    served, direct = (
        sp.csr_array(sp.coo_array((share[some] * value[some], (row[some], column[some])), shape=shape))
        for value in (found["way"].map(by_way).fillna(0.0).to_numpy(dtype=float) for by_way in (weights, DIRECT))
        for some in [value > 0]
    )
    same = np.full(len(codes), weights.get("code", 0.0))
    by_code = sp.coo_array((same, (sources.get_indexer(codes), targets.get_indexer(codes))), shape=shape)
    mean = np.asarray(served.sum(axis=0)).ravel() / max(len(materials), 1)
    return Links(sources, targets, sp.csr_array(served + by_code), direct, mean)


def strengths(
    offered: sp.csr_array, wanted: sp.csr_array, known: Links, pairs: tuple[Integers, Integers] | None = None
) -> Floats:
    """Strength of every pair of an output and a need, or of some of them.

    Parameters
    ----------
    offered
        ``outputs × sources``, as made by :func:`symbiosis.meanings.meanings`.
    wanted
        ``needs × targets``, as made by :func:`symbiosis.meanings.wanted_meanings`.
    known
        The links.
    pairs
        Rows of the outputs and of the needs, one pair each; failing them, all pairs.

    Returns
    -------
    numpy.ndarray
        ``outputs × needs``, or one value per pair.
    """
    reach, direct = sp.csr_array(offered @ known.weight), sp.csr_array(offered @ known.direct)
    usual = (wanted @ known.mean + SPREAD) ** GENERALITY * (known.ceiling(wanted) + OBSCURE) ** CEILING
    if pairs is None:
        total, short = (sp.csr_array(one @ wanted.T).toarray() for one in (reach, direct))
        return np.asarray((total + FLOOR) * (short + DIRECT_FLOOR) ** DIRECTNESS / usual)
    output, need = pairs
    result = np.empty(len(output))
    for first in range(0, len(output), CHUNK):
        part = slice(first, first + CHUNK)
        asked = wanted[need[part]]
        said, near = (np.asarray(one[output[part]].multiply(asked).sum(axis=1)).ravel() for one in (reach, direct))
        result[part] = (said + FLOOR) * (near + DIRECT_FLOOR) ** DIRECTNESS
    return np.asarray(result / usual[need])


def confidence(strength: Floats, needs: int = POOL) -> Floats:
    """Share of the pairs of a strength that are right, as measured on labelled sets.

    Parameters
    ----------
    strength
        Result of :func:`strengths`.
    needs
        Among how many needs the output looks for a taker.

    Returns
    -------
    numpy.ndarray
        Between 0 and 1, of the same shape.
    """
    constant, slope = CALIBRATION
    return np.asarray(1 / (1 + np.exp(-(constant + slope * np.log(strength) - rivalry(needs)))))


def rivalry(needs: int) -> float:
    """What the number of needs takes from the logit of every pair.

    Parameters
    ----------
    needs
        As for :func:`confidence`.

    Returns
    -------
    float
        Zero for :data:`POOL` needs, negative for fewer.
    """
    return POOL_EXPONENT * math.log(max(needs, SMALLEST_POOL) / POOL)


def affinity(offered: pd.DataFrame, wanted: pd.DataFrame, known: Links, pairs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Strength and confidence of pairs, from frames to a frame.

    Parameters
    ----------
    offered
        What outputs may mean: ``flow_id``, ``target_kind``, ``target_id``, ``confidence``.
    wanted
        What needs may mean, likewise.
    known
        Links of the catalogue.
    pairs
        ``output_id``, ``need_id`` of the pairs to weigh; failing them, all pairs that anything speaks for.

    Returns
    -------
    pandas.DataFrame
        ``output_id``, ``need_id``, ``strength``, ``confidence``; in the order of `pairs`, or sorted by both ids.
    """
    outputs, needs = (pd.Index(sorted(set(rows["flow_id"]))) for rows in (offered, wanted))
    have, want = meanings(offered, outputs, known.sources), wanted_meanings(wanted, needs, known.targets)
    if pairs is None:
        joined = sp.coo_array(sp.csr_array(have @ known.weight) @ want.T)
        output, need = joined.coords[0].astype(np.int64), joined.coords[1].astype(np.int64)
        order = np.lexsort((need, output))
        output, need = output[order], need[order]
        pairs = pd.DataFrame({"output_id": outputs[output], "need_id": needs[need]})
    else:
        # What says nothing known is as weak as a pair can be.
        outputs = outputs.union(pd.Index(pairs["output_id"]).unique())
        needs = needs.union(pd.Index(pairs["need_id"]).unique())
        have, want = meanings(offered, outputs, known.sources), wanted_meanings(wanted, needs, known.targets)
        output = outputs.get_indexer(pd.Index(pairs["output_id"])).astype(np.int64)
        need = needs.get_indexer(pd.Index(pairs["need_id"])).astype(np.int64)
    strength = strengths(have, want, known, (output, need))
    return pairs[["output_id", "need_id"]].assign(strength=strength, confidence=confidence(strength))
