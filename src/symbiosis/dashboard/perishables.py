"""Denrées: what does not wait, by days left: who could take it, what the law says, this week's rounds."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from symbiosis.dashboard import state
from symbiosis.dashboard.text import _, language, plain
from symbiosis.dashboard.widgets import heading, need_territory, text_table
from symbiosis.report.perishables import LAW, RULE, perishable_table, perishables, round_table
from symbiosis.report.published import spreadsheet

FLOW_WIDTHS = (170, 55, 80, 180, 330, 250, 330, 220)
ROUND_WIDTHS = (80, 220, 240, 200, 90, 50, 90)


def page() -> None:
    """The page."""
    found = need_territory()
    heading(
        _("Denrées et flux qui n'attendent pas"),
        _("Ce qui se perd le plus vite d'abord ; les personnes avant les animaux, les animaux avant le compost."),
    )
    flows = found.once(perishables)
    if flows.empty:
        st.info(
            _("Aucun flux ne dit de date ni de durée de vie : remplissez « Date de péremption » et « Durée de vie (jours) » "
              "des surplus alimentaires, dans Diagnostic ou dans le classeur.")
        )  # fmt: skip
        return
    law()
    table = found.once(perishable_table, language())
    text_table(table, key="perishables", alt=_("Flux périssables, par jours restants, avec qui pourrait les prendre"),
               widths=FLOW_WIDTHS)  # fmt: skip
    take(_("Flux périssables, CSV"), "denrees.csv", table)
    st.subheader(_("Tournées de la semaine"), anchor=False)
    st.markdown(
        _("Ce que les deux calculs proposent de ces flux, du lundi au samedi : chacun est pris aussi rarement que sa durée "
          "de vie le permet. Ce qui naît le dimanche attend le lundi. À parts égales d'un jour à l'autre, faute de mieux.")
    )  # fmt: skip
    week = found.once(round_table, language())
    if week.empty:
        st.markdown(_("Aucun échange de ces flux n'est proposé. La page des pistes non retenues dit pourquoi."))
        return
    text_table(week, key="rounds", alt=_("Tournées de la semaine, jour par jour"), widths=ROUND_WIDTHS)
    take(_("Tournées, CSV"), "tournees.csv", week)


def law() -> None:
    """What the law says, with the row of the catalogue that says so."""
    rule = state.catalogue().legal_rules.loc[RULE]
    with st.expander(_("DLC, DDM : ce que dit le droit")):
        for said in LAW.values():
            st.markdown(f"- {plain(_(said))}")
        st.markdown(f":gray[{plain(rule[f'text_{language()}'])} {plain(rule['reference'])}]")


def take(label: str, name: str, table: pd.DataFrame) -> None:
    """A table as a file."""
    titles = {column: column for column in table.columns}
    st.download_button(
        label, partial(spreadsheet, table, titles, language()), mime="text/csv", file_name=name, on_click="ignore", key=name
    )


page()
