"""The data dictionary holds for every table that ships, checked by pandera beside our own typing."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
import pytest

from symbiosis import workspace
from symbiosis.schemas import CATALOGUE, DECLARATIONS, frame_schema


@pytest.fixture(scope="module")
def catalogue():
    return workspace.load_catalogue()


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_the_catalogue_obeys_its_schema(catalogue, name):
    frame = getattr(catalogue, name)
    assert len(frame)
    frame_schema(name).validate(frame, lazy=True)


@pytest.mark.parametrize("territory", ["kalundborg", "val-de-fensch"])
@pytest.mark.parametrize("name", list(DECLARATIONS))
def test_the_territories_obey_their_schema(catalogue, territory, name):
    frame_schema(name).validate(workspace.open_territory(territory, catalogue).declarations.frames[name], lazy=True)


def test_the_schema_refuses_a_value_out_of_bounds_and_an_unknown_choice(catalogue):
    frame = catalogue.materials.head(2).assign(family="gas", density_t_per_m3=99.0)
    with pytest.raises(pa.errors.SchemaErrors) as refused:
        frame_schema("materials").validate(frame, lazy=True)
    failing = set(pd.DataFrame(refused.value.failure_cases)["column"])
    assert {"family", "density_t_per_m3"} <= failing
