"""Qui voit quoi: what the network sees, prices, the charter, the contact, and who has read the company's data."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.dashboard.company import Company, attempt, here
from symbiosis.dashboard.flow_editor import VISIBLE_TO
from symbiosis.dashboard.stories import answer_stories
from symbiosis.dashboard.text import _, day, gray, language, number, plain
from symbiosis.messages import N_
from symbiosis.store import RevokeCharter, SaveContact, SharePrices, ShowCard, SignCharter
from symbiosis.store.permissions import matrix
from symbiosis.store.tables import VISIBILITIES

CHARTER = Path(__file__).parent / "charter"
READ: dict[str, str] = {
    "declared_row": N_("a lu vos flux"),
    "declared_price": N_("a lu vos prix et vos coûts"),
    "row_history": N_("a lu l'historique de vos flux"),
    "contact": N_("a lu vos contacts"),
}
OUTSIDE = ("facilitator", "admin", "owner", "planner", "engine")


def show_trust(company: Company) -> None:
    """The page's part on trust.

    Parameters
    ----------
    company
        Whose.
    """
    left, right = st.columns(2, gap="large")
    with left:
        _preview(company)
        _prices(company)
        _contact(company)
    with right:
        _charter(company)
        answer_stories(company)
        _readers(company)


def _preview(company: Company) -> None:
    st.subheader(_("Ce que le réseau verra"), anchor=False)
    with company.store.open(company.principal) as session:
        cards = session.rows("company_card", company_id=company.id)
    flows = [row for row in company.rows if row.table_name in ("outputs", "needs")]
    counts = Counter(row.visibility for row in flows)
    with st.container(border=True):
        if cards:
            shown = " · ".join(filter(None, (cards[0]["name"], cards[0]["sector"], cards[0]["commune"])))
            st.markdown(_("Votre fiche : {0}").format(f"**{plain(shown)}**"))
        else:
            st.markdown(_("Votre fiche : **rien**. Le réseau ne sait pas que vous participez."))
        for visibility in VISIBILITIES:
            st.markdown("- " + _("{0} : {1}").format(f"{number(counts[visibility])} {_('flux')}", _(VISIBLE_TO[visibility])))
        st.markdown(
            _("Un flux « compté dans le réseau » n'y paraît jamais seul : seulement dans le total d'une famille et d'une "
              "commune, s'il réunit au moins trois entreprises dont aucune ne pèse l'essentiel. "
              "Ni votre nom, ni votre quantité, ni vos mots, ni un prix.")
        )  # fmt: skip
        named = [row.cells.get("description", "") for row in flows if row.visibility == "network"]
        if named:
            with st.expander(_("Vos flux comptés dans le réseau")):
                st.markdown("\n".join(f"- {plain(one)}" for one in sorted(named)))
        if company.may("write", "card"):
            _card(company, cards)


def _card(company: Company, cards: list[dict[str, Any]]) -> None:
    if cards:
        if st.button(_("Retirer la fiche"), key="hide_card"):
            attempt(ShowCard(company_id=company.id, is_shown=False), company.store, company.principal)
            st.rerun()
        return
    with st.popover(_("Montrer une fiche au réseau"), key="card"), st.form("card_form", border=False):
        communes = [row.cells.get("commune", "") for row in company.rows if row.table_name == "sites"]
        sector = st.text_input(_("Secteur, en quelques mots"))
        commune = st.text_input(_("Commune"), communes[0] if communes else "")
        if st.form_submit_button(_("Montrer")):
            card = ShowCard(company_id=company.id, is_shown=True, sector=sector.strip(), commune=commune.strip())
            attempt(card, company.store, company.principal)
            st.rerun()


def _prices(company: Company) -> None:
    st.subheader(_("Prix et coûts"), anchor=False)
    is_shared = bool(company.row["shares_prices"])
    wanted = st.checkbox(
        _("L'animatrice peut lire nos prix et nos coûts"), value=is_shared, disabled=not company.may("share", "price"),
        key=f"share_prices_{company.id}_{is_shared}",
    )  # fmt: skip
    st.markdown(
        gray(_("Sans cette case, le calcul s’en sert sans les montrer. Aucune autre entreprise ne les voit, cochée ou non."))
    )
    if wanted != is_shared:
        attempt(SharePrices(company_id=company.id, is_shared=wanted), company.store, company.principal)
        st.rerun()


def _contact(company: Company) -> None:
    st.subheader(_("Votre contact"), anchor=False)
    with company.store.open(company.principal) as session:
        known = session.rows("contact", order_by=("updated_at",), limit=1, company_id=company.id)
    now: dict[str, Any] = known[0] if known else {"id": "", "version": 0, "name": "", "function": "", "email": "", "phone": ""}
    may_write = company.may("write", "contact")
    with st.form("contact", border=True):
        left, right = st.columns(2)
        titles = {
            "name": _("Nom"),
            "function": _("Fonction"),
            "email": _("Adresse électronique professionnelle"),
            "phone": _("Téléphone"),
        }
        typed = {
            name: str(
                (left if number_ % 2 == 0 else right).text_input(
                    title, now[name], key=f"contact_{name}_{company.id}", disabled=not may_write
                )
            ).strip()
            for number_, (name, title) in enumerate(titles.items())
        }  # fmt: skip
        st.markdown(
            gray(
                _(
                    "Une boîte générique vaut mieux qu’un nom. Communiqué à l’autre partie d’une piste "
                    "quand les deux ont accepté."
                )
            )
        )
        if st.form_submit_button(_("Enregistrer le contact"), disabled=not may_write):
            save = SaveContact(company_id=company.id, contact_id=now["id"], version=now["version"], **typed)
            attempt(save, company.store, company.principal)
            st.rerun()


def _charter(company: Company) -> None:
    st.subheader(_("Charte d'engagement et de confidentialité"), anchor=False)
    standing = [one for one in company.charters if one["revoked_at"] is None]
    for one in standing:
        mandate = _("avec mandat de saisie") if one["has_mandate"] else _("sans mandat de saisie")
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            signed = day(one["signed_on"])
            st.markdown(plain(_("Signée le {0} par {1}, {2}").format(signed, one["signed_by"], mandate)), width="stretch")
            if company.may("write", "charter") and st.button(_("Révoquer"), key=f"revoke_{one['id']}"):
                attempt(RevokeCharter(charter_id=one["id"]), company.store, company.principal)
                st.rerun()
    if not standing:
        st.markdown(
            _("Aucune charte n'est enregistrée. Elle est à la fois le mandat de saisie et l'accord de confidentialité.")
        )
    st.download_button(
        _("Télécharger le modèle de charte"), (CHARTER / f"charte.{language()}.md").read_bytes(),
        file_name=f"charte.{language()}.md", mime="text/markdown", on_click="ignore", key="charter_template",
    )  # fmt: skip
    if company.may("write", "charter"):
        with st.popover(_("Enregistrer une charte signée"), key="sign"):
            _sign(company)


def _sign(company: Company) -> None:
    with st.form("charter", border=False):
        signed_by = st.text_input(_("Signée par"), key="charter_by")
        signed_on = st.date_input(_("Le"), key="charter_on", format="DD/MM/YYYY")
        has_mandate = st.checkbox(_("Donne mandat de saisie à l'animatrice"), value=True, key="charter_mandate")
        document = st.file_uploader(_("Document signé (seule son empreinte est gardée)"), key="charter_document")
        trace = st.text_input(_("Où est l'original, ou comment l'accord a été donné"), key="charter_trace")
        if st.form_submit_button(_("Enregistrer la charte"), type="primary") and signed_by.strip():
            digest = hashlib.sha256(document.getvalue()).hexdigest() if document is not None else ""
            command = SignCharter(
                company_id=company.id, signed_by=signed_by.strip(), signed_on=signed_on.isoformat(), has_mandate=has_mandate,
                document_sha256=digest, trace=trace.strip(),
            )  # fmt: skip
            attempt(command, company.store, company.principal)
            st.rerun()


def _readers(company: Company) -> None:
    st.subheader(_("Qui a vu mes données"), anchor=False)
    with company.store.open(company.principal) as session:
        lines = session.rows("audit", order_by=("seq",), descending=True, limit=500, company_id=company.id)
    told = Counter((here(line["at"]).date(), line["role"], _deed(line)) for line in lines if line["role"] in OUTSIDE)
    if not told:
        st.markdown(_("Personne d'autre que l'entreprise n'a lu ni modifié ses données."))
        return
    frame = pd.DataFrame(
        [(day(read_on), messages.said_of(messages.ROLES, role, language()), deed, number(times))
         for (read_on, role, deed), times in told.items()],
        columns=[_("Jour"), _("Qui"), _("Quoi"), _("Fois")],
    )  # fmt: skip
    st.dataframe(frame, hide_index=True, width="stretch", height="content" if len(frame) < 9 else 320, key="readers",
                 alt=_("Qui a vu ou modifié les données de l'entreprise"))  # fmt: skip


def _deed(line: dict[str, Any]) -> str:
    if line["action"] == "read" and line["resource"] in READ:
        return _(READ[line["resource"]])
    rule = matrix().get((line["resource"], line["action"]))
    if rule is None:
        return f"{line['resource']} {line['action']}"
    return rule.en if language() == "en" else rule.fr
