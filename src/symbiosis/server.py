"""What is served, and with which settings: the dashboard, its headers and language, the outlines of communes.

Two entrances, one server: ``streamlit run app.py`` in a checkout, ``symbiosis serve`` where the package is installed.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import json
import logging
import re
import sys
import threading
import urllib.error
import urllib.request
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from symbiosis.dashboard.settings import tile_origin
from symbiosis.dashboard.streamlit_words import words_script

if TYPE_CHECKING:
    import streamlit as st
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger(__name__)
MAIN = Path(__file__).parent / "dashboard" / "main.py"

CONFIG: dict[str, Any] = {
    "server.address": "127.0.0.1",
    "server.port": 8501,
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "server.maxUploadSize": 20,
    "server.allowedHosts": ["127.0.0.1", "localhost"],
    "runner.magicEnabled": False,
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "theme.paddingTop": "1.25rem",
    "theme.baseRadius": "0.6rem",
    "theme.headingFontWeights": [650, 600, 600, 600, 600, 600],
    "theme.headingFontSizes": ["2rem", "1.5rem", "1.2rem", "1.05rem", "1rem", "1rem"],
    "theme.metricValueFontSize": "1.7rem",
    "theme.metricValueFontWeight": 600,
    "theme.light.primaryColor": "#1F6B4A",
    "theme.light.backgroundColor": "#FFFFFF",
    "theme.light.secondaryBackgroundColor": "#EEF4F0",
    "theme.light.textColor": "#1A2620",
    "theme.light.linkColor": "#1F6B4A",
    "theme.light.borderColor": "#C9D6CE",
    "theme.light.dataframeHeaderBackgroundColor": "#EEF4F0",
    "theme.light.grayTextColor": "#4A5A51",
    "theme.dark.primaryColor": "#6FD3A4",
    "theme.dark.backgroundColor": "#121A16",
    "theme.dark.secondaryBackgroundColor": "#1C2721",
    "theme.dark.textColor": "#E8F0EB",
    "theme.dark.linkColor": "#6FD3A4",
    "theme.dark.borderColor": "#3A4A41",
    "theme.dark.dataframeHeaderBackgroundColor": "#1C2721",
    "theme.dark.grayTextColor": "#B4C4BB",
}
"""Every setting, in one place. ``.streamlit/config.toml``, which an installed package does not see, says the same."""

LANGUAGES = ("fr", "en")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:{tiles}; font-src 'self' data:; connect-src 'self' data: blob:{tiles}; worker-src 'self' blob:; "
    "frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HIDDEN = frozenset({"/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent"})
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def page_html(html: bytes, language: str) -> bytes:
    """The one page that Streamlit serves, with our language, name and words.

    Parameters
    ----------
    html
        As Streamlit ships it.
    language
        ``fr`` or ``en``.

    Returns
    -------
    bytes
    """
    # Browsers that translate a page by themselves break the one that React keeps.
    html = re.sub(rb"<html lang=\"[a-z]*\"", f'<html lang="{language}" translate="no"'.encode(), html, count=1)
    html = html.replace(b"<title>Streamlit</title>", b"<title>symbiosis</title>", 1)
    return html.replace(b"</head>", b'<script src="./symbiosis-words.js"></script></head>', 1)


def policy(html: bytes = b"") -> str:
    """Content security policy of a page: our own origin, the tiles of a setting, the page's inline scripts by their digests.

    Parameters
    ----------
    html
        The page.

    Returns
    -------
    str
    """
    digests = [
        "'sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode() + "'" for script in _INLINE_SCRIPT.findall(html)
    ]
    tiles = tile_origin()
    return _POLICY.format(scripts=" ".join(digests), tiles=tiles and f" {tiles}").replace(" ;", ";")


class Guard:
    """ASGI middleware: security headers on every answer, our language on the page, nothing of Streamlit's inner pages.

    Parameters
    ----------
    app
        What is guarded.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if any(path == hidden or path.startswith(hidden + "/") for hidden in _HIDDEN):
            response = Response("not found", status_code=404, headers={**_HEADERS, "Cache-Control": "no-store"})
            await response(scope, receive, send)
            return
        is_page = "text/html" in Headers(scope=scope).get("accept", "")
        if is_page:
            # The page is rewritten, so it must come as it is: neither packed nor "not modified".
            dropped = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in dropped]}
        wanted = parse_qs(scope["query_string"].decode("latin-1")).get("lang", ["fr"])[0]
        answer = _Answer(send, language=wanted if wanted in LANGUAGES else "fr", path=path, is_page=is_page)
        await self.app(scope, receive, answer.send)


class _Answer:
    """One answer on its way out."""

    def __init__(self, send: Send, *, language: str, path: str, is_page: bool) -> None:
        self._send, self._language, self._path, self._is_page = send, language, path, is_page
        self._start: Message = {}
        self._body = b""
        self._is_html = False

    async def send(self, message: Message) -> None:
        """Pass a message on, with our headers; hold an HTML page back until it is whole."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            for name, value in _HEADERS.items():
                headers[name] = value
            # Only Streamlit's own files, whose names hold a digest of their content, may stay in the browser.
            if not (self._path.startswith("/static/") and message["status"] == 200):
                headers["Cache-Control"] = "no-store"
            self._is_html = self._is_page and headers.get("content-type", "").startswith("text/html")
            if self._is_html:
                self._start = message
                return
            headers["Content-Security-Policy"] = policy()
        elif self._is_html and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if message.get("more_body", False):
                return
            body = page_html(self._body, self._language)
            headers = MutableHeaders(raw=self._start["headers"])
            headers["Content-Security-Policy"] = policy(body)
            headers["Content-Length"] = str(len(body))
            for name in ("etag", "last-modified"):
                del headers[name]
            await self._send(self._start)
            message = {"type": "http.response.body", "body": body}
        await self._send(message)


def middleware() -> list[Middleware]:
    """What every request passes through."""
    return [Middleware(Guard)]


def routes() -> list[BaseRoute]:
    """What we serve ourselves."""
    return [
        Route("/symbiosis-words.js", _words),
        Route("/cells/{territory}.geojson", _cells),
    ]


async def _words(request: Request) -> Response:
    return Response(words_script(), media_type="text/javascript; charset=utf-8")


async def _cells(request: Request) -> Response:
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


def warm_up() -> None:
    """Import what is heavy and read the catalogue before anybody waits, and take it all out of the collector's way.

    Streamlit collects garbage after each run of a page; what never dies need not be looked at each time.
    """
    import pandas  # noqa: F401, ICN001
    import pydeck  # noqa: F401, ICN001

    from symbiosis.dashboard import state

    state.catalogue()
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Before the first request.

    Parameters
    ----------
    app
        What is about to be served.

    Yields
    ------
    dict
        No state.
    """
    await asyncio.to_thread(warm_up)
    yield {}


def on_script_error(error: Exception) -> bool:
    """Log an error of a page in full, and show nothing of it but a sentence.

    Parameters
    ----------
    error
        What was raised.

    Returns
    -------
    bool
        Always true: Streamlit shows nothing else.
    """
    LOG.error("a page failed", exc_info=error)
    from symbiosis.dashboard.text import show_failure

    show_failure()
    return True


def create_app() -> st.App:
    """The same application as ``app.py``, wherever the package is installed."""
    import streamlit as st

    return st.App(MAIN, lifespan=lifespan, middleware=middleware(), routes=routes(), on_script_error=on_script_error)


def run(port: int = 8501) -> None:
    """Serve the dashboard on this machine until it is stopped.

    Parameters
    ----------
    port
        Where to listen, on 127.0.0.1 only.
    """
    if sys.stdin.isatty() and sys.stdout.isatty():
        threading.Thread(target=_open_when_ready, args=(port,), daemon=True).start()
    create_app().run(config={**CONFIG, "server.port": port})


def _open_when_ready(port: int) -> None:
    """Show the dashboard to whoever started it by hand."""
    address = f"http://127.0.0.1:{port}"
    pause = threading.Event()
    for _ in range(60):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310  # our own address
                webbrowser.open(address)
                return
        except (urllib.error.URLError, OSError):
            pause.wait(0.5)
