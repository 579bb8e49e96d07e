"""Words, codes and activities to materials and uses, on a handmade catalogue and on the shipped one."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Literal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from symbiosis.io.catalogue import read_catalogue
from symbiosis.resolver import Resolver, digits
from symbiosis.resolver.plants import Plants
from symbiosis.resolver.spelling import Spelling
from symbiosis.resolver.vocabulary import Stems, nearness
from symbiosis.resolver.words import generic, plain, read_words

MATERIALS = {
    # material: family, broader, French name, English name, further names, codes
    "slag": ("material", "", "laitier de haut fourneau", "blast furnace slag", ["laitier BF", "BF slag"], ["100202"]),
    "milk": ("material", "", "lait", "milk", ["lait écrémé", "skimmed milk"], ["020501"]),
    "caustic_soda": ("material", "", "hydroxyde de sodium", "sodium hydroxide", ["soude", "NaOH", "caustic soda"],
                     ["060204"]),
    "steel_bars": ("material", "steel", "barres d'acier", "steel bars", ["chutes de barres"], ["120101"]),
    "steel_chips": ("material", "steel", "copeaux d'acier", "steel chips", ["tournures d'acier", "turnings"],
                    ["120101"]),
    "steel": ("material", "", "acier", "steel", ["ferraille", "scrap steel"], ["170405"]),
    "wood_clean": ("material", "wood", "bois non traité", "untreated wood", ["clean wood"], ["030105"]),
    "wood_treated": ("material", "wood", "bois traité", "treated wood", ["bois peint", "painted wood"], ["170204"]),
    "wood": ("material", "", "bois", "wood", [], ["170201"]),
    "pallets": ("material", "wood", "palettes usagées", "used pallets", ["palettes cassées", "broken pallets"],
                ["150103"]),
    "mixed": ("material", "", "déchets d'activités en mélange", "mixed commercial waste", ["DIB", "déchets banals"],
              []),
    "hot_water": ("energy", "", "eau chaude", "hot water", ["chaleur basse température"], []),
    "sawdust": ("material", "wood", "sciure", "sawdust", [], ["030105"]),
    "hcl": ("material", "", "acide chlorhydrique", "hydrochloric acid", ["HCl"], ["060102"]),
}  # fmt: skip
USES = {
    "boiler_fuel": ("combustible pour chaudière", "boiler fuel", ["chauffage au bois"]),
    "panel_wood": ("panneaux de particules", "particle board", ["fabrication de panneaux"]),
    "pickling": ("décapage de l'acier", "steel pickling", ["bain de décapage"]),
}
CODES = {
    "100202": ("laitiers non traités", "unprocessed slag"),
    "020501": ("matières impropres à la consommation", "materials unsuitable for consumption"),
    "060204": ("hydroxyde de sodium et hydroxyde de potassium", "sodium and potassium hydroxide"),
    "120101": ("limaille et chutes de métaux ferreux", "ferrous metal filings and turnings"),
    "150103": ("emballages en bois", "wooden packaging"),
    "170405": ("fer et acier", "iron and steel"),
    "200301": ("déchets municipaux en mélange", "mixed municipal waste"),
}


def small_catalogue() -> SimpleNamespace:
    materials = pd.DataFrame(
        [(m, family, broader, fr, en) for m, (family, broader, fr, en, _, _) in MATERIALS.items()],
        columns=["material_id", "family", "broader_id", "name_fr", "name_en"],
    ).set_index("material_id")
    uses = pd.DataFrame([(u, fr, en) for u, (fr, en, _) in USES.items()], columns=["use_id", "name_fr", "name_en"])
    english = {"BF slag", "skimmed milk", "caustic soda", "turnings", "scrap steel", "clean wood", "painted wood",
               "broken pallets"}  # fmt: skip
    return SimpleNamespace(
        materials=materials,
        material_names=pd.DataFrame(
            [(m, "en" if n in english else "fr", n) for m, row in MATERIALS.items() for n in row[4]],
            columns=["material_id", "language", "name"],
        ),
        material_codes=pd.DataFrame(
            [(m, code) for m, row in MATERIALS.items() for code in row[5]], columns=["material_id", "waste_code"]
        ),
        uses=uses.set_index("use_id"),
        use_names=pd.DataFrame(
            [(u, "fr", n) for u, row in USES.items() for n in row[2]], columns=["use_id", "language", "name"]
        ),
        use_materials=pd.DataFrame(
            [("boiler_fuel", "wood_clean", 0.9), ("panel_wood", "wood", 0.8), ("pickling", "hcl", 0.9)],
            columns=["use_id", "material_id", "fit_share"],
        ),
        plants=pd.DataFrame(
            [("board_mill", "usine de panneaux", "board mill", ("panneautier",), ("panel factory",), ("16.21",))],
            columns=["plant_id", "name_fr", "name_en", "synonyms_fr", "synonyms_en", "activities"],
        ).set_index("plant_id"),
        plant_uses=pd.DataFrame([("board_mill", "panel_wood", 1.0)], columns=["plant_id", "use_id", "share"]),
        waste_codes=pd.DataFrame(
            [(code, fr, en) for code, (fr, en) in CODES.items()],
            columns=["waste_code", "designation_fr", "designation_en"],
        ).set_index("waste_code"),
        memory={},
    )


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver.of(small_catalogue())


def flows(*texts: str, **columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"description": list(texts), **columns}, index=[f"f{i}" for i in range(len(texts))])


def tops(resolver: Resolver, *texts: str, kind: str = "material", **columns: list[object]) -> list[str]:
    targets = "materials" if kind == "material" else "materials+uses"
    rows = resolver.resolve(flows(*texts, **columns), targets=targets)
    first = rows[rows["target_kind"] == kind].drop_duplicates("flow_id").set_index("flow_id")["target_id"]
    return [first.get(f"f{i}", "") for i in range(len(texts))]


@pytest.mark.parametrize("text", ["soude", "NaOH", "SOUDE", "Sodium hydroxide", "hydroxyde de sodium", "caustic soda 30 %"])
def test_synonyms_and_formulas_of_both_languages_meet_in_one_material(resolver: Resolver, text: str) -> None:
    assert tops(resolver, text) == ["caustic_soda"]


def test_slag_is_no_milk_in_french(resolver: Resolver) -> None:
    assert tops(resolver, "laitier", "laitiers granulés", "lait", "laits périmés") == ["slag", "slag", "milk", "milk"]
    rows = resolver.resolve(flows("laitier"))
    assert "milk" not in set(rows["target_id"])


def test_bars_are_no_chips(resolver: Resolver) -> None:
    assert tops(resolver, "steel bars", "steel chips", "barres en acier", "copeaux acier") == [
        "steel_bars", "steel_chips", "steel_bars", "steel_chips",
    ]  # fmt: skip


def test_typos_capitals_and_missing_accents_cost_nothing(resolver: Resolver) -> None:
    texts = ("PALETTES CASSEES", "pallettes cassees", "Palettes cassée", "hydroxyde de sodum", "hydrocloric acid")
    assert tops(resolver, *texts) == ["pallets", "pallets", "pallets", "caustic_soda", "hcl"]


def test_a_word_that_the_catalogue_knows_is_no_typo_of_another() -> None:
    near = nearness(["bars"], ["bars", "bark", "barks"], Stems()).toarray()
    assert (near > 0).tolist() == [[True, False, False]]


def test_a_plant_that_is_named_speaks_for_its_uses_though_nothing_says_them(resolver: Resolver) -> None:
    assert tops(resolver, "panneautier de la vallée", "panel factory", kind="use") == ["panel_wood", "panel_wood"]


def test_a_plant_speaks_by_its_name_or_faintly_by_its_activity_and_less_when_they_disagree() -> None:
    catalogue = small_catalogue()
    known = Plants(catalogue, Stems(), pd.Index(sorted(catalogue.uses.index)))
    texts, codes = ["board mill", "board mill", "nothing", "nothing"], ["", "2410", "1621", "2410"]
    evidence = known.evidence(texts, codes, frozenset(), frozenset())
    panel = evidence[:, sorted(catalogue.uses.index).index("panel_wood")]
    assert panel[0] == 1 > panel[1] > panel[2] > panel[3] == 0
    assert evidence.sum(axis=1) == pytest.approx(panel), "of its own uses alone"


def test_what_a_maker_makes_is_not_what_it_needs(resolver: Resolver) -> None:
    made, bought = (
        resolver.resolve(flows(text), targets="materials+uses").set_index("target_id").at["caustic_soda", "confidence"]
        for text in ("caustic soda producer, steel chips", "caustic soda, steel chips")
    )
    assert made < bought
    leaving = [resolver.resolve(flows(text)).iloc[0]["target_id"] for text in ("caustic soda maker", "fabricant de soude")]
    assert leaving == ["caustic_soda", "caustic_soda"]


@pytest.mark.parametrize(
    ("text", "is_warned"),
    [
        ("bois de contenu inconnu", True),
        ("steel bars, radioactive", True),
        ("steel bars, PCB", True),
        ("lait, lot sinistré", True),
        ("bois sans amiante", False),
        ("asbestos-free steel bars", False),
        ("steel bars", False),
    ],
)
def test_a_reading_that_leaves_out_a_warning_says_so(resolver: Resolver, text: str, is_warned: bool) -> None:
    flags = resolver.resolve(flows(text)).iloc[0]["flags"].split(";")
    assert ("warned" in flags) is is_warned


def test_a_limit_said_in_words_is_no_matter() -> None:
    assert [word.key for word in read_words("brûleur, soufre toléré 1 %")] == ["bruleur"]
    assert "oil" not in [word.key for word in read_words("fines, oil below 0.5")]


def test_covered_says_what_covers_only_before_it() -> None:
    assert ("couverte", "main") in [(word.key, word.place) for word in read_words("surface couverte, 500 m²")]
    painted = [(word.key, word.place) for word in read_words("tôle couverte de peinture")]
    assert painted == [("tole", "main"), ("peinture", "with")]


def test_a_stated_temperature_or_pressure_is_a_word_of_its_band() -> None:
    def bands(text: str) -> list[tuple[str, str]]:
        return [(word.key, word.surface) for word in read_words(text) if word.key[:2] in ("tc", "pb")]

    assert bands("eau à 32°") == [("tc1", "32°")]
    assert [key for key, _ in bands("froid à 7 °C; 95C; ORC >250 °C")] == ["tc0", "tc2", "tc3"]
    assert [key for key, _ in bands("moins de 5 bar; 8 bars; 40 bar")] == ["pb0", "pb1", "pb2"]
    assert bands("vitamine C, 25 % C, cours 3 C&D, barres de 6 m") == []


def test_heat_at_two_temperatures_is_not_the_same_heat(shipped: Resolver) -> None:
    assert tops(shipped, "vapeur à 3,5 bar", "steam at 14 bars", "vapeur 45 bar") == [
        f"steam_{height}_pressure" for height in ("low", "medium", "high")
    ]


def test_negation_turns_the_meaning(resolver: Resolver) -> None:
    rows = resolver.resolve(flows("bois non traité", "bois traité", "bois sans peinture"))
    first = rows[rows["rank"] == 1].set_index("flow_id")
    assert first.loc["f0", "target_id"] == "wood_clean"
    assert first.loc["f1", "target_id"] == "wood_treated"
    assert "negated" in first.loc["f0", "flags"]
    assert "negated" not in first.loc["f1", "flags"]
    assert not ((rows["flow_id"] == "f2") & (rows["target_id"] == "wood_treated") & (rows["rank"] == 1)).any()


def test_the_head_of_a_phrase_outweighs_its_qualifiers(resolver: Resolver) -> None:
    assert tops(resolver, "sciure de bois", "bois en sciure") == ["sawdust", "sawdust"]
    assert next(w.key for w in read_words("laitier de haut fourneau", language="fr") if w.is_head) == "laitier"
    assert next(w.key for w in read_words("blast furnace slag from steel making", language="en") if w.is_head) == "slag"


def test_what_it_is_for_says_the_use_and_not_the_material(resolver: Resolver) -> None:
    text = "acide chlorhydrique pour décapage de l'acier"
    assert tops(resolver, text) == ["hcl"]
    assert tops(resolver, text, kind="use") == ["pickling"]


def test_compounds_are_joined_and_split(resolver: Resolver) -> None:
    assert tops(resolver, "saw dust") == ["sawdust"]


def test_words_that_share_only_pieces_are_near_and_a_maker_is_no_product() -> None:
    words = ["sulphates", "sulphur", "produce", "poultry"]
    spelling = Spelling(sp.csr_array(np.eye(4)), words, np.arange(4))
    near = spelling.score(sp.csr_array(np.eye(2)), ["hydrosulphate", "!poultry"])
    assert near[0].argmax() == 0
    assert near[0, 1] < near[0, 0] < 1
    assert not near[1].any()
    assert generic("producer")


def test_the_words_that_decided_are_shown_as_they_were_written(resolver: Resolver) -> None:
    rows = resolver.resolve(flows("Palettes CASSÉES (lot du mardi)"))
    assert set(rows.loc[0, "words"].split(";")) == {"Palettes", "CASSÉES"}


def test_a_code_that_contradicts_the_words_is_flagged_and_does_not_win(resolver: Resolver) -> None:
    rows = resolver.resolve(flows("palettes cassées", "palettes cassées", waste_code=["06 02 04*", "15 01 03"]))
    first = rows[rows["rank"] == 1].set_index("flow_id")
    assert list(first["target_id"]) == ["pallets", "pallets"]
    assert first.loc["f0", "flags"] == "code_contradicts_words"
    assert first.loc["f1", "flags"] == ""
    assert first.loc["f0", "confidence"] < first.loc["f1", "confidence"]


def test_a_code_alone_says_little_and_says_so(resolver: Resolver) -> None:
    rows = resolver.resolve(flows("xxxx", waste_code=["150103"]))
    assert rows.loc[0, "target_id"] == "pallets"
    assert rows.loc[0, "flags"] == "code_only"
    assert rows.loc[0, "words"] == ""
    assert rows.loc[0, "confidence"] < 0.5


def test_mixed_waste_is_accepted_as_words_and_its_code_is_never_inferred(resolver: Resolver) -> None:
    assert tops(resolver, "DIB") == ["mixed"]
    assert "waste_code" not in resolver.resolve(flows("DIB"))


def test_a_declared_material_is_certain_and_alone(resolver: Resolver) -> None:
    rows = resolver.resolve(flows("lait", "lait", material_id=["slag", ""]))
    declared = rows[rows["flow_id"] == "f0"]
    assert declared[["target_id", "confidence", "flags"]].to_numpy().tolist() == [["slag", 1.0, "declared"]]
    assert set(rows.loc[rows["flow_id"] == "f1", "target_id"]) == {"milk"}


def test_a_text_that_says_nothing_known_has_no_row(resolver: Resolver) -> None:
    assert resolver.resolve(flows("qwzx 12", "", "   ")).empty
    assert resolver.resolve(flows()).empty


def test_confidence_lies_between_zero_and_one_and_falls_with_the_rank(resolver: Resolver) -> None:
    rows = resolver.resolve(flows("acier", "bois", "chutes de bois et de ferraille", "acid"), targets="materials+uses")
    assert rows["confidence"].between(0, 1).all()
    assert (rows.groupby("flow_id")["confidence"].diff().dropna() <= 1e-9).all()
    assert (rows.groupby("flow_id").cumcount() + 1 == rows["rank"]).all()


def test_order_of_flows_and_of_catalogue_rows_changes_nothing() -> None:
    texts = ["bois peint", "soude", "copeaux acier", "lait", "combustible chaudière"]
    asked = flows(*texts)
    catalogue, turned = small_catalogue(), small_catalogue()
    for name in ("materials", "uses", "waste_codes"):
        setattr(turned, name, getattr(turned, name)[::-1])
    for name in ("material_names", "material_codes", "use_names", "use_materials"):
        setattr(turned, name, getattr(turned, name)[::-1].reset_index(drop=True))
    expected = Resolver(catalogue).resolve(asked, targets="materials+uses")
    pd.testing.assert_frame_equal(Resolver(turned).resolve(asked[::-1], targets="materials+uses"), expected)


def test_a_flow_is_resolved_alike_alone_and_in_company(resolver: Resolver) -> None:
    many = resolver.resolve(flows("bois peint", "soude", "laitier BF granulé", "turnings"))
    for i, text in enumerate(["bois peint", "soude", "laitier BF granulé", "turnings"]):
        alone = resolver.resolve(flows(text)).drop(columns="flow_id")
        pd.testing.assert_frame_equal(many[many["flow_id"] == f"f{i}"].drop(columns="flow_id").reset_index(drop=True), alone)


def test_the_same_description_is_resolved_once_for_any_number_of_flows(resolver: Resolver) -> None:
    rows = resolver.resolve(pd.DataFrame({"description": ["soude"] * 5000}, index=np.arange(5000)))
    assert rows["flow_id"].nunique() == 5000
    assert rows.drop(columns="flow_id").drop_duplicates().shape[0] == rows["rank"].max()


def test_suggested_codes_have_a_reason_and_ignore_the_declared_code(resolver: Resolver) -> None:
    rows = resolver.suggest_codes(flows("palettes cassées", "fer", waste_code=["060204", ""]))
    first = rows.drop_duplicates("flow_id").set_index("flow_id")
    assert first.loc["f0", "waste_code"] == "150103"
    assert first.loc["f0", "reason"].startswith("material:pallets")
    assert first.loc["f1", "waste_code"] == "170405"
    assert "designation" in first.loc["f1", "reason"]
    assert "060204" not in set(rows.loc[rows["flow_id"] == "f0", "waste_code"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("17 02 01", "170201"), ("17.02.04*", "170204"), ("1702", ""), ("", ""), ("170201", "170201")],
)
def test_codes_are_read_however_they_are_written(text: str, expected: str) -> None:
    assert digits(text) == expected


def test_plain_text_has_no_accent_and_no_ligature() -> None:
    assert plain("Œufs Bœuf HACHÉ à l’ancienne") == "oeufs boeuf hache a l’ancienne"


@pytest.fixture(scope="module")
def shipped() -> Resolver:
    return Resolver.of(read_catalogue())


def test_no_code_is_suggested_before_it_is_valid_nor_after_its_end(shipped: Resolver) -> None:
    codes = shipped.catalogue.waste_codes
    batteries = flows("batteries au lithium usagées", "piles et accumulateurs en mélange, collectés en déchèterie")
    found = {on: set(shipped.suggest_codes(batteries, on=on)["waste_code"]) for on in (date(2026, 12, 8), date(2026, 12, 9))}
    before, after = found.values()
    assert before
    assert after
    assert not (codes.loc[sorted(before), "valid_from"] > pd.Timestamp("2026-12-08")).any()
    assert not (codes.loc[sorted(after), "valid_to"] < pd.Timestamp("2026-12-09")).any()
    assert {"200133", "200134"} & before
    assert {"160607", "200143"} & after
    assert set(shipped.suggest_codes(batteries)["waste_code"]) == after


@pytest.mark.parametrize(
    "texts",
    [
        ("soude usée", "NaOH usé", "spent caustic soda", "lessive de soude usagee"),
        ("laitier granulé de haut fourneau", "granulated blast furnace slag", "LAITIER BF GRANULE"),
        ("palettes cassées", "PALETTES CASSEES", "broken pallets", "pallettes cassées"),
        ("farine animale", "meat and bone meal"),
        ("vapeur basse pression", "low pressure steam"),
        ("laine de roche démontée", "removed rock wool"),
        ("peintures acryliques périmées", "expired acrylic paints"),
    ],
)
def test_the_shipped_catalogue_hears_one_material_in_all_the_ways_to_say_it(shipped: Resolver, texts: tuple[str, ...]) -> None:
    assert len(set(tops(shipped, *texts))) == 1


@pytest.mark.parametrize(
    ("text", "targets", "is_bare"),
    [
        ("white spirit", "materials+uses", True),
        ("huile moteur", "materials+uses", True),
        ("white spirit pour traitement de surface", "materials+uses", True),
        ("white spirit for metal treatment", "materials+uses", True),
        ("régénère white spirit usé", "materials+uses", False),
        ("traitement de white spirit", "materials+uses", False),
        ("used engine oil collected", "materials+uses", False),
        ("white spirit", "materials", False),
    ],
)
def test_a_need_for_a_product_is_not_one_for_what_is_left_of_it(
    shipped: Resolver, text: str, targets: Literal["materials", "materials+uses"], is_bare: bool
) -> None:
    rows = shipped.resolve(flows(text), targets=targets)
    best = rows[(rows["target_kind"] == "material")].iloc[0]
    assert best["target_id"] in {"hydrocarbon_solvents_spent", "used_oil"}
    assert ("bare" in best["flags"].split(";")) is is_bare


@pytest.mark.parametrize(("asked", "known"), [("needs", "seeds"), ("producteurs", "projecteurs"), ("fabricant", "fabric")])
def test_a_word_that_says_nothing_is_no_slip_for_one_that_does(asked: str, known: str) -> None:
    assert nearness([asked], [known], Stems()).nnz == 0
    assert nearness([known[:-1] + "x"], [known], Stems()).nnz, "but a slip is one"


def test_a_code_of_letters_and_digits_is_one_word(shipped: Resolver) -> None:
    assert tops(shipped, "recovered R-22 bottles", "R22", "PA-6 regrind") == ["refrigerants", "refrigerants", "polyamide_scrap"]


def test_the_shipped_catalogue_keeps_apart_what_sounds_alike(shipped: Resolver) -> None:
    slag, milk, bars, chips = tops(shipped, "laitier", "lait", "barres d'acier", "copeaux d'acier")
    assert "slag" in slag
    assert slag != milk
    assert bars != chips


def test_one_letter_or_figure_tells_grades_and_categories_apart(shipped: Resolver) -> None:
    assert tops(shipped, "bois A", "bois B", "grade A wood", "class C timber") == [
        "wood_untreated",
        "wood_class_b",
        "wood_untreated",
        "wood_treated_hazardous",
    ]
    assert tops(shipped, "broyat de bois de classe A", "broyat de bois B") == ["wood_packaging_shred", "wood_shred_class_b"]
    assert tops(shipped, "matière de catégorie 3", "category 1 material", "C3") == ["abp_cat3", "abp_cat1_2", "abp_cat3"]
    assert [word.key for word in read_words("BOIS A BRULER")] == ["bois", "bruler"]


def test_every_name_of_the_shipped_catalogue_finds_its_material_among_the_first(shipped: Resolver) -> None:
    names = shipped.material_names.drop_duplicates("name").sort_values(["target_id", "name"])[::9].reset_index(drop=True)
    rows = shipped.resolve(names[["name"]].set_axis(["description"], axis=1))
    right = rows["target_id"].to_numpy() == names["target_id"].to_numpy()[rows["flow_id"].to_numpy()]
    assert right.sum() / len(names) >= 0.97


def test_a_cake_that_poisons_animals_is_no_feed(shipped: Resolver) -> None:
    known = read_catalogue()
    heard = tops(shipped, "castor cake", "tourteau de ricin", "tourteau de jatropha déshuilé", "tourteau de colza")
    assert heard == ["oilseed_meal_inedible"] * 3 + ["oilseed_meal"]
    links = known.use_materials
    uses = set(links.loc[links["material_id"] == "oilseed_meal_inedible", "use_id"])
    assert "organic_fertiliser_manufacture" in uses
    assert not [use for use in uses if "feed" in use.split("_")]
    assert known.materials.at["oilseed_meal_inedible", "broader_id"] == ""
