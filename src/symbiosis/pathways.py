"""Every chain of the catalogue that leads from a material to what a need can ask for.

A material serves a need in one of three ways: the need asks for that material (or a broader one), the need is a use
that accepts it, or one or two processes turn it into a product that does. The chains depend on the catalogue alone,
never on who declares what, so they are built once by joins of whole tables and then joined to the flows.

Rules that the joins apply
--------------------------
* A narrower material serves wherever a broader one is accepted: ``oak_sawdust`` where ``sawdust`` is. The nearest row
  decides, so that a row of the narrower material may qualify or, with a fit of zero, forbid what the broader one
  allows.
* Who asks for a broader material gets ``broader_fit_share`` of it from a narrower one that says so: spent caustic is
  caustic soda of a lesser grade. Shares multiply from step to step.
* Every output of a process may flow on, residues included.
* A chain that returns to a material it already went through says nothing new and is left out.
* What sorts a mixture into its kinds makes no kind out of another: lithium cells go through the sorting of batteries, and
  come out of it as they went in.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

MAXIMUM_DEPTH = 32
"""More steps of ``broader_id`` than any sane classification has: beyond, the column holds a loop."""

MOST_PROCESSES = 2

MAIN_INPUT_SHARE = 0.2
"""Below this share of the reference flow, a fixed input is an auxiliary (reagent, electricity), not the product to
be."""

DEFAULT_FIT = 0.8
DEFAULT_RATIO = 1.0

DIRECT_RUNG = {
    "material": "recycling",
    "energy": "other_recovery",
    "water": "recycling",
    "service": "reuse",
    "equipment": "reuse",
}
"""Rung of a material that is delivered as it is to somebody who asks for it by name."""

COLUMNS = (
    "material_id",
    "process_1",
    "product_1",
    "process_2",
    "product_2",
    "target_kind",
    "target_id",
    "substitution_ratio",
    "fit_share",
    "rung",
    "yield_share",
    "is_residue",
    "depth",
)


def closure(materials: pd.DataFrame) -> pd.DataFrame:
    """Materials with all their broader materials, themselves included.

    Parameters
    ----------
    materials
        Materials of the catalogue, indexed by ``material_id``, with ``broader_id``.

    Returns
    -------
    pandas.DataFrame
        ``material_id``, ``ancestor_id``, ``depth`` (0 for the material itself), sorted.

    Raises
    ------
    ValueError
        If ``broader_id`` holds a loop.
    """
    broader = materials["broader_id"].fillna("").astype(str)
    broader = broader[broader.isin(materials.index)]
    level = pd.DataFrame({"material_id": materials.index.astype(str), "ancestor_id": materials.index.astype(str)})
    level["depth"] = 0
    levels = [level]
    while not level.empty:
        level = level.assign(ancestor_id=level["ancestor_id"].map(broader), depth=level["depth"] + 1)
        level = level.dropna(subset=["ancestor_id"])
        if not level.empty and int(level["depth"].iloc[0]) > MAXIMUM_DEPTH:
            raise ValueError(f"broader_id holds a loop through {', '.join(sorted(set(level['material_id'])))}")
        levels.append(level)
    return pd.concat(levels, ignore_index=True).sort_values(["material_id", "depth"], ignore_index=True)


def _nearest(rows: pd.DataFrame, ancestors: pd.DataFrame, key: str) -> pd.DataFrame:
    """Rows written for broader materials, spread to the narrower ones; the nearest row wins."""
    spread = ancestors.merge(rows, left_on="ancestor_id", right_on="material_id", suffixes=("", "_row"))
    spread = spread.sort_values(["material_id", key, "depth"], kind="stable")
    return spread.drop_duplicates(["material_id", key])


def _links(catalogue: Catalogue, ancestors: pd.DataFrame) -> pd.DataFrame:
    """What each material serves without any process: needs for it, and uses."""
    family = catalogue.materials["family"]
    fit = pd.Series(1.0, index=ancestors.index)
    if "broader_fit_share" in catalogue.materials:
        step = ancestors["ancestor_id"].map(catalogue.materials["broader_fit_share"]).fillna(1.0).astype(float)
        by_material = ancestors["material_id"]
        fit = step.groupby(by_material).shift(fill_value=1.0).groupby(by_material).cumprod()
    asked = pd.DataFrame(
        {
            "material_id": ancestors["material_id"],
            "target_kind": "material",
            "target_id": ancestors["ancestor_id"],
            "substitution_ratio": DEFAULT_RATIO,
            "fit_share": fit,
            "rung": ancestors["material_id"].map(family).map(DIRECT_RUNG),
            "depth": ancestors["depth"],
        }
    )
    accepted = _nearest(
        catalogue.use_materials[["use_id", "material_id", "substitution_ratio", "fit_share"]], ancestors, "use_id"
    )
    accepted = accepted.assign(
        target_kind="use",
        target_id=accepted["use_id"],
        substitution_ratio=accepted["substitution_ratio"].fillna(DEFAULT_RATIO),
        fit_share=accepted["fit_share"].fillna(DEFAULT_FIT),
        rung=accepted["use_id"].map(catalogue.uses["rung"]),
    )
    links = pd.concat([asked, accepted[list(asked.columns)]], ignore_index=True)
    return links[links["fit_share"] > 0]


def steps(catalogue: Catalogue, ancestors: pd.DataFrame | None = None) -> pd.DataFrame:
    """One process after each material that it takes.

    Parameters
    ----------
    catalogue
        The catalogue.
    ancestors
        Result of :func:`closure`, if at hand.

    Returns
    -------
    pandas.DataFrame
        ``material_id``, ``process``, ``product``, ``yield_share`` (units of product per unit of reference flow),
        ``is_residue``.
    """
    ancestors = closure(catalogue.materials) if ancestors is None else ancestors
    flows = catalogue.process_flows
    is_input = flows["direction"] == "input"
    is_minor = ~flows["is_substitutable"].fillna(True).astype(bool) & flows["share"].lt(MAIN_INPUT_SHARE)
    taken = flows.loc[is_input & ~is_minor, ["process_id", "material_id"]]
    taken = _nearest(taken, ancestors, "process_id")[["material_id", "process_id", "ancestor_id"]]
    made = flows.loc[~is_input, ["process_id", "material_id", "share", "is_residue"]]
    made = made.rename(columns={"material_id": "product", "share": "yield_share"})
    made["is_residue"] = made["is_residue"].fillna(False).astype(bool)
    step = taken.merge(made, on="process_id").rename(columns={"process_id": "process"})
    step = step[(step["material_id"] != step["product"]) & ~_sorted_out(step, ancestors)].drop(columns="ancestor_id")
    return step.sort_values(["material_id", "process", "product"], ignore_index=True)


def _sorted_out(step: pd.DataFrame, ancestors: pd.DataFrame) -> pd.Series:
    """Steps by which a sorting would make one kind of what it takes out of another."""
    above = pd.MultiIndex.from_frame(ancestors[["material_id", "ancestor_id"]])

    def is_kind(narrower: str, broader: str) -> pd.Series:
        return pd.Series(pd.MultiIndex.from_frame(step[[narrower, broader]]).isin(above), index=step.index)

    is_part = is_kind("product", "ancestor_id") & (step["product"] != step["ancestor_id"])
    parts = step["product"].where(is_part).groupby([step["process"], step["ancestor_id"]]).transform("nunique")
    is_other = (step["material_id"] != step["ancestor_id"]) & ~is_kind("product", "material_id")
    return is_part & (parts > 1) & is_other & ~is_kind("material_id", "product")


def pathways(
    catalogue: Catalogue,
    max_processes: int = MOST_PROCESSES,
    begin: Collection[str] | None = None,
    end: Collection[str] | None = None,
) -> pd.DataFrame:
    """Every chain from a material, through at most two processes, to a use or to a material that somebody buys.

    Kept with the catalogue, on which alone it depends: the table is not to be changed in place.

    Parameters
    ----------
    catalogue
        The catalogue.
    max_processes
        Longest chain of processes, 0 to 2.
    begin
        Materials with which the chains begin, for one question about a few of them: the table of all takes a moment to be
        built, and is used only where it has been. Failing it, all.
    end
        Ids of targets to which such chains lead; failing it, any.

    Returns
    -------
    pandas.DataFrame
        One row per chain: ``material_id``, ``process_1``, ``product_1``, ``process_2``, ``product_2`` (empty text where
        the chain is shorter), ``target_kind`` (``material`` or ``use``), ``target_id``, ``substitution_ratio`` and
        ``fit_share`` of the last link, ``rung`` (of the use; failing a use, of the last process; failing both, of the
        family), ``yield_share`` (product of the yields), ``is_residue`` (some step leaves the chain by a residue),
        ``depth`` (steps of ``broader_id`` in the last link).

    Raises
    ------
    ValueError
        If ``max_processes`` is not 0, 1 or 2.
    """
    if max_processes not in range(MOST_PROCESSES + 1):
        raise ValueError(f"max_processes must be 0, 1 or 2, not {max_processes}")
    if begin is not None:
        return _beginning(catalogue, max_processes, begin, end)
    known = catalogue.memory.get(f"pathways:{max_processes}")
    if not isinstance(known, pd.DataFrame):
        known = _chains(catalogue, max_processes, catalogue.materials.index)
        catalogue.memory[f"pathways:{max_processes}"] = known
    return known


def _beginning(catalogue: Catalogue, max_processes: int, begin: Collection[str], end: Collection[str] | None) -> pd.DataFrame:
    """Chains that begin with a few materials: rows of the table of all where it is known, else joined for them alone."""
    known = catalogue.memory.get("pathways:2")
    if not isinstance(known, pd.DataFrame):
        found = _chains(catalogue, max_processes, catalogue.materials.index[catalogue.materials.index.isin(begin)])
        return found if end is None else found[found["target_id"].isin(end)]
    rows = catalogue.memory.get("pathways:2:rows")
    if not isinstance(rows, dict):
        rows = catalogue.memory["pathways:2:rows"] = known.groupby("material_id").indices
    some = np.concatenate([np.zeros(0, dtype=np.intp), *(rows[material] for material in sorted(begin) if material in rows)])
    if end is not None:
        some = some[pd.Index(known["target_id"].array.take(some)).isin(end)]
    if max_processes < MOST_PROCESSES:
        some = some[pd.Index(known[f"process_{max_processes + 1}"].array.take(some)) == ""]
    return known.iloc[some]


def _ready(catalogue: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What the chains are joined from, kept with the catalogue: broader materials, last links, single processes."""
    known = catalogue.memory.get("pathways:ready")
    if not isinstance(known, tuple):
        ancestors = closure(catalogue.materials)
        known = (ancestors, _links(catalogue, ancestors), steps(catalogue, ancestors))
        catalogue.memory["pathways:ready"] = known
    return known


def _chains(catalogue: Catalogue, max_processes: int, begin: pd.Index) -> pd.DataFrame:
    ancestors, links, step = _ready(catalogue)
    link = links.rename(columns={"material_id": "end"})
    start = pd.DataFrame({"material_id": begin.astype(str)})
    start = start.assign(process_1="", product_1="", process_2="", product_2="", yield_share=1.0, is_residue=False)
    start["end"] = start["material_id"]
    chains = [start]
    if max_processes:
        step = step.rename(columns={"material_id": "end", "yield_share": "y", "is_residue": "r"})
        for number in range(1, max_processes + 1):
            longer = chains[-1].merge(step, on="end")
            longer = longer.assign(
                **{f"process_{number}": longer["process"], f"product_{number}": longer["product"]},
                yield_share=longer["yield_share"] * longer["y"],
                is_residue=longer["is_residue"] | longer["r"],
                end=longer["product"],
            )
            again = (longer["end"] == longer["material_id"]) | (
                (longer["process_2"] != "")
                & ((longer["process_1"] == longer["process_2"]) | (longer["product_1"] == longer["product_2"]))
            )
            chains.append(longer.loc[~again, start.columns])
    found = pd.concat(chains, ignore_index=True).merge(link, on="end")
    # A process that ends in what the material already was (or is a kind of) serves nobody new.
    above = ancestors[ancestors["material_id"].isin(begin)] if len(begin) < len(catalogue.materials) else ancestors
    broader = above.rename(columns={"ancestor_id": "target_id"})[["material_id", "target_id"]]
    known = found.merge(broader, on=["material_id", "target_id"], how="left", indicator="known")["known"] == "both"
    found = found[~((found["process_1"] != "") & (found["target_kind"] == "material") & known.to_numpy())]
    last = found["process_2"].where(found["process_2"] != "", found["process_1"])
    by_process = last.map(catalogue.processes["rung"])
    found["rung"] = found["rung"].where((found["target_kind"] == "use") | by_process.isna(), by_process)
    return found[list(COLUMNS)].sort_values(
        ["material_id", "target_kind", "target_id", "process_1", "product_1", "process_2", "product_2"],
        ignore_index=True,
    )
