"""Aide: the way through the work, the words, and who may see what, from the file that the code obeys."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from symbiosis import messages
from symbiosis.dashboard import identity
from symbiosis.dashboard.text import _, language, plain
from symbiosis.dashboard.widgets import heading
from symbiosis.messages import N_
from symbiosis.store.permissions import WORDS as SAID
from symbiosis.store.permissions import matrix

CHAIN: tuple[tuple[str, str], ...] = (
    (
        N_("Diagnostic"),
        N_("Chaque entreprise dit ce qui sort de ses sites et ce dont elle a besoin, elle-même ou par son animatrice."),
    ),
    (N_("Carte"), N_("Les échanges possibles, ce que chacun y gagne, ce que le droit demande, ce qui reste à vérifier.")),
    (N_("Ateliers"), N_("Les entreprises se rencontrent par thème ; une idée dite dans la salle est rapprochée aussitôt.")),
    (N_("Projets"), N_("Qui rappeler, où en est chaque projet, ce qui a été réalisé à côté de ce qui était calculé.")),
    (
        N_("Opérateur"),
        N_("Ce qu'un procédé proposé peut attendre : le volume à portée, ce qu'il serait payé, le travail créé."),
    ),
    (N_("Scénarios"), N_("Comparer des choix : distance, priorités, budget.")),
)
CASES: tuple[tuple[str, str], ...] = (
    (N_("Réparer d'abord, recycler le reste"),
     N_("Déclarez deux procédés sur le même flux, la réparation et le démantèlement. La hiérarchie sert d'abord le réemploi, "
        "dans la limite de sa capacité et de sa part, puis le recyclage ; ce qu'un procédé rejette entre dans un autre.")),
    (N_("Un projet qui tient à plusieurs"),
     N_("La table « coalitions » nomme les flux dont un projet a besoin, marché public compris, et la part que chacun promet. "
        "Il se fait avec tous ou pas du tout, et une piste écartée le dit.")),
    (N_("Des denrées qui n'attendent pas"),
     N_("Dites DLC ou DDM et la durée de vie en jours ; donnez des périodes au scénario et un stock au flux. Rien n'est livré "
        "après sa date, un sous-produit animal ne va jamais à une cuisine, et le don passe avant le compost.")),
    (N_("Refaire ailleurs ce qui marche ici"),
     N_("Le modèle Excel et un dossier « catalogue » suffisent à un nouveau territoire ; les données restent au leur.")),
    (N_("Raconter ce qui est réalisé"),
     N_("Sur la fiche d'un projet réalisé et mesuré : le récit paraît quand toutes ses entreprises l'ont accepté, et "
        "disparaît si l'une change d'avis.")),
)  # fmt: skip
"""What other territories use the tool for, and how it is said to it."""

WORDS: tuple[tuple[str, str], ...] = (
    (N_("Flux sortant, besoin"),
     N_("Ce qui quitte un site (déchet, sous-produit, chaleur, eau, équipement) ; ce qu'il achète ou cherche.")),
    (N_("Exutoire actuel, débouché"), N_("Où va le flux aujourd'hui ; qui pourrait l'utiliser.")),
    (N_("Réalisable, à instruire, exclu"),
     N_("Les conditions sont déclarées ; rien n'interdit mais quelque chose est inconnu ; une raison l'écarte. "
        "Trois totaux qui ne s'additionnent jamais.")),
    (N_("Substitution, mutualisation, filière"),
     N_("Un flux remplace un achat ; on partage un service ou une tournée ; un opérateur trie ou transforme entre les deux.")),
    (N_("Gisement cumulé"), N_("Ce que plusieurs détenteurs ont ensemble d'une même matière.")),
    (N_("SSD"), N_("Sortie du statut de déchet : la matière redevient un produit, sous les conditions d'un texte.")),
    (N_("ETP potentiels"), N_("Des heures d'insertion converties selon la structure, sous réserve de conventionnement.")),
)  # fmt: skip


def page() -> None:
    """The page."""
    heading(_("Aide"))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Le chemin"), anchor=False)
        for title, told in CHAIN:
            st.markdown(f"**{_(title)}**  \n{plain(_(told))}")
    with right:
        st.subheader(_("Les mots"), anchor=False)
        for title, told in WORDS:
            st.markdown(f"**{_(title)}**  \n{plain(_(told))}")
    st.subheader(_("Comment faire pour…"), anchor=False)
    columns = st.columns(2, gap="large")
    for place, (title, told) in enumerate(CASES):
        with columns[place % 2]:
            st.markdown(f"**{_(title)}**  \n{plain(_(told))}")
    st.subheader(_("Qui peut voir et faire quoi"), anchor=False)
    role = identity.current().principal.role
    st.markdown(_("Vous agissez ici comme : {0}").format(f"**{plain(messages.said_of(messages.ROLES, role, language()))}**"))
    st.markdown(_("Cette table est le fichier même auquel le programme obéit. Une case vide refuse."))
    cells = {
        (rule.en if language() == "en" else rule.fr): {name: _scope(rule.cells[name]) for name in messages.ROLES}
        for rule in matrix().values()
    }
    frame = pd.DataFrame.from_dict(cells, orient="index").rename_axis(_("Action")).reset_index()
    frame = frame.rename(columns={name: messages.said_of(messages.ROLES, name, language()) for name in messages.ROLES})
    st.dataframe(frame, hide_index=True, width="stretch", height=480, key="matrix", alt=_("Droits de chaque rôle"))


def _scope(cell: str) -> str:
    place = messages.LANGUAGES.index(language())
    return ", ".join(SAID[part][place] for part in cell.split("+") if part)


page()
