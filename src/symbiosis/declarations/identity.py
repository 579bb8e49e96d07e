"""Keys and references: what stands twice, what points at nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from symbiosis.declarations.typed import TypedTable
from symbiosis.errors import Problem

# Pairs of columns that may stand only once in tables that have no key of their own.
_PAIRS = {"quality": ("flow_id", "parameter"), "distances": ("from_site_id", "to_site_id"),
          "seasons": ("flow_id", "period"), "stores": ("flow_id", "material_id"),
          "coalitions": ("coalition_id", "flow_id")}  # fmt: skip
_FLOW_TABLES = ("outputs", "needs", "operators")


def nearest(word: str, known: Collection[str], cutoff: float = 70.0) -> str:
    """Closest known word, empty if none is close.

    Parameters
    ----------
    word
        As written.
    known
        Words to choose from.
    cutoff
        Least likeness, 0 to 100.

    Returns
    -------
    str
    """
    found = process.extractOne(word, sorted(known), scorer=fuzz.ratio, score_cutoff=cutoff)
    return str(found[0]) if found else ""


def check_identity(typed: Mapping[str, TypedTable], catalogue_ids: Mapping[str, Collection[str]]) -> list[Problem]:
    """Duplicate keys, duplicate rows and references that point at nothing.

    Parameters
    ----------
    typed
        Tables that were read.
    catalogue_ids
        Known ids by catalogue table; a table that is not there is not checked.

    Returns
    -------
    list of Problem
    """
    problems: list[Problem] = []
    for table in typed.values():
        problems += _duplicate_keys(table)
        problems += _duplicate_rows(table)
        problems += _dangling(table, typed, catalogue_ids)
    return problems


def _duplicate_keys(typed: TypedTable) -> list[Problem]:
    key = typed.table.key
    columns = [key] if key is not None else list(_PAIRS.get(typed.table.name, ()))
    if not columns or not set(columns) <= set(typed.text.columns):
        return []
    ids = typed.frame[columns]
    complete = (ids != "").all(axis=1)
    twice = ids.duplicated(keep="first") & complete
    if not twice.any():
        return []
    first = {tuple(row): typed.rows[i] for i, row in reversed(list(enumerate(ids.itertuples(index=False, name=None))))}
    return [
        typed.problem(int(i), columns[-1], "duplicate_id", first_row=first[tuple(ids.iloc[i])])
        for i in np.flatnonzero(twice.to_numpy())
    ]


def _duplicate_rows(typed: TypedTable) -> list[Problem]:
    """Same content under another id: typed twice, most likely; counted twice, certainly."""
    key = typed.table.key
    if key is None or key not in typed.text or typed.table.name not in ("outputs", "needs", "operators"):
        return []
    content = typed.text.drop(columns=key)
    content = content.loc[:, [c for c in content if c in typed.table.columns]]
    if content.shape[1] < 3:
        return []
    twice = content.duplicated(keep="first") & ~typed.frame[key].duplicated(keep="first")
    problems = []
    for i in np.flatnonzero(twice.to_numpy()):
        same = content.eq(content.iloc[i]).all(axis=1)
        first = int(np.flatnonzero(same.to_numpy())[0])
        problems.append(
            typed.problem(int(i), key, "duplicate_row", "warning", first_row=typed.rows[first],
                          first_id=str(typed.frame[key].iloc[first]))
        )  # fmt: skip
    return problems


def _dangling(
    typed: TypedTable, tables: Mapping[str, TypedTable], catalogue_ids: Mapping[str, Collection[str]]
) -> list[Problem]:
    problems: list[Problem] = []
    for name, column in typed.table.columns.items():
        if name not in typed.text:
            continue
        if column.references is not None:
            target = column.references.split(".")[0]
            known = _ids(tables, target) if target not in catalogue_ids else frozenset(catalogue_ids[target])
        elif name == "flow_id":
            target = "outputs, needs, operators"
            found = [_ids(tables, t) for t in _FLOW_TABLES if t in tables]
            known = None if any(f is None for f in found) else frozenset[str]().union(*(f for f in found if f))
        else:
            continue
        if known is not None:
            problems += _unknown(typed, name, target, known)
    return problems


def _ids(tables: Mapping[str, TypedTable], name: str) -> frozenset[str] | None:
    """Ids of a declared table; ``None`` if it could not be read, since then nothing can be said of who points at it."""
    table = tables.get(name)
    if table is None or not table.is_readable or table.table.key is None or table.table.key not in table.text:
        return None
    ids = frozenset(table.frame[table.table.key]) - {""}
    return ids or None


def _unknown(typed: TypedTable, name: str, target: str, known: Collection[str]) -> list[Problem]:
    cells = typed.frame[name]
    if typed.table.columns[name].kind == "list":
        cells = cells.explode().dropna()
    lost = cells[[value != "" and value not in known for value in cells.tolist()]]
    if lost.empty:
        return []
    spoilt = typed.spoilt
    folded = {k.casefold(): k for k in known}
    problems = []
    for position, value in zip(pd.Index(lost.index), lost, strict=True):
        if (int(position), name) not in spoilt:
            suggestion = folded.get(str(value).casefold()) or nearest(str(value), known)
            problems.append(
                typed.problem(int(position), name, "dangling_reference", target=target, unknown=str(value),
                              suggestion=suggestion)
            )  # fmt: skip
    return problems
