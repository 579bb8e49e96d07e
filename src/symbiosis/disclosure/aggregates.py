"""What may be published of a territory and of a run: tables by zone and theme, as contributions of their companies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from symbiosis.disclosure.releases import Release, release


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A table before the gate: it never leaves the private side.

    Attributes
    ----------
    name
        Which table it is, the same in every version.
    unit
        Of its values.
    contributions
        The dimensions, a unit for each role, `value`.
    dimensions, roles
        Columns of labels; columns that name a unit.
    views
        What is shown of it: name to the one or two dimensions that it does not sum up.
    zoning
        Fingerprint of the zones, where labels are zones.
    is_of_scenario
        Whether it depends on the assumptions of a run; else one series of versions serves all scenarios.
    members
        Unit to the actors that it is made of.
    """

    name: str
    unit: str
    contributions: pd.DataFrame
    dimensions: tuple[str, ...]
    views: Mapping[str, tuple[str, ...]]
    roles: tuple[str, ...] = ("unit_id",)
    zoning: str = ""
    is_of_scenario: bool = True
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def released(self, issued_on: date, *, earlier: Sequence[Release] = (), beside: Sequence[Release] = ()) -> Release:
        """Pass the table through the gate.

        Parameters
        ----------
        issued_on
            Day of the version.
        earlier, beside
            Versions of the table that were published, of the same scenario and of others.

        Returns
        -------
        Release
            See :func:`symbiosis.disclosure.release`.
        """
        return release(
            self.contributions, self.dimensions, issued_on, roles=self.roles, zoning=self.zoning,
            views=list(self.views.values()), earlier=earlier, beside=beside,
        )  # fmt: skip
