"""Why this pair, or why not, in sentences: the same for the command line, the dashboard and whoever reads the JSON."""

from __future__ import annotations

from typing import Any

import pandas as pd

from symbiosis import messages
from symbiosis.declarations import Declarations
from symbiosis.explanation import Explanation
from symbiosis.messages import N_
from symbiosis.report.sheet_parts import Line, Section, quantity
from symbiosis.schemas import CALL_PARTS, CATALOGUE

STOPS: dict[str, str] = {
    "output_not_understood": N_("le flux sortant n'est pas compris : aucun mot ne rencontre une matière du catalogue"),
    "need_not_understood": N_("le besoin n'est pas compris : aucun mot ne rencontre une matière ou un usage du catalogue"),
    "no_known_way": N_("le catalogue ne connaît aucun usage ni procédé qui mène de ce flux à ce besoin"),
    "process_missing": N_("le catalogue connaît une opération qui les relie, et personne ici ne la fait : {0}"),
    "same_site": N_("les deux sont sur un même site : c'est une affaire interne"),
    "out_of_reach": N_("{0} km par la route, bien au-delà des {1} km admis"),
    "words_too_unsure": N_("une voie existe, mais les désignations sont trop incertaines pour la suivre : les préciser"),
}
"""Where a pair without a way stops."""

FLAGS: dict[str, str] = {
    "code_contradicts_words": N_("le code déchet contredit la désignation"),
    "code_only": N_("seul le code déchet parle, la désignation ne dit rien de connu"),
    "ambiguous": N_("une autre lecture est presque aussi bonne"),
    "negated": N_("la désignation contient une négation : vérifier ce qu'elle exclut"),
    "warned": N_("la désignation dit aussi ce que cette lecture laisse de côté : contenu inconnu, polluant, sinistre"),
    "bare": N_("le besoin nomme le produit, et cette lecture ce qu'il en reste : à régénérer d'abord, sauf accord contraire"),
    "declared": N_("déclaré tel quel"),
}
"""What the resolver remarks about a reading."""


def sections(explanation: Explanation, declarations: Declarations, language: str) -> tuple[Section, ...]:
    """The explanation as parts that any medium can lay out.

    Parameters
    ----------
    explanation
        Of a pair.
    declarations
        What was declared.
    language
        ``fr`` or ``en``.

    Returns
    -------
    tuple of Section
        The answer first; parts that have nothing to say are left out.
    """
    teller = _Teller(explanation, declarations, language)
    parts = (
        teller.answer(), *teller.understood(), *teller.ways(), teller.quality(), teller.money(), teller.call(),
        teller.precedents(), teller.nearest(), teller.decided(),
    )  # fmt: skip
    return tuple(part for part in parts if part is not None)


def verdict(explanation: Explanation) -> str:
    """``feasible``, ``to_investigate`` or ``excluded``: of the best way."""
    return str(explanation.ways["feasibility"].iloc[0]) if len(explanation.ways) else "excluded"


class _Teller:
    """Tells one explanation."""

    def __init__(self, explanation: Explanation, declarations: Declarations, language: str) -> None:
        self.of, self.declarations, self.language = explanation, declarations, language
        self.catalogue, self.flows = explanation.catalogue, explanation.candidates.flows
        self.say = messages.translation(language).gettext

    def named(self, table: str, key: Any) -> str:
        return messages.name(getattr(self.catalogue, table), str(key), self.language)

    def euros(self, value: Any) -> str:
        return messages.euros(value, self.language).replace("-", "−")

    def answer(self) -> Section:
        say, of = self.say, self.of
        if of.stop:
            code, *data = of.stop.split(":")
            if code == "process_missing":
                shown = [", ".join(self.named("processes", one) for one in data)]
            else:
                shown = [messages.number(float(one), self.language, 1) for one in data]
            return Section(
                title=say("Réponse"),
                lines=(Line(label=say("Aucune voie"), value=say(STOPS[code]).format(*shown)),),
            )
        best: Any = of.ways.iloc[0]
        return Section(
            title=say("Réponse"),
            lines=(
                Line(
                    label=say("Meilleure voie"),
                    value=messages.word(str(best["feasibility"]), self.language),
                    note=self.path(best),
                ),
            ),
        )

    def path(self, way: Any) -> str:
        """Material, operations with their operator, use."""
        legs, operators = self.of.candidates.legs, self.flows.operators
        steps = [self.named("materials", way["material_id"])]
        for operator in (way["operator_1"], way["operator_2"]):
            if operator:
                process, actor = (str(operators.at[operator, name]) for name in ("process_id", "actor_name"))
                steps.append(f"{self.named('processes', process)} ({actor})")
        last = way["leg_3"] or way["leg_2"] or way["leg_1"]
        if legs.at[last, "tail_kind"] == "operator":
            steps.append(self.named("materials", legs.at[last, "material_id"]))
        if legs.at[last, "use_id"]:
            steps.append(self.named("uses", legs.at[last, "use_id"]))
        return " → ".join(steps)

    def understood(self) -> tuple[Section, ...]:
        say, of = self.say, self.of
        outputs, needs = self.declarations.outputs["description"], self.declarations.needs["description"]
        codes = [
            say("code déchet possible : {0} {1} ({2})").format(
                messages.display_code(row["waste_code"]),
                self.catalogue.waste_codes.at[row["waste_code"], f"designation_{self.language}"],
                messages.percent(row["score"], self.language),
            )
            for row in of.codes.to_dict("records")
        ]
        given = [self.reading(row, self.named("materials", row["material_id"])) for row in of.offered.to_dict("records")]
        sought = [
            self.reading(row, self.named("uses" if row["target_kind"] == "use" else "materials", row["target_id"]))
            for row in of.wanted.to_dict("records")
        ]
        return (
            Section(
                title=say("Ce qui a été compris du flux : « {0} »").format(outputs[of.output_id]),
                lines=tuple(given),
                sentences=tuple(codes),
                note=say("Codes à choisir, jamais remplis d'office.") if codes else "",
            ),
            Section(title=say("Ce qui a été compris du besoin : « {0} »").format(needs[of.need_id]), lines=tuple(sought)),
        )

    def reading(self, row: dict[Any, Any], name: str) -> Line:
        say = self.say
        flags = [say(FLAGS[flag]) for flag in str(row["flags"]).split(";") if flag in FLAGS]
        words = say("par « {0} »").format(str(row["words"]).replace(";", ", ")) if row["words"] else ""
        value = say("confiance {0}").format(messages.percent(row["confidence"], self.language))
        return Line(label=name, value=value, note=say(" ; ").join(filter(None, [words, *flags])))

    def ways(self) -> list[Section]:
        if self.of.ways.empty:
            return []
        say, of_legs = self.say, self.of.candidates.legs[["papers", "route"]]
        told, reasons = [], _reasons(self.of, self.language)
        for number, way in enumerate(self.of.ways.to_dict("records"), start=1):
            legs = of_legs.loc[[way[leg] for leg in ("leg_1", "leg_2", "leg_3") if way[leg]]]
            papers = [self.named("papers", p) for text in legs["papers"] for p in text.split(";") if p]
            routes = [messages.word(route, self.language) for route in dict.fromkeys(legs["route"])]
            told.append(
                Section(
                    title=say("Voie {0} : {1}").format(number, messages.word(way["feasibility"], self.language)),
                    lines=(
                        Line(label=say("Chaîne"), value=self.path(way)),
                        Line(label=say("Distance"), value=f"{messages.number(way['distance_km'], self.language, 1)} km"),
                        Line(
                            label=say("Voie juridique"),
                            value=", ".join(routes),
                            note=", ".join(dict.fromkeys(papers)),
                        ),
                    ),
                    sentences=tuple(reasons[way["reasons"]]),
                )
            )
        return told

    def quality(self) -> Section | None:
        """Values of the output beside the limits of the need and of its uses."""
        table, of_uses = self.declarations.quality, self.catalogue.use_limits
        of_output, of_need = (table[table["flow_id"].eq(flow)] for flow in (self.of.output_id, self.of.need_id))
        values = {row["parameter"]: row["value"] for row in of_output.to_dict("records") if pd.notna(row["value"])}
        usual = of_uses[of_uses["use_id"].isin(self.of.candidates.legs["use_id"].unique())]
        limits: dict[str, dict[Any, Any]] = {}
        for rows, origin in ((of_need, self.say("limite du receveur")), (usual, self.say("limite usuelle"))):
            for row in rows.to_dict("records"):
                if pd.notna(row["minimum"]) or pd.notna(row["maximum"]):
                    limits.setdefault(row["parameter"], {**row, "origin": origin})
        lines = []
        for row in limits.values():
            bounds = [
                self.say(text).format(messages.number(row[end], self.language, 3))
                for end, text in (("minimum", N_("au moins {0}")), ("maximum", N_("au plus {0}")))
                if pd.notna(row[end])
            ]
            value = values.get(row["parameter"])
            shown = self.say("à mesurer") if value is None else messages.number(value, self.language, 3)
            note = f"{', '.join(bounds)} ({row['origin']})"
            lines.append(Line(label=self.named("quality_parameters", row["parameter"]), value=shown, note=note))
        return Section(title=self.say("Qualité"), lines=tuple(lines)) if lines else None

    def money(self) -> Section | None:
        if self.of.ways.empty:
            return None
        say = self.say
        way: Any = self.of.ways.iloc[0]
        origin = {
            "declared": "",
            "catalogue": say("coût usuel du catalogue"),
            "assumed": say("prix supposé du catalogue"),
            "unknown": say("non déclaré, compté pour zéro"),
        }
        outputs, needs = self.flows.outputs, self.flows.needs
        amount = quantity(way["quantity_per_yr"], str(outputs.at[self.of.output_id, "unit"]), self.language)
        others = say("leurs autres produits déduits") if self.of.has_all_needs else say("leurs autres produits non comptés")
        of_output = origin[str(outputs.at[self.of.output_id, "outlet_cost_origin"])]
        if way["saved_eur_per_yr"] == 0 < outputs.at[self.of.output_id, "outlet_cost_eur_per_unit"] * way["quantity_per_yr"]:
            of_output = say("compté avec les produits de l'opérateur, et non avec ce qui lui reste")
        through = [Line(label=say("− Opérateurs"), value=self.euros(way["operator_eur_per_yr"]), note=others)]
        return Section(
            title=say("Ce que la meilleure voie rapporterait par an, à elle seule"),
            lines=(
                Line(label=say("Quantité possible par an"), value=amount),
                Line(
                    label=say("+ Exutoire évité"),
                    value=self.euros(way["saved_eur_per_yr"]),
                    note=of_output,
                ),
                Line(
                    label=say("+ Achat remplacé"),
                    value=self.euros(way["replaced_eur_per_yr"]),
                    note=origin[str(needs.at[self.of.need_id, "price_origin"])],
                ),
                Line(label=say("− Transport et liaison"), value=self.euros(way["transport_eur_per_yr"])),
                *(through if way["operator_1"] else []),
                Line(label=say("= Gain net"), value=self.euros(way["gain_eur_per_yr"])),
            ),
        )

    def call(self) -> Section | None:
        if self.of.call.empty:
            return None
        return call_section(self.of.call, self.language)

    def precedents(self) -> Section | None:
        return precedent_section(self.catalogue, self.of.precedents, self.language)

    def nearest(self) -> Section | None:
        """What would work: partners of the proposal, and what the catalogue accepts."""
        say, lines = self.say, []
        outputs, needs = self.declarations.outputs["description"], self.declarations.needs["description"]
        for row in self.of.partners.to_dict("records"):
            mine = row["output_id"] == self.of.output_id
            lines.append(
                Line(
                    label=say("Pour ce flux, d'abord") if mine else say("Pour ce besoin, d'abord"),
                    value=f"{outputs[row['output_id']]} → {needs[row['need_id']]}",
                    note=messages.word(row["feasibility"], self.language),
                )
            )
        for side, label, column, table in (
            ("output", say("Usages qui prennent ce flux tel quel"), "use_id", "uses"),
            ("need", say("Matières qui servent ce besoin telles quelles"), "material_id", "materials"),
        ):
            ids = self.of.accepted.loc[self.of.accepted["side"] == side, column]
            if len(ids):
                lines.append(Line(label=label, value=", ".join(self.named(table, one) for one in ids)))
        if not lines or (verdict(self.of) != "excluded" and self.of.partners.empty):
            return None
        return Section(title=say("Ce qui marcherait au plus près"), lines=tuple(lines))

    def decided(self) -> Section | None:
        rows = self.of.decided
        if rows.empty:
            return None
        titles = {name: table.title_fr if self.language == "fr" else table.title_en for name, table in CATALOGUE.items()}
        table = pd.DataFrame(
            {
                self.say("Table"): rows["table"].map(titles),
                self.say("Ligne"): rows["key"],
                self.say("Source ou raisonnement"): rows["basis"],
            }
        )
        return Section(title=self.say("Lignes du catalogue qui ont décidé"), table=table, widths=(190, 260, 620))


def call_section(valued: Any, language: str) -> Section:
    """The value of a call with its parts, its range and the datum that would raise it most.

    Parameters
    ----------
    valued
        Row with the columns of :func:`symbiosis.ranking.ranked`.
    language
        ``fr`` or ``en``.

    Returns
    -------
    Section
    """
    say = messages.translation(language).gettext

    def amount(value: Any) -> str:
        return messages.euros(value, language).replace("-", "−")

    parts = [
        Line(label=messages.translation(language).gettext(messages.PARTS[part]), value=f"× {shown}")
        for part in CALL_PARTS
        if (shown := messages.number(valued[f"part_{part}"], language, 2)) != "1"
    ]
    datum = messages.missing(str(valued["missing_datum"]), language)
    rise = valued["missing_rise_eur_per_yr"]
    asked = Line(
        label=say("La donnée qui l'augmenterait le plus"),
        value=datum[:1].upper() + datum[1:] if datum else say("aucune"),
        note=say("jusqu'à {0} de plus par an, si elle est favorable").format(amount(rise)) if rise > 0.5 else "",
    )
    return Section(
        title=say("Ce que vaut un appel"),
        lines=(
            Line(
                label=say("Valeur d'un appel (indice, €/an, ordre de grandeur)"),
                value=amount(valued["call_value_eur_per_yr"]),
                note=say("de {0} à {1} ; gain net {2}").format(
                    amount(valued["call_value_low_eur_per_yr"]),
                    amount(valued["call_value_high_eur_per_yr"]),
                    amount(valued["gain_eur_per_yr"]),
                ),
            ),
            asked,
            *parts,
        ),
        note=say(
            "Un indice qui classe les appels, pas une probabilité : seule la confiance des mots d'une piste sans opérateur est "
            "calibrée."
        )
        + " "
        + say(messages.FUNNEL),
    )


def precedent_section(catalogue: Any, ids: tuple[str, ...], language: str) -> Section | None:
    """Documented exchanges of the kind, with their source; nothing where none is known.

    Parameters
    ----------
    catalogue
        Holds them.
    ids
        Which ones.
    language
        ``fr`` or ``en``.

    Returns
    -------
    Section or None
    """
    say = messages.translation(language).gettext
    known = [one for one in ids if one in catalogue.precedents.index]
    if not known:
        return None
    rows = catalogue.precedents.loc[known]
    read = rows["is_confirmed"].map({True: "", False: say(" (source non relue)")})
    lines = [
        Line(
            label=messages.precedent(catalogue, one, language), value=str(row["quantity"]), note=str(row["source"]) + read[one]
        )
        for one, row in zip(known, rows.to_dict("records"), strict=True)
    ]
    return Section(title=say("Précédents de même sorte"), lines=tuple(lines), note=say("Un précédent ne prouve rien ici."))


def to_json(explanation: Explanation, parts: tuple[Section, ...], language: str) -> dict[str, Any]:
    """The explanation as plain JSON values: codes for scripts, sections for people.

    Parameters
    ----------
    explanation, parts
        Of a pair, and :func:`sections` of it.
    language
        ``fr`` or ``en``.

    Returns
    -------
    dict
    """
    catalogue, operators = explanation.catalogue, explanation.candidates.flows.operators
    reasons = _reasons(explanation, language)
    ways = [
        {
            "feasibility": way["feasibility"],
            "verdict": messages.word(way["feasibility"], language),
            "operators": [one for one in (way["operator_1"], way["operator_2"]) if one],
            "processes": [
                messages.name(catalogue.processes, str(operators.at[one, "process_id"]), language)
                for one in (way["operator_1"], way["operator_2"])
                if one
            ],
            "material": messages.name(catalogue.materials, way["material_id"], language),
            "words": way["words"],
            "distance_km": round(float(way["distance_km"]), 1),
            "confidence": round(float(way["confidence"]), 3),
            "gain_eur_per_yr": round(float(way["gain_eur_per_yr"]), 2),
            "codes": [code for code in way["reasons"].split(";") if code],
            "reasons": reasons[way["reasons"]],
        }
        for way in explanation.ways.to_dict("records")
    ]
    call = explanation.call
    return {
        "output": explanation.output_id,
        "need": explanation.need_id,
        "verdict": verdict(explanation),
        "stop": explanation.stop,
        "ways": ways,
        "call_value_eur_per_yr": None if call.empty else round(float(call["call_value_eur_per_yr"]), 2),
        "missing_datum": "" if call.empty else str(call["missing_datum"]),
        "precedents": list(explanation.precedents),
        "decided": explanation.decided.to_dict("records"),
        "sections": [_plain(part) for part in parts],
    }


def _reasons(explanation: Explanation, language: str) -> dict[str, list[str]]:
    """Sentences of the reasons of each way; the ways of one pair share most of their reasons, and each is worded once."""
    texts = {text: [code for code in text.split(";") if code] for text in explanation.ways.get("reasons", ())}
    said = {code: messages.reason(code, language, explanation.catalogue) for codes in texts.values() for code in codes}
    return {text: list(dict.fromkeys(said[code] for code in codes)) for text, codes in texts.items()}


def _plain(part: Section) -> dict[str, Any]:
    return {
        "title": part.title,
        "lines": [{"label": line.label, "value": line.value, "note": line.note} for line in part.lines],
        "sentences": list(part.sentences),
        "note": part.note,
    }
