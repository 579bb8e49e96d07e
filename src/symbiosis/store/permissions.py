"""The permission matrix: who may do what, on which scope. Code, documentation and tests read one file.

A cell of ``permissions.csv`` holds a scope and, behind ``+``, the facts that must stand besides: ``territory+mandate``. An
empty cell refuses. What a token takes away beats what the matrix gives.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from symbiosis.store.principal import ROLES, Principal

SCOPES = ("own", "self", "territory", "published", "all")
FACTS = ("mandate", "accepted", "shared", "audited", "second_person", "agreement", "agreed")


WORDS: Mapping[str, tuple[str, str]] = {
    "citizen": ("Citoyen", "Citizen"),
    "planner": ("Planificateur", "Planner"),
    "reader": ("Lecteur d'entreprise", "Company reader"),
    "editor": ("Éditeur d'entreprise", "Company editor"),
    "company_admin": ("Administrateur d'entreprise", "Company administrator"),
    "facilitator": ("Animatrice", "Facilitator"),
    "admin": ("Administrateur", "Administrator"),
    "engine": ("Moteur", "Engine"),
    "owner": ("Propriétaire (mode local)", "Owner (local mode)"),
    "own": ("son entreprise", "own company"),
    "self": ("soi-même", "oneself"),
    "territory": ("son territoire", "own territory"),
    "published": ("ce qui est publié", "what is published"),
    "all": ("tout", "all"),
    "mandate": ("avec mandat", "with a mandate"),
    "accepted": ("quand les deux ont accepté", "once both have accepted"),
    "shared": ("si l'entreprise les partage", "if the company shares them"),
    "audited": ("après le contrôle de divulgation", "after the disclosure audit"),
    "second_person": ("avec une seconde personne", "with a second person"),
    "agreement": ("sous convention signée", "under a signed agreement"),
    "agreed": ("quand toutes ont accepté", "once all have accepted"),
}
"""French and English words of roles, scopes and facts."""

_INTRODUCTION = {
    "fr": """# Qui peut quoi

Cette page est écrite d'après `src/symbiosis/store/permissions.csv`, que le programme lit aussi. Une case vide est un refus.
Qui a plusieurs rôles agit dans un seul à la fois ; un jeton d'accès ne peut que retirer des droits.""",
    "en": """# Who may do what

This page is written from `src/symbiosis/store/permissions.csv`, which the program reads too. An empty cell is a refusal.
Who has several roles acts in one at a time; an access token can only remove rights.""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What an action is about, with what decides of it.

    Attributes
    ----------
    kind
        Name of the first column of the matrix.
    territory_id, company_id, user_id
        Whose it is; empty where it is nobody's.
    facts
        What stands of :data:`FACTS`: the company has signed a mandate, both sides have accepted, its prices are shared,
        the disclosure audit has passed, a second person has agreed, a planner has a signed agreement, all that a story
        speaks of have agreed to it.
    is_published
        It has passed the disclosure gate.
    """

    kind: str
    territory_id: str = ""
    company_id: str = ""
    user_id: str = ""
    facts: frozenset[str] = frozenset()
    is_published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the matrix: an action on a resource, the cell of each role, and its words."""

    resource: str
    action: str
    cells: Mapping[str, str]
    fr: str
    en: str


@cache
def matrix() -> Mapping[tuple[str, str], Rule]:
    """The rules by resource and action.

    Returns
    -------
    Mapping

    Raises
    ------
    ValueError
        If the file names a scope or a fact that the code does not know, or a row twice.
    """
    rules: dict[tuple[str, str], Rule] = {}
    with (Path(__file__).parent / "permissions.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rule = Rule(
                resource=row["resource"], action=row["action"], cells={role: row[role] for role in ROLES},
                fr=row["fr"], en=row["en"],
            )  # fmt: skip
            for cell in filter(None, rule.cells.values()):
                scope, *facts = cell.split("+")
                if scope not in SCOPES or not set(facts) <= set(FACTS):
                    raise ValueError(f"{rule.resource} {rule.action}: {cell!r}")
            if (rule.resource, rule.action) in rules:
                raise ValueError(f"{rule.resource} {rule.action} stands twice")
            rules[rule.resource, rule.action] = rule
    return rules


def can(principal: Principal, action: str, resource: Resource) -> bool:
    """Whether a principal may do something.

    Parameters
    ----------
    principal
        Who.
    action
        Second column of the matrix.
    resource
        On what.

    Returns
    -------
    bool
        ``False`` whenever anything is unknown or missing.
    """
    rule = matrix().get((resource.kind, action))
    cell = "" if rule is None else rule.cells.get(principal.role, "")
    if not cell:
        return False
    if principal.rights is not None and f"{resource.kind}:{action}" not in principal.rights:
        return False
    scope, *facts = cell.split("+")
    return _is_within(principal, scope, resource) and resource.facts.issuperset(facts)


def _is_within(principal: Principal, scope: str, resource: Resource) -> bool:
    is_here = bool(resource.territory_id) and resource.territory_id == principal.territory_id
    if scope == "own":
        return is_here and bool(resource.company_id) and resource.company_id in principal.company_ids
    if scope == "territory":
        return is_here
    if scope == "self":
        return bool(resource.user_id) and resource.user_id == principal.user_id
    if scope == "published":
        return resource.is_published
    return scope == "all"


def page(language: str) -> str:
    """The matrix as a page of the documentation: `docs/permissions.*.md` are what this gives.

    Parameters
    ----------
    language
        ``fr`` or ``en``.

    Returns
    -------
    str
        Markdown.
    """
    place = 0 if language == "fr" else 1
    heading = ["", *(WORDS[role][place] for role in ROLES)]
    lines = [_INTRODUCTION[language], "", f"| {' | '.join(heading)} |", f"|{'---|' * len(heading)}"]
    for rule in matrix().values():
        cells = [", ".join(WORDS[word][place] for word in rule.cells[role].split("+") if word) for role in ROLES]
        lines.append(f"| {' | '.join([(rule.fr, rule.en)[place], *cells])} |")
    return "\n".join(lines) + "\n"
