"""Every figure that ``symbiosis benchmark matching`` prints, one table each, under the name that it is printed with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from symbiosis.benchmarks import fitting, matching, planted

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Tables = dict[str, pd.DataFrame]
SETS = {
    "needs told by plants": "plants",
    "words of other trades": "trades",
    "ordinary firms": "firms",
    "exchanges of networks": "networks",
}
"""Labelled sets beside ``matching``, by the title of their figures."""
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
    """Every other set of the package: plants, trades, firms, networks, waste codes, both languages, the planted territory.

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
    for title, name in SETS.items():
        own = _labelled(folder / name)
        sets[title] = matching.score(matching.rank(own[0], own[1], catalogue), *own)
    return {
        **sets,
        "waste codes": matching.suggested_hits(table(folder / "codes.csv"), catalogue),
        "both languages": matching.same_meaning(table(folder / "paired.csv"), catalogue),
        "both languages, fresh wordings": matching.same_meaning(table(folder / "fresh.csv"), catalogue),
        **engine,
    }


def of_tuning(folder: Path, others: Path, catalogue: Catalogue) -> Tables:
    """What was tuned: with the shipped constants, and crossed over the classes of every labelled set.

    Parameters
    ----------
    folder
        Folder of the development set.
    others
        Folder of the sets of the package, which are crossed with it: 61 % of the outputs of the development set share
        needs with each other and make one fold, beside which too little would be left to fit on.
    catalogue
        The catalogue.

    Returns
    -------
    dict of str to pandas.DataFrame
        A table per figure.
    """
    sets = [_labelled(folder), *(_labelled(others / name) for name in ("matching", *SETS.values()))]
    known = [matching.evidence(*one, catalogue) for one in sets]
    _, chance = fitting.crossed(known)
    outputs, needs, truth = sets[0]
    figures = {
        "development, shipped": matching.rank(outputs, needs, catalogue),
        "development, crossed": matching.listed(chance[0], outputs, needs, matching.THRESHOLD),
    }
    shown, right = (np.concatenate([one.ravel() for one in tables]) for tables in (chance, [one.right for one in known]))
    return {
        **{name: matching.score(found, outputs, needs, truth) for name, found in figures.items()},
        "development, crossed, calibration": _judged(fitting.calibration(chance[0], known[0].right)),
        "all labelled sets, crossed, calibration": _judged(fitting.calibration(shown, right)),
    }


def _labelled(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    outputs, needs, truth = (table(folder / f"{name}.csv") for name in ("outputs", "needs", "truth"))
    return outputs, needs, truth


def _judged(found: pd.DataFrame) -> pd.DataFrame:
    """Calibration with the gap, empty where too few pairs stand in a tenth."""
    gap = (found["shown"] - found["right"]).abs().where(found["count"] >= FEWEST)
    return found.assign(gap=gap)
