"""Files that submissions announce: received whole or in pieces, and shown as copies."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import evidence, policies
from inspections.errors import InvalidInput, NotFound
from inspections.models import Attachment, LetterScan, Role, Submission, User
from inspections.services import audit

#: Who is handed a PDF as it came: the office, which keeps the signed originals.
PAPER_READERS = (Role.PLANNER, Role.APPROVER, Role.CLERK)


@dataclass(frozen=True)
class Piece:
    """Where in the file the bytes of a request belong."""

    start: int
    whole: int


def receive(
    *,
    actor: User,
    submission: Submission,
    sha256: str,
    pieces: Iterable[bytes],
    now: datetime,
    piece: Piece | None = None,
) -> Attachment:
    """Receive a file, or a piece of one, that a submission of the actor announces. Again changes nothing.

    Raises:
        NotFound: the submission is another's, or does not announce the file.
        InvalidInput, Gap: see `evidence`.
    """
    attachment = submission.attachments.filter(sha256=sha256).first()
    if attachment is None or submission.sent_by_id != actor.pk:
        raise NotFound
    if attachment.received_at is None and keep(attachment, pieces, piece):
        _mark_received(actor, attachment, now)
    return attachment


def keep(file: Attachment | LetterScan, pieces: Iterable[bytes], piece: Piece | None) -> bool:
    """Keep what came of an announced file, and tell whether all of it is here now.

    Raises:
        InvalidInput, Gap: see `evidence`.
    """
    if piece is None:
        evidence.keep(pieces, sha256=file.sha256, size=file.size, media_type=file.media_type)
        return True
    if piece.whole != file.size:
        raise InvalidInput(_("The file's size is another than announced."), code="wrong_size")
    return evidence.keep_piece(
        pieces,
        name=file.pk,
        start=piece.start,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
    )


def _mark_received(actor: User, attachment: Attachment, now: datetime) -> None:
    with transaction.atomic():
        # The submission is locked, so that of the last two files one sees the other.
        submission = Submission.objects.select_for_update().get(pk=attachment.submission_id)
        changed = Attachment.objects.filter(pk=attachment.pk, received_at=None).update(
            received_at=now
        )
        attachment.refresh_from_db()
        if not changed:
            return
        audit.record(
            actor=actor,
            action="attachment.receive",
            obj=submission,
            now=now,
            details={"sha256": attachment.sha256},
        )
        if not submission.attachments.filter(received_at=None).exists():
            Submission.objects.filter(pk=submission.pk).update(
                completed_at=now, version=F("version") + 1
            )


def read(*, actor: User, attachment: Attachment, now: datetime) -> bytes:
    """Return what people get of a file, see `shown`; it is on record.

    Raises:
        NotFound: the file has not arrived.
        NotAllowed: it is a PDF, and the actor is not of the office.
        InvalidInput: it is announced as a picture and is none.
    """
    if attachment.received_at is None:
        raise NotFound
    if not evidence.is_picture(attachment.media_type):
        policies.require(actor, *PAPER_READERS)
    audit.record(
        actor=actor,
        action="attachment.read",
        obj=attachment.submission,
        now=now,
        details={"sha256": attachment.sha256},
    )
    return shown(attachment)


def shown(file: Attachment | LetterScan) -> bytes:
    """Return what people get of a file: of a picture the copy (a JPEG), a PDF as it came."""
    if evidence.is_picture(file.media_type):
        return evidence.picture(file.sha256, file.media_type)
    return evidence.original(file.sha256)
