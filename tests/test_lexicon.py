"""Words that translate each other, learnt from names in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from symbiosis.io.catalogue import read_catalogue
from symbiosis.resolver import Resolver
from symbiosis.resolver.lexicon import Lexicon
from symbiosis.resolver.likelihood import Likelihood
from symbiosis.resolver.vocabulary import Stems
from symbiosis.resolver.words import exacting, read_words

PAIRS = [("cendres de bois", "wood ash"), ("cendres de charbon", "coal ash"), ("bois de palettes", "pallet wood"),
         ("palettes de charbon", "coal pallet"), ("bois", "wood"), ("palettes", "pallet"), ("cendres", "ash")]  # fmt: skip


@pytest.fixture
def lexicon() -> Lexicon:
    stems = Stems()
    names = pd.DataFrame(
        [(f"t{i}", language, True) for i in range(len(PAIRS)) for language in ("fr", "en")],
        columns=["target_id", "language", "is_main"],
    )
    texts = [name for pair in PAIRS for name in pair]
    rows = [(i, stems(word.key)[0]) for i, text in enumerate(texts) for word in read_words(text)]
    return Lexicon(names, pd.DataFrame(rows, columns=["name", "word"]))


def test_words_are_told_apart_by_the_names_that_they_do_not_share(lexicon: Lexicon) -> None:
    vocabulary = ["cendres", "bois", "palettes", "ash", "wood", "pallet", "steel"]
    found = lexicon.between(vocabulary, Stems()).toarray()
    means = {left: [right for j, right in enumerate(vocabulary) if found[i, j] > 0] for i, left in enumerate(vocabulary)}
    assert means == {
        "cendres": ["ash"], "bois": ["wood"], "palettes": ["pallet"],
        "ash": ["cendres"], "wood": ["bois"], "pallet": ["palettes"], "steel": [],
    }  # fmt: skip


def test_a_catalogue_in_one_language_translates_nothing() -> None:
    names = pd.DataFrame([("t", "fr", True)], columns=["target_id", "language", "is_main"])
    empty = Lexicon(names, pd.DataFrame([(0, "f:bois")], columns=["name", "word"]))
    assert empty.between(["bois", "wood"], Stems()).nnz == 0


def test_the_shipped_catalogue_translates_the_words_of_the_trade() -> None:
    index = Resolver.of(read_catalogue()).materials
    assert index._translation is not None
    for french, english in (("boues", "sludge"), ("cendres", "ash"), ("laitier", "slag"), ("sciure", "sawdust")):
        row, column = (index.vocabulary.index(word) for word in (french, english))
        assert index._translation[row, column] > 0.9
    assert index._translation[index.vocabulary.index("laitier"), index.vocabulary.index("milk")] == 0


def places(text: str) -> dict[str, str]:
    return {word.key: word.place for word in read_words(text)}


def test_strengths_sizes_and_limits_are_not_what_a_thing_is() -> None:
    assert set(places("boues de papeterie à 25 % de siccité, Cl < 0,8 %, PCI 16, 50-150 mm")) == {"boues", "papeterie"}
    assert set(places("acide sulfurique 80 % H2SO4")) == {"acide", "sulfurique", "h2so4"}
    assert "n330" in places("noir N330")


def test_what_is_used_today_is_told_apart_from_what_is_wanted() -> None:
    assert places("charge pour briques, actuellement sable")["sable"] == "instead"
    assert places("protein feed instead of soya")["soya"] == "instead"
    assert places("achetons palettes usagées")["palettes"] == "main"


def test_the_end_of_a_life_is_a_condition() -> None:
    assert set(places("réfrigérateurs en fin de vie")) == {"refrigerateurs", "usage"}
    assert set(places("end-of-life refrigerators")) == {"refrigerators", "usage"}


def test_what_is_past_its_date_is_told_from_what_is_near_it() -> None:
    assert "expired" in places("yaourts DLC dépassée")
    assert "expired" in places("biscuits past their best before")
    assert "expired" not in places("yaourts DLC courte"), "short-dated food may still be eaten"


@pytest.mark.parametrize(
    ("text", "wants_new"),
    [("granulés vierges", True), ("battery grade hydroxide", True), ("qualité alimentaire", True), ("low-grade coal", False),
     ("stériles miniers", False), ("palettes usagées", False), ("granulés vierges ou recyclés", False),
     ("draps neufs ou reconditionnés", False), ("ferrailles neuves", False), ("PP vierge, pas de recyclé", True),
     ("virgin PET, no regrind", True)],
)  # fmt: skip
def test_a_stated_grade_asks_for_the_new_article(text: str, wants_new: bool) -> None:
    assert exacting(text) is wants_new


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("son de blé", "son"),
        ("amendes d'or", "or"),
        ("drêches de mais", "mais"),
        ("surplus IT equipment", "it"),
        ("boues Ni", "nickel"),
        ("nickel, ni chrome", "chrome"),
        ("tout-venant de carrière", "toutvenant"),
        ("charge minérale", "minerale"),
    ],
)
def test_a_material_that_is_spelt_like_a_small_word_is_heard(text: str, heard: str) -> None:
    assert heard in {word.key for word in read_words(text) if word.place == "main"}


@pytest.mark.parametrize("text", ["des fleurs, mais propres", "verre or plastic", "sans goudron ni amiante", "it is clean"])
def test_a_small_word_is_no_material(text: str) -> None:
    assert not {"mais", "or", "nickel", "it"} & {word.key for word in read_words(text)}


@pytest.fixture
def likelihood() -> Likelihood:
    """Three baths, three grains, and one word that both are said with."""
    names = ["spent bath", "spent solution", "bath rinse", "dry grain", "spent grain", "grain husk"]
    vocabulary = sorted({word for name in names for word in name.split()})
    present = sp.csr_array(np.array([[float(word in name.split()) for word in vocabulary] for name in names]))
    return Likelihood(present, vocabulary, np.array([0, 0, 0, 1, 1, 1]), Stems())


def test_a_word_counts_by_what_it_tells_of_one_target_rather_than_of_the_others(likelihood: Likelihood) -> None:
    asked = ["spent", "husks", "solutions", "granite", "zzz"]
    bath, grain = likelihood.share(sp.csr_array(np.eye(len(asked))), asked).T
    assert bath[0] > grain[0], "spent is said of both, more often of a bath"
    assert grain[1] > bath[1]
    assert bath[2] > grain[2]
    assert grain[2] < grain[0] < 1, "what only a bath is called tells more"
    assert bath[4] == grain[4] == 1, "an unknown word says nothing"


def test_a_word_that_is_half_meant_tells_half_as_much(likelihood: Likelihood) -> None:
    once, half = (likelihood.share(sp.csr_array([[weight]]), ["solution"])[0] for weight in (1.0, 0.5))
    assert np.log(half[1]) == pytest.approx(np.log(once[1]) / 2)
