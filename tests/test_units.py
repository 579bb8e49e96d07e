"""Units as people write them, and what they are worth in the five reference units."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbiosis.errors import UnitError
from symbiosis.schemas import UNITS
from symbiosis.units import conversion_factors, convert, parse_unit


@pytest.mark.parametrize(
    ("text", "reference", "factor"),
    [
        ("t", "t", 1),
        ("T", "t", 1),
        ("kg", "t", 1e-3),
        ("Tonnes", "t", 1),
        ("t/an", "t", 1),
        ("t/mois", "t", 12),
        ("kg / semaine", "t", 0.052),
        ("tonnes par mois", "t", 12),
        ("m³", "m3", 1),
        ("M3", "m3", 1),
        ("litres", "m3", 1e-3),
        ("MWh", "MWh", 1),
        ("kWh", "MWh", 1e-3),
        ("GJ", "MWh", 1 / 3.6),
        ("thermies", "MWh", 1.163e-3),
        ("heures", "h", 1),
        ("pièces", "pieces", 1),
        ("u.", "pieces", 1),
    ],
)
def test_units_are_read_as_people_write_them(text: str, reference: str, factor: float) -> None:
    unit = parse_unit(text)
    assert unit is not None
    assert unit.reference == reference
    assert unit.factor == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("text", ["", "bennes", "t/jour", "t/h", "m2", "€"])
def test_what_is_no_yearly_unit_is_refused(text: str) -> None:
    assert parse_unit(text) is None


def test_every_reference_unit_reads_as_itself() -> None:
    for name in UNITS:
        unit = parse_unit(name)
        assert unit is not None
        assert (unit.reference, unit.factor) == (name, 1.0)


def test_volume_becomes_mass_through_a_density_and_never_without() -> None:
    quantity = pd.Series([10.0, 2000.0, 5.0], index=["a", "b", "c"])
    unit = pd.Series(["m3", "kg", "t"], index=["a", "b", "c"])
    density = pd.Series([0.8, np.nan, np.nan], index=["a", "b", "c"])
    assert convert(quantity, unit, "t", density).to_dict() == {"a": 8.0, "b": 2.0, "c": 5.0}
    with pytest.raises(UnitError) as caught:
        convert(quantity, unit, "t")
    assert caught.value.pairs == (("m3", "t"),)


@given(st.floats(1e-6, 1e9), st.floats(0.001, 25))
def test_mass_to_volume_and_back_is_the_same_mass(quantity: float, density: float) -> None:
    mass = pd.Series([quantity])
    volume = convert(mass, "t", "m3", density)
    assert convert(volume, "m3", "t", density).iloc[0] == pytest.approx(quantity, rel=1e-12)


def test_dimensions_do_not_mix_and_labels_must_agree() -> None:
    with pytest.raises(UnitError, match="MWh → t"):
        convert(pd.Series([1.0]), "MWh", "t", 1.0)
    with pytest.raises(UnitError, match="index"):
        convert(pd.Series([1.0], index=[1]), pd.Series(["t"], index=[2]), "t")
    factors = conversion_factors(pd.Series(["t", "bennes"]), "t", np.nan)
    assert factors.iloc[0] == 1.0
    assert np.isnan(factors.iloc[1])


def test_a_density_that_is_not_positive_is_no_density() -> None:
    assert conversion_factors(pd.Series(["m3", "t"]), "t", pd.Series([0.0, -1.0])).isna().tolist() == [True, False]
