"""What the engine proposes in a territory whose true pairs are known: precision for a company, and the confidence it shows.

The whole engine up to the candidates is measured, law and distances included, and not the score of words alone. Only pairs
without an operator are looked at, for the truth says which output serves which need.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from symbiosis.benchmarks import matching
from symbiosis.benchmarks.fitting import calibration
from symbiosis.candidates import find_candidates
from symbiosis.scenario import Scenario
from symbiosis.workspace import open_territory

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

FIRST = 10


def proposals(folder: Path, catalogue: Catalogue, scenario: Scenario | None = None) -> pd.DataFrame:
    """Pairs that the engine shows in a planted territory.

    Parameters
    ----------
    folder
        Declarations, and ``pairs.csv``: ``output_id``, ``need_id``, ``is_true``.
    catalogue, scenario
        What is known, what is assumed.

    Returns
    -------
    pandas.DataFrame
        Surest first: ``actor_id`` (of the output), ``output_id``, ``need_id``, ``confidence``, ``is_sure`` (not left to be
        investigated for its words), ``right``; pairs that a rule excludes are not shown.
    """
    scenario = scenario or Scenario()
    declarations = open_territory(folder, catalogue).declarations
    chains = find_candidates(declarations, catalogue, scenario).chains
    shown = chains[(chains["operator_1"] == "") & (chains["feasibility"] != "excluded")]
    shown = shown.sort_values(["confidence", "output_id", "need_id"], ascending=[False, True, True], kind="stable")
    shown = shown.drop_duplicates(["output_id", "need_id"])[["output_id", "need_id", "confidence"]]
    planted = pd.read_csv(folder / "pairs.csv", dtype=str, keep_default_na=False)
    true = pd.MultiIndex.from_frame(planted.loc[planted["is_true"] == "true", ["output_id", "need_id"]])
    actor = declarations.outputs["site_id"].map(declarations.sites["actor_id"])
    return shown.assign(
        actor_id=shown["output_id"].map(actor),
        is_sure=shown["confidence"] >= scenario.sure_confidence,
        right=pd.MultiIndex.from_frame(shown[["output_id", "need_id"]]).isin(true),
    ).reset_index(drop=True)


def figures(shown: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Precision of the first ten of each company, and shown confidence beside the share that was right.

    Parameters
    ----------
    shown
        Result of :func:`proposals`.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``planted, first ten`` (a company that is shown fewer counts by those) and ``planted, calibration``.
    """
    measures = {}
    for name, rows in (("sure", shown[shown["is_sure"]]), ("all that is shown", shown)):
        ten = rows.groupby("actor_id", sort=True).head(FIRST)
        measures[f"precision@10 per company, {name}"] = ten.groupby("actor_id")["right"].mean().to_numpy(dtype=np.float64)
    chance, right = shown["confidence"].to_numpy(dtype=float), shown["right"].to_numpy(dtype=bool)
    return {
        "planted, first ten": matching.with_intervals(measures, matching.DRAWS, 0),
        "planted, calibration": calibration(chance, right),
    }
