"""The same declarations and the same seed: the same proposal, whoever computes it and in whatever order Python hashes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SAID = """
import hashlib
from datetime import date
from symbiosis import workspace
from symbiosis.scenario import Scenario

catalogue = workspace.load_catalogue()
territory = workspace.open_territory("kalundborg", catalogue)
proposal = workspace.match(territory, catalogue, Scenario(on_date=date(2026, 11, 25)))
digest = hashlib.sha256(repr(proposal.versions).encode())
for run in (proposal.feasible, proposal.to_investigate):
    for family, values in sorted(run.allocation.plan.items()):
        digest.update(family.encode() + repr(values.to_dict()).encode())
    for table in (run.proposals.exchanges, run.proposals.synergies, run.proposals.shares, run.indicators):
        digest.update(table.to_csv(float_format="%.17g").encode())
for table in (proposal.calls, proposal.refusals, proposal.missing_links, proposal.totals):
    digest.update(table.to_csv(float_format="%.17g").encode())
print(digest.hexdigest())
"""


@pytest.mark.long
def test_five_processes_that_hash_otherwise_make_one_proposal():
    found = {
        subprocess.run(
            [sys.executable, "-c", SAID], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        ).stdout
        for seed in (0, 1, 2, 3, 4)
    }  # fmt: skip
    assert len(found) == 1
    assert len(found.pop()) == 65
