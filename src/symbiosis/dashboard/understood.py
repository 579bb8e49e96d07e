"""What the words of a flow were understood as, with the words that decided; somebody chooses, nothing is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import state
from symbiosis.dashboard.company import Company
from symbiosis.dashboard.flow_editor import Sheet, save_cells
from symbiosis.dashboard.text import _, labels, language, plain
from symbiosis.resolver import Resolver
from symbiosis.workspace.stored import StoredRow

CODES = 6


def show_understood(company: Company, sheets: Sequence[Sheet]) -> None:
    """Suggested materials and waste codes of one flow, each with its reason and a button that keeps it.

    Parameters
    ----------
    company
        Whose.
    sheets
        Whose flows.
    """
    flows = {
        row.id: row
        for row in company.rows
        if row.table_name in ("outputs", "needs") and any(sheet.holds(row) for sheet in sheets)
    }
    if not flows:
        return
    with st.expander(_("Ce que nous comprenons de vos mots")):
        # Those that name no material yet come first.
        ordered = sorted(
            flows, key=lambda one: (bool(flows[one].cells.get("material_id")), flows[one].cells.get("description", ""))
        )
        chosen = st.selectbox(
            _("Flux"), ordered, format_func=labels({one: flows[one].cells.get("description", "–") for one in ordered}),
            key=f"understood_{sheets[0].name}_{'_'.join(sheets[0].families)}",
        )  # fmt: skip
        row = flows[str(chosen)]
        st.markdown(f":gray[{_('Des propositions, jamais remplies à votre place : retenez celle qui convient.')}]")
        left, right = st.columns(2, gap="large")
        with left:
            _materials(company, row)
        if row.table_name == "outputs":
            with right:
                _codes(company, row)


def _asked(row: StoredRow, *, without: str) -> pd.DataFrame:
    columns = ("description", "family", "material_id", "use_id", "waste_code")
    return pd.DataFrame(
        [{column: "" if column == without else row.cells.get(column, "") for column in columns}], index=[row.id]
    )


def _materials(company: Company, row: StoredRow) -> None:
    catalogue, spoken = state.catalogue(), language()
    named = row.cells.get("material_id", "")
    if named:
        st.markdown(
            f":green-badge[:material/check:] {_('Matière retenue')} : "
            f"**{plain(messages.name(catalogue.materials, named, spoken))}**"
        )
    found = Resolver.of(catalogue).resolve(_asked(row, without="material_id"), targets="materials", limit=4)
    if found.empty:
        st.markdown(
            _("Aucun mot n'est compris : précisez la désignation, ou choisissez la matière dans « Toutes les colonnes ».")
        )
    for one in found.to_dict("records"):
        name = messages.name(catalogue.materials, str(one["target_id"]), spoken)
        sure = messages.percent(one["confidence"], spoken)
        words = str(one["words"]).replace(";", ", ")
        why = _("par « {0} » ; confiance {1}").format(words, sure) if words else _("par le code ; confiance {0}").format(sure)
        _choice(company, row, "material_id", str(one["target_id"]), title=name, why=why, is_kept=named == one["target_id"])


def _codes(company: Company, row: StoredRow) -> None:
    catalogue, spoken = state.catalogue(), language()
    now = "".join(c for c in row.cells.get("waste_code", "") if c.isdigit())
    today = datetime.now(tz=UTC).date()
    found = Resolver.of(catalogue).suggest_codes(_asked(row, without="waste_code"), CODES, on=today)
    codes, hazard = catalogue.waste_codes, catalogue.hazard_on(today)
    for one in found.to_dict("records"):
        code = str(one["waste_code"])
        title = str(codes.at[code, f"label_{spoken}"] or codes.at[code, f"designation_{spoken}"]) if code in codes.index else ""
        star = " *" if code in codes.index and bool(hazard[code]) else ""
        shown = f"{messages.display_code(code)}{star} – {title}"
        _choice(company, row, "waste_code", code, title=shown, why=_reason(one), is_kept=now == code)


def _reason(one: Any) -> str:
    said, _open, words = str(one["reason"]).partition(" (")
    materials = [part.removeprefix("material:") for part in said.split(" + ") if part.startswith("material:")]
    names = [messages.name(state.catalogue().materials, material, language()) for material in materials]
    by = ", ".join([*names, *([_("intitulé officiel")] if "designation" in said else [])])
    return _("par {0} ; mots : {1}").format(by or "–", words.rstrip(")").replace(";", ", ") or "–")


def _choice(company: Company, row: StoredRow, column: str, value: str, *, title: str, why: str, is_kept: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(title)}**  \n:gray[{plain(why)}]", width="stretch")
        label = _("Retenu") if is_kept else _("Retenir")
        is_shut = is_kept or not company.may("write", "flow")
        if st.button(label, key=f"take_{column}_{row.id}_{value}", disabled=is_shut, help=plain(title)):
            made = save_cells(company, row, {column: value})
            if made is not None:
                st.session_state.setdefault(f"undo_{company.id}", []).append((row.id, row.version))
            st.rerun()
