"""A table is its rows of data: titles, numbers of columns, totals and signatures are none."""

import pytest

from inspections.importers import tables
from inspections.importers.problems import FileRefused
from inspections.importers.tables import is_column_numbers, is_total
from tests.inspections.importers.files import (
    TASK_HEADERS,
    Reader,
    csv_bytes,
    tasks,
    xlsx_bytes,
)

ROW = ("NV1", "Sở Y tế", "01/10/2026", "09/10/2026", "", "Đang thực hiện")
SECOND = ("NV2", "Sở Nội vụ", "01/10/2026", "09/10/2026", "", "Đang thực hiện")


def test_everything_around_the_rows_is_left_out(reader: Reader) -> None:
    content = csv_bytes(
        [
            ["SỞ NỘI VỤ"],
            ["THEO DÕI NHIỆM VỤ"],
            ["Từ ngày 01/10/2026 đến ngày 20/10/2026"],
            [],
            TASK_HEADERS,
            ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)=(4)-(5)"],
            ["I. KHỐI SỞ, NGÀNH"],
            ROW,
            [],
            TASK_HEADERS,
            SECOND,
            ["", "Tổng cộng: 2 nhiệm vụ", "", "", "", ""],
            [],
            ["", "", "", "", "NGƯỜI LẬP BIỂU", "GIÁM ĐỐC"],
            ["", "", "", "", "Nguyễn Văn A", ""],
        ]
    )
    result = reader.read(content, "task", cutoff=None)
    assert result.column("row") == [8, 11]
    assert result.column("code") == ["NV1", "NV2"]
    assert result.codes() == []
    assert result.opened.cutoff.isoformat() == "2026-10-20"
    assert result.opened.table.remarks == 1


def test_rows_of_a_workbook_are_counted_as_the_spreadsheet_does(reader: Reader) -> None:
    content = xlsx_bytes([["SỞ NỘI VỤ"], [], TASK_HEADERS, ROW, [], SECOND], merged=["A1:F1"])
    assert reader.read(content, "task").column("row") == [4, 6]


def test_totals_above_the_rows_end_nothing(reader: Reader) -> None:
    result = reader.read(tasks(("", "Tổng số", "", "", "", ""), ROW, SECOND), "task")
    assert result.column("code") == ["NV1", "NV2"]


def test_a_second_table_below_the_totals_is_counted_and_not_read(reader: Reader) -> None:
    result = reader.read(tasks(ROW, ("", "Cộng", "", "", "", ""), SECOND, SECOND), "task")
    assert result.column("code") == ["NV1"]
    (problem,) = result.log.kept
    assert (problem.code, problem.params) == ("rows_below_total", {"count": 2})


def test_a_total_that_counts_other_than_the_rows_is_a_warning(reader: Reader) -> None:
    result = reader.read(tasks(ROW, SECOND, ("", "Tổng cộng", "3", "", "", "")), "task")
    (problem,) = result.log.kept
    assert (problem.code, problem.severity) == ("count_differs", "warning")
    assert problem.params == {"stated": 3, "computed": 2}


def test_headers_that_nobody_reads_are_no_row_of_data(reader: Reader) -> None:
    headers = [*TASK_HEADERS, "Ý kiến", ""]
    below = ["", "", "", "", "", "", "phòng", "lãnh đạo"]
    result = reader.read(csv_bytes([headers, below, [*ROW, "x", "y"]]), "task")
    assert result.column("row") == [3]
    assert result.codes() == []


def test_short_rows_are_filled_up(reader: Reader) -> None:
    result = reader.read(tasks(ROW, ("NV3", "Sở Y tế")), "task")
    assert result.column("code") == ["NV1", "NV3"]
    assert result.rows[1]["due"] is None


def test_a_file_of_headers_alone_has_no_rows(reader: Reader) -> None:
    with pytest.raises(FileRefused) as refused:
        reader.read(tasks(), "task")
    assert refused.value.problems[0].code == "no_rows"


def test_nothing_depends_on_where_a_chunk_ends(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        (
            f"NV{number % 7}",
            "Sở Y tế",
            "01/10/2026",
            f"{number + 1:02d}/10/2026",
            "",
            "Đang thực hiện",
        )
        for number in range(12)
    ]
    content = tasks(*rows, ("", "Tổng cộng", "12", "", "", ""), ("", "", "", "", "", "Người lập"))
    whole = reader.read(content, "task")
    for size in (1, 2, 3, 5, 13):
        monkeypatch.setattr(tables, "ROWS_AT_ONCE", size)
        part = reader.read(content, "task")
        assert part.rows == whole.rows
        assert part.log.kept == whole.log.kept
    assert whole.codes("error") == ["duplicate_code"] * 5


def test_two_sheets_with_such_a_table_are_refused_by_name(reader: Reader) -> None:
    with pytest.raises(FileRefused) as refused:
        reader.read(xlsx_bytes([TASK_HEADERS, ROW], [TASK_HEADERS, SECOND]), "task")
    (problem,) = refused.value.problems
    assert (problem.code, problem.params) == ("sheets_several", {"sheets": "Sheet1, Sheet2"})


def test_the_one_sheet_with_a_table_is_read(reader: Reader) -> None:
    content = xlsx_bytes([["Hướng dẫn", "x"]], [TASK_HEADERS, ROW])
    assert reader.read(content, "task").column("code") == ["NV1"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["Tổng cộng", "5"], True),
        (["", "TỔNG SỐ:"], True),
        (["15", "Cộng", 3.0], True),
        (["", "Tổng cộng: 2 nhiệm vụ"], True),
        (["TONG CONG"], True),
        (["Tổng công ty Điện lực"], False),
        (["1", "Công an tỉnh"], False),
        (["Công", "x"], False),
        (["Cộng hòa"], False),
        (["NV1", "Tổng cộng"], False),
    ],
)
def test_totals_are_known_by_their_first_word(row: list[str | float], expected: bool) -> None:
    assert is_total(row) is expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["(1)", "(2)", "(3)=(4)+(5)", "(4)", "(5)"], True),
        (["A", "B", 1.0, 2.0, 3.0], True),
        (["1", "2", "3"], True),
        (["1", "Sở Y tế", "3"], False),
        (["5", "7", "9"], False),
        (["1", "2"], False),
    ],
)
def test_numbers_of_columns_are_known_by_their_sequence(
    row: list[str | float], expected: bool
) -> None:
    assert is_column_numbers(row) is expected
