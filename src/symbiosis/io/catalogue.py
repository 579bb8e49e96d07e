"""The catalogue's tables, read from the folder that the package carries (or another one of the same form)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from symbiosis.errors import CatalogueError
from symbiosis.materials import Catalogue, build_catalogue
from symbiosis.schemas import CATALOGUE


def datasets_folder() -> Path:
    """Folder of the datasets: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "datasets", package.parents[1] / "datasets"):
        if (folder / "catalogue").is_dir():
            return folder
    raise CatalogueError("the package carries no datasets: install it again from its wheel or its repository")


def territories() -> dict[str, Path]:
    """Territories that the package carries, by name."""
    return {facts.parent.name: facts.parent for facts in sorted(datasets_folder().glob("*/facts.json"))}


def communes_file() -> Path:
    """Communes of metropolitan France, with a point for each."""
    return datasets_folder() / "communes" / "communes.csv"


def read_catalogue(folder: Path | None = None) -> Catalogue:
    """Read and check a catalogue.

    Parameters
    ----------
    folder
        Folder with one CSV per table; the package's own by default.

    Returns
    -------
    Catalogue

    Raises
    ------
    CatalogueError
        If a table is missing or contradicts another.
    """
    return _read(folder) if folder is not None else _own()


@cache
def _own() -> Catalogue:
    """The package's own, read once: nobody changes a catalogue, and the index of its names is kept with it."""
    return _read(datasets_folder() / "catalogue")


def _read(folder: Path) -> Catalogue:
    tables = {}
    for name in CATALOGUE:
        file = folder / f"{name}.csv"
        if file.exists():
            tables[name] = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
    return build_catalogue(tables)
