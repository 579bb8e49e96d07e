"""Reason codes as sentences: what stands, and what would lift it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import ceil

from babel.dates import format_date, get_month_names

from symbiosis.materials import Catalogue
from symbiosis.messages.language import LOCALES, N_, name, number, percent, text_of, translation
from symbiosis.messages.words import display_code, unit_name, word

SENTENCES: dict[str, str] = {
    "route": N_("voie juridique : {0}"),
    "condition_missing": N_("condition à déclarer : {0}"),
    "end_of_waste": N_("sortie du statut de déchet : {0}"),
    "end_of_waste_possible": N_("une sortie du statut de déchet existe pour cette matière : {0}"),
    "end_of_waste_not_in_force": N_("la règle de sortie du statut de déchet n'est pas en vigueur : {0}"),
    "direct_reuse_possible": N_("remis tel quel pour le même usage, ce n'est pas un déchet : « produit » peut convenir"),
    "status_contradicts_code": N_("déclaré « produit » avec un code déchet ({0})"),
    "status_abroad": N_("le pays {0} n'est pas tenu par le statut reconnu de l'autre côté de la frontière"),
    "heading_compatible": N_("rubrique compatible ; code, tonnage et origine à confirmer dans l'acte ICPE"),
    "heading_incompatible": N_("aucune rubrique déclarée du receveur ne convient"),
    "heading_unknown": N_("rubriques ICPE du receveur inconnues"),
    "code_listed": N_("le receveur déclare accepter le code {0}"),
    "code_treated": N_("le receveur traite déjà le code {0}, d'après son registre ou une déclaration publique"),
    "waste_code_missing": N_("code déchet non déclaré"),
    "codes_accepted_unknown": N_("codes déchet acceptés par le receveur inconnus"),
    "code_not_listed": N_("le code {0} n'est pas dans la liste acceptée par le receveur"),
    "foreign_law": N_("droit du pays {0} non décrit ici"),
    "waste_code_unknown": N_("code déchet inconnu : {0}"),
    "waste_code_repealed": N_("code déchet {0} abrogé"),
    "waste_code_not_yet_valid": N_("code déchet {0} en vigueur le {1} seulement"),
    "mirror_entry": N_("entrée miroir {0} ou {1} : demander au producteur ce qui écarte la dangerosité"),
    "border": N_("le déchet passerait la frontière ({0} → {1})"),
    "rep": N_("filière REP « {0} » : {1} ; les montants affichés sont « hors REP »"),
    "quality_above": N_("{0} = {1}, au-dessus de la limite {2}"),
    "quality_below": N_("{0} = {1}, en dessous de la limite {2}"),
    "quality_blended": N_("{0} : à tenir dans le mélange chez le receveur"),
    "quality_unknown": N_("{0} : à mesurer, le receveur demande {1}"),
    "food_days_left": N_("denrée à DLC : {0} jours pour la servir"),
    "season_apart": N_("les saisons ne se recouvrent pas : {0} d'un côté, {1} de l'autre"),
    "season_partial": N_("seulement {0} mois en commun"),
    "not_final": N_("{0} n'est qu'une étape, jamais une valorisation finale"),
    "operation_forbidden": N_("l'opération {0} est interdite en France"),
    "too_far": N_("{0} km par la route, au-delà de {1} km"),
    "link_excluded": N_("liaison déclarée impossible"),
    "words_uncertain": N_("désignation comprise avec une confiance de {0}"),
    "code_contradicts_words": N_("le code déchet {0} contredit la désignation"),
    "food_date_unknown": N_("denrée sans date connue"),
    "unit_mismatch": N_("unités non convertibles : {0} et {1}"),
    "below_minimum_lot": N_("{1} {2} par an, moins que le lot minimal du receveur ({0} {2})"),
    "no_net_gain": N_("pas de gain net : {0} € par unité au mieux"),
    "project_not_opened": N_("le projet d'opérateur ne couvre pas son coût fixe"),
    "coalition_incomplete": N_("coalition non formée : il y manque la part d'un membre, ou elle ne paie pas"),
    "threshold_not_reached": N_("le seuil à partir duquel le prix change n'est pas atteint"),
    "operator_full": N_("capacité de l'opérateur entièrement utilisée"),
    "output_used_elsewhere": N_("flux sortant déjà entièrement utilisé par une proposition meilleure"),
    "need_served_elsewhere": N_("besoin déjà servi par une proposition meilleure"),
    "fixed_costs_not_covered": N_("les coûts fixes (conduite, voyages entiers, lot) ne sont pas couverts"),
    "price_assumed": N_("prix d'achat non déclaré : prix supposé du catalogue, à demander"),
    "price_unknown": N_("prix d'achat non déclaré et sans usage connu : compté pour zéro, à demander"),
    "outlet_cost_usual": N_("coût d'évacuation non déclaré : coût usuel de l'exutoire, taxe comprise, à demander"),
    "outlet_cost_unknown": N_("coût d'évacuation non déclaré : compté pour zéro, à demander"),
    "threshold_reached": N_("prix de {1} € par unité pour tous, atteint ensemble à partir de {0} par an"),
    "coalition": N_("coalition {0} : se fait avec tous ses membres, ou pas"),
    "joint_round": N_("tournée commune : {0} voyages aujourd'hui, {1} ensuite ; {2} km par an aujourd'hui, {3} ensuite"),
    "no_known_way": N_("le catalogue ne connaît aucun usage ni procédé qui mène de ce flux à ce besoin"),
}
"""Reason codes: what stands, with places for their data."""

LIFTS: dict[str, str] = {
    "link_excluded": N_("corriger la table des liaisons si elle est devenue possible"),
    "too_far": N_("gardé à partir de {3} km : {2}"),
    "operation_forbidden": N_("choisir une autre opération"),
    "quality_above": N_("traiter d'abord : {3}"),
    "quality_below": N_("traiter d'abord : {3}"),
    "season_apart": N_("stocker entre-temps, ou décaler les mois de l'un des deux"),
    "unit_mismatch": N_("déclarer la densité (t/m³), ou dire la quantité en {1}"),
    "below_minimum_lot": N_("regrouper avec des voisins : il manque {3} {2} par an"),
    "border": N_("préparer l'annexe VII ou la notification avant toute expédition"),
    "foreign_law": N_("demander à l'autorité du pays {0} ou à un conseil"),
    "status_abroad": N_("demander à l'autorité du pays {0} si elle reconnaît ce statut ; sinon, transfert de déchet"),
    "end_of_waste_not_in_force": N_("traiter comme un déchet, vers un site autorisé"),
    "condition_missing": N_("la déclarer si elle est remplie ({1})"),
    "status_contradicts_code": N_("garder « déchet » et le code, ou « produit » sans code"),
    "heading_incompatible": N_("chercher dans l'acte ICPE du receveur : {0}"),
    "heading_unknown": N_("les demander ; conviendraient : {0}"),
    "not_final": N_("demander au receveur où finit le déchet"),
    "code_not_listed": N_("demander au receveur si son acte ICPE l'admet"),
    "codes_accepted_unknown": N_("demander si son acte, son registre ou sa déclaration montre le code {0}"),
    "waste_code_missing": N_("le demander au producteur ; codes usuels de cette matière : {0}"),
    "waste_code_unknown": N_("relire le code avec le producteur"),
    "waste_code_repealed": N_("codes de remplacement : {1}"),
    "waste_code_not_yet_valid": N_("d'ici là : {2}"),
    "food_date_unknown": N_("préciser DLC ou DDM et la durée de vie"),
    "code_contradicts_words": N_("relire l'un et l'autre ; codes usuels de la désignation : {1}"),
    "words_uncertain": N_("faire confirmer : {1}"),
    "no_net_gain": N_("gagnant si l'exutoire coûte, ou si le besoin paie, {1} € de plus par unité"),
    "project_not_opened": N_("plus de tonnages, un coût fixe moindre ou une aide"),
    "coalition_incomplete": N_("réunir la part minimale de chaque membre, ou la réduire"),
    "threshold_not_reached": N_("réunir d'autres apports, ou négocier un seuil plus bas"),
    "operator_full": N_("augmenter sa capacité ou chercher un second opérateur"),
    "output_used_elsewhere": N_("rien à lever, sauf à préférer cette piste à l'autre"),
    "need_served_elsewhere": N_("rien à lever, sauf à préférer cette piste à l'autre"),
    "fixed_costs_not_covered": N_("grouper les tonnages ou les voyages, ou partager la conduite"),
    "no_known_way": N_("préciser les deux désignations, ou ajouter une ligne au catalogue"),
}
"""What would lift a reason that bars or delays, with the same places."""

UNLIKE = N_("vérifier que les deux parlent de la même chose, et dire la quantité en {1}")
UNTREATED = N_("changer de lot, ou demander au receveur une autre limite")
LAW_CONDITION = N_("levé si : {0}")
LAW_HEADINGS = N_("permis sous les rubriques : {0}")
LAW_FIRM = N_("rien ne le lève pour cet usage : chercher un autre débouché")
SETTING = N_("réglage « rayon d'un échange » ({0})")
OF_NEED = N_("distance maximale du besoin")


def reason(code: str, language: str, catalogue: Catalogue) -> str:
    """What stands, and after an arrow what would lift it.

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
    lifted = lift(code, language, catalogue)
    said = sentence(code, language, catalogue)
    return f"{said} → {lifted}" if lifted else said


def sentence(code: str, language: str, catalogue: Catalogue) -> str:
    """What a reason code says stands, without what would lift it; parameters as for :func:`reason`."""
    kind, *data = code.split(":")
    if kind in _OF_LAW:
        rules = catalogue.legal_rules
        return text_of(rules, data[0], "text", language) or code
    if kind not in SENTENCES:
        return word(code, language)
    return translation(language).gettext(SENTENCES[kind]).format(*_places(kind, data, language, catalogue))


def lift(code: str, language: str, catalogue: Catalogue) -> str:
    """What would lift a reason, ``''`` where it bars nothing; parameters as for :func:`reason`."""
    kind, *data = code.split(":")
    say = translation(language).gettext
    if kind in ("law", "law_condition"):
        return _legal_lift(data[0], language, catalogue)
    if kind not in LIFTS:
        return ""
    if kind in ("quality_above", "quality_below") and not (len(data) > 3 and data[3]):
        return say(UNTREATED)
    sentence = UNLIKE if kind == "unit_mismatch" and {*data} - {"t", "m3"} else LIFTS[kind]  # no density makes hours of tonnes
    return say(sentence).format(*_places(kind, data, language, catalogue))


def _legal_lift(rule_id: str, language: str, catalogue: Catalogue) -> str:
    say, rules = translation(language).gettext, catalogue.legal_rules
    if rule_id not in rules.index:
        return ""
    rule = rules.loc[rule_id]
    ways = []
    ways += [say(LAW_CONDITION).format(name(catalogue.legal_conditions, one, language)) for one in rule["condition_id"]]
    if rule["headings"] and rule["effect"] in ("forbid", "require"):
        ways.append(say(LAW_HEADINGS).format(", ".join(rule["headings"])))
    return say(" ; ").join(ways) or say(LAW_FIRM)


_OF_LAW = ("law", "law_condition", "note")
_CODES_NAMED = 4


def _number(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    try:
        return number(float(data[at]), language, 2)
    except ValueError:
        return data[at]


def _unit(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return unit_name(data[at], language)


def _word(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return word(data[at], language)


def _condition(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return name(catalogue.legal_conditions, data[at], language)


def _condition_text(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    known = catalogue.legal_conditions
    return str(known.at[data[at], "text"]) if data[at] in known.index else ""


def _end_of_waste(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    known = catalogue.end_of_waste
    said = name(known, data[at], language)
    return said + " (" + str(known.at[data[at], "text"]) + ")" if data[at] in known.index else said


def _list(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return ", ".join(part for part in data[at].split(",") if part)


def _codes(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return ", ".join(display_code(one) for one in data[at].split(",") if one) or "–"


def _usual_codes(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    known = catalogue.material_codes
    codes = list(known.loc[known["material_id"] == data[at], "waste_code"])
    return ", ".join(display_code(one) for one in codes[:_CODES_NAMED]) + (" …" if len(codes) > _CODES_NAMED else "") or "–"


def _day(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return str(format_date(date.fromisoformat(data[at]), format="long", locale=LOCALES[language])) if data[at] else "–"


def _parameter(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return name(catalogue.quality_parameters, data[at], language)


def _amount(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    """A value of the parameter that the code opens with: shares as percentages, others with their unit."""
    if data[0].endswith("_share"):
        return percent(float(data[at]), language, 2)
    known = catalogue.quality_parameters
    said = str(known.at[data[0], "unit"]) if data[0] in known.index else ""
    return f"{number(float(data[at]), language, 4)} {said}".strip()


def _range(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    low, _, high = data[at].partition("..")
    said = [_amount([data[0], bound], 1, language, catalogue) if bound else "" for bound in (low, high)]
    if said[0] and said[1]:
        return f"{said[0]} – {said[1]}"
    return f"≥ {said[0]}" if said[0] else f"≤ {said[1]}"


def _processes(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return ", ".join(name(catalogue.processes, one, language) for one in data[at].split(",") if one)


def _months(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    names = get_month_names("abbreviated", locale=LOCALES[language])
    return " ".join(names[int(month)] for month in data[at].split(",") if month)


def _reading(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    """Material and use as they were understood, ``palettes cassées → combustible``."""
    material = name(catalogue.materials, data[at], language)
    use = name(catalogue.uses, data[at + 1], language) if len(data) > at + 1 and data[at + 1] else ""
    return f"{material} → {use}" if use else material


def _limit_of(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    say = translation(language).gettext
    return say(OF_NEED) if data[at] == "need" else say(SETTING).format(data[at])


def _rounded_up(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return number(ceil(float(data[at])), language)


def _lack(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return number(float(data[0]) - float(data[1]), language, 2)


def _size(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return number(abs(float(data[at])), language, 2)


def _scheme(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return name(catalogue.rep_schemes, data[at], language)


def _take_back(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return text_of(catalogue.rep_schemes, data[at], "take_back", language)


def _percent(data: list[str], at: int, language: str, catalogue: Catalogue) -> str:
    return percent(float(data[at]), language)


Reader = Callable[[list[str], int, str, Catalogue], str]

_READ: dict[str, tuple[tuple[Reader, int], ...]] = {
    "route": ((_word, 0),),
    "condition_missing": ((_condition, 0), (_condition_text, 0)),
    "end_of_waste": ((_end_of_waste, 0),),
    "end_of_waste_possible": ((_end_of_waste, 0),),
    "end_of_waste_not_in_force": ((_end_of_waste, 0),),
    "heading_incompatible": ((_list, 0),),
    "heading_unknown": ((_list, 0),),
    "waste_code_missing": ((_usual_codes, 0),),
    "codes_accepted_unknown": ((_codes, 0),),
    "code_not_listed": ((_codes, 0),),
    "code_listed": ((_codes, 0),),
    "code_treated": ((_codes, 0),),
    "status_contradicts_code": ((_codes, 0),),
    "waste_code_unknown": ((_codes, 0),),
    "waste_code_repealed": ((_codes, 0), (_codes, 1)),
    "waste_code_not_yet_valid": ((_codes, 0), (_day, 1), (_codes, 2)),
    "mirror_entry": ((_codes, 0), (_codes, 1)),
    "code_contradicts_words": ((_codes, 0), (_usual_codes, 1)),
    "quality_above": ((_parameter, 0), (_amount, 1), (_amount, 2), (_processes, 3)),
    "quality_below": ((_parameter, 0), (_amount, 1), (_amount, 2), (_processes, 3)),
    "quality_unknown": ((_parameter, 0), (_range, 1)),
    "season_apart": ((_months, 0), (_months, 1)),
    "words_uncertain": ((_percent, 0), (_reading, 1)),
    "too_far": ((_number, 0), (_number, 1), (_limit_of, 2), (_rounded_up, 0)),
    "unit_mismatch": ((_unit, 0), (_unit, 1)),
    "below_minimum_lot": ((_number, 0), (_number, 1), (_unit, 2), (_lack, 0)),
    "no_net_gain": ((_number, 0), (_size, 0)),
    "rep": ((_scheme, 0), (_take_back, 0)),
}
"""How the places of a sentence and of its lift are filled from the data of the code; plain numbers and texts elsewhere."""


def _places(kind: str, data: list[str], language: str, catalogue: Catalogue) -> list[str]:
    readers = _READ.get(kind, tuple((_number, at) for at in range(len(data))))
    return [read(data, at, language, catalogue) if at < len(data) else "" for read, at in readers]


def reasons(codes: str, language: str, catalogue: Catalogue) -> list[str]:
    """Sentences of several codes joined by ``;``, each once."""
    return list(dict.fromkeys(reason(code, language, catalogue) for code in codes.split(";") if code))
