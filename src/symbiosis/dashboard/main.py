"""The router: who looks, language, territory, assumptions and banner on top of every page, then the page.

The pages stand along the chain of the work: diagnosis, map, workshops, projects, scenarios. Each names the row of the
permission matrix without which it is not shown; what it then reads is decided by the store, row by row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard import identity, loading, state
from symbiosis.dashboard.identity import Identity
from symbiosis.dashboard.text import _, language, plain
from symbiosis.io.catalogue import territories
from symbiosis.messages import N_
from symbiosis.scenario import Scenario
from symbiosis.store import Principal

FOLDER = Path(__file__).parent


class Entry(NamedTuple):
    """A page of the dashboard.

    Attributes
    ----------
    file, title, address
        The address stays the same in both languages.
    resource, action
        Row of the permission matrix that the role must have a cell in.
    chapter
        The page of the first row of links under which it stands; itself for those of the first row.
    """

    file: str
    title: str
    address: str
    resource: str
    action: str
    chapter: str


PAGES: dict[str, Entry] = {
    "home": Entry("home.py", N_("Accueil"), "", "help", "read", "home"),
    "diagnostic": Entry("diagnostic.py", N_("Diagnostic"), "diagnostic", "flow", "read", "diagnostic"),
    "map": Entry("territory_map.py", N_("Carte"), "carte", "match", "read", "map"),
    "synergies": Entry("synergies.py", N_("Synergies"), "synergies", "match", "read", "map"),
    "sheet": Entry("sheet.py", N_("Fiche"), "fiche", "match", "read", "map"),
    "refusals": Entry("refusals.py", N_("Pistes non retenues"), "non-retenues", "match", "read", "map"),
    "workshops": Entry("workshops.py", N_("Ateliers"), "ateliers", "workshop", "read", "workshops"),
    "perishables": Entry("perishables.py", N_("Denrées"), "denrees", "match", "read", "workshops"),
    "projects": Entry("projects.py", N_("Projets"), "projets", "project", "read", "projects"),
    "ballots": Entry("ballots.py", N_("Budget participatif"), "budget-participatif", "ballot", "read", "projects"),
    "operator": Entry("operator.py", N_("Opérateur"), "operateur", "operation", "read", "operator"),
    "scenarios": Entry("scenarios.py", N_("Scénarios"), "scenarios", "scenario", "write", "scenarios"),
    "data": Entry("data.py", N_("Données"), "donnees", "run", "record", "data"),
    "questions": Entry("questions.py", N_("Questions à poser"), "questions", "match", "read", "data"),
    "downloads": Entry("downloads.py", N_("Exports"), "exports", "match", "read", "data"),
    "publication": Entry("publication.py", N_("Publication"), "publication", "scenario", "publish", "data"),
    "published": Entry("published.py", N_("Territoire publié"), "publie", "scenario", "read", "published"),
    "help": Entry("help.py", N_("Aide"), "aide", "help", "read", "help"),
}
"""In the order of the links."""


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


OF_THE_STORE = ("diagnostic", "projects", "ballots", "data", "publication")
"""Pages that speak of the territory at hand in the store, whatever this session has opened besides."""


def headline(shown: Any, now: Identity) -> tuple[str, str]:
    """Mark of invented data, and name of the territory that a page speaks of."""
    found = state.loaded()
    pages = st.session_state["pages"]
    name = next((name for name, one in pages.items() if one == shown), "home")
    is_of_the_store = name in OF_THE_STORE
    if found is not None and not is_of_the_store:
        return workspace.banner(found.proposal, language()), found.territory.title(language())
    listed = identity.territories(now) if is_of_the_store else []
    here = next((one for one in listed if one["id"] == now.principal.territory_id), None)
    if here is None:
        return "", _("Qui pourrait utiliser ce qui sort d'ici ?")
    facts = here["facts"]
    return workspace.synthetic_mark(language()) if facts.get("is_synthetic") is True else "", str(
        facts.get(f"name_{language()}") or here["name"]
    )


def bar(shown: Any, now: Identity) -> None:
    """The line above every page."""
    found = state.loaded()
    mark, title = headline(shown, now)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bar"):
        if mark:
            st.warning(f"**{plain(mark)}**", width="stretch")
        else:
            st.markdown(f":gray[{plain(title)}]", width="stretch")
        if found is not None:
            loading.assumptions(found)
        if identity.who() is not None:
            st.link_button(_("Compte"), "/compte", type="tertiary")
        st.segmented_control(
            _("Langue"),
            ["FR", "EN"],
            default=language().upper(),
            key="language_switch",
            required=True,
            label_visibility="collapsed",
            width="content",
        )


def open_pages(principal: Principal) -> dict[str, Entry]:
    """The pages of this role, by name; a page whose file is not there is not offered."""
    return {
        name: entry
        for name, entry in PAGES.items()
        if (FOLDER / entry.file).exists() and identity.may_open(entry.resource, entry.action, principal)
    }


def route(principal: Principal) -> Any:
    """The pages, named in the language of the session: one link a chapter above, the others of the chapter below it."""
    offered = open_pages(principal)
    pages = {
        name: st.Page(
            FOLDER / entry.file, title=_(entry.title), url_path=entry.address or None, default=not entry.address,
            visibility="visible" if entry.chapter == name else "hidden",
        )
        for name, entry in offered.items()
    }  # fmt: skip
    st.session_state["pages"] = pages
    return st.navigation(list(pages.values()), position="top")


def chapter_links(shown: Any) -> None:
    """Links to the pages of the chapter that is open, where it has several."""
    pages = st.session_state["pages"]
    name = next(name for name, one in pages.items() if one == shown)
    siblings = [one for one, entry in PAGES.items() if one in pages and entry.chapter == PAGES[name].chapter]
    if len(siblings) < 2:
        return
    with st.container(horizontal=True, gap="small", key="chapter"):
        for one in siblings:
            st.page_link(pages[one])


# Whoever cannot be told who they are, or what they may open, is told so in their language, on a page like the others.
choose_language()
st.set_page_config(page_title="symbiosis", page_icon=str(FOLDER / "favicon.png"), layout="wide")
whose = identity.current()
page = route(whose.principal)
asked_territory = st.query_params.get("territory", "") or state.shown_first()
is_asked = asked_territory in territories() and not loading.is_stopped()
if state.loaded() is None and is_asked and identity.may_open("match", "read", whose.principal):
    loading.open_demonstration(asked_territory, Scenario())
keep_address()
bar(page, whose)
chapter_links(page)
loading.say_stopped(page.url_path)
page.run()
