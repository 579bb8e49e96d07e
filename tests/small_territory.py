"""Territories small enough to be computed by hand, told as text tables, on a catalogue of a dozen materials.

Every flow stands on a site of its own, ``S`` + its id, a metre from the others, so that transport is free unless a
test quotes a link. Outputs are products unless they say otherwise, so that the law stays out of tests about numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import StringIO
from textwrap import dedent
from typing import Any

import pandas as pd

from symbiosis import engine
from symbiosis.allocation import Allocation, Solve, allocate
from symbiosis.candidates import Candidates, find_candidates
from symbiosis.declarations import Declarations, build
from symbiosis.engine import Proposal
from symbiosis.materials import Catalogue, build_catalogue
from symbiosis.objectives import Case
from symbiosis.pools import find_pools
from symbiosis.scenario import Scenario
from symbiosis.schemas import CATALOGUE
from symbiosis.solvers import solve

KEYS = {"outputs": "output_id", "needs": "need_id", "operators": "operator_id"}


def table(text: str) -> pd.DataFrame:
    """Cells of a comma-separated text, blanks around them dropped."""
    frame = pd.read_csv(StringIO(dedent(text).strip()), dtype=str, keep_default_na=False, skipinitialspace=True)
    frame.columns = frame.columns.str.strip()
    return frame.apply(lambda cells: cells.str.strip())


_CATALOGUE = {
    "themes": """
        theme_id, name_fr, name_en
        things, choses, things
        minerals, minéraux, minerals
        """,
    "operations": """
        operation_code, name_fr, name_en, is_recovery, is_final, rung, basis
        R3, recyclage, recycling, true, true, recycling, test
        """,
    "outlets": """
        outlet_id, name_fr, name_en, rung, cost_eur_per_t, basis
        landfill_non_hazardous, décharge, landfill, disposal, 100, test
        boiler_outside, chaufferie, boiler, other_recovery, 40, test
        """,
    "materials": """
        material_id, name_fr, name_en, family, unit, theme_id, transport, density_t_per_m3, payload_t, broader_id, basis
        ore, minerai, ore, material, t, things, road, , , , test
        sand, sable, sand, material, t, things, road, 1.6, , , test
        sea_sand, sable de mer, sea sand, material, t, things, road, 1.6, , sand, test
        scrap, ferraille, scrap, material, t, things, road, , 20, , test
        ingot, lingot, ingot, material, t, things, road, , , , test
        dross, crasse, dross, material, t, things, road, , , , test
        wire, fil, wire, material, t, things, road, , , , test
        acid, acide, acid, material, t, things, road, , , , test
        crate, caisse, crate, material, t, things, road, , 10, , test
        brine, saumure, brine, water, m3, things, pipe, 1.1, , , test
        warmth, chaleur, warmth, energy, MWh, things, pipe, , , , test
        hoist, palan, hoist, equipment, h, things, none, , , , test
        """,
    "uses": """
        use_id, name_fr, name_en, rung, operation_code, theme_id, basis
        casting, moulage, casting, recycling, R3, things, test
        paving, pavage, paving, other_recovery, , things, test
        resale, revente, resale, reuse, , things, test
        """,
    "use_materials": """
        use_id, material_id, substitution_ratio, fit_share, basis
        casting, sand, 1, 1, test
        casting, scrap, 0.8, 1, test
        paving, sand, 1, 1, test
        paving, crate, 1, 1, test
        resale, sand, 1, 1, test
        resale, crate, 1, 1, test
        """,
    "processes": """
        process_id, name_fr, name_en, rung, unit, cost_eur_per_unit, cost_low_eur_per_unit, cost_high_eur_per_unit, \
labour_h_per_unit, labour_low_h_per_unit, labour_high_h_per_unit, insertion_share, electricity_kwh_per_unit, basis
        melting, fusion, melting, reuse, t, 10, 5, 20, 2, 1, 4, 0.5, 100, test
        drawing, étirage, drawing, reuse, t, 0, , , 0, , , 0, 0, test
        mixing, mélange, mixing, reuse, t, 0, , , 0, , , 0, 0, test
        """,
    "process_flows": """
        process_id, direction, material_id, share, is_substitutable, is_residue, outlet_id, outlet_cost_eur_per_unit, \
basis
        melting, input, scrap, 1, true, false, , , test
        melting, input, ore, 1, true, false, , , test
        melting, output, ingot, 0.8, true, false, , , test
        melting, output, dross, 0.15, true, true, landfill_non_hazardous, 60, test
        drawing, input, ingot, 1, true, false, , , test
        drawing, output, wire, 0.9, true, false, , 0, test
        mixing, input, sand, 0.7, false, false, , , test
        mixing, input, acid, 0.3, false, false, , , test
        mixing, output, brick, 1, true, false, , 0, test
        """,
    "factors": """
        factor_id, kind, subject, value, low, high, unit, source, year, reliability
        fte_aci, labour, fte_hours_ACI, 1820, 1820, 1820, h, test, 2020, read
        fte_etti, labour, fte_hours_ETTI, 1607, 1607, 1607, h, test, 2020, read
        lorry, transport_emission, rigid_12_20t, 0.1, 0.05, 0.2, kgCO2e/t.km, test, 2020, read
        power, energy_emission, electricity, 50, 40, 60, kgCO2e/MWh, test, 2020, read
        sand_avoided, avoided_emission, sand, 3, -1, 5, kgCO2e/t, test, 2020, read
        """,
}
_CATALOGUE["materials"] += "brick, brique, brick, material, t, things, road, , , , test\n"


@cache
def catalogue() -> Catalogue:
    """The tiny catalogue, built once."""
    texts = {name: table(text) for name, text in _CATALOGUE.items()}
    texts["material_names"] = texts["materials"].assign(language="fr", name=texts["materials"]["name_fr"])
    texts["use_names"] = texts["uses"].assign(language="fr", name=texts["uses"]["name_fr"])
    blank = {name: pd.DataFrame(columns=list(t.columns), dtype=object) for name, t in CATALOGUE.items()}
    return build_catalogue({name: texts.get(name, blank[name])[_known(name, texts, blank)] for name in CATALOGUE})


def _known(name: str, texts: dict[str, pd.DataFrame], blank: dict[str, pd.DataFrame]) -> list[str]:
    return [column for column in texts.get(name, blank[name]).columns if column in CATALOGUE[name].columns]


def territory(*, facts: dict[str, object] | None = None, extension: dict[str, str] | None = None,
              **texts: str) -> Declarations:  # fmt: skip
    """Declarations from text tables; actors and sites that are not told are made up, one of each per flow.

    Parameters
    ----------
    facts
        Of ``facts.json``.
    extension
        Catalogue rows of the territory's own, as text tables.
    **texts
        ``outputs``, ``needs``, ``operators``, ``quality``, ``distances``, ``sites``, ``actors``.

    Returns
    -------
    Declarations
    """
    tables = {name: table(text) for name, text in texts.items()}
    tables.setdefault("needs", table("need_id, quantity, unit, description\nN0, 0, t, nothing"))
    tables.setdefault("outputs", table("output_id, quantity, unit, description\nO0, 0, t, nothing"))
    for name, key in KEYS.items():
        if name not in tables:
            continue
        frame = tables[name]
        if "site_id" not in frame:
            frame = frame.assign(site_id="S" + frame[key])
        if name != "operators":
            frame = _with(frame, description=frame[key].str.lower(), unit="t")
        else:
            frame = _with(frame, is_existing="true")
        tables[name] = _with(frame, legal_status="product") if name == "outputs" else frame
    wanted = pd.Index(pd.concat([tables[name]["site_id"] for name in KEYS if name in tables]).unique())
    told = tables.get("sites", pd.DataFrame({"site_id": []}))
    missing = [site for site in wanted if site not in set(told["site_id"])]
    # Places follow from the names, so that the order of rows decides nothing.
    made = pd.DataFrame({"site_id": sorted(missing), "actor_id": ["A" + site[1:] for site in sorted(missing)],
                         "latitude": "49.3", "longitude": "6.1"})  # fmt: skip
    sites = _with(pd.concat([told, made]).fillna(""), commune="Florange")
    tables["sites"] = sites
    actors = tables.get("actors", pd.DataFrame({"actor_id": []}))
    others = sorted(set(sites["actor_id"]) - set(actors["actor_id"]))
    actors = pd.concat([actors, pd.DataFrame({"actor_id": others})]).fillna("")
    tables["actors"] = _with(actors, name=actors["actor_id"] + " (test)")
    return build(tables, facts=facts or {}, extension={name: table(text) for name, text in (extension or {}).items()})


def _with(frame: pd.DataFrame, **defaults: Any) -> pd.DataFrame:
    """Columns that are missing, with their default."""
    return frame.assign(**{name: value for name, value in defaults.items() if name not in frame})


def run(declarations: Declarations, known: Catalogue | None = None, **assumptions: Any) -> Proposal:
    """The engine on some declarations; euros decide unless a test asks for the waste hierarchy."""
    scenario = Scenario(**{"is_hierarchy_lifted": True, **assumptions})
    return engine.run(declarations, known or catalogue(), scenario, solve=solve)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The first allocation alone: what could be used, and the plan."""

    case: Case
    allocation: Allocation
    candidates: Candidates


def laid_out(declarations: Declarations, known: Catalogue, scenario: Scenario) -> tuple[Case, Candidates]:
    """What an allocation is given."""
    knowledge = known.extended(declarations.extension)
    candidates = find_candidates(declarations, knowledge, scenario)
    pools = find_pools(candidates.flows, knowledge, scenario)
    return engine.case_of(candidates, pools, knowledge, scenario), candidates


def allocated(declarations: Declarations, known: Catalogue | None = None, solver: Solve = solve, **assumptions: Any) -> Solved:
    """Match and allocate once: what most tests about numbers need, in a third of the time of :func:`run`."""
    scenario = Scenario(**{"is_hierarchy_lifted": True, **assumptions})
    case, candidates = laid_out(declarations, known or catalogue(), scenario)
    return Solved(case=case, allocation=allocate(case, solver), candidates=candidates)


def _first(result: Solved | Proposal) -> tuple[Case, Allocation]:
    of = result if isinstance(result, Solved) else result.feasible
    return of.case, of.allocation


def gain(result: Solved | Proposal) -> float:
    """Euros a year of the first allocation."""
    return _first(result)[1].gain_eur


def sent(result: Solved | Proposal, tail: str, head: str, material: str = "") -> float:
    """Units a year that the first allocation sends from one flow to another."""
    case, allocation = _first(result)
    chosen = (case.legs["tail_id"] == tail) & (case.legs["head_id"] == head)
    if material:
        chosen &= case.legs["material_id"] == material
    return float(allocation.plan["quantity"][chosen].sum())


def amount(result: Solved | Proposal, family: str, label: str) -> float:
    """Value of one column of the first plan."""
    return float(_first(result)[1].plan[family].loc[label])
