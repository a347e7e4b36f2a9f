"""A visit that was filed with praise and a photograph, and what is proposed for it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from inspections.models import (
    Attachment,
    Commendation,
    CommendationForm,
    Official,
    Submission,
    Unit,
    User,
)
from inspections.services import commendation_forms, commendations
from inspections.services.commendations import Evidence
from tests.builders import make_official
from tests.inspections.services.filings import DIGEST, LATER, Door, closing, make_door, photo, send
from tests.inspections.services.test_records import finding

NEXT_DAY = LATER + timedelta(days=1)


@dataclass(frozen=True)
class Praise:
    """An praised Tân Hồng, and Ơn there, at a visit with a photograph."""

    door: Door
    on: Official
    id: UUID
    submission: Submission

    @property
    def unit(self) -> Unit:
        assert self.door.visit.unit is not None
        return self.door.visit.unit

    @property
    def form(self) -> CommendationForm:
        return CommendationForm.objects.get(name="Giấy khen")


def make_praise(*findings: dict[str, Any]) -> Praise:
    door, praise_id = make_door(), uuid4()
    praise = {
        "id": str(praise_id),
        "facts": "Trả kết quả sớm",
        "collective": True,
        "person": None,
        "evidence": [],
    }
    submission = send(
        door.an,
        closing(door, praise=[praise], findings=list(findings), attachments=[photo()]),
    )
    Attachment.objects.update(received_at=LATER)
    door.visit.refresh_from_db()
    assert door.visit.unit is not None
    commendation_forms.enter_packaged(now=LATER)
    on = make_official("Trần Văn Ơn", door.visit.unit, post="Chuyên viên")
    return Praise(door, on, praise_id, submission)


def propose(praise: Praise, actor: User | None = None, **changes: Any) -> Commendation:
    """Let An propose to commend the unit, unless told otherwise."""
    facts: dict[str, Any] = {
        "unit": praise.unit,
        "form": praise.form,
        "reasons": "Giải quyết hồ sơ trước hạn cả quý.",
        "evidence": [
            Evidence(praise.door.visit, praise=praise.id),
            Evidence(praise.door.visit, sha256=DIGEST),
        ],
        "now": LATER,
    }
    return commendations.propose(actor=actor or praise.door.an, **(facts | changes))


def review(praise: Praise, made: Commendation, **changes: Any) -> Commendation:
    facts: dict[str, Any] = {
        "actor": praise.door.people.minh,
        "supported": True,
        "reason": "Xứng đáng",
        "now": NEXT_DAY,
    }
    return commendations.review(commendation=made, version=made.version, **(facts | changes))


def decide(praise: Praise, made: Commendation, **changes: Any) -> Commendation:
    facts: dict[str, Any] = {
        "actor": praise.door.people.chi,
        "number": "31/QĐ-UBND",
        "on": NEXT_DAY.date(),
        "now": NEXT_DAY,
    }
    return commendations.decide(commendation=made, version=made.version, **(facts | changes))


def found(name: str, severity: str = "major") -> dict[str, Any]:
    """What is found at a visit, with somebody responsible for it."""
    responsible = {"name": name, "position": "Chuyên viên"} if name else None
    return finding(responsible=responsible, severity=severity)
