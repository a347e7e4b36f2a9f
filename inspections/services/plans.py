"""A plan before its draw and at its end: draft, cancellation, closing."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.calendar import LAST
from inspections.errors import InvalidInput, VersionConflict, WrongState
from inspections.models import (
    Department,
    Plan,
    RiskRun,
    Role,
    StratifyBy,
    TagKind,
    User,
    Visit,
    VisitTag,
)
from inspections.services import audit, commitment, release
from inspections.services.creation import made_before
from inspections.services.frames import check_possible, period_end
from inspections.services.steps import check_step, take_step, why_unchanged
from inspections.states import LIVE, PlanState, VisitState

MAX_SIZE = 2000
EDITABLE = frozenset(
    {
        "size",
        "stratify_by",
        "strata_sizes",
        "floor",
        "cap",
        "session_capacity",
        "first_day",
        "reveal_on",
        "risk_run",
    }
)


def create_plan(
    *,
    actor: User,
    period: date,
    size: int,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
    stratify_by: StratifyBy = StratifyBy.NONE,
    strata_sizes: Mapping[str, int] | None = None,
    floor: Decimal = Decimal("0.5"),
    cap: Decimal = Decimal("0.5"),
    session_capacity: int = 3,
    first_day: date | None = None,
    reveal_on: date | None = None,
    risk_run: RiskRun | None = None,
) -> Plan:
    """Open the draft of a month's plan; without a risk run every unit has the same chance.

    The same call with the same id again returns the draft that it opened.

    Raises:
        InvalidInput: the month is over or has a live plan, or the wish cannot be granted.
        VersionConflict: somebody opened a draft at the same moment.
        WrongState: the id is taken by something else.
    """
    policies.require(actor, Role.PLANNER)
    if period > LAST:
        raise InvalidInput(_("This month lies too far ahead."), field="period")
    wish = {
        "period": period,
        "size": size,
        "stratify_by": stratify_by,
        "strata_sizes": strata_sizes,
        "floor": floor,
        "cap": cap,
        "session_capacity": session_capacity,
        "risk_run": risk_run,
        "created_by": actor,
    }
    # What is not wished for is worked out from the day, which may be another when the request comes again.
    days = {"first_day": first_day, "reveal_on": reveal_on}
    wish |= {name: day for name, day in days.items() if day is not None}
    if before := made_before(Plan.objects.all(), id, wish):
        return before
    usual = {
        "first_day": max(period, timezone.localdate(now) + timedelta(days=2)),
        "reveal_on": _usual_reveal(period),
    }
    plan = Plan(
        id=id or uuid4(),
        policy=risk_run.policy if risk_run else None,
        created_at=now,
        **(usual | wish),
    )
    _check_draft(plan, now)
    try:
        with transaction.atomic():
            # Numbers have no gaps: the next one is taken in the transaction that uses it, and two
            # who take the same one are told apart by the unique constraint.
            plan.serial = (Plan.objects.aggregate(last=Max("serial"))["last"] or 0) + 1
            plan.save(force_insert=True)
            audit.record(
                actor=actor,
                action="plan.create",
                obj=plan,
                now=now,
                details={"serial": plan.serial, "period": plan.period.isoformat()},
            )
    except IntegrityError:
        if before := made_before(Plan.objects.all(), id, wish):
            return before
        if not Plan.objects.filter(period=period).exclude(state=PlanState.CANCELLED).exists():
            raise VersionConflict from None  # the number was taken, by a plan of another month
        raise InvalidInput(
            _("There is a plan for this month already."), code="plan_exists", field="period"
        ) from None
    return plan


def _usual_reveal(period: date) -> date:
    """Return the day half a month after the month's end, or the latest that the department allows."""
    days = min(15, Department.objects.get().reveal_within_days)
    return period_end(period) + timedelta(days=days)


def update_plan(
    *, actor: User, plan: Plan, version: int, changes: Mapping[str, Any], now: datetime
) -> Plan:
    """Change a draft."""
    check_step("freeze", actor=actor, plan=plan)
    if unknown := changes.keys() - EDITABLE:
        raise InvalidInput(_("This cannot be changed."), field=min(unknown))
    values = dict(changes)
    if "risk_run" in values:
        run = values["risk_run"]
        values["policy"] = run.policy if run else None
    for name, value in values.items():
        setattr(plan, name, value)
    _check_draft(plan, now)
    with transaction.atomic():
        changed = Plan.objects.filter(pk=plan.pk, version=version, state=PlanState.DRAFT).update(
            version=F("version") + 1, **values
        )
        plan.refresh_from_db()
        if not changed:
            raise why_unchanged(plan, version)
        audit.record(
            actor=actor,
            action="plan.update",
            obj=plan,
            now=now,
            details={"changed": sorted(changes)},
        )
    return plan


def _check_draft(plan: Plan, now: datetime) -> None:
    end = period_end(plan.period)
    checks = [
        ("period", plan.period.day == 1, _("A plan is for a month: give its first day.")),
        ("period", end >= timezone.localdate(now), _("This month is over.")),
        ("size", 1 <= plan.size <= MAX_SIZE, _("The number of visits is out of range.")),
        ("floor", _is_share(plan.floor), _("The floor lies above 0 and at most at 1.")),
        ("cap", _is_share(plan.cap), _("The cap lies above 0 and at most at 1.")),
        (
            "session_capacity",
            1 <= plan.session_capacity <= MAX_SIZE,
            _("The number of visits in one session is out of range."),
        ),
        (
            "first_day",
            plan.period <= plan.first_day <= end,
            _("The first day of visits lies in the month of the plan."),
        ),
        (
            "strata_sizes",
            plan.strata_sizes is None or min(plan.strata_sizes.values(), default=0) >= 1,
            _("Every stratum takes at least one visit."),
        ),
        (
            "strata_sizes",
            plan.strata_sizes is None or sum(plan.strata_sizes.values()) == plan.size,
            _("The visits of the strata do not add up to the number of visits."),
        ),
    ]
    for field, holds, message in checks:
        if not holds:
            raise InvalidInput(message, field=field)
    check_possible(plan)


def _is_share(value: Decimal) -> bool:
    # The columns keep three decimals: a fourth would be frozen and not stored.
    return value.is_finite() and 0 < value <= 1 and value == round(value, 3)


def request_cancel(*, actor: User, plan: Plan, version: int, reason: str, now: datetime) -> Plan:
    """Ask for a plan to be cancelled; a second person decides."""
    policies.require(actor, Role.PLANNER, Role.APPROVER)
    reason = text.nfc(reason).strip()
    if not reason:
        raise InvalidInput(_("Give the reason."), field="reason")
    with transaction.atomic():
        changed = Plan.objects.filter(pk=plan.pk, version=version, state__in=LIVE).update(
            version=F("version") + 1,
            cancel_requested_by=actor,
            cancel_requested_at=now,
            cancel_reason=reason,
        )
        plan.refresh_from_db()
        if not changed:
            raise why_unchanged(plan, version)
        audit.record(actor=actor, action="plan.request_cancel", obj=plan, now=now)
    return plan


def cancel(*, actor: User, plan: Plan, version: int, now: datetime) -> Plan:
    """Cancel a plan as the second person. What it would have been is revealed at once, and it stays counted."""
    check_step("cancel", actor=actor, plan=plan)
    if plan.cancel_requested_by is None:
        raise WrongState(_("Nobody asked for this plan to be cancelled."), state=plan.state)
    record = commitment.revelation(plan)
    with transaction.atomic():
        _end_visits(plan)
        return take_step(
            "cancel",
            actor=actor,
            plan=plan,
            version=version,
            now=now,
            cancelled_by=actor,
            cancelled_at=now,
            record=record,
        )


def close(*, actor: User, plan: Plan, version: int, now: datetime) -> Plan:
    """Close a plan whose month is over; visits that were not made are closed as such."""
    check_step("close", actor=actor, plan=plan)
    if timezone.localdate(now) <= period_end(plan.period):
        raise WrongState(_("The month is not over."), state=plan.state)
    if plan.version != version:
        raise VersionConflict
    release.release_plan(plan=plan, now=now)
    plan.refresh_from_db()
    with transaction.atomic():
        _end_visits(plan)
        return take_step(
            "close",
            actor=actor,
            plan=plan,
            version=plan.version,
            now=now,
            closed_by=actor,
            closed_at=now,
        )


def _end_visits(plan: Plan) -> None:
    """Close the visits that were not made, and free their teams for another visit in those sessions.

    It comes before the step: whoever locks several rows takes plan, visits, tags and audit log in this order, so
    that no two wait for each other.
    """
    Plan.objects.select_for_update().get(pk=plan.pk)
    Visit.objects.filter(plan=plan, state__in=[VisitState.SEALED, VisitState.RELEASED]).update(
        state=VisitState.NOT_MADE, version=F("version") + 1
    )
    VisitTag.objects.filter(
        visit__plan=plan, visit__state=VisitState.NOT_MADE, kind=TagKind.DUTY
    ).delete()
