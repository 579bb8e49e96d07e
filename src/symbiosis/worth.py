"""What one chain would bring by itself: today's outlet and purchase less transport and operators, on whole columns.

A chain is valued as if it alone were carried out: the quantity is what its narrowest leg lets through; the other products of an
operator count at what its whole capacity would fetch from the needs that pay best, the rest at their outlet. An operator runs
for its products: a chain that ends with what it is left with counts that alone, at its price and the outlet that it spares. The
fixed cost of an operator is left out: one that exists pays it anyway, and one to be created would share it between all who feed
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.compatibility.findings import Keyed

if TYPE_CHECKING:
    from symbiosis.candidates import Candidates

Integers = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]


def chain_worth(candidates: Candidates, rows: Integers | None = None, *, has_all_needs: bool = True) -> pd.DataFrame:
    """What could flow on each chain by itself and what it would bring, per year.

    Parameters
    ----------
    candidates
        Chains, legs and flows.
    rows
        Which chains, by row; all of them by default.
    has_all_needs
        Whether the candidates know every need of the territory. Where they know one alone, the other products of an operator
        count for nothing: nobody looked for who would take them.

    Returns
    -------
    pandas.DataFrame
        A row per chain: `quantity_per_yr` (units of the output), `quantity_t_per_yr`, `insertion_h_per_yr`,
        `saved_eur_per_yr` (today's outlet; none where a residue goes on), `replaced_eur_per_yr` (today's purchase),
        `transport_eur_per_yr` (links included), `operator_eur_per_yr` (what operators cost less what their other products
        fetch, and less the outlet that a residue spares), `gain_eur_per_yr` (the first two less the others), `yield_1` (units
        that the first operator passes on, per unit of the output).
    """
    legs, flows, paths = candidates.legs, candidates.flows, candidates.paths
    chosen = slice(None) if rows is None else rows
    row = {place: legs_of_place[chosen] for place, legs_of_place in paths.steps.items()}
    number = len(row["leg_1"])
    money = _Money(candidates, has_all_needs=has_all_needs, has_operators=bool((row["leg_2"] >= 0).any()))
    upper, ratio, yearly, transport = (
        legs[name].to_numpy(dtype=float)
        for name in ("upper_per_yr", "ratio", "link_eur_per_yr", "transport_eur_per_unit")
    )  # fmt: skip
    reached, limit, yield_1, kept = (np.full(number, value) for value in (1.0, np.inf, 1.0, 1.0))
    replaced, carried, operated, hours, per_yr = (np.zeros(number) for _ in range(5))
    for place, leg in row.items():
        used = leg >= 0
        if not used.any():  # without operators chains are of one leg
            break
        if place != "leg_1":
            part, is_left = money.part[leg], used & money.is_residue[leg]
            # What brought the residue here was done for the sake of the products, whose chains count it.
            for so_far in (kept, operated, carried, per_yr, hours):
                so_far[is_left] = 0.0
            operated -= np.where(is_left, reached * part * money.spared[leg], 0.0)
            # The product that goes on takes the place of the best that it could fetch by itself.
            operated += np.where(used & ~is_left, reached * part * money.fetched[leg], 0.0)
            reached = np.where(used, reached * part, reached)
        if place == "leg_2":
            yield_1 = reached
        limit = np.where(used, np.minimum(limit, upper[leg] / np.where(reached > 0, reached, np.nan)), limit)
        per_yr += np.where(used, yearly[leg], 0.0)
        carried += np.where(used, reached * transport[leg], 0.0)
        arrives = reached * ratio[leg]
        replaced += np.where(used & ~money.is_treated[leg], arrives * money.price[leg], 0.0)
        arrives = arrives / money.taken[leg]
        to_operator = used & money.is_treated[leg]
        operated += np.where(to_operator, arrives * money.cost[leg], 0.0)
        hours += np.where(to_operator, arrives * money.hours[leg], 0.0)
        reached = np.where(to_operator, arrives, reached)
    amount = np.where(np.isfinite(limit), limit, 0.0)
    of_output = flows.outputs.index.get_indexer(paths.names)[paths.ends["output_id"][chosen]]
    tonnes, saved = (
        flows.outputs[name].to_numpy(dtype=float)[of_output] for name in ("tonnes_per_unit", "outlet_cost_eur_per_unit")
    )
    flow = {
        "quantity_per_yr": amount,
        "quantity_t_per_yr": amount * tonnes,
        "insertion_h_per_yr": amount * hours,
        "saved_eur_per_yr": amount * saved * kept,
        "replaced_eur_per_yr": amount * replaced,
        "transport_eur_per_yr": amount * carried + per_yr,
        "operator_eur_per_yr": amount * operated,
        "yield_1": yield_1,
    }
    gain = flow["saved_eur_per_yr"] + flow["replaced_eur_per_yr"] - flow["transport_eur_per_yr"] - flow["operator_eur_per_yr"]
    return pd.DataFrame({**flow, "gain_eur_per_yr": gain})


class _Money:
    """What legs cost and fetch beside their transport, one row each.

    Attributes
    ----------
    is_treated
        Whether the leg ends at an operator.
    price
        Euros that a unit takes the place of at a need.
    part, fetched, spared, is_residue
        Of a product: units made of a unit treated, the best that one would fetch in euros, what its outlet costs, and whether
        it is what the operator is left with.
    taken
        Units of the leg that a unit treated takes.
    cost, hours
        Of a unit treated by the operator at the head: euros less what its products fetch, hours of insertion.
    """

    def __init__(self, candidates: Candidates, *, has_all_needs: bool, has_operators: bool) -> None:
        legs, flows = candidates.legs, candidates.flows
        self.is_treated = legs["head_kind"].eq("operator").to_numpy()
        self.price = _at(flows.needs["price_eur_per_unit"], flows.needs.index.get_indexer(pd.Index(legs["head_id"])))
        self.part, self.fetched, self.spared, self.cost, self.hours = (np.zeros(len(legs)) for _ in range(5))
        self.is_residue = np.zeros(len(legs), dtype=bool)
        self.taken = np.ones(len(legs))
        if not has_operators:
            return
        operators, ports = flows.operators, flows.ports
        is_product = ports["direction"].eq("output").to_numpy()
        products, inlets = ports[is_product], ports[~is_product & ~ports["is_substitutable"].to_numpy()]
        known = Keyed(products["operator_id"], products["material_id"])
        of_product = known.rows(legs["tail_id"], legs["material_id"])
        worth = np.zeros(len(products))
        if has_all_needs:
            worth = np.nan_to_num(_product_worth(candidates, products, of_product))
        self.part, self.fetched = np.nan_to_num(_at(products["share"], of_product)), np.append(worth, 0.0)[of_product]
        self.spared = np.nan_to_num(_at(products["outlet_cost_eur_per_unit"], of_product))
        self.is_residue = np.append(products["is_residue"].to_numpy(dtype=bool), False)[of_product]
        of_inlet = Keyed(inlets["operator_id"], inlets["material_id"]).rows(legs["head_id"], legs["head_material_id"])
        share = _at(inlets["share"], of_inlet)
        self.taken = np.where(share > 0, share, 1.0)
        others = (products["share"] * worth).iloc[known.first].groupby(products["operator_id"].iloc[known.first]).sum()
        own = operators["cost_eur_per_unit"] - others.reindex(operators.index).fillna(0.0)
        head = operators.index.get_indexer(pd.Index(legs["head_id"]))
        self.cost = _at(own, head)
        self.hours = _at(operators["labour_h_per_unit"] * operators["insertion_share"], head)


def _product_worth(candidates: Candidates, products: pd.DataFrame, of_product: Integers) -> Floats:
    """Euros that a unit of each product of each operator fetches, were its whole capacity sold to the best payers.

    A need pays for what it takes, no more: one that wants four tonnes sets no price for six thousand; what nobody takes goes to
    its outlet. A need whose words are doubtful sets no price either: one wrong reading would make gold of a by-product.
    """
    legs, needs = candidates.legs, candidates.flows.needs
    is_sold = legs["tail_kind"].eq("operator") & legs["head_kind"].eq("need") & legs["feasibility"].ne("excluded")
    row = np.flatnonzero(is_sold.to_numpy() & (of_product >= 0))
    sold = legs[["head_id", "reasons", "ratio", "transport_eur_per_unit"]].iloc[row]
    is_sure = ~sold["reasons"].astype(str).str.contains("words_uncertain", regex=False).to_numpy(dtype=bool)
    row, sold = row[is_sure], sold[is_sure]
    price = _at(needs["price_eur_per_unit"], needs.index.get_indexer(pd.Index(sold["head_id"])))
    wanted = _at(needs["quantity_per_yr"], needs.index.get_indexer(pd.Index(sold["head_id"])))
    offer = pd.DataFrame({
        "product": of_product[row], "wanted": wanted / sold["ratio"].to_numpy(),
        "fetched": sold["ratio"].to_numpy() * price - sold["transport_eur_per_unit"].to_numpy(),
    })  # fmt: skip
    outlet = -products["outlet_cost_eur_per_unit"].to_numpy(dtype=float)
    capacity = candidates.flows.operators["capacity"]
    treated = _at(capacity, capacity.index.get_indexer(pd.Index(products["operator_id"])))
    made = treated * products["share"].to_numpy(dtype=float)
    offer = offer[offer["fetched"].to_numpy() > np.nan_to_num(outlet, nan=-np.inf)[offer["product"]]]
    offer = offer.sort_values(["product", "fetched"], ascending=[True, False], kind="stable")
    before = offer.groupby("product")["wanted"].cumsum() - offer["wanted"]
    taken = np.clip(made[offer["product"]] - before, 0.0, offer["wanted"])
    sums = pd.DataFrame({"product": offer["product"], "taken": taken, "eur": taken * offer["fetched"]}).groupby("product").sum()
    sums = sums.reindex(range(len(products)), fill_value=0.0)
    left = np.maximum(made - sums["taken"].to_numpy(), 0.0)
    whole = sums["eur"].to_numpy() + left * np.nan_to_num(outlet)
    return np.asarray(np.where(made > 0, whole / np.where(made > 0, made, 1.0), outlet))


def _at(column: pd.Series, row: Integers) -> Floats:
    """Values of some rows of a column, NaN where the row is -1."""
    return np.append(column.to_numpy(dtype=float), np.nan)[row]
