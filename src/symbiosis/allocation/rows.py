"""Rows and columns of a programme under construction: blocks of sparse triplets that keep the labels of the domain."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation.quality import mixes
from symbiosis.objectives import Case, Coefficients, aged_units
from symbiosis.seasons import in_periods

FAMILIES = (
    "quantity",
    "disposed",
    "purchased",
    "throughput",
    "discarded",
    "is_open",
    "is_linked",
    "trips",
    "is_pooled",
    "is_reached",
    "repriced",
    "is_joined",
    "flow",
    "work",
    "stock",
    "aged",
    "blend",
)
WHOLE = ("is_open", "is_linked", "trips", "is_pooled", "is_reached", "is_joined")
"""Families of columns that count, or say yes or no."""


@dataclass(slots=True)
class Rows:
    """Rows of the programme under construction, as blocks of sparse triplets with their labels."""

    names: list[tuple[str, pd.Index]] = field(default_factory=list)
    lower: list[NDArray[np.float64]] = field(default_factory=list)
    upper: list[NDArray[np.float64]] = field(default_factory=list)
    row: list[NDArray[np.int64]] = field(default_factory=list)
    column: list[NDArray[np.int64]] = field(default_factory=list)
    value: list[NDArray[np.float64]] = field(default_factory=list)
    product_row: list[NDArray[np.int64]] = field(default_factory=list)
    first: list[NDArray[np.int64]] = field(default_factory=list)
    second: list[NDArray[np.int64]] = field(default_factory=list)
    product_value: list[NDArray[np.float64]] = field(default_factory=list)
    count: int = 0

    def add(self, name: str, labels: pd.Index, lower: object, upper: object, terms: list[Term]) -> None:
        """Add one row per label.

        Parameters
        ----------
        name, labels
            The constraint and what its rows are about.
        lower, upper
            Bounds, one number or one per label.
        terms
            Columns, the label of the row each belongs to, and coefficients.
        """
        size = len(labels)
        self.names.append((name, labels))
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=float), size))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), size))
        for term in terms if size else ():
            place = labels.get_indexer(pd.Index(term.labels))
            kept = place >= 0
            values = np.broadcast_to(np.asarray(term.values, dtype=float), len(term.columns))[kept]
            if term.times is None:
                self.row.append(self.count + place[kept])
                self.column.append(term.columns[kept])
                self.value.append(values)
            else:
                self.product_row.append(self.count + place[kept])
                self.first.append(term.columns[kept])
                self.second.append(term.times[kept])
                self.product_value.append(values)
        self.count += size

    def extend(self, other: Rows) -> Rows:
        """Add the rows of a block that was written by itself, from row 0 on."""
        self.names += other.names
        self.row += [place + self.count for place in other.row]
        self.product_row += [place + self.count for place in other.product_row]
        for name in ("lower", "upper", "column", "value", "first", "second", "product_value"):
            getattr(self, name).extend(getattr(other, name))
        self.count += other.count
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Some columns with their coefficients, and the label of the row that each belongs to.

    With `times`, each column is multiplied by another one: the row is quadratic.
    """

    columns: NDArray[np.int64]
    labels: pd.Index | pd.Series
    values: object
    times: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where each family of columns stands: its labels and its first column; the bounds of all; the blends that are columns."""

    labels: dict[str, pd.Index]
    first: dict[str, int]
    size: int
    mixes: pd.DataFrame
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    is_integer: NDArray[np.bool_]

    def columns(self, family: str, labels: pd.Index | None = None) -> NDArray[np.int64]:
        """Positions of the columns of a family, all or those of some labels (which must exist)."""
        if labels is None:
            return self.first[family] + np.arange(len(self.labels[family]), dtype=np.int64)
        place = self.labels[family].get_indexer(labels)
        if (place < 0).any():
            raise KeyError(f"{family}: no column for {labels[place < 0][0]}")
        return self.first[family] + place.astype(np.int64)

    def vector(self, coefficients: Coefficients) -> NDArray[np.float64]:
        """Coefficients as one dense vector; labels without a column are refused unless their coefficient is zero."""
        out = np.zeros(self.size)
        for family, series in coefficients.items():
            place = self.labels[family].get_indexer(series.index)
            lost = (place < 0) & (series.to_numpy() != 0)
            if lost.any():
                raise KeyError(f"{family}: no column for {series.index[lost][0]}")
            np.add.at(out, self.first[family] + place[place >= 0], series.to_numpy(dtype=float)[place >= 0])
        return out

    def split(self, values: NDArray[np.float64]) -> Coefficients:
        """A vector of column values, by family."""
        return {
            family: pd.Series(values[self.first[family] : self.first[family] + len(labels)], index=labels, dtype=float)
            for family, labels in self.labels.items()
        }


def _in_periods(case: Case) -> dict[str, pd.Index]:
    if case.calendar is None:
        return dict.fromkeys(("flow", "work", "stock", "aged"), pd.Index([], dtype=object))
    count = case.calendar.periods
    ids = {"flow": case.legs.index, "work": case.operators.index, "stock": case.calendar.ageless.index}
    return {**{family: in_periods(index, count) for family, index in ids.items()}, "aged": aged_units(case.calendar).index}


def lay_out(case: Case) -> Layout:
    """Where the columns of a case stand."""
    legs, operators = case.legs, case.operators
    blends = mixes(case)
    linked = legs.index[(legs["link_eur_per_yr"] > 0) | (legs["minimum_lot_per_yr"] > 0)]
    labels = {
        "quantity": legs.index,
        "disposed": case.outputs.index,
        "purchased": case.needs.index,
        "throughput": operators.index,
        "discarded": case.products.index,
        "is_open": operators.index[~operators["is_existing"]],
        "is_linked": linked,
        "trips": legs.index[legs["has_whole_trips"]],
        "is_pooled": case.pools.index,
        "is_reached": case.agreements.thresholds.index,
        "repriced": case.agreements.repriced.index,
        "is_joined": case.agreements.coalitions.index,
        "blend": blends.index,
        **_in_periods(case),
    }
    first, size = {}, 0
    for family in FAMILIES:
        first[family] = size
        size += len(labels[family])
    lower, upper = np.zeros(size), np.ones(size)
    for family, most in _most(case).items():
        upper[first[family] : first[family] + len(labels[family])] = np.asarray(most, dtype=float)
    lower[first["blend"] : first["blend"] + len(blends)] = blends["lower"]
    upper[first["blend"] : first["blend"] + len(blends)] = blends["upper"]
    whole = [np.full(len(labels[family]), family in WHOLE) for family in FAMILIES]
    return Layout(labels=labels, first=first, size=size, mixes=blends, lower=lower, upper=upper,
                  is_integer=np.concatenate(whole))  # fmt: skip


def _most(case: Case) -> dict[str, object]:
    """Upper bounds of the columns of each family, where they are not one."""
    legs, outputs, needs = case.legs, case.outputs, case.needs
    trips = np.ceil(legs["upper_per_yr"] * legs["tonnes_per_unit"] / legs["load_t"])
    bounds = {
        "quantity": legs["upper_per_yr"],
        "disposed": (outputs["quantity_per_yr"] - outputs["minimum_per_yr"]).clip(lower=0.0),
        "purchased": (needs["quantity_per_yr"] - needs["minimum_per_yr"]).clip(lower=0.0),
        "throughput": case.operators["capacity"],
        "repriced": np.inf,
        "is_joined": case.agreements.coalitions["is_possible"],
        "discarded": np.where(case.products["has_outlet"], np.inf, 0.0),
        "trips": trips[legs["has_whole_trips"]],
    }
    if case.calendar is None:
        return bounds
    count = case.calendar.periods
    return bounds | {
        "flow": np.repeat(legs["upper_per_yr"].to_numpy(dtype=float), count),
        "work": case.calendar.capacity.to_numpy(dtype=float).ravel(),
        "stock": np.repeat(case.calendar.ageless["capacity"].to_numpy(dtype=float), count),
        "aged": np.inf,
    }
