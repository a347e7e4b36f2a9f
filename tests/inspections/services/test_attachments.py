"""Files of a submission: each received once, the submission complete with the last of them."""

import pytest

from inspections import evidence
from inspections.errors import InvalidInput, NotAllowed, NotFound
from inspections.models import Attachment, AuditEvent, Submission, SubmissionState
from inspections.services import attachments
from inspections.services.attachments import Piece
from tests.inspections.services.filings import (
    DIGEST,
    LATER,
    PHOTO,
    Door,
    content,
    make_door,
    photo,
    send,
)

pytestmark = pytest.mark.django_db
OTHER = b"another photograph"


@pytest.fixture
def door() -> Door:
    return make_door()


def test_a_submission_is_complete_with_the_last_of_its_files(door: Door) -> None:
    submission = send(door.an, content(door, attachments=[photo(), photo(OTHER)]))
    for data, state in ((PHOTO, SubmissionState.WAITING), (OTHER, SubmissionState.COMPLETE)):
        attachments.receive(
            actor=door.an,
            submission=submission,
            sha256=photo(data)["sha256"],
            pieces=[data],
            now=LATER,
        )
        submission.refresh_from_db()
        assert submission.state == state
    assert submission.completed_at == LATER


def test_a_file_again_changes_nothing_and_is_not_read(door: Door) -> None:
    submission = send(door.an, content(door, attachments=[photo()]))
    for pieces in ([PHOTO], [b"anything"]):
        received = attachments.receive(
            actor=door.an, submission=submission, sha256=DIGEST, pieces=pieces, now=LATER
        )
        assert received.received_at == LATER
    assert AuditEvent.objects.filter(action="attachment.receive").count() == 1
    assert evidence.path_of(DIGEST).read_bytes() == PHOTO


def test_a_file_that_another_submission_brought_is_sent_again(door: Door) -> None:
    first = send(door.an, content(door, attachments=[photo()]))
    attachments.receive(actor=door.an, submission=first, sha256=DIGEST, pieces=[PHOTO], now=LATER)
    second = send(door.people.binh, content(door, attachments=[photo()]))
    with pytest.raises(InvalidInput):
        attachments.receive(
            actor=door.people.binh, submission=second, sha256=DIGEST, pieces=[b"x"], now=LATER
        )
    second.refresh_from_db()
    assert second.completed_at is None


def test_a_file_in_pieces_is_received_with_its_last_piece(door: Door) -> None:
    submission = send(door.an, content(door, attachments=[photo()]))
    half = len(PHOTO) // 2
    for start, data in ((0, PHOTO[:half]), (half, PHOTO[half:])):
        received = attachments.receive(
            actor=door.an,
            submission=submission,
            sha256=DIGEST,
            pieces=[data],
            piece=Piece(start=start, whole=len(PHOTO)),
            now=LATER,
        )
        assert (received.received_at is None) == (start == 0)


def test_a_piece_of_a_file_of_another_size_is_refused(door: Door) -> None:
    submission = send(door.an, content(door, attachments=[photo()]))
    with pytest.raises(InvalidInput):
        attachments.receive(
            actor=door.an,
            submission=submission,
            sha256=DIGEST,
            pieces=[PHOTO],
            piece=Piece(start=0, whole=len(PHOTO) + 1),
            now=LATER,
        )


def test_only_the_sender_adds_files_and_only_those_announced(door: Door) -> None:
    submission = send(door.an, content(door, attachments=[photo()]))
    for actor, digest in ((door.cuc, DIGEST), (door.people.lan, DIGEST), (door.an, "0" * 64)):
        with pytest.raises(NotFound):
            attachments.receive(
                actor=actor, submission=submission, sha256=digest, pieces=[PHOTO], now=LATER
            )


def test_looking_at_a_photograph_is_on_record_and_needs_one(door: Door) -> None:
    submission = send(door.an, content(door, attachments=[photo()]))
    attachment = submission.attachments.get()
    with pytest.raises(NotFound):
        attachments.read(actor=door.people.lan, attachment=attachment, now=LATER)
    attachment = attachments.receive(
        actor=door.an, submission=submission, sha256=DIGEST, pieces=[PHOTO], now=LATER
    )
    with pytest.raises(InvalidInput):
        attachments.read(actor=door.people.lan, attachment=attachment, now=LATER)
    event = AuditEvent.objects.get(action="attachment.read")
    assert event.actor_id == door.people.lan.pk


def scanned(door: Door, data: bytes) -> Submission:
    """A submission that announces a PDF, received in one piece or refused."""
    listed = photo(data, "application/pdf")
    entered = content(door, from_paper=True, original=[listed["sha256"]], attachments=[listed])
    submission = send(door.people.chi, entered)
    attachments.receive(
        actor=door.people.chi,
        submission=submission,
        sha256=listed["sha256"],
        pieces=[data],
        now=LATER,
    )
    return submission


def test_a_pdf_is_handed_to_the_office_as_it_came_on_record(door: Door) -> None:
    data = b"%PDF-1.7 whatever is in it"
    attachment = scanned(door, data).attachments.get()
    for actor in (door.people.lan, door.people.minh, door.people.chi):
        assert attachments.read(actor=actor, attachment=attachment, now=LATER) == data
    assert AuditEvent.objects.filter(action="attachment.read").count() == 3
    with pytest.raises(NotAllowed):
        attachments.read(actor=door.an, attachment=attachment, now=LATER)


def test_what_does_not_begin_as_a_pdf_is_not_taken_for_one(door: Door) -> None:
    with pytest.raises(InvalidInput) as refused:
        scanned(door, b"PK\x03\x04 a Word file")
    assert refused.value.code == "not_a_pdf"
    attachment = Attachment.objects.get()
    assert (attachment.received_at, evidence.is_kept(attachment.sha256)) == (None, False)
