"""On what ground an answer stands: the rows of the catalogue behind the legs of a pair, each with its source or reasoning."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

import pandas as pd

from symbiosis.candidates import Candidates
from symbiosis.materials import Catalogue

BASIS = {
    "materials": "basis", "uses": "basis", "processes": "basis", "outlets": "basis", "legal_rules": "reference",
    "end_of_waste": "text", "legal_conditions": "text", "precedents": "source", "factors": "source",
}  # fmt: skip
"""Tables with a key, and the column that says where a row comes from."""


def grounds_of(
    catalogue: Catalogue,
    candidates: Candidates,
    legs: pd.DataFrame,
    *,
    named: dict[str, list[str]],
    need_id: str,
) -> pd.DataFrame:
    """Rows of the catalogue behind the legs, or behind the step where it stops.

    Parameters
    ----------
    catalogue, candidates
        What is known, and the flows that were looked at.
    legs
        Those of the pair.
    named
        Keys of ``processes`` and ``precedents`` that count beside those of the legs.
    need_id
        Of the pair.

    Returns
    -------
    pandas.DataFrame
        `table`, `key` and `basis`, the source or the reasoning of the row.
    """
    reasons = [code.split(":") for text in dict.fromkeys(legs["reasons"]) for code in text.split(";")]
    ruled = {kind: [code[1] for code in reasons if code[0] in kinds and len(code) > 1] for kind, kinds in (
        ("legal_rules", ("law", "note")), ("end_of_waste", ("end_of_waste", "end_of_waste_not_in_force")),
        ("legal_conditions", ("condition_missing",)))}  # fmt: skip
    flows = candidates.flows
    giver = flows.outputs[["outlet_id", "outlet_cost_origin"]].reindex(legs["tail_id"].unique())
    outlets = giver.loc[giver["outlet_cost_origin"].eq("catalogue"), "outlet_id"]
    prices = []
    if flows.needs.at[need_id, "price_origin"] == "assumed":
        bought = legs.loc[legs["head_kind"].eq("need"), "material_id"].unique()
        prices = list(catalogue.nearest_factor("material_price", pd.Index(bought))["factor_id"])
    keys: dict[str, Iterable[str]] = {
        "materials": legs["material_id"],
        "uses": legs["use_id"],
        "processes": [*legs["head_process_id"], *named["processes"]],
        **ruled,
        "outlets": outlets,
        "factors": prices,
        "precedents": named["precedents"],
    }
    rows = []
    for table, ids in keys.items():
        known = getattr(catalogue, table)
        rows += [(table, key, known.at[key, BASIS[table]]) for key in dict.fromkeys(ids) if key in known.index]
        if table == "uses":
            rows += _pair_rows(catalogue, legs)
    return pd.DataFrame(rows, columns=["table", "key", "basis"])


def _bases(catalogue: Catalogue, table: str, key: str, direction: str = "") -> dict[str, dict[str, str]]:
    """Basis of each row of a long table of the catalogue, by what it is about and by material; kept with the catalogue."""
    name = f"bases:{table}:{key}:{direction}"
    known = catalogue.memory.get(name)
    if isinstance(known, dict):
        return known
    rows = getattr(catalogue, table)
    rows = rows[rows["direction"] == direction] if direction else rows
    bases: dict[str, dict[str, str]] = {}
    for one, material, basis in zip(rows[key], rows["material_id"], rows["basis"], strict=True):
        bases.setdefault(one, {}).setdefault(material, basis)
    catalogue.memory[name] = bases
    return bases


def _above(catalogue: Catalogue) -> dict[str, list[str]]:
    """Each material with those that are broader, the nearest first; kept with the catalogue."""
    known = catalogue.memory.get("above")
    if isinstance(known, dict):
        return known
    rows, above = catalogue.ancestors(), dict[str, list[str]]()
    for material, ancestor in zip(rows["material_id"], rows["ancestor_id"], strict=True):
        above.setdefault(material, []).append(ancestor)
    catalogue.memory["above"] = above
    return above


def _pair_rows(catalogue: Catalogue, legs: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Rows of tables without a key: what a use takes and limits, what a process takes and gives; the nearest material's row."""
    above, rows = _above(catalogue), []
    sides = (
        ("use_materials", "use_id", _bases(catalogue, "use_materials", "use_id")),
        ("process_flows", "head_process_id", _bases(catalogue, "process_flows", "process_id", "input")),
        ("process_flows", "tail_process_id", _bases(catalogue, "process_flows", "process_id", "output")),
    )
    for table, column, bases in sides:
        found = []
        for material, one in dict.fromkeys(zip(legs["material_id"], legs[column], strict=True)):
            basis = bases.get(one, {})
            nearest = next(((i, of) for i, of in enumerate(above.get(material, ())) if of in basis), None)
            if nearest is not None:
                found.append((nearest[0], (table, f"{one} · {nearest[1]}", basis[nearest[1]])))
        rows += [row for _, row in sorted(found, key=itemgetter(0))]
    asked = ";".join(dict.fromkeys(legs["reasons"]))
    limits = catalogue.use_limits[catalogue.use_limits["use_id"].isin(legs["use_id"].unique())]
    rows += [
        ("use_limits", f"{row['use_id']} · {row['parameter']}", row["basis"])
        for row in limits.to_dict("records")
        if f":{row['parameter']}" in asked
    ]
    return rows
