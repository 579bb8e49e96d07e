"""Fiche: one synergy on one page."""

from __future__ import annotations

import streamlit as st

from symbiosis.dashboard.sheet_view import show_company, show_sheet
from symbiosis.dashboard.text import _, labels
from symbiosis.dashboard.views import choices
from symbiosis.dashboard.widgets import heading, link, need_territory, three_totals
from symbiosis.messages import N_

SHEETS = {"facilitator": N_("Fiche animatrice"), "company": N_("Fiche entreprise")}


def page() -> None:
    """The page."""
    found = need_territory()
    names = choices(found, st.session_state.get("synergy_id", ""))
    if not names:
        heading(_("Fiche"))
        st.markdown(_("Aucune synergie n'est proposée : la page des pistes non retenues dit pourquoi."))
        link("refusals", _("Voir les raisons"))
        return
    ids = list(names)
    wanted = st.session_state.get("synergy_id", ids[0])
    place = ids.index(wanted) if wanted in names else 0
    three_totals(found)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = st.selectbox(_("Synergie"), ids, index=place, format_func=labels(names), key=f"choose_{wanted}")
        kind = st.segmented_control(
            _("Pour qui"), list(SHEETS), default="facilitator", key="sheet_kind", required=True,
            format_func=labels({key: _(title) for key, title in SHEETS.items()}),
        )  # fmt: skip
    st.session_state["synergy_id"] = chosen
    if kind == "company":
        show_company(found, chosen)
    else:
        show_sheet(found, chosen)


page()
