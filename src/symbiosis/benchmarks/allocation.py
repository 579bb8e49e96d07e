"""Cases of the literature, stated as declarations, processes and a scenario of `symbiosis`, and solved by its own engine.

A case is a JSON object with a `kind` and a `published_optimum`. Each function of :data:`STATEMENTS` says one kind in the
project's vocabulary; nothing here writes a programme. A kind that the vocabulary cannot say raises :class:`CannotStateError`
with the reason: that is a finding, not a failure.

=========================== =============================================================================================
kind                        how it is said
=========================== =============================================================================================
transport                   sources are outputs, sinks are needs that must be served, costs are quoted links
fixed-charge transport      the same, links with a yearly charge
capacitated facility        a facility is a project with a fixed cost and a process that has a product and no inlet
coordinated market          see :mod:`symbiosis.benchmarks.market`: a good at another place or in another period is another good
pooling                     components are outputs, a pool is a process that mixes, a product is a use
water reuse                 operations take water up to a limit, add a load and give water at their specification
=========================== =============================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from symbiosis import engine
from symbiosis.benchmarks.market import UNLIMITED, activities, number
from symbiosis.declarations import Declarations, build
from symbiosis.errors import SymbiosisError
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.solvers import solve

GOODS = "benchmark_goods"
SUPPLY = "benchmark_supply"
WASHING = "benchmark_washing"
PARTS = "benchmark_parts"
FLOWS = ("flow", "flow_t_h", "quantity", "supply", "demand")
CONCENTRATIONS = ("conc", "concentration", "conc_max", "c")
"""Names under which water cases hold a flow and a concentration."""


class CannotStateError(SymbiosisError):
    """The vocabulary of the project has no words for a case; the message says which are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Our optimum beside the published one.

    Attributes
    ----------
    name
        Of the case.
    ours, published
        Objective values, in the case's own sense and unit; a case that tells none is solved all the same.
    status, gap
        What the solver proved.
    """

    name: str
    ours: float
    published: float
    status: str
    gap: float

    @property
    def relative_difference(self) -> float:
        """Distance to the published optimum, relative to it."""
        return abs(self.ours - self.published) / max(1e-12, abs(self.published))


def run_case(case: Mapping[str, Any], catalogue: Catalogue, *, time_limit_s: float = 300.0) -> Outcome:
    """State a case, solve it and compare.

    Parameters
    ----------
    case
        The JSON object.
    catalogue
        The catalogue, to which the case adds its goods.
    time_limit_s
        Seconds for the solver.

    Returns
    -------
    Outcome

    Raises
    ------
    CannotStateError
        If the vocabulary cannot say the case.
    """
    kind = str(case.get("kind", ""))
    statement = next((say for words, say in STATEMENTS.items() if kind.startswith(words)), None)
    if statement is None:
        raise CannotStateError(f"no statement for {kind!r}; known: {', '.join(STATEMENTS)}")
    declarations = statement(case)
    scenario = Scenario(
        name=str(case.get("name", "case")), is_hierarchy_lifted=True, is_loss_accepted=True, maximum_distance_km=2000.0,
        maximum_operators=50, is_blending_allowed=True, time_limit_s=time_limit_s,
        # Products of columns are proved to a tolerance, not to the last digit.
        relative_gap=1e-7 if statement is _pooling else 1e-9,
    )  # fmt: skip
    _, allocation = engine.best_plan(declarations, catalogue, scenario, solve=solve)
    # Markets and pools tell a surplus; all other kinds tell a cost, or what is drawn.
    return Outcome(
        name=scenario.name,
        ours=allocation.gain_eur if statement in (_market, _pooling) else -allocation.gain_eur,
        published=number(case.get("published_optimum"), math.nan),
        status=allocation.status,
        gap=allocation.gap,
    )


def _table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Cells as text, numbers in full."""
    return pd.DataFrame(rows).map(lambda cell: repr(cell) if isinstance(cell, float) else str(cell))


def _key(prefix: str, name: object) -> str:
    """A name as an identifier, which has no blanks."""
    return prefix + "-".join(str(name).split())


def _goods() -> dict[str, pd.DataFrame]:
    row = {"material_id": GOODS, "name_fr": "marchandise du cas", "name_en": "goods of the case", "family": "material",
           "unit": "t", "theme_id": "minerals", "transport": "road", "basis": "cas publié"}  # fmt: skip
    return {"materials": _table([row])}


def _places(ids: list[str]) -> dict[str, pd.DataFrame]:
    """One actor and one site per id, a few metres apart: distances do not count, links are quoted."""
    actors = [{"actor_id": f"A{i}", "name": i} for i in ids]
    sites = [{"site_id": f"S{i}", "actor_id": f"A{i}", "commune": i, "latitude": "49.3", "longitude": repr(6.1 + n * 1e-5)}
             for n, i in enumerate(ids)]  # fmt: skip
    return {"actors": _table(actors), "sites": _table(sites)}


def _output(key: str, quantity: float) -> dict[str, object]:
    return {"output_id": f"O{key}", "site_id": f"S{key}", "description": f"stock {key}", "material_id": GOODS,
            "legal_status": "product", "quantity": quantity, "unit": "t", "outlet_cost_eur_per_unit": 0}  # fmt: skip


def _need(key: str, quantity: float) -> dict[str, object]:
    return {"need_id": f"N{key}", "site_id": f"S{key}", "description": f"demand {key}", "material_id": GOODS,
            "quantity": quantity, "unit": "t", "price_eur_per_unit": 0, "minimum_quantity": quantity}  # fmt: skip


def _transport(case: Mapping[str, Any]) -> Declarations:
    """Sources, sinks, quoted links; one that is missing (null, or of a cost beyond any that is declared) is impossible."""
    sources = {_key("i", row["id"]): float(row["supply"]) for row in case["sources"]}
    sinks = {_key("j", row["id"]): float(row["demand"]) for row in case["sinks"]}
    fixed = case.get("fixed_cost")
    links = []
    for i, source in enumerate(sources):
        for j, sink in enumerate(sinks):
            cost, charge = number(case["unit_cost"][i][j], math.inf), number(fixed[i][j], 0.0) if fixed else 0.0
            missing = max(cost, charge) > UNLIMITED
            links.append({
                "from_site_id": f"S{source}", "to_site_id": f"S{sink}", "distance_km": 1, "is_excluded": str(missing).lower(),
                "cost_eur_per_unit": 0.0 if missing else cost, "fixed_cost_eur_per_yr": 0.0 if missing else charge,
            })  # fmt: skip
    return build(
        {
            **_places([*sources, *sinks]),
            "outputs": _table([_output(*item) for item in sources.items()]),
            "needs": _table([_need(*item) for item in sinks.items()]),
            "distances": _table(links),
        },
        facts={"is_synthetic": True},
        extension=_goods(),
    )


def _facilities(case: Mapping[str, Any]) -> Declarations:
    """Facilities are projects: a fixed cost, a capacity, a process that supplies the goods from nothing traded."""
    if any(word in str(case["kind"]).lower() for word in ("single-sourc", "single sourc", "not be split")):
        raise CannotStateError("a customer who must be served by one facility alone: a need may be shared among its givers")
    facilities = {_key("i", row["id"]): row for row in case["facilities"]}
    customers = {_key("j", row["id"]): float(row["demand"]) for row in case["customers"]}
    process = {"process_id": SUPPLY, "name_fr": "approvisionnement du cas", "name_en": "supply of the case",
               "rung": "reuse", "unit": "t", "cost_eur_per_unit": 0, "basis": "cas publié"}  # fmt: skip
    recipe = {"process_id": SUPPLY, "direction": "output", "material_id": GOODS, "share": 1,
              "outlet_cost_eur_per_unit": 0, "basis": "cas publié"}  # fmt: skip
    operators = [
        {"operator_id": f"K{key}", "site_id": f"S{key}", "process_id": SUPPLY, "name": key, "unit": "t",
         "capacity": min(number(row.get("capacity"), math.inf), sum(customers.values())), "is_existing": "false",
         "fixed_cost_eur_per_yr": number(row.get("fixed_cost"), 0.0), "cost_eur_per_unit": 0}
        for key, row in facilities.items()
    ]  # fmt: skip
    links = []
    for i, facility in enumerate(facilities):
        for j, (customer, demand) in enumerate(customers.items()):
            cost = number(case["cost"][i][j], math.inf) / demand if demand else 0.0
            missing = cost > UNLIMITED
            links.append({
                "from_site_id": f"S{facility}", "to_site_id": f"S{customer}", "distance_km": 1,
                "is_excluded": str(missing).lower(), "cost_eur_per_unit": 0.0 if missing else cost,
            })  # fmt: skip
    # A territory has outputs: one that nobody takes stands for them.
    idle = _output(next(iter(customers)), 0.0)
    return build(
        {
            **_places([*facilities, *customers]),
            "outputs": _table([idle]),
            "needs": _table([_need(*item) for item in customers.items()]),
            "operators": _table(operators),
            "distances": _table(links),
        },
        facts={"is_synthetic": True},
        extension={**_goods(), "processes": _table([process]), "process_flows": _table([recipe])},
    )


def _market(case: Mapping[str, Any]) -> Declarations:
    """Every supplier, consumer, technology and carrier is an operator with a recipe of its own."""
    data = case.get("data", case)
    goods: dict[tuple[str, str, str], str] = {}
    processes, recipes, operators = [], [], []
    for place, activity in enumerate(activities(data)):
        key = f"x{place:05d}"
        processes.append({"process_id": key, "name_fr": f"activité {place}", "name_en": f"activity {place}", "rung": "reuse",
                          "unit": "pieces", "basis": "cas publié"})  # fmt: skip
        operators.append({"operator_id": f"K{key}", "site_id": _key("S", activity.node), "process_id": key, "name": key,
                          "unit": "pieces", "capacity": activity.capacity, "cost_eur_per_unit": activity.price})  # fmt: skip
        for direction, recipe in (("input", activity.takes), ("output", activity.makes)):
            recipes += [
                {"process_id": key, "direction": direction, "material_id": goods.setdefault(good, f"g{len(goods):05d}"),
                 "share": share, "is_substitutable": "false", "has_outlet": "false", "outlet_cost_eur_per_unit": 0,
                 "basis": "cas publié"}
                for good, share in recipe.items()
            ]  # fmt: skip
    materials = [{"material_id": key, "name_fr": " ".join(good), "name_en": " ".join(good), "family": "service",
                  "unit": "pieces", "theme_id": "minerals", "transport": "none", "basis": "cas publié"}
                 for good, key in goods.items()]  # fmt: skip
    nodes = [_key("", node) for node in data["nodes"]]
    # A territory has outputs and needs: two that nobody takes or serves stand for them.
    idle = {"material_id": materials[0]["material_id"], "family": "service", "unit": "pieces"}
    return build(
        {
            **_places(nodes),
            "outputs": _table([_output(nodes[0], 0.0) | idle]),
            "needs": _table([_need(nodes[0], 0.0) | idle]),
            "operators": _table(operators),
        },
        facts={"is_synthetic": True},
        extension={"materials": _table(materials), "processes": _table(processes), "process_flows": _table(recipes)},
    )


def _water(case: Mapping[str, Any]) -> Declarations:
    """Operations take water up to a concentration, add a load and give water at their specification; fresh water costs 1.

    With one contaminant and fixed loads some optimum leaves every operation at its highest concentration (Savelski and
    Bagajewicz 2000), so that the specification says all; with several the operations mix, and the rows are quadratic.
    """
    if any(word in key.lower() for key in case if case[key] for word in ("regenerat", "treatment")):
        raise CannotStateError("a treatment that takes a share of the load away: a process adds a load, or has a specification")
    operations = {_key("p", row["id"]): row for row in case["processes"]}
    sources = {_key("s", row["id"]): row for row in case.get("sources") or []}
    sinks = {_key("d", row["id"]): row for row in case.get("sinks") or []}
    count = max((len(_each(_first(row, "cout_max"))) for row in operations.values()), default=1)
    several = count > 1
    material = {"material_id": GOODS, "name_fr": "eau du cas", "name_en": "water of the case", "family": "water", "unit": "t",
                "theme_id": "minerals", "transport": "none", "basis": "cas publié"}  # fmt: skip
    processes = [{"process_id": key, "name_fr": key, "name_en": key, "rung": "reuse", "unit": "t", "basis": "cas publié",
                  "is_mixing": str(several and key == WASHING).lower()} for key in (SUPPLY, WASHING)]  # fmt: skip
    flow = {"material_id": GOODS, "share": 1, "outlet_cost_eur_per_unit": 0, "basis": "cas publié"}
    recipes = [{"process_id": SUPPLY, "direction": "output", **flow}, {"process_id": WASHING, "direction": "input", **flow},
               {"process_id": WASHING, "direction": "output", **flow}]  # fmt: skip
    operators = [{"operator_id": "KF", "site_id": "SF", "process_id": SUPPLY, "name": "fresh water", "unit": "t",
                  "capacity": UNLIMITED, "cost_eur_per_unit": 1}]  # fmt: skip
    fresh = _each(_first(case, "fresh_conc") or 0.0)
    quality = _quality("KF", value=fresh * count if len(fresh) == 1 else fresh)
    for key, row in operations.items():
        most = number(_first(row, "flow_max", "flow_max_t_h", "flow", "flow_t_h"), UNLIMITED)
        operators.append({"operator_id": f"K{key}", "site_id": f"S{key}", "process_id": WASHING, "name": key, "unit": "t",
                          "capacity": most, "cost_eur_per_unit": 0})  # fmt: skip
        kilograms = [1000.0 * number(load, 0.0) for load in _each(_first(row, "load_kg_h", "load"))]
        quality += _quality(f"K{key}", value=_first(row, "cout_max"), maximum=_first(row, "cin_max"), load_per_yr=kilograms)
    water = {"family": "water"}
    outputs = [_output(key, number(_first(row, *FLOWS), 0.0)) | water for key, row in sources.items()]
    needs = [_need(key, number(_first(row, *FLOWS), 0.0)) | water for key, row in sinks.items()]
    for key, row in sources.items():
        quality += _quality(f"O{key}", value=_first(row, *CONCENTRATIONS, "cout_max"))
    for key, row in sinks.items():
        quality += _quality(f"N{key}", maximum=_first(row, "cin_max", *CONCENTRATIONS))
    places = ["F", *operations, *sources, *sinks]
    named = {str(row["id"]): key for group in (operations, sources, sinks) for key, row in group.items()}
    forbidden = {tuple(named[str(end)] for end in _ends(link)) for link in case.get("forbidden") or []}
    links = [{"from_site_id": f"S{tail}", "to_site_id": f"S{head}", "distance_km": 0,
              "is_excluded": str((tail, head) in forbidden).lower()}
             for tail, head in sorted(forbidden | {link[::-1] for link in forbidden})]  # fmt: skip
    return build(
        {
            **_places(places),
            "outputs": _table(outputs or [_output("F", 0.0) | water]),
            "needs": _table(needs or [_need("F", 0.0) | water]),
            "operators": _table(operators),
            "quality": _table(quality),
            **({"distances": _table(links)} if links else {}),
        },
        facts={"is_synthetic": True},
        extension={"materials": _table([material]), "processes": _table(processes), "process_flows": _table(recipes),
                   "quality_parameters": _table([
                       {"parameter": f"{PARTS}_{n}", "name_fr": f"contaminant {n}", "name_en": f"contaminant {n}",
                        "unit": "g/t", "is_linear": "true", "basis": "cas publié"}
                       for n in range(1 + max(int(str(row["parameter"]).rsplit("_", 1)[1]) for row in quality))
                   ])},
    )  # fmt: skip


def _pooling(case: Mapping[str, Any]) -> Declarations:
    """Components are outputs, a pool is a process that mixes, a product is a use that accepts pools and components."""
    components = {_key("c-", row["name"]): row for row in case["components"]}
    products = {_key("p-", row["name"]): row for row in case["products"]}
    pools = {_key("o-", name): float(size) for name, size in case["pool_size"].items()}
    into = [(_key("c-", row["component"]), _key("o-", row["pool"])) for row in case["component_to_pool_fraction"]]
    out = [(_key("o-", row["pool"]), _key("p-", row["product"]), row["bound"]) for row in case["pool_to_product_bound"]]
    past = [(_key("c-", row["component"]), _key("p-", row["product"]), row["bound"])
            for row in case.get("component_to_product_bound") or []]  # fmt: skip
    basis = {"basis": "cas publié"}
    materials = [{"material_id": key, "name_fr": key, "name_en": key, "family": "material", "unit": "t",
                  "theme_id": "minerals", "transport": "none", **basis} for key in (*components, *pools)]  # fmt: skip
    processes = [{"process_id": key, "name_fr": key, "name_en": key, "rung": "reuse", "unit": "t", "is_mixing": "true", **basis}
                 for key in pools]  # fmt: skip
    recipes = [{"process_id": pool, "direction": "input", "material_id": component, "share": 1, "has_outlet": "true", **basis}
               for component, pool in into]  # fmt: skip
    recipes += [{"process_id": key, "direction": "output", "material_id": key, "share": 1, "has_outlet": "false", **basis}
                for key in pools]  # fmt: skip
    uses = [
        {"use_id": key, "name_fr": key, "name_en": key, "rung": "reuse", "theme_id": "minerals", **basis} for key in products
    ]
    accepted = [{"use_id": product, "material_id": tail, "substitution_ratio": 1, "fit_share": 1, **basis}
                for tail, product, _ in (*out, *past)]  # fmt: skip
    quality = [{"flow_id": f"O{key}", "parameter": name, "value": value}
               for key, row in components.items() for name, value in row["quality"].items()]  # fmt: skip
    for key, row in products.items():
        low, high = row.get("quality_lower") or {}, row.get("quality_upper") or {}
        quality += [{"flow_id": f"N{key}", "parameter": name, "minimum": low.get(name, ""), "maximum": high.get(name, "")}
                    for name in sorted({*low, *high})]  # fmt: skip
    parameters = sorted({str(row["parameter"]) for row in quality})
    return build(
        {
            **_places([*components, *pools, *products]),
            # What a component costs is what it would earn elsewhere.
            "outputs": _table([_output(key, float(row["upper"])) | {
                "material_id": key, "outlet_cost_eur_per_unit": -float(row["price"])} for key, row in components.items()]),
            "needs": _table([_need(key, float(row["upper"])) | {
                "material_id": "", "use_id": key, "minimum_quantity": row.get("lower") or 0,
                "price_eur_per_unit": float(row["price"])} for key, row in products.items()]),
            "operators": _table([{"operator_id": f"K{key}", "site_id": f"S{key}", "process_id": key, "name": key, "unit": "t",
                                  "capacity": size, "cost_eur_per_unit": 0} for key, size in pools.items()]),
            "distances": _table([
                {"from_site_id": f"S{tail}", "to_site_id": f"S{head}", "distance_km": 0, "cost_eur_per_unit": 0,
                 "capacity_per_yr": float(bound)} for tail, head, bound in (*out, *past)]),
            "quality": _table(quality).replace("nan", ""),
        },
        facts={"is_synthetic": True},
        extension={
            "materials": _table(materials), "processes": _table(processes), "process_flows": _table(recipes),
            "uses": _table(uses), "use_materials": _table(accepted),
            "quality_parameters": _table([{"parameter": name, "name_fr": name, "name_en": name, "is_linear": "true", **basis}
                                          for name in parameters]),
        },
    )  # fmt: skip


def _first(row: Mapping[str, Any], *names: str) -> Any:
    """The first of several names under which a case may hold a datum."""
    return next((row[name] for name in names if row.get(name) is not None), None)


def _each(told: Any) -> list[Any]:
    """One entry per contaminant: a case with a single one writes a number."""
    if isinstance(told, Mapping):
        return [told[name] for name in sorted(told)]
    return list(told) if isinstance(told, list | tuple) else [told]


def _quality(flow: str, **told: Any) -> list[dict[str, object]]:
    """Quality rows of a flow, one per contaminant; what is not told stays empty."""
    lists = {name: _each(values) for name, values in told.items()}
    rows = []
    for n in range(max(len(values) for values in lists.values())):
        figures = {name: values[n] for name, values in lists.items() if n < len(values)}
        rows.append({"flow_id": flow, "parameter": f"{PARTS}_{n}"} | {
            name: "" if figures.get(name) is None else figures[name] for name in ("value", "maximum", "load_per_yr")
        })  # fmt: skip
    return rows


def _ends(link: Any) -> tuple[Any, Any]:
    if isinstance(link, Mapping):
        return _first(link, "from", "frm", "source", "tail"), _first(link, "to", "sink", "head")
    return link[0], link[1]


STATEMENTS: dict[str, Callable[[Mapping[str, Any]], Declarations]] = {
    "transport": _transport,
    "fixed-charge transport": _transport,
    "capacitated facility location": _facilities,
    "coordinated market": _market,
    "water reuse": _water,
    "pooling": _pooling,
}
"""Kinds of cases by the beginning of their `kind`."""
