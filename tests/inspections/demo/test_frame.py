"""The demo's world: its units and its year."""

from datetime import date
from itertools import pairwise

import pytest

from inspections.demo.frame import Year, fields_handled, make_world

LAST = date(2026, 11, 20)


def test_the_units_are_those_of_dong_thap() -> None:
    units = make_world(1, LAST).units
    assert sum(unit.is_commune for unit in units) == 102
    assert {"Phường Mỹ Tho", "Xã Mỹ Thọ", "Sở Xây dựng"} <= {unit.name for unit in units}


def test_diligence_lowers_delays_and_burdens() -> None:
    worst, *_, best = sorted(make_world(1, LAST).units, key=lambda unit: unit.diligence)
    assert worst.chance_of_delay(0.1, 0.9) > 0.1 > best.chance_of_delay(0.1, 0.9)
    assert worst.burden(0.7) / worst.size > 1 > best.burden(0.7) / best.size


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (date(2026, 11, 20), date(2025, 12, 1)),
        (date(2026, 12, 31), date(2026, 1, 1)),
        (date(2027, 1, 1), date(2026, 2, 1)),
        (date(2028, 2, 29), date(2027, 3, 1)),
    ],
)
def test_a_year_is_twelve_months_cut_off_at_its_last_day(last: date, first: date) -> None:
    year = Year(last)
    assert (year.first, year.months[-1][1], len(year.months)) == (first, last, 12)
    for (_, ended), (begins, _) in pairwise(year.months):
        assert (begins - ended).days == 1


def test_quarters_follow_one_another_and_fill_the_year() -> None:
    year = Year(LAST)
    assert len(year.quarters) == 4
    assert (year.quarters[0][0], year.quarters[-1][1]) == (year.first, LAST)
    for (_, ended), (begins, _) in pairwise(year.quarters):
        assert (begins - ended).days == 1


def test_offices_handle_no_procedures() -> None:
    handled = {unit.code: fields_handled(unit) for unit in make_world(1, LAST).units}
    assert handled["SXD"] == ["Quy hoạch", "Xây dựng", "Giao thông"]
    assert handled["STP"] == ["Tư pháp"]
    assert handled["VPUB"] == handled["TTT"] == handled["TTPVHCC"] == []
