"""How well words alone lead from an output to the need that could use it, on files that somebody else wrote.

Pure matching knowledge: no place, no quantity, no price. Outputs and needs are resolved to the catalogue, the chains of
the catalogue join them, and the ranking is compared with documented pairs. The figures come with bootstrap intervals
and
with a lexical baseline beside them, so that nobody takes a string comparison for knowledge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.pathways import pathways
from symbiosis.resolver import Resolver, digits
from symbiosis.resolver.codes import code_lists
from symbiosis.resolver.index import NameIndex
from symbiosis.resolver.words import plain

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Floats = npt.NDArray[np.float64]

PROCESS_WEIGHT = (1.0, 0.7, 0.4)
"""What a chain is worth in the ranking, by its number of processes: each one is somebody to find and to pay."""
RUNG_WEIGHT = {"reuse": 1.0, "recycling": 1.0, "other_recovery": 0.6, "disposal": 0.3}
"""What a chain with a process keeps by the rung on which it ends: nearly everything burns, few things are worth it."""
RESIDUE_WEIGHT = 0.5
MINOR_YIELD = 0.1
"""Below this yield a product is a by-line of the chain, weighed like a residue."""
DEPTH_WEIGHT = 0.8
"""Per step of ``broader_id`` between what leaves and what is asked for by name."""
NARROWER_WEIGHT = 0.5
"""A need for a narrower material than the output says: the output may be it, a question to ask."""
THRESHOLD = 0.21
"""Shipped threshold: an output whose best need stays below it gets no proposal at all."""
FLOOR = 0.005
"""An output that gets one has weaker ones listed after it, down to this score."""
WORDS_WEIGHT = 0.15
CODES_WEIGHT = 0.15
DRAWS = 1000
RANKS = (1, 5, 10)


def compatibility(catalogue: Catalogue, resolver: Resolver) -> dict[str, sp.csr_array]:
    """Best weight of a chain from each material to each target.

    Parameters
    ----------
    catalogue
        The catalogue.
    resolver
        Its resolver, whose order of targets is kept.

    Returns
    -------
    dict of str to scipy.sparse.csr_array
        ``material``: materials × materials; ``use``: materials × uses.
    """
    chains = pathways(catalogue)
    count = (chains["process_1"] != "").astype(int) + (chains["process_2"] != "").astype(int)
    direct = (count == 0) & (chains["target_kind"] == "material")
    weight = chains["fit_share"] * np.array(PROCESS_WEIGHT)[count]
    weight *= np.where(direct, DEPTH_WEIGHT ** chains["depth"], 1.0)
    weight *= np.where(count > 0, chains["rung"].map(RUNG_WEIGHT).fillna(1.0), 1.0)
    weight *= np.where(chains["is_residue"], RESIDUE_WEIGHT, 1.0)
    weight *= np.where(chains["yield_share"] < MINOR_YIELD, RESIDUE_WEIGHT, 1.0)
    best = chains.assign(weight=weight).groupby(["target_kind", "material_id", "target_id"])["weight"].max().reset_index()
    down = resolver.ancestors[resolver.ancestors["depth"] > 0]
    narrower = pd.DataFrame(
        {
            "target_kind": "material",
            "material_id": down["ancestor_id"],
            "target_id": down["material_id"],
            "weight": NARROWER_WEIGHT * DEPTH_WEIGHT ** (down["depth"] - 1),
        }
    )
    best = pd.concat([best, narrower]).groupby(["target_kind", "material_id", "target_id"])["weight"].max().reset_index()
    result = {}
    for kind, index in (("material", resolver.materials.targets), ("use", resolver.uses.targets)):
        rows = best[best["target_kind"] == kind]
        cells = (
            resolver.materials.targets.get_indexer(pd.Index(rows["material_id"])),
            index.get_indexer(pd.Index(rows["target_id"])),
        )
        result[kind] = sp.csr_array((rows["weight"].to_numpy(), cells), shape=(len(resolver.materials.targets), len(index)))
    return result


def rank(outputs: pd.DataFrame, needs: pd.DataFrame, catalogue: Catalogue, threshold: float = THRESHOLD) -> pd.DataFrame:
    """Needs ranked for each output by the knowledge of the catalogue.

    Parameters
    ----------
    outputs
        ``output_id``, ``description``, ``waste_code_declared``, ``nace``.
    needs
        ``need_id``, ``description``, ``waste_codes_accepted``, ``nace``.
    catalogue
        The catalogue.
    threshold
        Outputs whose best need stays below it get no proposal.

    Returns
    -------
    pandas.DataFrame
        ``output_id``, ``need_id``, ``score``, best first within an output.
    """
    resolver = Resolver.of(catalogue)
    have = outputs.rename(columns={"waste_code_declared": "waste_code"}).set_index("output_id")
    want = needs.set_index("need_id")
    offered = _sharp(resolver.profile(have)["material"])
    asked = resolver.profile(want, targets="materials+uses")
    table = compatibility(catalogue, resolver)
    parts = [((offered @ table[kind]) @ _sharp(asked[kind]).T).toarray() for kind in ("material", "use")]
    parts.append(WORDS_WEIGHT * _same_words(have, want, resolver))
    parts.append(CODES_WEIGHT * _same_codes(have, want))
    score = _together(parts)
    heard = score.max(axis=1, keepdims=True, initial=0.0) >= threshold
    row, column = np.nonzero(heard & (score >= min(FLOOR, threshold)))
    pairs = pd.DataFrame({"output_id": have.index[row], "need_id": want.index[column], "score": score[row, column]})
    return pairs.sort_values(["output_id", "score", "need_id"], ascending=[True, False, True], ignore_index=True)


def _same_words(have: pd.DataFrame, want: pd.DataFrame, resolver: Resolver) -> Floats:
    """How far a need is said in the words of an output, for what the catalogue does not know."""
    names = pd.DataFrame({"target_id": want.index, "name": want["description"].to_numpy(), "language": ""})
    index = NameIndex(names, "material", resolver.stems)
    texts = index.read(have["description"].tolist(), *resolver.tongues)
    near = index.nearness(texts)
    values, _ = index.score(texts, near, index.asked(texts, near))
    result: Floats = values[:, index.targets.get_indexer(want.index)]
    return result


def _same_codes(have: pd.DataFrame, want: pd.DataFrame) -> Floats:
    """Ones where a need accepts the subchapter of the list of waste that an output declares."""
    offered = [digits(code)[:4] for code in have["waste_code"]]
    asked = [{code[:4] for code in codes} for codes in code_lists(want)]
    return np.array([[bool(code) and code in codes for codes in asked] for code in offered], dtype=float)


def _sharp(profile: Floats, keep: int = 5) -> sp.csr_array:
    """The few best targets of each text: the best one keeps its confidence, the others give way to it."""
    floor = -np.sort(-profile, axis=1)[:, [min(keep, profile.shape[1]) - 1]] if profile.shape[1] else profile
    top = profile.max(axis=1, keepdims=True, initial=1e-9)
    return sp.csr_array(np.where(profile >= floor, profile * (profile / top), 0.0))


def _together(parts: list[Floats]) -> Floats:
    """Evidence by name and by use: either is enough."""
    doubt = np.ones_like(parts[0])
    for part in parts:
        doubt = doubt * (1 - np.minimum(part, 0.99))
    result: Floats = 1 - doubt
    return result


def baseline(outputs: pd.DataFrame, needs: pd.DataFrame) -> pd.DataFrame:
    """The lexical ranking: same four digits of the waste code, then TF-IDF on characters.

    Parameters
    ----------
    outputs, needs
        As for :func:`rank`.

    Returns
    -------
    pandas.DataFrame
        ``output_id``, ``need_id``, ``score``; every pair.
    """
    texts = [plain(text) for text in [*outputs["description"], *needs["description"]]]
    grams = [[f" {text} "[i : i + n] for n in (3, 4) for i in range(len(text) + 3 - n)] for text in texts]
    known = {gram: i for i, gram in enumerate(sorted({g for gs in grams for g in gs}))}
    rows = np.repeat(np.arange(len(texts)), [len(gs) for gs in grams])
    columns = np.array([known[g] for gs in grams for g in gs])
    count = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(known)))
    count.sum_duplicates()
    frequency = np.bincount(count.indices, minlength=len(known))
    weights = count @ sp.diags_array(np.log(1 + len(texts) / np.maximum(frequency, 1)))
    norm = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    unit = sp.csr_array(sp.diags_array(1 / np.maximum(norm, 1e-9)) @ weights)
    cosine = (unit[: len(outputs)] @ unit[len(outputs) :].T).toarray()
    have = [digits(code)[:4] for code in outputs["waste_code_declared"]]
    want = [{digits(code)[:4] for code in codes.replace(",", ";").split(";")} - {""} for codes in needs["waste_codes_accepted"]]
    same = np.array([[bool(h) and h in w for w in want] for h in have], dtype=float)
    score = same + cosine
    return pd.DataFrame(
        {
            "output_id": np.repeat(outputs["output_id"].to_numpy(), len(needs)),
            "need_id": np.tile(needs["need_id"].to_numpy(), len(outputs)),
            "score": score.ravel(),
        }
    )


def _expected(scores: Floats, hits: npt.NDArray[np.int64]) -> list[float]:
    """Expected hits among the first 1, 5 and 10 and expected reciprocal rank, ties broken at random."""
    best = scores[hits].max()
    above, tied = int((scores > best).sum()), int((scores == best).sum())
    tied_hits = int((scores[hits] == best).sum())
    # Chance that the first of `tied_hits` hits among `tied` equals stands at place 0, 1, 2…
    places = np.arange(tied - tied_hits + 1)
    missed = np.concatenate([[1.0], np.cumprod((tied - tied_hits - places[:-1]) / (tied - places[:-1]))])
    chance = missed * tied_hits / (tied - places)
    position = above + places + 1
    return [*(float(chance[position <= k].sum()) for k in RANKS), float((chance / position).sum())]


def score(
    ranking: pd.DataFrame,
    outputs: pd.DataFrame,
    needs: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Recall, mean reciprocal rank and false alarms of a ranking, each with a 95 % bootstrap interval over outputs.

    Parameters
    ----------
    ranking
        ``output_id``, ``need_id``, ``score``; pairs left out are not proposed.
    outputs, needs
        The pool.
    truth
        ``output_id``, ``need_id``, ``relevance`` (``documented`` or ``class-compatible``).
    draws
        Bootstrap draws.
    seed
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``measure`` (``strict R@10``, ``relaxed MRR``, ``decoys proposed``, ``real outputs proposed``…):
        ``value``, ``low``, ``high``, ``count``.
    """
    place = {need: i for i, need in enumerate(needs["need_id"])}
    line = {output: i for i, output in enumerate(outputs["output_id"])}
    table = np.full((len(line), len(place)), -np.inf)
    known = ranking[ranking["output_id"].isin(line) & ranking["need_id"].isin(place)]
    table[known["output_id"].map(line), known["need_id"].map(place)] = known["score"]
    measures: dict[str, Floats] = {}
    for kind, pairs in (("strict", truth[truth["relevance"] == "documented"]), ("relaxed", truth)):
        known = pairs[pairs["need_id"].isin(place) & pairs["output_id"].isin(line)]
        rows = [
            _expected(table[line[output]], np.array([place[n] for n in group], dtype=np.int64))
            for output, group in known.groupby("output_id")["need_id"]
        ]
        for name, values in zip([*(f"R@{k}" for k in RANKS), "MRR"], np.array(rows).reshape(-1, 4).T, strict=True):
            measures[f"{kind} {name}"] = values
    proposed = np.isfinite(table).any(axis=1).astype(float)
    is_real = outputs["output_id"].isin(truth["output_id"]).to_numpy()
    measures["decoys proposed"] = proposed[~is_real]
    measures["real outputs proposed"] = proposed[is_real]
    generator = np.random.default_rng(seed)
    lines = []
    for name, values in measures.items():
        means = values[generator.integers(0, len(values), (draws, len(values)))].mean(axis=1) if len(values) else [np.nan]
        low, high = np.quantile(means, [0.025, 0.975])
        lines.append((name, float(np.mean(values)) if len(values) else np.nan, float(low), float(high), len(values)))
    return pd.DataFrame(lines, columns=["measure", "value", "low", "high", "count"]).set_index("measure")
