"""A scenario beside its reference: what is assumed otherwise, what that changes, which exchanges come and go."""

from __future__ import annotations

from typing import Any

import pandas as pd

from symbiosis import messages
from symbiosis.engine import Proposal
from symbiosis.report.document import Document, three_totals
from symbiosis.report.overviews import FIGURES, FIRST, amount, key_figures, layer_sankey
from symbiosis.report.sheet_parts import Line, Section
from symbiosis.scenario import parameters


def scenario_document(
    proposal: Proposal, reference: Proposal, territory: str, language: str, *, banner: str = "", footer: str = ""
) -> Document:
    """A scenario beside its reference.

    Parameters
    ----------
    proposal, reference
        Results of the engine on the same declarations.
    territory
        Its name.
    language
        ``fr`` or ``en``.
    banner, footer
        First and last line.

    Returns
    -------
    Document
    """
    say = messages.translation(language).gettext
    both = ((say("référence"), reference), (say("scénario"), proposal))
    pictures = [
        Section(title=say("Sankey : {0}").format(name), picture=layer_sankey(one, "material", language)) for name, one in both
    ]
    frozen = tuple(
        Line(label=label, value=value)
        for label, value in (
            (say("Empreinte des données"), str(proposal.versions["data"])),
            (say("Empreinte du catalogue"), str(proposal.versions["catalogue"])),
            (say("Graine"), str(proposal.scenario.seed)),
            (say("Version"), str(proposal.versions["symbiosis"])),
        )
    )
    totals = [
        Section(title=say("{0} : {1}").format(section.title, name), lines=section.lines, note=section.note)
        for name, one in both
        for section in (three_totals(one, language),)
    ]
    sections = [
        Section(title=say("Hypothèses qui changent"), **_changed(proposal, reference, language)),
        Section(title=say("Écarts à la référence (réalisable)"), table=differences(proposal, reference, language)),
        *totals,
        Section(title=say("Échanges gagnés"), **_only_in(proposal, reference, language)),
        Section(title=say("Échanges perdus"), **_only_in(reference, proposal, language)),
        *pictures,
        Section(title=say("Pour refaire ce calcul"), lines=frozen),
    ]
    return Document(
        language=language,
        title=say("{0} : {1}").format(territory, proposal.scenario.name),
        over=say("Scénario, comparé à la référence"),
        banner=banner,
        figures=key_figures(proposal.feasible, language),
        sections=tuple(sections),
        footer=footer,
    )


def differences(proposal: Proposal, reference: Proposal, language: str) -> pd.DataFrame:
    """Indicators of the feasible run beside those of the reference.

    Parameters
    ----------
    proposal, reference
        Results of the engine.
    language
        ``fr`` or ``en``.

    Returns
    -------
    pandas.DataFrame
        Texts: indicator, reference, scenario, difference, in percent.
    """
    say = messages.translation(language).gettext
    rows = []
    known: Any = reference.feasible.indicators["value"]
    for name, row in proposal.feasible.indicators.iterrows():
        before, after = float(known[name]), float(row["value"])
        more = after - before
        share = "–" if abs(before) < 1e-9 else messages.percent(more / before, language).replace("-", "−")
        shown = amount(more, row, language)
        rows.append(
            (say(FIGURES[str(name)]), amount(before, row, language), amount(after, row, language),
             ("+" if more > 0.05 else "") + shown, share)
        )  # fmt: skip
    columns = [say("Indicateur"), say("Référence"), say("Scénario"), say("Écart"), say("En part")]
    return pd.DataFrame(rows, columns=columns)


def _changed(proposal: Proposal, reference: Proposal, language: str) -> dict[str, Any]:
    """Parameters that differ, with where they come from."""
    say = messages.translation(language).gettext
    rows = [
        (str(known[language]), str(getattr(reference.scenario, known["name"])), str(getattr(proposal.scenario, known["name"])),
         str(known["unit"]), str(known[f"source_{language}"]))
        for known in parameters()
        if getattr(reference.scenario, known["name"]) != getattr(proposal.scenario, known["name"])
    ]  # fmt: skip
    if not rows:
        return {"sentences": (say("aucune : c'est la référence"),)}
    columns = [say("Hypothèse"), say("Référence"), say("Scénario"), say("Unité"), say("Source")]
    return {"table": pd.DataFrame(rows, columns=columns)}


def _only_in(one: Proposal, other: Proposal, language: str) -> dict[str, Any]:
    """Exchanges of one feasible run that the other has not, largest first."""
    say, ends = messages.translation(language).gettext, ["giver_flow_id", "taker_flow_id", "material_id"]
    mine, theirs = one.feasible.proposals.exchanges, other.feasible.proposals.exchanges
    known = pd.MultiIndex.from_frame(theirs[ends])
    only = mine[~pd.MultiIndex.from_frame(mine[ends]).isin(known)]
    if only.empty:
        return {"sentences": (say("aucun"),)}
    only = only.sort_values("quantity_t_per_yr", ascending=False, kind="stable").head(FIRST)
    amounts = zip(only["quantity_per_yr"], only["unit"], strict=True)
    table = pd.DataFrame(
        {
            say("De"): only["giver_name"],
            say("Matière"): [messages.name(one.catalogue.materials, str(key), language) for key in only["material_id"]],
            say("Vers"): only["taker_name"],
            say("Par an"): [f"{messages.number(q, language, 1)} {unit}" for q, unit in amounts],
        }
    )
    return {"table": table.reset_index(drop=True)}
