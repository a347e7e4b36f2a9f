"""Demands: what a unit is asked to explain or remedy after a visit, and by when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, VersionConflict, WrongState
from inspections.models import (
    ConcernedUnit,
    Demand,
    DemandKind,
    DemandState,
    Finding,
    StepKind,
    Unit,
    User,
    Visit,
)
from inspections.services import audit, deadlines, finding_steps
from inspections.services.creation import made_before
from inspections.services.letters import check_of_visit
from inspections.states import FOLLOW, MOVES, VisitState


def make(
    *,
    actor: User,
    visit: Visit,
    kind: DemandKind,
    unit: Unit,
    concerned: Sequence[tuple[Unit, str]],
    findings: Collection[Finding],
    due_on: date,
    form_of_answer: str,
    now: datetime,
    id: UUID | None = None,  # noqa: A002  the API's name
) -> Demand:
    """Demand an explanation or a remedy of one responsible unit; its day becomes the findings' deadline.

    Args:
        concerned: the units that are concerned directly beside the responsible one, each once, with its reason.

    Raises:
        InvalidInput: no finding, one of another visit, a concerned unit without a reason or named as the
            responsible one, or a day before the visit.
        WrongState: the visit is not filed, a finding is not followed any more, or another demand was made
            under the id.
    """
    policies.require(actor, *MOVES["demand"].roles)
    reasons = {one.pk: text.nfc(reason).strip() for one, reason in concerned}
    facts = {
        "visit_id": visit.pk,
        "kind": kind,
        "unit_id": unit.pk,
        "due_on": due_on,
        "form_of_answer": text.nfc(form_of_answer).strip(),
        "made_by_id": actor.pk,
    }
    told = facts | {"finding_ids": {finding.pk for finding in findings}, "reasons": reasons}
    before = made_before(Demand.objects.all(), id, told)
    if before is not None:
        return before
    if len(reasons) != len(concerned):
        raise InvalidInput(_("One entry is listed twice."), field="concerned")
    _check(visit, findings, reasons, unit, due_on)
    demand = Demand(id=id or uuid4(), made_at=now, **facts)
    try:
        with transaction.atomic():
            Visit.objects.select_for_update().get(pk=visit.pk)
            _check_followed(findings)
            demand.save(force_insert=True)
            demand.findings.set(findings)
            ConcernedUnit.objects.bulk_create(
                ConcernedUnit(demand=demand, unit_id=pk, reason=reason)
                for pk, reason in reasons.items()
            )
            finding_steps.write(
                [finding.pk for finding in findings],
                kind=StepKind.DEMAND,
                person=actor,
                now=now,
                demand=demand,
            )
            deadlines.recompute(visit)
            audit.record(
                actor=actor,
                action="demand.make",
                obj=demand,
                now=now,
                details={"kind": kind, "visit": str(visit.pk), "findings": len(findings)},
            )
    except IntegrityError:  # the same id at the same time: whoever came second finds the first
        before = made_before(Demand.objects.all(), demand.pk, told)
        if before is None:
            raise
        return before
    return demand


def _check(
    visit: Visit,
    findings: Collection[Finding],
    reasons: Mapping[UUID, str],
    unit: Unit,
    due_on: date,
) -> None:
    if visit.state != VisitState.FILED:
        raise WrongState(_("Nothing is demanded before the visit is filed."), code="not_filed")
    if not findings:
        raise InvalidInput(_("Name the findings that it is about."), field="findings")
    check_of_visit(visit, findings)
    if unit.pk in reasons:
        raise InvalidInput(
            _("The responsible unit is not named as concerned too."),
            code="one_unit_is_responsible",
            field="concerned",
        )
    if not all(reasons.values()):
        raise InvalidInput(_("Say why each unit is concerned."), field="concerned")
    if visit.date is not None and due_on < visit.date:
        raise InvalidInput(
            _("This day lies before the visit."), code="day_not_possible", field="due_on"
        )


def _check_followed(findings: Collection[Finding]) -> None:
    followed = Finding.objects.filter(
        pk__in=[finding.pk for finding in findings],
        state__in=MOVES["demand"].sources,
        taken_back_at=None,
    )
    if followed.count() != len({finding.pk for finding in findings}):
        raise WrongState(
            _("A finding is closed, withdrawn or taken back: nothing is demanded for it."),
            code="finding_not_followed",
        )


def withdraw(*, actor: User, demand: Demand, version: int, reason: str, now: datetime) -> Demand:
    """Withdraw a demand; its findings go back to the deadlines that they had without it.

    Raises:
        WrongState: it is withdrawn or answered.
        VersionConflict: it changed since ``version``.
    """
    policies.require(actor, *FOLLOW)
    reason = text.nfc(reason).strip()
    if not reason:
        raise InvalidInput(_("This field is needed."), field="reason")
    with transaction.atomic():
        Visit.objects.select_for_update().get(pk=demand.visit_id)
        changed = Demand.objects.filter(
            pk=demand.pk, version=version, state=DemandState.OPEN
        ).update(
            version=F("version") + 1,
            state=DemandState.WITHDRAWN,
            withdrawn_by=actor,
            withdrawn_at=now,
            withdrawn_reason=reason,
        )
        demand.refresh_from_db()
        if not changed:
            if demand.state != DemandState.OPEN:
                raise WrongState(
                    _("This demand is not open any more."),
                    code="demand_not_open",
                    state=demand.state,
                )
            raise VersionConflict
        deadlines.recompute(demand.visit)
        audit.record(actor=actor, action="demand.withdraw", obj=demand, now=now)
    return demand
