"""The data dictionary: every table that enters or leaves `symbiosis`, column by column.

One declaration of a table serves the reader (typing and checks), the Excel template (titles, help, drop-down lists), the
documentation (data dictionary) and the frame checks between the steps of the engine. Units stand in the column names:
``_eur_per_yr``, ``_t``, ``_km``, ``_share`` (between 0 and 1). Quantities that may be in several units carry a ``unit``
column beside them.

Column kinds
------------
``id``      text without blanks that identifies a row, or names a row of another table (``references``)
``text``    free text, kept as it was written
``number``  finite float within ``minimum`` and ``maximum``
``flag``    true or false
``choice``  one of ``choices``
``code``    six-digit code of the European list of waste, ``170201``; hazard is another column
``list``    several values separated by ``;``
``months``  months of the year, ``11-3`` or ``1;2;12``; empty means all year
``date``    ISO date
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandera.pandas as pa

Kind = Literal["id", "text", "number", "flag", "choice", "code", "list", "months", "date", "country"]

FAMILIES = ("material", "energy", "water", "service", "equipment")
UNITS = ("t", "MWh", "m3", "h", "pieces")
EVIDENCE = ("weighed", "invoice", "declared", "inferred")
LEGAL_STATUS = ("waste", "by_product", "end_of_waste", "product", "unknown")
ROUTES = ("not_waste", "by_product", "end_of_waste", "production_installation", "waste_to_entitled_site")
FEASIBILITY = ("feasible", "to_investigate", "excluded")
RUNGS = ("reuse", "recycling", "other_recovery", "disposal")
SYNERGY_KINDS = ("substitution", "mutualisation", "filiere")
LEGAL_EFFECTS = ("forbid", "require", "admit", "exempt", "flag")
PRECEDENT_STATUS = ("implemented", "planned", "stopped")
FREQUENCIES = ("usual", "frequent", "possible")
CALL_PARTS = ("fit", "quality", "distance", "quantity", "route", "law", "evidence", "price", "outlet_cost", "precedent")
STRUCTURES = ("ACI", "EI", "ETTI", "AI", "EA", "ESAT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    kind
        How a cell is read; see the module docstring.
    title_fr, title_en
        Heading that people see.
    help_fr, help_en
        What to write there, in one sentence.
    required
        The column must be present and no cell may be empty.
    choices
        Allowed values of a ``choice``.
    references
        ``table.column`` that must hold the value.
    minimum, maximum
        Bounds of a ``number``, both included.
    default
        What an empty or missing cell means.
    """

    kind: Kind
    title_fr: str
    title_en: str
    help_fr: str = ""
    help_en: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    references: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    default: str | float | bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its key, its columns in order, and whether a folder must hold it."""

    name: str
    key: str | None
    title_fr: str
    title_en: str
    columns: dict[str, Column] = field(default_factory=dict)
    required: bool = False


def _table(name: str, key: str | None, fr: str, en: str, columns: dict[str, Column], *, required: bool = False) -> Table:
    return Table(name=name, key=key, title_fr=fr, title_en=en, columns=columns, required=required)


def _id(fr: str, en: str, *, references: str | None = None, required: bool = True) -> Column:
    return Column(kind="id", title_fr=fr, title_en=en, references=references, required=required)


def _text(fr: str, en: str, help_fr: str = "", help_en: str = "", *, required: bool = False) -> Column:
    return Column(kind="text", title_fr=fr, title_en=en, help_fr=help_fr, help_en=help_en, required=required)


def _number(
    fr: str,
    en: str,
    help_fr: str = "",
    help_en: str = "",
    *,
    required: bool = False,
    minimum: float | None = 0.0,
    maximum: float | None = 1e9,
    default: float | None = None,
) -> Column:
    return Column(
        kind="number", title_fr=fr, title_en=en, help_fr=help_fr, help_en=help_en,
        required=required, minimum=minimum, maximum=maximum, default=default,
    )  # fmt: skip


def _choice(fr: str, en: str, choices: tuple[str, ...], *, default: str | None = None, required: bool = False) -> Column:
    return Column(kind="choice", title_fr=fr, title_en=en, choices=choices, default=default, required=required)


def _flag(fr: str, en: str, *, default: bool | None = False) -> Column:
    return Column(kind="flag", title_fr=fr, title_en=en, default=default)


def _list(fr: str, en: str, help_fr: str = "", help_en: str = "", *, references: str | None = None) -> Column:
    return Column(kind="list", title_fr=fr, title_en=en, help_fr=help_fr, help_en=help_en, references=references)


_SYNTHETIC = _flag("Donnée fictive", "Synthetic")
_SOURCE = _text("Source", "Source", "D'où vient ce chiffre", "Where the figure comes from")
_EVIDENCE = _choice("Preuve", "Evidence", EVIDENCE, default="declared")
_BASIS = _text("Source ou raisonnement", "Source or reasoning", required=True)
_YEAR = _number("Année", "Year", minimum=1900, maximum=2100)
_CONDITIONS = _list(
    "Conditions remplies",
    "Conditions met",
    "Conditions juridiques déclarées remplies, séparées par ;",
    "Legal conditions declared to be met, separated by ;",
    references="legal_conditions.condition_id",
)

_CODES_TREATED = _list(
    "Codes déchet déjà traités ici",
    "Waste codes already treated here",
    "D'après le registre des entrées ou une déclaration publique du site, séparés par ;",
    "According to the incoming register or a public declaration of the site, separated by ;",
)

# --------------------------------------------------------------------------------------------------------------------
# What a territory declares: one CSV (or one sheet) per table.
# --------------------------------------------------------------------------------------------------------------------

DECLARATIONS: dict[str, Table] = {
    t.name: t
    for t in (
        _table("actors", "actor_id", "Acteurs", "Actors", {
            "actor_id": _id("Identifiant acteur", "Actor id"),
            "name": _text("Nom", "Name", required=True),
            "kind": _choice("Type", "Kind", ("company", "public", "social_enterprise", "association"), default="company"),
            "nace": _text("Code NAF", "NACE code", "Par exemple 16.24Z", "For example 16.24"),
            "siren": _text("SIREN", "Company number"),
            "structure": _choice("Structure d'insertion", "Insertion structure", STRUCTURES),
            "headcount": _text("Effectif", "Head-count band"),
            "group": _text("Groupe", "Group", "SIREN de sa tête, ou son nom", "Company number of its head, or its name"),
            "source": _SOURCE,
            "is_synthetic": _SYNTHETIC,
        }, required=True),
        _table("sites", "site_id", "Sites", "Sites", {
            "site_id": _id("Identifiant site", "Site id"),
            "actor_id": _id("Identifiant acteur", "Actor id", references="actors.actor_id"),
            "name": _text("Nom du site", "Site name"),
            "siret": _text("SIRET", "Establishment number"),
            "address": _text("Adresse", "Address"),
            "commune": _text("Commune", "Municipality", required=True),
            "insee_code": _text("Code INSEE", "INSEE code"),
            "country": Column(kind="country", title_fr="Pays", title_en="Country", help_fr="Code à deux lettres, FR par défaut",
                              help_en="Two-letter code, FR by default"),
            "latitude": _number("Latitude", "Latitude", "Degrés décimaux", "Decimal degrees", required=True,
                                minimum=-90, maximum=90),
            "longitude": _number("Longitude", "Longitude", "Degrés décimaux", "Decimal degrees", required=True,
                                 minimum=-180, maximum=180),
            "permit_headings": _list("Rubriques ICPE", "Permit headings", "Par exemple 2714;2910-A",
                                     "French ICPE headings, for example 2714;2910-A"),
            "is_location_approximate": _flag("Localisation approchée", "Approximate location"),
            "source": _SOURCE,
            "is_synthetic": _SYNTHETIC,
        }, required=True),
        _table("outputs", "output_id", "Flux sortants", "Outputs", {
            "output_id": _id("Identifiant flux sortant", "Output id"),
            "site_id": _id("Identifiant site", "Site id", references="sites.site_id"),
            "description": _text("Désignation", "Description", "Avec vos mots", "In your own words", required=True),
            "family": _choice("Famille", "Family", FAMILIES, default="material"),
            "material_id": _id("Matière du catalogue", "Catalogue material", references="materials.material_id",
                               required=False),
            "waste_code": Column(kind="code", title_fr="Code déchet", title_en="Waste code",
                                 help_fr="Six chiffres, avec * si dangereux", help_en="Six digits, * if hazardous"),
            "is_hazardous": _flag("Déchet dangereux", "Hazardous", default=None),
            "legal_status": _choice("Statut", "Legal status", LEGAL_STATUS, default="unknown"),
            "conditions_met": _CONDITIONS,
            "quantity": _number("Quantité par an", "Quantity a year", required=True),
            "quantity_low": _number("Quantité basse", "Low quantity"),
            "quantity_high": _number("Quantité haute", "High quantity"),
            "minimum_quantity": _number(
                "Quantité à placer", "Quantity that must find a taker",
                "Ce qui doit quitter l'exutoire actuel dans l'année", "What must leave today's outlet within the year"),
            "unit": _text("Unité", "Unit", "t, kg, m3, MWh, h, pièces", "t, kg, m3, MWh, h, pieces", required=True),
            "density_t_per_m3": _number("Densité (t/m³)", "Density (t/m³)", minimum=0.001, maximum=25),
            "evidence": _EVIDENCE,
            "months": Column(kind="months", title_fr="Mois", title_en="Months",
                             help_fr="11-3 ou 1;2;12 ; vide = toute l'année", help_en="11-3 or 1;2;12; empty = all year"),
            "load_t": _number("Charge par enlèvement (t)", "Load per pick-up (t)", minimum=0.001, maximum=100000),
            "outlet_id": _id("Exutoire actuel", "Outlet today", references="outlets.outlet_id", required=False),
            "outlet_cost_eur_per_unit": _number(
                "Coût actuel (€ par unité)", "Cost today (€ per unit)",
                "Ce que l'évacuation coûte, taxe comprise, dans l'unité de la quantité ; négatif si elle rapporte",
                "What disposal costs, tax included, per unit of the quantity; negative when it earns",
                minimum=-1e6, maximum=1e6),
            "outlet_distance_km": _number("Distance de l'exutoire (km)", "Distance to the outlet (km)"),
            "rental_eur_per_yr": _number("Location de bennes (€/an)", "Container rental (€/yr)"),
            "date_kind": _choice("Date de péremption", "Date kind", ("use_by", "best_before")),
            "shelf_life_days": _number("Durée de vie (jours)", "Shelf life (days)"),
            "year": _YEAR,
            "source": _SOURCE,
            "is_synthetic": _SYNTHETIC,
        }, required=True),
        _table("needs", "need_id", "Besoins (flux entrants)", "Needs", {
            "need_id": _id("Identifiant besoin", "Need id"),
            "site_id": _id("Identifiant site", "Site id", references="sites.site_id"),
            "description": _text("Désignation", "Description", "Avec vos mots", "In your own words", required=True),
            "family": _choice("Famille", "Family", FAMILIES, default="material"),
            "material_id": _id("Matière du catalogue", "Catalogue material", references="materials.material_id",
                               required=False),
            "use_id": _id("Usage du catalogue", "Catalogue use", references="uses.use_id", required=False),
            "waste_codes_accepted": _list("Codes déchet acceptés", "Waste codes accepted"),
            "waste_codes_treated": _CODES_TREATED,
            "legal_route": _choice("Voie juridique du receveur", "Receiver's legal route", ROUTES),
            "conditions_met": _CONDITIONS,
            "quantity": _number("Quantité par an", "Quantity a year", required=True),
            "unit": _text("Unité", "Unit", "t, kg, m3, MWh, h, pièces", "t, kg, m3, MWh, h, pieces", required=True),
            "density_t_per_m3": _number("Densité (t/m³)", "Density (t/m³)", minimum=0.001, maximum=25),
            "price_eur_per_unit": _number(
                "Prix d'achat actuel (€ par unité)", "Purchase price today (€ per unit)",
                "Prix rendu, dans l'unité de la quantité ; négatif si l'on est payé pour recevoir",
                "Delivered price per unit of the quantity; negative when paid to take it", minimum=-1e6, maximum=1e6),
            "minimum_quantity": _number("Quantité à assurer", "Quantity that must be served"),
            "minimum_lot": _number("Lot minimal par an et par fournisseur", "Minimum lot a year and supplier"),
            "maximum_distance_km": _number("Distance maximale (km)", "Maximum distance (km)"),
            "months": Column(kind="months", title_fr="Mois", title_en="Months"),
            "evidence": _EVIDENCE,
            "year": _YEAR,
            "source": _SOURCE,
            "is_synthetic": _SYNTHETIC,
        }, required=True),
        _table("operators", "operator_id", "Opérateurs", "Operators", {
            "operator_id": _id("Identifiant opération", "Operator id"),
            "site_id": _id("Identifiant site", "Site id", references="sites.site_id"),
            "process_id": _id("Procédé", "Process", references="processes.process_id"),
            "name": _text("Nom de l'opération", "Name"),
            "capacity": _number("Capacité par an", "Capacity a year", required=True),
            "unit": _text("Unité", "Unit"),
            "is_existing": _flag("Existe aujourd'hui", "Exists today", default=True),
            "cost_eur_per_unit": _number("Coût (€ par unité)", "Cost (€ per unit)", minimum=-1e6, maximum=1e6),
            "fixed_cost_eur_per_yr": _number("Coût fixe (€/an)", "Fixed cost (€/yr)"),
            "labour_h_per_unit": _number("Travail (h par unité)", "Labour (h per unit)"),
            "insertion_share": _number("Part d'heures en insertion", "Share of insertion hours", maximum=1),
            "hourly_cost_eur_per_h": _number("Coût horaire, aides déduites (€/h)", "Hourly cost, aids taken off (€/h)",
                                             "Sert au coût d'une unité là où il n'est pas dit",
                                             "Makes the cost of a unit where that is not told"),
            "posts_pathway_fte": _number("Postes en parcours d'insertion (ETP)", "Posts in an insertion pathway (FTE)"),
            "posts_supervision_fte": _number("Postes d'encadrement (ETP)", "Supervision posts (FTE)"),
            "posts_permanent_fte": _number("Postes permanents (ETP)", "Permanent posts (FTE)"),
            "months": Column(kind="months", title_fr="Mois d'ouverture", title_en="Months of opening",
                             help_fr="Vide : toute l'année", help_en="Empty: all year"),
            "waste_codes_accepted": _list("Codes déchet acceptés", "Waste codes accepted"),
            "waste_codes_treated": _CODES_TREATED,
            "conditions_met": _CONDITIONS,
            "source": _SOURCE,
            "is_synthetic": _SYNTHETIC,
        }),
        _table("quality", None, "Qualité et limites", "Quality and limits", {
            "flow_id": _id("Identifiant du flux", "Flow id"),
            "parameter": _id("Paramètre", "Parameter", references="quality_parameters.parameter"),
            "value": _number("Valeur mesurée", "Value", minimum=-1e6),
            "minimum": _number("Minimum accepté", "Minimum accepted", minimum=-1e6),
            "maximum": _number("Maximum accepté", "Maximum accepted", minimum=-1e6),
            "load_per_yr": _number("Charge ajoutée par an", "Load added a year",
                                   "Ce qu'une opération ajoute à ce qui la traverse : paramètre × unité du flux",
                                   "What an operation adds to what passes through: parameter × unit of the flow"),
        }),
        _table("distances", None, "Distances et liaisons", "Distances and links", {
            "from_site_id": _id("Du site", "From site", references="sites.site_id"),
            "to_site_id": _id("Au site", "To site", references="sites.site_id"),
            "distance_km": _number("Distance (km)", "Distance (km)"),
            "cost_eur_per_unit": _number("Transport (€ par unité)", "Transport (€ per unit)",
                                         "Devis de transport, s'il est connu", "Quoted transport, where known"),
            "fixed_cost_eur_per_yr": _number("Coût fixe de la liaison (€/an)", "Fixed cost of the link (€/yr)"),
            "capacity_per_yr": _number("Capacité de la liaison par an", "Capacity of the link a year"),
            "is_excluded": _flag("Liaison impossible", "Link impossible"),
        }),
        _table("seasons", None, "Saisons", "Seasons", {
            "flow_id": _id("Identifiant du flux", "Flow id"),
            "period": _number("Période", "Period", "1, 2… selon le scénario", "1, 2… as the scenario counts them",
                              required=True, minimum=1, maximum=366),
            "weight": _number("Part de la quantité", "Part of the quantity", "Poids relatif de la période",
                              "Relative weight of the period", required=True),
        }),
        _table("stores", None, "Stocks", "Stores", {
            "flow_id": _id("Identifiant du flux", "Flow id"),
            "material_id": _id("Produit de l'opération", "Product of the operation", references="materials.material_id",
                               required=False),
            "capacity": _number("Capacité", "Capacity", required=True),
            "loss_share_per_day": _number("Perte par jour", "Loss a day", maximum=1),
            "cost_eur_per_unit_day": _number("Coût (€ par unité et jour)", "Cost (€ per unit and day)"),
            "shelf_life_days": _number("Durée de vie (jours)", "Shelf life (days)"),
        }),
        _table("price_thresholds", None, "Prix à seuil", "Price thresholds", {
            "need_id": _id("Identifiant besoin", "Need id", references="needs.need_id", required=False),
            "operator_id": _id("Identifiant opération", "Operator id", references="operators.operator_id", required=False),
            "quantity": _number("Seuil par an", "Threshold a year",
                                "Quantité reçue ou traitée à partir de laquelle ce prix vaut pour toutes les unités",
                                "Quantity received or treated from which this price holds for every unit",
                                required=True, minimum=0.001),
            "price_eur_per_unit": _number("Prix ou coût à partir du seuil (€ par unité)",
                                          "Price or cost from there (€ per unit)",
                                          "Ce que paie le besoin, ou ce que coûte l'opération, dans l'unité de sa quantité",
                                          "What the need pays, or the operation costs, per unit of its quantity",
                                          required=True, minimum=-1e6, maximum=1e6),
        }),
        _table("coalitions", None, "Coalitions", "Coalitions", {
            "coalition_id": _id("Identifiant coalition", "Coalition id"),
            "flow_id": _id("Identifiant du flux", "Flow id"),
            "minimum_quantity": _number("Part minimale par an", "Least part a year",
                                        "Ce que le membre donne aux autres, en reçoit ou traite au moins si elle se fait",
                                        "What the member gives to the others, has from them or treats at least, if formed"),
        }),
    )
}  # fmt: skip

# --------------------------------------------------------------------------------------------------------------------
# What the catalogue knows. A territory folder may bring further rows in a sub-folder ``catalogue``.
# --------------------------------------------------------------------------------------------------------------------

_LANGUAGE = _choice("Langue", "Language", ("fr", "en"), required=True)
_NAME_KIND = _choice("Sorte", "Kind", ("synonym", "trade", "abbreviation", "plural"), default="synonym")
_VALID = {
    "valid_from": Column(kind="date", title_fr="Valable du", title_en="Valid from"),
    "valid_to": Column(kind="date", title_fr="Valable jusqu'au", title_en="Valid to"),
}

CATALOGUE: dict[str, Table] = {
    t.name: t
    for t in (
        _table("themes", "theme_id", "Thèmes d'atelier", "Workshop themes", {
            "theme_id": _id("Thème", "Theme"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
        }, required=True),
        _table("materials", "material_id", "Matières", "Materials", {
            "material_id": _id("Matière", "Material"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "family": _choice("Famille", "Family", FAMILIES, required=True),
            "broader_id": _id("Matière plus large", "Broader material", references="materials.material_id", required=False),
            "broader_fit_share": _number("Convenance pour la plus large", "Fit where the broader one is asked for",
                                         minimum=0.01, maximum=1),
            "unit": _choice("Unité de référence", "Reference unit", UNITS, required=True),
            "theme_id": _id("Thème", "Theme", references="themes.theme_id"),
            "transport": _choice("Transport", "Transport", ("road", "pipe", "none"), default="road"),
            "density_t_per_m3": _number("Densité (t/m³)", "Density (t/m³)", minimum=0.001, maximum=25),
            "density_low_t_per_m3": _number("Densité basse", "Low density", minimum=0.001, maximum=25),
            "density_high_t_per_m3": _number("Densité haute", "High density", minimum=0.001, maximum=25),
            "payload_t": _number("Charge utile d'un camion (t)", "Lorry payload (t)", minimum=0.01, maximum=50),
            "is_food": _flag("Denrée", "Food"),
            "is_animal_by_product": _flag("Sous-produit animal", "Animal by-product"),
            "form": _text("Forme", "Form"),
            "contaminants": _text("Polluants usuels", "Usual contaminants"),
            "basis": _BASIS,
        }, required=True),
        _table("material_names", None, "Noms des matières", "Material names", {
            "material_id": _id("Matière", "Material", references="materials.material_id"),
            "language": _LANGUAGE,
            "name": _text("Nom", "Name", required=True),
            "kind": _NAME_KIND,
            "basis": _BASIS,
        }, required=True),
        _table("material_codes", None, "Codes déchet des matières", "Waste codes of materials", {
            "material_id": _id("Matière", "Material", references="materials.material_id"),
            "waste_code": Column(kind="code", title_fr="Code déchet", title_en="Waste code", required=True,
                                 references="waste_codes.waste_code"),
            "basis": _BASIS,
        }, required=True),
        _table("uses", "use_id", "Usages", "Uses", {
            "use_id": _id("Usage", "Use"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "rung": _choice("Rang dans la hiérarchie", "Rung of the hierarchy", RUNGS, required=True),
            "operation_code": _id("Opération R/D", "R/D operation", references="operations.operation_code", required=False),
            "headings": _list("Rubriques ICPE", "Permit headings"),
            "theme_id": _id("Thème", "Theme", references="themes.theme_id", required=False),
            "is_human_food": _flag("Alimentation humaine", "Human food"),
            "is_animal_feed": _flag("Alimentation animale", "Animal feed"),
            "basis": _BASIS,
        }, required=True),
        _table("use_names", None, "Noms des usages", "Use names", {
            "use_id": _id("Usage", "Use", references="uses.use_id"),
            "language": _LANGUAGE,
            "name": _text("Nom", "Name", required=True),
            "kind": _NAME_KIND,
            "basis": _BASIS,
        }, required=True),
        _table("use_materials", None, "Matières d'un usage", "Materials of a use", {
            "use_id": _id("Usage", "Use", references="uses.use_id"),
            "material_id": _id("Matière", "Material", references="materials.material_id"),
            "substitution_ratio": _number("Taux de substitution", "Substitution ratio",
                                          "Unités du besoin servies par unité livrée",
                                          "Units of the need served by one unit delivered", minimum=0.001, maximum=100,
                                          default=1.0),
            "fit_share": _number("Convenance", "Fit", "1 = usage courant, 0,3 = rare", "1 = usual, 0.3 = rare",
                                 maximum=1, default=0.8),
            "condition_fr": _text("Condition (fr)", "Condition (fr)"),
            "condition_en": _text("Condition (en)", "Condition (en)"),
            "basis": _BASIS,
        }, required=True),
        _table("use_limits", None, "Limites de qualité des usages", "Quality limits of uses", {
            "use_id": _id("Usage", "Use", references="uses.use_id"),
            "parameter": _id("Paramètre", "Parameter", references="quality_parameters.parameter"),
            "minimum": _number("Minimum", "Minimum", minimum=-1e6),
            "maximum": _number("Maximum", "Maximum", minimum=-1e6),
            "basis": _BASIS,
        }),
        _table("quality_parameters", "parameter", "Paramètres de qualité", "Quality parameters", {
            "parameter": _id("Paramètre", "Parameter"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "unit": _text("Unité", "Unit"),
            "is_linear": _flag("Se mélange linéairement", "Mixes linearly", default=True),
            "lowest": _number("Plus petite valeur possible", "Lowest possible value", minimum=-1e6),
            "highest": _number("Plus grande valeur possible", "Highest possible value", minimum=-1e6),
            "basis": _BASIS,
        }, required=True),
        _table("processes", "process_id", "Procédés", "Processes", {
            "process_id": _id("Procédé", "Process"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "operation_code": _id("Opération R/D", "R/D operation", references="operations.operation_code", required=False),
            "rung": _choice("Rang dans la hiérarchie", "Rung of the hierarchy", RUNGS, required=True),
            "unit": _choice("Unité du flux de référence", "Unit of the reference flow", UNITS, required=True),
            "cost_eur_per_unit": _number("Coût", "Cost", minimum=-1e5),
            "cost_low_eur_per_unit": _number("Coût bas", "Low cost", minimum=-1e5),
            "cost_high_eur_per_unit": _number("Coût haut", "High cost", minimum=-1e5),
            "fixed_cost_eur_per_yr": _number("Coût fixe (€/an)", "Fixed cost (€/yr)", default=0.0),
            "typical_capacity": _number("Capacité usuelle", "Typical capacity"),
            "labour_h_per_unit": _number("Travail (h/unité)", "Labour (h/unit)", default=0.0),
            "labour_low_h_per_unit": _number("Travail bas", "Low labour"),
            "labour_high_h_per_unit": _number("Travail haut", "High labour"),
            "insertion_share": _number("Part en insertion", "Insertion share", maximum=1, default=0.0),
            "electricity_kwh_per_unit": _number("Électricité (kWh/unité)", "Electricity (kWh/unit)", default=0.0),
            "headings": _list("Rubriques ICPE", "Permit headings"),
            "end_of_waste_id": _id("Sortie du statut de déchet", "End-of-waste rule",
                                   references="end_of_waste.end_of_waste_id", required=False),
            "is_mixing": _flag("Mélange : la sortie a la qualité de ce qui entre",
                               "Mixes: what leaves has the quality of what came in"),
            "basis": _BASIS,
        }, required=True),
        _table("process_flows", None, "Recettes des procédés", "Process recipes", {
            "process_id": _id("Procédé", "Process", references="processes.process_id"),
            "direction": _choice("Sens", "Direction", ("input", "output"), required=True),
            "material_id": _id("Matière", "Material", references="materials.material_id"),
            "share": _number("Part du flux de référence", "Share of the reference flow",
                             "Entrée : part fixe, ou 1 si substituable ; sortie : rendement par unité de référence",
                             "Input: fixed proportion, or 1 if substitutable; output: yield per reference unit",
                             required=True, maximum=1e4),
            "share_low": _number("Part basse", "Low share", maximum=1e4),
            "share_high": _number("Part haute", "High share", maximum=1e4),
            "is_substitutable": _flag("Substituable", "Substitutable", default=True),
            "is_residue": _flag("Résidu", "Residue"),
            "outlet_id": _id("Exutoire à défaut", "Outlet failing a taker", references="outlets.outlet_id", required=False),
            "outlet_cost_eur_per_unit": _number("Coût d'exutoire (€/unité)", "Outlet cost (€/unit)", minimum=-1e5),
            "has_outlet": _flag("Peut être évacué faute de preneur", "May be discarded for want of a taker", default=True),
            "basis": _BASIS,
        }, required=True),
        _table("process_effects", None, "Effets des procédés sur la qualité", "Effects of processes on quality", {
            "process_id": _id("Procédé", "Process", references="processes.process_id"),
            "parameter": _id("Paramètre", "Parameter", references="quality_parameters.parameter"),
            "effect": _choice("Effet", "Effect", ("lower", "raise"), required=True),
            "basis": _BASIS,
        }),
        _table("outlets", "outlet_id", "Exutoires", "Outlets", {
            "outlet_id": _id("Exutoire", "Outlet"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "operation_code": _id("Opération R/D", "R/D operation", references="operations.operation_code", required=False),
            "rung": _choice("Rang dans la hiérarchie", "Rung of the hierarchy", RUNGS, required=True),
            "cost_eur_per_t": _number("Coût (€/t)", "Cost (€/t)", minimum=-1e5),
            "cost_low_eur_per_t": _number("Coût bas", "Low cost", minimum=-1e5),
            "cost_high_eur_per_t": _number("Coût haut", "High cost", minimum=-1e5),
            "tax_id": _text("Taxe", "Tax", "Clé dans la table des taxes", "Key of the taxes table"),
            "emission_kgco2e_per_t": _number("Émissions (kgCO2e/t)", "Emissions (kgCO2e/t)", minimum=-1e5),
            "emission_low_kgco2e_per_t": _number("Émissions basses", "Low emissions", minimum=-1e5),
            "emission_high_kgco2e_per_t": _number("Émissions hautes", "High emissions", minimum=-1e5),
            "basis": _BASIS,
        }, required=True),
        _table("taxes", None, "Taxes", "Taxes", {
            "tax_id": _text("Taxe", "Tax", required=True),
            "year": _number("Année", "Year", required=True, minimum=1990, maximum=2100),
            "value_eur_per_t": _number("Montant (€/t)", "Amount (€/t)", required=True),
            "is_confirmed": _flag("Confirmé", "Confirmed"),
            "basis": _BASIS,
        }, required=True),
        _table("factors", "factor_id", "Facteurs", "Factors", {
            "factor_id": _id("Facteur", "Factor"),
            "kind": _choice("Sorte", "Kind", ("avoided_emission", "production_emission", "transport_emission",
                                              "transport_cost", "energy_emission", "energy_price", "material_price",
                                              "jobs", "labour", "aid", "distance"),
                            required=True),
            "subject": _text("Objet", "Subject", "Matière, véhicule, structure…", "Material, vehicle, structure…",
                             required=True),
            "value": _number("Valeur", "Value", required=True, minimum=-1e9),
            "low": _number("Bas", "Low", required=True, minimum=-1e9),
            "high": _number("Haut", "High", required=True, minimum=-1e9),
            "unit": _text("Unité", "Unit", required=True),
            "scope": _text("Périmètre", "Scope"),
            "source": _text("Source", "Source", required=True),
            "year": _number("Année", "Year", required=True, minimum=1990, maximum=2100),
            "reliability": _choice("Fiabilité", "Reliability", ("read", "derived", "known", "assumed"), required=True),
        }, required=True),
        _table("waste_codes", "waste_code", "Liste européenne des déchets", "European list of waste", {
            "waste_code": Column(kind="code", title_fr="Code", title_en="Code", required=True),
            "is_hazardous": _flag("Dangereux", "Hazardous"),
            "hazardous_from": Column(kind="date", title_fr="Dangereux à partir du", title_en="Hazardous from"),
            "mirror_code": Column(kind="code", title_fr="Entrée miroir", title_en="Mirror entry"),
            "designation_fr": _text("Désignation", "Designation (fr)", required=True),
            "designation_en": _text("Désignation (en)", "Designation", required=True),
            "label_fr": _text("Libellé court", "Short label (fr)"),
            "label_en": _text("Libellé court (en)", "Short label"),
            **_VALID,
            "successor_codes": _list("Codes de remplacement", "Successor codes"),
            "is_confirmed": _flag("Confirmé", "Confirmed", default=True),
            "decision": _text("Décision", "Decision", required=True),
        }, required=True),
        _table("waste_chapters", "chapter", "Chapitres", "Chapters", {
            "chapter": _text("Chapitre", "Chapter", required=True),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
        }, required=True),
        _table("operations", "operation_code", "Opérations R et D", "R and D operations", {
            "operation_code": _id("Opération", "Operation"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "is_recovery": _flag("Valorisation", "Recovery"),
            "is_final": _flag("Définitive", "Final"),
            "is_forbidden_fr": _flag("Interdite en France", "Forbidden in France"),
            "rung": _choice("Rang dans la hiérarchie", "Rung of the hierarchy", RUNGS),
            "basis": _BASIS,
        }, required=True),
        _table("headings", None, "Rubriques ICPE", "Permit headings", {
            "heading": _text("Rubrique", "Heading", required=True),
            "operation_code": _id("Opération", "Operation", references="operations.operation_code", required=False),
            "name_fr": _text("Nom", "Name (fr)", required=True),
            "basis": _BASIS,
        }, required=True),
        _table("end_of_waste", "end_of_waste_id", "Sorties du statut de déchet", "End-of-waste rules", {
            "end_of_waste_id": _id("Règle", "Rule"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "text": _text("Texte", "Legal text", required=True),
            "materials": _list("Matières couvertes", "Materials covered", "Avec les plus étroites ; vide = toutes",
                               "With the narrower ones; empty = all", references="materials.material_id"),
            "conditions": _list("Conditions", "Conditions", references="legal_conditions.condition_id"),
            "is_union": _flag("Vaut dans toute l'Union", "Valid in the whole Union"),
            **_VALID,
            "basis": _BASIS,
        }, required=True),
        _table("legal_conditions", "condition_id", "Conditions juridiques", "Legal conditions", {
            "condition_id": _id("Condition", "Condition"),
            "route": _choice("Voie", "Route", ROUTES, required=True),
            "name_fr": _text("Texte français", "French text", required=True),
            "name_en": _text("Texte anglais", "English text", required=True),
            "text": _text("Texte", "Legal text", required=True),
        }, required=True),
        _table("legal_rules", "rule_id", "Règles juridiques", "Legal rules", {
            "rule_id": _id("Règle", "Rule"),
            "effect": _choice("Effet", "Effect", LEGAL_EFFECTS, required=True),
            "applies_to": _choice("Porte sur", "Applies to", ("material", "use", "waste_code", "waste", "heading", "border"),
                                  required=True),
            "pattern": _list("Objets", "Objects", "Identifiants, drapeaux ou débuts de code ; ! excepte",
                             "Ids, flags or beginnings of codes; ! excepts"),
            "use_pattern": _list("Usages", "Uses", "Limite la règle à ces usages, procédés ou rangs ; ! excepte",
                                 "Restricts the rule to these uses, processes or rungs; ! excepts"),
            "condition_id": _list("Conditions qui lèvent", "Lifting conditions", "L'une suffit", "One is enough",
                                  references="legal_conditions.condition_id"),
            "headings": _list("Rubriques qui lèvent", "Lifting headings", "Sous l'une d'elles, l'interdit tombe",
                              "Under one of them what is forbidden becomes lawful"),
            "above_load_t": _number("Au-delà d'un chargement de (t)", "Above a load of (t)"),
            "law_of": _choice("Droit de", "Law of", ("giver", "taker", "union"), default="taker"),
            "paper_id": _id("Document", "Paper", references="papers.paper_id", required=False),
            "text_fr": _text("Texte français", "French text", required=True),
            "text_en": _text("Texte anglais", "English text", required=True),
            "reference": _text("Référence", "Reference", required=True),
            **_VALID,
            "is_confirmed": _flag("Confirmé", "Confirmed"),
        }, required=True),
        _table("papers", "paper_id", "Documents", "Papers", {
            "paper_id": _id("Document", "Paper"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "reference": _text("Référence", "Reference", required=True),
        }, required=True),
        _table("rep_schemes", "rep_id", "Filières REP", "Producer responsibility schemes", {
            "rep_id": _id("Filière REP", "Scheme"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "materials": _list("Matières", "Materials", references="materials.material_id"),
            "take_back_fr": _text("Reprise", "Take-back (fr)"),
            "take_back_en": _text("Reprise (en)", "Take-back"),
            **_VALID,
            "reference": _text("Référence", "Reference", required=True),
            "is_confirmed": _flag("Confirmé", "Confirmed"),
        }, required=True),
        _table("precedents", "precedent_id", "Précédents documentés", "Documented precedents", {
            "precedent_id": _id("Précédent", "Precedent"),
            "material_id": _id("Matière", "Material", references="materials.material_id"),
            "use_id": _id("Usage", "Use", references="uses.use_id", required=False),
            "process_id": _id("Procédé", "Process", references="processes.process_id", required=False),
            "place": _text("Réseau ou lieu", "Network or place", required=True),
            "country": _text("Pays", "Country", "Code à deux lettres", "Two-letter code", required=True),
            "year": _number("Année de départ", "Starting year", minimum=1850, maximum=2100),
            "status": _choice("Statut", "Status", PRECEDENT_STATUS, required=True),
            "quantity": _text("Quantité", "Quantity", "Telle que la source la dit", "As the source says it"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "source": _text("Source", "Source", "Publication ou page publique", "Publication or public page", required=True),
            "is_confirmed": _flag("Source relue", "Source read again"),
            "basis": _BASIS,
        }),
        _table("call_factors", "factor_id", "Parts de la valeur d'un appel", "Parts of the value of a call", {
            "factor_id": _id("Facteur", "Factor"),
            "part": _choice("Part", "Part", CALL_PARTS, required=True),
            "case": _id("Cas", "Case"),
            "value": _number("Valeur", "Value", required=True, minimum=0.01, maximum=1),
            "low": _number("Bas", "Low", required=True, minimum=0.01, maximum=1),
            "high": _number("Haut", "High", required=True, minimum=0.01, maximum=1),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "basis": _BASIS,
        }),
        _table("activities", "nace", "Activités", "Activities", {
            "nace": _id("Code NACE", "NACE code"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
        }),
        _table("plants", "plant_id", "Établissements", "Plants", {
            "plant_id": _id("Identifiant", "Identifier"),
            "name_fr": _text("Nom français", "French name", required=True),
            "name_en": _text("Nom anglais", "English name", required=True),
            "synonyms_fr": _list("Autres noms (fr)", "Other names (fr)"),
            "synonyms_en": _list("Autres noms (en)", "Other names (en)"),
            "activities": _list("Codes NACE", "NACE codes", "Quatre chiffres, 23.51", "Four digits, 23.51"),
            "basis": _BASIS,
        }),
        _table("plant_uses", None, "Usages d'un établissement", "Uses of a plant", {
            "plant_id": _id("Établissement", "Plant", references="plants.plant_id"),
            "use_id": _id("Usage", "Use", references="uses.use_id"),
            "share": _number("Part", "Share", "1 = entrée principale, 0,6 = usuelle, 0,3 = occasionnelle",
                             "1 = main intake, 0.6 = usual, 0.3 = occasional", required=True, minimum=0.05, maximum=1),
            "basis": _BASIS,
        }),
        _table("activity_flows", None, "Flux usuels d'une activité", "Usual flows of an activity", {
            "nace": _id("Code NACE", "NACE code", references="activities.nace"),
            "direction": _choice("Sens", "Direction", ("output", "need"), required=True),
            "material_id": _id("Matière", "Material", references="materials.material_id", required=False),
            "use_id": _id("Usage", "Use", references="uses.use_id", required=False),
            "frequency": _choice("Fréquence", "Frequency", FREQUENCIES, required=True),
            "question_fr": _text("Question (fr)", "Question (fr)"),
            "question_en": _text("Question (en)", "Question"),
            "basis": _BASIS,
            "basis_en": _text("Source ou raisonnement (en)", "Source or reasoning"),
        }),
    )
}  # fmt: skip


@cache
def frame_schema(table_name: str) -> pa.DataFrameSchema:
    """Pandera schema of a typed table, for the checks between the steps of the engine.

    Parameters
    ----------
    table_name
        A key of :data:`DECLARATIONS` or :data:`CATALOGUE`.

    Returns
    -------
    pandera.pandas.DataFrameSchema
        Checks presence, type, bounds and choices; extra columns are allowed.

    Raises
    ------
    KeyError
        If the table is in no dictionary.
    """
    import pandera.pandas as pa  # 1 s to import: only where frames are really checked

    table = DECLARATIONS.get(table_name) or CATALOGUE[table_name]
    columns = {}
    for name, column in table.columns.items():
        if name == table.key:
            continue
        checks = []
        if column.kind == "number":
            if column.minimum is not None:
                checks.append(pa.Check.ge(column.minimum))
            if column.maximum is not None:
                checks.append(pa.Check.le(column.maximum))
        if column.kind == "choice":
            checks.append(pa.Check.isin([*column.choices, ""]))
        columns[name] = pa.Column(
            dtype=float if column.kind == "number" else None,
            checks=checks,
            nullable=not (column.required and column.kind == "number"),
            required=True,
        )
    return pa.DataFrameSchema(columns)
