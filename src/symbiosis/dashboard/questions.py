"""Questions à poser: flows that an activity usually has and that nobody declared. Never proposals, and said so."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from symbiosis.dashboard.documents import take_document, visit_paper
from symbiosis.dashboard.text import _, labels, number, plain, word
from symbiosis.dashboard.widgets import heading, need_territory

SHOWN = 300


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Questions à poser"))
    st.info(
        _(
            "Ces flux n'ont été déclarés par personne : ils sont usuels dans l'activité de l'entreprise. Ce sont des "
            "questions, jamais des pistes ; ils n'entrent dans aucun calcul. En tête, celles dont la réponse débloquerait "
            "le plus ici."
        )
    )
    frame = found.tables()["questions"]
    names = dict(zip(frame["actor_id"].astype(str), frame["actor_name"].astype(str), strict=True))
    actor = st.selectbox(
        _("Entreprise"), ["", *sorted(names, key=names.__getitem__)], format_func=labels({"": _("toutes"), **names}),
        key="questions_actor",
    )  # fmt: skip
    if actor:
        frame = frame[frame["actor_id"].eq(actor)]
        take_document(found, _("Compte rendu de visite"), f"visite-{actor}", partial(visit_paper, found, actor))
    if frame.empty:
        st.markdown(_("Aucune question : les codes d'activité manquent, ou tout est déjà déclaré."))
        return
    shown: Any = pd.DataFrame(
        {
            "question": frame["question"],
            "actor": frame["actor_name"],
            "activity": frame["activity_name"],
            "frequency": frame["frequency"].map(word),
            "unlocks": frame["unlocks"],
            "basis": frame["basis"],
        }
    ).head(SHOWN)
    st.dataframe(
        shown.style.format({"unlocks": number}),
        hide_index=True,
        height=560 if len(shown) > 8 else "content",
        row_height=66,
        key=f"questions_{actor}",
        alt=_("Questions à poser, celles qui débloquent le plus d'abord"),
        column_config={
            "question": st.column_config.TextColumn(_("Question"), width=330),
            "actor": st.column_config.TextColumn(_("À qui"), width=200),
            "activity": st.column_config.TextColumn(_("Activité"), width=140),
            "frequency": st.column_config.TextColumn(_("Fréquence"), width="small"),
            "unlocks": st.column_config.NumberColumn(_("Débloque"), width="small"),
            "basis": st.column_config.TextColumn(_("Source ou raisonnement"), width=360),
        },
    )
    if len(frame) > SHOWN:
        st.markdown(plain(_("{0} questions sur {1} sont affichées ; l'export les contient toutes.").format(
            number(SHOWN), number(len(frame)))))  # fmt: skip
    st.markdown(f":gray[{_('Débloque : flux et opérateurs des autres qui rencontreraient ce flux.')}]")


page()
