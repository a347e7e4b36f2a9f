"""The three papers of a draw: what each prints, letter for letter, and what it keeps to itself."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from inspections.documents import draw_minutes, monthly_plan, restricted_appendix
from inspections.documents.content import (
    Document,
    Hash,
    Signature,
    Stratum,
    Table,
    Text,
    Value,
    texts,
)
from inspections.documents.fonts import Fonts
from inspections.documents.restricted_appendix import Visit
from tests.inspections.documents import papers
from tests.inspections.documents.papers import COMMITMENTS, OUTCOME, digest
from tests.inspections.documents.reading import lines, pages, text

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc"
SIGN_HERE = "(Ký, ghi rõ họ tên)"


def read(document: Document) -> str:
    """The whole text of a composed paper, for looking things up in it."""
    return " ".join(texts(document))


def body(document: Document) -> str:
    """The body as it should be read from the page."""
    parts: list[str] = []
    for block in document.body:
        match block:
            case Text():
                parts.append(block.text)
            case Hash() | Value():
                parts += [block.name + ":", block.value]
            case Table():
                parts += [column.head for column in block.columns]
                parts += [cell for row in block.rows for cell in row]
    return "".join(parts)


def packed(*parts: str) -> str:
    return "".join("".join(parts).split())


def test_the_plan_is_read_letter_for_letter(fonts: Fonts) -> None:
    plan = papers.monthly_plan(letterhead=papers.letterhead(number=5, dated=date(2026, 12, 3)))
    assert text(monthly_plan.render(plan, fonts)) == packed(
        "UBND TỈNH ĐỒNG THÁP SỞ NỘI VỤ",
        COUNTRY,
        "Số: 05/KH-SNV Đồng Tháp, ngày 03 tháng 12 năm 2026",
        "KẾ HOẠCH Kiểm tra công vụ đột xuất tháng 12 năm 2026",
        body(monthly_plan.compose(plan)),
        "GIÁM ĐỐC Nguyễn Thị Ngọc Ánh",
        "Nơi nhận: - UBND tỉnh (để báo cáo); - Lưu: VT, TTCCVC (3).",
    )


def test_the_plan_has_the_parts_that_the_decree_lists() -> None:
    headings = [
        block.text
        for block in monthly_plan.compose(papers.monthly_plan()).body
        if isinstance(block, Text) and block.text.isupper()
    ]
    assert headings == [
        "I. MỤC ĐÍCH, YÊU CẦU",
        "II. NỘI DUNG",
        "III. ĐỐI TƯỢNG, THỜI KỲ, PHƯƠNG PHÁP",
        "IV. TỔ CHỨC THỰC HIỆN",
    ]


def test_the_plan_tells_counts_period_method_and_commitments() -> None:
    told = read(monthly_plan.compose(papers.monthly_plan()))
    assert "Căn cứ Luật Cán bộ, công chức; " in told
    assert "Theo đề nghị của Trưởng phòng. " in told
    assert "24 đơn vị trong tổng số 120 đơn vị thuộc diện kiểm tra, gồm:" in told
    assert "- Sở, ban, ngành tỉnh: 04 đơn vị trong số 18 đơn vị;" in told
    assert "- Xã, phường: 20 đơn vị trong số 102 đơn vị." in told
    assert "từ ngày 01 tháng 12 năm 2026 đến ngày 31 tháng 12 năm 2026" in told
    assert "chốt đến hết ngày 14 tháng 11 năm 2026" in told
    assert "theo mức tồn đọng nhiệm vụ quá hạn, số lượng phản ánh, kiến nghị:" in told
    assert "không báo trước" in told
    assert all(value in told for value in texts(COMMITMENTS))
    assert told.count("./.") == 1


def test_a_plan_without_data_says_that_every_unit_had_an_equal_chance() -> None:
    told = read(monthly_plan.compose(papers.monthly_plan(cut_off=None, weighted_by=())))
    assert "có khả năng được chọn như nhau" in told
    assert "trọng số" not in told
    assert "Số liệu" not in told


def test_a_plan_of_one_group_does_not_list_groups() -> None:
    told = read(monthly_plan.compose(papers.monthly_plan(strata=(Stratum("Xã", 56, 9),))))
    assert "09 đơn vị trong tổng số 56 đơn vị thuộc diện kiểm tra." in told
    assert "gồm:" not in told


def test_a_department_may_have_its_own_texts() -> None:
    own = replace(
        papers.PLAN_TEXTS, topics=("Việc đeo thẻ.",), closing="Giao Phòng Công chức theo dõi."
    )
    told = read(monthly_plan.compose(papers.monthly_plan(texts=own)))
    assert "1. Việc đeo thẻ." in told
    assert "2. Tiến độ" not in told
    assert "Giao Phòng Công chức theo dõi./." in told


def test_the_appendix_is_read_letter_for_letter(fonts: Fonts) -> None:
    appendix = papers.appendix(number=5, dated=date(2026, 12, 3))
    assert text(restricted_appendix.render(appendix, fonts)) == packed(
        "LƯU HÀNH NỘI BỘ",
        "Phụ lục DANH SÁCH ĐƠN VỊ ĐƯỢC KIỂM TRA CÔNG VỤ ĐỘT XUẤT THÁNG 12 NĂM 2026",
        "(Kèm theo Kế hoạch số 05/KH-SNV ngày 03 tháng 12 năm 2026 của Sở Nội vụ)",
        "STT Đơn vị Ngày Buổi Trưởng đoàn Thành viên",
        "1 phường Sa Đéc Thứ Ba, 01/12/2026 Sáng Nguyễn Văn An Lê Tuấn Trần Nhung",
        "2 phường Sa Đéc Thứ Tư, 02/12/2026 Sáng Nguyễn Văn An Lê Tuấn Trần Nhung",
        "3 phường Sa Đéc Thứ Năm, 03/12/2026 Sáng Nguyễn Văn An Lê Tuấn Trần Nhung",
    )


def test_an_appendix_whose_plan_has_no_number_yet_leaves_room_for_it() -> None:
    told = read(restricted_appendix.compose(papers.appendix()))
    assert "số ……/KH-SNV ngày …… tháng …… năm 2026 của Sở Nội vụ" in told


def test_a_leader_without_members_is_a_team() -> None:
    visit = Visit("Xã Tân Hồng", date(2026, 12, 1), "Sáng", "Nguyễn Văn An", ())
    (table,) = restricted_appendix.compose(papers.appendix(visits=(visit,))).body
    assert isinstance(table, Table)
    assert table.rows[0][1:] == ("xã Tân Hồng", "Thứ Ba, 01/12/2026", "Sáng", "Nguyễn Văn An", "")


def test_the_appendix_lies_when_its_rows_would_grow_tall_standing(fonts: Fonts) -> None:
    many = papers.visits(3, members=("Công Tằng Tôn Nữ Hoàng Phương Thảo",) * 4)
    (short,) = pages(restricted_appendix.render(papers.appendix(), fonts))
    tall, *_more = pages(restricted_appendix.render(papers.appendix(visits=many), fonts))
    assert short.mediabox.height > short.mediabox.width
    assert tall.mediabox.height < tall.mediabox.width


@pytest.mark.parametrize(
    "unit",
    [
        "Sở Văn hóa, Thể thao và Du lịch",
        "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân Phường Điện Biên Phủ",
        "Phòng Kinh tế, Hạ tầng và Đô thị phường Xuân Hương - Đà Lạt",
        "Đơn vị " + "rất " * 40 + "dài",
        "X" * 200,
    ],
)
def test_names_of_units_wrap_in_their_cells_and_keep_their_size(unit: str, fonts: Fonts) -> None:
    appendix = papers.appendix(visits=papers.visits(2, unit=unit))
    made = pages(restricted_appendix.render(appendix, fonts))
    found = [line for page in made for line in lines(page)]
    assert {line.size for line in found} <= {12, 13, 14}
    assert packed(*(line.text for line in found)).count(packed(unit)) == 2
    assert all(line.x <= 297 - 20 for line in found)


def test_a_long_appendix_splits_under_a_repeated_head(fonts: Fonts) -> None:
    made = pages(restricted_appendix.render(papers.appendix(visits=papers.visits(100)), fonts))
    assert len(made) > 3
    assert all("Trưởngđoàn" in packed(page.extract_text()) for page in made)
    assert sum(packed(page.extract_text()).count("phườngSaĐéc") for page in made) == 100


def test_the_minutes_are_read_letter_for_letter(fonts: Fonts) -> None:
    minutes = papers.draw_minutes()
    assert text(draw_minutes.render(minutes, fonts)) == packed(
        "UBND TỈNH ĐỒNG THÁP SỞ NỘI VỤ",
        COUNTRY,
        "Số:        /BB-SNV",
        "BIÊN BẢN Lựa chọn ngẫu nhiên đơn vị kiểm tra công vụ đột xuất tháng 12 năm 2026",
        "(niêm phong trước khi lựa chọn)",
        body(draw_minutes.compose(minutes)),
        f"NGƯỜI LẬP {SIGN_HERE} NGƯỜI CHỨNG KIẾN {SIGN_HERE} NGƯỜI PHÊ DUYỆT {SIGN_HERE}",
        "Nguyễn Văn An Lê Thị Bích Phượng Trần Quốc Đạt",
        "Nơi nhận: - Lưu: VT, Hồ sơ.",
    )


def test_the_minutes_tell_what_was_sealed_and_by_which_rule() -> None:
    told = read(draw_minutes.compose(papers.draw_minutes()))
    assert "Thời gian bắt đầu: 08 giờ 30 phút, ngày 20 tháng 11 năm 2026." in told
    assert "Địa điểm: Phòng họp số 2." in told
    assert "- Lê Thị Bích Phượng, người chứng kiến;" in told
    assert "số thứ tự 07, kỳ kiểm tra tháng 12 năm 2026" in told
    assert "2 Xã, phường 102 20  Tổng số 120 24" in told
    assert all(value in told for value in [*texts(COMMITMENTS), digest("audit")])
    assert "- Công bố: ngày 23 tháng 11 năm 2026." in told
    assert "- Khi không có giá trị: dùng kết quả kỳ mở thưởng kế tiếp." in told
    assert "kết thúc vào …… giờ …… phút, ngày …… tháng …… năm 2026." in told
    assert "được lập thành 02 bản, đã đọc lại cho những người có tên trên cùng nghe" in told
    assert told.count("./.") == 1


def test_minutes_of_the_endorsement_say_that_the_public_value_does_not_exist_yet() -> None:
    told = read(draw_minutes.compose(papers.draw_minutes()))
    assert "giá trị công khai chưa được công bố" in told
    assert "Việc lựa chọn hoàn thành" not in told


def test_minutes_of_the_draw_print_the_public_value_and_the_time() -> None:
    end = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    told = read(draw_minutes.compose(papers.draw_minutes(outcome=OUTCOME, ended=end)))
    assert "(kết quả lựa chọn)" in told
    assert "- Giá trị đã công bố (21 ký tự, kể cả dấu cách) 52 917 0142 3381 9920" in told
    assert "hoàn thành lúc 09 giờ 05 phút, ngày 24 tháng 11 năm 2026" in told
    assert "kết thúc vào 09 giờ 30 phút, ngày 24 tháng 11 năm 2026." in told
    assert "chưa được công bố" not in told
    assert "không chứng minh" not in told


def test_a_public_value_is_broken_between_its_numbers(fonts: Fonts) -> None:
    numbers = [f"{52917 * (place + 3) % 99991:05}" for place in range(40)]
    outcome = replace(OUTCOME, public_value=" ".join(numbers))
    pdf = draw_minutes.render(papers.draw_minutes(outcome=outcome), fonts)
    rows = [line.text.split() for page in pages(pdf) for line in lines(page)]
    set_apart = [row for row in rows if row and set(row) <= set(numbers)]
    assert [number for row in set_apart for number in row] == numbers
    assert max(map(len, set_apart)) - min(map(len, set_apart)) <= 2


def test_a_public_value_without_spaces_is_broken_into_equal_lines(fonts: Fonts) -> None:
    outcome = replace(OUTCOME, public_value="0718293645" * 8)
    pdf = draw_minutes.render(papers.draw_minutes(outcome=outcome), fonts)
    found = [line.text for page in pages(pdf) for line in lines(page)]
    assert found.count("0718293645" * 4) == 2


def test_the_longest_public_value_is_printed(fonts: Fonts) -> None:
    outcome = replace(OUTCOME, public_value="12345 " * 666 + "1234")
    assert len(outcome.public_value) == 4000
    assert draw_minutes.render(papers.draw_minutes(outcome=outcome), fonts)


def test_the_blank_for_the_end_is_of_the_year_of_the_draw() -> None:
    eve = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    told = read(draw_minutes.compose(papers.draw_minutes(started=eve)))
    assert "ngày …… tháng …… năm 2027." in told


@pytest.mark.parametrize("stage", [None, replace(OUTCOME, public_value="")])
def test_minutes_without_a_public_value_say_what_they_do_not_prove(
    stage: draw_minutes.Outcome | None,
) -> None:
    told = read(draw_minutes.compose(papers.draw_minutes(public_rule=None, outcome=stage)))
    assert "Không dùng giá trị công khai: kết quả đối chiếu không chứng minh được" in told
    assert "- Nguồn:" not in told


def test_hashes_stand_in_groups_under_each_other(fonts: Fonts) -> None:
    value = COMMITMENTS.frame
    found = [
        line
        for page in pages(draw_minutes.render(papers.draw_minutes(), fonts))
        for line in lines(page)
    ]
    groups = [value[start : start + 4] for start in range(0, 64, 4)]
    first = next(
        index
        for index, line in enumerate(found)
        if [other.text.strip() for other in found[index : index + 16]] == groups
    )
    upper, lower = found[first : first + 8], found[first + 8 : first + 16]
    assert [line.x for line in upper] == pytest.approx([line.x for line in lower], abs=0.01)
    assert len({line.y for line in upper}) == 1
    assert {line.size for line in upper + lower} == {13}


def test_minutes_may_have_several_witnesses(fonts: Fonts) -> None:
    witness = Signature(("Người chứng kiến",), "Lê Thị Bích Phượng")
    several = papers.draw_minutes(signatures=(*papers.draw_minutes().signatures, witness, witness))
    assert text(draw_minutes.render(several, fonts)).count("NGƯỜICHỨNGKIẾN") == 3


def test_papers_before_the_visit_say_that_they_name_no_unit() -> None:
    assert "không nêu tên đơn vị" in read(monthly_plan.compose(papers.monthly_plan()))
    assert "không nêu tên đơn vị" in read(draw_minutes.compose(papers.draw_minutes()))
