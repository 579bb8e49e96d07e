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

from symbiosis import affinity
from symbiosis.benchmarks.fitting import Evidence, groups
from symbiosis.meanings import MEANINGS, NEED_MEANINGS, meanings, stated_codes, wanted_meanings
from symbiosis.resolver import Resolver, digits
from symbiosis.resolver.words import plain

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

THRESHOLD = 0.35
"""Shipped threshold: an output gets no proposal at all if fewer right ones than this are expected among its first few; one pair
that is as sure as that is enough. The confidence knows the size of the pool (:data:`symbiosis.affinity.POOL_EXPONENT`), or a
threshold that suits 420 needs would silence a quarter of the outputs among 80."""
FIRST_FEW = 3
"""Decoys have many weak pairs, real outputs a few strong ones."""
DRAWS = 1000
RANKS = (1, 5, 10)


def read(outputs: pd.DataFrame, needs: pd.DataFrame, catalogue: Catalogue) -> tuple[sp.csr_array, sp.csr_array]:
    """What the outputs and the needs may mean.

    Parameters
    ----------
    outputs
        ``output_id``, ``description``, ``waste_code_declared``, ``nace``.
    needs
        ``need_id``, ``description``, ``waste_codes_accepted``, ``nace``.
    catalogue
        The catalogue.

    Returns
    -------
    tuple of scipy.sparse.csr_array
        ``outputs × sources`` and ``needs × targets`` of the links of the catalogue.
    """
    resolver, known = Resolver.of(catalogue), affinity.links(catalogue)
    have = outputs.rename(columns={"waste_code_declared": "waste_code"}).set_index("output_id")
    want = needs.set_index("need_id")
    offered = pd.concat([resolver.resolve(have, limit=MEANINGS), stated_codes(have)])
    wanted = resolver.resolve(want, targets="materials+uses", limit=NEED_MEANINGS)
    wanted = pd.concat([wanted, stated_codes(want)])
    return meanings(offered, have.index, known.sources), wanted_meanings(wanted, want.index, known.targets)


def rank(outputs: pd.DataFrame, needs: pd.DataFrame, catalogue: Catalogue, threshold: float = THRESHOLD) -> pd.DataFrame:
    """Needs ranked for each output by the knowledge of the catalogue.

    Parameters
    ----------
    outputs, needs
        As for :func:`read`.
    catalogue
        The catalogue.
    threshold
        Right ones to be expected among the first few of an output (the sum of their confidences); below, no proposal.

    Returns
    -------
    pandas.DataFrame
        ``output_id``, ``need_id``, ``score`` (the confidence), best first within an output.
    """
    offered, wanted = read(outputs, needs, catalogue)
    score = affinity.confidence(affinity.strengths(offered, wanted, affinity.links(catalogue)), len(needs))
    return listed(score, outputs, needs, threshold)


def listed(score: Floats, outputs: pd.DataFrame, needs: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Pairs of the outputs that get a proposal, those left out that nothing speaks for.

    Parameters
    ----------
    score
        ``outputs × needs``.
    outputs, needs
        As for :func:`read`.
    threshold
        As for :func:`rank`.

    Returns
    -------
    pandas.DataFrame
        ``output_id``, ``need_id``, ``score``, best first within an output.
    """
    least = score.min(axis=0, initial=1.0)
    expected = -np.sort(-score, axis=1)[:, :FIRST_FEW].sum(axis=1, keepdims=True)
    row, column = np.nonzero((expected >= threshold) & (score > least))
    pairs = pd.DataFrame(
        {
            "output_id": outputs["output_id"].to_numpy()[row],
            "need_id": needs["need_id"].to_numpy()[column],
            "score": score[row, column],
        }
    )
    return pairs.sort_values(["output_id", "score", "need_id"], ascending=[True, False, True], ignore_index=True)


def evidence(outputs: pd.DataFrame, needs: pd.DataFrame, truth: pd.DataFrame, catalogue: Catalogue) -> Evidence:
    """A set weighed way by way, for those who fit or judge the constants.

    Parameters
    ----------
    outputs, needs
        As for :func:`read`.
    truth
        ``output_id``, ``need_id``, ``relevance``.
    catalogue
        The catalogue.

    Returns
    -------
    Evidence
        Of the set.
    """
    offered, wanted = read(outputs, needs, catalogue)
    found, parts, means = affinity.ways(catalogue), {}, {}
    for way in affinity.WEIGHTS:
        one = affinity.weighted(catalogue, found, {way: 1.0})
        parts[way] = np.asarray(sp.csr_array(offered @ one.weight @ wanted.T).toarray())
        means[way] = np.asarray(wanted @ one.mean)
    right, documented = truth_table(outputs, needs, truth)
    ceiling = affinity.links(catalogue).ceiling(wanted)
    return Evidence(parts, means, ceiling, right, documented, groups(right))


def truth_table(outputs: pd.DataFrame, needs: pd.DataFrame, truth: pd.DataFrame) -> tuple[Mask, Mask]:
    """Which pairs are right and which documented.

    Parameters
    ----------
    outputs, needs
        As for :func:`read`.
    truth
        ``output_id``, ``need_id``, ``relevance``.

    Returns
    -------
    tuple of numpy.ndarray
        Right pairs and documented ones, ``outputs × needs``.
    """
    row = pd.Index(outputs["output_id"]).get_indexer(pd.Index(truth["output_id"]))
    column = pd.Index(needs["need_id"]).get_indexer(pd.Index(truth["need_id"]))
    kept = (row >= 0) & (column >= 0)
    tables = []
    for rows in (kept, kept & truth["relevance"].eq("documented").to_numpy()):
        table = np.zeros((len(outputs), len(needs)), dtype=bool)
        table[row[rows], column[rows]] = True
        tables.append(table)
    return tables[0], tables[1]


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


def suggested_hits(cases: pd.DataFrame, catalogue: Catalogue, *, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """How often an acceptable waste code is among the first suggested for a description.

    Parameters
    ----------
    cases
        ``case_id``, ``description``, ``nace``, ``waste_codes`` (acceptable ones, ``;``).
    catalogue
        The catalogue.
    draws, seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``measure`` (``hit@1``, ``hit@5``, ``hit@10``): ``value``, ``low``, ``high``, ``count``.
    """
    flows = cases.set_index("case_id")
    rows = Resolver.of(catalogue).suggest_codes(flows[["description", "nace"]], limit=max(RANKS))
    wanted = flows["waste_codes"].str.split(";").map(lambda codes: {digits(code) for code in codes})
    right = [code in wanted[case] for case, code in zip(rows["flow_id"], rows["waste_code"], strict=True)]
    place = rows.groupby("flow_id").cumcount()[np.array(right, dtype=bool)]
    first = place.groupby(rows["flow_id"]).min().reindex(flows.index)
    return with_intervals({f"hit@{k}": np.asarray(first < k, dtype=np.float64) for k in RANKS}, draws, seed)


def same_meaning(pairs: pd.DataFrame, catalogue: Catalogue, *, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """How often a thing that is said in both languages is heard as one material.

    Parameters
    ----------
    pairs
        ``pair_id``, ``description_fr``, ``description_en`` and, where known, ``materials``: the right ones, ``;`` between.
    catalogue
        The catalogue.
    draws, seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``measure``: ``same material``, ``same or broader`` and, where known, ``right in French``, ``right in
        English``; ``value``, ``low``, ``high``, ``count``.
    """
    resolver, first = Resolver.of(catalogue), []
    for language in ("fr", "en"):
        texts = pairs.set_index("pair_id")[[f"description_{language}"]].set_axis(["description"], axis=1)
        rows = resolver.resolve(texts, limit=1)
        first.append(rows.drop_duplicates("flow_id").set_index("flow_id")["target_id"].reindex(texts.index))
    french, english = first
    above = pd.MultiIndex.from_frame(resolver.ancestors[["material_id", "ancestor_id"]])
    kin = pd.MultiIndex.from_arrays([french, english]).isin(above) | pd.MultiIndex.from_arrays([english, french]).isin(above)
    same = np.asarray(french == english, dtype=np.float64)
    measures = {"same material": same, "same or broader": np.asarray(kin, dtype=np.float64)}
    if "materials" in pairs:
        right = pairs["materials"].str.split(";")
        for name, found in (("right in French", french), ("right in English", english)):
            measures[name] = np.array([one in some for one, some in zip(found, right, strict=True)], dtype=np.float64)
    return with_intervals(measures, draws, seed)


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
    return with_intervals(measures, draws, seed)


def with_intervals(measures: dict[str, Floats], draws: int, seed: int) -> pd.DataFrame:
    """Mean of each measure over its cases, with a 95 % bootstrap interval.

    Parameters
    ----------
    measures
        By name: one value per case.
    draws, seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``measure``: ``value``, ``low``, ``high``, ``count``.
    """
    generator = np.random.default_rng(seed)
    lines = []
    for name, values in measures.items():
        means = values[generator.integers(0, len(values), (draws, len(values)))].mean(axis=1) if len(values) else [np.nan]
        low, high = np.quantile(means, [0.025, 0.975])
        lines.append((name, float(np.mean(values)) if len(values) else np.nan, float(low), float(high), len(values)))
    return pd.DataFrame(lines, columns=["measure", "value", "low", "high", "count"]).set_index("measure")
