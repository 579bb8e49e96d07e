"""Pairs of flows within reach, judged and valued by the million, of which the best few of each flow stay.

Tails are taken a block at a time, with every head near them (:class:`symbiosis.geography.StripIndex`), so that memory holds a
block of pairs and what is kept, whatever the territory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from itertools import chain, islice
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from symbiosis.candidates.cases import SEVERITY, Cases
from symbiosis.candidates.choice import Choice
from symbiosis.candidates.ends import Ends, Integers, class_ranks
from symbiosis.candidates.known import looked_up
from symbiosis.candidates.pairs import Floats, Links, Mask, Pairs, blocks, distinct_of, expanded, run_starts
from symbiosis.candidates.tariff import Freight
from symbiosis.candidates.valuation import Valuation
from symbiosis.geography import StripIndex, arc_km, squared_chord, unit_vectors
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario

PAIRS_AT_ONCE = 250_000
"""Pairs of one block: what a processor's cache holds."""

TAILS_AT_ONCE = 8_192
"""Tails that one thread takes at a time."""

TAILS_OF_FEW = 16_384
"""Tails up to which a territory may come to a block or two of pairs."""

REPORTED_BEYOND = 3.0
"""Pairs up to this many times the allowed distance are kept, to be refused with a reason; farther ones are not listed."""

REPORTED_FLOWS = 5_000
"""In larger territories no pair beyond the allowed distance is listed: nobody would read them."""

PARTS_PER_WORKER = 1
"""Parts of a search that is shared out: what they all need is sent once to each worker."""


class Parallel(Protocol):
    """Workers that apply a function to jobs side by side, here or on other machines."""

    @property
    def size(self) -> int:
        """How many there are."""

    def map(self, task: Callable[..., Any], jobs: Iterable[Any], *, shared: Any = None) -> Iterator[Any]:
        """Answers in the order of the jobs; what all of them share is handed first, where there is such a thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """Heads near some couples of a tail and a kin: row of the couple, row of the head, km by road."""

    couple: Integers
    head: Integers
    km: Floats


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
    tail, head
        Columns of the ends. Heads stand in the order of their index, so that what is near lies together in memory; `row` says
        which end each is.
    judged
        Pairs that were judged, kept or not, by severity.
    """

    def __init__(
        self, found: Found, *, most: int, beyond: float = REPORTED_BEYOND, among: Collection[str] | None = None
    ) -> None:
        tails, heads, kin, scenario = found.tails, found.heads, found.kin, found.scenario
        self.cases, self.links, self.scenario = found.cases, found.links, scenario
        self.reported = beyond if len(tails) + len(heads) <= REPORTED_FLOWS or among is not None else 1.0
        self.judged = np.zeros(len(SEVERITY), dtype=np.int64)
        self.tail, head = _arrays(tails), _arrays(heads)
        head["limit"] = np.fmin(head["own_limit_km"], scenario.maximum_distance_km)
        head["has_lot"] = head["lot"] > 0
        # As the crow flies.
        self._reach_km = self.reported * float(head["limit"].max(initial=1e-3)) / scenario.detour_factor
        self._index = StripIndex(head["profile"], head["latitude"], head["longitude"], self._reach_km)
        self.head = {name: np.asarray(column)[self._index.order] for name, column in head.items()}
        self.tail_xyz, self.head_xyz = (unit_vectors(end["latitude"], end["longitude"]) for end in (self.tail, self.head))
        self.kin: dict[str, Any] = {name: kin[name].to_numpy() for name in
                                    ("tail_profile", "head_profile", "confidence")}  # fmt: skip
        self.kin_profiles = np.bincount(self.kin["tail_profile"], minlength=int(self.tail["profile"].max(initial=0)) + 1)
        self.kin["is_doubtful"] = self.kin["confidence"] < scenario.sure_confidence
        self.ids = tails.ids, heads.ids
        self.asked = (
            None
            if among is None
            else tuple(ends.ids.isin(among)[end["row"]] for ends, end in ((tails, self.tail), (heads, self.head)))
        )
        carried, materials = pd.factorize(kin["material_id"].to_numpy(dtype=object))
        names = ["family", "transport", "unit", "payload_t", "density_t_per_m3"]
        freight = Freight.of(dict(zip(names, looked_up(found.catalogue.materials, materials, names), strict=True)), scenario)
        valuation = Valuation(
            tail=self.tail,
            head=self.head,
            kin=self.kin,
            carried=carried,
            freight=freight,
            cases=self.cases,
            links=self.links,
            scenario=scenario,
        )
        self.choice = Choice(valuation=valuation, most=most)

    @property
    def valuation(self) -> Valuation:
        """What pairs cost, carry and are worth."""
        return self.choice.valuation

    def kept(self) -> Pairs:
        """The best pairs of every end.

        Returns
        -------
        Pairs
        """
        tails, linked = self.in_order(), self._linked()
        if len(tails) <= TAILS_OF_FEW:
            # Two blocks at most need the verdict of their own cases only, whatever else their classes could meet.
            begun = [linked, *islice(self.near(tails), 3)]
            if len(begun) <= 3:
                self.cases.judge(distinct_of(Pairs.joined(begun).case, self.cases.number))
                return self.choice.best(self.collected(map(self._weighed, begun)))
        self.cases.judge(np.arange(self.cases.number))
        # What meets nobody else is settled where it is found; the rest waits for the end.
        parts, chosen = self._parts(tails, may_be_whole=not len(linked)), []
        with ThreadPoolExecutor(os.cpu_count()) as pool:

            def undecided() -> Iterator[tuple[Pairs, Integers]]:
                yield self._weighed(linked)
                for (_, is_whole), (pairs, judged) in zip(parts, pool.map(self._of_part, parts), strict=True):
                    if is_whole:
                        chosen.append(pairs)
                    yield pairs[:0] if is_whole else pairs, judged

            best = self.choice.best(self.collected(undecided()))
        return Pairs.joined([best, *chosen])

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
        weighed = chain([self._weighed(self._linked())], parallel.map(search_part, parts, shared=self._alone()))
        # What comes from another machine may not be written to.
        return self.choice.best(self.collected((replace(pairs, score=pairs.score.copy()), judged) for pairs, judged in weighed))

    def _alone(self) -> Search:
        """The search without what only its beginning and its end need, to be sent elsewhere."""
        other = copy(self)
        verdicts = ("first", "of_heads", "severity", "ratio", "tail_share", "head_share")
        cases: Any = SimpleNamespace(**{name: getattr(self.cases, name) for name in verdicts})
        vars(other).update(ids=(), cases=cases, choice=replace(self.choice, valuation=replace(self.valuation, cases=cases)))
        return other

    def collected(self, weighed: Iterable[tuple[Pairs, Integers]]) -> Pairs:
        """What may be among the best of some blocks of pairs; memory holds no more than that.

        Parameters
        ----------
        weighed
            Pairs that may be among the best, of some tails each, and how many were judged, by severity.

        Returns
        -------
        Pairs
        """
        bound = max(4_000_000, 2 * self.choice.most * (len(self.tail["row"]) + len(self.head["row"])))
        kept: list[Pairs] = [self._no_pairs()]
        for pairs, judged in weighed:
            self.judged += judged
            kept.append(pairs)
            if sum(map(len, kept)) > bound:
                kept = [self.choice.hopeful(Pairs.joined(kept))]
        pairs = Pairs.joined(kept)
        kept.clear()
        return pairs

    def weighed_near(self, tails: Integers) -> tuple[Pairs, Integers]:
        """What of the pairs of some tails may be among the best.

        Parameters
        ----------
        tails
            Rows of tails.

        Returns
        -------
        tuple
            Pairs, and how many were judged, by severity.
        """
        parts = [self._weighed(pairs) for pairs in self.near(tails)] or [self._weighed(self._no_pairs())]
        return Pairs.joined([pairs for pairs, _ in parts]), np.sum([judged for _, judged in parts], axis=0)

    def _parts(self, tails: Integers, *, may_be_whole: bool) -> list[tuple[Integers, bool]]:
        """Tails in order, some at a time, and whether what these meet is met by no others."""
        component = self._components()[self.tail["profile"][tails]]
        order = np.argsort(component, kind="stable")
        tails, edges = tails[order], np.append(run_starts(component[order]), len(tails))
        parts = []
        for some in blocks(np.diff(edges), TAILS_AT_ONCE):
            together = tails[edges[some.start] : edges[some.stop]]
            if may_be_whole and len(together) <= TAILS_OF_FEW:
                parts.append((together, True))
            else:
                parts += [(piece, False) for piece in np.split(together, range(TAILS_AT_ONCE, len(together), TAILS_AT_ONCE))]
        return parts

    def _components(self) -> Integers:
        """By profile of tails, a number that those share whose heads, by way of whatever kin, are kin of one another."""
        tail, head = self.kin["tail_profile"], self.kin["head_profile"]
        tails, space = len(self.kin_profiles), len(self.kin_profiles) + int(head.max(initial=-1)) + 1
        meet = coo_array((np.ones(len(tail), dtype=bool), (tail, tails + head)), shape=(space, space))
        return np.asarray(connected_components(meet, directed=False)[1][:tails])

    def _of_part(self, part: tuple[Integers, bool]) -> tuple[Pairs, Integers]:
        """As :meth:`weighed_near`; of a whole part, what is among the best."""
        pairs, judged = self.weighed_near(part[0])
        return (self.choice.best(pairs) if part[1] else pairs), judged

    def _weighed(self, pairs: Pairs) -> tuple[Pairs, Integers]:
        """As :meth:`weighed_near`, of a block of pairs."""
        pairs = replace(pairs, severity=self.valuation.severity(pairs))
        judged = np.array([np.count_nonzero(pairs.severity == rank) for rank in SEVERITY.values()])
        return self.choice.hopeful(pairs).stored(), judged

    def in_order(self) -> Integers:
        """Tails that have kin, by material and place."""
        tails = np.flatnonzero(self.kin_profiles[self.tail["profile"]])
        tails = tails if self.asked is None else tails[self.asked[0][tails]]
        profile, strip = self.tail["profile"][tails], self.tail["latitude"][tails] // self._index.height
        strips = np.ptp(strip) + 1 if len(strip) else 1
        # One number each: near in it, near in memory.
        return tails[np.argsort((profile * strips + strip) * 360 + self.tail["longitude"][tails])]

    def near(self, tails: Integers) -> Iterator[Pairs]:
        """Blocks of pairs within reach of some tails, all pairs of a tail in one block."""
        index, nearest = self._index, squared_chord(self._reach_km)
        for some in blocks(self.kin_profiles[self.tail["profile"][tails]], PAIRS_AT_ONCE):
            tail, kin = self._couples(tails[some])
            runs = index.runs(self.kin["head_profile"][kin], self.tail["latitude"][tail], self.tail["longitude"][tail])
            size = np.bincount(runs.asker, weights=runs.count, minlength=len(tail)).astype(np.int64)
            edges = np.append(np.flatnonzero(np.diff(tail, prepend=-1)), len(tail))
            for piece in blocks(np.add.reduceat(size, edges[:-1]), PAIRS_AT_ONCE):
                here = slice(edges[piece.start], edges[piece.stop])
                inside = slice(*np.searchsorted(runs.asker, [here.start, here.stop]))
                asker, number = runs.asker[inside] - here.start, runs.count[inside]
                place = expanded(runs.start[inside], number)
                squared = np.zeros(len(place))
                for from_, to in zip(self.tail_xyz, self.head_xyz, strict=True):
                    away = np.repeat(from_.take(tail[here]).take(asker), number)
                    away -= to.take(place)
                    away *= away
                    squared += away
                near = np.flatnonzero(squared <= nearest)
                km = arc_km(squared.take(near)) * self.scenario.detour_factor
                couple = np.repeat(asker, number).take(near)
                yield self._pairs(tail[here], kin[here], _Near(couple=couple, head=place.take(near), km=km))

    def _couples(self, tails: Integers) -> tuple[Integers, Integers]:
        """Each tail with every kin of its profile."""
        profile = self.tail["profile"][tails]
        number = self.kin_profiles[profile]
        first = (np.cumsum(self.kin_profiles) - self.kin_profiles)[profile]
        return np.repeat(tails, number), expanded(first, number)

    def _linked(self) -> Pairs:
        """Pairs whose sites have a row in the territory's own table, however far apart these are."""
        links = self.links
        if not len(links.site):
            return self._no_pairs()
        rows = [np.arange(len(end["site"])) if self.asked is None else np.flatnonzero(self.asked[side])
                for side, end in enumerate((self.tail, self.head))]  # fmt: skip
        link = np.arange(len(links.site))
        if self.asked is not None:
            for end, mine, code in zip((self.tail, self.head), rows, (links.site, links.other), strict=True):
                link = link[np.isin(code[link], end["site"][mine])]
            if not len(link):
                return self._no_pairs()
        sites = pd.DataFrame({"site": links.site[link], "other": links.other[link], "link": link})
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
        is_pair = near.km <= (self.reported * self.head["limit"]).take(near.head)
        # What stays where it is concerns nobody.
        at_home = np.flatnonzero(near.km == 0) if link is None else np.arange(len(near.km))
        is_pair[at_home] &= self.tail["own"][tails[near.couple[at_home]]] != self.head["own"][near.head[at_home]]
        if self.asked is not None:
            is_pair &= self.asked[0][tails][near.couple] & self.asked[1][near.head]
        if link is None and len(self.links.site):
            is_pair &= ~self._are_linked(tails[near.couple], near.head)
        couple, head, km = near.couple, near.head, near.km
        if not is_pair.all():
            rows = np.flatnonzero(is_pair)
            couple, head, km = couple.take(rows), head.take(rows), km.take(rows)
            link = None if link is None else link.take(rows)
        first = self.cases.first[kins] + self.tail["class_rank"][tails] * self.cases.of_heads[kins]
        return Pairs(
            tail=tails.take(couple), head=head, kin=kins.take(couple), km=km,
            case=first.take(couple) + self.head["class_rank"].take(head),
            link=np.full(len(km), -1, dtype=np.int32) if link is None else link,
            severity=np.zeros(len(km), dtype=np.int8), score=np.full(len(km), np.nan),
        )  # fmt: skip

    def _are_linked(self, tail: Integers, head: Integers) -> Mask:
        key = self.tail["site"][tail] * len(self.links.names) + self.head["site"][head]
        known = self.links.key
        return np.asarray(np.append(known, -1)[np.searchsorted(known, key)] == key)


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
    return search.weighed_near(tails)


def _arrays(ends: Ends) -> dict[str, Any]:
    return {name: column for name, column in ends.columns.items() if name != "site_id"} | {
        "row": np.arange(len(ends)),
        "class_rank": class_ranks(ends)[0][ends.columns["class"]],
        "is_flow": ends.columns["operator"] < 0,
    }
