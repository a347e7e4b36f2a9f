"""Signed papers that come back: compared with what was issued; what is doubtful another person decides on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inspections import evidence, policies, text
from inspections.errors import InvalidInput, VersionConflict, WrongState
from inspections.models import CopyForm, CopyState, Paper, Role, SignedCopy, User
from inspections.services import audit
from inspections.signed_copies import Doubt, compare
from inspections.states import PaperState

#: Those to whom signed papers come back.
RECEIVERS = (Role.CLERK, Role.PLANNER)
#: Those who look at what is doubtful.
DECIDERS = (Role.CLERK, Role.PLANNER, Role.APPROVER)


@dataclass(frozen=True)
class Arriving:
    """A file on its way in: what is said of it, and its bytes in pieces."""

    sha256: str
    size: int
    media_type: str
    pieces: Iterable[bytes]


def receive(
    *, actor: User, paper: Paper, file: Arriving, printed_code: str | None, now: datetime
) -> tuple[SignedCopy, bool]:
    """Receive a signed copy of an issued paper; return it, and whether it is new. The same bytes change nothing.

    Args:
        printed_code: the verification code that is printed on a scan; None for a digitally signed file, which
            is compared with the issued bytes instead.

    Raises:
        WrongState: the paper was not issued, or the bytes came before in the other form.
        InvalidInput: the code is another paper's; the bytes are not what was announced; a file that is no PDF
            came without a code.
    """
    policies.require(actor, *RECEIVERS)
    if paper.state not in {PaperState.ISSUED, PaperState.REPLACED}:
        raise WrongState(_("The paper was not issued yet."), state=paper.state)
    form = CopyForm.FILE if printed_code is None else CopyForm.SCAN
    if file.media_type != evidence.PDF and not evidence.is_picture(file.media_type):
        raise InvalidInput(_("A PDF, or a picture in JPEG, PNG or WebP."), code="wrong_media_type")
    if printed_code is None and file.media_type != evidence.PDF:
        raise InvalidInput(
            _("Type in the code that is printed on a scan."), code="code_missing", field="code"
        )
    if printed_code is not None and _plain(printed_code) != paper.code:
        raise InvalidInput(
            _("The code on the scan is not this paper's."), code="wrong_code", field="code"
        )
    copies = SignedCopy.objects.filter(paper=paper, sha256=file.sha256)
    before = copies.first()
    if before is None:
        try:
            return _store(actor, paper, file, form, now), True
        except (
            IntegrityError
        ):  # the same bytes at the same time: whoever came second finds the first
            before = copies.get()
    if before.form != form:
        raise WrongState(
            _("These bytes came before in another form: decide on them as they came."),
            code="other_form",
        )
    return before, False


def _plain(code: str) -> str:
    """Return a code as it is stored, however it was typed."""
    return "".join(char for char in text.nfc(code).lower() if char not in " -.\u00a0")


def _store(actor: User, paper: Paper, file: Arriving, form: CopyForm, now: datetime) -> SignedCopy:
    evidence.keep(file.pieces, sha256=file.sha256, size=file.size, media_type=file.media_type)
    if evidence.is_picture(file.media_type):
        evidence.picture(file.sha256, file.media_type)  # what is none is refused
    verdict = None
    if form == CopyForm.FILE:
        verdict = compare(
            bytes(paper.pdf or b""),
            evidence.original(file.sha256),
            signing=bytes(paper.signing_pdf or b""),
        )
    copy = SignedCopy(
        id=uuid4(),
        paper=paper,
        form=form,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        verdict=None if verdict is None else verdict.as_json(),
        state=CopyState.SOUND if verdict is not None and verdict.is_sound else CopyState.WAITING,
        received_by=actor,
        received_at=now,
    )
    found = [] if verdict is None else sorted({one.code for one in verdict.findings})
    with transaction.atomic():
        copy.save(force_insert=True)
        _tell(copy, actor, "signed_copy.receive", now, sha256=copy.sha256, findings=found)
    return copy


def decide(
    *, actor: User, copy: SignedCopy, version: int, accept: bool, reason: str, now: datetime
) -> SignedCopy:
    """Confirm that a doubtful copy is the signed paper, or decline it. Its bytes stay either way.

    Raises:
        SamePerson: the actor received it.
        WrongState: nobody needs to decide, or somebody did; a file that does not begin with the paper's bytes is
            to be confirmed (``not_the_issued_file``).
        VersionConflict: it changed since ``version``.
    """
    policies.require(actor, *DECIDERS)
    policies.require_other(actor, copy.received_by)
    reason = text.nfc(reason).strip()
    if not reason:
        raise InvalidInput(_("This field is needed."), field="reason")
    if accept and copy.form == CopyForm.FILE and not _begins_as_the_paper(copy):
        raise WrongState(
            _("The file does not begin with the bytes that were issued. It can only be declined."),
            code=Doubt.NOT_THE_ISSUED_FILE.value,
        )
    with transaction.atomic():
        changed = SignedCopy.objects.filter(
            pk=copy.pk, version=version, state=CopyState.WAITING
        ).update(
            version=F("version") + 1,
            state=CopyState.CONFIRMED if accept else CopyState.DECLINED,
            decided_by=actor,
            decided_at=now,
            reason=reason,
        )
        copy.refresh_from_db()
        if not changed:
            if copy.state != CopyState.WAITING:
                raise WrongState(_("There is nothing to decide about this copy."))
            raise VersionConflict
        _tell(copy, actor, "signed_copy.confirm" if accept else "signed_copy.decline", now)
    return copy


def _begins_as_the_paper(copy: SignedCopy) -> bool:
    """Tell whether a file was made from the paper; its bytes tell, whatever ended their comparison."""
    content, paper = evidence.original(copy.sha256), copy.paper
    return any(made and content.startswith(bytes(made)) for made in (paper.pdf, paper.signing_pdf))


def read(*, actor: User, copy: SignedCopy, now: datetime) -> SignedCopy:
    """Return what is known of a copy. It names who signed, so the reading is on record."""
    _tell(copy, actor, "signed_copy.read", now)
    return copy


def read_file(*, actor: User, copy: SignedCopy, now: datetime) -> bytes:
    """Return a PDF as it came, or the copy of a picture that people see; the reading is on record."""
    _tell(copy, actor, "signed_copy.read_file", now)
    if evidence.is_picture(copy.media_type):
        return evidence.picture(copy.sha256, copy.media_type)
    return evidence.original(copy.sha256)


def _tell(copy: SignedCopy, actor: User, action: str, now: datetime, **details: Any) -> None:
    audit.record(
        actor=actor,
        action=action,
        obj=copy,
        now=now,
        details={"paper": str(copy.paper_id)} | details,
    )
