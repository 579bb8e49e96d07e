"""A data folder as an earlier release left it; its companies are invented."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from symbiosis.store import schema
from symbiosis.store.places import Place, places

PRIVATE, PUBLISHED = "0004", "0001"
TERRITORY = _T = "a" * 32
_C, _AT = "b" * 32, "2025-01-01T00:00:00+00:00"
_INSERTED = {
    "territory": {"id": _T, "name": "Vallée fictive", "facts": "{}", "extension": "{}", "version": 1, "created_at": _AT},
    "company": {"id": _C, "territory_id": _T, "actor_key": "A", "name": "Scierie fictive", "profile": "{}", "version": 1,
                "created_at": _AT, "updated_at": _AT},
    "declared_row": {"id": "d", "territory_id": _T, "company_id": _C, "table_name": "outputs", "row_key": "O1", "cells": "{}",
                     "visibility": "facilitator", "version": 1, "updated_at": _AT},
    "project": {"id": "p", "territory_id": _T, "title": "Boucle des palettes", "stage": "idea", "readiness": "{}",
                "company_ids": "[]", "computed": "{}", "realised": "{}", "version": 1, "created_at": _AT, "updated_at": _AT},
    "project_note": {"id": "n", "territory_id": _T, "company_id": _C, "project_id": "p", "kind": "call",
                     "noted_on": "2025-01-01", "created_at": _AT},
}  # fmt: skip


def write(folder: Path, *, private: str = PRIVATE, is_empty: bool = False) -> list[Place]:
    """Makes both databases at an earlier schema, with a few rows that later migrations pass over."""
    made = places(folder)
    for place, version in zip(made, (private, PUBLISHED), strict=True):
        with place.owning() as connection:
            schema.migrate(connection, place.which, to=version)
            if place.which == "private" and not is_empty:
                for table, cells in _INSERTED.items():
                    columns, values = ", ".join(cells), ", ".join(f":{name}" for name in cells)
                    connection.execute(text(f"insert into {table} ({columns}) values ({values})"), cells)
    return made


def versions(folder: Path) -> list[str]:
    """The schemas that stand."""
    found = []
    for place in places(folder):
        with place.owning() as connection:
            found.append(schema.version(connection))
    return found
