"""Routes about what has passed the disclosure gate; the only ones of a process that serves the public."""

from __future__ import annotations

from fastapi import APIRouter

from symbiosis.api.caller import Calling, needs
from symbiosis.api.declaring import RowId
from symbiosis.api.forms import Rows

router = APIRouter()


@router.get("/publications", **needs("scenario", "read"))
def publications(caller: Calling) -> Rows:
    """What was published for the caller to see."""
    with caller.store.open_published(caller.principal) as session:
        found = session.rows("publication", withdrawn_at=None, order_by=("published_at",), descending=True)
    columns = ("id", "territory_id", "territory_name", "version", "level", "title", "digest", "published_at")
    return Rows(rows=[{name: row[name] for name in columns} for row in found])


@router.get("/publications/{row_id}/cells", **needs("export", "aggregated"))
def cells(caller: Calling, row_id: RowId) -> Rows:
    """The cells of a publication; those that are hidden have no value."""
    with caller.store.open_published(caller.principal) as session:
        session.one("publication", id=row_id, withdrawn_at=None)
        found = session.rows("publication_cell", publication_id=row_id)
    columns = ("table_name", "row_label", "column_label", "value", "status")
    return Rows(rows=[{name: row[name] for name in columns} for row in found])
