"""What the database, the folder of evidence and the tablets hold, against what the model says that they must."""

import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from inspections import evidence
from inspections.models import (
    Absence,
    Answer,
    Attachment,
    AuditEvent,
    Finding,
    RollCall,
    Submission,
    SubmissionConflict,
    Visit,
)
from inspections.services import audit
from tests.api.storm.model import Filed, in_nfc
from tests.api.storm.storm import Storm


def compare(storm: Storm) -> None:
    """Raise where something is lost, doubled, altered, or not true that a tablet was told."""
    assert_each_body_is_stored_once(storm)
    assert_each_file_is_kept(storm)
    assert_each_receipt_is_true(storm)
    assert_rows_follow_from_the_bodies(storm)
    assert_each_thing_is_on_record_once(storm)


def assert_each_body_is_stored_once(storm: Storm) -> None:
    stored = {
        str(row.pk): (
            bytes(row.body), str(row.sent_by_id), row.visit_id and str(row.visit_id), row.set_aside,
            row.replaces_id and str(row.replaces_id), row.is_annex, row.accepted,
            row.device_id and str(row.device_id),
        )
        for row in Submission.objects.all()
    }  # fmt: skip
    assert stored == {
        one.id: (
            one.body, one.sender, one.visit, one.set_aside, one.replaces, one.is_annex,
            one.accepted, one.device,
        )
        for one in storm.model.filed.values()
    }  # fmt: skip
    assert all(row.sha256 == sha256(row.body) for row in Submission.objects.all())
    counting = set(map(str, Submission.objects.counting().values_list("pk", flat=True)))
    assert counting == {one.id for one in storm.model.counting()}
    kept = SubmissionConflict.objects.all()
    assert Counter((str(one.submission_id), one.sha256) for one in kept) == Counter(
        storm.model.conflicts
    )
    assert all(one.sha256 == sha256(one.body) for one in kept)


def assert_each_file_is_kept(storm: Storm) -> None:
    announced = Counter(
        (one.id, file["sha256"])
        for one in storm.model.filed.values()
        for file in one.said["attachments"]
    )
    rows = Attachment.objects.all()
    assert Counter((str(row.submission_id), row.sha256) for row in rows) == announced
    here = {(str(row.submission_id), row.sha256) for row in rows if row.received_at is not None}
    assert here == storm.model.received == set(announced)
    assert not Submission.objects.filter(completed_at=None).exists()
    folder = settings.EVIDENCE_DIR / "kept"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == sorted({name for _, name in announced})
    assert all(sha256(path.read_bytes()) == path.name for path in files)
    # Of several who send the last piece at once, one may begin anew what is whole: the purge takes that away.
    begun = evidence.left_growing(datetime.now(UTC))
    assert set(begun) <= {str(row.pk) for row in rows}
    assert len(begun) <= storm.happened["thrice_at_once"]


def assert_each_receipt_is_true(storm: Storm) -> None:
    given = 0
    for tablet in storm.tablets:
        assert not tablet.queue
        for record in tablet.done:
            for receipt in record.receipts:
                given += 1
                row = Submission.objects.get(pk=record.id)
                assert receipt["id"] == str(row.pk)
                assert receipt["sha256"] == row.sha256 == sha256(record.body)
                assert datetime.fromisoformat(receipt["received_at"]) == row.received_at
                assert receipt["set_aside"] == row.set_aside
    assert given >= len(storm.model.filed)


def assert_rows_follow_from_the_bodies(storm: Storm) -> None:
    counting = storm.model.counting()
    calls = RollCall.objects.select_related("submission").prefetch_related("absences")
    assert Counter(
        (str(row.submission_id), row.position, row.office, row.required, row.present, row.at)
        for row in calls
    ) == Counter(
        (one.id, place, said["office"], said["required"], said["present"], moment(said["at"]))
        for one, place, said in each(counting, "roll_calls")
    )
    assert Absence.objects.count() == sum(
        len(said["absent"]) for _, _, said in each(counting, "roll_calls")
    )
    assert Counter(
        (str(row.submission_id), row.item, row.value) for row in Answer.objects.all()
    ) == Counter(
        (one.id, said["item"], said["answer"]) for one, _, said in each(counting, "answers")
    )
    assert {
        (str(row.visit_id), str(row.ref)): (
            str(row.submission_id),
            row.facts,
            row.taken_back_at is not None,
        )
        for row in Finding.objects.all()
    } == storm.model.findings()
    assert {str(visit.pk): visit.state for visit in Visit.objects.all()} == {
        name: visit.state for name, visit in storm.model.visits.items()
    }


def assert_each_thing_is_on_record_once(storm: Storm) -> None:
    assert list(audit.verify_chain()) == []
    found = Counter(AuditEvent.objects.values_list("action", flat=True))
    model = storm.model
    settled = Counter(one.accepted for one in model.filed.values())
    assert found["submission.receive"] == len(model.filed)
    assert found["submission.conflict"] == len(model.conflicts)
    assert found["attachment.receive"] == len(model.received)
    assert (found["submission.accept"], found["submission.decline"]) == (
        settled[True],
        settled[False],
    )


def each(counting: list[Filed], part: str) -> list[tuple[Filed, int, dict[str, Any]]]:
    """Return every entry of a part of what counts, with its submission and place."""
    return [
        (one, place, said) for one in counting for place, said in enumerate(in_nfc(one.said)[part])
    ]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def sha256(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()
