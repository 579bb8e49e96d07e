"""Today's outlet of a waste, from the operation that was done on it; only where the operation settles it.

R12, R13, D9 and D13 to D15 gather, sort or store: what becomes of the waste is not known, and no outlet is said. R1 may be
an incinerator or a boiler, D5 of rubble a site for inert waste: no outlet is said either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from symbiosis.materials import Catalogue

NOT_FINAL = frozenset(("R12", "R13", "D9", "D13", "D14", "D15"))
_CODE = re.compile(r"\b([RD])\s*0*(\d{1,2})\s*([A-F]?)\b", re.IGNORECASE)
# (operation, is hazardous): outlet of the catalogue.
_OUTLETS: Mapping[tuple[str, bool], str] = {
    ("D5", False): "landfill_non_hazardous",
    ("D5", True): "landfill_hazardous",
    ("D10", False): "incineration_without_recovery",
    ("D10", True): "incineration_hazardous",
    ("R3", False): "recycler_outside",
    ("R4", False): "recycler_outside",
    ("R5", False): "recycler_outside",
}
# R3 of these may be compost or biogas.
_ORGANIC = ("02", "0301", "0303", "0401", "1905", "1906", "1908", "200108", "200125", "2002", "200302")
# D5 of these may be a landfill for inert waste.
_INERT = ("0101", "0104", "1011", "1012", "1013", "1701", "170202", "1703", "1705", "1709", "191205", "191209", "200202")


def operation_codes(text: str) -> tuple[str, ...]:
    """Operation codes of a cell, ``R5 , D13`` or ``R 5``; a letter of detail (``R1A``) is dropped.

    Parameters
    ----------
    text
        As written.

    Returns
    -------
    tuple of str
        In the order of the cell, each once.
    """
    return tuple(dict.fromkeys(f"{m.group(1).upper()}{int(m.group(2))}" for m in _CODE.finditer(text)))


@dataclass(frozen=True, slots=True)
class Outlets:
    """Knows which outlets and operations the catalogue has.

    Attributes
    ----------
    catalogue
        With ``outlets`` and ``operations``.
    """

    catalogue: Catalogue

    def known(self, code: str) -> bool:
        """Whether an operation is one of the list."""
        return code in self.catalogue.operations.index

    def forbidden(self, code: str) -> bool:
        """Whether the law has taken an operation off the list."""
        return self.known(code) and bool(self.catalogue.operations.loc[code, "is_forbidden_fr"])

    def of(self, flows: pd.DataFrame) -> pd.Series:
        """Outlet of each flow, empty where its operations do not settle it.

        Parameters
        ----------
        flows
            With `operations`, `waste_code`, `is_hazardous`.

        Returns
        -------
        pandas.Series
            Ids of outlets.
        """
        cases = pd.Series(zip(flows["operations"], flows["waste_code"], flows["is_hazardous"], strict=True), dtype=object)
        said = {case: self._of(*case) for case in cases.unique()}
        return pd.Series([said[case] for case in cases], index=flows.index, dtype=object)

    def _of(self, operations: str, code: str, is_hazardous: str) -> str:
        final = [one for one in operation_codes(operations) if one not in NOT_FINAL]
        found = {self._single(one, code, is_hazardous == "true") for one in final}
        return found.pop() if len(found) == 1 else ""

    def _single(self, operation: str, code: str, is_hazardous: bool) -> str:
        if (operation == "R3" and code.startswith(_ORGANIC)) or (operation == "D5" and code.startswith(_INERT)):
            return ""
        outlet = _OUTLETS.get((operation, is_hazardous), "")
        return outlet if outlet in self.catalogue.outlets.index else ""
