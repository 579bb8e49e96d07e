"""Sentences that people read: reasons, routes, kinds and numbers, in French (the source) and in English (`locales/en`).

The engine speaks in codes with data, ``too_far:61.2:50``; :func:`reason` makes the sentence. French strings stand in the code,
English ones in one gettext catalogue; a rule of law speaks with its own row of the catalogue, which holds both languages.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from babel.numbers import format_currency, format_decimal, format_percent

from symbiosis.materials import Catalogue

LANGUAGES = ("fr", "en")
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}


def N_(text: str) -> str:  # noqa: N802  # the name that gettext's extractor looks for
    """Mark a string for translation where it is defined; it is translated where it is shown."""
    return text


@cache
def translation(language: str) -> gettext.NullTranslations:
    """Translations from French into a language.

    Parameters
    ----------
    language
        ``fr`` or ``en``.

    Returns
    -------
    gettext.NullTranslations
        Its `gettext` gives the string back where no translation is known.
    """
    file = Path(__file__).parent / "locales" / language / "LC_MESSAGES" / "symbiosis.po"
    if language == "fr" or not file.exists():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def number(value: Any, language: str, digits: int = 0) -> str:
    """A number as the language writes it, ``1 234,5``."""
    if pd.isna(value):
        return "–"
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return str(format_decimal(round(value, digits) + 0.0, format=pattern, locale=_LOCALES[language]))


def euros(value: Any, language: str, digits: int = 0) -> str:
    """An amount in euros as the language writes it."""
    if pd.isna(value):
        return "–"
    pattern = "¤#,##0" if language == "en" else "#,##0 ¤"
    pattern = pattern.replace("#,##0", "#,##0" + ("." + "0" * digits if digits else ""))
    return str(format_currency(round(value, digits) + 0.0, "EUR", format=pattern, locale=_LOCALES[language],
                               currency_digits=False))  # fmt: skip


def percent(value: Any, language: str) -> str:
    """A share in percent as the language writes it."""
    return "–" if pd.isna(value) else str(format_percent(value, locale=_LOCALES[language]))


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
    "feasible_plan": N_("plan réalisable, optimum non prouvé"),
}
"""Codes shown as they are, in one word or two."""

SENTENCES: dict[str, str] = {
    "route": N_("voie juridique : {0}"),
    "condition_missing": N_("condition à déclarer : {0}"),
    "end_of_waste": N_("sortie du statut de déchet : {0}"),
    "end_of_waste_not_in_force": N_("la règle de sortie du statut de déchet n'est pas en vigueur : {0}"),
    "heading_compatible": N_("rubrique compatible ; code, tonnage et origine à confirmer dans l'acte ICPE"),
    "heading_incompatible": N_("aucune rubrique déclarée du receveur ne convient : vérifier son acte ICPE"),
    "heading_unknown": N_("rubriques ICPE du receveur inconnues : les demander"),
    "waste_code_missing": N_("code déchet non déclaré : le demander au producteur"),
    "codes_accepted_unknown": N_("codes déchet acceptés par le receveur inconnus : les demander"),
    "code_not_listed": N_("le code {0} n'est pas dans la liste acceptée par le receveur"),
    "foreign_law": N_("droit du pays {0} non décrit ici : à vérifier"),
    "waste_code_unknown": N_("code déchet inconnu : {0}"),
    "waste_code_repealed": N_("code déchet {0} abrogé ; codes de remplacement : {1}"),
    "waste_code_not_yet_valid": N_("code déchet {0} pas encore en vigueur"),
    "border": N_("le déchet passerait la frontière ({0} → {1}) : règlement (UE) 2024/1157"),
    "quality_above": N_("{0} = {1}, au-dessus de la limite {2}"),
    "quality_below": N_("{0} = {1}, en dessous de la limite {2}"),
    "quality_blended": N_("{0} : à tenir dans le mélange chez le receveur"),
    "quality_unknown": N_("{0} : valeur à mesurer, le receveur fixe une limite"),
    "season_apart": N_("les saisons ne se recouvrent pas"),
    "season_partial": N_("seulement {0} mois en commun"),
    "not_final": N_("{0} n'est qu'une étape : demander au receveur où finit le déchet"),
    "too_far": N_("{0} km par la route, au-delà de {1} km"),
    "link_excluded": N_("liaison déclarée impossible"),
    "words_uncertain": N_("désignation comprise avec une confiance de {0} : à confirmer"),
    "code_contradicts_words": N_("le code déchet contredit la désignation"),
    "food_date_unknown": N_("denrée : préciser DLC ou DDM et la durée de vie"),
    "unit_mismatch": N_("unités non convertibles : {0} et {1} (densité ou pouvoir calorifique à déclarer)"),
    "below_minimum_lot": N_("quantité inférieure au lot minimal du receveur"),
    "no_net_gain": N_("pas de gain net : {0} € par unité au mieux"),
    "project_not_opened": N_("le projet d'opérateur ne couvre pas son coût fixe"),
    "operator_full": N_("capacité de l'opérateur entièrement utilisée"),
    "output_used_elsewhere": N_("flux sortant déjà entièrement utilisé par une proposition meilleure"),
    "need_served_elsewhere": N_("besoin déjà servi par une proposition meilleure"),
    "fixed_costs_not_covered": N_("les coûts fixes (conduite, voyages entiers, lot) ne sont pas couverts"),
    "price_assumed": N_("prix d'achat non déclaré : prix supposé du catalogue, à demander"),
    "price_unknown": N_("prix d'achat non déclaré et sans usage connu : compté pour zéro, à demander"),
    "outlet_cost_usual": N_("coût d'évacuation non déclaré : coût usuel de l'exutoire, taxe comprise, à demander"),
    "outlet_cost_unknown": N_("coût d'évacuation non déclaré : compté pour zéro, à demander"),
    "joint_round": N_("tournée commune : {0} voyages aujourd'hui, {1} ensuite ; {2} km par an aujourd'hui, {3} ensuite"),
    "no_known_way": N_("le catalogue ne connaît aucun usage ni procédé qui mène de ce flux à ce besoin"),
}
"""Reason codes: sentences with places for their data."""


def word(code: str, language: str) -> str:
    """What a code is called."""
    return translation(language).gettext(WORDS[code]) if code in WORDS else code


def name(table: pd.DataFrame, key: str, language: str) -> str:
    """Name of a row of the catalogue in a language; the key itself where the row is unknown."""
    return str(table.at[key, f"name_{language}"]) if key in table.index else key


def reason(code: str, language: str, catalogue: Catalogue) -> str:
    """Sentence of a reason code.

    Parameters
    ----------
    code
        Code and data, separated by ``:``.
    language
        ``fr`` or ``en``.
    catalogue
        Names and rules that the data point to.

    Returns
    -------
    str
    """
    kind, *data = code.split(":")
    if kind in ("law", "note"):
        return str(catalogue.legal_rules.at[data[0], f"text_{language}"]) if data[0] in catalogue.legal_rules.index else code
    if kind not in SENTENCES:
        return word(code, language)
    shown = [_shown(kind, part, language, catalogue) for part in data]
    shown += [""] * 4
    return translation(language).gettext(SENTENCES[kind]).format(*shown)


def _shown(kind: str, part: str, language: str, catalogue: Catalogue) -> str:
    if kind == "condition_missing":
        return name(catalogue.legal_conditions, part, language)
    if kind.startswith("end_of_waste"):
        return name(catalogue.end_of_waste, part, language)
    if kind.startswith("quality") and part in catalogue.quality_parameters.index:
        return name(catalogue.quality_parameters, part, language)
    if kind == "route":
        return word(part, language)
    if kind.startswith(("waste_code", "code_")):
        return ", ".join(display_code(one) for one in part.split(",") if one)
    try:
        return number(float(part), language, 2)
    except ValueError:
        return part


def reasons(codes: str, language: str, catalogue: Catalogue) -> list[str]:
    """Sentences of several codes joined by ``;``, each once."""
    return list(dict.fromkeys(reason(code, language, catalogue) for code in codes.split(";") if code))


def display_code(code: str) -> str:
    """A waste code as people write it, ``17 02 01``."""
    return f"{code[:2]} {code[2:4]} {code[4:]}" if len(code) == 6 and code.isdigit() else code
