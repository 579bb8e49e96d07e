"""What an operation would be paid, and the work that it makes, from what its operator proposes.

The operator designs the operation itself; what it reads of the others is the :mod:`symbiosis.decisions.market` around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from symbiosis.decisions.market import MONTHS, Market
from symbiosis.declarations import RawTable
from symbiosis.declarations.typed import type_table
from symbiosis.flows import state_operators
from symbiosis.indicators import fte_hours
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.schemas import DECLARATIONS

POSTS = ("pathway", "supervision", "permanent")
"""Kinds of posts, which are never added into one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an operator proposes, in the unit of what the operation takes in.

    Attributes
    ----------
    operator_id, name, process_id, unit, structure
        Which, where it stands in the catalogue, of which kind of structure.
    capacity_per_yr
        At most.
    hourly_cost_eur
        Of an hour of work once aids to the posts are taken off; missing where it is not told.
    cost_eur_per_unit, fixed_cost_eur_per_yr
        Of a unit with its work, and of the year.
    labour_h_per_unit, insertion_share
        Work in a unit, and the part of it in an insertion pathway.
    posts
        Full-time equivalents by :data:`POSTS`.
    months
        When it works; all year where none is told.
    hours_per_fte
        Of its kind of structure.
    """

    operator_id: str
    name: str
    process_id: str
    unit: str
    structure: str
    capacity_per_yr: float
    hourly_cost_eur: float | None
    cost_eur_per_unit: float
    fixed_cost_eur_per_yr: float
    labour_h_per_unit: float
    insertion_share: float
    posts: Mapping[str, float]
    months: tuple[int, ...]
    hours_per_fte: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """What an operation would be paid, at usual prices.

    Attributes
    ----------
    volume_per_yr
        That the figures rest on: what it could treat of what is mobilisable, else its whole capacity.
    is_of_capacity
        Whether it is the capacity, for want of a volume that may be told.
    floor_low_eur_per_unit, floor_high_eur_per_unit
        Least that it has to be paid for taking a unit in, with dear and with cheap products; below zero it can pay for it.
    ceiling_eur_per_unit
        Most that holders usually pay; missing where they are too few.
    yearly_low_eur, yearly_high_eur
        For the volume, between the floor and the ceiling; missing where no price suits both, or nothing is mobilisable.
    needs_dear_products
        Whether a price suits both only where the products sell at the top of their usual prices.
    """

    volume_per_yr: float
    is_of_capacity: bool
    floor_low_eur_per_unit: float
    floor_high_eur_per_unit: float
    ceiling_eur_per_unit: float | None
    yearly_low_eur: float | None
    yearly_high_eur: float | None
    needs_dear_products: bool


def typed_operators(rows: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Operators as somebody types them, read as if they stood in the table of that name.

    Parameters
    ----------
    rows
        Cells by operator id; cells that cannot be read are left empty.

    Returns
    -------
    pandas.DataFrame
        Rows of the table ``operators``.
    """
    table = DECLARATIONS["operators"]
    cells = [{"operator_id": one, **told} for one, told in rows.items()]
    return type_table(table, RawTable(frame=pd.DataFrame(cells, dtype="str").fillna(""))).frame.set_index("operator_id")


def offers_of(
    declared: pd.DataFrame, structures: Mapping[str, str], catalogue: Catalogue, scenario: Scenario
) -> dict[str, Offer]:
    """What operators propose; what they do not tell is that of the process in the catalogue.

    Parameters
    ----------
    declared
        Rows of the table ``operators``.
    structures
        Kind of structure by operator id.
    catalogue, scenario
        What is known and assumed.

    Returns
    -------
    dict of Offer
        By operator id.
    """
    stated = state_operators(declared, catalogue)
    hours = fte_hours(catalogue)
    return {
        str(operator_id): Offer(
            operator_id=str(operator_id), name=str(row["name"]), process_id=str(row["process_id"]), unit=str(row["unit"]),
            structure=structures.get(str(operator_id), ""), capacity_per_yr=float(row["capacity"]),
            hourly_cost_eur=_number(row["hourly_cost_eur_per_h"]), cost_eur_per_unit=float(row["cost_eur_per_unit"]),
            fixed_cost_eur_per_yr=float(row["fixed_cost_eur_per_yr"]), labour_h_per_unit=float(row["labour_h_per_unit"]),
            insertion_share=float(row["insertion_share"]),
            posts={kind: _number(row[f"posts_{kind}_fte"]) or 0.0 for kind in POSTS}, months=tuple(row["months"]),
            hours_per_fte=float(
                hours.get(structures.get(str(operator_id), ""), scenario.insertion_hours_per_fte)
            ),
        )
        for operator_id, row in zip(stated.index, stated.to_dict("records"), strict=True)
    }  # fmt: skip


def pay_of(offer: Offer, market: Market) -> Pay:
    """What the operation would be paid for a unit and a year, from its own costs and usual prices.

    Parameters
    ----------
    offer, market
        Of one operation.

    Returns
    -------
    Pay
    """
    told = market.volumes["mobilisable"].quantity_per_yr
    volume = min(told, offer.capacity_per_yr) if told else offer.capacity_per_yr
    fixed = offer.fixed_cost_eur_per_yr / volume if volume > 0 else 0.0
    own = offer.cost_eur_per_unit + fixed + (market.transport_eur_per_unit or 0.0)
    low, high = own - market.products_high_eur_per_unit, own - market.products_low_eur_per_unit
    ceiling = market.outlet_high_eur_per_unit
    least = high if ceiling is not None and high <= ceiling else low
    is_open = ceiling is not None and least <= ceiling and told != 0.0
    return Pay(
        volume_per_yr=volume, is_of_capacity=not told, floor_low_eur_per_unit=low, floor_high_eur_per_unit=high,
        ceiling_eur_per_unit=ceiling, yearly_low_eur=least * volume if is_open else None,
        yearly_high_eur=ceiling * volume if is_open and ceiling is not None else None,
        needs_dear_products=is_open and least < high,
    )  # fmt: skip


def workload(offer: Offer, volume_per_yr: float) -> pd.DataFrame:
    """The work of a volume, month by month, beside the posts that are proposed.

    Parameters
    ----------
    offer
        Of the operation.
    volume_per_yr
        What it treats.

    Returns
    -------
    pandas.DataFrame
        By month 1 to 12: `quantity`, `hours`, `insertion_hours`, `pathway_fte` (posts in a pathway that these ask for) and
        `posts_fte` (those proposed).
    """
    open_months = offer.months or tuple(MONTHS)
    quantity = np.where(np.isin(list(MONTHS), open_months), volume_per_yr / len(open_months), 0.0)
    hours = quantity * offer.labour_h_per_unit
    insertion = hours * offer.insertion_share
    return pd.DataFrame({
        "quantity": quantity, "hours": hours, "insertion_hours": insertion,
        "pathway_fte": insertion / (offer.hours_per_fte / len(MONTHS)),
        "posts_fte": np.where(quantity > 0, offer.posts.get("pathway", 0.0), 0.0),
    }, index=pd.Index(MONTHS, name="month"))  # fmt: skip


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
