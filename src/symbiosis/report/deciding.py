"""Which rows of the catalogue decided about a synergy, with where each comes from."""

from __future__ import annotations

import pandas as pd

from symbiosis import messages
from symbiosis.materials import Catalogue
from symbiosis.report.sheet_parts import Line, Section

OF_LAW = ("law", "law_condition", "note")


def deciding_section(exchanges: pd.DataFrame, catalogue: Catalogue, language: str) -> Section | None:
    """Uses, processes and rules of law behind the exchanges of a synergy.

    Parameters
    ----------
    exchanges
        Of the synergy.
    catalogue
        Of the run.
    language
        ``fr`` or ``en``.

    Returns
    -------
    Section or None
        Nothing where no row decided.
    """
    say = messages.translation(language).gettext
    lines = []
    codes = dict.fromkeys(code for text in exchanges["reasons"] for code in text.split(";") if code)
    for code in codes:
        kind, _, data = code.partition(":")
        rule = data.split(":", maxsplit=1)[0]
        if kind in OF_LAW and rule in catalogue.legal_rules.index:
            text, reference = (str(catalogue.legal_rules.at[rule, c]) for c in (f"text_{language}", "reference"))
            text = messages.typeset(text) if language == "fr" else text
            lines.append(Line(label=say("Règle de droit"), value=reference, note=text))
        elif kind.startswith("end_of_waste") and rule in catalogue.end_of_waste.index:
            name = messages.name(catalogue.end_of_waste, rule, language)
            lines.append(
                Line(label=say("Sortie du statut de déchet"), value=name, note=str(catalogue.end_of_waste.at[rule, "text"]))
            )
    for process in dict.fromkeys(one for one in exchanges["process_id"] if one in catalogue.processes.index):
        name = messages.name(catalogue.processes, process, language)
        lines.append(Line(label=say("Procédé"), value=name, note=str(catalogue.processes.at[process, "basis"])))
    lines += _uses(exchanges, catalogue, language)
    return Section(title=say("Lignes du catalogue qui ont décidé"), lines=tuple(lines)) if lines else None


def _uses(exchanges: pd.DataFrame, catalogue: Catalogue, language: str) -> list[Line]:
    say, table = messages.translation(language).gettext, catalogue.use_materials
    to_need = exchanges[exchanges["use_id"] != ""][["use_id", "material_id"]].drop_duplicates()
    known = to_need.merge(table[["use_id", "material_id", "basis"]], on=["use_id", "material_id"], how="inner",
                          validate="one_to_one")  # fmt: skip
    return [
        Line(
            label=say("Usage"),
            value=f"{messages.name(catalogue.materials, row['material_id'], language)} → "
            + messages.name(catalogue.uses, row["use_id"], language),
            note=str(row["basis"]),
        )
        for row in known.to_dict("records")
    ]
