"""Visits to be filed, and what a leader files there."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from inspections.filing import contents
from inspections.models import (
    Checklist,
    Department,
    Inspector,
    Origin,
    Role,
    RoleGrant,
    Session,
    Unit,
    UnitKind,
    User,
    Visit,
    VisitMember,
)
from inspections.services import checklists
from inspections.states import VisitState

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
AT = "2026-03-02T09:05:00+07:00"
ANSWERS = 40
EXCUSES = ("leave", "mission", "meeting", "sick", "day_in_lieu", "other")
FACTS = (
    "Tại thời điểm kiểm tra, {} hồ sơ quá hạn trả kết quả chưa có văn bản xin lỗi và hẹn lại ngày trả; sổ theo dõi "
    "không ghi lý do, công chức phụ trách chưa báo cáo người đứng đầu đơn vị."
)


def make_visits(count: int, leaders: int) -> list[Visit]:
    """Make visits that are open to their leaders, who take turns; user names are `inspector0` and on."""
    Department.objects.create(
        superior="UBND tỉnh", place="Đồng Tháp", province_code="82", province_name="Đồng Tháp"
    )
    checklists.publish_packaged(now=NOW)
    people = []
    for number in range(leaders):
        user = User.objects.create_user(f"inspector{number}", full_name=f"Nguyễn Văn {number}")
        RoleGrant.objects.create(user=user, role=Role.INSPECTOR, granted_at=NOW)
        people.append(
            Inspector.objects.create(code=f"{number}", full_name=user.full_name, user=user)
        )
    units = [
        Unit(code=f"{number:05}", name=f"Xã {number}", kind=UnitKind.COMMUNE).fill_keys()
        for number in range(count)
    ]
    visits = [
        Visit(
            origin=Origin.DIRECTED, state=VisitState.RELEASED, unit=unit, date=date(2026, 3, 2),
            session=Session.MORNING, release_at=NOW, released_at=NOW,
        )
        for unit in units
    ]  # fmt: skip
    Unit.objects.bulk_create(units)
    Visit.objects.bulk_create(visits)
    VisitMember.objects.bulk_create(
        VisitMember(visit=visit, inspector=people[place % leaders], is_leader=True)
        for place, visit in enumerate(visits)
    )
    return visits


def closing(visit: Visit, checklist: Checklist, findings: int, photos: Sequence[bytes]) -> Any:
    """Return what closes a visit: the roll call, forty answers, findings, of which the first have a photograph."""
    items = sorted(checklist.items.all(), key=lambda item: not item.is_core)[:ANSWERS]
    names = [hashlib.sha256(photo).hexdigest() for photo in photos]
    return {
        "format": contents.FORMATS[0], "directed": None, "visit": str(visit.pk),
        "checklist": checklist.number, "closes": True, "outcome": "made", "replaces": None,
        "from_paper": False, "original": [], "device": None, "signed_on": "2026-03-02",
        "arrival": {
            "at": AT, "place": "Trụ sở đơn vị",
            "received_by": {"name": "Lê Thị Bảy", "position": "Phó Chủ tịch"},
        },
        "roll_calls": [{
            "office": "Văn phòng", "at": AT, "stage": "on_the_spot", "required": 12, "present": 11,
            "excused": dict.fromkeys(EXCUSES, 0), "unexcused": 1,
            "absent": [{"name": "Trần Văn Năm", "position": "Chuyên viên", "reason": "none", "note": ""}],
        }],
        "answers": [
            {"item": item.code, "answer": "no_issue", "note": "", "evidence": []} for item in items
        ],
        "findings": [
            {
                "id": str(uuid4()), "item": items[number].code, "facts": FACTS.format(number + 2),
                "severity": items[number].severity, "legal_basis": items[number].legal_basis[:300],
                "responsible": {"name": "Lê Văn Sáu", "position": "Trưởng phòng"},
                "remedy": {
                    "who": "Người đứng đầu đơn vị", "what": "Khắc phục và rà soát trường hợp tương tự",
                    "responsibility": "Báo cáo về Sở Nội vụ", "procedure": "", "result": "",
                    "deadline": {"days": 15, "unit": "calendar"},
                },
                "evidence": [
                    {"sha256": name, "caption": f"Hồ sơ số {number + 1}"}
                    for name in names[number:number + 1]
                ],
            }
            for number in range(findings)
        ],
        "praise": [], "suggestions": [], "measures": [],
        "opinion": {"text": "Đơn vị nhất trí với biên bản.", "reservations": []},
        "explanations": [],
        "signatures": [],
        "attachments": [
            {"sha256": name, "size": len(photo), "media_type": "image/jpeg"}
            for name, photo in zip(names, photos, strict=True)
        ],
    }  # fmt: skip
