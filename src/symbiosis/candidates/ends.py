"""Both ends of every exchange as columns of integers and numbers: what leaves (tails) and what takes (heads).

Flows that the rules cannot tell apart share a *class*: same materials understood from the same words, same law, months,
country, conditions and qualities. Rules then run once per pair of classes, and a pair of flows is two integers. Ends are sorted
by kind and id, so that neither the order of the declarations nor the machine decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.compatibility.findings import Coded, combined, first_rows, numbered, values_of
from symbiosis.declarations import Declarations
from symbiosis.flows import Flows
from symbiosis.meanings import stated_codes

Integers = NDArray[np.integer[Any]]

ALL_YEAR = 4095
"""Twelve bits, one a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Tails, or heads.

    Attributes
    ----------
    ids
        Of flows and operators; of an operator as often as it has products.
    columns
        By name, one row per end: `site_id`, `latitude`, `longitude`, `operator` (its row, -1 for a flow), `profile`,
        `class`, and the numbers that prices need.
    readings
        What each profile offers or asks for: `profile`, `target_kind`, `target_id` and columns of the reading, several rows per
        profile; where words may mislead, the subchapters of the list of waste that are stated are among them.
    classes
        By class, the columns that the rules read.
    first
        The first end of each class.
    class_profile
        Profile of each class, ascending.
    """

    ids: pd.Index
    columns: dict[str, Any]
    readings: pd.DataFrame
    classes: Mapping[str, Coded]
    first: Integers
    class_profile: Integers

    def __len__(self) -> int:
        """How many ends."""
        return len(self.columns["class"])


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
    coded = [Coded.of(column) for column in columns]
    whole, space = combined([(column.code, len(column.entries)) for column in coded], len(columns[0]))
    return np.asarray(pd.factorize(whole)[0]) if space > 1 else whole


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
    if np.bincount(owner, minlength=1).max() <= 1:
        only = np.full(owners, -1, dtype=np.int64)
        only[owner] = row
        return distinct([only])
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
    of_output = outputs.index.get_indexer(pd.Index(flows.offered["output_id"]))
    outputs, place = _spoken(outputs[_OF_OUTPUTS], of_output)
    products = flows.ports.loc[
        flows.ports["direction"] == "output", ["operator_id", "material_id", "is_residue"]
    ].drop_duplicates(["operator_id", "material_id"])
    products = products.sort_values(["operator_id", "material_id"], ignore_index=True)
    makers = operators[_OF_OPERATORS].loc[products["operator_id"]]
    offered = _said(flows.offered, "material", flows.offered["material_id"], place)
    made = pd.DataFrame({"target_kind": "material", "target_id": products["material_id"], "end": np.arange(len(products))})
    readings = _readings(offered, outputs, len(products), made)
    date_kind, days = text(outputs["date_kind"]), outputs["shelf_life_days"].to_numpy(dtype=float)
    in_date = date_kind.eq("best_before") | (date_kind.eq("use_by") & (days >= 1))
    size = len(makers), len(outputs)
    is_stored = np.isin(np.arange(sum(size)), len(makers) + outputs.index.get_indexer(pd.Index(stored, dtype=object)))
    classes = {
        "tail_kind": Coded(np.repeat([0, 1], size), np.array(["operator", "output"], dtype=object)),
        "tail_country": _texts(makers["country"], outputs["country"]),
        "tail_conditions": _conditions(_texts(makers["conditions_met"], outputs["conditions_met"]),
                                       np.append(np.zeros(len(makers), dtype=bool), in_date)),
        "tail_process_id": _texts(makers["process_id"], len(outputs)),
        "tail_end_of_waste_id": _texts(makers["end_of_waste_id"], len(outputs)),
        "tail_rung": _texts(makers["rung"], len(outputs)),
        "tail_is_residue": Coded.of(np.append(products["is_residue"].eq(True), np.zeros(len(outputs), dtype=bool))),
        "tail_unit": _texts(len(makers), outputs["unit"]),
        "waste_code": _texts(len(makers), outputs["waste_code"]),
        "is_hazardous": Coded.of(np.append(np.zeros(len(makers), dtype=bool), outputs["is_hazardous"].eq(True))),
        "legal_status": _texts(len(makers), outputs["legal_status"]),
        "date_kind": _texts(len(makers), outputs["date_kind"]),
        "shelf_life_days": Coded.of(_stacked(np.full(len(makers), np.nan), days)),
        "tail_load_t": _step(len(makers), outputs, loads_t),
        # What limits a stored flow is said period by period, in the programme.
        "tail_month_bits": _month_bits(_texts(len(makers), outputs["months"]), is_stored),
        "is_stored": Coded.of(is_stored),
    }  # fmt: skip
    numbers = {
        "available": _stacked(np.full(len(makers), np.inf), outputs["quantity_per_yr"]),
        "tonnes": _stacked(np.full(len(makers), np.nan), outputs["tonnes_per_unit"]),
        "load_t": _stacked(np.full(len(makers), np.nan), outputs["load_t"]),
        "saved": _stacked(np.zeros(len(makers)), outputs["outlet_cost_eur_per_unit"]),
    }
    return _ends("tail", classes, [makers, outputs], numbers=numbers, readings=readings, quality=declarations.quality,
                 operators=operators)  # fmt: skip


def heads_of(flows: Flows, declarations: Declarations) -> Ends:
    """What needs ask for, as understood, and the inlets of operators."""
    needs, operators = flows.needs, flows.operators
    needs, place = _spoken(needs[_OF_NEEDS], needs.index.get_indexer(pd.Index(flows.wanted["need_id"])))
    inlets = flows.ports.loc[flows.ports["direction"] == "input", ["operator_id", "material_id"]].drop_duplicates()
    with_inlet = operators[operators.index.isin(inlets["operator_id"])]
    taken = pd.DataFrame({"target_kind": "inlet", "target_id": inlets["material_id"],
                          "end": len(needs) + with_inlet.index.get_indexer(pd.Index(inlets["operator_id"]))})  # fmt: skip
    readings = _readings(_said(flows.wanted, flows.wanted["target_kind"], flows.wanted["target_id"], place), needs, 0, taken)
    size = len(needs), len(with_inlet)
    classes = {
        "head_kind": Coded(np.repeat([0, 1], size), np.array(["need", "operator"], dtype=object)),
        "head_country": _texts(needs["country"], with_inlet["country"]),
        "head_conditions": _texts(needs["conditions_met"], with_inlet["conditions_met"]),
        "head_codes": _texts(needs["waste_codes_accepted"], with_inlet["waste_codes_accepted"]),
        "head_treated": _texts(needs["waste_codes_treated"], with_inlet["waste_codes_treated"]),
        "head_permits": _texts(needs["permit_headings"], with_inlet["permit_headings"]),
        "head_process_id": _texts(len(needs), with_inlet["process_id"]),
        "need_unit": _texts(needs["unit"], len(with_inlet)),
        "head_route": _texts(needs["legal_route"], len(with_inlet)),
        "head_month_bits": _month_bits(_texts(needs["months"], len(with_inlet)), np.zeros(sum(size), dtype=bool)),
    }
    numbers = {
        "taken": _stacked(needs["quantity_per_yr"], with_inlet["capacity"]),
        "lot": _stacked(needs["minimum_lot_per_yr"], np.zeros(len(with_inlet))),
        "paid": _stacked(needs["price_eur_per_unit"], -with_inlet["cost_eur_per_unit"]),
        "own_limit_km": _stacked(needs["maximum_distance_km"], np.full(len(with_inlet), np.nan)),
    }
    return _ends("head", classes, [needs, with_inlet], numbers=numbers, readings=readings, quality=declarations.quality,
                 operators=operators)  # fmt: skip


_PLACE = ["site_id", "latitude", "longitude", "country", "conditions_met", "months", "unit"]
_OF_OUTPUTS = [*_PLACE, "waste_code", "is_hazardous", "legal_status", "date_kind", "shelf_life_days", "load_t",
               "quantity_per_yr", "tonnes_per_unit", "outlet_cost_eur_per_unit"]  # fmt: skip
_OF_OPERATORS = ["site_id", "latitude", "longitude", "country", "conditions_met", "process_id", "end_of_waste_id", "rung"]
_OF_NEEDS = [*_PLACE, "waste_codes_accepted", "waste_codes_treated", "permit_headings", "legal_route", "quantity_per_yr",
             "minimum_lot_per_yr", "price_eur_per_unit", "maximum_distance_km"]  # fmt: skip


def _spoken(flows: pd.DataFrame, owner: Integers) -> tuple[pd.DataFrame, Integers]:
    """Flows of which something is understood, and the row of each reading's owner among them."""
    is_there = np.zeros(len(flows), dtype=bool)
    is_there[owner] = True
    if is_there.all():
        return flows, owner
    return flows[is_there], (np.cumsum(is_there) - 1)[owner]


_READ = ["target_kind", "target_id", "confidence", "words", "flags", "end"]


def _readings(said: pd.DataFrame, flows: pd.DataFrame, first: int, of_operators: pd.DataFrame) -> pd.DataFrame:
    """Readings of flows, whose ends are numbered from `first`, and of operators; stated codes speak where words may mislead."""
    parts = [said]
    is_doubtful = (said["confidence"] < 1).to_numpy()
    if is_doubtful.any():
        codes = stated_codes(flows.iloc[np.unique(said["end"].to_numpy()[is_doubtful])])
        parts.append(codes.assign(words="", flags="", end=flows.index.get_indexer(pd.Index(codes["flow_id"])))[_READ])
    if first:
        parts = [part.assign(end=part["end"] + first) for part in parts]
    if len(of_operators):
        parts.append(of_operators.assign(confidence=1.0, words="", flags="")[_READ])
    parts = [part for part in parts if len(part)] or parts[:1]
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _said(said: pd.DataFrame, kind: Any, target: pd.Series, end: Integers) -> pd.DataFrame:
    """Readings of flows as the table that those of operators are added to."""
    rest = {name: said[name].array for name in ("confidence", "words", "flags")}
    return pd.DataFrame({"target_kind": values_of(kind), "target_id": target.array, **rest, "end": end}, copy=False)


def _texts(*parts: pd.Series | int) -> Coded:
    """Texts, or lists, of several tables as one column; empty in as many rows as a number says, and where there are none."""
    codes: list[Integers] = []
    values: list[Any] = []
    for part in parts:
        coded = Coded(np.zeros(part, dtype=np.int64), np.array([""], dtype=object)) if isinstance(part, int) else text(part)
        if len(coded):
            codes.append(coded.code + len(values))
            values += list(coded.entries)
    if len(codes) <= 1:
        return Coded(codes[0] if codes else np.zeros(0, dtype=np.int64), _held(values))
    # One value of several tables has one number.
    number, held = pd.factorize(_held(values), use_na_sentinel=False)
    return Coded(number[np.concatenate(codes)], held)


def text(column: pd.Series) -> Coded:
    """A column of texts or lists; empty where it has none."""
    code, values = pd.factorize(values_of(column), use_na_sentinel=True)
    held = np.asarray(values, dtype=object)
    return Coded(code, _held([*held, ""])) if (code < 0).any() else Coded(code, held)


def _held(values: list[Any]) -> NDArray[np.object_]:
    """Texts or lists as an array of as many."""
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return held


def _conditions(declared: Coded, in_date: NDArray[np.bool_]) -> Coded:
    """Conditions as declared, and that food is within its date where it is."""
    sets = [tuple(some) for some in declared.entries]
    return Coded(declared.code + len(sets) * in_date, _held(sets + [(*some, "food_within_date") for some in sets]))


def _step(makers: int, outputs: pd.DataFrame, loads_t: Sequence[float]) -> Coded:
    """The first of some loads that each pick-up does not exceed, infinite above them all; NaN where nothing tells the load."""
    # A load that is not told is at most what leaves in a year.
    load = outputs["load_t"].fillna(outputs["quantity_per_yr"] * outputs["tonnes_per_unit"]).to_numpy(dtype=float)
    steps = np.sort(np.asarray(loads_t, dtype=float))
    step = np.where(np.isnan(load), len(steps) + 1, np.searchsorted(steps, load))
    return Coded(np.append(np.full(makers, len(steps) + 1), step), np.array([*steps, np.inf, np.nan]))


def _stacked(*parts: Any) -> NDArray[np.float64]:
    return np.concatenate([np.asarray(part, dtype=float) for part in parts])


def _ends(
    side: str, classes: dict[str, Coded], tables: list[pd.DataFrame], *, numbers: dict[str, Any], readings: pd.DataFrame,
    quality: pd.DataFrame, operators: pd.DataFrame,
) -> Ends:  # fmt: skip
    """Number profiles and classes; classes of one profile follow each other."""
    ids = tables[0].index.append(tables[1].index) if len(tables[0]) and len(tables[1]) else max(tables, key=len).index
    classes = {**classes, f"{side}_quality": _qualities(quality, ids)}
    row = distinct([readings[name] for name in readings if name != "end"])
    owner = readings["end"].to_numpy()
    profile = profiles(owner, row, len(ids))
    number = int(profile.max(initial=-1)) + 1
    columns = [(profile, number), *((column.code, len(column.entries)) for column in classes.values())]
    class_, values = numbered(*combined(columns, len(ids)))
    first = first_rows(class_, len(values))
    first = first[np.lexsort((first, profile[first]))]
    renumbered = np.empty(len(first), dtype=np.int64)
    renumbered[class_[first]] = np.arange(len(first))
    is_operator = classes[f"{side}_kind"].eq("operator")
    operator = np.full(len(ids), -1)
    if is_operator.any():
        operator[is_operator] = operators.index.get_indexer(ids[is_operator])
    places = {name: _stacked(*(table[name] for table in tables)) for name in ("latitude", "longitude")}
    is_first = np.zeros(len(ids), dtype=bool)
    is_first[first_rows(profile, number)] = True
    spoken = np.flatnonzero(is_first[owner])
    of_spoken = profile[owner[spoken]]
    order = np.argsort(of_spoken, kind="stable")
    told = {name: readings[name].array.take(spoken[order]) for name in readings if name != "end"}
    return Ends(
        ids=ids,
        columns={"site_id": pd.concat([table["site_id"] for table in tables]),
                 "profile": profile, "class": renumbered[class_], "operator": operator, **places, **numbers},
        readings=pd.DataFrame({**told, "profile": of_spoken[order]}, copy=False),
        classes={name: column[first] for name, column in classes.items()},
        first=first,
        class_profile=profile[first],
    )  # fmt: skip


def _qualities(quality: pd.DataFrame, ids: pd.Index) -> Coded:
    """Number the distinct sets of values and limits that flows declare; 0 where they declare none."""
    if quality.empty:
        return Coded(np.zeros(len(ids), dtype=np.int64), np.zeros(1, dtype=np.int64))
    owner, owners = pd.factorize(quality["flow_id"])
    row = distinct([quality[name] for name in ("parameter", "value", "minimum", "maximum")])
    code = np.append(profiles(owner, row, len(owners)) + 1, 0)
    if not ids.is_unique:
        # Products of one operator share its id.
        return Coded(code[owners.get_indexer(ids)], np.arange(code.max() + 1))
    place, found = ids.get_indexer(owners), np.zeros(len(ids) + 1, dtype=np.int64)
    found[place] = code[:-1]
    return Coded(found[:-1], np.arange(code.max() + 1))


def _month_bits(months: Coded, is_stored: NDArray[np.bool_]) -> Coded:
    """Months as bits; none stated, or a store, means all year."""
    bits = np.array([sum(1 << (month - 1) for month in some) or ALL_YEAR for some in months.entries], dtype=np.int64)
    return Coded(np.where(is_stored, len(bits), months.code), np.append(bits, ALL_YEAR))


def class_ranks(ends: Ends) -> tuple[Integers, Integers]:
    """Rank of each class within its profile, and how many classes each profile has."""
    profile = ends.class_profile
    count = np.bincount(profile)
    first = np.cumsum(count) - count
    return np.arange(len(profile)) - first[profile], count
