"""Synergies: by workshop theme first, then one by one; what is to be investigated stands apart."""

from __future__ import annotations

from functools import partial

import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import state
from symbiosis.dashboard.documents import take_document, workshop_paper
from symbiosis.dashboard.text import _, counted, euros, labels, plain
from symbiosis.dashboard.views import calls, ranked, themes
from symbiosis.dashboard.widgets import heading, need_territory, open_sheet, table
from symbiosis.messages import N_

CALLS = ["what", "value", "gain", "quantity", "unit", "hours", "givers", "takers", "status", "km", "ask"]
COLUMNS = [
    "what",
    "value",
    "gain",
    "quantity",
    "unit",
    "givers",
    "through",
    "takers",
    "kind",
    "km",
    "avoided",
    "hours",
    "ask",
    "theme",
]


def show_themes(found: state.Loaded) -> str:
    """Themes with what they hold; the chosen one, or nothing."""
    frame = themes(found)
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
    frame = ranked(found, feasibility)
    if theme:
        frame = frame[frame["theme_id"].eq(theme)]
    if frame.empty:
        st.markdown(_("Aucune synergie ici. Changez de thème, ou élargissez la distance dans les hypothèses."))
        return
    gain = plain(euros(frame["gain"].sum()))
    st.markdown(
        counted(N_("{0} synergie, {1} de gain net par an"), N_("{0} synergies, {1} de gain net par an"), len(frame), gain)
    )
    chosen = table(
        frame,
        COLUMNS,
        key=f"synergies_{feasibility}_{theme}",
        height=470 if len(frame) > 12 else "content",
        alt=_("Synergies, par valeur d'un appel"),
    )
    if chosen:
        open_sheet(chosen)


def show_calls(found: state.Loaded) -> None:
    """Pairs worth a call, company by company."""
    proposal = found.proposal
    names = {str(key): str(name) for key, name in proposal.declarations.actors["name"].items()}
    actor = st.selectbox(_("Entreprise"), ["", *names], format_func=labels({"": _("toutes"), **names}), key="calls_actor")
    frame = calls(found, actor or "")
    st.markdown(
        _(
            "Paires que rien n'exclut, dans l'ordre de la valeur d'un appel : un indice en €/an, ordre de grandeur, qui n'est "
            "pas une probabilité. Seule la confiance des mots d'une piste sans opérateur est calibrée."
        )
    )
    st.markdown(f":gray[{plain(_(messages.FUNNEL))}]")
    if frame.empty:
        st.markdown(_("Aucune paire à appeler pour cette entreprise."))
        return
    table(
        frame,
        CALLS,
        key=f"calls_{actor}",
        height=470 if len(frame) > 12 else "content",
        alt=_("Paires à appeler, par valeur d'un appel"),
        selectable=False,
    )


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Synergies"))
    theme = show_themes(found)
    if theme:
        take_document(found, _("Compte rendu d'atelier"), f"atelier-{theme}", partial(workshop_paper, found, theme))
    st.space("small")
    counts = {name: len(ranked(found, name)) for name in ("feasible", "to_investigate")}
    feasible, asked, called = st.tabs(
        [
            _("Réalisables ({0})").format(counts["feasible"]),
            _("À instruire ({0})").format(counts["to_investigate"]),
            _("Qui appeler, par entreprise"),
        ],
        key="synergies_tab",
        on_change="rerun",
    )
    # Only the tab that is open is made and sent.
    if feasible.open:
        with feasible:
            show_run(found, "feasible", theme)
    if asked.open:
        with asked:
            st.markdown(
                _(
                    "Ces synergies s'ajouteraient aux réalisables si ce qui manque était confirmé. "
                    "Elles ne comptent dans aucun total des réalisables."
                )
            )
            show_run(found, "to_investigate", theme)
    if called.open:
        with called:
            show_calls(found)
    st.markdown(f":gray[{_('Cochez une ligne pour ouvrir sa fiche.')}]")


page()
