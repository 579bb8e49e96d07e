"""From a proposal to matches that each side can be shown without exposing the other.

The side of a company is a function of its own declarations and of classes that at least three possible partners share; nothing
of one partner alone enters it, neither figure nor word. Where fewer than three partners are possible, not even classes do: "a
match exists, your facilitator calls you". What it could gain is bounded by its own cost of today, never split with the other:
from half of a joint gain one computes the price that the other pays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from symbiosis.decisions.market import market_of
from symbiosis.engine import Proposal
from symbiosis.store import FoundMatch, OperationSide, Principal, RecordOperations, RecordRun, Side, Store, run
from symbiosis.store.tables import new_id
from symbiosis.workspace.stored import within

FEW = 3
"""Partners from which anything may be told of them."""

DISTANCES_KM = (10.0, 30.0, 60.0, 100.0, 300.0)
"""Classes of distance; beyond the last one nothing is said."""

SIZES = {"all": 0.95, "half": 0.5, "part": 0.0}
"""Classes of how much of a flow a partner could take or bring: from which share on."""

OWN_STEPS = {
    "giver": frozenset(("waste_code_missing", "outlet_cost_usual", "outlet_cost_unknown")),
    "taker": frozenset(("price_assumed", "price_unknown")),
}
"""What is missing on a side whoever the other may be."""

SHARED_STEPS = {
    "giver": frozenset(("mirror_entry", "food_date_unknown", "quality_unknown", "condition_missing")),
    "taker": frozenset(("heading_unknown", "heading_incompatible", "codes_accepted_unknown", "condition_missing")),
}
"""What a side has to do because of the other one: told where three possible partners at least ask for it."""

_WITH_SUBJECT = frozenset(("quality_unknown", "condition_missing"))
"""Reasons whose first datum is a row of the catalogue; the others are told without their data, which are the other side's."""


@dataclass(frozen=True, slots=True)
class _Ends:
    """Which columns of exchanges and of legs speak of a side, and of the other one."""

    side: str
    kind: str
    flow: str
    actor: str
    leg_flow: str
    leg_other_site: str


_GIVER = _Ends("giver", "giver_kind", "giver_flow_id", "giver_actor_id", "tail_id", "head_site_id")
_TAKER = _Ends("taker", "taker_kind", "taker_flow_id", "taker_actor_id", "head_id", "tail_site_id")


def record_run(
    store: Store, principal: Principal, proposal: Proposal, *, territory_id: str, run_id: str = "", language: str = "fr"
) -> dict[str, Any]:
    """Keeps what a run has found: a match for each pair of flows that it joins, and the side of each company.

    The run may rest on prices that were not shared; then the match as the facilitator reads it carries no euros. A joint round
    has no giver and taker and stays in the proposal.

    Parameters
    ----------
    store, principal
        Who records; the owner of the machine, who reads every price, gets every figure.
    proposal
        Result of the engine on this territory.
    territory_id
        Which.
    run_id
        The queued run that asked for it; empty for one that was not queued.
    language
        Of the words of the facilitator's sheet.

    Returns
    -------
    dict
        Id of the run, and how many matches it has found.
    """
    principal = within(principal, territory_id)
    with store.open(principal) as session:
        companies = {row["actor_key"]: row for row in session.rows("company")}
    seen = [_exchanges(proposal, status) for status in ("feasible", "to_investigate")]
    exchanges = pd.concat(seen, ignore_index=True).drop_duplicates(["giver_flow_id", "taker_flow_id"])
    partners = _Partners(proposal)
    matches = []
    for row in exchanges.to_dict("records"):
        giver, taker = (companies.get(row[ends.actor]) for ends in (_GIVER, _TAKER))
        if giver is None or taker is None or giver["id"] == taker["id"]:
            continue
        is_open = principal.role == "owner" or (giver["shares_prices"] and taker["shares_prices"])
        matches.append(
            FoundMatch(
                synergy_key=f"{row['giver_flow_id']}>{row['taker_flow_id']}",
                giver=_side(proposal, partners, row, _GIVER, giver["id"]),
                taker=_side(proposal, partners, row, _TAKER, taker["id"]),
                sheet=_whole(row, is_open=is_open),
                reasons=tuple(one for one in row["reasons"].split(";") if one),
            )
        )
    totals: Any = proposal.totals["synergies"]
    counts = {name: int(totals[name]) for name in ("feasible", "to_investigate")}
    command = RecordRun(
        territory_id=territory_id, run_id=run_id, scenario=proposal.scenario.to_dict(),
        fingerprint=proposal.declarations.fingerprint, versions=dict(proposal.versions), summary=counts, matches=tuple(matches),
    )  # fmt: skip
    made = run(store, principal, command, key=new_id())
    record_operations(store, principal, proposal, territory_id=territory_id)
    return {**made, "matches": len(matches)}


def record_operations(store: Store, principal: Principal, proposal: Proposal, *, territory_id: str) -> None:
    """Tells each operator what stands around each of its operations; nobody else's cost or price is in it.

    Parameters
    ----------
    store, principal, proposal, territory_id
        As for :func:`record_run`.
    """
    with store.open(principal) as session:
        companies = {row["actor_key"]: row["id"] for row in session.rows("company")}
    operators = proposal.candidates.flows.operators
    sides = tuple(
        OperationSide(
            company_id=companies[actor], operator_key=str(operator_id),
            sheet=market_of(proposal.candidates, proposal.catalogue, proposal.scenario, str(operator_id)).to_dict(),
        )
        for operator_id, actor in operators["actor_id"].items()
        if actor in companies
    )  # fmt: skip
    run(store, principal, RecordOperations(territory_id=territory_id, sides=sides), key=new_id())


def _exchanges(proposal: Proposal, status: str) -> pd.DataFrame:
    found: pd.DataFrame = (proposal.feasible if status == "feasible" else proposal.to_investigate).proposals.exchanges
    synergies = (proposal.feasible if status == "feasible" else proposal.to_investigate).proposals.synergies
    return found.assign(status=status, gain_eur_per_yr=found["synergy_id"].map(synergies["gain_eur_per_yr"]))


def _whole(row: Mapping[Any, Any], *, is_open: bool) -> dict[str, Any]:
    """The match as the facilitator reads it."""
    names = ("synergy_id", "status", "giver_name", "taker_name", "description", "need_description", "material_id", "unit",
             "quantity_per_yr", "quantity_t_per_yr", "distance_km", "route", "papers")  # fmt: skip
    sheet = {name: _json(row[name]) for name in names}
    if is_open:
        sheet["gain_eur_per_yr"] = _json(row["gain_eur_per_yr"])
    return sheet


def _side(proposal: Proposal, partners: _Partners, row: Mapping[Any, Any], ends: _Ends, company_id: str) -> Side:
    kind, flow_id = str(row[ends.kind]), str(row[ends.flow])
    own = _own(proposal, kind, flow_id)
    others = partners.of(ends, flow_id, str(row[ends.actor]))
    is_many = len(others) >= FEW
    # An operator's own doubts are asked on its own declarations; what a leg says of it is said of the flow.
    steps = _steps(str(row["reasons"]), OWN_STEPS[ends.side]) if kind != "operator" else []
    if is_many and kind != "operator":
        asked = Counter(step for one in others for step in _steps(one.reasons, SHARED_STEPS[ends.side]))
        steps += sorted(step for step, times in asked.items() if times >= FEW)
    sheet = {
        "side": ends.side, "kind": kind, "flow_id": flow_id, **{name: _json(value) for name, value in own.items()},
        "steps": steps, "partners": _classes(others, own["quantity"]) if is_many else {},
    }  # fmt: skip
    return Side(company_id=company_id, sheet=sheet, partner_class="three_or_more" if is_many else "fewer_than_three")


def _own(proposal: Proposal, kind: str, flow_id: str) -> dict[str, Any]:
    """What the company itself has declared of the flow, and what it pays for it today: the most that it could gain."""
    declared = proposal.declarations
    if kind == "operator":
        operator: Any = declared.operators.loc[flow_id]
        return {"description": operator["name"], "quantity": operator["capacity"], "unit": operator["unit"],
                "gain_high_eur_per_yr": None}  # fmt: skip
    frame, cost = {"output": (declared.outputs, "outlet_cost_eur_per_unit"), "need": (declared.needs, "price_eur_per_unit")}[
        kind
    ]
    flow: Any = frame.loc[flow_id]
    today = flow["quantity"] * flow[cost]
    rental = flow.get("rental_eur_per_yr", 0.0)
    high = None if pd.isna(today) or today <= 0 else float(today) + (0.0 if pd.isna(rental) else float(rental))
    return {
        "description": flow["description"],
        "quantity": flow["quantity"],
        "unit": flow["unit"],
        "gain_high_eur_per_yr": high,
    }


class _Partners:
    """Whom each flow could be exchanged with, the legs of a run being read once."""

    def __init__(self, proposal: Proposal) -> None:
        legs = proposal.candidates.legs
        legs = legs[legs["feasibility"].ne("excluded")].sort_values("distance_km", kind="stable")
        actors = proposal.declarations.sites["actor_id"]
        self._of = {ends.side: self._by_flow(legs, ends, actors) for ends in (_GIVER, _TAKER)}

    @staticmethod
    def _by_flow(legs: pd.DataFrame, ends: _Ends, actors: pd.Series) -> dict[str, dict[str, _Partner]]:
        found = pd.DataFrame({
            "flow_id": legs[ends.leg_flow].astype(object), "actor_id": legs[ends.leg_other_site].astype(object).map(actors),
            "km": legs["distance_km"], "most": legs["upper_per_yr"] * (legs["ratio"] if ends is _TAKER else 1.0),
            "reasons": legs["reasons"].astype(object),
        })  # fmt: skip
        found = found.groupby(["flow_id", "actor_id"], sort=False).agg({"km": "min", "most": "max", "reasons": "first"})
        by_flow: dict[str, dict[str, _Partner]] = {}
        for flow_id, actor_id, km, most, reasons in found.reset_index().itertuples(index=False, name=None):
            by_flow.setdefault(flow_id, {})[actor_id] = _Partner(km, most, reasons)
        return by_flow

    def of(self, ends: _Ends, flow_id: str, actor_id: str) -> list[_Partner]:
        """Those that are other actors."""
        return [one for other, one in self._of[ends.side].get(flow_id, {}).items() if other != actor_id]


class _Partner(NamedTuple):
    """Another actor: how near, the most that could be exchanged with it a year, and what its leg says."""

    km: float
    most: float
    reasons: str


def _classes(partners: Sequence[_Partner], quantity: float) -> dict[str, Any]:
    """What is true of three partners at least: within how many kilometres, and how much of the flow each could take."""
    third_nearest = sorted(one.km for one in partners)[FEW - 1]
    third_largest = sorted((one.most for one in partners), reverse=True)[FEW - 1] / quantity if quantity > 0 else 0.0
    within_km = next((km for km in DISTANCES_KM if third_nearest <= km), None)
    size = next(name for name, share in SIZES.items() if third_largest >= share)
    return {"within_km": within_km, "size": size}


def _steps(reasons: str, kinds: frozenset[str]) -> list[str]:
    found = []
    for code in filter(None, reasons.split(";")):
        kind, _, data = code.partition(":")
        if kind in kinds:
            found.append(f"{kind}:{data.partition(':')[0]}" if kind in _WITH_SUBJECT else kind)
    return list(dict.fromkeys(found))


def _json(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return None if value is None or pd.isna(value) else float(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMatch:
    """A match as one company sees it.

    Attributes
    ----------
    match_id, company_id, created_at
        Which, whose, of when.
    sheet
        Its own side.
    partner_class
        ``fewer_than_three`` or ``three_or_more``.
    decision
        Its own latest one; empty before any.
    contact
        Who the other is and whom to call, once both have accepted.
    """

    match_id: str
    company_id: str
    created_at: str
    sheet: Mapping[str, Any]
    partner_class: str
    decision: str = ""
    contact: Mapping[str, Any] | None = None


def own_matches(store: Store, principal: Principal, company_id: str) -> list[OwnMatch]:
    """Matches of a company, of its own side: those it has decided on, and those that the latest run has found.

    Parameters
    ----------
    store, principal
        Who reads.
    company_id
        Whose.

    Returns
    -------
    list of OwnMatch
        The newest first.
    """
    with store.open(principal) as session:
        sides = session.rows("match_side", order_by=("created_at", "id"), descending=True, company_id=company_id)
        consents = session.rows("consent", order_by=("at",), company_id=company_id)
        contacts = {row["match_id"]: row for row in session.rows("match_contact", company_id=company_id)}
    decided = {row["match_id"]: row["decision"] for row in consents}
    return [
        OwnMatch(
            match_id=side["match_id"], company_id=company_id, created_at=side["created_at"], sheet=side["sheet"],
            partner_class=side["partner_class"], decision=decided.get(side["match_id"], ""),
            contact=contacts.get(side["match_id"]),
        )
        for side in _once(sides, decided)
        if side["match_id"] in decided or not side["is_superseded"]
    ]  # fmt: skip


def _once(sides: Sequence[Mapping[str, Any]], decided: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """A newer run finds the same again: what was decided on a flow stands before what is merely found again."""
    settled = {side["sheet"]["flow_id"] for side in sides if decided.get(side["match_id"]) == "accepted"}
    return [side for side in sides if side["match_id"] in decided or side["sheet"]["flow_id"] not in settled]
