"""The disclosure gate, and the intruder who tries it: strangers, contributors, and whoever keeps two versions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from symbiosis.disclosure import TOTAL, Grid, Release, Rules, Zoning, bounds, recovered, release, releases, unit_ids
from symbiosis.disclosure.rules import rounded
from symbiosis.errors import DisclosureError

DIMENSIONS = ["zone", "code"]
P = Rules().precision_share
FIRST, LATER = date(2026, 1, 15), date(2026, 6, 15)


def territory(seed: int, companies: int = 40, zones: int = 6, codes: int = 12) -> pd.DataFrame:
    """Fictional companies, each in one zone, with log-normal tonnages under frequent and rare codes."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(companies), rng.integers(3, 9, companies))
    frequency = 1 / np.arange(1, codes + 1) ** 0.7
    return pd.DataFrame({
        "unit_id": [f"U{number:03d}" for number in unit],
        "zone": [f"Z{zone:02d}" for zone in rng.integers(0, zones, companies)[unit]],
        "code": [f"C{code:02d}" for code in rng.choice(codes, len(unit), p=frequency / frequency.sum())],
        "value": np.exp(rng.normal(2, 1.8, len(unit))),
    })  # fmt: skip


def rows(text: str) -> pd.DataFrame:
    """Contributions as `unit zone code value`, one a line."""
    cells = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(cells, columns=["unit_id", *DIMENSIONS, "value"]).astype({"value": float})


def one_figure(*values: float) -> Release:
    return release(
        pd.DataFrame({"unit_id": [f"U{n}" for n in range(len(values))], "code": "C", "value": values}), ["code"], FIRST
    )


def reason(gate: Release, *labels: str) -> str:
    return str(gate.cells.loc[labels, "reason"])


def attacked(gate: Release, unit: str | None = None) -> pd.DataFrame:
    """Ranges that a stranger, or a unit that knows its own figures, computes of the hidden ones, from the exact shown ones.

    For a unit `value`, `least` and `most` are of what the others hold.
    """
    grid = Grid.over([gate.contributions], gate.dimensions)
    cells = gate.cells.reindex(grid.cells)
    value, hidden = cells["value"].fillna(0.0).to_numpy(), cells["status"].isin(["hidden", "withheld"]).to_numpy()
    own = np.zeros(len(value))
    if unit is not None:
        mine = gate.contributions[(gate.contributions[list(gate.roles)] == unit).any(axis=1)].assign(me="me")
        own = grid.holdings(mine, ["me"], "value", pd.Index(["me"])).toarray().ravel()
    # A unit that is alone in a figure is taken to know that it is.
    is_open = hidden & (value - own > 1e-9 * value)
    found = bounds(grid, np.where(is_open, own, value), np.where(is_open, np.inf, value))
    at = found.index.to_numpy()
    is_sensitive = ~cells["reason"].isin(["complement", "earlier_version"]).to_numpy()
    return found.sub(own[at], axis="index").assign(value=value[at] - own[at], is_sensitive=is_sensitive[at])


def given_away(ranges: pd.DataFrame) -> int:
    return int(recovered(ranges["value"].to_numpy(), ranges["least"].to_numpy(), ranges["most"].to_numpy(), P).sum())


# ------------------------------------------------------------------------------------------------------- one figure alone


def test_a_figure_needs_three_units():
    assert reason(one_figure(10, 10), "C") == "too_few_units"
    assert reason(one_figure(10, 10, 10), "C") == ""


def test_a_unit_with_85_percent_of_a_figure_hides_it_and_one_just_below_does_not_by_that():
    assert reason(one_figure(85, 8, 7), "C") == "dominant_unit"
    assert reason(one_figure(84, 8, 8), "C") == "estimable_unit"


def test_a_figure_is_hidden_when_its_second_unit_can_tell_the_first_within_15_percent():
    assert reason(one_figure(100, 60, 14.9), "C") == "estimable_unit"
    assert reason(one_figure(100, 60, 15.1), "C") == ""


def test_the_sites_of_a_company_and_the_companies_of_a_group_are_one_unit():
    siret = pd.Series(["12345678900011", "12345678900029", "98765432100017", "55555555500015"])
    group = pd.Series([None, None, "G", "G"])
    assert list(unit_ids(siret, group)) == ["123456789", "123456789", "G", "G"]


def test_shown_figures_have_three_significant_digits():
    assert list(rounded(np.array([123456.0, 0.0123456, 999.6, 0.0]), 3)) == [123000.0, pytest.approx(0.0123), 1000.0, 0.0]
    assert one_figure(1000, 1001, 1002).published()["value"].tolist() == [3000.0, 3000.0]


def test_what_is_published_tells_neither_why_a_figure_is_secret_nor_how_many_units_it_has():
    published = release(territory(1), DIMENSIONS, FIRST).published()
    assert list(published) == [*DIMENSIONS, "value", "is_secret", "as_of"]
    assert published.loc[published["is_secret"], "value"].isna().all()


@pytest.mark.parametrize("change", [{"value": -1.0}, {"value": np.nan}, {"unit_id": None}, {"zone": TOTAL}, {"code": ""}])
def test_what_the_rules_do_not_hold_for_is_refused(change: dict[str, object]):
    with pytest.raises(DisclosureError):
        release(rows("A z c 1\nB z c 1\nC z c 1").assign(**change), DIMENSIONS, FIRST)


def test_thresholds_that_protect_nobody_are_refused():
    for weak in (
        {"minimum_units": 2},
        {"dominance_share": 1.0},
        {"precision_share": 0.0},
        {"significant_digits": 0},
        {"months": 0},
    ):
        with pytest.raises(ValueError, match=r"at least|digits"):
            Rules(**weak)


# -------------------------------------------------------------------------------------------------------------- intruders

ONE_SECRET = rows("""
    A z1 c1 50
    B z1 c2 20
    C z1 c2 20
    D z1 c2 20
    E z1 c3 30
    F z1 c3 30
    G z1 c3 30
    H z2 c1 11
    I z2 c1 12
    J z2 c1 13
    K z2 c2 21
    L z2 c2 22
    M z2 c2 23
    N z2 c3 31
    O z2 c3 32
    P z2 c3 33
    """)


def test_a_lone_figure_is_not_left_for_its_margins_to_give_away():
    gate = release(ONE_SECRET, DIMENSIONS, FIRST)
    assert reason(gate, "z1", "c1") == "too_few_units"
    assert (gate.cells["reason"] == "complement").sum() == 3
    assert given_away(attacked(gate)) == 0


def test_two_companies_alone_in_a_row_do_not_read_each_other():
    alone = rows("X z3 c1 40\nY z3 c2 44\nU z3 c3 10\nV z3 c3 10\nW z3 c3 10")
    gate = release(pd.concat([ONE_SECRET, alone]), DIMENSIONS, FIRST)
    assert "hidden" in set(gate.cells.loc[[("z3", "c3"), ("z3", TOTAL)], "status"])
    for unit in ("X", "Y"):
        assert given_away(attacked(gate, unit).query("is_sensitive")) == 0


def test_the_sum_of_two_figures_of_one_company_is_not_told_where_each_of_them_is_hidden():
    gate = release(
        pd.concat([ONE_SECRET, rows("X z3 c1 40\nX z3 c2 44\nU z3 c3 30\nV z3 c3 30\nW z3 c3 30")]), DIMENSIONS, FIRST
    )
    assert gate.cells.loc[[("z3", "c1"), ("z3", "c2")], "status"].tolist() == ["hidden", "hidden"]
    assert "hidden" in set(gate.cells.loc[[("z3", "c3"), ("z3", TOTAL)], "status"])


def test_nothing_is_shown_of_fewer_than_three_companies():
    assert release(rows("A z1 c1 1\nB z2 c2 2"), DIMENSIONS, FIRST).published()["is_secret"].all()


def test_a_weaker_gate_that_hides_only_what_is_unsafe_by_itself_is_caught_by_the_attack(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(releases, "complement", lambda *table: table[1])
    assert sum(given_away(attacked(release(territory(seed), DIMENSIONS, FIRST))) for seed in range(4)) >= 4


def test_a_gate_that_forgets_contributors_is_caught_by_their_attack(monkeypatch: pytest.MonkeyPatch):
    whole = releases.complement
    monkeypatch.setattr(releases, "complement", lambda *table: whole(table[0], table[1], np.zeros_like(table[2]), *table[3:]))
    gate = release(territory(2), DIMENSIONS, FIRST)
    assert given_away(attacked(gate)) == 0
    assert any(given_away(attacked(gate, unit).query("is_sensitive")) for unit in gate.contributions["unit_id"].unique())


@pytest.mark.parametrize(("seed", "companies"), [(0, 40), (1, 40), (2, 120), (3, 120)])
def test_no_stranger_recovers_a_hidden_figure_within_15_percent(seed: int, companies: int):
    gate = release(territory(seed, companies), DIMENSIONS, FIRST)
    ranges = attacked(gate)
    assert len(ranges) >= 20
    assert given_away(ranges) == 0
    assert (gate.cells["status"] == "published").sum() >= 12


def test_no_contributor_recovers_what_the_others_hold_of_a_sensitive_figure():
    gate = release(territory(2), DIMENSIONS, FIRST)
    for unit in gate.contributions["unit_id"].unique()[::8]:
        ranges = attacked(gate, unit).query("is_sensitive")
        assert len(ranges) > 10
        assert given_away(ranges) == 0, unit


def test_an_intruder_who_starts_from_the_published_rows_alone_recovers_nothing():
    gate = release(territory(5), DIMENSIONS, FIRST)
    published = gate.published().set_index(DIMENSIONS)
    zones, codes = (sorted(set(published.index.get_level_values(name)) - {TOTAL}) for name in DIMENSIONS)
    number = {cell: at for at, cell in enumerate((z, c) for z in [*zones, TOTAL] for c in [*codes, TOTAL])}
    limits = [(0.0, 0.0)] * len(number)
    for cell, row in published.iterrows():
        half = 0.0 if row["is_secret"] else 0.5 * 10 ** (np.floor(np.log10(row["value"])) - 2)
        limits[number[cell]] = (0.0, None) if row["is_secret"] else (row["value"] - half, row["value"] + half)
    sums = []
    for row_of, others, of in [(zones, [*codes, TOTAL], lambda z, c: (z, c)), (codes, [*zones, TOTAL], lambda c, z: (z, c))]:
        for other in others:
            line = np.zeros(len(number))
            line[[number[of(label, other)] for label in row_of]], line[number[of(TOTAL, other)]] = 1.0, -1.0
            sums.append(line)
    secret = [cell for cell, row in published.iterrows() if row["is_secret"]]
    assert len(secret) > 20
    for cell in secret:
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(number))
            cost[number[cell]] = sign
            answer = linprog(cost, A_eq=np.array(sums), b_eq=np.zeros(len(sums)), bounds=limits)
            ends.append(np.inf if answer.status == 3 else sign * answer.fun)
        value = gate.cells.loc[cell, "value"]
        assert ends[0] <= (1 - P) * value + 1e-4 * value, cell
        assert ends[1] >= (1 + P) * value - 1e-4 * value, cell


def test_tables_of_one_and_three_dimensions_pass_the_same_gate():
    few, many = territory(6, 12, 4, 6), territory(6, 60, 4, 6)
    many["outlet"] = np.random.default_rng(6).choice(["D", "R"], len(many))
    for contributions, dimensions in ((few, ["code"]), (many, ["zone", "code", "outlet"])):
        gate = release(contributions, dimensions, FIRST)
        assert (gate.cells["status"] == "hidden").any()
        assert (gate.cells["status"] == "published").any()
        assert given_away(attacked(gate)) == 0


def flows(seed: int) -> pd.DataFrame:
    """Exchanges between zones, each with a giver and a taker."""
    rng = np.random.default_rng(seed)
    giver, taker = rng.integers(0, 25, 90), rng.integers(0, 25, 90)
    return pd.DataFrame({
        "giver": [f"U{n}" for n in giver], "taker": [f"U{n}" for n in taker], "from": [f"Z{n % 4}" for n in giver],
        "to": [f"Z{n % 4}" for n in taker], "value": np.exp(rng.normal(3, 1.5, 90)),
    })  # fmt: skip


def test_an_arrow_of_a_map_needs_three_givers_and_three_takers():
    three_givers = pd.DataFrame({"giver": ["A", "B", "C"], "taker": ["T", "T", "T"], "from": "z1", "to": "z2", "value": 10.0})
    assert release(three_givers, ["from", "to"], FIRST, roles=["giver", "taker"]).published()["is_secret"].all()
    three_takers = three_givers.assign(taker=["T", "U", "V"])
    assert not release(three_takers, ["from", "to"], FIRST, roles=["giver", "taker"]).published()["is_secret"].any()


def test_no_party_of_an_exchange_reads_the_arrows_of_a_map():
    gate = release(flows(1), ["from", "to"], FIRST, roles=["giver", "taker"])
    assert {"hidden", "published"} <= set(gate.cells["status"])
    for unit in [None, *gate.contributions["giver"].unique()[::3]]:
        assert given_away(attacked(gate, unit).query("is_sensitive")) == 0


# --------------------------------------------------------------------------------------------------------------- versions


def newcomers_and_leavers(base: pd.DataFrame, seed: int, number: int) -> Iterator[tuple[pd.DataFrame, str]]:
    """The territory with one more company, or one less, and the name of that company."""
    rng = np.random.default_rng(seed)
    for turn in range(number):
        if turn % 2:
            unit = str(rng.choice(base["unit_id"].unique()))
            yield base[base["unit_id"] != unit], unit
        else:
            rows_of = base.sample(3, random_state=int(rng.integers(2**31)))
            yield pd.concat([base, rows_of.assign(unit_id="NEW", value=np.exp(rng.normal(3, 1.5, 3)))]), "NEW"


def stated_by_both(grid: Grid, before: Release, after: Release) -> np.ndarray:
    """Which figures both versions show at their own day: the others are hidden, or are the earlier version's."""
    is_shown = [v.cells["status"].isin(["published", "empty"]).reindex(grid.cells, fill_value=True) for v in (before, after)]
    return (is_shown[0] & is_shown[1]).to_numpy()


def read_by_subtraction(before: Release, after: Release, unit: str) -> int:
    """Figures of one unit that the difference of two published versions gives within 15 %, rounding forgotten."""
    grid = Grid.over([before.contributions, after.contributions], before.dimensions)
    old, new = (v.cells["value"].reindex(grid.cells, fill_value=0.0).to_numpy() for v in (before, after))
    own_old, own_new = (
        grid.holdings(v.contributions.query("unit_id == @unit"), ["unit_id"], "value", pd.Index([unit])).toarray().ravel()
        for v in (before, after)
    )
    moved = own_new - own_old
    return int((stated_by_both(grid, before, after) & (np.abs(new - old - moved) < P * np.abs(moved))).sum())


def test_subtracting_two_versions_that_do_not_know_of_each_other_reads_the_newcomer():
    base = territory(7)
    before = release(base, DIMENSIONS, FIRST)
    found = [read_by_subtraction(before, release(changed, DIMENSIONS, LATER), unit)
             for changed, unit in newcomers_and_leavers(base, 7, 4)]  # fmt: skip
    assert sum(found) >= 4


def difference_ranges(before: Release, after: Release) -> pd.DataFrame:
    """Ranges of the changes that two versions do not state, for who knows that one company came or left and no other moved."""
    grid = Grid.over([before.contributions, after.contributions], before.dimensions)
    old, new = (v.cells["value"].reindex(grid.cells, fill_value=0.0).to_numpy() for v in (before, after))
    stated = stated_by_both(grid, before, after)
    change = np.abs(new - old) * (np.abs(new - old) > 1e-9 * old)
    found = bounds(grid, np.where(stated, change, 0.0), np.where(stated, change, np.inf))
    return found.assign(value=change[found.index])


def check_versions(seed: int, number: int) -> None:
    base = territory(seed)
    before = release(base, DIMENSIONS, FIRST)
    for changed, unit in newcomers_and_leavers(base, seed, number):
        after = release(changed, DIMENSIONS, LATER, earlier=[before])
        assert read_by_subtraction(before, after, unit) == 0
        ranges = difference_ranges(before, after)
        assert given_away(ranges[ranges["value"] > 0]) == 0


def test_no_newcomer_or_leaver_is_read_by_subtracting_versions():
    check_versions(8, 5)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_no_newcomer_or_leaver_is_read_by_subtracting_versions_200_times(seed: int):
    check_versions(100 + seed, 20)


GROWING = rows("\n".join(f"{unit} z1 c1 {value}" for unit, value in zip("ABCDEF", (10, 11, 12, 13, 14, 15), strict=True)))


def test_a_change_of_one_company_leaves_the_old_figure_and_says_from_when_it_is():
    before = release(GROWING, DIMENSIONS, FIRST)
    after = release(pd.concat([GROWING, rows("N z1 c1 40")]), DIMENSIONS, LATER, earlier=[before])
    row = after.cells.loc[("z1", "c1")]
    assert (row["status"], row["shown"], row["as_of"], row["reason"]) == ("kept", 75.0, FIRST, "change")


def test_a_change_of_three_companies_none_of_which_dominates_it_is_published():
    before = release(GROWING, DIMENSIONS, FIRST)
    after = release(pd.concat([GROWING, rows("N z1 c1 40\nO z1 c1 30\nQ z1 c1 35")]), DIMENSIONS, LATER, earlier=[before])
    assert after.cells.loc[("z1", "c1"), ["status", "shown"]].tolist() == ["published", 180.0]


def test_the_example_of_the_documentation_holds():
    wood = rows("A z1 c1 40\nB z1 c1 35\nC z1 c1 38\nD z1 c1 5")
    first = release(wood, ["code"], FIRST)
    one_more = release(pd.concat([wood, rows("N z1 c1 50")]), ["code"], LATER, earlier=[first])
    assert one_more.cells.loc[["c1"], ["status", "shown"]].to_numpy().tolist() == [["kept", 118.0]]
    three_more = release(pd.concat([wood, rows("N z1 c1 30\nO z1 c1 35\nQ z1 c1 40")]), ["code"], LATER, earlier=[first])
    assert three_more.cells.loc[["c1"], ["status", "shown"]].to_numpy().tolist() == [["published", 223.0]]


def test_a_safe_change_is_held_back_where_the_total_less_it_would_be_the_newcomer():
    base = pd.concat(
        [GROWING, rows("\n".join(f"{unit} z1 c2 {value}" for unit, value in zip("GHIJKL", range(20, 26), strict=True)))]
    )
    newcomer, others = rows("N z1 c1 40"), rows("O z1 c2 30\nQ z1 c2 35\nR z1 c2 38")
    before = release(base, ["code"], FIRST)
    alone = release(pd.concat([base, others]), ["code"], LATER, earlier=[before])
    assert alone.cells["status"].tolist() == ["published"] * 3
    after = release(pd.concat([base, newcomer, others]), ["code"], LATER, earlier=[before])
    assert after.cells.loc[["c1"], "status"].tolist() == ["kept"]
    assert "kept" in set(after.cells.loc[["c2", TOTAL], "status"])


def test_changes_that_cancel_out_to_the_newcomer_are_not_published():
    before = release(GROWING, DIMENSIONS, FIRST)
    moved = GROWING.assign(value=GROWING["value"] + [0, 9, -9, 8, -8.5, 0])
    after = release(pd.concat([moved, rows("N z1 c1 12")]), DIMENSIONS, LATER, earlier=[before])
    assert after.cells.loc[("z1", "c1"), "status"] == "kept"


def test_twelve_months_later_a_version_binds_nobody():
    before = release(GROWING, DIMENSIONS, FIRST)
    changed = pd.concat([GROWING, rows("N z1 c1 40")])
    assert release(changed, DIMENSIONS, date(2027, 1, 14), earlier=[before]).cells.loc[("z1", "c1"), "status"] == "kept"
    assert release(changed, DIMENSIONS, date(2027, 1, 15), earlier=[before]).cells.loc[("z1", "c1"), "status"] == "published"


def test_a_figure_that_was_hidden_stays_hidden_when_it_becomes_safe():
    before = release(ONE_SECRET, DIMENSIONS, FIRST)
    after = release(pd.concat([ONE_SECRET, rows("X z1 c1 55\nY z1 c1 60\nW z1 c1 65")]), DIMENSIONS, LATER, earlier=[before])
    assert after.cells.loc[("z1", "c1"), ["status", "reason"]].tolist() == ["hidden", "earlier_version"]


def test_a_third_version_is_judged_beside_the_first_as_well():
    changed = pd.concat([GROWING, rows("N z1 c1 40")])
    first = release(GROWING, DIMENSIONS, FIRST)
    second = release(changed, DIMENSIONS, date(2026, 4, 1), earlier=[first])
    third = release(changed, DIMENSIONS, date(2026, 8, 1), earlier=[first, second])
    assert third.cells.loc[("z1", "c1"), ["status", "as_of"]].tolist() == ["kept", FIRST]


def test_what_a_scenario_takes_in_more_than_another_is_not_read_between_them():
    reference = release(GROWING, DIMENSIONS, FIRST)
    wider = release(pd.concat([GROWING, rows("N z1 c1 40")]), DIMENSIONS, LATER, beside=[reference])
    assert wider.cells.loc[("z1", "c1"), ["status", "reason"]].tolist() == ["hidden", "change"]
    much_wider = pd.concat([GROWING, rows("N z1 c1 40\nO z1 c1 30\nQ z1 c1 35")])
    assert release(much_wider, DIMENSIONS, LATER, beside=[reference]).cells.loc[("z1", "c1"), "status"] == "published"


def test_a_total_that_one_view_hides_is_not_shown_by_another():
    contributions = flows(2).assign(theme=lambda rows: "T" + (rows.index % 5).astype(str))
    views = [("theme",), ("from", "to")]
    gate = release(contributions, ["from", "to", "theme"], FIRST, roles=["giver", "taker"], views=views)
    inner = gate.cells.drop(TOTAL, level="from").drop(TOTAL, level="to").drop(TOTAL, level="theme")
    assert set(inner["status"]) == {"withheld"}
    shown = gate.published()
    assert ((shown["theme"] == TOTAL) | ((shown["from"] == TOTAL) & (shown["to"] == TOTAL))).all()
    assert {True, False} == set(shown["is_secret"])
    is_unsafe = release(contributions, ["from", "to", "theme"], FIRST, roles=["giver", "taker"]).cells["reason"] != ""
    cells = Grid.over([contributions], gate.dimensions).cells
    is_secret = ((gate.cells["status"] == "hidden") | is_unsafe).reindex(cells, fill_value=False).to_numpy()
    ranges = attacked(gate)
    assert given_away(ranges[is_secret[ranges.index]]) == 0


def test_what_no_view_shows_hides_nothing_where_it_is_safe():
    rows_of = [(f"G{n}", f"T{n}", "z", "z", "wood", 10.0 + n) for n in range(4)]
    one_place = pd.DataFrame(rows_of, columns=["giver", "taker", "from", "to", "theme", "value"])
    views = [("theme",), ("from", "to")]
    gate = release(one_place, ["from", "to", "theme"], FIRST, roles=["giver", "taker"], views=views)
    assert set(gate.cells["status"]) == {"published", "withheld"}
    more = one_place.assign(value=one_place["value"] * 1.5)
    later = release(more, ["from", "to", "theme"], LATER, roles=["giver", "taker"], views=views, earlier=[gate])
    assert set(later.cells["status"]) == {"published", "withheld"}
    elsewhere = more.assign(to="y", theme="sand")
    wider = release(
        pd.concat([more, elsewhere]), ["from", "to", "theme"], LATER, roles=["giver", "taker"], views=views, earlier=[gate]
    )
    assert wider.cells.loc[wider.cells["value"] == 0].empty


# ----------------------------------------------------------------------------------------------------------------- zoning


def communes_and_sites() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    communes = pd.DataFrame(
        {"latitude": 49 + rng.random(30) / 3, "longitude": 6 + rng.random(30) / 3}, index=[f"57{n:03d}" for n in range(30)]
    )
    sites = pd.DataFrame({"commune_code": rng.choice(communes.index[:25], 90), "unit_id": [f"U{n % 60}" for n in range(90)]})
    return communes, sites


def test_zones_gather_enough_companies_and_are_the_same_in_any_order():
    communes, sites = communes_and_sites()
    zoning = Zoning.of(communes, sites, 6)
    units = sites.assign(zone=zoning.zones(sites["commune_code"])).groupby("zone")["unit_id"].nunique()
    assert len(units) >= 4
    assert units.min() >= 6
    assert zoning == Zoning.of(communes.sample(frac=1, random_state=1), sites.sample(frac=1, random_state=2), 6)


def test_a_new_commune_joins_a_zone_and_moves_no_other():
    communes, sites = communes_and_sites()
    zoning = Zoning.of(communes.iloc[:-2], sites, 6)
    joined = zoning.joined_by(communes)
    assert joined.fingerprint == zoning.fingerprint
    assert {code: joined.zone_of[code] for code in zoning.zone_of} == zoning.zone_of
    with pytest.raises(DisclosureError, match=communes.index[-1]):
        zoning.zones(pd.Series([communes.index[-1]]))


def test_a_second_zoning_of_a_published_table_is_refused_even_years_later():
    communes, sites = communes_and_sites()
    names = [Zoning.of(communes, sites, enough).fingerprint for enough in (6, 12)]
    before = release(GROWING, DIMENSIONS, FIRST, zoning=names[0])
    for day in (LATER, date(2030, 1, 1)):
        with pytest.raises(DisclosureError, match="zonings"):
            release(GROWING, DIMENSIONS, day, zoning=names[1], earlier=[before])


# ------------------------------------------------------------------------------------------------------------- properties

CONTRIBUTIONS = st.lists(
    st.tuples(st.sampled_from("ABCDEFGH"), st.sampled_from(["z1", "z2", "z3"]), st.sampled_from(["c1", "c2", "c3"]),
              st.floats(0.01, 1e4)),
    min_size=1, max_size=40,
).map(lambda found: pd.DataFrame(found, columns=["unit_id", *DIMENSIONS, "value"]))  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(CONTRIBUTIONS)
def test_no_table_gives_a_hidden_figure_away(contributions: pd.DataFrame):
    gate = release(contributions, DIMENSIONS, FIRST)
    assert given_away(attacked(gate)) == 0
    shown = gate.cells[gate.cells["status"] == "published"]
    assert (shown["units"] >= 3).all()


@settings(max_examples=10, deadline=None)
@given(CONTRIBUTIONS, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_unit_of_measure_changes_what_is_hidden(contributions: pd.DataFrame, random: object):
    gate = release(contributions, DIMENSIONS, FIRST)
    shuffled = contributions.sample(frac=1, random_state=random.randrange(2**31))  # type: ignore[attr-defined]
    other = release(shuffled.assign(value=shuffled["value"] * 1024), DIMENSIONS, FIRST)
    assert other.cells["status"].equals(gate.cells["status"])


@settings(max_examples=10, deadline=None)
@given(CONTRIBUTIONS, CONTRIBUTIONS)
def test_what_changes_between_two_versions_has_three_companies_behind_it(old: pd.DataFrame, new: pd.DataFrame):
    before = release(old, DIMENSIONS, FIRST)
    after = release(new, DIMENSIONS, LATER, earlier=[before])
    grid = Grid.over([old, new], DIMENSIONS)
    units = pd.Index(sorted({*old["unit_id"], *new["unit_id"]}))
    then, now = (grid.holdings(frame, ["unit_id"], "value", units).toarray() for frame in (old, new))
    movers = (np.abs(now - then) > 1e-6 * (now + then).sum(axis=1, keepdims=True)).sum(axis=1)
    assert not np.isin(movers[stated_by_both(grid, before, after)], [1, 2]).any()


@pytest.mark.long
@pytest.mark.parametrize(("seed", "companies", "zones", "codes"), [
    *((seed, 40, 6, 12) for seed in range(20)), *((seed, 120, 6, 12) for seed in range(20)), (0, 300, 40, 30), (1, 150, 20, 20),
])  # fmt: skip
def test_no_territory_of_any_size_gives_a_hidden_figure_away(seed: int, companies: int, zones: int, codes: int):
    gate = release(territory(1000 + seed, companies, zones, codes), DIMENSIONS, FIRST)
    assert given_away(attacked(gate)) == 0
    rng = np.random.default_rng(seed)
    for unit in rng.choice(gate.contributions["unit_id"].unique(), 2, replace=False):
        assert given_away(attacked(gate, unit).query("is_sensitive")) == 0


def test_what_is_hidden_in_a_row_is_together_as_safe_as_a_figure_that_is_shown():
    gate = release(territory(9), DIMENSIONS, FIRST)
    inner = gate.cells.drop(TOTAL, level="code").drop(TOTAL, level="zone")
    hidden = inner.index[inner["status"] == "hidden"].to_frame(index=False)
    together = hidden.merge(gate.contributions, how="inner", on=DIMENSIONS, validate="one_to_many")
    together = together[together["zone"].map(gate.cells["status"].xs(TOTAL, level="code")) == "published"]
    assert together["zone"].nunique() >= 3
    for zone, part in together.groupby("zone"):
        assert not release(part.assign(code="hidden"), DIMENSIONS, FIRST).cells["reason"].loc[[(zone, "hidden")]].any()
