"""Speed of the solvers beside the bare engine, and what a comparison with others may say."""

from __future__ import annotations

import dataclasses
import statistics
import time
from importlib import util

import numpy as np
import pytest

from symbiosis.benchmarks import exchanges, peers
from symbiosis.solvers import check, parts_of, solve
from symbiosis.solvers.engines import model_proto


def test_the_synthetic_exchanges_are_the_same_each_time_and_gain_something():
    one, two = (exchanges.exchanges(2000, charge=(100, 1500), lot=0.1) for _ in range(2))
    assert one.cost.tobytes() == two.cost.tobytes()
    assert (one.cost < 0).all()
    assert 1500 <= len(one.cost) <= 2000


@pytest.mark.parametrize("name", ["bare GLOP", "SciPy linprog"])
def test_whoever_is_installed_reaches_our_optimum(name):
    row = peers.compare(600, rounds=1, names=(name,))[0]
    assert row["seconds"] > 0
    assert row["ratio"] == pytest.approx(row["seconds"] / row["ours_s"])
    assert not row["is_stopped"]


@pytest.mark.parametrize(("patience", "is_stopped"), [(1e4, False), (1e-6, True)])
def test_a_peer_that_outlasts_our_patience_is_stopped_and_said_to_be(monkeypatch, patience, is_stopped):
    networkx = dataclasses.replace(peers.PEERS["networkx simplex"], patience=patience)
    monkeypatch.setitem(peers.PEERS, "networkx simplex", networkx)
    row = peers.compare(600, rounds=1, names=("networkx simplex",))[0]
    assert row["is_stopped"] == is_stopped
    assert row["ratio"] >= min(patience, 1e-6)


def test_a_peer_that_is_not_there_is_named_and_never_guessed(monkeypatch):
    true_find = util.find_spec
    monkeypatch.setattr(peers.util, "find_spec", lambda name: None if name == "pulp" else true_find(name))
    row = peers.compare(600, rounds=1, names=("PuLP + CBC",))[0]
    assert row == {"peer": "PuLP + CBC", "missing": "pulp", "hint": "pip install --group peers"}


def test_an_optimum_that_is_not_ours_stops_the_comparison(monkeypatch):
    peer = peers.PEERS["SciPy linprog"]
    wrong = peers.Peer(needs=(), run=lambda case: 0.99 * peer.run(case), most=peer.most)
    monkeypatch.setitem(peers.PEERS, "SciPy linprog", wrong)
    with pytest.raises(AssertionError, match="is not"):
        peers.compare(600, rounds=1, names=("SciPy linprog",))


@pytest.mark.benchmark
def test_what_stands_around_the_engine_is_a_tenth_of_a_bare_linear_programme_and_the_whole_at_most_a_third_more():
    case = exchanges.exchanges(100_000)
    program = exchanges.programme(case)
    around, whole, bare = [], [], []
    for _ in range(3):
        for seconds, run in (
            (around, lambda: (check(program), parts_of(program), model_proto(program))),
            (whole, lambda: solve(program, time_limit_s=600)),
            (bare, lambda: peers.bare(case)),
        ):
            begun = time.process_time()  # of the processor: others may be busy
            run()
            seconds.append(time.process_time() - begun)
    around_s, whole_s, bare_s = (statistics.median(seconds) for seconds in (around, whole, bare))
    assert around_s <= 0.1 * bare_s, f"{around_s:.2f} s against {bare_s:.2f} s"
    assert whole_s <= 1.3 * bare_s, f"{whole_s:.2f} s against {bare_s:.2f} s"


@pytest.mark.benchmark
@pytest.mark.parametrize("charge", peers.CHARGES.values())
def test_six_thousand_charged_exchanges_are_proved_to_one_per_cent(charge):
    program = exchanges.programme(exchanges.exchanges(6000, charge=charge, lot=0.1))
    answer = solve(program, relative_gap=0.01, time_limit_s=120)
    assert answer.gap <= 0.01
    assert np.isfinite(answer.bound)
