"""Files of a submission: each received once, the submission complete with the last of them."""

import pytest

from inspections import evidence
from inspections.errors import InvalidInput, NotFound
from inspections.models import AuditEvent, SubmissionState
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
        attachments.read_picture(actor=door.people.lan, attachment=attachment, now=LATER)
    attachment = attachments.receive(
        actor=door.an, submission=submission, sha256=DIGEST, pieces=[PHOTO], now=LATER
    )
    with pytest.raises(InvalidInput):
        attachments.read_picture(actor=door.people.lan, attachment=attachment, now=LATER)
    event = AuditEvent.objects.get(action="attachment.read")
    assert event.actor_id == door.people.lan.pk
