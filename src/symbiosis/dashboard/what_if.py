"""Sliders on the home page: the territory solved again while one looks, a preview first, then the proved answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard import state
from symbiosis.dashboard.text import _, number
from symbiosis.dashboard.widgets import figure
from symbiosis.decisions import Study
from symbiosis.errors import SymbiosisError
from symbiosis.indicators import measure
from symbiosis.scenario import Scenario

SHOWN = ("gain_eur_per_yr", "diverted_t_per_yr", "avoided_tco2e_per_yr", "insertion_h_per_yr")
GAP = 1e-3
"""To which the answers to a slider are proved; the full run is proved to the scenario's own gap."""

WIDEST_KM = 100


def _study(found: state.Loaded) -> Study:
    """The territory in the memory of this session."""
    kept = st.session_state.get("study")
    if not (isinstance(kept, tuple) and kept[0] is found):
        scenario = found.proposal.scenario
        widest = replace(scenario, maximum_distance_km=max(scenario.maximum_distance_km, float(WIDEST_KM)))
        with st.spinner(_("Préparation des curseurs")):
            kept = (found, workspace.study(found.territory, state.catalogue(), widest, is_isolated=True))
        st.session_state["study"] = kept
    study = kept[1]
    assert isinstance(study, Study)  # noqa: S101 - what was put there
    return study


def _figures(place: Any, said: str, case: Any, allocation: Any) -> None:
    indicators: Any = measure(case, allocation.plan)
    with place.container():
        st.markdown(said)
        for column, name in zip(st.columns(len(SHOWN), gap="small"), SHOWN, strict=True):
            with column:
                figure(name, indicators.loc[name], key=f"what_if_{name}_{allocation.status}")


@st.fragment
def what_if(found: state.Loaded) -> None:
    """Three assumptions under sliders, and what becomes of the feasible synergies.

    Parameters
    ----------
    found
        What the session looks at; it stays as it is.
    """
    current = found.proposal.scenario
    left, middle, right = st.columns(3, gap="large")
    km = left.slider(
        _("Distance maximale (km)"), 5, max(WIDEST_KM, int(current.maximum_distance_km)), int(current.maximum_distance_km),
        step=5, key="what_if_km",
    )  # fmt: skip
    disposal = middle.slider(_("Hausse du coût de l'élimination (€/t)"), -50, 100, 0, step=5, key="what_if_disposal")
    transport = right.slider(_("Coût du transport (%)"), 50, 200, 100, step=10, key="what_if_transport")
    scenario = _turned(current, float(km), float(disposal), transport / 100)
    if scenario == replace(current, relative_gap=GAP):
        st.markdown(f":gray[{_('Bougez un curseur : les synergies réalisables sont recalculées aussitôt.')}]")
        return
    place = st.empty()
    try:
        study = _study(found)
        _figures(place, f":orange-badge[{_('Aperçu, non prouvé : le calcul exact suit')}]", *study.preview(scenario))
        case, allocation = study.plan(scenario)
    except SymbiosisError as error:
        place.text(str(error))
        return
    proved = _("Calcul exact, écart prouvé {0} %").format(number(100 * allocation.gap, 2))
    _figures(place, f":green-badge[{proved}]", case, allocation)


def _turned(current: Scenario, km: float, disposal: float, transport: float) -> Scenario:
    return replace(
        current, relative_gap=GAP, maximum_distance_km=km,
        disposal_increase_eur_per_t=current.disposal_increase_eur_per_t + disposal,
        **{name: getattr(current, name) * transport for name in ("transport_eur_per_t_km", "lorry_eur_per_km",
                                                                 "lorry_eur_per_trip")},
    )  # fmt: skip
