"""Outlines of communes: one cell each, around its point, and no overlap."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely
from shapely.geometry import shape

from symbiosis.report.cells import commune_cells, points_of

POINTS = pd.DataFrame(
    {
        "commune": ["Florange", "Hayange", "Thionville", "Uckange", "Fameck"],
        "latitude": [49.321, 49.329, 49.358, 49.304, 49.299],
        "longitude": [6.118, 6.062, 6.168, 6.149, 6.109],
    }
)


def test_each_commune_has_one_cell_that_holds_its_point() -> None:
    cells = {f["properties"]["commune"]: shape(f["geometry"]) for f in commune_cells(POINTS)["features"]}
    assert set(cells) == set(POINTS["commune"])
    for row in POINTS.itertuples():
        assert cells[row.commune].contains(shapely.Point(row.longitude, row.latitude))


def test_cells_do_not_overlap() -> None:
    cells = [shape(f["geometry"]) for f in commune_cells(POINTS)["features"]]
    total = sum(cell.area for cell in cells)
    assert shapely.union_all(cells).area == pytest.approx(total, rel=1e-3)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_communes_have_cells_too(count: int) -> None:
    assert len(commune_cells(POINTS.head(count))["features"]) == count


def test_two_communes_on_one_point_make_one_cell() -> None:
    twice = pd.concat([POINTS, POINTS.head(1).assign(commune="Copie")])
    assert len(commune_cells(twice)["features"]) == len(POINTS)


def test_points_are_the_middle_of_the_sites_of_a_commune() -> None:
    sites = pd.DataFrame({"commune": ["A", "A", "", "B"], "latitude": [1.0, 3.0, 9.0, None], "longitude": [5.0, 7.0, 9.0, 1.0]})
    points = points_of(sites)
    assert points.to_dict(orient="records") == [{"commune": "A", "latitude": 2.0, "longitude": 6.0}]
