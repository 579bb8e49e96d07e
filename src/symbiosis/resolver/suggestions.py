"""Waste codes that a description suggests, with the reason of each. A list to choose from: nothing is filled in.

Two witnesses are heard: the codes under which the materials that the words name are usually declared, and the official
designations of the list of waste, in both languages. An activity favours the chapters that are titled after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from symbiosis.resolver.codes import DIVISION_CHAPTERS, CodeIndex, digits
from symbiosis.resolver.index import NameIndex
from symbiosis.resolver.vocabulary import Stems

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

Floats = npt.NDArray[np.float64]

COLUMNS = ("flow_id", "waste_code", "score", "reason")
DESIGNATION_SHARE = 0.6
"""What a fully said designation is worth beside a material that is certain."""
OTHER_CODES = 0.15
"""Discount per further code of a material: one that is declared under ten codes suggests each of them less."""
UNSPECIFIED = 0.7
"""Codes ending in 99 are for what no other code says: last resort."""
ACTIVITY_FACTOR = 1.25
LEAST = 0.05


@dataclass(frozen=True, slots=True)
class CodeNames:
    """Codes with their designations as names, the days from and until which each is valid, and the codes of each material."""

    index: NameIndex
    pairs: pd.DataFrame
    days: pd.DataFrame

    @classmethod
    def of(cls, catalogue: Catalogue, codes: CodeIndex, stems: Stems) -> CodeNames:
        """Names of the codes of a catalogue.

        Parameters
        ----------
        catalogue
            The catalogue.
        codes
            Its codes by material.
        stems
            The stemmers.

        Returns
        -------
        CodeNames
            Ready to be compared with texts.
        """
        table = catalogue.waste_codes
        parts = [
            pd.DataFrame(
                {
                    "target_id": [digits(code) for code in table.index],
                    "name": table[f"{column}_{language}"].to_numpy(),
                    "language": language,
                }
            )
            for column in ("designation", "label")
            for language in ("fr", "en")
            if f"{column}_{language}" in table
        ]
        names = pd.concat(parts, ignore_index=True)
        names = names[(names["name"].fillna("") != "") & (names["target_id"] != "")]
        index = NameIndex(names, "material", stems)
        pairs = codes.pairs()
        days = table.reindex(columns=["valid_from", "valid_to"]).apply(pd.to_datetime)
        days = days.set_axis([digits(code) for code in table.index]).reindex(index.targets)
        return cls(index, pairs[pairs["waste_code"].isin(index.targets)], days)

    def in_force(self, on: date | None) -> npt.NDArray[np.bool_]:
        """Whether each code is valid on a day; without a day, whether it has no end."""
        if on is None:
            return self.days["valid_to"].isna().to_numpy()
        day = pd.Timestamp(on)
        return (~(self.days["valid_from"] > day) & ~(self.days["valid_to"] < day)).to_numpy()


def suggested(
    names: CodeNames,
    materials: Floats,
    order: pd.Index,
    *,
    spoken: Floats,
    words: list[str],
    nace: pd.Series,
    limit: int,
    on: date | None,
) -> pd.DataFrame:
    """Codes ranked for each case.

    Parameters
    ----------
    names
        The codes.
    materials
        Confidence of each material, ``cases × materials``.
    order
        The materials, in the order of the columns.
    spoken
        How well each text says each designation, ``cases × codes``.
    words
        Words that met the catalogue, one text per case.
    nace
        NACE code of each case, figures only.
    limit
        Most codes per case.
    on
        The day on which they are valid; ``None`` for those without an end.

    Returns
    -------
    pandas.DataFrame
        ``case``, ``waste_code``, ``score``, ``reason``.
    """
    targets = names.index.targets
    row = order.get_indexer(pd.Index(names.pairs["material_id"]))
    column = targets.get_indexer(pd.Index(names.pairs["waste_code"]))
    valid = names.in_force(on)
    row, column = row[valid[column]], column[valid[column]]
    declared = sp.csr_array((np.ones(len(row)), (row, column)), shape=(len(order), len(targets)))
    many: Floats = np.asarray(declared.sum(axis=1)).ravel()
    # Materials that may all be meant support their common code together.
    share = materials / (1 + OTHER_CODES * np.maximum(many - 1, 0.0))[None, :]
    doubt = np.exp(np.log1p(-np.minimum(share, 0.99)) @ declared)
    score = 1 - doubt * (1 - DESIGNATION_SHARE * spoken)
    score *= np.where(targets.str.endswith("99"), UNSPECIFIED, 1.0)[None, :]
    chapters = targets.str[:2].to_numpy(dtype=str)
    for division, cases in nace.groupby(nace.str[:2]).groups.items():
        wanted = np.isin(chapters, sorted(DIVISION_CHAPTERS.get(str(division), ())))
        score[np.ix_(np.asarray(cases, dtype=int), np.flatnonzero(wanted))] *= ACTIVITY_FACTOR
    score = score.clip(0.0, 1.0) * valid[None, :]
    best = np.argsort(-score.round(9), axis=1, kind="stable")[:, :limit]
    case = np.repeat(np.arange(len(score)), best.shape[1])
    code = best.ravel()
    kept = score[case, code] >= LEAST
    case, code = case[kept], code[kept]
    support = sp.csr_array(declared.T)[code].multiply(share[case]).tocsr()
    strongest = np.asarray(support.argmax(axis=1)).ravel() if len(case) else np.zeros(0, dtype=np.int64)
    named = np.where(np.asarray(support.sum(axis=1)).ravel() > LEAST, strongest, -1)
    said = np.array(words, dtype=object)[case] if len(words) else np.array([], dtype=object)
    material = np.array([f"material:{order[m]}" if m >= 0 else "" for m in named], dtype=object)
    designation = np.where(spoken[case, code] > LEAST, "designation", "")
    reason = [
        f"{' + '.join(part for part in (m, d) if part)} ({w})" for m, d, w in zip(material, designation, said, strict=True)
    ]
    return pd.DataFrame({"case": case, "waste_code": targets[code], "score": score[case, code].round(4), "reason": reason})
