"""Tasks, dossiers, complaints: what is in time follows from dates and the calendar, not from labels."""

import hmac
from datetime import date

import pytest

from inspections.importers.matters import identity
from tests.inspections.importers.files import (
    DOSSIER_HEADERS,
    KEY,
    TASK_HEADERS,
    Reader,
    csv_bytes,
    dossiers,
    tasks,
    xlsx_bytes,
)

COMPLAINT_HEADERS = (
    "Mã PAKN",
    "Cơ quan xử lý",
    "Ngày gửi",
    "Hạn xử lý",
    "Ngày trả lời",
    "Trạng thái",
)


def test_a_task_is_read_in_full(reader: Reader) -> None:
    headers = [
        "STT",
        "Mã nhiệm vụ",
        "Số ký hiệu văn bản",
        "Cơ quan giao",
        "Nội dung nhiệm vụ",
        "Đơn vị chủ trì",
        "Ngày giao",
        "Hạn xử lý",
        "Hạn gia hạn",
        "Số lần gia hạn",
        "Ngày hoàn thành",
        "Trạng thái",
    ]
    row = [
        "1",
        "NV01",
        "123/UBND-NC",
        "CT UBND tỉnh",
        "Báo cáo",
        "Sở Y tế",
        "01/10/2026",
        "09/10/2026",
        "16/10/2026",
        "1",
        "20/10/2026",
        "Hoàn thành trễ hạn",
    ]
    result = reader.read(csv_bytes([headers, row]), "task")
    assert result.codes() == []
    assert result.rows == [
        {
            "row": 2,
            "code": "NV01",
            "unit": "SYT",
            "state": "done",
            "label": "late",
            "received": "2026-10-01",
            "due": "2026-10-16",
            "original_due": "2026-10-09",
            "done": "2026-10-20",
            "late_days": 2,
            "assigner": "chair",
            "document": "123/UBND-NC",
            "extensions": 1,
        }
    ]


@pytest.mark.parametrize(
    ("due", "done", "late"),
    [
        ("09/10/2026", "09/10/2026", 0),
        ("09/10/2026", "05/10/2026", 0),
        ("09/10/2026", "12/10/2026", 1),
        # Done on the Saturday after a deadline on Friday.
        ("09/10/2026", "10/10/2026", 1),
        # A deadline on a Saturday is met on Monday.
        ("10/10/2026", "12/10/2026", 0),
        ("10/10/2026", "13/10/2026", 1),
        # 1 and 2 September are off: the deadline moves to the third.
        ("01/09/2026", "03/09/2026", 0),
        ("31/08/2026", "04/09/2026", 2),
        ("", "12/10/2026", None),
    ],
)
def test_days_late_are_working_days(reader: Reader, due: str, done: str, late: int | None) -> None:
    content = tasks(("NV1", "Sở Y tế", "03/08/2026", due, done, "Hoàn thành"))
    assert reader.read(content, "task").column("late_days") == [late]


@pytest.mark.parametrize(
    ("status", "done", "state", "label"),
    [
        ("Hoàn thành trước hạn", "05/10/2026", "done", "early"),
        ("Đang thực hiện – quá hạn", "", "open", "overdue"),
        ("QUÁ HẠN", "", "open", "overdue"),
        ("QUÁ HẠN", "12/10/2026", "done", "late"),
        ("Trong hạn", "05/10/2026", "done", "on_time"),
        ("Trả lại", "", "returned", ""),
        ("Không theo dõi", "", "cancelled", ""),
        ("Tạm dừng", "", "open", "waiting"),
        ("", "", "open", ""),
        ("", "12/10/2026", "done", ""),
    ],
)
def test_state_and_label_follow_from_status_and_date(
    reader: Reader, status: str, done: str, state: str, label: str
) -> None:
    content = tasks(("NV1", "Sở Y tế", "01/10/2026", "09/10/2026", done, status))
    (row,) = reader.read(content, "task").rows
    assert (row["state"], row["label"]) == (state, label)


@pytest.mark.parametrize(
    ("row", "label", "ours"),
    [
        (("01/10/2026", "10/10/2026", "12/10/2026", "Hoàn thành trễ hạn"), "late", "on_time"),
        (("01/10/2026", "09/10/2026", "12/10/2026", "Hoàn thành đúng hạn"), "on_time", "late"),
        (("01/10/2026", "09/10/2026", "", "Đang thực hiện – trong hạn"), "not_due", "overdue"),
        (("01/10/2026", "30/11/2026", "", "Đang thực hiện – quá hạn"), "overdue", "not_due"),
        # 31/10 is a Saturday: the deadline is Monday, after the cut-off.
        (("01/10/2026", "31/10/2026", "", "Quá hạn"), "overdue", "not_due"),
    ],
)
def test_each_disagreement_with_the_sources_label_is_listed(
    reader: Reader, row: tuple[str, ...], label: str, ours: str
) -> None:
    result = reader.read(tasks(("NV1", "Sở Y tế", *row)), "task")
    (problem,) = result.log.kept
    assert (problem.code, problem.severity, problem.row) == ("label_differs", "warning", 2)
    assert problem.params == {"label": label, "ours": ours}
    assert len(result.rows) == 1


def test_labels_that_agree_are_not_mentioned(reader: Reader) -> None:
    content = tasks(
        ("NV1", "Sở Y tế", "01/10/2026", "09/10/2026", "09/10/2026", "Hoàn thành đúng hạn"),
        ("NV2", "Sở Y tế", "01/10/2026", "09/10/2026", "05/10/2026", "Hoàn thành trước hạn"),
        ("NV3", "Sở Y tế", "01/10/2026", "09/10/2026", "12/10/2026", "Hoàn thành trễ hạn"),
        ("NV4", "Sở Y tế", "01/10/2026", "09/10/2026", "", "Đang thực hiện – quá hạn"),
        ("NV5", "Sở Y tế", "01/10/2026", "30/11/2026", "", "Sắp đến hạn"),
    )
    assert reader.read(content, "task").codes() == []


@pytest.mark.parametrize(
    ("row", "code", "column", "value"),
    [
        (
            ("NV1", "Sở Y tế", "05/03/20226", "09/10/2026", "", ""),
            "date_year",
            "Ngày giao",
            "05/03/20226",
        ),
        (
            ("NV1", "Sở Y tế", "01/10/2026", "31/02/2026", "", ""),
            "date_impossible",
            "Hạn xử lý",
            "31/02/2026",
        ),
        (
            ("NV1", "Sở Lạ", "01/10/2026", "09/10/2026", "", ""),
            "unit_unknown",
            "Đơn vị chủ trì",
            "Sở Lạ",
        ),
        (
            ("NV1", "Tân", "01/10/2026", "09/10/2026", "", ""),
            "unit_ambiguous",
            "Đơn vị chủ trì",
            "Tân",
        ),
        (("NV1", "", "01/10/2026", "09/10/2026", "", ""), "value_missing", "Đơn vị chủ trì", ""),
        (
            ("NV1", "Sở Y tế", "01/10/2026", "09/10/2026", "", "Đang chờ ai"),
            "status_unknown",
            "Trạng thái",
            "Đang chờ ai",
        ),
        (
            ("NV1", "Sở Y tế", "09/10/2026", "12/10/2026", "01/10/2026", ""),
            "done_before_received",
            "Ngày hoàn thành",
            "01/10/2026",
        ),
        (
            ("NV1", "Sở Y tế", "09/10/2026", "01/10/2026", "", ""),
            "due_before_received",
            "Hạn xử lý",
            "01/10/2026",
        ),
        (
            ("1,23E+11", "Sở Y tế", "01/10/2026", "09/10/2026", "", ""),
            "code_damaged",
            "Mã nhiệm vụ",
            "1,23E+11",
        ),
    ],
)
def test_a_row_with_a_problem_is_left_out_and_named(
    reader: Reader, row: tuple[str, ...], code: str, column: str, value: str
) -> None:
    good = ("NV9", "Sở Nội vụ", "01/10/2026", "09/10/2026", "", "Đang thực hiện")
    result = reader.read(tasks(row, good), "task")
    assert result.column("code") == ["NV9"]
    (problem,) = result.log.kept
    assert (problem.code, problem.severity, problem.row) == (code, "error", 2)
    assert (problem.column, problem.value) == (column, value)
    assert problem.message
    assert problem.remedy


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("NV1", "Sở Y tế", "01/10/2026", "09/10/2026", "", "Hoàn thành"), "done_without_date"),
        (
            ("NV1", "Sở Y tế", "01/10/2026", "30/11/2026", "12/10/2026", "Đang thực hiện"),
            "open_with_date",
        ),
        (
            ("NV1", "Sở Y tế", "01/10/2026", "30/11/2026", "02/11/2026", "Hoàn thành"),
            "after_cutoff",
        ),
        (("NV1", "Sở Y tế", "02/11/2026", "30/11/2026", "", "Đang thực hiện"), "after_cutoff"),
    ],
)
def test_a_row_that_contradicts_itself_is_kept_with_a_warning(
    reader: Reader, row: tuple[str, ...], code: str
) -> None:
    result = reader.read(tasks(row), "task")
    assert result.codes() == [code]
    assert result.codes("error") == []
    assert len(result.rows) == 1


def test_the_first_of_two_rows_with_one_code_is_kept(reader: Reader) -> None:
    first = ("NV1", "Sở Y tế", "01/10/2026", "09/10/2026", "", "Đang thực hiện")
    second = ("NV1", "Sở Nội vụ", "01/10/2026", "09/10/2026", "", "Đang thực hiện")
    result = reader.read(tasks(first, second), "task")
    assert result.column("unit") == ["SYT"]
    (problem,) = result.log.kept
    assert (problem.code, problem.row, problem.value) == ("duplicate_code", 3, "NV1")


def test_a_row_left_out_does_not_make_the_next_a_duplicate(reader: Reader) -> None:
    bad = ("NV1", "Sở Lạ", "01/10/2026", "09/10/2026", "", "Đang thực hiện")
    good = ("NV1", "Sở Y tế", "01/10/2026", "09/10/2026", "", "Đang thực hiện")
    result = reader.read(tasks(bad, good), "task")
    assert result.column("unit") == ["SYT"]
    assert result.codes() == ["unit_unknown"]


def test_tasks_without_codes_are_told_apart_by_what_they_say(reader: Reader) -> None:
    headers = [
        "STT",
        "Nội dung nhiệm vụ",
        "Văn bản giao nhiệm vụ",
        "Thời hạn hoàn thành",
        "Cơ quan chủ trì",
    ]
    rows = [
        ["1", "Báo cáo quý III", "12/UBND", "09/10/2026", "Sở Y tế"],
        ["2", "Báo cáo quý III", "12/UBND", "09/10/2026", "Sở Nội vụ"],
        ["3", "Báo cáo quý IV", "12/UBND", "09/10/2026", "Sở Y tế"],
    ]
    result = reader.read(csv_bytes([headers, *rows]), "task")
    codes = result.column("code")
    assert len(set(codes)) == 3
    assert all(code.startswith("~") and "Báo" not in code for code in codes)
    # The same task keeps its code from file to file, however it is typed.
    again = reader.read(csv_bytes([headers, ["9", "BÁO CÁO  QUÝ III", *rows[0][2:]]]), "task")
    assert again.column("code") == codes[:1]


def test_the_order_of_day_and_month_is_stated_not_guessed(reader: Reader) -> None:
    row = ("NV1", "Sở Y tế", "10/01/2026", "10/25/2026", "", "Đang thực hiện")
    assert reader.read(tasks(row), "task").codes() == ["date_month_first"]
    result = reader.read(tasks(row), "task", date_order="mdy")
    assert (result.rows[0]["received"], result.rows[0]["due"]) == ("2026-10-01", "2026-10-25")


@pytest.mark.parametrize(
    ("document", "symbol"),
    [
        ("123/UBND-NC", "123/UBND-NC"),
        ("Công văn số 2812/UBND-TKBT ngày 03/7/2020 về đơn của ông Trần Văn Ba", "2812/UBND-TKBT"),
        ("Quyết định 45/2026/QĐ-UBND", "45/2026/QĐ-UBND"),
        ("Thông báo kết luận ngày 03/7/2026 của Chủ tịch", ""),
        ("", ""),
    ],
)
def test_of_a_document_only_its_number_and_symbol_are_kept(
    reader: Reader, document: str, symbol: str
) -> None:
    row = ["NV1", "Sở Y tế", "01/10/2026", "", "", "", document]
    content = csv_bytes([[*TASK_HEADERS, "Văn bản giao nhiệm vụ"], row])
    assert reader.read(content, "task").column("document") == [symbol]


@pytest.mark.parametrize(
    ("assigner", "expected"),
    [
        ("Thủ tướng Chính phủ", "prime_minister"),
        ("TTgCP", "prime_minister"),
        ("UBND tỉnh", "committee"),
        ("Uỷ ban nhân dân tỉnh", "committee"),
        ("Chủ tịch UBND tỉnh", "chair"),
        ("Ban Thường vụ Tỉnh ủy", "party"),
        ("Thành uỷ", "party"),
        ("HĐND tỉnh", "council"),
        ("Bộ Nội vụ", "other"),
        ("", "other"),
    ],
)
def test_who_assigned_is_recognised(reader: Reader, assigner: str, expected: str) -> None:
    content = csv_bytes(
        [[*TASK_HEADERS, "Cơ quan giao"], ["NV1", "Sở Y tế", "01/10/2026", "", "", "", assigner]]
    )
    assert reader.read(content, "task").column("assigner") == [expected]


def test_a_dossier_is_read_without_its_applicant(reader: Reader) -> None:
    headers = [
        *DOSSIER_HEADERS,
        "Chủ hồ sơ",
        "Số điện thoại",
        "Tên thủ tục",
        "Lĩnh vực",
        "Thời gian tạm dừng",
        "Số lần hẹn lại",
        "Ngày hẹn lại",
    ]
    row = [
        "000.00.12.H20-261001-0001",
        "Xã Tân Hồng",
        "01/10/2026 08:15",
        "09/10/2026",
        "16/10/2026",
        "Đã trả kết quả",
        "Trần Thị B",
        "0912345678",
        "Đăng ký <b>khai sinh</b>",
        "Hộ tịch",
        "02/10/2026 - 04/10/2026; 06/10/2026 - 06/10/2026",
        "1",
        "15/10/2026",
    ]
    result = reader.read(csv_bytes([headers, row]), "dossier")
    assert result.codes() == []
    (stored,) = result.rows
    assert stored == {
        "row": 2,
        "code": "000.00.12.H20-261001-0001",
        "unit": "TH",
        "state": "done",
        "label": "",
        "received": "2026-10-01",
        "first_received": "2026-10-01",
        "due": "2026-10-15",
        "original_due": "2026-10-09",
        "done": "2026-10-16",
        "late_days": 1,
        "is_waiting": False,
        "pause_days": 4,
        "redates": 1,
        "field": "Hộ tịch",
        "procedure": "Đăng ký <b>khai sinh</b>",
    }


@pytest.mark.parametrize(
    "status",
    ["Tạm dừng xử lý", "Yêu cầu bổ sung", "Yêu cầu thực hiện nghĩa vụ tài chính", "waiting"],
)
def test_a_dossier_that_waits_for_its_applicant_says_so(reader: Reader, status: str) -> None:
    content = dossiers(("H1", "Xã Tân Hồng", "01/10/2026", "09/10/2026", "", status))
    result = reader.read(content, "dossier")
    assert result.column("is_waiting") == [True]
    assert result.codes() == []


@pytest.mark.parametrize("pause", ["hai ngày", "04/10/2026 - 02/10/2026"])
def test_pauses_that_cannot_be_read_are_a_problem(reader: Reader, pause: str) -> None:
    row = ["H1", "Xã Tân Hồng", "01/10/2026", "", "", "", pause]
    content = csv_bytes([[*DOSSIER_HEADERS, "Thời gian tạm dừng"], row])
    assert reader.read(content, "dossier").codes() == ["pause_unreadable"]


def test_a_label_of_its_own_column_goes_before_the_status(reader: Reader) -> None:
    headers = [*DOSSIER_HEADERS, "Tình trạng thời hạn"]
    row = [
        "H1",
        "Xã Tân Hồng",
        "01/10/2026",
        "09/10/2026",
        "12/10/2026",
        "Đã trả kết quả",
        "Quá hạn",
    ]
    (stored,) = reader.read(csv_bytes([headers, row]), "dossier").rows
    assert (stored["state"], stored["label"], stored["late_days"]) == ("done", "late", 1)


def test_a_complaint_without_a_deadline_gets_the_departments_own(reader: Reader) -> None:
    headers = [*COMPLAINT_HEADERS, "Ngày chuyển"]
    rows = [
        ["PA1", "Sở Y tế", "01/10/2026", "", "", "Đang xử lý", ""],
        ["PA2", "Sở Y tế", "01/10/2026", "", "", "Đang xử lý", "05/10/2026"],
        ["PA3", "Sở Y tế", "01/10/2026", "09/10/2026", "", "Đang xử lý", "05/10/2026"],
    ]
    result = reader.read(csv_bytes([headers, *rows]), "complaint")
    assert result.column("due") == ["2026-10-15", "2026-10-19", "2026-10-09"]
    (problem,) = result.log.kept
    assert (problem.code, problem.params) == ("deadline_computed", {"count": 2, "days": 10})


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Rất hài lòng", True), ("Không hài lòng", False), ("Bình thường", None), ("", None)],
)
def test_satisfaction_is_read(reader: Reader, word: str, expected: bool | None) -> None:
    row = ["PA1", "Sở Y tế", "01/10/2026", "15/10/2026", "", "Đang xử lý", word]
    content = csv_bytes([[*COMPLAINT_HEADERS, "Mức độ hài lòng"], row])
    assert reader.read(content, "complaint").column("satisfied") == [expected]


def test_a_complainant_is_a_keyed_hash_of_the_surest_identifier(reader: Reader) -> None:
    headers = [*COMPLAINT_HEADERS, "Họ và tên", "Địa chỉ", "Số điện thoại", "CCCD"]
    start = ["Sở Y tế", "01/10/2026", "15/10/2026", "", "Đang xử lý"]
    rows = [
        ["PA1", *start, "Trần Thị B", "ấp 1", "0912 345 678", "087123456789"],
        ["PA2", *start, "Tran Thi B", "", "", "087 123 456 789"],
        ["PA3", *start, "Trần Thị B", "ấp 1", "+84912345678", ""],
        ["PA4", *start, "TRẦN THỊ B", "Ấp 1", "", ""],
        ["PA5", *start, "", "", "", ""],
    ]
    result = reader.read(csv_bytes([headers, *rows]), "complaint")
    hashes = result.column("complainant")
    assert hashes[0] == hashes[1] == hmac.digest(KEY, b"number:87123456789", "sha256")[:16].hex()
    assert hashes[2] == hmac.digest(KEY, b"phone:912345678", "sha256")[:16].hex()
    assert len({*hashes[1:4]}) == 3
    assert hashes[4] == ""
    assert not any("person" in field for field in result.rows[0])
    assert result.codes() == []


def test_people_are_known_by_one_identifier_however_it_is_typed() -> None:
    assert identity("", "+84 912.345.678", "", "", "") == identity("", "0912345678", "", "x", "y")
    assert identity("", 912345678.0, "", "", "") == "phone:912345678"
    assert identity("", "", " B@X.VN ", "", "") == "mail:b@x.vn"
    assert identity("12", "34", "", "Hoà", "Phường Mỹ Tho") == "name:hoà|phường mỹ tho"
    assert identity("a\ud800", "", "", "", "") == ""


def test_a_year_without_a_key_leaves_complainants_unknown(reader: Reader) -> None:
    row = ["PA1", "Sở Y tế", "01/10/2026", "15/10/2026", "", "Đang xử lý", "0912345678"]
    content = csv_bytes([[*COMPLAINT_HEADERS, "Số điện thoại"], row])
    result = reader.read(content, "complaint", key=lambda _year: None)
    assert result.column("complainant") == [""]
    assert result.codes() == ["complainant_key_missing"]


def test_no_problem_ever_shows_a_citizens_number(reader: Reader) -> None:
    rows = [
        ("H1", "0912345678", "01/10/2026", "", "", ""),
        ("H2", "Sở Y tế", "087123456789", "", "", ""),
        ("H3", "Sở Y tế", "01/10/2026", "0912 345 678", "", ""),
        ("H4", "Sở Y tế", "01/10/2026", "", "", "an.tran@mail.vn"),
        ("H5", "Sở Y tế", "01/10/2026", "Trần Thị Mười", "", ""),
    ]
    result = reader.read(dossiers(*rows), "dossier")
    assert len(result.log.kept) == 5
    told = " ".join(f"{problem.value} {problem.params}" for problem in result.log.kept)
    assert "345" not in told
    assert "tran" not in told
    assert "Mười" not in told
    assert "0912" not in " ".join(result.log.unmatched)


def test_a_holiday_table_without_the_year_is_mentioned(reader: Reader) -> None:
    content = tasks(("NV1", "Sở Y tế", "01/10/2025", "09/10/2025", "12/10/2025", "Hoàn thành"))
    result = reader.read(content, "task")
    (problem,) = result.log.kept
    assert (problem.code, problem.params) == ("calendar_incomplete", {"years": "2025"})


def test_a_workbooks_own_dates_and_numbers_are_read(reader: Reader) -> None:
    row = [123456, "SYT", date(2026, 10, 1), 46304, None, "Đang thực hiện"]
    result = reader.read(xlsx_bytes([TASK_HEADERS, row, row]), "task")
    assert result.codes() == ["code_number", "duplicate_code"]
    (stored,) = result.rows
    assert (stored["code"], stored["unit"]) == ("123456", "SYT")
    assert (stored["received"], stored["due"]) == ("2026-10-01", "2026-10-09")
