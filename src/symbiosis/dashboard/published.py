"""Territoire publié: tables that have passed the disclosure gate; the only page of figures that citizens and planners have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis.dashboard import identity, state
from symbiosis.dashboard.ballot_view import has_ballots, read_ballots
from symbiosis.dashboard.stories import has_stories, read_stories
from symbiosis.dashboard.text import _, counted, day, gray, labels, language, number, plain, word
from symbiosis.dashboard.widgets import heading, text_table
from symbiosis.errors import NotAllowed, NotFound
from symbiosis.messages import N_
from symbiosis.publishing import assumptions
from symbiosis.report.overviews import unit_text
from symbiosis.report.published import DIMENSIONS, VIEWS, differences, label_of, long_table, spreadsheet, wide_table
from symbiosis.report.publishing import COUNTED
from symbiosis.scenario import OBJECTIVE_NAMES, Scenario, parameters
from symbiosis.store import named_cells, request_run
from symbiosis.store.planning import RUNS_A_DAY

HEADINGS: dict[str, str] = {
    "table": N_("Table"), "row": N_("Ligne"), "column": N_("Colonne"), "value": N_("Valeur"), "unit": N_("Unité"),
    "status": N_("Statut"), "as_of": N_("Date du chiffre"), "before": N_("Première"), "after": N_("Seconde"),
    "difference": N_("Différence"),
}  # fmt: skip
REQUEST_STATES: dict[str, str] = {
    "queued": N_("attend"), "running": N_("en cours"), "done": N_("publié"), "failed": N_("n'a pas abouti"),
}  # fmt: skip
METHODS: tuple[str, ...] = (
    N_("Un chiffre tient toujours à trois entreprises ou plus, dont aucune ne pèse 85 % ni ne peut être devinée à 15 % près."),
    N_("D'autres cases sont masquées avec les premières, pour qu'aucune soustraction de totaux ne les rende."),
    N_("Les chiffres sont arrondis à trois chiffres significatifs. Le motif d'un secret n'est pas publié : il dirait déjà "
       "quelque chose de l'entreprise."),
    N_("Un chiffre suivi d'une date vient d'une version précédente : son changement aurait désigné une entreprise."),
    N_("Une case vide : personne n'y a rien déclaré. Les zones regroupent les communes une fois pour toutes ; "
       "elles portent le nom ou le code INSEE de l'une d'elles."),
)  # fmt: skip


def publications() -> list[dict[str, Any]]:
    """The tables that this role may see, the newest first; stories are read apart."""
    store, principal = identity.current()
    with store.open_published(principal) as session:
        found = session.rows("publication", order_by=("published_at",), descending=True, withdrawn_at=None)
    return [row for row in found if not row["story"] and not row["ballot"]]


def cells_of(publication: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Figures of a publication."""
    store, principal = identity.current()
    with store.open_published(principal) as session:
        return session.rows("publication_cell", publication_id=publication["id"])


def title_of(publication: Mapping[str, Any]) -> str:
    """What a publication is called in a list."""
    name = publication["title"] or _("Sans titre")
    version = f"{_('version')} {publication['version']}"
    return " · ".join((name, publication["territory_name"], version, day(publication["published_at"])))


def tables(publication: Mapping[str, Any]) -> None:
    """The tables of one publication, how they were made, and the file."""
    found, spoken, catalogue = cells_of(publication), language(), state.catalogue()
    secret = sum(one["status"] == "secret" for one in found)
    st.markdown(
        _("{0}, {1}, publiés le {2}. Empreinte : {3}").format(
            counted(*COUNTED[0], len(found) - secret),
            counted(*COUNTED[1], secret),
            day(publication["published_at"]),
            publication["digest"][:16],
        )
    )
    for name, head in publication["tables"].items():
        shown = wide_table([one for one in found if one["table_name"] == name], head, catalogue, spoken)
        said = _(VIEWS[name]) if name in VIEWS else name
        st.subheader(f"{plain(said)} ({plain(unit_text(head['unit'], spoken))})", anchor=False)
        if shown.empty:
            st.markdown(_("Aucun chiffre : personne n'y a rien déclaré."))
        else:
            figures = {one: st.column_config.TextColumn(one, alignment="right") for one in shown.columns[1:]}
            st.dataframe(
                shown, hide_index=True, width="stretch", height="content", alt=said, column_config=figures,
                key=f"published_{publication['id']}_{name}",
            )  # fmt: skip
    with st.expander(_("Ce qui est masqué, et pourquoi")):
        for told in METHODS:
            st.markdown(f"- {plain(_(told))}")
    if identity.may_open("export", "aggregated"):
        frame = long_table(found, publication["tables"], catalogue, spoken)
        st.download_button(
            _("Télécharger en CSV"), spreadsheet(frame, _titles(frame), spoken), mime="text/csv", on_click="ignore",
            file_name=f"publication-{publication['version']}.csv", key="published_csv",
        )  # fmt: skip


def _titles(frame: pd.DataFrame) -> dict[str, str]:
    return {name: _(HEADINGS[name]) for name in frame.columns}


def compare(listed: list[dict[str, Any]]) -> None:
    """Two publications side by side, and what differs."""
    names = {row["id"]: title_of(row) for row in listed}
    by_id, spoken = {row["id"]: row for row in listed}, language()
    left, right = st.columns(2)
    first = left.selectbox(_("Première publication"), list(names), index=1, format_func=labels(names), key="compare_first")
    second = right.selectbox(_("Seconde publication"), list(names), index=0, format_func=labels(names), key="compare_second")
    frames = [
        long_table(cells_of(by_id[one]), by_id[one]["tables"], state.catalogue(), spoken) for one in (first, second) if one
    ]
    if len(frames) < 2:
        return
    frame = differences(*frames)
    differs = frame[frame["difference"].fillna(0) != 0]
    st.markdown(
        counted(
            N_("{0} chiffre montré des deux côtés, dont {1} de différent."),
            N_("{0} chiffres montrés des deux côtés, dont {1} de différents."),
            frame["difference"].notna().sum(),
            number(len(differs)),
        )
    )
    styled: Any = frame.rename(columns=_titles(frame)).style
    figures = [_(HEADINGS[name]) for name in ("before", "after", "difference")]
    st.dataframe(
        styled.format(dict.fromkeys(figures, number)), hide_index=True, width="stretch", key="compared",
        alt=_("Différences de deux publications"),
    )  # fmt: skip
    st.markdown(gray(plain(_("Un tiret : le chiffre est secret ou absent d’un côté."))))


def ask_for_run() -> None:
    """A planner asks for a run under a few assumptions, and follows it."""
    store, principal = identity.current()
    with store.open_published(principal) as session:
        asked = session.rows("run_request", order_by=("created_at",), descending=True, requested_by=principal.user_id)
    yesterday = (datetime.now(tz=UTC) - timedelta(days=1)).isoformat(timespec="microseconds")
    left = max(RUNS_A_DAY - sum(row["created_at"] > yesterday for row in asked), 0)
    rule = _("Le territoire calcule, contrôle le secret, puis publie aux collectivités.")
    st.markdown(f"{rule} {_('Encore {0} demandes sur vingt-quatre heures.').format(number(left))}")
    usual = Scenario()
    with st.form("planner_run"):
        objective = st.selectbox(
            _("Ce que l'on cherche"), OBJECTIVE_NAMES, index=OBJECTIVE_NAMES.index(usual.objective),
            format_func=labels({name: word(name) for name in OBJECTIVE_NAMES}), key="asked_objective",
        )  # fmt: skip
        distance = st.slider(_("Distance maximale (km)"), 5, 300, int(usual.maximum_distance_km), step=5, key="asked_distance")
        increase = st.slider(_("Hausse du coût d'élimination (€/t)"), 0, 200, 0, step=5, key="asked_increase")
        lifted = st.checkbox(_("Ne pas imposer la hiérarchie des déchets"), key="asked_lifted")
        is_sent = st.form_submit_button(_("Demander ce calcul"), type="primary", disabled=not left)
    if is_sent:
        wanted = Scenario(
            objective=objective or usual.objective, maximum_distance_km=float(distance),
            disposal_increase_eur_per_t=float(increase), is_hierarchy_lifted=lifted,
        )  # fmt: skip
        try:
            request_run(store, principal, assumptions(wanted))
        except NotAllowed:
            st.warning(_("Dix demandes ont été faites depuis hier : la suivante attendra demain."))
            return
        st.rerun()
    if asked:
        known = {row["id"]: title_of(row) for row in publications()}
        text_table(
            pd.DataFrame([
                {
                    _("Demandé le"): day(row["created_at"]),
                    _("Hypothèses"): _assumed(row["scenario"]),
                    _("État"): _(REQUEST_STATES[row["status"]]),
                    _("Publication"): known.get(row["publication_id"], ""),
                }
                for row in asked
            ]),
            key="requests", alt=_("Calculs demandés"),
        )  # fmt: skip


def _assumed(scenario: Mapping[str, Any]) -> str:
    place = "en" if language() == "en" else "fr"
    named = {one["name"]: one[place] for one in parameters()}
    return " ; ".join(f"{named.get(key, key)} : {value}" for key, value in scenario.items()) or _("Référence")


def under_agreement(publication: Mapping[str, Any]) -> None:
    """The figures company by company, for a planner who has signed; each company reads that it was seen."""
    store, principal = identity.current()
    st.markdown(
        _(
            "Réservé à qui a signé une convention en cours. Chaque entreprise montrée lira, dans « qui a vu mes données », "
            "que vous l'avez vue."
        )
    )
    names = {name: _(VIEWS[name]) if name in VIEWS else name for name in publication["tables"]}
    view = st.selectbox(_("Table"), list(names), format_func=labels(names), key="named_view")
    if view is None or not st.button(_("Voir par entreprise"), key="named_cells"):
        return
    try:
        found = named_cells(store, principal, publication["id"], view)
    except NotAllowed:
        st.info(
            _("Aucune convention à votre nom n'est en cours : l'animatrice du territoire l'enregistre quand elle est signée.")
        )
        return
    except NotFound:
        st.info(_("Cette publication n'a pas de chiffres par entreprise sur votre territoire."))
        return
    name = label_of(state.catalogue(), language())
    shown = found.drop(columns=["role"]).assign(
        **{one: found[one].map(name) for one in publication["tables"][view]["dimensions"]}
    )
    titles = {**{key: _(said) for key, said in DIMENSIONS.items()}, "companies": _("Entreprises"), "value": _("Valeur")}
    styled: Any = shown.rename(columns=titles).style.format({_("Valeur"): number})
    st.dataframe(styled, hide_index=True, width="stretch", key="named", alt=_("Chiffres par entreprise"))


def page() -> None:
    """The page."""
    principal = identity.current().principal
    heading(_("Ce que le territoire publie"), _("Des totaux d'au moins trois entreprises, contrôlés avant d'être publiés."))
    listed = publications()
    parts = {"tables": _("Tables"), "stories": _("Récits")}
    if has_ballots():
        parts["ballots"] = _("Budgets participatifs")
    if len(listed) > 1:
        parts["compare"] = _("Comparer deux scénarios")
    if principal.role == "planner":
        parts |= {"run": _("Demander un calcul"), **({"named": _("Accès sous convention")} if listed else {})}
    first = "stories" if has_stories() and not listed else "tables"
    part = st.segmented_control(
        _("Partie"), list(parts), default=first, format_func=labels(parts), key="published_part", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if part == "stories":
        read_stories()
        return
    if part == "ballots":
        read_ballots()
        return
    if part == "run":
        ask_for_run()
        return
    if part == "compare":
        compare(listed)
        return
    if not listed:
        st.info(_("Rien n'est encore publié. Les publications des territoires paraîtront ici."))
        return
    names = {row["id"]: title_of(row) for row in listed}
    chosen = st.selectbox(_("Publication"), list(names), format_func=labels(names), key="published_id")
    publication = next((row for row in listed if row["id"] == chosen), listed[0])
    if part == "named":
        under_agreement(publication)
    else:
        tables(publication)


page()
