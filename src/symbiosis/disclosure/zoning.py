"""The zones of a territory: communes grouped once, so that no two groupings are ever published.

A commune with two companies shows nothing; a zone of several does. But a table by communes and one by zones, or by two kinds of
zones, subtract to what lies between them. So a territory has one zoning, made once, kept, and named by its fingerprint in each
version of each table; a commune that comes later joins a zone without moving the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from symbiosis.errors import DisclosureError
from symbiosis.geography import great_circle_km

ENOUGH_UNITS = 6
"""Units that a zone gathers before it is closed: twice what a figure needs, since each figure is about a part of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoning:
    """Which zone each commune belongs to.

    Attributes
    ----------
    zone_of
        Commune code to zone; a zone is named by the commune of it that had the most units.
    founding
        The communes that it was made of: its fingerprint does not change when others join.
    """

    zone_of: Mapping[str, str]
    founding: tuple[str, ...]

    @classmethod
    def of(cls, communes: pd.DataFrame, sites: pd.DataFrame, enough_units: int = ENOUGH_UNITS) -> Zoning:
        """Join the communes of fewest units to their nearest neighbours, until each zone has enough.

        Parameters
        ----------
        communes
            By commune code: `latitude`, `longitude`.
        sites
            `commune_code` and `unit_id`, one row per site.
        enough_units
            Different units that each zone must have, where the territory has as many.

        Returns
        -------
        Zoning
            The same for the same communes and sites, in any order.
        """
        places = communes.sort_index()
        members = {code: [code] for code in places.index}
        units = {code: set(found) for code, found in sites.groupby("commune_code")["unit_id"]}
        held = {code: units.get(code, set()) for code in places.index}
        while len(members) > 1:
            least = min(members, key=lambda zone: (len(held[zone]), zone))
            if len(held[least]) >= enough_units:
                break
            middle = pd.DataFrame({zone: places.loc[codes].mean() for zone, codes in members.items()}).T
            nearest = _nearest(middle.drop(index=least), middle.loc[least])
            members[nearest] += members.pop(least)
            held[nearest] = held[nearest] | held.pop(least)
        zone_of = {
            code: min(codes, key=lambda seat: (-len(units.get(seat, ())), seat)) for codes in members.values() for code in codes
        }
        return cls(zone_of=dict(sorted(zone_of.items())), founding=tuple(places.index))

    @property
    def fingerprint(self) -> str:
        """Name of the zoning: a digest of the zones of its founding communes."""
        lines = "\n".join(f"{code} {self.zone_of[code]}" for code in self.founding)
        return hashlib.sha256(lines.encode()).hexdigest()[:16]

    def joined_by(self, communes: pd.DataFrame) -> Zoning:
        """Let communes that have no zone yet join that of the nearest commune that has.

        Parameters
        ----------
        communes
            By commune code: `latitude`, `longitude`; of the old ones and the new ones.

        Returns
        -------
        Zoning
            With the zones of the others as they were.
        """
        placed = communes.loc[communes.index.isin(list(self.zone_of))]
        new = communes.loc[~communes.index.isin(list(self.zone_of))].sort_index()
        joined = {str(code): self.zone_of[_nearest(placed, new.loc[code])] for code in new.index}
        return Zoning(zone_of={**self.zone_of, **joined}, founding=self.founding)

    def zones(self, commune_code: pd.Series) -> pd.Series:
        """Zone of each commune.

        Parameters
        ----------
        commune_code
            Of each row.

        Returns
        -------
        pandas.Series
            As `commune_code`.

        Raises
        ------
        DisclosureError
            A commune has no zone.
        """
        zones = commune_code.map(self.zone_of)
        if zones.isna().any():
            raise DisclosureError(
                f"no zone for {', '.join(sorted(set(commune_code[zones.isna()].astype(str))))}: let them join one"
            )
        return zones


def _nearest(places: pd.DataFrame, place: pd.Series) -> str:
    """Code of the nearest place, the first of equals."""
    here = np.full(len(places), place["latitude"]), np.full(len(places), place["longitude"])
    distance = great_circle_km(places["latitude"].to_numpy(float), places["longitude"].to_numpy(float), *here)
    return str(places.index[np.lexsort((places.index.to_numpy(str), distance.round(6)))[0]])
