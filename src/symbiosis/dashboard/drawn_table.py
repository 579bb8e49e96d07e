"""An editable table as it was drawn, and what somebody has changed in it since that was not written yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(slots=True, kw_only=True)
class Drawn:
    """An editable table as it was drawn, and what was written of it since.

    Attributes
    ----------
    key
        Of the widget.
    begun_at
        When it was drawn: the rows that are added to it are named after that moment.
    stamp
        Of its rows as they stand after the last writing, and of what may be chosen.
    frame, config
        What the widget was given.
    row_ids
        Of the rows that were drawn, by position.
    added
        Ids of the rows that were added, by their place among these.
    written
        The difference that was written.
    """

    key: str
    begun_at: str
    stamp: str
    frame: pd.DataFrame
    config: Mapping[str, Any]
    row_ids: tuple[str, ...]
    added: dict[int, str] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)


def unwritten(written: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """What a difference holds that an earlier one did not.

    Parameters
    ----------
    written, changed
        The earlier one and the present one, as the widget gives them: edited, added and deleted rows.

    Returns
    -------
    dict
        ``edited`` and ``added`` hold cells by position, ``deleted`` positions, ``dropped`` places of rows that were added and
        then taken out. A row that was added and in which nothing is typed yet is none.
    """
    before = {int(place): cells for place, cells in written.get("edited_rows", {}).items()}
    edited = {int(place): _other(before.get(int(place), {}), cells) for place, cells in changed.get("edited_rows", {}).items()}
    rows, known = list(changed.get("added_rows", ())), list(written.get("added_rows", ()))
    dropped: list[int] = []
    while len(known) > len(rows):
        place = next((place for place, row in enumerate(known[: len(rows)]) if row != rows[place]), len(known) - 1)
        dropped.append(place + len(dropped))
        del known[place]
    if dropped:
        rows = []
    added = {place: _other(known[place] if place < len(known) else {}, cells) for place, cells in enumerate(rows)}
    return {
        "edited": {place: cells for place, cells in edited.items() if cells},
        "added": {
            place: cells for place, cells in added.items() if cells and (place < len(known) or set(cells) - {"visibility"})
        },
        "deleted": [place for place in changed.get("deleted_rows", ()) if place not in written.get("deleted_rows", ())],
        "dropped": dropped,
    }


def _other(before: Mapping[str, Any], cells: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if name not in before or before[name] != value}
