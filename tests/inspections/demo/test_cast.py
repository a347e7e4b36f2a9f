"""When the demo's people act."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from inspections.demo.cast import Moments
from tests.builders import HANOI


@pytest.mark.parametrize(
    ("now", "earlier", "next_month"),
    [
        (datetime(2026, 11, 22, 9, 0, tzinfo=HANOI), date(2026, 10, 1), date(2026, 12, 1)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=HANOI), date(2026, 11, 1), date(2027, 1, 1)),
        # Yesterday lies in the month before: the policy must be in force by then.
        (datetime(2027, 1, 1, 0, 5, tzinfo=HANOI), date(2026, 11, 1), date(2027, 2, 1)),
        (datetime(2027, 3, 1, 7, 0, tzinfo=HANOI), date(2027, 1, 1), date(2027, 4, 1)),
    ],
)
def test_each_step_has_its_day(now: datetime, earlier: date, next_month: date) -> None:
    moments = Moments(now)
    assert timezone.localdate(moments.earlier) == earlier
    assert moments.next_month == next_month
    assert moments.cutoff < timezone.localdate(moments.yesterday) < moments.today
    assert moments.earlier.date().replace(day=1) < moments.yesterday.date().replace(day=1)
