"""Tables of pages and documents, as pure functions of a proposal: ranked synergies, calls, themes."""

from __future__ import annotations

from functools import partial

import pandas as pd

from symbiosis import messages
from symbiosis.engine import Proposal
from symbiosis.messages import unit_name
from symbiosis.report.between import measured


def ranked(proposal: Proposal, feasibility: str, language: str) -> pd.DataFrame:
    """Synergies of one run, best first, in the words of the language.

    Parameters
    ----------
    proposal
        Result of the engine.
    feasibility
        ``feasible`` or ``to_investigate``.
    language
        ``fr`` or ``en``.

    Returns
    -------
    pandas.DataFrame
        By `synergy_id`: `what`, `theme_id`, `theme`, `kind`, `family`, `givers`, `through`, `takers`, `quantity`, `unit`,
        `gain`, `value` (of a call; its order), `ask` (the datum that would raise it most), `km`, `avoided`, `hours`,
        `confidence`.
    """
    run = proposal.feasible if feasibility == "feasible" else proposal.to_investigate
    table, catalogue = run.proposals.synergies, proposal.catalogue

    def named(ids: str) -> str:
        names = [messages.name(catalogue.materials, one, language) for one in ids.split(";") if one]
        return ", ".join(names[:2]) + (f" + {len(names) - 2}" if len(names) > 2 else "")

    def people(names: str) -> str:
        known = [one for one in names.split(";") if one]
        return ", ".join(known[:2]) + (f" + {len(known) - 2}" if len(known) > 2 else "")

    operators = run.case.operators["actor_name"]
    through = table["operator_ids"].map(
        lambda ids: ";".join(dict.fromkeys(str(operators.get(one, one)) for one in ids.split(";") if one))
    )
    quantity, unit = measured(table)
    return pd.DataFrame(
        {
            "what": table["material_ids"].map(named),
            "theme_id": table["theme_id"],
            "theme": table["theme_id"].map(lambda key: messages.name(catalogue.themes, str(key), language)),
            "kind": table["kind"].map(lambda code: messages.word(code, language)),
            "family": table["family"],
            "givers": table["giver_names"].map(people),
            "through": through.map(people),
            "takers": table["taker_names"].map(people),
            "quantity": quantity,
            "unit": unit.map(partial(unit_name, language=language)),
            "gain": table["gain_eur_per_yr"],
            "value": table["call_value_eur_per_yr"],
            "ask": table["missing_datum"].map(lambda datum: messages.missing(datum, language)),
            "km": table["distance_km"],
            "avoided": table["avoided_kgco2e_per_yr"] / 1000,
            "hours": table["insertion_h_per_yr"],
            "confidence": table["confidence"],
        }
    )


def calls(proposal: Proposal, language: str, actor_id: str = "") -> pd.DataFrame:
    """Pairs worth a call, of everybody or of one company on either side, in the order of their value.

    Parameters
    ----------
    proposal
        Result of the engine.
    language
        ``fr`` or ``en``.
    actor_id
        A company alone; everybody when empty.

    Returns
    -------
    pandas.DataFrame
        By chain: `what`, `givers`, `takers`, `status`, `value`, `gain`, `quantity`, `unit`, `hours`, `km`, `ask`, and the ids.
    """
    table, declarations = proposal.calls, proposal.declarations
    if actor_id:
        table = table[table["giver_actor_id"].eq(actor_id) | table["taker_actor_id"].eq(actor_id)]
    names = declarations.actors["name"]
    ends = table["output_id"].map(declarations.outputs["description"]), table["need_id"].map(declarations.needs["description"])
    quantity, unit = measured(table)
    return pd.DataFrame(
        {
            "what": ends[0] + " → " + ends[1],
            "givers": table["giver_actor_id"].map(names),
            "takers": table["taker_actor_id"].map(names),
            "status": table["feasibility"].map(lambda code: messages.word(code, language)),
            "value": table["call_value_eur_per_yr"],
            "gain": table["gain_eur_per_yr"],
            "quantity": quantity,
            "unit": unit.map(partial(unit_name, language=language)),
            "hours": table["insertion_h_per_yr"],
            "km": table["distance_km"],
            "ask": table["missing_datum"].map(lambda datum: messages.missing(datum, language)),
            "output_id": table["output_id"],
            "need_id": table["need_id"],
        }
    )


def themes(proposal: Proposal, language: str) -> pd.DataFrame:
    """What each workshop theme holds: who has what, who needs what, the gap, what is proposed.

    Parameters
    ----------
    proposal
        Result of the engine.
    language
        ``fr`` or ``en``.

    Returns
    -------
    pandas.DataFrame
        By `theme_id` and `unit`: `theme`, `holders`, `held`, `needed`, `gap`, `synergies`, `gain`; largest gain first.
    """
    catalogue, flows = proposal.catalogue, proposal.candidates.flows
    of_material = catalogue.materials["theme_id"]
    outputs = flows.outputs.assign(theme_id=flows.outputs["best_material_id"].map(of_material))
    wanted = flows.wanted.sort_values("confidence", ascending=False, kind="stable").drop_duplicates("need_id")
    target = wanted.set_index("need_id")
    theme = (
        target["target_id"]
        .map(of_material)
        .where(target["target_kind"].eq("material"), target["target_id"].map(catalogue.uses["theme_id"]))
    )
    needs = flows.needs.assign(theme_id=theme.reindex(flows.needs.index))
    by = ["theme_id", "unit"]
    outputs, needs = outputs[outputs["theme_id"].fillna("") != ""], needs[needs["theme_id"].fillna("") != ""]
    held = outputs.groupby(by).agg(holders=("actor_id", "nunique"), held=("quantity_per_yr", "sum"))
    table = held.join(needs.groupby(by)["quantity_per_yr"].sum().rename("needed"), how="left").fillna({"needed": 0.0})
    done = proposal.feasible.proposals.synergies.groupby(["theme_id", "unit"]).agg(
        synergies=("gain_eur_per_yr", "size"), gain=("gain_eur_per_yr", "sum")
    )
    table = table.join(done, how="left").fillna({"synergies": 0, "gain": 0.0})
    table["gap"] = table["needed"] - table["held"]
    table = table.reset_index()
    table["theme"] = table["theme_id"].map(lambda key: messages.name(catalogue.themes, str(key), language))
    table["unit_name"] = table["unit"].map(lambda unit: unit_name(str(unit), language))
    return table.sort_values(["gain", "held"], ascending=False, kind="stable").set_index(["theme_id", "unit"])
