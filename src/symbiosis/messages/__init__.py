"""Sentences that people read: reasons, routes, kinds and numbers, in French (the source) and in English (`locales/en`).

The engine speaks in codes with data, ``too_far:61.2:50:need``; :func:`reason` says what stands and what would lift it. French
strings stand in the code, English ones in one gettext catalogue; a rule of law speaks with its own row of the catalogue, which
holds both languages.

Here is what is said of calls and questions; reason codes, plans, failures and the follow-up are in modules of these names,
what codes are called in :mod:`~symbiosis.messages.words`, what sentences are made with in :mod:`~symbiosis.messages.language`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from babel import Locale

from symbiosis.materials import Catalogue
from symbiosis.messages.failures import failure
from symbiosis.messages.follow_up import (
    CONTACT_KINDS,
    LACKS,
    READINESS,
    READINESS_LEVELS,
    REFUSALS,
    ROLES,
    STAGES,
    said_of,
    step,
)  # fmt: skip
from symbiosis.messages.language import (
    LANGUAGES,
    LOCALES,
    N_,
    counted,
    day,
    euros,
    name,
    number,
    percent,
    translation,
    typeset,
)  # fmt: skip
from symbiosis.messages.plans import LIMITED, decided, price, stability
from symbiosis.messages.reason_codes import LIFTS, SENTENCES, lift, reason, reasons, sentence
from symbiosis.messages.words import WORDS, display_code, unit_name, word

__all__ = [
    "CONTACT_KINDS", "FUNNEL", "LACKS", "LANGUAGES", "LIFTS", "LIMITED", "MISSING", "N_", "PARTS", "READINESS",
    "READINESS_LEVELS", "REFUSALS", "ROLES", "SENTENCES", "STAGES", "WORDS", "counted", "day", "decided", "display_code",
    "euros", "failure", "lift", "missing", "name", "no_exchange", "number", "percent", "precedent", "price", "question",
    "reason", "reasons", "said_of", "sentence", "stability", "step", "translation", "typeset", "unit_name", "word",
]  # fmt: skip

PARTS: dict[str, str] = {
    "fit": N_("désignations comprises (confiance)"),
    "quality": N_("qualité"),
    "distance": N_("distance"),
    "quantity": N_("part du flux qui trouve preneur"),
    "route": N_("voie juridique"),
    "law": N_("ce qui manque au droit"),
    "evidence": N_("preuve des quantités"),
    "price": N_("prix d'achat connu"),
    "outlet_cost": N_("coût d'évacuation connu"),
    "precedent": N_("précédent ailleurs"),
}
"""Parts of the value of a call."""

MISSING: dict[str, str] = {
    "waste_code": N_("demander au producteur le code déchet exact"),
    "headings": N_("demander au receveur ses rubriques ICPE"),
    "codes_accepted": N_("demander au receveur les codes déchet qu'il accepte"),
    "conditions": N_("faire déclarer les conditions de la voie juridique"),
    "final_outlet": N_("demander au receveur où finit le déchet"),
    "border": N_("vérifier le passage de frontière et le droit du pays voisin"),
    "food_date": N_("faire préciser DLC ou DDM et la durée de vie"),
    "rule": N_("vérifier la règle de droit citée"),
    "quality": N_("faire mesurer la qualité que le receveur limite"),
    "words": N_("faire confirmer la désignation par le producteur"),
    "quantity": N_("demander une pesée ou une facture pour la quantité"),
    "price": N_("demander le prix payé aujourd'hui par le preneur"),
    "outlet_cost": N_("demander la facture d'exutoire"),
    "load": N_("demander la charge par enlèvement"),
    "road_distance": N_("relever la distance par la route"),
}
"""The datum to ask for, as an action."""

FUNNEL = N_(
    "Repère : 1 piste sur 113 (Troyes) et 1 sur 37 (Sicoval) ont abouti, 138 sur 588 après un premier tri (PNSI). Ces rapports "
    "ne sont pas multipliés ici."
)
"""Published funnels, as context."""


def missing(datum: str, language: str) -> str:
    """The action that a missing datum asks for; empty where nothing is missing."""
    return translation(language).gettext(MISSING[datum]) if datum in MISSING else ""


def precedent(catalogue: Catalogue, precedent_id: str, language: str) -> str:
    """A precedent in one line: place, country, year, what went where, and what became of it."""
    if precedent_id not in catalogue.precedents.index:
        return precedent_id
    row: dict[str, Any] = catalogue.precedents.loc[precedent_id].to_dict()  # type: ignore[assignment]
    country = Locale.parse(LOCALES[language]).territories.get(row["country"], row["country"])
    year = "" if pd.isna(row["year"]) else f", {row['year']:.0f}"
    status = word(row["status"], language)
    return (
        translation(language)
        .gettext("{0} ({1}{2}) : {3} – {4}")
        .format(row["place"], country, year, row[f"name_{language}"], status)
    )


def question(row: Any, language: str, catalogue: Catalogue) -> str:
    """A question to a company about a flow of its activity: its own words where the catalogue has them.

    Parameters
    ----------
    row
        `direction`, `material_id`, `use_id`, `question_fr`, `question_en`.
    language
        ``fr`` or ``en``.
    catalogue
        Names.

    Returns
    -------
    str
    """
    own = str(row[f"question_{language}"])
    if own:
        return typeset(own) if language == "fr" else own
    table, key = (catalogue.uses, row["use_id"]) if row["use_id"] else (catalogue.materials, row["material_id"])
    say = translation(language).gettext
    sentence = (
        say("Un flux de ce genre quitte-t-il votre site : {0} ? Combien par an, et où part-il aujourd'hui ?")
        if row["direction"] == "output"
        else say("Achetez-vous de quoi couvrir ce besoin : {0} ? Combien par an, et à quel prix ?")
    )
    return sentence.format(name(table, str(key), language))


NO_EXCHANGE = (
    N_("Aucun échange réalisable. Ce qui pèse le plus, sur les {1} t par an de {0} flux sortant : {2}"),
    N_("Aucun échange réalisable. Ce qui pèse le plus, sur les {1} t par an de {0} flux sortants : {2}"),
)


def no_exchange(heaviest: pd.DataFrame, language: str, catalogue: Catalogue) -> str:
    """Why nothing is feasible, in a sentence; empty where nothing was refused either."""
    if heaviest.empty:
        return ""
    first = heaviest.iloc[0]
    said = reason(str(first["code"]), language, catalogue)
    return counted(*NO_EXCHANGE, first["outputs"], language, number(first["t_per_yr"], language, 1), said)
