"""The workbook that a facilitator hands to companies: one sheet per table, drop-down lists, help on each heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from symbiosis.io.choices import display_choice
from symbiosis.schemas import DECLARATIONS, Column, Table

if TYPE_CHECKING:
    import xlsxwriter

_ROWS = 2000
_UNITS = ("t", "kg", "m3", "L", "MWh", "kWh", "GJ", "h", "pièces", "t/mois", "t/semaine")
_UNITS_EN = ("t", "kg", "m3", "L", "MWh", "kWh", "GJ", "h", "pieces", "t/month", "t/week")

_INSTRUCTIONS = {
    "fr": (
        ("Mode d'emploi", "title"),
        ("Une feuille par table. Une ligne par acteur, par site, par flux. Les titres suivis de * sont obligatoires.", ""),
        ("Commencez par « Acteurs », puis « Sites », puis ce qui sort (« Flux sortants ») et ce dont on a besoin (« Besoins »).", ""),  # noqa: E501
        ("Un identifiant est un nom court, sans espace, que vous choisissez : scierie_nord, scierie_nord_site1, sciure.", ""),
        ("Décrivez les flux avec vos mots. Le code déchet a six chiffres ; ajoutez * s'il est dangereux : 17 02 04*.", ""),
        ("Les quantités sont par an, dans l'unité de la colonne « Unité » ; t/mois et t/semaine sont acceptés.", ""),
        ("Une matière en m³ demande une densité, en tonnes par m³.", ""),
        ("Passez la souris sur un titre pour lire ce qu'il attend. Les cellules avec une flèche offrent une liste.", ""),
        ("Pour tout vérifier : symbiosis check, suivi du nom de ce fichier. Chaque erreur dit où elle est et quoi faire.", ""),
    ),
    "en": (
        ("Instructions", "title"),
        ("One sheet per table. One row per actor, per site, per flow. Headings followed by * are required.", ""),
        ("Begin with “Actors”, then “Sites”, then what leaves (“Outputs”) and what is needed (“Needs”).", ""),
        ("An id is a short name without blanks that you choose: north_sawmill, north_sawmill_site1, sawdust.", ""),
        ("Describe flows in your own words. A waste code has six digits; add * if it is hazardous: 17 02 04*.", ""),
        ("Quantities are yearly, in the unit of the column “Unit”; t/month and t/week are accepted.", ""),
        ("A material in m³ asks for a density, in tonnes per m³.", ""),
        ("Hover over a heading to read what it expects. Cells with an arrow offer a list.", ""),
        ("To check everything: symbiosis check, followed by the name of this file. Each error says where and what to do.", ""),
    ),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class _Lists:
    """The sheet of lists: each list once, in its own column."""

    sheet: xlsxwriter.worksheet.Worksheet
    name: str
    heading: xlsxwriter.format.Format
    catalogue: Mapping[str, Sequence[str]]
    columns: dict[tuple[str, ...], str] = field(default_factory=dict)

    def reference(self, title: str, values: Sequence[str]) -> str:
        """Range of a list, written at the first call."""
        from xlsxwriter.utility import xl_col_to_name

        key = tuple(values)
        if key not in self.columns:
            j = len(self.columns)
            self.sheet.write_string(0, j, title, self.heading)
            for i, value in enumerate(values, start=1):
                self.sheet.write_string(i, j, value)
            self.sheet.set_column(j, j, 30)
            letter = xl_col_to_name(j)
            self.columns[key] = f"='{self.name}'!${letter}$2:${letter}${len(values) + 1}"
        return self.columns[key]


def write_template(
    path: Path | str, language: str = "fr", *, catalogue_choices: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Writes the empty workbook.

    Parameters
    ----------
    path
        File to write, ``.xlsx``.
    language
        ``fr`` or ``en``; either is read back, and so are the codes behind the displayed choices.
    catalogue_choices
        Ids to offer by catalogue table (``processes``, ``outlets``…), where a column refers to one.
    """
    import xlsxwriter  # here and not above: every command imports this module, and few write a workbook

    french = language == "fr"
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        styles = {
            "title": book.add_format({"bold": True, "font_size": 16, "font_color": "#1F4E5F"}),
            "line": book.add_format({"text_wrap": True, "valign": "top"}),
            "required": book.add_format(
                {
                    "bold": True,
                    "font_color": "#FFFFFF",
                    "bg_color": "#1F4E5F",
                    "text_wrap": True,
                    "valign": "top",
                    "border": 1,
                }
            ),
            "optional": book.add_format(
                {"font_color": "#1F4E5F", "bg_color": "#DCE9ED", "text_wrap": True, "valign": "top", "border": 1}
            ),
            "text": book.add_format({"num_format": "@"}),
            "number": book.add_format({"num_format": "General"}),
        }
        instructions = book.add_worksheet("Mode d'emploi" if french else "Instructions")
        instructions.set_column(0, 0, 110)
        for i, (line, kind) in enumerate(_INSTRUCTIONS["fr" if french else "en"]):
            instructions.write_string(i, 0, line, styles[kind or "line"])
        sheets = {name: book.add_worksheet(_title(table, language)) for name, table in DECLARATIONS.items()}
        lists_name = "Listes" if french else "Lists"
        lists = _Lists(
            sheet=book.add_worksheet(lists_name),
            name=lists_name,
            heading=styles["required"],
            catalogue=catalogue_choices or {},
        )
        for name, table in DECLARATIONS.items():
            _fill_sheet(sheets[name], table, language, styles, lists)


def _title(table: Table, language: str) -> str:
    return table.title_fr if language == "fr" else table.title_en


def _fill_sheet(
    sheet: xlsxwriter.worksheet.Worksheet,
    table: Table,
    language: str,
    styles: Mapping[str, xlsxwriter.format.Format],
    lists: _Lists,
) -> None:
    french = language == "fr"
    sheet.set_row(0, 34)
    sheet.freeze_panes(1, 1)
    for j, (name, column) in enumerate(table.columns.items()):
        title = column.title_fr if french else column.title_en
        heading = styles["required" if column.required else "optional"]
        sheet.write_string(0, j, f"{title} *" if column.required else title, heading)
        help_text = _help(name, column, language)
        if help_text:
            sheet.write_comment(0, j, help_text, {"x_scale": 2, "author": "symbiosis"})
        # Text format keeps 01 01 01, a SIRET and 11-3 as they are typed.
        cells = styles["number" if column.kind == "number" else "text"]
        sheet.set_column(j, j, max(14.0, min(len(title) + 4.0, 34.0)), cells)
        rule = _rule(name, column, language, lists)
        if rule is not None:
            sheet.data_validation(1, j, _ROWS, j, rule)


def _help(name: str, column: Column, language: str) -> str:
    french = language == "fr"
    parts = [column.help_fr if french else column.help_en]
    if column.choices:
        shown = ", ".join(display_choice(c, language) for c in column.choices)
        parts.append(f"Valeurs : {shown}." if french else f"Values: {shown}.")
    if column.kind == "flag":
        parts.append("Oui ou non." if french else "Yes or no.")
    if column.kind == "list":
        parts.append("Plusieurs valeurs : séparez par ;" if french else "Several values: separate by ;")
    if column.references is not None:
        table = column.references.split(".")[0]
        if table in DECLARATIONS:
            title = _title(DECLARATIONS[table], language)
            parts.append(f"Identifiant de la feuille « {title} »." if french else f"Id of the sheet “{title}”.")
    return "\n".join([*(p for p in parts if p), name])


def _rule(name: str, column: Column, language: str, lists: _Lists) -> dict[str, object] | None:
    """Drop-down list or bounds of a column; a refusal only where nothing else can be right."""
    french = language == "fr"
    title = column.title_fr if french else column.title_en
    if column.kind == "choice":
        source = lists.reference(title, [display_choice(c, language) for c in column.choices])
        return {"validate": "list", "source": source, "error_type": "warning"}
    if column.kind == "flag":
        source = lists.reference("Oui/non" if french else "Yes/no", ["oui", "non"] if french else ["yes", "no"])
        return {"validate": "list", "source": source, "error_type": "warning"}
    if name == "unit":
        source = lists.reference(title, _UNITS if french else _UNITS_EN)
        return {"validate": "list", "source": source, "show_error": False}
    if column.references is not None and column.kind == "id":
        target = column.references.split(".")[0]
        if target in DECLARATIONS:
            sheet = _title(DECLARATIONS[target], language).replace("'", "''")
            return {"validate": "list", "source": f"='{sheet}'!$A$2:$A${_ROWS}", "show_error": False}
        if lists.catalogue.get(target):
            source = lists.reference(title, sorted(lists.catalogue[target]))
            return {"validate": "list", "source": source, "error_type": "warning"}
    if column.kind == "number" and column.minimum is not None and column.maximum is not None:
        return {
            "validate": "decimal", "criteria": "between", "minimum": column.minimum, "maximum": column.maximum,
            "error_type": "warning",
        }  # fmt: skip
    return None
