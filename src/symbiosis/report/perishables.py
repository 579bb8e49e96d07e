"""Food and other flows that do not wait: what is there each week, until when, who could take it, and when to fetch it.

The order is that of the law (code de l'environnement, art. L541-15-4): people, then animals, then compost and energy. Nothing
is fetched later than its shelf life after it arose, counted in days of the week on which somebody drives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from babel.dates import get_day_names

from symbiosis import messages
from symbiosis.engine import Proposal
from symbiosis.messages import N_

WEEK, DRIVEN = 7, (0, 1, 2, 3, 4, 5)
"""Days of a week, and those on which somebody drives: Monday to Saturday."""

WEEKS_A_MONTH = 52 / 12
RULE = "food_after_use_by"
"""Row of the catalogue's legal rules that says what becomes of food after its date."""

LAW: dict[str, str] = {
    "past_use_by": N_("DLC dépassée : don interdit. Compost, méthanisation ou équarrissage."),
    "use_by": N_("DLC : le don est permis jusqu'à la date, chaîne du froid tenue."),
    "best_before": N_("DDM : le don reste permis après la date."),
    "unknown": N_("Date à demander : sans elle, rien ne dit si le don est permis."),
}
WHOM: tuple[str, ...] = (N_("personnes"), N_("animaux"), N_("compost, énergie, matière"))
"""Whom a use serves, in the order of the law."""


def pickup_days(shelf_life_days: float) -> tuple[int, ...]:
    """Days of the week on which a flow is fetched, as seldom as its shelf life allows.

    Parameters
    ----------
    shelf_life_days
        How long it keeps.

    Returns
    -------
    tuple of int
        From 0, Monday, to 5, Saturday. What arises on a Sunday waits until Monday whatever it is: with a shelf life of one day
        every driven day is given, and Sunday's is lost.
    """
    longest = max(1, math.floor(shelf_life_days))
    chosen = [DRIVEN[0]]
    while WEEK - chosen[-1] > longest and chosen[-1] < DRIVEN[-1]:
        chosen.append(max(day for day in DRIVEN if chosen[-1] < day <= chosen[-1] + longest))
    return tuple(chosen)


def law_of(date_kind: object, days: object) -> str:
    """What the law says of a flow: a key of :data:`LAW`.

    Parameters
    ----------
    date_kind, days
        As declared; either may be missing.
    """
    if date_kind == "best_before":
        return "best_before"
    if date_kind == "use_by" and isinstance(days, int | float) and not pd.isna(days):
        return "use_by" if days >= 1 else "past_use_by"
    return "unknown"


def perishables(proposal: Proposal) -> pd.DataFrame:
    """Flows with a date or a shelf life, and food that should say one, those that wait least first.

    Parameters
    ----------
    proposal
        Result of the engine.

    Returns
    -------
    pandas.DataFrame
        By `output_id`: `what`, `actor_id`, `holder`, `commune`, `days`, `per_week`, `unit`, `law` (key of :data:`LAW`), `cold`
        (whether the cold chain is declared), `outlet_id`.
    """
    declared, chains = proposal.declarations, proposal.candidates.chains
    # Food that says no date is found by what the gate asks of it.
    asked = chains.loc[chains["reasons"].astype(str).str.contains("food_date_unknown", regex=False), "output_id"].astype(str)
    dated = declared.outputs["shelf_life_days"].notna() | declared.outputs["date_kind"].isin(["use_by", "best_before"])
    outputs = declared.outputs[dated | declared.outputs.index.isin(list(asked.unique()))]
    sites = declared.sites.loc[outputs["site_id"]]
    weeks = [(len(months) if months else 12) * WEEKS_A_MONTH for months in outputs["months"]]
    table = pd.DataFrame(
        {
            "what": outputs["description"],
            "actor_id": sites["actor_id"].to_numpy(),
            "holder": declared.actors.loc[sites["actor_id"], "name"].to_numpy(),
            "commune": sites["commune"].to_numpy(),
            "days": outputs["shelf_life_days"],
            "per_week": outputs["quantity"] / weeks,
            "unit": outputs["unit"],
            "law": [law_of(*row) for row in zip(outputs["date_kind"], outputs["shelf_life_days"], strict=True)],
            "cold": ["food_cold_chain" in str(met) for met in outputs["conditions_met"]],
            "outlet_id": outputs["outlet_id"],
        },
        index=outputs.index,
    )
    # What is past its date has lost its hurry: it stands last.
    table = table.assign(is_past=table["law"].eq("past_use_by"))
    table = table.sort_values(["is_past", "days", "per_week"], ascending=[True, True, False], kind="stable")
    return table.drop(columns="is_past")


def takers(proposal: Proposal, output_ids: Sequence[str]) -> pd.DataFrame:
    """Who could take flows, each taker once, in the order of the law and then by distance.

    Parameters
    ----------
    proposal
        Result of the engine.
    output_ids
        Of the flows.

    Returns
    -------
    pandas.DataFrame
        `output_id`, `rank` (place in :data:`WHOM`), `taker`, `through` (operators on the way), `use_id`, `distance_km`,
        `feasibility`.
    """
    chains, legs, declared = proposal.candidates.chains, proposal.candidates.legs, proposal.declarations
    chains = chains[chains["output_id"].isin(list(output_ids)) & chains["feasibility"].isin(["feasible", "to_investigate"])]
    last = chains["leg_3"].where(chains["leg_3"].ne(""), chains["leg_2"].where(chains["leg_2"].ne(""), chains["leg_1"]))
    uses = proposal.catalogue.uses
    use = legs.loc[last, "use_id"].astype(str).to_numpy()
    known = uses.reindex(use)
    rank = [0 if human is True else 1 if animal is True else 2 for human, animal in zip(
        known["is_human_food"].eq(True).tolist(), known["is_animal_feed"].eq(True).tolist(), strict=True)]  # fmt: skip
    owner = declared.sites["actor_id"].map(declared.actors["name"])
    operators = proposal.feasible.case.operators["actor_name"]
    found = pd.DataFrame(
        {
            "output_id": chains["output_id"].astype(str).to_numpy(),
            "rank": rank,
            "taker": declared.needs["site_id"].map(owner).reindex(chains["need_id"].astype(str)).to_numpy(),
            "through": [
                " → ".join(dict.fromkeys(str(operators.get(one, one)) for one in pair if one))
                for pair in zip(chains["operator_1"].astype(str), chains["operator_2"].astype(str), strict=True)
            ],
            "use_id": use,
            "distance_km": chains["distance_km"].to_numpy(),
            "feasibility": chains["feasibility"].astype(str).to_numpy(),
        }
    )
    # Whatever the words of a flow let the gate think possible, what is past its use-by date is nobody's meal.
    past = declared.outputs.loc[found["output_id"], ["date_kind", "shelf_life_days"]]
    is_past = [law_of(*row) == "past_use_by" for row in past.itertuples(index=False, name=None)]
    found = found[~(pd.Series(is_past, index=found.index, dtype=bool) & found["rank"].eq(0))]
    found = found.sort_values(["output_id", "rank", "distance_km", "taker"], kind="stable")
    return found.drop_duplicates(["output_id", "rank", "taker"]).reset_index(drop=True)


def rounds(proposal: Proposal) -> pd.DataFrame:
    """What the two runs propose of perishable flows, fetched day by day.

    Parameters
    ----------
    proposal
        Result of the engine.

    Returns
    -------
    pandas.DataFrame
        `day` (0 is Monday), `taker`, `holder`, `commune`, `what`, `quantity` of that day, `unit`, `distance_km`, `feasibility`;
        by day, taker and distance.
    """
    known, rows = perishables(proposal), []
    eaten = set(proposal.catalogue.uses.index[proposal.catalogue.uses["is_human_food"].eq(True)])
    for run in (proposal.feasible, proposal.to_investigate):
        exchanges: Any = run.proposals.exchanges
        for one in exchanges[exchanges["giver_flow_id"].isin(list(known.index))].to_dict("records"):
            flow: Any = known.loc[one["giver_flow_id"]]
            if flow["law"] == "past_use_by" and one["use_id"] in eaten:
                continue
            # What is past its date waits for nobody's table: its round is that of its outlet, once a week.
            days = pickup_days(WEEK if pd.isna(flow["days"]) or flow["law"] == "past_use_by" else flow["days"])
            share = min(1.0, one["quantity_per_yr"] / proposal.declarations.outputs.at[one["giver_flow_id"], "quantity"])
            rows += [
                {
                    "day": day, "taker": one["taker_name"], "holder": flow["holder"], "commune": flow["commune"],
                    "what": flow["what"], "quantity": flow["per_week"] * share / len(days), "unit": flow["unit"],
                    "distance_km": one["distance_km"], "feasibility": one["feasibility"],
                }
                for day in days
            ]  # fmt: skip
    columns = ["day", "taker", "holder", "commune", "what", "quantity", "unit", "distance_km", "feasibility"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["day", "taker", "distance_km", "holder"], kind="stable").reset_index(drop=True)


def perishable_table(proposal: Proposal, language: str, *, shown: int = 2) -> pd.DataFrame:
    """Perishable flows as people read them.

    Parameters
    ----------
    proposal
        Result of the engine.
    language
        ``fr`` or ``en``.
    shown
        Takers that are named of each kind; the others are counted.

    Returns
    -------
    pandas.DataFrame
        By `output_id`, texts under headings in the language.
    """
    say = messages.translation(language).gettext
    flows = perishables(proposal)
    found = takers(proposal, list(flows.index))
    rows = []
    for output_id, flow in flows.iterrows():
        mine = found[found["output_id"].eq(str(output_id))]
        row = {
            say("Flux"): flow["what"],
            say("Jours"): messages.number(flow["days"], language),
            say("Par semaine"): _amount(flow["per_week"], str(flow["unit"]), language),
            say("Qui l'a"): f"{flow['holder']}, {flow['commune']}",
        }
        for rank, whom in enumerate(WHOM):
            row[say(whom).capitalize()] = _named(mine[mine["rank"].eq(rank)], language, shown)
        rows.append(row | {say("Ce que dit le droit"): say(LAW[flow["law"]])})
    return pd.DataFrame(rows, index=flows.index)


def _named(takers_: pd.DataFrame, language: str, shown: int) -> str:
    say = messages.translation(language).gettext
    # Whoever fetches the flow is named: an operator on the way, not the one who buys its heat.
    fetching = takers_["through"].str.split(" → ").str[0]
    takers_ = takers_.assign(who=fetching.where(fetching.ne(""), takers_["taker"])).drop_duplicates("who")
    first = [
        f"{one['who']} ({messages.number(one['distance_km'], language)} km"
        + (f", {messages.word('to_investigate', language)}" if one["feasibility"] == "to_investigate" else "")
        + ")"
        for one in takers_.head(shown).to_dict("records")
    ]
    rest = len(takers_) - len(first)
    return ", ".join(first) + (say(" et {0} autres").format(messages.number(rest, language)) if rest else "")


def _amount(quantity: float, unit: str, language: str) -> str:
    """Light loads in kilograms."""
    if unit == "t" and quantity < 1:
        return f"{messages.number(quantity * 1000, language)} kg"
    return f"{messages.number(quantity, language, 1)} {messages.unit_name(unit, language)}"


def round_table(proposal: Proposal, language: str) -> pd.DataFrame:
    """The rounds of a week as people read them.

    Parameters
    ----------
    proposal, language
        As for :func:`perishable_table`.
    """
    say, names = messages.translation(language).gettext, get_day_names("wide", locale=language)
    return pd.DataFrame(
        [
            {
                say("Jour"): names[one["day"]].capitalize(),
                say("Qui prend"): one["taker"],
                say("Chez qui"): f"{one['holder']}, {one['commune']}",
                say("Flux"): one["what"],
                say("Ce jour-là"): _amount(one["quantity"], str(one["unit"]), language),
                say("km"): messages.number(one["distance_km"], language),
                say("Statut"): messages.word(str(one["feasibility"]), language),
            }
            for one in rounds(proposal).to_dict("records")
        ]
    )
