"""Every figure that ``symbiosis benchmark matching`` prints, one table each, under the name that it is printed with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from symbiosis import affinity
from symbiosis.benchmarks import fitting, matching

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Tables = dict[str, pd.DataFrame]
FEWEST = 30
"""Pairs that a tenth of the calibration must hold to be judged."""
FIRST = 10

ranking = matching.rank


def table(file: Path) -> pd.DataFrame:
    """Cells of a CSV file as text.

    Parameters
    ----------
    file
        The file.

    Returns
    -------
    pandas.DataFrame
        Empty cells as empty text.
    """
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def of_ranking(found: pd.DataFrame, outputs: pd.DataFrame, needs: pd.DataFrame, truth: pd.DataFrame) -> Tables:
    """Recall and false alarms of a ranking, and of the lexical baseline.

    Parameters
    ----------
    found
        The ranking.
    outputs, needs, truth
        The set.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``symbiosis`` and ``lexical``.
    """
    lexical = matching.baseline(outputs, needs)
    return {
        "symbiosis": matching.score(found, outputs, needs, truth),
        "lexical": matching.score(lexical, outputs, needs, truth),
    }


def of_package(folder: Path, catalogue: Catalogue) -> Tables:
    """Waste codes, both languages and the planted territory, on the sets that the package carries.

    Parameters
    ----------
    folder
        Folder of the sets.
    catalogue
        The catalogue.

    Returns
    -------
    dict of str to pandas.DataFrame
        A table per figure.
    """
    outputs, needs, pairs = (table(folder / "planted" / f"{name}.csv") for name in ("outputs", "needs", "pairs"))
    outputs = outputs.rename(columns={"waste_code": "waste_code_declared"})
    true = pairs[pairs["is_true"] == "true"].assign(relevance="documented")
    right, _ = matching.truth_table(outputs, needs, true)
    chance = _confidences(outputs, needs, catalogue)
    return {
        "waste codes": matching.suggested_hits(table(folder / "codes.csv"), catalogue),
        "both languages": matching.same_meaning(table(folder / "paired.csv"), catalogue),
        "planted, first ten": _precision(chance, right),
        "planted, calibration": _judged(fitting.calibration(chance, right)),
    }


def of_tuning(folder: Path, catalogue: Catalogue) -> Tables:
    """What was tuned, on the set that it was tuned on: with the shipped constants, and crossed over classes.

    Parameters
    ----------
    folder
        Folder of the development set.
    catalogue
        The catalogue.

    Returns
    -------
    dict of str to pandas.DataFrame
        A table per figure.
    """
    outputs, needs, truth = (table(folder / f"{name}.csv") for name in ("outputs", "needs", "truth"))
    known = matching.evidence(outputs, needs, truth, catalogue)
    _, (chance,) = fitting.crossed([known])
    figures = {
        "development, shipped": matching.rank(outputs, needs, catalogue),
        "development, crossed": matching.listed(chance, outputs, needs, matching.THRESHOLD),
    }
    return {
        **{name: matching.score(found, outputs, needs, truth) for name, found in figures.items()},
        "development, crossed, calibration": _judged(fitting.calibration(chance, known.right)),
    }


def _confidences(outputs: pd.DataFrame, needs: pd.DataFrame, catalogue: Catalogue) -> npt.NDArray[np.float64]:
    offered, wanted = matching.read(outputs, needs, catalogue)
    return affinity.confidence(affinity.strengths(offered, wanted, affinity.links(catalogue)))


def _precision(chance: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Share of right pairs among the first ten of each output, and of each output that has as many right ones."""
    order = np.argsort(-chance, axis=1, kind="stable")[:, :FIRST]
    hits = np.take_along_axis(right, order, axis=1).sum(axis=1)
    possible = np.minimum(right.sum(axis=1), FIRST)
    some = possible > 0
    return matching.with_intervals(
        {"precision@10": hits[some] / FIRST, "of what is possible": hits[some] / possible[some]}, matching.DRAWS, 0
    )


def _judged(found: pd.DataFrame) -> pd.DataFrame:
    """Calibration with the gap, empty where too few pairs stand in a tenth."""
    gap = (found["shown"] - found["right"]).abs().where(found["count"] >= FEWEST)
    return found.assign(gap=gap)
