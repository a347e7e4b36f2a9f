"""Summaries are checked against themselves; results of earlier visits are read with their severities."""

from datetime import date

import pytest

from tests.inspections.importers.files import Reader, csv_bytes, xlsx_bytes
from tests.inspections.importers.test_headers import EGOV

TITLE = ["Từ ngày 01/10/2026 đến ngày 31/10/2026"]
# 4.835 resolved and 24 in progress of 4.859, as a ward reported them.
WARD = [
    "1",
    "Xã Tân Hồng",
    "4.859",
    "4.800",
    "59",
    "4.835",
    "835",
    "3.990",
    "10",
    "24",
    "20",
    "4",
    "0",
    "0",
    "24",
]
RESULT_HEADERS = [
    [
        "STT",
        "Đơn vị được kiểm tra",
        "Ngày kiểm tra",
        "Số tồn tại, hạn chế",
        "",
        "",
        "",
        "Chọn ngẫu nhiên",
        "Kiểm tra đầy đủ",
    ],
    ["", "", "", "Nhẹ", "Trung bình", "Lớn", "Đặc biệt", "", ""],
]


def summary(*rows: list[str]) -> bytes:
    return csv_bytes([TITLE, *EGOV, *rows])


def changed(**figures: str) -> list[str]:
    places = {
        "total": 2,
        "received": 3,
        "resolved": 5,
        "late": 8,
        "in_progress": 9,
        "withdrawn": 12,
    }
    row = list(WARD)
    for field, value in figures.items():
        row[places[field]] = value
    return row


def test_a_summary_is_read_with_its_period(reader: Reader) -> None:
    result = reader.read(summary(WARD), "dossier_summary", cutoff=None)
    assert result.codes() == []
    assert result.rows == [
        {
            "row": 4,
            "code": "2026-10-31/TH/",
            "unit": "TH",
            "period_from": "2026-10-01",
            "period_to": "2026-10-31",
            "field": "",
            "total": 4859,
            "received": 4800,
            "brought_forward": 59,
            "resolved": 4835,
            "early": 835,
            "on_time": 3990,
            "late": 10,
            "in_progress": 24,
            "not_due": 20,
            "overdue": 4,
            "withdrawn": 0,
            "returned": 0,
        }
    ]


@pytest.mark.parametrize(
    ("row", "whole", "stated", "computed"),
    [
        (changed(received="4.801"), "“Tổng”", 4859, 4860),
        (changed(withdrawn="1"), "“Tổng”", 4859, 4860),
        (changed(late="11"), "“Hồ sơ đã giải quyết / Số hồ sơ”", 4835, 4836),
    ],
)
def test_figures_that_do_not_add_up_are_left_out(
    reader: Reader, row: list[str], whole: str, stated: int, computed: int
) -> None:
    result = reader.read(summary(row), "dossier_summary")
    assert result.rows == []
    (problem,) = result.log.kept
    assert (problem.code, problem.row) == ("identity_differs", 4)
    assert problem.params["whole"] == whole
    assert (problem.params["stated"], problem.params["computed"]) == (stated, computed)


def test_a_figure_that_is_not_stated_is_not_zero(reader: Reader) -> None:
    headers = ["Cơ quan", "Tổng", "Tiếp nhận", "Đang giải quyết"]
    result = reader.read(csv_bytes([TITLE, headers, ["Sở Y tế", "10", "8", ""]]), "dossier_summary")
    (row,) = result.rows
    assert (row["in_progress"], row["late"], row["brought_forward"]) == (None, None, None)
    assert result.codes() == []


def test_online_and_direct_receipts_make_the_received(reader: Reader) -> None:
    headers = [
        ["Đơn vị", "Lĩnh vực", "Số hồ sơ phải giải quyết", "", "", ""],
        ["", "", "Kỳ trước chuyển sang", "Tiếp nhận trong kỳ", "", "Cộng"],
        ["", "", "", "trực tuyến", "trực tiếp/BCCI", ""],
    ]
    rows = [
        ["Sở Y tế", "Dược", "5", "20", "7", "32"],
        ["Sở Y tế", "Khám bệnh", "5", "20", "7", "33"],
    ]
    result = reader.read(csv_bytes([TITLE, *headers, *rows]), "dossier_summary")
    (row,) = result.rows
    assert (row["received"], row["field"]) == (27, "Dược")
    assert result.codes() == ["identity_differs"]


def test_a_total_that_the_rows_do_not_add_up_to_is_an_error_of_the_file(reader: Reader) -> None:
    other = ["2", "Sở Y tế", *WARD[2:]]
    total = [
        "",
        "Tổng cộng",
        "9.718",
        "9.600",
        "118",
        "9.670",
        "1.670",
        "7.980",
        "20",
        "48",
        "40",
        "9",
        "0",
        "0",
        "48",
    ]
    result = reader.read(summary(WARD, other, total), "dossier_summary")
    assert len(result.rows) == 2
    (problem,) = result.log.kept
    assert (problem.code, problem.severity, problem.row) == ("sum_differs", "error", 6)
    assert problem.column == "Đang giải quyết / Đã quá hạn"
    assert problem.params == {"stated": 9, "computed": 8}


def test_a_right_total_is_not_mentioned(reader: Reader) -> None:
    total = ["", "Cộng", *WARD[2:]]
    assert reader.read(summary(WARD, total), "dossier_summary").codes() == []
    assert reader.read(summary(total, WARD), "dossier_summary").codes() == []


@pytest.mark.parametrize(
    ("rate", "codes"),
    [
        ("80,00%", []),  # (early + on time) / resolved
        ("85", []),  # (early + on time + not due) / total
        ("90%", ["rate_differs"]),
        ("", []),
        ("cao", ["number_unreadable"]),
    ],
)
def test_a_rate_must_follow_from_one_of_the_formulas_in_use(
    reader: Reader, rate: str, codes: list[str]
) -> None:
    headers = [
        "Cơ quan",
        "Tổng",
        "Đã giải quyết",
        "Sớm hạn",
        "Đúng hạn",
        "Chưa đến hạn",
        "Tỷ lệ đúng hạn (%)",
    ]
    row = ["Sở Y tế", "20", "15", "2", "10", "5", rate]
    result = reader.read(csv_bytes([TITLE, headers, row]), "dossier_summary")
    assert result.codes() == codes


def test_one_unit_and_field_count_once_a_period(reader: Reader) -> None:
    assert reader.read(summary(WARD, WARD), "dossier_summary").codes() == ["duplicate_code"]


def test_earlier_results_are_read(reader: Reader) -> None:
    rows = [
        [1, "Sở Y tế", date(2026, 5, 12), 2, 1, 0, None, "Có", "x"],
        [2, "Xã Tân Hồng", date(2026, 6, 2), 0, 0, 0, 1, "Theo kế hoạch", "Không"],
    ]
    result = reader.read(xlsx_bytes([*RESULT_HEADERS, *rows]), "result", cutoff=None)
    assert result.codes() == []
    assert result.rows == [
        {
            "row": 3,
            "code": "2026-05-12/SYT",
            "unit": "SYT",
            "visited_on": "2026-05-12",
            "minor": 2,
            "moderate": 1,
            "major": 0,
            "critical": 0,
            "drawn": True,
            "complete": True,
        },
        {
            "row": 4,
            "code": "2026-06-02/TH",
            "unit": "TH",
            "visited_on": "2026-06-02",
            "minor": 0,
            "moderate": 0,
            "major": 0,
            "critical": 1,
            "drawn": False,
            "complete": False,
        },
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ([1, "Sở Y tế", "23/11/2026", 1, 1, 1, 1, "", ""], "after_cutoff"),
        ([1, "Sở Y tế", "", 1, 1, 1, 1, "", ""], "value_missing"),
        ([1, "Sở Y tế", "01/06/2026", -1, 1, 1, 1, "", ""], "number_negative"),
        ([1, "Sở Y tế", "01/06/2026", 1, 1, 1, 1, "có lẽ", ""], "choice_unknown"),
    ],
)
def test_a_result_with_a_problem_is_left_out(reader: Reader, row: list[object], code: str) -> None:
    result = reader.read(csv_bytes([*RESULT_HEADERS, row]), "result", cutoff=None)
    assert result.rows == []
    assert result.codes() == [code]
