"""Projets: whom to call this week first, then the board, the journal, the funnel and what was realised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.company import attempt, show_told
from symbiosis.dashboard.project_card import AMOUNTS, show_project
from symbiosis.dashboard.text import _, day, labels, labels_of, language, number, plain
from symbiosis.dashboard.widgets import heading, link
from symbiosis.messages import N_
from symbiosis.report.calendar import calendar_feed
from symbiosis.store import OpenProject, WriteNote
from symbiosis.store.tables import NOTE_KINDS, PROJECT_STAGES
from symbiosis.workspace.follow_up import (
    FollowUp,
    calls_of_the_week,
    funnel,
    read_follow_up,
    realised_against_computed,
)

PARTS: dict[str, str] = {
    "week": N_("Cette semaine"),
    "board": N_("Tableau des projets"),
    "journal": N_("Journal des contacts"),
    "funnel": N_("Entonnoir et résultats"),
}
WHY: dict[str, str] = {
    "due": N_("action à échéance"),
    "awaited": N_("réponse attendue : l'autre partie a accepté"),
    "silent": N_("sans nouvelle depuis trois mois"),
}
NEVER = N_("jamais")


def page() -> None:
    """The page."""
    heading(_("Projets"))
    show_told()
    store, principal = identity.current()
    known = read_follow_up(store, principal)
    part = st.segmented_control(
        _("Partie du suivi"), list(PARTS), default="week", format_func=labels_of(PARTS),
        key="projects_part", required=True, label_visibility="collapsed",
    )  # fmt: skip
    if part == "week":
        _week(known)
    elif part == "board":
        _board(known)
    elif part == "journal":
        _journal(known)
    else:
        _results(known)


def _today() -> date:
    return datetime.now(tz=UTC).date()


def _day(iso: str) -> str:
    return day(iso) if iso else _(NEVER)


def _week(known: FollowUp) -> None:
    st.subheader(_("Qui rappeler cette semaine"), anchor=False)
    calls = calls_of_the_week(known, _today())
    if not calls:
        st.markdown(
            _("Personne n'attend d'appel. Donnez une prochaine action et une date à chaque projet : elles paraîtront ici.")
        )
    for kind, told in WHY.items():
        listed = [call for call in calls if call.kind == kind]
        if not listed:
            continue
        frame = pd.DataFrame({
            _("Depuis"): [_day(call.since) for call in listed],
            _("Entreprise"): [call.company or "–" for call in listed],
            _("À propos de"): [call.about or "–" for call in listed],
        })  # fmt: skip
        st.markdown(f"**{_(told)}** ({len(listed)})")
        st.dataframe(
            frame,
            hide_index=True,
            width="stretch",
            height="content" if len(listed) < 9 else 320,
            key=f"calls_{kind}",
            alt=_(told),
        )
    left, right = st.columns(2, gap="large")
    with left:
        _note(known)
    with right, st.container(border=True):
        st.markdown(
            f"**{_('Rappels dans votre agenda')}**  \n" + _("La prochaine action de chaque projet, au format iCalendar.")
        )
        feed = calendar_feed(known.projects, title=_("symbiosis – prochaines actions"), stamped_at=datetime.now(tz=UTC))
        st.download_button(_("Télécharger l'agenda (.ics)"), feed.encode(), file_name="symbiosis.ics", mime="text/calendar",
                           on_click="ignore", key="calendar")  # fmt: skip
        if identity.who() is not None:
            st.link_button(_("S'abonner depuis « Mon compte »"), "/compte", type="tertiary")


def _note(known: FollowUp) -> None:
    """The form that writes a contact to the journal."""
    store, principal = identity.current()
    kinds = [kind for kind in NOTE_KINDS if kind != "stage"]
    titles = {row["id"]: row["title"] for row in known.projects}
    with st.form("note", border=True, clear_on_submit=True):
        st.markdown(f"**{_('Noter un contact')}**")
        left, right = st.columns(2)
        kind = left.selectbox(
            _("Nature"), kinds, format_func=labels_of(messages.CONTACT_KINDS),
            key="note_kind",
        )  # fmt: skip
        noted_on = right.date_input(_("Le"), _today(), format="DD/MM/YYYY", key="note_on")
        company = left.selectbox(
            _("Entreprise"), ["", *known.names], format_func=labels({"": "–", **known.names}), key="note_company"
        )
        project = right.selectbox(_("Projet"), ["", *titles], format_func=labels({"": "–", **titles}), key="note_project")
        text = st.text_area(_("Ce qui s'est dit"), key="note_text", height=90)
        if st.form_submit_button(_("Noter"), type="primary"):
            if not (company or project):
                st.warning(_("Choisissez une entreprise ou un projet."))
                return
            command = WriteNote(
                territory_id=principal.territory_id, kind=str(kind), noted_on=noted_on.isoformat(), text=text.strip(),
                company_id=str(company), project_id=str(project),
            )  # fmt: skip
            attempt(command, store, principal)
            st.rerun()


def _board(known: FollowUp) -> None:
    """Projects by stage; the one that is chosen opens below."""
    _open(known)
    if not known.projects:
        st.info(_("Aucun projet encore. Prenez une piste enregistrée, ou donnez un titre à une idée d'atelier."))
        return
    chosen = st.session_state.get("project_id", "")
    stages = [stage for stage in PROJECT_STAGES if stage != "abandoned" or any(row["stage"] == stage for row in known.projects)]
    for column, stage in zip(st.columns(len(stages), gap="small"), stages, strict=True):
        listed = [row for row in known.projects if row["stage"] == stage]
        with column:
            st.markdown(f"**{messages.said_of(messages.STAGES, stage, language()).capitalize()}** ({len(listed)})")
            for row in listed:
                with st.container(border=True, gap="xxsmall"):
                    st.markdown(plain(row["title"]))
                    if row["next_action"]:
                        late = row["due_on"] and row["due_on"] < _today().isoformat() and stage not in ("done", "abandoned")
                        due = f" · {_day(row['due_on'])}" if row["due_on"] else ""
                        colour = "red" if late else "gray"
                        st.markdown(f":{colour}[{plain(row['next_action'])}{plain(due)}]")
                    if row["reason_code"]:
                        st.markdown(f":gray[{plain(messages.said_of(messages.REFUSALS, row['reason_code'], language()))}]")
                    if st.button(_("Ouvrir"), key=f"open_{row['id']}", disabled=row["id"] == chosen):
                        st.session_state["project_id"] = row["id"]
                        st.rerun()
    found = next((row for row in known.projects if row["id"] == chosen), None)
    if found is not None:
        show_project(known, found, _today())


def _open(known: FollowUp) -> None:
    """A new project, from a match that was recorded or from a title."""
    store, principal = identity.current()
    taken = {row["match_id"] for row in known.projects}
    newest = max((row["created_at"] for row in known.matches), default="")
    free = {
        row["id"]: row
        for row in known.matches
        if row["id"] not in taken and (row["created_at"] == newest or row["stage"] == "accepted")
    }
    names = {key: _match_title(row["sheet"]) for key, row in free.items()}
    with (
        st.popover(_("Nouveau projet"), icon=":material/add:", key="new_project"),
        st.form("project", border=False, clear_on_submit=True),
    ):
        match_id = str(
            st.selectbox(_("Depuis une piste"), ["", *names], format_func=labels({"": "–", **names}), key="project_match")
        )
        title = st.text_input(_("Titre (sinon celui de la piste)"), key="project_title").strip()
        companies = st.multiselect(
            _("Entreprises"), list(known.names), format_func=labels(known.names), key="project_companies"
        )
        if st.form_submit_button(_("Créer"), type="primary") and (title or match_id):
            row = free.get(match_id)
            parties = [row["giver_id"], row["taker_id"]] if row is not None else []
            amounts = {
                name: float(row["sheet"][name]) for name in AMOUNTS if row is not None and row["sheet"].get(name) is not None
            }
            command = OpenProject(
                territory_id=principal.territory_id, title=title or names[match_id], match_id=match_id,
                company_ids=tuple(dict.fromkeys([*parties, *companies])), computed=amounts, noted_on=_today().isoformat(),
            )  # fmt: skip
            made = attempt(command, store, principal)
            if made is not None:
                st.session_state["project_id"] = made["id"]
            st.rerun()


def _match_title(sheet: Mapping[str, Any]) -> str:
    """What flows, from whom to whom; what leaves an operator has no words of its own but the name of its material."""
    what = sheet["description"] or messages.name(state.catalogue().materials, sheet["material_id"], language())
    return _("{0} : {1}").format(what, f"{sheet['giver_name']} → {sheet['taker_name']}")


def _journal(known: FollowUp) -> None:
    notes = [note for note in known.notes if note["kind"] != "stage"]
    if not notes:
        st.markdown(_("Le journal est vide : notez un appel ou une visite depuis « Cette semaine »."))
        return
    chosen = str(
        st.selectbox(
            _("Entreprise"), ["", *known.names], format_func=labels({"": _("toutes"), **known.names}), key="journal_company"
        )
    )
    titles = {row["id"]: row["title"] for row in known.projects}
    notes = [note for note in notes if not chosen or note["company_id"] == chosen]
    frame = pd.DataFrame({
        _("Jour"): [_day(note["noted_on"]) for note in notes],
        _("Nature"): [messages.said_of(messages.CONTACT_KINDS, note["kind"], language()) for note in notes],
        _("Entreprise"): [known.names.get(note["company_id"], "–") for note in notes],
        _("Projet"): [titles.get(note["project_id"], "–") for note in notes],
        _("Ce qui s'est dit"): [note["text"] for note in notes],
    })  # fmt: skip
    st.dataframe(frame, hide_index=True, width="stretch", height="content" if len(notes) < 12 else 480, key="journal",
                 alt=_("Journal des contacts"),
                 column_config={_("Ce qui s'est dit"): st.column_config.TextColumn(width="large")})  # fmt: skip


def _results(known: FollowUp) -> None:
    st.subheader(_("Jusqu'où vont les idées"), anchor=False)
    found = funnel(known.projects, known.notes)
    shown = pd.DataFrame({
        _("Étape"): [messages.said_of(messages.STAGES, str(stage), language()) for stage in found.index],
        _("Atteinte par"): [number(value) for value in found["reached"]],
        _("Y sont aujourd'hui"): [number(value) for value in found["now"]],
        _("Abandonnés à cette étape"): [number(value) for value in found["abandoned"]],
        _("De l'étape d'avant"): [messages.percent(value, language()) for value in found["of_previous"]],
        _("Des idées"): [messages.percent(value, language()) for value in found["of_ideas"]],
    })  # fmt: skip
    st.dataframe(
        shown, hide_index=True, width="stretch", height="content", key="funnel", alt=_("Entonnoir des projets et ses taux")
    )
    st.markdown(f":gray[{plain(_(messages.FUNNEL))}]")
    st.subheader(_("Réalisé, à côté du calculé"), anchor=False)
    compared = realised_against_computed(known.projects)
    if compared.empty:
        st.markdown(_("Rien n'est encore mesuré : notez ce qu'un projet réalisé a rapporté dans sa fiche."))
        link("home", _("Aller à l'accueil"))
        return
    table = pd.DataFrame({
        _("Projet"): compared["title"],
        _("Grandeur"): [_(AMOUNTS.get(name, name)) for name in compared["indicator"]],
        _("Calculé"): [number(value, 1) for value in compared["computed"]],
        _("Réalisé"): [number(value, 1) for value in compared["realised"]],
        _("Réalisé / calculé"): [messages.percent(value, language()) for value in compared["ratio"]],
    })  # fmt: skip
    st.dataframe(
        table, hide_index=True, width="stretch", height="content", key="realised", alt=_("Réalisé et calculé, par projet")
    )


page()
