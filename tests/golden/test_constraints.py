"""Each constraint family alone, against a number computed by hand (see the comments of `cases.py`)."""

from __future__ import annotations

import re

import pytest
from tests.golden.cases import GOLDEN

import symbiosis.allocation


@pytest.mark.parametrize("name", GOLDEN)
def test_the_programme_finds_what_a_pencil_finds(name):
    GOLDEN[name]()


def test_every_constraint_of_the_documented_table_has_its_golden_case():
    _, _, body, *_ = re.split(r"^=+ =+$", symbiosis.allocation.__doc__, flags=re.MULTILINE)
    documented = re.findall(r"^(\w+) ", body, re.MULTILINE)
    assert len(documented) >= 11
    assert set(documented) <= set(GOLDEN)
