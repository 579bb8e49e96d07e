"""Accueil: a territory in one click or from one's own files; then where it stands, in one look."""

from __future__ import annotations

from typing import Any

import streamlit as st

from symbiosis.dashboard import identity, loading, state
from symbiosis.dashboard.importing import hand_over
from symbiosis.dashboard.next_steps import facilitator_steps, is_begun, member_home, published_home
from symbiosis.dashboard.text import _, counted, euros, gray, language, number, plain
from symbiosis.dashboard.views import ranked
from symbiosis.dashboard.what_if import what_if
from symbiosis.dashboard.widgets import figure, heading, link, open_sheet, table, text_table
from symbiosis.io.catalogue import territories
from symbiosis.messages import N_, no_exchange, percent
from symbiosis.scenario import Scenario

DEMONSTRATIONS = {
    "val-de-fensch": (
        N_("Val de Fensch"),
        N_("Une vallée sidérurgique en reconversion : 120 entreprises fictives dans de vraies communes."),
    ),
    "kalundborg": (N_("Kalundborg"), N_("La symbiose danoise documentée depuis cinquante ans, avec ses sources.")),
}
MAIN_FIGURES = (
    "gain_eur_per_yr",
    "diverted_t_per_yr",
    "avoided_tco2e_per_yr",
    "emitted_tco2e_per_yr",
    "insertion_h_per_yr",
    "insertion_fte",
)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def welcome() -> None:
    """What to do when nothing is loaded."""
    heading(
        _("Ce qui sort d'une entreprise peut servir à une autre"),
        _(
            "Chargez un territoire : vous verrez quels échanges sont possibles, ce que chacun y gagne, ce que le droit "
            "demande, et ce qui reste à vérifier."
        ),
    )
    left, right = st.columns(2, gap="large")
    # Who has a territory in the store comes for that one; who has none looks at a demonstration first.
    has_own = is_begun()
    demonstrations_in, own_in = (right, left) if has_own else (left, right)
    with demonstrations_in:
        st.subheader(_("Découvrir avec un territoire de démonstration"), anchor=False)
        for name, (title, text) in DEMONSTRATIONS.items():
            if name not in territories():
                continue
            with st.container(border=True):
                st.markdown(f"**{_(title)}**  \n{_(text)}")
                if st.button(_("Ouvrir {0}").format(_(title)), key=f"demo_{name}", type="secondary" if has_own else "primary"):
                    loading.open_demonstration(name, Scenario())
    with own_in:
        st.subheader(_("Travailler avec vos données"), anchor=False)
        facilitator_steps()
        own_files()


def own_files() -> None:
    """The template and the uploader."""
    with st.container(border=True):
        st.markdown(
            f"**{_('1. Remplir le classeur, si vous partez de rien')}**  \n"
            + _("Une feuille par table, des listes déroulantes, une aide sur chaque titre.")
        )
        if "template" not in st.session_state or st.session_state["template"][0] != language():
            st.session_state["template"] = (language(), state.template(language()))
        st.download_button(
            _("Télécharger le classeur à remplir"),
            st.session_state["template"][1],
            file_name="symbiosis.xlsx",
            mime=WORKBOOK,
            on_click="ignore",
            key="template_button",
        )
    with st.container(border=True):
        st.markdown(
            f"**{_('2. Déposer vos fichiers')}**  \n"
            + _("Ce classeur rempli, ou vos propres tableaux tels qu'ils sont : Excel ou CSV.")
            + (f" {_('Rien ne quitte cette machine.')}" if identity.who() is None else "")
        )
        files = st.file_uploader(
            _("Vos fichiers"),
            type=["xlsx", "csv"],
            accept_multiple_files=True,
            key="files",
            label_visibility="collapsed",
            max_upload_size=20,
        )
        if st.button(_("Lire ces fichiers"), disabled=not files, key="read_files"):
            loading.open_files([(file.name, file.getvalue()) for file in files or []])
    problems([(file.name, file.getvalue()) for file in files or []])


def problems(files: list[tuple[str, bytes]]) -> None:
    """What is wrong with the files that were handed in last; those that are none of ours are taken to the import.

    Parameters
    ----------
    files
        Those that lie in the uploader.
    """
    refused = st.session_state.get("refused")
    if not isinstance(refused, state.Refused):
        return
    if files and "data" in st.session_state["pages"] and any(one.code == "missing_table" for one in refused.problems):
        with st.container(border=True):
            st.markdown(
                _("**Ce n'est pas notre classeur, et ce n'est pas grave.** Vos propres listes, registres et relevés se lisent "
                  "aussi : le sens des colonnes vous est proposé, rien n'est enregistré avant votre accord.")
            )  # fmt: skip
            if st.button(_("Lire mes propres tableaux"), key="hand_over", type="primary"):
                hand_over(files)
        with st.expander(_("C'était bien notre classeur ? Voici ce qui lui manque")):
            say_problems(refused)
        return
    say_problems(refused)


def say_problems(refused: state.Refused) -> None:
    """Each problem with its remedy, and the file with the problems beside its rows.

    Parameters
    ----------
    refused
        What was read.
    """
    errors = sum(problem.severity == "error" for problem in refused.problems)
    if refused.message:
        st.error(_("Ces fichiers n'ont pas pu être lus."))
        st.text(refused.message)
        return
    st.error(
        counted(N_("{0} erreur à corriger ; rien n'a été perdu."), N_("{0} erreurs à corriger ; rien n'a été perdu."), errors)
    )
    text_table(
        state.problem_rows(refused.problems, language(), _),
        key="problems",
        alt=_("Problèmes trouvés, avec leur remède"),
        widths=state.PROBLEM_WIDTHS,
    )
    if language() in refused.annotated:
        st.download_button(
            _("Télécharger le classeur annoté"),
            refused.annotated[language()],
            file_name="symbiosis-annote.xlsx",
            mime=WORKBOOK,
            on_click="ignore",
            key="annotated_button",
        )


def three_totals(found: state.Loaded) -> None:
    """Feasible, to investigate, excluded: side by side, never added up."""
    totals: Any = found.proposal.totals
    feasible, asked, excluded = [totals.loc[name] for name in ("feasible", "to_investigate", "excluded")]
    columns = st.columns(3, gap="medium")
    with columns[0], st.container(border=True, height="stretch", gap="small"):
        st.badge(_("Réalisable"), color="green")
        st.metric(_("synergies proposées"), number(feasible["synergies"]))
        st.markdown(
            _("{0} de gain net par an, {1} t détournées. Les conditions de droit sont déclarées et vérifiables.").format(
                f"**{plain(euros(feasible['gain_eur_per_yr']))}**", plain(number(feasible["diverted_t_per_yr"]))
            )
        )
        link("synergies", _("Voir les synergies"))
    with columns[1], st.container(border=True, height="stretch", gap="small"):
        st.badge(_("À instruire"), color="orange")
        st.metric(_("synergies en plus, si ce qui manque est confirmé"), number(asked["synergies"]))
        st.markdown(
            _("{0} de gain possible par an. Rien ne l'interdit, quelque chose est inconnu : c'est la liste d'appels.").format(
                f"**{plain(euros(asked['gain_eur_per_yr']))}**"
            )
        )
        link("synergies", _("Voir ce qui manque"))
    with columns[2], st.container(border=True, height="stretch", gap="small"):
        st.badge(_("Exclu"), color="gray")
        st.metric(_("paires écartées"), number(excluded["pairs"]))
        st.markdown(_("Chacune avec sa raison : droit, distance, qualité, saison."))
        link("refusals", _("Voir les raisons"))
    st.markdown(f":gray[{_('Ces trois totaux ne s’additionnent jamais : chacun a son propre calcul.')}]")


def overview(found: state.Loaded) -> None:
    """Where the territory stands."""
    facts = found.proposal.declarations.facts
    heading(found.territory.title(language()), plain(facts.get(f"description_{language()}", "")))
    st.space("small")
    three_totals(found)
    st.space("small")
    st.subheader(_("Ce que valent les synergies réalisables"), anchor=False)
    indicators: Any = found.proposal.feasible.indicators
    for column, name in zip(st.columns(6, gap="small"), MAIN_FIGURES, strict=True):
        with column:
            figure(name, indicators.loc[name], key=f"figure_{name}")
    st.space("small")
    with st.expander(_("Et si… ? Trois hypothèses sous des curseurs")):
        what_if(found)
    left, right = st.columns([1.7, 1], gap="large")
    with left:
        st.subheader(_("Les premières à regarder"), anchor=False)
        best = ranked(found, "feasible").head(5)
        if best.empty:
            best = ranked(found, "to_investigate").head(5)
            st.markdown(_("Aucune synergie n'est réalisable en l'état : commencez par ce qui est à instruire."))
        if best.empty:
            proposal = found.proposal
            st.text(no_exchange(proposal.heaviest_reasons(), language(), proposal.catalogue))
        else:
            chosen = table(
                best,
                ["what", "gain", "givers", "takers", "quantity", "unit", "kind"],
                key="best",
                alt=_("Les cinq synergies par lesquelles commencer"),
            )
            if chosen:
                open_sheet(chosen)
            said = _("Dans l'ordre de la valeur d'un appel : le gain, pondéré par ce qui est sûr.")
            st.markdown(gray(f"{said} {_('Cochez une ligne pour ouvrir sa fiche.')}"))
    with right:
        facilitator_steps()
        with st.container(border=True):
            link("map", _("Regarder la carte, couche par couche"))
            link("workshops", _("Préparer un atelier, thème par thème"))
            link("sheet", _("Imprimer une fiche pour une réunion"))
            link("refusals", _("Comprendre une piste non retenue"))
            link("downloads", _("Emporter les résultats"))
    quality(found)
    with st.expander(_("Charger un autre territoire")):
        welcome_again()


def provenance(found: state.Loaded) -> None:
    """How the plan was proved, from which versions, and the other indicators."""
    allocation = found.proposal.feasible.allocation
    said = _("optimum prouvé") if allocation.status == "optimal" else _("plan réalisable, optimum non prouvé")
    st.text(_("Statut du calcul : {0} ; écart prouvé {1}").format(said, percent(allocation.gap, language(), 4)))
    versions = found.proposal.versions
    st.text(_("Empreinte des données : {0}").format(versions["data"][:16]))
    st.text(_("Empreinte du catalogue : {0}").format(versions["catalogue"][:16]))
    st.text(_("Version : {0}").format(versions["symbiosis"]))
    rest = found.proposal.feasible.indicators.drop(index=list(MAIN_FIGURES), errors="ignore")
    for column, (name, row) in zip(st.columns(4) * 2, rest.iterrows(), strict=False):
        with column:
            figure(str(name), row, key=f"figure_{name}")


def quality(found: state.Loaded) -> None:
    """Proof, versions and doubts: how far the figures can be trusted."""
    with st.expander(_("D'où viennent ces chiffres"), key="quality", on_change="rerun") as box:
        if box.open:
            provenance(found)
    warnings = found.proposal.declarations.warnings
    if warnings:
        told = N_("{0} avertissement à la lecture"), N_("{0} avertissements à la lecture")
        with st.expander(counted(*told, len(warnings))):
            text_table(
                state.problem_rows(warnings, language(), _), key="warnings", alt=_("Avertissements de lecture"),
                widths=state.PROBLEM_WIDTHS,
            )  # fmt: skip


def welcome_again() -> None:
    """Another territory, once one is loaded."""
    for column, (name, (title, text)) in zip(st.columns(2), DEMONSTRATIONS.items(), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{_(title)}**  \n{_(text)}")
            if st.button(_("Ouvrir {0}").format(_(title)), key=f"demo_{name}"):
                loading.open_demonstration(name, Scenario())
    own_files()


def page() -> None:
    """Accueil, as the role sees it."""
    principal = identity.current().principal
    found = state.loaded()
    if principal.is_member:
        member_home()
    elif not identity.may_open("match", "read", principal):
        published_home()
    elif found is None:
        welcome()
    else:
        overview(found)


page()
