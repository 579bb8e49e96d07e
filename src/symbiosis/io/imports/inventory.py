"""A list of companies with what leaves their sites or what they look for, as facilitators keep it: by name and commune.

Each sheet is a list of its own, of outputs or of needs: its name and titles say which. A company is its name and its commune.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from symbiosis.errors import Problem
from symbiosis.io.imports.checks import LINES_PER_FILE, Columns, Origin
from symbiosis.io.imports.grids import bare
from symbiosis.io.imports.mapping import ColumnMapping, Guess, find_table, settled
from symbiosis.io.imports.model import Imported, verified
from symbiosis.io.imports.places import Places, settle, site_id
from symbiosis.io.imports.statements import mark, priced_units, total_lines, units
from symbiosis.io.imports.yearly import number
from symbiosis.io.sheets import RawSheet
from symbiosis.materials import Catalogue

LABEL = "Inventaire"
_NEED = re.compile(r"\b(?:besoins?|recherch\w*|cherche\w*|demandes?|achats?|intrants?|needs?|wanted|looking for|inputs?)\b")
_SITE = ("address", "postal_code", "commune", "insee_code")


def find_inventory(sheet: RawSheet) -> tuple[int, tuple[Guess, ...]] | None:
    """Heading line of a list of companies and what its columns mean; none where a sheet knows days or numbers of sites.

    Parameters
    ----------
    sheet
        Any sheet.
    """
    found = find_table(sheet)
    if found is None:
        return None
    meanings = {guess.meaning for guess in found[1]}
    needed, register = {"company", "description", "quantity"}, {"siret", "date", "month", "movements"}
    return found if needed <= meanings and not meanings & register else None


def read_inventory(
    sheets: Sequence[RawSheet],
    mapping: ColumnMapping | None,
    *,
    catalogue: Catalogue,
    places: Places,
    today: date,
    hazard: Mapping[str, bool | None],
) -> Imported:
    """Rows of our tables from lists of companies.

    Parameters
    ----------
    sheets
        Of one file or several; those that are no such list are left.
    mapping
        Meaning of the columns, where it is given; it holds for every sheet that has them.
    catalogue, places, today, hazard
        As for :func:`~symbiosis.io.imports.assemble.assemble` and :meth:`~symbiosis.io.imports.checks.Columns.waste_codes`.

    Returns
    -------
    Imported
        With the mapping of the first list.
    """
    columns: list[Columns] = []
    tables: list[pd.DataFrame] = []
    kept: list[tuple[ColumnMapping, tuple[str, ...]]] = []
    left: list[Problem] = []
    for sheet in sheets:
        found = find_table(sheet, mapping) if mapping is not None and mapping.columns else find_inventory(sheet)
        if found is None:
            # A list that is left without a word would be missed by nobody before its companies ask where it went.
            if sum(sum(map(bool, cells)) > 1 for _, cells in sheet.rows) > 1:
                left.append(Problem(code="import_sheet_left", severity="warning", file=sheet.file, table=sheet.table,
                                    value=sheet.sheet or sheet.file))  # fmt: skip
            continue
        position, guesses = found
        places_of = {guess.meaning: i for i, guess in reversed(list(enumerate(guesses))) if guess.meaning}
        read = Columns(sheet=sheet, position=position, places=places_of)
        meant = settled(guesses, mapping)
        rows = _rows(read, meant, hazard)
        rows["is_need"] = _is_need(sheet, read)
        columns.append(read)
        tables.append(rows.set_axis(rows.index + LINES_PER_FILE * (len(columns) - 1)))
        kept.append((meant, tuple(sheet.rows[position][1])))
    if not columns:
        return Imported(kind="inventory", problems=(Problem(code="unknown_import", file=sheets[0].file if sheets else ""),))
    origin, lines = Origin(files=tuple(columns)), pd.concat(tables)
    found_problems = [problem for one in columns for problem in one.problems]
    source = f"{LABEL} ({origin.place.file})"
    ground, lost = settle(lines, places, origin, source)
    flows = lines[lines["siret"].map(site_id).isin(list(ground["sites"]["site_id"]))]
    final, refused = verified({**ground, **_flows(flows, source)}, origin, catalogue, today)
    notes = {"rows": float(len(lines)), **{name: float(len(final[name])) for name in final}}
    return Imported(
        kind="inventory", tables=final, problems=(*found_problems, *left, *lost, *refused), mapping=kept[0][0],
        headings=kept[0][1], notes=notes,
    )  # fmt: skip


def _is_need(sheet: RawSheet, columns: Columns) -> bool:
    """Whether a list is one of needs: its name, its heading or the name of its file says so."""
    return any(_NEED.search(bare(text)) for text in (sheet.sheet or sheet.file, columns.titles.get("description", "")))


def _rows(columns: Columns, mapping: ColumnMapping, hazard: Mapping[str, bool | None]) -> pd.DataFrame:
    columns.text = columns.text.drop(index=total_lines(columns))
    columns.require(("company",), "company")
    columns.require(("description", "waste_code"), "description")
    rows = pd.DataFrame(index=columns.text.index)
    rows["name"] = columns.texts("company")
    for name in _SITE:
        rows[name] = columns.texts(name)
    rows["commune"] = rows["commune"].where(rows["commune"] != "", mapping.commune)
    place = rows["commune"].where(rows["commune"] != "", rows["insee_code"]).where(lambda cell: cell != "", rows["postal_code"])
    rows["siret"] = [_key(name, commune) for name, commune in zip(rows["name"], place, strict=True)]
    rows["waste_code"], rows["is_hazardous"] = columns.waste_codes("waste_code", "hazardous", hazard)
    rows["description"] = columns.first_of(("description", "waste_code"))
    own = columns.units_in_cells("quantity")
    rows["quantity"] = columns.numbers("quantity", mark=mark(columns, mapping, "quantity"))
    columns.flag(columns.texts("quantity") == "", "quantity", "missing_value")
    units(columns, mapping, rows, own)
    price = columns.numbers("unit_cost", minimum=None, mark=mark(columns, mapping, "unit_cost"))
    total = columns.numbers("cost", minimum=None, mark=mark(columns, mapping, "cost"))
    # A price is said for the unit that is written, a quantity is kept in the reference unit.
    by_unit = price / priced_units(columns, mapping, rows)
    rows["unit_eur"] = by_unit.where(price.notna(), total / rows["quantity"].where(rows["quantity"] > 0))
    rows["destination"] = columns.texts("destination")
    columns.broken_accents(("description", "company", "commune"))
    return rows[~rows.index.isin(list(columns.bad_rows))]


def _key(name: str, commune: str) -> str:
    """What tells one company from another: its name and its commune, letters and figures only."""
    return "-".join(re.findall(r"[a-z0-9]+", bare(f"{name} {commune}")))[:80]


def _flows(lines: pd.DataFrame, source: str) -> dict[str, pd.DataFrame]:
    """Outputs and needs; an id says company, words and how many times they stand in the list."""
    words = [_key(one, two) for one, two in zip(lines["siret"], lines["description"], strict=True)]
    turn = lines.assign(words=words).groupby(["is_need", "words"], sort=False).cumcount()
    ids = [f"{word}{'' if again == 0 else f'-{again + 1}'}" for word, again in zip(words, turn, strict=True)]
    said = lines["destination"].map(lambda cell: f"{source} ; vers {cell}" if cell else source)
    common = pd.DataFrame({
        "site_id": lines["siret"].map(site_id), "description": lines["description"],
        "family": lines["unit"].map({"MWh": "energy", "h": "service"}).fillna("material"),
        "quantity": lines["quantity"].map(number), "unit": lines["unit"], "evidence": "declared",
    })  # fmt: skip
    price = lines["unit_eur"].map(number).where(lines["unit_eur"].notna(), "")
    outputs = common.assign(output_id=[f"inv-{one}" for one in ids], waste_code=lines["waste_code"],
                            is_hazardous=lines["is_hazardous"], outlet_cost_eur_per_unit=price, source=said)  # fmt: skip
    needs = common.assign(need_id=[f"need-{one}" for one in ids], waste_codes_accepted=lines["waste_code"],
                          price_eur_per_unit=price, source=source)  # fmt: skip
    is_need = lines["is_need"].astype(bool)
    return {name: frame for name, frame in (("outputs", outputs[~is_need]), ("needs", needs[is_need])) if len(frame)}
