"""The published side of a publication: cells as they are seen, written once, after :mod:`~symbiosis.store.publication`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, insert, select

from symbiosis.disclosure import TOTAL
from symbiosis.store import tables
from symbiosis.store.database import Store
from symbiosis.store.principal import Principal

PLANNER, MEMBERS, PUBLIC = "planner", "members", "public"
"""Who sees a publication: planners of the territory, its members, everybody."""

SECRET = "secret"  # noqa: S105  # nobody's password
"""Status of a figure that is not shown; a planner is not told why."""


def seen_in(
    seen: pd.DataFrame, view: str, dimensions: Sequence[str], all_dimensions: Sequence[str], issued_on: str
) -> list[dict[str, str]]:
    """Cells of one view: what sums up every other dimension."""
    summed = [name for name in all_dimensions if name not in dimensions]
    part = seen[(seen[summed] == TOTAL).all(axis=1)]
    return [
        {
            "table_name": view, "row_label": labels[0], "column_label": labels[1] if len(labels) > 1 else "",
            "value": "" if is_secret else repr(float(value)),
            "status": SECRET if is_secret else "published" if str(as_of) == issued_on else "kept",
            "as_of": "" if is_secret else str(as_of),
        }
        for labels, value, is_secret, as_of in zip(
            part[list(dimensions)].itertuples(index=False, name=None), part["value"], part["is_secret"], part["as_of"],
            strict=True
        )
    ]  # fmt: skip


def cells_of(connection: Connection, publication_id: str) -> list[dict[str, str]]:
    """Cells of a publication, without who may see them."""
    cells = tables.publication_cell
    names = ("table_name", "row_label", "column_label", "value", "status", "as_of")
    asked = select(*(cells.c[name] for name in names)).where(cells.c.publication_id == publication_id)
    return [dict(row) for row in connection.execute(asked).mappings()]


def show_apart(store: Store, principal: Principal, publication_id: str, head: Mapping[str, Any]) -> None:
    """Shows what has no cells to everybody; nothing where it is there already.

    A story or a ballot has passed the gate of :mod:`symbiosis.store.stories` or :mod:`symbiosis.store.ballots`: they alone call
    this.

    Parameters
    ----------
    store, principal
        Where, and who publishes.
    publication_id
        Of the command that bound it.
    head
        Territory, title, and the `story` or the `ballot`.
    """
    with store.published.writing(principal) as connection:
        write(connection, publication_id, PUBLIC, head, ())


def write(
    connection: Connection, publication_id: str, level: str, head: Mapping[str, Any], cells: Sequence[Mapping[str, str]]
) -> None:
    """One publication with its cells; nothing where it is there already."""
    shown, territory_id = tables.publication, head["territory_id"]
    story, ballot = dict(head.get("story") or {}), dict(head.get("ballot") or {})
    if connection.execute(select(shown.c.id).where(shown.c.id == publication_id)).first():
        return
    number = select(func.max(shown.c.version)).where(shown.c.territory_id == territory_id, shown.c.level == level)
    version = (connection.execute(number).scalar_one() or 0) + 1
    counted = pd.Series([cell["status"] for cell in cells], dtype=object).value_counts()
    connection.execute(insert(shown).values(
        id=publication_id, territory_id=territory_id, territory_name=head["territory_name"], version=version, level=level,
        title=head["title"], tables=head["tables"], report={str(status): int(n) for status, n in counted.items()},
        digest=hashlib.sha256(json.dumps([*cells, *filter(None, [story, ballot])], sort_keys=True).encode()).hexdigest(),
        published_at=tables.now(), story=story, ballot=ballot,
    ))  # fmt: skip
    if cells:
        own = {"publication_id": publication_id, "territory_id": territory_id, "level": level}
        connection.execute(insert(tables.publication_cell), [{"id": tables.new_id(), **own, **cell} for cell in cells])
