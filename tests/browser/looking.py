"""What every browser test does with a page: wait for it, look at it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image

Start = Callable[..., str]
"""Starts a server and gives its address: the fixture `start`."""

READY = "[data-testid=stApp][data-test-script-state=notRunning]"


def settled(page: Any) -> None:
    """Wait until a page has drawn what was asked for."""
    page.wait_for_timeout(300)
    page.wait_for_selector(READY)


def colours(picture: bytes) -> int:
    """How many colours a picture has: a blank one has few."""
    small = Image.open(BytesIO(picture)).convert("RGB").resize((120, 100))
    return len(small.getcolors(12_000) or [])
