"""A synthetic country: the same seed writes the same bytes, every row says what it is, and the readers take it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from symbiosis import workspace
from symbiosis.benchmarks.synthetic import synthetic_country
from symbiosis.cli import app
from symbiosis.materials import Catalogue
from symbiosis.report.declared import write_declarations
from symbiosis.scenario import Scenario

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return workspace.load_catalogue()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_same_seed_writes_the_same_bytes_and_another_one_does_not(tmp_path: Path, catalogue: Catalogue) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_declarations(synthetic_country(catalogue, 300, seed=seed), tmp_path / name)
    first, again, other = (bytes_of(tmp_path / name) for name in "abc")
    assert first == again
    assert first["outputs.csv"] != other["outputs.csv"]


def test_what_is_written_is_what_is_read_and_holds_no_error(tmp_path: Path, catalogue: Catalogue) -> None:
    invented = synthetic_country(catalogue, 400, seed=3)
    write_declarations(invented, tmp_path)
    read = workspace.open_territory(tmp_path, catalogue).declarations
    assert read.is_synthetic
    assert len(read.outputs) + len(read.needs) == 400
    for name in ("outputs", "needs"):
        mine, theirs = getattr(invented, name), getattr(read, name)
        assert list(theirs.index) == list(mine.index)
        assert theirs["quantity"].tolist() == pytest.approx(mine["quantity"].tolist())
        assert theirs["material_id"].tolist() == mine["material_id"].tolist()
        assert theirs["months"].tolist() == mine["months"].tolist()


def test_every_row_of_a_synthetic_country_says_so(catalogue: Catalogue) -> None:
    invented = synthetic_country(catalogue, 200)
    for name in ("actors", "sites", "outputs", "needs"):
        frame = getattr(invented, name)
        assert frame["is_synthetic"].all(), name
        assert frame["source"].str.contains("fictive").all(), name
    assert "fictif" in invented.facts["name_fr"]
    assert "Synthetic" in invented.facts["name_en"]


def test_the_command_writes_a_folder_that_can_be_checked(tmp_path: Path) -> None:
    folder = tmp_path / "country"
    assert RUNNER.invoke(app, ["synthesise", "--flows", "60", "--seed", "5", "--output", str(folder)]).exit_code == 0
    assert json.loads((folder / "facts.json").read_text("utf-8"))["seed"] == 5
    assert RUNNER.invoke(app, ["check", str(folder)]).exit_code == 0


def test_processes_that_solve_the_parts_say_what_one_alone_says(tmp_path: Path, catalogue: Catalogue) -> None:
    write_declarations(synthetic_country(catalogue, 400, seed=3), tmp_path)
    territory = workspace.open_territory(tmp_path, catalogue)
    alone, together = (workspace.match(territory, catalogue, Scenario(), workers=workers) for workers in (0, 2))
    assert alone.feasible.allocation.gain_eur > 0
    assert together.feasible.allocation.gain_eur == pytest.approx(alone.feasible.allocation.gain_eur, rel=1e-4)
    assert together.feasible.allocation.status == "optimal"
