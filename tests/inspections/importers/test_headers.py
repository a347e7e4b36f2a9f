"""Headers are found among titles, through merged cells, and never twice."""

import unicodedata
from datetime import date

import pytest

from inspections.importers.headers import Period, find_header, find_period
from inspections.importers.problems import FileRefused
from inspections.importers.profiles import packaged

EGOV = [
    ["STT", "Cơ quan", "Tổng", "Tiếp nhận", "Kỳ trước chuyển qua", "Hồ sơ đã giải quyết", "", "", "",
     "Đang giải quyết", "", "", "CD rút hồ sơ", "Hồ sơ trả lại", "Tồn cuối"],
    ["", "", "", "", "", "Số hồ sơ", "Sớm", "Đúng", "Trễ", "Số hồ sơ", "Chưa đến hạn", "Đã quá hạn", "", "", ""],
]  # fmt: skip
EGOV_FIELDS = [
    "unit", "total", "received", "brought_forward", "resolved", "early", "on_time", "late",
    "in_progress", "not_due", "overdue", "withdrawn", "returned",
]  # fmt: skip


def fields(head: list[list[str]], kind: str) -> dict[str, int]:
    header = find_header(head, packaged(kind))
    return {heading.field: heading.index for heading in header.headings}


def refusal(head: list[list[str]], kind: str) -> list[str]:
    with pytest.raises(FileRefused) as refused:
        find_header(head, packaged(kind))
    return [problem.code for problem in refused.value.problems]


def test_merged_headers_are_flattened() -> None:
    assert fields(EGOV, "dossier_summary") == {
        field: place for place, field in enumerate(EGOV_FIELDS, start=1)
    }
    header = find_header(EGOV, packaged("dossier_summary"))
    assert header.headings[4].header == "Hồ sơ đã giải quyết / Số hồ sơ"
    assert header.first_data == 2


def test_three_rows_of_headers_below_titles_are_found() -> None:
    head = [
        ["UBND TỈNH ĐỒNG THÁP", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH"],
        [],
        ["TT", "Đơn vị", "Số hồ sơ phải giải quyết", "", "", "", "Đã giải quyết", "", ""],
        ["", "", "Kỳ trước chuyển sang", "Tiếp nhận trong kỳ", "", "Cộng", "Tổng", "Trước và trong hạn", "Trễ hạn"],
        ["", "", "", "trực tuyến", "trực tiếp/BCCI", "", "", "", ""],
    ]  # fmt: skip
    assert fields(head, "dossier_summary") == {
        "unit": 1,
        "brought_forward": 2,
        "received_online": 3,
        "received_direct": 4,
        "total": 5,
        "resolved": 6,
        "on_time": 7,
        "late": 8,
    }
    assert find_header(head, packaged("dossier_summary")).first_data == 6


def test_a_row_of_data_is_never_taken_for_headers() -> None:
    head = [["Mã nhiệm vụ", "Đơn vị chủ trì", "Hạn xử lý"], ["NV1", "Sở Y tế", "05/10/2026"]]
    assert find_header(head, packaged("task")).first_data == 1


def test_decomposed_letters_units_and_footnotes_do_not_hide_a_header() -> None:
    names = ["Mã nhiệm vụ (*)", "Đơn vị chủ trì:", "Hạn xử lý (ngày)"]
    head = [[unicodedata.normalize("NFD", name) for name in names]]
    assert fields(head, "task") == {"code": 0, "unit": 1, "due": 2}


def test_markup_in_a_header_is_text() -> None:
    head = [["Mã nhiệm vụ", "Đơn vị chủ trì", "<script>alert(1)</script>"]]
    header = find_header(head, packaged("task"))
    assert header.ignored == ("<script>alert(1)</script>",)


def test_columns_about_citizens_are_set_apart() -> None:
    head = [
        ["Mã hồ sơ", "Cơ quan xử lý", "Ngày tiếp nhận", "Chủ hồ sơ", "Số điện thoại", "Mức phí"]
    ]
    header = find_header(head, packaged("dossier"))
    assert header.personal == ("Chủ hồ sơ", "Số điện thoại")
    assert header.ignored == ("Mức phí",)


def test_two_columns_of_one_name_are_refused() -> None:
    head = [["Mã hồ sơ", "Cơ quan xử lý", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày hẹn trả"]]
    assert refusal(head, "dossier") == ["header_double"]


def test_of_two_names_for_one_field_the_first_listed_is_read_and_said() -> None:
    head = [["Mã hồ sơ", "Cơ quan xử lý", "Ngày tiếp nhận", "Hạn xử lý", "Ngày hẹn trả"]]
    header = find_header(head, packaged("dossier"))
    assert fields(head, "dossier")["due"] == 4
    (warning,) = header.warnings
    assert warning.code == "header_alternative"
    assert warning.params == {"read": "Ngày hẹn trả", "left": "Hạn xử lý"}


def test_each_missing_column_is_named_with_the_names_it_may_have() -> None:
    with pytest.raises(FileRefused) as refused:
        find_header([["Mã hồ sơ", "Ngày hẹn trả", "Trạng thái"]], packaged("dossier"))
    first, second = refused.value.problems
    assert (first.code, second.code) == ("header_missing", "header_missing")
    assert first.params["field"] == "đơn vị xử lý"
    assert "cơ quan xử lý" in first.remedy
    assert second.params["field"] == "ngày tiếp nhận"


@pytest.mark.parametrize("head", [[], [[]], [["x", "y"]], [["Mã hồ sơ"]], [[1.0, 2.0]]])
def test_a_sheet_without_headers_is_refused(head: list[list[str]]) -> None:
    assert refusal(head, "dossier") == ["header_not_found"]


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("Từ ngày 01/10/2026 đến ngày 31/10/2026", Period(date(2026, 10, 1), date(2026, 10, 31))),
        (
            "(từ ngày 15/9/2026 đến hết ngày 14/10/2026)",
            Period(date(2026, 9, 15), date(2026, 10, 14)),
        ),
        ("Từ 01-10-2026 - 31-10-2026", Period(date(2026, 10, 1), date(2026, 10, 31))),
        ("Số liệu tính đến ngày 20/11/2026", Period(None, date(2026, 11, 20))),
        ("Tháng 10 năm 2026", Period(date(2026, 10, 1), date(2026, 10, 31))),
        ("BÁO CÁO THÁNG 12/2026", Period(date(2026, 12, 1), date(2026, 12, 31))),
        ("Ngày xuất báo cáo: 05/11/2026 08:30", Period(None, date(2026, 11, 5))),
        ("Từ ngày 31/02/2026 đến ngày 31/10/2026", None),
        ("Từ ngày 31/10/2026 đến ngày 01/10/2026", None),
        ("Báo cáo năm 2026", None),
    ],
)
def test_the_period_is_read_from_the_titles(title: str, period: Period | None) -> None:
    for form in ("NFC", "NFD"):
        assert find_period([["x"], ["", unicodedata.normalize(form, title)]]) == period


def test_a_stated_period_goes_before_the_day_of_the_export() -> None:
    titles = [["Ngày in: 05/11/2026"], ["Từ ngày 01/10/2026 đến ngày 31/10/2026"]]
    assert find_period(titles) == Period(date(2026, 10, 1), date(2026, 10, 31))
