"""A year of movements as yearly flows: by site, waste code and usual name, with mean load, months and today's outlet.

Of more than twelve months the latest twelve are taken, since a flow of next year looks like that of last year and not like the
mean of three. Of less, tonnes are scaled to a year, openly, where the file is dense enough to know what it covers (twelve
movements, two months), and only those of a flow with three movements or more: one pick-up in six months may be the
only one of the year. Otherwise tonnes stay as they are and a warning says so. What was seen stays as the low quantity, and a
scaled flow is declared, not weighed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.errors import Problem
from symbiosis.io.imports.grids import bare
from symbiosis.io.imports.outlets import Outlets
from symbiosis.io.imports.places import site_id, usual

YEAR_DAYS = 365
NEARLY_A_YEAR = 335
LEAST_MOVEMENTS = 12
LEAST_DAYS = 60
LEAST_OF_A_FLOW = 3
# A run of empty months, or an uneven year, that chance would bring less than once in so many flows.
CHANCE = 0.0001
PAID = ("rental", "rotation", "transport", "treatment_cost", "tax", "cost", "resale")
EVIDENCE_RANK = {"weighed": 0, "invoice": 1, "declared": 2, "inferred": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days that count, what brings them to a year, and whether somebody said which days the file covers."""

    first: pd.Timestamp
    last: pd.Timestamp
    factor: float = 1.0
    is_said: bool = False


def window_of(
    days: pd.Series, place: Problem, period: tuple[date, date] | None = None
) -> tuple[Window | None, tuple[Problem, ...]]:
    """Decides which twelve months of a file count.

    Parameters
    ----------
    days
        Day of each movement; NaT where unknown.
    place
        A problem of the file as a whole, to copy where from.
    period
        What the file covers, where somebody knows it.

    Returns
    -------
    Window or None
        None where no movement has a day and nobody said the period.
    tuple of Problem
        What was decided, where it is not simply a year.
    """
    known = days.dropna()
    if known.empty and period is None:
        return None, ()

    def said(code: str, **data: object) -> tuple[Problem, ...]:
        return (Problem(code=code, severity="warning", file=place.file, table=place.table, data=data),)

    if period is not None:
        first, last = pd.Timestamp(period[0]), pd.Timestamp(period[1])
        covered = float((last - first).days + 1)
    else:
        first, last = known.min(), known.max()
        covered = float((last - first).days + 1)
    dates = {"first": first.date().isoformat(), "last": last.date().isoformat()}
    if covered > YEAR_DAYS + 1:
        start = last - pd.DateOffset(years=1) + pd.Timedelta(days=1)
        left = int((known < start).sum())
        return Window(first=start, last=last), said("period_longer", **dates, start=start.date().isoformat(), count=left)
    count = int(known.between(first, last).sum())
    if period is None and count > 1:
        # Movements come at their own pace: what the file covers sticks out by half a gap at each end, on average.
        covered = min(covered * (count + 1) / (count - 1), float(YEAR_DAYS))
    if covered >= NEARLY_A_YEAR:
        return Window(first=first, last=last, is_said=period is not None), ()
    if period is None and (count < LEAST_MOVEMENTS or covered < LEAST_DAYS):
        return Window(first=first, last=last), said("period_unknown", **dates, count=count)
    factor = YEAR_DAYS / covered
    return Window(first=first, last=last, factor=factor, is_said=period is not None), said(
        "period_shorter", **dates, factor=f"{factor:.3g}"
    )


def flow_id(prefix: str, siret: str, code: str, name: str) -> str:
    """Stable key of a flow: the same site, code and name (case and accents aside) always give it."""
    folded = bare(name)
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:32].strip("-")
    digest = hashlib.sha256(f"{siret}|{code}|{folded}".encode()).hexdigest()[:8]
    return "-".join(filter(None, (prefix, siret, code, slug, digest)))


def number(value: float) -> str:
    """A figure as a text cell: point, no more digits than anybody weighs."""
    return "" if value != value else f"{float(value):.12g}"  # noqa: PLR0124 - missing


def yearly(movements: pd.DataFrame, window: Window | None, prefix: str) -> tuple[pd.DataFrame, pd.Series]:
    """Movements gathered by site, code, usual name and unit.

    Parameters
    ----------
    movements
        Indexed by line: `siret`, `description`, `waste_code`, `is_hazardous`, `day`, `quantity`, `unit` (as in the
        file, for a year), `movements`, `evidence`, `destination`, `operations`; and any of :data:`PAID`, in euros.
    window
        The days that count; None where nothing is dated.
    prefix
        Of the keys.

    Returns
    -------
    pandas.DataFrame
        Indexed by the first line of each flow: those columns once, `flow_id`, `first`, `last`, `seen` (before scaling),
        `quantity`, `count`, `load`, `weighed_share`, `months` (tuple), `weights` (tuple, empty where even).
    pandas.Series
        Flow of each movement that counts, by line.
    """
    rows = movements
    if window is not None:
        rows = rows[rows["day"].isna() | rows["day"].between(window.first, window.last)]
    rows = rows.assign(quantity=rows["quantity"].fillna(0.0), movements=rows["movements"].where(rows["quantity"] > 0, 0.0))
    if not (rows["quantity"] > 0).any():
        return pd.DataFrame(columns=["flow_id"]), pd.Series(dtype=object)
    names = {name: bare(name) for name in rows["description"].unique()}
    key = pd.MultiIndex.from_arrays([rows["siret"], rows["waste_code"], rows["description"].map(names), rows["unit"]])
    group, _ = pd.factorize(key)
    by = pd.Series(group, index=rows.index)
    count = np.bincount(group, weights=rows["movements"].to_numpy(dtype=float))
    seen = np.bincount(group, weights=rows["quantity"].to_numpy(dtype=float))
    weighed = np.bincount(group, weights=rows["quantity"].where(rows["evidence"] == "weighed", 0.0).to_numpy(dtype=float))
    first = pd.Series(rows.index).groupby(group).first().to_numpy()
    table = rows.loc[first, ["siret", "waste_code", "unit"]].reset_index(drop=True)
    for column in ("description", "is_hazardous"):
        table[column] = usual(rows[column], by).to_numpy()
    for column in ("destination", "operations"):
        table[column] = usual(rows[column], by, rows["quantity"]).to_numpy()
    rank = rows["evidence"].map(EVIDENCE_RANK).fillna(2).where(rows["quantity"] > 0, 0).to_numpy(dtype=int)
    worst = np.zeros(len(count), dtype=int)
    np.maximum.at(worst, group, rank)
    table["evidence"] = np.array(list(EVIDENCE_RANK))[worst]
    days = rows["day"].where(rows["quantity"] > 0).groupby(group)
    table["first"], table["last"] = days.min().to_numpy(), days.max().to_numpy()
    scaled = np.full(len(count), 1.0 if window is None else window.factor)
    scaled = np.where((count >= LEAST_OF_A_FLOW) | (window is not None and window.is_said), scaled, 1.0)
    table["seen"], table["quantity"], table["count"], table["factor"] = seen, seen * scaled, count, scaled
    table.loc[(scaled > 1) & (table["evidence"] == "weighed"), "evidence"] = "declared"
    table["load"], table["weighed_share"] = seen / np.maximum(count, 1.0), weighed / np.where(seen > 0, seen, 1.0)
    if "year" in rows:
        table["year"] = usual(rows["year"], by).to_numpy()
    for name in (name for name in PAID if name in rows):
        table[name] = np.bincount(group, weights=rows[name].fillna(0.0).to_numpy(dtype=float))
    table["months"], table["weights"] = _seasons(rows, group, len(count), window)
    table["flow_id"] = [
        flow_id(prefix, siret, code, name + ("" if unit == "t" else f" {unit}"))
        for siret, code, name, unit in zip(
            table["siret"], table["waste_code"], table["description"], table["unit"], strict=True
        )
    ]
    of_line = pd.Series(table["flow_id"].to_numpy()[group], index=rows.index, dtype=object)
    table = table.set_index(pd.Index(first, dtype="int64"))
    # A line that only says what was paid belongs to the flow of its name; a flow that nobody weighed is none.
    empty = table["flow_id"][table["seen"] == 0]
    return table.drop(index=empty.index), of_line[~of_line.isin(list(empty))]


def _seasons(
    rows: pd.DataFrame, group: NDArray[np.intp], size: int, window: Window | None
) -> tuple[list[tuple[int, ...]], list[tuple[float, ...]]]:
    """Months of each flow where a run of them is empty beyond chance, and weights by month where they are uneven beyond it."""
    none: tuple[list[tuple[int, ...]], list[tuple[float, ...]]] = ([()] * size, [()] * size)
    if window is None or window.factor > 1 or rows["day"].isna().any():
        return none
    month = rows["day"].dt.month.to_numpy() - 1
    counts, tonnes = np.zeros((size, 12)), np.zeros((size, 12))
    np.add.at(counts, (group, month), rows["movements"].to_numpy(dtype=float))
    np.add.at(tonnes, (group, month), rows["quantity"].to_numpy(dtype=float))
    total = counts.sum(axis=1)
    run = _longest_empty_run(counts)
    # Twelve places where a run of k empty months may begin, each left by all n movements with probability (1 - k/12)^n.
    by_chance = 12 * (1 - run / 12) ** total
    expected = np.maximum(total[:, None], 1e-9) / 12
    uneven = ((counts - expected) ** 2 / expected).sum(axis=1)  # chi-square, 11 degrees of freedom: 37.4 at that chance
    has_months = (run >= 3) & (by_chance < CHANCE)
    has_weights = has_months | ((uneven > 37.4) & (total >= 24) & (tonnes.max(axis=1) >= 2 * tonnes.mean(axis=1)))
    months = [
        tuple(int(m) + 1 for m in np.flatnonzero(c)) if is_so else () for c, is_so in zip(counts, has_months, strict=True)
    ]
    weights = [tuple(t / t.sum()) if is_so else () for t, is_so in zip(tonnes, has_weights, strict=True)]
    return months, weights


def _longest_empty_run(counts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Longest run of months without movement, the year being a ring."""
    empty = np.concatenate([counts == 0, counts == 0], axis=1)
    run = np.zeros(len(counts), dtype=np.int64)
    longest = run.copy()
    for month in range(24):
        run = np.where(empty[:, month], run + 1, 0)
        longest = np.maximum(longest, run)
    return np.minimum(longest, 12)


def season_rows(flows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table ``seasons``: twelve periods of the flows whose year is uneven."""
    told = flows[flows["weights"].map(len) == 12] if "weights" in flows else flows.iloc[:0]
    return pd.DataFrame(
        [(key, str(m + 1), f"{weight:.4f}") for key, ws in zip(told["flow_id"], told.get("weights", []), strict=True)
         for m, weight in enumerate(ws)],
        columns=["flow_id", "period", "weight"], index=np.repeat(told.index.to_numpy(), 12), dtype=object,
    )  # fmt: skip


def output_rows(flows: pd.DataFrame, outlets: Outlets, year: pd.Series, source: pd.Series) -> pd.DataFrame:
    """Rows of the table ``outputs``, as text cells.

    Parameters
    ----------
    flows
        As :func:`yearly` gives them.
    outlets
        To name today's outlet where the operation settles it.
    year
        Of the flows.
    source
        Where each comes from.

    Returns
    -------
    pandas.DataFrame
        Same index.
    """
    is_mass = flows["unit"] == "t"
    scaled = flows["factor"] > 1
    load = flows["load"].where(is_mass & (flows["load"] >= 0.001) & (flows["count"] > 0))
    return pd.DataFrame({
        "output_id": flows["flow_id"], "site_id": flows["siret"].map(site_id), "description": flows["description"],
        "family": "material", "waste_code": flows["waste_code"], "is_hazardous": flows["is_hazardous"], "legal_status": "waste",
        "quantity": flows["quantity"].map(number), "quantity_low": flows["seen"].where(scaled).map(number),
        "unit": flows["unit"],
        "evidence": flows["evidence"], "months": flows["months"].map(lambda some: ";".join(map(str, some))),
        "load_t": load.map(number), "outlet_id": outlets.of(flows), "year": year, "source": source,
    })  # fmt: skip


def need_rows(flows: pd.DataFrame, year: pd.Series, source: pd.Series) -> pd.DataFrame:
    """Rows of the table ``needs``: what a site takes in today, with the codes that it treats; arguments as above."""
    return pd.DataFrame({
        "need_id": flows["flow_id"], "site_id": flows["siret"].map(site_id), "description": flows["description"],
        "family": "material", "waste_codes_accepted": flows["waste_code"], "waste_codes_treated": flows["waste_code"],
        "legal_route": "waste_to_entitled_site", "quantity": flows["quantity"].map(number), "unit": flows["unit"],
        "months": flows["months"].map(lambda some: ";".join(map(str, some))), "evidence": flows["evidence"], "year": year,
        "source": source,
    })  # fmt: skip
