"""A country of a million flows, from files to files, in ten minutes and twelve gigabytes; a tenth of it through a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symbiosis import workspace
from symbiosis.benchmarks.synthetic import synthetic_country
from symbiosis.scenario import Scenario
from symbiosis.workspace import Territory

resource = pytest.importorskip("resource", reason="peak memory is asked of POSIX systems")

MINUTES, GIGABYTES = 10, 12
ASSUMED = {"candidates_per_flow": 10, "time_limit_s": 1800}


def _command(folder: Path, *arguments: str) -> None:
    told = [sys.executable, "-c", "from symbiosis.cli import main; main()", *arguments]
    subprocess.run(told, check=True, cwd=folder, stdout=subprocess.DEVNULL)


@pytest.mark.benchmark
def test_a_million_flows_are_matched_from_files_to_files(tmp_path, capsys):
    _command(tmp_path, "synthesise", "--flows", "1000000", "--seed", "7", "--linear", "--output", "country")
    (tmp_path / "scenario.json").write_text(json.dumps(ASSUMED), encoding="utf-8")
    begun, before = time.monotonic(), os.times()
    _command(tmp_path, "match", "country", "--scenario", "scenario.json", "--out", "out", "--json")
    seconds, ended = time.monotonic() - begun, os.times()
    worked = ended.children_user + ended.children_system - before.children_user - before.children_system
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    solver = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["feasible"]["solver"]
    with capsys.disabled():
        sys.stdout.write(f"\n{seconds:.0f} s, {worked:.0f} s of processor, {peak:.1f} GB, gap {solver['gap']:.1e}\n")
    assert solver["status"] == "optimal"
    assert peak < GIGABYTES
    # Others may use the machine: what counts is the time of its processors.
    assert worked < 60 * MINUTES


@pytest.mark.long
def test_a_hundred_thousand_flows_through_two_workers_of_a_cluster_are_what_one_process_finds(tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
    catalogue = workspace.load_catalogue()
    territory = Territory(name="country", folder=tmp_path, declarations=synthetic_country(catalogue, 100_000, is_linear=True))
    scenario = Scenario(candidates_per_flow=10, time_limit_s=600)
    alone = workspace.match(territory, catalogue, scenario)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None, silence_logs=50,
    ) as local:  # fmt: skip
        shared = workspace.match(territory, catalogue, scenario, cluster=local.scheduler_address)
    assert len(shared.candidates.legs) == len(alone.candidates.legs)
    for run in ("feasible", "to_investigate"):
        mine, theirs = (getattr(proposal, run).allocation for proposal in (alone, shared))
        assert theirs.gain_eur == pytest.approx(mine.gain_eur, rel=1e-6)
