"""The dashboard: pages that Streamlit runs. ``main.py`` is the router; one file per page."""
