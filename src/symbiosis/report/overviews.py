"""What a territory shows to those who decide: the summary of a steering committee, the yearly report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from symbiosis import messages
from symbiosis.engine import Proposal, Run
from symbiosis.messages import N_
from symbiosis.report.between import LAYER_NAMES, flows_between, links, named_links, places, units_of
from symbiosis.report.cells import commune_cells, points_of
from symbiosis.report.document import Document, shown_day, three_totals
from symbiosis.report.drawing import Drawing
from symbiosis.report.figures import commune_map, sankey
from symbiosis.report.rankings import ranked, themes
from symbiosis.report.records import FollowUp, actions_section, synergy_table
from symbiosis.report.sheet_parts import Line, Section

FIGURES: dict[str, str] = {
    "gain_eur_per_yr": N_("Gain net"),
    "diverted_t_per_yr": N_("Tonnes détournées"),
    "avoided_tco2e_per_yr": N_("CO2e évité"),
    "emitted_tco2e_per_yr": N_("CO2e émis"),
    "insertion_h_per_yr": N_("Heures d'insertion"),
    "insertion_fte": N_("ETP potentiels"),
    "disposal_today_eur_per_yr": N_("Coût des exutoires aujourd'hui"),
    "material_t_per_yr": N_("Matières échangées"),
    "energy_mwh_per_yr": N_("Énergie échangée"),
    "water_m3_per_yr": N_("Eau échangée"),
    "labour_h_per_yr": N_("Heures de travail"),
    "transport_tkm_per_yr": N_("Transport"),
    "tax_forgone_eur_per_yr": N_("Taxe non perçue par l'État"),
}
"""Names of the indicators."""

MAIN = ("gain_eur_per_yr", "diverted_t_per_yr", "avoided_tco2e_per_yr", "insertion_h_per_yr")
UNITS_EN = {"€/an": "€/yr", "t/an": "t/yr", "MWh/an": "MWh/yr", "m3/an": "m³/yr", "tCO2e/an": "tCO2e/yr", "h/an": "h/yr",
            "ETP potentiels": "potential FTE", "t·km/an": "t·km/yr"}  # fmt: skip
FIRST = 12
"""Synergies of a summary."""


def unit_text(unit: str, language: str) -> str:
    """Unit of an indicator in a language."""
    return UNITS_EN.get(unit, unit) if language == "en" else unit.replace("m3", "m³")


def amount(value: float, row: pd.Series, language: str) -> str:
    """A value of an indicator with its unit.

    Parameters
    ----------
    value
        The indicator's, or a difference of it.
    row
        Of the indicator, with `unit`.
    language
        ``fr`` or ``en``.

    Returns
    -------
    str
    """
    digits = 0 if abs(value) >= 100 else 1
    shown = messages.number(value, language, digits).replace("-", "−")
    return f"{shown} {unit_text(str(row['unit']), language)}"


def key_figures(run: Run, language: str) -> tuple[Line, ...]:
    """Euros, tonnes, CO2e and insertion at one rank, each with its range.

    Parameters
    ----------
    run
        Of a proposal.
    language
        ``fr`` or ``en``.

    Returns
    -------
    tuple of Line
    """
    say, lines = messages.translation(language).gettext, []
    for name in MAIN:
        row: Any = run.indicators.loc[name]
        digits = 0 if abs(row["value"]) >= 100 else 1
        ends = [messages.number(row[end], language, digits).replace("-", "−") for end in ("low", "high")]
        note = "" if ends[0] == ends[1] else say("fourchette : {0} à {1}").format(*ends)
        if name == "insertion_h_per_yr":
            fte = messages.number(run.indicators.at["insertion_fte", "value"], language, 1)
            note = say("{0} ETP potentiels, sous réserve de conventionnement").format(fte)
        lines.append(Line(label=say(FIGURES[name]), value=amount(row["value"], row, language), note=note))
    return tuple(lines)


def layer_sankey(
    proposal: Proposal, layer: str, language: str, *, is_today: bool = False, feasibility: str = "feasible"
) -> Drawing:
    """Families → operations → uses and outlets of a layer, as a picture.

    Parameters
    ----------
    proposal
        Result of the engine.
    layer
        Key of :data:`symbiosis.report.between.LAYERS`.
    language
        ``fr`` or ``en``.
    is_today
        Whether nothing is exchanged yet.
    feasibility
        ``feasible`` or ``to_investigate``.

    Returns
    -------
    Drawing
    """
    say = messages.translation(language).gettext
    run = proposal.feasible if feasibility == "feasible" else proposal.to_investigate
    unit = next(iter(units_of(run, layer)), "t")
    table = named_links(links(run, layer, unit, is_today=is_today), proposal, language)
    said = say("{0}, aujourd'hui") if is_today else say("{0}, proposé ({1})")
    title = said.format(say(LAYER_NAMES[layer]), messages.word(feasibility, language))
    return sankey(table, title=title, unit=messages.unit_name(unit, language), language=language)


def layer_map(proposal: Proposal, layer: str, language: str, *, feasibility: str = "feasible") -> Drawing:
    """Exchanges of a layer between communes, as a picture.

    Parameters
    ----------
    proposal
        Result of the engine.
    layer
        Key of :data:`symbiosis.report.between.LAYERS`.
    language
        ``fr`` or ``en``.
    feasibility
        ``feasible`` or ``to_investigate``.

    Returns
    -------
    Drawing
    """
    say = messages.translation(language).gettext
    run = proposal.feasible if feasibility == "feasible" else proposal.to_investigate
    return commune_map(
        places(proposal),
        flows_between(run.proposals.exchanges, layer).head(60),
        commune_cells(points_of(proposal.declarations.sites)),
        title=say("{0} : échanges entre communes ({1})").format(say(LAYER_NAMES[layer]), messages.word(feasibility, language)),
        note=say("Largeur selon la quantité ; cercles : échanges dans une commune ; contours de communes approchés."),
    )


def _theme_table(proposal: Proposal, language: str) -> pd.DataFrame:
    say, frame = messages.translation(language).gettext, themes(proposal, language).head(20)

    def amounts(column: str) -> list[str]:
        pairs = zip(frame[column], frame["unit_name"], strict=True)
        return [f"{messages.number(value, language)} {unit}".replace("-", "−") for value, unit in pairs]

    return pd.DataFrame(
        {
            say("Thème"): frame["theme"],
            say("Détenteurs"): [messages.number(value, language) for value in frame["holders"]],
            say("Gisement cumulé"): amounts("held"),
            say("Besoin"): amounts("needed"),
            say("Écart (besoin − gisement)"): amounts("gap"),
            say("Synergies"): [messages.number(value, language) for value in frame["synergies"]],
            say("Gain par an"): [messages.euros(value, language) for value in frame["gain"]],
        }
    )


def _first(proposal: Proposal, feasibility: str, language: str) -> pd.DataFrame:
    frame = ranked(proposal, feasibility, language).head(FIRST).assign(status=messages.word(feasibility, language))
    return synergy_table(frame, language)


def _followed(followed: Sequence[FollowUp], language: str) -> Section:
    """Projects by stage, or room to write them in."""
    say = messages.translation(language).gettext
    rows = [
        (one.title, one.stage, one.action.what, one.action.owner,
         "" if one.action.due is None else shown_day(one.action.due, language))
        for one in sorted(followed, key=lambda one: (one.stage, one.title))
    ]  # fmt: skip
    columns = [say("Projet"), say("Étape"), say("Prochaine action"), say("Responsable"), say("Date")]
    return Section(title=say("Projets suivis"), table=pd.DataFrame(rows or [("",) * 5] * 3, columns=columns))


def committee_document(
    proposal: Proposal,
    territory: str,
    language: str,
    *,
    followed: Sequence[FollowUp] = (),
    banner: str = "",
    footer: str = "",
) -> Document:
    """The summary for a steering committee.

    Parameters
    ----------
    proposal
        Result of the engine.
    territory
        Its name.
    language
        ``fr`` or ``en``.
    followed
        Projects, where they are followed.
    banner, footer
        First and last line.

    Returns
    -------
    Document
    """
    say = messages.translation(language).gettext
    sections = [
        three_totals(proposal, language),
        Section(title=say("Où vont les flux"), picture=layer_sankey(proposal, "material", language)),
        Section(title=say("Par thème d'atelier"), table=_theme_table(proposal, language)),
        Section(title=say("Les premières à engager"), table=_first(proposal, "feasible", language)),
        Section(title=say("Les premières à instruire"), table=_first(proposal, "to_investigate", language)),
        _followed(followed, language),
        Section(title=say("Décisions du comité"), lines=tuple(Line(label=f"{number}.", value="") for number in (1, 2, 3))),
        actions_section((), language),
    ]
    return Document(
        language=language,
        title=territory,
        over=say("Synthèse pour le comité de pilotage"),
        banner=banner,
        figures=key_figures(proposal.feasible, language),
        sections=tuple(sections),
        footer=footer,
    )


def year_document(
    proposal: Proposal,
    territory: str,
    year: int,
    language: str,
    *,
    followed: Sequence[FollowUp] = (),
    banner: str = "",
    footer: str = "",
) -> Document:
    """The yearly report of a territory.

    Parameters
    ----------
    proposal
        Result of the engine.
    territory
        Its name.
    year
        Which one.
    language
        ``fr`` or ``en``.
    followed
        Projects, where they are followed.
    banner, footer
        First and last line.

    Returns
    -------
    Document
    """
    say, declarations = messages.translation(language).gettext, proposal.declarations
    counts = (
        Line(label=say("Entreprises"), value=messages.number(len(declarations.actors), language)),
        Line(label=say("Sites"), value=messages.number(len(declarations.sites), language)),
        Line(label=say("Flux sortants déclarés"), value=messages.number(len(declarations.outputs), language)),
        Line(label=say("Besoins déclarés"), value=messages.number(len(declarations.needs), language)),
    )
    sections = [
        Section(title=say("Le territoire"), lines=counts),
        three_totals(proposal, language),
        Section(title=say("Aujourd'hui"), picture=layer_sankey(proposal, "material", language, is_today=True)),
        Section(title=say("Ce qui est proposé"), picture=layer_sankey(proposal, "material", language)),
        Section(title=say("Entre communes"), picture=layer_map(proposal, "material", language)),
        Section(title=say("Par thème d'atelier"), table=_theme_table(proposal, language)),
        Section(title=say("Par type de synergie"), table=_kinds(proposal, language)),
        Section(title=say("Les premières synergies réalisables"), table=_first(proposal, "feasible", language)),
        _followed(followed, language),
        Section(title=say("Ce qui a été réalisé"), lines=(Line(label=say("À compléter"), value=""),)),
        _method(proposal, language),
    ]
    return Document(
        language=language,
        title=territory,
        over=say("Rapport annuel {0}").format(year),
        banner=banner,
        figures=key_figures(proposal.feasible, language),
        sections=tuple(sections),
        footer=footer,
    )


def _kinds(proposal: Proposal, language: str) -> pd.DataFrame:
    say, table = messages.translation(language).gettext, proposal.feasible.proposals.synergies
    by = table.groupby("kind", sort=True)[["gain_eur_per_yr", "diverted_t_per_yr", "insertion_h_per_yr"]].sum()
    return pd.DataFrame(
        {
            say("Type"): [messages.word(str(kind), language) for kind in by.index],
            say("Synergies"): [messages.number((table["kind"] == kind).sum(), language) for kind in by.index],
            say("Gain par an"): [messages.euros(value, language) for value in by["gain_eur_per_yr"]],
            say("Tonnes détournées"): [messages.number(value, language) for value in by["diverted_t_per_yr"]],
            say("Heures d'insertion"): [messages.number(value, language) for value in by["insertion_h_per_yr"]],
        }
    )


def _method(proposal: Proposal, language: str) -> Section:
    """Formula and source of every figure."""
    say, found = messages.translation(language).gettext, proposal.feasible.indicators
    table = pd.DataFrame(
        {
            say("Indicateur"): [say(FIGURES[str(name)]) for name in found.index],
            say("Valeur"): [amount(row["value"], row, language) for _, row in found.iterrows()],
            say("Formule"): found[f"formula_{language}"].to_numpy(),
            say("Source"): found["source"].to_numpy(),
        }
    )
    return Section(
        title=say("Comment les chiffres sont calculés"),
        table=table,
        note=say("Un gain calculé n'est pas un gain réalisé. ") + say(messages.FUNNEL),
    )
