"""What a flow costs today, from what was paid for it: rental apart, the rest by unit, with the formula that gave it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from symbiosis.io.imports.yearly import number

PARTS: Mapping[str, str] = MappingProxyType({
    "rotation": "rotation", "transport": "transport", "treatment_cost": "traitement", "tax": "TGAP", "cost": "coût",
    "resale": "rachat",
})  # fmt: skip
"""Parts of the cost by unit, and how the formula names each; ``resale`` is what is paid for the waste."""


def euros(amount: float) -> str:
    """An amount as a French formula writes it."""
    return f"{amount:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def priced(flows: pd.DataFrame) -> pd.DataFrame:
    """Cost by unit and rental by year of flows.

    Parameters
    ----------
    flows
        With `seen`, `unit`, `factor`, and any of :data:`PARTS` and `rental`: euros over the period.

    Returns
    -------
    pandas.DataFrame
        Same index: `outlet_cost_eur_per_unit`, `rental_eur_per_yr` and `formula`, as text cells, empty where nothing was paid.
    """
    rows = []
    for row in flows.to_dict("records"):
        paid = {name: float(row.get(name) or 0.0) for name in PARTS}
        if any(paid[name] for name in ("rotation", "transport", "treatment_cost", "tax")):
            paid["cost"] = 0.0  # a column of totals beside its parts would count them twice
        paid["resale"] = -abs(paid["resale"])
        said = {name: amount for name, amount in paid.items() if amount}
        rental = float(row.get("rental") or 0.0) * float(row["factor"])
        cell = number(sum(said.values()) / row["seen"]) if said else ""
        terms = " + ".join(f"{PARTS[name]} {euros(amount)}" for name, amount in said.items()).replace("+ rachat -", "- rachat ")
        formula = f"coût = ({terms}) € / {euros(row['seen'])} {row['unit']}" if said else ""
        scale = f" × {row['factor']:.3g}" if row["factor"] > 1 else ""
        if rental:
            formula = "; ".join(filter(None, (formula, f"location {euros(rental)} €/an{scale and ' (' + scale.strip() + ')'}")))
        rows.append((cell, number(rental) if rental else "", formula))
    return pd.DataFrame(
        rows, columns=["outlet_cost_eur_per_unit", "rental_eur_per_yr", "formula"], index=flows.index, dtype=object
    )
