"""One synergy on one page: who, what, what it costs today, who gains what, what the law asks, what is missing.

:func:`build_sheet` gathers the facts as lines and tables that any medium can lay out; the dashboard shows them,
:func:`symbiosis.report.print_page.print_page` prints them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from symbiosis import messages
from symbiosis.compatibility import BLOCKING
from symbiosis.engine import Proposal, Run
from symbiosis.indicators import hours_per_fte
from symbiosis.objectives import insertion_hours
from symbiosis.prices import shadow_prices
from symbiosis.report.deciding import deciding_section
from symbiosis.report.explanation import call_section, precedent_section
from symbiosis.report.sheet_parts import FLOW_WIDTHS, TO_ASK, Line, Section, Sheet, quantity


def find_run(proposal: Proposal, synergy_id: str) -> Run:
    """The run that proposes a synergy.

    Parameters
    ----------
    proposal
        Result of the engine.
    synergy_id
        Key of its synergies.

    Returns
    -------
    Run

    Raises
    ------
    KeyError
        If no run proposes it.
    """
    for run in (proposal.feasible, proposal.to_investigate):
        if synergy_id in run.proposals.synergies.index:
            return run
    raise KeyError(synergy_id)


def build_sheet(proposal: Proposal, synergy_id: str, language: str, *, banner: str = "") -> Sheet:
    """Everything that is known of a synergy, in sentences.

    Parameters
    ----------
    proposal
        Result of the engine.
    synergy_id
        Key of its synergies.
    language
        ``fr`` or ``en``.
    banner
        Line that marks invented data.

    Returns
    -------
    Sheet

    Raises
    ------
    KeyError
        If no run proposes it.
    """
    run = find_run(proposal, synergy_id)
    synergy: Any = run.proposals.synergies.loc[synergy_id]
    exchanges = run.proposals.exchanges
    exchanges = exchanges[exchanges["synergy_id"] == synergy_id]
    shares = run.proposals.shares
    shares = shares[shares["synergy_id"] == synergy_id]
    maker = _Maker(proposal, run, synergy, exchanges=exchanges, shares=shares, language=language)
    asked = maker.asked()
    say = maker.say
    uncertain = run is proposal.to_investigate
    sections = [
        maker.flows(),
        maker.operation(),
        maker.money_today(),
        maker.money_shared(),
        maker.least_core(),
        maker.prices(),
        call_section(synergy, language),
        maker.law(),
        maker.climate_and_work(),
        maker.why(),
        deciding_section(exchanges, proposal.catalogue, language),
        precedent_section(proposal.catalogue, tuple(str(synergy["precedent_ids"]).split(";")), language),
        Section(title=say("Ce qui manque"), sentences=tuple(asked) or (say("rien de bloquant"),)),
    ]
    return Sheet(
        synergy_id=synergy_id,
        title=maker.title(),
        kind=messages.word(str(synergy["kind"]), language),
        status=messages.word("to_investigate" if uncertain else "feasible", language),
        theme=messages.name(proposal.catalogue.themes, str(synergy["theme_id"]), language),
        is_to_investigate=uncertain,
        parties=maker.parties(),
        figures=maker.figures(),
        sections=tuple(section for section in sections if section is not None),
        next_action=maker.next_action(asked),
        banner=banner,
    )


class _Maker:
    """Makes the parts of one sheet."""

    def __init__(
        self,
        proposal: Proposal,
        run: Run,
        synergy: Any,
        *,
        exchanges: pd.DataFrame,
        shares: pd.DataFrame,
        language: str,
    ) -> None:
        self.proposal, self.run, self.synergy = proposal, run, synergy
        self.exchanges, self.shares, self.language = exchanges, shares, language
        self.say = messages.translation(language).gettext
        self.catalogue = proposal.catalogue

    def euros(self, value: Any, digits: int = 0) -> str:
        return messages.euros(value, self.language, digits).replace("-", "−")

    def signed(self, value: float) -> str:
        return ("+" if value > 0.5 else "") + self.euros(value)

    def number(self, value: Any, digits: int = 0) -> str:
        return messages.number(value, self.language, digits)

    def range(self, low: Any, high: Any, digits: int = 0) -> str:
        ends = self.number(low, digits), self.number(high, digits)
        return ends[0] if ends[0] == ends[1] else self.say("{0} à {1}").format(*ends)

    def material(self, key: str) -> str:
        return messages.name(self.catalogue.materials, key, self.language)

    def title(self) -> str:
        ids = [one for one in str(self.synergy["material_ids"]).split(";") if one]
        names = [self.material(one) for one in ids]
        title = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        return title[:1].upper() + title[1:]

    def parties(self) -> tuple[tuple[str, str], ...]:
        def names(column: str) -> list[str]:
            return [one for one in str(self.synergy[column]).split(";") if one]

        operators = self.run.case.operators
        middle = [str(operators.at[o, "actor_name"]) for o in names("operator_ids") if o in operators.index]
        rows = [("giver", n) for n in names("giver_names")] + [("operator", n) for n in dict.fromkeys(middle)]
        rows += [("taker", n) for n in names("taker_names")]
        return tuple((messages.word(role, self.language), name) for role, name in rows)

    def figures(self) -> tuple[Line, ...]:
        s, say = self.synergy, self.say
        amount = (
            quantity(s["quantity_t_per_yr"], "t", self.language)
            if s["quantity_t_per_yr"] > 0
            else (quantity(s["quantity_per_yr"], str(s["unit"]), self.language))
        )
        return (
            Line(
                label=say("Gain net par an"),
                value=self.euros(s["gain_eur_per_yr"]),
                note=say("coûts d'aujourd'hui − coûts proposés, toutes parties comprises"),
            ),
            Line(label=say("Quantité par an"), value=amount, note=say("ce qui quitte les fournisseurs")),
            Line(
                label=say("CO2e évité (t/an)"),
                value=self.number(s["avoided_kgco2e_per_yr"] / 1000, 1),
                note=say("fourchette : {0} ; émis à part : {1}").format(
                    self.range(s["avoided_low_kgco2e_per_yr"] / 1000, s["avoided_high_kgco2e_per_yr"] / 1000, 1),
                    self.number(s["emitted_kgco2e_per_yr"] / 1000, 1),
                ),
            ),
            Line(
                label=say("Heures d'insertion par an"),
                value=self.number(s["insertion_h_per_yr"]),
                note=say("{0} ETP potentiels, sous réserve de conventionnement").format(self.number(self.fte(), 2)),
            ),
        )

    def fte(self) -> float:
        ids = [one for one in str(self.synergy["operator_ids"]).split(";") if one]
        case, plan = self.run.case, self.run.allocation.plan
        hours = insertion_hours(case)["throughput"] * plan["throughput"]
        return float((hours / hours_per_fte(case)).reindex(ids).fillna(0.0).sum())

    def flows(self) -> Section | None:
        if self.exchanges.empty:
            return None
        say = self.say
        # What leaves a giver first, then what its operator makes of it.
        order = self.exchanges["giver_kind"].map({"output": 0}).fillna(1)
        e = self.exchanges.loc[order.sort_values(kind="stable").index]
        hazard = e["is_hazardous"].map({True: "*"}).fillna("")
        direct = e["quantity_per_yr"] / e["trips_per_yr"]
        table = pd.DataFrame(
            {
                say("De"): e["giver_name"] + ", " + e["giver_commune"].fillna(""),
                say("Flux"): e["description"].where(e["description"] != "", e["material_id"].map(self.material)),
                say("Matière"): e["material_id"].map(self.material),
                say("Code"): e["waste_code"].map(messages.display_code) + hazard.where(e["waste_code"] != "", ""),
                say("Par an"): [quantity(q, u, self.language) for q, u in zip(e["quantity_per_yr"], e["unit"], strict=True)],
                say("Par enlèvement"): [
                    "–" if not load > 0 else quantity(load, "t", self.language)
                    for load in e["load_t"].where(e["load_t"].notna(), direct.where(e["unit"].eq("t")))
                ],
                say("Vers"): e["taker_name"] + ", " + e["taker_commune"].fillna(""),
                say("km"): [self.number(km, 1) for km in e["distance_km"]],
                say("Voyages"): [self.number(trips, 0 if trips >= 10 else 1) for trips in e["trips_per_yr"]],
            }
        )
        return Section(title=say("Qui donne quoi à qui"), table=table.reset_index(drop=True), widths=FLOW_WIDTHS)

    def operation(self) -> Section | None:
        ids = [one for one in str(self.synergy["operator_ids"]).split(";") if one]
        case, plan, say = self.run.case, self.run.allocation.plan, self.say
        lines = []
        for one in ids:
            if one not in case.operators.index:
                continue
            operator = case.operators.loc[one]
            recipe = case.ports[(case.ports["operator_id"] == one) & (case.ports["direction"] == "output")]
            yields = [
                say("{0} : {1} %").format(self.material(m), self.number(100 * share, 0))
                + (
                    say(" (refus vers {0})").format(messages.name(self.catalogue.outlets, str(outlet), self.language))
                    if is_residue and outlet
                    else ""
                )
                for m, share, is_residue, outlet in zip(
                    recipe["material_id"], recipe["share"], recipe["is_residue"], recipe["outlet_id"].fillna(""), strict=True
                )
            ]
            used = float(plan["throughput"].get(one, 0.0))
            share = used / operator["capacity"] if operator["capacity"] > 0 else 0.0
            lines.append(
                Line(
                    label=f"{operator['actor_name']} – "
                    + messages.name(self.catalogue.processes, str(operator["process_id"]), self.language),
                    value=say("{0} par an, {1} de la capacité").format(
                        quantity(used, str(operator["unit"]), self.language), messages.percent(share, self.language)
                    )
                    + ("" if operator["is_existing"] else say(" – opération à créer")),
                    note=say(" ; ").join(yields),
                )
            )
        return Section(title=say("L'opération"), lines=tuple(lines)) if lines else None

    def money_today(self) -> Section:
        e, say = self.exchanges, self.say
        outlet = float((e["quantity_per_yr"] * e["outlet_cost_eur_per_unit"]).fillna(0.0).sum()) if len(e) else 0.0
        bought = float((e["received_per_yr"] * e["price_eur_per_unit"]).fillna(0.0).sum()) if len(e) else 0.0
        lines = []
        if len(e):
            names = [messages.name(self.catalogue.outlets, o, self.language) for o in sorted(set(e["outlet_id"]) - {""})]
            lines = [
                Line(label=say("Aujourd'hui, se défaire du flux"), value=self.euros(outlet), note=", ".join(names)),
                Line(label=say("Aujourd'hui, acheter ce qui serait remplacé"), value=self.euros(bought)),
            ]
        lines.append(
            Line(label=say("Proposé, transport"), value=self.euros(self.synergy["transport_eur_per_yr"]), note=self.trips())
        )
        direct = e[e["price_floor_eur_per_unit"].notna()] if len(e) else e
        for row in direct.itertuples():
            lines.append(
                Line(
                    label=say("Prix entre {0} et {1}").format(row.giver_name, row.taker_name),
                    value=say("de {0} à {1} par {2}").format(
                        self.euros(row.price_floor_eur_per_unit, 2),
                        self.euros(row.price_ceiling_eur_per_unit, 2),
                        {"m3": "m³"}.get(str(row.unit), str(row.unit)),
                    ),
                    note=say("milieu {0} ; entre ces bornes personne ne perd").format(
                        self.euros(row.price_middle_eur_per_unit, 2)
                    ),
                )
            )
        return Section(title=say("Ce que cela coûte aujourd'hui, ce qui est proposé"), lines=tuple(lines))

    def trips(self) -> str:
        trips, km = self.synergy["trips_per_yr"], self.number(self.synergy["distance_km"], 1)
        if not trips > 0:
            return self.say("jusqu'à {0} km").format(km)
        return self.say("{0} voyages par an, jusqu'à {1} km").format(self.number(trips), km)

    def money_shared(self) -> Section | None:
        if self.shares.empty:
            return None
        s, say = self.shares, self.say
        names = s["actor_id"].map(self.proposal.declarations.actors["name"]).fillna(s["actor_id"])
        # Below the lower end the actor loses; at the upper end it would keep the whole gain, and the others none.
        least = -s["own_eur_per_yr"]
        most = least + max(float(self.synergy["gain_eur_per_yr"]), 0.0)
        interval = [say("{0} à {1}").format(self.signed(low), self.signed(high)) for low, high in zip(least, most, strict=True)]
        table = pd.DataFrame(
            {
                say("Acteur"): names,
                say("Rôle"): s["role"].map(lambda code: messages.word(code, self.language)),
                say("Économies − coûts"): [self.euros(v) for v in s["own_eur_per_yr"]],
                say("Reçoit (+) ou verse (−)"): [self.signed(v) for v in s["transfer_eur_per_yr"]],
                say("Intervalle où personne ne perd"): interval,
                say("Gain par an"): [self.euros(v) for v in s["share_eur_per_yr"]],
            }
        )
        return Section(
            title=say("Partage que chacun a intérêt à accepter"),
            table=table.reset_index(drop=True),
            note=say("Parts égales entre les rôles présents, puis selon la quantité portée ; personne sous zéro."),
        )

    def least_core(self) -> Section | None:
        if self.run.cooperation is None:
            return None
        say, splits = self.say, self.run.cooperation.splits
        mine = splits[splits["actor_id"].isin(self.shares["actor_id"])]
        if mine.empty:
            return None
        table = pd.DataFrame(
            {
                say("Acteur"): mine["actor_id"].map(self.proposal.declarations.actors["name"]),
                say("Seul"): [self.euros(v) for v in mine["alone_eur_per_yr"]],
                say("À parts égales"): [self.euros(v) for v in mine["equal_eur_per_yr"]],
                say("Dans le cœur"): [self.euros(v) for v in mine["least_core_eur_per_yr"]],
            }
        )
        groups = self.run.cooperation.components.loc[sorted(set(mine["component_id"]))].reset_index().to_dict("records")
        return Section(
            title=say("Partage qu'aucun groupe n'a intérêt à quitter"),
            table=table.reset_index(drop=True),
            sentences=tuple(messages.stability(row, self.language) for row in groups),
            note=say("Toutes les synergies de chaque acteur ensemble, par an ; quitter : refaire autre chose entre soi."),
        )

    def prices(self) -> Section | None:
        found = shadow_prices(self.run.case, self.run.allocation)
        ends = {*self.exchanges["giver_flow_id"], *self.exchanges["taker_flow_id"]}
        found = found[found["subject_id"].isin(ends)]
        if found.empty:
            return None
        flows = self.proposal.declarations
        names = pd.concat([flows.outputs["description"], flows.needs["description"]])
        operators = self.run.case.operators
        lines = [
            Line(
                label=str(names.get(row["subject_id"]) or operators["actor_name"].get(row["subject_id"], "")),
                value=messages.price(row, self.language),
            )
            for row in found.to_dict("records")
        ]
        held = self.say("Tant que projets, lots, voyages et tournées restent les mêmes : les nombres entiers sont figés.")
        note = held if found["is_with_integers_held"].any() else ""
        return Section(title=self.say("Ce que vaudrait une unité de plus"), lines=tuple(lines), note=note)

    def law(self) -> Section:
        say = self.say
        routes = [messages.word(r, self.language) for r in str(self.synergy["routes"]).split(";") if r]
        papers = [
            messages.name(self.catalogue.papers, p, self.language)
            for p in dict.fromkeys(str(self.synergy["papers"]).split(";"))
            if p
        ]
        return Section(
            title=say("Voie juridique et pièces à réunir"),
            lines=(Line(label=say("Voie"), value=", ".join(dict.fromkeys(routes)) or "–"),),
            sentences=tuple(papers),
        )

    def climate_and_work(self) -> Section:
        s, say = self.synergy, self.say
        low, high = s["avoided_low_kgco2e_per_yr"] / 1000, s["avoided_high_kgco2e_per_yr"] / 1000
        crossing = say("la fourchette passe par zéro : le signe n'est pas établi") if low < 0 < high else ""
        return Section(
            title=say("Climat et emploi"),
            lines=(
                Line(
                    label=say("CO2e évité"),
                    value=say("{0} t/an ({1})").format(
                        self.number(s["avoided_kgco2e_per_yr"] / 1000, 1), self.range(low, high, 1)
                    ),
                    note=crossing,
                ),
                Line(
                    label=say("CO2e émis"),
                    value=say("{0} t/an ({1})").format(
                        self.number(s["emitted_kgco2e_per_yr"] / 1000, 1),
                        self.range(s["emitted_low_kgco2e_per_yr"] / 1000, s["emitted_high_kgco2e_per_yr"] / 1000, 1),
                    ),
                    note=say("transport, procédés, refus ; jamais retranché de l'évité"),
                ),
                Line(label=say("Tonnes détournées de l'élimination"), value=self.number(s["diverted_t_per_yr"], 1)),
                Line(
                    label=say("Heures d'insertion"),
                    value=say("{0} h/an").format(self.number(s["insertion_h_per_yr"])),
                    note=say("{0} ETP potentiels, sous réserve de conventionnement").format(self.number(self.fte(), 2)),
                ),
            ),
        )

    def why(self) -> Section:
        say, e = self.say, self.exchanges
        lines = []
        if len(e):
            seen = e[e["words"] != ""].drop_duplicates(["description", "material_id"])
            lines = [
                Line(
                    label=say("« {0} »").format(row.description or row.giver_name),
                    value=say("compris comme {0}").format(self.material(str(row.material_id))),
                    note=say("par « {0} » ; confiance {1}").format(
                        str(row.words).replace(";", ", "), messages.percent(row.confidence, self.language)
                    ),
                )
                for row in seen.itertuples()
            ]
        sentences = messages.reasons(str(self.synergy["reasons"]), self.language, self.catalogue)
        return Section(title=say("Pourquoi cette proposition"), lines=tuple(lines), sentences=tuple(sentences))

    def asked(self) -> list[str]:
        say = self.say
        codes = list(dict.fromkeys(code for code in str(self.synergy["reasons"]).split(";") if code))
        found = []
        for kind, sentence in TO_ASK.items():
            for code in codes:
                head, _, tail = code.partition(":")
                if head == kind:
                    found.append(say(sentence).format(self._subject(kind, tail)))
        # What else keeps a leg from being feasible is asked in the words that say what would lift it.
        others = [code for code in codes if (kind := code.partition(":")[0]) in BLOCKING and kind not in TO_ASK]
        found += [messages.reason(code, self.language, self.catalogue) for code in others]
        e = self.exchanges
        if len(e):
            if (e["outlet_cost_origin"].isin(["assumed", "catalogue", "unknown"]) & e["giver_kind"].eq("output")).any():
                found.append(say("demander les factures d'exutoire : le coût vient du catalogue"))
            if (e["price_origin"].isin(["assumed", "unknown"]) & e["taker_kind"].eq("need")).any():
                found.append(say("demander le prix payé aujourd'hui par le preneur"))
            if e["evidence"].isin(["declared", "inferred"]).any():
                found.append(say("remplacer les quantités déclarées par des pesées ou des factures"))
        return list(dict.fromkeys(found))

    def _subject(self, kind: str, data: str) -> str:
        if kind == "condition_missing":
            return messages.name(self.catalogue.legal_conditions, data, self.language)
        if kind == "quality_unknown":
            return messages.name(self.catalogue.quality_parameters, data.split(":", maxsplit=1)[0], self.language)
        return data

    def next_action(self, asked: list[str]) -> str:
        say = self.say
        # The datum that would raise the value of the call most comes before what is asked by habit.
        first = messages.missing(str(self.synergy["missing_datum"]), self.language) or (asked[0] if asked else "")
        if first:
            return first[:1].upper() + first[1:]
        return say("Réunir les parties autour de cette fiche et confirmer quantités et prix")
