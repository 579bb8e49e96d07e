"""Tables of the pages, in the language of the session: the documents show the same, each is made once for a proposal."""

from __future__ import annotations

import pandas as pd

from symbiosis.dashboard.state import Loaded
from symbiosis.dashboard.text import language
from symbiosis.report import rankings

ROWS = 200
"""Rows of a table that are shown: nobody reads more, and each is sent with every page."""


def ranked(found: Loaded, feasibility: str) -> pd.DataFrame:
    """Synergies of one run, best first: :func:`symbiosis.report.rankings.ranked`."""
    return found.once(rankings.ranked, feasibility, language())


def choices(found: Loaded, wanted: str = "") -> dict[str, str]:
    """What a box of synergies offers, by id: the first of each run, and the one that is open already.

    Parameters
    ----------
    found
        What the session looks at.
    wanted
        The synergy that is open; none when empty.
    """
    names: dict[str, str] = {}
    for feasibility in ("feasible", "to_investigate"):
        what = ranked(found, feasibility)["what"]
        shown = what if len(what) <= ROWS else what[(what.index == wanted) | (what.index.isin(what.index[:ROWS]))]
        names |= {str(key): f"{key} · {said}" for key, said in shown.items()}
    return names


def calls(found: Loaded, actor_id: str = "") -> pd.DataFrame:
    """Pairs worth a call: :func:`symbiosis.report.rankings.calls`."""
    return found.once(rankings.calls, language(), actor_id)


def themes(found: Loaded) -> pd.DataFrame:
    """What each workshop theme holds: :func:`symbiosis.report.rankings.themes`."""
    return found.once(rankings.themes, language())
