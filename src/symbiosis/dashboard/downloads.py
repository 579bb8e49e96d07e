"""Exports: every result as a file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import streamlit as st

from symbiosis.dashboard import state
from symbiosis.dashboard.documents import (
    committee_paper,
    company_paper,
    scenario_paper,
    take_document,
    take_figure,
    visit_paper,
    workshop_paper,
    year_paper,
)
from symbiosis.dashboard.exports import EXPORTS, export_all
from symbiosis.dashboard.sheet_view import sheet_paper
from symbiosis.dashboard.text import _, labels, language, number, plain
from symbiosis.dashboard.views import choices, themes
from symbiosis.dashboard.widgets import heading, need_territory, three_totals
from symbiosis.engine import Proposal
from symbiosis.errors import SymbiosisError
from symbiosis.report.between import LAYER_NAMES
from symbiosis.report.company_sheet import parties
from symbiosis.report.overviews import layer_map, layer_sankey
from symbiosis.scenario import Scenario

LOG = logging.getLogger(__name__)


def prepared(found: state.Loaded) -> dict[str, bytes]:
    """The files of this session's proposal in its language, made once; a failure is said, not swallowed."""
    territory = found.territory

    def files(proposal: Proposal, spoken: str) -> dict[str, bytes]:
        return export_all(proposal, territory, spoken)

    try:
        with st.spinner(_("Préparation des fichiers")):
            return found.once(files, language())
    except (SymbiosisError, OSError, ValueError, KeyError, TypeError) as error:
        LOG.exception("the exports failed")
        st.error(_("Les fichiers n'ont pas pu être préparés : {0}").format(type(error).__name__))
        return {}


def documents(found: state.Loaded) -> None:
    """Documents to print or to edit; each is made when its box is opened."""
    proposal = found.proposal
    st.header(_("Documents"), anchor=False)
    st.markdown(_("Chacun en PDF, à imprimer, et en Word, à compléter."))
    actors = {str(key): str(name) for key, name in proposal.declarations.actors["name"].items()}
    frame = themes(found).reset_index().drop_duplicates("theme_id")
    names = {str(key): str(name) for key, name in zip(frame["theme_id"], frame["theme"], strict=True)}
    synergies = choices(found, st.session_state.get("synergy_id", ""))
    left, right = st.columns(2, gap="medium")
    with left:
        with _box(_("Fiche animatrice"), _("une synergie sur une page, avec tout")):
            one = st.selectbox(_("Synergie"), list(synergies), format_func=labels(synergies), key="paper_synergy")
            if one:
                take_document(found, _("PDF, Word"), f"fiche-{one}", partial(sheet_paper, found, one))
        with _box(_("Fiche entreprise"), _("le côté d'une seule entreprise : rien qui dise les coûts des autres")):
            one = st.selectbox(_("Synergie"), list(synergies), format_func=labels(synergies), key="paper_own")
            known = parties(proposal, one) if one else {}
            actor = st.selectbox(_("Entreprise"), list(known), format_func=labels(known), key=f"paper_own_actor_{one}")
            if one and actor:
                take_document(
                    found, _("PDF, Word"), f"fiche-entreprise-{one}-{actor}", partial(company_paper, found, one, actor)
                )
        with _box(_("Scénario"), _("les hypothèses d'ici, à côté de la référence")):
            if proposal.scenario == replace(Scenario(), on_date=proposal.scenario.on_date):
                st.markdown(
                    f":gray[{_('Changez une hypothèse en haut de la page : ce document compare alors les deux calculs.')}]"
                )
            else:
                take_document(found, _("PDF, Word"), "scenario", partial(scenario_paper, found))
    with right:
        with _box(_("Compte rendu de visite"), _("ce qui est déclaré, ce qu'il faut demander, de la place pour écrire")):
            actor = st.selectbox(_("Entreprise"), list(actors), format_func=labels(actors), key="paper_actor")
            if actor:
                take_document(found, _("PDF, Word"), f"visite-{actor}", partial(visit_paper, found, actor))
        with _box(_("Compte rendu d'atelier"), _("balance d'un thème, pistes, décisions à noter")):
            theme = st.selectbox(_("Thème"), list(names), format_func=labels(names), key="paper_theme")
            if theme:
                take_document(found, _("PDF, Word"), f"atelier-{theme}", partial(workshop_paper, found, theme))
        with _box(_("Pour ceux qui décident"), _("synthèse d'un comité, rapport d'une année")), st.container(horizontal=True):
            take_document(found, _("Comité de pilotage"), "comite", partial(committee_paper, found))
            take_document(found, _("Rapport annuel"), "rapport-annuel", partial(year_paper, found))


@contextmanager
def _box(title: str, what: str) -> Iterator[None]:
    with st.container(border=True):
        st.markdown(f"**{title}**  \n:gray[{plain(what)}]")
        yield


def figures(found: state.Loaded) -> None:
    """Figures of each layer: where flows go today and as proposed, and the exchanges between communes."""
    st.header(_("Figures"), anchor=False)
    proposal, spoken = found.proposal, language()
    for column, (layer, title) in zip(st.columns(len(LAYER_NAMES), gap="medium"), LAYER_NAMES.items(), strict=True):
        with column, _box(_(title), _("SVG et PNG")):
            take_figure(
                found, _("Sankey, aujourd'hui"), f"sankey-{layer}-aujourdhui",
                partial(layer_sankey, proposal, layer, spoken, is_today=True),
            )  # fmt: skip
            take_figure(found, _("Sankey, proposé"), f"sankey-{layer}-feasible", partial(layer_sankey, proposal, layer, spoken))
            take_figure(found, _("Carte"), f"carte-{layer}-feasible", partial(layer_map, proposal, layer, spoken))


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Emporter les résultats"))
    three_totals(found)
    documents(found)
    figures(found)
    st.header(_("Tables et cartes"), anchor=False)
    st.markdown(_("Les CSV et le classeur s'ouvrent tels quels dans un Excel français."))
    files = prepared(found)
    columns = st.columns(2, gap="medium")
    for place, (name, kind) in enumerate(EXPORTS.items()):
        content = files.get(name)
        if content is None:
            continue
        with columns[place % 2], st.container(border=True, horizontal=True, vertical_alignment="center"):
            size = _("{0} Ko").format(number(max(len(content) / 1024, 1)))
            st.markdown(
                f"**{_(kind.title)}**  \n:gray[{plain(_(kind.what))} · {plain(size)}]",
                width="stretch",
            )
            st.download_button(
                _("Télécharger"),
                content,
                file_name=f"{found.territory.name}-{name}",
                mime=kind.mime,
                on_click="ignore",
                key=f"download_{name}",
            )


page()
