"""Exports: every result as a file."""

from __future__ import annotations

import logging

import streamlit as st

from symbiosis.dashboard import state
from symbiosis.dashboard.exports import EXPORTS, export_all
from symbiosis.dashboard.text import _, language, number, plain
from symbiosis.dashboard.widgets import heading, need_territory
from symbiosis.errors import SymbiosisError

LOG = logging.getLogger(__name__)


def prepared(found: state.Loaded) -> dict[str, bytes]:
    """The files of this session's proposal in its language; a failure is said, not swallowed."""
    key = (id(found), language())
    kept = st.session_state.get("files_ready")
    if kept is not None and kept[0] == key:
        return dict(kept[1])
    try:
        with st.spinner(_("Préparation des fichiers")):
            files = export_all(found.proposal, found.territory, language())
    except (SymbiosisError, OSError, ValueError, KeyError, TypeError) as error:
        LOG.exception("the exports failed")
        st.error(_("Les fichiers n'ont pas pu être préparés : {0}").format(type(error).__name__))
        return {}
    st.session_state["files_ready"] = (key, files)
    return files


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Emporter les résultats"), _("Les CSV et le classeur s'ouvrent tels quels dans un Excel français."))
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
