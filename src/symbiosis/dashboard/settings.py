"""Settings of whoever runs the dashboard, read from the environment."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

MAP_STYLE = "SYMBIOSIS_MAP_STYLE"


def map_style() -> str:
    """Address of the style of the map's tiles; empty by default: nothing is fetched from elsewhere.

    Only an address over HTTPS is taken. Its tiles, glyphs and pictures must come from the same host, which is the only one that
    the content security policy then lets the browser ask.
    """
    style = os.environ.get(MAP_STYLE, "")
    parts = urlsplit(style)
    return style if parts.scheme == "https" and parts.hostname else ""


def tile_origin() -> str:
    """Origin of the map's tiles, as a content security policy writes it; empty where there are none."""
    parts = urlsplit(map_style())
    if not parts.hostname:
        return ""
    return f"https://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
