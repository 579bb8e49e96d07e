"""What codes are called: kinds, stages, units, waste codes as people write them."""

from __future__ import annotations

from symbiosis.messages.language import N_, translation

WORDS: dict[str, str] = {
    "feasible": N_("réalisable"),
    "to_investigate": N_("à instruire"),
    "excluded": N_("exclu"),
    "not_retained": N_("non retenu"),
    "substitution": N_("substitution"),
    "mutualisation": N_("mutualisation"),
    "filiere": N_("filière"),
    "not_waste": N_("hors statut de déchet"),
    "by_product": N_("sous-produit"),
    "end_of_waste": N_("sortie du statut de déchet (SSD)"),
    "production_installation": N_("installation de production"),
    "waste_to_entitled_site": N_("déchet vers un site autorisé"),
    "reuse": N_("réemploi et réutilisation"),
    "recycling": N_("recyclage"),
    "other_recovery": N_("autre valorisation"),
    "disposal": N_("élimination"),
    "material": N_("matières"),
    "energy": N_("énergie"),
    "water": N_("eau"),
    "service": N_("services"),
    "equipment": N_("équipements"),
    "giver": N_("fournisseur"),
    "operator": N_("opérateur"),
    "taker": N_("preneur"),
    "weighed": N_("pesé"),
    "invoice": N_("facturé"),
    "declared": N_("déclaré"),
    "inferred": N_("estimé"),
    "gain": N_("gain net"),
    "co2e": N_("CO2e"),
    "insertion_hours": N_("heures d'insertion"),
    "diverted": N_("tonnes détournées"),
    "optimal": N_("optimum prouvé"),
    "infeasible": N_("aucun plan ne tient les limites"),
    "relaxed": N_("aperçu, non prouvé"),
    "feasible_plan": N_("plan réalisable, optimum non prouvé"),
    "output": N_("flux sortant"),
    "need": N_("besoin"),
    "question": N_("question"),
    "usual": N_("usuel"),
    "frequent": N_("fréquent"),
    "possible": N_("possible"),
    "implemented": N_("réalisé"),
    "planned": N_("projeté"),
    "stopped": N_("arrêté"),
}
"""Codes shown as they are, in one word or two."""

UNIT_NAMES = {"m3": "m³", "pieces": N_("pièces")}


def word(code: str, language: str) -> str:
    """What a code is called."""
    return translation(language).gettext(WORDS[code]) if code in WORDS else code


def unit_name(code: str, language: str) -> str:
    """A unit as people write it."""
    return translation(language).gettext(UNIT_NAMES[code]) if code in UNIT_NAMES else code


def display_code(code: str) -> str:
    """A waste code as people write it, ``17 02 01``."""
    return f"{code[:2]} {code[2:4]} {code[4:]}" if len(code) == 6 and code.isdigit() else code
