"""Carte: one layer at a time, arcs between communes, today's outlets in grey; beside it the ranked table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import state
from symbiosis.dashboard.layers import DARK, LIGHT, build_deck
from symbiosis.dashboard.sheet_view import show_sheet
from symbiosis.dashboard.text import _, labels, language, number, plain, word
from symbiosis.dashboard.views import ranked
from symbiosis.dashboard.widgets import heading, link, need_territory, table
from symbiosis.report.between import LAYER_NAMES, LAYERS, flows_between, outlets_left, places, unit_name
from symbiosis.report.cells import commune_cells, points_of

ARCS_SHOWN = 60
RUNS = ("feasible", "to_investigate")


def tips(found: state.Loaded, arcs: pd.DataFrame, outlets: pd.DataFrame, spots: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """The three tables with what the pointer shows of each row."""
    spoken = language()
    amounts = [f"{number(q, 1)} {unit_name(u, spoken)}" for q, u in zip(arcs["quantity"], arcs["unit"], strict=True)]
    arcs = arcs.assign(
        tip=[
            _("{0} → {1}\n{2} par an, {3} échange(s)").format(start, end, amount, count)
            for start, end, amount, count in zip(arcs["start"], arcs["end"], amounts, arcs["exchanges"], strict=True)
        ]
    )
    names = outlets["outlet_id"].map(lambda key: messages.name(found.proposal.catalogue.outlets, str(key), spoken))
    amounts = [f"{number(q, 1)} {unit_name(u, spoken)}" for q, u in zip(outlets["quantity"], outlets["unit"], strict=True)]
    outlets = outlets.assign(
        name=names,
        tip=[
            _("Aujourd'hui : {0}\n{1} par an vers {2}").format(start, amount, name)
            for start, amount, name in zip(outlets["start"], amounts, names, strict=True)
        ],
    )
    spots = spots.assign(
        tip=[_("{0} : {1} site(s)").format(commune, count) for commune, count in zip(spots.index, spots["sites"], strict=True)]
    )
    return arcs, outlets, spots


def outlines(found: state.Loaded) -> str | dict[str, Any]:
    """Address of the outlines of a territory of the package; the outlines themselves of anybody's own."""
    if found.is_shipped:
        return f"/cells/{found.territory.name}.geojson"
    if "cells" not in found.frames:
        found.frames["cells"] = {"points": points_of(found.proposal.declarations.sites)}
    return commune_cells(found.frames["cells"]["points"])


def draw(found: state.Loaded, exchanges: pd.DataFrame, layer: str, focus: str, has_outlets: bool) -> list[str]:
    """Draw the map.

    Returns
    -------
    list of str
        Synergies behind the arc that was clicked.
    """
    arcs = flows_between(exchanges, layer, focus)
    kept = arcs[arcs["is_focus"]] if focus else arcs.head(0)
    arcs = pd.concat([arcs[~arcs["is_focus"]].head(ARCS_SHOWN), kept])
    outlets = outlets_left(exchanges, layer, focus) if has_outlets else outlets_left(exchanges.head(0), layer)
    arcs, outlets, spots = tips(found, arcs, outlets, places(found.proposal))
    if spots.empty:
        st.info(_("Aucun site n'a de coordonnées : la carte ne peut pas être dessinée."))
        return []
    dark = st.context.theme.type == "dark"
    deck = build_deck(
        arcs=arcs,
        outlets=outlets,
        places=spots,
        cells=outlines(found),
        palette=DARK if dark else LIGHT,
        has_focus=bool(focus),
    )
    event = st.pydeck_chart(
        deck,
        height=600,
        on_select="rerun",
        selection_mode="single-object",
        key=f"map_{layer}",
        alt=_("Carte des échanges entre communes ; le tableau à côté dit la même chose"),
    )
    legend = [
        _("Arcs : échanges proposés, du clair (départ) au foncé (arrivée), larges comme la quantité."),
        _("Cercles : échanges dans une même commune."),
    ]
    if has_outlets and len(outlets):
        legend.append(
            _("Gris : exutoires d'aujourd'hui que ces échanges quitteraient ; leur place sur la carte est symbolique.")
        )
    legend.append(_("Contours de communes approchés."))
    st.markdown(f":gray[{plain(' '.join(legend))}]")
    picked = event.selection.get("objects", {}) if event else {}
    objects = [*picked.get("arcs", []), *picked.get("loops", [])]
    return str(objects[0].get("synergy_ids", "")).split(";") if objects else []


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Carte des échanges"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        layer = st.segmented_control(
            _("Couche"),
            list(LAYERS),
            default="material",
            format_func=labels({key: _(title) for key, title in LAYER_NAMES.items()}),
            key="layer",
            required=True,
        )
        feasibility = st.segmented_control(
            _("Total"),
            RUNS,
            default="feasible",
            format_func=labels({key: word(key).capitalize() for key in RUNS}),
            key="map_feasibility",
            required=True,
        )
        has_outlets = st.toggle(_("Exutoires d'aujourd'hui"), value=True, key="has_outlets")
    run = found.proposal.feasible if feasibility == "feasible" else found.proposal.to_investigate
    frame = ranked(found.proposal, feasibility, language())
    frame = frame[frame["family"].isin(LAYERS[layer])]
    left, right = st.columns([1.45, 1], gap="medium")
    with right:
        st.markdown(f"**{_('Synergies de cette couche')}** · {number(len(frame))}")
        listed = frame
        clicked = st.session_state.get("clicked", {}).get((layer, feasibility), [])
        if clicked:
            listed = frame[frame.index.isin(clicked)]
            if st.button(_("Revoir toute la couche"), key="all_of_layer"):
                st.session_state["clicked"] = {}
                st.session_state.pop(f"map_{layer}", None)
                st.rerun()
        focus = table(
            listed,
            ["what", "gain", "quantity", "unit", "givers", "takers"],
            key=f"map_table_{layer}_{feasibility}_{len(listed)}",
            height=560,
            alt=_("Synergies de la couche, par gain"),
        )
        if frame.empty:
            st.markdown(_("Rien dans cette couche : regardez l'autre total, ou augmentez la distance dans les hypothèses."))
        else:
            st.markdown(f":gray[{_('Cochez une ligne : la carte la met en avant, sa fiche s’ouvre dessous.')}]")
    with left:
        ids = draw(found, run.proposals.exchanges, layer, focus or "", has_outlets)
    if ids and ids != clicked:
        st.session_state["clicked"] = {(layer, feasibility): ids}
        st.rerun()
    if focus:
        st.session_state["synergy_id"] = focus
        st.divider()
        show_sheet(found, focus)
        link("sheet", _("Ouvrir cette fiche seule, pour l'imprimer"))


page()
