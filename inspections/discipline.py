"""The clocks of discipline, as functions of days alone.

Two periods run apart (NĐ 172/2025/NĐ-CP, Điều 5 for cán bộ and công chức; NĐ 234/2026/NĐ-CP has the same for
viên chức). The *limitation* (thời hiệu) runs from the day of the act and ends what can still be disciplined. The
*time limit* (thời hạn) runs in calendar days from the day on which the violation was discovered, and stands still
while the person is seriously ill, pregnant or has a child under twelve months, or is prosecuted.

Day 0 is the day of discovery; the last day of 90 is the 90th day after it.
"""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

#: Calendar days from discovery in which discipline is decided, and the most that a decision extends them to.
LIMIT_DAYS: Final = 90
MOST_LIMIT_DAYS: Final = 150
#: Years from the act: for a reprimand, and for every other form.
REPRIMAND_YEARS: Final = 5
OTHER_YEARS: Final = 10

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days on which the clock stands still, both included; ``last`` is None while nobody knows the end."""

    first: date
    last: date | None


def years_after(day: date, years: int) -> date:
    """Return the same day of the month so many years later; from 29 February the 28th where there is no 29th."""
    year = day.year + years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def days_counted(discovered: date, until: date, pauses: Collection[Span]) -> int:
    """Return how many days of the limit have run from the day after ``discovered`` to ``until``, both included.

    Days within a pause do not count, however many pauses they lie in. Before the discovery nothing has run: 0.
    """
    if until <= discovered:
        return 0
    counted = (until - discovered).days
    reached = discovered
    for pause in sorted(pauses, key=lambda pause: pause.first):
        first = max(pause.first, reached + _DAY)
        last = until if pause.last is None else min(pause.last, until)
        if last >= first:
            counted -= (last - first).days + 1
            reached = last
    return counted


def last_day(discovered: date, limit: int, pauses: Collection[Span]) -> date | None:
    """Return the last day of the limit; None when a pause whose end nobody knows begins on or before it."""
    day, left = discovered, limit
    for pause in sorted(pauses, key=lambda pause: pause.first):
        runs = max(0, (pause.first - day).days - 1)
        if left <= runs:
            break
        if pause.last is None:
            return None
        if pause.last > day:
            left -= runs
            day = pause.last
    return day + left * _DAY
