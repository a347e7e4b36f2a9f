"""Policies of the score, made by one person and endorsed by another, and the scores under them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, VersionConflict, WrongState, planner_says
from inspections.models import Load, Policy, RiskRun, Role, UnitScore, User
from inspections.queries.measures import Measured, measure
from inspections.services import audit
from inspections.services.creation import made_before
from planner.errors import PlannerError
from planner.parts import Flag
from planner.policy import DEFAULT, Part
from planner.policy import Policy as Parameters
from planner.score import Scored, score


def propose_policy(
    *,
    actor: User,
    name: str,
    reason: str,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
    parameters: Mapping[str, Any] | None = None,
) -> Policy:
    """Write a new policy; without parameters it is the packaged one. Somebody else must endorse it.

    The same call with the same id again returns the policy that it made.

    Raises:
        InvalidInput: the parameters are not a policy's, or name or reason is missing.
        VersionConflict: somebody else proposed one at the same moment.
        WrongState: the id is taken by something else.
    """
    policies.require(actor, Role.PLANNER)
    name, reason = text.nfc(name).strip(), text.nfc(reason).strip()
    for field, value in (("name", name), ("reason", reason)):
        if not value:
            raise InvalidInput(_("This field is needed."), field=field)
    document = dict(parameters) if parameters is not None else DEFAULT.to_document()
    parse_parameters(document)
    facts = {"name": name, "reason": reason, "parameters": document, "author": actor}
    policy = Policy(id=id or uuid4(), created_at=now, **facts)
    try:
        with transaction.atomic():
            policy.number = 1 + (Policy.objects.aggregate(last=Max("number"))["last"] or 0)
            policy.save(force_insert=True)
            audit.record(actor=actor, action="policy.propose", obj=policy, now=now)
    except IntegrityError:
        before = made_before(Policy.objects.all(), id, facts)
        if before is None:
            raise VersionConflict from None
        return before
    return policy


def parse_parameters(document: Mapping[str, Any]) -> Parameters:
    """Read the stored form of a policy's parameters."""
    try:
        return Parameters.from_document(document)
    except PlannerError as error:
        raise InvalidInput(
            _("These weights cannot be used: %(why)s") % {"why": planner_says(error)},
            field="parameters",
        ) from error


def endorse_policy(*, actor: User, policy: Policy, version: int, now: datetime) -> Policy:
    """Endorse a policy as the second person; it takes effect with the next month."""
    policies.require(actor, Role.APPROVER)
    policies.require_other(actor, policy.author)
    with transaction.atomic():
        changed = Policy.objects.filter(pk=policy.pk, version=version, endorsed_by=None).update(
            version=F("version") + 1,
            endorsed_by=actor,
            endorsed_at=now,
            in_force_from=_next_month(timezone.localdate(now)),
        )
        policy.refresh_from_db()
        if not changed:
            if policy.endorsed_by_id is not None:
                raise WrongState(_("This policy is endorsed already."))
            raise VersionConflict
        audit.record(actor=actor, action="policy.endorse", obj=policy, now=now)
    return policy


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def compute_risk(
    *,
    actor: User,
    as_of: date,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
) -> RiskRun:
    """Score every active unit at the end of ``as_of`` under the policy in force now.

    The same call with the same id again returns the computation that it made, on the data of then.

    Raises:
        InvalidInput: no policy is in force, no unit can be inspected, or the date lies ahead.
        WrongState: the id is taken by something else.
    """
    policies.require(actor, Role.PLANNER)
    facts = {"as_of": as_of, "computed_by": actor}
    if before := made_before(RiskRun.objects.all(), id, facts):
        return before
    today = timezone.localdate(now)
    if as_of > today:
        raise InvalidInput(_("The cut-off date lies in the future."), field="as_of")
    policy = Policy.objects.in_force(today).first()
    if policy is None:
        raise InvalidInput(
            _("No policy is in force: one endorsed this month counts from the next."),
            code="no_policy_in_force",
        )
    parameters = parse_parameters(policy.parameters)
    try:
        measured = measure(as_of=as_of, policy=parameters)
        scored = score(measured.inputs, parameters)
    except PlannerError as error:
        raise InvalidInput(
            _("The data cannot be scored: %(why)s") % {"why": planner_says(error)}, code=error.code
        ) from error
    run = RiskRun(
        id=id or uuid4(),
        policy=policy,
        computed_at=now,
        inputs={"loads": [load_facts(load) for load in measured.loads]},
        **facts,
    )
    with transaction.atomic():
        run.save(force_insert=True)
        UnitScore.objects.bulk_create(_rows(run, measured, scored, parameters), batch_size=500)
        audit.record(
            actor=actor,
            action="risk.compute",
            obj=run,
            now=now,
            details={"policy": policy.number, "as_of": as_of.isoformat()},
        )
    return run


def load_facts(load: Load) -> dict[str, Any]:
    """Return what a computation keeps of a load that it rests on, and how its silence was read."""
    return {
        "absent_means": load.source.absent_means,
        "cutoff": str(load.cutoff),
        "left_out": load.counts.get("left_out", 0),
        "load": str(load.pk),
        "sha256": load.sha256,
        "source": load.source.code,
    }


def _rows(
    run: RiskRun, measured: Measured, scored: Scored, parameters: Parameters
) -> list[UnitScore]:
    no_data = (scored.flags & Flag.NO_DATA) != 0
    return [
        UnitScore(
            run=run,
            unit=unit,
            score=float(scored.score[place]),
            parts={
                "base": float(parameters.base),
                "cooldown": float(scored.cooldown[place]),
                "parts": [
                    {
                        "part": part.value,
                        "estimate": float(scored.estimates[place, column]),
                        "value": float(scored.parts[place, column]),
                        "weight": float(parameters.rule(part).weight),
                        "points": float(scored.contributions[place, column]),
                        "no_data": bool(no_data[place, column]),
                        "capped": bool(scored.flags[place, column] & Flag.CAPPED),
                    }
                    for column, part in enumerate(Part)
                ],
            },
            has_all_data=not np.any(no_data[place]),
        )
        for place, unit in enumerate(measured.units)
    ]
