"""The fit finds what speaks for right pairs, the folds keep classes apart, the calibration tells what was right."""

from __future__ import annotations

import numpy as np
import pytest

from symbiosis.affinity import rivalry
from symbiosis.benchmarks.fitting import REASONED, Evidence, calibrate, calibration, crossed, fit, folds, groups


def invented(seed: int = 0, telling: str = "use", count: int = 40) -> Evidence:
    """Right pairs on the diagonal, spoken for by one way alone; the others say things at random."""
    generator = np.random.default_rng(seed)
    right = np.eye(count, dtype=bool)
    parts = {way: generator.random((count, count)) * 0.5 for way in REASONED}
    parts[telling] = np.where(right, 0.8, 0.0) + generator.random((count, count)) * 0.3
    return Evidence(parts, {way: np.zeros(count) for way in REASONED}, np.ones(count), right, right, groups(right))


def test_the_way_that_tells_gains_weight_and_the_others_lose_it() -> None:
    found = fit([invented()]).weights
    assert found["use"] > REASONED["use"]
    assert all(found[way] < REASONED[way] for way in ("same", "broader", "material_1"))


def test_outputs_that_share_a_need_are_in_one_group_and_one_fold() -> None:
    right = np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], dtype=bool)
    group = groups(right)
    assert group[0] == group[1]
    assert len(set(group.tolist())) == 4
    fold = folds(group, 2)
    assert fold[0] == fold[1]
    assert set(fold.tolist()) == {0, 1}


def test_crossed_strengths_come_from_a_fit_without_the_output_and_its_class() -> None:
    known = invented()
    (strength,), _ = crossed([known], 4)
    inside = folds(known.group, 4) == 0
    rest = known.strengths(fit([known], [~inside]))
    np.testing.assert_allclose(strength[inside], rest[inside])
    assert not np.allclose(strength[inside], known.strengths(fit([known]))[inside])


def test_the_logistic_curve_is_found_again_in_pools_of_any_size_and_its_tenths_agree() -> None:
    generator = np.random.default_rng(1)
    pools = [np.exp(generator.normal(0, 2, (outputs, needs))) for outputs, needs in ((200, 200), (1000, 40))]
    chances = [1 / (1 + np.exp(rivalry(pool.shape[1]) + 1.0 - 0.8 * np.log(pool))) for pool in pools]
    right = [generator.random(chance.shape) < chance for chance in chances]
    assert right[1].mean() > right[0].mean(), "among fewer needs, more of what looks right is"
    for some in ([0], [1], [0, 1]):
        found = calibrate([pools[i] for i in some], [right[i] for i in some])
        assert found == pytest.approx((-1.0, 0.8), abs=0.05)
    table = calibration(chances[0], right[0])
    assert (table["shown"] - table["right"]).abs().max() < 0.05
    assert table["count"].sum() == pools[0].size
