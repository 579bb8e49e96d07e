"""The parts of the value of a call, leg by leg: what each doubt takes away, and what each datum would mend.

=============== ==================================================================================================
part            what it says
=============== ==================================================================================================
``fit``         the confidence that both descriptions were understood
``quality``     values within the limits, near a limit, or still to be measured
``distance``    1 on the spot, falling in proportion to the distance that is allowed
``quantity``    whether the whole flow would be taken, a part, or a sliver
``route``       the legal route
``law``         what is missing for it, each kind of doubt once
``evidence``    how the quantities are known, the weaker end
``price``       how the price of today's purchase is known
``outlet_cost`` how the cost of today's outlet is known
``precedent``   whether somebody did it before
=============== ==================================================================================================

:mod:`symbiosis.ranking` puts the legs of a chain or of a synergy together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.pairs import met
from symbiosis.compatibility.findings import Keyed
from symbiosis.materials import Catalogue
from symbiosis.precedents import KIND, precedents_of
from symbiosis.scenario import Scenario
from symbiosis.schemas import CALL_PARTS, EVIDENCE

if TYPE_CHECKING:
    from symbiosis.candidates import Candidates

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Texts = tuple[Rows, Any]
"""Number of the text of each leg, and the texts."""

_READ = ["tail_id", "head_id", "material_id", "use_id", "head_process_id", "feasibility", "reasons", "route", "transport",
         "confidence", "distance_km", "maximum_distance_km", "is_distance_known", "upper_per_yr", "ratio", "load_t",
         "payload_t", "tonnes_per_unit", "transport_eur_per_unit", "link_eur_per_unit"]  # fmt: skip
BOUNDS = ("value", "low", "high")
THIN_MARGIN = 0.1
"""A value nearer to a limit than this share of the limit is within it on average only."""

WHOLE, SLIVER = 0.8, 0.1
"""Shares of an output from which it counts as wholly taken, and under which as hardly."""

DATA: dict[str, tuple[str, tuple[str, ...]]] = {
    "waste_code": ("law", ("waste_code_missing", "waste_code_unknown", "waste_code_repealed", "waste_code_not_yet_valid",
                           "code_contradicts_words")),
    "headings": ("law", ("heading_unknown", "heading_incompatible")),
    "codes_accepted": ("law", ("codes_accepted_unknown", "code_not_listed")),
    "conditions": ("law", ("condition_missing",)),
    "final_outlet": ("law", ("not_final",)),
    "border": ("law", ("border", "foreign_law")),
    "food_date": ("law", ("food_date_unknown",)),
    "rule": ("law", ("law",)),
    "quality": ("quality", ("unknown",)),
    "words": ("fit", ()),
    "quantity": ("evidence", ("declared", "inferred")),
    "price": ("price", ("assumed", "unknown")),
    "outlet_cost": ("outlet_cost", ("catalogue", "unknown")),
    "load": ("distance", ()),
    "road_distance": ("distance", ()),
}  # fmt: skip
"""What may be missing: the part that it would mend, and the cases of that part that it lifts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Legs as the ranking sees them, judged when they are asked for: the fifty figures of millions of legs fill memory.

    Attributes
    ----------
    candidates
        Legs with their reasons, flows with their evidence.
    catalogue, scenario
        Rows of ``call_factors`` and precedents; what a transport costs.
    quality
        Declared values and limits.
    """

    candidates: Candidates
    catalogue: Catalogue
    scenario: Scenario
    quality: pd.DataFrame

    def rows_of(self, leg_ids: pd.Series) -> Rows:
        """Rows of some legs among the candidates: a few of millions, so that those are looked through, not indexed."""
        index, wanted = self.candidates.legs.index, pd.Index(leg_ids)
        rows = np.flatnonzero(index.isin(wanted))
        return rows[index[rows].get_indexer(wanted)]

    def cited(self, rows: Rows) -> NDArray[np.object_]:
        """Precedents of some legs, by row."""
        legs = self.candidates.legs[[*KIND]].iloc[rows]
        return precedents_of(legs, self.catalogue)["precedent_ids"].to_numpy(dtype=object)

    def judged(self, rows: Rows) -> Judged:
        """The parts of some legs, by row."""
        return _judged(self.candidates.legs[_READ].iloc[rows], self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the ranking makes of some legs.

    Attributes
    ----------
    parts
        By bound (``value``, ``low``, ``high``), legs × parts.
    mended
        Legs × data: the part that each datum mends as it would then be.
    extra_eur_per_unit
        By datum: what its favourable value adds to the gain, per unit that leaves on the leg.
    precedent_ids
        By leg.
    """

    parts: dict[str, Floats]
    mended: Floats
    extra_eur_per_unit: dict[str, Floats]
    precedent_ids: NDArray[np.object_]


def _judged(legs: pd.DataFrame, calls: Calls) -> Judged:
    candidates, catalogue, scenario, quality = calls.candidates, calls.catalogue, calls.scenario, calls.quality
    outputs, needs = candidates.flows.outputs, candidates.flows.needs
    tail, head = (flows.index.get_indexer(pd.Index(legs[f"{side}_id"])) for flows, side in ((outputs, "tail"), (needs, "head")))
    reasons = pd.factorize(legs["reasons"])
    cited = precedents_of(legs, catalogue)
    law = _law_cases(legs, reasons, catalogue)
    # Each part has a handful of cases, and a large territory millions of legs: what is said is said by number.
    cases: dict[str, Any] = {
        "quality": _quality_case(legs, reasons, catalogue, quality),
        "quantity": _quantity_case(legs["upper_per_yr"].to_numpy() / _of(outputs["quantity_per_yr"], tail)),
        "route": legs["route"],
        "evidence": _evidence_case(_of(outputs["evidence"], tail), _of(needs["evidence"], head)),
        "price": _of(needs["price_origin"], head),
        "outlet_cost": _of(outputs["outlet_cost_origin"], tail),
        "precedent": cited["precedent_case"],
    }
    coded = {part: pd.factorize(case) for part, case in cases.items()}
    limit = legs["maximum_distance_km"].to_numpy()
    reach = np.minimum(legs["distance_km"].to_numpy() / np.where(limit > 0, limit, np.nan), 1.0)
    parts, mended = {}, {}
    for bound in BOUNDS:
        table = factors(catalogue, bound)
        known = {part: _by_number(coded[part], table.get(part, {})) for part in coded}
        at_limit = table.get("distance", {}).get("at_limit", 1.0)
        known["distance"] = 1.0 - (1.0 - at_limit) * np.nan_to_num(reach)
        known["fit"] = legs["confidence"].to_numpy(dtype=float)
        doubts = [np.where(law[case], value, 1.0) for case, value in table.get("law", {}).items()]
        known["law"] = np.prod(doubts, axis=0) if doubts else np.ones(len(legs))
        parts[bound] = np.column_stack([known[part] for part in CALL_PARTS])
    table = factors(catalogue, "value")
    for datum, (part, lifted) in DATA.items():
        now = parts["value"][:, CALL_PARTS.index(part)]
        if part == "law":
            doubts = [np.where(law[case], 1.0 / table["law"][case], 1.0) for case in lifted if case in law]
            mended[datum] = now * (np.prod(doubts, axis=0) if doubts else 1.0)
        elif part == "distance":
            mended[datum] = now
        else:
            is_lifted = _by_number(coded[part], dict.fromkeys(lifted, 0.0)) == 0 if lifted else now < scenario.sure_confidence
            mended[datum] = np.where(is_lifted, 1.0, now)
    return Judged(
        parts=parts,
        mended=np.column_stack(list(mended.values())),
        extra_eur_per_unit=_favourable(legs, candidates, tail, head, catalogue=catalogue, scenario=scenario),
        precedent_ids=cited["precedent_ids"].to_numpy(dtype=object),
    )


def _of(column: pd.Series, row: NDArray[np.integer[Any]]) -> NDArray[Any]:
    """Values of some rows of a column, nothing where the row is -1."""
    return np.asarray(column.array.take(row.astype(np.intp, copy=False), allow_fill=True))


def _by_number(coded: tuple[Rows, pd.Index], of_case: dict[str, float]) -> Floats:
    """The factor of each case, 1 where nothing is said of it."""
    number, said = coded
    return np.array([*(of_case.get(case, 1.0) for case in said), 1.0])[number]


def factors(catalogue: Catalogue, bound: str) -> dict[str, dict[str, float]]:
    """Values of the cases of each part, kept with the catalogue; empty for one that has none."""
    known = catalogue.memory.get(f"call_factors:{bound}")
    if not isinstance(known, dict):
        parts = catalogue.call_factors.groupby("part")
        known = {str(part): dict(zip(rows["case"], rows[bound], strict=True)) for part, rows in parts}
        catalogue.memory[f"call_factors:{bound}"] = known
    return known


def _law_cases(legs: pd.DataFrame, reasons: Texts, catalogue: Catalogue) -> dict[str, NDArray[np.bool_]]:
    """Which legal doubts each leg has; a rule that merely remarks something on a feasible leg is none."""
    is_doubtful = legs["feasibility"].eq("to_investigate").to_numpy()
    cases = sorted(factors(catalogue, "value").get("law", {}))
    return {case: _says(reasons, f";{case}") & is_doubtful for case in cases}


def _says(reasons: Texts, words: str) -> NDArray[np.bool_]:
    """Whether the reasons of each leg, each after a ``;``, hold some words."""
    number, texts = reasons
    return np.array([words in f";{text}" for text in texts], dtype=bool)[number]


def _quality_case(legs: pd.DataFrame, reasons: Texts, catalogue: Catalogue, quality: pd.DataFrame) -> NDArray[np.object_]:
    """``unknown`` where a limit waits for a value, ``thin`` where a value is near its limit, else ``known``."""
    case = np.full(len(legs), "known", dtype=object)
    is_there = pd.Index(legs["tail_id"].unique()).get_indexer(pd.Index(quality["flow_id"])) >= 0
    values = quality[quality["value"].notna() & is_there]
    if len(values):
        case[_is_thin(legs, values, catalogue, quality)] = "thin"
    case[_says(reasons, "quality_unknown:")] = "unknown"
    return case


def _is_thin(legs: pd.DataFrame, values: pd.DataFrame, catalogue: Catalogue, quality: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a declared value of each leg is near its limit."""
    owner, owners = pd.factorize(values["flow_id"])
    of_leg = pd.Index(owners).get_indexer(pd.Index(legs["tail_id"]))
    measured = np.flatnonzero(of_leg >= 0)
    leg, row = met(of_leg[measured], owner, len(owners))
    leg = measured[leg]
    parameter, value = values["parameter"].to_numpy(dtype=object)[row], values["value"].to_numpy()[row]
    # What the receiver declares stands before what its use is known to ask for.
    declared, usual = quality.dropna(subset=["minimum", "maximum"], how="all"), catalogue.use_limits
    of_head = Keyed(declared["flow_id"], declared["parameter"]).rows(legs["head_id"].iloc[leg], parameter)
    of_use = Keyed(usual["use_id"], usual["parameter"]).rows(legs["use_id"].iloc[leg], parameter)
    room = np.full(len(leg), np.nan)
    for end in ("minimum", "maximum"):
        limit = np.where(of_head >= 0, _of(declared[end], of_head), _of(usual[end], of_use))
        with np.errstate(divide="ignore", invalid="ignore"):  # of a limit of nothing there is no share
            room = np.fmin(room, np.abs(limit - value) / np.abs(limit))
    is_thin = np.zeros(len(legs), dtype=bool)
    is_thin[leg[room < THIN_MARGIN]] = True
    return is_thin


def _quantity_case(share: Floats) -> NDArray[np.object_]:
    """How much of what leaves would be taken; the whole of what has no quantity of its own."""
    return np.array(["whole", "part", "sliver"], dtype=object)[np.where(share < SLIVER, 2, share < WHOLE)]


def _evidence_case(tail: NDArray[np.object_], head: NDArray[np.object_]) -> NDArray[np.object_]:
    """The weaker of both ends; what an operator passes on has none of its own."""
    order = pd.Index(EVIDENCE)
    return np.array([*EVIDENCE, np.nan], dtype=object)[
        np.maximum(order.get_indexer(pd.Index(tail)), order.get_indexer(pd.Index(head)))
    ]


def _favourable(
    legs: pd.DataFrame, candidates: Candidates, tail: Rows, head: Rows,
    *, catalogue: Catalogue, scenario: Scenario,
) -> dict[str, Floats]:  # fmt: skip
    """Euros per unit that a datum known favourably would add: a full load, the high price, the high outlet cost."""
    outputs, needs = candidates.flows.outputs, candidates.flows.needs
    read = ("payload_t", "distance_km", "tonnes_per_unit", "load_t", "link_eur_per_unit", "transport_eur_per_unit", "ratio",
            "is_distance_known")  # fmt: skip
    leg = {name: legs[name].to_numpy() for name in read}
    payload = np.where(np.isnan(leg["payload_t"]), scenario.lorry_payload_t, leg["payload_t"])
    trip = scenario.lorry_eur_per_trip + scenario.lorry_eur_per_km * 2 * leg["distance_km"]
    now = leg["transport_eur_per_unit"]
    by_load = np.maximum(now - trip / payload * leg["tonnes_per_unit"], 0.0)
    no_load = np.isnan(leg["load_t"]) & legs["transport"].eq("road").to_numpy() & np.isnan(leg["link_eur_per_unit"]) & (now > 0)
    best_price = catalogue.nearest_factor("material_price", legs["material_id"])["high"].to_numpy(dtype=float)
    more = np.maximum(best_price - _of(needs["price_eur_per_unit"], head), 0.0) * leg["ratio"]
    guessed = pd.Index(_of(needs["price_origin"], head)).isin(["assumed", "unknown"])
    outlet = catalogue.outlets.index.get_indexer(pd.Index(_of(outputs["outlet_id"], tail)))
    highest, tax = (
        _of(catalogue.outlets["cost_high_eur_per_t"], outlet),
        np.nan_to_num(_of(outputs["outlet_tax_eur_per_unit"], tail)),
    )
    by_outlet = np.maximum(highest * leg["tonnes_per_unit"] + tax - _of(outputs["outlet_cost_eur_per_unit"], tail), 0.0)
    usual = pd.Index(_of(outputs["outlet_cost_origin"], tail)) == "catalogue"
    straight = now * (1.0 - 1.0 / scenario.detour_factor)
    added = {
        "load": (no_load, by_load),
        "price": (guessed, more),
        "outlet_cost": (usual, by_outlet),
        "road_distance": (~leg["is_distance_known"] & (now > 0), straight),
    }
    return {datum: np.where(is_open & ~np.isnan(euros), euros, 0.0) for datum, (is_open, euros) in added.items()}
