"""Synergies: by workshop theme first, then one by one; what is to be investigated stands apart."""

from __future__ import annotations

import streamlit as st

from symbiosis.dashboard import state
from symbiosis.dashboard.text import _, euros, language, number, plain
from symbiosis.dashboard.views import ranked, themes
from symbiosis.dashboard.widgets import heading, need_territory, open_sheet, table

COLUMNS = ["what", "gain", "quantity", "unit", "givers", "through", "takers", "kind", "km", "avoided", "hours", "theme"]


def show_themes(found: state.Loaded) -> str:
    """Themes with what they hold; the chosen one, or nothing."""
    frame = themes(found.proposal, language())
    st.subheader(_("Par thème d'atelier"), anchor=False)
    st.markdown(
        _("Ce que le territoire détient, ce dont il a besoin, l'écart. Cochez un thème pour n'en voir que les synergies.")
    )
    frame = frame.reset_index()
    frame.index = frame["theme_id"].astype(str) + "|" + frame["unit"].astype(str)
    chosen = table(
        frame,
        ["theme", "holders", "held", "needed", "gap", "unit_name", "synergies", "gain"],
        key="themes",
        alt=_("Thèmes d'atelier : gisements, besoins, écarts"),
        height=388,
    )
    return chosen.split("|")[0] if chosen else ""


def show_run(found: state.Loaded, feasibility: str, theme: str) -> None:
    """The synergies of one run."""
    frame = ranked(found.proposal, feasibility, language())
    if theme:
        frame = frame[frame["theme_id"].eq(theme)]
    if frame.empty:
        st.markdown(_("Aucune synergie ici. Changez de thème, ou élargissez la distance dans les hypothèses."))
        return
    st.markdown(_("{0} synergies, {1} de gain net par an").format(plain(number(len(frame))), plain(euros(frame["gain"].sum()))))
    chosen = table(
        frame,
        COLUMNS,
        key=f"synergies_{feasibility}_{theme}",
        height=470 if len(frame) > 12 else "content",
        alt=_("Synergies, par gain"),
    )
    if chosen:
        open_sheet(chosen)


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Synergies"))
    theme = show_themes(found)
    st.space("small")
    counts = {name: len(ranked(found.proposal, name, language())) for name in ("feasible", "to_investigate")}
    feasible, asked = st.tabs(
        [
            _("Réalisables ({0})").format(counts["feasible"]),
            _("À instruire ({0})").format(counts["to_investigate"]),
        ]
    )
    with feasible:
        show_run(found, "feasible", theme)
    with asked:
        st.markdown(
            _(
                "Ces synergies s'ajouteraient aux réalisables si ce qui manque était confirmé. Elles ne comptent dans aucun "
                "total des réalisables."
            )
        )
        show_run(found, "to_investigate", theme)
    st.markdown(f":gray[{_('Cochez une ligne pour ouvrir sa fiche.')}]")


page()
