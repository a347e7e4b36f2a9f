"""Commendations: proposed by one, reviewed by another, decided or refused; never while something stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inspections import policies
from inspections.errors import InvalidInput, NotFound, WrongState
from inspections.models import (
    Attachment,
    Commendation,
    CommendationEvidence,
    CommendationForm,
    Official,
    Role,
    Submission,
    Unit,
    User,
    Visit,
)
from inspections.models.officials import PERSONNEL
from inspections.queries.blocks import blocks
from inspections.queries.records import visit_record
from inspections.services import audit
from inspections.services.creation import made_before
from inspections.services.proposals import lock_subject, move, needed, not_to_come
from inspections.states import COMMENDATION_STEPS, CommendationState, VisitState

PROPOSERS: Final = (Role.PLANNER, Role.INSPECTOR)
REVIEWERS: Final = (Role.PLANNER, Role.APPROVER)


@dataclass(frozen=True)
class Evidence:
    """Praise in the record of a visit, by its id, or a file that was filed there, by its hash."""

    visit: Visit
    praise: UUID | None = None
    sha256: str | None = None


def propose(
    *,
    actor: User,
    unit: Unit,
    form: CommendationForm,
    reasons: str,
    evidence: Sequence[Evidence],
    now: datetime,
    official: Official | None = None,
    id: UUID | None = None,  # noqa: A002  the client's name for the row
) -> Commendation:
    """Propose to commend somebody of a unit, or the unit as a whole; the same call again changes nothing.

    Raises:
        NotFound: a visit is not the actor's.
        InvalidInput: reasons or evidence are missing or not of this unit, or the form is not for this subject.
        WrongState: something stands against it (``commendation_blocked``), the form is out of use, or the id
            is taken by something else.
    """
    policies.require(actor, *PROPOSERS)
    facts: dict[str, Any] = {
        "unit": unit,
        "official": official,
        "form": form,
        "reasons": needed(reasons, "reasons"),
        "proposed_by": actor,
    }
    if (before := _made_before(id, facts, evidence)) is not None:
        return before
    _check_form(form, official)
    if official is not None and not official.belongs_to(unit):
        raise InvalidInput(
            _("This person is not on the personnel list of the unit."),
            code="official_elsewhere",
            field="official",
        )
    _check_evidence(actor, unit, evidence)
    made = Commendation(id=id or uuid4(), proposed_at=now, **facts)
    made.post = "" if official is None else official.post
    try:
        with transaction.atomic():
            _require_free(made)
            made.save(force_insert=True)
            CommendationEvidence.objects.bulk_create(
                CommendationEvidence(
                    commendation=made, visit=one.visit, praise=one.praise, sha256=one.sha256
                )
                for one in evidence
            )
            audit.record(
                actor=actor,
                action="commendation.propose",
                obj=made,
                now=now,
                details={"evidence": len(evidence), "collective": official is None},
            )
    except IntegrityError:
        before = _made_before(made.pk, facts, evidence)
        if before is None:
            raise
        return before
    return made


def _made_before(
    row_id: UUID | None, facts: dict[str, Any], evidence: Sequence[Evidence]
) -> Commendation | None:
    row = made_before(Commendation.objects.all(), row_id, facts)
    if row is not None:
        told = {(one.visit.pk, one.praise, one.sha256) for one in evidence}
        if told != set(row.evidence.values_list("visit_id", "praise", "sha256")):
            raise WrongState(_("Something else was made under this id."), code="id_taken")
    return row


def _check_form(form: CommendationForm, official: Official | None) -> None:
    if form.retired_at is not None:
        raise WrongState(_("This form is out of use already."), code="form_retired")
    if not (form.for_collective if official is None else form.for_individual):
        raise InvalidInput(
            _("This form is not for such a subject."), code="form_not_for_subject", field="form"
        )


def _check_evidence(actor: User, unit: Unit, evidence: Sequence[Evidence]) -> None:
    """Refuse evidence that is not in the record of the unit's filed visits, and visits that are not the actor's."""
    if not evidence:
        raise InvalidInput(
            _("A commendation rests on praise or files of a visit."),
            code="evidence_missing",
            field="evidence",
        )
    for visit in {one.visit for one in evidence}:
        if (
            not actor.has_role(Role.PLANNER)
            and not visit.members.filter(inspector__user=actor).exists()
        ):
            raise NotFound
        if visit.unit_id != unit.pk or visit.state != VisitState.FILED:
            raise _no_evidence()
        record = visit_record(visit)
        praise = set() if record is None else {UUID(one["id"]) for one in record.said["praise"]}
        files = set(
            Attachment.objects.filter(
                submission__in=Submission.objects.counting().filter(visit=visit),
                received_at__isnull=False,
            ).values_list("sha256", flat=True)
        )
        for one in evidence:
            if one.visit == visit and not (
                one.praise in praise if one.sha256 is None else one.sha256 in files
            ):
                raise _no_evidence()


def _no_evidence() -> InvalidInput:
    return InvalidInput(
        _("This is not in the record of a visit to the unit."),
        code="evidence_elsewhere",
        field="evidence",
    )


def _require_free(commendation: Commendation) -> None:
    """Raise unless nothing stands against a commendation; until the transaction ends nothing can come up.

    Raises:
        WrongState: something does; ``blocks`` tells code, sentence and object of each.
    """
    lock_subject(commendation.unit, commendation.official)
    found = blocks(commendation.unit, commendation.official)
    if found:
        raise WrongState(
            str(found[0].sentence),
            code="commendation_blocked",
            blocks=[
                {"code": one.code, "detail": str(one.sentence), "object": str(one.object_id)}
                for one in found
            ],
        )


def review(
    *,
    actor: User,
    commendation: Commendation,
    version: int,
    supported: bool,
    reason: str,
    now: datetime,
) -> Commendation:
    """Support what somebody else proposed, or end it here.

    Raises:
        SamePerson: the actor proposed it.
        WrongState: something stands against it, or as for every step.
        VersionConflict: somebody was faster.
    """
    policies.require(actor, *REVIEWERS)
    policies.require_other(actor, commendation.proposed_by)
    reason = needed(reason, "reason")
    with transaction.atomic():
        if supported:
            _require_free(commendation)
        move(
            commendation,
            version=version,
            sources=COMMENDATION_STEPS["review"],
            state=CommendationState.REVIEWED if supported else CommendationState.DECLINED,
            reviewed_by=actor,
            reviewed_at=now,
            review_reason=reason,
        )
        audit.record(
            actor=actor,
            action="commendation.review",
            obj=commendation,
            now=now,
            details={"supported": supported},
        )
    return commendation


def decide(
    *,
    actor: User,
    commendation: Commendation,
    version: int,
    number: str,
    on: date,
    now: datetime,
) -> Commendation:
    """Record the decision by which it was granted, with number and day.

    Raises:
        SamePerson, WrongState, VersionConflict: as for `review`.
        InvalidInput: there is no number, or the day is to come.
    """
    return _end(
        actor,
        commendation,
        version,
        now,
        state=CommendationState.GRANTED,
        decision_number=needed(number, "number"),
        decided_on=not_to_come(on, "on", now),
    )


def refuse(
    *,
    actor: User,
    commendation: Commendation,
    version: int,
    reason: str,
    on: date,
    now: datetime,
) -> Commendation:
    """Record that it was refused, and why.

    Raises:
        SamePerson, WrongState, VersionConflict: as for `review`; nothing that stands against it hinders this.
        InvalidInput: there is no reason, or the day is to come.
    """
    return _end(
        actor,
        commendation,
        version,
        now,
        state=CommendationState.REFUSED,
        refusal_reason=needed(reason, "reason"),
        decided_on=not_to_come(on, "on", now),
    )


def _end(
    actor: User, commendation: Commendation, version: int, now: datetime, **fields: Any
) -> Commendation:
    policies.require(actor, *PERSONNEL)
    policies.require_other(actor, commendation.proposed_by)
    granted = fields["state"] == CommendationState.GRANTED
    with transaction.atomic():
        if granted:
            _require_free(commendation)
        move(
            commendation,
            version=version,
            sources=COMMENDATION_STEPS["end"],
            decided_by=actor,
            decided_at=now,
            **fields,
        )
        audit.record(
            actor=actor,
            action="commendation.decide" if granted else "commendation.refuse",
            obj=commendation,
            now=now,
        )
    return commendation


def read_commendation(*, actor: User, commendation: Commendation, now: datetime) -> Commendation:
    """Return a commendation with the person whom it is about; the reading is on record.

    Raises:
        NotFound: the actor's work is not about this person.
    """
    if not Commendation.objects.named_to(actor).filter(pk=commendation.pk).exists():
        raise NotFound
    audit.record(actor=actor, action="commendation.read", obj=commendation, now=now)
    return commendation
