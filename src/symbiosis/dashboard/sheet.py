"""Fiche: one synergy on one page."""

from __future__ import annotations

import streamlit as st

from symbiosis.dashboard.sheet_view import show_sheet
from symbiosis.dashboard.text import _, labels, language
from symbiosis.dashboard.views import ranked
from symbiosis.dashboard.widgets import heading, link, need_territory


def page() -> None:
    """The page."""
    found = need_territory()
    names = {}
    for feasibility in ("feasible", "to_investigate"):
        frame = ranked(found.proposal, feasibility, language())
        names.update({str(key): f"{key} · {what}" for key, what in frame["what"].items()})
    if not names:
        heading(_("Fiche"))
        st.markdown(_("Aucune synergie n'est proposée : la page des pistes non retenues dit pourquoi."))
        link("refusals", _("Voir les raisons"))
        return
    ids = list(names)
    wanted = st.session_state.get("synergy_id", ids[0])
    place = ids.index(wanted) if wanted in names else 0
    chosen = st.selectbox(_("Synergie"), ids, index=place, format_func=labels(names), key=f"choose_{wanted}")
    st.session_state["synergy_id"] = chosen
    show_sheet(found, chosen)


page()
