"""Records of the facilitator's days: a visit, a workshop, what is followed up. What is not known yet is left to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from symbiosis import messages
from symbiosis.engine import Proposal
from symbiosis.report.document import Document, shown_day
from symbiosis.report.rankings import ranked
from symbiosis.report.sheet_parts import Line, Section, quantity

ROOM = 3
"""Empty rows of a table to fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What somebody does next."""

    what: str
    owner: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Where a synergy stands."""

    synergy_id: str
    title: str
    stage: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit to a company: what was known before, what was said.

    Attributes
    ----------
    actor_id
        The company.
    day, author, people
        When, by whom, and whom she met; empty before the visit.
    questions
        What to ask, or what was asked.
    notes
        What was said: subject and text.
    actions
        What follows.
    """

    actor_id: str
    day: date | None = None
    author: str = ""
    people: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    notes: tuple[Line, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """A workshop on a theme.

    Attributes
    ----------
    theme_id
        What it was about.
    day, place, author
        When, where, and who led it; empty before.
    participants
        Names.
    decisions
        Text by synergy id.
    notes
        What else was said.
    actions
        What follows.
    """

    theme_id: str
    day: date | None = None
    place: str = ""
    author: str = ""
    participants: tuple[str, ...] = ()
    decisions: tuple[tuple[str, str], ...] = ()
    notes: tuple[Line, ...] = ()
    actions: tuple[Action, ...] = ()


def visit_document(visit: Visit, proposal: Proposal, language: str, *, banner: str = "", footer: str = "") -> Document:
    """The report of a visit; before the visit, the sheet to take along.

    Parameters
    ----------
    visit
        What is known of it.
    proposal
        Where the company's flows stand.
    language
        ``fr`` or ``en``.
    banner, footer
        First and last line.

    Returns
    -------
    Document

    Raises
    ------
    KeyError
        If nobody declared the company.
    """
    say = messages.translation(language).gettext
    actor = proposal.declarations.actors.loc[visit.actor_id]
    subjects = (say("Activité et projets"), say("Flux vus sur place"), say("Coûts et contrats"), say("Freins et attentes"))
    notes = visit.notes or tuple(Line(label=label, value="") for label in subjects)
    sections = [
        Section(title=say("La rencontre"), lines=_when(visit.day, "", visit.author, visit.people, language)),
        Section(title=say("Flux sortants déclarés"), table=_own_outputs(proposal, visit.actor_id, language)),
        Section(title=say("Besoins déclarés"), table=_own_needs(proposal, visit.actor_id, language)),
        Section(
            title=say("Pistes qui concernent l'entreprise"),
            table=_leads(proposal, visit.actor_id, language),
            note=say("À ne pas laisser sur place : l'entreprise reçoit sa propre fiche."),
        ),
        Section(title=say("Questions à poser"), sentences=visit.questions or (say("aucune question en attente"),)),
        Section(title=say("Ce qui a été dit"), lines=notes),
        actions_section(visit.actions, language),
    ]
    return Document(
        language=language,
        title=str(actor["name"]),
        over=say("Compte rendu de visite"),
        under=" · ".join(filter(None, (str(actor["nace"] or ""), _communes(proposal, visit.actor_id)))),
        banner=banner,
        sections=tuple(sections),
        footer=footer,
    )


def _when(day: date | None, place: str, author: str, people: Sequence[str], language: str) -> tuple[Line, ...]:
    say = messages.translation(language).gettext
    lines = [
        Line(label=say("Date"), value="" if day is None else shown_day(day, language)),
        Line(label=say("Lieu"), value=place),
        Line(label=say("Animatrice"), value=author),
        Line(label=say("Présents"), value=", ".join(people)),
    ]
    return tuple(lines)


def _communes(proposal: Proposal, actor_id: str) -> str:
    sites = proposal.declarations.sites
    return ", ".join(dict.fromkeys(sites.loc[sites["actor_id"].eq(actor_id), "commune"].dropna().astype(str)))


def _own_outputs(proposal: Proposal, actor_id: str, language: str) -> pd.DataFrame:
    say, outputs = messages.translation(language).gettext, proposal.feasible.case.outputs
    mine = outputs[outputs["actor_id"].eq(actor_id)]
    return pd.DataFrame(
        {
            say("Flux"): mine["description"],
            say("Code"): mine["waste_code"].map(messages.display_code),
            say("Par an"): [quantity(q, u, language) for q, u in zip(mine["quantity_per_yr"], mine["unit"], strict=True)],
            say("Preuve"): mine["evidence"].map(lambda code: messages.word(code, language)),
            say("Exutoire d'aujourd'hui"): mine["outlet_id"].map(
                lambda key: messages.name(proposal.catalogue.outlets, str(key), language)
            ),
            say("Coût"): _prices(mine["outlet_cost_eur_per_unit"], mine["unit"], language),
        }
    )


def _own_needs(proposal: Proposal, actor_id: str, language: str) -> pd.DataFrame:
    say, needs = messages.translation(language).gettext, proposal.feasible.case.needs
    mine = needs[needs["actor_id"].eq(actor_id)]
    return pd.DataFrame(
        {
            say("Besoin"): mine["description"],
            say("Par an"): [quantity(q, u, language) for q, u in zip(mine["quantity_per_yr"], mine["unit"], strict=True)],
            say("Preuve"): mine["evidence"].map(lambda code: messages.word(code, language)),
            say("Prix"): _prices(mine["price_eur_per_unit"], mine["unit"], language),
        }
    )


def _prices(values: pd.Series, units: pd.Series, language: str) -> list[str]:
    shown = units.replace("m3", "m³")
    return [
        "–" if pd.isna(value) else f"{messages.euros(value, language, 2)} / {unit}".replace("-", "−")
        for value, unit in zip(values, shown, strict=True)
    ]


def _leads(proposal: Proposal, actor_id: str, language: str) -> pd.DataFrame:
    """Synergies of the company, in the order of their calls."""
    parts = []
    for name, run in (("feasible", proposal.feasible), ("to_investigate", proposal.to_investigate)):
        shares = run.proposals.shares
        ids = set(shares.loc[shares["actor_id"].eq(actor_id), "synergy_id"])
        frame = ranked(proposal, name, language)
        parts.append(frame[frame.index.isin(ids)].assign(status=messages.word(name, language)))
    return synergy_table(pd.concat(parts), language)


def synergy_table(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """Ranked synergies as texts of a document.

    Parameters
    ----------
    frame
        From :func:`symbiosis.report.rankings.ranked`, with `status`.
    language
        ``fr`` or ``en``.

    Returns
    -------
    pandas.DataFrame
    """
    say = messages.translation(language).gettext
    amounts = zip(frame["quantity"], frame["unit"], strict=True)
    return pd.DataFrame(
        {
            say("Piste"): frame.index.astype(str),
            say("Flux"): frame["what"],
            say("De"): frame["givers"],
            say("Vers"): frame["takers"].where(frame["takers"] != "", frame["through"]),
            say("Par an"): [f"{messages.number(amount, language, 1)} {unit}" for amount, unit in amounts],
            say("Gain par an"): [messages.euros(value, language) for value in frame["gain"]],
            say("Statut"): frame["status"],
            say("À demander d'abord"): frame["ask"],
        }
    ).reset_index(drop=True)


def workshop_document(workshop: Workshop, proposal: Proposal, language: str, *, banner: str = "", footer: str = "") -> Document:
    """The minutes of a workshop; before it, the sheet to lead it with.

    Parameters
    ----------
    workshop
        What is known of it.
    proposal
        Offers, needs and synergies of its theme.
    language
        ``fr`` or ``en``.
    banner, footer
        First and last line.

    Returns
    -------
    Document
    """
    say, catalogue = messages.translation(language).gettext, proposal.catalogue
    outputs, needs = of_theme(proposal, workshop.theme_id)
    decided = dict(workshop.decisions)
    frames = [
        ranked(proposal, name, language).assign(status=messages.word(name, language)) for name in ("feasible", "to_investigate")
    ]
    frame = pd.concat(frames)
    frame = frame[frame["theme_id"].eq(workshop.theme_id)].head(20)
    kept = synergy_table(frame, language).drop(columns=[say("À demander d'abord")])
    kept[say("Décision")] = [decided.get(str(one), "") for one in frame.index]
    sections = [
        Section(title=say("La rencontre"), lines=_when(workshop.day, workshop.place, workshop.author, workshop.participants,
                                                       language)),
        Section(title=say("Balance des offres et des besoins"), lines=_balance(outputs, needs, language)),
        Section(title=say("J'ai"), table=_held(outputs, say("Flux"), language)),
        Section(title=say("Je cherche"), table=_held(needs, say("Besoin"), language)),
        Section(title=say("Pistes vues en séance"), table=kept),
        Section(title=say("Ce qui a été dit"), lines=workshop.notes or (Line(label=say("Notes"), value=""),)),
        actions_section(workshop.actions, language),
    ]  # fmt: skip
    return Document(
        language=language,
        title=messages.name(catalogue.themes, workshop.theme_id, language),
        over=say("Compte rendu d'atelier"),
        banner=banner,
        sections=tuple(sections),
        footer=footer,
    )


def of_theme(proposal: Proposal, theme_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outputs and needs of a theme, largest first.

    Parameters
    ----------
    proposal
        Whose flows.
    theme_id
        Of the catalogue.

    Returns
    -------
    tuple of pandas.DataFrame
        Rows of :class:`symbiosis.flows.Flows`.
    """
    catalogue, flows = proposal.catalogue, proposal.candidates.flows
    of_material = catalogue.materials["theme_id"]
    outputs = flows.outputs[flows.outputs["best_material_id"].map(of_material).eq(theme_id)]
    wanted = flows.wanted.sort_values("confidence", ascending=False, kind="stable").drop_duplicates("need_id")
    wanted = wanted.set_index("need_id")
    is_material = wanted["target_kind"].eq("material")
    theme = wanted["target_id"].map(of_material).where(is_material, wanted["target_id"].map(catalogue.uses["theme_id"]))
    needs = flows.needs[theme.reindex(flows.needs.index).eq(theme_id)]
    return (
        outputs.sort_values("quantity_per_yr", ascending=False, kind="stable"),
        needs.sort_values("quantity_per_yr", ascending=False, kind="stable"),
    )


def _balance(outputs: pd.DataFrame, needs: pd.DataFrame, language: str) -> tuple[Line, ...]:
    say = messages.translation(language).gettext
    lines = []
    for unit in dict.fromkeys([*outputs["unit"], *needs["unit"]]):
        held, wanted = outputs[outputs["unit"].eq(unit)], needs[needs["unit"].eq(unit)]
        have, want = float(held["quantity_per_yr"].sum()), float(wanted["quantity_per_yr"].sum())
        said = say("gisement {0} chez {1} détenteurs ; besoin {2} chez {3} preneurs ; écart {4}").format(
            quantity(have, unit, language), held["actor_id"].nunique(), quantity(want, unit, language),
            wanted["actor_id"].nunique(), quantity(want - have, unit, language),
        )  # fmt: skip
        lines.append(Line(label=say("En {0} par an").format({"m3": "m³"}.get(unit, unit)), value=said.replace("-", "−")))
    return tuple(lines)


def _held(flows: pd.DataFrame, title: str, language: str) -> pd.DataFrame:
    say = messages.translation(language).gettext
    flows = flows.head(25)
    return pd.DataFrame(
        {
            say("Entreprise"): flows["actor_name"],
            title: flows["description"],
            say("Par an"): [quantity(q, u, language) for q, u in zip(flows["quantity_per_yr"], flows["unit"], strict=True)],
            say("Commune"): flows["commune"].fillna(""),
        }
    )


def actions_section(actions: Sequence[Action], language: str) -> Section:
    """What was agreed: who does what by when; empty rows where nothing is written yet.

    Parameters
    ----------
    actions
        What follows.
    language
        ``fr`` or ``en``.

    Returns
    -------
    Section
    """
    say = messages.translation(language).gettext
    rows = [(one.what, one.owner, "" if one.due is None else shown_day(one.due, language)) for one in actions]
    table = pd.DataFrame(rows or [("", "", "")] * ROOM, columns=[say("Action"), say("Responsable"), say("Date")])
    return Section(title=say("Suites à donner"), table=table, widths=(300, 120, 90))
