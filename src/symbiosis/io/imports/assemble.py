"""From movements, whatever file they came from, to an import: period, yearly flows, sites, checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from symbiosis.errors import Problem
from symbiosis.io.imports.checks import Origin
from symbiosis.io.imports.costs import priced
from symbiosis.io.imports.model import Imported, movements_of, verified
from symbiosis.io.imports.outlets import Outlets
from symbiosis.io.imports.places import Places, settle
from symbiosis.io.imports.yearly import PAID, need_rows, output_rows, season_rows, window_of, yearly
from symbiosis.materials import Catalogue

_PREFIX = {"outgoing": "out", "incoming": "in"}


def assemble(
    movements: Mapping[str, pd.DataFrame],
    origin: Origin,
    *,
    kind: str,
    label: str,
    catalogue: Catalogue,
    places: Places,
    today: date,
    prefix: str = "",
    period: tuple[date, date] | None = None,
    problems: Sequence[Problem] = (),
    notes: Mapping[str, float] | None = None,
) -> Imported:
    """Makes the rows of our tables from movements.

    Parameters
    ----------
    movements
        ``outgoing`` and ``incoming``, by line: what :func:`~symbiosis.io.imports.yearly.yearly` asks for, and the facts of each
        site.
    origin
        The files they came from.
    kind, label
        Kind of import; what the rows say of where they come from.
    catalogue, places, today
        What is known: codes and outlets, communes and sites, the day.
    prefix
        Of the keys, where they must differ from those of a company's own files.
    period
        What the files cover, where somebody knows it.
    problems, notes
        What was found so far.

    Returns
    -------
    Imported
    """
    found = list(problems)
    source = f"{label} ({', '.join(sorted({c.sheet.file for c in origin.files}))})"
    window, said = window_of(pd.concat([rows["day"] for rows in movements.values()]), origin.place, period)
    found += said
    year = str((window.last if window is not None else today).year)
    tables: dict[str, pd.DataFrame] = {}
    used: list[pd.DataFrame] = []
    seasons: list[pd.DataFrame] = []
    tonnes = 0.0
    for direction, rows in movements.items():
        flows, flow_of_line = yearly(rows, window, prefix + _PREFIX[direction])
        if flows.empty:
            continue
        used.append(rows.loc[flow_of_line.index].assign(flow_id=flow_of_line))
        seasons.append(season_rows(flows))
        tonnes += float(flows.loc[flows["unit"] == "t", "quantity"].sum())
        told = _source(flows, source, direction)
        years = flows["year"] if "year" in flows else pd.Series(year, index=flows.index)
        if direction == "incoming":
            tables["needs"] = need_rows(flows, years, told)
            continue
        tables["outputs"] = output_rows(flows, Outlets(catalogue), years, told)
        if any(name in flows for name in PAID):
            paid = priced(flows)
            tables["outputs"]["outlet_cost_eur_per_unit"] = paid["outlet_cost_eur_per_unit"]
            tables["outputs"]["rental_eur_per_yr"] = paid["rental_eur_per_yr"]
            tables["outputs"]["source"] = told.str.cat(paid["formula"], sep=" ; ").where(paid["formula"] != "", told)
    if not used:
        found.append(Problem(code="nothing_to_import", severity="warning", file=origin.place.file, table=origin.place.table))
        return Imported(kind=kind, problems=tuple(found), notes=dict(notes or {}))
    lines = pd.concat(used)
    ground, lost = settle(lines, places, origin, source)
    tables = {**ground, **tables, "seasons": pd.concat(seasons)}
    placed = list(ground["sites"]["site_id"])
    for name in ("outputs", "needs"):
        if name in tables:
            tables[name] = tables[name][tables[name]["site_id"].isin(placed)]
    flows_left = [key for name in ("outputs", "needs") if name in tables for key in tables[name].iloc[:, 0]]
    tables["seasons"] = tables["seasons"][tables["seasons"]["flow_id"].isin(flows_left)]
    final, refused = verified(tables, origin, catalogue, today)
    lines = lines[
        lines["flow_id"].isin([key for name in ("outputs", "needs") if name in final for key in final[name].iloc[:, 0]])
    ]
    figures: dict[str, float] = dict(notes or {})
    figures |= {"movements": float(len(lines)), "tonnes": tonnes}
    figures |= {name: float(len(final[name])) for name in ("sites", "outputs", "needs") if name in final}
    covered = None if window is None else (window.first.date(), window.last.date())
    return Imported(
        kind=kind, period=covered, tables=final, problems=(*found, *lost, *refused),
        movements=movements_of(lines, origin), notes=figures,
    )  # fmt: skip


def _source(flows: pd.DataFrame, label: str, direction: str) -> pd.Series:
    """One sentence of where a flow comes from: movements, days, what was weighed, to whom, by which operation."""
    lines = []
    for row in flows.to_dict("records"):
        parts = [label]
        if pd.notna(row["first"]):
            parts.append(f"{row['count']:g} mouvement(s) du {row['first']:%Y-%m-%d} au {row['last']:%Y-%m-%d}")
        elif row["count"] > 1:
            parts.append(f"{row['count']:g} enlèvements")
        if 0 < row["weighed_share"] < 1:
            parts.append(f"{100 * row['weighed_share']:.0f} % des quantités pesées")
        if row["factor"] > 1:
            parts.append(f"{row['seen']:.6g} {row['unit']} × {row['factor']:.3g} pour douze mois")
        if row["destination"]:
            parts.append(f"{'vers' if direction == 'outgoing' else 'de'} {row['destination']}")
        if row["operations"]:
            parts.append(f"opération {row['operations']}")
        lines.append(" ; ".join(parts))
    return pd.Series(lines, index=flows.index, dtype=object)
