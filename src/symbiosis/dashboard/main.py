"""The router: language, territory, assumptions and banner on top of every page, then the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard import loading, state
from symbiosis.dashboard.text import _, language, plain
from symbiosis.io.catalogue import territories
from symbiosis.messages import N_
from symbiosis.scenario import Scenario

FOLDER = Path(__file__).parent
# File, title and address of each page; the addresses stay the same in both languages.
PAGES: dict[str, tuple[str, str, str]] = {
    "home": ("home.py", N_("Accueil"), ""),
    "map": ("territory_map.py", N_("Carte"), "carte"),
    "synergies": ("synergies.py", N_("Synergies"), "synergies"),
    "sheet": ("sheet.py", N_("Fiche"), "fiche"),
    "workshops": ("workshops.py", N_("Ateliers"), "ateliers"),
    "scenarios": ("scenarios.py", N_("Scénarios"), "scenarios"),
    "refusals": ("refusals.py", N_("Pistes non retenues"), "non-retenues"),
    "questions": ("questions.py", N_("Questions à poser"), "questions"),
    "downloads": ("downloads.py", N_("Exports"), "exports"),
}


def choose_language() -> None:
    """Language of the session: what the address asks at first, then what the switch says."""
    asked = st.query_params.get("lang", "fr")
    if "language" not in st.session_state:
        st.session_state["language"] = asked if asked in ("fr", "en") else "fr"
    chosen = st.session_state.get("language_switch")
    if chosen in ("FR", "EN"):
        st.session_state["language"] = chosen.lower()


def keep_address() -> None:
    """Language and demonstration territory stand in the address, so that it can be shared and loaded again."""
    found = state.loaded()
    wanted = {
        "lang": "en" if language() == "en" else None,
        "territory": found.territory.name if found is not None and found.is_shipped else None,
    }
    for name, value in wanted.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value


def bar() -> None:
    """The line above every page."""
    found = state.loaded()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bar"):
        mark = workspace.banner(found.proposal, language()) if found is not None else ""
        title = _("Qui pourrait utiliser ce qui sort d'ici ?") if found is None else found.territory.title(language())
        if mark:
            st.warning(f"**{plain(mark)}**", width="stretch")
        else:
            st.markdown(f":gray[{plain(title)}]", width="stretch")
        if found is not None:
            loading.assumptions(found)
        st.segmented_control(
            _("Langue"),
            ["FR", "EN"],
            default=language().upper(),
            key="language_switch",
            required=True,
            label_visibility="collapsed",
            width="content",
        )


def route() -> Any:
    """The pages, named in the language of the session."""
    pages = {
        name: st.Page(FOLDER / file, title=_(title), url_path=address or None, default=not address)
        for name, (file, title, address) in PAGES.items()
    }
    st.session_state["pages"] = pages
    return st.navigation(list(pages.values()), position="top")


choose_language()
st.set_page_config(page_title="symbiosis", page_icon=str(FOLDER / "favicon.png"), layout="wide")
page = route()
asked_territory = st.query_params.get("territory", "")
if state.loaded() is None and asked_territory in territories():
    loading.open_demonstration(asked_territory, Scenario())
keep_address()
bar()
page.run()
