"""What the rules may read of ends and readings, and what they may look up for the flows that stand for others.

Flows that declare the same conditions, codes, headings and qualities are stood for by the first of them, whose declarations the
rules look up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.ends import Ends, text
from symbiosis.compatibility import Coded, Context
from symbiosis.compatibility.findings import combined, first_rows, numbered
from symbiosis.compatibility.routes import heading_names
from symbiosis.declarations import Declarations
from symbiosis.flows import Flows
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario

LOOKED_UP = {
    "conditions": ("tail_conditions", "head_conditions"),
    "codes_accepted": ("head_codes",),
    "codes_treated": ("head_treated",),
    "headings": ("head_permits",),
    "quality": ("tail_quality", "head_quality"),
}
"""Tables of the context, and the columns that stand for what a flow has in them."""


def context_of(
    declarations: Declarations, flows: Flows, tails: Ends, heads: Ends, *, catalogue: Catalogue, scenario: Scenario
) -> Context:
    """What the rules look up, for the flows that stand for others."""
    tail, head = stand_ins(tails, STAND_FOR_TAILS), stand_ins(heads, STAND_FOR_HEADS)
    conditions = [*_entries(tail, tails.classes["tail_conditions"]), *_entries(head, heads.classes["head_conditions"])]
    headings = _entries(head, heads.classes["head_permits"])
    headings = sorted({(owner, name) for owner, heading in headings for name in heading_names(heading)})
    known = pd.Index(np.append(tail.entries, head.entries)).unique()
    return Context(
        catalogue=catalogue,
        scenario=scenario,
        conditions=conditions,
        codes_accepted=_entries(head, heads.classes["head_codes"]),
        codes_treated=_entries(head, heads.classes["head_treated"]),
        headings=headings,
        operators=flows.operators,
        quality=declarations.quality[known.get_indexer(declarations.quality["flow_id"]) >= 0],
    )


STAND_FOR_TAILS = ("tail_kind", "tail_process_id", "tail_conditions", "tail_quality")
STAND_FOR_HEADS = ("head_kind", "head_process_id", "head_conditions", "head_codes", "head_treated", "head_permits",
                   "head_quality")  # fmt: skip
"""What rules look up of a flow by its id, so that a flow may stand for another that has the same."""


def stand_ins(ends: Ends, names: Sequence[str]) -> Coded:
    """By class, the id of the first flow that has the same in some columns."""
    columns = [(ends.classes[name].code, len(ends.classes[name].entries)) for name in names]
    code, values = numbered(*combined(columns, len(ends.first)))
    return Coded(code, ends.ids[ends.first[first_rows(code, len(values))]].to_numpy(dtype=object))


def _entries(owners: Coded, lists: Coded) -> list[tuple[str, str]]:
    """(id, entry) for every entry of the list that an id stands for."""
    of_owner = lists.entries[lists.code[first_rows(owners.code, len(owners.entries))]]
    return [(owner, entry.replace(" ", "").replace("*", "")) for owner, some in zip(owners.entries, of_owner, strict=True)
            for entry in some]  # fmt: skip


def of_processes(process: Coded, catalogue: Catalogue) -> dict[str, Coded]:
    """What the catalogue tells of the processes that take."""
    headings, rungs = looked_up(catalogue.processes, process.entries, ("headings", "rung"))
    return {"process_headings": _again(process, _joined(headings)), "process_rung": _again(process, rungs)}


def of_kin(kin: pd.DataFrame, catalogue: Catalogue) -> dict[str, Coded]:
    """What the rules may read of a reading, by kin."""
    texts = {name: text(kin[name]) for name in
             ("material_id", "head_material_id", "use_id", "words", "head_words", "flags")}  # fmt: skip
    material, use = texts["material_id"], texts["use_id"]
    of_material = {"family": "family", "transport": "transport", "theme_id": "theme_id", "material_unit": "unit",
                   "payload_t": "payload_t", "density_t_per_m3": "density_t_per_m3"}  # fmt: skip
    found = looked_up(catalogue.materials, material.entries, of_material.values())
    rungs, headings = looked_up(catalogue.uses, use.entries, ("rung", "headings"))
    return {
        **texts,
        **{name: _again(material, told) for name, told in zip(of_material, found, strict=True)},
        "use_rung": _again(use, rungs),
        "use_headings": _again(use, _joined(headings)),
        "link_rung": text(kin["rung"]),
        **{name: Coded.of(kin[name].to_numpy()) for name in ("confidence", "fit")},
        "substitution_ratio": Coded.of(kin["substitution_ratio"].fillna(1.0).to_numpy()),
    }


def looked_up(table: pd.DataFrame, ids: NDArray[Any], names: Iterable[str]) -> Iterator[NDArray[Any]]:
    """Columns of some rows of the catalogue; empty, or NaN, where it has no such row."""
    row = table.index.get_indexer(pd.Index(ids))
    for name in names:
        column = table[name].to_numpy()
        yield np.append(column, "" if column.dtype == object else np.nan)[row]


def month_count(bits: Coded) -> Coded:
    """How many months each set of them has."""
    return _again(bits, np.asarray(np.bitwise_count(bits.entries), dtype=np.int8))


def _again(column: Coded, told: NDArray[Any]) -> Coded:
    """What is told of each value of a column, as a column."""
    again = Coded.of(told)
    return Coded(again.code[column.code], again.entries)


def _joined(lists: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.array([";".join(some) if isinstance(some, tuple) else "" for some in lists], dtype=object)


def recovery_headings(catalogue: Catalogue) -> str:
    """Headings under which something is finally recovered: what a need must hold whose use is not known."""
    headings = catalogue.headings
    final = catalogue.operations.index[catalogue.operations["is_recovery"] & catalogue.operations["is_final"]]
    return ";".join(sorted(set(headings.loc[headings["operation_code"].isin(final), "heading"])))
