"""What readers see of a publication: its tables with their secrets, the difference of two, a file for a spreadsheet."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from symbiosis import messages
from symbiosis.disclosure import TOTAL
from symbiosis.materials import Catalogue
from symbiosis.messages import N_, number
from symbiosis.report.overviews import unit_text
from symbiosis.report.tables import write_csv

VIEWS: dict[str, str] = {
    "tonnages": N_("Tonnes sortantes par zone et par thème"),
    "matched_map": N_("Tonnes échangées d'une zone à l'autre"),
    "matched_by_theme": N_("Tonnes échangées par thème"),
    "gain_by_theme": N_("Gain par thème"),
    "insertion_hours_by_theme": N_("Heures d'insertion par thème"),
}
DIMENSIONS: dict[str, str] = {
    "zone": N_("Zone"), "theme": N_("Thème"), "from_zone": N_("De la zone"), "to_zone": N_("Vers la zone"),
}  # fmt: skip
TOTAL_SAID, OTHER_SAID, SECRET_SAID = N_("ensemble"), N_("autres"), N_("secret")
KEPT_SAID = N_("{0} (du {1})")
STATES: dict[str, str] = {"published": N_("montré"), "kept": N_("gardé d'une version précédente"), "secret": N_("secret")}


def label_of(catalogue: Catalogue, language: str) -> Callable[[str], str]:
    """What a published label is called.

    Parameters
    ----------
    catalogue
        Where themes have their names.
    language
        ``fr`` or ``en``.
    """
    say = messages.translation(language).gettext
    fixed = {TOTAL: say(TOTAL_SAID), "other": say(OTHER_SAID)}
    return lambda label: fixed.get(label) or messages.name(catalogue.themes, label, language)


def cell_text(cell: Mapping[str, Any], language: str) -> str:
    """A published figure, « secret », or an old figure with its day.

    Parameters
    ----------
    cell
        Row of ``publication_cell``.
    language
        ``fr`` or ``en``.
    """
    say = messages.translation(language).gettext
    if cell["status"] == "secret":
        return say(SECRET_SAID)
    said = number(float(cell["value"]), language)
    return say(KEPT_SAID).format(said, cell["as_of"]) if cell["status"] == "kept" else said


def wide_table(
    cells: Iterable[Mapping[str, Any]], head: Mapping[str, Any], catalogue: Catalogue, language: str
) -> pd.DataFrame:
    """One published table as people read it.

    Parameters
    ----------
    cells
        Rows of ``publication_cell``, of one table.
    head
        `unit` and `dimensions` of the table, as the publication tells them.
    catalogue, language
        As for :func:`label_of`.

    Returns
    -------
    pandas.DataFrame
        Texts; the whole comes last, and what nobody has declared is empty.
    """
    say, name = messages.translation(language).gettext, label_of(catalogue, language)
    heading = say(DIMENSIONS[head["dimensions"][0]])
    order = _order(name)
    ordered = sorted(cells, key=lambda one: order(one["row_label"]))
    columns = sorted({one["column_label"] for one in ordered}, key=order)
    unit = unit_text(head["unit"], language)
    rows: dict[str, dict[str, str]] = {}
    for one in ordered:
        rows.setdefault(one["row_label"], {})[one["column_label"]] = cell_text(one, language)
    return pd.DataFrame([
        {heading: name(row), **{name(column) if column else unit: found.get(column, "") for column in columns}}
        for row, found in rows.items()
    ])  # fmt: skip


def _order(name: Callable[[str], str]) -> Callable[[str], tuple[bool, str, str]]:
    """Labels in the order of their names, accents aside, the whole last."""

    def place(label: str) -> tuple[bool, str, str]:
        plain = "".join(c for c in unicodedata.normalize("NFKD", name(label).casefold()) if not unicodedata.combining(c))
        return label == TOTAL, plain, label

    return place


def long_table(
    cells: Iterable[Mapping[str, Any]], heads: Mapping[str, Mapping[str, Any]], catalogue: Catalogue, language: str
) -> pd.DataFrame:
    """Every figure of a publication, one a row.

    Parameters
    ----------
    cells
        Rows of ``publication_cell``.
    heads
        Table to its `unit` and `dimensions`.
    catalogue, language
        As for :func:`label_of`.

    Returns
    -------
    pandas.DataFrame
        `table`, `row`, `column`, `value` (NaN where it is secret), `unit`, `status`, `as_of`.
    """
    say, name = messages.translation(language).gettext, label_of(catalogue, language)
    found = [
        {
            "table": say(VIEWS.get(one["table_name"], one["table_name"])), "row": name(one["row_label"]),
            "column": name(one["column_label"]), "value": float(one["value"] or "nan"),
            "unit": unit_text(heads[one["table_name"]]["unit"], language), "status": say(STATES[one["status"]]),
            "as_of": one["as_of"],
        }
        for one in sorted(cells, key=lambda one: (one["table_name"], one["row_label"], one["column_label"]))
    ]  # fmt: skip
    return pd.DataFrame(found, columns=["table", "row", "column", "value", "unit", "status", "as_of"])


def differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Two publications side by side.

    Parameters
    ----------
    before, after
        As :func:`long_table` gives them.

    Returns
    -------
    pandas.DataFrame
        `table`, `row`, `column`, `unit`, `before`, `after`, `difference`; NaN where a figure is secret or is not there.
    """
    keys = ["table", "row", "column", "unit"]
    both = before[[*keys, "value"]].merge(after[[*keys, "value"]], on=keys, how="outer", suffixes=("_before", "_after"))
    both = both.rename(columns={"value_before": "before", "value_after": "after"})
    return both.assign(difference=both["after"] - both["before"])


def spreadsheet(frame: pd.DataFrame, titles: Mapping[str, str], language: str) -> bytes:
    """A table as a CSV that the spreadsheet of the language opens as it is.

    Parameters
    ----------
    frame
        Any.
    titles
        Headings of its columns.
    language
        ``fr`` or ``en``.
    """
    with tempfile.TemporaryDirectory(prefix="symbiosis-") as place:
        file = Path(place) / "table.csv"
        write_csv(frame, file, titles=titles, language=language)
        return file.read_bytes()
