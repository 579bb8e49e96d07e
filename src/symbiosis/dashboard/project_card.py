"""One project: its stage, what is next, how ripe it is, what it has brought, and what was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import identity
from symbiosis.dashboard.company import attempt
from symbiosis.dashboard.stories import tell_story
from symbiosis.dashboard.text import _, counted, day, euros, labels, labels_of, language, plain
from symbiosis.messages import N_
from symbiosis.store import MoveProject, SaveProject
from symbiosis.store.projects import HIGHEST, READINESS
from symbiosis.store.tables import PROJECT_STAGES
from symbiosis.workspace.follow_up import FollowUp

AMOUNTS: dict[str, str] = {
    "quantity_t_per_yr": N_("tonnes par an"),
    "gain_eur_per_yr": N_("gain net (€/an)"),
    "insertion_h_per_yr": N_("heures d'insertion par an"),
}
"""What is compared once a project is realised."""


def show_project(known: FollowUp, row: Mapping[str, Any], today: date) -> None:
    """The sheet of a project.

    Parameters
    ----------
    known
        What the store knows.
    row
        Of ``project``.
    today
        The day that a change of stage carries.
    """
    st.divider()
    st.header(plain(row["title"]), anchor=False)
    parties = ", ".join(known.names[one] for one in row["company_ids"] if one in known.names)
    if parties:
        st.markdown(f":gray[{_('Participants')} :] {plain(parties)}")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _sheet(row)
    with right:
        _stage(row, today)
        _computed(row)
        _said(known, row)
    if row["stage"] == "done" and identity.may_open("story", "publish"):
        tell_story(known.names, row)


def _sheet(row: Mapping[str, Any]) -> None:
    store, principal = identity.current()
    key = f"{row['id']}_{row['version']}"
    with st.form(f"sheet_{key}", border=True):
        action = st.text_input(_("Prochaine action"), row["next_action"], key=f"action_{key}")
        one, two = st.columns(2)
        owner = one.text_input(_("Qui s'en charge"), row["owner"], key=f"owner_{key}")
        due = two.date_input(
            _("Pour le"), date.fromisoformat(row["due_on"]) if row["due_on"] else None, format="DD/MM/YYYY", key=f"due_{key}"
        )
        st.markdown(f"**{_('Maturité')}**")
        names = labels({str(level): _(told) for level, told in enumerate(messages.READINESS_LEVELS)})
        readiness = {
            axis: int(
                st.select_slider(
                    messages.said_of(messages.READINESS, axis, language()), [str(level) for level in range(HIGHEST + 1)],
                    value=str(row["readiness"].get(axis, 0)), format_func=names, key=f"ready_{axis}_{key}",
                )
            )
            for axis in READINESS
        }  # fmt: skip
        realised: dict[str, float] = {}
        if row["stage"] == "done":
            st.markdown(f"**{_('Ce qui a été mesuré')}**")
            for name, title in AMOUNTS.items():
                value = st.number_input(_(title), value=row["realised"].get(name), step=1.0, key=f"realised_{name}_{key}")
                if value is not None:
                    realised[name] = float(value)
        if st.form_submit_button(_("Enregistrer"), type="primary"):
            command = SaveProject(
                project_id=row["id"], version=row["version"], owner=owner.strip(), next_action=action.strip(),
                due_on=due.isoformat() if isinstance(due, date) else "", readiness=readiness,
                realised=realised or dict(row["realised"]),
            )  # fmt: skip
            attempt(command, store, principal)
            st.rerun()


def _stage(row: Mapping[str, Any], today: date) -> None:
    store, principal = identity.current()
    with st.container(border=True):
        stage = str(
            st.selectbox(
                _("Étape"), list(PROJECT_STAGES), index=PROJECT_STAGES.index(row["stage"]),
                key=f"stage_{row['id']}_{row['version']}",
                format_func=labels_of(messages.STAGES),
            )
        )  # fmt: skip
        reason = ""
        if stage == "abandoned":
            reason = str(
                st.selectbox(
                    _("Motif"), list(messages.REFUSALS), key=f"why_{row['id']}",
                    format_func=labels_of(messages.REFUSALS),
                )
            )  # fmt: skip
        if st.button(_("Changer d'étape"), key=f"move_{row['id']}", disabled=stage == row["stage"]):
            command = MoveProject(
                project_id=row["id"], version=row["version"], stage=stage, reason_code=reason, noted_on=today.isoformat()
            )
            attempt(command, store, principal)
            st.rerun()


def _computed(row: Mapping[str, Any]) -> None:
    if not row["computed"]:
        return
    said: dict[str, Callable[[float], str]] = {
        "quantity_t_per_yr": lambda value: counted(N_("{0} tonne par an"), N_("{0} tonnes par an"), value),
        "gain_eur_per_yr": lambda value: _("gain net de {0} par an").format(euros(value)),
        "insertion_h_per_yr": lambda value: counted(N_("{0} heure d'insertion"), N_("{0} heures d'insertion"), value),
    }
    told = _(" ; ").join(say(row["computed"][name]) for name, say in said.items() if name in row["computed"])
    st.markdown(f":gray[{_('Calculé à la prise en charge : {0}').format(plain(told))}]")


def _said(known: FollowUp, row: Mapping[str, Any]) -> None:
    notes = [note for note in known.notes if note["project_id"] == row["id"]]
    if not notes:
        return
    st.markdown(f"**{_('Journal')}**")
    frame = pd.DataFrame({
        _("Jour"): [day(note["noted_on"]) for note in notes],
        _("Nature"): [messages.said_of(messages.CONTACT_KINDS, note["kind"], language()) for note in notes],
        _("Ce qui s'est dit"): [
            messages.said_of(messages.STAGES, note["stage"], language()) if note["kind"] == "stage" else note["text"]
            for note in notes
        ],
    })  # fmt: skip
    st.dataframe(frame, hide_index=True, width="stretch", height="content" if len(notes) < 8 else 280, key=f"said_{row['id']}",
                 alt=_("Journal du projet"))  # fmt: skip
