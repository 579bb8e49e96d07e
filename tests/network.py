"""A network of rival companies in a store, and people of every role who log in to its server; all of it is invented."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx  # noqa: F401
