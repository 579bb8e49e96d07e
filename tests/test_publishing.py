"""The sentences before publishing."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from symbiosis import disclosure
from symbiosis.disclosure import Rules, release, releases, rules
from symbiosis.report.publishing import REASONS, publishing


def version(rows: list[tuple[str, str, float]]) -> disclosure.Release:
    return release(pd.DataFrame(rows, columns=["unit_id", "theme", "value"]), ["theme"], date(2026, 1, 1))


def test_every_reason_of_the_gate_has_a_sentence() -> None:
    codes = {rules.TOO_FEW, rules.DOMINATED, rules.ESTIMABLE, releases.COMPLEMENT, releases.CHANGE, releases.EARLIER}
    assert set(REASONS) == codes


@pytest.mark.parametrize(("language", "expected"), [
    ("fr", ["Gain par thème : 0 chiffres montrés, 2 secrets, 0 gardés d'une version précédente.", "Moins de 3 entreprises : 2.",
            "Les plus lourds de ceux qui ne sont pas montrés : bois ; ensemble."]),
    ("en", ["Gain by theme: 0 figures shown, 2 secret, 0 kept from an earlier version.", "Fewer than 3 companies: 2.",
            "The heaviest of those that are not shown: bois ; all together."]),
])  # fmt: skip
def test_the_facilitator_reads_how_many_figures_are_not_shown_why_and_which_weigh_most(
    language: str, expected: list[str]
) -> None:
    lone = version([("A", "bois", 10.0), ("B", "bois", 12.0)])
    assert publishing({"gain": lone}, language) == expected


def test_the_sentences_name_the_thresholds_of_the_rules() -> None:
    dominated = version([("A", "bois", 900.0), ("B", "bois", 50.0), ("C", "bois", 50.0)])
    said = " ".join(publishing({"gain": dominated}, "en", Rules()))
    assert "85%" in said.replace("\N{NO-BREAK SPACE}", "")
