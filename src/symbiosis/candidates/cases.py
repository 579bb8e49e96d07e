"""The verdict of the rules on every *case*: a class of tails, a class of heads, and the reading that makes them kin.

What the rules read is in the classes, so that a million pairs of flows are a few thousand cases. Each class is stood for by its
first flow, whose declarations the rules look up. What only a pair has (its distance, its own link, whether its quantity makes a
lot) is judged on the pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from symbiosis.candidates.ends import Ends, Integers
from symbiosis.compatibility import Context, assess
from symbiosis.declarations import Declarations
from symbiosis.materials import Catalogue
from symbiosis.scenario import Scenario
from symbiosis.schemas import FEASIBILITY


SEVERITY = {name: rank for rank, name in enumerate(FEASIBILITY)}

CASES_AT_ONCE = 400_000
"""Cases described and judged together; with more of them, only their verdicts are kept, and texts are made for what is shown."""


class Cases:
    """Every case of some kin, judged.

    Parameters
    ----------
    kin, tails, heads
        Pairs of profiles, and the classes that these hold.
    context
        What the rules look up.

    Attributes
    ----------
    first, of_heads
        By kin: its first case, and how many classes its heads have. The case of a pair is
        ``first + rank of the tail's class × of_heads + rank of the head's class``, ranks within the profile.
    number
        How many cases there are.
    severity, ratio, tail_share, head_share
        By judged case: the verdict as a number, units that arrive per unit that leaves, parts of the year's quantities in common months.
    """

    def __init__(self, kin: pd.DataFrame, tails: Ends, heads: Ends, context: Context) -> None:
        self.kin, self.tails, self.heads, self.context = kin, tails, heads, context
        self.of_heads: Integers = class_ranks(heads.classes)[1][kin["head_profile"].to_numpy()]
        size = class_ranks(tails.classes)[1][kin["tail_profile"].to_numpy()] * self.of_heads
        self.first: Integers = np.cumsum(size) - size
        self.number = int(size.sum())
        self.severity = np.zeros(self.number, dtype=np.int8)
        self.ratio, self.tail_share, self.head_share = (np.ones(self.number) for _ in range(3))
        self._rows: Integers = np.empty(0, dtype=np.int64)
        self._table = pd.DataFrame()

    def judge(self, rows: Integers) -> None:
        """Give some cases their verdict.

        Parameters
        ----------
        rows
            Ascending.
        """
        for start in range(0, max(len(rows), 1), CASES_AT_ONCE):
            some = rows[start : start + CASES_AT_ONCE]
            table = self._judged(some)
            self.severity[some] = pd.Index(FEASIBILITY).get_indexer(table["feasibility"])
            ratio = table["substitution_ratio"].fillna(1.0) * table["conversion"]
            self.ratio[some] = ratio.fillna(1.0)
            self.tail_share[some] = table["month_overlap"] / table["tail_month_count"]
            # What does not convert carries nothing.
            self.head_share[some] = (table["month_overlap"] / table["head_month_count"]).where(ratio.notna(), 0.0)
            self._rows, self._table = some, table

    def table(self, rows: Integers) -> pd.DataFrame:
        """The columns that the rules read, with `feasibility`, `route`, `reasons`, `papers`, of some cases."""
        if np.isin(rows, self._rows, assume_unique=False).all():
            return self._table.iloc[np.searchsorted(self._rows, rows)].reset_index(drop=True)
        return self._judged(rows)

    def again(self, rows: Integers, **of_pairs: Any) -> pd.DataFrame:
        """Some cases with what only their pairs have, judged on it."""
        return _verdicts(self.table(rows).assign(**of_pairs), self.context)

    def _judged(self, rows: Integers) -> pd.DataFrame:
        row = np.searchsorted(self.first, rows, side="right") - 1
        within, kin = rows - self.first[row], self.kin.iloc[row].reset_index(drop=True)
        tail = _first_class(self.tails)[kin["tail_profile"].to_numpy()] + within // self.of_heads[row]
        head = _first_class(self.heads)[kin["head_profile"].to_numpy()] + within % self.of_heads[row]
        described = _described(kin, self.tails.classes.iloc[tail], self.heads.classes.iloc[head], self.context.catalogue)
        return _verdicts(described, self.context)


def class_ranks(classes: pd.DataFrame) -> tuple[Integers, Integers]:
    """Rank of each class within its profile, and how many classes each profile has."""
    profile = classes["profile"].to_numpy()
    count = np.bincount(profile)
    first = np.cumsum(count) - count
    return np.arange(len(profile)) - first[profile], count


def _first_class(ends: Ends) -> Integers:
    count = class_ranks(ends.classes)[1]
    first: Integers = np.cumsum(count) - count
    return first


def _verdicts(described: pd.DataFrame, context: Context) -> pd.DataFrame:
    """What the rules find; units that do not convert are out, whatever the law says."""
    table = assess(described, context)
    mismatch = table["conversion"].isna()
    reason = table["reasons"].astype(object) + ";unit_mismatch:" + table["unit"] + ":" + table["head_unit"]
    return table.assign(
        feasibility=table["feasibility"].where(~mismatch, "excluded"),
        reasons=table["reasons"].where(~mismatch, reason.str.strip(";")),
    )


def context_of(
    declarations: Declarations, tails: Ends, heads: Ends, catalogue: Catalogue, scenario: Scenario
) -> Context:
    """What the rules look up, for the flows that stand for their class."""
    tail, head = tails.classes, heads.classes
    both = pd.concat([tail[["id", "conditions"]], head[["id", "conditions"]]]).drop_duplicates("id")
    in_date = tail.loc[tail["in_date"].eq(True), "id"]
    conditions = _entries(both["id"], both["conditions"]).union(
        pd.MultiIndex.from_arrays([in_date, ["food_within_date"] * len(in_date)], names=["flow_id", "entry"])
    )
    declared = _entries(head["id"], head["permits"])
    ids, headings = declared.get_level_values(0), declared.get_level_values(1)
    # ``2910-A`` also counts as ``2910``.
    short = pd.MultiIndex.from_arrays([ids, headings.str.split("-").str[0]])
    return Context(
        catalogue=catalogue,
        scenario=scenario,
        conditions=conditions,
        codes_accepted=_entries(head["id"], head["codes"]),
        headings=declared.append(short).drop_duplicates().set_names(["flow_id", "heading"]),
        quality=declarations.quality[declarations.quality["flow_id"].isin(both["id"])],
    )


def _entries(ids: pd.Series, lists: pd.Series) -> pd.MultiIndex:
    """(id, entry) for every entry of a list column."""
    pairs = pd.Series(lists.to_numpy(dtype=object), index=ids, dtype=object).explode().dropna()
    entries = pairs.astype(str).str.replace(r"[ *]", "", regex=True)
    return pd.MultiIndex.from_arrays([pairs.index, entries], names=["flow_id", "entry"])


def _described(kin: pd.DataFrame, tail: pd.DataFrame, head: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The columns that the rules read: law, family, season, of the tail and of the head."""
    known = catalogue.materials[["family", "transport", "unit", "theme_id", "payload_t", "density_t_per_m3"]]
    material = known.reindex(kin["material_id"]).reset_index(drop=True)
    uses = catalogue.uses[["headings", "rung"]].reindex(kin["use_id"].where(kin["use_id"] != "")).reset_index(drop=True)
    tail, head = tail.reset_index(drop=True), head.reset_index(drop=True)
    process = catalogue.processes[["headings", "rung"]].reindex(head["process_id"]).reset_index(drop=True)
    is_output, to_need = tail["kind"].eq("output"), head["kind"].eq("need")
    key = _joined(process["headings"]).where(~to_need, _joined(uses["headings"]))
    unit = _text(tail["unit"]).where(is_output, material["unit"])
    head_unit = _text(head["unit"]).where(to_need, material["unit"])
    overlap = _bits(tail["month_bits"] & head["month_bits"])
    return kin.assign(
        tail_kind=tail["kind"],
        tail_id=tail["id"],
        head_kind=head["kind"],
        head_id=head["id"],
        tail_process_id=_text(tail["process_id"]),
        head_process_id=_text(head["process_id"]),
        **{str(name): material[name] for name in material if name != "unit"},
        unit=unit,
        head_unit=head_unit,
        conversion=_conversion(unit, head_unit, material["density_t_per_m3"]),
        waste_code=_text(tail["waste_code"]),
        is_hazardous=tail["is_hazardous"].eq(True),
        legal_status=_text(tail["legal_status"]),
        date_kind=_text(tail["date_kind"]),
        tail_country=_text(tail["country"]),
        head_country=_text(head["country"]),
        tail_end_of_waste_id=_text(tail["end_of_waste_id"]),
        tail_rung=_text(tail["tail_rung"]),
        head_route=_text(head["head_route"]),
        head_headings_key=key.where(key != "", _recovery_headings(catalogue)),
        month_overlap=overlap,
        tail_month_count=_bits(tail["month_bits"]),
        head_month_count=_bits(head["month_bits"]),
        rung=uses["rung"].astype(object).fillna(kin["rung"].where(kin["rung"] != "", process["rung"])).fillna("recycling"),
        # Distance is a matter of pairs, not of cases.
        distance_km=0.0,
        maximum_distance_km=1.0,
        is_link_excluded=False,
    )


def _text(column: pd.Series) -> pd.Series:
    return column.astype(object).fillna("")


def _joined(lists: pd.Series) -> pd.Series:
    return lists.map(lambda some: ";".join(some) if isinstance(some, tuple) else "").astype(object)


def _bits(months: pd.Series) -> NDArray[np.int64]:
    return np.bitwise_count(months.to_numpy(dtype=np.int64)).astype(np.int64)


def _conversion(unit: pd.Series, head_unit: pd.Series, density: pd.Series) -> NDArray[np.float64]:
    """Units of the head per unit of the tail; NaN where they do not convert."""
    known = density.where(density > 0)
    conditions: list[Any] = [
        unit == head_unit,
        (unit == "t") & (head_unit == "m3"),
        (unit == "m3") & (head_unit == "t"),
    ]
    return np.select(conditions, [1.0, 1.0 / known, known], np.nan)


def _recovery_headings(catalogue: Catalogue) -> str:
    """Headings under which something is finally recovered: what a need must hold whose use is not known."""
    headings = catalogue.headings
    final = catalogue.operations.index[catalogue.operations["is_recovery"] & catalogue.operations["is_final"]]
    return ";".join(sorted(set(headings.loc[headings["operation_code"].isin(final), "heading"])))
