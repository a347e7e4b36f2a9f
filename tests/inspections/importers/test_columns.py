"""Cells are read for what they say, and doubted where they could say two things."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.importers.columns import (
    NO_COUNT,
    NO_DAY,
    Cell,
    Column,
    as_days,
    iso_days,
    read_code,
    read_count,
    read_date,
    read_rate,
    read_text,
)
from inspections.importers.problems import Doubt


def iso(cell: Cell, order: str = "dmy") -> str | None:
    return iso_days(as_days([read_date(cell, order)]))[0]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("05/10/2026", "2026-10-05"),
        ("5/1/2026", "2026-01-05"),
        ("05-10-2026", "2026-10-05"),
        ("05.10.2026", "2026-10-05"),
        ("05/10/2026 08:30", "2026-10-05"),
        ("05/10/2026 08:30:59", "2026-10-05"),
        ("08:30 05/10/2026", "2026-10-05"),
        ("'05/10/2026", "2026-10-05"),
        ("  05/10/2026 ", "2026-10-05"),
        ("2026-10-05", "2026-10-05"),
        ("2026-10-05 00:00:00", "2026-10-05"),
        ("2026-10-05T08:30:00Z", "2026-10-05"),
        ("46300", "2026-10-05"),
        (46300.75, "2026-10-05"),
        (46300, "2026-10-05"),
        (datetime(2026, 10, 5, 8, 30), "2026-10-05"),  # noqa: DTZ001  as a spreadsheet yields it
        (date(2026, 10, 5), "2026-10-05"),
        ("", None),
        ("-", None),
        ("…", None),
    ],
)
def test_a_date_is_read_in_every_form_that_is_written(cell: Cell, expected: str | None) -> None:
    assert iso(cell) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("05/03/20226", "date_year"),
        ("05/03/1926", "date_year"),
        ("20226-03-05", "date_year"),
        ("31/02/2026", "date_impossible"),
        ("32/13/2026", "date_impossible"),
        ("10/25/2026", "date_month_first"),
        ("05/10/26", "date_short_year"),
        ("tháng 10", "date_unreadable"),
        ("5", "date_unreadable"),
        (5.0, "date_year"),
        (float("nan"), "date_unreadable"),
        (1e300, "date_unreadable"),
        (True, "date_unreadable"),
        (time(8, 30), "date_unreadable"),
        ("05/10/" + "9" * 5000, "date_year"),
    ],
)
def test_a_doubtful_date_is_a_problem(cell: Cell, code: str) -> None:
    with pytest.raises(Doubt) as doubt:
        read_date(cell)
    assert doubt.value.code == code


def test_month_comes_first_only_where_the_source_says_so() -> None:
    assert iso("04/03/2026") == "2026-03-04"
    assert iso("04/03/2026", "mdy") == "2026-04-03"
    assert iso("10/25/2026", "mdy") == "2026-10-25"


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)))
def test_a_date_written_by_hand_or_spreadsheet_comes_back(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    written: list[Cell] = [f"{day:%d/%m/%Y}", f"{day.day}-{day.month}-{day.year}", serial, day]
    assert {iso(cell) for cell in written} == {day.isoformat()}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1234", 1234),
        ("1.234", 1234),
        ("1.234.567", 1234567),
        ("1 234", 1234),
        ("1.234,00", 1234),
        ("007", 7),
        ("0", 0),
        (12.0, 12),
        (0, 0),
        ("", NO_COUNT),
        ("-", NO_COUNT),
    ],
)
def test_a_count_is_read_by_the_vietnamese_convention(cell: Cell, expected: int) -> None:
    assert read_count(cell) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1,234", "number_doubtful"),
        ("1,234.5", "number_doubtful"),
        ("1.234,5", "number_doubtful"),
        ("12.34", "number_doubtful"),
        ("1.2345", "number_doubtful"),
        ("-5", "number_negative"),
        (-5.0, "number_negative"),
        (1.5, "number_not_whole"),
        (float("nan"), "number_unreadable"),
        (float("inf"), "number_unreadable"),
        ("NaN", "number_unreadable"),
        ("mười", "number_unreadable"),
        ("99999999999999999999", "number_too_large"),
        (1e12, "number_too_large"),
        ("²", "number_unreadable"),
        (True, "number_unreadable"),
    ],
)
def test_a_doubtful_count_is_a_problem(cell: Cell, code: str) -> None:
    with pytest.raises(Doubt) as doubt:
        read_count(cell)
    assert doubt.value.code == code


@given(st.integers(0, 2**31 - 1))
def test_a_count_comes_back_however_it_is_grouped(number: int) -> None:
    grouped = f"{number:,}".replace(",", ".")
    assert read_count(str(number)) == read_count(grouped) == read_count(float(number)) == number


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("95,13%", 9513),
        ("95.13 %", 9513),
        ("95", 9500),
        ("0,5%", 50),
        (0.9513, 9513),
        (95.13, 9513),
    ],
)
def test_a_rate_is_read_with_comma_or_dot(cell: Cell, expected: int) -> None:
    assert read_rate(cell) == expected


@pytest.mark.parametrize("cell", ["1.234%", "95,133 %", "cao", -1.0, 101.0])
def test_a_doubtful_rate_is_a_problem(cell: Cell) -> None:
    with pytest.raises(Doubt):
        read_rate(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("000.00.12.H20-261001-0001", "000.00.12.H20-261001-0001"),
        ("'0012", "0012"),
        (12.0, "12"),
        ("Mã\u00a001", "Mã 01"),
        ("Ma\u0303 01", "Mã 01"),
        ("", ""),
    ],
)
def test_a_code_stays_text(cell: Cell, expected: str) -> None:
    assert read_code(cell) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1,23E+11", "code_damaged"),
        ("1.23e11", "code_damaged"),
        (1.5, "code_damaged"),
        (1e18, "code_damaged"),
        (datetime(2026, 10, 5), "code_damaged"),  # noqa: DTZ001
        ("x" * 81, "text_too_long"),
        ("a\ufffdb", "text_damaged"),
        ("a\ud800", "text_damaged"),
    ],
)
def test_a_damaged_code_is_a_problem(cell: Cell, code: str) -> None:
    with pytest.raises(Doubt) as doubt:
        read_code(cell)
    assert doubt.value.code == code


def test_long_text_is_cut_where_everybody_sees_it() -> None:
    assert read_text("abcdef", 4) == "abc…"
    assert read_text("<b>Đất đai</b>", 40) == "<b>Đất đai</b>"


def test_a_cell_seen_before_is_not_read_again() -> None:
    seen: list[Cell] = []

    def read(cell: Cell) -> str:
        seen.append(cell)
        if cell == "x":
            raise Doubt("value_missing")
        return str(cell)

    column = Column(read, "")
    cells: list[Cell] = ["a", "b", "a", "x", "x"]
    assert column.read(cells) == ["a", "b", "a", "", ""]
    assert seen == ["a", "b", "x"]
    assert [(place, doubt.code) for place, _cell, doubt in column.doubts(cells)] == [
        (3, "value_missing"),
        (4, "value_missing"),
    ]


def test_a_column_of_ever_new_values_does_not_grow_for_ever() -> None:
    column = Column(read_code, "")
    for start in range(0, 100_000, 10_000):
        column.read([f"H{number}" for number in range(start, start + 10_000)])
    assert len(column._known) < 40_000


def test_no_date_is_the_number_of_not_a_time() -> None:
    assert str(as_days([NO_DAY])[0]) == "NaT"
