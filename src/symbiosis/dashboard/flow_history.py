"""Historique: what each row was before, who changed it when, and the way back."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from symbiosis.dashboard.company import Company, attempt, here
from symbiosis.dashboard.text import _, day, language
from symbiosis.schemas import DECLARATIONS
from symbiosis.store import RestoreRow

SHOWN = 200


def show_history(company: Company) -> None:
    """The latest states of the company's rows, one of which can be made to stand again.

    Parameters
    ----------
    company
        Whose.
    """
    with company.store.open(company.principal) as session:
        past = session.rows(
            "row_history", order_by=("changed_at", "id"), descending=True, limit=SHOWN, company_id=company.id, part="cells"
        )
        present = {row["id"]: row for row in session.rows("declared_row", company_id=company.id)}
    past = [state for state in past if state["row_id"] in present]
    if not past:
        st.markdown(_("Rien n'a encore été modifié : chaque changement laissera ici l'état d'avant."))
        return
    st.markdown(
        _("Chaque ligne est l'état d'avant un changement. Cochez-en une pour la rétablir ; ce qui la remplace reste aussi.")
    )
    after = _after(past, present)
    frame = pd.DataFrame(
        {
            _("Quand"): [f"{day(here(state['changed_at']))} {here(state['changed_at']):%H:%M}" for state in past],
            _("Table"): [_title(present[state["row_id"]]["table_name"]) for state in past],
            _("Ligne"): [_label(state["cells"]) or _label(present[state["row_id"]]["cells"]) for state in past],
            _("Changement"): [_told(state, after[state["id"]]) for state in past],
        }
    )
    chosen = st.dataframe(
        frame, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row", key="history",
        alt=_("États antérieurs des lignes"), height=420 if len(frame) > 10 else "content",
    )  # fmt: skip
    rows = chosen["selection"]["rows"]
    may_restore = company.may("restore", "flow")
    if st.button(_("Rétablir cet état"), disabled=not (rows and may_restore), key="restore"):
        state = past[rows[0]]
        row = present[state["row_id"]]
        command = RestoreRow(row_id=row["id"], version=row["version"], to_version=state["version"])
        attempt(command, company.store, company.principal)
        st.rerun()


def _after(past: list[dict[str, Any]], present: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What each state was replaced with: the next state of its row, or the one that stands."""
    by_version = {(state["row_id"], state["version"]): state for state in past}
    return {state["id"]: by_version.get((state["row_id"], state["version"] + 1), present[state["row_id"]]) for state in past}


def _told(before: dict[str, Any], after: dict[str, Any]) -> str:
    if after["is_deleted"] and not before["is_deleted"]:
        return _("supprimée")
    if before["is_deleted"] and not after["is_deleted"]:
        return _("remise")
    old, new = before["cells"], after["cells"]
    changed = [name for name in {**old, **new} if old.get(name, "") != new.get(name, "")]
    told = {_column(name): f"{old.get(name, '') or '–'} → {new.get(name, '') or '–'}" for name in changed}
    return _(" ; ").join(_("{0} : {1}").format(*one) for one in told.items()) or _("prix ou visibilité")


def _column(name: str) -> str:
    for table in DECLARATIONS.values():
        if name in table.columns:
            return table.columns[name].title_en if language() == "en" else table.columns[name].title_fr
    return name


def _title(table: str) -> str:
    return DECLARATIONS[table].title_en if language() == "en" else DECLARATIONS[table].title_fr


def _label(cells: dict[str, str]) -> str:
    return cells.get("description") or cells.get("name") or cells.get("parameter") or ""
