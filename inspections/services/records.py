"""Making a visit's record of what was filed: roll calls, answers and findings as rows, the rest as it was said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from inspections.errors import NotFound
from inspections.models import (
    Absence,
    Answer,
    Finding,
    RollCall,
    StepKind,
    Submission,
    User,
    Visit,
)
from inspections.models.records import WORDS
from inspections.queries.records import VisitRecord, visit_record
from inspections.services import audit, deadlines, finding_steps


def derive(submission: Submission, visit: Visit, content: Mapping[str, Any], now: datetime) -> None:
    """Write the rows of a submission that counts for a visit, in place of those that it replaces.

    It runs in the transaction that lets the submission count, which holds the visit's row.
    """
    if submission.replaces is not None:
        submission.replaces.roll_calls.all().delete()
        submission.replaces.answers.all().delete()
    _write_roll_calls(submission, content)
    Answer.objects.bulk_create(
        Answer(submission=submission, item=one["item"], value=one["answer"], note=one["note"])
        for one in content["answers"]
    )
    _write_findings(submission, visit, content, now)
    deadlines.recompute(visit)


def _write_roll_calls(submission: Submission, content: Mapping[str, Any]) -> None:
    absences = []
    for position, one in enumerate(content["roll_calls"]):
        roll_call = RollCall(
            submission=submission,
            position=position,
            office=one["office"],
            at=datetime.fromisoformat(one["at"]),
            stage=one["stage"],
            required=one["required"],
            present=one["present"],
            unexcused=one["unexcused"],
            **one["excused"],
        )
        roll_call.save(force_insert=True)
        absences += [
            Absence(
                roll_call=roll_call,
                name=absent["name"],
                post=absent["position"],
                reason=absent["reason"],
                note=absent["note"],
            )
            for absent in one["absent"]
        ]
    Absence.objects.bulk_create(absences)


def stated_elsewhere(
    visit: Visit, content: Mapping[str, Any], replaced: Submission | None
) -> QuerySet[Finding]:
    """Return the findings of the visit that a submission names and that are not its to state.

    A closing takes up what the team found. A part or an annex restates only what it corrects.
    """
    if content["closes"]:
        return Finding.objects.none()
    corrected = []
    while replaced is not None:
        corrected.append(replaced.pk)
        replaced = replaced.replaces
    named = [one["id"] for one in content["findings"]]
    return Finding.objects.filter(visit=visit, ref__in=named).exclude(submission__in=corrected)


def _write_findings(
    submission: Submission, visit: Visit, content: Mapping[str, Any], now: datetime
) -> None:
    others = stated_elsewhere(visit, content, submission.replaces)
    not_its_own = {str(ref) for ref in others.values_list("ref", flat=True)}
    said_again = []
    for position, one in enumerate(content["findings"]):
        if str(UUID(one["id"])) in not_its_own:
            continue
        person = one["responsible"] or {"name": "", "position": ""}
        words = {name: one[name] for name in WORDS}
        stated = {
            "submission": submission,
            "position": position,
            "item": one["item"],
            "facts": one["facts"],
            "responsible_name": person["name"],
            "responsible_post": person["position"],
            "taken_back_at": None,
        }
        known = Finding.objects.filter(visit=visit, ref=one["id"]).first()
        if known is None:
            Finding.objects.create(visit=visit, ref=one["id"], **stated, **words)
            continue
        # Other words were decided on: a correction changes what was filed beside them.
        stated |= words if known.as_filed is None else {"as_filed": words}
        Finding.objects.filter(pk=known.pk).update(version=F("version") + 1, **stated)
        if known.taken_back_at is not None:
            said_again.append(known.pk)
    taken_back: list[UUID] = []
    # What the replaced submission stated and this one does not is taken back.
    if submission.replaces is not None:
        dropped = submission.replaces.findings.filter(taken_back_at=None)
        taken_back = list(dropped.values_list("pk", flat=True))
        dropped.update(taken_back_at=now)
    for pks, kind in ((said_again, StepKind.STATED_AGAIN), (taken_back, StepKind.TAKEN_BACK)):
        finding_steps.write(pks, kind=kind, person=submission.sent_by, now=now)


def read_record(*, actor: User, visit: Visit, now: datetime) -> VisitRecord:
    """Return what was filed at a visit. It names persons, so the reading is on record.

    Raises:
        NotFound: nothing was filed yet.
    """
    record = visit_record(visit)
    if record is None:
        raise NotFound
    audit.record(actor=actor, action="visit.read_record", obj=visit, now=now)
    return record


def read_finding(*, actor: User, finding: Finding, now: datetime) -> Finding:
    """Return a finding with its facts and the person responsible; the reading is on record."""
    audit.record(actor=actor, action="finding.read", obj=finding, now=now)
    return finding
