"""Imports on screen: which files, what they mean, what would come of them, what has changed, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

import pandas as pd
import streamlit as st

from symbiosis.dashboard import identity, state
from symbiosis.dashboard.company import attempt, here
from symbiosis.dashboard.text import _, counted, day, gray, labels, labels_of, language, number, plain, word
from symbiosis.dashboard.widgets import text_table
from symbiosis.errors import NotAllowed, NotFound, StoreError, SymbiosisError
from symbiosis.io.import_sentences import KIND_TITLES, MEANING_TITLES, NOTE_TITLES
from symbiosis.io.imports import KINDS, ColumnMapping, Imported
from symbiosis.io.problems import column_title
from symbiosis.messages import N_, display_code, unit_name
from symbiosis.store import Principal, SignCharter, Store
from symbiosis.workspace import importing, ownership
from symbiosis.workspace.importing import Preview

LEFT_OUT: dict[str, str] = {
    ownership.OTHER_COMPANY: N_(
        "{0} lignes parlent d'un autre établissement que ceux de cette entreprise : elles sont laissées de côté. "
        "Une entreprise se reconnaît au SIRET de ses sites ou à son SIREN."
    ),
    ownership.NO_MANDATE: N_("{0} lignes sont d'entreprises sans charte avec mandat : elles attendent, voyez ci-dessous."),
    ownership.OWN_FIGURE: N_("{0} lignes publiques sont laissées de côté : l'entreprise a son propre chiffre."),
    ownership.NO_OWNER: N_("{0} lignes nomment un site ou un flux que personne ne déclare : elles sont laissées de côté."),
}
"""Why rows are left out."""

DIRECTIONS: dict[str, str] = {"outgoing": N_("ce qui sort du site"), "incoming": N_("ce qui entre sur le site")}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNITS = ("t", "kg", "m3", "l", "MWh", "kg/semaine", "kg/mois", "t/mois")
SUFFIXES = ["csv", "tsv", "txt", "xlsx", "xlsm", "zip"]
FIRST_ROWS = 8
PAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handed:
    """Files as they were handed in, and what was said of them."""

    files: tuple[tuple[str, bytes], ...]
    kind: str = "auto"
    departements: tuple[str, ...] = ()
    period: tuple[date, date] | None = None
    mapping: ColumnMapping | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The files at hand and how they were read."""

    handed: _Handed
    preview: Preview
    language: str


def show_import(company_id: str = "") -> None:
    """Everything of an import, from the files to the way back.

    Parameters
    ----------
    company_id
        The one company that rows are taken for; empty for all those of the territory.
    """
    store, principal = identity.current()
    show_import_told()
    handed = st.session_state.pop("import_handed", None)
    if isinstance(handed, _Handed):
        _read(store, principal, company_id, handed)
    asked = st.session_state.get(f"import_{company_id}")
    if isinstance(asked, _Asked) and asked.language != language():
        asked = _read(store, principal, company_id, asked.handed)
    if isinstance(asked, _Asked):
        _show(store, principal, company_id, asked)
        with st.expander(_("Lire d'autres fichiers")):
            _choose(store, principal, company_id)
    else:
        _choose(store, principal, company_id)
    _past(store, principal, company_id)


def is_under_way(company_id: str = "") -> bool:
    """Whether files were read, or handed in elsewhere, and wait for a decision.

    Parameters
    ----------
    company_id
        As for :func:`show_import`.
    """
    return "import_handed" in st.session_state or f"import_{company_id}" in st.session_state


def hand_over(files: Sequence[tuple[str, bytes]]) -> None:
    """Take files that were handed in elsewhere to this import.

    Parameters
    ----------
    files
        Name and content of each.
    """
    st.session_state["import_handed"] = _Handed(files=tuple(files))
    st.switch_page(st.session_state["pages"]["data"])


def _kinds() -> Callable[[object], str]:
    place = 1 if language() == "en" else 0
    return labels({"auto": _("Reconnaître le fichier"), **{kind: KIND_TITLES[kind][place] for kind in KINDS}})


def _choose(store: Store, principal: Principal, company_id: str) -> None:
    with st.form(f"import_form_{company_id}", border=True):
        left, right = st.columns(2, gap="large")
        kind = left.selectbox(
            _("Ce que c'est"), ["auto", *KINDS], format_func=_kinds(), key=f"import_kind_{company_id}",
            help=_("Registre Trackdéchets, registre ou relevé de prestataire, facture, archive publique, nos tables. "
                   "Une facture est à nommer ; le reste se reconnaît."),
        )  # fmt: skip
        departements = right.text_input(
            _("Départements à garder d'une archive publique"), key=f"import_departements_{company_id}", placeholder="54, 57"
        )
        period = left.date_input(
            _("Période couverte, si le fichier ne la dit pas"), value=[], format="DD/MM/YYYY", key=f"import_period_{company_id}"
        )
        files = st.file_uploader(
            _("Fichiers"), type=SUFFIXES, accept_multiple_files=True, key=f"import_files_{company_id}", max_upload_size=20
        )
        pasted = st.text_area(
            _("ou un tableau copié d'un tableur, titres compris"), key=f"import_pasted_{company_id}", height=80
        )
        if not st.form_submit_button(_("Lire sans rien enregistrer"), type="primary"):
            return
    handed = [(file.name, file.getvalue()) for file in files or []]
    if pasted.strip():
        handed.append((_("tableau collé") + ".csv", pasted.encode()))
    if not handed:
        st.warning(_("Déposez un fichier ou collez un tableau."))
        return
    kept = tuple(part for part in departements.replace(";", ",").replace(" ", ",").split(",") if part)
    asked = _read(store, principal, company_id, _Handed(
        files=tuple(handed), kind=kind, departements=kept, period=(period[0], period[1]) if len(period) == 2 else None
    ))  # fmt: skip
    if asked is not None:
        st.rerun()


def _read(store: Store, principal: Principal, company_id: str, handed: _Handed) -> _Asked | None:
    st.session_state.pop(f"import_{company_id}", None)
    try:
        with st.spinner(_("Lecture des fichiers")):
            preview = importing.read_files(
                store, principal, handed.files, kind=handed.kind, mapping=handed.mapping, departements=handed.departements,
                period=handed.period, company_id=company_id, language=language(),
            )  # fmt: skip
    except (SymbiosisError, ValueError):
        st.error(_("Ces fichiers n'ont pas pu être lus."))
        return None
    asked = _Asked(handed=handed, preview=preview, language=language())
    st.session_state[f"import_{company_id}"] = asked
    return asked


def _show(store: Store, principal: Principal, company_id: str, asked: _Asked) -> None:
    """What would come of the files, and the button that writes it."""
    preview = asked.preview
    st.subheader(_("Ce que l'on a lu"), anchor=False)
    for one in preview.imports:
        _figures(one)
    if preview.columns:
        _columns(store, principal, company_id, asked)
    if preview.problems:
        _problems(preview, company_id)
    for reason, count in preview.left.items():
        st.info(_(LEFT_OUT[reason]).format(number(count)))
    kept = sum(plan.kept for plan in preview.plans)
    if kept:
        st.info(
            counted(
                N_("{0} valeur changée à la main reste comme elle est."),
                N_("{0} valeurs changées à la main restent comme elles sont."), kept,
            )
        )  # fmt: skip
    entered = sum(len(plan.companies) for plan in preview.plans)
    if entered:
        st.markdown(
            counted(
                N_("{0} entreprise du fichier sera inscrite sur le territoire."),
                N_("{0} entreprises du fichier seront inscrites sur le territoire."), entered,
            )
        )  # fmt: skip
    if preview.without_mandate:
        _charters(store, principal, company_id, asked)
    _first_rows(preview, company_id)
    if not preview.has_rows:
        st.warning(_("Il n'y a rien à importer de ces fichiers pour l'instant.") if preview.without_mandate
                   else _("Il n'y a rien à importer de ces fichiers."))  # fmt: skip
        return
    title = _("Importer les lignes valables") if preview.has_errors or preview.without_mandate else _("Tout importer")
    if st.button(title, type="primary", key=f"import_write_{company_id}"):
        _write(store, principal, company_id, preview)


def _write(store: Store, principal: Principal, company_id: str, preview: Preview) -> None:
    try:
        with st.spinner(_("Enregistrement")):
            done = importing.commit(store, principal, preview, key=uuid4().hex)
    except (NotAllowed, NotFound):
        _tell("error", _("Une ligne du fichier appartient à une entreprise pour laquelle vous ne pouvez pas écrire."))
    except StoreError:
        _tell("error", _("Cet import n'a pas été accepté."))
    else:
        said = [_("{0} lignes nouvelles, {1} modifiées, {2} inchangées.").format(
            number(done.new), number(done.changed), number(done.same))]  # fmt: skip
        if done.companies:
            said.append(counted(N_("{0} entreprise inscrite."), N_("{0} entreprises inscrites."), done.companies))
        if done.withdrawn:
            said.append(_("{0} chiffres publics laissent la place à ceux de l'entreprise.").format(number(done.withdrawn)))
        if preview.without_mandate:
            said.append(_("Les lignes qui attendent une charte restent ci-dessous."))
        if not company_id and done.new:
            said.append(_("Ouvrez maintenant le territoire : ses pistes se calculent."))
        _tell("success", " ".join(said))
        _plan_again(store, principal, company_id)
    st.rerun()


def _plan_again(store: Store, principal: Principal, company_id: str) -> None:
    """The files stay at hand for the rows that wait for a charter, and only for these."""
    asked = st.session_state.pop(f"import_{company_id}", None)
    if isinstance(asked, _Asked) and asked.preview.without_mandate:
        preview = importing.planned_again(store, principal, asked.preview)
        st.session_state[f"import_{company_id}"] = replace(asked, preview=preview)


def _charters(store: Store, principal: Principal, company_id: str, asked: _Asked) -> None:
    """Companies without a mandate, and the way to record it here."""
    waiting = asked.preview.without_mandate
    with st.container(border=True):
        st.markdown(
            _("**{0} entreprises n'ont pas de charte avec mandat.** Importez les lignes des autres dès maintenant : celles-ci "
              "restent ici jusqu'à ce que leur charte soit enregistrée. Plus tard, le même fichier n'ajoutera que ce qui "
              "manque.").format(number(len(waiting)))
        )  # fmt: skip
        text_table(
            pd.DataFrame([{_("Entreprise"): one.name, _("Lignes qui attendent"): number(one.rows),
                           _("Sur le territoire"): _("inscrite") if one.company_id else _("à inscrire")} for one in waiting]),
            key=f"import_waiting_{company_id}", alt=_("Entreprises dont la charte manque"),
        )  # fmt: skip
        entered = {one.company_id: plain(one.name) for one in waiting if one.company_id}
        if not entered:
            st.markdown(gray(_("L'import les inscrit d'abord ; leurs chartes s'enregistrent ensuite ici.")))
            return
        with st.form(f"import_charter_{company_id}", border=False, clear_on_submit=True):
            left, right = st.columns(2, gap="large")
            whose = left.selectbox(
                _("Entreprise qui a signé"), list(entered), format_func=lambda one: entered[one],
                key=f"import_charter_of_{company_id}",
            )  # fmt: skip
            signed_on = right.date_input(_("Le"), format="DD/MM/YYYY", key=f"import_charter_on_{company_id}")
            signed_by = left.text_input(_("Signée par"), key=f"import_charter_by_{company_id}")
            trace = right.text_input(
                _("Où est l'original, ou comment l'accord a été donné"), key=f"import_charter_trace_{company_id}"
            )
            if not st.form_submit_button(_("Enregistrer la charte, avec mandat de saisie")):
                return
    if not (signed_by.strip() and trace.strip()):
        st.warning(_("Dites qui a signé, et où est l'original ou comment l'accord a été donné."))
        return
    signed = SignCharter(
        company_id=str(whose), signed_by=signed_by.strip(), signed_on=signed_on.isoformat(), trace=trace.strip()
    )
    if attempt(signed, store, principal) is not None:
        _tell("success", _("Charte enregistrée : les lignes de {0} peuvent être importées.").format(entered[str(whose)]))
        _plan_again(store, principal, company_id)
    st.rerun()


def _figures(one: Imported) -> None:
    """Kind, period and figures of an import."""
    place = 1 if language() == "en" else 0
    said = f"**{plain(KIND_TITLES.get(one.kind, (one.kind, one.kind))[place])}**"
    if one.period is not None:
        said += " · " + _("du {0} au {1}").format(*(plain(day(end)) for end in one.period))
    figures = [
        f"{number(value, 1 if name == 'tonnes' else 0)} {_of(NOTE_TITLES[name][place], value)}"
        for name, value in one.notes.items() if name in NOTE_TITLES and value
    ]  # fmt: skip
    st.markdown(said + "  \n" + plain(" · ".join(figures)))


def _of(title: str, count: float) -> str:
    """A title of one thing, where there is one: those of a single word or two take no other change in either language."""
    return re.sub(r"s\b", "", title) if count == 1 and len(title.split()) < 3 else title


def _columns(store: Store, principal: Principal, company_id: str, asked: _Asked) -> None:
    """The meaning of each column, to be corrected; it is kept for the next file of that form when its rows are."""
    found = next((one.mapping for one in asked.preview.imports if one.mapping is not None), None)
    now = found or ColumnMapping()
    # The remedy of a register that names no site stands there.
    is_asked = any(problem.code == "no_site" for problem in asked.preview.problems)
    with (
        st.expander(_("Sens des colonnes"), expanded=found is None or is_asked),
        st.form(f"import_columns_{company_id}", border=False),
    ):
        st.markdown(gray(_("Ce que chaque colonne veut dire ; retenu pour le prochain fichier de même forme.")))
        columns = st.columns(3, gap="medium")
        meanings: dict[str, str] = {}
        known = labels({name: titles[1 if language() == "en" else 0] for name, titles in MEANING_TITLES.items()})
        for place, guess in enumerate(asked.preview.columns):
            meanings[guess.heading] = columns[place % 3].selectbox(
                plain(guess.heading), list(MEANING_TITLES), index=list(MEANING_TITLES).index(guess.meaning),
                format_func=known, key=f"import_column_{company_id}_{place}_{guess.meaning}",
            )  # fmt: skip
        units = list(dict.fromkeys((*UNITS, now.unit)))
        unit = columns[0].selectbox(
            _("Unité, où aucune colonne ne la dit"), units, index=units.index(now.unit), accept_new_options=True,
            key=f"import_unit_{company_id}",
        )  # fmt: skip
        direction = columns[1].selectbox(
            _("Le fichier parle de"), list(DIRECTIONS), index=list(DIRECTIONS).index(now.direction),
            format_func=labels_of(DIRECTIONS), key=f"import_direction_{company_id}",
        )  # fmt: skip
        siret = columns[2].text_input(_("SIRET, si le fichier ne le dit pas"), now.siret, key=f"import_siret_{company_id}")
        commune = columns[0].text_input(_("Sa commune"), now.commune, key=f"import_commune_{company_id}")
        if st.form_submit_button(_("Relire avec ce sens")):
            told = ColumnMapping(
                columns={heading: meaning for heading, meaning in meanings.items() if meaning}, decimal=now.decimal, unit=unit,
                direction=direction, siret="".join(siret.split()), company=now.company, commune=commune.strip(),
            )  # fmt: skip
            kind = _kind_of(told, company_id)
            if _read(store, principal, company_id, replace(asked.handed, kind=kind, mapping=told)) is not None:
                st.rerun()


def _kind_of(told: ColumnMapping, company_id: str) -> str:
    """What a file is whose columns somebody has named: a list of companies names them and knows no site and no day."""
    meanings = set(told.columns.values())
    knows_sites = company_id or told.siret or meanings & {"siret", "date", "month", "movements"}
    return "inventory" if "company" in meanings and not knows_sites else "register"


def _problems(preview: Preview, company_id: str) -> None:
    errors = sum(problem.severity == "error" for problem in preview.problems)
    warned = counted(N_("{0} avertissement"), N_("{0} avertissements"), len(preview.problems) - errors)
    said = f"{counted(N_('{0} erreur'), N_('{0} erreurs'), errors)}, {warned}."
    with st.expander(said, expanded=bool(errors)):
        text_table(
            state.problem_rows(preview.problems, language(), _), key=f"import_problems_{company_id}",
            alt=_("Problèmes trouvés, avec leur remède"), widths=state.PROBLEM_WIDTHS,
        )  # fmt: skip
        st.download_button(
            _("Télécharger le classeur annoté"), preview.annotated, file_name="symbiosis-annote.xlsx", mime=WORKBOOK,
            on_click="ignore", key=f"import_annotated_{company_id}",
        )  # fmt: skip


def _first_rows(preview: Preview, company_id: str) -> None:
    """The first rows as they would stand, table by table."""
    place = 1 if language() == "en" else 0
    for number_of, plan in enumerate(preview.plans):
        for table in dict.fromkeys(row.table_name for row in plan.rows):
            rows = [row for row in plan.rows if row.table_name == table]
            title = NOTE_TITLES[table][place]
            with st.expander(_("{0} : {1}").format(plain(title.capitalize()), number(len(rows)))):
                text_table(
                    _frame([row.cells for row in rows[:FIRST_ROWS]], table),
                    key=f"import_rows_{company_id}_{number_of}_{table}",
                    alt=_("Premières lignes : {0}").format(title),
                )


def _frame(rows: list[Mapping[str, str]], table: str) -> pd.DataFrame:
    """Rows as people read them: choices and flags in words, what programs know them by last."""
    frame = pd.DataFrame(rows, dtype=str).fillna("")
    flags = {"true": _("oui"), "false": _("non")}
    for name in frame:
        if name in ("family", "evidence", "legal_status"):
            frame[name] = frame[name].map(word)
        elif name == "waste_code":
            frame[name] = frame[name].map(display_code)
        elif str(name).endswith(("quantity", "_per_unit", "_per_yr")) or name in ("quantity_low", "quantity_high"):
            frame[name] = frame[name].map(lambda cell: number(float(cell), 3) if cell else "")
        elif name == "unit":
            frame[name] = frame[name].map(lambda unit: unit_name(unit, language()))
        elif str(name).startswith(("is_", "has_")):
            frame[name] = frame[name].map(lambda cell: flags.get(cell, cell))
    frame = frame[sorted(frame, key=lambda name: str(name).endswith("_id"))]
    return frame.rename(columns={name: column_title(table, str(name), language()) for name in frame.columns})


def _past(store: Store, principal: Principal, company_id: str) -> None:
    """What this person imported, and the way back."""
    listed = importing.past_imports(store, principal, company_id)[:PAST]
    if not listed:
        return
    st.subheader(_("Vos imports"), anchor=False)
    place = 1 if language() == "en" else 0
    for row in listed:
        left, right = st.columns([5, 1], vertical_alignment="center")
        counts = row["counts"]
        made_at = here(row["created_at"])
        when = f"{day(made_at)} {made_at:%H:%M}"
        kind = KIND_TITLES.get(row["kind"], (row["kind"], row["kind"]))[place]
        said = _("{0} nouvelles, {1} modifiées").format(number(counts.get("new", 0)), number(counts.get("changed", 0)))
        left.markdown(f"**{plain(row['file_name'])}**  \n" + plain(f"{when} · {kind} · {said}"))
        if row["undone_at"] is not None:
            right.markdown(gray(_("annulé")))
        elif right.button(_("Annuler"), key=f"import_undo_{row['id']}", width="stretch"):
            try:
                undone = importing.undo(store, principal, row["id"], key=uuid4().hex)
            except (NotAllowed, NotFound, StoreError):
                _tell("error", _("Cet import ne peut pas être annulé par ce rôle."))
            else:
                _tell("success", _("Import annulé : {0} lignes sont comme avant, {1} entreprises inscrites par lui sont "
                                   "retirées ; ce qui a changé ou servi depuis reste.").format(
                                       number(undone.rows), number(undone.companies)))  # fmt: skip
            st.rerun()


def _tell(kind: str, text: str) -> None:
    st.session_state["import_told"] = (kind, text)


def show_import_told() -> None:
    """What the last click of an import came to, once: at the top of its page."""
    kind, text = st.session_state.pop("import_told", ("", ""))
    if kind == "success":
        st.success(plain(text))
    elif kind:
        st.error(plain(text))
