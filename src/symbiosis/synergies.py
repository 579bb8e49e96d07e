"""Proposals that people can follow up: exchanges grouped into synergies, each with its gain and how to share it.

An *exchange* is a leg that the plan uses. Exchanges that meet at an operator, or between the members of a coalition, make one
synergy of kind *filière*; every other exchange is a synergy of its own, *substitution* for matter, energy and water,
*mutualisation* for equipment and services; a joint round is a *mutualisation* too.

How the gain is shared
----------------------
Price interval of an exchange between two parties, per unit at departure: the giver's floor is minus what its outlet costs
today, the taker's ceiling is what the delivery replaces less the transport; any price between leaves nobody below zero, and
the middle is the equal split. In a filière the gain is shared equally between the roles present (givers, operators, takers)
and, inside a role, by the quantity that each carries; a synergy's gain is never negative unless losses are accepted, so that
no share is. Where a loss was accepted, every share is zero and the loss is shown as the support that it would take.
`transfer` is what each party then receives (+) or pays (−) beside its own savings and costs; transfers sum to zero (to the
support).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from symbiosis.objectives import (
    Case,
    Coefficients,
    avoided_kgco2e,
    cost_eur,
    diverted_t,
    emitted_kgco2e,
    insertion_hours,
    reached_prices,
)
from symbiosis.pools import Pools

NEGLIGIBLE = 1e-7
ROLES = ("giver", "operator", "taker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Synergies:
    """What a plan proposes.

    Attributes
    ----------
    exchanges
        By `exchange_id`: `synergy_id`, ends, material, quantities, distance, costs, route, papers, reasons, price interval.
    synergies
        By `synergy_id`: kind, theme, parties, gain and its parts, CO2e ranges, insertion hours, what is missing.
    shares
        `synergy_id`, `actor_id`, `role`, `own_eur_per_yr`, `share_eur_per_yr`, `transfer_eur_per_yr`.
    """

    exchanges: pd.DataFrame
    synergies: pd.DataFrame
    shares: pd.DataFrame


def propose(case: Case, plan: Coefficients, pools: Pools, *, prefix: str = "S") -> Synergies:
    """Group the used legs and rounds of a plan into synergies, and share their gain.

    Parameters
    ----------
    case, plan, pools
        What could be used, what was, and the joint rounds.
    prefix
        Beginning of the synergies' ids.

    Returns
    -------
    Synergies
        Sorted by gain, largest first.
    """
    exchanges = _exchanges(case, plan)
    groups = _groups(exchanges, case, plan)
    exchanges = exchanges.assign(group=groups)
    money = _money(case, plan, exchanges)
    table = _table(case, plan, exchanges, money)
    rounds = _rounds(case, plan, pools)
    table = pd.concat([table, rounds]) if len(rounds) else table
    order = table.sort_values(["gain_eur_per_yr", "quantity_t_per_yr"], ascending=False, kind="stable").index
    names = pd.Series([f"{prefix}{i + 1:04d}" for i in range(len(order))], index=order, dtype=object)
    table = table.loc[order].set_axis(pd.Index(names.to_numpy(), name="synergy_id"))
    exchanges = exchanges.assign(synergy_id=exchanges["group"].map(names)).drop(columns="group")
    exchanges = exchanges.sort_values(["synergy_id", "leg_id"])
    exchanges.index = pd.Index([f"{prefix}E{i + 1:04d}" for i in range(len(exchanges))], name="exchange_id")
    shares = _shares(money, table.set_axis(order))
    pooled = _round_shares(case, plan, pools)
    shares = pd.concat([shares, pooled], ignore_index=True) if len(pooled) else shares
    shares = shares.assign(synergy_id=shares["group"].map(names)).drop(columns="group")
    shares = shares.sort_values(["synergy_id", "role", "actor_id"], ignore_index=True)
    return Synergies(exchanges=exchanges, synergies=table, shares=shares)


def _ends(case: Case, kind: pd.Series, ids: pd.Series) -> pd.DataFrame:
    """What is known of one end of each leg, by whatever it is."""
    columns = ["actor_id", "actor_name", "commune", "latitude", "longitude", "is_synthetic"]
    tables = {"output": case.outputs, "operator": case.operators, "need": case.needs}
    rows = {name: ids[kind == name] for name in tables}
    parts = [
        tables[name].reindex(index=pd.Index(mine), columns=[c for c in columns if c in tables[name]]).set_axis(mine.index)
        for name, mine in rows.items() if len(mine)
    ]  # fmt: skip
    return pd.concat(parts or [pd.DataFrame()]).reindex(index=ids.index, columns=columns)


def _exchanges(case: Case, plan: Coefficients) -> pd.DataFrame:
    quantity = plan["quantity"]
    legs = case.legs[quantity.reindex(case.legs.index) > NEGLIGIBLE]
    # Of millions of legs the texts are held once; of those that carry something they are written out.
    legs = legs.astype(dict.fromkeys(legs.select_dtypes("category"), object))
    used = quantity.reindex(legs.index)
    trips = used * legs["tonnes_per_unit"] / legs["load_t"]
    whole = plan["trips"].reindex(legs.index)
    legs["trips_per_yr"] = whole.where(whole.notna(), trips)
    floor = -legs["tail_id"].map(case.outputs["outlet_cost_eur_per_unit"]).astype(float)
    transport = used * legs["transport_eur_per_unit"].where(~legs["has_whole_trips"], 0.0)
    transport += legs["transport_eur_per_trip"].where(legs["has_whole_trips"], 0.0) * legs["trips_per_yr"].fillna(0.0)
    transport += legs["link_eur_per_yr"]
    price = legs["head_id"].map(_prices(case, plan)).astype(float)
    direct = legs["tail_kind"].eq("output") & legs["head_kind"].eq("need")
    ceiling = (legs["ratio"] * price - transport / used).where(direct)
    assumed = _assumptions(case, legs) + _agreed(case, plan, legs)
    giver, taker = (_ends(case, legs[f"{side}_kind"], legs[f"{side}_id"]) for side in ("tail", "head"))
    of_outputs = ["description", "outlet_id", "outlet_cost_eur_per_unit", "outlet_cost_origin", "evidence"]
    offered = case.outputs[of_outputs].reindex(pd.Index(legs["tail_id"])).set_axis(legs.index)
    wanted = case.needs[["description", "price_origin"]].reindex(pd.Index(legs["head_id"])).set_axis(legs.index)
    exchanges = pd.DataFrame({
        "leg_id": legs.index,
        "giver_kind": legs["tail_kind"], "giver_flow_id": legs["tail_id"],
        "taker_kind": legs["head_kind"], "taker_flow_id": legs["head_id"],
        "giver_actor_id": giver["actor_id"],
        "giver_name": giver["actor_name"],
        "giver_site_id": legs["tail_site_id"],
        "giver_commune": giver["commune"],
        "taker_actor_id": taker["actor_id"],
        "taker_name": taker["actor_name"],
        "taker_site_id": legs["head_site_id"],
        "taker_commune": taker["commune"],
        "description": offered["description"].astype(object).fillna(""),
        "need_description": wanted["description"].astype(object).fillna(""),
        "waste_code": legs["waste_code"], "is_hazardous": legs["is_hazardous"],
        "material_id": legs["material_id"], "family": legs["family"], "theme_id": legs["theme_id"],
        "use_id": legs["use_id"], "process_id": legs["head_process_id"],
        "quantity_per_yr": used, "unit": legs["unit"], "quantity_t_per_yr": used * legs["tonnes_per_unit"],
        "received_per_yr": used * legs["ratio"], "received_unit": legs["head_unit"],
        "distance_km": legs["distance_km"], "is_distance_known": legs["is_distance_known"],
        "load_t": legs["load_t"], "trips_per_yr": legs["trips_per_yr"], "transport_eur_per_yr": transport,
        "outlet_id": offered["outlet_id"].astype(object).fillna(""),
        "outlet_cost_eur_per_unit": offered["outlet_cost_eur_per_unit"].astype(float),
        "outlet_cost_origin": offered["outlet_cost_origin"].astype(object).fillna(""),
        "price_eur_per_unit": price,
        "price_origin": wanted["price_origin"].astype(object).fillna(""),
        "price_floor_eur_per_unit": floor.where(direct), "price_ceiling_eur_per_unit": ceiling,
        "price_middle_eur_per_unit": (floor + ceiling) / 2,
        "rung": legs["rung"], "route": legs["route"], "feasibility": legs["feasibility"],
        "papers": legs["papers"], "reasons": (legs["reasons"] + assumed).str.strip(";"),
        "words": legs["words"], "head_words": legs["head_words"],
        "confidence": legs["confidence"],
        "evidence": offered["evidence"].astype(object).fillna(""),
        "giver_latitude": giver["latitude"],
        "giver_longitude": giver["longitude"],
        "taker_latitude": taker["latitude"],
        "taker_longitude": taker["longitude"],
        "is_synthetic": giver["is_synthetic"].eq(True) | taker["is_synthetic"].eq(True),
    })  # fmt: skip
    return exchanges.reset_index(drop=True).sort_values("leg_id", ignore_index=True)


def _prices(case: Case, plan: Coefficients) -> pd.Series:
    """What each need pays: its usual price, or that of the step of its tariff which the plan reaches."""
    usual = case.needs["price_eur_per_unit"]
    return reached_prices(case, plan).reindex(usual.index).fillna(usual)


def _agreed(case: Case, plan: Coefficients, legs: pd.DataFrame) -> pd.Series:
    """What a leg owes to others: the step that all deliveries reach together, the coalition that both ends are in."""
    steps, inside = case.agreements.thresholds, case.agreements.inside
    steps = steps[(plan["is_reached"] > 0.5).reindex(steps.index)]
    price = steps["price_eur_per_unit"].map("{:g}".format).astype(object)
    said = ";threshold_reached:" + steps["at_per_yr"].map("{:g}".format).astype(object) + ":" + price
    of_head = legs["head_id"].map(said.set_axis(steps["subject_id"])).astype(object).fillna("")
    joined = inside.drop_duplicates("leg_id").set_index("leg_id")["coalition_id"].reindex(legs.index)
    return of_head + (";coalition:" + joined).astype(object).fillna("")


def _assumptions(case: Case, legs: pd.DataFrame) -> pd.Series:
    """What the euros of a leg rest on beside declared figures, as reason codes."""
    price = legs["head_id"].map(case.needs["price_origin"]).fillna("declared")
    cost = legs["tail_id"].map(case.outputs["outlet_cost_origin"]).fillna("declared")
    notes = pd.Series("", index=legs.index, dtype=object)
    notes = notes.mask(price == "assumed", ";price_assumed").mask(price == "unknown", ";price_unknown")
    usual = pd.Series("", index=legs.index, dtype=object).mask(cost == "catalogue", ";outlet_cost_usual")
    return notes + usual.mask(cost == "unknown", ";outlet_cost_unknown")


def _groups(exchanges: pd.DataFrame, case: Case, plan: Coefficients) -> pd.Series:
    """Exchanges that meet at an operator, directly or in a row, or in a coalition, carry one label; others stand alone."""
    on = plan["is_joined"].index[plan["is_joined"] > 0.5]
    inside = case.agreements.inside.drop_duplicates("leg_id").set_index("leg_id")["coalition_id"]
    inside = inside[inside.isin(on)]
    members = case.agreements.members
    members = members[members["coalition_id"].isin(on) & members["kind"].eq("operator")]
    operator = exchanges["giver_flow_id"].where(exchanges["giver_kind"].eq("operator"), "")
    operator = operator.where(operator != "", exchanges["taker_flow_id"].where(exchanges["taker_kind"].eq("operator"), ""))
    between = exchanges[exchanges["giver_kind"].eq("operator") & exchanges["taker_kind"].eq("operator")]
    operator = operator.where(operator != "", exchanges["leg_id"].map("coalition:" + inside).astype(object).fillna(""))
    ties = pd.DataFrame({
        "low": [*between["giver_flow_id"], *("coalition:" + members["coalition_id"])],
        "high": [*between["taker_flow_id"], *members["flow_id"]],
    })  # fmt: skip
    root = {name: name for name in sorted({*operator, *ties["low"], *ties["high"]} - {""})}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for tail, head in zip(ties["low"], ties["high"], strict=True):
        low, high = sorted((find(tail), find(head)))
        root[high] = low
    joined = operator.map(lambda name: find(name) if name else "")
    return joined.where(joined != "", "leg:" + exchanges["leg_id"])


def _money(case: Case, plan: Coefficients, exchanges: pd.DataFrame) -> pd.DataFrame:
    """What each party of each group saves and pays by itself: `group`, `actor_id`, `role`, `own_eur_per_yr`, `weight`."""
    saved = (exchanges["quantity_per_yr"] * exchanges["outlet_cost_eur_per_unit"]).fillna(0.0)
    replaced = (exchanges["received_per_yr"] * exchanges["price_eur_per_unit"]).fillna(0.0)
    giver = exchanges["giver_kind"].eq("output")
    taker = exchanges["taker_kind"].eq("need")
    carried = exchanges["quantity_t_per_yr"].where(exchanges["quantity_t_per_yr"] > 0, exchanges["quantity_per_yr"])
    # Transport is paid by the receiver: an operator fetches, a user fetches; transfers settle the rest.
    parts = [
        pd.DataFrame({"group": exchanges["group"], "actor_id": exchanges["giver_actor_id"], "role": "giver",
                      "own_eur_per_yr": saved, "weight": carried})[giver],
        pd.DataFrame({"group": exchanges["group"], "actor_id": exchanges["taker_actor_id"], "role": "taker",
                      "own_eur_per_yr": replaced - exchanges["transport_eur_per_yr"], "weight": carried})[taker],
        pd.DataFrame({"group": exchanges["group"], "actor_id": exchanges["taker_actor_id"], "role": "operator",
                      "own_eur_per_yr": -exchanges["transport_eur_per_yr"], "weight": 0.0})[~taker],
    ]  # fmt: skip
    costs = cost_eur(case)
    throughput = plan["throughput"]
    own = -(costs["throughput"] * throughput)
    own = own.sub(costs["is_open"] * plan["is_open"], fill_value=0.0)
    other = (costs["repriced"] * plan["repriced"]).groupby(case.agreements.repriced["member_id"]).sum()
    own = own.sub(other.reindex(own.index).fillna(0.0))
    discarded = costs["discarded"] * plan["discarded"]
    own = own.sub(discarded.groupby(case.products["operator_id"].to_numpy()).sum(), fill_value=0.0)
    label = pd.concat([
        exchanges.loc[exchanges["taker_kind"].eq("operator"), ["taker_flow_id", "group"]].set_axis(["k", "group"], axis=1),
        exchanges.loc[exchanges["giver_kind"].eq("operator"), ["giver_flow_id", "group"]].set_axis(["k", "group"], axis=1),
    ]).drop_duplicates("k").set_index("k")["group"]  # fmt: skip
    working = label.index.intersection(own.index)
    parts.append(pd.DataFrame({
        "group": label.reindex(working).to_numpy(), "actor_id": case.operators.loc[working, "actor_id"].to_numpy(),
        "role": "operator", "own_eur_per_yr": own.reindex(working).to_numpy(),
        "weight": throughput.reindex(working).to_numpy(),
    }))  # fmt: skip
    money = pd.concat(parts, ignore_index=True)
    return money.groupby(["group", "actor_id", "role"], as_index=False, sort=True).sum()


def _shares(money: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Equal parts for the roles present, inside a role by quantity carried; never below zero."""
    gain = money["group"].map(table["gain_eur_per_yr"]).astype(float).clip(lower=0.0)
    roles = money.groupby("group")["role"].transform("nunique")
    total = money.groupby(["group", "role"])["weight"].transform("sum")
    count = money.groupby(["group", "role"])["weight"].transform("size")
    part = (money["weight"] / total).where(total > 0, 1.0 / count)
    share = gain / roles * part
    return money.drop(columns="weight").assign(share_eur_per_yr=share, transfer_eur_per_yr=share - money["own_eur_per_yr"])


def _per_leg(case: Case, coefficients: Coefficients, exchanges: pd.DataFrame) -> pd.Series:
    per_unit = exchanges["leg_id"].map(coefficients["quantity"]).astype(float).fillna(0.0)
    return per_unit * exchanges["quantity_per_yr"]


def _per_operator(case: Case, coefficients: Coefficients, plan: Coefficients) -> pd.Series:
    total = coefficients.get("throughput", pd.Series(dtype=float)) * plan["throughput"]
    if "discarded" in coefficients:
        discarded = coefficients["discarded"] * plan["discarded"]
        total = total.add(discarded.groupby(case.products["operator_id"].to_numpy()).sum(), fill_value=0.0)
    return total


def _outlets_left(case: Case, coefficients: Coefficients, exchanges: pd.DataFrame) -> pd.Series:
    """What leaving today's outlet changes: minus the coefficient of `disposed` for each unit that leaves."""
    per_unit = exchanges["giver_flow_id"].map(-coefficients["disposed"]).astype(float).fillna(0.0)
    return per_unit * exchanges["quantity_per_yr"].where(exchanges["giver_kind"].eq("output"), 0.0)


def _joined(groups: pd.Series, texts: pd.Series) -> pd.Series:
    """The texts of each group in a row; most groups have one."""
    is_alone = ~groups.duplicated(keep=False)
    alone = texts[is_alone].set_axis(pd.Index(groups[is_alone]))
    more = texts[~is_alone].groupby(groups[~is_alone], sort=False).agg(";".join)
    joined: pd.Series = pd.concat([alone, more]).astype(object)
    return joined


def _table(case: Case, plan: Coefficients, exchanges: pd.DataFrame, money: pd.DataFrame) -> pd.DataFrame:
    by = exchanges.groupby("group", sort=True)
    first = by.agg(theme_id=("theme_id", "first"), family=("family", "first"), rung=("rung", "last"))
    operator_group = exchanges.loc[exchanges["taker_kind"].eq("operator")].drop_duplicates("taker_flow_id")
    label = operator_group.set_index("taker_flow_id")["group"]
    is_filiere = ~first.index.to_series().str.startswith("leg:")
    shared = first["family"].isin(["equipment", "service"])

    def gathered(column: str, mask: pd.Series) -> pd.Series:
        rows = exchanges.loc[mask & exchanges[column].ne(""), ["group", column]].drop_duplicates()
        rows = rows.sort_values(["group", column], kind="stable")
        return _joined(rows["group"], rows[column]).reindex(first.index).fillna("")

    def joined_codes(column: str) -> pd.Series:
        whole = _joined(exchanges["group"], exchanges[column])
        once = {text: ";".join(filter(None, dict.fromkeys(text.split(";")))) for text in whole.unique()}
        told: pd.Series = whole.map(once).astype(object).reindex(first.index)
        return told

    giver, taker = exchanges["giver_kind"].eq("output"), exchanges["taker_kind"].eq("need")
    doubtful = exchanges["feasibility"].ne("feasible").groupby(exchanges["group"], sort=True).any()
    table = first.assign(
        kind=np.select([is_filiere, shared], ["filiere", "mutualisation"], "substitution"),
        feasibility=doubtful.map({True: "to_investigate", False: "feasible"}),
        giver_actor_ids=gathered("giver_actor_id", giver),
        operator_ids=gathered("taker_flow_id", exchanges["taker_kind"].eq("operator")),
        taker_actor_ids=gathered("taker_actor_id", taker),
        giver_names=gathered("giver_name", giver),
        taker_names=gathered("taker_name", taker),
        material_ids=gathered("material_id", giver),
        quantity_per_yr=exchanges[giver].groupby("group")["quantity_per_yr"].sum(),
        unit=exchanges[giver].groupby("group")["unit"].first(),
        quantity_t_per_yr=exchanges[giver].groupby("group")["quantity_t_per_yr"].sum(),
        distance_km=by["distance_km"].max(),
        trips_per_yr=by["trips_per_yr"].sum(),
        transport_eur_per_yr=by["transport_eur_per_yr"].sum(),
        gain_eur_per_yr=money.groupby("group")["own_eur_per_yr"].sum(),
        confidence=by["confidence"].min(),
        routes=joined_codes("route"),
        papers=joined_codes("papers"),
        reasons=joined_codes("reasons"),
        exchange_count=by.size(),
        is_synthetic=by["is_synthetic"].any(),
    )
    # Legs of one group are not all of one giver; what leaves a giver is counted once, at its output.
    for name, function in (("insertion_h", insertion_hours), ("diverted_t", diverted_t)):
        coefficients = function(case)
        operators = _per_operator(case, coefficients, plan).groupby(label).sum()
        legs = _per_leg(case, coefficients, exchanges) if "quantity" in coefficients else pd.Series(0.0, exchanges.index)
        table[f"{name}_per_yr"] = legs.groupby(exchanges["group"]).sum().add(operators, fill_value=0.0)
    for bound in ("low", "value", "high"):
        suffix = "" if bound == "value" else f"_{bound}"
        emitted, avoided = emitted_kgco2e(case, bound), avoided_kgco2e(case, bound)
        own = _per_leg(case, emitted, exchanges).groupby(exchanges["group"]).sum()
        table[f"emitted{suffix}_kgco2e_per_yr"] = own.add(
            _per_operator(case, emitted, plan).groupby(label).sum(), fill_value=0.0
        )
        legs = _per_leg(case, avoided, exchanges) + _outlets_left(case, avoided, exchanges)
        table[f"avoided{suffix}_kgco2e_per_yr"] = legs.groupby(exchanges["group"]).sum()
    return table.fillna({"insertion_h_per_yr": 0.0, "diverted_t_per_yr": 0.0})


def _rounds(case: Case, plan: Coefficients, pools: Pools) -> pd.DataFrame:
    on = plan["is_pooled"].index[plan["is_pooled"] > 0.5]
    rounds = pools.rounds.loc[on]
    if rounds.empty:
        return pd.DataFrame()
    names = pools.members[pools.members["pool_id"].isin(on)].assign(
        actor=lambda m: m["output_id"].map(case.outputs["actor_id"]),
        name=lambda m: m["output_id"].map(case.outputs["actor_name"]),
    )
    by = names.groupby("pool_id")
    theme = rounds["material_id"].map(case.catalogue.materials["theme_id"])
    table = pd.DataFrame({
        "theme_id": theme, "family": "service", "rung": "", "kind": "mutualisation", "feasibility": "feasible",
        "giver_actor_ids": by["actor"].agg(lambda a: ";".join(sorted(set(a)))), "operator_ids": "", "taker_actor_ids": "",
        "giver_names": by["name"].agg(lambda a: ";".join(sorted(set(a)))), "taker_names": "",
        "material_ids": rounds["material_id"],
        "quantity_per_yr": rounds["quantity_t_per_yr"], "unit": "t", "quantity_t_per_yr": rounds["quantity_t_per_yr"],
        "distance_km": rounds["tour_km"], "trips_per_yr": rounds["rounds_per_yr"],
        "transport_eur_per_yr": rounds["cost_eur_per_yr"], "gain_eur_per_yr": rounds["saving_eur_per_yr"],
        "confidence": 1.0, "routes": "", "papers": "outgoing_register",
        "reasons": "joint_round:" + rounds["trips_today_per_yr"].map("{:g}".format) + ":"
        + rounds["rounds_per_yr"].map("{:g}".format) + ":" + rounds["km_today_per_yr"].map("{:.0f}".format) + ":"
        + rounds["km_per_yr"].map("{:.0f}".format),
        "exchange_count": by.size(), "is_synthetic": by["output_id"].agg(
            lambda o: bool(case.outputs.loc[o, "is_synthetic"].any())),
        "insertion_h_per_yr": 0.0, "diverted_t_per_yr": 0.0,
    })  # fmt: skip
    for suffix in ("_low", "", "_high"):
        table[f"emitted{suffix}_kgco2e_per_yr"] = 0.0
        table[f"avoided{suffix}_kgco2e_per_yr"] = 0.0
    return table.set_axis("pool:" + table.index)


def _round_shares(case: Case, plan: Coefficients, pools: Pools) -> pd.DataFrame:
    on = plan["is_pooled"].index[plan["is_pooled"] > 0.5]
    members = pools.members[pools.members["pool_id"].isin(on)]
    return pd.DataFrame({
        "group": "pool:" + members["pool_id"], "actor_id": members["output_id"].map(case.outputs["actor_id"]),
        "role": "giver", "own_eur_per_yr": members["saving_eur_per_yr"], "share_eur_per_yr": members["saving_eur_per_yr"],
        "transfer_eur_per_yr": 0.0,
    })  # fmt: skip
