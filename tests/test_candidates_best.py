"""The best of every group, the runs of a strip index and the numbers of identifiers, against what a plain loop gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbiosis.candidates.best import best_of_each, counted_order
from symbiosis.candidates.ends import distinct, profiles
from symbiosis.candidates.legs import numbered
from symbiosis.candidates.pairs import blocks, met
from symbiosis.compatibility.findings import Keyed
from symbiosis.geography import StripIndex, arc_km, great_circle_km, squared_chord, unit_vectors

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=60)


@settings(deadline=None)
@given(rows=ROWS, most=st.integers(1, 5), wide=st.booleans(), seed=st.integers(0, 9))
def test_the_best_of_each_group_are_those_that_sorting_everything_finds(rows, most, wide, seed):
    group = np.array([row[0] for row in rows], dtype=np.int32) * (30_000 if wide else 1)
    score = np.array([row[1] for row in rows], dtype=float)
    tie = np.random.default_rng(seed).permutation(len(rows)).astype(np.int32)
    kept = best_of_each(group, score, tie, most)
    order, count, expected = np.lexsort((tie, -score, group)), {}, np.zeros(len(rows), dtype=bool)
    for row in order:
        count[group[row]] = count.get(group[row], 0) + 1
        expected[row] = count[group[row]] <= most
    assert kept.tolist() == expected.tolist()


@given(sizes=st.lists(st.integers(0, 50), max_size=30), most=st.integers(1, 60))
def test_blocks_cover_every_row_once_in_order(sizes, most):
    cut = list(blocks(np.array(sizes, dtype=np.int64), most))
    assert [row for one in cut for row in range(one.start, one.stop)] == list(range(len(sizes)))
    assert all(sum(sizes[one][:-1]) < 2 * most for one in cut)


def test_flows_with_the_same_rows_in_any_order_share_a_profile():
    owner, row = np.array([0, 0, 1, 1, 2, 3]), np.array([5, 7, 7, 5, 5, 7])
    code = profiles(owner, row, 5)
    assert code[0] == code[1]
    assert len(set(code.tolist())) == 4


def test_missing_values_equal_each_other():
    assert distinct([np.array([1.0, np.nan, np.nan, 1.0]), np.array(["a", "b", "b", "c"], dtype=object)]).tolist() == [
        0,
        1,
        1,
        2,
    ]


def test_identifiers_sort_as_they_count():
    assert numbered("L", 3, "leg_id").tolist() == ["L000001", "L000002", "L000003"]
    many = numbered("L", 1_000_001, "leg_id")
    assert (many[0], many[999], many[-1]) == ("L0000001", "L0001000", "L1000001")
    assert many.is_monotonic_increasing


PLACES = {
    "region": ((48, 50), (5, 8), 40.0),
    "continent": ((30, 60), (-20, 40), 1500.0),
    "globe": ((-90, 90), (-180, 180), 3000.0),
    "everywhere": ((-90, 90), (-180, 180), 21000.0),
    "antimeridian": ((-20, -10), (175, 185), 300.0),
    "pole": ((87, 90), (-180, 180), 150.0),
}


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("seed", range(4))
def test_runs_hold_every_place_of_the_group_within_reach_once(where, seed):
    latitudes, longitudes, reach = PLACES[where]
    rng = np.random.default_rng(seed)

    def some(number):
        longitude = rng.uniform(*longitudes, number)
        return (
            rng.integers(0, 3, number),
            rng.uniform(*latitudes, number),
            np.where(longitude > 180, longitude - 360, longitude),
        )

    group, latitude, longitude = some(70)
    asked, here, there = some(50)
    index = StripIndex(group, latitude, longitude, reach)
    runs = index.runs(asked, here, there)
    asker = np.repeat(runs.asker, runs.count)
    place = index.order[np.concatenate([np.arange(s, s + n) for s, n in zip(runs.start, runs.count, strict=True)] or [[]])
                        .astype(int)]  # fmt: skip
    assert (np.diff(runs.asker) >= 0).all()
    squared = ((unit_vectors(here, there)[:, asker] - unit_vectors(latitude, longitude)[:, place]) ** 2).sum(axis=0)
    km = great_circle_km(here[asker], there[asker], latitude[place], longitude[place])
    np.testing.assert_allclose(arc_km(squared), km, rtol=1e-9, atol=1e-6)
    near = squared <= squared_chord(reach)
    every = great_circle_km(here[:, None], there[:, None], latitude, longitude)
    expected = np.argwhere((every <= reach) & (asked[:, None] == group))
    assert sorted(zip(asker[near], place[near], strict=True)) == sorted(map(tuple, expected))


def test_an_index_without_places_finds_nothing():
    nothing = np.empty(0)
    index = StripIndex(nothing.astype(np.int64), nothing, nothing, 10.0)
    assert len(index.runs(np.zeros(2, dtype=np.int64), np.array([48.0, 49.0]), np.array([5.0, 6.0])).asker) == 0


@given(rows=st.lists(st.integers(0, 5), max_size=40), seed=st.integers(0, 9))
def test_rows_are_counted_into_the_order_of_a_stable_sort(rows, seed):
    group = np.array(rows, dtype=np.int64)
    named = np.random.default_rng(seed).permutation(len(rows)).astype(np.int32)
    order, count = counted_order(group, 7)
    assert order.tolist() == np.argsort(group, kind="stable").tolist()
    assert count.tolist() == np.bincount(group, minlength=7).tolist()
    assert counted_order(group, 7, named)[0].tolist() == named[order].tolist()


@given(keys=st.lists(st.integers(0, 5), max_size=15), others=st.lists(st.integers(0, 5), max_size=15))
def test_rows_meet_all_those_under_their_key(keys, others):
    mine, theirs = met(np.array(keys, dtype=np.int64), np.array(others, dtype=np.int64), 6)
    assert list(zip(mine.tolist(), theirs.tolist(), strict=True)) == [
        (i, j) for i, key in enumerate(keys) for j, other in enumerate(others) if key == other
    ]


@given(rows=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=12))
def test_a_row_is_found_by_two_of_its_columns_the_first_of_equals(rows):
    known = Keyed(pd.Series([one for one, _ in rows], dtype=object), pd.Series([other for _, other in rows], dtype=object))
    asked = [(one, other) for one in "abcd" for other in "wxyz"]
    found = known.rows(pd.Series([one for one, _ in asked]), pd.Series([other for _, other in asked]))
    assert found.tolist() == [rows.index(both) if both in rows else -1 for both in asked]
    assert known.first.tolist() == [row for row, both in enumerate(rows) if both not in rows[:row]]
