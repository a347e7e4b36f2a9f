"""By when a unit explains and remedies what was found, counted from what it signed or received."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies
from inspections.calendar import DateOutOfRange, WorkCalendar
from inspections.errors import InvalidInput, VersionConflict, WrongState
from inspections.filing import contents
from inspections.models import (
    Demand,
    DemandKind,
    DemandState,
    Department,
    Finding,
    Letter,
    LetterKind,
    Submission,
    User,
    Visit,
)
from inspections.queries.calendars import work_calendar
from inspections.services import audit
from inspections.states import FOLLOW, VisitState


@dataclass(frozen=True)
class _Said:
    """What the submissions of a visit say of deadlines: by submission the signed date, and what was accepted.

    ``closing`` is the date in the signed minutes; ``explained`` names findings whose explanation was accepted
    at the unit.
    """

    signed: Mapping[UUID, date]
    closing: date | None
    explained: frozenset[str]


def record_receipt(
    *, actor: User, visit: Visit, version: int, received_on: date, now: datetime
) -> Visit:
    """Record when the unit received the minutes; its deadlines run from that day.

    Raises:
        WrongState: the visit is not filed.
        InvalidInput: the day lies before the visit or in the future.
        VersionConflict: the visit changed since ``version``.
    """
    policies.require(actor, *FOLLOW)
    if visit.state != VisitState.FILED:
        raise WrongState(_("The visit is not filed yet."), code="not_filed")
    check_received(visit, received_on, now)
    with transaction.atomic():
        changed = Visit.objects.filter(pk=visit.pk, version=version).update(
            version=F("version") + 1, minutes_received_on=received_on
        )
        if not changed:
            raise VersionConflict
        visit.refresh_from_db()
        recompute(visit)
        audit.record(
            actor=actor,
            action="visit.record_receipt",
            obj=visit,
            now=now,
            details={"received_on": received_on.isoformat()},
        )
    return visit


def check_received(visit: Visit, day: date, now: datetime) -> None:
    """Raise ``InvalidInput`` unless something about a visit can have been received on the day."""
    if (visit.date is not None and day < visit.date) or day > timezone.localdate(now):
        raise InvalidInput(
            _("This day lies before the visit, or in the future."),
            code="day_not_possible",
            field="received_on",
        )


def recompute(visit: Visit) -> None:
    """Bring the deadlines of a visit's findings up to date; rows that change get a new version.

    It runs in the transaction of what changed them, which holds the visit's row. Deadlines are those of the latest
    demand, else of the "5 rõ" and the department's settings, from the unit's receipt, else from the signed date.
    """
    findings = list(visit.findings.all())
    if not findings:
        return
    said, department, calendar = _said(visit), Department.objects.first(), work_calendar()
    demanded = _demanded(visit)
    written = dict(
        Letter.objects.filter(findings__in=findings, kind=LetterKind.EXPLANATION)
        .values("findings")
        .annotate(first=Min("received_on"))
        .values_list("findings", "first")
    )
    for finding in findings:
        start = visit.minutes_received_on or said.signed.get(finding.submission_id, said.closing)
        dates = {"counted_from": start} | _due(finding, start, department or Department(), calendar)
        for kind in DemandKind:
            if (finding.pk, kind) in demanded:
                dates[f"{kind}_due"] = demanded[finding.pk, kind]
        on_the_spot = visit.date if str(finding.ref) in said.explained else None
        known = [day for day in (on_the_spot, written.get(finding.pk)) if day is not None]
        dates["explained_on"] = min(known, default=None)
        if any(getattr(finding, name) != day for name, day in dates.items()):
            Finding.objects.filter(pk=finding.pk).update(version=F("version") + 1, **dates)


def _said(visit: Visit) -> _Said:
    signed, closing, explained = {}, None, set()
    for submission in Submission.objects.counting().filter(visit=visit):
        content = contents.loads(submission.body)
        if content["signed_on"] is not None:
            signed[submission.pk] = date.fromisoformat(content["signed_on"])
        if submission.closes:
            closing = signed.get(submission.pk)
        explained |= {
            one["finding"] for one in content["explanations"] if one["outcome"] == "accepted"
        }
    return _Said(signed, closing, frozenset(explained))


def _due(
    finding: Finding, start: date | None, department: Department, calendar: WorkCalendar
) -> dict[str, date | None]:
    """Return when explanation and remedy are due; None without a day to count from, or beyond the calendar."""
    terms = {
        "explanation_due": (department.explanation_days, "working"),
        "remedy_due": _remedy_term(finding.remedy, department),
    }
    return {name: _end(calendar, start, *term) for name, term in terms.items()}


def _remedy_term(remedy: Mapping[str, Any] | None, department: Department) -> tuple[int, str]:
    """Return length and unit of the remedy's own term, or else of the department's, in calendar days."""
    own = (remedy or {}).get("deadline")
    return (own["days"], own["unit"]) if own else (department.remedy_days, "calendar")


def _end(calendar: WorkCalendar, start: date | None, days: int, unit: str) -> date | None:
    if start is None:
        return None
    try:
        if unit == "working":
            return calendar.add_working_days(start, days)
        return calendar.add_calendar_days(start, days)
    except DateOutOfRange:  # a mistyped year must not keep a submission out
        return None


def _demanded(visit: Visit) -> dict[tuple[UUID, str], date]:
    """Return the day of the latest demand that was not withdrawn, by finding and kind."""
    rows = (
        Demand.objects.filter(visit=visit)
        .exclude(state=DemandState.WITHDRAWN)
        .order_by("made_at", "id")
    )
    return {
        (finding, kind): day
        for finding, kind, day in rows.values_list("findings", "kind", "due_on")
    }
