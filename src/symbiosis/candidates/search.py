"""Pairs of flows within reach, judged and valued by the million, of which the best few of each flow stay.

Tails are taken a block at a time, with every head near them (:class:`symbiosis.geography.StripIndex`), so that memory holds a
block of pairs and what is kept, whatever the territory. A pair's *value* is what it would bring alone, in euros a year:

    confidence × (upper × (outlet saved + ratio × price − transport) − link)

Kept are the `most` best of every tail among needs and among operators, and the `most` best of every head among outputs and
among operators: feasible before to investigate before excluded, then by value, then by id. So every pair that is kept is among
the best of one of its ends, and no end has lost any of its best: what is dropped is the best partner of nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import chain, islice, pairwise
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.best import best_of_each
from symbiosis.candidates.cases import SEVERITY, Cases, class_ranks
from symbiosis.candidates.ends import Ends, Integers
from symbiosis.candidates.tariff import GREATEST_LOSS, Freight, tariff
from symbiosis.geography import StripIndex, arc_km, squared_chord, unit_vectors
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

PAIRS_AT_ONCE = 250_000
"""Pairs of one block: what a processor's cache holds."""

DOUBTFUL_PER_FLOW = 6
"""Doubtful pairs kept per output and per need: a facilitator asks a company six questions, not sixty."""

REPORTED_BEYOND = 3.0
"""Pairs up to this many times the allowed distance are kept, to be refused with a reason; farther ones are not listed."""

REPORTED_FLOWS = 5_000
"""In larger territories no pair beyond the allowed distance is listed: nobody would read them."""

PARTS_PER_WORKER = 1
"""Parts of a search that is shared out: what they all need is sent once to each worker."""

_STEP = 1e13
"""Euros between one verdict and the next: more than anything is worth, and a cent is still something beside it."""


class Parallel(Protocol):
    """Workers that apply a function to jobs side by side, here or on other machines."""

    @property
    def size(self) -> int:
        """How many there are."""

    def map(self, task: Callable[..., Any], jobs: Iterable[Any], *, shared: Any = None) -> Iterator[Any]:
        """Answers in the order of the jobs; what all of them share is handed first, where there is such a thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs, one row each.

    Attributes
    ----------
    tail, head
        Rows of the ends.
    kin, case
        Which reading and which verdict.
    km
        By road, as estimated or as the territory's own table says.
    link
        Row of that table, or -1.
    score
        What pairs are ranked by: the value, less a step per degree of severity; NaN until they are compared.
    """

    tail: Integers
    head: Integers
    kin: Integers
    case: Integers
    km: Floats
    link: Integers
    score: Floats

    def __getitem__(self, rows: Integers | Mask | slice) -> Pairs:
        """Some of the pairs."""
        return Pairs(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.tail)

    @classmethod
    def joined(cls, parts: list[Pairs]) -> Pairs:
        """Pairs of several blocks together."""
        parts = [part for part in parts if len(part)] or parts[:1]
        if len(parts) == 1:
            return parts[0]
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """Heads near some couples of a tail and a kin: row of the couple, row of the head, km by road."""

    couple: Integers
    head: Integers
    km: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The territory's own table of distances, both ways, by pair of sites.

    Attributes
    ----------
    site, other
        Codes of the two sites.
    km, per_unit, per_yr, capacity, is_excluded
        What is quoted; NaN where nothing is.
    names
        Of the sites, ascending.
    """

    site: Integers
    other: Integers
    km: Floats
    per_unit: Floats
    per_yr: Floats
    capacity: Floats
    is_excluded: Mask
    names: pd.Index

    @property
    def key(self) -> Integers:
        """One number per pair of sites, ascending."""
        return self.site * len(self.names) + self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What pairs cost and how much they may carry.

    Attributes
    ----------
    tonnes, load_t
        Per unit of the tail; of a lorry, NaN where none drives or its load is unknown.
    loss, ratio
        Share lost on the way; units that arrive per unit that leaves.
    per_unit, per_yr
        Transport and link in euros.
    upper, lot
        Most and least that may flow a year.
    """

    tonnes: Floats
    load_t: Floats
    loss: Floats
    ratio: Floats
    per_unit: Floats
    per_yr: Floats
    upper: Floats
    lot: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What could meet what, and by which rules: what pairs are looked for in.

    Attributes
    ----------
    tails, heads
        Ends.
    kin, cases
        Pairs of profiles, and the verdicts of their cases.
    links
        Quoted distances.
    catalogue, scenario
        Knowledge and assumptions.
    """

    tails: Ends
    heads: Ends
    kin: pd.DataFrame
    cases: Cases
    links: Links
    catalogue: Catalogue
    scenario: Scenario


class Search:
    """Pairs of flows, found, judged and valued.

    Parameters
    ----------
    found
        What they are looked for in.
    most
        Partners kept per end and kind of partner.
    beyond
        How many times the allowed distance a pair may be apart to be listed.
    among
        Ids of the only ends that are looked at, of both sides; all by default.

    Attributes
    ----------
    judged
        Pairs that were judged, kept or not, by severity.
    """

    def __init__(
        self, found: Found, *, most: int, beyond: float = REPORTED_BEYOND, among: Collection[str] | None = None
    ) -> None:
        tails, heads, kin, scenario = found.tails, found.heads, found.kin, found.scenario
        self.tails, self.heads, self.cases = tails, heads, found.cases
        self.links, self.scenario, self.most = found.links, scenario, most
        self.reported = beyond if len(tails) + len(heads) <= REPORTED_FLOWS or among is not None else 1.0
        self.judged = np.zeros(len(SEVERITY), dtype=np.int64)
        self.tail, self.head = _arrays(tails), _arrays(heads)
        self.head["limit"] = np.fmin(self.head["own_limit_km"], scenario.maximum_distance_km)
        self.head["has_lot"] = self.head["lot"] > 0
        self.tail_xyz, self.head_xyz = (unit_vectors(end["latitude"], end["longitude"]) for end in (self.tail, self.head))
        self.kin: dict[str, Any] = {name: kin[name].to_numpy() for name in
                                    ("tail_profile", "head_profile", "confidence")}  # fmt: skip
        self.kin_profiles = np.bincount(self.kin["tail_profile"], minlength=int(self.tail["profile"].max(initial=0)) + 1)
        self.kin["is_doubtful"] = self.kin["confidence"] < scenario.sure_confidence
        self.asked = None if among is None else tuple(pd.Index(end["id"]).isin(among) for end in (self.tail, self.head))
        self.carried, materials = pd.factorize(kin["material_id"])
        carried = ["family", "transport", "unit", "payload_t", "density_t_per_m3"]
        material = found.catalogue.materials[carried].reindex(materials)
        self.freight = Freight.of({name: material[name].to_numpy() for name in carried}, scenario)

    def kept(self) -> Pairs:
        """The best pairs of every end.

        Returns
        -------
        Pairs
        """
        near = chain([self._linked()], self.near(self.in_order()))
        # A territory of a block or two needs the verdict of its own cases only, whatever else its classes could meet.
        begun = list(islice(near, 3))
        is_small = len(begun) < 3
        self.cases.judge(distinct_of(Pairs.joined(begun).case, self.cases.number) if is_small else np.arange(self.cases.number))
        return self._best(self.collected(chain(begun, near)))

    def kept_apart(self, parallel: Parallel) -> Pairs:
        """The same pairs, looked for side by side: by material, and within it by place.

        Parameters
        ----------
        parallel
            Who looks for them.

        Returns
        -------
        Pairs
        """
        self.cases.judge(np.arange(self.cases.number))
        # All pairs of a tail are found in one part: what is dropped there is among the best of neither of its ends.
        parts = np.array_split(self.in_order(), PARTS_PER_WORKER * parallel.size)
        kept = [self.collected(iter([self._linked()]))]
        for pairs, judged in parallel.map(search_part, parts, shared=self._alone()):
            # What comes from another machine may not be written to.
            kept.append(replace(pairs, score=pairs.score.copy()))
            self.judged += judged
        return self._best(Pairs.joined(kept))

    def _alone(self) -> Search:
        """The search without what only its beginning and its end need, to be sent elsewhere."""
        other = copy(self)
        vars(other).pop("_index", None)
        verdicts = ("first", "of_heads", "severity", "ratio", "tail_share", "head_share")
        vars(other).update(
            tails=None, heads=None, cases=SimpleNamespace(**{name: getattr(self.cases, name) for name in verdicts}),
            judged=np.zeros_like(self.judged),
        )  # fmt: skip
        return other

    def collected(self, near: Iterator[Pairs]) -> Pairs:
        """What may be among the best of some blocks of pairs; memory holds no more than that."""
        bound = max(4_000_000, 2 * self.most * (len(self.tail["id"]) + len(self.head["id"])))
        kept: list[Pairs] = []
        for block in near:
            self.judged += np.bincount(self._severity(block), minlength=len(SEVERITY))
            kept.append(self._hopeful(block))
            if sum(map(len, kept)) > bound:
                kept = [self._hopeful(Pairs.joined(kept))]
        pairs = Pairs.joined(kept or [self._no_pairs()])
        kept.clear()
        return pairs

    def in_order(self) -> Integers:
        """Tails that have kin, by material and place."""
        tails = np.flatnonzero(self.kin_profiles[self.tail["profile"]])
        tails = tails if self.asked is None else tails[self.asked[0][tails]]
        profile, strip = self.tail["profile"][tails], self.tail["latitude"][tails] // self._index.height
        return tails[np.lexsort((self.tail["longitude"][tails], strip, profile))]

    @property
    def _reach_km(self) -> float:
        """As the crow flies."""
        return self.reported * float(self.head["limit"].max(initial=1e-3)) / self.scenario.detour_factor

    @cached_property
    def _index(self) -> StripIndex:
        head = self.head
        return StripIndex(head["profile"], head["latitude"], head["longitude"], self._reach_km)

    def near(self, tails: Integers) -> Iterator[Pairs]:
        """Blocks of pairs within reach of some tails, all pairs of a tail in one block."""
        index, reach = self._index, self._reach_km
        # Heads in the order of the index: what is near lies together in memory.
        xyz, nearest = self.head_xyz[:, index.order], squared_chord(reach)
        for some in blocks(self.kin_profiles[self.tail["profile"][tails]], PAIRS_AT_ONCE):
            tail, kin = self._couples(tails[some])
            runs = index.runs(self.kin["head_profile"][kin], self.tail["latitude"][tail], self.tail["longitude"][tail])
            size = np.bincount(runs.asker, weights=runs.count, minlength=len(tail)).astype(np.int64)
            edges = np.append(np.flatnonzero(np.diff(tail, prepend=-1)), len(tail))
            for piece in blocks(np.add.reduceat(size, edges[:-1]), PAIRS_AT_ONCE):
                here = slice(edges[piece.start], edges[piece.stop])
                inside = slice(*np.searchsorted(runs.asker, [here.start, here.stop]))
                asker, number = runs.asker[inside] - here.start, runs.count[inside]
                place = _expanded(runs.start[inside], number)
                squared = np.zeros(len(place))
                for from_, to in zip(self.tail_xyz, xyz, strict=True):
                    away = np.repeat(from_[tail[here]][asker], number)
                    away -= to[place]
                    away *= away
                    squared += away
                near = np.flatnonzero(squared <= nearest)
                km = arc_km(squared[near]) * self.scenario.detour_factor
                couple = np.repeat(asker, number)[near]
                yield self._pairs(tail[here], kin[here], _Near(couple=couple, head=index.order[place[near]], km=km))

    def _couples(self, tails: Integers) -> tuple[Integers, Integers]:
        """Each tail with every kin of its profile."""
        profile = self.tail["profile"][tails]
        number = self.kin_profiles[profile]
        first = (np.cumsum(self.kin_profiles) - self.kin_profiles)[profile]
        return np.repeat(tails, number), _expanded(first, number)

    def _linked(self) -> Pairs:
        """Pairs whose sites have a row in the territory's own table, however far apart these are."""
        links = self.links
        if not len(links.site):
            return self._no_pairs()
        sites = pd.DataFrame({"site": links.site, "other": links.other, "link": np.arange(len(links.site))})
        rows = [np.arange(len(end["site"])) if self.asked is None else np.flatnonzero(self.asked[side])
                for side, end in enumerate((self.tail, self.head))]  # fmt: skip
        ends = [pd.DataFrame({key: end["site"][mine], name: mine}) for key, name, end, mine in
                (("site", "tail", self.tail, rows[0]), ("other", "head", self.head, rows[1]))]  # fmt: skip
        pairs = sites.merge(ends[0], on="site", how="inner", validate="many_to_many")
        pairs = pairs.merge(ends[1], on="other", how="inner", validate="many_to_many")
        known = self.kin["tail_profile"] * (1 << 32) + self.kin["head_profile"]
        wanted = self.tail["profile"][pairs["tail"]] * (1 << 32) + self.head["profile"][pairs["head"]]
        kin = np.searchsorted(known, wanted)
        are_kin = np.flatnonzero(np.append(known, -1)[kin] == wanted)
        tail, head, link = (pairs[name].to_numpy(dtype=np.int64)[are_kin] for name in ("tail", "head", "link"))
        kin = kin[are_kin]
        chord = ((self.tail_xyz[:, tail] - self.head_xyz[:, head]) ** 2).sum(axis=0)
        km = np.where(np.isnan(links.km[link]), arc_km(chord) * self.scenario.detour_factor, links.km[link])
        return self._pairs(tail, kin, _Near(couple=np.arange(len(tail)), head=head, km=km), link)

    def _no_pairs(self) -> Pairs:
        none = np.zeros(0, dtype=np.int64)
        return self._pairs(none, none, _Near(couple=none, head=none, km=np.zeros(0)), none)

    def _pairs(self, tails: Integers, kins: Integers, near: _Near, link: Integers | None = None) -> Pairs:
        """What of the pairs found may be a pair; `tails` and `kins` are told once per couple."""
        is_pair = near.km <= self.reported * self.head["limit"][near.head]
        is_pair &= self.tail["own"][tails][near.couple] != self.head["own"][near.head]
        if self.asked is not None:
            is_pair &= self.asked[0][tails][near.couple] & self.asked[1][near.head]
        if link is None and len(self.links.site):
            is_pair &= ~self._are_linked(tails[near.couple], near.head)
        couple, head, km = near.couple, near.head, near.km
        if not is_pair.all():
            couple, head, km = couple[is_pair], head[is_pair], km[is_pair]
            link = None if link is None else link[is_pair]
        first = self.cases.first[kins] + self.tail["class_rank"][tails] * self.cases.of_heads[kins]
        return Pairs(
            tail=_short(tails[couple]), head=_short(head), kin=_short(kins[couple]), km=km,
            case=_short(first[couple] + self.head["class_rank"][head]),
            link=np.full(len(km), -1, dtype=np.int32) if link is None else _short(link), score=np.full(len(km), np.nan),
        )  # fmt: skip

    def _severity(self, pairs: Pairs) -> NDArray[np.int8]:
        """The verdict of each pair, by what its case and the pair itself say."""
        is_out = pairs.km > self.head["limit"][pairs.head]
        if len(self.links.site):
            is_out |= self.links.is_excluded[pairs.link]
        # Only where the head takes no less than a lot can a pair be too small for it.
        with_lot = np.flatnonzero(self.head["has_lot"][pairs.head])
        if len(with_lot):
            is_out[with_lot] |= too_small(self.priced(pairs[with_lot]))
        severity: NDArray[np.int8] = self.cases.severity[pairs.case]
        severity[is_out] = SEVERITY["excluded"]
        return severity

    def _score(self, pairs: Pairs) -> None:
        """Give a score to the pairs that have none yet: only those of crowded ends are compared."""
        blank = np.flatnonzero(np.isnan(pairs.score))
        some = pairs if len(blank) == len(pairs) else pairs[blank]
        priced = self.priced(some)
        value = priced.ratio * self.head["paid"][some.head]
        value += self.tail["saved"][some.tail]
        value -= priced.per_unit
        value *= priced.upper
        value -= priced.per_yr
        value *= self.kin["confidence"][some.kin]
        value -= _STEP * self._severity(some)
        pairs.score[blank] = value

    def _are_linked(self, tail: Integers, head: Integers) -> Mask:
        key = self.tail["site"][tail] * len(self.links.names) + self.head["site"][head]
        known = self.links.key
        return np.asarray(np.append(known, -1)[np.searchsorted(known, key)] == key)

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
        number = np.diff(np.append(starts, len(pairs)))
        tail, carried = pairs.tail[starts], self.carried[pairs.kin[starts]]
        carriage = tariff(self.freight, carried, self.tail["tonnes"][tail], self.tail["load_t"][tail], self.scenario)
        ratio = self.cases.ratio[pairs.case]
        loss, per_yr = np.zeros(len(pairs)), np.zeros(len(pairs))
        if carriage.loss_per_km.any():
            loss = np.minimum(np.repeat(carriage.loss_per_km, number) * pairs.km, GREATEST_LOSS)
            ratio *= 1 - loss
        per_unit = np.repeat(carriage.per_unit_km, number)
        per_unit *= pairs.km
        per_unit += np.repeat(carriage.per_unit, number)
        if carriage.per_yr_km.any():
            per_yr = np.repeat(carriage.per_yr_km, number) * pairs.km
        taken = self.head["taken"][pairs.head] * self.cases.head_share[pairs.case]
        taken /= ratio
        upper = np.repeat(self.tail["available"][tail], number) * self.cases.tail_share[pairs.case]
        np.minimum(upper, taken, out=upper)
        if len(self.links.site):
            quoted, yearly = self.links.per_unit[pairs.link], self.links.per_yr[pairs.link]
            per_unit = np.where(np.isnan(quoted), per_unit, quoted)
            per_yr = np.where(np.isnan(yearly), np.where(np.isnan(quoted), per_yr, 0.0), yearly)
            upper = np.fmin(upper, self.links.capacity[pairs.link])
        return Priced(
            tonnes=np.repeat(carriage.tonnes, number), load_t=np.repeat(carriage.load_t, number), loss=loss, ratio=ratio,
            per_unit=per_unit, per_yr=per_yr, upper=upper, lot=self.head["lot"][pairs.head] / ratio,
        )  # fmt: skip

    def _askable(self, pairs: Pairs) -> tuple[Mask, Mask]:
        """Doubtful pairs that are among the few a tail, and the few a head, may be asked about; those within reach first."""
        trust = self.kin["confidence"][pairs.kin] - (pairs.km > self.head["limit"][pairs.head])
        return (best_of_each(self._of_tail(pairs), trust, pairs.head, DOUBTFUL_PER_FLOW),
                best_of_each(compact(pairs.head), trust, pairs.tail, DOUBTFUL_PER_FLOW))  # fmt: skip

    def _hopeful(self, pairs: Pairs) -> Pairs:
        """Pairs of some blocks without those that cannot be among the best of all."""
        sure, doubtful = self._parted(pairs)
        of_tail, of_head = self._askable(doubtful)
        return Pairs.joined([self._among_best(sure), doubtful[of_tail | of_head]])

    def _best(self, pairs: Pairs) -> Pairs:
        """Of all pairs, those that are among the best; a doubtful one must be worth a question to both ends."""
        sure, doubtful = self._parted(pairs)
        of_tail, of_head = self._askable(doubtful)
        return self._among_best(Pairs.joined([sure, doubtful[of_tail & of_head]]))

    def _parted(self, pairs: Pairs) -> tuple[Pairs, Pairs]:
        """Pairs whose words are sure, and those of outputs whose words are not."""
        if not self.kin["is_doubtful"].any():
            return pairs, pairs[:0]
        doubtful = self.kin["is_doubtful"][pairs.kin] & self.tail["is_flow"][pairs.tail]
        return pairs[~doubtful], pairs[doubtful]

    def _among_best(self, pairs: Pairs) -> Pairs:
        """Pairs that are among the best of one of their ends."""
        kept = self._best_of(self._of_tail(pairs), pairs, pairs.head)
        if kept.all():
            return pairs
        is_at_stake = np.zeros(len(self.head["id"]), dtype=bool)
        is_at_stake[pairs.head[~kept]] = True
        rows = np.flatnonzero(is_at_stake[pairs.head])
        some = pairs[rows]
        kept[rows] |= self._best_of(compact(some.head * 2 + ~self.tail["is_flow"][some.tail]), some, some.tail)
        return pairs[kept]

    def _best_of(self, group: Integers, pairs: Pairs, other: Integers) -> Mask:
        """Which pairs are among the best of their group; those of groups that have room for all are not even valued."""
        kept: Mask = np.ones(len(pairs), dtype=bool)
        rows = np.flatnonzero((np.bincount(group) > self.most)[group]) if len(group) > self.most else group[:0]
        if len(rows):
            some = pairs[rows]
            self._score(some)
            pairs.score[rows] = some.score
            kept[rows] = best_of_each(compact(group[rows]), some.score, other[rows], self.most)
        return kept

    def _of_tail(self, pairs: Pairs) -> Integers:
        """Groups of pairs by tail: its needs and its operators are two lists of partners."""
        return compact(pairs.tail * 2 + ~self.head["is_flow"][pairs.head])


def search_part(search: Search, tails: Integers) -> tuple[Pairs, Integers]:
    """What may be among the best pairs of some tails: one part of :meth:`Search.kept_apart`.

    Parameters
    ----------
    search
        Without its tables.
    tails
        Rows of tails.

    Returns
    -------
    tuple
        Pairs, and how many were judged, by severity.
    """
    search.judged = np.zeros_like(search.judged)
    return search.collected(search.near(tails)), search.judged


def too_small(priced: Priced) -> Mask:
    """Pairs that cannot make up the least that their head takes."""
    return np.asarray(priced.lot > priced.upper * (1 + 1e-9))


def run_starts(*columns: Integers) -> Integers:
    """Rows that differ from the row before them in some column, and the first."""
    starts = np.ones(len(columns[0]), dtype=bool)
    starts[1:] = columns[0][1:] != columns[0][:-1]
    for column in columns[1:]:
        starts[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(starts)


def distinct_of(numbers: Integers, space: int) -> Integers:
    """The distinct ones of some numbers below `space`, ascending."""
    is_there = np.zeros(space, dtype=bool)
    is_there[numbers] = True
    return np.flatnonzero(is_there)


def compact(values: Integers) -> Integers:
    """Number the distinct values from 0, one by one where equal values stand together, in ascending order elsewhere."""
    if not len(values):
        return values
    starts = values[1:] != values[:-1]
    least = values.min()
    is_there = np.zeros(int(values.max() - least) + 1, dtype=bool)
    is_there[values - least] = True
    if np.count_nonzero(starts) + 1 == np.count_nonzero(is_there):
        return np.append(0, np.cumsum(starts))
    return np.asarray((np.cumsum(is_there, dtype=np.int32) - 1)[values - least])


def _short(numbers: Integers) -> Integers:
    """Numbers of rows in half the memory: there are not two thousand million of them."""
    return numbers.astype(np.int32, copy=False)


def blocks(sizes: Integers, most: int) -> Iterator[slice]:
    """Cut rows into consecutive blocks of about `most` in sum; a row is never cut."""
    if not len(sizes):
        return
    total = np.cumsum(sizes)
    number = (total - sizes) // most
    edges = np.append(np.flatnonzero(np.diff(number, prepend=-1)), len(sizes))
    yield from (slice(int(low), int(high)) for low, high in pairwise(edges))


def _expanded(start: Integers, number: Integers) -> Integers:
    """The integers of runs, one run after the other."""
    return np.asarray(np.arange(int(number.sum())) + np.repeat(start - np.cumsum(number) + number, number))


def _arrays(ends: Ends) -> dict[str, Any]:
    return ends.columns | {
        "class_rank": class_ranks(ends)[0][ends.columns["class"]],
        "is_flow": ends.columns["operator"] < 0,
    }
