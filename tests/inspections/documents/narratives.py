"""Narrative papers for tests, each filled as a department would fill it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from inspections.documents import (
    commendation_submission,
    demand_letter,
    file_list,
    handling_submission,
    results_notice,
    results_report,
)
from inspections.documents.commendation_submission import CommendationSubmission, Nominee
from inspections.documents.content import Document
from inspections.documents.demand_letter import Asked, DemandLetter
from inspections.documents.file_list import Filed, FileList
from inspections.documents.handling_submission import HandlingSubmission, Recommended
from inspections.documents.results_notice import Group, Noted, ResultsNotice, Visited
from inspections.documents.results_report import Attendance, Found, ResultsReport, UnitResult
from tests.inspections.documents.papers import DIRECTOR, letterhead

LATE = "12 hồ sơ quá hạn, trong đó 5 hồ sơ chưa có phiếu xin lỗi và hẹn lại ngày trả kết quả"
BLANK_BOOK = "Sổ tiếp công dân bỏ trống cột kết quả xử lý"
WARD = "Ủy ban nhân dân Phường Sa Đéc"
CHAIR = "Chủ tịch Ủy ban nhân dân tỉnh Đồng Tháp"
FORM = "Văn bản do người đứng đầu đơn vị ký, kèm theo tài liệu chứng minh"
FILED_AT = "Lưu: VT, CCVC"


def demand(**changes: Any) -> DemandLetter:
    letter = DemandLetter(
        letterhead=letterhead(code="SNV-CCVC"),
        unit=WARD,
        kind="đột xuất",
        inspected_on=date(2026, 11, 5),
        asked=(
            Asked(
                LATE,
                basis="Điều 20 Nghị định 118/2025/NĐ-CP",
                remedy="gửi phiếu xin lỗi, trả kết quả cho người dân; Trưởng phòng Kinh tế chịu trách nhiệm",
                explain_by=date(2026, 11, 19),
                remedy_by=date(2026, 12, 5),
            ),
            Asked(BLANK_BOOK, explain_by=date(2026, 11, 19)),
        ),
        answers=(FORM,),
        closing="Sở Nội vụ đề nghị trả lời đúng thời hạn nêu trên",
        signature=DIRECTOR,
        recipients=("UBND tỉnh (để báo cáo)", FILED_AT),
    )
    return replace(letter, **changes)


def report(**changes: Any) -> ResultsReport:
    """The report of a round: a ward that was open, a commune that was shut."""
    whole = ResultsReport(
        letterhead=letterhead(code="BC-SNV"),
        addressees=(CHAIR,),
        period="tháng 11 năm 2026",
        grounds=("Thực hiện Kế hoạch kiểm tra công vụ tháng 11 năm 2026",),
        units=(
            UnitResult(
                WARD,
                "đột xuất",
                date(2026, 11, 5),
                attendance=Attendance(datetime(2026, 11, 5, 1, 30, tzinfo=UTC), 12, 8, 3),
                praise=("Bộ phận Một cửa mở cửa sớm 15 phút",),
                findings=(Found(LATE, "Hệ thống bị lỗi từ ngày 02/11/2026"), Found(BLANK_BOOK)),
            ),
            UnitResult("Xã Tân Hồng", "theo chỉ đạo", date(2026, 11, 6), shut=True),
        ),
        causes=("Người đứng đầu chưa thường xuyên đôn đốc",),
        responsibilities=("Trưởng phòng Kinh tế phường Sa Đéc",),
        proposals=("Chỉ đạo Ủy ban nhân dân phường Sa Đéc khắc phục tồn tại, hạn chế",),
        closing="Sở Nội vụ kính báo cáo, đề nghị xem xét, chỉ đạo",
        signature=DIRECTOR,
        recipients=(FILED_AT,),
    )
    return replace(whole, **changes)


def notice(**changes: Any) -> ResultsNotice:
    whole = ResultsNotice(
        letterhead=letterhead(code="TB-SNV"),
        scope="tháng 11 năm 2026",
        visited=(
            Visited(WARD, "đột xuất", date(2026, 11, 5)),
            Visited("Xã Tân Hồng", "theo chỉ đạo", date(2026, 11, 6)),
        ),
        praise=(Noted("Xã Tân Hồng", "Không có hồ sơ quá hạn"),),
        groups=(
            Group("Giải quyết thủ tục hành chính", (Noted(WARD, LATE, date(2026, 12, 5)),)),
            Group("Tiếp công dân", (Noted(WARD, BLANK_BOOK),)),
        ),
        demands=("Khắc phục tồn tại, hạn chế đúng thời hạn",),
        closing="Sở Nội vụ thông báo để các cơ quan, đơn vị biết, thực hiện",
        signature=DIRECTOR,
        recipients=("Các cơ quan, đơn vị có tên tại mục I", FILED_AT),
    )
    return replace(whole, **changes)


def commendation(**changes: Any) -> CommendationSubmission:
    whole = CommendationSubmission(
        letterhead=letterhead(code="TTr-SNV"),
        addressee=CHAIR,
        grounds=("Căn cứ Luật Thi đua, khen thưởng ngày 15 tháng 6 năm 2022",),
        closing="Kính trình xem xét, quyết định",
        nominees=(
            Nominee("Xã Tân Hồng", "Bằng khen", "Không có hồ sơ quá hạn trong 06 tháng"),
            Nominee(
                WARD,
                "Giấy khen",
                "Sáng kiến đặt lịch hẹn qua điện thoại",
                name="Lê Thị Bích Phượng",
                post="Chuyên viên",
            ),
        ),
        signature=DIRECTOR,
        recipients=(FILED_AT,),
    )
    return replace(whole, **changes)


def handling(**changes: Any) -> HandlingSubmission:
    whole = HandlingSubmission(
        letterhead=letterhead(code="TTr-SNV"),
        addressee=CHAIR,
        grounds=("Căn cứ Nghị định số 172/2025/NĐ-CP",),
        closing="Kính trình xem xét, quyết định",
        recommended=(
            Recommended(
                WARD,
                ("Vắng mặt không lý do ngày 05/11/2026", "Để 12 hồ sơ quá hạn"),
                "xem xét xử lý kỷ luật",
                name="Trần Quốc Đạt",
                post="Trưởng phòng Kinh tế",
                category="công chức lãnh đạo, quản lý",
                basis="Điều 8 Nghị định số 172/2025/NĐ-CP",
                discovered_on=date(2026, 11, 5),
                decide_by=date(2027, 2, 3),
            ),
            Recommended(
                "Xã Tân Hồng", ("Trụ sở đóng cửa trong giờ làm việc",), "kiểm điểm tập thể"
            ),
        ),
        signature=DIRECTOR,
        recipients=(FILED_AT,),
    )
    return replace(whole, **changes)


def listing(**changes: Any) -> FileList:
    whole = FileList(
        subject="Hồ sơ kiểm tra công vụ tháng 11 năm 2026",
        filed=(
            Filed("15/KH-SNV", date(2026, 10, 30), "Kế hoạch kiểm tra công vụ", "Sở Nội vụ", "01"),
            Filed("", None, "Biên bản kiểm tra tại Phường Sa Đéc", "Đoàn kiểm tra", note="Dự thảo"),
        ),
    )
    return replace(whole, **changes)


#: Every narrative paper as it is read.
COMPOSED: dict[str, Callable[[], list[Document]]] = {
    "demand letter": lambda: demand_letter.compose(demand()),
    "results report": lambda: results_report.compose(report()),
    "results notice": lambda: results_notice.compose(notice()),
    "commendation submission": lambda: commendation_submission.compose(commendation()),
    "handling submission": lambda: handling_submission.compose(handling()),
    "file list": lambda: file_list.compose(listing()),
}
