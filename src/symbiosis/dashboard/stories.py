"""Stories: a project that is done is told by its facilitator, accepted by the companies that took part, read by everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import streamlit as st

from symbiosis import workspace
from symbiosis.dashboard import identity
from symbiosis.dashboard.company import Company, attempt
from symbiosis.dashboard.text import _, day, labels, language, number, plain
from symbiosis.errors import DisclosureError, NotAllowed, NotFound, StaleVersion, StoreError
from symbiosis.messages import N_
from symbiosis.store import AnswerStory, SaveStory, answer_story, publish_story, stories, withdraw
from symbiosis.store.stories import ACCEPTED, LONGEST

ANSWERS: dict[str, str] = {
    "asked": N_("n'a pas encore répondu"),
    "named": N_("accepte d'être nommée"),
    "unnamed": N_("accepte, sans être nommée"),
    "refused": N_("refuse"),
}
FIGURES: dict[str, str] = {
    "quantity_t_per_yr": N_("tonnes par an"),
    "insertion_h_per_yr": N_("heures d'insertion par an"),
    "gain_eur_per_yr": N_("euros de gain par an"),
}
"""What may be told of a project, in the order in which it is told."""


def figures(told: Mapping[str, Any]) -> str:
    """Measured figures in one line.

    Parameters
    ----------
    told
        Indicator to its value.
    """
    return " · ".join(f"{number(told[name])} {_(title)}" for name, title in FIGURES.items() if told.get(name) is not None)


def tell_story(names: Mapping[str, str], project: Mapping[str, Any]) -> None:
    """What a facilitator writes of a project that is done, whom she waits for, and the button that publishes it.

    Parameters
    ----------
    names
        Of the companies, by id.
    project
        Its row.
    """
    store, principal = identity.current()
    with store.open(principal) as session:
        kept = session.rows("story", project_id=project["id"])
        sides = session.rows("story_side", order_by=("asked_at",), story_id=kept[0]["id"]) if kept else []
    story: Mapping[str, Any] = kept[0] if kept else {"title": project["title"], "text": "", "source": "", "version": 0}
    st.subheader(_("Récit public"), anchor=False)
    if not project["company_ids"] or not project["realised"]:
        st.markdown(_("Un récit dit ce qui a été mesuré, avec les entreprises du projet : notez d'abord l'un et l'autre."))
        return
    if kept and story["publication_id"]:
        st.success(_("Publié : tout le monde le lit sous « Territoire publié »."))
        if st.button(_("Retirer le récit"), key=f"story_withdraw_{project['id']}"):
            withdraw(store, principal, story["publication_id"], key=uuid4().hex)
            st.rerun()
        return
    with st.form(f"story_{project['id']}_{story['version']}"):
        title = st.text_input(_("Titre du récit"), story["title"], max_chars=120, key=f"story_title_{project['id']}")
        text = st.text_area(_("Ce qui a été fait, et comment"), story["text"], max_chars=LONGEST, height=160,
                            key=f"story_text_{project['id']}")  # fmt: skip
        example = _("par exemple : bons de pesée 2026")
        source = st.text_input(_("D'où viennent les chiffres"), story["source"], max_chars=200, placeholder=example,
                               key=f"story_source_{project['id']}")  # fmt: skip
        st.markdown(f":gray[{_('Chiffres mesurés, qui paraîtront :')}] {plain(figures(project['realised']))}")
        if st.form_submit_button(_("Demander leur accord aux entreprises"), type="primary"):
            command = SaveStory(project_id=project["id"], title=title, text=text, source=source, version=story["version"])
            attempt(command, store, principal)
            st.rerun()
    for side in sides:
        st.markdown(f"- **{plain(names.get(side['company_id'], ''))}** {plain(_(ANSWERS[side['decision']]))}")
    if kept and sides and all(side["decision"] in ACCEPTED for side in sides):
        _publish(story)


def _publish(story: Mapping[str, Any]) -> None:
    store, principal = identity.current()
    if not st.button(_("Publier le récit"), type="primary", key=f"story_publish_{story['id']}"):
        return
    try:
        publish_story(store, principal, story["id"], version=story["version"], key=uuid4().hex)
    except DisclosureError:
        st.error(_("Rien n'est publié : le texte nomme une entreprise qui ne l'a pas accepté, ou les chiffres ont été "
                   "mesurés de nouveau. Corrigez, puis redemandez leur accord."))  # fmt: skip
    except (NotAllowed, NotFound, StaleVersion):
        st.error(_("Rien n'est publié : une entreprise vient de changer sa réponse."))
    else:
        st.rerun()


def answer_stories(company: Company) -> None:
    """Stories that speak of a company, before anybody else reads them, and its answer; nothing where there is none.

    Parameters
    ----------
    company
        Whose.
    """
    with company.store.open(company.principal) as session:
        sides = session.rows("story_side", order_by=("asked_at",), company_id=company.id)
    if not sides:
        return
    st.subheader(_("Récits publics"), anchor=False)
    may_answer, by_phone = company.may("answer", "story"), not company.principal.is_member
    for side in sides:
        sheet, key = side["sheet"], side["id"]
        with st.container(border=True):
            st.markdown(f"**{plain(sheet['title'])}**")
            st.text(sheet["text"])
            st.markdown(f":gray[{plain(figures(sheet['figures']))} · {plain(sheet['source'])}]")
            st.markdown(f":blue-badge[{plain(_(ANSWERS[side['decision']]))}]")
            if not may_answer:
                continue
            trace = ""
            if by_phone:
                trace = st.text_input(_("Qui l'a dit, quand et comment"), key=f"story_trace_{key}").strip()
            with st.container(horizontal=True):
                for decision, label in (("named", _("Accepter, nous nommer")), ("unnamed", _("Accepter sans nous nommer")),
                                        ("refused", _("Refuser"))):  # fmt: skip
                    is_off = side["decision"] == decision or (by_phone and not trace)
                    if st.button(label, key=f"story_{decision}_{key}", disabled=is_off):
                        _answer(company, side, decision, trace)
    st.markdown(
        f":gray[{_('Un récit paraît quand toutes les entreprises du projet l’ont accepté ; vous pouvez changer d’avis.')}]"
    )


def _answer(company: Company, side: Mapping[str, Any], decision: str, trace: str) -> None:
    answer = AnswerStory(
        story_id=side["story_id"], company_id=company.id, decision=decision, asked_at=side["asked_at"],
        is_by_phone=bool(trace), trace=trace,
    )  # fmt: skip
    try:
        answer_story(company.store, company.principal, answer, key=uuid4().hex)
    except (NotAllowed, NotFound, StoreError):
        st.session_state["told"] = _("Le récit vient d'être modifié : relisez-le avant de répondre.")
    st.rerun()


def has_stories() -> bool:
    """Whether this role has any published story to read."""
    return bool(stories(*identity.current()))


def read_stories() -> None:
    """The published stories, for everybody."""
    store, principal = identity.current()
    found = stories(store, principal)
    if not found:
        st.info(_("Aucun récit n'est encore publié."))
        return
    places = sorted({row["territory_name"] for row in found})
    place = ""
    if len(places) > 1:
        place = str(st.selectbox(_("Territoire"), ["", *places], format_func=labels({"": _("tous")}), key="story_place"))
    for row in found:
        if place and row["territory_name"] != place:
            continue
        story = row["story"]
        with st.container(border=True):
            if story["is_synthetic"]:
                st.badge(workspace.synthetic_mark(language()), color="orange")
            st.subheader(plain(story["title"]), anchor=False)
            st.markdown(f":gray[{plain(row['territory_name'])} · {plain(day(row['published_at']))}]")
            st.text(story["text"])
            st.markdown(f"**{plain(figures(story['figures']))}**")
            who = [*story["named"], *([_("d'autres, qui ne souhaitent pas être nommées")] if story["unnamed"] else [])]
            st.markdown(f"{_('Avec')} {plain(', '.join(who))}")
            st.markdown(f":gray[{_('Source des chiffres :')} {plain(story['source'])}]")
