"""What units write after a visit: entered by staff, with scans, and what follows for the findings answered."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import evidence, policies, text
from inspections.errors import InvalidInput, NotFound, VersionConflict, WrongState
from inspections.models import (
    Demand,
    DemandState,
    EvidenceResult,
    Finding,
    Letter,
    LetterKind,
    LetterScan,
    StepKind,
    User,
    Visit,
)
from inspections.services import attachments, audit, deadlines, finding_steps
from inspections.services.attachments import Piece
from inspections.services.creation import made_before
from inspections.states import FOLLOW, MOVES

#: Pages of a letter that are kept at most, each a file.
MOST_SCANS: Final = 50


def enter(
    *,
    actor: User,
    visit: Visit,
    kind: LetterKind,
    number: str,
    dated_on: date,
    received_on: date,
    summary: str,
    findings: Collection[Finding],
    scans: Collection[Mapping[str, Any]],
    now: datetime,
    demand: Demand | None = None,
    id: UUID | None = None,  # noqa: A002  the API's name
) -> Letter:
    """Enter a letter, and announce its scans. A report of remedy moves the findings that it answers.

    Args:
        scans: of each ``sha256``, ``size`` in bytes and ``media_type``.
        demand: the demand that it answers.

    Raises:
        InvalidInput: no finding is named where one is needed, one is of another visit, a day is not possible, or
            the demand asks for something else.
        WrongState: the demand is not open any more, or another letter was entered under the id.
    """
    policies.require(actor, *FOLLOW)
    summary, number = text.nfc(summary).strip(), text.nfc(number).strip()
    facts = {
        "visit_id": visit.pk,
        "kind": kind,
        "number": number,
        "dated_on": dated_on,
        "received_on": received_on,
        "summary": summary,
        "demand_id": None if demand is None else demand.pk,
        "entered_by_id": actor.pk,
    }
    told = facts | {
        "finding_ids": {finding.pk for finding in findings},
        "announced": _announced(scans),
    }
    before = made_before(Letter.objects.all(), id, told)
    if before is not None:
        return before
    _check(visit, kind, findings, demand)
    _check_scans(scans)
    _check_days(visit, dated_on, received_on, now)
    letter = Letter(id=id or uuid4(), entered_at=now, **facts)
    try:
        with transaction.atomic():
            Visit.objects.select_for_update().get(pk=visit.pk)
            letter.save(force_insert=True)
            letter.findings.set(findings)
            _announce(letter, scans)
            _answer(demand)
            _follow(letter, actor, now)
            audit.record(
                actor=actor,
                action="letter.enter",
                obj=letter,
                now=now,
                details={"kind": kind, "visit": str(visit.pk), "findings": len(findings)},
            )
    except IntegrityError:  # the same id at the same time: whoever came second finds the first
        before = made_before(Letter.objects.all(), letter.pk, told)
        if before is None:
            raise
        return before
    return letter


def _check(
    visit: Visit, kind: LetterKind, findings: Collection[Finding], demand: Demand | None
) -> None:
    if not findings and kind != LetterKind.EVIDENCE:
        raise InvalidInput(_("Name the findings that it answers."), field="findings")
    check_of_visit(visit, findings)
    if demand is not None and (demand.visit_id != visit.pk or demand.kind != str(kind)):
        raise InvalidInput(_("The demand asks for something else."), field="demand")


def _check_scans(scans: Collection[Mapping[str, Any]]) -> None:
    if len({one["sha256"] for one in scans}) != len(scans):
        raise InvalidInput(_("One entry is listed twice."), field="scans")


def check_of_visit(visit: Visit, findings: Collection[Finding]) -> None:
    """Raise ``InvalidInput`` when a finding belongs to another visit."""
    if any(finding.visit_id != visit.pk for finding in findings):
        raise InvalidInput(_("A finding belongs to another visit."), field="findings")


def _check_days(visit: Visit, dated_on: date, received_on: date, now: datetime) -> None:
    deadlines.check_received(visit, received_on, now)
    if dated_on > received_on:
        raise InvalidInput(
            _("A letter is dated before it is received."), code="day_not_possible", field="dated_on"
        )


def _announced(scans: Collection[Mapping[str, Any]]) -> set[tuple[str, int, str]]:
    return {(one["sha256"], one["size"], one["media_type"]) for one in scans}


def _announce(letter: Letter, scans: Collection[Mapping[str, Any]]) -> None:
    LetterScan.objects.bulk_create(LetterScan(letter=letter, **one) for one in scans)


def _answer(demand: Demand | None) -> None:
    """Let a demand be answered, or answered once more."""
    if demand is None:
        return
    answerable = Demand.objects.filter(pk=demand.pk).exclude(state=DemandState.WITHDRAWN)
    if not answerable.update(version=F("version") + 1, state=DemandState.ANSWERED):
        raise WrongState(_("This demand was withdrawn."), code="demand_withdrawn")


def _follow(letter: Letter, actor: User, now: datetime) -> None:
    findings = list(letter.findings.values_list("pk", flat=True))
    if letter.kind == LetterKind.REMEDY:
        move = MOVES["report"]
        Finding.objects.filter(pk__in=findings, state__in=move.sources, taken_back_at=None).update(
            state=move.target, remedied_on=letter.received_on
        )
    finding_steps.write(findings, kind=StepKind.LETTER, person=actor, now=now, letter=letter)
    deadlines.recompute(letter.visit)


def correct(
    *,
    actor: User,
    letter: Letter,
    version: int,
    now: datetime,
    number: str | None = None,
    dated_on: date | None = None,
    received_on: date | None = None,
    summary: str | None = None,
    scans: Collection[Mapping[str, Any]] = (),
) -> Letter:
    """Correct what was mistyped, and announce more scans; None leaves a field as it is.

    Raises:
        InvalidInput: a day is not possible, or there are too many scans.
        VersionConflict: the letter changed since ``version``.
    """
    policies.require(actor, *FOLLOW)
    _check_scans(scans)
    given = {
        "number": None if number is None else text.nfc(number).strip(),
        "summary": None if summary is None else text.nfc(summary).strip(),
        "dated_on": dated_on,
        "received_on": received_on,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    with transaction.atomic():
        Visit.objects.select_for_update().get(pk=letter.visit_id)
        before = Letter.objects.get(pk=letter.pk)
        if before.version != version:
            raise VersionConflict
        _check_days(
            letter.visit, dated_on or before.dated_on, received_on or before.received_on, now
        )
        known = {scan.sha256 for scan in letter.scans.all()}
        new = [one for one in scans if one["sha256"] not in known]
        if len(known) + len(new) > MOST_SCANS:
            raise InvalidInput(
                _("A letter has at most %(most)s scans.") % {"most": MOST_SCANS}, field="scans"
            )
        _next_version(letter, version, **changes)
        _announce(letter, new)
        if letter.kind == LetterKind.REMEDY:
            reported = letter.findings.filter(remedied_on=before.received_on)
            for pk in list(reported.values_list("pk", flat=True)):
                Finding.objects.filter(pk=pk).update(
                    version=F("version") + 1, remedied_on=letter.received_on
                )
        deadlines.recompute(letter.visit)
        audit.record(
            actor=actor,
            action="letter.correct",
            obj=letter,
            now=now,
            details={"fields": sorted(changes), "scans": len(new)},
        )
    return letter


def note_result(
    *,
    actor: User,
    letter: Letter,
    version: int,
    result: EvidenceResult,
    note: str,
    now: datetime,
) -> Letter:
    """Note what became of evidence of absence.

    Raises:
        WrongState: it is another kind of letter.
        VersionConflict: the letter changed since ``version``.
    """
    policies.require(actor, *FOLLOW)
    if letter.kind != LetterKind.EVIDENCE:
        raise WrongState(_("Only evidence of absence has a result."), code="no_evidence")
    with transaction.atomic():
        _next_version(
            letter,
            version,
            result=result,
            result_note=text.nfc(note).strip(),
            result_by=actor,
            result_at=now,
        )
        audit.record(
            actor=actor,
            action="letter.note_result",
            obj=letter,
            now=now,
            details={"result": result},
        )
    return letter


def _next_version(letter: Letter, version: int, **values: Any) -> None:
    changed = Letter.objects.filter(pk=letter.pk, version=version).update(
        version=F("version") + 1, **values
    )
    if not changed:
        raise VersionConflict
    letter.refresh_from_db()


def receive_scan(
    *,
    actor: User,
    letter: Letter,
    sha256: str,
    pieces: Iterable[bytes],
    now: datetime,
    piece: Piece | None = None,
) -> LetterScan:
    """Receive a scan, or a piece of one, that the letter announces. Again changes nothing.

    Raises:
        NotFound: the letter does not announce it.
        InvalidInput, Gap: see `evidence`.
    """
    policies.require(actor, *FOLLOW)
    scan = letter.scans.filter(sha256=sha256).first()
    if scan is None:
        raise NotFound
    if scan.received_at is None and attachments.keep(scan, pieces, piece):
        with transaction.atomic():
            changed = LetterScan.objects.filter(pk=scan.pk, received_at=None).update(
                received_at=now
            )
            scan.refresh_from_db()
            if changed:
                Letter.objects.filter(pk=letter.pk).update(version=F("version") + 1)
                audit.record(
                    actor=actor,
                    action="letter.receive_scan",
                    obj=letter,
                    now=now,
                    details={"sha256": sha256},
                )
    return scan


def read(*, actor: User, letter: Letter, now: datetime) -> Letter:
    """Return a letter with its summary, which may name persons; the reading is on record."""
    audit.record(actor=actor, action="letter.read", obj=letter, now=now)
    return letter


def read_scan(*, actor: User, letter: Letter, sha256: str, now: datetime) -> tuple[bytes, str]:
    """Return what people see of a scan, and its media type: a picture's copy, a PDF as it is. On record.

    Raises:
        NotFound: the letter announces no such scan, or it has not arrived.
        InvalidInput: the bytes are no picture.
    """
    scan = letter.scans.filter(sha256=sha256, received_at__isnull=False).first()
    if scan is None:
        raise NotFound
    audit.record(
        actor=actor, action="letter.read_scan", obj=letter, now=now, details={"sha256": sha256}
    )
    is_picture = evidence.is_picture(scan.media_type)
    return attachments.shown(scan), "image/jpeg" if is_picture else scan.media_type
