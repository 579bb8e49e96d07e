"""What pairs cost, how much they may carry, their verdict and the score that they are ranked by.

A pair's *value* is what it would bring alone, in euros a year:

    confidence × (upper × (outlet saved + ratio × price − transport) − link)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symbiosis.candidates.cases import SEVERITY
from symbiosis.candidates.ends import Integers
from symbiosis.candidates.pairs import Floats, Links, Mask, Pairs, run_starts
from symbiosis.candidates.tariff import GREATEST_LOSS, Freight, Tariff, tariff
from symbiosis.scenario import Scenario

_STEP = 1e13
"""Euros between one verdict and the next: more than anything is worth, and a cent is still something beside it."""


class Verdicts(Protocol):
    """What is known of judged cases: see :class:`symbiosis.candidates.cases.Cases`."""

    severity: NDArray[np.int8]
    ratio: Floats
    tail_share: Floats
    head_share: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What pairs cost and how much they may carry.

    Attributes
    ----------
    carriage, number
        Tariffs, and how many pairs in a row share each.
    loss, ratio
        Share lost on the way; units that arrive per unit that leaves.
    per_unit, per_yr
        Transport and link in euros.
    upper
        Most that may flow a year.
    """

    carriage: Tariff
    number: Integers
    loss: Floats
    ratio: Floats
    per_unit: Floats
    per_yr: Floats
    upper: Floats

    @property
    def tonnes(self) -> Floats:
        """Per unit of the tail."""
        return np.repeat(self.carriage.tonnes, self.number)

    @property
    def load_t(self) -> Floats:
        """Of a lorry, NaN where none drives or its load is unknown."""
        return np.repeat(self.carriage.load_t, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """All that values pairs.

    Attributes
    ----------
    tail, head, kin
        Columns of the ends and of the readings.
    carried
        Row of :attr:`freight`, by kin.
    freight
        How the materials are carried.
    cases
        Verdicts.
    links
        Quoted distances.
    scenario
        Prices.
    """

    tail: dict[str, Any]
    head: dict[str, Any]
    kin: dict[str, Any]
    carried: Integers
    freight: Freight
    cases: Verdicts
    links: Links
    scenario: Scenario

    def priced(self, pairs: Pairs) -> Priced:
        """Ratio, costs and limits of pairs.

        Parameters
        ----------
        pairs
            Of judged cases.

        Returns
        -------
        Priced
        """
        # Pairs of one tail follow each other, and carry one material or a few: they share a tariff.
        starts = run_starts(pairs.tail, self.carried[pairs.kin])
        number = np.diff(starts, append=len(pairs))
        tail, carried = pairs.tail[starts], self.carried[pairs.kin[starts]]
        carriage = tariff(self.freight, carried, self.tail["tonnes"][tail], self.tail["load_t"][tail], self.scenario)
        ratio = self.cases.ratio.take(pairs.case)
        loss, per_yr = np.broadcast_to(0.0, len(pairs)), np.broadcast_to(0.0, len(pairs))
        if carriage.loss_per_km.any():
            loss = np.minimum(np.repeat(carriage.loss_per_km, number) * pairs.km, GREATEST_LOSS)
            ratio *= 1 - loss
        per_unit = np.repeat(carriage.per_unit_km, number)
        per_unit *= pairs.km
        per_unit += np.repeat(carriage.per_unit, number)
        if carriage.per_yr_km.any():
            per_yr = np.repeat(carriage.per_yr_km, number) * pairs.km
        taken = self.head["taken"].take(pairs.head)
        taken *= self.cases.head_share.take(pairs.case)
        taken /= ratio
        upper = np.repeat(self.tail["available"][tail], number)
        upper *= self.cases.tail_share.take(pairs.case)
        np.minimum(upper, taken, out=upper)
        if len(self.links.site):
            quoted, yearly = self.links.per_unit[pairs.link], self.links.per_yr[pairs.link]
            per_unit = np.where(np.isnan(quoted), per_unit, quoted)
            per_yr = np.where(np.isnan(yearly), np.where(np.isnan(quoted), per_yr, 0.0), yearly)
            upper = np.fmin(upper, self.links.capacity[pairs.link])
        return Priced(carriage=carriage, number=number, loss=loss, ratio=ratio, per_unit=per_unit, per_yr=per_yr, upper=upper)

    def least(self, pairs: Pairs, priced: Priced) -> tuple[Floats, Mask]:
        """Least that may flow a year, and which pairs cannot make it up."""
        lot = self.head["lot"].take(pairs.head) / priced.ratio
        return lot, np.asarray(lot > priced.upper * (1 + 1e-9))

    def severity(self, pairs: Pairs) -> NDArray[np.int8]:
        """The verdict of each pair, by what its case and the pair itself say.

        Parameters
        ----------
        pairs
            Of judged cases.

        Returns
        -------
        numpy.ndarray
        """
        is_out = pairs.km > self.head["limit"].take(pairs.head)
        if len(self.links.site):
            is_out |= self.links.is_excluded[pairs.link]
        # Only where the head takes no less than a lot can a pair be too small for it.
        with_lot = np.flatnonzero(self.head["has_lot"].take(pairs.head))
        if len(with_lot):
            some = pairs[with_lot]
            is_out[with_lot] |= self.least(some, self.priced(some))[1]
        severity: NDArray[np.int8] = self.cases.severity.take(pairs.case)
        severity[is_out] = SEVERITY["excluded"]
        return severity

    def give_scores(self, pairs: Pairs, rows: Mask) -> None:
        """Give a score to those of some pairs that have none yet.

        Parameters
        ----------
        pairs
            With their severity.
        rows
            Which.
        """
        blank = np.flatnonzero(np.isnan(pairs.score) & rows)
        # Most of them are priced together with the others: taking them apart costs as much.
        some, given = (pairs, slice(None)) if 2 * len(blank) > len(pairs) else (pairs[blank], blank)
        priced = self.priced(some)
        value = priced.ratio
        value *= self.head["paid"].take(some.head)
        value += self.tail["saved"].take(some.tail)
        value -= priced.per_unit
        value *= priced.upper
        value -= priced.per_yr
        value *= self.kin["confidence"].take(some.kin)
        value -= _STEP * some.severity
        pairs.score[given] = value
