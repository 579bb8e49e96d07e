"""Reminders as a calendar that a program subscribes to: the days on which something is due, and nothing of what it is.

The address holds a token of the account that may do this and no more: it is revoked with the others, under « Mon compte ». A
calendar program shows what it reads on telephones and passes it to its provider; so a reminder names no company, project or
person, and says where to look.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from symbiosis.dashboard.identity import open_store
from symbiosis.messages import N_
from symbiosis.report.calendar import calendar_feed
from symbiosis.server.html import sayer
from symbiosis.store import Store
from symbiosis.store.api_tokens import principal_of_token

if TYPE_CHECKING:
    from starlette.requests import Request

RIGHT = "calendar:read"
ADDRESS = "/calendar/{token}.ics"
TITLE = N_("symbiosis – prochaines actions")
REMINDER = N_("Une action d'un projet est à échéance : ouvrez symbiosis, page Projets")
DAYS = 365
"""How long a link serves."""


async def calendar(request: Request) -> Response:
    """The calendar of one link; the same answer for a link that is unknown, revoked or over."""
    rows = await asyncio.to_thread(due_days, open_store(), request.path_params["token"])
    if rows is None:
        return PlainTextResponse("not found", status_code=404)
    say = sayer(request)
    told = [{**row, "title": say(REMINDER), "next_action": "", "owner": ""} for row in rows]
    feed = calendar_feed(told, title=say(TITLE), stamped_at=datetime.now(tz=UTC))
    return Response(feed, media_type="text/calendar", headers={"Cache-Control": "private, no-store"})


def due_days(store: Store, token: str) -> list[dict[str, Any]] | None:
    """When something is due in the territory of whoever holds a link: `id`, `version`, `stage`, `due_on` of each project.

    Parameters
    ----------
    store
        Where.
    token
        Of the link.

    Returns
    -------
    list of dict or None
        ``None`` if the link may not.
    """
    principal = principal_of_token(store, token)
    if principal is None or RIGHT not in (principal.rights or ()):
        return None
    with store.open(principal) as session:
        projects = session.rows("project", order_by=("due_on",))
    return [{name: row[name] for name in ("id", "version", "stage", "due_on")} for row in projects]
