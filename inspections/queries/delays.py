"""How late matters are, in working days: grouped in SQL, measured in numpy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from inspections.models import FactState, Timeliness
from inspections.queries.windows import Floats, Frame

NO_PAUSE = Value(0)


@dataclass(frozen=True)
class Delays:
    """Groups of matters with one unit, deadline and end: how many, and how late in working days."""

    places: npt.NDArray[np.int64]
    counts: Floats
    days: Floats
    is_late: npt.NDArray[np.bool_]
    is_due: npt.NDArray[np.bool_]


def delays_of(
    frame: Frame,
    matters: QuerySet[Any],
    *,
    pause: Combinable = NO_PAUSE,
    answer_days: int | None = None,
) -> Delays:
    """Group matters in SQL by unit, deadline and end, and measure each group's delay in working days.

    ``matters`` carries ``deadline``; with ``answer_days`` also ``start``, from which a deadline runs where the
    source states none. ``pause`` is by how many calendar days the source has moved the deadline on for pauses:
    they do not count. An open matter ends at the cut-off of its load.
    """
    end = Case(When(state=FactState.OPEN, then=F("load__cutoff")), default=F("done"))
    late_by_label = Case(
        When(Q(done=None, label=Timeliness.LATE) & ~Q(state=FactState.OPEN), then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    if answer_days is None:
        matters = matters.filter(deadline__isnull=False).annotate(start=F("deadline"))
    groups = [
        (frame.place[unit], deadline, start, ended, by_label, paused, number)
        for unit, deadline, start, ended, by_label, paused, number in matters.annotate(
            end=end, late_by_label=late_by_label, paused=pause
        )
        .values("unit_id", "deadline", "start", "end", "late_by_label", "paused")
        .annotate(number=Count("pk"))
        .values_list("unit_id", "deadline", "start", "end", "late_by_label", "paused", "number")
        if unit in frame.place and (deadline or start)
    ]
    places, deadlines, starts, ends, labels, pauses, counts = (
        zip(*groups, strict=True) if groups else ((),) * 7
    )
    due = np.array(deadlines, dtype="datetime64[D]") - np.array(pauses, dtype="timedelta64[D]")
    if answer_days is not None:
        unstated = np.isnat(due)
        begun = np.array(starts, dtype="datetime64[D]")
        due[unstated] = frame.calendar.add_working_days_array(begun[unstated], answer_days)
    ended_on = np.array(ends, dtype="datetime64[D]")
    due_on = frame.calendar.next_working_day_on_or_after_array(due)
    known = ~np.isnat(ended_on)
    days = np.zeros(len(due))
    days[known] = frame.calendar.working_days_between_array(due_on[known], ended_on[known])
    days = np.clip(days, 0, frame.policy.days_cap)
    return Delays(
        places=np.array(places, dtype=np.int64),
        counts=np.array(counts, dtype=np.float64),
        days=days,
        is_late=(days > 0) | np.array(labels, dtype=np.bool_),
        is_due=~known | (due_on <= ended_on) | (due_on <= np.datetime64(frame.as_of)),
    )
