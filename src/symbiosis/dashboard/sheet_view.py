"""How a synergy sheet is laid out on a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from symbiosis import messages, workspace
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.documents import company_paper, footer, forget, take_document
from symbiosis.dashboard.followed import is_followed, keep_copy, project_of, take_up, write_follow_up
from symbiosis.dashboard.text import _, labels, labels_of, language, plain
from symbiosis.dashboard.widgets import go, text_table
from symbiosis.engine import Proposal
from symbiosis.report.company_sheet import parties
from symbiosis.report.document import Document, follow_up_blanks, sheet_document, shown_day
from symbiosis.report.print_page import print_page
from symbiosis.report.sheet import build_sheet
from symbiosis.report.sheet_parts import Line, Section, Sheet


def make_sheet(found: state.Loaded, synergy_id: str) -> Sheet:
    """The sheet of a synergy in the language of the session."""
    return found.once(_sheet, synergy_id, language())


def _sheet(proposal: Proposal, synergy_id: str, spoken: str) -> Sheet:
    return build_sheet(proposal, synergy_id, spoken, banner=workspace.banner(proposal, spoken))


def printed(found: state.Loaded, sheet: Sheet, known: Mapping[str, Any]) -> bytes:
    """The sheet as a page to print."""
    return print_page(sheet, language(), footer=footer(found), blanks=follow_up(known)).encode()


def sheet_paper(found: state.Loaded, synergy_id: str) -> Document:
    """The sheet as a document, with what is known of its follow-up."""
    sheet, known = make_sheet(found, synergy_id), known_follow_up(synergy_id, project_of(found, synergy_id))
    sheet = replace(sheet, next_action=next_action(known, sheet))
    return sheet_document(sheet, language(), blanks=follow_up(known), footer=footer(found))


def known_follow_up(synergy_id: str, project: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """`stage`, `owner`, `day` and `action` of the synergy's project; as typed in this session where no store holds it."""
    if project is not None:
        day = date.fromisoformat(project["due_on"]) if project["due_on"] else None
        return {"stage": project["stage"], "owner": project["owner"], "day": day, "action": project["next_action"]}
    typed: Mapping[str, Any] = st.session_state.get("follow_up", {}).get(synergy_id, {})
    return typed


def follow_up(known: Mapping[str, Any]) -> tuple[Line, ...]:
    """Stage, owner and date as they are known; empty fields else."""
    day, stage = known.get("day"), known.get("stage", "")
    said = messages.said_of(messages.STAGES, stage, language()) if stage else ""
    values = (said, known.get("owner", ""), shown_day(day, language()) if day else "")
    blanks = follow_up_blanks(language())
    return tuple(replace(blank, value=value) for blank, value in zip(blanks, values, strict=True))


def next_action(known: Mapping[str, Any], sheet: Sheet) -> str:
    """What was decided, else what the sheet proposes."""
    return str(known.get("action") or sheet.next_action)


def edit_follow_up(found: state.Loaded, sheet: Sheet, known: Mapping[str, Any]) -> None:
    """Stage, next action, owner and date: those of the project where the store holds it; else they last as the session does."""
    key, is_kept = sheet.synergy_id, is_followed(found)
    # Giving up asks for a reason: the page Projets does.
    stages = ["", *(one for one in messages.STAGES if one != "abandoned" or known.get("stage") == one)]
    with st.expander(_("Suivi : étape, responsable, date")), st.form(f"follow_up_{key}", border=False):
        left, middle, right = st.columns(3, gap="small")
        now = known.get("stage", "")
        stage = left.selectbox(
            _("Étape"), stages, index=stages.index(now) if now in stages else 0, key=f"stage_{key}",
            format_func=labels_of({"": "–", **messages.STAGES}),
        )  # fmt: skip
        owner = middle.text_input(_("Responsable"), known.get("owner", ""), max_chars=80, key=f"owner_{key}")
        day = right.date_input(_("Date"), known.get("day"), format="DD/MM/YYYY", key=f"day_{key}")
        action = st.text_input(_("Prochaine action"), sheet.next_action, max_chars=200, key=f"action_{key}")
        if st.form_submit_button(_("Enregistrer dans Projets") if is_kept else _("Inscrire sur la fiche")):
            due = day if isinstance(day, date) else None
            if is_kept:
                write_follow_up(found, sheet, stage=str(stage or ""), owner=owner, action=action, due=due)
            else:
                typed = {"stage": stage or "", "owner": owner, "day": due, "action": action}
                st.session_state.setdefault("follow_up", {})[key] = typed
            forget(found, f"fiche-{key}")
            st.rerun()
        of_session = _("Imprimé avec la fiche ; gardé le temps de cette session.")
        told = _("Le même projet que sur la page Projets.") if is_kept else of_session
        st.markdown(f":gray[{plain(told)}]")


def show_sheet(found: state.Loaded, synergy_id: str) -> None:
    """Lay a sheet out.

    Parameters
    ----------
    found
        What the session looks at.
    synergy_id
        Key of its synergies.
    """
    project = project_of(found, synergy_id)
    sheet, known = make_sheet(found, synergy_id), known_follow_up(synergy_id, project)
    sheet = replace(sheet, next_action=next_action(known, sheet))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[{plain(sheet.synergy_id)} · {plain(sheet.theme)}]", width="content")
        st.badge(sheet.kind, color="blue")
        st.badge(sheet.status, color="orange" if sheet.is_to_investigate else "green")
        st.space("stretch")
        st.download_button(
            _("Imprimer (page HTML)"),
            printed(found, sheet, known),
            file_name=f"fiche-{sheet.synergy_id}.html",
            mime="text/html",
            on_click="ignore",
            key=f"print_{sheet.synergy_id}",
        )
        _offer_project(found, sheet, project)
        take_document(
            found, _("PDF, Word"), f"fiche-{sheet.synergy_id}",
            partial(sheet_paper, found, sheet.synergy_id),
        )  # fmt: skip
    st.header(plain(sheet.title), anchor=False)
    who = " → ".join(sheet.path)
    st.markdown(plain(who))
    for column, line in zip(st.columns(len(sheet.figures), gap="small"), sheet.figures, strict=True):
        with column, st.container(border=True, height="stretch", gap="xxsmall"):
            st.metric(line.label, line.value)
            st.markdown(f":gray[{plain(line.note)}]")
    with st.container(border=True):
        st.markdown(f":gray[{_('Prochaine action')}]  \n**{plain(sheet.next_action)}**")
    edit_follow_up(found, sheet, known)
    wide = [section for section in sheet.sections if section.table is not None]
    narrow = [section for section in sheet.sections if section.table is None]
    for number, section in enumerate(wide):
        show_section(section, f"{sheet.synergy_id}_wide_{number}")
    columns = st.columns(2, gap="large")
    tall = [0, 0]
    for number, section in enumerate(narrow):
        # Into the shorter column: the reading order of a narrow screen changes little, and neither column stands empty.
        place = int(tall[1] < tall[0])
        tall[place] += 2 + 3 * len(section.lines) + len(section.sentences)
        with columns[place]:
            show_section(section, f"{sheet.synergy_id}_narrow_{number}")


def _offer_project(found: state.Loaded, sheet: Sheet, project: Mapping[str, Any] | None) -> None:
    """The button that makes a project of a synergy, or opens the one that follows it, for whoever follows projects."""
    if not identity.may_open("project", "write"):
        return
    label = _("Suivre dans Projets") if project is None else _("Ouvrir le projet")
    is_elsewhere = project is None and not found.territory_id and identity.may_open("territory", "create")
    told = _("Garde d'abord une copie de ce territoire sur cette machine : le projet y rejoint ses entreprises.")
    if not st.button(
        label, key=f"take_up_{sheet.synergy_id}", icon=":material/playlist_add:", help=told if is_elsewhere else None
    ):
        return
    if is_elsewhere:
        with st.spinner(_("Copie des entreprises et de leurs lignes")):
            found = keep_copy(found)
    project_id = str(project["id"]) if project is not None else take_up(found, sheet)
    if project_id:
        st.session_state["project_id"], st.session_state["projects_part"] = project_id, "board"
        go("projects")


def show_section(section: Section, key: str) -> None:
    """One part of a sheet.

    Parameters
    ----------
    section
        What it holds.
    key
        Of its table.
    """
    st.subheader(section.title, anchor=False)
    if section.table is not None:
        text_table(section.table, key=f"table_{key}", alt=section.title, widths=section.widths)
    for line in section.lines:
        note = f"  \n:gray[{plain(line.note)}]" if line.note else ""
        st.markdown(f":gray[{plain(line.label)}]  \n**{plain(line.value)}**{note}")
    if section.sentences:
        st.markdown("\n".join(f"- {plain(sentence)}" for sentence in section.sentences))
    if section.note:
        st.markdown(f":gray[{plain(section.note)}]")


def show_company(found: state.Loaded, synergy_id: str) -> None:
    """What one party is told: its own side, and nothing that the other's costs could be computed from.

    Parameters
    ----------
    found
        What the session looks at.
    synergy_id
        Key of its synergies.
    """
    names = parties(found.proposal, synergy_id)
    actor = st.selectbox(_("Entreprise"), list(names), format_func=labels(names), key=f"company_of_{synergy_id}")
    paper = company_paper(found, synergy_id, actor)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[{plain(paper.over)}]", width="content")
        for tag in paper.tags:
            st.badge(tag, color="blue")
        st.space("stretch")
        take_document(found, _("PDF, Word"), f"fiche-entreprise-{synergy_id}-{actor}", lambda: paper)
    st.header(plain(paper.title), anchor=False)
    columns = st.columns(2, gap="large")
    for number, section in enumerate(paper.sections):
        with columns[number % 2]:
            show_section(section, f"{synergy_id}_{actor}_{number}")
    if paper.action is not None:
        with st.container(border=True):
            st.markdown(f":gray[{plain(paper.action.label)}]  \n**{plain(paper.action.value)}**")
