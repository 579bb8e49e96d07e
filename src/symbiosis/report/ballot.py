"""A participatory budget in words: its rules with their formula, and why each project is funded or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from symbiosis import messages
from symbiosis.messages import N_, counted

RULES: dict[str, tuple[str, str]] = {
    "equal_shares": (
        N_("Parts égales"),
        N_("Le budget est partagé également entre les votants : part = budget / votants. Un projet s'achète si ceux qui l'ont "
           "coché peuvent le payer ensemble, chacun au plus ρ × coût ; le plus petit ρ d'abord. Tant que le résultat tient "
           "dans le budget, les parts sont relevées d'un cinquantième ; ce qui reste va aux projets les plus cochés."),
    ),
    "equal_shares_by_project": (
        N_("Parts égales, en nombre de projets"),
        N_("Comme les parts égales, mais chaque projet compte autant qu'un autre pour qui l'a coché, quel que soit son coût : "
           "chacun paie au plus ρ. Favorise les petits projets."),
    ),
    "greedy": (
        N_("Le plus coché d'abord"),
        N_("Les projets dans l'ordre des voix, tant que le budget suffit : l'usage de la plupart des villes. Une majorité peut "
           "tout emporter."),
    ),
}  # fmt: skip
"""Rule of :data:`symbiosis.decisions.ballots.BALLOT_RULES` to its name and its formula."""

SOURCE = N_("Source : Peters, Pierczyński et Skowron, « Proportional Participatory Budgeting with Additive Utilities », "
            "NeurIPS 2021 ; achèvement : Faliszewski et al., IJCAI 2023. À égalité : plus de voix, puis moins cher, puis "
            "premier de la liste.")  # fmt: skip
STEPS: dict[str, str] = {
    "shares": N_("payé par ceux qui l'ont coché, au plus {0} chacun"),
    "raised": N_("payé quand les parts ont été relevées, au plus {0} chacun"),
    "greedy": N_("payé par ce qui restait, dans l'ordre des voix"),
    "no_vote": N_("aucune voix"),
    "over_budget": N_("ceux qui l'ont coché ne peuvent pas le payer, et le reste du budget non plus"),
    "greedy_over": N_("plus cher que ce qui restait quand son tour est venu"),
}
FUNDED, NOT_FUNDED = N_("financé"), N_("non financé")


def result_table(ballot: Mapping[str, Any], language: str) -> pd.DataFrame:
    """A ballot as people read it, what is funded first.

    Parameters
    ----------
    ballot
        `projects`, `rule`, and `result` as :func:`symbiosis.workspace.balloting.told_result` tells it, empty before the count.
    language
        ``fr`` or ``en``.

    Returns
    -------
    pandas.DataFrame
        One row a project; texts under headings in the language.
    """
    say = messages.translation(language).gettext
    found = {one["project_id"]: one for one in ballot["result"].get("projects", ())}
    ordered = sorted(
        ballot["projects"], key=lambda one: (not found[one["key"]]["place"], found[one["key"]]["place"]) if found else 0
    )
    rows = []
    for one in ordered:
        row = {say("N°"): one["key"], say("Projet"): one["title"], say("Coût"): messages.euros(one["cost_eur"], language)}
        if found:
            told = found[one["key"]]
            row |= {
                say("Voix"): messages.number(told["votes"], language),
                say("Résultat"): say(FUNDED) if told["place"] else say(NOT_FUNDED),
                say("Pourquoi"): _why(told, ballot["rule"], language),
            }
        rows.append(row | {say("Ce que c'est"): one["text"]})
    return pd.DataFrame(rows)


def _why(told: Mapping[str, Any], rule: str, language: str) -> str:
    step = "greedy_over" if rule == "greedy" and told["step"] == "over_budget" else told["step"]
    paid = messages.euros(told["paid_by_voter_eur"], language, 2)
    return messages.translation(language).gettext(STEPS[step]).format(paid)


def result_sentences(ballot: Mapping[str, Any], language: str) -> list[str]:
    """What came of a ballot, in a few sentences.

    Parameters
    ----------
    ballot, language
        As for :func:`result_table`.
    """
    say, result = messages.translation(language).gettext, ballot["result"]
    budget = messages.euros(ballot["budget_eur"], language)
    if not result:
        return [say("Budget : {0}. Les bulletins ne sont pas encore dépouillés.").format(budget)]
    funded = sum(one["place"] > 0 for one in result["projects"])
    spent = messages.euros(result["spent_eur"], language)
    told = [
        counted(
            N_("{0} projet financé, {1} sur {2}."), N_("{0} projets financés, {1} sur {2}."), funded, language, spent, budget
        ),
        counted(
            N_("{0} bulletin valable ; {1} y trouvent au moins un projet financé."),
            N_("{0} bulletins valables ; {1} y trouvent au moins un projet financé."),
            result["voters"], language, messages.number(result["heard"], language),
        ),
    ]  # fmt: skip
    if result["share_eur"]:
        share = messages.euros(result["share_eur"], language, 2)
        told.append(say("Part de chaque votant, après relèvement : {0}.").format(share))
    return told
