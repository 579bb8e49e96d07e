"""What is built is whole: the wheel runs the demo from an empty folder, with the datasets that it carries."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = "import symbiosis, sys; print(symbiosis.__file__, file=sys.stderr); from symbiosis.cli import main; main()"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="the build backend is part of the set-up group: make setup-dev")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_carries_the_datasets_and_the_translations(unpacked: Path) -> None:
    package = unpacked / "symbiosis"
    assert (package / "datasets" / "catalogue" / "waste_codes.csv").is_file()
    assert (package / "datasets" / "val-de-fensch" / "facts.json").is_file()
    assert (package / "locales" / "en" / "LC_MESSAGES" / "symbiosis.po").is_file()


def test_the_demo_runs_from_a_wheel_in_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "demo", "--no-serve"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(unpacked) in done.stderr
    assert "FICTIVES" in done.stdout
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"exchanges.csv", "refusals.csv", "summary.json", "network.graphml", "exchanges.geojson", "proposal.xlsx"} <= names
