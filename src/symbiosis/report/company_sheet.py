"""A company's own side of a synergy: what it may take home without learning, or being able to compute, anything of the others.

Two parties that share a gain equally can each compute the other's cost from their own part and the rule. So this sheet holds no
gain, no share, no transfer, no middle price, no distance, no name but the company's own. It is built from an :class:`OwnSide`,
which has no place for any of these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from symbiosis import messages
from symbiosis.engine import Proposal, Run
from symbiosis.report.document import Document, follow_up_blanks
from symbiosis.report.sheet import find_run
from symbiosis.report.sheet_parts import TO_ASK, Line, Section, quantity

OF_GIVER = ("waste_code_missing", "quality_unknown", "food_date_unknown", "words_uncertain")
OF_TAKER = ("heading_unknown", "heading_incompatible", "codes_accepted_unknown", "code_not_listed", "heading_compatible")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFlow:
    """One flow of the company in the synergy.

    Attributes
    ----------
    kind
        ``output``, ``need`` or ``process``.
    description, code
        In the company's words, and its waste code.
    quantity_per_yr, unit
        What the synergy would move of it.
    today
        Outlet of an output, empty for the others.
    eur_per_unit
        What the company pays today for a unit: to its outlet, or to its supplier; negative where it is paid. Missing for a
        process.
    is_declared
        Whether the company declared that price itself.
    """

    kind: str
    description: str
    code: str
    quantity_per_yr: float
    unit: str
    today: str
    eur_per_unit: float
    is_declared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSide:
    """What a company is told of a synergy that concerns it.

    Attributes
    ----------
    synergy_id, theme, status
        What is said at the top.
    actor_name
        The company.
    flows
        Its own.
    routes, papers
        Legal routes and papers of its own flows.
    asked
        What it can answer itself.
    """

    synergy_id: str
    theme: str
    status: str
    actor_name: str
    flows: tuple[OwnFlow, ...]
    routes: tuple[str, ...]
    papers: tuple[str, ...]
    asked: tuple[str, ...]


def parties(proposal: Proposal, synergy_id: str) -> dict[str, str]:
    """Companies that a synergy concerns: name by id, givers first.

    Parameters
    ----------
    proposal
        Result of the engine.
    synergy_id
        Key of its synergies.

    Returns
    -------
    dict of str
    """
    shares = find_run(proposal, synergy_id).proposals.shares
    order = {"giver": 0, "operator": 1, "taker": 2}
    mine = shares[shares["synergy_id"] == synergy_id]
    ids = mine.assign(order=mine["role"].map(order)).sort_values("order", kind="stable")["actor_id"].drop_duplicates()
    return {str(one): str(proposal.declarations.actors["name"].get(one, one)) for one in ids}


def own_side(proposal: Proposal, synergy_id: str, actor_id: str, language: str) -> OwnSide:
    """The side of one company, from its own rows alone.

    Parameters
    ----------
    proposal
        Result of the engine.
    synergy_id
        Key of its synergies.
    actor_id
        A company that the synergy concerns.
    language
        ``fr`` or ``en``.

    Returns
    -------
    OwnSide

    Raises
    ------
    KeyError
        If no run proposes the synergy, or it does not concern the company.
    """
    run = find_run(proposal, synergy_id)
    if actor_id not in parties(proposal, synergy_id):
        raise KeyError(actor_id)
    say, catalogue = messages.translation(language).gettext, proposal.catalogue
    e = run.proposals.exchanges
    e = e[e["synergy_id"] == synergy_id]
    gives = e[e["giver_actor_id"].eq(actor_id) & e["giver_kind"].eq("output")]
    takes = e[e["taker_actor_id"].eq(actor_id)]
    rows = [("giver", code) for text in gives["reasons"] for code in text.split(";")]
    rows += [("taker", code) for text in takes["reasons"] for code in text.split(";")]
    asked = [sentence for role, code in rows if (sentence := _asked(role, code, proposal, language))]
    if gives["outlet_cost_origin"].isin(["assumed", "catalogue", "unknown"]).any():
        asked.append(say("retrouver la facture d'évacuation : le coût affiché est un coût usuel"))
    if (takes["price_origin"].isin(["assumed", "unknown"]) & takes["taker_kind"].eq("need")).any():
        asked.append(say("retrouver le prix payé aujourd'hui : le prix affiché est supposé"))
    mine = pd.concat([gives, takes])
    papers = [p for text in mine["papers"] for p in text.split(";") if p]
    synergy: Any = run.proposals.synergies.loc[synergy_id]
    flows = [*_outputs(gives, catalogue, language), *_needs(takes), *_processes(takes, run, catalogue, language)]
    return OwnSide(
        synergy_id=synergy_id,
        theme=messages.name(catalogue.themes, str(synergy["theme_id"]), language),
        status=messages.word("to_investigate" if run is proposal.to_investigate else "feasible", language),
        actor_name=str(proposal.declarations.actors.at[actor_id, "name"]),
        flows=tuple(flows or _pooled(run, str(synergy["material_ids"]), actor_id, catalogue, language)),
        routes=tuple(dict.fromkeys(messages.word(route, language) for route in mine["route"] if route)),
        papers=tuple(dict.fromkeys(messages.name(catalogue.papers, p, language) for p in papers)),
        asked=tuple(dict.fromkeys(asked)),
    )


def _asked(role: str, code: str, proposal: Proposal, language: str) -> str:
    """What this side can do about a reason; nothing where it is the other's to answer."""
    kind, _, data = code.partition(":")
    if kind not in (OF_GIVER if role == "giver" else OF_TAKER):
        return ""
    subject = data
    if kind == "quality_unknown":
        subject = messages.name(proposal.catalogue.quality_parameters, data.split(":", maxsplit=1)[0], language)
    sentence: str = messages.translation(language).gettext(TO_ASK[kind])
    return sentence.format(subject)


def _outputs(gives: pd.DataFrame, catalogue: Any, language: str) -> list[OwnFlow]:
    """Each output once, whatever the number of those who take it."""
    return [
        OwnFlow(
            kind="output",
            description=str(rows["description"].iloc[0]),
            code=messages.display_code(str(rows["waste_code"].iloc[0])),
            quantity_per_yr=float(rows["quantity_per_yr"].sum()),
            unit=str(rows["unit"].iloc[0]),
            today=messages.name(catalogue.outlets, str(rows["outlet_id"].iloc[0]), language),
            eur_per_unit=float(rows["outlet_cost_eur_per_unit"].iloc[0]),
            is_declared=rows["outlet_cost_origin"].iloc[0] == "declared",
        )
        for _, rows in gives.groupby("giver_flow_id", sort=True)
    ]


def _needs(takes: pd.DataFrame) -> list[OwnFlow]:
    return [
        OwnFlow(
            kind="need",
            description=str(rows["need_description"].iloc[0]),
            code="",
            quantity_per_yr=float(rows["received_per_yr"].sum()),
            unit=str(rows["received_unit"].iloc[0]),
            today="",
            eur_per_unit=float(rows["price_eur_per_unit"].iloc[0]),
            is_declared=rows["price_origin"].iloc[0] == "declared",
        )
        for _, rows in takes[takes["taker_kind"].eq("need")].groupby("taker_flow_id", sort=True)
    ]


def _processes(takes: pd.DataFrame, run: Run, catalogue: Any, language: str) -> list[OwnFlow]:
    operators = run.case.operators
    return [
        OwnFlow(
            kind="process",
            description=messages.name(catalogue.processes, str(operators.at[one, "process_id"]), language),
            code="",
            quantity_per_yr=float(run.allocation.plan["throughput"].get(one, 0.0)),
            unit=str(operators.at[one, "unit"]),
            today="",
            eur_per_unit=float("nan"),
            is_declared=True,
        )
        for one in sorted(set(takes.loc[takes["taker_kind"].eq("operator"), "taker_flow_id"]))
    ]


def _pooled(run: Run, material_id: str, actor_id: str, catalogue: Any, language: str) -> list[OwnFlow]:
    """Outputs that a joint round would fetch."""
    on = run.allocation.plan["is_pooled"]
    rounds = [one for one in on.index[on > 0.5] if run.case.pools.at[one, "material_id"] == material_id]
    members = run.case.pool_members
    ids = set(members.loc[members["pool_id"].isin(rounds), "output_id"])
    outputs = run.case.outputs
    mine = outputs[outputs.index.isin(ids) & outputs["actor_id"].eq(actor_id)]
    return [
        OwnFlow(
            kind="output",
            description=str(row["description"]),
            code=messages.display_code(str(row["waste_code"])),
            quantity_per_yr=float(row["quantity_per_yr"]),
            unit=str(row["unit"]),
            today=messages.name(catalogue.outlets, str(row["outlet_id"]), language),
            eur_per_unit=float(row["outlet_cost_eur_per_unit"]),
            is_declared=row["outlet_cost_origin"] == "declared",
        )
        for row in mine.to_dict("records")
    ]


def company_document(side: OwnSide, language: str, *, banner: str = "", footer: str = "") -> Document:
    """The company's sheet, on one page.

    Parameters
    ----------
    side
        What it is told.
    language
        ``fr`` or ``en``.
    banner, footer
        First and last line.

    Returns
    -------
    Document
    """
    say = messages.translation(language).gettext
    flows = [_flow_section(flow, language) for flow in side.flows]
    legal = Section(
        title=say("Voie juridique et pièces à réunir"),
        lines=(Line(label=say("Voie"), value=", ".join(side.routes) or "–"),),
        sentences=side.papers,
    )
    asked = Section(
        title=say("Ce que vous pouvez préciser"),
        sentences=tuple(one[:1].upper() + one[1:] for one in side.asked) or (say("rien de bloquant"),),
    )
    private = Section(
        title=say("Ce que cette fiche ne dit pas"),
        sentences=(
            say("Ni le nom, ni les coûts, ni la part des autres : ils ne connaissent pas davantage les vôtres."),
            say("Votre animatrice vous met en relation quand les deux parties l'acceptent."),
        ),
    )
    return Document(
        language=language,
        title=say("Une piste existe pour {0}").format(side.actor_name),
        over=f"{side.synergy_id} · {side.theme}",
        tags=(say("Fiche entreprise"), side.status),
        banner=banner,
        sections=(*flows, legal, asked, private),
        action=Line(label=say("Prochaine action"), value=say("Votre animatrice vous appelle")),
        blanks=follow_up_blanks(language),
        footer=footer,
        is_one_page=True,
    )


def _flow_section(flow: OwnFlow, language: str) -> Section:
    """A flow: its amount, what it costs today, and the limit that its owner should keep in mind."""
    say = messages.translation(language).gettext
    unit = {"m3": "m³"}.get(flow.unit, flow.unit)
    title = flow.description[:1].upper() + flow.description[1:]
    lines = [Line(label=say("Quantité concernée par an"), value=quantity(flow.quantity_per_yr, flow.unit, language))]
    if flow.code:
        lines.append(Line(label=say("Code déchet"), value=flow.code))
    if flow.today:
        lines.append(Line(label=say("Exutoire d'aujourd'hui"), value=flow.today))
    if math.isnan(flow.eur_per_unit):
        return Section(title=title, lines=tuple(lines))
    known = "" if flow.is_declared else say("coût usuel, à confirmer par vos factures")
    price = messages.euros(abs(flow.eur_per_unit), language, 2)
    yearly = messages.euros(abs(flow.eur_per_unit) * flow.quantity_per_yr, language)
    pays = flow.eur_per_unit >= 0
    if flow.kind == "need":
        today, limit = say("Vous payez aujourd'hui"), say("Votre limite : payer, livré chez vous, {0} au plus par {1}")
    elif pays:
        today, limit = say("Vous payez aujourd'hui"), say("Votre limite : payer {0} au plus par {1} pour que le flux parte")
    else:
        today, limit = say("Vous recevez aujourd'hui"), say("Votre limite : recevoir {0} au moins par {1}")
    lines += [
        Line(label=today, value=say("{0} par an ({1} par {2})").format(yearly, price, unit), note=known),
        Line(label=say("Pour ne rien perdre"), value=limit.format(price, unit)),
    ]
    if pays:
        lines.append(Line(label=say("Économie possible, au plus"), value=say("{0} par an").format(yearly)))
    return Section(title=title, lines=tuple(lines))
