"""The page, measured on the rendered paper against Nghị định 30/2020/NĐ-CP."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspections.documents import flowables, layout
from inspections.documents.content import (
    AppendixTitle,
    Column,
    Document,
    DocumentError,
    Hash,
    Role,
    Signature,
    Table,
    Text,
    Title,
)
from inspections.documents.fonts import VIETNAMESE, Fonts
from inspections.documents.measure import width
from tests.inspections.documents.papers import DIRECTOR, digest, letterhead, paper
from tests.inspections.documents.reading import MM, Line, lines, pages, rules, text

LEFT, RIGHT, MIDDLE = 30, 190, 110
AGENCIES = (
    "Sở Nội vụ",
    "Sở Khoa học và Công nghệ",
    "Sở Nông nghiệp và Môi trường",
    "Sở Văn hóa, Thể thao và Du lịch",
    "Văn phòng Ủy ban nhân dân tỉnh",
    "Ban Quản lý Khu kinh tế, Khu công nghiệp tỉnh",
    "Trung tâm Phục vụ hành chính công tỉnh",
    "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân Phường Điện Biên Phủ",
    "Phòng Kinh tế, Hạ tầng và Đô thị phường Xuân Hương - Đà Lạt",
    "Chi nhánh Văn phòng Đăng ký đất đai khu vực Tam Nông - Tháp Mười",
)
SUPERIORS = ("", "UBND tỉnh Đồng Tháp", "Ủy ban nhân dân Thành phố Hồ Chí Minh")


def find(found: list[Line], wanted: str) -> Line:
    return next(line for line in found if line.text.strip() == wanted)


def measure(line: Line, fonts: Fonts) -> float:
    names = (fonts.regular, fonts.bold, fonts.italic, fonts.bold_italic)
    name = names[("Bold" in line.font) + 2 * ("-Italic" in line.font or "BoldItalic" in line.font)]
    return width(line.text, name, line.size) / MM


def middle(line: Line, fonts: Fonts) -> float:
    return line.x + measure(line, fonts) / 2


def test_equal_content_gives_equal_bytes(fonts: Fonts) -> None:
    body = (Text("Một."), Hash("Mã", digest("x")), Table((Column("Cột", 1),), (("ô",),)))
    assert layout.render([paper(*body)], fonts) == layout.render([paper(*body)], fonts)


def test_other_processes_give_equal_bytes(packaged: Fonts, font_cache: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from inspections.documents import fonts, layout;"
        "from tests.inspections.documents.papers import paper;"
        "f = fonts.load(None, Path(sys.argv[1]), ());"
        "sys.stdout.buffer.write(layout.render([paper()], f))"
    )
    outcomes = {
        subprocess.run(
            [sys.executable, "-c", script, str(font_cache)],
            check=True,
            capture_output=True,
            cwd=Path(__file__).parents[3],
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert outcomes == {layout.render([paper()], packaged)}


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Switch threads all the time, so that a shared state is met half-way."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless_threads")
def test_threads_do_not_disturb_each_other(packaged: Fonts) -> None:
    papers = [paper(Text(f"Văn bản {index}: {VIETNAMESE[index:]}")) for index in range(8)]
    alone = [layout.render([one], packaged) for one in papers]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: layout.render([one], packaged), papers * 3))
    assert together == alone * 3


def test_every_font_is_embedded(fonts: Fonts) -> None:
    for page in pages(layout.render([paper(Text("x", Role.GROUND), Text("y./."))], fonts)):
        for font in page["/Resources"]["/Font"].values():
            assert "/FontFile2" in font["/FontDescriptor"]


def test_the_file_tells_no_clock_and_no_machine(packaged: Fonts, font_cache: Path) -> None:
    pdf = layout.render([paper()], packaged)
    assert b"D:20000101000000" in pdf
    assert bytes(font_cache) not in pdf
    assert pdf.startswith(b"%PDF-1.4")


def test_the_page_is_a4_with_its_margins(fonts: Fonts) -> None:
    (page,) = pages(layout.render([paper(Text("chữ " * 60))], fonts))
    assert round(page.mediabox.width / MM) == 210
    assert round(page.mediabox.height / MM) == 297
    for line in lines(page):
        assert line.x >= LEFT - 0.1
        assert line.x + measure(line, fonts) <= RIGHT + 0.5
        assert 20 <= line.y <= 277


def test_an_appendix_may_lie(fonts: Fonts) -> None:
    (page,) = pages(layout.render([paper(landscape=True)], fonts))
    assert round(page.mediabox.width / MM) == 297


def test_the_national_heading_stands_as_the_decree_has_it(fonts: Fonts) -> None:
    (page,) = pages(layout.render([paper()], fonts))
    found = lines(page)
    country = find(found, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    motto = find(found, "Độc lập - Tự do - Hạnh phúc")
    assert (country.size, motto.size) == (12, 13)
    assert country.font.find("Bold") > 0
    assert motto.font.find("Bold") > 0
    assert country.x >= LEFT + 65
    assert middle(country, fonts) == pytest.approx(middle(motto, fonts), abs=0.1)


def test_rules_have_the_lengths_that_the_decree_asks_for(fonts: Fonts) -> None:
    (page,) = pages(layout.render([paper()], fonts))
    found = lines(page)
    agency, motto, subject = sorted(rules(page), key=lambda rule: (rule.y > 50, rule.x))
    line = find(found, "Độc lập - Tự do - Hạnh phúc")
    assert motto.length == pytest.approx(measure(line, fonts), abs=0.05)
    assert motto.x == pytest.approx(line.x, abs=0.05)
    for rule, wanted in ((agency, "SỞ NỘI VỤ"), (subject, "Kết quả kiểm tra công vụ")):
        line = find(found, wanted)
        assert 1 / 3 <= rule.length / measure(line, fonts) <= 1 / 2
        assert rule.x + rule.length / 2 == pytest.approx(middle(line, fonts), abs=0.1)
        assert 0 < rule.y - line.y < 5


@pytest.mark.parametrize("superior", SUPERIORS)
@pytest.mark.parametrize("agency", AGENCIES)
def test_names_of_agencies_wrap_in_their_column_and_keep_their_size(
    agency: str, superior: str, fonts: Fonts
) -> None:
    head = letterhead(agency=agency, superior=superior)
    (page,) = pages(layout.render([paper(letterhead=head)], fonts))
    found = lines(page)
    number = found.index(find(found, "Số:        /KH-SNV"))
    names = [line for line in found[:number] if line.x < LEFT + 65]
    assert "".join(line.text.replace(" ", "") for line in names) == (
        (superior + agency).upper().replace(" ", "")
    )
    for line in names:
        assert line.size == 12
        assert line.x >= LEFT
        assert line.x + measure(line, fonts) <= LEFT + 65
        assert middle(line, fonts) == pytest.approx(LEFT + 32.5, abs=0.1)
    assert max(line.y for line in names) < found[number].y - 4


def test_a_draft_shows_the_blanks_that_the_clerk_fills_in(fonts: Fonts) -> None:
    (page,) = pages(layout.render([paper()], fonts))
    number = find(lines(page), "Số:        /KH-SNV")
    dateline = find(lines(page), "Đồng Tháp, ngày      tháng      năm 2026")
    assert number.y == pytest.approx(dateline.y, abs=0.01)
    assert (number.size, dateline.size) == (13, 13)
    assert dateline.font.find("Italic") > 0


def test_number_and_date_are_printed_once_they_are_given(fonts: Fonts) -> None:
    head = letterhead(number=5, dated=date(2026, 1, 5))
    read = text(layout.render([paper(letterhead=head)], fonts))
    assert "Số:05/KH-SNV" in read
    assert "ĐồngTháp,ngày05tháng01năm2026" in read


def test_without_a_place_there_is_no_line_of_place_and_date(fonts: Fonts) -> None:
    read = text(layout.render([paper(letterhead=letterhead(place=""))], fonts))
    assert "năm2026" not in read


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("draft", [False, True])
def test_marks_stand_on_the_paper_when_they_are_asked_for(
    restricted: bool, draft: bool, fonts: Fonts
) -> None:
    head = letterhead(restricted=restricted, draft=draft)
    read = text(layout.render([paper(letterhead=head)], fonts))
    assert ("LƯUHÀNHNỘIBỘ" in read, "DỰTHẢO" in read) == (restricted, draft)


def test_page_numbers_stand_in_the_top_margin_but_not_on_the_first_page(fonts: Fonts) -> None:
    made = pages(layout.render([paper(*[Text("chữ nghĩa " * 200)] * 6)], fonts))
    assert len(made) >= 3
    assert all(line.y >= 20 for line in lines(made[0]))
    for number, page in enumerate(made[1:], start=2):
        (above,) = [line for line in lines(page) if line.y < 20]
        assert above.text.strip() == str(number)
        assert (above.size, round(above.y)) == (13, 12)
        assert middle(above, fonts) == pytest.approx(MIDDLE, abs=0.2)


def test_page_numbers_begin_anew_in_an_appendix(fonts: Fonts) -> None:
    long = (Text("chữ nghĩa " * 600),)
    added = Document(AppendixTitle("Phụ lục I", "Danh sách", "(Kèm theo Báo cáo)"), long)
    made = pages(layout.render([paper(*long), replace(added, landscape=True), added], fonts))
    numbers = [[line.text.strip() for line in lines(page) if line.y < 20] for page in made]
    flat = [number[0] if number else "" for number in numbers]
    starts = [index for index, number in enumerate(flat) if number == ""]
    assert len(starts) == 3
    for start, end in zip(starts, [*starts[1:], len(flat)], strict=True):
        assert flat[start + 1 : end] == [str(number) for number in range(2, end - start + 1)]
    assert made[starts[1]].mediabox.width > made[starts[2]].mediabox.width


def test_recipients_stand_left_and_level_with_the_signature(fonts: Fonts) -> None:
    (page,) = pages(layout.render([paper()], fonts))
    found = lines(page)
    label, post = find(found, "Nơi nhận:"), find(found, "GIÁM ĐỐC")
    assert label.y == pytest.approx(post.y, abs=0.1)
    assert label.x == pytest.approx(LEFT)
    assert label.size == 12
    assert label.font.find("BoldItalic") > 0
    assert find(found, "- Lưu: VT, TTCCVC (3).").size == 11
    name = find(found, DIRECTOR.name)
    assert (name.size, post.size) == (14, 14)
    assert middle(name, fonts) == pytest.approx(middle(post, fonts), abs=0.1)
    assert name.y - post.y > 25


def test_several_signatures_stand_side_by_side(fonts: Fonts) -> None:
    signatures = tuple(Signature(("Người chứng kiến",), f"Lê Thị {name}") for name in "ABCD")
    (page,) = pages(layout.render([paper(signatures=signatures)], fonts))
    posts = [line for line in lines(page) if line.text.strip() == "NGƯỜI CHỨNG KIẾN"]
    assert [round(middle(post, fonts)) for post in posts] == [70, 150, 70, 150]
    assert len({post.size for post in posts}) == 1


def test_a_signature_never_stands_alone_on_a_page(fonts: Fonts) -> None:
    for fill in range(20, 32):
        made = pages(layout.render([paper(*[Text("Dòng.")] * fill, Text("Câu cuối./."))], fonts))
        last = [line.text.strip() for line in lines(made[-1])]
        assert "Câu cuối./." in last
        assert DIRECTOR.name in last


def test_a_heading_never_ends_a_page(fonts: Fonts) -> None:
    for fill in range(20, 32):
        body = [*[Text("Dòng.")] * fill, Text("I. MỤC", Role.HEADING), Text("Sau mục.")]
        made = pages(layout.render([paper(*body)], fonts))
        for page in made:
            read = [line.text.strip() for line in lines(page)]
            assert ("I. MỤC" in read) == ("Sau mục." in read)


def test_a_long_table_repeats_its_head(fonts: Fonts) -> None:
    table = Table((Column("STT", 1), Column("Đơn vị", 9)), (("1", "Xã Tân Hồng"),) * 120)
    made = pages(layout.render([paper(table)], fonts))
    assert len(made) >= 4
    read = [page.extract_text() for page in made]
    assert sum("Xã Tân Hồng" in page for page in read) == sum("STT" in page for page in read)
    assert sum(page.count("Xã Tân Hồng") for page in read) == 120


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "markup",
    [
        "<b>đậm</b>",
        "<img src='/etc/passwd'/>",
        "<b>không đóng",
        "a < b & c > d &amp; &#7843; e",
        "<para><font color=red>x</font></para>",
        "<!-- ẩn --> ]]> {% x %}",
    ],
)
def test_markup_is_printed_as_it_was_typed(markup: str, role: Role, fonts: Fonts) -> None:
    table = Table((Column(markup, 1),), ((markup,),))
    made = paper(
        Text(markup, role),
        table,
        title=Title(markup, markup),
        letterhead=letterhead(agency=markup, superior=markup, place=markup),
        signatures=(Signature((markup,), markup, markup),),
        recipients=(markup,),
    )
    read = text(layout.render([made], fonts))
    plain, capitals = markup.replace(" ", ""), markup.upper().replace(" ", "")
    assert read.count(plain) + read.count(capitals) == 12


def test_every_vietnamese_letter_is_read_back(fonts: Fonts) -> None:
    for role in Role:
        assert VIETNAMESE in text(layout.render([paper(Text(VIETNAMESE, role))], fonts))


def test_decomposed_text_is_read_back_composed(fonts: Fonts) -> None:
    body = Text("To\u031b\u0300 tri\u0300nh")
    assert "Tờtrình" in text(layout.render([paper(body)], fonts))


TYPED = st.text(VIETNAMESE + "abcxyz0123456789 .,;:-/()<>&\"'%\\{}[]", min_size=1, max_size=400)


@given(typed=TYPED.filter(str.strip))
@settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_typed_is_read_back_letter_for_letter(typed: str, packaged: Fonts) -> None:
    table = Table((Column("Cột", 1), Column("Hẹp", 0.2)), ((typed, "x"), ("x", typed)))
    made = Document(AppendixTitle("Phụ lục", "Tên", "Kèm"), (Text(typed), table))
    read = text(layout.render([made], packaged)).replace("CộtHẹp", "")
    once = "".join(typed.split())
    assert read == f"PhụlụcTÊNKèm{once}{once}xx{once}"


def test_a_character_without_a_glyph_is_refused_and_named(packaged: Fonts) -> None:
    with pytest.raises(DocumentError) as caught:
        layout.render([paper(Text("tốt 👍 日"))], packaged)
    assert caught.value.code == "glyph_missing"
    assert caught.value.params == {"characters": "日👍"}


def test_a_paper_longer_than_any_paper_is_refused(packaged: Fonts) -> None:
    with pytest.raises(DocumentError) as caught:
        layout.render([paper(*[Text("chữ " * 4_900)] * 30)], packaged)
    assert caught.value.code == "text_too_long"


def test_a_row_longer_than_a_page_is_refused(packaged: Fonts) -> None:
    table = Table((Column("Hẹp", 1), Column("Rộng", 9)), (("chữ " * 499, ""),))
    with pytest.raises(DocumentError) as caught:
        layout.render([paper(table)], packaged)
    assert caught.value.code == "does_not_fit"


def test_the_longest_single_word_is_cut_and_nothing_is_lost(packaged: Fonts) -> None:
    assert text(layout.render([paper(Text("đ" * 20_000))], packaged)).count("đ") >= 20_000


def test_a_font_too_wide_for_the_national_heading_is_refused(
    packaged: Fonts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flowables, "RIGHT_COLUMN", 90 * MM)
    with pytest.raises(DocumentError) as caught:
        layout.render([paper()], packaged)
    assert caught.value.code == "font_too_wide"
