"""What several pages share: headings, tables, figures, the way from one page to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis.dashboard import identity, loading, state
from symbiosis.dashboard.text import _, counted, euros, language, number, plain, span
from symbiosis.dashboard.views import ROWS
from symbiosis.messages import N_
from symbiosis.report.overviews import FIGURES, unit_text

COLUMNS: dict[str, tuple[str, int | None]] = {
    "what": (N_("Flux"), None),
    "theme": (N_("Thème"), None),
    "kind": (N_("Type"), None),
    "givers": (N_("De"), None),
    "through": (N_("Opérateur"), None),
    "takers": (N_("Vers"), None),
    "quantity": (N_("Quantité par an"), 1),
    "unit": (N_("Unité"), None),
    "gain": (N_("Gain (€/an)"), 0),
    "value": (N_("Valeur d'un appel (€/an)"), 0),
    "ask": (N_("À demander d'abord"), None),
    "status": (N_("Statut"), None),
    "km": (N_("km"), 1),
    "avoided": (N_("CO2e évité (t/an)"), 1),
    "hours": (N_("Heures d'insertion"), 0),
    "holders": (N_("Détenteurs"), 0),
    "held": (N_("Gisement cumulé"), 0),
    "needed": (N_("Besoin"), 0),
    "gap": (N_("Écart (besoin − gisement)"), 0),
    "synergies": (N_("Synergies"), 0),
    "unit_name": (N_("Unité"), None),
}
"""Headings of the tables, and how many decimals their numbers show."""

WIDTHS = {
    "what": 220,
    "theme": 190,
    "kind": 100,
    "givers": 170,
    "through": 150,
    "takers": 170,
    "unit": 60,
    "unit_name": 60,
    "km": 60,
    "quantity": 105,
    "gain": 90,
    "value": 165,
    "ask": 260,
    "status": 90,
    "gap": 165,
    "held": 120,
}
"""Widths in pixels: the figures of a row stay in sight."""


def go(page: str) -> None:
    """Open another page.

    Parameters
    ----------
    page
        Its name in the router.
    """
    st.switch_page(st.session_state["pages"][page])


def link(page: str, label: str) -> None:
    """A link to another page."""
    st.page_link(st.session_state["pages"][page], label=label, icon=":material/arrow_forward:")


def heading(title: str, subtitle: str = "") -> None:
    """Title of a page, with a line below."""
    st.title(title, anchor=False)
    if subtitle:
        st.markdown(subtitle)


def need_territory() -> state.Loaded:
    """What the session looks at; where it looks at nothing yet, say what to do, and stop the page."""
    found = state.loaded()
    if found is None:
        with st.container(border=True):
            st.subheader(_("Aucun territoire n'est chargé"), anchor=False)
            if _has_rows():
                st.markdown(_("Le territoire en cours n'est pas encore ouvert dans cet onglet."))
                if st.button(_("Ouvrir le territoire en cours"), key="need_open_stored", type="primary"):
                    loading.open_stored()
            st.markdown(_("Chargez un territoire de démonstration ou votre classeur, puis revenez ici."))
            link("home", _("Aller à l'accueil"))
        st.stop()
    return found


def _has_rows() -> bool:
    """Whether anything is declared at the territory at hand, for whoever may open it."""
    store, principal = identity.current()
    if not identity.may_open("run", "record", principal):
        return False
    with store.open(principal) as session:
        return session.count("declared_row") > 0


def three_totals(found: state.Loaded) -> None:
    """Feasible, to investigate, excluded, in one line: never added up."""
    totals: Any = found.proposal.totals
    parts = [
        counted(
            N_("{0} synergie, {1} par an"), N_("{0} synergies, {1} par an"), row["synergies"], euros(row["gain_eur_per_yr"])
        )
        for row in (totals.loc["feasible"], totals.loc["to_investigate"])
    ]
    parts.append(counted(N_("{0} paire"), N_("{0} paires"), totals.loc["excluded", "pairs"]))
    badges = (("green", _("Réalisable")), ("orange", _("À instruire")), ("gray", _("Exclu")))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for (colour, name), said in zip(badges, parts, strict=True):
            st.badge(f"{name} · {said}", color=colour)  # type: ignore[arg-type]


def open_sheet(synergy_id: str) -> None:
    """Show a synergy's sheet."""
    st.session_state["synergy_id"] = synergy_id
    go("sheet")


ROW_PIXELS = 35
"""Height of a row of a table as Streamlit draws it, headings included."""


def table(
    frame: pd.DataFrame, columns: list[str], *, key: str, alt: str, height: int | str = "auto", selectable: bool = True
) -> str | None:
    """A ranked table in the house style; numbers as the language writes them, sorted as numbers.

    Parameters
    ----------
    frame
        Indexed by what a row stands for.
    columns
        Keys of :data:`COLUMNS`, in order.
    key
        Of the widget.
    alt
        What the table shows, for those who do not see it.
    height
        In pixels, no more than its rows need; or ``auto``.
    selectable
        Whether a row can be chosen.

    Returns
    -------
    str or None
        Index of the chosen row.
    """
    formats: dict[str, Any] = {}
    config: dict[str, Any] = {}
    for column in columns:
        title, digits = COLUMNS[column]
        if digits is None:
            config[column] = st.column_config.TextColumn(_(title), width=WIDTHS.get(column))
        else:
            formats[column] = lambda value, d=digits: number(value, d)
            config[column] = st.column_config.NumberColumn(_(title), width=WIDTHS.get(column, 100))
    shown = frame[columns].head(ROWS)
    options: dict[str, Any] = {
        "hide_index": True,
        "column_config": config,
        "key": key,
        "height": "content" if isinstance(height, int) and (len(shown) + 1) * ROW_PIXELS < height else height,
        "width": "stretch",
        "alt": alt,
    }
    if not selectable:
        st.dataframe(shown.style.format(formats), **options)
        say_cut(len(frame))
        return None
    chosen = st.dataframe(shown.style.format(formats), on_select="rerun", selection_mode="single-row", **options)
    say_cut(len(frame))
    rows = chosen["selection"]["rows"]
    return str(shown.index[rows[0]]) if rows and rows[0] < len(shown) else None


def say_cut(rows: int) -> None:
    """Say below a table that it shows its first rows only.

    Parameters
    ----------
    rows
        How many there are.
    """
    if rows > ROWS:
        said = _("Les {0} premières lignes sur {1} ; l'export les contient toutes.")
        st.markdown(f":gray[{said.format(number(ROWS), number(rows))}]")


def text_table(frame: pd.DataFrame, *, key: str, alt: str, widths: Sequence[int] = ()) -> None:
    """A small table of texts, all of it in sight."""
    config = {name: st.column_config.Column(width=width) for name, width in zip(frame.columns, widths, strict=False)}
    # Streamlit breaks a long text into lines from 65 pixels on; some seven pixels are a letter.
    is_long = any(frame[name].astype(str).str.len().max() * 7 > width for name, width in zip(frame, widths, strict=False))
    st.dataframe(
        frame,
        hide_index=True,
        key=key,
        width="stretch",
        alt=alt,
        height="content",
        column_config=config,
        row_height=66 if is_long else None,
    )


def figure(name: str, row: pd.Series, key: str) -> None:
    """One indicator: its value, its range, and its formula and source one click away.

    Parameters
    ----------
    name
        Of the indicator.
    row
        `value`, `low`, `high`, `unit`, formulas and source.
    key
        Of the widget.
    """
    money = str(row["unit"]).startswith("€")
    digits = 0 if abs(row["value"]) >= 100 else 1
    value = euros(row["value"]) if money else f"{number(row['value'], digits)}"
    unit = unit_text(str(row["unit"]), language())
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(_(FIGURES[name]), value)
        spread = span(row["low"], row["high"], digits)
        known = number(row["value"], digits)
        said = unit if spread == known else _("{0} · fourchette {1}").format(unit, spread)
        st.markdown(f":gray[{plain(said)}]")
        with st.popover(_("Formule et source"), type="tertiary", key=key):
            st.markdown(f"**{_(FIGURES[name])}** ({plain(unit)})")
            st.text(str(row[f"formula_{language()}"]))
            st.text(_("Source : {0}").format(row["source"]))
