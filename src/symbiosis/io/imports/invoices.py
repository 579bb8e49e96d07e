"""Invoices typed or pasted: rental, rotation, transport, treatment and tax, line by line, by waste.

A line is ``label ; quantity ; unit ; unit price ; amount`` under titles, or a pasted line of text whose numbers are read from
its end. Its label says which part of the cost it is (*location*, *rotation*, *transport*, *traitement*, *TGAP*…); what is left
of the label is the waste. Lines of an invoice about one waste all count for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from symbiosis.declarations.cells import read_code
from symbiosis.declarations.numbers import read_numbers
from symbiosis.io.imports.checks import Columns
from symbiosis.io.imports.grids import bare
from symbiosis.io.imports.mapping import ColumnMapping
from symbiosis.io.imports.yearly import PAID
from symbiosis.io.sheets import RawSheet
from symbiosis.units import parse_unit

# The first that is found decides: "TGAP sur traitement" is a tax, "transport et traitement" is no part alone.
_PARTS = (
    ("", r"tva|total|sous total|net a payer|acompte|montant ht|montant ttc|a payer"),
    ("tax", r"tgap|taxes?|eco contribution|landfill tax"),
    ("rental", r"locations?|loyers?|mise a disposition|rental|hire"),
    ("resale", r"rachats?|reprise|avoir|recettes?|valorisation matiere|rebate|buy back"),
    ("rotation", r"rotations?|enlevements?|passages?|levees?|collectes?|echanges?|pick ups?|lift"),
    ("transport", r"transports?|livraison|deplacement|haulage"),
    ("treatment_cost", r"traitements?|eliminations?|incineration|enfouissement|stockage|valorisation|tri|gate fee|treatment"),
)  # fmt: skip
_SMALL = re.compile(r"\b(?:de|du|des|d|la|le|l|les|en|sur|pour|et|a|au|bennes?|caisson|compacteur|bac|bacs|m3|mois|t|tonnes?"
                    r"|mensuelle?|annuelle?|forfait|prestation|cout|frais|ht|of|the|for|skip|container)\b|\b\d+\b")  # fmt: skip
_FIELDS = {
    "label": ("libelle", "designation", "prestation", "description", "article", "label", "detail"),
    "waste": ("dechet", "matiere", "flux", "waste", "material", "nature"),
    "waste_code": ("code dechet", "code ced", "ewc", "code"),
    "quantity": ("quantite", "qte", "qty", "quantity", "nombre"),
    "unit": ("unite", "u", "unit"),
    "price": ("prix unitaire", "pu", "p u", "pu ht", "prix", "unit price", "tarif"),
    "amount": ("montant", "montant ht", "total", "total ht", "amount", "prix total"),
    "date": ("date", "date de prestation"),
}
_NUMBER = r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|[+-]?\d+(?:[.,]\d+)?"
_UNIT = r"t|tonnes?|kg|m3|m³|mois|u|unites?|rotations?|enlevements?|passages?|jours?|forfait"
_PERIOD = re.compile(r"du\s+(\d{1,2})/(\d{1,2})/(\d{4})\s+au\s+(\d{1,2})/(\d{1,2})/(\d{4})", re.IGNORECASE)
_CODE = re.compile(r"(?<!\d)(\d\d) ?(\d\d) ?(\d\d) ?(\*?)(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of an invoice."""

    row: int
    part: str
    waste: str
    code: str
    quantity: float
    unit: str
    amount: float
    day: str


def part_of(label: str) -> str | None:
    """Part of the cost that a label names; ``''`` for totals and VAT, None where it names none."""
    words = bare(label)
    return next((part for part, pattern in _PARTS if re.search(rf"\b(?:{pattern})\b", words)), None)


def subject_of(label: str) -> str:
    """What is left of a label without the words of costs: the waste, if anything."""
    text = bare(_CODE.sub(" ", label))
    for _, pattern in _PARTS:
        text = re.sub(rf"\b(?:{pattern})\b", " ", text)
    return " ".join(_SMALL.sub(" ", text).split())


def invoice_period(sheet: RawSheet) -> tuple[date, date] | None:
    """What an invoice says of its period: ``du 01/01/2025 au 31/03/2025``."""
    for _, cells in sheet.rows:
        match = _PERIOD.search(" ".join(cells).replace("\u00a0", " "))
        if match:
            d1, m1, y1, d2, m2, y2 = map(int, match.groups())
            try:
                return date(y1, m1, d1), date(y2, m2, d2)
            except ValueError:
                return None
    return None


def read_invoice(sheet: RawSheet, mapping: ColumnMapping, known: Mapping[str, bool | None]) -> tuple[pd.DataFrame, Columns]:
    """Lines of an invoice as movements and costs.

    Parameters
    ----------
    sheet
        Its cells, or its lines where it was pasted as text.
    mapping
        The site, which an invoice does not say.
    known
        Hazard by waste code of the list.

    Returns
    -------
    pandas.DataFrame
        By row number, as for :func:`~symbiosis.io.imports.yearly.yearly`, with the amounts.
    Columns
        The columns, or the one column of text, with the problems.
    """
    position, at = _fields(sheet)
    if at:
        columns = Columns(sheet=sheet, position=position, places=at)
        lines = _typed_lines(columns)
    else:
        # Pasted text has no heading line: every line is read, so one is put above.
        # A comma that cut the line is the decimal mark of an amount more often than not: it goes back where it was.
        glue = "," if sheet.delimiter == "," else " ; "
        merged = tuple((row, (glue.join(cells).strip(" ;"),)) for row, cells in sheet.rows)
        whole = RawSheet(table=sheet.table, file=sheet.file, rows=((0, ("ligne",)), *merged))
        columns = Columns(sheet=whole, position=0, places={"label": 0})
        lines = _text_lines(columns)
    if not mapping.siret:
        columns.problems.append(columns.problem(None, "siret", "no_site"))
    return _movements(lines, columns, mapping, known), columns


def _fields(sheet: RawSheet) -> tuple[int, dict[str, int]]:
    for position, (_, cells) in enumerate(sheet.rows[:20]):
        titles = [bare(re.sub(r"\(.*?\)|€", " ", cell)) for cell in cells]
        at = {name: titles.index(one) for name, known in _FIELDS.items() for one in reversed(known) if one in titles}
        if "label" in at and ("amount" in at or "price" in at):
            return position, at
    return 0, {}


def _typed_lines(columns: Columns) -> list[_Line]:
    quantity, price = columns.numbers("quantity"), columns.numbers("price", minimum=None)
    amount = columns.numbers("amount", minimum=None)
    bad = columns.bad_rows
    lines = []
    for row in columns.text.index:
        label, waste = str(columns.texts("label")[row]), str(columns.texts("waste")[row])
        part = part_of(label)
        if row in bad or part == "":
            continue
        computed = quantity[row] * price[row]
        total = amount[row] if amount[row] == amount[row] else computed
        if part is None or total != total:  # noqa: PLR0124
            columns.problems.append(columns.problem(int(row), "label", "invoice_line_unreadable"))
            continue
        if computed == computed and abs(computed - total) > 0.01 * abs(total) + 0.05:  # noqa: PLR0124
            columns.problems.append(
                columns.problem(int(row), "amount", "invoice_amount_differs", "warning", computed=round(float(computed), 2))
            )
        code = read_code(str(columns.texts("waste_code")[row]))[0] or _code_in(f"{label} {waste}")
        lines.append(
            _Line(row=int(row), part=part, waste=waste or subject_of(label), code=code, amount=float(total),
                  quantity=float(quantity[row]), unit=str(columns.texts("unit")[row]), day=str(columns.texts("date")[row]))
        )  # fmt: skip
    return lines


def _text_lines(columns: Columns) -> list[_Line]:
    lines = []
    for row, cell in columns.text["label"].items():
        text = str(cell)
        if _PERIOD.search(text) or part_of(text) == "":
            continue
        part = part_of(text)
        found = _tail(text)
        if part is None or found is None:
            # A line without a figure is a title or an address; one with a figure and no meaning may be money.
            if re.search(r"\d+[.,]\d{2}\b|€", text):
                columns.problems.append(columns.problem(int(str(row)), "label", "invoice_line_unreadable"))
            continue
        label, quantity, unit, amount = found
        code = _code_in(text)
        lines.append(_Line(row=int(str(row)), part=part, waste=subject_of(label), code=code, quantity=quantity, unit=unit,
                           amount=amount, day=""))  # fmt: skip
    return lines


def _code_in(text: str) -> str:
    """The one code of the list of waste that a text holds, chapters 01 to 20."""
    found = {"".join(m.group(1, 2, 3)) for m in _CODE.finditer(text) if 1 <= int(m.group(1)) <= 20}
    return found.pop() if len(found) == 1 else ""


def _tail(text: str) -> tuple[str, float, str, float] | None:
    """Label, quantity, unit and amount of ``Traitement DIB 45,2 t x 115,00 € = 5 198,00 €``; the last number is the amount."""
    text = _CODE.sub(" ", text, count=1) if _code_in(text) else text
    measured = re.search(rf"(?<![\w,.])({_NUMBER})\s*({_UNIT})\b", text, re.IGNORECASE)
    numbers = list(re.finditer(rf"(?<![\w,.])({_NUMBER})(?![\w])", text))
    if not numbers:
        return None
    values, findings = read_numbers([m.group(1) for m in numbers], mark="," if "," in text else None)
    if findings:
        return None
    label = text[: (measured or numbers[0]).start()]
    quantity, unit = float("nan"), ""
    if measured:
        quantity = float(read_numbers([measured.group(1)], mark="," if "," in text else None)[0][0])
        unit = measured.group(2)
        rest = [m for m in numbers if m.start() > measured.start(1)]
        if not rest:
            return None
    amount = float(values[-1])
    return label, quantity, unit, amount


def _movements(lines: list[_Line], columns: Columns, mapping: ColumnMapping, known: Mapping[str, bool | None]) -> pd.DataFrame:
    """Tonnes of the lines of treatment, money of all; a line without a waste belongs to the only one, else it is said."""
    wastes = {bare(line.waste): line for line in lines if line.part == "treatment_cost" and (line.waste or line.code)}
    rows = []
    for line in lines:
        home = wastes.get(bare(line.waste)) or next((w for w in wastes.values() if line.code and w.code == line.code), None)
        home = home or (next(iter(wastes.values())) if len(wastes) == 1 else None)
        if home is None:
            if line.part == "treatment_cost" and len(wastes) <= 1:
                home = line
            else:
                columns.problems.append(columns.problem(line.row, "label", "invoice_line_unassigned"))
                continue
        unit = parse_unit(line.unit)
        is_amount = line.part in ("treatment_cost", "resale") and unit is not None and unit.reference in ("t", "m3")
        rows.append({
            "row": line.row, "siret": "".join(mapping.siret.split()), "name": mapping.company, "address": "", "postal_code": "",
            "commune": mapping.commune, "insee_code": "", "description": home.waste or home.code, "waste_code": home.code,
            "is_hazardous": {True: "true", False: "false", None: ""}[known.get(home.code)], "day": line.day,
            "quantity": line.quantity * unit.factor if is_amount and unit else float("nan"),
            "unit": "", "home_unit": unit.reference if is_amount and unit else "", "movements": 1.0, "evidence": "invoice",
            "destination": "", "operations": "", **{name: line.amount if name == line.part else 0.0 for name in PAID},
        })  # fmt: skip
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    table = table.set_index("row")
    units = table[table["home_unit"] != ""].groupby("description")["home_unit"].first()
    table["unit"] = table["description"].map(units).fillna("t")
    for row in table.index[(table["home_unit"] != "") & (table["home_unit"] != table["unit"])]:
        columns.problems.append(columns.problem(int(row), "label", "invoice_line_unreadable"))
    weighed = table.groupby("description")["quantity"].sum()
    for row, description in table["description"].drop_duplicates().items():
        if not weighed[description] > 0:
            columns.problems.append(columns.problem(int(str(row)), "label", "invoice_without_quantity"))
    table["day"] = pd.to_datetime(table["day"].where(table["day"] != "", None), format="%d/%m/%Y", errors="coerce")
    return table.drop(columns="home_unit")[~table.index.isin(list(columns.bad_rows))]
