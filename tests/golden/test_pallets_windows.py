"""The textbook case of two local chains, wooden pallets and old windows, told as any territory would tell it.

By hand, a year, with transport at 0.15 €/t·km:

pallets   the boiler takes 130 t of chips: 130 / 0.95 = 136.842 t of pallets, 120 of A1 (110 € saved), 16.842 of A2 (100)
          120 × 110 + 16.842 × 100 + 130 × 90 − 136.842 × 40 − 0.15 × (120 × 5 + 16.842 × 12 + 130 × 8) = 20,834.21 €
windows   the bench takes 250 t: 125 of glass (100 sold at 60, 25 at a loss of 180), 75 of PVC at 400, 50 of residue at 180
          250 × 60 + 100 × 60 + 75 × 400 − 75 × 180 − 0.15 × (250 × 20 + 100 × 15 + 75 × 60) = 35,850.00 €
both      56,684.21 €; 136.842 + 250 − 25 − 50 = 311.842 t diverted
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.small_territory import amount, gain, sent

from symbiosis import engine, workspace
from symbiosis.scenario import Scenario
from symbiosis.solvers import solve
from symbiosis.worth import chain_worth

CENT = 0.005
SCENARIO = Scenario(maximum_distance_km=100, relative_gap=1e-6)


@pytest.fixture(scope="module")
def catalogue():
    return workspace.load_catalogue()


@pytest.fixture(scope="module")
def territory(root, catalogue):
    return workspace.open_territory(root / "tests" / "data" / "pallets_windows", catalogue)


@pytest.fixture(scope="module")
def extended(territory, catalogue):
    """The catalogue with the territory's own rows, once for all the changes."""
    return catalogue.extended(territory.declarations.extension)


@pytest.fixture(scope="module")
def proposal(territory, catalogue):
    return workspace.match(territory, catalogue, SCENARIO)


def changed(territory, catalogue, table, row, **cells):
    """The proposal with some cells of one declaration changed."""
    frame = getattr(territory.declarations, table).copy()
    for column, value in cells.items():
        frame.loc[row, column] = value
    declarations = replace(territory.declarations, **{table: frame}, extension={}, fingerprint="")
    return engine.run(declarations, catalogue, SCENARIO, solve=solve)


def test_the_gain_is_the_one_of_the_textbook_to_the_cent(proposal):
    assert round(gain(proposal), 2) == 56684.21
    assert proposal.feasible.indicators.loc["gain_eur_per_yr", "value"] == pytest.approx(56684.21, abs=CENT)
    assert proposal.feasible.indicators.loc["disposal_today_eur_per_yr", "value"] == pytest.approx(75200.0)
    assert proposal.feasible.allocation.status == "optimal"
    assert proposal.feasible.allocation.gap < 1e-6


def test_so_are_the_tonnes(proposal):
    assert proposal.feasible.indicators.loc["diverted_t_per_yr", "value"] == pytest.approx(311.84, abs=0.005)
    assert sent(proposal, "O1", "P1") == pytest.approx(120.0)
    assert sent(proposal, "O2", "P1") == pytest.approx(16.842, abs=5e-4)
    assert sent(proposal, "P1", "N1") == pytest.approx(130.0)
    assert sent(proposal, "O3", "P2") == pytest.approx(250.0)
    assert sent(proposal, "P2", "N2", "glass_cullet_flat") == pytest.approx(100.0)
    assert sent(proposal, "P2", "N3", "pvc_rigid_scrap") == pytest.approx(75.0)
    assert amount(proposal, "discarded", "P2|output|glass_cullet_flat") == pytest.approx(25.0)
    assert amount(proposal, "discarded", "P2|output|window_residue") == pytest.approx(50.0)
    assert amount(proposal, "disposed", "O3") == pytest.approx(50.0)


def test_each_chain_is_one_synergy_with_its_own_gain(proposal):
    gains = proposal.feasible.proposals.synergies["gain_eur_per_yr"].to_numpy()
    assert gains == pytest.approx([35850.0, 20834.21], abs=CENT)
    assert proposal.feasible.proposals.synergies["kind"].tolist() == ["filiere", "filiere"]


def test_demand_not_capacity_limits_the_pallets(territory, extended):
    bigger = changed(territory, extended, "operators", "P1", capacity=1500.0)
    assert gain(bigger) == pytest.approx(56684.21, abs=CENT)
    hungrier = changed(territory, extended, "needs", "N1", quantity=139.5)
    # 10 more tonnes of A2's pallets: 10 × (100 − 40 + 0.95 × 90 − 0.15 × (12 + 0.95 × 8)).
    assert gain(hungrier) - 56684.21 == pytest.approx(10 * (100 - 40 + 85.5 - 0.15 * (12 + 7.6)), abs=2 * CENT)


def test_the_last_fifty_tonnes_of_windows_pay_although_their_glass_has_no_buyer(territory, extended):
    # With no buyer for its glass a tonne of windows is still worth
    # 180 − 120 + 0.3 × 400 − 0.7 × 180 − 0.15 × (20 + 0.3 × 60) = 48.30 €.
    smaller = changed(territory, extended, "operators", "P2", capacity=200.0)
    assert amount(smaller, "throughput", "P2") == pytest.approx(200.0)
    assert 56684.21 - gain(smaller) == pytest.approx(50 * 48.3, abs=2 * CENT)


def test_treated_is_not_diverted(proposal):
    treated = amount(proposal, "throughput", "P2")
    lost = proposal.feasible.allocation.plan["discarded"].filter(like="P2").sum()
    assert (treated, lost) == (pytest.approx(250.0), pytest.approx(75.0))
    windows = proposal.feasible.proposals.synergies.iloc[0]
    assert windows["diverted_t_per_yr"] == pytest.approx(175.0)


def test_without_the_glass_buyer_the_bench_still_works_for_less(territory, extended):
    # 100 t of glass lose 60 + 180 €/t and save their 15 km: 56,684.21 − 100 × (60 + 180 − 0.15 × 15) = 32,909.21 €.
    without = changed(territory, extended, "needs", "N2", quantity=0.0)
    assert gain(without) == pytest.approx(32909.21, abs=CENT)
    assert amount(without, "throughput", "P2") == pytest.approx(250.0)
    assert without.feasible.indicators.loc["diverted_t_per_yr", "value"] == pytest.approx(211.84, abs=0.005)


def test_below_its_break_even_tonnage_a_bench_with_a_fixed_cost_stays_closed(territory, extended):
    # 250 t earn 35,850 €: a bench to be built opens at 35,000 € a year and not at 36,000 €.
    cells = {"is_existing": False, "fixed_cost_eur_per_yr": 35000.0}
    opened = changed(territory, extended, "operators", "P2", **cells)
    assert gain(opened) == pytest.approx(56684.21 - 35000.0, abs=CENT)
    closed = changed(territory, extended, "operators", "P2", **{**cells, "fixed_cost_eur_per_yr": 36000.0})
    assert gain(closed) == pytest.approx(20834.21, abs=CENT)
    assert amount(closed, "throughput", "P2") == 0.0
    # Whole windows sent as scrap PVC are a weaker reading, to be investigated: with that way closed, the bench is what lacks.
    direct = pd.DataFrame({"from_site_id": "SA3", "to_site_id": ["SB2", "SB3"], "is_excluded": True})
    links = pd.concat([territory.declarations.distances, direct], ignore_index=True)
    links = links.assign(is_excluded=links["is_excluded"].eq(True))
    alone = replace(territory, declarations=replace(territory.declarations, distances=links))
    refused = changed(alone, extended, "operators", "P2", **{**cells, "fixed_cost_eur_per_yr": 36000.0}).refusals
    assert set(refused.loc[refused["output_id"] == "O3", "binding_reason"]) == {"project_not_opened"}


def test_nobody_is_below_zero_and_transfers_sum_to_zero(proposal):
    shares = proposal.feasible.proposals.shares
    assert (shares["share_eur_per_yr"] >= 0).all()
    assert shares["transfer_eur_per_yr"].sum() == pytest.approx(0.0, abs=1e-6)
    assert shares["share_eur_per_yr"].sum() == pytest.approx(56684.21, abs=CENT)


def test_the_law_is_on_the_proposal(proposal):
    exchanges = proposal.feasible.proposals.exchanges.set_index("taker_flow_id")
    assert exchanges.loc["N1", "route"] == "end_of_waste"
    assert "ssd_attestation" in exchanges.loc["N1", "papers"]
    assert proposal.candidates.legs.query("tail_id == 'O1' and head_id == 'N1'")["feasibility"].isin(["excluded"]).all()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_figures_that_leave_producer_responsibility_out_say_so_in_every_file(proposal, territory, tmp_path, language):
    said = {"fr": "hors REP", "en": "producer responsibility"}[language]
    assert said in proposal.declarations.facts[f"note_{language}"]
    assert said in territory.title(language)
    files = {file.name: file for file in workspace.write_results(proposal, territory, tmp_path, language)}
    assert "hors REP" in files["summary.json"].read_text(encoding="utf-8")
    sheets = pd.read_excel(files["proposal.xlsx"], sheet_name=None, header=None, dtype=str)
    assert any(np.any(sheet.fillna("").map(lambda cell: said in cell)) for sheet in sheets.values())


def test_a_need_whose_words_are_doubtful_sets_no_price_for_what_else_an_operator_makes(proposal):
    # Of 125 t of glass that 250 t of windows make, N2 takes 100 at 60 €/t less 15 km, and 25 cost their outlet; if nobody is
    # sure that N2 wants glass, all of it costs its outlet.
    candidates = proposal.candidates
    chains = candidates.chains
    pvc = np.flatnonzero((chains["operator_1"] == "P2") & (chains["need_id"] == "N3"))
    to_glass = (candidates.legs["tail_id"] == "P2") & (candidates.legs["head_id"] == "N2")
    reasons = candidates.legs["reasons"].astype(str)
    doubted = replace(candidates, legs=candidates.legs.assign(reasons=reasons.mask(to_glass, "words_uncertain:0.2:glass:x")))
    sure, doubtful = (chain_worth(known, pvc)["operator_eur_per_yr"].sum() for known in (candidates, doubted))
    tonnes = chain_worth(candidates, pvc)["quantity_per_yr"].sum()
    assert doubtful - sure == pytest.approx(0.5 * tonnes * 100 / 125 * (60 - 0.15 * 15 + 180), rel=1e-6)


def test_who_takes_what_an_operator_is_left_with_adds_its_price_and_the_outlet_that_it_spares(proposal):
    # Glass as a residue of P2: 60 €/t at N2 less 15 km, and 180 €/t of outlet spared; the outlet of the windows is the PVC's.
    candidates = proposal.candidates
    ports = candidates.flows.ports
    is_glass = (ports["operator_id"] == "P2") & (ports["direction"] == "output")
    is_glass &= ports["material_id"].isin(
        candidates.legs.query("tail_id == 'P2' and head_id == 'N2'")["material_id"].astype(str)
    )
    assert is_glass.sum() == 1
    left = replace(candidates, flows=replace(candidates.flows, ports=ports.assign(is_residue=is_glass)))
    chains = candidates.chains
    to_glass = np.flatnonzero((chains["operator_1"] == "P2") & (chains["need_id"] == "N2"))
    worth = chain_worth(left, to_glass)
    assert worth["quantity_per_yr"].sum() > 0
    assert (worth[["saved_eur_per_yr", "insertion_h_per_yr"]] == 0).all(axis=None)
    assert worth["gain_eur_per_yr"].sum() == pytest.approx(
        0.5 * worth["quantity_per_yr"].sum() * (60 - 0.15 * 15 + 180), rel=1e-6
    )
    pvc = np.flatnonzero((chains["operator_1"] == "P2") & (chains["need_id"] == "N3"))
    pd.testing.assert_frame_equal(chain_worth(left, pvc), chain_worth(candidates, pvc))
