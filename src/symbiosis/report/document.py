"""What a document says, before it is a file: one description, laid out as PDF, as an editable DOCX, or on a screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from babel.dates import format_date

from symbiosis import messages
from symbiosis.report.sheet_parts import Line, Section, Sheet

if TYPE_CHECKING:
    from symbiosis.engine import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document for people.

    Attributes
    ----------
    language
        ``fr`` or ``en``.
    title, over, under
        Its name, the small line above it, and the line below: who is concerned.
    tags
        A word or two each, beside `under`.
    banner
        Says that the data are invented; empty where they are not.
    figures
        Key figures, at one rank.
    sections
        The rest, in reading order.
    action
        What to do next; None where the document asks nothing.
    blanks
        Fields that a hand or a word processor fills in; a value that is known stands in its own.
    footer
        Last line of each page: territory, versions, fingerprint of the data.
    is_one_page
        Whether it has to hold on one page: lists are then cut short, and say so.
    """

    language: str
    title: str
    over: str = ""
    under: str = ""
    tags: tuple[str, ...] = ()
    banner: str = ""
    figures: tuple[Line, ...] = ()
    sections: tuple[Section, ...] = ()
    action: Line | None = None
    blanks: tuple[Line, ...] = ()
    footer: str = ""
    is_one_page: bool = False


def shortened(document: Document, most: int) -> Document:
    """The document with at most so many rows, lines and sentences a section; what was left out is counted.

    Parameters
    ----------
    document
        As it is.
    most
        Of each kind.

    Returns
    -------
    Document
    """
    return replace(document, sections=tuple(_shortened(section, most, document.language) for section in document.sections))


def _shortened(section: Section, most: int, language: str) -> Section:
    rows = 0 if section.table is None else len(section.table)
    more = sum(max(0, count - most) for count in (rows, len(section.lines), len(section.sentences)))
    if not more:
        return section
    said = messages.translation(language).gettext("… et {0} de plus, dans la fiche à l'écran et le classeur.").format(more)
    return replace(
        section,
        table=None if section.table is None else section.table.head(most),
        lines=section.lines[:most],
        sentences=section.sentences[:most],
        note=" ".join(filter(None, (said, section.note))),
    )


def sheet_document(sheet: Sheet, language: str, *, blanks: tuple[Line, ...] = (), footer: str = "") -> Document:
    """The facilitator's sheet of a synergy, on one page.

    Parameters
    ----------
    sheet
        From :func:`symbiosis.report.sheet.build_sheet`.
    language
        Of the sheet, ``fr`` or ``en``.
    blanks
        Stage, owner and date; empty fields where nothing is known of them.
    footer
        Last line.

    Returns
    -------
    Document
    """
    say = messages.translation(language).gettext
    return Document(
        language=language,
        title=sheet.title,
        over=f"{sheet.synergy_id} · {sheet.theme}",
        under=" → ".join(_few(names, language) for names in sheet.path),
        tags=(say("Fiche animatrice"), sheet.kind, sheet.status),
        banner=sheet.banner,
        figures=sheet.figures,
        sections=sheet.sections,
        action=Line(label=say("Prochaine action"), value=sheet.next_action),
        blanks=blanks or follow_up_blanks(language),
        footer=footer,
        is_one_page=True,
    )


def _few(names: str, language: str) -> str:
    """The first parties of a role: the table below names them all."""
    known = names.split(", ")
    if len(known) <= 4:
        return names
    return messages.translation(language).gettext("{0} et {1} autres").format(", ".join(known[:3]), len(known) - 3)


def follow_up_blanks(language: str) -> tuple[Line, ...]:
    """Stage, owner and date, to be filled in."""
    say = messages.translation(language).gettext
    return tuple(Line(label=label, value="") for label in (say("Étape"), say("Responsable"), say("Date")))


def shown_day(day: date, language: str) -> str:
    """A day as the language writes it, ``23 novembre 2026``."""
    return str(format_date(day, format="long", locale={"fr": "fr_FR", "en": "en_GB"}[language]))


def three_totals(proposal: Proposal, language: str) -> Section:
    """Feasible, to investigate, excluded: side by side, never added up.

    Parameters
    ----------
    proposal
        Result of the engine.
    language
        ``fr`` or ``en``.

    Returns
    -------
    Section
    """
    say = messages.translation(language).gettext
    lines = []
    for name, note in (
        ("feasible", say("conditions de droit déclarées et vérifiables")),
        ("to_investigate", say("rien ne l'interdit, quelque chose est inconnu")),
    ):
        row = proposal.totals.loc[name]
        said = say("{0} synergies, {1} de gain net par an, {2} t détournées").format(
            messages.number(row["synergies"], language),
            messages.euros(row["gain_eur_per_yr"], language),
            messages.number(row["diverted_t_per_yr"], language),
        )
        lines.append(Line(label=messages.word(name, language).capitalize(), value=said, note=note))
    pairs = messages.number(proposal.totals.loc["excluded", "pairs"], language)
    lines.append(
        Line(
            label=messages.word("excluded", language).capitalize(),
            value=say("{0} paires écartées").format(pairs),
            note=say("chacune avec sa raison"),
        )
    )
    return Section(
        title=say("Trois totaux"), lines=tuple(lines), note=say("Ils ne s'additionnent jamais : chacun a son propre calcul.")
    )
