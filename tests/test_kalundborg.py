"""Kalundborg, from independent declarations: the engine finds the documented exchanges, says why, and balances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from symbiosis import engine, messages, workspace
from symbiosis.engine import Proposal
from symbiosis.io.catalogue import datasets_folder
from symbiosis.network import imbalance
from symbiosis.scenario import Scenario
from symbiosis.solvers import solve
from symbiosis.workspace import results


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    catalogue = workspace.load_catalogue()
    territory = workspace.open_territory("kalundborg", catalogue)
    return engine.run(territory.declarations, catalogue, Scenario(maximum_distance_km=400.0), solve=solve)


@pytest.fixture(scope="module")
def documented() -> pd.DataFrame:
    file = Path(datasets_folder()) / "kalundborg" / "documented" / "exchanges.csv"
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def test_nine_in_ten_of_the_documented_exchanges_are_among_the_candidates(proposal, documented):
    chains = proposal.candidates.chains
    found = pd.MultiIndex.from_frame(documented[["output_id", "need_id"]]).isin(
        pd.MultiIndex.from_frame(chains[["output_id", "need_id"]])
    )
    assert found.mean() >= 0.9, documented.loc[~found, ["output_id", "need_id"]].to_string()


def test_the_candidates_are_not_everything_with_everything(proposal):
    chains, flows = proposal.candidates.chains, proposal.candidates.flows
    pairs = len(chains.drop_duplicates(["output_id", "need_id"]))
    assert pairs < 0.2 * len(flows.outputs) * len(flows.needs)


def test_every_candidate_and_every_exchange_has_its_reasons_in_both_languages(proposal):
    assert (proposal.candidates.chains["reasons"] != "").all()
    for run in (proposal.feasible, proposal.to_investigate):
        for codes in run.proposals.exchanges["reasons"]:
            french = messages.reasons(codes, "fr", proposal.catalogue)
            english = messages.reasons(codes, "en", proposal.catalogue)
            assert french
            assert len(french) == len(english)
            assert not set(codes.split(";")) & {*french, *english}, "a bare code is no sentence"


def test_both_runs_balance_at_every_node(proposal):
    for run in (proposal.feasible, proposal.to_investigate):
        scale = pd.Series({node: data.get("declared", 1.0) for node, data in run.graph.nodes(data=True)})
        off = imbalance(run.case, run.graph)
        assert len(off) == len(run.case.outputs) + len(run.case.needs) + len(run.case.operators)
        assert (off.abs() <= 1e-6 * np.maximum(1.0, scale.reindex(off.index))).all()


def test_exchanges_are_proposed(proposal):
    assert len(proposal.feasible.proposals.exchanges) + len(proposal.to_investigate.proposals.exchanges) >= 15
    assert proposal.feasible.allocation.status == "optimal"


def test_the_language_of_the_interface_changes_neither_candidates_nor_figures(proposal):
    french, english = (workspace.tables(proposal, language) for language in ("fr", "en"))
    assert french.keys() == english.keys()
    for name, table in french.items():
        told = [column for column in table if column.endswith(("_id", "_yr", "_km", "confidence", "feasibility"))]
        assert told, name
        pd.testing.assert_frame_equal(table[told], english[name][told])
    words = [name for name, table in french.items() if not table.equals(english[name])]
    assert words  # it is the words that change


def test_a_table_that_no_spreadsheet_opens_is_written_for_programs_and_says_the_same(proposal, tmp_path, monkeypatch):
    territory = workspace.open_territory("kalundborg", workspace.load_catalogue())
    whole = workspace.tables(proposal, "fr")["refusals"]
    monkeypatch.setattr(results, "SHEET_ROWS", len(whole))
    names = {file.name for file in workspace.write_results(proposal, territory, tmp_path)}
    assert "refusals.csv" in names
    monkeypatch.setattr(results, "SHEET_ROWS", len(whole) - 1)
    told: list[tuple[str, float]] = []
    names = {file.name for file in workspace.write_results(
        proposal, territory, tmp_path, progress=lambda step, share: told.append((step, share)),
    )}  # fmt: skip
    assert {"refusals.parquet", "exchanges.csv"} <= names
    assert not (tmp_path / "refusals.csv").exists()
    read = pd.read_parquet(tmp_path / "refusals.parquet")
    assert read.columns.tolist() == whole.columns.tolist()
    for name in ("output_id", "reasons_text", "distance_km"):
        assert read[name].tolist() == whole[name].tolist()
    assert {step for step, _ in told} == {"write"}
    assert [share for _, share in told] == sorted({share for _, share in told})
