"""Cards for the table of a workshop: what each company has, looks for and could share, four to a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from symbiosis import messages
from symbiosis.engine import Proposal
from symbiosis.report.sheet_parts import quantity

SHARED = ("service", "equipment")
"""Families of what a company could share rather than give away."""

LINES = 6
"""Flows that a card has room for, the largest first."""

_STYLE = """
@page { size: A4; margin: 8mm; }
* { box-sizing: border-box; }
body { font: 9.5pt/1.3 "Source Sans 3", "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1a2620; margin: 0; }
main { display: grid; grid-template-columns: 97mm 97mm; grid-auto-rows: 138mm; }
article { border: .4pt dashed #4a5a51; padding: 6mm; overflow: hidden; break-inside: avoid; }
h1 { font-size: 13pt; line-height: 1.15; margin: 0 0 .5mm; }
p { margin: 0 0 2mm; color: #4a5a51; font-size: 8.5pt; }
h2 { font-size: 9.5pt; margin: 3mm 0 .5mm; color: #1f6b4a; }
ul { margin: 0; padding-left: 4mm; }
.none { color: #4a5a51; }
.banner { background: #fff3cd; font-weight: 600; padding: 1mm 2mm; }
"""


def cards(proposal: Proposal, actor_ids: Sequence[str], language: str, *, banner: str = "") -> str:
    """Cards of some companies, to print and cut out.

    Parameters
    ----------
    proposal
        Whose flows.
    actor_ids
        Keys of the actors, in the order of the cards.
    language
        ``fr`` or ``en``.
    banner
        Says that the data are invented; stands on every card.

    Returns
    -------
    str
        HTML with everything in it: no script, nothing fetched.
    """
    say = messages.translation(language).gettext
    drawn = "".join(_card(proposal, actor, language, banner) for actor in actor_ids)
    title = escape(say("Cartes de l'atelier"))
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main>{drawn}</main></body></html>\n"
    )


def _card(proposal: Proposal, actor_id: str, language: str, banner: str) -> str:
    say, flows = messages.translation(language).gettext, proposal.candidates.flows
    actor = proposal.declarations.actors.loc[actor_id]
    outputs, needs = (table[table["actor_id"].eq(actor_id)] for table in (flows.outputs, flows.needs))
    shared = outputs["family"].isin(SHARED)
    sites = proposal.declarations.sites
    communes = ", ".join(dict.fromkeys(sites.loc[sites["actor_id"].eq(actor_id), "commune"].dropna().astype(str)))
    parts = [
        _list(say("J'ai"), outputs[~shared], language),
        _list(say("Je cherche"), needs, language),
        _list(say("Je peux partager"), outputs[shared], language),
    ]
    mark = f'<p class="banner">{escape(banner)}</p>' if banner else ""
    return f"<article><h1>{escape(str(actor['name']))}</h1><p>{escape(communes)}</p>{mark}{''.join(parts)}</article>"


def _list(title: str, flows: pd.DataFrame, language: str) -> str:
    say = messages.translation(language).gettext
    if flows.empty:
        return f'<h2>{escape(title)}</h2><div class="none">……………………………………………</div>'
    # Largest first among what weighs, then the rest: a megawatt-hour and a tonne are not compared.
    ordered = flows.assign(t=flows["quantity_per_yr"] * flows["tonnes_per_unit"])
    ordered = ordered.sort_values(["t", "quantity_per_yr"], ascending=False, kind="stable")
    items = [
        f"<li>{escape(str(row['description']))} – {escape(quantity(row['quantity_per_yr'], row['unit'], language))}</li>"
        for row in ordered.head(LINES).to_dict("records")
    ]
    if len(ordered) > LINES:
        items.append(f"<li>{escape(say('et {0} de plus').format(len(ordered) - LINES))}</li>")
    return f"<h2>{escape(title)}</h2><ul>{''.join(items)}</ul>"
