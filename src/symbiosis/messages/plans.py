"""Sentences about plans: what is limited, decided, priced and shared."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from symbiosis.messages.language import N_, euros, number, translation

RUN_STEPS: dict[str, str] = {
    "read": N_("Lire les tables"),
    "match": N_("Rapprocher les flux et les besoins"),
    "allocate": N_("Répartir les quantités"),
    "propose": N_("Écrire les propositions"),
    "write": N_("Écrire les fichiers"),
}
"""What a run is at, as it tells its progress."""

LIMITED: dict[str, str] = {
    "gain_eur_per_yr": N_("gain net (€/an)"),
    "project_cost_eur_per_yr": N_("coûts fixes des projets ouverts (€/an)"),
    "transport_cost_eur_per_yr": N_("coût de transport (€/an)"),
    "diverted_t_per_yr": N_("tonnes détournées (t/an)"),
    "avoided_tco2e_per_yr": N_("CO2e évité (t/an)"),
    "emitted_tco2e_per_yr": N_("CO2e émis (t/an)"),
    "labour_h_per_yr": N_("heures de travail (h/an)"),
    "insertion_h_per_yr": N_("heures d'insertion (h/an)"),
    "transport_tkm_per_yr": N_("transport routier (t·km/an)"),
}
"""Indicators that a scenario may limit, with their unit."""

DECIDED: dict[str, str] = {
    **LIMITED,
    "best_in": N_("meilleur en"),
    "net_avoided_tco2e_per_yr": N_("CO2e évité, net de ce qui est émis (t/an)"),
    "insertion_fte": N_("ETP d'insertion potentiels"),
    "status": N_("statut"),
    "value": N_("valeur"),
    "exchanges": N_("échanges"),
    "actor_name": N_("sans"),
    "lost_gain_eur_per_yr": N_("gain perdu (€/an)"),
    "lost_diverted_t_per_yr": N_("tonnes qui ne sont plus détournées (t/an)"),
    "lost_avoided_tco2e_per_yr": N_("CO2e qui n'est plus évité (t/an)"),
    "lost_insertion_h_per_yr": N_("heures d'insertion perdues (h/an)"),
    "lost_share": N_("part du gain"),
}
"""Columns of the tables of fronts, sweeps and absences."""


def decided(column: str, language: str) -> str:
    """Heading of a column of a front, a sweep or absences."""
    return translation(language).gettext(DECIDED[column]) if column in DECIDED else column


PRICES: dict[str, str] = {
    "output": N_("une unité de plus de ce flux sortant vaudrait jusqu'à {0} par {1}"),
    "need": N_("une unité de plus de ce besoin vaudrait jusqu'à {0} par {1}"),
    "process": N_("une unité de capacité de plus vaudrait jusqu'à {0} par {1}"),
    "limit": N_("une unité de plus de cette limite vaudrait jusqu'à {0} : {2}"),
}
"""What a shadow price says, by kind."""


def price(row: Mapping[Any, Any], language: str) -> str:
    """A shadow price in a sentence that names it for what it is."""
    say, subject = translation(language).gettext, str(row["subject_id"])
    limit = say(LIMITED[subject]) if subject in LIMITED else ""
    unit = {"m3": "m³"}.get(str(row["unit"]), str(row["unit"]))
    return say(PRICES[str(row["kind"])]).format(euros(row["worth_eur_per_unit"], language, 2), unit, limit)


def stability(row: Mapping[Any, Any], language: str) -> str:
    """What ε says of a group, in a sentence."""
    say, least = translation(language).gettext, euros(row["least_eur_per_yr"], language)
    epsilon = euros(row["epsilon_eur_per_yr"], language) if isfinite(row["epsilon_eur_per_yr"]) else "∞"
    if not row["is_proved"]:
        said = say("ε entre {0} et {1} par an : le temps n'a pas suffi pour toutes les coalitions").format(least, epsilon)
    elif row["epsilon_eur_per_yr"] > 0.5:
        said = say("ε = {0} par an : le cœur est vide, un groupe gagnerait cela de plus à part").format(epsilon)
    else:
        said = say("ε = {0} par an : aucun groupe n'a intérêt à partir").format(epsilon)
    if row["forgone_eur_per_yr"] > 0.5:
        more = say("la hiérarchie, les engagements ou l'objectif choisi coûtent {0} de gain")
        said += say(" ; ") + more.format(euros(row["forgone_eur_per_yr"], language))
    if not row["is_rational"]:
        said += say(" ; ") + say("aucun partage ne laisse à chacun ce qu'il a seul")
    return say("Groupe {0}, {1} acteurs : {2}").format(row["component_id"], number(row["actors"], language), said)
