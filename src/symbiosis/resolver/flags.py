"""What is remarked about readings: codes against words, doubt, negation, stated grades, warnings, products named bare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from symbiosis.resolver.codes import CodeIndex
from symbiosis.resolver.words import plain, spent, takes_leavings, warnings

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

CODE_CONTRADICTION = 0.85
"""What a reading keeps that the declared waste code contradicts."""
MADE_GOOD_FIRST = ("chemicals", "oils_solvents")
"""Themes in which what is left of a product does not serve as the product: *white spirit*, *huile moteur*, *acide*."""


def flagged(found: pd.DataFrame, asked: pd.DataFrame, codes: CodeIndex, product: frozenset[str]) -> pd.DataFrame:
    """Readings with what is to be remarked about each, and with less confidence where the code contradicts them.

    Parameters
    ----------
    found
        ``case``, ``target_kind``, ``target_id``, ``confidence``, ``words``, ``code_only``, ``is_tied``.
    asked
        By case: ``description``, ``codes``, ``negated``, ``exacting``.
    codes
        Which codes contradict which materials.
    product
        Materials that a need does not mean by the bare name of a product; none for outputs.

    Returns
    -------
    pandas.DataFrame
        The readings, with ``flags`` (``;``).
    """
    is_material = found["target_kind"] == "material"
    declared = asked["codes"].to_numpy()[found["case"]]
    sayable = is_material & ~found["code_only"]
    against = np.array(
        [says and codes.contradicts(c, t) for says, c, t in zip(sayable, declared, found["target_id"], strict=True)], dtype=bool
    )
    is_bare = np.array(is_material & found["target_id"].isin(product), dtype=bool)
    if is_bare.any():
        is_bare &= ~asked["description"].map(takes_leavings).to_numpy(dtype=bool)[found["case"]]
    marks = {
        "code_contradicts_words": against,
        "code_only": (found["code_only"] & is_material).to_numpy(),
        "ambiguous": (found["is_tied"] & ~found["code_only"]).to_numpy(),
        "negated": asked["negated"].to_numpy(dtype=bool)[found["case"]],
        "exacting": asked["exacting"].to_numpy(dtype=bool)[found["case"]],
        "warned": _unheeded(asked["description"], found["case"], found["words"]),
        "bare": is_bare,
    }
    flags = [
        ";".join(name for name, is_so in zip(marks, row, strict=True) if is_so) for row in zip(*marks.values(), strict=True)
    ]
    confidence = found["confidence"] * np.where(against, CODE_CONTRADICTION, 1.0)
    return found.assign(confidence=confidence.round(4), flags=flags)


def made_good_first(catalogue: Catalogue) -> frozenset[str]:
    """Materials that bear the name of a product in use, and serve as it only once they were made good.

    Parameters
    ----------
    catalogue
        The catalogue.

    Returns
    -------
    frozenset of str
        Their ids.
    """
    materials = catalogue.materials
    table = materials[materials["theme_id"].isin(MADE_GOOD_FIRST)] if "theme_id" in materials else materials[:0]
    named = zip(table.index, table["name_fr"], table["name_en"], strict=True)
    return frozenset(str(key) for key, *names in named if any(map(spent, names)))


def _unheeded(texts: pd.Series, case: pd.Series, words: pd.Series) -> npt.NDArray[np.bool_]:
    """Which readings leave out what a text warns of."""
    said = [warnings(text) for text in texts]
    return np.array(
        [
            bool(said[i]) and not any(word in said[i] for word in plain(met).replace("-", ";").split(";"))
            for i, met in zip(case, words, strict=True)
        ],
        dtype=bool,
    )
