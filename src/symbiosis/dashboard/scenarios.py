"""Scénarios: assumptions under a name, always beside the reference; what changes, on the map and in figures; the front."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard import identity, loading, state
from symbiosis.dashboard.charts import DARK, LIGHT, sankey_chart
from symbiosis.dashboard.documents import footer, take_document, take_figure
from symbiosis.dashboard.text import _, day, euros, labels, language, number, plain, word
from symbiosis.dashboard.widgets import heading, need_territory, text_table
from symbiosis.errors import ScenarioError, StaleVersion, StoreError, SymbiosisError
from symbiosis.messages import N_, percent, unit_name
from symbiosis.report.between import flows_between, links, named_links, units_of
from symbiosis.report.comparison import differences, scenario_document
from symbiosis.report.figures import front_figure
from symbiosis.scenario import OBJECTIVE_NAMES, Scenario, parameters
from symbiosis.store import Remove, SaveScenario, run
from symbiosis.workspace import apart

SLIDERS = ("maximum_distance_km", "disposal_increase_eur_per_t", "transport_eur_per_t_km")
"""Assumptions that people turn first; all the others are in the table below, with their sources."""

AXIS_NAMES = {
    "insertion_hours": N_("Heures d'insertion par an"),
    "diverted": N_("Tonnes détournées par an"),
    "co2e": N_("CO2e net évité (t/an)"),
}
AXIS_COLUMNS = {
    "insertion_hours": "insertion_h_per_yr", "diverted": "diverted_t_per_yr", "co2e": "net_avoided_tco2e_per_yr",
}  # fmt: skip
AXES_SAID = {"gain_eur_per_yr": N_("Gain net (€/an)"), **{AXIS_COLUMNS[key]: name for key, name in AXIS_NAMES.items()}}
POINTS = 7
KEPT = 6


def rows(found: state.Loaded) -> list[dict[str, Any]]:
    """Scenarios of this territory that were saved, the reference first."""
    store, principal = identity.current()
    with store.open(principal) as session:
        kept = session.rows("scenario", order_by=("created_at",), is_deleted=False)
    mine = [row for row in kept if row["summary"].get("territory") == found.territory.name]
    return sorted(mine, key=lambda row: not row["is_reference"])


def write(row: Mapping[str, Any]) -> bool:
    """Saves a scenario; says what stands in the way."""
    store, principal = identity.current()
    command = SaveScenario(
        territory_id=principal.territory_id, name=row["name"], notes=row["notes"], assumptions=row["assumptions"],
        summary=row.get("summary", {}), is_locked=row["is_locked"], is_reference=row["is_reference"],
        scenario_id=row.get("id", ""), version=row.get("version", 0),
    )  # fmt: skip
    try:
        written = run(store, principal, command, key=uuid4().hex)
    except StaleVersion:
        st.warning(_("Ce scénario vient d'être modifié ailleurs : rechargez la page."))
        return False
    except StoreError:
        st.warning(_("Ce scénario est verrouillé : dupliquez-le pour en faire varier les hypothèses."))
        return False
    st.session_state["scenario_id"] = written["id"]
    return True


def put_away(row: Mapping[str, Any], *, is_deleted: bool = True) -> None:
    """Takes a scenario out of the list, or brings it back."""
    store, principal = identity.current()
    command = Remove(
        kind="scenario", territory_id=principal.territory_id, row_id=row["id"], version=row["version"], is_deleted=is_deleted
    )
    written = run(store, principal, command, key=uuid4().hex)
    st.session_state["scenario_removed"] = {**row, "version": written["version"]} if is_deleted else None
    st.session_state["scenario_id"] = "" if is_deleted else row["id"]
    st.rerun()


def computed(found: state.Loaded, scenario: Scenario, *, is_asked: bool = False) -> state.Loaded | None:
    """The territory under a scenario: from this session's memory, or computed under a progress bar."""
    text = _assumptions(scenario)
    if _assumptions(found.proposal.scenario) == text:
        return found
    kept = st.session_state.setdefault("scenario_runs", {})
    key = (found.territory.declarations.fingerprint, text)
    if key not in kept:
        what = "" if is_asked else f"scenario {hash(key)}"
        made = loading.computed(lambda tell: state.load_again(found, scenario, tell), what=what)
        if not isinstance(made, state.Loaded):
            return None
        kept[key] = made
        while len(kept) > KEPT:
            kept.pop(next(iter(kept)))
    one = kept[key]
    return one if isinstance(one, state.Loaded) else None


def _assumptions(scenario: Scenario) -> str:
    """What decides the result: two scenarios that differ in their name alone need one computation."""
    return json.dumps(replace(scenario, name="").to_dict(), sort_keys=True)


def listing(found: state.Loaded, saved: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The scenarios as a table, and the one at hand."""
    if not saved:
        st.markdown(_("Aucun scénario encore. Enregistrez la référence, puis dupliquez-la pour faire varier une hypothèse."))
        if st.button(_("Enregistrer la référence"), type="primary", key="first_reference"):
            assumed = replace(found.proposal.scenario, name=_("Référence"))
            if write({"name": _("Référence"), "notes": "", "assumptions": assumed.to_dict(), "is_locked": False,
                      "is_reference": True, "summary": summary(found)}):  # fmt: skip
                st.rerun()
        return None
    text_table(pd.DataFrame([described(row) for row in saved]), key="scenario_list", alt=_("Scénarios enregistrés"))
    names = {row["id"]: row["name"] for row in saved}
    current = st.session_state.get("scenario_id")
    place = list(names).index(current) if current in names else 0
    chosen = st.selectbox(_("Scénario"), list(names), index=place, format_func=labels(names), key=f"scenario_{current}")
    st.session_state["scenario_id"] = chosen
    return next(row for row in saved if row["id"] == chosen)


def described(row: Mapping[str, Any]) -> dict[str, str]:
    """A scenario as a row of texts."""
    told = row["summary"] if "gain_eur_per_yr" in row["summary"] else {}
    marks = [_("référence")] * row["is_reference"] + [_("verrouillé")] * row["is_locked"]
    return {
        _("Scénario"): row["name"],
        _("Gain net"): euros(told["gain_eur_per_yr"]) if told else _("à calculer"),
        _("Tonnes détournées"): number(told["diverted_t_per_yr"]) if told else "–",
        _("Heures d'insertion"): number(told["insertion_h_per_yr"]) if told else "–",
        _("CO2e évité (t/an)"): number(told["avoided_tco2e_per_yr"]) if told else "–",
        _("État"): ", ".join(marks),
    }


def summary(found: state.Loaded) -> dict[str, Any]:
    """What the list shows of a run, and what identifies it."""
    values = found.proposal.feasible.indicators["value"]
    names = ("gain_eur_per_yr", "diverted_t_per_yr", "insertion_h_per_yr", "avoided_tco2e_per_yr")
    told = {name: float(values[name]) for name in names}
    return {**told, "versions": found.proposal.versions, "territory": found.territory.name}


def actions(row: dict[str, Any], removed: dict[str, Any] | None) -> None:
    """Duplicate, lock, make it the reference, put away."""
    with st.container(horizontal=True):
        if st.button(_("Dupliquer"), key="scenario_copy"):
            copy = {**row, "id": "", "version": 0, "name": _("{0} (copie)").format(row["name"]), "is_locked": False,
                    "is_reference": False}  # fmt: skip
            if write(copy):
                st.rerun()
        if not row["is_locked"]:
            said = _("Plus personne ne le change ; on peut le dupliquer.")
            if st.button(_("Verrouiller"), key="scenario_lock", help=said) and write({**row, "is_locked": True}):
                st.rerun()
            can_turn = not row["is_reference"] and st.button(_("Prendre comme référence"), key="scenario_reference")
            if can_turn and write({**row, "is_reference": True}):
                st.rerun()
        if not row["is_reference"] and st.button(_("Retirer"), key="scenario_remove"):
            put_away(row)
        if removed and st.button(_("Rétablir « {0} »").format(plain(removed["name"])), key="scenario_restore"):
            put_away(removed, is_deleted=False)


def edit(found: state.Loaded, row: dict[str, Any]) -> None:
    """The form of a scenario that is not locked."""
    current = Scenario.from_dict(row["assumptions"])
    known = {one["name"]: one for one in parameters()}
    with st.form(f"edit_{row['id']}_{row['version']}"):
        name = st.text_input(_("Nom"), row["name"])
        notes = st.text_area(_("Pourquoi ce scénario"), row["notes"], height=80)
        objective = st.selectbox(
            _("Ce que l'on cherche"), OBJECTIVE_NAMES, index=OBJECTIVE_NAMES.index(current.objective),
            format_func=labels({one: word(one) for one in OBJECTIVE_NAMES}),
        )  # fmt: skip
        turned: dict[str, float] = {}
        for column, key in zip(st.columns(len(SLIDERS)), SLIDERS, strict=True):
            told = known[key]
            title = f"{told[language()]} ({told['unit']})" if told["unit"] else str(told[language()])
            turned[key] = column.number_input(
                title, min_value=told["low"], max_value=told["high"], value=float(getattr(current, key)), format="%g",
                help=_("Source : {0}").format(told[f"source_{language()}"] or _("hypothèse du réglage")),
            )  # fmt: skip
        lifted = st.checkbox(_("Ne pas imposer la hiérarchie des déchets"), value=current.is_hierarchy_lifted)
        is_sent = st.form_submit_button(_("Enregistrer et calculer"), type="primary")
    if is_sent:
        try:
            scenario = replace(current, name=name, objective=objective, is_hierarchy_lifted=lifted, **turned)  # type: ignore[arg-type]
        except ScenarioError as error:
            st.error(str(error))
            return
        made = computed(found, scenario, is_asked=True)
        told_ = summary(made) if made is not None else {"territory": found.territory.name}
        if write({**row, "name": name, "notes": notes, "assumptions": scenario.to_dict(), "summary": told_}):
            st.rerun()


def is_like_reference(row: Mapping[str, Any], reference: Mapping[str, Any]) -> bool:
    """Whether nothing that decides the result differs, so that every difference is nil."""
    one, other = (_assumptions(Scenario.from_dict(each["assumptions"])) for each in (row, reference))
    return one == other


def compare(found: state.Loaded, row: Mapping[str, Any], reference: Mapping[str, Any]) -> None:
    """The scenario beside the reference."""
    one, other = (computed(found, Scenario.from_dict(each["assumptions"])) for each in (row, reference))
    if one is None or other is None:
        return
    if is_like_reference(row, reference):
        st.info(
            _("C'est la référence : dupliquez-la, puis changez une hypothèse de la copie.") if row["is_reference"] else
            _("Mêmes hypothèses que la référence : changez-en une ci-dessus, puis « Enregistrer et calculer ».")
        )  # fmt: skip
    figures, on_map, sankeys, assumed, frozen = st.tabs(
        [_("Écarts"), _("Carte des différences"), _("Sankey A | B"), _("Hypothèses et sources"), _("Lien figé")]
    )
    with figures:
        text_table(differences(one.proposal, other.proposal, language()), key="scenario_differences",
                   alt=_("Écarts entre le scénario et la référence"))  # fmt: skip
        title = found.territory.title(language())
        mark = workspace.banner(one.proposal, language())
        take_document(
            one, _("Emporter la comparaison"), "scenario",
            partial(scenario_document, one.proposal, other.proposal, title, language(), banner=mark, footer=footer(one)),
        )  # fmt: skip
    with on_map:
        changed_flows(one, other)
    with sankeys:
        beside(one, other)
    with assumed:
        sources(one.proposal.scenario, other.proposal.scenario)
    with frozen:
        st.markdown(_("Avec ces données, ce catalogue, cette graine et cette version, le calcul redonne ces chiffres."))
        st.code(frozen_text(one), language="json")


def frozen_text(one: state.Loaded) -> str:
    """All that a run depends on, as JSON: `symbiosis match TERRITORY --scenario FILE` reads the assumptions back."""
    proposal = one.proposal
    return json.dumps(
        {"territory": one.territory.name, "versions": proposal.versions, "seed": proposal.scenario.seed,
         "scenario": proposal.scenario.to_dict()}, indent=2, ensure_ascii=False, sort_keys=True,
    )  # fmt: skip


def changed_flows(one: state.Loaded, other: state.Loaded) -> None:
    """Flows between communes that are gained or lost against the reference, largest change first."""
    keys = ["start", "end", "unit"]
    new, old = (
        flows_between(each.proposal.feasible.proposals.exchanges, "material").set_index(keys)["quantity"]
        for each in (one, other)
    )
    more = new.sub(old, fill_value=0.0)
    more = more[more.abs() > 0.5].sort_values(key=abs, ascending=False, kind="stable").head(60)
    if more.empty:
        st.markdown(_("Les mêmes flux entre les mêmes communes."))
        return
    difference_map(one, more)
    table = more.rename("more").reset_index()
    shown = pd.DataFrame(
        {
            _("De"): table["start"],
            _("Vers"): table["end"],
            _("Écart par an"): [
                f"{'+' if value > 0 else '−'}{number(abs(value), 1)} {unit_name(str(unit), language())}"
                for value, unit in zip(table["more"], table["unit"], strict=True)
            ],
        }
    )
    text_table(shown, key="scenario_flows", alt=_("Flux gagnés et perdus entre communes"))


def difference_map(found: state.Loaded, more: pd.Series) -> None:
    """Gained flows in green and full, lost ones in orange and dotted, between the places of their communes."""
    sites = found.proposal.declarations.sites
    spots = sites.groupby("commune")[["longitude", "latitude"]].mean()
    largest = float(more.abs().max())
    figure = go.Figure()
    for start, end, unit, value in more.rename("more").reset_index().itertuples(index=False, name=None):
        if start not in spots.index or end not in spots.index:
            continue
        ends = spots.loc[[start, end]]
        more_or_less = f"{'+' if value > 0 else '−'}{number(abs(value), 1)} {unit_name(str(unit), language())}"
        said = _("{0} : {1}").format(f"{start} → {end}", more_or_less)
        line = {"width": 1 + 9 * (abs(value) / largest) ** 0.5, "color": "#1f8a5b" if value > 0 else "#c46a00",
                "dash": "solid" if value > 0 else "dot"}  # fmt: skip
        figure.add_trace(go.Scatter(x=ends["longitude"], y=ends["latitude"], mode="lines", line=line, hoverinfo="text",
                                    text=said, opacity=0.75))  # fmt: skip
    busy = spots.loc[sorted({one for start, end, _unit in more.index for one in (start, end)} & set(spots.index))]
    figure.add_trace(
        go.Scatter(x=busy["longitude"], y=busy["latitude"], mode="markers+text", text=list(busy.index), hoverinfo="skip",
                   textposition="top center", marker={"size": 7, "color": "#5f7268"})
    )  # fmt: skip
    hidden = {"visible": False}
    figure.update_layout(height=460, showlegend=False, margin={"l": 4, "r": 4, "t": 8, "b": 8}, xaxis=hidden,
                         yaxis={**hidden, "scaleanchor": "x", "scaleratio": 1.5}, paper_bgcolor="rgba(0,0,0,0)",
                         plot_bgcolor="rgba(0,0,0,0)")  # fmt: skip
    st.plotly_chart(
        figure, key="difference_map", config={"displayModeBar": False},
        alt=_("Carte des flux gagnés et perdus ; le tableau dit la même chose"),
    )  # fmt: skip
    st.markdown(f":gray[{_('Trait plein vert : flux gagné ; pointillé orange : flux perdu ; le tableau dit les quantités.')}]")


def beside(one: state.Loaded, other: state.Loaded) -> None:
    """Two Sankey diagrams: the reference, the scenario below it, both as wide as their words need."""
    ink = DARK if st.context.theme.type == "dark" else LIGHT
    sides = ("reference", _("Référence"), other), ("scenario", _("Scénario"), one)
    for place, title, each in sides:
        st.markdown(f"**{title}**")
        run_ = each.proposal.feasible
        units = units_of(run_, "material")
        if not units:
            st.markdown(_("Rien ne s'échange."))
            continue
        table = named_links(links(run_, "material", units[0]), each.proposal, language())
        with st.container(key=f"wide_{place}"):
            st.plotly_chart(
                sankey_chart(table, unit_name(units[0], language()), ink, 420), key=f"sankey_{place}",
                config={"displayModeBar": False},
                alt=_("Sankey des familles vers les usages et les exutoires, {0}").format(title),
            )  # fmt: skip


def assumed(value: Any) -> str:
    """An assumption as people write it."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, float | int):
        return number(value, 4)
    if isinstance(value, Mapping):
        return ", ".join(_("{0} : {1}").format(key, assumed(one)) for key, one in value.items()) or "–"
    if isinstance(value, str):
        return word(value) if value else "–"
    if isinstance(value, date):
        return day(value)
    return "–" if value is None else ", ".join(map(assumed, value)) or "–"


def sources(one: Scenario, other: Scenario) -> None:
    """Every parameter, those that differ first, with its source."""
    listed = []
    for told in parameters():
        mine, theirs = getattr(one, told["name"]), getattr(other, told["name"])
        listed.append((mine == theirs, {
            _("Hypothèse"): str(told[language()]), _("Référence"): assumed(theirs), _("Scénario"): assumed(mine),
            _("Unité"): str(told["unit"]), _("Source"): str(told[f"source_{language()}"] or _("hypothèse du réglage")),
        }))  # fmt: skip
    text_table(pd.DataFrame([row for _same, row in sorted(listed, key=lambda pair: pair[0])]), key="scenario_parameters",
               alt=_("Hypothèses, celles qui diffèrent d'abord"))  # fmt: skip


def pareto(found: state.Loaded, row: Mapping[str, Any]) -> None:
    """The best compromises with the gain; a point that is clicked can be kept as a scenario."""
    scenario = Scenario.from_dict(row["assumptions"])
    axis = st.segmented_control(
        _("Face au gain net"), list(AXIS_NAMES), default="insertion_hours", required=True,
        format_func=labels({key: _(name) for key, name in AXIS_NAMES.items()}), key="front_axis",
    )  # fmt: skip
    key = (found.territory.declarations.fingerprint, json.dumps(scenario.to_dict(), sort_keys=True), axis)
    kept = st.session_state.setdefault("fronts", {})
    if key not in kept:
        if not st.button(_("Calculer le front ({0} points)").format(POINTS), key="front_run"):
            return
        made = loading.computed(lambda tell: _front(found, scenario, str(axis), tell))
        if made is None:
            return
        kept[key] = made
    table, column = kept[key], AXIS_COLUMNS[str(axis)]
    figure = go.Figure(
        go.Scatter(x=table[column], y=table["gain_eur_per_yr"], mode="lines+markers", marker={"size": 13, "color": "#1f8a5b"},
                   line={"dash": "dot", "color": "#8a8f8c"})
    )  # fmt: skip
    figure.update_layout(height=380, xaxis_title=_(AXIS_NAMES[str(axis)]), yaxis_title=_("Gain net (€/an)"),
                         margin={"l": 8, "r": 8, "t": 8, "b": 8})  # fmt: skip
    st.markdown(_("Aucun point n'est meilleur qu'un autre en tout. Cliquez un point pour en faire un scénario."))
    event: Any = st.plotly_chart(
        figure,
        key="front_chart",
        on_select="rerun",
        selection_mode="points",
        alt=_("Front des meilleurs compromis ; le tableau dit la même chose"),
    )
    shown = pd.DataFrame({
        _("Gain net"): table["gain_eur_per_yr"].map(euros), _(AXIS_NAMES[str(axis)]): table[column].map(number),
        _("Écart prouvé"): [percent(gap, language(), 4) for gap in table["gap"]],
    })  # fmt: skip
    text_table(shown, key="front_table", alt=_("Points du front"))
    take_figure(found, _("Emporter le front"), f"front-{axis}", partial(
        front_figure, table, column, "gain_eur_per_yr", heading=lambda name: _(AXES_SAID[name]), language=language(),
        title=_("Front des compromis : {0}").format(row["name"]),
    ))  # fmt: skip
    points = event["selection"]["points"] if event else []
    if points:
        floor = float(table[column].iloc[points[0]["point_index"]])
        keep_point(row, scenario, str(axis), floor)


def keep_point(row: Mapping[str, Any], scenario: Scenario, axis: str, floor: float) -> None:
    """A point of the front as a scenario of its own: the gain, with a floor on the other indicator."""
    from symbiosis.scenario import LIMITED_NAMES, Limit

    column = AXIS_COLUMNS[axis]
    said = f"{_(AXIS_NAMES[axis])} ≥ {number(floor)}"
    if column not in LIMITED_NAMES:
        st.markdown(_("Ce point se lit dans le tableau ; un plancher sur le CO2e net n'est pas une hypothèse que l'on pose."))
        return
    if st.button(_("Garder ce point comme scénario"), type="primary", key="front_keep"):
        # A hair below, so that rounding does not make the point out of reach of itself.
        held = replace(scenario, name=said, limits=(*scenario.limits, Limit(indicator=column, minimum=floor * (1 - 1e-6))))
        notes = _("point du front, à partir de {0}").format(row["name"])
        if write({"name": said, "notes": notes, "assumptions": held.to_dict(), "is_locked": False, "is_reference": False,
                  "summary": {"territory": row["summary"]["territory"]}}):  # fmt: skip
            st.rerun()


def _front(found: state.Loaded, scenario: Scenario, axis: str, tell: Any) -> pd.DataFrame:
    return apart.front(found.territory, scenario, ["gain", axis], points=POINTS, progress=tell)


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Scénarios"), _("Changer une hypothèse, voir ce qui bouge, toujours à côté de la référence."))
    saved = rows(found)
    row = listing(found, saved)
    if row is None:
        return
    reference = next((one for one in saved if one["is_reference"]), saved[0])
    actions(row, st.session_state.get("scenario_removed"))
    if row["is_locked"]:
        st.markdown(f":material/lock: {_('Verrouillé : dupliquez-le pour en faire varier les hypothèses.')}")
    else:
        # A copy that nothing tells from the reference yet was made to be changed.
        is_new = "gain_eur_per_yr" not in row["summary"] or (not row["is_reference"] and is_like_reference(row, reference))
        with st.expander(_("Hypothèses de « {0} »").format(plain(row["name"])), expanded=is_new):
            edit(found, row)
    against, compromise = st.tabs([_("Face à la référence"), _("Front des compromis")])
    with against:
        try:
            compare(found, row, reference)
        except SymbiosisError as error:
            st.text(str(error))
    with compromise:
        pareto(found, row)


page()
