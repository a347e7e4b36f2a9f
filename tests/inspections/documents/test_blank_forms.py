"""Forms that are filled in by hand: what they print, and that they fit their pages."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from inspections.documents import blank_forms, layout, visit_minutes
from inspections.documents.blank_forms import BlankMinutes, Item
from inspections.documents.content import Blank, Document, Role, Signature, Table, Text, texts
from inspections.documents.fonts import Fonts
from inspections.documents.visit_minutes import Person
from tests.inspections.documents.papers import letterhead
from tests.inspections.documents.reading import MM, lines, pages, rules, text

ITEMS = tuple(
    Item(f"A{number:02}", "Sổ tiếp công dân ghi chép đầy đủ, không bỏ trống cột kết quả xử lý")
    for number in range(1, 13)
)


def minutes(**changes: Any) -> BlankMinutes:
    blank = BlankMinutes(
        letterhead=letterhead(code="BB-ĐKT", place=""),
        printed=datetime(2026, 12, 1, 2, tzinfo=UTC),
        signatures=tuple(
            Signature((post,), note="(Ký, ghi rõ họ tên)")
            for post in ("Đại diện đơn vị", "Người ghi biên bản", "Trưởng đoàn")
        ),
        recipients=("Lưu: VT",),
        closing="Biên bản được lập thành 02 bản",
        checklist=7,
        items=ITEMS,
    )
    return replace(blank, **changes)


def read(*documents: Document) -> str:
    return " ".join(texts(documents))


def headings(document: Document) -> list[str]:
    return [
        block.text
        for block in document.body
        if isinstance(block, Text) and block.role is Role.HEADING
    ]


def test_the_minutes_ask_in_the_order_of_the_printed_ones() -> None:
    assert headings(blank_forms.compose_minutes(minutes())) == [
        "1. Điểm danh",
        "2. Nội dung đã kiểm tra",
        "3. Ưu điểm",
        "4. Tồn tại, hạn chế",
        "5. Biện pháp đề nghị",
        "6. Kiến nghị, hiến kế của đơn vị",
        "7. Ý kiến của đơn vị",
        "Trường hợp đại diện đơn vị từ chối ký:",
    ]


def test_for_any_unit_everything_is_left_blank() -> None:
    told = read(blank_forms.compose_minutes(minutes()))
    assert "Kiểm tra công vụ ………… tại ……………" in told
    assert "- Trưởng đoàn:" in told
    assert (
        "Tại thời điểm kiểm tra (…… giờ …… phút), có mặt ……/…… người; vắng …… người, trong đó ……"
        " có lý do, …… không có lý do."
    ) in told
    assert "Việc kiểm tra kết thúc vào …… giờ …… phút, ngày …… tháng …… năm 2026. Biên bản" in told
    assert told.count("./.") == 1


def test_for_a_visit_kind_unit_and_team_stand_there() -> None:
    document = blank_forms.compose_minutes(
        minutes(
            unit="Xã Tân Hồng",
            kind="đột xuất",
            team=(Person("Nguyễn Văn An", part="Trưởng đoàn"), Person("Lê Cúc", part="Thành viên")),
        )
    )
    told = read(document)
    assert document.title.subject == "Kiểm tra công vụ đột xuất tại xã Tân Hồng"
    assert "- Nguyễn Văn An, Trưởng đoàn; - Lê Cúc, Thành viên." in told
    assert "- Trưởng đoàn:" not in told


def test_each_core_item_has_four_boxes_to_tick_and_a_refusal_two_witnesses() -> None:
    ticked, refusal = (
        block for block in blank_forms.compose_minutes(minutes()).body if isinstance(block, Table)
    )
    assert [column.head for column in ticked.columns[2:]] == [
        "Không có tồn tại",
        "Có tồn tại",
        "Không áp dụng",
        "Chưa kiểm tra",
    ]
    assert ticked.rows == tuple((item.code, item.text, "", "", "", "") for item in ITEMS)
    assert [row[0] for row in refusal.rows] == [
        "Người từ chối",
        "Người chứng kiến 1",
        "Người chứng kiến 2",
    ]


def test_the_minutes_bear_neither_number_nor_date_nor_the_mark_of_a_draft(fonts: Fonts) -> None:
    told = text(layout.render([blank_forms.compose_minutes(minutes())], fonts))
    assert "Số:/BB-ĐKTBIÊNBẢN" in told
    assert "DỰTHẢO" not in told
    assert "ĐồngTháp,ngày" not in told


def test_the_roll_call_has_the_columns_of_the_minutes_on_one_page_each(fonts: Fonts) -> None:
    documents = blank_forms.compose_roll_call(unit="Xã Tân Hồng", synthetic=False)
    tables = [block for document in documents for block in document.body]
    assert [table.columns for table in tables if isinstance(table, Table)] == [
        visit_minutes.ROLL_CALL,
        visit_minutes.ABSENT,
    ]
    assert read(*documents).count("(Kèm theo Biên bản kiểm tra công vụ tại xã Tân Hồng)") == 2
    for page in (printed := pages(layout.render(documents, fonts))):
        assert float(page.mediabox.width) > float(page.mediabox.height)
        numbers = [line.y for line in lines(page) if line.text.isdecimal()]
        gaps = [below - above for above, below in pairwise(numbers)]
        assert len(numbers) == 12
        assert min(gaps) == pytest.approx(layout.HAND_ROW / MM, abs=0.1)
    assert len(printed) == 2


def test_invented_data_is_marked_on_every_sheet(fonts: Fonts) -> None:
    documents = [
        blank_forms.compose_minutes(minutes(synthetic=True)),
        *blank_forms.compose_roll_call(unit="", synthetic=True),
    ]
    printed = pages(layout.render(documents, fonts))
    assert all(layout.SYNTHETIC in page.extract_text() for page in printed)


def test_lines_to_write_on_begin_after_their_name_and_end_at_the_margin(fonts: Fonts) -> None:
    named = replace(blank_forms.compose_minutes(minutes()), body=(Blank("Căn cứ:", lines=3),))
    (page,) = pages(layout.render([named], fonts))
    (name,) = (line for line in lines(page) if line.text == "Căn cứ:")
    first, *rest = [rule for rule in rules(page) if rule.y >= name.y - 0.1][:3]
    assert first.y == pytest.approx(name.y, abs=0.1)
    assert first.x > name.x + 10
    assert [rule.x for rule in rest] == pytest.approx([30, 30], abs=0.1)
    assert [rule.x + rule.length for rule in (first, *rest)] == pytest.approx([190] * 3, abs=0.1)
    assert rest[1].y - rest[0].y >= 8
