"""Follow-up: what companies answer, what becomes of a project."""

from __future__ import annotations

from collections.abc import Mapping

from symbiosis.materials import Catalogue
from symbiosis.messages.language import N_, name, translation

STAGES: dict[str, str] = {
    "idea": N_("idée"),
    "discussion": N_("discussion"),
    "negotiation": N_("négociation"),
    "implementation": N_("mise en œuvre"),
    "done": N_("réalisée"),
    "abandoned": N_("abandonnée"),
}
"""Stages of a project."""

READINESS: dict[str, str] = {
    "technical": N_("technique"),
    "legal": N_("juridique"),
    "economic": N_("économique"),
    "logistic": N_("logistique"),
    "commitment": N_("engagement des parties"),
    "social": N_("emploi et insertion"),
}
"""Axes on which a project ripens."""

READINESS_LEVELS = (N_("inconnu"), N_("à l'étude"), N_("vérifié"), N_("acquis"))

REFUSALS: dict[str, str] = {
    "price": N_("le prix ne convient pas"),
    "quality": N_("qualité ou régularité non assurée"),
    "quantity": N_("quantités inadaptées"),
    "law": N_("obstacle juridique ou administratif"),
    "logistics": N_("transport, stockage ou place"),
    "investment": N_("investissement nécessaire"),
    "engaged": N_("engagement en cours avec un prestataire"),
    "confidentiality": N_("données que l'on ne souhaite pas exposer"),
    "trust": N_("les parties ne souhaitent pas travailler ensemble"),
    "priority": N_("pas le temps, ou pas la priorité"),
    "changed": N_("le flux n'existe plus, ou a changé"),
}
"""Why a match is refused or a project given up."""

CONTACT_KINDS: dict[str, str] = {
    "call": N_("appel"),
    "message": N_("message"),
    "visit": N_("visite"),
    "meeting": N_("réunion"),
    "stage": N_("changement d'étape"),
}

ROLES: dict[str, str] = {
    "citizen": N_("citoyen"),
    "planner": N_("planificateur"),
    "reader": N_("lecture"),
    "editor": N_("saisie"),
    "company_admin": N_("responsable de l'entreprise"),
    "facilitator": N_("animatrice"),
    "admin": N_("administration"),
    "engine": N_("calcul"),
    "owner": N_("propriétaire de cette machine"),
}

STEPS: dict[str, str] = {
    "waste_code_missing": N_("indiquer le code déchet de ce flux"),
    "mirror_entry": N_("dire ce qui écarte la dangerosité : ce code a une entrée miroir"),
    "food_date_unknown": N_("préciser DLC ou DDM et la durée de vie"),
    "quality_unknown": N_("faire mesurer : {0}"),
    "condition_missing": N_("dire si cette condition est remplie : {0}"),
    "outlet_cost_usual": N_("indiquer ce que coûte l'évacuation aujourd'hui"),
    "outlet_cost_unknown": N_("indiquer ce que coûte l'évacuation aujourd'hui"),
    "heading_unknown": N_("indiquer les rubriques ICPE du site"),
    "heading_incompatible": N_("relire l'acte ICPE : aucune rubrique déclarée ne convient"),
    "codes_accepted_unknown": N_("indiquer les codes déchet que le site peut recevoir"),
    "price_assumed": N_("indiquer le prix payé aujourd'hui"),
    "price_unknown": N_("indiquer le prix payé aujourd'hui"),
}
"""What a company has to do on its own side, said to the company."""

LACKS: dict[str, str] = {
    "waste_code": N_("le code déchet"),
    "quantity": N_("une pesée ou une facture pour la quantité"),
    "outlet_cost": N_("ce que coûte l'évacuation aujourd'hui"),
    "price": N_("le prix payé aujourd'hui"),
    "headings": N_("les rubriques ICPE du site"),
    "codes_accepted": N_("les codes déchet que le site peut recevoir"),
    "words": N_("une désignation plus précise, ou la matière du catalogue"),
}
"""A datum that a company's own declarations want, said to the company."""


def step(code: str, language: str, catalogue: Catalogue) -> str:
    """What a company has to do, from a code such as ``quality_unknown:moisture_share``."""
    kind, _, subject = code.partition(":")
    table = catalogue.legal_conditions if kind == "condition_missing" else catalogue.quality_parameters
    return translation(language).gettext(STEPS[kind]).format(name(table, subject, language) if subject else "")


def said_of(table: Mapping[str, str], code: str, language: str) -> str:
    """A code of one of the tables of this module, in the language."""
    return translation(language).gettext(table[code]) if code in table else code
