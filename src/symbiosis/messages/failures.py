"""Sentences about what could not be done, and what to do about it."""

from __future__ import annotations

from symbiosis.errors import Conflict, InfeasibleError, SchemaError
from symbiosis.messages.language import N_, number, translation
from symbiosis.messages.plans import LIMITED

CONFLICTS: dict[str, str] = {
    "need_minimum": N_("{actor} : « {flow} » doit recevoir {asked} {unit} par an ; si le reste est tenu, {reached} au plus"),
    "output_minimum": N_("{actor} : « {flow} » doit placer {asked} {unit} par an ; si le reste est tenu, {reached} au plus"),
    "limit_minimum": N_("plancher du scénario : {flow}, {asked} au moins ; si le reste est tenu, {reached} au plus"),
    "limit_maximum": N_("plafond du scénario : {flow}, {asked} au plus ; si le reste est tenu, {reached} au moins"),
}  # fmt: skip
"""Demands that cannot all be held: sentences with places for their data."""

CONTRADICTION = N_(
    "Ces engagements et limites ne peuvent pas être tenus ensemble ; sans l'un d'eux, les autres de la liste le peuvent :"
)


def conflict(one: Conflict, language: str) -> str:
    """Sentence of one of the demands that contradict each other."""
    say = translation(language).gettext
    flow = say(LIMITED[one.name]) if one.name in LIMITED else one.description
    return say(CONFLICTS[one.kind]).format(
        actor=one.actor_name, flow=flow, unit=one.unit,
        asked=number(one.asked, language, 2), reached=number(one.reached, language, 2),
    )  # fmt: skip


OLDER_SCHEMA = N_(
    "Ces données ont été enregistrées par une version plus ancienne de symbiosis (schéma {0} ; celle-ci attend {1}). Rien "
    "n'est perdu. Sur votre machine, arrêtez le tableau de bord et relancez `symbiosis serve`, qui les copie puis les met "
    "à jour ; sur un serveur, lancez `symbiosis backup`, puis `symbiosis migrate`."
)
NEWER_SCHEMA = N_(
    "Ces données ont été enregistrées par une version plus récente de symbiosis (schéma {0} ; celle-ci attend {1}). Rien n'est "
    "perdu. Installez la dernière version de symbiosis, puis relancez-la."
)


def failure(error: Exception, language: str) -> str:
    """What a person reads when a run ended without a proposal, or when the data cannot be opened as they are."""
    if isinstance(error, SchemaError):
        said = translation(language).gettext(OLDER_SCHEMA if error.is_older else NEWER_SCHEMA)
        return said.format(error.present or "–", error.needed)
    if isinstance(error, InfeasibleError):
        lines = [f"- {conflict(one, language)}" for one in error.conflicts]
        return "\n".join([translation(language).gettext(CONTRADICTION), *lines])
    return str(error)
