"""Tables of the pages, in the language of the session: the documents show the same, each is made once for a proposal."""

from __future__ import annotations

import pandas as pd

from symbiosis.dashboard.state import Loaded
from symbiosis.dashboard.text import language
from symbiosis.report import rankings


def ranked(found: Loaded, feasibility: str) -> pd.DataFrame:
    """Synergies of one run, best first: :func:`symbiosis.report.rankings.ranked`."""
    return found.once(rankings.ranked, feasibility, language())


def calls(found: Loaded, actor_id: str = "") -> pd.DataFrame:
    """Pairs worth a call: :func:`symbiosis.report.rankings.calls`."""
    return found.once(rankings.calls, language(), actor_id)


def themes(found: Loaded) -> pd.DataFrame:
    """What each workshop theme holds: :func:`symbiosis.report.rankings.themes`."""
    return found.once(rankings.themes, language())
