"""Opérateur: a process that is proposed, the volume within its reach, what it would be paid, the work that it makes.

A company reads what the last run has told of its own operations. A facilitator, and whoever looks at a demonstration, reads the
sheet of any operation of the territory at hand, and can try another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import streamlit as st

from symbiosis import messages, workspace
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.company import Company, attempt, here, read_company, show_told
from symbiosis.dashboard.documents import footer, take_document
from symbiosis.dashboard.flow_editor import save_cells
from symbiosis.dashboard.operation_form import operation_form
from symbiosis.dashboard.sheet_view import show_section
from symbiosis.dashboard.text import _, labels, language, number, plain
from symbiosis.dashboard.widgets import heading, link, need_territory
from symbiosis.decisions.market import Market, around, market_of
from symbiosis.decisions.operation import Offer, offers_of, typed_operators
from symbiosis.report.document import Document
from symbiosis.report.operation_sheet import operation_document, operation_rows
from symbiosis.report.published import spreadsheet
from symbiosis.scenario import Scenario
from symbiosis.store import DeclaredRow, SaveRow
from symbiosis.store.operations import committed
from symbiosis.workspace.stored import StoredRow

DRAFT = "draft-operation"
"""Id of an operation that is only tried."""


def page() -> None:
    """The page."""
    heading(_("Opérateur"), _("Ce qu'une opération peut attendre : un volume, une rémunération, des postes."))
    show_told()
    store, principal = identity.current()
    if principal.is_member:
        _of_company(read_company(store, principal, principal.company_ids[0]))
    else:
        _of_territory(need_territory())


# ------------------------------------------------------------------------------------------------------ a company's operations


def _of_company(company: Company) -> None:
    rows = {row.row_key: row for row in company.rows if row.table_name == "operators"}
    structure = str(company.row["profile"].get("structure", ""))
    offers = _offers({key: row.cells for key, row in rows.items()}, dict.fromkeys(rows, structure))
    with company.store.open(company.principal) as session:
        sides = {row["operator_key"]: row for row in session.rows("operation_side", company_id=company.id)}
    names = {key: offer.name or _process(offer.process_id) for key, offer in offers.items()}
    chosen = ""
    if names:
        chosen = str(st.selectbox(_("Opération"), list(names), format_func=labels(names), key="operation"))
        side = sides.get(chosen)
        market = Market.from_dict(side["sheet"]) if side is not None else None
        promised = (side["committed_t_per_yr"], side["committed_projects"]) if side is not None else (0.0, 0)
        if side is None:
            st.info(_("Les volumes paraîtront ici après le prochain calcul de l'animatrice."))
        else:
            st.markdown(f":gray[{_('Calcul du {0}').format(here(side['updated_at']).strftime('%d/%m/%Y'))}]")
        _show(None, operation_document(
            offers[chosen], market, state.catalogue(), language(), committed=promised, over=str(company.row["name"]),
        ), chosen)  # fmt: skip
    else:
        st.info(_("Aucune opération n'est déclarée : proposez un procédé ci-dessous."))
    if company.may("write", "flow"):
        _write_own(company, rows.get(chosen))


def _write_own(company: Company, row: StoredRow | None) -> None:
    """Forms of a company: change the operation in sight, propose another one."""
    sites = {one.row_key: one.cells.get("name") or one.cells.get("commune") or one.row_key for one in company.rows
             if one.table_name == "sites"}  # fmt: skip
    if not sites:
        st.markdown(_("Il faut d'abord un site : il se saisit dans Diagnostic."))
        link("diagnostic", _("Ouvrir le diagnostic"))
        return
    if row is not None:
        with st.expander(_("Modifier cette opération")):
            cells = operation_form(sites, row.cells, key=f"operation_{row.id}_{row.version}", label=_("Enregistrer"))
            if cells is not None and save_cells(company, row, cells, key=uuid4().hex) is not None:
                st.rerun()
    with st.expander(_("Proposer un procédé"), expanded=row is None):
        cells = operation_form(sites, {}, key="operation_new", label=_("Proposer"))
        if cells is not None and _add(company, cells):
            st.rerun()


def _add(company: Company, cells: Mapping[str, str]) -> bool:
    row = DeclaredRow(
        table_name="operators", row_key=f"o-{uuid4().hex[:10]}", cells={**cells, "is_existing": "false"}, company_id=company.id
    )
    command = SaveRow(territory_id=str(company.row["territory_id"]), row=row)
    return attempt(command, company.store, company.principal) is not None


# -------------------------------------------------------------------------------------------------- the territory in sight


def _of_territory(found: state.Loaded) -> None:
    candidates, declared = found.proposal.candidates, found.territory.declarations
    operators = candidates.flows.operators
    offers = offers_of(
        declared.operators, {str(key): str(one) for key, one in operators["structure"].items()}, found.proposal.catalogue,
        found.proposal.scenario,
    )  # fmt: skip
    whose = {str(key): str(name) for key, name in operators["actor_name"].items()}
    names = {key: f"{offer.name or _process(offer.process_id)} · {whose[key]}" for key, offer in offers.items()}
    draft = _draft(found)
    if draft is not None:
        offers[DRAFT] = draft[0]
        names = {DRAFT: _("À l'essai : {0}").format(draft[0].name or _process(draft[0].process_id)), **names}
    if names:
        chosen = str(st.selectbox(_("Opération"), list(names), format_func=labels(names), key=f"operation_{draft is not None}"))
        market = draft[1] if draft is not None and chosen == DRAFT else _market(found, chosen)
        promised = committed(_projects(found), chosen)
        document = operation_document(
            offers[chosen], market, found.proposal.catalogue, language(), committed=(sum(promised), len(promised)),
            banner=workspace.banner(found.proposal, language()), footer=footer(found), over=names[chosen],
        )  # fmt: skip
        _show(found, document, chosen)
        if chosen != DRAFT:
            plan = found.proposal.feasible.allocation.plan["throughput"]
            st.markdown(
                f":gray[{_('La proposition lui confie {0} par an ; ce chiffre n’est pas sur sa fiche.')}]".format(
                    plain(f"{number(plan.get(chosen, 0.0))} {offers[chosen].unit}")
                )
            )
    _try(found)


def _market(found: state.Loaded, operator_id: str) -> Market:
    kept = st.session_state.setdefault("markets", {})
    key = (id(found), operator_id)
    if key not in kept:
        proposal = found.proposal
        kept[key] = market_of(proposal.candidates, proposal.catalogue, proposal.scenario, operator_id)
    market: Market = kept[key]
    return market


def _projects(found: state.Loaded) -> Sequence[Mapping[str, Any]]:
    """Projects of the territory, where what is in sight is the one at hand."""
    store, principal = identity.current()
    if not found.territory_id or found.territory_id != principal.territory_id:
        return ()
    with store.open(principal) as session:
        return session.rows("project")


def _try(found: state.Loaded) -> None:
    """The form of an operation that does not stand here yet."""
    declared = found.territory.declarations
    names = declared.sites["actor_id"].map(declared.actors["name"])
    sites = {str(key): f"{name} · {commune}" for key, name, commune in zip(
        declared.sites.index, names, declared.sites["commune"], strict=True)}  # fmt: skip
    with st.expander(_("Essayer un procédé"), icon=":material/science:"):
        st.markdown(_("Rien n'est enregistré : la fiche paraît en haut, avec les volumes de ce territoire."))
        cells = operation_form(sites, {}, key="operation_try", label=_("Calculer les volumes"))
        if cells is not None:
            with st.spinner(_("Recherche des flux à portée")):
                st.session_state["operation_draft"] = (id(found), cells, _around(found, cells))
            st.rerun()


def _around(found: state.Loaded, cells: Mapping[str, str]) -> Market:
    proposal = found.proposal
    declared = replace(found.territory.declarations, operators=typed_operators({DRAFT: cells}))
    candidates = around(proposal.candidates.flows, declared, proposal.catalogue, proposal.scenario, DRAFT)
    return market_of(candidates, proposal.catalogue, proposal.scenario, DRAFT)


def _draft(found: state.Loaded) -> tuple[Offer, Market] | None:
    """The operation on trial, if it was tried on what is in sight."""
    kept = st.session_state.get("operation_draft")
    if kept is None or kept[0] != id(found):
        return None
    declared = found.territory.declarations
    actor = declared.sites.at[kept[1]["site_id"], "actor_id"]
    return _offers({DRAFT: kept[1]}, {DRAFT: str(declared.actors.at[actor, "structure"])})[DRAFT], kept[2]


# ------------------------------------------------------------------------------------------------------------------- the sheet


def _offers(rows: Mapping[str, Mapping[str, str]], structures: Mapping[str, str]) -> dict[str, Offer]:
    return offers_of(typed_operators(rows), structures, state.catalogue(), Scenario()) if rows else {}


def _process(process_id: str) -> str:
    return messages.name(state.catalogue().processes, process_id, language())


def _show(found: state.Loaded | None, document: Document, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[{plain(document.under)}]", width="content")
        st.space("stretch")
        rows = operation_rows(document)
        titles = dict(zip(rows.columns, (_("Rubrique"), _("Donnée"), _("Valeur"), _("Note")), strict=True))
        st.download_button(
            _("CSV"), spreadsheet(rows, titles, language()), file_name=f"operation-{name}.csv", mime="text/csv",
            on_click="ignore", key="operation_csv",
        )  # fmt: skip
        # A company's document is made when its box opens; nothing of it is kept.
        take_document(found, _("PDF, Word"), f"operation-{name}", lambda: document)
    left, right = st.columns(2, gap="large")
    tall = [section for section in document.sections if section.table is not None]
    for section in tall:
        show_section(section, f"operation_{section.title}")
    for number_, section in enumerate(section for section in document.sections if section.table is None):
        with (left, right)[number_ % 2]:
            show_section(section, f"operation_{section.title}")


page()
