"""The minutes of a visit: everything that was filed and counts, and nothing else."""

import hashlib
import io
from uuid import uuid4

import pytest
from PIL import Image

from inspections.errors import NotFound
from inspections.models import AuditEvent
from inspections.services import attachments, minutes
from tests.builders import make_department
from tests.inspections.documents.reading import pages
from tests.inspections.services.filings import (
    LATER,
    Door,
    closing,
    content,
    make_door,
    photo,
    roll_call,
    send,
    signature,
    signed,
)
from tests.inspections.services.test_records import finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Door:
    make_department()
    return make_door()


def printed(door: Door) -> bytes:
    return minutes.print_minutes(actor=door.people.lan, visit=door.visit, now=LATER)


def text(pdf: bytes) -> str:
    """All text without white space; page numbers, which stand first on a page, are left out."""
    return "".join(packed(page.extract_text().lstrip("0123456789 \n")) for page in pages(pdf))


def packed(said: str) -> str:
    return "".join(said.split())


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), (90, 140, 90)).save(out, "JPEG")
    return out.getvalue()


def full(door: Door) -> None:
    late, data = finding(), jpeg()
    digest = hashlib.sha256(data).hexdigest()
    shown = finding(
        facts="Sổ tiếp công dân bỏ trống cột kết quả xử lý",
        legal_basis="Nghị định 154/2026/NĐ-CP Điều 41(1)(c)",
        remedy={
            "who": "Văn phòng",
            "what": "Ghi đủ sổ",
            "responsibility": "",
            "procedure": "",
            "result": "",
            "deadline": {"days": 5, "unit": "working"},
        },
        evidence=[{"sha256": digest, "caption": "Sổ tiếp công dân"}],
    )
    absent = {"name": "Trần Văn Năm", "position": "Chuyên viên", "reason": "none", "note": ""}
    submission = send(
        door.an,
        closing(
            door,
            arrival={
                "at": "2026-03-02T08:55:00+07:00",
                "place": "trụ sở UBND xã Tân Hồng",
                "received_by": {"name": "Lê Thị Bảy", "position": "Phó Chủ tịch"},
            },
            roll_calls=[
                roll_call(absent=[absent]),
                roll_call(
                    office="Văn phòng",
                    required=5,
                    present=5,
                    unexcused=0,
                    excused=dict.fromkeys(roll_call()["excused"], 0),
                    absent=[],
                ),
            ],
            findings=[late, shown],
            praise=[
                {
                    "id": str(uuid4()),
                    "facts": "Trả kết quả trước hạn 98 % hồ sơ",
                    "collective": True,
                    "person": None,
                    "evidence": [],
                }
            ],
            suggestions=[{"id": str(uuid4()), "text": "Thêm một máy quét", "person": None}],
            measures=[{"id": str(uuid4()), "text": "Kiểm điểm trách nhiệm", "findings": []}],
            opinion={
                "text": "Đơn vị nhất trí với biên bản",
                "reservations": [{"finding": late["id"], "text": "Phiếu đã gửi qua Zalo"}],
            },
            explanations=[
                {"finding": shown["id"], "text": "Mới thay cán bộ", "outcome": "rejected"}
            ],
            signatures=[
                signature("team_leader", "An"),
                signature("unit", "Lê Thị Bảy", refused=True, reason="Chờ ý kiến Chủ tịch"),
                signature("witness", "Võ Thị Tám"),
            ],
            attachments=[{"sha256": digest, "size": len(data), "media_type": "image/jpeg"}],
        ),
    )
    attachments.receive(
        actor=door.an, submission=submission, sha256=digest, pieces=[data], now=LATER
    )


def test_the_minutes_say_what_was_filed(door: Door) -> None:
    full(door)
    read = text(printed(door))
    for part in (
        "BIÊN BẢN Kiểm tra công vụ theo chỉ đạo tại xã Tân Hồng",
        "Số: /BB-ĐKT",
        "Thời gian bắt đầu: 08 giờ 55 phút, ngày 02 tháng 3 năm 2026.",
        "Địa điểm: trụ sở UBND xã Tân Hồng.",
        "- An, Trưởng đoàn; - Cúc, Thành viên.",
        "- Lê Thị Bảy, Phó Chủ tịch.",
        "Tại thời điểm kiểm tra (09 giờ 05 phút), có mặt 13/17 người; vắng 04 người,",
        "trong đó 03 có lý do, 01 không có lý do.",
        "Đã kiểm tra 12 nội dung: 12 không có tồn tại, 00 có tồn tại, hạn chế, 00 có ưu điểm.",
        "Không áp dụng với đơn vị: 00. Chưa kiểm tra: 77.",
        "- Trả kết quả trước hạn 98 % hồ sơ.",
        "(1) 12 hồ sơ quá hạn chưa có phiếu xin lỗi.",
        "Ý kiến bảo lưu của đơn vị: Phiếu đã gửi qua Zalo.",
        "Căn cứ: Nghị định 154/2026/NĐ-CP Điều 41(1)(c)",
        "Yêu cầu khắc phục: rõ người: Văn phòng; rõ việc: Ghi đủ sổ;",
        "thời hạn: 05 ngày làm việc, tính từ ngày ký biên bản",
        "Giải trình tại chỗ: Mới thay cán bộ (đoàn không chấp nhận).",
        "Lê Thị Bảy từ chối ký biên bản. Lý do: Chờ ý kiến Chủ tịch.",
        "Việc kiểm tra kết thúc vào 11 giờ 30 phút, ngày 02 tháng 3 năm 2026.",
        "cùng nghe, thống nhất và ký tên./.",
    ):
        assert packed(part) in packed(read), part


def test_roll_call_absent_and_photographs_follow_as_appendices(door: Door) -> None:
    full(door)
    sheets = pages(printed(door))
    titles = ["Kết quả điểm danh", "Danh sách vắng mặt", "Ảnh chụp tại đơn vị"]
    found = [
        next(sheet for sheet in sheets if packed(title.upper()) in packed(sheet.extract_text()))
        for title in titles
    ]
    lying = [float(sheet.mediabox.width) > float(sheet.mediabox.height) for sheet in found]
    assert lying == [True, True, False]
    assert "Trần Văn Năm" in found[1].extract_text()
    assert len(found[2].images) == 1
    assert "Ảnh 1. Sổ tiếp công dân" in found[2].extract_text()


def test_who_refused_does_not_stand_where_one_signs(door: Door) -> None:
    full(door)
    main = printed(door)
    assert packed("ĐẠI DIỆN ĐƠN VỊ") in text(main)
    signing = text(main).partition(packed("NGƯỜI GHI BIÊN BẢN"))[2]
    assert packed("Lê Thị Bảy") not in signing.partition("Nơinhận")[0]


def test_equal_records_print_to_equal_bytes(door: Door) -> None:
    full(door)
    assert printed(door) == printed(door)


def test_a_door_that_was_shut_is_said_and_not_counted(door: Door) -> None:
    send(door.an, closing(door, outcome="closed_at_arrival", roll_calls=[], answers=[]))
    read = text(printed(door))
    assert packed("trụ sở đơn vị đóng cửa") in read
    assert packed("Đã kiểm tra") not in read


def test_without_a_closing_the_minutes_leave_what_nobody_said_blank(door: Door) -> None:
    send(door.cuc, content(door, findings=[finding()]))
    read = text(printed(door))
    assert packed("…… giờ …… phút, ngày …… tháng …… năm 2026") in read


def test_a_signature_for_something_else_is_named(door: Door) -> None:
    said = closing(door)
    send(door.an, signed(said))
    warning = packed("được ký cho nội dung khác với biên bản này, cần ký lại: - Lê Thị Bảy.")
    assert warning not in text(printed(door))
    first = door.visit.submissions.get()
    other = closing(door, replaces=str(first.pk), signed_on="2026-03-02")
    send(door.an, signed(other, as_said=said))
    assert warning in text(printed(door))


def test_both_counts_of_an_office_are_printed(door: Door) -> None:
    send(door.an, closing(door))
    proven = roll_call(
        stage="after_evidence",
        at="2026-03-05T10:00:00+07:00",
        excused=roll_call()["excused"] | {"sick": 1},
        unexcused=0,
        absent=[],
    )
    send(door.cuc, content(door, roll_calls=[proven]))
    read = text(printed(door))
    assert packed("Tại thời điểm kiểm tra (09 giờ 05 phút), có mặt 08/12 người;") in read
    assert packed("01 không có lý do. Sau khi đơn vị bổ sung minh chứng, có mặt 08/12") in read
    assert packed("trong đó 04 có lý do, 00 không có lý do.") in read


def test_a_pdf_among_the_evidence_is_not_printed_as_a_photograph(door: Door) -> None:
    data = b"%PDF-1.7\n"
    listed = photo(data, "application/pdf")
    shown = finding(evidence=[{"sha256": listed["sha256"], "caption": "Bản trích"}])
    submission = send(door.an, closing(door, findings=[shown], attachments=[listed]))
    attachments.receive(
        actor=door.an, submission=submission, sha256=listed["sha256"], pieces=[data], now=LATER
    )
    assert packed("Ảnh chụp tại đơn vị".upper()) not in text(printed(door))


def test_markup_in_a_finding_is_text(door: Door) -> None:
    sly = '<b>đậm</b> <img src="/etc/passwd"/> &amp;'
    send(door.an, closing(door, findings=[finding(facts=sly)]))
    assert packed(sly) in text(printed(door))


def test_printing_is_on_record_and_needs_something_filed(door: Door) -> None:
    with pytest.raises(NotFound):
        printed(door)
    send(door.an, closing(door))
    printed(door)
    event = AuditEvent.objects.get(action="visit.print_minutes")
    assert event.object_id == str(door.visit.pk)
