"""What is served, and with which settings: the dashboard, its gate, the pages of accounts, the API.

Two entrances, one server: ``streamlit run app.py`` in a checkout, ``symbiosis serve`` where the package is installed.
"""

from symbiosis.server.application import (
    MAIN,
    create_app,
    entries,
    lifespan,
    middleware,
    on_script_error,
    prepare,
    routes,
    run,
    runner,
    warm_up,
)
from symbiosis.server.headers import Guard, page_html, policy
from symbiosis.server.settings import CONFIG, LANGUAGES

__all__ = [
    "CONFIG", "LANGUAGES", "MAIN", "Guard", "create_app", "entries", "lifespan", "middleware", "on_script_error", "page_html",
    "policy", "prepare", "routes", "run", "runner", "warm_up",
]  # fmt: skip
