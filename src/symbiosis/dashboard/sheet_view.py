"""How a synergy sheet is laid out on a page."""

from __future__ import annotations

import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard import state
from symbiosis.dashboard.text import _, language, plain
from symbiosis.dashboard.widgets import text_table
from symbiosis.report.print_page import print_page
from symbiosis.report.sheet import build_sheet
from symbiosis.report.sheet_parts import Section, Sheet


def make_sheet(found: state.Loaded, synergy_id: str) -> Sheet:
    """The sheet of a synergy in the language of the session."""
    mark = workspace.banner(found.proposal, language())
    return build_sheet(found.proposal, synergy_id, language(), banner=mark)


def printed(found: state.Loaded, sheet: Sheet) -> bytes:
    """The sheet as a page to print."""
    versions = found.proposal.versions
    footer = " · ".join(
        (
            found.territory.title(language()),
            f"symbiosis {versions['symbiosis']}",
            _("données {0}").format(versions["data"][:12]),
            _("catalogue {0}").format(versions["catalogue"][:12]),
        )
    )
    return print_page(sheet, language(), footer=footer).encode()


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
    st.header(plain(sheet.title), anchor=False)
    who = " → ".join(sheet.path)
    st.markdown(plain(who))
    for column, line in zip(st.columns(len(sheet.figures), gap="small"), sheet.figures, strict=True):
        with column, st.container(border=True, height="stretch", gap="xxsmall"):
            st.metric(line.label, line.value)
            st.markdown(f":gray[{plain(line.note)}]")
    with st.container(border=True):
        st.markdown(f":gray[{_('Prochaine action')}]  \n**{plain(sheet.next_action)}**")
    wide = [section for section in sheet.sections if section.table is not None]
    narrow = [section for section in sheet.sections if section.table is None]
    for number, section in enumerate(wide):
        show_section(section, f"{sheet.synergy_id}_wide_{number}")
    columns = st.columns(2, gap="large")
    for number, section in enumerate(narrow):
        with columns[number % 2]:
            show_section(section, f"{sheet.synergy_id}_narrow_{number}")


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
