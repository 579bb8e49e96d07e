"""A year's register of 300 sites through a real browser: handed in, read, written, seen."""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
from tests.browser.test_journey import address, settled
from tests.trackdechets import export

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
]
__all__ = ["address"]


def spent() -> Counter[str]:
    """Seconds by the wall, and of processor that server, readers and browser have taken: the goal is of a machine
    that does nothing else.
    """
    seconds = Counter({"wall": time.monotonic()})
    for process in psutil.Process().children(recursive=True):
        if process.status() != psutil.STATUS_ZOMBIE:
            is_ours = "symbiosis.cli" in " ".join(process.cmdline())
            times = process.cpu_times()
            seconds["server" if is_ours else "browser"] += times.user + times.system
            if is_ours:
                seconds["readers"] += times.children_user + times.children_system
    return seconds


def test_twenty_thousand_movements_come_in_from_a_workbook(page: playwright.Page, address: str, tmp_path: Path) -> None:
    file = export().write_xlsx(tmp_path / "registre.xlsx")
    page.set_default_timeout(120_000)
    page.goto(f"{address}/donnees")
    settled(page)
    page.get_by_test_id("stFileUploaderDropzoneInput").last.set_input_files(file)
    page.get_by_text("registre.xlsx").first.wait_for()
    settled(page)
    begun = spent()
    page.get_by_role("button", name="Lire sans rien enregistrer").click()
    take = page.get_by_role("button", name="Tout importer")
    take.wait_for()
    read = spent()
    page.get_by_text("300 entreprises du fichier seront inscrites").wait_for()
    page.get_by_text(re.compile(r"20\s000")).first.wait_for()
    settled(page)
    pressed = spent()
    take.click()
    page.get_by_text("300 entreprises inscrites").wait_for()
    written = spent()
    took = {"read": read - begun, "drawn": pressed - read, "written": written - pressed}
    for what, seconds in took.items():
        sys.stdout.write(f"{what}: {', '.join(f'{name} {value:.1f} s' for name, value in seconds.items())}\n")
    # What the browser spends goes mostly into the wheel that turns meanwhile, beside the server and not after it.
    assert sum(seconds[name] for seconds in took.values() for name in ("server", "readers")) < 12
    page.get_by_text(re.compile(r"1\s200 nouvelles")).first.wait_for()
