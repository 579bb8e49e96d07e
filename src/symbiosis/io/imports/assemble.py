"""From movements, whatever file they came from, to an import: period, yearly flows, sites, checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from symbiosis.errors import Problem
from symbiosis.io.imports.checks import Origin
from symbiosis.io.imports.model import Imported, movements_of, verified
from symbiosis.io.imports.outlets import Outlets
from symbiosis.io.imports.places import Places, settle
from symbiosis.io.imports.yearly import need_rows, output_rows, season_rows, window_of, yearly
from symbiosis.materials import Catalogue

_PREFIX = {"outgoing": "out", "incoming": "in"}


def assemble(
    movements: pd.DataFrame,
    origin: Origin,
    *,
    kind: str,
    direction: str,
    label: str,
    catalogue: Catalogue,
    places: Places,
    today: date,
    period: tuple[date, date] | None = None,
    problems: Sequence[Problem] = (),
    notes: Mapping[str, float] | None = None,
    costs: pd.DataFrame | None = None,
) -> Imported:
    """Makes the rows of our tables from movements.

    Parameters
    ----------
    movements
        By line: what :func:`~symbiosis.io.imports.yearly.yearly` asks for, and the facts of each site.
    origin
        The files they came from.
    kind, direction, label
        Kind of import; ``outgoing`` or ``incoming``; what the rows say of where they come from.
    catalogue, places, today
        What is known: codes and outlets, communes and sites, the day.
    period
        What the files cover, where somebody knows it.
    problems, notes
        What was found so far.
    costs
        By flow id: `outlet_cost_eur_per_unit`, `rental_eur_per_yr`, `formula`, from columns of the file.

    Returns
    -------
    Imported
    """
    found = list(problems)
    window, said = window_of(movements["day"], origin.place, period)
    found += said
    flows, flow_of_line = yearly(movements, window, _PREFIX[direction])
    if flows.empty:
        found.append(Problem(code="nothing_to_import", severity="warning", file=origin.place.file, table=origin.place.table))
        return Imported(kind=kind, problems=tuple(sorted(found, key=lambda p: p.place)), notes=dict(notes or {}))
    used = movements.loc[flow_of_line.index]
    tables, lost = settle(used, places, origin, f"{label} ({origin.place.file})")
    found += lost
    year = str(window.last.year if window is not None else (period[1] if period is not None else today).year)
    source = _source(flows, f"{label} ({origin.place.file})", direction)
    if direction == "outgoing":
        rows = output_rows(flows, Outlets(catalogue), year, source)
        if costs is not None:
            mine = costs.reindex(flows["flow_id"]).set_axis(flows.index).fillna("")
            rows["outlet_cost_eur_per_unit"] = mine["outlet_cost_eur_per_unit"]
            rows["rental_eur_per_yr"] = mine["rental_eur_per_yr"]
            rows["source"] = source.str.cat(mine["formula"], sep=" ; ").where(mine["formula"] != "", source)
        tables["outputs"] = rows
    else:
        tables["needs"] = need_rows(flows, year, source)
    tables["seasons"] = season_rows(flows)
    placed = set(tables["sites"]["site_id"])
    flow_table = "outputs" if direction == "outgoing" else "needs"
    tables[flow_table] = tables[flow_table][tables[flow_table]["site_id"].isin(placed)]
    tables["seasons"] = tables["seasons"][tables["seasons"]["flow_id"].isin(tables[flow_table].iloc[:, 0])]
    final, refused = verified(tables, origin, catalogue, today)
    found += refused
    figures = {
        **(notes or {}), "movements": float(len(flow_of_line)), "sites": float(len(final.get("sites", ()))),
        "flows": float(len(final.get(flow_table, ()))),
        "tonnes": float(flows.loc[flows["unit"] == "t", "quantity"].sum()),
    }  # fmt: skip
    covered = None if window is None else (window.first.date(), window.last.date())
    return Imported(
        kind=kind, period=covered, tables=final, problems=tuple(sorted(found, key=lambda p: p.place)),
        movements=movements_of(movements, flow_of_line, origin), notes=figures,
    )  # fmt: skip


def _source(flows: pd.DataFrame, label: str, direction: str) -> pd.Series:
    """One sentence of where a flow comes from: movements, days, what was weighed, to whom, by which operation."""
    lines = []
    for row in flows.itertuples():
        parts = [label]
        if pd.notna(row.first):
            parts.append(f"{row.count:g} mouvement(s) du {row.first:%Y-%m-%d} au {row.last:%Y-%m-%d}")
        elif row.count > 1:
            parts.append(f"{row.count:g} enlèvements")
        if 0 < row.weighed_share < 1:
            parts.append(f"{100 * row.weighed_share:.0f} % des quantités pesées")
        if row.factor > 1:
            parts.append(f"{row.seen:.6g} {row.unit} × {row.factor:.3g} pour douze mois")
        if row.destination:
            parts.append(f"{'vers' if direction == 'outgoing' else 'de'} {row.destination}")
        if row.operations:
            parts.append(f"opération {row.operations}")
        lines.append(" ; ".join(parts))
    return pd.Series(lines, index=flows.index, dtype=object)
