"""What the loaded data say of each unit at a cut-off date: SQL aggregates, shaped into the score's inputs.

Lateness is measured by us, in working days, from the dates; what a source calls it is used only for finished
rows that carry no date. Each row is judged as of the cut-off of the load it came in: nothing is known later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from inspections.models import (
    AbsentMeans,
    Answer,
    Complaint,
    Department,
    Dossier,
    DossierSummary,
    FactState,
    Load,
    Origin,
    PastResult,
    SourceKind,
    Task,
    Unit,
    UnitKind,
    Visit,
)
from inspections.queries.calendars import work_calendar
from inspections.queries.delays import delays_of
from inspections.queries.windows import FACTS, Floats, Frame, cover_of, heard
from inspections.states import STANDING, VisitState
from planner.parts import decayed_sums
from planner.policy import DAYS_PER_MONTH, Policy, Severity
from planner.score import Inputs

# Peers are units of one kind; where too few of them have data, the larger group stands in.
PARENT_GROUPS = {
    UnitKind.DEPARTMENT: "province",
    UnitKind.OFFICE: "province",
    UnitKind.INSPECTORATE: "province",
    UnitKind.BOARD: "province",
    UnitKind.SERVICE_CENTRE: "province",
    UnitKind.COMMUNE: "commune",
    UnitKind.WARD: "commune",
    UnitKind.SPECIAL_ZONE: "commune",
    UnitKind.COMMUNE_OFFICE: "commune",
    UnitKind.COMMUNE_SERVICE_CENTRE: "commune",
    UnitKind.PUBLIC_SERVICE_UNIT: "service",
}
LEAST_WEIGHT = 2.0**-120


@dataclass(frozen=True)
class Measured:
    """The score's inputs with the units they belong to, in the same order, and the loads they rest on."""

    units: Sequence[Unit]
    inputs: Inputs
    loads: Sequence[Load]


def measure(*, as_of: date, policy: Policy) -> Measured:
    """Measure every active unit at the end of ``as_of``."""
    units = sorted(Unit.objects.filter(is_active=True), key=lambda unit: unit.code.encode())
    frame = Frame(
        place={unit.pk: place for place, unit in enumerate(units)},
        as_of=as_of,
        calendar=work_calendar(),
        policy=policy,
    )
    kinds = sorted(UnitKind.values)
    groups = sorted(set(PARENT_GROUPS.values()))
    inputs = Inputs(
        codes=tuple(unit.code for unit in units),
        peer=np.array([kinds.index(unit.kind) for unit in units], dtype=np.int64),
        parent=np.array(
            [groups.index(PARENT_GROUPS[UnitKind(unit.kind)]) for unit in units], dtype=np.int64
        ),
        cluster=_clusters(units),
        **_tasks(frame),
        **_dossiers(frame),
        **_complaints(frame),
        **_history(frame),
    )
    return Measured(
        units=units, inputs=inputs, loads=list(loads_that_count().filter(cutoff__lte=as_of))
    )


def loads_that_count() -> QuerySet[Load]:
    """Return the loads in effect whose rows the score reads, in the order in which they came."""
    facts = Load.objects.in_effect().filter(source__kind__in=FACTS, cutoff__isnull=False)
    return facts.select_related("source").order_by("number")


def _clusters(units: Sequence[Unit]) -> npt.NDArray[np.int64]:
    """Number the clusters: a unit that has no parent, and all that stand directly under it."""
    heads = [unit.parent_id or unit.pk for unit in units]
    number = {head: place for place, head in enumerate(dict.fromkeys(heads))}
    return np.array([number[head] for head in heads], dtype=np.int64)


def _tasks(frame: Frame) -> dict[str, Any]:
    start = frame.start(frame.policy.task_months)
    in_window = Q(due__gte=start, due__lte=F("load__cutoff")) | Q(
        due__lt=start, state=FactState.OPEN
    )
    matters = Task.objects.current(frame.as_of).filter(in_window).exclude(state=FactState.CANCELLED)
    delays = delays_of(frame, matters.annotate(deadline=F("due")))
    cover = cover_of(frame, [SourceKind.TASK], start)
    return {"task_cover": cover} | heard(
        cover,
        tasks=frame.sums(delays.places, delays.counts),
        tasks_overdue=frame.sums(delays.places, delays.counts * delays.is_late),
        task_days=frame.sums(delays.places, delays.counts * delays.days),
    )


def _dossiers(frame: Frame) -> dict[str, Any]:
    start = frame.start(frame.policy.dossier_months)
    handled = (
        Dossier.objects.current(frame.as_of)
        .exclude(state=FactState.CANCELLED)
        .filter(Q(received__gte=start) | Q(state=FactState.OPEN) | Q(done__gte=start))
    )
    detailed = frame.spread(_counts(handled))
    # Age counts without pauses: where the source states no first deadline, they are taken off the one it moved.
    pause = Case(
        When(original_due=None, pause_days__gt=0, then=F("pause_days")),
        default=Value(0),
        output_field=IntegerField(),
    )
    delays = delays_of(
        frame, handled.annotate(deadline=Coalesce("original_due", "due")), pause=pause
    )
    overdue = frame.sums(delays.places, delays.counts * delays.is_late)
    days = frame.sums(delays.places, delays.counts * delays.days)
    paused = handled.filter(Q(reopened=True) | Q(is_waiting=True) | Q(pause_days__gt=0))
    total, late = _summaries(frame, start)
    # A unit known one by one is not counted again from the summary of the same months.
    summary_only = detailed == 0
    cover = cover_of(frame, [SourceKind.DOSSIER, SourceKind.DOSSIER_SUMMARY], start)
    return {"dossier_cover": cover} | heard(
        cover,
        dossiers=np.where(summary_only, total, detailed),
        dossiers_overdue=np.where(summary_only, np.minimum(late, total), overdue),
        dossiers_detailed=detailed,
        dossier_days=days,
        dossiers_paused=frame.spread(_counts(paused)),
    )


def _summaries(frame: Frame, start: date) -> tuple[Floats, Floats]:
    """Return the dossiers handled and those of them overdue, by the monthly summaries of the window.

    Handled are those received in any of the months and those brought forward into the first; overdue
    those resolved late and those overdue at the end of the last.
    """
    rows = (
        DossierSummary.objects.current(frame.as_of)
        .filter(period_to__gte=start, period_to__lte=frame.as_of)
        .values_list(
            "unit_id",
            "period_to",
            "field",
            "total",
            "received",
            "brought_forward",
            "late",
            "overdue",
        )
    )
    months: dict[tuple[UUID, date], list[tuple[str, Sequence[int | None]]]] = {}
    for unit, period_to, field, *figures in rows:
        months.setdefault((unit, period_to), []).append((field, figures))
    total, late = np.zeros(frame.size), np.zeros(frame.size)
    last: dict[int, int] = {}
    for (unit, _), fields in sorted(months.items(), key=lambda item: item[0][1]):
        place = frame.place.get(unit)
        if place is None:
            continue
        # A row for all fields stands for the sum of the fields.
        whole = [figures for field, figures in fields if not field]
        figures_of = whole or [figures for _, figures in fields]
        everything, received, forward, resolved_late, overdue = (
            sum(figures[column] or 0 for figures in figures_of) for column in range(5)
        )
        is_first = place not in last
        total[place] += (everything or received + forward) if is_first else received
        late[place] += resolved_late
        last[place] = overdue
    for place, overdue in last.items():
        late[place] += overdue
    return total, late


def _complaints(frame: Frame) -> dict[str, Any]:
    start = frame.start(frame.policy.complaint_months)
    current = Complaint.objects.current(frame.as_of).exclude(state=FactState.CANCELLED)
    sent = current.filter(received__gte=start)
    named = (
        sent.exclude(complainant="")
        .values("unit_id")
        .annotate(number=Count("complainant", distinct=True))
        .values_list("unit_id", "number")
    )
    complainants = frame.spread(named) + frame.spread(_counts(sent.filter(complainant="")))
    delays = delays_of(
        frame,
        current.filter(Q(due__gte=start) | Q(due=None, received__gte=start)).annotate(
            deadline=F("due"), start=Coalesce("forwarded", "received")
        ),
        answer_days=Department.objects.values_list("complaint_answer_days", flat=True).first(),
    )
    cover = cover_of(frame, [SourceKind.COMPLAINT], start)
    return {"complaint_cover": cover} | heard(
        cover,
        complainants=complainants,
        answers_due=frame.sums(delays.places, delays.counts * delays.is_due),
        answers_late=frame.sums(delays.places, delays.counts * delays.is_late),
    )


def _history(frame: Frame) -> dict[str, Any]:
    start = frame.start(frame.policy.visit_months)
    points = dict(zip(Severity, frame.policy.severity_points, strict=True))
    loaded = (
        PastResult.objects.current(frame.as_of)
        .filter(visited_on__gte=start, visited_on__lte=frame.as_of)
        .values_list(
            "unit_id", "visited_on", "minor", "moderate", "major", "critical", "drawn", "complete"
        )
    )
    visits = [
        (frame.place[unit], day, sum(n * points[s] for n, s in zip(found, Severity, strict=True)),
         found[-1] > 0, drawn, complete)
        for unit, day, *found, drawn, complete in loaded
        if unit in frame.place
    ]  # fmt: skip
    own = Visit.objects.filter(date__gte=start, date__lte=frame.as_of)
    for unit, day, origin, answered, *found in _filed(own):
        if unit in frame.place:
            # A directed visit is somebody's choice: its findings count, and it must not lower the unit's score.
            drawn = origin == Origin.DRAWN
            amount = sum(n * points[s] for n, s in zip(found, Severity, strict=True))
            place = frame.place[unit]
            visits.append((place, day, amount, found[-1] > 0, drawn, drawn and answered))
    seen = [
        (frame.place[unit], day)
        for unit, day in own.filter(origin=Origin.DRAWN, state=VisitState.ARRIVED).values_list(
            "unit_id", "date"
        )
        if unit in frame.place and day
    ]
    full = [(place, day) for place, day, *_, complete in visits if complete] + seen
    places = np.array([visit[0] for visit in visits], dtype=np.int64)
    months = np.array([_months(frame, visit[1]) for visit in visits], dtype=np.float64)
    amounts = np.array([visit[2] for visit in visits], dtype=np.float64)
    complete_ones = np.array([visit[5] for visit in visits], dtype=np.float64)
    critical_ones = complete_ones * np.array([visit[3] for visit in visits], dtype=np.float64)
    half_life, recent_half_life = frame.policy.finding_half_life, frame.policy.cluster_half_life

    def weigh(ones: Floats, half_life: float) -> Floats:
        weight = decayed_sums(places, months, ones, frame.size, half_life)
        return np.where(weight < LEAST_WEIGHT, 0.0, weight)

    known = _known_history(frame)
    known[places] = True
    known[[place for place, _ in full]] = True
    drawn_ones = [(place, day) for place, day, *_, drawn, complete in visits if drawn and complete]
    return {
        "history_known": known,
        "finding_points": decayed_sums(places, months, amounts, frame.size, half_life),
        "visit_weight": weigh(complete_ones, half_life),
        "critical_weight": weigh(critical_ones, half_life),
        "recent_visit_weight": weigh(complete_ones, recent_half_life),
        "recent_critical_weight": weigh(critical_ones, recent_half_life),
        "months_since_visit": _months_since(frame, full),
        "months_since_draw": _months_since(frame, drawn_ones),
    }


def _filed(visits: QuerySet[Visit]) -> Iterable[tuple[Any, ...]]:
    """Return unit, day, origin, whether the checklist was answered, and the findings by severity of filed visits."""
    stands = Q(findings__taken_back_at=None, findings__state__in=STANDING)
    closing = Answer.objects.filter(submission__visit=OuterRef("pk"), submission__closes=True)
    counts = {
        f"found_{severity.value}": Count(
            "findings", filter=stands & Q(findings__severity=severity.value)
        )
        for severity in Severity
    }
    filed = visits.filter(state=VisitState.FILED)
    return filed.annotate(answered=Exists(closing), **counts).values_list(
        "unit_id", "date", "origin", "answered", *counts
    )


def _known_history(frame: Frame) -> npt.NDArray[np.bool_]:
    """Return where the absence of earlier visits is on record: a source says that absent means none."""
    complete = Load.objects.in_effect().filter(
        source__kind=SourceKind.RESULT,
        source__absent_means=AbsentMeans.ZERO,
        cutoff__lte=frame.as_of,
    )
    return np.full(frame.size, complete.exists())


def _months(frame: Frame, day: date) -> float:
    return (frame.as_of - day).days / DAYS_PER_MONTH


def _months_since(frame: Frame, visits: Iterable[tuple[int, date]]) -> Floats:
    months = np.full(frame.size, np.inf)
    for place, day in visits:
        months[place] = min(months[place], _months(frame, day))
    return months


def _counts(matters: QuerySet[Any]) -> Iterable[tuple[UUID, int]]:
    groups = matters.values("unit_id").annotate(number=Count("pk"))
    return [(unit, number) for unit, number in groups.values_list("unit_id", "number")]
