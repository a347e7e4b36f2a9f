"""Working days: what the weekday says, corrected by the holiday table.

A calendar is a table over all days from `FIRST` to `LAST`, so that one date and a million dates
are answered from the same numbers. Dates are calendar dates in Asia/Ho_Chi_Minh: turning a moment
into a date is the caller's.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from inspections.errors import InvalidInput

#: The days that a calendar can speak of, both included. Anything else is a typing mistake.
FIRST = date(1970, 1, 1)
LAST = date(2099, 12, 31)

Days = npt.NDArray[np.datetime64]
Counts = npt.NDArray[np.int64]

_DAY = np.dtype("datetime64[D]")
_LENGTH = (LAST - FIRST).days + 1
_SATURDAY = 5


class DayKind(TextChoices):
    """Kinds of an entry in the holiday table; of two on one date the earlier listed holds."""

    MAKEUP_WORKING_DAY = "makeup_working_day", _("Make-up working day")
    HOLIDAY = "holiday", _("Public holiday")
    SUBSTITUTE = "substitute", _("Substitute day off")
    SWAPPED_OFF = "swapped_off", _("Day off by swap")
    PROVISIONAL = "provisional", _("Provisional holiday")


class Session(TextChoices):
    """Half a working day."""

    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")


class DateOutOfRange(InvalidInput):
    """A date lies outside `FIRST` to `LAST`, or a count of days leads there."""

    code = "date_out_of_range"


class WorkCalendar:
    """Working days under one holiday table.

    ``days`` are rows of the table: a date and its kind (the values of `DayKind`). A make-up working
    day beats a day off, and a day off beats the weekday. A provisional day off counts as a day
    off until the table says otherwise.

    The table is taken to be complete for every year in which it has a row. In other years only
    weekends are off; `covers` tells which dates those are, so that figures resting on them
    can be flagged.

    With ``count_from_next_day`` (the rule of the law) day 0 is the day of receipt and day 1 the next
    working day; without it, day 1 is the day of receipt itself when that is a working day.

    Raises `DateOutOfRange` for a row outside the table, ``ValueError`` for an unknown kind.
    """

    def __init__(
        self, days: Iterable[tuple[date, str]], *, count_from_next_day: bool = True
    ) -> None:
        self._count_from_next_day = count_from_next_day
        self._kinds = _strongest(days)
        self._years = {day.year for day in self._kinds}
        self._is_working = (np.arange(_LENGTH) + FIRST.weekday()) % 7 < _SATURDAY
        for day, kind in self._kinds.items():
            self._is_working[_index(day)] = kind is DayKind.MAKEUP_WORKING_DAY
        # So many working days precede each day; and the working days themselves, numbered.
        self._before: Counts = np.concatenate([[0], np.cumsum(self._is_working)])
        self._working: Counts = np.flatnonzero(self._is_working)

    def kind_of(self, day: date) -> DayKind | None:
        """Return the kind that the table gives `day`, or None where the weekday decides."""
        return self._kinds.get(day)

    def covers(self, day: date) -> bool:
        """Tell whether the table knows the year of `day`; elsewhere only weekends are off."""
        _index(day)
        return day.year in self._years

    def is_working_day(self, day: date) -> bool:
        """Tell whether people work on `day`, Saturday mornings aside."""
        return bool(self._is_working[_index(day)])

    def next_working_day_on_or_after(self, day: date) -> date:
        """Return `day` if it is a working day, else the next that is."""
        return _date(self._nth_working(self._before[_index(day)]))

    def add_working_days(self, start: date, count: int) -> date:
        """Return the day on which a term of `count` working days from `start` ends.

        `start` is the day of receipt, working day or not; a term of 0 days ends on it.

        Raises `DateOutOfRange`; ``ValueError`` for a negative count.
        """
        if count < 0:
            raise ValueError("A term has no negative length.")
        return _date(self._add(np.array(_index(start)), np.array(min(count, _LENGTH))))

    def add_calendar_days(self, start: date, count: int) -> date:
        """Return the day on which a term of `count` calendar days from `start` ends.

        A term whose last day is a day off ends on the next working day.

        Raises `DateOutOfRange`.
        """
        counted = count if self._count_from_next_day else max(count - 1, 0)
        try:
            return self.next_working_day_on_or_after(start + timedelta(days=counted))
        except OverflowError:
            raise _out_of_range() from None

    def working_days_between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and including `end`.

        When `end` precedes `start` the count is negative, so that days early are counted as days
        late are. From a day of receipt this undoes `add_working_days` that counts from
        the next day.
        """
        return int(self._before[_index(end) + 1] - self._before[_index(start) + 1])

    def sessions(self, day: date, *, saturday_morning: bool = False) -> tuple[Session, ...]:
        """Return the sessions worked on `day`, for a unit that works on Saturday morning or not.

        A Saturday that the table makes a day off has none; one made up has both.
        """
        if self.is_working_day(day):
            return (Session.MORNING, Session.AFTERNOON)
        if saturday_morning and day.weekday() == _SATURDAY and day not in self._kinds:
            return (Session.MORNING,)
        return ()

    def working_days_of_month(self, year: int, month: int) -> list[date]:
        """Return the working days of one month, in order."""
        _first_weekday, length = monthrange(year, month)
        days = [date(year, month, day) for day in range(1, length + 1)]
        return [day for day in days if self.is_working_day(day)]

    # The same over arrays of datetime64[D]. NaT is out of range.

    def covers_array(self, days: Days) -> npt.NDArray[np.bool_]:
        """`covers` of each day."""
        years = _indices(days).astype(_DAY).astype("datetime64[Y]").astype(np.int64) + FIRST.year
        return np.isin(years, sorted(self._years))

    def is_working_day_array(self, days: Days) -> npt.NDArray[np.bool_]:
        """`is_working_day` of each day."""
        return self._is_working[_indices(days)]

    def next_working_day_on_or_after_array(self, days: Days) -> Days:
        """`next_working_day_on_or_after` of each day."""
        return self._nth_working(self._before[_indices(days)]).astype(_DAY)

    def add_working_days_array(self, starts: Days, counts: int | Counts) -> Days:
        """`add_working_days` of each start and count; the two broadcast."""
        if np.less(counts, 0).any():
            raise ValueError("A term has no negative length.")
        return self._add(_indices(starts), np.minimum(counts, _LENGTH)).astype(_DAY)

    def working_days_between_array(
        self, starts: Days | np.datetime64, ends: Days | np.datetime64
    ) -> Counts:
        """`working_days_between` of each start and end; the two broadcast."""
        return self._before[_indices(ends) + 1] - self._before[_indices(starts) + 1]

    def _add(self, starts: Counts, counts: Counts) -> Counts:
        already = self._before[starts + self._count_from_next_day]
        # A term of 0 days looks up a working day too, and then does not use it.
        ends = self._nth_working(np.where(counts == 0, 0, already + counts - 1))
        return np.where(counts == 0, starts, ends)

    def _nth_working(self, ordinals: Counts) -> Counts:
        if (ordinals >= len(self._working)).any():
            raise _out_of_range()
        return self._working[ordinals]


def _strongest(days: Iterable[tuple[date, str]]) -> dict[date, DayKind]:
    """The kind that holds on each date."""
    rank = {kind: place for place, kind in enumerate(DayKind)}
    kinds: dict[date, DayKind] = {}
    for day, value in days:
        kind = DayKind(value)
        _index(day)
        if day not in kinds or rank[kind] < rank[kinds[day]]:
            kinds[day] = kind
    return kinds


def _index(day: date) -> int:
    """Days since `FIRST`, the place of `day` in the tables."""
    if isinstance(day, datetime):
        raise TypeError("A moment is no date: convert it in the local time zone first.")
    if not FIRST <= day <= LAST:
        raise _out_of_range()
    return (day - FIRST).days


def _indices(days: Days | np.datetime64) -> Counts:
    if days.dtype != _DAY:
        raise TypeError(f"Days are datetime64[D], not {days.dtype}.")
    indices = np.asarray(days).astype(np.int64)  # counts from 1970-01-01, which is FIRST
    if ((indices < 0) | (indices > _LENGTH - 1)).any():
        raise _out_of_range()
    return indices


def _date(index: Counts) -> date:
    return FIRST + timedelta(days=int(index))


def _out_of_range() -> DateOutOfRange:
    return DateOutOfRange(
        _("A date must lie between 01/01/1970 and 31/12/2099."), first=FIRST, last=LAST
    )
