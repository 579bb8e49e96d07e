"""What a territory declares, typed: the frozen value that the engine starts from."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from symbiosis.errors import Problem
from symbiosis.schemas import DECLARATIONS, Column, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """The tables of :data:`symbiosis.schemas.DECLARATIONS`, typed, each sorted by its key.

    Attributes
    ----------
    actors, sites, outputs, needs, operators
        Indexed by their id; every column of the schema is present.
    quality, distances, seasons, stores, price_thresholds, coalitions
        On a plain range.
    facts
        What ``facts.json`` says of the territory; empty when there is none.
    extension
        Further rows of catalogue tables, as text, that the territory brings in its folder ``catalogue``.
    warnings
        What was read all the same and deserves a look.
    fingerprint
        SHA-256 of the content, whatever the order of the rows; computed when it is not given.
    """

    actors: pd.DataFrame
    sites: pd.DataFrame
    outputs: pd.DataFrame
    needs: pd.DataFrame
    operators: pd.DataFrame
    quality: pd.DataFrame
    distances: pd.DataFrame
    seasons: pd.DataFrame = field(default_factory=lambda: empty_frame(DECLARATIONS["seasons"]))
    stores: pd.DataFrame = field(default_factory=lambda: empty_frame(DECLARATIONS["stores"]))
    price_thresholds: pd.DataFrame = field(default_factory=lambda: empty_frame(DECLARATIONS["price_thresholds"]))
    coalitions: pd.DataFrame = field(default_factory=lambda: empty_frame(DECLARATIONS["coalitions"]))
    facts: Mapping[str, object] = field(default_factory=dict)
    extension: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    fingerprint: str = ""

    def __post_init__(self) -> None:
        """Compute the fingerprint of new content."""
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", fingerprint(self.frames, self.facts, self.extension))

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables by name, in the order of the schema."""
        return {name: getattr(self, name) for name in DECLARATIONS}

    @property
    def is_synthetic(self) -> bool:
        """Whether the territory, or any row of it, is invented: screens and exports must say so."""
        if self.facts.get("is_synthetic") is True:
            return True
        return any(bool(f["is_synthetic"].any()) for f in self.frames.values() if "is_synthetic" in f)

    def without(self, actor_id: str) -> Declarations:
        """The territory as it would be if an actor left: its sites, flows, operations and their qualities go with it.

        Parameters
        ----------
        actor_id
            Key of ``actors``.

        Returns
        -------
        Declarations
            A new value with its own fingerprint; a coalition that it was in stays, and can no longer be complete.

        Raises
        ------
        KeyError
            If the actor is unknown.
        """
        if actor_id not in self.actors.index:
            raise KeyError(actor_id)
        sites = self.sites[self.sites["actor_id"] != actor_id]
        outputs, needs, operators = (f[f["site_id"].isin(sites.index)] for f in (self.outputs, self.needs, self.operators))
        gone = {
            *self.outputs.index.difference(outputs.index),
            *self.needs.index.difference(needs.index),
            *self.operators.index.difference(operators.index),
        }
        thresholds = self.price_thresholds
        stands = ~(thresholds["need_id"].isin(gone) | thresholds["operator_id"].isin(gone))
        ends = self.distances["from_site_id"].isin(sites.index) & self.distances["to_site_id"].isin(sites.index)
        return replace(
            self,
            actors=self.actors.drop(index=actor_id),
            sites=sites,
            outputs=outputs,
            needs=needs,
            operators=operators,
            quality=self.quality[~self.quality["flow_id"].isin(gone)].reset_index(drop=True),
            distances=self.distances[ends].reset_index(drop=True),
            seasons=self.seasons[~self.seasons["flow_id"].isin(gone)].reset_index(drop=True),
            stores=self.stores[~self.stores["flow_id"].isin(gone)].reset_index(drop=True),
            price_thresholds=thresholds[stands].reset_index(drop=True),
            fingerprint="",
        )


def fingerprint(frames: Mapping[str, pd.DataFrame], facts: Mapping[str, object], extension: Mapping[str, pd.DataFrame]) -> str:
    """SHA-256 of the content, whatever the order of rows, columns and tables.

    Parameters
    ----------
    frames
        Tables by name.
    facts
        JSON-like mapping.
    extension
        Further catalogue tables by name.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    named = [*frames.items(), *((f"catalogue/{name}", table) for name, table in extension.items())]
    for name, frame in sorted(named):
        flat = frame.reset_index() if frame.index.name is not None else frame
        columns = sorted(map(str, flat.columns))
        lines = sorted("\x1f".join(row) for row in zip(*(_canonical(flat[c]) for c in columns), strict=True))
        digest.update("\x1e".join([name, "\x1f".join(columns), *lines, ""]).encode())
    digest.update(json.dumps(facts, sort_keys=True, ensure_ascii=True, default=str).encode())
    return digest.hexdigest()


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _canonical(series: pd.Series) -> list[str]:
    if pd.api.types.is_float_dtype(series.dtype):
        return ["" if math.isnan(v) else repr(v) for v in series.astype(float).tolist()]
    if pd.api.types.is_bool_dtype(series.dtype) and not series.hasnans:
        return [str(v) for v in series.tolist()]
    if isinstance(series.dtype, pd.StringDtype):
        return list(series.fillna("").tolist())
    cells: list[str] = []
    for value in series.tolist():
        if isinstance(value, tuple):
            cells.append(";".join(map(str, value)))
        else:
            cells.append("" if value is None or value is pd.NA or value is pd.NaT or _is_nan(value) else str(value))
    return cells


def empty_frame(table: Table) -> pd.DataFrame:
    """Typed frame without rows.

    Parameters
    ----------
    table
        Declaration of the table.

    Returns
    -------
    pandas.DataFrame
        With every column of the schema, indexed by its key.
    """
    frame = pd.DataFrame({name: pd.Series([], dtype=dtype_of(column)) for name, column in table.columns.items()})
    return frame.set_index(table.key) if table.key else frame


def dtype_of(column: Column) -> str:
    """Pandas type of a typed column.

    Parameters
    ----------
    column
        Its declaration.

    Returns
    -------
    str
        Name of a dtype; ``str`` is ``object`` on pandas 2.
    """
    if column.kind == "number":
        return "float64"
    if column.kind == "flag":
        return "boolean" if column.default is None else "bool"
    if column.kind in ("list", "months"):
        return "object"
    return "datetime64[ns]" if column.kind == "date" else "str"
