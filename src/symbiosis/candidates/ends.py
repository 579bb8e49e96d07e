"""Both ends of every exchange as columns of integers and numbers: what leaves (tails) and what takes (heads).

Flows that the rules cannot tell apart share a *class*: same materials understood from the same words, same law, months,
country, conditions and qualities. Rules then run once per pair of classes, and a pair of flows is two integers. Ends are sorted
by kind and id, so that neither the order of the declarations nor the machine decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis import affinity
from symbiosis.declarations import Declarations
from symbiosis.flows import Flows

Integers = NDArray[np.integer[Any]]

ALL_YEAR = 4095
"""Twelve bits, one a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Tails, or heads.

    Attributes
    ----------
    table
        One row per end: `id`, `kind`, `site_id`, `latitude`, `longitude`, `own` (equal for two ends that have nothing to offer
        each other: one site, one operator), `profile`, `class`, and the numbers that prices need.
    readings
        What each profile offers or asks for: `profile`, `target_kind`, `target_id` and columns of the reading, several rows per
        profile; the subchapters of the list of waste that it states are among them.
    classes
        By class: `id` of the first end of the class, `profile`, and the columns that the rules read.
    """

    table: pd.DataFrame
    readings: pd.DataFrame
    classes: pd.DataFrame


def distinct(columns: Sequence[Any]) -> Integers:
    """Number the distinct rows of some columns, from 0, in order of appearance.

    Parameters
    ----------
    columns
        Arrays or series of one length; missing values equal each other.

    Returns
    -------
    numpy.ndarray
        Code of each row.
    """
    codes: Integers = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        code, values = pd.factorize(column, use_na_sentinel=True)
        if len(values) + (code < 0).any() > 1:
            codes = pd.factorize(codes * (len(values) + 1) + code + 1)[0].astype(np.int64)
    return codes


def profiles(owner: Integers, row: Integers, owners: int) -> Integers:
    """Number the distinct sets of rows that owners have.

    Parameters
    ----------
    owner, row
        Which owner has which row.
    owners
        How many owners there are; one without rows has the set of nobody else but its like.

    Returns
    -------
    numpy.ndarray
        Code of the set of each owner.
    """
    order = np.lexsort((row, owner))
    owner, row = owner[order], row[order]
    place = np.arange(len(owner)) - np.searchsorted(owner, owner)
    codes: Integers = np.zeros(owners, dtype=np.int64)
    for rank in range(int(place.max(initial=-1)) + 1):
        mine = place == rank
        next_row = np.full(owners, -1, dtype=np.int64)
        next_row[owner[mine]] = row[mine]
        codes = distinct([codes, next_row])
    return codes


def tails_of(flows: Flows, declarations: Declarations, loads_t: Sequence[float] = (), stored: Sequence[str] = ()) -> Ends:
    """Materials on offer: those of outputs, as understood, and the products of operators.

    Parameters
    ----------
    flows, declarations
        What is declared.
    loads_t
        Loads, in tonnes, above which a rule of law applies: a load is told apart by these alone.
    stored
        Flows that a store carries over the seasons, whatever their months.

    Returns
    -------
    Ends
    """
    outputs, operators = flows.outputs, flows.operators
    outputs = outputs[outputs.index.isin(flows.offered["output_id"])]
    offered = flows.offered.rename(columns={"output_id": "flow_id", "material_id": "target_id"})
    products = flows.ports.loc[
        flows.ports["direction"] == "output", ["operator_id", "material_id", "is_residue"]
    ].drop_duplicates(["operator_id", "material_id"])
    products = products.sort_values(["operator_id", "material_id"], ignore_index=True)
    makers = operators.loc[products["operator_id"]]
    made = pd.DataFrame({"target_kind": "material", "target_id": products["material_id"], "confidence": 1.0,
                         "end": np.arange(len(products))})  # fmt: skip
    readings = _readings(made, len(products), offered, outputs)
    in_date = outputs["date_kind"].eq("best_before") | (outputs["date_kind"].eq("use_by") & (outputs["shelf_life_days"] >= 1))
    law = pd.concat([
        _columns(makers, {"country": "country", "conditions": "conditions_met", "process_id": "process_id",
                          "end_of_waste_id": "end_of_waste_id", "tail_rung": "rung"}).assign(
            kind="operator", is_residue=products["is_residue"].to_numpy()),
        _columns(outputs, {"country": "country", "conditions": "conditions_met", "months": "months", "unit": "unit",
                           "waste_code": "waste_code", "is_hazardous": "is_hazardous", "legal_status": "legal_status",
                           "date_kind": "date_kind", "shelf_life_days": "shelf_life_days"}).assign(
            kind="output", in_date=in_date.to_numpy(), is_residue=False, load_t=_step(outputs, loads_t)),
    ], ignore_index=True)  # fmt: skip
    law = law.assign(quality=_qualities(declarations.quality, law["id"]), month_bits=_month_bits(law.pop("months")))
    # What limits a stored flow is said period by period, in the programme.
    law = law.assign(is_stored=law["id"].isin(list(stored)))
    law["month_bits"] = law["month_bits"].mask(law["is_stored"], ALL_YEAR)
    numbers = pd.DataFrame({
        "available": _stacked(np.full(len(makers), np.inf), outputs["quantity_per_yr"]),
        "tonnes": _stacked(np.full(len(makers), np.nan), outputs["tonnes_per_unit"]),
        "load_t": _stacked(np.full(len(makers), np.nan), outputs["load_t"]),
        "saved": _stacked(np.zeros(len(makers)), outputs["outlet_cost_eur_per_unit"]),
    })  # fmt: skip
    return _ends(law, [makers, outputs], numbers, readings, operators)


def heads_of(flows: Flows, declarations: Declarations) -> Ends:
    """What needs ask for, as understood, and the inlets of operators."""
    needs, operators = flows.needs, flows.operators
    needs = needs[needs.index.isin(flows.wanted["need_id"])]
    inlets = flows.ports.loc[flows.ports["direction"] == "input", ["operator_id", "material_id"]].drop_duplicates()
    with_inlet = operators[operators.index.isin(inlets["operator_id"])]
    taken = pd.DataFrame({"target_kind": "inlet", "target_id": inlets["material_id"], "confidence": 1.0,
                          "end": len(needs) + with_inlet.index.get_indexer(pd.Index(inlets["operator_id"]))})  # fmt: skip
    readings = _readings(taken, 0, flows.wanted.rename(columns={"need_id": "flow_id"}), needs)
    law = pd.concat([
        _columns(needs, {"country": "country", "conditions": "conditions_met", "months": "months", "unit": "unit",
                         "head_route": "legal_route", "codes": "waste_codes_accepted", "treated": "waste_codes_treated",
                         "permits": "permit_headings"}).assign(kind="need"),
        _columns(with_inlet, {"country": "country", "conditions": "conditions_met", "codes": "waste_codes_accepted",
                              "treated": "waste_codes_treated", "permits": "permit_headings",
                              "process_id": "process_id"}).assign(kind="operator"),
    ], ignore_index=True)  # fmt: skip
    law = law.assign(quality=_qualities(declarations.quality, law["id"]), month_bits=_month_bits(law.pop("months")))
    numbers = pd.DataFrame({
        "taken": _stacked(needs["quantity_per_yr"], with_inlet["capacity"]),
        "lot": _stacked(needs["minimum_lot_per_yr"], np.zeros(len(with_inlet))),
        "paid": _stacked(needs["price_eur_per_unit"], -with_inlet["cost_eur_per_unit"]),
        "own_limit_km": _stacked(needs["maximum_distance_km"], np.full(len(with_inlet), np.nan)),
    })  # fmt: skip
    return _ends(law, [needs, with_inlet], numbers, readings, operators)


def _readings(of_operators: pd.DataFrame, first: int, of_flows: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    """Readings of operators and of flows, the ends of flows numbered from `first`; codes speak where words may mislead."""
    doubtful = of_flows.loc[of_flows["confidence"] < 1, "flow_id"]
    codes = affinity.stated_codes(flows[flows.index.isin(doubtful)])
    said = pd.concat([of_flows, codes.assign(words="", flags="")], ignore_index=True)
    said = said.assign(end=first + flows.index.get_indexer(pd.Index(said["flow_id"])))
    rows = pd.concat([of_operators.assign(words="", flags=""), said], ignore_index=True)
    return rows[["target_kind", "target_id", "confidence", "words", "flags", "end"]]


def _step(outputs: pd.DataFrame, loads_t: Sequence[float]) -> NDArray[np.float64]:
    """The first of some loads that each pick-up does not exceed, infinite above them all; NaN where nothing tells the load."""
    # A load that is not told is at most what leaves in a year.
    load = outputs["load_t"].fillna(outputs["quantity_per_yr"] * outputs["tonnes_per_unit"]).to_numpy(dtype=float)
    steps = np.append(np.sort(np.asarray(loads_t, dtype=float)), np.inf)
    return np.where(np.isnan(load), np.nan, steps[np.searchsorted(steps[:-1], load)])


def _columns(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return table[list(names.values())].set_axis(list(names), axis=1).assign(id=table.index).reset_index(drop=True)


def _stacked(*parts: Any) -> NDArray[np.float64]:
    return np.concatenate([np.asarray(part, dtype=float) for part in parts])


def _ends(
    law: pd.DataFrame, tables: list[pd.DataFrame], numbers: pd.DataFrame, readings: pd.DataFrame, operators: pd.DataFrame
) -> Ends:
    """Number profiles and classes; classes of one profile follow each other."""
    columns = [name for name in readings if name != "end"]
    row = distinct([readings[name] for name in columns])
    profile = profiles(readings["end"].to_numpy(), row, len(law))
    read = [name for name in law if name != "id"]
    class_ = distinct([profile, *(law[name] for name in read)])
    first = np.unique(class_, return_index=True)[1]
    first = first[np.argsort(profile[first], kind="stable")]
    renumbered = np.empty(len(first), dtype=np.int64)
    renumbered[class_[first]] = np.arange(len(first))
    places = pd.concat([table[["site_id", "latitude", "longitude"]] for table in tables], ignore_index=True)
    of_operator = operators.index.get_indexer(pd.Index(law["id"]))
    table = pd.DataFrame({
        "id": law["id"], "kind": law["kind"], "profile": profile, "class": renumbered[class_],
        "operator": np.where(law["kind"] == "operator", of_operator, -1),
    }).join(places).join(numbers)  # fmt: skip
    owner = readings["end"].to_numpy()
    of_profile = np.unique(profile, return_index=True)[1]
    spoken = readings[np.isin(owner, of_profile)]
    spoken = spoken.assign(profile=profile[spoken["end"].to_numpy()]).drop(columns="end")
    classes = law.iloc[first].reset_index(drop=True).assign(profile=profile[first])
    return Ends(table=table, readings=spoken.sort_values("profile", kind="stable", ignore_index=True), classes=classes)


def _qualities(quality: pd.DataFrame, ids: pd.Series) -> Integers:
    """Number the distinct sets of values and limits that flows declare; 0 where they declare none."""
    if quality.empty:
        return np.zeros(len(ids), dtype=np.int64)
    owner, owners = pd.factorize(quality["flow_id"].astype(object))
    row = distinct([quality[name] for name in ("parameter", "value", "minimum", "maximum")])
    code = np.append(profiles(owner, row, len(owners)) + 1, 0)
    return np.asarray(code[pd.Index(owners).get_indexer(ids.astype(object))])


def _month_bits(months: pd.Series) -> Integers:
    """Months as bits; none stated means all year."""
    code, values = pd.factorize(months, use_na_sentinel=True)
    bits = [sum(1 << (month - 1) for month in some) or ALL_YEAR for some in values]
    return np.array([*bits, ALL_YEAR], dtype=np.int64)[code]
