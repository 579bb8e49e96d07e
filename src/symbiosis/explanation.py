"""Why a pair is proposed, or why it is not: the facts, as codes and tables, for whoever puts them into sentences.

Where ways join the two, each comes with its verdict, its money and the rows of the catalogue that decided. Where none does, the
explanation says at which step it stops:

======================== ================================================================================================
code                     what it means
======================== ================================================================================================
``output_not_understood`` no material of the catalogue was heard in the words of the output
``need_not_understood``  neither material nor use was heard in the words of the need
``no_known_way``         the catalogue knows no use and no one or two processes that lead from one to the other
``process_missing``      the catalogue knows a way, and nobody in the territory runs the process named
``same_site``            both stand on one site: an internal matter
``out_of_reach``         a way exists, much farther than allowed
``words_too_unsure``     a way exists, on readings too weak to be followed
======================== ================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from symbiosis.affinity import links
from symbiosis.candidates import Candidates, join_among, laid_out
from symbiosis.declarations import Declarations
from symbiosis.doubts import Calls
from symbiosis.flows import flows_among, operators_reached, read_flows, recalled_flows
from symbiosis.geography import great_circle_km
from symbiosis.grounds import grounds_of
from symbiosis.materials import Catalogue
from symbiosis.pathways import pathways
from symbiosis.precedents import precedents_of
from symbiosis.ranking import pairs_to_call
from symbiosis.resolver import Resolver
from symbiosis.scenario import Scenario
from symbiosis.worth import chain_worth

if TYPE_CHECKING:
    from symbiosis.engine import Proposal

READINGS = 4
CODES = 3
LEAST_SCORE = 0.2
"""Suggested codes under this score are noise."""
WAYS = 6
READ_WHOLE = 5_000
"""Flows up to which the words of a whole territory are read for one question: who asks about a pair asks about others."""
LEAST_CONFIDENCE = 0.05
ANSWERS_KEPT = 64
"""Last answers about a territory that are kept: who asks about a pair asks again, in another language or for a file."""
PASSABLE = ("out_of_reach", "words_too_unsure")
"""Steps that do not prove that no chain exists: the search has the last word."""

NO_LEG = pd.DataFrame({
    **dict.fromkeys(("tail_kind", "tail_id", "head_kind", "head_id", "material_id", "use_id", "tail_process_id",
                     "head_process_id", "reasons", "feasibility"), pd.Series(dtype=object)),
    **dict.fromkeys(("confidence", "distance_km"), pd.Series(dtype=float)),
})  # fmt: skip


RANK = {"feasible": 0, "to_investigate": 1, "excluded": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known of a pair.

    Attributes
    ----------
    output_id, need_id
        The pair.
    ways
        Chains, best first, with `material_id` and the money of :func:`symbiosis.worth.chain_worth`; empty where nothing joins.
    candidates
        Their legs and flows.
    call
        Parts, value and missing datum of the best way that is not excluded; empty where there is none.
    stop
        Where it stops, as a code with data; empty where there are ways.
    offered, wanted
        Readings of both sides, surest first.
    codes
        Waste codes suggested for an output that has none: `waste_code`, `score`, `reason`.
    accepted
        Uses that would take the output as it is, `use_id`; and materials that would serve the need, `material_id`: the
        nearest things that would work.
    partners
        Of the proposal, the pairs of the output and of the need that come first in the order of calls.
    precedents
        Ids.
    decided
        Rows of the catalogue that decided: `table`, `key`, `basis`.
    has_all_needs
        Whether other products of operators are counted at what they would fetch.
    catalogue
        With the rows that the territory brings.
    """

    output_id: str
    need_id: str
    ways: pd.DataFrame
    candidates: Candidates
    call: pd.Series
    stop: str
    offered: pd.DataFrame
    wanted: pd.DataFrame
    codes: pd.DataFrame
    accepted: pd.DataFrame
    partners: pd.DataFrame
    precedents: tuple[str, ...]
    decided: pd.DataFrame
    has_all_needs: bool
    catalogue: Catalogue


def explain_pair(
    declarations: Declarations,
    catalogue: Catalogue,
    scenario: Scenario,
    output_id: str,
    need_id: str,
    *,
    proposal: Proposal | None = None,
    is_last: bool = False,
) -> Explanation:
    """Everything that decided about an output and a need.

    Parameters
    ----------
    declarations, catalogue, scenario
        As for :func:`symbiosis.engine.run`.
    output_id, need_id
        The pair.
    proposal
        Of a run of the same; spares the search where the run saw the pair, and names better partners.
    is_last
        Whether nobody will ask about another pair: then the words of this one alone are read.

    Returns
    -------
    Explanation

    Raises
    ------
    KeyError
        If the output or the need is not declared.
    """
    for name, table in ((output_id, declarations.outputs), (need_id, declarations.needs)):
        if name not in table.index:
            raise KeyError(name)
    catalogue = catalogue.extended(declarations.extension) if proposal is None else proposal.catalogue
    if proposal is not None:
        return _explained(declarations, catalogue, scenario, output_id, need_id, proposal=proposal, is_last=is_last)
    # Asked again, as in the other language, the answer is the same.
    found: Explanation = _remembered(
        declarations,
        catalogue,
        (scenario, output_id, need_id, is_last),
        lambda: _explained(declarations, catalogue, scenario, output_id, need_id, proposal=None, is_last=is_last),
    )
    return found


def _remembered(declarations: Declarations, catalogue: Catalogue, key: tuple[object, ...], answer: Callable[[], Any]) -> Any:
    """The last answers about a territory, kept with the catalogue until another is asked about."""
    match catalogue.memory.get("answers"):
        case (known, dict() as answers) if known is declarations:
            pass
        case _:
            answers = {}
            catalogue.memory["answers"] = (declarations, answers)
    if key not in answers:
        answers[key] = answer()
        for old in list(answers)[:-ANSWERS_KEPT]:
            answers.pop(old, None)
    return answers[key]


def _explained(
    declarations: Declarations, catalogue: Catalogue, scenario: Scenario, output_id: str, need_id: str,
    *, proposal: Proposal | None, is_last: bool,
) -> Explanation:  # fmt: skip
    pair = replace(declarations, outputs=declarations.outputs.loc[[output_id]], needs=declarations.needs.loc[[need_id]])
    # The words of a territory that was read just now are not read again.
    flows = proposal.candidates.flows if proposal is not None else recalled_flows(declarations, catalogue, scenario)
    if not is_last:  # the next question shall not wait for what this one happens not to need
        links(catalogue)
        Resolver.of(catalogue).prepare_codes()
    is_whole = len(declarations.outputs) + len(declarations.needs) <= READ_WHOLE and not is_last
    if flows is None:
        flows = read_flows(declarations if is_whole else pair, catalogue, scenario)
    # Somebody asked about this very pair: readings that a run would not follow are followed.
    loose = replace(scenario, minimum_confidence=LEAST_CONFIDENCE)
    if is_whole and proposal is None:
        laid_out(flows, declarations, catalogue, loose)
    offered = flows.offered[flows.offered["output_id"] == output_id].sort_values("confidence", ascending=False, kind="stable")
    wanted = flows.wanted[flows.wanted["need_id"] == need_id].sort_values("confidence", ascending=False, kind="stable")
    candidates = None if proposal is None else _seen(proposal, output_id, need_id)
    has_all_needs = candidates is not None
    stop, processes = "", list[str]()
    if candidates is None:
        run_here = {"", *flows.operators["process_id"]}
        stop, processes = _where_it_stops(pair, catalogue, scenario, run_here=run_here, offered=offered, wanted=wanted)
        candidates = Candidates(flows=flows, legs=NO_LEG, judged=pd.Series(dtype=int))
        if stop.split(":")[0] in PASSABLE:
            ids = {output_id, need_id, *operators_reached(flows, output_id, catalogue)}
            is_small = len(flows.outputs) + len(flows.needs) <= READ_WHOLE
            candidates = join_among(flows if is_small else flows_among(flows, ids), declarations, catalogue, loose, ids)
            stop = stop if candidates.chains.empty else ""
    chains = candidates.chains
    worth = chain_worth(candidates, has_all_needs=has_all_needs) if len(chains) else chains
    ways = _ways(candidates, worth)
    call = _known_call(proposal, output_id, need_id) if proposal is not None else None
    if call is None:
        own = chain_worth(candidates, has_all_needs=False) if has_all_needs and len(chains) else worth
        call = _call(candidates, own, catalogue, scenario, declarations.quality)
    used = pd.unique(ways[["leg_1", "leg_2", "leg_3"]].to_numpy().ravel())
    legs = candidates.legs.loc[candidates.legs.index.isin(used)]
    cited = call["precedent_ids"] if len(call) else ";".join(precedents_of(legs, catalogue)["precedent_ids"])
    precedents = tuple(dict.fromkeys(one for one in cited.split(";") if one))
    return Explanation(
        output_id=output_id,
        need_id=need_id,
        ways=ways,
        candidates=candidates,
        call=call,
        stop=stop,
        offered=offered.head(READINGS),
        wanted=wanted.head(READINGS),
        codes=_remembered(
            declarations,
            catalogue,
            (output_id, scenario.on_date),
            lambda: _codes(declarations, catalogue, output_id, offered, scenario.on_date),
        ),
        accepted=_accepted(catalogue, offered, wanted),
        partners=_partners(proposal, output_id, need_id),
        precedents=precedents,
        decided=grounds_of(
            catalogue,
            candidates,
            legs if len(legs) else _bare(offered.head(1)),
            named={"processes": processes, "precedents": list(precedents)},
            need_id=need_id,
        ),
        has_all_needs=has_all_needs,
        catalogue=catalogue,
    )


def _bare(offered: pd.DataFrame) -> pd.DataFrame:
    """Readings as legs of which nothing but the material is known."""
    blank = pd.DataFrame("", index=offered.index, columns=NO_LEG.columns, dtype=object)
    return blank.assign(material_id=offered["material_id"])


def _seen(proposal: Proposal, output_id: str, need_id: str) -> Candidates | None:
    """The candidates of a run, less every chain that is not of the pair; nothing where the run saw no chain."""
    known = proposal.candidates
    chains = known.chains[(known.chains["output_id"] == output_id) & (known.chains["need_id"] == need_id)]
    if chains.empty:
        return None
    return known.among(pd.unique(chains[["leg_1", "leg_2", "leg_3"]].to_numpy().ravel()))


def _ways(candidates: Candidates, worth: pd.DataFrame) -> pd.DataFrame:
    """Chains with their money, best first."""
    chains, legs = candidates.chains, candidates.legs
    if chains.empty:
        return chains
    rank = chains["feasibility"].map(RANK).to_numpy()
    best = np.lexsort((-chains["confidence"].to_numpy(), -worth["gain_eur_per_yr"].to_numpy(), rank))[:WAYS]
    ways = chains.iloc[best]
    ways = pd.concat([ways, worth.iloc[best].set_axis(ways.index)], axis=1)
    first = legs[["material_id", "words"]].loc[ways["leg_1"]]
    return ways.assign(material_id=first["material_id"].array, words=first["words"].array)


def _known_call(proposal: Proposal, output_id: str, need_id: str) -> pd.Series | None:
    """Parts, value and missing datum of the pair in a run, where it ranked it."""
    known = proposal.calls[proposal.calls["output_id"].eq(output_id) & proposal.calls["need_id"].eq(need_id)]
    return known.iloc[0] if len(known) else None


def _call(
    candidates: Candidates, worth: pd.DataFrame, catalogue: Catalogue, scenario: Scenario, quality: pd.DataFrame
) -> pd.Series:
    """Parts, value and missing datum of the pair by its best chain, from what each would bring."""
    if candidates.chains["feasibility"].eq("excluded").all():
        return pd.Series(dtype=object)
    ends = pd.unique(np.concatenate([candidates.legs[side].to_numpy(dtype=object) for side in ("tail_id", "head_id")]))
    quality = quality[quality["flow_id"].isin(ends)]
    calls = Calls(candidates=candidates, catalogue=catalogue, scenario=scenario, quality=quality)
    return pairs_to_call(calls, worth).iloc[0]


def _where_it_stops(
    declarations: Declarations,
    catalogue: Catalogue,
    scenario: Scenario,
    *,
    run_here: set[str],
    offered: pd.DataFrame,
    wanted: pd.DataFrame,
) -> tuple[str, list[str]]:
    """Code of the step where a pair without a chain stops, and the processes that it names."""
    if offered.empty:
        return "output_not_understood", []
    if wanted.empty:
        return "need_not_understood", []
    best = pd.DataFrame()
    for processes in (0, 1, 2):  # short chains first: the long ones take a moment to be built, and are rarely asked for
        ways = _ways_from(catalogue, offered, processes, wanted)
        if ways.empty:
            continue
        here = ways["process_1"].isin(run_here).astype(int) + ways["process_2"].isin(run_here).astype(int)
        best = ways.assign(here=here).sort_values(["here", "process_2", "fit_share", "yield_share"],
                                                  ascending=[False, True, False, False], kind="stable")  # fmt: skip
        if (here == 2).any():
            break
    if best.empty:
        return "no_known_way", []
    first = best.iloc[0]
    if first["here"] < 2:
        named = [one for one in (str(first["process_1"]), str(first["process_2"])) if one not in run_here]
        return "process_missing:" + ":".join(named), named
    output, need = declarations.outputs.loc[offered["output_id"].iloc[0]], declarations.needs.loc[wanted["need_id"].iloc[0]]
    if output["site_id"] == need["site_id"] and not _through_operators(catalogue, offered, wanted, run_here):
        return "same_site", []
    here, there = declarations.sites.loc[output["site_id"]], declarations.sites.loc[need["site_id"]]
    places = [pd.Series([site[axis]]).to_numpy(dtype=float) for site in (here, there) for axis in ("latitude", "longitude")]
    km = float(great_circle_km(*places)[0]) * scenario.detour_factor
    if km > scenario.maximum_distance_km:
        return f"out_of_reach:{km:.1f}:{scenario.maximum_distance_km:g}", []
    return "words_too_unsure", []


def _ways_from(catalogue: Catalogue, offered: pd.DataFrame, processes: int, wanted: pd.DataFrame) -> pd.DataFrame:
    """Chains that begin with a material that is offered and end in what is wanted."""
    ends = set(zip(wanted["target_kind"], wanted["target_id"], strict=True))
    ways = pathways(catalogue, max_processes=processes, begin=set(offered["material_id"]), end={target for _, target in ends})
    return ways[[end in ends for end in zip(ways["target_kind"], ways["target_id"], strict=True)]]


def _through_operators(catalogue: Catalogue, offered: pd.DataFrame, wanted: pd.DataFrame, run_here: set[str]) -> bool:
    """Whether somebody here runs processes that lead from one to the other: on one site, that is an exchange after all."""
    ways = _ways_from(catalogue, offered, 2, wanted)
    is_made = ways["process_1"].ne("") & ways["process_1"].isin(run_here) & ways["process_2"].isin(run_here)
    return bool(is_made.any())


def _codes(declarations: Declarations, catalogue: Catalogue, output_id: str, offered: pd.DataFrame, on: date) -> pd.DataFrame:
    """Codes to choose from, where a matter that may be a waste has none."""
    output = declarations.outputs.loc[[output_id]]
    is_matter = offered["material_id"].map(catalogue.materials["family"]).eq("material").head(1).any()
    may_be_waste = output["legal_status"].isin(["", "unknown", "waste"]).all()
    if output["waste_code"].ne("").any() or not may_be_waste or not is_matter:
        return pd.DataFrame(columns=["waste_code", "score", "reason"])
    owner = declarations.sites["actor_id"].reindex(output["site_id"]).to_numpy()
    nace = declarations.actors["nace"].reindex(owner).to_numpy()
    found = Resolver.of(catalogue).suggest_codes(output.assign(nace=nace), limit=CODES, on=on)
    return found.loc[found["score"] >= LEAST_SCORE, ["waste_code", "score", "reason"]]


def _accepted(catalogue: Catalogue, offered: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """What would take the output as it is, and what would serve the need as it is: three of each, the most usual first."""
    uses = list(wanted.loc[wanted["target_kind"] == "use", "target_id"].head(1))
    mine = _uses_near(catalogue, "material_id", offered["material_id"].head(1))
    theirs = _uses_near(catalogue, "target_id", uses)
    return pd.DataFrame({
        "side": ["output"] * len(mine) + ["need"] * len(theirs),
        "use_id": [*mine["target_id"], *theirs["target_id"]], "material_id": [*mine["material_id"], *theirs["material_id"]],
    })  # fmt: skip


def _partners(proposal: Proposal | None, output_id: str, need_id: str) -> pd.DataFrame:
    """Pairs that come first for the output, and for the need, other than the pair itself."""
    if proposal is None:
        return pd.DataFrame(columns=["output_id", "need_id"])
    calls = proposal.calls
    is_pair = (calls["output_id"] == output_id) & (calls["need_id"] == need_id)
    others = [calls[(calls[side] == key) & ~is_pair].head(1) for side, key in (("output_id", output_id), ("need_id", need_id))]
    return pd.concat(others)


def _uses_near(catalogue: Catalogue, key: str, ids: Iterable[str]) -> pd.DataFrame:
    """The three most usual uses without a process under a material or a use; which rows each has is kept with the catalogue."""
    links = pathways(catalogue, max_processes=0)
    known = catalogue.memory.get(f"links:{key}")
    if not isinstance(known, dict):
        known = catalogue.memory[f"links:{key}"] = links.groupby(key).indices
    row = np.sort(np.concatenate([np.zeros(0, dtype=np.intp), *(known[one] for one in ids if one in known)]))
    near = links[["material_id", "target_kind", "target_id", "fit_share", "depth"]].iloc[row]
    near = near[near["target_kind"].eq("use").to_numpy()]
    best = np.lexsort((near["depth"].to_numpy(), -near["fit_share"].to_numpy()))
    return near[["material_id", "target_id"]].iloc[best[:3]]
