"""The application: routes, middleware, what happens before the first request, how it is started."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
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

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from symbiosis import dashboard
from symbiosis.api import create_api
from symbiosis.dashboard.identity import open_store
from symbiosis.deployment import Deployment
from symbiosis.errors import SymbiosisError
from symbiosis.server import account_pages, answer_pages, calendar_feed, open_data, open_id, provider_pages
from symbiosis.server.gate import PERSON, Gate
from symbiosis.server.headers import Guard
from symbiosis.server.settings import CONFIG
from symbiosis.store.local import bring_up_to_date
from symbiosis.workspace.running import Runner
from symbiosis.workspace.serving import keep_serving

if TYPE_CHECKING:
    import streamlit as st

LOG = logging.getLogger(__name__)
MAIN = Path(dashboard.__file__).parent / "main.py"

_FORM = ["GET", "POST"]
_EVERYWHERE: tuple[tuple[Route, str], ...] = (
    (Route("/symbiosis-words.js", open_data.words), ""),
    (Route("/cells/{territory}.geojson", open_data.cells), "scenario:read"),
)
_ACCOUNTS: tuple[tuple[Route, str], ...] = (
    (Route("/connexion", account_pages.log_in, methods=_FORM), ""),
    (Route(open_id.START, provider_pages.go), ""),
    (Route(open_id.CALLBACK, provider_pages.come_back), ""),
    (Route("/deconnexion", account_pages.log_out, methods=_FORM), "profile:write"),
    (Route("/invitation/{token}", account_pages.invitation, methods=_FORM), ""),
    (Route("/reponse/{token}", answer_pages.answer, methods=_FORM), "match_side:read"),
    (Route(calendar_feed.ADDRESS, calendar_feed.calendar), calendar_feed.RIGHT),
    (Route("/compte", account_pages.account, methods=_FORM), "profile:read"),
    (Route("/compte/second-facteur", account_pages.second_factor, methods=_FORM), "profile:write"),
    (Route("/compte/role", account_pages.switch_role, methods=["POST"]), "profile:write"),
)


def entries(deployment: Deployment) -> tuple[tuple[Route, str], ...]:
    """What we serve ourselves besides the API: each route with its row of the permission matrix.

    Parameters
    ----------
    deployment
        How this process is deployed.

    Returns
    -------
    tuple
        A route and its ``resource:action``, empty for what is asked for before anybody is known.
    """
    return _EVERYWHERE + (_ACCOUNTS if deployment.mode == "server" else ())


@cache
def runner() -> Runner:
    """What makes the runs of this process, one after the other."""
    return Runner(open_store)


def routes() -> list[BaseRoute]:
    """What we serve ourselves."""
    deployment = Deployment.of_this_process()
    api = create_api(deployment, lambda: open_store(is_public=deployment.mode == "public"), person_key=PERSON, runner=runner())
    return [*(route for route, _ in entries(deployment)), Mount("/api/v1", app=api)]


def middleware() -> list[Middleware]:
    """What every request passes through.

    Raises
    ------
    DeploymentError
        If this process may not start as it is set up.
    """
    deployment = Deployment.of_this_process()
    if deployment.mode == "server":
        open_id.provider()  # a provider that is half named is found out here, not by whoever logs in first
    return [
        Middleware(Guard),
        Middleware(Gate, deployment=deployment, store=lambda: open_store(is_public=deployment.mode == "public")),
    ]


TIDIED_EVERY_S = 5.0
"""Seconds between two collections of garbage. After each run of a page, as Streamlit would have it, half of what fifty people
cost a server was the collector looking at the same objects."""


def keep_tidy(stopped: threading.Event) -> None:
    """Collect the garbage of all pages together, until told to stop.

    Parameters
    ----------
    stopped
        Set when the server stops.
    """
    while not stopped.wait(TIDIED_EVERY_S):
        gc.collect()


def warm_up() -> None:
    """Import what is heavy and read the catalogue before anybody waits, and take it all out of the collector's way."""
    import pandas  # noqa: F401, ICN001
    import pydeck  # noqa: F401, ICN001

    from symbiosis.dashboard import state
    from symbiosis.io.imports.places import known_places

    state.catalogue()
    known_places()
    gc.collect()
    gc.freeze()


def bring_this_machine_up_to_date() -> None:
    """Do what ``symbiosis serve`` does before it starts, for whoever starts ``app.py`` without it.

    What stands in the way is logged, and said by the pages.
    """
    if Deployment.of_this_process().mode != "local":
        return
    try:
        copy = bring_up_to_date()
    except SymbiosisError:
        LOG.exception("the databases could not be brought up to date")
    else:
        if copy is not None:
            LOG.warning("the databases were brought up to date; copy of before, for 30 days: %s", copy)


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
    await asyncio.to_thread(bring_this_machine_up_to_date)
    await asyncio.to_thread(warm_up)
    stopped = threading.Event()
    if Deployment.of_this_process().mode != "public":
        from symbiosis.workspace import apart

        threading.Thread(target=apart.warm_up, name="engine", daemon=True).start()
    threading.Thread(target=keep_tidy, args=(stopped,), name="garbage", daemon=True).start()
    if Deployment.of_this_process().mode == "server":
        await asyncio.to_thread(runner().resume)
        threading.Thread(target=keep_serving, args=(open_store, stopped), name="planners", daemon=True).start()
    yield {}
    stopped.set()


def on_script_error(error: Exception) -> bool:
    """Log an error of a page in full, and show nothing of it but a sentence: the remedy, where whoever looks has it.

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

    show_failure(error)
    return True


def create_app() -> st.App:
    """The same application as ``app.py``, wherever the package is installed."""
    import streamlit as st

    return st.App(MAIN, lifespan=lifespan, middleware=middleware(), routes=routes(), on_script_error=on_script_error)


def prepare(*, is_public: bool = False) -> Path | None:
    """Make the databases ready to be served: those of one person's machine are copied and brought to this release's schema.

    Parameters
    ----------
    is_public
        Open the published database only.

    Returns
    -------
    pathlib.Path or None
        The copy that was made before anything was changed.

    Raises
    ------
    DeploymentError
        If this process may not start as it is set up.
    StoreError
        If a database cannot be used as it is.
    """
    if is_public:
        # The pages read it from here too: one process, one mode.
        os.environ["SYMBIOSIS_MODE"] = "public"
    mode = Deployment.of_this_process().mode
    copy = bring_up_to_date() if mode == "local" else None
    open_store(is_public=mode == "public")
    return copy


def run(port: int = 8501) -> None:
    """Serve the dashboard until it is stopped, after :func:`prepare`.

    Parameters
    ----------
    port
        Where to listen, on 127.0.0.1 only: a server stands behind a proxy that brings HTTPS.

    Raises
    ------
    DeploymentError
        If this process may not start as it is set up.
    """
    deployment = Deployment.of_this_process()
    if deployment.mode == "local" and sys.stdin.isatty() and sys.stdout.isatty():
        threading.Thread(target=_open_when_ready, args=(port,), daemon=True).start()
    hosts = list(deployment.hosts) or CONFIG["server.allowedHosts"]
    create_app().run(config={**CONFIG, "server.port": port, "server.allowedHosts": hosts})


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
