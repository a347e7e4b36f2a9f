"""Opening each visit to its team when it is time, and taking its arrival."""

import logging
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies
from inspections.errors import NotFound, SealBroken, VersionConflict, WrongState
from inspections.models import AuditEvent, Plan, Role, TagKind, User, Visit, VisitMember
from inspections.sealing import keyring
from inspections.services import audit
from inspections.states import PlanState, VisitState

logger = logging.getLogger("kycuong.release")

SET_ASIDE = "visit.set_aside"
OPEN_STATES = (PlanState.APPROVED, PlanState.ACTIVE)


def release_due(*, now: datetime) -> int:
    """Open every visit whose hour has come and return how many were opened. Safe to run at any time, twice,
    and from several processes at once.

    A visit whose payload does not open any more is set aside: an event names it once, and it ends with its plan as
    one that was not made.

    Raises:
        KeyUnavailable: there is no keyring, or it is not this installation's; nothing was opened.
    """
    return _release_plans(Plan.objects.filter(state__in=OPEN_STATES), now)


def release_plan(*, plan: Plan, now: datetime) -> int:
    """Open the due visits of one plan, as ``release_due`` does."""
    return _release_plans([plan], now)


def _release_plans(plans: Iterable[Plan], now: datetime) -> int:
    for plan in plans:
        _activate(plan, now)
    sealed = list(Visit.objects.filter(plan__in=plans, state=VisitState.SEALED))
    if not sealed:
        return 0
    ring, opened = keyring(), 0
    for visit in sealed:
        try:
            opened += _release(visit, visit.open_payload(ring), now)
        except SealBroken:  # one damaged row must not keep the others shut
            _set_aside(visit, now)
    return opened


def _set_aside(visit: Visit, now: datetime) -> None:
    """Name a visit that does not open, once."""
    with transaction.atomic():
        Visit.objects.select_for_update().get(pk=visit.pk)
        if not AuditEvent.objects.filter(action=SET_ASIDE, object_id=str(visit.pk)).exists():
            logger.error("visit %s does not open and was set aside", visit.pk)
            audit.record(actor=None, action=SET_ASIDE, obj=visit, now=now)


def _activate(plan: Plan, now: datetime) -> None:
    """Let an approved plan become active with its month, not with its first visit: the change tells nothing."""
    with transaction.atomic():
        if Plan.objects.filter(
            pk=plan.pk, state=PlanState.APPROVED, period__lte=timezone.localdate(now)
        ).update(state=PlanState.ACTIVE, version=F("version") + 1):
            audit.record(actor=None, action="plan.activate", obj=plan, now=now)


def _release(visit: Visit, payload: dict[str, Any], now: datetime) -> bool:
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
    """Take note that the team stands at the door (Đã đến nơi). Saying it again changes nothing.

    A visit that is due but that no job has released yet is released with it.

    Raises:
        NotFound: the visit is not the actor's, or its hour has not come: one answer for both.
        VersionConflict: the visit changed since ``version``, which is that of the released visit.
        WrongState: the visit is closed.
    """
    policies.require(actor, Role.INSPECTOR)
    seen = Visit.objects.visible_to(actor, now).filter(pk=visit.pk).first()
    if seen is None:
        raise NotFound
    with transaction.atomic():
        if seen.state == VisitState.SEALED:
            _release(seen, seen.open_payload(keyring()), now)
        if not VisitMember.objects.filter(visit=visit, inspector__user=actor).exists():
            raise NotFound
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
