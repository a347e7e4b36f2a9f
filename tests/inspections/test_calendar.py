"""Working days under the holiday table: one by one, and in arrays."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspections.calendar import FIRST, LAST, DateOutOfRange, DayKind, Session, WorkCalendar

TABLE_2026 = [
    (date(2026, 1, 1), "holiday"),
    (date(2026, 2, 16), "holiday"),
    (date(2026, 2, 17), "holiday"),
    (date(2026, 2, 18), "holiday"),
    (date(2026, 2, 19), "holiday"),
    (date(2026, 2, 20), "holiday"),
    (date(2026, 4, 26), "holiday"),
    (date(2026, 4, 27), "substitute"),
    (date(2026, 4, 30), "holiday"),
    (date(2026, 5, 1), "holiday"),
    (date(2026, 8, 22), "makeup_working_day"),
    (date(2026, 8, 31), "swapped_off"),
    (date(2026, 9, 1), "holiday"),
    (date(2026, 9, 2), "holiday"),
    (date(2026, 11, 24), "holiday"),
    (date(2027, 2, 4), "provisional"),
    (date(2027, 5, 1), "holiday"),
]

steady = settings(derandomize=True, deadline=None)
dates = st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31))
tables = st.lists(
    st.tuples(
        st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31)),
        st.sampled_from([kind.value for kind in DayKind]),
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return WorkCalendar(TABLE_2026)


class TestIsWorkingDay:
    @pytest.mark.parametrize(
        ("day", "working"),
        [
            (date(2026, 11, 20), True),
            (date(2026, 11, 21), False),
            (date(2026, 11, 22), False),
            (date(2026, 11, 24), False),
            (date(2026, 4, 27), False),
            (date(2026, 8, 22), True),
            (date(2026, 8, 31), False),
            (date(2027, 2, 4), False),
            (date(2025, 9, 2), True),
        ],
    )
    def test_the_table_corrects_the_weekday(
        self, calendar: WorkCalendar, day: date, working: bool
    ) -> None:
        assert calendar.is_working_day(day) is working

    @pytest.mark.parametrize("order", [1, -1])
    def test_a_make_up_day_beats_a_day_off_on_one_date(self, order: int) -> None:
        rows = [(date(2026, 8, 24), "holiday"), (date(2026, 8, 24), "makeup_working_day")]
        calendar = WorkCalendar(rows[::order])
        assert calendar.is_working_day(date(2026, 8, 24))
        assert calendar.kind_of(date(2026, 8, 24)) is DayKind.MAKEUP_WORKING_DAY

    @pytest.mark.parametrize("order", [1, -1])
    def test_a_settled_holiday_beats_a_provisional_one(self, order: int) -> None:
        rows = [(date(2027, 2, 5), "provisional"), (date(2027, 2, 5), "holiday")]
        assert WorkCalendar(rows[::order]).kind_of(date(2027, 2, 5)) is DayKind.HOLIDAY

    def test_an_ordinary_day_has_no_kind(self, calendar: WorkCalendar) -> None:
        assert calendar.kind_of(date(2026, 11, 20)) is None

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(ValueError, match="bank_holiday"):
            WorkCalendar([(date(2026, 1, 1), "bank_holiday")])

    def test_a_moment_is_refused_since_its_date_depends_on_the_zone(
        self, calendar: WorkCalendar
    ) -> None:
        with pytest.raises(TypeError, match="time zone"):
            calendar.is_working_day(datetime(2026, 11, 30, 17, 0, tzinfo=UTC))


class TestCovers:
    def test_years_without_a_row_are_not_covered(self, calendar: WorkCalendar) -> None:
        assert calendar.covers(date(2026, 12, 31))
        assert calendar.covers(date(2027, 1, 1))
        assert not calendar.covers(date(2025, 12, 31))
        assert not calendar.covers(date(2028, 1, 1))

    def test_an_empty_table_covers_nothing_and_knows_weekends(self) -> None:
        calendar = WorkCalendar([])
        assert not calendar.covers(date(2026, 1, 1))
        assert calendar.is_working_day(date(2026, 1, 1))
        assert not calendar.is_working_day(date(2026, 1, 3))


class TestAddCalendarDays:
    @pytest.mark.parametrize(
        ("start", "count", "end"),
        [
            (date(2026, 11, 20), 0, date(2026, 11, 20)),
            (date(2026, 11, 20), 3, date(2026, 11, 23)),
            # It would end on a holiday, on a weekend, and on a Saturday that is worked.
            (date(2026, 11, 20), 4, date(2026, 11, 25)),
            (date(2026, 11, 20), 1, date(2026, 11, 23)),
            (date(2026, 8, 20), 2, date(2026, 8, 22)),
        ],
    )
    def test_a_term_that_ends_on_a_day_off_goes_on_to_the_next_working_day(
        self, calendar: WorkCalendar, start: date, count: int, end: date
    ) -> None:
        assert calendar.add_calendar_days(start, count) == end

    def test_the_day_of_receipt_can_be_the_first(self) -> None:
        calendar = WorkCalendar(TABLE_2026, count_from_next_day=False)
        assert calendar.add_calendar_days(date(2026, 11, 20), 4) == date(2026, 11, 23)
        assert calendar.add_calendar_days(date(2026, 11, 20), 0) == date(2026, 11, 20)

    @pytest.mark.parametrize("count", [30, 10**9])
    def test_a_term_that_leads_out_of_the_table_is_refused(
        self, calendar: WorkCalendar, count: int
    ) -> None:
        with pytest.raises(DateOutOfRange):
            calendar.add_calendar_days(date(2099, 12, 20), count)


class TestAddWorkingDays:
    @pytest.mark.parametrize(
        ("start", "count", "end"),
        [
            (date(2026, 11, 20), 0, date(2026, 11, 20)),
            (date(2026, 11, 20), 1, date(2026, 11, 23)),
            (date(2026, 11, 20), 2, date(2026, 11, 25)),
            (date(2026, 11, 21), 1, date(2026, 11, 23)),
            (date(2026, 8, 21), 1, date(2026, 8, 22)),
            (date(2026, 8, 28), 1, date(2026, 9, 3)),
            (date(2026, 2, 13), 3, date(2026, 2, 25)),
            (date(2026, 12, 31), 1, date(2027, 1, 1)),
        ],
    )
    def test_day_one_is_the_next_working_day(
        self, calendar: WorkCalendar, start: date, count: int, end: date
    ) -> None:
        assert calendar.add_working_days(start, count) == end

    @pytest.mark.parametrize(
        ("start", "count", "end"),
        [
            (date(2026, 11, 20), 0, date(2026, 11, 20)),
            (date(2026, 11, 20), 1, date(2026, 11, 20)),
            (date(2026, 11, 20), 3, date(2026, 11, 25)),
            (date(2026, 11, 21), 1, date(2026, 11, 23)),
        ],
    )
    def test_day_one_can_be_the_day_of_receipt(self, start: date, count: int, end: date) -> None:
        calendar = WorkCalendar(TABLE_2026, count_from_next_day=False)
        assert calendar.add_working_days(start, count) == end

    @pytest.mark.parametrize("count", [-1, -(2**70)])
    def test_a_negative_term_is_refused(self, calendar: WorkCalendar, count: int) -> None:
        with pytest.raises(ValueError, match="negative"):
            calendar.add_working_days(date(2026, 1, 5), count)

    def test_a_negative_term_among_many_is_refused(self, calendar: WorkCalendar) -> None:
        with pytest.raises(ValueError, match="negative"):
            calendar.add_working_days_array(np.array(["2026-01-05"], "M8[D]"), np.array([3, -1]))

    @pytest.mark.parametrize("count", [30_000, 2**63 - 1, 2**70])
    def test_a_term_beyond_the_table_is_refused(self, calendar: WorkCalendar, count: int) -> None:
        with pytest.raises(DateOutOfRange):
            calendar.add_working_days(date(2026, 1, 5), count)

    def test_a_huge_term_among_many_is_refused(self, calendar: WorkCalendar) -> None:
        starts = np.array(["2026-01-05"], "M8[D]")
        with pytest.raises(DateOutOfRange):
            calendar.add_working_days_array(starts, np.array([2**63 - 1]))

    @steady
    @given(tables, dates, st.integers(min_value=0, max_value=400))
    def test_counting_back_gives_the_term(
        self, table: list[tuple[date, str]], start: date, count: int
    ) -> None:
        calendar = WorkCalendar(table)
        end = calendar.add_working_days(start, count)
        assert calendar.working_days_between(start, end) == count
        assert count == 0 or calendar.is_working_day(end)

    @steady
    @given(tables, dates, st.integers(min_value=1, max_value=60), st.booleans())
    def test_a_term_ends_where_stepping_day_by_day_ends(
        self, table: list[tuple[date, str]], start: date, count: int, from_next_day: bool
    ) -> None:
        calendar = WorkCalendar(table, count_from_next_day=from_next_day)
        day = start if from_next_day else start - timedelta(days=1)
        left = count
        while left:
            day += timedelta(days=1)
            left -= calendar.is_working_day(day)
        assert calendar.add_working_days(start, count) == day


class TestWorkingDaysBetween:
    def test_the_end_counts_and_the_start_does_not(self, calendar: WorkCalendar) -> None:
        assert calendar.working_days_between(date(2026, 11, 20), date(2026, 11, 20)) == 0
        assert calendar.working_days_between(date(2026, 11, 20), date(2026, 11, 23)) == 1
        assert calendar.working_days_between(date(2026, 11, 20), date(2026, 11, 24)) == 1

    def test_days_early_are_negative(self, calendar: WorkCalendar) -> None:
        assert calendar.working_days_between(date(2026, 11, 25), date(2026, 11, 20)) == -2

    @steady
    @given(tables, dates, dates, dates)
    def test_counts_add_up(
        self, table: list[tuple[date, str]], first: date, second: date, third: date
    ) -> None:
        between = WorkCalendar(table).working_days_between
        assert between(first, second) + between(second, third) == between(first, third)
        assert between(first, second) == -between(second, first)


class TestNextWorkingDay:
    def test_a_working_day_is_its_own_next(self, calendar: WorkCalendar) -> None:
        assert calendar.next_working_day_on_or_after(date(2026, 8, 22)) == date(2026, 8, 22)

    def test_a_holiday_after_a_weekend_is_stepped_over(self, calendar: WorkCalendar) -> None:
        assert calendar.next_working_day_on_or_after(date(2026, 8, 29)) == date(2026, 9, 3)

    def test_the_table_may_end_first(self) -> None:
        calendar = WorkCalendar([(LAST, "holiday")])
        with pytest.raises(DateOutOfRange):
            calendar.next_working_day_on_or_after(LAST)


class TestSessions:
    both = (Session.MORNING, Session.AFTERNOON)

    @pytest.mark.parametrize("saturday_morning", [True, False])
    def test_a_working_day_has_two(self, calendar: WorkCalendar, saturday_morning: bool) -> None:
        assert calendar.sessions(date(2026, 11, 20), saturday_morning=saturday_morning) == self.both
        assert calendar.sessions(date(2026, 8, 22), saturday_morning=saturday_morning) == self.both

    def test_saturday_morning_is_worked_where_the_unit_works_then(
        self, calendar: WorkCalendar
    ) -> None:
        assert calendar.sessions(date(2026, 11, 21), saturday_morning=True) == (Session.MORNING,)
        assert calendar.sessions(date(2026, 11, 21)) == ()

    @pytest.mark.parametrize("day", [date(2027, 5, 1), date(2026, 11, 22), date(2026, 11, 24)])
    def test_holidays_and_sundays_have_none(self, calendar: WorkCalendar, day: date) -> None:
        assert calendar.sessions(day, saturday_morning=True) == ()


class TestMonth:
    def test_holidays_and_make_up_days_are_in_the_months_count(
        self, calendar: WorkCalendar
    ) -> None:
        august = calendar.working_days_of_month(2026, 8)
        assert len(august) == 21
        assert date(2026, 8, 22) in august
        assert date(2026, 8, 31) not in august
        assert len(calendar.working_days_of_month(2026, 11)) == 20
        assert august == sorted(august)

    def test_december_ends_with_its_last_day(self, calendar: WorkCalendar) -> None:
        assert calendar.working_days_of_month(2026, 12)[-1] == date(2026, 12, 31)


class TestArrays:
    @steady
    @given(
        tables,
        st.lists(
            st.tuples(dates, dates, st.integers(min_value=0, max_value=300)),
            min_size=1,
            max_size=20,
        ),
        st.booleans(),
    )
    def test_an_array_gives_what_each_date_gives(
        self,
        table: list[tuple[date, str]],
        rows: list[tuple[date, date, int]],
        from_next_day: bool,
    ) -> None:
        calendar = WorkCalendar(table, count_from_next_day=from_next_day)
        starts = np.array([row[0] for row in rows], dtype="M8[D]")
        ends = np.array([row[1] for row in rows], dtype="M8[D]")
        counts = np.array([row[2] for row in rows])
        assert calendar.is_working_day_array(starts).tolist() == [
            calendar.is_working_day(start) for start, _, _ in rows
        ]
        assert calendar.covers_array(starts).tolist() == [
            calendar.covers(start) for start, _, _ in rows
        ]
        assert calendar.next_working_day_on_or_after_array(starts).tolist() == [
            calendar.next_working_day_on_or_after(start) for start, _, _ in rows
        ]
        assert calendar.add_working_days_array(starts, counts).tolist() == [
            calendar.add_working_days(start, count) for start, _, count in rows
        ]
        assert calendar.working_days_between_array(starts, ends).tolist() == [
            calendar.working_days_between(start, end) for start, end, _ in rows
        ]

    def test_one_cut_off_date_serves_an_array(self, calendar: WorkCalendar) -> None:
        due = np.array(["2026-11-20", "2026-11-23"], dtype="M8[D]")
        late = calendar.working_days_between_array(due, np.datetime64("2026-11-25"))
        assert late.tolist() == [2, 1]
        assert calendar.add_working_days_array(due, 1).tolist() == [
            date(2026, 11, 23),
            date(2026, 11, 25),
        ]

    def test_no_dates_give_no_dates(self, calendar: WorkCalendar) -> None:
        none = np.array([], dtype="M8[D]")
        assert calendar.add_working_days_array(none, 3).size == 0
        assert calendar.working_days_between_array(none, none).size == 0

    def test_a_missing_date_is_refused(self, calendar: WorkCalendar) -> None:
        days = np.array(["2026-11-20", "NaT"], dtype="M8[D]")
        with pytest.raises(DateOutOfRange):
            calendar.is_working_day_array(days)

    def test_moments_are_refused(self, calendar: WorkCalendar) -> None:
        with pytest.raises(TypeError, match="datetime64"):
            calendar.is_working_day_array(np.array(["2026-11-20T17:00"], dtype="M8[s]"))


class TestRange:
    @pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
    def test_dates_off_the_table_are_refused_one_by_one_and_in_arrays(
        self, calendar: WorkCalendar, day: date
    ) -> None:
        with pytest.raises(DateOutOfRange):
            calendar.is_working_day(day)
        with pytest.raises(DateOutOfRange):
            calendar.covers(day)
        with pytest.raises(DateOutOfRange):
            calendar.is_working_day_array(np.array([day], dtype="M8[D]"))
        with pytest.raises(DateOutOfRange):
            WorkCalendar([(day, "holiday")])

    def test_the_year_20226_is_refused(self, calendar: WorkCalendar) -> None:
        with pytest.raises(DateOutOfRange):
            calendar.is_working_day_array(np.array(["20226-01-01"], dtype="M8[D]"))

    def test_the_first_and_last_day_are_in_the_table(self, calendar: WorkCalendar) -> None:
        assert calendar.is_working_day(FIRST)
        assert calendar.working_days_between(FIRST, LAST) > 33_000
