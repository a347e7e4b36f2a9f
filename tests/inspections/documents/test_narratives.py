"""The narrative papers: what each prints, letter for letter, and what it keeps to itself."""

from dataclasses import replace
from datetime import date

import pytest

from inspections.documents import (
    commendation_submission,
    demand_letter,
    handling_submission,
    layout,
    results_notice,
    results_report,
)
from inspections.documents.content import AppendixTitle, Concerning, Document, Text, Title, texts
from inspections.documents.fonts import Fonts
from inspections.documents.results_report import UnitResult
from tests.inspections.documents import narratives
from tests.inspections.documents.narratives import BLANK_BOOK, COMPOSED, LATE, WARD
from tests.inspections.documents.papers import letterhead, paper
from tests.inspections.documents.reading import lines, pages, rules, text
from tests.inspections.documents.test_layout import find, measure, middle
from tests.inspections.documents.test_papers import COUNTRY, body, packed


def read(documents: list[Document]) -> str:
    """The whole text of a composed paper, for looking things up in it."""
    return " ".join(texts(tuple(documents)))


def headed(document: Document, number: str, day: str) -> str:
    """What stands above the body, as it is read from the page."""
    parts = ["UBND TỈNH ĐỒNG THÁP SỞ NỘI VỤ", COUNTRY, f"Số: {number}"] if number else []
    title = document.title
    if isinstance(title, Concerning):
        parts.append(f"V/v {title.subject}")
    if number:
        parts.append(f"Đồng Tháp, {day}")
    if isinstance(title, Title):
        parts += [title.kind.upper(), title.subject]
    if document.addressees:
        parts += ["Kính gửi:", *document.addressees]
    return "".join(parts)


@pytest.mark.parametrize("name", COMPOSED)
def test_the_paper_is_read_letter_for_letter(name: str, fonts: Fonts) -> None:
    (document,) = COMPOSED[name]()
    number = ""
    if document.letterhead is not None:
        number = f"07/{document.letterhead.code}"
        head = replace(document.letterhead, number=7, dated=date(2026, 11, 20))
        document = replace(document, letterhead=head)
    foot = []
    if document.signatures:
        *rest, last = document.recipients
        foot = ["GIÁM ĐỐC Nguyễn Thị Ngọc Ánh", "Nơi nhận:", *(f"- {one};" for one in rest)]
        foot.append(f"- {last}.")
    assert text(layout.render([document], fonts)) == packed(
        headed(document, number, "ngày 20 tháng 11 năm 2026"), body(document), *foot
    )


@pytest.mark.parametrize("name", [name for name in COMPOSED if name != "file list"])
def test_the_last_sentence_alone_ends_as_the_decree_has_it(name: str) -> None:
    (document,) = COMPOSED[name]()
    last = document.body[-1]
    assert isinstance(last, Text)
    assert last.text.endswith("./.")
    assert read([document]).count("./.") == 1


@pytest.mark.parametrize(
    "render_and_content",
    [
        (demand_letter.render, narratives.demand()),
        (results_report.render, narratives.report()),
        (results_notice.render, narratives.notice()),
        (commendation_submission.render, narratives.commendation()),
        (handling_submission.render, narratives.handling()),
    ],
)
def test_equal_content_gives_equal_bytes(render_and_content, packaged: Fonts) -> None:
    render, content = render_and_content
    assert render(content, packaged) == render(content, packaged)


def test_a_letter_names_no_kind_and_says_under_its_number_what_it_is_about(fonts: Fonts) -> None:
    (page,) = pages(demand_letter.render(narratives.demand(), fonts))
    found = lines(page)
    number = find(found, "Số:        /SNV-CCVC")
    about = [line for line in found if number.y < line.y < number.y + 16 and line.x < 95]
    assert "".join(line.text for line in about).replace(" ", "").startswith("V/vyêucầu")
    assert {line.size for line in about} == {12}
    assert 5 < about[0].y - number.y < 9
    assert middle(about[0], fonts) == pytest.approx(middle(number, fonts), abs=0.1)
    assert len(rules(page)) == 2  # of the agency and the motto: there is no title


def test_one_addressee_stands_on_the_line_of_kinh_gui(fonts: Fonts) -> None:
    (page,) = pages(layout.render([paper(addressees=("Ủy ban nhân dân xã Tân Hồng",))], fonts))
    line = find(lines(page), "Kính gửi: Ủy ban nhân dân xã Tân Hồng")
    assert line.size == 14
    assert middle(line, fonts) == pytest.approx(110, abs=0.1)


def test_the_dashes_of_several_addressees_stand_under_the_colon(fonts: Fonts) -> None:
    long = "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân Phường Điện Biên Phủ, tỉnh Đồng Tháp"
    made = paper(addressees=("Sở Tài chính", long, "Xã Tân Hồng"))
    (page,) = pages(layout.render([made], fonts))
    found = lines(page)
    label = find(found, "Kính gửi:")
    colon = replace(label, text=":")
    under = label.x + measure(label, fonts) - measure(colon, fonts)
    dashes = [line for line in found if line.text.startswith("- ") and line.size == 14]
    assert [line.text.strip() for line in dashes] == [
        "- Sở Tài chính;",
        dashes[1].text.strip(),
        "- Xã Tân Hồng.",
    ]
    assert all(line.x == pytest.approx(under, abs=0.1) for line in dashes)
    assert all(line.x + measure(line, fonts) <= 190.5 for line in found)


def test_a_letter_asks_for_what_has_a_day_and_tells_the_form_of_the_answer() -> None:
    told = read(demand_letter.compose(narratives.demand()))
    assert f"1. {LATE}. Căn cứ" in told.replace("  ", " ")
    assert "Ngày 05 tháng 11 năm 2026, Đoàn kiểm tra công vụ của Sở Nội vụ" in told
    assert "yêu cầu Ủy ban nhân dân phường Sa Đéc giải trình, khắc phục" in told
    assert "Thời hạn giải trình: chậm nhất ngày 19 tháng 11 năm 2026." in told
    assert "Thời hạn khắc phục: chậm nhất ngày 05 tháng 12 năm 2026." in told
    assert f"{narratives.FORM}." in told


def test_a_letter_that_asks_for_an_explanation_alone_does_not_speak_of_remedy() -> None:
    asked = tuple(replace(one, remedy="", remedy_by=None) for one in narratives.demand().asked)
    (letter,) = demand_letter.compose(narratives.demand(asked=asked))
    assert "khắc phục" not in read([letter])
    assert letter.title.subject == "yêu cầu giải trình tồn tại, hạn chế qua kiểm tra công vụ"


def test_a_letter_is_first_sent_to_those_it_is_addressed_to() -> None:
    (letter,) = demand_letter.compose(narratives.demand(addressees=("Sở Tài chính",)))
    assert letter.addressees == ("Ủy ban nhân dân phường Sa Đéc", "Sở Tài chính")
    assert letter.recipients[0] == "Như trên"
    assert letter.recipients[-1] == "Lưu: VT, CCVC"


def test_a_letter_to_several_units_says_at_each_point_who_answers() -> None:
    (first, second) = narratives.demand().asked
    asked = (first, replace(second, unit="Xã Tân Hồng"))
    told = read(demand_letter.compose(narratives.demand(asked=asked, addressees=("Xã Tân Hồng",))))
    assert "yêu cầu các cơ quan, đơn vị giải trình" in told
    assert told.count("Đơn vị trả lời: Xã Tân Hồng.") == 1


def test_a_report_has_the_parts_that_are_usual() -> None:
    (document,) = results_report.compose(narratives.report())
    assert [
        block.text for block in document.body if isinstance(block, Text) and block.text.isupper()
    ] == [
        "I. TÌNH HÌNH",
        "II. KẾT QUẢ KIỂM TRA",
        "III. NGUYÊN NHÂN, TRÁCH NHIỆM",
        "IV. KIẾN NGHỊ",
    ]


def test_a_report_sets_the_units_own_explanation_beside_each_finding() -> None:
    told = read(results_report.compose(narratives.report()))
    parts = [part.strip() for part in told.split("Giải trình của đơn vị:")]
    assert parts[0].endswith(f"(1) {LATE}.")
    assert parts[1].startswith("Hệ thống bị lỗi từ ngày 02/11/2026.")
    assert parts[1].endswith(f"(2) {BLANK_BOOK}.")
    assert parts[2].startswith("chưa có.")


def test_a_report_counts_who_was_there_in_the_usual_words() -> None:
    told = read(results_report.compose(narratives.report()))
    assert (
        "Tại thời điểm kiểm tra (08 giờ 30 phút), có mặt 08/12 người; vắng 04 người, trong đó 03 có"
        " lý do, 01 không có lý do." in told
    )
    assert "tại 01 cơ quan, đơn vị có điểm danh, có mặt 08/12 người" in told
    assert "trụ sở đơn vị đóng cửa" in told


def test_a_report_of_one_visit_names_its_unit_and_numbers_no_units() -> None:
    unit = UnitResult("Xã Tân Hồng", "đột xuất", date(2026, 11, 6))
    (document,) = results_report.compose(narratives.report(units=(unit,), period=""))
    told = read([document])
    assert document.title.subject == "Kết quả kiểm tra công vụ đột xuất tại xã Tân Hồng"
    assert "Ngày 06 tháng 11 năm 2026, Đoàn kiểm tra công vụ đã kiểm tra đột xuất tại xã" in told
    assert "chưa phát hiện tồn tại, hạn chế" in told
    assert "chưa ghi nhận ưu điểm" in told
    assert "2.1." not in told


def test_a_report_leaves_room_for_causes_that_nobody_has_named_yet() -> None:
    told = read(results_report.compose(narratives.report(causes=())))
    assert "1. Nguyên nhân" in told
    assert "- ………" in told


def test_a_notice_lists_findings_by_group_with_their_deadlines() -> None:
    told = read(results_notice.compose(narratives.notice()))
    ward = "Ủy ban nhân dân phường Sa Đéc"
    assert f"- {ward} (đột xuất, ngày 05/11/2026);" in told
    assert "2.1. Giải quyết thủ tục hành chính" in told
    assert f"- {ward}: {LATE}. Thời hạn khắc phục: chậm nhất ngày 05/12/2026." in told
    assert f"- {ward}: {BLANK_BOOK}." in told
    assert "- Xã Tân Hồng: Không có hồ sơ quá hạn." in told


def test_a_notice_without_findings_says_so() -> None:
    told = read(results_notice.compose(narratives.notice(groups=(), praise=())))
    assert "chưa phát hiện tồn tại, hạn chế" in told


def test_commendations_tell_collectives_and_individuals_apart() -> None:
    told = read(commendation_submission.compose(narratives.commendation()))
    assert "I. TẬP THỂ (01)" in told
    assert "II. CÁ NHÂN (01)" in told
    assert f"1. Lê Thị Bích Phượng, Chuyên viên, {WARD.replace('Phường', 'phường')}." in told
    assert "Hình thức đề nghị: Giấy khen." in told


def test_a_commendation_of_collectives_alone_speaks_of_no_individual() -> None:
    (first, _second) = narratives.commendation().nominees
    (document,) = commendation_submission.compose(narratives.commendation(nominees=(first,)))
    assert "cá nhân" not in read([document]).lower()
    assert "I. TẬP THỂ" in read([document])


def test_a_form_of_discipline_is_printed_only_when_it_was_named() -> None:
    whole = narratives.handling()
    told = read(handling_submission.compose(whole))
    assert "hình thức" not in told
    named = tuple(replace(one, form="cảnh cáo") for one in whole.recommended)
    told = read(handling_submission.compose(replace(whole, recommended=named)))
    assert "c) Kiến nghị: xem xét xử lý kỷ luật, hình thức: cảnh cáo." in told


def test_a_recommendation_tells_acts_grounds_and_the_period_for_deciding() -> None:
    told = read(handling_submission.compose(narratives.handling()))
    assert "1. Trần Quốc Đạt, Trưởng phòng Kinh tế, công chức lãnh đạo, quản lý," in told
    assert "- Vắng mặt không lý do ngày 05/11/2026;" in told
    assert "- Để 12 hồ sơ quá hạn." in told
    assert (
        "d) Ngày phát hiện: ngày 05 tháng 11 năm 2026; thời hạn xử lý kỷ luật đến hết ngày 03 tháng"
        " 02 năm 2027." in told
    )


def test_the_file_list_counts_what_it_lists() -> None:
    (document,) = COMPOSED["file list"]()
    assert not isinstance(document.title, AppendixTitle)
    assert "Mục lục này gồm 02 văn bản, tài liệu." in read([document])


def test_an_addressee_stays_in_its_column_beside_a_draft_mark(fonts: Fonts) -> None:
    head = letterhead(draft=True)
    made = replace(COMPOSED["demand letter"]()[0], letterhead=head)
    assert "DỰTHẢO" in text(layout.render([made], fonts))
