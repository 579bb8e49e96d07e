"""Ateliers: choose a theme and who comes, print the cards, catch what is said in the room, write the minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any
from uuid import uuid4

import pandas as pd
import streamlit as st

from symbiosis import messages, workspace
from symbiosis.dashboard import identity, state
from symbiosis.dashboard.text import _, day, labels, language, number, plain, word
from symbiosis.dashboard.views import ranked, themes
from symbiosis.dashboard.widgets import heading, need_territory, open_sheet, table, text_table
from symbiosis.decisions import Room
from symbiosis.decisions.newcomer import Side
from symbiosis.errors import StaleVersion
from symbiosis.messages import N_
from symbiosis.report.cards import cards
from symbiosis.report.docx_file import to_docx
from symbiosis.report.pdf_file import to_pdf
from symbiosis.report.records import Action, Workshop, of_theme, workshop_document
from symbiosis.report.sheet_parts import Line
from symbiosis.store import Remove, SaveWorkshop, run

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SUGGESTED = 12
"""Participants who are suggested: a table of a workshop seats no more."""

KINDS = {"output": N_("J'ai"), "need": N_("Je cherche")}
EMPTY: dict[str, Any] = {"id": "", "version": 0, "title": "", "theme_id": "", "held_on": "", "content": {}}


def known(found: state.Loaded) -> list[dict[str, Any]]:
    """The workshops of this territory that were kept, latest first."""
    store, principal = identity.current()
    with store.open(principal) as session:
        rows = session.rows("workshop", order_by=("updated_at",), descending=True, is_deleted=False)
    return [row for row in rows if row["content"].get("territory") == found.territory.name]


def keep(workshop: Mapping[str, Any], found: state.Loaded) -> dict[str, Any]:
    """Writes a workshop to the store; where somebody else wrote it meanwhile, says so and shows theirs."""
    store, principal = identity.current()
    content = {**workshop["content"], "territory": found.territory.name}
    command = SaveWorkshop(
        territory_id=principal.territory_id, title=workshop["title"], theme_id=workshop["theme_id"],
        held_on=workshop["held_on"], content=content, workshop_id=workshop["id"], version=workshop["version"],
    )  # fmt: skip
    try:
        written = run(store, principal, command, key=uuid4().hex)
    except StaleVersion:
        with store.open(principal) as session:
            theirs = session.one("workshop", id=workshop["id"])
        st.warning(_("Cet atelier vient d'être modifié ailleurs : voici la version enregistrée."))
        st.session_state["workshop"] = theirs
        return theirs
    at = datetime.now(tz=UTC).astimezone().strftime("%H:%M")
    kept = {**workshop, "content": content, "id": written["id"], "version": written["version"]}
    st.session_state["workshop"], st.session_state["workshop_kept_at"] = kept, at
    return kept


def choose(found: state.Loaded) -> dict[str, Any]:
    """The workshop at hand: one that was kept, or a new one."""
    rows = {row["id"]: row for row in known(found)}
    current = st.session_state.get("workshop", EMPTY)
    ids = ["", *rows]
    names = {"": _("Nouvel atelier"), **{key: _named(row) for key, row in rows.items()}}
    place = ids.index(current["id"]) if current["id"] in ids else 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(_("Atelier"), ids, index=place, format_func=labels(names), key=f"workshop_{current['id']}")
        if chosen and st.button(_("Retirer"), key="workshop_remove"):
            remove(rows[chosen], is_deleted=True)
        gone = st.session_state.get("workshop_removed")
        if gone and st.button(_("Rétablir « {0} »").format(plain(gone["title"])), key="workshop_restore"):
            remove(gone, is_deleted=False)
    if chosen != current["id"]:
        st.session_state["workshop"] = rows.get(chosen, EMPTY)
        st.rerun()
    return dict(st.session_state.get("workshop", EMPTY))


def _named(row: Mapping[str, Any]) -> str:
    return f"{row['title']} · {day(row['held_on'])}" if row["held_on"] else str(row["title"])


def remove(row: Mapping[str, Any], *, is_deleted: bool) -> None:
    """Puts a workshop away, or brings it back."""
    store, principal = identity.current()
    command = Remove(
        kind="workshop", territory_id=principal.territory_id, row_id=row["id"], version=row["version"], is_deleted=is_deleted
    )
    written = run(store, principal, command, key=uuid4().hex)
    there = {**row, "version": written["version"]}
    st.session_state["workshop_removed"] = there if is_deleted else None
    st.session_state["workshop"] = EMPTY if is_deleted else there
    st.rerun()


def prepare(found: state.Loaded, workshop: dict[str, Any]) -> None:
    """Theme, day, participants; what they hold and need together."""
    frame = themes(found).reset_index()
    frame.index = frame["theme_id"].astype(str) + "|" + frame["unit"].astype(str)
    st.markdown(_("Ce que le territoire détient, ce dont il a besoin, l'écart. Cochez un thème pour préparer son atelier."))
    picked = table(
        frame, ["theme", "holders", "held", "needed", "gap", "unit_name", "synergies", "gain"], key="workshop_themes",
        alt=_("Thèmes d'atelier : gisements, besoins, écarts"), height=388,
    )  # fmt: skip
    theme_id = picked.split("|")[0] if picked else workshop["theme_id"]
    if not theme_id:
        return
    theme = messages.name(found.proposal.catalogue.themes, theme_id, language())
    outputs, needs = of_theme(found.proposal, theme_id)
    names = {str(key): str(name) for key, name in found.proposal.declarations.actors["name"].items()}
    same = theme_id == workshop["theme_id"]
    suggested = list(dict.fromkeys([*outputs["actor_id"].head(SUGGESTED), *needs["actor_id"].head(SUGGESTED)]))[:SUGGESTED]
    with st.container(border=True):
        left, right = st.columns([2, 1])
        title = left.text_input(_("Titre"), workshop["title"] if same else theme, key=f"title_{workshop['id']}_{theme_id}")
        held_on = right.date_input(_("Jour"), _day(workshop["held_on"]), format="DD/MM/YYYY", key=f"day_{workshop['id']}")
        actors = st.multiselect(
            _("Participants"), list(names), format_func=labels(names), key=f"actors_{workshop['id']}_{theme_id}",
            default=[one for one in workshop["content"].get("actors", []) if one in names] if same else suggested,
            help=_("Proposés : ceux qui détiennent le plus et ceux qui demandent le plus, sur ce thème."),
        )  # fmt: skip
        if st.button(_("Enregistrer l'atelier"), type="primary", key="workshop_save"):
            content = {**(workshop["content"] if same else {}), "actors": actors}
            held = held_on.isoformat() if isinstance(held_on, date) else ""
            keep({**workshop, "title": title or theme, "theme_id": theme_id, "held_on": held, "content": content}, found)
            st.rerun()
    st.subheader(_("Balance des participants"), anchor=False)
    text_table(balance(outputs, needs, actors), key="workshop_balance", alt=_("Offres et besoins des participants, par unité"))
    between(found, theme_id, actors)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def balance(outputs: pd.DataFrame, needs: pd.DataFrame, actors: list[str]) -> pd.DataFrame:
    """Offers and needs of some actors on a theme, unit by unit.

    Parameters
    ----------
    outputs, needs
        Of the theme.
    actors
        Who counts.

    Returns
    -------
    pandas.DataFrame
        Texts.
    """
    rows = []
    for unit in dict.fromkeys([*outputs["unit"], *needs["unit"]]):
        held, wanted = (flows[flows["unit"].eq(unit) & flows["actor_id"].isin(actors)] for flows in (outputs, needs))
        have, want = float(held["quantity_per_yr"].sum()), float(wanted["quantity_per_yr"].sum())
        rows.append(
            {
                _("Unité"): {"m3": "m³"}.get(unit, unit),
                _("Détenteurs"): str(held["actor_id"].nunique()),
                _("Offres par an"): number(have),
                _("Demandeurs"): str(wanted["actor_id"].nunique()),
                _("Besoins par an"): number(want),
                _("Écart (besoin − offre)"): number(want - have).replace("-", "−"),
            }
        )
    return pd.DataFrame(rows)


def between(found: state.Loaded, theme_id: str, actors: list[str]) -> None:
    """Synergies of the theme that concern the participants."""
    parts = []
    for name, one in (("feasible", found.proposal.feasible), ("to_investigate", found.proposal.to_investigate)):
        frame = ranked(found, name)
        shares = one.proposals.shares
        ids = set(shares.loc[shares["actor_id"].isin(actors), "synergy_id"])
        mine = frame[frame["theme_id"].eq(theme_id) & frame.index.isin(list(ids))]
        parts.append(mine.assign(status=word(name)))
    frame = pd.concat(parts)
    st.subheader(_("Pistes entre eux ({0})").format(number(len(frame))), anchor=False)
    if frame.empty:
        st.markdown(_("Aucune piste calculée entre ces participants : l'atelier peut en faire naître, en séance."))
        return
    columns = ["what", "gain", "quantity", "unit", "givers", "through", "takers", "status", "ask"]
    chosen = table(frame, columns, key="workshop_between", alt=_("Pistes entre les participants"))
    if chosen:
        open_sheet(chosen)


def print_cards(found: state.Loaded, workshop: dict[str, Any]) -> None:
    """The cards to cut out."""
    actors = workshop["content"].get("actors", [])
    known_actors = [one for one in actors if one in found.proposal.declarations.actors.index]
    st.markdown(_("Une carte par participant, quatre par page : « J'ai », « Je cherche », « Je peux partager »."))
    if not known_actors:
        st.markdown(_("Choisissez d'abord un thème et des participants, puis enregistrez l'atelier."))
        return
    page = cards(found.proposal, known_actors, language(), banner=workspace.banner(found.proposal, language()))
    st.download_button(
        _("Télécharger {0} cartes à imprimer").format(len(known_actors)), page.encode(), file_name="cartes.html",
        mime="text/html", on_click="ignore", key="cards_button",
    )  # fmt: skip
    names = found.proposal.declarations.actors["name"]
    st.text(", ".join(str(names[one]) for one in known_actors))


def _room(found: state.Loaded) -> Room:
    kept = st.session_state.get("room")
    if not (isinstance(kept, tuple) and kept[0] is found):
        proposal = found.proposal
        room = Room(proposal.declarations, proposal.catalogue, proposal.scenario, proposal.candidates)
        st.session_state["room"] = kept = (found, room)
    return kept[1]  # type: ignore[no-any-return]


@st.fragment
def in_session(found: state.Loaded) -> None:
    """Two fields; what they meet appears at once."""
    workshop = dict(st.session_state.get("workshop", EMPTY))
    declarations = found.proposal.declarations
    names = {str(key): str(name) for key, name in declarations.actors["name"].items()}
    hidden = st.toggle(
        _("Mode projection : masquer les noms"), key="projection",
        help=_("À l'écran de la salle, les entreprises sont dites par leur activité et leur distance, jamais par leur nom."),
    )  # fmt: skip
    with st.form("said", clear_on_submit=True, border=True):
        first, second = st.columns([1, 3], vertical_alignment="bottom")
        kind = first.segmented_control(
            _("Quoi"), list(KINDS), default="output", format_func=labels({k: _(v) for k, v in KINDS.items()}), key="said_kind",
            required=True,
        )  # fmt: skip
        words = second.text_input(_("En quelques mots"), placeholder=_("palettes cassées, vapeur à 160 °C, un chariot…"))
        actors = workshop["content"].get("actors") or list(names)
        who = st.selectbox(
            _("Qui (facultatif)"), ["", *[one for one in actors if one in names]],
            format_func=labels({"": _("quelqu'un dans la salle"), **names}), key="said_who",
        )  # fmt: skip
        if st.form_submit_button(_("Chercher"), type="primary") and words.strip():
            catch(found, workshop, str(kind), words.strip(), who or "")
    entries = st.session_state.get("workshop", workshop)["content"].get("said", [])
    for place, entry in enumerate(reversed(entries)):
        show_entry(found, entry, is_hidden=hidden, is_first=place == 0)


def catch(found: state.Loaded, workshop: dict[str, Any], kind: str, words: str, who: str) -> None:
    """Matches what was said and keeps it."""
    start, room = perf_counter(), _room(found)
    sites = found.proposal.declarations.sites
    mine = sites[sites["actor_id"].eq(who)]
    # Nobody in particular stands in the middle of the territory: distances are then not shown.
    middle = (sites["latitude"] - sites["latitude"].median()).abs() + (sites["longitude"] - sites["longitude"].median()).abs()
    site_id = str(mine.index[0] if len(mine) else middle.idxmin())
    side: Side = "output" if kind == "output" else "need"
    partners = room.partners(side, words, site_id=site_id)
    if who:
        partners = partners[partners["actor_id"] != who]
    heard = room.understood(side, words, site_id=site_id).head(1)
    catalogue = found.proposal.catalogue
    tables = {"material": catalogue.materials, "use": catalogue.uses}
    entry = {
        "side": side, "words": words, "actor_id": who, "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "seconds": round(perf_counter() - start, 2),
        "heard": {spoken: messages.name(tables[str(kind_)], str(key), spoken) for spoken in messages.LANGUAGES
                  for kind_, key in heard[["target_kind", "target_id"]].itertuples(index=False)},
        "partners": partners[["flow_id", "actor_id", "description", "feasibility", "distance_km", "confidence"]]
        .round({"distance_km": 1, "confidence": 2}).to_dict("records"),
    }  # fmt: skip
    content = {**workshop["content"], "said": [*workshop["content"].get("said", []), entry]}
    title = workshop["title"] or _("Atelier")
    keep({**workshop, "title": title, "content": content}, found)


def show_entry(found: state.Loaded, entry: Mapping[str, Any], *, is_hidden: bool, is_first: bool) -> None:
    """One thing that was said, and whom it concerns."""
    actors = found.proposal.declarations.actors
    who = entry["actor_id"]
    speaker = _("quelqu'un dans la salle") if is_hidden or who not in actors.index else str(actors.at[who, "name"])
    with st.container(border=True):
        said = _("{0} : {1}").format(f"**{_(KINDS[entry['side']])}**", plain(entry["words"]))
        st.markdown(f"{said} :gray[{plain(speaker)}]")
        heard = entry["heard"].get(language(), "")
        if heard:
            st.markdown(f":gray[{plain(_('compris comme : {0}').format(heard))}]")
        rows = [_partner(found, partner, is_hidden=is_hidden, has_place=bool(who)) for partner in entry["partners"]]
        if not rows:
            st.markdown(_("Personne dans le territoire pour l'instant : gardé pour le compte rendu."))
            return
        frame = pd.DataFrame(rows)
        text_table(frame, key=f"said_{entry['at']}_{is_hidden}", alt=_("Partenaires possibles"))
        if is_first:
            st.markdown(f":gray[{plain(_('trouvé en {0} s').format(number(entry['seconds'], 1)))}]")


def _partner(found: state.Loaded, partner: Mapping[str, Any], *, is_hidden: bool, has_place: bool) -> dict[str, str]:
    actors = found.proposal.declarations.actors
    actor = actors.loc[partner["actor_id"]] if partner["actor_id"] in actors.index else None
    name = "–" if actor is None else str(actor["name"])
    if is_hidden:
        activities = found.proposal.catalogue.activities
        code = "" if actor is None else str(actor["nace"] or "")
        close = next((code[:n] for n in range(len(code), 1, -1) if code[:n] in activities.index), "")
        name = str(activities.at[close, f"name_{language()}"]) if close else _("une entreprise du territoire")
    row = {_("Avec qui"): name, _("Ce qu'il déclare"): str(partner["description"]), _("Statut"): word(partner["feasibility"])}
    if has_place:
        row[_("Distance")] = f"{number(partner['distance_km'])} km"
    return row


def minutes(found: state.Loaded, workshop: dict[str, Any]) -> None:
    """Decisions and actions, then the document."""
    content = workshop["content"]
    names = found.proposal.declarations.actors["name"]
    notes = st.text_area(_("Ce qui a été dit"), content.get("notes", ""), height=140, key=f"notes_{workshop['id']}")
    rows = pd.DataFrame(content.get("actions", []), columns=["what", "owner", "due"])
    st.markdown(f"**{_('Suites à donner')}**")
    edited = st.data_editor(
        rows.astype(str), num_rows="dynamic", hide_index=True, key=f"actions_{workshop['id']}_{workshop['version']}",
        width="stretch", alt=_("Suites à donner : quoi, qui, quand"),
        column_config={
            "what": st.column_config.TextColumn(_("Action"), width="large"),
            "owner": st.column_config.TextColumn(_("Responsable")),
            "due": st.column_config.TextColumn(_("Date (AAAA-MM-JJ)"), validate=r"^\d{4}-\d{2}-\d{2}$"),
        },
    )  # fmt: skip
    actions = edited.fillna("").replace("None", "").to_dict("records")
    actions = [{str(k): str(v) for k, v in one.items()} for one in actions if str(one["what"]).strip()]
    if st.button(_("Enregistrer"), key="minutes_save"):
        keep({**workshop, "content": {**content, "notes": notes, "actions": actions}}, found)
        st.rerun()
    said = [
        Line(label=_(KINDS[entry["side"]]), value=entry["words"], note=", ".join(
            str(names.get(partner["actor_id"], partner["actor_id"])) for partner in entry["partners"][:3]))
        for entry in content.get("said", [])
    ]  # fmt: skip
    if notes:
        said.append(Line(label=_("Notes"), value=notes))
    document = workshop_document(
        Workshop(
            theme_id=workshop["theme_id"], day=_day(workshop["held_on"]), notes=tuple(said),
            participants=tuple(str(names[one]) for one in content.get("actors", []) if one in names.index),
            actions=tuple(Action(what=one["what"], owner=one["owner"], due=_due(one["due"])) for one in actions),
        ),
        found.proposal, language(), banner=workspace.banner(found.proposal, language()),
    )  # fmt: skip
    with st.container(horizontal=True):
        for label, content_, suffix, mime in (
            (_("Compte rendu à modifier (DOCX)"), to_docx(document), "docx", DOCX),
            (_("Compte rendu à imprimer (PDF)"), to_pdf(document), "pdf", "application/pdf"),
        ):
            st.download_button(
                label, content_, file_name=f"atelier.{suffix}", mime=mime, on_click="ignore", key=f"minutes_{suffix}"
            )


def _due(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def page() -> None:
    """The page."""
    found = need_territory()
    heading(_("Ateliers"), _("Préparer une rencontre, noter ce qui s'y dit, repartir avec le compte rendu."))
    workshop = choose(found)
    kept = st.session_state.get("workshop_kept_at")
    if kept and workshop["id"]:
        st.markdown(f":gray[{_('Enregistré à {0}').format(kept)}]")
    before, table_cards, session, after = st.tabs([_("Préparer"), _("Cartes"), _("En séance"), _("Compte rendu")])
    with before:
        prepare(found, workshop)
    with table_cards:
        print_cards(found, workshop)
    with session:
        in_session(found)
    with after:
        if workshop["theme_id"]:
            minutes(found, workshop)
        else:
            st.markdown(_("Choisissez d'abord un thème, puis enregistrez l'atelier."))


page()
