"""What a waste code and an activity say of a material, and which codes a description suggests.

A code is evidence beside the words, never instead of them: people copy codes from old forms. The chapters of the
European list of waste follow the activity that made the waste, which is why an activity is (faint) evidence too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Floats = npt.NDArray[np.float64]

SAME_CODE, SAME_SUBCHAPTER, SAME_CHAPTER = 1.0, 0.45, 0.15

ACTIVITY_CHAPTERS = {
    "01 02 03 10 11 12": "02", "05 06 07 08 09": "01 10", "13 14": "04", "15": "04", "16": "03", "17": "03", "18": "08",
    "19": "05", "20 21": "06 07", "22": "07 12", "23": "10", "24": "10 11 12", "25": "11 12", "26 27": "16 11",
    "28 29 30": "12 08 13", "31": "03", "33": "12 13 16", "35": "10", "36 37": "19", "38 39": "19 17 16 15",
    "41 42 43": "17", "45": "13 16", "46 47": "15 20", "49 50 51 52": "13 16 15", "55 56": "20 02", "58": "08",
    "86 87": "18",
}  # fmt: skip
"""NACE divisions and the chapters of the list of waste that are titled after the same activities."""

DIVISION_CHAPTERS = {d: frozenset(c.split()) for ds, c in ACTIVITY_CHAPTERS.items() for d in ds.split()}


def digits(code: object) -> str:
    """The six digits of a waste code, however it is written, or empty text.

    Parameters
    ----------
    code
        ``17 02 01``, ``17.02.04*``, ``170201``…

    Returns
    -------
    str
        Six digits, or ``''`` if the text does not hold exactly six.
    """
    found = re.sub(r"\D", "", str(code)) if isinstance(code, str) else ""
    return found if len(found) == 6 else ""


def code_lists(flows: pd.DataFrame) -> list[tuple[str, ...]]:
    """Codes that each flow states: its own, or those that a need accepts.

    Parameters
    ----------
    flows
        Flows with ``waste_code`` or ``waste_codes_accepted`` or neither.

    Returns
    -------
    list of tuple of str
        Sorted codes of six digits, one tuple per flow.
    """
    own = flows["waste_code"].tolist() if "waste_code" in flows else [""] * len(flows)
    many = flows["waste_codes_accepted"].tolist() if "waste_codes_accepted" in flows else [()] * len(flows)
    return [tuple(sorted({digits(c) for c in (a, *_parts(b))} - {""})) for a, b in zip(own, many, strict=True)]


def _parts(cell: object) -> Iterable[object]:
    if isinstance(cell, str):
        return re.split(r"[;,|]", cell)
    return cell if isinstance(cell, tuple | list | frozenset | set) else ()


class CodeIndex:
    """Codes and chapters of each material of a catalogue.

    Parameters
    ----------
    catalogue
        The catalogue.
    ancestors
        Result of :func:`symbiosis.pathways.closure`.
    """

    def __init__(self, catalogue: Catalogue, ancestors: pd.DataFrame) -> None:
        self.materials = pd.Index(sorted(catalogue.materials.index))
        own = catalogue.material_codes[["material_id", "waste_code"]].drop_duplicates()
        own = own.assign(waste_code=own["waste_code"].map(digits))
        own = own[(own["waste_code"] != "") & own["material_id"].isin(self.materials)]
        bare = ancestors[~ancestors["material_id"].isin(own["material_id"])]
        lent = bare.merge(own, left_on="ancestor_id", right_on="material_id", suffixes=("", "_own"))
        rows = pd.concat([own, lent[["material_id", "waste_code"]]], ignore_index=True).drop_duplicates()
        self.codes = sorted(set(rows["waste_code"]))
        self._row = self.materials.get_indexer(rows["material_id"])
        self._code = rows["waste_code"].to_numpy(dtype=str)
        # Chapters of relatives count before a code is said to contradict the words.
        down = ancestors.merge(own, left_on="material_id", right_on="material_id")[["ancestor_id", "waste_code"]]
        up = ancestors.merge(own, left_on="ancestor_id", right_on="material_id", suffixes=("", "_own"))
        relatives = pd.concat(
            [down.rename(columns={"ancestor_id": "material_id"}), up[["material_id", "waste_code"]]], ignore_index=True
        )
        relatives["chapter"] = relatives["waste_code"].str[:2]
        self.chapters = relatives.groupby("material_id")["chapter"].agg(frozenset).to_dict()

    def evidence(self, code_sets: list[tuple[str, ...]]) -> Floats:
        """How far the codes of each flow point to each material, between 0 and 1.

        Parameters
        ----------
        code_sets
            Result of :func:`code_lists`.

        Returns
        -------
        numpy.ndarray
            ``flows × materials``.
        """
        distinct = sorted(set(code_sets))
        position = {codes: i for i, codes in enumerate(distinct)}
        table = np.zeros((len(distinct), len(self.materials)))
        for codes, row in position.items():
            for code in codes:
                for length, weight in ((2, SAME_CHAPTER), (4, SAME_SUBCHAPTER), (6, SAME_CODE)):
                    same = np.char.startswith(self._code, code[:length]) if len(self._code) else np.zeros(0, dtype=bool)
                    np.maximum.at(table[row], self._row[same], weight)
        return table[[position[codes] for codes in code_sets]]

    def activity(self, nace: pd.Series) -> Floats:
        """Ones where a material has a code in the chapters named after the activity.

        Parameters
        ----------
        nace
            NACE or NAF codes, ``''`` where unknown.

        Returns
        -------
        numpy.ndarray
            ``flows × materials``.
        """
        division = nace.fillna("").astype(str).str.replace(r"\D", "", regex=True).str[:2]
        kinds = sorted(set(division))
        chapter = np.array([code[:2] for code in self._code], dtype="<U2")
        table = np.zeros((len(kinds), len(self.materials)))
        for row, kind in enumerate(kinds):
            wanted = DIVISION_CHAPTERS.get(kind, frozenset())
            table[row, self._row[np.isin(chapter, sorted(wanted))]] = 1.0
        return table[[kinds.index(kind) for kind in division]]

    def contradicts(self, codes: tuple[str, ...], material_id: str) -> bool:
        """Whether no code of a flow is in a chapter that the material, or a kin of it, is known in.

        Parameters
        ----------
        codes
            Codes of the flow.
        material_id
            What its words say.

        Returns
        -------
        bool
            False where either side is unknown.
        """
        known = self.chapters.get(material_id)
        return bool(codes) and bool(known) and not any(code[:2] in (known or ()) for code in codes)

    def pairs(self) -> pd.DataFrame:
        """Codes of each material, lent ones included.

        Returns
        -------
        pandas.DataFrame
            ``material_id``, ``waste_code``.
        """
        return pd.DataFrame({"material_id": self.materials[self._row], "waste_code": self._code})
