"""What anybody may be served: Streamlit's words in French, the outlines of the territories that the package carries."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import TYPE_CHECKING

from starlette.responses import Response

from symbiosis.dashboard.streamlit_words import words_script

if TYPE_CHECKING:
    from starlette.requests import Request


async def words(request: Request) -> Response:
    """The script that translates what Streamlit says itself."""
    return Response(words_script(), media_type="text/javascript; charset=utf-8")


async def cells(request: Request) -> Response:
    """Outlines of the communes of a territory that the package carries; nobody's own territory is served here."""
    body = await asyncio.to_thread(_cells_text, request.path_params["territory"])
    if body is None:
        return Response("not found", status_code=404)
    return Response(body, media_type="application/geo+json")


@cache
def _cells_text(territory: str) -> bytes | None:
    from symbiosis.io.catalogue import territories
    from symbiosis.report.cells import commune_cells, commune_points

    folder = territories().get(territory)
    if folder is None:
        return None
    collection = commune_cells(commune_points(folder), note="contours approchés / approximate outlines")
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()
