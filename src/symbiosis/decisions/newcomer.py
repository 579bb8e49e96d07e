"""What somebody has just said in the room: an output or a need in a few words, matched with what the territory declared.

Nothing is allocated and nothing is priced: a quantity that nobody stated has no worth. What counts is whom to look at across
the table, by how well the two suit each other, and what the law and the distance say of it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import pandas as pd

from symbiosis.candidates import Candidates, find_candidates, join_flows, read_tails
from symbiosis.candidates.ends import heads_of
from symbiosis.declarations import Declarations, RawTable
from symbiosis.declarations.typed import type_table
from symbiosis.flows import Flows, counted, heard
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
        readings, alone = self._heard(side, description, site_id)
        said = self._said(side, readings, alone)
        found = join_flows(said, self._declarations, self._catalogue, self._scenario, beyond=1.0, **self._across[side])
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
        readings, _ = self._heard(side, description, site_id)
        return readings[["target_kind", "target_id", "confidence", "words"]].reset_index(drop=True)

    @cached_property
    def _standing(self) -> dict[Side, Flows]:
        """By what may be said, what it could meet first: everybody across the table, and operators at their near end."""
        flows, direction = self._flows, self._flows.ports["direction"]
        return {
            "output": replace(flows, outputs=flows.outputs.iloc[:0], offered=flows.offered.iloc[:0],
                              ports=flows.ports[direction == "input"]),
            "need": replace(flows, needs=flows.needs.iloc[:0], wanted=flows.wanted.iloc[:0],
                            ports=flows.ports[direction == "output"]),
        }  # fmt: skip

    @cached_property
    def _across(self) -> dict[Side, dict[str, Any]]:
        """By what may be said, the ends that stand whatever is said."""
        met, declared = self._standing, self._declarations
        return {
            "output": {"heads": heads_of(met["output"], declared)},
            "need": {"tails": read_tails(met["need"], declared, self._catalogue, self._scenario)},
        }

    def _said(self, side: Side, readings: pd.DataFrame, alone: Declarations) -> Flows:
        """What stands across, with what was said in the place of all others of its side."""
        if side == "output":
            outputs = counted(alone, self._catalogue, self._scenario, "outputs", readings)
            offered = readings.rename(columns={"target_id": "material_id"})
            return replace(self._standing[side], outputs=outputs, offered=offered)
        needs = counted(alone, self._catalogue, self._scenario, "needs", readings)
        return replace(self._standing[side], needs=needs, wanted=readings)

    def _heard(self, side: Side, description: str, site_id: str) -> tuple[pd.DataFrame, Declarations]:
        """What the words may mean, and the declarations with what was said alone on its side, in the unit of what it is."""
        if site_id not in self._declarations.sites.index:
            raise KeyError(site_id)
        cells = {"site_id": site_id, "description": description, "quantity": QUANTITY, "unit": "t"}
        table = _typed(f"{side}s", cells)
        readings = heard(self._with(side, table), self._catalogue, "outputs" if side == "output" else "needs")
        return readings, self._with(side, table.assign(unit=self._unit_of(readings)))

    def _with(self, side: Side, table: pd.DataFrame) -> Declarations:
        """The declarations with one flow in the place of all others of its side."""
        return replace(self._declarations, outputs=table) if side == "output" else replace(self._declarations, needs=table)

    def _unit_of(self, readings: pd.DataFrame) -> str:
        """The unit that what was said is counted in: that of the material, or of the one that usually serves the use."""
        if readings.empty:
            return "t"
        first = readings.iloc[0]
        material = first["target_id"]
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
