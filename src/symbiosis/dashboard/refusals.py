"""Pistes non retenues: why a pair is not proposed, and which local operators would unlock what is left."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from symbiosis import messages, workspace
from symbiosis.dashboard import state
from symbiosis.dashboard.sheet_view import show_section
from symbiosis.dashboard.text import _, labels, language, number, plain, word
from symbiosis.dashboard.views import ROWS
from symbiosis.dashboard.widgets import heading, need_territory, say_cut

STATUSES = ("not_retained", "to_investigate", "excluded")


def refused_pairs(found: state.Loaded) -> None:
    """Every pair that was looked at and is not proposed."""
    refusals = found.tables()["refusals"]
    counts = refusals["status"].value_counts()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        status = st.segmented_control(
            _("Pourquoi"),
            ["all", *STATUSES],
            default="all",
            key="refusal_status",
            required=True,
            format_func=labels(
                {"all": _("toutes"), **{key: f"{word(key)} ({number(counts.get(key, 0))})" for key in STATUSES}}
            ),
        )
        wanted = st.text_input(_("Chercher"), key="refusal_search", placeholder=_("palettes, chaleur, verre…"))
    if status != "all":
        refusals = refusals[refusals["status"].eq(status)]
    if wanted.strip():
        text = refusals["output_description"].fillna("") + " " + refusals["need_description"].fillna("")
        refusals = refusals[text.str.contains(wanted.strip(), case=False, regex=False)]
    if refusals.empty:
        st.markdown(_("Aucune piste ne correspond. Effacez la recherche, ou choisissez « toutes »."))
        return
    # What somebody may still want to argue about first: two companies before a chain through an operator, which may end with a
    # few nails out of pallets; of these those whose words are surest, and the nearest.
    is_direct = refusals["operator_1"].fillna("").eq("")
    closeness = is_direct + refusals["confidence"] - 1e-6 * refusals["distance_km"].fillna(0.0)
    shown = refusals.loc[closeness.nlargest(ROWS).index]
    frame: Any = pd.DataFrame(
        {
            "output": shown["output_description"],
            "need": shown["need_description"],
            "status": shown["status"].map(word),
            "reason": shown["binding_reason_text"],
            "km": shown["distance_km"],
        }
    )
    event: Any = st.dataframe(
        frame.style.format({"km": lambda km: number(km, 1)}),
        hide_index=True,
        height=400,
        key="refusals",
        on_select="rerun",
        selection_mode="single-row",
        alt=_("Pistes non retenues et raison qui décide"),
        column_config={
            "output": st.column_config.TextColumn(_("Flux sortant")),
            "need": st.column_config.TextColumn(_("Besoin")),
            "status": st.column_config.TextColumn(_("Statut"), width="small"),
            "reason": st.column_config.TextColumn(_("Raison qui décide"), width="large"),
            "km": st.column_config.NumberColumn(_("km"), width="small"),
        },
    )
    say_cut(len(refusals))
    rows = event["selection"]["rows"]
    if rows and rows[0] < len(shown):
        row = shown.iloc[rows[0]]
        explain(found, str(row["output_id"]), str(row["need_id"]))


def explain(found: state.Loaded, output_id: str, need_id: str) -> None:
    """Why an output and a need are a pair, or why not: the answer that the command line gives too.

    Parameters
    ----------
    found
        What the session looks at.
    output_id, need_id
        The pair.
    """
    proposal, spoken = found.proposal, language()
    declarations = proposal.declarations
    with st.container(border=True):
        output, need = declarations.outputs.loc[output_id], declarations.needs.loc[need_id]
        st.subheader(f"{plain(output['description'])} → {plain(need['description'])}", anchor=False)
        used = proposal.feasible.proposals.exchanges
        direct = used[(used["giver_flow_id"] == output_id) & (used["taker_flow_id"] == need_id)]
        if len(direct):
            st.markdown(_("Cette piste est retenue : voir la fiche {0}.").format(plain(direct["synergy_id"].iloc[0])))
        known = proposal.refusals
        known = known[(known["output_id"] == output_id) & (known["need_id"] == need_id)]
        for code in known["binding_reason"]:
            said = messages.reasons(str(code), spoken, proposal.catalogue)
            if said:
                st.markdown(_("**Raison qui décide** : {0}").format(plain(" ; ".join(said))))
        _found, parts = workspace.explain(
            declarations, proposal.catalogue, proposal.scenario, output_id, need_id, language=spoken, proposal=proposal
        )
        for place, part in enumerate(parts):
            show_section(part, f"explain_{output_id}_{need_id}_{place}")


def choose_pair(found: state.Loaded) -> None:
    """Any output and any need."""
    declarations = found.proposal.declarations
    sites = declarations.sites["name"]

    def names(frame: pd.DataFrame) -> dict[str, str]:
        where = frame["site_id"].map(sites).fillna("")
        return dict(zip(map(str, frame.index), frame["description"] + " · " + where, strict=True))

    outputs, needs = names(declarations.outputs), names(declarations.needs)
    left, right = st.columns(2)
    output_id = left.selectbox(
        _("Flux sortant"),
        list(outputs),
        index=None,
        format_func=labels(outputs),
        key="pair_output",
        placeholder=_("Choisir ou écrire"),
    )
    need_id = right.selectbox(
        _("Besoin"), list(needs), index=None, format_func=labels(needs), key="pair_need", placeholder=_("Choisir ou écrire")
    )
    if output_id and need_id:
        explain(found, output_id, need_id)
    else:
        st.markdown(f":gray[{_('Choisissez un flux sortant et un besoin : la réponse vient ici.')}]")


def missing_links(found: state.Loaded) -> None:
    """Processes that nobody runs here."""
    links = found.tables()["missing_links"]
    if links.empty:
        st.markdown(_("Aucun maillon manquant : chaque procédé utile a déjà un opérateur ici."))
        return
    st.markdown(
        _(
            "Aucun opérateur d'ici ne fait ces opérations. Elles transformeraient ce qui part encore vers un exutoire en ce "
            "qui est encore acheté. Les tonnes et les heures sont un potentiel, pas une promesse."
        )
    )
    # What is not counted in tonnes, heat above all, has none to show; less than one is no outlet for an operator.
    has_tonnes = links["quantity_t_per_yr"] > 0
    links = links[~has_tonnes | (links["quantity_t_per_yr"] >= 1)]
    frame = pd.DataFrame(
        {
            "process": links["process_name"],
            "holders": links["holders"],
            "tonnes": links["quantity_t_per_yr"],
            "needs": links["needs"],
            "labour": links["labour_h_per_yr"],
            "insertion": links["insertion_h_per_yr"],
        }
    )
    whole: Any = dict.fromkeys(("holders", "needs"), number)
    whole |= dict.fromkeys(("tonnes", "labour", "insertion"), lambda value: number(value) if value > 0 else "–")
    st.dataframe(
        frame.style.format(whole),
        hide_index=True,
        height="content",
        key="missing_links",
        alt=_("Filières locales à créer"),
        column_config={
            "process": st.column_config.TextColumn(_("Opération à créer")),
            "holders": st.column_config.NumberColumn(_("Détenteurs")),
            "tonnes": st.column_config.NumberColumn(_("Gisement (t/an)")),
            "needs": st.column_config.NumberColumn(_("Besoins servis")),
            "labour": st.column_config.NumberColumn(_("Heures de travail")),
            "insertion": st.column_config.NumberColumn(_("dont insertion")),
        },
    )


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Pourquoi cette piste n'est pas retenue"))
    refused, pair, links = st.tabs(
        [_("Pistes examinées"), _("Une paire au choix"), _("Filières locales à créer")],
        key="refusals_tab",
        on_change="rerun",
    )
    for tab, show in ((refused, refused_pairs), (pair, choose_pair), (links, missing_links)):
        if tab.open:  # only what is open is made and sent
            with tab:
                show(found)


page()
