"""Budget participatif: projects that need public money, the papers of those who choose, and what each rule would fund."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pandas as pd
import streamlit as st

from symbiosis.dashboard import identity
from symbiosis.dashboard.ballot_view import show_ballot
from symbiosis.dashboard.company import attempt, show_told
from symbiosis.dashboard.text import _, counted, euros, labels, labels_of, language, number, plain
from symbiosis.dashboard.widgets import heading, text_table
from symbiosis.decisions.ballots import Outcome, Vote
from symbiosis.errors import DisclosureError, NotAllowed, StaleVersion
from symbiosis.io.ballot_files import BallotFileError, read_pabulib, read_papers, write_pabulib
from symbiosis.messages import N_
from symbiosis.report.ballot import FUNDED, RULES, SOURCE, result_table
from symbiosis.report.published import spreadsheet
from symbiosis.store import Remove, SaveBallot, withdraw
from symbiosis.store.ballots import LONGEST
from symbiosis.workspace.balloting import counted_ballot, publish_counted, told_result

EMPTY: dict[str, Any] = {
    "id": "", "version": 0, "title": "", "budget_eur": 0.0, "rule": "equal_shares", "projects": [], "papers": [],
    "publication_id": "",
}  # fmt: skip
PROBLEMS: dict[str, str] = {
    "not_text": N_("Ce fichier n'est pas un texte lisible."),
    "no_part": N_("Il manque la partie {0}."),
    "no_budget": N_("Le budget n'est pas un montant : {0}"),
    "no_cost": N_("Un coût n'est pas un montant : {0}"),
    "vote_type": N_("Seuls les votes par approbation se lisent ; ceux-ci sont : {0}"),
    "unknown_project": N_("Un bulletin coche un projet qui n'est pas sur la liste : {0}"),
    "no_column": N_("Aucune colonne ne porte le numéro ou le titre d'un projet : {0}"),
    "no_tick": N_("Cette case n'est ni une croix, ni vide, ni un nombre : {0}"),
}


def page() -> None:
    """The page."""
    heading(
        _("Budget participatif"),
        _("Les projets qui demandent de l'argent public, ce que choisissent les votants, ce que chaque règle financerait."),
    )
    show_told()
    ballot = choose()
    if not ballot["id"]:
        begin()
        return
    parts = {"list": _("Liste"), "papers": _("Bulletins"), "result": _("Résultat")}
    part = st.segmented_control(
        _("Partie"), list(parts), default="list", format_func=labels(parts), key="ballot_part", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if part == "papers":
        papers(ballot)
    elif part == "result":
        result(ballot)
    else:
        projects(ballot)


def choose() -> Mapping[str, Any]:
    """The ballot at hand: one that was kept, or a new one."""
    store, principal = identity.current()
    with store.open(principal) as session:
        rows = {
            row["id"]: row
            for row in session.rows(
                "ballot", order_by=("updated_at",), descending=True, is_deleted=False, territory_id=principal.territory_id
            )
        }
    names = {**{key: row["title"] for key, row in rows.items()}, "": _("Nouveau budget participatif")}
    wanted = st.session_state.get("ballot_id", next(iter(names)))
    place = list(names).index(wanted) if wanted in names else 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            _("Budget participatif"), list(names), index=place, format_func=labels(names), key=f"ballot_{len(rows)}"
        )
        if chosen and not rows[chosen]["publication_id"] and st.button(_("Retirer"), key="ballot_remove"):
            put_away(rows[chosen])
        before = st.session_state.get("ballot_before")
        if before and before["id"] == chosen and rows[chosen]["version"] == before["version"] + 1:
            said = _("Rend la liste et les bulletins tels qu'avant le dernier enregistrement.")
            if st.button(_("Annuler"), icon=":material/undo:", key="ballot_undo", help=said):
                save(rows[chosen], **{name: before[name] for name in ("title", "budget_eur", "rule", "projects", "papers")})
        gone = st.session_state.get("ballot_removed")
        if gone and st.button(_("Rétablir « {0} »").format(plain(gone["title"])), key="ballot_restore"):
            put_away(gone, is_deleted=False)
    st.session_state["ballot_id"] = chosen
    found: Mapping[str, Any] = rows.get(str(chosen), EMPTY)
    return found


def put_away(row: Mapping[str, Any], *, is_deleted: bool = True) -> None:
    """Takes a ballot out of the list, or brings it back."""
    store, principal = identity.current()
    command = Remove(
        kind="ballot", territory_id=principal.territory_id, row_id=row["id"], version=row["version"], is_deleted=is_deleted
    )
    written = attempt(command, store, principal)
    if written is not None:
        st.session_state["ballot_removed"] = {**row, "version": written["version"]} if is_deleted else None
        st.session_state["ballot_id"] = "" if is_deleted else row["id"]
    st.rerun()


def save(ballot: Mapping[str, Any], **changed: Any) -> None:
    """Writes a ballot to the store and shows it as it stands there."""
    store, principal = identity.current()
    row = {**ballot, **changed}
    command = SaveBallot(
        territory_id=principal.territory_id, title=row["title"], budget_eur=float(row["budget_eur"]), rule=row["rule"],
        projects=tuple(row["projects"]), papers=tuple(row["papers"]), ballot_id=row["id"], version=row["version"],
    )  # fmt: skip
    made = attempt(command, store, principal)
    if made is not None:
        st.session_state["ballot_id"] = made["id"]
        st.session_state["ballot_before"] = dict(ballot)
    st.rerun()


def begin() -> None:
    """A new ballot, typed or from a file of the Pabulib library."""
    left, right = st.columns(2, gap="large")
    with left, st.form("ballot_new"):
        title = st.text_input(_("Titre"), key="ballot_title", max_chars=120)
        budget = st.number_input(_("Budget (€)"), min_value=0.0, step=1000.0, format="%.0f", key="ballot_budget")
        if st.form_submit_button(_("Commencer"), type="primary"):
            if title.strip() and budget > 0:
                save(EMPTY, title=title, budget_eur=budget)
            st.warning(_("Il faut un titre et un budget."))
    with right, st.container(border=True):
        st.markdown(_("**Déjà dans un fichier ?** Le format `.pb` de Pabulib apporte liste, budget et bulletins."))
        file = st.file_uploader(_("Fichier Pabulib"), type=["pb"], key="ballot_pb", max_upload_size=20)
        if file is not None and st.button(_("Lire ce fichier"), key="ballot_read_pb"):
            try:
                read = read_pabulib(file.getvalue())
            except BallotFileError as error:
                st.warning(problem(error))
                return
            save(
                EMPTY, title=read.title or file.name, budget_eur=read.budget, papers=cells_of(read.votes),
                projects=[{**one, "text": "", "project_id": ""} for one in read.projects],
            )  # fmt: skip


def problem(error: BallotFileError) -> str:
    """What is wrong with a file, in a sentence."""
    said = plain(_(PROBLEMS[error.code]).format(error.value))
    return _("{0} : {1}").format(_("Ligne {0}").format(number(error.line)), said) if error.line else said


def cells_of(votes: tuple[Vote, ...]) -> list[dict[str, Any]]:
    """Papers as the store keeps them."""
    return [{"approved": sorted(vote.approved), "count": vote.count} for vote in votes]


def projects(ballot: Mapping[str, Any]) -> None:
    """Title, budget, rule, and the list with its costs."""
    stamp = f"{ballot['id']}_{ballot['version']}"
    left, middle, right = st.columns([2, 1, 1.4], gap="medium", vertical_alignment="bottom")
    title = left.text_input(_("Titre"), ballot["title"], key=f"ballot_title_{stamp}", max_chars=120)
    budget = middle.number_input(
        _("Budget (€)"), min_value=1.0, value=float(ballot["budget_eur"]), step=1000.0, key=f"ballot_budget_{stamp}"
    )
    rule = right.selectbox(
        _("Règle de dépouillement"), list(RULES), index=list(RULES).index(ballot["rule"]), key=f"ballot_rule_{stamp}",
        format_func=labels_of({name: said for name, (said, _formula) in RULES.items()}),
    )  # fmt: skip
    formula(str(rule))
    st.markdown(_("Une ligne par projet ; seuls les projets avec un titre et un coût sont gardés."))
    frame = pd.DataFrame(ballot["projects"], columns=["key", "title", "cost_eur", "text"])
    frame = frame.astype({"key": str, "title": str, "text": str, "cost_eur": float})
    edited = st.data_editor(
        frame, num_rows="dynamic", hide_index=True, width="stretch", key=f"ballot_projects_{stamp}",
        column_config={
            "key": st.column_config.TextColumn(_("N°"), disabled=True, width=60),
            "title": st.column_config.TextColumn(_("Projet"), width=280, max_chars=120),
            "cost_eur": st.column_config.NumberColumn(_("Coût (€)"), min_value=1, width=110),
            "text": st.column_config.TextColumn(_("Ce que c'est, sans nommer d'entreprise"), width=420, max_chars=LONGEST),
        },
    )  # fmt: skip
    if st.button(_("Enregistrer"), type="primary", key="ballot_save"):
        save(ballot, title=title, budget_eur=budget, rule=rule, **listed(ballot, edited))
    followed(ballot)


def formula(rule: str) -> None:
    """How a rule counts, with its source."""
    with st.popover(_("Formule et source"), type="tertiary"):
        st.markdown(plain(_(RULES[rule][1])))
        st.markdown(f":gray[{plain(_(SOURCE))}]")


def listed(ballot: Mapping[str, Any], edited: pd.DataFrame) -> dict[str, Any]:
    """The list as it was edited: numbers stay with their project, and ticks of what was taken off the list go with it."""
    known = {one["key"]: one for one in ballot["projects"]}
    used = [int(key) for key in known if key.isdecimal()]
    kept: list[dict[str, Any]] = []
    for row in edited.to_dict("records"):
        title = "" if pd.isna(row["title"]) else str(row["title"]).strip()
        if not title or pd.isna(row["cost_eur"]) or row["cost_eur"] <= 0:
            continue
        key = str(row["key"])
        if key not in known:
            key = str(max(used, default=0) + 1)
            used.append(int(key))
        text = "" if pd.isna(row["text"]) else str(row["text"])
        project_id = known.get(key, {}).get("project_id", "")
        kept.append({"key": key, "title": title, "text": text, "cost_eur": float(row["cost_eur"]), "project_id": project_id})
    keys = {one["key"] for one in kept}
    ticked = [{**one, "approved": [key for key in one["approved"] if key in keys]} for one in ballot["papers"]]
    return {"projects": kept, "papers": ticked}


def followed(ballot: Mapping[str, Any]) -> None:
    """Puts a project of the follow-up on the list."""
    store, principal = identity.current()
    with store.open(principal) as session:
        rows = session.rows("project", order_by=("title",), territory_id=principal.territory_id)
    there = {one.get("project_id") for one in ballot["projects"]}
    names = {row["id"]: row["title"] for row in rows if row["id"] not in there and row["stage"] not in ("done", "abandoned")}
    if not names:
        return
    with st.expander(_("Inscrire un projet suivi")), st.form(f"ballot_followed_{ballot['version']}", border=False):
        left, right = st.columns([2, 1], vertical_alignment="bottom")
        chosen = left.selectbox(_("Projet"), list(names), format_func=labels(names))
        cost = right.number_input(_("Coût (€)"), min_value=1.0, value=None, step=1000.0)
        st.markdown(
            f":gray[{_('Il paraîtra quand ses entreprises auront accepté sa piste ; son titre ne doit nommer personne.')}]"
        )
        if st.form_submit_button(_("Inscrire")) and chosen and cost:
            numbers = [int(one["key"]) for one in ballot["projects"] if one["key"].isdecimal()]
            new = {"key": str(max(numbers, default=0) + 1), "title": names[chosen], "text": "", "cost_eur": cost,
                   "project_id": chosen}  # fmt: skip
            save(ballot, projects=[*ballot["projects"], new])


def papers(ballot: Mapping[str, Any]) -> None:
    """Papers that say the same stand in one row: how many, and what they tick."""
    if not ballot["projects"]:
        st.info(_("Écrivez d'abord la liste des projets."))
        return
    total = sum(one["count"] for one in ballot["papers"])
    st.markdown(
        counted(N_("{0} bulletin saisi."), N_("{0} bulletins saisis."), total)
        + " " + _("Une ligne vaut autant de bulletins qu'elle en compte ; aucun nom n'est demandé ni gardé.")
    )  # fmt: skip
    keys = [one["key"] for one in ballot["projects"]]
    frame = pd.DataFrame(
        [{"count": one["count"], **{key: key in one["approved"] for key in keys}} for one in ballot["papers"]],
        columns=["count", *keys],
    ).astype({"count": "Int64", **dict.fromkeys(keys, "boolean")})  # a row that is being added has neither yet
    stamp = f"{ballot['id']}_{ballot['version']}"
    edited = st.data_editor(
        frame, num_rows="dynamic", hide_index=True, width="stretch", key=f"ballot_papers_{stamp}",
        column_config={
            "count": st.column_config.NumberColumn(_("Bulletins"), min_value=0, step=1, default=1, width=90),
            **{
                one["key"]: st.column_config.CheckboxColumn(f"{one['key']} · {one['title']}", default=False)
                for one in ballot["projects"]
            },
        },
    )  # fmt: skip
    if st.button(_("Enregistrer les bulletins"), type="primary", key="ballot_papers_save"):
        rows = edited.to_dict("records")
        kept = [
            {"approved": [key for key in keys if row[key] is True], "count": int(row["count"])}
            for row in rows if not pd.isna(row["count"]) and row["count"] > 0
        ]  # fmt: skip
        save(ballot, papers=kept)
    with st.expander(_("Lire les bulletins d'un fichier CSV")):
        st.markdown(
            _("Une colonne par projet, à son numéro ou à son titre, une croix dans les cases cochées ; une colonne "
              "« bulletins » dit combien de bulletins vaut la ligne. Le fichier remplace les bulletins saisis.")
        )  # fmt: skip
        file = st.file_uploader(_("Fichier CSV"), type=["csv", "txt"], key=f"ballot_csv_{stamp}", max_upload_size=20)
        if file is not None and st.button(_("Lire ce fichier"), key="ballot_read_csv"):
            try:
                read = read_papers(file.getvalue(), ballot["projects"])
            except BallotFileError as error:
                st.warning(problem(error))
                return
            save(ballot, papers=cells_of(read))


def result(ballot: Mapping[str, Any]) -> None:
    """What the rule funds and why, what the others would fund, the files, and the publication."""
    outcome = outcome_of(ballot, ballot["rule"])
    told = {**ballot, "result": told_result(outcome)}
    show_ballot(told, key=ballot["id"])
    formula(ballot["rule"])
    if outcome is not None:
        beside(ballot)
        votes = [Vote(approved=frozenset(one["approved"]), count=one["count"]) for one in ballot["papers"]]
        with st.container(horizontal=True):
            frame = result_table(told, language())
            st.download_button(
                _("Résultat, CSV"), spreadsheet(frame, {name: name for name in frame.columns}, language()), mime="text/csv",
                file_name="budget-participatif.csv", on_click="ignore", key="ballot_csv",
            )  # fmt: skip
            st.download_button(
                _("Bulletins, format Pabulib"),
                write_pabulib(ballot["title"], ballot["budget_eur"], ballot["projects"], votes, ballot["rule"]),
                mime="text/plain", file_name="budget-participatif.pb", on_click="ignore", key="ballot_pb_file",
            )  # fmt: skip
    publication(ballot)


def outcome_of(ballot: Mapping[str, Any], rule: str) -> Outcome | None:
    """The count of a version by a rule, made once a session: thousands of papers take seconds."""
    kept = st.session_state.setdefault("ballot_counts", {})
    key = (ballot["id"], ballot["version"], rule)
    if key not in kept:
        with st.spinner(_("Dépouillement")):
            kept[key] = counted_ballot(ballot, rule)
    found: Outcome | None = kept[key]
    return found


def beside(ballot: Mapping[str, Any]) -> None:
    """What each rule would fund: the rule is a choice, and it changes who wins."""
    st.subheader(_("La même urne, selon la règle"), anchor=False)
    rows = []
    for rule, (said, _formula) in RULES.items():
        outcome = outcome_of(ballot, rule)
        if outcome is None:
            continue
        names = {one["key"]: one["title"] for one in ballot["projects"]}
        rows.append({
            _("Règle"): _(said), _("Dépensé"): euros(outcome.spent_eur),
            _("Bulletins sans aucun projet financé"): number(outcome.voters - outcome.heard),
            _(FUNDED).capitalize(): ", ".join(names[key] for key in outcome.funded),
        })  # fmt: skip
    text_table(pd.DataFrame(rows), key="ballot_rules", alt=_("Ce que chaque règle financerait"))


def publication(ballot: Mapping[str, Any]) -> None:
    """Shows the ballot to everybody, or takes it back."""
    store, principal = identity.current()
    st.subheader(_("Publier"), anchor=False)
    if ballot["publication_id"]:
        st.success(_("Publié : tout le monde le lit sous « Territoire publié ». Publier de nouveau remplace."))
        if st.button(_("Retirer de la publication"), key="ballot_withdraw"):
            withdraw(store, principal, ballot["publication_id"], key=uuid4().hex)
            st.rerun()
    st.markdown(
        _("La liste et le résultat paraissent ; jamais un bulletin, jamais le nom d'une entreprise. Les entreprises d'un "
          "projet suivi doivent avoir accepté sa piste.")
    )  # fmt: skip
    if not st.button(_("Publier ce budget participatif"), key="ballot_publish", disabled=not ballot["projects"]):
        return
    try:
        publish_counted(store, principal, ballot, key=uuid4().hex)
    except NotAllowed:
        st.warning(_("Une entreprise d'un projet de la liste n'a pas accepté sa piste : demandez-lui, ou retirez le projet."))
    except DisclosureError:
        st.warning(_("Un titre ou un texte nomme une entreprise du territoire : récrivez-le sans la nommer."))
    except StaleVersion:
        st.warning(_("Quelqu'un a modifié cette liste entre-temps : rechargez la page."))
    else:
        st.rerun()


page()
