"""From contributions to a table that may be shown, and from one version of it to the next.

Two versions of a table, each safe, give away by subtraction what came or left between them. So the *changes* are a table as
well, and pass the same gate: against each version of the last twelve months, a figure is renewed only if its change is safe by
itself and cannot be worked out from the changes beside it. Else the old figure stays, and is said to. A figure that such a
version hid stays hidden: shown now, it would be subtracted from what was shown around it then. Twelve months after a version,
it binds nobody.

Maps, flow diagrams and graphs are tables of two dimensions (from, to); so are the results of scenarios. Two scenarios of one
table subtract like two versions: their differences pass the gate too, but a figure of one is never shown for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from symbiosis.disclosure.rules import Flags, Rules, rounded
from symbiosis.disclosure.suppression import Figures, complement
from symbiosis.disclosure.tables import TOTAL, Grid
from symbiosis.errors import DisclosureError

EMPTY, PUBLISHED, KEPT, HIDDEN, WITHHELD = "empty", "published", "kept", "hidden", "withheld"
"""What becomes of a figure: nothing is in it; shown; that of an earlier version stays; secret; in no view of the table."""

COMPLEMENT, CHANGE, EARLIER = "complement", "change", "earlier_version"
"""Why a figure that is safe by itself is not shown: it would give away another, its change would, an earlier version hid it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a table, after the gate. Only :meth:`published` may leave the private side.

    Attributes
    ----------
    dimensions
        Columns of labels.
    roles
        Columns that name a unit.
    contributions
        What the version was made of: dimensions, roles, `value`; no value is zero.
    cells
        By label, every figure that is not empty now or in a version that binds: `value` (exact), `units` (the fewest of any
        role), `status`, `reason` (a code, empty where the figure is shown), `shown` (rounded; NaN where hidden), `as_of` (day
        of the version that `shown` comes from).
    issued_on
        Day of the version.
    zoning
        Fingerprint of the zones that labels stand for; empty where there are none.
    """

    dimensions: tuple[str, ...]
    roles: tuple[str, ...]
    contributions: pd.DataFrame
    cells: pd.DataFrame
    issued_on: date
    zoning: str = ""

    def published(self) -> pd.DataFrame:
        """What everybody may see.

        Returns
        -------
        pandas.DataFrame
            The dimensions, `value` (rounded, NaN where it is secret), `is_secret`, `as_of`. Neither reasons nor numbers of
            units: to know that one unit dominates a figure is to know something of it.
        """
        seen = self.cells[(self.cells["status"] == HIDDEN) | (self.cells["shown"].fillna(0.0) > 0)]
        return pd.DataFrame(
            {"value": seen["shown"], "is_secret": seen["status"] == HIDDEN, "as_of": seen["as_of"]}, index=seen.index
        ).reset_index()

    def hidden_by_reason(self) -> pd.Series:
        """Number of figures that are not shown as they are now, by reason: for whoever decides to publish.

        Returns
        -------
        pandas.Series
            Reason code to number, the most frequent first.
        """
        return self.cells.loc[self.cells["reason"] != "", "reason"].value_counts()


def release(
    contributions: pd.DataFrame,
    dimensions: Sequence[str],
    issued_on: date,
    *,
    roles: Sequence[str] = ("unit_id",),
    zoning: str = "",
    views: Sequence[Sequence[str]] = (),
    earlier: Sequence[Release] = (),
    beside: Sequence[Release] = (),
    rules: Rules | None = None,
) -> Release:
    """Pass a table through the gate.

    Parameters
    ----------
    contributions
        One row per contribution: the dimensions, a unit for each role, and `value`, not negative. What is in no row is nothing.
    dimensions
        One, two or three columns of labels.
    issued_on
        Day of the version.
    roles
        Columns that name a unit. A flow has two, the giver and the taker: its figures must be safe for both.
    zoning
        Fingerprint of the zones, where labels are zones.
    views
        What is shown of the table, each view the dimensions that it does not sum up; all of them by default. Two tables of the
        same contributions are two views of one table: judged apart, one would give away a total that the other hides.
    earlier
        The versions of the same table that were published, oldest first.
    beside
        The versions of it that were published of other scenarios.
    rules
        The thresholds; :class:`Rules` by default.

    Returns
    -------
    Release
        The version, with what is hidden and why.

    Raises
    ------
    DisclosureError
        The table is not one that can be judged, or its zones or dimensions are not those of the earlier versions.
    """
    rules = rules or Rules()
    dimensions, roles = tuple(dimensions), tuple(roles)
    _check(contributions, dimensions, roles)
    _check_history([*earlier, *beside], dimensions, roles, issued_on, zoning)
    named = list(dict.fromkeys([*dimensions, *roles]))
    present = contributions.loc[contributions["value"] > 0, [*named, "value"]]
    current = pd.DataFrame(present.groupby(named, as_index=False, observed=True).sum())
    today = pd.Timestamp(issued_on)
    binding = [old for old in [*beside, *earlier] if today < pd.Timestamp(old.issued_on) + pd.DateOffset(months=rules.months)]
    frames = [current, *(old.contributions for old in binding)]
    grid = Grid.over(frames, dimensions)
    units = pd.Index(sorted({unit for frame in frames for role in roles for unit in frame[role]}))
    figures = Figures.of(grid, current, roles, units)
    # A label that a binding version does not name had nothing under it: it was shown there, as nothing.
    past = [old.cells.reindex(grid.cells) for old in binding]
    withheld = ~_in_view(grid, views) & (figures.amounts > 0)
    was_there = _any([old["status"].notna() for old in past], grid)
    was_hidden = _any([old["status"] == HIDDEN for old in past], grid)

    reasons = figures.weaknesses(rules)
    is_sensitive = reasons != ""
    closed = complement(figures, is_sensitive | was_hidden | withheld, is_sensitive, withheld, rules)
    reasons[closed & ~is_sensitive] = COMPLEMENT
    reasons[closed & ~is_sensitive & was_hidden] = EARLIER
    changes = [
        (
            figures.since(Figures.of(grid, old.contributions, roles, units)),
            ~cells["status"].isin([KEPT, HIDDEN, WITHHELD]).to_numpy(),
        )
        for old, cells in zip(binding, past, strict=True)
    ]
    kept = _unsafe_changes(changes, closed, ~_in_view(grid, views), rules)
    reasons[kept & ~closed] = CHANGE

    is_open, amounts = ~(closed | kept), figures.amounts
    cells = pd.DataFrame({"value": amounts, "units": figures.fewest_units()}, index=grid.cells)
    cells["status"] = np.where(is_open, np.where(amounts > 0, PUBLISHED, EMPTY), HIDDEN)
    cells["reason"] = np.where(is_open, "", reasons)
    cells["shown"] = np.where(is_open, rounded(amounts, rules.significant_digits), np.nan)
    cells["as_of"] = issued_on
    if binding and earlier and binding[-1] is earlier[-1]:
        last = past[-1]
        is_new = last["status"].isna()
        stays = ~is_open & (is_new | last["shown"].notna())
        cells.loc[stays, "status"] = KEPT
        cells.loc[stays, "shown"] = last["shown"].where(~is_new, 0.0)[stays]
        cells.loc[stays, "as_of"] = last["as_of"].where(~is_new, binding[-1].issued_on)[stays]
    cells["status"] = cells["status"].mask(withheld, WITHHELD)
    cells["reason"], cells["shown"] = cells["reason"].mask(withheld, ""), cells["shown"].mask(withheld)
    return Release(
        dimensions=dimensions, roles=roles, contributions=current, cells=cells[(amounts > 0) | was_there | ~is_open],
        issued_on=issued_on, zoning=zoning,
    )  # fmt: skip


def _in_view(grid: Grid, views: Sequence[Sequence[str]]) -> Flags:
    """Which figures some view shows: those that sum up every dimension but its own, and their totals."""
    is_total = np.array([label == TOTAL for label in grid.cells.to_frame().to_numpy().ravel()]).reshape(len(grid.cells), -1)
    shown = [np.all(is_total[:, [name not in view for name in grid.axes]], axis=1) for view in views or [list(grid.axes)]]
    return np.asarray(np.logical_or.reduce(shown))


def _any(flags: Sequence[pd.Series], grid: Grid) -> Flags:
    """Where one of them is true, in the order of the grid; nowhere when there are none."""
    return np.logical_or.reduce([flag.to_numpy(bool) for flag in flags]) if flags else np.zeros(len(grid.cells), dtype=bool)


def _unsafe_changes(changes: Sequence[tuple[Figures, Flags]], closed: Flags, unviewed: Flags, rules: Rules) -> Flags:
    """Figures that may not be renewed: beside each binding version, what both show is a table of changes."""
    kept = np.zeros_like(closed)
    while True:
        before = kept.copy()
        for change, is_renewed in changes:
            is_unsafe = change.weaknesses(rules) != ""
            shut = complement(change, closed | kept | ~is_renewed | is_unsafe | unviewed, is_unsafe, unviewed, rules)
            kept |= shut & is_renewed & ~closed & ~unviewed
        if (kept == before).all():
            return kept


def _check(contributions: pd.DataFrame, dimensions: tuple[str, ...], roles: tuple[str, ...]) -> None:
    """Refuse what the gate cannot judge."""
    if not 1 <= len(dimensions) <= 3 or not roles:
        raise DisclosureError("a table has one to three dimensions, and at least one role that names units")
    named = contributions[[*dimensions, *roles]]
    if (named.isna() | (named == "")).to_numpy().any() or (contributions[list(dimensions)] == TOTAL).to_numpy().any():
        raise DisclosureError("every contribution names its labels and units, and no label is called total")
    values = contributions["value"].to_numpy(float)
    if not np.isfinite(values).all() or (values < 0).any():
        raise DisclosureError("contributions are finite and not negative: the rules of the gate hold for nothing else")


def _check_history(
    earlier: Sequence[Release], dimensions: tuple[str, ...], roles: tuple[str, ...], issued_on: date, zoning: str
) -> None:
    """Refuse a version that cannot be laid beside the ones before it."""
    for old in earlier:
        if (old.dimensions, old.roles) != (dimensions, roles):
            raise DisclosureError("an earlier version of the table has other dimensions or roles")
        if old.zoning != zoning:
            raise DisclosureError("an earlier version was published on other zones: two zonings of one table subtract")
        if old.issued_on > issued_on:
            raise DisclosureError("a version cannot be older than one that was published")
