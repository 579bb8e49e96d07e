"""A cluster of Dask on this machine: the same proposal as one process finds, and clear words where there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pandas as pd
import pytest
from typer.testing import CliRunner

from symbiosis import candidates, cluster, workspace
from symbiosis.benchmarks.synthetic import synthetic_country
from symbiosis.candidates import find_candidates
from symbiosis.cli import app
from symbiosis.errors import SolverError, SymbiosisError
from symbiosis.scenario import Scenario
from symbiosis.workers import Pool
from symbiosis.workspace import Territory

pytestmark = pytest.mark.long  # two workers, each with the engine loaded: half a minute
pytest.importorskip("distributed", reason="the extra cluster is not installed")

FEW = Scenario(candidates_per_flow=3)
"""So few partners that parts drop most of what they find: whatever they dropped wrongly would be missed."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A scheduler and two workers, each a process, on the loopback; they end with the tests."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None, silence_logs=50,
    ) as local:  # fmt: skip
        yield local.scheduler_address


@pytest.fixture(scope="module")
def country():
    catalogue = workspace.load_catalogue()
    return catalogue, synthetic_country(catalogue, 1500, seed=7)


def same_plan(one, other) -> None:
    for run in ("feasible", "to_investigate"):
        mine, theirs = (getattr(proposal, run).allocation for proposal in (one, other))
        assert theirs.gain_eur == pytest.approx(mine.gain_eur, rel=1e-6, abs=1e-6)
        assert theirs.status == mine.status
        for family, values in mine.plan.items():
            pd.testing.assert_index_equal(values.index, theirs.plan[family].index)


def test_a_cluster_proposes_what_one_process_proposes(address, country, tmp_path):
    catalogue, declared = country
    territory = Territory(name="country", folder=tmp_path, declarations=declared)
    told: list[tuple[str, float]] = []
    alone = workspace.match(territory, catalogue, FEW)
    shared = workspace.match(territory, catalogue, FEW, cluster=address, progress=lambda *step: told.append(step))
    assert alone.feasible.allocation.gain_eur > 0
    same_plan(alone, shared)
    pd.testing.assert_frame_equal(alone.candidates.legs, shared.candidates.legs)
    pd.testing.assert_series_equal(alone.candidates.judged, shared.candidates.judged)
    assert told[-1] == ("propose", 1.0)


def test_children_of_this_process_find_the_same_candidates(country, monkeypatch):
    catalogue, declared = country
    with Pool(2) as pool:
        apart = find_candidates(declared, catalogue, FEW, parallel=pool)
        monkeypatch.setattr(candidates, "SHARED_FROM", 10**9)
        whole = find_candidates(declared, catalogue, FEW, parallel=pool)
    assert len(whole.legs) > 500
    pd.testing.assert_frame_equal(apart.legs, whole.legs)


def test_what_fails_on_a_worker_is_an_error_that_the_command_knows(address):
    with cluster.Cluster(address) as workers:
        assert workers.size == 2
        assert list(workers.map(divmod, [7, 9], shared=23)) == [(3, 2), (2, 5)]
        with pytest.raises(SolverError, match="ZeroDivisionError"):
            list(workers.map(divmod, [0], shared=1))


@pytest.mark.parametrize(
    ("told", "said"), [("127.0.0.1:8786", "tcp://host:8786"), ("tcp://127.0.0.1:9", "no Dask scheduler answers")]
)
def test_an_address_where_no_scheduler_is_says_so(monkeypatch, told, said):
    monkeypatch.setattr(cluster, "ANSWERS_WITHIN_S", 1)
    with pytest.raises(SymbiosisError, match=said):
        cluster.Cluster(told)


def test_workers_of_another_version_are_refused(address, monkeypatch):
    monkeypatch.setattr("symbiosis.__version__", "99.0")
    with pytest.raises(SymbiosisError, match=r"≠ 99\.0"):
        cluster.Cluster(address)


def test_the_command_without_a_cluster_ends_with_two(tmp_path):
    ended = CliRunner().invoke(app, ["match", "kalundborg", "--cluster", "127.0.0.1:1", "--out", str(tmp_path)])
    assert ended.exit_code == 2


def test_dask_is_not_loaded_by_whoever_does_not_ask_for_it():
    told = "import sys, symbiosis.workspace, symbiosis.engine; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0
