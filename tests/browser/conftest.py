"""Servers as their commands start them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser.looking import Start


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start `symbiosis serve` on a free port of this machine, from a folder that is not the repository.

    The function takes a folder of databases, the options of the command, and variables of the environment; it gives the
    address. With `script`, `streamlit run` serves that file instead. Every server that it started is stopped at the end.
    """
    processes = []

    def started(store: Path, *options: str, script: Path | None = None, **environment: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = ["-c", "from symbiosis.cli import main; main()", "serve", "--port"]
        if script is not None:
            command = ["-m", "streamlit", "run", str(script), "--server.port"]
        process = subprocess.Popen(
            [sys.executable, *command, str(port), *options],
            cwd=script.parent if script is not None else tmp_path_factory.mktemp("elsewhere"),
            env={**os.environ, "SYMBIOSIS_DATA": str(store), **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        processes.append(process)
        base, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{base}/_stcore/health", timeout=1).close()
            except OSError:
                assert process.poll() is None, "the server stopped"
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.3)
            else:
                return base

    yield started
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(timeout=20)
