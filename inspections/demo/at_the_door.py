"""What the teams of the demo saw at a unit: it leans on the unit's invented quality, as its exports do.

Photographs are drawn, and say that they are.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw

from inspections.demo.frame import SYNTHETIC, DemoUnit
from inspections.demo.names import person
from inspections.documents.wording import unit_name
from inspections.filing import contents
from inspections.models import Checklist, ChecklistItem, User, Visit
from inspections.services import attachments, filing

OFFICES = {
    True: (
        "Văn phòng HĐND và UBND",
        "Phòng Kinh tế",
        "Phòng Văn hóa - Xã hội",
        "Trung tâm Phục vụ hành chính công",
    ),
    False: ("Văn phòng", "Phòng Kế hoạch - Tài chính", "Phòng Nghiệp vụ 1", "Phòng Nghiệp vụ 2"),
}
REASONS = ("leave", "mission", "meeting", "sick", "day_in_lieu", "other")
#: What is commonly found about an item; {n} and {m} are small numbers, {m} the smaller.
FAULTS = {
    "A06": "Lịch phân công lãnh đạo trực điều hành chưa được ban hành cho {n} tuần trong quý.",
    "D03": "Có {n} hồ sơ quá hạn đang xử lý tại thời điểm kiểm tra.",
    "D04": "Có {n} hồ sơ quá hạn, trong đó {m} hồ sơ chưa có phiếu xin lỗi và hẹn lại ngày trả kết quả.",
    "E01": "Có {n} thủ tục hành chính đã hết hiệu lực còn niêm yết tại bộ phận một cửa.",
    "F04": "Sổ tiếp công dân bỏ trống cột kết quả xử lý ở {n} lượt tiếp.",
    "G01": "Có {n} nhiệm vụ quá hạn chưa hoàn thành; đơn vị chưa có văn bản xin gia hạn.",
    "H03": "Có {n} phản ánh, kiến nghị trả lời quá hạn quy định của tỉnh.",
}
#: What an inspector would cite. The checklist's own bases carry notes of who gathered them.
BASES = {
    "A03": "Luật Cán bộ, công chức số 80/2025/QH15, Điều 7",
    "A06": "Luật Cán bộ, công chức số 80/2025/QH15, Điều 8; quy chế làm việc của đơn vị",
    "D03": "Nghị định số 118/2025/NĐ-CP",
    "D04": "Nghị định số 118/2025/NĐ-CP; Thông tư số 03/2025/TT-VPCP",
    "E01": "Nghị định số 63/2010/NĐ-CP, Điều 16, Điều 17",
    "F04": "Nghị định số 154/2026/NĐ-CP, Điều 41",
    "G01": "Công điện số 280/CĐ-TTg ngày 19/4/2023",
    "H03": "Quy định của tỉnh về tiếp nhận, trả lời phản ánh, kiến nghị",
}
PRAISE = (
    "Trả kết quả 100% hồ sơ đúng và trước hạn trong kỳ; bộ phận một cửa niêm yết đầy đủ, dễ tra cứu.",
    "Có sáng kiến giảm thành phần hồ sơ, rút ngắn thời gian giải quyết, được người dân ghi nhận.",
)
SUGGESTION = "Đề nghị liên thông dữ liệu giữa hệ thống một cửa và hệ thống theo dõi nhiệm vụ."


def file(
    sender: User, visit: Visit, unit: DemoUnit, chance: Random, *, start: datetime, now: datetime
) -> None:
    """Send what the team saw as one closing, then its photographs."""
    photos: dict[str, bytes] = {}
    said = _closing(visit, unit, chance, start, photos, is_typed=not _is_member(sender, visit))
    submission, _new = filing.receive(
        actor=sender,
        submission_id=UUID(int=chance.getrandbits(128), version=4),
        body=json.dumps(said, ensure_ascii=False).encode(),
        content=said,
        proof=None,
        now=now,
    )
    for sha256, data in photos.items():
        attachments.receive(
            actor=sender, submission=submission, sha256=sha256, pieces=[data], now=now
        )


def _is_member(sender: User, visit: Visit) -> bool:
    return visit.members.filter(inspector__user=sender).exists()


def _closing(
    visit: Visit,
    unit: DemoUnit,
    chance: Random,
    start: datetime,
    photos: dict[str, bytes],
    *,
    is_typed: bool,
) -> dict[str, Any]:
    checklist = Checklist.objects.published()[0]
    items = [item for item in checklist.items.all() if item.is_for(unit.kind)]
    faulty = [
        item
        for item in items
        if item.code in FAULTS and chance.random() < unit.chance_of_delay(0.25, 0.8)
    ]
    roll_calls = [_roll_call(unit, office, chance, start) for office in OFFICES[unit.is_commune]]
    findings = [_finding(item, unit, chance, start, photos) for item in faulty]
    absent = [one for call in roll_calls for one in call["absent"] if one["reason"] == "none"]
    if absent:
        findings.append(_absence(next(one for one in items if one.code == "A03"), absent))
    worst = {one["item"] for one in findings}
    original = (
        [_kept(drawn(f"{unit.code}  BIEN BAN DA KY (BAN QUET)", start), photos)] if is_typed else []
    )
    return {
        "format": contents.FORMATS[0],
        "visit": str(visit.pk),
        "checklist": checklist.number,
        "closes": True,
        "outcome": "made",
        "replaces": None,
        "from_paper": is_typed,
        "device": None,
        "signed_on": start.date().isoformat(),
        "arrival": {
            "at": start.isoformat(),
            "place": f"Trụ sở {unit_name(unit.name)}",
            "received_by": {"name": person(chance), "position": "Chánh Văn phòng"},
        },
        "roll_calls": roll_calls,
        "answers": list(_answers(items, worst)),
        "findings": findings,
        "praise": [] if len(worst) > 1 else [_praise(chance)],
        "suggestions": [
            {"id": _id(chance), "text": SUGGESTION, "person": None}
        ][: chance.randrange(2)],
        "measures": [
            {"id": _id(chance), "text": "Kiểm điểm trách nhiệm tập thể, cá nhân có liên quan.",
             "findings": [one["id"] for one in findings[:2]]}
        ] if len(findings) > 2 else [],
        "opinion": {
            "text": "Đơn vị tiếp thu các nội dung đoàn kiểm tra đã nêu và sẽ khắc phục đúng thời hạn.",
            "reservations": [],
        },
        "explanations": [
            {"finding": one["id"], "text": "Do phần mềm nâng cấp, cán bộ chưa cập nhật kịp.",
             "outcome": "proof_to_follow"}
            for one in findings[:1]
        ],
        "signatures": list(_signatures(visit, unit, chance, start + timedelta(hours=2))),
        "original": original,
        "directed": None,
        "attachments": [
            {"sha256": sha256, "size": len(data), "media_type": "image/jpeg"}
            for sha256, data in photos.items()
        ],
    }  # fmt: skip


def _roll_call(unit: DemoUnit, office: str, chance: Random, at: datetime) -> dict[str, Any]:
    required = chance.randrange(7, 16)
    away = [
        "none" if chance.random() < unit.chance_of_delay(0.06, 0.8) else chance.choice(REASONS)
        for _ in range(required)
        if chance.random() < 0.14
    ]
    return {
        "office": office,
        "at": (at + timedelta(minutes=chance.randrange(3, 20))).isoformat(),
        "stage": "on_the_spot",
        "required": required,
        "present": required - len(away),
        "excused": {reason: away.count(reason) for reason in REASONS},
        "unexcused": away.count("none"),
        "absent": [
            {"name": person(chance), "position": "Chuyên viên", "reason": reason, "note": ""}
            for reason in away
        ],
    }


def _answers(items: list[ChecklistItem], worst: set[str]) -> Iterator[dict[str, Any]]:
    """Answer the core items and those that are found wanting; the rest was not looked at."""
    for item in items:
        if item.code in worst or item.is_core:
            value = "issue" if item.code in worst else "no_issue"
            yield {"item": item.code, "answer": value, "note": "", "evidence": []}


def _finding(
    item: ChecklistItem, unit: DemoUnit, chance: Random, at: datetime, photos: dict[str, bytes]
) -> dict[str, Any]:
    many = chance.randrange(2, 12)
    facts = FAULTS[item.code].format(n=f"{many:02d}", m=f"{chance.randrange(1, many):02d}")
    sha256 = _kept(drawn(f"{unit.code}  {item.code}", at), photos)
    return {
        "id": _id(chance),
        "item": item.code,
        "facts": facts,
        "severity": item.severity,
        "legal_basis": BASES[item.code],
        "responsible": {"name": person(chance), "position": "Trưởng phòng"},
        "remedy": {
            "who": "Người đứng đầu đơn vị",
            "what": "Khắc phục tồn tại đã nêu, rà soát toàn bộ các trường hợp tương tự",
            "responsibility": "Báo cáo bằng văn bản về Sở Nội vụ",
            "procedure": "",
            "result": "Không còn trường hợp tồn đọng",
            "deadline": {"days": chance.choice((10, 15, 30)), "unit": "calendar"},
        },
        "evidence": [
            {"sha256": sha256, "caption": f"Hiện trạng {item.code} ({SYNTHETIC.lower()})"}
        ],
    }


def _absence(item: ChecklistItem, absent: list[dict[str, Any]]) -> dict[str, Any]:
    names = hashlib.sha256("".join(one["name"] for one in absent).encode()).digest()
    return {
        "id": str(UUID(bytes=names[:16], version=4)),
        "item": item.code,
        "facts": f"Tại thời điểm kiểm tra, {len(absent):02d} người vắng mặt không có lý do.",
        "severity": item.severity,
        "legal_basis": BASES[item.code],
        "responsible": {"name": absent[0]["name"], "position": absent[0]["position"]},
        "remedy": None,
        "evidence": [],
    }


def _praise(chance: Random) -> dict[str, Any]:
    return {
        "id": _id(chance),
        "facts": chance.choice(PRAISE),
        "collective": True,
        "person": None,
        "evidence": [],
    }


def _signatures(
    visit: Visit, unit: DemoUnit, chance: Random, at: datetime
) -> Iterator[dict[str, Any]]:
    leader = visit.members.select_related("inspector").get(is_leader=True).inspector.full_name
    for role, name, position in (
        ("team_leader", leader, "Trưởng đoàn"),
        ("recorder", person(chance), "Thư ký"),
        ("unit", person(chance), "Chủ tịch UBND" if unit.is_commune else "Giám đốc"),
    ):
        yield {
            "role": role,
            "person": {"name": name, "position": position},
            "at": at.isoformat(),
            "refused": False,
            "reason": "",
            "stroke": None,
            "signed_sha256": None,
        }


def _kept(photo: bytes, photos: dict[str, bytes]) -> str:
    """Put a picture among those that are sent, and return its name."""
    sha256 = hashlib.sha256(photo).hexdigest()
    photos[sha256] = photo
    return sha256


def drawn(words: str, at: datetime) -> bytes:
    """Draw what stands for a photograph or a scan, with words without accents: the picture says what it is."""
    image = Image.new("RGB", (960, 640), (228, 226, 214))
    pen = ImageDraw.Draw(image)
    for row in range(9):
        top = 90 + row * 52
        pen.rectangle((80, top, 880, top + 34), outline=(120, 120, 110), width=2)
    pen.text((80, 40), f"DU LIEU MO PHONG  {words}  {at:%d/%m/%Y %H:%M}", fill=(150, 30, 30))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _id(chance: Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))
