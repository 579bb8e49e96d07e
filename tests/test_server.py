"""The server: one source of settings, headers, language, outlines of communes, the literal call of app.py."""

from __future__ import annotations

import ast
import asyncio
import base64
import hashlib
import json
import re
import threading
import time
import tomllib
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from symbiosis import server
from symbiosis.server import application as serving

PAGE = b'<!DOCTYPE html><html lang="en"><head><title>Streamlit</title><script>window.x = 1</script></head><body></body></html>'


async def _page(request: Any) -> HTMLResponse:
    return HTMLResponse(PAGE, headers={"etag": "abc"})


async def _file(request: Any) -> PlainTextResponse:
    return PlainTextResponse("x")


@pytest.fixture(scope="module")
def application() -> Starlette:
    """Our middleware and routes around a page like Streamlit's."""
    inner = [Route("/static/app.js", _file), Route("/_stcore/metrics", _file), Route("/{path:path}", _page)]
    return Starlette(routes=[*server.routes(), *inner], middleware=server.middleware())


def get(application: Any, address: str, accept: str = "*/*") -> tuple[int, dict[str, str], bytes]:
    """One request, straight through ASGI."""
    path, _, query = address.partition("?")
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8501),
        "headers": [(b"host", b"127.0.0.1"), (b"accept", accept.encode())],
    }
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, application(scope, receive, send)).result()
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


def test_config_toml_says_what_the_code_says(root: Path) -> None:
    def flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, value in table.items():
            out.update(flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value})
        return out

    settings = tomllib.loads((root / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert flat(settings) == server.CONFIG


def test_only_this_machine_is_listened_to_and_nothing_is_reported() -> None:
    assert server.CONFIG["server.address"] == "127.0.0.1"
    assert server.CONFIG["browser.gatherUsageStats"] is False
    assert server.CONFIG["client.showErrorDetails"] == "none"


def test_garbage_is_collected_for_all_pages_together_until_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    class Page:
        """Points at itself: only the collector frees it."""

        def __init__(self) -> None:
            self.itself = self

    assert server.CONFIG["runner.postScriptGC"] is False
    monkeypatch.setattr(serving, "TIDIED_EVERY_S", 0.01)
    left, stopped = weakref.ref(Page()), threading.Event()
    tidying = threading.Thread(target=serving.keep_tidy, args=(stopped,))
    tidying.start()
    deadline = time.monotonic() + 20
    while left() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    stopped.set()
    tidying.join(20)
    assert left() is None
    assert not tidying.is_alive()


def test_app_py_calls_st_app_literally_on_the_router(root: Path) -> None:
    tree = ast.parse((root / "app.py").read_text(encoding="utf-8"))
    calls = [node.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    assert len(calls) == 1
    call = calls[0]
    assert ast.unparse(call.func) == "st.App"
    assert isinstance(call.args[0], ast.Constant)
    assert (root / call.args[0].value).resolve() == server.MAIN.resolve()
    assert {keyword.arg for keyword in call.keywords} >= {"lifespan", "middleware", "routes"}


def test_streamlit_recognises_app_py(root: Path) -> None:
    discovery = pytest.importorskip("streamlit.web.server.app_discovery")
    found = discovery.discover_asgi_app(root / "app.py")
    assert found.is_asgi_app


@pytest.mark.parametrize("address", ["/", "/static/app.js", "/cells/val-de-fensch.geojson", "/symbiosis-words.js", "/carte"])
def test_every_answer_carries_the_security_headers(application: Any, address: str) -> None:
    status, headers, _ = get(application, address, "text/html")
    assert status == 200
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "'unsafe-eval'" not in headers["content-security-policy"]
    if not address.startswith("/static/"):
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("query", "language"), [("", "fr"), ("?lang=en", "en"), ("?lang=%3Cscript%3E", "fr")])
def test_the_page_declares_the_language_of_the_address(application: Any, query: str, language: str) -> None:
    _, headers, body = get(application, f"/{query}", "text/html,*/*")
    assert f'<html lang="{language}" translate="no"'.encode() in body
    assert b"<title>symbiosis</title>" in body
    assert b"symbiosis-words.js" in body
    assert int(headers["content-length"]) == len(body)
    assert "etag" not in headers


def test_inline_scripts_of_the_page_are_allowed_by_their_digest_only(application: Any) -> None:
    _, headers, _ = get(application, "/", "text/html")
    digest = base64.b64encode(hashlib.sha256(b"window.x = 1").digest()).decode()
    scripts = re.search(r"script-src ([^;]*)", headers["content-security-policy"])
    assert scripts is not None
    assert f"'sha256-{digest}'" in scripts[1]
    assert "'unsafe-inline'" not in scripts[1]


def test_inner_pages_of_streamlit_are_not_served(application: Any) -> None:
    assert get(application, "/_stcore/metrics")[0] == 404


@pytest.mark.parametrize("territory", ["val-de-fensch", "kalundborg"])
def test_cells_of_a_shipped_territory_are_served(application: Any, territory: str) -> None:
    status, headers, body = get(application, f"/cells/{territory}.geojson")
    collection = json.loads(body)
    assert status == 200
    assert headers["content-type"].startswith("application/geo+json")
    assert collection["features"]
    assert "approchés" in collection["note"]
    assert len(body) < 200_000


@pytest.mark.parametrize("name", ["nowhere", "..", "catalogue"])
def test_no_other_cells_are_served(application: Any, name: str) -> None:
    assert b"FeatureCollection" not in get(application, f"/cells/{name}.geojson")[2]


def test_the_application_is_the_same_wherever_the_package_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    started: list[dict[str, Any]] = []
    import streamlit as st

    monkeypatch.setattr(st.App, "run", lambda self, *, config: started.append(dict(config, script=str(self.script_path))))
    server.run(port=8777)
    assert started[0]["server.port"] == 8777
    assert started[0]["server.address"] == "127.0.0.1"
    assert started[0]["script"] == str(server.MAIN)
    assert Path(started[0]["script"]).is_absolute()
