"""What ``streamlit run app.py`` serves.

The call below is literal on purpose: Streamlit recognises an application by reading this file; anything else would be run as a
bare script, without the headers and the routes. An installed package has the same server as ``symbiosis serve``.
"""

import streamlit as st

from symbiosis.server import lifespan, middleware, on_script_error, routes

app = st.App(
    "src/symbiosis/dashboard/main.py",
    lifespan=lifespan,
    middleware=middleware(),
    routes=routes(),
    on_script_error=on_script_error,
)
