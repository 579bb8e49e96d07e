"""Labelled legal cases through the whole engine: no illegal arc is allocated, no lawful one refused.

Each row of ``cases.csv`` is one giver and one taker as an animator would type them, with the text of law and the verdict that
it asks for. The cases of one day form one territory, each at a place of its own, too far from the others to meet them.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.small_territory import run

from symbiosis import messages, workspace
from symbiosis.compatibility import REASONS
from symbiosis.declarations import build
from symbiosis.scenario import Scenario

CASES = pd.read_csv(Path(__file__).parent / "cases.csv", dtype=str, keep_default_na=False).set_index("case")
TODAY = "2026-11-23"
DAYS = CASES["on_date"].where(CASES["on_date"] != "", TODAY)
PLACES_PER_ROW = 10


@pytest.fixture(scope="module")
def catalogue():
    return workspace.load_catalogue()


@pytest.fixture(scope="module")
def proposals(catalogue):
    """The proposal of each day."""
    return {
        day: run(territory(CASES[day == DAYS]), catalogue, on_date=Scenario.from_dict({"on_date": day}).on_date)
        for day in sorted(set(DAYS))
    }


def territory(cases: pd.DataFrame):
    """Declarations of some cases: an output, a need or an operator, and the need behind an operator."""
    number = pd.Series(range(len(cases)), index=cases.index)
    place = {
        "latitude": (38 + 2 * (number % PLACES_PER_ROW)).astype(str),
        "longitude": (3 * (number // PLACES_PER_ROW)).astype(str),
    }
    by_process = cases["taker"].str.startswith("process:")
    told = {"unit": cases["unit"], "family": cases["family"], "quantity": "100"}
    outputs = pd.DataFrame({
        "output_id": "O-" + cases.index, "site_id": "SO-" + cases.index,
        "description": cases["words"].where(cases["words"] != "", "lot"),
        "material_id": cases["material_id"], "waste_code": cases["waste_code"], "legal_status": cases["legal_status"],
        "conditions_met": cases["giver_conditions"], "load_t": cases["load_t"], "date_kind": cases["date_kind"],
        "shelf_life_days": cases["shelf_life_days"], "outlet_cost_eur_per_unit": "500", **told,
    })  # fmt: skip
    needs = [_needs(cases[~by_process], "taker", "N-", legal_route="taker_route", conditions_met="taker_conditions",
                    waste_codes_accepted="codes_accepted", waste_codes_treated="codes_treated"),
             _needs(cases[by_process], "then", "T-", conditions_met="then_conditions")]  # fmt: skip
    chosen = cases[by_process]
    operators = pd.DataFrame({
        "operator_id": "N-" + chosen.index, "site_id": "SN-" + chosen.index,
        "process_id": chosen["taker"].str.removeprefix("process:"), "capacity": "1000", "is_existing": "true",
        "cost_eur_per_unit": "0", "fixed_cost_eur_per_yr": "0", "conditions_met": chosen["taker_conditions"],
        "waste_codes_accepted": chosen["codes_accepted"], "waste_codes_treated": chosen["codes_treated"],
    })  # fmt: skip
    sites = [
        pd.DataFrame({"site_id": f"S{who}-" + some.index, "actor_id": f"A{who}-" + some.index, "commune": "Florange",
                      "country": some[country] if country else "", "permit_headings": some[headings] if headings else "",
                      **{axis: values.loc[some.index] for axis, values in place.items()}})
        for who, some, country, headings in (("O", cases, "giver_country", ""), ("N", cases, "taker_country", "headings"),
                                             ("T", chosen, "taker_country", "then_headings"))
    ]  # fmt: skip
    tables = {"outputs": outputs, "needs": pd.concat(needs), "operators": operators, "sites": pd.concat(sites)}
    actors = tables["sites"]["actor_id"]
    tables["actors"] = pd.DataFrame({"actor_id": actors, "name": actors + " (test)"})
    return build({name: table.reset_index(drop=True) for name, table in tables.items()}, facts={}, extension={})


def _needs(cases: pd.DataFrame, taker: str, prefix: str, **told: str) -> pd.DataFrame:
    kind, target = cases[taker].str.split(":").str[0], cases[taker].str.split(":").str[1]
    return pd.DataFrame({
        "need_id": prefix + cases.index, "site_id": "S" + prefix + cases.index, "description": "besoin",
        "use_id": target.where(kind == "use", ""), "material_id": target.where(kind == "material", ""),
        "price_eur_per_unit": "500", "unit": cases["unit"], "family": cases["family"], "quantity": "100",
        **{column: cases[source] for column, source in told.items()},
    })  # fmt: skip


def ends(name: str) -> tuple[str, str]:
    """Tail and head of the leg that a case judges."""
    return (f"N-{name}", f"T-{name}") if CASES.at[name, "judged"] == "last" else (f"O-{name}", f"N-{name}")


def exchanged(run) -> set[tuple[str, str]]:
    exchanges = run.proposals.exchanges
    return set(zip(exchanges["giver_flow_id"], exchanges["taker_flow_id"], strict=True))


@pytest.mark.parametrize("name", CASES.index)
def test_the_case_is_judged_and_allocated_as_the_law_says(proposals, name):
    case, proposal = CASES.loc[name], proposals[DAYS[name]]
    tail, head = ends(name)
    legs = proposal.candidates.legs
    legs = legs[(legs["tail_id"] == tail) & (legs["head_id"] == head)]
    now, later = exchanged(proposal.feasible), exchanged(proposal.to_investigate)
    if case["verdict"] == "none":
        assert legs.empty
        assert (tail, head) not in now | later
        return
    assert len(legs) == 1
    leg = legs.iloc[0]
    said, papers = leg["reasons"].split(";"), set(leg["papers"].split(";"))
    assert leg["feasibility"] == case["verdict"], said
    for code in filter(None, case["reasons"].split(";")):
        assert any(one == code or one.startswith(code + ":") for one in said), (code, said)
    for code in filter(None, case["absent"].split(";")):
        assert not any(one == code or one.startswith(code + ":") for one in said), (code, said)
    assert set(filter(None, case["papers"].split(";"))) <= papers
    assert not set(filter(None, case["no_papers"].split(";"))) & papers
    assert ((tail, head) in now) == (case["verdict"] == "feasible")
    assert (tail, head) not in later or case["verdict"] != "excluded"


def test_nothing_that_is_not_feasible_is_in_the_first_plan(proposals):
    for proposal in proposals.values():
        legs = proposal.candidates.legs
        of = proposal.feasible.proposals.exchanges["leg_id"]
        assert set(legs.loc[of, "feasibility"]) <= {"feasible"}
        later = proposal.to_investigate.proposals.exchanges["leg_id"]
        assert "excluded" not in set(legs.loc[later, "feasibility"])


def test_every_reason_of_every_case_is_registered_and_said_in_both_languages(proposals, catalogue):
    codes = {
        code
        for proposal in proposals.values()
        for texts in (proposal.candidates.legs["reasons"], proposal.refusals["reasons"], proposal.refusals["binding_reason"])
        for text in texts
        for code in text.split(";")
        if code
    }
    assert len(codes) > 100
    for code in sorted(codes):
        kind = code.partition(":")[0]
        for language in messages.LANGUAGES:
            sentence = messages.sentence(code, language, catalogue)
            assert sentence != code
            assert "{" not in sentence
            lift = messages.lift(code, language, catalogue)
            assert bool(lift) == (REASONS.get(kind, "excluded") != "feasible"), code
            assert "_" not in sentence.replace("maximum_distance_km", "") + lift.replace("maximum_distance_km", ""), code


def test_there_are_cases_enough_of_every_verdict_and_each_names_its_text():
    assert len(CASES) >= 40
    assert set(CASES["verdict"]) == {"feasible", "to_investigate", "excluded", "none"}
    assert (CASES["law"] != "").all()
