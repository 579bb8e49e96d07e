"""Finding candidates beside the bare spatial join that they contain, on invented territories of 10,000 to a million flows.

A bare join takes for every material all outputs by all needs and keeps the pairs within reach, with their distance. It is
written twice: as one usually begins, with the haversine formula on every pair, and as one ends up, with a product of matrices
and the arc of those within reach alone. Neither has broader materials, months, law, prices, choice or table. Figures are
printed, never asserted: they are ratios on one machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from symbiosis import candidates
from symbiosis.benchmarks.synthetic import synthetic_territory
from symbiosis.flows import read_flows
from symbiosis.geography import EARTH_RADIUS_KM, unit_vectors
from symbiosis.io.catalogue import read_catalogue
from symbiosis.scenario import Scenario

resource = pytest.importorskip("resource", reason="peak memory is asked of POSIX systems")
SCENARIO = Scenario(on_date=date(2026, 11, 23))


REACH_KM = SCENARIO.maximum_distance_km / SCENARIO.detour_factor
"""As the crow flies."""

Near = Callable[[NDArray[np.integer[Any]], NDArray[np.integer[Any]]], tuple[Any, Any, Any]]
"""Of some outputs and some needs: the pairs within reach, by place, and their km."""


def haversine(outputs: pd.DataFrame, needs: pd.DataFrame) -> Near:
    """The great circle of every pair."""
    here, there = (np.radians(flows[["latitude", "longitude"]].to_numpy()).T for flows in (outputs, needs))

    def near(tails, heads):
        (phi, theta), (other_phi, other_theta) = here[:, tails, None], there[:, None, heads]
        half = np.sin((other_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(other_phi) * np.sin((other_theta - theta) / 2) ** 2
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
        tail, head = np.nonzero(km <= REACH_KM)
        return tail, head, km[tail, head]

    return near


def cosines(outputs: pd.DataFrame, needs: pd.DataFrame) -> Near:
    """The cosine of every pair from one product of matrices, the arc of those within reach."""
    reach = np.cos(REACH_KM / EARTH_RADIUS_KM)
    here, there = (
        unit_vectors(*(flows[name].to_numpy() for name in ("latitude", "longitude"))).T for flows in (outputs, needs)
    )

    def near(tails, heads):
        cosine = here[tails] @ there[heads].T
        tail, head = np.nonzero(cosine >= reach)
        return tail, head, np.arccos(np.minimum(cosine[tail, head], 1.0)) * EARTH_RADIUS_KM

    return near


def bare_join(outputs: pd.DataFrame, needs: pd.DataFrame, distances: Callable[[pd.DataFrame, pd.DataFrame], Near]) -> int:
    """Pairs of one material within reach, with their distance; how many there are."""
    material = pd.factorize(np.concatenate([flows["material_id"].to_numpy(dtype=object) for flows in (outputs, needs)]))[0]
    near = distances(outputs, needs)
    ours, theirs = material[: len(outputs)], material[len(outputs) :]
    sorted_ours, sorted_theirs = np.argsort(ours, kind="stable"), np.argsort(theirs, kind="stable")
    edges = np.arange(material.max() + 2)
    own, other = np.searchsorted(ours[sorted_ours], edges), np.searchsorted(theirs[sorted_theirs], edges)
    pairs = 0
    for one in edges[:-1]:
        tails, heads = sorted_ours[own[one] : own[one + 1]], sorted_theirs[other[one] : other[one + 1]]
        tail, head, km = near(tails, heads)
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
        bare = []
        for distances in (haversine, cosines):
            bare.append(bare_join(read.outputs, read.needs, distances))
            read_off.append([clock() for clock in clocks.values()])
        found = candidates.join_flows(read, declared, catalogue, SCENARIO)
        read_off.append([clock() for clock in clocks.values()])
        turns.append(np.diff(read_off, axis=0))
    pairs = int(found.judged.sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    with capsys.disabled():
        sys.stdout.write(f"\n{flows:>9,} flows, medians of {len(turns)}; {len(found.legs):,} kept; peak so far {peak:.2f} GB\n")
        for clock, name in enumerate(clocks):
            took = np.median(turns, axis=0)[:, clock]
            each = took / [*bare, pairs]
            for row, what in enumerate(("haversine", "cosines", "candidates")):
                sys.stdout.write(f"  {what:<10} {[*bare, pairs][row]:>12,} pairs {took[row]:8.3f} s"
                                 f" {each[row] * 1e6:8.2f} s per million, {name}\n")  # fmt: skip
            first, (by_haversines, by_cosines) = turns[0][2, clock], each[2] / each[:2]
            sys.stdout.write(
                f"  {first:.3f} s at first; per pair {by_haversines:.1f} times the join by haversines,"
                f" {by_cosines:.1f} times the one by cosines\n"
            )
    assert bare[0] == bare[1]
    assert len(found.legs)
