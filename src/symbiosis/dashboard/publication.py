"""Publication: what would be published and what would not, to whom, the versions, and the agreements of access."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pandas as pd
import streamlit as st

from symbiosis.dashboard import identity, loading, state
from symbiosis.dashboard.text import _, counted, day, gray, labels, labels_of, language, number, plain
from symbiosis.dashboard.widgets import heading, link, text_table
from symbiosis.disclosure import Release
from symbiosis.errors import DisclosureError, NotAllowed, NotFound, StaleVersion
from symbiosis.messages import N_
from symbiosis.publishing import preview_proposal, publish_proposal
from symbiosis.report.published import DIMENSIONS, label_of
from symbiosis.report.publishing import COUNTED, LEVELS, TITLES, publishing
from symbiosis.store import RevokeAgreement, SignAgreement, run, show_to_public, withdraw
from symbiosis.store.planning import planners

CELL_STATES: dict[str, str] = {
    "published": N_("montré"), "hidden": N_("secret"), "kept": N_("gardé d'une version précédente"),
    "withheld": N_("attend une version plus tardive"), "empty": N_("vide"),
}  # fmt: skip
CELL_REASONS: dict[str, str] = {
    "too_few_units": N_("trop peu d'entreprises"), "dominant_unit": N_("une entreprise domine"),
    "estimable_unit": N_("une entreprise pourrait en estimer une autre"), "complement": N_("masqué avec un autre chiffre"),
    "change": N_("le changement désignerait une entreprise"), "earlier_version": N_("secret dans une version récente"),
}  # fmt: skip


def _key(name: str) -> str:
    """One key a click, kept until it is answered: a click that is sent twice does one thing."""
    return str(st.session_state.setdefault(f"publication_key_{name}", uuid4().hex))


def _answered(name: str) -> None:
    st.session_state.pop(f"publication_key_{name}", None)


def at_hand() -> state.Loaded | None:
    """The proposal of the territory of the store; what was opened besides is not published."""
    found, principal = state.loaded(), identity.current().principal
    if found is not None and found.territory_id == principal.territory_id:
        return found
    with st.container(border=True):
        st.markdown(_("Seul le territoire en cours se publie : ouvrez-le d'abord, pour que sa proposition soit calculée."))
        if st.button(_("Ouvrir le territoire en cours"), key="publication_open", type="primary"):
            loading.open_stored()
        problems = st.session_state.get("refused")
        if isinstance(problems, state.Refused):
            st.markdown(_("Le territoire en cours ne peut pas être calculé : relisez ses données."))
            link("data", _("Voir les données"))
    return None


def prepare(found: state.Loaded) -> None:
    """What would be shown and hidden; then the button that publishes it."""
    store, principal = identity.current()
    kept = st.session_state.get("publication_preview")
    versions = kept[1] if kept is not None and kept[0] is found else None
    if st.button(_("Voir ce qui serait publié"), key="preview", type="secondary" if versions else "primary"):
        try:
            with st.spinner(_("Contrôle du secret")):
                versions = preview_proposal(store, principal, found.proposal)
        except DisclosureError:
            st.warning(_("Une table ne peut pas passer le contrôle : rien n'est publié."))
            return
        st.session_state["publication_preview"] = (found, versions)
    if versions is None:
        return
    with st.container(border=True):
        for sentence in publishing(versions, language()):
            st.markdown(f"- {plain(sentence)}")
    names = {name: _(TITLES[name]) for name in versions}
    shown = st.selectbox(_("Table"), list(names), format_func=labels(names), key="preview_table")
    if shown:
        frame = judged_cells(versions[shown])
        text_table(frame.head(200), key=f"preview_{shown}", alt=_("Chiffres montrés et masqués, avec leur raison"))
    publish(found)


def judged_cells(version: Release) -> pd.DataFrame:
    """Every figure of a version with what becomes of it: for whoever decides.

    Parameters
    ----------
    version
        After the gate.
    """
    cells, name = version.cells, label_of(state.catalogue(), language())
    said = pd.DataFrame({
        _(DIMENSIONS[one]): [name(str(label)) for label in cells.index.get_level_values(one)] for one in version.dimensions
    })  # fmt: skip
    said[_("Ce que le lecteur verrait")] = [
        number(shown) if status in ("published", "kept") and pd.notna(shown) else _("secret") if status == "hidden" else ""
        for shown, status in zip(cells["shown"], cells["status"], strict=True)
    ]
    said[_("Statut")] = [_(CELL_STATES[one]) if one in CELL_STATES else one for one in cells["status"]]
    said[_("Raison")] = [_(CELL_REASONS[one]) if one in CELL_REASONS else one for one in cells["reason"]]
    return said[(cells["status"] != "empty").to_numpy()]


def publish(found: state.Loaded) -> None:
    """Title, readers and the button."""
    store, principal = identity.current()
    with st.form("publish"):
        title = st.text_input(_("Titre que liront les lecteurs"), key="publication_title", max_chars=120)
        level = st.radio(
            _("Publier pour"), ["planner", "members"], format_func=labels_of(LEVELS), key="publication_level", horizontal=True
        )
        st.markdown(
            gray(plain(_("Une publication ne se modifie pas : elle se retire, et elle compte encore dans les suivantes.")))
        )
        is_sent = st.form_submit_button(_("Publier"), type="primary")
    if not is_sent:
        return
    if not title.strip():
        st.warning(_("Donnez un titre à la publication."))
        return
    try:
        with st.spinner(_("Contrôle du secret")):
            publish_proposal(store, principal, found.proposal, title=title.strip(), key=_key("publish"), level=str(level))
    except StaleVersion:
        st.warning(_("Une autre version vient d'être publiée : regardez de nouveau ce qui serait publié."))
        return
    except DisclosureError:
        st.warning(_("Une table ne peut pas passer le contrôle : rien n'est publié."))
        return
    _answered("publish")
    st.session_state.pop("publication_preview", None)
    st.session_state["publication_done"] = _("Publié.")
    st.rerun()


def versions_list() -> None:
    """What was published in this territory: to whom, when; show it to the public, take it away."""
    store, principal = identity.current()
    with store.open_published(principal) as session:
        listed = session.rows("publication", order_by=("published_at",), descending=True, territory_id=principal.territory_id)
    if not listed:
        st.markdown(_("Rien n'est encore publié."))
        return
    for row in listed:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            counts = row["report"]
            secret = counts.get("secret", 0)
            state_said = (
                _("retirée le {0}").format(day(row["withdrawn_at"]))
                if row["withdrawn_at"]
                else f"{counted(*COUNTED[0], sum(counts.values()) - secret)}, {counted(*COUNTED[1], secret)}"
                if counts
                else _("récit")
            )
            st.markdown(
                f"**{plain(row['title'])}** · {_('version')} {number(row['version'])} · {plain(_(LEVELS[row['level']]))}  \n"
                f":gray[{day(row['published_at'])} · {plain(state_said)}]",
                width="stretch",
            )
            if row["withdrawn_at"]:
                continue
            if row["level"] != "public" and st.button(_("Montrer au public"), key=f"public_{row['id']}"):
                _to_public(row["id"])
            if st.button(_("Retirer"), key=f"withdraw_{row['id']}"):
                _take_away(row["id"])


def _to_public(publication_id: str) -> None:
    store, principal = identity.current()
    name = f"public_{publication_id}"
    try:
        show_to_public(store, principal, publication_id, key=_key(name))
    except NotAllowed:
        st.warning(_("Il faut une seconde personne : qui a publié une version ne la montre pas au public."))
        return
    except NotFound:
        st.warning(_("Cette version n'est plus là : rechargez la page."))
        return
    _answered(name)
    st.session_state["publication_done"] = _("Tout le public la voit maintenant.")
    st.rerun()


def _take_away(publication_id: str) -> None:
    store, principal = identity.current()
    name = f"withdraw_{publication_id}"
    withdraw(store, principal, publication_id, key=_key(name))
    _answered(name)
    st.session_state["publication_done"] = _("Retirée : ses chiffres sont effacés de la base publiée.")
    st.rerun()


def agreements() -> None:
    """Who has signed an agreement of access, until when; record one, end one."""
    store, principal = identity.current()
    people = {one["id"]: f"{one['name']} ({one['email']})" for one in planners(store, principal)}
    with store.open(principal) as session:
        signed = session.rows("agreement", order_by=("ends_on",), territory_id=principal.territory_id)
    st.markdown(
        _(
            "Une collectivité qui a signé voit les cases publiées entreprise par entreprise ; chaque entreprise montrée "
            "le lit, avec le nom du compte et la date."
        )
    )
    today = datetime.now(tz=UTC).date()
    for row in signed:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            is_over = bool(row["revoked_at"]) or row["ends_on"] < today.isoformat()
            told = _("terminée") if is_over else _("en cours")
            who = people.get(row["user_id"]) or _("compte fermé")
            st.markdown(
                f"**{plain(who)}** · {plain(told)}  \n"
                + plain(_("Signée le {0}, jusqu'au {1}").format(day(row["signed_on"]), day(row["ends_on"]))),
                width="stretch",
            )
            if not is_over and st.button(_("Mettre fin"), key=f"revoke_{row['id']}"):
                run(store, principal, RevokeAgreement(agreement_id=row["id"]), key=_key(f"revoke_{row['id']}"))
                _answered(f"revoke_{row['id']}")
                st.rerun()
    if not people:
        st.info(_("Aucun compte de collectivité sur ce territoire : invitez-en un d'abord, sur le serveur."))
        return
    sign(people, today)


def sign(people: dict[str, str], today: date) -> None:
    """Records an agreement that was signed.

    Parameters
    ----------
    people
        Id of an account to its name.
    today
        First day that is offered.
    """
    store, principal = identity.current()
    with st.form("agreement"):
        user_id = st.selectbox(_("Collectivité"), list(people), format_func=labels(people), key="agreement_user")
        left, right = st.columns(2)
        signed_on = left.date_input(_("Signée le"), today, format="DD/MM/YYYY", key="agreement_signed")
        ends_on = right.date_input(_("Jusqu'au"), today.replace(month=12, day=31), format="DD/MM/YYYY", key="agreement_ends")
        document = st.file_uploader(_("Document signé (seule son empreinte est gardée)"), key="agreement_document")
        is_sent = st.form_submit_button(_("Enregistrer la convention"), type="primary")
    if not is_sent:
        return
    if document is None or ends_on < signed_on:
        st.warning(_("Il faut le document signé, et une fin qui ne vient pas avant la signature."))
        return
    command: Any = SignAgreement(
        territory_id=principal.territory_id, user_id=user_id, signed_on=signed_on.isoformat(), ends_on=ends_on.isoformat(),
        document_sha256=hashlib.sha256(document.getvalue()).hexdigest(),
    )  # fmt: skip
    run(store, principal, command, key=_key("agreement"))
    _answered("agreement")
    st.rerun()


def page() -> None:
    """The page."""
    heading(_("Publier"), _("Des totaux, jamais une entreprise : le contrôle du secret passe avant tout lecteur."))
    done = st.session_state.pop("publication_done", "")
    if done:
        st.success(done)
    parts = {"prepare": _("Préparer"), "versions": _("Versions publiées"), "agreements": _("Accès sous convention")}
    part = st.segmented_control(
        _("Partie"), list(parts), default="prepare", format_func=labels(parts), key="publication_part", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if part == "versions":
        versions_list()
    elif part == "agreements":
        agreements()
    else:
        found = at_hand()
        if found is not None:
            prepare(found)


page()
