"""Candidates found fast are the candidates there are: compared with all pairs, in any order, in any unit, in any block."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.small_territory import catalogue as tiny
from tests.small_territory import territory

from symbiosis import workspace
from symbiosis.affinity import affinity, links
from symbiosis.benchmarks.synthetic import synthetic_territory
from symbiosis.candidates import cases, find_candidates, search
from symbiosis.candidates.cases import SEVERITY
from symbiosis.candidates.kinship import NARROWING, READING
from symbiosis.compatibility import RULES, Context, assess
from symbiosis.geography import great_circle_km
from symbiosis.meanings import EXACTING_SHARE, stated_codes
from symbiosis.pathways import DIRECT_RUNG
from symbiosis.scenario import Scenario

SCENARIO = Scenario(on_date=date(2026, 11, 23))


@pytest.fixture(scope="module")
def catalogue():
    return workspace.load_catalogue()


@pytest.fixture(scope="module")
def declared(catalogue):
    """Eight materials only, so that four hundred flows have many partners; a quoted and an impossible link among them."""
    invented = synthetic_territory(catalogue, 400, seed=3, materials=8)
    sites = invented.sites.index
    links = pd.DataFrame({"from_site_id": [sites[0], sites[2]], "to_site_id": [sites[1], sites[3]], "distance_km": [20.0, 30.0],
                          "cost_eur_per_unit": [1.5, np.nan], "fixed_cost_eur_per_yr": np.nan, "capacity_per_yr": [9.0, np.nan],
                          "is_excluded": [False, True]})  # fmt: skip
    return replace(invented, distances=links)


@pytest.fixture(scope="module")
def found(declared, catalogue):
    return find_candidates(declared, catalogue, SCENARIO)


def same(legs: pd.DataFrame, others: pd.DataFrame, rtol: float = 0.0) -> None:
    texts = legs.select_dtypes("category").columns
    tables = [table.astype(dict.fromkeys(texts, object)) for table in (legs, others)]
    pd.testing.assert_frame_equal(*tables, check_exact=rtol == 0.0, rtol=rtol or 1e-5)


def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sample(frac=1.0, random_state=1)


def test_the_order_of_the_rows_changes_nothing(declared, catalogue, found):
    names = ("actors", "sites", "outputs", "needs", "quality", "distances")
    again = replace(declared, **{name: shuffled(getattr(declared, name)) for name in names})
    same(find_candidates(again, catalogue, SCENARIO).legs, found.legs)


def test_legs_stand_in_the_order_of_their_ends(found):
    ends = list(zip(found.legs["tail_id"], found.legs["head_id"], strict=True))
    assert ends == sorted(ends)


def test_kilograms_and_tonnes_are_the_same_candidates(declared, catalogue, found):
    outputs, needs = declared.outputs, declared.needs
    in_kg = replace(
        declared,
        outputs=outputs.assign(unit="kg", quantity=outputs["quantity"] * 1000,
                               outlet_cost_eur_per_unit=outputs["outlet_cost_eur_per_unit"] / 1000),
        needs=needs.assign(unit="kg", quantity=needs["quantity"] * 1000, minimum_lot=needs["minimum_lot"] * 1000,
                           price_eur_per_unit=needs["price_eur_per_unit"] / 1000),
    )  # fmt: skip
    same(find_candidates(in_kg, catalogue, SCENARIO).legs, found.legs, rtol=1e-9)


def test_blocks_of_any_size_give_the_same_candidates(declared, catalogue, found, monkeypatch):
    few = replace(SCENARIO, candidates_per_flow=3)
    whole = find_candidates(declared, catalogue, few).legs
    monkeypatch.setattr(search, "PAIRS_AT_ONCE", 40)
    monkeypatch.setattr(search, "TAILS_AT_ONCE", 7)
    monkeypatch.setattr(cases, "CASES_AT_ONCE", 100)
    same(find_candidates(declared, catalogue, SCENARIO).legs, found.legs)
    same(find_candidates(declared, catalogue, few).legs, whole)


@pytest.mark.parametrize(("most", "wholes"), [(0, {False}), (30, {False, True}), (1000, {True})])
def test_what_meets_nobody_else_may_be_settled_apart(declared, catalogue, monkeypatch, most, wholes):
    # A broad material and four that it takes: what these meet is met by others.
    closure, turn = catalogue.ancestors(), np.arange(len(declared.outputs))
    broad = closure["ancestor_id"].mode()[0]
    kin = np.array([broad, *closure.loc[closure["ancestor_id"].eq(broad), "material_id"].sort_values()[:4]])
    outputs, needs = declared.outputs, declared.needs
    unlinked = replace(
        declared,
        outputs=outputs.assign(material_id=outputs["material_id"].where(turn % 3 > 0, kin[1 + turn % 4])),
        needs=needs.assign(material_id=needs["material_id"].where(turn % 3 > 0, kin[turn % 5])),
        distances=declared.distances.iloc[:0],
    )
    few = replace(SCENARIO, candidates_per_flow=3)
    together = find_candidates(unlinked, catalogue, few)
    monkeypatch.setattr(search, "PAIRS_AT_ONCE", 40)
    monkeypatch.setattr(search, "TAILS_AT_ONCE", 7)
    monkeypatch.setattr(search, "TAILS_OF_FEW", most)
    parts, cut = [], search.Search._parts
    monkeypatch.setattr(search.Search, "_parts", lambda self, tails, **told: parts.extend(cut(self, tails, **told)) or parts)
    apart = find_candidates(unlinked, catalogue, few)
    assert {is_whole for _, is_whole in parts} == wholes
    same(apart.legs, together.legs)
    pd.testing.assert_series_equal(apart.judged, together.judged)


def all_pairs(declared, catalogue, flows) -> pd.DataFrame:
    """Every output with every need of a material that it takes, judged and priced one by one."""
    outputs, needs, materials = flows.outputs, flows.needs, catalogue.materials
    pairs = outputs.reset_index().merge(needs.reset_index(), how="cross", suffixes=("", "_need"))
    pairs = pairs[pairs["site_id"] != pairs["site_id_need"]]
    narrower = catalogue.ancestors()
    pairs = pairs.merge(narrower, left_on=["material_id", "material_id_need"], right_on=["material_id", "ancestor_id"],
                        how="inner", validate="many_to_one")  # fmt: skip
    km = great_circle_km(*(pairs[name].to_numpy() for name in ("latitude", "longitude", "latitude_need", "longitude_need")))
    links = declared.distances
    quoted = {}
    for link in links.itertuples():
        quoted[link.from_site_id, link.to_site_id] = quoted[link.to_site_id, link.from_site_id] = link
    link = [quoted.get(both) for both in zip(pairs["site_id"], pairs["site_id_need"], strict=True)]
    pairs["km"] = [own * SCENARIO.detour_factor if one is None else one.distance_km for own, one in zip(km, link, strict=True)]
    limit = pairs["maximum_distance_km"].fillna(np.inf).clip(upper=SCENARIO.maximum_distance_km)
    material = materials.loc[pairs["material_id"]].reset_index(drop=True)
    months = [[set(some or range(1, 13)) for some in pairs[name]] for name in ("months", "months_need")]
    overlap = np.array([len(a & b) for a, b in zip(*months, strict=True)])
    final = catalogue.operations.index[catalogue.operations["is_recovery"] & catalogue.operations["is_final"]]
    headings = catalogue.headings
    legs = pd.DataFrame({
        "tail_id": pairs["output_id"], "head_id": pairs["need_id"], "tail_kind": "output", "head_kind": "need",
        "material_id": pairs["material_id"], "family": material["family"], "use_id": "", "head_process_id": "",
        "waste_code": pairs["waste_code"], "is_hazardous": pairs["is_hazardous"], "legal_status": pairs["legal_status"],
        "date_kind": pairs["date_kind"], "shelf_life_days": pairs["shelf_life_days"].astype(float),
        "tail_load_t": pairs["load_t"].fillna(pairs["quantity_per_yr"] * pairs["tonnes_per_unit"]), "tail_is_residue": False,
        "rung": material["family"].map(DIRECT_RUNG), "tail_country": "FR", "head_country": "FR", "tail_end_of_waste_id": "",
        "tail_rung": "", "head_route": pairs["legal_route"], "month_overlap": overlap,
        "tail_month_bits": [sum(1 << (m - 1) for m in some) for some in months[0]],
        "head_month_bits": [sum(1 << (m - 1) for m in some) for some in months[1]],
        "tail_month_count": [len(some) for some in months[0]], "confidence": 0.97 ** pairs["depth"], "flags": "",
        "head_headings_key": ";".join(sorted(set(headings.loc[headings["operation_code"].isin(final), "heading"]))),
        "distance_km": pairs["km"], "maximum_distance_km": limit,
        "is_link_excluded": [one is not None and one.is_excluded for one in link],
    })  # fmt: skip
    sites = [(need, part) for need, site in needs["site_id"].items() for heading in declared.sites.at[site, "permit_headings"]
             for part in {heading, heading.split("-")[0]}]  # fmt: skip
    none = pd.MultiIndex.from_arrays([[], []])
    context = Context(catalogue=catalogue, scenario=SCENARIO, conditions=none, codes_accepted=none, codes_treated=none,
                      operators=flows.operators,
                      headings=pd.MultiIndex.from_tuples(sites), quality=declared.quality)  # fmt: skip
    texts = legs.select_dtypes("str").columns
    legs = assess(legs.astype(dict.fromkeys(texts, object)), context)
    available, wanted = pairs["quantity_per_yr"] * overlap / legs["tail_month_count"], pairs["quantity_per_yr_need"]
    capacity = pd.Series([np.nan if one is None else one.capacity_per_yr for one in link])
    upper = pd.concat([available, wanted * overlap / [len(some) for some in months[1]], capacity], axis=1).min(axis=1)
    load = np.minimum(pairs["load_t"], material["payload_t"].fillna(SCENARIO.lorry_payload_t))
    trip = SCENARIO.lorry_eur_per_trip + 2 * SCENARIO.lorry_eur_per_km * pairs["km"]
    price = (trip / load).fillna(SCENARIO.transport_eur_per_t_km * pairs["km"])
    price = pd.Series([np.nan if one is None else one.cost_eur_per_unit for one in link]).fillna(price)
    legs = legs.assign(upper_per_yr=upper, transport_eur_per_unit=price)
    small = (pairs["minimum_lot_per_yr"] > upper * (1 + 1e-9)).to_numpy()
    legs.loc[small, "feasibility"] = "excluded"
    lots = [f";below_minimum_lot:{lot:g}:{most:g}:{unit}" for lot, most, unit in
            zip(pairs.loc[small, "minimum_lot_per_yr"], upper[small].clip(lower=0.0), pairs.loc[small, "unit"],
                strict=True)]  # fmt: skip
    legs.loc[small, "reasons"] += lots
    return legs[pairs["km"] <= search.REPORTED_BEYOND * limit].set_index(["tail_id", "head_id"]).sort_index()


def test_the_fast_join_finds_what_looking_at_all_pairs_finds(declared, catalogue, found):
    expected = all_pairs(declared, catalogue, found.flows)
    legs = found.legs.set_index(["tail_id", "head_id"]).sort_index()
    assert len(legs) > 1000
    assert set(legs["feasibility"]) == set(SEVERITY)
    assert legs.index.equals(expected.index)
    for name in ("material_id", "feasibility", "route", "reasons", "papers"):
        assert legs[name].astype(str).tolist() == expected[name].astype(str).tolist(), name
    for name in ("distance_km", "upper_per_yr", "transport_eur_per_unit", "confidence"):
        np.testing.assert_allclose(legs[name], expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


def ranked(candidates) -> pd.DataFrame:
    """Legs in the order that the guarantee states, best first."""
    legs, outputs, needs = candidates.legs, candidates.flows.outputs, candidates.flows.needs
    saved = legs["tail_id"].map(outputs["outlet_cost_eur_per_unit"]).astype(float)
    paid = legs["head_id"].map(needs["price_eur_per_unit"]).astype(float)
    gain = legs["upper_per_yr"] * (saved + legs["ratio"] * paid - legs["transport_eur_per_unit"]) - legs["link_eur_per_yr"]
    table = legs[["tail_id", "head_id"]].assign(value=legs["confidence"] * gain,
                                                severity=legs["feasibility"].astype(str).map(SEVERITY))  # fmt: skip
    return table.sort_values(["severity", "value", "tail_id", "head_id"], ascending=[True, False, True, True])


@pytest.mark.parametrize("most", [1, 4])
def test_every_pair_kept_is_among_the_best_of_an_end_and_every_best_pair_is_kept(declared, catalogue, found, most):
    order = ranked(found)
    best = order[(order.groupby("tail_id").cumcount() < most) | (order.groupby("head_id").cumcount() < most)]
    kept = find_candidates(declared, catalogue, replace(SCENARIO, candidates_per_flow=most)).legs
    assert set(zip(kept["tail_id"], kept["head_id"], strict=True)) == set(zip(best["tail_id"], best["head_id"], strict=True))
    assert len(kept) < len(found.legs)


def test_pairs_that_are_not_kept_are_counted(declared, catalogue, found):
    few = find_candidates(declared, catalogue, replace(SCENARIO, candidates_per_flow=1))
    counted = found.legs["feasibility"].astype(str).value_counts()
    assert few.judged.to_dict() == found.judged.to_dict() == counted.to_dict()


def test_a_large_territory_does_not_list_who_is_too_far(declared, catalogue, found, monkeypatch):
    near = found.legs[found.legs["distance_km"] <= found.legs["maximum_distance_km"]]
    assert len(near) < len(found.legs)
    monkeypatch.setattr(search, "REPORTED_FLOWS", 10)
    legs = find_candidates(declared, catalogue, SCENARIO).legs
    same(legs.reset_index(drop=True), near.reset_index(drop=True))


def test_a_rule_sees_what_it_says_that_it_reads(declared, catalogue, monkeypatch):
    def curious(legs, context):
        return list(legs["theme_id"])[:0]

    monkeypatch.setitem(RULES, "season", curious)
    with pytest.raises(KeyError, match="theme_id"):
        find_candidates(declared, catalogue, SCENARIO)


def test_a_rule_that_nobody_described_sees_everything(declared, catalogue, found, monkeypatch):
    seen: set[str] = set()

    def new(legs, context):
        seen.update(legs.columns)
        return []

    monkeypatch.setitem(RULES, "new", new)
    same(find_candidates(declared, catalogue, SCENARIO).legs, found.legs)
    assert {"theme_id", "tail_kind", "route", "head_quality"} <= seen


def test_what_two_flows_of_a_class_share_is_judged_once(declared, catalogue, monkeypatch):
    asked: list[int] = []
    route = RULES["route"]
    monkeypatch.setitem(RULES, "route", lambda legs, context: asked.append(len(legs)) or route(legs, context))
    found = find_candidates(declared, catalogue, SCENARIO)
    assert sum(asked) < len(found.legs) / 5


def test_equal_pairs_stay_in_the_order_of_their_names():
    outputs = "\n".join(["output_id, material_id, quantity", *(f"O{n}, sand, 10" for n in (3, 1, 4, 2))])
    declared = territory(outputs=outputs, needs="need_id, material_id, quantity\nN1, sand, 25")
    most = Scenario(candidates_per_flow=2)
    # Each output keeps its only need, so that only the need's own list could drop anybody: nobody goes.
    assert find_candidates(declared, tiny(), most).legs["tail_id"].tolist() == ["O1", "O2", "O3", "O4"]
    needs = "\n".join(["need_id, material_id, quantity", *(f"N{n}, sand, 25" for n in (3, 1, 2))])
    crowd = find_candidates(territory(outputs=outputs, needs=needs), tiny(), most).legs
    kept = set(zip(crowd["tail_id"], crowd["head_id"], strict=True))
    assert {(o, n) for o in ("O1", "O2") for n in ("N1", "N2", "N3")} | {("O3", "N1"), ("O3", "N2")} <= kept
    assert ("O3", "N3") not in kept


def test_the_products_of_an_operator_each_keep_their_partners():
    declared = territory(
        outputs="output_id, material_id, quantity\nO1, scrap, 100",
        needs="need_id, material_id, quantity\nN1, ingot, 10\nN2, dross, 10\nN3, ingot, 5",
        operators="operator_id, process_id, capacity\nK1, melting, 100",
    )
    found = find_candidates(declared, tiny(), Scenario(candidates_per_flow=1))
    assert found.legs[["tail_id", "head_id", "material_id"]].astype(str).to_numpy().tolist() == [
        ["K1", "N1", "ingot"], ["K1", "N2", "dross"], ["K1", "N3", "ingot"], ["O1", "K1", "scrap"],
    ]  # fmt: skip
    assert found.chains[["output_id", "operator_1", "need_id"]].astype(str).to_numpy().tolist() == [
        ["O1", "K1", "N1"], ["O1", "K1", "N2"], ["O1", "K1", "N3"],
    ]  # fmt: skip


def test_a_territory_without_a_pair_has_no_leg():
    declared = territory(outputs="output_id, material_id, quantity\nO1, sand, 5",
                         needs="need_id, material_id, quantity\nN1, wire, 5")  # fmt: skip
    found = find_candidates(declared, tiny(), Scenario())
    assert found.legs.empty
    assert found.chains.empty


def test_a_pair_of_words_is_believed_as_far_as_their_affinity_was_right(catalogue):
    words = territory(
        outputs="output_id, description, quantity, waste_code\nO1, palettes en bois cassées, 10, 150103\nO2, ferraille, 10,\n",
        needs="need_id, description, quantity, waste_codes_accepted\nN1, wooden pallets, 10, 150103\nN2, scrap, 10,\n",
    )
    known = links(catalogue)
    found = find_candidates(words, catalogue, replace(SCENARIO, minimum_confidence=0.0))
    offered, wanted = found.flows.offered, found.flows.wanted
    offered = offered.rename(columns={"output_id": "flow_id", "material_id": "target_id"})
    pairs = affinity(
        pd.concat([offered, stated_codes(words.outputs)]),
        pd.concat([wanted.rename(columns={"need_id": "flow_id"}), stated_codes(words.needs)]),
        known,
    )
    expected = pairs.set_index(["output_id", "need_id"])["confidence"]
    shown = found.legs.set_index(["tail_id", "head_id"])["confidence"]
    assert len(shown) >= 2
    assert (shown < 1).all()
    assert shown.to_dict() == pytest.approx({pair: expected[pair] for pair in shown.index}, abs=5e-4)
    without = replace(words, outputs=words.outputs.assign(waste_code=""))
    unstated = find_candidates(without, catalogue, replace(SCENARIO, minimum_confidence=0.0)).legs
    assert unstated.set_index(["tail_id", "head_id"])["confidence"][("O1", "N1")] < shown[("O1", "N1")]


def test_what_is_declared_by_id_is_believed_as_far_as_the_catalogue_says_that_it_fits():
    known = territory(
        outputs="output_id, material_id, quantity\nO1, sea_sand, 10\nO2, sand, 10\n",
        needs="need_id, material_id, quantity\nN1, sand, 10\n",
    )
    legs = find_candidates(known, tiny(), SCENARIO).legs.set_index("tail_id")
    assert legs["confidence"].to_dict() == pytest.approx({"O1": NARROWING, "O2": 1.0})


def test_where_one_side_is_declared_the_reading_of_the_other_decides():
    words = territory(
        outputs="output_id, description, quantity\nO1, sable de mer, 10\n",
        needs="need_id, material_id, quantity\nN1, sea_sand, 10\n",
    )
    found = find_candidates(words, tiny(), replace(SCENARIO, minimum_confidence=0.0))
    offered = found.flows.offered.set_index("material_id")["confidence"]
    odds = offered["sea_sand"] / (1 - offered["sea_sand"])
    constant, slope = READING
    expected = 1 / (1 + np.exp(-constant) * odds**-slope)
    assert found.legs["confidence"].tolist() == pytest.approx([expected], abs=5e-4)


@pytest.mark.parametrize(
    ("said", "share"), [("sable de mer neuf", EXACTING_SHARE), ("sable de mer neuf ou recyclé", 1.0), ("sable de mer", 1.0)]
)
def test_what_is_remarked_about_a_reading_counts_where_the_other_side_is_declared_too(said, share):
    words = territory(
        outputs="output_id, material_id, quantity\nO1, sea_sand, 10\n",
        needs=f"need_id, description, quantity\nN1, {said}, 10\n",
    )
    found = find_candidates(words, tiny(), replace(SCENARIO, minimum_confidence=0.0))
    wanted = found.flows.wanted.set_index("target_id")["confidence"]["sea_sand"] * share
    constant, slope = READING
    expected = 1 / (1 + np.exp(-constant) * (1 / wanted - 1) ** slope)
    assert found.legs["confidence"].tolist() == pytest.approx([expected], abs=5e-4)
