"""Données: the territories of this machine, the files that come in, and the run whose matches companies are told of."""

from __future__ import annotations

import streamlit as st

from symbiosis.dashboard import identity, loading, state
from symbiosis.dashboard.company import show_told
from symbiosis.dashboard.followed import keep_copy
from symbiosis.dashboard.importing import is_under_way, show_import, show_import_told
from symbiosis.dashboard.text import _, counted, labels, language, plain
from symbiosis.dashboard.widgets import heading
from symbiosis.messages import N_


def page() -> None:
    """The page."""
    heading(_("Données"), _("Ce que ce territoire contient, d'où cela vient, et ce que les entreprises en apprennent."))
    show_told()
    show_import_told()
    store, principal = identity.current()
    with store.open(principal) as session:
        counts = {name: session.count(name) for name in ("company", "declared_row", "run", "match")}
    # Whoever has handed files in comes for these; the rest waits below.
    if is_first := is_under_way():
        show_import()
    left, right = st.columns(2, gap="large")
    with left:
        _territories(counts)
        _keep_loaded()
    with right:
        _compute(counts)
    if not is_first:
        st.subheader(_("Importer des fichiers"), anchor=False)
        show_import()


def _territories(counts: dict[str, int]) -> None:
    _store, principal = identity.current()
    st.subheader(_("Le territoire en cours"), anchor=False)
    names = {row["id"]: row["name"] for row in identity.territories()}
    with st.container(border=True):
        if principal.role == "owner" and len(names) > 1:
            chosen = st.selectbox(
                _("Territoire"),
                list(names),
                index=list(names).index(principal.territory_id),
                format_func=labels(names),
                key="territory_choice",
            )
            if chosen != principal.territory_id:
                identity.choose_territory(str(chosen))
        else:
            st.markdown(f"**{plain(names.get(principal.territory_id, ''))}**")
        parts = (
            counted(N_("{0} entreprise"), N_("{0} entreprises"), counts["company"]),
            counted(N_("{0} ligne déclarée"), N_("{0} lignes déclarées"), counts["declared_row"]),
            counted(N_("{0} calcul enregistré"), N_("{0} calculs enregistrés"), counts["run"]),
        )
        st.markdown(f"{plain(', '.join(parts))}.")
        if counts["declared_row"] and st.button(_("Ouvrir ce territoire"), key="open_stored", type="primary"):
            loading.open_stored(goes_home=True)


def _keep_loaded() -> None:
    """What this session alone holds becomes a territory of the store, to be worked on."""
    found = state.loaded()
    if found is None or found.territory_id or not identity.may_open("territory", "create"):
        return
    st.subheader(_("Garder ce qui est ouvert"), anchor=False)
    with st.container(border=True):
        title = found.territory.title(language())
        kept = {row["name"] for row in identity.territories()}
        if found.is_shipped and found.territory.title("fr") in kept:
            st.markdown(_("Une copie de « {0} » est déjà sur cette machine : choisissez-la ci-dessus.").format(plain(title)))
            return
        st.markdown(
            _(
                "« {0} » n'est ouvert que dans cet onglet. Gardez-en une copie pour saisir, faire répondre les entreprises "
                "et suivre des projets."
            ).format(plain(title))
        )
        if st.button(_("Garder une copie sur cette machine"), key="keep_loaded", type="primary"):
            with st.spinner(_("Copie des entreprises et de leurs lignes")):
                keep_copy(found)
            st.rerun()


def _compute(counts: dict[str, int]) -> None:
    store, principal = identity.current()
    st.subheader(_("Ce que les entreprises apprennent"), anchor=False)
    with st.container(border=True):
        st.markdown(
            _("Enregistrer un calcul donne à chaque entreprise ses pistes, de son côté seulement : ni nom, ni quantité, "
              "ni prix de l'autre. "
              "Les accords déjà donnés restent.")
        )  # fmt: skip
        if not counts["company"]:
            st.markdown(f":gray[{_('Il faut d’abord des entreprises et leurs flux.')}]")
            return
        if st.button(_("Calculer et enregistrer les pistes"), key="record_run", type="primary"):
            made = loading.computed_for_all(store, principal)
            if made is not None:
                st.success(
                    counted(
                        N_("{0} piste enregistrée : chaque entreprise la lit dans son Diagnostic."),
                        N_("{0} pistes enregistrées : chaque entreprise les lit dans son Diagnostic."),
                        made["matches"],
                    )
                )


page()
