"""What is read of a territory once is kept for the same tables, and for no others."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from tests.small_territory import catalogue, territory

from symbiosis.flows import read_flows
from symbiosis.materials import typed
from symbiosis.pathways import pathways
from symbiosis.resolver import Resolver
from symbiosis.scenario import Scenario
from symbiosis.schemas import CATALOGUE

TWO_FLOWS = {
    "outputs": "output_id, material_id, quantity\nO1, scrap, 100\nO2, sand, 5",
    "needs": "need_id, material_id, quantity\nN1, ingot, 60\nN2, sand, 5",
    "operators": "operator_id, process_id, capacity\nK1, melting, 1000",
}


def test_operators_are_read_once_for_the_pairs_of_a_territory_and_again_for_another():
    declared, known = territory(**TWO_FLOWS), replace(catalogue(), memory={})
    first, second = (
        read_flows(replace(declared, outputs=declared.outputs.loc[[name]]), known, Scenario()) for name in ("O1", "O2")
    )
    assert second.ports is first.ports
    assert list(second.outputs.index) == ["O2"]
    other = territory(**TWO_FLOWS | {"operators": "operator_id, process_id, capacity\nK9, mixing, 7"})
    assert list(read_flows(other, known, Scenario()).operators.index) == ["K9"]
    moved = replace(declared, sites=declared.sites.assign(latitude=48.0))
    assert (read_flows(moved, known, Scenario()).operators["latitude"] == 48.0).all()


@pytest.mark.parametrize(("day", "hazardous"), [(date(2026, 12, 8), False), (date(2026, 12, 9), True)])
@pytest.mark.parametrize("mark", ["", "true", "false"])
def test_the_day_of_the_scenario_decides_on_a_code_that_became_hazardous(day, hazardous, mark):
    listed = pd.DataFrame({"waste_code": ["160604", "130205"], "is_hazardous": True, "decision": "test",
                           "designation_fr": "d", "designation_en": "d", "hazardous_from": ["2026-12-09", ""]})  # fmt: skip
    known = replace(catalogue(), memory={}, waste_codes=typed(listed.astype(str), CATALOGUE["waste_codes"]))
    declared = territory(**TWO_FLOWS | {
        "outputs": f"output_id, material_id, quantity, waste_code, is_hazardous\nO1, scrap, 100, 16 06 04, {mark}\n"
        f"O2, sand, 5, 13 02 05, {mark}\nO3, sand, 5, , {mark}"
    })  # fmt: skip
    read = read_flows(declared, known, Scenario(on_date=day)).outputs["is_hazardous"]
    assert read.to_dict() == {"O1": hazardous, "O2": True, "O3": mark == "true"}


def test_texts_heard_a_moment_ago_are_heard_the_same_again():
    fresh, asked_before = (Resolver(replace(catalogue(), memory={})) for _ in range(2))
    texts = pd.DataFrame({"description": ["sable de mer"]}, index=["F1"])
    for other in ("ferraille", "sable de mer", "lingot"):
        asked_before.resolve(texts.assign(description=other), targets="materials+uses")
    pd.testing.assert_frame_equal(
        asked_before.resolve(texts, targets="materials+uses"), fresh.resolve(texts, targets="materials+uses")
    )


def test_chains_are_kept_with_the_catalogue_they_are_of():
    known = replace(catalogue(), memory={})
    assert pathways(known, max_processes=1) is pathways(known, max_processes=1)
    extended = known.extended({"use_materials": pd.DataFrame(
        {"use_id": ["paving"], "material_id": ["dross"], "substitution_ratio": ["1"], "fit_share": ["1"], "basis": ["test"]}
    )})  # fmt: skip
    assert len(pathways(extended, max_processes=1)) > len(pathways(known, max_processes=1))
