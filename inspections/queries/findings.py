"""What can be said of findings as they stand: their clocks, and whether they come again."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, ExpressionWrapper, IntegerField, OuterRef, QuerySet
from django.db.models.functions import ExtractDay, ExtractMonth, ExtractYear

from inspections.calendar import WorkCalendar
from inspections.models import DemandKind, Finding, HandlingAct, HandlingKind, HandlingResult
from inspections.queries.calendars import work_calendar
from inspections.states import STANDING

_YEAR = 10_000


@dataclass(frozen=True)
class Clock:
    """A deadline: from when it runs, when it ends, when it was met, and by how many days it is or was missed.

    ``overdue_days`` are of the deadline's own unit, working or calendar days.
    """

    counted_from: date | None
    due_on: date | None
    met_on: date | None
    overdue_days: int


def clock(finding: Finding, kind: DemandKind, today: date, calendar: WorkCalendar) -> Clock:
    """Return the clock for a finding's explanation or remedy as it stands today.

    It stands still once it is met, and when the finding is closed, withdrawn or taken back.
    """
    if kind is DemandKind.EXPLANATION:
        due, met, unit = finding.explanation_due, finding.explained_on, "working"
    else:
        own = (finding.remedy or {}).get("deadline")
        due, met = finding.remedy_due, finding.remedied_on
        unit = own["unit"] if own else "calendar"
    end = met or (today if finding.is_followed else None)
    late = 0
    if due is not None and end is not None and end > due:
        late = calendar.working_days_between(due, end) if unit == "working" else (end - due).days
    return Clock(finding.counted_from, due, met, late)


@dataclass(frozen=True)
class Clocks:
    """The two clocks of a finding."""

    explanation: Clock
    remedy: Clock


def clocks(finding: Finding, today: date) -> Clocks:
    """Return a finding's clocks as they stand today."""
    calendar = work_calendar()
    return Clocks(*(clock(finding, kind, today, calendar) for kind in DemandKind))


def with_repetition(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    """Tell of each finding whether it was found before at the unit: the same item of the checklist.

    ``repeated``: within 12 months before; what was withdrawn or taken back was not found. ``reoffence``: within 12
    months after a discipline decision on what was found before took effect (NĐ 172/2025).
    """
    number = _number("visit__date")
    earlier = Finding.objects.annotate(number=number).filter(
        visit__unit=OuterRef("visit__unit"),
        item=OuterRef("item"),
        visit__date__lt=OuterRef("visit__date"),
        number__gte=OuterRef("number") - _YEAR,
        state__in=STANDING,
        taken_back_at=None,
    )
    return rows.annotate(number=number).annotate(
        repeated=Exists(earlier), reoffence=Exists(_disciplined())
    )


def _disciplined() -> QuerySet[HandlingAct]:
    """Return what was disciplined within 12 months before a finding, for the same item at the same unit."""
    return HandlingAct.objects.annotate(number=_number("recommendation__effective_on")).filter(
        finding__visit__unit=OuterRef("visit__unit"),
        finding__item=OuterRef("item"),
        finding__visit__date__lt=OuterRef("visit__date"),
        recommendation__kind=HandlingKind.DISCIPLINE,
        recommendation__result=HandlingResult.APPLIED,
        recommendation__effective_on__lte=OuterRef("visit__date"),
        number__gte=OuterRef("number") - _YEAR,
    )


def _number(day: str) -> "ExpressionWrapper[Any]":
    """Return a day as a number, 20260302: twelve months earlier is 10000 less, on every database."""
    return ExpressionWrapper(
        ExtractYear(day) * _YEAR + ExtractMonth(day) * 100 + ExtractDay(day),
        output_field=IntegerField(),
    )
