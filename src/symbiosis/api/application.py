"""The application: which routes a process serves, and how errors leave it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, FastAPI

from symbiosis import __version__
from symbiosis.api import declaring, matching, problems, publishing
from symbiosis.api.caller import Callers
from symbiosis.deployment import Deployment
from symbiosis.store import Store
from symbiosis.workspace.running import Runner

PRIVATE: tuple[APIRouter, ...] = (declaring.router, matching.router)
PUBLISHED: tuple[APIRouter, ...] = (publishing.router,)


def create_api(deployment: Deployment, store: Callable[[], Store], *, person_key: str, runner: Runner) -> FastAPI:
    """The API of a process.

    Parameters
    ----------
    deployment
        How the process is deployed; one that serves the public has the published data only.
    store
        Opens the store.
    person_key
        Key of the ASGI scope under which the gate says who is logged in.
    runner
        Makes the runs that are asked for.

    Returns
    -------
    FastAPI
    """
    # No page of documentation: it would load scripts from elsewhere. The description is at /api/v1/openapi.json.
    app = FastAPI(title="symbiosis", version=__version__, docs_url=None, redoc_url=None)
    app.state.callers = Callers(deployment=deployment, store=store, person_key=person_key)
    app.state.runner = runner
    for router in PUBLISHED if deployment.mode == "public" else (*PRIVATE, *PUBLISHED):
        app.include_router(router)
    problems.install(app)
    return app
