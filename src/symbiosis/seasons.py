"""When things arise, are wanted and can be worked on: quantities by period, and the stocks that carry them over.

A run has one period (the year) unless its scenario asks for more. Quantities of the declarations stay those of the whole
horizon; a period's part follows from the declared weights (table ``seasons``), else from the months, else from its length. A
horizon of a year closes on itself: what is stored in December is there in January. A shorter one starts and ends empty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.flows import Flows
from symbiosis.scenario import Scenario

YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Quantities by period; the columns of the frames are the periods 0, 1…

    Attributes
    ----------
    supply, demand, capacity
        By output, need, operator: units in each period.
    stores
        By source (output, or ``operator|output|material``): `capacity`, `keep_share` (what is left after one period),
        `cost_eur_per_unit` (a period), `life` (periods that a unit may wait).
    is_cyclic
        Whether the last period is followed by the first.
    """

    supply: pd.DataFrame
    demand: pd.DataFrame
    capacity: pd.DataFrame
    stores: pd.DataFrame
    is_cyclic: bool

    @property
    def periods(self) -> int:
        """How many there are."""
        return int(self.supply.shape[1])

    @property
    def ageless(self) -> pd.DataFrame:
        """Stores in which nothing spoils by age within the horizon."""
        return self.stores[self.stores["life"] >= self.periods]

    @property
    def perishable(self) -> pd.DataFrame:
        """Stores whose content has a last day."""
        return self.stores[self.stores["life"] < self.periods]


def calendar_of(flows: Flows, scenario: Scenario) -> Calendar | None:
    """Quantities by period, or None where the year is one period.

    Parameters
    ----------
    flows, scenario
        What is declared and assumed.

    Returns
    -------
    Calendar or None
    """
    count = scenario.periods
    if count == 1:
        return None
    days = scenario.horizon_days / count
    is_year = scenario.horizon_days >= YEAR_DAYS - 5
    told = flows.seasons[flows.seasons["period"].between(1, count)]
    weights = told.pivot_table(index="flow_id", columns="period", values="weight", aggfunc="sum").fillna(0.0)
    weights = weights.reindex(columns=np.arange(1, count + 1, dtype=float), fill_value=0.0)

    def shared(table: pd.DataFrame, amount: str) -> pd.DataFrame:
        months = table["months"] if is_year and "months" in table else pd.Series([()] * len(table), index=table.index)
        parts = np.array([_month_parts(tuple(some), count) for some in months]).reshape(len(table), count)
        known = weights.reindex(table.index).to_numpy(dtype=float)
        parts = np.where(np.isnan(known), parts, known)
        total = parts.sum(axis=1, keepdims=True)
        parts = np.divide(parts, total, out=np.full_like(parts, 1.0 / count), where=total > 0)
        return pd.DataFrame(parts * table[[amount]].to_numpy(dtype=float), index=table.index, columns=range(count))

    return Calendar(
        supply=shared(flows.outputs, "quantity_per_yr"),
        demand=shared(flows.needs, "quantity_per_yr"),
        capacity=shared(flows.operators, "capacity"),
        stores=_stores(flows, days),
        is_cyclic=is_year,
    )


def in_periods(ids: pd.Index | pd.Series, count: int) -> pd.Index:
    """Labels ``id@1``, ``id@2``… of some ids, period after period.

    Parameters
    ----------
    ids
        What happens in periods.
    count
        How many there are.

    Returns
    -------
    pandas.Index
    """
    return pd.Index([f"{name}@{period}" for name in ids for period in range(1, count + 1)], dtype=object)


def _month_parts(months: tuple[int, ...], count: int) -> NDArray[np.float64]:
    """How much of the active months falls in each of some equal parts of the year."""
    edges = np.arange(count + 1) / count
    active = months or tuple(range(1, 13))
    begins = np.array([(month - 1) / 12 for month in active])[:, None]
    overlap = np.minimum(edges[1:], begins + 1 / 12) - np.maximum(edges[:-1], begins)
    return np.asarray(overlap.clip(min=0.0).sum(axis=0))


def _stores(flows: Flows, days: float) -> pd.DataFrame:
    stores = flows.stores
    of_operator = stores["flow_id"].isin(flows.operators.index)
    source = stores["flow_id"].where(~of_operator, stores["flow_id"] + "|output|" + stores["material_id"])
    life = stores["shelf_life_days"].fillna(stores["flow_id"].map(flows.outputs["shelf_life_days"]).astype(float))
    table = pd.DataFrame({
        "capacity": stores["capacity"].to_numpy(dtype=float),
        "keep_share": (1.0 - stores["loss_share_per_day"].fillna(0.0).to_numpy(dtype=float)) ** days,
        "cost_eur_per_unit": stores["cost_eur_per_unit_day"].fillna(0.0).to_numpy(dtype=float) * days,
        # Nothing is delivered after its use-by: a unit may wait as many whole periods as its life holds.
        "life": np.floor(life.fillna(np.inf).to_numpy(dtype=float) / days + 1e-9),
    }, index=pd.Index(source.to_numpy(dtype=object), name="source_id"))  # fmt: skip
    return table.sort_index()
