"""What every test may use. Fixtures of one module live beside its tests."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Playwright's own browsers are not downloaded: the system's Chromium is used, with WebGL drawn in software.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def root() -> Path:
    """Top of the repository."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True, scope="session")
def _computed_here() -> Iterator[None]:
    """Pages compute in this process: a child per worker would read the catalogue again. The browser tests have their child."""
    from symbiosis import workspace
    from symbiosis.workspace import apart

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "match", workspace.match)
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the Chromium of this machine, without a sandbox where the tests run as root (containers)."""
    arguments = ["--disable-gpu", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": arguments}


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector of garbage need not look at it again."""
    gc.set_threshold(100_000, 20, 20)
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """What a test left goes when it ends; in the middle of one the collector has no need to look (6 % of all the time)."""
    gc.collect(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests where there is no Chromium; fail them instead where SYMBIOSIS_REQUIRE_BROWSER is set."""
    # The browser's event loop runs in this thread from its first test on: whoever starts a loop of their own must come before.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if CHROMIUM or os.environ.get("SYMBIOSIS_REQUIRE_BROWSER"):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))
