"""Declarations as the folder of tables that the readers of this package take."""

from __future__ import annotations

import json
from pathlib import Path

from symbiosis.declarations import Declarations
from symbiosis.report.tables import write_csv


def write_declarations(declarations: Declarations, folder: Path) -> list[Path]:
    """Write one CSV per table that has rows, without its empty columns, and ``facts.json``.

    Parameters
    ----------
    declarations
        What to write; the same declarations give the same bytes.
    folder
        Made if needed.

    Returns
    -------
    list of pathlib.Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / "facts.json"]
    files[0].write_text(json.dumps(dict(declarations.facts), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for name, frame in declarations.frames.items():
        if frame.empty:
            continue
        said = [column for column in frame.columns if frame[column].dropna().map(lambda value: value not in ("", ())).any()]
        files.append(folder / f"{name}.csv")
        write_csv(frame[said], files[-1], language="en")
    return files
