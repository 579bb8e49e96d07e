"""What no catalogue may say at once: each check names the table, the row and the remedy.

A facilitator adds rows without code; what contradicts another row is refused here, before it misleads anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from symbiosis.errors import CatalogueError
from symbiosis.schemas import CATALOGUE, RUNGS

if TYPE_CHECKING:
    from symbiosis.materials import Catalogue

SHOWN = 8
"""Problems of one kind that are told at once."""

MASS_ROOM = 1.025
"""Typical densities and untraded reagents leave a recipe a few percent of room."""


def check(catalogue: Catalogue) -> None:
    """Refuse a catalogue whose rows contradict each other.

    Parameters
    ----------
    catalogue
        The catalogue to check.

    Raises
    ------
    CatalogueError
        Listing, for every contradiction of :data:`CHECKS`, the table, the row and the remedy.
    """
    problems = list(_circles(catalogue))
    if not problems:  # everything that asks what is broader than what would turn in the same circle
        for contradictions in CHECKS.values():
            problems += list(contradictions(catalogue))[:SHOWN]
    if problems:
        raise CatalogueError("; ".join(problems))


def _circles(catalogue: Catalogue) -> Iterator[str]:
    broader = catalogue.materials["broader_id"]
    broader = broader[broader != ""]
    up = broader
    for _ in range(len(broader)):
        up = up.map(broader).dropna()
        if up.empty:
            return
        turning = up[up.index == up.to_numpy()]
        if len(turning):
            yield f"materials: {turning.index[0]}: broader_id turns in a circle: leave it empty on the broadest of them"
            return


def _references(catalogue: Catalogue) -> Iterator[str]:
    for name, table in CATALOGUE.items():
        for column_name, column in table.columns.items():
            if column.references is None:
                continue
            target = getattr(catalogue, column.references.split(".")[0]).index
            cells = getattr(catalogue, name)[column_name]
            if column.kind == "list":
                cells = cells.explode().dropna()
            missing = sorted(set(cells[(cells != "") & ~cells.isin(target)]))
            if missing:
                named = ", ".join(missing[:SHOWN])
                yield f"{name}.{column_name}: unknown {named}: correct it or add the row to {column.references}"


def _rows(frame: pd.DataFrame, mask: pd.Series, table: str) -> Iterator[str]:
    """What to call each row in `mask`: its key, or its first two columns."""
    if CATALOGUE[table].key is not None:
        yield from (str(key) for key in frame.index[mask])
        return
    first, second = list(CATALOGUE[table].columns)[:2]
    for row in frame[mask].to_dict("records"):
        yield f"{row[first]}/{row[second]}"


def _ranges(catalogue: Catalogue) -> Iterator[str]:
    """``low ≤ value ≤ high`` in every table that has the three, ``minimum ≤ maximum``, ``valid_from ≤ valid_to``."""
    for name, table in CATALOGUE.items():
        frame = getattr(catalogue, name)
        for low in [column for column in table.columns if column == "low" or "_low" in column]:
            high = low.replace("low", "high")
            value = "value" if low == "low" else low.replace("_low", "")
            wrong = (frame[low] > frame[high]) | (frame[value] < frame[low]) | (frame[value] > frame[high])
            for row in _rows(frame, wrong, name):
                yield f"{name}: {row}: {low} ≤ {value} ≤ {high} does not hold: correct one of the three"
        for start, end in (("minimum", "maximum"), ("lowest", "highest"), ("valid_from", "valid_to")):
            if start in frame and end in frame:
                for row in _rows(frame, frame[start] > frame[end], name):
                    yield f"{name}: {row}: {start} is above {end}: exchange or correct them"


def _names(catalogue: Catalogue) -> Iterator[str]:
    """One name, in one language, for two materials of which neither is broader than the other."""
    own = [
        catalogue.materials[f"name_{language}"].rename("name").reset_index().assign(language=language)
        for language in ("fr", "en")
    ]
    names = pd.concat([catalogue.material_names[["material_id", "language", "name"]], *own], ignore_index=True)
    names = names.assign(folded=_folded(names["name"])).drop_duplicates(["language", "folded", "material_id"])
    shared = names[names.duplicated(["language", "folded"], keep=False)]
    pairs = shared.merge(shared, on=["language", "folded"], how="inner", suffixes=("", "_other"), validate="many_to_many")
    pairs = pairs[pairs["material_id"] < pairs["material_id_other"]]
    ancestors = pd.MultiIndex.from_frame(catalogue.ancestors()[["material_id", "ancestor_id"]])
    one = pd.MultiIndex.from_frame(pairs[["material_id", "material_id_other"]])
    related = one.isin(ancestors) | one.swaplevel().isin(ancestors)
    for row in pairs[~related].itertuples():
        yield (
            f"material_names: {row.material_id} and {row.material_id_other} are both called “{row.name}” ({row.language}): "
            "keep the name on one, or make one broader than the other"
        )


def _folded(names: pd.Series) -> pd.Series:
    """Without accents, capitals, punctuation and needless blanks."""
    plain = names.str.normalize("NFKD").str.replace(r"[\u0300-\u036f]", "", regex=True).str.lower()
    return plain.str.replace("œ", "oe").str.replace(r"[\s'’-]+", " ", regex=True).str.strip()


def _hazards(catalogue: Catalogue) -> Iterator[str]:
    """A name that says the hazard against the codes of the material."""
    codes = catalogue.material_codes
    hazard = codes["waste_code"].map(catalogue.waste_codes["is_hazardous"]).eq(True).groupby(codes["material_id"])
    always, never = hazard.all(), ~hazard.any()
    names = catalogue.materials["name_en"].str.lower() + " / " + catalogue.materials["name_fr"].str.lower()
    denied = names.str.contains(r"non[- ]hazardous|non dangereux|non dangereuse", regex=True)
    said = names.str.contains(r"hazardous|dangereux|dangereuse", regex=True) & ~denied
    for row in always.index[always & denied.reindex(always.index, fill_value=False)]:
        yield f"material_codes: {row}: called non-hazardous with hazardous codes alone: add the other code or rename it"
    for row in never.index[never & said.reindex(never.index, fill_value=False)]:
        yield f"material_codes: {row}: called hazardous without a hazardous code: add it or rename it"


def _recipes(catalogue: Catalogue) -> Iterator[str]:
    """Recipes that make more mass than they take; a cubic metre counts by its density (energy is left out: heat pumps)."""
    flows = catalogue.process_flows.merge(
        catalogue.materials[["unit", "density_t_per_m3"]], left_on="material_id", right_index=True, how="left",
        validate="many_to_one",
    )  # fmt: skip
    flows = flows[flows["unit"].isin(["t", "m3"])]
    mass = flows["share"] * flows["density_t_per_m3"].where(flows["unit"] == "m3", 1.0).fillna(1.0)
    flows = flows.assign(mass=mass)
    inputs = flows[flows["direction"] == "input"]
    fixed = inputs[~inputs["is_substitutable"]].groupby("process_id")["mass"].sum()
    substitutable = inputs[inputs["is_substitutable"]].groupby("process_id")["mass"].max()
    taken = fixed.add(substitutable, fill_value=0.0)
    made = flows[flows["direction"] == "output"].groupby("process_id")["mass"].sum()
    both = pd.concat([taken.rename("taken"), made.rename("made")], axis=1, join="inner")
    for row in both[both["made"] > both["taken"] * MASS_ROOM].itertuples():
        yield f"process_flows: {row.Index} makes {row.made:g} t from {row.taken:g}: lower a yield or add the missing input"


def _food(catalogue: Catalogue) -> Iterator[str]:
    """Food made of an animal by-product, or of what only hazardous codes describe."""
    links, materials = catalogue.use_materials, catalogue.materials
    eaten = links[links["use_id"].map(catalogue.uses["is_human_food"]).eq(True)]
    codes = catalogue.material_codes
    always = codes["waste_code"].map(catalogue.waste_codes["is_hazardous"]).eq(True).groupby(codes["material_id"]).all()
    for reason, bad in (
        ("an animal by-product", eaten["material_id"].map(materials["is_animal_by_product"]).eq(True)),
        ("a matter of hazardous codes alone", eaten["material_id"].map(always).eq(True)),
    ):
        for row in eaten[bad].itertuples():
            yield f"use_materials: {row.use_id}/{row.material_id}: human food from {reason}: remove the row"


def _operations(catalogue: Catalogue) -> Iterator[str]:
    """A use that is only a step (R12, R13, D9, D13 to D15) although no process takes it; a forbidden operation."""
    operations = catalogue.operations
    interim = operations.index[~operations["is_final"]]
    steps = catalogue.processes.index[catalogue.processes["operation_code"].isin(interim)]
    recipe = catalogue.process_flows
    taken = recipe.loc[(recipe["direction"] == "input") & recipe["process_id"].isin(steps), "material_id"]
    ancestors = catalogue.ancestors()
    taken_too = set(ancestors.loc[ancestors["ancestor_id"].isin(taken), "material_id"])
    links = catalogue.use_materials
    followed = set(links.loc[links["material_id"].isin(taken_too), "use_id"])
    uses = catalogue.uses
    for row, code in uses.loc[uses["operation_code"].isin(interim) & ~uses.index.isin(followed), "operation_code"].items():
        yield f"uses: {row}: {code} is only a step and no process takes it: give the final operation, or add the process"
    forbidden = operations.index[operations["is_forbidden_fr"]]
    for name in ("uses", "processes", "outlets"):
        codes = getattr(catalogue, name)["operation_code"]
        for row, code in codes[codes.isin(forbidden)].items():
            yield f"{name}: {row}: {code} is forbidden: give a lawful operation"


def _limits(catalogue: Catalogue) -> Iterator[str]:
    """A limit beyond what its parameter can be (a share above 1, a pH of 20); two limits for one use and parameter."""
    limits, senses = catalogue.use_limits, catalogue.quality_parameters
    low, high = limits["parameter"].map(senses["lowest"]), limits["parameter"].map(senses["highest"])
    for bound in ("minimum", "maximum"):
        for row in _rows(limits, (limits[bound] < low) | (limits[bound] > high), "use_limits"):
            yield f"use_limits: {row}: {bound} is outside what the parameter can be: check its unit"
    for row in _rows(limits, limits.duplicated(["use_id", "parameter"]), "use_limits"):
        yield f"use_limits: {row}: stands twice: keep one row"


def _codes(catalogue: Catalogue) -> Iterator[str]:
    """Successors and mirror entries that are no codes; a pair that opposes no hazard to one; a day of a danger that is none."""
    codes = catalogue.waste_codes
    since = codes["hazardous_from"]
    changes = codes["is_hazardous"] & ~(since <= codes["valid_from"]) & ~(since > codes["valid_to"])
    for row in codes.index[since.notna() & ~changes]:
        yield f"waste_codes: {row}: hazardous_from is no day on which its hazard changes: correct it or take it out"
    for column in ("successor_codes", "mirror_code"):
        named = codes[column].explode().dropna()
        for row, code in named[(named != "") & ~named.isin(codes.index)].items():
            yield f"waste_codes: {row}: {column} {code} is no code of the table: correct it or add its row"
    hazard = codes["is_hazardous"]
    other = codes["mirror_code"].map(hazard)
    for row, mirror in codes.loc[other.notna() & other.eq(hazard), "mirror_code"].items():
        yield f"waste_codes: {row}: its mirror entry {mirror} has the same hazard: correct one of them"


def _units(catalogue: Catalogue) -> Iterator[str]:
    """A unit other than that of the broader material, without the density that converts it."""
    materials = catalogue.materials
    broader = materials["broader_id"]
    unit, wide = materials["unit"], broader.map(materials["unit"])
    differs = broader.ne("") & wide.notna() & unit.ne(wide)
    converts = unit.isin(["t", "m3"]) & wide.isin(["t", "m3"]) & materials["density_t_per_m3"].notna()
    for row in materials.index[differs & ~converts]:
        yield f"materials: {row}: in {unit[row]} under {broader[row]} in {wide[row]}: give its density, or the same unit"


def _links(catalogue: Catalogue) -> Iterator[str]:
    """A use and a material linked twice: which fit would count?"""
    links = catalogue.use_materials
    for row in _rows(links, links.duplicated(["use_id", "material_id"]), "use_materials"):
        yield f"use_materials: {row}: stands twice, perhaps with another fit: keep one row"
    effects = catalogue.process_effects
    for row in _rows(effects, effects.duplicated(["process_id", "parameter"]), "process_effects"):
        yield f"process_effects: {row}: stands twice, perhaps the other way: keep one row"


def _questions(catalogue: Catalogue) -> Iterator[str]:
    """A usual flow of an activity that names both a material and a use, or neither: what would one ask?"""
    asked = catalogue.activity_flows
    for row in _rows(asked, (asked["material_id"] != "").eq(asked["use_id"] != ""), "activity_flows"):
        yield f"activity_flows: {row}: give a material or a use, one of the two"


def _plants(catalogue: Catalogue) -> Iterator[str]:
    """A plant whose uses are not known, or that has one twice: what would its name speak for?"""
    plants, uses = catalogue.plants, catalogue.plant_uses
    for plant in plants.index[~plants.index.isin(uses["plant_id"])]:
        yield f"plants: {plant}: has no row in plant_uses: give it one, or take it out"
    for row in _rows(uses, uses.duplicated(["plant_id", "use_id"]), "plant_uses"):
        yield f"plant_uses: {row}: stands twice, perhaps with another share: keep one row"


def _law(catalogue: Catalogue) -> Iterator[str]:
    """Rows of law that say what no reader of them reads, and so would silently apply to nothing, or to too much."""
    rules, codes = catalogue.legal_rules, _beginnings(catalogue.waste_codes.index)
    materials, uses = catalogue.materials, catalogue.uses
    users = {*uses.index, *catalogue.processes.index, *_flags(uses), *(f"rung:{rung}" for rung in RUNGS)}
    known = {
        "material": {*materials.index, *_flags(materials)},
        "use": {*uses.index, *_flags(uses)},
        "waste": {"*", "hazardous", "non_hazardous"},
        "border": {"green", "notified"} | codes,
        "waste_code": codes,
        "heading": _beginnings(catalogue.headings["heading"]),
    }
    for key, rule in zip(rules.index, rules.to_dict("records"), strict=True):
        kind = rule["applies_to"]
        excepted = codes | (known[kind] if kind in ("material", "use") else set())
        kept = [part for part in rule["pattern"] if not part.startswith("!")]
        if not kept:
            yield f"legal_rules: {key}: pattern names nothing that the rule applies to: give it what it reaches"
        for part in kept:
            if part not in known[kind]:
                yield f"legal_rules: {key}: pattern {part} is no {kind}: correct it or add its row"
        for part in rule["pattern"]:
            if part.startswith("!") and part[1:] not in excepted:
                yield f"legal_rules: {key}: pattern {part} excepts neither a waste code nor a {kind} that exists: correct it"
            elif part.startswith("!") and kind == "waste_code" and not part[1:].startswith(tuple(kept)):
                yield f"legal_rules: {key}: pattern {part} excepts what the rule does not reach: correct it or take it out"
        for part in rule["use_pattern"]:
            if part.removeprefix("!") not in users:
                yield f"legal_rules: {key}: use_pattern {part} is no use, process or rung: correct it or add its row"
        for heading in rule["headings"]:
            if not _HEADING.fullmatch(heading):
                yield f"legal_rules: {key}: headings {heading} is no heading as permits name them: write 2910 or 2910-B"
        yield from (f"legal_rules: {key}: {problem}" for problem in _unread(rule))


_HEADING = re.compile(r"\d{4}(-[A-Z0-9]{1,2})*")


def _unread(rule: dict[Hashable, Any]) -> Iterator[str]:
    """What the effect of a row of law makes nothing of."""
    effect = rule["effect"]
    if effect == "exempt" and not (rule["condition_id"] and rule["paper_id"]):
        yield "exempts without condition_id or paper_id, so never: give both"
    if effect == "admit" and rule["condition_id"]:
        yield "admits under headings alone: take condition_id out, or require it in another row"
    if effect in ("exempt", "flag") and rule["headings"]:
        yield f"{effect} reads no headings: take them out, or forbid"


def _beginnings(texts: Iterable[str]) -> set[str]:
    return {text[:length] for text in texts for length in range(1, len(text) + 1)}


def _flags(table: pd.DataFrame) -> list[str]:
    return [column for column in table.columns if column.startswith("is_")]


CHECKS: dict[str, Callable[[Catalogue], Iterator[str]]] = {
    "references": _references,
    "ranges": _ranges,
    "names": _names,
    "hazards": _hazards,
    "recipes": _recipes,
    "food": _food,
    "operations": _operations,
    "limits": _limits,
    "codes": _codes,
    "units": _units,
    "links": _links,
    "questions": _questions,
    "plants": _plants,
    "law": _law,
}
"""Contradictions that are looked for; a circle of broader materials is looked for before all of them."""
