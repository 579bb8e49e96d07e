"""Strength of a pair: what may be meant × what the catalogue links, over how general the need is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from symbiosis.affinity import CEILING, OBSCURE, POOL, POOL_EXPONENT, Links, affinity, confidence, links, strengths, ways
from symbiosis.meanings import (
    BARE_SHARE,
    EXACTING_SHARE,
    MEANINGS,
    NAMED_SHARE,
    NEED_EXPONENT,
    WARNED_SHARE,
    kept_of_needs,
    meanings,
    stated_codes,
    wanted_meanings,
)


def small_catalogue() -> SimpleNamespace:
    """Ash sets cement and fills roads; pallets are shredded and burn; nearly everything fills a road."""
    materials = pd.DataFrame(
        [("ash", "", "material"), ("fly_ash", "ash", "material"), ("pallets", "", "material"), ("shred", "", "material"),
         ("soil", "", "material")],
        columns=["material_id", "broader_id", "family"],
    )  # fmt: skip
    uses = pd.DataFrame([("cement", "recycling"), ("road", "recycling"), ("boiler", "other_recovery")],
                        columns=["use_id", "rung"])  # fmt: skip
    accepted = [("cement", "fly_ash"), ("road", "ash"), ("road", "soil"), ("road", "pallets"), ("boiler", "shred")]
    return SimpleNamespace(
        materials=materials.set_index("material_id"),
        uses=uses.set_index("use_id"),
        use_materials=pd.DataFrame(accepted, columns=["use_id", "material_id"]).assign(substitution_ratio=1.0, fit_share=0.8),
        processes=pd.DataFrame([("shredding", "recycling")], columns=["process_id", "rung"]).set_index("process_id"),
        process_flows=pd.DataFrame(
            [("shredding", "input", "pallets", 1.0, True, False), ("shredding", "output", "shred", 0.9, True, False)],
            columns=["process_id", "direction", "material_id", "share", "is_substitutable", "is_residue"],
        ),
        waste_codes=pd.DataFrame(index=pd.Index(["100102", "150103"], name="waste_code")),
        memory={},
    )


@pytest.fixture
def known() -> Links:
    return links(small_catalogue())


def said(*rows: tuple[str, str, str, float], flags: str = "") -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["flow_id", "target_kind", "target_id", "confidence"])
    return table.assign(flags=flags)


def strength(known: Links, offered: pd.DataFrame, wanted: pd.DataFrame) -> float:
    return float(affinity(offered, wanted, known, pd.DataFrame({"output_id": ["o"], "need_id": ["n"]}))["strength"].iloc[0])


def test_every_way_to_serve_is_told_apart() -> None:
    found = ways(small_catalogue()).set_index(["material_id", "target_kind", "target_id"])["way"]
    assert found["fly_ash", "material", "fly_ash"] == "same"
    assert found["fly_ash", "material", "ash"] == "broader"
    assert found["ash", "material", "fly_ash"] == "narrower"
    assert found["fly_ash", "use", "road"] == "use"
    assert found["pallets", "use", "boiler"] == "use_1"
    assert found["pallets", "material", "shred"] == "material_1"


def test_a_direct_use_outweighs_one_behind_a_process(known: Links) -> None:
    boiler = said(("n", "use", "boiler", 0.9))
    direct = strength(known, said(("o", "material", "shred", 0.9)), boiler)
    behind = strength(known, said(("o", "material", "pallets", 0.9)), boiler)
    assert direct > behind > strength(known, said(("o", "material", "soil", 0.9)), boiler)


def test_a_need_that_little_serves_is_worth_more_than_one_that_everything_serves(known: Links) -> None:
    ash = said(("o", "material", "fly_ash", 0.9))
    assert strength(known, ash, said(("n", "use", "cement", 0.9))) > strength(known, ash, said(("n", "use", "road", 0.9)))


def invented(weight: list[list[float]], direct: list[list[float]]) -> Links:
    """Two outputs, a use and a material that is asked for, none more general than the other."""
    sources, targets = pd.Index(["material:a", "material:b"]), pd.Index(["use:one", "material:two"])
    return Links(sources, targets, sp.csr_array(np.array(weight)), sp.csr_array(np.array(direct)), np.zeros(2))


def test_one_direct_use_outweighs_as_much_in_detours() -> None:
    known = invented([[2.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 0.0]])
    direct, detours = strengths(sp.csr_array(np.eye(2)), sp.csr_array(np.ones((1, 2))), known).ravel()
    assert direct > detours


def test_a_makeshift_of_one_need_does_not_pass_what_another_was_made_for() -> None:
    known = invented([[1.0, 1.0], [4.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])
    both = sp.csr_array(np.eye(2))
    assert known.ceiling(both) == pytest.approx([4.0, 1.0]), "the second output suits the first need four times as well"
    makeshift, made_for = strengths(both[:1], both, known).ravel()
    assert makeshift / made_for == pytest.approx(((1.0 + OBSCURE) / (4.0 + OBSCURE)) ** CEILING)


def test_a_need_for_the_new_article_keeps_part_of_its_meaning(known: Links) -> None:
    rows = said(("n", "material", "fly_ash", 0.9))
    plain = meanings(rows, pd.Index(["n"]), known.targets)
    exacting = meanings(rows.assign(flags="negated;exacting"), pd.Index(["n"]), known.targets)
    assert exacting.sum() == pytest.approx(EXACTING_SHARE * plain.sum())
    warned = meanings(rows.assign(flags="warned"), pd.Index(["n"]), known.targets)
    assert warned.sum() == pytest.approx(WARNED_SHARE * plain.sum())
    bare = meanings(rows.assign(flags="bare"), pd.Index(["n"]), known.targets)
    assert bare.sum() == pytest.approx(BARE_SHARE * plain.sum())


@pytest.mark.parametrize(
    ("of_material", "of_use", "left_of_material", "left_of_use"),
    [(0.97, 0.5, 1.0, NAMED_SHARE), (0.5, 0.97, NAMED_SHARE, 1.0), (0.9, 0.5, 1.0, 1.0), (0.97, 0.97, 1.0, 1.0)],
)
def test_who_names_a_material_leaves_the_uses_behind_that_the_same_words_recall_and_the_other_way_round(
    known: Links, of_material: float, of_use: float, left_of_material: float, left_of_use: float
) -> None:
    rows = said(("n", "material", "fly_ash", of_material), ("n", "use", "cement", of_use))
    heard = wanted_meanings(rows, pd.Index(["n"]), known.targets).toarray()[0]
    assert heard[known.targets.get_loc("use:cement")] == pytest.approx(left_of_use * of_use**NEED_EXPONENT)
    assert heard[known.targets.get_loc("material:fly_ash")] == pytest.approx(left_of_material * of_material**NEED_EXPONENT)
    assert kept_of_needs(rows).tolist() == [left_of_material, left_of_use]


def test_the_best_meaning_counts_in_full_and_the_others_give_way(known: Links) -> None:
    rows = said(("o", "material", "ash", 0.8), ("o", "material", "soil", 0.4))
    found = meanings(rows, pd.Index(["o"]), known.sources).toarray()[0]
    assert found[known.sources.get_loc("material:ash")] == pytest.approx(0.8)
    assert found[known.sources.get_loc("material:soil")] == pytest.approx(0.2)
    many = said(*(("o", "material", m, 0.5) for m in ("ash", "fly_ash", "pallets", "shred", "soil")))
    assert meanings(many, pd.Index(["o"]), known.sources).nnz == MEANINGS


def test_a_weak_reading_of_a_need_comes_nearer_to_the_sure_one(known: Links) -> None:
    rows = said(("n", "material", "ash", 0.8), ("n", "material", "soil", 0.2))
    told, asked = (read(rows, pd.Index(["n"]), known.targets).toarray()[0] for read in (meanings, wanted_meanings))
    sure, weak = (known.targets.get_loc(f"material:{name}") for name in ("ash", "soil"))
    assert asked[sure] > asked[weak] > 0
    assert asked[weak] / asked[sure] > told[weak] / told[sure]


def test_codes_of_one_subchapter_speak_for_a_pair(known: Links) -> None:
    have = pd.DataFrame({"waste_code": ["15 01 03", ""]}, index=["o", "p"])
    want = pd.DataFrame({"waste_codes_accepted": ["150101; 15 01 03"]}, index=["n"])
    offered, wanted = stated_codes(have), stated_codes(want)
    assert offered["target_id"].tolist() == ["1501"] == wanted["target_id"].tolist()
    pairs = pd.DataFrame({"output_id": ["o", "p"], "need_id": ["n", "n"]})
    with_code, without = affinity(offered, wanted, known, pairs)["strength"]
    assert with_code > without


def test_chosen_pairs_and_all_pairs_have_the_same_strength(known: Links) -> None:
    generator = np.random.default_rng(3)
    offered, wanted = (
        meanings(
            said(*((f"f{i}", *label.split(":"), value) for i in range(20) for label, value in
                   zip(generator.choice(index, 3, replace=False), generator.random(3), strict=True))),
            pd.Index([f"f{i}" for i in range(20)]), index,
        )
        for index in (known.sources, known.targets)
    )  # fmt: skip
    table = strengths(offered, wanted, known)
    row, column = np.divmod(np.arange(400), 20)
    np.testing.assert_allclose(strengths(offered, wanted, known, (row, column)), table.ravel())


def test_frames_in_another_order_give_the_same_pairs(known: Links) -> None:
    offered = said(("b", "material", "ash", 0.7), ("a", "material", "pallets", 0.6), ("a", "material", "soil", 0.6))
    wanted = said(("n", "use", "road", 0.5), ("m", "use", "boiler", 0.5))
    pd.testing.assert_frame_equal(affinity(offered, wanted, known), affinity(offered[::-1], wanted[::-1], known))


def test_of_more_needs_more_look_right_by_accident() -> None:
    among = [float(confidence(np.array(1.0), needs)) for needs in (40, POOL, 400)]
    assert among[0] > among[1] > among[2]
    assert among[1] == float(confidence(np.array(1.0)))
    assert float(confidence(np.array(1.0), 1)) == among[0], "of one need alone nothing was measured"
    odds = [one / (1 - one) for one in among]
    assert odds[1] / odds[2] == pytest.approx((400 / POOL) ** POOL_EXPONENT)


def test_confidence_grows_with_strength_and_stays_a_share() -> None:
    shown = confidence(np.array([1e-3, 0.1, 1.0, 10.0, 1e4]))
    assert (np.diff(shown) > 0).all()
    assert ((shown > 0) & (shown < 1)).all()
