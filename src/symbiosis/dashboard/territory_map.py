"""Carte: one layer at a time, as a map, as a Sankey diagram, or around one actor; beside it, always, the ranked table."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import charts, state
from symbiosis.dashboard.documents import take_figure
from symbiosis.dashboard.layers import DARK, LIGHT, Deck, build_deck
from symbiosis.dashboard.settings import map_style
from symbiosis.dashboard.sheet_view import show_sheet
from symbiosis.dashboard.text import _, counted, labels, language, number, plain, word
from symbiosis.dashboard.views import ranked
from symbiosis.dashboard.widgets import heading, link, need_territory, table, text_table, three_totals
from symbiosis.engine import Proposal, Run
from symbiosis.messages import N_, unit_name
from symbiosis.report.between import (
    LAYER_NAMES,
    LAYERS,
    flows_between,
    links,
    named_links,
    neighbours,
    outlets_left,
    places,
    units_of,
)
from symbiosis.report.cells import commune_cells, points_of
from symbiosis.report.overviews import layer_map, layer_sankey

ARCS_SHOWN = 60
RUNS = ("feasible", "to_investigate")
VIEWS = {"map": N_("Carte"), "sankey": N_("Sankey"), "actor": N_("Voisinage")}


def is_dark() -> bool:
    """Whether the browser shows the dark theme."""
    return st.context.theme.type == "dark"


def tips(
    proposal: Proposal, arcs: pd.DataFrame, outlets: pd.DataFrame, spots: pd.DataFrame, spoken: str
) -> tuple[pd.DataFrame, ...]:
    """The three tables with what the pointer shows of each row."""
    amounts = [f"{number(q, 1)} {unit_name(u, spoken)}" for q, u in zip(arcs["quantity"], arcs["unit"], strict=True)]
    arcs = arcs.assign(
        tip=[
            _("{0} → {1}\n{2} par an, {3} échange(s)").format(start, end, amount, count)
            for start, end, amount, count in zip(arcs["start"], arcs["end"], amounts, arcs["exchanges"], strict=True)
        ]
    )
    names = outlets["outlet_id"].map(lambda key: messages.name(proposal.catalogue.outlets, str(key), spoken))
    amounts = [f"{number(q, 1)} {unit_name(u, spoken)}" for q, u in zip(outlets["quantity"], outlets["unit"], strict=True)]
    outlets = outlets.assign(
        name=names,
        tip=[
            _("Aujourd'hui : {0}\n{1} par an vers {2}").format(start, amount, name)
            for start, amount, name in zip(outlets["start"], amounts, names, strict=True)
        ],
    )
    spots = spots.assign(
        tip=[
            counted(N_("{1} : {0} site"), N_("{1} : {0} sites"), count, str(commune))
            for commune, count in zip(spots.index, spots["sites"], strict=True)
        ]
    )
    return arcs, outlets, spots


class Shown(NamedTuple):
    """What a map shows: which exchanges, and in which words and colours."""

    feasibility: str
    actor: str
    layer: str
    focus: str
    has_outlets: bool
    is_dark: bool
    spoken: str


def exchanges_of(proposal: Proposal, feasibility: str, actor: str) -> pd.DataFrame:
    """Exchanges of a run, of everybody or of one actor on either side."""
    run = proposal.feasible if feasibility == "feasible" else proposal.to_investigate
    exchanges = run.proposals.exchanges
    if not actor:
        return exchanges
    return exchanges[exchanges["giver_actor_id"].eq(actor) | exchanges["taker_actor_id"].eq(actor)]


def drawn(proposal: Proposal, shown: Shown, address: str) -> tuple[Deck | None, bool]:
    """The map, if anybody has coordinates, and whether it shows outlets.

    Parameters
    ----------
    proposal, shown
        What is drawn.
    address
        Of the outlines of the communes; without one they are drawn into the map, as those of anybody's own territory are.
    """
    exchanges, layer, focus = exchanges_of(proposal, shown.feasibility, shown.actor), shown.layer, shown.focus
    arcs = flows_between(exchanges, layer, focus)
    kept = arcs[arcs["is_focus"]] if focus else arcs.head(0)
    arcs = pd.concat([arcs[~arcs["is_focus"]].head(ARCS_SHOWN), kept])
    outlets = outlets_left(exchanges, layer, focus) if shown.has_outlets else outlets_left(exchanges.head(0), layer)
    arcs, outlets, spots = tips(proposal, arcs, outlets, places(proposal), shown.spoken)
    if spots.empty:
        return None, False
    deck = build_deck(
        arcs=arcs,
        outlets=outlets,
        places=spots,
        cells=address or commune_cells(points_of(proposal.declarations.sites)),
        palette=DARK if shown.is_dark else LIGHT,
        has_focus=bool(focus),
        style=map_style(),
    )
    return deck, not outlets.empty


def draw(found: state.Loaded, shown: Shown) -> list[str]:
    """Draw the map.

    Returns
    -------
    list of str
        Synergies behind the arc that was clicked.
    """
    deck, has_outlets = found.once(drawn, shown, f"/cells/{found.territory.name}.geojson" if found.is_shipped else "")
    if deck is None:
        st.info(_("Aucun site n'a de coordonnées : la carte ne peut pas être dessinée."))
        return []
    event = st.pydeck_chart(
        deck,
        height=600,
        on_select="rerun",
        selection_mode="single-object",
        key="map",  # one for all layers: a browser that draws another takes seconds, one that is told what changed does not
        alt=_("Carte des échanges entre communes ; le tableau à côté dit la même chose"),
    )
    legend = [
        _("Arcs : échanges proposés, du clair (départ) au foncé (arrivée), larges comme la quantité."),
        _("Cercles : échanges dans une même commune."),
    ]
    if has_outlets:
        legend.append(
            _("Gris : exutoires d'aujourd'hui que ces échanges quitteraient ; leur place sur la carte est symbolique.")
        )
    legend.append(_("Contours de communes approchés."))
    st.markdown(f":gray[{plain(' '.join(legend))}]")
    picked: Any = event["selection"]["objects"] if event else {}
    objects = [*picked.get("arcs", []), *picked.get("loops", [])]
    return str(objects[0].get("synergy_ids", "")).split(";") if objects else []


def show_sankey(found: state.Loaded, run: Run, layer: str) -> None:
    """What families of flows become, today and as proposed, and the same figures as a table."""
    units = units_of(run, layer)
    if not units:
        st.markdown(_("Rien n'est déclaré dans cette couche."))
        return
    unit = units[0]
    if len(units) > 1:
        unit = st.segmented_control(
            _("Unité"), units, default=unit, format_func=labels({one: unit_name(one, language()) for one in units}),
            key=f"sankey_unit_{layer}", required=True,
        )  # fmt: skip
    shown = unit_name(unit, language())
    ink = charts.DARK if is_dark() else charts.LIGHT
    tables = []
    for is_today, title in ((True, _("Aujourd'hui")), (False, _("Proposé"))):
        rows = named_links(links(run, layer, unit, is_today=is_today), found.proposal, language())
        tables.append(rows.assign(moment=title))
        st.markdown(f"**{title}** · {plain(shown)}")
        if rows.empty:
            st.markdown(_("Rien n'est déclaré dans cette couche."))
            continue
        with st.container(key=f"wide_sankey_{is_today}"):
            st.plotly_chart(
                charts.sankey_chart(rows, shown, ink, 360 if is_today else 520),
                key=f"sankey_{layer}_{is_today}",
                config={"displayModeBar": False},
                alt=_("Sankey des familles vers les usages et les exutoires ; le tableau dessous dit la même chose"),
            )
    st.markdown(f":gray[{_('Vert : proposé ; gris : exutoires d’aujourd’hui ; ambre : opérations intermédiaires.')}]")
    with st.expander(_("Les chiffres du diagramme")):
        rows = pd.concat(tables)
        text_table(
            pd.DataFrame(
                {
                    _("Moment"): rows["moment"],
                    _("De"): rows["source"],
                    _("Vers"): rows["target"],
                    _("Par an"): [f"{number(value, 1)} {shown}" for value in rows["quantity"]],
                }
            ),
            key=f"sankey_rows_{layer}",
            alt=_("Quantités du diagramme"),
        )


def show_actor(found: state.Loaded, actor: str) -> None:
    """The neighbourhood of one actor, in all layers, and the same as a table."""
    if not actor:
        st.info(_("Choisissez un acteur au-dessus : son voisinage se dessine ici."))
        return
    rows = neighbours(found.proposal, actor, language())
    name = str(found.proposal.declarations.actors.at[actor, "name"])
    if rows.empty:
        st.markdown(_("Aucun échange n'est proposé pour cet acteur. La page des pistes non retenues dit pourquoi."))
        link("refusals", _("Voir les raisons"))
        return
    rows = rows.assign(unit=[unit_name(unit, language()) for unit in rows["unit"]])
    with st.container(key="wide_neighbours"):
        st.plotly_chart(
            charts.neighbour_chart(name, rows, charts.DARK if is_dark() else charts.LIGHT, 560),
            key=f"neighbours_{actor}",
            config={"displayModeBar": False},
            alt=_("Voisinage de l'acteur ; le tableau dessous dit la même chose"),
        )
    said = _("Trait plein : réalisable ; pointillé : à instruire ; gris : exutoire d'aujourd'hui. À gauche ce qu'il recevrait.")
    hidden = max(0, len(rows) - 2 * charts.ROOM)
    more = (
        counted(N_(" {0} lien de plus dans le tableau."), N_(" {0} liens de plus dans le tableau."), hidden) if hidden else ""
    )
    st.markdown(f":gray[{plain(said + more)}]")
    sides = {"in": _("reçoit de"), "out": _("envoie à"), "outlet": _("quitte l'exutoire")}
    text_table(
        pd.DataFrame(
            {
                _("Sens"): rows["side"].map(sides),
                _("Qui"): rows["name"],
                _("Flux"): rows["what"],
                _("Par an"): [f"{number(q, 1)} {u}" for q, u in zip(rows["quantity"], rows["unit"], strict=True)],
                _("Statut"): [
                    _("aujourd'hui") if side == "outlet" else word(status)
                    for side, status in zip(rows["side"], rows["feasibility"], strict=True)
                ],
            }
        ),
        key=f"neighbour_rows_{actor}",
        alt=_("Voisinage de l'acteur"),
    )


def controls(found: state.Loaded) -> tuple[str, str, str, str, bool]:
    """What is shown: layer, total, view, actor, and whether today's outlets are."""
    names = {str(key): str(name) for key, name in found.proposal.declarations.actors["name"].items()}
    # A first list of companies seldom says all that the law asks: what is to be investigated is then all there is to see.
    first = "feasible" if found.proposal.totals.loc["feasible", "synergies"] else "to_investigate"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        layer = st.segmented_control(
            _("Couche"), list(LAYERS), default="material",
            format_func=labels({key: _(title) for key, title in LAYER_NAMES.items()}), key="layer", required=True,
        )  # fmt: skip
        feasibility = st.segmented_control(
            _("Total"), RUNS, default=first, format_func=labels({key: word(key).capitalize() for key in RUNS}),
            key="map_feasibility", required=True,
        )  # fmt: skip
        view = st.segmented_control(
            _("Vue"), list(VIEWS), default="map", format_func=labels({key: _(title) for key, title in VIEWS.items()}),
            key="map_view", required=True,
        )  # fmt: skip
        actor = st.selectbox(
            _("Acteur"), ["", *names], format_func=labels({"": _("tous"), **names}), key="map_actor", width=260
        )
        has_outlets = view == "map" and st.toggle(_("Exutoires d'aujourd'hui"), value=True, key="has_outlets")
    return layer, feasibility, view, actor or "", has_outlets


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Carte des échanges"))
    three_totals(found)
    layer, feasibility, view, actor, has_outlets = controls(found)
    run = found.proposal.feasible if feasibility == "feasible" else found.proposal.to_investigate
    frame = ranked(found, feasibility)
    frame = frame[frame["family"].isin(LAYERS[layer])]
    if actor:
        shares = run.proposals.shares
        frame = frame[frame.index.isin(set(shares.loc[shares["actor_id"].eq(actor), "synergy_id"]))]
    # Drawings with names need the whole width; the table then stands below them.
    if view == "sankey":
        show_sankey(found, run, layer)
    left, right = (st.container(), st.container()) if view != "map" else st.columns([1.45, 1], gap="medium")
    with right:
        focus, clicked = show_table(found, frame, (layer, feasibility, actor), view)
    with left:
        if view == "actor":
            show_actor(found, actor)
        elif view == "map":
            shown = Shown(feasibility, actor, layer, focus, bool(has_outlets), is_dark(), language())
            # The browser remembers what was clicked, on whatever layer it was.
            ids = [one for one in draw(found, shown) if one in frame.index]
            if ids and ids != clicked:
                st.session_state["clicked"] = {(layer, feasibility, actor): ids}
                st.rerun()
    if focus:
        st.session_state["synergy_id"] = focus
        st.divider()
        show_sheet(found, focus)
        link("sheet", _("Ouvrir cette fiche seule, pour l'imprimer"))


def show_table(found: state.Loaded, frame: pd.DataFrame, shown: tuple[str, str, str], view: str) -> tuple[str, list[str]]:
    """The ranked table, and the figure to take away.

    Returns
    -------
    tuple
        The synergy that was chosen, empty where none was; and those behind the arc that was clicked before.
    """
    layer, feasibility, _actor = shown
    st.markdown(f"**{_('Synergies de cette couche')}** · {number(len(frame))}")
    listed = frame
    clicked: list[str] = st.session_state.get("clicked", {}).get(shown, [])
    if clicked:
        listed = frame[frame.index.isin(clicked)]
        if st.button(_("Revoir toute la couche"), key="all_of_layer"):
            st.session_state["clicked"] = {}
            st.session_state.pop("map", None)
            st.rerun()
    focus = table(
        listed,
        ["what", "gain", "quantity", "unit", "givers", "takers"],
        key=f"map_table_{layer}_{feasibility}_{len(listed)}",
        height=560 if len(listed) > 14 else "content",
        alt=_("Synergies de la couche, par gain"),
    )
    if frame.empty:
        st.markdown(_("Rien dans cette couche : regardez l'autre total, ou augmentez la distance dans les hypothèses."))
    else:
        st.markdown(f":gray[{_('Cochez une ligne : la carte la met en avant, sa fiche s’ouvre dessous.')}]")
    if view != "actor":
        take(found, view, layer, feasibility)
    return focus or "", clicked


def take(found: state.Loaded, view: str, layer: str, feasibility: str) -> None:
    """The figure of the page as a file."""
    proposal, spoken = found.proposal, language()
    if view == "map":
        take_figure(
            found, _("Emporter la carte"), f"carte-{layer}-{feasibility}",
            partial(layer_map, proposal, layer, spoken, feasibility=feasibility),
        )  # fmt: skip
        return
    with st.container(horizontal=True):
        for is_today, label in ((True, _("Emporter le Sankey d'aujourd'hui")), (False, _("Emporter le Sankey proposé"))):
            take_figure(
                found, label, f"sankey-{layer}-{'aujourdhui' if is_today else feasibility}",
                partial(layer_sankey, proposal, layer, spoken, is_today=is_today, feasibility=feasibility),
            )  # fmt: skip


page()
