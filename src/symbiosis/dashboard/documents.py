"""Documents and figures to take away: made when their box is opened, and a failure is said in its place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard import state
from symbiosis.dashboard.text import _, language, number
from symbiosis.report.company_sheet import company_document, own_side
from symbiosis.report.comparison import scenario_document
from symbiosis.report.document import Document
from symbiosis.report.drawing import Drawing, to_png, to_svg
from symbiosis.report.overviews import committee_document, year_document
from symbiosis.report.records import Visit, Workshop, visit_document, workshop_document
from symbiosis.scenario import Scenario

LOG = logging.getLogger(__name__)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MIMES = {"pdf": "application/pdf", "docx": DOCX, "svg": "image/svg+xml", "png": "image/png"}
KEPT = 12
"""Files that a session holds."""

Maker = Callable[[], bytes]


def footer(found: state.Loaded) -> str:
    """Last line of a document: territory, versions, fingerprints."""
    versions = found.proposal.versions
    parts = (
        found.territory.title(language()),
        f"symbiosis {versions['symbiosis']}",
        _("données {0}").format(versions["data"][:12]),
        _("catalogue {0}").format(versions["catalogue"][:12]),
    )
    return " · ".join(parts)


def take_document(found: state.Loaded | None, label: str, name: str, make: Callable[[], Document]) -> None:
    """A box with a document as PDF and as DOCX.

    Parameters
    ----------
    found
        What the session looks at; ``None`` for a document of something else, which is made anew each time.
    label
        Of the box.
    name
        Of the files, without ending; also tells boxes apart.
    make
        Makes the document; called when the box is open.
    """

    def pdf() -> bytes:
        from symbiosis.report.pdf_file import to_pdf

        return to_pdf(make())

    def docx() -> bytes:
        from symbiosis.report.docx_file import to_docx

        return to_docx(make())

    _take(found, label, name, {"pdf": (_("PDF, à imprimer"), pdf), "docx": (_("Word, à modifier"), docx)})


def take_figure(found: state.Loaded, label: str, name: str, make: Callable[[], Drawing]) -> None:
    """A box with a figure as SVG and as PNG.

    Parameters
    ----------
    found, label, name
        As for :func:`take_document`.
    make
        Makes the drawing.
    """
    files: dict[str, tuple[str, Maker]] = {
        "svg": (_("SVG, pour un document ou le web"), lambda: to_svg(make())),
        "png": (_("PNG, pour une présentation"), lambda: to_png(make())),
    }
    _take(found, label, name, files)


def _take(found: state.Loaded | None, label: str, name: str, files: Mapping[str, tuple[str, Maker]]) -> None:
    with st.popover(label, key=f"take_{name}", on_change="rerun", icon=":material/download:") as box:
        if not box.open:
            return
        for ending, (title, make) in files.items():
            content = _made(found, f"{name}.{ending}", make)
            if content is None:
                continue
            size = _("{0} Ko").format(number(max(len(content) / 1024, 1)))
            st.download_button(
                f"{title} ({size})",
                content,
                file_name=f"{name}.{ending}" if found is None else f"{found.territory.name}-{name}.{ending}",
                mime=MIMES[ending],
                on_click="ignore",
                key=f"take_{name}_{ending}",
            )


def _made(found: state.Loaded | None, name: str, make: Maker) -> bytes | None:
    """The file, from memory where the box was open before; nothing, and a sentence, where it cannot be made."""
    key = (language(), name)
    kept = _taken(found)
    if key not in kept:
        try:
            with st.spinner(_("Préparation des fichiers")):
                kept[key] = make()
        except Exception as error:  # whatever breaks a document, its reader must hear of it
            LOG.exception("the export %s failed", name)
            st.error(_("Ce fichier n'a pas pu être préparé : {0}").format(f"{name} ({type(error).__name__})"))
            return None
        while len(kept) > KEPT:
            kept.pop(next(iter(kept)))
    return kept[key]


def _taken(found: state.Loaded | None) -> dict[tuple[str, str], bytes]:
    """Files of this session by language and name; none of another proposal."""
    if found is None:
        return {}
    if st.session_state.get("taken", (None,))[0] is not found:
        st.session_state["taken"] = (found, {})
    files: dict[tuple[str, str], bytes] = st.session_state["taken"][1]
    return files


def forget(found: state.Loaded, name: str) -> None:
    """Make a document anew when its box is next open: what it holds has changed."""
    kept = _taken(found)
    for key in [key for key in kept if key[1].startswith(f"{name}.")]:
        del kept[key]


def company_paper(found: state.Loaded, synergy_id: str, actor_id: str) -> Document:
    """A company's own side of a synergy."""
    side = own_side(found.proposal, synergy_id, actor_id, language())
    return company_document(side, language(), banner=workspace.banner(found.proposal, language()), footer=footer(found))


def visit_paper(found: state.Loaded, actor_id: str) -> Document:
    """What to take along to a company, and where to write what it says."""
    questions = found.tables()["questions"]
    asked = tuple(questions.loc[questions["actor_id"].eq(actor_id), "question"].head(12))
    visit = Visit(actor_id=actor_id, questions=asked)
    mark = workspace.banner(found.proposal, language())
    return visit_document(visit, found.proposal, language(), banner=mark, footer=footer(found))


def workshop_paper(found: state.Loaded, theme_id: str) -> Document:
    """What leads a workshop on a theme, and where to write what it decides."""
    mark = workspace.banner(found.proposal, language())
    workshop = Workshop(theme_id=theme_id)
    return workshop_document(workshop, found.proposal, language(), banner=mark, footer=footer(found))


def committee_paper(found: state.Loaded) -> Document:
    """Summary for the steering committee."""
    mark, title = workspace.banner(found.proposal, language()), found.territory.title(language())
    return committee_document(found.proposal, title, language(), banner=mark, footer=footer(found))


def year_paper(found: state.Loaded) -> Document:
    """Yearly report of the territory, of the year that its declarations name, else of this one."""
    facts = found.proposal.declarations.facts
    year = int(str(facts.get("year") or datetime.now(UTC).year))
    mark, title = workspace.banner(found.proposal, language()), found.territory.title(language())
    return year_document(found.proposal, title, year, language(), banner=mark, footer=footer(found))


def scenario_paper(found: state.Loaded) -> Document:
    """The scenario of this session beside the reference, which is computed where it is not at hand."""
    reference = state.load_again(found, Scenario(on_date=found.proposal.scenario.on_date))
    mark, title = workspace.banner(found.proposal, language()), found.territory.title(language())
    return scenario_document(found.proposal, reference.proposal, title, language(), banner=mark, footer=footer(found))
