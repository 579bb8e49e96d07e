"""Chains from materials to needs, on a handmade catalogue and on the shipped one."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from symbiosis.pathways import closure, pathways, steps


def small_catalogue() -> SimpleNamespace:
    """Wood: pallets are shredded, shreds burn; the ash of the boiler goes to the road; painted wood may not burn."""
    materials = pd.DataFrame(
        [
            ("wood", "", "material"),
            ("wood_packaging", "wood", "material"),
            ("pallets", "wood_packaging", "material"),
            ("painted_pallets", "pallets", "material"),
            ("shred", "wood", "material"),
            ("ash", "", "material"),
            ("glue", "", "material"),
            ("steam", "", "energy"),
        ],
        columns=["material_id", "broader_id", "family"],
    ).set_index("material_id")
    uses = pd.DataFrame(
        [("boiler_fuel", "other_recovery"), ("road_base", "recycling"), ("stove_fuel", "other_recovery")],
        columns=["use_id", "rung"],
    ).set_index("use_id")
    use_materials = pd.DataFrame(
        [
            ("boiler_fuel", "shred", 1.0, 0.9),
            ("road_base", "ash", 0.8, 0.5),
            ("stove_fuel", "wood", 1.0, 0.4),
            ("stove_fuel", "pallets", 1.0, 0.7),
            ("stove_fuel", "painted_pallets", 1.0, 0.0),
        ],
        columns=["use_id", "material_id", "substitution_ratio", "fit_share"],
    )
    processes = pd.DataFrame(
        [("shredding", "recycling"), ("burning", "other_recovery")], columns=["process_id", "rung"]
    ).set_index("process_id")
    process_flows = pd.DataFrame(
        [
            ("shredding", "input", "wood_packaging", 1.0, True, False),
            ("shredding", "output", "shred", 0.95, True, False),
            ("burning", "input", "shred", 0.98, False, False),
            ("burning", "input", "glue", 0.02, False, False),
            ("burning", "output", "steam", 3.0, True, False),
            ("burning", "output", "ash", 0.02, True, True),
        ],
        columns=["process_id", "direction", "material_id", "share", "is_substitutable", "is_residue"],
    )
    return SimpleNamespace(
        materials=materials,
        uses=uses,
        use_materials=use_materials,
        processes=processes,
        process_flows=process_flows,
        memory={},
    )


@pytest.fixture
def chains() -> pd.DataFrame:
    return pathways(small_catalogue())


def pick(chains: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    for column, value in wanted.items():
        chains = chains[chains[column] == value]
    return chains


def test_closure_holds_every_broader_material_with_its_depth() -> None:
    rows = closure(small_catalogue().materials)
    depth = rows[rows["material_id"] == "painted_pallets"].set_index("ancestor_id")["depth"]
    assert depth.to_dict() == {"painted_pallets": 0, "pallets": 1, "wood_packaging": 2, "wood": 3}


def test_closure_refuses_a_loop() -> None:
    materials = small_catalogue().materials
    materials.loc["wood", "broader_id"] = "pallets"
    with pytest.raises(ValueError, match="loop"):
        closure(materials)


def test_a_material_serves_who_asks_for_it_or_for_a_broader_one_never_for_a_narrower_one(chains: pd.DataFrame) -> None:
    direct = pick(chains, material_id="pallets", target_kind="material", process_1="")
    assert set(direct["target_id"]) == {"pallets", "wood_packaging", "wood"}


def test_one_process_links_pallets_to_the_boiler_with_its_yield(chains: pd.DataFrame) -> None:
    (row,) = pick(chains, material_id="pallets", target_id="boiler_fuel").to_dict("records")
    assert (row["process_1"], row["product_1"], row["process_2"]) == ("shredding", "shred", "")
    assert (row["yield_share"], row["fit_share"], row["rung"]) == (0.95, 0.9, "other_recovery")


def test_two_processes_and_a_residue_reach_the_road(chains: pd.DataFrame) -> None:
    (row,) = pick(chains, material_id="pallets", target_id="road_base").to_dict("records")
    assert [row[c] for c in ("process_1", "product_1", "process_2", "product_2")] == [
        "shredding", "shred", "burning", "ash",
    ]  # fmt: skip
    assert row["is_residue"]
    assert row["yield_share"] == pytest.approx(0.95 * 0.02)
    assert row["substitution_ratio"] == 0.8


@pytest.mark.parametrize(("longest", "reached"), [(0, False), (1, False), (2, True)])
def test_the_longest_chain_is_respected(longest: int, reached: bool) -> None:
    chains = pathways(small_catalogue(), longest)
    assert ("road_base" in set(pick(chains, material_id="pallets")["target_id"])) is reached


@pytest.mark.parametrize("longest", [0, 1, 2])
def test_the_chains_of_a_few_materials_are_those_of_the_whole_table_known_before_or_not(longest: int) -> None:
    begin = ["pallets", "sawdust"]
    alone, known = small_catalogue(), small_catalogue()
    pathways(known)
    everything = pathways(small_catalogue(), longest)
    expected = everything[everything["material_id"].isin(begin)].reset_index(drop=True)
    assert len(expected)
    for some in (pathways(alone, longest, begin), pathways(known, longest, begin)):
        pd.testing.assert_frame_equal(some.reset_index(drop=True), expected)


def test_the_nearest_row_decides_and_a_fit_of_zero_forbids(chains: pd.DataFrame) -> None:
    stove = pick(chains, target_id="stove_fuel", process_1="").set_index("material_id")["fit_share"]
    assert stove["wood_packaging"] == 0.4
    assert stove["pallets"] == 0.7
    assert "painted_pallets" not in stove.index


def test_an_auxiliary_input_does_not_become_the_product(chains: pd.DataFrame) -> None:
    assert set(pick(chains, material_id="glue")["target_id"]) == {"glue"}
    assert set(steps(small_catalogue())["material_id"]) >= {"shred", "painted_pallets"}


def test_no_chain_returns_to_what_it_left(chains: pd.DataFrame) -> None:
    shredded = pick(chains, material_id="pallets", process_1="shredding", target_kind="material")
    assert "wood" not in set(shredded["target_id"])
    assert not (chains["product_1"] == chains["material_id"]).any()
    assert not chains.duplicated().any()


def test_more_than_two_processes_are_refused() -> None:
    with pytest.raises(ValueError, match="max_processes"):
        pathways(small_catalogue(), 3)


def test_the_order_of_the_rows_changes_nothing(chains: pd.DataFrame) -> None:
    catalogue = small_catalogue()
    catalogue.materials = catalogue.materials[::-1]
    catalogue.use_materials = catalogue.use_materials[::-1].reset_index(drop=True)
    catalogue.process_flows = catalogue.process_flows[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(pathways(catalogue), chains)


def test_a_lesser_grade_meets_part_of_a_need_for_the_broader_material_and_all_of_one_for_itself() -> None:
    catalogue = small_catalogue()
    shares = {"pallets": 0.5, "wood_packaging": 0.8}
    catalogue.materials["broader_fit_share"] = catalogue.materials.index.map(shares)
    found = pathways(catalogue, 0)
    asked = found[(found["material_id"] == "pallets") & (found["target_kind"] == "material")].set_index("target_id")[
        "fit_share"
    ]
    assert asked.to_dict() == {"pallets": 1.0, "wood_packaging": 0.5, "wood": 0.4}


def test_a_sorting_makes_no_kind_out_of_another() -> None:
    catalogue = small_catalogue()
    kinds = [("batteries", "", "material"), ("lead", "batteries", "material"), ("lithium", "batteries", "material")]
    more = pd.DataFrame(kinds, columns=["material_id", "broader_id", "family"]).set_index("material_id")
    flows = [("sorting", "input", "batteries"), *(("sorting", "output", kind) for kind in ("lead", "lithium", "ash"))]
    rows = pd.DataFrame(flows, columns=["process_id", "direction", "material_id"])
    catalogue.materials = pd.concat([catalogue.materials, more])
    catalogue.process_flows = pd.concat(
        [catalogue.process_flows, rows.assign(share=0.5, is_substitutable=True, is_residue=False)], ignore_index=True
    )
    made = steps(catalogue).query("process == 'sorting'").groupby("material_id")["product"].agg(set).to_dict()
    assert made["batteries"] == {"lead", "lithium", "ash"}
    assert made["lithium"] == made["lead"] == {"ash"}
