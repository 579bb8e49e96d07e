"""The catalogue: what is known of materials, uses, processes, law and factors, as typed tables.

Every fact is a row with its source or its reasoning (`basis`, `source`). The tables are declared in
:data:`symbiosis.schemas.CATALOGUE`; this module types them, has :mod:`symbiosis.materials.contradictions` check that they agree
with each other and answers the questions the engine asks of several tables at once (the nearest factor of a material, what is
broader than what).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, cast

import numpy as np
import pandas as pd

from symbiosis.errors import CatalogueError
from symbiosis.materials.contradictions import check
from symbiosis.schemas import CATALOGUE, Column, Table

EXTENSIONS_KEPT = 2
"""Extended catalogues that are kept with their indexes, the last ones asked for."""

_TRUE = frozenset(("true", "1", "yes", "oui", "vrai", "o", "y"))


def typed(text: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Give the cells of a catalogue table their types.

    Parameters
    ----------
    text
        Cells as text; missing columns are taken as empty.
    table
        Declaration of the table.

    Returns
    -------
    pandas.DataFrame
        Indexed by the key of the table (a plain range where it has none), columns in the order of the declaration, sorted.

    Raises
    ------
    CatalogueError
        If a number does not read, a required cell is empty or a key stands twice.
    """
    columns: dict[str, pd.Series] = {}
    blank = pd.Series("", index=text.index, dtype=object)
    for name, column in table.columns.items():
        cells = text[name].astype(object) if name in text else blank
        if column.required and name != table.key and (cells == "").any():
            raise CatalogueError(f"{table.name}.{name}: empty in row(s) {_rows(text, cells == '')}")
        columns[name] = _typed_column(cells, column, f"{table.name}.{name}")
    frame = pd.DataFrame(columns, index=text.index)
    if table.key is None:
        return frame.reset_index(drop=True)
    if frame[table.key].duplicated().any():
        twice = sorted(frame.loc[frame[table.key].duplicated(), table.key])
        raise CatalogueError(f"{table.name}: {table.key} stands twice: {', '.join(twice[:5])}")
    return frame.set_index(table.key).sort_index()


def _rows(text: pd.DataFrame, mask: pd.Series) -> str:
    return ", ".join(str(i + 2) for i in np.flatnonzero(mask.to_numpy())[:5])


def _typed_column(cells: pd.Series, column: Column, where: str) -> pd.Series:
    if column.kind == "number":
        numbers = pd.to_numeric(cells.where(cells != "", None), errors="coerce").astype(float)
        if (numbers.isna() & (cells != "")).any():
            raise CatalogueError(f"{where}: not a number: {cells[numbers.isna() & (cells != '')].iloc[0]!r}")
        if column.default is not None:
            numbers = numbers.fillna(float(column.default))
        return numbers
    if column.kind == "flag":
        default = bool(column.default)
        return cells.str.lower().map(lambda cell: default if cell == "" else cell in _TRUE).astype(bool)
    if column.kind == "list":
        return cells.map(lambda cell: tuple(part.strip() for part in cell.split(";") if part.strip()))
    if column.kind == "date":
        return pd.to_datetime(cells.where(cells != "", None), format="%Y-%m-%d", errors="raise")
    if column.kind == "choice":
        filled = cells.where(cells != "", column.default or "")
        wrong = ~filled.isin([*column.choices, ""])
        if wrong.any():
            raise CatalogueError(f"{where}: {filled[wrong].iloc[0]!r} is none of {', '.join(column.choices)}")
        return filled
    return cells.str.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The tables of :data:`symbiosis.schemas.CATALOGUE`, typed; one attribute per table.

    Tables with a key are indexed by it. `fingerprint` is the SHA-256 of the content, so that a proposal knows which
    knowledge it rests on.
    """

    themes: pd.DataFrame
    materials: pd.DataFrame
    material_names: pd.DataFrame
    material_codes: pd.DataFrame
    uses: pd.DataFrame
    use_names: pd.DataFrame
    use_materials: pd.DataFrame
    use_limits: pd.DataFrame
    quality_parameters: pd.DataFrame
    processes: pd.DataFrame
    process_flows: pd.DataFrame
    process_effects: pd.DataFrame
    outlets: pd.DataFrame
    taxes: pd.DataFrame
    factors: pd.DataFrame
    waste_codes: pd.DataFrame
    waste_chapters: pd.DataFrame
    operations: pd.DataFrame
    headings: pd.DataFrame
    end_of_waste: pd.DataFrame
    legal_conditions: pd.DataFrame
    legal_rules: pd.DataFrame
    papers: pd.DataFrame
    rep_schemes: pd.DataFrame
    precedents: pd.DataFrame
    call_factors: pd.DataFrame
    activities: pd.DataFrame
    plants: pd.DataFrame
    plant_uses: pd.DataFrame
    activity_flows: pd.DataFrame
    fingerprint: str = ""
    memory: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    def extended(self, tables: Mapping[str, pd.DataFrame]) -> Catalogue:
        """Catalogue with further rows, as a territory folder may bring them.

        Parameters
        ----------
        tables
            Text tables by name, as read from files. A row whose key is known replaces the known one.

        Returns
        -------
        Catalogue
            A new catalogue, or the one that the last calls with the same rows made, with what was learnt of it since (indexes
            of words); this one is unchanged.

        Raises
        ------
        CatalogueError
            If a table is unknown, a row does not type or contradicts another.
        """
        if not tables:
            return self
        key = repr([(name, *text.columns) for name, text in sorted(tables.items())]) + _fingerprint(tables)
        made = cast("dict[str, Catalogue]", self.memory.get("extended", {}))
        found = made.get(key) or self._extended(tables)
        # A new mapping each time: whoever reads the old one in another thread is left alone.
        self.memory["extended"] = dict([*((k, one) for k, one in made.items() if k != key), (key, found)][-EXTENSIONS_KEPT:])
        return found

    def _extended(self, tables: Mapping[str, pd.DataFrame]) -> Catalogue:
        changed: dict[str, pd.DataFrame] = {}
        for name, text in tables.items():
            if name not in CATALOGUE:
                raise CatalogueError(f"{name}: no such catalogue table; known: {', '.join(CATALOGUE)}")
            table, known = CATALOGUE[name], getattr(self, name)
            rows = typed(text, table)
            if table.key is not None:
                changed[name] = pd.concat([known[~known.index.isin(rows.index)], rows]).sort_index()
                continue
            owner = next(iter(table.columns))
            # A recipe is one thing: a territory that restates a process replaces its whole recipe.
            kept = known[~known[owner].isin(rows[owner])] if name == "process_flows" else known
            changed[name] = pd.concat([kept, rows], ignore_index=True)
        merged = replace(self, **changed, fingerprint=_fingerprint({**_frames(self), **changed}), memory={})
        check(merged)
        return merged

    def nearest_factor(self, kind: str, materials: pd.Index | pd.Series) -> pd.DataFrame:
        """Value, low and high of a kind of factor for each material, from itself or its nearest broader material.

        Parameters
        ----------
        kind
            A choice of ``factors.kind``.
        materials
            Material ids, repeated as needed.

        Returns
        -------
        pandas.DataFrame
            Columns `value`, `low`, `high`, `factor_id`, aligned with `materials` by position; NaN and ``''`` where no
            factor is known, after the default of the family (subject ``family:energy``…) was tried.
        """
        table = self._nearest(kind)
        return table.reindex(pd.Index(materials)).fillna({"factor_id": ""})

    def _nearest(self, kind: str) -> pd.DataFrame:
        known = self.memory.get(f"factor:{kind}")
        if isinstance(known, pd.DataFrame):
            return known
        factors = self.factors[self.factors["kind"] == kind].reset_index()
        factors = factors.sort_values(["subject", "year", "factor_id"]).drop_duplicates("subject", keep="last")
        by_subject = factors.set_index("subject")[["value", "low", "high", "factor_id"]]
        ancestors = self.ancestors()
        found = ancestors.merge(by_subject, left_on="ancestor_id", right_index=True, how="inner", validate="many_to_one")
        found = found.sort_values(["material_id", "depth"]).drop_duplicates("material_id").set_index("material_id")
        table = found[["value", "low", "high", "factor_id"]].reindex(self.materials.index)
        families = ("family:" + self.materials["family"]).map(by_subject["value"])
        if families.notna().any():
            default = by_subject.reindex("family:" + self.materials["family"]).set_axis(self.materials.index)
            table = table.where(table["value"].notna(), default)
        self.memory[f"factor:{kind}"] = table
        return table

    def ancestors(self) -> pd.DataFrame:
        """Every material with itself and each broader one.

        Returns
        -------
        pandas.DataFrame
            Columns `material_id`, `ancestor_id`, `depth` (0 for itself), sorted.
        """
        known = self.memory.get("ancestors")
        if isinstance(known, pd.DataFrame):
            return known
        broader = self.materials["broader_id"]
        level = pd.DataFrame({"material_id": self.materials.index, "ancestor_id": self.materials.index, "depth": 0})
        levels = [level]
        while len(level):
            up = level["ancestor_id"].map(broader).to_numpy()
            level = level.assign(ancestor_id=up, depth=level["depth"] + 1)
            level = level[(level["ancestor_id"] != "") & level["ancestor_id"].notna()]
            levels.append(level)
            if len(levels) > 12:
                raise CatalogueError(f"broader_id turns in a circle near {level['material_id'].iloc[0]}")
        closure = pd.concat(levels, ignore_index=True).sort_values(["material_id", "depth"], ignore_index=True)
        self.memory["ancestors"] = closure
        return closure

    def tax_eur_per_t(self, tax_id: str, year: int) -> float:
        """Tax of a year in €/t; the last known year before it where the year itself is missing; 0 if unknown."""
        rows = self.taxes[(self.taxes["tax_id"] == tax_id) & (self.taxes["year"] <= year)]
        return float(rows.sort_values("year")["value_eur_per_t"].iloc[-1]) if len(rows) else 0.0

    def hazard_on(self, on: date) -> pd.Series:
        """Whether each code of the list is hazardous on a day: an entry may become so while it stays valid."""
        codes = self.waste_codes
        return codes["is_hazardous"] & ~(codes["hazardous_from"] > pd.Timestamp(on))


def build_catalogue(tables: Mapping[str, pd.DataFrame]) -> Catalogue:
    """Type and check the tables of a catalogue.

    Parameters
    ----------
    tables
        Text tables by name; optional tables may be missing.

    Returns
    -------
    Catalogue

    Raises
    ------
    CatalogueError
        If a required table is missing, a cell does not type or two rows contradict each other.
    """
    frames: dict[str, Any] = {}
    for name, table in CATALOGUE.items():
        if name not in tables and table.required:
            raise CatalogueError(f"the catalogue has no table {name}")
        frames[name] = typed(tables.get(name, pd.DataFrame(columns=list(table.columns), dtype=object)), table)
    catalogue = Catalogue(**frames, fingerprint=_fingerprint(frames))
    check(catalogue)
    return catalogue


def _frames(catalogue: Catalogue) -> dict[str, pd.DataFrame]:
    return {f.name: getattr(catalogue, f.name) for f in fields(catalogue) if f.name in CATALOGUE}


def _fingerprint(frames: Mapping[str, pd.DataFrame]) -> str:
    digest = hashlib.sha256()
    for name in sorted(frames):
        frame = frames[name]
        digest.update(name.encode())
        digest.update(np.sort(pd.util.hash_pandas_object(frame.astype(str), index=True).to_numpy()).tobytes())
    return digest.hexdigest()
