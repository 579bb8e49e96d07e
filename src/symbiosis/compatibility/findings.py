"""What a rule looks at and what it says: reasons with their gravity, findings on legs, the context of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario

Mask = NDArray[np.bool_]

REASONS: dict[str, str] = {
    "link_excluded": "excluded",
    "too_far": "excluded",
    "law": "excluded",
    "operation_forbidden": "excluded",
    "quality_above": "excluded",
    "quality_below": "excluded",
    "season_apart": "excluded",
    "unit_mismatch": "excluded",
    "below_minimum_lot": "excluded",
    "border": "to_investigate",
    "foreign_law": "to_investigate",
    "status_abroad": "to_investigate",
    "law_condition": "to_investigate",
    "end_of_waste_not_in_force": "to_investigate",
    "condition_missing": "to_investigate",
    "status_contradicts_code": "to_investigate",
    "heading_incompatible": "to_investigate",
    "heading_unknown": "to_investigate",
    "not_final": "to_investigate",
    "code_not_listed": "to_investigate",
    "codes_accepted_unknown": "to_investigate",
    "waste_code_missing": "to_investigate",
    "waste_code_unknown": "to_investigate",
    "waste_code_repealed": "to_investigate",
    "waste_code_not_yet_valid": "to_investigate",
    "food_date_unknown": "to_investigate",
    "code_contradicts_words": "to_investigate",
    "words_uncertain": "to_investigate",
    "route": "feasible",
    "end_of_waste": "feasible",
    "end_of_waste_possible": "feasible",
    "direct_reuse_possible": "feasible",
    "heading_compatible": "feasible",
    "code_listed": "feasible",
    "code_treated": "feasible",
    "note": "feasible",
    "rep": "feasible",
    "mirror_entry": "feasible",
    "food_days_left": "feasible",
    "quality_blended": "feasible",
    "quality_unknown": "feasible",
    "season_partial": "feasible",
}
"""Every reason that a leg may carry, the gravest first, and what it makes of the leg at worst."""

BLOCKING = tuple(reason for reason, level in REASONS.items() if level != "feasible")
"""Reasons that keep a leg from being feasible, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found on some legs.

    Attributes
    ----------
    mask
        The legs concerned, shape (legs,).
    reason
        A key of :data:`REASONS`; empty for a paper alone.
    detail
        Data of the reason, written after ``:``; one text, or one per leg.
    paper
        Paper to get, if any.
    """

    mask: Mask
    reason: str = ""
    detail: str | pd.Series = ""
    paper: str = ""

    @property
    def feasibility(self) -> str:
        """What the reason makes of the legs."""
        return REASONS[self.reason] if self.reason else "feasible"

    def codes(self) -> NDArray[np.object_] | str:
        """Reason and data of the legs concerned, ``reason:data;``."""
        if isinstance(self.detail, str):
            return f"{self.reason}:{self.detail};" if self.detail else f"{self.reason};"
        data = self.detail.to_numpy(dtype=object)[self.mask]
        return np.asarray(self.reason + ":" + data + ";", dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the rules look up beside the legs.

    Attributes
    ----------
    catalogue, scenario
        Knowledge and assumptions.
    conditions
        Pairs (id of output, need or operator; condition that it declares met).
    codes_accepted, codes_treated
        Pairs (id of need or operator; waste code): what it declares to accept, and what its register or a public declaration
        says that it treats already.
    headings
        Pairs (id of need or operator; permit heading of its site, without its letter and with it).
    operators
        As in :class:`symbiosis.flows.Flows`: whether a process mixes.
    quality
        Declared values and limits: `flow_id`, `parameter`, `value`, `minimum`, `maximum`.
    """

    catalogue: Catalogue
    scenario: Scenario
    conditions: pd.MultiIndex
    codes_accepted: pd.MultiIndex
    codes_treated: pd.MultiIndex
    headings: pd.MultiIndex
    operators: pd.DataFrame
    quality: pd.DataFrame

    @property
    def day(self) -> pd.Timestamp:
        """The day whose law applies."""
        return pd.Timestamp(self.scenario.on_date)

    def holds(self, ids: pd.Series, condition: str) -> Mask:
        """Whether each id declares the condition met."""
        owners = self.conditions.get_level_values(0)[self.conditions.get_level_values(1) == condition]
        return ids.isin(owners).to_numpy()

    def in_force(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of a dated table that are valid on the day of the scenario."""
        return table[~(table["valid_from"] > self.day) & ~(table["valid_to"] < self.day)]

    def narrower(self, materials: Iterable[str]) -> frozenset[str]:
        """The materials named and every narrower one."""
        below = self.catalogue.memory.get("narrower")
        if not isinstance(below, dict):
            ancestors = self.catalogue.ancestors()
            below = ancestors.groupby("ancestor_id")["material_id"].agg(frozenset).to_dict()
            self.catalogue.memory["narrower"] = below
        return frozenset().union(*(below[material] for material in materials))

    def fitting_headings(self, legs: pd.DataFrame) -> pd.DataFrame:
        """Headings that the head's site declares and that suit what it does: `head_id`, `head_headings_key`, `heading`."""
        declared = self.headings.to_frame(index=False, name=["head_id", "heading"])
        pairs = legs[["head_id", "head_headings_key"]].drop_duplicates()
        wanted = pairs.assign(heading=pairs["head_headings_key"].str.split(";")).explode("heading")
        return wanted.merge(declared, on=["head_id", "heading"], how="inner", validate="many_to_many")


Rule = Callable[[pd.DataFrame, Context], Iterable[Finding]]


def is_french(countries: pd.Series) -> Mask:
    """Whether French law is that of the place; a country that is not told is France."""
    return countries.isin(["", "FR"]).to_numpy()


def is_hazardous(legs: pd.DataFrame, catalogue: Catalogue) -> Mask:
    """Hazardous by its code or declaration, or without a code and of a matter that only hazardous codes describe."""
    codes = catalogue.material_codes
    hazard = codes["waste_code"].map(catalogue.waste_codes["is_hazardous"]).groupby(codes["material_id"]).all()
    silent = legs["waste_code"].eq("") & legs["material_id"].isin(hazard.index[hazard.astype(bool)])
    from_output = legs["tail_kind"].eq("output")
    return (legs["is_hazardous"] | (silent & from_output)).to_numpy(dtype=bool)


def is_waste(legs: pd.DataFrame) -> Mask:
    """Whether the leg carries a waste: a production installation receives one too."""
    return legs["route"].isin(["waste_to_entitled_site", "production_installation"]).to_numpy()
