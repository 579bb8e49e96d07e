"""Totals of a plan, each with its range, its formula and its source.

Emitted and avoided emissions are two indicators, never netted into one. Hours come first; full-time equivalents are
*potential*, subject to the agreement of the State (conventionnement), and converted by the kind of structure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from symbiosis import objectives
from symbiosis.materials import Catalogue
from symbiosis.objectives import Bound, Case, Coefficients, evaluate

BOUNDS: tuple[Bound, ...] = ("value", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One total: how it is computed and how it is explained.

    Attributes
    ----------
    unit
        Unit of the total.
    compute
        Function of the case, the plan and the bound.
    formula_fr, formula_en
        What is computed, in a sentence.
    source
        Where its factors come from.
    """

    unit: str
    compute: Callable[[Case, Coefficients, Bound], float]
    formula_fr: str
    formula_en: str
    source: str


def _gain(case: Case, plan: Coefficients, bound: Bound) -> float:
    # A high cost of the operators makes a low gain.
    side: Bound = {"value": "value", "low": "high", "high": "low"}[bound]  # type: ignore[assignment]
    costs = objectives.cost_eur(case, side)
    return evaluate(costs, case.today()) - evaluate(costs, plan)


def _today_disposal(case: Case, plan: Coefficients, bound: Bound) -> float:
    outputs = case.outputs
    return float((outputs["quantity_per_yr"] * outputs["outlet_cost_eur_per_unit"]).clip(lower=0.0).sum())


def _tax(case: Case, plan: Coefficients, bound: Bound) -> float:
    tax = objectives.tax_eur(case, bound)
    return evaluate(tax, case.today()) - evaluate(tax, plan)


def _avoided(case: Case, plan: Coefficients, bound: Bound) -> float:
    coefficients = objectives.avoided_kgco2e(case, bound)
    return (evaluate(coefficients, plan) - evaluate(coefficients, case.today())) / 1000.0


def _family(family: str) -> Callable[[Case, Coefficients, Bound], float]:
    def total(case: Case, plan: Coefficients, bound: Bound) -> float:
        legs = case.legs
        chosen = legs["family"].eq(family) & legs["tail_kind"].eq("output")
        weight = legs["tonnes_per_unit"] if family == "material" else 1.0
        return float((plan["quantity"] * weight)[chosen].sum())

    return total


def _fte(case: Case, plan: Coefficients, bound: Bound) -> float:
    hours = objectives.insertion_hours(case, bound)["throughput"] * plan["throughput"]
    return float((hours / hours_per_fte(case, bound)).sum())


def fte_hours(catalogue: Catalogue) -> pd.Series:
    """Yearly hours of one full-time equivalent by kind of structure, as the catalogue knows them last.

    Parameters
    ----------
    catalogue
        What is known.
    """
    rows = catalogue.factors
    rows = rows[rows["subject"].str.startswith("fte_hours_")]
    known = rows.sort_values("year").drop_duplicates("subject", keep="last")
    return known.set_index(known["subject"].str.removeprefix("fte_hours_"))["value"]


def hours_per_fte(case: Case, bound: Bound = "value") -> pd.Series:
    """Yearly hours of one full-time equivalent for each operator, by its kind of structure.

    Parameters
    ----------
    case
        What could be used.
    bound
        ``low`` gives the fewest equivalents.

    Returns
    -------
    pandas.Series
        By operator.
    """
    own = case.operators["structure"].astype(str).map(fte_hours(case.catalogue)).astype(float)
    unknown = {"value": case.scenario.insertion_hours_per_fte, "low": 1820.0, "high": 1505.0}[bound]
    return own.fillna(unknown)


def _distance(case: Case, plan: Coefficients, bound: Bound) -> float:
    return evaluate(objectives.tonne_km(case), plan)


def _evaluated(function: Callable[[Case, Bound], Coefficients], scale: float = 1.0) -> Callable[..., float]:
    return lambda case, plan, bound: scale * evaluate(function(case, bound), plan)


INDICATORS: dict[str, Indicator] = {
    "gain_eur_per_yr": Indicator(
        unit="€/an", compute=_gain,
        formula_fr="coût d'aujourd'hui − coût du plan : exutoires, achats, transport, procédés, projets",
        formula_en="cost of today − cost of the plan: outlets, purchases, transport, processes, projects",
        source="Déclarations ; coûts de procédé du catalogue (bas, valeur, haut)"),
    "disposal_today_eur_per_yr": Indicator(
        unit="€/an", compute=_today_disposal,
        formula_fr="Σ quantité × coût de l'exutoire actuel", formula_en="Σ quantity × cost of the outlet today",
        source="Déclarations, sinon coûts d'exutoire du catalogue"),
    "diverted_t_per_yr": Indicator(
        unit="t/an", compute=_evaluated(objectives.diverted_t),
        formula_fr="tonnes qui quittent leur exutoire − refus des procédés vers l'élimination",
        formula_en="tonnes that leave their outlet − what processes send to disposal",
        source="Rendements des procédés du catalogue"),
    "material_t_per_yr": Indicator(
        unit="t/an", compute=_family("material"), formula_fr="Σ matières échangées", formula_en="Σ materials exchanged",
        source="Déclarations"),
    "energy_mwh_per_yr": Indicator(
        unit="MWh/an", compute=_family("energy"), formula_fr="Σ énergie échangée", formula_en="Σ energy exchanged",
        source="Déclarations"),
    "water_m3_per_yr": Indicator(
        unit="m3/an", compute=_family("water"), formula_fr="Σ eaux échangées", formula_en="Σ waters exchanged",
        source="Déclarations"),
    "avoided_tco2e_per_yr": Indicator(
        unit="tCO2e/an", compute=_avoided,
        formula_fr="Σ livré × facteur évité de la matière + émissions des exutoires quittés",
        formula_en="Σ delivered × avoided factor of the material + emissions of the outlets left",
        source="ADEME Base Carbone et facteurs du catalogue"),
    "emitted_tco2e_per_yr": Indicator(
        unit="tCO2e/an", compute=_evaluated(objectives.emitted_kgco2e, 0.001),
        formula_fr="t·km × facteur du camion + électricité des procédés + refus",
        formula_en="t·km × lorry factor + electricity of processes + residues",
        source="ADEME Base Carbone et facteurs du catalogue"),
    "labour_h_per_yr": Indicator(
        unit="h/an", compute=_evaluated(objectives.labour_hours),
        formula_fr="Σ débit du procédé × heures par unité", formula_en="Σ throughput × hours per unit",
        source="Procédés du catalogue ou de l'opérateur"),
    "insertion_h_per_yr": Indicator(
        unit="h/an", compute=_evaluated(objectives.insertion_hours),
        formula_fr="heures de travail × part en parcours d'insertion",
        formula_en="hours of work × share in an insertion pathway", source="Procédés du catalogue ou de l'opérateur"),
    "insertion_fte": Indicator(
        unit="ETP potentiels", compute=_fte,
        formula_fr="heures d'insertion ÷ heures d'un ETP de la structure (ACI 1 820, ETTI 1 607, EI 1 505), "
        "sous réserve de conventionnement",
        formula_en="insertion hours ÷ hours of an FTE of the structure (ACI 1,820, ETTI 1,607, EI 1,505), "
        "subject to agreement", source="Textes cités dans les facteurs du catalogue"),
    "transport_tkm_per_yr": Indicator(
        unit="t·km/an", compute=_distance, formula_fr="Σ tonnes × km de route", formula_en="Σ tonnes × road km",
        source="Vol d'oiseau × détour, ou distances déclarées"),
    "tax_forgone_eur_per_yr": Indicator(
        unit="€/an", compute=_tax,
        formula_fr="taxe sur les déchets qui n'est plus due (perte de l'État, comprise dans le gain)",
        formula_en="waste tax no longer due (a loss of the State, part of the gain)", source="Taxes datées du catalogue"),
}  # fmt: skip


def measure(case: Case, plan: Coefficients) -> pd.DataFrame:
    """Every indicator of a plan.

    Parameters
    ----------
    case, plan
        What could be used and what was.

    Returns
    -------
    pandas.DataFrame
        By `indicator`: `value`, `low`, `high`, `unit`, `formula_fr`, `formula_en`, `source`.
    """
    rows = {}
    for name, indicator in INDICATORS.items():
        value, *ends = (indicator.compute(case, plan, bound) for bound in BOUNDS)
        rows[name] = {
            "value": value, "low": min(value, *ends), "high": max(value, *ends), "unit": indicator.unit,
            "formula_fr": indicator.formula_fr, "formula_en": indicator.formula_en, "source": indicator.source,
        }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "indicator"
    # Minus zero and dust are zero on a screen.
    for column in ("value", "low", "high"):
        table[column] = np.where(table[column].abs() < 1e-9, 0.0, table[column].astype(float))
    return table
