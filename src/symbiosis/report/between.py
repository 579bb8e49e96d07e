"""Who sends what where, as tables that maps, Sankey diagrams and neighbourhoods are drawn from."""

from __future__ import annotations

import pandas as pd

from symbiosis import messages
from symbiosis.engine import Proposal, Run
from symbiosis.messages import N_
from symbiosis.objectives import Case

LAYERS: dict[str, tuple[str, ...]] = {
    "material": ("material",),
    "energy": ("energy", "water"),
    "sharing": ("service", "equipment"),
}
"""Layers of the map and the families that each holds."""

LAYER_NAMES = {"material": N_("Matières"), "energy": N_("Énergie et eau"), "sharing": N_("Services et équipements")}


def measured(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """How much a row comes to and in which unit: what weighs in tonnes a year, the rest in its own unit a year.

    Parameters
    ----------
    table
        With `quantity_t_per_yr`, `quantity_per_yr` and `unit`.

    Returns
    -------
    tuple of pandas.Series
        Quantities and units.
    """
    weighs = table["quantity_t_per_yr"] > 0
    return table["quantity_t_per_yr"].where(weighs, table["quantity_per_yr"]), table["unit"].where(~weighs, "t")


def places(proposal: Proposal) -> pd.DataFrame:
    """Communes where somebody is: the middle of their sites, and how many sites.

    Parameters
    ----------
    proposal
        Result of the engine.

    Returns
    -------
    pandas.DataFrame
        By commune: `longitude`, `latitude`, `sites`.
    """
    sites = proposal.declarations.sites
    sites = sites[sites["commune"].fillna("") != ""]
    return sites.groupby("commune").agg(
        longitude=("longitude", "mean"), latitude=("latitude", "mean"), sites=("commune", "size")
    )


def flows_between(exchanges: pd.DataFrame, layer: str, focus: str = "") -> pd.DataFrame:
    """Exchanges of a layer gathered by pair of communes, thickest first.

    Parameters
    ----------
    exchanges
        Of a run.
    layer
        Key of :data:`LAYERS`.
    focus
        A synergy to tell apart; none when empty.

    Returns
    -------
    pandas.DataFrame
        `start`, `end`, `unit`, `quantity`, `exchanges`, `share` of the largest of its unit, `is_focus`, `synergy_ids`.
    """
    mine = exchanges[exchanges["family"].isin(LAYERS[layer])]
    amount, unit = measured(mine)
    mine = mine.assign(amount=amount, shown_unit=unit, is_focus=mine["synergy_id"].eq(focus))
    known = mine[(mine["giver_commune"].fillna("") != "") & (mine["taker_commune"].fillna("") != "")]
    table = (
        known.groupby(["giver_commune", "taker_commune", "shown_unit"], as_index=False)
        .agg(
            quantity=("amount", "sum"),
            exchanges=("amount", "size"),
            is_focus=("is_focus", "any"),
            synergy_ids=("synergy_id", lambda ids: ";".join(sorted(set(ids)))),
        )
        .rename(columns={"giver_commune": "start", "taker_commune": "end", "shown_unit": "unit"})
    )
    table["share"] = table["quantity"] / table.groupby("unit")["quantity"].transform("max").clip(lower=1e-9)
    return table.sort_values(["share", "start", "end"], ascending=[False, True, True], ignore_index=True)


def outlets_left(exchanges: pd.DataFrame, layer: str, focus: str = "") -> pd.DataFrame:
    """Today's outlets that the exchanges of a layer would leave, by commune.

    Parameters
    ----------
    exchanges
        Of a run.
    layer
        Key of :data:`LAYERS`.
    focus
        A synergy to keep alone; all when empty.

    Returns
    -------
    pandas.DataFrame
        `start`, `outlet_id`, `unit`, `quantity`, `share`; idle things that go nowhere are left out.
    """
    mine = exchanges[exchanges["family"].isin(LAYERS[layer]) & exchanges["giver_kind"].eq("output")]
    mine = mine[~mine["outlet_id"].isin(["", "unused"]) & (mine["giver_commune"].fillna("") != "")]
    if focus:
        mine = mine[mine["synergy_id"].eq(focus)]
    amount, unit = measured(mine)
    mine = mine.assign(amount=amount, shown_unit=unit)
    table = mine.groupby(["giver_commune", "outlet_id", "shown_unit"], as_index=False).agg(quantity=("amount", "sum"))
    table = table.rename(columns={"giver_commune": "start", "shown_unit": "unit"})
    table["share"] = table["quantity"] / table.groupby("unit")["quantity"].transform("max").clip(lower=1e-9)
    return table.sort_values(["outlet_id", "start"], ignore_index=True)


LINK_KINDS = ("theme", "operation", "use", "outlet")
"""Columns of the Sankey diagram, from left to right: families of flows, operations, uses, outlets."""

LEAST = 1e-3
"""Quantities a year that are dust of the solver."""


def links(run: Run, layer: str, unit: str = "", *, is_today: bool = False) -> pd.DataFrame:
    """What families of flows become: uses, through operations where there are any, and outlets.

    Parameters
    ----------
    run
        Of a proposal.
    layer
        Key of :data:`LAYERS`.
    unit
        Of the quantities; the first of :func:`units_of` when empty. What is counted in another unit is left out: a diagram
        adds up what can be added up.
    is_today
        Whether nothing is exchanged yet: everything goes to the outlets of today.

    Returns
    -------
    pandas.DataFrame
        `source_kind`, `source_id`, `target_kind`, `target_id`, `quantity`, `is_proposed`; kinds are of :data:`LINK_KINDS`, ids
        of the catalogue, empty where a flow was not understood.
    """
    case = run.case
    unit = unit or next(iter(units_of(run, layer)), "t")
    outputs = case.outputs[case.outputs["family"].isin(LAYERS[layer])]
    theme = outputs["best_material_id"].map(case.catalogue.materials["theme_id"]).fillna("")
    left = outputs["quantity_per_yr"] if is_today else run.allocation.plan["disposed"].reindex(outputs.index)
    parts = [
        pd.DataFrame({
            "source_kind": "theme", "source_id": theme, "target_kind": "outlet", "target_id": outputs["outlet_id"].fillna(""),
            "quantity": _counted(left, outputs["unit"], outputs["tonnes_per_unit"], unit), "is_proposed": False,
        })
    ]  # fmt: skip
    if not is_today:
        parts += [_moved(run, layer, unit, theme), _residues(run, case, layer, unit)]
    table = pd.concat(parts, ignore_index=True)
    by = ["source_kind", "source_id", "target_kind", "target_id", "is_proposed"]
    table = table.groupby(by, as_index=False, sort=True).agg(quantity=("quantity", "sum"))
    return table[table["quantity"] > LEAST].sort_values("quantity", ascending=False, kind="stable", ignore_index=True)


def units_of(run: Run, layer: str) -> list[str]:
    """Units in which the outputs of a layer are counted, the most frequent first; what weighs counts in tonnes."""
    outputs = run.case.outputs[run.case.outputs["family"].isin(LAYERS[layer])]
    weighs = outputs["unit"].eq("t") | (outputs["tonnes_per_unit"].gt(0) & outputs["family"].eq("material"))
    return [str(unit) for unit in outputs["unit"].where(~weighs, "t").value_counts().index]


def _counted(quantity: pd.Series, own: pd.Series, tonnes: pd.Series, unit: str) -> pd.Series:
    """Quantities in a unit; nothing where they are counted in another."""
    counted = quantity.where(own.eq(unit), quantity * tonnes if unit == "t" else 0.0)
    return counted.astype(float).fillna(0.0)


def _moved(run: Run, layer: str, unit: str, theme: pd.Series) -> pd.DataFrame:
    """What a plan moves: from families to operations and uses, from operations to operations and uses."""
    e = run.proposals.exchanges
    e = e[e["family"].isin(LAYERS[layer])]
    operators = run.case.operators["process_id"]
    out, to_need = e["giver_kind"].eq("output"), e["taker_kind"].eq("need")
    weight = e["quantity_t_per_yr"] / e["quantity_per_yr"]
    return pd.DataFrame({
        "source_kind": out.map({True: "theme", False: "operation"}),
        "source_id": e["giver_flow_id"].map(theme).where(out, e["giver_flow_id"].map(operators)).fillna(""),
        "target_kind": to_need.map({True: "use", False: "operation"}),
        "target_id": e["use_id"].where(to_need, e["taker_flow_id"].map(operators)).fillna(""),
        "quantity": _counted(e["quantity_per_yr"], e["unit"], weight, unit), "is_proposed": True,
    })  # fmt: skip


def _residues(run: Run, case: Case, layer: str, unit: str) -> pd.DataFrame:
    """What operations send to an outlet."""
    products = case.products[case.products["family"].isin(LAYERS[layer]) & case.products["has_outlet"]]
    discarded = run.allocation.plan["discarded"].reindex(products.index)
    return pd.DataFrame({
        "source_kind": "operation", "source_id": products["process_id"], "target_kind": "outlet",
        "target_id": products["outlet_id"].fillna(""),
        "quantity": _counted(discarded, products["unit"], products["tonnes_per_unit"], unit), "is_proposed": True,
    })  # fmt: skip


def named_links(table: pd.DataFrame, proposal: Proposal, language: str, *, most: int = 9) -> pd.DataFrame:
    """Links with names that people read, the smallest of each column gathered.

    Parameters
    ----------
    table
        From :func:`links`.
    proposal
        Whose catalogue names them.
    language
        ``fr`` or ``en``.
    most
        Names a column holds; the others become one.

    Returns
    -------
    pandas.DataFrame
        `source_kind`, `source`, `target_kind`, `target`, `quantity`, `is_proposed`.
    """
    say = messages.translation(language).gettext
    tables = {
        "theme": proposal.catalogue.themes, "operation": proposal.catalogue.processes, "use": proposal.catalogue.uses,
        "outlet": proposal.catalogue.outlets,
    }  # fmt: skip
    unknown = {
        "theme": say("flux non compris"), "operation": say("opération"), "use": say("autre usage"),
        "outlet": say("exutoire non déclaré"),
    }  # fmt: skip
    others = {"theme": say("autres flux"), "operation": say("autres opérations"), "use": say("autres usages"),
              "outlet": say("autres exutoires")}  # fmt: skip
    ends = pd.concat([
        table[[f"{end}_kind", f"{end}_id", "quantity"]].set_axis(["kind", "id", "quantity"], axis=1)
        for end in ("source", "target")
    ])  # fmt: skip
    size = ends.groupby(["kind", "id"])["quantity"].sum().sort_values(ascending=False, kind="stable")
    shown: dict[tuple[str, str], str] = {}
    for kind in LINK_KINDS:
        ids = [key[1] for key in size.index if key[0] == kind]
        for place, one in enumerate(ids):
            known = messages.name(tables[kind], one, language) if one else unknown[kind]
            shown[kind, one] = known if place < most or len(ids) == most + 1 else others[kind]
    named = table.assign(
        source=[shown[pair] for pair in zip(table["source_kind"], table["source_id"], strict=True)],
        target=[shown[pair] for pair in zip(table["target_kind"], table["target_id"], strict=True)],
    )
    by = ["source_kind", "source", "target_kind", "target", "is_proposed"]
    named = named.groupby(by, as_index=False, sort=True).agg(quantity=("quantity", "sum"))
    # Two operations of one gathered name would be a loop.
    named = named[(named["source_kind"] != named["target_kind"]) | (named["source"] != named["target"])]
    return named.sort_values("quantity", ascending=False, kind="stable", ignore_index=True)


def neighbours(proposal: Proposal, actor_id: str, language: str) -> pd.DataFrame:
    """What one actor would send and receive, and today's outlets that it would leave.

    Parameters
    ----------
    proposal
        Result of the engine.
    actor_id
        The actor.
    language
        ``fr`` or ``en``.

    Returns
    -------
    pandas.DataFrame
        `side` (``in``, ``out`` or ``outlet``), `name` of the other end, `what`, `quantity`, `unit`, `feasibility`, `share` of
        the largest of its unit, largest first.
    """
    parts = []
    for feasibility, run in (("feasible", proposal.feasible), ("to_investigate", proposal.to_investigate)):
        e = run.proposals.exchanges
        amount, unit = measured(e)
        e = e.assign(
            amount=amount, shown_unit=unit,
            what=e["material_id"].map(lambda key: messages.name(proposal.catalogue.materials, str(key), language)),
            outlet=e["outlet_id"].map(lambda key: messages.name(proposal.catalogue.outlets, str(key), language)),
        )  # fmt: skip
        gives, takes = e["giver_actor_id"].eq(actor_id), e["taker_actor_id"].eq(actor_id)
        left = gives & e["giver_kind"].eq("output") & ~e["outlet_id"].isin(["", "unused"])
        sides = [("out", gives & ~takes, "taker_name"), ("in", takes & ~gives, "giver_name")]
        sides += [("outlet", left, "outlet")] if feasibility == "feasible" else []
        parts += [
            e.loc[mask, [end, "what", "amount", "shown_unit"]]
            .set_axis(["name", "what", "quantity", "unit"], axis=1)
            .assign(side=side, feasibility=feasibility)
            for side, mask, end in sides
        ]
    table = pd.concat(parts, ignore_index=True)
    by = ["side", "name", "what", "unit", "feasibility"]
    table = table.groupby(by, as_index=False, sort=True).agg(quantity=("quantity", "sum"))
    table["share"] = table["quantity"] / table.groupby("unit")["quantity"].transform("max").clip(lower=1e-9)
    return table.sort_values(["share", "name"], ascending=[False, True], kind="stable", ignore_index=True)
