"""Receiving submissions: the same bytes once, other bytes beside them, and what is doubtful for a person.

A submission is stored as it came before anything is made of it. Nothing that an inspector sent in good faith
is refused because the office changed something while his tablet was away: it is set aside.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import policies, text
from inspections.errors import InvalidInput, NotFound, VersionConflict, WrongState
from inspections.filing import contents
from inspections.models import (
    Attachment,
    Checklist,
    Device,
    Role,
    SetAside,
    Submission,
    SubmissionConflict,
    User,
    Visit,
)
from inspections.models.filing import OFFICE
from inspections.services import audit, devices, directed, records, release
from inspections.states import VisitState

#: Staff who enter what was written on paper.
FROM_PAPER = (Role.PLANNER, Role.CLERK)
#: States of a visit in which its team files.
OPEN = (VisitState.RELEASED, VisitState.ARRIVED, VisitState.FILED)


@dataclass(frozen=True)
class _Arrived:
    """What came in one request."""

    actor: User
    id: UUID
    body: bytes
    sha256: str
    content: Mapping[str, Any]
    proof: str | None
    now: datetime


def receive(
    *,
    actor: User,
    submission_id: UUID,
    body: bytes,
    content: Any,
    proof: str | None,
    now: datetime,
) -> tuple[Submission, bool]:
    """Receive a submission and return it, and whether it is new. The same bytes again change nothing.

    Args:
        body: the bytes as they came.
        content: what they say.
        proof: the device's proof, see `devices.proof`.

    Raises:
        WrongState: other bytes came under this id before; both are kept (``other_content``).
        InvalidInput: the body follows no format that is taken, contradicts itself, or closes a visit
            without what every visit must answer.
    """
    policies.require(actor, Role.INSPECTOR, *FROM_PAPER)
    said = contents.normalised(content)
    came = _Arrived(actor, submission_id, body, hashlib.sha256(body).hexdigest(), said, proof, now)
    before = Submission.objects.filter(pk=submission_id).first()
    if before is None:
        contents.check(said)
        try:
            return _store(came), True
        except IntegrityError:  # the same id at the same time: whoever came second finds the first
            before = Submission.objects.get(pk=submission_id)
    if before.sha256 != came.sha256 or before.sent_by_id != actor.pk:
        _keep_conflict(before, came)
        raise WrongState(
            _("Something else was sent under this id. Both are kept for a person to look at."),
            code="other_content",
        )
    return before, False


def _keep_conflict(before: Submission, came: _Arrived) -> None:
    with transaction.atomic():
        conflict, made = SubmissionConflict.objects.get_or_create(
            submission=before,
            sha256=came.sha256,
            defaults={"body": came.body, "sent_by": came.actor, "received_at": came.now},
        )
        if made:
            audit.record(
                actor=came.actor,
                action="submission.conflict",
                obj=before,
                now=came.now,
                details={"sha256": conflict.sha256},
            )


def _store(came: _Arrived) -> Submission:
    content, device = came.content, came.content["device"]
    with transaction.atomic():
        visit = _lock_visit(came)
        replaced = _replaced(visit, content)
        doubt = _doubt(came, visit, replaced)
        if doubt is None and visit is not None:
            _check_closing(visit, content)
        submission = Submission(
            id=came.id,
            visit=visit,
            visit_ref=UUID(content["visit"]),
            body=came.body,
            sha256=came.sha256,
            format=content["format"],
            closes=content["closes"],
            is_annex=not content["closes"] and visit is not None and _closing(visit) is not None,
            from_paper=content["from_paper"],
            replaces=replaced,
            device=None if device is None else Device.objects.filter(pk=device["id"]).first(),
            device_time=None if device is None else datetime.fromisoformat(device["time"]),
            device_monotonic_ms=None if device is None else device["monotonic_ms"],
            received_at=came.now,
            sent_by=came.actor,
            completed_at=None if content["attachments"] else came.now,
            set_aside=doubt,
            signatures_match=_signatures_match(came),
        )
        submission.save(force_insert=True)
        Attachment.objects.bulk_create(
            Attachment(submission=submission, **announced) for announced in content["attachments"]
        )
        if doubt is None and visit is not None:
            _move(visit, content)
            records.derive(submission, visit, content, came.now)
        audit.record(
            actor=came.actor,
            action="submission.receive",
            obj=submission,
            now=came.now,
            details={"sha256": came.sha256, "set_aside": doubt},
        )
    return submission


def _signatures_match(came: _Arrived) -> bool | None:
    """Tell whether what was signed on the tablet is what came; None where nobody signed there."""
    strange = contents.strangely_signed(json.loads(came.body))
    return None if strange is None else not strange


def _lock_visit(came: _Arrived) -> Visit | None:
    """Return the visit that the body names, if it is the sender's, locked until the transaction ends."""
    rows = Visit.objects.visible_to(came.actor, came.now)
    found = rows.filter(pk=came.content["visit"]).first()
    if found is None:
        return None
    if found.state == VisitState.SEALED and found.plan is not None:
        release.release_plan(plan=found.plan, now=came.now)
    return _lock(found)


def _lock(visit: Visit) -> Visit:
    return Visit.objects.select_for_update().get(pk=visit.pk)


def _doubt(came: _Arrived, visit: Visit | None, replaced: Submission | None) -> SetAside | None:
    """Return why a person must look at the submission first."""
    if visit is None and came.content.get("directed") is not None:
        return _doubt_device(came) or SetAside.OPENED_OFFLINE
    if visit is None or visit.state not in OPEN:
        return SetAside.VISIT_NOT_OPEN
    return (
        _doubt_sender(came, visit)
        or _doubt_place(came.content, visit, replaced)
        or _doubt_device(came)
    )


def _doubt_sender(came: _Arrived, visit: Visit) -> SetAside | None:
    if came.content["from_paper"] and came.actor.has_role(*FROM_PAPER):
        return None
    members = visit.members.filter(inspector__user=came.actor)
    if not members.exists():
        return SetAside.VISIT_NOT_OPEN
    if came.content["closes"] and not members.filter(is_leader=True).exists():
        return SetAside.NOT_THE_LEADER
    return None


def _doubt_place(
    content: Mapping[str, Any], visit: Visit, replaced: Submission | None
) -> SetAside | None:
    """Doubt whether it can stand where it wants to among the visit's submissions."""
    if content["replaces"] is not None and replaced is None:
        return SetAside.CANNOT_REPLACE
    if content["closes"] and _closing(visit) not in {None, replaced}:
        return SetAside.CLOSED_ALREADY
    if not Checklist.objects.published().filter(number=content["checklist"]).exists():
        return SetAside.UNKNOWN_CHECKLIST
    if records.stated_elsewhere(visit, content, replaced).exists():
        return SetAside.STATED_ELSEWHERE
    return None


def _doubt_device(came: _Arrived) -> SetAside | None:
    claimed = came.content["device"]
    if claimed is None:  # typed in at the office, or sent from a browser
        return None
    device = Device.objects.filter(pk=claimed["id"]).first()
    if device is None or not devices.is_proven(device, came.sha256, came.proof):
        return SetAside.DEVICE_NOT_PROVEN
    return SetAside.DEVICE_REVOKED if device.revoked_at is not None else None


def _replaced(visit: Visit | None, content: Mapping[str, Any]) -> Submission | None:
    """Return what a correction takes the place of: a closing of a closing, a part of a part."""
    if visit is None or content["replaces"] is None:
        return None
    named = Submission.objects.counting().filter(pk=content["replaces"], visit=visit)
    return named.filter(closes=content["closes"]).first()


def _closing(visit: Visit) -> Submission | None:
    """Return the submission that closed the visit, in its latest correction."""
    return Submission.objects.counting().filter(visit=visit, closes=True).first()


def _check_closing(visit: Visit, content: Mapping[str, Any]) -> None:
    """Refuse to close a visit that was made without a roll call and the core items: rates rest on them.

    The client asks before it sends, so this is a mistake that the inspector can still mend.
    """
    if not content["closes"] or content["outcome"] != "made" or visit.unit is None:
        return
    if not content["roll_calls"]:
        raise InvalidInput(
            _("A visit is closed with its roll call."), code="roll_call_missing", field="roll_calls"
        )
    items = Checklist.objects.get(number=content["checklist"]).items.filter(is_core=True)
    answered = {one["item"] for one in content["answers"] if one["answer"] != "not_checked"}
    missing = [
        item.code for item in items if item.is_for(visit.unit.kind) and item.code not in answered
    ]
    if missing:
        raise InvalidInput(
            _("Core items are not answered yet: %(codes)s.") % {"codes": ", ".join(missing)},
            code="core_items_missing",
            field="answers",
        )


def _move(visit: Visit, content: Mapping[str, Any]) -> None:
    """Let the visit follow what was filed. The time of arrival stays the server's or none."""
    state = VisitState.FILED if content["closes"] else VisitState.ARRIVED
    if visit.state not in {VisitState.FILED, state}:
        Visit.objects.filter(pk=visit.pk).update(state=state, version=F("version") + 1)


def settle(
    *,
    actor: User,
    submission: Submission,
    version: int,
    accept: bool,
    reason: str,
    now: datetime,
    visit: Visit | None = None,
) -> Submission:
    """Decide on a submission that was set aside: it counts for a visit, or it does not. Its bytes stay.

    An accepted correction takes the place of what it names, which may have come after it. Accepting never changes
    a finding that another submission stated, unless it is a closing or the correction of that submission.

    Args:
        visit: the visit that an accepted submission counts for, when it is not the one that it names. Without it,
            one that tells of an order opens its directed visit.

    Raises:
        WrongState: it was not set aside, somebody decided already, or the visit was closed by another one.
        InvalidInput: it is accepted for no visit, or for one whose unit was never opened.
    """
    policies.require(actor, *OFFICE)
    policies.require_other(actor, submission.sent_by)
    reason = text.nfc(reason).strip()
    if not reason:
        raise InvalidInput(_("This field is needed."), field="reason")
    visit = visit or submission.visit
    said = contents.loads(submission.body)
    opens = accept and visit is None and said.get("directed") is not None
    if accept and not opens and (visit is None or visit.unit_id is None):
        raise InvalidInput(_("Name the visit that it counts for."), field="visit")
    said = contents.loads(submission.body)
    try:
        with transaction.atomic():
            if opens:
                visit = directed.open_offline(
                    actor=actor, submission=submission, said=said, now=now
                )
            counts_for = _lock(visit) if accept and visit is not None else None
            changed = Submission.objects.filter(
                pk=submission.pk, version=version, set_aside__isnull=False, settled_at=None
            ).update(
                version=F("version") + 1,
                accepted=accept,
                settled_by=actor,
                settled_at=now,
                settled_reason=reason,
                **_place(counts_for, said),
            )
            submission.refresh_from_db()
            if not changed:
                if submission.set_aside is None or submission.settled_at is not None:
                    raise WrongState(_("There is nothing to decide about this submission."))
                raise VersionConflict
            if counts_for is not None:
                _move(counts_for, said)
                records.derive(submission, counts_for, said, now)
            audit.record(
                actor=actor,
                action="submission.accept" if accept else "submission.decline",
                obj=submission,
                now=now,
            )
    except IntegrityError:
        raise WrongState(
            _("The visit was closed by another submission."), code="closed_already"
        ) from None
    return submission


def _place(visit: Visit | None, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return where an accepted submission stands: what it replaces may have come after it.

    A part that counts only after the closing is an annex.
    """
    if visit is None:
        return {}
    return {
        "visit": visit,
        "replaces": _replaced(visit, said),
        "is_annex": not said["closes"] and _closing(visit) is not None,
    }


def read_bodies(*, actor: User, submission: Submission, now: datetime) -> list[dict[str, Any]]:
    """Return what was sent under a submission's id, the first and then what came beside it, on record."""
    if not Submission.objects.visible_to(actor).filter(pk=submission.pk).exists():
        raise NotFound
    audit.record(actor=actor, action="submission.read", obj=submission, now=now)
    kept: list[Submission | SubmissionConflict] = [submission, *submission.conflicts.all()]
    return [
        {
            "sha256": one.sha256,
            "sent_by": one.sent_by,
            "received_at": one.received_at,
            "content": contents.loads(one.body),
        }
        for one in kept
    ]
