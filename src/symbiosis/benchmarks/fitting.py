"""How the constants of :mod:`symbiosis.affinity` were fitted, and how well they carry over to classes not seen.

The weights of the ways to serve, the floor and the exponent of generality maximise the chance that a draw among the
needs of an output, with odds in proportion to a power of the strength, falls on a right one (and, at half weight, on a
documented one), held near the values that were reasoned before. Directness and the ceiling of a need stay as they are. The
confidence is a logistic curve over the logarithm of the strength. Folds never part outputs that share a need: the classes of
a fold are new to the fit that ranks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components

from symbiosis.affinity import CEILING, DIRECT, DIRECT_FLOOR, DIRECTNESS, FLOOR, GENERALITY, OBSCURE, SPREAD, WEIGHTS, rivalry

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

REASONED = {
    "same": 1.0, "broader": 0.8, "narrower": 0.4, "use": 1.0, "use_1": 0.6, "material_1": 0.6, "use_2": 0.3,
    "material_2": 0.3, "code": 0.15,
}  # fmt: skip
"""Weights before any fit: a process is somebody to find and to pay, two are worse."""
REASONED_FLOOR, REASONED_GENERALITY = 0.002, 0.35
HOLD = 0.2
"""How firmly a fit is held near the reasoned values (mean square of the logarithms)."""
SHARPNESS = 1.5
"""Power of the strength in the odds of the draw."""
DOCUMENTED_WEIGHT = 0.5
FOLDS = 5
SHOWN = 0.38
"""Strength from which the calibration looks at a pair: below, about one in forty is right, and none is shown."""


@dataclass(frozen=True, slots=True)
class Constants:
    """What is fitted: the constants of :mod:`symbiosis.affinity`."""

    weights: Mapping[str, float]
    floor: float
    generality: float


SHIPPED = Constants(WEIGHTS, FLOOR, GENERALITY)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A set of outputs and needs, weighed way by way.

    Attributes
    ----------
    parts
        By way: ``outputs × needs``.
    means
        By way: what each need gets from a material drawn at random.
    ceiling
        What each need gets from the material that suits it best, by the shipped weights.
    right, documented
        Which pairs are, ``outputs × needs``.
    group
        Outputs that share a right need, directly or through others, have one number.
    """

    parts: Mapping[str, Floats]
    means: Mapping[str, Floats]
    ceiling: Floats
    right: Mask
    documented: Mask
    group: Integers

    def strengths(self, constants: Constants) -> Floats:
        """Strength of every pair, as :func:`symbiosis.affinity.strengths` has it.

        Parameters
        ----------
        constants
            The constants.

        Returns
        -------
        numpy.ndarray
            ``outputs × needs``.
        """
        total = np.full(self.right.shape, constants.floor)
        usual = np.full(self.right.shape[1], SPREAD)
        for way, weight in constants.weights.items():
            total += weight * self.parts[way]
            usual += weight * self.means[way]
        return np.asarray(total / usual**constants.generality * self.kept)

    @property
    def kept(self) -> Floats:
        """Factor of every pair that no fit changes: directness, and ceiling of the need."""
        short = sum((weight * self.parts[way] for way, weight in DIRECT.items()), np.zeros(self.right.shape))
        return np.asarray((short + DIRECT_FLOOR) ** DIRECTNESS / (self.ceiling + OBSCURE) ** CEILING)


def groups(right: Mask) -> Integers:
    """Outputs that share a need, directly or through others.

    Parameters
    ----------
    right
        Right pairs, ``outputs × needs``.

    Returns
    -------
    numpy.ndarray
        One number per output.
    """
    output, need = np.nonzero(right)
    nodes = sum(right.shape)
    link = sp.coo_array((np.ones(len(output)), (output, len(right) + need)), shape=(nodes, nodes))
    return np.asarray(connected_components(link, directed=False)[1][: len(right)], dtype=np.int64)


def folds(group: Integers, count: int = FOLDS) -> Integers:
    """Fold of each output: whole groups, dealt from the largest to the least filled fold.

    Parameters
    ----------
    group
        Result of :func:`groups`.
    count
        Number of folds.

    Returns
    -------
    numpy.ndarray
        From 0, one per output.
    """
    size = np.bincount(group)
    fold, filled = np.zeros(len(size), dtype=np.int64), np.zeros(count)
    for one in np.argsort(-size, kind="stable"):
        fold[one] = filled.argmin()
        filled[fold[one]] += size[one]
    return np.asarray(fold[group])


def fit(sets: Sequence[Evidence], rows: Sequence[Mask] | None = None) -> Constants:
    """Constants under which right needs are likeliest.

    Parameters
    ----------
    sets
        What to fit on.
    rows
        Outputs of each set that may be looked at; all by default.

    Returns
    -------
    Constants
        The fitted ones.
    """
    ways = list(REASONED)
    start = np.log([*REASONED.values(), REASONED_FLOOR, REASONED_GENERALITY])
    used = [one.right.any(axis=1) if rows is None else rows[i] & one.right.any(axis=1) for i, one in enumerate(sets)]
    stacked = [np.stack([one.parts[way][keep] for way in ways]) for one, keep in zip(sets, used, strict=True)]
    kept = [np.log(one.kept[keep]) for one, keep in zip(sets, used, strict=True)]
    outputs = max(sum(int(keep.sum()) for keep in used), 1)

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, floor, generality = np.exp(point[:-2]), np.exp(point[-2]), np.exp(point[-1])
        value, slope = 0.0, np.zeros(len(point))
        for one, keep, parts, fixed in zip(sets, used, stacked, kept, strict=True):
            total = np.tensordot(weights, parts, axes=1) + floor
            means = np.stack([one.means[way] for way in ways])
            usual = weights @ means + SPREAD
            score = SHARPNESS * (np.log(total) - generality * np.log(usual) + fixed)
            chance = np.exp(score - score.max(axis=1, keepdims=True))
            chance /= chance.sum(axis=1, keepdims=True)
            pull = np.zeros_like(chance)
            for hits, weight in ((one.right[keep], 1.0), (one.documented[keep], DOCUMENTED_WEIGHT)):
                some = hits.any(axis=1)
                hit = np.where(hits, chance, 0.0)
                mass = np.maximum(hit.sum(axis=1, keepdims=True), 1e-12)
                value -= weight * np.log(mass[some]).sum()
                pull[some] += weight * (chance - hit / mass)[some]
            pull *= SHARPNESS
            by_part = pull / total
            by_mean = -generality * pull.sum(axis=0) / usual
            slope[:-2] += weights * (np.tensordot(parts, by_part, axes=([1, 2], [0, 1])) + means @ by_mean)
            slope[-2] += floor * by_part.sum()
            slope[-1] -= generality * (pull.sum(axis=0) @ np.log(usual))
        away = point - start
        return value / outputs + HOLD * float(np.mean(away**2)), slope / outputs + 2 * HOLD * away / len(point)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    weights = dict(zip(ways, np.exp(found[:-2]).tolist(), strict=True))
    return Constants(weights, float(np.exp(found[-2])), float(np.exp(found[-1])))


def calibrate(strengths: Sequence[Floats], right: Sequence[Mask]) -> tuple[float, float]:
    """Logistic curve of being right over the logarithm of the strength, by Newton's method.

    What the size of each pool takes (:func:`symbiosis.affinity.rivalry`) is taken first. Pairs that nobody is shown are left
    out: they are hundreds to one, and would bend the curve where it is read.

    Parameters
    ----------
    strengths
        Strengths of pairs, ``outputs × needs``, set by set: each set counts as much as another, whatever its size.
    right
        Which of them are right.

    Returns
    -------
    tuple of float
        Constant and slope of the logit.
    """
    shown = [values >= SHOWN for values in strengths]
    logarithm = np.log(np.concatenate([values[some] for values, some in zip(strengths, shown, strict=True)]))
    table = np.column_stack([np.ones(len(logarithm)), logarithm])
    hits = [hits[some] for hits, some in zip(right, shown, strict=True)]
    truth = np.concatenate(hits).astype(float)
    less = np.concatenate([np.full(some.sum(), rivalry(some.shape[1])) for some in shown])
    weight = np.concatenate([np.full(some.size, 1 / max(int(some.sum()), 1)) for some in hits])
    weight *= len(truth) / weight.sum()
    point = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(less - table @ point))
        curve = table.T @ (table * (weight * chance * (1 - chance))[:, None]) + 1e-6 * np.eye(2)
        step = np.linalg.solve(curve, table.T @ (weight * (truth - chance)))
        point += step
        if np.abs(step).max() < 1e-9:
            break
    return float(point[0]), float(point[1])


def crossed(sets: Sequence[Evidence], count: int = FOLDS) -> tuple[list[Floats], list[Floats]]:
    """Strength and confidence of every pair by constants that have not seen the classes of its output.

    Parameters
    ----------
    sets
        The sets.
    count
        Number of folds.

    Returns
    -------
    tuple of list of numpy.ndarray
        Strengths, and confidences, of each set.
    """
    place = [folds(one.group, count) for one in sets]
    strength = [np.zeros(one.right.shape) for one in sets]
    chance = [np.zeros(one.right.shape) for one in sets]
    for number in range(count):
        seen = [fold != number for fold in place]
        constants = fit(sets, seen)
        by_set = [one.strengths(constants) for one in sets]
        known = [values[rows] for values, rows in zip(by_set, seen, strict=True)]
        constant, slope = calibrate(known, [one.right[rows] for one, rows in zip(sets, seen, strict=True)])
        for values, rows, into, shown in zip(by_set, seen, strength, chance, strict=True):
            into[~rows] = values[~rows]
            shown[~rows] = 1 / (1 + np.exp(rivalry(values.shape[1]) - constant - slope * np.log(values[~rows])))
    return strength, chance


def calibration(chance: Floats, right: Mask) -> pd.DataFrame:
    """Confidence shown beside the share that was right, by tenths.

    Parameters
    ----------
    chance
        Confidences of pairs.
    right
        Which of them are right.

    Returns
    -------
    pandas.DataFrame
        Indexed by the lower end of the tenth: ``count``, ``shown`` (mean), ``right`` (share).
    """
    rows = pd.DataFrame({"tenth": (chance.ravel() * 10).astype(int).clip(0, 9) / 10, "shown": chance.ravel()})
    rows["right"] = right.ravel().astype(float)
    return rows.groupby("tenth").agg(count=("shown", "size"), shown=("shown", "mean"), right=("right", "mean"))
