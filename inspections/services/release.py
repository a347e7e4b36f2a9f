"""Opening each visit to its team when it is time, and taking its arrival."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies
from inspections.errors import KeyUnavailable, NotFound, VersionConflict, WrongState
from inspections.models import Plan, Role, TagKind, User, Visit, VisitMember
from inspections.services import audit
from inspections.states import PlanState, VisitState

OPEN_STATES = (PlanState.APPROVED, PlanState.ACTIVE)


def release_due(*, now: datetime) -> int:
    """Open every visit whose hour has come and return how many were opened. Safe to run at any time, twice,
    and from several processes at once.

    Raises:
        KeyUnavailable: a visit does not open with this keyring; the others were opened nevertheless.
    """
    return _release_plans(Plan.objects.filter(state__in=OPEN_STATES), now)


def release_plan(*, plan: Plan, now: datetime) -> int:
    """Open the due visits of one plan, as ``release_due`` does."""
    return _release_plans([plan], now)


def _release_plans(plans: Iterable[Plan], now: datetime) -> int:
    for plan in plans:
        _activate(plan, now)
    opened, failure = 0, None
    for visit in Visit.objects.filter(plan__in=plans, state=VisitState.SEALED):
        try:
            opened += _release(visit, now)
        except KeyUnavailable as error:  # one damaged row must not keep the others shut
            failure = error
    if failure is not None:
        raise failure
    return opened


def _activate(plan: Plan, now: datetime) -> None:
    """Let an approved plan become active with its month, not with its first visit: the change tells nothing."""
    with transaction.atomic():
        if Plan.objects.filter(
            pk=plan.pk, state=PlanState.APPROVED, period__lte=timezone.localdate(now)
        ).update(state=PlanState.ACTIVE, version=F("version") + 1):
            audit.record(actor=None, action="plan.activate", obj=plan, now=now)


def _release(visit: Visit, now: datetime) -> bool:
    payload: dict[str, Any] = visit.open_payload()
    release_at = datetime.fromisoformat(payload["release_at"])
    if release_at > now:
        return False
    with transaction.atomic():
        # The plan is part of the condition: a plan cancelled meanwhile releases nothing more. The row's own state
        # stands outside the sub-select, or PostgreSQL would not look at it again after waiting for another.
        opened = Visit.objects.filter(
            pk=visit.pk,
            state=VisitState.SEALED,
            plan__in=Plan.objects.filter(state__in=OPEN_STATES),
        ).update(
            state=VisitState.RELEASED,
            version=F("version") + 1,
            unit_id=UUID(payload["unit"]),
            date=date.fromisoformat(payload["date"]),
            session=payload["session"],
            release_at=release_at,
            released_at=now,
        )
        if not opened:
            return False
        # From here the members say who goes. Their tags of this plan would now have names, and tell where
        # else in the sealed roster the same people stand.
        visit.tags.filter(kind=TagKind.TEAM).delete()
        VisitMember.objects.bulk_create(
            VisitMember(
                visit=visit, inspector_id=UUID(member), is_leader=member == payload["leader"]
            )
            for member in payload["team"]
        )
        audit.record(actor=None, action="visit.release", obj=visit, now=now)
    return True


def record_arrival(*, actor: User, visit: Visit, version: int, now: datetime) -> Visit:
    """Take note that the team stands at the door (Đã đến nơi). Saying it again changes nothing."""
    policies.require(actor, Role.INSPECTOR)
    if not VisitMember.objects.filter(visit=visit, inspector__user=actor).exists():
        raise NotFound
    with transaction.atomic():
        changed = Visit.objects.filter(
            pk=visit.pk, state=VisitState.RELEASED, version=version
        ).update(
            state=VisitState.ARRIVED, version=F("version") + 1, arrived_at=now, arrived_by=actor
        )
        visit.refresh_from_db()
        if changed:
            audit.record(actor=actor, action="visit.arrive", obj=visit, now=now)
        elif visit.state == VisitState.RELEASED:
            raise VersionConflict
        elif visit.state != VisitState.ARRIVED:
            raise WrongState(_("This visit is closed."), state=visit.state)
    return visit
