"""What a synergy sheet is made of, whatever lays it out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from symbiosis import messages
from symbiosis.messages import N_
from symbiosis.report.drawing import Drawing

TO_ASK: dict[str, str] = {
    "waste_code_missing": N_("demander au producteur le code déchet"),
    "condition_missing": N_("faire déclarer : {0}"),
    "heading_unknown": N_("demander au receveur ses rubriques ICPE"),
    "heading_incompatible": N_("lire l'acte ICPE du receveur : aucune rubrique déclarée ne convient"),
    "codes_accepted_unknown": N_("demander au receveur les codes déchet qu'il accepte"),
    "code_not_listed": N_("demander au receveur si ce code peut entrer dans son acte"),
    "quality_unknown": N_("faire mesurer : {0}"),
    "food_date_unknown": N_("faire préciser DLC ou DDM et la durée de vie"),
    "words_uncertain": N_("faire confirmer la désignation par le producteur"),
    "border": N_("vérifier le passage de frontière : annexe VII ou notification"),
    "foreign_law": N_("vérifier le droit du pays du receveur"),
    "heading_compatible": N_("confirmer code, tonnage et origine dans l'acte ICPE du receveur"),
}
"""What to do about a reason, the most pressing first."""


FLOW_WIDTHS = (210, 170, 170, 80, 90, 95, 210, 55, 70)
"""Of the table of flows, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A fact: what it is called, what it is, and how it is known."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Facts that belong together: lines, a table, plain sentences, or a picture."""

    title: str
    lines: tuple[Line, ...] = ()
    table: pd.DataFrame | None = None
    sentences: tuple[str, ...] = ()
    note: str = ""
    widths: tuple[int, ...] = ()
    picture: Drawing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One synergy.

    Attributes
    ----------
    synergy_id, title, kind, status, theme
        What is said at the top.
    is_to_investigate
        Whether something has to be confirmed first.
    parties
        Givers, operators and takers, in the order of the flow.
    figures
        Euros, tonnes, CO2e and hours, at one rank.
    sections
        The rest, in reading order.
    next_action
        What to do next.
    banner
        Says that the data are invented; empty where they are not.
    """

    synergy_id: str
    title: str
    kind: str
    status: str
    theme: str
    is_to_investigate: bool
    parties: tuple[tuple[str, str], ...]
    figures: tuple[Line, ...]
    sections: tuple[Section, ...]
    next_action: str
    banner: str

    @property
    def path(self) -> list[str]:
        """Givers, then operators, then takers, each role as one string."""
        by_role: dict[str, list[str]] = {}
        for role, name in self.parties:
            by_role.setdefault(role, []).append(name)
        return [", ".join(dict.fromkeys(names)) for names in by_role.values()]


def quantity(value: float, unit: str, language: str) -> str:
    """An amount with its unit, as people write it."""
    digits = 1 if abs(value) < 100 else 0
    return f"{messages.number(value, language, digits)} {messages.unit_name(unit, language)}"
