"""Displayed names of coded choices, in both languages: what the template's lists show and what the reader takes
back.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from symbiosis.declarations.cells import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symbiosis.schemas import Column

CHOICE_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "company": ("Entreprise", "Company"),
    "public": ("Organisme public", "Public body"),
    "social_enterprise": ("Structure d'insertion", "Social enterprise"),
    "association": ("Association", "Association"),
    "material": ("Matière", "Material"),
    "energy": ("Énergie", "Energy"),
    "water": ("Eau", "Water"),
    "service": ("Service", "Service"),
    "equipment": ("Équipement", "Equipment"),
    "weighed": ("Pesé", "Weighed"),
    "invoice": ("Facture", "Invoice"),
    "declared": ("Déclaré", "Declared"),
    "inferred": ("Estimé d'après l'activité", "Inferred from the activity"),
    "waste": ("Déchet", "Waste"),
    "by_product": ("Sous-produit", "By-product"),
    "end_of_waste": ("Sorti du statut de déchet", "End of waste"),
    "product": ("Produit", "Product"),
    "unknown": ("À préciser", "Unknown"),
    "not_waste": ("Pas un déchet", "Not a waste"),
    "production_installation": ("Installation de production", "Production installation"),
    "waste_to_entitled_site": ("Déchet vers un site autorisé", "Waste to an entitled site"),
    "use_by": ("DLC (à consommer jusqu'au)", "Use by"),
    "best_before": ("DDM (à consommer de préférence avant)", "Best before"),
    "ACI": ("ACI (atelier et chantier d'insertion)", "ACI (insertion workshop)"),
    "EI": ("EI (entreprise d'insertion)", "EI (insertion enterprise)"),
    "ETTI": ("ETTI (travail temporaire d'insertion)", "ETTI (insertion temporary work)"),
    "AI": ("AI (association intermédiaire)", "AI (intermediary association)"),
    "EA": ("EA (entreprise adaptée)", "EA (adapted enterprise)"),
    "ESAT": ("ESAT (aide par le travail)", "ESAT (work for disabled people)"),
})  # fmt: skip


def display_choice(code: str, language: str) -> str:
    """Name of a choice in a language; the code itself where it has none.

    Parameters
    ----------
    code
        As in the schema.
    language
        ``fr`` or ``en``.
    """
    names = CHOICE_NAMES.get(code)
    return code if names is None else names[0 if language == "fr" else 1]


@cache
def _codes(choices: tuple[str, ...]) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for code in choices:
        known[fold(code)] = code
        for name in CHOICE_NAMES.get(code, ()):
            known[fold(name)] = code
            known.setdefault(fold(name.split("(")[0]), code)
    return MappingProxyType(known)


def choice_code(column: Column, cell: str) -> str:
    """Code of a choice shown in either language; the cell as it is if it is none, for the checks to say so.

    Parameters
    ----------
    column
        Declaration of the column.
    cell
        As written.
    """
    return _codes(column.choices).get(fold(cell), cell)
