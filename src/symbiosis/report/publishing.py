"""What the facilitator reads before she publishes: what would be shown, what would not, and why, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from symbiosis import messages
from symbiosis.disclosure import TOTAL, Release, Rules
from symbiosis.messages import N_, number, percent

TITLES: dict[str, str] = {
    "tonnages": N_("Tonnes sortantes par zone et par thème"),
    "matched": N_("Tonnes échangées par thème et d'une zone à l'autre"),
    "gain": N_("Gain par thème"),
    "insertion_hours": N_("Heures d'insertion par thème"),
}
LEVELS: dict[str, str] = {
    "planner": N_("les collectivités du territoire"), "members": N_("les membres du réseau"), "public": N_("tout le public"),
}  # fmt: skip
"""For whom a publication is, by its level."""
COUNTED: tuple[tuple[str, str], ...] = (
    (N_("{0} chiffre montré"), N_("{0} chiffres montrés")),
    (N_("{0} secret"), N_("{0} secrets")),
    (N_("{0} gardé d'une version précédente"), N_("{0} gardés d'une version précédente")),
)
REASONS: dict[str, str] = {
    "too_few_units": N_("Moins de {1} entreprises : {0}."),
    "dominant_unit": N_("Une entreprise pèse {2} ou plus : {0}."),
    "estimable_unit": N_("Une entreprise pourrait en estimer une autre à moins de {3} près : {0}."),
    "complement": N_("Masqués pour qu'aucune soustraction ne rende les précédents : {0}."),
    "change": N_("Changement qui désignerait une entreprise ; l'ancien chiffre reste, s'il y en a un : {0}."),
    "earlier_version": N_("Secrets dans une version de moins de {4} mois : {0}."),
}
"""A sentence for each reason of :mod:`symbiosis.disclosure`, with the number of figures."""
HEAVIEST = N_("Les plus lourds de ceux qui ne sont pas montrés : {0}.")
_TOTAL = N_("ensemble")
_NAMED = 3


def publishing(versions: Mapping[str, Release], language: str, rules: Rules | None = None) -> list[str]:
    """Sentences on tables that have passed the gate and are not published yet.

    Parameters
    ----------
    versions
        Name of the table to its version, as :func:`symbiosis.store.preview` gives them.
    language
        ``fr`` or ``en``.
    rules
        The thresholds that they were judged by.

    Returns
    -------
    list[str]
        By table: how many figures, then the reasons, the most frequent first, then what weighs most.
    """
    say, rules = messages.translation(language).gettext, rules or Rules()
    limits = (
        number(rules.minimum_units, language), percent(rules.dominance_share, language),
        percent(rules.precision_share, language), number(rules.months, language),
    )  # fmt: skip
    sentences = []
    for name, version in versions.items():
        status = version.cells["status"].value_counts()
        counts = ", ".join(
            messages.counted(*forms, status.get(kind, 0), language)
            for kind, forms in zip(("published", "hidden", "kept"), COUNTED, strict=True)
        )
        sentences.append(say("{0} : {1}.").format(say(TITLES[name]) if name in TITLES else name, counts))
        reasons = version.hidden_by_reason()
        sentences += [say(REASONS[str(code)]).format(number(count, language), *limits) for code, count in reasons.items()]
        unshown = version.cells[version.cells["status"].isin(["hidden", "kept"]) & (version.cells["value"] > 0)]
        if len(unshown):
            heaviest = unshown["value"].nlargest(_NAMED).index.to_frame()
            named = [_label(labels, say(_TOTAL)) for _, labels in heaviest.iterrows()]
            sentences.append(say(HEAVIEST).format(say(" ; ").join(named)))
    return sentences


def _label(labels: pd.Series, total: str) -> str:
    """Labels of one figure, with a word for what is summed up."""
    return " × ".join(total if label == TOTAL else str(label) for label in labels)
