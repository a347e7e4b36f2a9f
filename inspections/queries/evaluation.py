"""What evaluators of units and of people need for a period: counts from what was filed and what came of it.

The product classifies nobody. Findings count in the period in which their visit lies and stand as they do on the day of
the extract; decisions count in the period of their date.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from inspections.errors import InvalidInput
from inspections.models import (
    Commendation,
    Finding,
    HandlingRecommendation,
    HandlingResult,
    RollCall,
    Stage,
    Submission,
    Unit,
    Visit,
)
from inspections.queries.findings import with_repetition
from inspections.states import CommendationState, FindingState, VisitState

#: A month, quarter, half-year or year: ``2026-03``, ``2026-Q1``, ``2026-H1``, ``2026``.
PERIOD: Final = "20[0-9]{2}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]))?"


@dataclass(frozen=True)
class Span:
    """A period of evaluation, both days included."""

    name: str
    first: date
    last: date


def span_of(period: str, starts_on: int) -> Span:
    """Return the days of a period, see `PERIOD`.

    Args:
        starts_on: the day, 1 to 28, on which a reporting month begins. From 2 on it lies in the calendar month
            before: with 15, March runs from 15 February to 14 March.

    Raises:
        InvalidInput: the text names no period.
    """
    if not re.fullmatch(PERIOD, period):
        raise InvalidInput(
            _("A period is 2026-03, 2026-Q1, 2026-H1 or 2026."),
            code="unknown_period",
            field="period",
        )
    year, part = int(period[:4]), period[5:]
    months = {"Q": 3, "H": 6, "": 12}.get(part[:1], 1)
    last = months * int(part.lstrip("QH") or 1)
    return Span(
        period,
        _month_begins(year, last - months + 1, starts_on),
        _month_begins(year, last + 1, starts_on) - timedelta(days=1),
    )


def _month_begins(year: int, month: int, starts_on: int) -> date:
    months = year * 12 + month - 1 - (starts_on > 1)
    return date(months // 12, months % 12 + 1, starts_on)


@dataclass
class Figures:
    """What was found of one unit or person. ``severities`` and ``states`` count findings that stand."""

    severities: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    overdue: int = 0
    repeated: int = 0
    remedied_on_time: int = 0
    remedied_late: int = 0
    handled: int = 0
    commended: int = 0

    def count(self, finding: Finding, today: date, *, repeated: bool) -> None:
        """Count a finding as it stands today."""
        self.severities[finding.severity] += 1
        self.states[finding.state] += 1
        self.overdue += finding.is_overdue(today)
        self.repeated += repeated
        if finding.remedied_on is not None and finding.remedy_due is not None:
            late = finding.remedied_on > finding.remedy_due
            self.remedied_late += late
            self.remedied_on_time += not late


@dataclass
class UnitFigures(Figures):
    """A unit's figures, with its visits and how many of its people were called and missing without a reason."""

    visits: int = 0
    required: int = 0
    unexcused: int = 0


@dataclass(frozen=True)
class Person:
    """Somebody as papers name him: the same words at the same unit are the same person."""

    unit: UUID
    name: str
    post: str


def by_unit(span: Span, today: date) -> dict[UUID, UnitFigures]:
    """Return the figures of each unit that was visited, or about which something was decided."""
    found: dict[UUID, UnitFigures] = defaultdict(UnitFigures)
    for unit in _visits(span).values_list("unit", flat=True):
        if unit is not None:
            found[unit].visits += 1
    for finding, repeated in _findings(span):
        if finding.visit.unit_id is not None:
            found[finding.visit.unit_id].count(finding, today, repeated=repeated)
    for unit, required, unexcused in _roll_calls(span):
        found[unit].required += required
        found[unit].unexcused += unexcused
    for unit in _handled(span).filter(official=None).values_list("visit__unit", flat=True):
        found[unit].handled += 1
    for unit in _commended(span).filter(official=None).values_list("unit", flat=True):
        found[unit].commended += 1
    return dict(found)


def by_person(span: Span, today: date) -> dict[Person, Figures]:
    """Return the figures of each person whom a finding or a decision names."""
    found: dict[Person, Figures] = defaultdict(Figures)
    for finding, repeated in _findings(span):
        if finding.responsible_name and finding.visit.unit_id is not None:
            who = Person(finding.visit.unit_id, finding.responsible_name, finding.responsible_post)
            found[who].count(finding, today, repeated=repeated)
    of_officials = Q(official__isnull=False)
    for row in (
        _handled(span)
        .filter(of_officials)
        .values_list("visit__unit", "official__full_name", "post")
    ):
        found[Person(*row)].handled += 1
    for row in (
        _commended(span).filter(of_officials).values_list("unit", "official__full_name", "post")
    ):
        found[Person(*row)].commended += 1
    return dict(found)


def units_of(pks: Iterable[UUID]) -> Mapping[UUID, Unit]:
    """Return the units by their ids."""
    return Unit.objects.in_bulk(set(pks))


def _visits(span: Span) -> QuerySet[Visit]:
    made = (VisitState.ARRIVED, VisitState.FILED)
    return Visit.objects.filter(date__range=(span.first, span.last), state__in=made)


def _findings(span: Span) -> Iterable[tuple[Finding, bool]]:
    """Yield the findings that stand, each with whether it is a repetition."""
    rows = Finding.objects.filter(
        visit__date__range=(span.first, span.last), taken_back_at=None
    ).exclude(state=FindingState.WITHDRAWN)
    for finding in with_repetition(rows).select_related("visit"):
        yield finding, bool(vars(finding)["repeated"])


def _roll_calls(span: Span) -> Iterable[tuple[UUID, int, int]]:
    """Yield for each office that was called its unit, how many had to be there, and how many had no reason not to.

    Where an office was counted again after evidence, that count stands.
    """
    counting = Submission.objects.counting().filter(visit__in=_visits(span))
    rows = (
        RollCall.objects.filter(submission__in=counting)
        .order_by("at", "id")
        .values_list(
            "submission__visit",
            "office",
            "stage",
            "submission__visit__unit",
            "required",
            "unexcused",
        )
    )
    last: dict[tuple[UUID, str], tuple[UUID, int, int]] = {}
    for visit, office, _stage, unit, required, unexcused in sorted(
        rows, key=lambda row: row[2] == Stage.AFTER_EVIDENCE
    ):
        last[visit, office] = unit, required, unexcused
    yield from last.values()


def _handled(span: Span) -> QuerySet[HandlingRecommendation]:
    """Return the decisions by which somebody was handled: where nothing was applied nothing counts."""
    return HandlingRecommendation.objects.filter(
        decided_on__range=(span.first, span.last), visit__unit__isnull=False
    ).exclude(result=HandlingResult.NOT_APPLIED)


def _commended(span: Span) -> QuerySet[Commendation]:
    return Commendation.objects.filter(
        decided_on__range=(span.first, span.last), state=CommendationState.GRANTED
    )
