"""Security headers on every answer, and our language, name and words on the one page that Streamlit serves."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from symbiosis.dashboard.settings import tile_origin
from symbiosis.server.settings import LANGUAGES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: a browser would then send our own forms with the origin "null", which the gate refuses.
    "Referrer-Policy": "same-origin",
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
    if b"<title>Streamlit</title>" not in html:
        return html  # one of our own pages, which says its language itself
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
