"""What one chain would bring by itself: today's outlet and purchase less transport and operators, on whole columns.

A chain is valued as if it alone were carried out: the quantity is what its narrowest leg lets through; the other products of an
operator count at the best price that a need would pay for them, or at their outlet. The fixed cost of an operator is left out:
one that exists pays it anyway, and one to be created would share it between all who feed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from symbiosis.candidates import Candidates


_READ = ["tail_id", "head_id", "head_kind", "material_id", "head_material_id", "upper_per_yr", "ratio",
         "link_eur_per_yr", "transport_eur_per_unit"]  # fmt: skip


def chain_worth(chains: pd.DataFrame, candidates: Candidates, *, has_all_needs: bool = True) -> pd.DataFrame:
    """What could flow on each chain by itself and what it would bring, per year.

    Parameters
    ----------
    chains
        Rows of :attr:`~symbiosis.candidates.Candidates.chains`.
    candidates
        Their legs and flows.
    has_all_needs
        Whether the candidates know every need of the territory. Where they know one alone, the other products of an operator
        count for nothing: nobody looked for who would take them.

    Returns
    -------
    pandas.DataFrame
        Indexed as `chains`: `quantity_per_yr` (units of the output), `quantity_t_per_yr`, `insertion_h_per_yr`,
        `saved_eur_per_yr` (today's outlet), `replaced_eur_per_yr` (today's purchase), `transport_eur_per_yr` (links
        included), `operator_eur_per_yr` (what operators cost less what their other products fetch), `gain_eur_per_yr`
        (the first two less the others), `yield_1` (units that the first operator passes on, per unit of the output).
    """
    legs, flows = candidates.legs, candidates.flows
    products = _products(candidates)
    made = products["share"]
    worth = _product_worth(candidates, products) if has_all_needs else pd.Series(0.0, index=made.index)
    operators = flows.operators
    others = (made * worth).groupby(level=0).sum().reindex(operators.index).fillna(0.0)
    own = operators["cost_eur_per_unit"] - others
    inlets = flows.ports[(flows.ports["direction"] == "input") & ~flows.ports["is_substitutable"]]
    fixed = inlets.drop_duplicates(["operator_id", "material_id"]).set_index(["operator_id", "material_id"])["share"]
    work = operators["labour_h_per_unit"] * operators["insertion_share"]
    price = chains["need_id"].map(flows.needs["price_eur_per_unit"]).astype(float)
    reached = pd.Series(1.0, index=chains.index)
    zero = dict.fromkeys(("replaced", "carried", "operated", "hours", "yearly"), 0.0)
    per = pd.DataFrame({**zero, "limit": np.inf, "yield_1": 1.0}, index=chains.index)
    for place in ("leg_1", "leg_2", "leg_3"):
        used = chains[place] != ""
        if not used.any():  # without operators chains are of one leg
            break
        leg = legs[_READ].reindex(chains[place].where(used)).set_axis(chains.index)
        if place != "leg_1":
            part = _at(made, leg["tail_id"], leg["material_id"])
            # The product that goes on takes the place of the best that it could fetch by itself.
            per["operated"] += (reached * part * _at(worth, leg["tail_id"], leg["material_id"])).where(used, 0.0)
            reached = (reached * part).where(used, reached)
        if place == "leg_2":
            per["yield_1"] = reached
        per["limit"] = per["limit"].where(~used, np.minimum(per["limit"], leg["upper_per_yr"] / reached.where(reached > 0)))
        per["yearly"] += leg["link_eur_per_yr"].where(used, 0.0)
        per["carried"] += (reached * leg["transport_eur_per_unit"]).where(used, 0.0)
        arrives = reached * leg["ratio"]
        per["replaced"] += (arrives * price).where(used & leg["head_kind"].eq("need"), 0.0)
        arrives = arrives / _at(fixed, leg["head_id"], leg["head_material_id"]).where(lambda share: share > 0, 1.0)
        to_operator = used & leg["head_kind"].eq("operator")
        per["operated"] += (arrives * leg["head_id"].map(own).astype(float)).where(to_operator, 0.0)
        per["hours"] += (arrives * leg["head_id"].map(work).astype(float)).where(to_operator, 0.0)
        reached = arrives.where(to_operator, reached)
    amount = per["limit"].fillna(0.0).where(np.isfinite(per["limit"]), 0.0)
    outputs = flows.outputs[["outlet_cost_eur_per_unit", "tonnes_per_unit"]].reindex(chains["output_id"]).set_axis(chains.index)
    flow = pd.DataFrame({
        "quantity_per_yr": amount,
        "quantity_t_per_yr": amount * outputs["tonnes_per_unit"],
        "insertion_h_per_yr": amount * per["hours"],
        "saved_eur_per_yr": amount * outputs["outlet_cost_eur_per_unit"],
        "replaced_eur_per_yr": amount * per["replaced"],
        "transport_eur_per_yr": amount * per["carried"] + per["yearly"],
        "operator_eur_per_yr": amount * per["operated"],
        "yield_1": per["yield_1"],
    })  # fmt: skip
    gain = flow["saved_eur_per_yr"] + flow["replaced_eur_per_yr"] - flow["transport_eur_per_yr"] - flow["operator_eur_per_yr"]
    return flow.assign(gain_eur_per_yr=gain)


def _products(candidates: Candidates) -> pd.DataFrame:
    """What operators make, by operator and material; `share` is what a unit treated gives."""
    ports = candidates.flows.ports
    products = ports[ports["direction"] == "output"].drop_duplicates(["operator_id", "material_id"])
    return products.set_index(["operator_id", "material_id"])


def _product_worth(candidates: Candidates, products: pd.DataFrame) -> pd.Series:
    """Euros that a unit of each product of each operator fetches at best.

    A need whose words are doubtful sets no price: one wrong reading would make gold of a by-product.
    """
    legs = candidates.legs
    sold = legs[(legs["tail_kind"] == "operator") & (legs["head_kind"] == "need") & (legs["feasibility"] != "excluded")]
    sold = sold[~sold["reasons"].astype(str).str.contains("words_uncertain", regex=False)]
    fetched = sold["ratio"] * sold["head_id"].map(candidates.flows.needs["price_eur_per_unit"]).astype(float)
    best = (fetched - sold["transport_eur_per_unit"]).groupby([sold["tail_id"], sold["material_id"]]).max()
    return pd.concat([best.reindex(products.index), -products["outlet_cost_eur_per_unit"]], axis=1).max(axis=1)


def _at(series: pd.Series, *keys: pd.Series) -> pd.Series:
    """Values of a series at pairs of keys, 0 where there is none."""
    where = pd.MultiIndex.from_arrays(list(keys))
    return pd.Series(series.reindex(where).to_numpy(), index=keys[0].index).fillna(0.0).astype(float)
