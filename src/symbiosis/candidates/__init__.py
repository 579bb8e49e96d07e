"""Which output could serve which need, directly or through operators: compatible legs, judged and priced, on whole columns.

A *leg* goes from an output or an operator to a need or an operator. A *chain* is a path of legs: output → need,
output → operator → need, output → operator → operator → need. Never is all compared with all:

    ENDS of legs as integers → KIN by material → CASES judged once each → PAIRS within reach, the best of each end → LEGS

=========== ====================================================================================================================
module      what it does
=========== ====================================================================================================================
`ends`      flows that nothing tells apart share a class
`kinship`   one join on materials, over distinct readings
`cases`     the rules, once per pair of classes
`known`     what the rules read of ends and readings, and what they look up
`search`    the spatial join, a block at a time or side by side
`pairs`     pairs as columns, and the territory's own distances
`valuation` what pairs cost, carry and are worth
`choice`    which pairs stay, and the guarantee on what is dropped
`best`      the best few of every group
`tariff`    prices of carrying
`legs`      tables of legs and chains
=========== ====================================================================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from symbiosis.candidates.cases import Cases
from symbiosis.candidates.ends import Ends, heads_of, tails_of
from symbiosis.candidates.kinship import kinship
from symbiosis.candidates.known import context_of
from symbiosis.candidates.legs import legs_of
from symbiosis.candidates.pairs import Links, Pairs
from symbiosis.candidates.paths import Paths, chains_of, no_chain, paths_of
from symbiosis.candidates.search import REPORTED_BEYOND, Found, Parallel, Search
from symbiosis.declarations import Declarations
from symbiosis.flows import Flows, read_flows
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.schemas import FEASIBILITY

LEGS_AT_MOST = 10_000_000
"""Legs that a territory may come to: memory. The larger the territory, the fewer partners each of its flows keeps."""

FEWEST_PARTNERS = 10
"""Partners that every flow keeps, however large the territory."""


SHARED_FROM = 1_000
"""Outputs and needs from which the search is worth sharing out."""


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Legs and chains that matter, with their verdicts and prices.

    Attributes
    ----------
    flows
        What was declared, in reference units.
    legs
        By `leg_id`: ends, material, feasibility, route, reasons, papers, distance, costs, limits.
    judged
        By feasibility: pairs within reach that were judged, those that were not kept included.
    """

    flows: Flows
    legs: pd.DataFrame
    judged: pd.Series

    @cached_property
    def chains(self) -> pd.DataFrame:
        """By `chain_id`: `output_id`, `operator_1`, `operator_2`, `need_id`, the legs, the worst feasibility, all reasons."""
        return chains_of(self.paths, self.legs) if len(self.legs) else no_chain().copy()

    @cached_property
    def paths(self) -> Paths:
        """The chains by number, for whoever reads millions of them."""
        return paths_of(self.legs)

    def among(self, legs: Iterable[object]) -> Candidates:
        """Some legs alone, and the chains that these make.

        Parameters
        ----------
        legs
            Their ids; others are passed over.

        Returns
        -------
        Candidates
        """
        return replace(self, legs=self.legs.loc[self.legs.index.isin(list(legs))])


def find_candidates(
    declarations: Declarations, catalogue: Catalogue, scenario: Scenario, *, parallel: Parallel | None = None
) -> Candidates:
    """Find, judge and price every leg and chain.

    Parameters
    ----------
    declarations, catalogue, scenario
        What was declared, what is known, what is assumed.
    parallel
        Who looks for pairs side by side, by material and place; the result is the same.

    Returns
    -------
    Candidates
    """
    return join_flows(
        read_flows(declarations, catalogue, scenario), declarations, catalogue, scenario, parallel=parallel
    )  # fmt: skip


def join_flows(
    flows: Flows,
    declarations: Declarations,
    catalogue: Catalogue,
    scenario: Scenario,
    *,
    beyond: float = REPORTED_BEYOND,
    parallel: Parallel | None = None,
    tails: Ends | None = None,
    heads: Ends | None = None,
) -> Candidates:
    """As :func:`find_candidates`, from flows that were read already.

    Parameters
    ----------
    flows
        In reference units, words resolved.
    declarations, catalogue, scenario
        What was declared, what is known, what is assumed.
    beyond
        How many times the allowed distance a pair may be apart to be listed, with that as its reason.
    parallel
        As for :func:`find_candidates`.
    tails, heads
        Of the same flows (:func:`read_tails`, :func:`symbiosis.candidates.ends.heads_of`), where one side stays and the other
        is asked again and again.

    Returns
    -------
    Candidates
    """
    found = _found(flows, declarations, catalogue, scenario, tails=tails, heads=heads)
    search = Search(found, most=most_partners(flows, scenario), beyond=beyond)
    is_large = len(flows.outputs) + len(flows.needs) >= SHARED_FROM
    pairs = search.kept_apart(parallel) if parallel is not None and is_large else search.kept()
    return _candidates(pairs, search, flows)


def join_among(
    flows: Flows, declarations: Declarations, catalogue: Catalogue, scenario: Scenario, ids: Collection[str]
) -> Candidates:
    """As :func:`join_flows`, between a few ends alone; what stands of the territory is laid out once for all such questions.

    Parameters
    ----------
    flows, declarations, catalogue, scenario
        As for :func:`join_flows`.
    ids
        Of outputs, needs and operators: pairs of these alone are looked at, and those beyond the allowed distance are listed.

    Returns
    -------
    Candidates
    """
    found = laid_out(flows, declarations, catalogue, scenario)
    search = Search(found, most=most_partners(flows, scenario), among=ids)
    return _candidates(search.kept(), search, flows)


def laid_out(flows: Flows, declarations: Declarations, catalogue: Catalogue, scenario: Scenario) -> Found:
    """What stands of a territory for every question of :func:`join_among`, kept with the catalogue until another is asked.

    Parameters
    ----------
    flows, declarations, catalogue, scenario
        As for :func:`join_flows`.

    Returns
    -------
    Found
    """
    match catalogue.memory.get("found"):
        case (of_outputs, of_needs, of_all, Found() as found) if (
            of_outputs is flows.offered and of_needs is flows.wanted and of_all is declarations and found.scenario == scenario
        ):
            return found
    found = _found(flows, declarations, catalogue, scenario)
    catalogue.memory["found"] = (flows.offered, flows.wanted, declarations, found)
    return found


def _found(
    flows: Flows, declarations: Declarations, catalogue: Catalogue, scenario: Scenario,
    *, tails: Ends | None = None, heads: Ends | None = None,
) -> Found:  # fmt: skip
    """Ends, what is kin, the cases that there are and the quoted distances."""
    tails = read_tails(flows, declarations, catalogue, scenario) if tails is None else tails
    heads = heads_of(flows, declarations) if heads is None else heads
    links = _located(tails, heads, declarations)
    kin = kinship(tails, heads, catalogue, scenario)
    cases = Cases(kin, tails, heads, context_of(declarations, flows, tails, heads, catalogue=catalogue, scenario=scenario))
    return Found(tails=tails, heads=heads, kin=kin, cases=cases, links=links, catalogue=catalogue, scenario=scenario)


def _candidates(pairs: Pairs, search: Search, flows: Flows) -> Candidates:
    legs = legs_of(pairs, search, flows)
    return Candidates(flows=flows, legs=legs, judged=pd.Series(search.judged, index=list(FEASIBILITY), name="pairs"))


def read_tails(flows: Flows, declarations: Declarations, catalogue: Catalogue, scenario: Scenario) -> Ends:
    """What leaves outputs and operators, as :func:`join_flows` looks at it."""
    loads_t = sorted(set(catalogue.legal_rules["above_load_t"].dropna()))
    stored = list(flows.stores["flow_id"]) if scenario.periods > 1 else []
    return tails_of(flows, declarations, loads_t, stored)


def most_partners(flows: Flows, scenario: Scenario) -> int:
    """How many partners of a kind each flow keeps: fewer than the scenario allows in a very large territory."""
    number = len(flows.outputs) + len(flows.needs)
    return min(scenario.candidates_per_flow, max(FEWEST_PARTNERS, LEGS_AT_MOST // max(number, 1)))


def _located(tails: Ends, heads: Ends, declarations: Declarations) -> Links:
    """Number the sites of both ends and of the territory's own links; the first row that quotes a pair of sites stands."""
    given = declarations.distances
    both = given
    if len(given):
        both = pd.concat([given, given.rename(columns={"from_site_id": "to_site_id", "to_site_id": "from_site_id"})])
        both = both.drop_duplicates(["from_site_id", "to_site_id"])
    columns = [tails.columns["site_id"], heads.columns["site_id"], both["from_site_id"], both["to_site_id"]]
    stated = pd.concat([column for column in columns if len(column)] or columns[:1], ignore_index=True)
    code, sites = pd.factorize(stated, sort=True)
    of_tails, of_heads, site, other = np.split(code, np.cumsum([len(column) for column in columns[:-1]]))
    for end, mine in ((tails.columns, of_tails), (heads.columns, of_heads)):
        # What stays on a site concerns nobody else, unless an operator stands there.
        operator = end["operator"]
        end["site"], end["own"] = mine, np.where(operator >= 0, len(sites) + operator, mine)
    order = np.argsort(site * len(sites) + other)
    table = both.iloc[order]
    numbers = [np.append(table[name].to_numpy(dtype=float, na_value=np.nan), np.nan) for name in
               ("distance_km", "cost_eur_per_unit", "fixed_cost_eur_per_yr", "capacity_per_yr")]  # fmt: skip
    is_excluded = table["is_excluded"].eq(True).fillna(False).to_numpy(dtype=bool)
    return Links(
        site=site[order], other=other[order], names=sites, km=numbers[0], per_unit=numbers[1],
        per_yr=numbers[2], capacity=numbers[3], is_excluded=np.append(is_excluded, False),
    )  # fmt: skip
