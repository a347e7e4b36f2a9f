"""Reading what is sealed: every reading and every refusal is on record."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.utils import timezone

from inspections import policies
from inspections.errors import NotFound
from inspections.models import (
    AuditEvent,
    Inspector,
    Plan,
    Role,
    Session,
    TagKind,
    Unit,
    User,
    Visit,
    VisitTag,
)
from inspections.models.visits import open_those_that_open
from inspections.sealing import Keyring, keyring
from inspections.services import audit
from inspections.states import PlanState

SESSION_ORDER = {Session.MORNING: 0, Session.AFTERNOON: 1}


@dataclass(frozen=True)
class RosterEntry:
    """One visit of a roster, opened in memory."""

    visit_id: UUID
    version: int
    state: str
    unit: Unit
    date: date
    session: Session
    release_at: datetime
    members: Sequence[Inspector]
    leader: Inspector | None


@dataclass(frozen=True)
class Reader:
    """Somebody who opened a roster: how often, and when last."""

    user: User
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Roster:
    """The visits of a plan in the order of their dates, and the ids of those that do not open any more."""

    entries: Sequence[RosterEntry]
    set_aside: Sequence[UUID]


def read_roster(*, actor: User, plan: Plan, now: datetime) -> Roster:
    """Open the roster of a plan for its makers and its approvers. A visit that does not open is named beside the
    others.

    Raises:
        NotFound: the actor may not read rosters, or there is none: one answer for both.
    """
    if not policies.may_read_roster(actor):
        audit.record(actor=actor, action="roster.denied", obj=plan, now=now)
        raise NotFound
    sealed = list(plan.visits.filter(payload__isnull=False).order_by("pk"))
    if not sealed:
        raise NotFound
    opened = list(open_those_that_open(sealed, keyring()))
    audit.record(actor=actor, action="roster.read", obj=plan, now=now)
    found = {visit.pk for visit, _ in opened}
    return Roster(_entries(opened), [visit.pk for visit in sealed if visit.pk not in found])


def open_roster(plan: Plan) -> list[RosterEntry]:
    """Open the roster in memory, for services that put the reading on record themselves.

    Raises:
        SealBroken: a visit does not open; the error names it.
    """
    ring = keyring()
    return _entries(
        [(visit, visit.open_payload(ring)) for visit in plan.visits.filter(payload__isnull=False)]
    )


def _entries(opened: Sequence[tuple[Visit, dict[str, Any]]]) -> list[RosterEntry]:
    units = Unit.objects.in_bulk([payload["unit"] for _, payload in opened])
    people = Inspector.objects.in_bulk(
        {member for _, payload in opened for member in payload["team"]}
    )
    entries = [_entry(visit, payload, units, people) for visit, payload in opened]
    return sorted(
        entries, key=lambda entry: (entry.date, SESSION_ORDER[entry.session], entry.unit.sort_key)
    )


def _entry(
    visit: Visit,
    payload: dict[str, Any],
    units: dict[UUID, Unit],
    people: dict[UUID, Inspector],
) -> RosterEntry:
    return RosterEntry(
        visit_id=visit.pk,
        version=visit.version,
        state=visit.state,
        unit=units[UUID(payload["unit"])],
        date=date.fromisoformat(payload["date"]),
        session=Session(payload["session"]),
        release_at=datetime.fromisoformat(payload["release_at"]),
        members=[people[UUID(member)] for member in payload["team"]],
        leader=people[UUID(payload["leader"])] if payload["leader"] else None,
    )


def roster_readers(*, actor: User, plan: Plan) -> list[Reader]:
    """Tell who has read the roster (Ai đã xem danh sách), for those who may read it themselves."""
    if not policies.may_read_roster(actor):
        raise NotFound
    readings = (
        AuditEvent.objects.filter(
            action__in=["roster.read", "roster.print_read"],
            object_id=str(plan.pk),
        )
        .values("actor_id")
        .annotate(times=Count("id"), last_at=Max("at"))
        .order_by("last_at")
    )
    users = User.objects.in_bulk([row["actor_id"] for row in readings])
    return [
        Reader(user=users[row["actor_id"]], times=row["times"], last_at=row["last_at"])
        for row in readings
    ]


def duties(*, actor: User, now: datetime) -> list[tuple[date, Session]]:
    """Return the sessions for which an inspector is on duty, without opening where he will go."""
    policies.require(actor, Role.INSPECTOR)
    inspector = Inspector.objects.filter(user=actor, is_active=True).first()
    if inspector is None:
        return []
    ring = keyring()
    audit.record(actor=actor, action="duties.read", obj=inspector, now=now)
    periods = Plan.objects.filter(state__in=[PlanState.APPROVED, PlanState.ACTIVE]).values_list(
        "period", flat=True
    )
    sessions = {
        duty_tag(ring, inspector.pk, day, session): (day, session)
        for period in periods
        for day in _days(period)
        for session in Session
    }
    found = VisitTag.objects.filter(kind=TagKind.DUTY, tag__in=sessions).values_list(
        "tag", flat=True
    )
    today = timezone.localdate(now)
    return sorted(
        (sessions[tag] for tag in found if sessions[tag][0] >= today),
        key=lambda duty: (duty[0], SESSION_ORDER[duty[1]]),
    )


def duty_tag(ring: Keyring, inspector_id: UUID, day: date, session: Session) -> str:
    """Return the tag that says an inspector is taken in a session; the database keeps it unique."""
    return ring.tag(TagKind.DUTY, inspector_id, day.isoformat(), session)


def _days(period: date) -> list[date]:
    return [
        period.replace(day=day)
        for day in range(1, calendar.monthrange(period.year, period.month)[1] + 1)
    ]
