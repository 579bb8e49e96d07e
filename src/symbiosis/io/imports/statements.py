"""An internal register or a collector's yearly statement, of any make, read through a mapping of its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd

from symbiosis.declarations.numbers import Mark
from symbiosis.io.imports.checks import Columns, month_of
from symbiosis.io.imports.grids import bare
from symbiosis.io.imports.mapping import ColumnMapping
from symbiosis.io.imports.outlets import Outlets, operation_codes
from symbiosis.io.imports.yearly import PAID
from symbiosis.units import parse_unit, periods_per_year, without_period

_TOTAL = re.compile(r"(?:sous )?tota(?:l|ux)\b|grand total\b|sub ?total\b|somme\b|cumul\b|ensemble\b")
_PRICED = re.compile(r"(?:€|eur|euros?)\s*(?:h\.?t\.?\s*)?(?:/|par|la|per)\s*([a-z]+[3³]?)", re.IGNORECASE)
_KINDS = MappingProxyType({
    "reel": "weighed", "reelle": "weighed", "pese": "weighed", "pesee": "weighed", "weighed": "weighed", "facture": "invoice",
    "facturee": "invoice", "invoice": "invoice", "estime": "declared", "estimee": "declared", "estimated": "declared",
    "declare": "declared", "declared": "declared",
})  # fmt: skip


def read_statement(
    columns: Columns, mapping: ColumnMapping, outlets: Outlets, known: Mapping[str, bool | None], today: date
) -> pd.DataFrame:
    """Movements, or yearly lines, of a register or statement.

    Parameters
    ----------
    columns
        Of the sheet, under the meanings of the mapping; takes the problems.
    mapping
        Units, marks and the site that the file itself does not say.
    outlets, known, today
        As for :func:`~symbiosis.io.imports.registers.read_register`.

    Returns
    -------
    pandas.DataFrame
        By row number, rows without error only, as for :func:`~symbiosis.io.imports.yearly.yearly`.
    """
    totals = total_lines(columns)
    columns.text = columns.text.drop(index=totals)
    columns.require(("description", "waste_code"), "description")
    rows = pd.DataFrame(index=columns.text.index)
    rows["siret"] = _sirets(columns, mapping)
    for name in ("name", "address", "postal_code", "commune", "insee_code"):
        rows[name] = columns.texts({"name": "company"}.get(name, name))
    rows["name"] = rows["name"].where(rows["name"] != "", mapping.company)
    rows["commune"] = rows["commune"].where(rows["commune"] != "", mapping.commune)
    rows["waste_code"], rows["is_hazardous"] = columns.waste_codes("waste_code", "hazardous", known)
    rows["description"] = columns.first_of(("description", "waste_code"))
    rows["day"] = _days(columns, today)
    amounts = {
        name: columns.numbers(name, minimum=None, mark=mark(columns, mapping, name)) for name in PAID if name in columns.text
    }
    own = columns.units_in_cells("quantity")
    rows["quantity"] = columns.numbers("quantity", mark=mark(columns, mapping, "quantity"))
    paid = pd.Series(False, index=rows.index)
    for name, amount in amounts.items():
        rows[name] = amount
        paid |= amount.notna()
    empty = (columns.texts("quantity") == "") & ~paid
    columns.flag(empty, "quantity", "missing_value")
    units(columns, mapping, rows, own)
    if "unit_cost" in columns.text and "cost" not in columns.text:
        price = columns.numbers("unit_cost", minimum=None, mark=mark(columns, mapping, "unit_cost"))
        rows["cost"] = price * rows["quantity"] / priced_units(columns, mapping, rows)
    times = columns.numbers("movements", mark=mark(columns, mapping, "movements"))
    # A dated row is a pick-up; a yearly line is one only where it says how many.
    rows["movements"] = times.where(times > 0, rows["day"].notna().astype(float))
    rows["evidence"] = columns.kinds("evidence", _KINDS).replace("", "declared")
    rows["destination"] = columns.texts("destination")
    rows["operations"] = _treatments(columns, outlets)
    columns.broken_accents(("description", "company", "commune"))
    return rows[~rows.index.isin(list(columns.bad_rows))]


def mark(columns: Columns, mapping: ColumnMapping, name: str) -> Mark | None:
    """Decimal mark of a column that somebody settled.

    Parameters
    ----------
    columns, mapping
        As for :func:`read_statement`.
    name
        Of the column.
    """
    said = mapping.decimal.get(columns.titles.get(name, ""), "")
    return "," if said == "," else "." if said == "." else None


def total_lines(columns: Columns) -> list[int]:
    """Lines that add up the others: they say so, or they have an amount, no code, no day and the sum of what stands above.

    Parameters
    ----------
    columns
        Of the sheet; takes a warning for each.
    """
    names = [name for name in ("description", "waste_code", "company", "date", "month", "destination") if name in columns.text]
    said = pd.Series(False, index=columns.text.index)
    for name in names:
        mine = columns.text[name].map(lambda cell: _TOTAL.match(bare(cell)) is not None).astype(bool)
        columns.flag(mine & ~said, name, "total_line", "warning")
        said |= mine
    last = columns.text.index[-1:] if len(columns.text) > 2 else columns.text.index[:0]
    silent = pd.Series(False, index=columns.text.index)
    if len(last) and "quantity" in columns.text and not (columns.text.loc[last, names] != "").any(axis=None):
        values = pd.to_numeric(
            columns.text["quantity"].str.replace(r"[\s\u00a0\u202f]", "", regex=True).str.replace(",", "."), errors="coerce"
        )
        above = float(values[~said].iloc[:-1].sum())
        silent.loc[last] = bool(np.isclose(values.loc[last[0]], above, rtol=1e-6))
    columns.flag(silent & ~said, "quantity", "total_line", "warning")
    return list(columns.text.index[said | silent])


def _sirets(columns: Columns, mapping: ColumnMapping) -> pd.Series:
    """Establishment of each row: of the file, else the one that was said for the whole of it."""
    own = columns.sirets(columns.texts("siret"), "siret")
    if not mapping.siret:
        if "siret" in columns.text:
            columns.flag(columns.texts("siret") == "", "siret", "missing_value")
        else:
            columns.problems.append(columns.problem(None, "siret", "no_site"))
        return own
    return own.where(columns.texts("siret") != "", "".join(mapping.siret.split()))


def _days(columns: Columns, today: date) -> pd.Series:
    """Day of each row, from a date, or the middle of its month."""
    if "date" in columns.text:
        return columns.days("date", today)
    none = pd.Series(pd.NaT, index=columns.text.index, dtype="datetime64[ns]")
    if "month" not in columns.text:
        return none
    cells, years = columns.texts("month"), columns.texts("year")
    text = {cell: _month(cell) for cell in cells.unique()}
    month = cells.map({cell: found[1] for cell, found in text.items()})
    year = cells.map({cell: found[0] for cell, found in text.items()})
    year = year.where(year > 0, pd.to_numeric(years, errors="coerce").fillna(0).astype(int))
    known = (month > 0) & (year > 1990)
    columns.flag((cells != "") & ~known, "month", "unreadable_date", "warning")
    stamp = year.astype(str) + "-" + month.astype(str).str.zfill(2) + "-15"
    return none.where(~known, pd.to_datetime(stamp.where(known, None), format="%Y-%m-%d", errors="coerce"))


def _month(cell: str) -> tuple[int, int]:
    """Year and month of ``03/2025``, ``2025-03``, ``mars 2025``, ``mars``; zero where unknown."""
    for pattern, order in ((r"(\d{1,2})/(\d{4})", (2, 1)), (r"(\d{4})-(\d{1,2})(?:-\d+)?", (1, 2))):
        match = re.fullmatch(pattern, cell.strip())
        if match and 1 <= int(match.group(order[1])) <= 12:
            return int(match.group(order[0])), int(match.group(order[1]))
    match = re.fullmatch(r"([a-z]{3,})\.? ?(\d{4})?", bare(cell))
    if match:
        number = month_of(match.group(1))
        if number:
            return int(match.group(2) or 0), number
    return 0, int(cell) if cell.strip().isdecimal() and 1 <= int(cell) <= 12 else 0


def units(columns: Columns, mapping: ColumnMapping, rows: pd.DataFrame, own: pd.Series) -> None:
    """Quantities in the reference unit of each row.

    Parameters
    ----------
    columns, mapping
        As for :func:`read_statement`.
    rows
        With `quantity`; takes `unit`.
    own
        Units that stand in the cells of the quantity themselves: they count before all others.
    """
    told = own.where(own != "", columns.texts("unit"))
    written = told.where(told != "", mapping.unit)
    times, period = periods_per_year(mapping.unit), mapping.unit.partition("/")[2]
    if period:
        # "Quantité par semaine" beside a column of units: the week holds for them too, unless they name a period themselves.
        has_none = (own == "") & (told != "") & (told.map(without_period) == told.str.casefold())
        written = written.where(~has_none, written + "/" + period)
    if times > 1 and written.str.endswith(f"/{period}").any():
        at = columns.sheet.rows[columns.position][0]
        columns.problems.append(
            columns.problem(at, "quantity", "made_a_year", "warning", unit=mapping.unit, times=f"{times:g}")
        )
    parsed = {cell: parse_unit(cell) for cell in written.unique()}
    strange = written.isin([cell for cell, unit in parsed.items() if unit is None])
    columns.flag(strange, "unit" if "unit" in columns.text else "quantity", "unknown_unit")
    rows["unit"] = written.map({cell: "t" if unit is None else unit.reference for cell, unit in parsed.items()})
    rows["quantity"] *= written.map({cell: 1.0 if unit is None else unit.factor for cell, unit in parsed.items()})


def priced_units(columns: Columns, mapping: ColumnMapping, rows: pd.DataFrame) -> pd.Series:
    """How many reference units make the one that a price by unit is said for.

    That is the unit of its own title, ``€/t``, else that of the column of units or of the quantities, whatever a cell says.

    Parameters
    ----------
    columns, mapping
        As for :func:`read_statement`.
    rows
        With `unit`, the reference unit.

    Returns
    -------
    pandas.Series
        A positive number a row.
    """
    titled = _PRICED.search(columns.titles.get("unit_cost", ""))
    written = columns.texts("unit").where(columns.texts("unit") != "", mapping.unit).map(without_period)
    told = pd.Series(titled.group(1).casefold() if titled else "", index=rows.index, dtype=object)
    factor = pd.Series(1.0, index=rows.index)
    for texts in (written, told):
        units = texts.map({text: parse_unit(text) for text in texts.unique()})
        fits = pd.Series([unit is not None and unit.reference == one for unit, one in zip(units, rows["unit"], strict=True)],
                         index=rows.index, dtype=bool)  # fmt: skip
        factor = factor.where(~fits, units.map(lambda unit: 1.0 if unit is None else unit.factor).astype(float))
    return factor


def _treatments(columns: Columns, outlets: Outlets) -> pd.Series:
    """Operation codes of each row; words instead of codes are kept for nothing else than being shown."""
    cells = columns.texts("treatment")
    return cells.map({cell: ", ".join(c for c in operation_codes(cell) if outlets.known(c)) for cell in cells.unique()})
