"""What to do next, for each role: said from what stands in the store, in the order of the work."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import identity, loading, state
from symbiosis.dashboard.company import Company, choose_company, meter
from symbiosis.dashboard.text import _, counted, language, number, plain
from symbiosis.dashboard.widgets import heading, link
from symbiosis.messages import N_
from symbiosis.report.publishing import LEVELS
from symbiosis.workspace.follow_up import calls_of_the_week, read_follow_up
from symbiosis.workspace.recording import own_matches


def member_home() -> None:
    """Accueil of a company: how far its declarations are, and what waits for its answer."""
    company = choose_company()
    if company is None:
        st.markdown(_("Votre entreprise n'est pas encore inscrite : demandez à votre animatrice."))
        return
    heading(plain(company.row["name"]), _("Votre diagnostic, vos pistes, et qui voit quoi."))
    measured = meter(company)
    matches = own_matches(company.store, company.principal, company.id)
    waiting = [match for match in matches if not match.decision]
    columns = st.columns(3, gap="medium")
    with columns[0], st.container(border=True, height="stretch"):
        st.metric(_("déclarations complètes"), messages.percent(measured.share, language()))
        st.markdown(_next_datum(company))
        link("diagnostic", _("Compléter mon diagnostic"))
    with columns[1], st.container(border=True, height="stretch"):
        st.metric(_("pistes qui attendent votre réponse"), number(len(waiting)))
        st.markdown(_("Vous ne voyez que votre côté ; l'autre partie ne voit que le sien."))
        link("diagnostic", _("Répondre"))
    with columns[2], st.container(border=True, height="stretch"):
        opened = [match for match in matches if match.contact is not None]
        st.metric(_("contacts ouverts"), number(len(opened)))
        st.markdown(_("Un contact s'ouvre quand les deux parties ont accepté."))
        link("diagnostic", _("Voir qui voit quoi"))


def _next_datum(company: Company) -> str:
    lacks = meter(company).lacks
    if not any(row.table_name in ("outputs", "needs") for row in company.rows):
        return _("Commencez par un site et un premier flux : trois cases suffisent.")
    if not lacks:
        return _("Rien ne manque à vos déclarations.")
    told = messages.said_of(messages.LACKS, lacks[0].datum, language())
    return _("Ce qui compte le plus : {0}, pour « {1} ».").format(plain(told), plain(lacks[0].description))


def published_home() -> None:
    """Accueil of a planner or a citizen: what was published."""
    store, principal = identity.current()
    with store.open_published(principal) as session:
        listed = session.rows("publication", order_by=("published_at",), descending=True, withdrawn_at=None)
    heading(_("Ce que le territoire publie"), _("Des totaux d'au moins trois entreprises, contrôlés avant d'être publiés."))
    if not listed:
        st.info(_("Rien n'est encore publié. Les publications des territoires paraîtront ici."))
    for row in listed:
        with st.container(border=True):
            st.markdown(
                f"**{plain(row['title'])}**  \n{plain(row['territory_name'])} · {_('version')} {number(row['version'])} · "
                f"{plain(_(LEVELS[row['level']]))}"
            )
    link("published", _("Lire les tables publiées"))


def is_begun() -> bool:
    """Whether the territory at hand in the store has a company."""
    store, principal = identity.current()
    with store.open(principal) as session:
        return session.count("company") > 0


def _begin(found: state.Loaded | None) -> None:
    """What to do where the store holds no company yet."""
    if found is None:
        st.markdown(_("Ouvrez une démonstration pour voir, déposez vos fichiers, ou inscrivez une entreprise à la main."))
    else:
        st.markdown(_("Ce que vous voyez n'est ouvert que dans cet onglet. Pour saisir, suivre des projets ou publier :"))
        link("data", _("Garder une copie sur cette machine"))
    link("diagnostic", _("Inscrire une première entreprise"))


def facilitator_steps() -> None:
    """What a facilitator does next on the territory at hand."""
    now = identity.current()
    known, here = read_follow_up(*now), now.principal.territory_id
    with st.container(border=True):
        st.markdown(f"**{_('Que faire ensuite')}**")
        if not known.companies:
            _begin(state.loaded())
            return
        name = next((row["name"] for row in identity.territories(now) if row["id"] == here), "")
        st.markdown(_("Territoire en cours : {0}, {1} entreprises.").format(f"**{plain(name)}**", number(len(known.companies))))
        calls = calls_of_the_week(known, datetime.now(tz=UTC).date())
        if calls:
            link(
                "projects", counted(N_("{0} appel à passer cette semaine"), N_("{0} appels à passer cette semaine"), len(calls))
            )
        if not known.matches:
            link("data", _("Calculer et enregistrer les pistes"))
        open_projects = sum(row["stage"] not in ("done", "abandoned") for row in known.projects)
        if open_projects:
            link("projects", counted(N_("{0} projet en cours"), N_("{0} projets en cours"), open_projects))
        link("diagnostic", _("Saisir ou relire le diagnostic d'une entreprise"))
        found = state.loaded()
        if (found is None or not found.territory_id) and st.button(
            _("Ouvrir le territoire en cours"), key="home_open_stored", type="primary"
        ):
            loading.open_stored()
