"""A participatory budget as everybody reads it: on the page of whoever prepares it, and where it is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from symbiosis.dashboard import identity
from symbiosis.dashboard.text import _, day, language, plain
from symbiosis.dashboard.widgets import text_table
from symbiosis.report.ballot import RULES, SOURCE, result_sentences, result_table
from symbiosis.store import ballots

WIDTHS = (50, 240, 90, 60, 100, 330, 330)


def show_ballot(ballot: Mapping[str, Any], key: str) -> None:
    """The list, what was counted and why.

    Parameters
    ----------
    ballot
        `projects`, `rule`, `budget_eur`, `result`.
    key
        Of its table.
    """
    for sentence in result_sentences(ballot, language()):
        st.markdown(plain(sentence))
    frame = result_table(ballot, language())
    if not frame.empty:
        widths = WIDTHS if ballot["result"] else (*WIDTHS[:3], WIDTHS[-1])
        text_table(frame, key=f"ballot_result_{key}", alt=_("Projets, voix et résultat"), widths=widths)


def has_ballots() -> bool:
    """Whether there is a published ballot that this role may read."""
    return bool(ballots(*identity.current()))


def read_ballots() -> None:
    """The published ballots, the newest first, each with its rule."""
    for row in ballots(*identity.current()):
        told = row["ballot"]
        st.subheader(plain(row["title"]), anchor=False)
        mark = f" · {_('données fictives')}" if told["is_synthetic"] else ""
        st.markdown(f":gray[{plain(row['territory_name'])} · {day(row['published_at'])}{mark}]")
        show_ballot(told, key=row["id"])
        name, formula = RULES[told["rule"]]
        with st.popover(_("Règle : {0}").format(plain(_(name))), type="tertiary", key=f"ballot_rule_{row['id']}"):
            st.markdown(plain(_(formula)))
            st.markdown(f":gray[{plain(_(SOURCE))}]")
