"""A team at a unit's door, and what it files there."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from inspections.filing import contents
from inspections.models import (
    Checklist,
    Origin,
    Session,
    Submission,
    User,
    Visit,
    VisitMember,
)
from inspections.services import checklists, filing
from inspections.states import VisitState
from tests.builders import NOW, People, make_inspector, make_people, make_unit

PHOTO = b"not looked at before it is shown"
DIGEST = hashlib.sha256(PHOTO).hexdigest()
LATER = NOW + timedelta(hours=3)


@dataclass(frozen=True)
class Door:
    """An leads the visit, Cúc goes along; Bình is an inspector of another team."""

    people: People
    cuc: User
    visit: Visit
    checklist: Checklist

    @property
    def an(self) -> User:
        return self.people.an


def make_visit(*members: Any, leader: Any, code: str = "X01") -> Visit:
    """Make a directed visit that is open to its team."""
    visit = Visit.objects.create(
        origin=Origin.DIRECTED,
        state=VisitState.RELEASED,
        unit=make_unit(code, "Xã Tân Hồng"),
        date=date(2026, 3, 2),
        session=Session.MORNING,
        release_at=NOW,
        released_at=NOW,
    )
    VisitMember.objects.bulk_create(
        VisitMember(visit=visit, inspector=member, is_leader=member == leader) for member in members
    )
    return visit


def make_door() -> Door:
    people = make_people()
    people = replace(people, an=people.an)
    cuc = type(people.an).objects.create_user("cuc", full_name="Cúc")
    cuc.grants.create(role="inspector", granted_at=NOW)
    leader = make_inspector("An", user=people.an, may_lead=True)
    make_inspector("Bình", user=people.binh, may_lead=True)
    return Door(
        people=people,
        cuc=cuc,
        visit=make_visit(leader, make_inspector("Cúc", user=cuc), leader=leader),
        checklist=checklists.publish_packaged(now=NOW),
    )


def order(**changes: Any) -> dict[str, Any]:
    """An order by telephone to go to X01 at once, as a tablet tells of it."""
    return {
        "unit": "X01",
        "channel": "telephone",
        "ordered_by": "Lê Văn Sáu, Giám đốc",
        "ordered_at": "2026-03-02T08:10:00+07:00",
        "proof": "Cúc cùng nghe",
        "proof_sha256": None,
        "written_order_due": "2026-03-04",
        "written_order_number": "",
    } | changes


def roll_call(**changes: Any) -> dict[str, Any]:
    """A roll call of one office: 12 required, 8 there, 3 excused, one without reason."""
    return {
        "office": "Phòng Kinh tế",
        "at": "2026-03-02T09:05:00+07:00",
        "stage": "on_the_spot",
        "required": 12,
        "present": 8,
        "excused": {
            "leave": 1,
            "mission": 2,
            "meeting": 0,
            "sick": 0,
            "day_in_lieu": 0,
            "other": 0,
        },
        "unexcused": 1,
        "absent": [
            {"name": "Trần Văn Năm", "position": "Chuyên viên", "reason": "none", "note": ""}
        ],
    } | changes


def content(door: Door, **changes: Any) -> dict[str, Any]:
    """A part that says little; ``closing`` says what a leader must."""
    return {
        "format": "kycuong/submission/2",
        "directed": None,
        "visit": str(door.visit.pk),
        "checklist": door.checklist.number,
        "closes": False,
        "outcome": "made",
        "replaces": None,
        "from_paper": False,
        "original": [],
        "device": None,
        "signed_on": None,
        "arrival": None,
        "roll_calls": [],
        "answers": [],
        "findings": [],
        "praise": [],
        "suggestions": [],
        "measures": [],
        "opinion": None,
        "explanations": [],
        "signatures": [],
        "attachments": [],
    } | changes


def in_the_format_before(said: dict[str, Any]) -> dict[str, Any]:
    """The same in the format that is still taken: it knows no original and no order."""
    older = {name: value for name, value in said.items() if name not in {"original", "directed"}}
    return older | {"format": contents.UNBOUND_FORMAT}


def closing(door: Door, **changes: Any) -> dict[str, Any]:
    """What the leader closes the visit with: the roll call and every core item."""
    core = door.checklist.items.filter(is_core=True).values_list("code", flat=True)
    answers = [{"item": code, "answer": "no_issue", "note": "", "evidence": []} for code in core]
    full = {"closes": True, "roll_calls": [roll_call()], "answers": answers}
    return content(door, **(full | changes))


def photo(data: bytes = PHOTO, media_type: str = "image/jpeg") -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": media_type,
    }


def signature(role: str = "unit", name: str = "Lê Thị Bảy", **changes: Any) -> dict[str, Any]:
    """A signature by hand on paper; ``stroke`` and ``signed_sha256`` make it one on the tablet."""
    return {
        "role": role,
        "person": {"name": name, "position": ""},
        "at": "2026-03-02T11:30:00+07:00",
        "refused": False,
        "reason": "",
        "stroke": None,
        "signed_sha256": None,
    } | changes


def signed(said: dict[str, Any], *, as_said: dict[str, Any] | None = None) -> dict[str, Any]:
    """What was said with a signature drawn on the tablet, for it or for something else."""
    digest = contents.signed_sha256(as_said or said)
    drawn = signature(stroke=DIGEST, signed_sha256=digest)
    return said | {"signatures": [drawn], "attachments": [photo(media_type="image/png")]}


def send(
    sender: User,
    said: dict[str, Any],
    *,
    under: UUID | None = None,
    proof: str | None = None,
    now: datetime = LATER,
) -> Submission:
    body = json.dumps(said, ensure_ascii=False).encode()
    submission, _new = filing.receive(
        actor=sender,
        submission_id=under or uuid4(),
        body=body,
        content=said,
        proof=proof,
        now=now,
    )
    return submission
