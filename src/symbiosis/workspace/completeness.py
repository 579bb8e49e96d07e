"""How complete a company's declarations are, and which missing datum matters most.

The measure is that of the value of a call (:mod:`symbiosis.ranking`): each thing that is not known takes a share of it away, by
a row of ``call_factors``. Only what the company itself can say is counted; what depends on a partner is not its to mend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import pandas as pd

from symbiosis.materials import Catalogue
from symbiosis.resolver import Resolver
from symbiosis.workspace.stored import StoredRow

UNHEARD = 0.1
"""What is left of a flow of which no word is understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A datum that a flow wants.

    Attributes
    ----------
    row_id, description
        Which flow.
    datum
        One of the keys of :data:`symbiosis.ranking.DATA`.
    rise
        By how much the company's completeness would rise with it, between 0 and 1.
    """

    row_id: str
    description: str
    datum: str
    rise: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Of one company.

    Attributes
    ----------
    share
        Mean over its flows of what its own data leaves of the value of a call, 0 without a flow.
    lacks
        What is missing, the datum that matters most first.
    """

    share: float
    lacks: tuple[Lack, ...]


def completeness(rows: Sequence[StoredRow], catalogue: Catalogue, *, knows_prices: bool) -> Completeness:
    """How much of the value of its calls a company's own declarations support.

    Parameters
    ----------
    rows
        Everything that it declares.
    catalogue
        Words and factors.
    knows_prices
        Whether prices were read with the rows; where they were not, nothing is said of them.

    Returns
    -------
    Completeness
    """
    flows = [row for row in rows if row.table_name in ("outputs", "needs")]
    if not flows:
        return Completeness(share=0.0, lacks=())
    headings = {row.row_key: row.cells.get("permit_headings", "") for row in rows if row.table_name == "sites"}
    heard = _heard(flows, catalogue)
    lacks, values = [], []
    for row in flows:
        factors = _factors(row, catalogue, headings.get(row.cells.get("site_id", ""), ""), knows_prices=knows_prices)
        factors["words"] = heard.get(row.id, UNHEARD)
        value = prod(factors.values())
        values.append(value)
        lacks += [
            Lack(
                row_id=row.id,
                description=row.cells.get("description", ""),
                datum=datum,
                rise=(value / factor - value) / len(flows),
            )
            for datum, factor in factors.items()
            if factor < 1
        ]
    lacks.sort(key=lambda lack: (-lack.rise, lack.description, lack.datum))
    return Completeness(share=sum(values) / len(values), lacks=tuple(lacks))


def _heard(flows: Sequence[StoredRow], catalogue: Catalogue) -> dict[str, float]:
    """Confidence with which the words of each flow are understood; 1 where the company has named the material itself."""
    columns = ("description", "family", "material_id", "use_id", "waste_code")
    found: dict[str, float] = {}
    for table, targets in (("outputs", "materials"), ("needs", "materials+uses")):
        asked = {row.id: {column: row.cells.get(column, "") for column in columns} for row in flows if row.table_name == table}
        if asked:
            best = Resolver.of(catalogue).resolve(pd.DataFrame.from_dict(asked, orient="index"), targets=targets, limit=1)  # type: ignore[arg-type]
            found.update({str(flow): float(sure) for flow, sure in best.groupby("flow_id")["confidence"].max().items()})
    return found


def _factors(row: StoredRow, catalogue: Catalogue, headings: str, *, knows_prices: bool) -> dict[str, float]:
    """What each unknown datum of a flow leaves of the value of a call."""
    cells = row.cells
    found = {"quantity": _factor(catalogue, "evidence", cells.get("evidence") or "declared")}
    if row.table_name == "outputs":
        is_waste = cells.get("legal_status", "unknown") in ("", "unknown", "waste") and cells.get("family", "material") in (
            "",
            "material",
        )
        if is_waste and not cells.get("waste_code"):
            found["waste_code"] = _factor(catalogue, "law", "waste_code_missing")
        if knows_prices and not cells.get("outlet_cost_eur_per_unit"):
            found["outlet_cost"] = _factor(catalogue, "outlet_cost", "catalogue" if cells.get("outlet_id") else "unknown")
        return found
    if knows_prices and not cells.get("price_eur_per_unit"):
        is_named = cells.get("material_id") or cells.get("use_id")
        found["price"] = _factor(catalogue, "price", "assumed" if is_named else "unknown")
    if cells.get("legal_route") == "waste_to_entitled_site" or cells.get("waste_codes_accepted"):
        if not headings:
            found["headings"] = _factor(catalogue, "law", "heading_unknown")
        if not cells.get("waste_codes_accepted"):
            found["codes_accepted"] = _factor(catalogue, "law", "codes_accepted_unknown")
    return found


def _factor(catalogue: Catalogue, part: str, case: str) -> float:
    table = catalogue.call_factors
    found = table.loc[table["part"].eq(part) & table["case"].eq(case), "value"]
    return float(found.iloc[0]) if len(found) else 1.0
