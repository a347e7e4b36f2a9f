"""Moving a plan along its states: one conditional update that settles every race."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from inspections import policies
from inspections.errors import DomainError, SamePerson, VersionConflict, WrongState
from inspections.models import AuditEvent, Plan, User
from inspections.services import audit
from inspections.states import STEPS


def check_step(name: str, *, actor: User, plan: Plan) -> None:
    """Raise unless the actor may take the step now. A cheap look before work; ``take_step`` decides.

    Raises:
        NotAllowed: the role does not fit, or the account is closed to rosters.
        SamePerson: the actor made a step that another person must check here.
        WrongState: the plan is not where this step begins.
    """
    step = STEPS[name]
    policies.require(actor, *step.roles)
    policies.require_other(actor, *(getattr(plan, field) for field in step.not_by))
    if step.not_after and _did(actor, plan, step.not_after):
        raise SamePerson
    if plan.state not in step.sources:
        raise _wrong_state(plan)


def _did(actor: User, plan: Plan, actions: Collection[str]) -> bool:
    events = AuditEvent.objects.filter(object_id=str(plan.pk), action__in=actions)
    return events.filter(actor_id=actor.pk).exists()


def take_step(
    name: str,
    *,
    actor: User,
    plan: Plan,
    version: int,
    now: datetime,
    details: dict[str, Any] | None = None,
    **fields: Any,
) -> Plan:
    """Move the plan and write the audit event; call it inside the service's transaction.

    Of two people who press at once one wins: the update names the state and the version that were seen. What
    the service worked out beforehand must come from that same version of the row.
    """
    step = STEPS[name]
    fresh = Plan.objects.get(pk=plan.pk)
    check_step(name, actor=actor, plan=fresh)
    if plan.version != version:
        raise VersionConflict
    changed = Plan.objects.filter(pk=plan.pk, version=version, state__in=step.sources).update(
        state=step.target, version=F("version") + 1, **fields
    )
    fresh.refresh_from_db()
    if not changed:
        raise why_unchanged(fresh, version)
    audit.record(
        actor=actor,
        action=f"plan.{name}",
        obj=fresh,
        now=now,
        details={"serial": fresh.serial, "state": fresh.state} | (details or {}),
    )
    return fresh


def why_unchanged(plan: Plan, version: int) -> DomainError:
    """Say why a conditional update found no row: somebody was faster, or the step is out of turn."""
    return VersionConflict() if plan.version != version else _wrong_state(plan)


def _wrong_state(plan: Plan) -> WrongState:
    return WrongState(
        _("This step is not possible while the plan is: %(state)s.")
        % {"state": plan.get_state_display()},
        state=plan.state,
    )
