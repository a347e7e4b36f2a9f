"""The clocks of discipline, against counting day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.discipline import (
    LIMIT_DAYS,
    MOST_LIMIT_DAYS,
    Span,
    days_counted,
    last_day,
    years_after,
)

START = date(2026, 1, 1)
DAY = timedelta(days=1)
days = st.integers(-40, 260).map(lambda n: START + n * DAY)
limits = st.integers(LIMIT_DAYS, MOST_LIMIT_DAYS)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    first = draw(days)
    length = draw(st.none() | st.integers(0, 120))
    return Span(first, None if length is None else first + length * DAY)


pauses = st.lists(spans(), max_size=5)


def runs(day: date, given_pauses: list[Span]) -> bool:
    return not any(
        span.first <= day and (span.last is None or day <= span.last) for span in given_pauses
    )


@given(discovered=days, until=days, given_pauses=pauses)
def test_days_count_that_lie_in_no_pause(
    discovered: date, until: date, given_pauses: list[Span]
) -> None:
    length = max(0, (until - discovered).days)
    counted = sum(runs(discovered + n * DAY, given_pauses) for n in range(1, length + 1))
    assert days_counted(discovered, until, given_pauses) == counted


@given(discovered=days, limit=limits, given_pauses=pauses)
def test_the_last_day_is_the_first_on_which_the_whole_limit_has_run(
    discovered: date, limit: int, given_pauses: list[Span]
) -> None:
    last = last_day(discovered, limit, given_pauses)
    if last is None:
        far = discovered + 2000 * DAY
        assert days_counted(discovered, far, given_pauses) < limit
        return
    assert days_counted(discovered, last, given_pauses) == limit
    assert days_counted(discovered, last - DAY, given_pauses) == limit - 1


@given(discovered=days, limit=limits, given_pauses=pauses, more=spans())
def test_another_pause_never_makes_the_limit_end_sooner(
    discovered: date, limit: int, given_pauses: list[Span], more: Span
) -> None:
    before, after = (
        last_day(discovered, limit, some) for some in (given_pauses, [*given_pauses, more])
    )
    assert after is None or (before is not None and after >= before)


def test_ninety_days_from_the_second_of_march_end_on_the_last_of_may() -> None:
    assert last_day(date(2026, 3, 2), 90, []) == date(2026, 5, 31)
    assert last_day(date(2026, 3, 2), 150, []) == date(2026, 7, 30)


def test_a_pause_of_ten_days_moves_the_end_by_ten() -> None:
    pause = Span(date(2026, 3, 10), date(2026, 3, 19))
    assert last_day(date(2026, 3, 2), 90, [pause]) == date(2026, 6, 10)
    assert days_counted(date(2026, 3, 2), date(2026, 3, 15), [pause]) == 7


@pytest.mark.parametrize(
    ("day", "years", "after"),
    [
        (date(2026, 3, 2), 5, date(2031, 3, 2)),
        (date(2024, 2, 29), 5, date(2029, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
    ],
)
def test_years_end_on_the_same_day_of_the_month_or_on_its_last(
    day: date, years: int, after: date
) -> None:
    assert years_after(day, years) == after
