"""Diagnostic: what a company declares, what it could gain, who sees what; for the company itself or its facilitator."""

from __future__ import annotations

import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.company import Company, attempt, choose_company, extension_of, meter, show_told
from symbiosis.dashboard.flow_editor import SECTIONS, saved_line, show_section
from symbiosis.dashboard.flow_history import show_history
from symbiosis.dashboard.importing import show_import
from symbiosis.dashboard.own_matches import show_matches
from symbiosis.dashboard.text import _, labels, labels_of, language, plain, word
from symbiosis.dashboard.trust import show_trust
from symbiosis.dashboard.understood import show_understood
from symbiosis.dashboard.widgets import heading, link
from symbiosis.messages import N_
from symbiosis.schemas import DECLARATIONS
from symbiosis.store import SaveProfile
from symbiosis.workspace.stored import problems_by_row

PARTS: dict[str, str] = {
    "profile": N_("Profil"),
    **{name: title for name, (title, _sheets) in SECTIONS.items()},
    "matches": N_("Pistes et gains"),
    "trust": N_("Qui voit quoi"),
    "history": N_("Historique"),
    "import": N_("Importer"),
}
LACKS_SHOWN = 3


def page() -> None:
    """The page."""
    heading(_("Diagnostic"), _("Ce qui sort de l'entreprise, ce dont elle a besoin, et ce qu'elle peut y gagner."))
    show_told()
    company = choose_company()
    if company is None:
        st.info(
            _(
                "Aucune entreprise n'est inscrite sur ce territoire : inscrivez la première, importez vos fichiers, ou gardez "
                "une copie de ce qui est ouvert."
            )
        )
        if identity.may_open("run", "record"):
            link("data", _("Importer, ou garder une copie"))
        return
    if not company.principal.is_member and not company.may("write", "flow"):
        st.warning(
            _("Cette entreprise n'a pas de charte avec mandat : ses flux se lisent, mais ne se saisissent pas "
              "encore pour elle. "
              "La charte s'enregistre sous « Qui voit quoi ».")
        )  # fmt: skip
    _top(company)
    part = st.segmented_control(
        _("Partie du diagnostic"), list(PARTS), default="profile", format_func=labels_of(PARTS),
        key="diagnostic_part", required=True, label_visibility="collapsed",
    )  # fmt: skip
    if part == "profile":
        _profile(company)
    elif part in SECTIONS:
        problems = problems_by_row(company.row, company.rows, state.catalogue(), extension_of(company))
        show_section(company, str(part), problems)
        if part != "sites":
            show_understood(company, SECTIONS[str(part)][1])
    elif part == "matches":
        show_matches(company)
    elif part == "trust":
        show_trust(company)
    elif part == "import":
        _import(company)
    else:
        show_history(company)


def _import(company: Company) -> None:
    """Files of this company alone."""
    if not company.may("write", "import"):
        st.info(_("Ce rôle lit les flux de cette entreprise ; il n'en importe pas."))
        return
    show_import(company.id)


def _top(company: Company) -> None:
    """Name, what was kept, how complete it is and what matters most."""
    measured = meter(company)
    left, right = st.columns([1, 2], gap="large", vertical_alignment="center")
    with left:
        st.markdown(f"**{plain(company.row['name'])}**")
        saved_line(company)
    with right:
        share = messages.percent(measured.share, language())
        st.progress(measured.share, text=_("Déclarations complètes à {0}").format(share))
        if not any(row.table_name in ("outputs", "needs") for row in company.rows):
            st.markdown(_("Commencez par un site, puis un premier flux : sa désignation, sa quantité, son unité."))
        if measured.lacks:
            told = [
                f"- {plain(messages.said_of(messages.LACKS, lack.datum, language()))} – {plain(lack.description)} "
                f":gray[(+ {plain(messages.percent(lack.rise, language()))})]"
                for lack in measured.lacks[:LACKS_SHOWN]
            ]
            st.markdown(_("Ce qui ferait le plus avancer :") + "\n" + "\n".join(told))


def _profile(company: Company) -> None:
    """The cells of the company's row of actors."""
    table, profile = DECLARATIONS["actors"], company.row["profile"]
    may_write = company.may("write", "company")
    with st.form("profile", border=True):
        left, right = st.columns(2, gap="large")
        name = left.text_input(_("Nom"), company.row["name"], disabled=not may_write, key=f"profile_name_{company.id}")
        typed = {}
        for number, column in enumerate(("nace", "siren", "headcount", "group")):
            known = table.columns[column]
            title, told = (known.title_en, known.help_en) if language() == "en" else (known.title_fr, known.help_fr)
            typed[column] = (right if number % 2 == 0 else left).text_input(
                title, profile.get(column, ""), help=told or None, disabled=not may_write, key=f"profile_{column}_{company.id}"
            )
        for place, column in zip((left, right), ("kind", "structure"), strict=True):
            choices = ["", *table.columns[column].choices]
            title = table.columns[column].title_en if language() == "en" else table.columns[column].title_fr
            now = profile.get(column, "")
            typed[column] = place.selectbox(
                title, choices, index=choices.index(now) if now in choices else 0, disabled=not may_write,
                format_func=labels({choice: _kind(choice) for choice in choices}), key=f"profile_{column}_{company.id}",
            )  # fmt: skip
        sent = st.form_submit_button(_("Enregistrer"), type="primary", disabled=not may_write)
    if sent and name.strip():
        command = SaveProfile(
            company_id=company.id, name=name.strip(), profile={**profile, **typed}, version=company.row["version"]
        )
        attempt(command, company.store, company.principal)
        st.rerun()
    st.markdown(
        f":gray[{_('Le code NAF sert à poser des questions sur les flux usuels de l’activité ; il ne crée jamais de flux.')}]"
    )


KINDS: dict[str, str] = {
    "company": N_("entreprise"),
    "public": N_("collectivité ou service public"),
    "social_enterprise": N_("structure d'insertion ou entreprise sociale"),
    "association": N_("association"),
}


def _kind(choice: str) -> str:
    return _(KINDS[choice]) if choice in KINDS else word(choice) if choice else "–"


page()
