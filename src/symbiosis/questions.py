"""What to ask a company: flows that its activity usually has and that it did not declare.

An activity code says what *may* leave or enter a site, no more: where such flows were treated as facts, most matches were
false. They are therefore questions (``kind = question``), kept apart from declarations and candidates, which never see them.

A row of ``activity_flows`` concerns every company whose NACE code begins with that of the row; of several rows for one
material or use the most precise speaks. What the company declared already is left out, whether it named that very material, a
broader or a narrower one. What the answer could unlock comes first: needs (or outputs) of others in the territory that would
meet the flow, and operators here that take it.
"""

from __future__ import annotations

import pandas as pd

from symbiosis.declarations import Declarations
from symbiosis.flows import Flows
from symbiosis.materials import Catalogue
from symbiosis.pathways import pathways
from symbiosis.schemas import FREQUENCIES

UNDERSTOOD = 0.3
"""Confidence from which a declared flow counts as that material: below, asking again does no harm."""

COLUMNS = ("question_id", "kind", "actor_id", "nace", "activity", "direction", "material_id", "use_id", "frequency", "unlocks",
           "unlocks_flows", "unlocks_operators", "question_fr", "question_en", "basis", "basis_en")  # fmt: skip


def find_questions(declarations: Declarations, flows: Flows, catalogue: Catalogue) -> pd.DataFrame:
    """Questions to each company, those that could unlock most first.

    Parameters
    ----------
    declarations
        Companies with their activity codes.
    flows
        What they declared, as understood.
    catalogue
        Usual flows of activities, and what serves what.

    Returns
    -------
    pandas.DataFrame
        `question_id`, `kind` (always ``question``), `actor_id`, `nace`, `activity` (the code of the row that applies),
        `direction`, `material_id` or `use_id`, `frequency`, `unlocks` (how many flows and operators of others would meet it),
        `unlocks_flows` and `unlocks_operators` (their ids, ``;``), `question_fr` and `question_en` where the row has
        words of its own, `basis` and `basis_en`.
    """
    asked = _usual(declarations, catalogue)
    if asked.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    serves = _serves(catalogue)
    asked = asked[~_declared(asked, flows, catalogue, serves)]
    asked = asked.merge(_met(asked, flows, serves), on="row", how="left", validate="one_to_one")
    asked = asked.merge(_taken(asked, flows, catalogue), on="row", how="left", validate="one_to_one")
    ids = ["unlocks_flows", "unlocks_operators"]
    asked = asked.fillna(dict.fromkeys(ids, "") | dict.fromkeys(["flow_count", "operator_count"], 0))
    asked["unlocks"] = (asked["flow_count"] + asked["operator_count"]).astype(int)
    rank = asked["frequency"].map({name: place for place, name in enumerate(FREQUENCIES)})
    asked = asked.assign(rank=rank, kind="question").sort_values(
        ["unlocks", "rank", "actor_id", "direction", "material_id", "use_id"], ascending=[False, True, True, True, True, True]
    )
    asked["question_id"] = "Q" + pd.Series(range(1, len(asked) + 1), index=asked.index).astype(str).str.zfill(4)
    return asked[list(COLUMNS)].reset_index(drop=True)


def _usual(declarations: Declarations, catalogue: Catalogue) -> pd.DataFrame:
    """Rows of usual flows that apply to each company, the most precise of each flow."""
    digits = declarations.actors["nace"].fillna("").astype(str).str.replace(r"\D", "", regex=True).str[:4]
    companies = pd.DataFrame({"actor_id": digits.index, "nace": declarations.actors["nace"].to_numpy()})
    prefixes = pd.concat([
        companies.assign(code=digits.str[:length].to_numpy(), length=length)[digits.str.len().to_numpy() >= length]
        for length in (2, 3, 4)
    ])  # fmt: skip
    usual = catalogue.activity_flows.rename(columns={"nace": "activity"})
    usual = usual.assign(code=usual["activity"].str.replace(".", "", regex=False))
    found = prefixes.merge(usual, on="code", how="inner", validate="many_to_many")
    found = found.sort_values(["actor_id", "length"], ascending=[True, False], kind="stable")
    found = found.drop_duplicates(["actor_id", "direction", "material_id", "use_id"]).reset_index(drop=True)
    return found.drop(columns=["code", "length"]).rename_axis("row").reset_index()


def _serves(catalogue: Catalogue) -> pd.DataFrame:
    """Material → what a need may be made of, without any process: `material_id`, `target_kind`, `target_id`."""
    return pathways(catalogue, max_processes=0)[["material_id", "target_kind", "target_id"]]


def _kin(catalogue: Catalogue) -> pd.DataFrame:
    """Each material with itself and its broader and narrower ones: `material_id`, `kin_id`."""
    up = catalogue.ancestors()[["material_id", "ancestor_id"]].set_axis(["material_id", "kin_id"], axis=1)
    return pd.concat([up, up.set_axis(["kin_id", "material_id"], axis=1)]).drop_duplicates()


def _declared(asked: pd.DataFrame, flows: Flows, catalogue: Catalogue, serves: pd.DataFrame) -> pd.Series:
    """Whether the company already declared the flow, by material kin, or by the use or a material of it."""
    kin = _kin(catalogue)
    offered = flows.offered[flows.offered["confidence"] >= UNDERSTOOD].assign(direction="output")
    offered["actor_id"] = offered["output_id"].map(flows.outputs["actor_id"])
    wanted = flows.wanted[flows.wanted["confidence"] >= UNDERSTOOD].assign(direction="need")
    wanted["actor_id"] = wanted["need_id"].map(flows.needs["actor_id"])
    materials = wanted[wanted["target_kind"] == "material"].rename(columns={"target_id": "material_id"})
    uses = wanted[wanted["target_kind"] == "use"].rename(columns={"target_id": "use_id"})
    key = ["actor_id", "direction"]
    said = pd.concat([offered, materials])[[*key, "material_id"]].merge(
        kin, on="material_id", how="inner", validate="many_to_many"
    )
    said_materials = pd.MultiIndex.from_frame(said[[*key, "kin_id"]])
    of_use = serves[serves["target_kind"] == "use"].rename(columns={"target_id": "use_id"})
    through = materials[[*key, "material_id"]].merge(of_use, on="material_id", how="inner", validate="many_to_many")
    said_uses = pd.MultiIndex.from_frame(pd.concat([uses, through])[[*key, "use_id"]])
    by_material = pd.MultiIndex.from_frame(asked[[*key, "material_id"]]).isin(said_materials) & (asked["material_id"] != "")
    by_use = pd.MultiIndex.from_frame(asked[[*key, "use_id"]]).isin(said_uses) & (asked["use_id"] != "")
    return pd.Series(by_material | by_use, index=asked.index)


def _met(asked: pd.DataFrame, flows: Flows, serves: pd.DataFrame) -> pd.DataFrame:
    """Needs of others that an output would serve, outputs of others that would serve a need; at the surest reading."""
    wanted = flows.wanted.sort_values("confidence", ascending=False, kind="stable").drop_duplicates("need_id")
    wanted = wanted.assign(flow_id=wanted["need_id"], owner=wanted["need_id"].map(flows.needs["actor_id"]))
    offered = flows.offered.sort_values("confidence", ascending=False, kind="stable").drop_duplicates("output_id")
    offered = offered.assign(flow_id=offered["output_id"], owner=offered["output_id"].map(flows.outputs["actor_id"]))
    outputs = asked[asked["direction"] == "output"][["row", "actor_id", "material_id"]]
    outputs = outputs.merge(serves, on="material_id", how="inner", validate="many_to_many").merge(
        wanted[["target_kind", "target_id", "flow_id", "owner"]], on=["target_kind", "target_id"], how="inner",
        validate="many_to_many",
    )  # fmt: skip
    needs = asked[asked["direction"] == "need"]
    kind = needs["use_id"].ne("").map({True: "use", False: "material"})
    target = needs["use_id"].where(needs["use_id"] != "", needs["material_id"])
    needs = needs[["row", "actor_id"]].assign(target_kind=kind, target_id=target)
    needs = needs.merge(serves, on=["target_kind", "target_id"], how="inner", validate="many_to_many").merge(
        offered[["material_id", "flow_id", "owner"]], on="material_id", how="inner", validate="many_to_many"
    )
    met = pd.concat([outputs, needs])[["row", "actor_id", "flow_id", "owner"]]
    return _gathered(met[met["actor_id"] != met["owner"]], "flow_id", "unlocks_flows", "flow_count")


def _taken(asked: pd.DataFrame, flows: Flows, catalogue: Catalogue) -> pd.DataFrame:
    """Operators of others that would take an output."""
    up = catalogue.ancestors().rename(columns={"ancestor_id": "inlet_id"})[["material_id", "inlet_id"]]
    inlets = flows.ports[flows.ports["direction"] == "input"][["operator_id", "material_id"]]
    inlets = inlets.rename(columns={"material_id": "inlet_id"})
    outputs = asked[asked["direction"] == "output"][["row", "actor_id", "material_id"]]
    taken = outputs.merge(up, on="material_id", how="inner", validate="many_to_many").merge(
        inlets, on="inlet_id", how="inner", validate="many_to_many"
    )
    taken = taken[taken["actor_id"] != taken["operator_id"].map(flows.operators["actor_id"])]
    return _gathered(taken, "operator_id", "unlocks_operators", "operator_count")


def _gathered(rows: pd.DataFrame, column: str, ids: str, count: str) -> pd.DataFrame:
    rows = rows.drop_duplicates(["row", column]).sort_values(["row", column])
    return rows.groupby("row").agg(**{ids: (column, ";".join), count: (column, "size")}).reset_index()
