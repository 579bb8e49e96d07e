"""Numbers, codes, months, fingerprints: what the typing of declarations promises."""

import math
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbiosis.declarations import Declarations, RawTable, build
from symbiosis.declarations.cells import display_code, fold, read_code, read_months
from symbiosis.declarations.numbers import decimal_mark, read_numbers
from symbiosis.declarations.plausibility import has_valid_check_digit
from symbiosis.errors import DeclarationError
from symbiosis.schemas import DECLARATIONS, frame_schema

BLANKS = ("", " ", "\u00a0", "\u202f", "\u2009")


def grouped(digits: str, separator: str) -> str:
    head = len(digits) % 3 or 3
    return separator.join([digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))])


@st.composite
def written(draw: st.DrawFn, mark: str) -> tuple[str, float]:
    """A number with decimals that settle the mark: one, two or four digits, never three."""
    whole = draw(st.integers(0, 10**8))
    decimals = draw(st.sampled_from((1, 2, 4)))
    part = draw(st.integers(0, 10**decimals - 1))
    sign = draw(st.sampled_from(("", "-")))
    separator = draw(st.sampled_from(BLANKS if mark == "," else (*BLANKS, ",")))
    # French accountants also group with points; one group alone could be a decimal, so it is not drawn here.
    text = f"{sign}{grouped(str(whole), separator)}{mark}{part:0{decimals}d}"
    return text, float(f"{sign}{whole}.{part:0{decimals}d}")


@given(st.lists(written(","), min_size=1, max_size=20))
def test_french_numbers_read_back_exactly(cells: list[tuple[str, float]]) -> None:
    values, findings = read_numbers([text for text, _ in cells])
    assert not findings
    assert values.tolist() == [value for _, value in cells]


@given(st.lists(written("."), min_size=1, max_size=20))
def test_english_numbers_read_back_exactly(cells: list[tuple[str, float]]) -> None:
    values, findings = read_numbers([text for text, _ in cells])
    assert not findings
    assert values.tolist() == [value for _, value in cells]


@given(st.lists(written(","), min_size=1, max_size=8), st.integers(1, 999), st.integers(0, 999))
def test_a_french_column_settles_its_ambiguous_cells(cells: list[tuple[str, float]], a: int, b: int) -> None:
    values, findings = read_numbers([*(text for text, _ in cells), f"{a},{b:03d}"])
    assert not findings
    assert values[-1] == float(f"{a}.{b:03d}")


@given(st.integers(1, 999), st.integers(0, 999))
def test_an_ambiguous_cell_alone_is_never_guessed(a: int, b: int) -> None:
    values, findings = read_numbers([f"{a},{b:03d}"])
    assert [f.code for f in findings] == ["ambiguous_number"]
    assert np.isnan(values[0])


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_what_a_workbook_holds_as_a_number_is_read_as_it_is(value: float) -> None:
    values, findings = read_numbers([repr(value)], native=frozenset([0]))
    assert not findings
    assert values[0] == value


@given(st.lists(st.text(max_size=12), max_size=5))
def test_no_text_is_read_as_a_number_without_digits(cells: list[str]) -> None:
    values, findings = read_numbers(cells)
    for i, cell in enumerate(cells):
        if not np.isnan(values[i]):
            assert any(c.isdigit() for c in cell)
        elif cell.strip():
            assert i in {f.position for f in findings}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1 234,5", 1234.5),
        ("1.234.567,8", 1234567.8),
        ("1,234.5", 1234.5),
        ("12 000 €", 12000.0),
        ("1'500", 1500.0),
        ("−3,5", -3.5),
        ("0,125", 0.125),
        ("49.123", 49.123),
        ("1e3", 1000.0),
        ("+7", 7.0),
        (",5", 0.5),
    ],
)
def test_single_numbers(cell: str, value: float) -> None:
    values, findings = read_numbers([cell])
    assert not findings
    assert values[0] == value


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("inf", "not_finite"),
        ("NaN", "not_finite"),
        ("1e999", "not_finite"),
        ("12 t", "not_a_number"),
        ("12,5,3", "not_a_number"),
        ("#N/A", "spreadsheet_error"),
        ("2026-03-11", "date_in_number"),
        ("3-mars", "date_in_number"),
        ("1 23", "not_a_number"),
        ("-2", "negative_number"),
        ("2000000000", "out_of_bounds"),
        ("30 %", "not_a_number"),
        ("=1+1", "not_a_number"),
    ],
)
def test_what_is_no_number_is_named(cell: str, code: str) -> None:
    values, findings = read_numbers([cell], minimum=0, maximum=1e9)
    assert [f.code for f in findings] == [code]
    assert np.isnan(values[0])


def test_bounds_settle_a_coordinate() -> None:
    values, findings = read_numbers(["49,354"], minimum=-90, maximum=90)
    assert not findings
    assert values[0] == 49.354


def test_a_share_may_be_a_percentage() -> None:
    values, findings = read_numbers(["30 %", "12,5%"], maximum=1, is_share=True)
    assert not findings
    assert values.tolist() == [0.30, 0.125]


def test_columns_that_disagree_settle_nothing() -> None:
    assert decimal_mark(["12,5", "12.5"]) is None
    assert decimal_mark(["12,5", "1,234"]) == ","


@pytest.mark.parametrize("cell", ["170204*", "17 02 04*", "17.02.04 *", "17-02-04*", " 17\u00a002\u00a004*"])
def test_codes_are_read_as_people_write_them(cell: str) -> None:
    assert read_code(cell) == ("170204", True, "", "")


def test_a_lost_zero_is_suggested_and_not_put_back_in_silence() -> None:
    assert read_code("10101") == ("", False, "leading_zero_lost", "010101")
    assert read_code("10101.0") == ("", False, "leading_zero_lost", "010101")
    assert read_code("1 01 01") == ("010101", False, "leading_zero_restored", "")
    assert display_code("010101") == "01 01 01"


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_span_of_months_wraps_over_the_new_year(first: int, last: int) -> None:
    months, _ = read_months(f"{first}-{last}")
    assert months is not None
    assert len(months) == (last - first) % 12 + 1
    assert first in months
    assert last in months


def test_a_day_that_was_a_span_is_recognised() -> None:
    assert read_months("2026-03-11") == (None, "11-3")
    assert read_months("11/03/2026") == (None, "11-3")
    assert read_months("11-mars") == (None, "11-3")


def test_check_digits() -> None:
    assert has_valid_check_digit("73282932000074")
    assert not has_valid_check_digit("73282932000075")
    assert has_valid_check_digit("35600000000048")  # La Poste's own rule


def test_folding_forgets_case_accents_and_marks() -> None:
    assert fold(" Quantité\u00a0 par AN * ") == "quantite par an"


def tables() -> dict[str, pd.DataFrame]:
    return {
        "actors": pd.DataFrame({"actor_id": ["a", "b"], "name": ["A", "B"]}),
        "sites": pd.DataFrame(
            {
                "site_id": ["s", "r"],
                "actor_id": ["a", "b"],
                "commune": ["X", "Y"],
                "latitude": ["49", "50"],
                "longitude": ["6", "7"],
            }
        ),
        "outputs": pd.DataFrame(
            {
                "output_id": ["o", "q"],
                "site_id": ["s", "r"],
                "description": ["x", "y"],
                "quantity": ["1", "2"],
                "unit": ["t", "t"],
            }
        ),
        "needs": pd.DataFrame({"need_id": ["n"], "site_id": ["s"], "description": ["z"], "quantity": ["3"], "unit": ["t"]}),
        "quality": pd.DataFrame({"flow_id": ["o", "q"], "parameter": ["ph", "ph"], "value": ["7", "8"]}),
        "distances": pd.DataFrame({"from_site_id": ["s"], "to_site_id": ["r"], "distance_km": ["12"]}),
    }


@cache
def usual() -> Declarations:
    """What these tables declare, built once."""
    return build(tables())


def test_every_frame_obeys_its_schema() -> None:
    declared = usual()
    for name, frame in declared.frames.items():
        frame_schema(name).validate(frame)
        assert set(frame.columns) == set(DECLARATIONS[name].columns) - {DECLARATIONS[name].key}
        assert frame.index.name == DECLARATIONS[name].key


@settings(deadline=None, max_examples=30)  # a slow machine is no failure
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_nothing(random: object) -> None:
    shuffled = {}
    for name, frame in tables().items():
        rows, columns = list(range(len(frame))), list(frame.columns)
        random.shuffle(rows)  # type: ignore[attr-defined]
        random.shuffle(columns)  # type: ignore[attr-defined]
        shuffled[name] = frame.iloc[rows][columns].reset_index(drop=True)
    first, second = usual(), build(shuffled)
    assert first.fingerprint == second.fingerprint
    for name in DECLARATIONS:
        pd.testing.assert_frame_equal(first.frames[name], second.frames[name])


@pytest.mark.parametrize("table", ["actors", "sites", "outputs", "needs", "quality", "distances"])
def test_any_change_of_content_changes_the_fingerprint(table: str) -> None:
    changed = tables()
    number = {
        "sites": "latitude",
        "outputs": "quantity",
        "needs": "quantity",
        "quality": "value",
        "distances": "distance_km",
    }
    changed[table].loc[0, number.get(table, "name")] = "11"
    assert build(changed).fingerprint != usual().fingerprint


def test_an_actor_leaves_with_all_that_is_hers() -> None:
    left = build(tables()).without("b")
    assert list(left.actors.index) == ["a"]
    assert list(left.sites.index) == ["s"]
    assert list(left.outputs.index) == ["o"]
    assert list(left.quality["flow_id"]) == ["o"]
    assert left.distances.empty
    assert left.fingerprint != build(tables()).fingerprint
    with pytest.raises(KeyError):
        left.without("b")


def test_every_problem_of_every_table_is_reported() -> None:
    bad = tables()
    bad["actors"].loc[1, "actor_id"] = "a"
    bad["sites"].loc[0, "latitude"] = "190"
    bad["outputs"].loc[0, "unit"] = "sacs"
    bad["needs"].loc[0, "quantity"] = ""
    with pytest.raises(DeclarationError) as caught:
        build(bad)
    codes = [(p.code, p.table, p.row) for p in caught.value.problems]
    assert codes == [
        ("duplicate_id", "actors", 3), ("missing_value", "needs", 2), ("unknown_unit", "outputs", 2),
        ("dangling_reference", "sites", 3), ("out_of_bounds", "sites", 2),
    ] or sorted(codes) == sorted([
        ("duplicate_id", "actors", 3), ("missing_value", "needs", 2), ("unknown_unit", "outputs", 2),
        ("dangling_reference", "sites", 3), ("out_of_bounds", "sites", 2),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("today", "year", "severity"),
    [(date(2026, 12, 8), "2026", None), (date(2026, 12, 9), "2026", "warning"), (date(2027, 1, 4), "2027", "error")],
)
def test_a_mark_is_asked_for_from_the_day_on_which_the_code_is_hazardous(today: date, year: str, severity: str | None) -> None:
    listed = pd.DataFrame({"waste_code": ["160604"], "is_hazardous": ["true"], "hazardous_from": ["2026-12-09"]})
    declared = tables()
    declared["outputs"] = declared["outputs"].assign(waste_code=["16 06 04", ""], year=year)
    try:
        problems = build(declared, waste_codes=listed, today=today).warnings
    except DeclarationError as error:
        problems = error.problems
    assert [p.severity for p in problems if p.code == "missing_hazard_mark"] == [severity] * (severity is not None)


def test_rows_keep_the_number_that_the_spreadsheet_shows() -> None:
    raw = tables()
    outputs = raw["outputs"].set_axis([5, 9], axis=0)
    outputs.loc[9, "quantity"] = "deux"
    with pytest.raises(DeclarationError) as caught:
        build({**raw, "outputs": RawTable(frame=outputs, file="x.csv")})
    assert [(p.row, p.file, p.value) for p in caught.value.problems] == [(9, "x.csv", "deux")]


def test_synthetic_data_is_known_as_such() -> None:
    assert not build(tables()).is_synthetic
    assert build(tables(), facts={"is_synthetic": True}).is_synthetic
    marked = tables()
    marked["outputs"]["is_synthetic"] = ["", "oui"]
    assert build(marked).is_synthetic


def test_declarations_are_frozen() -> None:
    declared = build(tables())
    with pytest.raises(AttributeError):
        declared.facts = {}  # type: ignore[misc]
    assert isinstance(declared, Declarations)


def test_a_number_too_large_for_a_computer_is_not_finite_however_plainly_it_is_written() -> None:
    values, findings = read_numbers(["9" * 400 + ".25", "1.5"], minimum=0)
    assert math.isnan(values[0])
    assert values[1] == 1.5
    assert [(f.position, f.code) for f in findings] == [(0, "not_finite")]
