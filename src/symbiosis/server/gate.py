"""The gate: who is let in to what, before anything of Streamlit or of the API answers.

Nothing passes that is not either open to everybody or asked for by somebody who is logged in; what is open is listed here. The
headers by which the gate tells the pages who somebody is are taken out of every request first.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from symbiosis.dashboard.identity import HEADER, KEY, PURPOSE
from symbiosis.server.open_id import CALLBACK, START
from symbiosis.server.settings import CONFIG
from symbiosis.store.sessions import Person, person

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from symbiosis.deployment import Deployment
    from symbiosis.store import Store

COOKIE = "symbiosis_session"
PERSON = "symbiosis.person"
"""Key of the ASGI scope under which the gate says who it has let in."""

OPEN = (
    "/connexion", START, CALLBACK, "/invitation/", "/reponse/", "/calendar/", "/api/v1/",  # they ask who it is themselves
    "/static/", "/_stcore/health", "/symbiosis-words.js",  # they are the same for everybody
)  # fmt: skip
"""Paths that nobody needs to be logged in for; one that ends in a slash stands for what is below it."""

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_ENROL = "/compte/second-facteur"
_BEFORE_SECOND_FACTOR = (_ENROL, "/compte/role", "/deconnexion")


class Gate:
    """ASGI middleware that lets in whoever may come in.

    Parameters
    ----------
    app
        What is guarded.
    deployment
        How this process is deployed.
    store
        Opens the store.
    """

    def __init__(self, app: ASGIApp, *, deployment: Deployment, store: Callable[[], Store]) -> None:
        self._app, self._deployment, self._store = app, deployment, store
        self._hosts = deployment.hosts or tuple(CONFIG["server.allowedHosts"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or open one websocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": [pair for pair in scope["headers"] if not _is_forged(pair[0])]}
        headers = Headers(scope=scope)
        if _host(headers.get("host", "")) not in self._hosts or not _is_same_origin(scope, headers):
            await _refuse(scope, receive, send, PlainTextResponse("misdirected request", status_code=421))
            return
        if self._deployment.mode != "server":
            await self._app(scope, receive, send)
            return
        token = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        path: str = scope["path"]
        is_asset = path.startswith("/static/")
        someone = await asyncio.to_thread(person, self._store(), token=token) if token and not is_asset else None
        if someone is not None:
            scope[PERSON] = someone
        refusal = self._refusal(scope, path, headers, someone)
        if refusal is not None:
            await _refuse(scope, receive, send, refusal)
            return
        if someone is not None and not someone.needs_second_factor:
            signed = self._deployment.signed(someone.session_id, PURPOSE)
            scope["headers"].append((HEADER.encode(), signed.encode()))
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, path: str, headers: Headers, someone: Person | None) -> Response | None:
        """What is answered instead of letting in; ``None`` lets in."""
        if any(path.startswith(way) if way.endswith("/") else path == way for way in OPEN):
            return None
        is_page = scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        if someone is None:
            return RedirectResponse("/connexion", 303) if is_page else PlainTextResponse("log in first", status_code=401)
        if someone.needs_second_factor and path not in _BEFORE_SECOND_FACTOR:
            return RedirectResponse(_ENROL, 303) if is_page else PlainTextResponse("second factor first", status_code=401)
        parts = path.strip("/").split("/")
        signed = self._deployment.signed(someone.session_id, PURPOSE)
        if parts[0] == "media" and not _holds_file(signed, parts[-1].partition(".")[0]):
            return PlainTextResponse("not found", status_code=404)
        if parts[:2] == ["_stcore", "upload_file"] and not _is_tab_of(signed, parts[2] if len(parts) > 2 else ""):
            return PlainTextResponse("not found", status_code=404)
        return None


def _is_forged(name: bytes) -> bool:
    """Whether a header is one that only the gate may write, however a proxy may have spelt it."""
    return name.lower().replace(b"_", b"-").startswith(b"x-symbiosis-")


def _host(header: str) -> str:
    """The name that a request asks for; empty where the header holds anything but a name and a port: links are made of it."""
    found = _HOST.fullmatch(header)
    return found[1].lower().strip("[]").rstrip(".") if found else ""


def _is_same_origin(scope: Scope, headers: Headers) -> bool:
    """Whether a request that changes something comes from a page of ours, or from a program, which says no origin."""
    if scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return True
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4401})
        return
    response.headers["Cache-Control"] = "no-store"
    await response(scope, receive, send)


def _tabs(signed: str) -> dict[str, Any]:
    """The tabs of a browser session, as Streamlit knows them: it keeps what the gate told it when each was opened."""
    from streamlit import runtime

    if not runtime.exists():
        return {}
    manager = runtime.get_instance()._session_mgr  # noqa: SLF001  # nothing public says whose tab it is
    known = {info.session.id: info.session for info in manager.list_sessions()}
    return {name: tab for name, tab in known.items() if tab.matches_user_info({KEY: signed})}


def _is_tab_of(signed: str, tab_id: str) -> bool:
    return tab_id in _tabs(signed)


def _holds_file(signed: str, file_id: str) -> bool:
    """Whether a file to download was offered to one of the tabs of this browser session."""
    from streamlit import runtime

    tabs = _tabs(signed)
    if not tabs:
        return False
    offered = runtime.get_instance().media_file_mgr._files_by_session_and_coord  # noqa: SLF001
    return any(file_id in offered.get(tab_id, {}).values() for tab_id in tabs)
