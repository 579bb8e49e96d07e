"""What somebody has just said in the room: an output or a need in a few words, matched with what the territory declared.

Nothing is allocated and nothing is priced: a quantity that nobody stated has no worth. What counts is whom to look at across
the table, by how well the two suit each other, and what the law and the distance say of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pandas as pd

from symbiosis.candidates import Candidates, find_candidates, join_flows
from symbiosis.declarations import Declarations, RawTable, empty_frame
from symbiosis.declarations.typed import type_table
from symbiosis.flows import Flows, read_flows
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.schemas import DECLARATIONS

Side = Literal["output", "need"]

NEWCOMER = "newcomer"
"""Id of the flow that was said."""

QUANTITY = "1"
"""What is assumed where nobody said how much; no figure that depends on it is given."""

RANK = {"feasible": 0, "to_investigate": 1}


class Room:
    """A territory in memory, ready to answer what is said.

    Parameters
    ----------
    declarations, catalogue, scenario
        As for :func:`symbiosis.engine.run`.
    candidates
        Of a run of the same; they are looked for where it is not given.
    """

    def __init__(
        self, declarations: Declarations, catalogue: Catalogue, scenario: Scenario, candidates: Candidates | None = None
    ) -> None:
        catalogue = catalogue.extended(declarations.extension)
        self._declarations, self._scenario = declarations, scenario
        found = candidates or find_candidates(declarations, catalogue, scenario)
        self._flows = found.flows
        # What operators take and give does not depend on what is said: these legs stand.
        self._after, self._before = (found.legs[found.legs[end].eq("operator")] for end in ("tail_kind", "head_kind"))
        # Its own memory: what is said here takes nobody's place in that of the catalogue.
        self._catalogue = replace(catalogue, memory=dict(catalogue.memory))

    def partners(self, side: Side, description: str, *, site_id: str, limit: int = 5) -> pd.DataFrame:
        """Who could take what was offered, or give what was asked for.

        Parameters
        ----------
        side
            ``output`` or ``need``.
        description
            The words that were said.
        site_id
            Where it leaves, or where it is needed.
        limit
            How many partners at most, each once.

        Returns
        -------
        pandas.DataFrame
            Feasible partners before those to investigate, the surest first: `flow_id`, `actor_id`, `description`,
            `operator_ids`, `material_id`, `use_id`, `reached_share` (of what leaves the giver), `distance_km`, `feasibility`,
            `reasons`, `confidence`; empty where the words meet nothing.

        Raises
        ------
        KeyError
            If the site is unknown.
        """
        said = self._said(side, description, site_id)
        found = join_flows(said, self._declarations, self._catalogue, self._scenario, beyond=1.0)
        if found.legs.empty:
            return _ranked(found, side).head(0)
        new = found.legs.set_axis("new:" + found.legs.index.astype(str))
        standing = self._after if side == "output" else self._before
        legs = pd.concat([new.astype(object), standing.astype(object)]).infer_objects()
        flows = replace(said, ports=self._flows.ports)
        return _ranked(replace(found, flows=flows, legs=legs), side).head(limit).reset_index(drop=True)

    def understood(self, side: Side, description: str, *, site_id: str) -> pd.DataFrame:
        """How the words were understood, surest first: `target_kind`, `target_id`, `confidence`, `words`.

        Parameters
        ----------
        side, description, site_id
            As for :meth:`partners`.
        """
        said = self._said(side, description, site_id)
        if side == "need":
            return said.wanted[["target_kind", "target_id", "confidence", "words"]].reset_index(drop=True)
        heard = said.offered.rename(columns={"material_id": "target_id"}).assign(target_kind="material")
        return heard[["target_kind", "target_id", "confidence", "words"]].reset_index(drop=True)

    def _said(self, side: Side, description: str, site_id: str) -> Flows:
        """The territory's flows with what was said in the place of all others of its side, and operators at their near end."""
        if site_id not in self._declarations.sites.index:
            raise KeyError(site_id)
        read = self._read(side, description, site_id, "t")
        unit = self._unit_of(read, side)
        if unit != "t":
            read = self._read(side, description, site_id, unit)
        ports = self._flows.ports
        if side == "output":
            near = ports[ports["direction"] == "input"]
            return replace(self._flows, outputs=read.outputs, offered=read.offered, ports=near)
        near = ports[ports["direction"] == "output"]
        return replace(self._flows, needs=read.needs, wanted=read.wanted, ports=near)

    def _read(self, side: Side, description: str, site_id: str, unit: str) -> Flows:
        cells = {"site_id": site_id, "description": description, "quantity": QUANTITY, "unit": unit}
        tables = {name: empty_frame(DECLARATIONS[name]) for name in ("outputs", "needs")}
        tables[f"{side}s"] = _typed(f"{side}s", cells)
        alone = replace(self._declarations, outputs=tables["outputs"], needs=tables["needs"], fingerprint=unit)
        return read_flows(alone, self._catalogue, self._scenario)

    def _unit_of(self, read: Flows, side: Side) -> str:
        """The unit that what was said is counted in: that of the material, or of the one that usually serves the use."""
        readings = read.offered.assign(target_kind="material") if side == "output" else read.wanted
        if readings.empty:
            return "t"
        first = readings.iloc[0]
        material = first["material_id" if side == "output" else "target_id"]
        if first["target_kind"] == "use":
            serving = self._catalogue.use_materials
            material = serving[serving["use_id"] == material].sort_values("fit_share", ascending=False)["material_id"].iloc[0]
        return str(self._catalogue.materials.at[material, "unit"])


def _typed(name: str, cells: dict[str, str]) -> pd.DataFrame:
    """One row of a table of declarations, read as if it had been typed there."""
    table = DECLARATIONS[name]
    assert table.key is not None  # noqa: S101 - outputs and needs have one
    typed = type_table(table, RawTable(frame=pd.DataFrame({table.key: [NEWCOMER], **{k: [v] for k, v in cells.items()}})))
    return typed.frame.set_index(table.key)


def _ranked(found: Candidates, side: Side) -> pd.DataFrame:
    """The best chain to each partner: what the words are worth times the part of a tonne that reaches it."""
    chains = found.chains[found.chains["feasibility"] != "excluded"]
    other, flows = ("need_id", found.flows.needs) if side == "output" else ("output_id", found.flows.outputs)
    material, use = found.legs["material_id"].astype(object), found.legs["use_id"].astype(object)
    products = found.flows.ports[found.flows.ports["direction"] == "output"]
    yields = products.groupby(["operator_id", "material_id"])["share"].max()
    last, share = chains["leg_1"], pd.Series(1.0, index=chains.index)
    for operator, leg in (("operator_1", "leg_2"), ("operator_2", "leg_3")):
        passed = pd.MultiIndex.from_arrays([chains[operator], chains[leg].map(material)])
        share = share * pd.Series(yields.reindex(passed).to_numpy(), index=chains.index).fillna(1.0).clip(upper=1.0)
        last = chains[leg].where(chains[leg] != "", last)
    table = pd.DataFrame({
        "flow_id": chains[other],
        "actor_id": chains[other].map(flows["actor_id"]),
        "description": chains[other].map(flows["description"]),
        "operator_ids": chains["operator_1"].str.cat(chains["operator_2"], sep=";").str.strip(";"),
        "material_id": chains["leg_1"].map(material),
        "use_id": last.map(use),
        "reached_share": share,
        "distance_km": chains["distance_km"],
        "feasibility": chains["feasibility"],
        "reasons": chains["reasons"],
        "confidence": chains["confidence"],
    })  # fmt: skip
    table = table.assign(rank=table["feasibility"].map(RANK), suits=-table["confidence"] * table["reached_share"])
    table = table.sort_values(["rank", "suits", "distance_km", "flow_id"], kind="stable")
    return table.drop(columns=["rank", "suits"]).drop_duplicates("flow_id")
