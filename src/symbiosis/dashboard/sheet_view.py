"""How a synergy sheet is laid out on a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pandas as pd
import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.company import attempt
from symbiosis.dashboard.documents import company_paper, footer, forget, take_document
from symbiosis.dashboard.project_card import AMOUNTS
from symbiosis.dashboard.text import _, labels, language, plain
from symbiosis.dashboard.widgets import go, text_table
from symbiosis.messages import N_
from symbiosis.report.company_sheet import parties
from symbiosis.report.document import Document, follow_up_blanks, sheet_document, shown_day
from symbiosis.report.print_page import print_page
from symbiosis.report.sheet import build_sheet
from symbiosis.report.sheet_parts import Line, Section, Sheet
from symbiosis.store import OpenProject

STAGES = (N_("idée"), N_("discussion"), N_("négociation"), N_("mise en œuvre"), N_("réalisée"), N_("abandonnée"))


def make_sheet(found: state.Loaded, synergy_id: str) -> Sheet:
    """The sheet of a synergy in the language of the session."""
    mark = workspace.banner(found.proposal, language())
    return build_sheet(found.proposal, synergy_id, language(), banner=mark)


def printed(found: state.Loaded, sheet: Sheet) -> bytes:
    """The sheet as a page to print."""
    return print_page(sheet, language(), footer=footer(found), blanks=follow_up(sheet.synergy_id)).encode()


def sheet_paper(found: state.Loaded, synergy_id: str) -> Document:
    """The sheet as a document, with what was typed of its follow-up."""
    sheet = make_sheet(found, synergy_id)
    sheet = replace(sheet, next_action=next_action(sheet))
    return sheet_document(sheet, language(), blanks=follow_up(synergy_id), footer=footer(found))


def follow_up(synergy_id: str) -> tuple[Line, ...]:
    """Stage, owner and date as they were typed in this session; empty fields else."""
    known = st.session_state.get("follow_up", {}).get(synergy_id, {})
    day = known.get("day")
    values = (known.get("stage", ""), known.get("owner", ""), shown_day(day, language()) if day else "")
    blanks = follow_up_blanks(language())
    return tuple(replace(blank, value=value) for blank, value in zip(blanks, values, strict=True))


def next_action(sheet: Sheet) -> str:
    """What was typed in this session, else what the sheet proposes."""
    return str(st.session_state.get("follow_up", {}).get(sheet.synergy_id, {}).get("action") or sheet.next_action)


def edit_follow_up(found: state.Loaded, sheet: Sheet) -> None:
    """Stage, next action, owner and date: they print with the sheet, and last as long as the session."""
    every = st.session_state.setdefault("follow_up", {})
    known = every.get(sheet.synergy_id, {})
    key = sheet.synergy_id
    with st.expander(_("Suivi : étape, responsable, date")), st.form(f"follow_up_{key}", border=False):
        left, middle, right = st.columns(3, gap="small")
        stages = ["", *map(_, STAGES)]
        stage = left.selectbox(
            _("Étape"), stages, index=stages.index(known["stage"]) if known.get("stage") in stages else 0, key=f"stage_{key}"
        )
        owner = middle.text_input(_("Responsable"), known.get("owner", ""), max_chars=80, key=f"owner_{key}")
        day = right.date_input(_("Date"), known.get("day"), format="DD/MM/YYYY", key=f"day_{key}")
        action = st.text_input(_("Prochaine action"), next_action(sheet), max_chars=200, key=f"action_{key}")
        if st.form_submit_button(_("Inscrire sur la fiche")):
            every[key] = {"stage": stage or "", "owner": owner, "day": day, "action": action}
            forget(found, f"fiche-{key}")
            st.rerun()
        st.markdown(f":gray[{_('Imprimé avec la fiche ; gardé le temps de cette session.')}]")


def show_sheet(found: state.Loaded, synergy_id: str) -> None:
    """Lay a sheet out.

    Parameters
    ----------
    found
        What the session looks at.
    synergy_id
        Key of its synergies.
    """
    sheet = make_sheet(found, synergy_id)
    sheet = replace(sheet, next_action=next_action(sheet))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[{plain(sheet.synergy_id)} · {plain(sheet.theme)}]", width="content")
        st.badge(sheet.kind, color="blue")
        st.badge(sheet.status, color="orange" if sheet.is_to_investigate else "green")
        st.space("stretch")
        st.download_button(
            _("Imprimer (page HTML)"),
            printed(found, sheet),
            file_name=f"fiche-{sheet.synergy_id}.html",
            mime="text/html",
            on_click="ignore",
            key=f"print_{sheet.synergy_id}",
        )
        take_up(found, sheet)
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
    edit_follow_up(found, sheet)
    wide = [section for section in sheet.sections if section.table is not None]
    narrow = [section for section in sheet.sections if section.table is None]
    for number, section in enumerate(wide):
        show_section(section, f"{sheet.synergy_id}_wide_{number}")
    columns = st.columns(2, gap="large")
    for number, section in enumerate(narrow):
        with columns[number % 2]:
            show_section(section, f"{sheet.synergy_id}_narrow_{number}")


def take_up(found: state.Loaded, sheet: Sheet) -> None:
    """The button that makes a project of a synergy, for whoever follows projects."""
    if not identity.may_open("project", "write"):
        return
    if not st.button(_("Suivre dans Projets"), key=f"take_up_{sheet.synergy_id}", icon=":material/playlist_add:"):
        return
    store, principal = identity.current()
    synergies = pd.concat([one.proposals.synergies for one in (found.proposal.feasible, found.proposal.to_investigate)])
    row = synergies.to_dict("index")[sheet.synergy_id]
    command = OpenProject(
        territory_id=principal.territory_id, title=f"{sheet.title} ({' → '.join(sheet.path)})",
        computed={name: float(row[name]) for name in AMOUNTS}, noted_on=datetime.now(tz=UTC).date().isoformat(),
    )  # fmt: skip
    if attempt(command, store, principal) is not None:
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
