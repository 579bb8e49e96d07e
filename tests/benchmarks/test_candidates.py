"""Finding candidates beside the bare spatial join that they contain, on invented territories of 10,000 to a million flows.

The bare join is what one would write in an afternoon: for every material all outputs by all needs, the great circle from a dot
product, the pairs within reach. It has no broader materials, months, law, prices, choice or table. Figures are printed, never
asserted: they are ratios on one machine.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import date

import numpy as np
import pandas as pd
import pytest

from symbiosis import candidates
from symbiosis.benchmarks.synthetic import synthetic_territory
from symbiosis.flows import read_flows
from symbiosis.geography import EARTH_RADIUS_KM, unit_vectors
from symbiosis.io.catalogue import read_catalogue
from symbiosis.scenario import Scenario

resource = pytest.importorskip("resource", reason="peak memory is asked of POSIX systems")
SCENARIO = Scenario(on_date=date(2026, 11, 23))


def bare_join(outputs: pd.DataFrame, needs: pd.DataFrame) -> int:
    """Pairs of one material within reach, with their distance; how many there are."""
    reach = np.cos(SCENARIO.maximum_distance_km / SCENARIO.detour_factor / EARTH_RADIUS_KM)
    material = pd.factorize(np.concatenate([flows["material_id"].to_numpy(dtype=object) for flows in (outputs, needs)]))[0]
    here, there = (
        unit_vectors(*(flows[name].to_numpy() for name in ("latitude", "longitude"))).T for flows in (outputs, needs)
    )
    ours, theirs = material[: len(outputs)], material[len(outputs) :]
    sorted_ours, sorted_theirs = np.argsort(ours, kind="stable"), np.argsort(theirs, kind="stable")
    edges = np.arange(material.max() + 2)
    own, other = np.searchsorted(ours[sorted_ours], edges), np.searchsorted(theirs[sorted_theirs], edges)
    pairs = 0
    for one in edges[:-1]:
        tails, heads = sorted_ours[own[one] : own[one + 1]], sorted_theirs[other[one] : other[one + 1]]
        cosine = here[tails] @ there[heads].T
        tail, head = np.nonzero(cosine >= reach)
        km = np.arccos(np.minimum(cosine[tail, head], 1.0)) * EARTH_RADIUS_KM
        pairs += len(np.stack([tails[tail], heads[head], km]).T)
    return pairs


TURNS = {10_000: 9, 100_000: 5, 1_000_000: 1}
"""Flows, and how often both are run."""


@pytest.mark.benchmark
@pytest.mark.parametrize("flows", TURNS)
def test_finding_candidates_beside_a_bare_join(flows, capsys):
    catalogue = read_catalogue()
    declared = synthetic_territory(catalogue, flows)
    read = read_flows(declared, catalogue, SCENARIO)
    # Others may use the machine: what it worked, beside how long it took.
    clocks = {"elapsed": time.perf_counter, "processor": time.process_time}
    turns = []
    for _ in range(TURNS[flows]):
        read_off = [[clock() for clock in clocks.values()]]
        bare = bare_join(read.outputs, read.needs)
        read_off.append([clock() for clock in clocks.values()])
        found = candidates.join_flows(read, declared, catalogue, SCENARIO)
        read_off.append([clock() for clock in clocks.values()])
        turns.append(np.diff(read_off, axis=0))
    pairs = found.judged.sum()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    with capsys.disabled():
        sys.stdout.write(f"\n{flows:>9,} flows, medians of {len(turns)}; {len(found.legs):,} kept; peak so far {peak:.2f} GB\n")
        for column, name in enumerate(clocks):
            joined, searched = (statistics.median(turn[what, column] for turn in turns) for what in (0, 1))
            each = joined / bare, searched / pairs
            sys.stdout.write(
                f"  bare join  {bare:>12,} pairs {joined:8.3f} s {each[0] * 1e6:8.2f} s per million, {name}\n"
                f"  candidates {pairs:>12,} pairs {searched:8.3f} s {each[1] * 1e6:8.2f} s per million"
                f" ({turns[0][1, column]:.3f} s at first); per pair {each[1] / each[0]:.1f} times the bare join\n"
            )
    assert len(found.legs)
