"""What a run comes to by zone and theme, before the gate: nothing is lost, nobody is counted under two names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from tests.small_territory import run, territory

from symbiosis.aggregates import aggregates, commune_of, joined, unit_of, zoning_of
from symbiosis.disclosure import Aggregate
from symbiosis.engine import Proposal


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    """Two givers of sand, one of scrap that an operator melts, heat that weighs nothing."""
    return run(territory(
        outputs="""
            output_id, material_id, quantity, unit, outlet_cost_eur_per_unit
            G1, sand, 10, t, 10
            G2, sand, 20, t, 10
            G3, scrap, 100, t, 50
            G4, warmth, 40, MWh, 0
            """,
        needs="""
            need_id, material_id, quantity, price_eur_per_unit
            N1, sand, 25, 10
            N2, ingot, 60, 200
            """,
        operators="""
            operator_id, process_id, capacity
            P1, melting, 90
            """,
    ))  # fmt: skip


@pytest.fixture(scope="module")
def tables(proposal: Proposal) -> dict[str, Aggregate]:
    return {table.name: table for table in aggregates(proposal, zoning_of(proposal.declarations))}


def test_the_tables_add_up_to_the_run(proposal, tables):
    plan = proposal.feasible.proposals
    totals = {name: table.contributions["value"].sum() for name, table in tables.items()}
    assert totals["matched"] == pytest.approx(plan.exchanges["quantity_t_per_yr"].sum())
    assert totals["gain"] == pytest.approx(proposal.feasible.indicators.loc["gain_eur_per_yr", "value"], rel=1e-3)
    assert totals["insertion_hours"] == pytest.approx(proposal.feasible.indicators.loc["insertion_h_per_yr", "value"])
    assert totals["insertion_hours"] > 0
    assert totals["tonnages"] == pytest.approx(130)


def test_every_label_and_unit_is_named_and_every_table_can_be_judged(tables):
    for table in tables.values():
        assert not table.contributions.isna().to_numpy().any()
        version = table.released(date(2026, 1, 1))
        assert (version.cells.loc[version.cells["status"] == "published", "units"] >= 3).all()


def test_the_map_and_the_themes_of_what_is_exchanged_are_views_of_one_table(tables):
    assert set(tables["matched"].views) == {"matched_by_theme", "matched_map"}
    assert tables["matched"].roles == ("giver_unit", "taker_unit")


def test_companies_of_a_group_or_with_one_siren_are_one_unit(proposal):
    actors = proposal.declarations.actors.copy()
    first, second, third, fourth, head, below = actors.index[:6]
    actors[["siren", "group"]] = ""
    actors.loc[[first, second, head], "siren"] = ["552 100 554", "552100554", "380129866"]
    actors.loc[[third, fourth], "group"] = ["Groupe Fictif", " groupe  fictif"]
    units = unit_of(replace(proposal.declarations, actors=actors))
    assert units[first] == units[second] == "552100554"
    assert units[third] == units[fourth] == "groupe fictif"
    assert units.nunique() == len(actors) - 2
    # A subsidiary names the head; another names that subsidiary: all are one unit.
    actors.loc[[first, below], "group"] = ["380 129 866 00014", "552100554"]
    units = unit_of(replace(proposal.declarations, actors=actors))
    assert set(units[[first, second, head, below]]) == {"380129866"}
    # Groups that name each other go round in no circle.
    actors.loc[head, "group"] = "552100554"
    units = unit_of(replace(proposal.declarations, actors=actors))
    assert len(set(units[[first, second, head, below]])) == 1


def test_a_new_commune_joins_the_zones_that_were_kept(proposal):
    declarations = proposal.declarations
    zoning = zoning_of(declarations)
    moved = declarations.sites.copy()
    moved.loc[moved.index[0], ["commune", "insee_code"]] = ["Nouvelle", "99999"]
    later = replace(declarations, sites=moved)
    assert joined(zoning, later).fingerprint == zoning.fingerprint
    assert joined(zoning, later).zones(pd.Series(["99999"])).isin(list(zoning.zone_of.values())).all()
    assert set(commune_of(later)) - set(commune_of(declarations)) == {"99999"}
