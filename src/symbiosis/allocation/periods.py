"""The year's plan, carried out period by period: every family of rows that a season, a stock or an age adds.

The columns of the year stay what they are, with their costs, lots, trips and projects; beside them stands how much of each
leg runs in each period. A year of one period has none of these rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.allocation.rows import Layout, Rows, Term
from symbiosis.objectives import Case, aged_units
from symbiosis.seasons import Calendar, in_periods

NAMES = ("period_sum", "period_supply", "period_need", "period_input", "shelf_life", "shelf_arrival", "shelf_stock")
"""Families of rows that a year of one period has not."""


def write_periods(case: Case, layout: Layout, rows: Rows) -> None:
    """Write what holds in each period.

    Parameters
    ----------
    case, layout, rows
        What may be used, where its columns stand, and the rows to add to.
    """
    calendar = case.calendar
    if calendar is None:
        for name in NAMES:
            rows.add(name, pd.Index([], dtype=object), 0.0, 0.0, [])
        return
    count, legs = calendar.periods, case.legs
    inlet = case.ports_of_legs("input")
    source = legs["tail_id"].astype(object).where(legs["tail_kind"].eq("output"), case.ports_of_legs("output"))

    def flow(chosen: NDArray[np.bool_], owner: pd.Series, values: object) -> Term:
        """Each leg in each period, for the row of its owner in the period."""
        places = np.flatnonzero(chosen)
        factor = np.broadcast_to(np.asarray(values, dtype=float), len(legs))[places]
        return Term(columns=_columns(layout, "flow", places, count), labels=in_periods(owner.iloc[places], count),
                    values=np.repeat(factor, count))  # fmt: skip

    def work(owners: pd.Index | pd.Series, operators: pd.Series | pd.Index, values: object) -> Term:
        places = case.operators.index.get_indexer(pd.Index(operators))
        factor = np.broadcast_to(np.asarray(values, dtype=float), len(places))
        return Term(columns=_columns(layout, "work", places, count), labels=in_periods(owners, count),
                    values=np.repeat(factor, count))  # fmt: skip

    sums = pd.Index([*legs.index, *case.operators.index], dtype=object)
    yearly = [Term(columns=layout.columns("quantity"), labels=legs.index, values=-1.0),
              Term(columns=layout.columns("throughput"), labels=case.operators.index, values=-1.0)]  # fmt: skip
    parts = [_columns(layout, family, np.arange(len(ids)), count) for family, ids in
             (("flow", legs.index), ("work", case.operators.index))]  # fmt: skip
    rows.add("period_sum", sums, 0.0, 0.0, [
        Term(columns=parts[0], labels=pd.Index(np.repeat(legs.index.to_numpy(), count)), values=1.0),
        Term(columns=parts[1], labels=pd.Index(np.repeat(case.operators.index.to_numpy(), count)), values=1.0),
        *yearly,
    ])  # fmt: skip

    products, perishable = case.products, calendar.perishable.index
    plain = pd.Index([s for s in [*case.outputs.index, *products.index] if s not in set(perishable)], dtype=object)
    stocked = _stock_terms(calendar, layout)
    upper = calendar.supply.reindex(plain).fillna(0.0).to_numpy().ravel()
    # A product without outlet leaves in its period, or is kept: nothing of it is lost on the way.
    bound = plain.isin(products.index[~products["has_outlet"]])
    made = products[products.index.isin(plain)]
    rows.add("period_supply", in_periods(plain, count), np.repeat(np.where(bound, 0.0, -np.inf), count), upper, [
        *stocked,
        flow(source.isin(plain).to_numpy(), source, 1.0),
        work(made.index, made["operator_id"], -made["share"]),
    ])  # fmt: skip
    to_need = legs["head_kind"].eq("need").to_numpy()
    rows.add("period_need", in_periods(case.needs.index, count), -np.inf, calendar.demand.to_numpy().ravel(), [
        flow(to_need, legs["head_id"], legs["ratio"]),
    ])  # fmt: skip
    inlets = case.ports[case.ports["direction"] == "input"]
    mixed = pd.Index(inlets.loc[inlets["is_substitutable"], "operator_id"].unique(), dtype=object)
    fixed = inlets[~inlets["is_substitutable"]]
    takes_any = inlet.isin(inlets.index[inlets["is_substitutable"]]).to_numpy()
    rows.add("period_input", in_periods(mixed.append(fixed.index), count), 0.0, 0.0, [
        flow(takes_any, legs["head_id"], legs["ratio"]),
        flow(inlet.isin(fixed.index).to_numpy(), inlet, legs["ratio"]),
        work(fixed.index, fixed["operator_id"], -fixed["share"]),
        work(mixed, mixed, -1.0),
    ])  # fmt: skip
    _write_ages(case, calendar, layout, rows, flow(source.isin(perishable).to_numpy(), source, 1.0))


def _columns(layout: Layout, family: str, places: NDArray[np.integer], count: int) -> NDArray[np.int64]:
    return (layout.first[family] + places[:, None] * count + np.arange(count)).ravel().astype(np.int64)


def _stock_terms(calendar: Calendar, layout: Layout) -> list[Term]:
    """What is kept at the end of each period, and what is left of it in the next."""
    stores, count = calendar.ageless, calendar.periods
    columns = _columns(layout, "stock", np.arange(len(stores)), count).reshape(len(stores), count)
    names = in_periods(stores.index, count).to_numpy().reshape(len(stores), count)
    keep = np.repeat(stores["keep_share"].to_numpy(), count).reshape(len(stores), count)
    before, after = columns, np.roll(names, -1, axis=1)
    if not calendar.is_cyclic:
        before, after, keep = before[:, :-1], after[:, :-1], keep[:, :-1]
    return [
        Term(columns=columns.ravel(), labels=pd.Index(names.ravel(), dtype=object), values=1.0),
        Term(columns=before.ravel(), labels=pd.Index(after.ravel(), dtype=object), values=-keep.ravel()),
    ]


def _write_ages(case: Case, calendar: Calendar, layout: Layout, rows: Rows, delivered: Term) -> None:
    """What is delivered in a period arrived in one of the last ones; what waits shrinks, and must fit in the store."""
    stores, count = calendar.perishable, calendar.periods
    aged = aged_units(calendar)
    columns = layout.columns("aged")
    by_delivery = pd.Index(aged["source_id"] + "@" + (aged["leaves"] + 1).astype(str), dtype=object)
    by_arrival = pd.Index(aged["source_id"] + "@" + (aged["arrives"] + 1).astype(str), dtype=object)
    labels = in_periods(stores.index, count)
    rows.add("shelf_life", labels, 0.0, 0.0, [
        Term(columns=columns, labels=by_delivery, values=-1.0),
        delivered,
    ])  # fmt: skip
    made = case.products[case.products.index.isin(stores.index)]
    places = case.operators.index.get_indexer(pd.Index(made["operator_id"]))
    rows.add("shelf_arrival", labels, -np.inf, calendar.supply.reindex(stores.index).fillna(0.0).to_numpy().ravel(), [
        Term(columns=columns, labels=by_arrival, values=aged["drawn"]),
        *([Term(columns=_columns(layout, "work", places, count), labels=in_periods(made.index, count),
                values=-np.repeat(made["share"].to_numpy(), count))] if len(made) else []),
    ])  # fmt: skip
    waiting = aged.loc[aged.index.repeat(aged["age"])]
    steps = waiting.groupby(level=0).cumcount().to_numpy()
    period = (waiting["arrives"].to_numpy() + steps) % count
    held = waiting["keep_share"].to_numpy() ** (steps - waiting["age"].to_numpy())
    names = [f"{source}@{at + 1}" for source, at in zip(waiting["source_id"], period, strict=True)]
    rows.add("shelf_stock", labels, -np.inf, np.repeat(stores["capacity"].to_numpy(), count), [
        Term(columns=layout.columns("aged", waiting.index), labels=pd.Index(names, dtype=object), values=held),
    ])  # fmt: skip
