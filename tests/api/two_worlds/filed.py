"""What teams filed: in a month that is over, and at the first visit of the month under way.

What they sent is the same in all worlds, to the byte: ids are, and no body names a unit.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import QuerySet
from PIL import Image

from inspections.errors import WrongState
from inspections.models import (
    Attachment,
    Checklist,
    Finding,
    Submission,
    User,
    Visit,
)
from inspections.services import attachments, checklists, devices, filing
from inspections.states import VisitState
from tests.api.test_routes import NOWHERE
from tests.inspections.services.filings import Door, closing, content, roll_call, send
from tests.inspections.services.months import Month

HOUR = timedelta(hours=1)
#: Ids that what is filed later refers to.
FIRST_FINDING = UUID("22222222-2222-4333-8444-555555555555")
JPEG = "image/jpeg"


def picture(shade: int) -> bytes:
    """A photograph: all of one grey."""
    out = io.BytesIO()
    Image.new("RGB", (16, 12), (shade, shade, shade)).save(out, "JPEG")
    return out.getvalue()


ARRIVED, MISSING = picture(64), picture(192)


def announced(data: bytes) -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": JPEG,
    }


def finding(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "item": "D04",
        "facts": "12 hồ sơ quá hạn chưa có phiếu xin lỗi.",
        "severity": "major",
        "legal_basis": "",
        "responsible": {"name": "Lê Thị Bảy", "position": "Trưởng phòng"},
        "remedy": None,
        "evidence": [{"sha256": announced(ARRIVED)["sha256"], "caption": "Sổ theo dõi"}],
    } | changes


@dataclass(frozen=True)
class Office:
    """Those who file and decide, and the checklist by which they do."""

    month: Month
    checklist: Checklist

    def at(self, visit: Visit) -> Door:
        """Return the door of a visit: An leads its team."""
        people = self.month.people
        return Door(people=people, cuc=people.binh, visit=visit, checklist=self.checklist)

    def send(self, sender: User, said: dict[str, Any], now: datetime, **given: Any) -> Submission:
        """Send a submission and those of its files that are not missing."""
        submission = send(sender, said, now=now, **given)
        for one in submission.attachments.filter(sha256=announced(ARRIVED)["sha256"]):
            attachments.receive(
                actor=sender, submission=submission, sha256=one.sha256, pieces=[ARRIVED], now=now
            )
        return Submission.objects.get(pk=submission.pk)

    def settle(self, submission: Submission, *, accept: bool, now: datetime) -> None:
        """Let Minh decide on a submission that was set aside."""
        filing.settle(
            actor=self.month.minh,
            submission=submission,
            version=submission.version,
            accept=accept,
            reason="Đã hỏi trưởng đoàn",
            now=now,
        )


def open_office(month: Month, now: datetime) -> Office:
    """Publish the checklist, and enrol two tablets, of which one is lost."""
    for name in ("Máy 1", "Máy 2"):
        device, _key = devices.enrol(actor=month.people.ha, name=name, now=now)
    devices.revoke(actor=month.people.ha, device=device, version=device.version, now=now)
    return Office(month, checklists.publish_packaged(now=now))


def file_a_month(office: Office, visits: "QuerySet[Visit]", now: datetime) -> None:
    """File all but the last visit of a month: corrected, on paper, set aside and decided, sent twice."""
    people, (first, second, third, *_) = office.month.people, visits.order_by("pk")
    door, photos = office.at(first), [announced(ARRIVED), announced(MISSING)]
    stated = [finding(), finding(severity="minor", item=None)]
    office.send(people.an, content(door, findings=[finding()], attachments=photos), now)
    before = office.send(people.an, closing(door, findings=stated, attachments=photos[:1]), now)
    corrected = closing(
        door, findings=stated[:1], attachments=photos[:1], replaces=str(before.pk)
    )  # the second finding is taken back
    office.send(people.an, corrected, now + HOUR)

    door = office.at(second)
    paper = closing(
        door,
        from_paper=True,
        original=[photos[0]["sha256"]],
        findings=[finding()],
        attachments=photos[:1],
    )
    entered = office.send(people.chi, paper, now)
    _send_otherwise(people.chi, entered, now)

    door = office.at(third)
    accepted = office.send(people.lan, content(door, roll_calls=[roll_call()]), now)
    declined = office.send(people.lan, content(door, signed_on="2026-03-02"), now)
    office.send(people.binh, content(door, findings=[finding()], attachments=photos[:1]), now)
    office.settle(accepted, accept=True, now=now)
    office.settle(declined, accept=False, now=now)


def _send_otherwise(sender: User, before: Submission, now: datetime) -> None:
    """Send other bytes under the id of a submission."""
    said = json.loads(bytes(before.body)) | {"signed_on": "2026-03-03"}
    with pytest.raises(WrongState) as refusal:
        send(sender, said, under=before.pk, now=now)
    assert refusal.value.code == "other_content"


def file_at_the_first(
    office: Office, visit: Visit, sealed: "QuerySet[Visit]", now: datetime
) -> None:
    """File a part at an open visit, on a tablet and on paper; and too early at those that are sealed."""
    people, door, photo = office.month.people, office.at(visit), [announced(ARRIVED)]
    said = {"findings": [finding(id=str(FIRST_FINDING))], "attachments": photo}
    office.send(people.an, content(door, **said), now)
    paper = content(
        door,
        from_paper=True,
        original=[photo[0]["sha256"]],
        attachments=photo,
        roll_calls=[roll_call()],
    )
    office.send(people.chi, paper, now)
    for early in sealed.order_by("pk"):
        too_early = content(office.at(early), findings=[finding()], attachments=photo)
        aside = office.send(people.an, too_early, now)
        assert aside.set_aside


# --- What is asked about ---------------------------------------------------------------------


def submissions() -> list[Submission]:
    """Return one of each fate: one that names a sealed visit first, then one from paper."""
    sealed = Visit.objects.filter(state=VisitState.SEALED).values("pk")
    rows = Submission.objects.order_by("pk")
    found = [*rows.filter(visit_ref__in=sealed)[:1], *rows.filter(from_paper=True)[:1]]
    for row in rows:
        fates = {(one.state, one.closes, one.set_aside, one.sent_by_id) for one in found}
        if (row.state, row.closes, row.set_aside, row.sent_by_id) not in fates:
            found.append(row)
    return found


def findings() -> list[Finding]:
    """Return the findings of the month under way first, one that was taken back, and others."""
    rows = Finding.objects.order_by("pk")
    return [
        *rows.filter(ref=FIRST_FINDING),
        *rows.filter(taken_back_at__isnull=False)[:1],
        *rows.filter(taken_back_at=None).exclude(ref=FIRST_FINDING)[:2],
    ]


def digests() -> list[str]:
    """Return the files that are announced: one that arrived, one that is missing, one that nobody knows."""
    return [announced(ARRIVED)["sha256"], announced(MISSING)["sha256"], "0" * 64]


Sent = tuple[str, bytes, str]


def sent_anew(visits: Sequence[Any]) -> Iterator[Sent]:
    """Yield path, body and media type of whole submissions, as no description can tell them: parts of each visit,
    then one from paper, one that closes, and one that a lost tablet sends."""
    checklist = Checklist.objects.published().first()
    if checklist is None or not visits:
        return
    doors = [Door(people=None, cuc=None, visit=visit, checklist=checklist) for visit in visits]  # type: ignore[arg-type]
    device = {"id": str(NOWHERE), "app": "1", "time": "2026-03-02T09:05:00Z", "monotonic_ms": 1}
    said = [
        *(content(door, roll_calls=[roll_call()]) for door in doors),
        content(
            doors[0],
            from_paper=True,
            original=[announced(ARRIVED)["sha256"]],
            attachments=[announced(ARRIVED)],
        ),
        closing(doors[0]),
        content(doors[0], device=device),
    ]
    for one in said:
        yield f"/api/v1/submissions/{NOWHERE}/", json.dumps(one).encode(), "application/json"


def files_sent_anew(_visits: Sequence[Any]) -> Iterator[Sent]:
    """Yield path, bytes and media type of files that are announced, one missing and one that is here already."""
    for data in (MISSING, ARRIVED):
        digest = announced(data)["sha256"]
        for row in Attachment.objects.filter(sha256=digest).order_by("submission_id")[:1]:
            yield f"/api/v1/submissions/{row.submission_id}/attachments/{digest}/", data, JPEG
