"""The form of an operation: process, capacity, hourly cost after aid, posts by kind, months of opening."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from babel.dates import get_month_names

from symbiosis import messages
from symbiosis.dashboard import state
from symbiosis.dashboard.text import _, labels, language
from symbiosis.decisions.market import MONTHS
from symbiosis.decisions.operation import POSTS
from symbiosis.messages import N_
from symbiosis.report.operation_sheet import POST_NAMES

ASKED: dict[str, str] = {
    "capacity": N_("Capacité par an (unités du procédé)"),
    "labour_h_per_unit": N_("Heures de travail par unité"),
    "hourly_cost_eur_per_h": N_("Coût horaire, aides déduites (€/h)"),
    "fixed_cost_eur_per_yr": N_("Coût fixe (€/an)"),
}
OTHER = N_("Autres coûts par unité (€)")


def operation_form(sites: Mapping[str, str], cells: Mapping[str, str], *, key: str, label: str) -> dict[str, str] | None:
    """The form; what the process usually takes stands where nothing is told.

    Parameters
    ----------
    sites
        Where the operation may stand: name by id.
    cells
        As they are declared.
    key
        Of the widgets.
    label
        Of its button.

    Returns
    -------
    dict of str or None
        Cells as they are typed in tables, once the form is sent.
    """
    processes = state.catalogue().processes
    names = {str(one): f"{messages.name(processes, str(one), language())} ({unit})" for one, unit in processes["unit"].items()}
    listed = sorted(names, key=lambda one: names[one].casefold())
    known = cells.get("process_id", "")
    with st.form(key, border=False):
        process = st.selectbox(
            _("Procédé"), listed, index=listed.index(known) if known in names else 0, format_func=labels(names),
            key=f"{key}_process",
        )  # fmt: skip
        left, right = st.columns(2)
        name = left.text_input(_("Nom de l'opération"), cells.get("name", ""), max_chars=120, key=f"{key}_name")
        ids = list(sites)
        place = cells.get("site_id", "")
        site = right.selectbox(
            _("Site"), ids, index=ids.index(place) if place in sites else 0, format_func=labels(sites), key=f"{key}_site"
        )
        values = {}
        for number, (column, title) in enumerate(ASKED.items()):
            values[column] = (left, right)[number % 2].number_input(
                _(title), min_value=0.0, value=_number(cells.get(column, "")), key=f"{key}_{column}"
            )
        other = left.number_input(_(OTHER), min_value=0.0, value=_other(cells), key=f"{key}_other")
        known_share = round(100 * (_number(cells.get("insertion_share", "")) or 0.0))
        share = right.slider(_("Part des heures en parcours d'insertion (%)"), 0, 100, known_share, step=5, key=f"{key}_share")
        posts = {
            kind: column.number_input(
                _("Postes {0} (ETP)").format(_(POST_NAMES[kind])), min_value=0.0, step=0.5,
                value=_number(cells.get(f"posts_{kind}_fte", "")), key=f"{key}_posts_{kind}",
            )
            for kind, column in zip(POSTS, st.columns(len(POSTS)), strict=True)
        }  # fmt: skip
        said = get_month_names("wide", locale={"fr": "fr_FR", "en": "en_GB"}[language()])
        months = st.multiselect(
            _("Mois d'ouverture (vide : toute l'année)"), list(MONTHS),
            default=[int(one) for one in cells.get("months", "").split(";") if one.strip().isdigit()],
            format_func=labels({str(month): str(said[month]) for month in MONTHS}), key=f"{key}_months",
        )  # fmt: skip
        is_sent = st.form_submit_button(label, type="primary")
    if not is_sent:
        return None
    if not values["capacity"]:
        st.warning(_("Dites une capacité : sans elle, rien ne se compte."))
        return None
    hourly, hours = values["hourly_cost_eur_per_h"], values["labour_h_per_unit"]
    cost = None if hourly is None or hours is None else hourly * hours + (other or 0.0)
    return {
        "process_id": str(process), "name": name.strip(), "site_id": str(site), **{k: _cell(v) for k, v in values.items()},
        "cost_eur_per_unit": _cell(other if cost is None else cost), "insertion_share": _cell(share / 100),
        **{f"posts_{kind}_fte": _cell(value) for kind, value in posts.items()},
        "months": ";".join(str(month) for month in sorted(months)),
    }  # fmt: skip


def _other(cells: Mapping[str, str]) -> float | None:
    """What the declared cost of a unit holds besides its hours."""
    cost, hourly, hours = (
        _number(cells.get(name, "")) for name in ("cost_eur_per_unit", "hourly_cost_eur_per_h", "labour_h_per_unit")
    )
    return cost if cost is None or hourly is None or hours is None else max(cost - hourly * hours, 0.0)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
