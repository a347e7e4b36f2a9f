"""Filing from several sides at once: one record, one closing, one moment of completion."""

from functools import partial
from uuid import uuid4

import pytest

from inspections.models import Submission, SubmissionState
from inspections.services import attachments, audit
from tests.inspections.services.filings import (
    LATER,
    PHOTO,
    Door,
    closing,
    content,
    make_door,
    photo,
    send,
)
from tests.inspections.test_concurrency import errors, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(transactional_db: None) -> Door:
    return make_door()


def test_twenty_sends_of_one_record_leave_one(door: Door) -> None:
    under = uuid4()
    answers = together(*[partial(send, door.an, closing(door), under=under)] * 20)
    assert errors(answers) == []
    assert set(answers) == {Submission.objects.get()}
    assert not list(audit.verify_chain())


def test_of_two_closings_one_counts_and_the_other_waits(door: Door) -> None:
    first = partial(send, door.an, closing(door))
    second = partial(send, door.an, closing(door, signed_on="2026-03-02"))
    assert errors(together(first, second)) == []
    assert Submission.objects.counting().count() == 1
    assert Submission.objects.filter(set_aside="closed_already").count() == 1


def test_of_two_corrections_one_counts_and_the_other_waits(door: Door) -> None:
    closed = send(door.an, closing(door))
    again = closing(door, replaces=str(closed.pk))
    other = closing(door, replaces=str(closed.pk), signed_on="2026-03-02")
    assert errors(together(partial(send, door.an, again), partial(send, door.an, other))) == []
    assert Submission.objects.counting().count() == 1
    assert Submission.objects.filter(set_aside="cannot_replace").count() == 1


def test_the_last_two_files_complete_the_submission_together(door: Door) -> None:
    other = b"another photograph"
    submission = send(door.an, content(door, attachments=[photo(), photo(other)]))
    calls = [
        partial(
            attachments.receive,
            actor=door.an,
            submission=submission,
            sha256=photo(data)["sha256"],
            pieces=[data],
            now=LATER,
        )
        for data in (PHOTO, other)
    ]
    assert errors(together(*calls)) == []
    submission.refresh_from_db()
    assert (submission.state, submission.version) == (SubmissionState.COMPLETE, 2)
