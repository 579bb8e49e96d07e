"""Documented precedents: real sources, all families, and the nearest kind first."""

from __future__ import annotations

import pandas as pd
import pytest

from symbiosis import messages, workspace
from symbiosis.precedents import CITED, precedents_of


@pytest.fixture(scope="module")
def catalogue():
    return workspace.load_catalogue()


def cited(catalogue, material="", use="", process=""):
    legs = pd.DataFrame({"material_id": [material], "use_id": [use], "head_process_id": [process]}, index=["L1"])
    row = precedents_of(legs, catalogue).loc["L1"]
    return row["precedent_ids"].split(";") if row["precedent_ids"] else [], row["precedent_case"]


def test_the_catalogue_holds_many_networks_of_every_family(catalogue):
    rows = catalogue.precedents
    assert len(rows) >= 120
    assert rows["place"].nunique() >= 30
    assert set(rows["material_id"].map(catalogue.materials["family"])) == set(catalogue.materials["family"])
    assert rows["country"].str.fullmatch(r"[A-Z]{2}").all()


def test_a_source_that_was_not_read_again_says_so(catalogue):
    rows = catalogue.precedents
    assert rows.loc[~rows["is_confirmed"], "basis"].str.contains("non relue").all()
    assert not rows.loc[rows["is_confirmed"], "basis"].str.contains("source non relue").any()
    assert rows["is_confirmed"].sum() >= 60


def test_the_same_material_and_use_come_before_kin(catalogue):
    ids, case = cited(catalogue, "fgd_gypsum", "plasterboard_gypsum")
    assert (ids[0], case) == ("kalundborg_fgd_gypsum", "implemented")
    ids, case = cited(catalogue, "fly_ash", "cement_addition")
    assert (len(ids), case) == (CITED, "kin")


def test_another_use_of_the_same_material_is_no_precedent(catalogue):
    assert cited(catalogue, "fgd_gypsum", "road_base") == ([], "none")


def test_a_process_is_a_precedent_for_what_it_takes(catalogue):
    ids, case = cited(catalogue, "windows_pvc", "", "window_dismantling")
    assert case == "kin"
    assert "florange_windows_end_of_life" in ids


def test_what_stopped_is_cited_after_what_goes_on_and_says_so(catalogue):
    ids, case = cited(catalogue, "straw", "cellulosic_ethanol_raw")
    assert (ids, case) == (["kalundborg_straw"], "stopped")
    assert messages.precedent(catalogue, ids[0], "fr") == (
        "Kalundborg (Danemark, 2009)\u00a0: paille vers l’éthanol cellulosique – arrêté"
    )
    assert messages.precedent(catalogue, ids[0], "en") == "Kalundborg (Denmark, 2009): straw to cellulosic ethanol – stopped"
