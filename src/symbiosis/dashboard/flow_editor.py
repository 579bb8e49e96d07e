"""The editable tables of a company: each change is kept at once, each can be undone, nothing is filled in silently.

A table is drawn from the store once, and stays as it was drawn while somebody types in it: a table that is drawn anew loses the
cell in which they are. What they change comes back as one difference from what was drawn, which grows; what is new in it is
written row by row. The table is drawn anew, under another key, when its rows change otherwise: an undo, a suggestion that was
taken, somebody else, a refusal, a row taken out. The table is never fed with what it has given back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import state
from symbiosis.dashboard.company import Company, attempt, here, read_company
from symbiosis.dashboard.drawn_table import Drawn, unwritten
from symbiosis.dashboard.text import _, labels, labels_of, language, word
from symbiosis.io.imports import at_commune
from symbiosis.messages import N_, unit_name
from symbiosis.schemas import DECLARATIONS, UNITS
from symbiosis.store import DeclaredRow, DeleteRow, RestoreRow, SaveRow, SetVisibility
from symbiosis.store.declaring import is_price
from symbiosis.store.tables import VISIBILITIES
from symbiosis.workspace.stored import StoredRow

VISIBLE_TO: dict[str, str] = {
    "private": N_("nous seuls"),
    "facilitator": N_("nous et l'animatrice"),
    "network": N_("compté dans le réseau"),
}

WIDTHS = {
    "description": 200, "quantity": 110, "unit": 70, "evidence": 85, "waste_code": 105, "months": 80, "outlet_id": 150,
    "outlet_cost_eur_per_unit": 110, "price_eur_per_unit": 110, "maximum_distance_km": 110, "visibility": 150, "commune": 130,
    "latitude": 90, "longitude": 90, "permit_headings": 130, "siret": 120,
}  # fmt: skip
"""In pixels: who sees a row stays in sight."""

UNDONE = 20
"""Changes that can be undone one after the other."""

TYPED = "typed-"
"""Begins the key of a row that was typed here; these come last, in the order in which they were begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One editable table.

    Attributes
    ----------
    name
        Of the table in the data dictionary.
    title
        Heading.
    families
        Families of resources that it shows; the first is that of a new row; none for tables without families.
    main, further
        Columns in sight, and those that are shown when all are asked for.
    """

    name: str
    title: str
    families: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    further: tuple[str, ...] = ()

    def holds(self, row: StoredRow) -> bool:
        """Whether a row is one of this table."""
        return row.table_name == self.name and (not self.families or (row.cells.get("family") or "material") in self.families)


_SITE = ("name", "commune", "latitude", "longitude", "permit_headings", "address", "siret")
_OUTPUT = ("description", "quantity", "unit", "evidence", "waste_code", "months", "outlet_id", "outlet_cost_eur_per_unit")
_OUTPUT_MORE = ("site_id", "material_id", "legal_status", "conditions_met", "load_t", "rental_eur_per_yr", "outlet_distance_km",
                "density_t_per_m3", "quantity_low", "quantity_high", "date_kind", "shelf_life_days", "year")  # fmt: skip
_NEED = ("description", "quantity", "unit", "evidence", "price_eur_per_unit", "months", "maximum_distance_km")
_NEED_MORE = ("site_id", "material_id", "use_id", "waste_codes_accepted", "legal_route", "conditions_met", "minimum_lot",
              "density_t_per_m3", "year")  # fmt: skip
_PLAIN_OUTPUT = ("description", "quantity", "unit", "evidence", "months", "outlet_cost_eur_per_unit")


def _outputs(title: str, *families: str, main: tuple[str, ...] = _PLAIN_OUTPUT) -> Sheet:
    return Sheet(name="outputs", title=title, families=families, main=main, further=_OUTPUT_MORE)


def _needs(title: str, *families: str) -> Sheet:
    return Sheet(name="needs", title=title, families=families, main=_NEED, further=_NEED_MORE)


SECTIONS: dict[str, tuple[str, tuple[Sheet, ...]]] = {
    "sites": (N_("Sites"), (
        Sheet(name="sites", title=N_("Sites"), main=_SITE,
              further=("insee_code", "country", "is_location_approximate")),
    )),
    "outputs": (N_("Flux sortants"), (
        _outputs(N_("Ce qui sort : déchets, sous-produits, chutes"), "material", main=_OUTPUT),
        Sheet(name="quality", title=N_("Qualité mesurée"), main=("flow_id", "parameter", "value")),
    )),
    "needs": (N_("Besoins"), (_needs(N_("Ce que vous achetez ou cherchez"), "material"),)),
    "energy": (N_("Énergie"), (_outputs(N_("Énergie perdue ou cédée"), "energy"), _needs(N_("Énergie achetée"), "energy"))),
    "water": (N_("Eau"), (_outputs(N_("Eau rejetée"), "water"), _needs(N_("Eau achetée"), "water"))),
    "sharing": (N_("Équipements et services"), (
        _outputs(N_("À partager : équipements, services, locaux"), "equipment", "service"),
        _needs(N_("Recherchés : équipements, services, locaux"), "equipment", "service"),
    )),
}  # fmt: skip
"""Parts of the diagnosis, each with its tables."""


def show_section(company: Company, section: str, problems: Mapping[str, Sequence[Any]]) -> None:
    """The tables of one part of the diagnosis.

    Parameters
    ----------
    company
        Whose.
    section
        Key of :data:`SECTIONS`.
    problems
        Problems by id of the row.
    """
    is_whole = st.toggle(_("Toutes les colonnes"), key=f"all_columns_{section}")
    for sheet in SECTIONS[section][1]:
        st.subheader(_(sheet.title), anchor=False)
        _editor(company, sheet, is_whole=is_whole)
    shown = [row for sheet in SECTIONS[section][1] for row in company.rows if sheet.holds(row)]
    _problems(shown, problems)


def saved_line(company: Company) -> None:
    """When something was last kept, and the way back.

    Parameters
    ----------
    company
        Whose.
    """
    stack = st.session_state.setdefault(f"undo_{company.id}", [])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if company.rows:
            at = here(max(row.updated_at for row in company.rows))
            st.markdown(f":green-badge[:material/check: {_('Enregistré à {0}').format(at.strftime('%H:%M'))}]", width="content")
        else:
            st.markdown(f":gray[{_('Chaque case est enregistrée dès que vous en sortez.')}]", width="content")
        if st.button(
            _("Annuler"), icon=":material/undo:", disabled=not stack, key="undo", help=_("Défait le dernier changement")
        ):
            undo(company, stack)
            st.rerun()


def undo(company: Company, stack: list[tuple[str, int]]) -> None:
    """Makes the row that changed last what it was before.

    Parameters
    ----------
    company
        Whose.
    stack
        Rows that changed, with the version that stood before; 0 for a new one.
    """
    row_id, before = stack.pop()
    with company.store.open(company.principal) as session:
        present = session.one("declared_row", id=row_id)
    command: DeleteRow | RestoreRow = (
        RestoreRow(row_id=row_id, version=present["version"], to_version=before)
        if before
        else DeleteRow(row_id=row_id, version=present["version"])
    )
    attempt(command, company.store, company.principal)


def _editor(company: Company, sheet: Sheet, *, is_whole: bool) -> None:
    may_write = company.may("write", "flow")
    if sheet.name != "sites" and not _sites(company):
        st.markdown(_("Décrivez d'abord un site : c'est de là que partent les distances."))
        return
    drawn = _drawn(company, sheet, is_whole=is_whole)
    st.data_editor(
        drawn.frame, key=drawn.key, hide_index=True, num_rows="dynamic" if may_write else "fixed", disabled=not may_write,
        width="stretch", column_config=drawn.config, alt=_(sheet.title), height="auto", placeholder="",
    )  # fmt: skip
    changed = st.session_state.get(drawn.key)
    if may_write and isinstance(changed, Mapping) and any(changed.values()) and _keep(company, sheet, drawn, changed):
        st.rerun()


def _drawn(company: Company, sheet: Sheet, *, is_whole: bool) -> Drawn:
    """The table as it was drawn, if its rows are still those; else as it is to be drawn now."""
    shown = [row for row in company.rows if sheet.holds(row)]
    rows = sorted(shown, key=lambda row: (row.row_key.startswith(TYPED), row.row_key))
    columns = [*sheet.main, *(sheet.further if is_whole else ())]
    if len(sheet.families) > 1:
        columns.insert(1, "family")
    if not company.knows_prices:
        columns = [column for column in columns if not is_price(column)]
    choices = {column: _choices(company, sheet, column) for column in columns}
    stamp = _stamp(company, sheet, choices)
    name = f"editor_{sheet.name}_{'_'.join(sheet.families)}_{int(is_whole)}_{language()}_{company.id}"
    known = st.session_state.get(f"drawn_{name}")
    # A table that was out of sight has lost what its widget held.
    if isinstance(known, Drawn) and known.stamp == stamp and (known.key in st.session_state or not known.written):
        return known
    frame = pd.DataFrame(
        [{column: row.cells.get(column, "") for column in columns} | {"visibility": row.visibility} for row in rows],
        columns=[*columns, "visibility"], dtype=object,
    )  # fmt: skip
    for column in (*(column for column, offered in choices.items() if offered), "visibility"):
        frame[column] = frame[column].where(frame[column] != "", None)
    config: dict[str, Any] = {column: _config(sheet, column, choices[column], frame) for column in columns}
    config["visibility"] = st.column_config.SelectboxColumn(
        _("Qui le voit"), options=list(VISIBILITIES), format_func=labels_of(VISIBLE_TO), default="facilitator",
        disabled=not company.may("write", "visibility"), width=WIDTHS["visibility"],
    )  # fmt: skip
    made = Drawn(
        key=f"{name}_{uuid4().hex[:8]}", begun_at=datetime.now(tz=UTC).strftime("%Y%m%d%H%M%S"), stamp=stamp,
        frame=frame, config=config, row_ids=tuple(row.id for row in rows),
    )  # fmt: skip
    st.session_state[f"drawn_{name}"] = made
    return made


def _stamp(company: Company, sheet: Sheet, choices: Mapping[str, Mapping[str, str]]) -> str:
    """What a table that was drawn depends on: its rows, and what may be chosen."""
    rows = sorted((row.id, row.version, row.visibility) for row in company.rows if sheet.holds(row))
    return hashlib.sha256(json.dumps([rows, choices], sort_keys=True).encode()).hexdigest()


def _sites(company: Company) -> dict[str, str]:
    return {
        row.row_key: row.cells.get("name") or row.cells.get("commune") or row.row_key
        for row in company.rows
        if row.table_name == "sites"
    }


def _choices(company: Company, sheet: Sheet, column: str) -> dict[str, str]:
    """What may be chosen in a column, by what is kept; nothing for a column that is typed."""
    catalogue, spoken = state.catalogue(), language()
    named = {"outlet_id": catalogue.outlets, "material_id": catalogue.materials, "use_id": catalogue.uses,
             "parameter": catalogue.quality_parameters}  # fmt: skip
    if column in named:
        listed = {str(key): messages.name(named[column], str(key), spoken) for key in named[column].index}
        return dict(sorted(listed.items(), key=lambda item: item[1].casefold()))
    if column == "site_id":
        return _sites(company)
    if column == "flow_id":
        return {
            row.row_key: row.cells.get("description", row.row_key)
            for row in company.rows
            if row.table_name in ("outputs", "needs")
        }
    if column == "unit":
        return {unit: unit_name(unit, language()) for unit in UNITS}
    if column == "family" and sheet.families:
        return {family: word(family) for family in sheet.families}
    return {choice: word(choice) for choice in DECLARATIONS[sheet.name].columns[column].choices}


def _config(sheet: Sheet, column: str, choices: Mapping[str, str], frame: pd.DataFrame) -> Any:
    known = DECLARATIONS[sheet.name].columns[column]
    title = known.title_en if language() == "en" else known.title_fr
    # An id is what programs call a flow; people choose it by its words.
    title = (_("Flux") if column == "flow_id" else title) + (" *" if known.required else "")
    told = (known.help_en if language() == "en" else known.help_fr) or None
    if not choices:
        return st.column_config.TextColumn(title, help=told, width=WIDTHS.get(column))
    # A code that was imported and is no choice stays as it is, to be seen and mended.
    others = [value for value in frame[column].dropna().unique() if value not in choices]
    shown = {**choices, **{value: value for value in others}}
    return st.column_config.SelectboxColumn(
        title, help=told, options=list(shown), format_func=labels(shown), width=WIDTHS.get(column)
    )


def _keep(company: Company, sheet: Sheet, drawn: Drawn, changed: Mapping[str, Any]) -> bool:
    """Writes what is new in a difference: each row by a command of its own, under a key that sending it twice does not change.

    Returns whether anything was, so that the page is drawn again with it.
    """
    new = unwritten(drawn.written, changed)
    if not any(new.values()):
        return False
    sent = hashlib.sha256(f"{drawn.key}{json.dumps(changed, sort_keys=True, default=str)}".encode()).hexdigest()[:40]
    rows = {row.id: row for row in company.rows}
    stack: list[tuple[str, int]] = st.session_state.setdefault(f"undo_{company.id}", [])
    made: list[dict[str, Any] | None] = []
    for position, values in new["edited"].items():
        row = rows[drawn.row_ids[position]]
        made.append(save_cells(company, row, values, key=f"{sent}-e{position}"))
        if made[-1] is not None:
            stack.append((row.id, row.version))
    for place, values in new["added"].items():
        row_id = drawn.added.get(place)
        if row_id is not None:
            made.append(save_cells(company, rows[row_id], values, key=f"{sent}-b{place}"))
        else:
            made.append(_add(company, sheet, values, row_key=f"{TYPED}{drawn.begun_at}-{place:03}-{drawn.key[-8:]}",
                             key=f"{sent}-a{place}"))  # fmt: skip
        if made[-1] is not None:
            drawn.added[place] = made[-1]["id"]
            stack.append((made[-1]["id"], 0 if row_id is None else rows[row_id].version))
    gone = [drawn.row_ids[position] for position in new["deleted"]]
    # A row in which nothing was typed was never written.
    gone += [drawn.added[place] for place in new["dropped"] if place in drawn.added]
    for row_id in gone:
        row = rows[row_id]
        made.append(
            attempt(
                DeleteRow(row_id=row.id, version=row.version), company.store, company.principal, key=f"{sent[:30]}-d{row_id}"
            )
        )
        if made[-1] is not None:
            stack.append((row.id, row.version))
    del stack[:-UNDONE]
    typed = [name for values in (*new["edited"].values(), *new["added"].values()) for name in values]
    is_placed = sheet.name == "sites" and "commune" in typed
    is_whole = all(made) and not new["deleted"] and not new["dropped"] and not is_placed
    drawn.written = json.loads(json.dumps(changed, default=str))
    standing = read_company(company.store, company.principal, company.id)
    choices = {column: _choices(standing, sheet, column) for column in drawn.frame.columns if column != "visibility"}
    # What was refused or filled in, and positions that a row taken out has shifted: the table is drawn anew, as it stands.
    drawn.stamp = _stamp(standing, sheet, choices) if is_whole else ""
    return True


def save_cells(company: Company, row: StoredRow, values: Mapping[str, Any], *, key: str = "") -> dict[str, Any] | None:
    """Some cells of a row, and who sees it, become others; the rest stays.

    Parameters
    ----------
    company
        Whose.
    row
        As it was read.
    values
        What changes; ``None`` empties a cell.
    key
        Of the click.

    Returns
    -------
    dict or None
        Id and version; ``None`` if it was refused.
    """
    cells = {name: "" if value is None else str(value).strip() for name, value in values.items() if name != "visibility"}
    # Prices that are not sent stay; whoever cannot read them must not write them back.
    kept = {name: value for name, value in row.cells.items() if not is_price(name)}
    made: dict[str, Any] | None = {"id": row.id, "version": row.version}
    if row.table_name == "sites":
        cells = _placed(kept, cells)
    if cells:
        written = DeclaredRow(table_name=row.table_name, row_key=row.row_key, cells={**kept, **cells}, company_id=company.id)
        save = SaveRow(territory_id=str(company.row["territory_id"]), row=written, version=row.version)
        made = attempt(save, company.store, company.principal, key=key)
    if made is not None and values.get("visibility"):
        seen = SetVisibility(row_id=row.id, version=made["version"], visibility=values["visibility"])
        made = attempt(seen, company.store, company.principal, key=f"{key}v" if key else "")
    return made


def _placed(kept: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    """Cells of a site that change: a place that is typed is no approximate one; another commune is another place."""
    if "latitude" in cells or "longitude" in cells:
        return {"is_location_approximate": "false", **cells}
    return {**cells, **(at_commune({**kept, **cells}) if "commune" in cells else {})}


def _add(company: Company, sheet: Sheet, values: Mapping[str, Any], *, row_key: str, key: str) -> dict[str, Any] | None:
    cells = {name: str(value).strip() for name, value in values.items() if value not in (None, "") and name != "visibility"}
    table = DECLARATIONS[sheet.name]
    if sheet.name == "sites":
        cells |= {**at_commune(cells), "actor_id": str(company.row["actor_key"])}
    elif "site_id" in table.columns:
        cells.setdefault("site_id", next(iter(_sites(company))))
    if sheet.families:
        cells.setdefault("family", sheet.families[0])
    visibility = values.get("visibility")
    row = DeclaredRow(
        table_name=sheet.name, row_key=row_key, cells=cells, company_id=company.id,
        visibility=visibility if visibility != "facilitator" else None,
    )  # fmt: skip
    return attempt(SaveRow(territory_id=str(company.row["territory_id"]), row=row), company.store, company.principal, key=key)


def _problems(rows: Sequence[StoredRow], problems: Mapping[str, Sequence[Any]]) -> None:
    """What is wrong in the rows in sight, each with its remedy."""
    found = [(row, problem) for row in rows for problem in problems.get(row.id, ())]
    if not found:
        return
    names = [row.cells.get("description") or row.cells.get("name") or row.row_key for row, _problem in found]
    table = pd.concat([state.problem_rows([problem], language(), _) for _row, problem in found]).assign(**{_("Ligne"): names})
    shown = [_("Gravité"), _("Ligne"), _("Colonne"), _("Valeur"), _("Problème"), _("Remède")]
    st.markdown(f":orange-badge[{_('À corriger ou à vérifier')}]")
    st.dataframe(
        table[shown], hide_index=True, width="stretch", height="content", key="row_problems",
        alt=_("Problèmes trouvés, avec leur remède"),
    )  # fmt: skip
