"""Reading the columns of a foreign sheet: whole columns typed, each fault with its row, its column as written, its remedy."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from symbiosis.declarations.cells import display_code, fold, read_code
from symbiosis.declarations.identity import nearest
from symbiosis.declarations.numbers import Mark, read_numbers
from symbiosis.declarations.plausibility import has_valid_check_digit
from symbiosis.errors import Problem, Severity
from symbiosis.io.imports.grids import bare, cells_of, native_positions, too_wide
from symbiosis.io.sheets import RawSheet
from symbiosis.units import parse_unit

LINES_PER_FILE = 10_000_000
"""A line of an import is the number of its file times this, plus its row: several files are read as one."""

_TRUE = frozenset(("o", "oui", "y", "yes", "true", "vrai", "1", "x"))
_FALSE = frozenset(("n", "non", "no", "false", "faux", "0", ""))
_NOT_TOLD = frozenset((
    "n.c.", "n.c", "nc", "n/c", "n.d.", "n.d", "nd", "n/d", "n.a.", "n/a", "na", "s.o.", "?", "-", "–", "inconnu", "unknown",
))  # fmt: skip
"""What people write where they do not know a figure."""
_NUMBER = r"[+-]?\d[\d\s\u00a0\u202f'’.,]*"
_ABOUT = re.compile(rf"(?:≈|~|±|env(?:iron|\.)?|approx\.?|about|ca\.?)\s*({_NUMBER}.*)", re.IGNORECASE)
_MEASURED = re.compile(rf"({_NUMBER}?)\s*([^\W\d_].*)")
_FROM_TO = re.compile(
    rf"(?:(?:de|entre|from|between)\s+)?({_NUMBER})\s*(?:à|a|et|to|and|-|–|\.\.)\s*({_NUMBER})", re.IGNORECASE
)
_DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d\d)")
_DAY_IN_WORDS = re.compile(r"(\d{1,2})(?:er)?[ .\-/]+([a-z]{3,})[ .\-/]+(\d{4}|\d\d)")
MONTHS = {
    name: i // 2 + 1 for i, name in enumerate((
        "janvier", "january", "fevrier", "february", "mars", "march", "avril", "april", "mai", "may", "juin", "june",
        "juillet", "july", "aout", "august", "septembre", "september", "octobre", "october", "novembre", "november",
        "decembre", "december",
    ))
}  # fmt: skip
"""Number of each month by its names, folded."""
_BROKEN = "Ã[\u0080-\u00bf©¨ª§´»‰€™®«¢¹]|\ufffd|â€™|Â°"


@dataclass(slots=True, kw_only=True)
class Columns:
    """Columns of a sheet under the names that an import gives them, and what is found wrong in them.

    Attributes
    ----------
    sheet
        Where they come from.
    position
        Of the heading line among the rows of the sheet.
    places
        Position of the cell by name.
    titles
        Heading as it was written, by name.
    text
        Cells as written, by row number.
    problems
        What was found.
    """

    sheet: RawSheet
    position: int
    places: Mapping[str, int]
    titles: Mapping[str, str] = field(default_factory=dict)
    text: pd.DataFrame = field(init=False)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Cut the cells and say what is wrong with the shape of rows."""
        head = self.sheet.rows[self.position][1]
        self.titles = {name: head[i].strip() for name, i in self.places.items()}
        self.text = cells_of(self.sheet, self.position, self.places)
        self.problems += self.sheet.problems
        self.problems += too_wide(self.sheet, self.position)
        at = {i: name for name, i in self.places.items()}
        written = [bare(cell) for cell in head]
        for i, name in at.items():
            if written[i] and written[i] in written[i + 1 :]:
                row = self.sheet.rows[self.position][0]
                self.problems.append(self.problem(row, name, "column_twice", "warning"))
        for row, i, code in self.sheet.findings:
            if i in at and row in self.text.index:
                self.problems.append(self.problem(row, at[i], code))
        first = int(self.text.index[0]) if len(self.text) else 0
        for reference in self.sheet.merges:
            last = int("".join(c for c in reference.partition(":")[2] if c.isdigit()) or 0)
            if first and last >= first:
                self.problems.append(
                    Problem(code="merged_cells", severity="warning", file=self.sheet.file, table=self.sheet.table, row=last,
                            value=reference)
                )  # fmt: skip

    def problem(self, row: int | None, name: str, code: str, severity: Severity = "error", **data: object) -> Problem:
        """Problem of one cell, under the heading as it was written."""
        value = "" if row is None or name not in self.text else str(self.text[name].get(row, ""))
        return Problem(code=code, severity=severity, file=self.sheet.file, table=self.sheet.table, row=row,
                       column=self.titles.get(name, name), value=value, data=data)  # fmt: skip

    def flag(self, mask: pd.Series, name: str, code: str, severity: Severity = "error", **data: object) -> None:
        """Say one thing of every row of a mask; values that are mappings are looked up by the cell."""
        for row in mask.index[mask.to_numpy(dtype=bool)]:
            cell = str(self.text[name].get(row, "")) if name in self.text else ""
            mine = {key: value.get(cell, "") if isinstance(value, Mapping) else value for key, value in data.items()}
            self.problems.append(self.problem(int(row), name, code, severity, **mine))

    @property
    def bad_rows(self) -> frozenset[int]:
        """Rows that an error spoils."""
        return frozenset(p.row for p in self.problems if p.severity == "error" and p.row is not None)

    def texts(self, name: str) -> pd.Series:
        """Cells of a column; empty where the sheet has none."""
        if name in self.text:
            return self.text[name]
        return pd.Series("", index=self.text.index, dtype=object)

    def first_of(self, names: Sequence[str]) -> pd.Series:
        """First filled cell of several columns, row by row."""
        found = self.texts(names[0])
        for name in names[1:]:
            found = found.where(found != "", self.texts(name))
        return found

    def require(self, names: Sequence[str], label: str) -> None:
        """One of several columns must be filled in every row."""
        if any(name in self.text for name in names):
            shown = next(name for name in names if name in self.text)
            self.flag(self.first_of(names) == "", shown, "missing_value")
        else:
            self.problems.append(self.problem(self.sheet.rows[self.position][0], label, "import_column_missing"))

    def numbers(self, name: str, *, minimum: float | None = 0.0, mark: Mark | None = None) -> pd.Series:
        """A column of numbers, with one decimal mark for the whole column."""
        cells = self.texts(name)
        if name not in self.places:
            return pd.Series(np.nan, index=cells.index)
        native = native_positions(self.sheet, cells.index, self.places[name])
        hint: Mark | None = "," if self.sheet.delimiter == ";" else None
        values, findings = read_numbers(list(cells), native=native, minimum=minimum, maximum=1e9, mark=mark, hint=hint)
        told = {(p.row, p.column) for p in self.problems if p.code not in ("unit_in_cell", "number_about")}
        for one in findings:
            row, code, severity, data = int(cells.index[one.position]), one.code, one.severity, one.data
            if (row, self.titles[name]) in told:
                continue
            cell = str(cells.iloc[one.position])
            between = _FROM_TO.fullmatch(cell) if code == "not_a_number" else None
            if between:
                code, data = "number_from_to", {"low": between.group(1).strip(), "high": between.group(2).strip()}
            elif code == "not_a_number" and name != "quantity" and fold(cell) in _NOT_TOLD:
                code, severity = "number_not_told", "warning"
            self.problems.append(self.problem(row, name, code, severity, **data))
        return pd.Series(values, index=cells.index)

    def units_in_cells(self, name: str) -> pd.Series:
        """Units that people write behind a number, ``80 000 kg``, ``≈ 60``: taken out of the cells of a column, and said.

        Parameters
        ----------
        name
            Of the column; of its cells the bare number is left.

        Returns
        -------
        pandas.Series
            The unit as it was written, empty where there is none that is known.
        """
        cells = self.texts(name)
        found: dict[str, tuple[str, str]] = {}
        for cell in cells.unique():
            about = _ABOUT.fullmatch(cell)
            measured = _MEASURED.fullmatch(about.group(1) if about else cell)
            if measured and parse_unit(measured.group(2)) is not None:
                found[cell] = (measured.group(1).strip(), measured.group(2).strip())
            elif about and measured is None:
                found[cell] = (about.group(1).strip(), "")
        read = cells.isin(list(found))
        if not read.any():
            return pd.Series("", index=cells.index, dtype=object)
        has_unit = cells.isin([cell for cell, (_, unit) in found.items() if unit])
        self.flag(has_unit, name, "unit_in_cell", "warning", unit={cell: unit for cell, (_, unit) in found.items()})
        self.flag(read & ~has_unit, name, "number_about", "warning", read={cell: number for cell, (number, _) in found.items()})
        self.text[name] = cells.map({cell: number for cell, (number, _) in found.items()}).where(read, cells)
        return cells.map({cell: unit for cell, (_, unit) in found.items()}).where(read, "")

    def days(self, name: str, today: date) -> pd.Series:
        """A column of days, ISO, French or in words, an hour behind them left out; no day to come."""
        cells = self.texts(name)
        uniques = pd.Series(cells.unique(), dtype=object)
        text = uniques.str.replace(r"[ T]\d{1,2}:\d\d(:\d\d)?(\.\d+)?Z?$", "", regex=True).map(_iso)
        is_day = text.str.fullmatch(r"\d{4}-\d\d-\d\d")
        day = pd.to_datetime(text.where(is_day, None), format="%Y-%m-%d", errors="coerce")
        found = cells.map(dict(zip(uniques, day, strict=True))).astype("datetime64[ns]")
        short = text.where(is_day & uniques.str.fullmatch(r"\D*\d{1,2}\D+(?:\d{1,2}|[^\W\d]+)\D+\d\d"), "")
        self.flag(cells.isin(list(uniques[short != ""])), name, "short_year", "warning",
                  read=dict(zip(uniques, short, strict=True)))  # fmt: skip
        off_calendar = (cells != "") & found.isna() & cells.isin(list(uniques[is_day]))
        self.flag(off_calendar, name, "no_such_day")
        self.flag((cells != "") & found.isna() & ~off_calendar, name, "unreadable_date")
        self.flag(found > pd.Timestamp(today), name, "date_in_future")
        return found

    def sirets(self, cells: pd.Series, name: str, severity: Severity = "error") -> pd.Series:
        """Numbers of establishments, blanks taken out, with their check digit; empty where wrong."""
        digits = cells.map({cell: "".join(cell.split()) for cell in cells.unique()})
        shaped = digits.map({d: d.isascii() and d.isdecimal() and len(d) == 14 for d in digits.unique()}).astype(bool)
        keyed = digits.map({d: has_valid_check_digit(d) for d in digits[shaped].unique()}).astype("boolean").fillna(False)
        self.flag((digits != "") & ~shaped, name, "siret_malformed", severity, length=14)
        self.flag(shaped & ~keyed.astype(bool), name, "siret_check_digit", severity)
        return digits.where(shaped & keyed.astype(bool), "")

    def waste_codes(self, name: str, hazard: str, known: Mapping[str, bool | None]) -> tuple[pd.Series, pd.Series]:
        """Six-digit codes of the list of waste, and whether each waste is hazardous.

        Parameters
        ----------
        name, hazard
            Columns of the code and of the mark ``O`` or ``N``.
        known
            Codes of the list that were ever in force, with their hazard; ``None`` where it has changed, so that a line may
            say either, by its day; nothing is checked where empty.

        Returns
        -------
        pandas.Series
            Codes, empty where there is none.
        pandas.Series
            ``true``, ``false`` or empty.
        """
        cells = self.texts(name)
        read = {cell: read_code(cell) for cell in cells.unique()}
        codes = cells.map({cell: one[0] for cell, one in read.items()})
        marked = cells.map({cell: one[1] for cell, one in read.items()}).astype(bool)
        problem = cells.map({cell: one[2] if cell else "" for cell, one in read.items()})
        meant = {cell: display_code(one[3] or one[0]) for cell, one in read.items()}
        for code in ("unreadable_code", "leading_zero_lost"):
            self.flag(problem == code, name, code, suggestion=meant)
        self.flag(problem == "leading_zero_restored", name, "leading_zero_restored", "warning", suggestion=meant)
        said = self.texts(hazard).map(fold)
        self.flag(~said.isin([*_TRUE, *_FALSE]), hazard, "not_a_flag")
        yes, no = said.isin(list(_TRUE)), said.isin(list(_FALSE - {""}))
        self.flag(marked & no, hazard, "hazard_contradiction")
        if not known:
            return codes, pd.Series(np.select([yes | marked, no], ["true", "false"], ""), index=cells.index)
        unknown = (codes != "") & ~codes.isin(list(known))
        near = {cell: display_code(nearest(read[cell][0], known, cutoff=80.0)) for cell in cells[unknown].unique()}
        shown = {cell: display_code(one[0]) for cell, one in read.items()}
        self.flag(unknown, name, "unknown_code", waste_code=shown, suggestion=near)
        listed = codes.map(known).astype("boolean").fillna(False).astype(bool)
        is_dated = codes.map({code for code, flag in known.items() if flag is None}.__contains__)
        inside = (codes != "") & ~unknown & ~is_dated & ~(marked & no)
        self.flag(inside & listed & no, hazard, "hazard_denied", waste_code=shown)
        if hazard not in self.text:
            # A register without such a column says hazard by the asterisk alone.
            self.flag(inside & listed & ~marked, name, "missing_hazard_mark", waste_code=shown)
        else:
            self.flag(inside & listed & ~marked & ~yes & ~no, name, "missing_hazard_mark", waste_code=shown)
        self.flag(inside & ~listed & (marked | yes), name if hazard not in self.text else hazard,
                  "hazard_mark_on_non_hazardous", waste_code=shown)  # fmt: skip
        told = np.select([yes | (marked & is_dated), no & is_dated], ["true", "false"], "")
        return codes, pd.Series(np.where((codes == "") | is_dated, told, np.where(listed, "true", "false")), cells.index)

    def kinds(self, name: str, meanings: Mapping[str, str]) -> pd.Series:
        """A column of few values, folded, as what each means; others are flagged and empty."""
        cells = self.texts(name)
        folded = cells.map({cell: fold(cell) for cell in cells.unique()})
        self.flag((cells != "") & ~folded.isin(list(meanings)), name, "unknown_choice", choices=tuple(meanings))
        return folded.map(dict(meanings)).fillna("")

    def lines(self, file_number: int) -> pd.Index:
        """Line of each row, when this is the n-th file of an import."""
        return self.text.index + file_number * LINES_PER_FILE

    def broken_accents(self, names: Collection[str]) -> None:
        """Text that an earlier program broke."""
        for name in names:
            if name in self.text:
                self.flag(self.text[name].str.contains(_BROKEN, regex=True), name, "broken_accents", "warning")


def _iso(cell: str) -> str:
    """A day as ``2024-02-12``, whether it exists or not; the cell itself where it is written in no way that is known."""
    plain = _DAY.fullmatch(cell)
    if plain:
        day, month, year = plain.groups()
    else:
        worded = _DAY_IN_WORDS.fullmatch(bare(cell))
        number = month_of(worded.group(2)) if worded else 0
        if worded is None or not number:
            return cell
        day, month, year = worded.group(1), str(number), worded.group(3)
    return f"{year if len(year) == 4 else f'20{year}'}-{month.zfill(2)}-{day.zfill(2)}"


def month_of(word: str) -> int:
    """Number of a month that is written out or cut short, folded; 0 where it is none.

    Parameters
    ----------
    word
        Three letters or more.
    """
    return next((number for name, number in MONTHS.items() if len(word) > 2 and name.startswith(word)), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The files of one import: where each line came from."""

    files: tuple[Columns, ...]

    def problem(self, line: int, name: str, code: str, severity: Severity = "error", **data: object) -> Problem:
        """Problem of a line, under the heading of its own file."""
        columns = self.files[line // LINES_PER_FILE]
        return columns.problem(line % LINES_PER_FILE, name, code, severity, **data)

    def has(self, line: int, name: str) -> bool:
        """Whether the file of a line has a column."""
        return name in self.files[line // LINES_PER_FILE].titles

    @property
    def place(self) -> Problem:
        """The import as a whole, where one place must stand for it."""
        sheet = self.files[0].sheet
        return Problem(code="", file=", ".join(dict.fromkeys(c.sheet.file for c in self.files)), table=sheet.table)
