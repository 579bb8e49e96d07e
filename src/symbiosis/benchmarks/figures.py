"""Every figure that ``symbiosis benchmark matching`` prints, one table each, under the name that it is printed with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from symbiosis.benchmarks import fitting, matching, planted

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Tables = dict[str, pd.DataFrame]
FEWEST = 30
"""Pairs that a tenth of the calibration must hold to be judged."""

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
    """Every other set of the package: plants, trades, firms, waste codes, both languages, the planted territory.

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
    engine = planted.figures(planted.proposals(folder / "planted", catalogue))
    engine["planted, calibration"] = _judged(engine["planted, calibration"])
    sets = {}
    for title, name in (("needs told by plants", "plants"), ("words of other trades", "trades"), ("ordinary firms", "firms")):
        own = [table(folder / name / f"{part}.csv") for part in ("outputs", "needs", "truth")]
        sets[title] = matching.score(matching.rank(own[0], own[1], catalogue), *own)
    return {
        **sets,
        "waste codes": matching.suggested_hits(table(folder / "codes.csv"), catalogue),
        "both languages": matching.same_meaning(table(folder / "paired.csv"), catalogue),
        "both languages, fresh wordings": matching.same_meaning(table(folder / "fresh.csv"), catalogue),
        **engine,
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


def _judged(found: pd.DataFrame) -> pd.DataFrame:
    """Calibration with the gap, empty where too few pairs stand in a tenth."""
    gap = (found["shown"] - found["right"]).abs().where(found["count"] >= FEWEST)
    return found.assign(gap=gap)
