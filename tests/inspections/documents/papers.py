"""Papers for tests, each filled as a department would fill it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from inspections.documents.content import (
    Block,
    Commitments,
    Document,
    Letterhead,
    Signature,
    Stratum,
    Text,
    Title,
)
from inspections.documents.draw_minutes import DrawMinutes, Outcome, Participant, PublicRule
from inspections.documents.monthly_plan import MonthlyPlan, PlanTexts
from inspections.documents.restricted_appendix import RestrictedAppendix, Visit

DIRECTOR = Signature(post=("Giám đốc",), name="Nguyễn Thị Ngọc Ánh")
PLAN_TEXTS = PlanTexts(
    purposes=("Đánh giá việc chấp hành kỷ luật, kỷ cương hành chính.", "Kịp thời biểu dương."),
    requirements=("Kiểm tra đúng quy định.", "Giữ bí mật danh sách, thời gian kiểm tra."),
    topics=("Việc chấp hành thời giờ làm việc.", "Tiến độ, kết quả thực hiện nhiệm vụ."),
    duties=("Đoàn kiểm tra lập biên bản tại nơi kiểm tra.", "Đơn vị bố trí người làm việc."),
    closing="Nếu có vướng mắc, các đơn vị kịp thời phản ánh để xem xét, giải quyết",
)
AGREED = "Biên bản được lập thành 02 bản, đã đọc lại cho những người có tên trên cùng nghe"
STRATA = (Stratum("Sở, ban, ngành tỉnh", 18, 4), Stratum("Xã, phường", 102, 20))


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


COMMITMENTS = Commitments(digest("frame"), digest("first"), digest("second"))


def letterhead(**changes: Any) -> Letterhead:
    head = Letterhead("UBND tỉnh Đồng Tháp", "Sở Nội vụ", "KH-SNV", 2026, "Đồng Tháp")
    return replace(head, **changes)


def paper(*body: Block, **changes: Any) -> Document:
    """A short paper with every part."""
    whole = Document(
        letterhead=letterhead(),
        title=Title("Báo cáo", "Kết quả kiểm tra công vụ"),
        body=body or (Text("Nội dung./."),),
        signatures=(DIRECTOR,),
        recipients=("UBND tỉnh", "Lưu: VT, TTCCVC (3)"),
    )
    return replace(whole, **changes)


def monthly_plan(**changes: Any) -> MonthlyPlan:
    plan = MonthlyPlan(
        letterhead=letterhead(),
        period="tháng 12 năm 2026",
        first_day=date(2026, 12, 1),
        last_day=date(2026, 12, 31),
        grounds=("Căn cứ Luật Cán bộ, công chức", "Theo đề nghị của Trưởng phòng"),
        strata=STRATA,
        commitments=COMMITMENTS,
        reveal_on=date(2027, 1, 15),
        signature=DIRECTOR,
        recipients=("UBND tỉnh (để báo cáo)", "Lưu: VT, TTCCVC (3)"),
        cut_off=date(2026, 11, 14),
        texts=PLAN_TEXTS,
        weighted_by=("mức tồn đọng nhiệm vụ quá hạn", "số lượng phản ánh, kiến nghị"),
    )
    return replace(plan, **changes)


def visits(number: int, **changes: Any) -> tuple[Visit, ...]:
    visit = Visit(
        "Phường Sa Đéc", date(2026, 12, 1), "Sáng", "Nguyễn Văn An", ("Lê Tuấn", "Trần Nhung")
    )
    return tuple(
        replace(visit, **{"day": visit.day + timedelta(days=index % 28)} | changes)
        for index in range(number)
    )


def appendix(**changes: Any) -> RestrictedAppendix:
    whole = RestrictedAppendix(
        agency="Sở Nội vụ",
        code="KH-SNV",
        period="tháng 12 năm 2026",
        year=2026,
        visits=visits(3),
    )
    return replace(whole, **changes)


def draw_minutes(**changes: Any) -> DrawMinutes:
    """Minutes at the endorsement: the public value does not exist yet."""
    minutes = DrawMinutes(
        letterhead=letterhead(code="BB-SNV", place=""),
        period="tháng 12 năm 2026",
        plan_serial=7,
        started=datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
        place="Phòng họp số 2",
        participants=(
            Participant("Nguyễn Văn An", "Chuyên viên", "người lập"),
            Participant("Lê Thị Bích Phượng", "", "người chứng kiến"),
            Participant("Trần Quốc Đạt", "Phó Giám đốc", "người phê duyệt"),
        ),
        strata=STRATA,
        commitments=COMMITMENTS,
        endorsement=digest("endorsement"),
        audit_head=digest("audit"),
        reveal_on=date(2027, 1, 15),
        signatures=(
            Signature(("Người lập",), "Nguyễn Văn An", "(Ký, ghi rõ họ tên)"),
            Signature(("Người chứng kiến",), "Lê Thị Bích Phượng", "(Ký, ghi rõ họ tên)"),
            Signature(("Người phê duyệt",), "Trần Quốc Đạt", "(Ký, ghi rõ họ tên)"),
        ),
        recipients=("Lưu: VT, Hồ sơ",),
        closing=AGREED,
        public_rule=PublicRule(
            source="Kết quả xổ số kiến thiết Đồng Tháp, toàn bộ bảng giải.",
            day=date(2026, 11, 23),
            encoding="18 dãy số, từ giải tám đến giải đặc biệt.",
            fallback="dùng kết quả kỳ mở thưởng kế tiếp.",
        ),
    )
    return replace(minutes, **changes)


OUTCOME = Outcome(datetime(2026, 11, 24, 2, 5, tzinfo=UTC), "52 917 0142 3381 9920")
