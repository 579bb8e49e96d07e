"""Kept pairs as the tables that the rest of the engine reads: legs with their texts and prices."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from symbiosis.candidates.best import counted_order
from symbiosis.candidates.cases import MIXED, SEVERITY, Cases, Places
from symbiosis.candidates.ends import Integers
from symbiosis.candidates.pairs import Pairs
from symbiosis.candidates.search import Search
from symbiosis.compatibility import Coded
from symbiosis.compatibility.findings import combined, first_rows
from symbiosis.compatibility.findings import numbered as row_numbers
from symbiosis.flows import Flows
from symbiosis.schemas import FEASIBILITY

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
SideBySide = Callable[..., Iterable[Any]]
Make = Callable[[], Any]
Told = tuple[NDArray[np.int8], Coded, Coded]
"""Severity, reasons and papers."""

LEGS_AT_ONCE = 65_536
"""Legs priced together: what a processor's cache holds."""

FEW_LEGS = 50_000
"""Legs up to which a column is made before another could begin it."""

THOUSAND = np.array([f"{digits:03d}" for digits in range(1000)], dtype="S3")
"""How the identifiers of a thousand end."""

IDS = ("material_id", "head_material_id")
TEXTS = ("tail_kind", "head_kind", "use_id", "tail_process_id", "head_process_id", "words", "head_words", "family",
         "transport", "unit", "head_unit", "theme_id", "rung", "waste_code", "route")  # fmt: skip
NUMBERS = ("confidence", "payload_t", "density_t_per_m3", "is_hazardous")
"""Columns of legs that their cases know: texts to build others from, texts of few values, numbers. What nobody reads of a leg
stays with its case."""


def legs_of(pairs: Pairs, search: Search, flows: Flows) -> pd.DataFrame:
    """Describe, word and price kept pairs.

    Parameters
    ----------
    pairs
        What was kept.
    search, flows
        What they were found in.

    Returns
    -------
    pandas.DataFrame
        By `leg_id`, sorted by both ends.
    """
    pairs = _useful(pairs, search, flows)
    links, cases = search.links, search.cases
    is_there = np.zeros(cases.number, dtype=bool)
    is_there[pairs.case] = True
    known = np.flatnonzero(is_there)
    of_cases = cases.places(known)
    sites, short = pd.CategoricalDtype(links.names), np.min_scalar_type(-max(len(links.names), 1))
    # Columns are made side by side: most of the time of each is spent in memory; of a few legs, in setting to work.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        side_by_side = pool.map if len(pairs) > FEW_LEGS else map
        first: list[Make] = [partial(_told, cases, of_cases), partial(_order, pairs, search)]
        told, order = side_by_side(_called, first)
        pairs = _taken(pairs, order, side_by_side)
        case = (np.cumsum(is_there) - 1).take(pairs.case)
        # Rows as wide as the machine counts: taking by narrower ones widens them anew for every column.
        tail, head, kin = (rows.astype(np.intp) for rows in (pairs.tail, pairs.head, pairs.kin))
        of_pairs = Places(tail=search.tail["class"][tail], head=search.head["class"][head], kin=kin)
        priced = _prices(pairs, search, side_by_side)
        is_small = priced.pop("is_small")
        made: dict[str, Make] = {
            "worded": partial(
                _worded,
                pairs,
                search,
                known,
                case,
                told,
                is_small=is_small,
                lot=priced["minimum_lot_per_yr"],
                upper=priced["upper_per_yr"],
            ),
            "tail_id": partial(_named, search.ids[0], tail),
            "head_id": partial(_named, search.ids[1], search.head["row"].take(head)),
            **{
                f"{side}_site_id": partial(_of_site, end["site"].astype(short), rows, sites)
                for side, end, rows in (("tail", search.tail, tail), ("head", search.head, head))
            },
            **{name: partial(_text, name, cases, of_pairs) for name in TEXTS if name not in MIXED},
            **{name: partial(_text_of_cases, name, cases, of_cases, case) for name in TEXTS if name in MIXED},
            **{name: partial(_number, name, cases, of_pairs) for name in (*IDS, *NUMBERS)},
        }
        columns = dict(zip(made, side_by_side(_called, made.values()), strict=True))
    columns |= columns.pop("worded") | {
        "distance_km": pairs.km,
        "maximum_distance_km": search.head["limit"].take(head),
        "is_distance_known": ~np.isnan(_quoted(links.km, pairs)),
        "link_eur_per_unit": _quoted(links.per_unit, pairs),
        **priced,
    }
    return pd.DataFrame(columns, copy=False).set_axis(numbered("L", len(pairs), "leg_id"))


def _called(make: Make) -> Any:
    return make()


def _order(pairs: Pairs, search: Search) -> Integers:
    """Rows by both ends; the products of one operator stand together."""
    operator = search.tail["operator"]
    first = np.maximum.accumulate(np.where(np.diff(operator, prepend=-2) | (operator < 0), np.arange(len(operator)), 0))
    keys = [pairs.tail, search.head["row"].take(pairs.head), first.take(pairs.tail)]
    rows: Integers = np.arange(len(pairs), dtype=np.int32)
    for key in keys if (operator >= 0).any() else keys[1:]:
        rows, _ = counted_order(key.take(rows), int(key.max(initial=0)) + 1, rows)
    return rows.astype(np.intp)


def _taken(pairs: Pairs, rows: Integers, side_by_side: SideBySide) -> Pairs:
    """Pairs in an order, without how they were chosen, which nobody asks any more."""
    names = ("tail", "head", "kin", "case", "km", "link")
    taken = dict(zip(names, side_by_side(lambda name: getattr(pairs, name).take(rows), names), strict=True))
    return Pairs(**taken, severity=np.broadcast_to(np.int8(0), len(rows)), score=np.broadcast_to(np.nan, len(rows)))


def _useful(pairs: Pairs, search: Search, flows: Flows) -> Pairs:
    """Drop legs of operators that nothing reaches, and chains of more operators than the scenario follows."""
    if (search.tail["operator"] < 0).all():
        return pairs
    giver, taker = search.tail["operator"][pairs.tail], search.head["operator"][pairs.head]
    operators = flows.operators.index
    # A process without an inlet (a source of its own) waits for nobody.
    fed = ~operators.isin(flows.ports.loc[flows.ports["direction"] == "input", "operator_id"])
    fed[taker[(giver < 0) & (taker >= 0)]] = True
    between = (giver >= 0) & (taker >= 0)
    before, reached = np.zeros_like(fed), fed
    for _ in range(search.scenario.maximum_operators - 1):
        before, reached = reached, reached.copy()
        reached[taker[between & before[giver]]] = True
        if np.array_equal(before, reached):
            break
    return pairs[(giver < 0) | (between & before[giver]) | ((taker < 0) & reached[giver])]


def _quoted(told: Floats, pairs: Pairs) -> Floats:
    """What the territory's own table tells of each pair; NaN where it has no row."""
    return told[pairs.link] if len(told) > 1 else np.full(len(pairs), np.nan)


def _prices(pairs: Pairs, search: Search, side_by_side: SideBySide) -> dict[str, Any]:
    """Columns of prices and limits, a block at a time."""
    columns = {name: np.empty(len(pairs), dtype=column.dtype) for name, column in _prices_of(pairs[:0], search).items()}

    def fill(start: int) -> None:
        here = slice(start, start + LEGS_AT_ONCE)
        for name, column in _prices_of(pairs[here].wide(), search).items():
            columns[name][here] = column

    list(side_by_side(fill, range(0, len(pairs), LEGS_AT_ONCE)))
    return columns


def _prices_of(pairs: Pairs, search: Search) -> dict[str, Any]:
    """Prices and limits of some pairs, by column."""
    scenario = search.scenario
    priced = search.valuation.priced(pairs)
    lot, is_small = search.valuation.least(pairs, priced)
    tonnes = priced.tonnes
    load = priced.load_t
    if len(search.links.site):
        load = np.where(np.isnan(search.links.per_unit[pairs.link]), load, np.nan)
    has_trips = ~np.isnan(load)
    per_trip = scenario.lorry_eur_per_trip + scenario.lorry_eur_per_km * 2 * pairs.km
    return {
        "tonnes_per_unit": tonnes,
        "ratio": priced.ratio,
        "load_t": load,
        "transport_eur_per_unit": priced.per_unit,
        "transport_eur_per_trip": np.where(has_trips, per_trip, 0.0),
        "link_eur_per_yr": priced.per_yr,
        "upper_per_yr": np.maximum(priced.upper, 0.0),
        "minimum_lot_per_yr": lot,
        "has_whole_trips": has_trips & (priced.upper * tonnes / load < scenario.integer_trips_below_per_yr),
        "is_small": is_small,
    }


def _worded(
    pairs: Pairs, search: Search, known: Integers, case: Integers, told: Told, *, is_small: Mask, lot: Floats, upper: Floats
) -> dict[str, pd.Categorical[Any]]:
    """Feasibility, reasons and papers: those of the case, with what the pair's own distance, link or quantity adds."""
    cases, limit = search.cases, search.head["limit"].take(pairs.head)
    is_apart = pairs.km > limit
    if len(search.links.site):
        is_apart |= search.links.is_excluded[pairs.link]
    severity, reasons, papers = told
    apart = np.flatnonzero(is_apart)
    if len(apart):
        of_pairs = pd.DataFrame({"distance_km": pairs.km[apart], "maximum_distance_km": limit[apart],
                                 "is_link_excluded": search.links.is_excluded[pairs.link[apart]]})  # fmt: skip
        more = _told(cases, cases.places(known[case[apart]]), of_pairs)
        severity = np.append(severity, more[0])
        reasons, papers = _followed(reasons, more[1]), _followed(papers, more[2])
        case = case.copy()
        case[apart] = len(known) + np.arange(len(apart))
    worst, text = severity.take(case), reasons.code.take(case)
    small = np.flatnonzero(is_small)
    said = reasons.entries
    if len(small):
        worst = np.where(is_small, SEVERITY["excluded"], worst)
        unit = cases.column("unit", cases.places(pairs.case[small]))
        parts = (Coded(text[small], said), Coded.of(lot[small]), Coded.of(upper[small]), unit)
        code, values = row_numbers(*combined([(column.code, len(column.entries)) for column in parts], len(small)))
        first = first_rows(code, len(values))
        before, *rest = (column[first].whole().tolist() for column in parts)
        lots = [f"{text}{text and ';'}below_minimum_lot:{least:g}:{most:g}:{name}" for text, least, most, name in
                zip(before, *rest, strict=True)]  # fmt: skip
        text[small] = len(said) + code
        said = np.append(said, np.array(lots, dtype=object))
    return {
        "feasibility": _spoken(Coded(worst, np.array(FEASIBILITY, dtype=object))),
        "reasons": _spoken(Coded(text, said), is_sorted=False),
        "papers": _spoken(papers, case, is_sorted=False),
    }


def _told(cases: Cases, places: Places, of_pairs: pd.DataFrame | None = None) -> Told:
    """What the rules say; units that do not convert are out, whatever the law says."""
    said = cases.verdicts(places, of_pairs=of_pairs)
    severity, reasons = said.severity, Coded(said.code, said.reasons)
    apart = np.flatnonzero(np.isnan(cases.conversion(places)))
    if len(apart):
        severity[apart] = SEVERITY["excluded"]
        units = [cases.column(name, places[apart]).whole() for name in ("unit", "head_unit")]
        before = reasons[apart].whole()
        texts = before + np.where(before == "", "", ";") + "unit_mismatch:" + units[0] + ":" + units[1]
        code = reasons.code.copy()
        code[apart] = len(reasons.entries) + np.arange(len(apart))
        reasons = Coded(code, np.append(reasons.entries, texts))
    return severity, reasons, Coded(said.code, said.papers)


def _followed(one: Coded, other: Coded) -> Coded:
    """Rows of one column, then rows of another."""
    return Coded(np.append(one.code, other.code + len(one.entries)), np.append(one.entries, other.entries))


def _text(name: str, cases: Cases, places: Places) -> pd.Categorical[Any]:
    """Texts that one side has."""
    side, column = cases.texts_of(name)
    return _spoken(column, getattr(places, side))


def _text_of_cases(name: str, cases: Cases, places: Places, case: Integers) -> pd.Categorical[Any]:
    """Texts that the case has."""
    return _spoken(cases.column(name, places), case)


def _number(name: str, cases: Cases, places: Places) -> pd.Series:
    """Numbers, or identifiers, that one side has."""
    return _column(cases.number_of(name, places))


def _of_site(site: Integers, rows: Integers, dtype: pd.CategoricalDtype) -> pd.Categorical[Any]:
    """Sites of ends."""
    return pd.Categorical.from_codes(site.take(rows), dtype=dtype, validate=False)


def _named(ids: pd.Index, rows: Integers) -> pd.Categorical[Any]:
    """Ends by their names, each held once, in order."""
    if ids.is_monotonic_increasing and ids.is_unique:
        return pd.Categorical.from_codes(rows, dtype=pd.CategoricalDtype(ids.rename(None)), validate=False)
    number, dtype = _as_said(ids.to_numpy(dtype=object), is_sorted=True)
    return pd.Categorical.from_codes(number.take(rows), dtype=dtype, validate=False)


def _column(values: NDArray[Any]) -> pd.Series:
    """Values as a column of the type that they have."""
    return pd.Series(values, dtype=values.dtype, copy=False)


def _spoken(column: Coded, rows: Integers | None = None, *, is_sorted: bool = True) -> pd.Categorical[Any]:
    """Texts by number, each held once, however often it is said."""
    number, dtype = _categories(tuple(column.entries)) if is_sorted else _as_said(column.entries)
    if len(dtype.categories) <= 1:
        code = np.zeros(len(column) if rows is None else len(rows), dtype=number.dtype)
    else:
        code = number.take(column.code) if rows is None else number.take(column.code).take(rows)
    return pd.Categorical.from_codes(code, dtype=dtype, validate=False)


@lru_cache(maxsize=512)
def _categories(texts: tuple[str, ...]) -> tuple[Integers, pd.CategoricalDtype]:
    """Sorted categories, and the number of each text among them: territories have the same few texts again and again."""
    return _as_said(np.array(texts, dtype=object), is_sorted=True)


def _as_said(texts: NDArray[np.object_], *, is_sorted: bool = False) -> tuple[Integers, pd.CategoricalDtype]:
    number, values = pd.factorize(pd.Index(texts), sort=is_sorted)
    return number.astype(np.min_scalar_type(-max(len(values), 1))), pd.CategoricalDtype(pd.Index(values))


def numbered(letter: str, number: int, name: str) -> pd.Index:
    """Identifiers `L000001`, `L000002`… of one width, so that they sort as they count."""
    thousands, begins = number // 1000 + 1, max(6, len(str(number))) - 3
    # Texts of one width are one piece of memory, written as such.
    texts = np.empty((thousands, 1000), dtype=[("begin", f"S{1 + begins}"), ("end", "S3")])
    texts["begin"] = np.array([f"{letter}{digits:0{begins}d}" for digits in range(thousands)], dtype="S")[:, None]
    texts["end"] = THOUSAND
    edges = np.arange(texts.size + 1) * texts.itemsize
    told = pa.LargeStringArray.from_buffers(texts.size, pa.py_buffer(edges), pa.py_buffer(texts))
    ids: pd.Index = pd.Index(pd.array(told[1 : number + 1], dtype="str"), name=name)
    return ids
